"""What stands one above the other: [h; x], matrices of blocks, gates.

A comma in square brackets stacks as well, as in W [h_{t-1}, x_t] + b. What
it joins decides how: columns stand above each other, all else side by side.
"""

from collections.abc import Callable, Sequence

from derivations.latex.names import (
    base_name,
    items_of,
    only_expression,
    only_item,
    text_of,
)
from derivations.latex.tree import (
    Block,
    Bracket,
    Clause,
    Expression,
    Item,
    Matrix,
    Node,
    expression_of,
)
from derivations.meaning.functions import Function


def cells_of(base: Node) -> list[list[Expression]] | None:
    """Return the rows of cells that a base holds, or None.

    A bracket around nothing but a matrix is that matrix. Cells apart by
    commas are one row.
    """
    if isinstance(base, Matrix):
        return base.rows
    if not isinstance(base, Bracket):
        return None
    inside = only_item(base)
    if inside is not None and inside.bare and isinstance(inside.base, Matrix):
        return inside.base.rows
    if base.kind != "[" or any(clause.relations for clause in base.clauses):
        return None
    if len(base.clauses) > 1:
        return [[clause.expressions[0] for clause in base.clauses]]
    return _rows_beside(base)


def _rows_beside(bracket: Bracket) -> list[list[Expression]] | None:
    """Return the cells of [h^\\top x^\\top]: rows, which have no product.

    Only what is written with a small letter is surely a column.
    """
    items = items_of(bracket) or []
    rows = [
        text_of(item.above[0]) == "\\top" and _is_small(item)
        for item in items
        if len(item.above) == 1
    ]
    if len(items) < 2 or len(rows) < len(items) or not all(rows):
        return None
    return [[expression_of(item) for item in items]]


def _is_small(item: Item) -> bool:
    letter = (base_name(item.base) or "A").split()[-1]
    return letter.islower() and not letter.startswith("\\")


def by_comma(base: Node) -> bool:
    """Return whether commas join the cells, so that shapes decide how."""
    return isinstance(base, Bracket) and len(base.clauses) > 1


def column_of(base: Node) -> list[Expression] | None:
    """Return the cells of a single column, or None."""
    rows = cells_of(base)
    if rows is None:
        return None
    if by_comma(base) and len(rows[0]) > 1:
        return rows[0]
    return [row[0] for row in rows] if len(rows[0]) == 1 < len(rows) else None


def functions_in(
    base: Node, find: Callable[[Item], Function | None]
) -> list[Function] | None:
    """Return the functions of a column such as [σ; σ; tanh], or None."""
    found = []
    for cell in column_of(base) or []:
        item = only_item(cell)
        function = find(item) if item is not None and item.bare else None
        if function is None:
            return None
        found.append(function)
    return found or None


def rows_apart(
    left: Expression,
    right: Expression,
    find: Callable[[Item], Function | None],
) -> list[tuple[Expression, Expression]]:
    """Return a row for each symbol of a left side such as [i_t; f_t].

    The right side of each is its block of the whole; where that is a column
    of functions of something, it is the function of its block.
    """
    left, right = _upright(left, right)
    item = only_item(left)
    cells = None if item is None or not item.bare else column_of(item.base)
    if cells is None:
        return [(left, right)]
    names = [only_item(cell) for cell in cells]
    if any(n is None or base_name(n.base) is None for n in names):
        raise left.error(
            "a row gives symbols their values; only symbols may stand one "
            "above the other here"
        )
    functions, inside = _functions_of(right, find)
    if functions is not None and len(functions) != len(cells):
        raise right.error(
            f"{len(functions)} functions for {len(cells)} symbols"
        )
    rows = []
    for number, cell in enumerate(cells):
        place = inside.start, inside.end
        block = Item(*place, Block(*place, inside, number, cells))
        items = [block]
        if functions is not None:
            bracket = Bracket(*place, "(", [_clause(expression_of(block))])
            items = [functions[number], Item(*place, bracket)]
        rows.append((cell, expression_of(*items)))
    return rows


def _upright(left, right):
    """Turn q_t^\\top = r into q_t = (r)^\\top, which says the same."""
    item = only_item(left)
    if item is None or item.primes or len(item.above) != 1:
        return left, right
    if text_of(item.above[0]) != "\\top":
        return left, right
    place = right.start, right.end
    bracket = Bracket(*place, "(", [_clause(right)])
    turned = Item(*place, bracket, None, item.above)
    plain = Item(item.start, item.end, item.base, item.below)
    return expression_of(plain), expression_of(turned)


def _functions_of(right, find):
    """Return (items of functions, their argument) of a right side."""
    items: Sequence[Item] = items_of(right) or []
    if len(items) < 2 or functions_in(items[0].base, find) is None:
        return None, right
    column = column_of(items[0].base) or []
    rest = items[1:]
    if rest[0].token in ("\\cdot", "\\circ", "\\odot"):
        rest = rest[1:]
    inside = expression_of(*rest)
    if len(rest) == 1 and rest[0].bare and isinstance(rest[0].base, Bracket):
        inside = only_expression(rest[0].base) or inside
    return [only_item(cell) for cell in column], inside


def _clause(expression):
    return Clause(expression.start, expression.end, [expression], [])
