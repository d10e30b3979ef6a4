"""Values one above the other and side by side, and blocks of a column."""

import numpy as np

from derivations.values import arrays as v
from derivations.values.bounded import joined

_FREE = ("zero", "identity", "no terms")


def stacked(rows, comma=False, turned=False):
    """Return the value that rows of blocks make.

    A written 0 and I take the size of what stands beside and above them. A
    ``comma`` between columns puts them one above the other, and all else
    side by side; ``turned``, it puts rows side by side and all else one above
    the other.
    """
    rows = [[v.settle(cell) for cell in row] for row in rows]
    for cell in (cell for row in rows for cell in row):
        if cell.four or cell.special == "no factors":
            raise v.Mismatch("stack", cell)
    if comma and is_upright([cell.core for cell in rows[0]], turned, 1):
        rows = [[cell] for cell in rows[0]]
    heights = [_size(row, 0) for row in rows]
    widths = [_size(column, 1) for column in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        for at, cell in enumerate(row):
            if cell.special == "identity":
                size = heights[number] or widths[at]
                heights[number] = widths[at] = size
    rows = [
        [
            _filled(cell, height, width)
            for cell, width in zip(row, widths, strict=True)
        ]
        for row, height in zip(rows, heights, strict=True)
    ]
    return v.Value(joined([joined(row, -1) for row in rows], -2))


def is_upright(shapes, turned, one):
    """Return whether what commas join stands one above the other.

    shapes: of the cells, as rows and columns; ``one`` is the size one.
    """
    flat = all(shape[0] == one for shape in shapes)
    narrow = all(shape[1] == one for shape in shapes)
    return narrow or (turned and not flat)


def _size(cells, axis):
    """Return the size that all cells of a row or column have, or None."""
    size, first = None, None
    for cell in cells:
        if cell.special in _FREE:
            continue
        if size is not None and cell.core[axis] != size:
            raise v.Mismatch("stack", first, cell)
        size, first = cell.core[axis], cell
    return size


def _filled(cell, height, width):
    """Return the numbers of a cell; 0 and I in the size of its place."""
    if cell.special not in _FREE:
        return cell.data
    if cell.special == "identity" and height is None:
        raise v.Mismatch("identity", cell)
    like = np.zeros((1,) * (cell.data.ndim - 2) + (height or 1, width or 1))
    return v.spread(cell, v.Value(like)).data


def block(value, number, sizes):
    """Return block ``number`` of a column that consists of these sizes."""
    value = v.settle(value)
    if value.four or value.special or value.core != (sum(sizes), 1):
        raise v.Mismatch("block", value)
    start = sum(sizes[:number])
    return v.Value(value.data[..., start : start + sizes[number], :])
