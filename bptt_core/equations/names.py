"""Names in the tree: what a base, a script or a bracket holds."""

from .errors import ReadingError
from .tree import (
    Accent,
    Atom,
    Bracket,
    Clause,
    Expression,
    Item,
    Over,
    Term,
)
from .vocabulary import Symbol

REPEATS = {"\\sum": "sum", "\\prod": "product"}


def flat(item):
    """Unwrap braces that hold one item: {h_t}^2 is h_t^2."""
    while True:
        base = item.base
        inner = None
        if isinstance(base, Bracket) and base.kind == "{":
            inner = only_item(base)
        elif isinstance(base, Accent):
            lifted = only_item(base.base)
            if lifted is not None and (
                lifted.below is not None or lifted.above
            ):
                bare = Item(lifted.start, lifted.end, lifted.base)
                clause = Clause(
                    bare.start,
                    bare.end,
                    [expression_of_item(bare)],
                    [],
                )
                group = Bracket(base.start, base.end, "{", [clause])
                accent = Accent(base.start, base.end, base.mark, group)
                inner = Item(
                    base.start, base.end, accent, lifted.below, lifted.above
                )
        if inner is None or (inner.below is not None and item.below):
            return item
        scripts = item.below is not None or item.above or item.primes
        outer = item if scripts else inner
        item = Item(
            outer.start,
            outer.end,
            inner.base,
            inner.below if inner.below is not None else item.below,
            inner.above + item.above,
            inner.primes + item.primes,
        )


def expression_of_item(item):
    """Wrap an item as an expression of one term."""
    term = Term(item.start, item.end, [item])
    return Expression(item.start, item.end, [""], [term])


def only_item(node):
    """Return the single item that a bracket or expression is, or None."""
    if isinstance(node, Bracket):
        if len(node.clauses) != 1 or node.clauses[0].relations:
            return None
        node = node.clauses[0].expressions[0]
    if not isinstance(node, Expression) or len(node.terms) != 1:
        return None
    if node.signs[0] or len(node.terms[0].items) != 1:
        return None
    return node.terms[0].items[0]


def base_name(node):
    """Return the LaTeX of a letter, word or accented letter, or None."""
    if isinstance(node, Atom):
        named = node.kind in ("letter", "command", "word")
        return node.text if named else None
    if isinstance(node, Accent):
        inner = only_item(node.base)
        if inner is None:
            return None
        inner = flat(inner)
        name = base_name(inner.base)
        if name is None or inner.below is not None or inner.above:
            return None
        return f"{node.mark} {name}"
    if isinstance(node, Bracket) and node.kind == "{":
        inner = only_item(node)
        if inner is not None and inner.below is None and not inner.above:
            return base_name(inner.base)
    return None


def arguments_of(clauses):
    """Split subscripts into expressions: {jk}, {j,k} and {t-1,k} alike."""
    found = []
    for clause in clauses:
        expression = clause.expressions[0]
        items = expression.terms[0].items
        side_by_side = (
            not clause.relations
            and len(expression.terms) == 1
            and not expression.signs[0]
            and len(items) > 1
            and not any(is_operator(item) for item in items)
            and not any(
                isinstance(i.base, Atom) and i.base.kind == "number"
                for i in items[:1]
            )
        )
        if side_by_side:
            found += [expression_of_item(item) for item in items]
        else:
            found.append(expression)
    return found


def is_operator(item):
    """Return whether an item is ⊙, ⊗, · or another operator."""
    return isinstance(item.base, Atom) and item.base.kind == "operator"


def operator_at(items, position):
    """Return the operator at a position, or None."""
    if position < len(items) and is_operator(items[position]):
        return items[position].base.text
    return None


def round_content(bracket):
    """Return (item, expression) of an exponent ``(t-1)`` or ``(t-1)^⊤``."""
    item = only_item(bracket)
    if item is None:
        return None
    item = flat(item)
    base = item.base
    if isinstance(base, Bracket) and base.kind == "(":
        if len(base.clauses) == 1 and not base.clauses[0].relations:
            return item, base.clauses[0].expressions[0]
    return None


def text_of(bracket):
    """Return the text of a bracket that holds one bare token, or None."""
    item = only_item(bracket)
    return None if item is None else mark_text(item)


def mark_text(item):
    """Return the text of a bare token, or None."""
    item = flat(item)
    plain = item.below is None and not item.above and not item.primes
    if plain and isinstance(item.base, Atom):
        return item.base.text
    return None


def equations_of(rows):
    """Join rows that continue a chain: a list of (sides, relations)."""
    found = []
    for row in rows:
        if row.continues and found:
            found[-1][0].extend(row.sides)
            found[-1][1].extend(row.relations)
        elif row.continues:
            raise ReadingError(
                "the first line needs a left side", row.start, row.end
            )
        else:
            found.append((list(row.sides), list(row.relations)))
    return found


def symbol_of_item(item, time, bound=()):
    """Return the Symbol that an item declares, or None.

    Letters in ``bound`` are indices; every other subscript that is not a
    time belongs to the name.
    """
    base = base_name(item.base)
    if base is None:
        return None
    names, timed = [], None
    for argument in arguments_of(item.below or []):
        if mentions(argument, time):
            timed = "below"
            continue
        if timed:
            break  # what follows the time counts components
        inner = only_item(argument)
        inner = None if inner is None else flat(inner)
        if inner is None or inner.below is not None or inner.above:
            continue
        text = base_name(inner.base)
        if text is None and isinstance(inner.base, Atom):
            text = inner.base.text
        if text in bound:
            continue
        names.append(text)
    if item.above:
        content = round_content(item.above[0])
        if content is not None and mentions(content[1], time):
            timed = "above"
    return Symbol(base, tuple(names), timed)


def mentions(expression, letter):
    """Return whether an index expression such as t - 1 holds the letter."""
    for term in expression.terms:
        for item in term.items:
            item = flat(item)
            if item.below is None and not item.above:
                if base_name(item.base) == letter:
                    return True
    return False


def repeat_sign(item):
    """Return ``\\sum`` or ``\\prod`` if the item is one, else None."""
    base = item.base
    if isinstance(base, (Over, Accent)):
        inner = only_item(base.base)
        base = None if inner is None else flat(inner).base
    if isinstance(base, Atom) and base.text in REPEATS:
        return base.text
    return None
