"""The verdict on what somebody wrote."""

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from derivations.errors import (
    DomainError,
    EquationError,
    LimitError,
    ReadingError,
    ShapeError,
)
from derivations.judging import claims, page
from derivations.judging.domains import describe, spoken
from derivations.judging.record import RECORD_TYPE, record
from derivations.judging.rows import is_own_row
from derivations.latex.source import Source
from derivations.networks.network import GHOSTS, MAX_GHOSTS, MAX_STEP, Sample
from derivations.networks.notation import Notation

# A polynomial in T of this degree needs as many lengths to be told from 0.
MAX_DEGREE = 16


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
    line above it; counterexample: where it fails; problem: the error that
    keeps it from being compared (a shape, no common time).

    components, times: letters of the free indices; drawn: on how many random
    networks it was judged; seen: the points where
    it was compared, as for ``describe``; decided: there was a network on
    which digits were left to compare; blurred: the number of networks on
    which rounding left none; kinked: of those on which something stands at
    a kink; absent: the number of networks that are too short for the line;
    early: it fails for some initial state, which is given; overrun: a sum
    goes on after the last step; where: where a line that does not hold would
    hold, if anywhere; remark: what it says of the components for which it is
    meant, as i = j; held: the initial states that are taken as given.

    digits, clear: there was a network with digits that agree, and one on
    which no term can hide; tame: it holds on such networks, which have
    smaller numbers in their rows, for it saturates with its own; hidden: it
    fails on them.
    """

    left: str
    right: str
    components: list
    times: list
    holds: bool = True
    follows: bool = True
    counterexample: Counterexample | None = None
    problem: EquationError | None = None
    drawn: int = 0
    seen: list = field(default_factory=list)
    decided: bool = False
    blurred: int = 0
    kinked: int = 0
    absent: int = 0
    early: bool = False
    overrun: bool = False
    where: str = ""
    remark: str = ""
    held: str = ""
    digits: bool = False
    clear: bool = False
    tame: bool = False
    hidden: bool = False

    @property
    def refuted(self) -> bool:
        """Whether it is known not to hold, and not only not to be judged."""
        unfit = isinstance(self.problem, ShapeError)
        return self.counterexample is not None or unfit

    def judged_as(self, other: "Step") -> None:
        """Take the word of networks on which no term can hide.

        They may say that it holds, and never that it does not.
        """
        self.tame = self.decided = other.holds and other.clear
        self.hidden = other.counterexample is not None
        self.blurred, self.kinked = other.blurred, other.kinked

    @property
    def domain(self) -> str:
        """Where it was compared, in words."""
        if not self.seen:
            return ""
        words = describe(self.components, self.times, self.seen, self.early)
        words += f", {self.remark}" if self.remark else ""
        if not self.absent or self.times:
            return words
        # The shorter networks have no such step.
        length = f"T ≥ {min(length for *_, length in self.seen)}"
        return f"{words}, {length}" if words else length

    @property
    def points(self) -> set[frozenset]:
        """The points of the first batch: sets of (letter, time)."""
        points = self.seen[0][0] if self.seen else ()
        return {frozenset(zip(self.times, p, strict=True)) for p in points}


@dataclass
class Mistake:
    """Why an equation could not be judged, and where."""

    message: str
    column: int | None
    kind: str
    pointed: str

    def __str__(self):
        return self.pointed


@dataclass(frozen=True)
class Hint:
    """An edit of a false line, and the true line that it makes.

    edit: what is changed, in words; line: the true line; kind: one of the
    kinds of slip in ``edits.SLIPS``; changes: (start, end, new LaTeX) for
    each place of the edit, counted in the LaTeX that was typed.
    """

    edit: str
    line: str
    kind: str = ""
    changes: tuple[tuple[int, int, str], ...] = ()

    @property
    def place(self) -> tuple[int, int] | None:
        """Where the first change stands in the LaTeX that was typed."""
        return self.changes[0][:2] if self.changes else None

    def __str__(self):
        return f"it holds with {self.edit}: {self.line}"


@dataclass
class Verdict:
    """What ``check`` found; true if and only if every step holds.

    readings: how something was read that could mean something else.
    source: how what was typed has been read, if it has been rewritten.
    """

    latex: str
    steps: list[Step] = field(default_factory=list)
    error: Mistake | None = None
    hints: list[Hint] = field(default_factory=list)
    not_given: list[str] = field(default_factory=list)
    readings: list[str] = field(default_factory=list)
    notation: Notation | None = field(default=None, compare=False)
    source: Source | None = field(default=None, compare=False, repr=False)

    @property
    def text(self) -> str:
        """What was judged: what was typed, in the notation of the network."""
        return self.latex if self.source is None else self.source.text

    @property
    def reading(self) -> str:
        """How it was read, on one line; "" if it was read as it stands."""
        return "" if self.source is None else self.source.reading

    def placed(self, hints: Iterable[Hint]) -> list[Hint]:
        """Return hints about the text with their places in what was typed."""
        if self.source is None:
            return list(hints)
        return [
            replace(
                hint,
                changes=tuple(
                    (*self.source.place(start, end), new)
                    for start, end, new in hint.changes
                ),
            )
            for hint in hints
        ]

    def __bool__(self) -> bool:
        return (
            self.error is None
            and not self.not_given
            and bool(self.steps)
            and all(step.holds for step in self.steps)
        )

    @property
    def where(self) -> str:
        """Where the first wrong line would hold, or nothing."""
        return next((step.where for step in self.steps if step.where), "")

    @property
    def blurred(self) -> int:
        """On how many random networks rounding hides some step."""
        return max((step.blurred for step in self.steps), default=0)

    @property
    def kinked(self) -> int:
        """On how many random networks something stands at a kink."""
        return max((step.kinked for step in self.steps), default=0)

    @property
    def networks(self) -> int:
        """On how many random networks every step could be compared."""
        counts = [
            s.drawn - s.blurred - s.kinked - s.absent for s in self.steps
        ]
        return min(counts, default=0)

    @property
    def domain(self) -> str:
        """Where the whole display was compared."""
        return "; ".join(dict.fromkeys(step.domain for step in self.steps))

    def lines(self) -> list[str]:
        """Return the verdict as lines of plain text."""
        return page.verdict_lines(self)

    def __repr__(self):
        return "\n".join(self.lines())

    def _repr_html_(self):
        return page.verdict_html(self)

    def record(self) -> dict:
        """Return the verdict as plain data, see ``judging.record``."""
        return record(self)

    def _repr_mimebundle_(self, include=None, exclude=None):
        """Return it as text, as HTML and as a record, for a notebook."""
        return {
            "text/plain": repr(self),
            "text/html": self._repr_html_(),
            RECORD_TYPE: self.record(),
        }


def judge(
    latex: str | Source,
    notation: Notation,
    samples: Iterable[Sample] | None = None,
) -> Verdict:
    """Judge a display without hints, on the given batches of networks."""
    source = latex if isinstance(latex, Source) else None
    text = latex if source is None else source.text
    read = partial(claims.read, text)
    return _judged(text, read, notation, samples, source)


def judge_pair(
    left: str,
    right: str,
    notation: Notation,
    samples: Iterable[Sample] | None = None,
) -> Verdict:
    """Judge ``left = right``; faster than ``judge`` on many right sides."""
    read = partial(claims.read_pair, left, right)
    return _judged(f"{left} = {right}", read, notation, samples)


def _judged(latex, read, notation, samples, source=None):
    typed = latex if source is None else source.typed
    verdict = Verdict(typed, notation=notation, source=source)
    try:
        for equation in read(notation.language):
            verdict.readings += equation.readings
            verdict.steps += judge_equation(equation, notation, samples)
    except EquationError as error:
        verdict.error = mistake(error, source or latex)
    except RecursionError:
        error = LimitError("this is nested too deeply")
        verdict.error = mistake(error, latex)
    problems = [step.problem for step in verdict.steps if step.problem]
    if problems and verdict.error is None:
        verdict.error = mistake(problems[0], source or latex)
    return verdict


def mistake(error: EquationError, latex: str | Source) -> Mistake:
    """Return an ``EquationError`` as it is shown to the author."""
    column, kind = None, type(error).__name__.removesuffix("Error").lower()
    if isinstance(latex, Source):
        error = EquationError(error.message, error.start, error.end)
        error, latex = latex.pointing(error), latex.typed
    if error.start is not None:
        column = error.start - (latex.rfind("\n", 0, error.start) + 1)
    return Mistake(error.message, column, kind, error.pointed(latex))


def judge_equation(
    equation: claims.Equation,
    notation: Notation,
    samples: Iterable[Sample] | None = None,
) -> list[Step]:
    """Return the steps of one equation."""
    network = notation.network
    longer, ghosts = _needs(equation, network)
    more = max(0, equation.degree - claims.FEW)
    draw = partial(network.samples, longer, ghosts, more=more)
    steps = _judged_on(samples or draw(), equation, notation)
    wrong = any(step.counterexample for step in steps)
    if samples is None and wrong and network.at_start:
        # The initial state that a row could give may be given as well.
        again = _judged_on(draw(held=True), equation, notation)
        if all(step.holds for step in again):
            steps = again
            for step in steps:
                step.held = _held(network)
            draw = partial(draw, held=True)
    tame = None
    for number, step in enumerate(steps, 1):
        if not step.holds:
            continue
        own = is_own_row(equation.sides[0], equation.sides[number], network)
        if own:
            step.decided, step.blurred, step.kinked = True, 0, 0
        elif samples is None and step.digits and not step.clear:
            if tame is None:
                tame = _judged_on(draw(tame=True), equation, notation)
            step.judged_as(tame[number - 1])
        if (equation.extreme and not own) or not step.decided:
            step.holds = step.follows = False
            step.problem = claims.RoundingError(equation.extreme, step.hidden)
            if step.kinked > step.blurred:
                step.problem = claims.KinkError()
    return steps


def _judged_on(samples, equation, notation):
    """Return the steps of an equation as these networks judge them."""
    components, times = (
        [index.letter for index in indices]
        for indices in (equation.components, equation.times)
    )
    steps = [
        Step(
            equation.source(0),
            equation.source(number),
            components,
            times,
            overrun=equation.overrun > 0,
            remark=equation.remark,
        )
        for number in range(1, len(equation.sides))
    ]
    for sample in samples:
        judge_ = claims.Judge(equation, sample, notation.language)
        with np.errstate(all="ignore"):
            for number, step in enumerate(steps, 1):
                step.drawn += sample.count
                _judge_step(step, number, judge_)
        if not any(step.holds or step.follows for step in steps):
            break
    return steps


def _held(network):
    """Name the initial states that are given, though rows could give them."""
    first = str(network.first - 1)
    names = [
        re.sub(r"(?<![A-Za-z\\])t(?![A-Za-z])", first, row.target.latex)
        for row in network.at_start
        if network.roles[row.target] == "state"
    ]
    return ", ".join(names)


def _needs(equation, network):
    """Return how many steps longer than usual, and how many ghost steps.

    A line that names step 4 is judged on networks that have a step 4, and
    some in which it is not among the last ones.
    """
    equation.check_overrun()
    last = equation.last_step
    longer = 0 if last is None else max(0, last - network.first)
    if network.length is not None and longer >= network.length:
        raise ReadingError(
            f"there is no step {last}: the length is declared to be "
            f"{network.length}"
        )
    if network.length is not None:
        longer = 0
    if longer >= MAX_STEP:
        raise LimitError(f"step {last} is later than what is computed")
    if equation.degree > MAX_DEGREE:
        raise LimitError("too many numbers of steps are multiplied here")
    return longer, min(max(GHOSTS, equation.ahead), MAX_GHOSTS)


def _judge_step(step, number, judge_):
    try:
        if step.holds:
            step.holds = _holds(step, number, judge_)
        if number == 1:
            step.follows = step.holds
        elif step.follows:
            step.follows = _follows(number, judge_)
    except LimitError:
        raise
    except EquationError as error:
        short = step.seen and judge_.sample.length < step.seen[0][2]
        if short and isinstance(error, DomainError):
            # Too short a sequence has no such step.
            step.absent += judge_.sample.count
            return
        step.holds = step.follows = False
        step.problem = step.problem or error


def _holds(step, number, judge_):
    """Compare a side with the first one; note where, or where it fails."""
    points, decided = [], np.array(False)
    for found in judge_.compare(0, number):
        if found.initial:
            entries = tuple(range(1, found.wrong.ndim))
            agree = ~np.any(found.wrong, axis=entries)
            points += itertools.compress(found.points, agree)
            step.early |= not np.all(agree)
            continue
        if not found.agrees:
            step.counterexample = _counterexample(judge_, found)
            return False
        points += found.points
        decided = decided | np.any(found.decided, axis=0)
    digits, decided = decided, decided & ~judge_.spent()
    sample = judge_.sample
    if not judge_.sparse:
        step.seen.append((points, sample.first, sample.length))
    step.digits |= bool(np.any(digits))
    step.decided |= bool(np.any(decided))
    step.clear |= bool(np.any(decided & ~sample.hides))
    kinked = np.broadcast_to(judge_.kinked(), decided.shape) & ~decided
    step.kinked += int(np.sum(kinked))
    step.blurred += int(np.sum(~decided & ~kinked))
    return True


def _follows(number, judge_):
    try:
        compared = judge_.compare(number - 1, number)
        return all(found.agrees or found.initial for found in compared)
    except DomainError:
        return False


def _counterexample(judge_, found):
    """Return the first point that fails, and the worst place in it."""
    entries = tuple(range(2, found.wrong.ndim))
    failed = np.any(found.wrong, axis=entries)
    k = int(np.argmax(np.any(failed, axis=1)))
    network = _first_large(np.where(failed[k], found.error[k], 0.0))
    left, right = found.left[k, network], found.right[k, network]
    gap = np.nan_to_num(np.abs(left - right), nan=np.inf)
    gap = np.where(found.wrong[k, network], gap, 0.0)
    place = np.unravel_index(_first_large(gap), gap.shape)
    equation, sample = judge_.equation, judge_.sample
    components = {
        spoken(index.letter): int(place[equation.axes[index] - 2]) + 1
        for index in equation.components
    }
    entry = tuple(
        int(p) + 1
        for p, size in list(zip(place, gap.shape, strict=True))[
            len(equation.axes) :
        ]
        if size > 1
    )
    if judge_.language.rows:
        entry = entry[::-1]
    times = {
        spoken(index.letter): time
        for index, time in zip(equation.times, found.points[k], strict=True)
    }
    known = {name: n for name, n in sample.sizes.items() if name != "1"}
    return Counterexample(
        {**known, "T": sample.length},
        network + 1,
        times,
        components,
        entry,
        float(left[place]),
        float(right[place]),
    )


def _first_large(errors):
    """Return the flat place of the first that is nearly the largest.

    Among equals the last digit would decide, on each processor anew.
    """
    return int(np.argmax(errors >= 0.9 * np.max(errors)))
