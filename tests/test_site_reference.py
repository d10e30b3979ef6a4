"""The reference page: made from docstrings, with shapes, and complete."""

import importlib
import inspect
import pkgutil
import sys
from pathlib import Path
from typing import Annotated, NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "book" / "_ext"))

from book_site import reference  # noqa: E402

import bptt_core  # noqa: E402
import derivations  # noqa: E402
from bptt_figures import moving, still  # noqa: E402
from tests.built_site import HTML, Page, missing  # noqa: E402

MODULES = [
    importlib.import_module(f"bptt_core.{module.name}")
    for module in pkgutil.iter_modules(bptt_core.__path__)
]


def public(module):
    """The functions and classes that a module offers and documents."""
    own = [
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and getattr(value, "__module__", None) == module.__name__
    ]
    return [
        f"{module.__name__}.{name}"
        for name in getattr(module, "__all__", own)
        if inspect.isroutine(getattr(module, name))
        or inspect.isclass(getattr(module, name))
    ]


@pytest.mark.site
@pytest.mark.parametrize(
    "module", [*MODULES, still, moving], ids=lambda module: module.__name__
)
def test_every_public_name_is_there(module):
    if not (HTML / "book" / "reference.html").is_file():
        missing(f"no built site in {HTML}: run `make site`")
    names = public(module)
    assert names
    shown = set(Page("book/reference.html").ids)
    assert [name for name in names if name not in shown] == []


@pytest.mark.site
def test_the_checker_is_there_by_the_names_that_one_imports():
    if not (HTML / "book" / "reference.html").is_file():
        missing(f"no built site in {HTML}: run `make site`")
    shown = set(Page("book/reference.html").ids)
    offered = {f"derivations.{name}" for name in derivations.__all__}
    assert offered - shown == set()


def offered_functions():
    """Every function and method that the reference page must show."""
    names = [n for module in [*MODULES, still, moving] for n in public(module)]
    for name in [*names, *(f"derivations.{n}" for n in derivations.__all__)]:
        module, _, last = name.rpartition(".")
        value = getattr(importlib.import_module(module), last)
        if not inspect.isclass(value):
            yield name, inspect.unwrap(value)
            continue
        for method, held in vars(value).items():
            held = held.fget if isinstance(held, property) else held
            held = getattr(held, "__func__", held)
            if inspect.isfunction(held) and method[0] != "_":
                yield f"{name}.{method}", held


def test_every_public_function_is_annotated():
    bare = [
        f"{name}: {argument}"
        for name, function in offered_functions()
        for argument, parameter in inspect.signature(
            function
        ).parameters.items()
        if parameter.annotation is parameter.empty
        and argument not in ("self", "cls")
    ]
    silent = [
        name
        for name, function in offered_functions()
        if inspect.signature(function).return_annotation is inspect._empty
    ]
    assert (bare, silent) == ([], [])


class Sample(NamedTuple):
    """Three fields, each with what a reader must know."""

    h: Annotated[float, "T+1 n B"]  # row 0 is h_0
    b: Annotated[float, "4n 1"]
    count: int


def test_fields_come_with_their_shapes():
    assert list(reference.fields(Sample)) == [
        ("h", "(T + 1, n, B)", "row 0 is h_0"),
        ("b", "(4n, 1)", ""),
        ("count", "int", ""),
    ]


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("gain^2 * n of h_ and |x|", [r"gain^2 \* n of h\_ and \|x\|"]),
        ("`x` and :func:`~a.b`", ["``x``\\  and ``a.b``\\ "]),
        ("  a_t = U x_t", ["::", "", "    a_t = U x_t"]),
        (">>> 1 + 1\n2", [">>> 1 + 1", "2"]),
        (
            "f: what it is,\nat length\ng, h: others",
            ["- ``f``: what it is,", "  at length", "- ``g, h``: others"],
        ),
        ("so:\n  - one", ["so:", "", "::", "", "  - one"]),
    ],
)
def test_plain_english_is_no_markup(said, written):
    assert reference.block(said) == written
