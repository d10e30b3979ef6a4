"""Put into a folder what a page loads to run the checker in the browser.

    python -m tools.in_page

_build/in_page/site gets, beside Pyodide's own files: the standard library cut
to what is imported, the checker with the stand-in for NumPy, the licences,
and edits.json, the verdicts of all single edits of the displayed equations.
All of it is made here from files that are installed; nothing is downloaded.
What was made from the same files before is not made again.
"""

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from importlib.util import find_spec
from pathlib import Path

from bptt_core import book
from bptt_core.book import DEFINITIONS, book_directory, displays, exercises
from bptt_core.book.sources import NETWORKS as PRINTED
from derivations.books import ledger
from derivations.judging.mutate import mutants
from tools import coding

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "_build" / "in_page"
IN_PAGE = ROOT / "in_page"
KATEX = ROOT / "book" / "_vendor" / "katex"
# A folder with another Pyodide may be named in BOOK_PYODIDE.
PYODIDE = Path(sysconfig.get_path("data"), "share", "in_page", "node_modules")
OF_PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm")
COLOUR = re.compile(r"\\class\{[\w-]+\}\{")
PACKED_ALREADY = {".gz", ".zip"}
BOOK = ("notations", "exercises", "sources")
# Modules of lark that nothing here imports.
UNUSED = {
    "ast_utils",
    "indenter",
    "reconstruct",
    "tree_matcher",
    "tree_templates",
}
EMPTY = ("bptt_core/__init__.py", "bptt_core/book/__init__.py")


def sources() -> dict[str, bytes]:
    """Return path → content of everything that the checker is made of."""
    lark = Path(find_spec("lark").origin).parent
    found = {
        path.relative_to(lark.parent).as_posix(): path.read_bytes()
        for path in (*lark.glob("*.py"), *lark.glob("parsers/*.py"))
        if path.stem not in UNUSED
    }
    for start, kinds in (
        (ROOT / "checker" / "derivations", (".py", ".lark", ".toml")),
        (IN_PAGE / "numpy", (".py",)),
    ):
        for path in start.rglob("*"):
            # Books are read and printed when the site is built.
            if path.suffix in kinds and path.parent.name != "books":
                name = path.relative_to(start.parent).as_posix()
                found[name] = path.read_bytes()
    for name in ("__init__.py", "answering.py"):
        found[f"in_page/{name}"] = (IN_PAGE / name).read_bytes()
    book = ROOT / "bptt_core" / "book"
    modules = [book / f"{name}.py" for name in BOOK]
    modules += [book.parent / f"{name}.py" for name in coding.CORE]
    for path in (*modules, *book.glob("*.toml")):
        found[path.relative_to(ROOT).as_posix()] = path.read_bytes()
    judges = {label: one.setup for label, one in coding.on_page().items()}
    found["in_page/judges.json"] = json.dumps(judges).encode()
    # The package shows its verdicts in notebooks: its modules alone do not.
    return found | dict.fromkeys(EMPTY, b"")


def write_licences(out: Path, pyodide: Path) -> None:
    """Write one text that says of every part whose it is, and its terms."""
    told = json.loads((pyodide / "package.json").read_text(encoding="utf-8"))
    lark = next(Path(find_spec("lark").origin).parents[1].glob("lark-*.dist*"))
    python = Path(sysconfig.get_path("stdlib"), "LICENSE.txt")
    parts = (IN_PAGE / "LICENCES.txt").read_text(encoding="utf-8")
    texts = [
        parts.format(pyodide=told["version"], lark=lark.name),
        *(
            path.read_text(encoding="utf-8")
            for path in (
                lark / "LICENSE",
                lark / "licenses" / "LICENSE",
                IN_PAGE / "numpy" / "LICENSE",
                python,
                ROOT / "LICENSE-CODE",
            )
            if path.is_file()
        ),
    ]
    (out / "LICENCES.txt").write_text("\n\n".join(texts), encoding="utf-8")


def digest(found: dict[str, bytes]) -> str:
    """Return what changes when anything that OUT is made from does."""
    parts = {**found, "python": sys.version.encode()}
    for path in (*IN_PAGE.glob("*.*"), Path(__file__)):
        parts[f"made by {path.name}"] = path.read_bytes()
    state = hashlib.sha256()
    for name in sorted(parts):
        state.update(name.encode() + b"\0")
        state.update(hashlib.sha256(parts[name]).digest())
    return state.hexdigest()[:16]


def build(out: Path, pyodide: Path) -> None:
    """Write the files into a folder, which is there and empty."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in sources().items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        subprocess.run(
            [node(), IN_PAGE / "bundle.mjs", pyodide, folder, out], check=True
        )
    for name in OF_PYODIDE:
        shutil.copyfile(pyodide / name, out / name)
    shutil.copyfile(IN_PAGE / "worker.mjs", out / "worker.mjs")
    lock = json.loads((pyodide / "pyodide-lock.json").read_text("utf-8"))
    # What Pyodide compares with itself, and no package that it may load.
    alone = json.dumps({"info": lock["info"], "packages": {}})
    (out / "lock.mjs").write_text(f"export const lock = {alone};\n")
    shutil.copyfile(KATEX / "katex.min.js", out / "katex.min.js")
    write_licences(out, pyodide)
    sizes = {
        path.name: {"whole": path.stat().st_size, "sent": sent(path)}
        for path in sorted(out.iterdir())
        if path.suffix != ".txt"
    }
    (out / "sizes.json").write_text(json.dumps(sizes, indent=1) + "\n")


def sent(path: Path) -> int:
    """Return how many bytes a host sends for a file: it packs text."""
    data = path.read_bytes()
    if path.suffix in PACKED_ALREADY:
        return len(data)
    return len(gzip.compress(data, 6, mtime=0))


def node() -> str:
    """Return the program Node.js; ``SystemExit`` where there is none."""
    beside = Path(sys.executable).parent
    found = shutil.which("node") or shutil.which("node", path=beside)
    if found is None:
        raise SystemExit("Node.js packs the checker, and no `node` was found")
    return found


def edits() -> dict[str, dict]:
    """Return label → the edits of each display that the page can judge.

    Its network must have a name by which the page finds it too.
    """
    entries = ledger.entries(book_directory(), DEFINITIONS)
    known = {*exercises.NETWORKS, *PRINTED, *book.__all__}
    return {
        label: edits_of(entry)
        for label, entry in entries.items()
        if entry.record and entry.record["network"]["name"] in known
    }


def edits_of(entry: ledger.Entry) -> dict:
    """Return a verified display with all of its single edits.

    latex: without colours; network: the name of the one that judged it;
    edits: [kind, the altered equation, its fate], as ``mutants`` finds them.
    Raises ``ValueError`` if an altered equation passes for the true one.
    """
    name = entry.record["network"]["name"]
    latex = uncoloured(entry.display.latex)
    altered = mutants(latex, exercises.network(name))
    survived = [one.pair for one in altered if one.fate == "survived"]
    if survived:
        raise ValueError(f"{entry.display.label}: {survived[0]} passes")
    return {
        "latex": latex,
        "network": name,
        "edits": [[one.kind, one.pair, one.fate] for one in altered],
    }


def uncoloured(latex: str) -> str:
    """Return LaTeX without the colours of roles, on one line."""
    while start := COLOUR.search(latex):
        depth, end = 1, start.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(latex[end], 0)
            end += 1
        inside = latex[start.end() : end - 1]
        latex = latex[: start.start()] + inside + latex[end:]
    return " ".join(latex.split())


def coding_exercises() -> dict[str, dict]:
    """Return what the pages say of exercises that ask for no equation.

    attempts: label → the code that a reader completes on the page; notebook:
    page → the labels of those that only the notebook has.
    """
    attempts = {label: one.attempt for label, one in coding.on_page().items()}
    return {
        "attempts": attempts,
        "notebook": {
            f"book/{path.stem}": [
                label
                for label in coding.in_notebook(path)
                if label not in {*exercises.TABLE, *attempts}
            ]
            for path in coding.chapters()
        },
    }


def kept_edits() -> Path:
    """Return the file of the edits, made anew if what it is of changed."""
    state = hashlib.sha256()
    checker = (ROOT / "checker" / "derivations").rglob("*.*")
    book = (ROOT / "bptt_core" / "book").glob("*.*")
    for path in (*sorted(checker), *sorted(book), Path(__file__)):
        if path.suffix != ".pyc":
            state.update(path.read_bytes())
    for label, shown in displays.displays().items():
        state.update(f"{label} {shown.latex}".encode())
    kept = KEPT / f"edits-{state.hexdigest()[:16]}.json"
    if not kept.is_file():
        for old in KEPT.glob("edits-*.json"):
            old.unlink()
        kept.write_text(json.dumps(edits(), indent=0), encoding="utf-8")
    return kept


def main() -> None:
    """Make what has changed, and lay it out where the site's build looks."""
    pyodide = Path(os.environ.get("BOOK_PYODIDE", PYODIDE / "pyodide"))
    out = KEPT / "site"
    shutil.rmtree(out, ignore_errors=True)
    if not (pyodide / OF_PYODIDE[0]).is_file():
        print(
            f"No Pyodide in {pyodide}: the site is built, but nobody can "
            "type on its pages. `make install` fetches it with npm."
        )
        return
    kept = KEPT / f"files-{digest(sources())}"
    if not (kept / "sizes.json").is_file():
        for old in KEPT.glob("files-*"):
            shutil.rmtree(old)
        kept.mkdir(parents=True)
        build(kept, pyodide)
    shutil.copytree(kept, out)
    shutil.copyfile(kept_edits(), out / "edits.json")
    (out / "coding.json").write_text(json.dumps(coding_exercises()), "utf-8")
    sizes = json.loads((out / "sizes.json").read_text(encoding="utf-8"))
    manifest = {"digest": kept.name.removeprefix("files-"), "files": sizes}
    (out / "manifest.json").write_text(json.dumps(manifest))
    (out / "sizes.json").unlink()
    total = sum(file["sent"] for file in sizes.values())
    print(f"The checker for the pages: {total / 1e6:.2f} MB to be sent")


if __name__ == "__main__":
    main()
