"""A prediction that answers: small inputs below a question of the text.

What is typed or chosen is judged by the page itself, without a kernel, and
kept in the reader's browser. Without scripts the question in the text is all
there is.
"""

from collections.abc import Sequence
from html import escape
from math import isfinite
from pathlib import Path
from typing import NamedTuple

from bptt_figures.moving.explorable import Explorable

HERE = Path(__file__).parent


class Choice(NamedTuple):
    """One of several words is right: `right`, one of `options`."""

    asked: str
    options: Sequence[str]
    right: str


class Number(NamedTuple):
    """A number is right that is at most `factor` times too large or small."""

    asked: str
    right: float
    factor: float = 1.0


def predict(name: str, *questions: Choice | Number) -> Explorable:
    """Return the inputs of a prediction, one line for each question.

    name: under which the reader's browser keeps the answers; one of its own
    for each prediction of the book. Raises ValueError for a choice whose
    right word is not offered, and for a number that cannot be right.
    """
    for one in questions:
        if isinstance(one, Choice) and list(one.options).count(one.right) != 1:
            raise ValueError(
                f"right: expected one of {one.options}, got {one.right!r}"
            )
        if isinstance(one, Number) and not (
            isfinite(one.right) and one.factor >= 1
        ):
            raise ValueError(
                "right, factor: expected a finite number and a factor of at "
                f"least 1, got {one.right!r} and {one.factor!r}"
            )
    lines = "".join(
        _line(f"{name}-{place}", one)
        for place, one in enumerate(questions, start=1)
    )
    style = (HERE / "prediction.css").read_text(encoding="utf-8")
    script = (HERE / "prediction.mjs").read_text(encoding="utf-8")
    asked = "; ".join(one.asked for one in questions)
    html = (
        f"<style>{style.replace(chr(10), '')}</style>"
        f'<bptt-predict class="ask" role="group" data-name="{escape(name)}" '
        'aria-label="Your prediction"><p class="ask-run">To answer here, '
        "trust the notebook and run this cell.</p>"
        f'<div class="ask-lines" hidden="hidden">{lines}'
        '<button type="button">Is it so?</button></div></bptt-predict>\n'
        f'<script type="module">\n{script.replace("export ", "")}</script>'
    )
    return Explorable(asked, html)


def _line(name: str, one: Choice | Number) -> str:
    """Return one question with its input and the place of its answer."""
    said = "<output></output>"
    if isinstance(one, Number):
        return (
            f'<p><label>{escape(one.asked)} <input type="text" '
            f'inputmode="decimal" size="7" autocomplete="off" '
            f'data-right="{one.right!r}" data-factor="{one.factor!r}">'
            f"</label> {said}</p>"
        )
    words = "".join(
        f'<label><input type="radio" name="{escape(name)}" value="{place}" '
        f'autocomplete="off"> {escape(word)}</label> '
        for place, word in enumerate(one.options)
    )
    right = list(one.options).index(one.right)
    return (
        f'<fieldset data-right="{right}"><legend>{escape(one.asked)}</legend>'
        f"{words}{said}</fieldset>"
    )
