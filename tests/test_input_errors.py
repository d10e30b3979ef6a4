"""Wrong input: the error names the argument, the wish, and the finding."""

import re

import numpy as np
import pytest

from bptt_core import losses, lstm, oracle, rnn

D, N, M, T, B = 2, 3, 4, 5, 6
RNG = np.random.default_rng(0)
X = RNG.normal(size=(T, D, B))
STATE = RNG.normal(size=(N, B))
LABELS = RNG.integers(M, size=(T, B))
Z = RNG.normal(size=(T, M, B))


def with_value(array, value):
    """Return a copy of the array with one entry replaced."""
    array = np.array(array, dtype=np.result_type(array, type(value)))
    array.flat[array.size // 2] = value
    return array


def strings(array):
    return array.astype(str)


def objects(array):
    return array.astype(object)


RAGGED = [[1.0], [2.0, 3.0]]

# argument, what to do to it, and what the message must say of it
FORWARD = [
    ("x", lambda x: x[0], r"\(T, d, B\).*got shape \(2, 6\)"),
    ("x", lambda x: x[:0], r"no empty axis; got shape \(0, 2, 6\)"),
    ("x", lambda x: x[:, :, :0], r"no empty axis; got shape \(5, 2, 0\)"),
    ("x", lambda x: x[:, :1], r"here \(5, 2, 6\).*got shape \(5, 1, 6\)"),
    ("x", lambda x: with_value(x, np.nan), r"finite; got nan at \(2, 1, 0\)"),
    ("x", lambda x: with_value(x, np.inf), r"finite; got inf at"),
    ("x", strings, r"real or complex numbers; got dtype <U"),
    ("x", objects, r"real or complex numbers; got dtype object"),
    ("x", lambda x: None, r"real or complex numbers; got dtype object"),
    ("x", lambda x: RAGGED, r"array; got rows of unequal length"),
    ("h0", lambda h: h[:, 0], r"\(n, B\).*got shape \(3,\)"),
    ("h0", lambda h: h[:2], r"here \(3, 6\).*got shape \(2, 6\)"),
    ("h0", lambda h: h[:, :1], r"here \(3, 6\).*got shape \(3, 1\)"),
    ("h0", lambda h: with_value(h, -np.inf), r"finite; got -inf at"),
    ("h0", strings, r"real or complex numbers; got dtype <U"),
    ("params.U", lambda U: U[0], r"got shape \(2,\)"),
    ("params.U", lambda U: with_value(U, np.nan), r"finite; got nan at"),
    ("params.W", lambda W: W.T[:1], r"got shape \(1, "),
    ("params.W", lambda W: W[:, :2], r"got shape \(\d+, 2\)"),
    ("params.W", lambda W: with_value(W, 1j * np.inf), r"finite; got \(nan"),
    ("params.b", lambda b: b[:, 0], r"got shape \(\d+,\)"),
    ("params.b", objects, r"real or complex numbers; got dtype object"),
    ("params.b", lambda b: b[1:], r"got shape \(\d+, 1\)"),
    ("params.V", lambda V: V[None], r"\(m, n\).*got shape \(1, 4, 3\)"),
    ("params.V", lambda V: V[:0], r"no empty axis; got shape \(0, 3\)"),
    ("params.c", lambda c: c.T, r"here \(4, 1\).*got shape \(1, 4\)"),
    ("params.c", lambda c: with_value(c, np.inf), r"finite; got inf at"),
]
BACKWARD = [
    ("dz", lambda dz: dz[1:], r"here \(5, 4, 6\).*got shape \(4, 4, 6\)"),
    ("dz", lambda dz: dz[:, 1:], r"here \(5, 4, 6\).*got shape \(5, 3, 6\)"),
    ("dz", lambda dz: dz[0], r"\(T, m, B\).*got shape \(4, 6\)"),
    ("dz", lambda dz: with_value(dz, np.nan), r"finite; got nan at"),
    ("dz", strings, r"real or complex numbers; got dtype <U"),
    ("dh_after", lambda h: h[1:], r"here \(3, 6\).*got shape \(2, 6\)"),
    ("dh_after", lambda h: with_value(h, np.nan), r"finite; got nan at"),
    ("trace.x", lambda x: x[:, 1:], r"got shape \(5, 1, 6\)"),
    ("trace.h", lambda h: h[1:], r"here \(6, 3, 6\).*got shape \(5, 3, 6\)"),
    ("trace.h", lambda h: with_value(h, np.nan), r"finite; got nan at"),
    ("params.W", lambda W: W[1:], r"got shape \(\d+, 3\)"),
]
LSTM_FORWARD = [
    ("c0", lambda c: c[:, 1:], r"here \(3, 6\).*got shape \(3, 5\)"),
    ("c0", lambda c: c[:, 0], r"\(n, B\).*got shape \(3,\)"),
    ("c0", lambda c: with_value(c, np.nan), r"finite; got nan at"),
    ("c0", strings, r"real or complex numbers; got dtype <U"),
    ("params.U", lambda U: U[:3], r"\(4n, d\).*\(12, .*got shape \(3, 2\)"),
    ("params.W", lambda W: W[:3], r"\(4n, n\).*12, 3\).*got shape \(3, 3\)"),
    ("params.b", lambda b: b[:3], r"\(4n, 1\).*12, 1\).*got shape \(3, 1\)"),
]
LSTM_BACKWARD = [
    ("dc_after", lambda c: c[1:], r"here \(3, 6\).*got shape \(2, 6\)"),
    ("dc_after", lambda c: with_value(c, np.inf), r"finite; got inf at"),
    ("trace.c", lambda c: c[1:], r"here \(6, 3, 6\).*got shape \(5, 3, 6\)"),
    ("trace.gates", lambda a: a[:, 1:], r"\(5, 12, 6\).*got .*\(5, 11, 6\)"),
    ("trace.tanh_c", lambda a: a[1:], r"here \(5, 3, 6\).*got .*\(4, 3, 6\)"),
]


def arguments(module):
    states = {"h0": STATE, "c0": STATE} if module is lstm else {"h0": STATE}
    params = module.random_params(np.random.default_rng(1), D, N, M)
    return {"params": params, "x": X, **states}


def backward_arguments(module):
    forward = arguments(module)
    trace = module.forward(**forward)
    after = {"dh_after": STATE}
    if module is lstm:
        after["dc_after"] = STATE
    return {"params": forward["params"], "trace": trace, "dz": Z, **after}


def spoiled(arguments, name, spoil):
    """Return the arguments with one of them, or a field of one, spoiled."""
    name, _, field = name.partition(".")
    value = arguments[name]
    if field:
        value = value._replace(**{field: spoil(getattr(value, field))})
    else:
        value = spoil(value)
    return {**arguments, name: value}


def calls():
    for module in (rnn, lstm):
        forward, backward = FORWARD, BACKWARD
        if module is lstm:
            forward = FORWARD + LSTM_FORWARD
            backward = BACKWARD + LSTM_BACKWARD
        short = module.__name__.rpartition(".")[2]
        for table, function, make in (
            (forward, module.forward, arguments),
            (backward, module.backward, backward_arguments),
        ):
            for k, (name, spoil, message) in enumerate(table):
                label = f"{short}-{function.__name__}-{k}-{name}"
                yield pytest.param(
                    function, make(module), name, spoil, message, id=label
                )


@pytest.mark.parametrize(
    ("function", "good", "name", "spoil", "message"), list(calls())
)
def test_networks(function, good, name, spoil, message):
    function(**good)
    bad = spoiled(good, name, spoil)
    with pytest.raises(ValueError, match=rf"^{re.escape(name)} must .*") as e:
        function(**bad)
    assert re.search(message, str(e.value)), str(e.value)


@pytest.mark.parametrize("module", [rnn, lstm], ids=["rnn", "lstm"])
def test_wrong_classes(module):
    good, other = arguments(module), lstm if module is rnn else rnn
    wrong = arguments(other)["params"]
    name = rf"params must be a {module.__name__}\.Params; got "
    with pytest.raises(TypeError, match=name + re.escape(other.__name__)):
        module.forward(**{**good, "params": wrong})
    with pytest.raises(TypeError, match=name + r"builtins\.list"):
        module.forward(**{**good, "params": list(good["params"])})
    back = backward_arguments(module)
    with pytest.raises(TypeError, match=r"trace must be a .*Trace; got"):
        module.backward(**{**back, "trace": tuple(back["trace"])})
    with pytest.raises(TypeError, match=r"rng must be .*Generator; got"):
        module.random_params(0, D, N, M)
    with pytest.raises(ValueError, match=r"n must be an integer .* got 0"):
        module.random_params(RNG, D, 0, M)
    with pytest.raises(ValueError, match=r"m must be .* got 2\.5"):
        module.random_params(RNG, D, N, 2.5)
    with pytest.raises(ValueError, match="gain must be a finite real number"):
        module.random_params(RNG, D, N, M, gain=np.nan)


def test_wrong_activation():
    with pytest.raises(TypeError, match=r"activation must be a .* got "):
        rnn.forward(**arguments(rnn), activation="tanh")


def test_split_gates_of_rows_not_four_by_four():
    with pytest.raises(ValueError, match=r"array must have .*\(10, 2\)"):
        lstm.split_gates(np.zeros((10, 2)))
    with pytest.raises(ValueError, match=r"array must have .*\(4,\)"):
        lstm.split_gates(np.zeros(4))


BAD_LOSSES = [
    (dict(z=Z[0]), r"z must have shape \(T, m, B\).*got shape \(4, 6\)"),
    (dict(z=Z[:0]), r"z must have .*no empty axis; got shape \(0, 4, 6\)"),
    (dict(z=with_value(Z, np.nan)), r"z must be finite; got nan at"),
    (dict(z=strings(Z)), r"z must hold real or complex numbers; got dtype"),
    (dict(y=LABELS[1:]), r"y must have .*\(5, 6\).*got shape \(4, 6\)"),
    (dict(y=LABELS[0]), r"y must have shape .*got shape \(6,\)"),
    (dict(y=with_value(LABELS, M)), r"y must .* 0 to 3, .* got 0 to 4"),
    (dict(y=with_value(LABELS, -1)), r"y must .* 0 to 3, .* got -1 to 3"),
    (dict(y=LABELS * 1.0), r"y must hold integer class labels.*float64"),
    (dict(y=LABELS > 0), r"y must hold integer class labels; got dtype bool"),
    (dict(y=objects(LABELS)), r"y must hold real .*got dtype object"),
    (dict(y=None), r"y must hold real .*got dtype object"),
    (dict(y=RAGGED), r"y must be an array; got rows of unequal length"),
    (dict(y=Z[:, :, :1]), r"y must have .*\(5, 4, 6\).*got shape \(5, 4, 1\)"),
    (dict(y=with_value(Z, np.inf)), r"y must be finite; got inf at"),
]


@pytest.mark.parametrize(("bad", "message"), BAD_LOSSES)
@pytest.mark.parametrize(
    "function",
    [losses.step_cross_entropy, losses.cross_entropy, losses.output_gradient],
)
def test_losses(function, bad, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        function(**{"z": Z, "y": LABELS, **bad})


@pytest.mark.parametrize("bad", ["average", None, 1])
@pytest.mark.parametrize(
    "function", [losses.cross_entropy, losses.output_gradient]
)
def test_over_time(function, bad):
    message = f'over_time must be "sum" or "mean"; got {bad!r}'
    with pytest.raises(ValueError, match=re.escape(message)):
        function(Z, LABELS, bad)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: losses.softmax(Z[0, :, 0]), r"z must have shape \(\.\.\., m"),
        (lambda: losses.softmax([]), r"z must have .*got shape \(0,\)"),
        (lambda: losses.softmax_jacobian(1.0), r"yhat must .*got shape \(\)"),
        (lambda: losses.one_hot(LABELS, 3), r"labels must .* got 0 to 3"),
        (lambda: losses.one_hot(LABELS, 0), r"m must be an integer .*got 0"),
        (lambda: losses.one_hot(LABELS, "4"), r"m must be .*got '4'"),
        (lambda: losses.one_hot(LABELS[0], M), r"labels must have shape"),
        (lambda: oracle.gradient(np.sum, [1j]), r"x must be real; got dtype"),
        (lambda: oracle.gradient(np.sum, [np.nan]), r"x must be finite"),
        (lambda: oracle.gradient(np.sum, []), r"x must have .*empty axis"),
        (lambda: oracle.gradient(np.real, [1.0]), r"f must return complex"),
        (lambda: oracle.gradient(np.exp, [1.0]), r"f must return one number"),
        (lambda: oracle.gradient(lambda x: None, [1.0]), r"f must return"),
        (lambda: oracle.jacobian(np.abs, [1.0]), r"f must return complex"),
        (lambda: oracle.relative_error([1], [1, 2]), r"value must have the"),
        (lambda: oracle.relative_error([np.nan], [1]), r"value must be fin"),
        (lambda: oracle.relative_error([1], ["a"]), r"reference must hold"),
    ],
)
def test_small_functions(call, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        call()
