r"""Dots that stand for a sum or a product: a_1 + a_2 + \dots + a_T.

They do where the terms around them differ in their indices alone, where
every index grows or falls by one from term to term, and where all of them
need the same number of steps to the last term. Anything else keeps its dots,
which nobody executes.
"""

from collections.abc import Iterator

from derivations.latex.names import (
    arguments_of,
    base_name,
    flat,
    is_number,
    is_operator,
    items_of,
    only_expression,
)
from derivations.latex.source import Patch
from derivations.latex.tree import (
    Atom,
    Bracket,
    Expression,
    Item,
    Line,
    Node,
    Term,
    nodes_in,
)

_DOTS = ("\\dots", "\\cdots", "\\ldots", "\\dotsb", "\\dotsc")
_LETTERS = "sjrqipmuvw"
# An index as letter → count; the number is under "".
Linear = dict[str, int]


def without_dots(lines: list[Line], text: str) -> list[Patch]:
    """Return the patches that write sums and products for dots."""
    patches = []
    used = {i.token for i in _items(lines)}
    letter = next((one for one in _LETTERS if one not in used), None)
    for node in nodes_in(lines):
        if letter is None:
            break
        if isinstance(node, Expression):
            patches += _sums(node, text, letter)
        elif isinstance(node, Term):
            patches += _products(node, text, letter)
    return patches[:1]


def _items(lines) -> Iterator[Item]:
    return iter(nodes_in(lines, Item))


def _is_dots(item: Item) -> bool:
    return item.bare and item.token in _DOTS


# -- sums -------------------------------------------------------------------


def _sums(node, text, letter):
    terms, signs = node.terms, node.signs
    for at, term in enumerate(terms):
        if not (len(term.items) == 1 and _is_dots(term.items[0])):
            continue
        found = _progression(terms, at)
        if found is None:
            continue
        first, last, steps = found
        around = [sign or "+" for sign in signs[first : last + 1]]
        if len(set(around)) != 1:
            continue
        written = _repeated("\\sum", steps, terms[first], text, letter)
        if written is not None:
            yield terms[first].start, terms[last].end, written
            return


def _progression(parts, at):
    """Return (first, last, steps) of the terms that dots stand between."""
    before, after = parts[:at], parts[at + 1 :]
    if not after or not before:
        return None
    if len(before) > 1:
        step = _differences(before[-2], before[-1])
        first = at - 2
    elif len(after) > 1:
        step = _differences(after[0], after[1])
        first = at - 1
    else:
        return None
    if not step or not _even(step):
        return None
    while first > 0 and _same(
        _differences(parts[first - 1], parts[first]), step
    ):
        first -= 1
    last = at + 1
    while last + 1 < len(parts) and _same(
        _differences(parts[last], parts[last + 1]), step
    ):
        last += 1
    whole = _differences(parts[first], parts[last])
    if whole is None or [p[:1] for p in whole] != [p[:1] for p in step]:
        return None
    steps = []
    for (place, start, _), (_, one, other), (_, _, end) in zip(
        whole, step, whole, strict=True
    ):
        steps.append((place, start, _minus(other, one)[""], end))
    counts = [
        {k: n * grows for k, n in _minus(end, start).items()}
        for _, start, grows, end in steps
    ]
    return (
        (first, last, steps) if all(c == counts[0] for c in counts) else None
    )


def _even(step):
    """Does every index move by one, as t to t + 1 or to t - 1?"""
    moves = [_minus(other, one) for _, one, other in step]
    return all(move in ({"": 1}, {"": -1}) for move in moves)


def _same(found, step):
    if not found or len(found) != len(step):
        return False
    return all(
        a[0] == b[0] and _minus(a[2], a[1]) == _minus(b[2], b[1])
        for a, b in zip(found, step, strict=True)
    )


def _repeated(sign, steps, term, text, letter):
    """Return a sum or product of the first term, its indices moving."""
    rising = [step for step in steps if step[2] > 0]
    _, start, grows, end = (rising or steps)[0]
    low, high = (start, end) if grows > 0 else (end, start)
    nodes = _indices(term)
    patches = []
    for place, first, moves, _ in steps:
        # It was ``first`` where the letter was ``start``.
        new = _minus(first, {k: n * moves * grows for k, n in start.items()})
        new = _plus(new, {letter: moves * grows})
        node = nodes[place]
        patches.append((node.start, node.end, _latex(new)))
    inside = _patched(text, term.start, term.end, patches)
    return f"{sign}_{{{letter}={_latex(low)}}}^{{{_latex(high)}}} {inside}"


def _patched(text, start, end, patches):
    pieces, at = [], start
    for first, last, new in sorted(patches):
        alone = text[at:first].rstrip().endswith(("_", "^"))
        pieces += [text[at:first], f"{{{new}}}" if alone else new]
        at = last
    return "".join([*pieces, text[at:end]]).strip()


# -- products ---------------------------------------------------------------


def _products(term, text, letter):
    items = term.items
    for at, item in enumerate(items):
        if not _is_dots(item):
            continue
        before, after = items[:at], items[at + 1 :]
        joints = {
            one.token
            for side in (before[-1:], after[:1])
            for one in side
            if is_operator(one)
        }
        if len(joints) > 1 or joints - {"\\odot", "\\cdot", "\\times"}:
            continue
        joint = joints.pop() if joints else ""
        written = _product(items, at, joint, text, letter)
        if written is not None:
            yield written
            return


def _product(items, at, joint, text, letter):
    """Return the patch of one product with dots, or None."""
    skip = 1 if joint else 0
    for size in range(1, 5):
        width = size + skip
        first, stop = at - 2 * width, at + 1 + skip + size
        if first < 0 or stop > len(items):
            return None
        groups = [
            items[first : first + size],
            items[first + width : first + width + size],
            items[stop - size : stop],
        ]
        if any(is_operator(one) for group in groups for one in group):
            continue
        joins = [items[first + size], items[at - 1]] if joint else []
        if any(one.token != joint for one in joins):
            continue
        parts = [Term(g[0].start, g[-1].end, g) for g in groups]
        dots = Term(items[at].start, items[at].end, [items[at]])
        found = _progression([parts[0], parts[1], dots, parts[2]], 2)
        if found is None:
            continue
        *_, steps = found
        sign = "\\prod"
        if joint != "\\odot":
            rising = any(step[2] > 0 for step in steps)
            falling = any(step[2] < 0 for step in steps)
            if rising and falling:
                return None
            sign = "\\overrightarrow" if rising else "\\overleftarrow"
            sign += "{\\prod}"
        written = _repeated(sign, steps, parts[0], text, letter)
        start, end = parts[0].start, parts[2].end
        alone = first == 0 and stop == len(items)
        new = written if alone else f"\\left({written}\\right)"
        return start, end, new
    return None


# -- indices ----------------------------------------------------------------


def _scripts(item: Item) -> list[Expression]:
    """Return the expressions below an item, and the indices above it."""
    raised = [_raised(bracket) for bracket in item.above]
    return [*arguments_of(item.below), *filter(None, raised)]


def _raised(bracket: Bracket) -> Expression | None:
    """Return the index above an item, as in W^{T-1} or h^{(t)}, or None."""
    inside = only_expression(bracket)
    inner = items_of(bracket)
    if inner and len(inner) == 1 and isinstance(inner[0].base, Bracket):
        inside = only_expression(inner[0].base)
    if inside is None or _linear(inside) is None:
        return None
    return inside


def _indices(node: Node) -> list[Expression]:
    """Return every expression that stands in a script, in order."""
    return [one for item in _items([node]) for one in _scripts(item)]


def _differences(one: Term, other: Term):
    """Return (number of the index, its two values) where two terms differ.

    None if they differ in anything else.
    """
    nodes = [_indices(term) for term in (one, other)]
    if len(nodes[0]) != len(nodes[1]) or _shape(one) != _shape(other):
        return None
    found = []
    for place, (left, right) in enumerate(zip(*nodes, strict=True)):
        values = _linear(left), _linear(right)
        if None in values:
            if values != (None, None) or _shape(left) != _shape(right):
                return None
        elif values[0] != values[1]:
            found.append((place, *values))
    return found


def _shape(node):
    """Return what a tree is, but for its indices."""
    if isinstance(node, Atom):
        return node.kind, node.text
    if isinstance(node, Item):
        below = len(arguments_of(node.below))
        above = [_raised(one) is None and _shape(one) for one in node.above]
        return _shape(node.base), below, tuple(above), node.primes
    own = [
        getattr(node, name)
        for name in type(node).__slots__
        if name not in ("start", "end", "places")
    ]
    return type(node).__name__, _shapes(own)


def _shapes(values):
    return tuple(
        _shape(value)
        if isinstance(value, Node)
        else _shapes(value)
        if isinstance(value, (list, tuple))
        else value
        for value in values
    )


def _linear(expression: Expression) -> Linear | None:
    """Return an index such as t - 1 as {t: 1, "": -1}, or None."""
    total: Linear = {}
    for sign, term in zip(expression.signs, expression.terms, strict=True):
        items = [flat(item) for item in term.items]
        if len(items) != 1 or not items[0].bare:
            return None
        name, count = base_name(items[0].base), 1
        if is_number(items[0]) and items[0].token.isdigit():
            name, count = "", int(items[0].token)
        if name is None:
            return None
        total = _plus(total, {name: -count if sign == "-" else count})
    return total


def _plus(one: Linear, other: Linear) -> Linear:
    names = dict.fromkeys([*one, *other])
    total = {name: one.get(name, 0) + other.get(name, 0) for name in names}
    return {name: n for name, n in total.items() if n}


def _minus(one: Linear, other: Linear) -> Linear:
    return _plus(one, {name: -n for name, n in other.items()})


def _latex(linear: Linear) -> str:
    """Return an index as LaTeX: letters first, then the number."""
    names = sorted(linear, key=lambda name: (name == "", linear[name] < 0))
    text = ""
    for name in names:
        count = linear[name]
        size = f"{abs(count)}" if name == "" or abs(count) > 1 else ""
        sign = "-" if count < 0 else "+" if text else ""
        text += (
            f"{sign}{size}{' ' if size and name[:1] == chr(92) else ''}{name}"
        )
    return text or "0"
