"""Single edits that would make a false line true.

The edits that alter a true display repair a false one; a few more insert
what is most often forgotten: a ⊤, a ⊙, a bias, a weight matrix, a factor
1/T, the sign or the ⊤ of it all. What is tried is bounded, not the time,
so that hints are the same on every machine.
"""

import itertools

from derivations.errors import EquationError
from derivations.judging.claims import only_side
from derivations.judging.edits import (
    Edit,
    Side,
    edits,
    read_beside,
    sides_of,
    squeezed,
)
from derivations.judging.verdict import Hint, judge_pair
from derivations.latex.names import repeat_sign
from derivations.latex.tree import Bracket, Expression, Item
from derivations.networks.notation import Notation

MAX_TRIES = 100
MAX_CHARACTERS = 6_000
MAX_HINTS = 3


def find_hints(latex: str, notation: Notation) -> list[Hint]:
    """Return a ``Hint`` for every edit found that makes ``latex`` true."""
    try:
        equations = sides_of(latex)
        for left, *others in equations:
            for text in others:
                if not judge_pair(left, text, notation):
                    return _repairs(left, text, notation)
    except EquationError:
        pass
    return []


def _repairs(left, text, notation):
    found, tried, characters = [], set(), 0
    for kind, one, other in list(_candidates(left, text, notation)):
        if (one, other) in tried:
            continue
        tried.add((one, other))
        characters += len(other)
        if len(tried) > MAX_TRIES or characters > MAX_CHARACTERS:
            break
        if judge_pair(one, other, notation):
            altered = other if one == left else f"{one} = {other}"
            found.append(Hint(kind, altered))
            if len(found) == MAX_HINTS:
                break
    return found


def _candidates(left, text, notation):
    """Yield (kind, left, right) of what may have been meant."""
    for edit in edits(left, notation.language):
        if "∂" in edit.kind:
            yield edit.kind, edit.apply(left), text
    for edit in (
        *_whole(text),
        *edits(text, notation.language, left),
        *_insertions(left, text, notation),
    ):
        yield edit.kind, left, squeezed(edit.apply(text))


def _whole(text):
    """Yield the negative and the transpose of a side."""
    terms = only_side(text).terms
    end = len(text)
    if len(terms) > 1:
        yield Edit("the sign of the whole side flipped", 0, end, f"-({text})")
    if len(terms) > 1 or len(terms[0].items) > 1:
        yield Edit("the whole side transposed", 0, end, rf"({text})^\top")


def _insertions(left_side, text, notation):
    """Yield edits that add or exchange something."""
    side = read_beside(text, notation.language, left_side)
    for symbol, start, end in side.notes.uses:
        yield from _exchanges(text, symbol, start, end, notation)
    places = _Places(side)
    places.note(side.node)
    for left, right in places.gaps:
        yield Edit("⊙ between two factors", left, right, r" \odot ")
    for left, right, last in places.factors:
        yield from _scripted(text, left, right, last.above)
        factor = text[left:right]
        if left != last.base.start or text[left] + text[right - 1] != "()":
            factor = f"({factor})"
        yield Edit(
            "a factor made diagonal",
            left,
            right,
            rf"\operatorname{{diag}}{factor}",
        )
    yield Edit("a factor 1/T", 0, len(text), rf"\frac{{1}}{{T}} ({text})")
    network = notation.network
    parameters = [
        s for s, role in network.roles.items() if role == "parameter"
    ]
    for symbol in parameters:
        rows, columns = network.shapes[symbol]
        if rows != "1" and columns == "1" and symbol.latex not in text:
            for end in places.sums:
                yield Edit("a term added", end, end, f" + {symbol.latex}")
    matrices = [
        s.latex for s in parameters if "1" not in network.shapes[s]
    ]
    for left, _, _ in places.factors:
        for name in matrices:
            for new in (rf"{name}^\top ", f"{name} "):
                yield Edit("a factor added", left, left, new)


class _Places:
    """Where something may be put into a side, outside fractions and cases.

    factors: (start, end, its last item) of every factor; gaps: the places
    between two factors side by side; sums: the ends of what terms may be
    added to.
    """

    def __init__(self, side: Side):
        self.side = side
        self.factors: list[tuple[int, int, Item]] = []
        self.gaps: list[tuple[int, int]] = []
        self.sums: list[int] = []

    def note(self, node: Expression) -> None:
        """Note the places in an expression and in the brackets in it."""
        self.sums.append(node.end)
        for term in node.terms:
            factors = self.side.factors(term)
            for left, right in itertools.pairwise(factors):
                start, end = left[-1].end, right[0].start
                apart = self.side.text[start:end].strip()
                if not (apart or repeat_sign(left[0])):
                    self.gaps.append((start, end))
            for factor in factors:
                if not repeat_sign(factor[0]):
                    self._note_factor(factor)

    def _note_factor(self, factor: list[Item]) -> None:
        last = factor[-1]
        self.factors.append((factor[0].start, last.end, last))
        if isinstance(last.base, Bracket):
            for clause in last.base.clauses:
                if not clause.relations:
                    self.note(clause.expressions[0])


def _scripted(text, left, right, marks):
    """Yield a factor with a ⊤ or a power, unless it has one already."""
    if not marks:
        yield Edit("a ⊤ added", right, right, "^\\top")
        yield Edit("a power added", right, right, "^2")
        return
    mark = text[marks[-1].start : marks[-1].end]
    if mark in ("2", "{2}"):
        new = rf"({text[left:right]})^\top"
        yield Edit("a ⊤ added", left, right, new)
    elif mark.endswith(")}"):
        end = marks[-1].end - 1
        yield Edit("a ⊤ added", end, end, r"\top")


def _exchanges(text, symbol, start, end, notation):
    """Put another symbol of the same role and shape in this place."""
    name = text[start:end]
    head = symbol.latex
    network = notation.network
    for other in network.symbols:
        same = (
            other != symbol
            and network.roles[other] == network.roles.get(symbol)
            and network.shapes[other] == network.shapes.get(symbol)
            and other.timed == symbol.timed
        )
        if same and symbol.timed is None and name.startswith(head):
            yield Edit("another symbol", start, start + len(head), other.latex)
        elif same and not symbol.subscripts and not other.subscripts:
            yield Edit(
                "another symbol",
                start,
                start + len(symbol.base),
                other.base,
            )
