"""Any value in any argument: an answer, or an error that names the argument.

What `test_robustness.py` does to the arrays of the numeric core is done here
to every argument of every public function, numbers, functions and names too.
Switches are left out: Python itself says what is true.
"""

import inspect
import itertools
from types import MappingProxyType

import numpy as np
import pytest

import derivations
from bptt_core import (
    book,
    checkpointing,
    flow,
    layouts,
    losses,
    lstm,
    oracle,
    rnn,
    tasks,
    training,
)
from bptt_figures import moving as explorables
from bptt_figures import still as figures
from derivations import define
from derivations.errors import DefinitionError
from tests.test_robustness import CALLS as ARRAY_CALLS

RNG = np.random.default_rng(0)
RNN = rnn.random_params(RNG, d=2, n=3, m=4)
LSTM = lstm.random_params(RNG, d=2, n=3, m=4)
X, H = RNG.normal(size=(5, 2, 6)), RNG.normal(size=(3, 6))
TRACE = rnn.forward(RNN, X, H)
JACOBIANS = flow.rnn_jacobians(RNN, TRACE)
LABELS = RNG.integers(4, size=(5, 6))
GRADIENT = rnn.Params(*(0.1 * part for part in RNN))
CLAIM = r"\frac{\partial L}{\partial z_t} = \hat y_t - y_t"
FORWARD = [
    r"h_t = \tanh(W h_{t-1} + U x_t)", r"L = \sum_{t=1}^{T} l(h_t, y_t)"
]


def objective(params, batch):
    return 1.0, GRADIENT


def output_gradient(z, steps):
    return losses.output_gradient(z, LABELS[steps])


def axes():
    return figures.new_figure()[1]


def figure():
    return figures.new_figure()[0]


NEW = object()
"""Stands for an argument that a call uses up; FRESH makes one."""
FRESH = {"ax": axes, "figure": figure, "rng": np.random.default_rng}

CALLS = {
    training.norm: {"gradient": GRADIENT},
    training.clip_by_norm: {"gradient": GRADIENT, "threshold": 1.0},
    training.clip_by_value: {"gradient": GRADIENT, "threshold": 1.0},
    training.sgd: {"params": RNN, "gradient": GRADIENT, "rate": 0.1},
    training.adam: {
        "params": RNN, "gradient": GRADIENT, "rate": 0.1, "keep": (0.9, 0.99),
        "state": training.adam(RNN, GRADIENT)[1],
    },
    training.train: {
        "params": RNN, "objective": objective, "batches": [1, 2],
        "update": training.sgd, "threshold": 1.0, "report": None,
    },
    training.progress_bar: {"steps": 3, "width": 5},
    tasks.adding: {"rng": NEW, "T": 6, "B": 2},
    tasks.temporal_order: {"rng": NEW, "T": 12, "B": 2},
    tasks.windows: {"codes": np.arange(20), "B": 2, "T": 3},
    layouts.to_torch: {"params": RNN},
    layouts.to_keras: {"params": LSTM},
    layouts.from_torch: dict(
        zip(("recurrent", "linear"), layouts.to_torch(RNN), strict=True)
    ),
    layouts.from_keras: dict(
        zip(("recurrent", "dense"), layouts.to_keras(LSTM), strict=True)
    ),
    rnn.random_params: {"rng": NEW, "d": 2, "n": 3, "m": 2, "gain": 1.0},
    lstm.random_params: {
        "rng": NEW, "d": 2, "n": 3, "m": 2, "gain": 1.0, "forget_bias": 1.0
    },
    lstm.split_gates: {"array": np.zeros((8, 2))},
    rnn.forward: {"params": RNN, "x": X, "h0": H, "activation": rnn.TANH},
    rnn.backward: {
        "params": RNN, "trace": TRACE, "dz": TRACE.z, "dh_after": H
    },
    checkpointing.rnn_gradients: {
        "params": RNN, "x": X, "h0": H, "output_gradient": output_gradient,
        "activation": rnn.TANH,
    },
    flow.rnn_jacobians: {"params": RNN, "trace": TRACE, "sequence": 0},
    flow.log_norms: {
        "jacobians": JACOBIANS, "rows": slice(2), "columns": slice(2)
    },
    flow.log_singular_values: {
        "jacobians": JACOBIANS, "rows": slice(2), "columns": slice(1, 3)
    },
    oracle.gradient: {"f": lambda x: (x**2).sum(), "x": H},
    oracle.jacobian: {"f": lambda x: x**2, "x": H},
    losses.one_hot: {"labels": LABELS, "m": 4},
    losses.cross_entropy: {"z": TRACE.z, "y": LABELS, "over_time": "sum"},
    losses.output_gradient: {"z": TRACE.z, "y": LABELS, "over_time": "mean"},
    book.check: {
        "latex": CLAIM, "notation": book.BOOK, "given": [r"\hat y_t"]
    },
    derivations.check: {
        "latex": CLAIM, "notation": book.BOOK, "given": [r"\hat y_t"]
    },
    define: {
        "forward": FORWARD, "functions": {}, "shapes": {}, "symbols": {},
        "expect": ["W", "U", "x_t", "y_t"], "layout": "gradient",
        "order": "ascending",
    },
    book.inline: {"latex": CLAIM},
    book.verify: {"label": "eq-delta", "notation": book.BOOK},
    figures.bars: {
        "ax": NEW, "values": {"a": 1.0, "b": 2.0}, "roles": {"a": "h"},
        "numbers": "{:.3g}",
    },
    figures.error_surface: {
        "ax": NEW, "x": np.arange(4.0), "y": np.arange(3.0),
        "loss": RNG.random((3, 4)), "levels": 5,
        "paths": {"down": np.ones((2, 2))}, "roles": {"down": "h"},
    },
    figures.heat_map: {
        "ax": NEW, "matrix": RNG.random((3, 3)), "role": "delta",
        "mask": "lower", "numbers": "{:.2f}", "first": 1,
    },
    figures.lines_over_time: {
        "ax": NEW, "series": {"a": np.arange(1.0, 6)}, "x": np.arange(5),
        "roles": {"a": "h"}, "ghosts": ["a"], "dashed": ["a"], "floor": 0.5,
    },
    figures.lstm_cell: {"ax": NEW, "highlight": "i"},
    figures.lstm_unrolled: {"ax": NEW, "T": 2, "highlight": ["i"]},
    figures.matrix_picture: {
        "ax": NEW, "M": np.eye(3), "role": "W", "numbers": "{:.2g}"
    },
    figures.new_figure: {"kind": "narrow", "height": 200, "columns": 1},
    figures.show: {
        "figure": NEW, "alt": "Axes with nothing in them, to be shown.",
        "caption": "Axes.",
    },
    figures.unrolled_graph: {
        "ax": NEW, "T": 3, "highlight": (3, 1), "weight": "W"
    },
}

WILD = {
    "nothing": None,
    "a word": "word",
    "nan": float("nan"),
    "infinity": float("inf"),
    "minus one": -1,
    "zero": 0,
    "one and a half": 1.5,
    "beyond a size": 10**30,
    "beyond a float": 10**400,
    "a complex number": 1j,
    "a truth": True,
    "bytes": b"x",
    "an object": object(),
    "no list": [],
    "no tuple": (),
    "a dict": {"a": None},
    "a mapping": MappingProxyType({1: 2}),
    "a set": {1},
    "a slice of nothing": slice(0),
    "ragged rows": [[1.0], [2.0, 3.0]],
    "dates": np.zeros(3, "datetime64[s]"),
    "an array of nan": np.full((3, 3), np.nan),
    "an empty array": np.zeros((0, 3)),
    "an array of words": np.array(["a", "b"]),
    "an array of objects": np.array([None, object()]),
}

# These say which row, label or name of what was handed in is wrong.
MISTAKES = (book.NotVerified, DefinitionError)
OF_MISTAKES = {"forward", "expect", "shapes", "symbols", "label"}


def called(function, arguments):
    fresh = {
        name: FRESH[name]()
        for name, value in arguments.items()
        if value is NEW
    }
    return function(**arguments | fresh)


def error_of(function, arguments):
    try:
        called(function, arguments)
    except (ValueError, TypeError) as error:
        return error
    return None


def name_of(function):
    module = function.__module__.removeprefix("bptt_core.")
    return f"{module}.{function.__name__}"


@pytest.mark.parametrize("function", CALLS, ids=name_of)
def test_a_wild_argument_is_answered_or_named(function, capsys):
    arguments = CALLS[function]
    called(function, arguments)
    # Of arguments that do not fit each other, either may be named.
    signs = " must ", ": ", ".", "[", "("
    named = tuple(name + sign for name in arguments for sign in signs)
    for name, (what, value) in itertools.product(arguments, WILD.items()):
        error = error_of(function, arguments | {name: value})
        if isinstance(error, MISTAKES):
            assert name in OF_MISTAKES, (name, what)
        elif error is not None:
            assert str(error).startswith(named), (name, what, error)


PACKAGES = ("bptt_core", "bptt_figures", "derivations")


def public_functions():
    modules = (
        losses, rnn, lstm, oracle, checkpointing, flow, layouts, training,
        tasks, figures, book, derivations, explorables,
    )  # fmt: skip
    for module in modules:
        names = getattr(module, "__all__", dir(module))
        for name in names:
            value = getattr(module, name)
            ours = getattr(value, "__module__", "").startswith(PACKAGES)
            if inspect.isfunction(value) and ours and name[0] != "_":
                yield value


def test_every_public_function_is_tried():
    arrays_alone = {function for function, _ in ARRAY_CALLS.values()}
    left = {
        name_of(function)
        for function in public_functions()
        if inspect.signature(function).parameters
        and function not in CALLS
        and function not in arrays_alone
        and not function.__module__.endswith((".arrays", ".activations"))
    }
    assert left == set()
