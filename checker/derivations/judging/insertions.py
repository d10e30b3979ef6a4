"""Edits that put in, or exchange, what is most often forgotten.

The edits that alter a true display (edits.py) repair a false one too; those
here are for hints alone: a ⊤, a ⊙, the slope of a function, a bias, a weight
matrix, brackets, a letter of the same role and shape.
"""

import itertools
import re

from derivations.judging.edits import Edit, Side, squeezed
from derivations.latex.names import repeat_sign
from derivations.latex.tree import Atom, Bracket, Expression, Item
from derivations.meaning import nodes as m
from derivations.meaning.functions import SIGMA, TANH


def whole_edits(side):
    """Yield the negative, the transpose and the mean of a side."""
    text, terms, end = side.text, side.node.terms, len(side.text)
    if len(terms) > 1:
        yield Edit("the sign of the whole side flipped", 0, end, f"-({text})")
    if len(terms) > 1 or len(terms[0].items) > 1:
        yield Edit("the whole side transposed", 0, end, rf"({text})^\top")
    yield Edit("a factor 1/T", 0, end, rf"\frac{{1}}{{T}} ({text})")


def insertions(side, notation, columns, unfit=False):
    """Yield edits that add or exchange something.

    columns: LaTeX of columns that may be missing as factors; unfit: whether
    the shapes of the side do not fit.
    """
    text, network = side.text, notation.network
    places = _Places(side)
    places.note(side.node)
    yield from _slopes(side, places, notation, columns)
    for symbol, start, end in side.notes.uses:
        yield from _exchanges(text, symbol, start, end, notation, unfit)
    yield from _whole_ranges(side, notation)
    yield from _sums_of_terms(side)
    yield from _neighbours(text, places.products)
    yield from _values_of_functions(side, places)
    yield from _of_gates(side, notation)
    for left, right in places.gaps:
        yield Edit("⊙ between two factors", left, right, r" \odot ")
    for left, right, last in places.factors:
        marks = [side.source(mark).strip("{} ") for mark in last.above]
        if marks == [r"\top"]:
            end = len(text[: last.above[0].start].rstrip(" ^"))
            new = rf" \odot {text[left:end]}"
            yield Edit("⊙ for an outer product", left, right, new)
    for left, right in places.terms:
        new = rf"({text[left:right]})^\top"
        yield Edit("a term transposed", left, right, new)
    for left, right, last in places.factors:
        yield from _scripted(text, left, right, last.above)
        factor = text[left:right]
        if left != last.base.start or text[left] + text[right - 1] != "()":
            factor = f"({factor})"
        yield Edit(
            "a factor made diagonal",
            left,
            right,
            rf"\operatorname{{diag}}{factor}",
        )
    for factor in columns:
        if factor not in text:
            for end in places.ends:
                new = rf" \odot {factor}"
                yield Edit("a factor added", end, end, new)
    parameters = [
        s for s, role in network.roles.items() if role == "parameter"
    ]
    for symbol in parameters:
        rows, columns = network.shapes[symbol]
        if rows != "1" and columns == "1" and symbol.latex not in text:
            for end in places.sums:
                yield Edit("a term added", end, end, f" + {symbol.latex}")
    matrices = [s.latex for s in parameters if "1" not in network.shapes[s]]
    for name in matrices:
        for left, _, _ in places.factors:
            for new in (rf"{name}^\top ", f"{name} "):
                yield Edit("a factor added", left, left, new)


def _slopes(side, places, notation, columns):
    """Yield slopes: instead of the function of a value, or left out."""
    text = side.text
    outputs = {}
    for row in notation.network.rows:
        if isinstance(row.meaning, m.Apply) and not row.meaning.primes:
            if row.meaning.function in (TANH, SIGMA):
                outputs[row.target] = row.meaning.function
    used = {}
    for symbol, start, end in side.notes.uses:
        if symbol in outputs:
            name = squeezed(text[start:end])
            used[name] = outputs[symbol]
    for name, function in used.items():
        one, square = re.escape(name), r"\s*\^\s*(?:2|\{2\})\s*"
        pattern = rf"\(\s*1\s*-\s*{one}{square}\)"
        if function is TANH:
            pattern = rf"{one}\s*\\odot\s*\(\s*1\s*-\s*{one}\s*\)"
        for match in re.finditer(pattern, text):
            new = _slope(name, function)
            yield Edit("the slope of another function", *match.span(), new)
    for left, right, last in places.factors:
        inside = text[last.base.start : last.base.end].strip()
        bare = squeezed(inside.strip("()"))
        applied = left < last.base.start
        if bare in used and (applied or not last.above):
            new = _slope(bare, used[bare])
            kind = "a slope for the function of a value"
            words = f"{kind}: ({new})" if applied else kind
            yield Edit(words, left, right, new)
    of_paths = dict.fromkeys(
        factor
        for factor in columns
        if re.match(r"(\S+ \\odot )?\(1 - .*\)$", factor)
    )
    joined = {place for gap in places.gaps for place in gap}
    for term in side.node.terms:
        here = [f for f in places.factors if _inside(f[:2], term)]
        present = squeezed(text[term.start : term.end])
        below = re.findall(r"\\partial ([^{}]*(?:\{[^{}]*\})?)\s*\}", present)
        present = re.sub(
            r"\\frac\{[^{}]*\}\{[^{}]*(\{[^{}]*\})?\}", "", present
        )
        wanted, own = {}, {}
        for symbol, start, end in side.notes.uses:
            if symbol in outputs and _inside((start, end), term):
                name = squeezed(text[start:end])
                if outputs[symbol] is SIGMA:
                    wanted[f"(1 - {name})"] = None
                wanted[_slope(name, outputs[symbol])] = None
                if name in below:
                    own[_slope(name, outputs[symbol])] = None
        # A derivative by the value of a function lacks that one's slope.
        for new in own or of_paths | wanted:
            gate = re.match(r"(\S+) \\odot |\(1 - ([^^\s]+)\)$", new)
            if new in present or (
                gate
                and (gate[1] in present if gate[1] else gate[2] not in present)
            ):
                continue
            for end in places.ends:
                if _inside((end, end), term):
                    yield Edit("a slope added", end, end, rf" \odot {new}")
            bare = new[1:-1] if new.startswith("(") else new
            matrix = rf"\operatorname{{diag}}({bare}) "
            for left, right, last in here:
                if isinstance(last.base, Atom) and last.base.text.isupper():
                    yield Edit("a slope added", left, left, matrix)
                elif _single(last.base):
                    continue  # the place inside the bracket will do
                elif left in joined or right in joined:
                    around = rf"({text[left:right]} \odot {new})"
                    yield Edit("a slope added", left, right, around)


def _single(node):
    """Whether a node is a bracket around one term."""
    if not isinstance(node, Bracket) or len(node.clauses) != 1:
        return False
    return all(len(one.terms) == 1 for one in node.clauses[0].expressions)


def _inside(place, node):
    return node.start <= place[0] and place[1] <= node.end


def _slope(name, function):
    if function is TANH:
        return f"(1 - {name}^2)"
    return rf"{name} \odot (1 - {name})"


def _of_gates(side, notation):
    """Yield 1 - f for a gate f, and tanh(c) for what rows take it of."""
    gates, insides = set(), {}
    for row in notation.network.rows:
        for part in m.walk(row.meaning):
            if not isinstance(part, m.Apply):
                continue
            if part is row.meaning and part.function is SIGMA:
                gates.add(row.target)
            inner = getattr(part.arguments[0], "symbol", None)
            if part.function in (TANH, SIGMA) and part is not row.meaning:
                name = "tanh" if part.function is TANH else "sigma"
                insides[inner] = rf"\{name}"
    for symbol, start, end in side.notes.uses:
        name = squeezed(side.text[start:end])
        if symbol in gates:
            yield Edit("one minus a gate", start, end, f"(1 - {name})")
        if symbol in insides:
            new = f"{insides[symbol]}({name})"
            yield Edit("a function added", start, end, new)


def _values_of_functions(side, places):
    """Yield f² of a value made its square: the f is in the value already."""
    for _, right, last in places.factors:
        for item in side.notes.prefixes:
            inner = side.text[last.base.start : last.base.end]
            if (
                item.end <= last.start
                and right == last.end
                and (
                    not side.text[item.end : last.start].strip()
                    and len(item.above) == 1
                    and side.notes.prefixes[item] in (TANH, SIGMA)
                )
            ):
                power = side.source(item.above[0])
                new = f"{inner}^{power}"
                yield Edit("a function dropped", item.start, right, new)


def _sums_of_terms(side):
    """Yield brackets around what follows a factor, or a sum sign."""
    terms = side.node.terms
    for first, one in enumerate(terms):
        factors = side.factors(one)
        for other in terms[first + 1 :]:
            if len(factors) < 2:
                continue
            start, end = factors[-1][0].start, other.end
            inside = side.text[start:end]
            yield Edit("brackets around a sum", start, end, f"({inside})")
            for before, after in itertools.pairwise(factors[:-1]):
                between = side.text[before[-1].end : after[0].start]
                if "\\odot" not in between and not repeat_sign(before[0]):
                    continue
                start = after[0].start
                inside = side.text[start:end]
                yield Edit("brackets around a sum", start, end, f"({inside})")


def _neighbours(text, products):
    """Yield brackets around factors that ⊙ joins, beside a matrix product.

    The matrix product binds first: a ⊙ b xᵀ is a ⊙ (b xᵀ).
    """
    for spans in products:
        entrywise = [
            re.search(r"\\(odot|circ|ast)|\*", text[one[1] : other[0]])
            is not None
            for one, other in itertools.pairwise(spans)
        ]
        for first, last in itertools.combinations(range(len(spans)), 2):
            around = entrywise[:first][-1:] + entrywise[last:][:1]
            if any(entrywise[first:last]) and not all(around):
                start, end = spans[first][0], spans[last][1]
                new = f"({text[start:end]})"
                yield Edit("brackets around factors", start, end, new)


class _Places:
    """Where something may be put into a side, outside fractions and cases.

    factors: (start, end, its last item) of every factor; gaps: the places
    between two factors side by side; ends: the ends of terms; terms: those
    of several factors; products: the (start, end) of the factors of each
    term; sums: the ends of what terms may be added to.
    """

    def __init__(self, side: Side):
        self.side = side
        self.factors: list[tuple[int, int, Item]] = []
        self.gaps: list[tuple[int, int]] = []
        self.sums: list[int] = []
        self.ends: list[int] = []
        self.terms: list[tuple[int, int]] = []
        self.products: list[list[tuple[int, int]]] = []

    def note(self, node: Expression) -> None:
        """Note the places in an expression and in the brackets in it."""
        self.sums.append(node.end)
        for term in node.terms:
            factors = self.side.factors(term)
            self.ends.append(term.end)
            if len(factors) > 1 and not repeat_sign(factors[0][0]):
                self.terms.append((term.start, term.end))
            for left, right in itertools.pairwise(factors):
                start, end = left[-1].end, right[0].start
                apart = self.side.text[start:end].strip()
                if not (apart or repeat_sign(left[0])):
                    self.gaps.append((start, end))
            factors = [one for one in factors if not repeat_sign(one[0])]
            self.products.append(
                [(one[0].start, one[-1].end) for one in factors]
            )
            for factor in factors:
                self._note_factor(factor)

    def _note_factor(self, factor: list[Item]) -> None:
        last = factor[-1]
        self.factors.append((factor[0].start, last.end, last))
        if isinstance(last.base, Bracket):
            for clause in last.base.clauses:
                if not clause.relations:
                    self.note(clause.expressions[0])


def _scripted(text, left, right, marks):
    """Yield a factor with a ⊤ or a power, unless it has one already."""
    if not marks:
        yield Edit("a ⊤ added", right, right, "^\\top")
        yield Edit("a power added", right, right, "^2")
        return
    mark = text[marks[-1].start : marks[-1].end]
    if mark in ("2", "{2}"):
        new = rf"({text[left:right]})^\top"
        yield Edit("a ⊤ added", left, right, new)
    elif mark.endswith(")}"):
        end = marks[-1].end - 1
        yield Edit("a ⊤ added", end, end, r"\top")


def _whole_ranges(side, notation):
    """Yield the free time for a fixed step, and sums over all steps."""
    first = str(notation.network.first)
    for kind, start, end, shift in dict.fromkeys(side.notes.marks):
        if shift.indices or kind == "component":
            continue
        if kind == "time":
            news, what = (
                [notation.network.clock.letter],
                "a time index shifted",
            )
        else:
            news, what = [first, notation.language.length], "a bound moved"
        for new in news:
            yield Edit(what, start, end, new)


def _exchanges(text, symbol, start, end, notation, unfit):
    """Put another symbol of the same role and shape in this place.

    unfit: of another shape as well.
    """
    name = text[start:end]
    head = symbol.latex
    network = notation.network
    roles = notation.language.vocabulary.roles
    for other in roles:
        defined = roles[other] == "defined"
        same = (
            other != symbol
            and roles[other] == roles.get(symbol)
            and (
                defined
                or (unfit and symbol.timed)
                or network.shapes.get(other) == network.shapes.get(symbol)
            )
            and other.timed == symbol.timed
        )
        if same and symbol.timed is None and name.startswith(head):
            yield Edit("another symbol", start, start + len(head), other.latex)
        elif same and not symbol.subscripts and not other.subscripts:
            yield Edit(
                "another symbol", start, start + len(symbol.base), other.base
            )
        elif same and len(symbol.subscripts) == len(other.subscripts) == 1:
            inner = text.find(symbol.subscripts[0], start + len(symbol.base))
            if text[start:].startswith(symbol.base) and start < inner < end:
                subscript = Edit(
                    "another symbol",
                    inner,
                    inner + len(symbol.subscripts[0]),
                    other.subscripts[0],
                )
                if symbol.base == other.base:
                    yield subscript
