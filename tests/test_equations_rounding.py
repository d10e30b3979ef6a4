"""Where networks saturate digits cancel: true holds, false does not."""

import itertools

import mpmath
import numpy as np
import pytest

from bptt_core.book import BOOK, check
from derivations import define
from derivations.judging.mutate import mutants, tally
from derivations.judging.page import verdict_lines
from derivations.meaning.functions import FUNCTIONS, SOFTMAX, Function
from derivations.values.arrays import Value, apply
from derivations.values.bounded import NUDGE, UNKNOWN, Bounded

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
    verdict = check(TRUE_ELMAN[0], elman(6, "+ 18"), hints=False)
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


# Nothing is left of the gradient of a unit that is so far from zero.
NOTHING_LEFT = "+ 800"


@pytest.mark.parametrize(
    "latex",
    [
        TRUE_ELMAN[0],
        rf"\delta_t = 2 (1 - h_t^2) \odot {DH}",
        r"\delta_t = 2 \delta_t",
        r"\delta_t = 0",
        r"\delta_t = \delta_t",
    ],
)
def test_zero_for_want_of_digits_is_neither_true_nor_false(latex):
    verdict = check(latex, elman(6, NOTHING_LEFT), hints=False)
    assert not verdict
    assert verdict.error.kind == "rounding"
    assert verdict.steps[0].counterexample is None


# Every gradient through such a unit is smaller than the last digit of another.
OUTPUTS = [r"z_t = V h_t + c", r"L = \sum_{t=1}^{T} l(z_t, y_t)"]
DZ = r"\frac{\partial L}{\partial z_t}"
WITH = (
    rf"{DH} = V^\top {DZ} + W^\top \frac{{\partial L}}{{\partial a_{{t+1}}}}"
)


@pytest.mark.parametrize("function", [r"\tanh", r"\sigma"])
@pytest.mark.parametrize("bias", ["+ 40", "+ 60", "- 60", "+ 800"])
def test_a_term_that_saturation_hides_is_not_forgotten(function, bias):
    rows = [rf"a_t = U x_t + W h_{{t-1}} {bias}", rf"h_t = {function}(a_t)"]
    network = define([*rows, *OUTPUTS])
    verdict = check(WITH, network, hints=False)
    assert verdict
    assert "smaller numbers in the rows" in repr(verdict)
    wrong = [
        WITH.split("+")[0],
        WITH.replace("+ W", "- W"),
        WITH.replace(r"W^\top", "W"),
    ]
    for latex in wrong:
        verdict = check(latex, network, hints=False)
        assert verdict.error.kind == "rounding", latex
        assert "this line fails" in verdict.error.message
        assert verdict.steps[0].counterexample is None


def test_a_network_that_does_not_saturate_is_judged_as_it_is():
    for gain in (1, 2):
        verdict = check(TRUE_ELMAN[0], elman(gain))
        assert verdict
        assert not verdict.steps[0].tame


def test_a_function_that_saturates_by_itself_is_no_evidence():
    # No number of a row can be made smaller.
    shifted = Function(lambda x: np.tanh(x + 60), lambda x: 0 * x, "shifted")
    rows = [r"a_t = U x_t + W h_{t-1}", "h_t = f(a_t)", *OUTPUTS]
    network = define(rows, functions={"f": shifted})
    for latex in (WITH, WITH.split("+")[0]):
        assert check(latex, network).error.kind == "rounding"


def test_zero_for_certain_holds_there_too():
    latex = r"\frac{\partial L}{\partial h_{T+1}} = 0"
    verdict = check(latex, elman(6, NOTHING_LEFT))
    assert verdict
    assert verdict.networks == 20


@pytest.mark.parametrize("power", [9, 10, 11, 12])
def test_small_entries_are_compared_beside_large_ones(power):
    sharp = r"\operatorname{softmax}(30 z_t)"
    added = rf"{sharp} = {sharp} + \frac{{1}}{{10^{{{power}}}}}"
    assert not check(added, BOOK, hints=False)
    assert check(rf"{sharp} = 2 {sharp} - {sharp}", BOOK)


def test_zero_over_zero_has_no_value():
    for line in (
        r"h_t = h_t + \frac{0}{1-1}",
        r"h_t = h_t + \frac{0}{h_t - h_t}",
        r"\frac{h_t - h_t}{h_t - h_t} = 1",
    ):
        assert not check(line, BOOK, hints=False), line
    verdict = check(r"h_t = h_t + \frac{0}{1-1}", BOOK, hints=False)
    assert "divides by zero" in verdict.error.message


def test_a_line_gets_one_verdict_in_any_order_of_calls():
    lines = [TRUE_ELMAN[0], TRUE_ELMAN[3], FALSE_ELMAN[0], FALSE_ELMAN[2]]
    found = set()
    for order in itertools.permutations(range(len(lines))):
        network = elman(6, "+ 18")
        answers = {k: repr(check(lines[k], network)) for k in order}
        answers[0] = repr(check(lines[0], network))
        found.add(tuple(answers[k] for k in range(len(lines))))
    assert len(found) == 1


# -- the bounds, against numbers of sixty digits --------------------------


def _drawn(rng, shape):
    """Return numbers of every size, and their derivatives as nudges."""
    data = rng.standard_normal(shape) * 10.0 ** rng.integers(-3, 2, shape)
    return data + 1j * NUDGE * rng.standard_normal(shape)


def _exact(array):
    return [mpmath.mpc(x) for x in array.ravel()]


def _is_bound(found, exact):
    """Check that both parts are within bounds by which something is known."""
    data, error = found.data.ravel(), found.error.ravel()
    for value, bound, true in zip(data, error, exact, strict=True):
        for part in ("real", "imag"):
            gap = abs(mpmath.mpf(getattr(value, part)) - getattr(true, part))
            assert gap <= getattr(bound, part)
            assert getattr(bound, part) < UNKNOWN


FORMULAS = {
    "cancelling sum": lambda x, y, z: x * y + z * x - x * (y + z),
    "quotient": lambda x, y, z: x / y - z / (y + z) * x,
    "powers": lambda x, y, z: (x + y) ** 2 - x**2 - y**2 + z**3,
}


@pytest.mark.parametrize("name", FORMULAS)
def test_bounds_hold_for_arithmetic(name):
    formula = FORMULAS[name]
    with mpmath.workdps(120):
        for seed in range(6):
            rng = np.random.default_rng(seed)
            numbers = [_drawn(rng, 20) for _ in range(3)]
            found = formula(*map(Bounded, numbers))
            exact = map(formula, *map(_exact, numbers))
            _is_bound(found, exact)


MPMATH = {
    "\\tanh": mpmath.tanh,
    "\\sigma": lambda x: 1 / (1 + mpmath.exp(-x)),
    "\\exp": mpmath.exp,
    "\\sin": mpmath.sin,
    "\\cos": mpmath.cos,
}


@pytest.mark.parametrize("name", MPMATH)
def test_bounds_hold_for_functions_of_what_was_rounded(name):
    with mpmath.workdps(120):
        for seed in range(6):
            rng = np.random.default_rng(seed)
            x, y = _drawn(rng, (1, 9, 1)), _drawn(rng, (1, 9, 1))
            argument = Bounded(x) * Bounded(y) - Bounded(x)
            found = apply(FUNCTIONS[name], [Value(argument)]).data
            exact = [
                MPMATH[name](a * b - a)
                for a, b in zip(_exact(x), _exact(y), strict=True)
            ]
            _is_bound(found, exact)


@pytest.mark.parametrize("gain", [1, 10, 100])
def test_bounds_hold_for_a_product_and_a_softmax(gain):
    with mpmath.workdps(120):
        for seed in range(6):
            rng = np.random.default_rng(seed)
            matrix, column = _drawn(rng, (4, 3)), _drawn(rng, (3, 1))
            score = Bounded(matrix) @ Bounded(gain * column)
            product = mpmath.matrix(matrix.tolist()) * mpmath.matrix(
                (gain * column).tolist()
            )
            _is_bound(score, list(product))
            powers = [mpmath.exp(a) for a in product]
            _is_bound(
                apply(SOFTMAX, [Value(score)]).data,
                [e / sum(powers) for e in powers],
            )


def test_a_bound_is_not_a_guess():
    """Without cancellation it is a few units in the last place."""
    x = np.random.default_rng(0).uniform(0.5, 2.0, 1000)
    found = Bounded(x) * Bounded(x) * 1e-200
    assert np.all(found.error <= 1e-14 * found.data)
    slope = apply(FUNCTIONS["\\tanh"], [Value(Bounded(x + 19 + 1j * NUDGE))])
    assert np.all(slope.data.error.imag <= 1e-12 * slope.data.data.imag)
