"""No stored output survives a change of what it was computed from."""

import shutil
import subprocess
import sys

import pytest

from tests.built_site import patience
from tools import notebooks

ROOT = notebooks.ROOT
CHAPTER = "02_v_gradient.ipynb"


@pytest.fixture
def book_copy(tmp_path):
    """A copy of what executing a chapter needs, free to be broken."""
    for name in (*notebooks.PACKAGES, "tools", "book"):
        shutil.copytree(
            ROOT / name,
            tmp_path / name,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    for name in ("requirements.txt", "_config.yml", "_toc.yml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def run_tool(root, *arguments):
    return subprocess.run(
        [sys.executable, "tools/notebooks.py", *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=patience(300),
    )


def replace_once(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (path.name, old)
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_wrong_gradient_in_the_package_fails_the_build(book_copy):
    replace_once(
        book_copy / "bptt_core" / "losses.py",
        "total * softmax(z) - y",
        "total * softmax(z) + y",
    )
    before = (book_copy / "book" / CHAPTER).read_bytes()
    check = run_tool(book_copy, "--check")
    assert check.returncode == 1
    assert f"stale: {CHAPTER}" in check.stdout

    build = run_tool(book_copy, f"book/{CHAPTER}")
    assert build.returncode == 1
    assert f"{CHAPTER}: code cell" in build.stderr
    assert (book_copy / "book" / CHAPTER).read_bytes() == before


def test_a_wrong_equation_in_the_text_fails_the_build(book_copy):
    chapter = book_copy / "book" / CHAPTER
    old = r"\\frac{\\partial L}{\\partial z_t} = \\hat y_t - y_t"
    replace_once(chapter, old, old.replace("- y_t", "+ y_t"))
    build = run_tool(book_copy, f"book/{CHAPTER}")
    assert build.returncode == 1
    assert "eq-ce-logits" in build.stderr


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("requirements.txt", "sympy==", "sympy==9."),
        ("bptt_core/losses.py", "def softmax(z)", "def softmax( z)"),
        ("bptt_figures/still/display.py", "def show(", "def show( "),
        ("checker/derivations/latex/grammar.lark", "%ignore", "%ignore  "),
    ],
)
def test_any_change_of_package_or_pins_is_stale(book_copy, path, old, new):
    replace_once(book_copy / path, old, new)
    check = run_tool(book_copy, "--check")
    assert check.stdout.count("stale: ") == len(notebooks.chapters())


def test_a_change_of_prose_is_not_stale(book_copy):
    for chapter in (book_copy / "book").glob("*.ipynb"):
        notebook = notebooks.read(chapter)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source += "\n\nOne more sentence."
        notebooks.nbformat.write(notebook, chapter)
    assert run_tool(book_copy, "--check").returncode == 0


def test_a_second_run_changes_nothing(book_copy):
    chapter = book_copy / "book" / CHAPTER
    before = chapter.read_bytes()
    assert run_tool(book_copy, f"book/{CHAPTER}").returncode == 0
    assert chapter.read_bytes() == before
