"""A network is its forward equations.

``define`` reads the equations as a source prints them. Roles follow from
use, sizes from unification, the order of evaluation from what needs what.
"""

import graphlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from derivations.errors import (
    DefinitionError,
    EquationError,
    check_instance,
    in_row,
    names_in,
    texts_in,
)
from derivations.latex.layers import layers_in, with_layers
from derivations.latex.names import base_name, equations_of, mentions
from derivations.latex.tree import parse
from derivations.meaning import nodes as m
from derivations.meaning.functions import FUNCTIONS, LOSS, NAMED, Function
from derivations.meaning.reader import Reader
from derivations.meaning.stacks import rows_apart
from derivations.meaning.vocabulary import (
    TIME,
    Language,
    Vocabulary,
    is_capital,
)
from derivations.networks.discovery import (
    Discovery,
    name_of_function,
    symbol_of,
)
from derivations.networks.network import MAX_STEP, Forward, Network
from derivations.networks.notation import Notation
from derivations.networks.phases import in_phases, loops_of
from derivations.networks.printed import rows_written
from derivations.networks.sizing import find_sizes, sizes_of
from derivations.values.bounded import NUDGE
from derivations.values.evaluate import (
    Evaluator,
    component_axes,
    component_indices,
)

# How many steps back a row may read.
MAX_LAG = 4


def define(
    forward: str | Iterable[str],
    *,
    functions: Mapping[str, str | Function] | None = None,
    shapes: Mapping[str, str] | None = None,
    symbols: Mapping[str, str] | None = None,
    expect: Iterable[str] | None = None,
    name: str = "",
    layout: str = "gradient",
    order: str = "ascending",
    elementwise: bool = False,
    length: int | None = None,
) -> Notation:
    r"""Return the ``Notation`` of the network given by forward equations.

    forward: a list of LaTeX equations (or one display of several rows), in
    any order, as ``a_t = U x_t + W h_{t-1} + b``. A row such as
    ``\sum_k y_{t,k} = 1`` declares an input to be a distribution, and one
    such as ``h_0 = 0`` says what a state is before the first step; without
    such a row that is a random column.
    functions: LaTeX name to function. A function is named, as in
    ``{"g_1": "tanh", "f": "sigma"}``, or given with its slope, as in
    ``{r"\phi": Function(np.arctan, lambda x: 1 / (1 + x**2))}`` or as a pair
    of the two; see ``Function`` in ``derivations.meaning.functions``. A
    function of several arguments is an unspecified loss in the row of a
    loss, as in ``L_t = l(h_t, y_t)``, and nowhere else.
    shapes: symbol to "scalar", "column" or "matrix", or to its sizes, as in
    ``{"U": "n×d", "x_t": "d×1"}``. What is declared here wins. Of the rest,
    capitals without a time are matrices, Greek ones too; small Greek letters
    without a time are scalars where that fits, and everything else columns, of
    the sizes that the equations demand. Where a small Greek letter may as well
    be a matrix it is asked. One letter is one size, and two letters are two
    sizes.
    symbols: further symbols and what they stand for, as
    ``{r"\delta_t": r"\frac{\partial L}{\partial a_t}"}``.
    expect: the parameters and inputs that should be there. Any other one
    raises, and so does one that is missing.
    layout: "gradient", "chain", "numerator" or "rows"; order, elementwise:
    see ``Language``. In the layout "rows" a shape is declared as "row".
    length: the number of steps, if every network has that many; then a sum
    may end at that number. Else lengths are drawn, 1 among them.

    Raises ``DefinitionError``, ``ReadingError`` or ``ShapeError``, each
    naming the row; ``TypeError`` or ``ValueError`` for an argument of
    another kind.

    >>> from derivations import define
    >>> define([
    ...     r"h_t = \tanh(W h_{t-1} + U x_t)",
    ...     r"L = \sum_{t=1}^{T} l(h_t, y_t)",
    ... ])
    symbol  role       shape  because of
    h_t     state      n×1    read one step back in the row of h_t
    L       computed   1×1    row of L
    W       parameter  n×n    row of h_t; a capital is a matrix
    U       parameter  n×d    row of h_t; a capital is a matrix
    x_t     input      d×1    row of h_t; a column by default
    y_t     input      n×1    row of L; a column by default; n by l(h_t, y_t)
    l       function   1×1    no row says what it computes
    """
    forward = texts_in("forward", forward)
    functions = _functions_in(functions)
    shapes, symbols = names_in("shapes", shapes), names_in("symbols", symbols)
    if expect is not None:
        expect = texts_in("expect", expect)
    _check_length(length)
    network, found, language, rows = _either(
        forward, functions, shapes, length, layout, order, elementwise
    )
    layers = language.layers
    if expect is not None:
        _check_expected(network, expect, found.naming, layers)
    known = network.language.vocabulary
    definitions = _definitions(symbols, known.roles, found.naming, layers)
    vocabulary = Vocabulary(
        {**known.roles, **dict.fromkeys(definitions, "defined")},
        known.shapes,
        definitions,
    )
    texts = tuple(latex for _, latex in rows)
    displays = dict.fromkeys(latex for _, latex in rows)
    readings = [display.source.reading for display in displays]
    return Notation(
        network,
        replace(language, vocabulary=vocabulary),
        texts,
        name,
        tuple(filter(None, readings)),
    )


def _either(forward, functions, *options):
    """Return what the rows define, with * and ⊗ as ⊙ if they must be."""
    written = rows_written(forward, functions)
    try:
        return _defined(written, functions, *options)
    except EquationError as error:
        other = rows_written(forward, functions, products=True)
        if other == written:
            raise
        try:
            return _defined(other, functions, *options)
        except EquationError:
            raise error from None


def _defined(displays, functions, shapes, length, layout, order, elementwise):
    """Return the network of displays, what was found, the language, rows."""
    layers = _has_layers(displays)
    turned = isinstance(layout, str) and layout == "rows"
    declared = _declared(shapes, turned, layers)
    rows, chains = _rows_of(displays, {**FUNCTIONS, **functions}, layers)
    found = Discovery(rows, functions, declared, length)
    language = Language(
        vocabulary=found.vocabulary,
        functions=found.functions,
        length=found.length,
        layers=layers,
        layout=layout,
        order=order,
        elementwise=elementwise,
    )
    network = _network(found, language, declared, length)
    _check_values(network)
    _check_chains(network, chains)
    return network, found, language, rows


def _functions_in(functions):
    """Return LaTeX name → ``Function``; check what the caller brings."""
    functions = {} if functions is None else functions
    check_instance("functions", functions, Mapping)
    texts_in("functions", list(functions))
    return {
        name_of_function(latex): _function(latex, given)
        for latex, given in functions.items()
    }


def _function(latex, given):
    if isinstance(given, tuple) and len(given) == 2:
        given = Function(*given)
    if not isinstance(given, (str, Function)):
        raise TypeError(
            f'functions: {latex} must be a name, as "tanh", or a function '
            f"with its slope, as (np.arctan, lambda x: 1 / (1 + x**2)); got "
            f"{given!r}"
        )
    if isinstance(given, Function):
        _check_slope(latex, given)
        return given if given.kinks else replace(given, kinks=_kinks(given))
    if given not in NAMED:
        raise ValueError(
            f"functions: {latex} must be a Function or one of "
            f"{', '.join(NAMED)}; got {given!r}"
        )
    if given == LOSS.name:
        return Function(None, name=latex)
    return NAMED[given]


def _kinks(function):
    """Return where the slope of a function jumps, of the likely places."""
    places, near = np.array([-1.0, -0.5, 0.0, 0.5, 1.0]), 1e-9
    with np.errstate(all="ignore"):
        jumps = np.abs(
            function.slope(places + near + 0j)
            - function.slope(places - near + 0j)
        )
    return tuple(float(x) for x in places[jumps > 1e-3])


def _check_slope(latex, function):
    """A slope that is not the derivative would judge f' wrongly."""
    if not (callable(function.value) and callable(function.slope)):
        raise TypeError(
            f"functions: {latex} must have a value and a slope to call; "
            f"got {function!r}"
        )
    x = np.linspace(-1.4, 1.6, 9)
    with np.errstate(all="ignore"):
        slope = function.value(x + 1j * NUDGE).imag / NUDGE
        stated = function.slope(x + 0j).real
    if np.isrealobj(function.value(x + 1j * NUDGE)):
        raise ValueError(
            f"functions: {latex} must keep the imaginary part of its "
            "argument, in which its derivative is; an absolute value is "
            "np.where(x.real < 0, -x, x)"
        )
    there = np.isfinite(slope) & np.isfinite(stated)
    if not there.any():
        raise ValueError(
            f"functions: {latex} must be finite somewhere between -1 and 1"
        )
    if not np.allclose(slope[there], stated[there], rtol=1e-9, atol=1e-12):
        raise ValueError(
            f"functions: the slope of {latex} must be its derivative; at "
            f"x = {x[there][0]:.3g} it is {stated[there][0]:.6g}, and the "
            f"derivative is {slope[there][0]:.6g}"
        )


def _declared(shapes, rows, layers):
    """Return symbol → kind of the shapes that are declared.

    rows: vectors are rows; all is held transposed, as columns.
    """
    kinds = ["scalar", "row" if rows else "column", "matrix"]
    for latex, kind in shapes.items():
        if kind not in kinds and sizes_of(kind) is None:
            raise DefinitionError(
                f"{latex}: a shape is scalar, {kinds[1]} or matrix, or sizes "
                f"as n×d, not {kind}"
            )
    return {
        symbol_of(latex, None, layers): _held(kind) if rows else kind
        for latex, kind in shapes.items()
    }


def _held(kind):
    """Return a kind as it is held where vectors are rows."""
    sizes = sizes_of(kind)
    if sizes is not None:
        return "×".join(sizes[::-1])
    return "column" if kind == "row" else kind


def _has_layers(forward):
    """Return whether symbols with a layer above are among the rows."""
    lines = []
    for latex in forward:
        with in_row(latex):
            lines += parse(latex)
    try:
        return bool(layers_in(lines))
    except EquationError:
        # Which row is it? The place of the error is in one of them.
        for latex in forward:
            with in_row(latex):
                layers_in(parse(latex))
        raise


def _rows_of(displays, functions, layers):
    """Return (sides, LaTeX) pairs, and (target, other side, LaTeX) of chains.

    A display of several rows splits; of a = b = c the row is a = b. A row
    that gives several symbols in a column their values is one for each.
    """

    def function(item):
        found = functions.get(base_name(item.base))
        return None if found is None or found.unspecified else found

    rows, chains = [], []
    for latex in displays:
        with in_row(latex):
            lines = parse(latex)
            lines = with_layers(lines) if layers else lines
            for sides, relations, where in equations_of(lines):
                _check_row(latex, relations, where)
                pairs = rows_apart(*sides[:2], function)
                rows += [(pair, latex) for pair in pairs]
                chains += [(sides[0], side, latex) for side in sides[2:]]
    if not rows:
        raise DefinitionError("there are no forward equations")
    return rows, chains


def _check_row(latex, relations, where):
    if set(relations) != {"="}:
        raise DefinitionError(
            f"{latex}\na forward equation has the form symbol = expression"
        )
    time = m.Shift.of(m.Index(TIME, "time"))
    first = None
    for condition in Reader(Language(), {TIME: time}).remarks(where):
        left, relation, right = (
            condition.left,
            condition.relation,
            condition.right,
        )
        if relation == "\\geq":
            left, relation, right = right, "\\leq", left
        if right == time and left in (m.Shift(0), m.Shift(1)):
            first = left.constant
        elif left != time or right != m.Shift(0 if first else -1, 1):
            relation = ""
        if relation != "\\leq":
            raise condition.error(
                "a row holds at every step; a remark may say t = 1, …, T and "
                "nothing else"
            )


def _check_chains(network, chains):
    """The further sides of a row a = b = c have to say the same as it."""
    for left, side, latex in chains:
        with in_row(latex):
            reader = _reader(network.language, network.clock)
            meanings = reader.sides([left, side])
            axes = component_axes(component_indices(meanings))
            sample = network.sample(0)
            evaluator = Evaluator(sample, network.language, latex, axes)
            for time in range(sample.first, sample.last + 1):
                values = [
                    evaluator.value(node, {network.clock: time}, sample.plain)
                    for node in meanings
                ]
                one, other = (value.data for value in values)
                if one.shape[-2:] != other.shape[-2:] or not np.allclose(
                    one, other, rtol=1e-9, atol=0
                ):
                    raise DefinitionError.on(
                        side, "this side is not equal to the one before it"
                    )


def _check_length(length):
    if length is None:
        return
    if not isinstance(length, int) or isinstance(length, bool):
        raise TypeError(f"length must be a whole number; got {length!r}")
    if not 1 <= length <= MAX_STEP:
        raise ValueError(f"length must be from 1 to {MAX_STEP}; got {length}")


def _network(found, language, declared, length):
    """Return the network of the equations that were found."""
    clock = m.Index(TIME, "time")
    rows, initial, axes = [], [], {}
    readings: dict[str, None] = {}
    if language.layers:
        readings["numbers in brackets above as layers, a part of the name"] = (
            None
        )
    for target, right, latex in [*found.targets, *found.initial]:
        starts = (target, right, latex) in found.initial
        with in_row(latex):
            timed = target.timed and not starts
            meaning = _right_side(right, language, clock, timed, readings)
            axes |= component_axes(component_indices([meaning]))
        row = Forward(target, meaning, latex)
        (initial if starts else rows).append(row)
    distributions = [
        _distribution(left, right, latex, language, clock)
        for left, right, latex in found.constraints
    ]
    inputs = {*declared, *distributions}
    roles, lags = _with_states(found.roles, rows, clock, inputs, found.first)
    ordered = _in_order(rows, clock)
    before, steps, after = _split(ordered)
    phases = in_phases(steps, clock)
    if initial:
        _check_initial(initial, roles, steps + after)
        ordered = [*before, *initial, *steps, *after]
    for symbol in declared:
        if symbol not in roles:
            raise DefinitionError(f"{symbol.latex} is in no forward equation")
    sizes = _sizes(roles, ordered, declared, language)
    vocabulary = Vocabulary(roles, sizes.shapes)
    return Network(
        before=before,
        steps=steps,
        after=after,
        first=found.first,
        clock=clock,
        language=replace(language, vocabulary=vocabulary),
        classes=sizes.classes,
        distributions=distributions,
        sizes=sizes.letters,
        notes=[f"note: read {what}" for what in readings],
        axes=axes,
        length=length,
        depth=max([1, *lags.values()]),
        memory=max([1, *(n for s, n in lags.items() if roles[s] == "state")]),
        phases=phases,
        ahead=frozenset(s for s, lag in lags.items() if lag < 0),
        lagged={s: lag for s, lag in lags.items() if roles[s] == "input"},
        initial=initial,
        reasons=_reasons(found, roles, rows, clock, sizes.reasons),
    )


def _sizes(roles, rows, kinds, language):
    """Return the sizes; say so if they would fit if vectors were rows."""
    by = roles, rows, kinds, language.elementwise
    try:
        return find_sizes(*by, language.rows)
    except DefinitionError as error:
        if language.rows:
            raise
        problem = error
    try:
        find_sizes(*by, True)
    except DefinitionError:
        raise problem from None
    raise DefinitionError(
        f'{problem.message}; if vectors are rows here, say layout="rows"'
    )


def _check_initial(initial, roles, later):
    """An initial state is made of parameters, numbers and their like."""
    known_later = {row.target for row in later}
    for row in initial:
        if roles[row.target] != "state":
            raise DefinitionError(
                f"{row.latex}\nno row reads {row.target.latex} one step "
                "back, so that it has no initial value"
            )
        for symbol in row.symbols:
            if symbol.timed or symbol in known_later:
                raise DefinitionError(
                    f"{row.latex}\nan initial state is made of numbers and "
                    f"parameters; {symbol.latex} is neither"
                )


def _counts(rows, roles):
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
                    if is_capital(one.symbol.base) and not one.symbol.timed:
                        found.append(one.symbol)
    return [s for s in found if roles[s] == "parameter"]


def _reasons(found, roles, rows, clock, shaped):
    """Return symbol → why it has its role and its shape, for the table."""
    lagged = {}
    for row in rows:
        for symbol, lag in row.uses(clock):
            if lag and row.timed and roles[symbol] != "label":
                lagged.setdefault(symbol, (lag, row.target.latex))
    starts = {target: latex for target, _, latex in found.initial}
    where: dict[str, str] = {}
    for target, _, latex in found.targets:
        before = f"{where[latex]}, " if latex in where else ""
        where[latex] = before + target.latex
    reasons = {}
    for symbol, role in roles.items():
        latex = found.places[symbol]
        words = [f"row of {where.get(latex, latex)}"]
        if role == "state":
            words = [_read_where(symbol, *lagged[symbol])]
        elif symbol in lagged:
            words.append(f"an input, {_read_where(symbol, *lagged[symbol])}")
        if symbol in starts:
            words.append(f"starts as {starts[symbol].strip()}")
        reasons[symbol] = "; ".join([*words, *shaped[symbol]])
    return reasons


def _read_where(symbol, lag, row):
    steps = {-1: "one step back", 1: "one step later"}
    return f"read {steps.get(lag, f'{-lag} steps back')} in the row of {row}"


def _reader(language, clock, timed=True):
    """Return a reader that knows the time of a forward equation."""
    bound = {TIME: m.Shift(indices=((clock, 1),))} if timed else {}
    return Reader(language, bound)


def _right_side(expression, language, clock, timed, readings):
    """Return the meaning of the right side of a forward equation.

    readings: where it is noted how it was read.
    """
    reader = _reader(language, clock, timed)
    (meaning,) = reader.sides([expression])
    readings.update(reader.readings)
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


def _check_times(row, clock, roles, first):
    """A row at time t reads t, t - 1, or a step that always exists.

    An input may be read in the other direction, as x_{T+1-t}; first: the
    first step.
    """
    for part in m.walk(row.meaning):
        time = part.time if isinstance(part, m.Quantity) else None
        if time is None or not row.timed:
            continue
        counts = dict(time.indices)
        own = counts.get(clock, 0)
        turned = m.Shift(2 * first - 1, 1, ((clock, -1),))
        if roles[part.symbol] == "input" and time == turned:
            continue
        if own not in (0, 1) or (own and (len(counts) > 1 or time.length)):
            raise DefinitionError.on(
                part,
                "a row of a step reads the time t or t - 1; this time "
                "runs otherwise, and cannot be executed",
            )


def _with_states(roles, rows, clock, inputs, first):
    """Return the roles, and symbol → how many steps back it is read.

    What is assigned and read at a lag is a state. What is read one step
    later, -1 steps back, is one too if its own row runs back in time.
    """
    roles, lags = dict(roles), {}
    loops = loops_of(rows, clock)
    for row in rows:
        with in_row(row.latex):
            _check_times(row, clock, roles, first)
        for symbol, lag in row.uses(clock):
            if not lag or roles[symbol] == "label" or not row.timed:
                continue
            if lag > 0 and (lag > 1 or symbol not in loops[row.target]):
                ahead = lag == 1 and any(
                    s == symbol and other > 0
                    for loop in rows
                    if loop.target in loops.get(symbol, ())
                    for s, other in loop.uses(clock)
                    if other
                )
                if not ahead:
                    raise DefinitionError(
                        f"{row.latex}\n{symbol.latex} is used before its "
                        "time: only earlier steps can be read"
                    )
            if roles[symbol] == "input":
                if symbol not in inputs and not _is_given_input(
                    symbol, rows, row, clock
                ):
                    raise DefinitionError(
                        f"{row.latex}\n{symbol.latex} is used at a lag and "
                        "never assigned: its own equation is missing; or, "
                        "if it is an input, declare "
                        f'shapes={{"{symbol.latex}": "column"}}'
                    )
            else:
                roles[symbol] = "state"
            if lag < -MAX_LAG:
                raise DefinitionError(
                    f"{row.latex}\nat most {MAX_LAG} steps back can be read, "
                    f"not {-lag}"
                )
            before = lags.setdefault(symbol, -lag)
            if (before < 0) != (lag > 0):
                raise DefinitionError(
                    f"{row.latex}\n{symbol.latex} is read both before and "
                    "after its time"
                )
            lags[symbol] = max(before, -lag)
    return roles, lags


def _is_given_input(symbol, rows, lagged, clock):
    """Is what is read one step back and never assigned surely an input?

    It is if the same row reads it now as well; or if it is read now as a
    target alone, the last argument of a loss, as y_t in l(z_t, y_t).
    """
    if any(s == symbol and not lag for s, lag in lagged.uses(clock)):
        return True
    now, targets = 0, 0
    for row in rows:
        now += sum(s == symbol and not lag for s, lag in row.uses(clock))
        for part in m.walk(row.meaning):
            if isinstance(part, m.Apply) and part.function.unspecified:
                last = part.arguments[-1]
                targets += isinstance(last, m.Quantity) and (
                    last.symbol == symbol
                )
    return 0 < now == targets


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
    roles = language.vocabulary.roles
    if not fits or roles[body.symbol] not in ("input", "parameter"):
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
        now = [s for s, lag in row.uses(clock) if not (row.timed and lag)]
        needs[row.target] = [s for s in dict.fromkeys(now) if s in targets]
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
        row = next(r for r in waiting if done.issuperset(needs[r.target]))
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
    try:
        sample = network.sample(0)
    except EquationError as error:
        raise DefinitionError(
            "these rows cannot be executed on a random network: "
            f"{error.message}"
        ) from None
    for row in network.rows:
        for time in sample.times_of(row.target):
            try:
                value = sample.plain.read(row.target, time, {})
            except EquationError as error:
                if time is not None and time > sample.last:
                    continue  # what comes from the end has no value there
                text = f"{row.latex}\n{error.message}"
                raise DefinitionError(text) from None
            if not np.all(np.isfinite(value)):
                raise DefinitionError(
                    f"{row.latex}\n{row.target.latex} is not finite on a "
                    "random network; is a softmax missing, or a log of "
                    "something negative?"
                )


def _check_expected(network, expect, naming, layers):
    given = [
        symbol.latex
        for symbol, role in network.roles.items()
        if role in ("parameter", "input", "label")
    ]
    wanted = [symbol_of(latex, naming, layers).latex for latex in expect]
    extra = [latex for latex in given if latex not in wanted]
    missing = [latex for latex in wanted if latex not in given]
    problems = {"not expected": extra, "missing": missing}
    words = [f"{k}: {', '.join(v)}" for k, v in problems.items() if v]
    if words:
        raise DefinitionError("; ".join(words))


def _definitions(symbols, roles, naming, layers):
    """Return symbol → the expression that it stands for, such as δ_t."""
    definitions = {}
    for latex, meaning in symbols.items():
        symbol, rows = symbol_of(latex, naming, layers), parse(meaning)
        rows = with_layers(rows) if layers else rows
        if len(rows) != 1 or len(rows[0].sides) != 1:
            raise DefinitionError(f"{latex} cannot be defined as {meaning}")
        if symbol in roles or symbol in definitions:
            raise DefinitionError(f"{latex} has a meaning already")
        (expression,) = rows[0].sides
        if not symbol.timed and mentions(expression, TIME):
            raise DefinitionError(f"{latex} has no time but {meaning} has")
        definitions[symbol] = expression
    return definitions
