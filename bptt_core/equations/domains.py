"""Say in words at which times an equation has been compared."""

import itertools


def describe(times, components, points, first, length):
    """Return "every k, every t, k ≤ t" for the points that were defined.

    ``points`` are tuples of times, one entry per index in ``times``.
    """
    if not points and times:
        return "nowhere"
    words = [f"every {spoken(index)}" for index in components]
    words += [f"every {spoken(index)}" for index in times]
    words += _bounds(times, points, first, length)
    return ", ".join(words)


def spoken(index):
    """Return an index letter as it is written in a sentence."""
    return index.letter.lstrip("\\")


def _bounds(times, points, first, length):
    last = first + length - 1
    columns = list(zip(*points, strict=True))
    lows = [min(column) for column in columns]
    highs = [max(column) for column in columns]
    words = []
    for index, low, high in zip(times, lows, highs, strict=True):
        name = spoken(index)
        if low > first:
            words.append(f"{name} ≥ {low}")
        if high < last:
            gap = length - high
            end = "T" if gap == 0 else f"T{-gap:+d}".replace("-", " - ")
            words.append(f"{name} ≤ {end}")
    box = set(
        itertools.product(
            *(range(a, b + 1) for a, b in zip(lows, highs, strict=True))
        )
    )
    allowed = box
    for a, b in itertools.permutations(range(len(times)), 2):
        gap = min(p[a] - p[b] for p in points)
        if gap <= min(p[a] - p[b] for p in box):
            continue
        allowed = {p for p in allowed if p[a] - p[b] >= gap}
        words.append(_relation(spoken(times[b]), spoken(times[a]), gap))
    if allowed != set(points):
        words.append(f"at {len(set(points))} of {len(box)} combinations")
    return words


def _relation(small, large, gap):
    if gap == 0:
        return f"{small} ≤ {large}"
    if gap == 1:
        return f"{small} < {large}"
    if gap > 1:
        return f"{small} ≤ {large} - {gap}"
    return f"{small} ≤ {large} + {-gap}"
