"""Imports point one way, as the design says."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "bptt_core"
MODULES = sorted(PACKAGE.rglob("*.py"))
STANDARD = {"cmath", "collections.abc", "numbers", "typing"}
HELPERS = {"bptt_core.arrays", "bptt_core.activations"}
CORE = {"losses", "rnn", "lstm", "oracle", "arrays", "activations"}
ON_CORE = {"checkpointing", "flow", "layouts", "training", "tasks"}


def imports(path):
    """Return the full names of the modules that a file imports."""
    package = path.relative_to(ROOT).parent.parts
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1]
            parts = [*base] if node.level else []
            origin = ".".join([*parts, *filter(None, [node.module])])
            names.add(origin)
            if origin in ("", "bptt_core"):  # modules, imported by name
                names |= {f"{origin}.{alias.name}" for alias in node.names}
    return names - {"bptt_core"}


def part(path):
    """Return the module or subpackage of bptt_core that a file is in."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def files(*parts):
    return [path for path in MODULES if part(path) in parts]


def label(path):
    return path.relative_to(ROOT).as_posix()


def within(name, roots):
    return any(name == root or name.startswith(root + ".") for root in roots)


def test_every_module_is_there():
    assert CORE | {"flow", "training", "tasks", "figures", "equations"} <= {
        part(path) for path in MODULES
    }


@pytest.mark.parametrize("path", files(*CORE), ids=label)
def test_the_core_knows_numpy_alone(path):
    unknown = imports(path) - STANDARD - HELPERS - {"numpy"}
    assert not unknown


@pytest.mark.parametrize("path", files(*ON_CORE), ids=label)
def test_what_stands_on_the_core_knows_the_core_alone(path):
    allowed = {f"bptt_core.{name}" for name in CORE}
    ours = {name for name in imports(path) if within(name, ["bptt_core"])}
    assert all(within(name, allowed) for name in ours), ours


@pytest.mark.parametrize("path", MODULES, ids=label)
def test_only_figures_imports_matplotlib(path):
    drawing = [n for n in imports(path) if within(n, ["matplotlib"])]
    assert not drawing or part(path) == "figures"


@pytest.mark.parametrize("path", files("equations"), ids=label)
def test_the_verifier_never_knows_the_numeric_core(path):
    """It is a witness, not a client."""
    ours = {name for name in imports(path) if within(name, ["bptt_core"])}
    assert all(within(name, ["bptt_core.equations"]) for name in ours), ours


@pytest.mark.parametrize("path", MODULES, ids=label)
def test_nothing_imports_what_people_read_or_test(path):
    outside = ["book", "tests", "tools", "benchmarks", "bptt_core.book"]
    assert not [name for name in imports(path) if within(name, outside)]


def test_the_reader_of_imports_sees_every_form(tmp_path, monkeypatch):
    package = tmp_path / "bptt_core" / "inner"
    package.mkdir(parents=True)
    path = package / "example.py"
    path.write_text(
        "import matplotlib.pyplot as plt, os\n"
        "from bptt_core import rnn\n"
        "from ..lstm import forward\n"
        "from . import sibling\n"
        "def f():\n    from numpy.linalg import norm\n"
    )
    monkeypatch.setattr("tests.test_arrows.ROOT", tmp_path)
    assert imports(path) == {
        "matplotlib.pyplot", "os", "bptt_core.rnn", "bptt_core.lstm",
        "bptt_core.inner", "numpy.linalg",
    }
