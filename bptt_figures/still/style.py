"""The look of the book: role colours, rc settings and figure sizes."""

from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.rcsetup import cycler

from .values import check_whole, real

ROLE = {
    "h": "#409cc8",
    "x": "#207368",
    "W": "#d08115",
    "delta": "#cd0b17",
    "c": "#8c40c0",
}
"""Colour of lines and marks by role: seen on light and dark pages alike."""

TONE = {
    "h": "#21499a",
    "x": "#048464",
    "W": "#a95901",
    "delta": "#94291a",
    "c": "#400c67",
}
"""Colour of text and areas by role; a page may set its own per theme.

In the SVG these become ``var(--role-h, …)``, -x, -w, -d and -c, so the style
sheet gives each theme the shade that has enough contrast on it.
"""

INK = "black"
PALE = "#4d4d4d"
GHOST = "#999999"
PAPER = "white"

LINE = 1.8
TEXT = 12
SYMBOL = 15

WIDTHS = {"narrow": 336, "wide": 528}
SHOWN = {336: 448, 528: 704}
HEIGHTS = {"narrow": 224, "wide": 256}
TALLEST, MOST_COLUMNS = 10_000, 20

BOOK_RC: dict[Any, Any] = {
    "figure.dpi": 72,
    "figure.facecolor": "none",
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.h_pad": 4 / 72,
    "figure.constrained_layout.w_pad": 4 / 72,
    "savefig.facecolor": "none",
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": PALE,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.labelsize": TEXT,
    "axes.titlesize": TEXT + 1,
    "axes.titlelocation": "left",
    "axes.titlepad": 8,
    "axes.labelpad": 4,
    "axes.unicode_minus": True,
    "axes.prop_cycle": cycler(
        color=[ROLE[name] for name in ("h", "W", "x", "delta", "c")]
    ),
    "axes.xmargin": 0.02,
    "font.size": TEXT,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "mathtext.fontset": "cm",
    "xtick.labelsize": TEXT,
    "ytick.labelsize": TEXT,
    "xtick.color": PALE,
    "ytick.color": PALE,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "lines.linewidth": LINE,
    "lines.solid_capstyle": "round",
    "legend.frameon": False,
    "legend.fontsize": TEXT,
    "path.simplify": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "bptt",
}


def colour_of(name, colours=ROLE, argument="role"):
    """The colour of a role, or a ValueError that lists the roles."""
    if not isinstance(name, str) or name not in colours:
        raise ValueError(
            f"{argument} must be one of {', '.join(colours)}; got {name!r}"
        )
    return colours[name]


def use_book_style() -> None:
    """Set matplotlib's rc parameters to the book's, whatever they were."""
    mpl.rcdefaults()
    mpl.rcParams.update(BOOK_RC)


def new_figure(
    kind: str = "narrow",
    height: float | None = None,
    columns: int = 1,
    **axes: Any,
) -> tuple[Figure, Any]:
    """A figure of a width that stays legible on a phone, and its axes.

    Lengths are CSS pixels. ``"narrow"`` is 336 wide: a phone shows it
    unscaled, a large screen enlarges it to 448. ``"wide"`` is 528 wide, 704
    on a large screen; on a phone it scrolls sideways in its own frame.
    Further keywords go to ``Figure.subplots``.

    Returns ``(figure, axes)``; with ``columns > 1`` an array of axes.
    Raises ValueError for an unknown kind, a height that is not from 0 to
    10,000 or columns that are not from 1 to 20.
    """
    if not isinstance(kind, str) or kind not in WIDTHS:
        expected = " or ".join(map(repr, WIDTHS))
        raise ValueError(f"kind must be {expected}; got {kind!r}")
    height = HEIGHTS[kind] if height is None else height
    height = real(height, "height")
    if not 0 < height <= TALLEST:
        raise ValueError(
            f"height must be up to {TALLEST} pixels and more than 0; "
            f"got {height}"
        )
    check_whole(columns, "columns", 1, MOST_COLUMNS)
    with mpl.rc_context(BOOK_RC):
        figure = Figure(figsize=(WIDTHS[kind] / 72, height / 72), dpi=72)
        return figure, figure.subplots(1, columns, **axes)
