"""The search finds places: the right section or equation comes first."""

import pytest

from tests.built_site import (
    BROWSER_MARKS,
    browser_of_the_site,  # noqa: F401
    opened,
    wait_until,
)

pytestmark = [*BROWSER_MARKS, pytest.mark.xdist_group("search")]
# What readers asked, and where the first answer leads.
FIRST = {
    "softmax derivative": "02_v_gradient.html#the-softmax-gradient",
    "vanishing": "07_vanishing_gradients.html",
    "vanishing gradient problem": "07_vanishing_gradients.html",
    "eq-delta": "04_bptt.html#equation-eq-delta",
    "why transpose": "00_chain_rule.html#with-vectors-the-slope",
    "forget gate bias": "07_vanishing_gradients.html#the-lstm-adds-a-path",
    "LSTM backward code": "05_lstm_gate_gradients.html",
    "(2.13)": "02_v_gradient.html#equation-eq-v-contraction",
    "2.13": "02_v_gradient.html#equation-eq-v-contraction",
    "softmx": "01_rnn_recap.html#softmax-turns",
    "initialisation": "07_vanishing_gradients.html#an-orthogonal-start",
    "initialization": "07_vanishing_gradients.html#an-orthogonal-start",
    "cross entropy": "01_rnn_recap.html#cross-entropy-the-loss",
    "GRU": "10_cells.html#the-gru",
    "carousel": "05_lstm_gate_gradients.html#the-cell-has-two-readers",
    "complex step": "00_chain_rule.html#the-error-of-v",
    "softmax gradient": "02_v_gradient.html#the-softmax-gradient",
    "BPTT": "04_bptt.html",
    "LSTM backward pass": "05_lstm_gate_gradients.html",
    "backpropagation through time": "04_bptt.html",
}
ANSWERS = """query => {
  const text = document.getElementById("index").textContent;
  const index = (window.ranking ??= new Index(JSON.parse(text)));
  return index.find(query).places.map((place) => index.address(place, "x"));
}"""


@pytest.fixture(scope="module")
def search(browser):
    with opened(browser, "search.html") as page:
        yield page


@pytest.mark.parametrize("query", FIRST)
def test_the_right_place_comes_first(search, query):
    first, *_ = search.evaluate(ANSWERS, query)
    page, hash_, place = first.partition("#")
    found = page.removesuffix("?highlight=x").removeprefix("book/")
    wanted, _, beginning = FIRST[query].partition("#")
    assert found == wanted
    assert bool(hash_) == bool(beginning)
    assert place.startswith(beginning)


def test_every_address_leads_to_a_place(browser, search):
    pages = {}
    for address in search.evaluate(ANSWERS, "the gradient eq step error try"):
        page, _, place = address.partition("?highlight=x")
        pages.setdefault(page, set()).add(place.removeprefix("#"))
    assert len(pages) > 10
    for page, wanted in pages.items():
        with opened(browser, page, until="commit") as shown:
            shown.wait_for_load_state("domcontentloaded")
            ids = shown.evaluate(
                "[...document.querySelectorAll('[id]')].map((one) => one.id)"
            )
        assert wanted - {""} <= set(ids), page


@pytest.mark.parametrize(
    ("a", "b", "apart"),
    [("a", "a", 0), ("softmx", "softmax", 1), ("gird", "grid", 1)],
)
def test_slips_are_counted(search, a, b, apart):
    assert search.evaluate("([a, b]) => distance(a, b)", [a, b]) == apart


def test_a_reader_is_led_to_the_words(browser):
    with opened(browser, "search.html?q=softmax gradient") as page:
        first = page.locator("#places li").first
        assert "2.3. The softmax gradient" in first.inner_text()
        assert first.locator("p mark").count()
        first.locator("a").click()
        page.wait_for_url("**/*.html?highlight=*#the-softmax-gradient*")
        wait_until(page, "CSS.highlights.get('sought')?.size > 1")
        words = page.evaluate(
            "[...CSS.highlights.get('sought')].map(String)"
            ".map((word) => word.toLowerCase())"
        )
    assert set(words) == {"softmax", "gradient"}


def test_nothing_found_says_so(browser):
    with opened(browser, "search.html?q=xyzzyplugh") as page:
        assert "Nothing was found" in page.locator("#found").inner_text()
        assert page.locator("#places li").count() == 0
