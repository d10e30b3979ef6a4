"""The complex step on functions whose derivatives are known."""

import numpy as np
import pytest

from bptt_core import oracle


def test_gradient_of_known_functions():
    x = np.random.default_rng(1).normal(size=(3, 2))
    for f, derivative in (
        (lambda x: np.exp(x).sum(), np.exp(x)),
        (lambda x: (x**3).sum(), 3 * x**2),
        (lambda x: np.log(np.cosh(x)).sum(), np.tanh(x)),
        (
            lambda x: (np.sin(x) / (2 + x * x)).sum(),
            (np.cos(x) * (2 + x * x) - 2 * x * np.sin(x)) / (2 + x * x) ** 2,
        ),
    ):
        found = oracle.gradient(f, x)
        assert found.shape == x.shape
        assert oracle.relative_error(found, derivative) < 1e-14


def test_gradient_of_a_number_and_of_whole_numbers():
    found = oracle.gradient(lambda x: x**2, 3)
    assert found.shape == ()
    assert found == 6
    assert (oracle.gradient(lambda x: (x * x).sum(), [1, 2]) == [2, 4]).all()


def test_jacobian_has_the_shape_of_value_and_argument():
    rng = np.random.default_rng(2)
    A, x = rng.normal(size=(4, 3)), rng.normal(size=(3, 2))
    found = oracle.jacobian(lambda x: A @ x, x)
    assert found.shape == (4, 2, 3, 2)
    expected = np.einsum("ij,kl->ikjl", A, np.eye(2))
    assert oracle.relative_error(found, expected) < 1e-14


@pytest.mark.parametrize("scale", [1e-180, 1e-30, 1.0, 1e30, 1e150])
def test_derivatives_of_any_scale(scale):
    x = np.array([0.3, -1.2])
    found = oracle.gradient(lambda x: scale * np.tanh(x).sum(), x)
    expected = scale / np.cosh(x) ** 2
    assert oracle.relative_error(found, expected) < 1e-14


def test_f_may_change_what_it_is_given():
    x = np.array([1.0, 2.0])

    def f(z):
        z *= z
        return z.sum()

    assert (oracle.gradient(f, x) == [2, 4]).all()
    assert (x == [1, 2]).all()


def test_relative_error_has_no_floor():
    reference = np.array([3e-200, 4e-200])
    assert oracle.relative_error(reference, reference) == 0
    wrong = reference * np.array([1, 1.25])
    assert oracle.relative_error(wrong, reference) == pytest.approx(0.2)
    huge = np.array([3e300, 4e300])
    assert oracle.relative_error(0.5 * huge, huge) == pytest.approx(0.5)
    assert oracle.relative_error(np.zeros(2), np.zeros(2)) == 0
    assert oracle.relative_error([1e-300, 0], np.zeros(2)) == np.inf
    assert oracle.relative_error(2.0, 1.0) == 1
