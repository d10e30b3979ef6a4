"""The sizes of a network's symbols, and the letters that name them."""

import itertools

from derivations.errors import DefinitionError, in_row
from derivations.meaning import nodes as m
from derivations.networks.shapes import NUMBER, ONE, Dimension, Inference, find


def find_sizes(symbols, rows, declared, elementwise):
    """Give every symbol its shape; return the letters of sizes, and notes.

    rows: the forward equations in order; declared: symbol → kind. A state
    is tried as a column, a matrix and a scalar. Raises ``DefinitionError``.
    """
    states = [
        s for s in symbols if s.role == "state" and s not in declared
    ]
    error = None
    for kinds in itertools.product(
        ("column", "matrix", "scalar"), repeat=len(states)
    ):
        guess = {**declared, **dict(zip(states, kinds, strict=True))}
        try:
            shapes, classes = _inferred(symbols, rows, guess, elementwise)
        except DefinitionError as problem:
            error = error or problem
            continue
        return _named_sizes(symbols, shapes, classes)
    raise error


def _inferred(symbols, rows, kinds, elementwise):
    """Return the dimensions of every symbol, and the classes of labels."""
    shapes = {}
    for symbol in symbols:
        if symbol.role != "assigned" or symbol in kinds:
            shapes[symbol] = {
                "scalar": (ONE, ONE),
                "column": (Dimension(), ONE),
                "matrix": (Dimension(), Dimension()),
            }[kinds.get(symbol) or _default_kind(symbol)]
    classes = {}
    for row in rows:
        inference = Inference(shapes, elementwise, row.latex)
        with in_row(row.latex):
            shape = inference.shape(row.meaning)
            if shape == NUMBER:
                shape = shapes.get(row.target, (ONE, ONE))
            inference.same(
                shapes.setdefault(row.target, shape),
                shape,
                row.meaning,
                f"{row.target.latex} is used with another shape than this",
            )
        if not row.timed and shape != (ONE, ONE) and row.uses_time:
            raise DefinitionError(
                f"{row.latex}\n{row.target.latex} collects over time "
                "and should be a scalar; this is not one"
            )
        # A label's classes are the rows of what it picks from.
        for part in m.walk(row.meaning):
            if isinstance(part, m.Quantity):
                for label in part.parts():
                    classes[label.symbol] = shapes[part.symbol][0]
    return shapes, classes


def _named_sizes(symbols, shapes, classes):
    members = {}
    for symbol in symbols:
        for dimension in map(find, shapes[symbol]):
            if dimension != ONE:
                members.setdefault(dimension, []).append(symbol)
    letters = {ONE: ONE}
    for letter in "nmd":
        named = [d for d in members if _letter(members[d]) == letter]
        for count, dimension in enumerate(named, 1):
            letters[dimension] = letter if count == 1 else f"{letter}_{count}"
    for symbol in symbols:
        symbol.shape = tuple(letters[find(d)] for d in shapes[symbol])
        if symbol.role == "label":
            if symbol not in classes:
                raise DefinitionError(
                    f"nothing says how many classes {symbol.latex} has"
                )
            symbol.definition = letters[find(classes[symbol])]
    notes = [
        f"note: {given.latex} and {state.latex} have one size, because of "
        f"{dimension.reasons[-1]}"
        for dimension, holders in members.items()
        for given, state in [
            (_first(holders, "input"), _first(holders, "state"))
        ]
        if given and state
    ]
    return [letters[d] for d in letters if d != ONE], notes


def _first(symbols, role):
    return next((s for s in symbols if s.timed and s.role == role), None)


def _default_kind(symbol):
    if symbol.role == "label":
        return "scalar"
    if symbol.timed is None:
        letter = symbol.base.split()[-1]
        if len(letter) == 1 and letter.isupper():
            return "matrix"
        if letter.startswith("\\"):
            return "scalar"
    return "column"


def _letter(symbols):
    """Name a size: n for states, m for what is computed, d for inputs."""
    roles = {symbol.role for symbol in symbols}
    if "state" in roles:
        return "n"
    return "m" if "assigned" in roles else "d"
