"""Single edits of the LaTeX of one side of an equation."""

import itertools
from dataclasses import dataclass

from derivations.latex.names import (
    base_name,
    flat,
    is_operator,
    only_item,
    repeat_sign,
)
from derivations.latex.tree import (
    Atom,
    Bracket,
    Cases,
    Clause,
    Expression,
    Fraction,
    parse,
)
from derivations.meaning.reader import Reader


@dataclass(frozen=True)
class Edit:
    """Replace ``text[start:end]`` by ``new``; ``kind`` says in words why."""

    kind: str
    start: int
    end: int
    new: str

    def apply(self, text):
        return text[: self.start] + self.new + text[self.end :]


def read_beside(text, language, partner=""):
    """Read one side of an equation, its other side first.

    The other side tells which letters count components. Returns the
    reader and the tree of ``text``.
    """
    reader = Reader(language)
    for row in parse(partner):
        for side in row.sides:
            reader.expression(side)
    reader.marks.clear()
    reader.uses.clear()
    node = parse(text)[0].sides[0]
    reader.expression(node)
    reader.settle()
    return reader, node


def edits(text, language, partner=""):
    """Return the single edits of one side of an equation.

    ``text`` has no layout in it; ``partner`` is the other side. Raises
    ``EquationError`` if it cannot be read.
    """
    reader, node = read_beside(text, language, partner)
    return [*_Edits(text, language).of(node), *_index_edits(text, reader)]


def _index_edits(text, reader):
    """Shift times and bounds by one; exchange component indices."""
    seen = reader.indices_seen()
    letters = [i.letter for i in seen if i.kind == "component"]
    length = reader.language.length
    for kind, start, end, shift in dict.fromkeys(reader.marks):
        if kind == "component":
            what = "another component index"
            others = dict.fromkeys(letters)
            others.pop(shift.single.letter, None)
        else:
            what = "a bound moved"
            if kind == "time":
                what = "a time index shifted"
            moved = (shift.plus(type(shift)(step)) for step in (-1, 1))
            others = [_shift_latex(s, length) for s in moved]
        # A bare letter was the script; anything longer needs braces.
        bare = text[:start].rstrip()[-1:] in ("_", "^")
        for new in others:
            braced = bare and (len(new) > 1 or end - start > 1)
            yield Edit(what, start, end, f"{{{new}}}" if braced else new)


def _shift_latex(shift, length):
    parts = [(count, index.letter) for index, count in shift.indices]
    if shift.length:
        parts.insert(0, (shift.length, length))
    text = ""
    for count, letter in sorted(parts, key=lambda part: part[0] < 0):
        sign = "-" if count < 0 else ("+" if text else "")
        times = "" if abs(count) == 1 else str(abs(count))
        text += f"{sign}{times}{letter}"
    if text and shift.constant:
        return f"{text}{shift.constant:+d}"
    return text or str(shift.constant)


class _Edits:
    """Walks the tree of one side and yields its edits."""

    def __init__(self, text, language):
        self.text = text
        self.language = language

    def of(self, node):
        """Yield the edits inside a node."""
        if isinstance(node, Expression):
            yield from self._expression(node)
        elif isinstance(node, Bracket):
            for clause in node.clauses:
                yield from self.of(clause)
        elif isinstance(node, Clause) and not node.relations:
            yield from self.of(node.expressions[0])
        elif isinstance(node, Fraction):
            yield from self._fraction(node)
        elif isinstance(node, Cases):
            yield from self._cases(node)

    def _source(self, node):
        return self.text[node.start : node.end]

    # -- sums of terms --------------------------------------------------

    def _expression(self, node):
        terms, signs = node.terms, node.signs
        for number, (sign, term) in enumerate(zip(signs, terms, strict=True)):
            place = term.start
            if sign:
                place = self.text.rindex(sign, 0, place)
            flipped = "+" if sign == "-" else "-"
            if sign and number == 0:
                flipped = ""
            yield Edit("a sign flipped", place, place + len(sign), flipped)
            if len(terms) > 1 and number == 0:
                stop = terms[1].start
                if signs[1] == "-":
                    stop = self.text.rindex("-", 0, stop)
                yield Edit("a term dropped", node.start, stop, "")
            elif len(terms) > 1:
                yield Edit("a term dropped", place, term.end, "")
            yield from self._term(term)
        for one, other in itertools.pairwise(terms):
            yield from self._regrouped(one, other)

    def _regrouped(self, one, other):
        """a b + c becomes a (b + c)."""
        factors = self._factors(one)
        if len(factors) > 1 and not any(map(repeat_sign, one.items)):
            start, end = factors[-1][0].start, other.end
            inside = self.text[start:end]
            yield Edit("other brackets", start, end, f"({inside})")

    # -- products of factors --------------------------------------------

    def _factors(self, term):
        """Return lists of items: a factor with its function in front."""
        groups, open_still = [], False
        for item in term.items:
            if not is_operator(item):
                if open_still:
                    groups[-1].append(item)
                else:
                    groups.append([item])
                open_still = self._takes_next(item)
        return groups

    def _takes_next(self, item):
        item = flat(item)
        name = base_name(item.base)
        if name in ("\\nabla", "\\partial"):
            return True
        if name in self.language.functions:
            return not self.language.vocabulary.candidates(name)
        if isinstance(item.base, Fraction):
            above = only_item(item.base.above)
            return above is not None and _is_partial(above)
        return False

    def _term(self, term):
        factors = self._factors(term)
        for number, factor in enumerate(factors):
            sign = repeat_sign(factor[0])
            if sign:
                yield from self._sign_edits(sign, factor[0])
            elif len(factors) > 1:
                yield self._dropped_factor(factors, number)
            for item in factor:
                yield from self._item(item, factor)
        for left, right in itertools.pairwise(factors):
            if not (repeat_sign(left[0]) or repeat_sign(right[0])):
                yield from self._swapped(left, right)
        for item in term.items:
            if is_operator(item) and item.base.text == "\\odot":
                kind = "⊙ made a matrix product"
                yield Edit(kind, item.start, item.end, " ")
            elif is_operator(item) and item.base.text == "\\otimes":
                yield Edit("⊗ made ⊙", item.start, item.end, "\\odot")

    def _dropped_factor(self, factors, number):
        """Drop a factor with the operator that joined it."""
        start, end = factors[number][0].start, factors[number][-1].end
        if number == 0:
            end = factors[1][0].start
        elif not repeat_sign(factors[number - 1][0]):
            start = factors[number - 1][-1].end
        return Edit("a factor dropped", start, end, " ")

    def _swapped(self, left, right):
        start, end = left[0].start, right[-1].end
        a = self.text[start : left[-1].end]
        b = self.text[right[0].start : end]
        between = self.text[left[-1].end : right[0].start]
        if "\\odot" not in between and "/" not in between:
            new = f"{b}{between or ' '}{a}"
            yield Edit("two factors swapped", start, end, new)

    def _sign_edits(self, sign, item):
        yield Edit("a sum or product dropped", item.start, item.end, " ")
        if sign == "\\prod":
            new = "\\prod "
            if isinstance(item.base, Atom):
                descending = self.language.order == "descending"
                arrow = "\\rightarrow" if descending else "\\leftarrow"
                new = f"\\overset{{{arrow}}}{{\\prod}}"
            kind = "the product in the other order"
            yield Edit(kind, item.base.start, item.base.end, new)

    # -- one item -------------------------------------------------------

    def _item(self, item, factor):
        base, name = item.base, base_name(flat(item).base)
        for bracket in item.above:
            mark = only_item(bracket)
            text = None if mark is None else flat(mark).base
            text = text.text if isinstance(text, Atom) else ""
            if text == "\\top" or text.isdigit():
                kind = "a ⊤ dropped" if text == "\\top" else "a power dropped"
                yield self._script_dropped(kind, bracket)
        if self._may_be_transposed(item, name):
            yield Edit("a ⊤ added", item.end, item.end, "^\\top")
        if item is not factor[-1]:
            yield from self._function_edits(item, factor, name)
        if isinstance(base, Bracket) and base.kind in "([":
            inside = base.clauses[0].expressions[0].terms
            if item is factor[0] and len(inside) > 1:
                content = self.text[base.start + 1 : base.end - 1]
                kind = "other brackets"
                yield Edit(kind, base.start, base.end, f" {content} ")
        yield from self.of(base)

    def _script_dropped(self, kind, bracket):
        start = self.text.rindex("^", 0, bracket.start + 1)
        return Edit(kind, start, bracket.end, " ")

    def _may_be_transposed(self, item, name):
        """Say whether an item is a Jacobian or a matrix without a ⊤."""
        if isinstance(item.base, Fraction):
            marks = [self._source(bracket) for bracket in item.above]
            derivative = _derivative_mark(item.base) is not None
            return derivative and not any("\\top" in mark for mark in marks)
        letter = (name or " ").split()[-1:]
        return (
            not item.above
            and letter
            and len(letter[0]) == 1
            and letter[0].isupper()
            and any(
                symbol.role == "parameter"
                and symbol.shape is not None
                and "1" not in symbol.shape
                for symbol in self.language.vocabulary.candidates(name)
            )
        )

    def _function_edits(self, item, factor, name):
        after = factor[factor.index(item) + 1]
        if name in self.language.functions:
            kept = self._source(after)
            if not isinstance(after.base, Bracket):
                kept = f" {kept}"
            yield Edit("a function dropped", item.start, after.end, kept)
            function = self.language.functions[name]
            other = {"tanh": "\\sigma ", "sigma": "\\tanh "}.get(function)
            if other and not item.primes:
                place = item.base.start, item.base.end
                yield Edit("another function", *place, other)
        for bracket in item.above:
            if name != "\\partial":
                yield self._script_dropped("a power dropped", bracket)

    # -- fractions and cases --------------------------------------------

    def _fraction(self, node):
        mark = _derivative_mark(node)
        if mark is not None:
            kind, new = "∂ made ∂⁺", "\\partial^{+} "
            if mark.above:
                kind, new = "∂⁺ made ∂", "\\partial "
            yield Edit(kind, mark.start, mark.end, new)
            return
        for kind, kept in (
            ("a denominator dropped", node.above),
            ("a numerator dropped", node.below),
        ):
            new = self._source(kept)
            if not new.startswith("{"):
                new = f"{{{new}}}"
            yield Edit(kind, node.start, node.end, new)
        yield from self.of(node.above)
        yield from self.of(node.below)

    def _cases(self, node):
        turned = {"=": " \\ne ", "\\neq": " = "}
        for expression, clauses in node.rows:
            yield from self.of(expression)
            for clause in clauses:
                new = turned.get("".join(clause.relations))
                if new:
                    one, other = clause.expressions
                    yield Edit("a condition turned", one.end, other.start, new)


def _is_partial(item):
    return base_name(flat(item).base) == "\\partial"


def _derivative_mark(fraction):
    """Return the ∂ above if a fraction is a derivative, else None."""
    above, below = (
        bracket.clauses[0].expressions[0].terms[0].items[0]
        for bracket in (fraction.above, fraction.below)
    )
    return above if _is_partial(above) and _is_partial(below) else None


class FactorWalk(_Edits):
    """Lists all factors of a side: (start, end, the last item of it).

    ``gaps`` are the places between two factors side by side, ``sums`` the
    ends of what terms may be added to.
    """

    def __init__(self, text, language):
        super().__init__(text, language)
        self.gaps = []
        self.sums = []

    def _expression(self, node):
        self.sums.append(node.end)
        for term in node.terms:
            factors = self._factors(term)
            for left, right in itertools.pairwise(factors):
                gap = left[-1].end, right[0].start
                joined = self.text[slice(*gap)].strip()
                if not (joined or repeat_sign(left[0])):
                    self.gaps.append(gap)
            for factor in factors:
                if repeat_sign(factor[0]):
                    continue
                yield factor[0].start, factor[-1].end, factor[-1]
                base = factor[-1].base
                if isinstance(base, Bracket):
                    yield from self.of(base)

    def _fraction(self, node):
        return ()

    def _cases(self, node):
        return ()
