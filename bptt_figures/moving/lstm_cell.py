"""The LSTM cell: each equation's path in it, and what a gradient keeps."""

import numpy as np

from bptt_core import lstm
from bptt_figures.moving import frame
from bptt_figures.moving.frame import line, number, path, text

MODEL = {"W": [0.3, 0.3, 0.5, 0.3], "c0": 0.5, "h0": 0.2}  # W: i, f, o, g
GATES = {"i": 0.5, "f": 0.9, "o": 0.6, "g": 0.3}
T = 100
CHOSEN = "C"

# key, equation, what is said of it
EQUATIONS = [
    (
        "i",
        "i<sub>t</sub> = σ(a<sub>i,t</sub>)",
        "The input gate: how much of the candidate is written.",
    ),
    (
        "f",
        "f<sub>t</sub> = σ(a<sub>f,t</sub>)",
        "The forget gate: how much of the old cell is kept.",
    ),
    (
        "o",
        "o<sub>t</sub> = σ(a<sub>o,t</sub>)",
        "The output gate: how much of the cell is shown.",
    ),
    (
        "g",
        "g<sub>t</sub> = tanh(a<sub>g,t</sub>)",
        "The candidate: what could be written.",
    ),
    (
        "c",
        "c<sub>t</sub> = f<sub>t</sub> ⊙ c<sub>t−1</sub> + "
        "i<sub>t</sub> ⊙ g<sub>t</sub>",
        "The cell: keep a part, write a part.",
    ),
    (
        "h",
        "h<sub>t</sub> = o<sub>t</sub> ⊙ tanh(c<sub>t</sub>)",
        "The state: what the next step and the output see.",
    ),
    (
        "C",
        "backward through c: times f<sub>t</sub>",
        "Backward through c, no weight is met: one factor f at each step.",
    ),
    (
        "H",
        "backward through h: W and all gates",
        "Backward through h, all four gates and their weights are met.",
    ),
]

# path, its colour, the equations it belongs to
SEGMENTS = [
    ("M30 40H70", "c", "cC"),
    ("M90 40H155", "c", "cCH"),
    ("M175 40H285", "c", "chCH"),
    ("M285 40H308", "c", "cC"),
    ("M80 132V50", "", "fcH"),
    ("M130 132V95H155", "", "icH"),
    ("M200 132V95H175", "", "gcH"),
    ("M165 85V50", "", "cH"),
    ("M250 132V118H275", "", "ohH"),
    ("M285 40V64M285 88V108", "c", "hH"),
    ("M285 128V226H308", "h", "hH"),
    ("M30 226H40V196", "h", "ifogH"),
    ("M62 226V196", "x", "ifog"),
    ("M40 196H80V168", "", "ifogH"),
    ("M80 196H130V168", "", "iogH"),
    ("M130 196H200V168", "", "ogH"),
    ("M200 196H250V168", "", "oH"),
]
STYLE = """
.bx .bx-cell path { opacity: .2; }
.bx .bx-cell .ink { opacity: 1; }
.bx .bx-cell path.ink { stroke-width: 3.5; }
.bx .bx-cell.backward .ink { stroke: var(--d); }
.bx .bx-cell.backward .way.ink { stroke-dasharray: 7 4; }
.bx .bx-eq { display: grid; gap: 4px; align-content: center; }
.bx .bx-eq button { text-align: left; }
.bx .bx-gates label { grid-template-columns: 7.5em 1fr 3em; }
.bx .bx-gates input { grid-column: 2; grid-row: 1; }
.bx .bx-gates b { grid-column: 3; text-align: right; }
"""


def lstm_cell():
    """Return the figure of the LSTM cell and its gradients (chapter 5)."""
    words = {key: said for key, _, said in EQUATIONS}
    buttons = "".join(
        f'<button data-p="{key}" title="{said}"'
        f"{_pressed(key)}>{equation}</button>"
        for key, equation, said in EQUATIONS
    )
    curves = gradients(T)
    finding = (
        f"{words[CHOSEN]} With f = {GATES['f']:.2f}, {T} steps back through "
        f"c alone leave f to the power {T}, {number(curves['throughC'][0])}, "
        f"of the gradient; through h alone {number(curves['throughH'][0])}; "
        f"all paths together {number(curves['all'][0])}. To keep half through "
        f"c, f must be about {0.5 ** (1 / T):.3f}."
    )
    sliders = "".join(
        frame.slider(
            f"{gate}-gate",
            f"<i>{gate}</i>, {name}",
            -0.99 if gate == "g" else 0.01,
            0.99,
            0.01,
            GATES[gate],
            f"{GATES[gate]:.2f}",
        )
        for gate, name in (
            ("f", "forget"),
            ("i", "input"),
            ("o", "output"),
            ("g", "candidate"),
        )
    )
    return frame.assemble(
        "lstm_cell",
        "the LSTM cell with the path of each equation, and the gradient "
        "that is left through c and through h",
        MODEL,
        f"""
        <p>Choose an equation: only its path stays in ink. Then set the gates
        and see what is left of a gradient, T steps back.</p>
        <div class="bx-row" hidden="hidden">
        {_cell()}
        <div class="bx-eq" role="group" aria-label="Equations"
        data-p="equations">{buttons}</div>
        </div>
        <div class="bx-row" hidden="hidden">
        {_plot(curves)}
        <div>
        <div class="bx-controls bx-gates">
        {sliders}
        {frame.slider("T", "<i>T</i>, steps", 10, 100, 10, T)}
        </div>
        </div>
        </div>
        <output data-p="finding">{finding}</output>
        """,
        STYLE,
    )


def gradients(steps):
    """Return what is left of dh_T/dc_t at t = 0 … T, by path.

    The values are ratios to t = T, computed by the core: `all` paths,
    `throughC` alone and `throughH` alone.
    """
    i, f, o, g = GATES.values()
    W = np.array(MODEL["W"], float)[:, None]
    gates = np.array([[i], [f], [o]])
    a = np.vstack([np.log(gates / (1 - gates)), np.arctanh([[g]])])
    one = np.ones((1, 1))
    params = lstm.Params(np.eye(4), W, np.zeros((4, 1)), one, 0 * one)
    h0, c0 = MODEL["h0"] * one, MODEL["c0"] * one
    # the inputs that give the gates these values at every step
    x, h, c = [], h0, c0
    for _ in range(steps):
        x.append(a - W * h)
        trace = lstm.forward(params, np.array(x[-1:]), h, c)
        h, c = trace.h[1], trace.c[1]
    x = np.array(x)

    trace = lstm.forward(params, x, h0, c0)
    dz = np.zeros((steps, 1, 1))
    dz[-1] = 1
    grads = lstm.backward(params, trace, dz)
    delta_g = lstm.split_gates(grads.delta)[3]
    dc = np.append(grads.c0, delta_g[:, 0, 0] / (i * (1 - g * g)))

    # the Jacobian dh_t/dh_{t-1} of single steps: one sequence for each t
    before = [array[:-1, :, 0].T for array in (trace.h, trace.c)]
    single = lstm.forward(params, x[:, :, 0].T[None], *before)
    factors = lstm.backward(params, single, np.ones((1, 1, steps))).h0[0]
    return {
        "all": np.abs(dc / dc[-1]),
        "throughC": f ** np.arange(steps, -1.0, -1),
        "throughH": np.abs(np.append(np.cumprod(factors[::-1])[::-1], 1)),
    }


def _pressed(key):
    return ' aria-pressed="true"' if key == CHOSEN else ""


def _cell():
    """Return the cell, with the path of the chosen equation in ink."""
    marks = []
    for data, css, keys in SEGMENTS:
        css = f"way {css}" if css else "way"
        css += " ink" if CHOSEN in keys else ""
        marks.append(f'<path class="{css}" data-e="{keys}" d="{data}"/>')
    for key, x, name in (
        ("f", 80, "σ"),
        ("i", 130, "σ"),
        ("g", 200, "tanh"),
        ("o", 250, "σ"),
    ):
        marks.append(_box(x - 19, 132, name, key + "H"))
        side = -7 if key in "io" else 7
        css = "end" if key in "io" else ""
        marks.append(text(x + side, 122, f"{key}ₜ", css))
    marks.append(_box(266, 64, "tanh", "hH"))
    for x, y, sign, keys in (
        (80, 40, "⊙", "cCH"),
        (165, 40, "+", "cCH"),
        (165, 95, "⊙", "cH"),
        (285, 118, "⊙", "hH"),
    ):
        ink = ' class="ink"' if CHOSEN in keys else ""
        ring = f"M{x - 10} {y}a10 10 0 1 0 20 0a10 10 0 1 0 -20 0"
        marks.append(f'<path{ink} data-e="{keys}" d="{ring}"/>')
        marks.append(text(x, y + 4, sign, "mid"))
    marks += [
        text(2, 44, "cₜ₋₁", "c"),
        text(312, 44, "cₜ", "c"),
        text(2, 230, "hₜ₋₁", "h"),
        text(312, 230, "hₜ", "h"),
        text(62, 242, "xₜ", "mid x"),
    ]
    return (
        f'<svg class="bx-cell backward" viewBox="0 0 340 250" role="img" '
        'data-p="cell" aria-label="The LSTM cell. The cell c runs along the '
        "top, past the forget gate and a sum; the state h enters at the "
        'bottom, passes the gates, and leaves through the output gate.">'
        f"{''.join(marks)}</svg>"
    )


def _box(x, y, name, keys):
    ink = ' class="ink"' if CHOSEN in keys else ""
    height = 36 if y > 100 else 24
    return (
        f'<path{ink} data-e="{keys}" d="M{x} {y}h38v{height}h-38z"/>'
        + text(x + 19, y + height // 2 + 4, name, "mid")
    )


def _plot(curves):
    css = {"all": "d", "throughC": "c dash", "throughH": "h dash"}
    names = {
        "all": "all paths",
        "throughC": "through c",
        "throughH": "through h",
    }
    points = {
        name: frame.cut(
            [
                (100 + 200 * t / T, 60 - 10 * np.log10(values[t]))
                for t in range(T, -1, -5)
            ],
            20,
            180,
        )
        for name, values in curves.items()
    }
    places = frame.spread(
        [min(where[-1][1], 172) for where in points.values()]
    )
    drawn = []
    for (name, where), place in zip(points.items(), places, strict=True):
        x = where[-1][0]
        x = round(x - 14) if x > 100 else 96
        drawn.append(path(css[name], line(where), name))
        drawn.append(
            text(
                x,
                f"{place + 4:.1f}",
                names[name],
                f"end {css[name][0]}",
                f"{name}-name",
            )
        )
    ticks = "".join(
        text(304, 64 - 10 * power, words)
        for power, words in (
            (3, "10³"),
            (0, "1"),
            (-3, "10⁻³"),
            (-6, "10⁻⁶"),
            (-9, "10⁻⁹"),
            (-12, "10⁻¹²"),
        )
    )
    grid = "".join(f"M100 {60 - 10 * p}h200" for p in range(-12, 4, 3))
    return (
        '<svg viewBox="0 0 340 202" role="img" aria-label="What is left of '
        "the gradient against time, on a logarithmic scale, through c, "
        f'through h, and by all paths.">{path("axis", "M100 180H300V20")}'
        f"{path('grid', grid)}{ticks}{''.join(drawn)}"
        f"{text(100, 197, 't = 0', 'mid')}"
        f"{text(300, 197, f'T = {T}', 'mid', 'last')}</svg>"
    )
