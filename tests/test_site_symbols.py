"""A symbol tells its name: under the pointer, at a touch, with the keyboard.

What is expected comes from the LaTeX on the built pages and from the tables of
the notation page, read here by other means than the build's.
"""

import re
from functools import cache
from html import unescape

import pytest

from tests.built_site import (
    BROWSER_MARKS,
    HTML,
    PHONE,
    browser_of_the_site,  # noqa: F401
    content_pages,
    needed,
    opened,
    settled,
)

AXE = needed("axe_playwright_python.base").AXE_SCRIPT

pytestmark = [*BROWSER_MARKS, pytest.mark.xdist_group("symbols")]
NOTATION = "book/notation.html"
CHAPTERS = [
    name for name in content_pages() if re.match(r"book/0[0-8]_", name)
]
# Symbols as a display writes them, and how the tip begins and ends.
WRITTEN = {
    r"(?<![\\A-Za-z])h_(t|\{t-1\})(?![\w,])": ("ht: hidden state", "n×1"),
    r"\\delta_(t|\{t\+1\})(?![\w,])": ("δt: ∂L/∂at", "n×1"),
    r"\\hat y_t(?![\w,])": ("y^t: prediction", "m×1"),
    r"(?<![\\A-Za-z{_])V(?![A-Za-z_])": ("V: weights", "m×n"),
    r"(?<![\\A-Za-z])c_(t|\{t-1\})(?![\w,])": ("ct: cell", "n×1"),
}
# The colour of a role, by the start of the tip.
COLOURS = {"ht:": "c-h", "xt:": "c-x", "V:": "c-w", "δt:": "c-d", "ct:": "c-c"}
MARKED = re.compile(
    r'(?:class="enclosing (c-\w)(?: mtight)?"><span )?'
    r'class="enclosing(?: mtight)?" data-symbol="(\d+)"'
)
SECTION = re.compile(
    r'<section id="([^"]+)">\s*<h2>(.*?)</h2>(.*?)'
    r'(?=<section id="[^"]+">\s*<h2>|</article>)',
    re.S,
)
DISPLAY = re.compile(r'<div class="formula scrolls">(.*?)</div>', re.S)
LATEX = re.compile(r"<annotation[^>]*>(.*?)</annotation>", re.S)
FOLDED = re.compile(r"<details.*?</details>|<div class=\"cell_output.*", re.S)


@cache
def page(name):
    return (HTML / name).read_text(encoding="utf-8")


def tips(name):
    """Number → the words of each tip on a page, without their markup."""
    found = re.findall(r'<p id="symbol-(\d+)">(.*?)</p>', page(name))
    return {
        number: unescape(re.sub(r"<[^>]+>", "", words))
        for number, words in found
    }


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_symbol_has_the_colour_of_its_role(name):
    known, found = tips(name), MARKED.findall(page(name))
    assert len(found) == page(name).count('data-symbol="')
    for colour, number in found:
        for start, wanted in COLOURS.items():
            if known[number].startswith(start):
                assert colour == wanted, known[number]


LETTERS_OF_ROLES = """() =>
  [...document.querySelectorAll(".formula:has([data-symbol])")]
  .flatMap((formula) =>
    [...formula.querySelectorAll(".mathnormal:not(.mtight)")]
    .filter((letter) => "hUWVδ".includes(letter.textContent)
      && !letter.closest("[class*=' c-']"))
    .map((letter) => letter.textContent + " in "
      + formula.querySelector("annotation").textContent))"""


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_formula_is_coloured_whole(browser, name):
    with opened(browser, name) as shown:
        assert shown.evaluate(LETTERS_OF_ROLES) == []


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_symbol_of_a_section_has_its_tip_once(name):
    known = tips(name)
    for _, title, text in SECTION.findall(page(name)):
        marks = re.findall(r'data-symbol="(\d+)"', text)
        assert len(marks) == len(set(marks)), title
        if "The source" in title:
            assert marks == []
            continue
        told = {known[number] for number in marks}
        shown = " ".join(
            unescape(latex)
            for display in DISPLAY.findall(FOLDED.sub("", text))
            for latex in LATEX.findall(display)
        )
        for written, (start, end) in WRITTEN.items():
            if re.search(written, shown):
                assert any(
                    tip.startswith(start) and tip.endswith(end) for tip in told
                ), (title, start, told)


def words(html):
    """The words of some HTML, without the LaTeX of its formulas."""
    plain = re.sub(r"<annotation.*?</annotation>|<[^>]+>", "", html)
    return unescape(plain).strip()


def test_every_symbol_of_the_networks_has_its_tip_somewhere():
    untold = set()
    starts = {
        tip.split(":")[0].removesuffix(", …")
        for name in CHAPTERS
        for tip in tips(name).values()
    }
    for table in re.findall(r"<table.*?</table>", page(NOTATION), re.S):
        head = [words(one) for one in re.findall(r"<th.*?</th>", table, re.S)]
        if head[:3] != ["symbol", "meaning", "shape"]:
            continue
        rows = re.findall(r"<td.*?</td>", table, re.S)[:: len(head)]
        assert len(rows) > 5
        untold |= {
            "".join(map(words, re.findall(r"<math.*?</math>", row, re.S)))
            for row in rows
        } - starts
    assert untold == set()


def test_what_may_be_stacked_or_a_differential_has_no_tip():
    """U of n rows is told of an Elman network, not of four gates at once."""
    sections = [
        (re.findall(r'data-symbol="(\d+)"', text), tips(name))
        for name in CHAPTERS
        for _, title, text in SECTION.findall(page(name))
        if "three movements" in title or "the immediate derivative" in title
    ]
    assert len(sections) == 2
    for marks, known in sections:
        starts = {known[number].split(":")[0] for number in marks}
        assert not starts & {"U", "W", "b", "at", "d"}


def test_only_first_uses_in_chapters_are_marked():
    for name in {*content_pages()} - {*CHAPTERS}:
        assert "data-symbol" not in page(name), name


# The recap: its first formula, which is all symbols, is the first to be
# reached; other chapters have theirs in fractions and in aligned lines.
USED = "book/01_rnn_recap.html"


@pytest.fixture(scope="module", params=[USED])
def chapter(browser, request):
    with opened(browser, request.param, color_scheme="light") as shown:
        settled(shown)
        yield shown


FIRST = ".formula:has([data-symbol])"


def test_the_pointer_is_told(chapter):
    symbol = chapter.locator("[data-symbol]").first
    tip = chapter.get_by_role("tooltip")
    assert tip.count() == 0
    symbol.hover()
    tip.wait_for()
    number = symbol.get_attribute("data-symbol")
    row = chapter.locator(f"#symbol-{number}")
    assert tip.inner_html() == f"<p>{row.inner_html()}</p>"
    assert "n×1" in tip.text_content()
    tip.hover()
    assert tip.is_visible()  # its words can be reached with the pointer
    chapter.locator("h1").hover()
    assert tip.count() == 0


def test_the_keyboard_is_told_of_all_symbols_of_a_formula(chapter):
    formula = chapter.locator(FIRST).first
    chapter.locator("h1").hover()
    chapter.evaluate(
        """first => {
          document.activeElement.blur();
          const stops = [...document.querySelectorAll(
            "article a[href], article summary, article [tabindex='0']")]
            .filter((stop) => stop.checkVisibility());
          stops[stops.indexOf(document.querySelector(first)) - 1].focus();
        }""",
        FIRST,
    )
    chapter.keyboard.press("Tab")
    assert formula.evaluate("e => e === document.activeElement")
    tip = chapter.get_by_role("tooltip")
    symbols = formula.locator("[data-symbol]").count()
    assert symbols > 1
    assert tip.locator("p").count() == symbols
    chapter.keyboard.press("Escape")
    assert tip.count() == 0
    chapter.keyboard.press("Tab")
    chapter.keyboard.press("Shift+Tab")
    assert tip.is_visible()
    formula.evaluate("e => e.blur()")
    assert tip.count() == 0


def test_a_screen_reader_is_told(chapter):
    for formula in chapter.locator(FIRST).all():
        told = formula.get_attribute("aria-describedby").split()
        assert len(told) == formula.locator("[data-symbol]").count()
        for one in told:
            assert chapter.locator(f"#{one}").text_content().strip()
        assert formula.get_attribute("role") == "group"
        assert formula.get_attribute("aria-label")


def test_nothing_moves_when_a_symbol_is_told(chapter):
    chapter.evaluate(
        """() => { window.moved = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) moved += entry.value;
        }).observe({ type: "layout-shift" }); }"""
    )
    height = chapter.evaluate("document.documentElement.scrollHeight")
    for symbol in chapter.locator("[data-symbol]").all()[:3]:
        symbol.hover()
        settled(chapter)
    assert chapter.evaluate("moved") == 0
    assert chapter.evaluate("document.documentElement.scrollHeight") == height
    chapter.locator("h1").hover()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_touch_is_told_inside_the_screen(browser, scheme):
    with opened(
        browser, USED, PHONE, has_touch=True, color_scheme=scheme
    ) as shown:
        settled(shown)
        tip = shown.get_by_role("tooltip")
        for symbol in shown.locator("[data-symbol]").all()[:6]:
            symbol.tap()
            tip.wait_for()
            box = tip.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= PHONE[0]
        width = shown.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE[0]
        shown.evaluate(AXE)
        found = shown.evaluate(
            """axe.run([[".tip"], [".formula:has([data-symbol])"]],
            { resultTypes: ["violations"] })
            .then((found) => found.violations.map((one) => one.id))"""
        )
        assert found == []
        shown.locator("h1").tap()
        assert tip.count() == 0


@pytest.mark.parametrize(
    "name", [name for name in CHAPTERS if "data-symbol" in page(name)]
)
def test_a_touch_is_told_of_every_symbol(browser, name):
    """In fractions, in aligned lines, one formula after another."""
    with opened(browser, name, PHONE, has_touch=True) as shown:
        settled(shown)
        tip = shown.get_by_role("tooltip")
        for formula in shown.locator(f"{FIRST}:visible").all():
            shown.keyboard.press("Escape")  # the tip may cover the next
            for symbol in formula.locator("[data-symbol]").all():
                symbol.tap()
                row = f"#symbol-{symbol.get_attribute('data-symbol')}"
                wanted = shown.locator(row).inner_html()
                tip.wait_for()
                assert tip.inner_html() == f"<p>{wanted}</p>"


def test_without_scripts_nothing_is_marked(browser):
    with opened(browser, USED, java_script_enabled=False) as shown:
        line = shown.locator("[data-symbol]").first.evaluate(
            "e => getComputedStyle(e).textDecorationLine"
        )
        assert line == "none"
        assert shown.get_by_role("tooltip").count() == 0
        assert shown.locator("[role='group'].formula").count() == 0
