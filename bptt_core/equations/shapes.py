"""Sizes by unification: which dimensions must be the same.

A shape is a pair of dimensions; a dimension is ``ONE`` or an unknown that
is merged with others as the forward equations demand. Unknown dimensions
are never one: scalars are known as scalars.
"""

from . import meaning as m
from .errors import DefinitionError, ShapeError

ONE = "1"


class Dimension:
    """An unknown size; ``reasons`` are the places that merged it."""

    def __init__(self):
        self.parent = None
        self.reasons = []

    def root(self):
        node = self
        while node.parent is not None:
            node = node.parent
        return node


def find(dimension):
    """Return the representative of a dimension."""
    return dimension if dimension == ONE else dimension.root()


def merge(left, right, reason):
    """Make two dimensions one; return whether that is possible."""
    left, right = find(left), find(right)
    if left == ONE or right == ONE:
        return left == right
    if left is not right:
        right.parent = left
        left.reasons += [*right.reasons, reason]
    return True


NUMBER = "number"


class Inference:
    """Infers the shapes of the forward equations of a network."""

    def __init__(self, shapes, elementwise, text):
        self.shapes = shapes
        self.elementwise = elementwise
        self.text = text
        self.indices = {}

    def _source(self, node):
        return " ".join(self.text[node.start : node.end].split())

    def same(self, left, right, node, what):
        """Merge two shapes, or raise naming both sides."""
        for one, other in zip(left, right, strict=True):
            if not merge(one, other, self._source(node)):
                raise ShapeError(what, node.start, node.end)
        return left

    def shape(self, node):
        """Return the shape of a node, merging as it goes."""
        rule = getattr(self, f"_{type(node).__name__.lower()}", None)
        if rule is None:
            raise DefinitionError(
                "this cannot stand in a forward equation",
                node.start,
                node.end,
            )
        return rule(node)

    def _number(self, node):
        return NUMBER

    def _integer(self, node):
        return (ONE, ONE)

    def _identity(self, node):
        raise DefinitionError(
            "I has no size of its own; leave it out", node.start, node.end
        )

    def _quantity(self, node):
        shape = self.shapes[node.symbol]
        if not node.components:
            return shape
        expected = sum(find(d) != ONE for d in shape)
        if len(node.components) != expected:
            raise ShapeError(
                f"{self._source(node)} has {len(node.components)} component "
                f"indices where {expected} fit",
                node.start,
                node.end,
            )
        for component, dimension in zip(
            node.components, shape, strict=False
        ):
            if isinstance(component, m.Index):
                known = self.indices.setdefault(component, dimension)
                merge(known, dimension, self._source(node))
        return (ONE, ONE)

    def _add(self, node):
        result = NUMBER
        for term in node.terms:
            shape = self.shape(term)
            if result == NUMBER:
                result = shape
            elif shape != NUMBER:
                self.same(
                    result, shape, node,
                    f"{self._source(node)}: the terms have different shapes",
                )
        return result

    def _product(self, node):
        result = self.shape(node.factors[0])
        for factor in node.factors[1:]:
            result = self._times(result, self.shape(factor), node)
        return result

    def _times(self, left, right, node):
        scalars = (NUMBER, (ONE, ONE))
        if left in scalars:
            return right if right != NUMBER else left
        if right in scalars:
            return left
        both_columns = find(left[1]) == find(right[1]) == ONE
        if both_columns and self.elementwise:
            return self.same(
                left, right, node,
                f"{self._source(node)}: columns of different sizes",
            )
        what = f"{self._source(node)}: these shapes cannot be multiplied"
        if both_columns:
            what = (
                f"{self._source(node)}: column times column; write ⊙ for "
                "element by element, or a ⊤"
            )
        if not merge(left[1], right[0], self._source(node)):
            raise ShapeError(what, node.start, node.end)
        return (left[0], right[1])

    def _binary(self, node):
        left, right = self.shape(node.left), self.shape(node.right)
        if node.kind == "outer":
            if NUMBER in (left, right) or left[1] != ONE or right[1] != ONE:
                raise ShapeError(
                    "⊗ joins two columns", node.start, node.end
                )
            return (left[0], right[0])
        by_scalar = node.kind == "quotient" and right == (ONE, ONE)
        if right == NUMBER or by_scalar:
            return left
        if left == NUMBER:
            return right
        return self.same(
            left, right, node,
            f"{self._source(node)}: element by element needs equal shapes",
        )

    def _transpose(self, node):
        shape = self.shape(node.body)
        return shape if shape == NUMBER else (shape[1], shape[0])

    def _power(self, node):
        shape = self.shape(node.body)
        if shape != NUMBER and shape[1] != ONE:
            if not merge(shape[0], shape[1], self._source(node)):
                raise ShapeError("a power needs a square matrix",
                                 node.start, node.end)
        return shape

    def _apply(self, node):
        shapes = [self.shape(argument) for argument in node.arguments]
        if node.function == "loss":
            for shape in shapes[1:]:
                self.same(shapes[0], shape, node,
                          f"{self._source(node)}: arguments differ in shape")
            return (ONE, ONE)
        shape = shapes[0]
        if node.function in ("softmax", "diag"):
            if shape == NUMBER or shape[0] == ONE or shape[1] != ONE:
                raise ShapeError(
                    f"{node.function} takes a column", node.start, node.end
                )
        if node.function == "diag":
            return (shape[0], shape[0])
        return shape

    def _repeat(self, node):
        return self.shape(node.body)

    def _pick(self, node):
        shape = self.shape(node.body)
        for component, dimension in zip(
            node.components, shape, strict=False
        ):
            if isinstance(component, m.Index):
                known = self.indices.setdefault(component, dimension)
                merge(known, dimension, self._source(node))
        return (ONE, ONE)

    def _indicator(self, node):
        return (ONE, ONE)

    def _choice(self, node):
        result = NUMBER
        for _, body in node.rows:
            shape = self.shape(body)
            if result == NUMBER:
                result = shape
            elif shape != NUMBER:
                self.same(result, shape, node,
                          "the cases have different shapes")
        return result
