"""What a page asks of the checker, as JSON in and JSON out.

It runs in the reader's browser as it does here: nothing in it knows where.
Each request is an object whose ``ask`` is the name of a function below, and
whose other keys are that function's arguments.
"""

import json

from bptt_core.book import exercises
from derivations import Notation, check, define
from derivations.errors import EquationError
from derivations.judging.edits import SLIPS
from derivations.judging.exercise import STATES

_DEFINED: dict[str, Notation] = {}


def respond(request: str) -> str:
    """Answer a request; ``KeyError`` for what cannot be asked."""
    asked = json.loads(request)
    function = _ASKED[asked.pop("ask")]
    return json.dumps(function(**asked))


def notation(network: str | dict) -> Notation:
    """Return a notation by its name, or from what ``define`` takes."""
    if isinstance(network, str):
        return exercises.network(network)
    key = json.dumps(network, sort_keys=True)
    if key not in _DEFINED:
        _DEFINED[key] = define(**network)
    return _DEFINED[key]


def table(network: str | dict) -> dict:
    """Return a network's forward equations, and its table of roles."""
    try:
        found = notation(network)
    except (EquationError, TypeError, ValueError) as error:
        return {"error": str(error)}
    return {
        "name": found.name,
        "forward": list(found.forward),
        "table": [list(row) for row in found.explained()],
        "notes": list(found.network.notes),
    }


def line(network: str | dict, latex: str, hints: bool = True) -> dict:
    """Judge one line: its record, and what a notebook would print."""
    verdict = check(latex, notation(network), hints=hints)
    return {"record": verdict.record(), "lines": verdict.lines()}


def exercise(label: str, latex: str) -> dict:
    """Judge the answer to an exercise: its record, and what is printed."""
    answer = exercises.answer(label, latex)
    return {
        "record": answer.record(),
        "says": STATES[answer.state],
        "lines": answer.lines()[1:],
    }


def hints(label: str, latex: str) -> dict:
    """Return the stages of the hint to a wrong answer, in their order."""
    answer = exercises.answer(label, latex)
    if answer.state != "wrong" or not answer.hints():
        return {"stages": [{"words": answer.hint(1)}]}
    hint = answer.hints()[0]
    changes = [list(change) for change in hint.changes]
    return {
        "stages": [
            {"words": f"the kind of slip: {SLIPS[hint.kind]}"},
            {"words": "the place", "latex": answer.latex, "changes": changes},
            {"words": str(hint), "latex": hint.line},
        ]
    }


_ASKED = {f.__name__: f for f in (table, line, exercise, hints)}
