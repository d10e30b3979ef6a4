"""The checker's verdict, seen beside its equation.

What holds is read from the records in a page's stored outputs, never from
what is printed. A cell that shows nothing but true labelled equations
becomes one quiet line. The equation's number gets a mark that leads to its
row in the ledger, or to the cell where no page has such a row.
"""

import json
import re

from docutils import nodes
from sphinx.transforms import SphinxTransform

from derivations.books.ledger import stored_records
from derivations.judging.exercise import ANSWER_TYPE
from derivations.judging.record import RECORD_TYPE

ROW = re.compile(r'<\w+ id="ledger-(eq-[A-Za-z0-9-]+)"')
# Where cells' labels that hold wait until the page is parsed, and whether
# such a cell shows nothing else.
WAITING = "book_labels_that_hold"


def take_records(app, docname, source):
    """Take the records out of a notebook that is read, keep what they say.

    They are no output to be shown, and the parser warns of their type.
    """
    if not app.env.doc2path(docname).endswith(".ipynb"):
        return
    notebook = json.loads(source[0])
    app.env.temp_data[WAITING] = {
        number: (labels, len(labels) == len(cell["outputs"]))
        for number, cell in enumerate(notebook["cells"])
        if (labels := labels_that_hold(cell))
    }
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            for kind in (RECORD_TYPE, ANSWER_TYPE):
                output.get("data", {}).pop(kind, None)
    source[0] = json.dumps(notebook)


def labels_that_hold(cell):
    """The labels that a cell's records call true."""
    return [
        record["label"]
        for record in stored_records(cell)
        if "label" in record and record["verdict"] == "holds"
    ]


class MarkVerdicts(SphinxTransform):
    default_priority = 845

    def apply(self):
        places = {}
        waiting = self.env.temp_data.get(WAITING, {})
        for cell in self.document.findall(nodes.container):
            if cell.get("nb_element") != "cell_code":
                continue
            labels, alone = waiting.get(cell["cell_index"], ([], False))
            if alone:
                cell["classes"].append("verdict")
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
    app.connect("source-read", take_records)
    app.connect("doctree-read", note_rows)
    app.connect("env-purge-doc", forget_rows)
    app.connect("env-updated", pages_to_write)
