"""Softmax and cross-entropy: the loss at the output, and its gradient.

Classes are on the axis before the last, sequences on the last; over time an
array is (T, m, B). A target `y` is either labels, integers of shape (T, B),
or distributions of shape (T, m, B).
"""

import numpy as np

from bptt_core import inputs


def softmax(z):
    """Return the probabilities of logits z, (..., m, B), on axis -2.

    Equation eq-yhat. The largest logit is taken off first: it cancels, and
    no exponential overflows. Raises ValueError for a bad z.
    """
    (z,) = inputs.same_dtype(inputs.array("z", z, "... m B", {}))
    e = np.exp(z - z.real.max(axis=-2, keepdims=True))
    return e / e.sum(axis=-2, keepdims=True)  # eq-yhat


def softmax_jacobian(yhat):
    """Return d yhat_k / d z_l, (..., m, m, B), rows k, from (..., m, B).

    Equation eq-softmax-jacobian; `yhat` is what softmax returned.
    """
    (yhat,) = inputs.same_dtype(inputs.array("yhat", yhat, "... m B", {}))
    kronecker = np.eye(yhat.shape[-2], dtype=yhat.dtype)[:, :, None]
    row, column = yhat[..., :, None, :], yhat[..., None, :, :]
    return row * (kronecker - column)  # eq-softmax-jacobian


def one_hot(labels, m):
    """Return distributions (T, m, B), all mass on the labels (T, B)."""
    if not isinstance(m, int | np.integer) or m < 1:
        raise ValueError(f"m must be an integer of at least 1; got {m!r}")
    labels = _labels("labels", labels, m, {})
    return (np.arange(m)[:, None] == labels[:, None, :]).astype(float)


def step_cross_entropy(z, y):
    """Return L_t of every step and sequence, (T, B), from logits z.

    Equation eq-step-loss, with log yhat computed from the logits.
    """
    z, y = _logits_and_targets(z, y)
    shifted = z - z.real.max(axis=-2, keepdims=True)
    log_sum = np.log(np.exp(shifted).sum(axis=-2, keepdims=True))
    return -(y * (shifted - log_sum)).sum(axis=-2)  # eq-step-loss


def cross_entropy(z, y, over_time="sum"):
    """Return the scalar L: summed over sequences, `over_time` over steps.

    `over_time` is "sum" (eq-loss) or "mean" (eq-loss-mean, 1/T in front).
    """
    losses = step_cross_entropy(z, y)
    return losses.sum() * _weight(over_time, len(losses))  # eq-loss


def output_gradient(z, y, over_time="sum"):
    """Return dL/dz_t, (T, m, B): what both backward functions start from.

    Equation eq-ce-logits. The factor in front of yhat is the sum of the
    targets: one, unless the distributions in y do not sum to one.
    """
    z, y = _logits_and_targets(z, y)
    total = y.sum(axis=-2, keepdims=True)
    dz = total * softmax(z) - y  # eq-ce-logits
    return dz * _weight(over_time, len(dz))


def _weight(over_time, T):
    if over_time not in ("sum", "mean"):
        raise ValueError(
            f'over_time must be "sum" or "mean"; got {over_time!r}'
        )
    return 1.0 if over_time == "sum" else 1.0 / T


def _logits_and_targets(z, y):
    sizes = {}
    z = inputs.array("z", z, "T m B", sizes)
    if np.ndim(y) == 2:
        labels = _labels("y", y, sizes["m"], sizes)
        (z,) = inputs.same_dtype(z)
        return z, one_hot(labels, sizes["m"]).astype(z.dtype)
    return inputs.same_dtype(z, inputs.array("y", y, "T m B", sizes))


def _labels(name, labels, m, sizes):
    labels = inputs.array(name, labels, "T B", sizes)
    if labels.dtype.kind not in "iu":
        raise ValueError(
            f"{name} must hold integer class labels; "
            f"got dtype {labels.dtype}"
        )
    if labels.min() < 0 or labels.max() >= m:
        raise ValueError(
            f"{name} must lie in 0 … {m - 1} for {m} classes; "
            f"got {labels.min()} … {labels.max()}"
        )
    return labels
