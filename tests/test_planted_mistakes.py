"""The gradient check finds every mistake that is planted for it to find.

A mistake is a change of the module's own text; the broken copy then goes
through the same `gradient_checks.check` as the real module does. The names
of the LSTM's mistakes say in whose code or text each was found.
"""

import inspect
import re
import types

import numpy as np
import pytest

from bptt_core import fast, gru, lstm, rnn
from tests import gradient_checks as checks

RNN_MISTAKES = {
    "transpose of W lost": [("= W.T @ delta[t - 1]", "= W @ delta[t - 1]")],
    "slope left out": [("= slope[t - 1] * dh", "= dh")],
    "slope one step late": [("= slope[t - 1] * dh", "= slope[t - 2] * dh")],
    "slope on the wrong side of W": [
        ("delta[t - 1] = slope[t - 1] * dh", "delta[t - 1] = dh"),
        ("W.T @ delta[t - 1]", "slope[t - 1] * (W.T @ delta[t - 1])"),
    ],
    "slope of the state before": [("output(h[1:])", "output(h[:-1])")],
    "later steps left out": [("dz[t - 1] + through_next", "dz[t - 1]")],
    "assigned where it should be added": [
        ("dh = V.T @ dz[t - 1] + through_next", "dh = through_next")
    ],
    "output gradient one step late": [("V.T @ dz[t - 1]", "V.T @ dz[t - 2]")],
    "loop ends one step early": [
        ("np.empty_like(slope)", "np.zeros_like(slope)"),
        ("range(len(x), 0, -1)", "range(len(x), 1, -1)"),
    ],
    "loop begins one step early": [
        ("np.empty_like(slope)", "np.zeros_like(slope)"),
        ("range(len(x), 0, -1)", "range(len(x) - 1, 0, -1)"),
    ],
    "beyond the last step ignored": [
        ("through_next = dh_after", "through_next = 0 * dh_after")
    ],
    "W: states not shifted": [("(delta, h[:-1],", "(delta, h[1:],")],
    "W: first step left out": [("(delta, h[:-1],", "(delta[1:], h[1:-1],")],
    "U: inputs shifted": [("(delta, x,", "(delta, np.roll(x, 1, axis=0),")],
    "V: states shifted": [("(dz, h[1:],", "(dz, h[:-1],")],
    "b: mean for sum": [
        ("b=delta.sum(axis=(0, 2))", "b=delta.mean(axis=(0, 2))")
    ],
    "b: first sequence alone": [
        ("b=delta.sum(axis=(0, 2))", "b=delta[..., 0].sum(axis=0)")
    ],
    "c: last step alone": [("c=dz.sum(axis=(0, 2))", "c=dz[-1].sum(axis=1)")],
    "h0: not through W": [("h0=through_next", "h0=delta[0]")],
    "x: slope left out": [("x=U.T @ delta", "x=U.T @ (delta / slope)")],
}

NO_GATES = ("= W.T @ delta[t - 1],", "= np.zeros_like(dh),")
NO_CARRY = (", f[t - 1] * dc\n", ", np.zeros_like(dc)\n")
LSTM_MISTAKES = {
    "rnn_lstm_from_scratch 1: tanh(tanh(c))": [
        ("(1 - tanh_c * tanh_c) * o", "(1 - np.tanh(tanh_c) ** 2) * o")
    ],
    "tanh'(g) of the activated g": [
        ("(1 - g * g) * i", "(1 - np.tanh(g) ** 2) * i")
    ],
    "RNN-LSTM-in-numpy 1: logistic for its slope": [
        ("i * (1 - i) * g", "i * g"),
        ("f * (1 - f) * c[:-1]", "f * c[:-1]"),
        ("o * (1 - o) * tanh_c", "o * tanh_c"),
    ],
    "document 000: slope of the activated gate": [
        ("i * (1 - i) * g", "logistic(i) * (1 - logistic(i)) * g")
    ],
    "RNN-LSTM-in-numpy 1: no dh from the next step": [NO_GATES],
    "RNN-LSTM-in-numpy 1: no dc from the next step": [NO_CARRY],
    "document 000: no recurrent path at all": [
        (
            "through_gates, through_cell = W.T @ delta[t - 1], f[t - 1] * dc",
            "through_gates = through_cell = np.zeros_like(dh)",
        )
    ],
    "document 000: factor g too many in U_g": [
        (
            "U=np.tensordot(delta, x,",
            "U=np.tensordot(np.hstack([*np.split(delta, 4, 1)[:3],"
            " g * np.split(delta, 4, 1)[3]]), x,",
        )
    ],
    "document 000: W_f for W_i": [
        (
            "W=np.tensordot(delta,",
            "W=np.tensordot(np.hstack([np.split(delta, 4, 1)[k]"
            " for k in (1, 1, 2, 3)]),",
        )
    ],
    "document 000: parentheses lost": [
        ("(1 - tanh_c * tanh_c) * o", "1 - tanh_c * tanh_c * o")
    ],
    "numpy-ml 42: bias of one gate in all": [
        (
            "b=delta.sum(axis=(0, 2))",
            "b=np.tile(np.split(delta, 4, 1)[2].sum(axis=(0, 2)), 4)",
        )
    ],
    "learn_dl 53: biases from the wrong gates": [
        (
            "b=delta.sum(axis=(0, 2))",
            "b=np.hstack([np.split(delta, 4, 1)[k]"
            " for k in (1, 0, 2, 3)]).sum(axis=(0, 2))",
        )
    ],
    "deeplearning4j 8838: dc after the last step ignored": [
        (
            "through_cell = dh_after, dc_after",
            "through_cell = dh_after, 0 * dc_after",
        )
    ],
    "mxnet 4057: dc assigned where it should be added": [
        ("dc = slope_c[t - 1] * dh + through_cell", "dc = slope_c[t - 1] * dh")
    ],
    "zero_to_gpt 9: wrong state in the first step": [
        ("(delta, h[:-1],", "(delta, np.concatenate([h[1:2], h[1:-1]]),")
    ],
    "nicodjimenez/lstm: slope of a cell without its tanh": [
        ("(1 - tanh_c * tanh_c) * o", "o")
    ],
    "nicodjimenez/lstm 49: carry removed because the loss fell": [
        (", f[t - 1] * dc\n", ", 0 * f[t - 1] * dc\n")
    ],
    "cell before mistaken for cell after": [
        ("f * (1 - f) * c[:-1]", "f * (1 - f) * c[1:]")
    ],
    "tanh(c) left out of delta_o": [("o * (1 - o) * tanh_c", "o * (1 - o)")],
    "dc where dh belongs": [("slope_o[t - 1] * dh", "slope_o[t - 1] * dc")],
    "transpose of the blocks of W lost": [
        ("W.T @ delta[t - 1]", "np.hstack(np.split(W, 4)) @ delta[t - 1]")
    ],
    "carry with the gate of the next step": [
        (", f[t - 1] * dc\n", ", f[t % len(x)] * dc\n")
    ],
    "blocks of delta in PyTorch's order": [
        (
            "[delta_i, delta_f, delta_o, delta_g]",
            "[delta_i, delta_f, delta_g, delta_o]",
        )
    ],
    "c0: forgotten gate": [("c0=through_cell", "c0=dc")],
}

# The words of the other convention, and what threads on GRUs report.
GRU_MISTAKES = {
    "reset before: slope of r": [("r * (1 - r) * m", "r * (1 - r) * h[:-1]")],
    "reset before: W_n meets the error whole": [
        ("delta_z, r[t - 1] * delta_n", "delta_z, delta_n")
    ],
    "b_m without the reset": [("bm=seen[:", "bm=delta[:")],
    "b with the reset": [("b=delta.sum", "b=seen.sum")],
    "U with the reset": [("(delta, x,", "(seen, x,")],
    "W without the reset": [("(seen, h[:-1],", "(delta, h[:-1],")],
    "z takes the new one": [("(1 - new * new) * (1 - z)", "(1 - new**2) * z")],
    "sign of the mixture": [("(h[:-1] - new)", "(new - h[:-1])")],
    "mixture of the state after": [("(h[:-1] - new)", "(h[1:] - new)")],
    "no carry": [("z[t - 1] * dh + W.T", "W.T")],
    "carry of the new share": [("= z[t - 1] * dh", "= (1 - z[t - 1]) * dh")],
    "b_m left out of m": [("@ h[:-1] + bm", "@ h[:-1]")],
    "r from the error of the state": [
        ("slope_r[t - 1] * delta_n", "slope_r[t - 1] * dh")
    ],
    "blocks in the order z, r, n": [
        ("r, z, new = np.split(gates", "z, r, new = np.split(gates")
    ],
    "x by what the states see": [("x=U.T @ delta", "x=U.T @ seen")],
    "h0: without the last step": [("h0=through_next", "h0=W.T @ seen[0]")],
}

# Of what the fast passes do besides: named after the function that is wrong.
FAST_MISTAKES = {
    "rnn: every segment taken for the last": [
        (
            "        slope = trace",
            "        through_next = dh_after\n        slope = trace",
        )
    ],
    "rnn: sums of one segment alone": [
        ("add(total, sums(type", "total = (sums(type")
    ],
    "lstm: every segment taken for the last": [
        (
            "        slope_c =",
            "        through_gates, through_cell = dh_after, dc_after\n"
            "        slope_c =",
        )
    ],
    "lstm: sums of one segment alone": [
        ("add(total, sums(type", "total = (sums(type")
    ],
    "lstm: the local derivative of one gate twice": [
        ("delta_o[t - 1] *= dh", "delta_o[t - 1] *= delta_o[t - 1] * dh")
    ],
}


def with_changes(module, changes):
    """Return a copy of the module with each change made exactly once."""
    source = inspect.getsource(module)
    for old, new in changes:
        assert source.count(old) == 1, f"{old!r} is not there exactly once"
        source = source.replace(old, new)
    copy = types.ModuleType(module.__name__)
    if module is fast:  # cut the four steps of two sequences in two
        source = re.sub(r"^COLUMNS = \d+", "COLUMNS = 4", source, flags=re.M)
    exec(compile(source, f"changed {module.__name__}", "exec"), vars(copy))
    return copy


def case_of(module):
    rng = np.random.default_rng(11)
    return checks.random_case(module, rng, T=4, B=2, after=True)


@pytest.mark.parametrize("module", [rnn, lstm, gru])
def test_an_unchanged_copy_passes(module):
    checks.check(case_of(with_changes(module, [])))


@pytest.mark.parametrize("name", checks.FAST)
def test_an_unchanged_copy_of_the_fast_passes_passes(name):
    checks.check(case_of(fast_copy(name, [])))


def fast_copy(name, changes):
    network = {"rnn": rnn, "lstm": lstm}[name]
    return checks.with_fast_passes(name, network, with_changes(fast, changes))


@pytest.mark.parametrize("mistake", FAST_MISTAKES)
def test_a_mistake_in_the_fast_passes_is_caught(mistake):
    name = mistake.partition(":")[0]
    case = case_of(fast_copy(name, FAST_MISTAKES[mistake]))
    with pytest.raises(AssertionError, match="gradients off"):
        checks.check(case)


@pytest.mark.parametrize(
    "changes", RNN_MISTAKES.values(), ids=RNN_MISTAKES.keys()
)
def test_a_mistake_in_the_rnn_is_caught(changes):
    case = case_of(with_changes(rnn, changes))
    with pytest.raises(AssertionError, match="gradients off"):
        checks.check(case)


@pytest.mark.parametrize(
    "changes", GRU_MISTAKES.values(), ids=GRU_MISTAKES.keys()
)
def test_a_mistake_in_the_gru_is_caught(changes):
    case = case_of(with_changes(gru, changes))
    with pytest.raises(AssertionError, match="gradients off"):
        checks.check(case)


@pytest.mark.parametrize(
    "changes", LSTM_MISTAKES.values(), ids=LSTM_MISTAKES.keys()
)
def test_a_mistake_in_the_lstm_is_caught(changes):
    case = case_of(with_changes(lstm, changes))
    with pytest.raises(AssertionError, match="gradients off"):
        checks.check(case)
