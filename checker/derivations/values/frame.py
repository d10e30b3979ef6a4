"""What the evaluator asks of the networks that it evaluates on.

A *sample* is a batch of random networks of one size; a *frame* is one
forward pass over it, plain or with one node nudged. The evaluator knows
these two protocols; networks/ implements them.
"""

from collections.abc import Hashable, Mapping
from typing import Protocol

from derivations.meaning.nodes import Index
from derivations.meaning.vocabulary import Symbol
from derivations.values.arrays import Array, Value


class Frame(Protocol):
    """The values of all quantities in one forward pass.

    key: tells this frame from every other one of its sample. What has been
    evaluated is kept by it.
    """

    key: Hashable

    def read(
        self, symbol: Symbol, time: int | None, env: Mapping[Index, int]
    ) -> Array:
        """Return a quantity's array, (networks, nudges, rows, columns).

        time: the step, ``None`` for a symbol without a time; env: the value
        of each time index, the clock of a forward equation among them. An
        axis of length 1 means the same for all networks, or all nudges.
        Raises ``DomainError`` where the symbol has no value.
        """

    def recomputed(self) -> "Frame":
        """Return the frame in which a state is what its own row computes.

        In an immediate derivative every state but the nudged one is held
        at its plain value. What is differentiated must not be held.
        """


class Sample(Protocol):
    """A batch of random networks of one size.

    first, last: the first and last step; length: how many steps that is.
    ghosts: how many steps follow the last one, where no loss looks.
    thin: are there sizes of one? plain: the frame of the plain forward
    pass. bounded: do its arrays carry a bound of their rounding error
    (values/bounded.py)?
    """

    first: int
    last: int
    length: int
    ghosts: int
    thin: bool
    plain: Frame
    bounded: bool

    def nudged(self, symbol: Symbol, mode: str, time: int | None) -> Frame:
        """Return the frame in which a symbol is nudged at a time.

        mode: "total"; "immediate", where every other state is held; or
        "copies", where a parameter is nudged at one step only. Every entry
        of the symbol has its own nudge, of ``NUDGE`` times i.
        """

    def weights(self, name: str, count: int, rows: int) -> list[Array]:
        """Return the random numbers of an unspecified function.

        name: the function's; count: of its arguments; rows: of each. They
        are what ``arrays.smooth`` takes, others for every network.
        """

    def tamed(self, number: float) -> float:
        """Return what stands for a number that is written in LaTeX."""

    def role(self, symbol: Symbol) -> str:
        """Return input, label, parameter, state or assigned."""

    def shape(self, symbol: Symbol) -> tuple[int, int]:
        """Return (rows, columns) of a symbol."""

    def size_name(self, size: int) -> str:
        """Return the letter of a size, such as n."""

    def shape_name(self, value: Value) -> str:
        """Return a shape in letters, such as n×1."""
