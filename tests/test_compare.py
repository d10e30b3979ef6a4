"""What `compare` says of right, nearly right and wrong gradients."""

import numpy as np
import pytest

from bptt_core import losses, lstm, rnn
from bptt_core.compare import compare

RNG = np.random.default_rng(5)
X, H0, C0 = (RNG.normal(size=shape) for shape in ((5, 2, 3), (3, 3), (3, 3)))
Y = RNG.integers(4, size=(5, 3))
PARAMS = rnn.random_params(RNG, 2, 3, 4)
TRACE = rnn.forward(PARAMS, X, H0)
TRUE = rnn.backward(PARAMS, TRACE, losses.output_gradient(TRACE.z, Y))
TRUE = getattr(TRUE, "params", TRUE)


def test_a_right_gradient_is_exact():
    assert set(compare(TRUE, TRUE).values()) == {"exact"}


def test_a_rounded_gradient_is_approximate_and_a_wrong_one_wrong():
    near = TRUE._replace(W=TRUE.W * (1 + 1e-8), U=2 * TRUE.U, b=TRUE.b[:-1])
    said = compare(near, TRUE)
    assert said["W"].startswith("approximate: off by 1.0e-08")
    assert said["U"].startswith("wrong: off by 1.0e+00")
    assert said["b"].startswith("wrong shape")
    assert said["V"] == "exact"


def test_the_path_that_is_missing_is_named():
    paths = {
        name: type(TRUE)(*(RNG.normal(size=part.shape) for part in TRUE))
        for name in ("over a_1", "over a_2")
    }
    mine = TRUE._replace(W=TRUE.W - paths["over a_2"].W)
    said = compare(mine, TRUE, paths)
    assert said["W"] == "wrong: the path over a_2 is missing"
    assert said["U"] == "exact"


def test_another_class_is_refused():
    other = lstm.random_params(RNG, 2, 3, 4)
    with pytest.raises(TypeError, match="reference must be of the class"):
        compare(TRUE, other)
