"""Arrays with a shape that mathematics recognises, and their products.

A value's array has leading axes (networks, nudges, one per component
index) and a core: rows × columns. The derivative of a vector by a matrix
has a core of four axes, "numerator | denominator". Sizes never broadcast,
except that a literal number may be added to a column.
"""

from functools import reduce
from operator import matmul

import numpy as np

from derivations.errors import DomainError
from derivations.meaning.functions import DIAG, EXP, SIN, SOFTMAX, Function
from derivations.values.bounded import Bounded, applied, plain

MAX_POWER = 200

# The numbers of a value, with a bound of their rounding error or without.
Array = np.ndarray | Bounded


class Mismatch(Exception):
    """Two values whose shapes do not fit the operation between them.

    ``pieces`` are the two neighbours in a longer product or sum.
    """

    pieces = None

    def __init__(self, operation, *values):
        super().__init__(operation)
        self.operation = operation
        self.values = values


class Value:
    """``data`` with a core of two axes, or of four for a derivative.

    ``special`` marks the values that fit more than one shape: "number" and
    "zero" (literals), "identity" (a multiple of I, whose ``data`` is the
    factor), and the empty sum and product, "no terms" and "no factors" (a
    multiple of one, of whatever shape). ``above`` and ``below`` name what
    a derivative is of and by, for layouts that contract on matching names.
    """

    __slots__ = ("above", "below", "data", "four", "special")

    def __init__(self, data, four=False, special=None, above=None, below=None):
        self.data = data
        self.four = four
        self.special = special
        self.above = above
        self.below = below

    @property
    def core(self):
        return self.data.shape[-4:] if self.four else self.data.shape[-2:]

    @property
    def is_scalar(self):
        if self.special in ("identity", "no factors"):
            return False
        return not self.four and self.core == (1, 1)

    @property
    def is_column(self):
        return not self.four and self.core[1] == 1 and self.core[0] > 1


def scalar(number, rank, special=None):
    """Return a number as a value whose array has ``rank`` axes."""
    return Value(np.full((1,) * rank, float(number)), special=special)


def saturated(data):
    """Say of each network whether all entries are rounded to -1, 0 or 1."""
    size = np.abs(plain(data))
    away = np.minimum(size, np.abs(size - 1))
    axes = tuple(range(1, size.ndim))
    return np.all(away <= 4 * np.finfo(float).eps, axis=axes)


def settle(value):
    """Write a derivative as a scalar, column or matrix where it is one.

    ∂scalar/∂X has the shape of X; ∂column/∂column is the Jacobian with a
    row for each entry of the numerator.
    """
    if not value.four:
        return value
    rn, cn, rd, cd = value.core
    lead = value.data.shape[:-4]
    if rn == cn == 1:
        return Value(value.data.reshape(*lead, rd, cd))
    if rd == cd == 1:
        return Value(value.data.reshape(*lead, rn, cn))
    if cn == cd == 1:
        return Value(value.data.reshape(*lead, rn, rd))
    return value


def laid_out(derivative, layout):
    """Write a derivative as it is written in a layout, see ``Language``.

    In "rows" every value is held transposed.
    """
    numerator, value = derivative.core[:2], settle(derivative)
    if layout == "numerator":
        if value.four or numerator == (1, 1):
            return _changed(value, np.swapaxes(value.data, -1, -2))
    elif layout == "rows" and not value.four:
        if numerator[0] > 1 and derivative.core[1::2] == (1, 1):
            if derivative.core[2] > 1:
                return transpose(value)
    return value


def _eye(size, rank):
    return np.eye(size).reshape((1,) * (rank - 2) + (size, size))


def spread(value, like):
    """Give a value that fits many shapes the core of ``like``."""
    if value.special == "identity" and not like.four:
        rows, columns = like.core
        if rows != columns or like.is_scalar or like.special:
            raise Mismatch("add", value, like)
        return Value(value.data * _eye(rows, like.data.ndim))
    if value.special == "no factors" and not like.four:
        rows, columns = like.core
        if rows == columns > 1:
            return Value(value.data * _eye(rows, like.data.ndim))
        return Value(value.data * np.ones(like.core))
    if value.special in ("zero", "no terms"):
        return Value(np.zeros_like(like.data), like.four)
    return value


def _changed(value, data, special=None):
    """Return other data of the same kind of derivative."""
    return Value(data, value.four, special, value.above, value.below)


def negative(value):
    """Return minus the value; minus a literal number is one too."""
    return _changed(value, -value.data, value.special)


def add(left, right, sign=1):
    """Return left + sign·right."""
    for nothing in ("no terms", "zero"):
        if right.special == nothing:
            return left
        if left.special == nothing:
            return right if sign > 0 else negative(right)
    special = None
    if not (left.four and right.four and left.core == right.core):
        left, right = settle(left), settle(right)
        left, right = _one_shape(left, right), _one_shape(right, left)
        if left.special == right.special:
            special = left.special
        if left.four or right.four or not _fits(left, right):
            raise Mismatch("add", left, right)
    data = left.data + right.data if sign > 0 else left.data - right.data
    return _changed(left, data, special)


def _one_shape(value, like):
    """Give a multiple of I, or an empty product, the shape of a partner."""
    if value.special == like.special:
        return value
    if value.special == "identity":
        return value if like.special == "no factors" else spread(value, like)
    if value.special == "no factors":
        if like.special == "identity":
            return Value(value.data, special="identity")
        return spread(value, like)
    return value


def _fits(left, right):
    if left.core == right.core:
        return True
    if left.special == "number":
        return right.core[1] == 1
    return right.special == "number" and left.core[1] == 1


def scale(value, factor):
    """Return the value times a scalar value."""
    special = None
    if value.special in ("identity", "no factors"):
        special = value.special
    elif value.special and factor.special:
        both = value.special, factor.special
        special = "zero" if "zero" in both else "number"
    data = factor.data[..., None, None] if value.four else factor.data
    return _changed(value, value.data * data, special)


def multiply(left, right, chain=False, elementwise=False):
    """Return the product of two neighbours.

    With ``chain``, a derivative contracts with the next one when what it
    is by is what the next one is of. With ``elementwise``, two columns of
    the same size multiply entry by entry.
    """
    if left.special == "no terms" or right.special == "no terms":
        return left if left.special == "no terms" else right
    for one, other in ((right, left), (left, right)):
        if one.special in ("identity", "no factors"):
            return _times_neutral(one, other)
    if left.is_scalar:
        return scale(right, left)
    if right.is_scalar:
        return scale(left, right)
    if left.four or right.four:
        return _multiply_derivatives(left, right, chain, elementwise)
    if elementwise and left.core == right.core and left.core[1] == 1:
        return Value(left.data * right.data)
    if left.core[1] != right.core[0]:
        raise Mismatch("multiply", left, right)
    return Value(left.data @ right.data)


def _times_neutral(one, other):
    """Return a multiple of I, or of an empty product, times a value."""
    if one.special == "no factors" and other.special == "identity":
        one, other = other, one
    if other.special in ("number", "zero"):
        return _changed(one, one.data * other.data, one.special)
    if one.special == "identity" and other.is_scalar:
        return _changed(one, one.data * other.data, "identity")
    if other.special in ("identity", "no factors"):
        return _changed(one, one.data * other.data, one.special)
    if one.special == "no factors" and other.is_scalar:
        return _changed(one, one.data * other.data, "no factors")
    if np.all(plain(one.data) == 1):
        return other
    return scale(other, Value(one.data))


def _multiply_derivatives(left, right, chain, elementwise):
    if chain and left.four and right.four:
        if left.below is not None and left.below == right.above:
            return _contract(left, right)
        if settle(left).four or settle(right).four:
            raise Mismatch("chain", left, right)
    left = settle(left)
    if right.four and not left.four:
        rn, cn = right.core[:2]
        if chain and left.core == (rn, cn):
            return _act(Value(np.swapaxes(left.data, -1, -2)), right)
        if settle(right).four or (chain and rn > 1 and cn == 1):
            if left.core[1] != rn or cn != 1:
                raise Mismatch("multiply", left, right)
            return _act(left, right)
    right = settle(right)
    if not (left.four or right.four):
        return multiply(left, right, elementwise=elementwise)
    if right.four or left.core[2:] != right.core:
        raise Mismatch("multiply", left, right)
    data = left.data * right.data[..., None, None, :, :]
    return Value(data.sum(axis=(-2, -1)))


def _act(matrix, derivative):
    """A matrix, or a row, on the numerator of a derivative."""
    lead = derivative.data.shape[:-4]
    rn, cn, rd, cd = derivative.core
    flat = derivative.data.reshape(*lead, rn, cn * rd * cd)
    data = matrix.data @ flat
    data = data.reshape(*data.shape[:-1], cn, rd, cd)
    return Value(data, True, None, None, derivative.below)


def _contract(left, right):
    """Sum over the denominator of one and the numerator of the next."""
    ln, lc, ld, le = left.core
    rn, rc, rd, rf = right.core
    lead_left, lead_right = left.data.shape[:-4], right.data.shape[:-4]
    data = left.data.reshape(*lead_left, ln * lc, ld * le) @ (
        right.data.reshape(*lead_right, rn * rc, rd * rf)
    )
    data = data.reshape(*data.shape[:-2], ln, lc, rd, rf)
    return Value(data, True, None, left.above, right.below)


def hadamard(left, right):
    """Return the element-wise product of two values of one shape."""
    left, right = settle(left), settle(right)
    if "no terms" in (left.special, right.special):
        return left if left.special == "no terms" else right
    if "number" in (left.special, right.special) or (
        "zero" in (left.special, right.special)
    ):
        return multiply(left, right)
    if left.special == right.special == "no factors":
        return multiply(left, right)
    for one, other in ((left, right), (right, left)):
        if one.special == "no factors":
            # The neutral element of ⊙ is a column of ones.
            return scale(other, Value(one.data))
        if one.special == "identity" and other.core[1] == 1:
            raise Mismatch("hadamard", left, right)
    left, right = _one_shape(left, right), _one_shape(right, left)
    if left.four or right.four or left.core != right.core:
        raise Mismatch("hadamard", left, right)
    return Value(left.data * right.data)


def outer(left, right):
    """Return left right^⊤ for two columns."""
    left, right = settle(left), settle(right)
    if "no terms" in (left.special, right.special):
        return left if left.special == "no terms" else right
    columns = not (left.four or right.four) and (
        left.core[1] == right.core[1] == 1
    )
    free = {left.special, right.special} & {"identity", "zero", "number"}
    if not columns or free:
        raise Mismatch("outer", left, right)
    return Value(left.data @ np.swapaxes(right.data, -1, -2))


def quotient(above, below):
    """Return above / below: by a scalar, or entry by entry."""
    above, below = settle(above), settle(below)
    if below.special == "no factors":
        below = Value(below.data)
    fits = below.is_scalar or above.core == below.core
    if above.special in ("number", "zero") and below.core[1] == 1:
        fits = True
    if above.four or below.four or not fits or below.special == "identity":
        raise Mismatch("divide", above, below)
    if plain(below.data).size == 1 and not np.any(plain(below.data)):
        # Every network divides by zero here, whatever its numbers are.
        raise DomainError("this divides by zero")
    if above.special == "no terms":
        return above
    special = above.special
    if special in ("number", "zero") and below.special != "number":
        special = None
    return Value(above.data / below.data, special=special)


def transpose(value):
    """Swap rows and columns, or numerator and denominator."""
    if value.special in ("zero", "identity", "no terms", "no factors"):
        return value
    settled = settle(value)
    if settled.four:
        data = np.moveaxis(value.data, (-4, -3), (-2, -1))
        return Value(data, True, None, value.below, value.above)
    return Value(np.swapaxes(settled.data, -1, -2))


def power(value, exponent):
    """Entry by entry for columns and scalars, repeated for matrices."""
    value = settle(value)
    if value.special in ("identity", "no factors"):
        return Value(value.data**exponent, special=value.special)
    if value.special in ("zero", "no terms"):
        if exponent < 0:
            raise DomainError("this divides by zero")
        value = Value(value.data, special="number")
    if value.four:
        raise Mismatch("power", value)
    rows, columns = value.core
    if columns == 1:
        return Value(value.data**exponent, special=value.special)
    if rows != columns or exponent != int(exponent):
        raise Mismatch("power", value)
    if exponent == 0:
        return Value(_eye(rows, value.data.ndim))
    return Value(reduce(matmul, [value.data] * int(exponent)))


def _softmax(x):
    # Subtracting a real constant changes nothing but the range.
    e = applied(EXP, x - plain(x).real.max(axis=-2, keepdims=True))
    return e / e.sum(axis=-2, keepdims=True)


def apply(function, arguments, primes=0, thin=False):
    """Apply a ``Function``; one prime is its slope.

    thin: every size is one, so that a scalar may be a column.
    """
    first = settle(arguments[0])
    if first.special == "no factors":
        first = Value(first.data)
    if first.four or first.special == "identity":
        raise Mismatch(function.name, first)
    if function in (DIAG, SOFTMAX) and not (
        first.is_column or (thin and not first.special)
    ):
        raise Mismatch(function.name, first)
    if function is DIAG:
        return Value(first.data * _eye(first.core[0], first.data.ndim))
    if function is SOFTMAX:
        return Value(_softmax(first.data))
    literal = first.special in ("number", "zero", "no terms")
    if primes:
        function = Function(function.slope, _bend(function))
    data = applied(function, first.data)
    return Value(data, special="number" if literal else None)


def _bend(function):
    """Return the slope of a slope, by a difference: it only bounds errors."""
    step = 1e-5

    def bend(x):
        high, low = function.slope(x + step), function.slope(x - step)
        return (high - low) / (2 * step)

    return bend


def smooth(weights, arguments):
    """Return Σ_i w_i (sin f_i + f_i²/8), where f = b + Σ_j M_j a_j.

    weights: (w, b, M_1, M_2, …), drawn at random for each network, so that
    no formula fits this function of the arguments by luck.
    """
    outer_weights, total, *matrices = weights
    first = settle(arguments[0])
    for matrix, argument in zip(matrices, arguments, strict=True):
        argument = settle(argument)
        if argument.four or argument.core != first.core:
            raise Mismatch("loss", *arguments)
        lead = argument.data.shape[:-2]
        total = total + matrix @ argument.data.reshape(*lead, -1, 1)
    data = applied(SIN, total) + 0.125 * total**2
    data = outer_weights * data
    return Value(data.sum(axis=(-2, -1), keepdims=True))
