"""The Elman network: forward pass, and the gradients through time.

    a_t = U x_t + W h_{t-1} + b     h_t = tanh(a_t)     z_t = V h_t + c

Sizes: T steps, d inputs, n hidden units, m classes, B sequences. Arrays over
time hold columns, the batch last; `h[t]` is h_t, and in every other array
over time row t - 1 is time t. `fast.py` has the same passes for long runs.
"""

from typing import Annotated, NamedTuple

import numpy as np

from bptt_core.activations import IDENTITY, LOGISTIC, TANH, Activation  # noqa: F401
from bptt_core.arrays import TIME_BATCH, Array, Size, shaped


class Params(NamedTuple):
    """The parameters, or a gradient with respect to each of them."""

    U: Annotated[Array, "n d"]  # input to hidden
    W: Annotated[Array, "n n"]  # hidden to hidden
    b: Annotated[Array, "n 1"]
    V: Annotated[Array, "m n"]  # hidden to output
    c: Annotated[Array, "m 1"]


class Trace(NamedTuple):
    """What the forward pass leaves behind."""

    x: Annotated[Array, "T d B"]
    h: Annotated[Array, "T+1 n B"]  # row 0 is h_0
    z: Annotated[Array, "T m B"]
    activation: Activation


class Gradients(NamedTuple):
    """Gradients of L; each has the shape of what it is a gradient of."""

    params: Params
    h0: Annotated[Array, "n B"]
    x: Annotated[Array, "T d B"]
    delta: Annotated[Array, "T n B"]  # row t - 1 is delta_t = dL/da_t


@shaped
def random_params(
    rng: np.random.Generator, d: Size, n: Size, m: Size, gain: float = 1.0
) -> Params:
    """Return random parameters; W has a spectral radius of about `gain`.

    Entries are normal: U and V with variance one over their number of
    columns, W with gain^2 / n, the biases with 0.01.
    """
    return Params(
        U=rng.normal(size=(n, d)) / d**0.5,
        W=rng.normal(size=(n, n)) * gain / n**0.5,
        b=rng.normal(size=(n, 1)) / 10,
        V=rng.normal(size=(m, n)) / n**0.5,
        c=rng.normal(size=(m, 1)) / 10,
    )


@shaped
def forward(
    params: Params,
    x: Annotated[Array, "T d B"],
    h0: Annotated[Array, "n B"],
    activation: Activation = TANH,
) -> Trace:
    """Run the network over the inputs x, from the state h0.

    The new arrays of the Trace hold ((T + 1) n + T m) B numbers.
    """
    U, W, b, V, c = params
    T = len(x)
    h = np.empty((T + 1, *h0.shape), h0.dtype)
    h[0] = h0
    for t in range(1, T + 1):
        a = U @ x[t - 1] + W @ h[t - 1] + b  # eq-a
        h[t] = activation.function(a)  # eq-h
    z = V @ h[1:] + c  # eq-z
    return Trace(x, h, z, activation)


@shaped
def backward(
    params: Params,
    trace: Trace,
    dz: Annotated[Array, "T m B"],
    dh_after: Annotated[Array | int, "n B"] = 0,
) -> Gradients:
    """Return the Gradients of the loss whose dL/dz_t is row t - 1 of dz.

    `dh_after` is what reaches h_T from beyond the last step; by default
    nothing does.

    >>> from bptt_core import losses, rnn
    >>> params = rnn.random_params(np.random.default_rng(0), d=2, n=3, m=4)
    >>> trace = rnn.forward(params, x=np.ones((5, 2, 1)), h0=np.zeros((3, 1)))
    >>> labels = np.zeros((5, 1), int)  # class 0 at each of five steps
    >>> dz = losses.output_gradient(trace.z, labels)
    >>> rnn.backward(params, trace, dz).params.W.shape
    (3, 3)
    """
    U, W, _, V, _ = params
    x, h, _, activation = trace
    # the local derivatives, for all t at once
    slope = activation.slope_from_output(h[1:])

    # the recursion, backward in time
    delta = np.empty_like(slope)
    through_next = dh_after
    for t in range(len(x), 0, -1):
        dh = V.T @ dz[t - 1] + through_next  # eq-dh
        delta[t - 1] = slope[t - 1] * dh  # eq-delta
        through_next = W.T @ delta[t - 1]

    return Gradients(
        # the sums over time
        Params(
            U=np.tensordot(delta, x, TIME_BATCH),  # eq-U
            W=np.tensordot(delta, h[:-1], TIME_BATCH),  # eq-W
            b=delta.sum(axis=(0, 2))[:, None],  # eq-b
            V=np.tensordot(dz, h[1:], TIME_BATCH),  # eq-V
            c=dz.sum(axis=(0, 2))[:, None],  # eq-c
        ),
        h0=through_next,  # eq-h0
        x=U.T @ delta,  # eq-x
        delta=delta,
    )
