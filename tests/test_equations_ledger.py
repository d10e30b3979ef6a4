"""Every labelled display is verified, or a definition with its reason."""

import copy
import json
import re

import pytest

from bptt_core.book import BOOK, BOOK_LSTM, DEFINITIONS, NotVerified
from bptt_core.book.displays import displays
from derivations import define
from derivations.books import ledger, score
from derivations.books.displays import Display, verified
from derivations.judging.record import RECORD_TYPE
from tools.notebooks import BOOK as BOOK_FOLDER
from tools.notebooks import ROOT, read

DISPLAYS = displays()
ENTRIES = ledger.entries(BOOK_FOLDER, DEFINITIONS)
CASES = ROOT / "checker" / "tests" / "cases"
FORWARD = {*BOOK.forward, *BOOK_LSTM.forward}


@pytest.mark.parametrize("label", DISPLAYS)
def test_a_display_is_verified_or_a_definition(label):
    entry = ENTRIES[label]
    assert entry.display == DISPLAYS[label]
    assert bool(entry.record) != bool(entry.reason)


def test_every_definition_has_a_reason_and_is_in_the_book():
    assert set(DEFINITIONS) <= set(DISPLAYS)
    assert all(DEFINITIONS.values())
    reasons = {k: entry.reason for k, entry in ENTRIES.items() if entry.reason}
    forward = {k for k, why in reasons.items() if "forward" in why}
    for label in forward:
        page = ledger.records(BOOK_FOLDER / DISPLAYS[label].source)
        rows = {row for r in page for row in r["network"]["forward"]}
        assert DISPLAYS[label].latex in rows
    assert FORWARD <= {DISPLAYS[label].latex for label in reasons}
    assert set(reasons) - forward == set(DEFINITIONS)
    assert set(DEFINITIONS) == {"eq-target", "eq-delta-def"}


def test_every_label_in_a_core_comment_is_in_the_book():
    used = {}
    for name in ("losses", "rnn", "lstm", "flow"):
        text = (ROOT / "bptt_core" / f"{name}.py").read_text("utf-8")
        used |= ledger.code_lines(text)
    assert len(used) > 40
    assert set(used) <= set(DISPLAYS)
    assert used["eq-delta"] == "delta[t - 1] = slope[t - 1] * dh"


LATEX = r"\frac{\partial L}{\partial z_t} = \hat y_t - y_t"
MINE = define([r"s_t = \tanh(U x_t)", r"L = \sum_{t=1}^{T} l(s_t, y_t)"])
RECORD = verified(Display("eq-one", LATEX, ""), BOOK).record()


def _book(tmp_path, *records, latex=LATEX, label="eq-one", name="01_x"):
    cells = [
        {
            "cell_type": "markdown",
            "source": [f"# A title\n\n$$ {latex} $$ ({label})"],
        },
        {
            "cell_type": "code",
            "source": ["verify('eq-one')"],
            "outputs": [{"data": {RECORD_TYPE: one}} for one in records],
        },
    ]
    text = json.dumps({"cells": cells})
    (tmp_path / f"{name}.ipynb").write_text(text, encoding="utf-8")
    return tmp_path


def test_an_entry_has_domain_counts_and_an_anchor(tmp_path):
    (entry,) = ledger.entries(_book(tmp_path, RECORD), {}).values()
    record = entry.record
    assert (record["domain"], record["networks"]) == ("every t", 20)
    assert entry.counts.rejected > 0
    assert entry.counts.survived == 0
    table = ledger.verified_tables([entry])
    assert 'id="ledger-eq-one"' in table
    assert 'href="01_x.html#equation-eq-one"' in table
    assert '## <a href="01_x.html">A title</a>' in table
    assert "| `BOOK` |" in table
    assert ledger.totals([entry, entry]).value == 2 * entry.counts.value


def test_a_network_without_a_name_is_shown_by_its_chapter(tmp_path):
    latex = r"s_t = \tanh(U x_t + 0)"
    record = verified(Display("eq-one", latex, ""), MINE).record()
    found = ledger.entries(_book(tmp_path, record, latex=latex), {})
    place = 'defined in <a href="01_x.html">A title</a>'
    assert f"| {place} |" in ledger.verified_table(found.values())
    (row,) = ledger.network_table(found.values()).splitlines()[2:]
    assert row.startswith(f"| {place} |")
    for forward in MINE.forward:
        assert ledger.inline(forward) in row


def test_a_forward_equation_of_the_page_s_network_is_a_definition(tmp_path):
    latex = BOOK.forward[1]
    other = {**RECORD, "label": "eq-elsewhere"}
    found = ledger.entries(_book(tmp_path, other, latex=latex), {})
    assert "forward equation" in found["eq-one"].reason
    with pytest.raises(NotVerified, match="and a definition"):
        ledger.entries(_book(tmp_path, RECORD, latex=latex), {})
    _book(tmp_path, latex=latex)
    _book(tmp_path, other, label="eq-elsewhere", name="02_y")
    with pytest.raises(NotVerified, match="neither verified in a page"):
        ledger.entries(tmp_path, {})


def _changed(**changes):
    record = copy.deepcopy(RECORD)
    record.update(changes)
    return record


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([], "neither verified in a page"),
        ([{**RECORD, "label": "eq-two"}], "neither verified in a page"),
        ([_changed(latex="h_t = h_t")], "of another text"),
        ([_changed(verdict="false")], "does not say that it holds"),
        ([_changed(verdict="false"), RECORD], "does not say that it holds"),
        (
            [_changed(altered={**RECORD["altered"], "survived": 1})],
            "no proof by altered versions",
        ),
        (
            [_changed(altered=dict.fromkeys(RECORD["altered"], 0))],
            "no proof by altered versions",
        ),
    ],
)
def test_no_entry_without_a_record_that_it_holds(tmp_path, records, words):
    with pytest.raises(NotVerified, match=words):
        ledger.entries(_book(tmp_path, *records), {})


def test_printed_words_are_no_verdict(tmp_path):
    book = _book(tmp_path)
    page = json.loads((book / "01_x.ipynb").read_text("utf-8"))
    page["cells"][1]["outputs"] = [
        {"output_type": "stream", "text": ["eq-one holds: every t\n"]}
    ]
    (book / "01_x.ipynb").write_text(json.dumps(page), encoding="utf-8")
    with pytest.raises(NotVerified, match="neither verified in a page"):
        ledger.entries(book, {})


def test_a_formula_table_holds_formula_name_and_code():
    code = dict.fromkeys(("eq-W", "eq-U"), "W = 1")
    found = [ENTRIES[label] for label in ("eq-W", "eq-U", "eq-h")]
    table = ledger.formula_table(found, code)
    rows = table.splitlines()[2:]
    assert len(rows) == 3
    assert r"\delta_t h_{t-1}^\top" in rows[0]
    assert "`W = 1`" in rows[0]
    assert 'href="04_bptt.html#equation-eq-u"' in rows[1]
    assert "W = 1" not in rows[1] + rows[2]


def test_the_page_shows_every_display_once():
    page = json.loads((BOOK_FOLDER / "ledger.ipynb").read_text("utf-8"))
    shown = "".join(
        "".join(output.get("data", {}).get("text/markdown", ""))
        for cell in page["cells"]
        for output in cell.get("outputs", ())
    )
    found = re.findall(r'id="ledger-(eq-[\w-]+)"', shown)
    assert sorted(found) == sorted(DISPLAYS)


# -- the score: lines whose answer is known ------------------------------

# They may only rise; of every line that is added here, most are judged.
JUDGED, NAMED = 0.82, 0.94


def _noted():
    """Return name → number of what the cells of the ledger note."""
    found = {}
    for cell in read(BOOK_FOLDER / "ledger.ipynb").cells:
        for output in cell.get("outputs", ()):
            glued = output.get("metadata", {}).get("scrapbook")
            if glued:
                kind = glued["mime_prefix"] + "text/plain"
                found[glued["name"]] = float(output["data"][kind])
    return found


def test_the_ledger_says_that_no_known_line_is_misjudged():
    noted = _noted()
    assert noted["lines"] > 1_500
    assert noted["wrong"] == 0
    assert noted["judged"] >= JUDGED * noted["lines"]
    assert noted["right"] >= noted["lines"] - 2
    assert noted["read"] >= noted["printed"] - 18


def test_the_ledger_says_that_false_lines_are_rejected_and_named():
    noted = _noted()
    assert noted["false"] >= 85
    assert noted["rejected"] == noted["false"]
    assert noted["named"] >= NAMED * noted["false"]


def test_a_wrong_answer_is_counted_as_one():
    line = r"\frac{\partial L}{\partial h_t} = V^\top (\hat y_t - y_t)"
    known = [
        score.Case(line, ("false",), lambda: BOOK, "path"),
        score.Case(line, ("true", "asked"), lambda: BOOK, "sign"),
        score.Case("h_t = q_t", ("true", "asked"), lambda: BOOK, "sign"),
        score.Case("h_t = q_t", ("true",), lambda: BOOK, "sign"),
    ]
    assert score.judged(known) == score.Score(4, 2, 2, 1)
    assert score.named(known) == (4, 4, 1)
    with pytest.raises(ValueError, match="holds no lines"):
        score.cases(CASES, "networks")
