"""The formulas of the five sources: as printed, and as corrected."""

import pytest

from bptt_core.book import check
from bptt_core.book.sources import FORMULAS, TEXTBOOKS
from derivations.judging.mutate import mutants, tally

PRINTED = FORMULAS + TEXTBOOKS
NAMES = [f"{formula.source} {formula.number}" for formula in PRINTED]
WRONG = [formula for formula in PRINTED if not formula.holds]


@pytest.mark.parametrize("formula", PRINTED, ids=NAMES)
def test_a_printed_formula_gets_its_verdict(formula):
    verdict = check(formula.latex, formula.notation, hints=False)
    assert bool(verdict) is formula.holds, repr(verdict)


@pytest.mark.parametrize(
    "formula", WRONG, ids=[f"{f.source} {f.number}" for f in WRONG]
)
def test_a_wrong_formula_says_why_and_has_a_correction(formula):
    assert formula.why
    verdict = check(formula.corrected, formula.notation, hints=False)
    assert verdict, repr(verdict)


def test_every_source_is_there_and_each_has_an_error():
    assert {f.source for f in FORMULAS} == {"000", "001", "002", "003", "004"}
    assert {f.source for f in WRONG} >= {"000", "001", "002", "003", "004"}
    assert len(NAMES) == len(set(NAMES))


def test_the_loss_of_the_unrolled_source_is_a_mean():
    notation = next(f.notation for f in FORMULAS if f.source == "003")
    gradient = (
        r"\frac{\partial L}{\partial O_t} = \frac{1}{T}"
        r" \frac{\partial \sum_{s=1}^{T} l(O_s, y_s)}{\partial O_t}"
    )
    assert check(gradient, notation)
    assert not check(gradient.replace(r"\frac{1}{T}", ""), notation)


@pytest.mark.parametrize("source", sorted({f.source for f in PRINTED}))
def test_no_altered_formula_survives(source):
    total = 0
    for formula in PRINTED:
        if formula.source != source:
            continue
        latex = formula.latex if formula.holds else formula.corrected
        counts = tally(mutants(latex, formula.notation))
        assert counts.survived == 0, counts.examples["survived"]
        total += counts.rejected
    assert total > (100 if source.isdigit() else 10)
