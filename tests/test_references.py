"""A reference to an equation leads to the one that its sentence is about.

That a target exists is not enough. A reference is confirmed where its
paragraph, item or row of a table holds a formula that the target has too,
or a word of the target's name. The others were read, one by one; they are
listed in test_references.toml, so that a target that changes is seen.
"""

import importlib
import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from bptt_core.book.displays import displays
from derivations.books import formulas
from tests.test_numbers import PAGES

READ = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)
DISPLAYS = displays()
REFERENCE = re.compile(r"\{eq\}`([\w-]+)`")
PARAGRAPH = re.compile(r"\n\s*\n|\n(?=\s*(?:[*|-]|\d\.))")
# Words of names that say nothing by themselves.
SHORT = {"eq", "flow", "lstm", "gru", "rtrl"}


def in_one_line(latex):
    """Signs without what only groups them: a fraction, or a stroke."""
    return [
        sign for sign in formulas._signs(latex) if sign not in ("{", "}", "&")
    ]


def confirmed(paragraph, label):
    """Whether a paragraph has a formula, or a word, of this equation."""
    target = DISPLAYS[label].latex
    parts = formulas._Parts([target])
    prose = formulas._INLINE.sub(" ", formulas._DISPLAY.sub(" ", paragraph))
    words = set(re.findall(r"[a-z]{4,}", prose.lower()))
    names = set(label.split("-")) - SHORT
    if any(
        len(name) > 3 and word.startswith(name)
        for name in names
        for word in words
    ):
        return True
    left = in_one_line(target)[: len(in_one_line(target.split("=")[0]))]
    for match in formulas._INLINE.finditer(paragraph):
        latex = match["latex"]
        found = in_one_line(latex.split("=")[0])
        if found == left and ("=" in latex or len(found) > 4):
            return True
        nothing = formulas._NAME.fullmatch(latex) or (
            formulas._SHAPE.fullmatch(latex)
        )
        if nothing or len(formulas._signs(latex)) < 5:
            continue
        if parts.whole_of(latex):
            return True
    return False


def unconfirmed(markdown):
    """Label -> how often a text refers to it without a confirmation."""
    found = Counter()
    for paragraph in PARAGRAPH.split(markdown):
        for match in REFERENCE.finditer(paragraph):
            around = REFERENCE.sub(" ", paragraph)
            if not confirmed(around, match[1]):
                found[match[1]] += 1
    return found


@pytest.mark.parametrize("page", PAGES)
def test_a_reference_leads_where_its_sentence_says(page):
    assert unconfirmed(PAGES[page]) == READ.get(page, {})


def test_many_references_are_confirmed():
    every = sum(len(REFERENCE.findall(text)) for text in PAGES.values())
    read = sum(sum(labels.values()) for labels in READ.values())
    assert every > 120
    assert read / every < 0.7  # it may only fall


# -- names of the core -----------------------------------------------------

NAME = re.compile(
    r"`((?:rnn|lstm|losses|training|flow|oracle|tasks|layouts|checkpointing|"
    r"fast|figures)(?:\.[A-Za-z]\w*)+)"
)


def names_that_are_none(markdown):
    """Yield each name of the core in a text that the core does not have."""
    for name in NAME.findall(markdown):
        if name.endswith("_l0"):  # PyTorch's names of weights
            continue
        module, *parts = name.split(".")
        found = importlib.import_module(
            "bptt_figures.still"
            if module == "figures"
            else f"bptt_core.{module}"
        )
        for part in parts:
            if not hasattr(found, part):
                yield name
                break
            found = getattr(found, part)


@pytest.mark.parametrize("page", PAGES)
def test_a_name_of_the_core_in_a_sentence_exists(page):
    assert list(names_that_are_none(PAGES[page])) == []


def test_names_of_the_core_are_found():
    found = {name for text in PAGES.values() for name in NAME.findall(text)}
    assert {"rnn.backward", "lstm.backward"} <= found
