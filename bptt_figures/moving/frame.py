"""What every explorable shares: its markup, its style, its script.

An explorable is a piece of HTML that needs nothing else: a static state
that can be read without scripts, and a module that makes it move.
"""

import html
import json
import math
import re
from itertools import pairwise
from pathlib import Path

HERE = Path(__file__).parent
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class Explorable:
    """An interactive figure, displayed by a notebook as HTML.

    `summary` is shown where HTML is not.
    """

    def __init__(self, summary, markup):
        self.summary = summary
        self.html = markup

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {
            "text/html": self.html,
            "text/plain": f"Interactive figure: {self.summary}",
        }


def assemble(name, summary, model, markup, style=""):
    """Return the Explorable whose module is `name`.mjs.

    `model` is what the module computes with, `markup` the static state;
    each element that moves carries `data-p` with the name of its part;
    `style` is what the figure adds to the common style, in rules on `.bx`.
    Rows are `hidden` until the style shows them: where a notebook is not
    trusted, style and drawing are gone, and the sentences are left.
    """
    tag = "bptt-" + name.replace("_", "-")
    common = (HERE / "frame.css").read_text(encoding="utf-8")
    # two figures may stand in one document, each with its own style
    style = style.replace(".bx ", f"{tag}.bx ")
    markup = re.sub(r">\s*\n\s*<", "><", markup.strip())
    markup = re.sub(r"\s*\n\s*", " ", markup)
    data = html.escape(json.dumps(model, separators=(",", ":")))
    return Explorable(
        summary,
        f"<style>{_compact_style(common + style)}</style>"
        f'<{tag} class="bx" role="group" data-model="{data}" '
        f'aria-label="Interactive figure: {summary}">'
        '<p class="bx-run">To see this figure and to move it, trust the '
        f"notebook and run this cell.</p>\n{markup}</{tag}>\n"
        f'<script type="module">\n{_script(name)}</script>',
    )


def _compact_style(text):
    return re.sub(r"\s*([{};,])\s*|(?<=:)\s+", r"\1", text)


def _script(name):
    """Return a module after those functions of frame.mjs that it imports."""
    shared = (HERE / "frame.mjs").read_text(encoding="utf-8")
    module = (HERE / f"{name}.mjs").read_text(encoding="utf-8")
    imports, module = module.split('from "./frame.mjs";\n')
    blocks = [
        block
        for block in shared.split("\n\n")
        if set(re.findall(r"^export const (\w+)", block, re.MULTILINE))
        & set(re.findall(r"\w+", imports))
    ]
    text = "\n".join([*blocks, module])
    text = re.sub(r"^\s*(//.*)?\n?", "", text, flags=re.MULTILINE)
    return re.sub(r"^export ", "", text, flags=re.MULTILINE)


def slider(name, words, low, high, step, value, shown=None):
    """Return a labelled range input; `words` begin with its symbol."""
    shown = value if shown is None else shown
    return (
        f"<label><span>{words}</span>"
        f'<b aria-hidden="true" data-p="{name}=">{shown}</b>'
        f'<input type="range" data-p="{name}" min="{low}" max="{high}" '
        f'step="{step}" value="{value}" aria-valuetext="{shown}" '
        'autocomplete="off">'
        "</label>"
    )


def choice(name, words, options):
    """Return a labelled select; the first of `options` is selected."""
    items = "".join(f"<option>{option}</option>" for option in options)
    return (
        f"<label><span>{words}</span>"
        f'<select data-p="{name}" autocomplete="off">{items}</select></label>'
    )


def number(value):
    """Return 0.123, 12.3 or 4.5 × 10⁻⁷."""
    size = abs(value)
    if value == 0 or 0.01 <= size < 1000:
        digits = math.floor(math.log10(size)) if size else 0
        return f"{value:.{max(0, 2 - max(digits, -1))}f}".replace("-", "−")
    mantissa, exponent = f"{value:.1e}".split("e")
    power = str(int(exponent)).translate(SUPERSCRIPT)
    return f"{mantissa}\u00a0×\u00a010{power}".replace("-", "−")


def sub(symbol, t):
    """Return h₃ for ("h", 3)."""
    return symbol + str(t).translate(SUBSCRIPT)


def line(points):
    """Return the path data of a line through (x, y) pairs."""
    return "".join(
        f"{'L' if i else 'M'}{x:.1f} {y:.1f}"
        for i, (x, y) in enumerate(points)
    )


def cut(points, low, high):
    """Return the points up to the first that leaves [low, high], cut there."""
    kept = []
    for x1, y1 in points:
        if kept and not low <= y1 <= high:
            x0, y0 = kept[-1]
            y = low if y1 < low else high
            kept.append((x0 + (x1 - x0) * (y - y0) / (y1 - y0), y))
            break
        kept.append((x1, y1))
    return kept


def spread(heights):
    """Return heights for labels that want these, at least 15 apart."""
    order = sorted(range(len(heights)), key=heights.__getitem__)
    places = list(heights)
    for _ in range(30):
        for i, j in pairwise(order):
            push = max(0, 15 - places[j] + places[i]) / 2
            places[i] -= push
            places[j] += push
    return places


def path(css, data, part=None):
    """Return a path element of the class `css`."""
    name = f' data-p="{part}"' if part else ""
    return f'<path class="{css}" d="{data}"{name}/>'


def text(x, y, words, css="", part=None):
    """Return a text element of the class `css`."""
    name = f' data-p="{part}"' if part else ""
    kind = f' class="{css}"' if css else ""
    return f'<text x="{x}" y="{y}"{kind}{name}>{words}</text>'
