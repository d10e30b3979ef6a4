"""Random networks: forward equations at work on random numbers.

A ``Network`` holds forward equations in the order in which they can be
evaluated; a ``Sample`` is a batch of random networks.
"""

import math
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from derivations.meaning import nodes as m
from derivations.meaning.vocabulary import Language, Symbol
from derivations.networks.frames import Nudged, NudgedAt, PlainFrame
from derivations.networks.shapes import ONE
from derivations.values.arrays import Array, Value, saturated
from derivations.values.bounded import Bounded

# Steps after the last one, unless a claim looks further.
GHOSTS = 4
MAX_GHOSTS = 16
NETWORKS = 20
# The last one is another one for each network, from 9 on.
_LENGTHS = (5, 3, 1, 9)
_LONGER = 4
_SHORT = 6
# A claim may name a step by a number up to this one.
MAX_STEP = 12
# A number this many times larger or smaller than one is made a tame one …
_WILD = 5.0
# … and all that a row has together this large.
_TAME = 1.5
# Numbers that are together so many decades from one may hide a term.
FAR = 3.0
BATCHES = len(_LENGTHS)
_BATCH = NETWORKS // BATCHES
_SEED = 20240


@dataclass
class Forward:
    """One forward equation: ``target = meaning``, and its LaTeX."""

    target: Symbol
    meaning: m.Meaning
    latex: str

    @property
    def timed(self) -> bool:
        """Whether the equation is evaluated at every step."""
        return bool(self.target.timed)

    @property
    def uses_time(self) -> bool:
        """Whether the right side has a symbol with a time."""
        return any(symbol.timed for symbol in self.symbols)

    @cached_property
    def symbols(self) -> set[Symbol]:
        """The symbols on the right side."""
        return {symbol for symbol, _ in self.uses()}

    def uses(
        self, clock: m.Index | None = None
    ) -> Iterator[tuple[Symbol, int | None]]:
        """Yield (symbol, lag) of every quantity; lag ``None`` if untimed.

        ``clock`` is the index of the row's own time; another has lag 0.
        """
        for part in m.walk(self.meaning):
            if not isinstance(part, m.Quantity):
                continue
            lag = None
            if part.time is not None and part.time.indices:
                own = part.time.indices == ((clock, 1),)
                lag = part.time.constant if own else 0
            yield part.symbol, lag


@dataclass(frozen=True, eq=False)
class Network:
    """Forward equations in order, with the roles and sizes they imply.

    before, steps, after: the equations before, at and after the steps of
    time; first: the first step; clock: the time index t of the equations;
    length: how many steps every network has, if that is declared; depth:
    how many steps back a row reads, 1 at least; memory: how many steps back
    it reads a state; phases: the rows of steps in
    the order in which they run, each with whether it runs back in time;
    ahead: the states that are read one step later; lagged: input → how many
    steps back it is read;
    language: how they are written, with the vocabulary; classes: label →
    the letter of how many classes it has; distributions: the inputs whose
    entries add up to one; sizes: the letters of sizes; axes: the axis of
    each component index; notes: how rows were read; initial: the equations
    of the states before the first step; reasons: symbol → why it has its
    role and its shape.
    """

    before: list[Forward]
    steps: list[Forward]
    after: list[Forward]
    first: int
    clock: m.Index
    language: Language
    classes: dict[Symbol, str]
    distributions: list[Symbol]
    sizes: list[str]
    axes: dict[m.Index, int]
    notes: list[str] = field(default_factory=list)
    length: int | None = None
    depth: int = 1
    memory: int = 1
    phases: list[tuple[list[Forward], bool]] = field(default_factory=list)
    ahead: frozenset[Symbol] = frozenset()
    lagged: dict[Symbol, int] = field(default_factory=dict)
    initial: list[Forward] = field(default_factory=list)
    reasons: dict[Symbol, str] = field(default_factory=dict)
    _samples: dict[tuple, "Sample"] = field(default_factory=dict, repr=False)

    @property
    def rows(self) -> list[Forward]:
        """The equations in the order in which they are evaluated."""
        return [*self.before, *self.initial, *self.steps, *self.after]

    @cached_property
    def at_start(self) -> list[Forward]:
        """The equations that hold for initial states too.

        A state that its own row computes from others of the same step is
        computed so, as h_0 by h_t = tanh(c_t); the others are given.
        """
        rows = {row.target: row for row in self.steps}
        needed: dict[Symbol, bool] = {}

        def known(symbol, lag):
            if lag is None:
                return self.roles[symbol] == "parameter"
            if lag or symbol not in rows:
                return False
            return computed(symbol) or self.roles[symbol] == "state"

        def computed(symbol):
            if symbol not in needed:
                uses = list(rows[symbol].uses(self.clock))
                needed[symbol] = bool(uses) and all(known(*u) for u in uses)
            return needed[symbol]

        stated = {row.target for row in self.initial}
        states = [s for s in rows if self.roles[s] == "state"]
        waiting = [s for s in states if s not in stated and computed(s)]
        for symbol in waiting:
            waiting += [s for s in rows[symbol].symbols if needed.get(s)]
        return [row for row in self.steps if row.target in waiting]

    @property
    def roles(self) -> dict[Symbol, str]:
        """Each symbol's role: input, label, parameter, state, assigned."""
        return self.language.vocabulary.roles

    @property
    def shapes(self) -> dict[Symbol, tuple[str, str]]:
        """Each symbol's shape, as the letters of two sizes."""
        return self.language.vocabulary.shapes

    @property
    def symbols(self) -> list[Symbol]:
        """The symbols of the forward equations."""
        return list(self.roles)

    @property
    def shortest(self) -> int:
        """The smallest length at which every step that a row names exists."""
        named = [
            part.time.constant
            for row in self.rows
            for part in m.walk(row.meaning)
            if isinstance(part, m.Quantity) and part.time is not None
            if part.time.is_constant
        ]
        return max([1, *(step - self.first + 1 for step in named)])

    @cached_property
    def decades(self) -> float:
        """How many decades from one some row may lie by its numbers."""
        return max(_decades(row.meaning) for row in self.rows)

    @cached_property
    def taming(self) -> float:
        """The power p that brings the numbers of the rows near to one.

        What saturates does so for a number in a row, as tanh(a_t + 60). Its
        gradients are lost beside others, with all that a line says of them.
        So the line is judged as well where x^p is written for every number x
        that is not small, in rows and line: products and quotients of
        numbers stay what they are. p = 1 if there is no such number.
        """
        return np.log10(_TAME) / self.decades if self.decades else 1.0

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        """How many steps the networks of each batch have."""
        if self.length is not None:
            return (self.length,) * BATCHES
        text = "\n".join(row.latex for row in self.rows)
        *lengths, long = _LENGTHS
        lengths.append(long + zlib.crc32(text.encode()) % _LONGER)
        return tuple(max(length, self.shortest) for length in lengths)

    def sample(
        self,
        number: int,
        longer: int = 0,
        ghosts: int = GHOSTS,
        held: bool = False,
        length: int | None = None,
        tame: bool = False,
    ) -> "Sample":
        """Return the ``number``-th batch of random networks (cached).

        longer: by how many steps; ghosts: steps that follow the last one;
        held: every initial state is given, also one that its row computes;
        length: of a batch beyond the usual ones; tame: with numbers that
        are near to one, see ``taming``.
        """
        key = number, longer, ghosts, held, length, tame
        if key not in self._samples:
            steps = (length or self.lengths[number]) + longer
            self._samples[key] = Sample(
                self, number, steps, ghosts, held=held, tame=tame
            )
        return self._samples[key]

    def samples(
        self,
        longer: int = 0,
        ghosts: int = GHOSTS,
        held: bool = False,
        more: int = 0,
        tame: bool = False,
    ) -> Iterator["Sample"]:
        """Yield every batch of random networks, smallest index first.

        more: how many further lengths are wanted; tame: as for ``sample``.
        """
        lengths = [*[None] * BATCHES, *self._other_lengths(more)]
        for number, length in enumerate(lengths):
            yield self.sample(number, longer, ghosts, held, length, tame)

    def _other_lengths(self, count):
        """Return lengths beside the usual ones, with a long one at the end."""
        if self.length is not None or not count:
            return []
        long = max(self.lengths) + count
        others = [n for n in range(2, long) if n not in self.lengths]
        return [*others[: count - 1], long]

    def thin(self, ones: frozenset[str]) -> "Sample":
        """Return a batch in which the sizes of these letters are one."""
        key = ones
        if key not in self._samples:
            length = self.lengths[0]
            self._samples[key] = Sample(self, 0, length, GHOSTS, ones=ones)
        return self._samples[key]


def _sizes(network: Network, number: int) -> dict[str, int]:
    """Return letter → size: all differ, and so do their sums, as n + d."""
    letters = network.sizes
    written = {name for shape in network.shapes.values() for name in shape}
    sums = written - {*letters, ONE}
    span = max(3, len(letters))
    for start in range(2, 12):
        sizes = {
            name: start + (k + number) % span for k, name in enumerate(letters)
        }
        found = [*sizes.values(), *(size_of(name, sizes) for name in sums)]
        if len(set(found)) == len(found):
            break
    return sizes


def _is_wild(number):
    return number != 0 and not 1 / _WILD < abs(number) < _WILD


def _decades(node):
    """Return how many decades from one a node may lie by its numbers."""
    if isinstance(node, m.Number):
        return abs(np.log10(abs(node.value))) if _is_wild(node.value) else 0.0
    inside = sum(map(_decades, node.parts()))
    if isinstance(node, m.Power):
        count = node.exponent
        if isinstance(count, m.Shift):
            count = count.constant
        return inside * max(1, abs(count))
    return inside


def size_of(written: str, sizes: dict[str, int]) -> int:
    """Return the size that is written as n, 4n or (n+d)."""
    total = 0
    for term in written.strip("()").split("+"):
        count, name = re.fullmatch(r"(\d*)(.*)", term).groups()
        total += int(count or 1) * sizes.get(name, 1)
    return total


class Sample:
    """Random networks of one size, side by side on the first axis.

    It is a ``Sample`` of values/frame.py. All of it follows from the
    network and the number: nothing is drawn after it has been made.

    given: symbol → what it is before any equation, an array, or a list of
    arrays for the times from the one before the first step on.
    """

    def __init__(
        self,
        network: Network,
        number: int,
        length: int | None = None,
        ghosts: int = GHOSTS,
        bounded: bool = False,
        ones: frozenset[str] = frozenset(),
        held: bool = False,
        tame: bool = False,
    ):
        self.network = network
        self.tame = tame
        self.number = number
        self.bounded = bounded
        self.first = network.first
        self.length = network.lengths[number] if length is None else length
        self.last = self.first + self.length - 1
        self.ghosts = ghosts
        self.ones = ones
        self.thin = bool(ones)
        self.held = held
        self.at_start = [] if held else network.at_start
        self.count = _BATCH
        self.sizes = _sizes(network, number)
        self.sizes.update(dict.fromkeys(ones, 1))
        self.sizes[ONE] = 1
        sums = {
            name: size_of(name, self.sizes)
            for shape in network.shapes.values()
            for name in shape
        }
        self._shapes = {
            symbol: (sums[rows], sums[columns])
            for symbol, (rows, columns) in network.shapes.items()
        }
        self._names = {size: name for name, size in sums.items()}
        self._names.update((size, name) for name, size in self.sizes.items())
        rng = np.random.default_rng([_SEED, number])
        drawn = {s: self._drawn(s, rng) for s in network.symbols}
        self.given = {s: d for s, d in drawn.items() if d is not None}
        for row in self.at_start:
            if row.target in self.given:
                self.given[row.target][: network.depth] = [
                    None
                ] * network.depth
        self._nudged = {}
        self._weights = {}
        self._spent = {}
        # The frame is known before it runs: sizes are looked up in it.
        self.plain = PlainFrame(self, self.given)
        self.plain.run()

    @cached_property
    def with_bounds(self) -> "Sample":
        """The same networks; their arrays carry bounds of their errors."""
        return Sample(
            self.network,
            self.number,
            self.length,
            self.ghosts,
            bounded=True,
            ones=self.ones,
            held=self.held,
            tame=self.tame,
        )

    def tamed(self, number: float) -> float:
        """Return what stands for a number, see ``Network.taming``."""
        if not (self.tame and _is_wild(number)):
            return number
        return math.copysign(abs(number) ** self.network.taming, number)

    @property
    def hides(self) -> np.ndarray:
        """On which networks may a term be smaller than any digit?"""
        if self.tame and self.network.taming < 1:
            return self.plain.flat
        return self.plain.flat | (self.network.decades > FAR)

    def spent(self, symbol: Symbol) -> np.ndarray:
        """On which networks is a symbol -1, 0 or 1 in every entry, always?

        So it is where its function saturates (cached).
        """
        if symbol not in self._spent:
            found = np.zeros(_BATCH, bool)
            if symbol.timed and self.role(symbol) in ("state", "assigned"):
                times = range(self.first, self.last + 1)
                values = [self.plain.read(symbol, t, {}) for t in times]
                found = np.all([saturated(data) for data in values], axis=0)
            self._spent[symbol] = found
        return self._spent[symbol]

    def role(self, symbol: Symbol) -> str:
        """Return input, label, parameter, state or assigned."""
        return self.network.roles[symbol]

    def shape(self, symbol: Symbol) -> tuple[int, int]:
        """Return (rows, columns) of a symbol."""
        return self._shapes[symbol]

    def size_name(self, size: int) -> str:
        """Return the letter of a size: sizes of one sample all differ."""
        return self._names.get(size, str(size))

    def shape_name(self, value: Value) -> str:
        """Return a shape in letters, such as n×1."""
        if value.special in ("number", "zero"):
            return "a number"
        if value.special == "identity":
            return "I"
        names = [self.size_name(size) for size in value.core]
        if value.four:
            return "({}×{} | {}×{})".format(*names)
        return "×".join(names)

    def place(self, time: int) -> int:
        """Return where a time stands in a list over time."""
        return time - self.first + self.network.depth

    def times_of(self, symbol: Symbol) -> range | list[None]:
        """Return the times at which a symbol can be nudged."""
        if symbol.timed is None:
            return [None]
        if symbol in self.network.ahead:
            return range(self.first, self.last + 2)
        start = self.first - self.network.lagged.get(symbol, 0)
        if self.role(symbol) == "state":
            start = self.first - self.network.depth
        return range(start, self.last + self.ghosts + 1)

    def nudged(self, symbol: Symbol, mode: str, time: int | None) -> NudgedAt:
        """Return the frame with ``symbol`` nudged at ``time`` (cached)."""
        key = symbol, mode
        if key not in self._nudged:
            self._nudged[key] = Nudged(self, symbol, mode)
        return self._nudged[key].at(time)

    # -- random inputs --------------------------------------------------

    def weights(self, name: str, count: int, rows: int) -> list[Array]:
        """Return the random numbers of an unspecified function (cached)."""
        key = name, count, rows
        if key not in self._weights:
            letters = zlib.crc32(name.encode())
            rng = np.random.default_rng([_SEED, self.number, letters, rows])
            features = rows + 2
            shapes = [(features, 1)] * 2 + [(features, rows)] * count
            self._weights[key] = [
                self._exact(
                    rng.standard_normal((_BATCH, 1, *shape))
                    / np.sqrt(shape[1] * max(1, count))
                )
                for shape in shapes
            ]
        return self._weights[key]

    def _drawn(self, symbol, rng):
        """Return what a symbol is before any equation, or None."""
        role, (rows, columns) = self.role(symbol), self.shape(symbol)
        later = range(self.length + self.ghosts)
        depth = self.network.depth
        early = [None] * depth
        if role == "parameter":
            size = 0.8 if columns == 1 else 1.1 / np.sqrt(columns)
            if columns > 1 and self.length > _SHORT:
                # What is linear must not explode in a longer sequence.
                size *= _SHORT / self.length
            return self._random(rng, symbol, size)
        if symbol in {row.target for row in self.network.initial}:
            if depth == 1:
                return None  # its own row says what it is
            early[:-1] = [self._normal(rng, rows, columns) for _ in early[:-1]]
            return [*early, *(None for _ in later)]
        if symbol in self.network.ahead:
            after = [None for _ in later]
            after[self.length] = self._normal(rng, rows, columns)
            return [*early, *after]
        if role == "state":
            early = [self._normal(rng, rows, columns) for _ in early]
            return [*early, *(None for _ in later)]
        if role == "label":
            classes = size_of(self.network.classes[symbol], self.sizes)
            shape = (_BATCH, 1, 1, 1)
            return [*early, *(rng.integers(0, classes, shape) for _ in later)]
        if role == "input":
            for back in range(self.network.lagged.get(symbol, 0)):
                early[-1 - back] = self._random(rng, symbol)
            return [*early, *(self._random(rng, symbol) for _ in later)]
        return None

    def _random(self, rng, symbol, size=1.0):
        rows, columns = self.shape(symbol)
        if symbol not in self.network.distributions:
            return self._normal(rng, rows, columns, size)
        raw = np.exp(rng.standard_normal((_BATCH, 1, rows, 1)))
        return self._exact(raw / raw.sum(axis=-2, keepdims=True))

    def _normal(self, rng, rows, columns, size=1.0):
        draws = rng.standard_normal((_BATCH, 1, rows, columns))
        return self._exact(size * draws)

    def _exact(self, numbers):
        """Return drawn numbers: whatever they are, they have no error."""
        return Bounded(numbers) if self.bounded else numbers
