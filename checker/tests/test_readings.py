"""What people type is read, as they mean it, or asked about.

The truth of a line is that of the same claim in the notation of its network,
which the witness decides.
"""

import tomllib
from pathlib import Path

import numpy as np
import pytest
import witness

from derivations import Exercise, check, define
from derivations.errors import DefinitionError
from derivations.latex.source import Source
from derivations.latex.spelling import spelled

HERE = Path(__file__).parent


def cases(name):
    text = (HERE / "cases" / f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


NETWORKS = cases("networks")
LINES = {
    f"{group} {number}": {"notation": "BOOK", **line}
    for group, lines in cases("readings").items()
    for number, line in lines.items()
}
DEFINED = {}


def notation(name):
    if name not in DEFINED:
        DEFINED[name] = define(**NETWORKS[name])
    return DEFINED[name]


@pytest.mark.parametrize("name", LINES)
def test_a_typed_line_gets_the_verdict_of_what_it_means(name):
    line = LINES[name]
    verdict = check(line["line"], notation(line["notation"]), hints=False)
    if "right" not in line:
        assert verdict.error.kind == "reading"
        assert verdict.error.column is not None
        assert not verdict.steps
        return
    assert verdict.error is None or verdict.error.kind == "shape"
    assert bool(verdict) is line["right"]


@pytest.mark.parametrize(
    "name", [name for name, line in LINES.items() if "right" in line]
)
def test_what_a_line_means_is_as_the_witness_says(name):
    line = LINES[name]
    network = NETWORKS[line["notation"]]
    seen, why = witness.verdict(line["means"], **network)
    assert seen is line["right"], why
    read = check(line["line"], notation(line["notation"]), hints=False)
    seen, why = witness.verdict(read.text, **network)
    assert seen in ("unread", line["right"]), why


LOSS = r"L = \sum_{t=1}^{T} l(h_t, y_t)"
SLOPE = r"\frac{\partial h_t}{\partial h_{t-1}} = "
SLOPE += r"\operatorname{diag}(1-h_t^2) W"
# Rows as they are printed, and as they are read.
PLAIN = [r"h_t = \tanh(W h_{t-1} + U x_t)", LOSS]
ROWS = {
    "words": ([r"h_t = tanh(W h_{t-1} + U x_t)", LOSS], PLAIN),
    "rm": ([r"h_t = {\rm tanh}(W h_{t-1} + U x_t)", LOSS], PLAIN),
    "fonts": (
        [
            r"\vec{h}_t = \tanh(\mathbf W \vec h_{t-1} + \mathbf{U} \vec x_t)",
            r"\mathcal{L} = \sum_{t=1}^{T} l(\boldsymbol{h}_t, \mathbf{y}_t)",
        ],
        PLAIN,
    ),
    "fences": ([f"${PLAIN[0]}$", rf"\[{LOSS}\]"], PLAIN),
    "align": (
        [
            r"\begin{align} h_t &= \tanh(W h_{t-1} + U x_t) \\"
            r" L &= \sum_{t=1}^{T} l(h_t, y_t) \end{align}"
        ],
        PLAIN,
    ),
    "comma": ([rf"{PLAIN[0]}, \quad {LOSS}"], PLAIN),
    "array": (
        [rf"\begin{{array}}{{l}} {PLAIN[0]} \\ {LOSS} \end{{array}}"],
        PLAIN,
    ),
    "bracket time": (
        [
            "h(t) = tanh(W h(t-1) + U x(t))",
            r"L = \sum_{t=1}^{T} l(h(t), y(t))",
        ],
        PLAIN,
    ),
    "square time": (
        [
            r"h[t] = \tanh(W h[t-1] + U x[t])",
            r"L = \sum_{t=1}^{T} l(h[t], y[t])",
        ],
        PLAIN,
    ),
    "raised time": (
        [r"h^t = \tanh(W h^{t-1} + U x^t)", r"L = \sum_{t=1}^{T} l(h^t, y^t)"],
        PLAIN,
    ),
    "another letter": (
        [r"h_k = \tanh(W h_{k-1} + U x_k)", r"L = \sum_{k=1}^{T} l(h_k, y_k)"],
        PLAIN,
    ),
    "remark": ([rf"{PLAIN[0]} \quad (t = 1, 2, \ldots, T)", LOSS], PLAIN),
    "sizes": (
        [rf"{PLAIN[0]}, \quad W \in \mathbb{{R}}^{{n \times n}}", LOSS],
        PLAIN,
    ),
    "arguments": ([PLAIN[0], r"L(W, U) = \sum_{t=1}^{T} l(h_t, y_t)"], PLAIN),
    "length": ([PLAIN[0], LOSS.replace("{T}", "{T_x}")], PLAIN),
    "dots": (
        [PLAIN[0], "L_t = l(h_t, y_t)", r"L = L_1 + L_2 + \dots + L_T"],
        [PLAIN[0], "L_t = l(h_t, y_t)", r"L = \sum_{s=1}^{T} L_s"],
    ),
    "chain": (
        [
            r"h_t = \tanh(a_t) = \tanh(W h_{t-1} + U x_t)",
            "a_t = W h_{t-1} + U x_t",
            LOSS,
        ],
        [r"h_t = \tanh(a_t)", "a_t = W h_{t-1} + U x_t", LOSS],
    ),
    "transposes": (
        [
            r"h_t = \tanh(W^T h_{t-1} + U' x_t)",
            r"L = \sum_{t=1}^{T} (h_t - y_t)^{\mathsf T} (h_t - y_t)",
        ],
        [
            r"h_t = \tanh(W^\top h_{t-1} + U^\top x_t)",
            r"L = \sum_{t=1}^{T} (h_t - y_t)^\top (h_t - y_t)",
        ],
    ),
    "transposed": (
        ["q_t^T = h_t^T V", *PLAIN[:1], LOSS.replace("h_t", "q_t")],
        [r"q_t = V^\top h_t", *PLAIN[:1], LOSS.replace("h_t", "q_t")],
    ),
    "otimes": (
        [r"f_t = \sigma(A x_t)", r"h_t = f_t \otimes h_{t-1} * x_t", LOSS],
        [r"f_t = \sigma(A x_t)", r"h_t = f_t \odot h_{t-1} \odot x_t", LOSS],
    ),
    "unicode": (
        ["hₜ = tanh(W hₜ₋₁ + U xₜ)", "L = ∑_{t=1}^T l(hₜ, yₜ)"],
        PLAIN,
    ),
    "names above": (
        [r"h_t = \tanh(W^{hh} h_{t-1} + W^{hx} x_t)", LOSS],
        [r"h_t = \tanh(W_{hh} h_{t-1} + W_{hx} x_t)", LOSS],
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_rows_define_the_network_that_they_are_read_as(name):
    typed, plain = ROWS[name]
    read, meant = define(typed), define(plain)
    assert sorted(read.table()) == sorted(meant.table())
    # Each row of the one network is a true claim about the other.
    for row in plain:
        assert check(row, read, hints=False), row
    for row in typed:
        assert check(row, meant, hints=False), row


@pytest.mark.parametrize("name", ["words", "raised time", "dots"])
def test_a_notation_says_how_its_rows_were_read(name):
    read = define(ROWS[name][0])
    assert "read as: " in repr(read)
    assert "read as: " in read._repr_html_()
    assert "read as" not in repr(define(PLAIN))


REFUSED = [
    # The further side of a chain says something else.
    (
        [r"h_t = \tanh(a_t) = \sigma(a_t)", "a_t = W h_{t-1} + x_t", LOSS],
        "not equal to the one before",
    ),
    ([rf"{PLAIN[0]} \quad (t > 3)", LOSS], "holds at every step"),
    ([rf"{PLAIN[0]}, \quad t = 2, \dots, T", LOSS], "holds at every step"),
    # A function is no symbol with an argument.
    ([r"f(x) = \tanh(x)", "h_t = f(W h_{t-1} + x_t)", LOSS], "a function"),
    ([r"h_t = \tanh(W h_{t-1} + x^t)", LOSS], "write x_t"),
    ([PLAIN[0], LOSS.replace("{T}", "{T_x}"), "z = b_{T_y}"], ""),
    (["h_t = @", LOSS], "without a sign"),
]


@pytest.mark.parametrize(("rows", "words"), REFUSED)
def test_rows_that_are_not_understood_are_refused(rows, words):
    with pytest.raises(DefinitionError) as caught:
        define(rows)
    assert words in str(caught.value)


def test_a_function_may_be_a_pair_and_is_a_name_or_a_function_else():
    rows = [r"h_t = \text{act}(W h_{t-1} + U x_t)", LOSS]
    tanh = (np.tanh, lambda x: 1 - np.tanh(x) ** 2)
    assert check(SLOPE, define(rows, functions={"act": tanh}))
    for wrong in (np.tanh, 3, (np.tanh,), None):
        with pytest.raises(TypeError, match="a function with its slope"):
            define(rows, functions={"act": wrong})


# -- places, notes and questions -------------------------------------------

BOOK = notation("BOOK")


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        (r"∂L/∂V = ∑_t q_t h_tᵀ", "q_t"),
        (r"$\frac{dL}{dV} = \sum_t q_t h_t'$", "q_t"),
        (r"\delta(t) = V^T q_t", "q_t"),
        (r"z^{(t)} = tanh(V) + p_t", "p_t"),
        (r"h_t = h_t, \quad a_t = q_t", "q_t"),
        (r"h_t = h_t \text{ for } q < 3", "q < 3"),
        (r"h(t) = U x(t) + W h(t-1) + c", r"W h(t-1) + c"),
    ],
)
def test_an_error_points_into_what_was_typed(typed, place):
    error = check(typed, BOOK).error
    line, caret, *_ = error.pointed.split("\n")
    assert line == typed
    assert typed[error.column : caret.rindex("^") + 1] == place


def test_a_hint_changes_what_was_typed():
    typed = r"∂L/∂W = ∑_t δ_t h_tᵀ"
    verdict = check(typed, BOOK)
    hint = verdict.hints[0]
    assert r"h_{t-1}^{\top}" in hint.line
    for start, end, new in sorted(hint.changes, reverse=True):
        typed = typed[:start] + new + typed[end:]
    assert check(typed, BOOK)


def test_a_verdict_says_in_one_line_how_it_read():
    verdict = check(r"$\frac{dL}{dV} = \sum_t (ŷ_t - y_t) h(t)^T$", BOOK)
    said = "\n".join(verdict.lines())
    reading = (
        r"\frac{\partial L}{\partial V} = \sum_t (\hat y_t - y_t) h_t^\top"
    )
    assert f"read as: {reading}" in said
    assert verdict.record()["read"] == reading
    assert reading in verdict._repr_html_()
    plain = check(reading, BOOK)
    assert "read as" not in repr(plain)
    assert "read" not in plain.record()


def test_a_power_by_the_length_says_so():
    notation_ = define(
        [r"h_t = \lambda \odot h_{t-1} + x_t", "L = l(h_T, y)"],
        shapes={r"\lambda": "column"},
    )
    line = r"\frac{dL}{dh_0} = \lambda^T \odot \frac{dL}{dh_T}"
    verdict = check(line, notation_)
    assert verdict
    assert "with ^T as a power by T" in repr(verdict)
    assert not check(line.replace(r"\lambda^T", r"\lambda"), notation_)


def test_a_power_beside_other_powers_is_a_power():
    linear = notation("BOOK_LINEAR")
    line = r"h_T = W^T h_0 + \sum_{k=1}^{T} W^{T-k}(U x_k + b)"
    assert check(line, linear)
    assert not check(line.replace("W^T", r"W^\top"), linear, hints=False)
    sums = r"\frac{dL}{dh_0} = \sum_{t=1}^{T} (W^T)^t V^T (\hat y_t - y_t)"
    assert check(sums, linear)  # the end of a sum does not count steps
    assert not check(sums.replace("(W^T)", "W"), linear, hints=False)


def test_a_question_names_both_readings():
    linear = notation("BOOK_LINEAR")
    verdict = check(r"\frac{\partial h_T}{\partial h_0} = W^T", linear)
    assert verdict.error.kind == "reading"
    assert "holds with the power" in verdict.error.message
    line = r"\frac{\partial L}{\partial h_{T-1}} = V^T(\hat y_{T-1} -"
    line += r"y_{T-1}) + W^T \frac{\partial L}{\partial h_T}"
    assert "holds with the transpose" in check(line, linear).error.message
    assert check(line.replace("^T", r"^\top"), linear)


@pytest.mark.parametrize(
    "typed",
    [
        "h_t = \tanh(a_t)",
        "\frac{\\partial L}{\\partial b} = 1",
        "\beta = 1",
        "\nabla_W L = 1",
        "h_t = \vec{h}_t",
        "\rho = 1",
        "\alpha = 1",
    ],
)
def test_a_lost_backslash_is_named(typed):
    error = check(typed, BOOK).error
    assert "write r before the quotes" in error.message
    with pytest.raises(DefinitionError, match="write r before the quotes"):
        define([typed, LOSS])


def test_white_space_is_no_lost_backslash():
    assert check("h_t\n=\n\ttanh(\n\ta_t)", BOOK)
    assert spelled("a\n  = b\tt").text == "a\n  = b\tt"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("p_t = h_t", r"here are a_t, h_t, z_t, \hat y_t"),
        (r"J = L", r"; a loss has a row, as L = \sum_t l(h_t, y_t)"),
        ("h_t = W_{hh} h_{t-1}", "did you mean W?"),
        ("h_t = W_h h_{t-1}", "did you mean W?"),
        ("h_t = U @ x_t", "without a sign"),
        ("h_t = diag", "needs an argument"),
        ("h^T = h_T", "at the time T"),
        ("dW = W", r"L or \bar L"),
        (r"L = L_1 + \dots + L_T", "dots"),
        (r"L = L_1 + L_3 + \dots + L_T", "dots"),
        (r"L = L_1 - L_2 + \dots + L_T", "dots"),
        (r"\mathbb{1}(t = T) = 1", "a relation"),
        (r"\delta_t = \delta_t \quad (b = 0)", "what is b?"),
        (r"L = \sum_t L_t, \quad t \geq 2", "what is t?"),
    ],
)
def test_an_error_says_what_to_type(line, words):
    verdict = check(line, BOOK, hints=False)
    assert not verdict
    assert words in verdict.error.message


def test_a_symbol_with_and_without_time_is_asked_about():
    lstm = notation("BOOK_LSTM")
    for line in (
        "c^t = c_t",
        "c(t) = c_t",
        r"\frac{\partial L}{\partial c^{(t)}} = \delta_{f,t}",
    ):
        verdict = check(line, lstm, hints=False)
        assert verdict.error.kind == "reading"
        assert "write c_t" in verdict.error.message


def test_an_answer_may_be_typed_as_any_line():
    exercise = Exercise(r"\frac{\partial L}{\partial h_t}", BOOK)
    right = r"V^T(ŷ_t - y_t) + W^T \delta(t+1)"
    for text in (right, f"${right}$", rf"{right}, \quad t = 1, \dots, T"):
        assert exercise.answer(text)
    wrong = exercise.answer(right.replace("(t+1)", "(t)"))
    assert wrong.state == "wrong"
    assert wrong.hint(2).endswith(" " * 59 + "^") or "^" in wrong.hint(2)


def test_an_answer_for_some_steps_alone_is_no_answer():
    exercise = Exercise(r"\frac{\partial L}{\partial h_t}", BOOK)
    for remark in (r", \quad t = T", r" \text{ for } t > T - 1"):
        answer = exercise.answer(rf"V^\top(\hat y_t - y_t){remark}")
        assert answer.state == "not asked"
        assert "at every step" in answer.why


def test_a_place_leads_back_to_what_was_typed():
    source = Source.of("abcdef").patched([(1, 3, "XYZ"), (4, 5, "")])
    assert source.text == "aXYZdf"
    assert source.place(0, 1) == (0, 1)
    assert source.place(1, 4) == (1, 3)
    assert source.place(4, 6) == (3, 6)
    again = source.patched([(2, 3, "--")])
    assert again.place(2, 4) == (1, 3)
    assert again.place(6, 7) == (5, 6)
