"""The forward pass: forward equations evaluated row by row, step by step.

A frame collects the values: the plain pass, or one in which a node has
been nudged (oracle.py).
"""

import numpy as np

from derivations.values import arrays as v
from derivations.values.evaluate import MAX_VALUES, Evaluator


class Steps(list):
    """The values of a symbol, a step an entry; the course adds to them."""

    def __init__(self, values, course):
        super().__init__(values)
        self.course = course


class Course:
    """A forward pass of one frame, as far as it has been needed."""

    def __init__(self, sample, frame, reached):
        network = sample.network
        self.sample = sample
        self.frame = frame
        self.reached = reached
        self.next = sample.first
        self.evaluator = Evaluator(
            sample, network.language, axes=network.axes, keep=False
        )

    def run_to(self, time):
        """Run the steps that have not run yet, up to a time."""
        while self.next <= time:
            now, self.next = self.next, self.next + 1
            self.run(self.sample.network.steps, now)

    def run(self, rows, time=None):
        """Evaluate rows at one time."""
        with np.errstate(all="ignore"):
            for row in rows:
                if row.target in self.reached:
                    self._run_row(row, time)

    def _run_row(self, row, time):
        frame, target = self.frame, row.target
        env = {} if time is None else {self.sample.clock: time}
        self.evaluator.budget = MAX_VALUES
        value = v.settle(self.evaluator.value(row.meaning, env, frame))
        data = value.data
        lead = data.shape[:2]
        data = data.reshape(*lead, *data.shape[-2:])
        shape = self.sample.shape(target)
        if data.shape[-2:] != shape or value.special:
            data = np.broadcast_to(data, (*lead, *shape))
        if target is frame.symbol:
            data = data + frame.nudge(time)
        if time is None:
            frame.values[target] = data
            return
        place = time - self.sample.first + 1
        frame.values[target][place] = data
        if target in frame.fresh:
            frame.fresh[target][place] = data
