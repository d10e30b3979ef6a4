"""Arrays as they come in: shapes as types, and one check that reads them.

An argument or a field says its shape once, in its annotation:

    x: Annotated[Array, "T d B"]        h: Annotated[Array, "T+1 n B"]

A letter stands for one length wherever it occurs in a call. Every check
names the argument, what was expected, and what came.
"""

import inspect
import re
from cmath import isfinite
from collections.abc import Callable
from functools import cache, wraps
from numbers import Real
from typing import Any, ParamSpec, TypeVar, get_type_hints

import numpy as np

Array = np.ndarray
TIME_BATCH = (0, 2), (0, 2)  # a tensordot over these axes of two arrays
P, R = ParamSpec("P"), TypeVar("R")

LONGEST_AXIS = np.iinfo(np.intp).max
AXIS = re.compile(r"(\d*)([A-Za-z]*)(?:\+(\d+))?")  # "d", "4n", "T+1", "1"


def shaped(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function, behind a check of its annotated arguments.

    Each argument that is annotated with a shape must be such an array, and
    each one annotated with a NamedTuple of such fields must be that tuple;
    the letters agree among all of them. A default stays as it is. The
    function gets its arrays in one common dtype. Raises ValueError as
    `checked` does, TypeError for an instance of another class.
    """
    signature = inspect.signature(function)
    defaults = {n: p.default for n, p in signature.parameters.items()}
    hints = get_type_hints(function, include_extras=True)
    checks = {n: hints[n] for n in defaults if _is_checked(hints[n])}

    @wraps(function)
    def behind_the_check(*args: P.args, **kwargs: P.kwargs) -> R:
        given = dict(zip(defaults, args, strict=False)) | kwargs
        if len(given) < len(args) + len(kwargs):
            signature.bind(*args, **kwargs)  # it says what is too much
        sizes: dict[str, int] = {}
        for name, hint in checks.items():
            if name in given and given[name] is not defaults[name]:
                given[name] = as_annotated(name, given[name], hint, sizes)
        found = [given[name] for name in checks if name in given]
        dtypes = {array.dtype for array in _arrays_in(found)}
        common = _common(dtypes)
        if dtypes - {common}:
            given |= {
                name: _cast(given[name], common)
                for name in checks
                if name in given
            }
        return function(**given)

    return behind_the_check


def as_annotated(
    name: str, value: Any, hint: Any, sizes: dict[str, int]
) -> Any:
    """Return the value with all arrays in it checked against its annotation.

    `sizes` and what raises are as for `checked` and `shaped`.
    """
    if axes := _axes(hint):
        return checked(name, value, axes, sizes)
    check_instance(name, value, hint)
    found = {
        field: as_annotated(
            f"{name}.{field}", getattr(value, field), of_field, sizes
        )
        for field, of_field in _checked_fields(hint)
    }
    return value._replace(**found) if found else value


@cache
def _checked_fields(kind):
    """Return the fields that have a shape: "m n" before "4n d".

    What n is, is said best by an axis that is n alone.
    """
    if not hasattr(kind, "_fields"):
        return []
    hints = get_type_hints(kind, include_extras=True).items()
    return sorted(
        ((field, hint) for field, hint in hints if _is_checked(hint)),
        key=lambda pair: any(len(axis) > 1 for axis in _axes(pair[1]).split()),
    )


def _is_checked(hint):
    named = hasattr(hint, "_fields") or hint is np.random.Generator
    return named or _axes(hint) != ""


def _axes(hint):
    return getattr(hint, "__metadata__", ("",))[0]


def _arrays_in(values):
    for value in values:
        if isinstance(value, Array):
            yield value
        elif isinstance(value, tuple):
            yield from _arrays_in(value)


def _cast(value, dtype):
    if isinstance(value, tuple):
        return type(value)(*(_cast(part, dtype) for part in value))
    if isinstance(value, Array):
        return value.astype(dtype, copy=False)
    return value


def checked(
    name: str, value: Any, axes: str, sizes: dict[str, int]
) -> Array:
    """Return `value` as a finite numeric array with the named axes.

    `axes` names every axis in order, "T d B"; "..." in front stands for any
    leading axes. `sizes` maps letters to lengths: a letter met for the
    first time is entered, a known one must agree. "4n" is four times n,
    "T+1" one more than T, and "1" is always one.

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
        wrong = (length != _expected(axis, sizes, length)) or wrong
    if wrong:
        axes = axes.split()
        names = ", ".join(axes)
        known = ", ".join(str(_expected(axis, sizes)) for axis in axes)
        raise ValueError(
            f"{name} must have shape ({names}), here ({known}), with no "
            f"empty axis; got shape {value.shape}"
        )
    # Where the sum of squares is finite, every entry is. Where it is not, it
    # may only have overflowed, and the entries are asked one by one.
    seen = isfinite(np.vdot(value, value))
    if not (seen or np.isfinite(value).all()):
        at = tuple(map(int, np.argwhere(~np.isfinite(value))[0]))
        raise ValueError(f"{name} must be finite; got {value[at]} at {at}")
    return value


def _expected(axis, sizes, length=None):
    """Return how long an axis must be, or its name as long as that is open.

    Given a length, an open letter takes the size that fits it best.
    """
    times, letter, more = _parsed(axis)
    if not letter:
        return times if axis[0].isdigit() else axis
    if length is not None:
        sizes.setdefault(letter, max(1, (length - more) // times))
    return times * sizes[letter] + more if letter in sizes else axis


@cache
def _parsed(axis):
    """Return times, letter and more of an axis: 4, "n", 0 for "4n"."""
    times, letter, more = AXIS.match(axis).groups()
    return int(times or 1), letter, int(more or 0)


def numeric(name: str, value: Any) -> Array:
    """Return `value` as an array of numbers, or raise ValueError."""
    if type(value) is not Array:
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


def same_dtype(*values: Array) -> list[Array]:
    """Return the arrays in their common floating or complex dtype.

    Integers follow the others; where all are integers, float64 is taken.
    """
    dtype = _common({a.dtype for a in values})
    return [a.astype(dtype, copy=False) for a in values]


def _common(dtypes):
    inexact = {dtype for dtype in dtypes if dtype.kind in "fc"}
    return np.result_type(*inexact) if inexact else np.dtype(np.float64)


def check_instance(name: str, value: Any, kind: type) -> None:
    """Raise TypeError unless `value` is an instance of the class `kind`."""
    if not isinstance(value, kind):
        came = type(value)
        raise TypeError(
            f"{name} must be a {kind.__module__}.{kind.__qualname__}; "
            f"got {came.__module__}.{came.__qualname__}"
        )


def check_named(name: str, value: Any) -> None:
    """Raise TypeError unless `value` is a NamedTuple."""
    if not isinstance(value, tuple) or not hasattr(value, "_fields"):
        raise TypeError(
            f"{name} must be a NamedTuple of arrays; "
            f"got {type(value).__qualname__}"
        )


def check_callable(name: str, value: Any) -> None:
    """Raise TypeError unless `value` can be called."""
    if not callable(value):
        raise TypeError(
            f"{name} must be a function; got {type(value).__qualname__}"
        )


def check_sizes(**sizes: Any) -> None:
    """Raise ValueError unless every named size is an integer above zero."""
    for name, size in sizes.items():
        check_whole(name, size, least=1)


def check_whole(
    name: str, value: Any, least: int, most: int | None = None
) -> None:
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


def number(name: str, value: Any, finite: bool = True) -> float:
    """Return `value`, one real number and not NaN, as a float.

    Raises ValueError for anything else, and for infinity where it must be
    finite.
    """
    one = isinstance(value, Real) and not isinstance(value, bool)
    if isinstance(value, Array):
        one = value.shape == () and value.dtype.kind in "iuf"
    try:
        result = float(value) if one else np.nan
    except OverflowError:  # an integer beyond the range of floats
        result = np.nan
    if np.isnan(result) or (finite and np.isinf(result)):
        kind = "finite real" if finite else "real"
        raise ValueError(f"{name} must be a {kind} number; got {value!r}")
    return result
