"""A book whose first numbered page is a file 00_… counts its chapters from 0.

Sphinx starts at 1. The numbers of sections, equations and exercises follow
from those of the chapters, so it is enough to lower these.
"""

from pathlib import PurePosixPath

from docutils import nodes
from sphinx_external_toc.collectors import TocTreeCollectorWithStyles


def lowered(number):
    """The number of a section with its chapter one less, in its own type."""
    return type(number)([number[0] - 1, *number[1:]]) if number else number


def count_from_zero(app):
    """Wrap what numbers the sections, when every extension is set up."""
    assign = TocTreeCollectorWithStyles.assign_section_numbers

    def assign_from_zero(self, env):
        changed = assign(self, env)
        numbers = env.toc_secnumbers
        first = min(numbers, key=lambda page: numbers[page][""], default="")
        if PurePosixPath(first).name.startswith("00_"):
            for page in numbers:
                lower_page(env, page)
        return changed

    TocTreeCollectorWithStyles.assign_section_numbers = assign_from_zero


def lower_page(env, page):
    """Lower the numbers of one page wherever Sphinx has written them."""
    numbers = env.toc_secnumbers[page]
    for anchor, number in numbers.items():
        numbers[anchor] = lowered(number)
    for node in (env.titles[page], *env.tocs[page].findall(nodes.reference)):
        if "secnumber" in node:
            node["secnumber"] = lowered(node["secnumber"])


def setup(app):
    app.connect("builder-inited", count_from_zero)
