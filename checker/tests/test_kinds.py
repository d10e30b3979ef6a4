"""Lines of every kind that a checker may misjudge, and what it says of them.

The right answers stand in cases/kinds.toml, and for what textbooks and posts
print in cases/notations.toml. No line may get a wrong verdict; where a refusal
is as good it may be asked about instead.
"""

import tomllib
from pathlib import Path

import pytest
import witness

from derivations import check, define
from derivations.errors import EquationError

CASES = Path(__file__).parent / "cases"
NETWORKS = [
    network
    for name in ("kinds", "notations")
    for network in tomllib.loads(
        (CASES / f"{name}.toml").read_text(encoding="utf-8")
    )["networks"]
]
# So many lines got a verdict when this was written; fewer is a loss.
JUDGED = 860

each_network = pytest.mark.parametrize(
    "network", NETWORKS, ids=[network["name"] for network in NETWORKS]
)


def defined(network):
    """The notation of a network, or None if its rows are refused."""
    try:
        return define(network["forward"], **network.get("options", {}))
    except EquationError:
        return None


def answer(notation, line, wanted):
    """Return "true", "false" or "asked".

    A shape that does not fit refutes a false line, and refuses a true one.
    """
    if notation is None:
        return "asked"
    found = check(line, notation, hints=False)
    if found.error is None:
        return "true" if found else "false"
    unfit = found.error.kind == "shape" and wanted.startswith("false")
    return "false" if unfit else "asked"


@each_network
def test_no_line_gets_a_wrong_verdict(network):
    notation = defined(network)
    said = [
        (line, wanted, answer(notation, line, wanted))
        for line, wanted in network["lines"]
    ]
    wrong = [one for one in said if one[2] not in one[1]]
    assert not wrong


@each_network
def test_the_witness_says_the_same_or_nothing(network):
    options, notation = network.get("options", {}), defined(network)
    if "length" in options:
        pytest.skip("the witness declares no length")
    for line, wanted in network["lines"]:
        said = answer(notation, line, wanted)
        if said == "asked":
            continue
        # What is no LaTeX of the witness, as *, it gets as the checker shows.
        read = check(line, notation, hints=False).text if "*" in line else line
        seen, why = witness.verdict(read, network["forward"], **options)
        assert str(seen).lower() in ("unread", said), (line, why)


def test_most_lines_are_judged():
    judged = [
        line
        for network in NETWORKS
        if (notation := defined(network)) is not None
        for line, wanted in network["lines"]
        if answer(notation, line, wanted) != "asked"
    ]
    assert len(judged) >= JUDGED
