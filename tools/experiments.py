"""Run what takes too long for a page, and keep the results as small files.

    python -m tools.experiments           run what is not on file yet
    python -m tools.experiments NAME …     run these again
    python -m tools.experiments --list     name the experiments and stop

Each experiment is a function of a setting and a seed; its runs go to
`book/results/NAME.json` with the settings, what stands where a setting says
nothing, the versions that ran them and a checksum of the runs. Chapters plot
these files; tests run the smallest setting of each again, and points drawn
by lot, and compare.
"""

import argparse
import hashlib
import inspect
import json
import os
import platform
import sys
import time
from collections import namedtuple
from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

for _threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

import numpy as np  # noqa: E402

from book import museum  # noqa: E402
from bptt_core import fast, flow, losses, lstm, rnn, tasks, training  # noqa: E402
from tools import lstm_1997 as paper  # noqa: E402
from tools.notebooks import BOOK  # noqa: E402

RESULTS = BOOK / "results"
VERSIONS = {"python": platform.python_version(), "numpy": np.__version__}
RELU = rnn.Activation(
    "relu", lambda a: np.maximum(a, 0), lambda h: (h > 0).astype(h.dtype)
)


class Experiment(NamedTuple):
    """What is run: every setting with every seed, smallest setting first."""

    run: Callable  # (seed, **setting) -> dict of numbers, lists, strings
    settings: list  # of dicts
    seeds: range


# Losses that look at the last step alone.


def last_step_cross_entropy(z, labels):
    """Mean over the batch of L_T, and dL/dz_t, zero before the end."""
    B = labels.size
    dz = np.zeros_like(z)
    dz[-1:] = losses.output_gradient(z[-1:], labels[None]) / B
    return losses.cross_entropy(z[-1:], labels[None]) / B, dz


def last_step_squared_error(z, target):
    """Mean over the batch of (z_T - target)^2, and dL/dz_t."""
    difference = z[-1] - target
    dz = np.zeros_like(z)
    dz[-1] = 2 * difference / difference.size
    return np.mean(difference**2), dz


def rnn_objective(loss, activation, params, batch):
    """Loss and gradient of an Elman network that starts at h_0 = 0."""
    x, target = batch
    h0 = np.zeros((len(params.W), x.shape[-1]))
    trace = fast.rnn_forward(params, x, h0, activation)
    value, dz = loss(trace.z, target)
    return value, fast.rnn_backward(params, trace, dz).params


def lstm_objective(loss, params, batch):
    """Loss and gradient of an LSTM that starts at h_0 = c_0 = 0."""
    x, target = batch
    start = np.zeros((params.W.shape[1], x.shape[-1]))
    trace = fast.lstm_forward(params, x, start, start)
    value, dz = loss(trace.z, target)
    return value, fast.lstm_backward(params, trace, dz).params


# The experiments.


def tanh_start(rng, n, radius=0.95):
    """A tanh network for temporal order; W has this spectral radius.

    A Gaussian matrix of 50 rows has a radius that varies by a sixteenth
    from draw to draw, so W is scaled to the one that is asked for.
    """
    params = rnn.random_params(rng, d=6, n=n, m=4)
    scale = radius / flow.spectral_radius(params.W)
    return params._replace(W=scale * params.W)


def temporal_order(seed, T, threshold, n=50, B=20, rate=0.01, steps=20_000):
    """Train a tanh network by plain SGD until it errs on less than 1 %."""
    rng = np.random.default_rng(seed)
    params = tanh_start(rng, n)
    radius_at_start = flow.spectral_radius(params.W)
    objective = partial(rnn_objective, last_step_cross_entropy, rnn.TANH)

    def logits(params, x):
        return fast.rnn_forward(params, x, np.zeros((n, x.shape[-1]))).z

    errors = _fresh_errors(seed, T, logits)
    losses_seen, norms, solved_at = [], [], None
    for step in range(1, steps + 1):
        batch = tasks.temporal_order(rng, T, B)
        loss, gradient = objective(params, batch)
        losses_seen.append(loss)
        norms.append(training.norm(gradient))
        if not np.isfinite(norms[-1]):
            break
        if threshold is not None:
            gradient = training.clip_by_norm(gradient, threshold)
        params, _ = training.sgd(params, gradient, rate=rate)
        if step % 250 == 0 and errors(params) < 0.01:
            solved_at = step
            break
    return {
        "solved_at": solved_at,
        "error_rate": errors(params),
        "radius_at_start": radius_at_start,
        "spectral_radius": flow.spectral_radius(params.W),
        "largest_norm": max(norms),
        "median_norm": float(np.median(norms)),
        "opening": losses_seen[:25],
    }


def temporal_order_lstm(
    seed, T, forget_bias, n=16, B=20, rate=0.01, steps=3000
):
    """Train an LSTM by Adam on the same task, to the same end."""
    rng = np.random.default_rng(seed)
    params = lstm.random_params(rng, d=6, n=n, m=4, forget_bias=forget_bias)
    objective = partial(lstm_objective, last_step_cross_entropy)

    def logits(params, x):
        start = np.zeros((n, x.shape[-1]))
        return fast.lstm_forward(params, x, start, start).z

    errors = _fresh_errors(seed, T, logits)
    losses_seen, state, solved_at = [], None, None
    for step in range(1, steps + 1):
        batch = tasks.temporal_order(rng, T, B)
        loss, gradient = objective(params, batch)
        losses_seen.append(loss)
        gradient = training.clip_by_norm(gradient, 1.0)
        params, state = training.adam(params, gradient, state, rate)
        if step % 50 == 0 and errors(params) < 0.01:
            solved_at = step
            break
    return {
        "solved_at": solved_at,
        "sequences": step * B,
        "error_rate": errors(params),
        "weights": sum(part.size for part in params),
        "opening": losses_seen[:25],
    }


def gradient_by_lag(seed, model, T=30, B=20, steps=20_000):
    """Watch ||ds_T/ds_t|| for every t while a network learns temporal order.

    s is h for the tanh network (SGD at 0.01) and c for the LSTM (Adam at
    0.01, forget bias 1); both clip at 1. At each snapshot: the logarithm to
    base 10, median over 20 sequences that are never trained on.
    """
    rng = np.random.default_rng(seed)
    if model == "tanh":
        n, every = 50, 250
        params = tanh_start(rng, n)
        objective = partial(rnn_objective, last_step_cross_entropy, rnn.TANH)
        update = partial(training.sgd, rate=0.01)
    else:
        n, every = 16, 25
        params = lstm.random_params(rng, d=6, n=n, m=4, forget_bias=1)
        objective = partial(lstm_objective, last_step_cross_entropy)
        update = partial(training.adam, rate=0.01)

    def trace_of(params, x):
        start = np.zeros((n, x.shape[-1]))
        if model == "tanh":
            return rnn.forward(params, x, start)
        return lstm.forward(params, x, start, start)

    errors = _fresh_errors(seed, T, lambda params, x: trace_of(params, x).z)
    watched, _ = tasks.temporal_order(
        np.random.default_rng(20_000 + seed), T, 20
    )

    def norms(params):
        trace = trace_of(params, watched)
        found = []
        for sequence in range(20):
            if model == "tanh":
                jacobians = flow.rnn_jacobians(params, trace, sequence)
                found.append(flow.log_norms(jacobians))
            else:
                jacobians = flow.lstm_jacobians(params, trace, sequence)
                cells = slice(n, 2 * n)
                found.append(flow.log_norms(jacobians, cells, cells))
        return (np.median(found, axis=0) / np.log(10)).tolist()

    snapshots, state, solved_at, losses_seen = [], None, None, []
    for step in range(steps + 1):
        if step % every == 0:
            error = errors(params)
            snapshots.append(
                {
                    "step": step,
                    "error_rate": error,
                    "log10_norm": norms(params),
                }
            )
            if error < 0.01:
                solved_at = step
                break
        loss, gradient = objective(params, tasks.temporal_order(rng, T, B))
        losses_seen.append(loss)
        gradient = training.clip_by_norm(gradient, 1.0)
        params, state = update(params, gradient, state)
    return {
        "solved_at": solved_at,
        "error_rate": snapshots[-1]["error_rate"],
        "snapshots": _thinned(snapshots, 24),
        "opening": losses_seen[:25],
    }


def _thinned(items, most):
    """At most so many items, spread evenly, the first and the last kept."""
    if len(items) <= most:
        return items
    kept = np.linspace(0, len(items) - 1, most).round().astype(int)
    return [items[k] for k in kept]


def _fresh_errors(seed, T, logits, B=1000):
    """The share of B unseen sequences of temporal order that are wrong."""
    rng = np.random.default_rng(10_000 + seed)
    x, labels = tasks.temporal_order(rng, T, B)

    def share(params):
        return float(np.mean(logits(params, x)[-1].argmax(axis=0) != labels))

    return share


def adding(seed, T, model, n=32, B=20, rate=1e-3, steps=4000, forget_bias=1):
    """Train one of three networks on the adding problem by Adam."""
    rng = np.random.default_rng(seed)
    if model == "lstm":
        objective = partial(lstm_objective, last_step_squared_error)
        params = lstm.random_params(
            rng, d=2, n=n, m=1, forget_bias=forget_bias
        )
    else:
        activation = {"tanh": rnn.TANH, "irnn": RELU}[model]
        objective = partial(rnn_objective, last_step_squared_error, activation)
        params = rnn.random_params(rng, d=2, n=n, m=1)
        if model == "irnn":
            params = params._replace(W=np.eye(n), b=np.zeros((n, 1)))
    run = training.train(
        params,
        objective,
        (tasks.adding(rng, T, B) for _ in range(steps)),
        partial(training.adam, rate=rate),
        threshold=1.0,
    )
    fresh = tasks.adding(np.random.default_rng(10_000 + seed), T, 2000)
    return {
        "final_error": float(objective(run.params, fresh)[0]),
        "curve": run.losses.reshape(-1, 100).mean(axis=1).tolist(),
        "opening": run.losses[:25].tolist(),
    }


def characters(seed, model, T, threshold, rate, n=64, at_once=1600, passes=8):
    """Read Python's prose one character at a time, T steps to a window.

    An LSTM is trained by Adam, a tanh network by plain SGD. The state goes
    on from window to window; the gradient stops at the window's start.
    Every update reads `at_once` characters, so that a short window means
    more streams, not more updates. The last tenth of the text is never
    trained on.
    """
    text = tasks.python_prose()
    m, train, held_out = _divided(text)
    network = NETWORKS[model]
    params, losses_seen, norms = _reader(
        seed, network, T, threshold, rate, n, at_once, passes
    )
    window = max(len(losses_seen) // 100, 1)
    return {
        "held_out_loss": _held_out_loss(network, params, held_out, m),
        "bigram_loss": _bigram_loss(train, held_out, m),
        "updates": len(losses_seen),
        "text_sha256": _sha256(text),
        "curve_every": window,
        "curve": _means(losses_seen, window),
        "norm_largest": _maxima(norms, window),
        "norm_median": float(np.median(norms)),
        "sample": _sample(
            network, params, text, 240, np.random.default_rng(seed)
        ),
        "opening": losses_seen[:25],
    }


def _sha256(text):
    written = text.symbols.encode() + text.codes.tobytes()
    return hashlib.sha256(written).hexdigest()


def _divided(text):
    """The number of symbols; the codes to train on; the last tenth."""
    cut = 9 * len(text.codes) // 10
    return len(text.symbols), text.codes[:cut], text.codes[cut:]


def _reader(seed, network, T, threshold, rate, n, at_once, passes):
    """Train as `characters` says: parameters, all losses, all norms."""
    rng = np.random.default_rng(seed)
    m, train, _ = _divided(tasks.python_prose())
    B = at_once // T
    params = _single(network.random_params(rng, d=m, n=n, m=m))
    state, losses_seen, norms = None, [], []
    for _ in range(passes):
        start = network.start(n, B)
        for now, following in windows(train, B, T):
            x = losses.one_hot(now, m).astype(np.float32)
            trace = network.forward(params, x, *start)
            start = network.end(trace)
            dz = losses.output_gradient(trace.z, following) / (T * B)
            gradient = network.backward(params, trace, dz).params
            loss = losses.cross_entropy(trace.z, following) / (T * B)
            losses_seen.append(float(loss))
            norms.append(training.norm(gradient))
            if threshold is not None:
                gradient = training.clip_by_norm(gradient, threshold)
            params, state = network.update(params, gradient, state, rate)
            params = _single(params)
    return params, losses_seen, norms


PIECE = "the stack trace is written (nicely formatted) to the standard error"


def gradient_on_text(seed, model, n=64, T=50, at_once=1600, passes=8):
    """Ask a network that has read text how far back its predictions look.

    The network is one of `characters`: an LSTM at rate 0.005 and threshold
    1, or a tanh network at rate 2 and threshold 0.5. `by_lag` is the
    logarithm to base 10 of ||dL_s/dx_{s-l}|| / ||dL_s/dx_s||, the median
    over 400 places s of the unseen text, for l = 0 ... 60. `back[s]` is the
    same for each place s of PIECE, in hundredths, from its start to s.
    """
    text = tasks.python_prose()
    m, _, held_out = _divided(text)
    network = NETWORKS[model]
    rate, threshold = {"lstm": (0.005, 1.0), "tanh": (2.0, 0.5)}[model]
    params, losses_seen, _ = _reader(
        seed, network, T, threshold, rate, n, at_once, passes
    )
    params = type(params)(*(part.astype(float) for part in params))

    def passes_of(codes, places):
        """The trace of codes (T + 1, B), and log ||dL_s/dx_t||, (T, B)."""
        x = losses.one_hot(codes[:-1], m)
        start = [part.astype(float) for part in network.start(n, x.shape[2])]
        trace = network.forward(params, x, *start)
        dz = losses.output_gradient(trace.z, codes[1:])
        dz *= (np.arange(len(dz))[:, None] == places)[:, None]
        dx = network.backward(params, trace, dz).x
        with np.errstate(divide="ignore"):  # after s it is zero
            return trace, np.log10(np.linalg.norm(dx, axis=1))

    lead, lags = 100, 60  # `lead` characters are read first
    ends = np.linspace(lead + lags, len(held_out) - 2, 400).astype(int)
    around = np.arange(-lead - lags, 2)[:, None]
    _, logs = passes_of(held_out[ends + around], lead + lags)
    by_lag = np.median(logs[::-1][: lags + 1] - logs[-1], axis=1)

    spelled = "".join(text.symbols[code] for code in held_out)
    first, shown = spelled.index(PIECE), len(PIECE) - 1
    piece = held_out[first - lead : first + shown + 1, None]
    trace, logs = passes_of(
        np.repeat(piece, shown, axis=1), lead + np.arange(shown)
    )
    logs = logs[lead:]
    back = [
        " ".join(f"{100 * log:.0f}" for log in logs[: s + 1, s] - logs[s, s])
        for s in range(shown)
    ]
    result = {
        "held_out_loss": _held_out_loss(network, _single(params), held_out, m),
        "text_sha256": _sha256(text),
        "by_lag": by_lag.tolist(),
        "piece": PIECE,
        "back": back,
        "opening": losses_seen[:25],
    }
    if model == "lstm":
        i, f, o, _ = lstm.split_gates(trace.gates[lead:, :, :1])
        for name, gate in (("input", i), ("forget", f), ("output", o)):
            result[f"{name}_gate"] = gate[:, :, 0].mean(axis=1).tolist()
        result["forget_by_cell"] = np.sort(f[:, :, 0].mean(axis=0)).tolist()
    return result


def windows(codes, B, T):
    """Cut a stream of codes into B parallel streams, T steps at a time.

    Yields labels in pairs (now, next), each (T, B): `next` is one character
    ahead. Windows follow each other without a gap, so that the state at the
    end of one is the state at the start of the next. Raises ValueError
    unless the codes fill at least one window.
    """
    length = (len(codes) - 1) // B
    if length < T:
        raise ValueError(
            f"codes must be at least B T + 1 = {B * T + 1} long; "
            f"got {len(codes)}"
        )
    now = codes[: B * length].reshape(B, length).T
    following = codes[1 : B * length + 1].reshape(B, length).T
    for start in range(0, length - T + 1, T):
        yield now[start : start + T], following[start : start + T]


class Network(NamedTuple):
    """What `characters` has to know of a network."""

    random_params: Callable
    forward: Callable
    backward: Callable
    start: Callable  # n, B -> the states before the first step
    end: Callable  # trace -> the states after the last one
    update: Callable


def _zeros(n, B):
    return np.zeros((n, B), np.float32)


NETWORKS = {
    "lstm": Network(
        lstm.random_params,
        fast.lstm_forward,
        fast.lstm_backward,
        lambda n, B: (_zeros(n, B), _zeros(n, B)),
        lambda trace: (trace.h[-1], trace.c[-1]),
        training.adam,
    ),
    "tanh": Network(
        rnn.random_params,
        fast.rnn_forward,
        fast.rnn_backward,
        lambda n, B: (_zeros(n, B),),
        lambda trace: (trace.h[-1],),
        training.sgd,
    ),
}


def _single(params):
    return type(params)(*(p.astype(np.float32) for p in params))


def _means(series, window):
    usable = len(series) // window * window
    return np.reshape(series[:usable], (-1, window)).mean(axis=1).tolist()


def _maxima(series, window):
    usable = len(series) // window * window
    return np.reshape(series[:usable], (-1, window)).max(axis=1).tolist()


def _held_out_loss(network, params, codes, m):
    """Mean cross-entropy per character, in nats, reading from zero state."""
    start = network.start(params.W.shape[1], 1)
    x = losses.one_hot(codes[:-1, None], m).astype(np.float32)
    z = network.forward(params, x, *start).z
    return float(losses.cross_entropy(z, codes[1:, None], over_time="mean"))


def _bigram_loss(train, held_out, m):
    """The same for counted pairs of characters, one added to each count."""
    counts = np.ones((m, m))
    np.add.at(counts, (train[:-1], train[1:]), 1)
    log_share = np.log(counts / counts.sum(axis=1, keepdims=True))
    return float(-log_share[held_out[:-1], held_out[1:]].mean())


def _sample(network, params, text, length, rng):
    """Let the network write: draw each character from its prediction."""
    m = len(text.symbols)
    start = network.start(params.W.shape[1], 1)
    code, written = text.symbols.index("\n"), []
    for _ in range(length):
        x = losses.one_hot(np.array([[code]]), m).astype(np.float32)
        trace = network.forward(params, x, *start)
        start = network.end(trace)
        share = losses.softmax(trace.z)[0, :, 0].astype(float)
        code = rng.choice(m, p=share / share.sum())
        written.append(text.symbols[code])
    return "".join(written)


def gradient_bug(seed, exhibit, task, n=12, B=16, rate=0.01):
    """Train with an exhibit of the museum as gradient, and without its bug.

    Both networks begin alike and read the same batches. "copy" asks at each
    of ten steps for the number that was just read and half the one before;
    "adding" is the adding problem.
    """
    one = next(e for e in museum.EXHIBITS if e.key == exhibit)
    sizes = {"n": n, "B": B, "d": 2, "m": 1}
    sizes |= {k: n for k in one.sizes or () if k in "dm"}
    shape = tuple(sizes.items())
    bug = museum.programs(one)[0]
    own = exhibit if one.right else ""  # its network is another one
    curve = _training_curve(bug, one.room, task, seed, rate, shape, one.calls)
    best = _right_curve(own, one.room, task, seed, rate, shape)
    return {
        "final": float(np.mean(curve[-100:])),
        "final_right": float(np.mean(best[-100:])),
        "curve": _means(curve, len(curve) // 12),
        "curve_right": _means(best, len(best) // 12),
        "opening": list(curve[:10]),
    }


@cache
def _right_curve(key, room, task, seed, rate, shape):
    right = museum.ROOMS[room].module
    if key:
        one = next(e for e in museum.EXHIBITS if e.key == key)
        right = museum.programs(one)[1]
    return _training_curve(right, room, task, seed, rate, shape)


# A gated cell remembers over thirty steps, a tanh network over ten.
ADDING = {"lstm": (30, 600), "scan": (30, 600), "mean": (30, 600)}


def _training_curve(module, name, task, seed, rate, shape, calls=1):
    """The losses of training one network of the museum by Adam."""
    room, sizes = museum.ROOMS[name], dict(shape)
    T, steps = (10, 300) if task == "copy" else ADDING.get(name, (10, 1200))
    sizes["T"] = T
    rng = np.random.default_rng(seed)
    params = namedtuple("Params", room.shapes)
    start = params(**museum.random_params(room, rng, 0.95, **sizes))

    def objective(p, batch):
        x, target, weight, given = batch
        p = p._asdict()
        trace = room.forward(module, p, x, given)
        difference = weight * (trace.z[:, 0] - target)
        dz = np.zeros_like(trace.z)
        dz[:, 0] = 2 * weight * difference / sizes["B"]
        for _ in range(calls):
            found = room.backward(module, p, trace, dz, given)
        loss = np.sum(difference**2) / sizes["B"]
        return loss, params(**{key: found[key] for key in params._fields})

    def batches():
        for _ in range(steps):
            x, total = tasks.adding(rng, T, sizes["B"])
            before = np.concatenate([0 * x[:1], x[:-1]])
            target = x[:, 0] + before[:, 0] / 2 if task == "copy" else total
            weight = np.full((T, 1), 1 / T**0.5)
            if task == "adding":
                weight = np.arange(1, T + 1)[:, None] == T
            more = np.zeros((T, sizes["d"] - 2, sizes["B"]))
            given = {
                key: value if key in ("keep", "drop") else 0 * value
                for key, value in room.given(rng, **sizes).items()
            }
            yield np.concatenate([x, more], axis=1), target, weight, given

    update = partial(training.adam, rate=rate)
    return training.train(
        start, objective, batches(), update, threshold=1.0
    ).losses


def lstm_1997(seed, task, most, tested=2560):
    """Train an LSTM as the paper of 1997 did: its task, its optimiser."""
    return paper.train(task, most, tested)[seed]


EXPERIMENTS = {
    "temporal_order": Experiment(
        temporal_order,
        [
            {"T": T, "threshold": threshold}
            for T in (10, 20, 30, 40, 50)
            for threshold in (None, 1.0)
        ],
        range(5),
    ),
    "gradient_by_lag": Experiment(
        gradient_by_lag,
        [{"model": "lstm", "T": 10}, {"model": "tanh"}, {"model": "lstm"}],
        range(6),
    ),
    "temporal_order_lstm": Experiment(
        temporal_order_lstm,
        [
            {"T": T, "forget_bias": bias}
            for T in (10, 50, 100)
            for bias in (1, 5)
        ],
        range(5),
    ),
    "lstm_1997": Experiment(
        lstm_1997,
        [
            {"task": "1 reber", "most": 250},
            {"task": "1 reber", "most": 40_000},
            {"task": "6a temporal order", "most": 80_000},
            {"task": "3a two sequences", "most": 60_000},
        ],
        paper.SEEDS,
    ),
    "adding": Experiment(
        adding,
        [
            {"T": 10, "model": "tanh", "steps": 100},
            *(
                {"T": T, "model": model}
                for T in (20, 50, 100)
                for model in ("tanh", "irnn", "lstm")
            ),
        ],
        range(5),
    ),
    "forget_bias": Experiment(
        adding,
        [
            {"T": 10, "model": "lstm", "n": 16, "steps": 300},
            *(
                {
                    "T": 100,
                    "model": "lstm",
                    "n": 16,
                    "steps": 3000,
                    "forget_bias": bias,
                }
                for bias in (-2, -1, 0, 1, 2, 4)
            ),
        ],
        range(5),
    ),
    "gradient_on_text": Experiment(
        gradient_on_text,
        [
            {"model": "lstm", "n": 16, "passes": 1},
            {"model": "lstm"},
            {"model": "tanh"},
        ],
        range(5),
    ),
    "characters": Experiment(
        characters,
        [
            {
                "model": "lstm",
                "T": 50,
                "threshold": 1.0,
                "rate": 0.005,
                "n": 16,
                "passes": 1,
            },
            *(
                {"model": "lstm", "T": T, "threshold": 1.0, "rate": 0.005}
                for T in (5, 10, 25, 50, 100)
            ),
            {"model": "lstm", "T": 50, "threshold": None, "rate": 0.005},
            *(
                {
                    "model": "tanh",
                    "T": 50,
                    "threshold": threshold,
                    "rate": rate,
                }
                for rate in (1.0, 2.0, 4.0)
                for threshold in (None, 0.5)
            ),
        ],
        range(2),
    ),
    "gradient_bug": Experiment(
        gradient_bug,
        [
            {"exhibit": one.key, "task": task}
            for task in ("copy", "adding")
            for one in sorted(museum.EXHIBITS, key=lambda e: e.room != "rnn")
        ],
        range(3),
    ),
}


def rounded(value):
    """`value` with every number cut to nine significant digits."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value


def checksum(runs):
    """SHA-256 of the runs, written as compact JSON with sorted keys."""
    text = json.dumps(runs, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def defaults(run):
    """What an experiment takes where a setting says nothing else."""
    return {
        name: parameter.default
        for name, parameter in inspect.signature(run).parameters.items()
        if parameter.default is not parameter.empty
    }


def repeated(name, run, **shorter):
    """A stored run, made again from what the file keeps of it.

    shorter: settings that make it end sooner; the first losses stay.
    """
    setting = {**record_of(name)["defaults"], **run["setting"], **shorter}
    return EXPERIMENTS[name].run(run["seed"], **setting)


def record_of(name):
    """The stored file of an experiment."""
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


def kept_runs(name):
    """Runs on file that need not be made again, by their setting and seed."""
    experiment = EXPERIMENTS[name]
    if not (RESULTS / f"{name}.json").exists():
        return {}
    record = record_of(name)
    same = record["defaults"] == defaults(experiment.run)
    if not same or record["versions"] != VERSIONS:
        return {}
    return {_key(run["setting"], run["seed"]): run for run in record["runs"]}


def _key(setting, seed):
    return json.dumps([setting, seed], sort_keys=True)


def run_experiment(name, again=True):
    """Run every setting with every seed, and write the result file.

    The file is written after each run. again: also the runs that it has.
    """
    experiment = EXPERIMENTS[name]
    runs = {} if again else kept_runs(name)
    order = [
        (_key(setting, seed), setting, seed)
        for setting in experiment.settings
        for seed in experiment.seeds
    ]
    # one seed after the other: what is broken off has whole seeds
    for key, setting, seed in sorted(order, key=lambda one: one[2]):
        if key in runs:
            continue
        start = time.perf_counter()
        result = rounded(experiment.run(seed, **setting))
        seconds = round(time.perf_counter() - start, 1)
        runs[key] = {
            "setting": setting,
            "seed": seed,
            "seconds": seconds,
            **result,
        }
        print(
            f"{name} [{len(runs)}/{len(order)}] {setting} seed {seed}: "
            f"{seconds} s",
            flush=True,
        )
        _write(name, [runs[key] for key, *_ in order if key in runs])


def _write(name, runs):
    experiment = EXPERIMENTS[name]
    record = {
        "experiment": name,
        "what": experiment.run.__doc__.splitlines()[0],
        "defaults": defaults(experiment.run),
        "versions": VERSIONS,
        "checksum": checksum(runs),
        "runs": runs,
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(record, indent=1, sort_keys=True)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def main(arguments=None):
    """Command line."""
    parser = argparse.ArgumentParser(description="Run long experiments.")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args(arguments)
    for name in options.names:
        if name not in EXPERIMENTS:
            parser.error(f"{name} is not one of {', '.join(EXPERIMENTS)}")
    if options.list:
        print("\n".join(EXPERIMENTS))
        return 0
    for name in options.names or EXPERIMENTS:
        run_experiment(name, again=name in options.names)
    return 0


if __name__ == "__main__":
    sys.exit(main())
