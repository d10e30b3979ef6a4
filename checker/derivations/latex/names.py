"""What the pieces of a tree are: names, numbers, times, signs, derivatives."""

from collections.abc import Sequence

from derivations.latex.tree import (
    Accent,
    Atom,
    Bracket,
    Clause,
    Expression,
    Fraction,
    Item,
    Layer,
    Line,
    Node,
    Term,
    bracket_of,
    expression_of,
)

REPEATS = {"\\sum": "sum", "\\prod": "product"}


def flat(item: Item) -> Item:
    """Unwrap braces that hold one item: {h_t}^2 is h_t^2."""
    inner = _inside(item.base)
    if inner is None or (inner.below is not None and item.below):
        return item
    outer = inner if item.bare else item
    return Item(
        outer.start,
        outer.end,
        inner.base,
        item.below if inner.below is None else inner.below,
        inner.above + item.above,
        inner.primes + item.primes,
    )


def _inside(base: Node) -> Item | None:
    """Return the item in braces, or \\hat y_t for \\hat{y_t}, or None."""
    if isinstance(base, Bracket) and base.kind == "{":
        return only_item(base)
    if isinstance(base, Accent):
        inner = only_item(base.base)
        if inner is not None and not inner.bare:
            bare = Item(inner.start, inner.end, inner.base)
            place = base.start, base.end
            accent = Accent(*place, base.mark, bracket_of(bare))
            return Item(*place, accent, inner.below, inner.above)
    return None


def only_expression(bracket: Bracket) -> Expression | None:
    """Return the one expression that a bracket holds, or None."""
    if len(bracket.clauses) != 1 or bracket.clauses[0].relations:
        return None
    return bracket.clauses[0].expressions[0]


def items_of(node: Bracket | Expression) -> list[Item] | None:
    """Return the items of a bracket or expression of one term, or None."""
    inside = only_expression(node) if isinstance(node, Bracket) else node
    if inside is None or len(inside.terms) != 1 or inside.signs[0]:
        return None
    return inside.terms[0].items


def only_item(node: Bracket | Expression) -> Item | None:
    """Return the single item that a bracket or expression is, or None."""
    items = items_of(node)
    return flat(items[0]) if items and len(items) == 1 else None


def base_name(node: Node) -> str | None:
    """Return the LaTeX of a letter, word or accented letter, or None."""
    if isinstance(node, Atom):
        named = node.kind in ("letter", "command", "word")
        return node.text if named else None
    if isinstance(node, Accent):
        name = name_of(node.base)
        return None if name is None else f"{node.mark} {name}"
    if isinstance(node, Layer):
        name = base_name(node.base)
        return None if name is None else f"{name}^{{{node.label}}}"
    return None


def name_of(node: Bracket | Expression) -> str | None:
    """Return the name that a bracket or expression is, or None."""
    item = only_item(node)
    return base_name(item.base) if item is not None and item.bare else None


def subscript_of(node: Expression) -> str | None:
    """Return the name or number that an expression is, or None."""
    item = only_item(node)
    if item is not None and item.bare and is_number(item):
        return item.token
    return name_of(node)


def text_of(node: Bracket | Expression) -> str | None:
    """Return the one token that a bracket is, such as ⊤ or +, or None."""
    item = only_item(node)
    return item.token or None if item is not None and item.bare else None


def parts_of(clauses: list[Clause] | None) -> list[list[Expression]]:
    """Split subscripts at their commas, and each run such as jk in items.

    Double braces, as in W_{{xh}}, change nothing.
    """
    found = []
    for clause in clauses or ():
        expression = clause.expressions[0]
        inner = None if clause.relations else only_item(expression)
        if inner is not None and inner.bare and _is_group(inner.base):
            found += parts_of(inner.base.clauses)
            continue
        items = None if clause.relations else items_of(expression)
        if (
            items
            and not any(map(is_operator, items))
            and not is_number(items[0])
        ):
            found.append([expression_of(item) for item in items])
        else:
            found.append([expression])
    return found


def arguments_of(clauses: list[Clause] | None) -> list[Expression]:
    """Split subscripts into expressions: {jk}, {j,k} and {t-1,k} alike."""
    return [one for part in parts_of(clauses) for one in part]


def _is_group(base: Node) -> bool:
    return isinstance(base, Bracket) and base.kind == "{"


def joined(texts: Sequence[str]) -> str:
    """Return the pieces of a subscript as one name: h, h is hh."""
    name = ""
    for text in texts:
        if name[-1:].isdigit() and text[0].isdigit():
            name += ","
        elif name.rpartition("\\")[2].isalpha() and "\\" in name:
            name += " "
        name += text
    return name


def lengths_of_name(
    texts: Sequence[str | None], subscripts: tuple[str, ...]
) -> list[int]:
    """Return how many of the texts may be the subscripts of a symbol."""
    name, found = joined(subscripts), []
    for count in range(len(texts) + 1):
        if None in texts[:count]:
            break
        if joined([text for text in texts[:count] if text]) == name:
            found.append(count)
    return found


def counted_letter(expression: Expression) -> Item | None:
    """Return the letter in 2t, a number beside it without a sign."""
    items = items_of(expression)
    if not items or len(items) != 2 or not is_number(items[0]):
        return None
    return None if base_name(items[1].base) is None else items[1]


def is_number(item: Item) -> bool:
    """Return whether an item is a number, perhaps with scripts."""
    return isinstance(item.base, Atom) and item.base.kind == "number"


def is_operator(item: Item) -> bool:
    """Return whether an item is ⊙, ⊗, · or another operator."""
    return isinstance(item.base, Atom) and item.base.kind == "operator"


def raised_time(bracket: Bracket) -> tuple[Expression, list] | None:
    """Return (time, marks after it) of an exponent ``(t-1)\\top``, or None."""
    items = items_of(bracket)
    if not items:
        return None
    first = flat(items[0])
    plain = first.below is None and not first.primes
    if not isinstance(first.base, Bracket) or not plain:
        return None
    time = only_expression(first.base) if first.base.kind == "(" else None
    if time is None:
        return None
    return time, [*first.above, *map(bracket_of, items[1:])]


def function_key(name: str | None, item: Item) -> str | None:
    """Return ``g_1`` for a function with a subscript, else its name."""
    texts = [subscript_of(a) for a in arguments_of(item.below)]
    known = [text for text in texts if text is not None]
    if not known or len(known) < len(texts):
        return name
    return f"{name}_{joined(known)}"


def operator_of(item: Item) -> str | None:
    """Return the text of an operator such as \\odot, or None."""
    return item.token if is_operator(item) else None


def partial_of(item: Item) -> str | None:
    """Return "total" for ∂ or d, "immediate" for ∂⁺, or None."""
    item = flat(item)
    atom = item.base
    if not isinstance(atom, Atom):
        return None
    if (atom.kind, atom.text) not in (("command", "\\partial"), ("word", "d")):
        return None
    if not item.above:
        return "total"
    if text_of(item.above[0]) == "+":
        return "immediate"
    raise item.error("second derivatives cannot be executed")


def derivative_parts(fraction: Fraction) -> tuple[str, list, list] | None:
    """Return (kind, items above, items below) of a derivative, or None.

    Both lists begin with their ∂. Raises ``ReadingError`` for a ∂ above or
    below only.
    """
    above, below = items_of(fraction.above), items_of(fraction.below)
    if above is None or below is None:
        return None
    kinds = [partial_of(above[0]), partial_of(below[0])]
    if kinds == [None, None]:
        return None
    if None in kinds:
        raise fraction.error(
            "∂ stands above or below only; a derivative needs both"
        )
    return "immediate" if "immediate" in kinds else "total", above, below


def divisor_of(fraction: Fraction) -> tuple[Fraction, Expression] | None:
    """Split ∂l over T ∂o_t in the derivative and what divides it, or None."""
    above, below = items_of(fraction.above), items_of(fraction.below)
    if not above or not below or partial_of(above[0]) is None:
        return None
    marks = [partial_of(item) is not None for item in below]
    if marks[0] or True not in marks:
        return None
    cut = marks.index(True)
    divisor = below[: cut - 1 if is_operator(below[cut - 1]) else cut]
    if not divisor:
        return None
    place = fraction.start, fraction.end
    inner = Fraction(*place, fraction.above, bracket_of(*below[cut:]))
    return inner, expression_of(*divisor)


def signs_inside_sums(node: Expression) -> Expression:
    """Read \\sum_t -x as a sum of -x, \\sum_t +x as one of x."""
    signs: list[str] = []
    terms: list[Term] = []
    places: list[int] = []
    for sign, term, place in zip(
        node.signs, node.terms, node.places, strict=True
    ):
        if terms and repeat_sign(flat(terms[-1].items[-1])):
            group = bracket_of(*term.items, sign=sign)
            items = [*terms[-1].items, Item(term.start, term.end, group)]
            terms[-1] = Term(terms[-1].start, term.end, items)
        else:
            signs.append(sign)
            terms.append(term)
            places.append(place)
    return Expression(node.start, node.end, signs, terms, places)


def heads_of(clauses: list[Clause]) -> list[tuple]:
    """Return (letter, lower bound or None) of each index under a sign.

    A clause is k = 1, k, {j, k} or 1 \\leq k \\leq T; with another relation
    it is a condition, unless it comes first.
    """
    found: list[tuple] = []
    for clause in clauses:
        if not clause.relations:
            found += [(letter, None) for letter in arguments_of([clause])]
        elif clause.relations == ["="]:
            found.append((clause.expressions[0], clause.expressions[1]))
        elif len(clause.relations) == 2:
            found.append((clause.expressions[1], None))
        elif not found:
            found.append((clause.expressions[0], None))
    return found


def equations_of(lines: list[Line]) -> list[tuple[list, list, list]]:
    """Join lines that continue a chain: (sides, relations, remark) each."""
    found: list[tuple[list, list, list]] = []
    for line in lines:
        if not line.continues:
            parts = line.sides, line.relations, line.where
            found.append(tuple(map(list, parts)))
        elif found:
            found[-1][0].extend(line.sides)
            found[-1][1].extend(line.relations)
            found[-1][2].extend(line.where)
        else:
            raise line.error("the first line needs a left side")
    return found


def mentions(expression: Expression, letter: str) -> bool:
    """Return whether an index expression such as t - 1 holds the letter."""
    items = [flat(item) for term in expression.terms for item in term.items]
    return any(item.bare and base_name(item.base) == letter for item in items)


def repeat_sign(item: Item) -> str | None:
    """Return ``\\sum`` or ``\\prod`` if the item is one, else None."""
    sign: Item | None = item
    if isinstance(item.base, Accent):
        sign = only_item(item.base.base)
    return sign.token if sign is not None and sign.token in REPEATS else None
