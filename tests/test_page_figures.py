"""The figures of the pages: each is shown, and a name is that of its data.

A name is drawn by the function that draws its line, from one dictionary; so
the name must stand where its line ends. Words that a cell writes into a
drawing by hand name no data, and are listed here with what they are.
"""

import ast
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from tests.test_numbers import PAGES
from tools.notebooks import BOOK, read

SVG = "{http://www.w3.org/2000/svg}"
NOTEBOOKS = [name for name in PAGES if name.endswith(".ipynb")]
# Words at a place that the axes give: a reference line, or a part of a map.
BY_HAND = {
    "log 4: knows nothing": "01: a reference line at log 4",
    "always answer 1": "06: a reference line at the baseline",
    "keeps its size": "07: a reference line at 1",
    "plateau: $h$ ends near 0": "07: a part of the map; a test of the cell",
    "valley: $h$ ends near 1": "07: a part of the map; a test of the cell",
    "the wall": "07: with an arrow to the wall that the cell has found",
    "guessing": "08, intro: a reference line at the loss of guessing",
    "start": "08: a reference line at the radius of the start",
    "tanh and LSTM,\nsolved": "08: at the mean of both",
}


def cells(page):
    """The cells that show a figure: tree, drawings, and the words for them."""
    for cell in read(BOOK / page).cells:
        if cell.cell_type != "code" or "figures.show(" not in cell.source:
            continue
        shown = [
            output.data
            for output in cell.outputs
            if 'class="book-figure"'
            in output.get("data", {}).get("text/html", "")
        ]
        yield (
            ast.parse(cell.source),
            [data["text/html"] for data in shown],
            "\n".join(data["text/plain"] for data in shown),
        )


def code(page):
    """The code cells of a page, in their order."""
    return [
        cell.source
        for cell in read(BOOK / page).cells
        if cell.cell_type == "code"
    ]


def called(node):
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_a_figure_that_a_cell_makes_is_shown(page):
    for tree, drawn, _ in cells(page):
        last = tree.body[-1]
        assert isinstance(last, ast.Expr), ast.unparse(last)
        assert called(last.value) == "figures.show", ast.unparse(last)
        assert len(drawn) == 1, ast.unparse(last)


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_what_is_read_aloud_is_what_stands_there_as_text(page):
    for _, drawn, text in cells(page):
        assert "\n".join(map(spoken, drawn)) == text


def spoken(html):
    """What a screen reader says of a figure."""
    return "\n".join(
        f"Figure: {one.get('aria-label')}"
        for one in ET.fromstring(html).iter(f"{SVG}svg")
    )


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_words_that_are_drawn_by_hand_name_no_data(page):
    for tree, *_ in cells(page):
        for node in ast.walk(tree):
            name = called(node)
            if name in ("ax.text", "ax.annotate"):
                words = node.args[0 if name == "ax.annotate" else 2]
                if isinstance(words, ast.Constant):
                    assert words.value in BY_HAND
            if name == "figures.show":
                given = {one.arg: one.value for one in node.keywords}
                alt = given.get("alt") or node.args[1]
                # several would stand apart from the panels they describe
                assert not isinstance(alt, ast.List), ast.unparse(alt)
            assert not name.endswith((".legend", "get_lines")), name
            assert "label" not in [
                k.arg for k in getattr(node, "keywords", [])
            ]


def test_every_word_by_hand_is_needed():
    code = "".join(
        ast.unparse(tree) for page in NOTEBOOKS for tree, *_ in cells(page)
    )
    assert all(repr(words) in code for words in BY_HAND)


# -- names stand at the ends of their lines -------------------------------


def lines_of(panel):
    """Return name -> the last point of its line; a name has one line."""
    found = {}
    for group in panel.iter(f"{SVG}g"):
        part = group.get("data-part", "")
        if part.startswith("line "):
            d = " ".join(path.get("d") for path in group.iter(f"{SVG}path"))
            numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", d)]
            name = part.removeprefix("line ")
            found[name + "?" * (name in found)] = numbers[-2:]
    return found


def texts_of(panel):
    """Return what each text says, where it stands."""
    for one in panel.iter(f"{SVG}text"):
        x, y = one.get("x"), one.get("y")
        if x is None:
            x, y = re.findall(r"-?\d+(?:\.\d+)?", one.get("transform"))[:2]
        yield "".join(one.itertext()), float(x), float(y)


def bare(label):
    """A label without what only sets it: TeX, italics, spaces."""
    label = label.translate(str.maketrans("−", "-"))
    return re.sub(r"[\s$\\{}^_]|sigma|σ", "", label)


def misplaced(html):
    """Return the names that do not stand where their lines end."""
    wrong = []
    for panel in ET.fromstring(html).iter(f"{SVG}svg"):
        ends = lines_of(panel)
        if len(ends) < 2:
            continue
        places = {}
        for label in ends:
            found = [
                (x, y)
                for text, x, y in texts_of(panel)
                if bare(text) == bare(label)
            ]
            if len(found) != 1:
                wrong.append(label)
            else:
                places[label] = found[0]
        for label, (x, _) in places.items():
            if not 0 < x - ends[label][0] < 12:
                wrong.append((label, x, ends[label]))
        # pushed apart, but in the order of the lines' ends
        ordered = sorted(places, key=lambda label: ends[label][1])
        heights = [places[label][1] for label in ordered]
        gaps = np.diff([ends[label][1] for label in ordered])
        wrong += [
            ordered[place : place + 2]
            for place, gap in enumerate(gaps)
            if gap > 0.5 and heights[place] >= heights[place + 1]
        ]
    return wrong


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_a_name_stands_where_its_line_ends(page):
    for _, (html,), _ in cells(page):
        assert misplaced(html) == []


def named_lines(html):
    panels = ET.fromstring(html).iter(f"{SVG}svg")
    return max((list(lines_of(panel)) for panel in panels), key=len)


FIGURES = [
    (page, place, html)
    for page in NOTEBOOKS
    for place, (_, drawn, _) in enumerate(cells(page))
    for html in drawn
    if len(named_lines(html)) > 1
]


@pytest.mark.parametrize("figure", FIGURES, ids=lambda one: f"{one[:2]}")
def test_two_lines_that_change_places_are_seen(figure):
    *_, html = figure
    one, two = named_lines(html)[:2]
    swapped = html.replace(f'"line {one}"', '"line ?"')
    swapped = swapped.replace(f'"line {two}"', f'"line {one}"')
    swapped = swapped.replace('"line ?"', f'"line {two}"')
    assert swapped != html
    assert misplaced(swapped)


def test_there_are_figures_with_several_lines():
    assert len(FIGURES) >= 12
