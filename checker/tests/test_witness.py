"""The witness: right on every case, and different from the checker's code."""

import ast
import tomllib
from pathlib import Path

import claims
import mpmath
import pytest
import witness
from witness import networks, numbers

HERE = Path(__file__).parent


def read(name):
    text = (HERE / "cases" / f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


PUBLIC = read("public")
NETWORKS = read("networks")
LINES = {
    f"{group} {number}": line
    for group, lines in read("lines").items()
    for number, line in lines.items()
}
# Lines that were read when this was written; fewer is a loss.
READ_PUBLIC, READ_LINES = 52, 21
SAMPLE = claims.claims(15, 300)


def judged_case(case):
    return witness.verdict(
        case["claim"], case["forward"], **case.get("options", {})
    )


def judged_line(line):
    network = NETWORKS[line["notation"]]
    return witness.verdict(line["line"], **network)


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_construct_is_judged_rightly_or_not_read(name):
    seen, why = judged_case(PUBLIC[name])
    assert seen in ("unread", PUBLIC[name]["right"]), why


@pytest.mark.parametrize("name", LINES)
def test_a_typed_line_is_judged_rightly_or_not_read(name):
    seen, why = judged_line(LINES[name])
    assert seen in ("unread", LINES[name]["right"]), why


def test_the_witness_reads_what_it_did():
    seen = [judged_case(case)[0] for case in PUBLIC.values()]
    assert len(PUBLIC) - seen.count("unread") >= READ_PUBLIC
    assert {True, False} <= set(seen)
    seen = [judged_line(line)[0] for line in LINES.values()]
    assert len(LINES) - seen.count("unread") >= READ_LINES
    assert {True, False} <= set(seen)


def test_it_shares_the_parser_and_nothing_else():
    imported = set()
    for path in (HERE / "witness").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and not node.level:
                imported.add(node.module)
            elif isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
    ours = {name for name in imported if name.startswith("derivations")}
    assert ours == {"derivations.errors", "derivations.latex.tree"}
    assert "numpy" not in imported


@pytest.mark.parametrize(
    ("which", "time"),
    [
        (("W", ("f",), None), None),
        (("h", (), "below"), 2),
        (("a", ("o",), "below"), 3),
    ],
)
def test_the_gradients_are_those_of_finite_differences(which, time):
    """The dual numbers against a plain re-run with fifty digits."""
    network = witness.network_of(tuple(claims.NETWORKS["lstm"][0]), ())
    symbols = {(s.base, s.name, s.timed): s for s in network.symbols}
    loss = symbols["L", (), None]
    symbol, step = symbols[which], mpmath.mpf(10) ** -15
    with mpmath.workdps(numbers.DIGITS):
        world = networks.World(network, 4, 3, exact=True)
        nudged = world.nudge(symbol, time, None, False)
        slopes = nudged.own(loss, None, {}).number.slopes
        plain = world.get(symbol, time, {})
        for slope, place in zip(slopes, plain.entries, strict=True):
            losses = []
            for sign in (1, -1):
                moved = networks.World(network, 4, 3, exact=True)
                entries = dict(plain.entries)
                entries[place] += sign * step
                value = numbers.Value(plain.shape, entries)
                moved.values[symbol, time] = value
                losses.append(moved.get(loss, None, {}).number)
            found = (losses[0] - losses[1]) / (2 * step)
            assert abs(found - slope) <= mpmath.mpf(10) ** -25 * abs(slope)


# What nightly samples found, each of a kind; mended since.
FOUND = [
    # h_0 and c_0 are drawn apart, though h_t = tanh(c_t) holds at 0 too.
    (
        "no output gate",
        r"\frac{\partial L}{\partial c_t} = (1 - h_t^2) \odot "
        r"\frac{\partial L}{\partial h_t} + f_{t+1} \odot "
        r"\frac{\partial L}{\partial c_{t+1}}",
        True,
    ),
    # g_0 and h_0 are given, so that no row takes the one to the other.
    (
        "two layers",
        r"\frac{\partial L}{\partial g_t} = C^\top \left( (1 - h_t^2) \odot "
        r"\frac{\partial L}{\partial h_t} \right) + "
        r"B^\top \frac{\partial L}{\partial p_{t+1}}",
        True,
    ),
    # It has a value for the checker at t = 0 alone, where the sum is empty.
    (
        "elman",
        r"\frac{\partial h_t}{\partial W_{pq}} = \sum_{k=1}^{t} "
        r"\frac{\partial h_t}{\partial h_k} "
        r"\frac{\partial^{+} h_{k-1}}{\partial W_{pq}}",
        False,
    ),
]


@pytest.mark.parametrize(("network", "latex", "right"), FOUND)
def test_the_witness_is_right_on_what_samples_found(network, latex, right):
    seen, why = claims.by_witness(claims.Claim(network, latex, right))
    assert seen is right, why


@pytest.mark.parametrize(("network", "latex", "right"), FOUND)
def test_the_checker_is_right_on_what_samples_found(network, latex, right):
    assert claims.by_checker(claims.Claim(network, latex, right)) is right


@pytest.mark.parametrize("network", claims.NETWORKS)
def test_checker_and_witness_agree_on_claims(network):
    sample = [claim for claim in SAMPLE if claim.network == network]
    counts, differences = claims.compare(sample)
    assert not differences, "\n".join(differences)
    answers = {(checker, seen) for _, checker, seen in counts}
    assert {("True", "True"), ("False", "False")} <= answers


def test_most_claims_are_read_and_both_kinds_are_there():
    seen = [claims.by_witness(claim)[0] for claim in SAMPLE]
    assert seen.count("unread") < len(SAMPLE) / 5
    assert seen.count(True) > len(SAMPLE) / 4
    assert seen.count(False) > len(SAMPLE) / 4


# Faults of a kind that the checker could have, each in one place of it.


def _square_matrices_are_not_transposed(monkeypatch):
    from derivations.values import arrays

    plain = arrays.transpose

    def kept(value):
        settled = arrays.settle(value)
        square = not settled.four and settled.core[0] == settled.core[1]
        return settled if square else plain(value)

    monkeypatch.setattr(arrays, "transpose", kept)


def _derivatives_are_by_the_next_step(monkeypatch):
    from derivations.networks.frames import Nudged

    plain = Nudged.at

    def later(self, time):
        late = time is not None and time + 1 in self.blocks
        return plain(self, time + 1 if late else time)

    monkeypatch.setattr(Nudged, "at", later)


def _immediate_is_total(monkeypatch):
    from derivations.networks.frames import Nudged

    plain = Nudged.__init__

    def total(self, sample, symbol, mode):
        mode = "total" if mode == "immediate" else mode
        plain(self, sample, symbol, mode)

    monkeypatch.setattr(Nudged, "__init__", total)


@pytest.mark.parametrize(
    "fault",
    [
        _square_matrices_are_not_transposed,
        _derivatives_are_by_the_next_step,
        _immediate_is_total,
    ],
)
def test_a_planted_fault_of_the_checker_is_seen(fault, monkeypatch):
    sample = [claim for claim in SAMPLE if claim.network == "lstm"]
    # Networks of their own, so that nothing faulty is kept for others.
    rows = claims.NETWORKS["lstm"][0]
    monkeypatch.setitem(claims.DEFINED, "lstm", claims.define(rows))
    fault(monkeypatch)
    _, differences = claims.compare(sample)
    assert differences
