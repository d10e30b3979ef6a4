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
from derivations.latex.names import equations_of, mentions
from derivations.latex.tree import parse
from derivations.meaning import nodes as m
from derivations.meaning.functions import LOSS, NAMED, Function
from derivations.meaning.reader import Reader
from derivations.meaning.vocabulary import TIME, Language, Vocabulary
from derivations.networks.discovery import (
    Discovery,
    name_of_function,
    symbol_of,
)
from derivations.networks.network import MAX_STEP, Forward, Network
from derivations.networks.notation import Notation
from derivations.networks.printed import rows_written
from derivations.networks.sizing import KINDS, find_sizes, sizes_of
from derivations.values.bounded import NUDGE
from derivations.values.evaluate import (
    Evaluator,
    component_axes,
    component_indices,
)


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
    layout, order, elementwise: see ``Language``.
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
    declared = _declared(shapes)
    _check_length(length)
    network, found, language, rows = _either(
        forward, functions, declared, length, layout, order, elementwise
    )
    if expect is not None:
        _check_expected(network, expect, found.naming)
    known = network.language.vocabulary
    definitions = _definitions(symbols, known.roles, found.naming)
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


def _defined(
    displays, functions, declared, length, layout, order, elementwise
):
    """Return the network of displays, what was found, the language, rows."""
    rows, chains = _rows_of(displays)
    found = Discovery(rows, functions, declared, length)
    language = Language(
        vocabulary=found.vocabulary,
        functions=found.functions,
        length=found.length,
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
        return given
    if given not in NAMED:
        raise ValueError(
            f"functions: {latex} must be a Function or one of "
            f"{', '.join(NAMED)}; got {given!r}"
        )
    if given == LOSS.name:
        return Function(None, name=latex)
    return NAMED[given]


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


def _declared(shapes):
    """Return symbol → kind of the shapes that are declared."""
    for latex, kind in shapes.items():
        if kind not in KINDS and sizes_of(kind) is None:
            raise DefinitionError(
                f"{latex}: a shape is scalar, column or matrix, or sizes as "
                f"n×d, not {kind}"
            )
    return {symbol_of(latex): kind for latex, kind in shapes.items()}


def _rows_of(displays):
    """Return (sides, LaTeX) pairs, and (target, other side, LaTeX) of chains.

    A display of several rows splits; of a = b = c the row is a = b.
    """
    rows, chains = [], []
    for latex in displays:
        with in_row(latex):
            equations = equations_of(parse(latex))
            for sides, relations, where in equations:
                _check_row(latex, relations, where)
                rows.append((sides[:2], latex))
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
    for target, right, latex in [*found.targets, *found.initial]:
        starts = (target, right, latex) in found.initial
        with in_row(latex):
            timed = target.timed and not starts
            meaning = _right_side(right, language, clock, timed)
            axes |= component_axes(component_indices([meaning]))
        row = Forward(target, meaning, latex)
        (initial if starts else rows).append(row)
    roles = _with_states(found.roles, rows, clock)
    ordered = _in_order(rows, clock)
    before, steps, after = _split(ordered)
    if initial:
        _check_initial(initial, roles, steps + after)
        ordered = [*before, *initial, *steps, *after]
    distributions = [
        _distribution(left, right, latex, language, clock)
        for left, right, latex in found.constraints
    ]
    for symbol in declared:
        if symbol not in roles:
            raise DefinitionError(f"{symbol.latex} is in no forward equation")
    sizes = find_sizes(roles, ordered, declared, language.elementwise)
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
        axes=axes,
        length=length,
        initial=initial,
        reasons=_reasons(found, roles, rows, clock, sizes.reasons),
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


def _reasons(found, roles, rows, clock, shaped):
    """Return symbol → why it has its role and its shape, for the table."""
    lagged = {}
    for row in rows:
        for symbol, lag in row.uses(clock):
            if lag == -1:
                lagged.setdefault(symbol, row.target.latex)
    starts = {target: latex for target, _, latex in found.initial}
    where = {latex: target.latex for target, _, latex in found.targets}
    reasons = {}
    for symbol, role in roles.items():
        latex = found.places[symbol]
        words = [f"row of {where.get(latex, latex)}"]
        if role == "state":
            words = [f"read one step back in the row of {lagged[symbol]}"]
        if symbol in starts:
            words.append(f"starts as {starts[symbol].strip()}")
        reasons[symbol] = "; ".join([*words, *shaped[symbol]])
    return reasons


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


def _check_times(row, clock):
    """A row at time t reads t, t - 1, or a step that always exists."""
    for part in m.walk(row.meaning):
        time = part.time if isinstance(part, m.Quantity) else None
        if time is None or not row.timed:
            continue
        counts = dict(time.indices)
        own = counts.get(clock, 0)
        if own not in (0, 1) or (own and (len(counts) > 1 or time.length)):
            raise DefinitionError.on(
                part,
                "a row of a step reads the time t or t - 1; this time "
                "runs otherwise, and cannot be executed",
            )


def _with_states(roles, rows, clock):
    """Return the roles; what is assigned and read at a lag is a state."""
    roles = dict(roles)
    for row in rows:
        with in_row(row.latex):
            _check_times(row, clock)
        for symbol, lag in row.uses(clock):
            if not lag or roles[symbol] == "label" or not row.timed:
                continue
            if lag > 0:
                raise DefinitionError(
                    f"{row.latex}\n{symbol.latex} is used before its "
                    "time: only earlier steps can be read"
                )
            if roles[symbol] == "input":
                raise DefinitionError(
                    f"{row.latex}\n{symbol.latex} is used at a lag and "
                    "never assigned: its own equation is missing"
                )
            if lag < -1:
                raise DefinitionError(
                    f"{row.latex}\nonly the step before can be read, "
                    f"not {-lag} steps back"
                )
            roles[symbol] = "state"
    return roles


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
                text = f"{row.latex}\n{error.message}"
                raise DefinitionError(text) from None
            if not np.all(np.isfinite(value)):
                raise DefinitionError(
                    f"{row.latex}\n{row.target.latex} is not finite on a "
                    "random network; is a softmax missing, or a log of "
                    "something negative?"
                )


def _check_expected(network, expect, naming):
    given = [
        symbol.latex
        for symbol, role in network.roles.items()
        if role in ("parameter", "input", "label")
    ]
    wanted = [symbol_of(latex, naming).latex for latex in expect]
    extra = [latex for latex in given if latex not in wanted]
    missing = [latex for latex in wanted if latex not in given]
    problems = {"not expected": extra, "missing": missing}
    words = [f"{k}: {', '.join(v)}" for k, v in problems.items() if v]
    if words:
        raise DefinitionError("; ".join(words))


def _definitions(symbols, roles, naming):
    """Return symbol → the expression that it stands for, such as δ_t."""
    definitions = {}
    for latex, meaning in symbols.items():
        symbol, rows = symbol_of(latex, naming), parse(meaning)
        if len(rows) != 1 or len(rows[0].sides) != 1:
            raise DefinitionError(f"{latex} cannot be defined as {meaning}")
        if symbol in roles or symbol in definitions:
            raise DefinitionError(f"{latex} has a meaning already")
        (expression,) = rows[0].sides
        if not symbol.timed and mentions(expression, TIME):
            raise DefinitionError(f"{latex} has no time but {meaning} has")
        definitions[symbol] = expression
    return definitions
