"""The five source documents, and textbooks that their slips come from.

sources.toml holds the notations and the formulas as printed.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from derivations import Notation, define


@dataclass(frozen=True)
class Formula:
    """A formula as printed.

    number: its place in the source and in the errata; corrected: LaTeX that
    holds, for a formula that does not; why: what is wrong, in a sentence.
    """

    source: str
    number: str
    network: str
    latex: str
    corrected: str = ""
    why: str = ""

    @property
    def notation(self) -> Notation:
        """The notation of its source."""
        return notation(self.network)

    @property
    def holds(self) -> bool:
        """Whether it is right as printed."""
        return not self.corrected


_PRINTED = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)
NETWORKS = tuple(_PRINTED["notations"])


@cache
def notation(network: str) -> Notation:
    """Return the notation of a source; ``KeyError`` if it has no such name."""
    return define(**_PRINTED["notations"][network])


def _formulas(kind: str) -> list[Formula]:
    return [
        Formula(source, number, network, **row)
        for network, source in _PRINTED[kind].items()
        for number, row in _PRINTED[network].items()
    ]


FORMULAS, TEXTBOOKS = _formulas("sources"), _formulas("textbooks")
