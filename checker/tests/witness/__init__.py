"""A second judge: is a claim true on small networks of plain numbers?

``judge`` reads the same LaTeX as ``derivations.check`` and answers ``True``,
``False`` or ``"unread"``. It exists so that a mistake of the checker is seen:
the tests let both judge the same lines, and a disagreement fails.

How it differs. Only the parser is shared, from LaTeX to a tree. The checker
turns the tree into a meaning, unifies shapes, evaluates arrays of twenty
networks with component indices and nudges as axes, takes every derivative by
the complex step on ``numpy`` arrays, and compares norms in double precision.
Here the tree itself is interpreted, one entry at a time: a component index is
a loop over integers, a matrix product is a sum in three loops, a network is a
function that asks for the value of a symbol at a time when it is needed (so
there is no order of rows to find), sizes are found by trying and mending, a
derivative is a dual number with one slope for each entry of what it is by,
and where double precision leaves a doubt the same loops run on numbers of
fifty digits (``mpmath``). Roles and random values are found and drawn anew.
Nothing of ``meaning``, ``values``, ``networks`` or ``judging`` is imported. A
shared mistake would have to be made twice in different words, or sit in the
parser, or in the rules below.

What it takes from the written rules: ∂ is total; ∂⁺ holds every other
recurrent state still; W^{(k)} is the copy of W that step k uses; ∂scalar/∂X
has the shape of X, ∂column/∂column is a Jacobian; in the layout "chain" a
derivative contracts with the next one when what it is by is what that one is
of; networks run on past T, where the loss does not look; an empty sum or
product has its upper bound one below its lower, and beyond that there is no
value; indices are compared where both sides have a value; what fails only for
an initial state, which no row computes, holds from the first step on; a row of
that step alone may give the initial state, or it is given. What it
does not read is "unread", never guessed.

    numbers   numbers with slopes, and values made of entries
    tree      the parser's tree: the one module that knows its nodes
    reading   the value of a tree, with integers for its indices
    networks  roles, sizes, random worlds and nudged ones
"""

import itertools
import math
import re
from functools import lru_cache

import mpmath

from derivations.errors import EquationError

from .networks import LENGTHS, Network
from .numbers import (
    DIGITS,
    Misfit,
    NoValue,
    Unread,
    as_matrix,
    each,
    plain,
    require,
    same,
    settled,
)
from .reading import Reading
from .tree import parse

TYPESET_OTHERWISE = re.compile(
    r"[\^_]\s*\d\d|\d(?:\\[,;:! ]|\s|~)+\d|\\sqrt\s*\["
)
# Layers: a number in brackets above a symbol, whose rows have a time below.
LAYER = re.compile(
    r"([A-Za-z])((?:_\{[^{}]*\}|_[A-Za-z0-9])?)"
    r"\^\{[(\[](\d)[)\]]\s*(\\top)?\s*\}"
)
LAYERED = re.compile(r"\^\{[(\[]\d[)\]]\}_\{?t|_\{?t\}?\^\{[(\[]\d")
ACCENTS = (r"\hat", r"\bar", r"\tilde", r"\dot")
# Numbers beside which others may lose their digits.
FAR = re.compile(r"\d\d|(?<![_\w{+-])\d\s*\^|\\exp")
# A step that a row names by a number, as in h_3.
NAMED_STEP = re.compile(r"_\{?([2-9])\b")
FALSE_FROM, TRUE_UNTIL = 1e-3, 1e-11
TINY, ROUNDING = mpmath.mpf(10) ** -35, mpmath.mpf(10) ** -45


def judge(latex, forward, **options):
    """Return True, False or "unread" for a claim about a network.

    forward: its equations; options: layout, order, elementwise, functions
    (name to function), shapes, symbols (what defined symbols stand for).
    """
    return verdict(latex, forward, **options)[0]


def verdict(latex, forward, **options):
    """Return what ``judge`` does, and why: a point and the two sides."""
    held = {
        name: tuple(sorted(value.items()))
        if isinstance(value, dict)
        else value
        for name, value in options.items()
    }
    if any(map(LAYERED.search, forward)):
        forward = [LAYER.sub(_with_accent, row) for row in forward]
        latex = LAYER.sub(_with_accent, latex)
    try:
        network = network_of(tuple(forward), tuple(sorted(held.items())))
        if TYPESET_OTHERWISE.search(latex):
            raise Unread("typeset otherwise than it looks")
        answer, why = _judged(network, latex)
        if answer is False and any(
            map(network.from_its_step, network.symbols)
        ):
            # What its row could give before the first step may be given too.
            held["held"] = True
            network = network_of(tuple(forward), tuple(sorted(held.items())))
            again, domain = _judged(network, latex)
            if again is True:
                return again, f"every initial state is given; {domain}"
        return answer, why
    except (Unread, EquationError, RecursionError) as error:
        return "unread", repr(error)


def _with_accent(match):
    """A symbol of a layer as one with the accent of that layer."""
    letter, below, layer, top = match.groups()
    above = r"^\top" if top else ""
    return f"{{{ACCENTS[int(layer)]} {letter}}}{above}{below}"


@lru_cache(maxsize=64)
def network_of(forward, options):
    try:
        network = Network(forward, **dict(options))
        network.far = any(map(FAR.search, forward))
        network.named = [
            int(step) for row in forward for step in NAMED_STEP.findall(row)
        ]
        return network
    except Misfit as misfit:
        raise Unread(f"a row that does not fit: {misfit}") from None


def _judged(network, latex):
    equations = []
    for row in parse(latex):
        if set(row.relations) - {"="}:
            raise Unread("a relation")
        if row.where:
            raise Unread("a remark on the indices")
        if row.continues and equations:
            equations[-1] += row.sides
        elif row.continues or len(row.sides) < 2:
            raise Unread("no equation")
        else:
            equations.append(list(row.sides))
    far = bool(FAR.search(latex)) or network.far
    numbers = [int(n) for n in re.findall(r"(?<![\d.])\d+(?![\d.])", latex)]
    longer = [n + 2 for n in numbers if 5 <= n <= 12][:1]
    # The shortest network that has every step which a row names.
    longer += [max(network.named)] if network.named else []
    lengths = [*LENGTHS, *longer]
    named = re.findall(r"(?<![\d.^])(?<!\^\{)\d+", latex)
    if max(map(int, named), default=0) < 2 and not network.named:
        lengths.append(1)  # where no step beyond it is named
    notes = []
    for sides in equations:
        seen, early = 0, ""
        for length in lengths:
            world = network.world(length, 1)
            for point, first in _points(network, sides, world):
                answer, why = _compare_at(network, sides, world, point, far)
                # At an initial state alone sums are empty and much is equal.
                seen += answer is True and not first
                if answer is not False:
                    continue
                why = f"T = {length}, {point}: {why}"
                if not first or "shapes" in why:
                    return False, why
                # A row need not hold of initial states, which are given.
                early = why
        if not seen:
            if early:
                return False, early
            raise Unread("no index at which both sides have a value")
        notes.append(f"{seen} points" + (early and f"; not at {early}"))
    return True, ", ".join(notes)


def _whole(sides):
    """The sides as one tree, so that a letter means one thing in all."""

    class Sides:
        def parts(self):
            return sides

    return Sides()


def _points(network, sides, world):
    """Yield every (letter → value, is it of an initial state?)."""
    reading = Reading(network, _whole(sides), world)
    ranges, letters = (
        [],
        [
            letter
            for letter in reading.free
            if reading.is_time(letter) or reading.kinds.get(letter)
        ],
    )
    for letter in letters:
        if reading.is_time(letter):
            ranges.append(range(network.first - 1, world.last + 1))
        else:
            try:
                ranges.append(reading.range(letter, world))
            except Misfit:
                ranges.append([1])
    # The row of a state that is one step back holds from here on.
    depths = [symbol.depth for symbol in network.symbols if symbol.state]
    given = network.first - 1 + max([1, *depths])
    for point in itertools.product(*ranges):
        point = dict(zip(letters, point, strict=True))
        times = [point[one] for one in letters if reading.is_time(one)]
        yield point, bool(times) and min(times) < given


def _compare_at(network, sides, world, point, far=False):
    """(True, False or None where there is no value, and why).

    far: compare with many digits at once.
    """
    if far and not world.exact:
        exact = network.world(world.length, 1, exact=True)
        with mpmath.workdps(DIGITS):
            return _compare_at(network, sides, exact, point)
    reading = Reading(network, _whole(sides), world)
    values = []
    try:
        for letter in reading.free:
            if not reading.is_time(letter) and reading.kinds.get(letter):
                reading.range(letter, world)
        for side in sides:
            values.append(settled(reading.expression(side, point, world)))
        results = [_close(values[0], value, world) for value in values[1:]]
    except Misfit as misfit:
        return False, f"shapes {misfit.args}"
    except NoValue:
        return None, ""
    if False in results:
        other = values[1 + results.index(False)]
        return False, f"{_shown(values[0])} against {_shown(other)}"
    if None in results:
        exact = network.world(world.length, 1, exact=True)
        with mpmath.workdps(DIGITS):
            return _compare_at(network, sides, exact, point)
    return True, ""


def _shown(value):
    return [float(mpmath.nstr(plain(x), 8)) for x in value.entries.values()]


def _close(left, right, world):
    """True, False, or None where double precision leaves a doubt."""
    for one, other in ((left, right), (right, left)):
        if one.kind == "identity" and other.kind != "identity":
            same(other.shape[:1], other.shape[1:])
            require(other.shape[0] > 1)
            one = as_matrix(one, other.shape[0])
            return _close(one, other, world)
        if one.kind == "literal" and not other.scalar and not other.kind:
            if one.number != 0:
                raise Unread("a number for a column")
            one = each(other, lambda x: 0)
            return _close(one, other, world)
    if (left.by is None) != (right.by is None):
        raise Misfit
    same(left.shape, right.shape)
    if left.by is not None:
        same(left.by, right.by)
    pairs = [
        (plain(x), plain(right.entries[k])) for k, x in left.entries.items()
    ]
    scale = max(max(abs(a), abs(b)) for a, b in pairs)
    apart = max(abs(a - b) for a, b in pairs)
    if apart == 0:
        return True
    if world.exact:
        # Digits that are left of zero by rounding at DIGITS.
        return bool(apart <= TINY * scale or apart <= ROUNDING)
    if apart != apart or scale == math.inf:
        raise NoValue("not finite")
    if apart > FALSE_FROM * scale and scale > 1e-9:
        return False
    return True if apart <= TRUE_UNTIL * scale else None
