"""How long the verifier takes: python benchmarks/verifier.py

Judges every display of the book and every formula of the five sources,
first in a cold process, then warm, then with all its altered versions; then
the false lines of the ledger, with the search for hints. Seconds are of the
processor, so that a busy machine changes them less. The section in RESULTS.md
is replaced.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import statistics
import sys
import time
from functools import partial
from pathlib import Path

START = time.process_time()

import derivations  # noqa: E402
from bptt_core import book  # noqa: E402
from bptt_core.book.sources import FORMULAS  # noqa: E402
from derivations import check  # noqa: E402
from derivations.books import ledger, score  # noqa: E402
from derivations.judging.mutate import mutants, tally  # noqa: E402

IMPORTED = time.process_time() - START

sys.path.insert(0, str(book.book_directory()))

from core import RESULTS, replaced, versions  # noqa: E402

import museum  # noqa: E402

# A display should take no longer, in seconds.
LONG = 0.01
CASES = book.book_directory().parent / "checker" / "tests" / "cases"


def all_displays():
    """Return (LaTeX, notation) of everything that is judged."""
    found = [(f.latex, f.notation) for f in FORMULAS]
    found += [(f.corrected, f.notation) for f in FORMULAS if f.corrected]
    entries = ledger.entries(book.book_directory(), book.DEFINITIONS)
    for label, entry in entries.items():
        name = "BOOK_LSTM" if label.startswith("eq-lstm") else "BOOK"
        if entry.record:
            name = entry.record["network"]["name"]
        if hasattr(book, name):
            found.append((entry.display.latex, getattr(book, name)))
    return found


def judge_all(cases):
    """Return the verdicts and the seconds that each display took."""
    verdicts, seconds = [], []
    for latex, notation in cases:
        start = time.process_time()
        verdicts.append(check(latex, notation, hints=False))
        seconds.append(time.process_time() - start)
    return verdicts, seconds


def mutate_all(cases, verdicts):
    """Return the fates of all altered displays and the seconds it took."""
    start, total = time.process_time(), {}
    for (latex, notation), verdict in zip(cases, verdicts, strict=True):
        if verdict:
            counts = tally(mutants(latex, notation))
            for fate in ("value", "shape", "domain", "equal", "survived"):
                total[fate] = total.get(fate, 0) + getattr(counts, fate)
    return total, time.process_time() - start


def false_lines():
    """Return the false lines whose cause the ledger wants to be named."""
    reported = [
        score.Case(b.line, ("false",), partial(museum.network, b.network))
        for b in museum.EXHIBITS
        if b.line
    ]
    made = score.cases(CASES, "slips", "lines")
    return reported + [line for line in made if line.kind or line.words]


def hint_all(lines):
    """Return the seconds that each verdict with its hints took, and the hits.

    The networks are drawn before: every line is judged twice.
    """
    seconds, hits = [], 0
    for _ in range(2):
        seconds.clear()
        for line in lines:
            notation = line.notation()
            start = time.process_time()
            verdict = check(line.latex, notation)
            seconds.append(time.process_time() - start)
            hits += bool(verdict.hints)
    return seconds, hits // 2


def source_errors(verdicts):
    """Return how many formulas of the sources fail, and how many there are.

    Among them a notation, a name or a shape that cannot be judged.
    """
    printed = verdicts[: len(FORMULAS)]
    return sum(not verdict for verdict in printed), len(printed)


def lines_of_code():
    """Return the lines of the verifier, sources' formulas included."""
    files = Path(derivations.__file__).parent.rglob("*.py")
    return sum(len(f.read_text("utf-8").splitlines()) for f in files)


def measured():
    """Yield (what, figure) of everything."""
    cases = all_displays()
    verdicts, cold = judge_all(cases)
    _, warm = judge_all(cases)
    yield "displays judged", len(cases)
    steps = sum(len(v.steps) for v in verdicts if v)
    yield "true displays / steps", f"{sum(map(bool, verdicts))} / {steps}"
    wrong, printed = source_errors(verdicts)
    yield "sources' formulas that fail", f"{wrong} of {printed}"
    yield "lines of code", lines_of_code()
    yield "import, networks included", f"{IMPORTED:.2f} s"
    yield "all displays, cold / warm", f"{sum(cold):.2f} / {sum(warm):.2f} s"
    yield "one display, warm, median / slowest", spread(warm)
    slow = sum(taken > LONG for taken in warm)
    yield f"displays above {LONG * 1e3:.0f} ms", slow
    fates, mutating = mutate_all(cases, verdicts)
    counts = ", ".join(f"{fate} {count}" for fate, count in fates.items())
    yield "altered versions, by what rejects them", counts
    yield "altering everything", f"{mutating:.1f} s"
    lines = false_lines()
    seconds, hits = hint_all(lines)
    yield "known false lines with a hint", f"{hits} of {len(lines)}"
    yield "verdict with its hint, warm, median / slowest", spread(seconds)


def spread(seconds):
    middle, most = statistics.median(seconds), max(seconds)
    return f"{middle * 1e3:.1f} / {most * 1e3:.0f} ms"


def main():
    lines = ["## benchmarks/verifier.py", "", versions(), ""]
    lines += ["| what | measured |", "|:--|--:|"]
    print(*lines, sep="\n")
    for what, figure in measured():
        lines.append(f"| {what} | {figure} |")
        print(lines[-1], flush=True)
    text = RESULTS.read_text(encoding="utf-8")
    text = replaced(text, "verifier", "\n".join(lines))
    RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
