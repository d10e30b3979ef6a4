"""The GRU: its forward pass, and its gradients, three ways."""

import numpy as np
import pytest

from bptt_core import gru, oracle
from tests import gradient_checks as checks


def sigma(a):
    return 1 / (1 + np.exp(-a))


def rows_of(params):
    """Return U, W, b of the blocks r, z, n, and b_m, of three units."""
    return [
        (params.U[k : k + 3], params.W[k : k + 3], params.b[k : k + 3, 0])
        for k in (0, 3, 6)
    ], params.bm[:, 0]


def test_forward_is_the_equations_one_gate_and_sequence_at_a_time():
    case = checks.random_case(gru, np.random.default_rng(1), T=4, B=2, n=3)
    blocks, b_m = rows_of(case.params)
    (U_r, W_r, b_r), (U_z, W_z, b_z), (U_n, W_n, b_n) = blocks
    trace = checks.forward(case)
    for k in range(2):
        h = case.states[0][:, k]
        assert (trace.h[0, :, k] == h).all()
        for t in range(1, 5):
            x = case.x[t - 1, :, k]
            r = sigma(U_r @ x + W_r @ h + b_r)
            z = sigma(U_z @ x + W_z @ h + b_z)
            n = np.tanh(U_n @ x + b_n + r * (W_n @ h + b_m))
            h = z * h + (1 - z) * n
            logits = case.params.V @ h + case.params.c[:, 0]
            for found, expected in (
                (trace.gates[t - 1, :, k], np.concatenate([r, z, n])),
                (trace.h[t, :, k], h),
                (trace.z[t - 1, :, k], logits),
            ):
                assert oracle.relative_error(found, expected) < 1e-13


@pytest.mark.parametrize("T", [1, 2, 7, 60])
@pytest.mark.parametrize("B", [1, 5])
def test_gradients_against_the_complex_step(T, B):
    rng = np.random.default_rng([T, B])
    checks.check(checks.random_case(gru, rng, T, B, d=2, n=2))


def with_biases(case, rows, value):
    b = case.params.b.copy()
    b[rows] = value
    return case._replace(params=case.params._replace(b=b))


def test_gradients_where_they_have_vanished():
    """An update gate that renews at every step carries nothing."""
    rng = np.random.default_rng(2)
    case = checks.random_case(gru, rng, T=60, B=1, gain=0.3)
    case = checks.at_the_end(with_biases(case, slice(3, 6), -2.0))
    assert np.linalg.norm(checks.backward(case).h0) < 1e-15
    checks.check(case)


def test_gradients_with_gates_shut_and_wide_open():
    """Pre-activations of +-1000: e^-a overflows, and the gate is right."""
    rng = np.random.default_rng(3)
    case = checks.random_case(gru, rng, T=5, B=2, n=4)
    case = with_biases(case, [1, 5], -1000)
    case = with_biases(case, [2, 6], 1000)  # r and z of units 1 and 2
    gates = checks.forward(case).gates
    assert (gates[:, [1, 5]] == 0).all()
    assert (gates[:, [2, 6]] == 1).all()
    checks.check(case)


def forward_mode(case, step):
    """Return dL along `step`, carried forward in time with the state.

    The second witness: derivatives pushed from the arguments to the loss,
    where backward pulls them from the loss to the arguments. The slopes
    are taken from the pre-activations.
    """
    params, dparams = case.params, step["params"]
    trace = checks.forward(case)
    dh, dz = step["h0"], []
    for t in range(1, len(case.x) + 1):
        x, h = case.x[t - 1], trace.h[t - 1]
        u = np.split(params.U @ x + params.b, 3)
        du = dparams.U @ x + params.U @ step["x"][t - 1] + dparams.b
        w, dw = params.W @ h, dparams.W @ h + params.W @ dh
        (w_r, w_z, w_n), (dw_r, dw_z, dw_n) = np.split(w, 3), np.split(dw, 3)
        du_r, du_z, du_n = np.split(du, 3)
        r, z = sigma(u[0] + w_r), sigma(u[1] + w_z)
        dr = (du_r + dw_r) / (2 * np.cosh((u[0] + w_r) / 2)) ** 2
        dgate = (du_z + dw_z) / (2 * np.cosh((u[1] + w_z) / 2)) ** 2
        a = u[2] + r * (w_n + params.bm)
        da = du_n + dr * (w_n + params.bm) + r * (dw_n + dparams.bm)
        dh = z * dh + dgate * (h - np.tanh(a)) + (1 - z) * da / np.cosh(a) ** 2
        dz.append(dparams.V @ trace.h[t] + params.V @ dh + dparams.c)
    return np.array(dz)


@pytest.mark.parametrize("T", [1, 2, 7, 60])
def test_gradients_against_derivatives_carried_forward(T):
    rng = np.random.default_rng(T)
    case = checks.random_case(gru, rng, T, B=4, d=3, n=8, m=5)
    weight = rng.normal(size=(T, 5, 4))  # of a loss that is linear in z
    gradients = gru.backward(case.params, checks.forward(case), weight)
    for _ in range(5):
        step, along = checks.random_step(rng, case, gradients)
        expected = (weight * forward_mode(case, step)).sum()
        assert oracle.relative_error(along, expected) < 1e-10


@pytest.mark.parametrize("T", [400, 2000])
def test_memory_is_what_the_docstring_says(T):
    d, n, m, B = 4, 64, 4, 8
    rng = np.random.default_rng(9)
    case = checks.random_case(gru, rng, T, B, d, n, m)
    _, kept, peak = checks.numbers_held(lambda: checks.forward(case))
    formula = ((T + 1) * n + T * (3 * n + m)) * B
    assert formula <= kept < 1.01 * formula
    assert peak < 1.05 * formula
