"""The LSTM: forward pass, and the gradients through time.

    a_t = U x_t + W h_{t-1} + b, four blocks of rows: i, f, o, g
    i, f, o = logistic(a_i, a_f, a_o)     g = tanh(a_g)
    c_t = f c_{t-1} + i g     h_t = o tanh(c_t)     z_t = V h_t + c

Sizes: T steps, d inputs, n hidden units, m classes, B sequences. Arrays over
time hold columns, the batch last; `h[t]` and `c[t]` are h_t and c_t, and in
every other array over time row t - 1 is time t.
"""

from typing import NamedTuple

import numpy as np

from bptt_core import inputs


class Params(NamedTuple):
    """The parameters, or a gradient with respect to each of them."""

    U: np.ndarray  # (4n, d) input to gates
    W: np.ndarray  # (4n, n) hidden to gates
    b: np.ndarray  # (4n, 1)
    V: np.ndarray  # (m, n) hidden to output
    c: np.ndarray  # (m, 1) bias of the output, not the cell


class Trace(NamedTuple):
    """What the forward pass leaves behind."""

    x: np.ndarray       # (T, d, B)
    h: np.ndarray       # (T + 1, n, B), row 0 is h_0
    c: np.ndarray       # (T + 1, n, B), row 0 is c_0
    gates: np.ndarray   # (T, 4n, B), activated
    tanh_c: np.ndarray  # (T, n, B)
    z: np.ndarray       # (T, m, B)


class Gradients(NamedTuple):
    """Gradients of L; each has the shape of what it is a gradient of."""

    params: Params
    h0: np.ndarray     # (n, B)
    c0: np.ndarray     # (n, B)
    x: np.ndarray      # (T, d, B)
    delta: np.ndarray  # (T, 4n, B), row t - 1 is delta_t = dL/da_t


def split_gates(array):
    """Return the blocks i, f, o, g of an array (..., 4n, B), as views."""
    n = array.shape[-2] // 4
    return tuple(array[..., k * n : (k + 1) * n, :] for k in range(4))


def random_params(rng, d, n, m, gain=1.0, forget_bias=1.0):
    """Return random parameters; each n x n block of W has radius ~ `gain`.

    Entries are normal: U and V with variance one over their number of
    columns, W with gain^2 / n, biases with 0.01, around `forget_bias` for
    the forget gate and zero elsewhere. `rng` is a numpy.random.Generator.
    """
    inputs.instance("rng", rng, np.random.Generator)
    inputs.check_sizes(d=d, n=n, m=m)
    b = rng.normal(0, 0.1, (4 * n, 1))
    b[n : 2 * n] += forget_bias
    return Params(
        U=rng.normal(0, d**-0.5, (4 * n, d)),
        W=rng.normal(0, gain * n**-0.5, (4 * n, n)),
        b=b,
        V=rng.normal(0, n**-0.5, (m, n)),
        c=rng.normal(0, 0.1, (m, 1)),
    )


def forward(params, x, h0, c0):
    """Run the network over the inputs x, (T, d, B), from h0, c0, (n, B).

    Returns the Trace. Raises ValueError for a wrong shape or a value that
    is not finite, TypeError for a wrong class.
    """
    sizes = {"1": 1}
    params = _params(params, sizes)
    x = inputs.array("x", x, "T d B", sizes)
    h0 = inputs.array("h0", h0, "n B", sizes)
    c0 = inputs.array("c0", c0, "n B", sizes)
    *params, x, h0, c0 = inputs.same_dtype(*params, x, h0, c0)
    U, W, b, V, output_bias = params

    T = len(x)
    h = np.empty((T + 1, *h0.shape), h0.dtype)
    c = np.empty_like(h)
    tanh_c = np.empty_like(h[1:])
    h[0], c[0] = h0, c0
    gates = U @ x + b
    for t in range(1, T + 1):
        a = gates[t - 1]
        a += W @ h[t - 1]  # eq-lstm-a
        n3 = 3 * len(h0)
        a[:n3] = 1 / (1 + np.exp(-a[:n3]))
        a[n3:] = np.tanh(a[n3:])
        i, f, o, g = split_gates(a)
        c[t] = f * c[t - 1] + i * g  # eq-lstm-c
        tanh_c[t - 1] = np.tanh(c[t])
        h[t] = o * tanh_c[t - 1]  # eq-lstm-h
    z = V @ h[1:] + output_bias  # eq-lstm-z
    return Trace(x, h, c, gates, tanh_c, z)


def backward(params, trace, dz):
    """Return the Gradients of the loss whose dL/dz_t is dz, (T, m, B).

    Raises ValueError for a wrong shape or a value that is not finite,
    TypeError for a wrong class.
    """
    inputs.instance("trace", trace, Trace)
    sizes = {"1": 1}
    params = _params(params, sizes)
    x = inputs.array("trace.x", trace.x, "T d B", sizes)
    sizes["T+1"] = sizes["T"] + 1
    h = inputs.array("trace.h", trace.h, "T+1 n B", sizes)
    c = inputs.array("trace.c", trace.c, "T+1 n B", sizes)
    gates = inputs.array("trace.gates", trace.gates, "T 4n B", sizes)
    tanh_c = inputs.array("trace.tanh_c", trace.tanh_c, "T n B", sizes)
    dz = inputs.array("dz", dz, "T m B", sizes)
    *params, x, h, c, gates, tanh_c, dz = inputs.same_dtype(
        *params, x, h, c, gates, tanh_c, dz
    )
    U, W, _, V, _ = params

    # what every time step contributes by itself
    i, f, o, g = split_gates(gates)
    slope_i = g * i * (1 - i)
    slope_f = c[:-1] * f * (1 - f)
    slope_o = tanh_c * o * (1 - o)
    slope_g = i * (1 - g * g)
    slope_c = o * (1 - tanh_c * tanh_c)
    dh = V.T @ dz

    # the recursion, backward in time
    delta = np.empty_like(gates)
    d_i, d_f, d_o, d_g = split_gates(delta)
    carry = np.zeros_like(h[0])
    for t in range(len(x) - 1, -1, -1):
        if t < len(x) - 1:
            dh[t] += W.T @ delta[t + 1]  # eq-lstm-dh
        dc = dh[t] * slope_c[t] + carry  # eq-lstm-dc
        d_i[t] = dc * slope_i[t]  # eq-lstm-delta-i
        d_f[t] = dc * slope_f[t]  # eq-lstm-delta-f
        d_o[t] = dh[t] * slope_o[t]  # eq-lstm-delta-o
        d_g[t] = dc * slope_g[t]  # eq-lstm-delta-g
        carry = f[t] * dc

    # the sums over time
    gradient = Params(
        U=outer_sum(delta, x),
        W=outer_sum(delta, h[:-1]),
        b=delta.sum(axis=(0, 2))[:, None],
        V=outer_sum(dz, h[1:]),
        c=dz.sum(axis=(0, 2))[:, None],
    )
    return Gradients(
        gradient,
        h0=W.T @ delta[0],  # eq-lstm-h0
        c0=carry,  # eq-lstm-c0
        x=U.T @ delta,  # eq-lstm-x
        delta=delta,
    )


def outer_sum(left, right):
    """Return the sum over time and batch of left_t right_t^T."""
    return np.tensordot(left, right, axes=((0, 2), (0, 2)))


def _params(params, sizes):
    inputs.instance("params", params, Params)
    V = inputs.array("params.V", params.V, "m n", sizes)
    sizes["4n"] = 4 * sizes["n"]
    return [
        inputs.array("params.U", params.U, "4n d", sizes),
        inputs.array("params.W", params.W, "4n n", sizes),
        inputs.array("params.b", params.b, "4n 1", sizes),
        V,
        inputs.array("params.c", params.c, "m 1", sizes),
    ]
