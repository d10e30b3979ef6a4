"""What surrounds the place that is read, and what is noted of the text."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from derivations.latex.tree import Fraction, Item
from derivations.meaning import nodes as m
from derivations.meaning.vocabulary import TIME, Symbol


@dataclass
class Notes:
    """Where things stand in the text of a side; edits and hints use it.

    marks: (kind, start, end, shift) of every index that is read, where the
    kind is time, component or bound.
    uses: (symbol, start, end) of every symbol.
    prefixes: the items that take the factor after them, such as tanh, ∂ or ∇;
    each with its ``Function``, or ``None``.
    derivatives: the fractions that are derivatives, each with its upper ∂.
    """

    marks: list[tuple[str, int, int, m.Shift]] = field(default_factory=list)
    uses: list[tuple[Symbol, int, int]] = field(default_factory=list)
    prefixes: dict[Item, str | None] = field(default_factory=dict)
    derivatives: dict[Fraction, Item] = field(default_factory=dict)


@dataclass(frozen=True)
class Scope:
    """What surrounds one place; it is passed down and never changes.

    bound: the letters that stand for something here, such as the index of
    a sum around this place.
    notes: where things are noted; the text of a definition, which nobody
    typed here, has notes of its own.
    in_numerator, in_denominator: whether a derivative is around this place.
    definitions: the symbols whose definitions are being read.
    """

    bound: Mapping[str, m.Shift] = field(default_factory=dict)
    notes: Notes = field(default_factory=Notes)
    in_numerator: bool = False
    in_denominator: bool = False
    definitions: tuple[Symbol, ...] = ()

    def under_sum(self, indices: Iterable[m.Index]) -> "Scope":
        """Return the scope in which these indices are bound as well."""
        more = {index.letter: m.Shift.of(index) for index in indices}
        return replace(self, bound={**self.bound, **more})

    def numerator(self) -> "Scope":
        """Return the scope above a derivative."""
        return replace(self, in_numerator=True)

    def denominator(self) -> "Scope":
        """Return the scope below a derivative."""
        return replace(self, in_denominator=True)

    def definition(self, symbol: Symbol, time: m.Shift | None) -> "Scope":
        """Return the scope of the definition of a symbol at a time."""
        return replace(
            self,
            bound={} if time is None else {TIME: time},
            notes=Notes(),
            definitions=(*self.definitions, symbol),
        )
