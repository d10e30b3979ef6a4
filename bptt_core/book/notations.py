"""The book's networks, as notations.toml lists them; its definitions."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from derivations import Notation, define

PRE_ACTIVATION = re.compile(r"a_(t|\{\w,t\})")


def network(
    name: str,
    base: str = "",
    rows: Iterable[str] = (),
    without: Iterable[str] = (),
    shapes: Mapping[str, str] | None = None,
) -> Notation:
    """Return a network from its table in a file such as notations.toml.

    base: a name for ``notation``; what the others say stands there. The error
    of every pre-activation gets the book's letter for it, δ.
    """
    of_base = notation(base).forward if base else ()
    forward = {row.split(" = ")[0]: row for row in (*of_base, *rows)}
    for left in without:
        del forward[left]
    deltas = {
        rf"\delta_{gate[1]}": rf"\frac{{\partial L}}{{\partial {gate[0]}}}"
        for gate in map(PRE_ACTIVATION.fullmatch, forward)
        if gate
    }
    return define(forward.values(), symbols=deltas, shapes=shapes, name=name)


@cache
def notation(name: str) -> Notation:
    """Return a network of notations.toml; ``KeyError`` for another name."""
    return network(name, **TABLE[name])


TABLE = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)
DEFINITIONS = TABLE.pop("definitions")
