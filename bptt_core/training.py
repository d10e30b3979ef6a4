"""From gradients to training: optimisers, clipping, one loop.

Parameters and gradients are NamedTuples of arrays of the same class, as
`rnn.Params` and `lstm.Params` are. An optimiser is a plain function
`(params, gradient, state) -> (params, state)`; its first state is None.
Choose its rate with `functools.partial(adam, rate=0.01)`.
"""

import sys
from typing import NamedTuple

import numpy as np

from bptt_core import arrays


def norm(gradient):
    """Euclidean norm of all entries of all arrays together: a float.

    Infinity or NaN among the entries make it infinite or NaN. Raises
    ValueError for a part that does not hold numbers.
    """
    parts = (
        arrays.numeric(f"gradient.{name}", part)
        for name, part in zip(gradient._fields, gradient, strict=True)
    )
    return float(np.sqrt(sum(np.sum(part**2) for part in parts)))


def clip_by_norm(gradient, threshold):
    """Shorten the gradient to norm `threshold` if it is longer.

    Its direction stays. Raises ValueError unless threshold > 0 and the
    gradient is finite.
    Source: Pascanu, Mikolov and Bengio (2013), algorithm 1.
    """
    length = _length_to_clip(gradient, threshold)
    if length <= threshold:
        return gradient
    factor = threshold / length
    return type(gradient)(*(np.multiply(part, factor) for part in gradient))


def clip_by_value(gradient, threshold):
    """Cut every entry to the range from -threshold to threshold.

    The direction changes as soon as one entry is cut and another is not.
    Raises ValueError as `clip_by_norm` does.
    """
    _length_to_clip(gradient, threshold)
    return type(gradient)(*(
        np.clip(part, -threshold, threshold) for part in gradient
    ))


def sgd(params, gradient, state=None, rate=0.1):
    """One step downhill: params - rate * gradient. Returns params, None."""
    step = zip(params, gradient, strict=True)
    return type(params)(*(p - rate * g for p, g in step)), None


class AdamState(NamedTuple):
    """What Adam remembers: step count, means of gradient and its square."""

    steps: int
    mean: tuple
    square: tuple


def adam(params, gradient, state=None, rate=1e-3, keep=(0.9, 0.999)):
    """One step of Adam.

    `keep` holds the shares of the old mean and the old mean square that
    are kept. Returns the new params and the new AdamState.
    Source: Kingma and Ba (2015), algorithm 1.
    """
    if state is None:
        zeros = tuple(np.zeros_like(p) for p in params)
        state = AdamState(0, zeros, zeros)
    k1, k2 = keep
    steps = state.steps + 1
    mean = tuple(
        k1 * m + (1 - k1) * g
        for m, g in zip(state.mean, gradient, strict=True)
    )
    square = tuple(
        k2 * s + (1 - k2) * g**2
        for s, g in zip(state.square, gradient, strict=True)
    )
    params = type(params)(*(
        p - rate * (m / (1 - k1**steps))
        / (np.sqrt(s / (1 - k2**steps)) + 1e-8)
        for p, m, s in zip(params, mean, square, strict=True)
    ))
    return params, AdamState(steps, mean, square)


class Run(NamedTuple):
    """Where training ended, and the loss of every batch on the way."""

    params: tuple
    losses: np.ndarray


def train(params, objective, batches, update, threshold=np.inf, report=None):
    """Take one optimiser step for each batch.

    objective(params, batch) returns the loss and its gradient, a tuple of
    the class of params; `update` is an optimiser; gradients longer than
    `threshold` are clipped; report(step, loss), if given, is called after
    each step. Returns a Run. Raises FloatingPointError, naming the step,
    when the loss is no longer finite.
    """
    state, losses = None, []
    for step, batch in enumerate(batches, start=1):
        loss, gradient = objective(params, batch)
        if not np.isfinite(loss):
            raise FloatingPointError(f"loss {loss} at step {step}")
        gradient = clip_by_norm(gradient, threshold)
        params, state = update(params, gradient, state)
        losses.append(loss)
        if report is not None:
            report(step, loss)
    return Run(params, np.array(losses))


def progress_bar(steps, width=30):
    """Return a `report` for `train` that draws one line to stderr.

    `steps` is the number of batches. Raises ValueError unless steps >= 1.
    """
    if steps < 1:
        raise ValueError(f"steps: expected at least 1, got {steps}")

    def report(step, loss):
        filled = width * step // steps
        line = f"[{'#' * filled:{width}}] {step}/{steps}  loss {loss:.4f}"
        print(f"\r{line}", end="\n" if step == steps else "",
              file=sys.stderr, flush=True)

    return report


def _length_to_clip(gradient, threshold):
    if not threshold > 0:
        raise ValueError(
            f"threshold: expected a positive number, got {threshold}"
        )
    length = norm(gradient)
    if not np.isfinite(length):
        raise ValueError(f"gradient must be finite; got norm {length}")
    return length
