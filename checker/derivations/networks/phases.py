"""In which order rows run when some run back in time.

Rows that need each other, at whatever step, are a loop. A loop that reads
the next step runs back, from the last step to the first; every other row
runs on. Where no row runs back, all rows of a step run before the next step.
"""

from derivations.errors import DefinitionError
from derivations.meaning.nodes import Index
from derivations.meaning.vocabulary import Symbol
from derivations.networks.network import Forward


def loops_of(
    rows: list[Forward], clock: Index
) -> dict[Symbol, frozenset[Symbol]]:
    """Return target → the targets that it needs and that need it."""
    steps = {row.target: row for row in rows if row.timed}
    needs = {
        target: {s for s in row.symbols if s in steps}
        for target, row in steps.items()
    }
    reached = {target: _reached(target, needs) for target in steps}
    return {
        target: frozenset(
            other for other in reached[target] if target in reached[other]
        )
        for target in steps
    }


def _reached(start, needs):
    found, waiting = set(), list(needs[start])
    while waiting:
        symbol = waiting.pop()
        if symbol not in found:
            found.add(symbol)
            waiting += needs[symbol]
    return found


def in_phases(
    steps: list[Forward], clock: Index
) -> list[tuple[list[Forward], bool]]:
    """Return the rows of steps in phases, each with whether it runs back.

    steps: in an order in which they can be evaluated at one step. Raises
    ``DefinitionError`` for a loop that runs both ways.
    """
    loops = loops_of(steps, clock)
    back: set[Symbol] = set()
    for row in steps:
        inside = loops[row.target]
        lags = [lag for s, lag in row.uses(clock) if lag and s in inside]
        if any(lag > 0 for lag in lags):
            back |= inside
    if not back:
        return [(steps, False)]
    for row in steps:
        for symbol, lag in row.uses(clock):
            both = lag and lag < 0 and symbol in loops[row.target]
            if both and row.target in back:
                raise DefinitionError(
                    f"{row.latex}\nthis runs on and back in time at once"
                )
    done: set[Symbol] = set()
    phases, waiting = [], list(steps)
    while waiting:
        groups = [loops[row.target] | {row.target} for row in waiting]
        group = next(g for g in groups if _is_ready(g, steps, done))
        rows = [row for row in waiting if row.target in group]
        phases.append((rows, rows[0].target in back))
        done |= group
        waiting = [row for row in waiting if row.target not in group]
    return phases


def _is_ready(group, steps, done):
    """Has all that the rows of a loop need run, but for the loop itself?"""
    targets = {row.target for row in steps}
    return all(
        symbol in done or symbol in group or symbol not in targets
        for row in steps
        if row.target in group
        for symbol in row.symbols
    )
