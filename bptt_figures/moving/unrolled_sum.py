"""The terms of dL/dW, one for each path through the unrolled graph."""

from types import SimpleNamespace

import numpy as np

from bptt_core import losses, rnn
from bptt_figures.moving import frame
from bptt_figures.moving.frame import number, path, sub, text

MODEL = {
    "U": [[0.9], [-0.6]],
    "W": [[0.8, -0.4], [0.5, 0.7]],
    "b": [0.1, -0.1],
    "V": [[1.2, -0.7], [-0.6, 0.9]],
    "c": [0, 0.2],
    "x": [[1], [0.5], [-0.8], [0.4], [0.9]],
    "h0": [0.6, -0.4],
    "labels": [1, 0, 1, 1, 1],
}
T, K, S = 5, 2, 4  # the term that is shown first
STYLE = """
.bx .bx-grid {
display: grid; grid-template-columns: repeat(6, 1fr); gap: 3px;
margin-bottom: 4px;
}
.bx .bx-grid button { padding: 1px; white-space: nowrap; }
.bx .bx-s { grid-column: 1; }
.bx .bx-grid [style] {
background: color-mix(in srgb, var(--d) calc(var(--n)*1%), transparent);
}
"""


def unrolled_sum():
    """Return the figure of ∂L/∂W as a sum over paths (chapter 4)."""
    terms = _terms()
    total = sum(terms.values())
    shares = {
        at: 100 * (term * total).sum() / (total * total).sum()
        for at, term in terms.items()
    }
    finding = (
        f"Term k = {K}, s = {S}: the loss {sub('L', S)} goes back {S - K} "
        f"steps in time and meets W where it made {sub('h', K)} from "
        f"{sub('h', K - 1)}. Its norm is {number(np.linalg.norm(terms[K, S]))}"
        f", its share {round(shares[K, S])}\u00a0%."
    )
    cells = [_button(0, 0, "all")]
    cells += [_button(k, 0, f"k = {k}") for k in range(1, T + 1)]
    for s in range(1, T + 1):
        cells.append(_button(0, s, f"s = {s}"))
        for k in range(1, s + 1):
            share = shares[k, s]
            cells.append(_button(k, s, f"{round(share)}", share))
    return frame.assemble(
        "unrolled_sum",
        "the terms of the gradient of L with respect to W, "
        "one for each path in the unrolled graph",
        MODEL,
        f"""
        <p>∂L/∂W is a sum with one term for each loss Lₛ and each use k of W.
        Choose a term, a column or a row: its paths light up.</p>
        <div class="bx-row" hidden="hidden">
        {_graph()}
        <div>
        <div class="bx-grid" role="group" data-p="grid"
        aria-label="Terms of ∂L/∂W, in percent">
        {"".join(cells)}
        </div>
        <p class="bx-note">Percent of ∂L/∂W, measured along ∂L/∂W: a negative
        term pulls the other way. Arrow keys move.</p>
        <div class="bx-controls">
        {frame.slider("T", "<i>T</i>, number of steps", 2, 5, 1, T)}
        </div>
        </div>
        </div>
        <output data-p="finding">{finding}</output>
        """,
        STYLE,
    )


def _terms():
    """Return each term of dL/dW under its (k, s)."""
    column = SimpleNamespace(
        **{name: np.array(MODEL[name], float) for name in MODEL}
    )
    params = rnn.Params(
        column.U, column.W, column.b[:, None], column.V, column.c[:, None]
    )
    trace = rnn.forward(params, column.x[..., None], column.h0[:, None])
    dz = losses.output_gradient(trace.z, np.array(MODEL["labels"])[:, None])
    terms = {}
    for s in range(1, T + 1):
        only_s = np.zeros_like(dz)
        only_s[s - 1] = dz[s - 1]
        delta = rnn.backward(params, trace, only_s).delta
        for k in range(1, s + 1):
            terms[k, s] = delta[k - 1] @ trace.h[k - 1].T
    return terms


def _button(k, s, words, share=None):
    pressed = ' aria-pressed="true"' if (k, s) == (K, S) else ""
    row = "" if k else ' class="bx-s"'
    tint = f' style="--n:{_tint(share)}"' if share else ""
    return (
        f'<button data-p="{k},{s}"{pressed}{row}{tint}>'
        f"{words.replace('-', '−')}</button>"
    )


def _tint(share):
    return min(60, round(3 * abs(share)))


def _graph():
    """Return the unrolled graph, with the paths of every term in it."""
    steps = []
    for t in range(T + 1):
        x = 22 + 59 * t
        marks = [
            path("soft", _circle(x, 104)),
            path("h on" + _off(t != K - 1), _circle(x, 104), f"H{t}"),
            text(x, 108, sub("h", t), "mid h"),
        ]
        if t:
            into_h = _right(x - 45, 104)
            forward = into_h + _up(x, 168) + _up(x, 90)
            nodes = _circle(x, 26) + _circle(x, 182)
            backward = f"M{x + 6} 39v51l-4 -6m4 6l4 -6"
            marks += [
                path("soft", nodes + forward),
                text(x, 30, sub("L", t), "mid d"),
                text(x, 186, sub("x", t), "mid x"),
                text(x - 30, 97, "W", "mid W"),
                path("W on" + _off(t != K), into_h, f"W{t}"),
                path("d on back" + _off(t != S), backward, f"D{t}"),
            ]
        if t > 1:
            backward = f"M{x - 13} 112h-32l6 -4m-6 4l6 4"
            lit = "d on back" + _off(not K < t <= S)
            marks.append(path(lit, backward, f"B{t}"))
        steps.append(f'<g data-p="t{t}">{"".join(marks)}</g>')
    return (
        '<svg viewBox="0 0 340 208" role="img" aria-label="The unrolled '
        "graph. Losses stand above the states, inputs below; the chosen "
        f'paths run backward from a loss to a use of W.">{"".join(steps)}'
        "</svg>"
    )


def _off(off):
    return " off" if off else ""


def _circle(x, y):
    return f"M{x - 14} {y}a14 14 0 1 0 28 0a14 14 0 1 0 -28 0"


def _right(x, y):
    return f"M{x} {y}h30l-5 -4m5 4l-5 4"


def _up(x, y):
    return f"M{x} {y}v-49l-4 5m4 -5l4 5"
