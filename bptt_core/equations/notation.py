"""A notation: a network, and the way a source writes about it."""

from dataclasses import dataclass

from .network import Network
from .vocabulary import Language


@dataclass(frozen=True)
class Notation:
    """A network together with the way a source writes about it."""

    network: Network
    language: Language
    forward: tuple
    name: str = ""

    def table(self):
        """Return rows (symbol, role, shape) of the table of roles."""
        return [
            (
                symbol.latex,
                "computed" if symbol.role == "assigned" else symbol.role,
                "×".join(symbol.shape),
            )
            for symbol in self.network.symbols
        ]

    def __repr__(self):
        rows = [("symbol", "role", "shape"), *self.table()]
        widths = [max(len(row[k]) for row in rows) for k in range(3)]
        lines = [
            "  ".join(
                cell.ljust(width)
                for cell, width in zip(row, widths, strict=True)
            ).rstrip()
            for row in rows
        ]
        return "\n".join([*lines, *self.network.notes])

    def _repr_html_(self):
        from .page import notation_html

        return notation_html(self)

