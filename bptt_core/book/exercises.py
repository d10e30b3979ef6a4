"""The exercises of the chapters, as exercises.toml lists them."""

import tomllib
from functools import cache
from pathlib import Path

from derivations import Answer, Exercise, Notation
from derivations.errors import check_instance

from . import notations, sources

TABLE = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)
NETWORKS = TABLE.pop("networks")


@cache
def network(name: str) -> Notation:
    """Return a notation of the book or a source, or of exercises.toml."""
    if name in NETWORKS:
        return notations.network(name, **NETWORKS[name])
    if name in sources.NETWORKS:
        return sources.notation(name)
    return notations.notation(name)


def answer(label: str, latex: str) -> Answer:
    """Judge an answer to an exercise of the book, as ``Exercise.answer``.

    label: such as "ex-order"; latex: the equation, or its right side.
    Raises ``ValueError`` for a label that exercises.toml does not list,
    TypeError for one that is no string.
    """
    check_instance("label", label, str)
    if label not in TABLE:
        known = ", ".join(TABLE)
        raise ValueError(f"label must be one of {known}; got {label!r}")
    asked = dict(TABLE[label])
    exercise = Exercise(notation=network(asked.pop("network")), **asked)
    return exercise.answer(latex)
