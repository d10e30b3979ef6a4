"""What forward rows and claims say: read as they are typeset, or asked about.

Every kind here was once read as something else without a word. The truth of
a claim is that of the witness, where it reads the rows, and else of NumPy.
"""

import tomllib
from pathlib import Path

import numpy as np
import pytest
import witness

from derivations import check, define
from derivations.errors import DefinitionError

CELL = r"h_t = \tanh(U x_t + W h_{t-1} + b)"
LOSS = r"L = \sum_{t=1}^{T} l(h_t, y_t)"
OUT = r"L = \sum_{t=1}^{T} l(z_t, y_t)"
BASE = [CELL, LOSS]


def d(symbol):
    return rf"\frac{{\partial L}}{{\partial {symbol}}}"


SLOPE = r"\left((1-h_t^2) \odot " + d("h_t") + r"\right)"
SUM_Z = r"\sum_{t=1}^{T} " + d("z_t")
LATER = SUM_Z.replace("t=1", "t=2")
ABOVE = [
    r"h^{(t)} = \tanh(U x^{(t)} + W h^{(t-1)})",
    r"h^{(0)} = 0",
    r"L = \sum_{t=1}^{T} l(h^{(t)}, y^{(t)})",
]
TWO_LAYERS = [
    r"h_{1,t} = \tanh(U x_t + W_1 h_{1,t-1})",
    r"h_{2,t} = \tanh(V h_{1,t} + W_2 h_{2,t-1})",
    r"L = \sum_t l(h_{2,t}, y_t)",
]
CARRY = [
    r"f_t = \sigma(W_f x_t + U_f h_{t-1} + b_f)",
    r"c_t = f_t \odot c_{t-1} + x_t",
    r"h_t = \tanh(c_t)",
    r"c_0 = 0",
    r"h_0 = 0",
    LOSS,
]


def with_bias(name):
    return [CELL, rf"z_t = V h_t + {name}", OUT]


# (rows, claim, is it true?)
JUDGED = [
    # A run of letters is a word.
    *(
        (with_bias(name), f"{d(name)} = {right}", truth)
        for name in (
            "b_{out}",
            "b_{init}",
            "b_{att}",
            "b_{output}",
            "c_{tot}",
            r"b_{\text{out}}",
            r"b_{\mathrm{att}}",
            "b_{{out}}",
        )
        for right, truth in ((SUM_Z, True), (LATER, False))
    ),
    *(
        (
            [CELL, f"z_t = {name} h_t", OUT],
            f"{d(name)} = {SUM_Z} {right}",
            truth,
        )
        for name in ("W_{out}", "W_{yt}", "W_{att}", "W_{readout}", "V_{ht}")
        for right, truth in ((r"h_t^\top", True), (r"h_{t-1}^\top", False))
    ),
    (
        [CELL, r"z_t = W_{yt} h_t + b_{yt}", OUT],
        f"{d('b_{yt}')} = {SUM_Z}",
        True,
    ),
    (
        [r"h_t = \tanh(W_{input} x_t + W_{state} h_{t-1} + b_{state})", LOSS],
        rf"{d('W_{state}')} = \sum_{{t=1}}^{{T}} {SLOPE} h_{{t-1}}^\top",
        True,
    ),
    (
        [r"h_t = \tanh(W_{{xh}} x_t + W_{{hh}} h_{t-1})", LOSS],
        rf"{d('W_{{hh}}')} = \sum_{{t=1}}^{{T}} {SLOPE} h_{{t-1}}^\top",
        True,
    ),
    (
        [r"h_t = \tanh(a_{ft} + W h_{t-1})", r"a_{ft} = U x_t", LOSS],
        rf"{d('a_{ft}')} = (1-h_t^2) \odot {d('h_t')}",
        True,
    ),
    (
        [r"h_t = \tanh(x_{i,t} + W h_{t-1})", LOSS],
        rf"{d('x_{it}')} = (1-h_t^2) \odot {d('h_t')}",
        True,
    ),
    (
        [r"h_t = \tanh(a_{xh,t} + W h_{t-1})", r"a_{xh,t} = U x_t", LOSS],
        rf"{d('a_{xh,t}')} = (1-h_t^2) \odot {d('h_t')}",
        True,
    ),
    (
        [
            CELL,
            r"z_t = V h_t",
            r"L_t = \frac12 \sum_k (z_{tk} - y_{tk})^2",
            r"L = \sum_{t=1}^{T} L_t",
        ],
        r"\frac{\partial L_t}{\partial z_{tk}} = z_{tk} - y_{tk}",
        True,
    ),
    # A row for the initial state is the initial state.
    ([*BASE, "h_0 = 0"], f"{d('h_0')} = 0", False),
    (
        [*BASE, "h_0 = 0"],
        rf"{d('h_0')} = W^\top \left((1-h_1^2) \odot {d('h_1')}\right)",
        True,
    ),
    (
        [*BASE, "h_{0} = 0"],
        rf"{d('W')} = \sum_{{t=2}}^{{T}} {SLOPE} h_{{t-1}}^\top",
        True,
    ),
    (BASE, rf"{d('W')} = \sum_{{t=2}}^{{T}} {SLOPE} h_{{t-1}}^\top", False),
    ([*BASE, "h_0 = 1"], r"h_1 = \tanh(U x_1 + W h_0 + b)", True),
    ([*BASE, "h_0 = 1"], r"h_1 = \tanh(U x_1 + b)", False),
    (ABOVE, r"\frac{\partial L}{\partial h^{(0)}} = 0", False),
    (ABOVE, r"h^{(1)} = \tanh(U x^{(1)})", True),
    (ABOVE[:1] + ABOVE[2:], r"h^{(1)} = \tanh(U x^{(1)})", False),
    (
        [
            r"h_t = \tanh(U x_t + W h_{t-1})",
            "h_{-1} = 0",
            r"L = \sum_{t=0}^{T-1} l(h_t, y_t)",
        ],
        r"h_0 = \tanh(U x_0)",
        True,
    ),
    (
        [*TWO_LAYERS, "h_{1,0} = 0", "h_{2,0} = 0"],
        r"h_{2,1} = \tanh(V h_{1,1})",
        True,
    ),
    ([*TWO_LAYERS, "h_{1,0} = 0"], r"h_{2,1} = \tanh(V h_{1,1})", False),
    (CARRY, "c_1 = x_1", True),
    (
        CARRY,
        rf"{d('U_f')} = \sum_{{t=2}}^{{T}} \left( {d('c_t')} \odot c_{{t-1}}"
        r" \odot f_t \odot (1-f_t)\right) h_{t-1}^\top",
        True,
    ),
    (
        [
            r"s_t = P s_{t-1} + x_t",
            r"s_0 = \mathbf{0}",
            r"L = \sum_{t=1}^{T} l(s_t, y_t)",
        ],
        "s_2 = P x_1 + x_2",
        True,
    ),
    # A loss may have the letter of its own value.
    (
        [CELL, r"\ell_t = \ell(h_t, y_t)", r"L = \sum_t \ell_t"],
        rf"{d('h_T')} = \frac{{\partial \ell_T}}{{\partial h_T}}",
        True,
    ),
    (
        [CELL, r"E_t = l(h_t, y_t)", r"E = \sum_{t=1}^{T} E_t"],
        r"\frac{\partial E}{\partial E_t} = 1",
        True,
    ),
    # A function without brackets takes one factor, and then a sign.
    (
        [r"h_t = \tanh a_t", r"a_t = W h_{t-1} + U x_t", LOSS],
        r"h_t = \tanh(a_t)",
        True,
    ),
    # Spacing parts, and does nothing else.
    (BASE, r"h_t = \tanh(U\,x_t + W\;h_{t-1} + b)", True),
    (BASE, r"h_t\:=\:\tanh(U\!x_t + W\>h_{t-1}+b)", True),
    (BASE, r"h_t = \tanh(U\ x_t + {}W{}h_{t-1} + b{})", True),
    (BASE, r"h_t = \tanh(U\,x_t + W\;h_{t-1})", False),
    # Components, powers and roots.
    (BASE, r"h_{t,i}^2 = h_{t,i} h_{t,i}", True),
    (BASE, r"U_{jk}^2 = U_{jk} U_{jk}", True),
    (BASE, r"(W_{jk})^2 = W_{jk} W_{jk}", True),
    (BASE, r"(W^\top)_{jk} = W_{kj}", True),
    (BASE, r"(W^\top)_{jk} = W_{jk}", False),
    (BASE, r"\sqrt{4} = 2", True),
    (BASE, r"\sqrt{\exp(b)}^2 = \exp(b)", True),
    (BASE, r"\frac1{10} h_t = 0.1 h_t", True),
    (BASE, r"2^T = 2 \cdot 2^{T-1}", True),
    (BASE, r"2^T = 2^{T-1}", False),
]


@pytest.mark.parametrize(("rows", "claim", "truth"), JUDGED)
def test_a_claim_is_judged_by_what_is_typeset(rows, claim, truth):
    assert witness.judge(claim, rows) in (truth, "unread")
    verdict = check(claim, define(rows), hints=False)
    assert verdict.error is None or (
        not truth and verdict.error.kind == "shape"
    )
    assert bool(verdict) is truth, repr(verdict)


def test_the_witness_reads_most_of_them():
    read = [witness.judge(claim, rows) for rows, claim, _ in JUDGED]
    assert read.count("unread") < len(JUDGED) / 4


SIZED = [
    (r"\sum_{k=1}^{SIZE} h_{t,k} = \sum_k h_{t,k}", "n", "dmTts3N"),
    (r"\sum_{k=1}^{SIZE} x_{t,k} = \sum_k x_{t,k}", "d", "nmTts3"),
    (r"\prod_{k=1}^{SIZE} h_{t,k} = \prod_k h_{t,k}", "n", "dj"),
    (r"\sum_{k=1}^{SIZE} W_{jk} h_{t,k} = (W h_t)_j", "n", "dj"),
    (r"\sum_{j=1}^{SIZE} (W h_t)_j = \sum_j (W h_t)_j", "n", "dk"),
    (r"\sum_{i=1}^{SIZE} U_{ji} x_{t,i} = (U x_t)_j", "d", "nj"),
]


@pytest.mark.parametrize(("claim", "right", "others"), SIZED)
def test_a_component_runs_up_to_its_own_size(claim, right, others):
    notation = define(BASE)
    assert check(claim.replace("SIZE", right), notation)
    for other in others:
        verdict = check(claim.replace("SIZE", other), notation, hints=False)
        assert not verdict
        assert verdict.error.kind == "reading"
        assert "runs over" in verdict.error.message


def test_an_upper_bound_in_a_row_names_the_size():
    rows = [
        CELL,
        r"z_t = V h_t",
        r"L_t = \sum_{k=1}^{K} z_{t,k} y_{t,k}",
        r"L = \sum_{t=1}^{T} L_t",
    ]
    notation = define(rows)
    assert ("z_t", "computed", "K×1") in notation.table()
    assert check(r"L_t = \sum_{k=1}^{K} y_{t,k} z_{t,k}", notation)
    assert not check(r"L_t = \sum_{k=1}^{n} y_{t,k} z_{t,k}", notation)
    for bound in ("T", "3", "t"):
        with pytest.raises(DefinitionError, match="runs over all"):
            define([row.replace("K", bound) for row in rows])


# Claims that may mean two things, or are typeset otherwise than they look.
ASKED = [
    (r"\sum_{1 \le k \le n} h_{t,k} = \sum_k h_{t,k}", "what is n?"),
    (r"\sum_{k=2}^{n} h_{t,k} = 1", "runs over all components"),
    (r"F(h_t) = h_t", "not a symbol"),
    (r"\max(h_t) = h_t", "the larger of two"),
    (r"\min(0, h_t) = h_t", "min is not executed"),
    (r"\|h_t\|_1 = 1", "Euclidean norm"),
    (r"h_t = h(b)", "needs a time index"),
    (r"h_{it} = h_{it}", "which of these is the time?"),
    (r"h_{2t} = h_{2t}", "write a comma"),
    (r"h_{ti}^\top = h_{ti}", "with brackets"),
    (r"(W W)_{jk}^\top = (W W)_{jk}", "with brackets"),
    (r"W^\top_{jk} = W_{jk}", "with brackets"),
    (r"W_{jk}^2 = W_{jk} W_{jk}", "with brackets"),
    (r"h_t^{3^2} = h_t^9", "a power in an exponent"),
    (r"2^{3^2} = 512", "a power in an exponent"),
    (r"h_t^{2_k} = h_t^2", "a power in an exponent"),
    (r"\sqrt[3]{8} = 2", "only square roots"),
    (r"\sqrt[4]{\exp(b)} = \exp(b)", "only square roots"),
    (r"\sqrt 16 = 4", "under the root"),
    (r"h_t^10 = h_t^{10}", "typeset as 1 here"),
    (r"x_t^0.5 = 1", "typeset as 0 here"),
    (r"\frac110 h_t = h_t", "typeset as 1 here"),
    (r"h_10 = h_{10}", "typeset as 1 here"),
    (r"1\,000 h_t = 0", "side by side"),
    (r"1~000 h_t = 0", "side by side"),
    (r"10{}00 h_t = 0", "side by side"),
    (r"10 00 h_t = 0", "side by side"),
    (r"3 \frac12 h_t = \frac72 h_t", "side by side"),
    (r"h_{1 0} = h_{10}", "side by side"),
    (r"h_t^2^3 = h_t^6", "two superscripts"),
    (r"\tanh^{-1}(h_t) = \frac{1}{\tanh(h_t)}", "the inverse"),
    (r"\exp^{-1}(h_t) = \frac{1}{\exp(h_t)}", "the inverse"),
    (r"\operatorname{diag}(\sigma') = I", "needs an argument"),
    (r"\tanh(h_t)' = 1 - \tanh(h_t)^2", "or a transpose"),
    (r"\log h_t h_t = h_t \log h_t", "argument of"),
    (r"\tanh W h_t = \tanh(W) h_t", "argument of"),
    (r"\exp h_{t,1} / 2 = 1", "argument of"),
    (r"\tanh{W h_t} = \tanh(W h_t)", "argument of"),
    (r"2 {h_t + b} = 2 h_t + 2 b", "braces are not typeset"),
    (r"h_t - {h_t + b} = -b", "braces are not typeset"),
    (r"{W h_t}^\top = h_t^\top W^\top", "braces are not typeset"),
    (r"L = l(h_1, y_1) + \dotsb + l(h_T, y_T)", "dots"),
    (r"W^T = W^\top", "length or a transpose"),
    (r"W_{out} = W_{out}", "W_{out} is not a symbol"),
]


@pytest.mark.parametrize(("claim", "words"), ASKED)
def test_what_may_mean_two_things_is_asked(claim, words):
    verdict = check(claim, define(BASE), hints=False)
    assert not verdict
    assert verdict.error.kind == "reading"
    assert verdict.error.column is not None
    assert words in verdict.error.message


RECURRENT = "(U x_t + W h_{t-1})"
# Rows that may mean two things; the place of the error is shown with each.
REFUSED = [
    ([r"h_t = \tanh(x_{it} + W h_{t-1})", LOSS], "is it a word?"),
    (with_bias("b_{yt}"), "is yt a word?"),
    (with_bias("b_{2t}"), "write a comma"),
    (with_bias("b_{h^2}"), "a name is made of letters"),
    (with_bias(r"b_{\max}"), "the larger of two"),
    (with_bias(r"b_{\dots}"), "dots"),
    ([*BASE, "h_1 = 0"], "only the state before the first step"),
    ([*BASE, "x_0 = 0"], "only the state before the first step"),
    ([*BASE, "h_{-1} = 0"], "only the state before the first step"),
    ([*BASE, "h_0 = x_0"], "made of numbers and parameters"),
    ([*BASE, "h_0 = 0", "h_0 = b"], "assigned twice"),
    ([CELL, "z_t = V h_t", "z_0 = 0", OUT], "no initial value"),
    *(
        ([CELL, f"{left} = V h_t", OUT], words)
        for left, words in (
            ("z_t^2", "stands above a left side"),
            ("z_t^{-1}", "stands above a left side"),
            ("z_t^+", "stands above a left side"),
            ("z^t", "stands above a left side"),
            ("{z_t}^2", "stands above a left side"),
            ("z_t'", "a prime"),
            ("z_{t+2}", "written for the time t"),
            ("z_{2t}", "write a comma"),
            ("z_{t,1}", "not one component"),
            ("z_t^{(t)}", "two places"),
        )
    ),
    *(
        ([f"h_t = {name}{RECURRENT}", LOSS], words)
        for name, words in (
            ("F", 'functions={"F": "tanh"}'),
            ("G_1", 'functions={"G_1": "tanh"}'),
            (r"\Phi", r'functions={"\Phi": "tanh"}'),
            (r"\hat F", "a function or a factor"),
            (r"\text{softplus}", 'functions={"softplus": "tanh"}'),
            (r"\mathrm{ELU}", 'functions={"ELU": "tanh"}'),
            (r"\operatorname{act}", 'functions={"act": "tanh"}'),
            (r"\text{ELU}", 'functions={"ELU": "tanh"}'),
            (r"\max", "the larger of two"),
            (r"\sigma^{-1}", "the inverse"),
            (r"\arctan", "is not known"),
            ("2 \\cdot f", 'functions={"f": "tanh"}'),
        )
    ),
    (
        [r"h_t = f(W h_{t-1})", r"f_t = \sigma(x_t)", LOSS],
        'functions={"f": "tanh"}',
    ),
    ([r"h_t = \min(0, U x_t)", LOSS], "min is not executed"),
    ([r"h_t = f(x_t, h_{t-1})", LOSS], 'functions={"f": "loss"}'),
    ([CELL, r"L = \sum_t l(h_t)"], 'functions={"l": "loss"}'),
    ([r"h_t = F(x_t, h_{t-1})", LOSS], 'functions={"F": "loss"}'),
    ([CELL, "z_t = g(h_t, x_t)", OUT], "read only as a loss"),
    (
        [CELL, r"L_t = \operatorname{MSE}(h_t, y_t)", r"L = \sum_t L_t"],
        "what is MSE?",
    ),
    *(
        ([CELL, rf"L = \sum_t {name}(h_t, y_t)"], f"what is {key}?")
        for name, key in (
            ("H", "H"),
            ("D_{KL}", "D_KL"),
            ("W", "W"),
            ("l_{CE}", "l_CE"),
            (r"\Phi", r"\Phi"),
            (r"\text{BCE}", "BCE"),
        )
    ),
    ([r"h_t = \tanh(l + W h_{t-1})", LOSS], "use two letters"),
    ([CELL, "l_t = h_t^\\top y_t", r"L = \sum_t l(t)"], "here it is l_t"),
    ([CELL, "z_t = V h(t-1)", OUT], "here it is h_t"),
    ([CELL, "z_t = V h[t]", OUT], "here it is h_t"),
    ([CELL, "z_t = V h^{(t)}", OUT], "two places"),
    ([CELL, "z^{(t)} = V h_t", OUT], "two places"),
    *(
        ([CELL, f"z_t = {right}", OUT], "is the time of h missing?")
        for right in ("V h", "V h + c", "V h^t", "h^t + c", r"\tanh(h)")
    ),
    *(
        ([CELL, rf"L = l(h_1, y_1) + {dots} + l(h_T, y_T)"], words)
        for dots, words in (
            (r"\cdots", "dots"),
            (r"\dots", "dots"),
            (r"\ldots", "dots"),
            (r"\dotsb", "dots"),
            ("…", "dots"),
            (r"\hdots", "dots"),
        )
    ),
    ([r"h_t = \tanh W h_{t-1}", LOSS], "argument of"),
    ([r"h_t = \tanh{W h_{t-1} + x_t}", LOSS], "braces are not typeset"),
    ([r"h_t = 2 {W h_{t-1} + x_t}", LOSS], "braces are not typeset"),
    *(
        ([rf"h_t = \tanh(P x_{{{time}}} + Q h_{{t-1}})", LOSS], words)
        for time, words in (
            ("T+2-t", "runs otherwise"),
            ("T-t", "runs otherwise"),
            ("2-t", "runs otherwise"),
            ("t+1", "before its time"),
            ("t-3", "used at a lag"),
            ("2t", "write a comma"),
        )
    ),
    ([r"h_t = (W + I) h_{t-1} + x_t", LOSS], "I has no size"),
    ([CELL, r"L = \sum_{t=1}^{5} l(h_t, y_t)"], "ends at 5; write T"),
    ([*BASE, "T = 5"], "counts the steps"),
]


@pytest.mark.parametrize(("rows", "words"), REFUSED)
def test_a_row_that_may_mean_two_things_is_asked_about(rows, words):
    with pytest.raises(DefinitionError) as caught:
        define(rows)
    assert words in str(caught.value)
    assert any(row in str(caught.value) for row in rows) or "T" in words


HERE = Path(__file__).parent
READING = {
    "subscript-word-with-t",
    "initial-state-row",
    "left-side-script",
    "function-without-brackets",
    "two-arguments-as-loss",
    "capital-function",
    "word-function-as-factor",
    "bracket-time-as-factor",
    "mixed-time-places",
    "capital-greek-scalar",
    "inverse-function",
    "dots-as-parameter",
    "double-braces",
    "backward-in-time",
}

READ = {"subscript-word-with-t", "initial-state-row", "double-braces"}


def cases(name):
    text = (HERE / "cases" / f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


PUBLIC = {
    name: case
    for name, case in cases("public").items()
    if case["construct"] in READING
}


@pytest.mark.parametrize("name", PUBLIC)
def test_no_public_construct_is_read_as_something_else(name):
    case = PUBLIC[name]
    try:
        notation = define(case["forward"], **case.get("options", {}))
    except DefinitionError as error:
        message = str(error)
    else:
        message = ""
    if message:
        assert case["construct"] not in READ
        assert any(row in message for row in case["forward"])
        return
    verdict = check(case["claim"], notation, hints=False)
    if verdict.error is None:
        assert bool(verdict) is case["right"]
    else:
        assert verdict.error.column is not None
        assert case.get("refusal_ok") or not case["right"]


# -- what the witness does not read, by NumPy ----------------------------


def _gradients(initial):
    """∂L/∂q, ∂L/∂h_0 and ∂L/∂W by the complex step, and the network."""
    rng = np.random.default_rng(3)
    n, steps, step = 3, 4, 1e-30
    W, q = rng.standard_normal((n, n)), rng.standard_normal((n, 1))
    x = rng.standard_normal((steps, n, 1))
    y = rng.standard_normal((steps, n, 1))

    def loss(W, q, nudge):
        h, total = initial(W, q) + nudge, 0
        for t in range(steps):
            h = np.tanh(x[t] + W @ h)
            total = total + (np.sin(h + 2 * y[t]) + h**2).sum()
        return total

    def slope(of, shape):
        found = np.zeros(shape)
        for place in np.ndindex(shape):
            nudge = np.zeros(shape, complex)
            nudge[place] = 1j * step
            found[place] = of(nudge).imag / step
        return found

    zero = np.zeros((n, 1))
    by_q = slope(lambda e: loss(W, q + e, zero), (n, 1))
    by_h = slope(lambda e: loss(W, q, e), (n, 1))
    by_w = slope(lambda e: loss(W + e, q, zero), (n, n))
    steps_only = slope(
        lambda e: loss(W + e, q, initial(W, q) - initial(W + e, q)), (n, n)
    )
    return by_q, by_h, by_w, steps_only, W, q


LEARNED = [r"h_t = \tanh(x_t + W h_{t-1})", LOSS]


def test_a_learned_initial_state_has_a_gradient():
    rows = [*LEARNED, r"h_0 = \tanh(q)"]
    by_q, by_h, *_, q = _gradients(lambda W, q: np.tanh(q))
    assert np.allclose(by_q, (1 - np.tanh(q) ** 2) * by_h, rtol=1e-12)
    notation = define(rows)
    right = rf"{d('q')} = (1 - h_0^2) \odot {d('h_0')}"
    assert check(right, notation)
    assert not check(f"{d('q')} = {d('h_0')}", notation, hints=False)


def test_an_initial_state_by_a_weight_is_one_more_use_of_it():
    rows = [*LEARNED, "h_0 = W q"]
    _, by_h, by_w, steps_only, _, q = _gradients(lambda W, q: W @ q)
    assert np.allclose(by_w, steps_only + by_h @ q.T, rtol=1e-12)
    assert not np.allclose(by_w, steps_only, rtol=1e-3)
    notation = define(rows)
    steps = rf"\sum_{{t=1}}^{{T}} {SLOPE} h_{{t-1}}^\top"
    assert check(rf"{d('W')} = {steps} + {d('h_0')} q^\top", notation)
    assert not check(f"{d('W')} = {steps}", notation, hints=False)
    copies = r"\sum_{t=1}^{T} \frac{\partial L}{\partial W^{(t)}}"
    assert check(f"{copies} = {steps}", notation)


CAPITALS = [r"\Theta", r"\Gamma", r"\Omega", r"\Lambda", r"\Psi"]


@pytest.mark.parametrize("letter", CAPITALS)
def test_a_capital_greek_letter_is_a_matrix(letter):
    notation = define([rf"h_t = \tanh({letter} h_{{t-1}} + x_t)", LOSS])
    assert (letter, "parameter", "n×n") in notation.table()
    own = r"\frac{\partial l(h_t, y_t)}{\partial h_t}"
    later = SLOPE.replace("_t", "_{t+1}")
    claim = f"{d('h_t')} = {own} + {letter}TOP {later}"
    assert check(claim.replace("TOP", r"^\top"), notation)
    assert not check(claim.replace("TOP", ""), notation, hints=False)


def test_one_letter_of_a_matrix_before_a_bracket_and_elsewhere_is_a_factor():
    rows = [
        r"z_t = \sigma(U_z x_t + W_z h_{t-1})",
        r"h_t = \tanh(U_h x_t + W_h (z_t \odot h_{t-1}))",
        LOSS,
    ]
    assert ("W_h", "parameter", "n×n") in define(rows).table()
    alone = [r"h_t = \tanh(U x_t + W (x_t \odot h_{t-1}))", LOSS]
    with pytest.raises(DefinitionError, match="a function or a factor"):
        define(alone)
    assert define(alone, shapes={"W": "matrix"})


def test_a_function_is_declared_by_name_or_by_a_pair():
    slope = r"\frac{\partial h_t}{\partial h_{t-1}} = "
    right = r"\operatorname{diag}(1 - h_t^2) W"
    tanh = np.tanh, lambda x: 1 - np.tanh(x) ** 2
    for name in ("F", r"\Phi", "f_{out}", r"\operatorname{act}"):
        rows = [f"h_t = {name}{RECURRENT}", LOSS]
        for function in ("tanh", tanh):
            notation = define(rows, functions={name: function})
            assert check(slope + right, notation)
            assert not check(slope + "W", notation, hints=False)
    rows = [rf"h_t = \text{{relu}}{RECURRENT}", LOSS]
    relu = lambda x: np.where(x.real > 0, x, 0), lambda x: x * 0 + (x.real > 0)
    notation = define(rows, functions={"relu": relu})
    step = r"\operatorname{diag}(relu'(U x_t + W h_{t-1})) W"
    step = step.replace("relu", r"\text{relu}")
    assert check(slope + step, notation)
    with pytest.raises(TypeError, match="a function with its slope"):
        define(rows, functions={"relu": relu[0]})


def test_the_table_says_what_each_guess_comes_from():
    notation = define(
        [*with_bias("b_{out}"), r"h_0 = \alpha q"], shapes={"q": "column"}
    )
    reasons = {row[0]: row[3] for row in notation.explained()}
    assert reasons["h_t"] == (
        r"read one step back in the row of h_t; starts as h_0 = \alpha q"
    )
    assert reasons["W"] == "row of h_t; a capital is a matrix"
    assert reasons["b_{out}"] == "row of z_t; a column by default"
    assert "a small Greek letter is a scalar" in reasons[r"\alpha"]
    assert "declared" in reasons["q"]
    assert "because of" in repr(notation)
    assert reasons["W"] in notation._repr_html_()


def test_names_are_read_alike_in_every_argument():
    rows = [r"h_t = \tanh(W_{out} x_t + b_{out} + W h_{t-1})", LOSS]
    names = ["W_{out}", "b_{out}", "W", "x_t", "y_t"]
    notation = define(rows, expect=names, shapes={"W_{out}": "n×k"})
    assert ("W_{out}", "parameter", "n×k") in notation.table()
    same = {r"\text{out}", "{out}", "out"}
    tables = {
        tuple(
            define(
                [row.replace("{out}", f"{{{word}}}") for row in rows]
            ).table()
        )
        for word in same
    }
    assert len(tables) == 1


def test_a_declared_loss_may_have_one_argument():
    rows = [r"h_t = \tanh(U x_t + W h_{t-1})", r"L = l(h_T)"]
    network = define(rows, functions={"l": "loss"})
    line = r"\frac{\partial L}{\partial h_{T-1}} = W^\top \left((1 - h_T^2) "
    line += r"\odot \frac{\partial L}{\partial h_T}\right)"
    assert check(line, network)
    assert not check(line.replace("^2", ""), network, hints=False)
