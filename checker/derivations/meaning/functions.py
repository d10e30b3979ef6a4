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
    found by the complex step, so it must be analytic where it is used. With
    a kink it looks at the real part alone to know on which side it is, and
    returns what is analytic there, as ``np.where(x.real > 0, x, 0)``.
    slope: its derivative, analytic as well; it is what f'(…) stands for.
    name: how messages and edits call it.
    kinks: where its slope jumps; see ``derivations.values.kinks``.

    ``softmax``, ``diag`` and an unspecified loss work on whole columns.
    They have no slope, and values/arrays.py computes them. An unspecified
    loss is a random smooth function, another one in each network and for
    each name.
    """

    value: Callable[[np.ndarray], np.ndarray] | None
    slope: Callable[[np.ndarray], np.ndarray] | None = None
    name: str = ""
    kinks: tuple[float, ...] = ()

    @property
    def unspecified(self) -> bool:
        """Whether only its arguments are known, as of a loss l(h_t, y_t)."""
        return self.value is None and self not in (SOFTMAX, DIAG)


def _sigmoid(x):
    """1 / (1 + exp(-x)), written so that exp does not overflow."""
    positive = x.real >= 0
    small = np.exp(np.where(positive, -x, x))
    return np.where(positive, 1, small) / (1 + small)


def _relu(x):
    return np.where(x.real > 0, x, np.zeros_like(x))


def _positive(x):
    """The slope of ReLU: 1 or 0, and 0 at the kink."""
    return np.where(x.real > 0, np.ones_like(x), np.zeros_like(x))


def _sign(x):
    return _positive(x) - _positive(-x)


def _bell(x):
    """1 - tanh²(x) to its last digit, where the difference has none left."""
    small = np.exp(2 * np.where(x.real > 0, -x, x))
    return 4 * small / (1 + small) ** 2


TANH = Function(np.tanh, _bell, "tanh")
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
RELU = Function(_relu, _positive, "ReLU", (0.0,))
ABS = Function(lambda x: _sign(x) * x, _sign, "abs", (0.0,))
SIGN = Function(_sign, np.zeros_like, "sign", (0.0,))
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
    "ReLU": RELU,
    "relu": RELU,
    "Relu": RELU,
    "RELU": RELU,
    "abs": ABS,
    "sign": SIGN,
    "sgn": SIGN,
    "softmax": SOFTMAX,
    "diag": DIAG,
}
# What a caller may name instead of giving a ``Function``.
NAMED = {f.name: f for f in (*FUNCTIONS.values(), IDENTITY, LOSS)}
