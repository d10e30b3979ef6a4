"""``check``: judge what is typed, with hints, and with what may be used."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from derivations.errors import EquationError, check_instance, texts_in
from derivations.judging import claims
from derivations.judging.choice import judged
from derivations.judging.hints import find_hints
from derivations.judging.places import note_places
from derivations.judging.verdict import Mistake, Verdict
from derivations.latex.tree import parse
from derivations.meaning import nodes as m
from derivations.meaning.reader import Reader
from derivations.meaning.readings import written
from derivations.networks.notation import Notation


def check(
    latex: str,
    notation: Notation,
    given: str | Iterable[str] | None = None,
    hints: bool = True,
    layout: str | None = None,
) -> Verdict:
    r"""Judge a display: is every line of it true on random networks?

    latex: one equation or chain, as ``a = b = c`` or aligned rows.
    notation: the network and the way it is written, from ``define``.
    given: derivatives (LaTeX) that the last line may use; any other
    derivative there is refused. ``None`` allows all.
    hints: look for the single edits that would make a false line true.
    layout: how the display writes derivatives and vectors, if not as the
    notation does; see ``Language``. Between rows and columns every matrix
    is the other one's transpose.

    Returns a ``Verdict``, which is true if every line holds, and prints
    itself. The docstring of the package says what "holds" means, and what
    cannot be judged. Raises no error for what is typed in ``latex``;
    ``TypeError`` for a notation of another class or a ``given`` that does
    not hold strings, ``ValueError`` for a ``given`` that cannot be read.

    >>> from derivations import check, define
    >>> network = define([
    ...     r"h_t = \tanh(W h_{t-1} + U x_t)",
    ...     r"L = \sum_{t=1}^{T} l(h_t, y_t)",
    ... ])
    >>> slope = r"\frac{\partial^{+} h_t}{\partial h_{t-1}}"
    >>> right = r"\operatorname{diag}(1 - h_t^2) W"
    >>> check(rf"{slope} = {right}", network)
    holds: every t, on 20 random networks
    >>> verdict = check(rf"{slope} = {right}^\top", network)
    >>> bool(verdict)
    False
    >>> print(verdict.hints[0])
    it holds with a ⊤ dropped: \operatorname{diag}(1 - h_t^2) W
    """
    check_instance("notation", notation, Notation)
    if given is not None:
        given = texts_in("given", given)
    if not isinstance(latex, str):
        text = "LaTeX is a string"
        return Verdict(
            str(latex),
            error=Mistake(text, None, "input", text),
            notation=notation,
        )
    changed = []
    if layout is not None:
        notation, changed = _in_layout(notation, layout)
    verdict = judged(latex, notation)
    verdict.readings += changed
    if verdict.error is None and given is not None:
        verdict.not_given = _not_given(verdict.text, notation.language, given)
    wrong = not verdict and not verdict.not_given and verdict.steps
    if wrong and (verdict.error is None or verdict.error.kind == "shape"):
        note_places(verdict, notation)
    too_much = verdict.error is not None and verdict.error.kind == "limit"
    if hints and not (verdict or verdict.not_given or too_much):
        verdict.hints = verdict.placed(find_hints(verdict.text, notation))
    return verdict


def _in_layout(notation, layout):
    """Return a notation in another layout, and what is to be said of it."""
    language = replace(notation.language, layout=layout)
    turned = language.rows != notation.network.language.rows
    said = f"the layout {layout!r}"
    if turned:
        said += ": every matrix is the transpose of the network's"
    same = layout == notation.language.layout
    return replace(notation, language=language), [] if same else [said]


def _not_given(latex, language, given):
    """Return the derivatives of the last sides that were not given.

    The time of a given derivative counts: its letter is the free time of
    the equation. Where the equation has none, it is given at every time.
    What stands on the left side is the question, so it is no answer.
    """
    allowed = []
    for text in given:
        try:
            allowed += _derivatives_in(text, language)
        except EquationError as error:
            raise ValueError(f"given: {error.pointed(text)}") from None
    refused = []
    for equation in claims.read(latex, language):
        asked = [
            _Use.of(node, equation.times)
            for node in _derivatives(equation.sides[0])
        ]
        if equation.sides[0] is not equation.sides[-1] and (
            equation.source(0) == equation.source(len(equation.sides) - 1)
        ):
            refused.append(equation.source(0))
            continue
        for node in _derivatives(equation.sides[-1]):
            use = _Use.of(node, equation.times)
            question = any(map(use.is_asked_by, asked))
            if question or not any(use.is_given_by(one) for one in allowed):
                text = latex[node.start : node.end].strip()
                refused.append(" ".join(text.split()))
    return list(dict.fromkeys(refused))


def _derivatives_in(text, language):
    for row in parse(written(text, language).text):
        for side in row.sides:
            reader = Reader(language)
            (node,) = reader.sides([side])
            free = reader.indices.free.values()
            times = [index for index in free if index.kind == "time"]
            for derivative in _derivatives(node):
                yield _Use.of(derivative, times)


def _derivatives(node):
    return [part for part in m.walk(node) if isinstance(part, m.Derivative)]


@dataclass(frozen=True)
class _Use:
    """A derivative that is used, given or asked for.

    key: what of and by what; places: when, for each symbol with a time:
    (which free time of the equation, constant), ("sum", constant) for the
    index of a sum, or ("step", constant, lengths); timed: has the equation
    a free time?
    """

    key: tuple
    places: tuple
    timed: bool

    @classmethod
    def of(cls, node: m.Derivative, times: list[m.Index]) -> "_Use":
        """Return the use of a derivative beside these free times."""
        below = node.below
        quantities = [
            part for part in m.walk(node.above) if isinstance(part, m.Quantity)
        ]
        symbols = tuple(part.symbol for part in quantities)
        kind = node.immediate, below.copy is not None
        shifts = [part.time for part in (*quantities, below)]
        places = tuple(
            _place(shift, times)
            for shift in (*shifts, below.copy)
            if shift is not None
        )
        return cls((symbols, below.symbol, kind), places, bool(times))

    def is_given_by(self, given: "_Use") -> bool:
        """Whether a given derivative is this one."""
        if self.key != given.key:
            return False
        if self.places == given.places or not self.timed:
            return True
        if all(place[0] == "sum" for place in self.places):
            return True
        # A Jacobian from one step to the next is the same at all of them.
        gaps = [_gaps(use.places) for use in (self, given)]
        return len(self.places) > 1 and gaps[0] == gaps[1]

    def is_asked_by(self, asked: "_Use") -> bool:
        """Whether this is, or has in a sum, what is asked for."""
        summed = len(self.places) == 1 and self.places[0][0] == "sum"
        return self.key == asked.key and (
            summed or self.places == asked.places
        )


def _place(shift, times):
    if not shift.indices:
        return "step", shift.constant, shift.length
    (index, count), *others = shift.indices
    if index in times and count == 1 and not others and not shift.length:
        return times.index(index), shift.constant
    return "sum", shift.constant


def _gaps(places):
    (letter, start, *_), *others = places
    return [
        (other[0] == letter != "step", other[1] - start) for other in others
    ]
