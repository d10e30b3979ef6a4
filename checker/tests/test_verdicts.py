"""Never a wrong verdict: lines of every kind that was once misjudged.

The truth of each was found by the witness where it reads the line, else
with plain NumPy; ``None`` means that it must be refused.
"""

import json
import os
import subprocess
import sys

import pytest
import witness

from derivations import check, define
from derivations.errors import DefinitionError, ReadingError
from derivations.judging.mutate import mutants

SUM = r"L = \sum_{t=1}^{T} l(h_t, y_t)"
ELMAN = [r"a_t = U x_t + W h_{t-1} + b", r"h_t = \tanh(a_t)", SUM]
CARRY = [
    r"f_t = \sigma(A x_t + B h_{t-1})",
    r"c_t = f_t \odot c_{t-1} + (1 - f_t) \odot x_t",
    r"h_t = \tanh(c_t)",
    SUM,
]
LEAKY = [
    r"u_t = W h_{t-1} + U x_t",
    r"h_t = (1 - \alpha) h_{t-1} + \alpha \tanh(u_t)",
    SUM,
]
LAYERS = [
    r"g_t = \tanh(A x_t + B g_{t-1})",
    r"h_t = \tanh(C g_t + D h_{t-1})",
    SUM,
]
LINEAR = [r"h_t = \lambda h_{t-1} + x_t", SUM]
READOUT = [
    r"h_t = \tanh(U x_t + W h_{t-1})",
    r"z_t = V h_t",
    r"L = \sum_{t=1}^{T} l(z_t, y_t)",
]
SATURATED = [
    r"a_t = U x_t + W h_{t-1} + 60",
    r"h_t = \tanh(a_t)",
    r"z_t = V h_t",
    r"L = \sum_{t=1}^{T} l(z_t, y_t)",
]
NETWORKS = {
    "elman": ELMAN,
    "carry": CARRY,
    "leaky": LEAKY,
    "layers": LAYERS,
    "linear": LINEAR,
    "readout": READOUT,
    "saturated": SATURATED,
}
DEFINED = {name: define(rows) for name, rows in NETWORKS.items()}

DH = r"\frac{\partial L}{\partial h_t}"
DB = r"\frac{\partial L}{\partial b}"
SLOPE = r"(1 - h_t^2)"
GRADIENT = rf"{DB} = \sum_{{t=1}}^{{T}} {SLOPE} \odot {DH}"
STEP = r"\frac{\partial h_t}{\partial h_{t-1}}"
DIAG = r"\alpha \operatorname{diag}(1 - \tanh^2(u_t)) W"
GATE = r"\frac{\partial L}{\partial c_t}"
GATE_TRUE = (
    rf"{GATE} = {SLOPE} \odot {DH} + f_{{t+1}} \odot "
    r"\frac{\partial L}{\partial c_{t+1}}"
)

# -- times, initial states ------------------------------------------------
TIMES = [
    ("carry", r"h_t = \tanh(c_t)", True),
    ("carry", r"h_s = \tanh(c_s)", True),
    ("carry", r"h_t = \tanh(c_t) + h_0 - h_0", True),
    ("carry", r"h_0 = \tanh(c_0)", True),
    ("carry", r"h_0 = \tanh(c_1)", False),
    ("carry", r"f_t = \sigma(A x_t + B \tanh(c_{t-1}))", True),
    ("carry", r"f_t = \sigma(A x_t + B \tanh(c_t))", False),
    (
        "carry",
        r"\frac{\partial L}{\partial A} = \sum_{t=1}^{T} (f_t \odot "
        rf"(1 - f_t) \odot (c_{{t-1}} - x_t) \odot {GATE}) x_t^\top",
        True,
    ),
    (
        "carry",
        r"\frac{\partial L}{\partial B} = \sum_{t=1}^{T} (f_t \odot "
        rf"(1 - f_t) \odot (c_{{t-1}} - x_t) \odot {GATE}) "
        r"\tanh(c_{t-1})^\top",
        True,
    ),
    ("carry", r"h_t^2 = \tanh(c_t) \odot h_t", True),
    ("carry", GATE_TRUE, True),
    ("carry", GATE_TRUE.replace("f_{t+1}", "f_t"), False),
    ("carry", rf"{GATE} = {SLOPE} \odot {DH}", False),
    (
        "carry",
        r"\frac{\partial^{+} h_t}{\partial c_t} = "
        r"\operatorname{diag}(1 - h_t^2)",
        True,
    ),
    (
        "carry",
        r"c_t = \left(\prod_{j=1}^{t} f_j\right) \odot c_0 + "
        r"\sum_{k=1}^{t} \left(\prod_{j=k+1}^{t} f_j\right) \odot "
        r"(1 - f_k) \odot x_k",
        True,
    ),
    (
        "carry",
        r"c_t = \left(\prod_{j=1}^{t} f_j\right) \odot c_0 + "
        r"\sum_{k=1}^{t} \left(\prod_{j=k}^{t} f_j\right) \odot "
        r"(1 - f_k) \odot x_k",
        False,
    ),
    (
        "layers",
        r"\frac{\partial L}{\partial g_t} = C^\top ((1 - h_t^2) \odot "
        rf"{DH}) + B^\top ((1 - g_{{t+1}}^2) \odot "
        r"\frac{\partial L}{\partial g_{t+1}})",
        True,
    ),
    (
        "layers",
        r"\frac{\partial L}{\partial g_t} = C^\top ((1 - h_t^2) \odot "
        rf"{DH}) + B^\top \frac{{\partial L}}{{\partial g_{{t+1}}}}",
        False,
    ),
    ("layers", r"h_t = \tanh(C g_t + D h_{t-1})", True),
    (
        "elman",
        r"\frac{\partial h_t}{\partial b_p} = \sum_{k=0}^{t} "
        r"\frac{\partial h_t}{\partial h_k} "
        r"\frac{\partial^{+} h_k}{\partial b_p}",
        True,
    ),
    (
        "elman",
        r"\frac{\partial h_t}{\partial b_p} = \sum_{k=0}^{t-1} "
        r"\frac{\partial h_t}{\partial h_k} "
        r"\frac{\partial^{+} h_k}{\partial b_p}",
        False,
    ),
    ("elman", r"\frac{\partial^{+} h_0}{\partial W_{ij}} = 0", True),
    ("elman", r"\frac{\partial^{+} h_1}{\partial b_i} = 0", False),
    (
        "elman",
        r"\frac{\partial h_t}{\partial W_{pq}} = \sum_{k=1}^{t} "
        r"\frac{\partial h_t}{\partial h_k} "
        r"\frac{\partial^{+} h_{k-1}}{\partial W_{pq}}",
        False,
    ),
]
# -- lengths, steps named by a number, sums past the end ------------------
LENGTHS = [
    ("elman", GRADIENT, True),
    ("elman", GRADIENT + r" + (T-3)(T-4)(T-5)(T-6) b", False),
    ("elman", GRADIENT + r" + (T-1)(T-3)(T-5) b", False),
    ("elman", GRADIENT + r" + (T-1)(T-2)(T-3)(T-4)(T-5)(T-6) b", False),
    ("elman", r"T (T-1) (T-2) b = 0 \cdot b", False),
    ("elman", GRADIENT.replace("{T}", "{7}"), False),
    ("elman", GRADIENT.replace("{T}", "{6}"), False),
    ("elman", GRADIENT.replace("{T}", "{1}"), False),
    ("elman", r"\frac{\partial L}{\partial h_7} = 0", False),
    ("elman", r"\frac{\partial L}{\partial h_{T+1}} = 0", True),
    (
        "readout",
        r"\frac{\partial L}{\partial h_4} = V^\top "
        r"\frac{\partial L}{\partial z_4} + W^\top ((1 - h_5^2) \odot "
        r"\frac{\partial L}{\partial h_5})",
        True,
    ),
    (
        "readout",
        r"\frac{\partial L}{\partial h_4} = V^\top "
        r"\frac{\partial L}{\partial z_4}",
        False,
    ),
    (
        "readout",
        r"\frac{\partial L}{\partial h_6} = V^\top "
        r"\frac{\partial L}{\partial z_6}",
        False,
    ),
    (
        "readout",
        r"\frac{\partial L}{\partial h_T} = V^\top "
        r"\frac{\partial L}{\partial z_T}",
        True,
    ),
    (
        "readout",
        r"\frac{\partial L}{\partial h_{T-2}} = V^\top "
        r"\frac{\partial L}{\partial z_{T-2}} + W^\top "
        r"((1 - h_{T-1}^2) \odot \frac{\partial L}{\partial h_{T-1}})",
        True,
    ),
    ("elman", r"h_8 = \tanh(a_8)", True),
    ("elman", r"h_8 = \tanh(a_7)", False),
    ("elman", r"h_{40} = \tanh(a_{40})", None),
    (
        "elman",
        rf"{DB} = \sum_{{t=1}}^{{T+5}} \frac{{\partial L}}{{\partial a_t}}",
        True,
    ),
    (
        "elman",
        rf"{DB} = \sum_{{t=1}}^{{T-1}} \frac{{\partial L}}{{\partial a_t}}",
        False,
    ),
    ("elman", GRADIENT.replace("{T}", "{T+1}"), None),
]
# -- the unspecified loss --------------------------------------------------
LOSS = [
    (
        "elman",
        r"\frac{\partial l(h_t, y_t)}{\partial h_t} = "
        r"\cos(h_t + 2 y_t) + h_t + 0.3",
        False,
    ),
    ("elman", r"l(h_t, y_t) = l(y_t, h_t)", False),
    ("elman", r"L = \sum_{t=1}^{T} l(h_t, y_t)", True),
    ("elman", r"l(h_t, y_t) = l(\tanh(a_t), y_t)", True),
    ("elman", r"l(h_t, y_t) = l(h_t, h_t)", False),
]
# -- multiples of the identity, empty sums and products --------------------
IDENTITY = [
    ("leaky", rf"{STEP} = (1 - \alpha) I + {DIAG}", True),
    ("leaky", rf"{STEP} = {DIAG} + I - \alpha I", True),
    (
        "leaky",
        rf"{STEP} = I + \alpha (\operatorname{{diag}}"
        r"(1 - \tanh^2(u_t)) W - I)",
        True,
    ),
    ("leaky", rf"{STEP} = (1 + \alpha) I + {DIAG}", False),
    ("leaky", rf"{STEP} = (1 - \alpha) + {DIAG}", False),
    ("linear", rf"{STEP} = \lambda I", True),
    ("linear", rf"{STEP} = \frac{{1}}{{2}} I", False),
    ("linear", rf"{STEP} = \lambda (2 I - I)", True),
    ("linear", rf"{STEP} = \frac{{\lambda}}{{2}} (I + I)", True),
    ("linear", rf"{STEP} = \frac{{I}}{{2}} \lambda \cdot 2", True),
    ("linear", rf"{STEP} = -(-\lambda I)", True),
    ("linear", rf"{STEP} = \lambda I^\top", True),
    ("linear", rf"{STEP} = (\lambda I)^1", True),
    ("linear", rf"{STEP} = 2 \lambda I", False),
    ("linear", rf"{STEP} = \lambda", False),
    ("linear", r"\frac{\partial h_s}{\partial h_t} = \lambda^{s-t} I", True),
    ("linear", r"\frac{\partial h_t}{\partial h_0} = \lambda^{t} I", True),
    ("linear", r"\frac{\partial h_t}{\partial h_0} = \lambda^{t-1} I", False),
    (
        "linear",
        r"\frac{\partial h_t}{\partial h_k} = "
        r"\left(\prod_{i=k+1}^{t} \lambda\right) I",
        True,
    ),
    ("elman", r"2 I = 2", False),
    ("elman", r"h_{t,k} I = h_{t,k}", False),
    ("elman", r"W + 2 I - I - I = W", True),
    ("elman", r"W I h_t = W h_t", True),
    ("elman", r"W (2 I) h_t = W h_t", False),
    ("readout", r"h_t = h_t + 0 z_t", False),
    ("readout", r"h_t = h_t + 0 h_t", True),
    ("elman", r"\sum_{k=t+1}^{t} h_k = 0", True),
    (
        "elman",
        r"\frac{\partial h_t}{\partial h_k} = \prod_{t \ge i > k} "
        r"\frac{\partial h_i}{\partial h_{i-1}}",
        False,
    ),
]
# -- zero and cancellation -------------------------------------------------
DIGITS = [
    ("elman", r"h_t = h_t + \frac{0}{1 - 1}", None),
    ("elman", r"\frac{h_t - h_t}{h_t - h_t} = 1", False),
    ("elman", r"h_t = h_t + 10^{-11}", False),
    ("elman", r"h_t = h_t + \frac{1}{10^{11}} h_t", False),
    ("elman", GRADIENT + r" + (10^{11} + 10^{-5}) b - 10^{11} b", None),
    ("elman", GRADIENT + r" + (10^{12} + 10^{-5}) b - 10^{12} b", None),
    ("elman", GRADIENT + r" + (10^{11} + 10^{-7}) b - 10^{11} b", None),
    ("elman", r"(10^{11} + 10^{-5}) b - 10^{11} b = 0", None),
    ("elman", r"(b + W h_0) - W h_0 - b = (U x_1 - U x_1)", None),
    ("elman", r"h_t - \tanh(a_t) = 0", True),
    ("elman", r"U x_t + b - U x_t - b = 0", True),
    ("elman", r"1000 h_t = 10^3 h_t", True),
    ("saturated", r"h_t = \sigma(a_t)", None),
    ("saturated", r"\tanh(a_t) = \sigma(a_t)", None),
    ("saturated", r"z_t = V \sigma(a_t)", None),
    ("saturated", r"z_t = V \tanh(a_t)", True),
    ("saturated", r"h_t^2 = 1", None),
    ("saturated", r"h_t = h_{t-1}", False),
    ("saturated", r"\frac{\partial L}{\partial a_t} = 0", False),
    (
        "saturated",
        r"\frac{\partial L}{\partial a_t} = 2 (1 - h_t^2) \odot "
        rf"{DH}",
        None,
    ),
    ("saturated", rf"{DH} = V^\top \frac{{\partial L}}{{\partial z_t}}", None),
    (
        "saturated",
        rf"{DH} = V^\top \frac{{\partial L}}{{\partial z_t}} "
        r"+ W^\top \frac{\partial L}{\partial a_{t+1}}",
        True,
    ),
    (
        "saturated",
        rf"{DH} = 2 V^\top \frac{{\partial L}}{{\partial z_t}}",
        False,
    ),
]
CASES = [*TIMES, *LENGTHS, *LOSS, *IDENTITY, *DIGITS]


def answer(network, latex):
    """True, False, or None for a refusal; a wrong shape is False."""
    found = check(latex, DEFINED[network], hints=False)
    if found.error is not None and found.error.kind != "shape":
        return None
    return bool(found)


@pytest.mark.parametrize(("network", "latex", "right"), CASES)
def test_a_line_gets_the_right_verdict(network, latex, right):
    assert answer(network, latex) is right


# In double precision the witness does not see what saturates, nor what is
# smaller than 1e-45.
@pytest.mark.parametrize(
    ("network", "latex", "right"),
    [c for c in CASES if c[2] is not None and c[0] != "saturated"],
)
def test_the_witness_says_the_same_or_nothing(network, latex, right):
    seen, why = witness.verdict(latex, NETWORKS[network])
    assert seen in ("unread", right), why


def test_most_lines_are_judged_and_the_witness_reads_most():
    judged = [c for c in CASES if c[2] is not None]
    assert len(judged) > 80
    seen = [witness.verdict(c[1], NETWORKS[c[0]])[0] for c in judged]
    assert seen.count("unread") < len(judged) / 3


# -- where it holds --------------------------------------------------------


def test_what_an_initial_state_breaks_holds_from_the_first_step():
    rows = [
        r"g_t = \tanh(A x_t + B g_{t-1})",
        r"h_t = C g_t + D x_t + 0 \cdot h_{t-1}",
        SUM,
    ]
    network = define(rows, shapes={"C": "n×n", "D": "n×d", "x_t": "d×1"})
    line = r"\frac{\partial h_t}{\partial g_t} = C"
    verdict = check(line, network, hints=False)
    assert verdict
    assert verdict.domain == "every t, t ≥ 1"


def test_a_line_says_how_long_a_sequence_it_needs():
    line = LENGTHS[14][1]
    verdict = check(line, DEFINED["readout"], hints=False)
    assert verdict.domain == "T ≥ 3"
    assert verdict.networks == 15
    assert "T ≥ 3, on 15 random networks" in repr(verdict)


def test_a_sum_past_the_end_is_said():
    line = LENGTHS[-3][1]
    verdict = check(line, DEFINED["elman"], hints=False)
    assert "beyond T every gradient is zero" in repr(verdict)
    assert "beyond T" not in repr(check(GRADIENT, DEFINED["elman"]))


def test_lengths_one_and_longer_ones_are_drawn():
    lengths = DEFINED["elman"].network.lengths
    assert 1 in lengths
    assert max(lengths) >= 9
    longest = {max(n.network.lengths) for n in DEFINED.values()}
    assert len(longest) > 1


@pytest.mark.parametrize(
    ("network", "latex", "words"),
    [
        (
            "readout",
            rf"{DH} = V^\top \frac{{\partial L}}{{\partial z_t}}",
            "it holds at t = T only: is a term from t + 1 missing?",
        ),
        (
            "elman",
            rf"{STEP} = W \operatorname{{diag}}(1 - h_t^2)",
            "it holds for n = 1 only",
        ),
        (
            "readout",
            rf"{DH} = V \frac{{\partial L}}{{\partial z_t}} + W ((1 - "
            r"h_{t+1}^2) \odot \frac{\partial L}{\partial h_{t+1}})",
            r"it holds with every ⊤ added: V^\top",
        ),
        (
            "elman",
            r"\frac{\partial L}{\partial U} = \sum_{t=1}^{T} "
            r"\frac{\partial L}{\partial a_t}^\top x_t",
            "it holds for d = n = 1 only",
        ),
        ("elman", r"h_t = 2 \tanh(a_t)", ""),
    ],
)
def test_where_a_wrong_line_holds_is_said(network, latex, words):
    verdict = check(latex, DEFINED[network], hints=False)
    assert not verdict
    assert words in verdict.where
    assert bool(words) is bool(verdict.where)
    assert not words or verdict.where in repr(verdict).splitlines()


ANY_TARGETS = [
    r"h_t = \tanh(U x_t + W h_{t-1})",
    r"z_t = V h_t",
    r"p_t = \operatorname{softmax}(z_t)",
    r"L = -\sum_t \sum_k y_{t,k} \log p_{t,k}",
]
TIME_ABOVE = [
    r"h^{(t)} = \tanh(U x^{(t)} + W h^{(t-1)})",
    r"z^{(t)} = V h^{(t)}",
    r"p^{(t)} = \operatorname{softmax}(z^{(t)})",
    r"L = -\sum_t \sum_k y^{(t)}_k \log p^{(t)}_k",
]
ONE_STEP = [
    r"z = V h",
    r"p = \operatorname{softmax}(z)",
    r"L = -y^\top \log p",
]


@pytest.mark.parametrize(
    ("rows", "line", "row"),
    [
        (
            ANY_TARGETS,
            r"\frac{\partial L}{\partial z_t} = p_t - y_t",
            r"\sum_k y_{t,k} = 1",
        ),
        (
            TIME_ABOVE,
            r"\frac{\partial L}{\partial z^{(t)}} = p^{(t)} - y^{(t)}",
            r"\sum_k y_{k}^{(t)} = 1",
        ),
        (
            ONE_STEP,
            r"\frac{\partial L}{\partial z} = p - y",
            r"\sum_k y_k = 1",
        ),
    ],
)
def test_a_line_that_needs_targets_that_add_up_to_one(rows, line, row):
    verdict = check(line, define(rows), hints=False)
    assert not verdict
    assert verdict.where.endswith(f"add the forward row {row}")
    assert check(line, define([*rows, row]), hints=False)
    other = check(line.replace("p", "2 p", 1), define(rows), hints=False)
    assert not other.where


def test_more_lengths_are_drawn_for_numbers_of_steps():
    line = r"\left(\sum_{k=1}^{T} k^3\right) b = \frac{T^2 (T+1)^2}{4} b"
    verdict = check(line, DEFINED["elman"], hints=False)
    assert verdict
    assert verdict.networks > 20
    assert f"on {verdict.networks} random networks" in repr(verdict)
    many = " ".join(f"(T-{k})" for k in range(1, 20))
    refused = check(f"{many} b = b", DEFINED["elman"], hints=False)
    assert "too many numbers of steps" in refused.error.message


def test_a_step_of_a_row_exists_on_every_network():
    rows = [r"h_t = \tanh(U x_t + W h_{t-1})", r"L = l(h_3, y_3)"]
    network = define(rows)
    assert min(network.network.lengths) == 3
    line = r"\frac{\partial L}{\partial W} = \sum_{t=1}^{3} \left((1 - h_t^2)"
    line += r" \odot \frac{\partial L}{\partial h_t}\right) h_{t-1}^\top"
    assert check(line, network)


def test_an_initial_state_that_a_row_could_give_may_be_given():
    given = r"\frac{\partial L}{\partial c_0} = f_1 \odot "
    given += r"\frac{\partial L}{\partial c_1}"
    computed = given + r" + (1 - h_0^2) \odot \frac{\partial L}{\partial h_0}"
    verdict = check(given, DEFINED["carry"], hints=False)
    assert verdict
    assert "h_0 is taken as given" in repr(verdict)
    verdict = check(computed, DEFINED["carry"], hints=False)
    assert verdict
    assert "given" not in repr(verdict)
    assert not check(f"{given} \\odot f_1", DEFINED["carry"], hints=False)


def test_what_is_fed_back_may_be_given_at_the_start():
    rows = [
        r"a_t = W h_{t-1} + F \hat y_{t-1}",
        r"h_t = \tanh(a_t)",
        r"\hat y_t = \operatorname{softmax}(V h_t)",
        r"L = \sum_{t=1}^{T} l(\hat y_t, y_t)",
    ]
    line = r"\frac{\partial L}{\partial h_0} = W^\top "
    line += r"\frac{\partial L}{\partial a_1}"
    verdict = check(line, define(rows))
    assert verdict
    assert r"\hat y_0 is taken as given" in repr(verdict)
    started = define([*rows, r"\hat y_0 = 0"])
    assert "given" not in repr(check(line, started))
    wrong = line.replace(r"W^\top", "W")
    assert not check(wrong, define(rows), hints=False)


@pytest.mark.parametrize(
    "line",
    [
        r"h_t = \sigma(a_t)",
        r"a_t = U x_t + W h_{t-1} + 60",
        r"z_t = V h_t",
        r"V h_t = V \sigma(a_t)",
    ],
)
def test_a_row_of_its_own_holds_where_a_network_saturates(line):
    rows = [
        r"a_t = U x_t + W h_{t-1} + 60",
        r"h_t = \sigma(a_t)",
        *SATURATED[2:],
    ]
    network = define(rows)
    assert check(line, network)
    for other in (r"h_t = \tanh(a_t)", r"z_t = V \tanh(a_t)"):
        assert not check(other, network)


# -- undecided is not false ------------------------------------------------


@pytest.mark.parametrize(
    ("network", "latex"),
    [
        ("saturated", r"h_t = \sigma(a_t)"),
        ("elman", r"h_t = h_t + 10^{-15} b"),
        ("elman", r"h_t = \tanh(a_t) = h_t^{300}"),
        ("elman", r"h_t = \tanh(a_t) \\ h_{40} = 0"),
        ("elman", r"h_t = \tanh(a_t) = h_t + \frac{0}{1 - 1}"),
    ],
)
def test_what_cannot_be_judged_is_not_said_to_be_false(network, latex):
    verdict = check(latex, DEFINED[network], hints=False)
    assert not verdict
    assert verdict.record()["verdict"] == "refused"
    assert repr(verdict).startswith("cannot be judged")
    assert "does not hold" not in repr(verdict)
    assert "cannot be judged" in verdict._repr_html_()


# -- displays of several rows ----------------------------------------------


@pytest.mark.parametrize("sign", [r"\odot \\", r"\\ \odot", r"\\ & \odot"])
def test_a_display_may_be_broken_at_a_sign_for_a_product(sign):
    line = rf"\frac{{\partial L}}{{\partial a_t}} &= (1 - h_t^2) {sign} {DH}"
    verdict = check(
        rf"\begin{{aligned}} {line} \end{{aligned}}", DEFINED["elman"]
    )
    assert verdict
    assert r"\\" not in verdict.steps[0].right
    assert mutants(line, DEFINED["elman"])


def test_only_an_equation_has_altered_versions():
    with pytest.raises(ReadingError, match="a left and a right side"):
        mutants(r"\tanh(a_t)", DEFINED["elman"])


# -- small Greek letters -----------------------------------------------------

LAYER_NORM = r"h_t = \gamma \odot \tanh(W h_{t-1} + U x_t) + \beta"


def test_small_greek_letters_are_what_fits():
    table = {row[0]: row for row in define([LAYER_NORM, SUM]).explained()}
    for letter in (r"\gamma", r"\beta"):
        assert table[letter][2:] == ("n×1", "row of h_t; only a column fits")
    table = {row[0]: row for row in DEFINED["leaky"].explained()}
    assert table[r"\alpha"][2] == "1×1"


@pytest.mark.parametrize(
    "row",
    [
        r"h_t = \tanh(\theta h_{t-1} + U x_t)",
        r"h_t = \tanh(W h_{t-1} + \eta x_t)",
        r"h_t = \tanh(\theta_h h_{t-1} + \theta_x x_t)",
    ],
)
def test_a_small_greek_letter_that_may_be_a_matrix_is_asked_about(row):
    with pytest.raises(DefinitionError, match="a number or a matrix"):
        define([row, SUM])


def test_the_answer_about_a_greek_letter_is_taken():
    row = r"h_t = \tanh(\theta h_{t-1} + U x_t)"
    line = rf"{STEP} = \operatorname{{diag}}(1 - h_t^2) \theta"
    for kind in ("matrix", "scalar"):
        network = define([row, SUM], shapes={r"\theta": kind})
        turned = check(line + r"^\top", network, hints=False)
        assert bool(turned) is (kind == "scalar")


# -- declared lengths ------------------------------------------------------

THREE = [r"h_t = \tanh(U x_t + W h_{t-1})", SUM.replace("{T}", "{3}")]
W_SUM = (
    r"\frac{\partial L}{\partial W} = \sum_{t=1}^{3} "
    rf"({SLOPE} \odot {DH}) h_{{t-1}}^\top"
)


def test_a_length_is_declared_or_asked_for():
    with pytest.raises(Exception, match="length=3"):
        define(THREE)
    network = define(THREE, length=3)
    assert check(W_SUM, network)
    assert check(W_SUM.replace("{3}", "{T}"), network)
    assert not check(W_SUM.replace("{3}", "{2}"), network, hints=False)
    beyond = check(W_SUM.replace("{3}", "{4}"), network)
    assert beyond.error.message.startswith("there is no step 4")
    with pytest.raises(Exception, match="length=3"):
        define(THREE, length=4)


@pytest.mark.parametrize("length", [0, -1, 1000])
def test_a_length_that_cannot_be_is_refused(length):
    with pytest.raises(ValueError, match="length"):
        define(ELMAN, length=length)


# -- two unspecified functions ---------------------------------------------


def test_two_unspecified_functions_differ():
    rows = [
        r"h_t = \tanh(U x_t + W h_{t-1})",
        r"p_t = l(h_t, y_t)",
        r"q_t = m(h_t, y_t)",
        r"L = \sum_{t=1}^{T} (p_t + q_t)",
    ]
    declared = define(rows, functions={"l": "loss", "m": "loss"})
    assert check("p_t = l(h_t, y_t)", declared)
    assert not check("p_t = m(h_t, y_t)", declared, hints=False)
    assert not check("p_t = q_t", declared, hints=False)


# -- orders of Jacobians ---------------------------------------------------


def test_jacobians_in_the_wrong_order_are_a_question():
    line = (
        r"\frac{\partial h_t}{\partial h_k} = \prod_{i=k+1}^{t} "
        r"\frac{\partial h_i}{\partial h_{i-1}}"
    )
    asked = check(line, define(ELMAN, layout="chain"), hints=False)
    assert "in the other order" in asked.error.message
    down = define(ELMAN, layout="chain", order="descending")
    assert check(line, down)
    by_condition = line.replace("_{i=k+1}^{t}", r"_{t \ge i > k}")
    verdict = check(by_condition, down)
    assert verdict.domain == "every t, every k, k ≤ t"


# -- given -----------------------------------------------------------------

NEXT = r"\frac{\partial L}{\partial c_{t+1}}"


@pytest.mark.parametrize(
    ("network", "latex", "given", "right"),
    [
        ("carry", f"{GATE} = {GATE}", [DH, NEXT], False),
        ("carry", f"{GATE} = {GATE}", [GATE], False),
        ("carry", rf"{GATE} = {GATE} \odot f_t / f_t", [NEXT], False),
        (
            "carry",
            rf"{GATE} = \sum_{{s=t}}^{{t}} "
            r"\frac{\partial L}{\partial c_s}",
            [NEXT],
            False,
        ),
        ("carry", GATE_TRUE, [DH, NEXT], True),
        ("carry", GATE_TRUE, [DH, GATE], False),
        ("carry", GATE_TRUE, [NEXT], False),
        (
            "carry",
            GATE_TRUE.replace("_t", "_s").replace("{t+1}", "{s+1}"),
            [DH, NEXT],
            True,
        ),
        ("elman", GRADIENT, [DH], True),
        ("elman", GRADIENT, [r"\frac{\partial L}{\partial h_s}"], True),
        ("elman", GRADIENT, [], False),
        ("elman", f"{DB} = {DB}", [DB], False),
        ("elman", "b = b", [], False),
    ],
)
def test_what_is_given_has_a_time(network, latex, given, right):
    verdict = check(latex, DEFINED[network], given=given, hints=False)
    assert verdict.error is None
    assert all(step.holds for step in verdict.steps)
    assert bool(verdict) is right
    assert bool(verdict.not_given) is not right


# -- the same answer in any order, in any process --------------------------

ORDER = """
import json, random, sys
sys.path.insert(0, sys.argv[2])
from test_verdicts import CASES, NETWORKS, check, define
cases = list(enumerate(CASES))[:: int(sys.argv[3])]
random.Random(int(sys.argv[1])).shuffle(cases)
networks = {name: define(rows) for name, rows in NETWORKS.items()}
said = {n: repr(check(c[1], networks[c[0]])) for n, c in cases}
print(json.dumps([said[n] for n in sorted(said)]))
"""


def test_the_same_line_gets_the_same_record_in_any_process():
    said = set()
    for seed in range(3):
        run = subprocess.run(
            [
                sys.executable,
                "-c",
                ORDER,
                str(seed),
                os.path.dirname(__file__),
                "5",
            ],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
        )
        said.add(run.stdout)
    assert len(said) == 1
    assert len(json.loads(said.pop())) > 15
