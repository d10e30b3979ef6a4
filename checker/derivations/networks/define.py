"""A network is its forward equations.

``define`` reads the equations as a source prints them. Roles follow from
use, sizes from unification, the order of evaluation from what needs what.
"""

import graphlib

import numpy as np

from derivations.errors import DefinitionError, in_row, names_in, texts_in
from derivations.latex.names import equations_of, mentions
from derivations.latex.tree import parse
from derivations.meaning import nodes as m
from derivations.meaning.reader import Reader
from derivations.meaning.vocabulary import TIME, Language
from derivations.networks.discovery import Discovery, symbol_of
from derivations.networks.notation import Notation
from derivations.networks.sample import Network, Row
from derivations.networks.sizing import find_sizes
from derivations.values.evaluate import component_axes, component_indices


def define(
    forward,
    *,
    functions=None,
    shapes=None,
    symbols=None,
    expect=None,
    name="",
    layout="gradient",
    order="ascending",
    elementwise=False,
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
    layout, order, elementwise: see ``Language``.

    Raises ``DefinitionError``, ``ReadingError`` or ``ShapeError``, each
    naming the row; ``TypeError`` or ``ValueError`` for an argument that is
    none of these.
    """
    forward = texts_in("forward", forward)
    functions = names_in("functions", functions)
    shapes, symbols = names_in("shapes", shapes), names_in("symbols", symbols)
    if expect is not None:
        expect = texts_in("expect", expect)
    rows = _rows_of(forward)
    found = Discovery(rows, functions, shapes)
    language = Language(
        vocabulary=found.vocabulary,
        functions=found.functions,
        length=found.length,
        layout=layout,
        order=order,
        elementwise=elementwise,
    )
    network = _network(found, language)
    _check_values(network)
    if expect is not None:
        _check_expected(network, expect)
    for latex, meaning in symbols.items():
        _add_defined(language.vocabulary, latex, meaning)
    texts = tuple(latex for _, latex in rows)
    return Notation(network, language, texts, name)


def _rows_of(forward):
    """Return (sides, LaTeX) pairs; a display of several rows splits."""
    rows = []
    for latex in forward:
        with in_row(latex):
            equations = equations_of(parse(latex))
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


def _network(found, language):
    """Return the network of the equations that were found."""
    clock = m.Index(TIME, "time")
    rows, axes = [], {}
    for target, right, latex in found.targets:
        with in_row(latex):
            meaning = _right_side(right, language, clock, target.timed)
            axes |= component_axes(component_indices([meaning]))
        rows.append(Row(target, meaning, latex))
    _find_states(rows, clock)
    ordered = _in_order(rows, clock)
    symbols = language.vocabulary.symbols
    distributions = [
        _distribution(left, right, latex, language, clock)
        for left, right, latex in found.constraints
    ]
    declared = _known_shapes(found)
    sizes, notes = find_sizes(symbols, ordered, declared, language.elementwise)
    return Network(
        *_split(ordered),
        list(symbols),
        distributions,
        found.first,
        clock,
        language,
        sizes,
        notes,
        axes,
    )


def _known_shapes(found):
    """Return symbol → kind for the shapes that were declared."""
    kinds = {}
    for symbol, kind in found.shapes.items():
        known = found.vocabulary.find(symbol)
        if known is None:
            raise DefinitionError(
                f"{symbol.latex} is in no forward equation"
            )
        kinds[known] = kind
    return kinds


def _reader(language, clock, timed=True):
    """Return a reader that knows the time of a forward equation."""
    bound = {TIME: m.Shift(indices=((clock, 1),))} if timed else {}
    return Reader(language, bound)


def _right_side(expression, language, clock, timed):
    """Return the meaning of the right side of a forward equation."""
    reader = _reader(language, clock, timed)
    (meaning,) = reader.sides([expression])
    for index in reader.indices.free.values():
        if index.kind != "unused":
            raise DefinitionError.on(
                expression,
                f"the index {index.letter} stands on the right side only",
            )
    for part in m.walk(meaning):
        if isinstance(part, m.Derivative):
            raise DefinitionError.on(
                part, "a forward equation holds no derivative"
            )
    return meaning


def _find_states(rows, clock):
    for row in rows:
        for symbol, lag in row.uses(clock):
            if not lag or symbol.role == "label" or not row.timed:
                continue
            if lag > 0:
                raise DefinitionError(
                    f"{row.latex}\n{symbol.latex} is used before its "
                    "time: only earlier steps can be read"
                )
            if symbol.role == "input":
                raise DefinitionError(
                    f"{row.latex}\n{symbol.latex} is used at a lag and "
                    "never assigned: its own equation is missing"
                )
            if lag < -1:
                raise DefinitionError(
                    f"{row.latex}\nonly the step before can be read, "
                    f"not {-lag} steps back"
                )
            symbol.role = "state"


def _distribution(left, right, latex, language, clock):
    """Return the symbol that \\sum_k y_{t,k} = 1 declares."""
    with in_row(latex):
        reader = _reader(language, clock)
        meaning, total = reader.sides([left, right])
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
    return body.symbol


def _in_order(rows, clock):
    """Return the rows so that each needs only earlier ones."""
    targets = {row.target for row in rows}
    needs = {}
    for row in rows:
        now = {s for s, lag in row.uses(clock) if not (row.timed and lag)}
        needs[row.target] = now & targets
    try:
        graphlib.TopologicalSorter(needs).prepare()
    except graphlib.CycleError as error:
        names = " → ".join(s.latex for s in error.args[1])
        raise DefinitionError(
            f"these need each other at the same step: {names}"
        ) from None
    # Rows keep the order in which they were written where they may.
    done, ordered, waiting = set(), [], list(rows)
    while waiting:
        row = next(r for r in waiting if needs[r.target] <= done)
        waiting.remove(row)
        ordered.append(row)
        done.add(row.target)
    return ordered


def _split(ordered):
    """Return rows before, at and after the steps of time."""
    before, steps, after, late = [], [], [], set()
    for row in ordered:
        too_late = late & row.symbols
        if row.timed and too_late:
            raise DefinitionError(
                f"{row.latex}\n{min(s.latex for s in too_late)} is known "
                "only after the last step"
            )
        if row.timed:
            steps.append(row)
        elif row.uses_time or too_late:
            late.add(row.target)
            after.append(row)
        else:
            before.append(row)
    return before, steps, after


def _check_values(network):
    """Run one random network; every value must be finite."""
    sample = network.sample(0)
    for row in network.rows:
        for time in sample.times_of(row.target):
            if not np.all(np.isfinite(sample.get(row.target, time, {}))):
                raise DefinitionError(
                    f"{row.latex}\n{row.target.latex} is not finite on a "
                    "random network; is a softmax missing, or a log of "
                    "something negative?"
                )


def _check_expected(network, expect):
    given = [
        s.latex
        for s in network.symbols
        if s.role in ("parameter", "input", "label")
    ]
    wanted = [symbol_of(latex).latex for latex in expect]
    extra = [latex for latex in given if latex not in wanted]
    missing = [latex for latex in wanted if latex not in given]
    problems = {"not expected": extra, "missing": missing}
    words = [f"{k}: {', '.join(v)}" for k, v in problems.items() if v]
    if words:
        raise DefinitionError("; ".join(words))


def _add_defined(vocabulary, latex, meaning):
    """Add a symbol that stands for an expression, such as δ_t."""
    symbol, rows = symbol_of(latex), parse(meaning)
    if len(rows) != 1 or len(rows[0].sides) != 1:
        raise DefinitionError(f"{latex} cannot be defined as {meaning}")
    (expression,) = rows[0].sides
    if not symbol.timed and mentions(expression, TIME):
        raise DefinitionError(f"{latex} has no time but {meaning} has")
    symbol.role, symbol.definition = "defined", expression
    vocabulary.symbols.append(symbol)
