"""Alter a display in every small way, and see that the check notices.

A check that cannot fail is found this way. An alteration is an edit of
the LaTeX; the altered display is read and judged like any other, and is
rejected by its value, by a shape, or by its domain (an index left over,
or a formula with fewer times at which it has a value). What is not
rejected must have the same value as what it replaced, or it survived.
"""

from dataclasses import dataclass, field

from derivations.errors import ReadingError
from derivations.judging.edits import edits, sides_of, squeezed
from derivations.judging.verdict import Verdict, judge_pair
from derivations.networks.notation import Notation


@dataclass(frozen=True)
class Mutant:
    """An altered equation, ``pair``: left = right.

    ``fate`` is value, shape, domain, equal or survived.
    """

    kind: str
    pair: str
    fate: str

    @property
    def rejected(self) -> bool:
        return self.fate in ("value", "shape", "domain")


@dataclass
class Tally:
    """How many altered versions met which fate."""

    value: int = 0
    shape: int = 0
    domain: int = 0
    equal: int = 0
    survived: int = 0
    examples: dict = field(default_factory=dict)

    @property
    def rejected(self) -> int:
        return self.value + self.shape + self.domain


def mutants(latex: str, notation: Notation) -> list[Mutant]:
    """Return every altered version of a true display, with its fate.

    latex: a display that holds; notation: as for ``check``.
    Returns a list of ``Mutant``. Raises ``EquationError`` if the display
    cannot be read.
    """
    found, seen = [], set()
    for sides in sides_of(latex):
        if len(sides) < 2:
            raise ReadingError("an equation needs a left and a right side")
        for number, text in enumerate(sides):
            partner = sides[0] if number else sides[1]
            points = _compared(_pair(number, text, partner), notation)
            for edit in edits(text, notation.language, partner):
                altered = squeezed(edit.apply(text))
                if altered == text or (number, altered) in seen:
                    continue
                seen.add((number, altered))
                pair = _pair(number, altered, partner)
                fate = _fate(judge_pair(*pair, notation), points)
                if fate == "holds":
                    same = partner == "0" or judge_pair(
                        text, altered, notation
                    )
                    fate = "equal" if same else "survived"
                if fate is not None:
                    found.append(Mutant(edit.kind, " = ".join(pair), fate))
    return found


def _pair(number: int, text: str, partner: str) -> tuple[str, str]:
    """Return (left, right): a text is the left one if it leads a chain."""
    return (partner, text) if number else (text, partner)


def _compared(pair: tuple[str, str], notation: Notation) -> set:
    """Return the points at which an unaltered pair is compared."""
    verdict = judge_pair(*pair, notation, [notation.network.sample(0)])
    return verdict.steps[0].points if verdict.steps else set()


def _fate(verdict: Verdict, points: set) -> str | None:
    """Return how an altered pair is rejected, "holds" if it is not.

    ``None``: it cannot be read. points: where the unaltered one has values.
    """
    error = verdict.error
    if error is None and not verdict:
        return "value"
    if error is None or error.kind == "rounding":
        return "holds" if verdict.steps[0].points >= points else "domain"
    if error.kind == "reading":
        return "domain" if "index" in error.message else None
    return "domain" if error.kind == "domain" else "shape"


def tally(found: list[Mutant]) -> Tally:
    """Count mutants by fate."""
    result = Tally()
    for mutant in found:
        setattr(result, mutant.fate, getattr(result, mutant.fate) + 1)
        result.examples.setdefault(mutant.fate, []).append(mutant)
    return result
