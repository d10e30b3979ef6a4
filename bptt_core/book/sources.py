"""The five source documents: their notations and their formulas.

Both stand in sources.toml: the forward equations as their source prints
them, and each formula too, where it fails with the smallest correction that
holds.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from derivations import Notation, define


@dataclass(frozen=True)
class Formula:
    """A formula as printed.

    number: its place in the source, and in the list of errata where it
    has one; holds: the verdict as printed; corrected: LaTeX that holds,
    for a formula that does not; why: what is wrong, in one sentence.
    """

    source: str
    number: str
    latex: str
    notation: Notation
    holds: bool = True
    corrected: str = ""
    why: str = ""


_PRINTED = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)
NOTATIONS = {
    network: define(**row) for network, row in _PRINTED["notations"].items()
}


def _formulas(source: str, network: str) -> list[Formula]:
    return [
        Formula(
            source,
            number,
            row["printed"],
            NOTATIONS[network],
            "holds" not in row,
            row.get("holds", ""),
            row.get("why", ""),
        )
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
