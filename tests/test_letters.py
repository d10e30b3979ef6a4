"""The letters k and s have one job each on every page.

What a letter does is read off the places where it stands: the index of a
quantity over time, or of one of its entries, a bound of a sum over steps, a
sum over classes. What is found must be what is declared here, on each page,
up to where it reads the documents in their own letters.
"""

import re

import pytest

from derivations.books import displays
from tools.notebooks import BOOK

JOBS = {
    "00_chain_rule.ipynb": {"k": "class"},
    "01_rnn_recap.ipynb": {"k": "class"},
    "02_v_gradient.ipynb": {"k": "class"},
    "03_hidden_state_recursion.ipynb": {"k": "time", "s": "time"},
    "04_bptt.ipynb": {"k": "time", "s": "time"},
    "05_lstm_gate_gradients.ipynb": {},
    "06_lstm_weight_gradients.ipynb": {"k": "unit"},
    "07_vanishing_gradients.ipynb": {"k": "time", "s": "time"},
    "08_at_the_scale_of_a_laptop.ipynb": {"s": "time"},
}
PAGES = {
    page.name: page.markdown
    for page in displays.pages(BOOK)
    if page.name in JOBS
}
FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$]+?)\$", re.S)
INDEXED = re.compile(
    r"(?P<base>\\(?:hat *y|hat\{y\}|delta|bar *L|sum|prod|star|mathbf\{1\})"
    r"|(?<![A-Za-z\\])[A-Za-z](?![A-Za-z]))"
    r"(?:\^\{[^{}]*\})?_(?:\{(?P<many>(?:[^{}]|\{[^{}]*\})*)\}|(?P<one>\w))"
)
OVER_CLASSES = ("z", "y", r"\haty", r"\hat{y}")
GATES = ("i", "f", "o", "g", r"\star")


def main_text(markdown):
    """A page without its reading of the documents, in their own letters."""
    return re.split(r"^## Reading ", markdown, maxsplit=1, flags=re.M)[0]


def jobs(latex, letter):
    """What a letter is in one formula; one that is bound elsewhere says ∅."""
    found = set()
    for match in INDEXED.finditer(latex):
        base = match["base"].replace(" ", "")
        index = match["many"] or match["one"]
        if not re.search(rf"(?<![A-Za-z\\]){letter}(?![A-Za-z])", index):
            if len(index) == 2 and letter in index and base in "UVW":
                found.add(
                    "class" if base + index[0] == "V" + letter else "unit"
                )
            continue
        if base in (r"\sum", r"\prod"):
            if re.match(rf"\s*{letter}\b", index):
                found.add("time" if "=" in index else "class")
            elif "=" in index:
                found.add("time")  # a bound
        elif base == r"\mathbf{1}":
            continue  # the indices that it compares stand elsewhere
        elif base == "e":
            found.add("class")  # the exponential of a logit
        else:
            parts = index.split(",")
            if base in ("a", r"\delta") and parts[0].strip() in GATES:
                parts = parts[1:]
            place = next(n for n, p in enumerate(parts) if letter in p)
            if base in (*OVER_CLASSES, "c") and len(parts) == 1:
                continue  # a step, or a class: of the only step, of the bias
            if place == 0:
                found.add("time")
            else:
                found.add("class" if base in OVER_CLASSES else "unit")
    return found


def found_in(markdown):
    """Letter → all its jobs in the formulas of a text."""
    formulas = [match[1] or match[2] for match in FORMULA.finditer(markdown)]
    return {
        letter: set().union(*(jobs(latex, letter) for latex in formulas))
        for letter in "ks"
    }


@pytest.mark.parametrize("page", JOBS)
def test_a_letter_has_its_declared_job(page):
    found = found_in(main_text(PAGES[page]))
    declared = JOBS[page]
    assert {letter: jobs for letter, jobs in found.items() if jobs} == {
        letter: {job} for letter, job in declared.items()
    }


@pytest.mark.parametrize(
    ("page", "planted", "letter"),
    [
        ("03_hidden_state_recursion.ipynb", r"$\sum_k y_{t,k} = 1$", "k"),
        ("04_bptt.ipynb", r"$\hat y_{t,s}$", "s"),
        ("04_bptt.ipynb", r"$$ a_{t,k} = \sum_q W_{kq} h_{t-1,q} $$", "k"),
        ("02_v_gradient.ipynb", r"$\prod_{k=t+1}^{T} J_k$", "k"),
        ("01_rnn_recap.ipynb", r"the state $h_{k-1}$", "k"),
        ("00_chain_rule.ipynb", r"$\sum_{t=k}^{T} L_t$", "k"),
    ],
)
def test_a_second_job_is_seen(page, planted, letter):
    found = found_in(main_text(PAGES[page]) + planted)
    assert len(found[letter]) == 2


def test_the_documents_are_read_in_their_own_letters():
    """So the rest of a page may say more of a letter than its main text."""
    whole = found_in(PAGES["02_v_gradient.ipynb"])
    assert whole["s"] == {"time", "class"}
    assert not found_in(main_text(PAGES["02_v_gradient.ipynb"]))["s"]
