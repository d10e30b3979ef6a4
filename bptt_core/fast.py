"""The passes of `rnn.py` and `lstm.py` for long runs: same numbers, sooner.

Time is cut into segments whose arrays stay in the cache, results are
written into memory that is there already, and one product serves all gates.
A function takes, returns and raises what the plain one of its name does;
the same tests hold both. Labels of equations stand in the plain passes.

Besides what it returns, a backward pass needs twice the parameters on the
way, and for each column of a segment about 2 n numbers, the LSTM's 5 n.
"""

from collections.abc import Callable, Iterable

import numpy as np

from bptt_core import lstm, rnn
from bptt_core.activations import logistic
from bptt_core.arrays import Array, shaped

# A segment holds this many columns, steps times sequences: its arrays stay
# in the cache, and a product over them is still a large one.
COLUMNS = 512

rnn_forward = rnn.forward  # there is nothing to gain


def _signed_as(plain: Callable) -> Callable[[Callable], Callable]:
    """Return a decorator: what a function takes is what `plain` takes."""

    def decorate(function):
        function.__annotations__ = plain.__annotations__
        return shaped(function)

    return decorate


@_signed_as(rnn.backward)
def rnn_backward(params, trace, dz, dh_after=0):
    """Return what `rnn.backward` returns."""
    _, W, _, V, _ = params

    def errors(h, dz, delta, through_next):
        slope = trace.activation.slope_from_output(h[1:])
        for t in range(len(dz), 0, -1):
            dh = V.T @ dz[t - 1] + through_next
            delta[t - 1] = slope[t - 1] * dh
            through_next = W.T @ delta[t - 1]
        return [through_next]

    return rnn.Gradients(
        *_by_segments(errors, params, trace[:2], dz, dh_after)
    )


@_signed_as(lstm.forward)
def lstm_forward(params, x, h0, c0):
    """Return what `lstm.forward` returns."""
    U, W, b, V, bias = params
    (T, d, B), n = x.shape, len(h0)
    h = np.empty((T + 1, n, B), h0.dtype)
    c, tanh_c = np.empty_like(h), np.empty_like(h[1:])
    gates = np.empty((T, 4, n, B), h0.dtype)
    h[0], c[0] = h0, c0
    # one product a step: U, W, b side by side, times x_t above h_{t-1}, 1
    UWb = np.concatenate([U, W, b], axis=1).reshape(4, n, -1)
    xh1 = np.ones((d + n + 1, B), h0.dtype)
    with np.errstate(over="ignore"):  # of e^-a: the gate is 0 there
        for t in range(1, T + 1):
            xh1[:d], xh1[d:-1] = x[t - 1], h[t - 1]
            a = np.matmul(UWb, xh1, out=gates[t - 1])
            i, f, o = logistic(a[:3], out=a[:3])
            g = np.tanh(a[3], out=a[3])
            np.add(f * c[t - 1], i * g, out=c[t])
            np.tanh(c[t], out=tanh_c[t - 1])
            np.multiply(o, tanh_c[t - 1], out=h[t])
    gates = gates.reshape(T, 4 * n, B)
    return lstm.Trace(x, h, c, gates, tanh_c, V @ h[1:] + bias)


@_signed_as(lstm.backward)
def lstm_backward(params, trace, dz, dh_after=0, dc_after=0):
    """Return what `lstm.backward` returns."""
    _, W, _, V, _ = params

    def errors(_, c, gates, tanh_c, dz, delta, through_gates, through_cell):
        # delta begins as the local derivatives, and the loop writes the
        # errors over them
        i, f, o, g = lstm.split_gates(gates)
        delta_i, delta_f, delta_o, delta_g = lstm.split_gates(delta)
        np.multiply(i * (1 - i), g, out=delta_i)
        np.multiply(f * (1 - f), c[:-1], out=delta_f)
        np.multiply(o * (1 - o), tanh_c, out=delta_o)
        np.multiply(1 - g * g, i, out=delta_g)
        slope_c = (1 - tanh_c * tanh_c) * o
        for t in range(len(dz), 0, -1):
            dh = V.T @ dz[t - 1] + through_gates
            dc = slope_c[t - 1] * dh + through_cell
            delta_i[t - 1] *= dc
            delta_f[t - 1] *= dc
            delta_o[t - 1] *= dh
            delta_g[t - 1] *= dc
            through_gates = W.T @ delta[t - 1]
            through_cell = f[t - 1] * dc
        return through_gates, through_cell

    return lstm.Gradients(
        *_by_segments(errors, params, trace[:-1], dz, dh_after, dc_after)
    )


def _by_segments(errors, params, over_time, dz, *after):
    """Return the fields of Gradients, from the last segment to the first.

    `over_time` is x, h and whatever else errors(h, ..., dz, delta, *after)
    reads of a segment. It writes delta, and returns what reaches the states
    in front of the segment. `after` is what reaches the last ones.
    """
    T, _, B = dz.shape
    total = type(params)(*map(np.zeros_like, params))
    all_dx = np.empty_like(over_time[0])
    all_delta = np.empty((T, len(params.U), B), dz.dtype)
    length = max(1, COLUMNS // B)
    for start in reversed(range(0, T, length)):
        stop = min(start + length, T)
        x, h, *others, dz_t, dx, delta = (  # of h and c one row more
            array[start : stop + len(array) - T]
            for array in (*over_time, dz, all_dx, all_delta)
        )
        after = errors(h, *others, dz_t, delta, *after)
        add(total, sums(type(params), x, h, delta, dz_t))
        np.matmul(params.U.T, delta, out=dx)
    return total, *after, all_dx, all_delta


def sums(kind: type, x: Array, h: Array, delta: Array, dz: Array) -> tuple:
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


def add(total: Iterable[Array], parts: Iterable[Array]) -> None:
    """Add to every array of `total`, in place, its counterpart in `parts`."""
    for whole, part in zip(total, parts, strict=True):
        whole += part
