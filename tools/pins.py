"""Resolve what is asked for by name into exact pins of everything.

    python tools/pins.py

requirements.in becomes requirements.txt: what chapters and the site need.
requirements-test.in becomes requirements-test.txt: what the tests need
besides. Run it with the oldest Python that the book admits. A package that
needs another version on a newer Python stands twice in the .in file, each
line with its marker; both lines are copied.
"""

import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LAST = ("-e ./checker", "-e .")  # Binder installs the packages as well
NOT_PINNED = {"pip", "setuptools", "wheel"}


def name_of(line):
    """The name of a package, in the spelling that pip compares."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", line)[0]).lower()


def marked(file):
    """The lines of a file that hold for some Pythons alone."""
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if ";" in line and line[0] != "#"]


def frozen(pip, file):
    """Every package that is installed once `file` is, as exact pins."""
    subprocess.run([*pip, "install", "-q", "-r", ROOT / file], check=True)
    listing = subprocess.run(
        [*pip, "freeze", "--all"], check=True, capture_output=True, text=True
    ).stdout
    return [x for x in listing.splitlines() if name_of(x) not in NOT_PINNED]


def write(file, source, pins, last=()):
    """Write the pins, with the marked lines of `source` in their place."""
    both = marked(source)
    twice = {name_of(line) for line in both}
    pins = [pin for pin in pins if name_of(pin) not in twice] + both
    head = f"# Made by 'make requirements' from {source}."
    lines = [head, *sorted(pins, key=lambda pin: (name_of(pin), pin)), *last]
    (ROOT / file).write_text("\n".join(lines) + "\n", encoding="utf-8")


def main():
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        pip = [Path(folder) / "bin" / "python", "-m", "pip"]
        book = frozen(pip, "requirements.in")
        tests = frozen(pip, "requirements-test.in")
    write("requirements.txt", "requirements.in", book, LAST)
    more = [pin for pin in tests if pin not in book]
    moved = {name_of(pin) for pin in more} & {name_of(pin) for pin in book}
    if moved:
        sys.exit(f"the tests would change what the book pins: {moved}")
    write("requirements-test.txt", "requirements-test.in", more)


if __name__ == "__main__":
    main()
