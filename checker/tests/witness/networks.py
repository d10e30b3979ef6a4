"""Networks from forward equations: roles, sizes, random worlds."""

import itertools
import random

import mpmath

from .numbers import (
    FUNCTIONS,
    LOUD,
    WORDS,
    Dual,
    Misfit,
    NoValue,
    Size,
    Unread,
    chained,
    each,
    number,
    same,
    settled,
    table,
)
from .reading import Reading
from .tree import (
    Blocks,
    arguments,
    as_index,
    base_text,
    items_of,
    kind_of,
    linear,
    marks,
    occurrences,
    only_item,
    parse,
    repeat_letter,
    repeat_of,
    single_column,
)

GHOSTS = 4
LENGTHS = (4, 7)

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
        self.depth, self.ahead = 0, False

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
        self,
        forward,
        layout="gradient",
        order="ascending",
        elementwise=False,
        functions=(),
        shapes=(),
        symbols=(),
        held=False,
    ):
        self.held, self.far, self.named = held, False, []
        self.chain, self.order = layout == "chain", order
        self.numerator, self.rows = layout == "numerator", layout == "rows"
        # Whether a later step may be read, so that no step comes first.
        self.both_ways = False
        self.elementwise = elementwise
        self.functions = dict(functions)
        self.losses, self.symbols, self.worlds = set(), [], {}
        self.divisors, self.size_letters = set(), set()
        pairs = [pair for latex in forward for pair in _pairs(latex)]
        sides = [side for pair in pairs for side in pair]
        self.time = _time_letter(sides)
        self.first, self.length, self.past = self._find_length(sides)
        for side in sides:
            for item, _, _ in occurrences(side):
                counts = repeat_of(item) and any(
                    repeat_letter(item)[0] in _component_letters(one)
                    for one in sides
                )
                for bracket in item.above if counts else ():
                    high = linear(bracket.clauses[0].expressions[0])
                    self.size_letters |= {one for one in high or () if one}
        self._discover(sides)
        for side in sides:
            for item, _, _ in occurrences(side):
                below = getattr(item.base, "below", None)
                under = None if below is None else only_item(below)
                text = None if under is None else base_text(under.base)
                if text is not None and text.isupper():
                    # Nothing is divided by a matrix.
                    self.divisors.add((text, ()))
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
                if any(letter in _component_letters(one) for one in sides):
                    continue
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
                if text == "prod" and after is not None:
                    continue
                larger = text in ("\\max", "max") and after is not None
                if larger and len(getattr(after.base, "clauses", "")) == 2:
                    continue
                if text in LOUD:
                    raise Unread(text)
                if (
                    text in WORDS
                    or text == self.length
                    or (text == self.time and item.below is None)
                ):
                    continue
                key = self.key_of(item, text)
                if key in self.functions:
                    continue
                bracket = after is not None and (
                    kind_of(after.base) == "Bracket" and after.base.kind == "("
                )
                bracket = bracket and single_column(after.base) is None
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
            one
            if isinstance(one, str)
            else str(one[""])
            if isinstance(one, dict) and len(one) == 1
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
        greek = base[1:] in GREEK or (timed and base[1:].lower() in GREEK)
        if command and " " not in base and not greek:
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
                one
                for one in self.texts(found)
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
        cells = single_column(item.base) if item.bare else None
        if cells is not None:
            self._assign_blocks(cells, right)
            return
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

    def _assign_blocks(self, cells, right):
        """A row for several symbols: each has its block of the right side.

        The right side may be a column of functions of something.
        """
        items = items_of(right)
        column = single_column(items[0].base) if items[0].bare else None
        names = [
            WORDS.get(base_text(only_item(cell).base))
            if only_item(cell) is not None
            else None
            for cell in column or [None]
            if cell is not None
        ]
        body = right
        if names and None not in names and len(right.terms) == 1:
            require_same = len(names) == len(cells)
            if not require_same:
                raise Unread("functions for symbols")
            rest = items[1:]
            if rest and rest[0].token in ("\\cdot", "\\odot"):
                rest = rest[1:]
            first = rest[0]
            term = type(right.terms[0])(first.start, rest[-1].end, rest)
            body = type(right)(
                first.start, rest[-1].end, [""], [term], [first.start]
            )
        else:
            names = [None] * len(cells)
        for place, cell in enumerate(cells):
            row = Blocks(body, place, cells, names[place])
            self._assign(cell, row)

    def _declare(self, left, right):
        items = items_of(left)
        one = only_item(right)
        if (
            len(items) != 2
            or repeat_of(items[0]) is None
            or one is None
            or (kind_of(one.base) != "Atom" or one.base.text != "1")
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
            if place.time and place.time.get(self.time) == -1:
                self.both_ways = True
            if (
                place.time
                and place.time.get(self.time) == 1
                and (place.time[""] != 0)
            ):
                if len(place.time) > 2:
                    continue
                read = place.symbol
                read.depth = max(read.depth, -place.time[""])
                if place.time[""] > 0:
                    self.both_ways = read.ahead = True
                    if read.row is None or place.time[""] > 1:
                        raise Unread("a later step")
                if read.row is None:
                    read.lagged = True
                else:
                    read.state = True
            for one in place.components:
                if kind_of(one) == "Item":
                    self.place(one).symbol.label_of = place.symbol

    def from_its_step(self, symbol):
        """Whether a state is made of other states of the same step only."""
        if self.held or not symbol.state or symbol.row is None:
            return False
        for item, _, _ in occurrences(symbol.row):
            try:
                place = self.place(item)
            except Unread:
                continue
            if place.time is None:
                continue
            if place.time != {"": 0, self.time: 1} or (not place.symbol.state):
                return False
        return True

    # sizes: every axis has its own, until a row cannot be computed so

    def _find_sizes(self):
        count = itertools.count(1)
        fresh = (Size([name]) for name in count)
        self.sizes = {}
        for symbol in self.symbols:
            kind = self.shapes.get(symbol) or self._usual_kind(symbol)
            if symbol.definition is not None:
                continue
            if (
                symbol.row is not None
                and not symbol.state
                and (symbol not in self.shapes)
                and not isinstance(symbol.row, Blocks)
            ):
                continue
            rows = 1 if kind == "scalar" else next(fresh)
            symbol.shape = rows, next(fresh) if kind == "matrix" else 1
            if self.rows and kind in ("column", "row"):
                symbol.shape = 1, rows
        self.alias = {}
        for symbol in self.symbols:
            self._size_of(symbol, ())
        for symbol in self.symbols:
            if symbol.initial is not None:
                self._fit(symbol, symbol.initial, ())
        kept = sorted(
            {
                name
                for s in self.symbols
                if s.shape is not None
                for size in map(self._size, s.shape)
                if size != 1
                for name in size.names
                if name
            }
        )
        self.classes = {old: k for k, old in enumerate(kept)}
        for symbol in self.symbols:
            if symbol.shape is not None:
                symbol.shape = tuple(map(self._size, symbol.shape))

    def _usual_kind(self, symbol):
        if (symbol.base, symbol.name) in self.divisors:
            return "scalar"
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
        if size == 1:
            return 1
        names = []
        for name in size.names:
            known = self.alias.get(name)
            names += [name] if known is None else self._size(known).names
        return Size(names)

    def _merge(self, misfit):
        """Make the two sizes that did not fit one."""
        if len(misfit.args) != 2 or 1 in misfit.args:
            raise Unread("sizes") from None
        one, other = (list(self._size(s).names) for s in misfit.args)
        for name in list(one):
            if name in other:
                one.remove(name)
                other.remove(name)
        if len(one) > 1 and len(other) == 1:
            one, other = other, one
        if len(one) == len(other):
            pairs = [(min(p), max(p)) for p in zip(one, other, strict=True)]
        elif len(one) == 1:
            pairs = []
            self.alias[one[0]] = Size(other)
        else:
            raise Unread("sizes") from None
        for low, high in pairs:
            if low == 0:
                raise Unread("sizes") from None
            self.alias[high] = Size([low])

    def _size_of(self, symbol, waiting):
        if symbol in waiting and not symbol.state:
            raise Unread("rows need each other at one step")
        if waiting and symbol.state:
            return symbol.shape
        if symbol.row is not None and not getattr(symbol, "sized", False):
            found = self._fit(symbol, symbol.row, waiting)
            symbol.shape, symbol.sized = found.shape, True
        return symbol.shape

    def _fit(self, symbol, row, waiting):
        """The value of a row of a symbol, with sizes made one as it asks."""
        trial = Trial(self, (*waiting, symbol))
        env = {self.time: self.first, "": self.first}
        while True:
            try:
                reading = Reading(self, row, trial)
                found = settled(reading.expression(row, env, trial))
                if symbol.shape is not None and found.kind != "literal":
                    same(tuple(map(self._size, symbol.shape)), found.shape)
                return found
            except Misfit as misfit:
                self._merge(misfit)
            except NoValue:
                raise Unread("a row without a value") from None

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


class Trial:
    """Values of the shapes known so far, all entries alike."""

    exact, trial, number, length = False, True, float, LENGTHS[0]

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


class World:
    """One random network, computed symbol by symbol as it is asked."""

    trial = False

    def __init__(self, network, length, seed, exact):
        self.network, self.length, self.seed = network, length, seed
        self.exact, self.base = exact, self
        self.last = network.last(length)
        # Steps after the last, which the loss does not see.
        self.end = self.last + GHOSTS
        self.values, self.nudged = {}, {}
        order = list(range(2, 2 + len(network.classes)))
        random.Random(seed).shuffle(order)
        self.order = order
        self.weights = {}

    def size(self, size):
        if size == 1:
            return 1
        return sum(
            self.order[self.network.classes[name]] if name else 1
            for name in size.names
        )

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
        low, high = self.network.first - symbol.depth, self.end
        if symbol.ahead:
            high = self.last + 1
        if symbol.definition is not None:
            low = self.network.first - 1
        if not low <= time <= high:
            raise NoValue(f"{symbol} at {time}")

    def is_computed(self, symbol, time):
        if symbol.row is None:
            return False
        if symbol.ahead:
            return time <= self.last
        if not symbol.state or time >= self.network.first:
            return True
        if symbol.initial is not None:
            return time == self.network.first - 1
        return self.network.from_its_step(symbol)

    def _made(self, symbol, time, world):
        network = self.network
        if symbol.definition is not None:
            env = {} if time is None else {network.time: time}
            reading = Reading(network, symbol.definition, self)
            return settled(reading.expression(symbol.definition, env, world))
        if self.is_computed(symbol, time):
            return self.computed(symbol, time, world)
        return self._drawn(symbol, time)

    def computed(self, symbol, time, world):
        if symbol.initial is not None and time == self.network.first - 1:
            return self.started(symbol, world)
        env = {"": time}
        if time is not None:
            env[self.network.time] = time
        reading = Reading(self.network, symbol.row, self)
        return settled(reading.expression(symbol.row, env, world))

    def started(self, symbol, world):
        """The initial state that a row of its own gives."""
        reading = Reading(self.network, symbol.initial, self)
        start = settled(reading.expression(symbol.initial, {}, world))
        if start.kind == "literal":
            return table(self.shape(symbol), lambda i, j: start.number)
        return start

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
                x = list(argument.entries.values())[k]
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

    trial = False

    def __init__(self, base, symbol, time, copy, immediate):
        self.base, self.symbol, self.time = base, symbol, time
        self.copy, self.immediate = copy, immediate
        self.start = copy if copy is not None else time
        self.exact, self.length = base.exact, base.length
        self.last, self.end = base.last, base.end
        self.values = {}
        self.size, self.shape = base.size, base.shape
        self.network, self.label, self.loss = (
            base.network,
            base.label,
            base.loss,
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

    def owning(self):
        """A view in which the numerator is computed by its own row."""
        return Own(self)

    def own(self, symbol, time, env):
        """The value as its own row computes it here, also of a state."""
        if symbol is self.symbol and self.copy is None and time == self.time:
            return self.moved
        base = self.base.get(symbol, time, env)
        earlier = (
            symbol.timed and self.start is not None and (time < self.start)
        ) and not self.network.both_ways
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
