"""Arrays: numbers in a list, with a shape and steps through the list.

A view has the list of the array that it looks into; ``strides`` counts in
entries of that list. ``None`` as strides says: the whole list, row by row.
"""

import cmath
import math
import operator
import sys
from functools import lru_cache, reduce
from itertools import product, repeat

inf, nan = math.inf, math.nan
# bool, int, float, complex, in the order in which they promote.
KINDS = "bifc"
MAKE = {"b": bool, "i": int, "f": float, "c": complex}


class dtype:
    """One of the four kinds of number: ``kind`` is b, i, f or c."""

    __slots__ = ("itemsize", "kind", "type")

    def __init__(self, asked):
        self.kind = kind_of(asked)
        self.type = MAKE[self.kind]
        self.itemsize = {"b": 1, "c": 16}.get(self.kind, 8)

    def __eq__(self, other):
        return self.type is getattr(other, "type", other)

    def __hash__(self):
        return hash(self.type)

    def __repr__(self):
        return f"dtype({self.type.__name__})"


class finfo:
    """The limits of a float: ``eps``, ``tiny`` and ``max``."""

    def __init__(self, kind):
        if kind_of(kind) not in "fc":
            raise ValueError(f"finfo is of float or complex; got {kind!r}")
        self.eps = sys.float_info.epsilon
        self.tiny = sys.float_info.min
        self.max = sys.float_info.max


def kind_of(asked):
    """Return the kind that a dtype or a type of Python names."""
    if isinstance(asked, dtype):
        return asked.kind
    for kind, make in MAKE.items():
        if asked is make:
            return kind
    raise TypeError(
        f"dtype must be bool, int, float or complex; got {asked!r}"
    )


DTYPES = {kind: dtype(make) for kind, make in MAKE.items()}


def kind_of_number(number):
    """Return the kind of a number of Python, "" for anything else."""
    for kind, make in MAKE.items():
        if isinstance(number, make):
            return kind
    return ""


def higher(one, other):
    """Return the kind to which two kinds promote."""
    return one if KINDS.index(one) >= KINDS.index(other) else other


def converted(numbers, kind, new):
    """Return numbers of one kind as another; nothing is dropped."""
    if kind == new:
        return numbers
    return list(map(MAKE[new], numbers))


def whole_shape(shape):
    """Return a shape as whole numbers of Python; one number is one axis."""
    axes = shape if isinstance(shape, (tuple, list)) else (shape,)
    return tuple(map(operator.index, axes))


@lru_cache(maxsize=1024)
def row_by_row(shape):
    """Return the strides of an array that is stored row by row."""
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return tuple(reversed(strides))


@lru_cache(maxsize=8192)
def places(shape, strides, start):
    """Return where the entries of a view stand in the list."""
    found = [start]
    for size, step in zip(shape, strides, strict=True):
        found = [place + k * step for place in found for k in range(size)]
    return tuple(found)


@lru_cache(maxsize=8192)
def _getter(shape, strides, start):
    found = places(shape, strides, start)
    if len(found) == 1:
        return lambda numbers: (numbers[start],)
    return operator.itemgetter(*found) if found else lambda numbers: ()


@lru_cache(maxsize=4096)
def broadcast_shapes(*shapes):
    """Return the shape to which shapes broadcast; ``ValueError`` if none."""
    rank = max(map(len, shapes), default=0)
    found = [1] * rank
    for shape in shapes:
        for axis, size in enumerate(shape, rank - len(shape)):
            if size != 1 and found[axis] not in (1, size):
                raise ValueError(
                    "operands could not be broadcast together with shapes "
                    + " ".join(map(str, shapes))
                )
            found[axis] = size if found[axis] == 1 else found[axis]
    return tuple(found)


def whole_axis(axis, rank):
    """Return an axis counted from the front."""
    place = operator.index(axis)
    if not -rank <= place < rank:
        raise ValueError(f"axis {axis} is out of bounds for {rank} axes")
    return place % rank if rank else 0


def whole_axes(axis, rank):
    """Return the axes that a reduction names, counted from the front."""
    if axis is None:
        return tuple(range(rank))
    named = axis if isinstance(axis, tuple) else (axis,)
    axes = tuple(sorted(whole_axis(one, rank) for one in named))
    if len({*axes}) < len(axes):
        raise ValueError(f"an axis is named twice: {axis}")
    return axes


class ndarray:
    """Numbers of one kind in a shape."""

    __slots__ = ("buffer", "dtype", "shape", "start", "strides")

    def __init__(self, buffer, shape, kind, strides=None, start=0):
        self.buffer = buffer
        self.shape = shape
        self.dtype = DTYPES[kind]
        self.strides = strides
        self.start = start

    # -- what it holds ------------------------------------------------------

    @property
    def numbers(self):
        """The numbers row by row; only to be read."""
        if self.strides is None:
            return self.buffer
        return _getter(self.shape, self.strides, self.start)(self.buffer)

    @property
    def steps(self):
        """The strides, also of an array that is a whole list."""
        if self.strides is None:
            return row_by_row(self.shape)
        return self.strides

    @property
    def kind(self):
        return self.dtype.kind

    @property
    def ndim(self):
        return len(self.shape)

    @property
    def size(self):
        return math.prod(self.shape)

    @property
    def T(self):
        return self.transpose()

    @property
    def real(self):
        if self.kind != "c":
            return self
        numbers = [number.real for number in self.numbers]
        return ndarray(numbers, self.shape, "f")

    @property
    def imag(self):
        if self.kind != "c":
            zero = MAKE[self.kind](0)
            return ndarray([zero] * self.size, self.shape, self.kind)
        numbers = [number.imag for number in self.numbers]
        return ndarray(numbers, self.shape, "f")

    def view(self, shape, strides, start):
        """Return a view into the same list."""
        return ndarray(self.buffer, shape, self.kind, strides, start)

    def spread(self, shape):
        """Return a view of a shape to which this one broadcasts."""
        if shape == self.shape:
            return self
        if broadcast_shapes(self.shape, shape) != shape:
            raise ValueError(
                f"shape {self.shape} does not broadcast to {shape}"
            )
        strides = (0,) * (len(shape) - self.ndim) + tuple(
            0 if size == 1 else step
            for size, step in zip(self.shape, self.steps, strict=True)
        )
        return self.view(shape, strides, self.start)

    def copy(self):
        return ndarray(list(self.numbers), self.shape, self.kind)

    def astype(self, kind, copy=True):
        kind = kind_of(kind)
        if kind == self.kind and not copy:
            return self
        numbers = self.numbers
        if self.kind == "c" and kind in "if":
            numbers = [number.real for number in numbers]
        numbers = list(map(MAKE[kind], numbers))
        return ndarray(numbers, self.shape, kind)

    def item(self):
        if self.size != 1:
            raise ValueError("only an array of one number is a number")
        return self.numbers[0]

    def tolist(self):
        if not self.shape:
            return self.item()
        return [row.tolist() for row in self]

    def __bool__(self):
        return bool(self.item())

    def _alone(self):
        if self.shape:
            raise TypeError("only an array without axes is one number")
        return self.item()

    def __float__(self):
        return float(self._alone())

    def __int__(self):
        return int(self._alone())

    def __complex__(self):
        return complex(self._alone())

    def __index__(self):
        if self.kind != "i" or self.shape:
            raise TypeError("only a whole number without axes is an index")
        return self.item()

    def __format__(self, form):
        return format(self.item() if not self.shape else str(self), form)

    def __repr__(self):
        return f"array({self.tolist()})"

    def __len__(self):
        if not self.shape:
            raise TypeError("an array without axes has no length")
        return self.shape[0]

    def __iter__(self):
        return (self[k] for k in range(len(self)))

    # -- other shapes -------------------------------------------------------

    def dot(self, other):
        return _dot(self, operand(other))

    def reshape(self, *shape):
        if len(shape) == 1 and not isinstance(shape[0], int):
            (shape,) = shape
        shape = tuple(map(operator.index, shape))
        if -1 in shape:
            at = shape.index(-1)
            known = -math.prod(shape)
            free = self.size // known if known else 0
            shape = (*shape[:at], free, *shape[at + 1 :])
        if min(shape, default=0) < 0 or math.prod(shape) != self.size:
            raise ValueError(
                f"cannot reshape an array of size {self.size} into {shape}"
            )
        if self.strides is None:
            return self.view(shape, None, 0)
        if self.strides == row_by_row(self.shape):
            return self.view(shape, row_by_row(shape), self.start)
        return ndarray(list(self.numbers), shape, self.kind)

    def ravel(self):
        return self.reshape(-1)

    @property
    def flat(self):
        return _Flat(self)

    def transpose(self, *order):
        if len(order) == 1 and not isinstance(order[0], int):
            (order,) = order
        if order in ((), None):
            order = range(self.ndim)[::-1]
        order = [whole_axis(axis, self.ndim) for axis in order]
        if sorted(order) != [*range(self.ndim)]:
            raise ValueError(f"axes do not match the array: {order}")
        steps = self.steps
        return self.view(
            tuple(self.shape[axis] for axis in order),
            tuple(steps[axis] for axis in order),
            self.start,
        )

    # -- indexing -----------------------------------------------------------

    def __getitem__(self, place):
        if isinstance(place, (ndarray, list)):
            index = _as_array(place)
            if index.kind == "b":
                return self._masked(index)
            if index.kind != "i":
                raise IndexError("an index is a whole number or a bool")
            if index.shape:
                rows = [self[k] for k in index.numbers]
                numbers = [n for row in rows for n in row.numbers]
                shape = (*index.shape, *self.shape[1:])
                return ndarray(numbers, shape, self.kind)
        return self._seen(place)

    def __setitem__(self, place, value):
        value = _as_array(value)
        if higher(self.kind, value.kind) != self.kind:
            raise TypeError(f"{value.dtype} is not kept in {self.dtype}")
        if isinstance(place, ndarray) and place.kind == "b":
            rank = place.ndim
            if place.shape != self.shape[:rank] or value.size > 1:
                raise IndexError("a mask is of the first axes, its value one")
            over_all = place.reshape(*place.shape, *[1] * (self.ndim - rank))
            value = _choose(over_all, value, self)
            place = ...
        target = self._seen(place)
        steps = zip(target.shape, target.steps, strict=True)
        if any(step == 0 and size > 1 for size, step in steps):
            raise ValueError("what is broadcast cannot be assigned to")
        numbers = value.spread(target.shape).numbers
        numbers = converted(numbers, value.kind, self.kind)
        if self is value or value.buffer is self.buffer:
            numbers = list(numbers)
        where = places(target.shape, target.steps, target.start)
        for at, number in zip(where, numbers, strict=True):
            self.buffer[at] = number

    def _masked(self, mask):
        rank = mask.ndim
        if mask.shape != self.shape[:rank]:
            raise IndexError("a mask has the shape of its array")
        rest = math.prod(self.shape[rank:])
        numbers, kept = self.numbers, []
        for k, holds in enumerate(mask.numbers):
            if holds:
                kept += numbers[k * rest : (k + 1) * rest]
        count = sum(mask.numbers)
        return ndarray(kept, (count, *self.shape[rank:]), self.kind)

    def _seen(self, place):
        """Return the view that basic indices choose."""
        given = place if isinstance(place, tuple) else (place,)
        taken = sum(one is not None and one is not ... for one in given)
        if taken > self.ndim:
            raise IndexError(f"too many indices for {self.ndim} axes")
        if sum(one is ... for one in given) > 1:
            raise IndexError("an index has one ellipsis")
        if not any(one is ... for one in given):
            given = (*given, ...)
        shape, strides, start = [], [], self.start
        axes = iter(zip(self.shape, self.steps, strict=True))
        for one in given:
            if one is None:
                shape.append(1)
                strides.append(0)
            elif one is ...:
                for _ in range(self.ndim - taken):
                    size, step = next(axes)
                    shape.append(size)
                    strides.append(step)
            elif isinstance(one, slice):
                size, step = next(axes)
                chosen = range(size)[one]
                shape.append(len(chosen))
                strides.append(step * chosen.step)
                start += step * chosen.start if chosen else 0
            else:
                size, step = next(axes)
                start += step * _inside(one, size)
        return self.view(tuple(shape), tuple(strides), start)

    # -- reductions ---------------------------------------------------------

    def _chunks(self, axis, keepdims):
        """Return what each entry of a reduction is of, and its shape."""
        axes = whole_axes(axis, self.ndim)
        rest = [k for k in range(self.ndim) if k not in axes]
        last = self
        if axes != tuple(range(len(rest), self.ndim)):
            last = self.transpose(*rest, *axes)
        count = math.prod(self.shape[k] for k in axes)
        numbers = last.numbers
        if keepdims:
            shape = tuple(
                1 if k in axes else size for k, size in enumerate(self.shape)
            )
        else:
            shape = tuple(self.shape[k] for k in rest)
        outside = math.prod(shape)
        return [
            numbers[k * count : (k + 1) * count] for k in range(outside)
        ], shape

    def sum(self, axis=None, keepdims=False):
        chunks, shape = self._chunks(axis, keepdims)
        kind = "i" if self.kind == "b" else self.kind
        zero = MAKE[kind](0)
        return ndarray([sum(one, zero) for one in chunks], shape, kind)

    def any(self, axis=None, keepdims=False):
        chunks, shape = self._chunks(axis, keepdims)
        return ndarray(list(map(any, chunks)), shape, "b")

    def all(self, axis=None, keepdims=False):
        chunks, shape = self._chunks(axis, keepdims)
        return ndarray(list(map(all, chunks)), shape, "b")

    def max(self, axis=None, keepdims=False, initial=None):
        if self.kind == "c":
            raise TypeError("complex numbers have no order here")
        chunks, shape = self._chunks(axis, keepdims)
        if initial is not None:
            first = MAKE[self.kind](initial)
            chunks = [[first, *one] for one in chunks]
        if not all(chunks):
            raise ValueError("the largest of no numbers is asked for")
        return ndarray(list(map(_largest, chunks)), shape, self.kind)

    def min(self, axis=None, keepdims=False):
        turn = operator.invert if self.kind == "b" else operator.neg
        return turn(turn(self).max(axis, keepdims))

    def argmax(self):
        numbers = self.numbers
        if not numbers:
            raise ValueError("the largest of no numbers is asked for")
        largest = _largest(numbers)
        for k, number in enumerate(numbers):
            if number == largest or number != number:
                return ndarray([k], (), "i")

    # -- arithmetic ---------------------------------------------------------

    def __neg__(self):
        if self.kind == "b":
            raise TypeError("a bool has no negative; use ~")
        return self._each(operator.neg)

    def __pos__(self):
        return self.copy()

    def __abs__(self):
        return absolute(self)

    def __invert__(self):
        if self.kind not in "bi":
            raise TypeError(f"~ is for bool and int; got {self.dtype}")
        return self._each(
            operator.not_ if self.kind == "b" else operator.invert
        )

    def _each(self, function):
        return ndarray(
            list(map(function, self.numbers)), self.shape, self.kind
        )

    def __pow__(self, exponent):
        other = operand(exponent)
        return other if other is NotImplemented else power(self, other)

    def __rpow__(self, base):
        other = operand(base)
        return other if other is NotImplemented else power(other, self)

    __hash__ = None


# -- operations between two ---------------------------------------------------


class _Flat:
    """The numbers of an array by their places, row by row."""

    def __init__(self, array):
        self.array = array
        self.places = places(array.shape, array.steps, array.start)

    def __getitem__(self, place):
        return self.array.buffer[self.places[place]]

    def __setitem__(self, place, number):
        self.array.buffer[self.places[place]] = self.array.dtype.type(number)


def _inside(place, size):
    place = operator.index(place)
    if not -size <= place < size:
        raise IndexError(f"index {place} is out of bounds for size {size}")
    return place % size


def _largest(numbers):
    """Return the largest; what is no number is larger than all."""
    total = sum(numbers)
    if total != total:
        for number in numbers:
            if number != number:
                return number
    return max(numbers)


def operand(other):
    """Return what stands beside an array as one, or NotImplemented."""
    if isinstance(other, ndarray):
        return other
    kind = kind_of_number(other)
    if kind:
        return ndarray([other], (), kind)
    if isinstance(other, (list, tuple)):
        return _as_array(other)
    return NotImplemented


def together(*arrays):
    """Return the numbers of arrays, broadcast, and their shape.

    The numbers of an array of one number repeat without an end, unless the
    shape has one number only.
    """
    shape = arrays[0].shape
    if any(array.shape != shape for array in arrays):
        shape = broadcast_shapes(*[array.shape for array in arrays])
    found = []
    for array in arrays:
        if array.shape == shape:
            found.append(array.numbers)
        elif array.size == 1:
            found.append(repeat(array.numbers[0], math.prod(shape)))
        else:
            found.append(array.spread(shape).numbers)
    return found, shape


def _promoted(left, right, least="b"):
    kind = higher(least, higher(left.kind, right.kind))
    return [_of_kind(left, kind), _of_kind(right, kind)], kind


def _of_kind(array, kind):
    if array.kind == kind:
        return array
    numbers = list(map(MAKE[kind], array.numbers))
    return ndarray(numbers, array.shape, kind)


def _finite(numbers):
    """Whether all are finite; a sum that overflows says no as well."""
    return cmath.isfinite(sum(numbers))


def added(left, right):
    """Return left + right, which for two bools is "or"."""
    pair, kind = _promoted(left, right)
    numbers, shape = together(*pair)
    plus = operator.or_ if kind == "b" else operator.add
    return ndarray(list(map(plus, *numbers)), shape, kind)


def subtracted(left, right):
    """Return left - right; two bools have no difference."""
    pair, kind = _promoted(left, right)
    if kind == "b":
        raise TypeError("bools are not subtracted; use ^")
    numbers, shape = together(*pair)
    return ndarray(list(map(operator.sub, *numbers)), shape, kind)


def multiplied(left, right):
    """Return the product entry by entry, which for two bools is "and"."""
    pair, kind = _promoted(left, right)
    numbers, shape = together(*pair)
    times = operator.and_ if kind == "b" else operator.mul
    found = list(map(times, *numbers))
    if kind == "c" and not _finite(found):
        found = list(map(complex_product, *together(*pair)[0]))
    return ndarray(found, shape, kind)


def complex_product(x, y):
    """Return x y by its four products: Python may mend what overflows."""
    return complex(
        x.real * y.real - x.imag * y.imag, x.real * y.imag + x.imag * y.real
    )


def divided(left, right):
    """Return left / right, where a division by zero gives ±inf or nan."""
    pair, kind = _promoted(left, right, "f")
    numbers, shape = together(*pair)
    try:
        found = list(map(operator.truediv, *numbers))
        if kind == "f" or _finite(found):
            return ndarray(found, shape, kind)
    except ZeroDivisionError:
        pass
    quotient = _float_quotient if kind == "f" else _complex_quotient
    found = list(map(quotient, *together(*pair)[0]))
    return ndarray(found, shape, kind)


def _float_quotient(x, y):
    if y:
        return x / y
    if x != x or not x:
        return nan
    return math.copysign(inf, x) * math.copysign(1, y)


def _complex_quotient(x, y):
    """Return x / y by Smith's method, as NumPy does."""
    if not y:
        size = abs(y)
        return complex(
            _float_quotient(x.real, size), _float_quotient(x.imag, size)
        )
    if abs(y.real) >= abs(y.imag):
        ratio = y.imag / y.real
        scale = 1.0 / (y.real + y.imag * ratio)
        return complex(
            (x.real + x.imag * ratio) * scale,
            (x.imag - x.real * ratio) * scale,
        )
    if y.imag != y.imag or y.real != y.real:
        return complex(nan, nan)
    ratio = y.real / y.imag
    scale = 1.0 / (y.imag + y.real * ratio)
    return complex(
        (x.real * ratio + x.imag) * scale, (x.imag * ratio - x.real) * scale
    )


def power(left, right):
    """Return left to the power of right, entry by entry."""
    pair, kind = _promoted(left, right)
    if not right.shape and kind in "fc" and right.kind != "c":
        exponent, base = right.item(), _of_kind(left, kind)
        if exponent == 2:
            return multiplied(base, base)
        if exponent == 1:
            return base.copy()
        if exponent == 0:
            return ndarray([MAKE[kind](1)] * base.size, base.shape, kind)
        if exponent == -1:
            return divided(ndarray([MAKE[kind](1)], (), kind), base)
        if exponent == 0.5:
            return square_root(base)
    numbers, shape = together(*pair)
    if kind in "bi":
        if any(number < 0 for number in right.numbers):
            raise ValueError("a whole number has no negative power here")
        found = [int(x) ** int(y) for x, y in zip(*numbers, strict=True)]
        kind = "i"
    else:
        raised = float_power if kind == "f" else _complex_power
        found = list(map(raised, *numbers))
    return ndarray(found, shape, kind)


def float_power(x, y):
    """Return x to the power of y: ±inf or nan where it has no value."""
    try:
        return math.pow(x, y)
    except OverflowError:
        return -inf if x < 0 and y % 2 == 1 else inf
    except ValueError:
        if x:
            return nan
        return math.copysign(inf, x) if y % 2 == 1 else inf


def _complex_power(x, y):
    if not x:
        if y.real > 0 and not y.imag:
            return 0j
        return 1 + 0j if not y else complex(nan, nan)
    try:
        return x**y
    except (OverflowError, ZeroDivisionError):
        return complex(nan, nan)


def matrix_product(left, right):
    """Return left @ right, over all axes before the last two."""
    if not left.shape or not right.shape:
        raise ValueError("@ needs arrays with axes")
    if right.ndim == 1:
        return matrix_product(left, right[:, None])[..., 0]
    if left.ndim == 1:
        return matrix_product(left[None, :], right)[..., 0, :]
    (left, right), kind = _promoted(left, right)
    rows, inner = left.shape[-2:]
    if inner != right.shape[-2]:
        raise ValueError(
            f"@ needs sizes that fit; got {left.shape} and {right.shape}"
        )
    columns = right.shape[-1]
    lead = broadcast_shapes(left.shape[:-2], right.shape[:-2])
    ones, others = left.numbers, right.numbers
    matrices = [
        [ones[k + r * inner : k + (r + 1) * inner] for r in range(rows)]
        for k in range(0, len(ones), rows * inner or 1)
    ]
    stacks = [
        [others[k + c : k + inner * columns : columns] for c in range(columns)]
        for k in range(0, len(others), inner * columns or 1)
    ]
    shape = (*lead, rows, columns)
    if not inner:
        zero = MAKE[kind](0)
        return ndarray([zero] * math.prod(shape), shape, kind)
    pairs = list(_pairs(lead, left.shape[:-2], right.shape[:-2]))
    if kind == "b":
        found = [
            any(map(operator.and_, row, column))
            for p, q in pairs
            for row in matrices[p]
            for column in stacks[q]
        ]
        return ndarray(found, shape, kind)
    found = [
        sum(map(operator.mul, row, column))
        for p, q in pairs
        for row in matrices[p]
        for column in stacks[q]
    ]
    if kind == "c" and not _finite(found):
        found = [
            reduce(operator.add, map(complex_product, row, column))
            for p, q in pairs
            for row in matrices[p]
            for column in stacks[q]
        ]
    return ndarray(found, shape, kind)


def _dot(left, right):
    """Return the product of matrices, or with a number; no more axes."""
    if left.ndim > 2 or right.ndim > 2:
        raise ValueError("dot is here for at most two axes; use @")
    product = matrix_product if left.shape and right.shape else multiplied
    return product(left, right)


dot = _dot


@lru_cache(maxsize=1024)
def _pairs(lead, left, right):
    """Return which matrix of each side meets which, in order."""
    rank = len(lead)
    walks = []
    for shape in (left, right):
        steps = (0,) * (rank - len(shape)) + tuple(
            0 if size == 1 else step
            for size, step in zip(shape, row_by_row(shape), strict=True)
        )
        walks.append(places(lead, steps, 0))
    return tuple(zip(*walks, strict=True))


def _compared(relation, ordered):
    def compared(left, right):
        pair, kind = _promoted(left, right)
        if ordered and kind == "c":
            raise TypeError("complex numbers have no order here")
        numbers, shape = together(*pair)
        return ndarray(list(map(relation, *numbers)), shape, "b")

    return compared


def _bitwise(relation):
    def bitwise(left, right):
        pair, kind = _promoted(left, right)
        if kind not in "bi":
            raise TypeError(f"bits are of bool and int; got {DTYPES[kind]}")
        numbers, shape = together(*pair)
        return ndarray(list(map(relation, *numbers)), shape, kind)

    return bitwise


def refuses(other):
    """Whether what stands beside an array wants no function of arrays."""
    return getattr(type(other), "__array_ufunc__", refuses) is None


def _operators(name, operation):
    """Give arrays an operator: before, behind and in place."""

    def forward(self, other):
        other = operand(other)
        return other if other is NotImplemented else operation(self, other)

    def backward(self, other):
        other = operand(other)
        return other if other is NotImplemented else operation(other, self)

    def in_place(self, other):
        found = forward(self, other)
        if not self.shape or found is NotImplemented:
            return found  # a number is not changed, its name gets another
        self[...] = found
        return self

    for prefix, method in (("", forward), ("r", backward), ("i", in_place)):
        setattr(ndarray, f"__{prefix}{name}__", method)


for _name, _operation in {
    "add": added,
    "sub": subtracted,
    "mul": multiplied,
    "truediv": divided,
    "matmul": matrix_product,
    "and": _bitwise(operator.and_),
    "or": _bitwise(operator.or_),
    "xor": _bitwise(operator.xor),
}.items():
    _operators(_name, _operation)


def _comparison(name, operation):
    def compare(self, other):
        other = operand(other)
        return other if other is NotImplemented else operation(self, other)

    setattr(ndarray, f"__{name}__", compare)


for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    _comparison(
        _name,
        _compared(getattr(operator, _name), ordered=_name not in ("eq", "ne")),
    )


# -- arrays from what is given ------------------------------------------------


def _as_array(given, kind=None):
    """Return an array of numbers, of arrays, or of lists of them."""
    if isinstance(given, ndarray):
        found = given
    elif isinstance(given, (list, tuple, range)):
        rows = [_as_array(row) for row in given]
        if len({row.shape for row in rows}) > 1:
            raise ValueError("the rows of an array have different shapes")
        own = reduce(higher, (row.kind for row in rows), "b")
        own = own if rows else "f"
        numbers = [
            n for row in rows for n in converted(row.numbers, row.kind, own)
        ]
        shape = (len(rows), *(rows[0].shape if rows else ()))
        found = ndarray(numbers, shape, own)
    else:
        own = kind_of_number(given)
        if not own:
            raise TypeError(f"an array holds numbers; got {given!r}")
        found = ndarray([given], (), own)
    return found if kind is None else found.astype(MAKE[kind])


as_array = _as_array


def _choose(condition, one, other):
    """Return one where a condition holds, the other elsewhere."""
    (one, other), kind = _promoted(one, other)
    numbers, shape = together(condition, one, other)
    found = [x if holds else y for holds, x, y in zip(*numbers, strict=True)]
    return ndarray(found, shape, kind)


choose = _choose


def absolute(array):
    """Return the sizes of numbers, which are float for complex ones."""
    kind = "f" if array.kind == "c" else array.kind
    try:
        numbers = list(map(MAKE["b"] if kind == "b" else abs, array.numbers))
    except OverflowError:
        numbers = [math.hypot(z.real, z.imag) for z in array.numbers]
    return ndarray(numbers, array.shape, kind)


def square_root(array):
    """Return square roots; nan for a negative float."""
    if array.kind == "c":
        numbers = list(map(cmath.sqrt, array.numbers))
        return ndarray(numbers, array.shape, "c")
    numbers = [
        math.sqrt(x) if x >= 0 else nan for x in map(float, array.numbers)
    ]
    return ndarray(numbers, array.shape, "f")


def every_index(shape):
    """Yield every index into a shape, row by row."""
    return product(*map(range, shape))
