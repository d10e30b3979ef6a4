"""The Elman network: forward pass, and the gradients through time.

    a_t = U x_t + W h_{t-1} + b     h_t = tanh(a_t)     z_t = V h_t + c

Sizes: T steps, d inputs, n hidden units, m classes, B sequences. Arrays over
time hold columns, the batch last; `h[t]` is h_t, and in every other array
over time row t - 1 is time t.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from bptt_core import inputs


class Activation(NamedTuple):
    """An element-wise function, with its slope as a function of h."""

    name: str
    function: Callable           # a -> h
    slope_from_output: Callable  # h -> dh/da


def logistic(a):
    """Return 1 / (1 + e^-a), without overflow for any a."""
    e = np.exp(np.where(a.real < 0, a, -a))
    return np.where(a.real < 0, e, 1) / (1 + e)


TANH = Activation("tanh", np.tanh, lambda h: 1 - h * h)
IDENTITY = Activation("identity", np.positive, np.ones_like)
LOGISTIC = Activation("logistic", logistic, lambda h: h * (1 - h))


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
    columns, W with gain^2 / n, biases with 0.01. `rng` is a
    numpy.random.Generator.
    """
    inputs.instance("rng", rng, np.random.Generator)
    inputs.check_sizes(d=d, n=n, m=m)
    return Params(
        U=rng.normal(0, d**-0.5, (n, d)),
        W=rng.normal(0, gain * n**-0.5, (n, n)),
        b=rng.normal(0, 0.1, (n, 1)),
        V=rng.normal(0, n**-0.5, (m, n)),
        c=rng.normal(0, 0.1, (m, 1)),
    )


def forward(params, x, h0, activation=TANH):
    """Run the network over the inputs x, (T, d, B), from h0, (n, B).

    Returns the Trace. Raises ValueError for a wrong shape or a value that
    is not finite, TypeError for a wrong class.
    """
    inputs.instance("activation", activation, Activation)
    sizes = {"1": 1}
    params = _params(params, sizes)
    x = inputs.array("x", x, "T d B", sizes)
    h0 = inputs.array("h0", h0, "n B", sizes)
    *params, x, h0 = inputs.same_dtype(*params, x, h0)
    U, W, b, V, c = params

    h = np.empty((len(x) + 1, *h0.shape), h0.dtype)
    h[0] = h0
    h[1:] = U @ x + b
    for t in range(1, len(h)):
        a = h[t] + W @ h[t - 1]  # eq-a
        h[t] = activation.function(a)  # eq-h
    z = V @ h[1:] + c  # eq-z
    return Trace(x, h, z, activation)


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
    dz = inputs.array("dz", dz, "T m B", sizes)
    *params, x, h, dz = inputs.same_dtype(*params, x, h, dz)
    U, W, _, V, _ = params

    # what every time step contributes by itself
    slope = trace.activation.slope_from_output(h[1:])
    dh = V.T @ dz

    # the recursion, backward in time
    delta = np.empty_like(slope)
    delta[-1] = slope[-1] * dh[-1]  # eq-delta
    for t in range(len(x) - 1, 0, -1):
        dh[t - 1] += W.T @ delta[t]  # eq-dh
        delta[t - 1] = slope[t - 1] * dh[t - 1]  # eq-delta

    # the sums over time
    gradient = Params(
        U=outer_sum(delta, x),  # eq-U
        W=outer_sum(delta, h[:-1]),  # eq-W
        b=delta.sum(axis=(0, 2))[:, None],  # eq-b
        V=outer_sum(dz, h[1:]),  # eq-V
        c=dz.sum(axis=(0, 2))[:, None],  # eq-c
    )
    return Gradients(
        gradient,
        h0=W.T @ delta[0],  # eq-h0
        x=U.T @ delta,  # eq-x
        delta=delta,
    )


def outer_sum(left, right):
    """Return the sum over time and batch of left_t right_t^T."""
    return np.tensordot(left, right, axes=((0, 2), (0, 2)))


def _params(params, sizes):
    inputs.instance("params", params, Params)
    axes = Params("n d", "n n", "n 1", "m n", "m 1")
    return [
        inputs.array(f"params.{name}", value, where, sizes)
        for name, value, where in zip(
            Params._fields, params, axes, strict=True
        )
    ]
