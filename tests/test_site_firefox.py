"""Typing on the built site in Firefox; other tests use Chromium."""

import os

import pytest

from tests import in_page_claims as claims
from tests.built_site import HTML, content_pages, missing, served
from tests.firefox import firefox

pytestmark = [pytest.mark.site, pytest.mark.xdist_group("firefox")]
CHAPTER = "book/04_bptt.html"
PAGE = "book/check_a_derivation.html"
EXERCISE = "#ex-bptt-delta"
# `make nightly` asks every claim, which takes minutes; else few.
SHARE = 1 if os.environ.get("BOOK_EVERY_CLAIM") else 30
RIGHT = r"(1 - h_T^2) \odot V^\top (\hat y_T - y_T)"
WRONG = r"(1 - h_T^2) \odot V (\hat y_T - y_T)"
ENTER = "\ue007"

if content_pages() and not (HTML / "_static" / "in_page").is_dir():
    missing("the site was built without the checker: run `make site`")


@pytest.fixture(scope="module", name="page")
def page_of_firefox():
    if not content_pages():
        missing(f"no built site in {HTML}: run `make site`")
    with served() as address, firefox() as page:
        page.address = address
        yield page


FOCUS = """(place) => {
  const fold = document.querySelector(place + " details.type-here");
  if (fold) fold.open = true;
  const field = document.querySelector(place + " textarea:last-of-type");
  if (!field) return false;
  field.value = "";
  field.dispatchEvent(new Event("input", {bubbles: true}));
  field.focus();
  return true;
}"""
VERDICTS = """(place) =>
  document.querySelector(place + " .status")?.textContent === "" &&
  [...document.querySelectorAll(place + " .verdict-box strong")].map(
    (one) => one.textContent)"""


def typed(page, place, text):
    """What is said of a text that is typed and followed by Enter."""
    page.wait_until(FOCUS, place)
    page.press(text + ENTER)
    page.wait_until(f"(place) => ({VERDICTS})(place).length > 0", place)
    return page.call(VERDICTS, place)


def test_an_exercise_is_answered_wrong_and_right(page):
    page.open(page.address + CHAPTER)
    assert typed(page, EXERCISE, WRONG) == ["✗ not right"]
    assert typed(page, EXERCISE, RIGHT) == ["✓ right"]
    page.open(page.address + CHAPTER)
    page.wait_until(
        "(place) => !!document.querySelector(place + ' details.done')",
        EXERCISE,
    )


def test_a_line_of_a_derivation_is_judged(page):
    page.open(page.address + PAGE)
    said = typed(page, "[data-typing=derivation] .typing", r"z_t = V h_t + b")
    assert len(said) == 1
    assert said[0].startswith("✗ line 1: ")


def test_firefox_says_the_same_as_here(page):
    """Displays, formulas of the sources, cases and altered displays."""
    asked = claims.sample(SHARE)
    page.open(page.address + CHAPTER)
    said = page.call(claims.ASK, asked)
    assert len(said) > 1_500 // SHARE
    assert claims.different(asked, said) == []
