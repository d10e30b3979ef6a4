"""The Elman network: its forward pass, and its gradients, three ways."""

import numpy as np
import pytest

from bptt_core import losses, oracle, rnn
from tests import gradient_checks as checks

ACTIVATIONS = (rnn.TANH, rnn.IDENTITY, rnn.LOGISTIC)
named = pytest.mark.parametrize(
    "activation", ACTIVATIONS, ids=lambda activation: activation.name
)
pytestmark = checks.plain_and_fast("rnn")


def test_forward_is_the_three_equations_one_sequence_at_a_time(module):
    case = checks.random_case(module, np.random.default_rng(1), T=4, B=3)
    (U, W, b, V, c), trace = case.params, checks.forward(case)
    for k in range(3):
        h = case.states[0][:, k]
        assert (trace.h[0, :, k] == h).all()
        for t in range(1, 5):
            h = np.tanh(U @ case.x[t - 1, :, k] + W @ h + b[:, 0])
            z = V @ h + c[:, 0]
            np.testing.assert_allclose(trace.h[t, :, k], h, rtol=1e-13)
            np.testing.assert_allclose(trace.z[t - 1, :, k], z, rtol=1e-12)


@named
@pytest.mark.parametrize("T", [1, 2, 7, 60])
@pytest.mark.parametrize("B", [1, 5])
def test_gradients_against_the_complex_step(module, activation, T, B):
    rng = np.random.default_rng([T, B])
    checks.check(
        checks.random_case(
            module, rng, T, B, d=2, n=2, activation=activation, gain=0.9
        )
    )


@named
def test_gradients_where_they_have_vanished(module, activation):
    rng = np.random.default_rng(2)
    case = checks.at_the_end(
        checks.random_case(
            module, rng, T=60, B=1, activation=activation, gain=0.3
        )
    )
    assert np.linalg.norm(checks.backward(case).h0) < 1e-15
    checks.check(case)


def test_gradients_where_they_have_exploded(module):
    rng = np.random.default_rng(3)
    case = checks.random_case(
        module, rng, T=30, B=1, activation=rnn.IDENTITY, gain=3.0
    )
    case = case._replace(x=case.x * 1e-9, states=(case.states[0] * 1e-9,))
    assert np.linalg.norm(checks.backward(case).h0) > 1e9
    checks.check(case)


def forward_mode(case, step):
    """Return dL along `step`, carried forward in time with the states.

    The second witness: derivatives pushed from the arguments to the loss,
    where backward pulls them from the loss to the arguments. The slope is
    taken from the pre-activation.
    """
    slopes = {
        "tanh": lambda a: 1 / np.cosh(a) ** 2,
        "identity": np.ones_like,
        "logistic": lambda a: 1 / (2 * np.cosh(a / 2)) ** 2,
    }
    params, dparams = case.params, step["params"]
    trace = checks.forward(case)
    y = losses.one_hot(case.y, len(params.c))
    dh, dL = step["h0"], 0.0
    for t in range(1, len(case.x) + 1):
        x, before = case.x[t - 1], trace.h[t - 1]
        a = params.U @ x + params.W @ before + params.b
        da = dparams.U @ x + params.U @ step["x"][t - 1] + dparams.b
        da += dparams.W @ before + params.W @ dh
        dh = slopes[trace.activation.name](a) * da
        dz = dparams.V @ trace.h[t] + params.V @ dh + dparams.c
        exps = np.exp(trace.z[t - 1])
        dL += ((exps / exps.sum(axis=0) - y[t - 1]) * dz).sum()
    return dL


@named
@pytest.mark.parametrize("T", [1, 2, 7, 60])
def test_gradients_against_derivatives_carried_forward(module, activation, T):
    rng = np.random.default_rng(T)
    case = checks.random_case(
        module, rng, T, B=4, d=3, n=8, m=5, activation=activation, gain=0.9
    )
    gradients = checks.backward(case)
    for _ in range(5):
        step, along = checks.random_step(rng, case, gradients)
        assert oracle.relative_error(along, forward_mode(case, step)) < 1e-10


def test_gradients_against_pytorch(module):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(4)
    case = checks.random_case(module, rng, T=9, B=4, d=3, n=6, m=5)
    held = {
        name: torch.tensor(value, requires_grad=True)
        for name, value in [
            *case.params._asdict().items(),
            ("x", case.x),
            ("h0", case.states[0]),
        ]
    }
    h, L = held["h0"], 0.0
    for x, y in zip(held["x"], torch.tensor(case.y), strict=True):
        h = torch.tanh(held["U"] @ x + held["W"] @ h + held["b"])
        z = held["V"] @ h + held["c"]
        L = L + torch.nn.functional.cross_entropy(z.T, y, reduction="sum")
    L.backward()
    gradients = checks.backward(case)
    found = gradients.params._asdict() | gradients._asdict()
    for name, tensor in held.items():
        expected = tensor.grad.numpy()
        assert oracle.relative_error(found[name], expected) < 1e-12, name


@named
@pytest.mark.parametrize(
    ("dtype", "tolerance"),
    [(np.float32, 1e-5), (np.complex64, 1e-5), (np.complex128, 1e-13)],
)
def test_the_dtype_follows_the_inputs(module, activation, dtype, tolerance):
    rng = np.random.default_rng(5)
    case = checks.random_case(module, rng, T=7, B=2, activation=activation)
    checks.check_dtype(case, dtype, tolerance)


def test_integers_follow_the_floats(module):
    params = rnn.random_params(np.random.default_rng(6), 2, 3, 2)
    params = rnn.Params(*(p.astype(np.float32) for p in params))
    x = np.ones((4, 2, 1), dtype=np.int64)
    h0 = np.zeros((3, 1), dtype=np.float32)
    assert module.forward(params, x, h0).h.dtype == np.float32


@pytest.mark.parametrize("T", [400, 2000])
def test_memory_is_what_the_docstrings_say(module, T):
    d, n, m, B = 4, 64, 4, 8
    rng = np.random.default_rng(9)
    case = checks.random_case(module, rng, T, B, d, n, m)
    trace, kept, peak = checks.numbers_held(lambda: checks.forward(case))
    formula = ((T + 1) * n + T * m) * B
    assert formula <= kept < 1.01 * formula
    assert peak < formula + 2 * T * m * B
    if module is checks.FAST["rnn"]:  # the plain pass promises nothing
        checks.check_backward_memory(case, trace, n, on_the_way=2)


@pytest.mark.parametrize("columns", [1, 4, 6, 13])
def test_time_may_be_cut_into_segments(module, columns, monkeypatch):
    checks.check_segments(module, columns, monkeypatch)
