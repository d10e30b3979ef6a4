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
    leaves,
)


@dataclass(frozen=True)
class Sizes:
    """The sizes of a network.

    shapes: symbol → the letters of its rows and columns; classes: label →
    the letter of how many classes it has; letters: of all sizes but 1;
    notes: for the author.
    """

    shapes: dict[Symbol, tuple[str, str]]
    classes: dict[Symbol, str]
    letters: list[str]
    notes: list[str]


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
    scalar are tried in turn. turned: rows are held as columns. Raises
    ``DefinitionError``.
    """
    states = [
        s for s, role in roles.items() if role == "state" and s not in declared
    ]
    error = None
    for kinds in itertools.product(
        ("column", "matrix", "scalar"), repeat=len(states)
    ):
        guess = {**declared, **dict(zip(states, kinds, strict=True))}
        try:
            found = _inferred(roles, rows, guess, elementwise, turned)
        except DefinitionError as problem:
            error = error or problem
            continue
        return _named_sizes(roles, *found)
    raise error


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
    notes = [
        f"note: {given.latex} and {state.latex} have one size, because of "
        f"{dimension.reasons[-1]}"
        for dimension, holders in members.items()
        for given, state in [
            (_first(holders, roles, "input"), _first(holders, roles, "state"))
        ]
        if given and state and dimension.reasons
    ]
    return Sizes(
        {s: tuple(_written(d, letters) for d in shapes[s]) for s in roles},
        {s: _written(d, letters) for s, d in classes.items()},
        [letters[d] for d in letters if d != ONE],
        notes,
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


def _first(symbols, roles, role):
    return next((s for s in symbols if s.timed and roles[s] == role), None)


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
