r"""What was typed, in the notation of its network, and where that is doubtful.

``written`` rewrites what a vocabulary can tell: a time above or in brackets
where the notation has it below, d for ∂, the arguments of a loss, a prime
that transposes, dots that are a sum. Each leaves the source ``shown``.
What may be read in two ways, as W^T and *, is in doubt: both are tried
(judging/choice.py), and where that does not decide, it is asked.
"""

import itertools
import re
from collections.abc import Callable, Iterator

from derivations.errors import ReadingError
from derivations.latex.dots import without_dots
from derivations.latex.names import (
    arguments_of,
    base_name,
    flat,
    function_key,
    is_number,
    is_operator,
    items_of,
    joined,
    mentions,
    name_of,
    only_expression,
    only_item,
    partial_of,
    raised_time,
    repeat_sign,
    subscript_of,
    text_of,
)
from derivations.latex.source import Patch, Source
from derivations.latex.spelling import ONES, spelled
from derivations.latex.tree import (
    Atom,
    Bracket,
    Expression,
    Fraction,
    Item,
    Line,
    Term,
    nodes_in,
    parse,
)
from derivations.meaning.vocabulary import LOSS_LETTERS, TIME, Language, Symbol

Pass = Callable[[list[Line], str], list[Patch]]
# A pass is run again while it finds something inside what it has written.
DEPTH = 6
# How a power by the length is written, so that it is not taken for ⊤.
POWER = "{1T}"
_STARS = ("*", "\\ast", "\\star")
# A letter for the layer above a symbol, and the layers that are tried for it.
_LAYER = re.compile(r"[(\[]\s*(?:l|\\ell)\s*(?:([-+])\s*(\d)\s*)?[)\]]")
MAX_LAYERS = 10
# Greek letters that count steps in some books.
_COUNT = ("\\tau", "\\kappa", "\\ell")


def written(typed: str, language: Language) -> Source:
    """Return what was typed, in the notation of a network.

    Raises ``ReadingError`` or ``LimitError`` with the place in ``typed``.
    """
    source = spelled(typed)
    writer = _Writer(language)
    try:
        for find in (
            writer.words,
            writer.exponentials,
            writer.derivatives,
            writer.lengths,
            starred,
            writer.each_layer,
            writer.layers,
            writer.names_above,
            nested_components,
            writer.times,
            odot_powers,
            writer.primes,
            writer.arguments,
            writer.names_of_derivatives,
        ):
            source = repeated(source, find)
        return repeated(source, without_dots)
    except ReadingError as error:
        raise source.pointing(error) from None


def repeated(source: Source, find: Pass) -> Source:
    """Return a source after a pass, and again until nothing changes."""
    for _ in range(DEPTH):
        changed = source.patched(find(parse(source.text), source.text))
        if changed is source:
            break
        source = changed
    return source


def powers_in_doubt(
    source: Source, language: Language
) -> list[tuple[Item, Patch]]:
    """Return each item with a ^T that may be a transpose, and its patch."""
    return [
        (item, patch)
        for item, patch, scalar in _raised_by_length(source, language)
        if not scalar
    ]


def scalar_powers(source: Source, language: Language) -> list[Patch]:
    """Return the patches of w^T where a scalar has no transpose."""
    if language.length != "T":
        return []
    return [
        (start, end, POWER)
        for _, (start, end, _), scalar in _raised_by_length(source, language)
        if scalar
    ]


def _raised_by_length(source, language):
    """Yield (item, patch to ⊤, is it a power?) of each ^T but on numbers.

    It is one on a scalar, and on W beside W^{T-k}.
    """
    writer, lines = _Writer(language), parse(source.text)
    powers = {
        base_name(item.base)
        for item in map(flat, _items(lines))
        for bracket in item.above
        for exponent in [only_expression(bracket)]
        if exponent is not None
        if len(exponent.terms) > 1 and mentions(exponent, "T")
    }
    for item in _items(lines):
        for patch in transposes_of(item):
            inner = flat(item)
            if inner.token == "1":
                error = ReadingError(ONES, item.start, item.end)
                raise source.pointing(error)
            if not is_number(inner):
                power = base_name(inner.base) in powers - {None}
                yield item, patch, power or writer.is_scalar(inner)


def transposes_of(item: Item) -> list[Patch]:
    """Return the patches that make ⊤ of the T above one item."""
    found: list[Patch] = []
    if repeat_sign(flat(item)):
        return found
    for bracket in item.above:
        for inner in (items_of(bracket) or [])[-1:]:
            if inner.bare and inner.token == "T":
                found.append((inner.start, inner.end, "\\top "))
    return found


def products_in_doubt(source: Source) -> list[Patch]:
    """Return the patches that make ⊙ of every * and ⊗."""
    return [
        (item.start, item.end, "\\odot ")
        for term in terms_in(parse(source.text))
        for item in term.items
        if item.token in ("*", "\\otimes", "\\bullet")
    ]


def odot_powers(lines: list[Line], text: str) -> list[Patch]:
    """Return the patches of h^{\\odot 2}, which is (h \\odot h)."""
    patches = []
    for item in _items(lines):
        for bracket in item.above[:1]:
            marks = items_of(bracket) or []
            if len(marks) != 2 or marks[0].token != "\\odot":
                continue
            count = marks[1].token
            if count not in ("2", "3", "4"):
                continue
            caret = text.rindex("^", item.start, bracket.start)
            one = text[item.start : caret].strip()
            new = " \\odot ".join([one] * int(count))
            patches.append((item.start, bracket.end, f"({new})"))
    return patches


def prime_patches(item: Item, text: str) -> list[Patch]:
    """Return the patches that make ⊤ of the prime on an item."""
    prime = text.rindex("'", item.base.end, item.end)
    if prime == item.end - 1:
        return [(prime, item.end, "^\\top ")]
    return [(prime, prime + 1, " "), (item.end, item.end, "^\\top ")]


def terms_in(nodes: list) -> Iterator[Term]:
    """Return every term of a display, scripts and remarks included."""
    return iter(nodes_in(nodes, Term))


def is_index(expression: Expression, symbols: Callable) -> bool:
    """Is an expression a time or index, as t, t - 1, T or 0?

    symbols: whether a name is a quantity without a time.
    """
    items = [flat(item) for term in expression.terms for item in term.items]
    return bool(items) and all(
        item.bare and (is_number(item) or _is_letter(item, symbols))
        for item in items
    )


def _is_letter(item, symbols):
    name = base_name(item.base)
    single = name is not None and (len(name) == 1 or name in _COUNT)
    return single and not symbols(name)


class _Writer:
    """The passes that need the vocabulary of a notation."""

    def __init__(self, language: Language):
        self.language = language
        self.vocabulary = language.vocabulary

    def _is_plain(self, name):
        """Is a name a quantity without a time, and not the length?"""
        if name == self.language.length:
            return False
        return any(
            symbol.timed is None and not symbol.subscripts
            for symbol in self.vocabulary.candidates(name)
        )

    def _is_function(self, item):
        name = base_name(item.base)
        functions = self.language.functions
        key = function_key(name, item)
        if key != name and key in functions:
            return True
        return name in functions and not self.vocabulary.candidates(name)

    def is_scalar(self, item: Item) -> bool:
        """Is an item a number, or made of scalars alone?"""
        if is_number(item):
            return True
        name = base_name(item.base)
        if name is not None:
            symbols = self.vocabulary.candidates(name)
            shapes = self.vocabulary.shapes
            return bool(symbols) and all(
                shapes.get(symbol) == ("1", "1") for symbol in symbols
            )
        if not isinstance(item.base, Bracket):
            return False
        return all(
            is_operator(inner) or self.is_scalar(flat(inner))
            for term in terms_in(item.base.clauses)
            for inner in term.items
        )

    def words(self, lines: list[Line], text: str) -> list[Patch]:
        """Return the patches that set net_t as a word, if the rows have it."""
        known = {symbol.base for symbol in self.vocabulary.roles}
        return words_in(lines, {x for x in known if x.isalpha() and x[1:]})

    def exponentials(self, lines: list[Line], text: str) -> list[Patch]:
        """Return the patches that make exp of e^x."""
        return [] if self._is_plain("e") else exponentials(lines, text)

    # -- derivatives ----------------------------------------------------

    def derivatives(self, lines: list[Line], text: str) -> list[Patch]:
        """Return the patches that make ∂ of d, in \\frac{dL}{dW} and dL/dW."""
        found = []
        for node in nodes_in(lines):
            if isinstance(node, Fraction):
                sides = items_of(node.above), items_of(node.below)
                if all(sides) and all(_is_d(side[0]) for side in sides):
                    found += self._as_partials(s[0] for s in sides)
            if isinstance(node, Term):
                found += self._slashed(node.items)
                found += _lowered(node.items, text)
        return found

    def _as_partials(self, items):
        patches = []
        for item in items:
            base = flat(item).base
            if base.text == "d" and self._is_plain("d"):
                raise item.error(
                    "is d the symbol d, or the sign of a derivative? write "
                    "\\partial for a derivative"
                )
            if base.text == "d":
                patches.append((base.start, base.end, "\\partial "))
        return patches

    def _slashed(self, items):
        for at, item in enumerate(items[:-2]):
            if item.token != "/" or not _is_d(items[at + 1]):
                continue
            above = at - 1
            while above >= 0 and not is_operator(items[above]):
                if _is_d(items[above]):
                    yield from self._as_partials((items[above], items[at + 1]))
                    break
                above -= 1

    def names_of_derivatives(
        self, lines: list[Line], text: str
    ) -> list[Patch]:
        """Return the patches of dW, as programs name ∂L/∂W."""
        patches = []
        for term in terms_in(lines):
            items = term.items
            for d, item in itertools.pairwise(items):
                plain = d.bare and d.token == "d" and not self._is_plain("d")
                name = base_name(flat(item).base)
                if not plain or not self.vocabulary.candidates(name):
                    continue
                marks = item.above
                if marks and raised_time(marks[0]):
                    marks = marks[1:]
                stop = item.end
                if marks:
                    stop = text.rindex("^", item.start, marks[0].start)
                over = self._loss(d)
                below = text[item.start : stop].strip()
                new = f"\\frac{{\\partial {over}}}{{\\partial {below}}}"
                patches.append((d.start, stop, new))
        return patches

    def _loss(self, item):
        """Return the one loss whose derivative dW can be."""
        read = {
            symbol.latex
            for symbol, role in self.vocabulary.roles.items()
            if role == "assigned" and symbol.timed is None
            if self.vocabulary.shapes.get(symbol) == ("1", "1")
        }
        if len(read) == 1:
            return read.pop()
        names = " or ".join(sorted(read)) or "none is here"
        raise item.error(
            f"the derivative of what, {names}? write "
            "\\frac{\\partial L}{\\partial …}"
        )

    # -- times ----------------------------------------------------------

    def times(self, lines: list[Line], text: str) -> list[Patch]:
        """Return the patches that put each time where the notation has it."""
        patches = []
        for term in terms_in(lines):
            items = [flat(item) for item in term.items]
            for at, item in enumerate(items):
                symbols = self.vocabulary.candidates(base_name(item.base))
                if not any(symbol.timed for symbol in symbols):
                    continue
                after = items[at + 1] if at + 1 < len(items) else None
                before = items[at - 1] if at else None
                place = term.items[at].start, term.items[at].end
                patch = self._time(item, before, after, place, text)
                if patch is not None:
                    patches.append(patch)
        return patches

    def names_above(self, lines: list[Line], text: str) -> list[Patch]:
        """Return the patches that put the name in W^{hx} below."""
        return [
            (item.start, item.end, new)
            for item in _items(lines)
            for name, new in [named_above(flat(item))]
            if name
            and any(
                symbol.subscripts == (name,)
                for symbol in self.vocabulary.candidates(flat(item).token)
            )
        ]

    def layers(self, lines: list[Line], text: str) -> list[Patch]:
        """Return the patches of h_t^1 and W_{xh}^{(f)}, names in brackets."""
        known = self.vocabulary.candidates
        if not self.language.layers:
            return []
        return [
            patch
            for item in _items(lines)
            for number, patch in plain_layer(item)
            for name in [base_name(flat(item).base)]
            if name and not known(name) and known(f"{name}^{{({number})}}")
        ]

    def each_layer(self, lines: list[Line], text: str) -> list[Patch]:
        """Return the patches that write a display with h_t^{(l)} for each l.

        They are the layers for which all that it names is in the network.
        """
        if not self.language.layers:
            return []
        known, names, marks = self.vocabulary.candidates, [], []
        for item in _items(lines):
            name, mark = base_name(flat(item).base), lettered_layer(item, text)
            if mark is None or name is None or known(name):
                continue
            names.append((name, mark[2]))
            marks.append(mark)
        letters = [
            atom
            for atom in nodes_in(lines, Atom)
            if atom.text in ("l", "\\ell")
        ]
        if not marks or len(letters) != len(marks):
            return []
        layers = [
            layer
            for layer in range(1, MAX_LAYERS)
            if all(known(f"{name}^{{({layer + k})}}") for name, k in names)
        ]
        if not layers:
            return []
        first, *others = (
            [(start, end, f"({layer + k})") for start, end, k in marks]
            for layer in layers
        )
        copies = [
            f" \\\\ {Source.of(text).patched(patches).text}"
            for patches in others
        ]
        return [*first, (len(text), len(text), "".join(copies))]

    def lengths(self, lines: list[Line], text: str) -> list[Patch]:
        """Return the patches that make T of T_x, if it is the only one."""
        if self.vocabulary.candidates("T") or self.language.length != "T":
            return []
        found = [item for item in _items(lines) if length_of(flat(item))]
        if len({length_of(flat(item)) for item in found}) > 1:
            raise found[-1].error(
                "there is one length here, T; which of these is it?"
            )
        return [(item.start, item.end, "T") for item in found]

    def _time(self, item, before, after, place, text):
        """Return the patch of one symbol whose time stands elsewhere."""
        arguments = arguments_of(item.below)
        raised = raised_time(item.above[0]) if item.above else None
        symbol, own = self._timed(item, arguments)
        if symbol is None:
            return None
        rest = arguments[own:]
        late = any(mentions(one, TIME) for one in rest)
        bracket = bracket_time(after, self._is_plain)
        if symbol.timed == "above" and not item.above and rest:
            if not is_index(rest[0], self._is_plain):
                return None
            time, marks = rest[0], []
            new = placed(symbol, own, arguments, time, rest[1:], text)
            return (*place, new)
        if late:
            return None
        plain = any(
            one.timed is None and one.subscripts == symbol.subscripts
            for one in self.vocabulary.candidates(symbol.base)
        )
        if raised is not None and symbol.timed == "below":
            time, marks = raised[0], [*raised[1], *item.above[1:]]
            if plain and before is not None and partial_of(before):
                raise item.error(
                    f"is this {symbol.latex}, or the copy of {symbol.base} "
                    f"that is used at a step? write {symbol.latex} for the "
                    "first"
                )
        elif item.above and raised is None:
            time = only_expression(item.above[0])
            marks = item.above[1:]
            if rest and not _has_component(time, rest):
                return None
            if time is None or not is_index(time, self._is_plain):
                return None
            if plain and mentions(time, TIME):
                raise item.error(
                    f"is this {symbol.latex} at a time, or a power of "
                    f"{symbol.base}? write {symbol.latex} for the first"
                )
            if plain or not self._may_be_time(item, time):
                return None
        elif bracket is not None and not item.above and not item.primes:
            if (plain or rest) and not mentions(bracket, TIME):
                return None
            if plain:
                raise item.error(
                    f"is this {symbol.latex} at a time, or {symbol.base} "
                    f"times a number? write {symbol.latex}"
                )
            time, marks = bracket, []
            place = place[0], after.base.end
            if after.below:
                rest = [*rest, *arguments_of(after.below)]
                marks, place = after.above, (place[0], after.end)
        else:
            return None
        new = placed(symbol, own, arguments, time, rest, text)
        new += (
            "".join(
                f"^{{{text[mark.start : mark.end].strip('{}')}}}"
                for mark in marks
            )
            + "'" * item.primes
        )
        return (*place, new)

    def _may_be_time(self, item, time):
        """h^t is a time where h has one, h^2 is not; h^T is asked about."""
        letters = [flat(i) for term in time.terms for i in term.items]
        if all(map(is_number, letters)):
            return False
        if len(letters) == 1 and letters[0].token == "T":
            name = base_name(item.base)
            raise item.error(
                f"is this {name} at the time T, or is the time of {name} "
                f"missing and T a transpose? write {name}_T, or {name}_t^\\top"
            )
        return True

    def _timed(self, item, arguments) -> tuple[Symbol | None, int]:
        """Return the symbol with a time that an item is, and its end."""
        texts = [subscript_of(one) for one in arguments]
        for symbol in self.vocabulary.candidates(base_name(item.base)):
            if not symbol.timed:
                continue
            for count in range(len(texts), -1, -1):
                name = texts[:count]
                if None in name:
                    continue
                if joined(name) == joined(symbol.subscripts):
                    return symbol, count
        return None, 0

    # -- scripts --------------------------------------------------------

    def primes(self, lines: list[Line], text: str) -> list[Patch]:
        """Return the patches of a prime that is a transpose."""
        patches = []
        for term in terms_in(lines):
            before = None
            for item in term.items:
                inner = flat(item)
                called = before is not None and self._is_function(flat(before))
                before = item
                if item.primes != 1 or called or self._is_function(inner):
                    continue
                if not self._may_be_transposed(inner):
                    continue
                patches += prime_patches(item, text)
        return patches

    def _may_be_transposed(self, item):
        """Is it a bracket, a fraction, or a symbol that is no scalar?"""
        if isinstance(item.base, (Bracket, Fraction)):
            return True
        shapes = self.vocabulary.shapes
        return any(
            shapes.get(symbol) != ("1", "1")
            for symbol in self.vocabulary.candidates(base_name(item.base))
        )

    # -- arguments ------------------------------------------------------

    def arguments(self, lines: list[Line], text: str) -> list[Patch]:
        """Return the patches that leave out the (θ) of L(θ) = … and ∂L(θ)."""
        return [
            (after.start, after.base.end, " ")
            for term in terms_in(lines)
            for item, after in itertools.pairwise(term.items)
            if self._is_loss(flat(item)) and _are_arguments(after)
        ]

    def _is_loss(self, item):
        """Is it a scalar that rows compute, with the letter of a loss?"""
        if item.above or item.primes:
            return False
        return any(
            self.vocabulary.shapes.get(symbol) == ("1", "1")
            and self.vocabulary.roles[symbol] == "assigned"
            and symbol.base.split()[-1] in LOSS_LETTERS
            for symbol in self.vocabulary.candidates(base_name(item.base))
        )


def _are_arguments(item: Item) -> bool:
    """Is it a bracket of names alone, as (θ) or (W, U) or (\\hat y_t)?"""
    base = item.base
    if not isinstance(base, Bracket) or base.kind != "(" or not item.bare:
        return False
    inner = [
        only_item(one) for clause in base.clauses for one in clause.expressions
    ]
    return all(
        one is not None and base_name(one.base) and one.token != "T"
        for one in inner
    ) and not any(clause.relations for clause in base.clauses)


def _has_component(time, rest):
    """In h_k^t the time is above and k below; h_0^T has its time below."""
    letter = name_of(rest[0])
    letters = letter is not None and letter.isalpha() and letter.islower()
    return time is not None and mentions(time, TIME) and letters


def named_above(item: Item) -> tuple[str, str]:
    """Return the name above a letter, as in W^{hx}, and W_{hx}; or "".

    Two letters name a capital, three and more, or a word, any letter. One
    letter in brackets does, and then it may follow a name below.
    """
    if len(item.above) != 1 or item.primes:
        return "", ""
    letters = items_of(item.above[0]) or []
    bracket = letters[0].base if len(letters) == 1 else None
    if isinstance(bracket, Bracket) and bracket.kind == "(":
        letters = items_of(bracket) or []
        if len(letters) == 1 and _names_part(item, letters[0]):
            below = [subscript_of(one) for one in arguments_of(item.below)]
            name = joined([*filter(None, below), letters[0].token])
            return ("", "") if None in below else _named(item, name)
    if item.below is not None:
        return "", ""
    name = "".join(letter.token for letter in letters)
    word = len(letters) == 1 and getattr(letters[0].base, "kind", "") == "word"
    plain = all(
        letter.bare and len(letter.token) == 1 and letter.token.islower()
        for letter in letters
    )
    if len(item.token) != 1 or not item.token.isalpha():
        return "", ""
    short = len(letters) == 2 and plain and item.token.isupper()
    if short and TIME not in name:
        return _named(item, name)
    if (plain and len(letters) > 2) or (word and len(name) > 1):
        return name, f"{item.token}_{{\\text{{{name}}}}}"
    return "", ""


def _names_part(item, letter):
    """May a letter in brackets above, as in W_{xh}^{(f)}, be of the name?"""
    name = item.token
    plain = letter.bare and len(letter.token) == 1 and letter.token.isalpha()
    parameter = name[:1].isupper() or (item.below and name in "bc")
    return plain and letter.token not in (TIME, "T", "l") and bool(parameter)


def _named(item, name):
    return name, f"{item.token}_{{{name}}}"


def starred(lines: list[Line], text: str) -> list[Patch]:
    """Return the patches of y_t^*, a name of its own: y_{\\star,t}."""
    patches = []
    for item in _items(lines):
        marks = items_of(item.above[-1]) if item.above else None
        if not marks or not marks[-1].bare or marks[-1].token not in _STARS:
            continue
        inner = flat(item)
        if base_name(inner.base) is None or len(item.above) > 1:
            continue
        below = [text[c.start : c.end] for c in inner.below or ()]
        rest = text[item.above[0].start : marks[-1].start].strip("{} ")
        above = f"^{{{rest}}}" if rest else ""
        names = ",".join(["\\star", *below])
        new = f"{text[item.start : item.base.end]}_{{{names}}}{above}"
        patches.append((item.start, item.end, new))
    return patches


def nested_components(lines: list[Line], text: str) -> list[Patch]:
    """Return the patches of z_{t_i}, component i of z_t where t is a time."""
    times = {
        one.start
        for item in _items(lines)
        for one in arguments_of(item.below)
        if name_of(one) == TIME
    }
    found = []
    for item in _items(lines):
        for one in arguments_of(item.below):
            inner = only_item(one)
            if inner is None or inner.token != TIME or not inner.below:
                continue
            below = [name_of(letter) for letter in arguments_of(inner.below)]
            if inner.above or None in below or len(below) != 1 or not times:
                continue
            found.append((one.start, one.end, f"{TIME},{below[0]}"))
    return found


def word_of(items: list[Item]) -> str | None:
    """Return the word that letters side by side may be, as in net_t."""
    letters = [item.base for item in items]
    spelled = [
        one.text for one in letters if getattr(one, "kind", "") == "letter"
    ]
    plain = all(item.bare for item in items[:-1])
    if len(spelled) < 2 or len(spelled) < len(items) or not plain:
        return None
    return "".join(spelled)


def words_in(lines: list[Line], words: set[str]) -> list[Patch]:
    """Return the patches that set these words, typed as letters, as words."""
    patches: list[Patch] = []
    for term in terms_in(lines):
        items = term.items
        for word in sorted(words):
            for at in range(len(items) - len(word) + 1):
                run = items[at : at + len(word)]
                if word_of(run) == word and run[-1].base.end == (
                    run[0].start + len(word)
                ):
                    place = run[0].start, run[-1].base.end
                    patches.append((*place, f"\\text{{{word}}}"))
    return patches


def plain_layer(item: Item) -> list[tuple[str, Patch]]:
    """Return the number above, as in W^2, with the patch for W^{(2)}."""
    if not item.above:
        return []
    marks = items_of(item.above[0]) or []
    if not marks or not is_number(marks[0]) or not marks[0].bare:
        return []
    first = marks[0]
    closed = (
        text_of(item.above[0]) is None or item.above[0].start < first.start
    )
    new = f"({first.token})" if closed else f"{{({first.token})}}"
    return [(first.token, (first.start, first.end, new))]


def lettered_layer(item: Item, text: str) -> tuple[int, int, int] | None:
    """Return (start, end, k) of the (l + k) above an item, or None."""
    marks = (items_of(item.above[0]) or []) if item.above else []
    bracket = marks[0].base if marks else None
    if not isinstance(bracket, Bracket):
        return None
    written = _LAYER.fullmatch(text, bracket.start, bracket.end)
    if written is None:
        return None
    shift = int(f"{written[1] or ''}{written[2] or 0}")
    return bracket.start, bracket.end, shift


def length_of(item: Item) -> str | None:
    """Return the subscript of a length such as T_x, or None."""
    if item.token != "T" or item.above or item.primes or not item.below:
        return None
    texts = [subscript_of(one) for one in arguments_of(item.below)]
    if len(texts) != 1 or not (texts[0] or "").isalpha() or texts[0] == TIME:
        return None
    return texts[0]


def exponentials(lines: list[Line], text: str) -> list[Patch]:
    """Return the patches that make \\exp(x) of e^x."""
    return [
        (item.start, item.end, f"\\exp({_inside(item.above[0], text)})")
        for item in _items(lines)
        if item.token == "e" and item.below is None and not item.primes
        if len(item.above) == 1 and text_of(item.above[0]) != "\\top"
    ]


def _inside(bracket, text):
    inside = bracket.clauses[0].expressions[0]
    return text[inside.start : inside.end]


def _lowered(items, text):
    """Yield the patches of \\partial_W L, the derivative of L by W."""
    for item, after in itertools.pairwise(items):
        item = flat(item)
        if item.token == "\\partial" and item.below and not item.above:
            below = arguments_of(item.below)
            start, end = below[0].start, below[-1].end
            by = f"\\frac{{\\partial}}{{\\partial {text[start:end]}}}"
            if after.token != "/":
                yield item.start, item.end, by


def _items(lines: list[Line]) -> Iterator[Item]:
    for term in terms_in(lines):
        yield from term.items


def _is_d(item: Item) -> bool:
    """Is an item the d or ∂ of a derivative, perhaps with a + above?"""
    item = flat(item)
    if item.token in ("d", "\\partial") and item.below is None:
        return not item.above or text_of(item.above[0]) in ("+", "2")
    return False


def bracket_time(after, symbols) -> Expression | None:
    """Return the time in a bracket after a name, as in h(t) and h[t]."""
    base = None if after is None else after.base
    if not isinstance(base, Bracket) or base.kind not in ("(", "["):
        return None
    inside = only_expression(base)
    if inside is None or not is_index(inside, symbols):
        return None
    return inside


def placed(symbol, own, arguments, time, rest, text) -> str:
    """Return the LaTeX of a symbol at a time, and of components of it."""
    below = [text[one.start : one.end] for one in arguments[:own]]
    below = ["".join(below)] if below else []
    after = [text[one.start : one.end] for one in rest]
    at = text[time.start : time.end].strip()
    if symbol.timed == "below":
        names = ",".join([*below, at, *after])
        return f"{symbol.base}_{{{names}}}"
    names = ",".join([*below, *after])
    script = f"_{{{names}}}" if names else ""
    return f"{symbol.base}^{{({at})}}{script}"
