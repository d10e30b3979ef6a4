"""True displays hold, false ones are refuted, and the verdict says why."""

import re

import pytest

from bptt_core.book import (
    BOOK,
    BOOK_LINEAR,
    BOOK_LSTM,
    BOOK_SQUARED,
    BOOK_STEP,
    check,
    sources,
)
from derivations import define

DH = r"\frac{\partial L}{\partial h_t} = "

TRUE_BOOK = [
    r"a_t = U x_t + W h_{t-1} + b",
    r"h_t = \tanh a_t",
    r"\frac{\partial L_t}{\partial \hat y_t} = -\frac{y_t}{\hat y_t}",
    r"\frac{\partial L_t}{\partial \hat y_{t,k}}"
    r" = -\frac{y_{t,k}}{\hat y_{t,k}}",
    r"\frac{\partial \hat y_{t,k}}{\partial z_{t,j}}"
    r" = \hat y_{t,k}(\delta_{kj} - \hat y_{t,j})",
    r"\frac{\partial \hat y_{t,k}}{\partial z_{t,j}}"
    r" = \hat y_{t,k}(\mathbf{1}_{j=k} - \hat y_{t,j})",
    r"\frac{\partial \hat y_{t,k}}{\partial z_{t,j}} = \begin{cases}"
    r" \hat y_{t,k}(1 - \hat y_{t,j}) & \text{if } j = k, \\"
    r" -\hat y_{t,k}\hat y_{t,j} & \text{otherwise} \end{cases}",
    r"\frac{\partial \hat y_t}{\partial z_t}"
    r" = \operatorname{diag}(\hat y_t) - \hat y_t \hat y_t^\top",
    r"\frac{\partial L}{\partial z_t} = \hat y_t - y_t",
    r"\frac{\partial L}{\partial V}"
    r" = \sum_{t=1}^{T} (\hat y_t - y_t) h_t^\top"
    r" = \sum_{t=1}^{T} (\hat y_t - y_t) \otimes h_t",
    r"\frac{\partial z_{t,a}}{\partial V_{b c}} = \delta_{ab} h_{t,c}",
    DH + r"V^\top(\hat y_t - y_t) + W^\top \operatorname{diag}"
    r"(1-h_{t+1}^2)\frac{\partial L}{\partial h_{t+1}}",
    r"\frac{\partial h_t}{\partial h_{t-1}}"
    r" = \operatorname{diag}(1 - h_t^2) W",
    r"\frac{\partial h_s}{\partial h_t} = \overset{\leftarrow}"
    r"{\prod}_{m=t+1}^{s} \operatorname{diag}(1-h_m^2) W",
    r"\left(\frac{\partial h_s}{\partial h_t}\right)^\top"
    r" = \prod_{m=t+1}^{s} W^\top \operatorname{diag}(1-h_m^2)",
    DH + r"\sum_{s=t}^{T} \left(\overset{\rightarrow}{\prod}_{m=t+1}^{s}"
    r" W^\top \operatorname{diag}(1-h_m^2)\right) V^\top(\hat y_s - y_s)",
    r"\frac{\partial L_s}{\partial W} = \sum_{k=1}^{s}"
    r" \left(\frac{\partial L_s}{\partial h_s}\right)^\top"
    r" \frac{\partial h_s}{\partial h_k} \frac{\partial^{+} h_k}{\partial W}",
    r"\delta_t = (1-h_t^2)\odot(V^\top(\hat y_t-y_t)+W^\top\delta_{t+1})",
    r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \delta_t h_{t-1}^\top"
    r" = \sum_t \frac{\partial L}{\partial W^{(t)}}",
    r"\frac{\partial L}{\partial U} = \sum_{t=1}^T \delta_t x_t^\top",
    r"\frac{\partial L}{\partial b} = \sum_{t=1}^T \delta_t",
    r"\frac{\partial L}{\partial c} = \sum_{t=1}^T (\hat y_t - y_t)",
    r"\frac{\partial L}{\partial h_0} = W^\top \delta_1",
    r"\frac{\partial L}{\partial x_t} = U^\top \delta_t",
    r"\frac{\partial L}{\partial h_{T+1}} = 0",
    r"\frac{\partial L}{\partial L_t} = 1",
    r"\sum_k \frac{\partial L}{\partial z_{t,k}} = 0",
    r"\frac{\partial \bar L}{\partial z_t} = \frac{1}{T}(\hat y_t - y_t)",
    r"\partial L / \partial z_t = \hat y_t - y_t",
    r"\nabla_{z_t} L = \hat y_t - y_t",
    r"\frac{\partial}{\partial h_t} (V h_t + c) = V",
    r"\frac{\partial h_{t,i}}{\partial a_{t,i}} = 1 - h_{t,i}^2",
    r"\class{c-h}{h_t} = \color{red} \tanh\left(\class{c-h}{a_t}\right)",
    r"a_t = \underbrace{U x_t}_{\text{input}}"
    r" + \underbrace{W h_{t-1}}_{m} + b",
    r"\tanh'(a_t) = 1 - h_t^2 = 1 - \tanh^2(a_t)",
    r"\hat y_{t,2} = \frac{\exp(z_{t,2})}{\sum_{j} \exp(z_{t,j})}",
    r"\begin{aligned} a_1 &= U x_1 + W h_0 + b \\ h_1 &= \tanh(a_1) \\"
    r" &= \tanh(U x_1 + W h_0 + b) \end{aligned}",
]
TRUE_LSTM = [
    r"\frac{\partial L}{\partial c_t} = \frac{\partial L}{\partial h_t}"
    r"\odot o_t\odot(1-\tanh^2(c_t))"
    r" + f_{t+1}\odot\frac{\partial L}{\partial c_{t+1}}",
    r"\frac{\partial L}{\partial h_t} = V^\top(\hat y_t-y_t)"
    r"+ W_i^\top\delta_{i,t+1} + W_f^\top\delta_{f,t+1}"
    r"+ W_o^\top\delta_{o,t+1} + W_g^\top\delta_{g,t+1}",
    r"\frac{\partial^{+} c_t}{\partial c_{t-1}}=\operatorname{diag}(f_t)",
    r"\delta_{i,t} = \frac{\partial L}{\partial c_t}"
    r" \odot g_t \odot i_t \odot (1-i_t)",
    r"\frac{\partial L}{\partial c_0} = f_1 \odot"
    r" \frac{\partial L}{\partial c_1}",
    r"\frac{\partial c_t}{\partial c_{t-1}} = \operatorname{diag}(f_t)"
    r" + \left[\operatorname{diag}(c_{t-1} \odot f_t \odot (1-f_t)) W_f"
    r" + \operatorname{diag}(g_t \odot i_t \odot (1-i_t)) W_i"
    r" + \operatorname{diag}(i_t \odot (1-g_t^2)) W_g \right]"
    r" \operatorname{diag}(o_{t-1} \odot (1-\tanh^2(c_{t-1})))",
    r"\frac{\partial L}{\partial h_t} = \left(\frac{\partial^{+} z_t}"
    r"{\partial h_t}\right)^\top \frac{\partial L}{\partial z_t}"
    r" + \left(\frac{\partial^{+} h_{t+1}}{\partial h_t}\right)^\top"
    r" \frac{\partial L}{\partial h_{t+1}}"
    r" + \left(\frac{\partial^{+} c_{t+1}}{\partial h_t}\right)^\top"
    r" \frac{\partial L}{\partial c_{t+1}}",
]
TRUE_OTHER = [
    (
        BOOK_LINEAR,
        DH + r"\sum_{s=t}^{T} (W^\top)^{s-t} V^\top"
        r" (\hat y_s - y_s)",
    ),
    (BOOK_LINEAR, r"h_t = W^t h_0 + \sum_{k=1}^{t} W^{t-k} (U x_k + b)"),
    (BOOK_SQUARED, r"\frac{\partial L}{\partial z_t} = z_t - y_t"),
    (BOOK_STEP, r"\frac{\partial L}{\partial z} = \hat y - y"),
    (
        BOOK_STEP,
        r"\frac{\partial L}{\partial z_j} = \sum_k"
        r" \frac{\partial L}{\partial \hat y_k}"
        r" \frac{\partial \hat y_k}{\partial z_j}",
    ),
    (
        sources.notation("d2l"),
        r"\frac{\partial L}{\partial h_T} = W_{qh}^\top"
        r" \frac{\partial L}{\partial o_T}",
    ),
    (
        sources.notation("d2l"),
        DH + r"\sum_{i=t}^T {\left(W_{hh}^\top\right)}^{T-i}"
        r" W_{qh}^\top"
        r" \frac{\partial L}{\partial o_{T+t-i}}",
    ),
    (
        sources.notation("pytorch_rnn"),
        r"\frac{\partial L}{\partial b_{ih}}"
        r" = \frac{\partial L}{\partial b_{hh}}",
    ),
    (
        sources.notation("pytorch_lstm"),
        r"\frac{\partial L}{\partial o_t}"
        r" = \frac{\partial L}{\partial h_t} \odot \tanh(c_t)",
    ),
]
# Written in other words than the book's: a true line, and a false one that
# is written the same way.
WAYS = [
    (r"\frac12 h_t + \frac 1 2 h_t = h_t", r"\frac12 h_t = h_t"),
    (r"h_t / 2 + h_t / 2 = h_t", r"h_t / 2 = h_t"),
    (r"\hat{y_t} = \operatorname{softmax}(z_t)", r"\hat{y_t} = y_t"),
    (r"\hat{y_{t,k}} = \hat y_{t,k}", r"\hat{y_{t,k}} = y_{t,k}"),
    (r"W^{\top 2} = W^\top W^\top", r"W^{\top 2} = W W"),
    (r"W^{2\top} = (W W)^\top", r"W^{2\top} = W W"),
    (
        r"\partial^+ h_t / \partial h_{t-1}"
        r" = \frac{\partial}{\partial h_{t-1}} h_t",
        r"\partial^+ h_t / \partial h_{t-1}"
        r" = \frac{\partial}{\partial h_t} h_t",
    ),
    (
        r"\frac{\mathrm{d} L}{\mathrm{d} z_t} = \hat y_t - y_t",
        r"\frac{\mathrm{d} L}{\mathrm{d} z_t} = y_t - \hat y_t",
    ),
]
FALSE_BOOK = [
    r"a_t = U x_t + W h_t + b",
    r"\frac{\partial L}{\partial z_t} = y_t - \hat y_t",
    DH + r"V^\top(\hat y_t - y_t)",
    DH + r"V^\top(\hat y_t - y_t) + \operatorname{diag}(1-h_{t+1}^2)"
    r" W^\top \frac{\partial L}{\partial h_{t+1}}",
    r"\delta_t = (1-h_t)\odot(V^\top(\hat y_t-y_t)+W^\top\delta_{t+1})",
    r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \delta_t h_t^\top",
    r"\frac{\partial L}{\partial W} = \sum_{t=2}^T \delta_t h_{t-1}^\top",
    r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T-1} \delta_t h_{t-1}^\top",
    r"\frac{\partial h_s}{\partial h_t} = \prod_{m=t+1}^{s}"
    r" \operatorname{diag}(1-h_m^2) W",
    r"\frac{\partial \bar L}{\partial z_t} = \hat y_t - y_t",
    r"\frac{\partial h_t}{\partial W_{ab}} ="
    r" \frac{\partial^{+} h_t}{\partial W_{ab}}",
    r"\frac{\partial L}{\partial V}"
    r" = \sum_{t=1}^{T} h_t (\hat y_t - y_t)^\top",
    r"\frac{\partial L}{\partial V} = 0",
    r"\frac{\partial \hat y_{t,k}}{\partial z_{t,j}}"
    r" = \hat y_{t,k}(\delta_{kj} - \hat y_{t,k})",
    r"h_t = h_0",
]


@pytest.mark.parametrize("latex", TRUE_BOOK)
def test_true_displays_of_the_rnn_hold(latex):
    verdict = check(latex, BOOK)
    assert verdict, repr(verdict)
    assert verdict.networks == 20
    assert verdict.error is None
    assert all(step.holds and step.follows for step in verdict.steps)
    assert repr(verdict).startswith("holds: ")


@pytest.mark.parametrize(("true", "false"), WAYS)
def test_other_ways_to_write_mean_the_same(true, false):
    assert check(true, BOOK, hints=False)
    verdict = check(false, BOOK, hints=False)
    assert verdict.error is None
    assert verdict.steps[0].counterexample is not None


@pytest.mark.parametrize("latex", TRUE_LSTM)
def test_true_displays_of_the_lstm_hold(latex):
    verdict = check(latex, BOOK_LSTM)
    assert verdict, repr(verdict)


@pytest.mark.parametrize(("notation", "latex"), TRUE_OTHER)
def test_true_displays_of_other_networks_hold(notation, latex):
    verdict = check(latex, notation)
    assert verdict, repr(verdict)


@pytest.mark.parametrize("latex", FALSE_BOOK)
def test_false_displays_are_refuted(latex):
    verdict = check(latex, BOOK, hints=False)
    assert not verdict
    assert not verdict.steps[-1].holds
    shown = verdict.steps[-1].counterexample or verdict.error
    assert shown is not None
    assert "does not hold" in repr(verdict)


def test_the_carousel_is_immediate_not_total():
    false = r"\frac{\partial c_t}{\partial c_{t-1}}=\operatorname{diag}(f_t)"
    verdict = check(false, BOOK_LSTM)
    assert not verdict
    # The first step has no h_0 that depends on c_0, so it holds there.
    assert verdict.steps[0].counterexample.times == {"t": 2}
    assert any("∂⁺" in hint.edit for hint in verdict.hints)


def test_a_counterexample_names_network_indices_and_both_values():
    latex = r"\frac{\partial L}{\partial z_{t,j}} = y_{t,j} - \hat y_{t,j}"
    example = check(latex, BOOK).steps[0].counterexample
    assert set(example.times) == {"t"}
    assert set(example.components) == {"j"}
    assert example.left == pytest.approx(-example.right)
    assert set(example.sizes) == {"n", "m", "d", "T"}


def test_each_line_is_judged_against_the_left_and_the_line_above():
    latex = (
        r"\delta_t = (1-h_t^2) \odot \frac{\partial L}{\partial h_t}"
        r" = (1-h_t) \odot \frac{\partial L}{\partial h_t}"
        r" = \frac{\partial L}{\partial h_t}"
        r" - h_t \odot \frac{\partial L}{\partial h_t}"
        r" = \frac{\partial L}{\partial a_t}"
    )
    steps = check(latex, BOOK, hints=False).steps
    assert [step.holds for step in steps] == [True, False, False, True]
    assert [step.follows for step in steps] == [True, False, True, False]


def test_given_says_what_an_answer_may_use():
    latex = r"\frac{\partial L}{\partial a_t} = \delta_t"
    assert check(latex, BOOK)
    verdict = check(latex, BOOK, given=[])
    assert not verdict
    assert verdict.not_given == [r"\delta_t"]
    assert "not given" in repr(verdict)
    answer = (
        r"\frac{\partial L}{\partial a_t}"
        r" = (1 - h_t^2) \odot \frac{\partial L}{\partial h_t}"
    )
    given = [r"\frac{\partial L}{\partial h_t}"]
    assert check(answer, BOOK, given=given)
    assert not check(answer, BOOK, given=[])


def test_given_that_cannot_be_read_is_an_error_of_the_exercise():
    with pytest.raises(ValueError, match="given"):
        check(r"h_t = \tanh(a_t)", BOOK, given=[r"\frac{\partial"])


@pytest.mark.parametrize(
    ("latex", "domain"),
    [
        (r"h_t = \tanh(a_t)", "every t"),
        (r"\frac{\partial L}{\partial V} = \frac{\partial L}{\partial V}", ""),
        (
            r"\frac{\partial h_s}{\partial h_t} = \overset{\leftarrow}"
            r"{\prod}_{m=t+1}^{s} \operatorname{diag}(1-h_m^2) W",
            "every s, every t, t ≤ s",
        ),
        (r"\hat y_{t,k} = \hat y_{t,k}", "every k, every t"),
        (
            r"a_t = U x_t + W \tanh(U x_{t-1} + W h_{t-2} + b) + b",
            "every t, t ≥ 2",
        ),
    ],
)
def test_the_domain_is_said(latex, domain):
    verdict = check(latex, BOOK)
    assert verdict, repr(verdict)
    assert verdict.domain == domain


def test_the_order_of_a_product_can_be_written_or_chosen():
    plain = (
        r"\frac{\partial h_s}{\partial h_t} = \prod_{m=t+1}^{s}"
        r" \operatorname{diag}(1-h_m^2) W"
    )
    assert not check(plain, BOOK, hints=False)
    assert check(plain, define(BOOK.forward, order="descending"))
    arrow = plain.replace(r"\prod", r"\overleftarrow{\prod}")
    assert check(arrow, BOOK)


def test_vanished_gradients_are_still_compared():
    factor = r"\left(\frac{1}{10}\right)^{200}"
    true = (
        rf"{factor} \frac{{\partial L}}{{\partial z_t}}"
        rf" = {factor} (\hat y_t - y_t)"
    )
    assert check(true, BOOK)
    assert not check(true.replace("- y_t)", "- 2 y_t)"), BOOK, hints=False)


def test_a_verdict_shows_itself_as_html():
    good = check(r"h_t = \tanh(a_t)", BOOK)._repr_html_()
    assert "✓" in good
    assert "every t" in good
    bad = check(r"h_t = <", BOOK)._repr_html_()
    assert "&lt;" in bad
    assert "^" in bad


def test_a_caret_stays_under_its_place_on_a_narrow_page():
    latex = r"z_t = V^\top h_t"
    page = check(latex, BOOK, hints=False)._repr_html_()
    line = re.search(r'<pre style="([^"]*)"[^>]*>(.*?)</pre>', page, re.S)
    assert "white-space:pre;overflow-x:auto" in line[1]
    # The place alone scrolls; the message below it wraps.
    shown, caret = line[2].split("\n")
    assert shown == latex
    assert shown[caret.index("^") :] == r"V^\top h_t"
    assert "n×m and n×1" in page.replace(line[0], "")


def test_a_bound_is_said_only_if_it_holds_at_every_length():
    latex = (
        r"\frac{\partial L}{\partial h_t} - (W^\top)^k"
        r" \frac{\partial L}{\partial h_{t+k}} = \sum_{s=t}^{t+k-1}"
        r" (W^\top)^{s-t} V^\top \frac{\partial L}{\partial z_s}"
    )
    verdict = check(latex, BOOK_LINEAR)
    domain = "every t, every k, wherever both sides have a value"
    assert verdict.domain == domain
    last = check(r"h_T - h_{T-t+1} = a_T - h_{T-t+1}", BOOK_LINEAR)
    assert last.domain == "every t"
