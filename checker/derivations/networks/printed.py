r"""Forward rows as they are printed, in the one writing that is read.

A network has no vocabulary yet when its rows are read. What its left sides
tell decides how time is written: ``h(t) = …`` makes times of all brackets
like it, ``h^t = …`` of all superscripts. A row says how it was read.
"""

import itertools
import re
from collections.abc import Iterable

from derivations.errors import DefinitionError, EquationError, ReadingError
from derivations.latex.dots import without_dots
from derivations.latex.names import (
    arguments_of,
    base_name,
    flat,
    function_key,
    heads_of,
    is_number,
    items_of,
    mentions,
    name_of,
    only_expression,
    only_item,
    raised_time,
    repeat_sign,
    subscript_of,
    text_of,
)
from derivations.latex.source import Patch, Source
from derivations.latex.spelling import ONES, spelled
from derivations.latex.tree import Bracket, Line, parse
from derivations.meaning.functions import FUNCTIONS
from derivations.meaning.readings import (
    bracket_time,
    exponentials,
    is_index,
    length_of,
    named_above,
    nested_components,
    odot_powers,
    placed,
    plain_layer,
    prime_patches,
    products_in_doubt,
    repeated,
    starred,
    terms_in,
    transposes_of,
    word_of,
    words_in,
)
from derivations.meaning.vocabulary import CAPITAL_GREEK, GREEK, TIME, Symbol

SMALL_GREEK = GREEK - CAPITAL_GREEK


class Row(str):
    """The text of a display of rows, which knows what was typed for it."""

    source: Source

    @classmethod
    def of(cls, source: Source) -> "Row":
        """Return the text of a source as a row."""
        row = cls(source.text)
        row.source = source
        return row


def rows_written(
    forward: Iterable[str], functions: Iterable[str], products: bool = False
) -> list[Row]:
    """Return the displays of forward rows in the writing that is read.

    functions: names that are functions; products: whether * and ⊗ are ⊙.
    Raises ``DefinitionError`` that shows the row.
    """
    sources = []
    for typed in forward:
        try:
            sources.append(spelled(typed))
            parse(sources[-1].text)
        except EquationError as error:
            if len(sources) and sources[-1].typed == typed:
                sources[-1].pointing(error)
            raise DefinitionError(error.pointed(typed)) from None
    writer = _Writer({*FUNCTIONS, *functions})
    sources = _unrolled(sources)
    writer.clock = _clock(_lines(sources))
    sources = [repeated(source, writer.clocks) for source in sources]
    writer.learn(_lines(sources))
    rows = []
    for source in sources:
        try:
            for find in (
                writer.words,
                writer.layers,
                starred,
                writer.exponentials,
                writer.names_above,
                nested_components,
                writer.times,
                writer.earlier,
                odot_powers,
                writer.arguments,
                writer.lengths,
                writer.transposed_targets,
                writer.transposes,
            ):
                source = repeated(source, find)
            source = repeated(source, without_dots)
            if products:
                source = source.patched(products_in_doubt(source))
        except ReadingError as error:
            source.pointing(error)
            raise DefinitionError(error.pointed(source.typed)) from None
        rows.append(Row.of(source))
    return rows


# A letter for the layer above a symbol, with what is taken from it.
_LAYER = re.compile(
    r"\^\s*(\{\s*)?[(\[]?\s*(?:\\ell(?![A-Za-z])|l)\s*(?:-\s*(1))?\s*[)\]]?"
    r"\s*(?(1)\})"
)
_NUMBER = re.compile(r"\^\s*\{?\s*[(\[]?\s*(\d)\s*[)\]]?")


def _unrolled(sources):
    """Write a row for the layer l once for each layer that is named."""
    found = []
    for source in sources:
        patches = []
        for line in parse(source.text):
            if not line.sides or line.continues:
                continue
            text = source.text[line.start : line.end]
            left = only_item(line.sides[0])
            head = source.text[line.start : line.sides[0].end]
            if left is None or not _LAYER.search(head) or left.below is None:
                continue
            base = source.text[left.start : left.base.end]
            used = re.escape(base) + r"\s*(?:_\s*(?:\w|\{[^{}]*\}))?\s*"
            numbers = [
                int(number)
                for other in sources
                for number in re.findall(used + _NUMBER.pattern, other.text)
            ]
            rows = [
                _LAYER.sub(lambda m, k=k: f"^{{({k - int(m[2] or 0)})}}", text)
                for k in range(1, max(numbers, default=0) + 1)
            ]
            if rows:
                patches.append((line.start, line.end, r" \\ ".join(rows)))
        found.append(source.patched(patches))
    return found


def _apart(word, lines):
    """Is the last letter of a word a symbol of its own, as in Wh_t = …?"""
    inside = [patch[:2] for patch in words_in(lines, {word})]
    return word[0] == "d" or any(
        item.token == word[-1]
        and item.below
        and not any(start <= item.start < end for start, end in inside)
        for term in terms_in(lines)
        for item in term.items
    )


def _in_brackets(item):
    """Does a number in brackets stand above an item, as in h_t^{(2)}?"""
    found = raised_time(item.above[0]) if item.above else None
    number = None if found is None else only_item(found[0])
    return number is not None and is_number(number)


def _layered(lines):
    """Return the names whose number above is a layer, and who else has one.

    A layer is the 2 of h_t^2 on a left side, and of W^2 where a W^1 is too.
    """
    lefts = {
        base_name(item.base)
        for line in lines
        if line.sides and not line.continues
        for item in [only_item(line.sides[0])]
        if item is not None and item.below
        if _in_brackets(item) or "1" in [one for one, _ in plain_layer(item)]
    }
    numbers: dict[str, set] = {}
    for term in terms_in(lines):
        for item in map(flat, term.items):
            name = base_name(item.base)
            if name is not None:
                number = [number for number, _ in plain_layer(item)]
                numbers.setdefault(name, set()).update(number or [""])
    if not lefts:
        return set(), set()
    others = {name for name, seen in numbers.items() if "" not in seen}
    named = {name for name in others if "1" in numbers[name]}
    return lefts | named, others - lefts - named


def _lines(sources):
    return [line for source in sources for line in parse(source.text)]


class _Writer:
    """The passes over rows; ``learn`` finds out how time is written."""

    def __init__(self, functions: set[str]):
        self.functions = functions
        self.brackets = self.raised = False
        self.timed: set[str] = set()
        self.long: set[str] = set()
        self.bound: set[str | None] = set()
        self.clock = ""
        self.spelled: set[str] = set()
        self.called: set[str] = set()
        self.layered: set[str | None] = set()
        self.numbered: set[str] = set()

    def learn(self, lines: list[Line]) -> None:
        """Find out from the left sides how time is written."""
        for line in lines:
            if not line.sides or line.continues:
                continue
            items = [flat(i) for i in items_of(line.sides[0]) or []]
            word = word_of(items)
            if word is not None and not _apart(word, lines):
                self.spelled.add(word)
            name = base_name(items[0].base) if items else None
            if name is None or name in self.functions:
                continue
            if self._bracket(items) is not None and len(items) == 2:
                self.brackets = True
                self.timed.add(name)
            if self._above(items[0]) is not None and len(items) == 1:
                self.raised = True
                self.timed.add(name)
        self.layered, self.numbered = _layered(lines)
        below = {
            symbol
            for line in lines
            if line.sides and not line.continues
            for symbol in [only_item(line.sides[0])]
            if symbol is not None
            for one in arguments_of(symbol.below)
            if mentions(one, TIME)
        }
        self.bound = {
            name_of(letter)
            for term in terms_in(lines)
            for item in map(flat, term.items)
            if repeat_sign(item)
            for letter, _ in heads_of(item.below or [])
        }
        if below:  # time in two places is asked about
            self.brackets = self.raised = False
        self.long = {
            text
            for term in terms_in(lines)
            for item in map(flat, term.items)
            for text in [length_of(item)]
            if text is not None
        }
        alone = any(
            item.bare and item.token == "T"
            for term in terms_in(lines)
            for item in map(flat, term.items)
        )
        if alone or len(self.long) > 1:
            self.long = set()

    def words(self, lines: list[Line], text: str) -> list[Patch]:
        """Return the patches that set net_t as a word, a left side such."""
        return words_in(lines, self.spelled)

    def layers(self, lines: list[Line], text: str) -> list[Patch]:
        """Return the patches of the layers in h_t^2 and of W_{xh}^{(f)}."""
        return [
            patch
            for term in terms_in(lines)
            for item in term.items
            if self._is_layered(flat(item))
            for _, patch in plain_layer(item)
        ]

    def _is_layered(self, item):
        name = base_name(item.base)
        if name in self.layered or not self.layered or not plain_layer(item):
            return name in self.layered
        if name in self.numbered:
            raise item.error(
                f"is this {name} of that layer, or a power of it? write "
                f"{name}^{{(2)}} for a layer, {name} {name} for a power"
            )
        return False

    def earlier(self, lines: list[Line], text: str) -> list[Patch]:
        """Return the patches of a row for t + 1, which becomes one for t."""
        patches: list[Patch] = []
        for line in lines:
            if not line.sides or line.continues:
                continue
            left = only_item(line.sides[0])
            below = arguments_of(left.below) if left is not None else []
            if not any(text[a.start : a.end].strip() == "t+1" for a in below):
                continue
            items = [i for term in terms_in([line]) for i in term.items]
            steps = [
                one
                for item in items
                for one in arguments_of(item.below)
                if mentions(one, TIME)
            ]
            alone = sum(item.token == TIME for item in items)
            shifted = [(one, _step(one, text)) for one in steps]
            if alone != len(steps) or None in (step for _, step in shifted):
                continue
            for one, step in shifted:
                new = f"{{t{step - 1:+d}}}" if step != 1 else TIME
                patches.append((one.start, one.end, new))
        return patches

    def exponentials(self, lines: list[Line], text: str) -> list[Patch]:
        """Return the patches that make exp of e^x."""
        return [] if self.raised else exponentials(lines, text)

    def clocks(self, lines: list[Line], text: str) -> list[Patch]:
        """Return the patches that make t of another letter of the time."""
        named = _in_names(lines)
        return [
            (item.start, item.end, TIME)
            for term in terms_in(lines)
            for item in term.items
            if item.token == self.clock != "" and item.start not in named
        ]

    def names_above(self, lines: list[Line], text: str) -> list[Patch]:
        """Return the patches that put the name in W^{hx} below."""
        return [
            (item.start, item.end, new)
            for term in terms_in(lines)
            for item in term.items
            for name, new in [named_above(flat(item))]
            if name
        ]

    def _bracket(self, items):
        """Return the time in the brackets after a name, as in h(t - 1)."""
        if len(items) < 2 or items[0].above or items[0].primes:
            return None
        if any(mentions(a, TIME) for a in arguments_of(items[0].below)):
            return None
        time = bracket_time(items[1], lambda name: False)
        if time is None:
            return None
        known = base_name(items[0].base) in self.timed
        return time if mentions(time, TIME) or known else None

    def _above(self, item):
        """Return the time above a name, as in h^{t-1}; not one in brackets."""
        if not item.above or raised_time(item.above[0]):
            return None
        if any(mentions(a, TIME) for a in arguments_of(item.below)):
            return None
        time = only_expression(item.above[0])
        if time is None or not is_index(time, lambda name: False):
            return None
        return time if mentions(time, TIME) else None

    def times(self, lines: list[Line], text: str) -> list[Patch]:
        """Return the patches that put every time below its symbol."""
        patches: list[Patch] = []
        if not (self.brackets or self.raised):
            return patches
        for term in terms_in(lines):
            items = [flat(item) for item in term.items]
            for at, item in enumerate(items):
                name = base_name(item.base)
                if name is None or name in self.functions:
                    continue
                if function_key(name, item) in self.functions:
                    continue
                start = term.items[at].start
                found = self._bracket(items[at : at + 2])
                if self.brackets and found is not None:
                    after = items[at + 1]
                    place = start, after.base.end
                    patches.append((*place, self._below(item, found, text)))
                found = self._above(item)
                power = name in SMALL_GREEK and name not in self.timed
                plain = len(item.above) == 1 and not item.primes
                if self.raised and found is not None and not power and plain:
                    place = start, term.items[at].end
                    patches.append((*place, self._below(item, found, text)))
                elif self.raised and name in self.timed and item.above:
                    self._check_step(item)
        return patches

    def _below(self, item, time, text):
        """Return the LaTeX of a name with its time below.

        The index of a sum counts components, which follow the time.
        """
        arguments = arguments_of(item.below)
        own = len(arguments)
        while own and subscript_of(arguments[own - 1]) in self.bound:
            own -= 1
        name = Symbol(base_name(item.base), (), "below")
        return placed(name, own, arguments, time, arguments[own:], text)

    def _check_step(self, item):
        """Ask about h^T and h^0 where times stand above."""
        inner = only_item(item.above[0])
        if inner is None or not inner.bare or item.below is not None:
            return
        if is_number(inner) or inner.token == "T":
            name = base_name(item.base)
            raise item.error(
                f"time, power or transpose? write {name}_{{{inner.token}}} "
                f"for the time, and ({name}^t)^2 or ({name}^t)^\\top"
            )

    def arguments(self, lines: list[Line], text: str) -> list[Patch]:
        """Return the patches that leave out the (θ) of J(θ) = …."""
        patches = []
        for line in lines:
            if not line.sides or line.continues or len(line.sides) < 2:
                continue
            items = items_of(line.sides[0]) or []
            if len(items) != 2 or not isinstance(items[1].base, Bracket):
                continue
            item, bracket = flat(items[0]), items[1]
            name = base_name(item.base)
            if name is None or name in self.functions or not bracket.bare:
                continue
            if bracket.base.kind != "(" or item.above:
                continue
            used = {
                inner.token
                for term in terms_in(line.sides[1:])
                for inner in term.items
                if inner.bare
            }
            given = {
                inner.token
                for term in terms_in(bracket.base.clauses)
                for inner in term.items
                if inner.bare
            }
            time = bracket_time(bracket, lambda name: False)
            if time and mentions(time, TIME):
                continue
            own = text[items[0].start : items[0].end]
            if not given & used:
                patches.append((bracket.start, bracket.end, " "))
            elif _at_time(item) and _quantities(bracket):
                self.called.add(
                    _tight(own + text[bracket.start : bracket.end])
                )
        if not patches and self.called:
            patches = [
                (bracket.start, bracket.end, " ")
                for term in terms_in(lines)
                for item, bracket in itertools.pairwise(term.items)
                if _tight(text[item.start : bracket.end]) in self.called
            ]
        return patches

    def lengths(self, lines: list[Line], text: str) -> list[Patch]:
        """Return the patches that make T of the only length, as T_x."""
        return [
            (item.start, item.end, "T")
            for term in terms_in(lines)
            for item in term.items
            if length_of(flat(item)) in self.long
        ]

    def transposed_targets(self, lines: list[Line], text: str) -> list[Patch]:
        """Return the patches of q_t^\\top = r, which gives q_t = (r)^\\top."""
        patches: list[Patch] = []
        for line in lines:
            if len(line.sides) != 2 or line.continues:
                continue
            item = only_item(line.sides[0])
            if item is None or not item.above or item.primes:
                continue
            last = item.above[-1]
            if text_of(last) not in ("\\top", "T"):
                continue
            caret = text.rindex("^", item.start, last.start + 1)
            right = line.sides[1]
            patches += [
                (caret, last.end, " "),
                (right.start, right.start, "("),
                (right.end, right.end, ")^\\top "),
            ]
        return patches

    def transposes(self, lines: list[Line], text: str) -> list[Patch]:
        """Return the patches of ^T and of a prime that is a transpose."""
        patches: list[Patch] = []
        for line in lines:
            for term in terms_in(line.sides[1:]):
                before = None
                for item in term.items:
                    inner = flat(item)
                    name = base_name(inner.base)
                    called = before is not None and self._is_function(before)
                    before = inner
                    if inner.token == "1" and transposes_of(item):
                        raise item.error(ONES)
                    if is_number(inner) or name in SMALL_GREEK or called:
                        continue
                    patches += transposes_of(item)
                    if item.primes == 1 and not self._is_function(inner):
                        patches += prime_patches(item, text)
        return patches

    def _is_function(self, item):
        name = base_name(item.base)
        return name in self.functions or (
            function_key(name, item) in self.functions
        )


def _tight(text):
    return "".join(text.split())


def _step(time, text):
    """Return k of the time t + k, or None."""
    found = re.fullmatch(
        r"t(?:([+-])(\d))?", _tight(text[time.start : time.end])
    )
    return found and int(f"{found[1] or ''}{found[2] or 0}")


def _at_time(item):
    return any(name_of(one) == TIME for one in arguments_of(item.below))


def _quantities(bracket):
    """Are the arguments in a bracket quantities at the time t?"""
    found = [
        only_item(one)
        for clause in bracket.base.clauses
        for one in clause.expressions
    ]
    return all(item is not None and _at_time(item) for item in found)


def _in_bracket(item):
    return bracket_time(item, lambda name: False)


def _in_names(lines):
    """Return where the letters of names such as W^{in} and b_{out} stand."""
    found = set()
    for term in terms_in(lines):
        for item in map(flat, term.items):
            name = base_name(item.base) or ""
            for script in [*item.above, *(item.below or ())]:
                inside = script
                if not isinstance(script, Bracket):
                    inside = script.expressions[0]
                run = items_of(inside) or []
                short = script in item.above or name[:1].isupper()
                if word_of(run) and len(run) > (1 if short else 2):
                    found |= {letter.start for letter in run}
    return found


def _clock(lines: list[Line]) -> str:
    """Return the letter of the time in s_k = f(s_{k-1}), if it is not t.

    It stands alone below left sides or in brackets after them, and less
    one on the right; it is no letter of anything else, and no row knows a t.
    """
    named = _in_names(lines)
    items = [
        flat(item)
        for term in terms_in(lines)
        for item in term.items
        if item.start not in named
    ]
    if any(item.token == TIME for item in items):
        return ""
    lefts = [
        [flat(item) for item in items_of(line.sides[0]) or []]
        for line in lines
        if line.sides and not line.continues
    ]
    below = [
        name_of(one)
        for first, *after in filter(None, lefts)
        if not repeat_sign(first) and not after[1:]
        for one in [*arguments_of(first.below)[-1:], *map(_in_bracket, after)]
        if one is not None
    ]
    times = [
        one
        for item in items
        for one in [*arguments_of(item.below), _in_bracket(item)]
        if one is not None
    ]
    for letter in dict.fromkeys(filter(None, below)):
        alone = all(i.bare for i in items if i.token == letter)
        lagged = any(
            mentions(one, letter) and len(one.terms) == 2 for one in times
        )
        if alone and lagged and len(letter) == 1:
            return letter
    return ""
