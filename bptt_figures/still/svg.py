"""A small matplotlib renderer that writes the SVG this book needs.

Text stays text, black and greys become ``currentColor``, white becomes the
page's background, role tones become CSS variables with a fallback, and every
coordinate is cut to two decimals, so that the same figure gives the same
bytes on every machine.
"""

import hashlib
import math
from xml.sax.saxutils import escape, quoteattr

from matplotlib import rc_context
from matplotlib.backend_bases import FigureCanvasBase, RendererBase
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.font_manager import weight_dict
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

from .mathtext import ITALIC, SANS, UPRIGHT, runs
from .style import BOOK_RC, ROLE, TONE

SMALLEST_TEXT = 11
BACKGROUND = "var(--paper,var(--jp-layout-color0,Canvas))"

_FAMILY = {"italic": "var(--math)", "upright": "var(--upright)"}
_FONTS = f"--math:{ITALIC};--upright:{UPRIGHT}"
_COMMAND = {
    Path.MOVETO: "M",
    Path.LINETO: "L",
    Path.CURVE3: "Q",
    Path.CURVE4: "C",
    Path.CLOSEPOLY: "Z",
}
_ANCHOR = {"left": None, "center": "middle", "right": "end"}
_SERIF_SCALE = 1.12
_SCRIPT_SCALE = 0.72
_SHIFT = {0: 0, -1: 0.22, 1: -0.38}


def coordinate(value):
    """A coordinate as text: two decimals at most, and no minus zero."""
    if not math.isfinite(value):
        raise ValueError(
            f"a coordinate must be finite; got {value}: mask or clip the data"
        )
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def paint(rgba, alpha, text=False):
    """Colour and opacity (None when 1) as a page in either theme needs."""
    name = to_hex(rgba[:3])
    red, green, blue = rgba[:3]
    for role, tone in TONE.items():
        if name == tone or (text and name == ROLE[role]):
            fallback = "currentColor" if text else ROLE[role]
            name = f"var(--role-{role[0].lower()},{fallback})"
    if red == green == blue:
        name = BACKGROUND if red == 1 else "currentColor"
        alpha *= 1 if red == 1 else 1 - red
    return name, None if coordinate(alpha) == "1" else coordinate(alpha)


class BookRenderer(RendererBase):
    """Collects SVG elements; see the module's docstring."""

    def __init__(self, width, height):
        super().__init__()
        self.width, self.height = width, height
        self.elements = []
        self.clips = {}
        self.groups = []
        self.alignment = {}

    # What matplotlib asks of a renderer ------------------------------------

    def get_canvas_width_height(self):
        return self.width, self.height

    def flipy(self):
        return True

    def points_to_pixels(self, points):
        return points

    def get_text_width_height_descent(self, s, prop, ismath):
        measure = super().get_text_width_height_descent
        if not ismath:
            return measure(s, prop, False)
        height, descent = measure(s, prop, True)[1:]
        size = prop.get_size_in_points()
        width = sum(
            measure(run.text, prop, False)[0] * _size(run, size) / size
            for run in runs(s)
        )
        return width, height, descent

    def open_group(self, s, gid=None):
        self.groups.append(gid)
        if gid:
            self.elements.append(f"<g data-part={quoteattr(gid)}>")

    def close_group(self, s):
        if self.groups.pop():
            self.elements.append("</g>")

    def draw_path(self, gc, path, transform, rgbFace=None):
        line, fill = gc.get_linewidth(), rgbFace is not None
        stroke = line > 0 and gc.get_rgb()[3] > 0
        fill = fill and (len(rgbFace) < 4 or rgbFace[3] > 0)
        outline = self._outline(path, transform, fill, gc)
        if not outline or not (stroke or fill):
            return
        attributes = {"d": outline}
        if fill:
            alpha = rgbFace[3] if len(rgbFace) == 4 else 1
            alpha = gc.get_alpha() if gc.get_forced_alpha() else alpha
            colour, opacity = paint(rgbFace, alpha)
            attributes |= {"fill": colour, "fill-opacity": opacity}
        else:
            attributes["fill"] = "none"
        if stroke:
            attributes |= self._stroke(gc)
        attributes["clip-path"] = self._clip(gc, path, transform)
        self._element("path", attributes)

    def draw_image(self, gc, x, y, im, transform=None):
        raise ValueError(
            "a figure holds a raster image, which cannot follow the page's "
            "theme: draw it with heat_map, lines or contours"
        )

    def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):
        size = prop.get_size_in_points()
        if size < SMALLEST_TEXT:
            raise ValueError(
                f"text {s!r} must be at least {SMALLEST_TEXT} px high, to be "
                f"read on a phone; got {coordinate(size)} px"
            )
        x, y, align = self._anchor(x, y, s, prop, angle, ismath, mtext)
        rgb = gc.get_rgb()
        alpha = gc.get_alpha() if gc.get_forced_alpha() else rgb[3]
        colour, opacity = paint(rgb, alpha, text=True)
        weight = prop.get_weight()
        weight = weight_dict.get(weight, weight)
        turn = f"rotate({coordinate(-angle)} {coordinate(x)} {coordinate(y)})"
        attributes = {
            "x": coordinate(x),
            "y": coordinate(y),
            "transform": turn if angle else None,
            "text-anchor": _ANCHOR[align],
            "font-size": coordinate(size),
            "font-weight": None if weight == 400 else str(weight),
            "font-style": None if prop.get_style() == "normal" else "italic",
            "fill": None if colour == "currentColor" else colour,
            "fill-opacity": opacity,
        }
        content = _spans(runs(s), size) if ismath else escape(s)
        self._element("text", attributes, content)

    # What it is made of ----------------------------------------------------

    def _element(self, tag, attributes, content=""):
        written = "".join(
            f" {name}={quoteattr(value)}"
            for name, value in attributes.items()
            if value is not None
        )
        end = f">{content}</{tag}>" if content else "/>"
        self.elements.append(f"<{tag}{written}{end}")

    def _flipped(self, transform):
        return transform + Affine2D().scale(1, -1).translate(0, self.height)

    def _outline(self, path, transform, fill, gc):
        clip = None if fill else (-99, -99, self.width + 99, self.height + 99)
        pieces, before = [], None
        for points, code in path.iter_segments(
            self._flipped(transform), clip=clip, simplify=False
        ):
            if code == Path.CLOSEPOLY:
                piece = "Z"
            else:
                piece = _COMMAND[code] + " ".join(map(coordinate, points))
            if piece != before:
                pieces.append(piece)
            before = piece
        return "".join(pieces)

    def _stroke(self, gc):
        rgb = gc.get_rgb()
        alpha = gc.get_alpha() if gc.get_forced_alpha() else rgb[3]
        colour, opacity = paint(rgb, alpha)
        offset, dashes = gc.get_dashes()
        cap, join = gc.get_capstyle(), gc.get_joinstyle()
        return {
            "stroke": colour,
            "stroke-opacity": opacity,
            "stroke-width": coordinate(gc.get_linewidth()),
            "stroke-dasharray": dashes and " ".join(map(coordinate, dashes)),
            "stroke-dashoffset": coordinate(offset) if offset else None,
            "stroke-linecap": {"projecting": "square", "round": "round"}.get(
                cap
            ),
            "stroke-linejoin": None if join == "round" else join,
        }

    def _clip(self, gc, path, transform):
        """A reference to the clip rectangle, where the path leaves it."""
        box = gc.get_clip_rectangle()
        shape, place = gc.get_clip_path()
        if box is None and shape is None:
            return None
        if box is not None:
            reach = path.get_extents(transform)
            room = gc.get_linewidth() / 2 + 0.01
            inside = (
                reach.x0 >= box.x0 - room
                and reach.x1 <= box.x1 + room
                and reach.y0 >= box.y0 - room
                and reach.y1 <= box.y1 + room
            )
            if inside:
                return None
            x, y = box.x0, self.height - box.y1
            names = ("x", "y", "width", "height")
            sizes = (x, y, box.width, box.height)
            rect = "".join(
                f' {name}="{coordinate(size)}"'
                for name, size in zip(names, sizes, strict=True)
            )
            inner = f"<rect{rect}/>"
        else:
            inner = f'<path d="{self._outline(shape, place, True, gc)}"/>'
        index = self.clips.setdefault(inner, len(self.clips))
        return f"url(#@{index})"

    def _anchor(self, x, y, s, prop, angle, ismath, mtext):
        """The point and side at which the text is pinned."""
        sine, cosine = (
            math.sin(math.radians(angle)),
            math.cos(math.radians(angle)),
        )
        if mtext and (angle == 0 or mtext.get_rotation_mode() == "anchor"):
            place = mtext.get_unitless_position()
            pin_x, pin_y = mtext.get_transform().transform(place)
            pin_y = self.height - pin_y
            down = sine * (x - pin_x) + cosine * (y - pin_y)
            return pin_x + down * sine, pin_y + down * cosine, mtext.get_ha()
        if mtext:
            return x, y, "left"
        align = self.alignment.get(s, "left")
        width = self.get_text_width_height_descent(s, prop, ismath)[0]
        along = {"left": 0, "center": width / 2, "right": width}[align]
        return x + along * cosine, y - along * sine, align


class BookCanvas(FigureCanvasBase):
    """Lets matplotlib's layout measure text as the renderer does."""

    def get_renderer(self):
        width, height = self.figure.get_size_inches() * 72
        return BookRenderer(width, height)


def _size(run, size):
    """Serifs look smaller than sans at one size; scripts stay legible."""
    scale = 1 if run.font == "sans" else _SERIF_SCALE
    if run.level:
        return max(scale * _SCRIPT_SCALE * size, SMALLEST_TEXT)
    return scale * size


def _spans(found, size):
    """Runs as tspans that follow each other, whatever font the reader has."""
    spans, level = [], 0
    for run in found:
        shift = _SHIFT[run.level] - _SHIFT[level]
        own = _size(run, size)
        attributes = {
            "dy": coordinate(shift * size) if shift else None,
            "font-size": None if own == size else coordinate(own),
            "font-family": _FAMILY.get(run.font),
            "font-style": "italic" if run.font == "italic" else None,
        }
        written = "".join(
            f" {name}={quoteattr(value)}"
            for name, value in attributes.items()
            if value is not None
        )
        spans.append(f"<tspan{written}>{escape(run.text)}</tspan>")
        level = run.level
    return "".join(spans)


def svg(figure: Figure, alt: str, minimum: float = 0) -> str:
    """The figure as one ``<svg>`` element: text, coordinates in CSS pixels.

    ``alt`` is what is read aloud; ``minimum`` is the least width it may be
    shrunk to. Ids start with a hash of the drawing and its alternative text,
    so figures on one page do not collide.
    """
    figure.set_dpi(72)
    canvas = figure.canvas
    if not isinstance(canvas, BookCanvas):
        canvas = BookCanvas(figure)
    renderer = canvas.get_renderer()
    for text in figure.findobj(Text):
        for line in text.get_text().split("\n"):
            renderer.alignment[line] = text.get_horizontalalignment()
    with rc_context(BOOK_RC):
        figure.draw(renderer)
    width, height = coordinate(renderer.width), coordinate(renderer.height)
    clips = "".join(
        f'<clipPath id="@{index}">{inner}</clipPath>'
        for inner, index in renderer.clips.items()
    )
    drawing = "\n".join(renderer.elements)
    if clips:
        drawing = f"<defs>{clips}</defs>{drawing}"
    style = "display:block;width:100%;height:auto;overflow:visible"
    if minimum:
        style += f";min-width:{coordinate(minimum)}px"
    if "var(--" in drawing:
        style += f";{_FONTS}"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" '
        f"aria-label={quoteattr(alt)} "
        f'viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'style="{style}" fill="currentColor" stroke-linejoin="round" '
        f'font-family="{SANS}">\n'
    )
    digest = hashlib.sha256((head + drawing).encode()).hexdigest()[:10]
    for mark in ('id="@', "url(#@"):
        drawing = drawing.replace(mark, f"{mark[:-1]}f{digest}-")
    return f"{head}{drawing}\n</svg>"
