"""The value of a meaning on random networks.

One evaluator serves the forward equations and the claims about them. It
asks a *frame* for the quantities: the plain forward pass, or one in which
a node has been nudged (frame.py). Component indices are axes of the
arrays; time indices are plain integers, and every node's value is kept
for each combination of the times that it depends on.
"""

import math
import operator
from collections.abc import Iterable
from functools import reduce

import numpy as np

from derivations.errors import (
    DomainError,
    EquationError,
    LimitError,
    ReadingError,
    ShapeError,
)
from derivations.meaning import nodes as m
from derivations.meaning.functions import ABS
from derivations.meaning.vocabulary import Language
from derivations.values import arrays as v
from derivations.values.bounded import NUDGE, literal
from derivations.values.frame import Frame, Sample
from derivations.values.kinks import at_kink
from derivations.values.mismatch import explained, source
from derivations.values.slopes import flat_parts, mostly_flat
from derivations.values.stacks import block, stacked

MAX_VALUES = 60_000
MAX_COMPONENTS = 20_000
MAX_AXES = 8


def component_axes(indices: list[m.Index]) -> dict[m.Index, int]:
    """Return index → its own axis, which comes after networks and nudges."""
    if len(indices) > MAX_AXES:
        raise LimitError(
            f"more than {MAX_AXES} component indices in one equation"
        )
    return {index: 2 + number for number, index in enumerate(indices)}


def component_indices(nodes: Iterable[m.Meaning]) -> list[m.Index]:
    """Return the component indices that the nodes mention, in order."""
    found = {}
    for node in nodes:
        for part in m.walk(node):
            if isinstance(part, (m.Quantity, m.Pick)):
                mentioned = part.components
            elif isinstance(part, m.Repeat):
                mentioned = (part.index,)
            elif isinstance(part, m.Condition):
                sides = (part.left, part.right)
                mentioned = [
                    index
                    for side in sides
                    if isinstance(side, m.Shift)
                    for index, _ in side.indices
                ]
            else:
                continue
            for index in mentioned:
                if isinstance(index, m.Index) and index.kind == "component":
                    found[index] = None
    return list(found)


def _bounds_in(node):
    """Return what conditions say a repeated index is at least and at most."""
    below, above = [], []
    turned = {">": "<", "<": ">", "\\geq": "\\leq", "\\leq": "\\geq"}
    for condition in node.conditions:
        sides = condition.left, condition.right
        relation = condition.relation
        if not all(isinstance(side, m.Shift) for side in sides):
            continue
        if sides[1].single is node.index:
            sides, relation = sides[::-1], turned.get(relation)
        if sides[0].single is not node.index:
            continue
        bound = sides[1]
        if any(index is node.index for index, _ in bound.indices):
            continue
        if relation in (">", "\\geq"):
            below.append(bound.plus(m.Shift(int(relation == ">"))))
        elif relation in ("<", "\\leq"):
            above.append(bound.plus(m.Shift(-int(relation == "<"))))
    return below, above


def _along(axis, size, rank):
    """Return 0, 1, …, size - 1 along one of ``rank`` axes."""
    shape = [1] * rank
    shape[axis] = size
    return np.arange(size).reshape(shape)


class Evaluator:
    """Evaluates nodes on one sample of networks of one size."""

    def __init__(
        self,
        sample: Sample,
        language: Language,
        text: str = "",
        axes: dict[m.Index, int] | None = None,
        keep: bool = True,
    ):
        self.sample = sample
        self.length = sample.length
        self.layout = language.layout
        self.chain = language.layout == "chain"
        self.rows = language.rows
        self.elementwise = language.elementwise
        self.text = text
        self.axis = axes or {}
        self.rank = 3 + max(self.axis.values(), default=1)
        self.kept = {} if keep else None
        self.budget = MAX_VALUES
        self._sizes = {}
        # On which networks has an argument stood at a kink so far?
        self.kinked = np.array(False)
        # How flat was each function at each step? ``None``: do not look.
        self.flatness = None

    def value(
        self, node: m.Meaning, env: dict[m.Index, int], frame: Frame
    ) -> v.Value:
        """Return the value of ``node`` with the times in ``env``.

        Raises ``ShapeError`` or ``DomainError`` with the place in the text.
        """
        if self.kept is None:
            return self._fresh(node, env, frame)
        key = (node, frame.key, *[env[i] for i in node.times])
        found = self.kept.get(key)
        if found is None:
            try:
                found = self._fresh(node, env, frame)
            except DomainError as error:
                found = error
            self.kept[key] = found
        if isinstance(found, DomainError):
            raise found
        return found

    def _fresh(self, node, env, frame):
        self.budget -= 1
        if self.budget < 0:
            raise LimitError("this equation takes too many steps to evaluate")
        try:
            return self._RULES[type(node)](self, node, env, frame)
        except v.Mismatch as mismatch:
            mismatch.values = [self.shown(value) for value in mismatch.values]
            raise explained(mismatch, node, self.text, self.sample) from None
        except EquationError as error:
            error.at(node.start, node.end)
            raise

    # -- leaves ---------------------------------------------------------

    def _number(self, node, env, frame):
        special = "zero" if node.value == 0 else "number"
        return self._literal(self.sample.tamed(node.value), special)

    def _literal(self, number, special=None):
        value = v.scalar(number, self.rank, special)
        if not self.sample.bounded:
            return value
        return v.Value(literal(value.data), special=special)

    def _integer(self, node, env, frame):
        for index, _ in node.shift.indices:
            if index.kind != "time":
                raise ReadingError(
                    f"{index.letter} counts components; only a time index "
                    "can stand here as a number"
                )
        return self._literal(node.shift.at(env, self.length))

    def _identity(self, node, env, frame):
        return v.scalar(1, self.rank, "identity")

    def _quantity(self, node, env, frame):
        data = self._with_axes(self._read(node, env, frame))
        if node.components:
            data = self._placed(data, node, env, frame)
        return v.Value(data)

    def _read(self, node, env, frame):
        time = node.time and node.time.at(env, self.length)
        return frame.read(node.symbol, time, env)

    def _with_axes(self, data):
        between = (1,) * (self.rank - data.ndim)
        return data.reshape(data.shape[:2] + between + data.shape[2:])

    def _placed(self, data, node, env, frame):
        """Turn rows and columns of the core into component axes."""
        rows, columns = data.shape[-2:]
        if self._is_row_gradient((rows, columns), len(node.components)):
            data = np.swapaxes(data, -1, -2)
            rows, columns = columns, rows
        wanted = 2 if columns > 1 else 1
        if rows == 1 or len(node.components) != wanted:
            kind = "a column" if wanted == 1 else "a matrix"
            raise ShapeError(
                f"{source(self.text, node)} has {len(node.components)} "
                "component indices but names "
                f"{'a scalar' if rows == 1 else kind}"
            )
        for axis, component in enumerate(node.components, data.ndim - 2):
            data = self._place_one(data, axis, component, env, frame, node)
        return data

    def _is_row_gradient(self, core, count):
        """In numerator layout a gradient is a row; it has one component."""
        return self.layout == "numerator" and core[0] == count == 1 < core[1]

    def _place_one(self, data, axis, component, env, frame, node):
        size = data.shape[axis]
        if isinstance(component, int):
            if not 1 <= component <= size:
                raise DomainError(f"there is no component {component}")
            return np.take(data, [component - 1], axis=axis)
        if isinstance(component, m.Quantity):
            label = self._label(component, env, frame, data.ndim)
            hit = _along(axis, size, data.ndim) == label
            return np.where(hit, data, 0).sum(axis=axis, keepdims=True)
        if self.size(component) != size:
            raise ShapeError(
                f"{component.letter} runs over "
                f"{self.sample.size_name(self.size(component))} components "
                f"elsewhere and {self.sample.size_name(size)} here"
            )
        if data.shape[self.axis[component]] == 1:
            return np.swapaxes(data, axis, self.axis[component])
        # The index stands here for the second time: take the diagonal.
        here = _along(axis, size, data.ndim)
        there = _along(self.axis[component], size, data.ndim)
        data = np.where(here == there, data, 0)
        return data.sum(axis=axis, keepdims=True)

    def _label(self, node, env, frame, rank):
        """Return a class label, counted from 0, for every network."""
        data = self._read(node, env, frame)
        return data.reshape((-1,) + (1,) * (rank - 1)).real

    def check_sizes(self, indices):
        """Raise ``LimitError`` when the component axes are too many."""
        total = 1
        for index in indices:
            total *= self.size(index)
        if total > MAX_COMPONENTS:
            raise LimitError(
                "there are too many component indices in this equation"
            )

    def size(self, index):
        """Return the number of values of a component index."""
        size = self._sizes.get(index)
        if size is None:
            size = self._sizes[index] = self._find_size(index)
        return size

    def _find_size(self, index):
        for witness, axis, count in index.witnesses:
            if not isinstance(witness, m.Meaning):
                shape = self.sample.shape(witness)
                if count == 2 or shape[0] > 1:
                    return shape[axis]
        for witness, axis, count in index.witnesses:
            if isinstance(witness, m.Meaning):
                core = self._core_at_some_time(witness)
                if self._is_row_gradient(core, count):
                    core = core[::-1]
                if axis < len(core):
                    return core[axis]
        raise ReadingError(
            f"nothing says how many values {index.letter} takes"
        )

    def _core_at_some_time(self, node):
        times = list(node.times)
        low, high = self.sample.first - 1, self.sample.last
        grid = np.ndindex(*[high - low + 1] * len(times))
        for point in grid:
            env = {i: low + p for i, p in zip(times, point, strict=True)}
            try:
                return v.settle(self.value(node, env, self.sample.plain)).core
            except DomainError:
                continue
        raise DomainError("this has no value at any time")

    # -- operations -----------------------------------------------------

    def _add(self, node, env, frame):
        def join(total, value, number):
            return v.add(total, value, -1 if signs[number] == "-" else 1)

        signs, first = node.signs, self.value(node.terms[0], env, frame)
        if signs[0] == "-":
            first = v.negative(first)
        return self._joined(first, node.terms, join, env, frame)

    def _product(self, node, env, frame):
        def join(result, value, number):
            return self._times(result, value)

        first = self.value(node.factors[0], env, frame)
        return self._joined(first, node.factors, join, env, frame)

    def _joined(self, result, parts, join, env, frame):
        """Join the other parts to the first, whose value is ``result``."""
        for number, part in enumerate(parts[1:], 1):
            value = self.value(part, env, frame)
            try:
                result = join(result, value, number)
            except v.Mismatch as mismatch:
                mismatch.pieces = parts[: number + 1]
                raise
        return result

    def shown(self, value):
        """Return a value as it is written: rows are held as columns."""
        return v.transpose(value) if self.rows else value

    def _times(self, left, right):
        """Return a product; transposed factors join in the other order."""
        if not self.rows:
            return v.multiply(left, right, self.chain, self.elementwise)
        try:
            if right.four and not left.four:
                return v.multiply(v.transpose(left), right)
            return v.multiply(right, left, elementwise=self.elementwise)
        except v.Mismatch as mismatch:
            mismatch.values = mismatch.values[::-1]
            raise

    def _binary(self, node, env, frame):
        left = self.value(node.left, env, frame)
        right = self.value(node.right, env, frame)
        if node.kind == "quotient":
            return v.quotient(left, right)
        if node.kind == "hadamard":
            return v.hadamard(left, right)
        return v.outer(right, left) if self.rows else v.outer(left, right)

    def _transpose(self, node, env, frame):
        return v.transpose(self.value(node.body, env, frame))

    def _power(self, node, env, frame):
        exponent = node.exponent
        if isinstance(exponent, m.Shift):
            steps = len(exponent.indices) > 1
            exponent = exponent.at(env, self.length)
            if steps and exponent < 0:
                raise DomainError("a power of a negative number of steps")
        body = v.settle(self.value(node.body, env, frame))
        if abs(exponent) > v.MAX_POWER:
            raise LimitError(f"powers above {v.MAX_POWER} are not computed")
        if exponent < 0 and not body.four and body.core[1] > 1:
            raise DomainError("a negative power of a matrix")
        return v.power(body, exponent)

    def _apply(self, node, env, frame):
        arguments = [self.value(a, env, frame) for a in node.arguments]
        if node.function.unspecified:
            return v.smooth(self._weights(node, arguments[0]), arguments)
        if node.function.kinks and arguments[0].special is None:
            self._note_kinks(
                arguments[0], node.function.kinks, not node.primes
            )
        thin = self.sample.thin
        result = v.apply(node.function, arguments, node.primes, thin)
        if self.flatness is not None and arguments[0].special is None:
            data = (v.plain(one.data) for one in (arguments[0], result))
            parts = flat_parts(node.function, *data)
            if parts is not None:
                self.flatness.setdefault(node, []).append(parts)
        return result

    @property
    def flat(self) -> np.ndarray:
        """On which networks is some function flat in most of its entries?"""
        found = [
            mostly_flat(node.function, parts)
            for node, parts in (self.flatness or {}).items()
        ]
        return reduce(np.logical_or, found, np.array(False))

    def _note_kinks(self, value, kinks=(0.0,), exactly=True):
        found = at_kink(v.plain(value.data), kinks, exactly)
        self.kinked = self.kinked | found

    def _threshold(self, node, env, frame):
        left = self.value(node.left, env, frame)
        right = self.value(node.right, env, frame)
        gap = v.settle(v.add(left, right, -1))
        if gap.four or gap.special in ("identity", "no factors"):
            raise v.Mismatch("threshold", gap)
        if gap.special is None:
            self._note_kinks(gap, exactly=False)
        holds = m.RELATIONS[node.relation](v.plain(gap.data).real, 0)
        return v.Value(holds * 1.0, special=gap.special and "number")

    def _squares(self, node, env, frame):
        body = v.settle(self.value(node.body, env, frame))
        if body.four or body.special == "identity" or body.special == "zero":
            raise v.Mismatch("norm", body)
        if not node.matrix and 1 not in body.core:
            raise v.Mismatch("norm", body)
        square = body.data * body.data
        return v.Value(square.sum(axis=(-2, -1), keepdims=True))

    def _size(self, node, env, frame):
        body = v.settle(self.value(node.body, env, frame))
        if not body.is_scalar:
            raise v.Mismatch("size", body)
        if body.special is None:
            self._note_kinks(body)
        return v.apply(ABS, [body])

    def _weights(self, node, argument):
        rows = math.prod(v.settle(argument).core)
        weights = self.sample.weights(
            node.function.name, len(node.arguments), rows
        )
        return [self._with_axes(data) for data in weights]

    def _stack(self, node, env, frame):
        rows = [
            [self.value(cell, env, frame) for cell in row] for row in node.rows
        ]
        return stacked(rows, node.comma, node.turned)

    def _block(self, node, env, frame):
        sizes = [self.sample.shape(symbol)[0] for symbol in node.symbols]
        body = self.value(node.body, env, frame)
        return block(body, node.number, sizes)

    def _blockwise(self, node, env, frame):
        rows = node.like.rows
        cells = rows[0] if node.like.comma else [row[0] for row in rows]
        sizes = [
            v.settle(self.value(cell, env, frame)).core[0] for cell in cells
        ]
        body = self.value(node.body, env, frame)
        parts = [
            v.apply(function, [block(body, number, sizes)])
            for number, function in enumerate(node.functions)
        ]
        return stacked([[part] for part in parts])

    def _pick(self, node, env, frame):
        body = v.settle(self.value(node.body, env, frame))
        if body.special in ("identity", "no factors"):
            body = v.spread(body, self._blank(node, body))
        elif body.special == "no terms":
            body = v.spread(body, self._blank(node, body))
        if body.four:
            raise v.Mismatch("pick", body)
        return v.Value(self._placed(body.data, node, env, frame))

    def _blank(self, node, body):
        """Return zeros of the shape whose components are picked."""
        sizes = [
            self.size(c) for c in node.components if isinstance(c, m.Index)
        ]
        if len(sizes) != len(node.components):
            raise v.Mismatch("pick", body)
        shape = (1,) * (self.rank - 2) + (*sizes, 1)[:2]
        return v.Value(np.zeros(shape))

    # -- derivatives ----------------------------------------------------

    def _chained(self, node, env, frame):
        """Join derivatives on the names of what they are of and by."""
        first, *others = (
            self._derivative(part, env, frame, named=True)
            for part in node.links
        )
        for other in others:
            if first.below is None or first.below != other.above:
                raise v.Mismatch("chain", first, other)
            first = v.multiply(first, other, chain=True)
        if self.chain:
            return first
        return v.laid_out(first, self.layout)

    def _derivative(self, node, env, frame, named=False):
        below = node.below
        time, mode = below.time, "immediate" if node.immediate else "total"
        if below.copy is not None:
            time, mode = below.copy, "copies"
        time = time and time.at(env, self.length)
        try:
            nudged = self.sample.nudged(below.symbol, mode, time)
        except DomainError as error:
            raise error.at(below.start, below.end) from None
        above = self._above(node, env, nudged)
        if node.gradient and above.shape[-2:] != (1, 1):
            raise ShapeError(
                "∇ is of a scalar; for a column write the Jacobian as a ∂"
            )
        # (networks, nudges, …, core) becomes (networks, 1, …, core | nudges).
        rows, columns = self.sample.shape(below.symbol)
        count, shape = rows * columns, above.shape
        moved = above.imag / NUDGE
        if shape[1] != count:
            moved = np.broadcast_to(moved, (shape[0], count, *shape[2:]))
        moved = moved.transpose(0, *range(2, len(shape)), 1)
        data = moved.reshape(shape[0], 1, *shape[2:], rows, columns)
        if below.components:
            data = self._placed(data, below, env, self.sample.plain)
        if not (self.chain or named):
            turned = self.layout == "numerator" and node.gradient
            layout = "gradient" if turned else self.layout
            return v.laid_out(v.Value(data, True), layout)
        names = (self._name(part, env) for part in (node.above, below))
        return v.Value(data, True, None, *names)

    def _above(self, node, env, nudged):
        numerator = node.above
        if node.immediate and isinstance(numerator, m.Quantity):
            if self.sample.role(numerator.symbol) == "state":
                nudged = nudged.recomputed()
        value = v.settle(self.value(numerator, env, nudged))
        if value.four or value.special == "identity":
            raise v.Mismatch("derivative", value)
        return value.data

    def _name(self, node, env):
        if isinstance(node, m.Quantity) and not node.components:
            return node.symbol, node.time and node.time.at(env, self.length)
        return None

    # -- sums, products, cases -----------------------------------------

    def _repeat(self, node, env, frame):
        if node.index.kind == "component":
            return self._over_components(node, env, frame)
        lower, upper = self._limits(node, env)
        if upper < lower - 1:
            raise DomainError(
                f"{node.index.letter} would run from {lower} to {upper}"
            )
        if upper - lower > 500:
            raise LimitError(f"a sum of {upper - lower + 1} terms is too long")
        if node.kind == "sum":
            total = v.scalar(0, self.rank, "no terms")
        else:
            total = v.scalar(1, self.rank, "no factors")
        before = None
        for step in range(lower, upper + 1):
            inner = {**env, node.index: step}
            holds = self.hold(node.conditions, inner, frame)
            if holds is False:
                continue
            body = self.value(node.body, inner, frame)
            if holds is not True:
                raise ReadingError(
                    "this condition mixes time steps and components"
                )
            if node.kind == "sum":
                total = v.add(total, body)
                continue
            columns = total.special is None and total.is_column
            if columns and body.core == total.core:
                # Columns have one product, so that ∏ can only mean ⊙.
                total = v.hadamard(total, body)
                continue
            pair = (before, body)
            if node.order == "descending":
                pair, total = pair[::-1], self._times(body, total)
            else:
                total = self._times(total, body)
            if self.chain and before is not None:
                self._check_order(node, *pair)
            before = body
        return total

    def _check_order(self, node, left, right):
        """Derivatives that join in the other order alone are a question."""
        named = [d for d in (left.below, right.below) if d is not None]
        if len(named) < 2 or left.below == right.above:
            return
        if right.below == left.above:
            raise ShapeError(
                "the chain rule joins these derivatives in the other order "
                f"only, and this product is {node.order}; is that meant?"
            )

    def _limits(self, node, env):
        """Return the first and last value of an index that counts time.

        Conditions on both sides, as t ≥ i > k, are limits as well.
        """
        lower, upper = self.sample.first, self.sample.last
        if node.lower is not None:
            lower = node.lower.at(env, self.length)
        if node.upper is not None:
            upper = node.upper.at(env, self.length)
        if node.lower is None and node.upper is None:
            below, above = _bounds_in(node)
            if below and above:
                lower = max(s.at(env, self.length) for s in below)
                upper = min(s.at(env, self.length) for s in above)
        return lower, upper

    def _over_components(self, node, env, frame):
        axis_size = self.sample.size_name(self.size(node.index))
        if node.size not in (None, axis_size):
            raise ReadingError(
                f"{node.index.letter} runs over {axis_size} components, "
                f"not {node.size}; write \\sum_{node.index.letter}"
            )
        body = v.settle(self.value(node.body, env, frame))
        if body.special == "no terms":
            return body
        if body.four or body.special == "identity":
            raise v.Mismatch("sum", body)
        axis = self.axis[node.index]
        data = body.data
        holds = self.hold(node.conditions, env, frame)
        size = self.size(node.index)
        if data.shape[axis] == 1 and size > 1:
            shape = list(data.shape)
            shape[axis] = size
            data = np.broadcast_to(data, shape)
        if node.kind == "sum":
            data = (data * holds).sum(axis=axis, keepdims=True)
        else:
            # What does not count is multiplied as 1.
            data = np.where(holds, data, 0) + np.where(holds, 0, 1)
            factors = [np.take(data, [k], axis=axis) for k in range(size)]
            data = reduce(operator.mul, factors)
        return v.Value(data)

    def hold(
        self,
        conditions: list[m.Condition],
        env: dict[m.Index, int],
        frame: Frame,
    ) -> bool | np.ndarray:
        """Return whether conditions hold, perhaps over component axes."""
        result = True
        for condition in conditions:
            left, right = (
                self._counted(side, env, frame)
                for side in (condition.left, condition.right)
            )
            holds = m.RELATIONS[condition.relation](left, right)
            result = holds if result is True else np.logical_and(result, holds)
        return bool(result) if np.ndim(result) == 0 else result

    def _counted(self, side, env, frame):
        """Return a time, or the components that an index runs over."""
        if isinstance(side, m.Quantity):
            return self._label(side, env, frame, self.rank) + 1
        if all(index.kind != "component" for index, _ in side.indices):
            return side.at(env, self.length)
        if side.single is None:
            raise ReadingError(
                "a component index is a letter, without arithmetic"
            )
        index = side.single
        return _along(self.axis[index], self.size(index), self.rank) + 1

    def _indicator(self, node, env, frame):
        holds = self.hold(node.conditions, env, frame)
        if isinstance(holds, bool):
            return v.scalar(holds, self.rank)
        return v.Value(holds.astype(float))

    def _choice(self, node, env, frame):
        open_still, total = True, None
        for conditions, body in node.rows:
            holds = self.hold(conditions, env, frame)
            chosen = np.logical_and(holds, open_still)
            if not np.any(chosen):
                continue
            value = self.value(body, env, frame)
            open_still = np.logical_and(open_still, np.logical_not(holds))
            if np.all(chosen):
                return value
            empty = value.special == "no factors"
            if not (value.is_scalar or empty):
                raise v.Mismatch("cases", value)
            part = v.Value(value.data * chosen)
            total = part if total is None else v.add(total, part)
        if np.any(open_still):
            raise DomainError("no case covers these indices")
        return total

    _RULES = {  # noqa: RUF012
        m.Number: _number,
        m.Integer: _integer,
        m.Identity: _identity,
        m.Quantity: _quantity,
        m.Add: _add,
        m.Product: _product,
        m.Binary: _binary,
        m.Transpose: _transpose,
        m.Power: _power,
        m.Apply: _apply,
        m.Threshold: _threshold,
        m.Squares: _squares,
        m.Size: _size,
        m.Stack: _stack,
        m.Block: _block,
        m.Blockwise: _blockwise,
        m.Pick: _pick,
        m.Derivative: _derivative,
        m.Chained: _chained,
        m.Repeat: _repeat,
        m.Indicator: _indicator,
        m.Choice: _choice,
    }
