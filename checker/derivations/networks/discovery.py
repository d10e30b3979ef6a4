"""Which symbols do forward equations hold, and what is the length?"""

from collections.abc import Iterable, Iterator, Mapping

from derivations.errors import DefinitionError, ReadingError
from derivations.latex.names import (
    arguments_of,
    base_name,
    flat,
    function_key,
    heads_of,
    is_number,
    mentions,
    name_of,
    only_expression,
    only_item,
    raised_time,
    repeat_sign,
    subscript_of,
)
from derivations.latex.tree import (
    Accent,
    Bracket,
    Cases,
    Item,
    Node,
    Term,
    parse,
)
from derivations.meaning.functions import FUNCTIONS, Function
from derivations.meaning.indices import Indices
from derivations.meaning.scope import Scope
from derivations.meaning.vocabulary import (
    TIME,
    Symbol,
    Vocabulary,
)

_RESERVED = {"\\partial", "\\nabla", "\\top", "\\in"}


def symbol_of_item(
    item: Item, bound: Iterable[str] = ()
) -> Symbol | None:
    """Return the ``Symbol`` that an item declares, or ``None``.

    Letters in ``bound`` are indices; every other subscript that is not a
    time belongs to the name.
    """
    base = base_name(item.base)
    if base is None:
        return None
    names, timed = [], None
    for argument in arguments_of(item.below):
        if mentions(argument, TIME):
            timed = "below"
            break  # what follows the time counts components
        name = subscript_of(argument)
        if name is not None and name not in bound:
            names.append(name)
    if item.above:
        raised = raised_time(item.above[0])
        if raised is not None and mentions(raised[0], TIME):
            timed = "above"
    return Symbol(base, tuple(names), timed)


def symbol_of(latex: str) -> Symbol:
    """Return the symbol that is written so.

    Raises ``DefinitionError`` for what is not a symbol.
    """
    rows = parse(latex)
    item = only_item(rows[0].sides[0]) if rows else None
    symbol = None if item is None else symbol_of_item(item)
    if symbol is None:
        raise DefinitionError(f"{latex} is not a symbol")
    return symbol


class Discovery:
    """The symbols of forward equations, the length, the losses.

    rows: pairs of (left and right side, LaTeX); functions: LaTeX name to
    ``Function``; declared: the symbols whose shapes are declared; steps:
    the declared number of steps.

    It finds ``roles``, by which a symbol is an input, a label, a parameter
    or assigned; the letter ``length``; the number ``first`` of the first
    step; ``functions``, with the losses among them; the ``targets``, which
    are (symbol, right side, LaTeX); and among the ``constraints`` every row
    that is not an assignment. Raises ``DefinitionError``.
    """

    def __init__(
        self,
        rows: list[tuple],
        functions: Mapping[str, Function],
        declared: Iterable[Symbol],
        steps: int | None = None,
    ):
        self.length = None
        self.steps = steps
        self.first = 1
        self.functions = {**FUNCTIONS, **functions}
        self.declared = set(declared)
        self.roles = {}
        self.vocabulary = Vocabulary(self.roles)
        self.targets = []
        self.constraints = []
        for (left, right), latex in rows:
            target = _target(left)
            if target is None:
                self.constraints.append((left, right, latex))
            else:
                self.targets.append((target, right, latex))
        self._find_length()
        self._discover()

    # -- the length -----------------------------------------------------

    def _find_length(self):
        """The first sum of an equation without a time runs over all steps."""
        sums = [
            item
            for target, right, _ in self.targets
            for item, *_ in walk_items(right)
            if not target.timed
            and repeat_sign(item) == "\\sum"
            and item.above
            and item.below
        ]
        if sums:
            self._read_bounds(sums[0].below[0], sums[0].above[0])
        self.length = self.length or "T"

    def _read_bounds(self, clause, above):
        upper = only_expression(above)
        if clause.relations != ["="] or upper is None:
            return
        indices = Indices(length=None)
        try:
            first = indices.shift(clause.expressions[1], Scope())
            last = indices.shift(upper, Scope())
        except ReadingError:
            return
        letters = [index.letter for index, _ in last.indices]
        if len(letters) == 1:
            self.length = letters[0]
        if first.is_constant:
            self.first = first.constant
        steps = last.constant - self.first + 1
        if last.is_constant and steps == self.steps:
            return
        if last.is_constant:
            raise DefinitionError(
                f"the sum over time ends at {last.constant}; write T, or "
                f"declare that length with define(…, length={steps})"
            )
        if steps or self.first not in (0, 1):
            raise DefinitionError(
                "the sum over time runs from 1 to T or from 0 to T-1; "
                f"here it starts at {self.first} and has {steps:+d} terms "
                "more than T"
            )

    # -- the symbols ----------------------------------------------------

    def _discover(self):
        for target, _, latex in self.targets:
            if target in self.roles:
                raise DefinitionError(
                    f"{latex}\n{target.latex} is assigned twice"
                )
            self.roles[target] = "assigned"
        sides = [(right, latex) for _, right, latex in self.targets]
        sides += [(left, latex) for left, _, latex in self.constraints]
        found = [
            (item, bound, after, latex)
            for expression, latex in sides
            for item, after, bound in walk_items(expression)
            if self._is_symbol(item, after, bound)
        ]
        self._ask_about_calls(found)
        # Indices after a name may be letters of it, as in W_{hh}, or
        # components, as in V_{jk}: what is certain goes first.
        for certain in (True, False):
            for item, bound, *_ in found:
                self._add_labels(item)
                symbol = symbol_of_item(item, bound)
                bare = symbol_of_item(item)
                doubtful = not symbol.timed and (
                    symbol != bare or self._fixed_time(item)
                )
                if doubtful != certain:
                    self._add_symbol(symbol, doubtful)

    def _is_symbol(self, item, after, bound):
        """Is an item a symbol, and not an index, a function or a sign?"""
        name = base_name(item.base)
        if name is None or name in _RESERVED or repeat_sign(item):
            return False
        if name == self.length and item.below is None:
            return False
        if {name, function_key(name, item)} & set(self.functions):
            return False
        plain = item.below is None and not item.above
        if plain and (name in bound or name == TIME):
            return False
        if _in_front_of_bracket(after) and len(after.base.clauses) > 1:
            self.functions[name] = Function(None, name=name)
            return False
        return True

    def _ask_about_calls(self, found):
        """Small letters in front of a bracket may be meant as functions."""
        known = self.declared | {
            symbol_of_item(item)
            for item, _, after, _ in found
            if not _in_front_of_bracket(after)
        }
        for item, _, _, latex in found:
            symbol = symbol_of_item(item)
            small = symbol.base[-1].islower() and not item.above
            if symbol in known or symbol.timed or not small:
                continue
            if self.vocabulary.candidates(symbol.base):
                continue
            key = function_key(symbol.base, item)
            raise DefinitionError(
                f"{latex}\nis {latex[item.start : item.end]} a function or "
                f'a factor? declare functions={{"{key}": "tanh"}}, or '
                f'shapes={{"{symbol.latex}": "scalar"}}'
            )

    def _add_labels(self, item):
        """A subscript with a time of its own is a class label: ŷ_{t,y_t}."""
        for argument in arguments_of(item.below):
            inner = only_item(argument)
            if inner is None or inner.bare:
                continue
            label = symbol_of_item(inner)
            if label is not None and label.timed:
                self.roles[label] = "label"

    def _add_symbol(self, symbol, doubtful):
        """Add a symbol, unless it is a component or a time of another.

        h_0 and h_T are h_t at a time, V_{jk} is a component of V.
        """
        if symbol in self.roles:
            return
        for known in self.vocabulary.candidates(symbol.base):
            count = len(known.subscripts)
            same_stem = known.subscripts == symbol.subscripts[:count]
            same_name = count == len(symbol.subscripts)
            if doubtful and same_stem and (known.timed or same_name):
                return
        self.roles[symbol] = "input" if symbol.timed else "parameter"

    def _fixed_time(self, item):
        """Is a script a number or the length, as in h_0 or h_T?"""
        scripts = arguments_of(item.below)
        raised = raised_time(item.above[0]) if item.above else None
        if raised is not None:
            scripts.append(raised[0])
        inner = [only_item(script) for script in scripts]
        return any(i is not None and is_number(i) for i in inner) or any(
            mentions(script, self.length) for script in scripts
        )


def _in_front_of_bracket(after):
    bracket = None if after is None else after.base
    return isinstance(bracket, Bracket) and bracket.kind == "("


def _target(left):
    """Return the symbol on the left of an assignment, or None."""
    item = only_item(left)
    if item is None or repeat_sign(item):
        return None
    return symbol_of_item(item)


def walk_items(
    node: Node, bound: tuple[str, ...] = ()
) -> Iterator[tuple[Item, Item | None, tuple[str, ...]]]:
    """Yield (item, next item, bound letters) of every item in a tree."""
    if isinstance(node, Term):
        items = [flat(item) for item in node.items]
        for item, after in zip(items, [*items[1:], None], strict=True):
            bound += _letters_bound_by(item)
            yield item, after, bound
            yield from walk_items(item.base, bound)
            for argument in arguments_of(item.below):
                script = only_item(argument)
                if script is not None and not script.bare:
                    yield script, None, bound
    elif isinstance(node, Cases):
        for expression, _ in node.rows:
            yield from walk_items(expression, bound)
    elif not isinstance(node, Accent):
        for part in node.parts():
            yield from walk_items(part, bound)


def _letters_bound_by(item):
    if not repeat_sign(item):
        return ()
    names = [name_of(letter) for letter, _ in heads_of(item.below or [])]
    return tuple(filter(None, names))
