"""Sequences to learn from, drawn from a `numpy.random.Generator`.

Arrays keep the book's layout: time first, batch last.
"""

from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np

from bptt_core.arrays import Array, Size, shaped


@shaped
def adding(
    rng: np.random.Generator, T: Annotated[int, 2], B: Size
) -> tuple[Annotated[Array, "T 2 B"], Annotated[Array, "1 B"]]:
    """Long sequences of numbers, two of them marked: what is their sum?

    Row 0 of the input holds numbers drawn evenly from [0, 1); row 1 is 1
    at two steps and 0 elsewhere: one mark falls in the first half of the
    sequence, one in the second. Whoever answers 1 without looking has the
    mean squared error 1/6, the variance of the sum of two such numbers.

    Returns x (T, 2, B) and target (1, B), the sum of the marked numbers.
    Source: Hochreiter and Schmidhuber (1997), experiment 4, with the
    number range of Le, Jaitly and Hinton (2015).
    """
    first = rng.integers(0, T // 2, size=B)
    second = rng.integers(T // 2, T, size=B)
    sequence = np.arange(B)
    x = np.zeros((T, 2, B))
    x[:, 0] = rng.random((T, B))
    x[first, 1, sequence] = 1
    x[second, 1, sequence] = 1
    target = x[first, 0, sequence] + x[second, 0, sequence]
    return x, target[None]


@shaped
def temporal_order(
    rng: np.random.Generator, T: Annotated[int, 10], B: Size
) -> tuple[Annotated[Array, "T 6 B"], Annotated[Array, "B"]]:
    """Two marks far apart, each an X or a Y: in which order did they come?

    Each step shows one of six symbols, as a one-hot column: X, Y (rows 0
    and 1), or one of four distractors. One mark falls in the second tenth
    of the sequence, one in the sixth. The class, which is asked at the end,
    is 0 for XX, 1 for XY, 2 for YX, 3 for YY.

    Returns x (T, 6, B) and labels (B,).
    Source: Hochreiter and Schmidhuber (1997), experiment 6a, with the
    positions of Pascanu, Mikolov and Bengio (2013).
    """
    symbols = rng.integers(2, 6, size=(T, B))
    first, second = rng.integers(0, 2, size=(2, B))
    sequence = np.arange(B)
    symbols[rng.integers(T // 10, T // 5, size=B), sequence] = first
    symbols[rng.integers(T // 2, 3 * T // 5, size=B), sequence] = second
    x = (symbols[:, None] == np.arange(6)[:, None]).astype(float)
    return x, 2 * first + second


class Text(NamedTuple):
    """A text as numbers: `symbols[codes[k]]` is its character k."""

    symbols: str
    codes: Annotated[Array, "N"]  # one for each character


def python_prose() -> Text:
    """The prose of Python's own language reference, as a Text.

    Paragraphs that are sentences, one on a line, from the help texts of
    Python 3.11.7 (`pydoc_data.topics`); `python_prose.LICENSE` says whose
    they are.
    """
    file = Path(__file__).with_name("python_prose.txt")
    text = file.read_text(encoding="ascii")
    symbols = "".join(sorted(set(text)))
    code = {symbol: number for number, symbol in enumerate(symbols)}
    return Text(symbols, np.array([code[symbol] for symbol in text]))
