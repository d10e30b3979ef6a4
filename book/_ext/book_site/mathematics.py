"""Mathematics as HTML, made by KaTeX while the book is built.

A formula that KaTeX rejects is reported with its place, and the build fails
after the last page, so that one run names them all.
"""

import os

import sphinxcontrib.katex as katex
from docutils import nodes
from pathlib import Path
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

LOG = logging.getLogger(__name__)
REJECTED = []


def render(node, display):
    """Return the HTML of a formula node, or report why there is none."""
    latex = node.astext()
    try:
        return katex.render_latex(latex, {"displayMode": display})
    except katex.KaTeXError as error:
        REJECTED.append(latex)
        LOG.error("KaTeX rejects %s: %s", latex, error, location=node)
        return ""


def visit_inline(writer, node):
    writer.body.append(writer.starttag(node, "span", "", CLASS="math"))
    writer.body.append(render(node, display=False) + "</span>")
    raise nodes.SkipNode


def visit_display(writer, node):
    """A scrolling formula, and beside it a number that stays in view."""
    writer.body.append(writer.starttag(node, "div", CLASS="math"))
    writer.body.append(f'<div class="formula">{render(node, True)}</div>')
    if node["number"]:
        number = get_node_equation_number(writer, node)
        label = node.get("label", "")
        writer.body.append(f'<span class="eqno" title="{label}">({number})')
        writer.add_permalink_ref(node, f"Link to equation {label}")
        writer.body.append("</span>")
    writer.body.append("</div>\n")
    raise nodes.SkipNode


def start(app):
    REJECTED.clear()
    here = Path(__file__).parent
    os.environ["BOOK_KATEX"] = str(katex.SRC_DIR / "katex.min.js")
    katex.KaTeXServer.katex_path = here / "katex_strict.js"
    app.config.html_static_path.append(str(here.parents[1] / "_vendor"))
    app.add_css_file("katex/katex.min.css")


def finish(app, exception):
    if REJECTED and exception is None:
        raise ExtensionError(f"KaTeX rejects {len(REJECTED)} formulas")


def setup(app):
    app.add_html_math_renderer(
        "book", (visit_inline, None), (visit_display, None)
    )
    app.connect("builder-inited", start)
    app.connect("build-finished", finish)
