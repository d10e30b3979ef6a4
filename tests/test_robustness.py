"""Any array in any place: the right answer, or an error that names it."""

import itertools

import numpy as np
import pytest

from bptt_core import (
    checkpointing,
    flow,
    layouts,
    losses,
    lstm,
    oracle,
    rnn,
    training,
)

RNG = np.random.default_rng(0)
D, N, M, T, B = 2, 3, 4, 5, 6
X = RNG.normal(size=(T, D, B))
STATE = RNG.normal(size=(N, B))
CELL = RNG.normal(size=(N, B))
Z = RNG.normal(size=(T, M, B))
LABELS = RNG.integers(M, size=(T, B))
RNN = rnn.random_params(RNG, D, N, M)
LSTM = lstm.random_params(RNG, D, N, M)
RNN_TRACE = rnn.forward(RNN, X, STATE)
LSTM_TRACE = lstm.forward(LSTM, X, STATE, CELL)
JACOBIANS = flow.rnn_jacobians(RNN, RNN_TRACE)


def output_gradient(z, steps):
    return losses.output_gradient(z, LABELS[steps])


CALLS = {
    "softmax": (losses.softmax, {"z": Z}),
    "softmax_jacobian": (
        losses.softmax_jacobian, {"yhat": losses.softmax(Z)}
    ),
    "one_hot": (losses.one_hot, {"labels": LABELS, "m": M}),
    "step_cross_entropy": (losses.step_cross_entropy, {"z": Z, "y": LABELS}),
    "cross_entropy": (
        losses.cross_entropy, {"z": Z, "y": losses.softmax(Z)}
    ),
    "output_gradient": (losses.output_gradient, {"z": Z, "y": LABELS}),
    "rnn.forward": (rnn.forward, {"params": RNN, "x": X, "h0": STATE}),
    "rnn.backward": (
        rnn.backward,
        {"params": RNN, "trace": RNN_TRACE, "dz": Z, "dh_after": STATE},
    ),
    "lstm.forward": (
        lstm.forward, {"params": LSTM, "x": X, "h0": STATE, "c0": CELL}
    ),
    "lstm.backward": (
        lstm.backward,
        {"params": LSTM, "trace": LSTM_TRACE, "dz": Z, "dh_after": STATE,
         "dc_after": CELL},
    ),
    "rnn_gradients": (
        checkpointing.rnn_gradients,
        {"params": RNN, "x": X, "h0": STATE,
         "output_gradient": output_gradient},
    ),
    "lstm_gradients": (
        checkpointing.lstm_gradients,
        {"params": LSTM, "x": X, "h0": STATE, "c0": CELL,
         "output_gradient": output_gradient},
    ),
    "rnn_jacobians": (
        flow.rnn_jacobians, {"params": RNN, "trace": RNN_TRACE}
    ),
    "lstm_jacobians": (
        flow.lstm_jacobians, {"params": LSTM, "trace": LSTM_TRACE}
    ),
    "log_norms": (flow.log_norms, {"jacobians": JACOBIANS}),
    "log_singular_values": (
        flow.log_singular_values, {"jacobians": JACOBIANS}
    ),
    "lyapunov_exponents": (flow.lyapunov_exponents, {"jacobians": JACOBIANS}),
    "spectral_radius": (flow.spectral_radius, {"matrix": RNN.W}),
    "spectral_norm": (flow.spectral_norm, {"matrix": RNN.W}),
    "oracle.gradient": (
        oracle.gradient, {"f": lambda x: (x**2).sum(), "x": STATE}
    ),
    "oracle.jacobian": (
        oracle.jacobian, {"f": lambda x: x**2, "x": STATE}
    ),
    "relative_error": (
        oracle.relative_error, {"value": STATE, "reference": CELL}
    ),
    "to_torch": (layouts.to_torch, {"params": RNN}),
    "to_keras": (layouts.to_keras, {"params": LSTM}),
    "norm": (training.norm, {"gradient": RNN}),
    "clip_by_norm": (
        training.clip_by_norm, {"gradient": RNN, "threshold": 1.0}
    ),
}


def fortran(array):
    return np.asfortranarray(array)


def strided(array):
    wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    wide[..., ::2] = array
    return wide[..., ::2]


def backwards(array):
    return np.ascontiguousarray(array[::-1])[::-1]


def read_only(array):
    array = array.copy()
    array.setflags(write=False)
    return array


def with_value(value):
    def change(array):
        array = np.array(array, dtype=float)
        array.flat[array.size // 2] = value
        return array

    return change


HARMLESS = [fortran, strided, backwards, read_only]
HOSTILE = {
    "one axis less": lambda a: a[0],
    "one axis more": lambda a: a[None],
    "empty": lambda a: a[:0],
    "an empty last axis": lambda a: a[..., :0],
    "one row less": lambda a: a[1:],
    "one column less": lambda a: a[..., 1:],
    "nan": with_value(np.nan),
    "infinity": with_value(np.inf),
    "huge": with_value(1e300),
    "text": lambda a: a.astype(str),
    "objects": lambda a: a.astype(object),
    "nothing": lambda a: None,
    "one number": lambda a: 1.5,
    "a list of nothing": lambda a: [],
    "ragged rows": lambda a: [[1.0], [2.0, 3.0]],
    "a date": lambda a: np.zeros(a.shape, "datetime64[s]"),
    "half precision": lambda a: a.astype(np.float16),
    "more than double precision": lambda a: a.astype(np.longdouble),
    "truth values": lambda a: a.astype(bool),
    "bytes": lambda a: a.astype(np.uint8),
    "the other byte order": lambda a: a.astype(a.dtype.newbyteorder()),
}


# The logarithm of a derivative that is zero is minus infinity.
OF_LOGARITHMS = {"log_norms", "log_singular_values", "lyapunov_exponents"}
WITH_ZEROS = {"truth values", "bytes"}


def places(kwargs):
    """Name every array handed in: x, params.U, trace.h, …"""
    for name, value in kwargs.items():
        if isinstance(value, np.ndarray):
            yield name
        elif isinstance(value, tuple):
            yield from (
                f"{name}.{field}"
                for field in value._fields
                if isinstance(getattr(value, field), np.ndarray)
            )


def changed(kwargs, place, change):
    name, _, field = place.partition(".")
    value = kwargs[name]
    if field:
        new = change(getattr(value, field))
        return kwargs | {name: value._replace(**{field: new})}
    return kwargs | {name: change(value)}


def arrays_in(value):
    """All arrays of an answer, however nested."""
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        return [array for item in value for array in arrays_in(item)]
    if callable(value) or isinstance(value, str):
        return []
    return [np.asarray(value)]


def copy_of(kwargs):
    return {
        place: np.array(array)
        for place in places(kwargs)
        for array in [_at(kwargs, place)]
    }


def _at(kwargs, place):
    name, _, field = place.partition(".")
    return getattr(kwargs[name], field) if field else kwargs[name]


EVERY_PLACE = [
    (call, place)
    for call, (_, kwargs) in CALLS.items()
    for place in places(kwargs)
]


@pytest.mark.parametrize(("call", "place"), EVERY_PLACE)
def test_memory_layout_changes_nothing(call, place):
    function, kwargs = CALLS[call]
    expected = arrays_in(function(**kwargs))
    for change in HARMLESS:
        altered = changed(kwargs, place, change)
        before = copy_of(altered)
        found = arrays_in(function(**altered))
        for one, other in zip(found, expected, strict=True):
            assert oracle.relative_error(one, other) < 1e-12, change.__name__
        for name, array in before.items():
            np.testing.assert_array_equal(_at(altered, name), array)


def outcome(function, kwargs):
    """What a call ends in: its answer's arrays, or what it raised."""
    try:
        return arrays_in(function(**kwargs)), None
    except (ValueError, TypeError, RuntimeWarning) as error:
        return [], error


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("call", CALLS)
def test_a_hostile_array_is_answered_or_named(call, what):
    function, kwargs = CALLS[call]
    # Of two arrays that do not fit each other, either may be named.
    named = tuple(f"{name} must " for name in [*kwargs, *places(kwargs)])
    for place in places(kwargs):
        answer, error = outcome(
            function, changed(kwargs, place, HOSTILE[what])
        )
        if what == "huge" and isinstance(error, RuntimeWarning):
            assert "overflow" in str(error)
        elif error is not None:
            assert str(error).startswith(named), (place, error)
        elif call == "norm" and what in ("nan", "infinity"):
            assert not np.isfinite(answer[0])  # and that is its norm
        elif call == "lyapunov_exponents" and what == "huge":
            # Beside 1e300 the other entries are round-off: each processor
            # finds other rates for them, minus infinity among them.
            assert answer[0][0] > 0
            assert not np.isnan(answer[0]).any()
        elif call in OF_LOGARITHMS and what in WITH_ZEROS:
            assert all((array < np.inf).all() for array in answer), place
        else:
            assert all(np.isfinite(array).all() for array in answer), place


def test_every_public_function_is_tried():
    public = {
        name
        for module in (losses, rnn, lstm, checkpointing, flow, oracle)
        for name, value in vars(module).items()
        if callable(value)
        and not name.startswith("_")
        and not isinstance(value, type)
        and getattr(value, "__module__", "") == module.__name__
    }
    tried = {name.rpartition(".")[2] for name in CALLS}
    elsewhere = {"random_params", "split_gates"}
    assert public - elsewhere <= tried


def test_combinations_of_batches_and_lengths_never_mix():
    """An array that fits by broadcasting alone must not pass."""
    for place, size in itertools.product(("h0", "x"), (1, B + 1)):
        kwargs = {"params": RNN, "x": X, "h0": STATE}
        kwargs[place] = np.ones((*kwargs[place].shape[:-1], size))
        with pytest.raises(ValueError, match="B"):
            rnn.forward(**kwargs)
