"""The book's own displays: found, verified, altered; networks are theirs."""

import json

import pytest

from bptt_core import book
from bptt_core.book import BOOK, BOOK_LSTM, NotVerified, check, verify
from bptt_core.book.displays import book_directory, display, displays
from derivations.judging.mutate import mutants, tally

RECAP = "a h z yhat step-loss loss loss-mean target".split()
LSTM = "a-i a-f a-o a-g i f o g c h z yhat".split()
CHECKED = {
    label: shown
    for label, shown in displays().items()
    if shown.notation in book.__all__
}


def test_forward_equations_are_the_very_strings_of_the_networks():
    recap = {display(f"eq-{name}").latex for name in RECAP}
    assert recap == set(BOOK.forward)
    cell = {display(f"eq-lstm-{name}").latex for name in LSTM}
    assert cell <= set(BOOK_LSTM.forward)
    assert set(BOOK_LSTM.forward) - cell <= recap


@pytest.mark.parametrize("label", CHECKED)
def test_no_altered_display_survives(label):
    shown = CHECKED[label]
    notation = getattr(book, shown.notation)
    assert check(shown.latex, notation)
    counts = tally(mutants(shown.latex, notation))
    assert counts.survived == 0, counts.examples["survived"]
    assert counts.rejected > 0


def test_many_displays_are_found():
    assert len(CHECKED) > 40
    assert (book_directory() / CHECKED["eq-ce-logits"].source).exists()


def _page(tmp_path, monkeypatch, text):
    book = tmp_path / "book"
    book.mkdir()
    cell = {"cell_type": "markdown", "source": text.splitlines(True)}
    code = {"cell_type": "code", "source": ["verify('eq-one', BOOK_LSTM)"]}
    notebook = {"cells": [cell, code]}
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
    counts = tally(mutants(display("eq-one").latex, BOOK))
    assert line == (
        "eq-one holds: every t, on 20 random networks; "
        f"{counts.rejected} altered versions rejected\n"
    )
    shown = displays(book)["eq-one"]
    assert (shown.source, shown.notation) == ("x.ipynb", "BOOK_LSTM")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("$$ h_t = a_t $$ (eq-one)", "does not hold"),
        ("$$ h_t = q_t $$ (eq-one)", "not a symbol"),
        ("$$ h_t = h_t $$ (eq-two)", "no display is labelled eq-one"),
        ("$$ h_t = h_t $$ (eq-one)\n\n$$ h_t = h_t $$ (eq-one)",
         "labels two displays"),
    ],
)
def test_verify_raises_on_anything_but_true(
    tmp_path, monkeypatch, text, words
):
    _page(tmp_path, monkeypatch, text)
    with pytest.raises(NotVerified, match=words):
        verify("eq-one")
