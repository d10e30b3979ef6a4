"""Execute the book's notebooks in place and prove that outputs are fresh.

    python tools/notebooks.py              execute what is stale
    python tools/notebooks.py --all        execute every notebook
    python tools/notebooks.py --check      name what is stale, exit 1 if any
    python tools/notebooks.py FILE …       execute these

A notebook stores a digest of everything its outputs depend on: its code
cells, the three packages, the labelled equations of the whole book (they
are executed too), the committed result files and the pins. It is
stale when the digest computed now is another one. No cache is asked.
"""

import argparse
import hashlib
import os
import re
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "book"
PACKAGES = ("bptt_core", "bptt_figures", "checker/derivations")
PACKAGE_SUFFIXES = {
    ".py", ".lark", ".toml", ".mjs", ".css", ".json", ".txt",
}  # fmt: skip
# As bptt_core/book/displays.py reads a page. It is not imported: where the
# package is broken, notebooks are stale, and this tool says so.
DISPLAY = re.compile(
    r"^[ \t>]*\$\$((?:(?!\$\$).)+?)\$\$\s*\((eq-[\w-]+)\)",
    re.DOTALL | re.MULTILINE,
)
CELL_METADATA_KEPT = {"tags", "mystnb"}
# Two notebooks run side by side on two cores: more threads only wait.
KERNEL_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
}
CELL_TIMEOUT_SECONDS = 300


def chapters():
    """Every notebook of the book, in the order of the file names."""
    return sorted(BOOK.glob("*.ipynb"))


def read(path):
    """The notebook at `path`, in format 4."""
    return nbformat.read(path, as_version=4)


def common_inputs():
    """Digest of what every notebook depends on besides its own cells."""
    digest = hashlib.sha256()
    package = [
        file
        for name in PACKAGES
        for file in (ROOT / name).rglob("*")
        if file.suffix in PACKAGE_SUFFIXES
    ]
    results = (ROOT / "book" / "results").glob("*")
    pins = [ROOT / "requirements.txt"]
    for file in sorted([*package, *results, *pins]):
        digest.update(str(file.relative_to(ROOT)).encode() + b"\0")
        digest.update(file.read_bytes() + b"\0")
    for path in [*chapters(), *sorted(BOOK.glob("*.md"))]:
        for latex, label in DISPLAY.findall(markdown_of(path)):
            digest.update(f"{label}\0{latex}\0".encode())
    return digest.hexdigest()


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


def digest_of(notebook, common):
    """Digest of a notebook's code cells on top of the `common` inputs."""
    digest = hashlib.sha256(common.encode())
    for cell in notebook.cells:
        if cell.cell_type == "code":
            digest.update(b"\0" + cell.source.encode())
    return digest.hexdigest()


def is_fresh(path, common):
    """True when the stored outputs belong to the present inputs."""
    notebook = read(path)
    stored = notebook.metadata.get("bptt", {}).get("digest")
    return stored == digest_of(notebook, common)


def normalise(notebook, digest):
    """Drop all that differs between two runs of the same notebook."""
    notebook.metadata = nbformat.from_dict({
        "bptt": {"digest": digest},
        "kernelspec": {
            "display_name": "Python 3",
            "language": "python",
            "name": "python3",
        },
        "language_info": {"name": "python"},
    })
    for cell in notebook.cells:
        cell.metadata = {
            key: value
            for key, value in cell.metadata.items()
            if key in CELL_METADATA_KEPT
        }
        if cell.cell_type == "code":
            cell.outputs = merge_streams(cell.outputs)
    return notebook


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


def execute(path, common):
    """Execute one notebook and write it; return seconds and an error.

    On an error nothing is written: the old outputs stay, with the old
    digest, so that the notebook remains stale.
    """
    start = time.perf_counter()
    notebook = read(path)
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
        normalise(notebook, digest_of(notebook, common))
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


def run(paths, common, workers):
    """Execute `paths` in parallel processes; return the failures."""
    failures = []
    with ProcessPoolExecutor(min(workers, len(paths))) as pool:
        jobs = {pool.submit(execute, path, common): path for path in paths}
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
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    options = parser.parse_args(arguments)

    common = common_inputs()
    paths = [path.resolve() for path in options.files]
    for path in paths:
        if not path.is_file():
            parser.error(f"no such notebook: {path.name}")
    if not paths:
        paths = [
            path
            for path in chapters()
            if options.all or not is_fresh(path, common)
        ]
    if options.check:
        for path in paths:
            print(f"stale: {path.name}")
        return int(bool(paths))
    if not paths:
        print("every notebook's stored outputs are fresh")
        return 0
    failures = run(paths, common, options.workers)
    for failure in failures:
        print(f"\n{failure}", file=sys.stderr)
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main())
