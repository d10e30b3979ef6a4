"""Reading indices: shifts of time, components, conditions.

Letters are bound by a sum, or free; what each counts, time steps or
components, is learned from where it stands.
"""

import itertools

from derivations.errors import ReadingError
from derivations.latex.names import (
    arguments_of,
    base_name,
    flat,
    is_number,
    only_expression,
    only_item,
)
from derivations.latex.tree import Bracket
from derivations.meaning import nodes as m

_GREEK = {
    "\\alpha", "\\beta", "\\ell", "\\kappa", "\\mu", "\\nu", "\\rho",
    "\\star", "\\tau", "\\theta",
}


class IndexReader:
    """The part of the reader that knows indices and conditions."""

    def __init__(self, language, bound=None):
        self.language = language
        self.bound = dict(bound or {})
        self.rename = {}
        self.free = {}
        self.repeats = []
        self.comparisons = []
        self.inside_derivative = False
        self.below_a_derivative = False
        self.definitions_open = []
        self.marks = []
        self.uses = []

    def _renamed(self, name):
        return self.rename.get(name, name)

    # -- indices --------------------------------------------------------

    def shift(self, expression):
        """Read an integer such as t - 1, T, 2 or s + t."""
        total = m.Shift()
        for sign, term in zip(
            expression.signs, expression.terms, strict=True
        ):
            part = self._shift_of_term(term)
            total = total.plus(part, -1 if sign == "-" else 1)
        return total

    def _shift_of_term(self, term):
        factor, found = 1, None
        for item in map(flat, term.items):
            if item.bare and is_number(item):
                factor *= _whole_number(item)
                continue
            part = None
            if item.bare and found is None:
                part = self._shift_of_base(item.base)
            if part is None:
                raise item.error("an index such as t or t-1 is expected here")
            found = part
        return m.Shift().plus(found or m.Shift(constant=1), factor)

    def _shift_of_base(self, base):
        if isinstance(base, Bracket) and base.kind in "({":
            inside = only_expression(base)
            return None if inside is None else self.shift(inside)
        name = self._renamed(base_name(base))
        if name is None:
            return None
        if name == self.language.length:
            return m.Shift(length=1)
        letter = len(name) == 1 and name.isalpha()
        if not (letter or name in _GREEK or self._is_index(name)):
            raise base.error(f"{name} is not an index letter")
        return self._index_shift(name)

    def _is_index(self, name):
        return name in self.bound or name in self.free

    def _index_shift(self, name):
        if name in self.bound:
            return self.bound[name]
        if name not in self.free:
            self.free[name] = m.Index(name)
        return m.Shift(indices=((self.free[name], 1),))

    def _note(self, kind, node, shift):
        """Remember where an index stands; alterations move it."""
        self.marks.append((kind, node.start, node.end, shift))

    def _bound_of_sum(self, expression):
        shift = self.shift(expression)
        self._note("bound", expression, shift)
        return shift

    def _time(self, expression):
        shift = self.shift(expression)
        self._mark_time(shift, expression)
        self._note("time", expression, shift)
        return shift

    def _mark_time(self, shift, node):
        for index, _ in shift.indices:
            if index.kind == "component":
                raise node.error(
                    f"{index.letter} counts components elsewhere and time "
                    "steps here; use two letters"
                )
            index.kind = "time"

    def _components(self, expressions, whole):
        """Read the components of ``whole``, a symbol or an expression."""
        count = len(expressions)
        return tuple(
            self._component(expression, (whole, axis, count))
            for axis, expression in enumerate(expressions)
        )

    def _component(self, expression, witness):
        """Read one component: an index, a number, or a class label."""
        label = self._class_label(
            expression, "only a class label can pick a component"
        )
        if label is not None:
            return label
        shift = self.shift(expression)
        if shift.is_constant:
            return shift.constant
        index = shift.single
        if index is None:
            raise expression.error(
                "a component is a letter or a number, without arithmetic"
            )
        if index.kind == "time":
            raise expression.error(
                f"{index.letter} counts time steps elsewhere and components "
                "here; use two letters"
            )
        index.kind = "component"
        index.witnesses.append(witness)
        self._note("component", expression, shift)
        return index

    # -- conditions -----------------------------------------------------

    def conditions(self, clauses):
        """Read comparisons; `i, j` without a relation means i = j."""
        if not any(clause.relations for clause in clauses):
            arguments = arguments_of(clauses)
            if len(arguments) == 2:
                return [self._comparison("=", *arguments)]
        found = []
        for clause in clauses:
            if not clause.relations:
                raise clause.error(
                    "a condition such as j = k is expected here"
                )
            pairs = itertools.pairwise(clause.expressions)
            for relation, pair in zip(clause.relations, pairs, strict=True):
                found.append(self._comparison(relation, *pair))
        return found

    def _comparison(self, relation, left, right):
        place = left.start, right.end
        if relation not in ("=", "\\neq", "<", ">", "\\leq", "\\geq"):
            raise ReadingError(f"{relation} cannot be decided here", *place)
        sides = []
        for expression in (left, right):
            label = self._class_label(
                expression, "compare indices and class labels only"
            )
            sides.append(self.shift(expression) if label is None else label)
        comparison = m.Comparison(*place, relation, *sides)
        self.comparisons.append(comparison)
        return comparison

    def _class_label(self, expression, otherwise):
        """Return the label y_t, or None for a bare index; else raise."""
        item = only_item(expression)
        if item is None or item.bare:
            return None
        quantity = self.item(item)
        if isinstance(quantity, m.Quantity):
            if quantity.symbol.role == "label":
                return quantity
        raise expression.error(otherwise)

    # -- after reading --------------------------------------------------

    def settle(self):
        """Decide the kind of every index that its place left open."""
        while any([self._share_kind(c) for c in self.comparisons]):
            pass  # what one comparison tells may help another
        for repeat in self.repeats:
            self._settle_repeat(repeat)
        for comparison in self.comparisons:
            for index in _compared_indices(comparison):
                index.kind = index.kind or "time"
            _check_comparison(comparison)
        for index in self.free.values():
            index.kind = index.kind or "unused"

    def indices_seen(self):
        """Return every index that was read, free or bound."""
        found = [i for *_, shift in self.marks for i, _ in shift.indices]
        for comparison in self.comparisons:
            found += _compared_indices(comparison)
        return list(dict.fromkeys(found))

    def _share_kind(self, comparison):
        """Let both sides learn from each other; return if one did."""
        left, right = comparison.left, comparison.right
        return any([_learn(left, right), _learn(right, left)])

    def _settle_repeat(self, repeat):
        index = repeat.index
        index.kind = index.kind or "time"
        lower, upper = repeat.lower, repeat.upper
        if index.kind == "component":
            full = lower is None or lower == m.Shift(1)
            if not full or (upper is not None and upper.single is None):
                raise repeat.error(
                    f"{index.letter} runs over all components; write "
                    f"\\sum_{index.letter}"
                )
            repeat.lower = repeat.upper = None
            return
        for bound in (lower, upper):
            if bound is not None:
                self._mark_time(bound, repeat)
        if upper is None and lower is not None:
            raise repeat.error(
                f"up to where? {index.letter} needs an upper bound"
            )


def _whole_number(item):
    text = item.base.text
    if "." in text or len(text) > 6:
        raise item.error("an index is a small whole number")
    return int(text)


def _compared_indices(comparison):
    sides = comparison.left, comparison.right
    shifts = [side for side in sides if isinstance(side, m.Shift)]
    return [index for shift in shifts for index, _ in shift.indices]


def _learn(one, other):
    """Let an index learn from what it is compared with; return if it did."""
    index = getattr(one, "single", None)
    if index is None:
        return False
    partner = getattr(other, "single", None)
    before = index.kind, index.witnesses
    if index.kind is None:
        is_label = isinstance(other, m.Quantity)
        index.kind = "component" if is_label else partner and partner.kind
    if partner and index.kind == partner.kind == "component":
        index.witnesses = index.witnesses or list(partner.witnesses)
    return (index.kind, index.witnesses) != before


def _check_comparison(comparison):
    kinds = {index.kind for index in _compared_indices(comparison)}
    if comparison.parts():
        kinds.add("component")  # a class label
    if len(kinds) > 1:
        raise comparison.error("a time step is compared with a component here")
