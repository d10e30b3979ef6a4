"""Reading one item: a symbol, a bracket or a fraction with its scripts."""

import copy

from derivations.errors import EquationError, LimitError
from derivations.latex.names import (
    arguments_of,
    base_name,
    flat,
    is_number,
    items_of,
    name_of,
    only_expression,
    only_item,
    raised_time,
    subscript_of,
    text_of,
)
from derivations.latex.tree import Bracket, Cases, Fraction, Item, bracket_of
from derivations.meaning import nodes as m
from derivations.meaning.indices import IndexReader
from derivations.meaning.vocabulary import NO_MEANING, TIME


class SymbolReader(IndexReader):
    """The part of the reader that knows symbols and superscripts."""

    # -- one item -------------------------------------------------------

    def item(self, item):
        """Return the meaning of a base with its scripts."""
        item = flat(item)
        base = item.base
        if is_number(item):
            return self._number(item)
        name = self._renamed(base_name(base))
        if name is not None:
            return self._named(name, item)
        if isinstance(base, Fraction):
            node = self._fraction(base)
        elif isinstance(base, Cases):
            node = self._cases(base)
        elif isinstance(base, Bracket):
            node = self._bracket(base)
        else:
            raise item.error("this cannot be read as a quantity")
        return self._scripts(node, item)

    def _number(self, item):
        text = item.base.text
        if item.below is not None:
            if text != "1":
                raise item.error("a number takes no subscript")
            conditions = self.conditions(item.below)
            return m.Indicator(item.start, item.end, conditions)
        if len(text) > 15:
            raise LimitError.on(item.base, "this number is too long")
        if any(text_of(bracket) == "\\top" for bracket in item.above):
            raise item.error(
                "a number has no transpose; a column of ones is written as "
                "a sum over the index"
            )
        number = m.Number(item.base.start, item.base.end, float(text))
        return self._scripts(number, item)

    def _fraction(self, fraction):
        derivative = self._fraction_derivative(fraction)
        if derivative is not None:
            return derivative
        sides = self._inside(fraction.above), self._inside(fraction.below)
        return m.Binary(fraction.start, fraction.end, "quotient", *sides)

    def _bracket(self, bracket):
        is_condition = any(clause.relations for clause in bracket.clauses)
        if is_condition and bracket.kind in ("[", "\\{"):
            conditions = self.conditions(bracket.clauses)
            return m.Indicator(bracket.start, bracket.end, conditions)
        inside = self._inside(bracket)
        if bracket.kind != "{":
            inside.start, inside.end = bracket.start, bracket.end
        return inside

    def _cases(self, cases):
        rows = []
        for expression, clauses in cases.rows:
            body = self.expression(expression)
            conditions = self.conditions(clauses) if clauses else []
            rows.append((conditions, body))
        return m.Choice(cases.start, cases.end, rows)

    def _inside(self, bracket):
        """Return the meaning of the one expression in a bracket."""
        if len(bracket.clauses) != 1:
            raise bracket.error("one expression is expected here")
        return self._plain(bracket.clauses[0])

    def _plain(self, clause):
        if clause.relations:
            raise clause.error("a relation cannot stand here")
        return self.expression(clause.expressions[0])

    # -- symbols --------------------------------------------------------

    def _named(self, name, item):
        place = item.start, item.end
        plain = item.below is None
        arguments = arguments_of(item.below)
        if plain and name == self.language.length:
            node = m.Integer(*place, m.Shift(length=1))
            return self._scripts(node, item)
        found = self._quantity(name, item, arguments)
        if found is not None:
            return found
        free = plain and not self._is_symbol(name)
        if free and self._is_index(name):
            node = m.Integer(*place, self._index_shift(name))
        elif free and name == "I":
            node = m.Identity(*place)
        elif name == "\\delta" and len(arguments) == 2:
            condition = self._comparison("=", *arguments)
            node = m.Indicator(*place, [condition])
            item = Item(*place, item.base, None, item.above, item.primes)
        else:
            raise self._not_found(name, item, arguments)
        return self._scripts(node, item)

    def _is_symbol(self, name):
        return bool(self.language.vocabulary.candidates(name))

    def _not_found(self, name, item, arguments):
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
        texts = [self._renamed(subscript_of(a)) or "…" for a in arguments]
        below = ",".join(texts)
        if below:
            name += f"_{below}" if len(below) == 1 else f"_{{{below}}}"
        return vocabulary.unknown(name, item.start, item.end)

    def _quantity(self, name, item, arguments):
        """Return the quantity that a name and its scripts stand for."""
        texts = tuple(self._renamed(subscript_of(a)) for a in arguments)
        raised, marks = None, item.above
        found = raised_time(marks[0]) if marks else None
        if found is not None:
            raised, after = found
            marks = [*after, *marks[1:]]
        for symbol in self.language.vocabulary.candidates(name):
            count = len(symbol.subscripts)
            time, rest = None, arguments[count:]
            if texts[:count] != symbol.subscripts:
                continue
            if symbol.timed == "below":
                if not rest or not self._may_be_time(rest[0]):
                    continue
                time, *rest = rest
            elif symbol.timed == "above":
                if raised is None:
                    continue
                time, raised = raised, None
            if len(rest) <= 2:
                return self._built(symbol, item, time, raised, rest, marks)
        return None

    def _may_be_time(self, expression):
        """A letter already known as a component cannot be a time."""
        item = only_item(expression)
        if item is not None and item.below is not None:
            return False
        name = name_of(expression)
        if not self._is_index(name):
            return True
        index = self._index_shift(name).single
        return index is None or index.kind != "component"

    def _built(self, symbol, item, time, raised, rest, marks):
        """Return a symbol at a time, a copy of it, or components of it."""
        place = item.start, item.end
        shift = None if time is None else self._time(time)
        copied = None
        if raised is not None:
            self._check_copy(symbol, item)
            copied = self._time(raised)
        if symbol.role == "defined":
            result = self._expanded(symbol, shift, item)
            if rest:
                components = self._components(rest, result)
                result = m.Pick(*place, result, components)
        else:
            components = self._components(rest, symbol)
            result = m.Quantity(*place, symbol, shift, copied, components)
        self.uses.append((symbol, item.base.start, item.end))
        return self._marked(result, marks, item)

    def _check_copy(self, symbol, item):
        """W^{(k)}, the copy of a parameter used at step k, or a mistake?"""
        if symbol.timed == "below" or symbol.role != "parameter":
            raise item.error(
                f"time or power? the time of {symbol.latex} is its "
                "subscript; a power is written without brackets"
            )
        if not self.below_a_derivative:
            raise item.error(
                "a copy of a parameter stands only under a ∂ or a ∇"
            )

    def _expanded(self, symbol, shift, item):
        """Read the definition of a symbol such as δ_t at another time."""
        if symbol in self.definitions_open:
            raise item.error(f"{symbol.latex} is defined by itself")
        inner = copy.copy(self)
        inner.bound = {} if shift is None else {TIME: shift}
        inner.rename, inner.marks, inner.uses = {}, [], []
        inner.definitions_open = [*self.definitions_open, symbol]
        try:
            meaning = inner.expression(symbol.definition)
        except EquationError as error:
            error.start, error.end = item.start, item.end
            raise
        for part in m.walk(meaning):
            part.start, part.end = item.start, item.end
        return meaning

    # -- scripts on any meaning -----------------------------------------

    def _scripts(self, node, item):
        """Apply the subscripts and superscripts that follow a bracket."""
        if item.below is not None:
            arguments = arguments_of(item.below)
            if len(arguments) > 2:
                raise item.error("at most two components")
            components = self._components(arguments, node)
            node = m.Pick(item.start, item.end, node, components)
        return self._marked(node, item.above, item)

    def _marked(self, node, marks, item):
        for bracket in marks:
            node = self._raised(node, bracket, item)
        if item.primes:
            raise item.error("a prime has a meaning on functions only")
        return node

    def _raised(self, node, bracket, item):
        """Apply one superscript: ⊤, a power, or both."""
        place = node.start, max(item.end, bracket.end)
        items = items_of(bracket) or []
        tops = [text_of(bracket_of(one)) == "\\top" for one in items]
        if len(items) > 1 and (tops[0] or tops[-1]):
            cut = 1 if tops[0] else -1
            for part in (items[:cut], items[cut:]):
                node = self._raised(node, bracket_of(*part), item)
            return node
        text = text_of(bracket)
        if text == "\\top":
            return m.Transpose(*place, node)
        if text == "T":
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
        return m.Power(*place, node, self._exponent(exponent))

    def _exponent(self, expression):
        item = only_item(expression)
        if item is not None and is_number(item):
            return float(item.base.text)
        shift = self.shift(expression)
        self._mark_time(shift, expression)
        return shift
