"""What an equation says: the nodes that are evaluated.

Every node carries its place in the LaTeX and ``times``, the free time
indices it depends on, so that a value is computed once per combination.
"""

import operator
from collections.abc import Iterator
from dataclasses import dataclass, field

from derivations.latex.tree import Node
from derivations.meaning.functions import Function
from derivations.meaning.vocabulary import Symbol


class Index:
    """An index letter: a time step, or a row or class of an array.

    kind: "time", "component" or, for a free letter that counts nothing,
    "unused"; ``None`` while it is being learned (indices.py).
    witnesses: the places whose size a component index runs over, each as
    (symbol or node, axis, number of components there).
    """

    def __init__(self, letter: str, kind: str | None = None):
        self.letter = letter
        self.kind = kind
        self.witnesses: list[tuple] = []

    def __repr__(self):
        return f"Index({self.letter}, {self.kind})"


@dataclass(frozen=True, slots=True)
class Shift:
    """An integer made of indices and the length T: ``t + 1``, ``T - i``."""

    constant: int = 0
    length: int = 0
    indices: tuple = ()

    @classmethod
    def of(cls, index: Index) -> "Shift":
        """Return an index as an integer."""
        return cls(indices=((index, 1),))

    def plus(self, other: "Shift", sign: int = 1) -> "Shift":
        """Return the sum with ``sign`` times another."""
        counts = dict(self.indices)
        for index, count in other.indices:
            counts[index] = counts.get(index, 0) + sign * count
        return Shift(
            self.constant + sign * other.constant,
            self.length + sign * other.length,
            tuple((i, n) for i, n in counts.items() if n),
        )

    def at(self, env: dict, length: int) -> int:
        """Return the integer, given the value of each index and of T."""
        total = self.constant + self.length * length
        for index, count in self.indices:
            total += count * env[index]
        return total

    @property
    def single(self) -> Index | None:
        """The index, if this is one index and nothing else."""
        if self.constant or self.length or len(self.indices) != 1:
            return None
        index, count = self.indices[0]
        return index if count == 1 else None

    @property
    def is_constant(self) -> bool:
        """Whether this is a plain number."""
        return not self.indices and not self.length


@dataclass(eq=False, slots=True)
class Meaning(Node):
    """A node that can be evaluated; ``times`` are filled in at the end."""

    times: "frozenset[Index]" = field(init=False, repr=False)

    def own_times(self) -> list[Index]:
        """Return the time indices this node itself mentions."""
        return [
            index
            for shift in self.held(Shift)
            for index, _ in shift.indices
            if index.kind == "time"
        ]


@dataclass(eq=False, slots=True)
class Number(Meaning):
    """A literal: it broadcasts onto columns, as in 1 - h_t^2."""

    value: float


@dataclass(eq=False, slots=True)
class Integer(Meaning):
    """T, or an index, used as a number."""

    shift: Shift


@dataclass(eq=False, slots=True)
class Identity(Meaning):
    """The identity matrix I, of whatever size fits."""


@dataclass(eq=False, slots=True)
class Quantity(Meaning):
    """A symbol of the network at a time, perhaps one component of it.

    ``copy`` is the step k of a parameter copy W^{(k)}. A component is an
    ``Index``, an ``int`` from 1, or the ``Quantity`` of a class label.
    """

    symbol: Symbol
    time: Shift | None = None
    copy: Shift | None = None
    components: "tuple[Index | int | Quantity, ...]" = ()


@dataclass(eq=False, slots=True)
class Add(Meaning):
    """Signed terms: ``signs[k]`` belongs to ``terms[k]``."""

    signs: list
    terms: list


@dataclass(eq=False, slots=True)
class Product(Meaning):
    """Factors side by side: scalars, matrices, columns."""

    factors: list


@dataclass(eq=False, slots=True)
class Binary(Meaning):
    """``kind`` is hadamard, outer or quotient."""

    kind: str
    left: Meaning
    right: Meaning


@dataclass(eq=False, slots=True)
class Transpose(Meaning):
    """The body, transposed."""

    body: Meaning


@dataclass(eq=False, slots=True)
class Power(Meaning):
    """Element-wise for columns and scalars, repeated product for matrices.

    ``exponent`` is a ``Shift`` or a plain number.
    """

    body: Meaning
    exponent: Shift | float


@dataclass(eq=False, slots=True)
class Apply(Meaning):
    """A ``Function`` on its arguments; one prime is its slope."""

    function: Function
    arguments: list
    primes: int = 0


@dataclass(eq=False, slots=True)
class Pick(Meaning):
    """Components of an expression: (…)_i."""

    body: Meaning
    components: tuple


@dataclass(eq=False, slots=True)
class Stack(Meaning):
    """Blocks in rows; with ``comma`` it is one row, and shapes decide.

    Columns that commas join stand one above the other, all else side by
    side; ``turned`` says that all values are held transposed.
    """

    rows: "list[list[Meaning]]"
    comma: bool = False
    turned: bool = False


@dataclass(eq=False, slots=True)
class Squares(Meaning):
    """The sum of the squares of all entries, ‖v‖²; ``matrix``: of any shape.

    Without ``matrix`` it is of a column, a row or a scalar.
    """

    body: Meaning
    matrix: bool = False


@dataclass(eq=False, slots=True)
class Size(Meaning):
    """The absolute value of a scalar."""

    body: Meaning


@dataclass(eq=False, slots=True)
class Threshold(Meaning):
    """One where left stands in the relation to right, else zero: 1[a > 0]."""

    relation: str
    left: Meaning
    right: Meaning


@dataclass(eq=False, slots=True)
class Block(Meaning):
    """Block ``number`` of a column whose blocks are as long as symbols."""

    body: Meaning
    number: int
    symbols: list


@dataclass(eq=False, slots=True)
class Blockwise(Meaning):
    """Functions one above the other, each of its own block of the body.

    The blocks are as long as those of ``like``.
    """

    functions: list
    body: Meaning
    like: Stack


@dataclass(eq=False, slots=True)
class Derivative(Meaning):
    """∂above/∂below; ``immediate`` for ∂⁺."""

    above: Meaning
    below: Quantity
    immediate: bool = False
    gradient: bool = False


@dataclass(eq=False, slots=True)
class Chained(Meaning):
    """Derivatives joined by the chain rule, whatever their layout.

    Each is by what the next one is of.
    """

    links: "list[Derivative]"


@dataclass(eq=False, slots=True)
class Repeat(Meaning):
    """A sum or an ordered product over one index.

    Over a time index with bounds ``lower`` and ``upper`` (both or neither)
    or over every component; ``size`` is then the letter that is written as
    its upper bound. ``order`` is ascending or descending and says on which
    side of a product later factors stand.
    """

    kind: str
    index: Index
    lower: Shift | None
    upper: Shift | None
    body: Meaning
    conditions: list
    order: str
    size: str | None = None


RELATIONS = {
    "=": operator.eq,
    "\\neq": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "\\leq": operator.le,
    "\\geq": operator.ge,
}


@dataclass(eq=False, slots=True)
class Condition(Meaning):
    """A relation between two of: ``Shift``, label ``Quantity``."""

    relation: str
    left: Shift | Quantity
    right: Shift | Quantity

    @property
    def of_times(self) -> bool:
        """Whether both sides are made of times, and not of components."""
        return all(
            isinstance(side, Shift)
            and all(index.kind == "time" for index, _ in side.indices)
            for side in (self.left, self.right)
        )

    def holds(self, env: dict, length: int) -> bool:
        """Whether it holds between two times, given each index and T."""
        sides = self.left.at(env, length), self.right.at(env, length)
        return RELATIONS[self.relation](*sides)


@dataclass(eq=False, slots=True)
class Indicator(Meaning):
    """One where all conditions hold, else zero: δ_{kj}, 1_{i=y_t}."""

    conditions: list


@dataclass(eq=False, slots=True)
class Choice(Meaning):
    """Rows of (conditions, body); an empty list of conditions: otherwise."""

    rows: list


def settle_times(node: Meaning) -> frozenset[Index]:
    """Fill ``times`` bottom up and return the node's own."""
    found = set(node.own_times())
    for part in node.parts():
        found |= settle_times(part)
    if isinstance(node, Repeat):
        found.discard(node.index)
    node.times = frozenset(found)
    return node.times


def walk(node: Meaning) -> Iterator[Meaning]:
    """Yield the node and everything below it."""
    yield node
    for part in node.parts():
        yield from walk(part)
