"""The pages of a book: their labelled displays, and how one is verified.

A display is ``$$ … $$ (eq-label)`` in a markdown cell or a ``.md`` page.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from derivations.errors import EquationError
from derivations.judging.check import check
from derivations.judging.mutate import Tally, mutants, tally
from derivations.judging.page import scope
from derivations.judging.record import RECORD_TYPE
from derivations.judging.verdict import Verdict
from derivations.networks.notation import Notation

FATES = ("value", "shape", "domain", "equal", "survived")
_DISPLAY = re.compile(
    r"^[ \t>]*\$\$(?P<latex>(?:(?!\$\$).)+?)\$\$\s*\((?P<label>eq-[\w-]+)\)",
    re.MULTILINE | re.DOTALL,
)
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)


class NotVerified(EquationError):
    """A labelled equation that is false, unreadable or not there."""


@dataclass(frozen=True)
class Page:
    """A page: its file name, its title and its text of markdown."""

    name: str
    title: str
    markdown: str


@dataclass(frozen=True)
class Display:
    """A labelled display: its LaTeX, and the file it stands in."""

    label: str
    latex: str
    source: str


@dataclass(frozen=True)
class Verified:
    """A labelled display that holds, and the fates of its alterations."""

    label: str
    verdict: Verdict
    altered: Tally

    def __repr__(self) -> str:
        return (
            f"{self.label} holds: {scope(self.verdict)}; "
            f"{self.altered.rejected} altered versions rejected"
        )

    def record(self) -> dict:
        """Return the verdict's record, with ``label`` and ``altered``.

        altered: how many altered versions met which fate, by ``FATES``.
        """
        counts = {fate: getattr(self.altered, fate) for fate in FATES}
        return {
            "label": self.label,
            **self.verdict.record(),
            "altered": counts,
        }

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": repr(self), RECORD_TYPE: self.record()}


def pages(directory: Path | str) -> Iterator[Page]:
    """Yield every page of a book, the notebooks first."""
    notebooks, texts = (
        sorted(Path(directory).glob(f"*.{kind}")) for kind in ("ipynb", "md")
    )
    for path in [*notebooks, *texts]:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".ipynb":
            text = "\n\n".join(
                "".join(cell["source"])
                for cell in json.loads(text)["cells"]
                if cell["cell_type"] == "markdown"
            )
        title = _TITLE.search(text)
        yield Page(path.name, title[1].strip() if title else "", text)


def displays(directory: Path | str) -> dict[str, Display]:
    """Return label → ``Display`` for every labelled display of a book.

    Raises ``NotVerified`` when a label is used twice.
    """
    found = {}
    for page in pages(directory):
        text = re.sub(r"```.*?```", "", page.markdown, flags=re.DOTALL)
        for match in _DISPLAY.finditer(text):
            label = match["label"]
            latex = re.sub(r"^[ \t]*>", "", match["latex"], flags=re.M)
            if label in found:
                raise NotVerified(
                    f"{label} labels two displays, in {found[label].source} "
                    f"and in {page.name}"
                )
            found[label] = Display(label, latex.strip(), page.name)
    return found


def display(label: str, directory: Path | str) -> Display:
    """Return the display with this label; ``NotVerified`` if none has."""
    known = displays(directory)
    if label not in known:
        near = ", ".join(sorted(known)) or "none"
        raise NotVerified(f"no display is labelled {label}; there are: {near}")
    return known[label]


def verified(shown: Display, notation: Notation) -> Verified:
    """Judge a display, alter it in every small way, judge that too.

    Raises ``NotVerified`` when it cannot be read or does not hold on every
    random network, or when an altered version of another value holds.
    """
    verdict = check(shown.latex, notation)
    if not verdict:
        raise NotVerified(f"{shown.label} {verdict!r}")
    altered = tally(mutants(shown.latex, notation))
    if altered.survived:
        first = altered.examples["survived"][0]
        raise NotVerified(
            f"{shown.label} holds, but so does an altered version of another "
            f"value ({first.kind}): {first.pair}"
        )
    return Verified(shown.label, verdict, altered)
