"""Numbers with slopes, and values made of entries."""

import itertools
import math

import mpmath

DIGITS = 50


class Unread(Exception):
    """The witness does not cover this."""


class NoValue(Exception):
    """There is nothing at this time or index."""


class Misfit(Exception):
    """Shapes that do not fit: no value anywhere, so no truth.

    ``args`` are the two sizes that should have been one, if it is that.
    """


class Size(int):
    """A size that is not known yet: a letter, or a sum of letters.

    names: which letters; 0 stands for one. Two are the same if they have
    the same letters, whatever the integer is that loops run to.
    """

    def __new__(cls, names):
        size = super().__new__(cls, sum(2 if name else 1 for name in names))
        size.names = tuple(sorted(names))
        return size

    def __eq__(self, other):
        if isinstance(other, Size):
            return self.names == other.names
        return int(self) == other

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash(self.names)


def added(sizes):
    """The sum of sizes, some of them perhaps not known yet."""
    if len(sizes) == 1:
        return sizes[0]
    if not any(isinstance(size, Size) for size in sizes):
        return sum(sizes)
    names = [
        name
        for size in sizes
        for name in (size.names if isinstance(size, Size) else (0,) * size)
    ]
    return Size(names)


class Dual:
    """A number with its slopes, one for each entry that is nudged."""

    __slots__ = ("slopes", "x")

    def __init__(self, x, slopes):
        self.x, self.slopes = x, slopes

    def __add__(self, other):
        if isinstance(other, Dual):
            pairs = zip(self.slopes, other.slopes, strict=True)
            return Dual(self.x + other.x, [a + b for a, b in pairs])
        return Dual(self.x + other, self.slopes)

    def __mul__(self, other):
        if isinstance(other, Dual):
            x, y = self.x, other.x
            pairs = zip(self.slopes, other.slopes, strict=True)
            return Dual(x * y, [a * y + b * x for a, b in pairs])
        return Dual(self.x * other, [a * other for a in self.slopes])

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -other

    def __rsub__(self, other):
        return -self + other

    def __truediv__(self, other):
        return self * inverse(other)

    def __rtruediv__(self, other):
        return inverse(self) * other


def plain(number):
    return number.x if isinstance(number, Dual) else number


def inverse(number):
    if plain(number) == 0:
        raise NoValue("a division by zero")
    return chained(number, lambda x: 1 / x, lambda x: -1 / (x * x))


def chained(number, value, slope):
    """Apply a function of one number, by the chain rule on a dual."""
    if isinstance(number, Dual):
        by = slope(number.x)
        return Dual(value(number.x), [by * a for a in number.slopes])
    return value(number)


def _of(name):
    """The function of ``math``, or of ``mpmath`` for its numbers."""

    def call(x):
        home = mpmath if isinstance(x, mpmath.mpf) else math
        try:
            value = getattr(home, name)(x)
        except (ValueError, OverflowError):
            raise NoValue(f"{name} of {x}") from None
        if isinstance(value, mpmath.mpc):
            raise NoValue(f"{name} of {x}")
        return value

    return call


_exp, _sin, _cos, _tanh = map(_of, ("exp", "sin", "cos", "tanh"))
_log, _sqrt = map(_of, ("log", "sqrt"))


def _aside(x):
    """Leave a kink alone: nothing may rest on what happens there."""
    if x == 0:
        raise Unread("a kink")
    return x > 0


def _sigma(x):
    return 1 / (1 + _exp(-x))


# name: (value, slope)
FUNCTIONS = {
    "tanh": (_tanh, lambda x: 1 - _tanh(x) ** 2),
    "sigma": (_sigma, lambda x: _sigma(x) * (1 - _sigma(x))),
    "exp": (_exp, _exp),
    "log": (_log, lambda x: 1 / x),
    "sin": (_sin, _cos),
    "cos": (_cos, lambda x: -_sin(x)),
    "sqrt": (_sqrt, lambda x: 1 / (2 * _sqrt(x))),
    "relu": (lambda x: max(x, 0 * x), lambda x: 1 if _aside(x) else 0),
    "abs": (abs, lambda x: 1 if _aside(x) else -1),
}
WORDS = {
    **{"\\" + name: name for name in FUNCTIONS},
    **{name: name for name in ("tanh", "softmax", "diag", "exp", "log")},
    "sigmoid": "sigma",
    **{name: "relu" for name in ("ReLU", "relu", "Relu", "RELU")},
    "abs": "abs",
}
LOUD = {"\\cdots", "\\dots", "\\ldots", "\\max", "\\min", "\\oplus"}


class Value:
    """Entries (i, j) of rows × columns; (i, j, p, q) for a derivative.

    ``by`` is the shape of what a derivative is by, ``names`` what it is of
    and by. ``kind`` is "literal" for a number that is written out and
    "identity" for a multiple of I of any size, each held at (0, 0).
    """

    def __init__(self, shape, entries, by=None, names=None, kind=""):
        self.shape, self.entries, self.by = shape, entries, by
        self.names, self.kind = names or (None, None), kind

    @property
    def scalar(self):
        return (
            self.by is None
            and self.shape == (1, 1)
            and (self.kind != "identity")
        )

    @property
    def number(self):
        return self.entries[0, 0]

    @property
    def column(self):
        return self.by is None and self.shape[1] == 1 and not self.scalar


def number(x, kind=""):
    return Value((1, 1), {(0, 0): x}, kind=kind)


def table(shape, entry):
    """A value whose entries a function of (i, j) gives."""
    places = itertools.product(range(shape[0]), range(shape[1]))
    return Value(shape, {(i, j): entry(i, j) for i, j in places})


def each(value, function):
    """The value with a function applied to every entry."""
    changed = {place: function(x) for place, x in value.entries.items()}
    return Value(value.shape, changed, value.by, value.names, value.kind)


def settled(value):
    """A derivative as a scalar, column or matrix where it is one."""
    if value.by is None:
        return value
    (rows, columns), (down, across) = value.shape, value.by
    if rows == columns == 1:
        return table(value.by, lambda p, q: value.entries[0, 0, p, q])
    if down == across == 1:
        return table(value.shape, lambda i, j: value.entries[i, j, 0, 0])
    if rows == down == 1:
        # Where vectors are rows.
        return table((columns, across), lambda i, p: value.entries[0, i, 0, p])
    if columns == across == 1:
        return table((rows, down), lambda i, p: value.entries[i, 0, p, 0])
    return value


def require(fits):
    if not fits:
        raise Misfit


def same(left, right):
    """Demand that sizes are equal, one by one."""
    for one, other in zip(left, right, strict=True):
        if one != other:
            raise Misfit(one, other)


def as_matrix(value, size):
    """A multiple of I written out."""
    if value.kind != "identity":
        return value
    x = value.number
    return table((size, size), lambda i, j: x if i == j else 0)


def add(left, right):
    if (
        left.by is None
        or right.by is None
        or ((left.shape, left.by) != (right.shape, right.by))
    ):
        left, right = settled(left), settled(right)
        require(left.by is None and right.by is None)
    if left.kind == right.kind and left.kind:
        return number(left.number + right.number, left.kind)
    if "identity" in (left.kind, right.kind):
        shape = right.shape if left.kind == "identity" else left.shape
        same(shape[:1], shape[1:])
        left, right = (as_matrix(v, shape[0]) for v in (left, right))
    for one, other in ((left, right), (right, left)):
        if one.kind == "literal" and other.shape[1] == 1:
            return Value(
                other.shape,
                {k: x + one.number for k, x in other.entries.items()},
            )
    if one.kind == "literal" or other.kind == "literal":
        raise Unread("a number is added to a matrix")
    same(left.shape, right.shape)
    joined = {k: x + right.entries[k] for k, x in left.entries.items()}
    return Value(left.shape, joined, left.by, left.names)


def stacked(rows):
    """Blocks in rows as one value; a written 0 has the size of its place."""
    rows = [[settled(cell) for cell in row] for row in rows]
    for cell in (cell for row in rows for cell in row):
        if cell.by is not None:
            raise Unread("what is stacked")
        if cell.kind == "literal" and cell.number != 0 and len(rows[0]) > 1:
            raise Unread("a number in a matrix")
    heights = [_common(row, 0) for row in rows]
    widths = [_common(column, 1) for column in zip(*rows, strict=True)]
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            if cell.kind == "identity":
                heights[r] = widths[c] = max(heights[r], widths[c])
    found, down = {}, 0
    for row, height in zip(rows, heights, strict=True):
        right = 0
        for cell, width in zip(row, widths, strict=True):
            for i, j in itertools.product(range(height), range(width)):
                entry = cell.number if cell.kind else cell.entries[i, j]
                if cell.kind == "identity" and i != j:
                    entry = 0
                found[down + i, right + j] = entry
            right += int(width)
        down += int(height)
    return Value((added(heights), added(widths)), found)


def _common(cells, axis):
    sizes = [cell.shape[axis] for cell in cells if not cell.kind]
    for size in sizes[1:]:
        same(sizes[:1], (size,))
    return sizes[0] if sizes else 1


def joined_by_commas(cells, rows_are_vectors):
    """Columns one above the other, rows side by side, matrices as well."""
    flat = all(settled(cell).shape[0] == 1 for cell in cells)
    narrow = all(settled(cell).shape[1] == 1 for cell in cells)
    upright = narrow and not (flat and rows_are_vectors)
    return stacked([[cell] for cell in cells] if upright else [cells])


def block(value, number, sizes):
    """Block ``number`` of a column that consists of blocks."""
    same(value.shape, (added(sizes), 1))
    start = sum(int(size) for size in sizes[:number])
    return table((sizes[number], 1), lambda i, j: value.entries[start + i, 0])


def squares(value, matrix):
    """The sum of the squares of all entries."""
    value = settled(value)
    require(value.by is None and value.kind != "identity")
    require(matrix or 1 in value.shape)
    total = 0
    for x in value.entries.values():
        total = total + x * x
    return number(total)


def multiply(left, right, chain, elementwise):
    """The product of two neighbours."""
    for one, other in ((left, right), (right, left)):
        if one.scalar or one.kind == "identity":
            x, kind = one.number, other.kind
            if one.kind == "identity" and other.scalar:
                kind = "identity"
            elif one.kind != "literal" and kind == "literal":
                kind = ""
            scaled = each(other, lambda y, x=x: x * y)
            return Value(
                scaled.shape, scaled.entries, other.by, other.names, kind
            )
    if left.by is not None and right.by is not None and chain:
        if left.names[1] is not None and left.names[1] == right.names[0]:
            return contract(left, right)
        left = settled(left)
    left = settled(left)
    if left.by is not None:
        raise Unread("a derivative of a vector by a matrix in a product")
    if right.by is not None:
        wide = settled(right).by is not None
        if chain and left.shape == right.shape and right.shape[0] > 1:
            return acted(swapped(left), right)
        if wide or (chain and right.shape[1] == 1 < right.shape[0]):
            same(left.shape[1:], right.shape[:1])
            return acted(left, right)
        right = settled(right)
    if left.scalar or right.scalar:
        return multiply(left, right, chain, elementwise)
    if elementwise and left.column and right.column:
        return hadamard(left, right)
    same(left.shape[1:], right.shape[:1])
    inner = range(left.shape[1])
    return table(
        (left.shape[0], right.shape[1]),
        lambda i, j: sum(
            left.entries[i, k] * right.entries[k, j] for k in inner
        ),
    )


def contract(left, right):
    """Sum over what the left one is by, which the right one is of."""
    found = {}
    for (i, j, p, q), x in left.entries.items():
        for (r, s, u, v), y in right.entries.items():
            if (p, q) == (r, s):
                found[i, j, u, v] = found.get((i, j, u, v), 0) + x * y
    names = left.names[0], right.names[1]
    return Value(left.shape, found, right.by, names)


def acted(matrix, derivative):
    """A matrix, or a row, on the numerator of a derivative."""
    found = {}
    for (i, k), x in matrix.entries.items():
        for (r, j, p, q), y in derivative.entries.items():
            if k == r:
                found[i, j, p, q] = found.get((i, j, p, q), 0) + x * y
    shape = matrix.shape[0], derivative.shape[1]
    return Value(shape, found, derivative.by, (None, derivative.names[1]))


def swapped(value):
    """The transpose."""
    if value.kind:
        return value
    value = settled(value)
    if value.by is not None:
        raise Unread("the transpose of a derivative by a matrix")
    rows, columns = value.shape
    return table((columns, rows), lambda i, j: value.entries[j, i])


def hadamard(left, right):
    left, right = settled(left), settled(right)
    if "literal" in (left.kind, right.kind):
        return multiply(left, right, False, False)
    for one, other in ((left, right), (right, left)):
        if one.kind == "identity" and other.column:
            return each(other, lambda x, by=one.number: x * by)
    require(left.by is right.by is None)
    if left.column != right.column and left.shape[0] == right.shape[0] > 1:
        raise Unread("a column ⊙ a matrix")
    same(left.shape, right.shape)
    return table(
        left.shape, lambda i, j: left.entries[i, j] * right.entries[i, j]
    )


def outer(left, right):
    left, right = settled(left), settled(right)
    require(left.column and right.column)
    return multiply(left, swapped(right), False, False)


def divide(above, below):
    above, below = settled(above), settled(below)
    if below.scalar:
        kind = above.kind if above.kind == below.kind else ""
        if above.kind == "identity":
            kind = "identity"
        found = each(above, lambda x: x * inverse(below.number))
        return Value(found.shape, found.entries, found.by, kind=kind)
    flipped = each(below, inverse)
    if above.kind == "literal":
        require(below.column)
        return each(flipped, lambda x: x * above.number)
    require(above.column and below.column)
    return hadamard(above, flipped)


def raised(value, exponent):
    """Entry by entry for scalars and columns, repeated for matrices."""
    value = settled(value)
    if exponent != int(exponent):
        raise Unread("a broken exponent")
    exponent = int(exponent)
    if value.scalar or value.column or value.kind == "identity":
        base = value if exponent >= 0 else each(value, inverse)
        return each(base, lambda x: _whole_power(x, abs(exponent)))
    require(value.by is None)
    same(value.shape[:1], value.shape[1:])
    if exponent < 0:
        raise NoValue("a negative power of a matrix")
    result = as_matrix(number(1, "identity"), value.shape[0])
    for _ in range(exponent):
        result = multiply(result, value, False, False)
    return result


def _whole_power(x, exponent):
    result = 1
    for _ in range(exponent):
        result = result * x
    return result


def apply(name, value, primes=0):
    """A named function of one value."""
    value = settled(value)
    require(value.by is None and value.kind != "identity")
    if name in ("softmax", "diag"):
        require(value.column and not primes)
        rows = value.shape[0]
        if name == "diag":
            return table(
                (rows, rows), lambda i, j: value.entries[i, 0] if i == j else 0
            )
        top = max(plain(x) for x in value.entries.values())
        powers = each(value, lambda x: chained(x - top, *FUNCTIONS["exp"]))
        whole = inverse(sum(powers.entries.values()))
        return each(powers, lambda x: x * whole)
    by = FUNCTIONS[name]
    if primes:
        return each(value, lambda x: by[1](_no_slopes(x)))
    return each(value, lambda x: chained(x, *by))


def _no_slopes(x):
    if isinstance(x, Dual):
        raise Unread("a slope inside a derivative")
    return x
