"""Reading sums and products: what they run over, in which order."""

from . import meaning as m
from .derivatives import DerivativeReader
from .errors import ReadingError
from .names import REPEATS, arguments_of, base_name, flat, only_item, text_of
from .tree import Accent, Atom, Bracket, Over


class RepeatReader(DerivativeReader):
    """The part of the reader that knows \\sum and \\prod."""

    def _repeat_kind(self, node):
        """Return (kind, order) for a sum or product sign, else None."""
        arrow = None
        if isinstance(node, Over):
            arrow = text_of(node.mark)
            inner = only_item(node.base)
            node = flat(inner).base if inner is not None else None
        elif isinstance(node, Accent):
            arrow = node.mark
            inner = only_item(node.base)
            node = flat(inner).base if inner is not None else None
            if not isinstance(node, Atom) or node.text not in REPEATS:
                return None
        if not isinstance(node, Atom) or node.text not in REPEATS:
            return None
        orders = {
            None: self.language.order,
            "\\leftarrow": "descending",
            "\\overleftarrow": "descending",
            "\\rightarrow": "ascending",
            "\\to": "ascending",
            "\\overrightarrow": "ascending",
        }
        if arrow not in orders:
            raise ReadingError(
                "over a product write \\leftarrow (later factors to the "
                "left) or \\rightarrow",
                node.start,
                node.end,
            )
        return REPEATS[node.text], orders[arrow]

    def _repeat(self, kind, item, items, position):
        if position + 1 >= len(items):
            raise ReadingError(
                "a sum or product of what? its terms are missing",
                item.start,
                item.end,
            )
        kind, order = kind
        upper = None
        if len(item.above) > 1 or item.primes:
            raise ReadingError(
                "one upper bound is enough", item.start, item.end
            )
        clauses = item.below or []
        if not clauses:
            raise ReadingError(
                "over which index? write \\sum_{t=1}^{T} or \\sum_k",
                item.start,
                item.end,
            )
        family = self._family(clauses[0])
        if family is not None:
            return self._sum_over_letters(
                kind, family, item, items, position
            )
        if item.above:
            upper = self._shift_of_bracket(item.above[0])
            top = item.above[0].clauses[0].expressions[0]
            self._note("bound", top, upper)
        saved = dict(self.bound)
        heads = self._repeat_heads(clauses, upper, item)
        conditions = []
        for clause in clauses:
            conditions += self._conditions_of_head(clause)
        body, position = self._outer(items, position + 1)
        self.bound = saved
        for index, lower, top in reversed(heads):
            last = index is heads[-1][0]
            body = m.Repeat(
                *(self.place or (item.start, body.end)),
                kind,
                index,
                lower,
                top,
                conditions if last else [],
                body,
                order,
            )
            self.repeats.append(body)
        return body, position

    def _repeat_heads(self, clauses, upper, item):
        """Return (index, lower, upper) for each index, newly bound."""
        heads, lowers = [], []
        for clause in clauses:
            letters = None
            if clause.relations == ["="]:
                letters = [clause.expressions[0]]
                lowers.append(self.shift(clause.expressions[1]))
                self._note("bound", clause.expressions[1], lowers[-1])
            elif not clause.relations:
                letters = arguments_of([clause])
                lowers += [None] * len(letters)
            elif len(clause.relations) == 2:
                letters = [clause.expressions[1]]
                lowers.append(None)
            elif not heads:
                letters = [clause.expressions[0]]
                lowers.append(None)
            for letter in letters or ():
                name = self._letter(letter)
                if name is None:
                    raise ReadingError(
                        "an index letter is expected here",
                        letter.start,
                        letter.end,
                    )
                heads.append((name, m.Index(name)))
        if not heads or (upper is not None and len(heads) > 1):
            raise ReadingError(
                "write one index with bounds per sign", item.start, item.end
            )
        for name, index in heads:
            self.bound[name] = m.Shift(indices=((index, 1),))
        return [
            (index, lower, upper if upper is not None else None)
            for (_, index), lower in zip(heads, lowers, strict=True)
        ]

    def _conditions_of_head(self, clause):
        if not clause.relations or clause.relations == ["="]:
            return []
        return self.conditions([clause])

    def _letter(self, expression):
        item = only_item(expression)
        if item is None or item.below is not None or item.above:
            return None
        return base_name(flat(item).base)

    def _family(self, clause):
        """Return (letter, names) of \\star\\in\\{i,f,o,g\\}, or None."""
        if clause.relations == ["\\in"]:
            name = self._letter(clause.expressions[0])
            right = only_item(clause.expressions[1])
            curly = None if right is None else right.base
            if name is None or not (
                isinstance(curly, Bracket) and curly.kind in ("\\{", "{")
            ):
                raise ReadingError(
                    "after \\in a set is expected: \\{i,f,o,g\\}",
                    clause.start,
                    clause.end,
                )
            names = [
                self._letter(c.expressions[0])
                for c in curly.clauses
                if not c.relations
            ]
            if None in names or len(names) != len(curly.clauses):
                raise ReadingError(
                    "a set of letters is expected", curly.start, curly.end
                )
            return name, names
        name = self._letter(clause.expressions[0])
        if not clause.relations and name in self.language.families:
            return name, self.language.families[name]
        return None

    def _sum_over_letters(self, kind, family, item, items, position):
        if kind != "sum" or len(item.below) > 1 or item.above:
            raise ReadingError(
                "over letters only a plain sum is read", item.start, item.end
            )
        letter, names = family
        terms = []
        saved = dict(self.rename)
        for name in names:
            self.rename = {**saved, letter: name}
            body, after = self._outer(items, position + 1)
            terms.append(body)
        self.rename = saved
        span = self.place or (item.start, terms[-1].end)
        return m.Add(*span, ["+"] * len(terms), terms), after
