"""The length of an array, under NumPy's name."""

import math

from .arrays import as_array, ndarray


def norm(given):
    """Return the root of the sum of squares of all numbers."""
    return ndarray([math.hypot(*map(abs, as_array(given).numbers))], (), "f")
