"""The value of a tree, entry by entry, with integers for its indices."""

import itertools

from .numbers import (
    LOUD,
    WORDS,
    Dual,
    Misfit,
    NoValue,
    Unread,
    Value,
    add,
    apply,
    divide,
    each,
    hadamard,
    multiply,
    number,
    outer,
    plain,
    raised,
    require,
    same,
    settled,
    swapped,
    table,
)
from .tree import (
    arguments,
    as_index,
    base_text,
    flat,
    items_of,
    kind_of,
    linear,
    marks,
    occurrences,
    only_item,
    operator_of,
    repeat_letter,
    repeat_of,
    token,
)


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
        if repeat_of(item):
            for bracket in item.above:
                self._counts(linear(bracket.clauses[0].expressions[0]), bound)
            _, relation, other = repeat_letter(item)
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
        exponents = (
            place.marks
            if place is not None
            else [b for kind, b in marks(item.above) if kind == "^"]
        )
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
            text == "\\delta"
            or kind_of(item.base) == "Atom"
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
                    "=": one == other,
                    "\\neq": one != other,
                    "<": one < other,
                    ">": one > other,
                    "\\leq": one <= other,
                    "\\geq": one >= other,
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
            value = self.derivative(rest[:1], below, False, env, world)
            return value, rest[1:]
        text = base_text(item.base)
        key = (
            None
            if text is None
            else self.network.key_of(_without_scripts(item), text)
        )
        bracket = (
            rest
            and kind_of(rest[0].base) == "Bracket"
            and (rest[0].base.kind == "(")
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
            if world.trial:
                return number(0.5), rest[1:]
            return world.base.loss(key, values), rest[1:]
        function = self.network.functions.get(key) or (
            WORDS.get(text) if item.below is None else None
        )
        if function is not None:
            return self.call(function, item, rest, env, world)
        if bracket and item.bare and len(rest[0].base.clauses) > 1:
            raise Unread("a function")
        if (
            bracket
            and item.bare
            and text is not None
            and not (
                kind_of(item.base) == "Atom"
                and item.base.text == text
                and text == self.network.time
            )
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
        return (
            kind_of(base) == "Atom"
            and base.text == "\\nabla"
            and (bool(item.below))
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
            x = world.number(base.text)
            return self.marked(number(x, "literal"), item.above, env, world)
        place = self.lookup(item)
        if place is not None:
            return self.symbol(place, env, world)
        text = base_text(base)
        if text == "I" and not item.below:
            return self.marked(number(1, "identity"), item.above, env, world)
        if (
            text == "\\delta"
            and item.below
            and not item.above
            and not any(s.base == text for s in self.network.symbols)
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
            steps = self.count(index, env)
            letters = [x for x in index if x and x != self.network.length]
            if len(letters) > 1 and steps < 0:
                raise NoValue("a power of a negative number of steps")
            return steps
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
            if letter_T and not value.scalar and not world.trial:
                whole = settled(value)
                square = whole.shape[0] == whole.shape[1]
                if whole.kind or whole.by is not None or square:
                    raise Unread("is T the length or a transpose?")
                value = swapped(whole)
                continue
            if text in ("+", "-", "*", "\\odot", "\\otimes", "\\cdot"):
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
        if world.trial or world is not world.base:
            raise Unread("a second derivative")
        place = self.lookup(below)
        if (
            place is None
            or place.marks
            or place.symbol.definition
            or (place.symbol.label_of is not None)
        ):
            raise Unread("what a derivative is by")
        time = place.time and self.count(place.time, env)
        copy = place.copy and self.count(place.copy, env)
        if copy is not None and not (self.network.first <= copy <= world.end):
            raise NoValue("no such copy")
        nudged = world.nudge(place.symbol, time, copy, immediate)
        alone = self.lookup(numerator[0]) if len(numerator) == 1 else None
        own = immediate and alone is not None
        view = nudged.owning() if own else nudged
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
        return Value(
            value.shape,
            found,
            by,
            (self._name(alone, env), self._name(place, env)),
        )

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
            steps = range(self.network.first, world.last + 1)
            if not self.is_time(letter):
                steps = self.range(letter, world)
        if relation == "\\neq":
            other = linear(other)
            if other is None or self.is_time(letter):
                raise Unread("what a sum leaves out")
            steps = [k for k in steps if k != self.count(other, env)]
        values = [self.term(body, {**env, letter: k}, world) for k in steps]
        if sign == "\\sum":
            total = number(0, "zero")
            for value in values:
                total = value if total.kind == "zero" else add(total, value)
            return (
                self._empty_sum(letter, body, env, world)
                if (total.kind == "zero")
                else total
            )
        if {
            "\\rightarrow": "ascending",
            "\\leftarrow": "descending",
            "\\overrightarrow": "ascending",
            "\\overleftarrow": "descending",
        }.get(arrow, self.network.order) == "descending":
            values.reverse()
        result = number(1, "identity")
        if not values:
            result = self._empty_product(letter, body, env, world)
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
        return each(self._at_some_step(letter, body, env, world), lambda x: 0)

    def _empty_product(self, letter, body, env, world):
        """One, ones or I, as the body is a number, a column or a matrix."""
        value = self._at_some_step(letter, body, env, world)
        ones = value.scalar or (value.column and not self.network.elementwise)
        return each(value, lambda x: 1) if ones else number(1, "identity")

    def _at_some_step(self, letter, body, env, world):
        for k in range(self.network.first, world.last + 1):
            try:
                return settled(self.term(body, {**env, letter: k}, world))
            except NoValue:
                continue
        raise NoValue("a sum or product without a shape")


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
    plain_d = (
        base.text == "d"
        and item.bare
        and not any(s.base == "d" for s in network.symbols)
    )
    return base.text == "\\partial" or plain_d
