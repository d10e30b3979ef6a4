"""Where functions are flat, so that nothing seen passes through them.

Behind a saturated tanh a gradient is smaller than the last digit of what it
is added to, and a line that forgets it agrees in all digits. Which networks
are so is found in the forward pass, from the slopes of the functions of the
rows; ``Network.taming`` says what is done about it.
"""

import operator
from functools import reduce

import numpy as np

from derivations.meaning.functions import SOFTMAX, Function
from derivations.values.bounded import NUDGE

# Two such slopes in a row still leave digits of what passes through them.
FLAT = 1e-4
# A function with no slope at any of these is a step, which has none to lose.
_USUAL = np.array([-1.3, -0.4, 0.3, 0.5, 1.2])


def flat_parts(
    function: Function, argument: np.ndarray, result: np.ndarray
) -> np.ndarray | None:
    """Return of each network which part of the entries has a flat slope.

    Returns ``None`` for a function to which that does not apply.
    """
    if function is SOFTMAX:
        slope = result.real * (1 - result.real)
    elif function.value is None or not np.any(_slope(function, _USUAL)):
        return None
    else:
        slope = _slope(function, argument.real)
    flat = np.sum(np.abs(slope) < FLAT, axis=tuple(range(1, slope.ndim)))
    return flat * (len(slope) / slope.size)


def _slope(function, real):
    return function.value(real + 1j * NUDGE).imag / NUDGE


def mostly_flat(function: Function, parts: list[np.ndarray]) -> np.ndarray:
    """Say of each network whether a function was flat in most entries.

    parts: of each step, from ``flat_parts``. Half of a ReLU is flat in any
    network; it is so if all of it is.
    """
    share = reduce(operator.add, parts) / len(parts)
    return share == 1 if function.kinks else share > 0.5
