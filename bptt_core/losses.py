"""Softmax and cross-entropy: the loss at the output, and its gradient.

Classes are on the axis before the last, sequences on the last; over time an
array is (T, m, B). A target `y` is either labels, integers of shape (T, B),
or distributions of shape (T, m, B).
"""

from typing import Annotated, Literal

import numpy as np

from bptt_core import arrays
from bptt_core.arrays import Array, Size, shaped


@shaped
def softmax(z: Annotated[Array, "... m B"]) -> Array:
    """Return the probabilities of logits z, (..., m, B), on axis -2.

    Equation eq-yhat. The largest logit is subtracted first: it cancels, and
    no exponential overflows.
    """
    e = np.exp(z - z.real.max(axis=-2, keepdims=True))
    return e / e.sum(axis=-2, keepdims=True)  # eq-yhat


@shaped
def one_hot(labels: Array, m: Size) -> Array:
    """Return distributions (T, m, B) with all weight on labels (T, B)."""
    return _one_hot("labels", labels, {"m": m}, np.float64)


@shaped
def step_cross_entropy(
    z: Annotated[Array, "T m B"], y: Array
) -> Annotated[Array, "T B"]:
    """Return L_t of every step and sequence, (T, B), from logits z.

    Equation eq-step-loss, with log yhat taken from the logits, so that a
    probability too small for a float has a finite loss.
    """
    y = _distributions(y, z)
    z = z - z.real.max(axis=-2, keepdims=True)
    log_yhat = z - np.log(np.exp(z).sum(axis=-2, keepdims=True))
    return -(y * log_yhat).sum(axis=-2)  # eq-step-loss


def cross_entropy(
    z: Annotated[Array, "T m B"],
    y: Array,
    over_time: Literal["sum", "mean"] = "sum",
) -> float:
    """Return the scalar L, summed over sequences and over time.

    `over_time="sum"` is equation eq-loss, "mean" is eq-loss-mean: over T.
    """
    losses = step_cross_entropy(z, y)
    return losses.sum() * _factor(over_time, len(losses))  # eq-loss


@shaped
def output_gradient(
    z: Annotated[Array, "T m B"],
    y: Array,
    over_time: Literal["sum", "mean"] = "sum",
) -> Annotated[Array, "T m B"]:
    """Return dL/dz_t, (T, m, B): what the backward functions start from.

    Equation eq-ce-logits for targets of any sum: yhat is multiplied by the
    sum of the targets, which is one for labels and distributions.
    """
    y = _distributions(y, z)
    total = y.sum(axis=-2, keepdims=True)
    dz = total * softmax(z) - y  # eq-ce-logits
    return dz * _factor(over_time, len(z))


def _factor(over_time, T):
    if isinstance(over_time, str) and over_time in ("sum", "mean"):
        return 1.0 if over_time == "sum" else 1.0 / T
    raise ValueError(f'over_time must be "sum" or "mean"; got {over_time!r}')


def _distributions(y, z):
    """Return the target y as distributions, integers in the dtype of z."""
    y, known = arrays.numeric("y", y), dict(zip("TmB", z.shape, strict=True))
    if y.ndim == 2:
        return _one_hot("y", y, known, z.dtype)
    y = arrays.checked("y", y, "T m B", known)
    return y if y.dtype.kind in "fc" else y.astype(z.dtype)


def _one_hot(name, labels, known, dtype):
    labels, m = arrays.checked(name, labels, "T B", known), known["m"]
    if labels.dtype.kind not in "iu":
        raise ValueError(
            f"{name} must hold integer class labels; got dtype {labels.dtype}"
        )
    if labels.min() < 0 or labels.max() >= m:
        raise ValueError(
            f"{name} must hold labels from 0 to {m - 1}, for {m} classes; "
            f"got {labels.min()} to {labels.max()}"
        )
    return (np.arange(m)[:, None] == labels[:, None, :]).astype(dtype)
