"""What cannot be read or judged gets a message, a place and no exception."""

import time

import pytest

from bptt_core.book import BOOK, BOOK_LSTM, check, sources
from tests.built_site import slower

# LaTeX, the text under the caret, words of the message.
BAD_INPUT = [
    ("", None, "nothing to read"),
    (r"\quad", None, "nothing to read"),
    (r"h_t", "h_t", "left and a right side"),
    (r"h_t = ", "", "ends too early"),
    (r"= h_t", "= h_t", "needs a left side"),
    (r"h_t = \tanh(a_t", "(", "never closed"),
    (r"h_t = \tanh a_t)", ")", "no matching ("),
    (r"h_t = [a_t", "[", "never closed"),
    (r"h_{t = a_t", "{", "never closed"),
    (r"h_t = a_t \\{b = 1", "{", "never closed"),
    (r"h_t} = a_t", "}", "closes nothing"),
    (r"\frac{\partial L}{\partial h_t = 1", "{", "never closed"),
    (r"h_t + = a_t", "=", "missing before this relation"),
    (r"h_t = a_t \odot", r"\odot", "both sides"),
    (r"h_t = \odot a_t", r"\odot", "missing"),
    (r"h_t = q_t", "q_t", "not a symbol"),
    (r"h_t = \hat z_t", r"\hat z_t", "did you mean"),
    (r"h = \tanh(a_t)", "h", "needs a time index"),
    (r"h_t = \tanh(a)", "a", "needs a time index"),
    (r"h_t = \alpha", r"\alpha", "not a symbol"),
    (r"h_t = W h_{t-1}^{(2)}", "h_{t-1}^{(2)}", "time or power"),
    (r"h_t_1 = a_t", "1", "two subscripts"),
    (r"h_t = \tanh", r"\tanh", "needs an argument"),
    (r"h_t = \sum_k", r"\sum_k", "its terms are missing"),
    (r"L = \sum L_t", r"\sum", "over which index"),
    (r"L = \sum_{t=1} L_t", r"\sum_{t=1} L_t", "upper bound"),
    (r"L = \sum_{k \in \{1,2\}} L_k", r"k \in \{1,2\}", "write out each"),
    (r"L = \sum_{\star} L_t", r"\sum_{\star} L_t", "is a sum missing?"),
    (r"L = L_1 + \cdots + L_T", r"\cdots", "dots cannot be executed"),
    (r"h_t \leq a_t", r"\leq", "only = can"),
    (r"h_t \approx a_t", r"\approx", "≈"),
    (r"h_t = \max(a_t)", r"\max", "the larger of two"),
    (r"\frac{\partial^2 L}{\partial h_t} = 1", r"\partial^2", "second"),
    (
        r"\frac{\partial \delta_t}{\partial h_t} = 1",
        r"\delta_t",
        "derivative of a derivative",
    ),
    (
        r"\frac{\partial L}{\partial} = 1",
        r"\frac{\partial L}{\partial}",
        "with respect to what",
    ),
    (r"\frac{\partial L}{h_t} = 1", r"\frac{\partial L}{h_t}", "needs both"),
    (r"\frac{\partial L}{\partial h_t^2} = 1", "h_t^2", "by a symbol"),
    (
        r"\frac{\partial L}{\partial W} = \delta_t h_{t-1}^\top",
        r"\delta_t h_{t-1}^\top",
        "right side only",
    ),
    (r"z_{t,t} = 1", "t", "two letters"),
    (r"\sum_t h_{t,t} = 1", "t", "two letters"),
    (r"z_{t,k+1} = 1", "k+1", "without arithmetic"),
    (r"W^{(t)} h_t = 1", "W^{(t)}", "copy of a parameter"),
    (r"L = \| h_t", "\\", "not part of the LaTeX"),
    (r"h_t = U @ x_t", "@", "without a sign"),
    (r"h_t = W_{hh} h_{t-1}", "W_{hh}", "did you mean W?"),
    (r"h_t \oplus a_t = 1", r"\oplus", "⊕"),
    (r"\nabla L = 1", r"\nabla", "needs a subscript"),
    (r"h_t = a_t''", "a_t''", "prime"),
    (r"W^+ = W", "+", "no meaning"),
    (r"h_t = \begin{cases} a_t \end{cases}", r"\end{cases}", "cannot stand"),
    (r"L = \mathbb{E}(L)", "E", "expectations"),
]
BAD_SHAPES = [
    (r"z_t = V^\top h_t", r"V^\top h_t", "n×m and n×1"),
    (r"z_t = h_t V", "h_t V", "n×1 and m×n"),
    (r"z_t = V^T h_t", "V^T h_t", "n×m and n×1"),
    (r"h_t = a_t'", "a_t'", "this side 1×n"),
    (r"h_t = x_t + h_{t-1}", "x_t + h_{t-1}", "d×1 and n×1"),
    (r"h_t = h_{t-1} h_{t-1}", "h_{t-1} h_{t-1}", "write ⊙"),
    (r"h_t = z_t", "z_t", "left side has shape n×1, this side m×1"),
    (r"V = \operatorname{diag}(V)", r"\operatorname{diag}(V)", "a column"),
    (r"z_t = U^2", "U^2", "a power of shape n×d"),
    (r"L_t = \sum_k z_{t,k} h_{t,k}", None, "runs over"),
    (r"L_t = h_t \otimes W", r"h_t \otimes W", "two columns"),
    (r"L_t = L_t + h_t", "L_t + h_t", "1×1 and n×1"),
    (r"h_{t,1,1} = 1", "h_{t,1,1}", "a column"),
    (r"a_t = U x_t + W h_{t-1} + c", r"W h_{t-1} + c", "n×1 and m×1"),
    (r"z_t = V W h_t h_t", "h_t h_t", r"in V W h_t and h_t"),
    (r"z_t = \left( V \right) V", r"( V \right) V", "in ( V ) and V"),
    (r"h_t = (h_t + a_t + h_0 + b)(h_t + a_t + h_0 + b)", ")(", "write ⊙"),
    (r"h_t = \prod_{k=1}^{T} V", r"\prod_{k=1}^{T} V", "m×n and m×n"),
    (r"\sum_k k y_{t,k} = 1", "k", "counts components"),
    (r"\sum_{k=1}^{m} m y_{t,k} = 1", "m", "counts components"),
]


def _underlined(verdict, latex):
    """Return the text over the caret of a verdict's error."""
    if verdict.error.column is None:
        return None
    caret = verdict.error.pointed.split("\n")[1]
    return latex[verdict.error.column : caret.rindex("^") + 1]


@pytest.mark.parametrize(("latex", "place", "words"), BAD_INPUT)
def test_unreadable_input_is_explained_where_it_is(latex, place, words):
    verdict = check(latex, BOOK)
    assert not verdict
    assert not verdict.steps
    assert words in verdict.error.message
    if place is None:
        assert verdict.error.column is None
    elif place:
        assert _underlined(verdict, latex) == place
    else:
        assert verdict.error.pointed.split("\n")[1].count("^") == 1
    assert "cannot be judged" in repr(verdict)


@pytest.mark.parametrize(("latex", "place", "words"), BAD_SHAPES)
def test_a_shape_error_names_sizes_and_symbols(latex, place, words):
    verdict = check(latex, BOOK, hints=False)
    assert not verdict
    assert verdict.error.kind in ("shape", "reading")
    assert words in verdict.error.message
    if place is not None:
        assert _underlined(verdict, latex) == place


def test_a_caret_stays_true_in_a_coloured_display_of_several_lines():
    latex = (
        "\\begin{aligned}\n"
        "\\class{c-h}{h_t} &= \\tanh\\left(a_t\\right) \\\\\n"
        "&= \\color{red}{q_t}\n"
        "\\end{aligned}"
    )
    verdict = check(latex, BOOK)
    line, caret, _ = verdict.error.pointed.split("\n")
    assert line == "&= \\color{red}{q_t}"
    assert line[caret.index("^") :][:3] == "q_t"
    assert verdict.error.column == caret.index("^")


def test_of_a_long_line_the_surroundings_of_the_place_are_quoted():
    latex = "h_t = " + "b + " * 200 + "q_t" + " + b" * 200
    line, caret, _ = check(latex, BOOK).error.pointed.split("\n")
    assert len(line) < 120
    assert line.startswith("… ")
    assert line.endswith(" …")
    assert line[caret.index("^") : caret.rindex("^") + 1] == "q_t"


CONTINUED = [
    r"\begin{aligned} a_t &= U x_t \\ &\quad + W h_{t-1} \\ &\quad + b"
    r" \end{aligned}",
    r"a_t &= U x_t + W h_{t-1} \\ & - (-b) \\ &= U x_t + W h_{t-1} + b",
    r"\sum_{k=1}^{T} h_k &= h_1 \\ &+ \sum_{k=2}^{T} h_k",
    r"-h_t &= -\tanh(a_t) \\ -a_t &= -U x_t - W h_{t-1} - b",
    r"y_{t,j} &= \begin{cases} y_{t,j} & j = 1 \\"
    r" +y_{t,j} & j \ne 1 \end{cases}",
]


@pytest.mark.parametrize("latex", CONTINUED)
def test_a_row_that_begins_with_a_sign_continues_the_row_above(latex):
    verdict = check(latex, BOOK)
    assert verdict, repr(verdict)
    wrong = latex.replace("+ b", "+ a_t").replace("(-b)", "(b)")
    wrong = wrong.replace("{k=2}", "{k=3}").replace("- b", "+ b")
    if wrong != latex:
        assert not check(wrong, BOOK, hints=False)


SUMS = [
    r"L_t = \sum_k -y_{t,k} \log \hat y_{t,k}",
    r"L_t = -\sum_k +y_{t,k} \log \hat y_{t,k}",
    r"\sum_{k=1}^{T} -\frac{1}{T} L_k = -\bar L",
    r"\sum_{j \ne t} a_j = \sum_j a_j - a_t",
    r"\sum_{j \ne k} \hat y_{t,j} = 1 - \hat y_{t,k}",
]


@pytest.mark.parametrize("latex", SUMS)
def test_a_sum_may_begin_with_a_sign_or_leave_one_index_out(latex):
    verdict = check(latex, BOOK)
    assert verdict, repr(verdict)


def test_time_or_power_is_asked_where_time_stands_above():
    verdict = check(r"h^2 = 1", sources.notation("goodfellow"))
    assert "time or power?" in verdict.error.message


def test_no_common_time_is_said():
    verdict = check(r"h_{t-9} = h_{t-9}", BOOK)
    assert not verdict
    assert verdict.error.kind == "domain"


def test_an_uncovered_case_is_outside_the_domain():
    latex = r"h_t = \begin{cases} h_t, & t = 1 \end{cases}"
    verdict = check(latex, BOOK)
    assert verdict
    assert verdict.domain == "every t, t ≤ 1"


def test_a_negative_power_of_a_matrix_is_outside_the_domain():
    verdict = check(r"W^{t-s} W^{s-t} = I", BOOK)
    assert verdict
    assert "t ≤ s" in verdict.domain


def test_wrong_types_are_no_exception():
    assert not check(None, BOOK)
    assert not check(7, BOOK_LSTM)


LIMITS = [
    "h_t = " + "(" * 300 + "a_t" + ")" * 300,
    "h_t = " + "{" * 300 + "a_t" + "}" * 300,
    "h_t = " + r"\tanh " * 900 + "a_t",
    "h_t = " + " + ".join(["a_t"] * 3000),
    r"h_t = W^{999999} h_0",
    r"h_t = W^{99999999999} h_0",
    r"L = \sum_{k=1}^{999999} L",
    r"L = 9999999999999999999999",
    "L = " + r"\sum_{s=1}^{T}" * 12 + " L_s",
    "L = " + "".join(rf"\sum_{{{c}}} z_{{1,{c}}}" for c in "abcefgijkl"),
    "L = " + r"\frac{1}" * 50 + "{2}" * 50,
    r"\sqrt" * 2000,
    "h_t^" + "{a^" * 200 + "}" * 200,
]


@pytest.mark.parametrize("latex", LIMITS)
def test_huge_input_ends_soon_and_quietly(latex):
    start = time.process_time()
    verdict = check(latex, BOOK)
    assert not verdict
    assert repr(verdict)
    assert time.process_time() - start < 5 * slower()
