r"""Where a function has a kink: ReLU, max and absolute values.

A complex step needs analytic functions, and ReLU is one on each side of its
kink. The functions here look at the real part of their argument to know the
side, and the nudge, being imaginary and of 1e-30, never leads across: away
from a kink the derivative is exact. At a kink there is no derivative, only a
convention: the slope is 0 there, as 1[a > 0] is. Nothing should rest on it,
so a network in which an argument stands at a kink, or so near that rounding
could have put it on the other side, is not used: not for the line, if the
line applies the function, and for no line, if the network does. That happens
where whole layers are silent, for then the next argument is exactly zero.
If it happens on every network the line is undecided. An indicator or a slope
of what is exactly zero is what it says: 1[h_t > 0] of a silent unit is 0.
"""

import numpy as np

# Rounding moves an argument by less than this part of the largest one.
NEAR = 1e-10


def at_kink(
    data: np.ndarray, kinks: tuple[float, ...], exactly: bool = True
) -> np.ndarray:
    """Say of each network whether an entry stands at one of the kinks.

    data: the arguments, with the networks on the first axis; exactly: what
    is exactly a kink counts too.
    """
    real = np.real(data)
    axes = tuple(range(1, real.ndim))
    size = np.max(np.abs(real), axis=axes, keepdims=True, initial=0.0)
    found = np.zeros(len(real), bool)
    for kink in kinks:
        near = np.abs(real - kink) <= NEAR * np.maximum(size, abs(kink))
        if not exactly:
            near &= real != kink
        found |= np.any(near, axis=axes)
    return found
