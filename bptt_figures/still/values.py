"""What every plot asks of its arguments, and how it writes a number."""

from collections.abc import Hashable, Iterable, Mapping

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

NO_NUMBERS = "USMmcV"  # kinds of dtype: texts, dates, complex, records


def array_of(values: ArrayLike, name: str, rank: int) -> np.ndarray:
    """Values as floats with ``rank`` axes, non-empty and finite."""
    try:
        array = np.asarray(values)
        if array.dtype.kind in NO_NUMBERS:
            raise TypeError
        array = array.astype(float)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} must hold numbers; got {values!r}") from None
    if array.ndim != rank or array.size == 0:
        raise ValueError(
            f"{name} must have {rank} axes and at least one value; got shape "
            f"{array.shape}"
        )
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite; got nan or inf")
    return array


def real(value: ArrayLike, name: str) -> float:
    """One finite real number as a float, or a ValueError."""
    if isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} must be a number; got {value!r}")
    return float(array_of(value, name, 0))


def check_whole(value, name, least, most, where=""):
    """Raise ValueError unless a value is an integer from least to most."""
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or not least <= value <= most:
        raise ValueError(
            f"{name} must be an integer from {least} to {most}{where}; "
            f"got {value!r}"
        )


def check_axes(ax):
    """Raise TypeError unless ``ax`` is one pair of axes."""
    if not isinstance(ax, Axes):
        raise TypeError(f"ax must be matplotlib Axes; got {ax!r}")


def width_of(ax: Axes) -> float:
    """CSS pixels from side to side of the figure that holds the axes."""
    return 72 * ax.figure.bbox.width / ax.figure.dpi


def named(mapping, name):
    """A dict of what has names, empty for None, or a TypeError."""
    if mapping is None:
        return {}
    if not isinstance(mapping, Mapping):
        raise TypeError(f"{name} must be a dict; got {mapping!r}")
    return dict(mapping)


def labels_in(labels, name, known, where):
    """Return the labels as a tuple; raise unless all of them are known."""
    if not isinstance(labels, Iterable):
        raise TypeError(f"{name} must be labels; got {labels!r}")
    labels = tuple(labels)
    for label in labels:
        if not isinstance(label, Hashable) or label not in known:
            raise ValueError(
                f"{name} must be labels of {where}; got {label!r}"
            )
    return labels


def check_format(numbers, entry=1.0):
    """Raise ValueError unless ``numbers`` is a format for such an entry."""
    try:
        numbers.format(entry)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        raise ValueError(
            f'numbers must be a format as "{{:.2g}}"; got {numbers!r}'
        ) from None


def written(number):
    """A formatted number as it is set in print: −1.5, 3 × 10⁻⁵."""
    mantissa, power, exponent = number.replace("-", "−").partition("e")
    if not mantissa.strip("−0."):
        return mantissa.lstrip("−")
    if not power:
        return mantissa
    exponent = exponent.lstrip("+0").replace("−0", "−")
    return rf"{mantissa} × 10$^{{\mathdefault{{{exponent}}}}}$"
