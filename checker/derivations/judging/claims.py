"""Claims: equations about a network, and where and whether they are true.

A display holds one or more equations; an equation has two or more sides.
Every side is compared with the first one (does it hold?) and with the one
before it (does it follow?), at every time and component, on every network.
"""

import itertools
import re
from dataclasses import dataclass

import numpy as np

from derivations.errors import DomainError, ReadingError, ShapeError
from derivations.latex.names import equations_of
from derivations.latex.tree import parse
from derivations.meaning.reader import Reader
from derivations.networks.rounding import norms, rounding
from derivations.values import arrays as v
from derivations.values.evaluate import (
    Evaluator,
    component_axes,
    component_indices,
)

TOLERANCE = 1e-10
# What rounding may reach of a value before it says nothing of the value.
BLURRED = 1e-3


@dataclass
class Equation:
    """The sides of one equation and the indices it is meant for."""

    text: str
    sides: list
    places: list
    times: list
    components: list
    axes: dict

    def source(self, number):
        """Return the LaTeX of one side, on one line."""
        start, end = self.places[number]
        text = self.text[start:end].replace("&", " ")
        # A side may go on in the next row, with a sign first.
        return " ".join(re.sub(r"\\\\(?=\s*[+-])", " ", text).split())


def read(latex, language):
    """Return the equations of a display.

    Raises ``ReadingError`` or ``LimitError`` with a place in ``latex``.
    """
    equations = []
    for sides, relations in equations_of(parse(latex)):
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
        equations.append(_read_one(latex, sides, language))
    if not equations:
        raise ReadingError("there is nothing to read")
    return equations


def read_pair(left, right, language):
    """Return the one equation ``left = right``; places are within a side.

    Parsed apart, a side is parsed once for many partners.
    """
    nodes = [only_side(left), only_side(right)]
    return [_read_one(f"{left} = {right}", nodes, language)]


def only_side(text):
    """Return the tree of one side of an equation.

    Raises ``ReadingError`` if the text is none or more than one.
    """
    rows = parse(text)
    if len(rows) != 1 or len(rows[0].sides) != 1 or rows[0].relations:
        raise ReadingError("one side of an equation is expected here")
    return rows[0].sides[0]


def _read_one(latex, nodes, language):
    reader = Reader(language)
    sides = reader.sides(nodes)
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
    places = [(node.start, node.end) for node in nodes]
    return Equation(latex, sides, places, times, shown, axes)


def _check_shared(sides, nodes, indices):
    """A free index must stand on the left side of its equation too."""
    used = [set(_free_in(side)) for side in sides]
    for number, found in enumerate(used[1:], 1):
        for index in indices:
            if index in found and index not in used[0]:
                raise ReadingError(
                    f"the index {index.letter} is free on the right side "
                    "only; is a sum missing?",
                    nodes[number].start,
                    nodes[number].end,
                )


def _free_in(side):
    """Yield the indices that a side mentions."""
    yield from side.times
    yield from component_indices([side])


@dataclass
class Comparison:
    """Two sides at some points, as arrays (points, networks, …, core).

    error: relative, for each point and network; decided: where the sides
    agree or differ by more than what rounding alone brings about.
    """

    points: list
    left: np.ndarray
    right: np.ndarray
    error: np.ndarray
    decided: np.ndarray

    @property
    def agrees(self):
        return not np.any(self.error > TOLERANCE)


class Judge:
    """The values of the sides of one equation on one batch of networks.

    exact: never ask whether rounding explains a difference.
    """

    def __init__(self, equation, sample, language, exact=False):
        self.equation = equation
        self.sample = sample
        self.exact = exact
        self.language = language
        self.evaluator = Evaluator(
            sample, language, equation.text, equation.axes
        )
        self.evaluator.check_sizes(equation.axes)

    def points(self):
        """Yield every combination of the free time indices."""
        low, high = self.sample.first - 1, self.sample.last
        ranges = [range(low, high + 1)] * len(self.equation.times)
        return itertools.product(*ranges)

    def at(self, number, point):
        """Return the meaning of a side, and its times at a point."""
        env = dict(zip(self.equation.times, point, strict=True))
        return self.equation.sides[number], env

    def side(self, number, point):
        """Return one side's value; ``DomainError`` where it has none."""
        node, env = self.at(number, point)
        return v.settle(self.evaluator.value(node, env, self.sample))

    def compare(self, one, other):
        """Yield a ``Comparison`` of the first point, then of the others.

        The first comes alone because most false claims fail there. Raises
        ``DomainError`` if the sides have no point in common.
        """
        pairs = self._pairs(one, other)
        for batch in ([next(pairs)], list(pairs)):
            if batch:
                yield self._compared(batch, one, other)

    def _pairs(self, one, other):
        """Yield (point, left, right) wherever both sides have a value."""
        problem, empty = None, True
        for point in self.points():
            try:
                left, right = self.side(one, point), self.side(other, point)
            except DomainError as error:
                problem = problem or error
                continue
            empty = False
            yield point, *self._matched(left, right, other)
        if empty:
            raise problem

    def _matched(self, left, right, other):
        left, right = _filled(left, right), _filled(right, left)
        if left.four != right.four or left.core != right.core:
            start, end = self.equation.places[other]
            raise ShapeError(
                f"the left side has shape {self.sample.shape_name(left)}, "
                f"this side {self.sample.shape_name(right)}",
                start,
                end,
            )
        return left.data[:, 0], right.data[:, 0]

    def _compared(self, batch, one, other):
        """Compare by relative norm, with no absolute floor.

        A larger difference passes only if the rounding of the operands
        explains it (rounding.py). It decides nothing where rounding could
        hide a value that the other side knows to be there.
        """
        points, lefts, rights = zip(*batch, strict=True)
        shape = np.broadcast_shapes(*{a.shape for a in lefts + rights})
        left, right = _stacked(lefts, shape), _stacked(rights, shape)
        distance = _norms(left - right)
        sizes = np.array([_norms(left), _norms(right)])
        size = sizes.max(axis=0)
        error = np.where(distance == 0, 0.0, distance / size)
        error[np.isnan(error)] = np.inf
        decided = np.ones(error.shape, bool)
        if self.exact:
            return Comparison(list(points), left, right, error, decided)
        for k in np.flatnonzero(np.any(error > TOLERANCE, axis=1)):
            gap = np.where(error[k] > TOLERANCE, distance[k], 0.0)
            lost = rounding(self, (one, other), points[k], gap)
            known = np.any(lost < BLURRED * sizes[:, k], axis=0)
            lost = lost.sum(axis=0)
            explained = (gap == 0) | (gap <= lost)
            blurred = lost > BLURRED * size[k]
            decided[k] = ~(explained & known & blurred)
            error[k] = np.where(explained, 0.0, error[k])
            if not np.all(explained):
                break  # refuted here; the other points do not matter
        return Comparison(list(points), left, right, error, decided)


def _filled(value, like):
    """Give 0 and I the shape of the other side."""
    if value.special == "identity" and like.is_scalar:
        return v.Value(value.data)
    try:
        return v.spread(value, like)
    except v.Mismatch:
        return value


def _stacked(arrays, shape):
    stack = np.empty((len(arrays), *shape))
    for row, array in zip(stack, arrays, strict=True):
        row[...] = array
    return stack


def _norms(data):
    """Return norms over all but the first two axes."""
    lead = data.shape[:2]
    return norms(data.reshape(lead[0] * lead[1], -1)).reshape(lead)
