"""Imports point one way: the table below is the design of the house."""

import ast
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Where each package stands, seen from the root.
HOMES = {
    "bptt_core": "",
    "bptt_figures": "",
    "derivations": "checker",
    "museum": "book",
}
# Each part of the house, and what of the house it may import besides itself.
# A module belongs to the longest name here that its own begins with.
CORE = ("bptt_core.arrays", "bptt_core.activations")
NETWORKS = (
    *CORE,
    "bptt_core.losses",
    "bptt_core.rnn",
    "bptt_core.lstm",
    "bptt_core.gru",
    "bptt_core.oracle",
)
CHECKER = (
    "derivations.errors",
    "derivations.latex",
    "derivations.meaning",
    "derivations.values",
    "derivations.networks",
    "derivations.judging",
    "derivations.books",
)
ARROWS = {
    "bptt_core": (),
    "bptt_core.arrays": (),
    "bptt_core.activations": CORE,
    "bptt_core.losses": CORE,
    "bptt_core.rnn": CORE,
    "bptt_core.lstm": CORE,
    "bptt_core.gru": CORE,
    "bptt_core.oracle": CORE,
    "bptt_core.compare": NETWORKS,
    "bptt_core.fast": NETWORKS,
    "bptt_core.checkpointing": (*NETWORKS, "bptt_core.fast"),
    "bptt_core.flow": NETWORKS,
    "bptt_core.layouts": NETWORKS,
    "bptt_core.training": NETWORKS,
    "bptt_core.tasks": NETWORKS,
    "bptt_core.book": ("derivations", *CHECKER, *NETWORKS),
    # The bugs of chapter 9, beside the pages: data, and how it is run.
    "museum": ("derivations", *CHECKER, *NETWORKS, "bptt_core.book"),
    "bptt_figures": (),
    "bptt_figures.still": (),
    "bptt_figures.moving": (),
    "derivations": CHECKER,
    # Each folder of the checker knows those before it.
    **{part: CHECKER[:place] for place, part in enumerate(CHECKER)},
}
# What of the world outside each package, or one of its parts, may import.
OUTSIDE = {
    "bptt_core": {"numpy"},
    "bptt_core.book": {"numpy", "IPython", "myst_nb"},
    "museum": {"numpy"},
    "bptt_figures": {"numpy", "matplotlib"},
    "derivations": {"numpy", "lark"},
}
MODULES = {
    ".".join(path.relative_to(ROOT / home).with_suffix("").parts).removesuffix(
        ".__init__"
    ): path
    for package, home in HOMES.items()
    for path in sorted((ROOT / home / package).rglob("*.py"))
}


def imports(path, module):
    """Return the full names of the modules that a file imports."""
    package = module.split(".")
    if path.name != "__init__.py":
        package.pop()
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1]
            parts = [*base] if node.level else []
            origin = ".".join([*parts, *filter(None, [node.module])])
            inner = {f"{origin}.{alias.name}" for alias in node.names}
            # A module imported by its name, or names out of a module.
            names |= (inner & MODULES.keys()) or {origin}
    return names


def part(module):
    """Return the part of the house that a module belongs to."""
    names = [n for n in ARROWS if f"{module}.".startswith(f"{n}.")]
    return max(names, key=len)


IMPORTS = {name: imports(path, name) for name, path in MODULES.items()}


def test_the_table_names_what_is_there():
    assert {part(module) for module in MODULES} == set(ARROWS)
    assert len(MODULES) > 60


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_what_the_table_allows(module):
    allowed = {part(module), *ARROWS[part(module)]}
    ours = {n for n in IMPORTS[module] if n.partition(".")[0] in HOMES}
    assert {part(name) for name in ours} <= allowed, ours


@pytest.mark.parametrize("module", MODULES)
def test_a_module_needs_nothing_else(module):
    roots = {name.partition(".")[0] for name in IMPORTS[module]}
    known = set(sys.stdlib_module_names) | set(HOMES)
    allowed = OUTSIDE.get(part(module), OUTSIDE[module.partition(".")[0]])
    assert roots - known <= allowed


def test_there_is_no_circle():
    """TopologicalSorter names the modules of a circle when it meets one."""
    arrows = {name: IMPORTS[name] & MODULES.keys() for name in MODULES}
    order = list(TopologicalSorter(arrows).static_order())
    assert set(MODULES) <= set(order)


def test_the_checker_and_the_numbers_are_witnesses_of_each_other():
    for name, found in IMPORTS.items():
        package = name.partition(".")[0]
        others = {n.partition(".")[0] for n in found} & set(HOMES)
        if package == "derivations":
            assert others <= {"derivations"}, name
        elif package == "bptt_core" and part(name) != "bptt_core.book":
            assert others <= {"bptt_core"}, name


def test_the_reader_of_imports_sees_every_form(tmp_path):
    path = tmp_path / "example.py"
    path.write_text(
        "import matplotlib.pyplot as plt, os\n"
        "from bptt_core import rnn\n"
        "from ..lstm import forward\n"
        "from . import sibling\n"
        "def f():\n    from numpy.linalg import norm\n"
    )
    assert imports(path, "bptt_core.inner.example") == {
        "matplotlib.pyplot",
        "os",
        "bptt_core.rnn",
        "bptt_core.lstm",
        "bptt_core.inner",
        "numpy.linalg",
    }
