"""Tree to meaning: what each symbol, script and neighbour stands for.

The grammar knows only structure. Here the vocabulary of a notation says
which names are quantities, which letters are indices, and which words are
functions. Matrix product binds tighter than ⊙, ⊙ tighter than ⊗, and a
sum or product sign reaches to the end of its term.
"""

from . import meaning as m
from .errors import ReadingError
from .names import (
    arguments_of,
    base_name,
    flat,
    is_operator,
    operator_at,
    text_of,
)
from .repeats import RepeatReader
from .tree import (
    Bracket,
    Clause,
    Expression,
    Fraction,
    Item,
    Term,
)
from .vocabulary import NO_MEANING


class Reader(RepeatReader):
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
