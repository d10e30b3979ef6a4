"""Functions of arrays, under NumPy's names."""

import cmath
import math
import operator
from builtins import min as min_of
from contextlib import contextmanager
from functools import wraps

from .arrays import (
    DTYPES,
    MAKE,
    absolute,
    added,
    as_array,
    choose,
    divided,
    dot,
    dtype,
    every_index,
    higher,
    inf,
    kind_of,
    matrix_product,
    multiplied,
    nan,
    ndarray,
    refuses,
    square_root,
    whole_axis,
    whole_shape,
)


def _dispatched(function):
    """Hand a call over to an argument that has its own way with it.

    That is NumPy's protocol ``__array_function__``.
    """

    @wraps(function)
    def dispatched(*args, **kwargs):
        for one in (*args, *kwargs.values()):
            own = getattr(type(one), "__array_function__", None)
            if own is not None:
                found = own(one, dispatched, (type(one),), args, kwargs)
                if found is NotImplemented:
                    raise TypeError(
                        f"{function.__name__} is not for {type(one).__name__}"
                    )
                return found
        return function(*args, **kwargs)

    return dispatched


def _each(function):
    """Refuse what wants no function of each number, see ``refuses``."""

    @wraps(function)
    def each(*args):
        for one in args:
            if refuses(one):
                raise TypeError(
                    f"{function.__name__} is not for {type(one).__name__}"
                )
        return function(*map(as_array, args))

    return each


def _into(function):
    """Let a function write what it found into an array that is given."""

    def into(*args, out=None):
        found = function(*args)
        if out is None:
            return found
        out[...] = found
        return out

    return into


# -- to make arrays ---------------------------------------------------------


def array(given, dtype=None):
    """Return a new array of what is given."""
    return as_array(given, None if dtype is None else kind_of(dtype)).copy()


def asarray(given):
    """Return what is given as an array, itself if it is one."""
    return as_array(given)


def _filled(shape, number, kind):
    shape = whole_shape(shape)
    return ndarray([number] * math.prod(shape), shape, kind)


def zeros(shape, dtype=float):
    kind = kind_of(dtype)
    return _filled(shape, MAKE[kind](0), kind)


def ones(shape, dtype=float):
    kind = kind_of(dtype)
    return _filled(shape, MAKE[kind](1), kind)


empty = zeros


def full(shape, number):
    given = as_array(number)
    return _filled(shape, given.item(), given.kind)


@_dispatched
def zeros_like(like):
    like = as_array(like)
    return zeros(like.shape, MAKE[like.kind])


@_dispatched
def ones_like(like):
    like = as_array(like)
    return ones(like.shape, MAKE[like.kind])


empty_like = zeros_like


def diag(given):
    """Return the diagonal of a matrix, or a matrix with this diagonal."""
    given = as_array(given)
    if given.ndim == 1:
        return where(eye(len(given)) == 1, given, MAKE[given.kind](0))
    rows, columns = given.shape
    return as_array([given[k, k] for k in range(min_of(rows, columns))])


def eye(size):
    size = as_array(size).item()
    numbers = [float(r == c) for r in range(size) for c in range(size)]
    return ndarray(numbers, (size, size), "f")


def arange(start, stop=None):
    if stop is None:
        start, stop = 0, start
    start, stop = as_array(start).item(), as_array(stop).item()
    kind = "f" if isinstance(start + stop, float) else "i"
    numbers = [start + k for k in range(math.ceil(stop - start))]
    if kind == "f":
        numbers = [float(number) for number in numbers]
    return ndarray(numbers, (len(numbers),), kind)


def linspace(start, stop, count):
    step = (stop - start) / (count - 1)
    numbers = [k * step + start for k in range(count)]
    numbers[-1] = float(stop)
    return ndarray(numbers, (count,), "f")


# -- other shapes -----------------------------------------------------------


def shape(given):
    return as_array(given).shape


def ndim(given):
    return as_array(given).ndim


@_dispatched
def broadcast_to(given, shape):
    return as_array(given).spread(tuple(shape))


@_dispatched
def transpose(given, order=None):
    return as_array(given).transpose(order)


@_dispatched
def swapaxes(given, one, other):
    given = as_array(given)
    order = [*range(given.ndim)]
    one, other = whole_axis(one, given.ndim), whole_axis(other, given.ndim)
    order[one], order[other] = other, one
    return given.transpose(order)


@_dispatched
def moveaxis(given, source, destination):
    given = as_array(given)
    pairs = [
        [whole_axis(axis, given.ndim) for axis in axes]
        if isinstance(axes, (tuple, list))
        else [whole_axis(axes, given.ndim)]
        for axes in (source, destination)
    ]
    if len({*pairs[1]}) < len(pairs[1]):
        raise ValueError(f"an axis is named twice: {destination}")
    order = [k for k in range(given.ndim) if k not in pairs[0]]
    for place, axis in sorted(zip(*reversed(pairs), strict=True)):
        order.insert(place, axis)
    return given.transpose(order)


@_dispatched
def take(given, indices, axis):
    given = as_array(given)
    axis = whole_axis(axis, given.ndim)
    order = [axis, *(k for k in range(given.ndim) if k != axis)]
    front = given.transpose(order)
    chosen = [*indices]
    rows = [number for k in chosen for number in front[k].numbers]
    found = ndarray(rows, (len(chosen), *front.shape[1:]), given.kind)
    return moveaxis(found, 0, axis)


@_dispatched
def where(condition, one, other):
    condition = as_array(condition)
    return choose(
        condition if condition.kind == "b" else condition != 0,
        as_array(one),
        as_array(other),
    )


@_dispatched
def concatenate(given, axis=0):
    """Return arrays one behind the other along an axis."""
    arrays = [as_array(one) for one in given]
    axis = whole_axis(axis, arrays[0].ndim)
    rows, kind = [], "b"
    for one in arrays:
        kind = higher(kind, one.kind)
        rows.extend(moveaxis(one, axis, 0))
    return moveaxis(as_array(rows), 0, axis).astype(MAKE[kind])


@_dispatched
def stack(given, axis=0):
    """Return arrays of one shape as one, along a new axis."""
    return moveaxis(as_array([*given]), 0, axis)


@_dispatched
def split(given, parts, axis=0):
    """Return the equal parts of an array along an axis, as views."""
    front = moveaxis(given, axis, 0)
    size, rest = divmod(len(front), parts)
    if rest:
        raise ValueError(f"{len(front)} rows have no {parts} equal parts")
    return [
        moveaxis(front[k * size : (k + 1) * size], 0, axis)
        for k in range(parts)
    ]


@_dispatched
def ravel(given):
    return as_array(given).ravel()


# -- to look for something --------------------------------------------------


@_dispatched
def flatnonzero(given):
    found = [k for k, n in enumerate(as_array(given).numbers) if n]
    return ndarray(found, (len(found),), "i")


@_dispatched
def argwhere(given):
    """Return the index, a row of numbers, of every number but zero."""
    given = as_array(given)
    pairs = zip(every_index(given.shape), given.numbers, strict=True)
    rows = [n for index, number in pairs if number for n in index]
    found = len(rows) // given.ndim if given.ndim else 0
    return ndarray(rows, (found, given.ndim), "i")


def unravel_index(place, shape):
    """Return the index, one number for each axis, of a flat place."""
    place = int(place)
    if not 0 <= place < math.prod(shape):
        raise ValueError(f"index {place} is out of bounds for {shape}")
    found = []
    for size in reversed(shape):
        place, rest = divmod(place, size)
        found.append(rest)
    return tuple(reversed(found))


def ndindex(*shape):
    return every_index(shape)


# -- reductions -------------------------------------------------------------


@_dispatched
def sum(given, axis=None, keepdims=False):
    return as_array(given).sum(axis, keepdims)


@_dispatched
def any(given, axis=None, keepdims=False):
    return as_array(given).any(axis, keepdims)


@_dispatched
def all(given, axis=None, keepdims=False):
    return as_array(given).all(axis, keepdims)


@_dispatched
def max(given, axis=None, keepdims=False, initial=None):
    return as_array(given).max(axis, keepdims, initial)


@_dispatched
def min(given, axis=None, keepdims=False):
    return as_array(given).min(axis, keepdims)


@_dispatched
def argmax(given):
    return as_array(given).argmax()


@_dispatched
def allclose(one, other, rtol=1e-5, atol=1e-8):
    """Whether all of one are within atol + rtol·|other| of the other."""
    one, other = as_array(one), as_array(other)
    near = absolute(one - other) <= atol + rtol * absolute(other)
    both = isfinite(one) & isfinite(other)
    return bool(((both & near) | (one == other)).all())


# -- products ---------------------------------------------------------------


@_dispatched
def tensordot(one, other, axes=2):
    """Return the sum over axes of one array and those of another."""
    one, other = as_array(one), as_array(other)
    if isinstance(axes, int):
        axes = [*range(one.ndim - axes, one.ndim)], [*range(axes)]
    summed = [
        [
            whole_axis(k, a.ndim)
            for k in ([named] if isinstance(named, int) else named)
        ]
        for a, named in zip((one, other), axes, strict=True)
    ]
    rest = [
        [k for k in range(a.ndim) if k not in gone]
        for a, gone in zip((one, other), summed, strict=True)
    ]
    sizes = [
        [a.shape[k] for k in gone]
        for a, gone in zip((one, other), summed, strict=True)
    ]
    if sizes[0] != sizes[1]:
        raise ValueError(f"the axes have other sizes: {sizes}")
    count = math.prod(sizes[0])
    shape = [one.shape[k] for k in rest[0]] + [other.shape[k] for k in rest[1]]
    left = one.transpose(*rest[0], *summed[0]).reshape(-1, count)
    right = other.transpose(*summed[1], *rest[1]).reshape(count, -1)
    return (left @ right).reshape(*shape)


@_dispatched
def outer(one, other):
    return ravel(one)[:, None] * ravel(other)


@_dispatched
def vdot(one, other):
    """Return the sum of the products, the first factor conjugated."""
    one, other = ravel(one), ravel(other)
    if one.shape != other.shape:
        raise ValueError("vdot is of as many numbers as numbers")
    if one.kind == "c":
        numbers = [number.conjugate() for number in one.numbers]
        one = ndarray(numbers, one.shape, "c")
    return one @ other


# -- number by number -------------------------------------------------------


add = _into(_each(added))
divide = _into(_each(divided))
negative = _into(_each(operator.neg))
positive = _each(operator.pos)
square = _each(lambda given: given * given)
dot = _each(dot)
multiply = _each(multiplied)
matmul = _each(matrix_product)
abs = _each(absolute)
sqrt = _each(square_root)


def _functions(real, imaginary):
    """Return a function of arrays from one of floats and one of complex."""

    def function(given):
        given = as_array(given)
        if given.kind == "c":
            numbers = [imaginary(z) for z in given.numbers]
            return ndarray(numbers, given.shape, "c")
        numbers = [real(x) for x in map(float, given.numbers)]
        return ndarray(numbers, given.shape, "f")

    return _each(function)


def _real_exp(x):
    try:
        return math.exp(x)
    except OverflowError:
        return inf


def _complex_exp(z):
    try:
        return cmath.exp(z)
    except OverflowError:
        if not z.imag:
            return complex(inf, z.imag)
        # The size may overflow where a part of the number does not.
        half = _real_exp(z.real / 2)
        return complex(
            half * math.cos(z.imag) * half, half * math.sin(z.imag) * half
        )
    except ValueError:
        return complex(z.real, nan) if z.real == inf else complex(nan, nan)


def _real_log(x):
    if x > 0:
        return math.log(x)
    return -inf if x == 0 else nan


def _complex_log(z):
    return cmath.log(z) if z else complex(-inf, cmath.phase(z))


def _with_nan(function, lost):
    """Return a function that gives ``lost`` where it has no value."""

    def guarded(x):
        try:
            return function(x)
        except (ValueError, OverflowError):
            return lost

    return guarded


exp = _into(_functions(_real_exp, _complex_exp))
log = _functions(_real_log, _complex_log)
log10 = _functions(
    lambda x: math.log10(x) if x > 0 else _real_log(x),
    lambda z: _complex_log(z) / math.log(10),
)
sin = _functions(
    _with_nan(math.sin, nan), _with_nan(cmath.sin, complex(nan, nan))
)
cos = _functions(
    _with_nan(math.cos, nan), _with_nan(cmath.cos, complex(nan, nan))
)


def _half_exp(z, sign):
    """Return what cosh, or by its sign sinh, is far away from zero."""
    # In two halves: a small imaginary part keeps what e^z alone loses.
    half = math.exp(abs(z.real) / 2)
    real = half * math.cos(z.imag) / 2 * half
    imaginary = half * math.sin(z.imag) / 2 * half
    if z.real < 0:
        return complex(sign * real, -sign * imaginary)
    return complex(real, imaginary)


def _hyperbolic(real, imaginary, sign):
    def of_real(x):
        try:
            return real(x)
        except OverflowError:
            return inf if x > 0 else sign * inf

    def of_complex(z):
        try:
            return imaginary(z)
        except OverflowError:
            return _half_exp(z, sign)
        except ValueError:
            return complex(nan, nan)

    return _functions(of_real, of_complex)


cosh = _hyperbolic(math.cosh, cmath.cosh, 1)
sinh = _hyperbolic(math.sinh, cmath.sinh, -1)
tanh = _functions(math.tanh, _with_nan(cmath.tanh, complex(nan, nan)))
arctan = _functions(math.atan, cmath.atan)
floor, ceil = (
    _functions(
        lambda x, round=round: float(round(x)) if math.isfinite(x) else x,
        _with_nan(round, None),
    )
    for round in (math.floor, math.ceil)
)


def _tests(test):
    def function(given):
        given = as_array(given)
        return ndarray(list(map(test, given.numbers)), given.shape, "b")

    return _each(function)


isnan = _tests(cmath.isnan)
isinf = _tests(cmath.isinf)
isfinite = _tests(cmath.isfinite)


@_dispatched
def real(given):
    return as_array(given).real


def isrealobj(given):
    """Whether the numbers are no complex ones, whatever they are."""
    return as_array(given).kind != "c"


@_each
def maximum(one, other):
    """Return the larger of two, number by number; no number wins."""
    return choose((one >= other) | (one != one), one, other)


@_each
def minimum(one, other):
    """Return the smaller of two, number by number; no number wins."""
    return choose((one <= other) | (one != one), one, other)


@_each
def logical_not(given):
    return given == 0


@_each
def logical_and(one, other):
    return (one != 0) & (other != 0)


@_each
def logical_or(one, other):
    return (one != 0) | (other != 0)


@_dispatched
def nan_to_num(given, nan=0.0):
    """Return finite numbers: the largest float in the place of ±inf."""
    given = as_array(given)
    largest = MAKE["f"](1.7976931348623157e308)
    numbers = [
        nan if x != x else math.copysign(largest, x) if x in (inf, -inf) else x
        for x in given.numbers
    ]
    return ndarray(numbers, given.shape, given.kind)


@contextmanager
def errstate(**kinds):
    """Do nothing: there are no warnings that could be silenced."""
    yield


# -- kinds of number --------------------------------------------------------


def result_type(*given):
    """Return the kind to which arrays, or kinds, promote together."""
    kind = "b"
    for one in given:
        own = one if isinstance(one, (dtype, type)) else as_array(one).dtype
        kind = higher(kind, kind_of(own))
    return DTYPES[kind]


class iinfo:
    """The limits of a whole number of NumPy, which has 64 bits."""

    def __init__(self, kind):
        self.min, self.max = -(2**63), 2**63 - 1


class _Whole(type):
    def __instancecheck__(cls, one):
        return isinstance(one, ndarray) and one.kind == "i" and not one.shape


class integer(metaclass=_Whole):
    """What a whole number without axes is an instance of."""
