"""Run a command while no other run has its turn in this tree.

    python tools/alone.py COMMAND …

Two `make book` at once would install into one .venv and write one site. The
second waits here. The lock goes with the process, however that ends.
"""

import fcntl
import subprocess
import sys
from pathlib import Path

LOCK = Path("_build", ".turn")


def main(command):
    try:
        LOCK.parent.mkdir(exist_ok=True)
        turn = LOCK.open("w")
    except OSError as error:
        return (
            f"The book is built in its own folder, and {LOCK} cannot be "
            f"written there: {error.strerror}. Make room, or copy the "
            "folder to a place where you may write."
        )
    with turn:
        try:
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another make is at work here; waiting for it …", flush=True)
            fcntl.flock(turn, fcntl.LOCK_EX)
        return subprocess.run(command).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
