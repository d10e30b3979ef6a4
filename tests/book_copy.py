"""A copy of the house in which a test may break, add and execute pages."""

import os
import shutil
import subprocess
import sys

import nbformat

from tests.built_site import patience
from tools import notebooks

ROOT = notebooks.ROOT


def copy_house(to, *more):
    """Copy what executing a chapter needs, and ``more``, into a folder."""
    for name in (*notebooks.PACKAGES, notebooks.CASES, "tools", *more):
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name,
                to / name,
                ignore=shutil.ignore_patterns("__pycache__"),
                dirs_exist_ok=True,  # the museum stands in book/
            )
        else:
            shutil.copy(ROOT / name, to / name)
    shutil.copy(ROOT / "requirements.txt", to)
    return to


def run(root, *command):
    """Run Python in the copy, on the copy's own packages."""
    search_path = os.pathsep.join(map(str, (root, root / "checker")))
    return subprocess.run(
        [sys.executable, *command],
        cwd=root,
        env=os.environ | {"PYTHONPATH": search_path},
        capture_output=True,
        text=True,
        timeout=patience(300),
    )


def run_tool(root, *arguments):
    return run(root, "tools/notebooks.py", *arguments)


def stale(root):
    """The notebooks that the tool calls stale, by their names."""
    lines = run_tool(root, "--check").stdout.splitlines()
    return {line.removeprefix("stale: ").split(".")[0] for line in lines}


def write_page(root, name, *cells):
    """Write a notebook; a cell that begins with `>` is one of code."""
    notebook = nbformat.v4.new_notebook()
    for number, text in enumerate(cells):
        code = text.startswith(">")
        kind = (
            nbformat.v4.new_code_cell
            if code
            else (nbformat.v4.new_markdown_cell)
        )
        cell = kind(text.removeprefix(">"))
        cell["id"] = f"{name.replace('_', '-')}-{number}"
        notebook.cells.append(cell)
    path = root / "book" / f"{name}.ipynb"
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    return path


def replace_once(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (path.name, old)
    path.write_text(text.replace(old, new), encoding="utf-8")
