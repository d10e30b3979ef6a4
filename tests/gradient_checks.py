"""Every gradient of a network against the complex step, in one function.

The tests of all networks, plain and fast, and the planted mistakes all use
it, on the module they are given: what passes here is what is called right.
"""

import tracemalloc
from collections.abc import Callable
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from bptt_core import fast, losses, lstm, oracle, rnn

TOLERANCE = 1e-10  # relative, with no absolute floor
# The same examples in every run, however long they take.
always_the_same = settings(
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def with_fast_passes(name, network, source=fast):
    """Return the network with the passes of fast.py, or of a copy of it."""
    passes = {
        direction: getattr(source, f"{name}_{direction}")
        for direction in ("forward", "backward")
    }
    return SimpleNamespace(**vars(network) | passes)


FAST = {
    "rnn": with_fast_passes("rnn", rnn),
    "lstm": with_fast_passes("lstm", lstm),
}
PASSES = {"rnn": [rnn, FAST["rnn"]], "lstm": [lstm, FAST["lstm"]]}


def plain_and_fast(name):
    """Return a mark that runs a test with either module as `module`."""
    return pytest.mark.parametrize(
        "module", PASSES[name], ids=["plain", "fast"]
    )


class Case(NamedTuple):
    """A network, what it reads, and the loss of what it writes."""

    module: object  # rnn, lstm or gru, plain, fast or a broken copy
    params: tuple
    x: np.ndarray
    states: tuple  # (h0,) or (h0, c0)
    y: np.ndarray
    over_time: str
    activation: tuple  # () for the default, or (Activation,)
    after: tuple  # () or what reaches the last states from beyond


def random_case(
    module,
    rng,
    T,
    B,
    d=2,
    n=3,
    m=3,
    over_time="sum",
    activation=None,
    after=False,
    **scales,
):
    """Return a Case with nothing zero, so that nothing is masked."""
    params = module.random_params(rng, d, n, m, **scales)
    count = 2 if "c" in module.Trace._fields else 1  # h and c, or h
    states = tuple(rng.normal(size=(n, B)) / 2 for _ in range(count))
    return Case(
        module=module,
        params=params,
        x=rng.normal(size=(T, d, B)),
        states=states,
        y=rng.integers(m, size=(T, B)),
        over_time=over_time,
        activation=() if activation is None else (activation,),
        after=tuple(rng.normal(size=(n, B)) for _ in states if after),
    )


def at_the_end(case):
    """Return the case with a loss at the last step alone."""
    y = losses.one_hot(case.y, len(case.params.c))
    y[:-1] = 0
    return case._replace(y=y)


def forward(case, params=None, x=None, states=None):
    return case.module.forward(
        case.params if params is None else params,
        case.x if x is None else x,
        *(case.states if states is None else states),
        *case.activation,
    )


def loss(case, **changed):
    """Return L, plus what the last states count beyond the last step."""
    trace = forward(case, **changed)
    L = losses.cross_entropy(trace.z, case.y, case.over_time)
    last = (trace.h[-1], *([trace.c[-1]] if len(case.states) > 1 else []))
    for weight, state in zip(case.after, last, strict=False):
        L = L + (weight * state).sum()
    return L


def backward(case):
    trace = forward(case)
    dz = losses.output_gradient(trace.z, case.y, case.over_time)
    return case.module.backward(case.params, trace, dz, *case.after)


def perturbed(case) -> dict[str, tuple[Callable, np.ndarray]]:
    """Return, by name, L as a function of one argument, and its value."""
    functions = {}
    for k, name in enumerate(case.params._fields):

        def of_parameter(value, k=k):
            parts = list(case.params)
            parts[k] = value
            return loss(case, params=type(case.params)(*parts))

        functions[name] = of_parameter, case.params[k]
    for k, state in enumerate(case.states):

        def of_state(value, k=k):
            states = [*case.states[:k], value, *case.states[k + 1 :]]
            return loss(case, states=states)

        functions[("h0", "c0")[k]] = of_state, state
    functions["x"] = lambda x: loss(case, x=x), case.x
    rows = len(case.params.b)
    added = np.zeros((len(case.x), rows, case.x.shape[2]))
    functions["delta"] = lambda a: loss_with_added(case, a), added
    return functions


def loss_with_added(case, added):
    """Return L with `added` put on the pre-activations of every step.

    The added rows enter as further inputs, through an identity in U: so
    dL/da_t is measured and no formula for it is assumed.
    """
    identity = np.eye(added.shape[1])
    wider = case.params._replace(U=np.hstack([case.params.U, identity]))
    return loss(case, params=wider, x=np.concatenate([case.x, added], axis=1))


def errors(case):
    """Return the relative error of each gradient, worst row over time.

    Gradients over time are compared step by step: a wrong delta_1 that has
    vanished to 1e-30 is not hidden by a right delta_T of size one.
    """
    gradients = backward(case)
    found = gradients.params._asdict() | gradients._asdict()
    result = {}
    for name, (function, value) in perturbed(case).items():
        expected = oracle.gradient(function, value)
        pairs = [(found[name], expected)]
        if name in ("x", "delta"):
            pairs = zip(found[name], expected, strict=True)
        result[name] = max(oracle.relative_error(*pair) for pair in pairs)
    return result


def check(case):
    """Raise AssertionError unless every gradient of the case is right."""
    wrong = {
        name: error
        for name, error in errors(case).items()
        if not error < TOLERANCE
    }
    assert not wrong, f"gradients off, relative error: {wrong}"


def flat(gradients):
    return [*gradients.params, *gradients[1:]]


def random_step(rng, case, gradients):
    """Return a step of params, states and x, and the slope of L along it."""
    held = dict(zip(("h0", "c0"), case.states, strict=False)) | {"x": case.x}
    step = {
        "params": type(case.params)(
            *(rng.normal(size=p.shape) for p in case.params)
        ),
        **{k: rng.normal(size=array.shape) for k, array in held.items()},
    }
    along = sum(
        (g * s).sum()
        for g, s in [
            *zip(gradients.params, step["params"], strict=True),
            *((getattr(gradients, k), step[k]) for k in held),
        ]
    )
    return step, along


def map_arrays(case, change):
    """Return the case with `change` applied to every array of numbers."""
    return case._replace(
        params=type(case.params)(*map(change, case.params)),
        x=change(case.x),
        states=tuple(map(change, case.states)),
        after=tuple(map(change, case.after)),
    )


def check_dtype(case, dtype, tolerance):
    """Raise unless trace and gradients keep to dtype, and near float64."""
    exact = backward(case)
    cast = map_arrays(case, lambda array: array.astype(dtype))
    for array in forward(cast):
        if isinstance(array, np.ndarray):
            assert array.dtype == dtype
    for found, expected in zip(flat(backward(cast)), flat(exact), strict=True):
        assert found.dtype == dtype
        assert oracle.relative_error(found, expected) < tolerance


def check_memory_layouts(case):
    """Raise unless read-only arrays of odd strides give the same result."""

    def odd(array):
        wide = np.repeat(array[::-1], 2, axis=-1)
        view = wide[::-1, ..., ::2]
        view.flags.writeable = False
        assert (view == array).all()
        assert view.strides[0] < 0
        return view

    strange = map_arrays(case, odd)
    for found, expected in zip(
        flat(backward(strange)), flat(backward(case)), strict=True
    ):
        assert oracle.relative_error(found, expected) < 1e-13


def check_batch(case):
    """Raise unless a batch does what its sequences do one by one."""
    whole = backward(case)
    parts = []
    for k in range(case.x.shape[2]):
        one = slice(k, k + 1)
        parts.append(
            backward(
                case._replace(
                    x=case.x[..., one],
                    states=tuple(state[:, one] for state in case.states),
                    y=case.y[:, one],
                    after=tuple(array[:, one] for array in case.after),
                )
            )
        )
    for name in case.params._fields:
        total = sum(getattr(part.params, name) for part in parts)
        found = getattr(whole.params, name)
        assert oracle.relative_error(found, total) < 1e-13, name
    for k, name in enumerate(whole._fields[1:], start=1):
        together = np.concatenate([part[k] for part in parts], axis=-1)
        assert oracle.relative_error(whole[k], together) < 1e-13, name


def numbers_held(f):
    """Return f(), and how many float64 numbers it kept and held at most."""
    tracemalloc.start()
    try:
        result = f()
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return result, kept / 8, peak / 8


def check_backward_memory(case, trace, pre_activations, on_the_way):
    """Raise unless a fast backward holds what its docstring says.

    pre_activations: how many numbers delta has for a column of a step;
    on_the_way: how many times n numbers a column of a segment needs.
    """
    T, d, B = case.x.shape
    dz = losses.output_gradient(trace.z, case.y)
    _, kept, peak = numbers_held(
        lambda: case.module.backward(case.params, trace, dz)
    )
    parameters = sum(array.size for array in case.params)
    formula = T * (pre_activations + d) * B + parameters
    assert formula <= kept < 1.01 * formula
    columns_of_n = fast.COLUMNS * case.params.W.shape[1]
    more = (peak - kept - 2 * parameters) / columns_of_n
    assert on_the_way - 1 < more < on_the_way + 1


def check_segments(module, columns, monkeypatch):
    """Raise unless the gradients are right, whatever a segment holds."""
    monkeypatch.setattr(fast, "COLUMNS", columns)
    rng = np.random.default_rng(columns)
    check(random_case(module, rng, T=7, B=2, after=True))
