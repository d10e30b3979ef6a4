"""Blank what only arranges or colours a display, column by column.

Everything removed is overwritten with spaces, so that a position in the
blanked text is the same position in what the author typed.
"""

import re

from derivations.errors import LimitError, ReadingError

MAX_LENGTH = 6000
MAX_DEPTH = 40

# A backslash pair is a row, never the start of "\," or "\ ".
_SPACES = re.compile(
    r"\\\\|\\[,;:!>\s]|\\(?:quad|qquad|thinspace|displaystyle|textstyle|limits"
    r"|nolimits|nonumber|notag|left|right|middle|[bB]igg?[lrm]?|boldsymbol"
    r"|bm|mathbf|mathbb|mathcal|pmb|boxed|mathstrut|strut)(?![A-Za-z])|~"
)
_WITH_ARGUMENT = re.compile(
    r"\\(?:class|htmlClass|textcolor|color|label|tag|hspace|vspace|cssId)"
    r"\s*\{[^{}]*\}"
    r"|\\(?:begin|end)\{(?:aligned|align\*?|split|equation\*?|gathered"
    r"|alignedat)\}"
    r"|\\text\{\s*\}|\\(?:left|right)\s*\."
    r"|(?<=\\\\)\s*\[[^\[\]]*(?:em|ex|pt|mm|cm)\]"
    r"|\\textbf\{(?=[\[\]()]\})|(?<=\\textbf\{[\[\]()])\}"
)
_UNDERBRACE = re.compile(r"\\(under|over)brace(?![A-Za-z])\s*")
_CASES = re.compile(
    r"\\begin\{(cases|\w?matrix|smallmatrix|array)\}.*?(?:\\end\{\1\}|$)",
    re.DOTALL,
)
_BRACKET = re.compile(r"\\\\|\\?[{}]|[()\[\]]")
_DOUBLE_BAR = r"\\\||\\Vert(?![A-Za-z])|‖"
_BAR = r"(?<!\\)\||\\vert(?![A-Za-z])"
_PAIRS = {")": "(", "]": "[", "}": "{", "\\}": "\\{"}


def blank_spacing(latex: str) -> str:
    """Return ``latex`` with spacing replaced by spaces of the same length.

    Raises ``LimitError`` for input longer or deeper than any display and
    ``ReadingError`` for brackets that do not match.
    """
    if len(latex) > MAX_LENGTH:
        raise LimitError(
            f"the display has {len(latex)} characters; at most "
            f"{MAX_LENGTH} are read"
        )
    text = _WITH_ARGUMENT.sub(_spaces, latex)
    text = _blank_underbraces(text)
    text = _SPACES.sub(_spaces, text)
    _check_brackets(text)
    text = _paired(text, _DOUBLE_BAR, "⟦⟧")
    text = _paired(text, _BAR, "⦅⦆")
    text = _blank_grid(text)
    # A comma or full stop ends a display, or a row of cases.
    return re.sub(r"[.,;](?=\s*(?:$|\\\\|\\end))", " ", text)


def _paired(text, bar, marks):
    """Tell bars that open from those that close, if each has a partner.

    A bar with a subscript and no partner is no absolute value.
    """
    found = list(re.finditer(bar, text))
    if len(found) % 2:
        return text
    for number, match in enumerate(found):
        mark = marks[number % 2].ljust(len(match.group()))
        text = text[: match.start()] + mark + text[match.end() :]
    return text


def without_spacing(text: str) -> str:
    """Return a piece of LaTeX on one line, without spacing and fonts."""
    return " ".join(_SPACES.sub(" ", text.replace("&", " ")).split())


_SIGNS = r"\\(?:odot|cdot|times|otimes|circ|ast)(?![A-Za-z])|\*"
_OPERATOR = re.compile(_SIGNS)
_ENDS_OPEN = re.compile(rf"(?:{_SIGNS}|[-+])$")


def _spaces(match):
    text = match.group()
    return text if text == "\\\\" else re.sub(r"[^\n]", " ", text)


def _blank(text, start, stop):
    return text[:start] + re.sub(r"[^\n]", " ", text[start:stop]) + text[stop:]


def _blank_underbraces(text):
    """Keep what stands over (or under) a brace, drop the remark on it."""
    while match := _UNDERBRACE.search(text):
        mark = "_" if match[1] == "under" else r"\^"
        body = _end_of_group(text, match.end())
        remark = re.compile(rf"\s*{mark}\s*").match(text, body)
        if body > match.end() and remark:
            stop = max(_end_of_group(text, remark.end()), remark.end() + 1)
            text = _blank(text, body, stop)
        text = _blank(text, *match.span())
    return text


def _end_of_group(text, start):
    """Return where a group in braces ends; ``start`` if there is none."""
    depth = 0
    for brace in _BRACKET.finditer(text, start):
        depth += {"{": 1, "}": -1}.get(brace.group(), 0)
        if depth == 0:
            is_group = text[start] == "{"
            return brace.end() if is_group else start
    return start


def _check_brackets(text):
    """Raise an error unless every bracket has its partner."""
    opened = []
    for match in _BRACKET.finditer(text):
        mark = match.group()
        if mark in _PAIRS.values():
            opened.append(match)
            if len(opened) > MAX_DEPTH:
                raise LimitError(
                    f"brackets are nested more than {MAX_DEPTH} deep",
                    *match.span(),
                )
        elif mark in _PAIRS:
            if not opened:
                raise ReadingError(
                    f"this {mark} closes nothing; it has no matching "
                    f"{_PAIRS[mark]}",
                    *match.span(),
                )
            if opened[-1].group() != _PAIRS[mark]:
                break
            opened.pop()
    if opened:
        raise ReadingError(
            f"this {opened[-1].group()} is never closed", *opened[-1].span()
        )


def _blank_grid(text):
    """Blank each & and the end of each row that the next one continues.

    Inside cases an & starts a condition, in a matrix a cell. A row that
    begins with a sign and has no = continues the one above, and so does every
    row that begins with a sign for a product, or follows one that ends with a
    sign.
    """
    outside = _CASES.sub(lambda match: "c" * len(match.group()), text)
    for match in re.finditer(r"&|\\\\", outside):
        before = outside[: match.start()].replace("&", " ").rstrip()
        after = outside[match.end() :].replace("&", " ").lstrip()
        following = after.split("\\\\")[0]
        # An = in a script, as in \sum_{t=1}, makes no relation.
        relation = "=" in re.sub(r"\{[^{}]*\}", "", following)
        goes_on = _OPERATOR.match(after) or _ENDS_OPEN.search(before)
        goes_on = goes_on or (after[:1] in ("+", "-") and not relation)
        if match.group() == "&" or goes_on:
            text = _blank(text, *match.span())
    return text
