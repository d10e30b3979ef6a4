"""The sizes of a network's symbols, and the letters that name them."""

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass

from derivations.errors import DefinitionError, in_row
from derivations.meaning import nodes as m
from derivations.meaning.vocabulary import Symbol, is_capital, letter_of
from derivations.networks.network import Forward
from derivations.networks.shapes import (
    NUMBER,
    ONE,
    Dimension,
    Inference,
    find,
    joined_by,
    leaves,
)

# Small Greek letters that often name weights, so that both kinds are likely.
WEIGHTS = {"\\theta", "\\vartheta", "\\phi", "\\varphi", "\\psi", "\\omega"}
# So many of them may turn out to be no scalars.
MANY_GREEK = 3


@dataclass(frozen=True)
class Sizes:
    """The sizes of a network.

    shapes: symbol → the letters of its rows and columns; classes: label →
    the letter of how many classes it has; letters: of all sizes but 1;
    reasons: symbol → what its shape is guessed by, and what forced its size.
    """

    shapes: dict[Symbol, tuple[str, str]]
    classes: dict[Symbol, str]
    letters: list[str]
    reasons: dict[Symbol, list[str]]


def find_sizes(
    roles: Mapping[Symbol, str],
    rows: list[Forward],
    declared: Mapping[Symbol, str],
    elementwise: bool,
    turned: bool = False,
) -> Sizes:
    """Return the sizes that the forward equations, in order, imply.

    declared: symbol → "scalar", "column", "matrix", or sizes as "n×d". What
    is declared wins; of a state that is not, a column, a matrix and a
    scalar are tried in turn. A small Greek parameter is a scalar if that
    fits; where a matrix fits as well and is as likely, it is asked. turned:
    rows are held as columns, so that vectors are said to be rows. Raises
    ``DefinitionError``.
    """
    counted = _counted(rows, roles, declared)
    known = {**dict.fromkeys(counted, "scalar"), **declared}
    greek = [
        symbol
        for symbol, role in roles.items()
        if role == "parameter"
        and symbol not in known
        and default_kind(symbol, role) == "scalar"
    ]

    def fit(kinds):
        return _fit(roles, rows, {**known, **kinds}, elementwise, turned)

    kinds, found = _fitting(greek, fit)
    _ask_about(greek, kinds, found, fit, roles)
    sizes = _named_sizes(roles, *found)
    for symbol in roles:
        words = sizes.reasons.setdefault(symbol, [])
        words[:0] = _guess(symbol, roles[symbol], declared, kinds)
        if symbol in counted:
            words[0] = "it divides, so it is a number"
        if turned:
            words[:] = [word.replace("column", "row") for word in words]
    return sizes


def _counted(rows, roles, declared):
    """Return the capitals that stand alone under a line, as in 1/N.

    A matrix divides nothing, so that each is a number.
    """
    found = []
    for row in rows:
        for part in m.walk(row.meaning):
            if not isinstance(part, m.Binary) or part.kind != "quotient":
                continue
            factors = getattr(part.right, "factors", [part.right])
            for one in factors:
                if isinstance(one, m.Quantity) and not one.components:
                    found.append(one.symbol)
    return [
        s
        for s in found
        if roles[s] == "parameter"
        and not s.timed
        and is_capital(s.base)
        and s not in declared
    ]


def _fit(roles, rows, declared, elementwise, turned):
    """Return what ``_inferred`` does for the kinds of states that fit."""
    states = [
        s for s, role in roles.items() if role == "state" and s not in declared
    ]
    error = None
    for kinds in itertools.product(
        ("column", "matrix", "scalar"), repeat=len(states)
    ):
        guess = {**declared, **dict(zip(states, kinds, strict=True))}
        try:
            return _inferred(roles, rows, guess, elementwise, turned)
        except DefinitionError as problem:
            error = error or problem
    raise error


def _fitting(greek, fit):
    """Return the kinds of small Greek parameters, and what fits them.

    All are scalars if that fits; else as few as possible are not.
    """
    error = None
    for others in range(min(len(greek), MANY_GREEK) + 1):
        fitting = []
        for some in itertools.combinations(greek, others):
            for new in itertools.product(("column", "matrix"), repeat=others):
                kinds = dict.fromkeys(greek, "scalar")
                kinds |= dict(zip(some, new, strict=True))
                try:
                    fitting.append((kinds, fit(kinds)))
                except DefinitionError as problem:
                    error = error or problem
        if len(fitting) > 1:
            one, other = fitting[0][0], fitting[1][0]
            raise _question(next(s for s in greek if one[s] != other[s]))
        if fitting:
            return fitting[0]
    raise error


def _ask_about(greek, kinds, found, fit, roles):
    """Ask about a letter that may as well be a matrix of weights.

    It is one of those that usually name weights, or as a scalar it makes
    the sizes of an input and of something else one.
    """
    for symbol in greek:
        if kinds[symbol] != "scalar":
            continue
        try:
            other = fit({**kinds, symbol: "matrix"})
        except DefinitionError:
            continue
        joined = [_joined_inputs(roles, f[0]) for f in (found, other)]
        if letter_of(symbol.base) in WEIGHTS or joined[1] < joined[0]:
            raise _question(symbol)


def _question(symbol):
    return DefinitionError(
        f"is {symbol.latex} a number or a matrix? Both fit; declare "
        f'shapes={{"{symbol.latex}": "scalar"}}, or "matrix"'
    )


def _joined_inputs(roles, shapes):
    """Return the inputs that share a size with something computed."""
    made = {
        find(dimension)
        for symbol, shape in shapes.items()
        if roles[symbol] in ("state", "assigned")
        for dimension in shape
    } - {ONE}
    return {
        symbol
        for symbol, role in roles.items()
        if role == "input" and find(shapes[symbol][0]) in made
    }


def _guess(symbol, role, declared, kinds):
    """Return the words that say why a symbol has its shape."""
    if symbol in declared:
        return ["declared"]
    if role not in ("parameter", "input"):
        return []
    if kinds.get(symbol, "scalar") != "scalar":
        return [f"only a {kinds[symbol]} fits"]
    kind = default_kind(symbol, role)
    return [_REASONS[kind, is_capital(symbol.base)]]


_REASONS = {
    ("matrix", True): "a capital is a matrix",
    ("scalar", False): "a small Greek letter is a scalar",
    ("column", False): "a column by default",
    ("column", True): "a column by default",
}


def sizes_of(kind: str) -> tuple[str, str] | None:
    """Return the two sizes of a declaration as "n×d", ``None`` for others."""
    sizes = re.fullmatch(r"\s*(1|[a-z]\w*)\s*×\s*(1|[a-z]\w*)\s*", kind)
    return None if sizes is None else sizes.groups()


def _inferred(roles, rows, kinds, elementwise, turned):
    """Return the dimensions of symbols, the classes of labels, the letters.

    Letters are those of declared sizes: letter → dimension.
    """
    shapes, letters = {}, {ONE: ONE}
    for symbol, role in roles.items():
        if role != "assigned" or symbol in kinds:
            kind = kinds.get(symbol) or default_kind(symbol, role)
            shapes[symbol] = _dimensions(kind, letters)
    classes, read = {}, set().union(*(row.symbols for row in rows))
    for row in rows:
        inference = Inference(shapes, elementwise, row.latex, letters, turned)
        with in_row(row.latex):
            shape = inference.shape(row.meaning)
            if shape == NUMBER:
                shape = shapes.get(row.target, (ONE, ONE))
                _check_number(row, shape)
            inference.same(
                shapes.setdefault(row.target, shape),
                shape,
                row.meaning,
                f"{row.target.latex} is used with another shape than this",
            )
        alone = row.uses_time and row.target not in read
        if not row.timed and shape != (ONE, ONE) and alone:
            raise DefinitionError(
                f"{row.latex}\n{row.target.latex} collects over time "
                "and should be a scalar; this is not one"
            )
        # A label's classes are the rows of what it picks from.
        for part in m.walk(row.meaning):
            if isinstance(part, m.Quantity):
                for label in part.parts():
                    classes[label.symbol] = shapes[part.symbol][0]
        _check_letters(letters, row)
    return shapes, classes, letters


def _check_number(row, shape):
    """A number may stand for a column; for a matrix only 0 is clear."""
    zero = isinstance(row.meaning, m.Number) and row.meaning.value == 0
    if shape[1] != ONE and not zero:
        raise DefinitionError.on(
            row.meaning, f"{row.target.latex} is a matrix, this is a number"
        )


def _dimensions(kind, letters):
    sizes = sizes_of(kind)
    if sizes is not None:
        return tuple(letters.setdefault(s, Dimension()) for s in sizes)
    return {
        "scalar": (ONE, ONE),
        "column": (Dimension(), ONE),
        "matrix": (Dimension(), Dimension()),
    }[kind]


def _check_letters(letters, row):
    """Two sizes declared with different letters must stay different."""
    known = {}
    for letter, dimension in letters.items():
        other = known.setdefault(find(dimension), letter)
        if other != letter:
            raise DefinitionError(
                f"{row.latex}\nthe sizes {other} and {letter} were declared, "
                "and this makes them one"
            )


def _named_sizes(roles, shapes, classes, declared):
    members = {}
    for symbol in roles:
        for dimension in shapes[symbol]:
            for leaf in leaves(dimension):
                if leaf == ONE:
                    continue
                holders = members.setdefault(leaf, [])
                if leaf == find(dimension):
                    holders.append(symbol)
    letters = {find(d): letter for letter, d in declared.items()}
    for letter in "nmd":
        named = [
            d
            for d in members
            if d not in letters and _letter(members[d], roles) == letter
        ]
        names = (letter, *(f"{letter}_{k}" for k in range(2, 100)))
        free = [name for name in names if name not in declared]
        letters.update(zip(named, free, strict=False))
    for symbol, role in roles.items():
        if role == "label" and symbol not in classes:
            raise DefinitionError(
                f"nothing says how many classes {symbol.latex} has"
            )
    return Sizes(
        {s: tuple(_written(d, letters) for d in shapes[s]) for s in roles},
        {s: _written(d, letters) for s, d in classes.items()},
        [letters[d] for d in letters if d != ONE],
        _forced(shapes, roles, letters),
    )


def _written(dimension, letters):
    """Return the letter of a size, or a sum of letters as (n+d) or 4n."""
    names = [letters[leaf] for leaf in leaves(dimension)]
    counts = {name: names.count(name) for name in names}
    terms = [
        name if count == 1 else str(count) if name == ONE else f"{count}{name}"
        for name, count in counts.items()
    ]
    return terms[0] if len(terms) == 1 else f"({'+'.join(terms)})"


def _forced(shapes, roles, letters):
    """Return input → the letter of its size, and the place that forced it.

    It is forced where the input meets a state, or else what is computed.
    """
    made = [
        symbol
        for wanted in ("state", "assigned")
        for symbol, role in roles.items()
        if role == wanted
    ]
    found = {}
    for symbol, role in roles.items():
        own = shapes[symbol][0]
        if role != "input" or own == ONE:
            continue
        for other in made:
            if find(shapes[other][0]) == find(own):
                letter = _written(own, letters)
                place = joined_by(own, shapes[other][0])
                found[symbol] = [f"{letter} by {place}"]
                break
    return found


def default_kind(symbol: Symbol, role: str) -> str:
    """Return what a symbol is taken for if nothing is declared."""
    if role == "label":
        return "scalar"
    if symbol.timed is None:
        letter = letter_of(symbol.base)
        if is_capital(letter):
            return "matrix"
        if letter.startswith("\\"):
            return "scalar"
    return "column"


def _letter(symbols, roles):
    """Name a size: n for states, m for what is computed, d for inputs."""
    found = {roles[symbol] for symbol in symbols}
    if "state" in found:
        return "n"
    return "m" if "assigned" in found else "d"
