"""Drawing the graphs of the book: nodes, weights, forward and backward edges.

Circles are quantities, squares are parameters or gates. Forward edges are
solid, backward edges dashed and in the gradient's red. A lit path stands out
because everything else turns pale. Lengths are CSS pixels.
"""

from itertools import pairwise

import numpy as np
from matplotlib.patches import Circle, FancyBboxPatch, PathPatch, Polygon
from matplotlib.path import Path

from .style import INK, PALE, PAPER, ROLE, SYMBOL, TEXT, TONE

FAINT = "#bfbfbf"
MUTED = "#595959"
HEAD = 7.0
_DASH = (0, (3.4, 1.8))


class Graph:
    """A canvas of pixels on one pair of axes, and the nodes on it.

    The axes must be alone in their figure, whose height becomes ``height``.
    """

    def __init__(self, ax, height):
        figure = ax.figure
        if len(figure.axes) != 1:
            raise ValueError(
                "ax: a graph needs a figure of its own, got one with "
                f"{len(figure.axes)} axes"
            )
        self.ax, self.height = ax, height
        self.width = figure.get_size_inches()[0] * 72
        figure.set_size_inches(self.width / 72, height / 72)
        figure.set_layout_engine("none")
        ax.set_position([0, 0, 1, 1])
        ax.set(xlim=(0, self.width), ylim=(0, height))
        ax.axis("off")
        self.places = {}

    def text(self, xy, label, size=SYMBOL, **style):
        """Write a label whose middle is at ``xy``."""
        self.ax.text(
            xy[0], xy[1] - 0.34 * size, label, fontsize=size, ha="center",
            va="baseline", **style,
        )  # fmt: skip

    def circle(self, name, xy, label, role=None, radius=16, lit=True):
        """A quantity."""
        colour = ROLE[role] if role else INK
        tone = TONE[role] if role else INK
        self._shape(
            Circle(xy, radius),
            f"node {name}",
            lit,
            colour,
            tone if role else None,
        )
        self.text(xy, label, color=tone if lit else MUTED)
        self.places[name] = (np.array(xy, float), radius)

    def square(self, name, xy, label, role="W", half=9.5, lit=True, on=False):
        """A parameter or a gate: ``on`` fills it with its tone."""
        box = FancyBboxPatch(
            (xy[0] - half, xy[1] - half), 2 * half, 2 * half,
            boxstyle="round,pad=0,rounding_size=3",
        )  # fmt: skip
        colour = ROLE[role] if role else INK
        tone = TONE[role] if role else INK
        self._shape(box, f"weight {name}", lit, colour, None)
        if on:
            box.set_facecolor(tone)
        ink = PAPER if on else tone if lit else MUTED
        self.text(xy, label, size=13, color=ink)
        self.places[name] = (np.array(xy, float), half + 1)

    def operation(self, xy, sign, lit=True):
        """A product ⊙ or a sum +, drawn as its sign."""
        ink = INK if lit else FAINT
        style = {"edgecolor": ink, "linewidth": 1.4 if lit else 1.1}
        self.ax.add_patch(Circle(xy, 8, facecolor="none", **style))
        if sign == "⊙":
            self.ax.add_patch(Circle(xy, 2, facecolor=ink, linewidth=0))
            return
        for dx, dy in ((4.5, 0), (0, 4.5)):
            ends = [(xy[0] - dx, xy[1] - dy), (xy[0] + dx, xy[1] + dy)]
            self.ax.add_patch(PathPatch(Path(ends), **style))

    def edge(self, start, end, kind="forward", bow=0.0, head=True):
        """An arrow between two named places, its middle moved by ``bow``."""
        (a, from_radius), (b, to_radius) = self.places[start], self.places[end]
        along = (b - a) / np.hypot(*(b - a))
        control = (a + b) / 2 + 2 * bow * np.array([-along[1], along[0]])
        leave = (control - a) / np.hypot(*(control - a))
        arrive = (b - control) / np.hypot(*(b - control))
        a = a + leave * (from_radius + 1)
        tip = b - arrive * (to_radius + (1.5 if head else 0))
        points = [a, control, tip] if bow else [a, tip]
        name = f"{start}-{end}"
        self.arrow(points, kind, name, curved=bow != 0, head=head)

    def arrow(self, points, kind, name, curved=False, colour=None, head=True):
        """A line through ``points`` with its head at the last one."""
        points = np.array(points, float)
        before, tip = points[-2], points[-1]
        arrive = (tip - before) / np.hypot(*(tip - before))
        style = _edge_style(kind)
        if colour and kind in ("forward", "path"):
            style["edgecolor"] = colour
        length = HEAD + (2 if kind in ("lit", "path") else 0)
        side = np.array([-arrive[1], arrive[0]]) * length * 0.45
        base = tip - arrive * length
        if head:
            points = np.vstack([points[:-1], tip - arrive * length * 0.8])
        codes = [Path.MOVETO] + [Path.LINETO] * (len(points) - 1)
        if curved:
            codes[1:] = [Path.CURVE3] * 2
        shaft = PathPatch(
            Path(points, codes), facecolor="none", joinstyle="round",
            gid=f"{kind} {name}", **style,
        )  # fmt: skip
        self.ax.add_patch(shaft)
        if head:
            self.ax.add_patch(
                Polygon(
                    [tip, base + side, base - side],
                    facecolor=style["edgecolor"],
                    linewidth=0,
                )
            )

    def _shape(self, patch, name, lit, colour, tone):
        patch.set(
            facecolor=(tone, 0.13) if tone and lit else "none",
            edgecolor=colour if lit else FAINT,
            linewidth=1.5 if lit else 1.1,
            gid=name if lit else f"pale {name}",
        )
        self.ax.add_patch(patch)


def _edge_style(kind):
    return {
        "forward": {"edgecolor": PALE, "linewidth": 1.2},
        "pale": {"edgecolor": FAINT, "linewidth": 1.1},
        "path": {"edgecolor": INK, "linewidth": 2.4},
        "backward": {
            "edgecolor": ROLE["delta"], "linewidth": 1.5, "linestyle": _DASH,
        },
        "lit": {
            "edgecolor": ROLE["delta"], "linewidth": 2.6, "linestyle": _DASH,
        },
    }[kind].copy()  # fmt: skip


# The recurrent network, unrolled --------------------------------------------

_MARGIN, _RADIUS = 6, 16
_LABELS = {"x": "x", "a": "a", "h": "h", "z": "z", "y": r"\hat y", "L": "L"}
_ROLES = {"x": "x", "h": "h"}


def unrolled_graph(
    ax, T, *, detail=False, backward=False, highlight=None, weight="W"
):
    """The recurrent network over T steps, each copy of W, U and V on its edge.

    Inputs x_t at the bottom, then h_t, ŷ_t, L_t; ``detail`` adds a_t and z_t.
    ``backward`` draws every backward edge beside its forward edge.
    ``highlight=(s, k)`` lights the path of one term of the gradient instead:
    from L_s back to step k and onto the copy of ``weight`` ("W", "U" or "V")
    used there, or to the state h_k itself with ``weight=None``; a list of
    pairs lights several terms.

    Sets the figure's height. A narrow figure takes T up to 4, a wide one up
    to 6. Returns the axes. Raises ValueError for T out of this range, a pair
    outside 1 ≤ k ≤ s ≤ T (with V: k = s; with ``None``: 0 ≤ k), or an
    unknown weight.
    """
    terms = _terms(T, highlight, weight)
    rows = "x a h z y L".split() if detail else "x h y L".split()
    levels = _levels(rows)
    height = levels["L"] + _RADIUS + _MARGIN
    room = ax.figure.get_size_inches()[0] * 72 - 2 * (_RADIUS + _MARGIN) - 12
    if room / T < 68:
        raise ValueError(
            f"T: expected at most {int(room / 68)} in a figure of this width, "
            f"got {T}"
        )
    lit = _lit_edges(terms, weight, detail)
    touched = {name for edge in lit for name in edge}
    graph = Graph(ax, height)
    columns = [_RADIUS + _MARGIN + room / T * t for t in range(T + 1)]
    for t in range(T + 1):
        for row in rows if t else ["h"]:
            name = f"{row}{t}"
            graph.circle(
                name, (columns[t], levels[row]), f"${_LABELS[row]}_{t}$",
                _ROLES.get(row), _RADIUS, not terms or name in touched,
            )  # fmt: skip
    _weights(graph, T, detail, terms, touched)
    for start, end in _forward_edges(T, detail):
        kind = "pale" if terms else "forward"
        graph.edge(start, end, kind, head=end[0] not in "UWV")
    back = _backward_edges(T, detail) if backward and not terms else []
    for start, end in back:
        graph.edge(start, end, "backward", _bow(graph, start, end))
    for start, end in lit:
        graph.edge(start, end, "lit", _bow(graph, start, end))
    return ax


def _levels(rows):
    """Heights of the rows; those with a parameter between stand wider."""
    wide = {"U": ("x", "a"), "V": ("h", "z")}
    if "a" not in rows:
        wide = {"U": ("x", "h"), "V": ("h", "y")}
    levels = {rows[0]: _RADIUS + _MARGIN}
    for below, row in pairwise(rows):
        rise = 78 if (below, row) in wide.values() else 54
        levels[row] = levels[below] + rise
    return levels


def _terms(T, highlight, weight):
    if not isinstance(T, int) or T < 1:
        raise ValueError(f"T: expected a whole number ≥ 1, got {T!r}")
    if weight not in ("W", "U", "V", None):
        raise ValueError(
            f"weight: expected 'W', 'U', 'V' or None, got {weight!r}"
        )
    if highlight is None:
        return []
    terms = [highlight] if np.ndim(highlight) == 1 else list(highlight)
    for term in terms:
        if np.shape(term) != (2,):
            raise ValueError(
                f"highlight: expected (s, k) or a list of such pairs, got "
                f"{highlight!r}"
            )
        s, k = term
        least = s if weight == "V" else 0 if weight is None else 1
        if not (least <= k <= s <= T and s >= 1):
            raise ValueError(
                f"highlight: expected (s, k) with {least} ≤ k ≤ s ≤ {T}, "
                f"got {(s, k)}"
            )
    return terms


def _forward_edges(T, detail):
    edges = []
    for t in range(1, T + 1):
        into, out = (f"a{t}", f"z{t}") if detail else (f"h{t}", f"y{t}")
        edges += [(f"x{t}", f"U{t}"), (f"U{t}", into)]
        edges += [(f"h{t - 1}", f"W{t}"), (f"W{t}", into)]
        edges += [(f"h{t}", f"V{t}"), (f"V{t}", out), (f"y{t}", f"L{t}")]
        if detail:
            edges += [(f"a{t}", f"h{t}"), (f"z{t}", f"y{t}")]
    return edges


def _backward_edges(T, detail):
    edges = []
    for t in range(T, 0, -1):
        edges += _loss_to_state(t, detail)
        edges += _state_to_state(t, detail)
        edges.append((f"a{t}" if detail else f"h{t}", f"x{t}"))
    return list(dict.fromkeys(edges))


def _loss_to_state(t, detail):
    names = f"L{t} y{t} z{t} h{t}" if detail else f"L{t} y{t} h{t}"
    return _steps(names.split())


def _state_to_state(t, detail):
    middle = [f"a{t}"] if detail else []
    return _steps([f"h{t}", *middle, f"h{t - 1}"])


def _steps(names):
    return list(pairwise(names))


def _lit_edges(terms, weight, detail):
    edges = []
    for s, k in terms:
        path = _loss_to_state(s, detail)
        if weight == "V":
            edges += [*path[:-1], (path[-1][0], f"V{k}")]
            continue
        edges += path
        for t in range(s, k, -1):
            edges += _state_to_state(t, detail)
        if weight is not None:
            landing = [f"h{k}", f"a{k}"] if detail else [f"h{k}"]
            edges += _steps([*landing, f"{weight}{k}"])
    return list(dict.fromkeys(edges))


def _weights(graph, T, detail, terms, touched):
    """Each parameter as a square in the middle of the edge it works on."""
    for t in range(1, T + 1):
        into, out = (f"a{t}", f"z{t}") if detail else (f"h{t}", f"y{t}")
        ends = {
            "U": (f"x{t}", into),
            "W": (f"h{t - 1}", into),
            "V": (f"h{t}", out),
        }
        for letter, (start, end) in ends.items():
            middle = (graph.places[start][0] + graph.places[end][0]) / 2
            name = f"{letter}{t}"
            graph.square(
                name,
                middle,
                f"${letter}$",
                "W",
                lit=not terms or name in touched,
                on=name in touched,
            )


def _bow(graph, start, end):
    """Backward edges run beside the squares: below them, or to their right."""
    (a, _), (b, _) = graph.places[start], graph.places[end]
    far = 15.0 if np.hypot(*(b - a)) > 45 else 9.0
    return -far if b[0] < a[0] else far


# One cell of the LSTM --------------------------------------------------------

_GATE_X = {"f": 86, "i": 130, "g": 174, "o": 218}
_BUS, _GATES, _LINE = 70, 112, 202
_WIRES = {
    "c_in": ("c", [(36, _LINE), (77, _LINE)]),
    "c_mid": ("c", [(95, _LINE), (165, _LINE)]),
    "c_out": ("c", [(183, _LINE), (300, _LINE)]),
    "c_tanh": ("c", [(256, _LINE), (256, 181)]),
    "tanh_o": ("c", [(256, 161), (256, 147)]),
    "h_out": ("h", [(256, 129), (256, _BUS), (300, _BUS)]),
    "f": (None, [(86, 124), (86, 193)]),
    "i": (None, [(130, 124), (130, 160), (165, 160)]),
    "g": (None, [(174, 124), (174, 151)]),
    "ig": (None, [(174, 169), (174, 193)]),
    "o": (None, [(218, 124), (218, 138), (247, 138)]),
    "h_in": ("h", [(36, _BUS), (64, _BUS)]),
    "x_in": ("x", [(64, 34), (64, _BUS)]),
    "bus_f": (None, [(64, _BUS), (86, _BUS)]),
    "bus_i": (None, [(86, _BUS), (130, _BUS)]),
    "bus_g": (None, [(130, _BUS), (174, _BUS)]),
    "bus_o": (None, [(174, _BUS), (218, _BUS)]),
    "to_f": (None, [(86, _BUS), (86, 100)]),
    "to_i": (None, [(130, _BUS), (130, 100)]),
    "to_g": (None, [(174, _BUS), (174, 100)]),
    "to_o": (None, [(218, _BUS), (218, 100)]),
}
_NO_HEAD = {"h_in", "x_in", "bus_f", "bus_i", "bus_g", "bus_o"}
_INTO = {
    gate: (*(f"bus_{passed}" for passed in "figo"[: place + 1]), f"to_{gate}")
    for place, gate in enumerate("figo")
}
_GATES_BACK = tuple(
    f"{part}_{gate}" for part in ("bus", "to") for gate in "figo"
)
LSTM_FORWARD = {
    **{gate: ("h_in", "x_in", *_INTO[gate]) for gate in "ifog"},
    "c": ("c_in", "f", "c_mid", "i", "g", "ig", "c_out"),
    "h": ("c_tanh", "tanh_o", "o", "h_out"),
}
"""What an equation of the cell reads: the wires into i, f, o, g, c_t, h_t."""
LSTM_BACKWARD = {
    "o": ("h_out", "o"),
    "c": ("h_out", "tanh_o", "c_tanh"),
    "i": ("c_out", "ig", "i"),
    "f": ("c_out", "c_mid", "f"),
    "g": ("c_out", "ig", "g"),
    "carry": ("c_out", "c_mid", "c_in"),
    "h": (*_GATES_BACK, "h_in"),
    "x": (*_GATES_BACK, "x_in"),
}
"""The wires a gradient takes: from h_t or c_t to i, f, o, g, or c_t; along
the carry to c_{t-1}; from the four gates to h_{t-1} or x_t."""


def lstm_cell(ax, highlight=None, *, backward=False):
    """One LSTM cell, with one equation's wires in ink and the rest pale.

    ``highlight`` names what an equation computes: "i", "f", "o", "g", "c" or
    "h" (see ``LSTM_FORWARD``). With ``backward`` it names where a gradient
    goes: "o" and "c" (from h_t), "i", "f", "g" and "carry" (from c_t), "h"
    and "x" (from the four gates; see ``LSTM_BACKWARD``). A list
    lights several.

    Sets the figure's height. Returns the axes. Raises ValueError for a name
    that is not in the table, or ``backward`` without ``highlight``.
    """
    table = LSTM_BACKWARD if backward else LSTM_FORWARD
    names = _names(highlight, table)
    if backward and not names:
        raise ValueError("highlight: expected a path for backward=True")
    lit = {wire for name in names for wire in table[name]}
    graph = Graph(ax, 248)
    scale = graph.width / 336
    if scale != 1:
        raise ValueError("ax: expected a narrow figure, 336 px wide")
    frame = FancyBboxPatch(
        (46, 48), 244, 182, boxstyle="round,pad=0,rounding_size=12",
        facecolor=(INK, 0.04), edgecolor=FAINT, linewidth=1, gid="cell",
    )  # fmt: skip
    ax.add_patch(frame)
    order = [wire for wire in _WIRES if wire not in lit]
    for wire in order + [wire for wire in _WIRES if wire in lit]:
        _wire(graph, wire, bool(names), wire in lit, backward)
    _cell_parts(graph, lit, bool(names))
    return ax


def _names(highlight, table):
    if highlight is None:
        return []
    names = [highlight] if isinstance(highlight, str) else list(highlight)
    for name in names:
        if name not in table:
            raise ValueError(
                f"highlight: expected one of {', '.join(table)}, got {name!r}"
            )
    return names


def _wire(graph, wire, some_lit, lit, backward):
    role, points = _WIRES[wire]
    colour = ROLE[role] if role else None
    head = wire not in _NO_HEAD
    if lit and backward:
        head = not wire.startswith(("bus", "to"))
    if not some_lit:
        graph.arrow(points, "forward", wire, colour=colour, head=head)
    elif not lit:
        graph.arrow(points, "pale", wire, head=head)
    elif backward:
        graph.arrow(points[::-1], "lit", wire, head=head)
    else:
        graph.arrow(points, "path", wire, colour=colour, head=head)


def _cell_parts(graph, lit, some_lit):
    def seen(*wires):
        return not some_lit or any(wire in lit for wire in wires)

    for gate, x in _GATE_X.items():
        graph.square(
            gate, (x, _GATES), f"${gate}_t$", None, 12,
            seen(gate, f"to_{gate}"),
        )  # fmt: skip
    for xy, sign, wires in (
        ((86, _LINE), "⊙", ("c_in", "f", "c_mid")),
        ((174, _LINE), "+", ("c_mid", "ig", "c_out")),
        ((174, 160), "⊙", ("i", "g", "ig")),
        ((256, 138), "⊙", ("o", "tanh_o", "h_out")),
    ):
        graph.operation(xy, sign, seen(*wires))
    on = seen("c_tanh", "tanh_o")
    graph.text((256, 171), "tanh", TEXT, color=INK if on else MUTED)
    for xy, label, role, wires in (
        ((20, _LINE), "$c_{t-1}$", "c", ("c_in",)),
        ((20, _BUS), "$h_{t-1}$", "h", ("h_in",)),
        ((64, 20), "$x_t$", "x", ("x_in",)),
        ((316, _LINE), "$c_t$", "c", ("c_out", "c_tanh")),
        ((316, _BUS), "$h_t$", "h", ("h_out",)),
    ):
        tone = TONE[role] if seen(*wires) else MUTED
        graph.text(xy, label, SYMBOL, color=tone)


# The LSTM, unrolled

_ROW_C, _ROW_H = 206, 34
_GATE_AT = {"f": (-34, 146), "i": (0, 120), "g": (34, 94), "o": (0, _ROW_H)}
LSTM_PATHS = ("carry", "i", "f", "o", "g", "output")


def lstm_unrolled(ax, T=2, *, highlight=None, backward=False):
    """The LSTM over T steps: the carry on top, the states below, the gates
    between, so that every path from one step to the next can be pointed at.

    Edges: h_{t-1} to each gate; i, f, g to c_t; o to h_t; c_{t-1} to c_t (the
    carry); c_t to h_t (the output). Inputs and losses are left out.
    ``highlight`` lights backward paths at every step: "carry"; "i", "f", "o"
    or "g" for the path through that gate; "output" from h_t to c_t; a list
    lights several. ``backward`` draws every backward edge.

    Sets the figure's height. A narrow figure takes T up to 2, a wide one up
    to 4. Returns the axes. Raises ValueError for other T or names.
    """
    room = ax.figure.get_size_inches()[0] * 72 - 2 * (_RADIUS + _MARGIN) - 10
    if not isinstance(T, int) or not 1 <= T <= room / 110:
        raise ValueError(
            f"T: expected 1 to {int(room / 110)} in a figure of this width, "
            f"got {T!r}"
        )
    names = _names(highlight, dict.fromkeys(LSTM_PATHS))
    lit = [edge for t in range(T, 0, -1) for edge in _lstm_lit(names, t)]
    touched = {name for edge in lit for name in edge}
    graph = Graph(ax, _ROW_C + _RADIUS + _MARGIN)
    for t in range(T + 1):
        x = _RADIUS + _MARGIN + room / T * t
        for row, y in (("c", _ROW_C), ("h", _ROW_H)):
            graph.circle(
                f"{row}{t}", (x, y), f"${row}_{t}$", row, _RADIUS,
                not names or f"{row}{t}" in touched,
            )  # fmt: skip
        for gate, (right, y) in _GATE_AT.items() if t else ():
            name, middle = f"{gate}{t}", x - room / T / 2 + right
            graph.square(
                name, (middle, y), f"${gate}_{t}$", None, 11.5,
                not names or name in touched, name in touched,
            )  # fmt: skip
    for t in range(1, T + 1):
        for start, end in _lstm_edges(t):
            graph.edge(start, end, "pale" if names else "forward")
            if backward and not names:
                graph.edge(end, start, "backward", _aside(start, end))
    for start, end in lit:
        graph.edge(start, end, "lit", _aside(end, start))
    return ax


def _lstm_edges(t):
    """The forward edges of step t."""
    edges = [(f"h{t - 1}", f"{gate}{t}") for gate in "fig"]
    edges += [(f"{gate}{t}", f"c{t}") for gate in "fig"]
    edges += [(f"h{t - 1}", f"o{t}"), (f"o{t}", f"h{t}")]
    return [*edges, (f"c{t - 1}", f"c{t}"), (f"c{t}", f"h{t}")]


def _lstm_lit(names, t):
    """The backward edges of the named paths at step t."""
    edges = []
    for name in names:
        if name == "carry":
            edges.append((f"c{t}", f"c{t - 1}"))
        elif name == "output":
            edges.append((f"h{t}", f"c{t}"))
        else:
            target = f"h{t}" if name == "o" else f"c{t}"
            edges += [(target, f"{name}{t}"), (f"{name}{t}", f"h{t - 1}")]
    return edges


def _aside(start, end):
    """How far the backward edge of a forward edge bows away from it."""
    if start[0] == end[0] == "c":
        return 9.0
    return 10.0 if end[0] == "h" and start[0] == "c" else 5.0
