"""A symbol tells its name and shape where a section first displays it.

The names stand in one place, the tables of the notation page. At build time
the first use of a symbol among the displays of a section gets its number in
that table; book.js shows the row under the pointer, at a touch, or when the
formula has the focus. Without scripts nothing is seen of it but the colour of
its role, which stands in the same page's table of roles.
"""

import re
from html import escape

from docutils import nodes

from .folding import fold
from .renderer import RENDERER

NOTATION = "ch-notation"  # the label of the page that holds the tables
CHAPTER = re.compile(r"(.*/)?0[0-8]_[^/]*")  # later ones have other letters
SOURCES = re.compile(r"The sources?\b")  # a section in the letters of others
END_OF_NAME = re.compile(r"[;:]")
MATHML = re.compile(r"<semantics>(.*)<annotation")
MARK = re.compile(r'data-symbol="(\d+)"')
# A role of the notation page's table → the class of its colour.
ROLES = {
    "state": "c-h",
    "input": "c-x",
    "parameter": "c-w",
    "error, gradient": "c-d",
    "cell": "c-c",
}


def words_of(entry):
    """What a cell says up to ; or : as HTML, and the symbols in it."""
    said, names = "", []
    for part in entry.findall(
        lambda node: isinstance(node, nodes.Text | nodes.math)
    ):
        if isinstance(part, nodes.math):
            latex = part.astext()
            mathml = MATHML.search(RENDERER.mathml(latex))[1]
            said += f"<math>{mathml}</math>"
            names += RENDERER.names(latex)
        elif not isinstance(part.parent, nodes.math):
            words, *rest = END_OF_NAME.split(part.astext(), maxsplit=1)
            said += escape(words)
            if rest:
                break
    return said, names


def tables_of(doctree):
    """The words of each table's head, and the entries of each of its rows."""
    for table in doctree.findall(nodes.table):
        head, *rows = (
            list(row.findall(nodes.entry)) for row in table.findall(nodes.row)
        )
        yield [entry.astext() for entry in head], rows


def rows_of(doctree):
    """Names and sentence of each row headed symbol, meaning (and shape)."""
    for columns, rows in tables_of(doctree):
        if columns[:2] != ["symbol", "meaning"]:
            continue
        last = 3 if "shape" in columns[:3] else 2
        for row in rows:
            (symbol, names), *more = map(words_of, row[:last])
            yield names, f"{symbol}: {', '.join(said for said, _ in more)}"


def roles_of(doctree):
    """Name → class of its colour, from the table of roles."""
    return {
        name: ROLES[row[0].astext()]
        for columns, rows in tables_of(doctree)
        if columns == ["role", "colour", "symbols"]
        for row in rows
        for formula in row[2].findall(nodes.math)
        for name in RENDERER.names(formula.astext())
        if name != "L"  # an error is the derivative, not the loss
    }


def colour(doctree, roles):
    """Colour the formulas of these tables that show one role alone.

    The page itself says nothing of colours: other programs show it too.
    """
    for columns, rows in tables_of(doctree):
        shown = {"symbol": 0, "role": 2}.get(columns[0])
        for row in rows if shown is not None else ():
            for formula in row[shown].findall(nodes.math):
                latex = formula.astext()
                found = {roles.get(name) for name in RENDERER.names(latex)}
                if len(found) == 1 and None not in found:
                    formula[:] = [
                        nodes.Text(rf"\class{{{found.pop()}}}{{{latex}}}")
                    ]


def note_rows(app, doctree):
    """Keep the rows and the roles, where this is the notation page."""
    if NOTATION in doctree.ids:
        app.env.book_roles = roles_of(doctree)
        colour(doctree, of_gates(app.env.book_roles))
        app.env.book_symbols = list(rows_of(doctree))


def pages_to_write(app, env):
    """Every page, where a name has changed."""
    before = getattr(env, "book_symbols_written", None)
    env.book_symbols_written = (
        getattr(env, "book_symbols", []),
        getattr(env, "book_roles", {}),
    )
    return env.found_docs if before != env.book_symbols_written else []


def section_of(node):
    """The section of a display that may explain symbols, or None.

    What is folded, and what a cell prints, is passed over.
    """
    section = None
    while node.parent is not None:
        node = node.parent
        if isinstance(node, fold) or "nb_element" in node:
            return None
        if isinstance(node, nodes.section) and isinstance(
            node.parent, nodes.section
        ):
            section = node
    if section is None or SOURCES.match(section.astext()):
        return None
    return section


def wanted(writer, node):
    """Return name → number of what no display of the section has explained.

    Call `explained` with the numbers that the display then explains.
    """
    section = section_of(node)
    page = writer.builder.current_docname
    if section is None or not CHAPTER.fullmatch(page):
        return {}
    seen = seen_in(writer, section)
    rows = getattr(writer.builder.env, "book_symbols", [])
    known = {
        name: number
        for number, (names, _) in enumerate(rows)
        for name in names
    }
    stacked = set(map(of_one_gate, known))
    gates = {known[name] for name in stacked & known.keys()}
    told = set().union(*writer.symbols_seen.values())
    return {
        name: number
        for name, number in known.items()
        if number not in seen
        and not (of_one_gate(name) in known and gates & told)
    }


def of_one_gate(name):
    """W_i for W, a_i,t for a_t.

    Once a page has told of those, a letter without a gate may stand for all
    four gates, stacked: it gets no tip.
    """
    return f"{name[:-2]}_i,t" if name.endswith("_t") else f"{name}_i"


def roles(writer):
    """Return name → class of the colour of what has a role.

    The gates' W_i, … have the colour of W, the δ_i,t that of δ_t.
    """
    return of_gates(getattr(writer.builder.env, "book_roles", {}))


def of_gates(known):
    """Roles, with those of each gate's W_i, … that are W's, … ."""
    return {of_one_gate(name): role for name, role in known.items()} | known


def explained(writer, node, found):
    """Note that a display explains the symbols of these numbers."""
    if found:
        seen_in(writer, section_of(node)).update(found)


def seen_in(writer, section):
    if not hasattr(writer, "symbols_seen"):
        writer.symbols_seen = {}
    return writer.symbols_seen.setdefault(section["ids"][0], set())


def add_sentences(app, pagename, templatename, context, doctree):
    """Hand the sentences of the marked symbols to the page."""
    marked = sorted(set(map(int, MARK.findall(context.get("body", "")))))
    rows = getattr(app.env, "book_symbols", [])
    context["symbols"] = [(number, rows[number][1]) for number in marked]


def setup(app):
    app.connect("doctree-read", note_rows)
    app.connect("env-updated", pages_to_write)
    app.connect("html-page-context", add_sentences)
