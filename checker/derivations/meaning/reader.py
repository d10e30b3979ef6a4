"""Tree to meaning: what each symbol, script and neighbour stands for.

The grammar knows only structure. Here the vocabulary of a notation says
which names are quantities, which letters are indices, and which words are
functions. Matrix product binds tighter than ⊙, ⊙ tighter than ⊗, and a
sum or product sign reaches to the end of its term.

``rest`` is always what is still to be read of a term: every method takes
its items from the left end.
"""

from collections import deque

from derivations.latex.names import (
    base_name,
    flat,
    function_key,
    is_operator,
    repeat_sign,
    text_of,
)
from derivations.latex.tree import (
    Bracket,
    Expression,
    Fraction,
    Item,
    Term,
    bracket_of,
)
from derivations.meaning import nodes as m
from derivations.meaning.repeats import RepeatReader
from derivations.meaning.vocabulary import NO_MEANING


class Reader(RepeatReader):
    """Reads the sides of one equation; free index letters are shared."""

    # -- structure ------------------------------------------------------

    def expression(self, node):
        """Return the meaning of an expression."""
        node = _with_signs_inside_sums(node)
        parts = [self._outer(deque(term.items)) for term in node.terms]
        if len(parts) == 1 and not node.signs[0]:
            return parts[0]
        signs = [sign or "+" for sign in node.signs]
        return m.Add(node.start, node.end, signs, parts)

    def _outer(self, rest):
        return self._joined(rest, "\\otimes", "outer", self._hadamard)

    def _hadamard(self, rest):
        return self._joined(rest, "\\odot", "hadamard", self._product)

    def _joined(self, rest, operator, kind, part):
        left = part(rest)
        while rest and _operator(rest[0]) == operator:
            _take_operator(rest, left)
            right = part(rest)
            left = m.Binary(left.start, right.end, kind, left, right)
        return left

    def _product(self, rest):
        factors, first = [], rest[0]
        while rest and _operator(rest[0]) not in ("\\odot", "\\otimes"):
            operator = _operator(rest[0])
            if operator is not None:
                _take_operator(rest, factors)
            factor = self._factor(rest)
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

    def _factor(self, rest):
        """Read one factor; functions and signs take what follows them."""
        written = rest.popleft()
        item = flat(written)
        if is_operator(item):
            raise item.error("a factor is missing here")
        if repeat_sign(item):
            return self._repeat(item, rest)
        name = self._renamed(base_name(item.base))
        if name == "\\partial":
            return self._slashed_derivative(item, rest)
        if name == "\\nabla":
            return self._nabla(item, rest)
        function = self._function(name, item)
        if function is not None:
            return self._application(function, item, rest)
        if isinstance(item.base, Fraction):
            parts = self._fraction_parts(item.base)
            if parts is not None and not parts[1]:
                return self._operator_derivative(item, rest)
        return self.item(written)

    # -- functions ------------------------------------------------------

    def _function(self, name, item):
        """Return the key of a function: its name, or g_1 for a subscript."""
        functions = self.language.functions
        key = function_key(name, item)
        if key != name and key in functions:
            return key
        if name in functions and not self._is_symbol(name):
            return name
        return None

    def _application(self, name, item, rest):
        function = self.language.functions[name]
        if item.below is not None and "_" not in name:
            raise item.error(f"{name} takes no subscript here")
        if not rest or is_operator(rest[0]):
            raise item.error(f"{name} needs an argument")
        primes, marks = item.primes, list(item.above)
        while marks and text_of(marks[0]) == "\\prime":
            primes += 1
            marks.pop(0)
        after, bracket = None, flat(rest[0])
        if isinstance(bracket.base, Bracket) and bracket.base.kind in "([":
            rest.popleft()
            arguments = [self._plain(c) for c in bracket.base.clauses]
            primes += bracket.primes
            place = bracket.start, bracket.end
            after = Item(*place, bracket.base, bracket.below, bracket.above)
        else:
            arguments = [self._factor(rest)]
        if len(arguments) > 1 and function != "loss":
            raise bracket.error(f"{name} takes one argument")
        if primes and (primes > 1 or function in ("softmax", "diag", "loss")):
            raise item.error(
                f"only the first derivative of an element-wise function is "
                f"known, not this one of {name}"
            )
        end = (after or arguments[-1]).end
        result = m.Apply(item.start, end, function, arguments, primes)
        for mark in marks:
            result = self._raised(result, mark, item)
        return result if after is None else self._scripts(result, after)


def _with_signs_inside_sums(node):
    """Read \\sum_t -x as a sum of -x, \\sum_t +x as one of x."""
    signs, terms = [], []
    for sign, term in zip(node.signs, node.terms, strict=True):
        if terms and repeat_sign(flat(terms[-1].items[-1])):
            group = bracket_of(*term.items, sign=sign)
            items = [*terms[-1].items, Item(term.start, term.end, group)]
            terms[-1] = Term(terms[-1].start, term.end, items)
        else:
            signs.append(sign)
            terms.append(term)
    return Expression(node.start, node.end, signs, terms)


def _operator(item):
    return item.base.text if is_operator(item) else None


def _take_operator(rest, before):
    """Remove an operator, which needs something on both sides."""
    item = rest.popleft()
    text = item.base.text
    if text in NO_MEANING:
        raise item.error(NO_MEANING[text])
    if not before or not rest:
        raise item.error(f"{text} needs something on both sides")
