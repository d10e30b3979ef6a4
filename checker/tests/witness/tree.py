"""The parser's tree: the one module that knows how its nodes are made."""

import itertools

from derivations.latex.tree import parse as parse

from .numbers import Unread


def kind_of(node):
    return type(node).__name__


def flat(item):
    """Unwrap braces around one item: {h_t}^2 is h_t^2."""
    while kind_of(item.base) == "Bracket" and item.base.kind == "{":
        inner = only_item(item.base)
        if inner is None or (inner.below and item.below):
            break
        item = type(item)(
            item.start,
            item.end,
            inner.base,
            inner.below or item.below,
            inner.above + item.above,
            inner.primes + item.primes,
        )
    return item


def only_item(node):
    """The one item that a bracket or an expression holds, or None."""
    if kind_of(node) == "Bracket":
        clauses = node.clauses
        if len(clauses) != 1 or clauses[0].relations:
            return None
        node = clauses[0].expressions[0]
    items = items_of(node)
    fits = len(node.terms) == 1 and not node.signs[0] and len(items) == 1
    return items[0] if fits else None


def items_of(expression):
    """The items of an expression's first term, without extra braces."""
    return [flat(item) for item in expression.terms[0].items]


def base_text(node):
    """The LaTeX of a letter, command, word or accented letter, or None."""
    if kind_of(node) == "Atom" and node.kind in ("letter", "command", "word"):
        return node.text
    if kind_of(node) == "Accent":
        inner = only_item(node.base)
        if inner is not None and inner.bare:
            text = base_text(inner.base)
            return None if text is None else f"{node.mark} {text}"
    return None


def operator_of(item):
    is_one = kind_of(item.base) == "Atom" and item.base.kind == "operator"
    return item.base.text if is_one else None


def repeat_of(item):
    """("\\sum" or "\\prod", the arrow over it) of a repetition, or None."""
    base, arrow = item.base, None
    if kind_of(base) == "Accent" and only_item(base.base) is not None:
        base, arrow = only_item(base.base).base, base.mark
    if kind_of(base) == "Atom" and base.text in ("\\sum", "\\prod"):
        return base.text, arrow
    return None


def linear(expression):
    """t - 1 as {"t": 1, "": -1}, or None if it is nothing of the kind."""
    found = {"": 0}
    for sign, term in zip(expression.signs, expression.terms, strict=True):
        factor, letter = (-1 if sign == "-" else 1), ""
        for item in map(flat, term.items):
            base, below = item.base, item.below
            if kind_of(base) != "Atom" or item.above or item.primes:
                return None
            whole = base.kind == "number" and base.text.isdigit()
            if whole and below is None:
                factor *= int(base.text)
            elif base.kind in ("letter", "command") and not letter:
                letter = base.text
                if below is not None:
                    letter += f"_{plain_text(below)}"
            else:
                return None
        found[letter] = found.get(letter, 0) + factor
    return found


def plain_text(clauses):
    """The letters of a subscript that is only a name."""
    item = only_item(clauses[0].expressions[0]) if len(clauses) == 1 else None
    if item is None or not item.bare or kind_of(item.base) != "Atom":
        raise Unread("a subscript of a length")
    return item.base.text


def arguments(clauses, time):
    """Subscripts one by one: {jk}, {j,k} and {t-1,k} alike.

    Each is a letter or a word (str), an index such as t - 1 (dict), or an
    item with scripts of its own. Three letters or more, one of them the
    time, are a word: b_{out}.
    """
    found = []
    for clause in clauses or ():
        if clause.relations:
            raise Unread("a relation in a subscript")
        expression = clause.expressions[0]
        inner = only_item(expression)
        if inner is not None and not inner.bare:
            found.append(inner)
            continue
        side_by_side = len(expression.terms) == 1 and not expression.signs[0]
        items = items_of(expression) if side_by_side else []
        if len(items) == 1 and kind_of(items[0].base) == "Bracket":
            found += arguments(items[0].base.clauses, time)
            continue
        texts = [base_text(item.base) for item in items if item.bare]
        if items and len(texts) == len(items) and None not in texts:
            word = len(texts) > 2 and time in texts
            found += ["".join(texts)] if word else texts
            continue
        index = linear(expression)
        if index is None:
            raise Unread("a subscript")
        found.append(index)
    return found


def as_index(argument):
    """A letter or an index expression as an index expression."""
    if isinstance(argument, str):
        return {"": 0, argument: 1}
    return argument if isinstance(argument, dict) else None


def marks(above):
    """Superscripts, with {(t)^{\\top}} split in two."""
    found = []
    for bracket in above:
        inner = only_item(bracket)
        if (
            inner is not None
            and kind_of(inner.base) == "Bracket"
            and (inner.base.kind == "(" and inner.above)
        ):
            found += [("(", inner.base), *marks(inner.above)]
        elif (
            inner is not None
            and kind_of(inner.base) == "Bracket"
            and (inner.base.kind == "(" and inner.bare)
        ):
            found.append(("(", inner.base))
        else:
            found.append(("^", bracket))
    return found


def token(bracket):
    """The one token that a superscript is, such as \\top, or None."""
    item = only_item(bracket)
    fits = item is not None and item.bare and kind_of(item.base) == "Atom"
    return item.base.text if fits else None


def occurrences(node, bound=frozenset(), after=None):
    """Yield (item, letters bound around it, the item after it).

    Scripts are not entered: they are read with the item that has them.
    """
    name = kind_of(node)
    if name == "Term":
        items = [flat(item) for item in node.items]
        for item, following in itertools.zip_longest(items, items[1:]):
            yield from occurrences(item, bound, following)
            if repeat_of(item):
                bound = bound | {repeat_letter(item)[0]}
    elif name == "Expression":
        carried = frozenset()
        for term in node.terms:
            yield from occurrences(term, bound | carried)
            last, carried = flat(term.items[-1]), frozenset()
            if repeat_of(last):
                carried = frozenset({repeat_letter(last)[0]})
    elif name == "Item":
        yield node, bound, after
        if not repeat_of(node):
            yield from occurrences(node.base, bound)
    elif name == "Cases":
        for body, conditions in node.rows:
            yield from occurrences(body, bound)
            for clause in conditions:
                yield from occurrences(clause, bound)
    elif name != "Atom":
        for part in node.parts():
            yield from occurrences(part, bound)


def cells_of(base):
    """(rows of cells, are they joined by commas?) of a stack, or None."""
    kind = kind_of(base)
    if kind == "Matrix":
        return base.rows, False
    if kind != "Bracket":
        return None
    inner = only_item(base)
    if inner is not None and inner.bare and kind_of(inner.base) == "Matrix":
        return inner.base.rows, False
    clauses = base.clauses
    if base.kind != "[" or any(clause.relations for clause in clauses):
        return None
    if len(clauses) > 1:
        return [[clause.expressions[0] for clause in clauses]], True
    items = items_of(clauses[0].expressions[0])
    if len(items) > 1 and all(map(_is_row, items)):
        make = type(clauses[0].expressions[0])
        term = clauses[0].expressions[0].terms[0]
        one = type(term)
        cells = [
            make(i.start, i.end, [""], [one(i.start, i.end, [i])], [i.start])
            for i in items
        ]
        return [cells], False
    return None


def _is_row(item):
    """Is it a column of a small letter with a ⊤, as h_t^\\top?"""
    letter = (base_text(item.base) or "A").split()[-1]
    marks = [token(bracket) for bracket in item.above]
    return letter.islower() and letter.isalpha() and marks == ["\\top"]


def single_column(base):
    """The cells of a stack that stand one above the other, or None."""
    rows, comma = cells_of(base) or (None, False)
    if rows is None:
        return None
    if comma:
        return rows[0]
    return [row[0] for row in rows] if len(rows[0]) == 1 < len(rows) else None


class Blocks:
    """Block ``number`` of a right side, for one of several symbols."""

    def __init__(self, body, number, cells, function):
        self.body, self.number, self.cells = body, number, cells
        self.function = function

    def parts(self):
        return [self.body]


def repeat_letter(item):
    """(letter, relation, the other side) below a sum or product."""
    if item.below is None or len(item.below) != 1:
        raise Unread("a sum without an index")
    clause = item.below[0]
    first = only_item(clause.expressions[0])
    letter = base_text(first.base) if first is not None else None
    if letter is None or not first.bare or len(clause.relations) > 1:
        raise Unread("what a sum runs over")
    if not clause.relations:
        return letter, None, None
    if clause.relations[0] not in ("=", "\\neq"):
        raise Unread("a sum by conditions")
    return letter, clause.relations[0], clause.expressions[1]
