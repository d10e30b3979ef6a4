"""What is committed: small files, no secret, nothing of one machine."""

import ast
import doctest
import inspect
import json
import re
import subprocess
import tomllib

import numpy as np
import pytest

import bptt_core
from bptt_core import lstm, oracle, rnn
from tools.notebooks import ROOT

LARGEST_FILE = 1_000_000
BINARY = {".woff2", ".png", ".ico"}
FORBIDDEN = {
    "an absolute path": re.compile(
        r"(?<![\w.:/])/(?:home|Users|root|work|tmp|opt)/[\w.]"
    ),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "an access token": re.compile(
        r"\b(?:gh[pousr]_\w{30,}|AKIA[0-9A-Z]{16}|xox[abpr]-\w{10,})"
    ),
    "a package registry": re.compile(
        r"(?:pypi\.org|pythonhosted\.org|npmjs\.(?:org|com))"
    ),
}
# This file must spell out what it forbids.
ITSELF = "tests/test_repository.py"


def committed_files():
    listing = subprocess.run(
        ["git", "ls-files", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [name for name in listing.split("\0") if (ROOT / name).is_file()]


FILES = committed_files()


def test_there_are_files_to_look_at():
    assert {"Makefile", "bptt_core/rnn.py", "book/intro.ipynb"} <= set(FILES)


def test_no_file_is_above_a_megabyte():
    sizes = {name: (ROOT / name).stat().st_size for name in FILES}
    assert not {n: s for n, s in sizes.items() if s > LARGEST_FILE}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_contains(what):
    found = []
    for name in FILES:
        if (ROOT / name).suffix in BINARY or name == ITSELF:
            continue
        text = (ROOT / name).read_text(encoding="utf-8")
        found += [f"{name}: {m}" for m in FORBIDDEN[what].findall(text)]
    assert not found


def test_no_code_evaluates_text_or_opens_a_shell():
    dangerous = re.compile(
        r"\b(?:eval|exec)\(|\bpickle\b|shell=True|os\.system\("
    )
    packages = ("bptt_core/", "bptt_figures/", "checker/derivations/")
    sources = [n for n in FILES if n.startswith(packages)]
    assert sources
    for name in sources:
        if name.endswith(".py"):
            text = (ROOT / name).read_text(encoding="utf-8")
            assert not dangerous.search(text), name


def test_the_version_is_said_once_and_repeated_rightly():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    version = tomllib.loads(text)["project"]["version"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^version: (.+)$", citation, re.M) == [version]
    package = (ROOT / "labextension/package.json").read_text(encoding="utf-8")
    assert json.loads(package)["version"] == version
    assert bptt_core.__version__ == version


def test_the_core_says_that_it_is_typed():
    assert (ROOT / "bptt_core/py.typed").is_file()


@pytest.mark.parametrize("module", [oracle, rnn, lstm])
def test_the_examples_of_the_core_print_what_they_say(module):
    names = {"np": np}
    result = doctest.testmod(module, extraglobs=names)
    assert result.failed == 0
    assert result.attempted >= 2


@pytest.mark.parametrize("module", [rnn, lstm])
@pytest.mark.parametrize("name", ["forward", "backward"])
def test_a_pass_that_a_chapter_prints_has_at_most_twenty_lines(module, name):
    function = ast.parse(inspect.getsource(getattr(module, name))).body[0]
    _, first, *_ = function.body
    last = function.body[-1]
    assert isinstance(last, ast.Return)
    assert last.lineno - first.lineno - 2 <= 20  # two blank lines at most


def test_every_pin_is_exact():
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert pins[-2:] == ["-e ./checker", "-e ."]
    for pin in pins[:-2]:
        assert re.fullmatch(r"[\w.-]+==[\w.]+", pin), pin


def names_in(file):
    """The lines of a file of requirements, their names in one spelling."""
    lines = (ROOT / file).read_text().lower().replace("_", "-").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_binder_installs_the_pins_and_the_package():
    """Binder reads runtime.txt and requirements.txt, where nothing hides them.

    The build tool of Binder prefers the folders, then conda's file; a patch
    version in runtime.txt would not be found.
    """
    version = (ROOT / "runtime.txt").read_text().strip()
    assert re.fullmatch(r"python-3\.1[1-3]", version)
    hiding = ("binder", ".binder", "environment.yml", "Pipfile", "Dockerfile")
    assert [name for name in hiding if (ROOT / name).exists()] == []
    pinned = names_in("requirements.txt")
    assert pinned[-2:] == ["-e ./checker", "-e ."]
    names = {pin.split("==")[0] for pin in pinned}
    assert {"jupyterlab", "jupyterlab-myst", "ipykernel"} <= names


def test_every_name_that_is_asked_for_is_pinned():
    asked = names_in("requirements.in")
    assert set(asked) - set(names_in("requirements.txt")) == set()


def test_the_readme_prints_what_it_says():
    result = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert (result.failed, result.attempted) == (0, 2)
