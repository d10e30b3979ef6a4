"""Where networks saturate digits cancel: true holds, false does not."""

import numpy as np
import pytest

from bptt_core.book import check
from derivations import define
from derivations.judging.mutate import mutants, tally
from derivations.judging.page import verdict_lines
from derivations.networks.rounding import norms

GAINS = [1, 10, 40]
DH = r"\frac{\partial L}{\partial h_t}"


def elman(gain, bias=""):
    """An Elman network; its pre-activations grow with the gain."""
    return define(
        [
            rf"a_t = {gain} (U x_t + W h_{{t-1}} + b) {bias}",
            r"h_t = \tanh(a_t)",
            r"L = \sum_{t=1}^{T} l(h_t, y_t)",
        ],
        symbols={r"\delta_t": r"\frac{\partial L}{\partial a_t}"},
    )


def gates(gain):
    """A GRU without biases whose pre-activations grow with the gain."""
    return define(
        [
            rf"a_{{z,t}} = {gain} (U_z x_t + W_z h_{{t-1}})",
            rf"a_{{c,t}} = {gain} (U_c x_t + W_c h_{{t-1}})",
            r"z_t = \sigma(a_{z,t})",
            r"c_t = \tanh(a_{c,t})",
            r"h_t = (1 - z_t) \odot c_t + z_t \odot h_{t-1}",
            r"L = \sum_{t=1}^{T} l(h_t, y_t)",
        ],
        symbols={
            rf"\delta_{{{g},t}}": (
                rf"\frac{{\partial L}}{{\partial a_{{{g},t}}}}"
            )
            for g in "zc"
        },
    )


TRUE_ELMAN = [
    rf"\delta_t = (1 - h_t^2) \odot {DH}",
    rf"\delta_t = (1 - h_t \odot h_t) \odot {DH}",
    rf"\delta_t = (1 - \tanh^2(a_t)) \odot {DH}",
    rf"\delta_t = {DH} - h_t^2 \odot {DH}",
    r"\frac{\partial h_{t,i}}{\partial a_{t,j}}"
    r" = \delta_{ij} (1 - h_{t,i}^2)",
]
FALSE_ELMAN = [
    rf"\delta_t = (1 - h_t) \odot {DH}",
    rf"\delta_t = (1 + h_t^2) \odot {DH}",
    rf"\delta_t = \frac{{1}}{{2}} (1 - h_t^2) \odot {DH}",
    rf"\delta_t = (1 - h_t^2) \odot (1 - h_t^2) \odot {DH}",
    r"\delta_t = 0",
    r"\frac{\partial h_{t,i}}{\partial a_{t,j}} = \delta_{ij} (1 - h_{t,i})",
]
TRUE_GATES = [
    rf"\delta_{{z,t}} = {DH} \odot (h_{{t-1}} - c_t)"
    r" \odot z_t \odot (1 - z_t)",
    rf"\delta_{{c,t}} = {DH} \odot (1 - z_t) \odot (1 - c_t^2)",
]
FALSE_GATES = [
    rf"\delta_{{z,t}} = {DH} \odot (h_{{t-1}} - c_t) \odot (1 - z_t)",
    rf"\delta_{{z,t}} = {DH} \odot (h_{{t-1}} + c_t)"
    r" \odot z_t \odot (1 - z_t)",
    rf"\delta_{{c,t}} = {DH} \odot (1 - z_t) \odot (1 - c_t)",
    rf"\delta_{{c,t}} = {DH} \odot z_t \odot (1 - c_t^2)",
]


@pytest.mark.parametrize("gain", GAINS)
@pytest.mark.parametrize(
    ("network", "latex"),
    [(elman, latex) for latex in TRUE_ELMAN]
    + [(gates, latex) for latex in TRUE_GATES],
)
def test_a_true_claim_holds_where_the_network_saturates(network, latex, gain):
    verdict = check(latex, network(gain), hints=False)
    assert verdict, repr(verdict)
    assert verdict.networks > 10


@pytest.mark.parametrize("gain", GAINS)
@pytest.mark.parametrize(
    ("network", "latex"),
    [(elman, latex) for latex in FALSE_ELMAN]
    + [(gates, latex) for latex in FALSE_GATES],
)
def test_a_near_miss_is_refuted_there_too(network, latex, gain):
    verdict = check(latex, network(gain), hints=False)
    assert not verdict
    assert verdict.steps[0].counterexample is not None


@pytest.mark.parametrize(
    ("network", "latex"),
    [(elman, TRUE_ELMAN[0]), (elman, TRUE_ELMAN[3]), (gates, TRUE_GATES[0])],
)
def test_no_altered_claim_survives_there(network, latex):
    counts = tally(mutants(latex, network(20)))
    assert counts.survived == 0, counts.examples["survived"]
    assert counts.rejected > 10


def test_networks_without_digits_are_no_evidence():
    # The bias holds every unit near 1: some networks keep no digit at all.
    verdict = check(TRUE_ELMAN[0], elman(6, "+ 12"), hints=False)
    assert verdict
    assert 0 < verdict.networks < 20
    (line,) = verdict_lines(verdict)
    assert f"on {verdict.networks} random networks" in line
    assert f"{20 - verdict.networks} more saturate" in line


def test_a_claim_that_no_network_can_decide_does_not_hold():
    verdict = check(TRUE_ELMAN[0], elman(1, "+ 60"), hints=False)
    assert not verdict
    assert verdict.error.kind == "rounding"
    assert "does the network saturate?" in repr(verdict)


@pytest.mark.parametrize("gain", GAINS)
@pytest.mark.parametrize("wrong", ["2", r"(1 + \frac{1}{1000})"])
def test_a_vanished_gradient_with_a_wrong_factor_is_refuted(wrong, gain):
    tiny = r"\left(\frac{1}{10}\right)^{20}"
    true = rf"{tiny} \delta_t = {tiny} (1 - h_t^2) \odot {DH}"
    assert check(true, elman(gain), hints=False)
    false = true.replace(rf"= {tiny}", rf"= {wrong} {tiny}")
    assert not check(false, elman(gain), hints=False)


def test_a_sum_that_cancels_is_zero_and_no_other():
    notation = elman(1)
    zero = r"\sum_j (h_{t,j} - \tanh(a_{t,j})) + h_{t,1} - h_{t,1} = 0"
    assert check(zero, notation)
    assert check(r"U x_t - U x_t + W h_0 - W h_0 = 0 \odot h_t", notation)
    near = zero.replace("+ h_{t,1}", r"+ (1 + \frac{1}{10^9}) h_{t,1}")
    assert not check(near, notation, hints=False)


def test_norms_of_tiny_entries_do_not_vanish():
    data = np.array([[3e-200, 4e-200], [0.0, 0.0]])
    assert norms(data) == pytest.approx([5e-200, 0.0], rel=1e-12)
