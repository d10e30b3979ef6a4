"""What is committed: small files, no secret, nothing of one machine."""

import ast
import doctest
import inspect
import json
import re
import subprocess
import tomllib
from importlib import metadata

import numpy as np
import pytest
import yaml

import bptt_core
import derivations
from bptt_core import gru, lstm, oracle, rnn
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


# What the commands make, as .gitignore names it.
MADE = {
    line.strip("/")
    for line in (ROOT / ".gitignore").read_text(encoding="utf-8").split()
}


def committed_files():
    """The names that git lists; without git, those of a source archive."""
    try:
        listing = subprocess.run(
            ["git", "ls-files", "-z"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return sorted(walked(ROOT))
    return [name for name in listing.split("\0") if (ROOT / name).is_file()]


def walked(folder):
    """The files below a folder that no command has made."""
    for path in folder.iterdir():
        if path.name == ".git" or any(map(path.match, MADE)):
            continue
        if path.is_dir():
            yield from walked(path)
        elif path.is_file():
            yield path.relative_to(ROOT).as_posix()


FILES = committed_files()


def test_there_are_files_to_look_at():
    assert {"Makefile", "bptt_core/rnn.py", "book/intro.ipynb"} <= set(FILES)


def test_an_archive_without_git_is_walked(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert set(FILES) <= set(committed_files())


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


def test_the_core_says_that_it_is_typed():
    assert (ROOT / "bptt_core/py.typed").is_file()


@pytest.mark.parametrize("module", [oracle, rnn, lstm])
def test_the_examples_of_the_core_print_what_they_say(module):
    names = {"np": np}
    result = doctest.testmod(module, extraglobs=names)
    assert result.failed == 0
    assert result.attempted >= 2


@pytest.mark.parametrize("module", [rnn, lstm, gru])
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
    test_pins = names_in("requirements-test.txt")
    assert test_pins
    for pin in [*pins[:-2], *test_pins]:
        assert re.fullmatch(rf"[\w.-]+==[\w.]+(; {SOME_PYTHONS})?", pin), pin


def test_each_python_gets_one_version():
    """Where a pin holds for some Pythons, another holds for all the rest."""
    pins = [pin.partition("; ") for pin in names_in("requirements.txt")[:-2]]
    holds = {}
    for pin, _, marker in pins:
        holds.setdefault(pin.split("==")[0], []).append(marker)
    for name, markers in holds.items():
        if markers != [""]:
            below, above = sorted(markers)
            assert below.replace("<", ">=") == above, name


def test_readers_install_no_test_tool():
    book = {pin.split("==")[0] for pin in names_in("requirements.txt")}
    tests = {pin.split("==")[0] for pin in names_in("requirements-test.txt")}
    assert {"playwright", "pytest", "ruff", "mypy", "nbval"} <= tests
    assert book & tests == set()


SOME_PYTHONS = r'python_version (?:<|>=) "3\.\d\d"'


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
    assert re.fullmatch(r"python-3\.1[1-5]", version)
    hiding = ("binder", ".binder", "environment.yml", "Pipfile", "Dockerfile")
    assert [name for name in hiding if (ROOT / name).exists()] == []
    pinned = names_in("requirements.txt")
    assert pinned[-2:] == ["-e ./checker", "-e ."]
    names = {pin.split("==")[0] for pin in pinned}
    assert {"jupyterlab", "jupyterlab-myst", "ipykernel"} <= names


def test_every_name_that_is_asked_for_is_pinned():
    for kind in ("requirements", "requirements-test"):
        asked, pinned = names_in(f"{kind}.in"), names_in(f"{kind}.txt")
        assert set(asked) - set(pinned) == set()


def test_the_version_is_the_same_everywhere():
    """Each package has one version; the book's stands in three files."""
    version = bptt_core.__version__
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    project = toml("pyproject.toml")["project"]
    assert "version" in project["dynamic"]
    assert metadata.version("bptt-core") == version
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {version}\n" in citation
    package = (ROOT / "labextension/package.json").read_text("utf-8")
    assert json.loads(package)["version"] == version
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\n## [{version}]" in changes
    checker = f"derivations=={derivations.__version__}"
    assert checker in project["dependencies"]
    assert metadata.version("derivations") == derivations.__version__


def toml(name):
    return tomllib.loads((ROOT / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", ["pyproject.toml", "checker/pyproject.toml"])
def test_no_python_is_refused_for_being_new(file):
    project = toml(file)["project"]
    assert project["requires-python"] == ">=3.11"


WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit_and_may_do_little(path):
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        assert "continue-on-error" not in job
        runs_ours = any("make" in s.get("run", "") for s in job["steps"])
        rights = job.get("permissions", {}).values()
        assert not (runs_ours and "write" in rights), name
        for step in job["steps"]:
            if "uses" in step:
                assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", step["uses"])


def test_nothing_is_published_before_the_tests_pass():
    file = ROOT / ".github" / "workflows" / "book.yml"
    jobs = yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"]
    assert jobs["publish"]["needs"] == "build"
    assert jobs["build"]["needs"] == "test"
    runs = [step.get("run") for step in jobs["test"]["steps"]]
    assert "bash .ci/run" in runs
    deploys = [
        path.name
        for path in WORKFLOWS
        if "actions/deploy-pages@" in path.read_text(encoding="utf-8")
    ]
    assert deploys == ["book.yml"]


def test_the_readme_prints_what_it_says():
    result = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert (result.failed, result.attempted) == (0, 2)


# What the pages say --------------------------------------------------------


def pages():
    """Return page → its text; of a notebook, that of its text cells."""
    found = {}
    for path in sorted((ROOT / "book").glob("*.*")):
        if path.suffix == ".md":
            found[path.name] = path.read_text(encoding="utf-8")
        elif path.suffix == ".ipynb":
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            found[path.name] = "\n".join(
                "".join(cell["source"])
                for cell in cells
                if cell["cell_type"] == "markdown"
            )
    return found


IMMEDIATE = (
    "moves $q$, holds every other state still, and lets gates, "
    "pre-activations, logits and losses follow"
)


def test_a_page_that_uses_the_immediate_derivative_says_what_it_is():
    using = {
        name: " ".join(text.split())
        for name, text in pages().items()
        if r"\partial^{+}" in text
    }
    assert len(using) >= 8
    for name, text in using.items():
        assert IMMEDIATE in text, name


def test_every_reference_is_cited_and_every_citation_has_one():
    listed = re.findall(
        r"^@\w+\{([^,]+),",
        (ROOT / "book" / "references.bib").read_text(encoding="utf-8"),
        re.M,
    )
    assert len(listed) == len(set(listed)) >= 20
    cited = {
        key.strip()
        for text in pages().values()
        for keys in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", text)
        for key in keys.split(",")
    }
    assert cited == set(listed)
