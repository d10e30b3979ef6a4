"""Which LaTeX names stand for which quantity.

A symbol is a base letter (with its accent), the subscripts that belong to
its name, and the place of its time index: below (h_t), above in round
brackets (h^{(t)}), or none. The place of the time index, not the letter,
separates the bias c from the cell c_t and the gate i_t from the index i.
"""

import difflib
import re
from dataclasses import dataclass, field

from derivations.errors import ReadingError
from derivations.latex.tree import Expression
from derivations.meaning.functions import FUNCTIONS, Function


@dataclass(frozen=True, slots=True)
class Symbol:
    """The name of one quantity of a network: its base, subscripts and time.

    ``subscripts`` holds one name, as "hh" or "out", or nothing: the letters
    of a name are one word, with commas or without. ``timed`` is "below",
    "above" or ``None``. What the quantity is, the ``Vocabulary`` says.
    """

    base: str
    subscripts: tuple[str, ...] = ()
    timed: str | None = None
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        # Values are looked up by symbol at every step of every network.
        names = self.base, self.subscripts, self.timed
        object.__setattr__(self, "_hash", hash(names))

    def __hash__(self):
        return self._hash

    @property
    def latex(self) -> str:
        """The symbol as LaTeX, at time t if it has a time."""
        below = "".join(self.subscripts)
        if self.timed == "below":
            below = f"{below},t" if below else "t"
        text = self.base
        if below:
            text += f"_{below}" if len(below) == 1 else f"_{{{below}}}"
        return text + ("^{(t)}" if self.timed == "above" else "")

    def __repr__(self):
        return f"Symbol({self.latex})"


TIME = "t"
LOSS_LETTERS = {"L", "E", "J", "C", "R", "l", "\\ell"}


class Vocabulary:
    """The symbols of one notation, found by base, subscripts and time.

    roles: symbol → input, label, parameter, state, assigned or defined;
    shapes: symbol → a pair of size letters, known once a network is
    defined; definitions: symbol → the expression that it stands for.
    """

    def __init__(
        self,
        roles: dict[Symbol, str] | None = None,
        shapes: dict[Symbol, tuple[str, str]] | None = None,
        definitions: dict[Symbol, Expression] | None = None,
    ):
        self.roles = {} if roles is None else roles
        self.shapes = {} if shapes is None else shapes
        self.definitions = {} if definitions is None else definitions

    def candidates(self, base: str | None) -> list[Symbol]:
        """Return the symbols with this base, best first.

        A longer name wins over components, a timed symbol over an untimed.
        """
        return sorted(
            (symbol for symbol in self.roles if symbol.base == base),
            key=lambda s: (-len("".join(s.subscripts)), s.timed is None),
        )

    def unknown(self, latex: str, start: int, end: int) -> ReadingError:
        """Return the error for a symbol that nothing here stands for."""
        known = list(dict.fromkeys(s.latex for s in self.roles))
        letters = _letters(latex)
        near = [k for k in known if letters and letters == _letters(k)]
        hint = ""
        if near:
            best = difflib.get_close_matches(latex, near, 1, 0.0)
            hint = f"; did you mean {best[0]}?"
        elif known:
            kin = [s for s in self.roles if _kin(s) == _kin_of(latex)]
            names = list(dict.fromkeys(s.latex for s in kin)) or known
            hint = f"; here are {', '.join(names)}"
        if not near and re.split("[_^]", latex)[0] in LOSS_LETTERS:
            hint += r"; a loss has a row, as L = \sum_t l(h_t, y_t)"
        return ReadingError(
            f"{latex} is not a symbol of this notation{hint}", start, end
        )


def _letters(latex: str) -> str:
    """Return the letter of a symbol, without accent, case and scripts."""
    base = re.split(r"[_^]", latex)[0].split(" ")[-1]
    return base.lower()


def _kin(symbol: Symbol) -> tuple[bool, bool]:
    return symbol.timed is not None, is_capital(symbol.base)


def _kin_of(latex: str) -> tuple[bool, bool]:
    """Guess whether a name has a time, and whether it is a capital."""
    base, *scripts = re.split(r"[_^]", latex)
    return "t" in "".join(scripts), is_capital(base or "a")


# The commands that may stand for a quantity; every other one is a sign, or a
# function that has to be known.
_SMALL = (
    "alpha beta gamma delta epsilon zeta eta theta vartheta iota kappa lambda "
    "mu nu xi pi varpi rho varrho sigma varsigma tau upsilon phi varphi chi "
    "psi omega ell hbar imath jmath"
)
_CAPITAL = "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
CAPITAL_GREEK = {"\\" + name for name in _CAPITAL.split()}
GREEK = {"\\" + name for name in _SMALL.split()} | CAPITAL_GREEK


def letter_of(base: str) -> str:
    """Return a base without its accent and its layer."""
    return base.partition("^")[0].split()[-1]


def is_capital(base: str) -> bool:
    """Return whether a base, perhaps with an accent, is a capital letter."""
    letter = letter_of(base)
    return letter in CAPITAL_GREEK or (len(letter) == 1 and letter.isupper())


NO_MEANING = {
    "\\oplus": "⊕ joins spaces; to add write +, to stack write it in words",
    "\\dots": "dots cannot be executed; write a sum with \\sum",
    "\\cdots": "dots cannot be executed; write a sum with \\sum",
    "\\ldots": "dots cannot be executed; write a sum with \\sum",
    "\\dotsb": "dots cannot be executed; write a sum with \\sum",
    "\\dotsc": "dots cannot be executed; write a sum with \\sum",
    "\\vdots": "dots cannot be executed; write a sum with \\sum",
    "\\approx": "≈ cannot be checked; only = can",
    "\\propto": "∝ cannot be checked; only = can",
    "\\in": "sets cannot be executed; write out each term of the sum",
    "\\infty": "limits cannot be executed",
    "\\lim": "limits cannot be executed",
    "\\max": "only the larger of two is executed, as max(0, a)",
    "\\min": "min is not executed; write -max(-a, -b)",
    "\\int": "integrals cannot be executed",
    "max": "only the larger of two is executed, as max(0, a)",
    "min": "min is not executed; write -max(-a, -b)",
    "\\mathbb": "expectations and number sets cannot be executed",
    "E": "expectations cannot be executed",
}


@dataclass(frozen=True)
class Language:
    """How a source writes: the data that a notation is made of.

    vocabulary: the symbols; functions: LaTeX name to ``Function``;
    length: the letter of the number of steps; layers: whether a number in
    brackets above a symbol is its layer; layout: "gradient", where
    ∂L/∂W has the shape of W; "chain", the same where neighbouring
    derivatives contract on matching names; "numerator", where the derivative
    of a scalar is the transpose of that, so that ∂L/∂h_t is a row; "rows",
    where vectors are rows, h_t = tanh(x_t U + h_{t-1} W + b), and ∂L/∂W has
    the shape of W. In all of them ∂h_t/∂h_{t-1} has a row for each entry of
    h_t. order: where later factors of a product stand when the sign
    has no arrow, "ascending" or "descending"; elementwise: two columns side
    by side multiply entry by entry. Raises ValueError for another layout or
    order.
    """

    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    functions: dict[str, Function] = field(
        default_factory=lambda: dict(FUNCTIONS)
    )
    length: str = "T"
    layers: bool = False
    layout: str = "gradient"
    order: str = "ascending"
    elementwise: bool = False

    @property
    def rows(self) -> bool:
        """Whether vectors are rows, and matrices stand on their right."""
        return self.layout == "rows"

    def __post_init__(self):
        for name, choices in (
            ("layout", ("gradient", "chain", "numerator", "rows")),
            ("order", ("ascending", "descending")),
        ):
            value = getattr(self, name)
            if not isinstance(value, str) or value not in choices:
                raise ValueError(
                    f"{name} must be {' or '.join(choices)}; got {value!r}"
                )
