"""The checker says the same on the stand-in as on NumPy."""

import json
import os
import subprocess
import sys

import pytest

from bptt_core.book import DEFINITIONS, book_directory, exercises
from derivations import check
from derivations.books import ledger
from in_page import answering
from tests import in_page_claims as claims
from tools import in_page

ALTERED, SEED = 60, 7


def on_the_stand_in(asked):
    """The records of claims, from a process that finds the stand-in first."""
    path = os.pathsep.join([str(claims.ROOT / "in_page"), str(claims.ROOT)])
    run = subprocess.run(
        [sys.executable, "-m", "tests.in_page_claims"],
        input=json.dumps(asked),
        capture_output=True,
        encoding="utf-8",
        cwd=claims.ROOT,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_the_stand_in_is_what_the_other_process_finds():
    path = str(claims.ROOT / "in_page")
    run = subprocess.run(
        [sys.executable, "-c", "import numpy; print(numpy.__file__)"],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": path},
        check=True,
    )
    assert run.stdout.startswith(path)


@pytest.mark.parametrize(
    ("asked", "least"),
    [
        # In the browser all are asked; here a third of what has no label.
        (claims.displays, 120),
        (lambda: claims.printed()[::3], 60),
        (lambda: claims.cases()[::3], 200),
        (lambda: claims.altered(ALTERED, SEED), ALTERED),
    ],
    ids=["displays", "sources", "cases", "altered"],
)
def test_the_same_record_for_every_claim(asked, least):
    asked = asked()
    assert len(asked) >= least
    records, theirs = claims.judged(asked), on_the_stand_in(asked)
    different = [
        (claim["latex"], one, other)
        for claim, one, other in zip(asked, records, theirs, strict=True)
        if not claims.alike(one, other)
    ]
    assert different == []


def test_alike_sees_what_differs():
    (holds, false) = claims.judged(
        [
            {"ask": "line", "network": "BOOK", "latex": r"z_t = V h_t + c"},
            {"ask": "line", "network": "BOOK", "latex": r"z_t = V h_t"},
        ]
    )
    assert claims.alike(holds, dict(holds))
    assert not claims.alike(holds, false)
    found = false["counterexample"]
    moved = {**found, "left": f"{float(found['left']) * 1.01:.4g}"}
    assert not claims.alike(false, {**false, "counterexample": moved})


def ask(**request):
    return json.loads(answering.respond(json.dumps(request)))


def test_what_a_page_asks_is_answered():
    table = ask(ask="table", network="BOOK_LSTM")
    assert table["name"] == "BOOK_LSTM"
    assert ["h_t", "state", "n×1"] == next(
        row[:3] for row in table["table"] if row[0] == "h_t"
    )
    unread = ask(ask="table", network={"forward": [r"h_t = \tanh("]})
    assert "never closed" in unread["error"]
    right = ask(
        ask="exercise",
        label="ex-bptt-delta",
        latex=r"(1 - h_T^2) \odot V^\top (\hat y_T - y_T)",
    )
    assert (right["record"]["state"], right["says"]) == ("right", "right")
    wrong = r"(1 - h_T^2) \odot V (\hat y_T - y_T)"
    hints = ask(ask="hints", label="ex-bptt-delta", latex=wrong)["stages"]
    assert len(hints) == 3
    assert hints[0]["words"] == "the kind of slip: a transpose"
    (start, end, new), *_ = hints[1]["changes"]
    shown = hints[1]["latex"]
    assert shown[:start] + new + shown[end:] in hints[2]["latex"] or (
        hints[2]["latex"] in shown[:start] + new + shown[end:]
    )
    with pytest.raises(KeyError):
        ask(ask="anything else")


@pytest.mark.parametrize("label", ["eq-delta", "eq-lstm-dc"])
def test_the_edits_of_a_page_are_what_the_checker_says(label):
    """An edit of the domain may hold at fewer times, or be refused."""
    entry = ledger.entries(book_directory(), DEFINITIONS)[label]
    row = in_page.edits_of(entry)
    assert len(row["edits"]) > 5
    notation = exercises.network(row["network"])
    for _, pair, fate in row["edits"]:
        verdict = check(pair, notation, hints=False)
        if fate != "domain":
            assert bool(verdict) == (fate == "equal"), pair
    assert row == in_page.edits_of(entry)


def test_colours_are_taken_out_of_an_equation():
    coloured = r"\class{c-h}{h_{t}} = \tanh(\class{c-d}{\class{c-x}{a}_t})"
    assert in_page.uncoloured(coloured) == r"h_{t} = \tanh(a_t)"
