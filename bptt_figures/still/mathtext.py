"""Short mathematical labels as runs of text that any browser can set.

A label such as ``$\\delta_{t-1}$`` becomes a few runs of Unicode text, each
upright or italic, on the line, lowered or raised. Nothing is positioned by
the metrics of a font that the reader may not have.
"""

import re
import unicodedata
from typing import NamedTuple

SANS = "system-ui,-apple-system,'Segoe UI',Roboto,'Liberation Sans',sans-serif"
SERIF = "'STIX Two Text','Times New Roman','Liberation Serif',serif"
ITALIC = f"KaTeX_Math,{SERIF}"
UPRIGHT = f"KaTeX_Main,{SERIF}"

_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu "
    "xi pi rho sigma tau upsilon phi chi psi omega"
).split()
_ITALIC_SYMBOLS = {
    name: unicodedata.lookup(
        "GREEK SMALL LETTER " + name.upper().replace("LAMBDA", "LAMDA")
    )
    for name in _GREEK
} | {"partial": "∂", "ell": "ℓ"}
_UPRIGHT_SYMBOLS = {
    "Gamma": "Γ",
    "Delta": "Δ",
    "Lambda": "Λ",
    "Pi": "Π",
    "Sigma": "Σ",
    "sum": "∑",
    "prod": "∏",
    "odot": "⊙",
    "top": "⊤",
    "infty": "∞",
    "Vert": "‖",
    "|": "‖",
    "vert": "|",
    "ldots": "…",
    "dots": "…",
    "prime": "′",
    "{": "{",
    "}": "}",
    "star": "⋆",
    "bullet": "•",
    "tanh": "tanh",
    "log": "log",
    "exp": "exp",
    "max": "max",
    "min": "min",
    "diag": "diag",
    "softmax": "softmax",
    ",": "\u2009",
    ";": "\u2005",
    ":": "\u2005",
    " ": "\u2005",
    "quad": "\u2003",
    "!": "",
}
_RELATIONS = {
    "=": "=",
    "<": "<",
    ">": ">",
    "+": "+",
    "-": "−",
    "cdot": "·",
    "times": "×",
    "leq": "≤",
    "le": "≤",
    "geq": "≥",
    "ge": "≥",
    "approx": "≈",
    "to": "→",
    "rightarrow": "→",
    "leftarrow": "←",
    "neq": "≠",
    "in": "∈",
    "pm": "±",
}
_ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303"}
_FONTS = {
    "mathdefault": "sans",
    "mathrm": "upright",
    "operatorname": "upright",
    "text": "upright",
}
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)


class Run(NamedTuple):
    """A piece of a label: its text, font ("sans" | "italic" | "upright"), and
    level (0 on the line, -1 subscript, +1 superscript)."""

    text: str
    font: str
    level: int = 0


def runs(label):
    """Split a label at its ``$`` and set what lies between as mathematics.

    Returns a list of :class:`Run`. Raises ValueError, quoting the label, for
    an unbalanced ``$`` or brace, a second script level, or a command that
    figure labels do not know.
    """
    parts = re.split(r"(?<!\\)\$", label)
    if len(parts) % 2 == 0:
        raise ValueError(f"label must have an even number of $; got {label!r}")
    found = []
    for place, part in enumerate(parts):
        if place % 2:
            tokens = _TOKEN.findall(part)
            found += _sequence(tokens, 0, label)
            if tokens:
                raise ValueError(
                    f"label must be short mathematics; got {label!r}, "
                    f"with {tokens[0]!r}"
                )
        elif part:
            found.append(Run(part.replace(r"\$", "$"), "sans"))
    return _joined(found)


def _sequence(tokens, level, label):
    """Read tokens (consumed from the front) up to a closing brace."""
    found = []
    while tokens and tokens[0] != "}":
        found += _item(tokens, level, label, first=not found)
    return found


def _item(tokens, level, label, first=False):
    token = tokens.pop(0)
    name = token[1:] if token[0] == "\\" else token
    if token == "{":
        return _closed(tokens, level, label)
    if token in "_^":
        if level:
            raise ValueError(f"label {label!r}: a script inside a script")
        return _argument(tokens, -1 if token == "_" else 1, label)
    if token[0] == "\\" and name in _ACCENTS:
        (base,) = _argument(tokens, level, label)
        accented = unicodedata.normalize("NFC", base.text + _ACCENTS[name])
        return [Run(accented, base.font, level)]
    if token[0] == "\\" and name in _FONTS:
        inner = _argument(tokens, level, label, spaces=name == "text")
        return [run._replace(font=_FONTS[name]) for run in inner]
    if token[0] == "\\" and name in _ITALIC_SYMBOLS:
        return [Run(_ITALIC_SYMBOLS[name], "italic", level)]
    if token[0] == "\\" and name in _UPRIGHT_SYMBOLS:
        return [Run(_UPRIGHT_SYMBOLS[name], "upright", level)]
    if name in _RELATIONS and (token[0] == "\\") == name.isalpha():
        space = "" if level or first else "\u2005"
        return [Run(space + _RELATIONS[name] + space, "upright", level)]
    if token[0] == "\\":
        raise ValueError(f"label {label!r}: unknown command {token}")
    if token.isspace():
        return []
    return [Run(token, "italic" if token.isalpha() else "upright", level)]


def _closed(tokens, level, label):
    found = _sequence(tokens, level, label)
    if not tokens:
        raise ValueError(f"label {label!r}: a brace is not closed")
    tokens.pop(0)
    return found


def _argument(tokens, level, label, spaces=False):
    while tokens and tokens[0].isspace():
        tokens.pop(0)
    if not tokens or tokens[0] == "}":
        raise ValueError(f"label {label!r}: an argument is missing")
    if spaces and tokens[0] == "{" and "}" in tokens:
        end = tokens.index("}")
        words = "".join(tokens[1:end])
        del tokens[: end + 1]
        return [Run(words, "upright", level)]
    return _item(tokens, level, label, first=True)


def _joined(found):
    """Merge neighbours of the same font and level."""
    merged = []
    for run in found:
        if not run.text:
            continue
        if merged and merged[-1][1:] == run[1:]:
            merged[-1] = merged[-1]._replace(text=merged[-1].text + run.text)
        else:
            merged.append(run)
    return merged
