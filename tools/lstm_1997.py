"""Experiments of the paper that brought the LSTM, as that paper ran them.

Hochreiter and Schmidhuber (1997), experiments 1, 3a and 6a: their tasks,
one sequence at a time, plain descent at their rate, logistic outputs with a
squared error, their ranges of the first weights and gate biases, their tests
of success, and their gradient. The core computes all of it:

* No forget gate: a bias of 40 makes f exactly 1 in double precision, and its
  slope 0, so that no update moves it.
* Their gradient is cut where an error would go through W to an earlier
  state: it is the backward pass with 0 in place of W.
* They squash with g(x) = 2 tanh(x/2) and h(s) = tanh(s/2). With c = s/2 that
  is our cell, whose weights into g are half of theirs; a step on theirs is
  a quarter of the step on ours.
* A block of two cells shares its gates: what moves one moves both.

One thing is left aside: there the gates read the gates, too.
"""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np

from bptt_core import fast, lstm
from bptt_core.activations import logistic

SEEDS = range(10)
OPEN = 40  # the bias of a forget gate that is exactly 1
I, F, O, G = range(4)  # noqa: E741  the rows of gates, as the core stacks them

# From each state of the Reber grammar: the symbols, and where they lead.
REBER = {
    0: {"B": 1},
    1: {"T": 2, "P": 3},
    2: {"S": 2, "X": 4},
    3: {"T": 3, "V": 5},
    4: {"X": 3, "S": 6},
    5: {"P": 4, "V": 6},
    6: {"E": 7},
}
SYMBOLS = "BTSXPVE"


def reber_string(rng):
    """A string of the embedded grammar; after each symbol, what may follow.

    The second symbol, T or P, returns as the last but one; between them
    stands a string of the Reber grammar.
    """
    outer = "TP"[rng.integers(2)]
    string, may_follow, state = "B" + outer, ["TP", "B"], 0
    while state != 7:
        choice = list(REBER[state])
        string += choice[rng.integers(len(choice))]
        state = REBER[state][string[-1]]
        may_follow.append("".join(REBER.get(state, outer)))
    return string + outer + "E", [*may_follow, "E"]


class Sequence(NamedTuple):
    """What a network reads, and what it shall say; NaN where none asks."""

    x: np.ndarray  # (T, d)
    target: np.ndarray  # (T, m)
    legal: np.ndarray | None = None  # (T, m): what may follow in a string


class Task(NamedTuple):
    """A task, with the network, the rate and the start that the paper took."""

    source: Callable  # rng -> draw, which gives a Sequence, and those to test
    right: Callable  # outputs at the asked steps, Sequence -> bool
    d: int
    m: int
    rate: float
    scale: float  # the first weights lie between -scale and scale
    input_bias: tuple  # of each cell, before training; None is drawn
    output_bias: tuple
    block: int  # cells that share their gates
    biased: str  # "gates", "hidden" or "all": which units have a bias
    error: float = np.inf  # the mean of the last 2000 must be below


def one_hot(codes, size):
    """Codes (T,) as rows (T, size) with one 1 each."""
    return (np.asarray(codes)[:, None] == np.arange(size)).astype(float)


def reber(rng):
    """Experiment 1: 256 strings to train on, 256 others to test with."""
    train = [reber_string(rng) for _ in range(256)]  # some are alike
    seen, test = {string for string, _ in train}, []
    while len(test) < 256:
        string, may_follow = reber_string(rng)
        if string not in seen:
            test.append((string, may_follow))
    known = []
    for string, may_follow in train + test:
        code = one_hot([SYMBOLS.index(symbol) for symbol in string], 7)
        legal = [[symbol in some for symbol in SYMBOLS] for some in may_follow]
        known.append(Sequence(code[:-1], code[1:], np.array(legal)))
    return lambda: known[rng.integers(256)], known


def legal_lead(y, sequence):
    """At every step all symbols that may follow lie above all others."""
    lowest = np.where(sequence.legal, y, np.inf).min(axis=1)
    return bool((lowest > np.where(sequence.legal, 0, y).max(axis=1)).all())


def asked_last(x, target):
    """A Sequence that is asked at its last step alone."""
    every = np.full((len(x), len(target)), np.nan)
    every[-1] = target
    return Sequence(x, every)


def within(allowed):
    """A test: every output errs by less than `allowed`."""

    def right(y, sequence):
        return bool(np.nanmax(np.abs(y - sequence.target)) < allowed)

    return right


def two_sequences(rng, T=100, N=3):
    """Experiment 3a: the sign of the first three numbers, then noise."""

    def draw():
        x = rng.normal(scale=np.sqrt(0.2), size=(rng.integers(T, T + 11), 1))
        first = rng.integers(2)
        x[:N] = 2 * first - 1
        return asked_last(x, [first])

    return draw, [draw() for _ in range(256)]


def temporal_order(rng):
    """Experiment 6a: two marks, each X or Y; in which order did they come?"""

    def draw():
        codes = rng.integers(4, 8, size=rng.integers(100, 111))
        first, second = rng.integers(2, size=2)
        codes[0], codes[-1] = 2, 3  # E and B
        codes[rng.integers(10, 21) - 1] = first
        codes[rng.integers(50, 61) - 1] = second
        target = one_hot([2 * first + second], 4)[0]
        return asked_last(one_hot(codes, 8), target)

    return draw, []


DRAWN = (None, None, None, None)
TASKS = {
    "1 reber": Task(
        reber, legal_lead, 7, 7, 0.5, 0.2,
        DRAWN, (-1, -2, -3, -4), 1, "gates",
    ),
    "3a two sequences": Task(
        two_sequences, within(0.2), 1, 1, 1.0, 0.1,
        (-1, -3, -5), (-2, -4, -6), 1, "hidden",
    ),
    "6a temporal order": Task(
        temporal_order, within(0.3), 8, 4, 0.5, 0.1,
        (-2, -2, -4, -4), DRAWN, 2, "all", 0.1,
    ),
}  # fmt: skip


def first_params(task, rng):
    """The network of one seed: i, o and g as the paper has them, f open."""
    n = len(task.input_bias)

    def drawn(*shape):
        return rng.uniform(-task.scale, task.scale, shape)

    U, W, b = drawn(4, n, task.d), drawn(4, n, n), drawn(4, n, 1)
    c = drawn(task.m, 1)
    for gate, biases in ((I, task.input_bias), (O, task.output_bias)):
        for cell, bias in enumerate(biases):
            b[gate, cell] = b[gate, cell] if bias is None else bias
        for part in (U, W, b):  # the cells of a block begin alike
            part[gate] = part[gate, np.arange(n) // task.block * task.block]
    U[F], W[F], b[F] = 0, 0, OPEN
    U[G], W[G], b[G] = U[G] / 2, W[G] / 2, b[G] / 2
    if task.biased == "gates":
        b[G] = 0
    if task.biased != "all":
        c[:] = 0
    return lstm.Params(
        U.reshape(4 * n, -1),
        W.reshape(4 * n, n),
        b.reshape(4 * n, 1),
        drawn(task.m, n),
        c,
    )


def steps_of(task):
    """The length of a step for each weight of a network, as lstm.Params."""
    n = len(task.input_bias)
    U, W = np.ones((4, n, task.d)), np.ones((4, n, n))
    b, V, c = np.ones((4, n, 1)), np.ones((task.m, n)), np.ones((task.m, 1))
    for part in (U, W, b):
        part[F], part[G] = 0, 1 / 4
    if task.biased == "gates":
        b[G] = 0
    if task.biased != "all":
        c[:] = 0
    flat = (part.reshape(4 * n, -1) for part in (U, W, b))
    return lstm.Params(*(task.rate * part for part in (*flat, V, c)))


def shared(task, gradient):
    """The gradient, where all cells of a block move the gates of the block."""
    if task.block == 1:
        return gradient
    summed = []
    for part in gradient[:3]:
        gates = part.reshape(4, -1, task.block, part.shape[1]).copy()
        for gate in (I, O):
            gates[gate] = gates[gate].sum(axis=1, keepdims=True)
        summed.append(gates.reshape(part.shape))
    return lstm.Params(*summed, *gradient[3:])


def joined(networks):
    """Several LSTMs as one whose weights are blocks: they share no entry."""
    S, n = len(networks), networks[0].W.shape[1]

    def blocks(field, gates):
        parts = [getattr(one, field) for one in networks]
        rows, columns = parts[0].shape[0] // gates, parts[0].shape[1]
        whole = np.zeros((gates, S, rows, S, columns))
        for s, part in enumerate(parts):
            whole[:, s, :, s] = part.reshape(gates, rows, columns)
        return whole.reshape(gates * S * rows, S * columns)

    U, W = blocks("U", 4), blocks("W", 4)
    b = np.stack([one.b.reshape(4, n) for one in networks], axis=1)
    c = np.concatenate([one.c for one in networks])
    return lstm.Params(U, W, b.reshape(-1, 1), blocks("V", 1), c)


def side_by_side(sequences):
    """Sequences [k][s], k in the batch, s of a network: x and the targets.

    Returns x (T, S d, K) and targets (T, S, m, K). What is shorter than the
    longest ends in zeros and is asked nothing there.
    """
    T = max(len(one.x) for row in sequences for one in row)
    some = sequences[0][0]
    K, S = len(sequences), len(sequences[0])
    x = np.zeros((T, S, some.x.shape[1], K))
    target = np.full((T, S, some.target.shape[1], K), np.nan)
    for k, row in enumerate(sequences):
        for s, one in enumerate(row):
            x[: len(one.x), s, :, k] = one.x
            target[: len(one.x), s, :, k] = one.target
    return x.reshape(T, -1, K), target


def answers(params, x, shape):
    """The trace, and the logistic outputs in the shape of the targets."""
    start = np.zeros((params.W.shape[1], x.shape[-1]))
    trace = fast.lstm_forward(params, x, start, start)
    return trace, logistic(trace.z).reshape(shape)


def wrong(task, params, rows):
    """How many of the sequences [k][s] each joined network s gets wrong."""
    count = np.zeros(len(rows[0]), int)
    for first in range(0, len(rows), 256):
        some = rows[first : first + 256]
        x, target = side_by_side(some)
        _, y = answers(params, x, target.shape)
        for k, row in enumerate(some):
            for s, one in enumerate(row):
                seen = y[: len(one.x), s, :, k]
                count[s] += not task.right(seen, one)
    return count


@cache
def train(name, most, tested=2560, seeds=SEEDS):
    """Train a network for each seed, side by side; seed -> what came out.

    Each stops at its own success, or after `most` sequences: every one of
    the known sequences right, seen every 250, or the last 2000 right.
    """
    task = TASKS[name]
    rngs = [np.random.default_rng(seed) for seed in seeds]
    sources = [task.source(rng) for rng in rngs]
    networks = [first_params(task, rng) for rng in rngs]
    params, known = (
        joined(networks),
        list(zip(*(those for _, those in sources), strict=True)),
    )
    rates = steps_of(task)
    open_yet = np.ones(len(rngs), bool)
    solved, streak = [None] * len(rngs), np.zeros(len(rngs), int)
    errors, opening = np.full((len(rngs), 2000), np.inf), []
    moved = joined([rates] * len(rngs))
    for step in range(1, most + 1):
        row = [draw() for draw, _ in sources]
        x, target = side_by_side([row])
        trace, y = answers(params, x, target.shape)
        off = np.nan_to_num(y - target)
        dz = (off * y * (1 - y)).reshape(trace.z.shape)
        cut = params._replace(W=np.zeros_like(params.W))
        gradient = shared(task, fast.lstm_backward(cut, trace, dz).params)
        params = lstm.Params(*(
            p - rate * g
            for p, rate, g in zip(params, moved, gradient, strict=True)
        ))  # fmt: skip
        if step <= 25:
            opening.append(np.sum(off**2, axis=(0, 2, 3)) / 2)
        if known:
            if step % 250:
                continue
            done = wrong(task, params, known) == 0
        else:
            for s, one in enumerate(row):
                right = task.right(y[: len(one.x), s, :, 0], one)
                streak[s] = streak[s] + 1 if right else 0
            errors[:, step % 2000] = np.abs(off).sum(axis=(0, 2, 3)) / task.m
            done = (streak >= 2000) & (errors.mean(axis=1) < task.error)
        if (done & open_yet).any():
            for s in np.flatnonzero(done & open_yet):
                solved[s] = step
            open_yet &= ~done
            moved = joined([
                lstm.Params(*(rate * yet for rate in rates))
                for yet in open_yet
            ])  # fmt: skip
        if not open_yet.any():
            break
    if known:
        fresh, tested = wrong(task, params, known), len(known)
    else:
        draws = [
            task.source(np.random.default_rng(10_000 + seed))[0]
            for seed in seeds
        ]
        fresh = wrong(task, params, [
            [draw() for draw in draws] for _ in range(tested)
        ])  # fmt: skip
    return {
        seed: {
            "solved_at": solved[s],
            "wrong": int(fresh[s]),
            "tested": tested,
            "opening": [float(losses[s]) for losses in opening],
        }
        for s, seed in enumerate(seeds)
    }
