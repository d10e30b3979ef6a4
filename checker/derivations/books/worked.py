r"""Worked numbers: what a formula of numbers alone comes to.

``3 \cdot 2 = 6``, ``W h_0 = (0, \frac12)``, ``\log 4 = 1.386``. A column is
written ``(a, b)``, a matrix as ``bmatrix``; a letter has the value that the
page gave it before. Nothing here knows a network.
"""

import re
from collections.abc import Callable, Mapping

import numpy as np

Values = Mapping[str, np.ndarray]

_TOKEN = re.compile(
    r"\s*(?:\\[,;:! ]|\\q?quad\b|~)?\s*"
    r"(\\begin\{bmatrix\}.*?\\end\{bmatrix\}"
    r"|\d+(?:\.\d+)?"
    r"|(?:\\mathbf\{\d\}|\\[A-Za-z]+|[A-Za-z])"
    r"(?:_(?:\{[^{}]*\}|\\?[A-Za-z]+|\d))?"
    r"|[-+/^(),{}])",
    re.DOTALL,
)
_WORDS = re.compile(r"\\(?:left|right|big|Big|bigl|bigr|displaystyle)\b")
_NUMBER = re.compile(
    r"-?\d+\.(?P<digits>\d+)(?: \\cdot 10\^\{(?P<power>-?\d+)\})?"
)
_FUNCTIONS: dict[str, Callable] = {
    r"\log": np.log,
    r"\tanh": np.tanh,
    r"\exp": np.exp,
    r"\sqrt": np.sqrt,
    r"\sigma": lambda a: 1 / (1 + np.exp(-a)),
    r"\operatorname": lambda a: np.diag(a[:, 0]),
}


class NotWorked(ValueError):
    """A formula that is not made of numbers and known letters alone."""


def tokens(latex: str) -> list[str]:
    """Return the tokens of a formula of numbers, without its spaces."""
    text = _WORDS.sub("", latex).strip()
    text = text.replace(r"\operatorname{diag}", r"\operatorname")
    text = text.replace("{,}", "")  # 10{,}000
    text = re.sub(r"\\[dt]frac\b", r"\\frac", text)
    # \frac12, \frac1{10}: a digit that is an argument stands alone
    text = re.sub(r"\\frac\s*(\d)", r"\\frac{\1}", text)
    text = re.sub(r"(\\frac\{[^{}]*\})\s*(\d)", r"\1{\2}", text)
    found, place = [], 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise NotWorked(f"{text[place:]!r} is no number")
        found.append(match[1])
        place = match.end()
    return found


def value(latex: str, known: Values) -> np.ndarray:
    """Return what a side comes to; columns and matrices are arrays.

    Raises ``NotWorked`` for a side that is not of numbers alone.
    """
    reading = _Reading(tokens(latex), known)
    try:
        result = reading.sum()
    except (ValueError, IndexError, ArithmeticError) as error:
        raise NotWorked(str(error)) from None
    if reading.rest:
        raise NotWorked(f"{reading.rest[0]!r} cannot stand here")
    return np.asarray(result)


def agree(latex: str, found: np.ndarray, other: np.ndarray) -> bool:
    """Whether two sides agree, to the digits printed in ``latex``.

    latex: a side; where it is one decimal number, or one times a power of
    ten, half a unit of its last digit is left over.
    """
    if latex.strip() != "0" and found.shape != other.shape:
        return False
    printed = _NUMBER.fullmatch(latex.strip())
    slack = 0.0
    if printed:
        last = int(printed["power"] or 0) - len(printed["digits"])
        slack = 0.5 * 10.0**last
    return np.allclose(found, other, rtol=1e-9, atol=slack * (1 + 1e-9))


class _Reading:
    """Tokens that are read from the left, each evaluated as it is read."""

    def __init__(self, found, known):
        self.rest, self.known = found[::-1], known

    def take(self, *wanted):
        if self.rest and self.rest[-1] in wanted:
            return self.rest.pop()
        return ""

    def need(self, wanted):
        if not self.take(wanted):
            raise NotWorked(f"{wanted} is missing")

    def sum(self):
        total = -self.product() if self.take("-") else self.product()
        while sign := self.take("+", "-"):
            part = self.product()
            if np.shape(part) != np.shape(total):
                raise NotWorked("shapes are added that differ")
            total = total + part if sign == "+" else total - part
        return total

    def product(self):
        result = self.power()
        while self.rest and self.rest[-1] not in ("+", "-", ",", ")", "}"):
            divided = self.take("/")
            self.take(r"\cdot", r"\times")
            factor = -self.power() if self.take("-") else self.power()
            if divided:
                result = result / factor
            elif np.ndim(result) and np.ndim(factor):
                result = result @ factor
            else:
                result = result * factor
        return result

    def power(self):
        base = self.item()
        while self.take("^"):
            if self.take(r"\top"):
                base = np.transpose(base)
                continue
            power = self.item()
            if np.ndim(base):
                base = np.linalg.matrix_power(base, int(power))
            else:
                base = float(base) ** float(power)
        return base

    def item(self):
        token = self.rest.pop()
        if token == "(":
            entries = [self.sum()]
            while self.take(","):
                entries.append(self.sum())
            self.need(")")
            if len(entries) == 1:
                return entries[0]
            return np.array(entries, dtype=float)[:, None]
        if token == "{":
            inside = self.sum()
            self.need("}")
            return inside
        if token == r"\frac":
            return self.item() / self.item()
        if token in _FUNCTIONS and token not in self.known:
            power = self.item() if self.take("^") else 1.0
            bare = self.rest[-1] not in ("(", "{")
            inside = self.item()
            if bare and self.rest and self.rest[-1] == "^":
                raise NotWorked(f"where does the argument of {token} end?")
            return _FUNCTIONS[token](inside) ** power
        if token == "e" and "e" not in self.known:
            return np.e
        if token.startswith(r"\begin"):
            return self.matrix(token)
        if token[0].isdigit():
            return float(token)
        if token in self.known:
            return self.known[token]
        raise NotWorked(f"{token} has no value here")

    def matrix(self, token):
        inside = re.fullmatch(r"\\begin\{\w+\}(.*)\\end\{\w+\}", token, re.S)
        rows = [
            [value(entry, self.known) for entry in row.split("&")]
            for row in inside[1].split(r"\\")
            if row.strip()
        ]
        return np.array(rows, dtype=float)
