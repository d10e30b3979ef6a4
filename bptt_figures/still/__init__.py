"""Figures of the book: one style, one way to show them, one graph language.

Every function takes axes and arrays and returns the axes; none computes
mathematics. Figures end in :func:`show`, which turns them into inline SVG
that follows dark mode.

An error says "x must be …; got …", as in the core: a TypeError where
something of another kind was asked for (axes, a dict, labels), a ValueError,
for reasons that each function lists, where a value will not do.
"""

from .cells import heat_map, matrix_picture
from .display import show
from .lstm_graphs import (
    LSTM_BACKWARD,
    LSTM_FORWARD,
    LSTM_PATHS,
    lstm_cell,
    lstm_unrolled,
)
from .plots import bars, error_surface, lines_over_time
from .style import (
    GHOST,
    INK,
    PALE,
    PAPER,
    ROLE,
    TONE,
    new_figure,
    use_book_style,
)
from .unrolled import unrolled_graph

__all__ = [
    "GHOST",
    "INK",
    "LSTM_BACKWARD",
    "LSTM_FORWARD",
    "LSTM_PATHS",
    "PALE",
    "PAPER",
    "ROLE",
    "TONE",
    "bars",
    "error_surface",
    "heat_map",
    "lines_over_time",
    "lstm_cell",
    "lstm_unrolled",
    "matrix_picture",
    "new_figure",
    "show",
    "unrolled_graph",
    "use_book_style",
]
