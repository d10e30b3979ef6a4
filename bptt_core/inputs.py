"""Checks of what a caller hands in: argument, expectation, finding."""

import numpy as np


def array(name, value, axes, sizes):
    """Return `value` as a finite numeric array with the named axes.

    `axes` names every axis, `"T d B"`; a final `...` in front stands for any
    leading axes. `sizes` maps axis names to lengths: a name met for the
    first time is entered, a known one must agree.

    Raises ValueError for ragged or non-numeric data, a wrong number of
    axes, an empty axis, a length that disagrees, and NaN or infinity.
    """
    try:
        value = np.asarray(value)
    except ValueError:
        raise ValueError(
            f"{name} must be an array; got rows of unequal length"
        ) from None
    if value.dtype.kind not in "biufc":
        raise ValueError(
            f"{name} must hold real or complex numbers; "
            f"got dtype {value.dtype}"
        )
    check_shape(name, value.shape, axes, sizes)
    finite = np.isfinite(value)
    if not finite.all():
        at = tuple(int(k) for k in np.argwhere(~finite)[0])
        raise ValueError(f"{name} must be finite; got {value[at]} at {at}")
    return value


def check_shape(name, shape, axes, sizes):
    """Raise ValueError unless `shape` fits the named axes; fill `sizes`."""
    axes = axes.split()
    lengths = shape
    if axes[0] == "...":
        axes, lengths = axes[1:], shape[max(len(shape) - len(axes) + 1, 0):]
    fits = len(lengths) == len(axes) and all(
        length >= 1 and sizes.get(axis, length) == length
        for axis, length in zip(axes, lengths, strict=True)
    )
    if not fits:
        known = [str(sizes.get(axis, axis)) for axis in axes]
        raise ValueError(
            f"{name} must have shape ({', '.join(axes)})"
            f" = ({', '.join(known)}), no axis empty; got {shape}"
        )
    sizes.update(zip(axes, lengths, strict=True))


def same_dtype(*arrays):
    """Return the arrays in their common floating or complex dtype.

    Integers follow the others; where all are integers, float64 is taken.
    """
    inexact = [a.dtype for a in arrays if a.dtype.kind in "fc"]
    dtype = np.result_type(*inexact) if inexact else np.dtype(np.float64)
    return [a.astype(dtype, copy=False) for a in arrays]


def instance(name, value, kind):
    """Raise TypeError unless `value` is an instance of the class `kind`."""
    if not isinstance(value, kind):
        raise TypeError(
            f"{name} must be a {kind.__module__}.{kind.__qualname__}; "
            f"got {type(value).__module__}.{type(value).__qualname__}"
        )


def check_sizes(**sizes):
    """Raise ValueError unless every named size is an integer above zero."""
    for name, size in sizes.items():
        if not isinstance(size, int | np.integer) or size < 1:
            raise ValueError(
                f"{name} must be an integer of at least 1; got {size!r}"
            )
