"""Which symbols do forward equations hold, and what is the length?"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from derivations.errors import DefinitionError, ReadingError, in_row
from derivations.latex.layers import with_layers
from derivations.latex.names import (
    arguments_of,
    base_name,
    counted_letter,
    flat,
    function_key,
    heads_of,
    is_number,
    items_of,
    joined,
    mentions,
    name_of,
    only_expression,
    only_item,
    parts_of,
    raised_time,
    repeat_sign,
    subscript_of,
    text_of,
)
from derivations.latex.tree import (
    Accent,
    Bracket,
    Cases,
    Expression,
    Item,
    Node,
    Term,
    parse,
)
from derivations.meaning.functions import FUNCTIONS, Function
from derivations.meaning.indices import Indices
from derivations.meaning.scope import Scope
from derivations.meaning.stacks import cells_of
from derivations.meaning.vocabulary import (
    CAPITAL_GREEK,
    GREEK,
    LOSS_LETTERS,
    NO_MEANING,
    TIME,
    Symbol,
    Vocabulary,
    is_capital,
    letter_of,
)

_RESERVED = {"\\partial", "\\nabla", "\\top", "\\in"}
_ACCENTS = {"\\hat", "\\bar", "\\tilde", "\\vec", "\\dot"}
_ACCENTS |= {"\\overrightarrow", "\\overleftarrow"}
_IN_NAMES = GREEK | _ACCENTS | {"\\star", "\\infty"}
# Letters that often count something: a run of them may be indices.
_INDEX_LETTERS = set("ijklmnpqrs")
# Words for a loss that nothing more is said about.
_LOSS_WORDS = {"loss", "Loss", "cost", "Cost", "err", "error"}
_LOSS_NAMES = LOSS_LETTERS | _LOSS_WORDS


@dataclass(frozen=True)
class Subscripts:
    """What the subscripts of a symbol say, in forward equations.

    names: the pieces of its name, with the letters that count components
    among them; own: those that surely belong to it. time: the expression of
    its time, or None. steps: whether a step that is not t, as 0 or T - 1,
    is among them; rest: what follows the time.
    """

    names: tuple[str, ...]
    own: tuple[str, ...]
    time: Expression | None
    steps: bool
    rest: tuple[Expression, ...]


class Naming:
    """Which letters below a symbol are its name: one rule for all rows.

    Commas part what is below. A part that has the letter t in arithmetic, or
    t alone, is the time, and what follows counts components. Any other part
    of several letters is a word, as in W_{out}, unless its letters are
    indices of sums around it. What may be a word or a name at a time, as
    x_{it}, is what other places say; if none does, it is asked.

    timed: (base, name) of the symbols that are written with a time apart
    from their name; words: what is a word for certain.
    """

    def __init__(self, length: str | None = None):
        self.length = length
        self.timed: set[tuple[str, str]] = set()
        self.words: set[str] = set()

    def learn(self, item: Item) -> None:
        """Note what the place of one symbol says about others."""
        base, parts = base_name(item.base), parts_of(item.below)
        for part in parts:
            texts = [subscript_of(one) for one in part]
            if len(part) == 1 and len(texts[0] or "") > 1:
                self.words.add(texts[0])
        at = _place_of_time(parts)
        if base is not None and at is not None:
            texts = [subscript_of(one) for part in parts[:at] for one in part]
            if None not in texts:
                self.timed.add((base, joined(texts)))

    def read(
        self, item: Item, base: str, bound: Iterable[str] = ()
    ) -> Subscripts:
        """Return what the subscripts say; raises ``ReadingError``."""
        bound = set(bound)
        names, own, steps = [], [], False
        parts = parts_of(item.below)
        for one in arguments_of(item.below):
            _check_letters(one)
        time_at = _place_of_time(parts)
        for at, part in enumerate(parts):
            if at == time_at:
                rest = [one for part in parts[at + 1 :] for one in part]
                return self._timed(names, own, part[0], rest)
            if len(part) > 1:
                kind = self._kind_of_run(part, item, base, bound, time_at)
                texts = [subscript_of(one) for one in part]
                if kind == "time first":
                    return self._timed(names, own, part[0], part[1:])
                if kind == "time last":
                    name = texts[:-1]
                    return self._timed(
                        [*names, *name], [*own, *name], part[-1], []
                    )
                names += texts
                own += texts if kind == "name" else []
                continue
            (one,) = part
            text = subscript_of(one)
            if text is not None:
                names.append(text)
                own += [text] if text not in bound else []
                steps |= text.isdigit() or text == self.length
            elif not self._label(one):
                self._check_index(one, bound)
                steps = True
        return Subscripts(tuple(names), tuple(own), None, steps, ())

    def _timed(self, names, own, time, rest):
        return Subscripts(tuple(names), tuple(own), time, False, tuple(rest))

    def _kind_of_run(self, part, item, base, bound, time_at):
        """Return name, components, time first or time last; or ask."""
        texts = [subscript_of(one) for one in part]
        if None in texts:
            raise item.error(
                "write commas between the subscripts; this one cannot be "
                "a part of a name"
            )
        word, others = "".join(texts), [x for x in texts if x != TIME]
        counted = [x for x in others if x in bound]
        if others and len(counted) == len(others):
            if TIME not in texts:
                return "components"
            if texts[0] == TIME and texts.count(TIME) == 1:
                return "time first"
        elif counted:
            raise item.error(
                f"is {word} a word? write {base}_{{\\text{{{word}}}}}; or "
                f"are its letters apart? write {base}_{{{','.join(texts)}}}"
            )
        if TIME not in texts or time_at is not None:
            return "name"
        return self._kind_with_time(texts, word, item, base)

    def _kind_with_time(self, texts, word, item, base):
        single = all(len(text) == 1 and text.isalpha() for text in texts)
        last = texts[-1] == TIME and texts.count(TIME) == 1
        if word in self.words:
            return "name"
        if last and (base, joined(texts[:-1])) in self.timed:
            return "time last"
        indices = all(x in _INDEX_LETTERS | {TIME} for x in texts)
        doubtful = indices and len(set(texts)) == len(texts)
        if len(texts) > 2 and single and not (doubtful and last):
            return "name"
        if len(texts) == 2 and single and is_capital(base) and not doubtful:
            return "name"
        apart = ",".join([x for x in texts if x != TIME] + [TIME])
        raise item.error(
            f"is {word} a word? write {base}_{{\\text{{{word}}}}}; or is t "
            f"the time? write {base}_{{{apart}}}"
        )

    def _label(self, one):
        """A subscript with scripts of its own may be a class label."""
        inner = only_item(one)
        base = None if inner is None else base_name(inner.base)
        if base is None or inner.bare:
            return False
        above = raised_time(inner.above[0]) if inner.above else None
        below = self.read(inner, base)
        return above is not None or below.time is not None or below.steps

    def _check_index(self, one, bound):
        """Raise an error unless this is an index, as k - 1 or T - 2."""
        known = {*bound, TIME, self.length or "T"}
        for term in one.terms:
            for inner in map(flat, term.items):
                name = base_name(inner.base)
                counts = is_number(inner) or name in known
                if not (inner.bare and counts):
                    raise one.error(
                        "this subscript is neither a part of a name nor an "
                        "index; a name is made of letters, as in W_{out}"
                    )
        if counted_letter(one) is not None:
            raise one.error(
                "a number beside a letter may be a product or two "
                "subscripts; write a comma between them"
            )


def _check_letters(one):
    """A command in a name is a Greek letter, or a star."""
    text = name_of(one) or ""
    for command in text.split():
        if command.startswith("\\") and command not in _IN_NAMES:
            message = f"{command} cannot be a part of a name"
            raise one.error(NO_MEANING.get(command, message))


def _place_of_time(parts):
    """Return which part is a time for certain: t alone, or t - 1."""
    for at, part in enumerate(parts):
        if len(part) == 1 and mentions(part[0], TIME):
            if counted_letter(part[0]) is None:
                return at
    return None


def symbol_of_item(
    item: Item, naming: Naming, bound: Iterable[str] = ()
) -> Symbol | None:
    """Return the ``Symbol`` that an item declares, or ``None``.

    Letters in ``bound`` are indices; every other subscript that is not a
    time belongs to the name. Raises ``ReadingError`` for a subscript that
    may be either.
    """
    base = base_name(item.base)
    if base is None:
        return None
    below = naming.read(item, base, bound)
    timed = None if below.time is None else "below"
    if item.above:
        raised = raised_time(item.above[0])
        if raised is not None and mentions(raised[0], TIME):
            timed = "above"
    name = joined(below.own)
    return Symbol(base, (name,) if name else (), timed)


def symbol_of(
    latex: str, naming: Naming | None = None, layers: bool = False
) -> Symbol:
    """Return the symbol that is written so, by what the rows tell of names.

    layers: whether a number in brackets above is a layer. Raises
    ``DefinitionError`` for what is not a symbol.
    """
    rows = with_layers(parse(latex)) if layers else parse(latex)
    item = only_item(rows[0].sides[0]) if rows else None
    with in_row(latex):
        naming = naming or Naming()
        symbol = None if item is None else symbol_of_item(item, naming)
    if symbol is None:
        raise DefinitionError(f"{latex} is not a symbol")
    return symbol


def name_of_function(latex: str) -> str:
    """Return a function's name as it is looked up: f_{out} is f_out.

    Raises ``DefinitionError`` for what is not a name.
    """
    try:
        rows = parse(latex)
    except ReadingError:
        return latex
    item = only_item(rows[0].sides[0]) if rows and rows[0].sides else None
    name = None if item is None else base_name(item.base)
    # A word may be given without its \operatorname.
    return latex if name is None else function_key(name, item) or latex


class Discovery:
    """The symbols of forward equations, the length, the losses.

    rows: pairs of (left and right side, LaTeX); functions: LaTeX name to
    ``Function``; declared: the symbols whose shapes are declared; steps:
    the declared number of steps.

    It finds ``roles``, by which a symbol is an input, a label, a parameter
    or assigned; the letter ``length``; the number ``first`` of the first
    step; ``functions``, with the losses among them; the ``targets``, which
    are (symbol, right side, LaTeX); ``initial``, of the same kind, the rows
    that say what a symbol is before the first step; among the
    ``constraints`` every row that is not an assignment; and ``places``,
    symbol → the LaTeX of the row that made it one. Raises
    ``DefinitionError``.
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
        self.losses = {n for n, f in functions.items() if f.unspecified}
        self.declared = set(declared)
        self.roles = {}
        self.places = {}
        self.vocabulary = Vocabulary(self.roles)
        self.naming = Naming()
        self.targets = []
        self.initial = []
        self.constraints = []
        self._learn_names(rows)
        self._find_length(rows)
        self._sort(rows)
        self._discover()

    # -- the names ------------------------------------------------------

    def _learn_names(self, rows):
        """What one place says of a name holds for every other place."""
        for symbol in self.declared:
            if symbol.timed:
                self.naming.timed.add((symbol.base, joined(symbol.subscripts)))
            else:
                self.naming.words.update(symbol.subscripts)
        for sides, _ in rows:
            for side in sides:
                for item, *_ in walk_items(side):
                    self.naming.learn(item)
            self._learn_target(sides[0])
        # A word of a matrix, as in W_{yt}, is one below its bias as well.
        for sides, _ in rows:
            for item, _, bound in walk_items(sides[1]):
                self._learn_word(item, bound)

    def _learn_target(self, left):
        """a_{ft} on a left side: a row gives what it names at every t."""
        item = only_item(left)
        if item is None or repeat_sign(item) or is_capital_of(item):
            return
        parts = parts_of(item.below)
        texts = [subscript_of(one) for part in parts for one in part]
        if len(parts) == 1 and len(texts) == 2 and texts[1] == TIME:
            if texts[0] is not None and base_name(item.base) is not None:
                self.naming.timed.add((base_name(item.base), texts[0]))

    def _learn_word(self, item, bound):
        if not is_capital_of(item):
            return
        for part in parts_of(item.below):
            texts = [subscript_of(one) for one in part]
            if len(part) < 2 or None in texts or TIME not in texts:
                continue
            try:
                symbol = symbol_of_item(item, self.naming, bound)
            except ReadingError:
                continue  # it is asked about where it is read
            if not symbol.timed and "".join(texts) in symbol.subscripts:
                self.naming.words.add("".join(texts))

    def _symbol(self, item, bound=()):
        return symbol_of_item(item, self.naming, bound)

    # -- the rows -------------------------------------------------------

    def _sort(self, rows):
        """Tell assignments, initial states and other rows apart."""
        starts = []
        for (left, right), latex in rows:
            with in_row(latex):
                target, step = self._target(left)
            if target is None:
                self.constraints.append((left, right, latex))
            elif step is None:
                self.targets.append((target, right, latex))
            else:
                starts.append((target, step, left, right, latex))
        steps = {target for target, *_ in self.targets}
        for target, step, left, right, latex in starts:
            item = only_item(left)
            written = set(self._timed_in(rows, target))
            if target in steps and step == self.first - 1:
                self.initial.append((target, right, latex))
            elif target in steps or written:
                with in_row(latex):
                    raise item.error(
                        "only the state before the first step, at "
                        f"{self.first - 1}, may have a row of its own; every "
                        f"other step is the row of {target.latex}"
                    )
            else:
                name = joined([*target.subscripts, str(step)])
                plain = Symbol(target.base, (name,))
                self.targets.append((plain, right, latex))

    def _timed_in(self, rows, target):
        """Yield the places where a symbol is written with a time."""
        for (_, right), latex in rows:
            for item, _, bound in walk_items(right):
                with in_row(latex):
                    if base_name(item.base) != target.base:
                        continue
                    if self._symbol(item, bound) == target:
                        yield item

    def _target(self, left):
        """Return (symbol, None) or (symbol, step) of a left side.

        The symbol is None unless the row is an assignment; the step is a
        number where one stands for the time, as in h_0.
        """
        item = only_item(left)
        if item is None or repeat_sign(item):
            return None, None
        base = base_name(item.base)
        if base is None:
            return None, None
        self._check_base(base, item)
        if base == TIME or (base == self.length and item.below is None):
            raise item.error(
                f"{base} counts the steps; a row gives a symbol its value"
            )
        below = self.naming.read(item, base)
        above, name = self._time_above(item), joined(below.own)
        extra = len(arguments_of(item.below)) - len(below.own)
        extra -= len(below.rest)
        if extra > (below.time is not None or below.steps):
            raise item.error("a row gives a whole symbol its value")
        if above is not None:
            if below.time is not None or below.steps:
                raise item.error("the time stands in two places here")
            place, time = "above", above
        elif below.time is not None:
            place, time = "below", below.time
        else:
            return self._without_time(item, base, below, name)
        if below.rest:
            raise item.error(
                "a row gives a whole symbol its value, not one component; "
                "what belongs to the name stands before the time"
            )
        symbol = Symbol(base, (name,) if name else (), place)
        step = _constant(time)
        if step is None and name_of(time) != TIME:
            raise item.error(
                f"a row is written for the time t: {symbol.latex} = …"
            )
        return symbol, step

    def _without_time(self, item, base, below, name):
        """Return the target of a left side such as V, or h_0."""
        if not below.steps:
            return Symbol(base, (name,) if name else ()), None
        last = arguments_of(item.below)[-1]
        step = _constant(last)
        own = below.own[:-1] if subscript_of(last) else below.own
        if step is None and subscript_of(last) == self.length:
            return Symbol(base, (name,)), None  # z_T, and no other step
        if step is None or (step < 0 and subscript_of(last)):
            raise item.error(
                "a row is written for the time t, or for the initial state"
            )
        return Symbol(base, (joined(own),) if own else (), "below"), step

    def _time_above(self, item):
        """Return the time (t) above a left side; refuse what else is."""
        if item.primes:
            raise item.error("a prime cannot stand on the left side of a row")
        if not item.above:
            return None
        raised = raised_time(item.above[0])
        if raised is None or raised[1] or len(item.above) > 1:
            what = text_of(item.above[0]) or "this"
            raise item.above[0].error(
                f"{what} stands above a left side; a row gives the symbol "
                "alone its value, so only a time (t) may stand there"
            )
        return raised[0]

    # -- the length -----------------------------------------------------

    def _find_length(self, rows):
        """The first sum of an equation without a time runs over all steps.

        Unless its letter counts components: it stands behind a time, as in
        y_{T,k}, or it has a sum without bounds, as in \\sum_k y_k = 1.
        """
        counting = set()
        for sides, _ in rows:
            for side in sides:
                counting |= set(_component_letters(side))
        for (left, right), _ in rows:
            item = only_item(left)
            if item is None or repeat_sign(item) or self._left_has_time(item):
                continue
            for sum_, *_ in walk_items(right):
                if repeat_sign(sum_) == "\\sum" and sum_.above and sum_.below:
                    if set(_letters_bound_by(sum_)) & counting:
                        continue
                    self._read_bounds(sum_.below[0], sum_.above[0])
                    self.naming.length = self.length = self.length or "T"
                    return
        self.naming.length = self.length = "T"

    def _left_has_time(self, item):
        if item.above and raised_time(item.above[0]):
            return True
        base = base_name(item.base)
        try:
            return base and self.naming.read(item, base).time is not None
        except ReadingError:
            return False  # it is asked about where it is read

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
            self.places[target] = latex
        started = [target for target, *_ in self.initial]
        for target, _, latex in self.initial:
            if started.count(target) > 1:
                raise DefinitionError(
                    f"{latex}\nthe initial {target.latex} is assigned twice"
                )
        found = []
        for target, right, latex in self._sides():
            with in_row(latex):
                for item, after, bound in walk_items(right):
                    if self._is_symbol(item, after, bound, target):
                        found.append((item, bound, after, latex))
        self._ask_about_calls(found)
        self._ask_about_times(found)
        # Indices after a name may be letters of it, as in W_{hh}, or
        # components, as in V_{jk}: what is certain goes first.
        for certain in (True, False):
            for item, bound, _, latex in found:
                with in_row(latex):
                    self._add_labels(item, latex)
                    symbol = self._symbol(item, bound)
                    doubtful = not symbol.timed and (
                        symbol != self._symbol(item) or self._is_step(item)
                    )
                    if doubtful != certain:
                        self._add_symbol(symbol, doubtful, latex)
        self._check_places()

    def _sides(self):
        """Yield (target or None, expression, LaTeX) of all that is read."""
        yield from self.targets
        yield from self.initial
        for left, _, latex in self.constraints:
            yield None, left, latex

    def _is_symbol(self, item, after, bound, target):
        """Is an item a symbol, and not an index, a function or a sign?"""
        name = base_name(item.base)
        if name is None or name in _RESERVED or repeat_sign(item):
            return False
        if name == self.length and item.below is None:
            return False
        key = function_key(name, item)
        known = self.declared | set(self.roles)
        given = self.functions.get(name)
        scripts = item.below or item.above
        loss = given is not None and given.unspecified
        called = _is_call(after) or (name in self.losses and _is_argued(after))
        if loss and (scripts or not called):
            given = None  # the letter of a loss may be a symbol's as well
        if given is not None or (key != name and key in self.functions):
            return False
        if name in ("\\max", "max") and _holds_two(after):
            return False
        plain = item.below is None and not item.above
        if plain and (name in bound or name == TIME):
            return False
        if item.below is None and name == "I" and Symbol("I") not in known:
            return False
        if _is_call(after):
            self._check_loss(item, key, after.base, target)
            self.functions[key] = Function(None, name=key)
            return False
        self._check_base(name, item)
        return True

    def _check_base(self, base, item):
        """Only letters and words stand for quantities, not signs."""
        base = base.partition("^")[0]
        letter = base.split(" ", 1)[-1] if base.startswith("\\") else base
        if len(letter) > 1 and letter in NO_MEANING:
            raise item.error(NO_MEANING[letter])
        if letter.startswith("\\") and letter not in GREEK | set(
            self.functions
        ):
            raise item.error(
                f"{letter} is not known: it is neither a letter nor a "
                "function that can be executed"
            )
        if " " in letter and not letter.startswith("\\"):
            raise item.error("words are not a symbol")

    def _check_loss(self, item, key, bracket, target):
        """l(h_t, y_t) may be left unspecified where it is a row of losses.

        It is one if no row with a time reads it, and if either it is named
        as a loss or no row reads it at all.
        """
        name = base_name(item.base)
        readers = [
            row
            for row, right, _ in self.targets
            for part, following, _ in walk_items(right)
            if target is not None
            and base_name(part.base) == target.base
            and not _is_call(following)
        ]
        numbers = any(
            inner is not None and is_number(inner)
            for inner in map(only_item, _arguments_in(bracket))
        )
        named = target and letter_of(target.base) in _LOSS_NAMES
        early = target and target.timed and any(row.timed for row in readers)
        final = target and not early and (named or not readers)
        # H(y, ŷ) and D_{KL}(p, q) are certain functions, l(y, ŷ) is any.
        small = len(name) == 1 and name.islower()
        small |= name in GREEK - CAPITAL_GREEK or name in _LOSS_NAMES
        plain = len(key) <= len(name) + 2  # l_1 may be; l_{CE} is known
        if final and small and plain and not numbers:
            return
        if name in NO_MEANING and len(name) > 1:
            raise item.error(NO_MEANING[name])
        raise item.error(
            f"what is {key}? An unspecified function of several arguments "
            "is read only as a loss, in a row such as L_t = l(h_t, y_t) that "
            "no other step reads; write out what it computes, or declare "
            f'functions={{"{key}": "loss"}} if it is a loss'
        )

    def _ask_about_calls(self, found):
        """A name in front of a bracket may be meant as a function.

        It is a factor if that is declared, or if it, or a matrix of the same
        letter, is one elsewhere.
        """
        factors = self.declared | set(self.roles)
        letters = set()
        for item, bound, after, latex in found:
            with in_row(latex):
                symbol = self._symbol(item, bound)
            above = [text_of(bracket) for bracket in item.above]
            if _bracket_after(after) is None or "\\top" in above:
                factors.add(symbol)
                if is_capital(symbol.base):
                    letters.add(symbol.base)
        for item, bound, after, latex in found:
            with in_row(latex):
                symbol = self._symbol(item, bound)
                bracket = _bracket_after(after)
                if bracket is None:
                    self._check_word(symbol, item, after, factors)
                    continue
                if not symbol.timed and _is_time(bracket):
                    self._ask_about_time(symbol, item, bracket)
                if symbol in factors or symbol.timed:
                    continue
                if symbol.base in letters or self._stands_for(symbol, item):
                    continue
                key = function_key(symbol.base, item)
                name = "loss" if symbol.base in _LOSS_NAMES else "tanh"
                kind = "matrix" if is_capital(symbol.base) else "scalar"
                if symbol.base in NO_MEANING and len(symbol.base) > 1:
                    raise item.error(NO_MEANING[symbol.base])
                raise item.error(
                    f"is {latex[item.start : item.end]} a function or a "
                    f'factor? declare functions={{"{key}": "{name}"}}, or '
                    f'shapes={{"{symbol.latex}": "{kind}"}}'
                )

    def _ask_about_times(self, found):
        """In V h + c beside h_t and c_t, h has lost its time; c is a bias."""
        timed = {s.base for s in self.roles if s.timed and not s.subscripts}
        alone = {
            (latex, place)
            for _, right, latex in self._sides()
            for place in _lonely(right)
        }
        known = self.declared | set(self.roles)
        for item, _, _, latex in found:
            base = base_name(item.base)
            above = [only_expression(bracket) for bracket in item.above]
            if item.below is not None or any(map(raised_time, item.above)):
                continue
            power = any(one and mentions(one, TIME) for one in above)
            letter = base.split()[-1]
            small = len(letter) == 1 and letter.islower()
            if power and small and Symbol(base) not in self.declared:
                with in_row(latex):
                    raise item.error(
                        f"is the time of {base} missing? or is it a power? "
                        f'write {base}_t, or shapes={{"{base}": "scalar"}}'
                    )
            if base not in timed or Symbol(base) in known:
                continue
            if power or (latex, item.start) not in alone:
                with in_row(latex):
                    raise item.error(
                        f"is the time of {base} missing? write {base}_t; or, "
                        f'if it is a parameter, shapes={{"{base}": "column"}}'
                    )

    def _ask_about_time(self, symbol, item, bracket):
        for known in self.roles:
            if known.base == symbol.base and known.timed:
                raise item.error(
                    "time is written in one way only; here it is "
                    f"{known.latex}"
                )
        raise item.error(
            f"is this {symbol.base} at a time, or a product? write the time "
            f"as a subscript, {symbol.base}_t, or the number first"
        )

    def _check_word(self, symbol, item, after, factors):
        """A word in front of a factor looks like a function."""
        letter = symbol.base.partition("^")[0]
        word = len(letter) > 1 and letter[0].isalpha()
        if not word or symbol.timed or symbol in self.roles:
            return
        follows = after is not None and not is_operator_item(after)
        if follows and symbol not in self.declared:
            raise item.error(
                f"is {symbol.base} a function or a factor? declare "
                f'functions={{"{symbol.base}": "tanh"}}, or '
                f'shapes={{"{symbol.latex}": "scalar"}}'
            )

    def _stands_for(self, symbol, item):
        """Is it a time or a component of a symbol, as h_0 or V_{jk}?"""
        if not (symbol.subscripts or item.below):
            return False
        return self._is_step(item) and any(
            known.timed for known in self._stems(symbol)
        )

    def _add_labels(self, item, latex):
        """A subscript with a time of its own is a class label: ŷ_{t,y_t}."""
        for argument in arguments_of(item.below):
            inner = only_item(argument)
            if inner is None or inner.bare:
                continue
            label = self._symbol(inner)
            if label is not None and label.timed:
                self.roles[label] = "label"
                self.places.setdefault(label, latex)

    def _stems(self, symbol):
        """Yield the known symbols whose name begins as this one's."""
        name = "".join(symbol.subscripts)
        for known in self.vocabulary.candidates(symbol.base):
            if name.startswith("".join(known.subscripts)):
                yield known

    def _add_symbol(self, symbol, doubtful, latex):
        """Add a symbol, unless it is a component or a time of another.

        h_0 and h_T are h_t at a time, V_{jk} is a component of V.
        """
        if symbol in self.roles:
            return
        if doubtful:
            for known in self._stems(symbol):
                if known.timed or known.subscripts == symbol.subscripts:
                    return
        self.roles[symbol] = "input" if symbol.timed else "parameter"
        self.places[symbol] = latex

    def _is_step(self, item):
        """Is a script a number or the length, as in h_0 or h_T?"""
        base = base_name(item.base)
        if self.naming.read(item, base).steps if item.below else False:
            return True
        raised = raised_time(item.above[0]) if item.above else None
        if raised is None:
            return False
        inner = only_item(raised[0])
        return (inner is not None and is_number(inner)) or mentions(
            raised[0], self.length
        )

    def _check_places(self):
        """A letter is a loss or a factor; a time stands below or above."""
        for symbol, role in self.roles.items():
            plain = symbol.timed is None and not symbol.subscripts
            loss = getattr(
                self.functions.get(symbol.base), "unspecified", False
            )
            if plain and loss and role == "parameter":
                raise DefinitionError(
                    f"{self.places[symbol]}\n{symbol.base} is a function of "
                    "several arguments elsewhere; use two letters"
                )
        for symbol in self.roles:
            other = Symbol(symbol.base, symbol.subscripts, "above")
            if symbol.timed == "below" and other in self.roles:
                latex = self.places[other]
                raise DefinitionError(
                    f"{latex}\ntime is written in two places, "
                    f"{symbol.latex} and {other.latex}; write one of them "
                    "everywhere"
                )


def is_capital_of(item):
    base = base_name(item.base)
    return base is not None and is_capital(base)


def is_operator_item(item):
    return getattr(item.base, "kind", "") == "operator"


def _lonely(node):
    """Yield where an item is a whole term of a sum of several terms."""
    if isinstance(node, Expression) and len(node.terms) > 1:
        for term in node.terms:
            if len(term.items) == 1:
                yield flat(term.items[0]).start
    for part in node.parts():
        yield from _lonely(part)


def _constant(expression):
    """Return the whole number that an expression is, or None."""
    if len(expression.terms) != 1 or len(expression.terms[0].items) != 1:
        return None
    item = flat(expression.terms[0].items[0])
    if not (item.bare and is_number(item) and item.token.isdigit()):
        return None
    return -int(item.token) if expression.signs[0] == "-" else int(item.token)


def _arguments_in(bracket):
    return [clause.expressions[0] for clause in bracket.clauses]


def _bracket_after(after):
    bracket = None if after is None else after.base
    if not isinstance(bracket, Bracket) or bracket.kind not in ("(", "["):
        return None
    # A matrix stands before a stack, as in W [h_{t-1}, x_t].
    return None if cells_of(bracket) is not None else bracket


def _is_call(after):
    """Is the next item a bracket with several arguments, as (h_t, y_t)?"""
    return _is_argued(after) and len(after.base.clauses) > 1


def _is_argued(after):
    """Is the next item a round bracket, as (h_t)?"""
    bracket = _bracket_after(after)
    return bracket is not None and bracket.kind == "("


def _holds_two(after):
    bracket = None if after is None else after.base
    return isinstance(bracket, Bracket) and len(bracket.clauses) == 2


def _is_time(bracket):
    """Does a bracket hold a time alone, as in l(t) or h(t-1)?"""
    inside = only_expression(bracket)
    if inside is None or not mentions(inside, TIME):
        return False
    items = [
        items_of(Expression(term.start, term.end, [""], [term], [term.start]))
        for term in inside.terms
    ]
    return all(
        len(found) == 1
        and (is_number(found[0]) or base_name(found[0].base) == TIME)
        for found in items
    )


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


def _component_letters(node):
    """Yield the letters that surely count components, not steps."""
    for item, *_ in walk_items(node):
        if repeat_sign(item) and not item.above:
            yield from _letters_bound_by(item)
        texts = [subscript_of(one) for one in arguments_of(item.below)]
        later = texts[1:] if texts and texts[0] in (TIME, "T") else []
        yield from (text for text in later if text)


def _letters_bound_by(item):
    if not repeat_sign(item):
        return ()
    names = [name_of(letter) for letter, _ in heads_of(item.below or [])]
    return tuple(filter(None, names))
