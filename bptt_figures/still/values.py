"""What every plot asks of its arguments, and how it writes a number."""

from collections.abc import Hashable, Iterable, Mapping

import numpy as np
from matplotlib.axes import Axes

from .style import ROLE

NO_NUMBERS = "USMmcV"  # kinds of dtype: texts, dates, complex, records


def colour_of(name, colours=ROLE, argument="role"):
    """The colour of a role, or a ValueError that lists the roles."""
    if not isinstance(name, str) or name not in colours:
        raise ValueError(
            f"{argument}: expected one of {', '.join(colours)}, got {name!r}"
        )
    return colours[name]


def array_of(values, name, rank):
    """Values as floats with ``rank`` axes, non-empty and finite."""
    try:
        array = np.asarray(values)
        if array.dtype.kind in NO_NUMBERS:
            raise TypeError
        array = array.astype(float)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(
            f"{name}: expected numbers, got {values!r}"
        ) from None
    if array.ndim != rank or array.size == 0:
        raise ValueError(
            f"{name}: expected {rank} axes and at least one value, got shape "
            f"{array.shape}"
        )
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: expected finite values, got nan or inf")
    return array


def check_axes(ax):
    """Raise TypeError unless ``ax`` is one pair of axes."""
    if not isinstance(ax, Axes):
        raise TypeError(f"ax: expected matplotlib Axes, got {ax!r}")


def named(mapping, name):
    """A dict of what has names, empty for None, or a TypeError."""
    if mapping is None:
        return {}
    if not isinstance(mapping, Mapping):
        raise TypeError(f"{name}: expected a dict, got {mapping!r}")
    return dict(mapping)


def labels_in(labels, name, known, where):
    """Return the labels as a tuple; raise unless all of them are known."""
    if not isinstance(labels, Iterable):
        raise TypeError(f"{name}: expected labels, got {labels!r}")
    labels = tuple(labels)
    for label in labels:
        if not isinstance(label, Hashable) or label not in known:
            raise ValueError(f"{name}: {label!r} is not in {where}")
    return labels


def check_format(numbers, entry=1.0):
    """Raise ValueError unless ``numbers`` is a format for such an entry."""
    try:
        numbers.format(entry)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        raise ValueError(
            f'numbers: expected a format as "{{:.2g}}", got {numbers!r}'
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
