"""A mismatch of shapes, said with the sizes and symbols involved."""

from derivations.errors import ShapeError, shortened
from derivations.latex.spacing import without_spacing
from derivations.values import arrays as v

MAX_UNDERLINED = 40
_JOINED = {
    "add": "are added",
    "multiply": "are multiplied",
    "hadamard": "are multiplied element by element",
    "divide": "are divided",
}


def explained(mismatch, node, text, sample):
    """Return the ``ShapeError`` for two values that do not fit.

    node: what is being evaluated, a part of the LaTeX ``text``.
    """
    shapes = [sample.shape_name(value) for value in mismatch.values]
    what = _complaint(mismatch.operation, shapes)
    if mismatch.operation not in _JOINED:
        return ShapeError(what, node.start, node.end)
    pieces = mismatch.pieces or node.parts()
    if len(pieces) < 2:
        # A product over time meets itself.
        what += f" in {source(text, node)}"
        return ShapeError(what, node.start, node.end)
    *before, left, right = pieces
    start = before[0].start if before else left.start
    what += f" in {_between(text, start, left.end)} and {source(text, right)}"
    if mismatch.operation == "multiply":
        what += _advice(mismatch.values)
    start, end = left.start, right.end
    if end - start > MAX_UNDERLINED:
        start, end = left.end - 1, right.start + 1
    return ShapeError(what, start, end)


def source(text, node):
    """Return the LaTeX of a node, on one line, for a message."""
    return _between(text, node.start, node.end)


def _between(text, start, end):
    return shortened(without_spacing(text[start:end]))


def _complaint(operation, shapes):
    if operation in _JOINED:
        return f"shapes {shapes[0]} and {shapes[1]} {_JOINED[operation]}"
    if operation == "outer":
        return f"⊗ joins two columns, not {shapes[0]} and {shapes[1]}"
    if operation == "chain":
        return (
            "neither derivative ends where the other begins, so the "
            "chain rule does not join them"
        )
    if operation == "norm":
        return (
            f"\\|…\\| is of a column, not of {shapes[0]}; for a matrix write "
            "\\|W\\|_F"
        )
    if operation == "size":
        return (
            f"|…| is of a scalar, not of {shapes[0]}; write \\|v\\| for the "
            "length of a column, or \\operatorname{abs}(v) for its entries"
        )
    if operation == "stack":
        return f"{' and '.join(shapes)} cannot be stacked"
    if operation == "block":
        return f"shape {shapes[0]} is not what its blocks add up to"
    if operation == "power":
        return f"a power of shape {shapes[0]}"
    if operation == "identity":
        return "I has no size here; write it beside a matrix"
    if operation in ("diag", "softmax"):
        return f"{operation} takes a column, not {shapes[0]}"
    return f"{operation} does not fit shape {shapes[0]}"


def _advice(values):
    left, right = (v.settle(value) for value in values)
    if left.four or right.four:
        return "; contract it with a ⊤, or write components"
    if left.core == right.core and left.core[1] == 1:
        return "; write ⊙ for the element-wise product"
    if left.core[0] == right.core[0]:
        return "; does a ⊤ fit on the left factor?"
    if left.core[1] == right.core[1]:
        return "; does a ⊤ fit on the right factor?"
    if right.core[1] == left.core[0]:
        return "; is the order right?"
    return ""
