"""Plots of arrays: over time, over pairs of steps, over parameters."""

import numpy as np
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from .style import GHOST, INK, LINE, PALE, ROLE, TEXT, TONE

_LABEL_GAP = 15
_CYCLE = ("h", "W", "x", "delta", "c")
_FAINTEST = 0.07
_UNDER_TEXT = 0.36


def _role(name, colours=ROLE):
    if name not in colours:
        raise ValueError(
            f"role: expected one of {', '.join(colours)}, got {name!r}"
        )
    return colours[name]


def _array(values, name, rank):
    array = np.asarray(values, dtype=float)
    if array.ndim != rank or array.size == 0:
        raise ValueError(
            f"{name}: expected {rank} axes and at least one value, got shape "
            f"{array.shape}"
        )
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: expected finite values, got nan or inf")
    return array


def lines_over_time(
    ax, series, *, x=None, log=True, roles=None, ghosts=(), dashed=(),
    floor=None,
):  # fmt: skip
    """Lines with their names at their right ends.

    ``series`` maps a label to an array over time, drawn against ``x`` or
    1, 2, …; ``roles`` maps labels to role names; labels in ``ghosts`` are
    drawn as thin grey dashes, labels in ``dashed`` as dashes (backward
    quantities). On a log axis a line stops where it falls below ``floor``,
    so that round-off is never drawn.

    Returns the axes. Raises ValueError for empty or non-finite series,
    unknown labels or roles, and values ≤ 0 on a log axis without a floor.
    """
    if not series:
        raise ValueError("series: expected at least one line, got none")
    roles = roles or {}
    for name, labels in (
        ("roles", roles),
        ("ghosts", ghosts),
        ("dashed", dashed),
    ):
        for label in labels:
            if label not in series:
                raise ValueError(f"{name}: {label!r} is not in series")
    ends, cycle = [], iter(_CYCLE * len(series))
    for label, values in series.items():
        steps, values = _line(label, values, x, log, floor)
        if label in ghosts:
            style = {"color": GHOST, "linestyle": "--", "linewidth": 1.2}
            tone = PALE
        else:
            role = roles.get(label) or next(cycle)
            style = {"color": _role(role), "linewidth": LINE + 0.4}
            style["linestyle"] = "--" if label in dashed else "-"
            tone = TONE[role]
        ax.plot(steps, values, gid=f"line {label}", **style)
        ends.append((steps[-1], values[-1], label, tone))
    if log:
        ax.set_yscale("log")
    if x is None:
        ax.set_xlabel("step $t$")
    _name_ends(ax, ends)
    return ax


def _line(label, values, x, log, floor):
    values = _array(values, f"series {label!r}", 1)
    steps = np.arange(1, len(values) + 1) if x is None else _array(x, "x", 1)
    if len(steps) != len(values):
        raise ValueError(
            f"series {label!r}: expected {len(steps)} values as in x, got "
            f"{len(values)}"
        )
    if log and floor is None and (values <= 0).any():
        raise ValueError(
            f"series {label!r}: a log axis needs values > 0; give a floor"
        )
    if log and floor is not None:
        kept = values >= floor
        if not kept.any():
            raise ValueError(
                f"series {label!r}: nothing is above the floor {floor}"
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


def heat_map(
    ax, matrix, *, role="delta", log=True, mask=None, numbers=None,
    rows="state at step $t$", columns="loss at step $s$", first=1,
    name=None,
):  # fmt: skip
    """A matrix of sizes as cells, in steps of shade with a key beside them.

    Row 0 is on top. ``mask="lower"`` leaves out what is below the diagonal,
    ``mask="upper"`` what is above, or pass a boolean array. With ``log`` a
    shade is a power of ten (or its half, where the range is short), so a
    reader can count. Each cell is one role's tone, stronger for larger
    values in either theme. ``numbers`` is a format such as ``"{:.2f}"``
    that writes the values into the cells, whose shades then stay light
    enough to read on; ``first`` is the index of the
    first row and column; ``name`` is the heading of the key.

    Returns the axes. Raises ValueError for a wrong mask, negative values,
    or nothing to show.
    """
    matrix = _array(matrix, "matrix", 2)
    shown = ~_mask(mask, matrix.shape)
    values = matrix[shown]
    if values.size == 0 or not values.max() > 0 or values.min() < 0:
        raise ValueError(
            "matrix: expected sizes ≥ 0, at least one of them > 0 and shown"
        )
    exact, names = _shades(values, log)
    level = np.where(shown, exact(matrix), -1)
    count = len(names)
    tone = _role(role, TONE)
    strongest = 1.0 if numbers is None else _UNDER_TEXT
    alphas = np.linspace(_FAINTEST, strongest, count)
    alphas[-1] = strongest
    for shade, alpha in enumerate(alphas):
        cells = np.argwhere(level == shade)
        if len(cells):
            _squares(ax, cells, tone, alpha)
    if numbers is not None:
        for row, column in np.argwhere(shown):
            text = _written(numbers.format(matrix[row, column]))
            ax.text(column, row, text, ha="center", va="center", fontsize=11)
    _index_axes(ax, matrix.shape, first)
    ax.set(xlabel=columns, ylabel=rows)
    _key(ax, names, tone, alphas, name)
    return ax


def _mask(mask, shape):
    if mask is None:
        return np.zeros(shape, bool)
    if isinstance(mask, str):
        triangle = {
            "lower": lambda: np.tri(*shape, -1, dtype=bool),
            "upper": lambda: ~np.tri(*shape, dtype=bool),
        }.get(mask)
        if triangle is None:
            raise ValueError(
                f"mask: expected 'lower', 'upper' or booleans, got {mask!r}"
            )
        return triangle()
    mask = np.asarray(mask)
    if mask.shape != shape or mask.dtype != bool:
        raise ValueError(
            f"mask: expected booleans of shape {shape}, got {mask.dtype} of "
            f"shape {mask.shape}"
        )
    return mask


def _shades(values, log):
    """A function from values to shade 0, 1, … and each shade's lower end."""
    top = values.max()
    if not log:
        step = _nice(top / 6)
        count = max(int(np.ceil(top / step - 1e-6)), 1)
        names = [f"{index * step:.3g}" for index in range(count)]

        def shade(matrix):
            found = np.floor(matrix / step + 1e-6)
            return np.clip(found, 0, count - 1).astype(int)

        return shade, names
    low = values[values > 0].min()
    span = np.log10(top / low)
    step = 0.5 if span < 3 else 1 if span < 8 else int(np.ceil(span / 8))
    bottom = int(np.floor(np.log10(low) / step + 1e-6))
    count = int(np.floor(np.log10(top) / step + 1e-6)) - bottom + 1
    names = [_power(step * (bottom + index)) for index in range(count)]

    def shade(matrix):
        positive = np.where(matrix > 0, matrix, low)
        found = np.floor(np.log10(positive) / step + 1e-6) - bottom
        return np.where(matrix > 0, np.clip(found, 0, count - 1), -1)

    return shade, names


def _nice(step):
    power = 10.0 ** np.floor(np.log10(step))
    return next(f * power for f in (1, 2, 2.5, 5, 10) if f * power >= step)


def _power(exponent):
    if -3 <= exponent <= 3:
        return f"{10.0**exponent:.1g}"
    whole = int(np.floor(exponent))
    factor = r"3 \times " if exponent != whole else ""
    return rf"${factor}\mathdefault{{10}}^{{\mathdefault{{{whole}}}}}$"


def _squares(ax, cells, tone, alpha, half=0.47):
    """All cells of one shade as one path: small files, no seams."""
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]]) * half
    vertices = (cells[:, None, ::-1] + corners).reshape(-1, 2)
    codes = [Path.MOVETO, *[Path.LINETO] * 3, Path.CLOSEPOLY] * len(cells)
    ax.add_patch(
        PathPatch(
            Path(vertices, codes),
            facecolor=(tone, alpha),
            linewidth=0,
            gid=f"cells {len(cells)}",
        )
    )


def _index_axes(ax, shape, first):
    rows, columns = shape
    ax.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5), aspect=1)
    for axis, size in ((ax.xaxis, columns), (ax.yaxis, rows)):
        places = range(0, size, 1 + (size - 1) // 10)
        axis.set_ticks(places, [str(place + first) for place in places])
        axis.set_tick_params(length=0)
    ax.spines[:].set_visible(False)


def _key(ax, names, tone, alphas, heading):
    """Swatches from strong to faint, each with the least value it shows."""
    height = 0.09
    for place, index in enumerate(reversed(range(len(names)))):
        low = 1 - height * (place + 1 + 0.7 * bool(heading))
        ax.add_patch(
            PathPatch(
                Path(
                    [[1.06, low], [1.12, low], [1.12, low + 0.075],
                     [1.06, low + 0.075], [1.06, low]],
                    [1, 2, 2, 2, 79],
                ),
                facecolor=(tone, alphas[index]),
                edgecolor=GHOST,
                linewidth=0.5,
                transform=ax.transAxes,
                clip_on=False,
                gid="key",
            )
        )  # fmt: skip
        ax.text(
            1.15, low + 0.036, "≥ " + names[index], va="center",
            fontsize=11, transform=ax.transAxes,
        )  # fmt: skip
    if heading:
        ax.text(
            1.06, 0.985, heading, va="center", fontsize=TEXT,
            transform=ax.transAxes,
        )  # fmt: skip


def bars(ax, values, *, roles=None, log=False, numbers="{:.3g}"):
    """Horizontal bars, the first on top, each with its name and number.

    ``values`` maps labels to numbers, ``roles`` labels to role names.
    Returns the axes. Raises ValueError for no or non-finite values, and for
    values ≤ 0 on a log axis.
    """
    sizes = _array(list(values.values()), "values", 1)
    if log and (sizes <= 0).any():
        raise ValueError("values: a log axis needs values > 0")
    roles = roles or {}
    for label in roles:
        if label not in values:
            raise ValueError(f"roles: {label!r} is not in values")
    if log:
        ax.set_xscale("log")
        ax.set_xlim(10 ** np.floor(np.log10(sizes.min()) - 0.01), sizes.max())
    for place, (label, size) in enumerate(zip(values, sizes, strict=True)):
        colour = _role(roles.get(label, "h"))
        ax.barh(place, size, 0.62, color=colour, gid=f"bar {label}")
        ax.annotate(
            _written(numbers.format(size)),
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


def _written(number):
    """A formatted number as it is set in print: −1.5, 3 × 10⁻⁵."""
    mantissa, power, exponent = number.replace("-", "−").partition("e")
    if not mantissa.strip("−0."):
        return mantissa.lstrip("−")
    if not power:
        return mantissa
    exponent = exponent.lstrip("+0").replace("−0", "−")
    return rf"{mantissa} × 10$^{{\mathdefault{{{exponent}}}}}$"


def matrix_picture(ax, M, *, role="W", name=None, numbers="{:.2g}"):
    """A small matrix with its numbers, shaded by size, between brackets.

    Entries may be numbers or fractions (written as they are). ``name`` is
    written above. Returns the axes. Raises ValueError unless M has two axes
    and at most 8 rows and columns.
    """
    M = np.asarray(M)
    if M.ndim != 2 or M.size == 0 or max(M.shape) > 8:
        raise ValueError(
            f"M: expected a matrix of at most 8 × 8, got shape {M.shape}"
        )
    sizes = np.abs(_array(M, "M", 2))
    tone, top = _role(role, TONE), sizes.max() or 1.0
    for place in np.ndindex(M.shape):
        share = round(sizes[place] / top, 2)
        alpha = _FAINTEST + (_UNDER_TEXT - _FAINTEST) * share
        _squares(ax, np.array([place]), tone, alpha)
        entry = M[place]
        text = str(entry) if M.dtype == object else numbers.format(entry)
        ax.text(
            place[1], place[0], _written(text), ha="center",
            va="center", fontsize=TEXT,
        )  # fmt: skip
    rows, columns = M.shape
    for side, turn in ((-0.62, 0.14), (columns - 0.38, -0.14)):
        ax.plot(
            [side + turn, side, side, side + turn],
            [-0.58, -0.58, rows - 0.42, rows - 0.42],
            color=INK, linewidth=1.1, solid_joinstyle="miter",
        )  # fmt: skip
    ax.set(xlim=(-0.8, columns - 0.2), ylim=(rows - 0.3, -0.7), aspect="equal")
    ax.axis("off")
    if name:
        ax.set_title(name, loc="center")
    return ax


def singular_spectrum(ax, sigma, *, x=None, role="h", floor=None):
    """Every singular value against the lag: a fan, its edges named.

    ``sigma`` has one row a lag, largest value first. Values below ``floor``
    are left out. Returns the axes. Raises ValueError for values that do not
    fall along a row, or are ≤ 0 without a floor.
    """
    sigma = _array(sigma, "sigma", 2)
    if (np.diff(sigma, axis=1) > 0).any():
        raise ValueError("sigma: expected each row largest first")
    ends = []
    for index, values in enumerate(sigma.T):
        edge = index in (0, sigma.shape[1] - 1)
        steps, values = _line(f"sigma[:, {index}]", values, x, True, floor)
        ax.plot(
            steps, values, color=(_role(role), 1.0 if edge else 0.35),
            linewidth=LINE + 0.4 if edge else 1.0, gid=f"sigma {index + 1}",
        )  # fmt: skip
        if edge:
            number = "max" if index == 0 else "min"
            label = rf"$\sigma_{{\mathrm{{{number}}}}}$"
            ends.append((steps[-1], values[-1], label, TONE[role]))
    ax.set_yscale("log")
    ax.axhline(1, color=GHOST, linestyle="--", linewidth=1.0)
    ax.set(xlabel="lag", ylabel="singular values")
    _name_ends(ax, ends)
    return ax


def error_surface(
    ax, x, y, loss, *, log=False, levels=10, paths=None, roles=None
):
    """A loss over two parameters as bands, darker where it is larger.

    ``loss[j, i]`` belongs to ``x[i]`` and ``y[j]``. ``paths`` maps labels to
    arrays of (x, y) positions of a descent, drawn with a dot a step; the
    second and later ones are dashed.

    Returns the axes. Raises ValueError for shapes that do not belong
    together, a loss ≤ 0 with ``log``, or a path that is not of pairs.
    """
    x, y = _array(x, "x", 1), _array(y, "y", 1)
    loss = _array(loss, "loss", 2)
    if loss.shape != (len(y), len(x)):
        raise ValueError(
            f"loss: expected shape {(len(y), len(x))}, got {loss.shape}"
        )
    if log and (loss <= 0).any():
        raise ValueError("loss: log bands need values > 0")
    spaced = np.geomspace if log else np.linspace
    edges = spaced(loss.min(), loss.max(), levels + 1)
    shades = [
        (INK, round(0.03 + 0.4 * place / levels, 3)) for place in range(levels)
    ]
    ax.contourf(x, y, loss, levels=edges, colors=shades, extend="neither")
    ax.contour(
        x, y, loss, levels=edges[1:-1], colors=[GHOST], linewidths=0.6,
        linestyles="solid",
    )  # fmt: skip
    ax.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    ax.locator_params(nbins=5)
    for place, (label, path) in enumerate((paths or {}).items()):
        path = _array(path, f"path {label!r}", 2)
        if path.shape[1] != 2:
            raise ValueError(
                f"path {label!r}: expected shape (steps, 2), got {path.shape}"
            )
        role = (roles or {}).get(label, ("delta", "h", "W")[place % 3])
        ax.plot(
            *path.T, color=_role(role), linestyle="--" if place else "-",
            marker="o", markersize=3.5, gid=f"path {label}",
        )  # fmt: skip
        ax.annotate(
            label, path[-1], (6, 6), textcoords="offset points",
            color=TONE[role], annotation_clip=False,
        )  # fmt: skip
    return ax
