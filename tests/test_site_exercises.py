"""Every exercise that is answered on the built site, by a reader.

A reader types with the keyboard and presses Enter: the answer of the chapter,
wrong ones, and a true line that was not asked for. What the page then says,
and each stage of its hint, is what ``answer`` says here.
"""

import os
import random
from contextlib import contextmanager

import pytest

from bptt_core.book import answer, book_directory, exercises
from derivations.judging.exercise import STATES
from derivations.judging.mutate import mutants
from tests.built_site import (
    BROWSER_MARKS,
    HTML,
    PHONE,
    browser_of_the_site,  # noqa: F401
    content_pages,
    missing,
    opened,
    wait_until,
)
from tests.test_exercises import cells
from tests.test_site_typing import TOO_WIDE, axe_faults
from tools import coding

pytestmark = [*BROWSER_MARKS, pytest.mark.xdist_group("exercises")]
SEED = 19
# `make nightly` asks every exercise, which takes minutes; else two chapters
# are drawn, and two exercises of each.
EVERY = bool(os.environ.get("BOOK_EVERY_CLAIM"))
SIGNS = {"right": "✓", "wrong": "✗"}
# One attempt of a chapter has a symbol that its network does not have.
SAID = {
    "right": [STATES["right"]],
    "wrong": [STATES["wrong"], STATES["unread"]],
    "not asked": [STATES["not asked"]],
}

if content_pages() and not (HTML / "_static" / "in_page").is_dir():
    missing("the site was built without the checker: run `make site`")


def by_chapter():
    """Page → the labels of its exercises."""
    found = {}
    for path in sorted(book_directory().glob("[01]*_*.ipynb")):
        text = path.read_text(encoding="utf-8")
        labels = [
            label for label in exercises.TABLE if f":label: {label}\\n" in text
        ]
        if labels:
            found[f"book/{path.stem}.html"] = labels
    return found


def asked_for():
    chapters = by_chapter()
    if EVERY:
        return chapters
    draw = random.Random(SEED)
    return {
        page: draw.sample(chapters[page], min(2, len(chapters[page])))
        for page in sorted(draw.sample(sorted(chapters), 2))
    }


def typed_at(label):
    """What a reader may type: right, wrong in two ways, true but not asked."""
    right = next(one for one in cells()[label][1] if answer(label, one))
    right = " ".join(right.split())
    network = exercises.network(exercises.TABLE[label]["network"])
    slips = [
        one.pair
        for one in mutants(right, network)
        if answer(label, one.pair).state == "wrong"
    ]
    attempts = [" ".join(one.split()) for one in cells()[label][0] or ()]
    draw = random.Random(f"{SEED} {label}")
    return {
        "right": [right],
        "wrong": [draw.choice(slips), *attempts[:1]],
        "not asked": [network.forward[0]],
    }


def expected(label, latex):
    """What the page must say: its lines, and the stages of the hint."""
    found = answer(label, latex)
    sign = SIGNS.get(found.state, "?")
    lines = [
        f"{sign} {STATES[found.state]}",
        *(line for line in found.lines()[1:] if ".hint()" not in line),
    ]
    stages = []
    if found.state == "wrong":
        stages = [found.hint(stage) for stage in (1, 2, 3)]
        if stages[1].startswith("the place:"):
            stages[1] = "the place:"
    # Where no single change mends a line, every stage says so.
    return lines, [*dict.fromkeys(map(str, stages))]


SHOWN = """(place) => {
  const box = document.querySelector(place + " .verdict-box");
  return [...box.children].flatMap((one) => one.textContent.split("\\n"));
}"""
HINTS = """(place) =>
  [...document.querySelectorAll(place + " .hints > div > p")].map(
    (one) => one.textContent)"""
IDLE = """(place) =>
  !document.querySelector(place + " .check").disabled
  && document.querySelector(place + " .status").textContent === "" """


def answered(page, label, latex):
    """What the page says to a line that is typed, and to its hints asked."""
    place = f"#{label}"
    field = page.locator(f"{place} textarea")
    field.fill("")
    field.press_sequentially(latex)
    field.press("Enter")
    page.locator(f"{place} .verdict-box").wait_for()
    wait_until(page, IDLE, place)
    lines = page.evaluate(SHOWN, place)
    more = page.locator(f"{place} .hints button")
    stage = 0
    while more.count():
        stage += 1
        more.click()
        wait_until(
            page,
            "([place, n]) => document.querySelectorAll("
            "place + ' .hints > div').length === n",
            [place, stage],
        )
    hints = page.evaluate(HINTS, place)
    if "the place:" in hints:
        marks = f"{place} .hints .changed, {place} .hints mark"
        assert page.locator(marks).count(), latex
    return lines, hints


@pytest.fixture(scope="module", name="reader")
def reader_of_the_site(browser):
    """A reader, who loads the checker once; pages open one at a time."""
    with opened(browser, next(iter(asked_for())), size=PHONE) as first:

        @contextmanager
        def open_chapter(name):
            page = first.context.new_page()
            page.goto(browser.address + name)
            yield page
            page.close()

        yield open_chapter


@pytest.mark.parametrize("name", asked_for())
def test_an_answer_gets_on_the_page_what_it_gets_here(reader, name):
    different = []
    with reader(name) as page:
        for label in asked_for()[name]:
            page.locator(f"#{label} summary").click()
            for state, lines in typed_at(label).items():
                for latex in lines:
                    wanted = expected(label, latex)
                    assert wanted[0][0][2:] in SAID[state], latex
                    said = answered(page, label, latex)
                    if said != wanted:
                        different.append((label, latex, said, wanted))
            done = page.locator(f"#{label} summary").inner_text()
            assert done == "✓ Done. Your answer"
    assert different == []


def ran(page, label, code):
    """What the page says of code that is put into its field and run."""
    place = f"#{label}"
    field = page.locator(f"{place} textarea")
    field.fill(code)
    field.press("Shift+Enter")
    wait_until(page, IDLE, place)
    boxes = page.locator(f"{place} .verdict-box").all_inner_texts()
    return "".join(f"{box[2:]}\n" for box in boxes), {
        box[0]: None for box in boxes
    }


IN_CODE = coding.on_page()
# The quickest is always asked.
CODING = sorted(IN_CODE) if EVERY else ["ex-chain-code"]


@pytest.mark.parametrize("label", CODING)
def test_code_is_judged_on_the_page_as_in_its_chapter(reader, label):
    one = IN_CODE[label]
    name = next(
        f"book/{path.stem}.html"
        for path in coding.chapters()
        if label in coding.in_notebook(path)
    )
    with reader(name) as page:
        summary = page.locator(f"#{label} summary")
        summary.focus()
        page.keyboard.press("Enter")
        field = page.locator(f"#{label} textarea")
        assert field.input_value() == one.attempt
        said, signs = ran(page, label, one.attempt)
        assert said == one.says
        assert "✗" in signs
        assert axe_faults(page, [f"#{label}"]) == []
        assert page.evaluate(TOO_WIDE) <= 0
        said, signs = ran(page, label, one.solution)
        assert (said, [*signs]) == (one.solved, ["✓"])
        assert summary.inner_text() == "✓ Done. Your code"
        said, _ = ran(page, label, "1 / 0")
        assert said.startswith("line 1: ZeroDivisionError: division by zero")
        page.reload()
        summary.click()
        assert field.input_value() == "1 / 0"
        page.get_by_role("button", name="The chapter's code").click()
        assert field.input_value() == one.attempt


def test_a_line_of_code_is_indented_as_the_one_before(reader):
    with reader("book/00_chain_rule.html") as page:
        page.locator("#ex-chain-code summary").click()
        field = page.locator("#ex-chain-code textarea")
        field.fill("")
        field.press_sequentially("for k in range(2):\nprint(k)\nk = 1")
        assert field.input_value() == (
            "for k in range(2):\n    print(k)\n    k = 1"
        )


def test_other_exercises_say_that_they_are_done_in_the_notebook(reader):
    with reader("book/07_vanishing_gradients.html") as page:
        said = page.locator("#ex-flow-code .in-notebook").text_content()
        assert said.startswith("In the notebook")
        assert page.locator("#ex-flow-unit .in-notebook").count() == 0


def test_the_exercises_are_those_of_the_book():
    asked = asked_for()
    everyone = [one for labels in by_chapter().values() for one in labels]
    assert sorted(everyone) == sorted(exercises.TABLE)
    assert all(labels for labels in asked.values())
    assert len(asked) >= (3 if EVERY else 2)
