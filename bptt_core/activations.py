"""Element-wise functions of the networks, with their slopes."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Activation(NamedTuple):
    """An element-wise function, with its slope as a function of h."""

    name: str
    function: Callable  # a -> h
    slope_from_output: Callable  # h -> dh/da


def logistic(a: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Return 1 / (1 + e^-a), which is 0 where e^-a overflows.

    NumPy warns of that overflow; `quiet_logistic` does not. `out` may be `a`
    itself, as with NumPy's own functions.
    """
    e = np.exp(np.negative(a, out=out), out=out)
    if e.dtype.kind == "c":
        e = np.where(np.isinf(e), np.inf, e)  # 1 / (inf + nan i) is not 0
    return np.divide(1, np.add(1, e, out=out), out=out)


quiet_logistic = np.errstate(over="ignore")(logistic)
TANH = Activation("tanh", np.tanh, lambda h: 1 - h * h)
IDENTITY = Activation("identity", np.positive, np.ones_like)
LOGISTIC = Activation("logistic", quiet_logistic, lambda h: h * (1 - h))
