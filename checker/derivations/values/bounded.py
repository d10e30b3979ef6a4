"""Arrays that carry a bound of their rounding error.

Where a network saturates, 1 - tanh²(a) is the difference of two nearly
equal numbers: at a = 12 only six of its sixteen digits are right, though
the formula is. A ``Bounded`` array knows this of itself: every operation
adds what its own rounding may do to what it inherits. The bound grows with
the operands of a difference, not with its result, and has no floor: a
gradient that vanished without cancellation keeps all of its digits.

The derivative of a complex array rides in its imaginary part (frames.py),
so the two parts have bounds of their own: ``error.real`` and
``error.imag``. Both follow the rule of the product at once, as the
imaginary parts are so small that their products with each other are lost.
"""

import numpy as np

# The nudge of a complex step: its square is lost beside any number that it
# is added to, and a vanished gradient times it is still a number.
NUDGE = 1e-30
# Two units in the last place: numpy's functions and its complex products
# round a few times.
ROUND = 2 * np.finfo(float).eps
# What a product that is too small for a number may have been.
TINY = np.finfo(float).tiny
# The bound of a value of which nothing is known; it is finite, so that it
# leaves a product with zero zero.
UNKNOWN = 1e100
# Numpy's functions that only move entries move the bounds alike.
_MOVES = {
    np.broadcast_to,
    np.moveaxis,
    np.swapaxes,
    np.take,
    np.where,
    np.zeros_like,
}


class Bounded:
    """``data`` and a bound of its error, which act as one array.

    A plain array beside it in an operation counts as exact. Where nothing
    is known of a value any more its bound is ``UNKNOWN`` or more.
    """

    __slots__ = ("data", "error")
    # Let ``array + bounded`` come to ``__radd__`` instead of to numpy.
    __array_ufunc__ = None

    def __init__(self, data, error=None):
        self.data = data
        self.error = np.zeros_like(data) if error is None else error

    def __array_function__(self, function, types, args, kwargs):
        if function not in _MOVES:
            return NotImplemented
        data, error = (
            function(*[_part(a, name) for a in args], **kwargs)
            for name in ("data", "error")
        )
        return Bounded(data, error)

    shape = property(lambda self: self.data.shape)
    ndim = property(lambda self: self.data.ndim)

    @property
    def imag(self):
        """The imaginary part, bounded by the imaginary bound."""
        return Bounded(self.data.imag, self.error.imag)

    def reshape(self, *shape):
        return Bounded(self.data.reshape(*shape), self.error.reshape(*shape))

    def transpose(self, *order):
        return Bounded(
            self.data.transpose(*order), self.error.transpose(*order)
        )

    def __getitem__(self, place):
        return Bounded(self.data[place], self.error[place])

    def __neg__(self):
        return Bounded(-self.data, self.error)

    def __add__(self, other):
        return self._sum(other, self.data + _part(other, "data"))

    def __sub__(self, other):
        return self._sum(other, self.data - _part(other, "data"))

    def __rsub__(self, other):
        return self._sum(other, other - self.data)

    __radd__ = __add__

    def _sum(self, other, data):
        inherited = self.error
        if isinstance(other, Bounded):
            inherited = inherited + other.error
        return Bounded(data, inherited + ROUND * _size(data))

    def __mul__(self, other):
        return _product(self, other, np.multiply)

    def __rmul__(self, other):
        return _product(other, self, np.multiply)

    def __matmul__(self, other):
        return _product(self, other, np.matmul, self.shape[-1])

    def __rmatmul__(self, other):
        return _product(other, self, np.matmul, self.shape[-2])

    def __truediv__(self, other):
        if isinstance(other, float):
            error = (self.error + ROUND * _size(self.data)) / abs(other)
            return Bounded(self.data / other, error)
        if not isinstance(other, Bounded):
            other = Bounded(np.asarray(other))
        result = self * other._reciprocal()
        return Bounded(self.data / other.data, result.error)

    def __rtruediv__(self, other):
        return Bounded(np.asarray(other)) / self

    def _reciprocal(self):
        """Return 1 / self; nothing is known of it where self may be 0."""
        data = 1 / self.data
        size = _size(data)
        error = size * size * self.error + ROUND * size
        away = np.abs(self.data.real) > 2 * self.error.real
        sure = away & np.isfinite(self.data)
        return Bounded(data, np.where(sure, error, _unknown(data)))

    def __pow__(self, exponent):
        """The power, a number: its slope is n x^(n - 1)."""
        data = self.data**exponent
        if exponent == 0:
            return Bounded(data)
        slope = _size(exponent * self.data ** (exponent - 1))
        rounded = (1 + abs(exponent)) * ROUND * _size(data)
        underflow = TINY * _nonzero(self.data)
        return Bounded(data, slope * self.error + rounded + underflow)

    def sum(self, axis, keepdims=False):
        """Return the sum over axes."""
        data = self.data.sum(axis=axis, keepdims=keepdims)
        count = self.data.size / max(data.size, 1)
        spread = self.error + count * ROUND * _size(self.data)
        return Bounded(data, spread.sum(axis=axis, keepdims=keepdims))


def literal(number):
    """Return a number as it was typed: exact if it is a whole one."""
    whole = (number == np.floor(number)) & (np.abs(number) < 2.0**53)
    return Bounded(number, np.where(whole, 0.0, ROUND * np.abs(number)))


def joined(arrays, axis):
    """Return arrays joined along one of the last two axes.

    Their other axes broadcast, but for the other one of the last two.
    """
    lead = np.broadcast_shapes(*(array.shape[:-2] for array in arrays))
    parts = [
        np.broadcast_to(array, (*lead, *array.shape[-2:])) for array in arrays
    ]
    data = np.concatenate([plain(part) for part in parts], axis)
    if not any(isinstance(part, Bounded) for part in parts):
        return data
    errors = [np.broadcast_to(error_of(p), p.shape) for p in parts]
    return Bounded(data, np.concatenate(errors, axis))


def plain(array):
    """Return the numbers of an array without their bounds."""
    return _part(array, "data")


def error_of(array):
    """Return the bounds of an array; a plain one is exact."""
    return array.error if isinstance(array, Bounded) else 0.0 * array


def applied(function, array):
    """Return an element-wise ``Function`` of an array.

    The real part inherits its error times the slope f'. The imaginary part
    is f'(x) times the nudge, and so inherits by f' and by f'' as well; both
    are found by a complex step.
    """
    if not isinstance(array, Bounded):
        return function.value(array)
    data, x = function.value(array.data), array.data.real
    moved = x + 1j * NUDGE
    slope = np.abs(function.value(moved).imag) / NUDGE
    error = slope * array.error.real + 2 * ROUND * np.abs(data.real)
    # What is too small for a number, as exp(-1000), is not zero.
    error = error + TINY * ((np.abs(data.real) < TINY) & (slope < TINY))
    if _is_complex(data):
        bend = np.abs(function.slope(moved).imag) / NUDGE
        nudge = np.abs(array.data.imag)
        imaginary = (
            slope * array.error.imag
            + bend * array.error.real * nudge
            + 2 * ROUND * np.abs(data.imag)
        )
        # A slope that is too small for a number is not zero.
        imaginary = imaginary + TINY * ((nudge > 0) & (imaginary < TINY))
        error = error + 1j * imaginary
    there = np.isfinite(data)
    if not there.all():
        # Without a value, unless a neighbour within the error has one.
        near = [function.value(x + s * array.error.real) for s in (1, -1)]
        near = np.isfinite(near).any(axis=0) | np.isinf(data)
        error = np.where(there, error, np.where(near, _unknown(data), 0.0))
    return Bounded(data, error)


def _part(array, name):
    """Return the data or the error of an argument, itself if it is plain."""
    return getattr(array, name) if isinstance(array, Bounded) else array


def _size(data):
    """Return absolute values, of both parts if there are two."""
    if _is_complex(data):
        return np.abs(data.real) + 1j * np.abs(data.imag)
    return np.abs(data)


def _nonzero(data):
    """Return 1 where a part of an array is not zero, else 0."""
    if _is_complex(data):
        return (data.real != 0) + 1j * (data.imag != 0)
    return (data != 0) * 1.0


def _is_complex(data):
    return data.dtype.kind == "c"


def _unknown(data):
    """Return the bound of a number of which nothing is known."""
    return UNKNOWN * (1 + 1j * NUDGE) if _is_complex(data) else UNKNOWN


def _product(left, right, times, count=1):
    """Return a product: ``times`` multiplies, and adds ``count`` terms."""
    x, x_error = _with_error(left)
    y, y_error = _with_error(right)
    a, b = _size(x), _size(y)
    rounded = count * ROUND * b
    error = times(a, rounded if y_error is None else rounded + y_error)
    if x_error is not None:
        reach = b if y_error is None else b + y_error
        error = error + times(x_error, reach)
    # An error of exactly zero: a factor is zero, or the product too small.
    some = error.real.all() and (not _is_complex(error) or error.imag.all())
    if not some:
        error = error + TINY * _too_small(a, b, times)
    return Bounded(times(x, y), error)


def _with_error(side):
    if isinstance(side, Bounded):
        return side.data, side.error
    return np.asarray(side), None


def _too_small(a, b, times):
    """Count products of nonzero numbers, for each of the two parts."""
    a, b = _nonzero(a), _nonzero(b)
    count = times(a.real, b.real)
    if _is_complex(a) or _is_complex(b):
        nudged = times(a.real, b.imag) + times(a.imag, b.real)
        count = count + 1j * nudged
    return count
