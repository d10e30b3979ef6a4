"""Mathematics as HTML, made by KaTeX while the book is built.

A formula that KaTeX rejects is reported with its place, and the build fails
after the last page, so that one run names them all.
"""

import re

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.math import get_node_equation_number

from . import symbols
from .renderer import RENDERER
from .verdicts import mark

BASE, END = '<span class="base">', "</span></span>"
# "(" before a formula, a comma or "’s" after it.
OPENS = re.compile(r"(?<!\S)[^\s\w)]{1,2}$")
CLOSES = re.compile(r"^[^\s(—–][^\s—–]{0,2}(?=\s|$)")


def touching(signs, neighbours):
    """The signs with which the one neighbour, if it is text, touches."""
    for text in neighbours:
        if isinstance(text, nodes.Text) and (found := signs.search(text)):
            return found[0]
    return ""


class KeepTogether(SphinxPostTransform):
    """A formula and the signs that touch it share a line.

    Browsers break a line at the edge of a formula, whatever stands there.
    """

    default_priority = 900
    formats = ("html",)

    def run(self, **kwargs):
        for formula in list(self.document.findall(nodes.math)):
            self.join(formula)

    def join(self, formula):
        parent = formula.parent
        at = parent.index(formula)
        opens = touching(OPENS, parent[max(at - 1, 0) : at])
        closes = touching(CLOSES, parent[at + 1 : at + 2])
        if not opens and not closes:
            return
        together = nodes.inline(classes=["together"])
        parent[at] = together
        if opens:
            parent[at - 1] = nodes.Text(parent[at - 1][: -len(opens)])
            together += nodes.Text(opens)
        together += formula
        if closes:
            parent[at + 1] = nodes.Text(parent[at + 1][len(closes) :])
            together += nodes.Text(closes)


def visit_inline(writer, node):
    html = RENDERER.of_node(node, RENDERER.html, "")
    # A line may end before the last part of a formula, see KeepTogether.
    start, last = html.rpartition(BASE)[::2]
    if start:
        last = last.removesuffix(END)
        html = f'{start}<span class="last">{BASE}{last}</span>{END}'
    writer.body.append(writer.starttag(node, "span", "", CLASS="math"))
    writer.body.append(html + "</span>")
    raise nodes.SkipNode


def visit_display(writer, node):
    """A formula that scrolls, and beside it a number that stays in view."""
    label = node.get("label") or ""
    writer.body.append(writer.starttag(node, "div", CLASS="math"))
    wanted = symbols.wanted(writer, node)
    roles = symbols.roles(writer)
    html, explained = RENDERER.of_node(
        node, lambda latex: RENDERER.explained(latex, wanted, roles), ("", [])
    )
    symbols.explained(writer, node, explained)
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
    if pagename == "equations":
        context["equations"] = list(labelled(app))


def setup(app):
    app.add_post_transform(KeepTogether)
    app.add_html_math_renderer(
        "book", (visit_inline, None), (visit_display, None)
    )
    app.connect("html-page-context", list_equations)
    app.connect("build-finished", RENDERER.finish)
