"""Random numbers, bit for bit those of ``numpy.random.default_rng``.

The generator is PCG64 (O'Neill 2014), seeded through NumPy's SeedSequence;
normal numbers are drawn by the ziggurat (Marsaglia and Tsang 2000) and whole
numbers by Lemire's method, in the order in which NumPy draws.
"""

import math

from .arrays import ndarray, whole_shape
from .ziggurat import DENSITY, INSIDE, WIDTH

_32, _52, _64, _128 = ((1 << bits) - 1 for bits in (32, 52, 64, 128))
_MULTIPLIER = 0x2360ED051FC65DA44385DF649FCCF645
# Where the tail begins that the strips of the ziggurat leave.
_TAIL = 3.6541528853610087963519472518


def default_rng(seed):
    """Return the generator that whole numbers seed, or one of them."""
    return Generator([seed] if isinstance(seed, int) else seed)


class Generator:
    """PCG64, and the two distributions that are drawn from."""

    def __init__(self, seed):
        high, low, *stream = _seed_sequence(seed)
        self.increment = ((stream[0] << 64 | stream[1]) << 1 | 1) & _128
        self.state = 0
        self._step()
        self.state = (self.state + (high << 64 | low)) & _128
        self._step()
        self.spare = None

    def _step(self):
        self.state = (self.state * _MULTIPLIER + self.increment) & _128

    def _bits(self):
        """Return the next 64 bits."""
        self._step()
        mixed = (self.state >> 64 ^ self.state) & _64
        turn = self.state >> 122
        return (mixed >> turn | mixed << (-turn & 63)) & _64

    def _half(self):
        """Return the next 32 bits: two of them come from one draw."""
        if self.spare is not None:
            half, self.spare = self.spare, None
            return half
        bits = self._bits()
        self.spare = bits >> 32
        return bits & _32

    def _uniform(self):
        return (self._bits() >> 11) * 2.0**-53

    def standard_normal(self, shape):
        """Return normal numbers in a shape."""
        shape = whole_shape(shape)
        numbers = [self._normal() for _ in range(math.prod(shape))]
        return ndarray(numbers, shape, "f")

    def normal(self, loc=0.0, scale=1.0, size=()):
        """Return normal numbers about a middle, as wide as a scale."""
        return loc + scale * self.standard_normal(size)

    def _normal(self):
        while True:
            bits = self._bits()
            strip, sign, size = (bits & 0xFF, bits >> 8 & 1, bits >> 9 & _52)
            x = size * WIDTH[strip]
            if sign:
                x = -x
            if size < INSIDE[strip]:
                return x
            if strip == 0:
                return self._in_the_tail(size)
            above, below = DENSITY[strip - 1], DENSITY[strip]
            height = (above - below) * self._uniform() + below
            if height < math.exp(-0.5 * x * x):
                return x

    def _in_the_tail(self, size):
        while True:
            x = -math.log1p(-self._uniform()) / _TAIL
            y = -math.log1p(-self._uniform())
            if y + y > x * x:
                return -(_TAIL + x) if size >> 8 & 1 else _TAIL + x

    def integers(self, low, high=None, size=()):
        """Return whole numbers from low on, below high, in a shape."""
        low, high = (0, low) if high is None else (low, high)
        low, high = int(low), int(high)
        shape, count = whole_shape(size), high - low
        if not 0 < count <= _32:
            raise ValueError(f"high must lie above low; got {low}, {high}")
        numbers = [
            low + (self._below(count) if count > 1 else 0)
            for _ in range(math.prod(shape))
        ]
        return ndarray(numbers, shape, "i")

    def _below(self, count):
        """Return a whole number below a count, every one as likely."""
        product = self._half() * count
        if product & _32 < count:
            least = (_32 + 1 - count) % count
            while product & _32 < least:
                product = self._half() * count
        return product >> 32


def _seed_sequence(seed):
    """Return four numbers of 64 bits: NumPy's ``SeedSequence``."""
    words = [
        entropy >> shift & _32
        for entropy in seed
        for shift in range(0, max(1, entropy.bit_length()), 32)
    ]
    constant = 0x43B0D7E5

    def hashed(value):
        nonlocal constant
        value ^= constant
        constant = constant * 0x931E8875 & _32
        value = value * constant & _32
        return value ^ value >> 16

    def mixed(x, y):
        found = (x * 0xCA01F9DD - y * 0x4973F715) & _32
        return found ^ found >> 16

    pool = [hashed(word) for word in [*words[:4], 0, 0, 0, 0][:4]]
    for source in range(4):
        for target in range(4):
            if source != target:
                pool[target] = mixed(pool[target], hashed(pool[source]))
    for word in words[4:]:
        for target in range(4):
            pool[target] = mixed(pool[target], hashed(word))
    constant, halves = 0x8B51F9DD, []
    for k in range(8):
        value = pool[k % 4] ^ constant
        constant = constant * 0x58F38DED & _32
        value = value * constant & _32
        halves.append(value ^ value >> 16)
    return [
        low | high << 32
        for low, high in zip(halves[::2], halves[1::2], strict=True)
    ]
