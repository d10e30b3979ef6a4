"""The passes of `rnn.py` and `lstm.py` for long runs: same numbers, sooner.

They read less like the equations. Time is cut into segments whose arrays
stay in the cache, results are written into memory that is there already,
and one product serves all gates. The same tests hold both. A function has
the signature and the meaning of the plain one of its name, and so has what
it raises. Labels of equations stand in the plain passes.
"""

from collections.abc import Iterator
from typing import Annotated

import numpy as np

from bptt_core import lstm, rnn
from bptt_core.activations import logistic
from bptt_core.arrays import Array, shaped

# A segment holds this many columns, steps times sequences: its arrays stay
# in the cache, and a product over them is still a large one.
COLUMNS = 512

rnn_forward = rnn.forward  # there is nothing to gain


@shaped
def rnn_backward(
    params: rnn.Params,
    trace: rnn.Trace,
    dz: Annotated[Array, "T m B"],
    dh_after: Annotated[Array | int, "n B"] = 0,
) -> rnn.Gradients:
    """Return what `rnn.backward` returns.

    Besides that, twice the parameters and about 3 n numbers for each column
    of a segment are needed on the way.
    """
    U, W, _, V, _ = params
    W_T = np.ascontiguousarray(W.T)  # many products read it, so row by row
    total = type(params)(*map(np.zeros_like, params))
    all_dx, all_delta = np.empty_like(trace.x), np.empty_like(trace.h[1:])
    through_next = dh_after
    for x, h, dz_, dx, delta in segments(
        trace.x, trace.h, dz, all_dx, all_delta
    ):
        slope = trace.activation.slope_from_output(h[1:])
        for t in range(len(x), 0, -1):
            dh = V.T @ dz_[t - 1] + through_next
            delta[t - 1] = slope[t - 1] * dh
            through_next = W_T @ delta[t - 1]
        del slope  # the sums need memory of their own
        add(total, sums(rnn.Params, x, h, delta, dz_))
        np.matmul(U.T, delta, out=dx)
    return rnn.Gradients(total, through_next, all_dx, all_delta)


@shaped
def lstm_forward(
    params: lstm.Params,
    x: Annotated[Array, "T d B"],
    h0: Annotated[Array, "n B"],
    c0: Annotated[Array, "n B"],
) -> lstm.Trace:
    """Return what `lstm.forward` returns.

    One product serves a step: U, W, b side by side, times x_t above h_{t-1}
    above 1.
    """
    U, W, b, V, bias = params
    (T, d, B), n = x.shape, len(h0)
    h = np.empty((T + 1, n, B), h0.dtype)
    c = np.empty_like(h)
    tanh_c = np.empty_like(h[1:])
    gates = np.empty((T, 4 * n, B), h0.dtype)
    h[0], c[0] = h0, c0

    UWb = np.concatenate([U, W, b], axis=1).reshape(4, n, -1)
    xh1 = np.ones((d + n + 1, B), h0.dtype)
    with np.errstate(over="ignore"):  # of e^-a: the gate is 0 there
        for x_t, a, h_before, c_before, h_t, c_t, tanh_c_t in zip(
            x, gates.reshape(T, 4, n, B), h[:-1], c[:-1], h[1:], c[1:], tanh_c,
            strict=True,
        ):
            xh1[:d], xh1[d:-1] = x_t, h_before
            np.matmul(UWb, xh1, out=a)
            i_f_o, g = a[:3], a[3]  # views: the gates are written into a
            i, f, o = logistic(i_f_o, out=i_f_o)
            np.tanh(g, out=g)
            np.add(f * c_before, i * g, out=c_t)
            np.tanh(c_t, out=tanh_c_t)
            np.multiply(o, tanh_c_t, out=h_t)
    return lstm.Trace(x, h, c, gates, tanh_c, V @ h[1:] + bias)


@shaped
def lstm_backward(
    params: lstm.Params,
    trace: lstm.Trace,
    dz: Annotated[Array, "T m B"],
    dh_after: Annotated[Array | int, "n B"] = 0,
    dc_after: Annotated[Array | int, "n B"] = 0,
) -> lstm.Gradients:
    """Return what `lstm.backward` returns.

    Besides that, twice the parameters and about 7 n numbers for each
    column of a segment are needed on the way.
    """
    U, W, _, V, _ = params
    W_T = np.ascontiguousarray(W.T)  # many products read it, so row by row
    total = type(params)(*map(np.zeros_like, params))
    n = len(W_T)
    all_dx, all_delta = np.empty_like(trace.x), np.empty_like(trace.gates)
    through_gates, through_cell = dh_after, dc_after
    for x, h, c, gates, tanh_c, dz_, dx, delta in segments(
        *trace[:-1], dz, all_dx, all_delta
    ):
        # delta begins as the local derivatives; the loop writes the errors
        # over them, through these views
        i, f, o, g = lstm.split_gates(gates)
        deltas = lstm.split_gates(delta)
        i_f_o = gates[:, : 3 * n]
        np.multiply(i_f_o, 1 - i_f_o, out=delta[:, : 3 * n])
        for part, factor in zip(deltas, (g, c[:-1], tanh_c), strict=False):
            part *= factor
        np.multiply(i, 1 - g * g, out=deltas[3])
        slope_c = o * (1 - tanh_c * tanh_c)
        through_output = V.T @ dz_
        for (
            through_output_t, slope_c_t, f_t, delta_t,
            delta_i_t, delta_f_t, delta_o_t, delta_g_t,
        ) in zip(
            *map(reversed, (through_output, slope_c, f, delta, *deltas)),
            strict=True,
        ):
            dh = through_output_t + through_gates
            dc = slope_c_t * dh + through_cell
            delta_i_t *= dc
            delta_f_t *= dc
            delta_o_t *= dh
            delta_g_t *= dc
            through_gates = W_T @ delta_t
            through_cell = f_t * dc
        add(total, sums(lstm.Params, x, h, delta, dz_))
        np.matmul(U.T, delta, out=dx)
    return lstm.Gradients(
        total, through_gates, through_cell, all_dx, all_delta
    )


def segments(*over_time: Array) -> Iterator[list[Array]]:
    """Yield the rows of arrays over time, a segment each, the last one first.

    The first array is (T, n, B). Of the others with T rows the same rows
    are given; of those with T + 1 rows one more, so that a segment, too,
    begins with the state in front of it. All are views.
    """
    T, _, B = over_time[0].shape
    length = max(1, COLUMNS // B)
    for start in reversed(range(0, T, length)):
        stop = min(start + length, T)
        yield [array[start : stop + len(array) - T] for array in over_time]


def sums(kind, x, h, delta, dz):
    """Return the sums over the time and the batch of a segment, as `kind`."""
    delta, dz = columns(delta), columns(dz)
    return kind(
        U=delta @ columns(x).T,
        W=delta @ columns(h[:-1]).T,
        b=delta.sum(axis=1, keepdims=True),
        V=dz @ columns(h[1:]).T,
        c=dz.sum(axis=1, keepdims=True),
    )


def columns(array: Array) -> Array:
    """Return (T, n, B) as (n, T B): all columns of all steps side by side."""
    return array.transpose(1, 0, 2).reshape(array.shape[1], -1)


def add(total, parts):
    """Add to every array of `total`, in place, its counterpart in `parts`."""
    for whole, part in zip(total, parts, strict=True):
        whole += part
