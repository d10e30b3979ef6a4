"""Show a finished figure in a notebook and on the page."""

import re
import sys
from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from matplotlib.figure import Figure

from .mathtext import ITALIC, UPRIGHT, runs
from .style import SHOWN, WIDTHS
from .svg import svg

SHORTEST_ALT = 25
LARGEST = 200_000


class Shown:
    """What :func:`show` returns: HTML for pages, one line for terminals."""

    def __init__(self, html: str, text: str) -> None:
        self.html, self.text = html, text

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.text}

    def __repr__(self):
        return self.text


def show(
    figure: Figure | Iterable[Figure],
    alt: str | list[str],
    caption: str | None = None,
) -> Shown:
    """Turn a figure into inline SVG that follows the page's theme.

    ``figure`` is one figure, or a list of them, which stand side by side
    where there is room and below each other on a phone; then ``alt`` is a
    list as well. ``alt`` says in words what is seen, without LaTeX;
    ``caption`` may hold short mathematics between ``$``. The figure is closed.

    Returns an object that displays itself: make it the cell's last line.
    Raises ValueError for alternative text that is missing or says too
    little, text below 11 px, raster images, or more than 200 kB of drawing.
    """
    if caption is not None and not isinstance(caption, str):
        raise TypeError(f"caption must be a text; got {caption!r}")
    figures, alts = _pairs(figure, alt)
    drawings = "".join(
        _panel(one, words, alone=len(figures) == 1)
        for one, words in zip(figures, alts, strict=True)
    )
    if len(drawings) > LARGEST:
        raise ValueError(
            f"figure must take at most {LARGEST} bytes; got "
            f"{len(drawings)}: thin the data"
        )
    for one in figures:
        _close(one)
    below = ""
    if caption is not None:
        below = f"<figcaption>{_caption(caption)}</figcaption>\n"
    width = _shown_width(figures)
    html = (
        f'<figure class="book-figure" style="margin:1.8rem 0;'
        f'max-width:{width}px">\n{drawings}{below}</figure>'
    )
    return Shown(html, "\n".join(f"Figure: {words}" for words in alts))


def _pairs(figure, alt):
    if isinstance(figure, Figure):
        figures, alts = [figure], [alt]
    else:
        if not isinstance(figure, Iterable):
            raise TypeError(
                f"figure must be a Figure or a list of them; got {figure!r}"
            )
        figures, alts = list(figure), alt
        if not figures or not all(isinstance(f, Figure) for f in figures):
            raise ValueError(f"figure must be a Figure; got {figure!r}")
        if not isinstance(alt, list | tuple) or len(alt) != len(figures):
            raise ValueError(
                f"alt must be a list of {len(figures)} texts, one for each "
                f"figure; got {alt!r}"
            )
    return figures, [_alternative(words) for words in alts]


def _alternative(alt):
    words = " ".join(alt.split()) if isinstance(alt, str) else ""
    if len(words) < SHORTEST_ALT or " " not in words:
        raise ValueError(
            f"alt must be a sentence of at least {SHORTEST_ALT} characters "
            f"that says what is seen; got {alt!r}"
        )
    if re.search(r"[$\\]", words):
        raise ValueError(
            f"alt must hold no LaTeX, for it is read aloud; got {alt!r}"
        )
    return words


def _panel(figure, alt, alone):
    width = round(figure.get_size_inches()[0] * 72)
    if width <= WIDTHS["narrow"]:
        drawing = svg(figure, alt)
        if alone:
            return drawing + "\n"
        return (
            '<div style="display:inline-block;vertical-align:top;'
            f'width:{width}px;max-width:100%">{drawing}</div>\n'
        )
    return (
        f'<div style="overflow-x:auto" tabindex="0" role="group" '
        f'aria-label="Wide figure, scrolls sideways">'
        f"{svg(figure, alt, minimum=width)}</div>\n"
    )


def _shown_width(figures):
    if len(figures) > 1:
        return SHOWN[WIDTHS["wide"]]
    width = round(figures[0].get_size_inches()[0] * 72)
    return SHOWN.get(width, round(width * 4 / 3))


def _close(figure):
    """Forget the figure where pyplot made it, so it is not shown twice."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close(figure)


def _caption(caption):
    pieces = []
    for run in runs(caption):
        text = escape(run.text)
        if run.font != "sans":
            family = ITALIC if run.font == "italic" else UPRIGHT
            slant = "font-style:italic;" if run.font == "italic" else ""
            style = quoteattr(f"{slant}font-family:{family}")
            text = f"<span style={style}>{text}</span>"
        tag = {-1: "sub", 0: "", 1: "sup"}[run.level]
        pieces.append(f"<{tag}>{text}</{tag}>" if tag else text)
    return "".join(pieces)
