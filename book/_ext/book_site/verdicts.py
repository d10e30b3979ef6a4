"""The verifier's verdict, seen beside its equation.

A cell whose printed lines all say that an equation holds is shown as one
quiet line; the equation's number gets a mark that leads there.
"""

import re

from docutils import nodes
from sphinx.transforms import SphinxTransform

HOLDS = re.compile(r"(eq-[A-Za-z0-9-]+) holds\b.*")


def labels_that_hold(cell):
    """The labels that a cell's output calls true, or [] if it says more."""
    printed = [
        line
        for output in cell.findall(nodes.literal_block)
        if "output" in output["classes"]
        for line in output.astext().strip().splitlines()
    ]
    found = [HOLDS.fullmatch(line) for line in printed]
    return [match[1] for match in found] if found and all(found) else []


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


def setup(app):
    app.add_transform(MarkVerdicts)
