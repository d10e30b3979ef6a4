"""Single edits that would make a false line true.

The edits that alter a true display repair a false one; a few more insert
what is most often forgotten: a ⊤, a ⊙, a weight matrix, a factor 1/T.
The number of tries is bounded, not the time, so that hints are the same
on every machine.
"""

import numpy as np

from . import claims
from .errors import DomainError, EquationError
from .mutate import Edit, FactorWalk, edits, sides_of
from .reader import Reader
from .tree import parse
from .values import Mismatch
from .verdict import judge

MAX_TRIES = 160
MAX_HINTS = 3


def find_hints(latex, notation):
    """Return sentences naming the edits that make ``latex`` true."""
    try:
        equations = sides_of(latex)
    except EquationError:
        return []
    for sides in equations:
        for text in sides[1:]:
            if not judge(f"{sides[0]} = {text}", notation, _first(notation)):
                return _repairs(sides[0], text, notation)
    return []


def _first(notation):
    return [notation.network.sample(0)]


def _repairs(left, text, notation):
    try:
        candidates = [
            *edits(text, notation.language),
            *_insertions(text, notation),
        ]
    except EquationError:
        return []
    found, tried = [], set()
    for edit in candidates:
        altered = " ".join(edit.apply(text).split())
        if altered in tried:
            continue
        tried.add(altered)
        if len(tried) > MAX_TRIES or len(found) == MAX_HINTS:
            break
        pair = f"{left} = {altered}"
        if _may_hold(pair, notation) and judge(pair, notation):
            found.append(f"it holds with the {edit.kind}: {altered}")
    return found


def _may_hold(pair, notation):
    """Compare at a few points only; most repairs fail at the first."""
    sample = notation.network.sample(0)
    try:
        (equation,) = claims.read(pair, notation.language)
        judge_ = claims.Judge(equation, sample, notation.language)
        compared = 0
        with np.errstate(all="ignore"):
            for point in judge_.points():
                sides = judge_.side(0, point), judge_.side(1, point)
                if any(isinstance(side, DomainError) for side in sides):
                    continue
                error, _, _ = judge_.compare(0, 1, point)
                if np.any(error > claims.TOLERANCE):
                    return False
                compared += 1
        return compared > 0
    except (EquationError, Mismatch, ValueError):
        return False


def _insertions(text, notation):
    """Yield edits that add or exchange something."""
    language = notation.language
    row = parse(text)[0]
    reader = Reader(language)
    for side in row.sides:
        reader.expression(side)
    for symbol, start, end in reader.uses:
        yield from _exchanges(text, symbol, start, end, notation)
    walk = FactorWalk(text, language)
    factors = list(walk.of(row.sides[0]))
    for left, right in factors:
        yield Edit("⊤ added", right, right, "^\\top")
        yield Edit(
            "factor made diagonal", left, right,
            rf"\operatorname{{diag}}({text[left:right]})",
        )
    for (_, left), (right, _) in zip(factors, factors[1:], strict=False):
        if left <= right and not text[left:right].strip():
            yield Edit("product made element-wise", left, right, r" \odot ")
    yield Edit(
        "factor 1/T added", 0, len(text), rf"\frac{{1}}{{T}} ({text})"
    )
    matrices = [
        s.latex
        for s in notation.network.symbols
        if s.role == "parameter" and "1" not in s.shape
    ]
    for left, _ in factors:
        for name in matrices:
            for new in (rf"{name}^\top ", f"{name} "):
                yield Edit("missing factor added", left, left, new)


def _exchanges(text, symbol, start, end, notation):
    """Put another symbol of the same role and shape in this place."""
    name = text[start:end]
    head = symbol.latex
    for other in notation.network.symbols:
        same = (
            other is not symbol
            and other.role == symbol.role
            and other.shape == symbol.shape
            and other.timed == symbol.timed
        )
        if same and symbol.timed is None and name.startswith(head):
            yield Edit(
                "symbol exchanged", start, start + len(head), other.latex
            )
        elif same and not symbol.subscripts and not other.subscripts:
            yield Edit(
                "symbol exchanged", start, start + len(symbol.base),
                other.base,
            )
