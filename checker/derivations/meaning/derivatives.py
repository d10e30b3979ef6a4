"""Reading derivatives: fractions of ∂, operators, ∇."""

from collections import deque

from derivations.errors import ReadingError
from derivations.latex.names import flat, is_operator, items_of, text_of
from derivations.latex.tree import Atom
from derivations.meaning import nodes as m
from derivations.meaning.symbols import SymbolReader


class DerivativeReader(SymbolReader):
    """The part of the reader that knows ∂, ∂⁺ and ∇."""

    def _partial(self, item):
        """Return "total" or "immediate" if the item is a ∂, else None."""
        item = flat(item)
        atom = item.base
        if not isinstance(atom, Atom):
            return None
        if (atom.kind, atom.text) not in (
            ("command", "\\partial"),
            ("word", "d"),
        ):
            return None
        if not item.above:
            return "total"
        if text_of(item.above[0]) == "+":
            return "immediate"
        raise item.error("second derivatives cannot be executed")

    def _fraction_parts(self, fraction):
        """Return (kind, numerator items, denominator items) or None."""
        sides = [items_of(fraction.above), items_of(fraction.below)]
        if None in sides:
            return None
        kinds = [self._partial(items[0]) for items in sides]
        if kinds == [None, None]:
            return None
        if None in kinds:
            raise fraction.error(
                "∂ stands above or below only; a derivative needs both"
            )
        kind = "immediate" if "immediate" in kinds else "total"
        return kind, sides[0][1:], sides[1][1:]

    def _derivative(self, kind, read, above, below, place, gradient=False):
        """Return ∂above/∂below; ``read`` takes what it needs from above."""
        if not below:
            raise ReadingError(
                "with respect to what? a symbol is missing after ∂", *place
            )
        if not above:
            raise ReadingError(
                "the derivative of what? an expression is missing", *place
            )
        if self.inside_derivative:
            raise ReadingError(
                "a derivative of a derivative cannot be executed", *place
            )
        self.inside_derivative = True
        numerator = read(above)
        self.inside_derivative = False
        if len(below) > 1:
            raise ReadingError(
                "differentiate by one symbol at a time",
                below[0].start,
                below[-1].end,
            )
        self.below_a_derivative = True
        denominator = self.item(below[0])
        self.below_a_derivative = False
        if not isinstance(denominator, m.Quantity):
            raise below[0].error(
                "differentiate by a symbol, not by an expression"
            )
        if denominator.symbol.role == "label":
            raise ReadingError(
                "a class label cannot be moved a little", *place
            )
        return m.Derivative(
            *place, numerator, denominator, kind == "immediate", gradient
        )

    def _fraction_derivative(self, fraction):
        """Read \\frac{\\partial L}{\\partial x}, or return None."""
        parts = self._fraction_parts(fraction)
        if parts is None:
            return None
        kind, above, below = parts
        place = fraction.start, fraction.end
        return self._derivative(kind, self._outer, deque(above), below, place)

    def _operator_derivative(self, item, rest):
        """Read \\frac{\\partial}{\\partial x} applied to the next factor."""
        kind, _, below = self._fraction_parts(item.base)
        place = item.start, (rest[0] if rest else item).end
        return self._derivative(kind, self._factor, rest, below, place)

    def _slashed_derivative(self, item, rest):
        """Read \\partial L / \\partial h_t, of which ``item`` is the ∂."""
        kind, above = self._partial(item), deque()
        while rest and not is_operator(rest[0]):
            above.append(rest.popleft())
        slash = len(rest) > 1 and rest[0].base.text == "/"
        if not slash or not self._partial(rest[1]):
            raise item.error(
                "∂ stands in a fraction: \\frac{\\partial …}{\\partial …}"
            )
        rest.popleft()
        partial = rest.popleft()
        if self._partial(partial) == "immediate":
            kind = "immediate"
        below = [rest.popleft()] if rest else []
        place = item.start, (below or [partial])[-1].end
        return self._derivative(kind, self._outer, above, below, place)

    def _nabla(self, item, rest):
        if item.below is None or len(item.below) != 1:
            raise item.error("∇ needs a subscript: \\nabla_{h_t} L")
        below = item.below[0].expressions[0].terms[0].items
        place = item.start, (rest[0] if rest else item).end
        return self._derivative(
            "total", self._factor, rest, below, place, gradient=True
        )
