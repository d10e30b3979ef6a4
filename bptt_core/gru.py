"""The gated recurrent unit: forward pass, and the gradients through time.

    r, z = logistic(a_r, a_z)      a_t = U x_t + W h_{t-1} + b for r and z
    n = tanh(a_n)                  a_n = U_n x_t + b_n + r (W_n h_{t-1} + b_m)
    h_t = z h_{t-1} + (1 - z) n

This is the cell of PyTorch, with the reset after the product. Logits stand
on the state, V h_t + c: they are `Trace.z`, as in every network; in an
equation z is the update gate. Sizes and arrays are those of `lstm.py`, with
three blocks of rows, r, z, n.
"""

from typing import Annotated, NamedTuple

import numpy as np

from bptt_core.activations import quiet_logistic as logistic
from bptt_core.arrays import TIME_BATCH, Array, Size, shaped


class Params(NamedTuple):
    """The parameters, or a gradient with respect to each of them."""

    U: Annotated[Array, "3n d"]  # input to gates; weight_ih_l0 of PyTorch
    W: Annotated[Array, "3n n"]  # hidden to gates; weight_hh_l0
    b: Annotated[Array, "3n 1"]  # bias_ih_l0, and for r and z bias_hh_l0 too
    bm: Annotated[Array, "n 1"]  # is reset; the last n of bias_hh_l0
    V: Annotated[Array, "m n"]  # hidden to output
    c: Annotated[Array, "m 1"]


class Trace(NamedTuple):
    """What the forward pass leaves behind."""

    x: Annotated[Array, "T d B"]
    h: Annotated[Array, "T+1 n B"]  # row 0 is h_0
    gates: Annotated[Array, "T 3n B"]  # activated
    z: Annotated[Array, "T m B"]  # the logits


class Gradients(NamedTuple):
    """Gradients of L; each has the shape of what it is a gradient of."""

    params: Params
    h0: Annotated[Array, "n B"]
    x: Annotated[Array, "T d B"]
    delta: Annotated[Array, "T 3n B"]  # row t - 1 is delta_t = dL/da_t


@shaped
def random_params(
    rng: np.random.Generator, d: Size, n: Size, m: Size, gain: float = 1.0
) -> Params:
    """Return random parameters, with the variances of `rnn.random_params`."""
    return Params(
        U=rng.normal(size=(3 * n, d)) / d**0.5,
        W=rng.normal(size=(3 * n, n)) * gain / n**0.5,
        b=rng.normal(size=(3 * n, 1)) / 10,
        bm=rng.normal(size=(n, 1)) / 10,
        V=rng.normal(size=(m, n)) / n**0.5,
        c=rng.normal(size=(m, 1)) / 10,
    )


@shaped
def forward(
    params: Params, x: Annotated[Array, "T d B"], h0: Annotated[Array, "n B"]
) -> Trace:
    """Run the network over the inputs x, from the state h0.

    The new arrays of the Trace hold ((T + 1) n + T (3n + m)) B numbers.
    """
    U, W, b, bm, V, c = params
    T, (n, B) = len(x), h0.shape
    h = np.empty((T + 1, n, B), h0.dtype)
    gates = np.empty((T, 3 * n, B), h0.dtype)
    h[0] = h0
    for t in range(1, T + 1):
        u_r, u_z, u_n = np.split(U @ x[t - 1] + b, 3)
        w_r, w_z, w_n = np.split(W @ h[t - 1], 3)
        r = logistic(u_r + w_r)  # eq-gru-r
        z = logistic(u_z + w_z)  # eq-gru-z
        m = w_n + bm  # eq-gru-m
        new = np.tanh(u_n + r * m)  # eq-gru-an-after
        h[t] = z * h[t - 1] + (1 - z) * new  # eq-gru-h
        gates[t - 1] = np.concatenate([r, z, new])
    return Trace(x, h, gates, V @ h[1:] + c)


@shaped
def backward(
    params: Params,
    trace: Trace,
    dz: Annotated[Array, "T m B"],
    dh_after: Annotated[Array | int, "n B"] = 0,
) -> Gradients:
    """Return the Gradients of the loss whose dL/dz_t is row t - 1 of dz.

    `dh_after` is what reaches h_T from beyond the last step.
    """
    (U, W, _, bm, V, _), (x, h, gates, _) = params, trace
    # the local derivatives, for all t at once
    r, z, new = np.split(gates, 3, axis=1)
    m = np.split(W, 3)[2] @ h[:-1] + bm  # eq-gru-m
    slope_r = r * (1 - r) * m
    slope_z = z * (1 - z) * (h[:-1] - new)
    slope_n = (1 - new * new) * (1 - z)

    # the recursion, backward in time
    delta, seen = np.empty_like(gates), np.empty_like(gates)
    through_next = dh_after
    for t in range(len(x), 0, -1):
        dh = V.T @ dz[t - 1] + through_next  # eq-gru-dh-after
        delta_n = slope_n[t - 1] * dh  # eq-gru-delta-n
        delta_z = slope_z[t - 1] * dh  # eq-gru-delta-z
        delta_r = slope_r[t - 1] * delta_n  # eq-gru-delta-r-after
        delta[t - 1] = np.concatenate([delta_r, delta_z, delta_n])
        seen[t - 1] = np.concatenate([delta_r, delta_z, r[t - 1] * delta_n])
        through_next = z[t - 1] * dh + W.T @ seen[t - 1]

    return Gradients(
        # the sums over time
        Params(
            U=np.tensordot(delta, x, TIME_BATCH),
            W=np.tensordot(seen, h[:-1], TIME_BATCH),  # eq-gru-Wn-after
            b=delta.sum(axis=(0, 2))[:, None],
            bm=seen[:, -len(bm) :].sum(axis=(0, 2))[:, None],  # eq-gru-bm
            V=np.tensordot(dz, h[1:], TIME_BATCH),  # eq-V
            c=dz.sum(axis=(0, 2))[:, None],  # eq-c
        ),
        h0=through_next,
        x=U.T @ delta,
        delta=delta,
    )
