"""Reading one item: a symbol, a bracket or a fraction with its scripts."""

from . import meaning as m
from .errors import LimitError, ReadingError
from .indices import IndexReader
from .names import (
    arguments_of,
    base_name,
    expression_of_item,
    flat,
    mark_text,
    only_item,
    round_content,
    text_of,
)
from .tree import (
    Atom,
    Bracket,
    Cases,
    Clause,
    Expression,
    Fraction,
    Item,
    Term,
)
from .vocabulary import NO_MEANING

_FILLERS = {"if", "for", "otherwise", "else", "when"}


class SymbolReader(IndexReader):
    """The part of the reader that knows symbols and superscripts."""

    # -- one item -------------------------------------------------------

    def item(self, item):
        """Return the meaning of a base with its scripts."""
        item = flat(item)
        base = item.base
        if isinstance(base, Atom) and base.kind == "number":
            return self._number(item, base)
        if isinstance(base, Fraction):
            return self._scripts(self._fraction(base), item)
        if isinstance(base, Cases):
            return self._scripts(self._cases(base), item)
        name = self._renamed(base_name(base))
        if name is not None:
            return self._named(name, item)
        if isinstance(base, Bracket):
            return self._scripts(self._bracket(base), item)
        raise ReadingError(
            "this cannot be read as a quantity", item.start, item.end
        )

    def _number(self, item, base):
        if item.below is not None:
            if base.text != "1":
                raise ReadingError(
                    "a number takes no subscript", item.start, item.end
                )
            conditions = self.conditions(item.below)
            span = self.place or (item.start, item.end)
            return m.Indicator(*span, conditions)
        if len(base.text) > 15:
            raise LimitError("this number is too long", base.start, base.end)
        for bracket in item.above:
            if text_of(bracket) == "\\top":
                raise ReadingError(
                    "a number has no transpose; a column of ones is written "
                    "as a sum over the index",
                    item.start,
                    item.end,
                )
        number = m.Number(
            *(self.place or (base.start, base.end)), float(base.text)
        )
        return self._scripts(number, item)

    def _fraction(self, fraction):
        parts = self._fraction_parts(fraction)
        place = fraction.start, fraction.end
        if parts is not None:
            kind, above, below = parts
            return self._derivative(
                kind, lambda: self._numerator(above, place), below, place
            )
        sides = []
        for bracket in (fraction.above, fraction.below):
            if len(bracket.clauses) != 1:
                raise ReadingError(
                    "one expression is expected here",
                    bracket.start,
                    bracket.end,
                )
            sides.append(self._plain(bracket.clauses[0]))
        return m.Binary(*(self.place or place), "quotient", *sides)

    def _bracket(self, bracket):
        if len(bracket.clauses) == 1 and bracket.clauses[0].relations:
            if bracket.kind in ("[", "\\{"):
                return m.Indicator(
                    *(self.place or (bracket.start, bracket.end)),
                    self.conditions(bracket.clauses),
                )
        if len(bracket.clauses) != 1:
            raise ReadingError(
                "one expression is expected in this bracket",
                bracket.start,
                bracket.end,
            )
        inside = self._plain(bracket.clauses[0])
        if self.place is None and bracket.kind != "{":
            inside.start, inside.end = bracket.start, bracket.end
        return inside

    def _cases(self, cases):
        rows = []
        for expression, clauses in cases.rows:
            body = self.expression(expression)
            rows.append((self._case_conditions(clauses), body))
        return m.Choice(*(self.place or (cases.start, cases.end)), rows)

    def _case_conditions(self, clauses):
        found = []
        for clause in clauses:
            first = clause.expressions[0]
            items = first.terms[0].items
            word = items[0].base
            if isinstance(word, Atom) and word.kind == "word":
                if word.text.split()[0] not in _FILLERS:
                    raise ReadingError(
                        "a condition is expected here", word.start, word.end
                    )
                items = items[1:]
                if not items:
                    if clause.relations:
                        raise ReadingError(
                            "a condition is expected here",
                            clause.start,
                            clause.end,
                        )
                    continue
                term = Term(items[0].start, items[-1].end, items)
                terms = [term, *first.terms[1:]]
                first = Expression(
                    term.start, first.end, first.signs, terms
                )
                clause = Clause(
                    first.start,
                    clause.end,
                    [first, *clause.expressions[1:]],
                    clause.relations,
                )
            found += self.conditions([clause])
        return found

    # -- symbols --------------------------------------------------------

    def _named(self, name, item):
        if name == self.language.length and item.below is None:
            shift = m.Shift(length=1)
            span = self.place or (item.start, item.end)
            return self._scripts(m.Integer(*span, shift), item)
        found = self._quantity(name, item)
        if found is not None:
            return found
        if name in self.bound or name in self.free:
            if item.below is None and not self._is_symbol(name):
                shift = self._index_shift(name)
                span = self.place or (item.start, item.end)
                return self._scripts(m.Integer(*span, shift), item)
        if name == "\\delta" and item.below is not None:
            arguments = arguments_of(item.below)
            if len(arguments) == 2:
                span = self.place or (item.start, item.end)
                condition = self._comparison("=", *arguments)
                indicator = m.Indicator(*span, [condition])
                return self._scripts(
                    indicator, self._without_below(item)
                )
        if name == "I" and item.below is None and not self._is_symbol("I"):
            span = self.place or (item.start, item.end)
            return self._scripts(m.Identity(*span), item)
        raise self._not_found(name, item)

    def _without_below(self, item):
        return Item(
            item.start, item.end, item.base, None, item.above, item.primes
        )

    def _not_found(self, name, item):
        if name in NO_MEANING:
            return ReadingError(NO_MEANING[name], item.start, item.end)
        candidates = self.language.vocabulary.candidates(name)
        for symbol in candidates:
            if symbol.timed is None:
                continue
            powers = [b for b in item.above if round_content(b) is None]
            if symbol.timed == "above" and powers:
                return ReadingError(
                    f"time or power? here time is written {symbol.latex}, "
                    f"and a power ({symbol.latex})^2",
                    item.start,
                    item.end,
                )
            return ReadingError(
                f"{name} needs a time index: {symbol.latex}",
                item.start,
                item.end,
            )
        written = self._written(name, item)
        return self.language.vocabulary.unknown(
            written, item.start, item.end
        )

    def _written(self, name, item):
        texts = [
            self._argument_text(a) or "…"
            for a in arguments_of(item.below or [])
        ]
        if not texts:
            return name
        joined = ",".join(texts)
        return f"{name}_{joined}" if len(joined) == 1 else (
            f"{name}_{{{joined}}}"
        )

    def _argument_text(self, expression):
        item = only_item(expression)
        if item is None:
            return None
        item = flat(item)
        if item.below is not None or item.above or item.primes:
            return None
        if isinstance(item.base, Atom) and item.base.kind == "number":
            return item.base.text
        return self._renamed(base_name(item.base))

    def _quantity(self, name, item):
        """Return the quantity that a name and its scripts stand for."""
        arguments = arguments_of(item.below or [])
        texts = [self._argument_text(a) for a in arguments]
        raised, marks = None, list(item.above)
        trailing = []
        if marks:
            content = round_content(marks[0])
            if content is not None:
                inner, raised = content
                trailing = inner.above
                marks = marks[1:]
            else:
                split = self._time_then_marks(marks[0])
                if split is not None:
                    raised, trailing = split
                    marks = marks[1:]
        for symbol in self.language.vocabulary.candidates(name):
            count = len(symbol.subscripts)
            if tuple(texts[:count]) != symbol.subscripts:
                continue
            rest = arguments[count:]
            if symbol.timed == "below":
                if not rest or not self._may_be_time(rest[0]):
                    continue
                time, rest = rest[0], rest[1:]
            elif symbol.timed == "above":
                if raised is None:
                    continue
                time = raised
            else:
                time = None
            if len(rest) > 2:
                continue
            return self._built(symbol, item, time, raised, rest, trailing,
                               marks)
        return None

    def _time_then_marks(self, bracket):
        """Split ``(t-1)\\top`` into its time and the marks after it."""
        if len(bracket.clauses) == 0:
            return None
        expression = bracket.clauses[0].expressions[0]
        items = expression.terms[0].items
        first = flat(items[0])
        if not (isinstance(first.base, Bracket) and first.base.kind == "("):
            return None
        if len(first.base.clauses) != 1 or len(expression.terms) != 1:
            return None
        rest = [self._as_bracket(item) for item in items[1:]]
        for clause in bracket.clauses[1:]:
            rest.append(Bracket(clause.start, clause.end, "{", [clause]))
        time = first.base.clauses[0].expressions[0]
        return time, [*first.above, *rest]

    def _as_bracket(self, item):
        clause = Clause(
            item.start, item.end, [expression_of_item(item)], []
        )
        return Bracket(item.start, item.end, "{", [clause])

    def _may_be_time(self, expression):
        """A letter already known as a component cannot be a time."""
        item = only_item(expression)
        if item is not None and flat(item).below is not None:
            return False
        name = self._letter(expression)
        if name is None:
            return True
        index = None
        if name in self.bound:
            index = self.bound[name].single
        elif name in self.free:
            index = self.free[name]
        return index is None or index.kind != "component"

    def _built(self, symbol, item, time, raised, rest, trailing, marks):
        span = self.place or (item.start, item.end)
        shift = copy = None
        if time is not None:
            shift = self.shift(time)
            self._mark_time(shift, time)
            self._note("time", time, shift)
        if raised is not None and symbol.timed != "above":
            if symbol.timed == "below" or symbol.role != "parameter":
                raise ReadingError(
                    f"time or power? the time of {symbol.latex} is its "
                    "subscript; a power is written without brackets",
                    item.start,
                    item.end,
                )
            if not self.below_a_derivative:
                raise ReadingError(
                    "a copy of a parameter stands only under a ∂ or a ∇",
                    item.start,
                    item.end,
                )
            copy = self.shift(raised)
            self._mark_time(copy, raised)
            self._note("time", raised, copy)
        components = tuple(
            self._component(argument, symbol, axis, len(rest))
            for axis, argument in enumerate(rest)
        )
        if symbol.role == "defined":
            result = self._expanded(symbol, shift, span)
            if components:
                result = m.Pick(*span, result, components)
                self._witness(result)
        else:
            result = m.Quantity(*span, symbol, shift, copy, components)
        if self.place is None:
            self.uses.append((symbol, item.base.start, item.end))
        for bracket in [*trailing, *marks]:
            result = self._raised(result, bracket, item)
        if item.primes:
            raise ReadingError(
                "a prime has a meaning on functions only",
                item.start,
                item.end,
            )
        return result

    def _expanded(self, symbol, shift, span):
        """Read the definition of a symbol such as δ_t at another time."""
        if symbol in self.definitions_open:
            raise ReadingError(
                f"{symbol.latex} is defined by itself", *span
            )
        letter, expression = symbol.definition
        saved = self.bound, self.place, self.rename
        self.place, self.rename = span, {}
        self.bound = {letter: shift} if shift is not None else {}
        self.definitions_open.append(symbol)
        try:
            inside = self.expression(expression)
        finally:
            self.definitions_open.pop()
            self.bound, self.place, self.rename = saved
        return inside

    # -- scripts on any meaning -----------------------------------------

    def _scripts(self, node, item):
        """Apply the subscripts and superscripts that follow a bracket."""
        marks = list(item.above)
        if item.below is not None:
            arguments = arguments_of(item.below)
            if len(arguments) > 2:
                raise ReadingError(
                    "at most two components", item.start, item.end
                )
            components = tuple(
                self._component(argument, None, axis, len(arguments))
                for axis, argument in enumerate(arguments)
            )
            span = self.place or (item.start, item.end)
            node = m.Pick(*span, node, components)
            self._witness(node)
        for bracket in marks:
            node = self._raised(node, bracket, item)
        if item.primes:
            raise ReadingError(
                "a prime has a meaning on functions only",
                item.start,
                item.end,
            )
        return node

    def _raised(self, node, bracket, item):
        """Apply one superscript: ⊤ or a power."""
        span = self.place or (node.start, max(item.end, bracket.end))
        items = None
        if len(bracket.clauses) == 1 and not bracket.clauses[0].relations:
            expression = bracket.clauses[0].expressions[0]
            if len(expression.terms) == 1 and not expression.signs[0]:
                items = expression.terms[0].items
        if items and len(items) > 1 and mark_text(items[-1]) == "\\top":
            node = self._raised(
                node, self._only(items[:-1], bracket), item
            )
            return m.Transpose(*span, node)
        if items and mark_text(items[0]) == "\\top":
            node = m.Transpose(*span, node)
            if len(items) > 1:
                return self._raised(
                    node, self._only(items[1:], bracket), item
                )
            return node
        text = text_of(bracket)
        if text == "T":
            raise ReadingError(
                "is T the length or a transpose? write ^\\top to transpose",
                bracket.start,
                bracket.end,
            )
        if text in ("+", "-", "*", "\\star", "\\prime"):
            raise ReadingError(
                f"{text} has no meaning as a superscript here",
                bracket.start,
                bracket.end,
            )
        if not bracket.clauses:
            return node
        clause = bracket.clauses[0]
        if len(bracket.clauses) > 1 or clause.relations:
            raise ReadingError(
                "this superscript cannot be read", bracket.start, bracket.end
            )
        exponent = self._exponent(clause.expressions[0])
        return m.Power(*span, node, exponent)

    def _only(self, items, bracket):
        term = Term(items[0].start, items[-1].end, items)
        expression = Expression(term.start, term.end, [""], [term])
        clause = Clause(term.start, term.end, [expression], [])
        return Bracket(bracket.start, bracket.end, "{", [clause])

    def _exponent(self, expression):
        item = only_item(expression)
        if item is not None:
            base = flat(item).base
            if isinstance(base, Atom) and base.kind == "number":
                return float(base.text)
            if isinstance(base, Bracket) and base.kind == "(":
                return self._exponent(base.clauses[0].expressions[0])
        shift = self.shift(expression)
        self._mark_time(shift, expression)
        return shift
