"""LaTeX to tree: what a display is made of, before it means anything."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

from lark import Lark, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedInput

from derivations.errors import ReadingError
from derivations.latex.spacing import blank_spacing


@dataclass(eq=False, slots=True)
class Node:
    """A piece of a display; ``start`` and ``end`` are its place in it."""

    start: int
    end: int

    def error(self, message: str) -> ReadingError:
        """Return the ``ReadingError`` that points here."""
        return ReadingError.on(self, message)

    def parts(self) -> list:
        """Return the nodes this one is made of, in the order of its fields."""
        return self.held(Node)

    def held(self, kind: type) -> list:
        """Return what this node's own fields hold of one kind."""
        found: list = []
        for name in self.__slots__:
            _gather(getattr(self, name), kind, found)
        return found


def _gather(value, kind, found):
    """Add what is of one kind in a value, a list, or lists of them."""
    if isinstance(value, kind):
        found.append(value)
    elif isinstance(value, (list, tuple)):
        for one in value:
            _gather(one, kind, found)


def nodes_in(nodes: list) -> Iterator[Node]:
    """Yield nodes and all that they are made of, in the order of the text."""
    waiting = list(reversed(nodes))
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(node.parts())


@dataclass(eq=False, slots=True)
class Atom(Node):
    """One token. ``kind``: letter, command, word, number, operator, sign."""

    kind: str
    text: str

    def parts(self) -> list:
        """Return nothing: most nodes are atoms, and are walked often."""
        return []


@dataclass(eq=False, slots=True)
class Item(Node):
    """A base with its scripts; ``below`` and ``above`` are clause lists."""

    base: Node
    below: list | None = None
    above: list = field(default_factory=list)
    primes: int = 0

    @property
    def token(self) -> str:
        """The token that the base is, or "" if it is more than a token."""
        return self.base.text if isinstance(self.base, Atom) else ""

    @property
    def bare(self) -> bool:
        """Whether the item has no scripts and no primes."""
        return self.below is None and not self.above and not self.primes


@dataclass(eq=False, slots=True)
class Term(Node):
    """Items side by side, operators such as ⊙ among them."""

    items: list


@dataclass(eq=False, slots=True)
class Expression(Node):
    """Signed terms: ``signs[k]`` stands before ``terms[k]``, or is empty.

    ``places[k]`` is where the sign stands, or the term if it has none.
    """

    signs: list[str]
    terms: list[Term]
    places: list[int]


@dataclass(eq=False, slots=True)
class Clause(Node):
    """Expressions joined by relations: ``k = 1``, ``j \\ne t``."""

    expressions: list
    relations: list


@dataclass(eq=False, slots=True)
class Bracket(Node):
    """``kind`` is one of ``{``, ``(``, ``[`` and ``\\{``."""

    kind: str
    clauses: list


@dataclass(eq=False, slots=True)
class Fraction(Node):
    """Numerator over denominator, each a bracket of kind ``{``."""

    above: Bracket
    below: Bracket


@dataclass(eq=False, slots=True)
class Accent(Node):
    """A hat, bar or tilde over ``base``, or an arrow over a product."""

    mark: str
    base: Bracket


@dataclass(eq=False, slots=True)
class Cases(Node):
    """Rows of (expression, the clauses of its condition)."""

    rows: list


@dataclass(eq=False, slots=True)
class Matrix(Node):
    """Rows of cells: bmatrix and its like, or [a; b] as one column."""

    rows: list


@dataclass(eq=False, slots=True)
class Layer(Node):
    """A symbol with the layer that belongs to its name, as h^{(1)}."""

    base: Node
    label: str


@dataclass(eq=False, slots=True)
class Norm(Node):
    r"""``kind`` is "norm" for \|v\|, "size" for |x|."""

    kind: str
    body: Expression


@dataclass(eq=False, slots=True)
class Block(Node):
    """Block ``number`` of ``body``, whose blocks are as long as ``names``.

    Nobody types it: a row for several symbols one above the other becomes
    one row for each, and this is its right side.
    """

    body: Expression
    number: int
    names: list

    def parts(self) -> list:
        """Return the body: the names are those of the left side."""
        return [self.body]


@dataclass(eq=False, slots=True)
class Line(Node):
    """Sides and the relations between them.

    ``continues`` is true for a line that starts with its relation;
    ``where`` holds the clauses of a remark on its indices, as t < T.
    """

    sides: list
    relations: list
    continues: bool
    where: list


_SYNONYMS = {
    "\\ne": "\\neq",
    "\\le": "\\leq",
    "\\leqslant": "\\leq",
    "\\ge": "\\geq",
    "\\geqslant": "\\geq",
    "\\lt": "<",
    "\\gt": ">",
    "\\equiv": "=",
    ":=": "=",
    "\\coloneqq": "=",
    "\\ast": "*",
    "\\circ": "\\odot",
    "\\intercal": "\\top",
    "\\widehat": "\\hat",
    "\\widetilde": "\\tilde",
    "\\overline": "\\bar",
    "\\varepsilon": "\\epsilon",
    "\\ln": "\\log",
}


def expression_of(*items: Item, sign: str = "") -> Expression:
    """Return items side by side as an expression of one term."""
    start, end = items[0].start, items[-1].end
    term = Term(start, end, list(items))
    return Expression(start, end, [sign], [term], [start])


def bracket_of(*items: Item, sign: str = "") -> Bracket:
    """Return items side by side as a ``{`` bracket."""
    inside = expression_of(*items, sign=sign)
    place = inside.start, inside.end
    return Bracket(*place, "{", [Clause(*place, [inside], [])])


def _place(parts: list) -> tuple[int, int]:
    """Return where the first node or token starts and the last ends."""
    first, last = parts[0], parts[-1]
    return (
        first.start if isinstance(first, Node) else first.start_pos,
        last.end if isinstance(last, Node) else last.end_pos,
    )


def _synonym(token):
    return _SYNONYMS.get(str(token), str(token))


def _node(part) -> Node:
    """Return a node as it is, a token as an atom."""
    if isinstance(part, Node):
        return part
    text = str(part)
    if part.type != "ATOM":
        kind = part.type.lower()
    elif text.endswith("}"):
        kind, text = "word", text[text.index("{") + 1 : -1].strip()
    elif text.startswith("\\"):
        kind = "command"
    else:
        kind = "letter" if text.isalpha() else "number"
    return Atom(*_place([part]), kind, _SYNONYMS.get(text, text))


def _bracket(part) -> Bracket:
    """Return a script or a part of a fraction as a ``{`` bracket.

    Raises ``ReadingError`` for digits of which LaTeX takes the first only.
    """
    node = _node(part)
    if isinstance(node, Atom) and node.kind == "number" and len(node.text) > 1:
        raise node.error(
            f"{node.text} is typeset as {node.text[0]} here, with "
            f"{node.text[1:]} after it; write {{{node.text}}}"
        )
    if isinstance(node, Bracket):
        return node
    return bracket_of(Item(node.start, node.end, node))


def _sides(parts: list) -> tuple[list, list]:
    """Return the expressions and the relations between them."""
    expressions = [part for part in parts if isinstance(part, Node)]
    relations = [_synonym(p) for p in parts if not isinstance(p, Node)]
    return expressions, relations


def _without_empty(items: list[Item]) -> list[Item]:
    """Drop empty groups, as in V{}h_t: they only part what is around."""
    kept = [
        item
        for item, before in zip(items, [None, *items], strict=False)
        if not _is_empty(item) or (before and before.token == "\\sqrt")
    ]
    return kept or items


def _is_empty(item: Item) -> bool:
    base = item.base
    group = isinstance(base, Bracket) and base.kind == "{"
    return group and not base.clauses and item.bare


_MARKS = ("ACCENT", "ATOM")


class _Builder(Transformer):
    """Turns lark's parse into the nodes above, bottom up."""

    def start(self, parts):
        return [part for part in parts if isinstance(part, Line)]

    def line(self, parts):
        if not parts:
            return None
        where = parts[-1] if isinstance(parts[-1], list) else []
        sides = parts[:-2] if where else parts
        if not sides:
            raise where[0].error("an equation is expected before this remark")
        continues = not isinstance(sides[0], Node)
        return Line(*_place(sides), *_sides(sides), continues, where)

    def clause(self, parts):
        return Clause(*_place(parts), *_sides(parts))

    def expression(self, parts):
        place, places = _place(parts), []
        if isinstance(parts[0], Term):
            places = [parts[0].start]
            parts = ["", *parts]
        signs = [str(sign) for sign in parts[::2]]
        places += [_place([sign])[0] for sign in parts[::2] if sign]
        return Expression(*place, signs, parts[1::2], places)

    def lone_sign(self, parts):
        return expression_of(Item(*_place(parts), _node(parts[0])))

    def term(self, parts):
        return Term(*_place(parts), _without_empty(parts))

    def item(self, parts):
        base = _node(parts[0])
        item = Item(base.start, base.end, base)
        for mark, argument, end in parts[1:]:
            item.end = end
            if mark == "^" and item.above:
                raise argument.error(
                    "two superscripts on one symbol; join them, or put the "
                    "symbol with the first in brackets"
                )
            if mark == "'":
                item.primes += 1
            elif mark == "^":
                item.above.append(argument)
            elif item.below is None:
                item.below = argument.clauses
            else:
                raise argument.error(
                    "two subscripts on one symbol; join them as _{…,…}"
                )
        return item

    def script(self, parts):
        argument = _bracket(parts[1]) if len(parts) == 2 else None
        return str(parts[0]), argument, _place(parts)[1]

    def list(self, parts):
        return [part for part in parts if isinstance(part, Clause)]

    def group(self, parts):
        clauses = parts[1] if len(parts) == 3 else []
        return Bracket(*_place(parts), str(parts[0]), clauses)

    round = square = curly = group

    def stacked(self, parts):
        cells = [part for part in parts if isinstance(part, Expression)]
        return Matrix(*_place(parts), [[cell] for cell in cells])

    def norm(self, parts):
        return Norm(*_place(parts), "norm", parts[1])

    def size(self, parts):
        return Norm(*_place(parts), "size", parts[1])

    def matrix(self, parts):
        rows: list[list] = [[]]
        for part in parts[1:-1]:
            if isinstance(part, Expression):
                rows[-1].append(part)
            elif part.type == "NEWLINE":
                rows.append([])
        rows = [row for row in rows if row]
        if any(len(row) != len(rows[0]) for row in rows):
            raise ReadingError(
                "the rows of this matrix have different numbers of cells",
                *_place(parts),
            )
        return Matrix(*_place(parts), rows)

    def fraction(self, parts):
        return Fraction(*_place(parts), *map(_bracket, parts[1:]))

    def digits_fraction(self, parts):
        start, end = _place(parts)
        digits = [
            Atom(start + at, start + at + 1, "number", digit)
            for at, digit in enumerate(parts[0])
            if digit.isdigit()
        ]
        return Fraction(start, end, *map(_bracket, digits))

    def accent(self, parts):
        marks = [part for part in parts[:-1] if part.type in _MARKS]
        mark = _synonym(marks[-1])
        return Accent(*_place(parts), mark, _bracket(parts[-1]))

    def case(self, parts):
        clauses = parts[-1] if isinstance(parts[-1], list) else []
        return parts[0], clauses

    def cases(self, parts):
        rows = [part for part in parts if isinstance(part, tuple)]
        return Cases(*_place(parts), rows)


@cache
def _parser():
    grammar = Path(__file__).with_name("grammar.lark")
    # Made for a page, where it saves a second. Lark compares it with the
    # grammar, these options, its own version and that of Python.
    tables = grammar.with_suffix(".tables")
    return Lark(
        grammar.read_text(),
        cache=str(tables) if tables.is_file() else False,
        parser="lalr",
        lexer="basic",
        transformer=_Builder(),
        maybe_placeholders=False,
    )


@lru_cache(maxsize=64)
def parse(latex: str) -> list[Line]:
    """Return the lines of a display; nobody may change them.

    Raises ``ReadingError`` with the place of the first token that cannot
    stand where it stands, ``LimitError`` for input that is too long.
    """
    text = blank_spacing(latex)
    try:
        return _parser().parse(text)
    except UnexpectedCharacters as error:
        place = error.pos_in_stream
        sign = text[place]
        message = f"{sign!r} is not part of the LaTeX that can be executed"
        raise ReadingError(
            _HELP.get(sign, message), place, place + 1
        ) from None
    except UnexpectedInput as error:
        raise _unexpected(error.token, text) from None


# What to write for a sign that programs use and LaTeX does not.
_HELP = {
    "@": "a matrix product is written without a sign, as in W h_t",
    "#": "# starts no remark here; leave it out",
    '"': 'leave the quotes out; r"…" stands around the whole line',
}
_UNEXPECTED = {
    "RELATION": "something is missing before this relation",
    "SIGN": "something is missing before this sign",
    "NEWLINE": "the line ends too early",
    "CARET": "there is nothing to raise here",
    "UNDER": "there is nothing to put this subscript on",
}


def _unexpected(token, text):
    """Return the error for a token that cannot stand where it stands."""
    if token.type == "$END":
        end = len(text.rstrip())
        return ReadingError("the display ends too early", end, end + 1)
    message = f"{token} cannot stand here"
    if token.type in ("RPAR", "RSQUARE", "RCURLY", "RBRACE"):
        message = f"something is missing before this {token}"
    message = _UNEXPECTED.get(token.type, message)
    return ReadingError(message, *_place([token]))
