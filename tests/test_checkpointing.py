"""Checkpointing: the same gradients in a fraction of the trace."""

from functools import partial

import numpy as np
import pytest

from bptt_core import checkpointing, gru, losses, oracle, rnn
from tests import gradient_checks as checks

every = pytest.mark.parametrize(
    "module",
    [checks.FAST["rnn"], checks.FAST["lstm"], gru],
    ids=["rnn", "lstm", "gru"],
)


def checkpointed(case):
    def output_gradient(z, steps):
        return losses.output_gradient(z, case.y[steps]) * factor

    factor = 1 / len(case.x) if case.over_time == "mean" else 1
    return gradients(case, output_gradient)


def gradients(case, output_gradient):
    def forward(x, *states):
        return case.module.forward(case.params, x, *states, *case.activation)

    backward = partial(case.module.backward, case.params)
    return checkpointing.gradients(
        forward, backward, case.x, case.states, output_gradient
    )


@every
@pytest.mark.parametrize("T", [1, 2, 3, 7, 60, 257])
@pytest.mark.parametrize("over_time", ["sum", "mean"])
def test_the_gradients_are_the_same(module, T, over_time):
    rng = np.random.default_rng(T)
    case = checks.random_case(module, rng, T, B=3, n=5, over_time=over_time)
    plain = checks.backward(case)
    params, *states = checkpointed(case)
    assert type(params) is module.Params
    for found, expected in zip(params, plain.params, strict=True):
        assert oracle.relative_error(found, expected) < 1e-13
    for found, expected in zip(states, plain[1:], strict=False):
        assert oracle.relative_error(found, expected) < 1e-13


@every
@pytest.mark.parametrize("T", [1, 2, 7, 17])
def test_the_gradients_are_those_of_the_complex_step(module, T):
    case = checks.random_case(module, np.random.default_rng(T), T, B=2)
    params, *states = checkpointed(case)
    found = params._asdict() | dict(zip(("h0", "c0"), states, strict=False))
    functions = checks.perturbed(case)
    for name, gradient in found.items():
        expected = oracle.gradient(*functions[name])
        assert oracle.relative_error(gradient, expected) < checks.TOLERANCE


def test_any_activation_and_dtype():
    rng = np.random.default_rng(1)
    case = checks.random_case(rnn, rng, 9, B=3, activation=rnn.LOGISTIC)
    case = checks.map_arrays(case, lambda array: array.astype(np.float32))
    params, dh0 = checkpointed(case)
    for found, expected in zip(
        params, checks.backward(case).params, strict=True
    ):
        assert found.dtype == dh0.dtype == np.float32
        assert oracle.relative_error(found, expected) < 1e-5


@every
def test_memory_at_ten_thousand_steps(module):
    """At most 5 % of what the plain trace holds."""
    rng = np.random.default_rng(2)
    case = checks.random_case(module, rng, 10_000, B=4, n=64, d=2, m=2)
    trace, held, _ = checks.numbers_held(lambda: checks.forward(case))
    dz = losses.output_gradient(trace.z, case.y)
    plain = module.backward(case.params, trace, dz)
    del trace
    (params, *states), _, peak = checks.numbers_held(
        lambda: checkpointed(case)
    )
    assert peak < 0.05 * held
    for found, expected in zip(params, plain.params, strict=True):
        assert oracle.relative_error(found, expected) < 1e-11
    for found, expected in zip(states, plain[1:], strict=False):
        assert oracle.relative_error(found, expected) < 1e-13


@every
def test_inputs_are_never_changed_and_errors_are_told(module):
    rng = np.random.default_rng(3)
    case = checks.random_case(module, rng, 9, B=3)

    def read_only(array):
        array = array.copy()
        array.flags.writeable = False
        return array

    checkpointed(checks.map_arrays(case, read_only))
    for changed, message in (
        ({"x": case.x[:0]}, "x must have shape"),
        ({"x": case.x[:, :, 1:]}, r"states\[0\] must have shape"),
        ({"x": case.x * np.nan}, "x must be finite"),
    ):
        with pytest.raises(ValueError, match=f"^{message}"):
            checkpointed(case._replace(**changed))
    named = r"^output_gradient\(z, steps\) must have shape"
    with pytest.raises(ValueError, match=named):
        gradients(case, lambda z, steps: z[:, 1:])
