"""Layers above a symbol, as h^{(1)}_t and W^{[2]}: a part of its name.

In a network whose rows have such symbols, a number in brackets above is the
layer. Elsewhere it is a time or the step of a copy, and stays what it is: no
row has a copy, but in a row h^{(0)} may be a state where h^{(t)} is one.
"""

import operator
from dataclasses import fields, replace

from derivations.latex.names import (
    arguments_of,
    flat,
    is_number,
    items_of,
    mentions,
    only_expression,
    only_item,
)
from derivations.latex.tree import (
    Atom,
    Bracket,
    Item,
    Layer,
    Line,
    Node,
    bracket_of,
)

TIME_LETTER = "t"


def layers_in(lines: list[Line]) -> set[str]:
    """Return the layers that rows name for certain.

    They stand above a symbol with a time below, or in square brackets, or
    anywhere if no time stands above. Raises ``ReadingError`` for a letter in
    the place of a number.
    """
    found = set()
    items = list(_items(lines))
    above = any(_has_time_above(item) for item in items)
    for item in items:
        layer, _ = _layer_above(item)
        if layer is None:
            continue
        below = arguments_of(item.below)
        timed = any(mentions(one, TIME_LETTER) for one in below)
        number = layer[1:-1].isdigit()
        if timed and not number and TIME_LETTER not in layer:
            raise item.above[0].error(
                "layers are told apart by numbers here; write the rows of "
                "each, as h^{(1)}_t and h^{(2)}_t"
            )
        if number and (timed or not above or layer[0] == "["):
            found.add(layer)
    return found


def _has_time_above(item: Item) -> bool:
    inside = only_expression(item.above[0]) if item.above else None
    first = only_item(inside) if inside is not None else None
    base = None if first is None else first.base
    time = only_expression(base) if isinstance(base, Bracket) else None
    return time is not None and mentions(time, TIME_LETTER)


def with_layers(node):
    """Return a tree, or a list of them, with each layer in its name.

    What has no layer in it is the same object as before.
    """
    if isinstance(node, (list, tuple)):
        parts = [with_layers(one) for one in node]
        same = all(map(operator.is_, parts, node))
        return node if same else type(node)(parts)
    if not isinstance(node, Node) or isinstance(node, Atom):
        return node
    changed = {}
    for field in fields(node):
        old = getattr(node, field.name)
        new = with_layers(old)
        if new is not old:
            changed[field.name] = new
    if isinstance(node, Item):
        layer, rest = _layer_above(node)
        if layer is not None and layer[1:-1].isdigit():
            base = changed.get("base", node.base)
            changed["base"] = Layer(base.start, node.above[0].end, base, layer)
            above = changed.get("above", node.above)[1:]
            changed["above"] = [*rest, *above]
    return replace(node, **changed) if changed else node


def _layer_above(item: Item) -> tuple[str | None, list[Bracket]]:
    """Return (1) or [l] where that stands above, and what follows it.

    What follows is a ⊤, as in W^{(1)\\top}. Else return None.
    """
    items = items_of(item.above[0]) if item.above else None
    first = flat(items[0]) if items else None
    if first is None or not isinstance(first.base, Bracket):
        return None, []
    one, kind = only_item(first.base), first.base.kind
    if one is None or not one.bare or first.below or first.primes:
        return None, []
    if kind not in ("(", "[") or not (is_number(one) or len(one.token) == 1):
        return None, []
    rest = [*first.above, *map(bracket_of, (items or [])[1:])]
    return f"({one.token})" if kind == "(" else f"[{one.token}]", rest


def _items(node):
    """Yield every item of a tree, scripts and all."""
    if isinstance(node, (list, tuple)):
        for one in node:
            yield from _items(one)
    elif isinstance(node, Node):
        if isinstance(node, Item):
            yield node
        for part in node.parts():
            yield from _items(part)
