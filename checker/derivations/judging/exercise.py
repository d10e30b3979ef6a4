"""Exercises: what is asked, and whether an answer answers it.

A true line is not yet an answer. An ``Exercise`` knows the left side that
is asked for, the network, and what may be used, so that ``b = b``, another
true line or the question put on the right side is told apart from an
answer. A wrong answer gets a counterexample; what is wrong is told in
stages, when it is asked for.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from html import escape

import numpy as np

from derivations.errors import EquationError, check_instance, texts_in
from derivations.judging import claims
from derivations.judging.check import check
from derivations.judging.edits import SLIPS, sides_of
from derivations.judging.hints import find_hints, points
from derivations.judging.verdict import Hint, Verdict
from derivations.latex.spelling import spelled
from derivations.latex.tree import parse
from derivations.meaning import nodes as m
from derivations.meaning.reader import Reader
from derivations.networks.notation import Notation

ANSWER_TYPE = "application/vnd.derivations.answer+json"
STATES = {
    "right": "right",
    "not asked": "true, but not what was asked",
    "not allowed": "not yet: it uses what is not given",
    "wrong": "not right",
    "unread": "cannot be read",
    "empty": "no answer yet",
}
NO_HINT = (
    "no single change mends this line; see whether each reader of the "
    "quantity has its term, and each term its shape, slope and factors"
)
STAGES = ("the kind of slip", "the place", "the edit")


class Text(str):
    """Plain text that a notebook shows as it is."""

    __slots__ = ()

    def __repr__(self):
        return str(self)


@dataclass
class Answer:
    """What became of an answer; true if and only if it is right.

    state: a key of ``STATES``; asked: the LaTeX that is asked for; latex:
    the equation that was judged; why: one sentence, or ""; verdict: that
    on the equation, without hints, ``None`` if nothing was judged.
    """

    state: str
    asked: str
    latex: str
    why: str
    notation: Notation = field(repr=False)
    verdict: Verdict | None = None
    told: int = 0
    _hints: list[Hint] | None = field(default=None, repr=False)

    def __bool__(self) -> bool:
        return self.state == "right"

    def lines(self) -> list[str]:
        """Return the answer to an answer as lines of plain text."""
        lines = [STATES[self.state]]
        if self.verdict is not None and self.state in ("wrong", "unread"):
            lines += self.verdict.lines()
        if self.why:
            lines.append(self.why)
        if self.state == "wrong":
            lines.append("ask for a hint with .hint()")
        return lines

    def __repr__(self):
        return "\n".join(self.lines())

    def _repr_html_(self):
        return f"<pre>{escape(repr(self))}</pre>"

    def record(self) -> dict:
        """Return the answer as data that JSON can hold.

        asked, latex, why: as above; state: a key of ``STATES``; verdict:
        the record of the verdict, or ``None``.
        """
        verdict = None if self.verdict is None else self.verdict.record()
        return {
            "asked": self.asked,
            "latex": self.latex,
            "state": self.state,
            "why": self.why,
            "verdict": verdict,
        }

    def _repr_mimebundle_(self, include=None, exclude=None):
        """Return it as text, as HTML and as a record, for a notebook."""
        return {
            "text/plain": repr(self),
            "text/html": self._repr_html_(),
            ANSWER_TYPE: self.record(),
        }

    def hints(self) -> list[Hint]:
        """Return all hints; they are looked for once."""
        if self._hints is None:
            self._hints = []
            if self.state == "wrong":
                found = find_hints(self.verdict.text, self.notation)
                self._hints = self.verdict.placed(found)
        return self._hints

    def hint(self, stage: int | None = None) -> Text:
        """Return the next stage of the first hint, or the one named.

        stage: 1 for the kind of slip, 2 for its place, 3 for the edit.
        Raises ``ValueError`` for another stage.
        """
        if stage is None:
            stage = self.told = min(self.told + 1, len(STAGES))
        if stage not in range(1, len(STAGES) + 1):
            raise ValueError(f"stage must be 1, 2 or 3; got {stage!r}")
        if self.state != "wrong":
            return Text(self.why or STATES[self.state])
        if not self.hints():
            return Text(NO_HINT)
        hint = self.hints()[0]
        if stage == 1:
            return Text(f"the kind of slip: {SLIPS[hint.kind]}")
        if stage == 2:
            return Text(_pointed(self.latex, hint))
        return Text(str(hint))


class Exercise:
    r"""A question that marks its answers.

    asked: the left side that is asked for, as LaTeX, or several, which are
    then all right to answer; notation: the network, from ``define``.
    given: derivatives (LaTeX) that an answer may use, as for ``check``;
    ``None`` allows all but what is asked. only: the quantities (LaTeX) that
    an answer may use beside parameters, ``None`` for all.

    >>> from derivations import define
    >>> network = define([
    ...     r"a_t = U x_t + W h_{t-1} + b",
    ...     r"h_t = \tanh(a_t)",
    ...     r"L = \sum_{t=1}^{T} l(h_t, y_t)",
    ... ])
    >>> slope = Exercise(r"\frac{\partial h_t}{\partial a_t}", network)
    >>> slope.answer(r"\operatorname{diag}(1 - h_t^2)")
    right
    >>> slope.answer("b = b")
    true, but not what was asked
    asked is \frac{\partial h_t}{\partial a_t} = …
    >>> answer = slope.answer(r"\operatorname{diag}(1 - h_{t-1}^2)")
    >>> bool(answer), answer.hint()
    (False, the kind of slip: a time index: a neighbour in time)
    """

    def __init__(
        self,
        asked: str | Iterable[str],
        notation: Notation,
        given: str | Iterable[str] | None = None,
        only: str | Iterable[str] | None = None,
    ):
        check_instance("notation", notation, Notation)
        self.asked = texts_in("asked", asked)
        self.notation = notation
        self.given = None if given is None else texts_in("given", given)
        self.only = None if only is None else texts_in("only", only)
        if not self.asked:
            raise ValueError("asked must name a left side; got nothing")
        for text in (*self.asked, *(self.only or ())):
            try:
                self._meaning(text)
            except EquationError as error:
                raise ValueError(f"asked: {error.pointed(text)}") from None

    def __repr__(self):
        return f"asked is {self._question}"

    @property
    def _question(self):
        return " or ".join(f"{text} = …" for text in self.asked)

    def answer(self, latex: str) -> Answer:
        """Judge an answer: an equation, or its right side alone.

        Returns an ``Answer``; nothing that is typed raises an error.
        """
        if not isinstance(latex, str) or not latex.strip():
            why = f"type LaTeX between the quotes: {self._question}"
            return self._result("empty", str(latex), why)
        completed = [self._completed(latex, asked) for asked in self.asked]
        answers = map(self._judged, dict.fromkeys(completed))
        return min(answers, key=lambda one: list(STATES).index(one.state))

    def _judged(self, latex):
        verdict = check(latex, self.notation, self.given, hints=False)
        text = verdict.text
        if verdict.error is not None and verdict.error.kind != "shape":
            return self._result("unread", latex, "", verdict)
        if verdict.not_given:
            names = ", ".join(verdict.not_given)
            allowed = ", ".join(self.given) or "no derivative"
            why = f"{names} may not be used; given: {allowed}"
            return self._result("not allowed", latex, why, verdict)
        if not verdict:
            why = "" if self._about(text) else f"asked is {self._question}"
            return self._result("wrong", latex, why, verdict)
        why = self._beside(text) or self._limited(text)
        if why:
            state = "not allowed" if why.endswith("used") else "not asked"
            return self._result(state, latex, why, verdict)
        return self._result("right", latex, "", verdict)

    def _result(self, state, latex, why, verdict=None):
        asked = self.asked[0]
        return Answer(state, asked, latex, why, self.notation, verdict)

    def _completed(self, latex, asked):
        """Put the left side in front of an answer that has none."""
        try:
            rows = parse(spelled(latex).text)
        except EquationError:
            return latex
        if len(rows) == 1 and len(rows[0].sides) == 1:
            bare = not rows[0].relations or rows[0].continues
            if bare:
                joint = " " if rows[0].continues else " = "
                return f"{asked}{joint}{latex.strip()}"
        return latex

    def _meaning(self, text):
        """Return what a left side means, and its letters."""
        reader = Reader(self.notation.language)
        return reader.side(claims.only_side(text))

    # -- is it what was asked? ------------------------------------------------

    def _beside(self, latex) -> str:
        """Return why a true display is no answer, or ""."""
        for sides in sides_of(latex):
            for turned in (sides, sides[::-1]):
                for asked in self.asked:
                    if self._same(asked, turned[0]):
                        return self._used(asked, turned)
        return f"asked is {self._question}"

    def _limited(self, latex) -> str:
        """Return why an answer is none for its remark, as t = T, or ""."""
        language = self.notation.language
        limits = [
            equation
            for equation in claims.read(latex, language)
            if equation.limits
        ]
        sample = self.notation.network.sample(0)
        for equation in limits:
            free = replace(equation, limits=[])
            meant, every = (
                set(claims.Judge(one, sample, language).points())
                for one in (equation, free)
            )
            if meant != every:
                return (
                    "it is true where its remark says, and asked is "
                    f"{self._question} at every step"
                )
        return ""

    def _about(self, latex):
        """Whether some equation has a side that is asked for."""
        return any(
            self._same(asked, text)
            for sides in sides_of(latex)
            for text in (sides[0], sides[-1])
            for asked in self.asked
        )

    def _same(self, asked, text) -> bool:
        """Whether two texts mean the same, but for letters of indices."""
        letters: dict[str, str] = {}
        one, other = self._meaning(asked), self._meaning(text)
        same = _equal(one, other, letters)
        return same and len({*letters.values()}) == len(letters)

    def _used(self, asked, sides) -> str:
        """Return what the last side uses and may not, or ""."""
        language = self.notation.language
        (equation,) = claims.read_pair(sides[0], sides[-1], language)
        sample = self.notation.network.sample(0)
        judge = claims.Judge(equation, sample, language)
        circular, every = [], []
        for point in points(equation, sample):
            try:
                with np.errstate(all="ignore"):
                    target = _key(*judge.at(0, point), sample.length)
                    judge.side(0, point)
                    judge.evaluator.kept.clear()
                    judge.side(1, point)
            except EquationError:
                continue
            used = _keys(judge.evaluator.kept, sample)
            circular.append(target in used)
            every.append(used)
        if circular and all(circular):
            return (
                f"the right side uses what is asked: {asked}; write it without"
            )
        if self.only is not None:
            return self._not_only(set().union(*every))
        return ""

    def _not_only(self, used):
        sample = self.notation.network.sample(0)
        allowed = set()
        for text in self.only:
            node = self._meaning(text)
            time = node.time
            if time is not None:
                time = None if time.indices else time.at({}, sample.length)
            allowed.add((node.symbol, time))
        roles = self.notation.network.roles
        for symbol, time, kind in sorted(used, key=str):
            if kind is not None or roles[symbol] == "parameter":
                continue
            if not {(symbol, time), (symbol, None)} & allowed:
                names = ", ".join(self.only)
                return (
                    f"only {names} and parameters may be used, but "
                    f"{symbol.latex} is used"
                )
        return ""


def _key(node, env, length):
    """Return what a quantity or derivative is, at its time."""
    if isinstance(node, m.Derivative):
        below = node.below
        above = tuple(
            (q.symbol, q.time and q.time.at(env, length))
            for q in m.walk(node.above)
            if isinstance(q, m.Quantity)
        )
        time = below.time and below.time.at(env, length)
        return below.symbol, time, (above, node.immediate, below.copy)
    if isinstance(node, (m.Transpose, m.Pick)):
        return _key(node.body, env, length)
    if isinstance(node, m.Quantity):
        return node.symbol, node.time and node.time.at(env, length), None
    return None


def _keys(kept, sample):
    """Return the quantities and derivatives that were evaluated."""
    found = set()
    for node, frame, *times in kept:
        if frame == sample.plain.key and isinstance(
            node, (m.Derivative, m.Quantity)
        ):
            env = dict(zip(node.times, times, strict=True))
            found.add(_key(node, env, sample.length))
    return found


def _equal(one, other, letters):
    """Whether two meanings are the same, with letters exchanged."""
    if isinstance(one, m.Index):
        return isinstance(other, m.Index) and (
            letters.setdefault(one.letter, other.letter) == other.letter
        )
    if isinstance(one, m.Shift):
        return (
            isinstance(other, m.Shift)
            and (one.constant, one.length) == (other.constant, other.length)
            and _equal(one.indices, other.indices, letters)
        )
    if isinstance(one, (list, tuple)):
        return (
            isinstance(other, (list, tuple))
            and len(one) == len(other)
            and all(
                _equal(a, b, letters) for a, b in zip(one, other, strict=True)
            )
        )
    if isinstance(one, m.Meaning):
        skipped = ("times", "gradient")
        return type(one) is type(other) and all(
            _equal(getattr(one, name), getattr(other, name), letters)
            for name in type(one).__slots__
            if name not in skipped
        )
    return one == other


def _pointed(latex, hint):
    """Return the equation with a mark under every place of a hint."""
    width = len(latex)
    marks = [" "] * (width + 2)
    for start, end, _ in hint.changes:
        for place in range(start, max(end, start + 1)):
            marks[place] = "^"
    lines, at = [], 0
    for line in latex.split("\n"):
        below = "".join(marks[at : at + len(line) + 1]).rstrip()
        lines.append(line)
        if below:
            lines.append(below)
        at += len(line) + 1
    return "\n".join(["the place:", *lines])
