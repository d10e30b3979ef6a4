"""LaTeX to tree: what a display is made of, before it means anything."""

import re
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

from lark import Lark, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedInput

from .errors import ReadingError
from .layout import blank_layout


@dataclass(slots=True)
class Node:
    """A piece of a display; ``start`` and ``end`` are its place in it."""

    start: int
    end: int


@dataclass(slots=True)
class Atom(Node):
    """One token. ``kind``: letter, command, word, number, operator, sign."""

    kind: str
    text: str


@dataclass(slots=True)
class Item(Node):
    """A base with its scripts; ``below`` and ``above`` are clause lists."""

    base: Node
    below: list | None = None
    above: list = field(default_factory=list)
    primes: int = 0


@dataclass(slots=True)
class Term(Node):
    """Items side by side, operators such as ⊙ among them."""

    items: list


@dataclass(slots=True)
class Expression(Node):
    """Signed terms: ``signs[k]`` belongs to ``terms[k]``."""

    signs: list
    terms: list


@dataclass(slots=True)
class Clause(Node):
    """Expressions joined by relations: ``k = 1``, ``j \\ne t``."""

    expressions: list
    relations: list


@dataclass(slots=True)
class Bracket(Node):
    """``kind`` is one of ``{``, ``(``, ``[`` and ``\\{``."""

    kind: str
    clauses: list


@dataclass(slots=True)
class Fraction(Node):
    """Numerator over denominator, each a bracket of kind ``{``."""

    above: Bracket
    below: Bracket


@dataclass(slots=True)
class Accent(Node):
    """A hat, bar or tilde over ``base``."""

    mark: str
    base: Bracket


@dataclass(slots=True)
class Over(Node):
    """``mark`` set over or under ``base``, as in an arrow over a product."""

    mark: Bracket
    base: Bracket


@dataclass(slots=True)
class Cases(Node):
    """Rows of (expression, the clauses of its condition)."""

    rows: list


@dataclass(slots=True)
class Row(Node):
    """One line: sides and the relations between them.

    ``continues`` is true for a line that starts with its relation.
    """

    sides: list
    relations: list
    continues: bool


_KINDS = {
    "LETTER": "letter",
    "COMMAND": "command",
    "WORD": "word",
    "NUMBER": "number",
    "OPERATOR": "operator",
    "SIGN": "sign",
}
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


def _place(token):
    return token.start_pos, token.end_pos


def _atom(token):
    text = str(token)
    if token.type == "WORD":
        text = text[text.index("{") + 1 : -1].strip()
    return Atom(
        *_place(token), _KINDS[token.type], _SYNONYMS.get(text, text)
    )


def _node(part):
    return part if isinstance(part, Node) else _atom(part)


def expression_of(node):
    """Wrap one node as an expression of one term of one item."""
    item = node if isinstance(node, Item) else Item(node.start, node.end, node)
    term = Term(node.start, node.end, [item])
    return Expression(node.start, node.end, [""], [term])


def _bracket(part):
    """Make a script or fraction part a ``{`` bracket."""
    node = _node(part)
    if isinstance(node, Bracket) and node.kind == "{":
        return node
    clause = Clause(node.start, node.end, [expression_of(node)], [])
    return Bracket(node.start, node.end, "{", [clause])


def _relation(token):
    return _SYNONYMS.get(str(token), str(token))


class _Builder(Transformer):
    """Turns lark's parse into the nodes above, bottom up."""

    def start(self, parts):
        return [part for part in parts if isinstance(part, Row)]

    def row(self, parts):
        sides = [part for part in parts if isinstance(part, Node)]
        relations = [
            _relation(part) for part in parts if not isinstance(part, Node)
        ]
        if not parts:
            return Row(0, 0, [], [], False)
        start = getattr(parts[0], "start_pos", None)
        start = parts[0].start if start is None else start
        continues = not isinstance(parts[0], Node)
        return Row(start, sides[-1].end, sides, relations, continues)

    def expression(self, parts):
        signs, terms, sign, start = [], [], "", None
        for part in parts:
            if isinstance(part, Term):
                signs.append(sign)
                terms.append(part)
            else:
                sign = str(part)
                start = part.start_pos if start is None else start
        first = terms[0].start
        start = first if start is None else min(start, first)
        return Expression(start, terms[-1].end, signs, terms)

    def lone_sign(self, parts):
        return expression_of(_atom(parts[0]))

    def term(self, parts):
        return Term(parts[0].start, parts[-1].end, parts)

    def item(self, parts):
        base = _node(parts[0])
        item = Item(base.start, base.end, base)
        for mark, argument, end in parts[1:]:
            item.end = end
            if mark == "'":
                item.primes += 1
            elif mark == "^":
                item.above.append(argument)
            elif item.below is None:
                item.below = argument.clauses
            else:
                raise ReadingError(
                    "two subscripts on one symbol; join them as _{…,…}",
                    argument.start,
                    argument.end,
                )
        return item

    def script(self, parts):
        if len(parts) == 1:
            return "'", None, parts[0].end_pos
        argument = _bracket(parts[1])
        return str(parts[0]), argument, argument.end

    def clause(self, parts):
        expressions = [part for part in parts if isinstance(part, Node)]
        relations = [
            _relation(part) for part in parts if not isinstance(part, Node)
        ]
        return Clause(
            expressions[0].start, expressions[-1].end, expressions, relations
        )

    def list(self, parts):
        return [part for part in parts if isinstance(part, Clause)]

    def group(self, parts):
        clauses = parts[1] if len(parts) == 3 else []
        return Bracket(
            parts[0].start_pos, parts[-1].end_pos, str(parts[0]), clauses
        )

    round = square = curly = group

    def fraction(self, parts):
        above, below = _bracket(parts[1]), _bracket(parts[2])
        return Fraction(parts[0].start_pos, below.end, above, below)

    def digits_fraction(self, parts):
        start, end = _place(parts[0])
        digits = [
            _bracket(Atom(start + at, start + at + 1, "number", digit))
            for at, digit in enumerate(str(parts[0]))
            if digit.isdigit()
        ]
        return Fraction(start, end, *digits)

    def accent(self, parts):
        base = _bracket(parts[1])
        mark = _relation(parts[0])
        return Accent(parts[0].start_pos, base.end, mark, base)

    def over(self, parts):
        mark, base = _bracket(parts[1]), _bracket(parts[2])
        return Over(parts[0].start_pos, base.end, mark, base)

    def case(self, parts):
        return parts[0], parts[-1]

    def cases(self, parts):
        rows = [part for part in parts if isinstance(part, tuple)]
        return Cases(parts[0].start_pos, parts[-1].end_pos, rows)


@cache
def _parser():
    grammar = Path(__file__).with_name("latex.lark").read_text()
    return Lark(
        grammar,
        parser="lalr",
        lexer="basic",
        transformer=_Builder(),
        maybe_placeholders=False,
    )


@lru_cache(maxsize=64)
def parse(latex):
    """Return the rows of a display; nobody may change them.

    Raises ``ReadingError`` with the place of the first token that cannot
    stand where it stands, ``LimitError`` for input that is too long.
    """
    text = blank_layout(latex)
    try:
        rows = _parser().parse(text)
    except UnexpectedCharacters as error:
        place = error.pos_in_stream
        raise ReadingError(
            f"{text[place]!r} is not part of the LaTeX that can be executed",
            place,
            place + 1,
        ) from None
    except UnexpectedInput as error:
        raise _unexpected(error, text) from None
    return [row for row in rows if row.sides]


def _unexpected(error, text):
    token = getattr(error, "token", None)
    stop = len(text.rstrip())
    at_end = token is None or token.type == "$END"
    start, end = (stop, stop + 1) if at_end else _place(token)
    messages = {
        "RPAR": "this ) has no matching (",
        "RSQUARE": "this ] has no matching [",
        "RCURLY": "this \\} has no matching \\{",
        "RBRACE": "something is missing before this }",
        "RELATION": "something is missing before this relation",
        "SIGN": "something is missing before this sign",
        "NEWROW": "the line ends too early",
        "CARET": "there is nothing to raise here",
        "UNDER": "there is nothing to put this subscript on",
    }
    opened = _unclosed(text, start)
    if opened is not None and (
        at_end
        or token.type in {"RBRACE", "RELATION", "NEWROW", "RPAR", "RSQUARE"}
    ):
        return ReadingError(
            f"this {text[opened]} is never closed", opened, opened + 1
        )
    if at_end:
        return ReadingError("the display ends too early", start, end)
    message = messages.get(token.type, f"{token} cannot stand here")
    return ReadingError(message, start, end)


def _unclosed(text, stop):
    """Return the last round or square bracket left open before ``stop``."""
    open_at = []
    for match in re.finditer(r"[()\[\]]", text[:stop]):
        if match.group() in "([":
            open_at.append(match.start())
        elif open_at:
            open_at.pop()
    return open_at[-1] if open_at else None
