"""How far rounding alone may move a value: where digits cancel, far.

Where a network saturates, 1 - tanh²(a) is the difference of two nearly
equal numbers: at a = 12 only six of its sixteen digits are right, though
the formula is. So where two sides differ, the same networks are computed
again, forward passes and all, with every intermediate value changed at
random in its twelfth digit. What that does to a side, scaled down to the
sixteenth digit, is what rounding may have done to it. The measure grows
with the operands of a difference, not with its result, and has no floor:
a gradient that vanished without cancellation keeps all of its digits.
"""

import numpy as np

from derivations.errors import DomainError
from derivations.networks.sample import Sample
from derivations.values.arrays import Value, settle
from derivations.values.evaluate import Evaluator

SHAKE = 1e-12
SHAKES = 3
# A few hundred roundings of 1e-16: a pass is up to ten steps long.
ROUNDING = 1e-13
# One shake may by chance show little; never a thousandth of all.
UNLUCKY = 1e-3


class RoundingError(DomainError):
    """No network says whether two sides agree: rounding hides it."""

    def __init__(self):
        super().__init__(
            "on every random network rounding leaves no digits to compare; "
            "does the network saturate?"
        )


class Shaken(Sample):
    """The networks of a sample, each value they compute changed a little.

    The evaluator asks a sample that can ``shake`` to do so.
    """

    def __init__(self, sample, number):
        self.__dict__.update(sample.__dict__)
        self._random = np.random.default_rng(number)
        self._worlds, self.values = {}, {}
        self.run(self)

    def shake(self, value):
        """Return the value with its twelfth digits changed."""
        if value.special:
            return value
        change = SHAKE * self._random.uniform(-1, 1, value.data.shape)
        data = value.data * (1 + change)
        return Value(data, value.four, None, value.above, value.below)


def rounding(judge, numbers, point, distance):
    """Return how far rounding may have moved sides: (sides, networks).

    judge: of the equation; numbers: of the sides; distance: between the
    sides on each network. If it is far more than rounding brings about,
    the answer is a rough one.
    """
    lost = np.zeros((len(numbers), len(distance)))
    for shake in range(SHAKES):
        sample = _shaken(judge.sample, shake)
        evaluator = Evaluator(
            sample, judge.language, judge.equation.text, judge.equation.axes
        )
        for side, number in enumerate(numbers):
            node, env = judge.at(number, point)
            moved = settle(evaluator.value(node, env, sample)).data
            moved = moved - judge.side(number, point).data
            moved = ROUNDING / SHAKE * norms(moved[:, 0])
            lost[side] = np.maximum(lost[side], moved)
        if np.any(UNLUCKY * distance > lost.sum(axis=0)):
            break
    return lost


def _shaken(sample, number):
    """Return a shaken sample; it is kept with the plain one."""
    if number not in sample.shaken:
        sample.shaken[number] = Shaken(sample, number)
    return sample.shaken[number]


def norms(data):
    """Return norms over all but the first axis.

    Tiny entries must not vanish by squaring.
    """
    flat = np.abs(data.reshape(len(data), -1))
    largest = flat.max(axis=1, initial=0.0)
    unit = np.where(largest > 0, largest, 1.0)
    return largest * np.sqrt(((flat / unit[:, None]) ** 2).sum(axis=1))
