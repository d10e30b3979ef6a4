"""The LSTM: one cell with its wires, and its steps with their gate paths."""

from collections.abc import Iterable

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from .canvas import FAINT, MARGIN, MUTED, RADIUS, Graph
from .style import INK, ROLE, SYMBOL, TEXT, TONE, WIDTHS
from .values import check_axes, check_whole, width_of

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


def lstm_cell(
    ax: Axes,
    highlight: str | Iterable[str] | None = None,
    *,
    backward: bool = False,
) -> Axes:
    """One LSTM cell, with one equation's wires in ink and the rest pale.

    ``highlight`` names what an equation computes: "i", "f", "o", "g", "c" or
    "h" (see ``LSTM_FORWARD``). With ``backward`` it names where a gradient
    goes: "o" and "c" (from h_t), "i", "f", "g" and "carry" (from c_t), "h"
    and "x" (from the four gates; see ``LSTM_BACKWARD``). A list
    lights several.

    Sets the figure's height. Returns the axes. Raises ValueError for a name
    that is not in the table, or ``backward`` without ``highlight``.
    """
    check_axes(ax)
    table = LSTM_BACKWARD if backward else LSTM_FORWARD
    names = _names(highlight, table)
    if backward and not names:
        raise ValueError(
            "highlight must name a path for backward=True; got no name"
        )
    lit = {wire for name in names for wire in table[name]}
    graph = Graph(ax, 248)
    if graph.width != WIDTHS["narrow"]:
        raise ValueError(
            f"ax must be those of a narrow figure, {WIDTHS['narrow']} px "
            f"wide; got {graph.width:.0f} px"
        )
    frame = FancyBboxPatch(
        (46, 48),
        244,
        182,
        boxstyle="round,pad=0,rounding_size=12",
        facecolor=(INK, 0.04),
        edgecolor=FAINT,
        linewidth=1,
        gid="cell",
    )
    ax.add_patch(frame)
    order = [wire for wire in _WIRES if wire not in lit]
    for wire in order + [wire for wire in _WIRES if wire in lit]:
        _wire(graph, wire, bool(names), wire in lit, backward)
    _cell_parts(graph, lit, bool(names))
    return ax


def _names(highlight, table):
    if highlight is None:
        return []
    if not isinstance(highlight, Iterable):
        raise TypeError(f"highlight must be names; got {highlight!r}")
    names = [highlight] if isinstance(highlight, str) else list(highlight)
    for name in names:
        if not isinstance(name, str) or name not in table:
            raise ValueError(
                f"highlight must be one of {', '.join(table)}; got {name!r}"
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
            gate,
            (x, _GATES),
            f"${gate}_t$",
            None,
            12,
            seen(gate, f"to_{gate}"),
        )
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


def lstm_unrolled(
    ax: Axes,
    T: int = 2,
    *,
    highlight: str | Iterable[str] | None = None,
    backward: bool = False,
) -> Axes:
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
    check_axes(ax)
    room = width_of(ax) - 2 * (RADIUS + MARGIN) - 10
    most = int(room / 110)
    check_whole(T, "T", 1, most, " in a figure of this width")
    names = _names(highlight, dict.fromkeys(LSTM_PATHS))
    lit = [edge for t in range(T, 0, -1) for edge in _lstm_lit(names, t)]
    touched = {name for edge in lit for name in edge}
    graph = Graph(ax, _ROW_C + RADIUS + MARGIN)
    for t in range(T + 1):
        x = RADIUS + MARGIN + room / T * t
        for row, y in (("c", _ROW_C), ("h", _ROW_H)):
            graph.circle(
                f"{row}{t}",
                (x, y),
                f"${row}_{t}$",
                row,
                RADIUS,
                not names or f"{row}{t}" in touched,
            )
        for gate, (right, y) in _GATE_AT.items() if t else ():
            name, middle = f"{gate}{t}", x - room / T / 2 + right
            graph.square(
                name,
                (middle, y),
                f"${gate}_{t}$",
                None,
                11.5,
                not names or name in touched,
                name in touched,
            )
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
