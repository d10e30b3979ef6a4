"""The exercises of the chapters: their solutions pass, nothing else does."""

import ast
import json
import re
from functools import cache

import pytest

from bptt_core.book import answer, book_directory, exercises

# An attempt with a symbol that its network does not have.
UNREAD = {"ex-lstm-no-output"}
# Exercises that ask for numbers or for a program, not for an equation.
NO_EQUATION = {
    "ex-chain-by-hand",
    "ex-chain-code",
    "ex-chain-descent",
    "ex-recap-entropy",
    "ex-recap-fractions",
    "ex-recap-code",
    "ex-v-fractions",
    "ex-v-code",
    "ex-recursion-code",
    "ex-line-five",
    "ex-flow-predict",
    "ex-flow-code",
    "ex-laptop-two",
    "ex-laptop-guess",
    "ex-laptop-bias",
    "ex-bptt-code",
    "ex-lstm-code",
    "ex-lstm-weights-code",
    "ex-museum-which",
    "ex-museum-twice",
    "ex-museum-tell",
    "ex-cells-code",
    "ex-rtrl-memory",
    "ex-rtrl-pay",
    "ex-rtrl-code",
    "ex-scan-carry",
    "ex-scan-gates",
    "ex-scan-end",
    "ex-scan-recompute",
    "ex-scan-filter",
    "ex-scan-code",
}
# Exercises whose cell holds no attempt: the reader begins.
EMPTY = {
    "ex-cells-blind",
    "ex-chain-two-layers",
    "ex-recap-jacobian",
    "ex-flow-add",
    "ex-laptop-start",
    "ex-recap-mean",
    "ex-v-memory",
    "ex-v-temperature",
    "ex-logistic-state",
    "ex-bias-total",
    "ex-bptt-delta",
    "ex-smoothing",
    "ex-lstm-last-cell",
    "ex-lstm-coupled",
    "ex-lstm-output-input",
    "ex-lstm-coupled-weights",
}


@cache
def cells():
    """Return label → (texts of the attempt, texts of the solution)."""
    found, label, attempt = {}, None, None
    for path in sorted(book_directory().glob("[01][0-9]_*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] == "markdown":
                named = re.findall(r"^:label: (ex-[\w-]+)", source, re.M)
                label, attempt = (
                    (named[-1], None) if named else (label, attempt)
                )
            elif label is None:
                continue
            elif "hide-cell" in cell["metadata"].get("tags", []):
                found[label] = attempt, equations_in(source, assigned=True)
                label = None
            elif not attempt:
                attempt = equations_in(source)
    return found


def equations_in(source, assigned=False):
    """Return the texts that a cell hands to a check, or loops over.

    assigned: those that it gives a name as well.
    """
    tree = ast.parse(source)
    found = []
    for node in ast.walk(tree):
        values = []
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", "")
            values = node.args[:1] if name == "check" else []
            values = node.args[1:2] if name == "answer" else values
        elif isinstance(node, ast.For) and isinstance(node.iter, ast.Tuple):
            values = node.iter.elts
        elif isinstance(node, ast.Assign) and assigned:
            values = [node.value]
        for value in values:
            if isinstance(value, ast.Constant) and isinstance(
                value.value, str
            ):
                found.append(value.value)
    return [text for text in found if "=" in text]


def test_every_exercise_that_asks_for_an_equation_is_listed():
    assert set(cells()) - NO_EQUATION == set(exercises.TABLE)


@pytest.mark.parametrize("label", exercises.TABLE)
def test_the_solution_of_the_chapter_is_the_answer(label):
    _, solution = cells()[label]
    answers = [answer(label, latex) for latex in solution]
    assert any(answers), answers


@pytest.mark.parametrize("label", exercises.TABLE)
def test_the_solution_with_the_other_sign_is_wrong(label):
    """And in brackets it is right still: no answer is known by its looks."""
    right = next(one for one in cells()[label][1] if answer(label, one))
    left, *_, last = re.split(r"\s=\s", right.strip())
    assert answer(label, f"{left} = \\left( {last} \\right)").state == "right"
    assert answer(label, f"{left} = -\\left( {last} \\right)").state == "wrong"


@pytest.mark.parametrize("label", sorted(EMPTY))
def test_an_empty_cell_asks_for_an_answer(label):
    attempt, _ = cells()[label]
    assert attempt == []
    assert answer(label, "").state == "empty"


@pytest.mark.parametrize("label", sorted(set(exercises.TABLE) - EMPTY))
def test_the_attempt_of_the_chapter_gets_no_hint_until_it_asks(label):
    attempt, _ = cells()[label]
    wrong = [answer(label, latex) for latex in attempt]
    assert wrong
    for one in wrong:
        assert one.state == ("unread" if label in UNREAD else "wrong"), one
        assert "hint:" not in repr(one)
        assert label in UNREAD or "does not hold" in repr(one)
        stages = [one.hint() for _ in range(3)]
        assert all(stages)
        if one.hints():
            assert stages[0].startswith("the kind of slip: ")
            assert stages[1].startswith("the place:")
            assert stages[2] == str(one.hints()[0])
            assert len(set(stages)) == 3


# Attempts that are more than one slip away from an answer.
BEYOND = {
    "ex-v-unnormalised",
    "ex-v-brier",
    "ex-museum-line",
    "ex-museum-cosine",
    "ex-cells-leak",
    "ex-rtrl-bias",
    "ex-scan-key",
    "ex-scan-attention",
}


def test_most_attempts_have_a_hint():
    assert len(BEYOND) <= len(exercises.TABLE) / 6
    without = {
        label
        for label in exercises.TABLE
        if not all(answer(label, x).hints() for x in cells()[label][0])
    }
    assert without == BEYOND | UNREAD


@pytest.mark.parametrize("label", exercises.TABLE)
def test_the_question_is_no_answer(label):
    asked = exercises.TABLE[label]["asked"]
    for text in [asked] if isinstance(asked, str) else asked:
        for right in (text, f"{text} + 0", f"2 {text} - {text}"):
            found = answer(label, f"{text} = {right}")
            assert found.state in ("not asked", "not allowed"), found
    assert answer(label, text).state in ("not asked", "not allowed")


@pytest.mark.parametrize("label", exercises.TABLE)
def test_a_true_line_beside_the_question_is_no_answer(label):
    rows = exercises.network(exercises.TABLE[label]["network"]).forward
    found = answer(label, rows[0])
    assert found.state == "not asked", found
    assert "asked is" in repr(found)
    assert "type LaTeX" in repr(answer(label, "  "))


def test_what_may_be_used_is_said():
    found = answer("ex-recap-unroll", "a_2 = U x_2 + W h_1 + b")
    assert found.state == "not allowed"
    assert "h_t is used" in repr(found)
    found = answer("ex-recap-slope", r"\operatorname{diag}(1-\tanh^2(a_t))")
    assert found.state == "not allowed"
    total = r"\frac{\partial L}{\partial h_t} \odot (1 - h_t^2)"
    assert answer("ex-squared-error", total).state == "not allowed"


def test_a_sum_that_ends_before_a_minus_asks_for_brackets():
    sides = r"\sum_{t=1}^{T} \hat y_t h_t^\top - y_t h_t^\top"
    found = answer("ex-v-memory", sides)
    assert found.state == "unread"
    assert "put brackets around" in repr(found)
    assert "is a sum missing?" in repr(answer("ex-v-memory", sides[14:]))


def test_an_unknown_label_is_named():
    with pytest.raises(ValueError, match="label must be one of ex-chain"):
        answer("ex-none", "a = b")
