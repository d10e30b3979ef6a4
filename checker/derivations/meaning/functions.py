"""The functions that an equation may apply: one open table.

Every entry is a ``Function``: what it computes, and its slope. To add one,
give it to ``define(functions=…)``; nothing else has to be told.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Function:
    """A function that works entry by entry on an array.

    value: takes and returns an array of complex numbers. Derivatives are
    found by the complex step, so it must be analytic where it is used:
    no absolute value, no maximum.
    slope: its derivative, analytic as well; it is what f'(…) stands for.
    name: how messages and edits call it.

    ``softmax``, ``diag`` and an unspecified loss work on whole columns.
    They have no slope, and values/arrays.py computes them. An unspecified
    loss is a random smooth function, another one in each network and for
    each name.
    """

    value: Callable[[np.ndarray], np.ndarray] | None
    slope: Callable[[np.ndarray], np.ndarray] | None = None
    name: str = ""

    @property
    def unspecified(self) -> bool:
        """Whether only its arguments are known, as of a loss l(h_t, y_t)."""
        return self.value is None and self not in (SOFTMAX, DIAG)


def _sigmoid(x):
    """1 / (1 + exp(-x)), written so that exp does not overflow."""
    positive = x.real >= 0
    small = np.exp(np.where(positive, -x, x))
    return np.where(positive, 1, small) / (1 + small)


TANH = Function(np.tanh, lambda x: 1 - np.tanh(x) ** 2, "tanh")
SIGMA = Function(_sigmoid, lambda x: _sigmoid(x) * _sigmoid(-x), "sigma")
EXP = Function(np.exp, np.exp, "exp")
LOG = Function(np.log, lambda x: 1 / x, "log")
SIN = Function(np.sin, np.cos, "sin")
COS = Function(np.cos, lambda x: -np.sin(x), "cos")
SINH = Function(np.sinh, np.cosh, "sinh")
COSH = Function(np.cosh, np.sinh, "cosh")
SECH = Function(
    lambda x: 1 / np.cosh(x), lambda x: -np.tanh(x) / np.cosh(x), "sech"
)
SQRT = Function(np.sqrt, lambda x: 0.5 / np.sqrt(x), "sqrt")
IDENTITY = Function(lambda x: x + 0, np.ones_like, "identity")
SOFTMAX = Function(None, name="softmax")
DIAG = Function(None, name="diag")
LOSS = Function(None, name="loss")

# How LaTeX writes them.
FUNCTIONS = {
    "\\tanh": TANH,
    "tanh": TANH,
    "\\sigma": SIGMA,
    "sigmoid": SIGMA,
    "\\exp": EXP,
    "exp": EXP,
    "\\log": LOG,
    "log": LOG,
    "\\sin": SIN,
    "\\cos": COS,
    "\\sinh": SINH,
    "\\cosh": COSH,
    "sech": SECH,
    "\\sqrt": SQRT,
    "softmax": SOFTMAX,
    "diag": DIAG,
}
# What a caller may name instead of giving a ``Function``.
NAMED = {f.name: f for f in (*FUNCTIONS.values(), IDENTITY, LOSS)}
