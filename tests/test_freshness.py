"""No stored output survives a change of what it was computed from."""

import subprocess
import sys

import pytest

from bptt_core.book import displays
from derivations.judging.record import RECORD_TYPE
from tests.book_copy import (
    copy_house,
    replace_once,
    run_tool,
    stale,
    write_page,
)
from tests.built_site import patience
from tools import notebooks

GRADIENT = r"\frac{\partial L}{\partial z_t} = \hat y_t - y_t"
# Small pages, each of which uses one thing.
PAGES = {
    "numbers": [">from bptt_core import losses"],
    "pictures": [">from bptt_figures import still"],
    "moving": [">from bptt_figures.moving import clipping"],
    "checker": [">from derivations import define"],
    "words": [
        f"# Words\n\n$$ {GRADIENT} $$ (eq-words)",
        ">from bptt_core.book import verify\nverify('eq-words')",
    ],
    "others": [
        "# Others\n\n$$ h_t = h_t + 0 $$ (eq-others)",
        ">from bptt_core.book import check\ncheck('h_t = h_t')",
    ],
    "names": [">from bptt_core.book import verify", ">'eq-words'"],
    "displays": [">from bptt_core.book.displays import displays"],
    "ledger": [
        ">from bptt_core.book import DEFINITIONS",
        ">from derivations.books import ledger",
    ],
    "whole": [">import bptt_core.book"],
    "results": [">open('results/one.json').read()"],
    "none": [">1 + 1"],
}
BOOK_PAGES = {"words", "others", "names", "displays", "ledger", "whole"}
FIGURES = {"pictures", "moving"}
READERS = {"displays", "ledger", "whole"}
EVERY = set(PAGES)


@pytest.fixture
def small_book(tmp_path, monkeypatch):
    """A copy of the house with these pages alone, and the tool on it."""
    copy_house(tmp_path)
    (tmp_path / "book" / "results").mkdir(parents=True)
    (tmp_path / "book" / "results" / "one.json").write_text("{}")
    (tmp_path / "book" / "notation.md").write_text("# Notation\n")
    for name, cells in PAGES.items():
        write_page(tmp_path, name, *cells)
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)
    monkeypatch.setattr(notebooks, "BOOK", tmp_path / "book")
    monkeypatch.setattr(notebooks, "HOMES", (tmp_path, tmp_path / "checker"))
    return tmp_path


def digests():
    inputs = notebooks.Inputs()
    return {
        path.stem: notebooks.digest_of(path, notebooks.read(path), inputs)
        for path in notebooks.chapters()
    }


def append(path, text):
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        # The numbers; the figures take arrays and import none of them.
        ("bptt_core/__init__.py", {"numbers", *BOOK_PAGES}),
        ("bptt_core/losses.py", {"numbers"}),
        ("bptt_core/arrays.py", {"numbers"}),
        ("bptt_core/training.py", set()),
        # The book's data.
        ("bptt_core/book/notations.py", BOOK_PAGES),
        ("bptt_core/book/notations.toml", BOOK_PAGES),
        ("bptt_core/book/sources.py", BOOK_PAGES),
        ("bptt_core/book/sources.toml", BOOK_PAGES),
        # The checker, which numbers and figures do not know.
        ("checker/derivations/errors.py", {"checker", *BOOK_PAGES}),
        ("checker/derivations/judging/mutate.py", BOOK_PAGES),
        ("checker/derivations/latex/grammar.lark", {"checker", *BOOK_PAGES}),
        # The figures.
        ("bptt_figures/__init__.py", FIGURES),
        ("bptt_figures/still/svg.py", {"pictures"}),
        ("bptt_figures/moving/frame.mjs", {"moving"}),
        # What no package holds.
        ("requirements.txt", EVERY),
        ("book/results/one.json", {"results"}),
    ],
)
def test_a_change_makes_stale_who_imports_it(small_book, path, expected):
    before = digests()
    append(small_book / path, "\n")
    after = digests()
    assert {name for name in EVERY if after[name] != before[name]} == expected


@pytest.mark.parametrize(
    ("page", "old", "new", "expected"),
    [
        # Another chapter gains a labelled equation, a title, a sentence.
        (
            "others",
            "# Others",
            "# Others\n\n$$ h_t = 2 $$ (eq-new)\n",
            {"others", *READERS},
        ),
        ("others", "# Others", "# Another title", {"ledger", "whole"}),
        ("others", "# Others", "# Others\n\nA sentence.", set()),
        # The equation of a page changes that others name, or read.
        ("words", "- y_t", "+ y_t", {"words", "names", *READERS}),
    ],
)
def test_an_equation_makes_stale_who_reads_it(
    small_book, page, old, new, expected
):
    before = digests()
    text, *code = PAGES[page]
    assert old in text
    write_page(small_book, page, text.replace(old, new), *code)
    after = digests()
    assert {name for name in EVERY if after[name] != before[name]} == expected


def store(path, *records):
    notebook = notebooks.read(path)
    code = next(c for c in notebook.cells if c.cell_type == "code")
    code.outputs = [
        notebooks.nbformat.v4.new_output("display_data", {RECORD_TYPE: one})
        for one in records
    ]
    notebooks.nbformat.write(notebook, path)


def test_a_record_makes_stale_who_reads_records(small_book):
    path = small_book / "book" / "words.ipynb"
    before = digests()
    store(path, {"label": "eq-words", "verdict": "holds"})
    between = digests()
    store(path, {"label": "eq-words", "verdict": "false"})
    after = digests()
    for one, other in ((before, between), (between, after)):
        changed = {name for name in EVERY if one[name] != other[name]}
        assert changed == {"ledger", "whole"}


def test_the_tool_reads_pages_and_records_as_the_package_does():
    assert notebooks.RECORD_TYPE == RECORD_TYPE
    inputs = notebooks.Inputs()
    found = [
        (label, latex.strip())
        for text in inputs._prose.values()
        for latex, label in notebooks.DISPLAY.findall(text)
    ]
    known = displays.displays()
    assert {label for label, _ in found} == set(known)


@pytest.mark.parametrize(
    ("code", "unknown"),
    [
        ("import numpy", False),
        ("verify('eq-one', BOOK)", False),
        ("verify(label)", True),
        ("verify(f'eq-{gate}')", True),
        ("import importlib\nimportlib.import_module('a')", True),
        ("__import__('a')", True),
        ("%matplotlib inline", True),
    ],
)
def test_what_cannot_be_known_is_called_unknown(code, unknown):
    assert notebooks.imports(code).unknown is unknown


def test_what_cannot_be_known_depends_on_everything(small_book):
    path = write_page(small_book, "none", ">__import__('x')")
    before = digests()["none"]
    append(small_book / "bptt_figures/moving/explorable.py", "\n")
    between = digests()["none"]
    write_page(small_book, "others", "$$ h_t = 2 $$ (eq-others)")
    assert len({before, between, digests()["none"]}) == 3
    assert not notebooks.is_late(path)


def test_imports_are_found_in_every_form():
    found = notebooks.imports(
        "import a.b as c, d\n"
        "from e import f\n"
        "from . import g\n"
        "from ..h import i\n"
        "def j():\n    from k.l import m\n",
        package="p.q",
    )
    assert found.names == {
        "a.b",
        "d",
        "e",
        "e.f",
        "p.q",
        "p.q.g",
        "p.h",
        "p.h.i",
        "k.l",
        "k.l.m",
    }
    assert found.objects == {"a.b", "d", "e.f", "p.q.g", "p.h.i", "k.l.m"}


@pytest.fixture
def chapter(tmp_path):
    """A book of two pages: one that verifies and computes, and a ledger."""
    copy_house(tmp_path)
    (tmp_path / "book").mkdir(exist_ok=True)
    (tmp_path / "book" / "notation.md").write_text("# Notation\n")
    path = write_page(
        tmp_path,
        "01_words",
        f"# Words\n\n$$ {GRADIENT} $$ (eq-words)",
        ">import numpy as np\n\nfrom bptt_core import losses, oracle\n"
        "from bptt_core.book import verify",
        ">verify('eq-words')",
        ">z, y = np.zeros((1, 3, 1)), np.array([[2]])\n"
        "found = losses.output_gradient(z, y)\n"
        "true = oracle.gradient(\n"
        "    lambda z: losses.step_cross_entropy(z, y).sum(), z)\n"
        "assert oracle.relative_error(found, true) < 1e-12",
    )
    write_page(
        tmp_path,
        "ledger",
        ">from bptt_core.book import book_directory",
        ">from derivations.books import ledger",
        ">for entry in ledger.entries(book_directory(), {}).values():\n"
        "    print(entry.display.label, entry.counts.value)",
    )
    return path


def root_of(chapter):
    return chapter.parents[1]


def test_a_run_makes_all_fresh_and_a_second_one_changes_nothing(chapter):
    root = root_of(chapter)
    assert stale(root) == {"01_words", "ledger"}
    assert run_tool(root).returncode == 0
    assert run_tool(root, "--check").returncode == 0
    before = chapter.read_bytes()
    assert "fresh" in run_tool(root).stdout
    assert run_tool(root, f"book/{chapter.name}").returncode == 0
    assert chapter.read_bytes() == before


def test_a_wrong_gradient_in_the_package_fails_the_build(chapter):
    root = root_of(chapter)
    replace_once(
        root / "bptt_core" / "losses.py",
        "total * softmax(z) - y",
        "total * softmax(z) + y",
    )
    before = chapter.read_bytes()
    build = run_tool(root)
    assert build.returncode == 1
    assert f"{chapter.name}: code cell 3 of 3 raised" in build.stderr
    assert "not executed, they read the failed ones: ledger" in build.stdout
    assert chapter.read_bytes() == before


def test_a_wrong_equation_in_the_text_fails_the_build(chapter):
    text = chapter.read_text(encoding="utf-8")
    chapter.write_text(text.replace(r"y_t - y_t", r"y_t + y_t"))
    build = run_tool(root_of(chapter), f"book/{chapter.name}")
    assert build.returncode == 1
    assert "eq-words does not hold" in build.stderr


def test_an_interrupted_run_leaves_the_reader_of_records_stale(chapter):
    root = root_of(chapter)
    assert run_tool(root).returncode == 0
    text = chapter.read_text(encoding="utf-8")
    chapter.write_text(text.replace(r"= \\hat y_t - y_t", r"= -y_t+\\hat y_t"))
    assert run_tool(root, f"book/{chapter.name}").returncode == 0
    assert stale(root) == {"ledger"}


def test_two_runs_at_once_leave_a_fresh_book(chapter):
    root = root_of(chapter)
    command = [sys.executable, "tools/notebooks.py", "--workers", "1"]
    runs = [subprocess.Popen(command, cwd=root) for _ in range(2)]
    codes = [one.wait(timeout=patience(300)) for one in runs]
    assert codes == [0, 0]
    assert run_tool(root).returncode == 0
    assert stale(root) == set()


def test_a_change_of_prose_is_not_stale(tmp_path):
    root = copy_house(tmp_path, "book")
    for path in (root / "book").glob("*.ipynb"):
        notebook = notebooks.read(path)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source += "\n\nOne more sentence."
        notebooks.nbformat.write(notebook, path)
    assert stale(root) == set()
