"""Claims: equations about a network, and where and whether they are true.

A display holds one or more equations; an equation has two or more sides.
Every side is compared with the first one (does it hold?) and with the one
before it (does it follow?), at every time and component, on every network.
"""

import itertools
import re
from dataclasses import dataclass

import numpy as np

from . import meaning as m
from . import values as v
from .errors import DomainError, ReadingError, ShapeError
from .evaluate import Evaluator, component_indices, number_components
from .names import equations_of
from .reader import Reader
from .tree import parse

TOLERANCE = 1e-10
ROUNDING = 1e-13


@dataclass
class Equation:
    """The sides of one equation and the indices it is meant for."""

    text: str
    sides: list
    places: list
    times: list
    components: list
    indices: list

    @property
    def axes(self):
        """The number of axes that component indices take."""
        return len(self.indices)

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
            Reader(language).expression(sides[0])
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
    sides = [reader.expression(node) for node in nodes]
    reader.settle()
    for side in sides:
        m.settle_times(side)
    times = [i for i in reader.free.values() if i.kind == "time"]
    free = set(reader.free.values())
    components = component_indices(sides)
    number_components(components)
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
    return Equation(latex, sides, places, times, shown, components)


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


class Judge:
    """The values of the sides of one equation on one batch of networks."""

    def __init__(self, equation, sample, language):
        self.equation = equation
        self.sample = sample
        self.evaluator = Evaluator(
            sample, language, equation.text, equation.axes
        )
        self._magnitudes = {}
        self.evaluator.check_sizes(equation.indices)

    def points(self):
        """Yield every combination of the free time indices."""
        low, high = self.sample.first - 1, self.sample.last
        ranges = [range(low, high + 1)] * len(self.equation.times)
        return itertools.product(*ranges)

    def side(self, number, point):
        """Return one side's value, or the ``DomainError`` that it has."""
        env = dict(zip(self.equation.times, point, strict=True))
        node = self.equation.sides[number]
        try:
            return v.settle(self.evaluator.value(node, env, self.sample))
        except DomainError as error:
            return error

    def compare(self, one, other, point):
        """Compare two sides; return an error per network, and both arrays.

        The error is relative, with no absolute floor. Where the sides are
        zero up to the rounding of the terms they are made of, it is zero.
        """
        left, right = self.side(one, point), self.side(other, point)
        left, right = self._matched(left, right, one, other)
        a, b = np.broadcast_arrays(left.data, right.data)
        a, b = a[:, 0], b[:, 0]
        distance = _norms(a - b)
        size = np.maximum(_norms(a), _norms(b))
        with np.errstate(all="ignore"):
            error = np.where(distance == 0, 0.0, distance / size)
        error = np.where(np.isnan(error), np.inf, error)
        if np.any(error > TOLERANCE):
            error = self._forgive_rounding(
                error, distance, (one, other), point
            )
        return error, a, b

    def _matched(self, left, right, one, other):
        if left.special in ("zero", "identity"):
            left = self._spread(left, right)
        elif right.special in ("zero", "identity"):
            right = self._spread(right, left)
        if left.four != right.four or left.core != right.core:
            start, end = self.equation.places[other]
            raise ShapeError(
                f"the left side has shape {self.sample.shape_name(left)}, "
                f"this side {self.sample.shape_name(right)}",
                start,
                end,
            )
        return left, right

    def _spread(self, value, like):
        if value.special == "identity" and like.is_scalar:
            return v.Value(value.data)
        if value.special == "identity" and like.special == "number":
            return v.Value(value.data, special="number")
        try:
            return v.spread(value, like)
        except v.Mismatch:
            return value

    def _forgive_rounding(self, error, distance, numbers, point):
        """Accept a difference that is rounding of the terms of a sum."""
        env = dict(zip(self.equation.times, point, strict=True))
        scale = 0
        for number in numbers:
            node = self.equation.sides[number]
            scale = scale + self._magnitude(node, env)
        return np.where(distance <= ROUNDING * scale, 0.0, error)

    def _magnitude(self, node, env):
        """Return the size of the terms that a side adds up, per network."""
        key = (node, *[env[index] for index in node.times])
        if key not in self._magnitudes:
            self.evaluator.spend()
            self._magnitudes[key] = self._found_magnitude(node, env)
        return self._magnitudes[key]

    def _found_magnitude(self, node, env):
        if isinstance(node, m.Add):
            return sum(self._magnitude(term, env) for term in node.terms)
        value = v.settle(self.evaluator.value(node, env, self.sample))
        if isinstance(node, m.Repeat) and node.kind == "sum":
            if node.index.kind == "component":
                value = self.evaluator.value(node.body, env, self.sample)
                return _norms(v.settle(value).data[:, 0])
            return self._magnitude_over_time(node, env)
        data = np.broadcast_to(
            value.data, (self.sample_size(), *value.data.shape[1:])
        )
        return _norms(data[:, 0])

    def sample_size(self):
        """Return the number of networks in the batch."""
        symbols = self.sample.network.symbols
        for symbol in symbols:
            if symbol.role == "parameter":
                return len(self.sample.values[symbol])
        return 1

    def _magnitude_over_time(self, node, env):
        lower, upper = self.sample.first, self.sample.last
        if node.lower is not None:
            lower = node.lower.at(env, self.sample.length)
        if node.upper is not None:
            upper = node.upper.at(env, self.sample.length)
        total, inner = np.zeros(self.sample_size()), dict(env)
        for inner[node.index] in range(lower, upper + 1):
            if self.evaluator._hold(node.conditions, inner, self.sample):
                total = total + self._magnitude(node.body, inner)
        return total


def _norms(data):
    """Return a norm per network; tiny entries must not vanish by squaring."""
    flat = np.abs(data.reshape(len(data), -1))
    largest = flat.max(axis=1, initial=0.0)
    unit = np.where(largest > 0, largest, 1.0)
    return largest * np.sqrt(((flat / unit[:, None]) ** 2).sum(axis=1))
