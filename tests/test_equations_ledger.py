"""Every labelled display is verified, or a definition with its reason."""

import dataclasses
import json
import re

import pytest

from bptt_core import book
from bptt_core.book import BOOK, BOOK_LSTM, NotVerified, ledger
from bptt_core.book.displays import DEFINITIONS, displays
from derivations.judging.mutate import Tally
from tools.notebooks import BOOK as BOOK_FOLDER
from tools.notebooks import ROOT

DISPLAYS = displays()
FORWARD = {*BOOK.forward, *BOOK_LSTM.forward}


@pytest.mark.parametrize("label", DISPLAYS)
def test_a_display_is_verified_or_a_definition(label):
    verified = DISPLAYS[label].notation in book.__all__
    assert verified != (label in DEFINITIONS)


def test_every_definition_has_a_reason_and_is_in_the_book():
    assert set(DEFINITIONS) <= set(DISPLAYS)
    assert all(DEFINITIONS.values())
    forward = {k for k, why in DEFINITIONS.items() if "forward" in why}
    assert {DISPLAYS[label].latex for label in forward} <= FORWARD
    assert set(DEFINITIONS) - forward == {"eq-target", "eq-delta-def"}


def test_every_label_in_a_core_comment_is_in_the_book():
    used = {}
    for name in ("losses", "rnn", "lstm", "flow"):
        text = (ROOT / "bptt_core" / f"{name}.py").read_text("utf-8")
        used |= ledger.code_lines(text)
    assert len(used) > 40
    assert set(used) <= set(DISPLAYS)
    assert used["eq-delta"] == "delta[t - 1] = slope[t - 1] * dh"


def _book(tmp_path, notation="BOOK", latex=r"h_t = \tanh(a_t)"):
    cells = [
        {"cell_type": "markdown", "source": [f"$$ {latex} $$ (eq-one)"]},
        {"cell_type": "code", "source": [f"verify('eq-one', {notation})"]},
    ]
    text = json.dumps({"cells": cells})
    (tmp_path / "01_x.ipynb").write_text(text, encoding="utf-8")
    return tmp_path


def test_an_entry_has_domain_counts_and_an_anchor(tmp_path):
    (entry,) = ledger.entries(_book(tmp_path)).values()
    assert (entry.domain, entry.networks) == ("every t", 20)
    assert entry.counts.rejected > 0
    assert entry.counts.survived == 0
    table = ledger.verified_table([entry])
    assert 'id="ledger-eq-one"' in table
    assert 'href="01_x.html#equation-eq-one"' in table
    assert ledger.totals([entry, entry]).value == 2 * entry.counts.value


@pytest.mark.parametrize(
    ("notation", "latex", "words"),
    [
        ("MINE", r"h_t = \tanh(a_t)", "nor listed as a definition"),
        ("BOOK", r"h_t = a_t", "does not hold"),
    ],
)
def test_no_entry_for_what_is_not_true(tmp_path, notation, latex, words):
    with pytest.raises(NotVerified, match=words):
        ledger.entries(_book(tmp_path, notation, latex))


def test_no_entry_when_an_altered_version_survives(tmp_path, monkeypatch):
    monkeypatch.setattr(ledger, "tally", lambda found: Tally(survived=1))
    with pytest.raises(NotVerified, match="altered version of eq-one"):
        ledger.entries(_book(tmp_path))


def test_a_formula_table_holds_formula_name_and_code():
    code = dict.fromkeys(("eq-W", "eq-U"), "W = 1")
    table = ledger.formula_table(["eq-W", "eq-U", "eq-h"], code)
    rows = table.splitlines()[2:]
    assert len(rows) == 3
    assert r"\delta_t h_{t-1}^\top" in rows[0]
    assert "`W = 1`" in rows[0]
    assert 'href="04_bptt.html#equation-eq-u"' in rows[1]
    assert "W = 1" not in rows[1] + rows[2]


def test_a_formula_table_refuses_what_is_not_verified(monkeypatch):
    shown = displays()["eq-W"]
    false = dataclasses.replace(shown, latex=r"h_t = a_t")
    monkeypatch.setattr(ledger, "displays", lambda: {"eq-W": false})
    with pytest.raises(NotVerified, match="eq-W does not hold"):
        ledger.formula_table(["eq-W"], {})


def test_the_page_shows_every_display_once():
    page = json.loads((BOOK_FOLDER / "ledger.ipynb").read_text("utf-8"))
    shown = "".join(
        "".join(output.get("data", {}).get("text/markdown", ""))
        for cell in page["cells"]
        for output in cell.get("outputs", ())
    )
    found = re.findall(r'id="ledger-(eq-[\w-]+)"', shown)
    assert sorted(found) == sorted(DISPLAYS)
