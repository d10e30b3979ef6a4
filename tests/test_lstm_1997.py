"""The tasks of 1997 are those of the paper; joined networks stay apart."""

import numpy as np
import pytest

from bptt_core import fast, lstm
from tools import lstm_1997 as paper

NAMES = list(paper.TASKS)


def drawn(name, count=200):
    draw, known = paper.TASKS[name].source(np.random.default_rng(1))
    return [draw() for _ in range(count)], known


def test_a_string_repeats_its_second_symbol_and_says_what_may_follow():
    rng = np.random.default_rng(0)
    for _ in range(300):
        string, may_follow = paper.reber_string(rng)
        assert string[:3] in ("BTB", "BPB")
        assert string[-3:] == f"E{string[1]}E"
        assert len(may_follow) == len(string) - 1
        for symbol, some in zip(string[1:], may_follow, strict=True):
            assert symbol in some
        inner = string[2:-2]
        assert may_follow[-2:] == [string[1], "E"]
        assert inner[0] == "B"
        assert inner[-1] == "E"
        assert all(len(some) == 2 for some in may_follow[2:-4])


def test_no_string_is_trained_on_and_tested():
    _, known = drawn("1 reber", 1)
    spelled = [one.x.tobytes() for one in known]
    assert len(spelled) == 512
    assert not set(spelled[:256]) & set(spelled[256:])


@pytest.mark.parametrize("name", NAMES)
def test_a_network_fits_its_task(name):
    task = paper.TASKS[name]
    for one in drawn(name, 20)[0]:
        assert one.x.shape == (len(one.target), task.d)
        assert one.target.shape[1] == task.m
    assert len(task.input_bias) == len(task.output_bias)


def test_temporal_order_has_its_marks_where_the_paper_puts_them():
    for one in drawn("6a temporal order")[0]:
        codes = one.x.argmax(axis=1)
        first, second = np.flatnonzero(codes < 2)
        assert 100 <= len(codes) <= 110
        assert 10 <= first + 1 <= 20
        assert 50 <= second + 1 <= 60
        assert (codes[0], codes[-1]) == (2, 3)
        asked = 2 * codes[first] + codes[second]
        assert one.target[-1].argmax() == asked


def test_two_sequences_tell_their_class_at_the_start_alone():
    some, known = drawn("3a two sequences")
    assert len(known) == 256
    for one in some:
        assert (one.x[:3] == 2 * one.target[-1] - 1).all()
    noise = np.concatenate([one.x[3:] for one in some])
    assert noise.var() == pytest.approx(0.2, rel=0.05)


@pytest.mark.parametrize("name", NAMES)
def test_joined_networks_do_what_each_does_alone(name):
    """Also where one sequence is longer than the other."""
    task = paper.TASKS[name]
    rngs = [np.random.default_rng(seed) for seed in (3, 4, 5)]
    networks = [paper.first_params(task, rng) for rng in rngs]
    row = drawn(name, 3)[0]
    whole = paper.joined(networks)
    x, target = paper.side_by_side([row])
    trace, y = paper.answers(whole, x, target.shape)
    found = fast.lstm_backward(
        whole, trace, np.nan_to_num(y - target).reshape(trace.z.shape)
    ).params
    expected = []
    for s, (one, network) in enumerate(zip(row, networks, strict=True)):
        start = np.zeros((len(task.input_bias), 1))
        alone = lstm.forward(network, one.x[:, :, None], start, start)
        own = 1 / (1 + np.exp(-alone.z))
        np.testing.assert_allclose(y[: len(one.x), s], own, rtol=1e-12)
        off = np.nan_to_num(own - one.target[:, :, None])
        expected.append(lstm.backward(network, alone, off).params)
    own_entries = paper.joined(
        [lstm.Params(*map(np.ones_like, one)) for one in networks]
    )
    for part, mask, right in zip(
        found, own_entries, paper.joined(expected), strict=True
    ):
        np.testing.assert_allclose(part * mask, right, rtol=1e-9, atol=1e-15)


def test_the_gradient_that_is_cut_takes_earlier_states_as_given():
    """Read as inputs, they send nothing back: a network without W."""
    rng = np.random.default_rng(0)
    params = lstm.random_params(rng, d=2, n=3, m=2)
    x, start = rng.normal(size=(6, 2, 1)), np.zeros((3, 1))
    trace = lstm.forward(params, x, start, start)
    dz = rng.normal(size=trace.z.shape)
    cut = params._replace(W=np.zeros_like(params.W))
    found = fast.lstm_backward(cut, trace, dz).params
    given = params._replace(
        U=np.hstack([params.U, params.W]), W=np.zeros_like(params.W)
    )
    both = np.concatenate([x, trace.h[:-1]], axis=1)
    again = lstm.forward(given, both, start, start)
    np.testing.assert_allclose(again.z, trace.z, rtol=1e-12)
    right = lstm.backward(given, again, dz).params
    np.testing.assert_allclose(np.hstack(found[:2]), right.U, rtol=1e-10)
    for name in "bVc":
        np.testing.assert_allclose(
            getattr(found, name), getattr(right, name), rtol=1e-10
        )


def as_printed(U, W, b, V, c, x):
    """Equations (3) to (9) of the paper, without a forget gate."""
    f = paper.logistic
    state = y = np.zeros((W.shape[1], 1))
    outputs = []
    for x_t in x:
        net = (U @ x_t[:, None] + W @ y + b).reshape(4, -1, 1)
        g = 4 * f(net[paper.G]) - 2
        state = state + f(net[paper.I]) * g
        y = f(net[paper.O]) * (2 * f(state) - 1)
        outputs.append(f(V @ y + c)[:, 0])
    return np.array(outputs)


def test_with_half_the_weights_into_g_the_cell_is_that_of_the_paper():
    """And a quarter of the step on ours is the step on theirs."""
    task = paper.TASKS["6a temporal order"]
    ours = paper.first_params(task, np.random.default_rng(2))
    (one,), _ = drawn("6a temporal order", 1)
    n = len(task.input_bias)
    double = np.ones((4 * n, 1))
    double[3 * n :] = 2
    theirs = [ours.U * double, ours.W * double, ours.b * double, *ours[3:]]
    shape = (*one.target.shape, 1)
    _, y = paper.answers(ours, one.x[:, :, None], shape)
    np.testing.assert_allclose(
        y[..., 0], as_printed(*theirs, one.x), rtol=1e-10
    )
    rates = paper.steps_of(task)
    assert (rates.U[:n] == task.rate).all()
    assert (rates.U[n : 2 * n] == 0).all()
    assert (rates.U[3 * n :] == task.rate / 4).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_block_shares_its_gates_and_keeps_sharing_them(name):
    task = paper.TASKS[name]
    params = paper.first_params(task, np.random.default_rng(0))
    (one,), _ = drawn(name, 1)
    shape = (*one.target.shape, 1)
    trace, y = paper.answers(params, one.x[:, :, None], shape)
    off = np.nan_to_num(y - one.target[..., None]).reshape(trace.z.shape)
    gradient = fast.lstm_backward(params, trace, off).params
    moved = paper.shared(task, gradient)
    for part in (*params[:3], *moved[:3]):
        rows = part.reshape(4, -1, task.block, part.shape[1])
        for gate in (paper.I, paper.O):
            assert (rows[gate] == rows[gate][:, :1]).all()
    before = gradient.U.reshape(4, -1, task.block, task.d)
    after = moved.U.reshape(4, -1, task.block, task.d)
    np.testing.assert_allclose(
        after[paper.O][:, 0], before[paper.O].sum(axis=1)
    )
    np.testing.assert_array_equal(after[paper.G], before[paper.G])


def test_the_open_forget_gate_is_exactly_one_and_is_never_moved():
    task = paper.TASKS["1 reber"]
    params = paper.first_params(task, np.random.default_rng(0))
    (one,), _ = drawn("1 reber", 1)
    shape = (*one.target.shape, 1)
    trace, y = paper.answers(params, one.x[:, :, None], shape)
    gradient = fast.lstm_backward(params, trace, y - 0.5).params
    n = len(task.input_bias)
    assert (lstm.split_gates(trace.gates)[1] == 1).all()
    for part in (gradient.U, gradient.W, gradient.b):
        assert (part[n : 2 * n] == 0).all()


def test_success_asks_for_every_symbol_that_may_follow():
    one = paper.Sequence(
        None, None, np.array([[True, True, False], [False, False, True]])
    )
    right = np.array([[0.4, 0.3, 0.2], [0.1, 0.2, 0.9]])
    assert paper.legal_lead(right, one)
    assert not paper.legal_lead(right[:, [0, 2, 1]], one)


def test_success_is_within_the_allowed_error():
    one = paper.asked_last(np.zeros((3, 1)), [0.5])
    test = paper.within(0.04)
    assert test(np.array([[9.0], [9.0], [0.53]]), one)
    assert not test(np.array([[0.5], [0.5], [0.55]]), one)
