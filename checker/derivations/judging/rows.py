"""Is a line a row of its network, written out?

Where a network saturates numbers tell nothing, but what a row says of its
own symbol holds whatever the numbers are.
"""

import dataclasses

from derivations.meaning import nodes as m
from derivations.networks.network import Network

_PLACES = {"start", "end", "times"}


def is_own_row(left: m.Meaning, right: m.Meaning, network: Network) -> bool:
    """Return whether two sides differ, and by symbols and their rows only."""
    rows = {row.target: row for row in [*network.before, *network.steps]}
    plain = [_form(side, {}, {}) for side in (left, right)]
    written = [_form(side, {}, rows, network.clock) for side in (left, right)]
    if plain[0] == plain[1]:
        return False  # q = q says nothing of a row
    return any(
        one == other
        for one in (plain[0], written[0])
        for other in (plain[1], written[1])
    )


def _form(node, env, rows, clock=None):
    """Return a node as nested tuples, without its places in a text.

    env: index → what stands for it; rows: symbol → the row that is written
    for it, once, where no derivative is taken.
    """
    if isinstance(node, m.Shift):
        return _counted(node, env)
    if isinstance(node, m.Index):
        return env.get(node, node)
    if isinstance(node, (list, tuple)):
        return tuple(_form(part, env, rows, clock) for part in node)
    if isinstance(node, m.Quantity) and not node.components:
        row = rows.get(node.symbol)
        if row is not None and bool(row.timed) is (node.time is not None):
            inner = {}
            if row.timed:
                inner[clock] = _counted(node.time, env)
            return _form(row.meaning, inner, {})
    if isinstance(node, m.Derivative):
        rows = {}
    if isinstance(node, m.Repeat):
        env = {**env, node.index: ("bound", len(env))}
    if not dataclasses.is_dataclass(node) or not isinstance(node, m.Meaning):
        return node
    parts = [
        _form(getattr(node, one.name), env, rows, clock)
        for one in dataclasses.fields(node)
        if one.name not in _PLACES
    ]
    return (type(node).__name__, *parts)


def _counted(shift, env):
    """Return an integer as (constant, length, {(index, count)})."""
    constant, length, counts = shift.constant, shift.length, {}
    for index, count in shift.indices:
        known = env.get(index, index)
        if not (isinstance(known, tuple) and len(known) == 3):
            counts[known] = counts.get(known, 0) + count
            continue
        constant += count * known[0]
        length += count * known[1]
        for one, factor in known[2]:
            counts[one] = counts.get(one, 0) + count * factor
    found = frozenset((one, n) for one, n in counts.items() if n)
    return constant, length, found
