"""How the norm of dL/dh_t changes on its way back through time."""

import numpy as np

from bptt_core import rnn
from bptt_figures.moving import frame
from bptt_figures.moving.frame import line, number, path, text

STEPS = 100


def _model():
    rng = np.random.default_rng(139)
    W = rng.normal(size=(6, 6)).round(1)
    radius = np.abs(np.linalg.eigvals(W)).max()
    return {
        "W": W.tolist(),
        "radius": round(float(radius), 6),
        "U": rng.normal(size=6).round(1).tolist(),
        "x": rng.normal(size=STEPS).round(1).tolist(),
        "h0": [0.1] * 6,
        "dhT": (rng.choice([-1, 1], size=6) / np.sqrt(6)).round(8).tolist(),
    }


MODEL = _model()
RHO, T = 1.3, 50  # shown first, with tanh


def gradient_flow():
    """Return the figure of ‖∂L/∂h_t‖ against t (chapter 7)."""
    norms, mean = flow(RHO, T, rnn.TANH)
    lines = {
        "true": norms,
        "power": RHO ** (T - np.arange(T + 1.0)),
        "less": flow(RHO - 0.2, T, rnn.TANH)[0],
        "more": flow(RHO + 0.2, T, rnn.TANH)[0],
    }
    drawn = {name: _points(values) for name, values in lines.items()}
    places = frame.spread([points[-1][1] for points in drawn.values()])
    names = {
        "true": ("end d", "‖∂L/∂hₜ‖"),
        "power": ("end W", "ρᵀ⁻ᵗ"),
        "less": ("end", f"ρ = {RHO - 0.2:.2f}"),
        "more": ("end", f"ρ = {RHO + 0.2:.2f}"),
    }
    css = {"true": "d thick", "power": "W dash", "less": "ghost"}
    curves = [
        path(css.get(name, "ghost"), line(points), name)
        for name, points in drawn.items()
    ]
    labels = [
        text(66, f"{y + 4:.1f}", words, kind, f"{name}-name")
        for (name, (kind, words)), y in zip(
            names.items(), places, strict=True
        )
    ]
    rate = (norms[0] / norms[T]) ** (1 / T)
    finding = (
        f"tanh, ρ = {RHO:.2f}: after {T} steps back, ‖∂L/∂h₀‖ is "
        f"{number(norms[0])} of what it was at T. It vanishes: a factor "
        f"of {number(rate)} at each step. ρ alone predicts {number(RHO**T)}; "
        f"the slopes 1 − h², each at most 1, are {number(mean)} on average, "
        "and each step multiplies by them too."
    )
    return frame.assemble(
        "gradient_flow",
        "the norm of the gradient with respect to the state at time t, "
        "for a spectral radius, a length and an activation",
        MODEL,
        f"""
        <p>L depends on h<sub>T</sub> alone. How much of its gradient is
        left at h<sub>t</sub>, when W has the spectral radius ρ?</p>
        <div class="bx-row" hidden="hidden">
        <svg viewBox="0 0 340 300" role="img" aria-label="The norm of the
        gradient against time, on a logarithmic scale. It starts at one, at
        the right, and shrinks to the left, while the power of the spectral
        radius grows.">
        {_axes()}{"".join(curves)}{"".join(labels)}
        </svg>
        <div>
        <div class="bx-controls">
        {frame.slider("rho", "ρ, spectral radius of W", 0.5, 2, 0.05, RHO,
                      f"{RHO:.2f}")}
        {frame.slider("T", "<i>T</i>, number of steps", 10, STEPS, 10, T)}
        {frame.choice("activation", "activation",
                      ["tanh", "identity", "logistic"])}
        </div>
        </div>
        </div>
        <output data-p="finding">{finding}</output>
        """,
    )


def flow(rho, T, activation):
    """Return ‖∂L/∂h_t‖ for t = 0 … T, and the mean slope, by the core."""
    n = len(MODEL["h0"])
    zero = np.zeros((n, 1))
    W = np.array(MODEL["W"]) * rho / MODEL["radius"]
    U = np.array(MODEL["U"])[:, None]
    params = rnn.Params(U, W, zero, np.eye(n), zero)
    x = np.array(MODEL["x"])[:T, None, None]
    h0 = np.array(MODEL["h0"])[:, None]
    trace = rnn.forward(params, x, h0, activation)
    dz = np.zeros((T, n, 1))
    dz[-1, :, 0] = MODEL["dhT"]
    grads = rnn.backward(params, trace, dz)
    dh = np.concatenate([W.T @ grads.delta, dz[-1:]])
    slopes = activation.slope_from_output(trace.h[1:])
    return np.linalg.norm(dh[..., 0], axis=1), slopes.mean()


def _points(norms):
    """Return the curve from t = T back, as far as the figure shows it."""
    T = len(norms) - 1
    points = [
        (70 + 230 * t / T, 134 - 11 * np.log10(norms[t]))
        for t in range(T, -1, -1)
    ]
    return frame.cut(points, 24, 266)


def _axes():
    ticks = [
        text(304, 138 - 11 * power, label)
        for power, label in ((9, "10⁹"), (6, "10⁶"), (3, "10³"), (0, "1"),
                             (-3, "10⁻³"), (-6, "10⁻⁶"), (-9, "10⁻⁹"),
                             (-12, "10⁻¹²"))
    ]
    grid = "".join(f"M70 {134 - 11 * p}h230" for p in range(-12, 10, 3))
    return (
        path("axis", "M70 266H300V24")
        + path("grid", grid)
        + "".join(ticks)
        + text(70, 284, "t = 0", "mid")
        + text(185, 284, T // 2, "mid", "half")
        + text(300, 284, f"T = {T}", "mid", "last")
    )
