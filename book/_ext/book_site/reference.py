"""The reference of the three packages, made from their docstrings.

Docstrings here are plain English, not a markup language: what is indented is
set as it stands, what stands in backticks is code, everything else is text.
The fields of a NamedTuple are listed with the comment, and so the shape, that
stands beside each of them.
"""

import ast
import dataclasses
import inspect
import re
import textwrap

from docutils import nodes

CODE = re.compile(r"(?::\w+:)?(`{1,2})~?(.+?)\1")
# An argument and what is said of it, as "shapes: symbol to column or …".
ARGUMENT = re.compile(r"((?:\*{0,2}[a-z]\w*)(?:, \w+)*): (?=\S)")


def plain(text):
    """Text that reStructuredText shows as it is, with code marked as code."""
    out, done = [], 0
    for code in CODE.finditer(text):
        out.append(re.sub(r"([\\*|_`])", r"\\\1", text[done : code.start()]))
        out.append(f"``{code[2].strip()}``\\ ")
        done = code.end()
    out.append(re.sub(r"([\\*|_`])", r"\\\1", text[done:]))
    return "".join(out)


def arguments(lines):
    """A list with one entry for each argument that the lines speak of."""
    said = []
    for line in lines:
        start = ARGUMENT.match(line)
        if start:
            said.append(f"- ``{start[1]}``: {plain(line[start.end() :])}")
        else:
            said.append(f"  {plain(line)}")
    return said


def block(text):
    """One paragraph of a docstring as lines of reStructuredText."""
    lines = text.splitlines()
    if lines[0].startswith(">>>"):
        return lines
    if all(line.startswith("  ") for line in lines):
        return ["::", "", *(f"  {line}" for line in lines)]
    if ARGUMENT.match(lines[0]):
        return arguments(lines)
    for place, line in enumerate(lines):
        if line.startswith("  ") and place:
            head = [plain(one) for one in lines[:place]]
            return [*head, "", "::", "", *lines[place:]]
    return [plain(line) for line in lines]


def kind(annotation):
    """What an annotation says: a shape, (T + 1, n, B), or a type's name."""
    match annotation:
        case ast.Subscript(ast.Name("Annotated"), ast.Tuple([_, shape])):
            if isinstance(shape, ast.Constant) and isinstance(
                shape.value, int
            ):
                return f"int, at least {shape.value}"
            if isinstance(shape, ast.Constant):
                sizes = shape.value.replace("+", " + ").split(" ")
                joined = ", ".join(sizes).replace(", +, ", " + ")
                return f"({joined})"
    return ast.unparse(annotation)


def fields(cls):
    """(name, shape or type, comment) of each field, as written."""
    source = textwrap.dedent(inspect.getsource(cls))
    rows = source.splitlines()
    for node in ast.parse(source).body[0].body:
        if isinstance(node, ast.AnnAssign):
            row = rows[node.end_lineno - 1]
            # Columns of the tree count bytes.
            rest = row.encode()[node.end_col_offset :].decode()
            comment = rest.partition("#")[2].strip()
            yield node.target.id, kind(node.annotation), comment


def translate(app, what, name, obj, options, lines):
    """Turn a docstring, in place, into reStructuredText."""
    paragraphs = re.split(r"\n\s*\n", "\n".join(lines).strip("\n"))
    lines[:] = []
    for paragraph in filter(str.strip, paragraphs):
        lines += [*block(paragraph), ""]
    if what == "class" and issubclass(obj, tuple) and hasattr(obj, "_fields"):
        for field, shape, comment in fields(obj):
            said = f"``{shape}``" + (f", {plain(comment)}" if comment else "")
            lines.append(f"- ``{field}``: {said}")
        lines.append("")


def skip(app, what, name, obj, skipped, options):
    """Fields are listed with their class; what comes with tuples is not."""
    if type(obj).__name__ == "_tuplegetter" or obj in (
        tuple.count,
        tuple.index,
    ):
        return True
    return None


def words_only(app, doctree):
    """Annotations name types of other libraries: words here, no links."""
    for node in list(doctree.findall(nodes.Element)):
        if (
            node.tagname == "pending_xref"
            and node.get("refdomain") == "py"
            and node.get("reftype") in ("class", "obj")
        ):
            node.replace_self(node.children)


def head(app, what, name, obj, options, signature, returned):
    """What a class holds is listed below its name, so not beside it too."""
    listed = hasattr(obj, "_fields") or dataclasses.is_dataclass(obj)
    if what == "class" and listed:
        return "", None
    return None


def configure(app, config):
    """Write defaults as the code does, and keep the order of the code."""
    config.autodoc_preserve_defaults = True
    config.autodoc_member_order = "bysource"
    config.add_module_names = False
    config.toc_object_entries = False
    config.html_domain_indices = False  # a page that nothing links to


def setup(app):
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("config-inited", configure)
    app.connect("autodoc-process-docstring", translate)
    app.connect("autodoc-process-signature", head)
    app.connect("autodoc-skip-member", skip)
    app.connect("doctree-read", words_only)
