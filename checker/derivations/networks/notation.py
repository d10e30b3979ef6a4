"""A notation: a network, and the way a source writes about it."""

from dataclasses import dataclass
from html import escape

from derivations.meaning.vocabulary import Language
from derivations.networks.network import Network


@dataclass(frozen=True)
class Notation:
    """A network together with the way a source writes about it.

    forward: its forward equations, as LaTeX; name: for messages; readings:
    how the rows were read that were typed otherwise.
    """

    network: Network
    language: Language
    forward: tuple[str, ...]
    name: str = ""
    readings: tuple[str, ...] = ()

    def table(self) -> list[tuple[str, str, str]]:
        """Return rows (symbol, role, shape) of the table of roles."""
        # Where vectors are rows, all is held transposed.
        turn = -1 if self.network.language.rows else 1
        return [
            (
                symbol.latex,
                "computed" if role == "assigned" else role,
                "×".join(self.network.shapes[symbol][::turn]),
            )
            for symbol, role in self.network.roles.items()
        ]

    def explained(self) -> list[tuple[str, str, str, str]]:
        """Return the table's rows, each with what its guess comes from."""
        reasons = [self.network.reasons[s] for s in self.network.roles]
        rows = [
            (*row, reason)
            for row, reason in zip(self.table(), reasons, strict=True)
        ]
        return rows + [
            (name, "function", "1×1", "no row says what it computes")
            for name, function in self.language.functions.items()
            if function.unspecified
        ]

    def __repr__(self):
        head = "symbol", "role", "shape", "because of"
        rows = [head, *self.explained()]
        widths = [max(len(row[k]) for row in rows) for k in range(4)]
        lines = [
            "  ".join(
                cell.ljust(width)
                for cell, width in zip(row, widths, strict=True)
            ).rstrip()
            for row in rows
        ]
        return "\n".join([*lines, *self._read])

    @property
    def _read(self):
        told = [f"read as: {text}" for text in self.readings]
        return [*told, *self.network.notes]

    def _repr_html_(self):
        return _html(self) + "".join(
            f"<div>{escape(line)}</div>" for line in self._read
        )


def _html(notation):
    """Return the table of roles and sizes of a notation."""
    rows = "".join(
        f"<tr><td><code>{escape(latex)}</code></td><td>{escape(role)}</td>"
        f"<td>{escape(shape)}</td><td>{escape(reason)}</td></tr>"
        for latex, role, shape, reason in notation.explained()
    )
    return (
        '<table class="notation"><thead><tr><th>symbol</th><th>role</th>'
        "<th>shape</th><th>because of</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )
