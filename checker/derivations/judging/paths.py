r"""The terms of the chain rule: one for each reader of a variable.

``paths`` follows the forward equations that read a quantity q one step:
a reader r hands back (∂r/∂q)ᵀ ∂L/∂r, where only q in that one equation
moves. With them a hint can name the path that a line leaves out.
"""

from dataclasses import dataclass

from derivations.judging.edits import shift_latex
from derivations.latex.tree import parse
from derivations.meaning import nodes as m
from derivations.meaning.functions import SIGMA, SOFTMAX, TANH
from derivations.meaning.reader import Reader
from derivations.meaning.vocabulary import Symbol
from derivations.networks.network import Forward
from derivations.networks.notation import Notation

MAX_DEPTH = 4


@dataclass(frozen=True)
class Path:
    """A way on which a quantity reaches what is differentiated.

    through: LaTeX of the first reader on it; sign, term: what it adds, as
    LaTeX; factors: the column factors in that term, as LaTeX.
    """

    through: str
    sign: str
    term: str
    factors: tuple[str, ...] = ()


def paths(node: m.Meaning, notation: Notation) -> list[list[Path]]:
    """Return the paths of a derivative ∂N/∂q, in several ways to write.

    Each list is complete: its terms add up to ∂N/∂q. The first stops at
    the readers of q, the next ones go on through a reader that is alone.
    The list is empty where the rows cannot be followed in words.
    """
    if not _known(node, notation):
        return []
    writer = _Writer(notation, node.above)
    scalar = notation.network.shapes.get(node.above.symbol) == ("1", "1")
    if scalar:
        ways = writer.back(node.below.symbol, node.below.time, 0)
    else:
        ways = writer.ahead(node)
    return [way for way in ways if way]


def _known(node, notation):
    return (
        isinstance(node, m.Derivative)
        and isinstance(node.above, m.Quantity)
        and not node.immediate
        and node.below.copy is None
        and notation.language.layout == "gradient"
    )


def written(symbol: Symbol, time: str | None) -> str:
    """Return a symbol as LaTeX at a time, which is LaTeX too."""
    if symbol.timed is None or time is None:
        return symbol.latex
    below = list(symbol.subscripts)
    if symbol.timed == "below":
        below.append(time)
        text = f"{symbol.base}_{{{','.join(below)}}}"
        return text if len(time) > 1 or below[1:] else symbol.base + "_" + time
    text = symbol.base + (f"_{{{''.join(below)}}}" if below else "")
    return f"{text}^{{({time})}}"


def _activation(meaning):
    if isinstance(meaning, m.Apply) and not meaning.primes:
        names = {TANH: "tanh", SIGMA: "sigma"}
        return names.get(meaning.function, "")
    return ""


def _bracketed(factors):
    text = r" \odot ".join(factors)
    return text if len(factors) == 1 else f"({text})"


def _bare(text):
    """Return a text without the bracket around all of it, if it has one."""
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and place < len(text) - 1:
            return text
    return text[1:-1]


def _diagonal(text):
    return rf"\operatorname{{diag}}({_bare(text)})"


def column_factors(node: m.Meaning, notation: Notation) -> list[str]:
    """Return the columns that may stand as factors in a formula for ∂N/∂q.

    They are what the rows hand back from the readers of q, and from the
    readers of those, as far as ``MAX_DEPTH``.
    """
    if not _known(node, notation):
        return []
    writer = _Writer(notation, node.above)
    writer.back(node.below.symbol, node.below.time, 0)
    return list(writer.columns)


class _Writer:
    """Writes the terms that the rows of a network hand back."""

    def __init__(self, notation: Notation, above: m.Quantity):
        self.network = notation.network
        self.language = notation.language
        self.above = above
        self.defined = self._defined(notation)
        self.columns: dict[str, None] = {}

    def _defined(self, notation):
        """Return (above, below) → the symbol that stands for ∂above/∂below."""
        found = {}
        for symbol in self.language.vocabulary.definitions:
            side = parse(symbol.latex)[0].sides[0]
            node = Reader(self.language).side(side)
            if isinstance(node, m.Derivative) and not node.immediate:
                if isinstance(node.above, m.Quantity):
                    found[node.above.symbol, node.below.symbol] = symbol
        return found

    def time(self, shift):
        return (
            None if shift is None else shift_latex(shift, self.language.length)
        )

    def name(self, symbol, shift):
        return written(symbol, self.time(shift))

    def derivative(self, symbol, shift):
        """Return ∂N/∂symbol, or the letter that stands for it."""
        above = self.above
        known = self.defined.get((above.symbol, symbol))
        if known is not None and above.time is None:
            return self.name(known, shift)
        one = self.name(above.symbol, above.time)
        other = self.name(symbol, shift)
        return rf"\frac{{\partial {one}}}{{\partial {other}}}"

    # -- from a quantity to what reads it ---------------------------------

    def readers(self, symbol, time):
        """Yield (row, the step at which it reads the symbol)."""
        for row in self.network.rows:
            if row.target == self.above.symbol or not row.timed:
                continue
            lags = {
                lag for s, lag in row.uses(self.network.clock) if s == symbol
            }
            for lag in sorted(lags, key=lambda one: one or 0, reverse=True):
                at = m.Shift.of(self.network.clock)
                if time is not None:
                    at = time.plus(m.Shift(-lag))
                yield row, at, lag

    def back(self, symbol, time, depth):
        """Return the ways to write the terms of ∂N/∂symbol."""
        readers = list(self.readers(symbol, time))
        direct = []
        for row, at, lag in readers:
            seed = [self.derivative(row.target, at)]
            direct += self._terms(row, at, symbol, lag, seed, "+")
        for path in direct:
            self.columns |= dict.fromkeys(path.factors[:-1])
        ways = [direct]
        if len(readers) > 1 and depth < 1:
            for row, at, _ in readers:
                self.back(row.target, at, MAX_DEPTH - 2)
        if len(readers) == 1 and depth < MAX_DEPTH:
            row, at, lag = readers[0]
            for way in self.back(row.target, at, depth + 1):
                more = []
                for path in way:
                    seed = list(path.factors)
                    more += self._terms(
                        row, at, symbol, lag, seed, path.sign, path.through
                    )
                ways.append(more)
        if depth == 0 and time is None:
            ways = [[self._summed(path) for path in way] for way in ways]
        return ways

    def _summed(self, path):
        first = self.network.first
        clock, length = self.network.clock.letter, self.language.length
        last = (
            length
            if first == 1
            else shift_latex(m.Shift(first - 1, 1), length)
        )
        sign = rf"\sum_{{{clock}={first}}}^{{{last}}} "
        return Path(path.through, path.sign, sign + path.term, path.factors)

    def _terms(self, row, at, symbol, lag, seed, sign, through=""):
        through = through or self.name(row.target, at)
        pull = _Pull(self, row, at, symbol, lag)
        return [
            Path(through, one, r" \odot ".join(factors), tuple(factors))
            for factors, one in pull.through(row.meaning, seed, sign)
        ]

    # -- from what is differentiated to what it reads ----------------------

    def ahead(self, node):
        """Return the terms of a Jacobian, one for each that N reads."""
        row = next(
            (r for r in self.network.rows if r.target == node.above.symbol),
            None,
        )
        column = self.network.shapes.get(node.below.symbol, ("", ""))[1]
        if row is None or node.above.time is None or column != "1":
            return []
        found = []
        push = _Pull(self, row, node.above.time, None, None)
        for matrices, part, sign in push.inward(row.meaning, [], "+"):
            if self.network.roles[part.symbol] in ("parameter", "input"):
                continue
            at = push.moved(part.time)
            one, other = (
                self.name(part.symbol, at),
                self.name(node.below.symbol, node.below.time),
            )
            last = rf"\frac{{\partial {one}}}{{\partial {other}}}"
            if one == other:
                last = "" if matrices else "I"
            term = " ".join([*matrices, last]).strip()
            found.append(Path(one, sign, term))
        return [found]


class _Pull:
    """Carries a gradient back through the right side of one row."""

    def __init__(self, writer, row: Forward, at: m.Shift, symbol, lag):
        self.writer = writer
        self.row = row
        self.at = at
        self.symbol = symbol
        self.lag = lag

    def moved(self, time):
        """Return a time of the row, where the row's own time is ``at``."""
        clock = self.writer.network.clock
        counts = dict(time.indices)
        if counts.pop(clock, 0) != 1 or counts:
            return time
        return self.at.plus(m.Shift(time.constant, time.length))

    def text(self, node) -> str:
        """Return a piece of the row as LaTeX, at the time of the row."""
        if isinstance(node, m.Quantity) and not node.components:
            time = None if node.time is None else self.moved(node.time)
            return self.writer.name(node.symbol, time)
        if isinstance(node, m.Number):
            return f"{node.value:g}"
        if isinstance(node, m.Add):
            parts = []
            for sign, term in zip(node.signs, node.terms, strict=True):
                shown = sign if parts or sign == "-" else ""
                parts.append(f"{shown} {self.text(term)}".strip())
            return f"({' '.join(parts)})"
        if isinstance(node, m.Product):
            return " ".join(map(self.text, node.factors))
        if isinstance(node, m.Binary) and node.kind == "hadamard":
            return rf"{self.text(node.left)} \odot {self.text(node.right)}"
        if isinstance(node, m.Transpose):
            return rf"{self.text(node.body)}^\top"
        if isinstance(node, m.Apply) and not node.primes:
            name = {TANH: r"\tanh", SIGMA: r"\sigma"}.get(node.function)
            if name:
                inside = _bare(self.text(node.arguments[0]))
                return f"{name}({inside})"
        raise _Unwritten

    def slope(self, node):
        """Return the slope of a function as column factors."""
        name = _activation(node)
        if not name:
            raise _Unwritten
        if node is self.row.meaning:
            value = self.writer.name(self.row.target, self.at)
        else:
            value = self.text(node)
        if name == "tanh":
            if value.startswith(r"\tanh("):
                value = value.replace(r"\tanh(", r"\tanh^2(", 1)
                return [f"(1 - {value})"]
            return [f"(1 - {value}^2)"]
        self.writer.columns[rf"{value} \odot (1 - {value})"] = None
        return [value, f"(1 - {value})"]

    def scalar(self, node):
        shapes = self.writer.network.shapes
        return all(
            shapes.get(part.symbol) == ("1", "1")
            for part in m.walk(node)
            if isinstance(part, m.Quantity)
        )

    def here(self, node):
        """Whether a node is the quantity, at the lag in question."""
        if not isinstance(node, m.Quantity) or node.symbol != self.symbol:
            return False
        return node.time is None or node.time.constant == self.lag

    def within(self, node):
        return any(map(self.here, m.walk(node)))

    def through(self, node, up, sign):
        """Yield (column factors, sign) for each place of the quantity."""
        try:
            if self.within(node):
                yield from self._through(node, up, sign)
        except _Unwritten:
            return

    def _through(self, node, up, sign):
        if self.here(node):
            yield up, sign
        elif isinstance(node, m.Add):
            for one, term in zip(node.signs, node.terms, strict=True):
                turned = {"+": "-", "-": "+"}[sign] if one == "-" else sign
                yield from self.through(term, up, turned)
        elif isinstance(node, m.Binary) and node.kind == "hadamard":
            for part, other in (
                (node.left, node.right),
                (node.right, node.left),
            ):
                if self.within(part):
                    more = [self.text(other), *up]
                    yield from self.through(part, more, sign)
        elif isinstance(node, m.Apply) and node.function is SOFTMAX:
            if node is self.row.meaning:
                name = self.writer.name(self.row.target, self.at)
                jacobian = (
                    rf"(\operatorname{{diag}}({name}) - {name} {name}^\top)"
                )
                more = [f"{jacobian} {_bracketed(up)}"]
                yield from self.through(node.arguments[0], more, sign)
        elif isinstance(node, m.Apply):
            more = [*self.slope(node), *up]
            yield from self.through(node.arguments[0], more, sign)
        elif isinstance(node, m.Product):
            yield from self._product(node.factors, up, sign)

    def _product(self, factors, up, sign):
        for number, factor in enumerate(factors):
            if not self.within(factor):
                continue
            before, after = factors[:number], factors[number + 1 :]
            for one in before:
                if self.scalar(one):
                    up = [f"{self.text(one)} {up[0]}", *up[1:]]
                elif isinstance(one, m.Transpose):
                    up = [f"{self.text(one.body)} {_bracketed(up)}"]
                else:
                    up = [rf"{self.text(one)}^\top {_bracketed(up)}"]
            if not after:
                yield from self.through(factor, up, sign)
                continue
            column = " ".join(map(self.text, after))
            if len(after) > 1 or isinstance(after[0], m.Binary):
                column = f"({column})"
            if isinstance(factor, m.Transpose) and self.here(factor.body):
                yield [rf"{column} {_bracketed(up)}^\top"], sign
            elif self.here(factor) and not self.scalar(factor):
                yield [rf"{_bracketed(up)} {column}^\top"], sign

    def inward(self, node, matrices, sign):
        """Yield (matrices in front, the quantity read, sign)."""
        try:
            yield from self._inward(node, matrices, sign)
        except _Unwritten:
            return

    def _inward(self, node, matrices, sign):
        if isinstance(node, m.Quantity) and not node.components:
            yield matrices, node, sign
        elif isinstance(node, m.Add):
            for one, term in zip(node.signs, node.terms, strict=True):
                turned = {"+": "-", "-": "+"}[sign] if one == "-" else sign
                yield from self.inward(term, matrices, turned)
        elif isinstance(node, m.Binary) and node.kind == "hadamard":
            for part, other in (
                (node.left, node.right),
                (node.right, node.left),
            ):
                one = _diagonal(self.text(other))
                yield from self.inward(part, [*matrices, one], sign)
        elif isinstance(node, m.Apply):
            one = _diagonal(r" \odot ".join(self.slope(node)))
            yield from self.inward(node.arguments[0], [*matrices, one], sign)
        elif isinstance(node, m.Product):
            front = [self.text(factor) for factor in node.factors[:-1]]
            yield from self.inward(node.factors[-1], [*matrices, *front], sign)


class _Unwritten(Exception):
    """A row that cannot be written as products of columns and matrices."""
