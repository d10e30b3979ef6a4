"""Edits that would make a false line true, and the slip that they name.

What a line lacks is a number at every place: the left side minus the right
one. The terms of the right side are evaluated apart, so that an edit costs
its own term only, and one edit in several terms costs nothing more: the
changes of the terms have to add up to what is lacking. What passes is put
into the line, and only a line that ``judge_pair`` finds true on all random
networks is a hint.

Likely kinds come first, and within a kind every term has its turn before
one has a second: a slip in the last term is found like one in the first.
What is tried is bounded, not the time, so that hints are the same on every
machine.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from derivations.errors import EquationError
from derivations.judging import claims
from derivations.judging.edits import (
    KIND_OF,
    Edit,
    edits,
    edits_beside,
    read_beside,
    shift_latex,
    squeezed,
)
from derivations.judging.insertions import insertions, whole_edits
from derivations.judging.paths import Path, column_factors, paths, written
from derivations.judging.verdict import Hint, judge_pair
from derivations.latex.names import equations_of
from derivations.latex.spacing import blank_spacing
from derivations.latex.tree import Bracket, parse
from derivations.meaning import nodes as m
from derivations.meaning.functions import DIAG
from derivations.meaning.reader import Reader
from derivations.networks.network import Sample
from derivations.networks.notation import Notation

MAX_CHARACTERS = 32_000
LONG = 200
MAX_JUDGED = 12
MAX_HINTS = 3
MAX_PATHS = 8
MAX_TOGETHER = 6
MAX_CHOICES = 20_000
SPLIT_FROM = 20
CLOSE = 1e-8
LATE = 3

_RANKS = [
    ("path",),
    ("time", "transpose", "sign", "bound", "derivative", "brackets"),
    ("slope", "symbol", "sum"),
    ("factor", "product", "function", "power", "term", "component", "order"),
    ("fraction", "scale"),
]
_RANK = {kind: rank for rank, row in enumerate(_RANKS) for kind in row}
_TOGETHER = (
    "time",
    "transpose",
    "slope",
    "symbol",
    "sign",
    "factor",
    "derivative",
    "function",
    "power",
    "product",
)


def find_hints(latex: str, notation: Notation) -> list[Hint]:
    """Return a ``Hint`` for every edit found that makes ``latex`` true."""
    try:
        for sides in _placed_sides(latex):
            left = sides[0][0]
            for text, start in sides[1:]:
                if not judge_pair(left, text, notation):
                    # Sides that overflow have no difference; none is sought.
                    with np.errstate(all="ignore"):
                        search = _Search(left, text, notation)
                        return search.hints(start, sides[0][1])
    except (EquationError, RecursionError):
        pass
    return []


def _placed_sides(latex):
    """Return (text, its place) of the sides of each equation.

    A text has the length of what was typed, so that places stay true.
    """
    text = blank_spacing(latex).replace("&", " ")
    text = re.sub(r"\\\\(?=\s*[+-])", "  ", text)
    return [
        [(text[side.start : side.end], side.start) for side in sides]
        for sides, *_ in equations_of(parse(latex))
    ]


@dataclass
class _Part:
    """A term of the right side, or a term in a bracket of a long one.

    sign: 1 or -1; start, end: its place; before, after: what stands
    around it in its term; value: its numbers, None if it has none.
    """

    sign: int
    start: int
    end: int
    place: int
    before: str = ""
    after: str = ""
    value: np.ndarray | None = None

    def text(self, side: str, edit: Edit | None = None) -> str:
        """Return the part as a side of its own, perhaps edited."""
        inside = side[self.start : self.end]
        if edit is not None:
            inside = (
                side[self.start : edit.start]
                + edit.new
                + side[edit.end : self.end]
            )
        return f"{self.before}{inside}{self.after}"


@dataclass
class _Try:
    """An edit, the part it is in, and the part's numbers after it."""

    edits: tuple[Edit, ...]
    kind: str
    words: str
    part: int | None = None
    value: np.ndarray | None = field(default=None, repr=False)
    late: bool = False


class _Search:
    """Looks for the edits of one false line, left = text."""

    def __init__(self, left: str, text: str, notation: Notation):
        self.left = left
        self.text = text
        self.notation = notation
        self.characters = 0
        self.judged = 0
        self.found: list[Hint] = []
        self.side = read_beside(text, notation.language, left)
        self.only_last = False
        self._choose_point()

    def hints(self, start: int, left_start: int) -> list[Hint]:
        """Return up to ``MAX_HINTS`` hints; places count from ``start``."""
        self.start, self.left_start = start, left_start
        for step in (
            self._sums,
            self._paths,
            self._values,
            self._singles,
            self._terms,
        ):
            step()
            if self.found:
                break
        self._left_edits()
        return self.found[:MAX_HINTS]

    # -- numbers ------------------------------------------------------------

    def _choose_point(self):
        """Take networks and indices at which the line fails."""
        self.point = self.want = self.have = None
        self.sample = self.notation.network.sample(0)
        for sample in self.notation.network.samples():
            try:
                failing = self._failing(sample)
            except (EquationError, claims.v.Mismatch):
                failing = None
            if failing is None:
                self._at_left_only(sample)
                return
            if failing:
                self.sample = sample
                self.point, self.want, self.have = failing[len(failing) // 2]
                return

    def _failing(self, sample):
        """Return (point, left, right) where the sides differ."""
        (equation,) = claims.read_pair(
            self.left, self.text, self.notation.language
        )
        judge = claims.Judge(equation, sample, self.notation.language)
        found, agreeing = [], []
        with np.errstate(all="ignore"):
            for point in points(equation, sample):
                try:
                    sides = [judge.side(k, point) for k in (0, 1)]
                except claims.DomainError:
                    continue
                left, right = (
                    _numbers(judge, equation, side, sides[0]) for side in sides
                )
                if left is None or right is None:
                    return None
                same = _close(left, right, _size(left, right))
                (agreeing if same else found).append((point, left, right))
        last = sample.last
        self.only_last = (
            len(equation.times) == 1
            and len(agreeing) > 2
            and [point[0] for point, *_ in found] in ([last], [last + 1])
        )
        early = (sample.first - 1,) * len(equation.times)
        inner = [one for one in found if one[0] != early or not early]
        return inner or found

    def _at_left_only(self, sample):
        """Take a point at which the left side has a value."""
        (equation,) = claims.read_pair(
            self.left, self.left, self.notation.language
        )
        judge = claims.Judge(equation, sample, self.notation.language)
        found = []
        for point in points(equation, sample):
            try:
                side = judge.side(0, point)
            except claims.DomainError:
                continue
            numbers = _numbers(judge, equation, side, side)
            if numbers is not None and np.any(numbers):
                found.append((point, numbers))
        if found:
            self.sample = sample
            self.point, self.want = found[len(found) // 2]

    def value(self, text: str) -> np.ndarray | None:
        """Return the numbers of a piece of LaTeX, None if it has none."""
        if self.point is None or self.spent:
            return None
        self.characters += len(text) + 10
        language = self.notation.language
        try:
            (equation,) = claims.read_pair(self.left, text, language)
            judge = claims.Judge(equation, self.sample, language)
            with np.errstate(all="ignore"):
                like, side = (judge.side(k, self.point) for k in (0, 1))
                return _numbers(judge, equation, side, like)
        except (EquationError, RecursionError, claims.v.Mismatch):
            return None

    @property
    def spent(self) -> bool:
        """Whether enough was tried."""
        return self.characters > MAX_CHARACTERS or self.judged >= MAX_JUDGED

    # -- what has been found ------------------------------------------------

    def _keep(self, edits_made, kind, words, on_left=False) -> bool:
        """Judge the edited line; keep it as a hint if it is true."""
        if self.judged >= MAX_JUDGED or len(self.found) >= MAX_HINTS:
            return False
        self.judged += 1
        text = self.left if on_left else self.text
        altered = text
        for edit in sorted(edits_made, key=lambda one: -one.start):
            altered = edit.apply(altered)
        altered = squeezed(altered)
        pair = (altered, self.text) if on_left else (self.left, altered)
        line = squeezed(" = ".join(pair)) if on_left else altered
        if any(hint.line == line for hint in self.found):
            return False
        if squeezed(pair[0]) == squeezed(pair[1]):
            return False  # it says nothing
        if not judge_pair(*pair, self.notation):
            return False
        offset = self.left_start if on_left else self.start
        changes = tuple(
            (offset + edit.start, offset + edit.end, edit.new)
            for edit in edits_made
        )
        if self.only_last:
            words = f"{words}, for it fails at the last step only"
        self.found.append(Hint(words, line, kind, changes))
        return True

    def _left_edits(self):
        """Try ∂⁺ for ∂ on the left side, and the other way round."""
        for edit in edits(self.left, self.notation.language):
            if "∂" in edit.kind:
                self._keep((edit,), "derivative", edit.kind, on_left=True)

    # -- a sum is missing ---------------------------------------------------

    def _sums(self):
        """An index that is free on the right side only lacks its sum."""
        network, language = self.notation.network, self.notation.language
        first = network.first
        last = language.length
        if first != 1:
            last = shift_latex(m.Shift(first - 1, 1), last)
        reader = Reader(language)
        reader.side(claims.only_side(self.left))
        known = set(reader.indices.free)
        reader.side(claims.only_side(self.text))
        for index in list(reader.indices.free.values()):
            if index.letter in known:
                continue
            body, end = self.text, len(self.text)
            if len(self.side.node.terms) > 1:
                body = f"( {body} )"
            for sign in (
                rf"\sum_{{{index.letter}={first}}}^{{{last}}} ",
                rf"\sum_{index.letter} ",
            ):
                edit = Edit("a sum added", 0, end, sign + body)
                if self._keep((edit,), "sum", edit.kind):
                    return
        if not known and len(self.side.node.terms) == 1:
            self._sum_of_steps(first, last)

    def _sum_of_steps(self, first, last):
        """Sum over all steps what stands there for one of them, T or 1."""
        marks = [
            mark
            for mark in dict.fromkeys(self.side.notes.marks)
            if mark[0] == "time"
        ]
        lengths = {shift.length for *_, shift in marks}
        if len(lengths) != 1 or any(shift.indices for *_, shift in marks):
            return
        clock = self.notation.network.clock
        top = max(shift.constant for *_, shift in marks)
        changes = []
        for _, start, end, shift in marks:
            step = m.Shift.of(clock).plus(m.Shift(shift.constant - top))
            new = shift_latex(step, "")
            bare = self.text[:start].rstrip()[-1:] == "_"
            braced = f"{{{new}}}" if bare and len(new) > 1 else new
            changes.append(Edit("a sum added", start, end, braced))
        sign = rf"\sum_{{{clock.letter}={first}}}^{{{last}}} "
        changes.append(Edit("a sum added", 0, 0, sign))
        self._keep(tuple(changes), "sum", "a sum over all steps")

    # -- a path is missing --------------------------------------------------

    def _paths(self):
        """Add the terms of readers that are not followed."""
        self.ways: list[list[Path]] = []
        self.columns: list[str] = []
        self.parts: list[_Part] = []
        if self.want is None:
            return
        (equation,) = claims.read_pair(
            self.left, self.left, self.notation.language
        )
        node = equation.sides[0]
        self.ways = [
            way for way in paths(node, self.notation) if len(way) <= MAX_PATHS
        ]
        self.columns = column_factors(node, self.notation)
        if self.have is None:
            return
        if self.have.shape != self.want.shape:
            return
        lacking = self.want - self.have
        size = _size(self.want, self.have)
        for way in self.ways:
            values = [self.value(path.term) for path in way]
            known = [
                (path, value if path.sign == "+" else -value)
                for path, value in zip(way, values, strict=True)
                if value is not None
            ]
            nothing = not np.any(self.have)
            for count in range(1, len(known) + nothing):
                for chosen in itertools.combinations(known, count):
                    values = [value for _, value in chosen]
                    if len({value.shape for value in values}) > 1:
                        continue
                    if _close(sum(values), lacking, size) and (
                        self._add_paths(node, [path for path, _ in chosen])
                    ):
                        return

    def _add_paths(self, node, missing):
        end = len(self.text.rstrip())
        start = 0 if self.text.strip() == "0" else end
        new = "".join(f" {path.sign} {path.term}" for path in missing)
        if start == 0:
            new = new.removeprefix(" + ")
        below = node.below
        time = below.time and shift_latex(
            below.time, self.notation.language.length
        )
        name = written(below.symbol, time)
        through = " and ".join(dict.fromkeys(path.through for path in missing))
        words = "the missing path" + ("s" if len(missing) > 1 else "")
        words = f"{words} of {name} through {through} added"
        return self._keep((Edit(words, start, end, new),), "path", words)

    # -- edits whose numbers are known already -------------------------------

    def _values(self):
        """Split the line into parts; try what needs no new numbers."""
        self.parts = list(self._split())
        if self.have is None:
            return
        size = _size(self.want, self.have)
        whole = [*whole_edits(self.side)]
        length = self.sample.length
        altered = {
            "sign": [-self.have],
            "transpose": [np.swapaxes(self.have, -1, -2)],
            "scale": [self.have / length],
        }
        for edit in whole:
            kind = KIND_OF[edit.kind]
            for numbers in altered[kind]:
                if numbers.shape == self.want.shape and _close(
                    numbers, self.want, size
                ):
                    self._keep((edit,), kind, edit.kind)

    def _split(self) -> Iterator[_Part]:
        node = self.side.node
        for sign, term, place in zip(
            node.signs, node.terms, node.places, strict=True
        ):
            number = -1 if sign == "-" else 1
            whole = _Part(number, term.start, term.end, place)
            inner = self._inner(term, number)
            for part in (whole, *inner):
                part.value = self.value(part.text(self.text))
            known = [part.value is not None for part in inner]
            apart = any(known) and (all(known) or whole.value is None)
            yield from inner if apart else [whole]

    def _inner(self, term, number):
        """Return the parts in the longest bracket that a term multiplies."""
        brackets = [
            item.base
            for factor in self.side.factors(term)
            for item in factor
            if isinstance(item.base, Bracket)
            and item.base.kind in "(["
            and not any(
                self.side.source(mark).strip("{} ") != r"\top"
                for mark in item.above
            )
            and item.below is None
            and all(
                self.side.notes.prefixes.get(one) in (None, DIAG)
                for one in factor
            )
            and len(item.base.clauses) == 1
            and not item.base.clauses[0].relations
            and len(item.base.clauses[0].expressions[0].terms) > 1
            and item.end - item.start >= SPLIT_FROM
        ]
        if not brackets:
            return []
        bracket = max(brackets, key=lambda one: one.end - one.start)
        inside = bracket.clauses[0].expressions[0]
        before = self.text[term.start : bracket.start] + "("
        after = ")" + self.text[bracket.end : term.end]
        return [
            _Part(
                -number if sign == "-" else number,
                one.start,
                one.end,
                place,
                before,
                after,
            )
            for sign, one, place in zip(
                inside.signs, inside.terms, inside.places, strict=True
            )
        ]

    # -- edits of one term, and of several ------------------------------------

    def _singles(self):
        """Try the edits, rank by rank, every part in its turn."""
        for tries in _in_turns(self._tries(), len(self.text) > LONG):
            self._evaluate(tries)
            for one in tries:
                if one.part is None and one.value is not None:
                    fits = _close(
                        one.value, self.want, _size(self.want, one.value)
                    )
                elif one.part is None:
                    fits = False
                else:
                    fits = one.value is not None and self._adds_up(
                        {one.part: one.value}
                    )
                if fits:
                    self._keep(one.edits, one.kind, one.words)
            if not self.found:
                self._together(tries)
            if self.found or self.spent:
                return

    def _terms(self):
        """Write one of several terms as the chain rule has it."""
        if len(self.parts) < 2:
            return
        for path in (path for way in self.ways for path in way):
            value = self.value(path.term)
            for number, part in enumerate(self.parts):
                if value is None or part.before:
                    continue
                signed = value if path.sign == "+" else -value
                if self._adds_up({number: signed}):
                    new = path.term
                    if (path.sign == "-") is (part.sign == 1):
                        new = f"-({new})"
                    edit = Edit("a path added", part.start, part.end, new)
                    words = f"the path through {path.through} in this term"
                    if self._keep((edit,), "path", words):
                        return

    def _evaluate(self, tries):
        for one in tries:
            if one.value is not None:
                continue
            if one.part is None:
                text = self.text
                for edit in sorted(one.edits, key=lambda e: -e.start):
                    text = edit.apply(text)
                one.value = self.value(text)
                continue
            part = self.parts[one.part]
            if (
                any(
                    other.value is None
                    for k, other in enumerate(self.parts)
                    if k != one.part
                )
                and one.kind not in _TOGETHER
            ):
                continue
            text = part.text(self.text)
            shift = part.start - len(part.before)
            for edit in sorted(one.edits, key=lambda e: -e.start):
                moved = Edit(
                    edit.kind, edit.start - shift, edit.end - shift, edit.new
                )
                text = moved.apply(text)
            value = self.value(text)
            one.value = None if value is None else part.sign * value

    def _adds_up(self, replaced):
        """Whether the line holds with the numbers of some parts replaced."""
        values = []
        for number, part in enumerate(self.parts):
            value = replaced.get(number)
            if value is None:
                if part.value is None:
                    return False
                value = part.sign * part.value
            values.append(value)
        try:
            total = sum(values)
        except ValueError:
            return False
        return np.shape(total) == self.want.shape and _close(
            total, self.want, _size(self.want, *values)
        )

    def _together(self, tries):
        """Try one and the same slip in several parts."""
        groups: dict[tuple, dict[int, list[_Try]]] = {}
        for one in tries:
            if one.part is None or one.value is None:
                continue
            if one.kind not in _TOGETHER:
                continue
            edit = one.edits[0]
            signature = (one.words,)
            if one.kind == "time":
                signature = (
                    one.words,
                    squeezed(self.text[edit.start : edit.end]),
                    edit.new,
                )
            groups.setdefault(signature, {}).setdefault(one.part, []).append(
                one
            )
        bad = {k for k, part in enumerate(self.parts) if part.value is None}
        for group in groups.values():
            if not 1 < len(group) <= MAX_TOGETHER or not bad <= set(group):
                continue
            options = [
                [*group[k], *([] if k in bad else [None])] for k in group
            ]
            choices = self._choices(group, options)
            choices.sort(key=lambda c: -sum(one is not None for one in c))
            for choice in choices:
                made = [one for one in choice if one is not None]
                if len(made) < 2:
                    continue
                if self._adds_up({one.part: one.value for one in made}):
                    count = "every term"
                    if len(made) < len(self.parts):
                        count = f"{len(made)} terms"
                    changes = tuple(edit for one in made for edit in one.edits)
                    words = f"{made[0].words} in {count}"
                    if len(made) == len(group) < len(self.parts):
                        words = f"{made[0].words} in every term that needs it"
                    if self._keep(changes, made[0].kind, words):
                        return

    def _choices(self, group, options):
        """Return the choices that may add up, seen by one number for each.

        That number is a sum of the entries with fixed weights.
        """
        weights = np.cos(np.arange(1, self.want.size + 1.0))

        def weighed(values):
            return float(np.real(weights @ np.asarray(values).reshape(-1)))

        lacking, bound = weighed(self.want), 0.0
        for number, part in enumerate(self.parts):
            if number not in group:
                if part.value.shape != self.want.shape:
                    return []
                lacking -= weighed(part.sign * part.value)
        known = []
        for number, choices in zip(group, options, strict=True):
            part = self.parts[number]
            seen = []
            for one in choices:
                value = part.sign * part.value if one is None else one.value
                if value.shape == self.want.shape:
                    seen.append((weighed(value), one))
                    bound = max(bound, float(np.max(np.abs(value))))
            known.append(seen)
        bound *= CLOSE * len(weights) * len(self.parts)
        found = itertools.islice(itertools.product(*known), MAX_CHOICES)
        return [
            [one for _, one in choice]
            for choice in found
            if abs(sum(number for number, _ in choice) - lacking) <= bound
        ]

    def _tries(self) -> list[_Try]:
        """Return what may have been meant."""
        found = []
        for edit in itertools.chain(
            insertions(
                self.side, self.notation, self.columns, self.have is None
            ),
            edits_beside(self.side),
        ):
            found += self._placed(edit)
        return [*found, *self._repeated(found)]

    def _placed(self, edit):
        kind = KIND_OF[edit.kind.partition(":")[0]]
        words = (
            edit.kind.replace(":", "", 1) if ":" in edit.kind else (edit.kind)
        )
        for number, part in enumerate(self.parts):
            signed = part.sign * part.value if part.value is not None else None
            if edit.kind == "a sign flipped" and edit.start == part.place:
                return [
                    _Try(
                        (edit,),
                        kind,
                        words,
                        number,
                        None if signed is None else -signed,
                    )
                ]
            dropped = edit.start <= part.start and part.end <= edit.end
            if (
                edit.kind == "a term dropped"
                and dropped
                and (signed is not None and self.have is not None)
            ):
                value = np.zeros_like(self.have)
                return [_Try((edit,), kind, words, number, value)]
            if part.start <= edit.start and edit.end <= part.end:
                return [_Try((edit,), kind, words, number)]
        return [_Try((edit,), kind, words)]

    def _repeated(self, tries):
        """Return edits that make one slip at every place of a part."""
        groups: dict[tuple, list[_Try]] = {}
        for one in tries:
            edit = one.edits[0]
            dropped = one.words == "a function dropped"
            if one.part is None or not (
                one.kind in ("time", "symbol") or dropped
            ):
                continue
            name = self._symbol_at(edit)
            old = self.text[edit.start : edit.end]
            key = (one.part, one.kind, name, squeezed(old), edit.new)
            groups.setdefault(key, []).append(one)
        for group in groups.values():
            places = {one.edits[0].start for one in group}
            if 1 < len(group) == len(places):
                made = tuple(one.edits[0] for one in group)
                words = f"{group[0].words} at every place"
                yield _Try(
                    made, group[0].kind, words, group[0].part, late=True
                )

    def _symbol_at(self, edit):
        for symbol, start, end in self.side.notes.uses:
            if start <= edit.start and edit.end <= end:
                return symbol
        return None


def _in_turns(tries, long):
    """Yield lists of tries by rank; every part has its turn in each.

    long: edits across the parts of a long line come later.
    """
    for rank in range(len(_RANKS)):
        turns: dict[int | None, int] = {}
        keyed = []
        for one in tries:
            late = one.late or (one.part is None and long)
            own = _RANK[one.kind]
            if rank == (max(own, LATE) if late else own):
                turn = turns[one.part] = turns.get(one.part, 0) + 1
                keyed.append((turn, len(keyed), one))
        yield [one for *_, one in sorted(keyed, key=lambda key: key[:2])]


def points(
    equation: claims.Equation, sample: Sample
) -> Iterator[tuple[int, ...]]:
    """Yield the times of an equation, for each of its letters."""
    times = range(sample.first - 1, sample.last + 1)
    return itertools.product(times, repeat=len(equation.times))


def _numbers(judge, equation, side, like):
    """Return (networks, one axis per free index, …, core), or None."""
    side = claims._filled(side, like)
    if side.four != like.four or side.special == "identity":
        return None
    data = side.data[:, 0]
    core = 4 if side.four else 2
    free = sorted(equation.components, key=lambda index: index.letter)
    axes = [equation.axes[index] - 1 for index in free]
    rest = [k for k in range(1, data.ndim - core) if k not in axes]
    if any(data.shape[k] != 1 for k in rest):
        return None
    cores = range(data.ndim - core, data.ndim)
    data = np.transpose(data, [0, *axes, *rest, *cores])
    shape = (*data.shape[: 1 + len(axes)], *data.shape[-core:])
    return data.reshape(shape)


def _size(*arrays):
    return max(float(np.max(np.abs(one), initial=0.0)) for one in arrays)


def _close(one, other, size):
    """Whether two arrays agree, measured by the terms they come from."""
    try:
        apart = np.max(np.abs(one - other), initial=0.0)
    except ValueError:
        return False
    return bool(apart <= CLOSE * size)
