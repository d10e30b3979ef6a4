"""What labels are called on the site, for JupyterLab, which sees one page.

    python tools/labels.py FILE    write them as JSON: label → words

An equation is called by its number, an exercise too, a section by its
heading, a work by its authors and year. The site's own numbers are the same;
a test compares them. Only the standard library is needed.
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE = re.compile(r"^ *- file: (\S+)", re.MULTILINE)
PART = re.compile(r"^  - caption:.*?(?=^  - caption:|\Z)", re.M | re.S)
EQUATION = re.compile(r"\$\$(?:(?!\$\$).)+?\$\$\s*\((eq-[\w-]+)\)", re.S)
EXERCISE = re.compile(r"\{exercise\}.*?\n:label: (\S+)")
HEADING = re.compile(r"^\(([\w-]+)\)=\n#+ (.+)$", re.MULTILINE)
WORK = re.compile(r"@\w+\{([\w-]+),(.*?)\n\}", re.S)
FIELD = r"\b{}\s*=\s*[{{\"](.*?)[}}\"],?\s*$"


def pages():
    """The path of every page, and its chapter's number or None."""
    toc = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    number = 0
    for part in PART.findall(toc):
        for name in FILE.findall(part):
            numbered = "numbered: true" in part
            yield ROOT / name, number if numbered else None
            number += numbered


def prose(path):
    """The text of a page; "" for one that is not there."""
    notebook, text = path.with_suffix(".ipynb"), path.with_suffix(".md")
    if text.is_file():
        return text.read_text(encoding="utf-8")
    if not notebook.is_file():
        return ""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join(
        "".join(cell["source"])
        for cell in cells
        if cell["cell_type"] == "markdown"
    )


def works():
    """Key → "(Elman, 1990)" of every work in the bibliography."""
    text = (ROOT / "book/references.bib").read_text(encoding="utf-8")
    for key, fields in WORK.findall(text):
        found = {
            name: re.search(FIELD.format(name), fields, re.M | re.S)
            for name in ("author", "year")
        }
        if all(found.values()):
            people = re.split(r"\s+and\s+", found["author"][1])
            names = [re.sub(r"[{}]", "", one.split(",")[0]) for one in people]
            if len(names) > 2:
                names = [f"{names[0]} et al."]
            yield key, f"({' and '.join(names)}, {found['year'][1]})"


def labels():
    """Label → what the site calls it."""
    named = dict(works())
    for path, chapter in pages():
        text = prose(path)
        named |= dict(HEADING.findall(text))
        if chapter is None:
            continue
        for count, label in enumerate(EQUATION.findall(text), start=1):
            named[label] = f"({chapter}.{count})"
        for count, label in enumerate(EXERCISE.findall(text), start=1):
            named[label] = f"Exercise {chapter}.{count}"
    return named


if __name__ == "__main__":
    text = json.dumps(labels(), ensure_ascii=False, indent=0)
    Path(sys.argv[1]).write_text(text + "\n", encoding="utf-8")
