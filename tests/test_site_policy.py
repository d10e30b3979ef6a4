"""The site sends a strict policy and works under it; nothing typed is HTML."""

import re
import sys

import nbformat
import pytest

from bptt_core.book import BOOK, answer, check
from bptt_core.book.exercises import TABLE
from tests.built_site import (
    HTML,
    ROOT,
    content_pages,
    missing,
    opened,
    pages,
    settled,
    wait_until,
)
from tools.notebooks import BOOK as BOOK_FOLDER

sys.path.insert(0, str(ROOT / "book" / "_ext"))

from book_site import policy

pytest_plugins = []
from tests.built_site import browser_of_the_site  # noqa: E402, F401

HANDLER = re.compile(r"<[a-z][^<>]*\son[a-z]+\s*=", re.IGNORECASE)


# -- what a page's policy says -------------------------------------------

PAGE = (
    '<!DOCTYPE html><html><head><meta charset="utf-8"><title>t</title>'
    '<script>one()</script><script src="two.js"></script></head><body>'
    '<script type="module">three()</script></body></html>'
)


def test_the_policy_lets_the_page_s_own_scripts_run_and_no_other():
    said = policy.policy(PAGE)
    for script in ("one()", "three()"):
        assert policy.fingerprint(script) in said
    scripts = re.search(r"script-src ([^;]*)", said)[1]
    assert scripts.count("sha256-") == 2
    assert "unsafe-inline" not in scripts
    assert "'unsafe-eval'" not in scripts
    assert "http" not in said


def test_the_policy_stands_first_and_once():
    page = policy.guarded(policy.guarded(PAGE))
    assert page.startswith("<!DOCTYPE html>")
    assert page.count("Content-Security-Policy") == 1
    assert page.index("Content-Security-Policy") < page.index("<script")
    assert policy.guarded("<meta refresh>").endswith("<meta refresh>")


def test_a_script_that_is_changed_has_another_hash():
    assert policy.policy(PAGE) != policy.policy(PAGE.replace("one", "two"))


# -- the built site ------------------------------------------------------


def built():
    if not content_pages():
        missing(f"no built site in {HTML}: run `make site`")
    return {
        name: (HTML / name).read_text(encoding="utf-8") for name in pages()
    }


@pytest.mark.site
def test_every_page_has_its_policy():
    for name, page in built().items():
        assert policy.TAG.format(policy.policy(page)) in page, name


@pytest.mark.site
def test_no_element_has_a_handler_of_its_own():
    for name, page in built().items():
        without = policy.SCRIPT.sub("", page)
        assert HANDLER.findall(without) == [], name
        assert "javascript:" not in without, name


WATCH = """window.blocked = [];
addEventListener("securitypolicyviolation", (event) =>
  window.blocked.push(event.violatedDirective + " " + event.blockedURI));"""


@pytest.mark.site
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_nothing_that_a_page_does_is_blocked(browser):
    for name in [*content_pages(), "search.html", "404.html"]:
        with opened(
            browser, name, prepare=lambda page: page.add_init_script(WATCH)
        ) as page:
            if name != "404.html":  # it has no script
                settled(page)
            for moved in page.locator("input[type=range]").all()[:2]:
                moved.press("ArrowRight")
            assert page.evaluate("window.blocked") == [], name


@pytest.mark.site
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_script_that_is_put_in_does_not_run(browser):
    with opened(
        browser, "404.html", prepare=lambda page: page.add_init_script(WATCH)
    ) as page:
        page.evaluate(
            """() => { const put = document.createElement("script");
            put.textContent = "window.ran = true";
            document.body.append(put);
            document.body.insertAdjacentHTML("beforeend",
              "<img src='data:,' onerror='window.ran = true'>"); }"""
        )
        wait_until(page, "window.blocked.length >= 2")
        assert page.evaluate("window.ran") is None


# -- what is typed is text -----------------------------------------------

TYPED = [
    "<script>alert(1)</script>",
    "h_t = <img src=x onerror=alert(1)>",
    'h_t = "><svg onload=alert(1)>',
    r"h_t = \tanh(a_t) & </pre><script>1</script>",
    "h_t = h_{t-1} </div><b>",
    r"\delta_t = <b>h_t</b>",
]


def tags(html):
    return set(re.findall(r"</?([a-zA-Z][\w-]*)", html))


@pytest.mark.parametrize("latex", TYPED)
def test_a_verdict_shows_what_was_typed_as_text(latex):
    verdict = check(latex, BOOK)
    shown = verdict._repr_html_()
    assert tags(shown) <= {"div", "pre", "strong", "code", "span"}
    assert not HANDLER.search(shown)


@pytest.mark.parametrize("latex", TYPED)
@pytest.mark.parametrize("label", ["ex-order", "ex-bptt-code"])
def test_an_answer_shows_what_was_typed_as_text(label, latex):
    if label not in TABLE:
        label = next(iter(TABLE))
    bundle = answer(label, latex)._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    shown = data.get("text/html", "")
    allowed = {
        "div",
        "pre",
        "strong",
        "code",
        "span",
        "details",
        "summary",
        "p",
        "ul",
        "li",
        "em",
    }
    assert tags(shown) <= allowed, shown
    assert not HANDLER.search(shown)


def test_a_hint_shows_its_line_as_text():
    verdict = check(r"a_t = U x_t + W h_t + b", BOOK)
    assert verdict.hints
    for hint in verdict.hints:
        object.__setattr__(hint, "line", "<script>1</script>")
    assert "script" not in tags(verdict._repr_html_())


# -- notebooks run no shell ----------------------------------------------

SHELL = re.compile(
    r"^\s*[!%]|\bget_ipython\b|\bos\.(?:system|popen|exec|spawn)"
)


@pytest.mark.parametrize(
    "path", sorted(BOOK_FOLDER.glob("*.ipynb")), ids=lambda path: path.stem
)
def test_a_notebook_runs_no_shell_and_asks_no_network(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        assert not SHELL.search(cell.source), cell.source
        for line in cell.source.splitlines():
            assert not SHELL.search(line), line
        for name in ("subprocess", "socket", "urllib", "requests", "pickle"):
            assert not re.search(
                rf"\b(?:import|from) {name}\b", cell.source
            ), cell.source
