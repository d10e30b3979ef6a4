"""Sequences to learn from, drawn from a `numpy.random.Generator`.

Arrays keep the book's layout: time first, batch last.
"""

import numpy as np


def adding(rng, T, B):
    """Long sequences of numbers, two of them marked: what is their sum?

    Row 0 of the input holds numbers drawn evenly from [0, 1); row 1 is 1
    at two steps and 0 elsewhere: one mark falls in the first half of the
    sequence, one in the second. Whoever answers 1 without looking has the
    mean squared error 1/6, the variance of the sum of two such numbers.

    Returns x (T, 2, B) and target (1, B), the sum of the marked numbers.
    Raises ValueError unless T >= 2 and B >= 1.
    Source: Hochreiter and Schmidhuber (1997), experiment 4, with the
    number range of Le, Jaitly and Hinton (2015).
    """
    _require_at_least("T", T, 2)
    _require_at_least("B", B, 1)
    first = rng.integers(0, T // 2, size=B)
    second = rng.integers(T // 2, T, size=B)
    sequence = np.arange(B)
    x = np.zeros((T, 2, B))
    x[:, 0] = rng.random((T, B))
    x[first, 1, sequence] = 1
    x[second, 1, sequence] = 1
    target = x[first, 0, sequence] + x[second, 0, sequence]
    return x, target[None]


def _require_at_least(name, value, least):
    if value < least:
        raise ValueError(f"{name}: expected at least {least}, got {value}")
