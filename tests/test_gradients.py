"""What is asked alike of every network, plain and fast."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bptt_core import gru, lstm, rnn
from tests import gradient_checks as checks

NETWORKS = {
    "rnn": rnn,
    "rnn fast": checks.FAST["rnn"],
    "lstm": lstm,
    "lstm fast": checks.FAST["lstm"],
    "gru": gru,
}
pytestmark = pytest.mark.parametrize("name", NETWORKS)

SHAPES = {
    "T": st.integers(1, 7),
    "B": st.integers(1, 3),
    "d": st.integers(1, 4),
    "n": st.integers(1, 5),
    "m": st.integers(2, 4),
    "over_time": st.sampled_from(["sum", "mean"]),
    "after": st.booleans(),
}
OF_ONE = {
    "rnn": {
        "activation": st.sampled_from([rnn.TANH, rnn.IDENTITY, rnn.LOGISTIC])
    },
    "lstm": {"forget_bias": st.sampled_from([-2.0, 0.0, 1.0, 4.0])},
    "gru": {},
}


@checks.always_the_same
@given(seed=st.integers(0, 2**32 - 1), data=st.data())
def test_gradients_of_any_shape(name, seed, data):
    shapes = st.fixed_dictionaries(SHAPES | OF_ONE[name.split()[0]])
    rng = np.random.default_rng(seed)
    checks.check(checks.random_case(NETWORKS[name], rng, **data.draw(shapes)))


@pytest.mark.parametrize(
    ("dtype", "tolerance"),
    [(np.float32, 1e-5), (np.complex64, 1e-5), (np.complex128, 1e-13)],
)
def test_the_dtype_follows_the_inputs(name, dtype, tolerance):
    case = checks.random_case(
        NETWORKS[name], np.random.default_rng(5), T=7, B=2
    )
    checks.check_dtype(case, dtype, tolerance)


def test_inputs_are_never_changed_and_any_memory_layout_will_do(name):
    rng = np.random.default_rng(7)
    checks.check_memory_layouts(
        checks.random_case(NETWORKS[name], rng, T=5, B=3, after=True)
    )


def test_a_batch_is_its_sequences_summed(name):
    rng = np.random.default_rng(8)
    checks.check_batch(
        checks.random_case(NETWORKS[name], rng, T=6, B=4, after=True)
    )
