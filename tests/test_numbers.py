"""Numbers in the prose come from a cell, from the code, or from a source.

What a cell has computed comes by `glue`, what others have published from
results/published.toml, by `glue` too. A number that is typed all the same
must be a setting that stands in the page's own code, or have a reason in
numbers.toml. Digits by themselves are read as words: steps, units, list
numbers. Formulas are the business of test_formulas.py.
"""

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest

from derivations.books import displays, formulas
from tools import experiments
from tools.notebooks import BOOK, read

REASONS = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)
PUBLISHED = tomllib.loads(
    (BOOK / "results" / "published.toml").read_text(encoding="utf-8")
)
PAGES = {page.name: page.markdown for page in displays.pages(BOOK)}
NUMBER = re.compile(r"(?<![\w.,#/-])-?\d[\d,]*(?:\.\d+)?(?![\w/])")
# What is no number but a name: of a document, an equation, a place, a year.
NAMES = [
    r"(?<![\d,.])00[0-4]\b",
    r"\(\d+\)",
    r"(?:chapter|section|tables?|figure|equations?|line|experiments?|issue|"
    r"request|version|Python) (?:\d[\d.]*(?:, | and | or |\b))+",
    r"#\d+",
    r"\b(?:19[89]\d|20[012]\d)\b",
]
ROLE = re.compile(r"\{[\w:]+\}`[^`]*`")
NO_PROSE = [
    re.compile(r"<style>.*?</style>", re.DOTALL),
    re.compile(r"</?[a-zA-Z][^>]*>"),
    re.compile(r"\]\([^)]*\)"),
    re.compile(r"^\(.*\)=$", re.MULTILINE),
    re.compile(r"^:[\w-]+:.*$", re.MULTILINE),
]


def prose_of(markdown):
    """A page's words: no code, no formula, no role, no address."""
    text, _ = formulas._prose(markdown)
    for pattern in (
        ROLE,
        formulas._CODE,
        formulas._DISPLAY,
        formulas._INLINE,
        *NO_PROSE,
    ):
        text = pattern.sub(" ", text)
    return text


def typed(text):
    """Numbers of more than one digit in a text, each with what is round it."""
    for pattern in NAMES:
        text = re.sub(pattern, lambda match: " " * len(match[0]), text)
    for match in NUMBER.finditer(text):
        number = match[0].rstrip(",")
        if len(number.lstrip("-")) > 1:
            start = max(match.start() - 40, 0)
            yield number, " ".join(text[start : match.end() + 30].split())


# Sizes of what is drawn explain no number that is told.
OF_DRAWINGS = {"height", "fontsize", "lw", "ms", "alpha", "linewidth", "pad"}


def literals(code):
    """Every number that stands in a text of Python, as a number."""
    tree = ast.parse(code)
    sizes = {
        part
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg in OF_DRAWINGS
        for part in ast.walk(node.value)
    }
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and type(node.value) in (int, float)
        and node not in sizes
    }


def code_of(page):
    """The code of a page, and of the runs that it reads from files."""
    if page.endswith(".md"):
        return ""
    cells = [
        c.source for c in read(BOOK / page).cells if c.cell_type == "code"
    ]
    if "results" in "".join(cells):
        cells.append(Path(experiments.__file__).read_text(encoding="utf-8"))
    return "\n".join(cells)


def drawn(page):
    """The captions and descriptions that a page's code gives its figures."""
    tree = (
        ast.parse(code_of(page)) if page.endswith("ipynb") else ast.parse("")
    )
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            words = {keyword.arg: keyword.value for keyword in call.keywords}
            wanted = [words.get("alt"), words.get("caption")]
            if getattr(call.func, "attr", "") == "show":
                wanted += call.args[1:2]
            for value in filter(None, wanted):
                for part in ast.walk(value):
                    if isinstance(part, ast.Constant) and isinstance(
                        part.value, str
                    ):
                        yield part.value


def unexplained(page, text, code):
    known = literals(code)
    reasons = {**REASONS.get("*", {}), **REASONS.get(page, {})}
    return [
        (number, context)
        for number, context in typed(text)
        if float(number.replace(",", "")) not in known
        and number not in reasons
    ]


@pytest.mark.parametrize("page", PAGES)
def test_a_number_in_the_prose_has_an_origin(page):
    assert unexplained(page, prose_of(PAGES[page]), code_of(page)) == []


@pytest.mark.parametrize("page", PAGES)
def test_a_number_in_a_caption_or_a_description_has_an_origin(page):
    for words in drawn(page):
        text = prose_of(words)
        assert unexplained(page, text, code_of(page)) == [], words


# In the dark theme what was dark is light: "stronger" is true in both.
OF_ONE_THEME = re.compile(
    r"\b(?:dark|darker|darkest|light|lighter|lightest|pale|paler|palest|"
    r"black|white|bright|brighter)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("page", PAGES)
def test_a_caption_is_true_in_both_themes(page):
    for words in drawn(page):
        assert not OF_ONE_THEME.search(words), words


def test_every_reason_is_needed():
    for page, reasons in REASONS.items():
        texts = PAGES.values() if page == "*" else [PAGES[page]]
        found = {
            number
            for name, text in PAGES.items()
            if text in texts
            for words in (text, *drawn(name))
            for number, _ in typed(prose_of(words))
        }
        assert set(reasons) <= found, (page, set(reasons) - found)
        assert all(len(reason) > 10 for reason in reasons.values())


def test_a_number_typed_wrong_is_seen():
    page = "08_at_the_scale_of_a_laptop.ipynb"
    text = prose_of("It takes 31,930 sequences, Adam at 0.01, 3 seeds.")
    ((number, _),) = unexplained(page, text, code_of(page))
    assert number == "31,930"


# -- what others have published ------------------------------------------


def test_a_published_number_has_a_source_and_a_place():
    known = (BOOK / "references.bib").read_text(encoding="utf-8")
    for name, row in PUBLISHED.items():
        assert set(row) == {"value", "what", "source", "place"}, name
        assert all(row.values()), name
        assert f"{{{row['source']}," in known, name


def test_every_published_number_is_quoted_and_none_is_typed():
    text = "\n".join(PAGES.values())
    for name, row in PUBLISHED.items():
        assert f"{{glue:text}}`{name}`" in text, name
        value = row["value"]
        digits = re.sub(r"\D", "", value)
        told = len(digits) > 3 and len(digits.rstrip("0")) > 1
        if told and "to" not in value:  # a round one may mean anything
            words = prose_of(text)
            assert value not in words, f"{name} is typed"


def test_the_site_and_the_notebook_show_the_published_numbers():
    shown = json.dumps(read(BOOK / "08_at_the_scale_of_a_laptop.ipynb"))
    for row in PUBLISHED.values():
        assert f"'{row['value']}'" in shown
