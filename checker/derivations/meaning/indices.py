"""The index letters of one equation: shifts of time, and components.

Letters are bound by a sum, or free; what each counts, time steps or
components, is learned from where it stands.
"""

from derivations.latex.names import base_name, flat, is_number, only_expression
from derivations.latex.tree import Bracket, Expression, Item, Node, Term
from derivations.meaning import nodes as m
from derivations.meaning.scope import Scope

_GREEK = {
    "\\alpha",
    "\\beta",
    "\\ell",
    "\\kappa",
    "\\mu",
    "\\nu",
    "\\rho",
    "\\star",
    "\\tau",
    "\\theta",
}


class Indices:
    """The indices of one equation, learned while its sides are read.

    Every method that reads takes the ``Scope`` of the place: it says which
    letters are bound there. All other letters are ``free`` and shared by
    the sides. ``repeats`` and ``conditions`` hold what still has to be
    decided when everything is read; ``settle`` decides it.
    """

    def __init__(self, length: str | None):
        self.length = length
        self.free: dict[str, m.Index] = {}
        self.repeats: list[m.Repeat] = []
        self.conditions: list[m.Condition] = []

    # -- letters --------------------------------------------------------

    def knows(self, letter: str, scope: Scope) -> bool:
        """Return whether a letter has been an index so far."""
        return letter in scope.bound or letter in self.free

    def of_letter(self, letter: str, scope: Scope) -> m.Shift:
        """Return what a letter stands for; a new letter is free."""
        if letter in scope.bound:
            return scope.bound[letter]
        if letter not in self.free:
            self.free[letter] = m.Index(letter)
        return m.Shift.of(self.free[letter])

    # -- places ---------------------------------------------------------

    def shift(self, expression: Expression, scope: Scope) -> m.Shift:
        """Read an integer such as t - 1, T, 2 or s + t."""
        total = m.Shift()
        for sign, term in zip(expression.signs, expression.terms, strict=True):
            part = self._shift_of_term(term, scope)
            total = total.plus(part, -1 if sign == "-" else 1)
        return total

    def _shift_of_term(self, term: Term, scope: Scope) -> m.Shift:
        factor, found, before = 1, None, None
        for item in map(flat, term.items):
            if item.bare and is_number(item):
                if before is not None and is_number(before):
                    raise item.error(
                        "two numbers side by side; write the digits of one "
                        "number without a space"
                    )
                factor *= _whole_number(item)
                before = item
                continue
            before = item
            part = None
            if item.bare and found is None:
                part = self._shift_of_base(item.base, scope)
            if part is None:
                raise item.error("an index such as t or t-1 is expected here")
            found = part
        return m.Shift().plus(found or m.Shift(constant=1), factor)

    def _shift_of_base(self, base: Node, scope: Scope) -> m.Shift | None:
        if isinstance(base, Bracket) and base.kind in "({":
            inside = only_expression(base)
            return None if inside is None else self.shift(inside, scope)
        name = base_name(base)
        if name is None:
            return None
        if name == self.length:
            return m.Shift(length=1)
        letter = len(name) == 1 and name.isalpha()
        if not (letter or name in _GREEK or self.knows(name, scope)):
            raise base.error(f"{name} is not an index letter")
        return self.of_letter(name, scope)

    def bound(self, expression: Expression, scope: Scope) -> m.Shift:
        """Read a bound of a sum, and note it."""
        shift = self.shift(expression, scope)
        _note("bound", expression, shift, scope)
        return shift

    def time(self, expression: Expression, scope: Scope) -> m.Shift:
        """Read the time of a symbol, and note it."""
        shift = self.shift(expression, scope)
        self.counts_time(shift, expression)
        _note("time", expression, shift, scope)
        return shift

    def counts_time(self, shift: m.Shift, node: Node) -> None:
        """Learn that the letters of a shift count time steps."""
        for index, _ in shift.indices:
            if index.kind == "component":
                raise node.error(
                    f"{index.letter} counts components elsewhere and time "
                    "steps here; use two letters"
                )
            index.kind = "time"

    def component(
        self, expression: Expression, scope: Scope, witness: tuple
    ) -> m.Index | int:
        """Read one component, an index or a number, and note it."""
        shift = self.shift(expression, scope)
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
        _note("component", expression, shift, scope)
        return index

    # -- after reading --------------------------------------------------

    def settle(self) -> None:
        """Decide the kind of every index that its place left open."""
        unseen = [i for i in self.compared() if not i.witnesses]
        learning = True
        while learning:  # what one condition tells may help another
            learning = False
            for condition in self.conditions:
                if _learn(condition.left, condition.right):
                    learning = True
                if _learn(condition.right, condition.left):
                    learning = True
        for repeat in self.repeats:
            self._settle_repeat(repeat)
        for condition in self.conditions:
            for index in _compared(condition):
                index.kind = index.kind or "time"
            _check_condition(condition)
            _check_order(condition, unseen)
        for index in self.free.values():
            index.kind = index.kind or "unused"

    def compared(self) -> list[m.Index]:
        """Return the indices that stand in conditions."""
        return [i for c in self.conditions for i in _compared(c)]

    def _settle_repeat(self, repeat: m.Repeat) -> None:
        index = repeat.index
        index.kind = index.kind or "time"
        lower, upper = repeat.lower, repeat.upper
        if index.kind == "component":
            full = lower is None or lower == m.Shift(1)
            if not full or (upper is not None and not self._is_size(upper)):
                raise repeat.error(
                    f"{index.letter} runs over all components; write "
                    f"\\sum_{index.letter}, or 1 and the letter of the size "
                    "as its bounds"
                )
            if upper is not None:
                repeat.size = upper.single.letter
            repeat.lower = repeat.upper = None
            return
        for bound in (lower, upper):
            if bound is not None:
                self.counts_time(bound, repeat)
        if upper is None and lower is not None:
            raise repeat.error(
                f"up to where? {index.letter} needs an upper bound"
            )

    def _is_size(self, upper: m.Shift) -> bool:
        """Is an upper bound a letter that counts nothing elsewhere?"""
        index = upper.single
        if index is None or index.kind not in (None, "unused"):
            return False
        return self.free.get(index.letter) is index


def _note(kind: str, node: Node, shift: m.Shift, scope: Scope) -> None:
    scope.notes.marks.append((kind, node.start, node.end, shift))


def _whole_number(item: Item) -> int:
    text = item.token
    if "." in text or len(text) > 6:
        raise item.error("an index is a small whole number")
    return int(text)


def _compared(condition: m.Condition) -> list[m.Index]:
    sides = condition.left, condition.right
    shifts = [side for side in sides if isinstance(side, m.Shift)]
    return [index for shift in shifts for index, _ in shift.indices]


def _learn(one: m.Shift | m.Quantity, other: m.Shift | m.Quantity) -> bool:
    """Let an index learn from what it is compared with; say if it did."""
    index = one.single if isinstance(one, m.Shift) else None
    if index is None:
        return False
    partner = other.single if isinstance(other, m.Shift) else None
    before = index.kind, index.witnesses
    if index.kind is None and isinstance(other, m.Quantity):
        index.kind = "component"  # it is compared with a class label
    elif index.kind is None and partner is not None:
        index.kind = partner.kind
    if partner is not None and index.kind == partner.kind == "component":
        index.witnesses = index.witnesses or list(partner.witnesses)
    return (index.kind, index.witnesses) != before


def _check_order(condition: m.Condition, unseen: list[m.Index]) -> None:
    """In 1 ≤ k ≤ n, is n how many components there are, or one of them?"""
    if condition.relation in ("=", "\\neq"):
        return
    for index in _compared(condition):
        if index.kind == "component" and index in unseen:
            raise condition.error(
                f"what is {index.letter}? A sum over all components is "
                "written \\sum_k, or with the letter of their number as its "
                "upper bound"
            )


def _check_condition(condition: m.Condition) -> None:
    kinds = {index.kind for index in _compared(condition)}
    if condition.parts():
        kinds.add("component")  # a class label
    if len(kinds) > 1:
        raise condition.error("a time step is compared with a component here")
