"""Alter the numeric code in every small way and see that a test fails.

    python -m tools.mutation core       bptt_core's numbers
    python -m tools.mutation checker    the half of the checker that evaluates
    python -m tools.mutation checker --sample 100 --seed 1    some, by lot

mutmut makes the alterations and runs, for each, the tests that reach the
altered function. It works on a copy in _build/mutation, so nothing here is
touched; a run that was broken off goes on where it stopped. What survived is
listed at the end, apart from what EQUIVALENT explains. Hours, not minutes.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / "_build" / "mutation"
# mutant → why no test can tell it from the original.
EQUIVALENT = Path(__file__).with_suffix(".toml")
COPIED = {
    "bptt_core": "bptt_core",
    "bptt_figures": "bptt_figures",
    "checker/derivations": "derivations",
    "checker/tests": "checker_tests",
    "tests": "tests",
    "tools": "tools",
    "book": "book",
}
CORE_TESTS = (
    "rnn lstm gru losses oracle flow training layouts tasks checkpointing "
    "compare arguments"
).split()
CHECKER_TESTS = (
    "displays errors networks oracle rounding sources mutation"
).split()
RUNS = {
    "core": {
        "source_paths": ["bptt_core"],
        "only_mutate": ["bptt_core/*.py"],
        "do_not_mutate": ["bptt_core/book/*"],
        "pytest_add_cli_args_test_selection": [
            f"tests/test_{name}.py" for name in CORE_TESTS
        ],
    },
    "checker": {
        "source_paths": ["derivations"],
        "only_mutate": [
            "derivations/values/*.py",
            "derivations/judging/claims.py",
            "derivations/judging/domains.py",
        ],
        "pytest_add_cli_args_test_selection": [
            *(f"tests/test_equations_{name}.py" for name in CHECKER_TESTS),
            "checker_tests/test_verdicts.py",
            "checker_tests/test_witness.py",
        ],
    },
}
# What looks at a module's own text or names sees mutmut's copies in it.
PYTEST = (
    "-q -p no:cacheprovider -p no:xdist --deselect "
    "tests/test_arguments.py::test_every_public_function_is_tried"
).split()
AS_WRITTEN = (
    "disable_test_id_escaping_and_forfeit_all_rights_to_community_support"
)
CAUGHT = {"killed", "timeout", "caught by type check", "segfault"}


def stage(name):
    """Copy the tree, flat, so that a module's path is its name."""
    place = PLACE / name
    place.mkdir(parents=True, exist_ok=True)
    for source, copy in COPIED.items():
        shutil.rmtree(place / copy, ignore_errors=True)
        shutil.copytree(
            ROOT / source,
            place / copy,
            ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"),
        )
    settings = RUNS[name] | {
        "also_copy": [c for c in COPIED.values() if c != "tests"],
        "pytest_add_cli_args": PYTEST,
        "use_git_change_detection": False,
        # A busy machine is slow; only a loop without an end takes so long.
        "timeout_multiplier": 60.0,
        "timeout_constant": 60.0,
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    text = "[tool.mutmut]\n" + "\n".join(lines) + "\n"
    text += '[tool.pytest.ini_options]\naddopts = "--strict-markers"\n'
    text += 'markers = ["site: not run here"]\nfilterwarnings = ["error"]\n'
    # mutmut names tests to pytest, which does not find escaped letters again.
    text += f"{AS_WRITTEN} = true\n"
    (place / "pyproject.toml").write_text(text, encoding="utf-8")
    return place


def fates(place):
    """Return mutant → its fate, as mutmut stored them."""
    program = [sys.executable, "-m", "mutmut", "results", "--all", "true"]
    told = subprocess.run(
        program, cwd=place, check=True, capture_output=True, text=True
    ).stdout
    pairs = (
        line.rsplit(": ", 1) for line in told.splitlines() if ": " in line
    )
    return {mutant.strip(): fate for mutant, fate in pairs}


def drawn(place, program, size, seed):
    """Return some mutants by lot; mutmut makes all, and times the tests."""
    # It names what it made, then says that none of them was asked for.
    subprocess.run([*program, "no such mutant"], cwd=place, check=False)
    every = sorted(fates(place))
    return random.Random(seed).sample(every, min(size, len(every)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", choices=RUNS)
    parser.add_argument("--children", default="2", help="processes at once")
    parser.add_argument("--sample", type=int, help="how many, by lot")
    parser.add_argument("--seed", type=int, default=0, help="of the lot")
    asked = parser.parse_args()
    place = stage(asked.run)
    program = [sys.executable, "-m", "mutmut", "run"]
    program += ["--max-children", asked.children]
    some = []
    if asked.sample is not None:
        some = drawn(place, program, asked.sample, asked.seed)
    subprocess.run([*program, *some], cwd=place, check=True)
    known = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))
    found = fates(place)
    if some:
        print(f"{len(some)} of {len(found)}, by lot, seed {asked.seed}")
        found = {mutant: found[mutant] for mutant in some}
    print(Counter(found.values()))
    left = [
        mutant
        for mutant, fate in found.items()
        if fate not in CAUGHT
        and mutant not in known
        and mutant.rpartition("__mutmut_")[0] not in known
    ]
    for mutant in left:
        print(f"{found[mutant]}: {mutant}")
    sys.exit(f"{len(left)} alterations pass the tests" if left else None)


if __name__ == "__main__":
    main()
