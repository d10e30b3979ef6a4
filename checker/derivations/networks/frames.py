"""Forward passes over a batch of networks, plain and nudged.

Derivatives need no formula: nudge a node and run forward again. This is the
complex-step derivative of the plain pass. All nudges of one node, at all
times, form one leading axis, so a single forward pass gives the derivative
of everything with respect to that node at every step.

``PlainFrame`` and ``NudgedAt`` are the frames of values/frame.py; between
them stands ``Nudged``, the pass that the nudges of all times share.
"""

import numpy as np

from derivations.errors import DomainError
from derivations.values import arrays as v
from derivations.values.bounded import NUDGE
from derivations.values.evaluate import MAX_VALUES, Evaluator


class ForwardPass:
    """Evaluates forward equations step by step, and keeps what they give.

    The steps up to the last one run at once. The ghost steps after it, in
    which no loss looks at the network, run when a value there is read.

    given: symbol → array, or a list of arrays, one for each time from the
    one before the first step on; rows: the equations to be evaluated.
    """

    def __init__(self, sample, given, rows):
        self.sample = sample
        self.values = {
            symbol: list(data) if symbol.timed else data
            for symbol, data in given.items()
        }
        blank = [None] * (sample.length + sample.ghosts + sample.network.depth)
        for row in rows:
            if row.timed:
                self.values.setdefault(row.target, list(blank))
        self.targets = {row.target for row in rows}
        self.next = sample.first
        network = sample.network
        self.evaluator = Evaluator(
            sample, network.language, axes=network.axes, keep=False
        )

    def run(self):
        """Evaluate all equations up to the last step."""
        network = self.sample.network
        self._evaluate(network.before)
        for row in network.initial:
            if row.target in self.targets:
                with np.errstate(all="ignore"):
                    value = self._value(row, None)
                self.keep(row.target, self.sample.first - 1, value)
        for back in range(network.depth, 0, -1):
            self._evaluate(self.sample.at_start, self.sample.first - back)
        self._run_steps()
        self._evaluate(network.after)
        # What ghost steps do later must not count.
        self.kinked = self.evaluator.kinked
        self.flat = self.evaluator.flat
        self.evaluator.flatness = None

    def stored(self, values, symbol, time):
        """Return what a symbol is at a time, among the values of a pass."""
        if symbol not in values:
            raise DomainError(f"{symbol.latex} is not known yet")
        if time is None:
            return values[symbol]
        steps, place = values[symbol], self.sample.place(time)
        inside = 0 <= place < len(steps)
        if inside and steps[place] is None and time > self.sample.last:
            self._run_to(time)
        if not inside or steps[place] is None:
            raise DomainError(f"{symbol.latex} has no value at t = {time}")
        return steps[place]

    def _run_steps(self):
        """Evaluate all steps, of one phase after the other."""
        steps = range(self.sample.first, self.sample.last + 1)
        self.next = self.sample.last + 1
        for rows, back in self.sample.network.phases:
            for time in reversed(steps) if back else steps:
                self._evaluate(rows, time)

    def _run_to(self, time):
        """Evaluate ghost steps up to a time; what runs back has none."""
        while self.next <= time:
            now, self.next = self.next, self.next + 1
            for rows, back in self.sample.network.phases:
                if not back:
                    self._evaluate(rows, now, ghost=True)

    def _evaluate(self, rows, time=None, ghost=False):
        with np.errstate(all="ignore"):
            for row in rows:
                if row.target not in self.targets:
                    continue
                try:
                    self.keep(row.target, time, self._value(row, time))
                except DomainError:
                    # After the end, what comes from the end has no value.
                    if not ghost:
                        raise

    def _value(self, row, time):
        env = {} if time is None else {self.sample.network.clock: time}
        self.evaluator.budget = MAX_VALUES
        value = v.settle(self.evaluator.value(row.meaning, env, self))
        lead, core = value.data.shape[:2], value.data.shape[-2:]
        data = value.data.reshape(*lead, *core)
        shape = self.sample.shape(row.target)
        if core != shape or value.special:
            data = np.broadcast_to(data, (*lead, *shape))
        return data

    def keep(self, symbol, time, data):
        """Keep what an equation gives for its symbol at a time."""
        if time is None:
            self.values[symbol] = data
        else:
            self.values[symbol][self.sample.place(time)] = data


class PlainFrame(ForwardPass):
    """The forward pass in which nothing is nudged; ``run`` it once."""

    def __init__(self, sample, given):
        super().__init__(sample, given, sample.network.rows)
        self.key = self
        self.evaluator.flatness = {}

    def read(self, symbol, time, env):
        return self.stored(self.values, symbol, time)

    def recomputed(self):
        return self


class Nudged(ForwardPass):
    """The forward pass in which one symbol is nudged at every time.

    ``mode`` is "total"; "immediate", where every other state keeps its
    plain value; or "copies", where a parameter is nudged at one step only.
    The nudges of one time are a block of the second axis of the arrays;
    ``at`` gives the frame of one block.

    Equations that the nudge cannot reach are not evaluated again.
    """

    def __init__(self, sample, symbol, mode):
        self.symbol = symbol
        self.mode = mode
        self.frames = {}
        rows, columns = sample.shape(symbol)
        size = rows * columns
        times = sample.times_of(symbol)
        if mode == "copies":
            times = range(sample.first, sample.last + sample.ghosts + 1)
        self.blocks = {
            time: slice(k * size, (k + 1) * size)
            for k, time in enumerate(times)
        }
        self.count = size * len(self.blocks)
        self.unit = np.eye(size).reshape(size, rows, columns)
        self.reached = _reached(sample.network, symbol, mode)
        # What the equations of held states give, beside what they are held.
        given = {s: d for s, d in sample.given.items() if s in self.reached}
        if symbol in given:
            given[symbol] = self._moved(sample, given[symbol])
        steps = sample.length + sample.ghosts + sample.network.depth
        # An initial state is given, and moves with itself alone.
        self.recomputed = {
            s: list(given.get(s, [None] * steps))
            for s in self.reached
            if self._holds(sample, s)
        }
        equations = [
            r for r in sample.network.rows if r.target in self.reached
        ]
        super().__init__(sample, given, equations)
        self.run()

    def _holds(self, sample, symbol):
        return self.mode == "immediate" and sample.role(symbol) == "state"

    def _moved(self, sample, given):
        """Return a given symbol with its nudges."""
        if self.mode == "copies":
            return given
        if self.symbol.timed is None:
            return given + self.nudge(None)
        moved = list(given)
        for time in self.blocks:
            place = sample.place(time)
            if moved[place] is not None:
                moved[place] = moved[place] + self.nudge(time)
        return moved

    def nudge(self, time):
        """Return the imaginary nudges at one time, for every block."""
        nudges = np.zeros((self.count, *self.unit.shape[1:]), complex)
        nudges[self.blocks[time]] = 1j * NUDGE * self.unit
        return nudges

    def read(self, symbol, time, env):
        """Return a quantity while the pass runs, for all blocks at once."""
        plain = self.sample.plain
        if symbol == self.symbol and self.mode == "copies":
            now = env.get(self.sample.network.clock)
            data = plain.read(symbol, time, env)
            return data if now is None else data + self.nudge(now)
        if self._holds(self.sample, symbol):
            data = plain.read(symbol, time, env)
            moved = symbol == self.symbol and time in self.blocks
            return data + self.nudge(time) if moved else data
        if symbol in self.reached:
            return self.stored(self.values, symbol, time)
        return plain.read(symbol, time, env)

    def keep(self, symbol, time, data):
        # What is computed at the initial state has no nudge there.
        if symbol == self.symbol and time in self.blocks:
            data = data + self.nudge(time)
        super().keep(symbol, time, data)
        if symbol in self.recomputed:
            self.recomputed[symbol][self.sample.place(time)] = data

    def at(self, time):
        """Return the frame of the nudges at one time."""
        if time not in self.blocks:
            raise DomainError(
                f"{self.symbol.latex} has no value at time {time}"
            )
        if time not in self.frames:
            self.frames[time] = NudgedAt(self, time)
        return self.frames[time]


class NudgedAt:
    """The frame in which a symbol is nudged at one time.

    recompute: states are what their own equations give, not what they are
    held at.
    """

    def __init__(self, nudged, time, recompute=False):
        self.nudged = nudged
        self.time = time
        self.recompute = recompute
        self.key = self
        self._recomputed = self if recompute else None

    def recomputed(self):
        if self._recomputed is None:
            self._recomputed = NudgedAt(self.nudged, self.time, True)
        return self._recomputed

    def read(self, symbol, time, env):
        nudged = self.nudged
        if self.recompute and symbol in nudged.recomputed:
            data = nudged.stored(nudged.recomputed, symbol, time)
        elif symbol == nudged.symbol and nudged.mode == "copies":
            data = nudged.sample.plain.read(symbol, time, env)
        else:
            data = nudged.read(symbol, time, env)
        if data.shape[1] == 1:
            return data
        return data[:, nudged.blocks[self.time]]


def _reached(network, nudged, mode):
    """Return the symbols that the nudge of a symbol can change."""
    reached, waiting = {nudged}, [nudged]
    for symbol in waiting:
        held = mode == "immediate" and network.roles[symbol] == "state"
        if held and symbol != nudged:
            continue
        new = [r.target for r in network.rows if symbol in r.symbols]
        waiting += [target for target in new if target not in reached]
        reached.update(new)
    return reached
