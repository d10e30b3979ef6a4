"""The book's own displays: found, verified, recorded."""

import copy
import json
import re

import pytest

from bptt_core import book
from bptt_core.book import (
    BOOK,
    DEFINITIONS,
    NotVerified,
    book_directory,
    check,
    notes,
    verify,
)
from derivations import define
from derivations.books import ledger
from derivations.books.displays import FATES, display, displays, verified
from derivations.judging.mutate import Tally, mutants, tally
from derivations.judging.record import RECORD_TYPE

ENTRIES = ledger.entries(book_directory(), DEFINITIONS)
CHECKED = {k: entry for k, entry in ENTRIES.items() if entry.record}
# One of each network of the book, to be altered anew.
SAMPLED = [
    "eq-delta",
    "eq-h-closed-linear",
    "eq-lstm-dc",
    "eq-softmax-jacobian",
]


NETWORKS = [name for name in book.__all__ if name.startswith("BOOK")]
# Rows that a page writes in its sentence, or derives from a display by
# leaving out the time.
UNSHOWN = {
    "BOOK_LINEAR": {r"h_t = a_t"},
    "BOOK_SQUARED": {r"L_t = \frac{1}{2} \sum_k (z_{t,k} - y_{t,k})^2"},
    "BOOK_STEP": set(book.BOOK_STEP.forward),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_forward_equations_are_displays_character_for_character(name):
    shown = {one.latex for one in displays(book_directory()).values()}
    rows = set(getattr(book, name).forward)
    assert rows - shown == UNSHOWN.get(name, set()), name


@pytest.mark.parametrize("name", NETWORKS)
def test_every_symbol_of_a_network_stands_in_the_notation(name):
    text = (book_directory() / "notation.md").read_text(encoding="utf-8")
    symbols = {row[0] for row in getattr(book, name).table()}
    gates = {re.sub(r"_([fog])\b", "_i", s) for s in symbols}
    gates = {re.sub(r"_\{[fog],", "_{i,", s) for s in gates}
    assert {s for s in gates if s not in text} == set(), name


# In these one gate stands for all: U_z for U_r, U_n and U_f.
LATER = (
    "10_cells.ipynb",
    "11_forward_in_time.ipynb",
    "12_layers_and_scans.ipynb",
)
GATE = re.compile(r"^([UWb])_[rnf]$|^a_\{[rnf],t\}$|^\\delta_\{[zrnf],t\}$")


@pytest.mark.parametrize("page", LATER)
def test_every_symbol_of_a_later_chapter_stands_in_the_notation(page):
    """Its networks are written in the letters of their own literature."""
    text = (book_directory() / "notation.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"\$([^$]+)\$", text))
    listed |= set(re.findall(r"\\class\{[\w-]+\}\{([^{}]+)\}", text))
    rows = {
        tuple(entry.record["network"]["forward"])
        for entry in CHECKED.values()
        if entry.page.name == page
    }
    assert rows
    symbols = {name for row in rows for name, *_ in define(row).table()}
    named = {
        GATE.sub(lambda m: f"{m[1]}_z" if m[1] else "a_{z,t}", s)
        for s in symbols
    }
    assert named - listed == {"l"} - listed


def test_many_displays_are_verified():
    assert len(CHECKED) > 40
    assert (book_directory() / CHECKED["eq-ce-logits"].page.name).exists()


@pytest.mark.parametrize("label", CHECKED)
def test_a_record_says_what_it_must(label):
    record = CHECKED[label].record
    assert record["latex"] == display(label, book_directory()).latex
    assert (record["verdict"], record["networks"]) == ("holds", 20)
    assert all(line["holds"] for line in record["lines"])
    assert set(record["altered"]) == set(FATES)
    assert record["altered"]["survived"] == 0
    assert CHECKED[label].counts.rejected > 0
    named = getattr(book, record["network"]["name"], None)
    if named is not None:
        assert record["network"]["forward"] == list(named.forward)


def _made_anew(label, record):
    notation = getattr(book, record["network"]["name"])
    return verified(display(label, book_directory()), notation).record()


@pytest.mark.parametrize("label", SAMPLED)
def test_a_stored_record_is_what_verify_finds_now(label):
    record = CHECKED[label].record
    anew = _made_anew(label, record)
    assert json.loads(json.dumps(anew)) == record


@pytest.mark.parametrize(
    "forge",
    [
        lambda record: record["altered"].update(value=99),
        lambda record: record.update(domain="every t, every s"),
        lambda record: record["lines"].pop(),
        lambda record: record["network"]["forward"].pop(),
    ],
)
def test_a_forged_record_is_seen(forge):
    record = copy.deepcopy(CHECKED["eq-delta"].record)
    forge(record)
    assert _made_anew("eq-delta", record) != record


def _page(tmp_path, monkeypatch, text):
    book = tmp_path / "book"
    book.mkdir()
    cell = {"cell_type": "markdown", "source": text.splitlines(True)}
    notebook = {"cells": [cell]}
    (book / "notation.md").write_text("# A book\n", encoding="utf-8")
    (book / "x.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    monkeypatch.chdir(book)
    return book


def test_verify_prints_one_line(tmp_path, monkeypatch, capsys):
    text = (
        "Before.\n\n$$ \\frac{\\partial L}{\\partial z_t}\n"
        "= \\hat y_t - y_t $$ (eq-one)\n\nAfter $$ h_t $$.\n"
    )
    book = _page(tmp_path, monkeypatch, text)
    verify("eq-one")
    line = capsys.readouterr().out
    counts = tally(mutants(display("eq-one", book_directory()).latex, BOOK))
    assert line == (
        "eq-one holds: every t, on 20 random networks; "
        f"{counts.rejected} altered versions rejected\n"
    )
    assert displays(book)["eq-one"].source == "x.ipynb"


def test_verify_shows_a_line_and_a_record(tmp_path, monkeypatch):
    _page(tmp_path, monkeypatch, "$$ s_t = \\tanh(U x_t) $$ (eq-one)")
    mine = define([r"s_t = \tanh(U x_t)", r"L = \sum_{t=1}^{T} l(s_t, y_t)"])
    shown = []
    monkeypatch.setattr(book, "show", shown.append)
    verify("eq-one", mine)
    bundle = shown[0]._repr_mimebundle_()
    assert set(bundle) == {"text/plain", RECORD_TYPE}
    assert bundle["text/plain"].startswith("eq-one holds: every t, on 20")
    record = bundle[RECORD_TYPE]
    assert record == json.loads(json.dumps(record))
    assert record["label"] == "eq-one"
    assert record["network"] == {"name": "", "forward": list(mine.forward)}
    assert record["altered"]["value"] > 0


def test_a_survivor_is_no_verified_display(tmp_path, monkeypatch):
    _page(tmp_path, monkeypatch, "$$ h_t = \\tanh(a_t) $$ (eq-one)")
    examples = {"survived": mutants("h_t = h_t", BOOK)}
    survived = Tally(survived=1, examples=examples)
    monkeypatch.setattr("derivations.books.displays.tally", lambda _: survived)
    with pytest.raises(NotVerified, match="so does an altered version"):
        verify("eq-one")


@pytest.mark.parametrize(
    ("latex", "given", "verdict"),
    [
        (r"h_t = \tanh(a_t)", None, "holds"),
        (r"h_t = a_t", None, "false"),
        (r"h_t = W", None, "false"),
        (r"h_t = q_t", None, "refused"),
        (r"\frac{\partial L}{\partial a_t} = \delta_t", [], "refused"),
        (7, None, "refused"),
    ],
)
def test_check_leaves_a_record(latex, given, verdict):
    found = check(latex, given=given)
    bundle = found._repr_mimebundle_()
    assert bundle["text/plain"] == repr(found)
    assert bundle["text/html"] == found._repr_html_()
    record = bundle[RECORD_TYPE]
    assert record == json.loads(json.dumps(record)) == found.record()
    assert record["verdict"] == verdict
    assert record["network"]["name"] == "BOOK"
    assert (record["networks"], record["domain"]) == (
        (20, "every t") if verdict == "holds" else (0, "")
    )


def test_a_record_says_where_it_fails_and_what_would_hold():
    left = r"\frac{\partial L}{\partial z_t} = \hat y_t "
    record = check(left + "+ y_t").record()
    found = record["counterexample"]
    assert found["line"] == 1
    assert set(found["times"]) == {"t"}
    assert found["left"] != found["right"]
    for side in (found["left"], found["right"]):
        assert side == f"{float(side):.4g}"
    (hint,) = record["hints"]
    assert hint["edit"] == "a sign flipped"
    assert hint["line"] == r"\hat y_t - y_t"
    assert hint["kind"] == "sign"
    assert hint["changes"] == [[len(left), len(left) + 1, "-"]]
    assert record["error"] is None
    error = check("h_t = q_t").record()["error"]
    assert (error["kind"], error["column"]) == ("reading", 6)
    assert "not a symbol" in error["message"]
    refused = check(r"\delta_t = \delta_t", given=[]).record()
    assert refused["not_given"] == [r"\delta_t"]


def test_a_note_is_rounded_and_not_shown(monkeypatch):
    glued = []
    monkeypatch.setattr(notes, "glue", lambda *a, **k: glued.append((a, k)))
    notes.note("share", 0.12678)
    notes.note("many", 12, digits=None)
    hidden = {"display": False}
    assert glued == [(("share", 0.13), hidden), (("many", 12), hidden)]
    assert isinstance(glued[1][0][1], int)
    with pytest.raises(TypeError):
        notes.note("words", object())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("$$ h_t = a_t $$ (eq-one)", "does not hold"),
        ("$$ h_t = q_t $$ (eq-one)", "not a symbol"),
        ("$$ h_t = h_t $$ (eq-two)", "no display is labelled eq-one"),
        (
            "$$ h_t = h_t $$ (eq-one)\n\n$$ h_t = h_t $$ (eq-one)",
            "labels two displays",
        ),
    ],
)
def test_verify_raises_on_anything_but_true(
    tmp_path, monkeypatch, text, words
):
    _page(tmp_path, monkeypatch, text)
    with pytest.raises(NotVerified, match=words):
        verify("eq-one")
