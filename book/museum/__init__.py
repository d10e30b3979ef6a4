"""The museum of real gradient bugs: each one as a line and as a program.

    exhibits.toml  what was reported where, the line, the change
    texts.toml     displays of well-known texts, in the same way; texts.py
    passes.py      plain passes beside those of the core
    here           the program with its bug, run and measured

A bug is a change of the text of a plain pass, made exactly once. What the
pass then computes is compared with what it computes without the change;
that the unchanged passes are right, `tests/test_museum.py` asks the oracle.
"""

import difflib
import inspect
import tomllib
import types
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

import derivations
from bptt_core import losses, lstm, oracle, rnn
from bptt_core.book import notations

from . import passes

KINDS = {
    "path": "a missing path",
    "slope": "a slope",
    "index": "an index or a name",
    "buffer": "a buffer",
    "mask": "a mask, a length",
    "kernel": "a kernel",
}
WAYS = {
    "reading": "somebody read it",
    "comparison": "another implementation or a test",
    "check": "a numerical gradient check",
    "training": "training, or a crash",
    "unclear": "the thread does not say",
}
SIZES = {"T": 10, "d": 3, "n": 6, "m": 4, "B": 2}


@dataclass(frozen=True)
class Exhibit:
    """One reported bug, as exhibits.toml tells it.

    key: its name there. report: repository and number of the thread, such
    as "apache/mxnet#4057"; pull: it is a pull request. year: of the report.
    kind and found: keys of KINDS and WAYS. title, story, fix: in words.
    network: a notation of the book or of exhibits.toml; line: what the
    program computes, as an equation; holds: what it should compute; slip:
    the kind of slip in that line, one of ``edits.SLIPS``. unsaid: why no
    equation of these networks says it, where there is no line.
    room: which pass it changes; change: pairs of old and new text; right:
    the same for what the result is compared with, where the bug changes
    the network too.
    calls: how often the pass is called before it is looked at. sizes: what
    differs from SIZES.
    """

    key: str
    report: str
    year: int
    kind: str
    found: str
    title: str
    story: str
    fix: str
    room: str
    change: list[list[str]]
    right: list[list[str]] | None = None
    network: str = ""
    line: str = ""
    holds: str = ""
    slip: str = ""
    unsaid: str = ""
    pull: bool = False
    calls: int = 1
    sizes: dict | None = None

    @property
    def address(self) -> str:
        """Where the report stands."""
        repository, number = self.report.split("#")
        thread = "pull" if self.pull else "issues"
        return f"https://github.com/{repository}/{thread}/{number}"

    def diff(self) -> str:
        """The lines that change, before (-) and after (+)."""
        before, after = (
            inspect.getsource(ROOMS[self.room].module).splitlines(),
            _altered(ROOMS[self.room].module, self.change).splitlines(),
        )
        lines = [
            line
            for line in difflib.unified_diff(before, after, n=0, lineterm="")
            if line[0] in "+-" and line[:3] not in ("+++", "---")
        ]
        shift = min(len(line[1:]) - len(line[1:].lstrip()) for line in lines)
        return "\n".join(f"{line[0]} {line[1 + shift :]}" for line in lines)


_TABLE = tomllib.loads(
    Path(__file__).with_name("exhibits.toml").read_text(encoding="utf-8")
)
_NETWORKS = _TABLE.pop("networks")
EXHIBITS = [Exhibit(key, **row) for key, row in _TABLE.items()]


@cache
def network(name: str) -> derivations.Notation:
    """Return a notation of the book, or a network of exhibits.toml."""
    if name in _NETWORKS:
        return derivations.define(name=name, **_NETWORKS[name])
    return notations.notation(name)


@dataclass(frozen=True)
class Room:
    """A plain pass, and how it is called.

    module: the text that a bug changes. shapes: of its parameters, in
    letters of SIZES. forward(module, p, x, given) returns a trace with
    `z`; backward(module, p, trace, dz, given) returns the gradients by
    name; given: what it is given besides, from `given(rng, sizes)`.
    """

    module: types.ModuleType
    shapes: dict
    given: Callable
    forward: Callable
    backward: Callable
    ends: Callable = lambda trace, given: 0
    decay: Callable = lambda p, r: p


def _core_gradients(found):
    arrays = found._asdict()
    del arrays["delta"]
    return {**arrays.pop("params")._asdict(), **arrays}


def _states(*names):
    def given(rng, T, n, B, **sizes):
        return {name: rng.normal(size=(n, B)) / 2 for name in names}

    return given


def _masks(rng, T, n, B, **sizes):
    return {
        "h0": rng.normal(size=(n, B)) / 2,
        "keep": (rng.random((T, n, B)) < 0.8).astype(float),
        "drop": (rng.random((T, n, B)) < 0.8) / 0.8,
    }


def _windows(rng, T, n, B, **sizes):
    shape = (passes.WIDTH, n, B)
    return {"past": rng.normal(size=shape), "dlast": rng.normal(size=shape)}


def _wide(p, r):
    """Give W the spectral radius r, about."""
    return {**p, "W": p["W"] * r}


def _forgetting(rows):
    def decay(p, r):
        b = p["b"].copy()
        b[rows(len(b))] = np.log(r / (1 - r))
        return {**p, "b": b}

    return decay


_RNN = {"U": "nd", "W": "nn", "b": "n1", "V": "mn", "c": "m1"}
ROOMS = {
    "rnn": Room(
        rnn,
        _RNN,
        _states("h0", "h_after"),
        lambda m, p, x, e: m.forward(m.Params(**p), x, e["h0"]),
        lambda m, p, trace, dz, e: _core_gradients(
            m.backward(m.Params(**p), trace, dz, e["h_after"])
        ),
        lambda trace, e: np.sum(e["h_after"] * trace.h[-1]),
        _wide,
    ),
    "lstm": Room(
        lstm,
        {"U": "4d", "W": "4n", "b": "41", "V": "mn", "c": "m1"},
        _states("h0", "c0", "h_after", "c_after"),
        lambda m, p, x, e: m.forward(m.Params(**p), x, e["h0"], e["c0"]),
        lambda m, p, trace, dz, e: _core_gradients(
            m.backward(m.Params(**p), trace, dz, e["h_after"], e["c_after"])
        ),
        lambda trace, e: (
            np.sum(e["h_after"] * trace.h[-1])
            + np.sum(e["c_after"] * trace.c[-1])
        ),
        _forgetting(lambda rows: slice(rows // 4, rows // 2)),
    ),
    "masked": Room(
        passes,
        _RNN,
        _masks,
        lambda m, p, x, e: m.masked_forward(
            passes.Record(**p), x, e["h0"], e["keep"], e["drop"]
        ),
        lambda m, p, trace, dz, e: m.masked_backward(
            passes.Record(**p), trace, dz
        ),
        decay=_wide,
    ),
    "two_ways": Room(
        passes,
        {
            **{"U": "nd", "W": "nn", "P": "nd", "Q": "nn"},
            **{"V": "mn", "R": "mn", "c": "m1"},
        },
        lambda rng, **sizes: {},
        lambda m, p, x, e: m.two_ways_forward(passes.Record(**p), x),
        lambda m, p, trace, dz, e: m.two_ways_backward(
            passes.Record(**p), trace, dz
        ),
        decay=lambda p, r: {**_wide(p, r), "Q": p["Q"] * r},
    ),
    "scan": Room(
        passes,
        {"U": "nd", "P": "nd", "b": "n1", "V": "mn", "c": "m1"},
        _states("s0"),
        lambda m, p, x, e: m.scan_forward(passes.Record(**p), x, e["s0"]),
        lambda m, p, trace, dz, e: m.scan_backward(
            passes.Record(**p), trace, dz
        ),
        decay=_forgetting(slice),
    ),
    "mean": Room(
        passes,
        {"K": "nd", "U": "nd", "V": "mn", "c": "m1"},
        lambda rng, **sizes: {},
        lambda m, p, x, e: m.mean_forward(passes.Record(**p), x),
        lambda m, p, trace, dz, e: m.mean_backward(
            passes.Record(**p), trace, dz
        ),
    ),
    "filter": Room(
        passes,
        {"a": "wn1", "U": "nd", "V": "mn", "c": "m1"},
        _windows,
        lambda m, p, x, e: m.filter_forward(passes.Record(**p), x, e["past"]),
        lambda m, p, trace, dz, e: m.filter_backward(
            passes.Record(**p), trace, dz, e["dlast"]
        ),
        lambda trace, e: np.sum(e["dlast"] * trace.last),
    ),
}


def _altered(module, changes):
    source = inspect.getsource(module)
    for old, new in changes:
        if source.count(old) != 1:
            raise ValueError(
                f"change: expected {old!r} exactly once in "
                f"{module.__name__}; got it {source.count(old)} times"
            )
        source = source.replace(old, new)
    return source


def changed(module: types.ModuleType, changes) -> types.ModuleType:
    """Return a copy of the module with each change made exactly once.

    Raises ValueError for a text that does not stand there exactly once.
    """
    source = _altered(module, changes)
    copy = types.ModuleType(module.__name__)
    exec(compile(source, f"changed {module.__name__}", "exec"), vars(copy))
    return copy


def random_params(
    room: Room, rng: np.random.Generator, r: float, **sizes: int
) -> dict:
    """Return random parameters of a room, whose past counts by r a step."""
    n = sizes["n"]
    rows = {"4": 4 * n, "w": passes.WIDTH, "1": 1, **sizes}
    p = {
        name: rng.normal(size=[rows[letter] for letter in shape])
        / (rows[shape[-1]] if name not in "ab" else 10) ** 0.5
        for name, shape in room.shapes.items()
    }
    return room.decay(p, r)


@dataclass(frozen=True)
class Case:
    """A room with random numbers in it, and what its output should be."""

    room: Room
    p: dict
    x: np.ndarray
    given: dict
    labels: np.ndarray


def case(exhibit, seed: int, r: float = 0.97) -> Case:
    """Return a random Case for the pass that a bug changes."""
    return random_case(exhibit.room, seed, r, **(exhibit.sizes or {}))


def random_case(room: str, seed: int, r: float = 0.97, **sizes: int) -> Case:
    """Return a random Case of a room."""
    rng, sizes = np.random.default_rng(seed), {**SIZES, **sizes}
    T, d, m, B = (sizes[letter] for letter in "TdmB")
    return Case(
        ROOMS[room],
        random_params(ROOMS[room], rng, r, **sizes),
        rng.normal(size=(T, d, B)) / 2,
        ROOMS[room].given(rng, **sizes),
        rng.integers(m, size=(T, B)),
    )


def loss(one: Case, module: types.ModuleType | None = None) -> complex:
    """Return the loss of a Case: over all steps, and what goes on after."""
    room = one.room
    trace = room.forward(module or room.module, one.p, one.x, one.given)
    total = losses.cross_entropy(trace.z, one.labels)
    return total + room.ends(trace, one.given)


def gradients(
    one: Case, module: types.ModuleType | None = None, calls: int = 1
) -> dict[str, np.ndarray]:
    """Return what a pass computes, by name, at its last call of `calls`."""
    room, module = one.room, module or one.room.module
    trace = room.forward(module, one.p, one.x, one.given)
    dz = losses.output_gradient(trace.z, one.labels)
    for _ in range(calls):
        found = room.backward(module, one.p, trace, dz, one.given)
    return found


@cache
def _program(room, changes):
    return changed(ROOMS[room].module, changes)


def programs(one) -> tuple[types.ModuleType, types.ModuleType]:
    """Return the pass of an exhibit or a text with its bug, and without."""
    return tuple(
        _program(one.room, tuple(map(tuple, changes)))
        for changes in (one.change, one.right or ())
    )


@dataclass(frozen=True)
class Measured:
    """How far off a program is: medians over random networks.

    error: the relative error of the array that is worst, `array`; cosine:
    between all parameters' gradients, wrong and right.
    """

    error: float
    array: str
    cosine: float


def measured(exhibit, r: float = 0.97, seeds: int = 20) -> Measured:
    """Run a wrong program and the right one on random networks.

    exhibit: an Exhibit, or a Text that has a program.
    """
    bug, mended = programs(exhibit)
    cases = [case(exhibit, seed, r) for seed in range(seeds)]
    return summary(
        [
            (gradients(one, bug, exhibit.calls), gradients(one, mended))
            for one in cases
        ],
        cases[0].p,
    )


def summary(pairs: Iterable, parameters: Iterable[str]) -> Measured:
    """Return how far off gradients are: pairs of wrong and right, by name."""
    rows, names = [], []
    for wrong, right in pairs:
        errors = {
            name: oracle.relative_error(wrong[name], right[name])
            for name in right
        }
        names.append(max(errors, key=errors.get))
        mine, true = (
            np.concatenate([np.ravel(found[name]) for name in parameters])
            for found in (wrong, right)
        )
        length = np.linalg.norm(mine) * np.linalg.norm(true)
        rows.append((errors[names[-1]], mine @ true / length))
    error, cosine = np.median(rows, axis=0)
    return Measured(error, max(sorted(set(names)), key=names.count), cosine)
