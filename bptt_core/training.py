"""From gradients to training: optimisers, clipping, one loop.

Parameters and gradients are NamedTuples of arrays of the same class, as
`rnn.Params` and `lstm.Params` are. An optimiser is a plain function
`(params, gradient, state) -> (params, state)`; its first state is None.
Choose its rate with `functools.partial(adam, rate=0.01)`.
"""

from collections.abc import Callable, Iterable
from typing import Annotated, Any, NamedTuple, TypeVar

import numpy as np

from bptt_core import arrays
from bptt_core.arrays import Array

Params = TypeVar("Params", bound=NamedTuple)


def norm(gradient: Params) -> float:
    """Return the Euclidean norm of all entries of all arrays together.

    The entries are squared in units of the largest, so that no square
    overflows or underflows. The norm is infinite when an entry is, or when
    it is itself too large for a float; it is NaN when an entry is. Raises
    ValueError for a part that does not hold real numbers, TypeError for a
    gradient that is not a NamedTuple.
    """
    length, exponent = _scaled_norm(gradient)
    with np.errstate(over="ignore"):
        return float(np.ldexp(length, exponent))


def clip_by_norm(gradient: Params, threshold: float) -> Params:
    """Shorten the gradient to norm `threshold` if it is longer.

    Its direction stays. Raises ValueError unless threshold > 0 and the
    gradient is finite.
    Source: Pascanu, Mikolov and Bengio (2013), algorithm 1.
    """
    threshold = _positive(threshold)
    length, exponent = _scaled_norm(gradient)
    _check_finite(length)
    if norm(gradient) <= threshold:
        return gradient
    factor = threshold / length
    return type(gradient)(*(
        np.multiply(np.ldexp(part, -exponent), factor) for part in gradient
    ))


def clip_by_value(gradient: Params, threshold: float) -> Params:
    """Cut every entry to the range from -threshold to threshold.

    The direction changes as soon as one entry is cut and another is not.
    Raises ValueError as `clip_by_norm` does.
    """
    threshold = _positive(threshold)
    _check_finite(_scaled_norm(gradient)[0])
    return type(gradient)(*(
        np.clip(part, -threshold, threshold) for part in gradient
    ))


def sgd(
    params: Params, gradient: Params, state: None = None, rate: float = 0.1
) -> tuple[Params, None]:
    """One step downhill: params - rate * gradient. Returns params, None.

    Raises ValueError unless the gradient has the shapes of params, all is
    finite, and so is the rate; TypeError for classes that differ.
    """
    params, gradient, rate = _checked_step(params, gradient, rate)
    step = zip(params, gradient, strict=True)
    return type(params)(*(p - rate * g for p, g in step)), None


class AdamState(NamedTuple):
    """What Adam remembers: step count, means of gradient and its square."""

    steps: int
    mean: tuple
    square: tuple


def adam(
    params: Params,
    gradient: Params,
    state: AdamState | None = None,
    rate: float = 1e-3,
    keep: tuple[float, float] = (0.9, 0.999),
) -> tuple[Params, AdamState]:
    """One step of Adam.

    `keep` holds the shares of the old mean and the old mean square that
    are kept. Returns the new params and the new AdamState. Raises as `sgd`
    does, and for another state or shares that are not from 0 to below 1.
    Source: Kingma and Ba (2015), algorithm 1.
    """
    params, gradient, rate = _checked_step(params, gradient, rate)
    k1, k2 = _checked_shares(keep)
    if state is None:
        zeros = tuple(np.zeros_like(p) for p in params)
        state = AdamState(0, zeros, zeros)
    arrays.check_instance("state", state, AdamState)
    arrays.check_whole("state.steps", state.steps, least=0)
    steps, moved, means, squares = state.steps + 1, [], [], []
    for p, g, mean, square in zip(
        params,
        gradient,
        _checked_like(params, "state.mean", state.mean),
        _checked_like(params, "state.square", state.square),
        strict=True,
    ):
        mean = k1 * mean + (1 - k1) * g
        square = k2 * square + (1 - k2) * g**2
        size = np.sqrt(square / (1 - k2**steps)) + 1e-8
        moved.append(p - rate * (mean / (1 - k1**steps)) / size)
        means.append(mean)
        squares.append(square)
    return type(params)(*moved), AdamState(steps, tuple(means), tuple(squares))


class Run(NamedTuple):
    """Where training ended, and the loss of every batch on the way."""

    params: tuple
    losses: Annotated[Array, "N"]


def train(
    params: Params,
    objective: Callable[[Params, Any], tuple[float, Params]],
    batches: Iterable[Any],
    update: Callable[[Params, Params, Any], tuple[Params, Any]],
    threshold: float = np.inf,
    report: Callable[[int, float], Any] | None = None,
) -> Run:
    """Take one optimiser step for each batch.

    objective(params, batch) returns the loss and its gradient, a tuple of
    the class of params; `update` is an optimiser; gradients longer than
    `threshold` are clipped; report(step, loss), if given, is called after
    each step (`report=print` is one). Raises FloatingPointError, which
    names the step, when the loss is no longer finite; ValueError as
    `clip_by_norm` and the optimiser do; TypeError when objective, update or
    report is not a function, or batches is not iterable.
    """
    arrays.check_named("params", params)
    arrays.check_callable("objective", objective)
    arrays.check_callable("update", update)
    if report is not None:
        arrays.check_callable("report", report)
    threshold = _positive(threshold)
    try:
        batches = iter(batches)
    except TypeError:
        raise TypeError(
            f"batches must be iterable; got {type(batches).__qualname__}"
        ) from None
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


def _scaled_norm(gradient):
    """Return r and e: the norm is r 2^e, and r is no larger than needed.

    A power of two rounds nothing, and it brings the largest entry to
    between 1/2 and 1.
    """
    arrays.check_named("gradient", gradient)
    parts = [
        _real(f"gradient.{name}", part)
        for name, part in gradient._asdict().items()
    ]
    largest = np.max([np.abs(part).max(initial=0) for part in parts])
    if not np.isfinite(largest):
        return float(largest), 0
    exponent = int(np.frexp(largest)[1])
    squares = (np.ldexp(part, -exponent) ** 2 for part in parts)
    return float(np.sqrt(sum(map(np.sum, squares)))), exponent


def _real(name, part):
    """Return an array of real numbers, in double precision or beyond."""
    part = arrays.numeric(name, part)
    if part.dtype.kind == "c":
        raise ValueError(f"{name} must be real; got dtype {part.dtype}")
    return part.astype(np.result_type(part, np.float64), copy=False)


def _check_finite(length):
    if not np.isfinite(length):
        raise ValueError(f"gradient must be finite; got norm {length}")


def _positive(threshold):
    threshold = arrays.number("threshold", threshold, finite=False)
    if not threshold > 0:
        raise ValueError(f"threshold must be positive; got {threshold}")
    return threshold


def _checked_step(params, gradient, rate):
    arrays.check_named("params", params)
    arrays.check_instance("gradient", gradient, type(params))
    params = _checked_like(params, "params", params)
    gradient = _checked_like(params, "gradient", gradient)
    return params, gradient, arrays.number("rate", rate)


def _checked_like(params, name, parts):
    """Return the parts as finite arrays of the shapes of params.

    Broadcasting would let a gradient of another shape pass.
    """
    if not isinstance(parts, tuple) or len(parts) != len(params):
        raise ValueError(f"{name} must be a tuple of {len(params)} arrays")
    checked = []
    for field, part, param in zip(params._fields, parts, params, strict=True):
        part = arrays.checked(f"{name}.{field}", part, "...", {})
        if part.shape != np.shape(param):
            raise ValueError(
                f"{name}.{field} must have shape {np.shape(param)}; "
                f"got {part.shape}"
            )
        checked.append(part)
    return type(params)(*checked)


def _checked_shares(keep):
    try:
        first, second = (arrays.number("keep", share) for share in keep)
    except (TypeError, ValueError):
        first = second = 1.0
    if not (0 <= first < 1 and 0 <= second < 1):
        raise ValueError(
            f"keep must be two numbers from 0 to below 1; got {keep!r}"
        )
    return first, second
