"""Say in words at which times an equation has been compared."""

import itertools


def describe(
    components: list[str],
    times: list[str],
    seen: list[tuple[list[tuple[int, ...]], int, int]],
    early: bool = False,
) -> str:
    """Return "every k, every t, every s, t ≤ s" for what was compared.

    components, times: index letters; seen: for each length of sequence
    (points, first time, length), where a point is one time per letter.
    A bound is said if at every length it is true and rules something out,
    which it cannot in a sequence of one step.
    early: the equation fails for some initial state, so that its time is to
    be ruled out.
    """
    words = [f"every {spoken(letter)}" for letter in (*components, *times)]
    names = [spoken(letter) for letter in times]
    grids = [_grid(*part, early) for part in seen]
    for bound, test in _bounds(names, *seen[0]):
        smaller = [
            {point for point in grid if test(point, length)}
            for grid, (_, _, length) in zip(grids, seen, strict=True)
        ]
        fits = all(
            less >= set(points) and (less != grid or length == 1)
            for less, grid, (points, _, length) in zip(
                smaller, grids, seen, strict=True
            )
        )
        if fits and smaller != grids:
            words.append(bound)
            grids = smaller
    if any(g != set(p) for g, (p, _, _) in zip(grids, seen, strict=True)):
        words.append(
            "but for initial states"
            if early
            else "wherever both sides have a value"
        )
    return ", ".join(words)


def spoken(letter: str) -> str:
    """Return an index letter as it is written in a sentence."""
    return letter.lstrip("\\")


def _grid(points, first, length, early):
    """Return all combinations of times; time 0 only where it occurs."""
    lows = [
        min(first - early, *column) for column in zip(*points, strict=True)
    ]
    return set(itertools.product(*(range(k, first + length) for k in lows)))


def _bounds(names, points, first, length):
    """Yield (words, test) of the bounds that hold at one length."""
    columns = list(zip(*points, strict=True))
    for k, (name, column) in enumerate(zip(names, columns, strict=True)):
        low, high = min(column), max(column)
        gap = length - high
        yield f"{name} ≥ {low}", lambda p, T, k=k, low=low: p[k] >= low
        yield (
            f"{name} ≤ T{_signed(-gap)}",
            lambda p, T, k=k, gap=gap: p[k] <= T - gap,
        )
        yield f"{name} ≤ {high}", lambda p, T, k=k, high=high: p[k] <= high
    for a, b in itertools.permutations(range(len(names)), 2):
        gap = min(p[a] - p[b] for p in points)
        words = f"{names[b]} ≤ {names[a]}{_signed(-gap)}"
        if gap == 1:
            words = f"{names[b]} < {names[a]}"
        yield words, lambda p, T, a=a, b=b, gap=gap: p[a] - p[b] >= gap


def _signed(number):
    sign = "-" if number < 0 else "+"
    return f" {sign} {abs(number)}" if number else ""
