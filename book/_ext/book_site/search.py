"""The search finds places: headings and numbered equations, not pages.

While the book is built, every heading and every equation becomes one entry
of a list that stands in the search page itself. `_assets/search.js` ranks
the entries in the browser; nothing is asked of a server.
"""

import json
import re
from pathlib import PurePosixPath

from docutils import nodes

from .mathematics import labelled, reading_order

# What a place is called elsewhere: whoever writes the first means the second.
ALSO = {
    "bptt": "backpropagation through time",
    "vanishing gradient problem": "vanishing gradients",
    "gradient explosion": "exploding gradients",
    "initialization": "orthogonal start",
}
# Lists of what stands elsewhere: a chapter that says it comes first.
LISTS = ("intro", "cheat_sheet", "errata", "ledger", "notation", "reference")
SIGNS = {
    r"\partial": "∂", r"\delta": "δ", r"\sigma": "σ", r"\hat y": "ŷ",
    r"\bar L": "L̄", r"\odot": "⊙", r"\sum": "Σ", r"\prod": "Π",
    r"\top": "⊤", r"\tanh": "tanh", r"\times": "×", r"\cdot": "·",
    r"\beta": "β", r"\alpha": "α", r"\lambda": "λ", r"\varepsilon": "ε",
    r"\rho": "ρ", r"\le": "≤", r"\ge": "≥", r"\to": "→", r"\dots": "…",
    r"\log": "log", r"\exp": "exp", r"\max": "max", r"\infty": "∞",
    r"\approx": "≈", r"\ne": "≠", r"\in": "∈", r"\star": "⋆",
    r"\mathbb R": "ℝ", r"\quad": " ", r"\,": " ", r"\;": " ", r"\ ": " ",
}  # fmt: skip
FRACTION = re.compile(r"\\frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
STYLE = re.compile(
    r"\\(?:operatorname|text|mathrm|mathbf|left|right|big|Big)(?![a-z])"
    r"|\\class\{[\w-]*\}|&|\\\\"
)


def plain(latex):
    """A formula as a line of text; "…" where it needs more than a line."""
    text = STYLE.sub(" ", latex)
    while (shorter := FRACTION.sub(r"\1/\2", text)) != text:
        text = shorter
    for sign in sorted(SIGNS, key=len, reverse=True):
        text = re.sub(re.escape(sign) + "(?![A-Za-z])", SIGNS[sign], text)
    text = " ".join(re.sub(r"[{}]", "", text.replace("^⊤", "⊤")).split())
    return "…" if "\\" in text else text


def words_of(node):
    """The text of a paragraph, formulas as text, no mark-up."""
    said = []
    for part in node.findall(nodes.Text):
        formula = isinstance(part.parent, nodes.math)
        said.append(plain(str(part)) if formula else str(part))
    return " ".join("".join(said).split())


def prose(section):
    """Its paragraphs, without those of sections inside and without code."""
    hidden = nodes.literal_block, nodes.comment, nodes.raw, nodes.title
    for child in section.children:
        if isinstance(child, nodes.paragraph):
            yield words_of(child)
        elif (
            isinstance(child, nodes.Element)
            and not isinstance(child, (*hidden, nodes.math_block))
            and not is_place(child)
        ):
            yield from prose(child)


def stressed(section):
    """What it says in bold or italics: the names that it introduces."""
    for node in section.findall(
        lambda one: isinstance(one, nodes.strong | nodes.emphasis)
    ):
        if section_around(node) is section:
            yield node.astext()


def before(formula):
    """The paragraph that leads to a display."""
    parent = formula.parent
    for node in reversed(parent.children[: parent.index(formula)]):
        if isinstance(node, nodes.paragraph):
            return words_of(node)
    return ""


def is_place(node):
    """A section with a heading; those inside exercises have none."""
    return isinstance(node, nodes.section) and isinstance(
        node.next_node(), nodes.title
    )


def section_around(node):
    while not is_place(node):
        node = node.parent
    return node


def also(title):
    low = title.lower()
    return [name for name, means in ALSO.items() if means in low]


def places_of(app, page, equations):
    """Every heading of a page, and under each its equations."""
    env = app.env
    doctree = env.get_doctree(page)
    numbers = env.toc_secnumbers.get(page, {})
    formulas = {}
    for formula in doctree.findall(nodes.math_block):
        if formula.get("label") in equations:
            section = section_around(formula)
            formulas.setdefault(id(section), []).append(formula)
    for section in doctree.findall(is_place):
        title = words_of(section.next_node(nodes.title))
        top = not isinstance(section.parent, nodes.section)
        anchor = "" if top else section["ids"][0]
        number = numbers.get(f"#{anchor}" if anchor else "", ())
        yield {
            "kind": "page" if top else "section",
            "anchor": anchor,
            "number": ".".join(map(str, number)),
            "title": title,
            "also": also(title),
            "stressed": " ".join(stressed(section)),
            "text": " ".join(prose(section)),
        }
        for formula in formulas.get(id(section), ()):
            equation = equations[formula["label"]]
            yield {
                "kind": "equation",
                "anchor": equation["anchor"],
                "number": equation["number"],
                "title": title,
                "name": equation["label"],
                "text": before(formula),
            }


def places(app):
    """The pages, in reading order, and all their places."""
    equations = {one["label"]: one for one in labelled(app)}
    pages, found = [], []
    for page in reading_order(app.env, app.config.root_doc):
        name = PurePosixPath(page).name
        pages.append(
            {
                "url": app.builder.get_relative_uri("search", page),
                "title": app.env.titles[page].astext(),
                "list": name in LISTS,
            }
        )
        for place in places_of(app, page, equations):
            found.append({"page": len(pages) - 1, **place})
    return {"pages": pages, "places": found}


def add_places(app, pagename, templatename, context, doctree):
    if pagename == "search":
        text = json.dumps(places(app), ensure_ascii=False)
        context["places"] = text.replace("<", "\\u003c")


def leave_sphinx_search(app):
    """Its index knows pages alone, and every page would be read twice."""
    app.builder.search = False


def setup(app):
    app.connect("builder-inited", leave_sphinx_search)
    app.connect("html-page-context", add_places)
