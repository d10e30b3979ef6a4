"""The ledger: every labelled equation of the book, judged and altered."""

from dataclasses import dataclass
from html import escape

from derivations.judging.check import check
from derivations.judging.mutate import Tally, mutants, tally

from . import notations
from .displays import DEFINITIONS, Display, NotVerified, displays


@dataclass(frozen=True)
class Entry:
    """One display and what became of it.

    domain: where it holds; networks: on how many; counts: the fates of its
    altered versions. For a definition these are empty and ``reason`` says
    why nothing verifies it.
    """

    display: Display
    domain: str = ""
    networks: int = 0
    counts: Tally | None = None
    reason: str = ""


def entries(directory=None):
    """Return label → ``Entry`` for every labelled display of the book.

    Raises ``NotVerified`` when a display is neither verified in its page
    nor a definition, does not hold, or has an altered version of another
    value that holds as well.
    """
    return {
        label: _entry(shown) for label, shown in displays(directory).items()
    }


def _entry(shown):
    if shown.label in DEFINITIONS:
        return Entry(shown, reason=DEFINITIONS[shown.label])
    verdict, notation = _verdict(shown)
    counts = tally(mutants(shown.latex, notation))
    if counts.survived:
        raise NotVerified(f"an altered version of {shown.label} holds too")
    return Entry(shown, verdict.domain, verdict.networks, counts)


def _verdict(shown):
    """Return (verdict, notation) of a true display; raise on any other."""
    notation = getattr(notations, shown.notation or "", None)
    if notation is None:
        raise NotVerified(
            f"{shown.label} in {shown.source} is neither verified there in "
            "a notation of the book nor listed as a definition"
        )
    verdict = check(shown.latex, notation)
    if not verdict:
        raise NotVerified(f"{shown.label} {verdict!r}")
    return verdict, notation


def totals(found):
    """Add up the counts of all verified entries into one ``Tally``."""
    fates = ("value", "shape", "domain", "equal", "survived")
    verified = [entry.counts for entry in found if entry.counts]
    return Tally(*(sum(getattr(c, f) for c in verified) for f in fates))


def place(display):
    """Return the address of a display on the book's site."""
    page = display.source.rpartition(".")[0]
    return f"{page}.html#equation-{display.label.lower()}"


def linked_label(display):
    """Return the label of a display as HTML that leads to it."""
    return (
        f'<a style="white-space: nowrap" href="{escape(place(display))}">'
        f"{escape(display.label)}</a>"
    )


def inline(latex):
    """Return LaTeX as mathematics, unbroken, for a table of Markdown."""
    text = " ".join(latex.split()).replace("|", r"\vert ")
    return rf"$\displaystyle{{{text}}}$"


def verified_table(found):
    """Return Markdown: the verified entries, one a row, with anchors."""
    head = (
        "| equation | holds for | by value | by shape | by domain | equal "
        "| notation | as printed |\n|:--|:--|--:|--:|--:|--:|:--|:--|\n"
    )
    return head + "\n".join(_verified_row(e) for e in found if e.counts)


def _verified_row(entry):
    shown, counts = entry.display, entry.counts
    cells = (
        _named(shown),
        entry.domain.replace("every ", "every&nbsp;") or "the whole",
        *map(str, (counts.value, counts.shape, counts.domain, counts.equal)),
        f"`{shown.notation}`",
        inline(shown.latex),
    )
    return f"| {' | '.join(cells)} |"


def definition_table(found):
    """Return Markdown: the definitions with the reason of each."""
    rows = (
        f"| {_named(e.display)} | {inline(e.display.latex)} | {e.reason} |"
        for e in found
        if e.reason
    )
    return "| equation | | why nothing verifies it |\n|:--|:--|:--|\n" + (
        "\n".join(rows)
    )


def _named(display):
    anchor = f'<span id="ledger-{escape(display.label)}"></span>'
    return f"{anchor}{linked_label(display)}"


def code_lines(source):
    """Return label → the line of code that ends in it as a comment.

    source: the text of a module. ``# eq-lstm-W-{i,f}`` names two labels.
    """
    found = {}
    for line in source.splitlines():
        code, mark, name = line.partition("  # eq-")
        if mark:
            stem, _, ends = name.partition("{")
            for end in ends.rstrip("}").split(","):
                found[f"eq-{stem}{end}"] = code.strip().rstrip(",")
    return found


def formula_table(labels, code):
    """Return Markdown: formulas, their labels, and the code beside them.

    code: label → line of code; a line that the row above shows as well is
    not repeated. Raises ``NotVerified`` unless each display is a
    definition or holds.
    """
    known = displays()
    lines = ["| formula | name | in the code |", "|:--|:--|:--|"]
    before = ""
    for label in labels:
        shown = known[label]
        if label not in DEFINITIONS:
            _verdict(shown)
        line = code.get(label, "")
        in_code = f"`{line}`" if line and line != before else ""
        before = line
        cells = inline(shown.latex), linked_label(shown), in_code
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
