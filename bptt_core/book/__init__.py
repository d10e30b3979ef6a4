"""This book's own data: its notations, its labelled displays, its sources.

The chapters import ``check`` and ``verify`` from here. It is the one part of
the package that knows the checker.
"""

from collections.abc import Iterable

from IPython.display import display as show

import derivations
from derivations.books.displays import NotVerified, display, verified
from derivations.books.ledger import inline
from derivations.errors import check_instance

from .displays import book_directory
from .exercises import answer
from .notations import DEFINITIONS, TABLE, notation

BOOK, BOOK_LINEAR, BOOK_SQUARED, BOOK_STEP, BOOK_LSTM = map(notation, TABLE)
__all__ = [
    "BOOK",
    "BOOK_LINEAR",
    "BOOK_LSTM",
    "BOOK_SQUARED",
    "BOOK_STEP",
    "DEFINITIONS",
    "NotVerified",
    "answer",
    "book_directory",
    "check",
    "inline",
    "verify",
]


def check(
    latex: str,
    notation: derivations.Notation = BOOK,
    given: Iterable[str] | None = None,
    hints: bool = True,
) -> derivations.Verdict:
    """Judge an equation in the notation of the book.

    As :func:`derivations.check`, with ``BOOK`` where no notation is named.
    """
    return derivations.check(latex, notation, given=given, hints=hints)


def verify(label: str, notation: derivations.Notation = BOOK) -> None:
    """Check a labelled display of the book; show one line, store a record.

    label: as ``(eq-…)`` behind the display. notation: the network that
    judges it, the book's or one that the chapter defines.

    The record is what the ledger, the site and the tests read; its keys
    stand in ``derivations.judging.record`` and in ``Verified.record``.

    Raises ``NotVerified`` when the display is missing, cannot be read or
    does not hold on every random network, or when an altered version of
    it passes as well; TypeError for a label that is no string.
    """
    check_instance("label", label, str)
    show(verified(display(label, book_directory()), notation))
