"""A network is its forward equations.

``define`` reads the equations as a source prints them. Roles follow from
use, sizes from unification, the order of evaluation from what needs what.
"""

import graphlib

import numpy as np

from . import meaning as m
from .errors import DefinitionError, EquationError
from .evaluate import component_indices, number_components
from .names import equations_of, flat, mentions, only_item, symbol_of_item
from .network import Network, Row
from .notation import Notation
from .reader import Reader
from .sizing import Sizing, uses, uses_time
from .tree import parse
from .vocabulary import Language


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
    order="ascending",
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
    definer = Definer(rows, functions or {}, time, length)
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


class Definer(Sizing):
    """Reads forward equations step by step; see ``define``."""

    # -- what the rows mean ---------------------------------------------

    def network(self, language, shapes):
        clock = m.Index(self.time)
        clock.kind = "time"
        rows, axes = [], 0
        for target, right, latex in self.targets:
            try:
                meaning, count = self._read(target, right, language, clock)
            except EquationError as error:
                raise DefinitionError(error.pointed(latex)) from None
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
            for symbol, lag in uses(row.meaning, clock):
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
                raise DefinitionError(error.pointed(latex)) from None
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


def _in_order(rows, clock):
    """Return the rows so that each needs only earlier ones."""
    by_target = {row.target: row for row in rows}
    graph = {}
    for row in rows:
        needs = set()
        for symbol, lag in uses(row.meaning, clock):
            earlier = row.timed and lag is not None and lag < 0
            if symbol in by_target and not earlier:
                needs.add(symbol)
        graph[row.target] = needs
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        names = " → ".join(s.latex for s in error.args[1])
        raise DefinitionError(
            f"these need each other at the same step: {names}"
        ) from None
    # Rows keep the order in which they were written where they may.
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
            if dependent - timed & {s for s, _ in uses(row.meaning, None)}:
                late = {s for s, _ in uses(row.meaning, None)} & (
                    dependent - timed
                )
                if late:
                    raise DefinitionError(
                        f"{row.latex}\n{min(s.latex for s in late)} is "
                        "known only after the last step"
                    )
            steps.append(row)
        elif uses_time(row) or dependent & {
            s for s, _ in uses(row.meaning, None)
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
