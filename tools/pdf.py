"""Print the whole built site as one PDF, book.pdf beside its pages.

    python -m tools.pdf [folder of the built site]

The pages are laid behind a cover and a table of contents, in reading order,
as one document without scripts, so that every figure that moves shows its
static state. Chromium prints it twice, a draft and the book, since the sheet
on which a chapter starts is known only afterwards. Every file comes from the
folder; nothing is loaded from elsewhere.
`make pdf` builds a site that links to the result.
"""

import os
import re
import shutil
import sys
from contextlib import contextmanager
from html import escape
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).parents[1]
# The first is Chromium without the parts that draw windows: it is faster.
PROGRAMS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "chrome",
)
ADDRESS = "http://book.invalid/"
OUTLINE = re.compile(
    r'<span class="caption-text">(?P<part>.*?)</span>'
    r'|<li class="toctree-l1[^"]*"><a class="reference internal" '
    r'href="(?P<page>[^"#]+)">(?P<title>.*?)</a>'
)
STYLE = """
@page { size: A4; margin: 20mm 20mm 22mm;
  @bottom-center { content: counter(page); font: 9pt system-ui, sans-serif; color: #444; } }
@page :first { @bottom-center { content: none; } }
html { font-size: 10pt; }
.sheet, .contents { break-before: page; }
.cover { padding-top: 60mm; }
.cover h1 { font-size: 34pt; line-height: 1.15; margin: 0 0 8mm; max-width: 14em; }
.cover p { font-size: 13pt; max-width: 28em; color: #444; }
.cover img { width: 40mm; margin-bottom: 12mm; }
.contents ol { list-style: none; padding: 0; }
.contents .part { margin-top: 1.2rem; font-weight: 600; }
.contents a { display: flex; gap: 1rem; padding: .15rem 0; }
.contents a span { margin-left: auto; font-variant-numeric: tabular-nums; }
.cell_input { break-inside: avoid; }
.sheet .toctree-wrapper ul ul { display: none; }
/* What only a screen reader sees takes no room, and a third of the time. */
.draft .katex-mathml { display: none; }
"""  # noqa: E501


def browser_program():
    """Return the path of a Chromium, or None. CHROMIUM may name it."""
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, PROGRAMS)), None)


def outline(html):
    """Return (part, page, title) for every page in reading order.

    page: its path below the site. Raises FileNotFoundError without a site.
    """
    start = html / "index.html"
    if not start.is_file():
        raise FileNotFoundError(f"no built site in {html}: run `make site`")
    home = re.search(r"url=([^\"\s]+)", start.read_text(encoding="utf-8"))[1]
    text = (html / home).read_text(encoding="utf-8")
    found = [("", home, re.search(r"<title>(.*?)</title>", text)[1])]
    chapters = re.search(r'<nav id="chapters".*?</nav>', text, re.S)[0]
    part = ""
    for match in OUTLINE.finditer(chapters):
        if match["page"] is None:
            part = match["part"]
        else:
            page = str(PurePosixPath(home).parent / match["page"])
            found.append((part, page, match["title"]))
    return found


def identifier(page, anchor=""):
    """Return the id that an anchor of a page has in the one document."""
    return f"{PurePosixPath(page).stem}--{anchor}"


class OneDocument(HTMLParser):
    """Copies a page's text with ids and links fit for the one document.

    A link to a page that is not in it becomes plain words. A style of the
    page holds for the page alone.
    """

    IDS = ("id", "for", "aria-labelledby", "aria-describedby", "headers")

    def __init__(self, page, pages):
        super().__init__(convert_charrefs=False)
        self.page, self.pages = page, pages
        self.out = []
        self.scripts = 0
        self.style = False

    def link(self, target):
        parts = urlsplit(target)
        if parts.scheme or parts.netloc:
            return target
        page = self.page
        if parts.path:
            folder = PurePosixPath(self.page).parent
            page = os.path.normpath(str(folder / unquote(parts.path)))
        if page not in self.pages:
            return None
        return "#" + identifier(page, unquote(parts.fragment))

    def value(self, name, value):
        if name in self.IDS:
            ids = (identifier(self.page, one) for one in value.split())
            return " ".join(ids)
        if name in ("href", "xlink:href"):
            return self.link(value)
        local = rf"url(#{identifier(self.page)}\1)"
        return re.sub(r"url\(#([^)]+)\)", local, value)

    def handle_starttag(self, tag, attributes, end=""):
        if tag == "script":
            self.scripts += 1
            return
        self.style = tag == "style"
        written = [tag]
        for name, value in attributes:
            if value is None:
                written.append(name)
                continue
            value = self.value(name, value)
            if value is not None:
                written.append(f'{name}="{escape(value)}"')
        self.out.append(f"<{' '.join(written)}{end}>")

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes, end=" /")

    def handle_endtag(self, tag):
        if tag == "script":
            self.scripts -= 1
        else:
            self.style = False
            self.out.append(f"</{tag}>")

    def handle_data(self, data):
        if self.style:
            sheet = f'[id="{identifier(self.page)}"]'
            data = f"@scope ({sheet}) {{ {data} }}"
        if not self.scripts:
            self.out.append(data)

    def handle_entityref(self, name):
        self.out.append(f"&{name};")

    def handle_charref(self, name):
        self.out.append(f"&#{name};")


def sheet(html, page, pages):
    """Return the text of one page as a part of the one document."""
    text = (html / page).read_text(encoding="utf-8")
    article = re.search(r"<article>(.*)</article>", text, re.S)[1]
    copy = OneDocument(page, pages)
    copy.feed(article)
    copy.close()
    inside = "".join(copy.out)
    return f'<div class="sheet" id="{identifier(page)}">{inside}</div>'


def contents(found):
    """Return the table of contents, with room for the numbers of sheets."""
    lines, part = [], ""
    for section, page, title in found:
        if section != part:
            part = section
            lines.append(f'<li class="part">{part}</li>')
        lines.append(
            f'<li><a href="#{identifier(page)}">{title}'
            f'<span data-start="{PurePosixPath(page).stem}"></span></a></li>'
        )
    return f"<ol>{''.join(lines)}</ol>"


def document(html):
    """Return the whole book as one HTML text."""
    found = outline(html)
    pages = {page for _, page, _ in found}
    title = found[0][2]
    home = (html / found[0][1]).read_text(encoding="utf-8")
    described = re.search(r'name="description" content="([^"]*)"', home)
    sheets = "\n".join(sheet(html, page, pages) for _, page, _ in found)
    return f"""<!DOCTYPE html>
<html lang="en" data-theme="light"><head><meta charset="utf-8">
<title>{title}</title>
<link rel="stylesheet" href="{ADDRESS}_static/book.css">
<style>{STYLE}</style></head><body class="draft"><main><article>
<div class="cover"><img src="{ADDRESS}_static/logo.svg" alt="">
<h1>{title}</h1><p>{described[1] if described else ""}</p></div>
<div class="contents"><h1>Contents</h1>{contents(found)}</div>
{sheets}
</article></main></body></html>"""


def starts(pdf):
    """Return page → number of the sheet of paper on which it starts.

    Chromium writes the destinations of links and the tree of pages as plain
    text. Raises ValueError where they are not found.
    """
    objects = dict(re.findall(rb"\n(\d+) 0 obj\n(.*?)\nendobj", pdf, re.S))
    trees = {
        name: re.findall(rb"(\d+) 0 R", kids[1])
        for name, body in objects.items()
        if b"/Type /Pages" in body[:40]
        and (kids := re.search(rb"/Kids \[(.*?)\]", body, re.S))
    }

    def leaves(name):
        if name not in trees:
            return [name]
        return [leaf for kid in trees[name] for leaf in leaves(kid)]

    (root,) = (one for one in trees if b"/Parent" not in objects[one])
    numbers = {leaf: i for i, leaf in enumerate(leaves(root), start=1)}
    found = re.findall(rb"/([\w-]+)-- \[(\d+) 0 R /XYZ", pdf)
    if not found:
        raise ValueError("the PDF names no place where a chapter starts")
    return {page.decode(): numbers[place] for page, place in found}


@contextmanager
def shown(text, html, program):
    """A browser's page that shows the text, while the block runs.

    What the text asks for is answered from the folder, or refused.
    """
    from playwright.sync_api import sync_playwright

    start = ADDRESS + "book.html"

    def answer(route):
        url = route.request.url
        path = html / unquote(urlsplit(url).path).lstrip("/")
        if url == start:
            route.fulfill(body=text, content_type="text/html; charset=utf-8")
        elif url.startswith(ADDRESS) and path.is_file():
            route.fulfill(path=path)
        else:
            route.abort()

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox"], timeout=0
        )
        page = browser.new_page(java_script_enabled=False)
        page.route("**/*", answer)
        page.goto(start, wait_until="load", timeout=0)
        yield page
        browser.close()


FINISH = """(numbers) => {
  document.body.classList.remove("draft");
  for (const place of document.querySelectorAll("[data-start]"))
    place.textContent = numbers[place.dataset.start];
}"""


def make(html, program):
    """Return the PDF of the site in a folder.

    Raises FileNotFoundError without a site.
    """
    as_book = {"prefer_css_page_size": True, "print_background": True}
    with shown(document(html), html, program) as page:
        page.evaluate(FINISH, starts(page.pdf(**as_book)))
        return page.pdf(outline=True, tagged=True, **as_book)


def main(arguments):
    html = Path(arguments[0] if arguments else ROOT / "_build" / "html")
    program = browser_program()
    if program is None:
        return "no Chromium: install it, or name it in CHROMIUM"
    try:
        pdf = make(html.resolve(), program)
    except FileNotFoundError as error:
        return str(error)
    (html / "book.pdf").write_bytes(pdf)
    print(f"{html / 'book.pdf'}: {len(pdf) / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
