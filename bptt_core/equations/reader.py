"""Tree to meaning: what each symbol, script and neighbour stands for.

The grammar knows only structure. Here the vocabulary of a notation says
which names are quantities, which letters are indices, and which words are
functions. Matrix product binds tighter than ⊙, ⊙ tighter than ⊗, and a
sum or product sign reaches to the end of its term.
"""

from . import meaning as m
from .errors import ReadingError
from .names import (
    REPEATS,
    arguments_of,
    base_name,
    flat,
    is_operator,
    only_item,
    operator_at,
    text_of,
)
from .symbols import SymbolReader
from .tree import (
    Accent,
    Atom,
    Bracket,
    Clause,
    Expression,
    Fraction,
    Item,
    Over,
    Term,
)
from .vocabulary import NO_MEANING


class Reader(SymbolReader):
    """Reads the sides of one equation; free index letters are shared."""

    # -- structure ------------------------------------------------------

    def expression(self, node):
        """Return the meaning of an expression."""
        node = self._joined(node)
        parts = [self.term(term) for term in node.terms]
        if len(parts) == 1 and not node.signs[0]:
            return parts[0]
        signs = [sign or "+" for sign in node.signs]
        return m.Add(*self._span(node), signs, parts)

    def _joined(self, node):
        """Read \\sum_t -x as a sum of -x, \\sum_t +x as one of x."""
        signs, terms = [], []
        for sign, term in zip(node.signs, node.terms, strict=True):
            last = terms[-1].items[-1] if terms else None
            if last is not None and self._repeat_kind(flat(last).base):
                inside = Expression(term.start, term.end, [sign], [term])
                clause = Clause(term.start, term.end, [inside], [])
                group = Bracket(term.start, term.end, "{", [clause])
                item = Item(term.start, term.end, group)
                items = [*terms[-1].items, item]
                terms[-1] = Term(terms[-1].start, term.end, items)
            else:
                signs.append(sign)
                terms.append(term)
        return Expression(node.start, node.end, signs, terms)

    def term(self, node):
        """Return the meaning of a term, operators included."""
        result, position = self._outer(node.items, 0)
        if position < len(node.items):
            item = node.items[position]
            raise ReadingError(
                "nothing can follow here", item.start, item.end
            )
        return result

    def _span(self, node, last=None):
        if self.place is not None:
            return self.place
        return node.start, (last or node).end

    def _outer(self, items, position):
        left, position = self._hadamard(items, position)
        while operator_at(items, position) == "\\otimes":
            self._check_operator(items, position, [left])
            right, position = self._hadamard(items, position + 1)
            left = m.Binary(left.start, right.end, "outer", left, right)
        return left, position

    def _hadamard(self, items, position):
        left, position = self._product(items, position)
        while operator_at(items, position) == "\\odot":
            self._check_operator(items, position, [left])
            right, position = self._product(items, position + 1)
            left = m.Binary(left.start, right.end, "hadamard", left, right)
        return left, position

    def _product(self, items, position):
        factors = []
        while position < len(items):
            operator = operator_at(items, position)
            if operator in ("\\odot", "\\otimes"):
                break
            if operator is not None:
                self._check_operator(items, position, factors)
                factor, after = self._factor(items, position + 1)
                if operator == "/":
                    left = factors.pop()
                    factor = m.Binary(
                        left.start, factor.end, "quotient", left, factor
                    )
                position = after
            else:
                factor, position = self._factor(items, position)
            factors.append(factor)
        if not factors:
            place = items[min(position, len(items) - 1)]
            raise ReadingError(
                "a factor is missing here", place.start, place.end
            )
        if len(factors) == 1:
            return factors[0], position
        span = self.place or (factors[0].start, factors[-1].end)
        return m.Product(*span, factors), position

    def _check_operator(self, items, position, factors):
        item = items[position]
        text = item.base.text
        if text in NO_MEANING:
            raise ReadingError(NO_MEANING[text], item.start, item.end)
        if not factors or position + 1 == len(items):
            raise ReadingError(
                f"{text} needs something on both sides", item.start, item.end
            )

    def _factor(self, items, position):
        """Read one factor; functions and signs take what follows them."""
        if position >= len(items) or is_operator(items[position]):
            item = items[min(position, len(items) - 1)]
            raise ReadingError(
                "a factor is missing here", item.start, item.end
            )
        item = flat(items[position])
        kind = self._repeat_kind(item.base)
        if kind is not None:
            return self._repeat(kind, item, items, position)
        name = self._renamed(base_name(item.base))
        if name == "\\partial":
            return self._slashed_derivative(items, position)
        if name == "\\nabla":
            return self._nabla(item, items, position)
        function = self._function(name, item)
        if function is not None:
            return self._application(function, item, items, position)
        if isinstance(item.base, Fraction):
            operator = self._operator_derivative(item, items, position)
            if operator is not None:
                return operator
        return self.item(items[position]), position + 1

    def _function(self, name, item):
        """Return the key of a function: its name, or g_1 for a subscript."""
        functions = self.language.functions
        if item.below is not None and name is not None:
            arguments = arguments_of(item.below)
            text = self._argument_text(arguments[0])
            key = f"{name}_{text}"
            if len(arguments) == 1 and key in functions:
                return key
        if name in functions and not self._is_symbol(name):
            return name
        return None

    def _is_symbol(self, name):
        return bool(self.language.vocabulary.candidates(name))

    def _renamed(self, name):
        return self.rename.get(name, name)

    # -- functions ------------------------------------------------------

    def _application(self, name, item, items, position):
        function = self.language.functions[name]
        if item.below is not None and "_" not in name:
            raise ReadingError(
                f"{name} takes no subscript here", item.start, item.end
            )
        if position + 1 >= len(items) or is_operator(items[position + 1]):
            raise ReadingError(
                f"{name} needs an argument", item.start, item.end
            )
        primes, marks = item.primes, list(item.above)
        while marks and text_of(marks[0]) in ("\\prime", "\\prime\\prime"):
            primes += 1
            marks.pop(0)
        following = flat(items[position + 1])
        after = None
        bracket = following.base
        if isinstance(bracket, Bracket) and bracket.kind in "([":
            arguments = [
                self._plain(clause) for clause in bracket.clauses
            ]
            primes += following.primes
            after = Item(
                following.start,
                following.end,
                bracket,
                following.below,
                following.above,
            )
            position += 2
        else:
            argument, position = self._factor(items, position + 1)
            arguments = [argument]
        if len(arguments) > 1 and function != "loss":
            raise ReadingError(
                f"{name} takes one argument", bracket.start, bracket.end
            )
        if primes and (primes > 1 or function in ("softmax", "diag", "loss")):
            raise ReadingError(
                f"only the first derivative of an element-wise function is "
                f"known, not this one of {name}",
                item.start,
                item.end,
            )
        end = after.end if after is not None else arguments[-1].end
        span = self.place or (item.start, end)
        result = m.Apply(*span, function, arguments, primes)
        for mark in marks:
            result = self._raised(result, mark, item)
        if after is not None:
            result = self._scripts(result, after)
        return result, position

    def _plain(self, clause):
        if clause.relations:
            raise ReadingError(
                "a relation cannot stand here", clause.start, clause.end
            )
        return self.expression(clause.expressions[0])

    # -- derivatives ----------------------------------------------------

    def _partial(self, item):
        """Return "total" or "immediate" if the item is a ∂, else None."""
        item = flat(item)
        name = base_name(item.base)
        is_word_d = (
            name == "d"
            and isinstance(item.base, Atom)
            and item.base.kind == "word"
        )
        if name != "\\partial" and not is_word_d:
            return None
        if not item.above:
            return "total"
        if text_of(item.above[0]) == "+":
            return "immediate"
        raise ReadingError(
            "second derivatives cannot be executed", item.start, item.end
        )

    def _fraction_parts(self, fraction):
        """Return (kind, numerator items, denominator items) or None."""
        sides = []
        for bracket in (fraction.above, fraction.below):
            if len(bracket.clauses) != 1 or bracket.clauses[0].relations:
                return None
            expression = bracket.clauses[0].expressions[0]
            if len(expression.terms) != 1 or expression.signs[0]:
                return None
            sides.append(expression.terms[0].items)
        kinds = [self._partial(items[0]) for items in sides]
        if kinds == [None, None]:
            return None
        if None in kinds:
            raise ReadingError(
                "∂ stands above or below only; a derivative needs both",
                fraction.start,
                fraction.end,
            )
        kind = "immediate" if "immediate" in kinds else "total"
        return kind, sides[0][1:], sides[1][1:]

    def _derivative(self, kind, above, below_items, place, gradient=False):
        if not below_items:
            raise ReadingError(
                "with respect to what? a symbol is missing after ∂", *place
            )
        if self.inside_derivative:
            raise ReadingError(
                "a derivative of a derivative cannot be executed",
                *(self.place or place),
            )
        self.inside_derivative = True
        try:
            numerator = above()
        finally:
            self.inside_derivative = False
        if len(below_items) > 1:
            raise ReadingError(
                "differentiate by one symbol at a time",
                below_items[0].start,
                below_items[-1].end,
            )
        self.below_a_derivative = True
        try:
            below = self.item(below_items[0])
        finally:
            self.below_a_derivative = False
        if not isinstance(below, m.Quantity):
            raise ReadingError(
                "differentiate by a symbol, not by an expression",
                below_items[0].start,
                below_items[0].end,
            )
        if below.symbol.role == "label":
            raise ReadingError(
                "a class label cannot be moved a little", *place
            )
        span = self.place or place
        return m.Derivative(
            *span, numerator, below, kind == "immediate", gradient
        )

    def _operator_derivative(self, item, items, position):
        """Read \\frac{\\partial}{\\partial x} applied to the next factor."""
        parts = self._fraction_parts(item.base)
        if parts is None or parts[1]:
            return None
        kind, _, below = parts
        if position + 1 >= len(items):
            raise ReadingError(
                "the derivative of what? an expression is missing",
                item.start,
                item.end,
            )
        after = []

        def numerator():
            body, end = self._factor(items, position + 1)
            after.append(end)
            return body

        end = items[position + 1].end
        derivative = self._derivative(
            kind, numerator, below, (item.start, end)
        )
        return derivative, after[0]

    def _slashed_derivative(self, items, position):
        """Read \\partial L / \\partial h_t."""
        kind = self._partial(items[position])
        slash = position + 1
        while slash < len(items) and operator_at(items, slash) != "/":
            slash += 1
        below = items[slash + 1 : slash + 3]
        if slash == len(items) or not below or not self._partial(below[0]):
            raise ReadingError(
                "∂ stands in a fraction: \\frac{\\partial …}{\\partial …}",
                items[position].start,
                items[position].end,
            )
        if self._partial(below[0]) == "immediate":
            kind = "immediate"
        above = items[position + 1 : slash]
        place = items[position].start, below[-1].end
        derivative = self._derivative(
            kind, lambda: self._numerator(above, place), below[1:], place
        )
        return derivative, slash + 3

    def _numerator(self, items, place):
        if not items:
            raise ReadingError("the derivative of what?", *place)
        body, position = self._outer(items, 0)
        if position < len(items):
            raise ReadingError("nothing can follow here", *place)
        return body

    def _nabla(self, item, items, position):
        if item.below is None or len(item.below) != 1:
            raise ReadingError(
                "∇ needs a subscript: \\nabla_{h_t} L", item.start, item.end
            )
        if position + 1 >= len(items):
            raise ReadingError("∇ of what?", item.start, item.end)
        below = item.below[0].expressions[0].terms[0].items
        after = []

        def numerator():
            body, end = self._factor(items, position + 1)
            after.append(end)
            return body

        place = item.start, items[position + 1].end
        derivative = self._derivative(
            "total", numerator, below, place, gradient=True
        )
        return derivative, after[0]

    # -- sums and products ----------------------------------------------

    def _repeat_kind(self, node):
        """Return (kind, order) for a sum or product sign, else None."""
        arrow = None
        if isinstance(node, Over):
            arrow = text_of(node.mark)
            inner = only_item(node.base)
            node = flat(inner).base if inner is not None else None
        elif isinstance(node, Accent):
            arrow = node.mark
            inner = only_item(node.base)
            node = flat(inner).base if inner is not None else None
            if not isinstance(node, Atom) or node.text not in REPEATS:
                return None
        if not isinstance(node, Atom) or node.text not in REPEATS:
            return None
        orders = {
            None: self.language.order,
            "\\leftarrow": "descending",
            "\\overleftarrow": "descending",
            "\\rightarrow": "ascending",
            "\\to": "ascending",
            "\\overrightarrow": "ascending",
        }
        if arrow not in orders:
            raise ReadingError(
                "over a product write \\leftarrow (later factors to the "
                "left) or \\rightarrow",
                node.start,
                node.end,
            )
        return REPEATS[node.text], orders[arrow]

    def _repeat(self, kind, item, items, position):
        if position + 1 >= len(items):
            raise ReadingError(
                "a sum or product of what? its terms are missing",
                item.start,
                item.end,
            )
        kind, order = kind
        upper = None
        if len(item.above) > 1 or item.primes:
            raise ReadingError(
                "one upper bound is enough", item.start, item.end
            )
        clauses = item.below or []
        if not clauses:
            raise ReadingError(
                "over which index? write \\sum_{t=1}^{T} or \\sum_k",
                item.start,
                item.end,
            )
        family = self._family(clauses[0])
        if family is not None:
            return self._sum_over_letters(
                kind, family, item, items, position
            )
        if item.above:
            upper = self._shift_of_bracket(item.above[0])
            top = item.above[0].clauses[0].expressions[0]
            self._note("bound", top, upper)
        saved = dict(self.bound)
        heads = self._repeat_heads(clauses, upper, item)
        conditions = []
        for clause in clauses:
            conditions += self._conditions_of_head(clause)
        body, position = self._outer(items, position + 1)
        self.bound = saved
        for index, lower, top in reversed(heads):
            last = index is heads[-1][0]
            body = m.Repeat(
                *(self.place or (item.start, body.end)),
                kind,
                index,
                lower,
                top,
                conditions if last else [],
                body,
                order,
            )
            self.repeats.append(body)
        return body, position

    def _repeat_heads(self, clauses, upper, item):
        """Return (index, lower, upper) for each index, newly bound."""
        heads, lowers = [], []
        for clause in clauses:
            letters = None
            if clause.relations == ["="]:
                letters = [clause.expressions[0]]
                lowers.append(self.shift(clause.expressions[1]))
                self._note("bound", clause.expressions[1], lowers[-1])
            elif not clause.relations:
                letters = arguments_of([clause])
                lowers += [None] * len(letters)
            elif len(clause.relations) == 2:
                letters = [clause.expressions[1]]
                lowers.append(None)
            elif not heads:
                letters = [clause.expressions[0]]
                lowers.append(None)
            for letter in letters or ():
                name = self._letter(letter)
                if name is None:
                    raise ReadingError(
                        "an index letter is expected here",
                        letter.start,
                        letter.end,
                    )
                heads.append((name, m.Index(name)))
        if not heads or (upper is not None and len(heads) > 1):
            raise ReadingError(
                "write one index with bounds per sign", item.start, item.end
            )
        for name, index in heads:
            self.bound[name] = m.Shift(indices=((index, 1),))
        return [
            (index, lower, upper if upper is not None else None)
            for (_, index), lower in zip(heads, lowers, strict=True)
        ]

    def _conditions_of_head(self, clause):
        if not clause.relations or clause.relations == ["="]:
            return []
        return self.conditions([clause])

    def _letter(self, expression):
        item = only_item(expression)
        if item is None or item.below is not None or item.above:
            return None
        return base_name(flat(item).base)

    def _family(self, clause):
        """Return (letter, names) of \\star\\in\\{i,f,o,g\\}, or None."""
        if clause.relations == ["\\in"]:
            name = self._letter(clause.expressions[0])
            right = only_item(clause.expressions[1])
            curly = None if right is None else right.base
            if name is None or not (
                isinstance(curly, Bracket) and curly.kind in ("\\{", "{")
            ):
                raise ReadingError(
                    "after \\in a set is expected: \\{i,f,o,g\\}",
                    clause.start,
                    clause.end,
                )
            names = [
                self._letter(c.expressions[0])
                for c in curly.clauses
                if not c.relations
            ]
            if None in names or len(names) != len(curly.clauses):
                raise ReadingError(
                    "a set of letters is expected", curly.start, curly.end
                )
            return name, names
        name = self._letter(clause.expressions[0])
        if not clause.relations and name in self.language.families:
            return name, self.language.families[name]
        return None

    def _sum_over_letters(self, kind, family, item, items, position):
        if kind != "sum" or len(item.below) > 1 or item.above:
            raise ReadingError(
                "over letters only a plain sum is read", item.start, item.end
            )
        letter, names = family
        terms = []
        saved = dict(self.rename)
        for name in names:
            self.rename = {**saved, letter: name}
            body, after = self._outer(items, position + 1)
            terms.append(body)
        self.rename = saved
        span = self.place or (item.start, terms[-1].end)
        return m.Add(*span, ["+"] * len(terms), terms), after
