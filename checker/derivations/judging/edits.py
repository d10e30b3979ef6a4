"""Single edits of the LaTeX of one side of an equation.

What an item or a fraction is, the reader has noted; an edit only cuts and
joins the text at the places in the tree.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

from derivations.latex.layers import with_layers
from derivations.latex.names import (
    base_name,
    equations_of,
    flat,
    is_operator,
    only_item,
    repeat_sign,
)
from derivations.latex.spacing import blank_spacing
from derivations.latex.tree import (
    Atom,
    Bracket,
    Cases,
    Clause,
    Expression,
    Fraction,
    Item,
    Node,
    Term,
    parse,
)
from derivations.meaning.functions import SIGMA, TANH
from derivations.meaning.nodes import Shift
from derivations.meaning.reader import Reader
from derivations.meaning.scope import Notes
from derivations.meaning.vocabulary import Language

# The kinds of slips; each edit in words belongs to one of them.
SLIPS = {
    "path": "a term of the chain rule: a path is left out",
    "slope": "the slope of a function: missing, or taken of its value",
    "brackets": "brackets: lost, or around too much",
    "time": "a time index: a neighbour in time",
    "sign": "a sign",
    "transpose": "a transpose",
    "symbol": "a letter: another quantity of the same shape",
    "factor": "a factor: missing, or one too many",
    "term": "a term: missing, or one too many",
    "sum": "a sum: missing, or one too many",
    "bound": "a bound of a sum or product, or a condition",
    "component": "a component index",
    "product": "a product: ⊙, ⊗, a matrix product or a diagonal matrix",
    "order": "the order of factors",
    "derivative": "total or immediate: ∂ or ∂⁺",
    "function": "a function",
    "power": "a power",
    "fraction": "a numerator or a denominator",
    "scale": "a factor in front of it all, such as 1/T",
}
KIND_OF = {
    "a bound moved": "bound",
    "a condition turned": "bound",
    "a denominator dropped": "fraction",
    "a factor 1/T": "scale",
    "a factor added": "factor",
    "a factor dropped": "factor",
    "a factor made diagonal": "product",
    "a function added": "function",
    "a function dropped": "function",
    "a numerator dropped": "fraction",
    "a path added": "path",
    "a power added": "power",
    "a power dropped": "power",
    "a sign flipped": "sign",
    "a slope added": "slope",
    "a slope for the function of a value": "slope",
    "a sum added": "sum",
    "a sum or product dropped": "sum",
    "a term added": "term",
    "a term dropped": "term",
    "a time index shifted": "time",
    "a term transposed": "transpose",
    "⊙ for an outer product": "product",
    "a ⊤ added": "transpose",
    "a ⊤ dropped": "transpose",
    "another component index": "component",
    "another function": "function",
    "one minus a gate": "term",
    "another symbol": "symbol",
    "brackets around a sum": "brackets",
    "brackets around factors": "brackets",
    "other brackets": "brackets",
    "the product in the other order": "order",
    "the slope of another function": "slope",
    "the sign of the whole side flipped": "sign",
    "the whole side transposed": "transpose",
    "two factors swapped": "order",
    "∂ made ∂⁺": "derivative",
    "∂⁺ made ∂": "derivative",
    "⊗ made ⊙": "product",
    "⊙ between two factors": "product",
    "⊙ made a matrix product": "product",
}


@dataclass(frozen=True)
class Edit:
    """Replace ``text[start:end]`` by ``new``; ``kind`` says in words why."""

    kind: str
    start: int
    end: int
    new: str

    def apply(self, text: str) -> str:
        """Return the text with this edit made."""
        return text[: self.start] + self.new + text[self.end :]


@dataclass
class Side:
    """The text of one side of an equation, its tree, what the reader noted.

    components: the letters that count components on either side.
    """

    text: str
    node: Expression
    language: Language
    notes: Notes = field(default_factory=Notes)
    components: list[str] = field(default_factory=list)

    def factors(self, term: Term) -> list[list[Item]]:
        """Return the factors of a term: items, a function in front."""
        groups: list[list[Item]] = []
        open_still = False
        for item in term.items:
            if not is_operator(item):
                if open_still:
                    groups[-1].append(item)
                else:
                    groups.append([item])
                open_still = item in self.notes.prefixes
        return groups

    def source(self, node: Node) -> str:
        """Return the LaTeX of a node."""
        return self.text[node.start : node.end]


def read_beside(text: str, language: Language, partner: str = "") -> Side:
    """Read one side of an equation, its other side first.

    ``text`` has no spacing commands in it; ``partner``, the other side,
    tells which letters count components. Raises ``EquationError`` if one
    of them cannot be read.
    """
    reader = Reader(language)
    for line in parse(partner):
        for node in line.sides:
            reader.side(node)
    node = parse(text)[0].sides[0]
    node = with_layers(node) if language.layers else node
    side = Side(text, node, language)
    reader.side(side.node, side.notes)
    reader.indices.settle()
    marked = [i for *_, shift in side.notes.marks for i, _ in shift.indices]
    seen = dict.fromkeys([*marked, *reader.indices.compared()])
    letters = [i.letter for i in seen if i.kind == "component"]
    side.components = list(dict.fromkeys(letters))
    return side


def edits(text: str, language: Language, partner: str = "") -> list[Edit]:
    """Return the single edits of one side of an equation.

    Arguments and errors as for ``read_beside``.
    """
    return edits_beside(read_beside(text, language, partner))


def edits_beside(side: Side) -> list[Edit]:
    """Return the single edits of a side that has been read."""
    return [*_Edits(side).of(side.node), *_index_edits(side)]


def sides_of(latex: str) -> list[list[str]]:
    """Return the sides of each equation of a display, as text."""
    text = blank_spacing(latex)
    return [
        [squeezed(text[side.start : side.end]) for side in sides]
        for sides, *_ in equations_of(parse(latex))
    ]


def squeezed(text: str) -> str:
    """Return a text with single spaces only."""
    return " ".join(text.split())


def _index_edits(side: Side) -> Iterator[Edit]:
    """Shift times and bounds by one; exchange component indices."""
    for kind, start, end, shift in dict.fromkeys(side.notes.marks):
        if kind == "component":
            what = "another component index"
            here = [index.letter for index, _ in shift.indices]
            others = [c for c in side.components if c not in here]
        else:
            what = "a bound moved"
            if kind == "time":
                what = "a time index shifted"
            moved = (shift.plus(Shift(step)) for step in (-1, 1))
            others = [shift_latex(s, side.language.length) for s in moved]
        # A bare letter was the script; anything longer needs braces.
        bare = side.text[:start].rstrip()[-1:] in ("_", "^")
        for new in others:
            braced = bare and (len(new) > 1 or end - start > 1)
            yield Edit(what, start, end, f"{{{new}}}" if braced else new)


def shift_latex(shift: Shift, length: str) -> str:
    """Return a time such as t - 1 as LaTeX."""
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

    def __init__(self, side: Side):
        self.side = side
        self.text = side.text
        self.notes = side.notes
        self.language = side.language

    def of(self, node: Node) -> Iterator[Edit]:
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

    # -- sums of terms --------------------------------------------------

    def _expression(self, node):
        terms, signs, places = node.terms, node.signs, node.places
        for number, term in enumerate(terms):
            place, sign = places[number], signs[number]
            flipped = "+" if sign == "-" else "-"
            if sign and number == 0:
                flipped = ""
            yield Edit("a sign flipped", place, place + len(sign), flipped)
            if len(terms) > 1 and number == 0:
                # The next term keeps its minus.
                stop = places[1] if signs[1] == "-" else terms[1].start
                yield Edit("a term dropped", node.start, stop, "")
            elif len(terms) > 1:
                yield Edit("a term dropped", place, term.end, "")
            yield from self._term(term)
        for one, other in itertools.pairwise(terms):
            yield from self._regrouped(one, other)

    def _regrouped(self, one, other):
        """a b + c becomes a (b + c)."""
        factors = self.side.factors(one)
        if len(factors) > 1 and not any(map(repeat_sign, one.items)):
            start, end = factors[-1][0].start, other.end
            inside = self.text[start:end]
            yield Edit("brackets around a sum", start, end, f"({inside})")

    # -- products of factors --------------------------------------------

    def _term(self, term):
        factors = self.side.factors(term)
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
            text = "" if mark is None else mark.token
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
        caret = len(self.text[: bracket.start].rstrip()) - 1
        return Edit(kind, caret, bracket.end, " ")

    def _may_be_transposed(self, item, name):
        """Say whether an item is a Jacobian or a matrix without a ⊤."""
        if isinstance(item.base, Fraction):
            marks = [self.side.source(bracket) for bracket in item.above]
            derivative = item.base in self.notes.derivatives
            return derivative and not any("\\top" in mark for mark in marks)
        letter = (name or " ").split()[-1:]
        vocabulary = self.language.vocabulary
        return (
            not item.above
            and letter
            and len(letter[0]) == 1
            and letter[0].isupper()
            and any(
                vocabulary.roles[symbol] == "parameter"
                and "1" not in vocabulary.shapes.get(symbol, "1")
                for symbol in vocabulary.candidates(name)
            )
        )

    def _function_edits(self, item, factor, name):
        after = factor[factor.index(item) + 1]
        function = self.notes.prefixes.get(item)
        if function is not None:
            kept = self.side.source(after)
            if not isinstance(after.base, Bracket):
                kept = f" {kept}"
            yield Edit("a function dropped", item.start, after.end, kept)
            other = {TANH: "\\sigma ", SIGMA: "\\tanh "}.get(function)
            if other and item.below is None and not item.primes:
                place = item.base.start, item.base.end
                yield Edit("another function", *place, other)
        for bracket in item.above:
            if name != "\\partial":
                yield self._script_dropped("a power dropped", bracket)

    # -- fractions and cases --------------------------------------------

    def _fraction(self, node):
        mark = self.notes.derivatives.get(node)
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
            new = self.side.source(kept)
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
