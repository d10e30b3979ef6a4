"""Alter a display in every small way, and see that the check notices.

A check that cannot fail is found this way. An alteration is an edit of
the LaTeX; the altered display is read and judged like any other, and is
rejected by its value, by a shape, or by its domain (an index left over,
or a formula with fewer times at which it has a value). What is not
rejected must have the same value as what it replaced, or it survived.
"""

from dataclasses import dataclass, field

from .edits import edits
from .layout import blank_layout
from .names import equations_of
from .tree import parse
from .verdict import judge_pair


@dataclass(frozen=True)
class Mutant:
    """An altered display. ``fate``: value, shape, domain, equal, survived.

    ``pair`` is the altered equation alone, left = right.
    """

    kind: str
    latex: str
    pair: str
    fate: str

    @property
    def rejected(self):
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
    def rejected(self):
        return self.value + self.shape + self.domain


def mutants(latex, notation):
    """Return every altered version of a true display, with its fate.

    latex: a display that holds; notation: as for ``check``.
    Returns a list of ``Mutant``. Raises ``EquationError`` if the display
    cannot be read.
    """
    found, seen = [], set()
    for sides in sides_of(latex):
        for number, text in enumerate(sides):
            partner = sides[1] if number == 0 else sides[0]
            before = _Original(text, partner, number == 0, notation)
            for edit in edits(text, notation.language, partner):
                altered = _squeezed(edit.apply(text))
                key = number, altered
                if key in seen or altered == _squeezed(text):
                    continue
                seen.add(key)
                fate = before.fate(altered)
                if fate is not None:
                    whole = [*sides]
                    whole[number] = altered
                    pair = " = ".join(before.pair(altered))
                    found.append(
                        Mutant(edit.kind, " = ".join(whole), pair, fate)
                    )
    return found


def tally(found):
    """Count mutants by fate."""
    result = Tally()
    for mutant in found:
        setattr(result, mutant.fate, getattr(result, mutant.fate) + 1)
        result.examples.setdefault(mutant.fate, []).append(mutant)
    return result


def sides_of(latex):
    """Return the sides of each equation of a display, as text."""
    text = blank_layout(latex)
    return [
        [_squeezed(text[side.start : side.end]) for side in sides]
        for sides, _ in equations_of(parse(latex))
    ]


def _squeezed(text):
    return " ".join(text.split())


class _Original:
    """A side of a true pair, against which its altered versions are judged.

    text: the side; partner: the other one; leads: is ``text`` the left one?
    """

    def __init__(self, text, partner, leads, notation):
        self.text = text
        self.partner = partner
        self.leads = leads
        self.notation = notation
        self.first = notation.network.sample(0)
        verdict = judge_pair(*self.pair(text), notation, [self.first])
        self.points = verdict.steps[0].points if verdict.steps else set()

    def pair(self, altered):
        """Return the (left, right) in which ``altered`` stands for text."""
        if self.leads:
            return altered, self.partner
        return self.partner, altered

    def fate(self, altered):
        """Return what becomes of the altered pair; ``None`` if unreadable."""
        pair = self.pair(altered)
        verdict = judge_pair(*pair, self.notation, [self.first])
        fate = self._rejection(verdict)
        if fate == "holds":
            verdict = judge_pair(*pair, self.notation)
            fate = self._rejection(verdict)
        if fate != "holds":
            return fate
        if self.partner == "0":
            return "equal"
        same = judge_pair(self.text, altered, self.notation)
        return "equal" if same else "survived"

    def _rejection(self, verdict):
        if verdict.error is not None:
            kind = verdict.error.kind
            if kind == "reading":
                about_index = "index" in verdict.error.message
                return "domain" if about_index else None
            if kind == "rounding":
                return "holds"
            return "domain" if kind == "domain" else "shape"
        if not verdict:
            return "value"
        compared = verdict.steps[0].points
        return "holds" if compared >= self.points else "domain"
