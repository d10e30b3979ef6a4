"""A text that was typed, rewritten piece by piece, with all its places.

Whatever is read otherwise than it was typed is rewritten here and nowhere
else; every later step sees the rewritten text alone. A place in it leads
back to the place in what was typed, where errors have to point.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from derivations.errors import EquationError

# (start, end, what stands there instead)
Patch = tuple[int, int, str]
_COMMAND = re.compile(r"\\[A-Za-z]+$")


@dataclass(frozen=True)
class Source:
    """What was typed, and the text that it is read as.

    places: for each character of ``text`` where it comes from in ``typed``;
    shown: whether a reader has to be told how it was read.
    """

    typed: str
    text: str
    places: tuple[tuple[int, int], ...]
    shown: bool = False

    @classmethod
    def of(cls, typed: str) -> "Source":
        """Return a text that is read as it is typed."""
        return cls(typed, typed, tuple((k, k + 1) for k in range(len(typed))))

    def patched(self, patches: Iterable[Patch], shown: bool = True):
        """Return the source with pieces of its text replaced.

        Of two patches that overlap, the outer one, or the first, counts.
        """
        places: list[tuple[int, int]] = []
        text, at, changed = [], 0, False
        for start, end, new in sorted(patches, key=lambda p: (p[0], -p[1])):
            if start < at or self.text[start:end] == new:
                continue
            if new[:1].isalpha() and _COMMAND.search(self.text, 0, start):
                new = f" {new}"
            text += [self.text[at:start], new]
            places += self.places[at:start]
            places += [self.place(start, end)] * len(new)
            at, changed = end, True
        if not changed:
            return self
        return replace(
            self,
            text="".join([*text, self.text[at:]]),
            places=(*places, *self.places[at:]),
            shown=self.shown or shown,
        )

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return where a piece of the text stands in what was typed."""
        if start >= len(self.places):
            stop = len(self.typed.rstrip())
            return stop, stop + 1
        first = self.places[start][0]
        last = self.places[min(max(end, start + 1), len(self.places)) - 1][1]
        return first, max(first + (end > start), last if end > start else 0)

    def pointing(self, error: EquationError) -> EquationError:
        """Return an error about the text with its place in what was typed."""
        if error.start is not None:
            error.start, error.end = self.place(error.start, error.end)
        return error

    @property
    def reading(self) -> str:
        """The text as it is read, on one line; "" where nobody need know."""
        if not self.shown:
            return ""
        text = re.sub(
            r"\\q?quad(?![A-Za-z])|[,;](?=\s*\\text\{for)", " ", self.text
        )
        text = re.sub(r" +([_^])", r"\1", " ".join(text.split()))
        text = re.sub(r"\{\s*\\top\s*\}", r"\\top ", text)
        text = re.sub(r"([_^])\{(\w)\}", r"\1\2", text)
        power = "{1T}"
        if power in text:
            text = f"{text.replace(power, 'T')}, with ^T as a power by T"
        return text.rstrip(" .,;")
