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
    block,
    contract,
    divide,
    each,
    hadamard,
    joined_by_commas,
    multiply,
    number,
    outer,
    plain,
    raised,
    require,
    same,
    settled,
    squares,
    stacked,
    swapped,
    table,
)
from .tree import (
    arguments,
    as_index,
    base_text,
    cells_of,
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
    single_column,
    token,
)


class Reading:
    """What the letters of one tree count, and the value of its parts."""

    def __init__(self, network, tree, world):
        self.network = network
        self.kinds, self.free = {}, []
        self._nabla = False
        self._tree = tree
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
            defined = self.network.numerator and symbol.definition
            if (self.network.rows or defined) and shape[0] == 1:
                shape = shape[::-1]
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

    def upright(self, value):
        """A row as a column, where vectors are rows; and back again."""
        return swapped(settled(value)) if self.network.rows else value

    def blocks(self, row, env, world):
        """The block of one of several symbols that a row gives values."""
        body = self.upright(settled(self.expression(row.body, env, world)))
        sizes = []
        for cell in row.cells:
            symbol = self.network.place(only_item(cell)).symbol
            shape = (
                map(world.size, symbol.shape)
                if world.trial
                else (world.shape(symbol))
            )
            sizes.append(tuple(shape)[1 if self.network.rows else 0])
        found = block(body, row.number, sizes)
        if row.function is not None:
            found = apply(row.function, found)
        return self.upright(found)

    def expression(self, node, env, world):
        if kind_of(node) == "Blocks":
            return self.blocks(node, env, world)
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
            if total is None:
                total = value
            elif self.network.rows:
                both = map(self.upright, (total, value))
                total = self.upright(add(*both))
            else:
                total = add(total, value)
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
            if not self.network.rows:
                result = join(result, value)
                continue
            both = [self.upright(result), self.upright(value)]
            result = join(*both)
            if joint == "\\odot":
                result = self.upright(result)
        return result

    def times(self, left, right):
        wide = settled(left).by is not None or settled(right).by is not None
        if self.network.rows and wide:
            raise Unread("a derivative of a row by a matrix in a product")
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
            self._nabla = True
            value = self.derivative(rest[:1], below, False, env, world)
            self._nabla = False
            return value, rest[1:]
        column = single_column(item.base) if item.bare else None
        names = [
            WORDS.get(base_text(only_item(cell).base))
            for cell in column or ()
            if only_item(cell) is not None
        ]
        if column and len(names) == len(column) and None not in names:
            return self.functions(names, rest, env, world), []
        text = base_text(item.base)
        if text == "prod" and rest and item.bare and rest[0].bare:
            return self.chained(rest[0].base, env, world), rest[1:]
        if text in ("\\max", "max") and rest and item.bare:
            return self.larger(rest, env, world)
        relation = (
            rest
            and kind_of(rest[0].base) == "Bracket"
            and any(clause.relations for clause in rest[0].base.clauses)
        )
        if text == "I" and item.bare and relation:
            return self.factor(rest[0], env, world), rest[1:]
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
            across = 0 if self.network.rows else 1
            if any(v.by or v.shape[across] != 1 or v.kind for v in values):
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
            if cells_of(base) is not None:
                inner = self.stack(base, env, world)
            else:
                inner = self.expression(_only(base), env, world)
            value = self.applied(function, inner, item.primes)
            value = self.marked(value, rest[0].above, env, world)
        elif repeat_of(rest[0]):
            inner = self.repeat(rest[0], after, env, world)
            value, after = self.applied(function, inner, item.primes), []
        elif after:
            raise Unread("where does the function's argument end?")
        else:
            inner = self.factor(rest[0], env, world)
            value = self.applied(function, inner, item.primes)
        if power != 1:
            value = self.upright(raised(self.upright(value), power))
        return value, after

    def applied(self, function, inner, primes=0):
        return self.upright(apply(function, self.upright(inner), primes))

    def chained(self, bracket, env, world):
        """prod(∂L/∂h, ∂h/∂W): what one is by is what the next one is of."""
        if len(bracket.clauses) != 2:
            raise Unread("prod of more than two")
        one, other = (
            self.expression(_alone(clause), env, world)
            for clause in bracket.clauses
        )
        if None in (one.by, other.by) or one.names[1] != other.names[0]:
            raise Unread("prod of what does not join")
        if self.network.numerator or self.network.rows:
            raise Unread("prod in another layout")
        return settled(contract(one, other))

    def functions(self, names, rest, env, world):
        """A column of functions, each of its block of what follows.

        The blocks are as long as those of the first side.
        """
        first = only_item(self._tree.parts()[0])
        cells = single_column(first.base) if first is not None else None
        if cells is None or len(cells) != len(names) or not rest:
            raise Unread("functions of which blocks?")
        sizes = [
            self.upright(settled(self.expression(c, env, world))).shape[0]
            for c in cells
        ]
        body = self.upright(self.product(list(rest), env, world))
        found = [
            [apply(name, block(body, k, sizes))]
            for k, name in enumerate(names)
        ]
        return self.upright(stacked(found))

    def larger(self, rest, env, world):
        """max(0, a), entry by entry, and what follows."""
        clauses = getattr(rest[0].base, "clauses", [])
        if len(clauses) != 2 or not rest[0].bare:
            raise Unread("a maximum")
        sides = [self.expression(_alone(c), env, world) for c in clauses]
        zero = [s.kind == "literal" and s.number == 0 for s in sides]
        if sum(zero) != 1:
            raise Unread("a maximum of two values")
        value = self.applied("relu", sides[zero.index(False)])
        return value, rest[1:]

    def stack(self, base, env, world):
        rows, comma = cells_of(base)
        rows = [[self.expression(c, env, world) for c in row] for row in rows]
        if comma:
            return joined_by_commas(rows[0], self.network.rows)
        return stacked(rows)

    def norm(self, item, env, world):
        body = self.expression(item.base.body, env, world)
        marks = item.above
        below = [token(c.expressions[0]) for c in item.below or ()]
        if item.base.kind == "size":
            require(settled(body).scalar)
            return self.marked(apply("abs", body), marks, env, world)
        if below not in ([], ["2"], ["F"]):
            raise Unread("another norm")
        value = squares(body, below == ["F"])
        if marks and token(marks[0]) == "2":
            marks = marks[1:]
        else:
            value = apply("sqrt", value)
        return self.marked(value, marks, env, world)

    def threshold(self, clauses, env, world):
        """1 where a relation of values holds, entry by entry, else 0."""
        (clause,) = clauses
        if len(clause.relations) != 1:
            raise Unread("several relations")
        one, other = (
            self.upright(self.expression(e, env, world))
            for e in clause.expressions
        )
        gap = self.upright(add(one, each(other, lambda x: -x)))
        require(gap.by is None)
        test = {
            "<": lambda x: x < 0,
            ">": lambda x: x > 0,
            "\\leq": lambda x: x <= 0,
            "\\geq": lambda x: x >= 0,
        }.get(clause.relations[0])
        if test is None:
            raise Unread("an equation of values")
        return each(gap, lambda x: int(test(plain(x))))

    # one factor

    def factor(self, item, env, world):
        base, name = item.base, kind_of(item.base)
        if item.primes:
            raise Unread("a prime")
        if name == "Norm":
            return self.norm(item, env, world)
        if cells_of(base) is not None:
            value = self.stack(base, env, world)
            if item.below:
                raise Unread("a component of a stack")
            return self.marked(value, item.above, env, world)
        relations = name == "Bracket" and any(
            c.relations for c in base.clauses
        )
        if relations and base.kind != "{" and not item.below:
            value = self.threshold(base.clauses, env, world)
            return self.marked(value, item.above, env, world)
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
        lying = self.network.rows or (
            self.network.numerator and len(components) == 1
        )
        if value.shape[0] == 1 and lying:
            value = swapped(value)
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
        sides = item.below[0].expressions
        if any(self._is_value(side) for side in sides):
            return self.threshold(item.below, env, self._world)
        return number(int(self.holds(item.below, env)))

    def _is_value(self, side):
        found = [self.lookup(item) for item, _, _ in occurrences(side)]
        return any(p is not None and p.symbol.label_of is None for p in found)

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
            exponent = self.exponent(bracket, env, world)
            value = self.upright(raised(self.upright(value), exponent))
        return value

    # fractions, sums and products

    def fraction(self, node, env, world):
        above, below = _only(node.above), _only(node.below)
        first, under = items_of(above), items_of(below)
        marked = [_is_d(items[0], self.network) for items in (first, under)]
        if marked == [True, False]:
            cut = [_is_d(item, self.network) for item in under]
            cut = cut.index(True) if True in cut else 0
            signs = 1 if cut and operator_of(under[cut - 1]) else 0
            if cut > signs and not first[0].above:
                # What stands before the lower ∂ divides.
                by = self.product(under[: cut - signs], env, world)
                value = self.derivative(
                    first[1:], under[cut + 1], False, env, world
                )
                return divide(settled(value), by)
        if not any(marked):
            sides = (self.expression(e, env, world) for e in (above, below))
            return self.upright(divide(*map(self.upright, sides)))
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
        # In numerator layout the derivative of a scalar is transposed.
        scalar = value.shape == (1, 1)
        turn = self.network.numerator and not self._nabla
        if turn and (scalar or by[1] > 1):
            found = {(i, j, q, p): x for (i, j, p, q), x in found.items()}
            by = by[::-1]
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
            named = [one for one in high if one]
            size = len(named) == 1 and named[0] in self.network.size_letters
            if size and not self.is_time(letter) and low == {"": 1}:
                # The letter of how many components there are.
                high = {"": self.range(letter, world)[-1]}
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
