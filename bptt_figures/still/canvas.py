"""Drawing the graphs of the book: nodes, weights, forward and backward edges.

Circles are quantities, squares are parameters or gates. Forward edges are
solid, backward edges dashed and in the gradient's red. A lit path stands out
because everything else turns pale. Lengths are CSS pixels.
"""

import numpy as np
from matplotlib.patches import Circle, FancyBboxPatch, PathPatch, Polygon
from matplotlib.path import Path

from .style import INK, PALE, PAPER, ROLE, SYMBOL, TONE

FAINT = "#bfbfbf"
MUTED = "#595959"
RADIUS, MARGIN = 16, 6
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
            xy[0],
            xy[1] - 0.34 * size,
            label,
            fontsize=size,
            ha="center",
            va="baseline",
            **style,
        )

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
            (xy[0] - half, xy[1] - half),
            2 * half,
            2 * half,
            boxstyle="round,pad=0,rounding_size=3",
        )
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
            Path(points, codes),
            facecolor="none",
            joinstyle="round",
            gid=f"{kind} {name}",
            **style,
        )
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
            "edgecolor": ROLE["delta"],
            "linewidth": 1.5,
            "linestyle": _DASH,
        },
        "lit": {
            "edgecolor": ROLE["delta"],
            "linewidth": 2.6,
            "linestyle": _DASH,
        },
    }[kind].copy()
