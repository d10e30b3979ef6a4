"""What `compare` says of right, nearly right and wrong gradients."""

import numpy as np
import pytest

from bptt_core import losses, rnn
from bptt_core.compare import compare

RNG = np.random.default_rng(5)
X, H0 = RNG.normal(size=(5, 2, 3)), RNG.normal(size=(3, 3))
Y = RNG.integers(4, size=(5, 3))
PARAMS = rnn.random_params(RNG, 2, 3, 4)
TRACE = rnn.forward(PARAMS, X, H0)
DZ = losses.output_gradient(TRACE.z, Y)
TRUE = rnn.backward(PARAMS, TRACE, DZ).params


def test_a_right_gradient_is_exact():
    assert set(compare(TRUE, TRUE).values()) == {"exact"}
    assert set(compare([TRUE, TRUE], [TRUE, TRUE]).values()) == {"exact"}


def test_each_way_to_be_wrong_has_its_words():
    mine = TRUE._replace(
        W=TRUE.W * (1 + 1e-8), U=2 * TRUE.U, b=TRUE.b[:-1], c=None
    )
    largest = f"largest difference {np.abs(TRUE.U).max():.2g}"
    assert compare(mine, TRUE) == {
        "U": largest,
        "W": "approximate, off by 1.0e-08 of it",
        "b": "shape (2, 1), expected (3, 1)",
        "V": "exact",
        "c": "empty, expected (4, 1)",
    }


def test_the_path_that_is_missing_or_counted_twice_is_named():
    paths = {
        name: type(TRUE)(*(RNG.normal(size=part.shape) for part in TRUE))
        for name in ("the path over a_1", "the path over a_2")
    }
    one, two = paths.values()
    mine = TRUE._replace(W=TRUE.W - two.W, V=TRUE.V + one.V)
    said = compare(mine, TRUE, paths)
    assert said["W"] == "the path over a_2 is missing"
    assert said["V"] == "the path over a_1 is counted twice"
    assert said["U"] == "exact"


def test_a_path_is_named_only_if_it_is_missing_on_every_network():
    small = {"W": np.array([1.0, 2.0])}
    path = {"the path": [{"W": np.ones(2)}, {"W": np.ones(2)}]}
    once = [{"W": np.array([0.0, 1.0])}, small]
    always = [{"W": np.array([0.0, 1.0])}, {"W": np.array([0.0, 1.0])}]
    assert compare(always, [small, small], path) == {
        "W": "the path is missing"
    }
    assert compare(once, [small, small], path) == {"W": "largest difference 1"}


def test_a_path_that_knows_nothing_of_an_array_is_passed_over():
    said = compare({"W": np.ones(2)}, {"W": np.zeros(2)}, {"other": {}})
    assert said == {"W": "largest difference 1"}


def test_lists_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="zip"):
        compare([TRUE], [TRUE, TRUE])


def test_what_has_no_names_is_refused():
    with pytest.raises(TypeError, match="reference must map names to arrays"):
        compare(TRUE, np.zeros(3))
    with pytest.raises(TypeError, match="mine must map names to arrays"):
        compare([], TRUE)
