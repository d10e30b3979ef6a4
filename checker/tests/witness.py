"""A second judge: is a claim true on small networks of plain numbers?

``judge`` reads the same LaTeX as ``derivations.check`` and answers ``True``,
``False`` or ``"unread"``. It exists so that a mistake of the checker is seen:
the tests let both judge the same lines, and a disagreement fails.

How it differs. Only the parser is shared, from LaTeX to a tree. The checker
turns the tree into a meaning, unifies shapes, evaluates arrays of twenty
networks with component indices and nudges as axes, takes every derivative by
the complex step on ``numpy`` arrays, and compares norms in double precision.
Here the tree itself is interpreted, one entry at a time: a component index is
a loop over integers, a matrix product is a sum over three loops, a network is
a function that asks for the value of a symbol at a time when it is needed (so
there is no order of rows to find), a derivative is a dual number with one
slope for each entry of what it is by, and where double precision leaves a
doubt the same loops run on numbers of fifty digits (``mpmath``). Roles, sizes
and random values are found and drawn anew. Nothing of ``meaning``,
``values``, ``networks`` or ``judging`` is imported. A shared mistake would
have to be made twice in different words, or sit in the parser.

What it takes from the written rules (the package's docstring and README, not
its code): ∂ is total; ∂⁺ holds every other recurrent state still; W^{(k)} is
the copy of W that step k uses; ∂scalar/∂X has the shape of X, ∂column/∂column
is a Jacobian; in the layout "chain" a derivative contracts with the next one
when what it is by is what that one is of; networks run on past T, where the
loss does not look; an empty sum or product has its upper bound one below its
lower, and beyond that there is no value; indices are compared where both
sides have a value. What it does not read is "unread", never guessed.
"""

import itertools
import math
import random
import re
from functools import lru_cache

import mpmath

from derivations.errors import EquationError
from derivations.latex.tree import parse

GHOSTS = 4
LENGTHS = (4, 7)
DIGITS = 50


class Unread(Exception):
    """The witness does not cover this."""


class NoValue(Exception):
    """There is nothing at this time or index."""


class Misfit(Exception):
    """Shapes that do not fit: no value anywhere, so no truth.

    ``args`` are the two sizes that should have been one, if it is that.
    """


# -- numbers ------------------------------------------------------------


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
}
WORDS = {
    **{"\\" + name: name for name in FUNCTIONS},
    **{name: name for name in ("tanh", "softmax", "diag", "exp", "log")},
    "sigmoid": "sigma",
}
LOUD = {"\\cdots", "\\dots", "\\ldots", "\\max", "\\min", "\\oplus"}


# -- values -------------------------------------------------------------


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
        return self.by is None and self.shape == (1, 1) and (
            self.kind != "identity"
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
    if left.by is None or right.by is None or (
        (left.shape, left.by) != (right.shape, right.by)
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
            return Value(scaled.shape, scaled.entries, other.by,
                         other.names, kind)
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
                (rows, rows),
                lambda i, j: value.entries[i, 0] if i == j else 0,
            )
        top = max(plain(x) for x in value.entries.values())
        powers = each(
            value, lambda x: chained(x - top, *FUNCTIONS["exp"])
        )
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


# -- the tree: the one place that knows its nodes ------------------------


def kind_of(node):
    return type(node).__name__


def flat(item):
    """Unwrap braces around one item: {h_t}^2 is h_t^2."""
    while kind_of(item.base) == "Bracket" and item.base.kind == "{":
        inner = only_item(item.base)
        if inner is None or (inner.below and item.below):
            break
        item = type(item)(
            item.start, item.end, inner.base, inner.below or item.below,
            inner.above + item.above, inner.primes + item.primes,
        )
    return item


def only_item(node):
    """The one item that a bracket or an expression holds, or None."""
    if kind_of(node) == "Bracket":
        clauses = node.clauses
        if len(clauses) != 1 or clauses[0].relations:
            return None
        node = clauses[0].expressions[0]
    items = items_of(node)
    fits = len(node.terms) == 1 and not node.signs[0] and len(items) == 1
    return items[0] if fits else None


def items_of(expression):
    """The items of an expression's first term, without extra braces."""
    return [flat(item) for item in expression.terms[0].items]


def base_text(node):
    """The LaTeX of a letter, command, word or accented letter, or None."""
    if kind_of(node) == "Atom" and node.kind in ("letter", "command", "word"):
        return node.text
    if kind_of(node) == "Accent":
        inner = only_item(node.base)
        if inner is not None and inner.bare:
            text = base_text(inner.base)
            return None if text is None else f"{node.mark} {text}"
    return None


def operator_of(item):
    is_one = kind_of(item.base) == "Atom" and item.base.kind == "operator"
    return item.base.text if is_one else None


def repeat_of(item):
    """("\\sum" or "\\prod", the arrow over it) of a repetition, or None."""
    base, arrow = item.base, None
    if kind_of(base) == "Accent" and only_item(base.base) is not None:
        base, arrow = only_item(base.base).base, base.mark
    if kind_of(base) == "Atom" and base.text in ("\\sum", "\\prod"):
        return base.text, arrow
    return None


def linear(expression):
    """t - 1 as {"t": 1, "": -1}, or None if it is nothing of the kind."""
    found = {"": 0}
    for sign, term in zip(expression.signs, expression.terms, strict=True):
        factor, letter = (-1 if sign == "-" else 1), ""
        for item in map(flat, term.items):
            base, below = item.base, item.below
            if kind_of(base) != "Atom" or item.above or item.primes:
                return None
            if base.kind == "number" and below is None and "." not in base.text:
                factor *= int(base.text)
            elif base.kind in ("letter", "command") and not letter:
                letter = base.text
                if below is not None:
                    letter += f"_{plain_text(below)}"
            else:
                return None
        found[letter] = found.get(letter, 0) + factor
    return found


def plain_text(clauses):
    """The letters of a subscript that is only a name."""
    item = only_item(clauses[0].expressions[0]) if len(clauses) == 1 else None
    if item is None or not item.bare or kind_of(item.base) != "Atom":
        raise Unread("a subscript of a length")
    return item.base.text


def arguments(clauses, time):
    """Subscripts one by one: {jk}, {j,k} and {t-1,k} alike.

    Each is a letter or a word (str), an index such as t - 1 (dict), or an
    item with scripts of its own. Three letters or more, one of them the
    time, are a word: b_{out}.
    """
    found = []
    for clause in clauses or ():
        if clause.relations:
            raise Unread("a relation in a subscript")
        expression = clause.expressions[0]
        inner = only_item(expression)
        if inner is not None and not inner.bare:
            found.append(inner)
            continue
        side_by_side = len(expression.terms) == 1 and not expression.signs[0]
        items = items_of(expression) if side_by_side else []
        if len(items) == 1 and kind_of(items[0].base) == "Bracket":
            found += arguments(items[0].base.clauses, time)
            continue
        texts = [base_text(item.base) for item in items if item.bare]
        if items and len(texts) == len(items) and None not in texts:
            word = len(texts) > 2 and time in texts
            found += ["".join(texts)] if word else texts
            continue
        index = linear(expression)
        if index is None:
            raise Unread("a subscript")
        found.append(index)
    return found


def as_index(argument):
    """A letter or an index expression as an index expression."""
    if isinstance(argument, str):
        return {"": 0, argument: 1}
    return argument if isinstance(argument, dict) else None


def marks(above):
    """Superscripts, with {(t)^{\\top}} split in two."""
    found = []
    for bracket in above:
        inner = only_item(bracket)
        if inner is not None and kind_of(inner.base) == "Bracket" and (
            inner.base.kind == "(" and inner.above
        ):
            found += [("(", inner.base), *marks(inner.above)]
        elif inner is not None and kind_of(inner.base) == "Bracket" and (
            inner.base.kind == "(" and inner.bare
        ):
            found.append(("(", inner.base))
        else:
            found.append(("^", bracket))
    return found


def token(bracket):
    """The one token that a superscript is, such as \\top, or None."""
    item = only_item(bracket)
    fits = item is not None and item.bare and kind_of(item.base) == "Atom"
    return item.base.text if fits else None


def occurrences(node, bound=frozenset(), after=None):
    """Yield (item, letters bound around it, the item after it).

    Scripts are not entered: they are read with the item that has them.
    """
    name = kind_of(node)
    if name == "Term":
        items = [flat(item) for item in node.items]
        for item, following in itertools.zip_longest(items, items[1:]):
            yield from occurrences(item, bound, following)
            if repeat_of(item):
                bound = bound | {repeat_letter(item)[0]}
    elif name == "Expression":
        carried = frozenset()
        for term in node.terms:
            yield from occurrences(term, bound | carried)
            last, carried = flat(term.items[-1]), frozenset()
            if repeat_of(last):
                carried = frozenset({repeat_letter(last)[0]})
    elif name == "Item":
        yield node, bound, after
        if not repeat_of(node):
            yield from occurrences(node.base, bound)
    elif name == "Cases":
        for body, conditions in node.rows:
            yield from occurrences(body, bound)
            for clause in conditions:
                yield from occurrences(clause, bound)
    elif name != "Atom":
        for part in node.parts():
            yield from occurrences(part, bound)


def repeat_letter(item):
    """(letter, relation, the other side) below a sum or product."""
    if item.below is None or len(item.below) != 1:
        raise Unread("a sum without an index")
    clause = item.below[0]
    first = only_item(clause.expressions[0])
    letter = base_text(first.base) if first is not None else None
    if letter is None or not first.bare or len(clause.relations) > 1:
        raise Unread("what a sum runs over")
    if not clause.relations:
        return letter, None, None
    if clause.relations[0] not in ("=", "\\neq"):
        raise Unread("a sum by conditions")
    return letter, clause.relations[0], clause.expressions[1]


# -- networks -----------------------------------------------------------

GREEK = set(
    "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi rho "
    "sigma tau phi varphi chi psi omega ell".split()
)


class Symbol:
    """A base, the subscripts of its name, and where its time stands."""

    def __init__(self, base, name, timed):
        self.base, self.name, self.timed = base, name, timed
        self.row = self.initial = self.definition = None
        self.state = self.lagged = self.distribution = False
        self.label_of = self.shape = None

    def __repr__(self):
        return f"{self.base}_{self.name}"


class Place:
    """What an item of a symbol says: which, when, which component."""

    def __init__(self, symbol, time, components, marks, copy=None):
        self.symbol, self.time, self.components = symbol, time, components
        self.marks, self.copy = marks, copy


class Network:
    """Forward equations, read for the symbols that they use."""

    def __init__(
        self, forward, layout="gradient", order="ascending",
        elementwise=False, functions=(), shapes=(), symbols=(),
    ):
        self.chain, self.order = layout == "chain", order
        self.elementwise = elementwise
        self.functions = dict(functions)
        self.losses, self.symbols, self.worlds = set(), [], {}
        pairs = [pair for latex in forward for pair in _pairs(latex)]
        sides = [side for pair in pairs for side in pair]
        self.time = _time_letter(sides)
        self.first, self.length, self.past = self._find_length(sides)
        self._discover(sides)
        for left, right in pairs:
            self._assign(left, right)
        for latex, meaning in symbols:
            self._define(latex, meaning)
        self.shapes = {}
        for latex, kind in dict(shapes).items():
            item = only_item(parse(latex)[0].sides[0])
            self.shapes[self.place(item).symbol] = kind
        for symbol in self.symbols:
            if symbol.row is not None:
                self._lags(symbol)
        self._find_sizes()

    # what the rows say about time

    def _find_length(self, sides):
        for side in sides:
            for item, _, _ in occurrences(side):
                if not repeat_of(item) or not item.above:
                    continue
                letter, relation, low = repeat_letter(item)
                if letter != self.time or relation != "=":
                    # Sources sum L_j over j where rows have t.
                    if relation != "=" or letter in _component_letters(side):
                        continue
                low = linear(low)
                high = linear(item.above[0].clauses[0].expressions[0])
                letters = [name for name in high or () if name]
                if low is None or set(low) != {""} or len(letters) != 1:
                    raise Unread("the number of steps")
                return low[""], letters[0], high[""]
        return 1, "T", 0

    def last(self, length):
        return length + self.past

    # which symbols there are

    def _discover(self, sides):
        found, bare, called = [], set(), {}
        for side in sides:
            for item, bound, after in occurrences(side):
                text = base_text(item.base)
                if text is None or repeat_of(item) or text in bound:
                    continue
                if text in LOUD:
                    raise Unread(text)
                if text in WORDS or text == self.length or (
                    text == self.time and item.below is None
                ):
                    continue
                key = self.key_of(item, text)
                if key in self.functions:
                    continue
                bracket = after is not None and (
                    kind_of(after.base) == "Bracket" and after.base.kind == "("
                )
                if bracket and len(after.base.clauses) > 1:
                    self.losses.add(key)
                    continue
                if not item.below and not item.above:
                    if bracket:
                        called[text] = after
                    else:
                        bare.add(text)
                found.append((item, bound, text))
        if set(called) - bare:
            raise Unread("a function or a factor?")
        for item, bound, text in found:
            self._add_timed(item, bound, text)
        for item, bound, text in found:
            self._add_rest(item, bound, text)
        places = {(s.base, s.name, s.timed) for s in self.symbols}
        for base, name, timed in places:
            if timed == "above" and (base, name, "below") in places:
                raise Unread("time in two places")

    def key_of(self, item, text):
        """g_1 for a function with a subscript."""
        try:
            names = self.texts(arguments(item.below, self.time))
        except Unread:
            return None
        return "_".join([text, *names]) if None not in names else None

    @staticmethod
    def texts(found):
        return [
            one if isinstance(one, str)
            else str(one[""]) if isinstance(one, dict) and len(one) == 1
            else None
            for one in found
        ]

    def _mentions_time(self, argument):
        index = as_index(argument)
        return index is not None and self.time in index

    def _new(self, base, name, timed):
        for symbol in self.symbols:
            if (symbol.base, symbol.name, symbol.timed) == (base, name, timed):
                return symbol
        command = base.split()[0].startswith("\\")
        if command and " " not in base and base[1:] not in GREEK:
            raise Unread(base)
        if len(base) > 1 and not command:
            raise Unread(base)
        symbol = Symbol(base, name, timed)
        self.symbols.append(symbol)
        return symbol

    def _add_timed(self, item, bound, text):
        found = arguments(item.below, self.time)
        at = [k for k, one in enumerate(found) if self._mentions_time(one)]
        above = [b for kind, b in marks(item.above) if kind == "("]
        for one in found:
            if kind_of(one) == "Item":
                # A class label, as in ŷ_{y_t}.
                self._add_timed(one, bound, base_text(one.base))
        if at:
            name = tuple(self.texts(found[: at[0]]))
            self._new(text, name, "below")
        elif above:
            names = [
                one for one in self.texts(found)
                if one is not None and one not in bound
            ]
            self._new(text, tuple(names), "above")

    def _add_rest(self, item, bound, text):
        try:
            place = self.place(item)
            loose = set(self.texts(place.components)) - bound - {None}
        except Unread:
            loose = True
        if loose:
            found = self.texts(arguments(item.below, self.time))
            names = [one for one in found if one not in bound]
            above = [b for kind, b in marks(item.above) if kind == "("]
            if None in names or item.primes or above:
                raise Unread("a symbol that is not clear")
            self._new(text, tuple(names), None)

    def place(self, item):
        """Return the ``Place`` that an item names; ``Unread`` if none."""
        text = base_text(item.base)
        if text is None or item.primes:
            raise Unread("not a symbol")
        found = arguments(item.below, self.time)
        names, scripts = self.texts(found), marks(item.above)
        above = [bracket for kind, bracket in scripts if kind == "("]
        rest = [bracket for kind, bracket in scripts if kind == "^"]
        above = [linear(b.clauses[0].expressions[0]) for b in above]
        if None in above or len(above) > 1:
            raise Unread("what stands above")
        candidates = [s for s in self.symbols if s.base == text]
        candidates.sort(key=lambda s: (-len(s.name), s.timed is None))
        for symbol in candidates:
            size = len(symbol.name)
            if tuple(names[:size]) != symbol.name:
                continue
            left = found[size:]
            if symbol.timed == "below":
                time = as_index(left[0]) if left else None
                if time is not None and not above:
                    return Place(symbol, time, left[1:], rest)
            elif symbol.timed == "above" and above:
                return Place(symbol, above[0], left, rest)
            elif symbol.timed is None:
                copy = above[0] if above else None
                if not above or symbol.row is None:
                    return Place(symbol, None, left, rest, copy)
        raise Unread(f"{text} is not a symbol")

    # what each row assigns

    def _assign(self, left, right):
        item = only_item(left)
        if item is None:
            self._declare(left, right)
            return
        if len(parse_arguments(item)):
            raise Unread("more than a symbol on the left")
        place = self.place(item)
        if place.marks or place.copy or place.components:
            raise Unread("scripts on the left")
        symbol = place.symbol
        if place.time is not None and set(place.time) == {""}:
            if place.time[""] != self.first - 1:
                raise Unread("a row for one step")
            symbol.initial = right
        elif symbol.row is not None:
            raise Unread("two rows for one symbol")
        elif place.time is not None and place.time != {"": 0, self.time: 1}:
            raise Unread("the time on the left")
        else:
            symbol.row = right

    def _declare(self, left, right):
        items = items_of(left)
        one = only_item(right)
        if len(items) != 2 or repeat_of(items[0]) is None or one is None or (
            kind_of(one.base) != "Atom" or one.base.text != "1"
        ):
            raise Unread("a row")
        self.place(items[1]).symbol.distribution = True

    def _define(self, latex, meaning):
        item = only_item(parse(latex)[0].sides[0])
        found = arguments(item.below, self.time)
        if not found or not self._mentions_time(found[-1]):
            raise Unread("a defined symbol without a time")
        symbol = self._new(
            base_text(item.base), tuple(self.texts(found[:-1])), "below"
        )
        symbol.definition = parse(meaning)[0].sides[0]

    def _lags(self, symbol):
        for item, _, _ in occurrences(symbol.row):
            try:
                place = self.place(item)
            except Unread:
                continue
            if place.time and place.time.get(self.time) == 1 and (
                place.time[""] < 0
            ):
                if len(place.time) > 2:
                    continue
                read = place.symbol
                if read.row is None:
                    read.lagged = True
                else:
                    read.state = True
            for one in place.components:
                if kind_of(one) == "Item":
                    self.place(one).symbol.label_of = place.symbol

    def from_its_step(self, symbol):
        """Whether a state is made of other states of the same step only."""
        if not symbol.state or symbol.row is None:
            return False
        for item, _, _ in occurrences(symbol.row):
            try:
                place = self.place(item)
            except Unread:
                continue
            if place.time is None:
                continue
            if place.time != {"": 0, self.time: 1} or (
                not place.symbol.state
            ):
                return False
        return True

    # sizes: every axis has its own, until a row cannot be computed so

    def _find_sizes(self):
        self.sizes, fresh = {}, itertools.count(2)
        for symbol in self.symbols:
            kind = self.shapes.get(symbol) or self._usual_kind(symbol)
            if symbol.definition is not None:
                continue
            if symbol.row is not None and not symbol.state and (
                symbol not in self.shapes
            ):
                continue
            rows = 1 if kind == "scalar" else next(fresh)
            symbol.shape = rows, next(fresh) if kind == "matrix" else 1
        self.alias = {}
        for symbol in self.symbols:
            self._size_of(symbol, ())
        kept = sorted({
            self._size(size)
            for s in self.symbols
            if s.shape is not None
            for size in s.shape
        } - {1})
        self.classes = {old: k for k, old in enumerate(kept)}
        for symbol in self.symbols:
            if symbol.shape is not None:
                symbol.shape = tuple(map(self._size, symbol.shape))

    def _usual_kind(self, symbol):
        first = symbol.base.split()[-1]
        if symbol.label_of is not None:
            return "scalar"
        if symbol.timed is not None:
            return "column"
        if first.startswith("\\") and first != "\\ell":
            if first[1].isupper():
                raise Unread("a capital Greek letter")
            return "scalar"
        return "matrix" if first.isupper() else "column"

    def _size(self, size):
        while size in self.alias:
            size = self.alias[size]
        return size

    def _merge(self, misfit):
        """Make the two sizes that did not fit one."""
        if len(misfit.args) != 2 or 1 in misfit.args:
            raise Unread("sizes") from None
        one, other = sorted(map(self._size, misfit.args))
        self.alias[other] = one

    def _size_of(self, symbol, waiting):
        if symbol in waiting and not symbol.state:
            raise Unread("rows need each other at one step")
        if waiting and symbol.state:
            return symbol.shape
        if symbol.row is not None and not getattr(symbol, "sized", False):
            trial = Trial(self, (*waiting, symbol))
            env = {self.time: self.first, "": self.first}
            while True:
                try:
                    reading = Reading(self, symbol.row, trial)
                    found = settled(reading.expression(symbol.row, env, trial))
                    if symbol.shape is not None:
                        same(tuple(map(self._size, symbol.shape)), found.shape)
                    break
                except Misfit as misfit:
                    self._merge(misfit)
                except NoValue:
                    raise Unread("a row without a value") from None
            symbol.shape, symbol.sized = found.shape, True
        return symbol.shape

    def world(self, length, seed, exact=False):
        key = length, seed, exact
        if key not in self.worlds:
            self.worlds[key] = World(self, length, seed, exact)
        return self.worlds[key]


def _pairs(latex):
    """(left, right) of every forward row in a display."""
    for row in parse(latex):
        if row.relations != ["="] or len(row.sides) != 2:
            raise Unread("a forward row is symbol = expression")
        yield row.sides


def parse_arguments(item):
    """Primes on a symbol, as a list, to be empty."""
    return ["'"] * item.primes


def _time_letter(sides):
    """The letter x of which x - 1 is a subscript or stands above."""
    for side in sides:
        for item, _, _ in occurrences(side):
            if repeat_of(item) or base_text(item.base) is None:
                continue
            found = arguments(item.below, None)
            found += [
                linear(bracket.clauses[0].expressions[0])
                for kind, bracket in marks(item.above)
                if kind == "("
            ]
            for one in found:
                if isinstance(one, dict) and one.get("") == -1:
                    for letter, factor in one.items():
                        if letter and factor == 1 and len(one) == 2:
                            return letter
    return "t"


def _component_letters(side):
    """Letters that a sum without bounds runs over."""
    found = set()
    for item, _, _ in occurrences(side):
        if repeat_of(item) and not item.above:
            found.add(repeat_letter(item)[0])
    return found


# -- worlds -------------------------------------------------------------


class Trial:
    """Values of the shapes known so far, all entries alike."""

    exact = False

    def __init__(self, network, waiting):
        self.network, self.waiting = network, waiting
        self.base, self.last = self, network.last(LENGTHS[0])

    def size(self, size):
        return self.network._size(size)

    def shape(self, symbol):
        shape = self.network._size_of(symbol, self.waiting)
        return tuple(map(self.size, shape))

    def get(self, symbol, time, env):
        return table(self.shape(symbol), lambda i, j: 0.5)

    def label(self, symbol, time):
        return 1

    length = LENGTHS[0]


class World:
    """One random network, computed symbol by symbol as it is asked."""

    def __init__(self, network, length, seed, exact):
        self.network, self.length, self.seed = network, length, seed
        self.exact, self.base = exact, self
        self.last = network.last(length)
        self.values, self.nudged = {}, {}
        order = list(range(2, 2 + len(network.classes)))
        random.Random(seed).shuffle(order)
        self.order = order
        self.weights = {}

    def size(self, size):
        return 1 if size == 1 else self.order[self.network.classes[size]]

    def shape(self, symbol):
        if symbol.definition is not None:
            return self.get(symbol, self.network.first, {}).shape
        return tuple(map(self.size, symbol.shape))

    def number(self, x):
        return mpmath.mpf(x) if self.exact else float(x)

    def draw(self, *key):
        return random.Random(f"{self.seed} {self.length} {key}")

    def get(self, symbol, time, env):
        if symbol.timed is not None:
            self.check(symbol, time)
        key = symbol, time
        if key not in self.values:
            self.values[key] = self._made(symbol, time, self)
        return self.values[key]

    def check(self, symbol, time):
        early = symbol.state or (symbol.lagged and symbol.row is None)
        low = self.network.first - early
        if symbol.definition is not None:
            low = self.network.first - 1
        if not low <= time <= self.last + GHOSTS:
            raise NoValue(f"{symbol} at {time}")

    def is_computed(self, symbol, time):
        if symbol.row is None:
            return False
        if not symbol.state or time >= self.network.first:
            return True
        return symbol.initial is None and self.network.from_its_step(symbol)

    def _made(self, symbol, time, world):
        network = self.network
        if symbol.definition is not None:
            env = {} if time is None else {network.time: time}
            reading = Reading(network, symbol.definition, self)
            return settled(reading.expression(symbol.definition, env, world))
        if self.is_computed(symbol, time):
            return self.computed(symbol, time, world)
        if symbol.initial is not None and time == network.first - 1:
            reading = Reading(network, symbol.initial, self)
            start = settled(reading.expression(symbol.initial, {}, self))
            if start.kind == "literal":
                return table(self.shape(symbol), lambda i, j: start.number)
            return start
        return self._drawn(symbol, time)

    def computed(self, symbol, time, world):
        env = {"": time}
        if time is not None:
            env[self.network.time] = time
        reading = Reading(self.network, symbol.row, self)
        return settled(reading.expression(symbol.row, env, world))

    def _drawn(self, symbol, time):
        rng = self.draw(repr(symbol), symbol.timed, time)
        if symbol.distribution:
            shares = table(
                self.shape(symbol),
                lambda i, j: self.number(rng.uniform(0.2, 1.0)),
            )
            whole = sum(shares.entries.values())
            return each(shares, lambda x: x / whole)
        return table(
            self.shape(symbol),
            lambda i, j: self.number(
                rng.choice((-1, 1)) * rng.uniform(0.15, 0.9)
            ),
        )

    def label(self, symbol, time):
        rows = self.shape(symbol.label_of)[0]
        return self.draw("label", repr(symbol), time).randint(1, rows)

    def loss(self, name, arguments):
        """A smooth loss with weights of its own in every network."""
        rng = self.draw("loss", name)
        size = max(len(a.entries) for a in arguments)
        weights = [
            [self.number(rng.uniform(0.3, 1.2)) for _ in range(4)]
            for _ in arguments
        ]
        total = 0
        for k in range(size):
            inner = cross = 1
            for weight, argument in zip(weights, arguments, strict=True):
                x = argument.entries[k, 0]
                inner = inner + x * weight[0]
                cross = cross * (x * weight[1] + weight[2])
                total = total + x * x * weight[3]
            total = total + cross + chained(inner, *FUNCTIONS["sin"])
        return number(total)

    def nudge(self, symbol, time, copy, immediate):
        key = symbol, time, copy, immediate
        if key not in self.nudged:
            self.nudged[key] = Nudged(self, *key)
        return self.nudged[key]


class Nudged:
    """The same network with one node moved, entry by entry."""

    def __init__(self, base, symbol, time, copy, immediate):
        self.base, self.symbol, self.time = base, symbol, time
        self.copy, self.immediate = copy, immediate
        self.start = copy if copy is not None else time
        self.exact, self.length, self.last = base.exact, base.length, base.last
        self.values = {}
        self.size, self.shape = base.size, base.shape
        self.network, self.label, self.loss = (
            base.network, base.label, base.loss
        )
        self.number = base.number
        plain_value = base.get(symbol, time, {})
        rows, columns = plain_value.shape
        count = rows * columns
        self.moved = table(
            plain_value.shape,
            lambda i, j: Dual(
                plain_value.entries[i, j],
                [int(k == i * columns + j) for k in range(count)],
            ),
        )

    def get(self, symbol, time, env):
        if symbol is self.symbol:
            if self.copy is not None:
                here = env.get("") == self.copy
                return self.moved if here else self.base.get(symbol, time, env)
            if time == self.time:
                return self.moved
        if self.immediate and symbol.state:
            return self.base.get(symbol, time, env)
        return self.own(symbol, time, env)

    def own(self, symbol, time, env):
        """The value as its own row computes it here, also of a state."""
        if symbol is self.symbol and self.copy is None and time == self.time:
            return self.moved
        base = self.base.get(symbol, time, env)
        earlier = symbol.timed and self.start is not None and (
            time < self.start
        )
        if symbol.definition is not None:
            raise Unread("a second derivative")
        if earlier or not self.base.is_computed(symbol, time):
            return base
        key = symbol, time
        if key not in self.values:
            self.values[key] = self.base.computed(symbol, time, self)
        return self.values[key]


class Own:
    """A nudged network in which the numerator is computed by its row."""

    def __init__(self, nudged):
        self.nudged = nudged

    def __getattr__(self, name):
        return getattr(self.nudged, name)

    def get(self, symbol, time, env):
        return self.nudged.own(symbol, time, env)


# -- reading a tree with numbers in hand --------------------------------


class Reading:
    """What the letters of one tree count, and the value of its parts."""

    def __init__(self, network, tree, world):
        self.network = network
        self.kinds, self.free = {}, []
        self._world = world
        for item, bound, _ in occurrences(tree):
            self._letters_of(item, bound)
        for letter, found in self.kinds.items():
            if found and None in found and len(found) > 1:
                raise Unread(f"{letter} counts steps and components")

    def _letters_of(self, item, bound):
        network = self.network
        if repeat_of(item):
            for bracket in item.above:
                self._counts(linear(bracket.clauses[0].expressions[0]), bound)
            letter, relation, other = repeat_letter(item)
            if relation is not None:
                self._counts(linear(other), bound)
            return
        if self._is_nabla(item):
            for part, _, _ in occurrences(item.below[0]):
                self._letters_of(part, bound)
            return
        place = self.lookup(item)
        if place is None:
            self._plain_letters(item, bound)
        else:
            for index in (place.time, place.copy):
                self._counts(index, bound, True)
            for axis, one in enumerate(place.components):
                if isinstance(one, str):
                    self._note(one, (place.symbol, axis), bound)
                elif kind_of(one) == "Item":
                    self._letters_of(one, bound)
        exponents = place.marks if place is not None else [
            b for kind, b in marks(item.above) if kind == "^"
        ]
        for bracket in exponents:
            expression = bracket.clauses[0].expressions[0]
            index = linear(expression)
            if token(bracket) in ("\\top", "+") or index is None:
                continue
            self._counts(index, bound)

    def _plain_letters(self, item, bound):
        text = base_text(item.base)
        if text is not None and item.bare and text not in WORDS:
            self._counts({text: 1}, bound)
        elif item.below and (
            text == "\\delta" or kind_of(item.base) == "Atom"
            or kind_of(item.base) == "Bracket"
        ):
            for clause in item.below:
                if clause.relations:
                    for side in clause.expressions:
                        for one, _, _ in occurrences(side):
                            self._letters_of(one, bound)
                    continue
                for one in arguments([clause], self.network.time):
                    if isinstance(one, str):
                        self._counts({one: 1}, bound)

    def _counts(self, index, bound, time=False):
        for letter in index or ():
            if letter and letter != self.network.length:
                known = self.kinds.setdefault(letter, set())
                if time:
                    known.add(None)
                self._free(letter, bound)

    def _note(self, letter, axis, bound):
        self.kinds.setdefault(letter, set()).add(axis)
        self._free(letter, bound)

    def _free(self, letter, bound):
        if letter not in bound and letter not in self.free:
            self.free.append(letter)

    def is_time(self, letter):
        kinds = self.kinds.get(letter, set())
        return None in kinds or (not kinds and letter == self.network.time)

    def range(self, letter, world):
        """All values of a component letter, counted from 1."""
        sizes = []
        for symbol, axis in self.kinds.get(letter, ()):
            shape = world.shape(symbol)
            if shape[0] == 1 and axis == 0:
                raise Misfit
            sizes.append(shape[axis])
        if not sizes:
            raise Unread(f"what {letter} counts")
        for size in sizes:
            same((sizes[0],), (size,))
        return range(1, sizes[0] + 1)

    # helpers

    def lookup(self, item):
        text = base_text(item.base)
        if text is None or text in WORDS or text in LOUD:
            return None
        try:
            return self.network.place(item)
        except Unread:
            return None

    def count(self, index, env):
        """The value of an index expression."""
        total = index.get("", 0)
        for letter, factor in index.items():
            if not letter:
                continue
            if letter in env:
                total += factor * env[letter]
            elif letter == self.network.length:
                total += factor * self._world.length
            else:
                raise Unread(f"{letter} is no index here")
        return total

    def counted(self, expression, env):
        """An index, or the class that a label names."""
        index = linear(expression)
        if index is not None:
            return self.count(index, env)
        item = only_item(expression)
        place = self.lookup(item) if item is not None else None
        if place is None or place.symbol.label_of is None:
            raise Unread("what is compared")
        return self._world.base.label(
            place.symbol, self.count(place.time, env)
        )

    def holds(self, clauses, env):
        for clause in clauses:
            values = [self.counted(e, env) for e in clause.expressions]
            if not clause.relations:
                raise Unread("a condition")
            for relation, one, other in zip(
                clause.relations, values[:-1], values[1:], strict=True
            ):
                if not {
                    "=": one == other, "\\neq": one != other,
                    "<": one < other, ">": one > other,
                    "\\leq": one <= other, "\\geq": one >= other,
                }[relation]:
                    return False
        return True

    # sums of terms, and products

    def expression(self, node, env, world):
        total, signs, terms = None, list(node.signs), list(node.terms)
        while terms:
            sign = signs.pop(0)
            items = [flat(item) for item in terms.pop(0).items]
            if repeat_of(items[-1]) and terms:
                # \sum - x: the sign belongs to the body.
                inner = signs.pop(0)
                rest = [flat(item) for item in terms.pop(0).items]
                items, minus = [*items, *rest], inner == "-"
                value = self.term(items, env, world)
                sign = "-" if minus != (sign == "-") else "+"
            else:
                value = self.term(items, env, world)
            if sign == "-":
                value = each(value, lambda x: -x)
            total = value if total is None else add(total, value)
        return total

    def term(self, items, env, world):
        groups, joints = [[]], []
        for at, item in enumerate(items):
            operator = operator_of(item)
            if repeat_of(item):
                groups[-1] += items[at:]
                break
            if operator in ("\\odot", "\\otimes"):
                joints.append(operator)
                groups.append([])
            elif operator in ("\\cdot", "*"):
                continue
            elif operator is not None:
                raise Unread(operator)
            else:
                groups[-1].append(item)
        values = [self.product(group, env, world) for group in groups]
        result = values[0]
        for joint, value in zip(joints, values[1:], strict=True):
            join = hadamard if joint == "\\odot" else outer
            result = join(result, value)
        return result

    def times(self, left, right):
        return multiply(
            left, right, self.network.chain, self.network.elementwise
        )

    def product(self, items, env, world):
        if not items:
            raise Unread("nothing to multiply")
        result = None
        while items:
            value, items = self.first_of(items, env, world)
            result = value if result is None else self.times(result, value)
        return result

    def first_of(self, items, env, world):
        """The value of the first factor, and the items after it."""
        item, rest = items[0], items[1:]
        if repeat_of(item):
            return self.repeat(item, rest, env, world), []
        if self._is_nabla(item):
            if not rest or item.above:
                raise Unread("∇")
            below = self._single(item.below[0].expressions[0])
            return self.derivative(rest[:1], below, False, env, world), rest[1:]
        text = base_text(item.base)
        key = None if text is None else self.network.key_of(
            _without_scripts(item), text
        )
        bracket = rest and kind_of(rest[0].base) == "Bracket" and (
            rest[0].base.kind == "("
        )
        if key in self.network.losses and bracket:
            values = [
                settled(self.expression(_alone(c), env, world))
                for c in rest[0].base.clauses
            ]
            if not rest[0].bare or item.above:
                raise Unread("scripts of a loss")
            if any(v.by or v.shape[1] != 1 or v.kind for v in values):
                raise Unread("what a loss is of")
            for value in values[1:]:
                same(values[0].shape, value.shape)
            if isinstance(world, Trial):
                return number(0.5), rest[1:]
            return world.base.loss(key, values), rest[1:]
        function = self.network.functions.get(key) or (
            WORDS.get(text) if item.below is None else None
        )
        if function is not None:
            return self.call(function, item, rest, env, world)
        if bracket and item.bare and len(rest[0].base.clauses) > 1:
            raise Unread("a function")
        if bracket and item.bare and text is not None and not (
            kind_of(item.base) == "Atom" and item.base.text == text
            and text == self.network.time
        ):
            index = linear(_alone(rest[0].base.clauses[0]))
            if index and self.network.time in index:
                raise Unread("a function of time, or a factor?")
        return self.factor(item, env, world), rest

    def _single(self, expression):
        item = only_item(expression)
        if item is None:
            raise Unread("a derivative by more than a symbol")
        return item

    def _is_nabla(self, item):
        base = item.base
        return kind_of(base) == "Atom" and base.text == "\\nabla" and (
            bool(item.below)
        )

    def call(self, function, item, rest, env, world):
        if not rest:
            raise Unread("a function of nothing")
        power = 1
        for bracket in item.above:
            power = self.exponent(bracket, env, world)
            if power < 1:
                raise Unread("an inverse function?")
        base, after = rest[0].base, rest[1:]
        if kind_of(base) == "Bracket" and base.kind in "({[":
            if base.kind == "[" and function == "sqrt":
                raise Unread("the degree of a root")
            if rest[0].below or rest[0].primes:
                raise Unread("scripts of a function's bracket")
            inner = self.expression(_only(base), env, world)
            value = apply(function, inner, item.primes)
            value = self.marked(value, rest[0].above, env, world)
        elif repeat_of(rest[0]):
            inner = self.repeat(rest[0], after, env, world)
            value, after = apply(function, inner, item.primes), []
        elif after:
            raise Unread("where does the function's argument end?")
        else:
            inner = self.factor(rest[0], env, world)
            value = apply(function, inner, item.primes)
        return (value if power == 1 else raised(value, power)), after

    # one factor

    def factor(self, item, env, world):
        base, name = item.base, kind_of(item.base)
        if item.primes:
            raise Unread("a prime")
        if name == "Bracket" and base.kind in "({[":
            value = self.expression(_only(base), env, world)
            if item.below:
                value = self.picked(
                    value, arguments(item.below, self.network.time), env
                )
            return self.marked(value, item.above, env, world)
        if name == "Fraction":
            return self.marked(
                self.fraction(base, env, world), item.above, env, world
            )
        if name == "Cases":
            for body, conditions in base.rows:
                if not conditions:
                    raise Unread("otherwise")
                if self.holds(conditions, env):
                    return self.expression(body, env, world)
            raise NoValue("no case")
        if name == "Atom" and base.kind == "number":
            if item.below:
                return self.indicator(item, env)
            x = world.number(base.text) if hasattr(world, "number") else (
                float(base.text)
            )
            return self.marked(number(x, "literal"), item.above, env, world)
        place = self.lookup(item)
        if place is not None:
            return self.symbol(place, env, world)
        text = base_text(base)
        if text == "I" and not item.below:
            return self.marked(
                number(1, "identity"), item.above, env, world
            )
        if text == "\\delta" and item.below and not item.above and not any(
            s.base == text for s in self.network.symbols
        ):
            pair = arguments(item.below, self.network.time)
            if len(pair) == 2:
                one, other = (self.count(as_index(a), env) for a in pair)
                return number(int(one == other))
        if text is not None and item.below is None:
            return self.marked(
                number(self.count({text: 1}, env)), item.above, env, world
            )
        raise Unread("a symbol that is not known")

    def symbol(self, place, env, world):
        symbol = place.symbol
        if place.copy is not None:
            raise Unread("the copy of a parameter as a value")
        if symbol.label_of is not None:
            raise Unread("a label as a value")
        time = None
        if place.time is not None:
            time = self.count(place.time, env)
        value = world.get(symbol, time, env)
        if place.components:
            if place.marks and any(token(b) == "\\top" for b in place.marks):
                raise Unread("⊤ on a component")
            value = self.picked(value, place.components, env)
        return self.marked(value, place.marks, env, world)

    def picked(self, value, components, env):
        """The entry that subscripts name."""
        value = settled(value)
        if value.kind or value.by is not None:
            raise Unread("a component")
        wanted = 1 if value.shape[1] == 1 else 2
        require(value.shape != (1, 1) and len(components) == wanted)
        at = []
        for one in components:
            if kind_of(one) == "Item":
                place = self.lookup(one)
                if place is None or place.symbol.label_of is None:
                    raise Unread("a subscript")
                time = self.count(place.time, env)
                at.append(self._world.base.label(place.symbol, time) - 1)
            else:
                at.append(self.count(as_index(one), env) - 1)
        place = (*at, 0)[:2]
        if place not in value.entries:
            raise NoValue("no such component")
        return number(value.entries[place])

    def indicator(self, item, env):
        if item.base.text != "1" or item.above:
            raise Unread("an indicator")
        if not all(clause.relations for clause in item.below):
            raise Unread("an indicator without a relation")
        return number(int(self.holds(item.below, env)))

    def exponent(self, bracket, env, world):
        expression = bracket.clauses[0].expressions[0]
        index = linear(expression)
        if index is not None:
            return self.count(index, env)
        value = settled(self.expression(_only(bracket), env, world))
        if not value.scalar:
            raise Unread("an exponent")
        return plain(value.number)

    def marked(self, value, above, env, world):
        """Transposes and powers, one after the other."""
        for bracket in above:
            text = token(bracket)
            if text == "\\top":
                value = swapped(value)
                continue
            letter_T = text == "T"
            if letter_T and not value.scalar and not isinstance(world, Trial):
                whole = settled(value)
                square = whole.shape[0] == whole.shape[1]
                if whole.kind or whole.by is not None or square:
                    raise Unread("is T the length or a transpose?")
                value = swapped(whole)
                continue
            if kind_of(only_item(bracket)) == "Item" and (
                operator_of(only_item(bracket)) or text in ("+", "-", "*")
            ):
                raise Unread("a superscript")
            value = raised(value, self.exponent(bracket, env, world))
        return value

    # fractions, sums and products

    def fraction(self, node, env, world):
        above, below = _only(node.above), _only(node.below)
        first, under = items_of(above), items_of(below)
        marked = [_is_d(items[0], self.network) for items in (first, under)]
        if not any(marked):
            return divide(
                self.expression(above, env, world),
                self.expression(below, env, world),
            )
        if not all(marked) or len(above.terms) > 1 or above.signs[0]:
            raise Unread("a derivative")
        if len(below.terms) > 1 or below.signs[0] or len(under) != 2:
            raise Unread("a derivative by more than a symbol")
        if under[0].above or under[0].below:
            raise Unread("scripts of ∂")
        immediate = False
        for bracket in first[0].above:
            if token(bracket) != "+":
                raise Unread("scripts of ∂")
            immediate = True
        if len(first) == 1:
            raise Unread("a derivative of nothing")
        return self.derivative(first[1:], under[1], immediate, env, world)

    def derivative(self, numerator, below, immediate, env, world):
        if isinstance(world, Trial) or world is not world.base:
            raise Unread("a second derivative")
        place = self.lookup(below)
        if place is None or place.marks or place.symbol.definition or (
            place.symbol.label_of is not None
        ):
            raise Unread("what a derivative is by")
        time = place.time and self.count(place.time, env)
        copy = place.copy and self.count(place.copy, env)
        if copy is not None and not (
            self.network.first <= copy <= world.last + GHOSTS
        ):
            raise NoValue("no such copy")
        nudged = world.nudge(place.symbol, time, copy, immediate)
        alone = self.lookup(numerator[0]) if len(numerator) == 1 else None
        view = Own(nudged) if immediate and alone is not None else nudged
        value = settled(self.product(list(numerator), env, view))
        if value.kind or value.by is not None:
            raise Unread("what a derivative is of")
        rows, columns = nudged.moved.shape
        by, picks = (rows, columns), None
        if place.components:
            ranks = table((rows, columns), lambda i, j: i * columns + j)
            picks = self.picked(ranks, place.components, env).number
            by = 1, 1
        found = {}
        for (i, j), x in value.entries.items():
            for p, q in itertools.product(range(by[0]), range(by[1])):
                at = p * columns + q if picks is None else picks
                slope = x.slopes[at] if isinstance(x, Dual) else 0
                found[i, j, p, q] = slope
        return Value(value.shape, found, by, (
            self._name(alone, env), self._name(place, env)
        ))

    def _name(self, place, env):
        if place is None or place.marks:
            return None
        time = place.time and self.count(place.time, env)
        copy = place.copy and self.count(place.copy, env)
        picks = tuple(
            self.count(as_index(one), env)
            for one in place.components
            if kind_of(one) != "Item"
        )
        return place.symbol, time, copy, picks

    def repeat(self, item, body, env, world):
        """A sum or product; its body is the rest of the term."""
        sign, arrow = repeat_of(item)
        if not body:
            raise Unread("a sum of nothing")
        letter, relation, other = repeat_letter(item)
        if item.primes or len(item.above) > 1:
            raise Unread("scripts of a sum")
        if relation == "=" and item.above:
            low, high = linear(other), linear(_only(item.above[0]))
            if low is None or high is None:
                raise Unread("the bounds of a sum")
            low, high = self.count(low, env), self.count(high, env)
            if not self.is_time(letter):
                whole = self.range(letter, world)
                if (low, high) != (whole[0], whole[-1]):
                    raise Unread("a sum over some components")
            elif high < low - 1:
                raise NoValue("bounds the wrong way round")
            elif high > world.last and high >= low:
                raise NoValue("a sum past the last step")
            steps = range(low, high + 1)
        elif item.above:
            raise Unread("the bounds of a sum")
        else:
            steps = self.range(letter, world) if not self.is_time(letter) else (
                range(self.network.first, world.last + 1)
            )
        if relation == "\\neq":
            other = linear(other)
            if other is None or self.is_time(letter):
                raise Unread("what a sum leaves out")
            steps = [k for k in steps if k != self.count(other, env)]
        values = [
            self.term(body, {**env, letter: k}, world) for k in steps
        ]
        if sign == "\\sum":
            total = number(0, "zero")
            for value in values:
                total = value if total.kind == "zero" else add(total, value)
            return self._empty_sum(letter, body, env, world) if (
                total.kind == "zero"
            ) else total
        if {"\\rightarrow": "ascending", "\\leftarrow": "descending",
            "\\overrightarrow": "ascending", "\\overleftarrow": "descending",
            }.get(arrow, self.network.order) == "descending":
            values.reverse()
        result = number(1, "identity")
        for value in values:
            one, other = result.names[1], value.names[0]
            if self.network.chain and one and other and one != other:
                raise Unread("the order of a product of derivatives")
            if value.scalar and result.kind == "identity":
                result = value
            elif value.column and not self.network.elementwise:
                result = hadamard(result, value)
            else:
                result = self.times(result, value)
        return result

    def _empty_sum(self, letter, body, env, world):
        """Zero, in the shape that the body has at some step."""
        for k in range(self.network.first, world.last + 1):
            try:
                value = settled(self.term(body, {**env, letter: k}, world))
            except NoValue:
                continue
            return each(value, lambda x: 0)
        raise NoValue("an empty sum without a shape")


def _only(bracket):
    if len(bracket.clauses) != 1:
        raise Unread("several expressions in a bracket")
    return _alone(bracket.clauses[0])


def _alone(clause):
    if clause.relations:
        raise Unread("a relation in a bracket")
    return clause.expressions[0]


def _without_scripts(item):
    """The item without what stands above it."""
    return type(item)(item.start, item.end, item.base, item.below)


def _is_d(item, network):
    base = item.base
    if kind_of(base) != "Atom":
        return False
    plain_d = base.text == "d" and item.bare and not any(
        s.base == "d" for s in network.symbols
    )
    return base.text == "\\partial" or plain_d


# -- the verdict --------------------------------------------------------

TYPESET_OTHERWISE = re.compile(
    r"[\^_]\s*\d\d|\d(?:\\[,;:! ]|\s|~)+\d|\\sqrt\s*\["
)
FALSE_FROM, TRUE_UNTIL = 1e-3, 1e-11
TINY, ROUNDING = mpmath.mpf(10) ** -35, mpmath.mpf(10) ** -45


def judge(latex, forward, **options):
    """Return True, False or "unread" for a claim about a network.

    forward: its equations; options: layout, order, elementwise, functions
    (name to function), shapes, symbols (what defined symbols stand for).
    """
    return verdict(latex, forward, **options)[0]


def verdict(latex, forward, **options):
    """Return what ``judge`` does, and why: a point and the two sides."""
    held = {
        name: tuple(sorted(value.items())) if isinstance(value, dict) else value
        for name, value in options.items()
    }
    try:
        network = network_of(tuple(forward), tuple(sorted(held.items())))
        if TYPESET_OTHERWISE.search(latex):
            raise Unread("typeset otherwise than it looks")
        return _judged(network, latex)
    except (Unread, EquationError, RecursionError) as error:
        return "unread", repr(error)


@lru_cache(maxsize=64)
def network_of(forward, options):
    try:
        return Network(forward, **dict(options))
    except Misfit as misfit:
        raise Unread(f"a row that does not fit: {misfit}") from None


def _judged(network, latex):
    equations = []
    for row in parse(latex):
        if set(row.relations) - {"="}:
            raise Unread("a relation")
        if row.continues and equations:
            equations[-1] += row.sides
        elif row.continues or len(row.sides) < 2:
            raise Unread("no equation")
        else:
            equations.append(list(row.sides))
    numbers = [int(n) for n in re.findall(r"(?<![\d.])\d+(?![\d.])", latex)]
    longer = [n + 2 for n in numbers if 5 <= n <= 12]
    points = 0
    for sides in equations:
        seen = 0
        for length in (*LENGTHS, *longer[:1]):
            world = network.world(length, 1)
            for point in _points(network, sides, world):
                answer, why = _compare_at(network, sides, world, point)
                if answer is False:
                    return False, f"T = {length}, {point}: {why}"
                seen += answer is True
        if not seen:
            raise Unread("no index at which both sides have a value")
        points += seen
    return True, f"{points} points"


def _whole(sides):
    """The sides as one tree, so that a letter means one thing in all."""

    class Sides:
        def parts(self):
            return sides

    return Sides()


def _points(network, sides, world):
    reading = Reading(network, _whole(sides), world)
    ranges, letters = [], [
        letter for letter in reading.free
        if reading.is_time(letter) or reading.kinds.get(letter)
    ]
    for letter in letters:
        if reading.is_time(letter):
            ranges.append(range(network.first - 1, world.last + 1))
        else:
            try:
                ranges.append(reading.range(letter, world))
            except Misfit:
                ranges.append([1])
    for point in itertools.product(*ranges):
        yield dict(zip(letters, point, strict=True))


def _compare_at(network, sides, world, point):
    """(True, False or None where there is no value, and why)."""
    reading = Reading(network, _whole(sides), world)
    values = []
    try:
        for letter in reading.free:
            if not reading.is_time(letter) and reading.kinds.get(letter):
                reading.range(letter, world)
        for side in sides:
            values.append(settled(reading.expression(side, point, world)))
        results = [_close(values[0], value, world) for value in values[1:]]
    except Misfit as misfit:
        return False, f"shapes {misfit.args}"
    except NoValue:
        return None, ""
    if False in results:
        other = values[1 + results.index(False)]
        return False, f"{_shown(values[0])} against {_shown(other)}"
    if None in results:
        exact = network.world(world.length, 1, exact=True)
        with mpmath.workdps(DIGITS):
            return _compare_at(network, sides, exact, point)
    return True, ""


def _shown(value):
    return [float(mpmath.nstr(plain(x), 8)) for x in value.entries.values()]


def _close(left, right, world):
    """True, False, or None where double precision leaves a doubt."""
    for one, other in ((left, right), (right, left)):
        if one.kind == "identity" and other.kind != "identity":
            same(other.shape[:1], other.shape[1:])
            require(other.shape[0] > 1)
            one = as_matrix(one, other.shape[0])
            return _close(one, other, world)
        if one.kind == "literal" and not other.scalar and not other.kind:
            if one.number != 0:
                raise Unread("a number for a column")
            one = each(other, lambda x: 0)
            return _close(one, other, world)
    if (left.by is None) != (right.by is None):
        raise Misfit
    same(left.shape, right.shape)
    if left.by is not None:
        same(left.by, right.by)
    pairs = [
        (plain(x), plain(right.entries[k])) for k, x in left.entries.items()
    ]
    scale = max(max(abs(a), abs(b)) for a, b in pairs)
    apart = max(abs(a - b) for a, b in pairs)
    if apart == 0:
        return True
    if world.exact:
        return bool(apart <= TINY * scale or apart <= ROUNDING)
    if apart != apart or scale == math.inf:
        raise NoValue("not finite")
    if apart > FALSE_FROM * scale and scale > 1e-9:
        return False
    return True if apart <= TRUE_UNTIL * scale else None
