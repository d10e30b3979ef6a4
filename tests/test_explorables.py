"""The interactive figures: their numbers, their snapshots, their use.

The numbers come from the modules themselves, run by node, and are set
against the core on a grid of the controls. Snapshots and behaviour are
tested in Chromium, on one page per figure.
"""

import json
import re
import shutil
import subprocess
from functools import cache
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest

from bptt_core import losses, lstm, oracle, rnn
from bptt_core.book import example
from bptt_core.oracle import relative_error
from bptt_figures import moving as explorables
from bptt_figures.moving.explorable import HERE, load
from tests.built_site import chromium, needed, patience

ROOT = Path(__file__).parents[1]
NAMES = explorables.__all__
LIMIT = 15_000  # bytes, markup included
ONE = np.ones((1, 1))
ACTIVATIONS = {a.name: a for a in (rnn.TANH, rnn.IDENTITY, rnn.LOGISTIC)}


# ------------------------------------------------------------- numbers


def node(name, code):
    """Return the value of an expression about a module `m`, by node."""
    program = shutil.which("node")
    if program is None:
        pytest.fail("node is needed to run the modules: it is not on PATH")
    module = json.dumps((HERE / f"{name}.mjs").as_uri())
    done = subprocess.run(
        [program, "--input-type=module"],
        input=f"import * as m from {module};"
        f"process.stdout.write(JSON.stringify({code}))",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def run(name, function, calls):
    """Return what a function of a module returns for each call."""
    return node(name, f"{json.dumps(calls)}.map(c => m.{function}(...c))")


@cache
def model(name):
    """Return what a module computes with, as arrays where it has lists."""
    found = node(name, "m.model")
    return {
        key: np.array(v, float)
        if isinstance(v, list) and key != "names"
        else v
        for key, v in found.items()
    }


def test_unrolled_sum():
    """Each term, column and row of dL/dW, for every length and choice."""
    m = model("unrolled_sum")
    params = rnn.Params(
        m["U"], m["W"], m["b"][:, None], m["V"], m["c"][:, None]
    )
    labels = m["labels"].astype(int)[:, None]
    lengths = range(1, 6)
    for T, found in zip(
        lengths,
        run("unrolled_sum", "terms", [[T] for T in lengths]),
        strict=True,
    ):
        trace = rnn.forward(params, m["x"][:T, :, None], m["h0"][:, None])
        dz = losses.output_gradient(trace.z, labels[:T])
        whole = rnn.backward(params, trace, dz)
        total = whole.params.W
        assert relative_error(np.array(found["total"]), total) <= 1e-12
        expected = np.zeros((T + 1, T + 1, 2, 2))
        for s in range(1, T + 1):
            only_s = np.zeros_like(dz)
            only_s[s - 1] = dz[s - 1]
            delta = rnn.backward(params, trace, only_s).delta
            for k in range(1, s + 1):
                expected[k, s] = delta[k - 1] @ trace.h[k - 1].T
        assert len(found["all"]) == T * (T + 1) // 2
        for term in found["all"]:
            of_core = expected[term["k"], term["s"]]
            assert relative_error(np.array(term["matrix"]), of_core) <= 1e-12
        # 0 stands for all; column k is delta_k h_{k-1}^T
        expected[0] = expected.sum(0)
        expected[:, 0] = expected.sum(1)
        for k in range(1, T + 1):
            column = whole.delta[k - 1] @ trace.h[k - 1].T
            assert relative_error(expected[k, 0], column) <= 1e-12
        at = [
            (k, s)
            for s in range(T + 1)
            for k in range(T + 1)
            if not s or k <= s
        ]
        sums = run("unrolled_sum", "chosen", [[found, *one] for one in at])
        for (k, s), one in zip(at, sums, strict=True):
            norm = np.linalg.norm(expected[k, s])
            assert relative_error(one["norm"], norm) <= 1e-12
            share = (expected[k, s] * total).sum() / (total * total).sum()
            # a share is a part of one: where it is near 0, terms cancel
            assert abs(one["share"] - share) <= 1e-12


def test_fork():
    """Five nodes are a network of one unit without activation."""
    grid = list(product((-3, -0.5, 0, 2), (-4, 0, 3), (-20, 6), (0, 18)))
    found = run("fork", "pass", grid)
    for (w, h0, *targets), one in zip(grid, found, strict=True):
        params = rnn.Params(0 * ONE, w * ONE, ONE, ONE, 0 * ONE)
        trace = rnn.forward(
            params, np.zeros((2, 1, 1)), h0 * ONE, rnn.IDENTITY
        )
        dz = trace.z - np.reshape(targets, (2, 1, 1))
        grads = rnn.backward(params, trace, dz)
        # every number is exact in binary
        assert one["value"] == {
            "h0": h0,
            "w": w,
            "h1": trace.h[1].item(),
            "h2": trace.h[2].item(),
            "L": (dz**2).sum() / 2,
        }
        assert one["error"] == {
            "L": 1,
            "h2": grads.delta[1].item(),
            "h1": grads.delta[0].item(),
            "w": grads.params.W.item(),
            "h0": grads.h0.item(),
        }
        for node in ("h0", "h1", "h2", "w"):
            arrows = [at for at in one["back"] if at.startswith(f"{node}-")]
            brought = [one["back"][at] for at in arrows]
            assert sum(brought) == one["error"][node]
            [words] = run("fork", "finding", [[node, one]])
            says(words, [*brought, one["error"][node]])
            against = len(brought) == 2 and brought[0] * brought[1] < 0
            assert ("opposite" in words) == against


def the_word(name):
    """The parameters of the figure, which are those of the example."""
    m = model(name)
    params = example.PARAMS
    for part in "UWV":
        assert np.array_equal(m[part], getattr(params, part))
    assert np.array_equal(m["c"], params.c[:, 0])
    assert np.array_equal(m["h0"], example.H0[:, 0])
    return params


def test_forward_pass():
    """Every word of four letters, with and without the recurrent matrix."""
    params = the_word("forward_pass")
    words = ["".join(letters) for letters in product("helo", repeat=4)]
    x = np.concatenate(
        [example.letters_as_inputs(word) for word in words], axis=2
    )
    h0 = np.repeat(example.H0, len(words), axis=1)
    for strength in (1, 0):
        W = strength * params.W
        trace = rnn.forward(params._replace(W=W), x, h0)
        yhat = losses.softmax(trace.z)
        found = run("forward_pass", "pass", [[one, strength] for one in words])
        for name, expected in (
            ("h", trace.h[1:]),
            ("yhat", yhat),
            ("Wh", W @ trace.h[:-1]),
            ("Ux", params.U @ x),
        ):
            shown = [[step[name] for step in word] for word in found]
            shown = np.moveaxis(np.array(shown, float), 0, 2)
            if expected.any():
                assert relative_error(shown, expected) <= 1e-12, name
            else:
                assert not shown.any()
        for place in (0, 27, words.index("hell"), 200):
            for t in (1, 4):
                [said] = run(
                    "forward_pass",
                    "finding",
                    [[words[place], strength, t, found[place]]],
                )
                says(
                    said, [*trace.h[t, :, place], yhat[t - 1, :, place].max()]
                )
                twice = words[place].count(words[place][t - 1]) > 1
                assert ("too and says" in said) == (twice and strength == 1)


def test_softmax_error():
    grid = list(
        product(
            [[-1, -1.5, 0.7, 0.1], [4, -4, 4, 0], [0, 0, 0, 0]],
            range(4),
            (0, 0.3, 1),
        )
    )
    found = run("softmax_error", "errors", grid)
    said = run(
        "softmax_error",
        "finding",
        [[right, one] for (_, right, _), one in zip(grid, found, strict=True)],
    )
    for (z, right, spread), one, words in zip(grid, found, said, strict=True):
        z = np.reshape(z, (1, 4, 1)).astype(float)
        y = (1 - spread) * losses.one_hot(np.array([[right]]), 4) + spread / 4
        loss = losses.cross_entropy(z, y)
        for name, expected in (
            ("yhat", losses.softmax(z)),
            ("y", y),
            ("dz", losses.output_gradient(z, y)),
        ):
            shown = np.array(one[name], float)
            # an error is a part of one: where it is near 0, two parts cancel
            assert abs(shown - expected.ravel()).max() <= 1e-12
        assert relative_error(float(one["L"]), loss) <= 1e-12
        says(words, [one["yhat"][right], one["dz"][right], loss])


def test_own_and_back():
    params = the_word("own_and_back")
    m = model("own_and_back")
    x = example.letters_as_inputs(example.INPUTS)
    y = example.letters_as_inputs(example.TARGETS)
    assert "".join(example.LETTERS[int(k)] for k in m["inputs"]) == (
        example.INPUTS
    )
    assert "".join(example.LETTERS[int(k)] for k in m["targets"]) == (
        example.TARGETS
    )
    strengths = np.round(np.arange(0, 2.01, 0.1), 1).tolist()
    for strength, steps in zip(
        strengths,
        run("own_and_back", "shares", [[one] for one in strengths]),
        strict=True,
    ):
        moved = params._replace(W=strength * params.W)
        trace = rnn.forward(moved, x, example.H0)
        dz = losses.output_gradient(trace.z, y)
        delta = rnn.backward(moved, trace, dz).delta
        own = moved.V.T @ dz
        back = np.zeros_like(own)
        back[:-1] = moved.W.T @ delta[1:]
        for t, step in enumerate(steps, start=1):
            for name, expected in (
                ("own", own[t - 1]),
                ("back", back[t - 1]),
                ("error", (own + back)[t - 1]),
            ):
                shown = np.array(step[name], float)[:, None]
                if expected.any():
                    assert relative_error(shown, expected) <= 1e-12
                else:
                    assert not shown.any()
            for j in (0, 1):
                [words] = run("own_and_back", "finding", [[t, j, steps]])
                one, two = own[t - 1, j, 0], back[t - 1, j, 0]
                says(words, [one, one + two] + ([two] if t < 4 else []))
                if t < 4 and two:
                    assert ("contradict" in words) == (one * two < 0)
                    assert ("later counts" in words) == (abs(two) > abs(one))


def test_outer_products():
    """Each gate, each parameter, both starts: terms, sums and sentences."""
    m = model("outer_products")
    params = lstm.Params(
        m["U"], m["W"], m["b"][:, None], m["V"], m["c"][:, None]
    )
    x, labels = m["x"][:, :, None], m["labels"].astype(int)[:, None]
    for start in (0, 1):
        h0 = m["h0"][start][:, None]
        trace = lstm.forward(params, x, h0, m["c0"][:, None])
        dz = losses.output_gradient(trace.z, labels)
        grads = lstm.backward(params, trace, dz)
        assert h0.any() == bool(start)
        read = {"W": trace.h[:-1], "U": x, "b": np.ones((4, 1, 1))}
        for gate, of in product(range(4), "WUb"):
            rows = slice(2 * gate, 2 * gate + 2)
            [steps] = run("outer_products", "terms", [[gate, of, start]])
            whole = getattr(grads.params, of)[rows]
            so_far = np.zeros_like(whole)
            for t, step in enumerate(steps, start=1):
                delta = grads.delta[t - 1, rows]
                term = delta @ read[of][t - 1].T
                so_far = so_far + term
                [added] = run("outer_products", "added", [[steps, t]])
                for shown, expected in (
                    (np.array(step["error"], float)[:, None], delta),
                    (np.array(step["term"], float), term),
                    (np.array(added, float), so_far),
                ):
                    if expected.any():
                        assert relative_error(shown, expected) <= 1e-12
                    else:
                        assert not shown.any()
                [words] = run(
                    "outer_products", "finding", [[gate, of, t, start, steps]]
                )
                size = np.linalg.norm(term)
                assert ("adds nothing" in words) == (size == 0)
                says(words, [np.linalg.norm(so_far - whole)] if t < 4 else [])
                says(words, [size] if size else [])
            assert relative_error(so_far, whole) <= 1e-12


RATES = [(1.02, "It explodes"), (0.98, "It keeps its size"), (0, "It van")]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradient_flow(activation):
    m = model("gradient_flow")
    n = len(m["h0"])
    zero = np.zeros((n, 1))
    grid = list(product(np.arange(0.5, 2.01, 0.25), (10, 50, 100)))
    results = run("gradient_flow", "flow", [[*at, activation] for at in grid])
    said = run(
        "gradient_flow",
        "finding",
        [
            [activation, *at, one]
            for at, one in zip(grid, results, strict=True)
        ],
    )
    for (rho, T), result, words in zip(grid, results, said, strict=True):
        W = m["W"] * rho / m["radius"]
        params = rnn.Params(m["U"][:, None], W, zero, np.eye(n), zero)
        x, h0 = m["x"][:T, None, None], m["h0"][:, None]
        trace = rnn.forward(params, x, h0, ACTIVATIONS[activation])
        dz = np.zeros((T, n, 1))
        dz[-1, :, 0] = m["dhT"]
        grads = rnn.backward(params, trace, dz)
        dh = np.concatenate([W.T @ grads.delta, dz[-1:]])
        norms = np.linalg.norm(dh[..., 0], axis=1)
        # a hundred steps of tanh can multiply the round-off of a state
        known = 1e-12 if T < 100 else 1e-11
        for value, expected in zip(result["norms"], norms, strict=True):
            assert relative_error(float(value), expected) <= known
        assert relative_error(norms[0], np.linalg.norm(grads.h0)) <= 1e-12
        slopes = ACTIVATIONS[activation].slope_from_output(trace.h[1:])
        assert relative_error(result["mean"], slopes.mean()) <= 1e-12
        rate = (norms[0] / norms[T]) ** (1 / T)
        assert next(word for low, word in RATES if rate > low) in words
        claimed = [rho, T, norms[0], rate, rho**T]
        if activation != "identity":
            claimed.append(slopes.mean())
        says(words, claimed)
    assert abs(np.linalg.eigvals(m["W"])).max() == pytest.approx(
        m["radius"], rel=1e-6, abs=0
    )


def says(words, values):
    """Assert that the sentence names these values, as rounded there."""
    words = words.replace("\u00a0×\u00a010", "e").replace("−", "-")
    words = words.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    words = re.sub(r"(?<=\d)\u00a0(?=\d)", "", words)
    found = re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e-?\d+)?", words)
    for value in values:
        assert any(
            # half a unit of the last digit that is shown
            abs(float(one) - value) <= 0.5001 * unit_of(one)
            for one in found
        ), (value, words)


def unit_of(shown):
    mantissa, _, exponent = shown.partition("e")
    digits = len(mantissa.partition(".")[2])
    return 10.0 ** (int(exponent or 0) - digits)


def test_lstm_cell():
    """All paths, through c, and through h, for many gates at once.

    Each combination of gates is a sequence of one batch.
    """
    m = model("lstm_cell")
    kinds = [
        (0.01, 0.5, 0.8),
        (0.01, 0.5, 0.9, 0.99),
        (0.01, 0.6, 0.99),
        (-0.99, -0.3, 0.3, 0.7),
    ]
    gates = np.array(list(product(*kinds))).T  # rows i, f, o, g
    # beyond |c| = 2 the core's 1 - tanh(c)^2 has lost digits of its own
    gates = gates[:, abs(gates[0] * gates[3]) <= 2 * (1 - gates[1])]
    i, f, o, g = gates
    assert gates.shape[1] > 90
    W = np.array([m["W"][gate] for gate in "ifog"])[:, None]
    params = lstm.Params(np.eye(4), W, np.zeros((4, 1)), ONE, 0 * ONE)
    calls = [dict(zip("ifog", gate, strict=True)) for gate in gates.T]
    for T in (1, 10, 60):
        found = run("lstm_cell", "gradients", [[one, T] for one in calls])
        found = {
            name: np.array([one[name] for one in found]).T for name in found[0]
        }
        # the inputs that give the gates these values at every step
        a = np.concatenate(
            [np.log(gates[:3] / (1 - gates[:3])), np.arctanh(gates[3:])]
        )
        h0 = np.full((1, len(f)), m["h0"])
        h, c, x = h0, np.full((1, len(f)), m["c0"]), []
        c0 = c
        for _ in range(T):
            x.append(a - W * h)
            c = f * c + i * g
            h = o * np.tanh(c)
        x = np.array(x)
        trace = lstm.forward(params, x, h0, c0)
        dz = np.zeros((T, 1, len(f)))
        dz[-1] = 1
        shown = o * (1 - np.tanh(trace.c[:, 0]) ** 2)
        alone = np.ones(len(f))
        for t in range(T - 1, -1, -1):
            # dL/dc_t is what a run that begins at t gives for its c0; in
            # the middle of a run c_t reaches h_t as well
            rest = lstm.forward(params, x[t:], trace.h[t], trace.c[t])
            grads = lstm.backward(params, rest, dz[t:])
            dc = grads.c0[0] + (grads.h0[0] * shown[t] if t else 0)
            step = lstm.forward(params, x[t : t + 1], trace.h[t], trace.c[t])
            alone = alone * lstm.backward(params, step, dz[-1:]).h0[0]
            for name, expected in (
                ("all", abs(dc / shown[T])),
                ("throughC", f ** (T - t)),
                ("throughH", abs(alone)),
            ):
                for value, one in zip(found[name][t], expected, strict=True):
                    assert relative_error(value, one) <= 1e-11, (name, t)
        assert (found["all"][T] == 1).all()


def test_lstm_cell_says_that_a_forget_gate_of_0_9_vanishes():
    gates = {"i": 0.5, "f": 0.9, "o": 0.6, "g": 0.3}
    [result] = run("lstm_cell", "gradients", [[gates, 100]])
    assert f"{result['throughC'][0]:.1e}" == "2.7e-05"
    assert result["all"][0] < 1e-2
    [words] = run("lstm_cell", "finding", [[0.9, 100, result]])
    says(words, [0.9, 100, 0.9**100, result["all"][0], 0.5**0.01])


def unit(w, b):
    """Return L, dL/dw, dL/db of the unit in the clipping figure."""
    m = model("clipping")
    params = rnn.Params(0 * ONE, w * ONE, b * ONE, ONE, 0 * ONE)
    x = np.zeros((m["T"], 1, 1))
    trace = rnn.forward(params, x, m["h0"] * ONE)
    dz = np.zeros_like(x)
    dz[-1] = trace.z[-1] - m["y"]
    grads = rnn.backward(params, trace, dz).params
    return dz[-1].item() ** 2 / 2, grads.W.item(), grads.b.item()


def test_clipping_takes_the_steps_it_shows():
    grid = list(
        product(
            (0.5, 1.5, 2.8),
            (-0.75, 0.2, 0.5),
            (0.01, 0.1, 0.5),
            (0.05, 0.3, 1e9),
        )
    )
    for (*_, rate, threshold), path in zip(
        grid, run("clipping", "descend", grid), strict=True
    ):
        assert len(path) == model("clipping")["steps"] + 1
        for now, then in pairwise(path):
            L, dw, db = unit(now["w"], now["b"])
            norm = np.hypot(dw, db)
            error = np.sqrt(2 * L)
            # h_T - y, known to the round-off of y
            assert abs(np.sqrt(2 * now["L"]) - error) <= 1e-12 * error + 1e-15
            if error > 1e-14:
                known = 1e-12 + 1e-15 / error
                assert relative_error(now["norm"], norm) <= known
            here = np.array([now["w"], now["b"]])
            there = np.array([then["w"], then["b"]])
            step = -rate * np.array([dw, db])
            step *= min(1, threshold / max(norm, threshold))
            assert relative_error(there, here + step) <= 1e-12
            assert np.hypot(*step) <= rate * threshold * (1 + 1e-15)


def test_clipping_bounds_the_cliff_and_does_nothing_on_the_plateau():
    cliff, plateau = model("clipping")["cliff"], model("clipping")["plateau"]
    free, clipped, far, near = run(
        "clipping",
        "descend",
        [
            [*start, 0.1, threshold]
            for start in (cliff.tolist(), plateau.tolist())
            for threshold in (1e9, 0.3)
        ],
    )
    assert clipped[-1]["L"] < 1e-3 < 0.1 < free[-1]["L"]
    assert near == far
    assert near[-1]["L"] > 0.9 * near[0]["L"]
    thrown, idle = run(
        "clipping", "finding", [[0.3, free, clipped], [0.3, far, near]]
    )
    assert "throws" in thrown
    at = int(np.argmax([one["norm"] for one in free]))
    says(
        thrown,
        [
            at,
            free[at]["norm"],
            free[at + 1]["w"],
            free[at + 1]["b"],
            free[-1]["L"],
            clipped[-1]["L"],
        ],
    )
    assert "clipping never acts" in idle
    says(idle, [max(one["norm"] for one in far), far[-1]["L"]])


def test_the_map_of_the_cliff_is_that_of_the_loss():
    """On each side of a band's edge, half a pixel away, L is as shown."""
    levels = (0.02, 0.1, 0.25, 0.45, 0.65, 0.85)
    bands = re.findall('class="band" d="M0 0(.*?)V0z', snapshot_of("clipping"))
    for level, band in zip(levels, bands, strict=True):
        edge = [at.split() for at in band.split("L")[1:]]
        assert len(edge) == 41
        for x, y in np.array(edge, float)[::4]:
            w = 0.5 + x / 112
            if y < 200:
                assert unit(w, 0.75 - y / 133)[0] <= level
            if y > 0:
                assert unit(w, 0.75 - (y - 0.5) / 133)[0] > level


def snapshot_of(name):
    return (HERE / f"{name}.snapshot.html").read_text(encoding="utf-8")


def check_network(theta):
    """Return params, x, y, h0 of the network in the gradient check."""
    m = model("gradient_check")
    params = rnn.Params(
        theta[:2, None],
        theta[2:6].reshape(2, 2),
        theta[6:8, None],
        theta[None, 8:10],
        theta[10:, None],
    )
    over_time = [m[name][:, None, None] for name in "xy"]
    return params, *over_time, m["h0"][:, None]


def check_loss(theta):
    params, x, y, h0 = check_network(theta)
    return 0.5 * ((rnn.forward(params, x, h0).z - y) ** 2).sum()


def check_gradient(theta, bug=0):
    """Return what BPTT gives, right or with one of the bugs."""
    params, x, y, h0 = check_network(theta)
    trace = rnn.forward(params, x, h0)
    h, dz = trace.h, trace.z - y
    if not bug:
        grads = rnn.backward(params, trace, dz).params
        return np.concatenate([part.ravel() for part in grads])
    carry, delta = 0, np.empty_like(h[1:])
    for t in range(len(x), 0, -1):
        slope = 1 - h[t] ** 2
        if bug == 4 and t == 1:
            slope = np.ones_like(slope)
        delta[t - 1] = slope * (params.V.T @ dz[t - 1] + carry)
        carry = (params.W if bug == 1 else params.W.T) @ delta[t - 1]

    def over(left, right):
        return np.einsum("tib,tjb->ij", left, right).ravel()

    return np.concatenate(
        [
            over(delta, x),
            over(delta, h[1:] if bug == 2 else h[:-1]),
            (delta[-1] if bug == 3 else delta.sum(0)).ravel(),
            over(dz, h[1:]),
            dz.sum(0).ravel(),
        ]
    )


WRONG = ["", "UWb", "W", "b", "UWb"]  # by each bug


def test_gradient_check_gradients():
    rng = np.random.default_rng(0)
    theta = model("gradient_check")["theta"]
    points = [theta, *(theta + rng.normal(size=(3, len(theta))))]
    names = np.array(model("gradient_check")["names"])
    for point in points:
        calls = [[point.tolist(), bug] for bug in range(5)]
        right = check_gradient(point)
        for (_, bug), found in zip(
            calls, run("gradient_check", "gradient", calls), strict=True
        ):
            assert relative_error(found["L"], check_loss(point)) <= 1e-12
            g, expected = np.array(found["g"]), check_gradient(point, bug)
            assert relative_error(g, expected) <= 1e-12
            wrong = abs(g - right) > 1e-9 * abs(right)
            assert set(names[wrong]) == set(WRONG[bug])


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_gradient_check_differences(precision):
    """Central differences are off by ε² and by round-off over ε, no more.

    The complex step is the gradient itself, for every ε below 1e-8.
    """
    theta = model("gradient_check")["theta"]
    epsilons = np.array(node("gradient_check", "m.epsilons"))
    expected = np.array(
        [1e-14 * 10 ** (k // 2) * (3 if k % 2 else 1) for k in range(27)]
    )
    assert np.allclose(epsilons, expected, rtol=1e-12, atol=0)
    rows = run(
        "gradient_check", "differences", [[e, precision] for e in epsilons]
    )
    exact, unit_roundoff = check_gradient(theta), np.finfo(precision).eps / 2
    identity = np.eye(len(theta))
    for e, row in zip(epsilons, rows, strict=True):
        # in double precision, where ε leaves digits enough
        core = [
            (check_loss(theta + e * one) - check_loss(theta - e * one))
            / (2 * e)
            for one in identity
        ]
        roundoff = 40 * unit_roundoff * check_loss(theta) / e
        apart = abs(np.array(row["central"]) - core)
        # where ε is lost in θ, nothing is left of the difference
        assert (apart <= roundoff + abs(exact)).all()
        if e > 100 * unit_roundoff:
            assert (apart <= roundoff).all(), e
        if e < 1e-8:
            allowed = max(1e-12, 20 * unit_roundoff)
            complex_step = np.array(row["complex"])
            assert relative_error(complex_step, exact) <= allowed


def test_gradient_check_says_what_it_finds():
    theta = model("gradient_check")["theta"]
    names = model("gradient_check")["names"]
    epsilons = node("gradient_check", "m.epsilons")
    grid = list(product(range(0, 27, 2), range(5)))
    rows = run(
        "gradient_check", "differences", [[e, "float64"] for e in epsilons]
    )
    central = [row["central"] for row in rows]
    truth = check_gradient(theta)
    errors = [relative_error(np.array(row), truth) for row in central]
    best = int(np.argmin(errors))
    for (k, bug), words in zip(
        grid,
        run(
            "gradient_check",
            "finding",
            [["float64", k, bug, central] for k, bug in grid],
        ),
        strict=True,
    ):
        g, now = check_gradient(theta, bug), np.array(central[k])
        says(words, [epsilons[k], relative_error(now, g)])
        if bug and errors[k] < relative_error(g, truth):
            wrong = ", ".join(
                dict.fromkeys(n for n in names if n in WRONG[bug])
            )
            assert f"Wrong whatever ε: {wrong}." in words
            says(words, [check_loss(theta)])
        elif bug:
            assert "the bug hides" in words
        elif errors[k] > 1e-3:
            assert "A right gradient looks wrong" in words
        else:
            still = "A smaller ε still helps" in words
            worse = "A smaller ε makes it worse" in words
            assert (still, worse) == (k > best, k < best)


def test_truncation():
    """Means and variances over every sequence, for each lag and window."""
    m = model("truncation")
    params = rnn.Params(m["u"] * ONE, m["w"] * ONE, 0 * ONE, ONE, 0 * ONE)
    x = np.array(list(product((-1.0, 1.0), repeat=m["T"]))).T[:, None]
    trace = rnn.forward(params, x, np.full((1, x.shape[2]), m["h0"]))
    grid = list(product(range(10), range(1, 11)))
    results = run("truncation", "expected", grid)
    rows = run(
        "truncation",
        "errors",
        [
            [one[way], one["full"]]
            for one in results
            for way in ("full", "cut")
        ],
    )
    angles = run(
        "truncation", "angle", [[r["cut"], r["full"]] for r in results]
    )
    said = run(
        "truncation",
        "finding",
        [
            [*at, one, {"full": rows[2 * i], "cut": rows[2 * i + 1]}]
            for i, (at, one) in enumerate(zip(grid, results, strict=True))
        ],
    )
    for place, ((lag, k), result) in enumerate(
        zip(grid, results, strict=True)
    ):
        dz = np.zeros_like(x)
        dz[-1] = trace.z[-1] - 0.8 * x[-1 - lag]
        delta = rnn.backward(params, trace, dz).delta
        terms = np.stack([delta * trace.h[:-1], delta * x])[:, :, 0]
        truth = terms.sum(1).mean(1)
        for j, (way, used) in enumerate(
            (("full", terms), ("cut", terms[:, -k:]))
        ):
            mean, variance = used.sum(1).mean(1), used.sum(1).var(1).sum()
            assert relative_error(np.array(result[way][:2]), mean) <= 1e-12
            assert relative_error(result[way][2], variance) <= 1e-12
            bias = mean - truth
            square = bias @ bias + variance / 2.0 ** np.arange(15)
            expected = np.sqrt(square) / np.linalg.norm(truth)
            assert relative_error(rows[2 * place + j], expected) <= 1e-12
        cosine = mean @ truth / np.linalg.norm(mean) / np.linalg.norm(truth)
        # arccos loses half the digits at 0 degrees
        turned = np.radians(angles[place])
        assert abs(np.cos(turned) - cosine) <= 1e-12
        assert ("inside" if lag < k else "outside") in said[place]
        says(said[place], [lag, k, relative_error(mean, truth)])
        says(said[place], [np.degrees(np.arccos(min(1, cosine)))])
        says(said[place], [rows[2 * place][-1], rows[2 * place + 1][-1]])


def test_truncation_is_that_of_a_sequence_whose_past_is_given():
    """The core sees the last k steps alone: the state before is given."""
    m = model("truncation")
    params = rnn.Params(m["u"] * ONE, m["w"] * ONE, 0 * ONE, ONE, 0 * ONE)
    signs = np.random.default_rng(0).choice([-1.0, 1.0], size=(4, m["T"]))
    grid = list(product(signs, (0, 5, 9), (1, 3, 7, 10)))
    calls = [[x.tolist(), lag, k] for x, lag, k in grid]
    for (x, lag, k), found in zip(
        grid, run("truncation", "gradients", calls), strict=True
    ):
        x = x[:, None, None]
        trace = rnn.forward(params, x, m["h0"] * ONE)
        for way, start in (("full", 0), ("cut", m["T"] - k)):
            part = rnn.forward(params, x[start:], trace.h[start])
            dz = np.zeros_like(x[start:])
            dz[-1] = part.z[-1] - 0.8 * x[-1 - lag]
            grads = rnn.backward(params, part, dz).params
            expected = np.array([grads.W.item(), grads.U.item()])
            assert relative_error(np.array(found[way]), expected) <= 1e-12


def test_eigenvalues():
    grid = list(
        product((0.5, 0.8, 0.95, 1.0, 1.25), range(0, 181, 35), (5, 50, 100))
    )
    traces = run("eigenvalues", "trace", grid)
    said = run("eigenvalues", "finding", grid)
    for (r, degrees, T), found, words in zip(grid, traces, said, strict=True):
        angle = np.radians(degrees)
        turn = np.array(
            [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        )
        zero = np.zeros((2, 1))
        params = rnn.Params(zero, r * turn, zero, np.eye(2), zero)
        x = np.zeros((T, 1, 1))
        trace = rnn.forward(params, x, np.ones((2, 1)), rnn.IDENTITY)
        dz = np.zeros((T, 2, 1))
        dz[-1, 0] = 1
        grads = rnn.backward(params, trace, dz)
        # with the identity, delta_t is dL/dh_t
        by_core = np.append(grads.delta[::-1, 0, 0], grads.h0[0])
        assert relative_error(np.array(found), by_core) <= 1e-12
        s = np.arange(T + 1)
        # an entry may cross zero: the error is relative to the gradient's
        apart = abs(found - r**s * np.cos(angle * s))
        assert (apart <= 1e-12 * r**s).all()
        says(
            words,
            [r, T, r**T, degrees * T / 360, 10 ** (1 / T), 0.1 ** (1 / T)],
        )


def test_jacobian_spectrum():
    m = model("jacobian_spectrum")
    kinds = m["kinds"]
    grid = list(
        product(range(3), (0.5, 1.0, 1.6), (2, 7, 20), ("tanh", "identity"))
    )
    calls = [[kind, rho, T, name] for kind, rho, T, name in grid]
    results = run("jacobian_spectrum", "spectrum", calls)
    said = run(
        "jacobian_spectrum",
        "finding",
        [
            [name, rho, T, values]
            for (_, rho, T, name), values in zip(grid, results, strict=True)
        ],
    )
    zero = np.zeros((4, 1))
    for (kind, rho, T, name), found, words in zip(
        grid, results, said, strict=True
    ):
        W = kinds[kind] * rho / m["radius"][kind]
        params = rnn.Params(m["U"][:, None], W, zero, np.eye(4), zero)
        # each sequence of a batch asks for one row of the Jacobian
        x = np.repeat(m["x"][:T, None, None], 4, axis=2)
        h0 = np.repeat(m["h0"][:, None], 4, axis=1)
        trace = rnn.forward(params, x, h0, ACTIVATIONS[name])
        dz = np.zeros((T, 4, 4))
        dz[-1] = np.eye(4)
        delta = rnn.backward(params, trace, dz).delta
        for s, values in enumerate(found, start=1):
            expected = np.linalg.svd(W.T @ delta[T - s], compute_uv=False)
            # the small ones are known to the round-off of the largest
            assert relative_error(np.array(values), expected) <= 1e-12
        says(words, [rho, T, expected[0], rho**T])
        if expected[-1] > 1e-10 * expected[0]:
            says(words, [expected[-1]])
        alike = expected[0] < 1.01 * expected[-1]
        assert alike == ("every direction fares alike" in words)
    for W, radius in zip(kinds[:2], m["radius"][:2], strict=True):
        # the third is defective, which hides its eigenvalues
        largest = abs(np.linalg.eigvals(W)).max()
        assert relative_error(largest, radius) <= 1e-6


def test_jacobian_spectrum_is_that_of_the_jacobian():
    m, T, rho = model("jacobian_spectrum"), 6, 1.2
    W = m["kinds"][0] * rho / m["radius"][0]
    zero = np.zeros((4, 1))
    params = rnn.Params(m["U"][:, None], W, zero, np.eye(4), zero)
    x = m["x"][:T, None, None]
    jacobian = oracle.jacobian(
        lambda h0: rnn.forward(params, x, h0).h[-1], m["h0"][:, None]
    )[:, 0, :, 0]
    expected = np.linalg.svd(jacobian, compute_uv=False)
    [found] = run("jacobian_spectrum", "spectrum", [[0, rho, T, "tanh"]])
    assert relative_error(np.array(found[-1]), expected) <= 1e-12


def result(name):
    path = ROOT / "book" / "results" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))["runs"]


def test_while_learning_shows_runs_that_were_made():
    """Every number of the module is one of the stored runs, and is said."""
    shown = node("while_learning", "m.runs")
    assert [run["model"] for run in shown] == ["tanh", "tanh", "lstm"]
    for place, run in enumerate(shown):
        [stored] = [
            one
            for one in result("gradient_by_lag")
            if one["setting"] == {"model": run["model"]}
            and one["seed"] == run["seed"]
        ]
        snapshots = {one["step"]: one for one in stored["snapshots"]}
        kept = [snapshots[step] for step in run["steps"]]
        assert kept[0] == stored["snapshots"][0]
        assert kept[-1] == stored["snapshots"][-1]
        for snapshot, logs, wrong in zip(
            kept, run["logs"], run["wrong"], strict=True
        ):
            exact = 100 * np.array(snapshot["log10_norm"])
            assert np.abs(np.array(logs) - exact).max() <= 0.5
            assert wrong == round(1000 * snapshot["error_rate"])
        solved = stored["solved_at"] is not None
        for k, logs in enumerate(run["logs"]):
            said = node("while_learning", f"m.finding(m.runs[{place}], {k})")
            assert f"{run['wrong'][k] / 10:.1f} % wrong" in said
            size = 10 ** (logs[4] / 100)
            assert ("It vanishes" in said) == (size < 0.5)
            assert ("It grows" in said) == (size >= 2)
            assert ("The task is solved" in said) == (
                solved and k == len(run["steps"]) - 1
            )


def test_reading_back_shows_the_runs_that_were_made():
    """Shades, gates and counts are those of the stored runs."""
    shown = node("reading_back", "m.model")
    runs = {
        one["setting"]["model"]: one
        for one in result("gradient_on_text")
        if one["seed"] == 0 and "n" not in one["setting"]
    }
    places = range(len(shown["piece"]) - 1)
    assert runs["lstm"]["piece"].startswith(shown["piece"])
    for name, run_made in runs.items():
        words = shown[name].split(" ")
        assert len(words) == len(places)
        for s in places:
            logs = np.array(run_made["back"][s].split(), float) / 100
            assert len(words[s]) == s + 1
            exact = np.clip(9 + 3 * logs, 0, 9)
            digits = np.array(list(words[s]), float)
            assert np.abs(digits - exact).max() <= 0.5
            reached = node("reading_back", f"m.reach('{name}', {s})")
            assert reached == (digits >= 6).sum()
            if s % 10 == 0:
                said = node("reading_back", f"m.finding({s})")
                assert f" {reached} character" in said
    for name, gate in shown["gates"].items():
        exact = np.array(runs["lstm"][f"{name}_gate"])[: len(gate)]
        assert np.abs(np.array(gate) / 100 - exact).max() <= 0.005


# -------------------------------------------------------------- markup


@pytest.mark.parametrize("name", NAMES)
def test_an_explorable_is_small_and_asks_for_nothing(name):
    figure = getattr(explorables, name)()
    assert len(figure.html.encode()) <= LIMIT
    for request in ("http:", "https:", "src=", "url(", "fetch(", "import "):
        assert request not in figure.html
    bundle = figure._repr_mimebundle_()
    assert bundle["text/html"] == figure.html
    assert bundle["text/plain"] == f"Interactive figure: {figure.summary}"
    assert len(figure.summary) > 20


# ------------------------------------------------------------- browser


PAGE = """<!doctype html><html lang="en" data-theme="light">
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>A figure</title><style>
body {{ margin: 0 auto; max-width: 720px; padding: 0 18px; }}
html[data-theme=dark] {{ background: #121212; color: #ced6dd; }}
</style><main><h1>A figure</h1><div class="text_html">{}</div></main>"""


@pytest.fixture(scope="module")
def browser():
    with chromium("--disable-gpu") as started:
        yield started


@cache
def markup(name):
    return PAGE.format(getattr(explorables, name)().html)


@pytest.fixture
def visit(browser, tmp_path):
    """Return a function that opens the page of a figure."""
    contexts, troubles = [], []

    def open_page(name, width=1280, scripts=True):
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            java_script_enabled=scripts,
        )
        context.set_default_timeout(1000 * patience(120))
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        file = tmp_path / f"{name}.html"
        file.write_text(markup(name), encoding="utf-8")
        page.goto(file.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []


def controls(page):
    """Return the handles of every visible control, in order."""
    found = page.query_selector_all(".bx input, .bx select, .bx button")
    return [control for control in found if control.is_visible()]


def operate(page, but=None):
    """Move every control of the page, but for one."""
    for control in controls(page):
        if control.get_attribute("data-p") == but:
            continue
        kind = control.evaluate("e => e.type")
        if kind == "range":
            control.press("ArrowLeft")
        elif kind == "select-one":
            control.select_option(index=1)
        else:
            control.click()


STATE = """() => [...document.querySelectorAll('.bx [data-p]')].map(e => [
    e.dataset.p, e.getAttribute('d'), e.getAttribute('class') || '',
    e.getAttribute('style'), e.value, e.closest('svg') || e.children.length
    ? '' : e.textContent])"""


@pytest.mark.parametrize("name", NAMES)
def test_the_static_state_is_the_live_state(name, visit):
    scripts, static = visit(name), visit(name, scripts=False)
    assert scripts.evaluate(STATE) == static.evaluate(STATE)


@pytest.mark.parametrize("name", NAMES)
def test_a_snapshot_taken_again_is_the_one_that_is_committed(name, browser):
    again = needed("tools.explorables").snapshot(browser, name)
    assert again == snapshot_of(name), "make explorables"


@pytest.mark.parametrize("name", NAMES)
def test_reset_brings_the_first_state_back(name, visit):
    page = visit(name)
    first = page.evaluate(STATE)
    operate(page, but="reset")
    assert page.evaluate(STATE) != first
    page.mouse.move(0, 0)  # where it would light up no term
    page.get_by_role("button", name="Reset").press("Enter")
    assert page.evaluate(STATE) == first
    assert page.evaluate("document.activeElement.dataset.p") == "reset"
    # and what comes after works as before
    operate(page, but="reset")
    assert page.evaluate(STATE) != first


@pytest.mark.parametrize("name", NAMES)
def test_without_scripts_the_figure_is_read_and_controls_are_gone(name, visit):
    page = visit(name, scripts=False)
    assert page.locator(".bx svg").first.is_visible()
    assert len(page.locator(".bx output").inner_text()) > 40
    assert not page.locator(".bx-run").is_visible()
    for control in page.locator(".bx input, .bx select").all():
        assert not control.is_visible()


SMALLEST = """Math.min(...[...document.querySelectorAll('.bx *')].filter(
    e => e.checkVisibility() && e.textContent && !e.matches('sub')).map(e =>
    parseFloat(getComputedStyle(e).fontSize)
    * (e.localName === 'text' ? e.getScreenCTM().a : 1)))"""


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [375, 640, 1280])
def test_nothing_is_cut_and_text_is_legible(name, width, visit):
    page = visit(name, width=width)
    for _ in range(2):
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate(SMALLEST) >= 13
        operate(page)


@pytest.mark.parametrize("name", NAMES)
def test_each_control_is_named_and_moves_by_keyboard(name, visit):
    page = visit(name)
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        part = page.evaluate("document.activeElement.dataset.p || ''")
        if part in reached:
            break
        if not part:
            continue
        reached.add(part)
        page.evaluate(
            "window.before = document.querySelector('.bx').outerHTML"
        )
        kind = page.evaluate("document.activeElement.type")
        if kind == "range":
            page.keyboard.press("ArrowLeft")
            page.keyboard.press("ArrowLeft")
            page.keyboard.press("ArrowRight")
        elif kind == "select-one":
            page.keyboard.press("ArrowDown")
        else:
            page.keyboard.press("ArrowDown")
            page.keyboard.press("Enter")
        assert page.evaluate(
            "window.before !== document.querySelector('.bx').outerHTML"
        ), f"{part} moves nothing"
        assert page.evaluate("""document.activeElement.hasAttribute(
            'data-lm-suppress-shortcuts')""")
    expected = page.evaluate("""[...document.querySelectorAll(
        '.bx input, .bx select, .bx button')].filter(
        e => e.tabIndex >= 0 && e.checkVisibility()).length""")
    assert len(reached) >= expected > 0


LOOK = """name => [...document.querySelectorAll(name + ' *')].map(e => {
    const style = getComputedStyle(e);
    return ['fill', 'fillOpacity', 'stroke', 'strokeWidth', 'opacity',
        'strokeDasharray', 'display', 'backgroundColor', 'padding', 'width',
        'fontSize', 'textAlign', 'gridColumn'].map(key => style[key]); })"""


def test_figures_on_one_page_do_not_restyle_each_other(browser):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(1000 * patience(120))
    for order in (NAMES, NAMES[::-1]):
        figures = [getattr(explorables, name)().html for name in order]
        page.set_content(
            PAGE.format('</div><div class="text_html">'.join(figures))
        )
        together = {n: page.evaluate(LOOK, tag_of(n)) for n in NAMES}
        for name in NAMES:
            page.set_content(markup(name))
            assert page.evaluate(LOOK, tag_of(name)) == together[name], name
    page.close()


def tag_of(name):
    return "bptt-" + name.replace("_", "-")


@pytest.mark.parametrize("name", NAMES)
def test_on_paper_the_controls_are_gone(name, visit):
    page = visit(name)
    page.emulate_media(media="print")
    assert page.locator(".bx svg").first.is_visible()
    for control in page.locator(".bx input, .bx select").all():
        assert not control.is_visible()


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_stripped_of_style_and_script_says_what_to_do(name, visit):
    page = visit(name)
    page.evaluate("""document.querySelectorAll('.text_html style')
        .forEach(e => e.remove())""")
    assert page.locator(".bx-run").is_visible()


# ------------------------------------------------- curves and their names


# Points and texts in the units of the outermost drawing.
SEEN = """name => {
    const svg = document.querySelector(`[data-p="${name}"]`)
        .closest('.bx-row > svg, div > svg');
    const back = svg.getScreenCTM().inverse();
    const at = (e, x, y) => {
        const p = new DOMPoint(x, y).matrixTransform(
            back.multiply(e.getScreenCTM()));
        return [p.x, p.y]; };
    const curve = svg.querySelector(`[data-p="${name}"]`);
    const d = curve.getAttribute('d').match(/-?[0-9.]+/g).map(Number);
    return {
        classes: curve.getAttribute('class').split(' '),
        points: d.filter((_, i) => i % 2 === 0).map(
            (x, i) => at(curve, x, d[2 * i + 1])),
        texts: [...svg.querySelectorAll('text')].map(e => [
            e.textContent, +e.getAttribute('x'), +e.getAttribute('y'),
            e.dataset.p || '', e.getAttribute('class') || ''])};
}"""
SMALL = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def printed(text):
    """The number that stands at an axis, None for any other text."""
    found = re.fullmatch(
        r"(?:[tT] = |lag )?(−?\d+(?:\.\d+)?)([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]*)", text
    )
    if found is None:
        return None
    base = float(found[1].replace("−", "-"))
    return base ** float(found[2].translate(SMALL)) if found[2] else base


def scale(texts, axis):
    """Return the function from values to pixels that an axis prints.

    It is read off the numbers at the axis, which stand in one column or in
    one row, and may be equally spaced or spaced by powers.
    """
    lines = {}
    for text, x, y, *_ in texts:
        value = printed(text)
        if value is not None:
            where, at = (x, y - 4) if axis == "y" else (y, x)
            lines.setdefault(where, []).append((value, at))
    values, at = np.array(max(lines.values(), key=len)).T
    for change in (np.array, np.log10):
        if change is np.log10 and (values <= 0).any():
            continue
        line = np.polyfit(change(values), at, 1)
        if abs(np.polyval(line, change(values)) - at).max() < 0.6:
            return lambda v, line=line, change=change: np.polyval(
                line, change(v)
            )
    raise AssertionError(f"the {axis} axis has no scale: {values}, {at}")


def curves(name, s):
    """Return part -> (name beside it, x, y): what must be drawn.

    s: what the controls say. The numbers are those of the module, which the
    tests above hold to the core.
    """
    t = np.arange(s.get("T", 0) + 1)
    if name == "gradient_flow":
        rho = s["rho"]
        of = {
            step: run(name, "flow", [[rho + step, s["T"], s["activation"]]])
            for step in (0, -0.2, 0.2)
        }
        return {
            "true": ("‖∂L/∂hₜ‖", t, of[0][0]["norms"]),
            "power": ("ρᵀ⁻ᵗ", t, rho ** (s["T"] - t)),
            "less": (f"ρ = {rho - 0.2:.2f}", t, of[-0.2][0]["norms"]),
            "more": (f"ρ = {rho + 0.2:.2f}", t, of[0.2][0]["norms"]),
        }
    if name == "lstm_cell":
        gates = {gate: s[f"{gate}-gate"] for gate in "ifog"}
        [found] = run(name, "gradients", [[gates, s["T"]]])
        names = {
            "all": "all paths",
            "throughC": "through c",
            "throughH": "through h",
        }
        return {part: (names[part], t, found[part]) for part in names}
    if name == "jacobian_spectrum":
        kind = ["random", "orthogonal", "triangular"].index(s["kind"])
        call = [kind, s["rho"], s["T"], s["activation"]]
        [found] = run(name, "spectrum", [call])
        found = np.vstack([np.ones(4), found]).T
        rows = {f"s{k}": (None, t, row) for k, row in enumerate(found)}
        return rows | {"power": (None, t, s["rho"] ** t)}
    if name == "eigenvalues":
        [entries] = run(name, "trace", [[s["r"], s["angle"], s["T"]]])
        size = s["r"] ** t
        return {
            "trace": (None, t, entries),
            "above": (None, t, size),
            "below": (None, t, -size),
        }
    if name == "truncation":
        [means] = run(name, "expected", [[s["lag"], s["k"]]])
        ways = {"full": "full", "cut": "truncated"}
        calls = [[means[way], means["full"]] for way in ways]
        return {
            f"{way}-error": (ways[way], 2.0 ** np.arange(15), row)
            for way, row in zip(ways, run(name, "errors", calls), strict=True)
        }
    if name == "clipping":
        start = [s["w"], s["b"], s["rate"]]
        paths = run(name, "descend", [[*start, 1e9], [*start, s["threshold"]]])
        return {
            part: (None, *np.array([[p["w"], p["b"]] for p in path]).T)
            for part, path in zip(("free", "clipped"), paths, strict=True)
        }
    if name == "while_learning":
        shown = node(name, "m.runs")
        options = ["tanh, learns", "tanh, does not", "LSTM, learns"]
        logs = shown[options.index(s["run"])]["logs"]
        lag = np.arange(30, -1, -1)
        return {
            "now": ("now", lag, 10 ** (np.array(logs[s["k"]]) / 100)),
            "start": ("at the start", lag, 10 ** (np.array(logs[0]) / 100)),
        }
    epsilons = np.array(node(name, "m.epsilons"))
    other = {"float64": "float32", "float32": "float64"}[s["precision"]]
    [right] = run(name, "gradient", [[model(name)["theta"].tolist(), 0]])
    rows = {}
    for part, precision, which, beside in (
        ("central", s["precision"], "central", None),
        ("complex", s["precision"], "complex", "complex step"),
        ("other", other, "central", other),
    ):
        found = run(name, "differences", [[e, precision] for e in epsilons])
        off = [
            relative_error(np.array(one[which]), np.array(right["g"]))
            for one in found
        ]
        rows[part] = beside, epsilons, np.clip(off, 1e-13, 10)
    return rows


MOVED = {
    "gradient_flow": {"rho": 0.9, "T": 30, "activation": "logistic"},
    "lstm_cell": {"f-gate": 0.6, "i-gate": 0.9, "T": 20},
    "jacobian_spectrum": {"rho": 1.3, "T": 12, "kind": "triangular"},
    "eigenvalues": {"r": 1.02, "angle": 75, "T": 40},
    "truncation": {"lag": 2, "k": 6},
    "clipping": {"w": 1.8, "b": 0.1, "rate": 0.2, "threshold": 0.5},
    "while_learning": {"run": "LSTM, learns", "k": 3},
    "gradient_check": {"precision": "float32"},
}
SET = """([name, value]) => {
    const control = document.querySelector(`[data-p="${name}"]`);
    control.value = value;
    control.dispatchEvent(new Event('input', { bubbles: true })); }"""
STATE_OF = """() => Object.fromEntries([...document.querySelectorAll(
    '.bx input, .bx select')].map(e => [e.dataset.p,
    e.type === 'range' ? +e.value : e.value]))"""


def beside(part):
    """The part that holds the name of a curve."""
    found = re.fullmatch(r"(.*)-error", part)
    return f"{found[1]}-end" if found else f"{part}-name"


def faults_of_curves(page, name):
    """Return what is drawn elsewhere, or named otherwise, than it should."""
    found = []
    ends, heights = [], []
    for part, (word, x, y) in curves(name, page.evaluate(STATE_OF)).items():
        seen = page.evaluate(SEEN, part)
        across, up = scale(seen["texts"], "x"), scale(seen["texts"], "y")
        wanted = np.column_stack([across(np.array(x)), up(np.array(y))])
        drawn = np.array(seen["points"])
        inside = [
            point
            for point in drawn[:-1]  # the last one may be where it is cut
            if -50 < point[0] < 390 and -50 < point[1] < 350
        ]
        assert len(inside) > 4 or len(drawn) < 6, (name, part)
        for point in inside:
            if np.hypot(*(wanted - point).T).min() > 1.2:
                found.append((part, point))
                break
        if word is None:
            continue
        [(text, height, classes)] = [
            (text, height, classes)
            for text, _, height, key, classes in seen["texts"]
            if key == beside(part)
        ]
        if text != word:
            found.append((part, text))
        if "off" in classes.split():  # its curve has left the figure
            continue
        ends.append(drawn[-1][1])
        heights.append(height)
    if name in ("gradient_flow", "lstm_cell", "truncation"):
        # names stand in the order of the ends of their curves
        order = np.argsort(ends, kind="stable")
        if (np.diff(np.array(heights)[order]) < -1).any():
            found.append(("order", heights))
    return found


@pytest.mark.parametrize("name", MOVED)
def test_a_curve_is_that_of_its_name(name, visit):
    page = visit(name)
    assert faults_of_curves(page, name) == []
    for control, value in MOVED[name].items():
        page.evaluate(SET, [control, value])
    state = page.evaluate(STATE_OF)
    assert {key: state[key] for key in MOVED[name]} == MOVED[name]
    assert faults_of_curves(page, name) == []


EXCHANGE = """([one, two, what]) => {
    const [a, b] = [one, two].map(
        part => document.querySelector(`[data-p="${part}"]`));
    const [x, y] = [a, b].map(e => what === 'text' ? e.textContent
        : e.getAttribute(what));
    for (const [e, value] of [[a, y], [b, x]])
        if (what === 'text') e.textContent = value;
        else e.setAttribute(what, value); }"""
TURNED = """name => {
    const texts = [...document.querySelector(`[data-p="${name}"]`)
        .closest('.bx-row > svg, div > svg').querySelectorAll('text.end')];
    const all = texts.map(e => e.textContent);
    texts.forEach((e, i) => e.textContent = all.at(-1 - i)); }"""


@pytest.mark.parametrize(
    ("name", "one", "two", "what"),
    [
        ("gradient_flow", "true-name", "power-name", "text"),
        ("gradient_flow", "less-name", "more-name", "text"),
        ("gradient_flow", "less", "more", "d"),
        ("lstm_cell", "throughC-name", "throughH-name", "text"),
        ("lstm_cell", "throughC", "throughH", "d"),
        ("lstm_cell", "all-name", "throughC-name", "y"),
        ("jacobian_spectrum", "s0", "power", "d"),
        ("jacobian_spectrum", "s0", "s3", "d"),
        ("eigenvalues", "above", "below", "d"),
        ("truncation", "full-error", "cut-error", "d"),
        ("truncation", "full-end", "cut-end", "text"),
        ("clipping", "free", "clipped", "d"),
        ("while_learning", "now", "start", "d"),
        ("while_learning", "now-name", "start-name", "text"),
        ("gradient_check", "central", "complex", "d"),
        ("gradient_check", "complex-name", "other-name", "text"),
    ],
)
def test_exchanged_curves_and_names_are_seen(name, one, two, what, visit):
    page = visit(name)
    page.evaluate(EXCHANGE, [one, two, what])
    assert faults_of_curves(page, name)


@pytest.mark.parametrize("name", ["jacobian_spectrum", "gradient_check"])
def test_an_axis_that_runs_the_other_way_is_seen(name, visit):
    page = visit(name)
    page.evaluate(TURNED, {"gradient_check": "central"}.get(name, "s0"))
    assert faults_of_curves(page, name)


def test_the_samples_below_the_cliff_are_those_of_its_paths():
    drawn = snapshot_of("clipping")
    for part, word in (("clipped", "clipped"), ("free", "not clipped")):
        [style] = re.findall(rf'<path class="([^"]*)" data-p="{part}"', drawn)
        [sample] = re.findall(
            rf'<path class="([^"]*)" d="M\d+ 246h26"/>\s*<text[^>]*>{word}<',
            drawn,
        )
        assert sample.split()[0] == style.split()[0]


def test_the_mean_gradients_point_where_their_arrows_do(visit):
    page = visit("truncation")
    for _ in range(2):
        s = page.evaluate(STATE_OF)
        [means] = run("truncation", "expected", [[s["lag"], s["k"]]])
        for way, word in (("full", "true"), ("cut", "truncated")):
            seen = page.evaluate(SEEN, way)
            start, tip = np.array(seen["points"][:2])
            arrow, mean = (tip - start) * [1, -1], np.array(means[way][:2])
            size = np.linalg.norm(arrow) * np.linalg.norm(mean)
            assert arrow @ mean / size > 0.999
            [text] = [t for t, *_, p, _ in seen["texts"] if p == f"{way}-name"]
            assert text == word
        for control, value in MOVED["truncation"].items():
            page.evaluate(SET, [control, value])


# ------------------------------------------------ words beside the numbers


def test_lstm_cell_says_what_it_computes():
    grid = list(product((0.3, 0.9, 0.99), (0.2, 0.9), (10, 60)))
    gates = [{"i": i, "f": f, "o": 0.6, "g": 0.3} for f, i, _ in grid]
    results = run(
        "lstm_cell",
        "gradients",
        [[one, T] for one, (*_, T) in zip(gates, grid, strict=True)],
    )
    said = run(
        "lstm_cell",
        "finding",
        [[f, T, r] for (f, _, T), r in zip(grid, results, strict=True)],
    )
    for (f, _, T), found, words in zip(grid, results, said, strict=True):
        says(words, [f, T, 0.5 ** (1 / T)])
        for key, way in (
            ("throughC", "through c alone.*?power"),
            ("throughH", "through h alone"),
            ("all", "all paths together"),
        ):
            says(re.split(way, words)[1].split(";")[0], [found[key][0]])


def test_clipping_says_what_it_does():
    grid = list(
        product((0.5, 1.5, 2.8), (-0.5, 0.2, 0.5), (0.1, 0.5), (0.05, 0.6))
    )
    free = run("clipping", "descend", [[*one[:3], 1e9] for one in grid])
    clipped = run("clipping", "descend", grid)
    said = run(
        "clipping",
        "finding",
        [
            [one[3], a, b]
            for one, a, b in zip(grid, free, clipped, strict=True)
        ],
    )
    seen = set()
    for (*_, threshold), a, b, words in zip(
        grid, free, clipped, said, strict=True
    ):
        norms = [step["norm"] for step in a]
        at = int(np.argmax(norms))
        idle = norms[at] <= threshold
        assert idle == ("clipping never acts" in words) == (a == b)
        says(words, [norms[at], a[-1]["L"], len(a) - 1])
        seen.add(idle)
        if not idle:
            to = a[min(at + 1, len(a) - 1)]
            away = np.hypot(to["w"] - a[at]["w"], to["b"] - a[at]["b"]) > 1
            assert away == ("throws" in words) == ("moves" not in words)
            says(words.split("Clipped at")[1], [threshold, b[-1]["L"]])
            says(words.split("Clipped at")[0], [at, to["w"], to["b"]])
            seen.add("throws" if away else "moves")
    assert seen == {True, False, "throws", "moves"}


def test_unrolled_sum_says_what_it_adds():
    for T in (1, 3, 5):
        [found] = run("unrolled_sum", "terms", [[T]])
        at = [
            (k, s)
            for s in range(T + 1)
            for k in range(T + 1)
            if not s or k <= s
        ]
        sums = run("unrolled_sum", "chosen", [[found, *one] for one in at])
        said = run(
            "unrolled_sum",
            "finding",
            [[k, s, T, one] for (k, s), one in zip(at, sums, strict=True)],
        )
        for (k, s), one, words in zip(at, sums, said, strict=True):
            says(words, [one["norm"]])
            if k or s:
                says(words.split("share")[1], [round(100 * one["share"])])
            if k and s:
                says(words, [k, s, s - k])
                assert len(one["some"]) == 1
            elif k or s:
                says(words, [k or s] + [s] * bool(s))
                assert len(one["some"]) == (s or T - k + 1)
            else:
                says(words, [T * (T + 1) // 2])


BOUNDS = {"at most 1,": 1.0, "at most ¼": 0.25, "all 1": 1.0}


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_bound_that_gradient_flow_names_is_that_of_the_slope(activation):
    [result] = run("gradient_flow", "flow", [[1.0, 10, activation]])
    call = [activation, 1.0, 10, result]
    [words] = run("gradient_flow", "finding", [call])
    words = words.replace("each at most 1 ", "each at most 1, ")
    if activation == "identity":
        words = words.replace("every slope is 1", "all 1")
    [named] = [value for word, value in BOUNDS.items() if word in words]
    a = np.linspace(-8, 8, 4001)
    one = ACTIVATIONS[activation]
    slopes = one.slope_from_output(one.function(a))
    assert slopes.max() == pytest.approx(named, rel=1e-5)


# ------------------------------------------------------- add an explorable


def test_the_checklist_of_contributing_adds_an_explorable(browser, tmp_path):
    """Its template and its module are taken from the page as they stand."""
    tool = needed("tools.explorables")
    section = (
        (ROOT / "CONTRIBUTING.md")
        .read_text(encoding="utf-8")
        .split("## Add an explorable")[1]
    )
    template = re.search(r"```html\n(.*?)```", section, re.S)[1]
    module = re.search(r"```js\n(.*?)```", section, re.S)[1]
    for shared in ("frame.css", "frame.mjs"):
        shutil.copy(HERE / shared, tmp_path)
    (tmp_path / "twice.html").write_text(template, encoding="utf-8")
    (tmp_path / "twice.mjs").write_text(module, encoding="utf-8")
    assert tool.names(tmp_path) == ["twice"]
    taken = tool.snapshot(browser, "twice", tmp_path)
    assert "Twice 3 is 6." in taken
    (tmp_path / "twice.snapshot.html").write_text(taken, encoding="utf-8")
    figure = load("twice", tmp_path)
    assert figure.summary == "a number and twice the number"
    page = browser.new_page()
    page.set_default_timeout(1000 * patience(120))
    page.set_content(PAGE.format(figure.html))
    page.get_by_role("slider").press("ArrowRight")
    assert page.locator("output").inner_text() == "Twice 4 is 8."
    page.get_by_role("button", name="Reset").click()
    assert page.locator("output").inner_text() == "Twice 3 is 6."
    page.close()


def test_a_page_that_fails_gives_no_snapshot(browser, tmp_path):
    for shared in ("frame.css", "frame.mjs"):
        shutil.copy(HERE / shared, tmp_path)
    (tmp_path / "bad.html").write_text("<bptt-bad class='bx'></bptt-bad>")
    (tmp_path / "bad.mjs").write_text("nonsense();")
    with pytest.raises(RuntimeError, match="bad: nonsense is not defined"):
        needed("tools.explorables").snapshot(browser, "bad", tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_every_explorable_has_its_files(name):
    for kind in ("html", "mjs", "snapshot.html"):
        assert (HERE / f"{name}.{kind}").is_file()
    markup = getattr(explorables, name)().html
    assert markup.count('<button data-p="reset">Reset</button>') == 1
    assert {p.name.split(".")[0] for p in HERE.glob("*.html")} == set(NAMES)
