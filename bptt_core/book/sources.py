"""The five source documents: their notations and their formulas.

Both stand in sources.toml: the forward equations as their source prints
them, and each formula too, where it fails with the smallest correction that
holds.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from derivations import Notation, define


@dataclass(frozen=True)
class Formula:
    """A formula as printed.

    number: its place in the source and in the errata; network: the name of
    its notation; corrected: LaTeX that holds, for a formula that does not;
    why: what is wrong, in a sentence.
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


def _formulas(source: str, network: str) -> list[Formula]:
    return [
        Formula(source, number, network, **row)
        for number, row in _PRINTED[network].items()
    ]


FORMULAS = [
    *_formulas("000", "ravichandiran_lstm"),
    *_formulas("000", "ravichandiran_gru"),
    *_formulas("001", "ravichandiran_rnn"),
    *_formulas("002", "cademy"),
    *_formulas("003", "unrolling"),
    *_formulas("004", "goodfellow"),
]
# Slips of textbooks that stand behind the sources.
TEXTBOOKS = [*_formulas("D2L", "d2l"), *_formulas("Pascanu", "pascanu")]
