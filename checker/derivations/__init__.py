r"""Executable equations: the LaTeX that the reader sees is what is tested.

``define`` makes a network from its forward equations, ``check`` judges an
equation about it.

Folders in reading order; each knows those above it and none below:
    errors      messages with a place in the LaTeX
    latex/      from LaTeX to a tree, which knows structure only
        source      a text rewritten piece by piece, with all its places
        spelling    the many spellings of one thing, brought to one
        spacing     blanks what only arranges or colours, column by column
        tree        parses by the grammar grammar.lark
        names       what a piece of the tree is: a name, a number, a derivative
        layers      a number above a symbol that is its layer
        dots        dots that stand for a sum or a product
    meaning/    from a tree to a meaning, by the vocabulary of a notation
        vocabulary  symbols, functions, and how a source writes
        functions   the functions that may be applied: one open table
        nodes       what is read: sums, products, derivatives, indices
        scope       what surrounds a place, and what is noted of the text
        indices     which letters are times, which components
        stacks      what stands one above the other: [h; x], gates
        reader      expressions, sums, derivatives, functions, symbols
        readings    what was typed, in the notation of its network
    values/     from a meaning to numbers
        bounded     arrays that carry a bound of their rounding error
        arrays      arrays with a shape, and their products; stacks join
                    them, kinks says where they have no slope
        frame       what the evaluator asks of networks, as two protocols
        evaluate    the value of a meaning; mismatch says why there is none
    networks/   from forward equations to random networks
        define      ``define``: what each row means, in which order
        phases      which rows run on in time, and which run back
        printed     forward rows as they are printed
        discovery   which symbols there are, and their roles
        sizing      shapes by the unification of shapes.py, and their letters
        frames      forward passes, plain and with a node nudged
        network     forward equations in order, and random networks by them
    judging/    from two sides to a verdict
        claims      the sides of an equation, compared at every index
        rows        is a line a row of its network, written out?
        places      where a line that does not hold would hold
        verdict     what is found about a claim; domains and page print it,
                    record turns it into plain data
        choice      two readings of one line: both are tried
        edits       single edits of a side: mutate alters true displays by
                    them, hints repairs false ones
        insertions  edits for hints alone: what is most often forgotten
        paths       the terms of the chain rule, one for each reader
        check       ``check``: a verdict with hints
        exercise    ``Exercise``: is it what was asked? hints in stages

Known limits. Not read: bounds, other norms than the Euclidean one, ≈,
expectations, dots between two terms, as in a + … + b, second derivatives,
derivatives by what is stacked in place: the gates alone, or every path? A
letter for the layer stands for each that has all the line names. ReLU, max(0,
a) and absolute values have slope 0 at the kink, and networks that stand at one
are not used. A comma in square brackets stacks columns. These readings are
said. What may mean two things is asked about, in rows and in claims: a
capital, a word or another unknown name before a bracket, x_{it}, \tanh W h,
V_{jk}^⊤, \tanh^{-1}, digits that are typeset apart. What is still taken for
granted says the table of a notation, in its last column: capitals are
matrices, small Greek letters scalars where that fits (where a matrix fits as
well, a letter of weights such as \theta is asked about, and so is one before
an input), and a letter with a time and without a row an input. l(h_t, y_t) is
an unspecified loss where no other step reads it. True is not the same as
derived: a verdict compares values, ``given`` names what an answer may use, and
``follows`` says whether a line equals the one above. "Holds" means: every
entry equal within 1e-12, relative, on 20 random networks of one, three, five
and nine to twelve steps (longer ones where a step is named by a number, and
further lengths where numbers of steps are multiplied, as in (T - 1)(T - 3)),
at every index where both sides have a value; of two free times in the longest
networks only some pairs are compared. More than that difference passes only if
the rounding of cancelling operands explains it. Where rounding leaves no
digits on any network, or literal numbers put terms more than eleven decades
apart, the line is undecided: it cannot be judged, and is neither true nor
false. Where functions saturate on every network a term may be smaller than the
last digit of others, so a line that agrees there is judged as well with
numbers in its rows that are near to one: it holds only if it holds with these
too, and else is undecided, unless it is a row of the network. All that is
evidence, not a proof. Initial states are drawn at random, but for a state that
its own row computes from others of the same step; a line that fails with it so
computed and holds with it drawn holds, and says so. A line that fails for an
initial state alone holds for t ≥ 1, and says so. An unspecified loss is
another random smooth function in each network. Beyond T every gradient is
zero. An equation and its network share one forward pass, so that verifying the
forward equations against themselves proves nothing: the numeric core and
PyTorch are held against them in the tests. A hint is one edit away, or one
slip made in several terms; two different slips at once get none.
"""

from derivations.judging.check import check
from derivations.judging.exercise import Answer, Exercise
from derivations.judging.verdict import Verdict
from derivations.meaning.functions import Function
from derivations.networks.define import define
from derivations.networks.notation import Notation

__version__ = "0.1.0"

__all__ = [
    "Answer",
    "Exercise",
    "Function",
    "Notation",
    "Verdict",
    "check",
    "define",
]
