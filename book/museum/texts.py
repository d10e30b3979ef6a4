"""Displays of well-known texts, as texts.toml lists them."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import derivations
from bptt_core.book import notations


@dataclass(frozen=True)
class Text:
    """A display as printed.

    key: its name in texts.toml. text, place: where it stands. network: the
    notation that judges it; printed: as it stands there; holds: LaTeX that
    holds instead, in `holds_in` or the same network; why: what is wrong;
    both are empty for a display that holds. room and change: the slip as a
    program, as of an exhibit; empty where no program makes it.
    """

    key: str
    text: str
    place: str
    network: str
    printed: str
    why: str
    holds: str = ""
    holds_in: str = ""
    room: str = ""
    change: tuple = ()
    right = None
    calls = 1
    sizes = None


_TABLE = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)
_NETWORKS = _TABLE.pop("networks")
SURVEY = _TABLE.pop("survey")
TEXTS = [Text(key, **row) for key, row in _TABLE.items()]


@cache
def network(name: str) -> derivations.Notation:
    """Return a notation of the book, or a network of texts.toml."""
    if name in _NETWORKS:
        return derivations.define(name=name, **_NETWORKS[name])
    return notations.notation(name)
