"""Run what takes too long for a page, and keep the results as small files.

    python -m tools.experiments           run what has no result yet
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
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

for _threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

import numpy as np  # noqa: E402

from bptt_core import fast, losses, lstm, rnn, tasks, training  # noqa: E402
from tools.notebooks import BOOK  # noqa: E402

RESULTS = BOOK / "results"
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


def temporal_order(seed, T, threshold, n=50, B=20, rate=0.01, steps=20_000):
    """Train a tanh network by plain SGD until it errs on less than 1 %."""
    rng = np.random.default_rng(seed)
    params = rnn.random_params(rng, d=6, n=n, m=4, gain=0.95)
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
        "spectral_radius": float(np.abs(np.linalg.eigvals(params.W)).max()),
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
    rng = np.random.default_rng(seed)
    text = tasks.python_prose()
    m, B = len(text.symbols), at_once // T
    cut = 9 * len(text.codes) // 10
    train, held_out = text.codes[:cut], text.codes[cut:]
    network = NETWORKS[model]
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
    window = max(len(losses_seen) // 100, 1)
    return {
        "held_out_loss": _held_out_loss(network, params, held_out, m),
        "bigram_loss": _bigram_loss(train, held_out, m),
        "updates": len(losses_seen),
        "text_sha256": hashlib.sha256(
            text.symbols.encode() + text.codes.tobytes()
        ).hexdigest(),
        "curve_every": window,
        "curve": _means(losses_seen, window),
        "norm_largest": _maxima(norms, window),
        "norm_median": float(np.median(norms)),
        "sample": _sample(
            network, params, text, 240, np.random.default_rng(seed)
        ),
        "opening": losses_seen[:25],
    }


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
    "temporal_order_lstm": Experiment(
        temporal_order_lstm,
        [
            {"T": T, "forget_bias": bias}
            for T in (10, 50, 100)
            for bias in (1, 5)
        ],
        range(5),
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
        range(3),
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
        range(3),
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


def run_experiment(name):
    """Run every setting with every seed, and write the result file."""
    experiment = EXPERIMENTS[name]
    runs = []
    total = len(experiment.settings) * len(experiment.seeds)
    for setting in experiment.settings:
        for seed in experiment.seeds:
            start = time.perf_counter()
            result = rounded(experiment.run(seed, **setting))
            seconds = round(time.perf_counter() - start, 1)
            runs.append(
                {
                    "setting": setting,
                    "seed": seed,
                    "seconds": seconds,
                    **result,
                }
            )
            print(
                f"{name} [{len(runs)}/{total}] {setting} seed {seed}: "
                f"{seconds} s",
                flush=True,
            )
    record = {
        "experiment": name,
        "what": experiment.run.__doc__.splitlines()[0],
        "defaults": defaults(experiment.run),
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
        },
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
    names = options.names or [
        name for name in EXPERIMENTS if not (RESULTS / f"{name}.json").exists()
    ]
    for name in names:
        run_experiment(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
