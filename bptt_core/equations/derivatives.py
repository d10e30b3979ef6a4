"""Reading derivatives: fractions of ∂, operators, ∇."""

from . import meaning as m
from .errors import ReadingError
from .names import base_name, flat, operator_at, text_of
from .symbols import SymbolReader
from .tree import Atom


class DerivativeReader(SymbolReader):
    """The part of the reader that knows ∂, ∂⁺ and ∇."""

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
