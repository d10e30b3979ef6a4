"""Executable equations: the LaTeX that the reader sees is what is tested.

``check`` judges a typed equation, ``verify`` a labelled display of the
book, ``define`` makes a network from its forward equations.
"""

from .book import NotVerified, verify
from .definition import define
from .notation import Notation
from .notations import (
    BOOK,
    BOOK_LINEAR,
    BOOK_LSTM,
    BOOK_SQUARED,
    BOOK_STEP,
)
from .verdict import Verdict, check

__all__ = [
    "BOOK",
    "BOOK_LINEAR",
    "BOOK_LSTM",
    "BOOK_SQUARED",
    "BOOK_STEP",
    "NotVerified",
    "Notation",
    "Verdict",
    "check",
    "define",
    "verify",
]
