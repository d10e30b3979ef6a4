"""Which symbols do forward equations hold, and what is the length?"""

from .errors import DefinitionError, ReadingError
from .names import (
    arguments_of,
    base_name,
    flat,
    function_key,
    mentions,
    only_item,
    raised_time,
    repeat_sign,
    symbol_of_item,
)
from .reader import Reader
from .tree import Atom, Bracket, Cases, Clause, Expression, Fraction, Term
from .vocabulary import FUNCTIONS, Language, Vocabulary

_RESERVED = {"\\partial", "\\nabla", "\\top", "\\in"}


class Discovery:
    """Finds the symbols of forward equations, the length, the losses."""

    def __init__(self, rows, functions, time, length):
        self.raw = rows
        self.time = time
        self.length = length
        self.first = 1
        self.functions = {**FUNCTIONS, **functions}
        self.vocabulary = Vocabulary()
        self.targets = []
        self.labels = []
        self.constraints = []

    # -- which symbols are there ----------------------------------------

    def discover(self):
        """Find the symbols, the length and the generic losses."""
        equations = []
        for (left, right), latex in self.raw:
            target = self._target(left)
            if target is None:
                self.constraints.append((left, right, latex))
                continue
            equations.append((target, right, latex))
        self._find_length(equations)
        for target, right, latex in equations:
            known = self.vocabulary.find(
                target.base, target.subscripts, target.timed
            )
            if known is not None:
                raise DefinitionError(
                    f"{latex}\n{target.latex} is assigned twice"
                )
            target.role = "assigned"
            self.vocabulary.add(target)
            self.targets.append((target, right, latex))
        for certain in (True, False):
            for _, right, latex in equations:
                self._discover_in(right, latex, certain)
            for left, _, latex in self.constraints:
                self._discover_in(left, latex, certain)

    def _target(self, left):
        item = only_item(left)
        if item is None:
            return None
        item = flat(item)
        if repeat_sign(item):
            return None
        return symbol_of_item(item, self.time)

    def _find_length(self, equations):
        for target, right, _ in equations:
            if target.timed:
                continue
            for item, _, _ in walk_items(right):
                if repeat_sign(item) == "\\sum" and item.above and item.below:
                    self._read_bounds(item)
                    return
        self.length = self.length or "T"

    def _read_bounds(self, item):
        clause = item.below[0]
        upper = item.above[0].clauses
        if clause.relations != ["="] or len(upper) != 1:
            self.length = self.length or "T"
            return
        reader = Reader(Language(length=self.length or "\\nothing"))
        try:
            first = reader.shift(clause.expressions[1])
            last = reader.shift(upper[0].expressions[0])
        except ReadingError:
            self.length = self.length or "T"
            return
        letters = [index.letter for index, _ in last.indices]
        if self.length is None and len(letters) == 1:
            self.length = letters[0]
        self.length = self.length or "T"
        if first.is_constant:
            self.first = first.constant
        steps = last.constant - self.first + 1
        if steps or self.first not in (0, 1):
            raise DefinitionError(
                "the sum over time runs from 1 to T or from 0 to T-1; "
                f"here it starts at {self.first} and has {steps:+d} terms "
                "more than T"
            )

    def _discover_in(self, expression, latex, certain):
        for item, after, bound in walk_items(expression):
            name = base_name(item.base)
            if name is None or name in _RESERVED or repeat_sign(item):
                continue
            if name == self.length and item.below is None:
                continue
            full = function_key(name, item)
            if name in self.functions or full in self.functions:
                continue
            if self._is_call(item, after, latex):
                self.functions[name] = "loss"
                continue
            self._discover_symbol(item, bound, certain)

    def _is_call(self, item, after, latex):
        """Two arguments make a loss; one is a function or a factor."""
        base = None if after is None else after.base
        if not isinstance(base, Bracket) or base.kind != "(":
            return False
        if len(base.clauses) > 1:
            return True
        name = base_name(item.base)
        alone = item.below is None and not item.above
        simple = only_item(base) is not None
        unknown = not self.vocabulary.candidates(name)
        if alone and simple and unknown and name[-1].islower():
            text = latex[item.start : item.end]
            raise DefinitionError(
                f"{latex}\nis {text} a function or a factor? declare "
                f'functions={{"{name}": "tanh"}}, or drop the brackets'
            )
        return False

    def _discover_symbol(self, item, bound, certain):
        for argument in arguments_of(item.below or []):
            inner = only_item(argument)
            inner = None if inner is None else flat(inner)
            if inner is not None and (
                inner.below is not None or inner.above
            ):
                label = symbol_of_item(inner, self.time)
                if label is not None and label.timed:
                    self._add_label(label)
        symbol = symbol_of_item(item, self.time, bound)
        bare = symbol_of_item(item, self.time)
        uncertain = len(bare.subscripts) > len(symbol.subscripts)
        if certain and uncertain and symbol.timed is None:
            return
        if not certain and uncertain:
            for known in self.vocabulary.candidates(symbol.base):
                if known.subscripts == symbol.subscripts:
                    return
        if any(
            known.subscripts == symbol.subscripts
            and known.timed == symbol.timed
            for known in self.vocabulary.candidates(symbol.base)
        ):
            return
        if symbol.timed is None and self._index_letter(item, bound):
            return
        if symbol.timed is None and self._fixed_time(item):
            # h_0 and h_T are h_t at a time, once h_t is known.
            if certain or self._timed_namesake(symbol):
                return
        symbol.role = "input" if symbol.timed else "parameter"
        self.vocabulary.add(symbol)

    def _fixed_time(self, item):
        """Is the last script a number or the length, as in h_0 or h_T?"""
        scripts = arguments_of(item.below or [])
        raised = raised_time(item.above[0]) if item.above else None
        if raised is not None:
            scripts.append(raised[0])
        return any(
            mentions(script, self.length) or _is_number(script)
            for script in scripts
        )

    def _timed_namesake(self, symbol):
        return any(
            known.timed
            and known.subscripts == symbol.subscripts[: len(known.subscripts)]
            for known in self.vocabulary.candidates(symbol.base)
        )

    def _index_letter(self, item, bound):
        plain = item.below is None and not item.above
        name = base_name(item.base)
        return plain and (name in bound or name == self.time)

    def _add_label(self, label):
        known = self.vocabulary.find(
            label.base, label.subscripts, label.timed
        )
        if known is None:
            known = label
            self.vocabulary.add(known)
        known.role = "label"


def walk_items(node, bound=()):
    """Yield (item, next item, bound letters) of every item in a tree."""
    if isinstance(node, Expression):
        for term in node.terms:
            yield from walk_items(term, bound)
    elif isinstance(node, Term):
        inner = tuple(bound)
        items = node.items
        for position, item in enumerate(items):
            item = flat(item)
            inner += _letters_bound_by(item)
            after = None
            if position + 1 < len(items):
                after = flat(items[position + 1])
            yield item, after, inner
            yield from walk_items(item.base, inner)
            for argument in arguments_of(item.below or []):
                script = only_item(argument)
                script = None if script is None else flat(script)
                if script is not None and (
                    script.below is not None or script.above
                ):
                    yield script, None, inner
    elif isinstance(node, Bracket):
        for clause in node.clauses:
            yield from walk_items(clause, bound)
    elif isinstance(node, Clause):
        for expression in node.expressions:
            yield from walk_items(expression, bound)
    elif isinstance(node, Fraction):
        yield from walk_items(node.above, bound)
        yield from walk_items(node.below, bound)
    elif isinstance(node, Cases):
        for expression, _ in node.rows:
            yield from walk_items(expression, bound)


def _letters_bound_by(item):
    if repeat_sign(item) is None:
        return ()
    letters = ()
    for clause in item.below or []:
        for argument in arguments_of([clause])[:1] if clause.relations else (
            arguments_of([clause])
        ):
            inner = only_item(argument)
            name = None if inner is None else base_name(flat(inner).base)
            if name is not None:
                letters += (name,)
    return letters


def _is_number(expression):
    inner = only_item(expression)
    base = None if inner is None else flat(inner).base
    return isinstance(base, Atom) and base.kind == "number"


