"""Tree to meaning: what each symbol, script and neighbour stands for.

The grammar knows only structure. Here the vocabulary of a notation says
which names are quantities, which letters are indices, and which words are
functions. Matrix product binds tighter than ⊙, ⊙ tighter than ⊗, and a
sum or product sign reaches to the end of its term.
"""

from dataclasses import dataclass, field

from . import meaning as m
from .errors import LimitError, ReadingError
from .tree import (
    Accent,
    Atom,
    Bracket,
    Cases,
    Clause,
    Expression,
    Fraction,
    Item,
    Over,
    Term,
    parse,
)
from .vocabulary import Symbol, Vocabulary

FUNCTIONS = {
    "\\tanh": "tanh",
    "tanh": "tanh",
    "\\sigma": "sigma",
    "sigmoid": "sigma",
    "\\exp": "exp",
    "exp": "exp",
    "\\log": "log",
    "log": "log",
    "\\sin": "sin",
    "\\cos": "cos",
    "\\sqrt": "sqrt",
    "softmax": "softmax",
    "diag": "diag",
}
_REPEATS = {"\\sum": "sum", "\\prod": "product"}
_FILLERS = {"if", "for", "otherwise", "else", "when"}
_NO_MEANING = {
    "\\oplus": "⊕ joins spaces; to add write +, to stack write it in words",
    "\\dots": "dots cannot be executed; write a sum with \\sum",
    "\\cdots": "dots cannot be executed; write a sum with \\sum",
    "\\ldots": "dots cannot be executed; write a sum with \\sum",
    "\\vdots": "dots cannot be executed; write a sum with \\sum",
    "\\approx": "≈ cannot be checked; only = can",
    "\\propto": "∝ cannot be checked; only = can",
    "\\infty": "limits cannot be executed",
    "\\lim": "limits cannot be executed",
    "\\max": "max has no derivative everywhere; the check needs one",
    "\\min": "min has no derivative everywhere; the check needs one",
    "\\int": "integrals cannot be executed",
    "ReLU": "ReLU has no derivative everywhere; the check needs one",
    "\\mathbb": "expectations and number sets cannot be executed",
    "E": "expectations cannot be executed",
}


@dataclass(frozen=True)
class Language:
    """How a source writes: the data that a notation is made of.

    vocabulary: the symbols; functions: LaTeX name to function name;
    length: the letter of the number of steps; layout: "gradient" or
    "chain"; order: where later factors of a product stand when the sign
    has no arrow; elementwise: two columns side by side multiply entry by
    entry.
    """

    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    functions: dict = field(default_factory=lambda: dict(FUNCTIONS))
    length: str = "T"
    layout: str = "gradient"
    order: str = "descending"
    elementwise: bool = False
    families: dict = field(default_factory=dict)


def flat(item):
    """Unwrap braces that hold one item: {h_t}^2 is h_t^2."""
    while True:
        base = item.base
        inner = None
        if isinstance(base, Bracket) and base.kind == "{":
            inner = only_item(base)
        elif isinstance(base, Accent):
            lifted = only_item(base.base)
            if lifted is not None and (
                lifted.below is not None or lifted.above
            ):
                bare = Item(lifted.start, lifted.end, lifted.base)
                clause = Clause(
                    bare.start,
                    bare.end,
                    [_expression_of_item(bare)],
                    [],
                )
                group = Bracket(base.start, base.end, "{", [clause])
                accent = Accent(base.start, base.end, base.mark, group)
                inner = Item(
                    base.start, base.end, accent, lifted.below, lifted.above
                )
        if inner is None or (inner.below is not None and item.below):
            return item
        item = Item(
            item.start,
            item.end,
            inner.base,
            inner.below if inner.below is not None else item.below,
            inner.above + item.above,
            inner.primes + item.primes,
        )


def _expression_of_item(item):
    term = Term(item.start, item.end, [item])
    return Expression(item.start, item.end, [""], [term])


def only_item(node):
    """Return the single item that a bracket or expression is, or None."""
    if isinstance(node, Bracket):
        if len(node.clauses) != 1 or node.clauses[0].relations:
            return None
        node = node.clauses[0].expressions[0]
    if not isinstance(node, Expression) or len(node.terms) != 1:
        return None
    if node.signs[0] or len(node.terms[0].items) != 1:
        return None
    return node.terms[0].items[0]


def base_name(node):
    """Return the LaTeX of a letter, word or accented letter, or None."""
    if isinstance(node, Atom):
        named = node.kind in ("letter", "command", "word")
        return node.text if named else None
    if isinstance(node, Accent):
        inner = only_item(node.base)
        if inner is None:
            return None
        inner = flat(inner)
        name = base_name(inner.base)
        if name is None or inner.below is not None or inner.above:
            return None
        return f"{node.mark} {name}"
    if isinstance(node, Bracket) and node.kind == "{":
        inner = only_item(node)
        if inner is not None and inner.below is None and not inner.above:
            return base_name(inner.base)
    return None


def arguments_of(clauses):
    """Split subscripts into expressions: {jk}, {j,k} and {t-1,k} alike."""
    found = []
    for clause in clauses:
        expression = clause.expressions[0]
        items = expression.terms[0].items
        side_by_side = (
            not clause.relations
            and len(expression.terms) == 1
            and not expression.signs[0]
            and len(items) > 1
            and not any(_is_operator(item) for item in items)
            and not any(
                isinstance(i.base, Atom) and i.base.kind == "number"
                for i in items[:1]
            )
        )
        if side_by_side:
            found += [_expression_of_item(item) for item in items]
        else:
            found.append(expression)
    return found


def _is_operator(item):
    return isinstance(item.base, Atom) and item.base.kind == "operator"


def _operator(items, position):
    if position < len(items) and _is_operator(items[position]):
        return items[position].base.text
    return None


def round_content(bracket):
    """Return (item, expression) of an exponent ``(t-1)`` or ``(t-1)^⊤``."""
    item = only_item(bracket)
    if item is None:
        return None
    item = flat(item)
    base = item.base
    if isinstance(base, Bracket) and base.kind == "(":
        if len(base.clauses) == 1 and not base.clauses[0].relations:
            return item, base.clauses[0].expressions[0]
    return None


class Reader:
    """Reads the sides of one equation; free index letters are shared."""

    def __init__(self, language, bound=None, rename=None):
        self.language = language
        self.bound = dict(bound or {})
        self.rename = dict(rename or {})
        self.free = {}
        self.repeats = []
        self.comparisons = []
        self.inside_derivative = False
        self.place = None
        self.definitions_open = []
        self.marks = []
        self.uses = []

    # -- structure ------------------------------------------------------

    def expression(self, node):
        """Return the meaning of an expression."""
        node = self._joined(node)
        parts = [self.term(term) for term in node.terms]
        if len(parts) == 1 and not node.signs[0]:
            return parts[0]
        signs = [sign or "+" for sign in node.signs]
        return m.Add(*self._span(node), signs, parts)

    def _joined(self, node):
        """Read \\sum_t -x as a sum of -x."""
        signs, terms = [], []
        for sign, term in zip(node.signs, node.terms, strict=True):
            last = terms[-1].items[-1] if terms else None
            if last is not None and sign == "-" and self._repeat_kind(
                flat(last).base
            ):
                inside = Expression(term.start, term.end, ["-"], [term])
                clause = Clause(term.start, term.end, [inside], [])
                group = Bracket(term.start, term.end, "{", [clause])
                item = Item(term.start, term.end, group)
                items = [*terms[-1].items, item]
                terms[-1] = Term(terms[-1].start, term.end, items)
            else:
                signs.append(sign)
                terms.append(term)
        return Expression(node.start, node.end, signs, terms)

    def term(self, node):
        """Return the meaning of a term, operators included."""
        result, position = self._outer(node.items, 0)
        if position < len(node.items):
            item = node.items[position]
            raise ReadingError(
                "nothing can follow here", item.start, item.end
            )
        return result

    def _span(self, node, last=None):
        if self.place is not None:
            return self.place
        return node.start, (last or node).end

    def _outer(self, items, position):
        left, position = self._hadamard(items, position)
        while _operator(items, position) == "\\otimes":
            right, position = self._hadamard(items, position + 1)
            left = m.Binary(left.start, right.end, "outer", left, right)
        return left, position

    def _hadamard(self, items, position):
        left, position = self._product(items, position)
        while _operator(items, position) == "\\odot":
            right, position = self._product(items, position + 1)
            left = m.Binary(left.start, right.end, "hadamard", left, right)
        return left, position

    def _product(self, items, position):
        factors = []
        while position < len(items):
            operator = _operator(items, position)
            if operator in ("\\odot", "\\otimes"):
                break
            if operator is not None:
                self._check_operator(items, position, factors)
                factor, after = self._factor(items, position + 1)
                if operator == "/":
                    left = factors.pop()
                    factor = m.Binary(
                        left.start, factor.end, "quotient", left, factor
                    )
                position = after
            else:
                factor, position = self._factor(items, position)
            factors.append(factor)
        if not factors:
            place = items[min(position, len(items) - 1)]
            raise ReadingError(
                "a factor is missing here", place.start, place.end
            )
        if len(factors) == 1:
            return factors[0], position
        span = self.place or (factors[0].start, factors[-1].end)
        return m.Product(*span, factors), position

    def _check_operator(self, items, position, factors):
        item = items[position]
        text = item.base.text
        if text in _NO_MEANING:
            raise ReadingError(_NO_MEANING[text], item.start, item.end)
        if not factors or position + 1 == len(items):
            raise ReadingError(
                f"{text} needs something on both sides", item.start, item.end
            )

    def _factor(self, items, position):
        """Read one factor; functions and signs take what follows them."""
        if position >= len(items) or _is_operator(items[position]):
            item = items[min(position, len(items) - 1)]
            raise ReadingError(
                "a factor is missing here", item.start, item.end
            )
        item = flat(items[position])
        kind = self._repeat_kind(item.base)
        if kind is not None:
            return self._repeat(kind, item, items, position)
        name = self._renamed(base_name(item.base))
        if name == "\\partial":
            return self._slashed_derivative(items, position)
        if name == "\\nabla":
            return self._nabla(item, items, position)
        function = self._function(name, item)
        if function is not None:
            return self._application(function, item, items, position)
        if isinstance(item.base, Fraction):
            operator = self._operator_derivative(item, items, position)
            if operator is not None:
                return operator
        return self.item(items[position]), position + 1

    def _function(self, name, item):
        """Return the key of a function: its name, or g_1 for a subscript."""
        functions = self.language.functions
        if item.below is not None and name is not None:
            arguments = arguments_of(item.below)
            text = self._argument_text(arguments[0])
            key = f"{name}_{text}"
            if len(arguments) == 1 and key in functions:
                return key
        if name in functions and not self._is_symbol(name):
            return name
        return None

    def _is_symbol(self, name):
        return bool(self.language.vocabulary.candidates(name))

    def _renamed(self, name):
        return self.rename.get(name, name)

    # -- functions ------------------------------------------------------

    def _application(self, name, item, items, position):
        function = self.language.functions[name]
        if item.below is not None and "_" not in name:
            raise ReadingError(
                f"{name} takes no subscript here", item.start, item.end
            )
        if position + 1 >= len(items) or _is_operator(items[position + 1]):
            raise ReadingError(
                f"{name} needs an argument", item.start, item.end
            )
        primes, marks = item.primes, list(item.above)
        while marks and _text_of(marks[0]) in ("\\prime", "\\prime\\prime"):
            primes += 1
            marks.pop(0)
        following = flat(items[position + 1])
        after = None
        bracket = following.base
        if isinstance(bracket, Bracket) and bracket.kind in "([":
            arguments = [
                self._plain(clause) for clause in bracket.clauses
            ]
            primes += following.primes
            after = Item(
                following.start,
                following.end,
                bracket,
                following.below,
                following.above,
            )
            position += 2
        else:
            argument, position = self._factor(items, position + 1)
            arguments = [argument]
        if len(arguments) > 1 and function != "loss":
            raise ReadingError(
                f"{name} takes one argument", bracket.start, bracket.end
            )
        if primes and (primes > 1 or function in ("softmax", "diag", "loss")):
            raise ReadingError(
                f"only the first derivative of an element-wise function is "
                f"known, not this one of {name}",
                item.start,
                item.end,
            )
        end = after.end if after is not None else arguments[-1].end
        span = self.place or (item.start, end)
        result = m.Apply(*span, function, arguments, primes)
        for mark in marks:
            result = self._raised(result, mark, item)
        if after is not None:
            result = self._scripts(result, after)
        return result, position

    def _plain(self, clause):
        if clause.relations:
            raise ReadingError(
                "a relation cannot stand here", clause.start, clause.end
            )
        return self.expression(clause.expressions[0])

    # -- derivatives ----------------------------------------------------

    def _partial(self, item):
        """Return "total" or "immediate" if the item is a ∂, else None."""
        item = flat(item)
        name = base_name(item.base)
        is_word_d = (
            name == "d"
            and isinstance(item.base, Atom)
            and item.base.kind == "word"
        )
        if name != "\\partial" and not is_word_d:
            return None
        if not item.above:
            return "total"
        if _text_of(item.above[0]) == "+":
            return "immediate"
        raise ReadingError(
            "second derivatives cannot be executed", item.start, item.end
        )

    def _fraction_parts(self, fraction):
        """Return (kind, numerator items, denominator items) or None."""
        sides = []
        for bracket in (fraction.above, fraction.below):
            if len(bracket.clauses) != 1 or bracket.clauses[0].relations:
                return None
            expression = bracket.clauses[0].expressions[0]
            if len(expression.terms) != 1 or expression.signs[0]:
                return None
            sides.append(expression.terms[0].items)
        kinds = [self._partial(items[0]) for items in sides]
        if kinds == [None, None]:
            return None
        if None in kinds:
            raise ReadingError(
                "∂ stands above or below only; a derivative needs both",
                fraction.start,
                fraction.end,
            )
        kind = "immediate" if "immediate" in kinds else "total"
        return kind, sides[0][1:], sides[1][1:]

    def _derivative(self, kind, above, below_items, place, gradient=False):
        if not below_items:
            raise ReadingError(
                "with respect to what? a symbol is missing after ∂", *place
            )
        if self.inside_derivative:
            raise ReadingError(
                "a derivative of a derivative cannot be executed", *place
            )
        self.inside_derivative = True
        try:
            numerator = above()
        finally:
            self.inside_derivative = False
        if len(below_items) > 1:
            raise ReadingError(
                "differentiate by one symbol at a time",
                below_items[0].start,
                below_items[-1].end,
            )
        below = self.item(below_items[0])
        if not isinstance(below, m.Quantity):
            raise ReadingError(
                "differentiate by a symbol, not by an expression",
                below_items[0].start,
                below_items[0].end,
            )
        if below.symbol.role == "label":
            raise ReadingError(
                "a class label cannot be moved a little", *place
            )
        span = self.place or place
        return m.Derivative(
            *span, numerator, below, kind == "immediate", gradient
        )

    def _operator_derivative(self, item, items, position):
        """Read \\frac{\\partial}{\\partial x} applied to the next factor."""
        parts = self._fraction_parts(item.base)
        if parts is None or parts[1]:
            return None
        kind, _, below = parts
        if position + 1 >= len(items):
            raise ReadingError(
                "the derivative of what? an expression is missing",
                item.start,
                item.end,
            )
        after = []

        def numerator():
            body, end = self._factor(items, position + 1)
            after.append(end)
            return body

        end = items[position + 1].end
        derivative = self._derivative(
            kind, numerator, below, (item.start, end)
        )
        return derivative, after[0]

    def _slashed_derivative(self, items, position):
        """Read \\partial L / \\partial h_t."""
        kind = self._partial(items[position])
        slash = position + 1
        while slash < len(items) and _operator(items, slash) != "/":
            slash += 1
        below = items[slash + 1 : slash + 3]
        if slash == len(items) or not below or not self._partial(below[0]):
            raise ReadingError(
                "∂ stands in a fraction: \\frac{\\partial …}{\\partial …}",
                items[position].start,
                items[position].end,
            )
        if self._partial(below[0]) == "immediate":
            kind = "immediate"
        above = items[position + 1 : slash]
        place = items[position].start, below[-1].end
        derivative = self._derivative(
            kind, lambda: self._numerator(above, place), below[1:], place
        )
        return derivative, slash + 3

    def _numerator(self, items, place):
        if not items:
            raise ReadingError("the derivative of what?", *place)
        body, position = self._outer(items, 0)
        if position < len(items):
            raise ReadingError("nothing can follow here", *place)
        return body

    def _nabla(self, item, items, position):
        if item.below is None or len(item.below) != 1:
            raise ReadingError(
                "∇ needs a subscript: \\nabla_{h_t} L", item.start, item.end
            )
        if position + 1 >= len(items):
            raise ReadingError("∇ of what?", item.start, item.end)
        below = item.below[0].expressions[0].terms[0].items
        after = []

        def numerator():
            body, end = self._factor(items, position + 1)
            after.append(end)
            return body

        place = item.start, items[position + 1].end
        derivative = self._derivative(
            "total", numerator, below, place, gradient=True
        )
        return derivative, after[0]

    # -- sums and products ----------------------------------------------

    def _repeat_kind(self, node):
        """Return (kind, order) for a sum or product sign, else None."""
        arrow = None
        if isinstance(node, Over):
            arrow = _text_of(node.mark)
            inner = only_item(node.base)
            node = flat(inner).base if inner is not None else None
        elif isinstance(node, Accent):
            arrow = node.mark
            inner = only_item(node.base)
            node = flat(inner).base if inner is not None else None
            if not isinstance(node, Atom) or node.text not in _REPEATS:
                return None
        if not isinstance(node, Atom) or node.text not in _REPEATS:
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
        return _REPEATS[node.text], orders[arrow]

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

    # -- one item -------------------------------------------------------

    def item(self, item):
        """Return the meaning of a base with its scripts."""
        item = flat(item)
        base = item.base
        if isinstance(base, Atom) and base.kind == "number":
            return self._number(item, base)
        if isinstance(base, Fraction):
            return self._scripts(self._fraction(base), item)
        if isinstance(base, Cases):
            return self._scripts(self._cases(base), item)
        name = self._renamed(base_name(base))
        if name is not None:
            return self._named(name, item)
        if isinstance(base, Bracket):
            return self._scripts(self._bracket(base), item)
        raise ReadingError(
            "this cannot be read as a quantity", item.start, item.end
        )

    def _number(self, item, base):
        if item.below is not None:
            if base.text != "1":
                raise ReadingError(
                    "a number takes no subscript", item.start, item.end
                )
            conditions = self.conditions(item.below)
            span = self.place or (item.start, item.end)
            return m.Indicator(*span, conditions)
        if len(base.text) > 15:
            raise LimitError("this number is too long", base.start, base.end)
        for bracket in item.above:
            if _text_of(bracket) == "\\top":
                raise ReadingError(
                    "a number has no transpose; a column of ones is written "
                    "as a sum over the index",
                    item.start,
                    item.end,
                )
        number = m.Number(
            *(self.place or (base.start, base.end)), float(base.text)
        )
        return self._scripts(number, item)

    def _fraction(self, fraction):
        parts = self._fraction_parts(fraction)
        place = fraction.start, fraction.end
        if parts is not None:
            kind, above, below = parts
            return self._derivative(
                kind, lambda: self._numerator(above, place), below, place
            )
        sides = []
        for bracket in (fraction.above, fraction.below):
            if len(bracket.clauses) != 1:
                raise ReadingError(
                    "one expression is expected here",
                    bracket.start,
                    bracket.end,
                )
            sides.append(self._plain(bracket.clauses[0]))
        return m.Binary(*(self.place or place), "quotient", *sides)

    def _bracket(self, bracket):
        if len(bracket.clauses) == 1 and bracket.clauses[0].relations:
            if bracket.kind in ("[", "\\{"):
                return m.Indicator(
                    *(self.place or (bracket.start, bracket.end)),
                    self.conditions(bracket.clauses),
                )
        if len(bracket.clauses) != 1:
            raise ReadingError(
                "one expression is expected in this bracket",
                bracket.start,
                bracket.end,
            )
        inside = self._plain(bracket.clauses[0])
        if self.place is None and bracket.kind != "{":
            inside = _Bracketed.of(inside, bracket)
        return inside

    def _cases(self, cases):
        rows = []
        for expression, clauses in cases.rows:
            body = self.expression(expression)
            rows.append((self._case_conditions(clauses), body))
        return m.Choice(*(self.place or (cases.start, cases.end)), rows)

    def _case_conditions(self, clauses):
        found = []
        for clause in clauses:
            first = clause.expressions[0]
            items = first.terms[0].items
            word = items[0].base
            if isinstance(word, Atom) and word.kind == "word":
                if word.text.split()[0] not in _FILLERS:
                    raise ReadingError(
                        "a condition is expected here", word.start, word.end
                    )
                items = items[1:]
                if not items:
                    if clause.relations:
                        raise ReadingError(
                            "a condition is expected here",
                            clause.start,
                            clause.end,
                        )
                    continue
                term = Term(items[0].start, items[-1].end, items)
                terms = [term, *first.terms[1:]]
                first = Expression(
                    term.start, first.end, first.signs, terms
                )
                clause = Clause(
                    first.start,
                    clause.end,
                    [first, *clause.expressions[1:]],
                    clause.relations,
                )
            found += self.conditions([clause])
        return found

    # -- symbols --------------------------------------------------------

    def _named(self, name, item):
        if name == self.language.length and item.below is None:
            shift = m.Shift(length=1)
            span = self.place or (item.start, item.end)
            return self._scripts(m.Integer(*span, shift), item)
        found = self._quantity(name, item)
        if found is not None:
            return found
        if name in self.bound or name in self.free:
            if item.below is None and not self._is_symbol(name):
                shift = self._index_shift(name)
                span = self.place or (item.start, item.end)
                return self._scripts(m.Integer(*span, shift), item)
        if name == "\\delta" and item.below is not None:
            arguments = arguments_of(item.below)
            if len(arguments) == 2:
                span = self.place or (item.start, item.end)
                condition = self._comparison("=", *arguments)
                indicator = m.Indicator(*span, [condition])
                return self._scripts(
                    indicator, self._without_below(item)
                )
        if name == "I" and item.below is None and not self._is_symbol("I"):
            span = self.place or (item.start, item.end)
            return self._scripts(m.Identity(*span), item)
        raise self._not_found(name, item)

    def _without_below(self, item):
        return Item(
            item.start, item.end, item.base, None, item.above, item.primes
        )

    def _not_found(self, name, item):
        if name in _NO_MEANING:
            return ReadingError(_NO_MEANING[name], item.start, item.end)
        candidates = self.language.vocabulary.candidates(name)
        for symbol in candidates:
            if symbol.timed is None:
                continue
            powers = [b for b in item.above if round_content(b) is None]
            if symbol.timed == "above" and powers:
                return ReadingError(
                    f"time or power? here time is written {symbol.latex}, "
                    f"and a power ({symbol.latex})^2",
                    item.start,
                    item.end,
                )
            return ReadingError(
                f"{name} needs a time index: {symbol.latex}",
                item.start,
                item.end,
            )
        written = self._written(name, item)
        return self.language.vocabulary.unknown(
            written, item.start, item.end
        )

    def _written(self, name, item):
        texts = [
            self._argument_text(a) or "…"
            for a in arguments_of(item.below or [])
        ]
        if not texts:
            return name
        joined = ",".join(texts)
        return f"{name}_{joined}" if len(joined) == 1 else (
            f"{name}_{{{joined}}}"
        )

    def _argument_text(self, expression):
        item = only_item(expression)
        if item is None:
            return None
        item = flat(item)
        if item.below is not None or item.above or item.primes:
            return None
        if isinstance(item.base, Atom) and item.base.kind == "number":
            return item.base.text
        return self._renamed(base_name(item.base))

    def _quantity(self, name, item):
        """Return the quantity that a name and its scripts stand for."""
        arguments = arguments_of(item.below or [])
        texts = [self._argument_text(a) for a in arguments]
        raised, marks = None, list(item.above)
        trailing = []
        if marks:
            content = round_content(marks[0])
            if content is not None:
                inner, raised = content
                trailing = inner.above
                marks = marks[1:]
            else:
                split = self._time_then_marks(marks[0])
                if split is not None:
                    raised, trailing = split
                    marks = marks[1:]
        for symbol in self.language.vocabulary.candidates(name):
            count = len(symbol.subscripts)
            if tuple(texts[:count]) != symbol.subscripts:
                continue
            rest = arguments[count:]
            if symbol.timed == "below":
                if not rest or not self._may_be_time(rest[0]):
                    continue
                time, rest = rest[0], rest[1:]
            elif symbol.timed == "above":
                if raised is None:
                    continue
                time = raised
            else:
                time = None
            if len(rest) > 2:
                continue
            return self._built(symbol, item, time, raised, rest, trailing,
                               marks)
        return None

    def _time_then_marks(self, bracket):
        """Split ``(t-1)\\top`` into its time and the marks after it."""
        if len(bracket.clauses) == 0:
            return None
        expression = bracket.clauses[0].expressions[0]
        items = expression.terms[0].items
        first = flat(items[0])
        if not (isinstance(first.base, Bracket) and first.base.kind == "("):
            return None
        if len(first.base.clauses) != 1 or len(expression.terms) != 1:
            return None
        rest = [self._as_bracket(item) for item in items[1:]]
        for clause in bracket.clauses[1:]:
            rest.append(Bracket(clause.start, clause.end, "{", [clause]))
        time = first.base.clauses[0].expressions[0]
        return time, [*first.above, *rest]

    def _as_bracket(self, item):
        clause = Clause(
            item.start, item.end, [_expression_of_item(item)], []
        )
        return Bracket(item.start, item.end, "{", [clause])

    def _may_be_time(self, expression):
        """A letter already known as a component cannot be a time."""
        item = only_item(expression)
        if item is not None and flat(item).below is not None:
            return False
        name = self._letter(expression)
        if name is None:
            return True
        index = None
        if name in self.bound:
            index = self.bound[name].single
        elif name in self.free:
            index = self.free[name]
        return index is None or index.kind != "component"

    def _built(self, symbol, item, time, raised, rest, trailing, marks):
        span = self.place or (item.start, item.end)
        shift = copy = None
        if time is not None:
            shift = self.shift(time)
            self._mark_time(shift, time)
            self._note("time", time, shift)
        if raised is not None and symbol.timed != "above":
            if symbol.timed == "below" or symbol.role != "parameter":
                raise ReadingError(
                    f"time or power? the time of {symbol.latex} is its "
                    "subscript; a power is written without brackets",
                    item.start,
                    item.end,
                )
            copy = self.shift(raised)
            self._mark_time(copy, raised)
            self._note("time", raised, copy)
        components = tuple(
            self._component(argument, symbol, axis, len(rest))
            for axis, argument in enumerate(rest)
        )
        if symbol.role == "defined":
            result = self._expanded(symbol, shift, span)
            if components:
                result = m.Pick(*span, result, components)
                self._witness(result)
        else:
            result = m.Quantity(*span, symbol, shift, copy, components)
        if self.place is None and not self.rename:
            self.uses.append((symbol, item.base.start, item.end))
        for bracket in [*trailing, *marks]:
            result = self._raised(result, bracket, item)
        if item.primes:
            raise ReadingError(
                "a prime has a meaning on functions only",
                item.start,
                item.end,
            )
        return result

    def _expanded(self, symbol, shift, span):
        """Read the definition of a symbol such as δ_t at another time."""
        if symbol in self.definitions_open:
            raise ReadingError(
                f"{symbol.latex} is defined by itself", *span
            )
        letter, expression = symbol.definition
        saved = self.bound, self.place, self.rename
        self.place, self.rename = span, {}
        self.bound = {letter: shift} if shift is not None else {}
        self.definitions_open.append(symbol)
        try:
            inside = self.expression(expression)
        finally:
            self.definitions_open.pop()
            self.bound, self.place, self.rename = saved
        return inside

    # -- scripts on any meaning -----------------------------------------

    def _scripts(self, node, item):
        """Apply the subscripts and superscripts that follow a bracket."""
        marks = list(item.above)
        if item.below is not None:
            arguments = arguments_of(item.below)
            if len(arguments) > 2:
                raise ReadingError(
                    "at most two components", item.start, item.end
                )
            components = tuple(
                self._component(argument, None, axis, len(arguments))
                for axis, argument in enumerate(arguments)
            )
            span = self.place or (item.start, item.end)
            node = m.Pick(*span, node, components)
            self._witness(node)
        for bracket in marks:
            node = self._raised(node, bracket, item)
        if item.primes:
            raise ReadingError(
                "a prime has a meaning on functions only",
                item.start,
                item.end,
            )
        return node

    def _raised(self, node, bracket, item):
        """Apply one superscript: ⊤ or a power."""
        span = self.place or (node.start, max(item.end, bracket.end))
        items = None
        if len(bracket.clauses) == 1 and not bracket.clauses[0].relations:
            expression = bracket.clauses[0].expressions[0]
            if len(expression.terms) == 1 and not expression.signs[0]:
                items = expression.terms[0].items
        if items and len(items) > 1 and _mark_text(items[-1]) == "\\top":
            node = self._raised(
                node, self._only(items[:-1], bracket), item
            )
            return m.Transpose(*span, node)
        if items and _mark_text(items[0]) == "\\top":
            node = m.Transpose(*span, node)
            if len(items) > 1:
                return self._raised(
                    node, self._only(items[1:], bracket), item
                )
            return node
        text = _text_of(bracket)
        if text == "T":
            raise ReadingError(
                "is T the length or a transpose? write ^\\top to transpose",
                bracket.start,
                bracket.end,
            )
        if text in ("+", "-", "*", "\\star", "\\prime"):
            raise ReadingError(
                f"{text} has no meaning as a superscript here",
                bracket.start,
                bracket.end,
            )
        if not bracket.clauses:
            return node
        clause = bracket.clauses[0]
        if len(bracket.clauses) > 1 or clause.relations:
            raise ReadingError(
                "this superscript cannot be read", bracket.start, bracket.end
            )
        exponent = self._exponent(clause.expressions[0])
        return m.Power(*span, node, exponent)

    def _only(self, items, bracket):
        term = Term(items[0].start, items[-1].end, items)
        expression = Expression(term.start, term.end, [""], [term])
        clause = Clause(term.start, term.end, [expression], [])
        return Bracket(bracket.start, bracket.end, "{", [clause])

    def _exponent(self, expression):
        item = only_item(expression)
        if item is not None:
            base = flat(item).base
            if isinstance(base, Atom) and base.kind == "number":
                return float(base.text)
            if isinstance(base, Bracket) and base.kind == "(":
                return self._exponent(base.clauses[0].expressions[0])
        shift = self.shift(expression)
        self._mark_time(shift, expression)
        return shift

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
        if self.place is None and not self.rename:
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
        item = only_item(expression)
        label = item is not None and flat(item)
        if label and (label.below is not None or label.above):
            quantity = self.item(label)
            if (
                isinstance(quantity, m.Quantity)
                and quantity.symbol.role == "label"
            ):
                return quantity
            raise ReadingError(
                "only a class label can pick a component",
                expression.start,
                expression.end,
            )
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
        item = only_item(expression)
        item = None if item is None else flat(item)
        if item is not None and (item.below is not None or item.above):
            quantity = self.item(item)
            if (
                isinstance(quantity, m.Quantity)
                and quantity.symbol.role == "label"
            ):
                return quantity
            raise ReadingError(
                "compare indices and class labels only",
                expression.start,
                expression.end,
            )
        return self.shift(expression)

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


class _Bracketed:
    """Bracketed meanings keep the brackets in their place."""

    @staticmethod
    def of(node, bracket):
        node.start = min(node.start, bracket.start)
        node.end = max(node.end, bracket.end)
        return node


def _text_of(bracket):
    """Return the text of a bracket that holds one bare token, or None."""
    item = only_item(bracket)
    return None if item is None else _mark_text(item)


def _mark_text(item):
    item = flat(item)
    plain = item.below is None and not item.above and not item.primes
    if plain and isinstance(item.base, Atom):
        return item.base.text
    return None


def equations_of(rows):
    """Join rows that continue a chain: a list of (sides, relations)."""
    found = []
    for row in rows:
        if row.continues and found:
            found[-1][0].extend(row.sides)
            found[-1][1].extend(row.relations)
        elif row.continues:
            raise ReadingError(
                "the first line needs a left side", row.start, row.end
            )
        else:
            found.append((list(row.sides), list(row.relations)))
    return found


def symbol_name(latex, time="t"):
    """Read a lone symbol such as h_t or W_{hh}; return an unused Symbol.

    Raises ``ReadingError`` when ``latex`` is not one symbol.
    """
    rows = parse(latex)
    item = only_item(rows[0].sides[0]) if rows else None
    if item is None or len(rows) > 1:
        raise ReadingError("one symbol is expected", 0, len(latex))
    return symbol_of_item(flat(item), time)


def symbol_of_item(item, time, bound=()):
    """Return the Symbol that an item declares, or None.

    Letters in ``bound`` are indices; every other subscript that is not a
    time belongs to the name.
    """
    base = base_name(item.base)
    if base is None:
        return None
    names, timed = [], None
    for argument in arguments_of(item.below or []):
        if mentions(argument, time):
            timed = "below"
            continue
        inner = only_item(argument)
        inner = None if inner is None else flat(inner)
        if inner is None or inner.below is not None or inner.above:
            continue
        text = base_name(inner.base)
        if text is None and isinstance(inner.base, Atom):
            text = inner.base.text
        if text in bound:
            continue
        names.append(text)
    if item.above:
        content = round_content(item.above[0])
        if content is not None and mentions(content[1], time):
            timed = "above"
    return Symbol(base, tuple(names), timed)


def mentions(expression, letter):
    """Return whether an index expression such as t - 1 holds the letter."""
    for term in expression.terms:
        for item in term.items:
            item = flat(item)
            if item.below is None and not item.above:
                if base_name(item.base) == letter:
                    return True
    return False
