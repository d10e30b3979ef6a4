"""The whole book as one PDF: every chapter, every formula, every link."""

import re
import shutil
import subprocess
from collections import Counter
from html import unescape

import pytest

from tests.built_site import BROWSER_MARKS, HTML, missing, needed
from tools import pdf

# One worker makes the PDF, once.
pytestmark = [*BROWSER_MARKS, pytest.mark.xdist_group("pdf")]
SYMBOLS = "∂δ⊙⊤∑∏"


def squeezed(text):
    """Without white space, which a line break in print would change."""
    return re.sub(r"\s+", "", text)


@pytest.fixture(scope="module")
def document():
    if not (HTML / "index.html").is_file():
        missing(f"no built site in {HTML}: run `make site`")
    return pdf.document(HTML)


@pytest.fixture(scope="module")
def book(tmp_path_factory, document):
    """The PDF, and its text: one string a sheet of paper."""
    needed("playwright.sync_api")
    program = pdf.browser_program()
    if program is None:
        missing("no Chromium: install it, or name it in CHROMIUM")
    reader = shutil.which("pdftotext")
    if reader is None:
        missing("no pdftotext: install poppler-utils")
    path = tmp_path_factory.mktemp("pdf") / "book.pdf"
    path.write_bytes(pdf.make(HTML.resolve(), program))
    run = subprocess.run(
        [reader, path, "-"], capture_output=True, text=True, check=True
    )
    return path.read_bytes(), run.stdout.rstrip("\f").split("\f")


def test_a_group_stays_with_one_worker(request):
    """With pytest 9.2, xdist 3.8 knows no group: the PDF was made twice."""
    grouping = getattr(request.config.option, "loadgroup", False)
    assert request.node.nodeid.endswith("@pdf") == grouping


def test_ids_are_unique_and_links_lead_to_them(document):
    ids = re.findall(r'\sid="([^"]+)"', document)
    assert [one for one, times in Counter(ids).items() if times > 1] == []
    links = set(re.findall(r'\shref="#([^"]*)"', document))
    assert sorted(links - set(ids)) == []
    assert not re.search(r'href="(?!#|https?:|mailto:)', document)
    assert "<script" not in document


def test_every_chapter_starts_where_the_contents_say(book):
    data, sheets = book
    numbers = pdf.starts(data)
    found = pdf.outline(HTML)
    assert len(found) > 2
    for _, page, title in found:
        number = numbers[page.split("/")[-1].removesuffix(".html")]
        words = squeezed(unescape(re.sub(r"<[^>]+>", "", title)))
        heading = re.search(
            r"<h1>(.*?)<a ", (HTML / page).read_text(encoding="utf-8"), re.S
        )[1]
        heading = squeezed(unescape(re.sub(r"<[^>]+>", "", heading)))
        assert heading in squeezed(sheets[number - 1]), title
        assert words + str(number) in squeezed("".join(sheets[1:3])), title


def test_no_formula_is_blank(book, document):
    """As many symbols of a kind in print as the formulas have in MathML."""
    printed = Counter("".join(book[1]))
    drawn = Counter("".join(re.findall("<math.*?<annotation", document)))
    for symbol in SYMBOLS:
        assert drawn[symbol] > 0, symbol
        assert printed[symbol] >= drawn[symbol], symbol
    for font in (b"KaTeX_Math-Italic", b"KaTeX_Main-Regular"):
        assert re.search(rb"/FontName /\w+\+" + font, book[0])


def test_every_numbered_equation_is_there(book, document):
    text = squeezed("".join(book[1]))
    numbers = re.findall(r'title="eq-[^"]+">(\([^)]+\))</a>', document)
    assert numbers
    assert [one for one in numbers if one not in text] == []


def test_without_a_site_it_says_what_to_do(tmp_path):
    with pytest.raises(FileNotFoundError, match="run `make site`"):
        pdf.outline(tmp_path)


def test_a_page_that_is_not_in_the_book_is_no_link():
    copy = pdf.OneDocument("book/a.html", {"book/a.html", "book/b.html"})
    copy.feed(
        '<p id="x">&lt;<a href="b.html#y">b</a><a href="../c.html">c</a>'
        '<a href="#x">x</a><svg fill="url(#z)"/></p><script>1</script>'
        "<style>p { color: red; }</style>"
    )
    assert "".join(copy.out) == (
        '<p id="a--x">&lt;<a href="#b--y">b</a><a>c</a>'
        '<a href="#a--x">x</a><svg fill="url(#a--z)" /></p>'
        '<style>@scope ([id="a--"]) { p { color: red; } }</style>'
    )


def test_a_pdf_without_chapters_is_refused():
    with pytest.raises(ValueError, match="names no place"):
        pdf.starts(
            b"\n1 0 obj\n<</Type /Pages\n/Kids [2 0 R]>>\nendobj"
            b"\n2 0 obj\n<</Type /Page>>\nendobj"
        )
