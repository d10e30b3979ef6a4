"""Try `make book` where machines are unlike the one it was written on.

    python tools/machines.py               every case, one after the other
    python tools/machines.py NAME …        these; --list names them

Each case works in a fresh copy of the last commit, in a temporary folder.
What came of it goes into a table, benchmarks/MACHINES.md: rows that were not
tried this time stay. A case needs what it says (root to mount a small disk,
for instance); where that is missing, the row stays as it was. The exit code
counts the cases that did not do what they promise.

A Python is tried by `python3.X`, with whatever `python3.X` on the PATH is.
"""

import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "benchmarks" / "MACHINES.md"
HEAD = """# Machines on which the two commands were tried

Written by `make machines` (`tools/machines.py`), which tries each row in a
fresh copy. "Works" means: `make book` ends well, and the site is there.

| name | what was tried | what came of it | on |
|---|---|---|---|
"""
PYTHONS = [f"python3.{minor}" for minor in range(11, 16)]
TOO_OLD = ("python3.10", "python3.9", "python3.8", "python3.7", "python3.6")
HARD_PLACE = "a book with ü"
NOBODY = 65534
PLAIN = "/usr/bin/python3"
CASES = {}


class Untried(Exception):
    """This machine lacks what a case needs."""


class Broken(Exception):
    """A case did not do what it promises."""


def case(name, what):
    """Enter a case into the table: it returns what came of it."""

    def enter(function):
        CASES[name] = (what, function)
        return function

    return enter


def need(condition, otherwise):
    if not condition:
        raise Broken(otherwise)


def runs(program, *arguments):
    """This machine has the program, and it does what it is asked."""
    return (
        shutil.which(program) is not None
        and not subprocess.run(
            [program, *arguments], capture_output=True
        ).returncode
    )


def clone(folder):
    subprocess.run(["git", "clone", "-q", ROOT, folder], check=True)
    return folder


def archive(folder):
    """The files of the last commit without git, as a download has them."""
    folder.mkdir(parents=True)
    data = subprocess.run(
        ["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True
    ).stdout
    subprocess.run(["tar", "x", "-C", folder], input=data, check=True)
    return folder


def clean(environment=None):
    """The environment without what an outer make has put into it."""
    ours = ("MAKE", "MFLAGS", "BOOK_", "PYTHON", "VIRTUAL_ENV", "JUPYTER")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(ours)
    }
    return {**kept, **(environment or {})}


def make(folder, *arguments, environment=None, **settings):
    return subprocess.run(
        ["make", *arguments],
        cwd=folder,
        env=environment or clean(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        **settings,
    )


def works(folder, run):
    """Ask for a site that is there and an exit code that says so."""
    need(run.returncode == 0, run.stdout[-3000:])
    page = folder / "_build" / "html" / "book" / "04_bptt.html"
    need('class="katex"' in page.read_text(encoding="utf-8"), "no formulas")


@contextmanager
def scratch():
    """A folder that anybody may enter, gone afterwards."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def without(program, folder):
    """A PATH with every program of this one but the one named."""
    folder.mkdir()
    for place in os.environ["PATH"].split(os.pathsep):
        if Path(place).is_dir():
            for file in Path(place).iterdir():
                here = folder / file.name
                if file.name != program and not here.is_symlink():
                    here.symlink_to(file)
    return str(folder)


for version in PYTHONS:

    @case(version, f"`make PYTHON={version} book`, then the tests")
    def _(version=version):
        if not runs(version, "-c", "import venv, ensurepip"):
            raise Untried(f"no {version} here")
        with scratch() as folder:
            book = clone(folder / "book")
            works(book, make(book, f"PYTHON={version}", "book"))
            for target in ("lint", "unit", "checker-wheel", "nbval"):
                run = make(book, f"PYTHON={version}", target)
                need(run.returncode == 0, run.stdout[-3000:])
            python = book / ".venv" / "bin" / "python"
            found = subprocess.run(
                [
                    python,
                    "-c",
                    "import platform as p, numpy as n;"
                    "print(p.python_version(), 'with NumPy', n.__version__)",
                ],
                capture_output=True,
                text=True,
                check=True,
            ).stdout.strip()
        return f"works: {found}; lint, unit tests, wheel, notebooks pass"


@case("too-old", "a Python below 3.11")
def _():
    old = next((name for name in TOO_OLD if runs(name, "--version")), None)
    if old is None:
        raise Untried("no old Python here")
    with scratch() as folder:
        run = make(clone(folder / "book"), f"PYTHON={old}", "book")
    need(run.returncode != 0, "it went on")
    said = re.search(r"The book needs Python 3\.11 or newer.*", run.stdout)
    need(said, run.stdout)
    return f"refused: “{said[0]}”"


@case(
    "hard-place",
    "a source archive without git, no `git` on the PATH, a path with a space "
    "and ü, no HOME, `LC_ALL=C`, a user without rights: all at once",
)
def _():
    if os.getuid():
        raise Untried("root is needed to become another user")
    with scratch() as folder:
        book = archive(folder / HARD_PLACE)
        environment = clean(
            {"PATH": without("git", folder / "bin"), "LC_ALL": "C"}
        )
        for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
            environment.pop(name, None)
        subprocess.run(["chown", "-R", str(NOBODY), book], check=True)
        user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        # The system's: another of root's own is often out of reach.
        python = "PYTHON=" + PLAIN
        run = make(book, python, "book", environment=environment, **user)
        works(book, run)
        run = make(book, python, "unit", environment=environment, **user)
        need(run.returncode == 0, run.stdout[-3000:])
        site = served_read_only(book, python, environment, user)
    return f"works, and the unit tests pass; {site}"


def served_read_only(book, python, environment, user):
    """Serve a built book to somebody who may only read it."""
    subprocess.run(["chown", "-R", "0:0", book], check=True)
    port = 8000 + os.getpid() % 1000
    with subprocess.Popen(
        ["make", python, f"PORT={port}", "serve"],
        cwd=book,
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        **user,
    ) as server:
        try:
            address = f"http://127.0.0.1:{port}/book/04_bptt.html"
            need("katex" in answer(address, server), "no page was served")
        finally:
            os.killpg(server.pid, signal.SIGKILL)
    run = make(book, python, "book", environment=environment, **user)
    need(run.returncode and "cannot be written there" in run.stdout, run)
    return "read-only then: `make serve` serves it, `make book` says why not"


def answer(address, server):
    """The page at an address, as soon as the server answers."""
    while server.poll() is None:
        try:
            with urlopen(address) as page:
                return page.read().decode()
        except URLError:
            time.sleep(0.1)
    raise Broken("the server ended")


@case(
    "interrupted",
    "`make book` killed while it installs, while it "
    "executes and while it builds; then run again",
)
def _():
    with scratch() as folder:
        book = clone(folder / "book")
        notebook = book / "book" / "01_rnn_recap.ipynb"
        text = notebook.read_text(encoding="utf-8")
        notebook.write_text(text.replace('"digest": "', '"digest": "x'))
        package = book / ".venv" / "lib"
        marks = (
            lambda: list(package.glob("python*/site-packages/numpy")),
            lambda: executing(book),
            lambda: (book / "_build" / ".doctrees" / "book").is_dir(),
        )
        for mark in marks:
            with subprocess.Popen(
                ["make", "book"],
                cwd=book,
                env=clean(),
                start_new_session=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.STDOUT,
            ) as run:
                while run.poll() is None and not mark():
                    time.sleep(0.05)
                need(run.poll() is None, "it ended before it was killed")
                os.killpg(run.pid, signal.SIGKILL)
        works(book, make(book, "book"))
        left = [path.name for path in (book / "book").glob(".*")]
        need(not left, f"left behind: {left}")
    return "works: the next run goes on, and nothing is left behind"


def executing(book):
    """A notebook's kernel is at work in this copy."""
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            said = line.read_bytes()
        except OSError:
            continue
        if b"ipykernel" in said and os.fsencode(book) in said:
            return True
    return False


@case("two-at-once", "two `make -j4 book` in one fresh folder at once")
def _():
    with scratch() as folder:
        book = clone(folder / "book")
        runs = [
            subprocess.Popen(
                ["make", "-j4", "book"],
                cwd=book,
                env=clean(),
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            for _ in range(2)
        ]
        for run in runs:
            said = run.communicate()[0]
            run.stdout = said
            works(book, run)
        waited = any("waiting for it" in run.stdout for run in runs)
        need(waited, "neither waited for the other")
    return "works: one waits for the other"


@case("full-disk", "a disk of 150 MB; then one with room")
def _():
    if os.getuid():
        raise Untried("root is needed to mount a small disk")
    with scratch() as folder:
        disk = folder / "disk"
        disk.mkdir()
        size = ["mount", "-t", "tmpfs", "-o", "size=150m", "tmpfs", disk]
        if subprocess.run(size, capture_output=True).returncode:
            raise Untried("nothing can be mounted here")
        try:
            book = clone(disk / "book")
            run = make(book, "book", environment=clean({"TMPDIR": str(disk)}))
            need(run.returncode != 0, "it went on")
            said = re.search(r".*No space left on device.*", run.stdout)
            need(said, run.stdout[-3000:])
            need(not (book / ".venv" / ".installed").exists(), "it lies")
            more = ["mount", "-o", "remount,size=3g", disk]
            subprocess.run(more, check=True)
            works(book, make(book, "book"))
        finally:
            subprocess.run(["umount", disk], check=True)
    return "refused: “No space left on device”; with room, works"


def rows():
    """Name → row, as the table stands."""
    if not TABLE.is_file():
        return {}
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    found = [line for line in lines if line.startswith("| `")]
    return {line.split("`")[1]: line for line in found}


def system():
    """What this machine calls itself, without its name."""
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        name = platform.system()
    return f"{name}, {platform.machine()}"


def write(table):
    order = [table[name] for name in CASES if name in table]
    TABLE.write_text(HEAD + "\n".join(order) + "\n", encoding="utf-8")


def main(names):
    if names == ["--list"]:
        print(*CASES, sep="\n")
        return 0
    unknown = set(names) - set(CASES)
    if unknown:
        return f"no such case: {', '.join(sorted(unknown))}"
    broken = 0
    for name in names or CASES:
        what, function = CASES[name]
        print(f"{name}: {what} …", flush=True)
        try:
            said = function()
        except Untried as reason:
            print(f"  not tried: {reason}", flush=True)
            continue
        except Broken as reason:
            broken += 1
            said = "**does not work**"
            print(reason, flush=True)
        print(f"  {said}", flush=True)
        table = rows()
        table[name] = f"| `{name}` | {what} | {said} | {system()} |"
        write(table)
    return min(broken, 100)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
