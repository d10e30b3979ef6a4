"""Whatever is typed gets an answer: no exception, no hang, no flood."""

import random
import resource
import time

import pytest

from bptt_core.book import BOOK, BOOK_LSTM, check
from bptt_core.book.displays import displays
from tests.built_site import slower

STRINGS = 10_000
SECONDS_EACH = 5
GIGABYTE_IN_KILOBYTES = 1_000_000
PIECES = (
    r"\frac \partial L W U V b c h_t h_{t-1} x_t a_t z_t \hat y_t y_t "
    r"\delta_t = + - ( ) [ ] { } \left( \right) ^ _ ^\top ^2 ^{T-t} \odot "
    r"\otimes \sum \sum_{t=1}^{T} \sum_k \prod_{k=t+1}^{s} \tanh \log "
    r"\exp \operatorname{softmax} \operatorname{diag} \begin{cases} "
    r"\end{cases} \begin{aligned} \end{aligned} \\ & , 0 1 1000 t k s "
    r"\mathbf{1}_{j=k} \partial^{+} \nabla_{h_t} W^{(t)} \bar L i_t f_t "
    r"\sigma \star \in \cdots \text{for} \frac{1}{T} | \sqrt \approx é $"
).split(" ")
TRUE = [display.latex for display in displays().values()]


def random_display(rng):
    """Pieces of the book's LaTeX in any order."""
    return " ".join(rng.choices(PIECES, k=rng.randint(1, 25)))


def damaged_display(rng):
    """A true display with a few characters lost, doubled or replaced."""
    text = list(rng.choice(TRUE))
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(text))
        text[at] = rng.choice(
            ["", text[at] * 2, rng.choice(text), rng.choice(PIECES)]
        )
    return "".join(text)


@pytest.mark.parametrize("block", range(10))
def test_ten_thousand_strings_get_an_answer(block):
    rng = random.Random(block)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answers = {True: 0, False: 0}
    for number in range(STRINGS // 10):
        make = random_display if number % 2 else damaged_display
        latex = make(rng)
        notation = rng.choice([BOOK, BOOK_LSTM])
        start = time.process_time()
        verdict = check(latex, notation, hints=number % 20 == 0)
        seconds = time.process_time() - start
        assert seconds < SECONDS_EACH * slower(), latex
        assert repr(verdict), latex
        assert verdict._repr_html_(), latex
        if verdict.error is not None and verdict.error.column is not None:
            lines = latex.split("\n")
            longest = max(len(line) for line in lines)
            assert 0 <= verdict.error.column <= longest, latex
        answers[bool(verdict)] += 1
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < GIGABYTE_IN_KILOBYTES
    assert answers[False] > 100


HUGE = {
    "deep brackets": "(" * 3000 + "h_t" + ")" * 3000 + " = h_t",
    "deep fractions": r"\frac{1}{" * 500 + "2" + "}" * 500 + " = h_t",
    "deep subscripts": "h_{" * 800 + "t" + "}" * 800 + " = h_t",
    "a huge exponent": r"W^{1000000000} = W",
    "a tower of exponents": "W^{9^{9^{9^{9}}}} = W",
    "a huge sum": r"\sum_{k=1}^{1000000000} h_t = h_t",
    "many nested sums": r"\sum_{k=1}^{T} " * 60 + "h_t = h_t",
    "many free indices": " ".join(
        rf"\frac{{\partial z_{{t,{a}}}}}{{\partial V_{{{b}{a}}}}}"
        for a in "abcdeijklmnpq"
        for b in "uvw"
    )
    + " = 1",
    "a very long line": "h_t + " * 20_000 + "h_t = h_t",
    "many rows": r"h_t = a_t \\ " * 5_000 + "h_t = a_t",
    "a huge time index": r"h_{t + 1000000000} = h_t",
    "a long number": "1" * 100_000 + " h_t = h_t",
}


@pytest.mark.parametrize("latex", HUGE.values(), ids=HUGE)
def test_the_huge_is_refused_cleanly(latex):
    start = time.process_time()
    verdict = check(latex, BOOK)
    assert time.process_time() - start < SECONDS_EACH * slower()
    assert not verdict
    assert len(repr(verdict)) < 5_000


@pytest.mark.parametrize(
    "typed", [None, 5, 2.5, b"h_t = a_t", ["h_t"], {}, ""], ids=repr
)
def test_what_is_no_latex_is_refused(typed):
    verdict = check(typed, BOOK)
    assert not verdict
    assert verdict.error is not None
    assert repr(verdict)
