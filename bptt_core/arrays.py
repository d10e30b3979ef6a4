"""Arrays as they come in, checked, and arrays over time, side by side.

Every check names the argument, what was expected, and what came.
"""

from cmath import isfinite
from numbers import Real

import numpy as np

# Of so many columns, steps times sequences, a segment of time is made: its
# arrays stay in the cache, and a product over them is still a large one.
COLUMNS = 512


def checked(name, value, axes, sizes):
    """Return `value` as a finite numeric array with the named axes.

    `axes` names every axis in order, "T d B"; "..." in front stands for any
    leading axes. `sizes` maps names of axes to lengths: a name met for the
    first time is entered, a known one must agree; "1" is always one.

    Raises ValueError for ragged or non-numeric data, for a wrong number of
    axes, an empty axis, a length that disagrees, and for NaN or infinity.
    """
    value = numeric(name, value)
    axes = axes.split()
    lengths = value.shape
    if axes[0] == "...":
        lengths = lengths[max(0, len(lengths) - len(axes) + 1) :]
    named = [axis for axis in axes if axis != "..."]
    wrong = len(lengths) != len(named) or 0 in value.shape
    for axis, length in zip(named, lengths, strict=False):
        expected = 1 if axis == "1" else sizes.setdefault(axis, length)
        wrong = wrong or length != expected
    if wrong:
        names = ", ".join(axes)
        known = ", ".join(str(sizes.get(axis, axis)) for axis in axes)
        raise ValueError(
            f"{name} must have shape ({names}), here ({known}), with no "
            f"empty axis; got shape {value.shape}"
        )
    # A finite sum of squares shows it at once; one that is not may only have
    # overflowed.
    seen = isfinite(np.vdot(value, value))
    if not (seen or np.isfinite(value).all()):
        at = tuple(map(int, np.argwhere(~np.isfinite(value))[0]))
        raise ValueError(f"{name} must be finite; got {value[at]} at {at}")
    return value


def numeric(name, value):
    """Return `value` as an array of numbers, or raise ValueError."""
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
    return value


def same_dtype(*values):
    """Return the arrays in their common floating or complex dtype.

    Integers follow the others; where all are integers, float64 is taken.
    """
    inexact = {a.dtype for a in values if a.dtype.kind in "fc"}
    dtype = np.result_type(*inexact) if inexact else np.dtype(np.float64)
    return [a.astype(dtype, copy=False) for a in values]


def check_instance(name, value, kind):
    """Raise TypeError unless `value` is an instance of the class `kind`."""
    if not isinstance(value, kind):
        came = type(value)
        raise TypeError(
            f"{name} must be a {kind.__module__}.{kind.__qualname__}; "
            f"got {came.__module__}.{came.__qualname__}"
        )


def check_callable(name, value):
    """Raise TypeError unless `value` can be called."""
    if not callable(value):
        raise TypeError(
            f"{name} must be a function; got {type(value).__qualname__}"
        )


def check_sizes(least=1, **sizes):
    """Raise ValueError unless every named size is such an integer.

    It is `least` or more, and no more than an axis can have.
    """
    for name, size in sizes.items():
        whole = isinstance(size, int | np.integer) and size is not True
        if not whole or not least <= size <= np.iinfo(np.intp).max:
            raise ValueError(
                f"{name} must be an integer of at least {least}; got {size!r}"
            )


def check_number(name, value):
    """Raise ValueError unless `value` is one real number and finite."""
    number = isinstance(value, Real) and value is not True
    if not number or not isfinite(value):
        raise ValueError(
            f"{name} must be a finite real number; got {value!r}"
        )


def columns(array):
    """Return (T, n, B) as (n, T B): all columns of all steps side by side.

    A sum over time and batch is then one matrix product:
    columns(p) @ columns(q).T is the sum of p_t q_t^T.
    """
    return array.transpose(1, 0, 2).reshape(array.shape[1], -1)


def segments(*over_time):
    """Yield the rows of arrays over time, a segment each, the last one first.

    The first array is (T, n, B). Of the others with T rows the same rows
    are given; of those with T + 1 rows one more, so that a segment, too,
    begins with the state in front of it. All are views.
    """
    T, _, B = over_time[0].shape
    length = max(1, COLUMNS // B)
    for start in reversed(range(0, T, length)):
        stop = min(start + length, T)
        yield [array[start : stop + len(array) - T] for array in over_time]


def backward_in_time(*over_time):
    """Yield the rows of arrays over time together, the last step first."""
    return zip(*map(reversed, over_time), strict=True)


def add(total, parts):
    """Add to every array of `total`, in place, its counterpart in `parts`."""
    for whole, part in zip(total, parts, strict=True):
        whole += part
