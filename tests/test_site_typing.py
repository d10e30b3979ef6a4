"""Typing on the built site, in a real browser, as a reader does it."""

import json
import os
import threading
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from tests import in_page_claims as claims
from tests.built_site import (
    BROWSER_MARKS,
    GIVE_TIME,
    HTML,
    PHONE,
    WIDE,
    Handler,
    browser_of_the_site,  # noqa: F401
    content_pages,
    missing,
    needed,
    opened,
    patience,
    served,
    settled,
    transferred,
    wait_until,
)

AXE = needed("axe_playwright_python.base").AXE_SCRIPT
pytestmark = [*BROWSER_MARKS, pytest.mark.xdist_group("typing")]
FILES = HTML / "_static" / "in_page"
PAGE = "book/check_a_derivation.html"
CHAPTER = "book/04_bptt.html"
MOST_BYTES = 6_000_000
# `make nightly` asks every claim, which takes minutes; else every sixth.
SHARE = 1 if os.environ.get("BOOK_EVERY_CLAIM") else 6
RIGHT = r"(1 - h_T^2) \odot V^\top (\hat y_T - y_T)"
WRONG = r"(1 - h_T^2) \odot V (\hat y_T - y_T)"

if content_pages() and not FILES.is_dir():
    missing("the site was built without the checker: run `make site`")


def given_time(page):
    """A page that waits for its checker as long as this machine needs."""
    page.evaluate(GIVE_TIME, patience(12))
    return page


def open_exercise(page, label="ex-bptt-delta"):
    page.locator(f"#{label} summary").click()
    return page.locator(f"#{label} .typing").first


def verdict(box, timeout=None):
    found = box.locator(".verdict-box strong").first
    found.wait_for(timeout=1000 * patience(timeout or 120))
    return found.inner_text()


def axe_faults(page, inside):
    """What axe says of parts of a page in the light and the dark theme."""
    faults = []
    page.evaluate(AXE)
    for theme in ("light", "dark"):
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        found = page.evaluate("where => axe.run({include: where})", inside)
        faults += [
            (theme, one["id"], one["nodes"][0]["html"])
            for one in found["violations"]
        ]
    return faults


TOO_WIDE = "document.documentElement.scrollWidth - innerWidth"


@pytest.fixture(scope="module")
def loaded(browser):
    """A page on which the checker is there: it loads once for most tests."""
    asked, errors = [], []

    def prepare(page):
        page.context.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console",
            lambda said: said.type == "error" and errors.append(said.text),
        )

    with opened(browser, CHAPTER, prepare=prepare) as page:
        box = open_exercise(given_time(page))
        box.locator("textarea").fill(RIGHT)
        box.locator(".check").click()
        assert box.locator("progress").is_visible()
        assert verdict(box) == "✓ right"
        page.asked, page.errors = asked, errors
        yield page


def another(loaded, name):
    """Another page of the same reader: the browser has the files."""
    page = loaded.context.new_page()
    page.goto(loaded.url.split("book/")[0] + name)
    settled(page)
    return given_time(page)


def test_nothing_is_loaded_before_a_reader_asks(browser):
    asked = []

    def prepare(page):
        page.on("request", lambda request: asked.append(request.url))

    with opened(browser, CHAPTER, prepare=prepare) as page:
        open_exercise(page).locator("textarea").fill(WRONG)
        settled(page)
        ours = [urlsplit(url).path for url in asked]
    assert not [path for path in ours if "in_page" in path]
    assert "/_static/typing.js" in ours


def test_all_of_it_comes_from_the_site_and_is_small(loaded, browser):
    ours = (browser.address, "blob:")
    assert [url for url in loaded.asked if not url.startswith(ours)] == []
    assert loaded.errors == []
    sizes = [transferred(p) for p in FILES.rglob("*.*")]
    assert 3_000_000 < sum(sizes) <= MOST_BYTES


def test_the_progress_moves_while_a_large_file_comes(browser):
    """Half of it is held back until the page has said that it has some."""
    seen = threading.Event()

    class Halting(Handler):
        def send(self, path, body):
            half = len(body) // 2 if path.suffix == ".wasm" else 0
            self.wfile.write(body[:half])
            if half:
                assert seen.wait(patience(120))
            self.wfile.write(body[half:])

    with served(Halting) as address, closing(browser.new_context()) as context:
        page = context.new_page()
        page.goto(address + CHAPTER)
        box = open_exercise(page)
        box.locator("textarea").fill(RIGHT)
        box.locator("textarea").press("Enter")
        try:
            wait_until(
                page,
                """() => {
                  const {files, bytes} = JSON.parse(
                    document.getElementById("typing-data").textContent);
                  const others = bytes - files["pyodide.asm.wasm"].sent;
                  const {value} = document.querySelector(".typing progress");
                  return value > others / 4 && value < bytes
                    && document.querySelector(".typing .status").textContent
                      .includes(" of ");
                }""",
            )
        finally:
            seen.set()
        assert verdict(box) == "✓ right"


def test_a_wrong_answer_is_refuted_and_helped_in_stages(loaded):
    box = open_exercise(loaded, "ex-bptt-half-transposed")
    field = box.locator("textarea")
    field.fill(
        r"V^\top \frac{\partial L}{\partial z_t} + W \operatorname{diag}"
        r"(1 - h_{t+1}^2) \frac{\partial L}{\partial h_{t+1}}"
    )
    field.press("Enter")
    assert verdict(box) == "✗ not right"
    assert "on random network" in box.locator(".verdict-box").inner_text()
    more = box.locator(".hints button")
    for stage in range(1, 4):
        more.click()
        wait_until(
            loaded,
            "n => document.querySelectorAll("
            "'#ex-bptt-half-transposed .hints > div').length === n",
            arg=stage,
        )
    said = box.locator(".hints").inner_text()
    assert "the kind of slip: a transpose" in said
    assert "it holds with a ⊤ added" in said
    assert box.locator(".hints .changed, .hints mark").count()
    assert more.count() == 0


def test_what_cannot_be_read_and_what_is_not_allowed(loaded):
    box = loaded.locator("#ex-bptt-delta .typing").first
    field = box.locator("textarea")
    for typed, said in (
        (r"(1 - h_T^2", "? cannot be read"),
        ("", "? no answer yet"),
        (r"\delta_T", "? not yet: it uses what is not given"),
    ):
        field.fill(typed)
        field.press("Enter")
        wait_until(
            loaded,
            "said => document.querySelector('#ex-bptt-delta .verdict-box"
            " strong')?.textContent === said",
            arg=said,
        )


def test_what_is_typed_is_text_and_never_markup(loaded):
    box = loaded.locator("#ex-bptt-delta .typing").first
    field = box.locator("textarea")
    loaded.evaluate("window.bad = 0")
    for typed in (
        "<img src=x onerror=window.bad=1>",
        r"\href{javascript:window.bad=1}{x}",
        r"\text{<script>window.bad=1</script>}",
        r"\htmlStyle{background:url(x)}{x} \htmlId{x}{y}",
        r"\includegraphics{x}",
    ):
        field.fill(typed)
        field.press("Enter")
        verdict(box)
        wait_until(
            loaded,
            "document.querySelector('#ex-bptt-delta .check').disabled"
            " === false",
        )
    assert loaded.evaluate("window.bad") == 0
    inside = loaded.locator("#ex-bptt-delta .typing")
    assert inside.locator("img, script, a[href]").count() == 0


def test_answers_are_kept_and_exercises_show_what_is_done(loaded):
    page = another(loaded, CHAPTER)
    summary = page.locator("#ex-bptt-delta summary")
    assert summary.inner_text() == "✓ Done. Your answer"
    field = page.locator("#ex-bptt-delta textarea")
    summary.click()
    field.fill(RIGHT)
    page.reload()
    summary.click()
    assert field.input_value() == RIGHT
    page.close()


def test_a_check_can_be_stopped_and_asked_again(loaded):
    page = another(loaded, CHAPTER)
    box = open_exercise(page)
    box.locator("textarea").fill(RIGHT)
    box.locator(".check").click()
    box.get_by_role("button", name="Stop").click()
    wait_until(
        page,
        "document.querySelector('#ex-bptt-delta .status').textContent"
        " === 'Stopped.'",
    )
    assert box.locator(".verdict-box").count() == 0
    box.locator(".check").click()
    assert verdict(box) == "✓ right"
    page.close()


def test_an_equation_can_be_changed_and_is_judged(loaded):
    loaded.get_by_role("button", name="Change eq-dh and see").click()
    panel = loaded.locator(".change-panel")
    field = panel.locator("textarea")
    assert r"W^\top" in field.input_value()
    field.press("Enter")
    assert verdict(panel).startswith("✓ holds")
    field.fill(field.input_value().replace(r"W^\top", "W"))
    field.press("Enter")
    wait_until(
        loaded, "document.querySelector('.change-panel .verdict-box.bad')"
    )
    more = panel.locator(".hints button")
    for stage in range(1, 4):
        more.click()
        wait_until(
            loaded,
            "n => document.querySelectorAll("
            "'.change-panel .hints > div').length === n",
            arg=stage,
        )
    assert r"W^\top" in panel.locator(".hints").inner_text()


def test_the_keyboard_alone_types_checks_and_reads(loaded):
    label = "ex-many-to-one"
    loaded.locator(f"#{label} summary").focus()
    loaded.keyboard.press("Enter")
    loaded.locator(f"#{label} textarea").wait_for()
    loaded.keyboard.type(r"\delta_T = (1 - h_T^2) \odot V")
    for _ in range(5):
        loaded.keyboard.press("Tab")
    focused = "document.activeElement.getAttribute('aria-label')"
    assert loaded.evaluate(focused) == "transposed"
    loaded.keyboard.press("Enter")
    loaded.keyboard.type(r" (\hat y_T - y_T)")
    loaded.keyboard.press("Enter")
    box = loaded.locator(f"#{label} .typing").first
    assert verdict(box) == "✓ right"
    typed = loaded.locator(f"#{label} textarea").input_value()
    assert typed == rf"\delta_T = {RIGHT}"


def test_a_derivation_is_judged_line_by_line_and_can_be_sent(loaded):
    with closing(another(loaded, PAGE)) as page:
        place = page.locator(".derive")
        page.locator("#network").select_option("own")
        page.locator("#forward").fill(
            "h_t = \\tanh(W h_{t-1} + U x_t)\nz_t = V h_t\n"
            "L = \\sum_{t=1}^{T} l(z_t, y_t)"
        )
        place.get_by_role("button", name="Show its equations").click()
        page.locator(".roles td").first.wait_for()
        field = place.get_by_label("Your derivation")
        field.fill(
            "h_t^2 = h_t \\odot h_t\n"
            "\\frac{\\partial L}{\\partial h_T} = V "
            "\\frac{\\partial L}{\\partial z_T}"
        )
        field.press("Enter")
        wait_until(
            page,
            "document.querySelectorAll('.derive .verdict-box').length === 2",
        )
        said = place.locator(".verdict-box strong").all_inner_texts()
        assert said[0].startswith("✓ line 1: holds")
        assert said[1].startswith("✗ line 2: ")
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        assert axe_faults(page, [".derive"]) == []
        assert page.evaluate(TOO_WIDE) <= 0
        place.get_by_role("button", name="Copy a link").click()
        wait_until(page, "location.hash.length > 20")
        address = page.url
        with page.expect_download() as download:
            place.get_by_role("button", name="Download").click()
        notebook = json.loads(download.value.path().read_text("utf-8"))
        assert len(notebook["cells"]) == 3
        page.evaluate("localStorage.clear()")
        page.goto("about:blank")
        page.goto(address)
        assert "h_t^2" in page.get_by_label("Your derivation").input_value()
        assert page.locator("#network").input_value() == "own"


def test_it_works_without_a_network_after_the_first_time(loaded):
    wait_until(
        loaded,
        """async () => (await (await caches.open("book")).keys())
        .filter(({url}) => url.endsWith(".wasm")
          || url.endsWith("04_bptt.html")).length === 2""",
    )
    loaded.context.set_offline(True)
    with closing(another(loaded, CHAPTER)) as page:
        page.locator("#ex-bptt-delta summary").click()
        box = page.locator("#ex-bptt-delta .typing").first
        box.locator("textarea").fill(WRONG)
        box.locator(".check").click()
        assert verdict(box) == "✗ not right"
    loaded.context.set_offline(False)


def test_edits_are_answered_at_once_from_a_file(browser):
    """Their verdicts are in the page: no checker, no host."""
    with opened(browser, CHAPTER) as page:
        page.goto((HTML / CHAPTER).as_uri())
        page.get_by_role("button", name="Change eq-dh and see").click()
        list_ = page.locator(".change-panel select")
        options = list_.locator("option").all_inner_texts()
        lost = next(k for k, t in enumerate(options) if "⊤" in t)
        list_.select_option(index=lost)
        said = page.locator(".change-panel .verdict-box")
        assert "does not hold" in said.inner_text()


def test_without_scripts_nothing_is_there_to_press(browser):
    with opened(browser, PAGE, java_script_enabled=False) as page:
        assert page.locator(".derive").is_hidden()
        assert "scripts are off" in page.locator("article").inner_text()


def test_a_phone_and_axe_with_the_field_open(loaded):
    """After the tests above: fields, verdicts, hints and a panel are open."""
    loaded.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert loaded.locator(".verdict-box").count() > 2
    assert loaded.evaluate(TOO_WIDE) <= 0
    inside = [".exercise", ".change-panel", ".type-here"]
    assert axe_faults(loaded, inside) == []
    loaded.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})


def test_the_browser_says_the_same_as_here(loaded):
    """Displays, formulas of the sources, cases and altered displays."""
    asked = claims.sample(SHARE)
    loaded.set_default_timeout(1000 * patience(600))
    said = loaded.evaluate(claims.ASK, asked)
    assert len(said) > 1_500 // SHARE
    assert claims.different(asked, said) == []
