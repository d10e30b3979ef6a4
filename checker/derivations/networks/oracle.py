"""Derivatives without a formula: nudge a node and run forward again.

The complex-step derivative of the plain forward pass. All nudges of one
node, at all times, form one leading axis, so a single forward pass gives
the derivative of everything with respect to that node at every step.
"""

import numpy as np

from derivations.errors import DomainError
from derivations.values.evaluate import STEP


class World:
    """A forward pass in which one node is nudged at every time.

    ``mode`` is "total"; "immediate", where every other recurrent state
    keeps its plain value; or "copies", where a parameter is nudged at one
    step only.
    """

    def __init__(self, sample, symbol, mode):
        self.sample = sample
        self.symbol = symbol
        self.mode = mode
        rows, columns = sample.shape(symbol)
        self.size = rows * columns
        if mode == "copies":
            times = range(sample.first, sample.last + sample.ghosts + 1)
        else:
            times = sample.times_of(symbol)
        self.blocks = {time: k for k, time in enumerate(times)}
        self.count = self.size * len(self.blocks)
        self.unit = np.eye(self.size).reshape(self.size, rows, columns)
        self.key = (symbol, mode)
        self.values = {}
        self.fresh = {}
        sample.run(self)

    def nudge(self, time):
        """Return the imaginary nudges at one time, for every block."""
        nudges = np.zeros((self.count, *self.unit.shape[1:]), complex)
        start = self.blocks[time] * self.size
        nudges[start : start + self.size] = 1j * STEP * self.unit
        return nudges

    # While the pass runs, the world is the frame that its rows read.

    def get(self, symbol, time, env):
        if symbol is self.symbol and self.mode == "copies":
            now = env.get(self.sample.clock)
            data = self.sample.read(self.sample.values, symbol, time)
            return data if now is None else data + self.nudge(now)
        if self.mode == "immediate" and symbol.role == "state":
            data = self.sample.read(self.sample.values, symbol, time)
            moved = symbol is self.symbol and time in self.blocks
            return data + self.nudge(time) if moved else data
        return self.sample.read(self.values, symbol, time)

    def block(self, time):
        """Return the frame of the nudges at one time."""
        if time not in self.blocks:
            raise DomainError(
                f"{self.symbol.latex} has no value at time {time}"
            )
        return Block(self, time)


class Block:
    """The part of a world whose nudges are at one time."""

    def __init__(self, world, time, fresh=False):
        self.world = world
        self.time = time
        self.fresh = fresh
        self.key = (*world.key, time, fresh)
        start = world.blocks[time] * world.size
        self.cut = slice(start, start + world.size)

    def recomputed(self):
        """The same frame with states as their own rows compute them."""
        return Block(self.world, self.time, True)

    def get(self, symbol, time, env):
        world = self.world
        if self.fresh and symbol in world.fresh:
            data = world.sample.read(world.fresh, symbol, time)
        elif symbol is world.symbol and world.mode == "copies":
            data = world.sample.read(world.sample.values, symbol, time)
        elif world.mode == "immediate" and symbol.role == "state":
            data = world.get(symbol, time, env)
        else:
            data = world.sample.read(world.values, symbol, time)
        return data[:, self.cut] if data.shape[1] > 1 else data
