"""Sizes by unification: which dimensions must be the same.

A shape is a pair of dimensions; a dimension is ``ONE`` or an unknown that
is merged with others as the forward equations demand. Unknown dimensions
are never one: scalars are known as scalars.
"""

import itertools

from derivations.errors import DefinitionError, ShapeError
from derivations.meaning import nodes as m
from derivations.meaning.functions import DIAG, SOFTMAX
from derivations.values.stacks import is_upright

ONE = "1"


_MERGES = itertools.count()


class Dimension:
    """An unknown size.

    link: the number of the merge that gave it a parent, and its place; parts:
    the sizes that it is the sum of, if it is one.
    """

    def __init__(self, parts=()):
        self.parent = None
        self.link = None
        self.parts = tuple(parts)

    def root(self):
        node = self
        while node.parent is not None:
            node = node.parent
        return node


def find(dimension):
    """Return the representative of a dimension."""
    return dimension if dimension == ONE else dimension.root()


def leaves(dimension):
    """Return the sizes that a dimension is the sum of, or it alone."""
    dimension = find(dimension)
    if dimension == ONE or not dimension.parts:
        return [dimension]
    return [leaf for part in dimension.parts for leaf in leaves(part)]


def total(dimensions):
    """Return the sum of dimensions."""
    if len(dimensions) == 1:
        return dimensions[0]
    return Dimension(dimensions)


def merge(left, right, reason):
    """Make two dimensions one; return whether that is possible.

    Sums are one if they have the same sizes in any order; else the sizes
    that differ must be as many, and are made one in their order.
    """
    left, right = find(left), find(right)
    if left == ONE or right == ONE:
        return left == right
    if left is right:
        return True
    if left.parts and right.parts:
        return _merge_sums(left, right, reason)
    if right.parts:
        left, right = right, left
    if left.parts and right in leaves(left):
        return False
    right.parent = left
    right.link = next(_MERGES), reason
    return True


def _merge_sums(left, right, reason):
    ours, theirs = leaves(left), leaves(right)
    for size in list(ours):
        if size in theirs:
            ours.remove(size)
            theirs.remove(size)
    same = len(ours) == len(theirs) and all(
        merge(*pair, reason) for pair in zip(ours, theirs, strict=True)
    )
    if same:
        right.parent = left
        right.link = next(_MERGES), reason
    return same


def joined_by(one, other):
    """Return the place that made two dimensions one, "" if they always were.

    It is the last of the merges on the way from the one to the other.
    """
    ways = []
    for dimension in (one, other):
        ways.append([])
        while dimension.parent is not None:
            ways[-1].append(dimension.link)
            dimension = dimension.parent
    links = set(ways[0]) ^ set(ways[1])
    return max(links)[1] if links else ""


NUMBER = "number"
SCALAR = (ONE, ONE)


class Inference:
    """Infers the shapes of the forward equations of a network."""

    def __init__(self, shapes, elementwise, text, letters, rows=False):
        self.rows = rows
        self.letters = letters
        self.shapes = shapes
        self.elementwise = elementwise
        self.text = text
        self.indices = {}

    def _source(self, node):
        return " ".join(self.text[node.start : node.end].split())

    def _wrong(self, node, what):
        return ShapeError.on(node, f"{self._source(node)}: {what}")

    def same(self, left, right, node, what):
        """Merge two shapes, or raise saying what is wrong."""
        for one, other in zip(left, right, strict=True):
            if not merge(one, other, self._source(node)):
                raise ShapeError.on(node, what)
        return left

    def _common(self, nodes, whole, what):
        """Merge the shapes of some nodes; numbers take any shape."""
        result = NUMBER
        for node in nodes:
            shape = self.shape(node)
            if NUMBER in (result, shape):
                result = shape if result == NUMBER else result
            else:
                what_of = f"{self._source(whole)}: {what}"
                self.same(result, shape, whole, what_of)
        return result

    def shape(self, node):
        """Return the shape of a node, merging as it goes."""
        return self._RULES[type(node)](self, node)

    def _number(self, node):
        return NUMBER

    def _integer(self, node):
        return SCALAR

    def _indicator(self, node):
        return SCALAR

    def _identity(self, node):
        raise DefinitionError.on(
            node, "I has no size of its own; leave it out"
        )

    def _quantity(self, node):
        shape = self.shapes[node.symbol]
        if not node.components:
            return shape
        expected = sum(find(d) != ONE for d in shape)
        if len(node.components) != expected:
            raise ShapeError.on(
                node,
                f"{self._source(node)} has {len(node.components)} component "
                f"indices where {expected} fit",
            )
        return self._picked(node, shape)

    def _pick(self, node):
        return self._picked(node, self.shape(node.body))

    def _picked(self, node, shape):
        for component, dimension in zip(node.components, shape, strict=False):
            if isinstance(component, m.Index):
                known = self.indices.setdefault(component, dimension)
                merge(known, dimension, self._source(node))
        return SCALAR

    def _add(self, node):
        return self._common(
            node.terms, node, "the terms have different shapes"
        )

    def _choice(self, node):
        bodies = [body for _, body in node.rows]
        return self._common(bodies, node, "the cases have different shapes")

    def _threshold(self, node):
        what = "the two sides have different shapes"
        return self._common([node.left, node.right], node, what)

    def _squares(self, node):
        shape = self.shape(node.body)
        if not node.matrix and shape != NUMBER and ONE not in map(find, shape):
            raise self._wrong(node, "for a matrix write \\|W\\|_F")
        return SCALAR

    def _size(self, node):
        shape = self.shape(node.body)
        if shape not in (NUMBER, SCALAR):
            raise self._wrong(node, "|…| is of a scalar")
        return shape

    def _stack(self, node):
        shapes = [[self.shape(cell) for cell in row] for row in node.rows]
        known = [s for s in shapes[0] if s != NUMBER]
        known = [tuple(map(find, shape)) for shape in known]
        if node.comma and is_upright(known, node.turned, ONE):
            shapes = [[shape] for shape in shapes[0]]
        heights = [self._size_of_cells(row, 0, node) for row in shapes]
        columns = zip(*shapes, strict=True)
        widths = [self._size_of_cells(cells, 1, node) for cells in columns]
        return total(heights), total(widths)

    def _size_of_cells(self, shapes, axis, node):
        """Return the one size of all cells beside, or above, each other."""
        sizes = [shape[axis] for shape in shapes if shape != NUMBER]
        for size in sizes[1:]:
            if not merge(sizes[0], size, self._source(node)):
                raise self._wrong(node, "these blocks do not fit")
        return sizes[0] if sizes else ONE

    def _block(self, node):
        """The block of a symbol is as long as that symbol."""
        sizes = [
            self.shapes.setdefault(symbol, (Dimension(), ONE))[0]
            for symbol in node.symbols
        ]
        shape = self.shape(node.body)
        what = f"{self._source(node)}: this is not {len(sizes)} blocks"
        if shape == NUMBER:
            raise ShapeError.on(node, what)
        self.same(shape, (total(sizes), ONE), node, what)
        return sizes[node.number], ONE

    def _repeat(self, node):
        shape = self.shape(node.body)
        if node.size is not None and node.index in self.indices:
            letter = self.letters.setdefault(node.size, Dimension())
            if not merge(letter, self.indices[node.index], node.size):
                raise self._wrong(node, "this runs over one component")
        return shape

    def _product(self, node):
        shapes = [self.shape(factor) for factor in node.factors]
        result = shapes[0]
        for shape in shapes[1:]:
            result = self._times(result, shape, node)
        return result

    def _times(self, left, right, node):
        if self.rows:
            # Rows are held as columns, and all products turned round.
            left, right = right, left
        if left in (NUMBER, SCALAR):
            return right if right != NUMBER else left
        if right in (NUMBER, SCALAR):
            return left
        what = "these shapes cannot be multiplied"
        if find(left[1]) == find(right[1]) == ONE:
            if self.elementwise:
                what = f"{self._source(node)}: columns of different sizes"
                return self.same(left, right, node, what)
            what = (
                "column times column; write ⊙ for element by element, or a ⊤"
            )
            if self.rows:
                what = what.replace("column", "row")
        if not merge(left[1], right[0], self._source(node)):
            raise self._wrong(node, what)
        return (left[0], right[1])

    def _binary(self, node):
        if node.kind == "hadamard":
            return self._elementwise(node)
        left, right = self.shape(node.left), self.shape(node.right)
        if node.kind == "quotient":
            return left if right == SCALAR else self._elementwise(node)
        if NUMBER in (left, right) or left[1] != ONE or right[1] != ONE:
            raise ShapeError.on(node, "⊗ joins two columns")
        return (right[0], left[0]) if self.rows else (left[0], right[0])

    def _elementwise(self, node):
        what = "element by element needs equal shapes"
        return self._common([node.left, node.right], node, what)

    def _transpose(self, node):
        shape = self.shape(node.body)
        return shape if shape == NUMBER else shape[::-1]

    def _power(self, node):
        shape = self.shape(node.body)
        if shape != NUMBER and shape[1] != ONE:
            if not merge(*shape, self._source(node)):
                raise ShapeError.on(node, "a power needs a square matrix")
        return shape

    def _apply(self, node):
        if node.function.unspecified:
            self._common(node.arguments, node, "arguments differ in shape")
            return SCALAR
        shape = self.shape(node.arguments[0])
        if node.function in (SOFTMAX, DIAG):
            if shape == NUMBER or shape[0] == ONE or shape[1] != ONE:
                name = node.function.name
                raise ShapeError.on(node, f"{name} takes a column")
        return (shape[0], shape[0]) if node.function is DIAG else shape

    _RULES = {  # noqa: RUF012
        m.Number: _number,
        m.Integer: _integer,
        m.Identity: _identity,
        m.Quantity: _quantity,
        m.Add: _add,
        m.Product: _product,
        m.Binary: _binary,
        m.Transpose: _transpose,
        m.Power: _power,
        m.Apply: _apply,
        m.Threshold: _threshold,
        m.Squares: _squares,
        m.Size: _size,
        m.Stack: _stack,
        m.Block: _block,
        m.Pick: _pick,
        m.Repeat: _repeat,
        m.Indicator: _indicator,
        m.Choice: _choice,
    }
