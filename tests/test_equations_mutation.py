"""Altered displays are rejected, and small slips get a hint."""

import pytest

from bptt_core.book import BOOK, BOOK_LSTM, check, sources
from derivations.judging.mutate import mutants, tally

DELTA = r"\delta_t = (1-h_t^2)\odot(V^\top(\hat y_t-y_t)+W^\top\delta_{t+1})"


def _pairs(latex, notation=BOOK):
    return {m.pair: m.fate for m in mutants(latex, notation)}


def test_each_kind_of_alteration_is_made_and_rejected():
    found = mutants(DELTA, BOOK)
    kinds = {m.kind for m in found}
    assert kinds >= {
        "a sign flipped",
        "a term dropped",
        "a factor dropped",
        "a ⊤ dropped",
        "a power dropped",
        "a time index shifted",
        "⊙ made a matrix product",
        "other brackets",
    }
    assert all(m.rejected for m in found)
    counts = tally(found)
    assert counts.value > counts.shape > 0


def test_sums_bounds_orders_and_derivatives_are_altered_too():
    jacobian = (
        r"\frac{\partial h_s}{\partial h_t} = \overset{\leftarrow}"
        r"{\prod}_{m=t+1}^{s} \operatorname{diag}(1-h_m^2) W"
    )
    kinds = {m.kind for m in mutants(jacobian, BOOK) if m.rejected}
    assert kinds >= {
        "the product in the other order",
        "two factors swapped",
        "a bound moved",
        "a function dropped",
        "a sum or product dropped",
    }
    immediate = (
        r"\frac{\partial^{+} c_t}{\partial c_{t-1}}"
        r"=\operatorname{diag}(f_t)"
    )
    fates = {m.kind: m.fate for m in mutants(immediate, BOOK_LSTM)}
    assert fates["∂⁺ made ∂"] == "value"


def test_what_is_one_factor_to_the_reader_is_one_to_the_edits():
    """g_1 keeps its argument, and d is a ∂."""
    cell = r"h^{(t)} = g_1(W h^{(t-1)} + U x^{(t)} + b_h)"
    dropped = "h^{(t)} = (W h^{(t-1)} + U x^{(t)} + b_h)"
    kinds = {m.pair: m.kind for m in mutants(cell, sources.notation("cademy"))}
    assert kinds[dropped] == "a function dropped"
    total = r"\frac{\mathrm{d} h_t}{\mathrm{d} h_{t-1}}"
    line = total + r" = \operatorname{diag}(1 - h_t^2) W"
    kinds = {m.kind for m in mutants(line, BOOK)}
    assert "∂ made ∂⁺" in kinds
    assert not kinds & {"a denominator dropped", "a numerator dropped"}


def test_equal_values_are_recognised():
    pairs = _pairs(r"\frac{\partial L}{\partial b} = \sum_{t=1}^T \delta_t")
    longer = r"\frac{\partial L}{\partial b} = \sum_{t=1}^{T+1} \delta_t"
    assert pairs[longer] == "equal"
    shorter = r"\frac{\partial L}{\partial b} = \sum_{t=1}^{T-1} \delta_t"
    assert pairs[shorter] == "value"


def test_a_left_over_index_and_a_smaller_domain_reject():
    pairs = _pairs(r"\frac{\partial L}{\partial b} = \sum_{t=1}^T \delta_t")
    assert pairs[r"\frac{\partial L}{\partial b} = \delta_t"] == "domain"
    rows = _pairs(r"\frac{\partial h_t}{\partial h_t} = W^{t-t}")
    assert "survived" not in rows.values()


# A false line, and the start of the hint that repairs it.
SLIPS = [
    (r"\frac{\partial L}{\partial z_t} = \hat y_t + y_t", "a sign flipped"),
    (DELTA.replace(r"V^\top", "V"), "a ⊤ added"),
    (DELTA.replace("h_t^2", "h_t"), "a power added"),
    (DELTA.replace(r"\delta_{t+1}", r"\delta_t"), "a time index shifted"),
    (
        DELTA.replace(r"V^\top(\hat y_t-y_t)", r"(\hat y_t-y_t)"),
        "a factor added",
    ),
    (DELTA.replace(r"\odot", " "), "⊙ between two factors"),
    (
        r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \delta_t h_t^\top",
        "a time index shifted",
    ),
    (
        r"\frac{\partial L}{\partial W} = \sum_{t=2}^T \delta_t h_{t-1}^\top",
        "a bound moved",
    ),
    (r"\frac{\partial \bar L}{\partial z_t} = \hat y_t - y_t", "a factor 1/T"),
    (
        r"\frac{\partial h_t}{\partial h_{t-1}}"
        r" = W \operatorname{diag}(1-h_t^2)",
        "two factors swapped",
    ),
    (
        r"\frac{\partial \hat y_{t,k}}{\partial z_{t,j}}"
        r" = \hat y_{t,j}(\delta_{kj} - \hat y_{t,j})",
        "another component index",
    ),
    (
        r"\frac{\partial L}{\partial z_t} = y_t - \hat y_t",
        "the sign of the whole side flipped",
    ),
    (
        r"\frac{\partial L}{\partial V} = \sum_{t=1}^T h_t"
        r" (\hat y_t-y_t)^\top",
        "the whole side transposed",
    ),
    (r"h_t = \tanh(U x_t + W h_{t-1})", "a term added"),
    (r"a_t = U x_t + V h_{t-1} + b", None),
]


@pytest.mark.parametrize(("latex", "kind"), SLIPS)
def test_a_slip_is_repaired_by_a_single_edit(latex, kind):
    verdict = check(latex, BOOK)
    assert not verdict
    if kind is None:
        assert not any("V h" in hint.line for hint in verdict.hints)
        return
    assert kind in [hint.edit for hint in verdict.hints]
    for hint in verdict.hints:
        left = latex.split(" = ")[0]
        assert check(f"{left} = {hint.line}", BOOK, hints=False)
    assert "hint: " in repr(verdict)


NO_HINT = [
    r"\frac{\partial L}{\partial z_t} = 2 \hat y_t - y_t",
    r"h_t = \frac{\alpha}{\beta}",
    r"\frac{\partial L}{\partial h_t} = V^\top y_t",
]


@pytest.mark.parametrize("latex", [*(slip for slip, _ in SLIPS), *NO_HINT])
def test_a_hint_is_plain_latex_that_was_not_there_before(latex):
    hints = check(latex, BOOK).hints
    for hint in hints:
        assert r"\top^" not in hint.line
        assert "{{" not in hint.line
        assert "((" not in hint.line or "((" in latex
    assert len(set(hints)) == len(hints) <= 3


def test_hints_are_the_same_every_time():
    latex = DELTA.replace("h_t^2", "h_t")
    assert check(latex, BOOK).hints == check(latex, BOOK).hints
