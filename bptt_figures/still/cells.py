"""Matrices as cells: heat maps over pairs of steps, and small matrices."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from numpy.typing import ArrayLike

from .style import GHOST, INK, TEXT, TONE, colour_of
from .values import array_of, check_axes, check_format, check_whole, written

_FAINTEST = 0.07
FAR = 10**9
_UNDER_TEXT = 0.36


def heat_map(
    ax: Axes,
    matrix: ArrayLike,
    *,
    role: str = "delta",
    log: bool = True,
    mask: str | ArrayLike | None = None,
    numbers: str | None = None,
    rows: str = "state at step $t$",
    columns: str = "loss at step $s$",
    first: int = 1,
    name: str | None = None,
    span: tuple[float, float] | None = None,
) -> Axes:
    """A matrix of sizes as cells, in steps of shade with a key beside them.

    Row 0 is on top. ``mask="lower"`` leaves out what is below the diagonal,
    ``mask="upper"`` what is above, or pass a boolean array. With ``log`` a
    shade is a power of ten (or its half, where the range is short), so a
    reader can count. Each cell is one role's tone, stronger for larger
    values in either theme. ``numbers`` is a format such as ``"{:.2f}"``
    that writes the values into the cells, whose shades then stay light
    enough to read on; ``first`` is the index of the
    first row and column; ``name`` is the heading of the key. Maps that are
    compared need the same ``span``, a lowest and a highest value: what lies
    outside has the shade of the end.

    Returns the axes. Raises ValueError for a wrong mask, negative values,
    nothing to show, or a span that does not rise from above zero.
    """
    check_axes(ax)
    check_whole(first, "first", -FAR, FAR)
    if numbers is not None:
        check_format(numbers)
    matrix = array_of(matrix, "matrix", 2)
    shown = ~_mask(mask, matrix.shape)
    values = matrix[shown]
    if values.size == 0 or not values.max() > 0 or values.min() < 0:
        raise ValueError(
            "matrix must hold sizes ≥ 0, at least one of them > 0 and shown"
        )
    if span is not None and not 0 < span[0] < span[1]:
        raise ValueError(f"span must rise from above 0; got {span!r}")
    exact, names = _shades(values if span is None else np.array(span), log)
    names = ["≥ " + name for name in names]
    if span is not None and values.min() < span[0]:
        names[0] = "<" + names[1][1:]
    level = np.where(shown, exact(matrix), -1)
    count = len(names)
    tone = colour_of(role, TONE)
    strongest = 1.0 if numbers is None else _UNDER_TEXT
    alphas = np.linspace(_FAINTEST, strongest, count)
    alphas[-1] = strongest
    for shade, alpha in enumerate(alphas):
        cells = np.argwhere(level == shade)
        if len(cells):
            _squares(ax, cells, tone, alpha)
    if numbers is not None:
        for row, column in np.argwhere(shown):
            text = written(numbers.format(matrix[row, column]))
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
                f"mask must be 'lower', 'upper' or booleans; got {mask!r}"
            )
        return triangle()
    try:
        mask = np.asarray(mask)
    except ValueError:
        raise ValueError("mask must have rows of equal length") from None
    if mask.shape != shape or mask.dtype != bool:
        raise ValueError(
            f"mask must hold booleans of shape {shape}; got {mask.dtype} of "
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
        return f"{float(f'{10.0**exponent:.1g}'):g}"
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
                    [
                        [1.06, low],
                        [1.12, low],
                        [1.12, low + 0.075],
                        [1.06, low + 0.075],
                        [1.06, low],
                    ],
                    [1, 2, 2, 2, 79],
                ),
                facecolor=(tone, alphas[index]),
                edgecolor=GHOST,
                linewidth=0.5,
                transform=ax.transAxes,
                clip_on=False,
                gid="key",
            )
        )
        ax.text(
            1.15,
            low + 0.036,
            names[index],
            va="center",
            fontsize=11,
            transform=ax.transAxes,
        )
    if heading:
        ax.text(
            1.06,
            0.985,
            heading,
            va="center",
            fontsize=TEXT,
            transform=ax.transAxes,
        )


def matrix_picture(
    ax: Axes,
    M: ArrayLike,
    *,
    role: str = "W",
    negative: str | None = None,
    top: float | None = None,
    name: str | None = None,
    numbers: str = "{:.2g}",
) -> Axes:
    """A small matrix with its numbers, shaded by size, between brackets.

    Entries may be numbers or fractions (written as they are). Entries below
    zero have the colour of the role ``negative``, which is ``role`` where
    none is given. ``top`` is the size of the strongest shade, by default
    the largest of M; matrices that are compared need the same one. ``name``
    is written above. Returns the axes. Raises ValueError unless M has two
    axes and at most 8 rows and columns, and for a top that is not a
    positive number, or smaller than an entry.
    """
    check_axes(ax)
    sizes, M = np.abs(array_of(M, "M", 2)), np.asarray(M)
    check_format(numbers, 1.0 if M.dtype == object else M.flat[0])
    if max(M.shape) > 8:
        raise ValueError(
            f"M must be a matrix of at most 8 × 8; got shape {M.shape}"
        )
    above = colour_of(role, TONE)
    below = colour_of(negative or role, TONE, "negative")
    if top is None:
        top = sizes.max() or 1.0
    elif not np.isfinite(top) or top <= 0 or top < sizes.max():
        raise ValueError(
            f"top: expected a positive number of at least the largest size "
            f"in M, {sizes.max():.4g}; got {top!r}"
        )
    for place in np.ndindex(M.shape):
        share = round(sizes[place] / top, 2)
        alpha = _FAINTEST + (_UNDER_TEXT - _FAINTEST) * share
        tone = below if M[place] < 0 else above
        _squares(ax, np.array([place]), tone, alpha)
        entry = M[place]
        text = str(entry) if M.dtype == object else numbers.format(entry)
        ax.text(
            place[1],
            place[0],
            written(text),
            ha="center",
            va="center",
            fontsize=TEXT,
        )
    rows, columns = M.shape
    for side, turn in ((-0.62, 0.14), (columns - 0.38, -0.14)):
        ax.plot(
            [side + turn, side, side, side + turn],
            [-0.58, -0.58, rows - 0.42, rows - 0.42],
            color=INK,
            linewidth=1.1,
            solid_joinstyle="miter",
        )
    ax.set(xlim=(-0.8, columns - 0.2), ylim=(rows - 0.3, -0.7), aspect="equal")
    ax.axis("off")
    if name:
        ax.set_title(name, loc="center")
    return ax
