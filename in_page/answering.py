"""What a page asks of the checker, as JSON in and JSON out.

It runs in the reader's browser as it does here: nothing in it knows where.
Each request is an object whose ``ask`` is the name of a function below, and
whose other keys are that function's arguments.
"""

import json
import traceback
from contextlib import redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path

from bptt_core.book import exercises
from derivations import Notation, check, define
from derivations.errors import EquationError
from derivations.judging.edits import SLIPS
from derivations.judging.exercise import NO_HINT, STATES

LACKS = "the page has only a part of NumPy; in the notebook you have all of it"
OWN = "your code"
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


def hints(
    latex: str, label: str | None = None, network: str | dict | None = None
) -> dict:
    """Return the stages of the hint to a wrong answer, or to a false line.

    label: of the exercise; network: what the line is about.
    """
    if label is not None:
        answer = exercises.answer(label, latex)
        latex, found = answer.latex, answer.hints()
    else:
        found = check(latex, notation(network)).hints
    if not found:
        return {"stages": [{"words": NO_HINT}]}
    changes = [list(change) for change in found[0].changes]
    return {
        "stages": [
            {"words": f"the kind of slip: {SLIPS[found[0].kind]}"},
            {"words": "the place:", "latex": latex, "changes": changes},
            {"words": str(found[0]), "latex": found[0].line},
        ]
    }


@cache
def judges() -> dict[str, str]:
    """Return label → the code that comes before a reader's own."""
    text = Path(__file__).with_name("judges.json").read_text(encoding="utf-8")
    return json.loads(text)


def code(label: str, text: str) -> dict:
    """Run a reader's code behind the judge of an exercise.

    judged: name of an array → how it agrees, as ``compare`` says; None where
    nothing was judged. printed: what the code printed besides. error: what
    stopped it, or "".
    """
    names: dict = {}
    said: dict = {}
    output, error = StringIO(), ""
    exec(compile(judges()[label], "judge", "exec"), names)
    compare = names["compare"]

    def heard(*args, **kwargs):
        said.clear()
        said.update(compare(*args, **kwargs))
        return dict(said)

    names["compare"] = heard
    try:
        with redirect_stdout(output):
            exec(compile(text, OWN, "exec"), names)
    except (Exception, SystemExit) as stopped:
        said.clear()
        error = _told(stopped)
    judged = {f"{name}: {words}" for name, words in said.items()}
    lines = output.getvalue().splitlines()
    others = [line for line in lines if line not in judged]
    return {
        "judged": said or None,
        "printed": "\n".join(others),
        "error": error,
    }


def _told(error):
    """Return what stopped a reader's code, and in which of its lines."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame.lineno for frame in frames if frame.filename == OWN]
    if isinstance(error, SyntaxError):
        own = [error.lineno]
    place = f"line {own[-1]}: " if own else ""
    told = f"{place}{type(error).__name__}: {error}"
    lacks = "'numpy" in told or "'ndarray'" in told
    if lacks or Path(frames[-1].filename).parent.name == "numpy":
        told += f"\n{LACKS}"
    return told


_ASKED = {f.__name__: f for f in (table, line, exercise, hints, code)}
