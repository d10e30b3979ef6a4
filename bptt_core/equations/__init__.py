"""Executable equations: the LaTeX that the reader sees is what is tested.

``check`` judges a typed equation, ``verify`` a labelled display of the
book, ``define`` makes a network from its forward equations.

From LaTeX to a tree, which knows structure only:
    layout      blanks what only arranges or colours, column by column
    tree        parses by the grammar latex.lark
    names       what a base, a script or a bracket of the tree holds
    errors      messages with a place in the LaTeX

From a tree to a meaning, by the vocabulary of a notation:
    vocabulary  symbols, functions, and how a source writes
    meaning     the nodes: sums, products, derivatives, indices
    reader      terms, factors and functions; it is built on
    repeats       sums and products over an index, built on
    derivatives   ∂, ∂⁺ and ∇, built on
    symbols       a symbol with its scripts, built on
    indices       times, components and conditions

From forward equations to random networks:
    definition  ``define``: what each row means, in which order
    discovery   which symbols there are, and their roles
    sizing      shapes by the unification of shapes.py, and their letters
    network     random networks: what is drawn, what is read
    forward     the forward pass on them
    oracle      derivatives: nudge a node, run forward again

From a meaning to a verdict:
    values      arrays with a shape, and their products
    evaluate    the value of a meaning; mismatch says why there is none
    claims      the sides of an equation, compared at every index
    rounding    how far apart rounding alone may bring them
    verdict     ``check`` and what it returns; domains and page print it
    edits       single edits of a side: mutate alters true displays by
                them, hints repairs false ones

The data: notations (the book's), sources (the five documents'), book (the
labelled displays, ``verify``), ledger (all of them with their verdicts).

Known limits. Not read: bounds and norms, ≈, expectations, dots as in
a + … + b, second derivatives, max and ReLU (the complex step needs
analytic functions), more than one step back, stacked vectors. True is not
the same as derived: a verdict compares values, ``given`` names what an
answer may use, and ``follows`` says whether a line equals the one above.
"Holds" means: equal within 1e-10, relative, on 20 random networks of up to
six steps, at every index where both sides have a value, but for what the
rounding of cancelling operands explains; that is evidence, not a proof. An
equation and its network share one forward pass, so that verifying the
forward equations against themselves proves nothing: the numeric core and
PyTorch are held against them in the tests. A hint is one edit away; two
slips at once get none.
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
