"""The LSTM: forward pass, and the gradients through time.

    a_t = U x_t + W h_{t-1} + b       four blocks of rows: i, f, o, g
    i, f, o = logistic(a_i, a_f, a_o)        g = tanh(a_g)
    c_t = f c_{t-1} + i g        h_t = o tanh(c_t)        z_t = V h_t + c

Sizes: T steps, d inputs, n hidden units, m classes, B sequences. Arrays over
time hold columns, the batch last; `h[t]` and `c[t]` are h_t and c_t, and in
every other array over time row t - 1 is time t.
"""

from typing import NamedTuple

import numpy as np

from bptt_core import arrays
from bptt_core.activations import logistic
from bptt_core.arrays import (
    add,
    backward_in_time,
    columns,
    segments,
    zeros_of,
)


class Params(NamedTuple):
    """The parameters, or a gradient with respect to each of them."""

    U: np.ndarray  # (4n, d) input to gates
    W: np.ndarray  # (4n, n) hidden to gates
    b: np.ndarray  # (4n, 1)
    V: np.ndarray  # (m, n) hidden to output
    c: np.ndarray  # (m, 1) bias of the output; the cell is Trace.c


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
    """Return the blocks i, f, o, g of an array (..., 4n, B), as views.

    Raises ValueError when the rows cannot be split in four.
    """
    array = arrays.numeric("array", array)
    rows = array.shape[-2] if array.ndim >= 2 else 0
    if rows == 0 or rows % 4:
        raise ValueError(
            f"array must have shape (..., 4n, B); got shape {array.shape}"
        )
    n = rows // 4
    return tuple(array[..., k * n : (k + 1) * n, :] for k in range(4))


def random_params(rng, d, n, m, gain=1.0, forget_bias=1.0):
    """Return random parameters; each block of W has a radius of ~ `gain`.

    Entries are normal: U and V with variance one over their number of
    columns, W with gain^2 / n, the biases with 0.01, around `forget_bias`
    for the forget gate and around zero elsewhere. `rng` is a
    numpy.random.Generator. Raises TypeError for another rng, ValueError
    for a size that is not a positive integer or a number not finite.
    """
    arrays.check_instance("rng", rng, np.random.Generator)
    arrays.check_sizes(d=d, n=n, m=m)
    gain = arrays.number("gain", gain)
    forget_bias = arrays.number("forget_bias", forget_bias)
    b = rng.normal(size=(4 * n, 1)) / 10
    b[n : 2 * n] += forget_bias
    return Params(
        U=rng.normal(size=(4 * n, d)) / d**0.5,
        W=rng.normal(size=(4 * n, n)) * gain / n**0.5,
        b=b,
        V=rng.normal(size=(m, n)) / n**0.5,
        c=rng.normal(size=(m, 1)) / 10,
    )


def forward(params, x, h0, c0):
    """Run the network over inputs x, (T, d, B), from h0 and c0, (n, B).

    Returns the Trace, whose new arrays hold (2 (T + 1) n + T (5n + m)) B
    numbers. Raises ValueError for a wrong shape or a value that is not
    finite, TypeError for a wrong class.
    """
    (U, W, b, V, bias), x, h0, c0 = _checked_inputs(params, x, h0, c0)
    (T, d, B), n = x.shape, len(h0)
    h = np.empty((T + 1, n, B), h0.dtype)
    c = np.empty_like(h)
    tanh_c = np.empty_like(h[1:])
    gates = np.empty((T, 4 * n, B), h0.dtype)
    h[0], c[0] = h0, c0

    # one product a gate: its rows of U, W, b by x_t above h_{t-1} above 1
    UWb = np.concatenate([U, W, b], axis=1).reshape(4, n, -1)
    xh1 = np.ones((d + n + 1, B), h0.dtype)
    with np.errstate(over="ignore"):  # of e^-a: the gate is 0 there
        for x_t, a, h_before, c_before, h_t, c_t, tanh_c_t in zip(
            x, gates.reshape(T, 4, n, B), h[:-1], c[:-1], h[1:], c[1:], tanh_c,
            strict=True,
        ):
            xh1[:d], xh1[d:-1] = x_t, h_before
            np.matmul(UWb, xh1, out=a)  # eq-lstm-a-{i,f,o,g}
            i_f_o, g = a[:3], a[3]
            i, f, o = logistic(i_f_o, out=i_f_o)  # eq-lstm-{i,f,o}
            np.tanh(g, out=g)  # eq-lstm-g
            np.add(f * c_before, i * g, out=c_t)  # eq-lstm-c
            np.tanh(c_t, out=tanh_c_t)
            np.multiply(o, tanh_c_t, out=h_t)  # eq-lstm-h
    z = V @ h[1:] + bias  # eq-lstm-z
    return Trace(x, h, c, gates, tanh_c, z)


def backward(params, trace, dz, dh_after=None, dc_after=None):
    """Return the Gradients of the loss whose dL/dz_t is dz, (T, m, B).

    `dh_after` and `dc_after`, (n, B), are what reaches h_T and c_T from
    beyond the last step; by default nothing does. The three movements are
    made for a segment of time at once, the last one first: of about 512
    columns, steps times sequences, that stay in the cache. Besides what is
    returned, twice the parameters and about 10 n numbers a column are needed
    on the way. Raises ValueError for a wrong shape or a value that is not
    finite, TypeError for a wrong class.
    """
    params, over_time, dh_after, dc_after = _checked_trace(
        params, trace, dz, dh_after, dc_after
    )
    U, W, _, V, _ = params
    W_T = np.ascontiguousarray(W.T)  # many products read it, so row by row
    total = zeros_of(params)
    x, _, _, gates, _, _ = over_time
    n = len(W_T)
    all_dx, all_delta = np.empty_like(x), np.empty_like(gates)
    through_gates, through_cell = dh_after, dc_after
    for x, h, c, gates, tanh_c, dz, dx, delta in segments(
        *over_time, all_dx, all_delta
    ):
        # the local derivatives, for all t at once: with them delta begins
        i, f, o, g = split_gates(gates)
        delta_i, delta_f, delta_o, delta_g = split_gates(delta)
        i_f_o, delta_i_f_o = gates[:, : 3 * n], delta[:, : 3 * n]
        np.multiply(i_f_o, 1 - i_f_o, out=delta_i_f_o)
        delta_i *= g
        delta_f *= c[:-1]
        delta_o *= tanh_c
        np.multiply(i, 1 - g * g, out=delta_g)
        slope_c = o * (1 - tanh_c * tanh_c)
        through_output = V.T @ dz

        # the recursion, backward in time
        for (
            through_output_t, slope_c_t, f_t, delta_t,
            delta_i_t, delta_f_t, delta_o_t, delta_g_t,
        ) in backward_in_time(
            through_output, slope_c, f, delta,
            delta_i, delta_f, delta_o, delta_g,
        ):
            dh = through_output_t + through_gates  # eq-lstm-dh
            dc = slope_c_t * dh + through_cell  # eq-lstm-dc
            delta_i_t *= dc  # eq-lstm-delta-i
            delta_f_t *= dc  # eq-lstm-delta-f
            delta_o_t *= dh  # eq-lstm-delta-o
            delta_g_t *= dc  # eq-lstm-delta-g
            through_gates = W_T @ delta_t
            through_cell = f_t * dc

        # the sums over time
        delta_columns, dz_columns = columns(delta), columns(dz)
        add(total, Params(
            U=delta_columns @ columns(x).T,  # eq-lstm-U-{i,f,o,g}
            W=delta_columns @ columns(h[:-1]).T,  # eq-lstm-W-{i,f,o,g}
            b=delta_columns.sum(axis=1, keepdims=True),  # eq-lstm-b-{i,f,o,g}
            V=dz_columns @ columns(h[1:]).T,  # eq-V
            c=dz_columns.sum(axis=1, keepdims=True),  # eq-c
        ))
        np.matmul(U.T, delta, out=dx)  # eq-lstm-x
    return Gradients(
        total,
        h0=through_gates,  # eq-lstm-h0
        c0=through_cell,  # eq-lstm-c0
        x=all_dx,
        delta=all_delta,
    )


def _checked_inputs(params, x, h0, c0):
    sizes = {}
    params = _checked_params(params, sizes)
    x = arrays.checked("x", x, "T d B", sizes)
    h0 = arrays.checked("h0", h0, "n B", sizes)
    c0 = arrays.checked("c0", c0, "n B", sizes)
    *params, x, h0, c0 = arrays.same_dtype(*params, x, h0, c0)
    return params, x, h0, c0


def _checked_trace(params, trace, dz, dh_after, dc_after):
    arrays.check_instance("trace", trace, Trace)
    sizes = {}
    params = _checked_params(params, sizes)
    x = arrays.checked("trace.x", trace.x, "T d B", sizes)
    sizes["T+1"] = sizes["T"] + 1
    h = arrays.checked("trace.h", trace.h, "T+1 n B", sizes)
    c = arrays.checked("trace.c", trace.c, "T+1 n B", sizes)
    gates = arrays.checked("trace.gates", trace.gates, "T 4n B", sizes)
    tanh_c = arrays.checked("trace.tanh_c", trace.tanh_c, "T n B", sizes)
    dz = arrays.checked("dz", dz, "T m B", sizes)
    dh_after, dc_after = (
        arrays.checked_or_zero(name, value, "n B", sizes, h.dtype)
        for name, value in (("dh_after", dh_after), ("dc_after", dc_after))
    )
    *params, dh_after, dc_after, x, h, c, gates, tanh_c, dz = (
        arrays.same_dtype(
            *params, dh_after, dc_after, x, h, c, gates, tanh_c, dz
        )
    )
    return Params(*params), (x, h, c, gates, tanh_c, dz), dh_after, dc_after


def _checked_params(params, sizes):
    arrays.check_instance("params", params, Params)
    U, W, b, V, c = params
    V = arrays.checked("params.V", V, "m n", sizes)
    sizes["4n"] = 4 * sizes["n"]
    return [
        arrays.checked("params.U", U, "4n d", sizes),
        arrays.checked("params.W", W, "4n n", sizes),
        arrays.checked("params.b", b, "4n 1", sizes),
        V,
        arrays.checked("params.c", c, "m 1", sizes),
    ]
