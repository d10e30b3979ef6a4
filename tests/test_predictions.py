"""Predictions: each can be answered on the page, and is answered rightly."""

import json
import re
import shutil
import subprocess
from itertools import product

import numpy as np
import pytest

from bptt_figures.moving.prediction import HERE, Choice, Number, predict
from tests.built_site import chromium, patience
from tools.notebooks import BOOK, read

CHAPTERS = sorted(BOOK.glob("0[0-6]_*.ipynb"))
PREDICT = "**Predict.**"


def cells_of(chapter):
    return [
        (cell.cell_type, cell.source, cell.get("outputs", []))
        for cell in read(chapter).cells
    ]


def predictions(chapter):
    """The cells of a chapter that show inputs: number, source, HTML."""
    return [
        (place, source, output["data"])
        for place, (kind, source, outputs) in enumerate(cells_of(chapter))
        if kind == "code" and re.search(r"^predict\(", source, re.M)
        for output in outputs
        if "data" in output
    ]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_every_prediction_is_answered_below_its_question(chapter):
    """No other text stands between a question and its inputs."""
    texts = cells_of(chapter)
    asked = [
        place
        for place, (kind, source, _) in enumerate(texts)
        if kind == "markdown"
        for _ in range(source.count(PREDICT))
    ]
    inputs = [place for place, *_ in predictions(chapter)]
    assert asked, "a chapter begins with a question"
    assert len(inputs) == len(asked)
    for question, answer, following in zip(
        asked, inputs, [*asked[1:], len(texts)], strict=True
    ):
        assert question < answer <= following
        between = [kind for kind, *_ in texts[question + 1 : answer]]
        assert between.count("markdown") == 0


def test_names_are_used_once_in_the_book():
    found = [
        re.search(r'data-name="([^"]+)"', data["text/html"])[1]
        for chapter in CHAPTERS
        for *_, data in predictions(chapter)
    ]
    assert len(found) > 15
    assert len(set(found)) == len(found)


def test_what_is_printed_does_not_answer():
    for chapter in CHAPTERS:
        for *_, data in predictions(chapter):
            html = data["text/html"]
            assert "<output></output>" in html
            assert "checked" not in html.partition("<script")[0]
            asked = re.findall(
                r"<legend>(.*?)</legend>|<label>([^<]+) <input type=\"text\"",
                html,
            )
            assert data["text/plain"].count(";") == len(asked) - 1


def node(code):
    program = shutil.which("node")
    if program is None:
        pytest.fail("node is needed to run the module: it is not on PATH")
    module = json.dumps((HERE / "prediction.mjs").as_uri())
    done = subprocess.run(
        [program, "--input-type=module"],
        input=f"import * as m from {module};"
        f"process.stdout.write(JSON.stringify({code}))",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("0.3", 0.3),
        (" −0.3 ", -0.3),
        ("499,500", 499500),
        ("499 500", 499500),
        ("5e5", 5e5),
        ("1/4", 0.25),
        ("30 %", 0.3),
        ("", None),
        ("T", None),
        ("0,3", None),  # a comma that is no thousand is not guessed
        ("1.2.3", None),
    ],
)
def test_a_number_is_read_as_it_is_meant(typed, value):
    assert node(f"m.read({json.dumps(typed)})") == value


def test_a_number_is_judged_by_its_ratio_and_its_sign():
    rights, factors = (-0.3, 0.1, 5, 499500, 0), (1, 1.01, 3.2)
    typed = (-1e6, -0.3, -0.301, 0, 0.1, 0.1005, 0.3, 5, 6, 200000, 499500)
    grid = list(product(typed, rights, factors))
    calls = [[str(one), right, factor] for one, right, factor in grid]
    said = node(f"{json.dumps(calls)}.map(c => m.judge(...c))")
    for (value, right, factor), words in zip(grid, said, strict=True):
        if value == right:
            assert words == "✓ right"
        elif value * right < 0:
            assert words == "✗ not so: the other sign"
        elif right and value and 1 / factor <= value / right <= factor:
            assert words == "✓ right"
        else:
            size = "large" if abs(value) > abs(right) else "small"
            assert words == f"✗ not so: too {size}"
    assert node('m.judge("many", 5, 1)') == "? type a number"


def test_a_prediction_that_cannot_be_right_is_refused():
    with pytest.raises(ValueError, match="right: expected one of"):
        predict("x", Choice("which", ("a", "b"), "c"))
    with pytest.raises(ValueError, match="right: expected one of"):
        predict("x", Choice("which", ("a", "a"), "a"))
    with pytest.raises(ValueError, match="a finite number and a factor"):
        predict("x", Number("how many", np.nan))
    with pytest.raises(ValueError, match="a finite number and a factor"):
        predict("x", Number("how many", 1, factor=0.5))
    assert "&lt;b&gt;" in predict("x", Number("<b>", 1)).html


# ------------------------------------------------------------- browser

TWO = predict(
    "two", Choice("it", ("rises", "falls"), "falls"), Number("how many", 5)
).html
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>A prediction</title>
<body><div class="text_html">{}</div>"""


@pytest.fixture
def page(tmp_path):
    with chromium("--disable-gpu") as browser:
        context = browser.new_context(viewport={"width": 375, "height": 700})
        context.set_default_timeout(1000 * patience(120))
        troubles = []
        page = context.new_page()
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        file = tmp_path / "page.html"
        file.write_text(PAGE.format(TWO), encoding="utf-8")
        page.goto(file.as_uri())
        yield page
        assert troubles == []


def said(page):
    return page.locator("output").all_inner_texts()


def test_it_answers_by_keyboard_and_keeps_what_was_chosen(page):
    page.get_by_role("button", name="Is it so?").click()
    assert said(page) == ["? empty", "? empty"]
    page.get_by_label("rises").press("Space")
    page.get_by_label("how many").fill("6")
    assert said(page) == ["", ""]
    page.get_by_label("how many").press("Enter")
    assert said(page) == ["✗ not so: read on", "✗ not so: too large"]
    page.get_by_label("falls").check()
    assert said(page)[0] == ""
    page.get_by_label("how many").fill("5")
    page.get_by_role("button", name="Is it so?").press("Enter")
    assert said(page) == ["✓ right", "✓ right"]
    page.reload()
    assert page.get_by_label("falls").is_checked()
    assert page.get_by_label("how many").input_value() == "5"
    assert said(page) == ["✓ right", "✓ right"]
    assert page.evaluate("document.documentElement.scrollWidth") == 375


def test_a_page_that_keeps_nothing_answers_all_the_same(page):
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', "
        "{ get() { throw new Error('blocked'); } })"
    )
    page.reload()
    page.get_by_label("falls").check()
    page.get_by_role("button", name="Is it so?").click()
    assert said(page) == ["✓ right", "? empty"]


def test_stripped_of_style_it_says_what_to_do_and_on_paper_it_is_gone(page):
    assert not page.locator(".ask-run").is_visible()
    page.emulate_media(media="print")
    assert not page.locator(".ask").is_visible()
    page.emulate_media(media="screen")
    page.evaluate("document.querySelector('style').remove()")
    assert page.locator(".ask-run").is_visible()
