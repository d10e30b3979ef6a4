r"""Two readings of one line: both are tried before one is asked about.

W^T is a transpose, or a power of a square matrix by the length T; f * g and
f \otimes g are ⊙ to some. Where only one reading makes sense, or both give
one verdict, that verdict is given and says how it read. Where they differ it
is a question, never a guess.
"""

import itertools
import re
from collections.abc import Iterator

from derivations.errors import EquationError, ReadingError
from derivations.judging.paths import written as symbol_written
from derivations.judging.verdict import Verdict, judge, judge_pair, mistake
from derivations.latex.names import base_name, flat, repeat_sign
from derivations.latex.source import Patch, Source
from derivations.latex.tree import Item, parse
from derivations.meaning.readings import (
    POWER,
    powers_in_doubt,
    products_in_doubt,
    scalar_powers,
    terms_in,
    written,
)
from derivations.networks.notation import Notation

# With more places in doubt only all of them together are tried otherwise.
MANY = 4


def judged(typed: str, notation: Notation) -> Verdict:
    """Judge what was typed, in the one reading that makes sense of it."""
    try:
        source = written(typed, notation.language)
        source = source.patched(scalar_powers(source, notation.language))
        sites = powers_in_doubt(source, notation.language)
    except EquationError as error:
        found = Verdict(typed, notation=notation)
        found.error = mistake(error, typed)
        return found
    except RecursionError:
        return judge(typed, notation)
    patches = [patch for _, patch in sites]
    plain = source.patched(patches)
    verdict = _with_products(plain, notation)
    if not sites or notation.language.length != "T":
        return verdict
    if verdict:
        power = _plausible_power(source, sites, notation)
        return _asked(source, power, notation, True) if power else verdict
    if not _counts(source, sites):
        return verdict
    for kept in _subsets(patches):
        powers = [
            (start, end, POWER)
            for start, end, _ in patches
            if (start, end, _) not in kept
        ]
        other = _with_products(source.patched([*kept, *powers]), notation)
        if other and _makes_sense(verdict):
            (site, *_) = [p for p in patches if p not in kept]
            return _asked(source, site, notation, False)
        if other:
            return other
    return verdict


def _makes_sense(verdict: Verdict) -> bool:
    return verdict.error is None or verdict.error.kind not in (
        "shape",
        "reading",
    )


def _with_products(source: Source, notation: Notation) -> Verdict:
    """Judge a reading; * and ⊗ are ⊙ where nothing else fits."""
    verdict = judge(source, notation)
    if verdict or _makes_sense(verdict):
        return verdict
    sites, found = products_in_doubt(source), []
    for some in _some(sites):
        other = judge(source.patched(some), notation)
        if _makes_sense(other):
            found.append(other)
    if not found:
        return verdict
    if len({bool(other) for other in found}) > 1:
        message = (
            "which of these products are element by element? write \\odot "
            "for those, and nothing between the others"
        )
        verdict.steps = []
        verdict.error = mistake(ReadingError(message, *sites[0][:2]), source)
        return verdict
    return found[0]


def _some(sites: list[Patch]) -> Iterator[tuple[Patch, ...]]:
    """Yield all of the sites, then all but some; of many, all alone."""
    least = 1 if len(sites) <= MANY + 2 else len(sites)
    for count in range(len(sites), least - 1, -1):
        yield from itertools.combinations(sites, count)


def _subsets(patches: list[Patch]):
    """Yield the ⊤ that stay when some or all others are powers."""
    yield []
    if len(patches) <= MANY:
        for count in range(1, len(patches)):
            yield from map(list, itertools.combinations(patches, count))


def _asked(
    source: Source, site: Patch, notation: Notation, transposed: bool
) -> Verdict:
    """Return the question whether ^T is a transpose or a power."""
    holds, fails = "the transpose", "the power by the length"
    if not transposed:
        holds, fails = fails, holds
    message = (
        "is T the length or a transpose? the line holds with "
        f"{holds}, and does not with {fails}; write ^\\top for the transpose, "
        "and \\prod_{s=1}^{T} W for the power"
    )
    verdict = Verdict(source.typed, notation=notation)
    verdict.error = mistake(ReadingError(message, *site[:2]), source)
    return verdict


def _plausible_power(source, sites, notation) -> Patch | None:
    """Return a place where a true line may have meant a power by T.

    A power of a square matrix by the length is meant where T counts in the
    line otherwise, and only if the same matrix carries a state over every
    step; or where the line has a ⊤ besides.
    """
    squares = [
        patch for item, patch in sites if _is_square(flat(item), notation)
    ]
    if not squares:
        return None
    if re.search(r"\\top|⊤", source.typed):
        return squares[0]
    if _counts(source, sites, sums=False) and _is_linear(notation):
        return squares[0]
    return None


def _is_square(item: Item, notation: Notation) -> bool:
    """Is it a square matrix, or an expression of which nothing is known?"""
    name = base_name(item.base)
    if name is None:
        return True
    vocabulary = notation.language.vocabulary
    shapes = [vocabulary.shapes.get(s) for s in vocabulary.candidates(name)]
    return any(
        shape is None or (shape[0] == shape[1] != "1") for shape in shapes
    )


def _counts(source: Source, sites: list, sums: bool = True) -> bool:
    """Does T count steps elsewhere in the line, perhaps as a sum's end?"""
    places = {patch[0] for _, patch in sites}
    ends = set()
    lines = parse(source.text)
    if not sums:
        ends = {
            place
            for term in terms_in(lines)
            for item in map(flat, term.items)
            if repeat_sign(item) == "\\sum"
            for bracket in item.above
            for place in range(bracket.start, bracket.end)
        }
        ends |= {
            place
            for line in lines
            for clause in line.where
            for place in range(clause.start, clause.end)
        }
    return any(
        item.token == "T" and not {item.start} & (places | ends)
        for term in terms_in(lines)
        for item in term.items
    )


def _is_linear(notation: Notation) -> bool:
    """Does some state reach the next one by the same matrix at every step?"""
    for symbol, role in notation.network.roles.items():
        if role != "state" or not symbol.timed:
            continue
        now, before, two, one = (
            symbol_written(symbol, time) for time in ("t", "t-1", "2", "1")
        )
        sides = (
            f"\\frac{{\\partial^{{+}} {above}}}{{\\partial {below}}}"
            for above, below in ((now, before), (two, one))
        )
        if judge_pair(*sides, notation):
            return True
    return False
