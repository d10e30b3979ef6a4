"""Plots of arrays: lines over time, bars, surfaces."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Polygon
from numpy.typing import ArrayLike

from .style import GHOST, INK, LINE, PALE, TEXT, TONE, colour_of
from .values import (
    array_of,
    check_axes,
    check_format,
    check_whole,
    labels_in,
    named,
    real,
    written,
)

_LABEL_GAP = 15
MOST_LEVELS = 1000
_CYCLE = ("h", "W", "x", "delta", "c")


def lines_over_time(
    ax: Axes,
    series: Mapping[str, ArrayLike],
    *,
    x: ArrayLike | None = None,
    log: bool = True,
    roles: Mapping[str, str] | None = None,
    ghosts: Iterable[str] = (),
    dashed: Iterable[str] = (),
    bands: Mapping[str, tuple[ArrayLike, ArrayLike]] | None = None,
    floor: float | None = None,
) -> Axes:
    """Lines with their names at their right ends.

    ``series`` maps a label to an array over time, drawn against ``x`` or
    1, 2, …; ``roles`` maps labels to role names; labels in ``ghosts`` are
    drawn as thin grey dashes, labels in ``dashed`` as dashes (backward
    quantities). ``bands`` maps labels to pairs of arrays, between which the
    line's colour is laid thinly: where other runs lie. On a log axis a line
    stops where it falls below ``floor``, and a band ends there, so that
    round-off is never drawn.

    Returns the axes. Raises ValueError for empty or non-finite series,
    unknown labels or roles, a band that is not two arrays of the length of
    its line, and values ≤ 0 on a log axis without a floor.
    """
    check_axes(ax)
    series, roles = named(series, "series"), named(roles, "roles")
    if not series:
        raise ValueError("series must hold a line or more; got an empty dict")
    labels_in(roles, "roles", series, "series")
    ghosts = labels_in(ghosts, "ghosts", series, "series")
    dashed = labels_in(dashed, "dashed", series, "series")
    floor = None if floor is None else real(floor, "floor")
    bands = named(bands, "bands")
    labels_in(bands, "bands", series, "series")
    ends, cycle = [], iter(_CYCLE * len(series))
    for label, values in series.items():
        count = np.size(values)
        steps, values = _line(label, values, x, log, floor)
        if label in ghosts:
            style: dict[str, Any] = {"color": GHOST, "linewidth": 1.2}
            style["linestyle"] = "--"
            tone = PALE
        else:
            role = roles.get(label) or next(cycle)
            colour = colour_of(role, argument="roles")
            style = {"color": colour, "linewidth": LINE + 0.4}
            style["linestyle"] = "--" if label in dashed else "-"
            tone = TONE[role]
            if label in bands:
                _band(ax, label, bands[label], count, x, log, floor, colour)
        ax.plot(steps, values, gid=f"line {label}", **style)
        ends.append((steps[-1], values[-1], label, tone))
    if log:
        ax.set_yscale("log")
    if x is None:
        ax.set_xlabel("step $t$")
    _name_ends(ax, ends)
    return ax


def _band(ax, label, pair, count, x, log, floor, colour):
    """Fill the space between two lines that belong to a third."""
    if len(pair) != 2 or {len(part) for part in pair} != {count}:
        raise ValueError(
            f"bands[{label!r}] must be a low and a high array of {count} "
            f"values; got {pair!r}"
        )
    name = f"{label}, its band"
    steps, high = _line(name, pair[1], x, log, floor)
    if log and floor is not None:
        pair = np.maximum(pair, floor)
    low = np.interp(steps, *_line(name, pair[0], x, log, floor))
    outline = np.concatenate([high, low[::-1]])
    ax.add_patch(
        Polygon(
            np.column_stack([np.append(steps, steps[::-1]), outline]),
            facecolor=(colour, 0.18),
            linewidth=0,
            gid=f"band {label}",
        )
    )


def _line(label, values, x, log, floor):
    values = array_of(values, f"series[{label!r}]", 1)
    steps = np.arange(1, len(values) + 1) if x is None else array_of(x, "x", 1)
    if len(steps) != len(values):
        raise ValueError(
            f"series[{label!r}] must hold {len(steps)} values, as x does; "
            f"got {len(values)}"
        )
    if log and floor is None and (values <= 0).any():
        raise ValueError(
            f"series[{label!r}] must be > 0 on a log axis without a floor; "
            f"got {values.min()}"
        )
    if log and floor is not None:
        kept = values >= floor
        if not kept.any():
            raise ValueError(
                f"series[{label!r}] must rise above the floor {floor}; "
                f"got at most {values.max()}"
            )
        steps, values = steps[kept], values[kept]
    return steps, values


def _name_ends(ax, ends):
    """Write each name at its line's end, pushed apart where they collide."""
    height = 0.72 * ax.figure.get_size_inches()[1] * 72
    to_axes = ax.transData + ax.transAxes.inverted()
    ax.autoscale_view()
    wanted = [height * to_axes.transform((x, y))[1] for x, y, *_ in ends]
    for (x, y, label, tone), at, placed in zip(
        ends, wanted, _apart(wanted, _LABEL_GAP), strict=True
    ):
        ax.annotate(
            label,
            (x, y),
            (6, round(placed - at)),
            textcoords="offset points",
            va="center",
            color=tone,
            fontsize=TEXT,
            annotation_clip=False,
        )


def _apart(wanted, gap):
    """Positions near those wanted, at least ``gap`` apart."""
    order = sorted(range(len(wanted)), key=lambda i: (round(wanted[i]), i))
    clusters = []
    for index in order:
        clusters.append([[index], wanted[index]])
        while len(clusters) > 1:
            (low, below), (high, above) = clusters[-2:]
            room = gap * (len(low) + len(high)) / 2
            if above - below >= room:
                break
            together = low + high
            shifts = [
                wanted[i] - gap * place for place, i in enumerate(together)
            ]
            middle = sum(shifts) / len(shifts)
            middle += gap * (len(together) - 1) / 2
            clusters[-2:] = [[together, middle]]
    placed = [0.0] * len(wanted)
    for members, middle in clusters:
        start = middle - gap * (len(members) - 1) / 2
        for place, index in enumerate(members):
            placed[index] = start + gap * place
    return placed


def bars(
    ax: Axes,
    values: Mapping[str, float],
    *,
    roles: Mapping[str, str] | None = None,
    log: bool = False,
    numbers: str = "{:.3g}",
) -> Axes:
    """Horizontal bars, the first on top, each with its name and number.

    ``values`` maps labels to numbers, ``roles`` labels to role names.
    Returns the axes. Raises ValueError for no or non-finite values, for
    unknown labels or roles, and for values ≤ 0 on a log axis.
    """
    check_axes(ax)
    check_format(numbers)
    values, roles = named(values, "values"), named(roles, "roles")
    sizes = array_of(list(values.values()), "values", 1)
    if log and (sizes <= 0).any():
        raise ValueError(
            f"values must be > 0 on a log axis; got {sizes.min()}"
        )
    labels_in(roles, "roles", values, "values")
    if log:
        ax.set_xscale("log")
        ax.set_xlim(10 ** np.floor(np.log10(sizes.min()) - 0.01), sizes.max())
    for place, (label, size) in enumerate(zip(values, sizes, strict=True)):
        colour = colour_of(roles.get(label, "h"), argument="roles")
        ax.barh(place, size, 0.62, color=colour, gid=f"bar {label}")
        ax.annotate(
            written(numbers.format(size)),
            (size, place),
            (-4 if size < 0 else 4, 0),
            textcoords="offset points",
            ha="right" if size < 0 else "left",
            va="center",
            fontsize=11,
        )
    ax.set_yticks(range(len(sizes)), list(values))
    ax.tick_params(axis="y", length=0, labelsize=TEXT)
    ax.set_ylim(len(sizes) - 0.4, -0.6)
    ax.spines["left"].set_visible(bool((sizes < 0).any()))
    ax.spines["left"].set_position(("data", 0) if not log else ("axes", 0))
    return ax


def error_surface(
    ax: Axes,
    x: ArrayLike,
    y: ArrayLike,
    loss: ArrayLike,
    *,
    log: bool = False,
    levels: int = 10,
    paths: Mapping[str, ArrayLike] | None = None,
    roles: Mapping[str, str] | None = None,
) -> Axes:
    """A loss over two parameters as bands, darker where it is larger.

    ``loss[j, i]`` belongs to ``x[i]`` and ``y[j]``; or to ``x[j, i]``, for a
    grid that follows a wall. ``paths`` maps labels to
    arrays of (x, y) positions of a descent, drawn with a dot a step; the
    second and later ones are dashed.

    Returns the axes. Raises ValueError for shapes that do not belong
    together, fewer than 2 × 2 values or all the same, a loss ≤ 0 with
    ``log``, levels not from 1 to 1000, or a path that is not of pairs.
    """
    check_axes(ax)
    check_whole(levels, "levels", 1, MOST_LEVELS)
    paths, roles = named(paths, "paths"), named(roles, "roles")
    labels_in(roles, "roles", paths, "paths")
    y = array_of(y, "y", 1)
    x = array_of(x, "x", 2 if len(_shape(x)) == 2 else 1)
    loss = array_of(loss, "loss", 2)
    if loss.shape != (len(y), x.shape[-1]) or x.shape[:-1] not in (
        (),
        y.shape,
    ):
        raise ValueError(
            f"loss must have shape {(len(y), x.shape[-1])}, and so must an x "
            f"of two axes; got {loss.shape} and {x.shape}"
        )
    y = y if x.ndim == 1 else np.broadcast_to(y[:, None], x.shape)
    if log and (loss <= 0).any():
        raise ValueError(f"loss must be > 0 for log bands; got {loss.min()}")
    if min(loss.shape) < 2 or loss.min() == loss.max():
        raise ValueError(
            "loss must hold 2 × 2 values or more, not all of them the same; "
            f"got {loss.shape[0]} × {loss.shape[1]} from {loss.min()} to "
            f"{loss.max()}"
        )
    spaced = np.geomspace if log else np.linspace
    edges = spaced(loss.min(), loss.max(), levels + 1)
    shades = [
        (INK, round(0.03 + 0.4 * place / levels, 3)) for place in range(levels)
    ]
    ax.contourf(x, y, loss, levels=edges, colors=shades, extend="neither")
    ax.contour(
        x,
        y,
        loss,
        levels=edges[1:-1],
        colors=[GHOST],
        linewidths=0.6,
        linestyles="solid",
    )
    ax.set(xlim=(x.flat[0], x.flat[-1]), ylim=(y.flat[0], y.flat[-1]))
    ax.locator_params(nbins=5)
    _descents(ax, paths, roles)
    return ax


def _shape(values):
    """The shape of an array, or (), which none has, for ragged rows."""
    try:
        return np.shape(values)
    except (TypeError, ValueError):
        return ()


def _descents(ax, paths, roles):
    """Draw each path with a dot a step and its name at its end."""
    for place, (label, path) in enumerate(paths.items()):
        path = array_of(path, f"paths[{label!r}]", 2)
        if path.shape[1] != 2:
            raise ValueError(
                f"paths[{label!r}] must have shape (steps, 2); "
                f"got {path.shape}"
            )
        role = roles.get(label, ("delta", "h", "W")[place % 3])
        ax.plot(
            *path.T,
            color=colour_of(role, argument="roles"),
            linestyle="--" if place else "-",
            marker="o",
            markersize=3.5,
            gid=f"path {label}",
        )
        ax.annotate(
            label,
            path[-1],
            (6, 6),
            textcoords="offset points",
            color=TONE[role],
            annotation_clip=False,
        )
