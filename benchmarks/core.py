"""Plain and fast passes, timed against PyTorch and against the floor.

    pip install -r benchmarks/requirements.txt     (PyTorch, for its column)
    python benchmarks/core.py                      (all tables)
    python benchmarks/core.py speed|time|memory    (one of them)

Each table is printed and takes the place of its last version in RESULTS.md.

A run is: forward, softmax cross-entropy, and every gradient: parameters,
initial states, inputs. "floor" is the matrix products of such a run and
nothing else: no bias, no activation, no copy, every result into memory that
is there already. All take turns in one process on one thread; in its
turn each runs twice and the second run counts, so that it finds memory and
caches as in a training loop, not as another has left them. Times are medians
of processor time, which a busy machine disturbs less than time on the wall.
Before anything is timed, the gradients are found equal.

Times include the system's share, "in the program" is without it. The system
gives a page of memory on its first use, and gives it anew where the C library
returned it after a run. That can cost our passes up to a quarter more, as it
happens to fall; PyTorch, whose LSTM takes more memory, it cost 22 of 81 ms at
n = 256 in float32 and 90 of 283 at n = 512, in every process but one. In that
one PyTorch kept its memory and took 59 ms at n = 256, less than ours.

One goal is missed: in float32 the LSTM of PyTorch stays ahead at n = 64 and
128, 1.5 and 1.2 times as fast. It is one compiled kernel of oneDNN, which
does the work on single numbers while they are at hand; NumPy reads and writes
an array for every operation. A version without a copy or a temporary array,
with every view made once, all sums over time in one product and the signs of
i, f, o folded into the weights no longer read like the equations, and had
0.87 and 0.92 of PyTorch's speed at n = 64 and 128. Numba, compiled without a
vectorised exp and tanh, took 5 and 12 times as long as NumPy for what a step
does beside its product, and numexpr took longer for the gates alone.
"""

# ruff: noqa: E402 (OpenBLAS reads its settings when NumPy starts)
import os

for threads in ("OPENBLAS", "OMP", "MKL"):
    os.environ[f"{threads}_NUM_THREADS"] = "1"
# An older kernel, and its cache size, may be forced on NumPy's OpenBLAS; on
# PyTorch, which brings its own libraries, it would not be.
for forced in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(forced, None)

import re
import resource
import statistics
import sys
import time
import tracemalloc
from functools import partial
from pathlib import Path

import numpy as np

from bptt_core import checkpointing, fast, layouts, losses, lstm, oracle, rnn

try:
    from threadpoolctl import threadpool_info
except ImportError:
    threadpool_info = None
try:
    import torch
except ImportError:
    torch = None
else:
    torch.set_num_threads(1)

D = M = 10  # inputs and classes
SIZES = (  # n, T, B
    (16, 20, 1),
    (64, 50, 16),
    (128, 100, 32),
    (256, 100, 64),
    (512, 100, 64),
)
SECONDS, LEAST, MOST = 2.0, 5, 400  # how long, how often a row is run
FLOOR_GOALS = {rnn: 1.25, lstm: 1.4}  # of the fast passes, for n >= 256
PLAIN_GOAL = 2.0  # plain over fast, for n >= 64
RESULTS = Path(__file__).with_name("RESULTS.md")
PASSES = {
    rnn: (fast.rnn_forward, fast.rnn_backward),
    lstm: (fast.lstm_forward, fast.lstm_backward),
}


class Case:
    """One network, and the numbers it is run on."""

    def __init__(self, network, n, T, B, dtype):
        rng = np.random.default_rng(0)
        self.network, self.name = network, network.__name__.split(".")[-1]
        self.params = network.Params(
            *(p.astype(dtype) for p in network.random_params(rng, D, n, M))
        )
        self.x = rng.normal(size=(T, D, B)).astype(dtype)
        count = 2 if network is lstm else 1
        self.states = [
            rng.normal(size=(n, B)).astype(dtype) for _ in range(count)
        ]
        self.y = rng.integers(M, size=(T, B))


def ours(case, passes=None):
    forward, backward = passes or PASSES[case.network]

    def run():
        trace = forward(case.params, case.x, *case.states)
        dz = losses.output_gradient(trace.z, case.y)
        return backward(case.params, trace, dz)

    return run


def plain(case):
    return ours(case, (case.network.forward, case.network.backward))


def ours_checkpointed(case):
    passes = PASSES[case.network]

    def output_gradient(z, steps):
        return losses.output_gradient(z, case.y[steps])

    def run():
        forward, backward = (partial(f, case.params) for f in passes)
        return checkpointing.gradients(
            forward, backward, case.x, case.states, output_gradient
        )

    return run


def pytorch(case):
    """Return a run, and a function that gives its gradients as ours."""
    n = len(case.states[0])
    dtype = torch.from_numpy(case.x).dtype
    kind = torch.nn.LSTM if case.network is lstm else torch.nn.RNN
    network, output = kind(D, n, dtype=dtype), torch.nn.Linear(n, M)
    output = output.to(dtype)
    held = layouts.to_torch(case.params)
    for module, values in zip((network, output), held, strict=True):
        module.load_state_dict(
            {name: torch.tensor(value) for name, value in values.items()}
        )

    def leaf(array):  # batch before features
        array = np.ascontiguousarray(array.swapaxes(-1, -2))
        return torch.tensor(array, requires_grad=True)

    x, labels = leaf(case.x), torch.tensor(case.y).reshape(-1)
    states = [leaf(state[None]) for state in case.states]
    start = tuple(states) if case.network is lstm else states[0]
    leaves = [*network.parameters(), *output.parameters(), x, *states]

    def run():
        for tensor in leaves:
            tensor.grad = None
        z = output(network(x, start)[0]).reshape(-1, M)
        torch.nn.functional.cross_entropy(
            z, labels, reduction="sum"
        ).backward()

    def gradients():
        first, second = (
            {name: value.grad for name, value in module.named_parameters()}
            for module in (network, output)
        )
        first["bias_hh_l0"] = 0 * first["bias_hh_l0"]
        rest = [*(state.grad[0] for state in states), x.grad]
        rest = [tensor.numpy().swapaxes(-1, -2) for tensor in rest]
        return [*layouts.from_torch(first, second), *rest]

    return run, gradients


def floor(case):
    """Return a run of the matrix products alone, into memory at hand."""
    U, W, _, V, _ = case.params
    rows, (T, _, B), n = len(U), case.x.shape, W.shape[1]
    rng = np.random.default_rng(1)

    def numbers(*shape):
        return rng.normal(size=shape).astype(case.x.dtype)

    x, h, delta = case.x, numbers(T, n, B), numbers(T, rows, B)
    dz = numbers(T, M, B)
    a, z, dh, dx = (
        numbers(T, rows, B),
        numbers(T, M, B),
        *map(np.empty_like, (h, x)),
    )
    step_a, step_h = numbers(rows, B), numbers(n, B)
    x_, h_, dz_, delta_ = (numbers(k, T * B) for k in (D, n, M, rows))
    dU, dW, dV = map(np.empty_like, (U, W, V))
    W_T = np.ascontiguousarray(W.T)

    def run():
        np.matmul(U, x, out=a)
        for t in range(T):
            np.matmul(W, h[t], out=step_a)
        np.matmul(V, h, out=z)
        np.matmul(V.T, dz, out=dh)
        for t in range(T):
            np.matmul(W_T, delta[t], out=step_h)
        np.matmul(delta_, x_.T, out=dU)
        np.matmul(delta_, h_.T, out=dW)
        np.matmul(dz_, h_.T, out=dV)
        np.matmul(U.T, delta, out=dx)

    return run


def medians(runs, clock=time.process_time_ns):
    """Return the median times of the runs, taken in turns, in ms."""
    times = [[] for _ in runs]
    begin = time.perf_counter()
    for count in range(MOST):
        if count >= LEAST and time.perf_counter() - begin > SECONDS:
            break
        for run, taken in zip(runs, times, strict=True):
            run()
            start = clock()
            run()
            taken.append(clock() - start)
    return [statistics.median(taken) / 1e6 for taken in times]


def assert_same_gradients(case, gradients):
    """Raise unless the plain and PyTorch's gradients are the fast ones."""
    found, other = ours(case)(), plain(case)()
    tolerance = 1e-10 if case.x.dtype == np.float64 else 1e-4
    for others in (gradients, [*other.params, *other[1:-1]]):
        for k, (value, reference) in enumerate(
            zip([*found.params, *found[1:-1]], others, strict=True)
        ):
            error = oracle.relative_error(value, reference)
            assert error < tolerance, f"gradient {k} differs by {error:.1e}"


def speed():
    yield (
        "A run with the fast passes, in ms of processor time, and what else "
        "takes how many times as long."
    )
    yield (
        "| network | n | T | B | dtype | fast, ms | plain / fast "
        "| PyTorch / fast | fast / floor | goals missed |"
    )
    yield "|:--|--:|--:|--:|:--|--:|--:|--:|--:|:--|"
    for n, T, B in SIZES:
        for network in (rnn, lstm):
            for dtype in (np.float32, np.float64):
                yield speed_row(network, n, T, B, dtype)


def speed_row(network, n, T, B, dtype):
    case = Case(network, n, T, B, dtype)
    runs = [ours(case), plain(case), floor(case)]
    if torch:
        theirs, gradients = pytorch(case)
        theirs()
        assert_same_gradients(case, gradients())
        runs.append(theirs)
    for run in runs:
        run()
    mine, simple, least, *rest = medians(runs)
    misses = []
    if n >= 64 and simple > PLAIN_GOAL * mine:
        misses.append(f"plain above {PLAIN_GOAL:g} × fast")
    if rest and mine > rest[0]:
        misses.append("slower than PyTorch")
    if n >= 256 and mine > FLOOR_GOALS[network] * least:
        misses.append(f"above {FLOOR_GOALS[network]} × floor")
    return (
        f"| {case.name} | {n} | {T} | {B} | {np.dtype(dtype).name} "
        f"| {mine:.3f} | {simple / mine:.2f} "
        f"| {f'{rest[0] / mine:.2f}' if rest else '–'} "
        f"| {mine / least:.2f} | {', '.join(misses)} |"
    )


def user_time_ns():
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_utime * 1e9)


def time_over_steps():
    yield "With and without what the system takes to give memory."
    yield "| network | n | B | T | ms | µs a step | µs in the program |"
    yield "|:--|--:|--:|--:|--:|--:|--:|"
    for network in (rnn, lstm):
        for T in (100, 1000, 10_000):
            case = Case(network, 64, T, 8, np.float64)
            (taken,) = medians([ours(case)])
            (own,) = medians([ours(case)], user_time_ns)
            yield (
                f"| {case.name} | 64 | 8 | {T} | {taken:.2f} "
                f"| {1e3 * taken / T:.2f} | {1e3 * own / T:.2f} |"
            )


def memory():
    yield "Of the fast passes, in MB; checkpointing against the plain trace."
    yield (
        "| network | n | B | T | trace | by formula | peak | checkpointed "
        "| of the trace | time, ratio |"
    )
    yield "|:--|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    for network in (rnn, lstm):
        for T in (100, 1000, 10_000):
            yield memory_row(network, T)


def memory_row(network, T, n=64, B=8):
    case = Case(network, n, T, B, np.float64)
    numbers = (T + 1) * n + T * M
    if network is lstm:
        numbers += (T + 1) * n + 5 * T * n

    def held(run):
        tracemalloc.start()
        result = run()
        now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return now / 1e6, most / 1e6, result

    forward, _ = PASSES[network]
    trace, _, _ = held(lambda: forward(case.params, case.x, *case.states))
    _, peak, whole = held(ours(case))
    _, least, checkpointed = held(ours_checkpointed(case))
    for value, other in zip(checkpointed[0], whole.params, strict=True):
        assert oracle.relative_error(value, other) < 1e-10
    taken, longer = medians([ours(case), ours_checkpointed(case)])
    return (
        f"| {case.name} | {n} | {B} | {T} | {trace:.2f} "
        f"| {numbers * B * 8e-6:.2f} | {peak:.2f} | {least:.2f} "
        f"| {100 * least / trace:.1f} % | {longer / taken:.2f} |"
    )


TABLES = {"speed": speed, "time": time_over_steps, "memory": memory}


def versions():
    found = [f"Python {sys.version.split()[0]}", f"NumPy {np.__version__}"]
    if threadpool_info:
        kernels = [pool.get("architecture") for pool in threadpool_info()]
        found.append(f"OpenBLAS on {'/'.join(filter(None, kernels))}")
    found.append(f"PyTorch {torch.__version__}" if torch else "no PyTorch")
    return ", ".join(found)


def replaced(text, name, section):
    """Return the text with the section between its two marks replaced."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    section = f"{begin}{section}\n{end}"
    pattern = re.compile(re.escape(begin) + ".*" + re.escape(end), re.DOTALL)
    if pattern.search(text):
        return pattern.sub(lambda _: section, text)
    return f"{text}\n{section}"


def main(names):
    if not set(names) <= set(TABLES):
        sys.exit(f"expected some of {', '.join(TABLES)}; got {names}")
    for name in names:
        lines = [f"## benchmarks/core.py {name}", "", versions(), ""]
        print(*lines, sep="\n")
        for line in TABLES[name]():
            print(line, flush=True)
            lines += [line] if line.startswith("|") else [line, ""]
            text = RESULTS.read_text(encoding="utf-8")
            text = replaced(text, f"core {name}", "\n".join(lines))
            RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:] or list(TABLES))
