"""How derivatives flow through time: products of Jacobians, in logarithms.

The derivative of the last state with respect to an early one is a product,

    ds_T/ds_t = J_T ... J_{t+2} J_{t+1},     J_t = ds_t/ds_{t-1},

that soon leaves the range of floating point. Here its size is carried as a
logarithm beside a matrix of ordinary size, so that no horizon is too long.
All logarithms are natural. One sequence at a time; T steps, k states (n for
the Elman network; h above c, 2n, for the LSTM).
"""

from itertools import combinations
from typing import Annotated

import numpy as np

from bptt_core import arrays, lstm, rnn
from bptt_core.arrays import Array, shaped

Jacobians = Annotated[Array, "T k k"]
Matrix = Annotated[Array, "k k"]

ALL = slice(None)
SWEEPS = 60


@shaped
def rnn_jacobians(
    params: rnn.Params, trace: rnn.Trace, sequence: int = 0
) -> Annotated[Array, "T n n"]:
    """Return dh_t/dh_{t-1} = diag(slope_t) W for t = 1 ... T, (T, n, n)."""
    h = _one_sequence(trace.h, sequence)
    slope = trace.activation.slope_from_output(h[1:])
    return slope * params.W  # eq-h-jacobian


@shaped
def lstm_jacobians(
    params: lstm.Params, trace: lstm.Trace, sequence: int = 0
) -> Annotated[Array, "T 2n 2n"]:
    """Return d(h_t, c_t)/d(h_{t-1}, c_{t-1}), (T, 2n, 2n), h above c.

    Rows and columns `slice(n)` belong to h, `slice(n, 2 * n)` to c.
    """
    c, gates, tanh_c = (
        _one_sequence(array, sequence)
        for array in (trace.c, trace.gates, trace.tanh_c)
    )
    i, f, o, g = lstm.split_gates(gates)
    W_i, W_f, W_o, W_g = np.split(params.W, 4)
    c_from_h = (
        i * (1 - i) * g * W_i
        + f * (1 - f) * c[:-1] * W_f
        + (1 - g * g) * i * W_g
    )
    c_from_c = f * np.eye(params.W.shape[1])
    h_from_c_now = o * (1 - tanh_c * tanh_c)
    h_from_h = o * (1 - o) * tanh_c * W_o + h_from_c_now * c_from_h
    return np.block(
        [[h_from_h, h_from_c_now * c_from_c], [c_from_h, c_from_c]]
    )


@shaped
def log_norms(
    jacobians: Jacobians, rows: slice = ALL, columns: slice = ALL
) -> Annotated[Array, "T+1"]:
    """Return log ||ds_T/ds_t||, the 2-norm, for t = 0 ... T: (T + 1,).

    `rows` and `columns` are slices of the state: log ||dc_T/dc_t|| for
    cells in both. A derivative that is zero has the logarithm -inf.
    Raises ValueError for jacobians that are not (T, k, k) and finite and for
    slices that choose nothing, TypeError for rows or columns that are not a
    slice.
    """
    jacobians = _real(jacobians)
    T, k, _ = jacobians.shape
    _check_slices(k, rows=rows, columns=columns)
    product, log_scale = np.eye(k)[rows], 0.0
    logs = np.empty(T + 1)
    for t in range(T, -1, -1):
        logs[t] = log_scale + _log(np.linalg.norm(product[:, columns], 2))
        if t > 0:
            product = product @ jacobians[t - 1]
            size = np.abs(product).max() or 1.0
            product, log_scale = product / size, log_scale + np.log(size)
    return logs


@shaped
def log_singular_values(
    jacobians: Jacobians, rows: slice = ALL, columns: slice = ALL
) -> Annotated[Array, "T+1 r"]:
    """Return the logarithms of all singular values of ds_T/ds_t, falling.

    The shape is (T + 1, r), for r rows; `rows` and `columns` are slices of
    the state and must choose equally many. The small ones are as accurate
    as the large ones, however far apart they lie. Raises ValueError as
    `log_norms` does.
    """
    jacobians = _real(jacobians)
    T, k, _ = jacobians.shape
    _check_slices(k, rows=rows, columns=columns)
    identity = np.eye(k)
    left, right = identity[:, rows], identity[columns]
    if left.shape[::-1] != right.shape:
        raise ValueError(
            "rows and columns must choose equally many states; "
            f"got {left.shape[1]} and {len(right)}"
        )
    factors = left, np.zeros(left.shape[1]), np.eye(left.shape[1])
    vectors = np.empty((T + 1, *right[:, rows].shape))
    log_lengths = np.empty(vectors.shape[:2])
    for t in range(T, -1, -1):
        _, log_lengths[t], vectors[t] = _multiplied(right, *factors)
        if t > 0:
            factors = _multiplied(jacobians[t - 1].T, *factors)
    return _singular_values(vectors, log_lengths)


@shaped
def lyapunov_exponents(jacobians: Jacobians) -> Annotated[Array, "k"]:
    """Return the mean growth rates per step, falling: (k,).

    The logarithms of the diagonals of R in J_t Q_{t-1} = Q_t R_t, over T
    (Benettin and others, 1980). A rate above zero means that some
    perturbation grows exponentially on the way forward; a rate of minus
    infinity, that one is lost in a Jacobian, exactly or by rounding. Raises
    ValueError as `log_norms` does.
    """
    jacobians = _real(jacobians)
    Q = np.eye(jacobians.shape[1])
    total = np.zeros(len(Q))
    for J in jacobians:
        Q, R = np.linalg.qr(J @ Q)
        total += _log(np.abs(np.diag(R)))
    return np.sort(total / len(jacobians))[::-1]


@shaped
def spectral_radius(matrix: Matrix) -> float:
    """Return the largest absolute value of an eigenvalue of a (k, k) array.

    It rules the powers of the matrix in the long run; a single step may do
    more or less.
    """
    matrix = _double("matrix", matrix)
    return float(np.abs(np.linalg.eigvals(matrix)).max())


@shaped
def spectral_norm(matrix: Matrix) -> float:
    """Return the largest singular value of a (k, k) array.

    It bounds what one step can do to the length of a vector.
    """
    matrix = _double("matrix", matrix)
    return float(np.linalg.norm(matrix, 2))


@np.errstate(divide="ignore", invalid="ignore")  # the logarithm of zero
def _multiplied(A, Q, log_d, M):
    """Return A Q exp(log_d) M again as such a product of three.

    Q has orthonormal columns, and every row of M a largest entry of one.
    Entries of different scale never meet: columns of A Q are taken in the
    order of their lengths, and a row of R is divided by its own largest
    entry, so that M stays well conditioned.
    """
    AQ = A @ Q
    order = np.argsort(-np.log(np.linalg.norm(AQ, axis=0)) - log_d)
    Q, R = np.linalg.qr(AQ[:, order])
    log_R = np.log(np.abs(R)) + log_d[order]
    log_d = log_R.max(axis=1)
    R = np.sign(R) * np.exp(log_R - log_d[:, None])
    M = np.where(np.isnan(R), 0, R) @ M[order]
    size = np.abs(M).max(axis=1)
    return Q, log_d + np.log(size), M / np.where(size > 0, size, 1)[:, None]


@np.errstate(divide="ignore", invalid="ignore")
def _singular_values(rows, log_d):
    """Return the log singular values of many matrices exp(log_d) rows.

    One-sided Jacobi: rotate two rows of a matrix until they are orthogonal,
    over all pairs, until all are; their lengths are then the singular
    values (Hestenes, 1958). A row is kept at length one, beside the
    logarithm of its length. `rows` is (N, r, r), `log_d` (N, r).
    """
    rows, log_d = rows.swapaxes(0, 1).copy(), log_d.T[..., None].copy()

    def keep(j, row):
        length = np.linalg.norm(row, axis=1, keepdims=True)
        log_d[j] += np.log(length)
        rows[j] = row / np.where(length > 0, length, 1)

    for j, row in enumerate(rows):
        keep(j, row)
    for _ in range(SWEEPS):
        worst = 0.0
        for j, k in combinations(range(len(rows)), 2):
            longer = log_d[j] >= log_d[k]
            first = np.where(longer, rows[j], rows[k])
            second = np.where(longer, rows[k], rows[j])
            log_d[j], log_d[k] = (
                np.maximum(log_d[j], log_d[k]),
                np.minimum(log_d[j], log_d[k]),
            )
            cosine = (first * second).sum(axis=1, keepdims=True)
            ratio = np.nan_to_num(np.exp(log_d[k] - log_d[j]))
            gap = 1 - ratio**2
            slant = 2 * cosine / (gap + np.hypot(gap, 2 * ratio * cosine))
            slant = np.nan_to_num(slant)  # tangent of the angle, over ratio
            scale = 1 / np.hypot(1, ratio * slant)
            keep(j, scale * (first + ratio**2 * slant * second))
            keep(k, scale * (second - slant * first))
            worst = max(worst, np.abs(cosine).max())
        if worst < 1e-15 * rows.shape[-1]:
            return np.sort(log_d[..., 0].T)[:, ::-1]
    raise ArithmeticError("Jacobi rotations did not converge")


def _one_sequence(array, sequence):
    """Return the columns of one sequence, (T, n, 1)."""
    B = array.shape[2]
    arrays.check_whole("sequence", sequence, least=0, most=B - 1)
    return array[:, :, [sequence]]


def _real(jacobians):
    if jacobians.dtype.kind == "c":
        raise ValueError(
            f"jacobians must be real; got dtype {jacobians.dtype}"
        )
    return _double("jacobians", jacobians)


@np.errstate(over="ignore")
def _double(name, array):
    """Return the array in double precision: LAPACK knows no half, no long."""
    kind = np.complex128 if array.dtype.kind == "c" else np.float64
    array = array.astype(kind, copy=False)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must fit into double precision")
    return array


def _check_slices(k, **slices):
    for name, part in slices.items():
        arrays.check_instance(name, part, slice)
        try:
            chosen = range(k)[part]
        except (TypeError, ValueError):
            chosen = ()
        if not chosen:
            raise ValueError(
                f"{name} must choose some of the {k} states; got {part}"
            )


@np.errstate(divide="ignore")
def _log(value):
    return np.log(value)
