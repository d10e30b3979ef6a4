"""The ledger: every labelled equation of a book, with its stored verdict.

It reads the records that ``verify`` left in the notebooks; it judges
nothing. Tables come as Markdown.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

from derivations.errors import check_instance
from derivations.judging.mutate import Tally
from derivations.judging.record import RECORD_TYPE

from .displays import FATES, Display, NotVerified, Page, displays, pages

FORWARD = "a forward equation: it is the network that judges the others"


@dataclass(frozen=True)
class Entry:
    """One display and what became of it.

    page: where it stands. record: what ``verify`` stored about it, and
    ``judged_in``: the page where that was; for a definition both are
    ``None``, and ``reason`` says why nothing verifies it.
    """

    display: Display
    page: Page
    record: dict | None = None
    judged_in: Page | None = None
    reason: str = ""

    @property
    def counts(self) -> Tally | None:
        """The fates of its altered versions; ``None`` for a definition."""
        return Tally(**self.record["altered"]) if self.record else None


def entries(
    directory: Path | str, definitions: Mapping[str, str]
) -> dict[str, Entry]:
    """Return label → ``Entry`` for every labelled display of a book.

    definitions: label → why nothing can verify that display. A forward
    equation of a network that judges on the same page needs no line there.

    Raises ``NotVerified`` when a display is neither verified nor a
    definition, or both; when its record is of another text, does not say
    that it holds, or counts a false version that passed.
    """
    by_name = {page.name: page for page in pages(directory)}
    stored = {name: records(Path(directory, name)) for name in by_name}
    judged = {}
    for name, found in stored.items():
        for record in found:
            if "label" in record:
                place = by_name[name], record
                judged.setdefault(record["label"], []).append(place)
    return {
        label: _entry(
            shown,
            by_name[shown.source],
            judged.get(label, []),
            definitions.get(label)
            or _forward_reason(shown, stored[shown.source]),
        )
        for label, shown in displays(directory).items()
    }


def records(path: Path) -> list[dict]:
    """Return the records in the stored outputs of a page, in their order."""
    if path.suffix != ".ipynb":
        return []
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [record for cell in cells for record in stored_records(cell)]


def stored_records(cell: dict) -> list[dict]:
    """Return the records in the stored outputs of a notebook's cell."""
    bundles = [output.get("data", {}) for output in cell.get("outputs", ())]
    return [data[RECORD_TYPE] for data in bundles if RECORD_TYPE in data]


def _forward_reason(shown, stored):
    """Return the reason of a forward equation, "" for any other display."""
    forward = [row for r in stored for row in r["network"]["forward"]]
    if shown.latex in forward:
        return FORWARD
    return ""


def _entry(shown, page, judged, reason):
    if reason and judged:
        raise NotVerified(
            f"{shown.label} in {shown.source} is verified, and a definition: "
            f"{reason}"
        )
    if not reason and not judged:
        raise NotVerified(
            f"{shown.label} in {shown.source} is neither verified in a page, "
            "nor a definition, nor a forward equation of a network that "
            f"judges there; write verify({shown.label!r}, …) in a cell and "
            "execute the notebook"
        )
    for judged_in, record in judged:
        _demand_true(shown, record, judged_in)
    judged_in, record = judged[-1] if judged else (None, None)
    return Entry(shown, page, record, judged_in, reason)


def _demand_true(shown, record, judged_in):
    where = f"the record of {shown.label} in {judged_in.name}"
    if record["latex"] != shown.latex:
        raise NotVerified(
            f"{where} is of another text, {record['latex']}; "
            "execute the notebook again"
        )
    if record["verdict"] != "holds":
        raise NotVerified(f"{where} does not say that it holds")
    counts = record["altered"]
    if counts["survived"] or not any(counts[fate] for fate in FATES[:3]):
        raise NotVerified(f"{where} has no proof by altered versions")


def totals(found: Iterable[Entry]) -> Tally:
    """Add up the counts of all verified entries into one ``Tally``."""
    verified = [entry.counts for entry in found if entry.counts]
    return Tally(*(sum(getattr(c, f) for c in verified) for f in FATES))


def _address(page_name):
    return f"{page_name.rpartition('.')[0]}.html"


def _linked_page(page):
    title = page.title or page.name
    return f'<a href="{escape(_address(page.name))}">{title}</a>'


def linked_label(display: Display) -> str:
    """Return the label of a display as HTML that leads to it."""
    place = f"{_address(display.source)}#equation-{display.label.lower()}"
    return (
        f'<a style="white-space: nowrap" href="{escape(place)}">'
        f"{escape(display.label)}</a>"
    )


def inline(latex: str) -> str:
    """Return LaTeX as mathematics, unbroken, for a table of Markdown.

    Raises TypeError for what is no string.
    """
    check_instance("latex", latex, str)
    text = " ".join(latex.split()).replace("|", r"\vert ")
    return rf"$\displaystyle{{{text}}}$"


def verified_tables(found: Iterable[Entry]) -> str:
    """Return Markdown: for each page a heading and its verified entries."""
    by_page = {}
    for entry in found:
        if entry.record:
            by_page.setdefault(entry.page, []).append(entry)
    return "\n\n".join(
        f"## {_linked_page(page)}\n\n{verified_table(rows)}"
        for page, rows in by_page.items()
    )


def verified_table(found: Iterable[Entry]) -> str:
    """Return Markdown: the verified entries, one a row, with anchors."""
    head = (
        "| equation | holds for | by value | by shape | by domain | equal "
        "| network | as printed |\n|:--|:--|--:|--:|--:|--:|:--|:--|\n"
    )
    return head + "\n".join(_verified_row(e) for e in found if e.record)


def _verified_row(entry):
    shown, counts = entry.display, entry.counts
    cells = (
        _named(shown),
        entry.record["domain"].replace("every ", "every&nbsp;") or "the whole",
        *map(str, (counts.value, counts.shape, counts.domain, counts.equal)),
        _network_name(entry),
        inline(shown.latex),
    )
    return f"| {' | '.join(cells)} |"


def _network_name(entry):
    """Return a network's own name, or else the chapter that defines it."""
    name = entry.record["network"]["name"]
    if name:
        return f"`{name}`"
    return f"defined in {_linked_page(entry.judged_in)}"


def network_table(found: Iterable[Entry]) -> str:
    """Return Markdown: each network that judged, with its forward rows."""
    rows = {}
    for entry in found:
        if entry.record:
            forward = tuple(entry.record["network"]["forward"])
            judged_in = rows.setdefault((_network_name(entry), forward), {})
            judged_in[_linked_page(entry.judged_in)] = True
    head = "| network | judges in | forward equations |\n|:--|:--|:--|\n"
    return head + "\n".join(
        f"| {name} | {'<br>'.join(judged_in)} "
        f"| {'<br>'.join(map(inline, forward))} |"
        for (name, forward), judged_in in rows.items()
    )


def definition_table(found: Iterable[Entry]) -> str:
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


def code_lines(source: str) -> dict[str, str]:
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


def formula_table(found: Iterable[Entry], code: Mapping[str, str]) -> str:
    """Return Markdown: formulas, their labels, and the code beside them.

    code: label → line of code; a line that the row above shows as well is
    not repeated.
    """
    lines = ["| formula | name | in the code |", "|:--|:--|:--|"]
    before = ""
    for entry in found:
        shown = entry.display
        line = code.get(shown.label, "")
        in_code = f"`{line}`" if line and line != before else ""
        before = line
        cells = inline(shown.latex), linked_label(shown), in_code
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
