"""The verdict on what somebody wrote."""

from dataclasses import dataclass, field
from functools import partial

import numpy as np

from . import claims, page
from . import meaning as m
from .domains import describe, spoken
from .errors import DomainError, EquationError, LimitError
from .network import NETWORKS
from .values import Mismatch


@dataclass
class Counterexample:
    """A network and indices at which two sides differ."""

    sizes: dict
    network: int
    times: dict
    components: dict
    entry: tuple
    left: float
    right: float

    def __str__(self):
        indices = {**self.times, **self.components}
        words = [f"{name} = {value}" for name, value in indices.items()]
        if self.entry:
            words.append(f"entry {', '.join(map(str, self.entry))}")
        where = f" at {', '.join(words)}" if words else ""
        return (
            f"on random network {self.network}{where} the left side is "
            f"{self.left:.4g}, this side {self.right:.4g}"
        )


@dataclass
class Step:
    """One ``=``: the line ``right`` in the chain that began with ``left``.

    holds: it equals the left side of the equation; follows: it equals the
    line above it; domain: where it was compared; counterexample: where it
    fails; problem: why it cannot be compared (a shape, no common time).
    """

    left: str
    right: str
    holds: bool
    follows: bool
    domain: str = ""
    counterexample: Counterexample | None = None
    problem: str = ""
    points: frozenset = frozenset()


@dataclass
class Mistake:
    """Why an equation could not be judged, and where."""

    message: str
    column: int | None
    kind: str
    pointed: str

    def __str__(self):
        return self.pointed


@dataclass
class Verdict:
    """What ``check`` found; true if and only if every step holds."""

    latex: str
    steps: list = field(default_factory=list)
    error: Mistake | None = None
    networks: int = NETWORKS
    hints: list = field(default_factory=list)
    not_given: list = field(default_factory=list)

    def __bool__(self):
        return (
            self.error is None
            and not self.not_given
            and bool(self.steps)
            and all(step.holds for step in self.steps)
        )

    @property
    def domain(self):
        """Where the whole display was compared."""
        return "; ".join(dict.fromkeys(step.domain for step in self.steps))

    def lines(self):
        """Return the verdict as lines of plain text."""
        return page.verdict_lines(self)

    def __repr__(self):
        return "\n".join(self.lines())

    def _repr_html_(self):
        return page.verdict_html(self)


def check(latex, notation=None, given=None, hints=True):
    """Judge a display: is every line of it true on random networks?

    latex: one equation or chain, as ``a = b = c`` or aligned rows.
    notation: ``BOOK`` (the default), ``BOOK_LSTM``, or your own.
    given: derivatives (LaTeX) that the last line may use; any other
    derivative there is refused. ``None`` allows all.
    hints: look for the single edits that would make a false line true.

    Returns a ``Verdict``; it never raises on what is typed. What it cannot
    judge, and what "holds" means, says the docstring of the package.
    """
    if notation is None:
        from .notations import BOOK

        notation = BOOK
    if not isinstance(latex, str):
        return Verdict(
            str(latex),
            error=Mistake("LaTeX is a string", None, "input", ""),
        )
    verdict = judge(latex, notation)
    if verdict.error is None and given is not None:
        verdict.not_given = _not_given(latex, notation.language, given)
    too_much = verdict.error is not None and verdict.error.kind == "limit"
    if hints and not (verdict or verdict.not_given or too_much):
        from .hints import find_hints

        verdict.hints = find_hints(latex, notation)
    return verdict


def judge(latex, notation, samples=None):
    """Judge a display without hints, on the given batches of networks."""
    read = partial(claims.read, latex)
    return _judged(latex, read, notation, samples)


def judge_pair(left, right, notation, samples=None):
    """Judge ``left = right``; faster than ``judge`` on many right sides."""
    read = partial(claims.read_pair, left, right)
    return _judged(f"{left} = {right}", read, notation, samples)


def _judged(latex, read, notation, samples):
    verdict = Verdict(latex)
    try:
        for equation in read(notation.language):
            verdict.steps += judge_equation(
                equation, notation, samples, verdict
            )
    except EquationError as error:
        verdict.error = mistake(error, latex)
    except RecursionError:
        error = LimitError("this is nested too deeply")
        verdict.error = mistake(error, latex)
    return verdict


def mistake(error, latex):
    """Return an ``EquationError`` as it is shown to the author."""
    column = None
    if error.start is not None:
        column = error.start - (latex.rfind("\n", 0, error.start) + 1)
    kind = type(error).__name__.removesuffix("Error").lower()
    return Mistake(error.message, column, kind, error.pointed(latex))


def judge_equation(equation, notation, samples=None, verdict=None):
    """Return the steps of one equation."""
    steps = None
    if samples is None:
        samples = notation.network.samples()
    for sample in samples:
        with np.errstate(all="ignore"):
            found = _steps_on(equation, sample, notation.language, verdict)
        if steps is None:
            steps = found
            continue
        for step, again in zip(steps, found, strict=True):
            step.follows = step.follows and again.follows
            if step.holds and not again.holds:
                step.holds = False
                step.counterexample = again.counterexample
                step.problem = again.problem
    return steps


def _steps_on(equation, sample, language, verdict):
    judge_ = claims.Judge(equation, sample, language)
    points = list(judge_.points())
    steps = []
    for number in range(1, len(equation.sides)):
        step = Step(
            equation.source(0), equation.source(number), True, True
        )
        try:
            _judge_step(step, number, judge_, points)
            if number > 1:
                step.follows = _follows(number, judge_, points)
            else:
                step.follows = step.holds
        except (EquationError, Mismatch) as error:
            if not isinstance(error, EquationError):
                error = EquationError("these shapes cannot be compared")
            if isinstance(error, LimitError):
                raise
            step.holds = step.follows = False
            step.problem = error.message
            if verdict is not None and verdict.error is None:
                verdict.error = mistake(error, equation.text)
        steps.append(step)
    return steps


def _judge_step(step, number, judge_, points):
    defined, problem = [], None
    equation = judge_.equation
    for point in points:
        sides = judge_.side(0, point), judge_.side(number, point)
        failed = [s for s in sides if isinstance(s, DomainError)]
        if failed:
            problem = problem or failed[0]
            continue
        defined.append(point)
        if not step.holds:
            continue
        error, left, right = judge_.compare(0, number, point)
        if np.any(error > claims.TOLERANCE):
            step.holds = False
            step.counterexample = _counterexample(
                judge_, point, error, left, right
            )
    sample = judge_.sample
    step.points = frozenset(
        tuple((i.letter, t) for i, t in zip(equation.times, p, strict=True))
        for p in defined
    )
    if not defined:
        raise DomainError(
            problem.message if problem else "there is nothing to compare",
            problem and problem.start,
            problem and problem.end,
        )
    step.domain = describe(
        equation.times, equation.components, defined, sample.first,
        sample.length,
    )


def _follows(number, judge_, points):
    compared = False
    for point in points:
        sides = judge_.side(number - 1, point), judge_.side(number, point)
        if any(isinstance(side, DomainError) for side in sides):
            continue
        compared = True
        error, _, _ = judge_.compare(number - 1, number, point)
        if np.any(error > claims.TOLERANCE):
            return False
    return compared


def _counterexample(judge_, point, error, left, right):
    network = int(np.argmax(error))
    a, b = left[network], right[network]
    with np.errstate(all="ignore"):
        gap = np.nan_to_num(np.abs(a - b), nan=np.inf)
    place = np.unravel_index(int(np.argmax(gap)), a.shape)
    equation = judge_.equation
    components = {
        spoken(index): int(place[index.axis - 2]) + 1
        for index in equation.components
    }
    core = place[equation.axes :]
    sizes = a.shape[equation.axes :]
    entry = tuple(
        int(p) + 1 for p, size in zip(core, sizes, strict=True) if size > 1
    )
    times = {
        spoken(index): time
        for index, time in zip(equation.times, point, strict=True)
    }
    sample = judge_.sample
    known = {k: n for k, n in sample.sizes.items() if k != "1"}
    return Counterexample(
        {**known, "T": sample.length},
        network + 1,
        times,
        components,
        entry,
        float(np.real(a[place])),
        float(np.real(b[place])),
    )


def _not_given(latex, language, given):
    """Return the derivatives of the last sides that were not given."""
    allowed = set()
    for text in given:
        try:
            allowed |= set(_derivatives_in(text, language))
        except EquationError as error:
            raise ValueError(
                f"given: {error.pointed(text)}"
            ) from None
    refused = []
    for equation in claims.read(latex, language):
        for key, node in _keyed_derivatives(equation.sides[-1]):
            if key not in allowed:
                text = latex[node.start : node.end].strip()
                refused.append(" ".join(text.split()))
    return list(dict.fromkeys(refused))


def _derivatives_in(text, language):
    from .reader import Reader
    from .tree import parse

    for row in parse(text):
        for side in row.sides:
            reader = Reader(language)
            node = reader.expression(side)
            for key, _ in _keyed_derivatives(node):
                yield key


def _keyed_derivatives(node):
    for part in m.walk(node):
        if isinstance(part, m.Derivative):
            above = [
                q.symbol for q in m.walk(part.above)
                if isinstance(q, m.Quantity)
            ]
            below = part.below
            kind = part.immediate, below.copy is not None
            yield (tuple(above), below.symbol, kind), part
