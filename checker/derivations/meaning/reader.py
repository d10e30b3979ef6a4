"""Tree to meaning: what each symbol, script and neighbour stands for.

The grammar knows only structure. Here the vocabulary of a notation says
which names are quantities, which letters are indices, and which words are
functions. Matrix product binds tighter than ⊙, ⊙ tighter than ⊗, and a
sum or product sign reaches to the end of its term.

The methods stand in the order in which they call each other: an expression
has terms, a term has factors, a factor is a sum, a derivative, a function
or one item, and an item is a symbol or a bracket with its scripts.

``rest`` is always what is still to be read of a term: a method takes its
items from the left end. ``scope`` is what surrounds them. All that a reader
keeps is in its ``indices``, which the sides of one equation share.
"""

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence

from derivations.errors import EquationError, LimitError, ReadingError
from derivations.latex.layers import with_layers
from derivations.latex.names import (
    REPEATS,
    arguments_of,
    base_name,
    counted_letter,
    derivative_parts,
    divisor_of,
    flat,
    function_key,
    heads_of,
    is_number,
    is_operator,
    items_of,
    joined,
    lengths_of_name,
    mentions,
    name_of,
    only_expression,
    only_item,
    operator_of,
    partial_of,
    parts_of,
    raised_time,
    repeat_sign,
    signs_inside_sums,
    subscript_of,
    text_of,
)
from derivations.latex.tree import (
    Accent,
    Block,
    Bracket,
    Cases,
    Clause,
    Expression,
    Fraction,
    Item,
    Node,
    Norm,
    bracket_of,
)
from derivations.meaning import nodes as m
from derivations.meaning.functions import RELU, SQRT, Function
from derivations.meaning.indices import Indices
from derivations.meaning.scope import Notes, Scope
from derivations.meaning.stacks import by_comma, cells_of, functions_in
from derivations.meaning.vocabulary import NO_MEANING, TIME, Language, Symbol

_ORDERS = {
    "\\leftarrow": "descending",
    "\\overleftarrow": "descending",
    "\\rightarrow": "ascending",
    "\\to": "ascending",
    "\\overrightarrow": "ascending",
}
_ORDER = ("<", ">", "\\leq", "\\geq")

# What W_{hh} and W_{xh} are named after; components have other letters.
_LETTERS_OF_NAMES = ("h", "x", "y", "z")

Items = deque[Item]
Clauses = list[Clause]


class Reader:
    """Reads the sides of one equation; they share their free indices.

    language: how the source writes. bound: letters that stand for an index
    already, as the time of a forward equation does.
    """

    def __init__(
        self, language: Language, bound: Mapping[str, m.Shift] | None = None
    ):
        self.language = language
        self.indices = Indices(language.length)
        self.limits: list[m.Condition] = []
        self._bound = dict(bound or {})
        self.readings: dict[str, None] = {}
        self._stacks: dict[int, m.Stack] = {}

    def read_as(self, what: str) -> None:
        """Note how something was read that could mean something else."""
        self.readings[what] = None

    def sides(
        self, nodes: Iterable[Expression], where: Clauses | None = None
    ) -> list[m.Meaning]:
        """Return the meanings of all sides of an equation, ready for use.

        where: the clauses of a remark, as t < T; what they say of the free
        times is in ``limits`` then. Every index is settled and every node
        knows its times. Raises ``ReadingError`` or ``LimitError`` with the
        place.
        """
        meanings = [self.side(node) for node in nodes]
        self.indices.settle()
        self.limits = self._limits(where or [])
        for meaning in meanings:
            m.settle_times(meaning)
        return meanings

    def _limits(self, where: Clauses) -> list[m.Condition]:
        """Read a remark such as t < T, or 1 \\leq t \\leq T."""
        free = set(self.indices.free.values())
        found = self.remarks(where)
        known = {i for i in free if i.kind in ("time", "component")}
        return [c for c in found if _limits(c, known, self.indices)]

    def remarks(self, where: Clauses) -> list[m.Condition]:
        """Return the conditions of a remark, whatever they are about."""
        scope = Scope(self._bound)
        return [c for one in where for c in self._conditions([one], scope)]

    def side(self, node: Expression, notes: Notes | None = None) -> m.Meaning:
        """Return the meaning of one side; its indices may still be open.

        notes: where the places of what is read are noted.
        """
        scope = Scope(self._bound, Notes() if notes is None else notes)
        if self.language.layers:
            node = with_layers(node)
        return self._expression(node, scope)

    # -- expressions and products ---------------------------------------

    def _expression(self, node: Expression, scope: Scope) -> m.Meaning:
        node = signs_inside_sums(node)
        parts = [self._outer(deque(term.items), scope) for term in node.terms]
        if len(parts) == 1 and not node.signs[0]:
            return parts[0]
        for sign, term in zip(node.signs, node.terms, strict=True):
            if sign == "-" and len(term.items) == 1:
                _check_group(term.items[0])
        signs = [sign or "+" for sign in node.signs]
        return m.Add(node.start, node.end, signs, parts)

    def _outer(self, rest: Items, scope: Scope) -> m.Meaning:
        left = self._hadamard(rest, scope)
        while rest and operator_of(rest[0]) == "\\otimes":
            _take_operator(rest, left)
            right = self._hadamard(rest, scope)
            left = m.Binary(left.start, right.end, "outer", left, right)
        return left

    def _hadamard(self, rest: Items, scope: Scope) -> m.Meaning:
        left = self._product(rest, scope)
        while rest and operator_of(rest[0]) == "\\odot":
            _take_operator(rest, left)
            right = self._product(rest, scope)
            left = m.Binary(left.start, right.end, "hadamard", left, right)
        return left

    def _product(self, rest: Items, scope: Scope) -> m.Meaning:
        factors: list[m.Meaning] = []
        first, before = rest[0], None
        if len(rest) > 1:
            for item in rest:
                _check_group(item)
        while rest and operator_of(rest[0]) not in ("\\odot", "\\otimes"):
            operator = operator_of(rest[0])
            if operator is not None:
                _take_operator(rest, factors)
            elif before is not None:
                _check_digits(before, rest[0])
            before = rest[0]
            factor = self._factor(rest, scope)
            if operator == "/":
                left = factors.pop()
                factor = m.Binary(
                    left.start, factor.end, "quotient", left, factor
                )
            factors.append(factor)
        if not factors:
            raise first.error("a factor is missing here")
        if len(factors) == 1:
            return factors[0]
        return m.Product(factors[0].start, factors[-1].end, factors)

    def _factor(self, rest: Items, scope: Scope) -> m.Meaning:
        """Read one factor; functions and signs take what follows them."""
        written = rest.popleft()
        item = flat(written)
        if is_operator(item):
            raise item.error("a factor is missing here")
        sign = repeat_sign(item)
        if sign is not None:
            return self._repeat(REPEATS[sign], item, rest, scope)
        name = base_name(item.base)
        if name == "\\partial":
            scope.notes.prefixes[written] = None
            return self._slashed_derivative(item, rest, scope)
        if name == "\\nabla":
            scope.notes.prefixes[written] = None
            return self._nabla(item, rest, scope)
        if name in ("\\max", "max") and rest and item.bare:
            larger = self._larger(item, rest, scope)
            if larger is not None:
                return larger
        if name == "I" and item.bare and rest and _is_relation(rest[0].base):
            return self._factor(rest, scope)  # an indicator, as 1[a > 0]
        if name == "prod" and item.bare and rest:
            if not self._is_symbol(name):
                return self._chained(item, rest, scope)
        function = self._function(name, item, rest)
        if function is not None:
            scope.notes.prefixes[written] = self.language.functions[function]
            return self._application(function, item, rest, scope)
        functions = functions_in(item.base, self._lone_function)
        if functions is not None:
            return self._blockwise(functions, item, rest, scope)
        if isinstance(item.base, Fraction) and not divisor_of(item.base):
            parts = derivative_parts(item.base)
            if parts is not None and len(parts[1]) == 1:
                scope.notes.prefixes[written] = None
                scope.notes.derivatives[item.base] = parts[1][0]
                return self._operator_derivative(item, parts, rest, scope)
        return self._item(written, scope)

    # -- sums and products over an index --------------------------------

    def _repeat(
        self, kind: str, item: Item, rest: Items, scope: Scope
    ) -> m.Meaning:
        """Read \\sum or \\prod with all that follows it in its term."""
        order = self._order(item.base)
        if not rest:
            raise item.error("a sum or product of what? its terms are missing")
        if len(item.above) > 1 or item.primes:
            raise item.error("one upper bound is enough")
        if not item.below:
            raise item.error(
                "over which index? write \\sum_{t=1}^{T} or \\sum_k"
            )
        upper = self._upper(item.above[0], scope) if item.above else None
        heads = self._heads(item.below, scope)
        if not heads or (upper is not None and len(heads) > 1):
            raise item.error("write one index with bounds per sign")
        inner = scope.under_sum(index for index, _ in heads)
        conditions = [
            condition
            for clause in item.below
            if clause.relations not in ([], ["="])
            for condition in self._conditions([clause], inner)
        ]
        body = self._outer(rest, inner)
        for index, lower in reversed(heads):
            body = m.Repeat(
                item.start,
                body.end,
                kind,
                index,
                lower,
                upper,
                body,
                conditions,
                order,
            )
            self.indices.repeats.append(body)
            conditions = []
        return body

    def _order(self, base: Node) -> str:
        """Return the order that the arrow on a sign asks for."""
        if not isinstance(base, Accent):
            return self.language.order
        if base.mark not in _ORDERS:
            raise base.error(
                "over a product write \\leftarrow (later factors to the "
                "left) or \\rightarrow"
            )
        return _ORDERS[base.mark]

    def _upper(self, bracket: Bracket, scope: Scope) -> m.Shift:
        expression = only_expression(bracket)
        if expression is None:
            raise bracket.error("one bound is expected here")
        return self.indices.bound(expression, scope)

    def _heads(
        self, clauses: Clauses, scope: Scope
    ) -> list[tuple[m.Index, m.Shift | None]]:
        """Return (index, lower bound) for each index of a sign."""
        heads = []
        for letter, bound in heads_of(clauses):
            lower = None
            if bound is not None:
                lower = self.indices.bound(bound, scope)
            name = name_of(letter)
            if name is None:
                raise letter.error("an index letter is expected here")
            heads.append((m.Index(name), lower))
        return heads

    # -- derivatives ----------------------------------------------------

    def _derivative(
        self,
        kind: str,
        read: Callable[[Items, Scope], m.Meaning],
        above: Items,
        below: Sequence[Item],
        place: tuple[int, int],
        scope: Scope,
        gradient: bool = False,
    ) -> m.Derivative:
        """Return ∂above/∂below; ``read`` takes what it needs from above."""
        if not below:
            raise ReadingError(
                "with respect to what? a symbol is missing after ∂", *place
            )
        if not above:
            raise ReadingError(
                "the derivative of what? an expression is missing", *place
            )
        if scope.in_numerator:
            raise ReadingError(
                "a derivative of a derivative cannot be executed", *place
            )
        numerator = read(above, scope.numerator())
        if len(below) > 1:
            raise ReadingError(
                "differentiate by one symbol at a time",
                below[0].start,
                below[-1].end,
            )
        denominator = self._item(below[0], scope.denominator())
        if not isinstance(denominator, m.Quantity):
            raise below[0].error(
                "differentiate by a symbol, not by an expression"
            )
        roles = self.language.vocabulary.roles
        if roles[denominator.symbol] == "label":
            raise ReadingError(
                "a class label cannot be moved a little", *place
            )
        return m.Derivative(
            *place, numerator, denominator, kind == "immediate", gradient
        )

    def _operator_derivative(
        self, item: Item, parts: tuple, rest: Items, scope: Scope
    ) -> m.Meaning:
        """Read \\frac{\\partial}{\\partial x} applied to the next factor."""
        kind, _, (_, *below) = parts
        place = item.start, (rest[0] if rest else item).end
        return self._derivative(kind, self._factor, rest, below, place, scope)

    def _slashed_derivative(
        self, item: Item, rest: Items, scope: Scope
    ) -> m.Meaning:
        """Read \\partial L / \\partial h_t, of which ``item`` is the ∂."""
        kinds = [partial_of(item)]
        above: Items = deque()
        while rest and not is_operator(rest[0]):
            above.append(rest.popleft())
        slash = len(rest) > 1 and rest[0].token == "/"
        if not slash or not partial_of(rest[1]):
            raise item.error(
                "∂ stands in a fraction: \\frac{\\partial …}{\\partial …}"
            )
        rest.popleft()
        partial = rest.popleft()
        scope.notes.prefixes[partial] = None
        kinds.append(partial_of(partial))
        kind = "immediate" if "immediate" in kinds else "total"
        below = [rest.popleft()] if rest else []
        place = item.start, (below or [partial])[-1].end
        return self._derivative(kind, self._outer, above, below, place, scope)

    def _nabla(self, item: Item, rest: Items, scope: Scope) -> m.Meaning:
        if item.below is None or len(item.below) != 1:
            raise item.error("∇ needs a subscript: \\nabla_{h_t} L")
        below = item.below[0].expressions[0].terms[0].items
        place = item.start, (rest[0] if rest else item).end
        return self._derivative(
            "total", self._factor, rest, below, place, scope, gradient=True
        )

    def _chained(self, item: Item, rest: Items, scope: Scope) -> m.Meaning:
        """Read prod(∂L/∂h_t, ∂h_t/∂W), which leaves order and ⊤ open."""
        bracket = rest[0].base
        if not isinstance(bracket, Bracket) or len(bracket.clauses) < 2:
            raise item.error("prod joins derivatives, as prod(∂L/∂h, ∂h/∂W)")
        after = rest.popleft()
        parts = [self._plain(clause, scope) for clause in bracket.clauses]
        for part in parts:
            if not isinstance(part, m.Derivative):
                raise part.error("prod joins derivatives, and nothing else")
        self.read_as("prod as the product that the chain rule asks for")
        node = m.Chained(item.start, after.end, parts)
        written = Item(
            after.start, after.end, bracket, after.below, after.above
        )
        return self._scripts(node, written, scope)

    # -- functions ------------------------------------------------------

    def _function(
        self, name: str | None, item: Item, rest: Items
    ) -> str | None:
        """Return the key of a function: its name, or g_1 for a subscript.

        A loss may have the letter of a symbol, as in l_t = l(h_t, y_t): it is
        known by its several arguments.
        """
        functions = self.language.functions
        key = function_key(name, item)
        if key != name and key in functions:
            return key
        base = rest[0].base if rest else None
        loss = name in functions and functions[name].unspecified
        if loss and isinstance(base, Bracket):
            if base.kind == "(" and len(base.clauses) > 1:
                return name if item.below is None else None
        if name in functions and not self._is_symbol(name):
            return name
        return None

    def _application(
        self, name: str, item: Item, rest: Items, scope: Scope
    ) -> m.Meaning:
        """Read a function with its argument: a bracket or the next factor."""
        function = self.language.functions[name]
        if item.below is not None and "_" not in name:
            own = key if (key := function_key(name, item)) != name else "f_1"
            raise item.error(
                f"{name} takes no subscript here; if {own} is a function of "
                f'its own, declare functions={{r"{own}": "tanh"}}'
            )
        if not rest or is_operator(rest[0]):
            raise item.error(f"{name} needs an argument")
        primes, marks = item.primes, list(item.above)
        while marks and text_of(marks[0]) == "\\prime":
            primes += 1
            marks.pop(0)
        _check_no_inverse(name, marks)
        root = name == "\\sqrt"
        if root:
            _check_root(rest)
        after, bracket = None, rest[0] if root else flat(rest[0])
        kinds = "([{" if root else "(["
        stacked = not function.unspecified and cells_of(bracket.base)
        if isinstance(bracket.base, Bracket) and bracket.base.kind in kinds:
            rest.popleft()
            arguments: list[m.Meaning]
            if stacked:
                arguments = [self._stack(bracket.base, scope)]
            else:
                clauses = bracket.base.clauses
                arguments = [self._plain(c, scope) for c in clauses]
            if bracket.primes:
                raise bracket.error(
                    f"is this the slope of {name}, or a transpose? write "
                    f"{name}'(…), or ^\\top"
                )
            place = bracket.start, bracket.end
            after = Item(*place, bracket.base, bracket.below, bracket.above)
        else:
            written = rest[0]
            arguments = [self._factor(rest, scope)]
            if not root:
                _check_argument(name, item, written, rest)
        if len(arguments) > 1 and not function.unspecified:
            raise bracket.error(f"{name} takes one argument")
        if primes > 1 or (primes and function.slope is None):
            raise item.error(
                f"only the first derivative of an element-wise function is "
                f"known, not this one of {name}"
            )
        end = (after or arguments[-1]).end
        result: m.Meaning
        result = m.Apply(item.start, end, function, arguments, primes)
        if function.kinks:
            self.read_as(f"{function.name} with slope 0 at its kink")
        for mark in marks:
            result = self._raised(result, mark, item, scope)
        return result if after is None else self._scripts(result, after, scope)

    def _larger(self, item: Item, rest: Items, scope: Scope) -> m.Meaning:
        """Read max(a, b), entry by entry, as b + ReLU(a - b)."""
        bracket = rest[0].base
        if not isinstance(bracket, Bracket) or len(bracket.clauses) != 2:
            raise item.error(NO_MEANING["max"])
        after = rest.popleft()
        place = item.start, after.end
        sides = [self._plain(clause, scope) for clause in bracket.clauses]
        self.read_as("max entry by entry, its slope 0 at the kink")
        zero = [isinstance(s, m.Number) and s.value == 0 for s in sides]
        if any(zero):
            result = m.Apply(*place, RELU, [sides[1 if zero[0] else 0]])
        else:
            above = m.Add(*place, ["+", "-"], sides)
            terms = [sides[1], m.Apply(*place, RELU, [above])]
            result = m.Add(*place, ["+", "+"], terms)
        written = Item(*place, bracket, after.below, after.above)
        return self._scripts(result, written, scope)

    # -- one item -------------------------------------------------------

    def _item(self, item: Item, scope: Scope) -> m.Meaning:
        """Return the meaning of a base with its scripts."""
        item = flat(item)
        base = item.base
        if is_number(item):
            return self._number(item, scope)
        name = base_name(base)
        if name is not None:
            return self._named(name, item, scope)
        if isinstance(base, Fraction):
            node = self._fraction(base, scope)
        elif isinstance(base, Cases):
            node = self._cases(base, scope)
        elif isinstance(base, Norm):
            return self._norm(base, item, scope)
        elif isinstance(base, Block):
            node = self._block(base, scope)
        elif cells_of(base) is not None:
            node = self._stack(base, scope)
        elif isinstance(base, Bracket):
            if not item.bare:
                _check_group(item, alone=False)
            node = self._bracket(base, scope)
        else:
            raise item.error("this cannot be read as a quantity")
        return self._scripts(node, item, scope)

    def _number(self, item: Item, scope: Scope) -> m.Meaning:
        text = item.token
        if item.below is not None:
            if text != "1":
                raise item.error("a number takes no subscript")
            if self._compares_values(item.below):
                return self._threshold(item, item.below, scope)
            conditions = self._conditions(item.below, scope)
            return m.Indicator(item.start, item.end, conditions)
        if len(text) > 15:
            raise LimitError.on(item.base, "this number is too long")
        if any(text_of(bracket) == "\\top" for bracket in item.above):
            raise item.error(
                "a number has no transpose; a column of ones is written as "
                "a sum over the index"
            )
        number = m.Number(item.base.start, item.base.end, float(text))
        return self._scripts(number, item, scope)

    def _fraction(self, fraction: Fraction, scope: Scope) -> m.Meaning:
        place = fraction.start, fraction.end
        divided = divisor_of(fraction)
        if divided is not None:
            inner, divisor = divided
            sides = [
                self._fraction(inner, scope),
                self._expression(divisor, scope),
            ]
            return m.Binary(*place, "quotient", *sides)
        parts = derivative_parts(fraction)
        if parts is not None:
            kind, (partial, *above), (_, *below) = parts
            scope.notes.derivatives[fraction] = partial
            return self._derivative(
                kind, self._outer, deque(above), below, place, scope
            )
        sides = [
            self._inside(side, scope)
            for side in (fraction.above, fraction.below)
        ]
        return m.Binary(*place, "quotient", *sides)

    def _cases(self, cases: Cases, scope: Scope) -> m.Choice:
        rows = []
        for expression, clauses in cases.rows:
            body = self._expression(expression, scope)
            rows.append((self._conditions(clauses, scope), body))
        return m.Choice(cases.start, cases.end, rows)

    def _bracket(self, bracket: Bracket, scope: Scope) -> m.Meaning:
        is_condition = _is_relation(bracket)
        if is_condition and self._compares_values(bracket.clauses):
            return self._threshold(bracket, bracket.clauses, scope)
        if is_condition and bracket.kind in ("[", "\\{"):
            conditions = self._conditions(bracket.clauses, scope)
            return m.Indicator(bracket.start, bracket.end, conditions)
        inside = self._inside(bracket, scope)
        if bracket.kind != "{":
            inside.start, inside.end = bracket.start, bracket.end
        return inside

    # -- norms, and where a value is positive ---------------------------

    def _norm(self, norm: Norm, item: Item, scope: Scope) -> m.Meaning:
        """Read |x|, or \\|v\\| with 2 or F below and a power above."""
        place = norm.start, norm.end
        body = self._expression(norm.body, scope)
        below = [text_of(clause.expressions[0]) for clause in item.below or []]
        if norm.kind == "size":
            if below:
                raise item.error("an absolute value takes no subscript")
            self.read_as("| | as an absolute value, its slope 0 at the kink")
            return self._marked(m.Size(*place, body), item.above, item, scope)
        if below not in ([], ["2"], ["F"]):
            raise item.error(
                "only the Euclidean norm is executed, \\|v\\|_2, and for a "
                "matrix \\|W\\|_F"
            )
        square = m.Squares(*place, body, below == ["F"])
        marks = item.above
        if marks and text_of(marks[0]) == "2":
            return self._marked(square, marks[1:], item, scope)
        root = m.Apply(*place, SQRT, [square])
        return self._marked(root, marks, item, scope)

    def _compares_values(self, clauses: Clauses) -> bool:
        """Is this a > 0 for a quantity a, and no condition of indices?"""
        if len(clauses) != 1 or len(clauses[0].relations) != 1:
            return False
        if clauses[0].relations[0] not in _ORDER:
            return False
        sides = clauses[0].expressions
        terms = [term for side in sides for term in side.terms]
        return any(
            self._is_value(flat(one)) for term in terms for one in term.items
        )

    def _is_value(self, item: Item) -> bool:
        name = base_name(item.base)
        roles = self.language.vocabulary.roles
        known = self.language.vocabulary.candidates(name)
        if isinstance(item.base, Bracket):
            return bool(item.base.clauses) and any(
                self._is_value(flat(one))
                for clause in item.base.clauses
                for side in clause.expressions
                for term in side.terms
                for one in term.items
            )
        return any(roles[symbol] != "label" for symbol in known)

    def _threshold(
        self, node: Node, clauses: Clauses, scope: Scope
    ) -> m.Threshold:
        (clause,) = clauses
        left, right = (self._expression(e, scope) for e in clause.expressions)
        self.read_as("a relation of values as 1 where it holds, else 0")
        (relation,) = clause.relations
        return m.Threshold(node.start, node.end, relation, left, right)

    # -- what stands one above the other --------------------------------

    def _stack(self, base: Node, scope: Scope) -> m.Stack:
        """Read a matrix of blocks, [a; b], [a, b] or rows side by side."""
        rows = [
            [self._expression(cell, scope) for cell in row]
            for row in cells_of(base) or []
        ]
        comma, turned = by_comma(base), self.language.rows
        if turned and not comma:
            rows = [list(column) for column in zip(*rows, strict=True)]
        stack = m.Stack(base.start, base.end, rows, comma, turned)
        if comma:
            self.read_as(
                "[ , ] as a stack: columns one above the other, rows and "
                "matrices side by side"
            )
        elif isinstance(base, Bracket) and not only_item(base):
            self.read_as("rows in one bracket as joined side by side")
        height = max(len(rows), len(rows[0]))
        self._stacks.setdefault(height, stack)
        return stack

    def _block(self, block: Block, scope: Scope) -> m.Block:
        """Read a part of a row that gives several symbols their values."""
        body = self._expression(block.body, scope)
        symbols = []
        for cell in block.names:
            named = self._item(only_item(cell), scope)
            symbols.append(named.symbol)
        self.read_as("symbols in a column as blocks of the other side")
        return m.Block(block.start, block.end, body, block.number, symbols)

    def _lone_function(self, item: Item) -> Function | None:
        """Return the function that an item names, and is not applied."""
        name = base_name(item.base)
        function = self.language.functions.get(name)
        if function is None or function.unspecified or self._is_symbol(name):
            return None
        return function

    def _blockwise(
        self, functions: list[Function], item: Item, rest: Items, scope: Scope
    ) -> m.Blockwise:
        """Read a column of functions, each of its part of what follows."""
        like = self._stacks.get(len(functions))
        if not item.bare or any(f.slope is None for f in functions):
            raise item.error("a column of functions has no scripts here")
        if rest and rest[0].token in ("\\cdot", "\\odot"):
            rest.popleft()
        if not rest:
            raise item.error("functions of what? their argument is missing")
        if like is None:
            raise item.error(
                "which part belongs to which function? write the symbols "
                f"that they give, {len(functions)} in a column, on the left"
            )
        body = self._product(rest, scope)
        self.read_as("a column of functions as each of its own block")
        return m.Blockwise(item.start, body.end, functions, body, like)

    def _inside(self, bracket: Bracket, scope: Scope) -> m.Meaning:
        """Return the meaning of the one expression in a bracket."""
        if len(bracket.clauses) != 1:
            raise bracket.error("one expression is expected here")
        return self._plain(bracket.clauses[0], scope)

    def _plain(self, clause: Clause, scope: Scope) -> m.Meaning:
        if clause.relations:
            raise clause.error("a relation cannot stand here")
        return self._expression(clause.expressions[0], scope)

    # -- names ----------------------------------------------------------

    def _named(self, name: str, item: Item, scope: Scope) -> m.Meaning:
        """Read a letter or word: a symbol, T, an index, I or δ_{jk}."""
        place = item.start, item.end
        plain = item.below is None
        arguments = arguments_of(item.below)
        if plain and name == self.language.length:
            length = m.Integer(*place, m.Shift(length=1))
            return self._scripts(length, item, scope)
        found = self._quantity(name, item, arguments, scope)
        if found is not None:
            return found
        node: m.Meaning
        free = plain and not self._is_symbol(name)
        if free and self.indices.knows(name, scope):
            node = m.Integer(*place, self.indices.of_letter(name, scope))
        elif free and name == "I":
            node = m.Identity(*place)
        elif name == "\\delta" and len(arguments) == 2:
            left, right = arguments
            condition = self._condition("=", left, right, scope)
            node = m.Indicator(*place, [condition])
            item = Item(*place, item.base, None, item.above, item.primes)
        else:
            raise self._not_found(name, item)
        return self._scripts(node, item, scope)

    def _is_symbol(self, name: str | None) -> bool:
        return bool(self.language.vocabulary.candidates(name))

    def _not_found(self, name: str, item: Item) -> ReadingError:
        vocabulary = self.language.vocabulary
        if name in NO_MEANING:
            return item.error(NO_MEANING[name])
        for symbol in vocabulary.candidates(name):
            if symbol.timed == "above" and not all(
                map(raised_time, item.above)
            ):
                return item.error(
                    f"time or power? here time is written {symbol.latex}, "
                    f"and a power ({symbol.latex})^2"
                )
            if symbol.timed:
                return item.error(f"{name} needs a time index: {symbol.latex}")
        below = ",".join(
            joined([subscript_of(one) or "…" for one in part])
            for part in parts_of(item.below)
        )
        if below:
            name += f"_{below}" if len(below) == 1 else f"_{{{below}}}"
        return vocabulary.unknown(name, item.start, item.end)

    def _quantity(
        self, name: str, item: Item, arguments: list[Expression], scope: Scope
    ) -> m.Meaning | None:
        """Return the quantity that a name and its scripts stand for."""
        texts = [subscript_of(argument) for argument in arguments]
        raised, marks = None, item.above
        found = raised_time(marks[0]) if marks else None
        if found is not None:
            raised, after = found
            marks = [*after, *marks[1:]]
        for symbol in self.language.vocabulary.candidates(name):
            for count in lengths_of_name(texts, symbol.subscripts):
                time, rest, above = None, arguments[count:], raised
                if symbol.timed == "below":
                    if not rest or not self._may_be_time(rest[0], scope):
                        continue
                    time, *rest = rest
                elif symbol.timed == "above":
                    if above is None:
                        continue
                    time, above = above, None
                if len(rest) <= 2:
                    self._check_run(symbol, item, count, rest)
                    self._check_word(name, item, rest, scope)
                    built = self._built(symbol, item, time, above, rest, scope)
                    if not self._is_oblong(symbol) or any(
                        map(_has_top, marks)
                    ):
                        _check_component_marks(item, rest, marks)
                    return self._marked(built, marks, item, scope)
        return None

    def _is_oblong(self, symbol: Symbol) -> bool:
        """Is it a matrix that has no powers, so that V_{jk}^2 is clear?"""
        shape = self.language.vocabulary.shapes.get(symbol)
        return shape is not None and shape[0] != shape[1]

    def _check_run(
        self, symbol: Symbol, item: Item, count: int, rest: list[Expression]
    ) -> None:
        """Ask about x_{it}: x_i at time t, or x at time i? And about 2t."""
        parts = parts_of(item.below)
        for argument in (one for part in parts for one in part):
            if counted_letter(argument) is not None:
                raise argument.error(
                    "a number beside a letter may be a product or two "
                    "subscripts; write a comma between them"
                )
        if symbol.timed != "below" or not rest:
            return
        time = arguments_of(item.below)[count]
        late = any(name_of(one) == TIME for one in rest)
        if late and not mentions(time, TIME):
            raise item.error(
                f"which of these is the time? {symbol.latex} has its time "
                "first, then what counts components"
            )

    def _check_word(
        self, name: str, item: Item, rest: list[Expression], scope: Scope
    ) -> None:
        """W_{hh} beside a plain W is a name from elsewhere, no component."""
        vocabulary = self.language.vocabulary
        for one in rest:
            letter = name_of(one)
            if letter not in _LETTERS_OF_NAMES:
                continue
            timed = any(s.timed for s in vocabulary.candidates(letter))
            if timed and not self.indices.knows(letter, scope):
                below = "".join(map(str, map(subscript_of, rest)))
                latex = (
                    f"{name}_{{{below}}}" if below[1:] else f"{name}_{below}"
                )
                raise vocabulary.unknown(latex, item.start, item.end)

    def _may_be_time(self, expression: Expression, scope: Scope) -> bool:
        """A letter already known as a component cannot be a time."""
        item = only_item(expression)
        if item is not None and item.below is not None:
            return False
        name = name_of(expression)
        if name is None or not self.indices.knows(name, scope):
            return True
        index = self.indices.of_letter(name, scope).single
        return index is None or index.kind != "component"

    def _built(
        self,
        symbol: Symbol,
        item: Item,
        time: Expression | None,
        raised: Expression | None,
        rest: list[Expression],
        scope: Scope,
    ) -> m.Meaning:
        """Return a symbol at a time, a copy of it, or components of it."""
        place = item.start, item.end
        shift = None if time is None else self.indices.time(time, scope)
        copied = None
        if raised is not None:
            self._check_copy(symbol, item, scope)
            copied = self.indices.time(raised, scope)
        roles = self.language.vocabulary.roles
        if roles[symbol] == "defined":
            result = self._expanded(symbol, shift, item, scope)
            if rest:
                components = self._components(rest, result, scope)
                result = m.Pick(*place, result, components)
        else:
            components = self._components(rest, symbol, scope)
            result = m.Quantity(*place, symbol, shift, copied, components)
        scope.notes.uses.append((symbol, item.base.start, item.end))
        return result

    def _check_copy(self, symbol: Symbol, item: Item, scope: Scope) -> None:
        """W^{(k)}, the copy of a parameter used at step k, or a mistake?"""
        role = self.language.vocabulary.roles[symbol]
        if symbol.timed == "below" or role != "parameter":
            raise item.error(
                f"time or power? the time of {symbol.latex} is its "
                "subscript; a power is written without brackets"
            )
        if not scope.in_denominator:
            raise item.error(
                "a copy of a parameter stands only under a ∂ or a ∇"
            )

    def _expanded(
        self, symbol: Symbol, time: m.Shift | None, item: Item, scope: Scope
    ) -> m.Meaning:
        """Read the definition of a symbol such as δ_t at another time."""
        if symbol in scope.definitions:
            raise item.error(f"{symbol.latex} is defined by itself")
        inner = scope.definition(symbol, time)
        try:
            definition = self.language.vocabulary.definitions[symbol]
            meaning = self._expression(definition, inner)
        except EquationError as error:
            error.start, error.end = item.start, item.end
            raise
        for part in m.walk(meaning):
            part.start, part.end = item.start, item.end
        return meaning

    # -- scripts --------------------------------------------------------

    def _scripts(self, node: m.Meaning, item: Item, scope: Scope) -> m.Meaning:
        """Apply the subscripts and superscripts that follow a bracket."""
        if item.below is not None:
            arguments = arguments_of(item.below)
            if len(arguments) > 2:
                raise item.error("at most two components")
            components = self._components(arguments, node, scope)
            node = m.Pick(item.start, item.end, node, components)
            _check_component_marks(item, arguments, item.above)
        return self._marked(node, item.above, item, scope)

    def _marked(
        self, node: m.Meaning, marks: list[Bracket], item: Item, scope: Scope
    ) -> m.Meaning:
        for bracket in marks:
            node = self._raised(node, bracket, item, scope)
        if item.primes:
            raise item.error("a prime has a meaning on functions only")
        return node

    def _raised(
        self, node: m.Meaning, bracket: Bracket, item: Item, scope: Scope
    ) -> m.Meaning:
        """Apply one superscript: ⊤, a power, or both."""
        place = node.start, max(item.end, bracket.end)
        items = items_of(bracket) or []
        tops = [text_of(bracket_of(one)) == "\\top" for one in items]
        if len(items) > 1 and (tops[0] or tops[-1]):
            cut = 1 if tops[0] else -1
            for part in (items[:cut], items[cut:]):
                node = self._raised(node, bracket_of(*part), item, scope)
            return node
        text = text_of(bracket)
        if text == "\\top":
            return m.Transpose(*place, node)
        if text == "T" and not isinstance(node, m.Number):
            raise bracket.error(
                "is T the length or a transpose? write ^\\top to transpose"
            )
        if text in ("+", "-", "*", "\\star", "\\prime"):
            raise bracket.error(f"{text} has no meaning as a superscript here")
        if not bracket.clauses:
            return node
        exponent = only_expression(bracket)
        if exponent is None:
            raise bracket.error("this superscript cannot be read")
        return m.Power(*place, node, self._exponent(exponent, scope))

    def _exponent(
        self, expression: Expression, scope: Scope
    ) -> float | m.Shift:
        item = only_item(expression)
        if item is not None and is_number(item):
            if not item.bare:
                raise item.error(
                    "a power in an exponent is not executed; write its value"
                )
            return float(item.token)
        shift = self.indices.shift(expression, scope)
        self.indices.counts_time(shift, expression)
        return shift

    # -- components and conditions --------------------------------------

    def _components(
        self,
        expressions: list[Expression],
        whole: Symbol | m.Meaning,
        scope: Scope,
    ) -> tuple:
        """Read the components of ``whole``, a symbol or an expression."""
        count = len(expressions)
        found = [
            self._component(
                expression, (whole, self._axis(axis, count), count), scope
            )
            for axis, expression in enumerate(expressions)
        ]
        return tuple(found[:: -1 if self.language.rows else 1])

    def _axis(self, axis: int, count: int) -> int:
        """Return the axis of a component; in rows all is held transposed."""
        return count - 1 - axis if self.language.rows else axis

    def _component(
        self, expression: Expression, witness: tuple, scope: Scope
    ) -> m.Index | int | m.Quantity:
        """Read one component: an index, a number, or a class label."""
        label = self._class_label(
            expression, "only a class label can pick a component", scope
        )
        if label is not None:
            return label
        return self.indices.component(expression, scope, witness)

    def _conditions(self, clauses: Clauses, scope: Scope) -> list[m.Condition]:
        """Read relations; `i, j` without a relation means i = j."""
        if not any(clause.relations for clause in clauses):
            arguments = arguments_of(clauses)
            if len(arguments) == 2:
                left, right = arguments
                return [self._condition("=", left, right, scope)]
        found = []
        for clause in clauses:
            if not clause.relations:
                raise clause.error(
                    "a condition such as j = k is expected here"
                )
            pairs = itertools.pairwise(clause.expressions)
            for relation, (left, right) in zip(
                clause.relations, pairs, strict=True
            ):
                found.append(self._condition(relation, left, right, scope))
        return found

    def _condition(
        self, relation: str, left: Expression, right: Expression, scope: Scope
    ) -> m.Condition:
        place = left.start, right.end
        if relation not in m.RELATIONS:
            message = f"{relation} cannot be decided here"
            raise ReadingError(NO_MEANING.get(relation, message), *place)
        sides = [self._compared(side, scope) for side in (left, right)]
        condition = m.Condition(*place, relation, *sides)
        self.indices.conditions.append(condition)
        return condition

    def _compared(
        self, expression: Expression, scope: Scope
    ) -> m.Shift | m.Quantity:
        label = self._class_label(
            expression, "compare indices and class labels only", scope
        )
        if label is not None:
            return label
        return self.indices.shift(expression, scope)

    def _class_label(
        self, expression: Expression, otherwise: str, scope: Scope
    ) -> m.Quantity | None:
        """Return the label y_t, or None for a bare index; else raise."""
        item = only_item(expression)
        if item is None or item.bare:
            return None
        quantity = self._item(item, scope)
        if isinstance(quantity, m.Quantity):
            roles = self.language.vocabulary.roles
            if roles[quantity.symbol] == "label":
                return quantity
        raise expression.error(otherwise)


def _is_relation(base: Node) -> bool:
    """Return whether a base is a bracket with a relation in it."""
    clauses = base.clauses if isinstance(base, Bracket) else []
    return any(clause.relations for clause in clauses)


def _limits(
    condition: m.Condition, free: set[m.Index], indices: Indices
) -> bool:
    """Does a remark limit free indices? What it says of others is checked."""
    sides = condition.left, condition.right
    shifts = [side for side in sides if isinstance(side, m.Shift)]
    about = {index for side in shifts for index, _ in side.indices}
    if about and about <= free:
        return True
    counted = {i for i in about if i.kind == "component"}
    sizes = about - counted
    if len(counted) == 1 and len(sizes) == 1 and len(shifts) == 2:
        # 1 ≤ k ≤ n names how many components there are.
        if condition.relation in ("\\leq", "\\geq") and all(
            side.single and side.single.kind in ("component", None)
            for side in shifts
        ):
            return False
    if len(shifts) < 2:
        raise condition.error("a remark compares indices, as t < T or i = j")
    if condition.relation == "\\geq":
        sides = sides[::-1]
    names = {index.letter for index in about}
    shift = sides[0].plus(sides[1], -1)
    says = shift.constant, shift.length, [n for _, n in shift.indices]
    # 1 ≤ t ≤ T of the index of a sum says nothing new.
    if says in ((1, 0, [-1]), (0, -1, [1])) and condition.relation != "=":
        if names <= {TIME, *(r.index.letter for r in indices.repeats)}:
            return False
    letter = ", ".join(sorted(names)) or "this"
    raise condition.error(
        f"what is {letter}? A remark says for which of its free indices an "
        "equation is meant, as t < T"
    )


def _check_group(item: Item, alone: bool = True) -> None:
    """Braces are not typeset: 2 {a + b} looks like 2 a + b."""
    base = item.base
    inside = None
    if isinstance(base, Bracket) and base.kind == "{":
        inside = only_expression(base)
    if inside is None or base.start == inside.start:
        return  # nobody typed these braces
    several = len(inside.terms) > 1 or bool(inside.signs[0])
    if several or not (alone or only_item(base)):
        raise item.error(
            "braces are not typeset, so that this looks like something else; "
            "write round brackets"
        )


def _check_digits(before: Item, item: Item) -> None:
    """1 000 and 1 1/2 are numbers to a human reader, not products."""
    if not (is_number(before) and before.bare):
        return
    base, mixed = item.base, False
    if isinstance(base, Fraction):
        sides = only_item(base.above), only_item(base.below)
        mixed = all(side and is_number(side) for side in sides)
    if is_number(item) or mixed:
        raise item.error(
            "two numbers side by side; write \\cdot between factors, and the "
            "digits of one number without a space"
        )


def _check_no_inverse(name: str, marks: list[Bracket]) -> None:
    """\\tanh^{-1} is the inverse function to some, 1/tanh to others."""
    for bracket in marks:
        exponent = only_expression(bracket)
        if exponent is not None and exponent.signs[0] == "-":
            raise bracket.error(
                f"is this the inverse of {name}, or one over it? write "
                "\\frac{1}{…}; inverse functions are not executed"
            )


def _check_root(rest: Items) -> None:
    """\\sqrt takes what is in braces, or one token; no degree is read."""
    base = rest[0].base
    if isinstance(base, Bracket) and base.kind == "[":
        raise rest[0].error(
            "only square roots are executed; write a root as a power of "
            "a number in words of its own"
        )
    digits = is_number(rest[0]) and len(rest[0].token) > 1
    if digits or not (rest[0].bare or isinstance(base, Bracket)):
        raise rest[0].error("what is under the root? write \\sqrt{…}")


def _check_argument(name: str, item: Item, written: Item, rest: Items) -> None:
    """\\tanh W h: of W, or of W h? Braces do not show where it ends."""
    group = isinstance(written.base, Bracket) and written.base.kind == "{"
    open_group = group and only_item(written.base) is None
    more = bool(rest) and operator_of(rest[0]) not in ("\\odot", "\\otimes")
    if open_group or more:
        raise item.error(
            f"where does the argument of {name} end? write {name}(…)"
        )


def _check_component_marks(
    item: Item, rest: list[Expression], marks: list[Bracket]
) -> None:
    """V_{jk}^\\top is typeset as V^\\top_{jk}: which is meant?"""
    if len(rest) < 2 and not any(_has_top(bracket) for bracket in marks):
        return
    if rest and marks:
        raise item.error(
            "first the component or first what is above? write "
            "(V_{jk})^2, (V^\\top)_{jk} and so on, with brackets"
        )


def _has_top(bracket: Bracket) -> bool:
    items = items_of(bracket) or []
    return any(one.token == "\\top" for one in items)


def _take_operator(rest: Items, before: object) -> None:
    """Remove an operator, which needs something on both sides."""
    item = rest.popleft()
    text = item.token
    if text in NO_MEANING:
        raise item.error(NO_MEANING[text])
    if not before or not rest:
        raise item.error(f"{text} needs something on both sides")
