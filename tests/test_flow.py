"""Products of Jacobians in logarithms, against products formed directly."""

import mpmath
import numpy as np
import pytest

from bptt_core import flow, lstm, oracle, rnn
from tests import gradient_checks as checks

N, T = 3, 8
H, C = slice(N), slice(N, 2 * N)


def rnn_case(activation=rnn.TANH, T=T, **scales):
    rng = np.random.default_rng(1)
    return checks.random_case(
        rnn, rng, T, B=2, n=N, activation=activation, **scales
    )


def lstm_case(T=T, **scales):
    return checks.random_case(
        lstm, np.random.default_rng(2), T, B=2, n=N, **scales
    )


def last_state(case, t, state):
    """Return s_T of the second sequence, run on from s_t, h above c."""
    state = state.reshape(len(case.states), N, 1)
    trace = checks.forward(case, x=case.x[t:, :, 1:], states=list(state))
    last = [trace.h[-1], *([trace.c[-1]] if len(case.states) > 1 else [])]
    return np.concatenate(last)[:, 0]


def measured_flow(case, t):
    """Return ds_T/ds_t of the second sequence by the complex step."""
    trace = checks.forward(case)
    state = [trace.h[t], *([trace.c[t]] if len(case.states) > 1 else [])]
    return oracle.jacobian(
        lambda s: last_state(case, t, s), np.concatenate(state)[:, 1]
    )


@pytest.mark.parametrize(
    ("case", "jacobians"),
    [
        (rnn_case(rnn.TANH), flow.rnn_jacobians),
        (rnn_case(rnn.IDENTITY), flow.rnn_jacobians),
        (rnn_case(rnn.LOGISTIC), flow.rnn_jacobians),
        (lstm_case(), flow.lstm_jacobians),
    ],
    ids=["tanh", "identity", "logistic", "lstm"],
)
def test_jacobians_and_norms(case, jacobians):
    J = jacobians(case.params, checks.forward(case), sequence=1)
    log_norms = flow.log_norms(J)
    product = np.eye(J.shape[1])
    for t in range(T - 1, -1, -1):
        product = product @ J[t]
        expected = measured_flow(case, t)
        assert oracle.relative_error(product, expected) < 1e-13
        values = np.linalg.svd(expected, compute_uv=False)
        assert abs(log_norms[t] - np.log(values[0])) < 1e-13
    assert log_norms[T] == 0


@pytest.mark.parametrize("rows", [H, C], ids=["h", "c"])
@pytest.mark.parametrize("columns", [H, C], ids=["h", "c"])
def test_blocks_of_the_joint_state(rows, columns):
    case = lstm_case()
    J = flow.lstm_jacobians(case.params, checks.forward(case), sequence=1)
    log_norms = flow.log_norms(J, rows, columns)
    for t in range(T - 1):
        block = measured_flow(case, t)[rows, columns]
        values = np.linalg.svd(block, compute_uv=False)
        assert abs(log_norms[t] - np.log(values[0])) < 1e-12
    assert log_norms[T] == (0 if rows == columns else -np.inf)


@pytest.mark.parametrize(
    ("steps", "gain", "digits"), [(60, 1.0, 100), (3000, 0.5, 3000)]
)
def test_norms_against_many_digits(steps, gain, digits):
    J = np.random.default_rng(3).normal(size=(steps, 3, 3)) * gain
    with mpmath.workdps(digits):
        product = mpmath.eye(3)
        for step in J:
            product = mpmath.matrix(step.tolist()) * product
        values = mpmath.svd_r(product, compute_uv=False)
        expected = float(mpmath.log(values[0]))
    assert abs(flow.log_norms(J)[0] / expected - 1) < 1e-12


def test_powers_of_one_matrix_over_ten_thousand_steps():
    W = np.array([[0.9, 10.0], [0.0, 0.8]])
    for scale, sign in ((1.0, -1), (2.0, 1)):
        J = np.broadcast_to(scale * W, (10_000, 2, 2))
        with mpmath.workdps(60):
            power = mpmath.matrix((scale * W).tolist()) ** 10_000
            values = mpmath.svd_r(power, compute_uv=False)
            expected = float(mpmath.log(values[0]))
        assert expected * sign > 1000  # beyond the range of floats
        assert abs(flow.log_norms(J)[0] / expected - 1) < 1e-12


def test_norms_of_orthogonal_and_of_nilpotent_matrices():
    rng = np.random.default_rng(4)
    Q = np.linalg.qr(rng.normal(size=(200, 4, 4)))[0]
    assert np.abs(flow.log_norms(Q)).max() < 1e-13
    nilpotent = np.broadcast_to([[0.0, 7.0], [0.0, 0.0]], (3, 2, 2))
    expected = [-np.inf, -np.inf, np.log(7), 0]
    np.testing.assert_allclose(flow.log_norms(nilpotent), expected)


@pytest.mark.parametrize("gain", [0.2, 3.0])
def test_a_network_over_ten_thousand_steps(gain):
    """The determinant bounds the norm of the product from below."""
    case = rnn_case(T=10_000, gain=gain)
    J = flow.rnn_jacobians(case.params, checks.forward(case))
    log_norms = flow.log_norms(J)
    assert np.isfinite(log_norms).all()
    log_det = np.linalg.slogdet(J)[1][::-1].cumsum()[::-1]
    assert (log_norms[:-1] >= log_det / N).all()
    longest = np.log(np.linalg.norm(J, 2, axis=(1, 2)))
    assert (log_norms[:-1] <= longest[::-1].cumsum()[::-1] + 1e-9).all()


def test_lyapunov_exponents():
    rng = np.random.default_rng(5)
    A = rng.normal(size=(4, 4))
    A = A + A.T  # symmetric: rates are logarithms of the eigenvalues' sizes
    expected = np.sort(np.log(np.abs(np.linalg.eigvalsh(A))))[::-1]
    found = flow.lyapunov_exponents(np.broadcast_to(A, (4000, 4, 4)))
    np.testing.assert_allclose(found, expected, atol=1e-2)

    J = rng.normal(size=(5000, 4, 4))
    rates = flow.lyapunov_exponents(J)
    assert (np.diff(rates) < 0).all()
    log_det = np.linalg.slogdet(J)[1].mean()
    assert rates.sum() == pytest.approx(log_det, rel=1e-10)
    # in the long run both measures of growth agree
    whole = flow.log_norms(J)[0] / 5000
    np.testing.assert_allclose(rates[0], whole, atol=5e-3)


def test_lyapunov_exponent_of_a_random_matrix_product():
    """Newman (1986): normal k x k entries grow at (log 2 + psi(k/2)) / 2."""
    k, steps = 6, 20_000
    J = np.random.default_rng(6).normal(size=(steps, k, k))
    expected = float((mpmath.log(2) + mpmath.digamma(k / 2)) / 2)
    assert flow.lyapunov_exponents(J)[0] == pytest.approx(expected, abs=0.01)


def test_the_radius_of_a_shear_and_of_a_rotation():
    W = np.array([[8.0, 8.0], [-8.0, -8.0]])  # W @ W is zero
    assert flow.spectral_radius(W) < 1e-6
    rotation = np.array([[0.0, -3.0], [3.0, 0.0]])
    assert flow.spectral_radius(rotation) == pytest.approx(3)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (
            lambda: flow.log_norms(np.eye(2)),
            ValueError,
            r"jacobians must have shape \(T, k, k\).*got shape \(2, 2\)",
        ),
        (
            lambda: flow.log_norms(np.ones((4, 2, 3))),
            ValueError,
            r"jacobians must have shape .*got shape \(4, 2, 3\)",
        ),
        (
            lambda: flow.spectral_radius([[1, 2]]),
            ValueError,
            r"matrix must have shape \(k, k\)",
        ),
        (
            lambda: flow.spectral_radius([["a"]]),
            ValueError,
            r"matrix must hold real or complex numbers",
        ),
        (
            lambda: flow.rnn_jacobians(
                rnn_case().params, checks.forward(rnn_case()), 2
            ),
            ValueError,
            r"sequence must be an integer from 0 to 1; got 2",
        ),
        (
            lambda: flow.rnn_jacobians(
                lstm_case().params, checks.forward(lstm_case())
            ),
            TypeError,
            r"params must be a bptt_core\.rnn\.Params; got",
        ),
        (
            lambda: flow.lstm_jacobians(
                lstm_case().params, checks.forward(rnn_case())
            ),
            TypeError,
            r"trace must be a bptt_core\.lstm\.Trace; got",
        ),
    ],
)
def test_wrong_input(call, kind, message):
    with pytest.raises(kind, match=f"^{message}"):
        call()
