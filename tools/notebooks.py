"""Execute the book's notebooks in place and prove that outputs are fresh.

    python tools/notebooks.py              execute what is stale
    python tools/notebooks.py --all        execute every notebook
    python tools/notebooks.py --check      name what is stale, exit 1 if any
    python tools/notebooks.py --sign       have JupyterLab trust the outputs
    python tools/notebooks.py FILE …       execute these

A notebook stores a digest of everything its outputs depend on: its code
cells, the pins, the modules of this repository that it imports and those
that these import, the labelled equations of its own page and those that it
names, and the result files if it reads any. A notebook that reads the whole
book depends on every labelled equation; the ledger's readers depend on every
stored verdict too, and run after the others; who counts the formulas depends
on every word of every page. A notebook is stale when the
digest computed now is another one. No cache is asked.

What only running would tell, such as `import_module`, counts as the import of
every module and as reading every labelled equation.
"""

import argparse
import ast
import hashlib
import json
import os
import re
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat.sign import NotebookNotary

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "book"
PACKAGES = ("bptt_core", "bptt_figures", "checker/derivations", "book/museum")
# The lines with known answers, which the ledger has judged.
CASES = Path("checker", "tests", "cases")
# Where an imported name is looked for, as in the notebooks' kernels.
HOMES = (ROOT, ROOT / "checker", BOOK)
# Who uses the first may read any page, who uses the second any verdict; the
# packages around them, as objects, have both as attributes.
LEDGER = "derivations.books.ledger"
DISPLAYS = ("bptt_core.book.displays", "derivations.books.displays", LEDGER)
# Who uses this reads every formula of every page, and the list beside them.
FORMULAS = "derivations.books.formulas"
SCORE = "derivations.books.score"
# What a paragraph with a formula has, and a few others have.
FORMULA = re.compile(r"[$\\]")
THE_BOOK = {"bptt_core", "bptt_core.book", "derivations", "derivations.books"}
RUN_TO_KNOW = {"__import__", "eval", "exec", "import_module", "run_module"}
# As in derivations/books/displays.py and derivations/judging/record.py. They
# are not imported: where a package is broken, notebooks are stale, and this
# tool says so. A test holds them together.
DISPLAY = re.compile(
    r"^[ \t>]*\$\$((?:(?!\$\$).)+?)\$\$\s*\((eq-[\w-]+)\)",
    re.DOTALL | re.MULTILINE,
)
RECORD_TYPE = "application/vnd.derivations.verdict+json"
TITLE = re.compile(r"^# .+$", re.MULTILINE)
CELL_METADATA_KEPT = {"tags", "mystnb"}
# What a tag folds on the site is folded in JupyterLab too, by its own marks.
FOLDED = {
    "hide-input": {"source_hidden": True},
    "hide-output": {"outputs_hidden": True},
    "hide-cell": {"source_hidden": True, "outputs_hidden": True},
}
# Two notebooks run side by side on two cores: more threads only wait.
KERNEL_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
}
# Ends a cell that hangs, and none that is slow on a busy machine.
CELL_TIMEOUT_SECONDS = 3600


def chapters():
    """Every notebook of the book, in the order of the file names."""
    return sorted(BOOK.glob("*.ipynb"))


def read(path):
    """The notebook at `path`, in format 4."""
    return nbformat.read(path, as_version=4)


@dataclass(frozen=True)
class Imports:
    """What a text of Python imports.

    names: full names of what has to be loaded, modules or what is in them.
    objects: those that the text can use; importing a name from a package
    loads the package and does not give it. unknown: only running it would
    tell what it imports, or which displays it verifies.
    """

    names: frozenset
    objects: frozenset
    unknown: bool = False

    def use(self, *modules):
        """True when one of the modules, or what is in it, can be used."""
        return bool(self.objects & THE_BOOK) or any(
            f"{name}.".startswith(f"{module}.")
            for name in self.objects
            for module in modules
        )


def imports(code, package=""):
    """Find the imports in a text of Python, wherever they stand.

    package: the package that the text is a part of, for relative imports.
    """
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return Imports(frozenset(), frozenset(), unknown=True)
    names, objects, unknown = set(), set(), False
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found = {alias.name for alias in node.names}
            names |= found
            objects |= found
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".") if node.level else []
            parts = parts[: len(parts) - max(node.level - 1, 0)]
            origin = ".".join([*parts, *filter(None, [node.module])])
            inner = {f"{origin}.{alias.name}" for alias in node.names}
            names |= {origin} | inner
            objects |= inner
        elif isinstance(node, ast.Call):
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            label = next(iter(node.args), None)
            unknown |= called in RUN_TO_KNOW or (
                called == "verify" and not isinstance(label, ast.Constant)
            )
    return Imports(frozenset(names), frozenset(objects), unknown)


def files_of(name):
    """The files of this repository that importing a module loads.

    `a.b.c` loads a and a.b too; where c is no module, it is a name in a.b.
    """
    for home in HOMES:
        place, found = home, []
        for part in name.split("."):
            module, place = place / f"{part}.py", place / part
            if (place / "__init__.py").is_file():
                found.append(place / "__init__.py")
            elif module.is_file():
                return [*found, module]
            else:
                break
        if found:
            return found
    return []


def package_of(file):
    """The full name of the package that a module's file belongs to."""
    home = max(
        (home for home in HOMES if home in file.parents),
        key=lambda home: len(home.parts),
    )
    return ".".join(file.relative_to(home).parent.parts)


def data_beside(module):
    """The files that are no Python in a package, given its `__init__`.

    They are counted with the innermost package around them.
    """
    folder = module.parent
    return [
        file
        for file in folder.rglob("*")
        if file.is_file()
        and file.suffix not in (".py", ".pyc")
        and not any(
            part.startswith((".", "__"))
            for part in file.relative_to(folder).parts
        )
        and next(p for p in file.parents if (p / "__init__.py").is_file())
        == folder
    ]


@dataclass
class Inputs:
    """What outputs depend on besides a notebook's own cells, read once.

    The pages are read when they are first asked for. A notebook that reads
    the whole book needs an `Inputs` made after the others have run.
    """

    _digests: dict = field(default_factory=dict)
    _imports: dict = field(default_factory=dict)

    def of(self, path, notebook):
        """Yield what the outputs of a notebook depend on, as bytes."""
        code = [c.source for c in notebook.cells if c.cell_type == "code"]
        text = "\n".join(code)
        own = imports(text)
        yield from (cell.encode() for cell in code)
        yield from self._files([ROOT / "requirements.txt"])
        yield from self._files(
            every_module() if own.unknown else self._modules(own)
        )
        if "results" in text:
            yield from self._files((BOOK / "results").glob("*"))
        any_page = own.unknown or own.use(*DISPLAYS)
        for page, markdown in self._prose.items():
            for latex, label in DISPLAY.findall(markdown):
                if any_page or page == path.name or names(label, text):
                    yield f"{label}\0{latex}".encode()
        if own.use(LEDGER):
            for page, markdown in self._prose.items():
                title = TITLE.search(markdown)
                yield f"{page}\0{title[0] if title else ''}".encode()
            yield from self._records(path)
        if own.unknown or own.use(SCORE):
            yield from self._files((ROOT / CASES).glob("*.toml"))
        if own.unknown or own.use(FORMULAS):
            yield from self._files(BOOK.glob("formulas.toml"))
            for text in self._prose.values():
                blocks = map(str.strip, text.split("\n\n"))
                yield from (b.encode() for b in blocks if FORMULA.search(b))

    def _modules(self, own):
        """All modules that are loaded, and the data of their packages."""
        found, waiting = set(), set(own.names)
        seen = set()
        while waiting:
            name = waiting.pop()
            seen.add(name)
            for file in set(files_of(name)) - found:
                found.add(file)
                inner = self._imports_of(file)
                if inner.unknown:
                    return every_module()
                waiting |= inner.names - seen
        data = [
            beside
            for file in found
            if file.name == "__init__.py"
            for beside in data_beside(file)
        ]
        return [*found, *data]

    def _imports_of(self, file):
        if file not in self._imports:
            code = file.read_text(encoding="utf-8")
            self._imports[file] = imports(code, package_of(file))
        return self._imports[file]

    def _files(self, files):
        for file in sorted(files):
            if file not in self._digests:
                name = str(file.relative_to(ROOT)).encode()
                content = hashlib.sha256(file.read_bytes()).digest()
                self._digests[file] = name + b"\0" + content
            yield self._digests[file]

    @cached_property
    def _prose(self):
        paths = [*chapters(), *sorted(BOOK.glob("*.md"))]
        return {path.name: markdown_of(path) for path in paths}

    def _records(self, own_path):
        """The verdicts that are stored in the other notebooks."""
        for path in chapters():
            if path.name == own_path.name:
                continue
            for cell in read(path).cells:
                for output in cell.get("outputs", ()):
                    record = output.get("data", {}).get(RECORD_TYPE)
                    if record is not None:
                        text = json.dumps(record, sort_keys=True)
                        yield f"{path.name}\0{text}".encode()


def names(label, code):
    """True when a label stands whole in a text of code."""
    return re.search(rf"{re.escape(label)}(?![\w-])", code) is not None


def every_module():
    """All files of the packages that outputs may depend on."""
    return [
        file
        for package in PACKAGES
        for file in (ROOT / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    ]


def write(path, notebook):
    """Put a notebook in its place in one move.

    Other notebooks that run at this moment read the equations of this one;
    they must never meet half a file.
    """
    text = nbformat.writes(notebook).rstrip("\n") + "\n"
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=".", delete=False
    ) as new:
        new.write(text)
    Path(new.name).chmod(0o644)
    Path(new.name).replace(path)


def markdown_of(path):
    """The prose of a page: a `.md` file or a notebook's text cells."""
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    cells = read(path).cells
    return "\n\n".join(c.source for c in cells if c.cell_type == "markdown")


def digest_of(path, notebook, inputs):
    """Digest of all that the outputs of a notebook depend on."""
    digest = hashlib.sha256()
    for part in inputs.of(path, notebook):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def is_fresh(path, inputs):
    """True when the stored outputs belong to the present inputs."""
    notebook = read(path)
    stored = notebook.metadata.get("bptt", {}).get("digest")
    return stored == digest_of(path, notebook, inputs)


def is_late(path):
    """True for a notebook that reads the verdicts the others have stored."""
    code = [c.source for c in read(path).cells if c.cell_type == "code"]
    return imports("\n".join(code)).use(LEDGER)


def normalise(notebook, digest):
    """Drop all that differs between two runs of the same notebook."""
    notebook.metadata = nbformat.from_dict(
        {
            "bptt": {"digest": digest},
            "kernelspec": {
                "display_name": "Python 3",
                "language": "python",
                "name": "python3",
            },
            "language_info": {"name": "python"},
        }
    )
    for cell in notebook.cells:
        cell.metadata = {
            key: value
            for key, value in cell.metadata.items()
            if key in CELL_METADATA_KEPT
        }
        if cell.cell_type == "code":
            cell.outputs = merge_streams(cell.outputs)
            for tag in cell.metadata.get("tags", ()):
                if tag in FOLDED:
                    cell.metadata["jupyter"] = dict(FOLDED[tag])
    return notebook


def sign(notebook):
    """Have JupyterLab trust what is stored: else it shows no figure.

    The signature stands in the data folder of the user who will open the
    notebook, not in the one that `make` gives its kernels. Where a user has
    none, the figures show after a click on "trust".
    """
    of_make = os.environ.pop("JUPYTER_DATA_DIR", None)
    try:
        NotebookNotary().sign(notebook)
    except OSError as error:
        print(f"not signed for JupyterLab: {error}")
    finally:
        if of_make is not None:
            os.environ["JUPYTER_DATA_DIR"] = of_make


def merge_streams(outputs):
    """Join neighbouring prints: how they are cut into pieces is chance."""
    merged = []
    for output in outputs:
        last = merged[-1] if merged else None
        if (
            last is not None
            and output.output_type == last.output_type == "stream"
            and output.name == last.name
        ):
            last.text += output.text
        else:
            merged.append(output)
    return merged


def execute(path, inputs):
    """Execute one notebook and write it; return seconds and an error.

    The digest is of what was there before: what changes meanwhile makes
    the notebook stale. On an error nothing is written: the old outputs
    stay, with the old digest, so that the notebook remains stale.
    """
    start = time.perf_counter()
    notebook = read(path)
    digest = digest_of(path, notebook, inputs)
    # The tree this tool stands in wins over an installed package.
    search_path = [
        str(ROOT),
        str(ROOT / "checker"),
        os.environ.get("PYTHONPATH", ""),
    ]
    os.environ.update(
        KERNEL_ENVIRONMENT,
        PYTHONPATH=os.pathsep.join(filter(None, search_path)),
    )
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT_SECONDS,
        startup_timeout=CELL_TIMEOUT_SECONDS,
        # nbclient's own four seconds lose outputs where a machine is busy.
        iopub_timeout=CELL_TIMEOUT_SECONDS,
        raise_on_iopub_timeout=True,
        kernel_name="python3",
        # The kernel warns of its loopback sockets at every start.
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(path.parent)}},
    )
    error = None
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError) as exception:
        error = describe_failure(path, notebook, exception)
    else:
        normalise(notebook, digest)
        write(path, notebook)
    return time.perf_counter() - start, error


def describe_failure(path, notebook, exception):
    """Name the chapter and the cell that raised, with what it said."""
    code_cells = [c for c in notebook.cells if c.cell_type == "code"]
    executed = [c for c in code_cells if c.get("execution_count")]
    failed = next(
        (
            cell
            for cell in code_cells
            if any(o.output_type == "error" for o in cell.outputs)
        ),
        executed[-1] if executed else code_cells[0],
    )
    number = code_cells.index(failed) + 1
    reason = getattr(exception, "ename", type(exception).__name__)
    text = getattr(exception, "evalue", str(exception))
    source = "\n".join("    | " + line for line in failed.source.split("\n"))
    return (
        f"{path.name}: code cell {number} of {len(code_cells)} raised\n"
        f"{source}\n    {reason}: {text}"
    )


def run(paths, workers):
    """Execute `paths` in parallel processes; return the failures."""
    failures, inputs = [], Inputs()
    if not paths:
        return failures
    with ProcessPoolExecutor(min(workers, len(paths))) as pool:
        jobs = {pool.submit(execute, path, inputs): path for path in paths}
        for done, job in enumerate(as_completed(jobs), start=1):
            seconds, error = job.result()
            mark = "FAILED" if error else "executed"
            print(
                f"[{done}/{len(paths)}] {jobs[job].name}: {mark}"
                f" in {seconds:.1f} s",
                flush=True,
            )
            if error:
                failures.append(error)
    return failures


def main(arguments=None):
    """Command line; the exit code is the number of failures, at most 1."""
    parser = argparse.ArgumentParser(
        description="Execute the book's notebooks in place."
    )
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--all", action="store_true", help="also fresh ones")
    parser.add_argument(
        "--check", action="store_true", help="only name the stale ones"
    )
    parser.add_argument(
        "--sign", action="store_true", help="only have JupyterLab trust them"
    )
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    options = parser.parse_args(arguments)

    named = [path.resolve() for path in options.files]
    for path in named:
        if not path.is_file():
            parser.error(f"no such notebook: {path.name}")
    paths = named or chapters()
    every = bool(options.all or named)
    if options.check:
        stale = chosen(paths, bool(named))
        for path in stale:
            print(f"stale: {path.name}")
        return int(bool(stale))
    if options.sign:
        for path in paths:
            sign(read(path))
        return 0
    early = chosen([p for p in paths if not is_late(p)], every)
    failures = run(early, options.workers)
    # These read what the others have stored by now.
    late = chosen([p for p in paths if is_late(p)], every)
    if failures:
        waiting = ", ".join(path.name for path in late)
        print(f"not executed, they read the failed ones: {waiting or '-'}")
    else:
        failures = run(late, options.workers)
    for path in paths:
        sign(read(path))
    if not early + late:
        print("every notebook's stored outputs are fresh")
    for failure in failures:
        print(f"\n{failure}", file=sys.stderr)
    return int(bool(failures))


def chosen(paths, every):
    """Those of the notebooks that are stale, or every one."""
    inputs = Inputs()
    return [path for path in paths if every or not is_fresh(path, inputs)]


if __name__ == "__main__":
    sys.exit(main())
