"""Softmax and cross-entropy: the loss at the output, and its gradient.

Classes are on the axis before the last, sequences on the last; over time an
array is (T, m, B). A target `y` is either labels, integers of shape (T, B),
or distributions of shape (T, m, B).
"""

from typing import Annotated, Literal

import numpy as np

from bptt_core import arrays
from bptt_core.arrays import Array, shaped


@shaped
def softmax(z: Annotated[Array, "... m B"]) -> Array:
    """Return the probabilities of logits z, (..., m, B), on axis -2.

    Equation eq-yhat. The largest logit is subtracted first: it cancels, and
    no exponential overflows. Raises ValueError for a bad z.
    """
    e = np.exp(z - z.real.max(axis=-2, keepdims=True))
    return e / e.sum(axis=-2, keepdims=True)  # eq-yhat


def one_hot(labels: Array, m: int) -> Array:
    """Return distributions (T, m, B) with all weight on labels (T, B).

    Raises ValueError for labels that are not integers in 0 ... m - 1.
    """
    arrays.check_sizes(m=m)
    return _one_hot("labels", labels, m, {}, np.float64)


def step_cross_entropy(
    z: Annotated[Array, "T m B"], y: Array
) -> Annotated[Array, "T B"]:
    """Return L_t of every step and sequence, (T, B), from logits z.

    Equation eq-step-loss, with log yhat taken from the logits, so that a
    probability too small for a float has a finite loss. Raises ValueError
    for a bad z or y.
    """
    z, y = _logits_and_targets(z, y)
    z = z - z.real.max(axis=-2, keepdims=True)
    log_yhat = z - np.log(np.exp(z).sum(axis=-2, keepdims=True))
    return -(y * log_yhat).sum(axis=-2)  # eq-step-loss


def cross_entropy(
    z: Annotated[Array, "T m B"],
    y: Array,
    over_time: Literal["sum", "mean"] = "sum",
) -> float:
    """Return the scalar L, summed over sequences and over time.

    `over_time="sum"` is equation eq-loss; "mean" puts 1/T in front, as in
    eq-loss-mean. Raises ValueError for a bad z, y or over_time.
    """
    losses = step_cross_entropy(z, y)
    return losses.sum() * _factor(over_time, len(losses))  # eq-loss


def output_gradient(
    z: Annotated[Array, "T m B"],
    y: Array,
    over_time: Literal["sum", "mean"] = "sum",
) -> Annotated[Array, "T m B"]:
    """Return dL/dz_t, (T, m, B): what the backward functions start from.

    Equation eq-ce-logits for targets of any sum: yhat is multiplied by the
    sum of the targets, which is one for labels and distributions. Raises
    ValueError for a bad z, y or over_time.
    """
    z, y = _logits_and_targets(z, y)
    total = y.sum(axis=-2, keepdims=True)
    dz = total * softmax(z) - y  # eq-ce-logits
    return dz * _factor(over_time, len(dz))


def _factor(over_time, T):
    if isinstance(over_time, str) and over_time in ("sum", "mean"):
        return 1.0 if over_time == "sum" else 1.0 / T
    raise ValueError(
        f'over_time must be "sum" or "mean"; got {over_time!r}'
    )


def _logits_and_targets(z, y):
    sizes = {}
    z = arrays.checked("z", z, "T m B", sizes)
    y = arrays.numeric("y", y)
    if y.ndim == 2:
        (z,) = arrays.same_dtype(z)
        return z, _one_hot("y", y, sizes["m"], sizes, z.dtype)
    return arrays.same_dtype(z, arrays.checked("y", y, "T m B", sizes))


def _one_hot(name, labels, m, sizes, dtype):
    labels = arrays.checked(name, labels, "T B", sizes)
    if labels.dtype.kind not in "iu":
        raise ValueError(
            f"{name} must hold integer class labels; "
            f"got dtype {labels.dtype}"
        )
    if labels.min() < 0 or labels.max() >= m:
        raise ValueError(
            f"{name} must hold labels from 0 to {m - 1}, for {m} classes; "
            f"got {labels.min()} to {labels.max()}"
        )
    return (np.arange(m)[:, None] == labels[:, None, :]).astype(dtype)
