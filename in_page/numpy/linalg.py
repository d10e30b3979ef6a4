"""The length of an array, under NumPy's name."""

import math

from .arrays import as_array, ndarray


def norm(given):
    """Return the root of the sum of squares of all numbers."""
    squares = [
        number.real * number.real + number.imag * number.imag
        for number in as_array(given).numbers
    ]
    return ndarray([math.sqrt(sum(squares))], (), "f")
