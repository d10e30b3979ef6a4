"""The coding exercises run on a page as they run in their chapter."""

import ast
import json
import os
import subprocess
import sys

import pytest

from bptt_core.book import exercises
from in_page import answering
from tools import coding, in_page

ON_PAGE = coding.on_page()
RUN = """
import json, sys
from in_page.answering import respond
for request in json.load(sys.stdin):
    print(respond(json.dumps({"ask": "code", **request})))
"""


@pytest.fixture(scope="module", name="page")
def what_a_page_has(tmp_path_factory):
    """Answers to requests from what a page loads, the stand-in included."""
    folder = tmp_path_factory.mktemp("page")
    for name, content in in_page.sources().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def answers(*requests):
        run = subprocess.run(
            [sys.executable, "-c", RUN],
            input=json.dumps(requests),
            capture_output=True,
            encoding="utf-8",
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder)},
        )
        assert run.returncode == 0, run.stderr
        return [json.loads(line) for line in run.stdout.splitlines()]

    return answers


def here(monkeypatch, label, text):
    """The same answer with NumPy, in this process."""
    judges = {name: one.setup for name, one in ON_PAGE.items()}
    monkeypatch.setattr(answering, "judges", lambda: judges)
    return json.loads(
        answering.respond(
            json.dumps({"ask": "code", "label": label, "text": text})
        )
    )


def lines(answer):
    assert (answer["error"], answer["printed"]) == ("", "")
    return "".join(f"{k}: {v}\n" for k, v in answer["judged"].items())


def test_most_coding_exercises_of_the_chapters_are_there():
    assert len(ON_PAGE) >= 8
    assert not {*ON_PAGE} & {*exercises.TABLE}


@pytest.mark.parametrize("label", ON_PAGE)
def test_what_a_judge_needs_says_what_the_chapter_printed(label, monkeypatch):
    one = ON_PAGE[label]
    assert lines(here(monkeypatch, label, one.attempt)) == one.says
    solved = lines(here(monkeypatch, label, one.solution))
    assert solved == one.solved
    assert {line.split(": ")[1] for line in solved.splitlines()} == {"exact"}
    assert one.says != solved
    # The statements are the chapter's own, and few.
    assert "glue" not in one.setup
    assert len(one.setup) < 3_000
    ast.parse(one.setup)


def test_the_page_says_what_the_chapter_printed(page):
    cases = [
        (label, code, says)
        for label, one in ON_PAGE.items()
        for code, says in ((one.attempt, one.says), (one.solution, one.solved))
    ]
    said = page(*({"label": label, "text": code} for label, code, _ in cases))
    assert [lines(one) for one in said] == [says for *_, says in cases]


CALLED = "judge(errors_of)"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            "\n1 / 0\njudge(None)",
            "line 2: ZeroDivisionError: division by zero",
        ),
        ("def errors_of(:", "line 1: SyntaxError: "),
        (
            "import numpy as np\ndef errors_of(w, h0, targets):\n"
            f"    return np.einsum('i', w)\n{CALLED}",
            "line 3: AttributeError: module 'numpy' has no attribute 'einsum'"
            f"\n{answering.LACKS}",
        ),
        (
            "def errors_of(w, h0, targets):\n"
            f"    return {{'w': w.mean()}}\n{CALLED}",
            "line 2: AttributeError: 'ndarray' object has no attribute 'mean'"
            f"\n{answering.LACKS}",
        ),
        ("raise SystemExit(3)", "line 1: SystemExit: 3"),
    ],
)
def test_what_stops_the_code_is_said_with_its_line(page, text, error):
    (said,) = page({"label": "ex-chain-code", "text": text})
    assert said["judged"] is None
    assert said["error"].startswith(error)


def test_what_the_code_prints_is_no_verdict(page):
    printed, silent, tampered = page(
        *(
            {"label": "ex-chain-code", "text": text}
            for text in (
                "print('w: exact')",
                "w = 1",
                "judge = print\njudge('h2: exact')",
            )
        )
    )
    assert printed == {"judged": None, "printed": "w: exact", "error": ""}
    assert silent == {"judged": None, "printed": "", "error": ""}
    assert tampered["judged"] is None


def test_a_run_leaves_nothing_to_the_next(page):
    one = ON_PAGE["ex-chain-code"]
    spoiled = f"two_steps = compare = None\n{one.solution}"
    first, second = page(
        {"label": "ex-chain-code", "text": spoiled},
        {"label": "ex-chain-code", "text": one.solution},
    )
    assert "TypeError" in first["error"]
    assert lines(second) == one.solved
