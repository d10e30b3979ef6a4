"""Optimisers against hand-worked steps; the loop against its parts."""

from functools import partial
from typing import NamedTuple

import numpy as np
import pytest

from bptt_core import training


class Pair(NamedTuple):
    a: np.ndarray
    b: np.ndarray


def pair(a, b):
    return Pair(np.array(a, dtype=float), np.array(b, dtype=float))


def bowl(params, batch):
    """|params - batch|^2 / 2, lowest at the batch."""
    gap = Pair(params.a - batch.a, params.b - batch.b)
    return 0.5 * training.norm(gap) ** 2, gap


def test_norm_runs_over_all_arrays():
    assert training.norm(pair([[3.0]], [4.0, 12.0])) == 13.0


def test_clipping_keeps_direction_and_short_gradients():
    long = pair([3.0], [4.0])
    clipped = training.clip_by_norm(long, 1.0)
    np.testing.assert_allclose(clipped.a, [0.6], rtol=1e-15)
    np.testing.assert_allclose(clipped.b, [0.8], rtol=1e-15)
    assert training.clip_by_norm(long, 5.0) is long
    assert training.clip_by_norm(long, np.inf) is long


def test_clipping_by_value_cuts_each_entry_alone():
    steep = pair([[3.0, -0.5]], [-4.0, 1.0])
    clipped = training.clip_by_value(steep, 1.0)
    assert isinstance(clipped, Pair)
    np.testing.assert_array_equal(clipped.a, [[1.0, -0.5]])
    np.testing.assert_array_equal(clipped.b, [-1.0, 1.0])
    np.testing.assert_array_equal(steep.a, [[3.0, -0.5]])
    flat = training.clip_by_value(steep, 4.0)
    np.testing.assert_array_equal(flat.b, steep.b)


def test_only_clipping_by_norm_keeps_the_direction():
    """(3, 4) is cut to (1, 1): the cosine of the angle is 7 / (5 sqrt 2)."""
    long = pair([3.0], [4.0])

    def cosine(clipped):
        product = long.a @ clipped.a + long.b @ clipped.b
        return product / (training.norm(long) * training.norm(clipped))

    assert cosine(training.clip_by_norm(long, 1.0)) == pytest.approx(1.0)
    assert cosine(training.clip_by_value(long, 1.0)) == pytest.approx(
        7 / (5 * np.sqrt(2))
    )


@pytest.mark.parametrize("threshold", [0, -1.0, np.nan])
@pytest.mark.parametrize(
    "clip", [training.clip_by_norm, training.clip_by_value]
)
def test_a_threshold_must_be_positive(clip, threshold):
    message = r"^threshold must be a positive real number; got"
    with pytest.raises(ValueError, match=message):
        clip(pair([1.0], [1.0]), threshold)


def test_sgd_takes_one_step_downhill():
    params, state = training.sgd(pair([1.0], [2.0]), pair([10.0], [-4.0]))
    np.testing.assert_allclose(params.a, [0.0], atol=1e-15)
    np.testing.assert_allclose(params.b, [2.4], rtol=1e-15)
    assert state is None


def test_adam_by_hand():
    """Two steps with gradients 1 and 3, worked out on paper.

    Step 1: mean .1, square .001; both corrected to 1: move by rate.
    Step 2: mean .9*.1 + .1*3 = .39, over 1 - .81 = .19;
    square .999*.001 + .001*9 = .009999, over 1 - .998001 = .001999.
    """
    start = pair([0.0], [0.0])
    one, state = training.adam(start, pair([1.0], [0.0]), rate=0.5)
    assert one.a[0] == pytest.approx(-0.5, rel=1e-7)
    two, state = training.adam(one, pair([3.0], [0.0]), state, rate=0.5)
    move = 0.5 * (0.39 / 0.19) / np.sqrt(0.009999 / 0.001999)
    assert two.a[0] - one.a[0] == pytest.approx(-move, rel=1e-7)
    assert two.b[0] == 0.0
    assert state.steps == 2
    np.testing.assert_array_equal(start.a, [0.0])


def test_mismatched_gradients_are_refused():
    params = pair([1.0], [1.0])
    with pytest.raises(TypeError, match=r"gradient must be .*got builtins"):
        training.sgd(params, (np.ones(1),))
    with pytest.raises(ValueError, match=r"gradient.b must have shape \(1,\)"):
        training.adam(params, pair([1.0], [[1.0]]))


@pytest.mark.parametrize(
    ("update", "steps"),
    [(training.sgd, 300), (partial(training.adam, rate=0.1), 600)],
)
def test_training_reaches_the_bottom_of_a_bowl(update, steps):
    bottom = pair([[1.0, -2.0]], [3.0])
    start = pair([[0.0, 0.0]], [0.0])
    run = training.train(start, bowl, [bottom] * steps, update)
    assert isinstance(run.params, Pair)
    assert run.losses.shape == (steps,)
    assert run.losses[0] == pytest.approx(7.0)
    assert run.losses[-1] < 1e-6
    np.testing.assert_allclose(run.params.a, bottom.a, atol=1e-3)


def test_the_loop_clips():
    start, bottom = pair([0.0], [0.0]), pair([3.0], [4.0])
    update = partial(training.sgd, rate=1.0)
    run = training.train(start, bowl, [bottom], update, threshold=1.0)
    np.testing.assert_allclose(run.params.a, [0.6], rtol=1e-15)


def test_a_loss_that_is_not_finite_stops_the_loop():
    def objective(params, batch):
        return (np.nan if batch == 3 else 1.0), pair([0.0], [0.0])

    with pytest.raises(FloatingPointError, match="loss nan at step 3"):
        training.train(
            pair([0.0], [0.0]), objective, [1, 2, 3, 4], training.sgd
        )


SIZES = [1e200, 1e-200, 1.7e308, 5e-324, 1.0]


@pytest.mark.parametrize("size", SIZES)
def test_the_norm_of_every_finite_gradient(size):
    """No square overflows or underflows on the way."""
    assert training.norm(pair([size], [0.0])) == size
    assert training.norm(pair([0.0], [[-size]])) == size
    if size < 1e300:
        found = training.norm(pair([3 * size], [4 * size]))
        assert found == pytest.approx(5 * size, rel=1e-15)


def test_the_norm_of_mixtures_and_of_nothing():
    assert training.norm(pair([1e200, 1e-200], [1.0])) == 1e200
    assert training.norm(pair([3e-200], [4e-200, 0.0])) == 5e-200
    assert training.norm(pair([0.0], [0.0])) == 0.0
    assert training.norm(pair([], [])) == 0.0
    assert training.norm(pair([np.inf], [1.0])) == np.inf
    assert np.isnan(training.norm(pair([np.nan], [np.inf])))
    assert training.norm(pair([1.5e308], [1.5e308])) == np.inf  # it is


def test_the_norm_in_single_precision():
    small = Pair(np.array([3e-30], np.float32), np.array([4e-30], np.float32))
    assert training.norm(small) == pytest.approx(5e-30, rel=1e-6)
    large = Pair(np.array([3e37], np.float32), np.array([4e37], np.float32))
    assert training.norm(large) == pytest.approx(5e37, rel=1e-6)
    clipped = training.clip_by_norm(large, 1.0)
    assert clipped.a.dtype == np.float32
    assert clipped.a[0] == pytest.approx(0.6, rel=1e-6)
    assert clipped.b[0] == pytest.approx(0.8, rel=1e-6)


@pytest.mark.parametrize("size", [1e200, 3.4e307, 1e-160, 1e-200, 1e-300])
@pytest.mark.parametrize("share", [1.0, 1e-5])
def test_clipping_works_for_every_finite_gradient(size, share):
    long = pair([3 * size], [4 * size, 0.0])
    threshold = share * size
    clipped = training.clip_by_norm(long, threshold)
    assert clipped.a[0] == pytest.approx(0.6 * threshold, rel=1e-14)
    assert clipped.b[0] == pytest.approx(0.8 * threshold, rel=1e-14)
    assert training.clip_by_norm(long, 5.1 * size) is long
    assert training.clip_by_value(long, threshold).b[0] == threshold


def test_a_gradient_whose_norm_is_beyond_all_floats_is_clipped():
    clipped = training.clip_by_norm(pair([1.5e308], [1.5e308]), 2.0)
    assert clipped.a[0] == pytest.approx(np.sqrt(2), rel=1e-15)


def test_a_complex_gradient_has_no_norm_here():
    wrong = Pair(np.array([1j]), np.array([1.0]))
    with pytest.raises(ValueError, match=r"^gradient\.a must be real; got"):
        training.norm(wrong)
