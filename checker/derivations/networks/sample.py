"""Random networks: forward equations at work on random numbers.

A ``Network`` holds forward equations in the order in which they can be
evaluated; a ``Sample`` is a batch of random networks.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from derivations.errors import DomainError
from derivations.meaning import nodes as m
from derivations.meaning.vocabulary import Language
from derivations.networks.forward import Course, Steps
from derivations.networks.oracle import World
from derivations.networks.shapes import ONE

GHOSTS = 4
NETWORKS = 20
_LENGTHS = (5, 4, 6, 3)
_BATCH = NETWORKS // len(_LENGTHS)
_SEED = 20240


@dataclass
class Row:
    """One forward equation: ``target = meaning``, and its LaTeX."""

    target: object
    meaning: m.Meaning
    latex: str

    @property
    def timed(self):
        """Whether the row is evaluated at every step."""
        return bool(self.target.timed)

    @property
    def uses_time(self):
        """Whether the right side has a symbol with a time."""
        return any(symbol.timed for symbol in self.symbols)

    @cached_property
    def symbols(self):
        """The symbols on the right side."""
        return {symbol for symbol, _ in self.uses()}

    def uses(self, clock=None):
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


@dataclass
class Network:
    """Forward equations in order, with the roles and sizes they imply."""

    before: list
    steps: list
    after: list
    symbols: list
    distributions: list
    first: int
    clock: m.Index
    language: Language
    sizes: list
    notes: list
    axes: dict
    _samples: dict = field(default_factory=dict)

    @property
    def rows(self):
        """The rows in the order in which they are evaluated."""
        return [*self.before, *self.steps, *self.after]

    def sample(self, number):
        """Return the ``number``-th batch of random networks (cached)."""
        if number not in self._samples:
            self._samples[number] = Sample(self, number)
        return self._samples[number]

    def samples(self):
        """Yield every batch of random networks, smallest index first."""
        for number in range(len(_LENGTHS)):
            yield self.sample(number)


class Sample:
    """Random networks of one size, side by side on the first axis.

    It is also the frame of the plain forward pass: ``get`` reads a
    quantity at a time.
    """

    key = None
    mode = "base"
    symbol = None

    def __init__(self, network, number):
        self.network = network
        self.clock = network.clock
        self.first = network.first
        self.length = _LENGTHS[number]
        self.last = self.first + self.length - 1
        self.ghosts = GHOSTS
        names = network.sizes
        span = max(3, len(names))
        self.sizes = {
            name: 2 + (k + number) % span for k, name in enumerate(names)
        }
        self.sizes[ONE] = 1
        self._names = {size: name for name, size in self.sizes.items()}
        self._rng = np.random.default_rng([_SEED, number])
        drawn = {s: self._drawn(s) for s in network.symbols}
        self._given = {s: d for s, d in drawn.items() if d is not None}
        self._worlds = {}
        self.values = {}
        self.fresh = {}
        self.shaken = {}  # number → this sample, shaken: see rounding.py
        self.run(self)

    def shape(self, symbol):
        """Return (rows, columns) of a symbol."""
        rows, columns = symbol.shape
        return self.sizes[rows], self.sizes[columns]

    def size_name(self, size):
        """Return the letter of a size: sizes of one sample all differ."""
        return self._names.get(size, str(size))

    def shape_name(self, value):
        """Return a shape in letters, such as n×1."""
        if value.special in ("number", "zero"):
            return "a number"
        if value.special == "identity":
            return "I"
        names = [self.size_name(size) for size in value.core]
        if value.four:
            return "({}×{} | {}×{})".format(*names)
        return "×".join(names)

    # -- random inputs --------------------------------------------------

    def _drawn(self, symbol):
        """Return what a symbol is before any equation, or None."""
        rows, columns = self.shape(symbol)
        later = range(self.length + self.ghosts)
        if symbol.role == "parameter":
            size = 0.8 if columns == 1 else 1.1 / np.sqrt(columns)
            return self._random(symbol, rows, columns, size)
        if symbol.role == "state":
            return [self._normal(rows, columns), *(None for _ in later)]
        if symbol.role == "label":
            classes = self.sizes[symbol.definition]
            shape = (_BATCH, 1, 1, 1)
            draws = [self._rng.integers(0, classes, shape) for _ in later]
            return [None, *draws]
        if symbol.role == "input":
            draws = [self._random(symbol, rows, columns) for _ in later]
            return [None, *draws]
        return None

    def _normal(self, rows, columns, size=1.0):
        return size * self._rng.standard_normal((_BATCH, 1, rows, columns))

    def _random(self, symbol, rows, columns, size=1.0):
        if symbol in self.network.distributions:
            raw = np.exp(self._normal(rows, 1))
            return raw / raw.sum(axis=-2, keepdims=True)
        return self._normal(rows, columns, size)

    # -- reading --------------------------------------------------------

    def get(self, symbol, time, env):
        return self.read(self.values, symbol, time)

    def read(self, values, symbol, time):
        """Return a quantity's array, (networks, nudges, rows, columns)."""
        if symbol not in values:
            raise DomainError(f"{symbol.latex} is not known yet")
        if time is None:
            return values[symbol]
        row = time - self.first + 1
        stored = values[symbol]
        inside = 0 <= row < len(stored)
        if inside and row > self.length and stored[row] is None:
            stored.course.run_to(time)
        if not inside or stored[row] is None:
            raise DomainError(f"{symbol.latex} has no value at t = {time}")
        return stored[row]

    def times_of(self, symbol):
        """Return the times at which a symbol can be nudged."""
        if symbol.timed is None:
            return [None]
        start = self.first - (symbol.role == "state")
        return range(start, self.last + self.ghosts + 1)

    def nudged(self, symbol, mode, time):
        """Return the frame with ``symbol`` nudged at ``time`` (cached)."""
        key = symbol, mode
        if key not in self._worlds:
            self._worlds[key] = World(self, symbol, mode)
        return self._worlds[key].block(time)

    # -- the forward pass -----------------------------------------------

    def run(self, frame):
        """Run the forward equations; the frame collects the values.

        In a nudged frame, rows that the nudge cannot reach keep the values
        of the plain pass. Steps after the last one run when first read.
        """
        network, values = self.network, frame.values
        reached = self._reached(frame)
        course = Course(self, frame, reached)
        for symbol, given in self._given.items():
            values[symbol] = self._moved(frame, symbol, given)
        for row in network.rows:
            target = row.target
            if target not in reached:
                values[target] = self.values[target]
            elif row.timed:
                blank = [None] * (self.length + self.ghosts + 1)
                values[target] = Steps(values.get(target, blank), course)
                if frame.mode == "immediate" and target.role == "state":
                    frame.fresh[target] = Steps(blank, course)
        course.run(network.before)
        course.run_to(self.last)
        course.run(network.after)

    def _reached(self, frame):
        """Return the symbols that the nudge of a frame can change."""
        rows = self.network.rows
        if frame.symbol is None:
            return {row.target for row in rows}
        reached, waiting = {frame.symbol}, [frame.symbol]
        for symbol in waiting:
            frozen = frame.mode == "immediate" and symbol.role == "state"
            if frozen and symbol is not frame.symbol:
                continue
            new = [r.target for r in rows if symbol in r.symbols]
            waiting += [target for target in new if target not in reached]
            reached.update(new)
        return reached

    def _moved(self, frame, symbol, given):
        if symbol is not frame.symbol or frame.mode == "copies":
            return given
        if symbol.timed is None:
            return given + frame.nudge(None)
        moved = list(given)
        for time in self.times_of(symbol):
            row = time - self.first + 1
            if moved[row] is not None:
                moved[row] = moved[row] + frame.nudge(time)
        return moved
