"""Arguments as they come in: an annotation says what one must be.

    x: Annotated[Array, "T d B"]    a finite array of this shape
    n: Annotated[int, 1]            an integer of at least 1
    rate: float                     one finite number
    rng: np.random.Generator        an instance of this class
    trace: rnn.Trace                such a tuple, and each of its fields
    gradient: Params                a TypeVar: any NamedTuple of arrays

A letter stands for one length wherever it occurs in a call, and a TypeVar
for one class, its fields for one shape each. What is wrong is said in one
form: the argument, what it must be, and what came.
"""

import inspect
import re
from cmath import isfinite
from collections.abc import Callable
from functools import cache, partial, wraps
from numbers import Real
from operator import is_
from types import NoneType, UnionType
from typing import Annotated, Any, ParamSpec, TypeVar, get_args, get_origin
from typing import get_type_hints as hints_of

import numpy as np

Array = np.ndarray
Size = Annotated[int, 1]
Positive = Annotated[float, "positive"]  # or infinite
Inputs = Annotated[Array, "T d B"]
State = Annotated[Array, "n B"]
Logits = Annotated[Array, "T m B"]
FromBeyond = Annotated[Array | int, "n B"]  # what reaches a last state
TIME_BATCH = (0, 2), (0, 2)  # a tensordot over these axes of two arrays
P, R = ParamSpec("P"), TypeVar("R")

DOUBLE = {np.dtype(np.float64)}
UNCHECKED = {Array, Any, int, str}
LONGEST_AXIS = np.iinfo(np.intp).max
AXIS = re.compile(r"(\d*)([A-Za-z]*)(?:\+(\d+))?")  # "d", "4n", "T+1", "1"


def shaped(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function, behind a check of its annotated arguments.

    A default stays as it is. The function gets its arrays in their common
    floating or complex dtype. Raises ValueError for a wrong array or number,
    TypeError for an instance of another class.
    """
    signature = inspect.signature(function)
    defaults = {n: p.default for n, p in signature.parameters.items()}
    hints = hints_of(function, include_extras=True)
    checks = {n: check for n in defaults if (check := check_of(hints[n]))}

    @wraps(function)
    def behind_the_check(*args: P.args, **kwargs: P.kwargs) -> R:
        given = dict(zip(defaults, args, strict=False)) | kwargs
        if len(given) < len(args) + len(kwargs):
            signature.bind(*args, **kwargs)  # it says what is too much
        known: dict[Any, Any] = {}
        found = {
            name: check(name, given[name], known)
            for name, check in checks.items()
            if name in given and given[name] is not defaults[name]
        }
        dtypes = {key for key in known if isinstance(key, np.dtype)}
        if dtypes and dtypes != DOUBLE:
            inexact = [dtype for dtype in dtypes if dtype.kind in "fc"]
            common = np.result_type(*inexact or DOUBLE)
            found = {n: _cast(value, common) for n, value in found.items()}
        return function(**given | found)

    return behind_the_check


def check_of(hint: Any) -> Callable | None:
    """Return check(name, value, known) -> value for an annotation, or None.

    `known` holds what letters and TypeVars stand for: one met for the first
    time is entered, a known one must agree. It also gathers the dtypes.
    """
    said = getattr(hint, "__metadata__", (None,))[0]
    if hint in (float, Positive):
        return lambda name, value, _: number(name, value, hint is not float)
    if isinstance(said, int):
        return lambda name, value, _: whole(name, value, said)
    if isinstance(said, str):
        return lambda name, value, known: checked(name, value, said, known)
    if isinstance(hint, TypeVar):
        return partial(_alike, hint)
    kinds = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    kinds = tuple(get_origin(k) or k for k in kinds if k is not NoneType)
    if UNCHECKED.isdisjoint(kinds) and all(isinstance(k, type) for k in kinds):
        return partial(_instance, kinds)
    return None


def checked(name: str, value: Any, axes: str, known: dict[Any, Any]) -> Array:
    """Return `value` as a finite numeric array with the named axes.

    `axes` names every axis in order, "T d B"; "..." in front stands for any
    leading axes. "4n" is four times n, "T+1" one more than T, and "1" is
    always one. Raises ValueError for anything else, and for an empty axis.
    """
    value = numeric(name, value)
    wanted = _parsed(axes)
    leading = value.ndim - len(wanted) if axes.startswith("...") else 0
    lengths = value.shape[leading:]
    fits = len(lengths) == len(wanted) and 0 not in value.shape
    if fits:
        for part, length in zip(wanted, lengths, strict=True):
            axis, times, letter, more = part
            size = length  # of a plain letter, the most frequent axis
            if axis != letter:
                size = max(1, (length - more) // times) if letter else 1
            size = known.setdefault(letter, size)
            fits = fits and length == times * size + more
    if not fits:
        size = {"": 1} | known
        here = ["..."] * axes.startswith("...") + [
            f"{times * size[letter] + more}" if letter in size else axis
            for axis, times, letter, more in wanted
        ]
        raise ValueError(
            f"{name} must have shape ({axes.replace(' ', ', ')}), here "
            f"({', '.join(here)}), with no empty axis; got shape {value.shape}"
        )
    # Where the sum of squares is finite, every entry is. Where it is not, it
    # may only have overflowed, and the entries are asked one by one.
    if not (isfinite(np.vdot(value, value)) or np.isfinite(value).all()):
        at = tuple(map(int, np.argwhere(~np.isfinite(value))[0]))
        raise ValueError(f"{name} must be finite; got {value[at]} at {at}")
    known[value.dtype] = None
    return value


@cache
def _parsed(axes):
    """Return each axis with times, letter and more: 4, "n", 0 for "4n"."""
    axes = [axis for axis in axes.split() if axis != "..."]
    parts = [(axis, *AXIS.match(axis).groups()) for axis in axes]
    return [(axis, int(k or 1), n, int(j or 0)) for axis, k, n, j in parts]


def numeric(name: str, value: Any) -> Array:
    """Return `value` as an array of numbers, or raise ValueError."""
    if isinstance(value, np.ma.MaskedArray):
        raise ValueError(f"{name} must be a plain array; got a masked one")
    if type(value) is not Array:
        try:
            value = np.asarray(value)
        except ValueError:
            came = "rows of unequal length"
            raise ValueError(f"{name} must be an array; got {came}") from None
    if value.dtype.kind not in "biufc":
        wanted = "hold real or complex numbers"
        raise ValueError(f"{name} must {wanted}; got dtype {value.dtype}")
    return value


def real(name: str, value: Any) -> Array:
    """Return a real array in double precision or beyond, or raise."""
    array = numeric(name, value)
    if array.dtype.kind == "c":
        raise ValueError(f"{name} must be real; got dtype {array.dtype}")
    return array.astype(np.result_type(array, np.float64), copy=False)


def norm(array: Array) -> float:
    """Return the Euclidean norm; no square overflows or underflows."""
    largest = float(np.abs(array).max(initial=0))
    if not 0 < largest < np.inf:
        return largest
    return largest * float(np.linalg.norm(array / largest))


def whole(name: str, value: Any, least: int) -> int:
    """Return an integer that an axis can have as its size, or raise."""
    fits = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not fits or not least <= value <= LONGEST_AXIS:
        why = ", too long for an axis" if fits and value > least else ""
        wanted = f"an integer of at least {least}"
        raise ValueError(f"{name} must be {wanted}; got {value!r}{why}")
    return value


def number(name: str, value: Any, positive: bool = False) -> float:
    """Return a real number as a float: a finite one, or a positive one."""
    one = isinstance(value, Real) and not isinstance(value, bool)
    try:
        result = float(value) if one else np.nan
    except OverflowError:  # an integer beyond the range of floats
        result = np.nan
    if result > 0 if positive else np.isfinite(result):
        return result
    wanted = "a positive" if positive else "a finite"
    raise ValueError(f"{name} must be {wanted} real number; got {value!r}")


def _instance(kinds, name, value, known):
    """Return an instance of one of the classes, its fields checked."""
    if not isinstance(value, kinds):
        raise of_other_class(name, " or ".join(map(_title, kinds)), value)
    found = {
        field: check(f"{name}.{field}", getattr(value, field), known)
        for field, check in _checks_of_fields(type(value))
    }
    return value._replace(**found) if found else value


@cache
def _checks_of_fields(kind):
    """Return the checks of a NamedTuple, that of "4n d" behind "m n"."""
    if not hasattr(kind, "_fields"):
        return []
    hints = hints_of(kind, include_extras=True)
    fields = sorted(hints, key=lambda field: len(str(hints[field])))
    checks = [(field, check_of(hints[field])) for field in fields]
    return [(field, check) for field, check in checks if check]


def _alike(variable, name, value, known):
    """Return a NamedTuple of arrays like the first that its TypeVar met."""
    wanted = _title(known[variable]) if variable in known else "NamedTuple"
    kind = known.setdefault(variable, type(value))
    if type(value) is not kind or not hasattr(value, "_fields"):
        raise of_other_class(name, wanted, value)
    parts = []
    for field, part in value._asdict().items():
        parts.append(checked(f"{name}.{field}", part, "...", known))
        shape = known.setdefault((variable, field), parts[-1].shape)
        if parts[-1].shape != shape:
            wanted = f"{name}.{field} must have shape {shape}"
            raise ValueError(f"{wanted}; got {parts[-1].shape}")
    return value if all(map(is_, parts, value)) else kind(*parts)


def of_other_class(name: str, wanted: str, value: Any) -> TypeError:
    """Return the error for an argument of another class."""
    return TypeError(f"{name} must be a {wanted}; got {_title(type(value))}")


def _title(kind):
    name = f"{kind.__module__}.{kind.__qualname__}"
    return "function" if kind is Callable else name


def _cast(value, dtype):
    """Return the value with every array, also in tuples, in the dtype."""
    if hasattr(value, "_fields"):
        return type(value)(*(_cast(part, dtype) for part in value))
    if isinstance(value, Array):
        return value.astype(dtype, copy=False)
    return value
