"""The labelled displays of the book's own pages, and ``verify``.

A display is ``$$ … $$ (eq-label)`` in a markdown cell or a ``.md`` page.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from derivations.errors import EquationError, check_instance
from derivations.judging.check import check
from derivations.judging.mutate import mutants, tally
from derivations.judging.page import scope

from .notations import BOOK

_DISPLAY = re.compile(
    r"^[ \t>]*\$\$(?P<latex>(?:(?!\$\$).)+?)\$\$\s*\((?P<label>eq-[\w-]+)\)",
    re.MULTILINE | re.DOTALL,
)
_VERIFY = re.compile(
    r"\bverify\(\s*[\"'](?P<label>eq-[\w-]+)[\"']\s*"
    r"(?:,\s*(?:notation\s*=\s*)?(?P<notation>[A-Za-z_]\w*))?"
)


_FORWARD = "a forward equation: it is the network that judges the others"
# The only labelled displays that no cell verifies, and why.
DEFINITIONS = {
    "eq-a": _FORWARD,
    "eq-h": _FORWARD,
    "eq-z": _FORWARD,
    "eq-yhat": _FORWARD,
    "eq-step-loss": _FORWARD,
    "eq-loss": _FORWARD,
    "eq-loss-mean": _FORWARD,
    "eq-target": "a demand on the targets: every random target is drawn so",
    "eq-delta-def": "it gives a derivative a letter",
    **{f"eq-lstm-a-{gate}": _FORWARD for gate in "ifog"},
    **{f"eq-lstm-{name}": _FORWARD for name in "i f o g c h z yhat".split()},
}


class NotVerified(EquationError):
    """A labelled equation that is false, unreadable or not there."""


@dataclass(frozen=True)
class Display:
    """A labelled display: its LaTeX, its file, who verifies it and how.

    ``notation`` is the name in its verify cell ("BOOK" when none is
    written there), or ``None`` when no cell verifies it.
    """

    label: str
    latex: str
    source: str
    notation: str | None = None


def book_directory():
    """Return the directory ``book`` near here, or beside the package.

    Raises ``FileNotFoundError`` when there is none.
    """
    here = Path.cwd()
    package = Path(__file__).resolve().parents[2]
    for place in (here, *here.parents, package):
        for found in (place, place / "book"):
            if found.name == "book" and (found / "notation.md").exists():
                return found
    raise FileNotFoundError("no directory named book near here")


def pages(directory=None):
    """Yield (file name, markdown text, code text) of every page."""
    directory = directory or book_directory()
    for path in sorted(directory.glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        texts = {"markdown": [], "code": []}
        for cell in cells:
            if cell["cell_type"] in texts:
                texts[cell["cell_type"]].append("".join(cell["source"]))
        yield path.name, *("\n\n".join(part) for part in texts.values())
    for path in sorted(directory.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        code = "\n".join(re.findall(r"```.*?```", text, re.DOTALL))
        yield path.name, text, code


def displays(directory=None):
    """Return label → ``Display`` for every labelled display of the book.

    Raises ``NotVerified`` when a label is used twice.
    """
    found, notations = {}, {}
    for name, markdown, code in pages(directory):
        for match in _DISPLAY.finditer(_without_code(markdown)):
            label = match["label"]
            latex = re.sub(r"^[ \t]*>", "", match["latex"], flags=re.M)
            if label in found:
                raise NotVerified(
                    f"{label} labels two displays, in {found[label].source} "
                    f"and in {name}"
                )
            found[label] = Display(label, latex.strip(), name)
        for match in _VERIFY.finditer(code):
            notations[match["label"]] = match["notation"] or "BOOK"
    return {
        label: Display(
            label, display.latex, display.source, notations.get(label)
        )
        for label, display in found.items()
    }


def _without_code(markdown):
    return re.sub(r"```.*?```", "", markdown, flags=re.DOTALL)


def display(label, directory=None):
    """Return the display with this label; ``NotVerified`` if none has."""
    known = displays(directory)
    if label not in known:
        near = ", ".join(sorted(known)) or "none"
        raise NotVerified(f"no display is labelled {label}; there are: {near}")
    return known[label]


def verify(label, notation=None):
    """Check a labelled display of the book and print one line.

    Raises ``NotVerified`` when the display is missing, cannot be read or
    does not hold on every random network, or when an altered version of
    it passes as well; TypeError for a label that is no string.
    """
    check_instance("label", label, str)
    notation = BOOK if notation is None else notation
    latex = display(label).latex
    verdict = check(latex, notation)
    if not verdict:
        raise NotVerified(f"{label} {verdict!r}")
    altered = _altered(label, latex, notation)
    print(f"{label} holds: {scope(verdict)}; {altered}")


def _altered(label, latex, notation):
    """Return what became of the altered versions, as the line's end."""
    counts = tally(mutants(latex, notation))
    if counts.survived:
        first = counts.examples["survived"][0]
        raise NotVerified(
            f"{label} holds, but so does an altered version of another "
            f"value ({first.kind}): {first.pair}"
        )
    return f"{counts.rejected} altered versions rejected"
