"""A notation: a network, and the way a source writes about it."""

from dataclasses import dataclass, replace

from .network import Network
from .vocabulary import Language


@dataclass(frozen=True)
class Notation:
    """A network together with the way a source writes about it."""

    network: Network
    language: Language
    forward: tuple
    name: str = ""

    def with_layout(self, **changes):
        """Return the same network written otherwise.

        Accepts layout, order, elementwise, families and functions.
        """
        if "functions" in changes:
            functions = {**self.language.functions, **changes["functions"]}
            changes = {**changes, "functions": functions}
        language = replace(self.language, **changes)
        return replace(self, language=language)

    def table(self):
        """Return rows (symbol, role, shape) of the table of roles."""
        return [
            (s.latex, _role_text(s), "×".join(s.shape))
            for s in self.network.symbols
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


def _role_text(symbol):
    if symbol.role == "assigned":
        return "computed"
    return symbol.role
