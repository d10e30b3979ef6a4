"""The interactive figures: their numbers, and how they behave when used.

The numbers come from the modules themselves, run by node, and are set
against the core. Behaviour is tested in Chromium, on one page per figure.
"""

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest

from bptt_core import losses, lstm, oracle, rnn
from bptt_core.oracle import relative_error
from bptt_figures import moving as explorables
from tests.built_site import chromium

FOLDER = Path(explorables.__file__).parent
NAMES = explorables.__all__
LIMIT = 15_000  # bytes, markup included


# ------------------------------------------------------------- numbers


def run(name, function, *arguments):
    """Return what an exported function of a module returns, by node."""
    node = shutil.which("node")
    if node is None:
        pytest.fail("node is needed to run the modules: it is not on PATH")
    code = (
        f"import {{ {function} as f }} from "
        f"{json.dumps((FOLDER / f'{name}.mjs').as_uri())};"
        f"console.log(JSON.stringify(f(...{json.dumps(arguments)})))"
    )
    done = subprocess.run(
        [node, "--input-type=module", "--eval", code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def model(name):
    """Return the model that a figure hands to its module."""
    return sys.modules[f"bptt_figures.moving.{name}"].MODEL


def network(m):
    """Return Params, x and h0 of the Elman network in a model."""
    column = {k: np.array(m[k], float)[:, None] for k in ("b", "c", "h0")}
    params = rnn.Params(
        np.array(m["U"], float),
        np.array(m["W"], float),
        column["b"],
        np.array(m["V"], float),
        column["c"],
    )
    return params, np.array(m["x"], float)[..., None], column["h0"]


@pytest.mark.parametrize("T", range(1, 6))
def test_unrolled_sum_terms(T):
    m = model("unrolled_sum")
    params, x, h0 = network(m)
    trace = rnn.forward(params, x[:T], h0)
    labels = np.array(m["labels"])[:T, None]
    dz = losses.output_gradient(trace.z, labels)
    result = run("unrolled_sum", "terms", m, T)
    whole = rnn.backward(params, trace, dz).params.W
    assert relative_error(np.array(result["total"]), whole) <= 1e-12
    assert len(result["all"]) == T * (T + 1) // 2
    for term in result["all"]:
        only_s = np.zeros_like(dz)
        only_s[term["s"] - 1] = dz[term["s"] - 1]
        delta = rnn.backward(params, trace, only_s).delta
        k = term["k"]
        expected = delta[k - 1] @ trace.h[k - 1].T
        assert relative_error(np.array(term["matrix"]), expected) <= 1e-12


def test_unrolled_sum_shares_add_up_and_a_column_is_delta_h():
    m = model("unrolled_sum")
    params, x, h0 = network(m)
    trace = rnn.forward(params, x, h0)
    dz = losses.output_gradient(trace.z, np.array(m["labels"])[:, None])
    delta = rnn.backward(params, trace, dz).delta
    sums = run("unrolled_sum", "terms", m, 5)
    columns = [run("unrolled_sum", "chosen", sums, k, 0) for k in range(1, 6)]
    assert abs(sum(one["share"] for one in columns) - 1) <= 1e-12
    for k, one in enumerate(columns, start=1):
        expected = np.linalg.norm(delta[k - 1] @ trace.h[k - 1].T)
        assert relative_error(one["norm"], expected) <= 1e-12


@pytest.mark.parametrize("rho", [0.5, 1.0, 1.3, 2.0])
@pytest.mark.parametrize("T", [10, 50, 100])
@pytest.mark.parametrize(
    "activation", [rnn.TANH, rnn.IDENTITY, rnn.LOGISTIC], ids=lambda a: a.name
)
def test_gradient_flow_norms(rho, T, activation):
    m = model("gradient_flow")
    n = len(m["h0"])
    zero = np.zeros((n, 1))
    W = np.array(m["W"]) * rho / m["radius"]
    params = rnn.Params(np.array(m["U"])[:, None], W, zero, np.eye(n), zero)
    x = np.array(m["x"])[:T, None, None]
    h0 = np.array(m["h0"])[:, None]
    trace = rnn.forward(params, x, h0, activation)
    dz = np.zeros((T, n, 1))
    dz[-1, :, 0] = m["dhT"]
    grads = rnn.backward(params, trace, dz)
    result = run("gradient_flow", "flow", m, rho, T, activation.name)
    norms = np.array(result["norms"], float)
    for t in range(T):
        dh = W.T @ grads.delta[t]  # dL/dh_t: the loss sees h_T alone
        assert relative_error(norms[t], np.linalg.norm(dh)) <= 1e-12
    assert relative_error(norms[0], np.linalg.norm(grads.h0)) <= 1e-12
    assert relative_error(norms[T], np.linalg.norm(m["dhT"])) <= 1e-12
    slopes = activation.slope_from_output(trace.h[1:])
    assert relative_error(result["mean"], slopes.mean()) <= 1e-12
    radius = np.abs(np.linalg.eigvals(W)).max()
    assert relative_error(radius, rho) <= 1e-6


def test_gradient_flow_says_that_tanh_at_1_3_does_not_explode():
    norms = run(
        "gradient_flow", "flow", model("gradient_flow"), 1.3, 50, "tanh"
    )["norms"]
    assert 1e-4 < norms[0] < 1e-2 < 1.3**50


GATES = [
    {"i": 0.5, "f": 0.9, "o": 0.6, "g": 0.3},
    {"i": 0.01, "f": 0.99, "o": 0.99, "g": -0.99},
    {"i": 0.8, "f": 0.01, "o": 0.3, "g": 0.5},
]


def held_gates(gates, steps):
    """Return params, x, h0, c0 of an LSTM whose gates never change."""
    m = model("lstm_cell")
    one = np.ones((1, 1))
    W = np.array(m["W"])[:, None]
    i, f, o, g = (gates[name] * one for name in "ifog")
    logits = [np.log(v / (1 - v)) for v in (i, f, o)]
    a = np.vstack([*logits, np.arctanh(g)])
    params = lstm.Params(np.eye(4), W, 0 * a, one, 0 * one)
    h, c = m["h0"] * one, m["c0"] * one
    x = []
    for _ in range(steps):
        x.append(a - W * h)
        c = f * c + i * g
        h = o * np.tanh(c)
    return params, np.array(x), m["h0"] * one, m["c0"] * one


@pytest.mark.parametrize("T", [10, 50, 100])
@pytest.mark.parametrize("gates", GATES, ids=str)
def test_lstm_cell_gradients(gates, T):
    result = run("lstm_cell", "gradients", model("lstm_cell"), gates, T)
    params, x, h0, c0 = held_gates(gates, T)
    trace = lstm.forward(params, x, h0, c0)
    expected = np.array([gates[name] for name in "ifog"])
    assert relative_error(trace.gates[-1, :, 0], expected) <= 1e-12
    dz = np.zeros((T, 1, 1))
    dz[-1] = 1
    # dL/dc_t is what a run that begins at t gives for its c0
    dc = [
        lstm.backward(
            params,
            lstm.forward(params, x[t:], trace.h[t], trace.c[t]),
            dz[t:],
        ).c0.item()
        for t in range(T)
    ]
    whole = lstm.backward(params, trace, dz)
    assert relative_error(dc[0], whole.c0.item()) <= 1e-12
    last = gates["o"] * (1 - np.tanh(trace.c[T].item()) ** 2)
    # in a run that begins at t, h_t is given: c_t reaches L through
    # c_{t+1} alone; in the middle of a run it reaches h_t as well
    shown = gates["o"] * (1 - np.tanh(trace.c[1:T, 0, 0]) ** 2)
    dh = [
        lstm.backward(
            params,
            lstm.forward(params, x[t:], trace.h[t], trace.c[t]),
            dz[t:],
        ).h0.item()
        for t in range(1, T)
    ]
    dc[1:] += shown * np.array(dh)
    for t in range(T):
        ratio = abs(dc[t] / last)
        assert relative_error(result["all"][t], ratio) <= 1e-12
        kept = gates["f"] ** (T - t)
        assert relative_error(result["throughC"][t], kept) <= 1e-12
    # through h alone: the product of the Jacobians of single steps
    product = 1.0
    for t in range(T, 0, -1):
        step = lstm.forward(params, x[t - 1 : t], trace.h[t - 1],
                            trace.c[t - 1])
        product *= lstm.backward(params, step, np.ones((1, 1, 1))).h0.item()
        measured = result["throughH"][t - 1]
        assert relative_error(measured, abs(product)) <= 1e-12
    assert result["all"][T] == result["throughH"][T] == 1


def test_lstm_cell_says_that_a_forget_gate_of_0_9_vanishes():
    result = run("lstm_cell", "gradients", model("lstm_cell"), GATES[0], 100)
    assert f"{result['throughC'][0]:.1e}" == "2.7e-05"
    assert result["all"][0] < 1e-2


def unit(w, b):
    """Return L, dL/dw, dL/db of the unit in the clipping figure."""
    m = model("clipping")
    one = np.ones((1, 1))
    params = rnn.Params(0 * one, w * one, b * one, one, 0 * one)
    x = np.zeros((m["T"], 1, 1))
    trace = rnn.forward(params, x, m["h0"] * one)
    dz = np.zeros_like(x)
    dz[-1] = trace.z[-1] - m["y"]
    grads = rnn.backward(params, trace, dz).params
    return dz[-1].item() ** 2 / 2, grads.W.item(), grads.b.item()


@pytest.mark.parametrize(
    ("w", "b"), [(1.5, 0.2), (2.8, 0.5), (0.5, -0.75), (1.3, -0.15)]
)
def test_clipping_loss_and_gradient(w, b):
    found = run("clipping", "lossAndGradient", model("clipping"), w, b)
    found = [found[name] for name in ("L", "dw", "db")]
    for value, expected in zip(found, unit(w, b), strict=True):
        assert relative_error(value, expected) <= 1e-12


@pytest.mark.parametrize("threshold", [0.05, 0.3, 2, 1e9])
def test_clipping_takes_the_steps_it_shows(threshold):
    rate = 0.1
    path = run(
        "clipping", "descend", model("clipping"), 1.5, 0.2, rate, threshold
    )
    assert len(path) == model("clipping")["steps"] + 1
    for now, then in pairwise(path):
        L, dw, db = unit(now["w"], now["b"])
        norm = np.hypot(dw, db)
        assert relative_error(now["L"], L) <= 1e-12
        assert relative_error(now["norm"], norm) <= 1e-12
        here = np.array([now["w"], now["b"]])
        there = np.array([then["w"], then["b"]])
        step = -rate * np.array([dw, db]) * min(1, threshold / norm)
        assert relative_error(there, here + step) <= 1e-12
        assert np.hypot(*step) <= rate * threshold * (1 + 1e-15)


def test_clipping_bounds_the_cliff_and_does_nothing_on_the_plateau():
    m = model("clipping")
    free = run("clipping", "descend", m, *m["cliff"], 0.1, 1e9)
    clipped = run("clipping", "descend", m, *m["cliff"], 0.1, 0.3)
    assert clipped[-1]["L"] < 1e-3 < 0.1 < free[-1]["L"]
    free = run("clipping", "descend", m, *m["plateau"], 0.1, 1e9)
    clipped = run("clipping", "descend", m, *m["plateau"], 0.1, 0.3)
    assert clipped == free
    assert clipped[-1]["L"] > 0.9 * clipped[0]["L"]


def check_network():
    """Return params, x, y, h0 of the network in the gradient check."""
    m = model("gradient_check")
    theta = np.array(m["theta"])
    params = rnn.Params(
        theta[:2, None],
        theta[2:6].reshape(2, 2),
        theta[6:8, None],
        theta[None, 8:10],
        theta[10:, None],
    )
    over_time = [np.array(m[name])[:, None, None] for name in "xy"]
    return params, *over_time, np.array(m["h0"])[:, None]


def as_params(g):
    """Return the gradient of the module, by parameter."""
    cut = {"U": (0, 2), "W": (2, 6), "b": (6, 8), "V": (8, 10), "c": (10, 11)}
    return {name: np.array(g[i:j]) for name, (i, j) in cut.items()}


def backward_with(bug):
    """Return what BPTT with one of the bugs gives, written from the bug."""
    params, x, y, h0 = check_network()
    trace = rnn.forward(params, x, h0)
    dz = trace.z - y
    h = trace.h
    carry, delta = 0, np.empty_like(h[1:])
    for t in range(len(x), 0, -1):
        slope = 1 - h[t] ** 2
        if bug == 4 and t == 1:
            slope = np.ones_like(slope)
        delta[t - 1] = slope * (params.V.T @ dz[t - 1] + carry)
        W = params.W if bug == 1 else params.W.T
        carry = W @ delta[t - 1]
    states = h[1:] if bug == 2 else h[:-1]

    def over(left, right):
        return np.einsum("tib,tjb->ij", left, right).ravel()

    return {
        "U": over(delta, x),
        "W": over(delta, states),
        "b": (delta[-1] if bug == 3 else delta.sum(0)).ravel(),
        "V": over(dz, h[1:]),
        "c": dz.sum(0).ravel(),
    }


@pytest.mark.parametrize("bug", range(5))
def test_gradient_check_gradients(bug):
    m = model("gradient_check")
    found = run("gradient_check", "gradient", m, m["theta"], bug)
    params, x, y, h0 = check_network()
    trace = rnn.forward(params, x, h0)
    L = 0.5 * ((trace.z - y) ** 2).sum()
    assert relative_error(found["L"], L) <= 1e-12
    right = rnn.backward(params, trace, trace.z - y).params
    wrong = set()
    for name, value in as_params(found["g"]).items():
        expected = backward_with(bug)[name]
        assert relative_error(value, expected) <= 1e-12
        if relative_error(value, getattr(right, name).ravel()) > 1e-12:
            wrong.add(name)
    bugs = [set(), set("UWb"), set("W"), set("b"), set("UWb")]
    assert wrong == bugs[bug]


def test_gradient_check_loss_is_that_of_the_core():
    m = model("gradient_check")
    theta = [[v, 0] for v in m["theta"]]
    params, x, y, h0 = check_network()
    z = rnn.forward(params, x, h0).z
    L, imaginary = run("gradient_check", "loss", m, theta, "float64")
    assert relative_error(L, 0.5 * ((z - y) ** 2).sum()) <= 1e-12
    assert imaginary == 0


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_gradient_check_differences_agree_to_the_last_bit(precision):
    static = sys.modules["bptt_figures.moving.gradient_check"]
    central, complex_step = static.differences(np.dtype(precision).type)
    for row in (0, 9, 18, 26):
        epsilon = static.EPSILONS[row]
        found = run("gradient_check", "differences", static.MODEL, epsilon,
                    precision)
        assert found["central"] == central[row].astype(float).tolist()
        assert found["complex"] == complex_step[row].astype(float).tolist()


def test_gradient_check_complex_step_is_the_gradient():
    params, x, y, h0 = check_network()
    trace = rnn.forward(params, x, h0)
    expected = rnn.backward(params, trace, trace.z - y).params
    expected = np.concatenate([part.ravel() for part in expected])
    found = run("gradient_check", "differences", model("gradient_check"),
                1e-10, "float64")
    assert relative_error(np.array(found["complex"]), expected) <= 1e-12
    apart = relative_error(np.array(found["central"]), expected)
    assert 1e-8 < apart < 1e-4


def truncated_by_hand(x, lag, k):
    """Return dL/d(w, u) summed over all steps, and over the last k.

    The core sees a longer sequence only through its last k steps when the
    state before them is given: that is what truncation means.
    """
    m = model("truncation")
    one = np.ones((1, 1))
    params = rnn.Params(m["u"] * one, m["w"] * one, 0 * one, one, 0 * one)
    x = np.array(x, float)[:, None, None]
    trace = rnn.forward(params, x, m["h0"] * one)
    found = []
    for start in (0, len(x) - k):
        part = rnn.forward(params, x[start:], trace.h[start])
        dz = np.zeros_like(x[start:])
        dz[-1] = part.z[-1] - 0.8 * x[-1 - lag]
        grads = rnn.backward(params, part, dz).params
        found.append([grads.W.item(), grads.U.item()])
    return np.array(found)


@pytest.mark.parametrize(("lag", "k"), [(5, 3), (0, 1), (9, 10), (2, 7)])
def test_truncation_gradients(lag, k):
    rng = np.random.default_rng(0)
    m = model("truncation")
    for x in rng.choice([-1, 1], size=(3, m["T"])).tolist():
        found = run("truncation", "gradients", m, x, lag, k)
        full, cut = truncated_by_hand(x, lag, k)
        assert relative_error(np.array(found["full"]), full) <= 1e-12
        assert relative_error(np.array(found["cut"]), cut) <= 1e-12


@pytest.mark.parametrize(("lag", "k"), [(5, 3), (5, 6)])
def test_truncation_means_variances_and_errors(lag, k):
    static = sys.modules["bptt_figures.moving.truncation"]
    m = static.MODEL
    every = np.array(list(product((-1.0, 1.0), repeat=m["T"])))
    found = run("truncation", "expected", m, lag, k)
    both = dict(
        zip(("full", "cut"), static.gradients(every, lag, k), strict=True)
    )
    truth = both["full"].mean(axis=1)
    for way, of_each in both.items():
        mean = of_each.mean(axis=1)
        assert relative_error(np.array(found[way][:2]), mean) <= 1e-12
        variance = of_each.var(axis=1).sum()
        assert relative_error(found[way][2], variance) <= 1e-12
        rows = run("truncation", "errors", found[way], truth.tolist())
        bias = mean - truth
        for i, row in enumerate(rows):
            square = bias @ bias + variance / 2**i
            expected = np.sqrt(square) / np.linalg.norm(truth)
            assert relative_error(row, expected) <= 1e-12
    angle = run("truncation", "angle", found["cut"], found["full"])
    cosine = both["cut"].mean(axis=1) @ truth
    cosine /= np.linalg.norm(both["cut"].mean(axis=1))
    expected = np.degrees(np.arccos(cosine / np.linalg.norm(truth)))
    assert relative_error(angle, expected) <= 1e-12


def test_truncation_in_the_static_state_is_by_the_core():
    static = sys.modules["bptt_figures.moving.truncation"]
    x = [1, -1, -1, 1, 1, 1, -1, 1, -1, -1]
    found = np.array(static.gradients(np.array([x], float), 5, 3))[..., 0]
    assert relative_error(found, truncated_by_hand(x, 5, 3)) <= 1e-12


@pytest.mark.parametrize("r", [0.5, 0.95, 1.25])
@pytest.mark.parametrize("degrees", [0, 35, 180])
def test_eigenvalues_trace(r, degrees):
    static = sys.modules["bptt_figures.moving.eigenvalues"]
    T = 40
    found = np.array(run("eigenvalues", "trace", r, degrees, T), float)
    by_core = static.trace(r, degrees, T)
    angle = np.radians(degrees)
    s = np.arange(T + 1)
    closed = r**s * np.cos(angle * s)
    # an entry may cross zero: the error is relative to the gradient's size
    assert (np.abs(found - closed) <= 1e-12 * r**s).all()
    assert relative_error(found, by_core) <= 1e-12
    turn = np.array([[np.cos(angle), -np.sin(angle)],
                     [np.sin(angle), np.cos(angle)]])
    eigen = np.linalg.eigvals(r * turn)
    assert np.allclose(np.abs(eigen), r, rtol=1e-12, atol=0)


@pytest.mark.parametrize("kind", range(3))
@pytest.mark.parametrize("rho", [0.5, 1.0, 1.6])
@pytest.mark.parametrize(
    "activation", [rnn.TANH, rnn.IDENTITY], ids=lambda a: a.name
)
def test_jacobian_spectrum(kind, rho, activation):
    static = sys.modules["bptt_figures.moving.jacobian_spectrum"]
    m = static.MODEL
    found = run(
        "jacobian_spectrum", "spectrum", m, kind, rho, 20, activation.name
    )
    expected = static.spectrum(kind, rho, 20, activation)
    for row, values in zip(np.array(found, float), expected, strict=True):
        # the small ones are known to the round-off of the largest
        assert relative_error(row, values) <= 1e-12
    if kind != 2:  # a defective matrix hides its eigenvalues
        eigen = np.linalg.eigvals(np.array(m["kinds"][kind], float))
        radius = np.abs(eigen).max()
        assert relative_error(radius, m["radius"][kind]) <= 1e-6


def test_jacobian_spectrum_is_that_of_the_jacobian():
    static = sys.modules["bptt_figures.moving.jacobian_spectrum"]
    m, T, rho = static.MODEL, 6, 1.2
    W = np.array(m["kinds"][0]) * rho / m["radius"][0]
    U = np.array(m["U"])[:, None]
    x = np.array(m["x"])[:T, None, None]
    zero = np.zeros((4, 1))
    params = rnn.Params(U, W, zero, np.eye(4), zero)
    jacobian = oracle.jacobian(
        lambda h0: rnn.forward(params, x, h0).h[-1], np.array(m["h0"])[:, None]
    )[:, 0, :, 0]
    expected = np.linalg.svd(jacobian, compute_uv=False)
    found = run("jacobian_spectrum", "spectrum", m, 0, rho, T, "tanh")[-1]
    assert relative_error(np.array(found), expected) <= 1e-12


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


def test_explorables_are_the_same_in_every_process():
    code = (
        "import json; from bptt_figures import moving as e; "
        "print(json.dumps({n: getattr(e, n)().html for n in e.__all__}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7"},
    )
    here = {name: getattr(explorables, name)().html for name in NAMES}
    assert json.loads(done.stdout) == here


# ------------------------------------------------------------- browser


PAGE = """<!doctype html><html lang="en" data-theme="light">
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>A figure</title><style>
body {{ margin: 0 auto; max-width: 700px; padding: 0 16px; }}
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


def operate(page):
    """Move every control of the page."""
    for control in controls(page):
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
def test_without_scripts_the_figure_is_read_and_controls_are_gone(
    name, visit
):
    page = visit(name, scripts=False)
    assert page.locator(".bx svg").first.is_visible()
    assert len(page.locator(".bx output").inner_text()) > 40
    assert not page.locator(".bx-run").is_visible()
    for control in page.locator(".bx input, .bx select").all():
        assert not control.is_visible()


@pytest.mark.parametrize("name", NAMES)
def test_at_375_pixels_nothing_is_cut_and_text_is_legible(name, visit):
    page = visit(name, width=375)
    for _ in range(2):
        assert page.evaluate("document.documentElement.scrollWidth") == 375
        assert page.evaluate("""Math.min(...[...document.querySelectorAll(
            '.bx svg text')].map(e => parseFloat(getComputedStyle(e).fontSize)
            * e.getScreenCTM().a))""") >= 11
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
    for order in (NAMES, NAMES[::-1]):
        figures = [getattr(explorables, name)().html for name in order]
        page.set_content(PAGE.format('</div><div class="text_html">'.join(
            figures)))
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
