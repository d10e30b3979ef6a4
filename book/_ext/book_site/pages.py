"""What surrounds the text of a page: head, files beside the pages, 404.

The theme's scripts and styles are replaced by one stylesheet and one script,
so that a page makes few requests and none to a foreign place.
"""

import hashlib
import os
import re
import shutil
import textwrap
from html import escape
from pathlib import Path

from docutils import nodes

HERE = Path(__file__).parent
ASSETS = HERE.parents[1] / "_assets"
KATEX = HERE.parents[1] / "_vendor" / "katex"
SCRIPTS = ("book", "search")
EMPTY_HEADER = re.compile(r"<th\b[^>]*>\s*(?:<p></p>)?\s*</th>")
REPEATED_ID = re.compile(r' id="(?:exercise|solution)-content"')
SHORTEST_DESCRIPTION, LONGEST_DESCRIPTION = 50, 160
SENTENCE = re.compile(r"\S.*?[.?!](?=\s|$)")


def stylesheet():
    """KaTeX's style and ours as one file: one request before first paint."""
    parts = (KATEX / "katex.min.css", ASSETS / "book.css")
    return "\n".join(part.read_text(encoding="utf-8") for part in parts)


def fingerprint(text):
    """Changes with the text, so that no browser keeps an old file."""
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def sentences(paragraph):
    """The sentences of a paragraph: no formula, no lead-in of few words."""
    words = []
    for part in paragraph.findall(nodes.Text):
        formula = isinstance(part.parent, nodes.math)
        words.append("$" if formula else part.astext())
    text = " ".join("".join(words).split())
    return [
        one
        for one in SENTENCE.findall(text)
        if "$" not in one and len(one.split()) > 4
    ]


def description(doctree):
    """The first sentences of a page, as many as a search result shows."""
    kept = ""
    for paragraph in doctree.findall(nodes.paragraph):
        if not isinstance(paragraph.parent, nodes.section):
            continue
        for sentence in sentences(paragraph):
            longer = f"{kept} {sentence}".strip()
            if len(longer) > LONGEST_DESCRIPTION:
                if len(kept) > SHORTEST_DESCRIPTION:
                    return kept
                return textwrap.shorten(
                    longer, LONGEST_DESCRIPTION, placeholder=" …"
                )
            kept = longer
        if len(kept) > SHORTEST_DESCRIPTION:
            break
    return kept


def mend(body):
    """Take out what docutils and sphinx-exercise write against the rules."""
    body = body.replace(' role="doc-biblioentry"', "")
    body = body.replace('<div role="list" class=', "<div class=")
    body = REPEATED_ID.sub("", body)
    return EMPTY_HEADER.sub("<td></td>", body)


def add_to_context(app, pagename, templatename, context, doctree):
    context["book_css"] = f"book.css?v={fingerprint(stylesheet())}"
    for name in SCRIPTS:
        script = (ASSETS / f"{name}.js").read_text(encoding="utf-8")
        context[f"{name}_js"] = f"{name}.js?v={fingerprint(script)}"
    context["body"] = mend(context.get("body", ""))
    context["has_formulas"] = 'class="katex"' in context["body"]
    context["described"] = description(doctree) if doctree else ""
    context["card"] = app.config.html_baseurl + "_static/card.png"
    context["has_pdf"] = app.config.book_pdf


def write_files(app, exception):
    """Put our files beside the pages and drop those that no page loads."""
    if exception is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    static = out / "_static"
    for item in static.iterdir():
        if item.is_dir():
            shutil.rmtree(item)
        else:
            item.unlink()
    (static / "book.css").write_text(stylesheet(), encoding="utf-8")
    for name in (*(f"{script}.js" for script in SCRIPTS), "logo.svg"):
        shutil.copyfile(ASSETS / name, static / name)
    shutil.copyfile(KATEX / "LICENSE", static / "katex-LICENSE.txt")
    shutil.copytree(KATEX / "fonts", static / "fonts")
    base = app.config.html_baseurl
    write_missing_page(app, out / "404.html")
    if not app.config.book_pdf:
        (out / "book.pdf").unlink(missing_ok=True)
    if base:
        write_sitemap(app, base, out / "sitemap.xml")
        from .card import draw

        draw(app.config.html_title, static / "card.png")


def write_missing_page(app, path):
    """A page that works at any depth: everything it shows is inside it.

    Where no address is known the site is served at the root of its host.
    """
    home = (app.config.html_baseurl or "/") + app.builder.get_target_uri(
        app.config.root_doc
    )
    title = escape(app.config.html_title)
    text = (ASSETS / "404.html").read_text(encoding="utf-8")
    text = text.replace("{home}", escape(home)).replace("{title}", title)
    path.write_text(text, encoding="utf-8")


def write_sitemap(app, base, path):
    places = (
        f"  <url><loc>{escape(base + app.builder.get_target_uri(name))}"
        "</loc></url>"
        for name in sorted(app.env.found_docs)
    )
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        + "\n".join(places)
        + "\n</urlset>\n",
        encoding="utf-8",
    )


def configure(app, config):
    """Use our templates; build everything anew when one of our files changes.

    The path is relative, so that two folders build the same bytes.
    """
    templates = os.path.relpath(HERE / "templates", app.confdir)
    config.templates_path.insert(0, templates)
    config.book_pdf = bool(os.environ.get("BOOK_PDF"))
    ours = [*HERE.rglob("*"), *ASSETS.iterdir(), *KATEX.glob("*.js")]
    config.book_site_digest = fingerprint(
        "\n".join(
            path.read_text(encoding="utf-8")
            for path in sorted(ours)
            if path.is_file() and path.suffix != ".pyc"
        )
    )


def setup(app):
    app.add_config_value("book_site_digest", "", "env")
    # Set by `make pdf`; a change writes every page anew, with or without
    # the link to the PDF.
    app.add_config_value("book_pdf", False, "html", bool)
    app.connect("config-inited", configure)
    app.connect("html-page-context", add_to_context, priority=900)
    app.connect("build-finished", write_files, priority=900)
