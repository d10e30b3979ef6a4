"""The witness judges the book's displays and the sources' formulas.

Each verdict is compared with the checker's, and with the truth where it is
known: a display of the book holds, a formula of a source holds or not.
"""

import pytest

from bptt_core import book
from bptt_core.book.sources import FORMULAS, TEXTBOOKS
from checker.tests import witness
from derivations.books import ledger
from derivations.meaning.vocabulary import FUNCTIONS

DISPLAYS = {
    label: (
        entry.display.latex,
        getattr(book, entry.record["network"]["name"]),
        True,
    )
    for label, entry in ledger.entries(
        book.book_directory(), book.DEFINITIONS
    ).items()
    if entry.record and entry.record["network"]["name"] in book.__all__
}
PRINTED = {
    f"{formula.source} {formula.number}": (
        formula.latex,
        formula.notation,
        formula.holds,
    )
    for formula in FORMULAS + TEXTBOOKS
}
CORRECTED = {
    f"{formula.source} {formula.number}, corrected": (
        formula.corrected,
        formula.notation,
        True,
    )
    for formula in FORMULAS + TEXTBOOKS
    if formula.corrected
}
SOURCES = PRINTED | CORRECTED


def judged(latex, notation):
    """The witness's verdict in a notation of the book, and its reason."""
    language = notation.language
    functions = {
        name: function.name
        for name, function in language.functions.items()
        if name not in FUNCTIONS and not function.unspecified
    }
    # In the book's words: δ_t is ∂L/∂a_t, for every δ and its a.
    deltas = [
        symbol.latex
        for symbol, role in language.vocabulary.roles.items()
        if role == "defined"
    ]
    symbols = {
        delta: delta.replace(r"\delta", r"\frac{\partial L}{\partial a") + "}"
        for delta in deltas
    }
    return witness.verdict(
        latex,
        notation.forward,
        layout=language.layout,
        order=language.order,
        elementwise=language.elementwise,
        functions=functions,
        symbols=symbols,
    )


@pytest.mark.parametrize("name", DISPLAYS | SOURCES)
def test_the_witness_agrees_with_the_checker(name):
    latex, notation, holds = (DISPLAYS | SOURCES)[name]
    checker = book.check(latex, notation, hints=False)
    seen, why = judged(latex, notation)
    assert bool(checker) is holds, repr(checker)
    assert seen in ("unread", holds), f"{why}\n{checker!r}"


@pytest.mark.parametrize(
    ("group", "share"), [(DISPLAYS, 0.95), (SOURCES, 0.85)]
)
def test_the_witness_reads_nearly_all(group, share):
    seen = [judged(*line[:2])[0] for line in group.values()]
    assert len(seen) > 100
    assert 1 - seen.count("unread") / len(seen) >= share
