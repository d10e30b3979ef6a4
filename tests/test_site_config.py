"""The settings of the site, each checked by what it does.

A misspelt key in _config.yml passes without a word, so reading the file back
would prove nothing: small books are built with the real settings.
"""

import fcntl
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import time
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "book" / "_ext"))

from book_site import address, pages  # noqa: E402
from book_site.renderer import Renderer  # noqa: E402

from derivations.judging.record import RECORD_TYPE  # noqa: E402
from tests.built_site import WIDE, chromium, missing, needed, patience  # noqa: E402
from tools.labels import labels  # noqa: E402

HAS_NODE = any(
    shutil.which("node", path=path)
    for path in (None, str(Path(sys.executable).parent))
)
needs_node = pytest.mark.skipif(
    not HAS_NODE and not os.environ.get("BOOK_REQUIRE_BROWSER"),
    reason="no node, which renders the mathematics",
)
NO_ADDRESS = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith("BOOK_")
}
ADDRESS = {
    "BOOK_REPOSITORY_URL": "https://github.com/somebody/some-book",
    "BOOK_BASE_URL": "https://somebody.example/some-book",
    "BOOK_BINDER_URL": "https://binder.example",
}
NOTES = r"""(ch-notes)=
# Notes

A sentence that describes the page, with {cite:t}`werbos1990` in it.

$$
\class{c-h}{h_t} = 2
$$ (eq-two)

By {eq}`eq-one` and {eq}`eq-two`, see {numref}`ex-one`.

```{exercise} A title
:label: ex-one

What follows?
```

```{admonition} Solution
:class: dropdown

It is folded.
```

```{margin}
Beside the text.
```

| equation | holds for |
|---|---|
| <span id="ledger-eq-Three"></span>eq-Three | every t |
"""

# In the middle of a cell, with all that headings may hold.
EXERCISES = "Try it: a naïve $h_1$, or *not*?"


def cell(kind, source, **more):
    common = {"cell_type": kind, "id": kind, "metadata": {}}
    return common | {"source": source} | more


def displayed(data, **metadata):
    return {"output_type": "display_data", "data": data, "metadata": metadata}


def folded(name, data):
    return cell("code", name, execution_count=1, outputs=[displayed(data)]) | {
        "metadata": {"tags": ["hide-input"]}
    }


def glued(name, shown):
    prefix = "application/papermill.record/"
    return displayed(
        {prefix + "text/plain": shown},
        scrapbook={"name": name, "mime_prefix": prefix},
    )


def recorded(label, words, verdict="holds"):
    """What verify leaves: words to be shown, and a record beside them."""
    record = {"label": label, "verdict": verdict}
    return displayed({"text/plain": words, RECORD_TYPE: record})


def printed(name, text):
    return {"output_type": "stream", "name": name, "text": text}


def chapter(stderr=None):
    outputs = [
        recorded("eq-one", "eq-one holds: 20 networks"),
        recorded("eq-Three", "eq-Three holds: every t"),
    ]
    if stderr is not None:
        outputs.append(printed("stderr", stderr))
    cells = [
        cell(
            "markdown",
            "# Chapter\n\n$$\nh = 1\n$$ (eq-one)\n\n"
            "$$\nh = 3\n$$ (eq-Three)\n\n"
            "$$\nh = 4\n$$ (eq-said)\n\n$$\nh = 5\n$$ (eq-beside)\n",
        ),
        *[cell("markdown", "Some text.\n\n$$\nh = 2\n$$\n")] * 30,
        cell(
            "markdown",
            "It ends, by {glue:text}`share:.2f` of {glue:text}`many`.\n\n"
            "It cites {eq}`eq-two`.\n\n"
            f"## {EXERCISES}\n\n"
            "```{exercise}\n:label: ex-two\n\nWhy?\n```\n",
        ),
        cell(
            "code",
            "raise SystemExit('stored outputs are shown, nothing runs')",
            execution_count=1,
            outputs=outputs,
        ),
        cell(
            "code",
            "print('eq-said holds: it says')",
            execution_count=1,
            outputs=[
                printed("stdout", "eq-said holds: it says\n"),
                recorded("eq-said", "eq-said does not", "false"),
            ],
        ),
        cell(
            "code",
            "verify('eq-beside'); print('more')",
            execution_count=1,
            outputs=[
                recorded("eq-beside", "eq-beside: true"),
                printed("stdout", "more\n"),
            ],
        ),
        cell(
            "code",
            "glue(name, value)",
            execution_count=2,
            outputs=[glued("share", "0.127"), glued("many", "'1,540'")],
        ),
        folded("listing", {"text/markdown": "- a listing"}),
        folded("drawing", {"text/html": "<svg role='img'></svg>"}),
    ]
    metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python", "pygments_lexer": "ipython3"},
    }
    return json.dumps(
        {
            "cells": cells,
            "metadata": metadata,
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


def build(folder, notes=NOTES, environment=None, stderr=None):
    """Build three pages with the real settings; one page is in no list."""
    shutil.copyfile(ROOT / "_config.yml", folder / "_config.yml")
    contents = (
        "format: jb-book",
        "root: book/home",
        "parts:",
        "  - caption: Part",
        "    numbered: true",
        "    chapters: [{file: book/chapter}, {file: book/notes}]",
        "  - caption: Part two",
        "    numbered: true",
        "    chapters: [{file: book/references}]",
    )
    (folder / "_toc.yml").write_text("\n".join(contents) + "\n")
    shutil.copytree(
        ROOT / "book",
        folder / "book",
        ignore=lambda _, names: [
            name
            for name in names
            # a book without a list of its formulas is not asked for them
            if name.endswith((".ipynb", ".md", ".pyc", "formulas.toml"))
            and name != "references.md"
        ],
    )
    book = folder / "book"
    (book / "home.md").write_text("# Home\n\nThe first page.\n")
    (book / "notes.md").write_text(notes)
    (book / "unlisted.md").write_text("# Unlisted\n")
    (book / "chapter.ipynb").write_text(chapter(stderr))
    jupyter_book = Path(sys.executable).parent / "jupyter-book"
    run = subprocess.run(
        [jupyter_book, "build", ".", "-W", "-n", "--keep-going"],
        cwd=folder,
        env=NO_ADDRESS
        | {"GIT_CEILING_DIRECTORIES": str(folder.parent)}
        | (environment or {}),
        capture_output=True,
        text=True,
        timeout=patience(300),
    )
    return run, folder / "_build" / "html"


def built_once(tmp_path_factory, name, environment=None):
    """A book that all tests read; the workers of one run share it."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    folder = folder / name
    with folder.with_suffix(".lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            run, _ = build(folder, environment=environment)
            assert run.returncode == 0, run.stdout + run.stderr
            (folder / "done").touch()
    return folder / "_build" / "html"


@pytest.fixture(scope="module")
def private(tmp_path_factory):
    """A book that knows no public address."""
    return built_once(tmp_path_factory, "private")


@pytest.fixture(scope="module")
def public(tmp_path_factory):
    """The same book with an address, as the publish workflow builds it."""
    return built_once(tmp_path_factory, "public", ADDRESS)


def text(html, page):
    return (html / page).read_text(encoding="utf-8")


@needs_node
class TestSettings:
    def test_cells_are_not_executed(self, private):
        assert "eq-one holds: 20 networks" in text(
            private, "book/chapter.html"
        )

    def test_only_listed_pages_are_built(self, private):
        assert not (private / "book" / "unlisted.html").exists()

    def test_mathematics_is_html_already(self, private):
        page = text(private, "book/notes.html")
        assert page.count('class="katex"') >= 1
        assert 'class="enclosing c-h"' in page
        assert "MathJax" not in page
        assert r"\(" not in page

    def test_equations_are_numbered_by_chapter(self, private):
        chapter, notes = (
            text(private, f"book/{name}.html") for name in ("chapter", "notes")
        )
        assert ">(1.1)</a>" in chapter
        assert ">(2.1)</a>" in notes
        assert 'href="chapter.html#equation-eq-one">(1.1)</a>' in notes

    def test_a_verified_equation_carries_its_mark(self, private):
        page = text(private, "book/chapter.html")
        assert 'id="verdict-eq-one"' in page
        assert 'class="holds" href="#verdict-eq-one"' in page
        assert 'class="holds"' not in text(private, "book/notes.html")

    def test_the_mark_leads_to_the_row_in_the_ledger(self, private):
        page = text(private, "book/chapter.html")
        assert 'class="holds" href="notes.html#ledger-eq-Three"' in page
        assert 'id="ledger-eq-Three"' in text(private, "book/notes.html")
        assert 'id="verdict-eq-Three"' in page
        assert "eq-Three holds: every t" in page

    def test_each_line_of_a_verdict_has_its_mark(self, private):
        page = text(private, "book/chapter.html")
        quiet = page[page.index('id="verdict-eq-one"') :]
        quiet = quiet[: quiet.index("eq-said")]
        block = r"<pre>(?:<span></span>)?(eq-\w+) holds.*\n"
        assert re.findall(block, quiet) == ["eq-one", "eq-Three"]

    def test_a_mark_comes_from_a_record_and_never_from_words(self, private):
        page = text(private, "book/chapter.html")
        assert "eq-said holds: it says" in page
        assert "verdict-eq-said" not in page
        assert 'class="holds" href="#verdict-eq-beside"' in page
        assert RECORD_TYPE not in page

    def test_a_cell_that_shows_more_is_not_a_quiet_line(self, private):
        page = text(private, "book/chapter.html")
        classes = re.findall(
            r'class="cell([^"]*)" id="verdict-(eq-\w+)"', page
        )
        quiet = {label: "verdict" in kinds for kinds, label in classes}
        assert quiet == {"eq-one": True, "eq-beside": False}

    def test_a_fold_says_what_its_code_makes(self, private):
        page = text(private, "book/chapter.html")
        fold = re.compile(r"<summary>(.*?)</summary>.*?(listing|draw)", re.S)
        found = fold.findall(page)
        assert found == [
            ("The code of this output", "listing"),
            ("The code of this figure", "draw"),
        ]

    def test_parts_are_numbered_through(self, private):
        assert ">3. References</a>" in text(private, "book/home.html")

    def test_exercises_citations_and_folds_work(self, private):
        page = text(private, "book/notes.html")
        assert "Exercise 2.1 </span> (A title)" in page
        assert ">Exercise 2.1</span></a>" in page
        assert '<summary class="admonition-title">Solution</summary>' in page
        assert "Werbos" in page
        assert 'class="margin sidebar"' in page

    def test_no_script_but_ours(self, private):
        page = text(private, "book/chapter.html")
        loaded = re.findall(r'<script\b[^>]*\bsrc="([^"?]+)', page)
        assert loaded == ["../_static/book.js"]
        # and in the page: its theme, and the letters of its formulas
        assert page.count("<script") == 3
        scripts = {path.name for path in (private / "_static").rglob("*.js")}
        assert "fontawesome.js" not in scripts
        assert "thebe" not in " ".join(scripts)

    def test_pages_say_what_they_are(self, private):
        page = text(private, "book/notes.html")
        assert "<title>Notes · Backpropagation through time" in page
        assert '<meta name="description" content="A sentence that' in page

    def test_every_equation_is_found_by_its_name(self, private):
        listed = text(private, "equations.html")
        searched = text(private, "search.html")
        for label, file in (("one", "chapter"), ("two", "notes")):
            assert f"book/{file}.html#equation-eq-{label}" in listed
            assert f'"url": "book/{file}.html"' in searched
            assert f'"anchor": "equation-eq-{label}"' in searched


DRAWN = """(count) => count ===
    document.querySelectorAll(".jp-Notebook .jp-Cell").length"""
# What watches sizes is told between two frames; idle, all of it has acted.
DRAWN_ANEW = """() => new Promise((done) => requestAnimationFrame(() =>
    requestAnimationFrame(() => requestIdleCallback(done))))"""
IN_VIEW = """(words) => {
    const panel = document.querySelector(".jp-WindowedPanel-outer");
    const seen = panel.getBoundingClientRect();
    return [...panel.querySelectorAll("h1, h2")].some((heading) => {
        const box = heading.getBoundingClientRect();
        return heading.textContent.startsWith(words) &&
            box.top > seen.top - 1 && box.bottom < seen.bottom;
    });
}"""


@contextmanager
def jupyterlab(folder, scratch):
    """The address and token of JupyterLab, as Binder builds and starts it."""
    subprocess.run([ROOT / "postBuild", scratch], check=True)
    extension = scratch / "share/jupyter/labextensions/bptt-core"
    written = json.loads((extension / "labels.json").read_text())
    assert written == labels()
    (extension / "labels.json").write_text('{"eq-two": "(7.7)"}')
    token = "token-of-this-test"
    settings = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.allow_root": True,
        "ServerApp.root_dir": folder,
        "IdentityProvider.token": token,
        "LabApp.extension_manager": "readonly",
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "LabApp.workspaces_dir": scratch / "workspaces",
        "LabApp.user_settings_dir": scratch / "settings",
    }
    options = [f"--{name}={value}" for name, value in settings.items()]
    folders = {
        "JUPYTER_PATH": scratch / "share" / "jupyter",
        "JUPYTER_CONFIG_DIR": scratch / "config",
        "JUPYTER_DATA_DIR": scratch / "data",
        "JUPYTER_RUNTIME_DIR": scratch / "runtime",
        "IPYTHONDIR": scratch / "ipython",
    }
    with (
        (scratch / "said").open("w") as said,
        subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", *options],
            env=os.environ | {key: str(path) for key, path in folders.items()},
            stdout=said,
            stderr=said,
        ) as server,
    ):
        try:
            # It takes a port that is free, and writes down which.
            found = scratch / "runtime" / f"jpserver-{server.pid}.json"
            while server.poll() is None:
                try:
                    address = json.loads(found.read_text())["url"]
                    urlopen(address + "api").close()
                    break
                except (OSError, json.JSONDecodeError):
                    time.sleep(0.1)
            assert server.poll() is None, (scratch / "said").read_text()
            yield address, token
        finally:
            # Asked politely it may wait for ever for a kernel just started.
            server.kill()


@needs_node
class TestAddress:
    def test_without_one_nothing_points_outside(self, private):
        page = text(private, "book/chapter.html")
        for sign in ("binder", "github.com", "canonical", "og:image"):
            assert sign not in page
        assert not (private / "sitemap.xml").exists()
        assert "executablebooks" not in page

    def test_launch_opens_the_chapter_in_jupyterlab(self, public):
        launch = (
            "https://binder.example/v2/gh/somebody/some-book/main"
            "?urlpath=lab/tree/book/chapter.ipynb"
        )
        assert f'href="{launch}"' in text(public, "book/chapter.html")
        assert "binder.example" not in text(public, "book/notes.html")

    def test_exercises_launch_where_they_stand(self, public, private):
        launch = (
            '</h2><p class="launch-here"><a href="https://binder.example'
            "/v2/gh/somebody/some-book/main"
            "?urlpath=lab/tree/book/chapter.ipynb"
            '%23Try-it%3A-a-na%C3%AFve-h_1%2C-or-not%3F">'
        )
        assert launch in text(public, "book/chapter.html")
        assert "launch-here" not in text(public, "book/notes.html")
        assert "launch-here" not in text(private, "book/chapter.html")

    def test_jupyterlab_opens_at_exercises_and_shows_numbers(
        self, public, tmp_path
    ):
        """With a token before the #, as Binder does."""
        page = text(public, "book/chapter.html")
        link = re.search(r'launch-here"><a href="([^"]+)"', page)[1]
        launched = parse_qs(urlsplit(unescape(link)).query)["urlpath"][0]
        # The browser goes first: a page whose server is gone says "Failed
        # to fetch".
        with (
            jupyterlab(public.parents[1], tmp_path) as (lab, token),
            chromium() as browser,
        ):
            width, height = WIDE
            page = browser.new_page(
                viewport={"width": width, "height": height}
            )
            page.set_default_timeout(1000 * patience(120))
            troubles = []
            page.on("pageerror", lambda error: troubles.append(str(error)))
            opened, hash_sign, heading = launched.partition("#")
            page.goto(f"{lab}{opened}?token={token}{hash_sign}{heading}")
            count = len(json.loads(chapter())["cells"])
            page.wait_for_function(DRAWN, arg=count)
            page.wait_for_function(IN_VIEW, arg="Try it")
            assert not page.evaluate(IN_VIEW, "Chapter")
            ends = page.get_by_text("It ends, by 0.13 of 1,540.")
            ends.wait_for(state="attached")
            cites = page.get_by_text("It cites (7.7).")
            cites.wait_for(state="attached")
            page.mouse.move(width / 2, height / 2)
            page.mouse.wheel(0, -height)
            page.wait_for_function(f"w => !({IN_VIEW})(w)", arg="Try it")
            page.set_viewport_size({"width": width // 2, "height": height})
            page.evaluate(DRAWN_ANEW)
            assert not page.evaluate(IN_VIEW, "Try it")
        assert troubles == []

    def test_head_names_the_page_and_its_picture(self, public):
        base = ADDRESS["BOOK_BASE_URL"]
        page = text(public, "book/notes.html")
        assert f'rel="canonical" href="{base}/book/notes.html"' in page
        assert f'og:image" content="{base}/_static/card.png"' in page
        png = (public / "_static" / "card.png").read_bytes()
        assert struct.unpack(">II", png[16:24]) == (1200, 630)

    def test_sitemap_lists_the_pages(self, public):
        sitemap = text(public, "sitemap.xml")
        base = ADDRESS["BOOK_BASE_URL"]
        for name in ("home", "chapter", "notes", "references"):
            assert f"<loc>{base}/book/{name}.html</loc>" in sitemap
        assert "unlisted" not in sitemap

    def test_missing_page_leads_home_from_any_depth(self, public):
        base = ADDRESS["BOOK_BASE_URL"]
        assert f'href="{base}/book/home.html"' in text(public, "404.html")

    def test_missing_page_leads_home_where_no_address_is_known(self, private):
        """A server sends it for any path: no path from here would do."""
        assert 'href="/book/home.html"' in text(private, "404.html")

    @pytest.mark.parametrize(
        ("name", "file"), [("chapter", "chapter.ipynb"), ("notes", "notes.md")]
    )
    def test_source_opens_the_page_s_own_file(self, public, name, file):
        page = unescape(text(public, f"book/{name}.html"))
        source = f"{ADDRESS['BOOK_REPOSITORY_URL']}/blob/main/book/{file}"
        assert f'source-repository-button" href="{source}"' in page

    @pytest.mark.parametrize("name", ["chapter", "notes"])
    def test_report_opens_the_form_of_an_erratum(self, public, name):
        page = unescape(text(public, f"book/{name}.html"))
        form = re.search(r'href="([^"]*issues/new[^"]*)" data-erratum', page)
        asked = parse_qs(urlsplit(form[1]).query)
        assert asked == {"template": ["erratum.yml"], "label": [name]}
        template = ROOT / ".github" / "ISSUE_TEMPLATE" / "erratum.yml"
        assert "\n    id: label\n" in template.read_text(encoding="utf-8")

    def test_report_names_the_equation_that_was_gone_to(self, public):
        """The script of the page puts it in; the form opens elsewhere."""
        with chromium() as browser:
            page = browser.new_page(
                viewport={"width": WIDE[0], "height": WIDE[1]}
            )
            page.set_default_timeout(1000 * patience(120))
            page.route("**/github.com/**", lambda route: route.abort())
            page.goto(f"file://{public}/book/notes.html#equation-eq-two")
            page.evaluate(
                """addEventListener("click", (event) =>
                event.preventDefault())"""
            )
            link = page.locator("[data-erratum]")
            link.click()
            assert "label=eq-two" in link.get_attribute("href")


@needs_node
@pytest.mark.parametrize(
    ("latex", "words"),
    [
        (r"\frac{1}{", "Unexpected end of input"),
        (r"\nosuchcommand x", "Undefined control sequence"),
        (r"\class{loud}{x}", "may make HTML"),
        (r"\href{x}{y}", "may make HTML"),
        (r"\htmlData{symbol=1}{x}", "may make HTML"),
    ],
)
def test_bad_latex_is_rejected(latex, words):
    renderer = Renderer()
    try:
        with pytest.raises(ValueError, match=words):
            renderer.html(latex)
        assert "katex" in renderer.html("x")
    finally:
        renderer.finish(None, None)


@needs_node
def test_bad_latex_stops_the_build(tmp_path):
    notes = NOTES.replace(" = 2", r" = \nosuchcommand")
    run, _ = build(tmp_path, notes)
    assert run.returncode != 0
    said = run.stdout + run.stderr
    assert "nosuchcommand" in said
    assert "notes.md" in said


@needs_node
def test_a_warning_in_an_output_stops_the_build(tmp_path):
    run, _ = build(tmp_path, stderr="RuntimeWarning: overflow\n")
    assert run.returncode != 0
    assert "chapter.ipynb" in run.stdout + run.stderr


@needs_node
def test_two_builds_are_byte_identical(private, tmp_path):
    _, again = build(tmp_path)
    files = sorted(
        path.relative_to(private)
        for path in private.rglob("*")
        if path.is_file()
    )
    assert files == sorted(
        path.relative_to(again) for path in again.rglob("*") if path.is_file()
    )
    different = [
        str(name)
        for name in files
        if (private / name).read_bytes() != (again / name).read_bytes()
    ]
    assert different == []


@pytest.mark.parametrize(
    ("remote", "page"),
    [
        ("git@github.com:a/b.git", "https://github.com/a/b"),
        ("https://github.com/a/b", "https://github.com/a/b"),
        ("https://user:secret@github.com/a/b.git", "https://github.com/a/b"),
        ("ssh://git@gitlab.com:22/a/b.git", "https://gitlab.com/a/b"),
        ("/srv/git/book.git", ""),
        ("../book", ""),
        ("https://git.example/a/b", ""),
        ("", ""),
    ],
)
def test_web_address_of_a_remote(remote, page):
    assert address.web_address(remote) == page


@pytest.mark.skipif(shutil.which("git") is None, reason="no git")
def test_address_comes_from_the_remote(tmp_path):
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q"], check=True)
    assert address.find(tmp_path, {})["repository"] == ""
    assert address.find(tmp_path, {})["binder"] == ""
    add = ["remote", "add", "origin", "git@github.com:a/b.git"]
    subprocess.run([*git, *add], check=True)
    found = address.find(tmp_path, {})
    assert found["repository"] == "https://github.com/a/b"
    assert found["binder"] == address.PUBLIC_BINDER
    assert found["base"] == ""
    assert address.find(tmp_path, {"BOOK_BINDER_URL": ""})["binder"] == ""


def test_a_false_address_is_refused(tmp_path):
    with pytest.raises(ValueError, match="BOOK_BASE_URL must be a web"):
        address.find(tmp_path, {"BOOK_BASE_URL": "somewhere"})


def palette(selector):
    """The colours that a theme names, from the stylesheet."""
    block = pages.stylesheet().split(f"{selector} {{")[1].split("}")[0]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


def contrast(one, other):
    """The contrast of two colours as WCAG 2 defines it: 1 to 21."""

    def luminance(colour):
        values = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        linear = [
            v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4
            for v in values
        ]
        return sum(
            w * v
            for w, v in zip((0.2126, 0.7152, 0.0722), linear, strict=True)
        )

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("selector", [":root", '[data-theme="dark"]'])
def test_every_colour_can_be_read(selector):
    """Formulas stand on paper; text and code on raised ground too."""
    colours = palette(selector)
    roles = [name for name in colours if name.startswith("role-")]
    code = [name for name in colours if name.startswith("code-")]
    assert (len(roles), len(code)) == (5, 5)
    text = ["ink", "quiet", "link", "good", "bad", *code]
    pairs = [(name, "paper") for name in roles + text]
    pairs += [(name, "raised") for name in text] + [("ink", "mark")]
    faint = {
        pair: round(contrast(*(colours[name] for name in pair)), 2)
        for pair in pairs
        if contrast(*(colours[name] for name in pair)) < 4.5
    }
    assert faint == {}
    assert contrast(colours["edge"], colours["paper"]) >= 3


def test_role_colours_are_those_of_the_figures():
    """One role has one colour, in formulas and in explorables."""
    frame = (ROOT / "bptt_figures/moving/frame.css").read_text()
    light, dark = palette(":root"), palette('[data-theme="dark"]')
    for role, name in zip(
        "hxwdc", ("ht", "xt", "Wt", "dt", "ct"), strict=True
    ):
        drawn = re.findall(rf"--{name}: (#[0-9a-f]{{6}})", frame)
        assert drawn == [light[f"role-{role}"], dark[f"role-{role}"]]


def test_our_files_are_all_there():
    assert "@font-face" in pages.stylesheet()
    assert "MIT" in (pages.KATEX / "LICENSE").read_text()


def test_nothing_is_skipped_where_everything_must_run(monkeypatch):
    monkeypatch.delenv("BOOK_REQUIRE_BROWSER", raising=False)
    for lacking in (lambda: needed("no_such_module"), lambda: missing("it")):
        with pytest.raises(pytest.skip.Exception):
            lacking()
    monkeypatch.setenv("BOOK_REQUIRE_BROWSER", "1")
    with pytest.raises(ModuleNotFoundError):
        needed("no_such_module")
    with pytest.raises(pytest.fail.Exception, match="no browser"):
        missing("no browser")
