"""Every fault in planted_faults.toml is caught by the check that it names.

A fault is put into a copy of the text in memory, and the check, which is the
one that the other tests make, runs on it. What no check can see is listed
there too, with its reason.
"""

import ast
import functools
import inspect
import json
import shutil
import tempfile
import tomllib
import types
from pathlib import Path

import matplotlib as mpl
import pytest

from bptt_core.book import DEFINITIONS, NotVerified
from bptt_figures.moving.explorable import HERE
from derivations.books import displays, ledger
from tests import (
    test_explorables,
    test_numbers,
    test_page_figures,
    test_references,
    test_results,
    test_tables,
)
from tests.test_formulas import PAGES, _judged_once, counted  # noqa: F401
from tools import experiments
from tools.notebooks import BOOK, ROOT

DATA = tomllib.loads(
    Path(__file__).with_name("planted_faults.toml").read_text(encoding="utf-8")
)
FAULTS = DATA["fault"]


def changed(text, fault):
    assert text.count(fault["old"]) >= 1, f"not there: {fault['old']}"
    assert fault["old"] != fault["new"]
    return text.replace(fault["old"], fault["new"], 1)


def in_formulas(fault, monkeypatch):
    """The census has a formula without an answer, or a line for nothing."""
    try:
        return counted(fault["file"], fault["old"], fault["new"]).open
    except NotVerified as error:
        return str(error)


def in_ledger(fault, monkeypatch):
    """The ledger cannot be made of the changed page."""
    text = changed(PAGES[fault["file"]], fault)
    pages = [
        displays.Page(
            page.name,
            page.title,
            text if page.name == fault["file"] else page.markdown,
        )
        for page in displays.pages(BOOK)
    ]
    for module in (displays, ledger):
        monkeypatch.setattr(module, "pages", lambda directory: iter(pages))
    try:
        ledger.entries(BOOK, DEFINITIONS)
    except NotVerified as error:
        return str(error)
    return ""


def in_numbers(fault, monkeypatch):
    """A number in the changed prose has no origin."""
    page = fault["file"]
    text = test_numbers.prose_of(changed(PAGES[page], fault))
    return test_numbers.unexplained(page, text, test_numbers.code_of(page))


def in_captions(fault, monkeypatch):
    """A caption is true in one theme alone."""
    found = " ".join(test_numbers.drawn(fault["file"]))
    return test_numbers.OF_ONE_THEME.search(changed(found, fault))


def failures(module, **texts):
    """The tests of a module that fail when these texts are changed.

    texts: a name of the module -> what its assignment reads instead.
    """
    lines = inspect.getsource(module).splitlines(keepends=True)
    names = {"__name__": module.__name__, **texts}
    for node in ast.parse("".join(lines)).body:
        target = getattr(node, "targets", [None])[0]
        name = f"new_{getattr(target, 'id', '')}"
        if name in texts:
            for number in range(node.lineno - 1, node.end_lineno):
                lines[number] = "\n"
            lines[node.lineno - 1] = f"{target.id} = {name}\n"
    source = "".join(lines)
    exec(compile(source, module.__file__, "exec"), names)
    for name, test in list(names.items()):
        if not name.startswith("test_"):
            continue
        for arguments in calls_of(test):
            try:
                test(*arguments)
            except Exception as error:  # whatever it is, the test fails
                yield f"{name}{arguments}: {error}"


def calls_of(test):
    """The arguments with which pytest would call a test."""
    (mark, *others) = getattr(test, "pytestmark", [None])
    assert not others
    for value in [()] if mark is None else mark.args[1]:
        yield value if isinstance(value, tuple) else (value,)


def in_tables(fault, monkeypatch):
    text = changed(test_tables.NOTATION, fault)
    try:
        return next(failures(test_tables, new_NOTATION=text), "")
    except (ValueError, SyntaxError) as error:  # no table any more
        return str(error)


def in_page_tables(fault, monkeypatch):
    """A number, gradient or shape in a chapter's table is another."""
    page = fault["file"]
    pages = PAGES | {page: changed(PAGES[page], fault)}
    return next(failures(test_tables, new_PAGES=pages), "")


def in_code(fault, monkeypatch):
    module = fault["file"].removesuffix(".py")
    text = (ROOT / "bptt_core" / fault["file"]).read_text(encoding="utf-8")
    lines = {
        key: line
        for key, line in test_tables.LINES.items()
        if key[0] != module
    }
    lines |= {
        (module, label): line
        for label, line in ledger.code_lines(changed(text, fault)).items()
    }
    if set(lines) != set(test_tables.LINES):
        return "a label is not there any more"
    return next(failures(test_tables, new_LINES=lines), "")


def record_with(fault):
    path = experiments.RESULTS / fault["file"]
    return json.loads(changed(path.read_text(encoding="utf-8"), fault))


def in_checksum(fault, monkeypatch):
    record = record_with(fault)
    return record["checksum"] != experiments.checksum(record["runs"])


def in_repeat(fault, monkeypatch):
    """Even where the checksum was made anew."""
    monkeypatch.setattr(
        test_results, "record_of", lambda name: record_with(fault)
    )
    try:
        test_results.test_the_smallest_run_repeats(Path(fault["file"]).stem)
    except AssertionError as error:
        return str(error)
    return ""


def in_defaults(fault, monkeypatch):
    run = experiments.EXPERIMENTS[Path(fault["file"]).stem].run
    return record_with(fault)["defaults"] != experiments.defaults(run)


def in_references(fault, monkeypatch):
    """A reference leads to another equation, which exists as well."""
    page = fault["file"]
    text = changed(PAGES[page], fault)
    assert set(test_references.REFERENCE.findall(text)) <= set(
        test_references.DISPLAYS
    )
    read = test_references.READ.get(page, {})
    return test_references.unconfirmed(text) != read


def in_descriptions(fault, monkeypatch):
    """A number in the words about a figure has no origin."""
    page = fault["file"]
    found = "\n".join(test_numbers.drawn(page))
    text = test_numbers.prose_of(changed(found, fault))
    return test_numbers.unexplained(page, text, test_numbers.code_of(page))


def in_names(fault, monkeypatch):
    """A name of the core in a sentence is none."""
    text = changed(PAGES[fault["file"]], fault)
    return list(test_references.names_that_are_none(text))


def in_outputs(fault, monkeypatch):
    """A stored figure has its names elsewhere, or says something else."""
    page = fault["file"]
    html, text = next(
        (html, text)
        for _, drawn, text in test_page_figures.cells(page)
        for html in drawn
        if fault["old"] in html
    )
    html = changed(html, fault)
    return test_page_figures.misplaced(html) or (
        test_page_figures.spoken(html) != text
    )


@functools.cache
def before(page, place):
    """The names of a page just before one of its code cells is run."""
    code = test_page_figures.code(page)
    names = dict(before(page, place - 1)) if place else {"__name__": page}
    if place:
        exec(compile(code[place - 1], f"{page}[{place - 1}]", "exec"), names)
    return names


def in_cell(fault, monkeypatch):
    """A cell of a page does not go through with the changed code."""
    page = fault["file"]
    code = test_page_figures.code(page)
    (place,) = (i for i, text in enumerate(code) if fault["old"] in text)
    monkeypatch.chdir(BOOK)
    with mpl.rc_context():
        names = dict(before(page, place))
        try:
            exec(changed(code[place], fault), names)
        except AssertionError as error:
            return f"stopped: {error}"
    return ""


def in_explorables(fault, monkeypatch):
    """A test of an explorable's numbers or words fails."""
    here = Path(tempfile.mkdtemp())
    monkeypatch.setattr(test_explorables, "HERE", here)
    try:
        for file in HERE.glob("*.mjs"):
            text = file.read_text(encoding="utf-8")
            if file.name == fault["file"]:
                text = changed(text, fault)
            (here / file.name).write_text(text, encoding="utf-8")
        test_explorables.model.cache_clear()
        test = getattr(test_explorables, fault["test"])
        for arguments in calls_of(test):
            try:
                test(*arguments)
            except AssertionError as error:
                return str(error)
    finally:
        test_explorables.model.cache_clear()
        shutil.rmtree(here)
    return ""


def in_published(fault, monkeypatch):
    path = experiments.RESULTS / fault["file"]
    text = changed(path.read_text(encoding="utf-8"), fault)
    monkeypatch.setattr(test_numbers, "PUBLISHED", tomllib.loads(text))
    try:
        test_numbers.test_the_site_and_the_notebook_show_the_published_numbers()
    except AssertionError:
        return "the stored outputs show another number"
    return ""


CHECKS = {
    name.removeprefix("in_"): check
    for name, check in list(globals().items())
    if name.startswith("in_") and isinstance(check, types.FunctionType)
}


def name_of(fault):
    return f"{fault['check']} {fault['file']} {fault['new'][:40]}"


@pytest.mark.parametrize("fault", FAULTS, ids=name_of)
def test_a_planted_fault_is_caught(fault, monkeypatch):
    assert CHECKS[fault["check"]](fault, monkeypatch)


def test_the_checks_pass_on_what_is_there(monkeypatch):
    """A check that always finds something would prove nothing."""
    page = "04_bptt.ipynb"
    assert not counted(page, "The", "The").open
    text = test_numbers.prose_of(PAGES[page])
    assert not test_numbers.unexplained(page, text, test_numbers.code_of(page))
    assert not list(failures(test_tables, new_NOTATION=test_tables.NOTATION))
    assert not list(failures(test_tables, new_LINES=test_tables.LINES))
    assert not list(failures(test_tables, new_PAGES=PAGES))
    assert ledger.entries(BOOK, DEFINITIONS)


def test_there_are_enough_and_of_every_kind():
    assert len(FAULTS) >= 116
    assert {fault["check"] for fault in FAULTS} == set(CHECKS)
    assert all(one["what"] and one["why"] for one in DATA["survivor"])
