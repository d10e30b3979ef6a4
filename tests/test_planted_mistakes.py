"""The gradient check finds every mistake that is planted for it to find.

A mistake is a change of the module's own text; the broken copy then goes
through the same `gradient_checks.check` as the real module does. The names
of the LSTM's mistakes say in whose code or text each was found.
"""

import inspect
import types

import numpy as np
import pytest

from bptt_core import arrays, lstm, rnn
from tests import gradient_checks as checks

RNN_MISTAKES = {
    "transpose of W lost": [("= W_T @ delta[t - 1]", "= W @ delta[t - 1]")],
    "slope left out": [("= slope[t - 1] * dh", "= dh")],
    "slope one step late": [("= slope[t - 1] * dh", "= slope[t - 2] * dh")],
    "slope on the wrong side of W": [
        ("delta[t - 1] = slope[t - 1] * dh", "delta[t - 1] = dh"),
        ("W_T @ delta[t - 1]", "slope[t - 1] * (W_T @ delta[t - 1])"),
    ],
    "slope of the state before": [("output(h[1:])", "output(h[:-1])")],
    "later steps left out": [("dz[t - 1] + through_next", "dz[t - 1]")],
    "assigned where it should be added": [
        ("dh = V.T @ dz[t - 1] + through_next", "dh = through_next")
    ],
    "output gradient one step late": [("V.T @ dz[t - 1]", "V.T @ dz[t - 2]")],
    "loop ends one step early": [
        ("np.empty_like(h[1:])", "np.zeros_like(h[1:])"),
        ("range(len(x), 0, -1)", "range(len(x), 1, -1)"),
    ],
    "loop begins one step early": [
        ("np.empty_like(h[1:])", "np.zeros_like(h[1:])"),
        ("range(len(x), 0, -1)", "range(len(x) - 1, 0, -1)"),
    ],
    "beyond the last step ignored": [
        ("through_next = dh_after", "through_next = 0 * dh_after")
    ],
    "W: states not shifted": [
        (
            "W=delta_columns @ columns(h[:-1]).T",
            "W=delta_columns @ columns(h[1:]).T",
        )
    ],
    "W: first step left out": [
        (
            "W=delta_columns @ columns(h[:-1]).T",
            "W=columns(delta[1:]) @ columns(h[1:-1]).T",
        )
    ],
    "U: inputs shifted": [
        ("columns(x).T", "columns(np.roll(x, 1, axis=0)).T")
    ],
    "V: states shifted": [
        (
            "V=dz_columns @ columns(h[1:]).T",
            "V=dz_columns @ columns(h[:-1]).T",
        )
    ],
    "b: mean for sum": [("b=delta_columns.sum(", "b=delta_columns.mean(")],
    "b: first sequence alone": [
        ("b=delta_columns.sum(", "b=delta[..., 0].T.sum(")
    ],
    "c: last step alone": [("c=dz_columns.sum(", "c=dz[-1].sum(")],
    "h0: not through W": [("h0=through_next", "h0=delta[0]")],
    "every segment taken for the last": [
        ("        slope =", "        through_next = dh_after\n        slope =")
    ],
    "sums of one segment alone": [("add(total, Params(", "total = (Params(")],
    "x: slope left out": [
        ("(U.T, delta,", "(U.T, delta / (1 - h[1:] ** 2),")
    ],
}

NO_GATES = ("= W_T @ delta_t", "= np.zeros_like(dh)")
NO_CARRY = ("= f_t * dc", "= np.zeros_like(dc)")
LSTM_MISTAKES = {
    "rnn_lstm_from_scratch 1: tanh(tanh(c))": [
        ("o * (1 - tanh_c * tanh_c)", "o * (1 - np.tanh(tanh_c) ** 2)")
    ],
    "tanh'(g) of the activated g": [("1 - g * g", "1 - np.tanh(g) ** 2")],
    "RNN-LSTM-in-numpy 1: logistic for its slope": [
        ("(i_f_o, 1 - i_f_o,", "(i_f_o, np.ones_like(i_f_o),")
    ],
    "document 000: slope of the activated gate": [
        ("(i_f_o, 1 - i_f_o,", "(logistic(i_f_o), 1 - logistic(i_f_o),")
    ],
    "RNN-LSTM-in-numpy 1: no dh from the next step": [NO_GATES],
    "RNN-LSTM-in-numpy 1: no dc from the next step": [NO_CARRY],
    "document 000: no recurrent path at all": [NO_GATES, NO_CARRY],
    "document 000: factor g too many in U_g": [
        (
            "U=delta_columns @ columns(x).T",
            "U=np.vstack([delta_columns[:-len(h[0])],"
            " delta_columns[-len(h[0]):] * columns(g)]) @ columns(x).T",
        )
    ],
    "document 000: W_f for W_i": [
        (
            "W=delta_columns @ columns(h[:-1]).T",
            "W=columns(np.hstack([delta_f, delta_f, delta_o, delta_g]))"
            " @ columns(h[:-1]).T",
        )
    ],
    "document 000: parentheses lost": [
        ("o * (1 - tanh_c * tanh_c)", "o * 1 - tanh_c * tanh_c")
    ],
    "numpy-ml 42: bias of one gate in all": [
        (
            "b=delta_columns.sum(",
            "b=columns(np.hstack([delta_o] * 4)).sum(",
        )
    ],
    "learn_dl 53: biases from the wrong gates": [
        (
            "b=delta_columns.sum(",
            "b=columns(np.hstack([delta_f, delta_i, delta_o, delta_g])).sum(",
        )
    ],
    "deeplearning4j 8838: dc after the last step ignored": [
        (
            "through_cell = dh_after, dc_after",
            "through_cell = dh_after, 0 * dc_after",
        )
    ],
    "mxnet 4057: dc assigned where it should be added": [
        ("dc = slope_c_t * dh + through_cell", "dc = slope_c_t * dh")
    ],
    "zero_to_gpt 9: wrong state in the first step": [
        (
            "W=delta_columns @ columns(h[:-1]).T",
            "W=delta_columns @ columns(np.concatenate([h[1:2], h[1:-1]])).T",
        )
    ],
    "nicodjimenez/lstm: slope of a cell without its tanh": [
        ("o * (1 - tanh_c * tanh_c)", "o")
    ],
    "nicodjimenez/lstm 49: carry removed because the loss fell": [
        ("through_cell = f_t * dc", "through_cell = 0 * f_t * dc")
    ],
    "cell before mistaken for cell after": [
        ("delta_f *= c[:-1]", "delta_f *= c[1:]")
    ],
    "tanh(c) left out of delta_o": [
        ("delta_o *= tanh_c", "delta_o *= 1")
    ],
    "dc where dh belongs": [("delta_o_t *= dh", "delta_o_t *= dc")],
    "transpose of the blocks of W lost": [
        (
            "W_T @ delta_t",
            "np.hstack(np.split(W, 4)) @ delta_t",
        )
    ],
    "carry with the gate of the next step": [
        ("slope_c, f, delta,", "slope_c, np.roll(f, -1, axis=0), delta,")
    ],
    "every segment taken for the last": [
        (
            "        slope_c =",
            "        through_gates, through_cell = dh_after, dc_after\n"
            "        slope_c =",
        )
    ],
    "sums of one segment alone": [("add(total, Params(", "total = (Params(")],
    "c0: forgotten gate": [("c0=through_cell", "c0=dc")],
}


@pytest.fixture(autouse=True)
def two_segments(monkeypatch):
    """Cut the four steps of two sequences in two."""
    monkeypatch.setattr(arrays, "COLUMNS", 4)


def with_changes(module, changes):
    """Return a copy of the module with each change made exactly once."""
    source = inspect.getsource(module)
    for old, new in changes:
        assert source.count(old) == 1, f"{old!r} is not there exactly once"
        source = source.replace(old, new)
    copy = types.ModuleType(module.__name__)
    exec(compile(source, f"changed {module.__name__}", "exec"), vars(copy))
    return copy


def case_of(module):
    rng = np.random.default_rng(11)
    return checks.random_case(module, rng, T=4, B=2, after=True)


@pytest.mark.parametrize("module", [rnn, lstm], ids=["rnn", "lstm"])
def test_an_unchanged_copy_passes(module):
    checks.check(case_of(with_changes(module, [])))


@pytest.mark.parametrize(
    "changes", RNN_MISTAKES.values(), ids=RNN_MISTAKES.keys()
)
def test_a_mistake_in_the_rnn_is_caught(changes):
    case = case_of(with_changes(rnn, changes))
    with pytest.raises(AssertionError, match="gradients off"):
        checks.check(case)


@pytest.mark.parametrize(
    "changes", LSTM_MISTAKES.values(), ids=LSTM_MISTAKES.keys()
)
def test_a_mistake_in_the_lstm_is_caught(changes):
    case = case_of(with_changes(lstm, changes))
    with pytest.raises(AssertionError, match="gradients off"):
        checks.check(case)
