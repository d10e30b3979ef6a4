"""What folds is a native <details>: no script, usable by keys, open in print.

Any admonition or exercise with the class `dropdown` becomes one.
"""

from html import escape

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.transforms.post_transforms import SphinxPostTransform

# myst-nb fills one pattern for all; a cell that says its own words keeps them.
CELL_PROMPTS = {
    "fold:source": "The code of this output",
    "fold:figure": "The code of this figure",
    "fold:content": "The solution in code",
    "fold:output": "What it prints",
}


class fold(nodes.General, nodes.Element):
    """A <details> whose first child is its summary."""


class fold_summary(nodes.General, nodes.TextElement):
    """What is seen while it is closed."""


class FoldDropdowns(SphinxPostTransform):
    default_priority = 900
    formats = ("html",)

    def run(self, **kwargs):
        for node in list(self.document.findall(nodes.Admonition)):
            if "dropdown" not in node["classes"]:
                continue
            title = node.next_node(nodes.title)
            if title is None or title.parent is not node:
                name = node.tagname.replace("_", " ").capitalize()
                words = [nodes.Text(name)]
            else:
                node.remove(title)
                words = title.children
            kinds = [name for name in node["classes"] if name != "dropdown"]
            folded = fold(
                "",
                fold_summary("", "", *words),
                *node.children,
                ids=node["ids"],
                classes=["admonition", *kinds],
            )
            node.replace_self(folded)


def visit_fold(writer, node):
    writer.body.append(writer.starttag(node, "details"))


def depart_fold(writer, node):
    writer.body.append("</details>\n")


def visit_summary(writer, node):
    writer.body.append('<summary class="admonition-title">')


def depart_summary(writer, node):
    writer.body.append("</summary>\n")


def draws(cell):
    """Whether a cell's output is a figure."""
    return any(cell.findall(nodes.image)) or any(
        "<svg" in raw.astext() for raw in cell.findall(nodes.raw)
    )


def visit_cell(writer, node):
    """As myst-nb does, with one summary whose name is what it says."""
    prompt = node["prompt_show"]
    if prompt == "fold:source" and draws(node.parent):
        prompt = "fold:figure"
    prompt = CELL_PROMPTS.get(prompt, prompt)
    writer.body.append(f'<details class="hide {" ".join(node["classes"])}">')
    writer.body.append(f"<summary>{escape(prompt)}</summary>")


def depart_cell(writer, node):
    writer.body.append("</details>\n")


def setup(app):
    app.add_node(
        HideCodeCellNode, override=True, html=(visit_cell, depart_cell)
    )
    app.add_node(fold, html=(visit_fold, depart_fold))
    app.add_node(fold_summary, html=(visit_summary, depart_summary))
    app.add_post_transform(FoldDropdowns)
