"""The chain rule in pictures: a graph of five nodes, and a word that is read.

Both drawings carry the numbers on the graph itself: values and local slopes
of the forward pass in ink, errors and what the arrows bring back in red.
"""

import numpy as np

from .canvas import MARGIN, RADIUS, Graph
from .style import INK, PALE, TONE
from .values import check_axes

_PLACES = {
    "h0": (34, 116),
    "h1": (136, 116),
    "h2": (238, 116),
    "w": (187, 30),
    "L": (296, 212),
}
_LABELS = {"h0": "$h_0$", "h1": "$h_1$", "h2": "$h_2$", "w": "$w$", "L": "$L$"}
_ROLES = {"h0": "h", "h1": "h", "h2": "h", "w": "W"}
FIVE_NODE_EDGES = (
    ("h0", "h1"),
    ("h1", "h2"),
    ("w", "h1"),
    ("w", "h2"),
    ("h1", "L"),
    ("h2", "L"),
)
# Where the number of a node stands, seen from its middle.
_BESIDE = {
    "h0": (0, -27),
    "h1": (-8, -28),
    "h2": (36, -4),
    "w": (40, 0),
    "L": (-34, 4),
}
# Where the number of an arrow stands, seen from the arrow's middle.
_ALONG = {
    ("h0", "h1"): (0, 11),
    ("h1", "h2"): (0, 11),
    ("w", "h1"): (-13, -7),
    ("w", "h2"): (14, -7),
    ("h1", "L"): (-16, 8),
    ("h2", "L"): (17, -3),
}


def five_nodes(ax, nodes, arrows, *, backward=False):
    """The graph of h_1 = f(h_0, w), h_2 = f(h_1, w) and a loss of both.

    nodes: "h0", "h1", "h2", "w", "L" to the number that stands beside the
    circle. arrows: pairs of ``FIVE_NODE_EDGES`` to the number on the arrow.
    Forward the numbers are values and local slopes; with ``backward`` the
    arrows are dashed and run against the forward ones, and the numbers are
    errors and what each arrow brings back.

    Sets the figure's height. Returns the axes. Raises ValueError for a node
    or an arrow that is missing or not in the graph.
    """
    check_axes(ax)
    _check_names("nodes", nodes, _PLACES)
    _check_names("arrows", arrows, FIVE_NODE_EDGES)
    graph = Graph(ax, 240)
    for name, place in _PLACES.items():
        graph.circle(name, place, _LABELS[name], _ROLES.get(name), RADIUS)
    ink = TONE["delta"] if backward else INK
    for start, end in FIVE_NODE_EDGES:
        if backward:
            graph.edge(end, start, "backward")
        else:
            graph.edge(start, end)
        middle = (np.add(_PLACES[start], _PLACES[end])) / 2
        graph.text(
            middle + _ALONG[start, end],
            str(arrows[start, end]),
            13,
            color=ink if backward else PALE,
        )
    for name, place in _PLACES.items():
        graph.text(
            np.add(place, _BESIDE[name]),
            str(nodes[name]),
            14,
            color=ink,
            fontweight="bold",
        )
    return ax


def _check_names(argument, given, expected):
    if not isinstance(given, dict) or set(given) != set(expected):
        raise ValueError(
            f"{argument}: expected a dict with the keys {list(expected)}, "
            f"got {given!r}"
        )


def worked_pass(ax, reads, says, h, delta, loss):
    """An unrolled network with what it reads, computes and is told.

    reads: what stands at the inputs x_1 … x_T; says: one text a step for the
    prediction; h: (T + 1, n); delta: (T, n); loss: T numbers. States and
    errors are written to two decimals, the errors in red at the
    pre-activations a_t. With ``delta=None`` the forward pass is drawn alone.
    A wide figure takes T up to 4 and n up to 3.

    Sets the figure's height. Returns the axes. Raises ValueError when the
    lengths do not agree or do not fit.
    """
    check_axes(ax)
    h = np.asarray(h, float)
    backward = delta is not None
    delta = np.asarray(delta, float) if backward else np.zeros_like(h[1:])
    T = len(delta)
    if h.ndim != 2 or h.shape[0] != T + 1 or h.shape[1:] != delta.shape[1:]:
        raise ValueError(
            f"h: expected shape (T + 1, n) for a delta of shape (T, n), got "
            f"{h.shape} and {delta.shape}"
        )
    for name, value in (("reads", reads), ("says", says), ("loss", loss)):
        if len(value) != T:
            raise ValueError(
                f"{name}: expected one for each of {T} steps, got {value!r}"
            )
    room = ax.figure.get_size_inches()[0] * 72
    column = (room - 2 * (RADIUS + MARGIN) - 62) / T
    if not 1 <= T or column < 100 or h.shape[1] > 3:
        raise ValueError(
            f"delta: expected up to 4 steps of 3 numbers in a wide figure, "
            f"got shape {delta.shape} in a figure of {room:.0f} pixels"
        )
    levels = {"x": 42, "a": 122, "h": 188, "z": 270, "L": 334}
    graph = Graph(ax, levels["L"] + RADIUS + MARGIN)
    for t in range(T + 1):
        x = RADIUS + MARGIN + column * t
        for row in levels if t else ["h"]:
            graph.circle(
                f"{row}{t}",
                (x, levels[row]),
                f"${row}_{t}$",
                row if row in "xh" else None,
                RADIUS,
            )
        _numbers(ax, (x + 19, levels["h"] + 21), h[t], TONE["h"])
        if t:
            _step(ax, x, levels, reads[t - 1], says[t - 1], loss[t - 1])
            _arrows(graph, t, backward)
        if t and backward:
            red = TONE["delta"]
            name = (x + 29, levels["a"] - 25)
            graph.text(name, rf"$\delta_{t}$", 13, color=red)
            corner = (x + 42, levels["a"] - 18)
            _numbers(ax, corner, delta[t - 1], red)
    return ax


def _step(ax, x, levels, reads, says, loss):
    beside = {"ha": "left", "va": "center", "color": INK}
    ax.text(
        x,
        levels["x"] - 30,
        reads,
        fontsize=13,
        ha="center",
        va="center",
        color=TONE["x"],
    )
    ax.text(x + 20, levels["z"], says, fontsize=12, **beside)
    ax.text(x + 20, levels["L"], f"{loss:.2f}", fontsize=12, **beside)


def _numbers(ax, corner, column, colour):
    """The entries of a column below each other, from the corner down."""
    for row, value in enumerate(column):
        ax.text(
            corner[0],
            corner[1] - 14 * row,
            _signed(value),
            fontsize=12,
            ha="left",
            va="center",
            color=colour,
        )


def _signed(value):
    text = f"{value:.2f}".replace("-", "−")
    return text.removeprefix("−") if float(f"{value:.2f}") == 0 else text


def _arrows(graph, t, backward):
    """Forward edges with their weights, and the way back along time."""
    for start, letter, end in (
        (f"x{t}", "U", f"a{t}"),
        (f"h{t - 1}", "W", f"a{t}"),
        (f"h{t}", "V", f"z{t}"),
    ):
        middle = (graph.places[start][0] + graph.places[end][0]) / 2
        name = f"{letter}{t}"
        graph.square(name, middle, f"${letter}$", "W")
        graph.edge(start, name, head=False)
        graph.edge(name, end)
    graph.edge(f"a{t}", f"h{t}")
    graph.edge(f"z{t}", f"L{t}")
    if not backward:
        return
    for start, end, bow in (
        (f"L{t}", f"z{t}", 9),
        (f"z{t}", f"h{t}", 15),
        (f"h{t}", f"a{t}", 9),
        (f"a{t}", f"h{t - 1}", -15),
    ):
        graph.edge(start, end, "backward", -abs(bow))
