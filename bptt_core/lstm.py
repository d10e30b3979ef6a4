"""The LSTM: forward pass, and the gradients through time.

    a_t = U x_t + W h_{t-1} + b       four blocks of rows: i, f, o, g
    i, f, o = logistic(a_i, a_f, a_o)        g = tanh(a_g)
    c_t = f c_{t-1} + i g        h_t = o tanh(c_t)        z_t = V h_t + c

Sizes: T steps, d inputs, n hidden units, m classes, B sequences. Arrays over
time hold columns, the batch last; `h[t]` and `c[t]` are h_t and c_t, and in
every other array over time row t - 1 is time t. `fast.py` has the same
passes for long runs.
"""

from typing import Annotated, NamedTuple

import numpy as np

from bptt_core import arrays
from bptt_core.activations import quiet_logistic as logistic
from bptt_core.arrays import TIME_BATCH, Array, Size, shaped


class Params(NamedTuple):
    """The parameters, or a gradient with respect to each of them."""

    U: Annotated[Array, "4n d"]  # input to gates
    W: Annotated[Array, "4n n"]  # hidden to gates
    b: Annotated[Array, "4n 1"]
    V: Annotated[Array, "m n"]  # hidden to output
    c: Annotated[Array, "m 1"]  # bias of the output; the cell is Trace.c


class Trace(NamedTuple):
    """What the forward pass leaves behind."""

    x: Annotated[Array, "T d B"]
    h: Annotated[Array, "T+1 n B"]  # row 0 is h_0
    c: Annotated[Array, "T+1 n B"]  # row 0 is c_0
    gates: Annotated[Array, "T 4n B"]  # activated
    tanh_c: Annotated[Array, "T n B"]
    z: Annotated[Array, "T m B"]


class Gradients(NamedTuple):
    """Gradients of L; each has the shape of what it is a gradient of."""

    params: Params
    h0: Annotated[Array, "n B"]
    c0: Annotated[Array, "n B"]
    x: Annotated[Array, "T d B"]
    delta: Annotated[Array, "T 4n B"]  # row t - 1 is delta_t = dL/da_t


def split_gates(array: Array) -> tuple[Array, Array, Array, Array]:
    """Return the blocks i, f, o, g of an array (..., 4n, B), as views."""
    array = arrays.numeric("array", array)
    if array.ndim < 2 or array.shape[-2] % 4 or array.shape[-2] == 0:
        wanted = "array must have shape (..., 4n, B)"
        raise ValueError(f"{wanted}; got shape {array.shape}")
    i, f, o, g = np.split(array, 4, axis=-2)
    return i, f, o, g


@shaped
def random_params(
    rng: np.random.Generator,
    d: Size,
    n: Size,
    m: Size,
    gain: float = 1.0,
    forget_bias: float = 1.0,
) -> Params:
    """Return random parameters; each block of W has a radius of ~ `gain`.

    Entries are normal: U and V with variance one over their number of
    columns, W with gain^2 / n, the biases with 0.01, around `forget_bias`
    for the forget gate and around zero elsewhere.
    """
    b = rng.normal(size=(4 * n, 1)) / 10
    b[n : 2 * n] += forget_bias
    return Params(
        U=rng.normal(size=(4 * n, d)) / d**0.5,
        W=rng.normal(size=(4 * n, n)) * gain / n**0.5,
        b=b,
        V=rng.normal(size=(m, n)) / n**0.5,
        c=rng.normal(size=(m, 1)) / 10,
    )


@shaped
def forward(
    params: Params,
    x: Annotated[Array, "T d B"],
    h0: Annotated[Array, "n B"],
    c0: Annotated[Array, "n B"],
) -> Trace:
    """Run the network over the inputs x, from the states h0 and c0.

    The new arrays of the Trace hold (2 (T + 1) n + T (5n + m)) B numbers.
    """
    U, W, b, V, bias = params
    T, (n, B) = len(x), h0.shape
    h = np.empty((T + 1, n, B), h0.dtype)
    c, gates = np.empty_like(h), np.empty((T, 4 * n, B), h0.dtype)
    tanh_c = np.empty_like(h[1:])
    h[0], c[0] = h0, c0
    for t in range(1, T + 1):
        a = U @ x[t - 1] + W @ h[t - 1] + b  # eq-lstm-a-{i,f,o,g}
        a_i, a_f, a_o, a_g = split_gates(a)
        i = logistic(a_i)  # eq-lstm-i
        f = logistic(a_f)  # eq-lstm-f
        o = logistic(a_o)  # eq-lstm-o
        g = np.tanh(a_g)  # eq-lstm-g
        c[t] = f * c[t - 1] + i * g  # eq-lstm-c
        tanh_c[t - 1] = np.tanh(c[t])
        h[t] = o * tanh_c[t - 1]  # eq-lstm-h
        gates[t - 1] = np.concatenate([i, f, o, g])
    z = V @ h[1:] + bias  # eq-lstm-z
    return Trace(x, h, c, gates, tanh_c, z)


@shaped
def backward(
    params: Params,
    trace: Trace,
    dz: Annotated[Array, "T m B"],
    dh_after: Annotated[Array | int, "n B"] = 0,
    dc_after: Annotated[Array | int, "n B"] = 0,
) -> Gradients:
    """Return the Gradients of the loss whose dL/dz_t is row t - 1 of dz.

    `dh_after` and `dc_after` are what reaches h_T and c_T from beyond the
    last step; by default nothing does.

    >>> from bptt_core import lstm
    >>> params = lstm.random_params(np.random.default_rng(0), d=2, n=3, m=4)
    >>> trace = lstm.forward(params, np.ones((5, 2, 1)), *np.zeros((2, 3, 1)))
    >>> lstm.backward(params, trace, np.ones_like(trace.z)).params.W.shape
    (12, 3)
    """
    (U, W, _, V, _), (x, h, c, gates, tanh_c, _) = params, trace
    # the local derivatives, for all t at once
    i, f, o, g = split_gates(gates)
    slope_i = i * (1 - i) * g
    slope_f = f * (1 - f) * c[:-1]
    slope_o = o * (1 - o) * tanh_c
    slope_g = (1 - g * g) * i
    slope_c = (1 - tanh_c * tanh_c) * o

    # the recursion, backward in time
    delta = np.empty_like(gates)
    through_gates, through_cell = dh_after, dc_after
    for t in range(len(x), 0, -1):
        dh = V.T @ dz[t - 1] + through_gates  # eq-lstm-dh
        dc = slope_c[t - 1] * dh + through_cell  # eq-lstm-dc
        delta_i = slope_i[t - 1] * dc  # eq-lstm-delta-i
        delta_f = slope_f[t - 1] * dc  # eq-lstm-delta-f
        delta_o = slope_o[t - 1] * dh  # eq-lstm-delta-o
        delta_g = slope_g[t - 1] * dc  # eq-lstm-delta-g
        delta[t - 1] = np.concatenate([delta_i, delta_f, delta_o, delta_g])
        through_gates, through_cell = W.T @ delta[t - 1], f[t - 1] * dc

    return Gradients(
        # the sums over time
        Params(
            U=np.tensordot(delta, x, TIME_BATCH),  # eq-lstm-U-{i,f,o,g}
            W=np.tensordot(delta, h[:-1], TIME_BATCH),  # eq-lstm-W-{i,f,o,g}
            b=delta.sum(axis=(0, 2))[:, None],  # eq-lstm-b-{i,f,o,g}
            V=np.tensordot(dz, h[1:], TIME_BATCH),  # eq-V
            c=dz.sum(axis=(0, 2))[:, None],  # eq-c
        ),
        h0=through_gates,  # eq-lstm-h0
        c0=through_cell,  # eq-lstm-c0
        x=U.T @ delta,  # eq-lstm-x
        delta=delta,
    )
