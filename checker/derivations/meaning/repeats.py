"""Reading sums and products: what they run over, in which order."""

from derivations.latex.names import (
    REPEATS,
    arguments_of,
    name_of,
    only_item,
    repeat_sign,
)
from derivations.latex.tree import Accent, Bracket
from derivations.meaning import nodes as m
from derivations.meaning.derivatives import DerivativeReader

_ORDERS = {
    "\\leftarrow": "descending",
    "\\overleftarrow": "descending",
    "\\rightarrow": "ascending",
    "\\to": "ascending",
    "\\overrightarrow": "ascending",
}


class RepeatReader(DerivativeReader):
    """The part of the reader that knows \\sum and \\prod."""

    def _order(self, base):
        """Return the order that the arrow on a sign asks for."""
        if not isinstance(base, Accent):
            return self.language.order
        if base.mark not in _ORDERS:
            raise base.error(
                "over a product write \\leftarrow (later factors to the "
                "left) or \\rightarrow"
            )
        return _ORDERS[base.mark]

    def _repeat(self, item, rest):
        kind, order = REPEATS[repeat_sign(item)], self._order(item.base)
        clauses = item.below
        if not rest:
            raise item.error("a sum or product of what? its terms are missing")
        if len(item.above) > 1 or item.primes:
            raise item.error("one upper bound is enough")
        if not clauses:
            raise item.error(
                "over which index? write \\sum_{t=1}^{T} or \\sum_k"
            )
        family = self._family(clauses[0])
        if family is not None:
            return self._sum_over_letters(kind, *family, item, rest)
        upper = self._upper(item.above[0]) if item.above else None
        heads = self._heads(clauses)
        if not heads or (upper is not None and len(heads) > 1):
            raise item.error("write one index with bounds per sign")
        outside = self.bound
        self.bound = dict(outside)
        for index, _ in heads:
            self.bound[index.letter] = m.Shift(indices=((index, 1),))
        conditions = [
            condition
            for clause in clauses
            if clause.relations not in ([], ["="])
            for condition in self.conditions([clause])
        ]
        body = self._outer(rest)
        self.bound = outside
        for index, lower in reversed(heads):
            body = m.Repeat(
                item.start,
                body.end,
                kind,
                index,
                lower,
                upper,
                body,
                conditions,
                order,
            )
            self.repeats.append(body)
            conditions = []
        return body

    def _upper(self, bracket):
        if len(bracket.clauses) != 1 or bracket.clauses[0].relations:
            raise bracket.error("one bound is expected here")
        return self._bound_of_sum(bracket.clauses[0].expressions[0])

    def _heads(self, clauses):
        """Return (index, lower bound) for each index of a sign."""
        heads = []
        for clause in clauses:
            lower, letters = None, []
            if not clause.relations:
                letters = arguments_of([clause])
            elif clause.relations == ["="]:
                letters = clause.expressions[:1]
                lower = self._bound_of_sum(clause.expressions[1])
            elif len(clause.relations) == 2:
                letters = clause.expressions[1:2]
            elif not heads:
                letters = clause.expressions[:1]
            for letter in letters:
                name = name_of(letter)
                if name is None:
                    raise letter.error("an index letter is expected here")
                heads.append((m.Index(name), lower))
        return heads

    def _family(self, clause):
        """Return (letter, names) of \\star\\in\\{i,f,o,g\\}, or None."""
        name = name_of(clause.expressions[0])
        if not clause.relations and name in self.language.families:
            return name, self.language.families[name]
        if clause.relations != ["\\in"]:
            return None
        right = only_item(clause.expressions[1])
        names = [None]
        if right is not None and isinstance(right.base, Bracket):
            names = [
                None if c.relations else name_of(c.expressions[0])
                for c in right.base.clauses
            ]
        if None in (name, *names):
            raise clause.error("after \\in a set is expected: \\{i,f,o,g\\}")
        return name, names

    def _sum_over_letters(self, kind, letter, names, item, rest):
        if kind != "sum" or len(item.below) > 1 or item.above:
            raise item.error("over letters only a plain sum is read")
        items, terms, outside = list(rest), [], self.rename
        for name in names:
            self.rename = {**outside, letter: name}
            rest.clear()
            rest.extend(items)
            terms.append(self._outer(rest))
        self.rename = outside
        signs = ["+"] * len(terms)
        return m.Add(item.start, terms[-1].end, signs, terms)
