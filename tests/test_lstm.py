"""The LSTM: its forward pass, and its gradients, three ways."""

import numpy as np
import pytest

from bptt_core import losses, oracle
from tests import gradient_checks as checks

pytestmark = checks.plain_and_fast("lstm")


def sigma(a):
    return 1 / (1 + np.exp(-a))


def test_forward_is_the_equations_one_gate_and_sequence_at_a_time(module):
    case = checks.random_case(module, np.random.default_rng(1), T=4, B=2, n=3)
    U, W, b, V, bias = case.params
    trace = checks.forward(case)

    def gate(k, x, h):
        rows = slice(3 * k, 3 * k + 3)
        return U[rows] @ x + W[rows] @ h + b[rows, 0]

    for k in range(2):
        h, c = case.states[0][:, k], case.states[1][:, k]
        assert (trace.h[0, :, k] == h).all()
        assert (trace.c[0, :, k] == c).all()
        for t in range(1, 5):
            x = case.x[t - 1, :, k]
            i, f, o = (sigma(gate(place, x, h)) for place in range(3))
            g = np.tanh(gate(3, x, h))
            c = f * c + i * g
            h = o * np.tanh(c)
            z = V @ h + bias[:, 0]
            gates = np.concatenate([i, f, o, g])
            for found, expected in (
                (trace.gates[t - 1, :, k], gates),
                (trace.c[t, :, k], c),
                (trace.tanh_c[t - 1, :, k], np.tanh(c)),
                (trace.h[t, :, k], h),
                (trace.z[t - 1, :, k], z),
            ):
                assert oracle.relative_error(found, expected) < 1e-13


def test_split_gates_gives_views_in_the_order_i_f_o_g(module):
    array = np.zeros((5, 8, 3))
    for k, gate in enumerate(module.split_gates(array)):
        assert gate.shape == (5, 2, 3)
        gate += k
    assert (array[0, :, 0] == [0, 0, 1, 1, 2, 2, 3, 3]).all()


@pytest.mark.parametrize("T", [1, 2, 7, 60])
@pytest.mark.parametrize("B", [1, 5])
def test_gradients_against_the_complex_step(module, T, B):
    rng = np.random.default_rng([T, B])
    checks.check(checks.random_case(module, rng, T, B, d=2, n=2))


@pytest.mark.parametrize("forget_bias", [-2.0, -12.0])
def test_gradients_where_they_have_vanished(module, forget_bias):
    rng = np.random.default_rng(2)
    case = checks.at_the_end(
        checks.random_case(
            module, rng, T=60, B=1, gain=0.3, forget_bias=forget_bias
        )
    )
    gradients = checks.backward(case)
    assert np.linalg.norm(gradients.h0) < 1e-15
    assert np.linalg.norm(gradients.c0) < 1e-15
    checks.check(case)


def test_gradients_with_gates_shut_and_wide_open(module):
    """Pre-activations of +-1000: e^-a overflows, and the gate is right."""
    rng = np.random.default_rng(3)
    case = checks.random_case(module, rng, T=5, B=2, n=4)
    b = case.params.b.copy()
    b[[1, 5, 9]], b[[2, 6, 10]] = -1000, 1000  # i, f, o of units 1 and 2
    case = case._replace(params=case.params._replace(b=b))
    gates = checks.forward(case).gates
    assert (gates[:, [1, 5, 9]] == 0).all()
    assert (gates[:, [2, 6, 10]] == 1).all()
    checks.check(case)


def forward_mode(case, step):
    """Return dL along `step`, carried forward in time with the states.

    The second witness: derivatives pushed from the arguments to the loss,
    where backward pulls them from the loss to the arguments. The slopes
    are taken from the pre-activations, one gate at a time.
    """
    params, dparams = case.params, step["params"]
    trace = checks.forward(case)
    y = losses.one_hot(case.y, len(params.c))
    dh, dc, dL = step["h0"], step["c0"], 0.0
    for t in range(1, len(case.x) + 1):
        x, h, c = case.x[t - 1], trace.h[t - 1], trace.c[t - 1]
        a = params.U @ x + params.W @ h + params.b
        da = dparams.U @ x + params.U @ step["x"][t - 1] + dparams.b
        da += dparams.W @ h + params.W @ dh
        a_i, a_f, a_o, a_g = np.split(a, 4)
        da_i, da_f, da_o, da_g = np.split(da, 4)
        di, df, do = (
            da / (2 * np.cosh(a / 2)) ** 2
            for a, da in ((a_i, da_i), (a_f, da_f), (a_o, da_o))
        )
        dg = da_g / np.cosh(a_g) ** 2
        dc = df * c + sigma(a_f) * dc
        dc += di * np.tanh(a_g) + sigma(a_i) * dg
        tanh = np.tanh(trace.c[t])
        dh = do * tanh + sigma(a_o) * dc / np.cosh(trace.c[t]) ** 2
        dz = dparams.V @ trace.h[t] + params.V @ dh + dparams.c
        exps = np.exp(trace.z[t - 1])
        dL += ((exps / exps.sum(axis=0) - y[t - 1]) * dz).sum()
    return dL


@pytest.mark.parametrize("T", [1, 2, 7, 60])
def test_gradients_against_derivatives_carried_forward(module, T):
    rng = np.random.default_rng(T)
    case = checks.random_case(module, rng, T, B=4, d=3, n=8, m=5)
    gradients = checks.backward(case)
    for _ in range(5):
        step, along = checks.random_step(rng, case, gradients)
        assert oracle.relative_error(along, forward_mode(case, step)) < 1e-10


@pytest.mark.parametrize("T", [400, 2000])
def test_memory_is_what_the_docstrings_say(module, T):
    d, n, m, B = 4, 64, 4, 8
    rng = np.random.default_rng(9)
    case = checks.random_case(module, rng, T, B, d, n, m)
    trace, kept, peak = checks.numbers_held(lambda: checks.forward(case))
    formula = (2 * (T + 1) * n + T * (5 * n + m)) * B
    assert formula <= kept < 1.01 * formula
    assert peak < 1.05 * formula
    if module is checks.FAST["lstm"]:  # the plain pass promises nothing
        checks.check_backward_memory(case, trace, 4 * n, on_the_way=5)


@pytest.mark.parametrize("columns", [1, 4, 6, 13])
def test_time_may_be_cut_into_segments(module, columns, monkeypatch):
    checks.check_segments(module, columns, monkeypatch)
