"""The sequences are what their docstrings say."""

import numpy as np
import pytest

from bptt_core import tasks


def test_adding_marks_one_number_in_each_half():
    x, target = tasks.adding(np.random.default_rng(0), T=9, B=200)
    assert x.shape == (9, 2, 200)
    assert target.shape == (1, 200)
    values, marks = x[:, 0], x[:, 1]
    assert set(np.unique(marks)) == {0.0, 1.0}
    assert (marks[:4].sum(axis=0) == 1).all()
    assert (marks[4:].sum(axis=0) == 1).all()
    np.testing.assert_array_equal(target[0], (values * marks).sum(axis=0))


def test_adding_uses_every_step_and_the_whole_range():
    x, _ = tasks.adding(np.random.default_rng(1), T=6, B=2000)
    assert (x[:, 1].sum(axis=1) > 0).all()
    assert x[:, 0].min() >= 0
    assert x[:, 0].max() < 1
    assert np.ptp(x[:, 0]) > 0.99


def test_the_constant_answer_errs_by_one_sixth():
    _, target = tasks.adding(np.random.default_rng(2), T=2, B=200_000)
    assert np.mean((target - 1) ** 2) == pytest.approx(1 / 6, rel=0.01)


def test_the_generator_alone_decides():
    one = tasks.adding(np.random.default_rng(3), 7, 4)
    two = tasks.adding(np.random.default_rng(3), 7, 4)
    other = tasks.adding(np.random.default_rng(4), 7, 4)
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(one[0], other[0])


@pytest.mark.parametrize(
    ("T", "B", "message"),
    [
        (1, 3, "T must be an integer of at least 2; got 1"),
        (5, 0, "B must be an integer of at least 1; got 0"),
    ],
)
def test_bad_sizes_are_named(T, B, message):
    with pytest.raises(ValueError, match=message):
        tasks.adding(np.random.default_rng(0), T, B)


def test_temporal_order_shows_both_marks_and_names_their_order():
    x, labels = tasks.temporal_order(np.random.default_rng(5), 20, 300)
    assert x.shape == (20, 6, 300)
    np.testing.assert_array_equal(x.sum(axis=1), 1)
    marked = x[:, :2].sum(axis=1)
    np.testing.assert_array_equal(marked.sum(axis=0), 2)
    assert set(np.nonzero(marked)[0]) == {2, 3, 10, 11}
    for k in range(300):
        first, second = np.nonzero(marked[:, k])[0]
        order = 2 * x[first, 1, k] + x[second, 1, k]
        assert order == labels[k]
    assert set(labels) == {0, 1, 2, 3}


def test_python_prose_is_prose_and_can_be_read_back():
    text = tasks.python_prose()
    read_back = "".join(text.symbols[code] for code in text.codes)
    assert len(read_back) > 100_000
    assert " the " in read_back
    assert "::=" not in read_back
    assert "".join(sorted(set(read_back))) == text.symbols


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda rng: tasks.temporal_order(rng, 9, 1), "T must .* at least 10"),
        (lambda rng: tasks.temporal_order(rng, 10, 0), "B must .* at least 1"),
    ],
)
def test_what_cannot_be_drawn_is_refused(call, named):
    with pytest.raises(ValueError, match=named):
        call(np.random.default_rng(0))
