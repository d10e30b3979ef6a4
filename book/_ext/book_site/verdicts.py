"""The verifier's verdict, seen beside its equation.

A cell whose printed lines all say that an equation holds is shown as one
quiet line. The equation's number gets a mark that leads to its row in the
ledger, or to the cell where no page has such a row.
"""

import re

from docutils import nodes
from sphinx.transforms import SphinxTransform

HOLDS = re.compile(r"(eq-[A-Za-z0-9-]+) holds\b.*")
ROW = re.compile(r'<\w+ id="ledger-(eq-[A-Za-z0-9-]+)"')


def printed(cell):
    """The blocks that a cell has printed."""
    return [
        block
        for block in cell.findall(nodes.literal_block)
        if "output" in block["classes"]
    ]


def labels_that_hold(cell):
    """The labels that a cell's output calls true, or [] if it says more."""
    found = [
        HOLDS.fullmatch(line)
        for block in printed(cell)
        for line in block.astext().strip().splitlines()
    ]
    return [match[1] for match in found] if found and all(found) else []


def split_lines(cell):
    """Make each line that a cell has printed a block: each gets its mark."""
    for block in printed(cell):
        lines = block.astext().strip().splitlines()
        block.replace_self(
            [
                nodes.literal_block(line, line, **block.attributes)
                for line in lines
            ]
        )


class MarkVerdicts(SphinxTransform):
    default_priority = 845

    def apply(self):
        places = {}
        for cell in self.document.findall(nodes.container):
            if cell.get("nb_element") != "cell_code":
                continue
            labels = labels_that_hold(cell)
            if labels:
                cell["classes"].append("verdict")
                split_lines(cell)
            for label in labels:
                places.setdefault(label, f"verdict-{label}")
            cell["ids"] += [
                f"verdict-{label}"
                for label in labels
                if f"verdict-{label}" not in self.document.ids
            ]
            for label in labels:
                self.document.ids.setdefault(f"verdict-{label}", cell)
        for formula in self.document.findall(nodes.math_block):
            if formula.get("label") in places:
                formula["verdict"] = places[formula["label"]]


def ledger(env):
    """Label → the page whose ledger has a row for it."""
    if not hasattr(env, "book_ledger"):
        env.book_ledger = {}
    return env.book_ledger


def note_rows(app, doctree):
    """Keep the rows of this page; a row is a raw anchor in a table."""
    rows = ledger(app.env)
    for raw in doctree.findall(nodes.raw):
        for label in ROW.findall(raw.astext()):
            rows[label] = app.env.docname


def forget_rows(app, env, docname):
    rows = ledger(env)
    for label in [one for one in rows if rows[one] == docname]:
        del rows[label]


def pages_to_write(app, env):
    """Every page, where the ledger got or lost a row: its marks move."""
    before = getattr(env, "book_ledger_written", {})
    env.book_ledger_written = dict(ledger(env))
    return env.found_docs if before != ledger(env) else []


def mark(app, page, label, cell):
    """The link of an equation's mark, and the words that say where it goes.

    cell: the id of the cell that verified the equation on ``page``.
    """
    row = ledger(app.env).get(label)
    if row is None:
        return f"#{cell}", f"{label} holds: see its check"
    place = app.builder.get_relative_uri(page, row)
    return f"{place}#ledger-{label}", f"{label} holds: see the ledger"


def setup(app):
    app.add_transform(MarkVerdicts)
    app.connect("doctree-read", note_rows)
    app.connect("env-purge-doc", forget_rows)
    app.connect("env-updated", pages_to_write)
