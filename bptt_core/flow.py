"""How derivatives flow through time: products of Jacobians, in logarithms.

The derivative of the last state with respect to an early one is a product,

    ds_T/ds_t = J_T ... J_{t+2} J_{t+1},     J_t = ds_t/ds_{t-1},

that soon leaves the range of floating point. Here its size is carried as a
logarithm beside a matrix of ordinary size, so that no horizon is too long.
All logarithms are natural. One sequence at a time; T steps, k states (n for
the Elman network; h above c, 2n, for the LSTM).
"""

from typing import Annotated

import numpy as np

from bptt_core import arrays, lstm, rnn
from bptt_core.arrays import Array, shaped

Jacobians = Annotated[Array, "T k k"]
Matrix = Annotated[Array, "k k"]

ALL = slice(None)


@shaped
def rnn_jacobians(
    params: rnn.Params, trace: rnn.Trace, sequence: Annotated[int, 0] = 0
) -> Annotated[Array, "T n n"]:
    """Return dh_t/dh_{t-1} = diag(slope_t) W for t = 1 ... T, (T, n, n)."""
    (h,) = _of_sequence(sequence, trace.h)
    slope = trace.activation.slope_from_output(h[1:])
    return slope * params.W  # eq-h-jacobian


@shaped
def lstm_jacobians(
    params: lstm.Params, trace: lstm.Trace, sequence: Annotated[int, 0] = 0
) -> Annotated[Array, "T 2n 2n"]:
    """Return d(h_t, c_t)/d(h_{t-1}, c_{t-1}), (T, 2n, 2n), h above c.

    Rows and columns `slice(n)` belong to h, `slice(n, 2 * n)` to c.
    """
    c, gates, tanh_c = _of_sequence(sequence, *trace[2:5])
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
@np.errstate(divide="ignore")  # the logarithm of zero
def log_norms(
    jacobians: Jacobians, rows: slice = ALL, columns: slice = ALL
) -> Annotated[Array, "T+1"]:
    """Return log ||ds_T/ds_t||, the 2-norm, for t = 0 ... T: (T + 1,).

    `rows` and `columns` are slices of the state: log ||dc_T/dc_t|| for
    cells in both. A derivative that is zero has the logarithm -inf.
    Raises ValueError for slices that choose nothing.
    """
    jacobians = _double("jacobians", jacobians)
    T, k, _ = jacobians.shape
    for name, part in (("rows", rows), ("columns", columns)):
        if np.eye(k)[part].size == 0:
            raise ValueError(
                f"{name} must choose some of the {k} states; got {part}"
            )
    product, log_scale = np.eye(k)[rows], 0.0
    logs = np.empty(T + 1)
    for t in range(T, -1, -1):
        logs[t] = log_scale + np.log(np.linalg.norm(product[:, columns], 2))
        if t > 0:
            product = product @ jacobians[t - 1]
            size = np.abs(product).max() or 1.0
            product, log_scale = product / size, log_scale + np.log(size)
    return logs


@shaped
@np.errstate(divide="ignore")
def lyapunov_exponents(jacobians: Jacobians) -> Annotated[Array, "k"]:
    """Return the mean growth rates per step, falling: (k,).

    The logarithms of the diagonals of R in J_t Q_{t-1} = Q_t R_t, over T
    (Benettin and others, 1980). A rate above zero means that some
    perturbation grows exponentially on the way forward; a rate of minus
    infinity, that one is lost in a Jacobian, exactly or by rounding.
    """
    jacobians = _double("jacobians", jacobians)
    Q = np.eye(jacobians.shape[1])
    total = np.zeros(len(Q))
    for J in jacobians:
        Q, R = np.linalg.qr(J @ Q)
        total += np.log(np.abs(np.diag(R)))
    return np.sort(total / len(jacobians))[::-1]


@shaped
def spectral_radius(matrix: Matrix) -> float:
    """Return the largest absolute value of an eigenvalue of a (k, k) array.

    It rules the powers of the matrix in the long run; a single step may do
    more or less: its spectral norm, `np.linalg.norm(matrix, 2)`, bounds that.
    """
    return float(np.abs(np.linalg.eigvals(_double("matrix", matrix))).max())


def _of_sequence(sequence, *over_time):
    """Return the columns of one sequence of each array, (T, n, 1)."""
    B = over_time[0].shape[2]
    if sequence >= B:
        wanted = f"an integer from 0 to {B - 1}"
        raise ValueError(f"sequence must be {wanted}; got {sequence}")
    return [array[:, :, [sequence]] for array in over_time]


@np.errstate(over="ignore")
def _double(name, array):
    """Return a real array in double precision: LAPACK knows no other."""
    array = arrays.real(name, array).astype(np.float64, copy=False)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must fit into double precision")
    return array
