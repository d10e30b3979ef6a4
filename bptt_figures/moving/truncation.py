"""What a truncated gradient loses: bias, which no amount of data mends."""

import itertools

import numpy as np

from bptt_core import rnn
from bptt_figures.moving import frame
from bptt_figures.moving.frame import line, number, path, text

MODEL = {"T": 10, "w": 0.9, "u": 0.05, "h0": 0.2}
LAG, K = 5, 3
SIZES = 2.0 ** np.arange(15)  # numbers of sequences


def truncation():
    """Return the figure of truncated against full gradients (chapter 7)."""
    signs = itertools.product((-1, 1), repeat=MODEL["T"])
    every = np.array(list(signs), float)
    both = gradients(every, LAG, K)
    full, cut = (v.mean(1) for v in both)
    rows = [
        np.sqrt(_error(v.mean(1), full) ** 2
                + v.var(1).sum() / SIZES / (full @ full))
        for v in both
    ]
    angle = np.degrees(
        np.arccos(full @ cut / np.linalg.norm(full) / np.linalg.norm(cut))
    )
    place = "inside" if K > LAG else "outside"
    finding = (
        f"Lag {LAG}, window k = {K}: what the loss depends on lies {place} "
        f"the window. The mean truncated gradient stands at {round(angle)}° "
        f"to the true one; its bias is {number(_error(cut, full))} of the "
        f"true norm. Over 16 384 sequences the full gradient is off by "
        f"{number(rows[0][-1])}, the truncated one by {number(rows[1][-1])}: "
        "noise averages out, bias does not."
    )
    longest = max(np.linalg.norm(full), np.linalg.norm(cut))
    return frame.assemble(
        "truncation",
        "the truncated gradient against the true one, for a window and a lag",
        MODEL,
        f"""
        <p>h<sub>t</sub> = tanh(w h<sub>t−1</sub> + u x<sub>t</sub>) reads ten
        random signs x; at the end it should be 0.8 times the sign that came
        some steps before, the lag. Truncated BPTT goes back k steps only.</p>
        <div class="bx-row" hidden="hidden">
        {_plane(full * 85 / longest, cut * 85 / longest)}
        {_errors(*rows)}
        </div>
        <div class="bx-row" hidden="hidden">
        <div class="bx-controls">
        {frame.slider("lag", "lag of what matters", 0, 9, 1, LAG)}
        </div>
        <div class="bx-controls">
        {frame.slider("k", "<i>k</i>, window of truncation", 1, 10, 1, K)}
        </div>
        </div>
        <output data-p="finding">{finding}</output>
        """,
    )


def gradients(x, lag, k):
    """Return (dL/dw, dL/du) of sequences (B, T), by the core.

    The first array, (2, B), is summed over all steps, the second over the
    last k.
    """
    one = np.ones((1, 1))
    params = rnn.Params(
        MODEL["u"] * one, MODEL["w"] * one, 0 * one, one, 0 * one
    )
    x = x.T[:, None, :]
    trace = rnn.forward(params, x, np.full((1, x.shape[2]), MODEL["h0"]))
    dz = np.zeros_like(x)
    dz[-1] = trace.z[-1] - 0.8 * x[-1 - lag]
    delta = rnn.backward(params, trace, dz).delta
    terms = np.stack([delta * trace.h[:-1], delta * x])[:, :, 0]
    return terms.sum(1), terms[:, -k:].sum(1)


def _error(value, reference):
    return np.linalg.norm(value - reference) / np.linalg.norm(reference)


def _plane(full, cut):
    marks = [
        path("grid", "M60 112H280M170 12V212"),
        text(278, 128, "∂L/∂w", "end soft"),
        text(176, 16, "∂L/∂u", "soft"),
    ]
    for name, css, words, (x, y), side, anchor in (
        ("full", "d thick", "true", full, 9, ""),
        ("cut", "d thick dash", "truncated", cut, -9, "end "),
    ):
        marks.append(path(css, _arrow(x, y), name))
        at = f"{170 + x + side:.1f}", f"{116 - y:.1f}"
        marks.append(text(*at, words, f"{anchor}d", f"{name}-name"))
    return (
        '<svg viewBox="0 0 340 224" role="img" aria-label="The mean gradient '
        "over w and u: an arrow for the true one, a dashed arrow for the "
        f'truncated one.">{"".join(marks)}</svg>'
    )


def _arrow(x, y):
    size = np.hypot(x, y) / 9
    p, q = x / size, y / size
    tip, left, right = (
        f"{170 + v:.1f} {112 - w:.1f}"
        for v, w in ((x, y), (x - p - q / 2, y - q + p / 2),
                     (x - p + q / 2, y - q - p / 2))
    )
    return f"M170 112L{tip}M{left}L{tip}L{right}"


def _errors(full, cut):
    curves = [
        [(50 + 15 * i, 70 - 50 * np.log10(np.clip(v, 0.01, 10)))
         for i, v in enumerate(row)]
        for row in (full, cut)
    ]
    ends = frame.spread([points[-1][1] for points in curves])
    ticks = [
        text(44, y, words, "end")
        for y, words in ((24, "10"), (74, "1"), (124, "0.1"), (174, "0.01"))
    ]
    ticks += [text(50 + 15 * i, 188, 2**i, "mid") for i in (0, 5, 10)]
    return (
        '<svg viewBox="0 0 340 224" role="img" aria-label="The error of the '
        "mean gradient against the number of sequences: with the full "
        "gradient it falls, with the truncated one it levels off at the "
        f'bias.">{path("axis", "M50 20V170H260")}'
        f"{path('grid', 'M50 20h210M50 70h210M50 120h210')}{''.join(ticks)}"
        f"{path('d', line(curves[0]), 'full-error')}"
        f"{path('d dash', line(curves[1]), 'cut-error')}"
        f"{text(264, f'{ends[0] + 4:.1f}', 'full', 'd', 'full-end')}"
        f"{text(264, f'{ends[1] + 4:.1f}', 'truncated', 'd', 'cut-end')}"
        f"{text(155, 208, 'number of sequences', 'mid')}"
        f"{text(50, 12, 'error of the mean')}</svg>"
    )
