"""The Elman network: forward pass, and the gradients through time.

    a_t = U x_t + W h_{t-1} + b     h_t = tanh(a_t)     z_t = V h_t + c

Sizes: T steps, d inputs, n hidden units, m classes, B sequences. Arrays over
time hold columns, the batch last; `h[t]` is h_t, and in every other array
over time row t - 1 is time t.
"""

from typing import NamedTuple

import numpy as np

from bptt_core import arrays
from bptt_core.activations import IDENTITY, LOGISTIC, TANH, Activation
from bptt_core.arrays import add, columns, segments, zeros_of

__all__ = [
    "IDENTITY", "LOGISTIC", "TANH", "Activation", "Gradients", "Params",
    "Trace", "backward", "forward", "random_params",
]


class Params(NamedTuple):
    """The parameters, or a gradient with respect to each of them."""

    U: np.ndarray  # (n, d) input to hidden
    W: np.ndarray  # (n, n) hidden to hidden
    b: np.ndarray  # (n, 1)
    V: np.ndarray  # (m, n) hidden to output
    c: np.ndarray  # (m, 1)


class Trace(NamedTuple):
    """What the forward pass leaves behind."""

    x: np.ndarray  # (T, d, B)
    h: np.ndarray  # (T + 1, n, B), row 0 is h_0
    z: np.ndarray  # (T, m, B)
    activation: Activation


class Gradients(NamedTuple):
    """Gradients of L; each has the shape of what it is a gradient of."""

    params: Params
    h0: np.ndarray     # (n, B)
    x: np.ndarray      # (T, d, B)
    delta: np.ndarray  # (T, n, B), row t - 1 is delta_t = dL/da_t


def random_params(rng, d, n, m, gain=1.0):
    """Return random parameters; W has a spectral radius of about `gain`.

    Entries are normal: U and V with variance one over their number of
    columns, W with gain^2 / n, the biases with 0.01. `rng` is a
    numpy.random.Generator. Raises TypeError for another rng, ValueError
    for a size that is not a positive integer or a gain not finite.
    """
    arrays.check_instance("rng", rng, np.random.Generator)
    arrays.check_sizes(d=d, n=n, m=m)
    gain = arrays.number("gain", gain)
    return Params(
        U=rng.normal(size=(n, d)) / d**0.5,
        W=rng.normal(size=(n, n)) * gain / n**0.5,
        b=rng.normal(size=(n, 1)) / 10,
        V=rng.normal(size=(m, n)) / n**0.5,
        c=rng.normal(size=(m, 1)) / 10,
    )


def forward(params, x, h0, activation=TANH):
    """Run the network over inputs x, (T, d, B), from h0, (n, B).

    Returns the Trace, whose new arrays hold ((T + 1) n + T m) B numbers.
    Raises ValueError for a wrong shape or a value that is not finite,
    TypeError for a wrong class.
    """
    (U, W, b, V, c), x, h0 = _checked_inputs(params, x, h0, activation)
    T = len(x)
    h = np.empty((T + 1, *h0.shape), h0.dtype)
    h[0] = h0
    for t in range(1, T + 1):
        a = U @ x[t - 1] + W @ h[t - 1] + b  # eq-a
        h[t] = activation.function(a)  # eq-h
    z = V @ h[1:] + c  # eq-z
    return Trace(x, h, z, activation)


def backward(params, trace, dz, dh_after=None):
    """Return the Gradients of the loss whose dL/dz_t is dz, (T, m, B).

    `dh_after`, (n, B), is what reaches h_T from beyond the last step; by
    default nothing does. The three movements are made for a segment of
    time at once, the last one first: of about 512 columns, steps times
    sequences, that stay in the cache. Besides what is returned, twice the
    parameters and about 3 n numbers a column are needed on the way. Raises
    ValueError for a wrong shape or a value that is not finite, TypeError
    for a wrong class.
    """
    params, over_time, dh_after = _checked_trace(params, trace, dz, dh_after)
    U, W, _, V, _ = params
    W_T = np.ascontiguousarray(W.T)  # many products read it, so row by row
    total = zeros_of(params)
    x, h, _ = over_time
    all_dx, all_delta = np.empty_like(x), np.empty_like(h[1:])
    through_next = dh_after
    for x, h, dz, dx, delta in segments(*over_time, all_dx, all_delta):
        # the local derivatives, for all t at once
        slope = trace.activation.slope_from_output(h[1:])

        # the recursion, backward in time
        for t in range(len(x), 0, -1):
            dh = V.T @ dz[t - 1] + through_next  # eq-dh
            delta[t - 1] = slope[t - 1] * dh  # eq-delta
            through_next = W_T @ delta[t - 1]
        del slope  # the sums need memory of their own

        # the sums over time
        delta_columns, dz_columns = columns(delta), columns(dz)
        add(total, Params(
            U=delta_columns @ columns(x).T,  # eq-U
            W=delta_columns @ columns(h[:-1]).T,  # eq-W
            b=delta_columns.sum(axis=1, keepdims=True),  # eq-b
            V=dz_columns @ columns(h[1:]).T,  # eq-V
            c=dz_columns.sum(axis=1, keepdims=True),  # eq-c
        ))
        np.matmul(U.T, delta, out=dx)  # eq-x
    return Gradients(
        total,
        h0=through_next,  # eq-h0
        x=all_dx,
        delta=all_delta,
    )


def _checked_inputs(params, x, h0, activation):
    arrays.check_instance("activation", activation, Activation)
    sizes = {}
    params = _checked_params(params, sizes)
    x = arrays.checked("x", x, "T d B", sizes)
    h0 = arrays.checked("h0", h0, "n B", sizes)
    *params, x, h0 = arrays.same_dtype(*params, x, h0)
    return params, x, h0


def _checked_trace(params, trace, dz, dh_after):
    arrays.check_instance("trace", trace, Trace)
    sizes = {}
    params = _checked_params(params, sizes)
    x = arrays.checked("trace.x", trace.x, "T d B", sizes)
    sizes["T+1"] = sizes["T"] + 1
    h = arrays.checked("trace.h", trace.h, "T+1 n B", sizes)
    dz = arrays.checked("dz", dz, "T m B", sizes)
    dh_after = arrays.checked_or_zero(
        "dh_after", dh_after, "n B", sizes, h.dtype
    )
    *params, dh_after, x, h, dz = arrays.same_dtype(
        *params, dh_after, x, h, dz
    )
    return Params(*params), (x, h, dz), dh_after


def _checked_params(params, sizes):
    arrays.check_instance("params", params, Params)
    U, W, b, V, c = params
    return [
        arrays.checked("params.U", U, "n d", sizes),
        arrays.checked("params.W", W, "n n", sizes),
        arrays.checked("params.b", b, "n 1", sizes),
        arrays.checked("params.V", V, "m n", sizes),
        arrays.checked("params.c", c, "m 1", sizes),
    ]
