"""How long the verifier takes: python benchmarks/verifier.py

Judges every display of the book and every formula of the five sources,
first in a cold process, then warm, then with all its altered versions.
Seconds are processor time, so that a busy machine changes them little.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import statistics
import time
from pathlib import Path

START = time.process_time()

import derivations  # noqa: E402
from bptt_core import book  # noqa: E402
from bptt_core.book.sources import FORMULAS  # noqa: E402
from derivations import check  # noqa: E402
from derivations.books import ledger  # noqa: E402
from derivations.judging.mutate import mutants, tally  # noqa: E402

IMPORTED = time.process_time() - START


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


def hint_all(cases, verdicts):
    """Return the seconds that each search for hints took, and the hits."""
    seconds, hits = [], 0
    for (latex, notation), verdict in zip(cases, verdicts, strict=True):
        if not verdict and verdict.error is None:
            start = time.process_time()
            hits += bool(check(latex, notation).hints)
            seconds.append(time.process_time() - start)
    return seconds, hits


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


def main():
    cases = all_displays()
    verdicts, cold = judge_all(cases)
    _, warm = judge_all(cases)
    fates, mutating = mutate_all(cases, verdicts)
    hints, hits = hint_all(cases, verdicts)
    steps = sum(len(v.steps) for v in verdicts if v)
    print(f"displays judged              {len(cases)}")
    print(f"true displays / steps        {sum(map(bool, verdicts))} / {steps}")
    wrong, printed = source_errors(verdicts)
    print(f"sources' formulas that fail  {wrong} of {printed}")
    print(f"lines of code                {lines_of_code()}")
    print(f"import, networks included    {IMPORTED:.2f} s")
    print(f"all displays, cold           {sum(cold):.2f} s")
    print(f"all displays, warm           {sum(warm):.2f} s")
    middle = statistics.median(warm)
    print(f"one display, warm, median    {middle * 1e3:.1f} ms")
    print(f"one display, warm, slowest   {max(warm) * 1e3:.1f} ms")
    print(f"altered versions             {fates}")
    print(f"altering everything          {mutating:.1f} s")
    print(
        f"hints                        {hits} of {len(hints)} false "
        f"displays, median {statistics.median(hints) * 1e3:.0f} ms, "
        f"slowest {max(hints) * 1e3:.0f} ms"
    )


if __name__ == "__main__":
    main()
