"""A network is its forward equations.

``define`` reads the equations as a source prints them. Roles follow from
use, sizes from unification, the order of evaluation from what needs what.
"""

import graphlib
import itertools
from dataclasses import dataclass, field, replace

import numpy as np

from . import meaning as m
from . import values as v
from .errors import DefinitionError, DomainError, EquationError, ReadingError
from .evaluate import Evaluator, component_indices, number_components
from .oracle import World
from .reader import (
    FUNCTIONS,
    Language,
    Reader,
    arguments_of,
    base_name,
    equations_of,
    flat,
    mentions,
    only_item,
    symbol_of_item,
)
from .shapes import NUMBER, ONE, Dimension, Inference, find
from .tree import (
    Accent,
    Atom,
    Bracket,
    Cases,
    Clause,
    Expression,
    Fraction,
    Over,
    Term,
    parse,
)
from .vocabulary import Vocabulary

GHOSTS = 4
NETWORKS = 20
_LENGTHS = (5, 4, 6, 3)
_BATCH = NETWORKS // len(_LENGTHS)
_SEED = 20240
_SIGNS = ("\\sum", "\\prod")
_RESERVED = {"\\partial", "\\nabla", "\\top", "\\in", *_SIGNS}


@dataclass
class Row:
    """One forward equation: ``target = meaning``, and its LaTeX."""

    target: object
    meaning: m.Meaning
    latex: str
    timed: bool


@dataclass
class Network:
    """Forward equations in order, with the roles and sizes they imply."""

    rows: list
    before: list
    steps: list
    after: list
    symbols: list
    distributions: list
    first: int
    clock: m.Index
    language: Language
    sizes: dict
    notes: list
    axes: int
    _samples: dict = field(default_factory=dict)

    def sample(self, number):
        """Return the ``number``-th batch of random networks (cached)."""
        if number not in self._samples:
            self._samples[number] = Sample(self, number)
        return self._samples[number]

    def samples(self):
        """Yield every batch of random networks, smallest index first."""
        for number in range(len(_LENGTHS)):
            yield self.sample(number)


class Sample:
    """Random networks of one size, side by side on the first axis.

    It is also the frame of the plain forward pass: ``get`` reads a
    quantity at a time.
    """

    key = None
    mode = "base"
    symbol = None

    def __init__(self, network, number):
        self.network = network
        self.clock = network.clock
        self.first = network.first
        self.length = _LENGTHS[number]
        self.last = self.first + self.length - 1
        self.ghosts = GHOSTS
        names = list(network.sizes)
        span = max(3, len(names))
        self.sizes = {
            name: 2 + (k + number) % span for k, name in enumerate(names)
        }
        self.sizes[ONE] = 1
        self._names = {size: name for name, size in self.sizes.items()}
        self._rng = np.random.default_rng([_SEED, number])
        self._given = self._draw()
        self._worlds = {}
        self.values = {}
        self.run(self)

    def shape(self, symbol):
        """Return (rows, columns) of a symbol."""
        rows, columns = symbol.shape
        return self.sizes[rows], self.sizes[columns]

    def size_name(self, size):
        """Return the letter of a size: sizes of one sample all differ."""
        return self._names.get(size, str(size))

    def shape_name(self, value):
        """Return a shape in letters, such as n×1."""
        if value.special in ("number", "zero"):
            return "a number"
        if value.special == "identity":
            return "I"
        if value.four:
            rn, cn, rd, cd = (self.size_name(size) for size in value.core)
            return f"({rn}×{cn} | {rd}×{cd})"
        rows, columns = (self.size_name(size) for size in value.core)
        return f"{rows}×{columns}"

    # -- random inputs --------------------------------------------------

    def _draw(self):
        given = {}
        for symbol in self.network.symbols:
            rows, columns = self.shape(symbol)
            if symbol.role == "parameter":
                given[symbol] = self._parameter(symbol, rows, columns)
            elif symbol.role == "state":
                start = self._normal(rows, columns)
                given[symbol] = [start] + [None] * (
                    self.length + self.ghosts
                )
            elif symbol.role in ("input", "label"):
                given[symbol] = [None] + [
                    self._input(symbol, rows, columns)
                    for _ in range(self.length + self.ghosts)
                ]
        return given

    def _normal(self, rows, columns, size=1.0):
        return size * self._rng.standard_normal((_BATCH, 1, rows, columns))

    def _parameter(self, symbol, rows, columns):
        if symbol in self.network.distributions:
            return self._distribution(rows)
        if columns > 1:
            return self._normal(rows, columns, 1.1 / np.sqrt(columns))
        return self._normal(rows, columns, 0.8)

    def _input(self, symbol, rows, columns):
        if symbol.role == "label":
            classes = self.sizes[symbol.definition]
            return self._rng.integers(0, classes, (_BATCH, 1, 1, 1))
        if symbol in self.network.distributions:
            return self._distribution(rows)
        return self._normal(rows, columns)

    def _distribution(self, rows):
        raw = np.exp(self._normal(rows, 1))
        return raw / raw.sum(axis=-2, keepdims=True)

    # -- reading --------------------------------------------------------

    def get(self, symbol, time, env):
        return self.read(self.values, symbol, time)

    def read(self, values, symbol, time):
        """Return a quantity's array, (networks, nudges, rows, columns)."""
        if symbol not in values:
            raise DomainError(f"{symbol.latex} is not known yet")
        if time is None:
            return values[symbol]
        row = time - self.first + 1
        stored = values[symbol]
        if not 0 <= row < len(stored) or stored[row] is None:
            raise DomainError(f"{symbol.latex} has no value at t = {time}")
        return stored[row]

    def times_of(self, symbol):
        """Return the times at which a symbol can be nudged."""
        if symbol.timed is None:
            return [None]
        start = self.first - (symbol.role == "state")
        return range(start, self.last + self.ghosts + 1)

    def nudged(self, symbol, mode, time):
        """Return the frame with ``symbol`` nudged at ``time`` (cached)."""
        key = symbol, mode
        if key not in self._worlds:
            self._worlds[key] = World(self, symbol, mode)
        return self._worlds[key].block(time)

    # -- the forward pass -----------------------------------------------

    def run(self, frame):
        """Run the forward equations; the frame collects the values."""
        network, values = self.network, frame.values
        evaluator = Evaluator(
            self, network.language, axes=network.axes, keep=False
        )
        for symbol, given in self._given.items():
            values[symbol] = self._moved(frame, symbol, given)
        with np.errstate(all="ignore"):
            for row in network.before:
                self._step(evaluator, frame, row, None)
            for row in network.steps:
                stored = values.setdefault(
                    row.target, [None] * (self.length + self.ghosts + 1)
                )
                values[row.target] = list(stored)
                if frame.mode == "immediate" and row.target.role == "state":
                    frame.fresh[row.target] = [None] * len(stored)
            for time in range(self.first, self.last + self.ghosts + 1):
                for row in network.steps:
                    self._step(evaluator, frame, row, time)
            for row in network.after:
                self._step(evaluator, frame, row, None)

    def _moved(self, frame, symbol, given):
        if symbol is not frame.symbol or frame.mode == "copies":
            return given
        if symbol.timed is None:
            return given + frame.nudge(None)
        moved = list(given)
        for time in self.times_of(symbol):
            row = time - self.first + 1
            if moved[row] is not None:
                moved[row] = moved[row] + frame.nudge(time)
        return moved

    def _step(self, evaluator, frame, row, time):
        env = {} if time is None else {self.clock: time}
        value = v.settle(evaluator.value(row.meaning, env, frame))
        data = value.data
        lead = data.shape[:2]
        data = data.reshape(*lead, *data.shape[-2:])
        shape = self.shape(row.target)
        if data.shape[-2:] != shape or value.special:
            data = np.broadcast_to(data, (*lead, *shape))
        if row.target is frame.symbol:
            data = data + frame.nudge(time)
        if time is None:
            frame.values[row.target] = data
            return
        place = time - self.first + 1
        frame.values[row.target][place] = data
        if row.target in getattr(frame, "fresh", ()):
            frame.fresh[row.target][place] = data


# -- reading a definition ------------------------------------------------


@dataclass(frozen=True)
class Notation:
    """A network together with the way a source writes about it."""

    network: Network
    language: Language
    forward: tuple
    name: str = ""

    def with_layout(self, **changes):
        """Return the same network written otherwise.

        Accepts layout, order, elementwise, families and functions.
        """
        if "functions" in changes:
            functions = {**self.language.functions, **changes["functions"]}
            changes = {**changes, "functions": functions}
        language = replace(self.language, **changes)
        return replace(self, language=language)

    def table(self):
        """Return rows (symbol, role, shape) of the table of roles."""
        return [
            (s.latex, _role_text(s), "×".join(s.shape))
            for s in self.network.symbols
        ]

    def __repr__(self):
        rows = [("symbol", "role", "shape"), *self.table()]
        widths = [max(len(row[k]) for row in rows) for k in range(3)]
        lines = [
            "  ".join(
                cell.ljust(width)
                for cell, width in zip(row, widths, strict=True)
            ).rstrip()
            for row in rows
        ]
        return "\n".join([*lines, *self.network.notes])

    def _repr_html_(self):
        from .page import notation_html

        return notation_html(self)


def _role_text(symbol):
    if symbol.role == "assigned":
        return "computed"
    return symbol.role


def define(
    forward,
    *,
    functions=None,
    shapes=None,
    symbols=None,
    expect=None,
    name="",
    time="t",
    length=None,
    layout="gradient",
    order="descending",
    elementwise=False,
    families=None,
):
    """Return the ``Notation`` of the network given by forward equations.

    forward: a list of LaTeX equations (or one display of several rows), in
    any order, as ``a_t = U x_t + W h_{t-1} + b``. A row such as
    ``\\sum_k y_{t,k} = 1`` declares an input to be a distribution.
    functions: LaTeX name to function, as ``{"g_1": "tanh", "f": "sigma"}``.
    shapes: symbol to "scalar", "column" or "matrix" where the default
    (capitals without a time are matrices, Greek letters without a time
    scalars, the rest columns) is not meant.
    symbols: further symbols and what they stand for, as
    ``{r"\\delta_t": r"\\frac{\\partial L}{\\partial a_t}"}``.
    expect: the parameters and inputs that should be there; others raise.
    layout, order, elementwise, families: see ``Language``.

    Raises ``DefinitionError``, ``ReadingError`` or ``ShapeError``, each
    naming the row.
    """
    rows = _rows_of(forward)
    definer = _Definer(rows, functions or {}, time, length)
    definer.discover()
    language = Language(
        vocabulary=definer.vocabulary,
        functions=definer.functions,
        length=definer.length,
        layout=layout,
        order=order,
        elementwise=elementwise,
        families=families or {},
    )
    network = definer.network(language, shapes or {})
    if expect is not None:
        _check_expected(network, expect, time)
    for latex, meaning in (symbols or {}).items():
        _add_defined(language.vocabulary, latex, meaning, time)
    texts = tuple(latex for _, latex in rows)
    return Notation(network, language, texts, name)


def _rows_of(forward):
    """Return (equation, LaTeX) pairs; a display of several rows splits."""
    if isinstance(forward, str):
        forward = [forward]
    rows = []
    for latex in forward:
        try:
            equations = equations_of(parse(latex))
        except EquationError as error:
            raise DefinitionError(error.pointed(latex)) from None
        for sides, relations in equations:
            if relations != ["="]:
                raise DefinitionError(
                    f"{latex}\na forward equation has the form symbol = "
                    "expression"
                )
            rows.append((sides, latex))
    if not rows:
        raise DefinitionError("there are no forward equations")
    return rows


def _in_row(latex, error):
    """Return a definition error that names the row it belongs to."""
    return DefinitionError(error.pointed(latex))


def walk_items(node, bound=()):
    """Yield (item, next item, bound letters) of every item in a tree."""
    if isinstance(node, Expression):
        for term in node.terms:
            yield from walk_items(term, bound)
    elif isinstance(node, Term):
        inner = tuple(bound)
        items = node.items
        for position, item in enumerate(items):
            item = flat(item)
            inner += _letters_bound_by(item)
            after = None
            if position + 1 < len(items):
                after = flat(items[position + 1])
            yield item, after, inner
            yield from walk_items(item.base, inner)
            for argument in arguments_of(item.below or []):
                script = only_item(argument)
                script = None if script is None else flat(script)
                if script is not None and (
                    script.below is not None or script.above
                ):
                    yield script, None, inner
            for bracket in item.above:
                yield from _walk_exponent(bracket, inner)
    elif isinstance(node, Bracket):
        for clause in node.clauses:
            yield from walk_items(clause, bound)
    elif isinstance(node, Clause):
        for expression in node.expressions:
            yield from walk_items(expression, bound)
    elif isinstance(node, Fraction):
        yield from walk_items(node.above, bound)
        yield from walk_items(node.below, bound)
    elif isinstance(node, Cases):
        for expression, _ in node.rows:
            yield from walk_items(expression, bound)


def _walk_exponent(bracket, bound):
    """Exponents hold indices, not quantities; nothing to find there."""
    return ()


def _sign_of(item):
    base = item.base
    if isinstance(base, (Over, Accent)):
        inner = only_item(base.base)
        base = None if inner is None else flat(inner).base
    if isinstance(base, Atom) and base.text in _SIGNS:
        return base.text
    return None


def _letters_bound_by(item):
    if _sign_of(item) is None:
        return ()
    letters = ()
    for clause in item.below or []:
        for argument in arguments_of([clause])[:1] if clause.relations else (
            arguments_of([clause])
        ):
            inner = only_item(argument)
            name = None if inner is None else base_name(flat(inner).base)
            if name is not None:
                letters += (name,)
    return letters


class _Definer:
    """Reads forward equations step by step; see ``define``."""

    def __init__(self, rows, functions, time, length):
        self.raw = rows
        self.time = time
        self.length = length
        self.first = 1
        self.functions = {**FUNCTIONS, **functions}
        self.vocabulary = Vocabulary()
        self.targets = []
        self.labels = []
        self.constraints = []

    # -- which symbols are there ----------------------------------------

    def discover(self):
        """Find the symbols, the length and the generic losses."""
        equations = []
        for (left, right), latex in self.raw:
            target = self._target(left)
            if target is None:
                self.constraints.append((left, right, latex))
                continue
            equations.append((target, right, latex))
        self._find_length(equations)
        for target, right, latex in equations:
            known = self.vocabulary.find(
                target.base, target.subscripts, target.timed
            )
            if known is not None:
                raise DefinitionError(
                    f"{latex}\n{target.latex} is assigned twice"
                )
            target.role = "assigned"
            self.vocabulary.add(target)
            self.targets.append((target, right, latex))
        for certain in (True, False):
            for _, right, latex in equations:
                self._discover_in(right, latex, certain)
            for left, _, latex in self.constraints:
                self._discover_in(left, latex, certain)

    def _target(self, left):
        item = only_item(left)
        if item is None:
            return None
        item = flat(item)
        if _sign_of(item):
            return None
        return symbol_of_item(item, self.time)

    def _find_length(self, equations):
        for target, right, _ in equations:
            if target.timed:
                continue
            for item, _, _ in walk_items(right):
                if _sign_of(item) == "\\sum" and item.above and item.below:
                    self._read_bounds(item)
                    return
        self.length = self.length or "T"

    def _read_bounds(self, item):
        clause = item.below[0]
        upper = item.above[0].clauses
        if clause.relations != ["="] or len(upper) != 1:
            self.length = self.length or "T"
            return
        reader = Reader(Language(length=self.length or "\\nothing"))
        try:
            first = reader.shift(clause.expressions[1])
            last = reader.shift(upper[0].expressions[0])
        except ReadingError:
            self.length = self.length or "T"
            return
        letters = [index.letter for index, _ in last.indices]
        if self.length is None and len(letters) == 1:
            self.length = letters[0]
        self.length = self.length or "T"
        if first.is_constant:
            self.first = first.constant
        steps = last.constant - self.first + 1
        if steps or self.first not in (0, 1):
            raise DefinitionError(
                "the sum over time runs from 1 to T or from 0 to T-1; "
                f"here it starts at {self.first} and has {steps:+d} terms "
                "more than T"
            )

    def _discover_in(self, expression, latex, certain):
        for item, after, bound in walk_items(expression):
            name = base_name(item.base)
            if name is None or name in _RESERVED or _sign_of(item):
                continue
            if name == self.length and item.below is None:
                continue
            full = _function_key(item, name)
            if name in self.functions or full in self.functions:
                continue
            if self._is_call(item, after, latex):
                self.functions[name] = "loss"
                continue
            self._discover_symbol(item, bound, certain)

    def _is_call(self, item, after, latex):
        """Two arguments make a loss; one is a function or a factor."""
        base = None if after is None else after.base
        if not isinstance(base, Bracket) or base.kind != "(":
            return False
        if len(base.clauses) > 1:
            return True
        name = base_name(item.base)
        alone = item.below is None and not item.above
        simple = only_item(base) is not None
        unknown = not self.vocabulary.candidates(name)
        if alone and simple and unknown and name[-1].islower():
            text = latex[item.start : item.end]
            raise DefinitionError(
                f"{latex}\nis {text} a function or a factor? declare "
                f'functions={{"{name}": "tanh"}}, or drop the brackets'
            )
        return False

    def _discover_symbol(self, item, bound, certain):
        for argument in arguments_of(item.below or []):
            inner = only_item(argument)
            inner = None if inner is None else flat(inner)
            if inner is not None and (
                inner.below is not None or inner.above
            ):
                label = symbol_of_item(inner, self.time)
                if label is not None and label.timed:
                    self._add_label(label)
        symbol = symbol_of_item(item, self.time, bound)
        bare = symbol_of_item(item, self.time)
        uncertain = len(bare.subscripts) > len(symbol.subscripts)
        if certain and uncertain and symbol.timed is None:
            return
        if not certain and uncertain:
            for known in self.vocabulary.candidates(symbol.base):
                if known.subscripts == symbol.subscripts:
                    return
        if any(
            known.subscripts == symbol.subscripts
            and known.timed == symbol.timed
            for known in self.vocabulary.candidates(symbol.base)
        ):
            return
        if symbol.timed is None and self._index_letter(item, bound):
            return
        if not certain and symbol.timed is None and item.below is not None:
            indices = [
                known
                for known in self.vocabulary.candidates(symbol.base)
                if known.timed
            ]
            if indices and self._constant_time(item):
                return
        symbol.role = "input" if symbol.timed else "parameter"
        self.vocabulary.add(symbol)

    def _constant_time(self, item):
        return all(
            base_name(flat(only_item(a)).base) is None
            for a in arguments_of(item.below)
            if only_item(a) is not None
        )

    def _index_letter(self, item, bound):
        plain = item.below is None and not item.above
        name = base_name(item.base)
        return plain and (name in bound or name == self.time)

    def _add_label(self, label):
        known = self.vocabulary.find(
            label.base, label.subscripts, label.timed
        )
        if known is None:
            known = label
            self.vocabulary.add(known)
        known.role = "label"

    # -- what the rows mean ---------------------------------------------

    def network(self, language, shapes):
        clock = m.Index(self.time)
        clock.kind = "time"
        rows, axes = [], 0
        for target, right, latex in self.targets:
            try:
                meaning, count = self._read(target, right, language, clock)
            except EquationError as error:
                raise _in_row(latex, error) from None
            axes = max(axes, count)
            rows.append(Row(target, meaning, latex, bool(target.timed)))
        self._find_states(rows, clock)
        ordered = _in_order(rows, clock)
        distributions = self._distributions(language, clock)
        sizes, notes = self._sizes(rows, ordered, shapes, language)
        network = Network(
            rows,
            *_split(ordered, rows),
            list(self.vocabulary.symbols),
            distributions,
            self.first,
            clock,
            language,
            sizes,
            notes,
            axes,
        )
        _check_values(network)
        return network

    def _read(self, target, right, language, clock):
        bound = {}
        if target.timed:
            bound[self.time] = m.Shift(indices=((clock, 1),))
        reader = Reader(language, bound)
        meaning = reader.expression(right)
        reader.settle()
        m.settle_times(meaning)
        for index in reader.free.values():
            if index.kind != "unused":
                raise DefinitionError(
                    f"the index {index.letter} stands on the right side "
                    "only",
                    right.start,
                    right.end,
                )
        for part in m.walk(meaning):
            if isinstance(part, m.Derivative):
                raise DefinitionError(
                    "a forward equation holds no derivative",
                    part.start,
                    part.end,
                )
        return meaning, number_components(component_indices([meaning]))

    def _find_states(self, rows, clock):
        for row in rows:
            for symbol, lag in _uses(row.meaning, clock):
                if lag is None or symbol.role == "label" or not row.timed:
                    continue
                if lag > 0:
                    raise DefinitionError(
                        f"{row.latex}\n{symbol.latex} is used before its "
                        "time: only earlier steps can be read"
                    )
                if lag < 0 and symbol.role == "input":
                    raise DefinitionError(
                        f"{row.latex}\n{symbol.latex} is used at a lag and "
                        "never assigned: its own equation is missing"
                    )
                if lag < -1:
                    raise DefinitionError(
                        f"{row.latex}\nonly the step before can be read, "
                        f"not {-lag} steps back"
                    )
                if lag < 0:
                    symbol.role = "state"

    def _distributions(self, language, clock):
        found = []
        for left, right, latex in self.constraints:
            reader = Reader(
                language, {self.time: m.Shift(indices=((clock, 1),))}
            )
            try:
                meaning = reader.expression(left)
                total = reader.expression(right)
                reader.settle()
            except EquationError as error:
                raise _in_row(latex, error) from None
            body = getattr(meaning, "body", None)
            fits = (
                isinstance(meaning, m.Repeat)
                and meaning.kind == "sum"
                and isinstance(body, m.Quantity)
                and body.components == (meaning.index,)
                and isinstance(total, m.Number)
                and total.value == 1
            )
            if not fits or body.symbol.role not in ("input", "parameter"):
                raise DefinitionError(
                    f"{latex}\nthis is neither symbol = expression nor the "
                    "declaration \\sum_k y_{t,k} = 1 of an input"
                )
            found.append(body.symbol)
        return found

    # -- sizes ----------------------------------------------------------

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
                raise _in_row(row.latex, error) from None
            if not row.timed and shape != (ONE, ONE) and _uses_time(row):
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


def _function_key(item, name):
    """Return ``g_1`` for a function with a subscript."""
    arguments = arguments_of(item.below or [])
    inner = [only_item(a) for a in arguments]
    if len(inner) != 1 or inner[0] is None:
        return name
    base = flat(inner[0]).base
    text = base.text if isinstance(base, Atom) else base_name(base)
    return f"{name}_{text}"


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


def _uses(meaning, clock):
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


def _uses_time(row):
    return any(s.timed for s, _ in _uses(row.meaning, None))


def _in_order(rows, clock):
    """Return the rows so that each needs only earlier ones."""
    by_target = {row.target: row for row in rows}
    graph = {}
    for row in rows:
        needs = set()
        for symbol, lag in _uses(row.meaning, clock):
            earlier = row.timed and lag is not None and lag < 0
            if symbol in by_target and not earlier:
                needs.add(symbol)
        graph[row.target] = needs
    try:
        order = list(graphlib.TopologicalSorter(graph).static_order())
    except graphlib.CycleError as error:
        names = " → ".join(s.latex for s in error.args[1])
        raise DefinitionError(
            f"these need each other at the same step: {names}"
        ) from None
    # Rows keep the order in which they were written where they may.
    del order
    done, result, waiting = set(), [], list(rows)
    while waiting:
        for row in waiting:
            if graph[row.target] <= done:
                result.append(row)
                done.add(row.target)
                waiting.remove(row)
                break
    return result


def _split(ordered, rows):
    """Return rows before, at and after the steps of time."""
    timed = {row.target for row in rows if row.timed}
    dependent = set(timed)
    before, steps, after = [], [], []
    for row in ordered:
        if row.timed:
            if dependent - timed & {s for s, _ in _uses(row.meaning, None)}:
                late = {s for s, _ in _uses(row.meaning, None)} & (
                    dependent - timed
                )
                if late:
                    raise DefinitionError(
                        f"{row.latex}\n{min(s.latex for s in late)} is "
                        "known only after the last step"
                    )
            steps.append(row)
        elif _uses_time(row) or dependent & {
            s for s, _ in _uses(row.meaning, None)
        }:
            dependent.add(row.target)
            after.append(row)
        else:
            before.append(row)
    return before, steps, after


def _check_values(network):
    """Run one random network; every value must be finite."""
    sample = network.sample(0)
    for row in [*network.before, *network.steps, *network.after]:
        stored = sample.values[row.target]
        arrays = stored if isinstance(stored, list) else [stored]
        for data in arrays:
            if data is not None and not np.all(np.isfinite(data)):
                raise DefinitionError(
                    f"{row.latex}\n{row.target.latex} is not finite on a "
                    "random network; is a softmax missing, or a log of "
                    "something negative?"
                )


def _check_expected(network, expect, time):
    wanted = []
    for latex in expect:
        item = only_item(parse(latex)[0].sides[0])
        symbol = symbol_of_item(flat(item), time)
        wanted.append((symbol.base, symbol.subscripts, symbol.timed))
    found = {
        (s.base, s.subscripts, s.timed): s
        for s in network.symbols
        if s.role in ("parameter", "input", "label")
    }
    extra = [s.latex for key, s in found.items() if key not in wanted]
    missing = [
        latex
        for latex, key in zip(expect, wanted, strict=True)
        if key not in found
    ]
    if extra or missing:
        parts = []
        if extra:
            parts.append(f"not expected: {', '.join(extra)}")
        if missing:
            parts.append(f"missing: {', '.join(missing)}")
        raise DefinitionError("; ".join(parts))


def _add_defined(vocabulary, latex, meaning, time):
    """Add a symbol that stands for an expression, such as δ_t."""
    item = only_item(parse(latex)[0].sides[0])
    symbol = symbol_of_item(flat(item), time)
    rows = parse(meaning)
    if symbol is None or len(rows) != 1 or len(rows[0].sides) != 1:
        raise DefinitionError(f"{latex} cannot be defined as {meaning}")
    if not symbol.timed and mentions(rows[0].sides[0], time):
        raise DefinitionError(f"{latex} has no time but {meaning} has")
    symbol.role = "defined"
    symbol.definition = (time, rows[0].sides[0])
    vocabulary.add(symbol)
