"""Softmax, cross-entropy, and their derivatives."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bptt_core import losses, oracle
from tests import gradient_checks as checks

shapes = {
    "T": st.integers(1, 4),
    "m": st.integers(1, 6),
    "B": st.integers(1, 3),
    "seed": st.integers(0, 2**32 - 1),
}


def targets(rng, kind, T, m, B):
    """Labels, distributions, or targets that do not sum to one."""
    if kind == "labels":
        return rng.integers(m, size=(T, B))
    y = rng.random(size=(T, m, B)) + 0.1
    return y / y.sum(axis=1, keepdims=True) if kind == "soft" else 3 * y


def test_softmax_is_exponentials_over_their_sum():
    z = np.random.default_rng(1).normal(size=(4, 3, 2))
    expected = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(losses.softmax(z), expected, rtol=1e-14)
    np.testing.assert_allclose(losses.softmax(z[0]), expected[0], rtol=1e-14)


def test_softmax_and_loss_of_logits_of_ten_thousand():
    z = np.array([1e4, -1e4, 0.0, 1e4 - 3]).reshape(1, 4, 1)
    with mpmath.workdps(50):
        exps = [mpmath.exp(mpmath.mpf(float(v))) for v in z.ravel()]
        total = mpmath.fsum(exps)
        probabilities = [float(e / total) for e in exps]
        step_losses = [float(-mpmath.log(e / total)) for e in exps]
    found = losses.softmax(z).ravel()
    np.testing.assert_allclose(found, probabilities, rtol=1e-14)
    for label, expected in enumerate(step_losses):
        found = losses.cross_entropy(z, np.array([[label]]))
        assert oracle.relative_error(found, expected) < 1e-14


@checks.always_the_same
@given(**shapes)
def test_softmax_jacobian(T, m, B, seed):
    z = np.random.default_rng(seed).normal(size=(T, m, B))
    yhat = losses.softmax(z)
    for t in range(T):
        for k in range(B):
            expected = oracle.jacobian(
                lambda column: losses.softmax(column[:, None])[:, 0],
                z[t, :, k],
            )
            p = yhat[t, :, k]
            np.testing.assert_allclose(
                np.diag(p) - np.outer(p, p), expected, rtol=1e-10, atol=1e-15
            )


def test_one_hot():
    y = losses.one_hot([[2, 0]], 3)
    assert y.shape == (1, 3, 2)
    assert (y[0].T == [[0, 0, 1], [1, 0, 0]]).all()


def test_step_loss_is_minus_the_log_of_the_probability_of_the_label():
    rng = np.random.default_rng(2)
    z, labels = rng.normal(size=(5, 4, 3)), rng.integers(4, size=(5, 3))
    found = losses.step_cross_entropy(z, labels)
    assert found.shape == (5, 3)
    yhat = losses.softmax(z)
    for t in range(5):
        for k in range(3):
            expected = -np.log(yhat[t, labels[t, k], k])
            assert oracle.relative_error(found[t, k], expected) < 1e-13


def test_labels_are_one_hot_distributions():
    rng = np.random.default_rng(3)
    z, labels = rng.normal(size=(5, 4, 3)), rng.integers(4, size=(5, 3))
    y = losses.one_hot(labels, 4)
    assert losses.cross_entropy(z, labels) == losses.cross_entropy(z, y)
    same = losses.output_gradient(z, labels) == losses.output_gradient(z, y)
    assert same.all()


def test_the_mean_over_time_is_the_sum_over_t_of_a_part_in_t():
    rng = np.random.default_rng(4)
    z, labels = rng.normal(size=(5, 4, 3)), rng.integers(4, size=(5, 3))
    for function in (losses.cross_entropy, losses.output_gradient):
        total = function(z, labels, over_time="sum")
        mean = function(z, labels, over_time="mean")
        assert oracle.relative_error(5 * mean, total) < 1e-15
    total = losses.step_cross_entropy(z, labels).sum()
    assert oracle.relative_error(losses.cross_entropy(z, labels), total) == 0


@checks.always_the_same
@given(
    **shapes,
    kind=st.sampled_from(["labels", "soft", "any sum"]),
    over_time=st.sampled_from(["sum", "mean"]),
)
def test_output_gradient_against_the_complex_step(
    T, m, B, seed, kind, over_time
):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(T, m, B))
    y = targets(rng, kind, T, m, B)
    found = losses.output_gradient(z, y, over_time)
    expected = oracle.gradient(
        lambda z: losses.cross_entropy(z, y, over_time), z
    )
    if m == 1:  # one class is certain: the gradient is zero
        assert np.abs(found).max() < 1e-15
    else:
        assert oracle.relative_error(found, expected) < 1e-10


@pytest.mark.parametrize("kind", ["labels", "soft", "any sum"])
def test_output_gradient_against_derivatives_at_fifty_digits(kind):
    rng = np.random.default_rng(5)
    z, y = rng.normal(size=(1, 4, 1)), targets(rng, kind, 1, 4, 1)
    weights = losses.one_hot(y, 4) if kind == "labels" else y
    weights = [mpmath.mpf(float(v)) for v in weights.ravel()]

    def loss(*z):
        log_sum = mpmath.log(mpmath.fsum(mpmath.exp(v) for v in z))
        return mpmath.fsum(
            w * (log_sum - v) for w, v in zip(weights, z, strict=True)
        )

    with mpmath.workdps(50):
        expected = [
            float(mpmath.diff(loss, tuple(map(float, z.ravel())), order))
            for order in np.eye(4, dtype=int).tolist()
        ]
    found = losses.output_gradient(z, y).ravel()
    assert oracle.relative_error(found, np.array(expected)) < 1e-13


def test_the_gradient_is_prediction_minus_target():
    rng = np.random.default_rng(6)
    z = rng.normal(size=(3, 4, 2))
    for kind in ("labels", "soft"):
        y = targets(rng, kind, 3, 4, 2)
        weights = losses.one_hot(y, 4) if kind == "labels" else y
        found = losses.output_gradient(z, y)
        expected = losses.softmax(z) - weights
        assert oracle.relative_error(found, expected) < 1e-15


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64])
def test_the_dtype_follows_the_logits(dtype):
    z = np.random.default_rng(7).normal(size=(2, 3, 2)).astype(dtype)
    labels = np.zeros((2, 2), dtype=np.int8)
    yhat = losses.softmax(z)
    assert yhat.dtype == dtype
    assert losses.step_cross_entropy(z, labels).dtype == dtype
    assert losses.cross_entropy(z, labels, "mean").dtype == dtype
    assert losses.output_gradient(z, labels, "mean").dtype == dtype


def test_inputs_are_never_changed():
    z, y = np.ones((2, 3, 2)), np.ones((2, 3, 2)) / 3
    z.flags.writeable = y.flags.writeable = False
    losses.softmax(z)
    losses.cross_entropy(z, y)
    losses.output_gradient(z, y)
