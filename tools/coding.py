"""What the coding exercises of the chapters need to run on their page.

The code that a reader completes calls a judge, which a chapter defines just
before it, from what stands in earlier cells. Those statements, and no others,
are found here by the names that they bind and use.
"""

import ast
import json
import re
import symtable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
LABEL = re.compile(r"^:label: (ex-[\w-]+)$", re.MULTILINE)
IN_CODE = re.compile(r"^:label: (ex-[\w-]+)\n\s*In code\b", re.MULTILINE)
SHOWN = "hide-cell"
# What a page has of the core; the chapters' judges need no other part of it.
CORE = (
    "activations",
    "arrays",
    "compare",
    "gru",
    "losses",
    "lstm",
    "oracle",
    "rnn",
)
AT_HAND = {"numpy", "typing", *(f"bptt_core.{name}" for name in CORE)}


@dataclass
class Coding:
    """A coding exercise, as a chapter has it.

    setup: the statements that come first; attempt, solution: what a reader
    finds in the cell, and what is folded below; says, solved: what the
    chapter's own run of the two printed.
    """

    setup: str
    attempt: str
    solution: str
    says: str
    solved: str


def chapters() -> list[Path]:
    """Return the notebooks of the chapters, in order."""
    return sorted((ROOT / "book").glob("[01]*_*.ipynb"))


def on_page() -> dict[str, Coding]:
    """Return label → exercise for those that run on a page.

    Their judge uses ``compare``, whose words the page shows, and all that
    they import is there.
    """
    return {
        label: one
        for path in chapters()
        for label, one in exercises(path).items()
        if "bptt_core.compare" in (modules := _imported(one.setup))
        and modules <= AT_HAND
    }


def in_notebook(path: Path) -> list[str]:
    """Return the labels of a chapter's exercises that a code cell follows."""
    found, labels = [], []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "markdown":
            labels = LABEL.findall("".join(cell["source"]))[-1:]
        else:
            found, labels = found + labels, []
    return found


def exercises(path: Path) -> dict[str, Coding]:
    """Return label → exercise for those of a chapter that say "In code"."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    found, before, label, mine = {}, [], None, []
    for cell in cells:
        text = "".join(cell["source"])
        if cell["cell_type"] != "code":
            if LABEL.search(text):
                in_code = IN_CODE.findall(text)
                label, mine = in_code[-1] if in_code else None, []
            continue
        if label is not None:
            mine.append((text, _printed(cell)))
            if SHOWN in cell["metadata"].get("tags", []):
                *judges, (attempt, says), (solution, solved) = mine
                needed = [*before, *judges]
                texts = [
                    statement
                    for one, _ in needed
                    for statement in _statements(one)
                ]
                setup = _needed(texts, attempt + "\n" + solution)
                found[label] = Coding(setup, attempt, solution, says, solved)
                before += mine[:-2]
                label = None
            continue
        before.append((text, ""))
    return found


def _printed(cell):
    return "".join(
        "".join(output.get("text", ""))
        for output in cell["outputs"]
        if output.get("name") == "stdout"
    )


def _statements(cell):
    """Return the statements of a cell, each with its decorators."""
    lines = cell.split("\n")
    found = []
    for node in ast.parse(cell).body:
        decorated = [d.lineno for d in getattr(node, "decorator_list", [])]
        start = min([node.lineno, *decorated]) - 1
        found.append("\n".join(lines[start : node.end_lineno]))
    return found


def _needed(statements, code):
    """Return those statements that the code needs, as one text."""
    known = [_names(text) for text in statements]
    wanted = [(name, len(statements)) for name in _names(code)[1]]
    kept, imported = set(), set()
    while wanted:
        name, end = wanted.pop()
        at = next(
            (k for k in reversed(range(end)) if name in known[k][0]), None
        )
        if at is None:
            continue
        imported.add((at, name))
        if at in kept:
            continue
        kept.add(at)
        # What a function uses may be bound after it, but before it is called.
        called = isinstance(ast.parse(statements[at]).body[0], ast.FunctionDef)
        last = len(statements) if called else at
        wanted += [(other, last) for other in known[at][1]]
    return "\n".join(
        _only(statements[k], {name for at, name in imported if at == k})
        for k in sorted(kept)
    )


def _names(text):
    """Return the names that a text binds, and those that it uses."""
    top = symtable.symtable(text, "cell", "exec")
    bound = {
        one.get_name()
        for one in top.get_symbols()
        if one.is_assigned() or one.is_imported() or one.is_namespace()
    }
    used = {one.get_name() for one in top.get_symbols() if one.is_referenced()}
    inner = list(top.get_children())
    for table in inner:
        inner += table.get_children()
        used |= {s.get_name() for s in table.get_symbols() if s.is_global()}
    return bound, used


def _only(statement, names):
    """Return an import of the names that are needed, another as it is."""
    (node,) = ast.parse(statement).body
    if not isinstance(node, ast.Import | ast.ImportFrom):
        return statement
    node.names = [
        one
        for one in node.names
        if (one.asname or one.name).split(".")[0] in names
    ]
    return ast.unparse(node)


def _imported(code):
    """Return the modules that a text imports, "a.b" for b from a."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            whole = node.module == "bptt_core"
            names = [f"{node.module}.{one.name}" for one in node.names]
            found |= {*names} if whole else {node.module}
    return found
