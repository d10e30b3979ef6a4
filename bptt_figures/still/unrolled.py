"""The recurrent network unrolled in time, and the path of one term in it."""

from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from .canvas import MARGIN, RADIUS, Graph
from .values import check_axes, check_whole, width_of

_LABELS = {"x": "x", "a": "a", "h": "h", "z": "z", "y": r"\hat y", "L": "L"}
_ROLES = {"x": "x", "h": "h"}


def unrolled_graph(
    ax: Axes,
    T: int,
    *,
    detail: bool = False,
    backward: bool = False,
    highlight: ArrayLike | None = None,
    weight: str | None = "W",
) -> Axes:
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
    check_axes(ax)
    room = width_of(ax) - 2 * (RADIUS + MARGIN) - 12
    check_whole(T, "T", 1, int(room / 68), " in a figure of this width")
    terms = _terms(T, highlight, weight)
    rows = "x a h z y L".split() if detail else "x h y L".split()
    levels = _levels(rows)
    height = levels["L"] + RADIUS + MARGIN
    lit = _lit_edges(terms, weight, detail)
    touched = {name for edge in lit for name in edge}
    graph = Graph(ax, height)
    columns = [RADIUS + MARGIN + room / T * t for t in range(T + 1)]
    for t in range(T + 1):
        for row in rows if t else ["h"]:
            name = f"{row}{t}"
            graph.circle(
                name,
                (columns[t], levels[row]),
                f"${_LABELS[row]}_{t}$",
                _ROLES.get(row),
                RADIUS,
                not terms or name in touched,
            )
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
    levels = {rows[0]: RADIUS + MARGIN}
    for below, row in pairwise(rows):
        rise = 78 if (below, row) in wide.values() else 54
        levels[row] = levels[below] + rise
    return levels


def _terms(T, highlight, weight):
    if weight is not None and not (
        isinstance(weight, str) and weight in ("W", "U", "V")
    ):
        raise ValueError(
            f"weight must be 'W', 'U', 'V' or None; got {weight!r}"
        )
    if highlight is None:
        return []
    try:
        pairs = np.array(list(highlight))
    except (TypeError, ValueError):  # not iterable, or of unequal lengths
        pairs = np.empty(0)
    terms = pairs.reshape(-1, 2) if pairs.shape == (2,) else pairs
    if terms.dtype.kind not in "iu" or terms.shape[1:] != (2,):
        raise ValueError(
            f"highlight must be (s, k) or a list of such pairs; got "
            f"{highlight!r}"
        )
    terms = terms.tolist()
    for term in terms:
        s, k = term
        least = s if weight == "V" else 0 if weight is None else 1
        if not (least <= k <= s <= T and s >= 1):
            raise ValueError(
                f"highlight must be (s, k) with {least} ≤ k ≤ s ≤ {T}; "
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
