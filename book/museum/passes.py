"""Five more plain passes, in the style of `bptt_core.rnn`, for the museum.

Each is a network from x (T, d, B) to z (T, m, B), written as its bugs need
it: a mask at every step, two directions, a scan in blocks, a normaliser, a
short filter. Names and shapes are those of the core; every pass returns the
gradient of L for its parameters and for what it reads.
"""

from types import SimpleNamespace as Record

import numpy as np

TIME_BATCH = ((0, 2), (0, 2))


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def outer(delta, x):
    """The sum over t of delta_t x_t^T, batch included."""
    return np.tensordot(delta, x, TIME_BATCH)


# a state that is kept where its mask is 0, and dropout before the output


def masked_forward(p, x, h0, keep, drop):
    """h_t = keep_t tanh(a_t) + (1 - keep_t) h_{t-1}, z_t = V (drop_t h_t)."""
    h, g = [h0], []
    for t in range(1, len(x) + 1):
        g.append(np.tanh(p.U @ x[t - 1] + p.W @ h[t - 1] + p.b))
        h.append(keep[t - 1] * g[-1] + (1 - keep[t - 1]) * h[t - 1])
    h, g = np.array(h), np.array(g)
    z = p.V @ (drop * h[1:]) + p.c
    return Record(x=x, h=h, g=g, keep=keep, drop=drop, z=z)


def masked_backward(p, trace, dz):
    x, h, g = trace.x, trace.h, trace.g
    keep, drop = trace.keep, trace.drop
    delta = np.empty_like(g)
    through_next = 0
    for t in range(len(x), 0, -1):
        dh = drop[t - 1] * (p.V.T @ dz[t - 1]) + through_next
        delta[t - 1] = keep[t - 1] * (1 - g[t - 1] ** 2) * dh
        through_next = p.W.T @ delta[t - 1] + (1 - keep[t - 1]) * dh
    return {
        "U": outer(delta, x),
        "W": outer(delta, h[:-1]),
        "b": delta.sum(axis=(0, 2))[:, None],
        "V": outer(dz, drop * h[1:]),
        "c": dz.sum(axis=(0, 2))[:, None],
        "h0": through_next,
        "x": p.U.T @ delta,
    }


# two directions over the same input


def two_ways_forward(p, x):
    """h_t reads from the left, g_t from the right; z_t reads both."""
    start = np.zeros((len(p.W), x.shape[-1]))
    h, g = [start], [start]
    for t in range(1, len(x) + 1):
        h.append(np.tanh(p.U @ x[t - 1] + p.W @ h[-1]))
    for t in range(len(x), 0, -1):
        g.append(np.tanh(p.P @ x[t - 1] + p.Q @ g[-1]))
    h, g = np.array(h), np.array(g[::-1])
    z = p.V @ h[1:] + p.R @ g[:-1] + p.c
    return Record(x=x, h=h, g=g, z=z)


def two_ways_backward(p, trace, dz):
    x, h, g = trace.x, trace.h, trace.g
    dh, dg = p.V.T @ dz, p.R.T @ dz
    delta, gamma = np.empty_like(dh), np.empty_like(dg)
    dx = np.zeros_like(x)
    carry = 0
    for t in range(len(x), 0, -1):
        delta[t - 1] = (1 - h[t] ** 2) * (dh[t - 1] + carry)
        carry = p.W.T @ delta[t - 1]
        dx[t - 1] = p.U.T @ delta[t - 1]
    carry = 0
    for t in range(1, len(x) + 1):
        gamma[t - 1] = (1 - g[t - 1] ** 2) * (dg[t - 1] + carry)
        carry = p.Q.T @ gamma[t - 1]
        dx[t - 1] += p.P.T @ gamma[t - 1]
    return {
        "U": outer(delta, x),
        "W": outer(delta, h[:-1]),
        "P": outer(gamma, x),
        "Q": outer(gamma, g[1:]),
        "V": outer(dz, h[1:]),
        "R": outer(dz, g[:-1]),
        "c": dz.sum(axis=(0, 2))[:, None],
        "x": dx,
    }


# a gated linear recurrence, scanned in blocks as the kernels do

BLOCK = 4


def scan_forward(p, x, s0):
    """s_t = f_t s_{t-1} + U x_t with f_t = sigmoid(P x_t + b)."""
    f, s = sigmoid(p.P @ x + p.b), [s0]
    for t in range(1, len(x) + 1):
        s.append(f[t - 1] * s[t - 1] + p.U @ x[t - 1])
    s = np.array(s)
    return Record(x=x, s=s, f=f, z=p.V @ s[1:] + p.c)


def scan_backward(p, trace, dz):
    x, s, f = trace.x, trace.s, trace.f
    T = len(x)
    up = p.V.T @ dz
    ds = np.empty_like(up)
    carry = 0 * s[0]
    for end in range(T, 0, -BLOCK):
        start = max(end - BLOCK, 0)
        local, through = 0 * s[0], 0 * s[0] + 1
        for t in range(end, start, -1):
            local = up[t - 1] + local
            ds[t - 1] = local + carry * through
            local = f[t - 1] * local
            through = f[t - 1] * through
        carry = local + carry * through
    df = ds * s[:-1] * f * (1 - f)
    return {
        "U": outer(ds, x),
        "P": outer(df, x),
        "b": df.sum(axis=(0, 2))[:, None],
        "V": outer(dz, s[1:]),
        "c": dz.sum(axis=(0, 2))[:, None],
        "s0": carry,
        "x": p.U.T @ ds + p.P.T @ df,
    }


# a weighted mean of the past: linear attention, one entry at a time


def mean_forward(p, x):
    """z_t = V (s_t / n_t): s_t adds k_t v_t, n_t adds the weights k_t."""
    k, v = np.exp(p.K @ x), p.U @ x
    s, n = np.cumsum(k * v, axis=0), np.cumsum(k, axis=0)
    return Record(x=x, k=k, v=v, s=s, n=n, z=p.V @ (s / n) + p.c)


def from_the_end(array):
    """The sum over all steps from t on, for every t."""
    return np.cumsum(array[::-1], axis=0)[::-1]


def mean_backward(p, trace, dz):
    x, k, v, s, n = trace.x, trace.k, trace.v, trace.s, trace.n
    do = p.V.T @ dz
    ds = from_the_end(do / n)
    dn = from_the_end(-do * s / n**2)
    dk = ds * v + dn
    return {
        "K": outer(dk * k, x),
        "U": outer(ds * k, x),
        "V": outer(dz, s / n),
        "c": dz.sum(axis=(0, 2))[:, None],
        "x": p.K.T @ (dk * k) + p.U.T @ (ds * k),
    }


# a filter over the last WIDTH inputs, which hands its window on

WIDTH = 4


def filter_forward(p, x, past):
    """s_t = sum over j of a_j (U x_{t-j}); `past` holds what came before.

    `past` and `last`, which goes to the next part of the sequence, are the
    WIDTH newest columns, the newest at the end.
    """
    u = np.concatenate([past, p.U @ x])
    T = len(x)
    s = sum(p.a[j] * u[WIDTH - j : WIDTH - j + T] for j in range(WIDTH))
    return Record(x=x, u=u, s=s, z=p.V @ s + p.c, last=u[T:])


def filter_backward(p, trace, dz, dlast):
    x, u, s = trace.x, trace.u, trace.s
    T = len(x)
    up = p.V.T @ dz
    du = np.zeros_like(u)
    for t in range(T):
        for j in range(WIDTH):
            du[WIDTH + t - j] += p.a[j] * up[t]
    for slot in range(WIDTH):
        du[T + slot] += dlast[slot]
    da = [
        sum(up[t] * u[WIDTH + t - j] for t in range(T)).sum(axis=1)
        for j in range(WIDTH)
    ]
    return {
        "a": np.array(da)[..., None],
        "U": outer(du[WIDTH:], x),
        "V": outer(dz, s),
        "c": dz.sum(axis=(0, 2))[:, None],
        "past": du[:WIDTH],
        "x": p.U.T @ du[WIDTH:],
    }
