"""From gradients to training: optimisers, clipping, one loop.

Parameters and gradients are NamedTuples of arrays of the same class, as
`rnn.Params` and `lstm.Params` are. An optimiser is a plain function
`(params, gradient, state) -> (params, state)`; its first state is None.
Choose its rate with `functools.partial(adam, rate=0.01)`.
"""

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

import numpy as np

from bptt_core import arrays
from bptt_core.arrays import Array, Positive, shaped

Params = TypeVar("Params", bound=NamedTuple)


def norm(gradient: Params) -> float:
    """Return the Euclidean norm of all entries of all arrays together.

    No square overflows or underflows. The norm is infinite when an entry is
    or when it is too large for a float, and NaN when an entry is.
    """
    return arrays.norm(_entries(gradient))


@shaped
def clip_by_norm(gradient: Params, threshold: Positive) -> Params:
    """Shorten the gradient to norm `threshold` if it is longer.

    Its direction stays (Pascanu, Mikolov and Bengio, 2013, algorithm 1).
    """
    if norm(gradient) <= threshold:
        return gradient
    exponent = int(np.frexp(np.abs(_entries(gradient)).max())[1])
    unit = type(gradient)(*(np.ldexp(part, -exponent) for part in gradient))
    factor = threshold / norm(unit)  # that of the whole may be infinite
    return type(gradient)(*(factor * part for part in unit))


@shaped
def clip_by_value(gradient: Params, threshold: Positive) -> Params:
    """Cut every entry to the range from -threshold to threshold.

    The direction changes as soon as one entry is cut and another is not.
    """
    return type(gradient)(
        *(np.clip(part, -threshold, threshold) for part in gradient)
    )


@shaped
def sgd(
    params: Params, gradient: Params, state: None = None, rate: float = 0.1
) -> tuple[Params, None]:
    """One step downhill: params - rate * gradient. Returns params, None."""
    step = zip(params, gradient, strict=True)
    return type(params)(*(p - rate * g for p, g in step)), None


MEAN, SQUARE = 0.9, 0.999  # the shares that Adam keeps of its old means


class AdamState(NamedTuple, Generic[Params]):
    """What Adam remembers: step count, means of gradient and its square."""

    steps: Annotated[int, 0]
    mean: Params
    square: Params


@shaped
def adam(
    params: Params,
    gradient: Params,
    state: AdamState | None = None,
    rate: float = 1e-3,
) -> tuple[Params, AdamState]:
    """One step of Adam. Returns the new params and the new AdamState.

    Source: Kingma and Ba (2015), algorithm 1.
    """
    zeros = type(params)(*map(np.zeros_like, params))
    state = state or AdamState(0, zeros, zeros)
    steps, moved, means, squares = state.steps + 1, [], [], []
    for p, g, mean, square in zip(
        params, gradient, state.mean, state.square, strict=True
    ):
        means.append(MEAN * mean + (1 - MEAN) * g)
        squares.append(SQUARE * square + (1 - SQUARE) * g**2)
        size = np.sqrt(squares[-1] / (1 - SQUARE**steps)) + 1e-8
        moved.append(p - rate * (means[-1] / (1 - MEAN**steps)) / size)
    moved, *state = (type(params)(*p) for p in (moved, means, squares))
    return moved, AdamState(steps, *state)


class Run(NamedTuple):
    """Where training ended, and the loss of every batch on the way."""

    params: tuple
    losses: Annotated[Array, "N"]


@shaped
def train(
    params: Params,
    objective: Callable[[Params, Any], tuple[float, Params]],
    batches: Iterable[Any],
    update: Callable[[Params, Params, Any], tuple[Params, Any]],
    threshold: Positive = np.inf,
) -> Run:
    """Take one optimiser step for each batch.

    objective(params, batch) returns the loss and its gradient, a tuple of
    the class of params; `update` is an optimiser; gradients longer than
    `threshold` are clipped. Raises FloatingPointError, which names the
    step, when the loss is no longer finite.
    """
    state, losses = None, []
    for step, batch in enumerate(batches, start=1):
        loss, gradient = objective(params, batch)
        if not np.isfinite(loss):
            raise FloatingPointError(f"loss {loss} at step {step}")
        gradient = clip_by_norm(gradient, threshold)
        params, state = update(params, gradient, state)
        losses.append(loss)
    return Run(params, np.array(losses))


def _entries(gradient):
    """Return all entries of all arrays as one array."""
    if not hasattr(gradient, "_fields"):
        raise arrays.of_other_class("gradient", "NamedTuple", gradient)
    parts = gradient._asdict().items()
    return np.concatenate(
        [arrays.real(f"gradient.{name}", part).ravel() for name, part in parts]
    )
