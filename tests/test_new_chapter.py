"""A chapter with its own notation joins the book by the checklist alone."""

import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from derivations.judging.record import RECORD_TYPE
from tests.book_copy import (
    copy_house,
    replace_once,
    run,
    run_tool,
    stale,
    write_page,
)
from tools.notebooks import ROOT

NAME = "09_new"
JACOBIAN = (
    r"\frac{\partial s_t}{\partial s_{t-1}} = "
    r"\operatorname{diag}(1 - s_t^2) A"
)
STATE = r"s_t = \tanh(A s_{t-1} + B x_t)"
LOSS = r"L = \sum_{t=1}^{T} l(s_t, y_t)"
TEXT = rf"""(ch-new)=
# A chapter of its own

$$ {STATE} $$ (eq-new-state)

$$ {JACOBIAN} $$ (eq-new-jacobian)
"""
DEFINE = rf""">from bptt_core.book import verify
from derivations import define

MINE = define([
    r"{STATE}",
    r"{LOSS}"])"""
VERIFY = '>verify("eq-new-jacobian", MINE)'
# The steps of CONTRIBUTING's list that the tests below take, in its order.
STEPS = [
    "`book/NN_short_name.ipynb`",
    "`(ch-short-name)=`",
    "`- file: book/NN_short_name`",
    "`MINE = define([…])`",
    "`book/formulas.toml`",
    "`$$ … $$ (eq-name)`",
    '`verify("eq-name", MINE)`',
    "`make book`",
    "`make test`",
]


def checklist(title):
    """Return a checklist of CONTRIBUTING, in one line."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (steps,) = re.findall(
        rf"^### Checklist: {title}$(.*?)^###? ", text, re.M | re.S
    )
    return " ".join(steps.split())


def test_the_checklist_names_these_steps_in_this_order():
    steps = checklist("add a chapter")
    places = [steps.find(step) for step in STEPS]
    assert -1 not in places, dict(zip(STEPS, places, strict=True))
    assert places == sorted(places)


def add_chapter(root, jacobian=JACOBIAN):
    """Take the steps of the checklist up to `make book`."""
    text = TEXT.replace(JACOBIAN, jacobian)
    path = write_page(root, NAME, text, DEFINE, VERIFY)
    declared = root / "book" / "formulas.toml"
    network = f"\n[networks.NEW]\nforward = [\n  '{STATE}',\n  '{LOSS}',\n]\n"
    declared.write_text(
        declared.read_text(encoding="utf-8").replace(
            "[pages]\n", f'[pages]\n{NAME} = ["NEW"]\n', 1
        )
        + network,
        encoding="utf-8",
    )
    contents = root / "_toc.yml"
    before = "      - file: book/your_own_cell\n"
    old = contents.read_text(encoding="utf-8")
    assert old.count(before) == 1
    contents.write_text(
        old.replace(before, f"      - file: book/{NAME}\n{before}"),
        encoding="utf-8",
    )
    return path


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A copy of the book with the new chapter, executed as `make book`."""
    root = copy_house(
        tmp_path_factory.mktemp("house"),
        *("book", "tests", "_toc.yml", "_config.yml", "pyproject.toml"),
    )
    assert stale(root) == set()
    add_chapter(root)
    # Chapter 6 prints its code's displays: it looks at all of them.
    assert stale(root) == {
        NAME,
        "ledger",
        "cheat_sheet",
        "06_lstm_weight_gradients",
    }
    names = (NAME, "ledger", "cheat_sheet")
    build = run_tool(root, *(f"book/{name}.ipynb" for name in names))
    assert build.returncode == 0, build.stderr
    return root


def outputs(root, name):
    text = (root / "book" / f"{name}.ipynb").read_text(encoding="utf-8")
    return [
        output
        for cell in json.loads(text)["cells"]
        for output in cell.get("outputs", ())
    ]


def test_the_chapter_holds_its_record(book):
    (output,) = outputs(book, NAME)
    record = output["data"][RECORD_TYPE]
    assert record["label"] == "eq-new-jacobian"
    assert record["verdict"] == "holds"
    assert record["network"] == {"name": "", "forward": [STATE, LOSS]}
    assert record["altered"]["survived"] == 0


def test_the_ledger_shows_equation_network_and_definition(book):
    tables = [
        "".join(output["data"]["text/markdown"]).splitlines()
        for output in outputs(book, "ledger")
        if "text/markdown" in output["data"]
    ]
    verified, _, _, networks, definitions = tables
    place = f'<a href="{NAME}.html">A chapter of its own</a>'
    assert f"## {place}" in verified
    (row,) = [r for r in verified if 'id="ledger-eq-new-jacobian"' in r]
    assert f"| defined in {place} |" in row
    (row,) = [r for r in networks if f"defined in {place}" in r]
    for forward in (STATE, LOSS):
        assert forward in row
    (row,) = [r for r in definitions if 'id="ledger-eq-new-state"' in r]
    assert "a forward equation" in row


def test_the_tests_of_notebooks_and_ledger_accept_it(book):
    ours = f"{NAME} or ledger or cheat_sheet or eq-new or definition or record"
    found = run(
        book,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-k",
        ours,
        "tests/test_notebooks.py",
        "tests/test_equations_ledger.py",
        "tests/test_equations_book.py",
    )
    assert found.returncode == 0, found.stdout
    compared = run(
        book,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--nbval",
        "--nbval-current-env",
        f"book/{NAME}.ipynb",
        "book/ledger.ipynb",
    )
    assert compared.returncode == 0, compared.stdout


def test_a_forged_record_fails_the_comparison(book, tmp_path):
    path = book / "book" / f"{NAME}.ipynb"
    text = path.read_text(encoding="utf-8")
    assert text.count('"survived": 0') == 1
    forged = path.with_name("10_forged.ipynb")
    try:
        forged.write_text(text.replace('"domain": 0', '"domain": 77'))
        assert forged.read_text() != text
        found = run(
            book,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--nbval",
            "--nbval-current-env",
            str(forged),
        )
    finally:
        forged.unlink()
    assert found.returncode == 1, found.stdout


@pytest.mark.skipif(
    not any(
        shutil.which("node", path=path)
        for path in (None, str(Path(sys.executable).parent))
    ),
    reason="no node, which renders the mathematics",
)
def test_the_site_marks_the_equation(book, tmp_path):
    """The chapter and the ledger are built; all pages take minutes."""
    root = tmp_path / "site"
    shutil.copytree(book, root)
    pages = (NAME, "ledger", "references")
    chapters = "".join(f"  - file: book/{name}\n" for name in pages)
    (root / "_toc.yml").write_text(
        f"format: jb-book\nroot: book/intro\nchapters:\n{chapters}"
    )
    jupyter_book = Path(sys.executable).parent / "jupyter-book"
    code = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))"
    found = run(root, "-c", code, jupyter_book, "build", ".")
    assert found.returncode == 0, found.stdout + found.stderr
    html = root / "_build" / "html" / "book"
    page = (html / f"{NAME}.html").read_text(encoding="utf-8")
    assert 'id="verdict-eq-new-jacobian"' in page
    assert 'class="holds" href="ledger.html#ledger-eq-new-jacobian"' in page
    ledger = (html / "ledger.html").read_text(encoding="utf-8")
    assert 'id="ledger-eq-new-jacobian"' in ledger


def test_a_wrong_sign_is_rejected_everywhere(book, tmp_path):
    root = tmp_path / "wrong"
    shutil.copytree(book, root)
    path = root / "book" / f"{NAME}.ipynb"
    text = path.read_text(encoding="utf-8")
    assert text.index("(1 - s_t^2) A") < text.index("verify(")
    # Somebody edits the text and keeps the outputs.
    path.write_text(text.replace("(1 - s_t^2) A", "(1 + s_t^2) A", 1))
    assert NAME in stale(root)
    code = (
        "from bptt_core.book import DEFINITIONS; "
        "from derivations.books import ledger; "
        "ledger.entries('book', DEFINITIONS)"
    )
    kept = run(root, "-c", code)
    assert kept.returncode == 1
    assert "eq-new-jacobian in 09_new.ipynb is of another text" in kept.stderr
    # It is executed.
    build = run_tool(root, f"book/{NAME}.ipynb", "book/ledger.ipynb")
    assert build.returncode == 1
    assert "eq-new-jacobian does not hold" in build.stderr
    # It is written anew, without outputs.
    wrong = JACOBIAN.replace("1 - s", "1 + s")
    write_page(root, NAME, TEXT.replace(JACOBIAN, wrong), DEFINE, VERIFY)
    bare = run(root, "-c", code)
    assert bare.returncode == 1
    assert "in 09_new.ipynb is neither verified" in bare.stderr


# --------------------------------------------------------- add a notation

LEAKY = [r"s_t = H s_{t-1} + \tanh(G x_t)", r"L = \sum_{t=1}^{T} l(s_t, y_t)"]
# As above: the steps of the list, in its order.
NOTATION_STEPS = [
    "`define([…])` in a cell",
    "`[BOOK_X]` in `bptt_core/book/notations.toml`",
    "`bptt_core/book/__init__.py`",
    "displays in the text, character for character",
    "`book/notation.md`",
    '`verify("eq-name", …)`',
    "`make book`, `make test`",
]


def test_the_checklist_of_a_notation_names_these_steps_in_this_order():
    steps = checklist("add a notation")
    places = [steps.find(step) for step in NOTATION_STEPS]
    assert -1 not in places, dict(zip(NOTATION_STEPS, places, strict=True))
    assert places == sorted(places)


def add_notation(root):
    """Take step 2: the network is one of the book's, by name."""
    package = root / "bptt_core" / "book"
    rows = "".join(f"  '{row}',\n" for row in LEAKY)
    replace_once(
        package / "notations.toml",
        "# Labelled displays that no cell",
        f"[BOOK_LEAKY]\nrows = [\n{rows}]\n\n# Labelled displays that no cell",
    )
    replace_once(
        package / "__init__.py",
        "BOOK_LSTM = map",
        "BOOK_LSTM, BOOK_LEAKY = map",
    )
    replace_once(
        package / "__init__.py",
        '    "BOOK",\n',
        '    "BOOK",\n    "BOOK_LEAKY",\n',
    )


def judge_by(root):
    """Return the tests of the book's notations and of a page by it."""
    chosen = f"{NAME} or ledger or eq-new or forward_equations or symbol"
    return run(
        root,
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", chosen),
        *("tests/test_equations_ledger.py", "tests/test_equations_book.py"),
    )


def test_a_notation_joins_the_book_by_the_checklist_alone(tmp_path):
    root = copy_house(tmp_path, "book", "tests", "_toc.yml", "pyproject.toml")
    add_notation(root)
    replace_once(
        root / "book" / "formulas.toml",
        "[pages]\n",
        f'[pages]\n{NAME} = ["BOOK_LEAKY"]\n',
    )
    path = write_page(
        root,
        NAME,
        "(ch-new)=\n# Two chapters use it\n\n"
        f"$$ {LEAKY[0]} $$ (eq-new-state)\n\n"
        f"$$ {LEAKY[1]} $$ (eq-new-loss)\n\n"
        r"$$ \frac{\partial s_t}{\partial s_{t-1}} = H $$ (eq-new-jacobian)",
        ">from bptt_core.book import BOOK_LEAKY, verify",
        '>verify("eq-new-jacobian", BOOK_LEAKY)',
    )
    built = run_tool(root, f"book/{NAME}.ipynb", "book/ledger.ipynb")
    assert built.returncode == 0, built.stderr
    ledger = json.dumps(outputs(root, "ledger"))
    assert "ledger-eq-new-jacobian" in ledger
    assert "BOOK_LEAKY" in ledger
    # Step 4 is owed: the tests say which symbols nobody explained.
    owed = judge_by(root)
    assert owed.returncode == 1
    assert "BOOK_LEAKY" in owed.stdout
    with (root / "book" / "notation.md").open("a") as page:
        page.write("\nA leaky unit: $s_t$, its rates $H$, its weights $G$.\n")
    done = judge_by(root)
    assert done.returncode == 0, done.stdout
    # Step 3: a display that departs from the network by one letter.
    replace_once(path, "$$ s_t = H", "$$ s_t = P")
    departed = judge_by(root)
    assert departed.returncode != 0
    assert "eq-new-state" in departed.stdout
