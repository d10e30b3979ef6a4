"""Arrays as they come in, checked, and arrays over time, side by side.

Every check names the argument, what was expected, and what came.
"""

from cmath import isfinite
from numbers import Real

import numpy as np

# Of so many columns, steps times sequences, a segment of time is made: its
# arrays stay in the cache, and a product over them is still a large one.
COLUMNS = 512

LONGEST_AXIS = np.iinfo(np.intp).max


def checked(name, value, axes, sizes):
    """Return `value` as a finite numeric array with the named axes.

    `axes` names every axis in order, "T d B"; "..." in front stands for any
    leading axes. `sizes` maps names of axes to lengths: a name met for the
    first time is entered, a known one must agree; "1" is always one.

    Raises ValueError for ragged or non-numeric data, for a wrong number of
    axes, an empty axis, a length that disagrees, and for NaN or infinity.
    """
    value = numeric(name, value)
    lengths, named = value.shape, axes.split()
    if named[0] == "...":
        del named[0]
        lengths = lengths[max(0, len(lengths) - len(named)) :]
    wrong = len(lengths) != len(named) or 0 in value.shape
    for axis, length in zip(named, lengths, strict=False):
        expected = 1 if axis == "1" else sizes.setdefault(axis, length)
        wrong = wrong or length != expected
    if wrong:
        axes = axes.split()
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


def checked_or_zero(name, value, axes, sizes, dtype):
    """Return what `checked` does, or zeros of known sizes for None."""
    if value is None:
        return np.zeros([sizes[axis] for axis in axes.split()], dtype)
    return checked(name, value, axes, sizes)


def numeric(name, value):
    """Return `value` as an array of numbers, or raise ValueError."""
    if type(value) is not np.ndarray:
        value = _plain(name, value)
    if value.dtype.kind not in "biufc":
        raise ValueError(
            f"{name} must hold real or complex numbers; "
            f"got dtype {value.dtype}"
        )
    return value


def _plain(name, value):
    if isinstance(value, np.ma.MaskedArray):
        raise ValueError(f"{name} must be a plain array; got a masked one")
    try:
        return np.asarray(value)
    except ValueError:
        raise ValueError(
            f"{name} must be an array; got rows of unequal length"
        ) from None


def same_dtype(*values):
    """Return the arrays in their common floating or complex dtype.

    Integers follow the others; where all are integers, float64 is taken.
    """
    found = {a.dtype for a in values}
    inexact = {dtype for dtype in found if dtype.kind in "fc"}
    dtype = np.result_type(*inexact) if inexact else np.dtype(np.float64)
    if found == {dtype}:
        return list(values)
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


def check_sizes(**sizes):
    """Raise ValueError unless every named size is an integer above zero."""
    for name, size in sizes.items():
        check_whole(name, size, least=1)


def check_whole(name, value, least, most=None):
    """Raise ValueError unless `value` is an integer in this range.

    Without `most` it must still be one that an axis can have as its size.
    """
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    highest = LONGEST_AXIS if most is None else most
    if not whole or not least <= value <= highest:
        bounds = f"of at least {least}"
        if most is not None or (whole and value > highest):
            bounds = f"from {least} to {highest}"
        raise ValueError(f"{name} must be an integer {bounds}; got {value!r}")


def number(name, value, finite=True):
    """Return `value`, one real number and not NaN, as a float.

    Raises ValueError for anything else, and for infinity where it must be
    finite.
    """
    one = isinstance(value, Real) and not isinstance(value, bool)
    if isinstance(value, np.ndarray):
        one = value.shape == () and value.dtype.kind in "iuf"
    try:
        result = float(value) if one else np.nan
    except OverflowError:  # an integer beyond the range of floats
        result = np.nan
    if np.isnan(result) or (finite and np.isinf(result)):
        kind = "finite real" if finite else "real"
        raise ValueError(f"{name} must be a {kind} number; got {value!r}")
    return result


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


def zeros_of(params):
    """Return parameters that are all zero, of these shapes and dtypes."""
    return type(params)(*(np.zeros(p.shape, p.dtype) for p in params))


def add(total, parts):
    """Add to every array of `total`, in place, its counterpart in `parts`."""
    for whole, part in zip(total, parts, strict=True):
        whole += part
