"""Tables to look things up in: on a phone each row is a block of its own.

The cells of such a row say the heads of their columns, which are out of
sight there; what is long, a formula or a sentence, has its own line. How it
looks is in book.css.
"""

import re

STACKED = re.compile(
    r"(.*/)?(cheat_sheet|errata|errata_of_texts|ledger"
    r"|08_at_the_scale_of_a_laptop|10_cells)"
)
TABLE = re.compile(r'<table class="table">(.*?)</table>', re.S)
HEAD = re.compile(r"<th\b[^>]*>(.*?)</th>|<td></td>", re.S)
ROW = re.compile(r"<tr\b[^>]*>.*?</tr>", re.S)
CELL = re.compile(r"<td( class=\"[^\"]*\")?>(.*?)</td>", re.S)
TAG = re.compile(r"<[^>]*>")
# Columns that need no head beside their cells: one sees what they hold.
LONG = {"formula", "as printed", "as printed → as it holds, and why"}
LONG |= {"why nothing verifies it", "forward equations"}
LONG |= {"claim", "experiment, rate", "read in the next step by"}
PLAIN = {"", "verdict", "holds for", "name"}


def heads_of(table):
    head = table.partition("<tbody>")[0]
    return [
        " ".join(TAG.sub("", found or "").split())
        for found in HEAD.findall(head)
    ]


def stacked(found):
    """A table with its cells marked, where it is one to look things up in."""
    table = found[1]
    heads = heads_of(table)
    if not LONG & set(heads):
        return found[0]
    head, body, rows = table.partition("<tbody>")
    rows = ROW.sub(lambda row: marked(row[0], heads), rows)
    return f'<table class="table stacks">{head}{body}{rows}</table>'


def marked(row, heads):
    columns = iter(enumerate(heads))

    def mark(cell):
        number, head = next(columns)
        kinds = (cell[1] or "").removeprefix(' class="').removesuffix('"')
        if head in LONG:
            kinds += " long"
        says = ""
        if number and head not in LONG | PLAIN:
            says = f' data-head="{head}"'
        return f'<td class="{kinds.strip()}"{says}>{cell[2]}</td>'

    return CELL.sub(mark, row)


def stack(app, pagename, templatename, context, doctree):
    if doctree is not None and STACKED.fullmatch(pagename):
        context["body"] = TABLE.sub(stacked, context["body"])


def setup(app):
    app.connect("html-page-context", stack, priority=910)
