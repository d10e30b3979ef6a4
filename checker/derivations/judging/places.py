"""Where a wrong line would hold: at the last step, or for sizes of one.

It holds at t = T alone where a term from t + 1 is missing, for sizes of one
where a ⊤ or an order is wrong, and with every ⊤ added where none was written.
And ŷ - y is the error of the logits only where the targets add up to one.
"""

from dataclasses import replace

import numpy as np

from derivations.errors import EquationError
from derivations.judging import claims
from derivations.judging.domains import spoken
from derivations.judging.edits import read_beside
from derivations.judging.paths import written
from derivations.judging.verdict import Verdict, judge_equation, judge_pair
from derivations.meaning import nodes as m
from derivations.meaning.functions import LOG
from derivations.networks.notation import Notation


def note_places(verdict: Verdict, notation: Notation) -> None:
    """Note in the first wrong step of a verdict where it would hold."""
    try:
        equations = claims.read(verdict.text, notation.language)
    except (EquationError, RecursionError):
        return
    steps = iter(verdict.steps)
    for equation in equations:
        for number in range(1, len(equation.sides)):
            step = next(steps, None)
            if step is None:
                return
            if step.holds:
                continue
            step.where = _where(equation, number, notation)
            return


def _where(equation, number, notation):
    for find in (_distribution, _every_transpose, _one_size, _one_time):
        try:
            with np.errstate(all="ignore"):
                found = find(equation, number, notation)
        except EquationError:
            found = ""
        if found:
            return found
    return ""


def _distribution(equation, number, notation):
    """Say so if it holds where the entries of some target add up to one."""
    network = notation.network
    for symbol in _targets(network):
        listed = [*network.distributions, symbol]
        other = replace(network, distributions=listed, _samples={})
        samples = [other.sample(0), other.sample(1)]
        if judge_equation(equation, notation, samples)[number - 1].holds:
            entry = _entry(symbol, spoken(network.clock.letter))
            return (
                f"it holds where the entries of {symbol.latex} add up to one: "
                rf"if so, add the forward row \sum_k {entry} = 1"
            )
    return ""


def _targets(network):
    """Return the columns that stand beside a logarithm and are drawn freely.

    Without steps nothing tells an input from a parameter.
    """
    roles = {"input"} if network.steps else {"input", "parameter"}
    beside = {
        symbol: None
        for row in network.rows
        if any(_is_logarithm(part) for part in m.walk(row.meaning))
        for symbol, _ in row.uses()
    }
    return [
        symbol
        for symbol in beside
        if network.roles[symbol] in roles
        and network.shapes[symbol][1] == "1"
        and symbol not in network.distributions
    ]


def _is_logarithm(part):
    return isinstance(part, m.Apply) and part.function is LOG


def _entry(symbol, time):
    """Return the entry k of a symbol as LaTeX."""
    if symbol.timed == "below":
        return written(symbol, f"{time},k")
    return written(replace(symbol, subscripts=(*symbol.subscripts, "k")), time)


def _one_time(equation, number, notation):
    """Say so if it holds at the last step alone, or at the first alone."""
    if len(equation.times) != 1:
        return ""
    network, ends = notation.network, set()
    for sample in (network.sample(0), network.sample(1)):
        judge = claims.Judge(equation, sample, notation.language)
        agree, seen = judge.agreement(0, number)
        times = [time for (time,) in agree]
        if len(times) != 1 or len(seen) < 2:
            return ""
        ends.add((times == [sample.last], times == [sample.first]))
    letter = spoken(equation.times[0].letter)
    if ends == {(True, False)}:
        return (
            f"it holds at {letter} = T only: is a term from {letter} + 1 "
            "missing?"
        )
    if ends == {(False, True)}:
        return f"it holds at the first step only, {letter} = {network.first}"
    return ""


def _one_size(equation, number, notation):
    """Say so if it holds where some size is one, or all are."""
    letters = notation.network.sizes
    choices = [frozenset({letter}) for letter in letters]
    if len(letters) > 1:
        choices.append(frozenset(letters))
    for ones in choices:
        sample = notation.network.thin(ones)
        step = judge_equation(equation, notation, [sample])[number - 1]
        if step.holds:
            sizes = " = ".join([*sorted(ones), "1"])
            return (
                f"it holds for {sizes} only: is a ⊤, a sum or the order of a "
                "product wrong?"
            )
    return ""


def _every_transpose(equation, number, notation):
    """Say so if it holds with a ⊤ on every matrix that has none."""
    left, text = equation.source(0), equation.source(number)
    side = read_beside(text, notation.language, left)
    shapes = notation.network.shapes
    bare = [
        (symbol, end)
        for symbol, _, end in side.notes.uses
        if symbol in shapes and not text[end:].lstrip().startswith("^")
    ]
    matrices = {end for symbol, end in bare if "1" not in shapes[symbol]}
    last = {max(end for _, end in bare)} if bare else set()
    for ends in (matrices, matrices | last):
        if len(ends) < 2:
            continue
        new = text
        for end in sorted(ends, reverse=True):
            new = rf"{new[:end]}^\top{new[end:]}"
        if judge_pair(left, new, notation):
            return f"it holds with every ⊤ added: {new}"
    return ""
