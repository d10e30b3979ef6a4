"""Single edits of the LaTeX of one side of an equation."""

import itertools
from dataclasses import dataclass

from .names import base_name, flat, is_operator, only_item, repeat_sign
from .reader import Reader
from .tree import (
    Atom,
    Bracket,
    Cases,
    Clause,
    Expression,
    Fraction,
    Item,
    parse,
)


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
    found = list(_Edits(text, language).of(node))
    found += _index_edits(text, reader)
    return found


def _index_edits(text, reader):
    """Shift times and bounds by one; exchange component indices."""
    letters = dict.fromkeys(
        index.letter
        for index in reader.indices_seen()
        if index.kind == "component"
    )
    found = []
    for kind, start, end, shift in dict.fromkeys(reader.marks):
        if kind == "component":
            for letter in letters:
                if letter != shift.single.letter:
                    found.append(
                        _script_edit(
                            "another component index", text, start, end,
                            letter,
                        )
                    )
            continue
        what = {
            "time": "a time index shifted",
            "bound": "a bound moved",
        }[kind]
        for step in (-1, 1):
            moved = shift.plus(type(shift)(step))
            new = _shift_latex(moved, reader.language.length)
            found.append(_script_edit(what, text, start, end, new))
    return found


def _script_edit(kind, text, start, end, new):
    """Braces are needed where a bare letter was the script."""
    bare = text[:start].rstrip()[-1:] in ("_", "^")
    if bare and (len(new) > 1 or end - start > 1):
        new = f"{{{new}}}"
    return Edit(kind, start, end, new)


def _shift_latex(shift, length):
    parts = [(count, index.letter) for index, count in shift.indices]
    if shift.length:
        parts.insert(0, (shift.length, length))
    text = ""
    for count, letter in sorted(parts, key=lambda part: part[0] < 0):
        sign = "-" if count < 0 else ("+" if text else "")
        times = "" if abs(count) == 1 else str(abs(count))
        text += f"{sign}{times}{letter}"
    if shift.constant or not text:
        text += f"{shift.constant:+d}" if text else str(shift.constant)
    return text


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
        elif isinstance(node, Item):
            yield from self.of(node.base)

    def _source(self, node):
        return self.text[node.start : node.end]

    # -- sums of terms --------------------------------------------------

    def _expression(self, node):
        terms = node.terms
        for number, term in enumerate(terms):
            yield from self._sign_edit(node, number)
            if len(terms) > 1:
                yield self._dropped_term(node, number)
            yield from self._term(term)
        for number in range(len(terms) - 1):
            yield from self._regrouped(terms[number], terms[number + 1])

    def _sign_edit(self, node, number):
        term, sign = node.terms[number], node.signs[number]
        if sign == "":
            yield Edit("a sign flipped", term.start, term.start, "-")
            return
        place = self.text.rindex(sign, 0, term.start)
        other = "+" if sign == "-" else "-"
        if number == 0:
            other = ""
        yield Edit("a sign flipped", place, place + 1, other)

    def _dropped_term(self, node, number):
        terms = node.terms
        if number == 0:
            stop = terms[1].start
            if node.signs[1] == "-":
                stop = self.text.rindex("-", 0, stop)
            return Edit("a term dropped", node.start, stop, "")
        start = self.text.rindex(node.signs[number], 0, terms[number].start)
        return Edit("a term dropped", start, terms[number].end, "")

    def _regrouped(self, one, other):
        """a b + c becomes a (b + c)."""
        factors = self._factors(one)
        if len(factors) < 2 or self._is_sum(one):
            return
        start, end = factors[-1][0].start, other.end
        inside = self.text[start:end]
        yield Edit("other brackets", start, end, f"({inside})")

    # -- products of factors --------------------------------------------

    def _factors(self, term):
        """Return lists of items: a factor with its function in front."""
        groups, waiting = [], []
        for item in term.items:
            if is_operator(item):
                continue
            if self._takes_next(item):
                waiting.append(item)
                continue
            groups.append([*waiting, item])
            waiting = []
        if waiting:
            groups.append(waiting)
        return groups

    def _takes_next(self, item):
        item = flat(item)
        name = base_name(item.base)
        if name in ("\\nabla", "\\partial"):
            return True
        if name in self.language.functions:
            vocabulary = self.language.vocabulary
            return not vocabulary.candidates(name)
        if isinstance(item.base, Fraction):
            above = only_item(item.base.above)
            return (
                above is not None
                and base_name(flat(above).base) == "\\partial"
            )
        return False

    def _is_sum(self, term):
        return any(repeat_sign(item) for item in term.items)

    def _term(self, term):
        factors = self._factors(term)
        for number, factor in enumerate(factors):
            sign = repeat_sign(factor[0])
            if sign:
                yield from self._sign_edits(sign, factor[0])
            elif len(factors) > 1:
                yield self._dropped_factor(term, factors, number)
            for item in factor:
                yield from self._item(item, factor)
        for left, right in itertools.pairwise(factors):
            if not (repeat_sign(left[0]) or repeat_sign(right[0])):
                yield from self._swapped(left, right)
        for item in term.items:
            if is_operator(item):
                if item.base.text == "\\odot":
                    yield Edit(
                        "⊙ made a matrix product", item.start, item.end, " "
                    )
                elif item.base.text == "\\otimes":
                    yield Edit("⊗ made ⊙", item.start, item.end, "\\odot")

    def _dropped_factor(self, term, factors, number):
        """Drop a factor with the operator that joined it."""
        factor = factors[number]
        start, end = factor[0].start, factor[-1].end
        if number > 0:
            start = factors[number - 1][-1].end
            if repeat_sign(factors[number - 1][0]):
                start = factor[0].start
        elif len(factors) > 1:
            end = factors[1][0].start
        return Edit("a factor dropped", start, end, " ")

    def _swapped(self, left, right):
        a = self.text[left[0].start : left[-1].end]
        b = self.text[right[0].start : right[-1].end]
        between = self.text[left[-1].end : right[0].start]
        if "\\odot" in between or "/" in between:
            return
        yield Edit(
            "two factors swapped",
            left[0].start,
            right[-1].end,
            f"{b}{between or ' '}{a}",
        )

    def _sign_edits(self, sign, item):
        yield Edit("a sum or product dropped", item.start, item.end, " ")
        base = item.base
        if sign == "\\prod":
            order = self.language.order
            other = "\\rightarrow" if order == "descending" else "\\leftarrow"
            if isinstance(base, Atom):
                new = f"\\overset{{{other}}}{{\\prod}}"
            else:
                new = "\\prod "
            yield Edit(
                "the product in the other order", base.start, base.end, new
            )

    # -- one item -------------------------------------------------------

    def _item(self, item, factor):
        base = item.base
        for bracket in item.above:
            mark = only_item(bracket)
            text = None if mark is None else self._plain(mark)
            start = self._script_start(bracket)
            if text == "\\top":
                yield Edit("a ⊤ dropped", start, bracket.end, " ")
            elif text is not None and text.isdigit():
                yield Edit("a power dropped", start, bracket.end, " ")
        name = base_name(flat(item).base)
        if not self._transposed(item) and self._is_matrix_like(item, name):
            yield Edit("a ⊤ added", item.end, item.end, "^\\top")
        if item is not factor[-1]:
            yield from self._function_edits(item, factor, name)
        if isinstance(base, Bracket) and base.kind in "([":
            yield from self._bracket(item, factor)
        elif not isinstance(base, Atom):
            yield from self.of(base)

    def _plain(self, item):
        item = flat(item)
        return item.base.text if isinstance(item.base, Atom) else None

    def _script_start(self, bracket):
        return self.text.rindex("^", 0, bracket.start + 1)

    def _transposed(self, item):
        return any("\\top" in self._source(b) for b in item.above)

    def _is_matrix_like(self, item, name):
        if isinstance(item.base, Fraction):
            return self._is_derivative(item.base)
        letter = (name or "").split()[-1:]
        known = self.language.vocabulary.candidates(name)
        return (
            bool(letter)
            and len(letter[0]) == 1
            and letter[0].isupper()
            and any(
                s.role == "parameter" and "1" not in (s.shape or "1")
                for s in known
            )
            and not item.above
        )

    def _function_edits(self, item, factor, name):
        after = factor[factor.index(item) + 1]
        if name in self.language.functions:
            kept = self._source(after)
            if not (isinstance(after.base, Bracket)):
                kept = f" {kept}"
            yield Edit(
                "a function dropped", item.start, after.end, kept
            )
            function = self.language.functions[name]
            other = {"tanh": "\\sigma", "sigma": "\\tanh"}.get(function)
            if other and not item.primes:
                yield Edit(
                    "another function", item.base.start, item.base.end,
                    f"{other} ",
                )
        for bracket in item.above:
            start = self._script_start(bracket)
            if name != "\\partial":
                yield Edit("a power dropped", start, bracket.end, " ")

    def _bracket(self, item, factor):
        base = item.base
        inside = base.clauses[0].expressions[0] if base.clauses else None
        is_argument = item is not factor[0]
        several = inside is not None and len(inside.terms) > 1
        if several and not is_argument:
            content = self.text[base.start + 1 : base.end - 1]
            yield Edit(
                "other brackets", base.start, base.end, f" {content} "
            )
        yield from self.of(base)

    # -- fractions and cases --------------------------------------------

    def _is_derivative(self, fraction):
        first = [
            bracket.clauses[0].expressions[0].terms[0].items[0]
            for bracket in (fraction.above, fraction.below)
            if bracket.clauses
        ]
        return all(base_name(flat(i).base) == "\\partial" for i in first)

    def _fraction(self, node):
        if self._is_derivative(node):
            first = node.above.clauses[0].expressions[0].terms[0].items[0]
            if first.above:
                yield Edit(
                    "∂⁺ made ∂", first.start, first.end, "\\partial "
                )
            else:
                yield Edit(
                    "∂ made ∂⁺", first.start, first.end, "\\partial^{+} "
                )
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
        for expression, clauses in node.rows:
            yield from self.of(expression)
            for clause in clauses:
                if clause.relations in (["="], ["\\neq"]):
                    one, other = clause.expressions
                    yield Edit(
                        "a condition turned",
                        one.end,
                        other.start,
                        " \\ne " if clause.relations == ["="] else " = ",
                    )



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
