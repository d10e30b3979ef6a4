"""A conjugate pair of eigenvalues: growth, rotation, and a narrowing band."""

import numpy as np

from bptt_core import rnn
from bptt_figures.moving import frame
from bptt_figures.moving.frame import line, number, path, text

MODEL = {}
R, ANGLE, T = 0.95, 30, 50  # shown first
RADIUS = 85  # pixels of the unit circle
STYLE = """
.bx circle { fill: var(--W); }
.bx .band { fill: var(--W); fill-opacity: .2; fill-rule: evenodd; }
.bx .band { stroke: none; }
"""


def eigenvalues():
    """Return the figure of the eigenvalue plane (chapter 7)."""
    finding = (
        f"|λ| = {R:.2f}: {T} steps back leave a gradient of "
        f"{number(R**T)}, turned round {ANGLE * T / 360:.1f} times. To stay "
        f"between 0.1 and 10, |λ| has to lie between {0.1 ** (1 / T):.3f} "
        f"and {10 ** (1 / T):.3f}: the band narrows as T grows."
    )
    return frame.assemble(
        "eigenvalues",
        "a conjugate pair of eigenvalues of W in the complex plane, and the "
        "gradient that it carries back",
        MODEL,
        f"""
        <p>h<sub>t</sub> = W h<sub>t−1</sub> with two units: W has a
        conjugate pair of eigenvalues. In the band, T steps change the size of
        a gradient by no more than ten.</p>
        <div class="bx-row" hidden="hidden">
        {_plane()}
        {_trace()}
        </div>
        <div class="bx-row" hidden="hidden">
        <div class="bx-controls">
        {frame.slider("r", "|λ|", 0.5, 1.25, 0.01, R, f"{R:.2f}")}
        {frame.slider("angle", "angle of λ", 0, 180, 5, ANGLE, f"{ANGLE}°")}
        </div>
        <div class="bx-controls">
        {frame.slider("T", "<i>T</i>, number of steps", 5, 100, 5, T)}
        </div>
        </div>
        <output data-p="finding">{finding}</output>
        """,
        STYLE,
    )


def trace(r, degrees, steps):
    """Return the first entry of dL/dh_{T-s} for s = 0 … T, by the core."""
    angle = np.radians(degrees)
    turn = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    zero = np.zeros((2, 1))
    params = rnn.Params(zero, r * np.array(turn), zero, np.eye(2), zero)
    x = np.zeros((steps, 1, 1))
    result = rnn.forward(params, x, np.ones((2, 1)), rnn.IDENTITY)
    dz = np.zeros((steps, 2, 1))
    dz[-1, 0] = 1
    grads = rnn.backward(params, result, dz)
    # with the identity, delta_t is dL/dh_t
    return np.append(grads.delta[::-1, 0, 0], grads.h0[0])


def _plane():
    angle = np.radians(ANGLE)
    x = 135 + RADIUS * R * np.cos(angle)
    y = RADIUS * R * np.sin(angle)
    band = _circle(10 ** (1 / T)) + _circle(0.1 ** (1 / T))
    return (
        '<svg viewBox="0 0 340 250" role="img" aria-label="The complex '
        "plane with the unit circle, a band around it, and the two "
        f'eigenvalues.">{path("band", band, "band")}'
        f"{path('axis', _circle(1))}"
        f"{path('grid', 'M20 125H250M135 10V240')}"
        f'<circle r="6" cx="{x:.1f}" cy="{125 - y:.1f}" data-p="up"/>'
        f'<circle r="6" cx="{x:.1f}" cy="{125 + y:.1f}" data-p="down"/>'
        f"{text(254, 129, 'real')}{text(141, 20, 'imaginary')}"
        f"{text(214, 206, '|λ| = 1')}</svg>"
    )


def _circle(r):
    size = f"{RADIUS * r:.1f}"
    across = f"{2 * RADIUS * r:.1f}"
    return (
        f"M{135 - RADIUS * r:.1f} 125a{size} {size} 0 1 0 {across} 0"
        f"a{size} {size} 0 1 0 -{across} 0z"
    )


def _trace():
    def curve(values):
        points = [
            (40 + 280 * s / T, 120 - 50 * v) for s, v in enumerate(values)
        ]
        return line(frame.cut(points, 12, 228))

    sizes = R ** np.arange(T + 1.0)
    ticks = [
        text(34, 124 - 50 * v, str(v).replace("-", "−"), "end")
        for v in (-2, -1, 0, 1, 2)
    ]
    return (
        '<svg viewBox="0 0 340 250" role="img" aria-label="One entry of the '
        "gradient against the number of steps back: a wave inside an "
        f'envelope.">{path("axis", "M40 12V228M40 120H320")}'
        f"{''.join(ticks)}"
        f"{path('ghost', curve(sizes), 'above')}"
        f"{path('ghost', curve(-sizes), 'below')}"
        f"{path('d', curve(trace(R, ANGLE, T)), 'trace')}"
        f"{text(40, 246, 0, 'mid')}{text(320, 246, T, 'mid', 'last')}"
        f"{text(180, 246, 'steps back', 'mid')}"
        f"{text(48, 14, 'one entry of ∂L/∂h', 'd')}</svg>"
    )
