"""The singular values of dh_T/dh_t: more than one eigenvalue decides."""

import numpy as np

from bptt_core import rnn
from bptt_figures.moving import frame
from bptt_figures.moving.frame import line, number, path, text

MODEL = {
    "kinds": [
        [[0.1, -0.1, 0.6, 0.1], [-0.5, 0.4, 1.3, 0.9],
         [-0.7, -1.3, -0.6, 0], [-2.3, -0.2, -1.2, -0.7]],
        [[0.5, -0.5, -0.5, -0.5], [0.5, 0.5, -0.5, 0.5],
         [0.5, 0.5, 0.5, -0.5], [0.5, -0.5, 0.5, 0.5]],
        [[1, 0.8, 0.8, 0.8], [0, 1, 0.8, 0.8], [0, 0, 1, 0.8],
         [0, 0, 0, 1]],
    ],
    "radius": [1.736012, 1, 1],
    "U": [0.8, -0.5, 0.6, 0.4],
    "x": [0.3, -1.2, 0.8, 1.5, -0.4, 0.1, -0.9, 1.1, 0.6, -1.6, 0.2, 0.9,
          -0.7, -0.1, 1.3, -1.0, 0.5, 0.7, -0.3, 1.0],
    "h0": [0.3, -0.2, 0.1, 0.4],
}
KINDS = ["random", "orthogonal", "triangular"]
RHO, T = 1.0, 20  # shown first, with the random W and tanh


def jacobian_spectrum():
    """Return the figure of the singular values of ∂h_T/∂h_t (chapter 7)."""
    values = spectrum(0, RHO, T, rnn.TANH)
    large, small = values[-1, 0], values[-1, -1]
    # smaller ones drown in the round-off of the largest
    drowned = small < 1e-10 * large
    least = f"less than {number(1e-10 * large)}" if drowned else number(small)
    finding = (
        f"tanh, ρ = {RHO:.2f}, {T} steps: the singular values reach from "
        f"{least} to {number(large)}: what is left of a gradient depends on "
        f"its direction. The spectral radius alone says {number(RHO**T)}."
    )
    curves = [path("d", _curve(values[:, k]), f"s{k}") for k in range(4)]
    power = path("W dash", _curve(RHO ** np.arange(1.0, T + 1)), "power")
    return frame.assemble(
        "jacobian_spectrum",
        "the singular values of the Jacobian over s steps, for a spectral "
        "radius, a length, a kind of W and an activation",
        MODEL,
        f"""
        <p>Four units. The Jacobian of h<sub>T</sub> with respect to the
        state s steps before has four singular values: by what does each
        direction of a gradient grow or shrink?</p>
        <div class="bx-row" hidden="hidden">
        <svg viewBox="0 0 340 250" role="img" aria-label="Four singular
        values against the number of steps back, on a logarithmic scale,
        fanning out from one, and the power of the spectral radius.">
        {_axes()}{"".join(curves)}{power}
        </svg>
        <div>
        <div class="bx-controls">
        {frame.slider("rho", "ρ, spectral radius of W", 0.5, 1.6, 0.05, RHO,
                      f"{RHO:.2f}")}
        {frame.slider("T", "<i>T</i>, number of steps", 2, 20, 1, T)}
        {frame.choice("kind", "kind of W", KINDS)}
        {frame.choice("activation", "activation", ["tanh", "identity"])}
        </div>
        </div>
        </div>
        <output data-p="finding">{finding}</output>
        """,
    )


def spectrum(kind, rho, steps, activation):
    """Return the singular values of dh_T/dh_{T-s}, (T, n), by the core.

    Row s - 1 is s steps back. Each sequence of a batch asks for one row of
    the Jacobian.
    """
    W = np.array(MODEL["kinds"][kind], float) * rho / MODEL["radius"][kind]
    n = len(W)
    zero = np.zeros((n, 1))
    U = np.array(MODEL["U"])[:, None]
    params = rnn.Params(U, W, zero, np.eye(n), zero)
    x = np.repeat(np.array(MODEL["x"])[:steps, None, None], n, axis=2)
    h0 = np.repeat(np.array(MODEL["h0"])[:, None], n, axis=1)
    trace = rnn.forward(params, x, h0, activation)
    dz = np.zeros((steps, n, n))
    dz[-1] = np.eye(n)
    delta = rnn.backward(params, trace, dz).delta
    return np.array([
        np.linalg.svd(W.T @ delta[steps - s], compute_uv=False)
        for s in range(1, steps + 1)
    ])


def _curve(values):
    points = [(50, 120)] + [
        (50 + 250 * s / len(values), 120 - 15 * np.log10(v))
        for s, v in enumerate(values, start=1)
    ]
    return line(frame.cut(points, 15, 225))


def _axes():
    ticks = [
        text(44, 124 - 15 * power, words, "end")
        for power, words in ((6, "10⁶"), (3, "10³"), (0, "1"), (-3, "10⁻³"),
                             (-6, "10⁻⁶"))
    ]
    return (
        path("axis", "M50 15V225H300")
        + path("grid", "M50 30h250M50 75h250M50 120h250M50 165h250M50 210h250")
        + "".join(ticks)
        + text(50, 242, 0, "mid")
        + text(300, 242, T, "mid", "last")
        + text(175, 242, "s, steps back", "mid")
        + text(60, 28, "singular values", "d")
        + text(290, 28, "ρˢ, dashed", "end W")
    )
