"""Finite differences, the complex step, and a gradient with a bug."""

import numpy as np

from bptt_core import rnn
from bptt_figures.moving import frame
from bptt_figures.moving.frame import line, number, path, text

# sixteenths, so that float32 holds them too
MODEL = {
    "names": ["U", "U", "W", "W", "W", "W", "b", "b", "V", "V", "c"],
    "theta": [0.75, -0.5, 0.625, -0.375, 0.5, 0.875, 0.125, -0.25, 1.25,
              -0.75, 0.1875],
    "x": [1, -0.5, 0.75, 0.25],
    "y": [0.5, -0.25, 1, -0.75],
    "h0": [0.5, -0.625],
}
BUGS = ["none", "W where Wᵀ belongs", "hₜ where hₜ₋₁ belongs",
        "∂L/∂b of the last step only", "no slope 1 − h² at t = 1"]
EPSILONS = [
    float(f"{mantissa}e-{power}") for power in range(14, 0, -1)
    for mantissa in (1, 3)
][:27]
FIRST = 18  # ε = 1e-5
LOW = 1e-13
STYLE = """
.bx table {
border-collapse: collapse; table-layout: fixed; width: 100%; margin: 4px 0;
}
.bx th, .bx td { font-size: 12px; padding: 3px 1px; text-align: center; }
.bx td { border: 1px solid; height: 3.2em; }
.bx .bad { background: color-mix(in srgb, var(--d) 30%, transparent); }
.bx circle { fill: var(--d); }
"""


def gradient_check():
    """Return the figure of the gradient check (chapter 4)."""
    exact = gradient()
    central, complex_ = differences(np.float64)
    curves = {
        "other": _errors(exact, differences(np.float32)[0]),
        "complex": _errors(exact, complex_),
        "central": _errors(exact, central),
    }
    css = {"other": "ghost", "complex": "dash", "central": "d thick"}
    drawn = "".join(
        path(css[name], line(zip(map(_x, EPSILONS), map(_y, values),
                                 strict=True)), name)
        for name, values in curves.items()
    )
    error = curves["central"][FIRST]
    epsilon = EPSILONS[FIRST]
    finding = (
        f"float64, ε = {number(epsilon)}: the gradient under test and the "
        f"central difference differ by {number(error)}. {_words(curves)}"
    )
    return frame.assemble(
        "gradient_check",
        "the error of finite differences and of the complex step against "
        "epsilon, for a gradient with or without a bug",
        MODEL,
        f"""
        <p>A gradient is set against central differences, on a network of two
        units and four steps. Which ε is best, and what does a bug look
        like?</p>
        <div class="bx-row" hidden="hidden">
        <svg viewBox="0 0 340 246" role="img" aria-label="The error of
        central differences against epsilon, on logarithmic scales: a V. To
        the right it grows with the square of epsilon, to the left with one
        over epsilon. The complex step only falls.">
        {_axes()}{drawn}
        {text(318, 24, "central difference", "end d")}
        {text(66, f"{_y(curves['complex'][0]) - 6:.1f}", "complex step", "",
              "complex-name")}
        {text(66, f"{_y(curves['other'][0]) - 6:.1f}", "float32", "soft",
              "other-name")}
        <circle r="5" data-p="at" cx="{_x(epsilon):.1f}"
        cy="{_y(error):.1f}"/>
        </svg>
        <div>
        <div class="bx-controls">
        {frame.slider("epsilon", "ε, size of the step", 0, 26, 1, FIRST,
                      number(epsilon))}
        {frame.choice("precision", "precision", ["float64", "float32"])}
        {frame.choice("bug", "bug", BUGS)}
        </div>
        {_table(exact, central[FIRST])}
        <p class="bx-note">Difference of each entry; ✗ above 10⁻³.</p>
        </div>
        </div>
        <output data-p="finding">{finding}</output>
        """,
        STYLE,
    )


def loss(theta, dtype):
    """Return L as a pair (real, imaginary), for pairs of arrays in theta.

    The operations and their order are those of the module, so that the
    round-off is the same to the last bit, on any machine.
    """

    def add(v, w):
        return v[0] + w[0], v[1] + w[1]

    def times(v, w):
        return v[0] * w[0] - v[1] * w[1], v[0] * w[1] + v[1] * w[0]

    def over(v, w):
        q = w[1] / w[0]
        n = w[0] + w[1] * q
        return (v[0] + v[1] * q) / n, (v[1] - v[0] * q) / n

    def tanh(v):
        square = times(v, v)
        q = real(31)
        for k in range(29, 0, -2):
            q = add(real(k), over(square, q))
        return over(v, q)

    def real(v):
        return dtype(v), dtype(0)

    def state(U, Wp, Wq, b):
        a = add(times(U, v), times(Wp, p))
        return tanh(add(add(a, times(Wq, q)), b))

    U1, U2, W11, W12, W21, W22, b1, b2, V1, V2, c = theta
    p, q = map(real, MODEL["h0"])
    L = real(0)
    for x, y in zip(MODEL["x"], MODEL["y"], strict=True):
        v = real(x)
        p, q = state(U1, W11, W12, b1), state(U2, W21, W22, b2)
        z = add(add(times(V1, p), times(V2, q)), c)
        e = add(z, real(-y))
        L = add(L, times(times(e, e), real(0.5)))
    return L


def differences(dtype):
    """Return dL/dtheta by central differences, and by the complex step.

    Both have a row for each epsilon and a column for each entry of theta.
    """
    theta = np.array(MODEL["theta"], dtype)[:, None, None]
    epsilon = np.array(EPSILONS, dtype)[:, None]
    step = epsilon * np.eye(len(theta), dtype=dtype)[:, None, :]
    nothing = np.zeros_like(step)
    above, _ = loss(list(zip(theta + step, nothing, strict=True)), dtype)
    below, _ = loss(list(zip(theta - step, nothing, strict=True)), dtype)
    _, part = loss(list(zip(theta + nothing, step, strict=True)), dtype)
    return (above - below) / (2 * epsilon), part / epsilon


def gradient():
    """Return dL/dtheta by the core."""
    theta = np.array(MODEL["theta"])
    params = rnn.Params(
        U=theta[:2, None],
        W=theta[2:6].reshape(2, 2),
        b=theta[6:8, None],
        V=theta[None, 8:10],
        c=theta[10:, None],
    )
    x = np.array(MODEL["x"])[:, None, None]
    y = np.array(MODEL["y"])[:, None, None]
    trace = rnn.forward(params, x, np.array(MODEL["h0"])[:, None])
    grads = rnn.backward(params, trace, trace.z - y)
    return np.concatenate([part.ravel() for part in grads.params])


def _errors(exact, rows):
    norms = np.linalg.norm(rows.astype(float) - exact, axis=1)
    return np.clip(norms / np.linalg.norm(exact), LOW, 10)


def _words(curves):
    best = int(curves["central"].argmin())
    if best > FIRST:
        return "A smaller ε makes it worse: round-off, divided by ε."
    if best < FIRST:
        return "A smaller ε still helps: the error falls as ε²."
    return "No other ε does better."


def _x(epsilon):
    return 340 + 20 * np.log10(epsilon)


def _y(error):
    return 36 - 14 * np.log10(error)


def _axes():
    power = {0: "1", -4: "10⁻⁴", -8: "10⁻⁸", -12: "10⁻¹²"}
    ticks = [text(54, f"{_y(10.0**k) + 4:.0f}", words, "end")
             for k, words in power.items()]
    ticks += [text(f"{_x(10.0**k):.0f}", 236, words, "mid")
              for k, words in power.items() if k]
    return (
        path("axis", "M60 22V218H320")
        + path("grid", "M60 36h260M60 92h260M60 148h260M60 204h260")
        + "".join(ticks)
        + text(320, 236, "ε", "mid")
        + text(60, 14, "relative difference")
    )


def _table(exact, central):
    cells = []
    for j, (one, other) in enumerate(zip(central, exact, strict=True)):
        apart = max(LOW, abs(one - other) / max(abs(one), abs(other)))
        words = "✓ " + number(apart).split("×")[-1].strip("\u00a0")
        cells.append(f'<td data-p="e{j}">{words}</td>')
    heads = (("U", 1), ("W", 2), ("b", 1), ("V", 2), ("c", 1))
    top = "".join(
        f'<th scope="col" colspan="{span}">{name}</th>'
        for name, span in heads
    )
    rows = [(0, 2, 3, 6, 8, 9, 10), (1, 4, 5, 7)]
    body = "".join(
        f"<tr>{''.join(cells[j] for j in row)}</tr>" for row in rows
    )
    return f"<table><tr>{top}</tr>{body}</table>"
