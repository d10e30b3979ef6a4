"""The cliff in the loss of one unit, and what clipping does there."""

import numpy as np

from bptt_core import rnn
from bptt_figures.moving import frame
from bptt_figures.moving.frame import number, path, text

MODEL = {
    "T": 30,
    "h0": 0.5,
    "y": -0.4,
    "steps": 40,
    "cliff": [1.5, 0.2],
    "plateau": [2.8, 0.5],
}
RATE, THRESHOLD = 0.1, 0.3
W0, B0, SCALE = 0.5, 0.75, (112, 133)  # upper left corner; pixels per unit
LEVELS = (0.02, 0.1, 0.25, 0.45, 0.65, 0.85)
STYLE = """
.bx .bx-map { width: 280px; height: 200px; max-width: none; }
.bx .band { fill: currentColor; fill-opacity: .085; stroke: none; }
.bx .dots { stroke-width: 5; stroke-linecap: round; }
.bx .dash.dots { stroke-width: 4; stroke-dasharray: none; }
.bx circle { fill: none; stroke: currentColor; stroke-width: 2; }
"""


def clipping():
    """Return the figure of the cliff and of gradient clipping (chapter 7)."""
    free = descend(*MODEL["cliff"], RATE, np.inf)
    clipped = descend(*MODEL["cliff"], RATE, THRESHOLD)
    norms = [norm for *_, norm in free]
    at = int(np.argmax(norms))
    w, b, *_ = free[at + 1]
    finding = (
        f"Not clipped: at step {at} the gradient has norm "
        f"{number(norms[at])} and throws the parameters to w = {number(w)}, "
        f"b = {number(b)}; after {MODEL['steps']} steps L is "
        f"{number(free[-1][2])}. Clipped at {THRESHOLD:.2f}: the same "
        f"direction, a shorter step, and L is {number(clipped[-1][2])}."
    )
    w, b = MODEL["cliff"]
    return frame.assemble(
        "clipping",
        "gradient descent on the loss of one unit over w and b, "
        "with and without clipping",
        MODEL,
        f"""
        <p>One unit, h<sub>t</sub> = tanh(w h<sub>t−1</sub> + b), 30 steps;
        L = ½ (h<sub>T</sub> + 0.4)². The stronger the grey, the higher L. Two
        descents begin at the same point.</p>
        <div class="bx-row" hidden="hidden">
        <svg viewBox="0 0 340 262" role="img" aria-label="A map of the loss
        over w and b: a high plateau at the upper right breaks off along a
        cliff. The path that is not clipped is thrown far away; the clipped
        path steps down the cliff.">
        <svg class="bx-map" x="46" y="8" width="280" height="200">
        {_surface()}
        {_descent("clipped", "W", clipped)}
        {_descent("free", "dash", free)}
        <circle r="7" data-p="start" cx="{_x(w):.1f}"
        cy="{_y(b):.1f}"/>
        </svg>
        {_axes()}
        </svg>
        <div>
        <div class="bx-controls">
        {frame.slider("w", "<i>w</i> at the start", 0.5, 3, 0.05, w,
                      f"{w:.2f}")}
        {frame.slider("b", "<i>b</i> at the start", -0.75, 0.75, 0.05, b,
                      f"{b:.2f}")}
        {frame.slider("rate", "rate", 0.01, 0.5, 0.01, RATE, f"{RATE:.2f}")}
        {frame.slider("threshold", "threshold for the norm", 0.05, 2, 0.05,
                      THRESHOLD, f"{THRESHOLD:.2f}")}
        <p>Start <button data-p="cliff">above the cliff</button> or
        <button data-p="plateau">on the plateau</button></p>
        </div>
        </div>
        </div>
        <output data-p="finding">{finding}</output>
        """,
        STYLE,
    )


def loss_and_gradient(w, b):
    """Return L, dL/dw and dL/db of the unit, by the core."""
    one = np.ones((1, 1))
    params = rnn.Params(0 * one, w * one, b * one, one, 0 * one)
    x = np.zeros((MODEL["T"], 1, 1))
    trace = rnn.forward(params, x, MODEL["h0"] * one)
    error = trace.h[-1].item() - MODEL["y"]
    dz = np.zeros_like(x)
    dz[-1] = error
    grads = rnn.backward(params, trace, dz).params
    return error**2 / 2, grads.W.item(), grads.b.item()


def descend(w, b, rate, threshold):
    """Return (w, b, L, norm of the gradient) before each step."""
    steps = []
    for _ in range(MODEL["steps"] + 1):
        L, dw, db = loss_and_gradient(w, b)
        norm = np.hypot(dw, db)
        steps.append((w, b, L, norm))
        scale = threshold / norm if norm > threshold else 1
        w, b = w - rate * scale * dw, b - rate * scale * db
    return steps


def _x(w):
    return (w - W0) * SCALE[0]


def _y(b):
    return (B0 - b) * SCALE[1]


def _surface():
    """Return the regions where L is above a level, as seen from above.

    At each w, L is above a level at the largest b, and down to the cliff;
    it may be again at the smallest.
    """
    w = W0 + np.arange(0, 281, 7)[:, None] / SCALE[0]
    pixels = np.arange(0, 200.5, 0.5)
    b = B0 - pixels / SCALE[1]
    h = np.full((len(w), len(b)), MODEL["h0"])
    for _ in range(MODEL["T"]):
        h = np.tanh(w * h + b)
    L = (h - MODEL["y"]) ** 2 / 2
    bands = []
    for level in LEVELS:
        below = L <= level
        upper = np.where(below.any(1), below.argmax(1), len(b) - 1)
        lower = len(b) - 1 - below[:, ::-1].argmax(1)
        data = "M0 0" + _edge(pixels[upper]) + "V0z"
        if (lower < len(b) - 1).any():
            data += "M0 200" + _edge(pixels[lower]) + "V200z"
        bands.append(path("band", data))
    return "".join(bands)


def _edge(ys):
    return "".join(f"L{7 * k} {y:g}" for k, y in enumerate(ys))


def _descent(name, css, steps):
    points = [
        f"{np.clip(_x(w), -999, 999):.1f} {np.clip(_y(b), -999, 999):.1f}"
        for w, b, *_ in steps
    ]
    dots = "".join(f"M{point}h0" for point in points)
    return path(css, "M" + "L".join(points), name) + path(
        f"{css} dots", dots, f"{name}-dots"
    )


def _axes():
    ticks = [text(f"{46 + _x(w):.0f}", 224, w, "mid") for w in (1, 2, 3)]
    ticks += [
        text(40, f"{12 + _y(b):.0f}", str(b).replace("-", "−"), "end")
        for b in (-0.5, 0, 0.5)
    ]
    return (
        path("axis", "M46 8V208H326")
        + "".join(ticks)
        + text(270, 224, "w", "mid")
        + text(40, 76, "b", "end")
        + text(240, 28, "plateau", "mid")
        + text(150, 196, "low ground", "mid")
        + text(204, 160, "cliff", "end")
        + path("W thick", "M46 246h26")
        + text(78, 250, "clipped", "W")
        + path("dash", "M186 246h26")
        + text(218, 250, "not clipped")
    )
