"""Claims: equations about a network, and where and whether they are true.

A display holds one or more equations; an equation has two or more sides.
Every side is compared with the first one (does it hold?) and with the one
before it (does it follow?), at every time and component, on every network.
"""

import itertools
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np

from derivations.errors import DomainError, ReadingError, ShapeError
from derivations.latex.names import equations_of
from derivations.latex.tree import Expression, parse
from derivations.meaning import nodes as m
from derivations.meaning.functions import EXP, SOFTMAX
from derivations.meaning.reader import Reader
from derivations.meaning.vocabulary import Language
from derivations.networks.network import BATCHES, MAX_STEP, Sample
from derivations.values import arrays as v
from derivations.values.bounded import UNKNOWN, error_of
from derivations.values.evaluate import (
    Evaluator,
    component_axes,
    component_indices,
)

# Two sides that differ by less are equal; a larger difference has to be
# explained by rounding (values/bounded.py).
TOLERANCE = 1e-12
# Digits are left to compare if rounding reaches less of a value than this;
# less than the second where a claim itself holds large or small numbers.
BLURRED = 1e-3
SHARP = 1e-9
# Numbers that are together so far from one may hide a wrong term.
LARGE = 1e3
# Terms that numbers put so many decades apart may hide each other.
EXTREME = 11
_SIGN = r"(?:[-+*]|\\(?:odot|cdot|times|otimes|circ|ast)(?![A-Za-z]))"
_NEXT_ROW = re.compile(rf"({_SIGN})\s*\\\\|\\\\(?=\s*{_SIGN})")
# In a longer sequence not all pairs of steps are compared.
MANY = 8
# As many lengths are always drawn as tell polynomials of this degree apart.
FEW = BATCHES - 1
# What is smaller may have lost its digits by being small (underflow).
VANISHED = 1e-250


class RoundingError(DomainError):
    """No network says whether two sides agree: rounding hides it."""

    def __init__(self, extreme: bool = False, hidden: bool = False):
        if extreme:
            why = (
                "numbers so far from one leave no digits to compare what "
                "stands beside them"
            )
        elif hidden:
            why = (
                "on every random network a wrong term may hide below the last "
                "digit, for it saturates, or holds numbers far from one; with "
                "smaller numbers in the network's rows this line fails"
            )
        else:
            why = (
                "on every random network rounding leaves no digits to "
                "compare; does the network saturate?"
            )
        super().__init__(why)


class KinkError(DomainError):
    """No network says whether two sides agree: all stand at a kink."""

    def __init__(self):
        super().__init__(
            "on every random network an argument stands at a kink, where "
            "there is no slope; is a layer silent?"
        )


@dataclass
class Equation:
    """The sides of one equation and the indices it is meant for.

    readings: how it was read where that was not the book's notation.
    """

    text: str
    sides: list[m.Meaning]
    places: list[tuple[int, int]]
    times: list[m.Index]
    components: list[m.Index]
    axes: dict[m.Index, int]
    limits: list[m.Condition]
    readings: tuple[str, ...] = ()

    @cached_property
    def nodes(self) -> list[m.Meaning]:
        """All nodes of all sides."""
        return [node for side in self.sides for node in m.walk(side)]

    @cached_property
    def last_step(self) -> int | None:
        """The latest step that is named by a number, as 4 in h_4."""
        found = []
        for node in self.nodes:
            if isinstance(node, m.Quantity):
                found += [node.time, node.copy]
            elif isinstance(node, m.Repeat) and node.index.kind == "time":
                found.append(node.upper)
        steps = [s.constant for s in found if s and s.is_constant]
        steps += filter(None, map(_step_of, self.nodes))
        return max(steps, default=None)

    @cached_property
    def degree(self) -> int:
        """At how many lengths, or times, a side may vanish by its numbers.

        (T - 1)(T - 3) b is zero at two lengths: it has the degree two.
        """
        return max(map(_degree, self.sides))

    @cached_property
    def overrun(self) -> int:
        """By how many steps a sum goes beyond the last step."""
        return max(
            [
                0,
                *(
                    node.upper.constant
                    for node in self.nodes
                    if isinstance(node, m.Repeat)
                    and node.index.kind == "time"
                    and node.upper is not None
                    and node.upper.length > 0
                ),
            ]
        )

    def check_overrun(self) -> None:
        """Beyond the last step there are gradients, all zero, and no more.

        Raises ``DomainError`` for a sum beyond it of anything else.
        """
        for node in self.nodes:
            if not isinstance(node, m.Repeat) or node.index.kind != "time":
                continue
            upper = node.upper
            if upper is None or upper.length != 1 or upper.constant <= 0:
                continue
            for symbol in _own_quantities([node.body]):
                if symbol.time and node.index in dict(symbol.time.indices):
                    raise DomainError(
                        f"the sum runs beyond the last step, where "
                        f"{symbol.symbol.latex} has no value and only "
                        "gradients have one, which is zero",
                        node.start,
                        node.end,
                    )

    @cached_property
    def ahead(self) -> int:
        """By how many steps a symbol may look beyond the last step."""
        times = [n.time for n in self.nodes if isinstance(n, m.Quantity)]
        times += [n.upper for n in self.nodes if isinstance(n, m.Repeat)]
        steps = [s.constant for s in times if s and not s.is_constant]
        return self.overrun + max([0, *steps])

    @cached_property
    def mentioned(self) -> set:
        """The symbols whose own values are compared, not their derivatives."""
        return {node.symbol for node in _own_quantities(self.sides)}

    @cached_property
    def large(self) -> bool:
        """Whether it holds numbers beside which others lose their digits."""
        return sum(map(_decades, self.nodes)) > np.log10(LARGE)

    @cached_property
    def extreme(self) -> bool:
        """Whether its numbers may hide what is as small as a last digit."""
        return max(_size_and_spread(side)[1] for side in self.sides) > EXTREME

    @property
    def remark(self) -> str:
        """For which components it is meant, as LaTeX; or ""."""
        limits = [c for c in self.limits if not c.of_times]
        return ", ".join(self.text[c.start : c.end] for c in limits)

    def source(self, number: int) -> str:
        """Return the LaTeX of one side, on one line."""
        start, end = self.places[number]
        text = self.text[start:end].replace("&", " ")
        # A side may go on in the next row, with a sign first or last.
        text = _NEXT_ROW.sub(lambda row: f"{row[1] or ''} ", text)
        return " ".join(text.split())


def _own_quantities(nodes):
    """Yield the quantities in nodes that stand in no derivative."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if isinstance(node, m.Quantity):
            yield node
        if not isinstance(node, m.Derivative):
            waiting += node.parts()


def _decades(node):
    """Return how far the numbers of a node may lie from one."""
    if isinstance(node, m.Number) and node.value:
        return abs(np.log10(abs(node.value)))
    if isinstance(node, m.Power):
        count = node.exponent
        if isinstance(count, m.Shift):
            # At the first steps the rest of the exponent is small.
            count = count.constant
        inside = sum(map(_decades, m.walk(node.body)))
        return inside * max(abs(count) - 1, 0)
    if isinstance(node, m.Apply) and node.function is EXP:
        body = m.walk(node.arguments[0])
        return sum(abs(n.value) for n in body if isinstance(n, m.Number))
    return 0.0


def _size_and_spread(node):
    """Return how large the numbers of a node make it, and how far apart.

    Both are decades: of the node as a whole, and between the terms in it.
    """
    if isinstance(node, m.Number):
        return (np.log10(abs(node.value)) if node.value else 0.0), 0.0
    parts = [_size_and_spread(part) for part in node.parts()]
    sizes = [size for size, _ in parts]
    spread = sum(spread for _, spread in parts)
    if isinstance(node, m.Add):
        terms = [
            size
            for (size, _), term in zip(parts, node.terms, strict=True)
            if not (isinstance(term, m.Number) and term.value == 0)
        ]
        apart = max(terms, default=0.0) - min(terms, default=0.0)
        return max(terms, default=0.0), spread + apart
    if isinstance(node, m.Binary) and node.kind == "quotient":
        return sizes[0] - sizes[1], spread
    if isinstance(node, m.Power):
        count = node.exponent
        if isinstance(count, m.Shift):
            # At the first steps the rest of the exponent is small.
            count = count.constant
        return count * sum(sizes), abs(count) * spread
    if isinstance(node, m.Apply):
        moved = sum(map(_shifted, node.arguments))
        if node.function is SOFTMAX:
            moved = 0.0  # it is the same of a column and a shifted one
        if node.function is EXP and isinstance(node.arguments[0], m.Number):
            return node.arguments[0].value / np.log(10), 0.0
        return 0.0, spread + moved
    return sum(sizes), spread


def _shifted(argument):
    """Return the decades by which numbers move a function's argument."""
    terms = argument.terms if isinstance(argument, m.Add) else [argument]
    alone = [
        term
        for term in terms
        if not any(isinstance(part, m.Quantity) for part in m.walk(term))
    ]
    inside = [part for term in alone for part in m.walk(term)]
    numbers = [abs(n.value) for n in inside if isinstance(n, m.Number)]
    reach = max(numbers, default=0.0)
    if any(isinstance(part, m.Apply) for part in inside):
        reach = np.exp(min(reach, 20.0))
    # One less than the hyperbolic tangent shrinks as exp(-2 x).
    return 2 * reach / np.log(10)


def _degree(node):
    """Return a bound of the degree of a node as a polynomial in steps."""
    if isinstance(node, m.Integer):
        return 1
    if isinstance(node, m.Add):
        return max(map(_degree, node.terms))
    inside = sum(map(_degree, node.parts()))
    if isinstance(node, m.Power):
        count = node.exponent
        if isinstance(count, m.Shift):
            runs = [abs(n) for _, n in count.indices] + [abs(count.length)]
            return inside * max(1, abs(count.constant)) + sum(runs)
        return inside * max(1, int(np.ceil(abs(count))))
    if isinstance(node, m.Repeat) and node.index.kind == "time":
        if node.kind == "product":
            return inside * MAX_STEP + 1
        counted = inside or node.index not in node.body.times
        return inside + bool(counted)
    return inside


def _step_of(node):
    """Return the step at which a condition turns, as 7 in t > 7, or None."""
    if not isinstance(node, m.Condition):
        return None
    sides = node.left, node.right
    if not all(isinstance(side, m.Shift) for side in sides):
        return None
    gap = sides[0].plus(sides[1], -1)
    timed = any(index.kind == "time" for index, _ in gap.indices)
    return abs(gap.constant) if timed or gap.length else None


def read(latex: str, language: Language) -> list[Equation]:
    """Return the equations of a display.

    Raises ``ReadingError`` or ``LimitError`` with a place in ``latex``.
    """
    equations = []
    for sides, relations, where in equations_of(parse(latex)):
        if len(sides) < 2:
            Reader(language).side(sides[0])
            raise ReadingError(
                "an equation needs a left and a right side",
                sides[0].start,
                sides[0].end,
            )
        for relation, side in zip(relations, sides, strict=False):
            if relation != "=":
                start = latex.find(relation, side.end)
                raise ReadingError(
                    f"{relation} cannot be checked; only = can",
                    max(start, side.end),
                    max(start, side.end) + len(relation),
                )
        equations.append(_read_one(latex, sides, language, where))
    if not equations:
        raise ReadingError("there is nothing to read")
    return equations


def read_pair(left: str, right: str, language: Language) -> list[Equation]:
    """Return the one equation ``left = right``; places are within a side.

    Parsed apart, a side is parsed once for many partners.
    """
    nodes = [only_side(left), only_side(right)]
    return [_read_one(f"{left} = {right}", nodes, language)]


def only_side(text: str) -> Expression:
    """Return the tree of one side of an equation.

    Raises ``ReadingError`` if the text is more than one side, or nothing.
    """
    rows = parse(text)
    if len(rows) != 1 or len(rows[0].sides) != 1 or rows[0].relations:
        raise ReadingError("one side of an equation is expected here")
    return rows[0].sides[0]


def _read_one(latex, nodes, language, where=()):
    reader = Reader(language)
    sides = reader.sides(nodes, where)
    free = reader.indices.free.values()
    times = [i for i in free if i.kind == "time"]
    components = component_indices(sides)
    axes = component_axes(components)
    shown = [i for i in components if i in free]
    for index in shown:
        if not index.witnesses:
            raise ReadingError(
                f"nothing says how many values {index.letter} takes",
                nodes[0].start,
                nodes[-1].end,
            )
    _check_shared(sides, nodes, times + shown)
    limits, readings = reader.limits, tuple(reader.readings)
    places = [(node.start, node.end) for node in nodes]
    return Equation(latex, sides, places, times, shown, axes, limits, readings)


def _check_shared(sides, nodes, indices):
    """A free index must stand on the left side of its equation too."""
    used = [set(_free_in(side)) for side in sides]
    for number, found in enumerate(used[1:], 1):
        for index in indices:
            if index in found and index not in used[0]:
                summed = any(
                    isinstance(part, m.Repeat)
                    and part.index.letter == index.letter
                    for part in m.walk(sides[number])
                )
                ask = (
                    "a sum or product ends at the next + or -: put brackets "
                    "around what it is of"
                    if summed
                    else "is a sum missing?"
                )
                raise ReadingError(
                    f"the index {index.letter} is free on the right side "
                    f"only; {ask}",
                    nodes[number].start,
                    nodes[number].end,
                )


def _free_in(side):
    """Yield the indices that a side mentions."""
    yield from side.times
    yield from component_indices([side])


@dataclass
class Compared:
    """Two sides at some points, as arrays (points, networks, …, core).

    wrong: the entries that differ by more than rounding explains; decided:
    (points, networks) where more than rounding was compared; initial: each
    point has the time of an initial state.
    """

    points: list
    left: np.ndarray
    right: np.ndarray
    wrong: np.ndarray
    decided: np.ndarray
    initial: bool = False

    @property
    def agrees(self) -> bool:
        return not np.any(self.wrong)

    @property
    def error(self) -> np.ndarray:
        """The relative difference by norm, (points, networks)."""
        distance = _norms(self.left - self.right, 2)
        size = np.maximum(_norms(self.left, 2), _norms(self.right, 2))
        error = np.where(distance == 0, 0.0, distance / size)
        return np.where(np.isnan(error), np.inf, error)


class Judge:
    """The values of the sides of one equation on one batch of networks."""

    def __init__(self, equation: Equation, sample: Sample, language: Language):
        self.equation = equation
        self.sample = sample
        self.language = language
        self.evaluator = self._evaluator(sample)
        self.evaluator.check_sizes(equation.axes)

    def _evaluator(self, sample):
        equation = self.equation
        return Evaluator(sample, self.language, equation.text, equation.axes)

    @cached_property
    def bounding(self):
        """The evaluator on the same networks, with bounds of errors."""
        return self._evaluator(self.sample.with_bounds)

    def points(self, initial: bool = False) -> Iterator[tuple[int, ...]]:
        """Yield every combination of the free time indices.

        initial: those with the time of an initial state, or the others. An
        initial state is given: no row of the network need hold for it. So it
        is at the first steps where rows read states of several steps back,
        for what holds of ∂h_t/∂h_{t-2} asks the row of h_{t-1} as well;
        unless a remark, as t = 1, means no other step.
        """
        first, count = self.sample.first, len(self.equation.times)
        given, steps = first - 1, self._steps()
        early = range(given, given + self.sample.network.memory)
        times = [given, *steps] if initial else steps
        points = list(itertools.product(*[times] * count))
        chosen = [p for p in points if initial is any(t in early for t in p)]
        meant = filter(self._is_meant, chosen)
        if initial or not chosen or any(map(self._is_meant, chosen)):
            return meant
        return filter(self._is_meant, points)

    def _is_meant(self, point):
        """Whether the remark behind an equation, as t < T, allows a point."""
        times = self.equation.times
        env = dict(zip(times, point, strict=True))
        return all(
            condition.holds(env, self.sample.length)
            for condition in self.equation.limits
            if condition.of_times
        )

    @property
    def sparse(self) -> bool:
        """Whether only some of very many points are compared."""
        many = self.sample.number > 0 and self.sample.length > MANY
        many = many and self.equation.degree <= FEW
        return many and len(self.equation.times) > 1

    def _steps(self):
        first, last = self.sample.first, self.sample.last
        if not self.sparse:
            return range(first, last + 1)
        return [first, first + 1, (first + last) // 2, last - 1, last]

    def at(self, number, point):
        """Return the meaning of a side, and its times at a point."""
        env = dict(zip(self.equation.times, point, strict=True))
        return self.equation.sides[number], env

    def side(self, number: int, point: tuple[int, ...]) -> v.Value:
        """Return one side's value; ``DomainError`` where it has none."""
        node, env = self.at(number, point)
        return v.settle(self.evaluator.value(node, env, self.sample.plain))

    def rounding(self, number: int, point: tuple[int, ...]) -> np.ndarray:
        """Return a bound of the rounding error of one side's value.

        It is ``UNKNOWN`` or more where nothing is known of the value.
        """
        node, env = self.at(number, point)
        frame = self.sample.with_bounds.plain
        value = v.settle(self.bounding.value(node, env, frame))
        return np.abs(error_of(value.data)[:, 0])

    def compare(self, one: int, other: int) -> Iterator[Compared]:
        """Yield ``Compared`` sides at the first point, then at the others.

        The first comes alone because most false claims fail there; initial
        states come last. Raises ``DomainError`` if the sides have no point
        in common after the initial one.
        """
        pairs = self._pairs(one, other, initial=False)
        for batch in ([next(pairs)], list(pairs)):
            if batch:
                yield self._compared(batch, one, other)
        if self.equation.times:
            batch = list(self._pairs(one, other, initial=True))
            if batch:
                yield self._compared(batch, one, other, initial=True)

    def agreement(self, one: int, other: int) -> tuple[list, list]:
        """Return the points at which two sides agree, and all of them."""
        seen = list(self._pairs(one, other, initial=False))
        agree = [
            point
            for point, left, right in seen
            if np.all(np.abs(left - right) <= TOLERANCE * np.abs(left))
        ]
        return agree, [point for point, *_ in seen]

    def _pairs(self, one, other, initial):
        """Yield (point, left, right) wherever both sides have a value."""
        problem, empty = None, True
        for point in self.points(initial):
            try:
                left, right = self.side(one, point), self.side(other, point)
            except DomainError as error:
                problem = problem or error
                continue
            empty = False
            pair = self._matched(left, right, other)
            yield point, *self._meant(point, pair)
        if empty and not initial:
            raise problem or DomainError(
                "no step of the sequence is meant by this remark"
            )

    def _meant(self, point, pair):
        """Leave out the components that a remark, as i = j, leaves out."""
        limits = [c for c in self.equation.limits if not c.of_times]
        if not limits:
            return pair
        env = dict(zip(self.equation.times, point, strict=True))
        evaluator, plain = self.evaluator, self.sample.plain
        holds = np.asarray(evaluator.hold(limits, env, plain))[:, 0]
        return [np.where(holds, data, 0) for data in pair]

    def _matched(self, left, right, other):
        left, right = _filled(left, right), _filled(right, left)
        unlike = "identity" in (left.special, right.special)
        if unlike or left.four != right.four or left.core != right.core:
            start, end = self.equation.places[other]
            raise ShapeError(
                f"the left side has shape {self._shape_name(left)}, "
                f"this side {self._shape_name(right)}",
                start,
                end,
            )
        return left.data[:, 0], right.data[:, 0]

    def _shape_name(self, value):
        return self.sample.shape_name(self.evaluator.shown(value))

    def _compared(self, batch, one, other, initial=False):
        """Compare entry by entry, relatively, with no absolute floor.

        A larger difference passes only if the rounding of the operands
        explains it (values/bounded.py).
        """
        points, lefts, rights = zip(*batch, strict=True)
        shape = np.broadcast_shapes(*{a.shape for a in lefts + rights})
        left, right = _stacked(lefts, shape), _stacked(rights, shape)
        size = np.maximum(np.abs(left), np.abs(right))
        wrong = ~(np.abs(left - right) <= TOLERANCE * size)
        entries = tuple(range(2, size.ndim))
        decided = np.ones(size.shape[:2], bool)
        asked = np.any(wrong, axis=entries) | ~np.any(size, axis=entries)
        asked |= self.equation.large
        blur = SHARP if self.equation.large else BLURRED
        queue, excused = deque(np.flatnonzero(np.any(asked, axis=1))), False
        while queue:
            k = queue.popleft()
            sides = left[k], right[k]
            lost = [
                np.broadcast_to(self.rounding(number, points[k]), shape)
                for number in (one, other)
            ]
            gap, most = np.abs(sides[0] - sides[1]), lost[0] + lost[1]
            unknown = (most >= UNKNOWN) | self._overflown(*sides)
            forgiven = wrong[k] & ((gap <= most) | unknown)
            wrong[k] &= ~forgiven
            if np.any(forgiven) and not excused:
                # What is left of zero may agree by chance: ask everywhere.
                excused, asked[:] = True, True
                queue = deque(range(len(points)))
                continue
            decided[k] = ~asked[k] | _decided(sides, lost, blur)
            if np.any(wrong[k]) and not initial:
                break  # refuted here; the other points do not matter
        kinked = np.broadcast_to(self.kinked(), decided.shape)
        wrong[kinked], decided = False, decided & ~kinked
        return Compared(list(points), left, right, wrong, decided, initial)

    def kinked(self) -> np.ndarray:
        """On which networks does something stand at a kink?

        They are not used, see values/kinks.py.
        """
        return self.sample.plain.kinked | self.evaluator.kinked

    def _overflown(self, left, right):
        """Which entries are no numbers, though not for what the claim says?

        If one side has no value on any network, as log(-1), the other
        differs; but exp(800) has one.
        """
        lost = np.isnan(left) != np.isnan(right)
        always = np.all(np.any(lost, axis=tuple(range(1, lost.ndim))))
        excused = lost & (not always or self._is_beyond)
        beyond = np.isinf(left) & (left == right)
        return (np.isnan(left) & np.isnan(right)) | beyond | excused

    @property
    def _is_beyond(self):
        """Whether something on the way is too large for a number."""
        return any(
            isinstance(value, v.Value) and np.any(np.isinf(value.data))
            for value in self.evaluator.kept.values()
        )

    def spent(self) -> np.ndarray:
        """On which networks is something compared that only saturates?

        Where all of it is rounded to -1, 0 or 1, another saturated value
        cannot be told from it.
        """
        sample = self.sample
        spent = [sample.spent(symbol) for symbol in self.equation.mentioned]
        applied: dict[m.Apply, list[np.ndarray]] = {}
        for (node, frame, *_), value in self.evaluator.kept.items():
            if frame != sample.plain.key or not isinstance(node, m.Apply):
                continue
            # A slope may be 0 or 1 everywhere, and so what is built of it.
            name = node.function.name
            if node.primes or not (node.function.slope or name == "softmax"):
                continue
            if isinstance(value, v.Value) and value.special is None:
                applied.setdefault(node, []).append(v.saturated(value.data))
        spent += [np.all(found, axis=0) for found in applied.values()]
        return reduce(np.logical_or, spent, np.array(False))


def _decided(sides, lost, blur):
    """On which networks are there digits to compare? They agree there.

    There are if rounding reaches only the last digits of some entry. A true
    claim about zero looks otherwise: a side is what the rounding of its
    operands has left of zero, and the other side is zero for certain, or
    both are. Two sides that are plainly zero, as 1 - h² is where h is
    rounded to 1, tell nothing.
    """
    size = np.maximum(*np.abs(sides))
    sharp = (lost[0] + lost[1] <= blur * size) & (size > 0)
    sharp = np.any(sharp, axis=tuple(range(1, size.ndim)))
    sizes = [_norms(side, 1) for side in sides]
    errors = [_norms(error, 1) for error in lost]
    zeros = [
        (sizes[k] == 0)
        & (errors[k] == 0)
        & (errors[1 - k] > VANISHED)
        & (errors[1 - k] <= SHARP)
        for k in (0, 1)
    ]
    certain = (sizes[0] + sizes[1] == 0) & (errors[0] + errors[1] == 0)
    return sharp | zeros[0] | zeros[1] | certain


def _filled(value, like):
    """Give a number, I and what is empty the shape of the other side."""
    if value.special == like.special:
        return v.Value(value.data, value.four)
    column = like.is_column and not like.special
    if value.special == "number" and column:
        return v.Value(np.broadcast_to(value.data, like.data.shape))
    try:
        return v.spread(value, like)
    except v.Mismatch:
        return value


def _stacked(arrays, shape):
    stack = np.empty((len(arrays), *shape))
    for row, array in zip(stack, arrays, strict=True):
        row[...] = array
    return stack


def _norms(data, lead):
    """Return norms over all but the first ``lead`` axes.

    Tiny entries must not vanish by squaring.
    """
    flat = np.abs(data.reshape(*data.shape[:lead], -1))
    largest = flat.max(axis=-1, initial=0.0)
    unit = np.where(largest > 0, largest, 1.0)[..., None]
    return largest * np.sqrt(((flat / unit) ** 2).sum(axis=-1))
