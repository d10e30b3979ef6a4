"""What every plot asks of its arguments, and how it writes a number."""

import numpy as np

from .style import ROLE


def colour_of(name, colours=ROLE):
    """The colour of a role, or a ValueError that lists the roles."""
    if name not in colours:
        raise ValueError(
            f"role: expected one of {', '.join(colours)}, got {name!r}"
        )
    return colours[name]


def array_of(values, name, rank):
    """Values as floats with ``rank`` axes, non-empty and finite."""
    array = np.asarray(values, dtype=float)
    if array.ndim != rank or array.size == 0:
        raise ValueError(
            f"{name}: expected {rank} axes and at least one value, got shape "
            f"{array.shape}"
        )
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: expected finite values, got nan or inf")
    return array


def written(number):
    """A formatted number as it is set in print: −1.5, 3 × 10⁻⁵."""
    mantissa, power, exponent = number.replace("-", "−").partition("e")
    if not mantissa.strip("−0."):
        return mantissa.lstrip("−")
    if not power:
        return mantissa
    exponent = exponent.lstrip("+0").replace("−0", "−")
    return rf"{mantissa} × 10$^{{\mathdefault{{{exponent}}}}}$"
