"""The sizes of a network's symbols, and the letters that name them."""

import itertools

from . import meaning as m
from .discovery import Discovery
from .errors import DefinitionError, EquationError
from .names import flat, only_item, symbol_of_item
from .shapes import NUMBER, ONE, Dimension, Inference, find
from .tree import parse


class Sizing(Discovery):
    """Finds the shape of every symbol of forward equations."""

    def _sizes(self, rows, ordered, overrides, language):
        overrides = self._overrides(overrides)
        states = [
            s for s in self.vocabulary.symbols
            if s.role == "state" and s not in overrides
        ]
        error = None
        for kinds in itertools.product(
            ("column", "matrix", "scalar"), repeat=len(states)
        ):
            guess = {**overrides, **dict(zip(states, kinds, strict=True))}
            try:
                return self._infer(ordered, guess, language)
            except DefinitionError as problem:
                error = error or problem
        raise error

    def _overrides(self, overrides):
        found = {}
        for latex, kind in overrides.items():
            if kind not in ("scalar", "column", "matrix"):
                raise DefinitionError(
                    f"{latex}: a shape is scalar, column or matrix, not "
                    f"{kind}"
                )
            item = only_item(parse(latex)[0].sides[0])
            wanted = symbol_of_item(flat(item), self.time)
            symbol = self.vocabulary.find(
                wanted.base, wanted.subscripts, wanted.timed
            )
            if symbol is None:
                raise DefinitionError(f"{latex} is in no forward equation")
            found[symbol] = kind
        return found

    def _infer(self, ordered, kinds, language):
        shapes = {}
        for symbol in self.vocabulary.symbols:
            if symbol.role != "assigned" or symbol in kinds:
                kind = kinds.get(symbol) or _default_kind(symbol)
                shapes[symbol] = {
                    "scalar": (ONE, ONE),
                    "column": (Dimension(), ONE),
                    "matrix": (Dimension(), Dimension()),
                }[kind]
        classes = {}
        for row in ordered:
            inference = Inference(
                shapes, language.elementwise, row.latex
            )
            try:
                shape = inference.shape(row.meaning)
                self._label_sizes(row.meaning, shapes, classes)
                if shape == NUMBER:
                    shape = shapes.get(row.target, (ONE, ONE))
                known = shapes.setdefault(row.target, shape)
                inference.same(
                    known, shape, row.meaning,
                    f"{row.target.latex} is used with another shape than "
                    "this",
                )
            except EquationError as error:
                raise DefinitionError(error.pointed(row.latex)) from None
            if not row.timed and shape != (ONE, ONE) and uses_time(row):
                raise DefinitionError(
                    f"{row.latex}\n{row.target.latex} collects over time "
                    "and should be a scalar; this is not one"
                )
        return self._named_sizes(shapes, classes)

    def _label_sizes(self, meaning, shapes, classes):
        """A label's classes are the rows of what it picks from."""
        for part in m.walk(meaning):
            components = getattr(part, "components", ())
            for component in components:
                if isinstance(component, m.Quantity) and isinstance(
                    part, m.Quantity
                ):
                    classes[component.symbol] = shapes[part.symbol][0]

    def _named_sizes(self, shapes, classes):
        for symbol, shape in shapes.items():
            symbol.shape = shape
        roots, members = [], {}
        for symbol in self.vocabulary.symbols:
            for dimension in symbol.shape:
                root = find(dimension)
                if root == ONE:
                    continue
                if root not in members:
                    roots.append(root)
                members.setdefault(root, []).append(symbol)
        letters, used = {}, {}
        for root in sorted(roots, key=lambda r: _rank(members[r])):
            letter = _letter(members[root])
            used[letter] = used.get(letter, 0) + 1
            count = used[letter]
            letters[root] = letter if count == 1 else f"{letter}_{count}"
        for symbol in self.vocabulary.symbols:
            symbol.shape = tuple(
                ONE if find(d) == ONE else letters[find(d)]
                for d in symbol.shape
            )
        for symbol in self.vocabulary.symbols:
            if symbol.role == "label":
                if symbol not in classes:
                    raise DefinitionError(
                        f"nothing says how many classes {symbol.latex} has"
                    )
                symbol.definition = letters[find(classes[symbol])]
        notes = _square_notes(self.vocabulary.symbols, roots, letters)
        return {letter: None for letter in letters.values()}, notes


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


def _rank(symbols):
    return {"d": 2, "n": 0, "m": 1}[_letter(symbols)]


def _letter(symbols):
    """Name a size: n for states, m for what is computed, d for inputs."""
    roles = {symbol.role for symbol in symbols}
    if "state" in roles:
        return "n"
    return "m" if "assigned" in roles else "d"


def _square_notes(symbols, roots, letters):
    """Say which equation makes two sizes one where it may surprise."""
    notes = []
    for root in roots:
        holders = [
            s for s in symbols
            if s.timed and letters[root] in s.shape
            and s.role in ("state", "input")
        ]
        inputs = [s for s in holders if s.role == "input"]
        states = [s for s in holders if s.role == "state"]
        if inputs and states:
            notes.append(
                f"note: {inputs[0].latex} and {states[0].latex} have one "
                f"size, because of {root.reasons[-1]}"
            )
    return notes


def uses(meaning, clock):
    """Yield (symbol, lag) of every quantity; lag ``None`` if untimed."""
    for part in m.walk(meaning):
        if not isinstance(part, m.Quantity):
            continue
        lag = None
        if part.time is not None:
            indices = dict(part.time.indices)
            if indices.get(clock) == 1 and len(indices) == 1:
                lag = part.time.constant
            elif indices:
                lag = 0
        yield part.symbol, lag


def uses_time(row):
    return any(s.timed for s, _ in uses(row.meaning, None))
