"""The score of the checker: lines whose answer is known, and what it says.

A folder holds the lines as TOML, beside ``networks.toml``, the networks that
more than one file is about. What a line is, and which answers are right,
stands at the head of each file. Nothing is stored: every line is judged.
"""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from derivations.errors import EquationError
from derivations.judging.check import check
from derivations.networks.define import define
from derivations.networks.notation import Notation

TRUE, FALSE, ASKED = "true", "false", "asked"


@dataclass(frozen=True)
class Case:
    """A line with the answers that are right, and the network it is about.

    answers: some of "true", "false" and "asked"; the first one is best.
    notation: a function without arguments, for a network may be refused.
    kind, words: the slip that a hint should name, or words it should hold.
    """

    latex: str
    answers: tuple[str, ...]
    notation: Callable[[], Notation]
    kind: str = ""
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Score:
    """How many lines there are, and what became of them.

    judged: got a verdict; right: got an answer that is right, be it a
    verdict or a question; wrong: got a verdict that is not theirs.
    """

    lines: int = 0
    judged: int = 0
    right: int = 0
    wrong: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.lines + other.lines,
            self.judged + other.judged,
            self.right + other.right,
            self.wrong + other.wrong,
        )


def cases(folder: Path | str, *names: str) -> list[Case]:
    """Return the cases of the files of a folder that have these names.

    A line without forward rows is about the network that it names, or that
    its group is called after, or else BOOK. Raises ``ValueError`` for a
    file that has no lines, ``OSError`` for one that is not there.
    """
    shared = _table(folder, "networks")
    shared = {name: _defined(group) for name, group in shared.items()}
    found = []
    for name in names:
        held = list(_cases(_table(folder, name), shared))
        if not held:
            raise ValueError(f"names: {name}.toml holds no lines")
        found += held
    return found


def rows(folder: Path | str, *names: str) -> tuple[int, int]:
    """Return how many forward rows the files print, and how many are read.

    A network counts with all of its rows, or with no row.
    """
    printed = read = 0
    for name in names:
        for group in _table(folder, name).values():
            count = len(group["forward"])
            printed += count
            read += count * (_tried(_defined(group)) is not None)
    return printed, read


def judged(found: Iterable[Case]) -> Score:
    """Judge every case, and return the ``Score``."""
    total = Score()
    for one in found:
        said = answer(one)
        right, verdict = said in one.answers, said != ASKED
        total += Score(1, verdict, right, verdict and not right)
    return total


def answer(one: Case) -> str:
    """Return "true", "false", or "asked" for what was not judged.

    Shapes that do not fit refute a line, unless it is true.
    """
    notation = _tried(one.notation)
    if notation is None:
        return ASKED
    found = check(one.latex, notation, hints=False)
    if found.error is None:
        return TRUE if found else FALSE
    unfit = found.error.kind == "shape" and one.answers[0] == FALSE
    return FALSE if unfit else ASKED


def named(found: Iterable[Case]) -> tuple[int, int, int]:
    """Return how many lines, how many rejected, how many with their cause.

    The cause is named by a hint of that kind of slip, or that holds one of
    the words; hints are lines that hold.
    """
    lines = rejected = causes = 0
    for one in found:
        verdict = check(one.latex, one.notation())
        lines += 1
        rejected += not verdict
        causes += not verdict and any(
            hint.kind == one.kind or any(w in str(hint) for w in one.words)
            for hint in verdict.hints
        )
    return lines, rejected, causes


def table(scores: Mapping[str, Score]) -> str:
    """Return Markdown: what was judged, one a row, and its ``Score``."""
    lines = [
        "| | lines | a verdict | a right answer | a wrong verdict |",
        "|:--|--:|--:|--:|--:|",
    ]
    for about, one in scores.items():
        cells = about, one.lines, one.judged, one.right, one.wrong
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def _table(folder, name):
    path = Path(folder, f"{name}.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _defined(group):
    """Return a function that defines the network of a table, once."""
    options = {"symbols": group.get("symbols"), **group.get("options", {})}
    return cache(lambda: define(group["forward"], **options))


def _tried(notation):
    try:
        return notation()
    except EquationError:
        return None


def _cases(table, shared) -> Iterator[Case]:
    for network in table.pop("networks", ()):
        notation = _defined(network)
        for latex, words in network["lines"]:
            yield Case(latex, tuple(words.split(", or ")), notation)
    for key, group in table.items():
        if "forward" not in group:
            for row in group.values():
                name = row.get("notation", key)
                yield _typed(row, shared.get(name) or shared["BOOK"])
            continue
        notation = _defined(group)
        for best in (TRUE, FALSE):
            for latex in group.get(best, ()):
                yield Case(latex, (best,), notation)
        for row in group.get("displays", ()):
            yield Case(row["latex"], _answers(row), notation)
        if "claim" in group:
            yield Case(group["claim"], _answers(group), notation)


def _typed(row, notation):
    words = tuple(row.get("hint", ()))
    return Case(
        row["line"], _answers(row), notation, row.get("kind", ""), words
    )


def _answers(row):
    if "kind" in row:
        return (FALSE,)
    if "right" not in row:
        return (ASKED,)
    best = TRUE if row["right"] else FALSE
    return (best, ASKED) if row.get("refusal_ok") else (best,)
