"""``check``: judge what is typed, with hints, and with what may be used."""

from collections.abc import Iterable

from derivations.errors import EquationError, check_instance, texts_in
from derivations.judging import claims
from derivations.judging.hints import find_hints
from derivations.judging.verdict import Mistake, Verdict, judge
from derivations.latex.tree import parse
from derivations.meaning import nodes as m
from derivations.meaning.reader import Reader
from derivations.networks.notation import Notation


def check(
    latex: str,
    notation: Notation,
    given: str | Iterable[str] | None = None,
    hints: bool = True,
) -> Verdict:
    r"""Judge a display: is every line of it true on random networks?

    latex: one equation or chain, as ``a = b = c`` or aligned rows.
    notation: the network and the way it is written, from ``define``.
    given: derivatives (LaTeX) that the last line may use; any other
    derivative there is refused. ``None`` allows all.
    hints: look for the single edits that would make a false line true.

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
    verdict = judge(latex, notation)
    if verdict.error is None and given is not None:
        verdict.not_given = _not_given(latex, notation.language, given)
    too_much = verdict.error is not None and verdict.error.kind == "limit"
    if hints and not (verdict or verdict.not_given or too_much):
        verdict.hints = find_hints(latex, notation)
    return verdict


def _not_given(latex, language, given):
    """Return the derivatives of the last sides that were not given."""
    allowed = set()
    for text in given:
        try:
            allowed |= set(_derivatives_in(text, language))
        except EquationError as error:
            raise ValueError(
                f"given: {error.pointed(text)}"
            ) from None
    refused = []
    for equation in claims.read(latex, language):
        for key, node in _keyed_derivatives(equation.sides[-1]):
            if key not in allowed:
                text = latex[node.start : node.end].strip()
                refused.append(" ".join(text.split()))
    return list(dict.fromkeys(refused))


def _derivatives_in(text, language):
    for row in parse(text):
        for side in row.sides:
            reader = Reader(language)
            node = reader.side(side)
            for key, _ in _keyed_derivatives(node):
                yield key


def _keyed_derivatives(node):
    for part in m.walk(node):
        if isinstance(part, m.Derivative):
            above = [
                q.symbol for q in m.walk(part.above)
                if isinstance(q, m.Quantity)
            ]
            below = part.below
            kind = part.immediate, below.copy is not None
            yield (tuple(above), below.symbol, kind), part
