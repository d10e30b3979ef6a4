"""This book's own data: its notations, its labelled displays, its sources.

The chapters import ``check`` and ``verify`` from here. It is the one part of
the package that knows the checker.

    notations  the book's networks
    displays   the labelled displays of the pages, and ``verify``
    sources    what the five source documents print
    ledger     every labelled equation with its verdict
"""

import derivations

from .displays import NotVerified, verify
from .notations import (
    BOOK,
    BOOK_LINEAR,
    BOOK_LSTM,
    BOOK_SQUARED,
    BOOK_STEP,
)

__all__ = [
    "BOOK",
    "BOOK_LINEAR",
    "BOOK_LSTM",
    "BOOK_SQUARED",
    "BOOK_STEP",
    "NotVerified",
    "check",
    "verify",
]


def check(latex, notation=BOOK, given=None, hints=True):
    """Judge an equation in the notation of the book.

    As :func:`derivations.check`, with ``BOOK`` where no notation is named.
    """
    return derivations.check(latex, notation, given=given, hints=hints)
