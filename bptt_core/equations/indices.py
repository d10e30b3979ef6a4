"""Reading indices: shifts of time, components, conditions.

Letters are bound by a sum, or free; what each counts, time steps or
components, is learned from where it stands.
"""

from . import meaning as m
from .errors import ReadingError
from .names import arguments_of, base_name, flat, only_item
from .tree import Atom, Bracket


class IndexReader:
    """The part of the reader that knows indices and conditions."""

    def __init__(self, language, bound=None, rename=None):
        self.language = language
        self.bound = dict(bound or {})
        self.rename = dict(rename or {})
        self.free = {}
        self.repeats = []
        self.comparisons = []
        self.inside_derivative = False
        self.below_a_derivative = False
        self.place = None
        self.definitions_open = []
        self.marks = []
        self.uses = []

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

    def _shift_of_bracket(self, bracket):
        if len(bracket.clauses) != 1 or bracket.clauses[0].relations:
            raise ReadingError(
                "one bound is expected here", bracket.start, bracket.end
            )
        return self.shift(bracket.clauses[0].expressions[0])

    def _shift_of_term(self, term):
        factor, found = 1, None
        for item in term.items:
            item = flat(item)
            base = item.base
            plain = item.below is None and not item.above and not item.primes
            if plain and isinstance(base, Atom) and base.kind == "number":
                if "." in base.text or len(base.text) > 6:
                    raise ReadingError(
                        "an index is a small whole number",
                        base.start,
                        base.end,
                    )
                factor *= int(base.text)
                continue
            if plain and isinstance(base, Bracket) and base.kind in "({":
                inside = base.clauses[0] if len(base.clauses) == 1 else None
                if inside and not inside.relations and found is None:
                    found = self.shift(inside.expressions[0])
                    continue
            name = self._renamed(base_name(base)) if plain else None
            if name is None or found is not None:
                raise ReadingError(
                    "an index such as t or t-1 is expected here",
                    item.start,
                    item.end,
                )
            if name == self.language.length:
                found = m.Shift(length=1)
            else:
                self._check_index_letter(name, item)
                found = self._index_shift(name)
        if found is None:
            return m.Shift(constant=factor)
        return found.times(factor)

    def _check_index_letter(self, name, item):
        known = name in self.bound or name in self.free
        letter = len(name) == 1 and name.isalpha()
        greek = name in ("\\tau", "\\star", "\\ell", "\\alpha", "\\beta",
                         "\\mu", "\\nu", "\\rho", "\\theta", "\\kappa")
        if not (known or letter or greek):
            raise ReadingError(
                f"{name} is not an index letter", item.start, item.end
            )

    def _note(self, kind, node, shift):
        """Remember where an index stands; alterations move it."""
        if self.place is None:
            self.marks.append((kind, node.start, node.end, shift))

    def _index_shift(self, name):
        if name in self.bound:
            return self.bound[name]
        if name not in self.free:
            self.free[name] = m.Index(name)
        return m.Shift(indices=((self.free[name], 1),))

    def _mark_time(self, shift, node):
        for index, _ in shift.indices:
            if index.kind == "component":
                raise ReadingError(
                    f"{index.letter} counts components elsewhere and time "
                    "steps here; use two letters",
                    node.start,
                    node.end,
                )
            index.kind = "time"

    def _component(self, expression, symbol, axis, count):
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
            raise ReadingError(
                "a component is a letter or a number, without arithmetic",
                expression.start,
                expression.end,
            )
        if index.kind == "time":
            raise ReadingError(
                f"{index.letter} counts time steps elsewhere and components "
                "here; use two letters",
                expression.start,
                expression.end,
            )
        index.kind = "component"
        self._note("component", expression, shift)
        if symbol is not None and symbol.role != "defined":
            index.witnesses.append((symbol, axis, count))
        return index

    def _witness(self, pick):
        """A component of an expression runs over the expression's rows."""
        for axis, component in enumerate(pick.components):
            if isinstance(component, m.Index):
                component.witnesses.append(
                    (pick.body, axis, len(pick.components))
                )

    # -- conditions -----------------------------------------------------

    def conditions(self, clauses):
        """Read comparisons; `i, j` without a relation means i = j."""
        if len(clauses) == 2 and not any(c.relations for c in clauses):
            return [
                self._comparison(
                    "=", clauses[0].expressions[0], clauses[1].expressions[0]
                )
            ]
        found = []
        for clause in clauses:
            if not clause.relations:
                arguments = arguments_of([clause])
                if len(arguments) == 2:
                    found.append(self._comparison("=", *arguments))
                    continue
                raise ReadingError(
                    "a condition such as j = k is expected here",
                    clause.start,
                    clause.end,
                )
            for relation, left, right in zip(
                clause.relations,
                clause.expressions,
                clause.expressions[1:],
                strict=False,
            ):
                found.append(self._comparison(relation, left, right))
        return found

    def _comparison(self, relation, left, right):
        if relation not in ("=", "\\neq", "<", ">", "\\leq", "\\geq"):
            raise ReadingError(
                f"{relation} cannot be decided here", left.start, right.end
            )
        sides = [self._comparand(side) for side in (left, right)]
        span = self.place or (left.start, right.end)
        comparison = m.Comparison(*span, relation, *sides)
        self.comparisons.append(comparison)
        return comparison

    def _comparand(self, expression):
        label = self._class_label(
            expression, "compare indices and class labels only"
        )
        return self.shift(expression) if label is None else label

    def _class_label(self, expression, otherwise):
        """Return the label y_t, or None for a bare index; else raise."""
        item = only_item(expression)
        item = None if item is None else flat(item)
        if item is None or (item.below is None and not item.above):
            return None
        quantity = self.item(item)
        if isinstance(quantity, m.Quantity):
            if quantity.symbol.role == "label":
                return quantity
        raise ReadingError(otherwise, expression.start, expression.end)

    # -- after reading --------------------------------------------------

    def settle(self):
        """Decide the kind of every index that its place left open."""
        changed = True
        while changed:
            changed = False
            for comparison in self.comparisons:
                changed |= self._share_kind(comparison)
        for repeat in self.repeats:
            self._settle_repeat(repeat)
        for comparison in self.comparisons:
            for side in (comparison.left, comparison.right):
                if isinstance(side, m.Shift):
                    for index, _ in side.indices:
                        index.kind = index.kind or "time"
            self._check_comparison(comparison)
        for index in self.free.values():
            index.kind = index.kind or "unused"

    def indices_seen(self):
        """Return every index that was read, free or bound."""
        shifts = [shift for _, _, _, shift in self.marks]
        for comparison in self.comparisons:
            sides = comparison.left, comparison.right
            shifts += [s for s in sides if isinstance(s, m.Shift)]
        return list(dict.fromkeys(i for s in shifts for i, _ in s.indices))

    def _share_kind(self, comparison):
        left, right = comparison.left, comparison.right
        changed = False
        for one, other in ((left, right), (right, left)):
            if not isinstance(one, m.Shift) or one.single is None:
                continue
            index = one.single
            partner = None
            if isinstance(other, m.Shift):
                partner = other.single
            if index.kind is None:
                if isinstance(other, m.Quantity):
                    index.kind, changed = "component", True
                elif partner is not None and partner.kind is not None:
                    index.kind, changed = partner.kind, True
            if (
                partner is not None
                and index.kind == partner.kind == "component"
                and not index.witnesses
                and partner.witnesses
            ):
                index.witnesses, changed = list(partner.witnesses), True
        return changed

    def _check_comparison(self, comparison):
        sides = [comparison.left, comparison.right]
        kinds = set()
        for side in sides:
            if isinstance(side, m.Quantity):
                kinds.add("component")
            else:
                kinds |= {index.kind for index, _ in side.indices}
        if len(kinds) > 1:
            raise ReadingError(
                "a time step is compared with a component here",
                comparison.start,
                comparison.end,
            )

    def _settle_repeat(self, repeat):
        index = repeat.index
        if index.kind is None:
            index.kind = "time"
        if index.kind == "component":
            full = repeat.lower is None or repeat.lower == m.Shift(1)
            top = repeat.upper is None or repeat.upper.single is not None
            if not (full and top):
                raise ReadingError(
                    f"{index.letter} runs over all components; write "
                    f"\\sum_{index.letter}",
                    repeat.start,
                    repeat.end,
                )
            repeat.lower = repeat.upper = None
            return
        for bound in (repeat.lower, repeat.upper):
            if bound is not None:
                self._mark_time(bound, repeat)
        if repeat.upper is None and repeat.lower is not None:
            raise ReadingError(
                f"up to where? {index.letter} needs an upper bound",
                repeat.start,
                repeat.end,
            )
