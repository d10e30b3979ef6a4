"""Blank what only arranges or colours a display, column by column.

Everything removed is overwritten with spaces, so that a position in the
blanked text is the same position in what the author typed.
"""

import re

from .errors import LimitError, ReadingError

MAX_LENGTH = 6000
MAX_DEPTH = 40

_SPACES = re.compile(
    r"\\(?:[,;:!>]|\s|quad|qquad|thinspace|displaystyle|textstyle|limits"
    r"|nolimits|nonumber|notag|left|right|middle|[bB]igg?[lrm]?|boldsymbol"
    r"|bm|mathbf|mathbb|mathcal|pmb|boxed|mathstrut|strut)(?![A-Za-z])|~"
)
_WITH_ARGUMENT = re.compile(
    r"\\(?:class|htmlClass|textcolor|color|label|tag|hspace|vspace|cssId)"
    r"\s*\{[^{}]*\}"
    r"|\\(?:begin|end)\{(?:aligned|align\*?|split|equation\*?|gathered"
    r"|alignedat)\}"
)
_BOLD_BRACKET = re.compile(r"\\textbf\{([\[\]()])\}")
_BRACE = re.compile(r"\\\\|\\?[{}]")
_CASES = re.compile(r"\\(begin|end)\{cases\}")


def blank_layout(latex):
    """Return ``latex`` with layout replaced by spaces of the same length.

    Raises ``LimitError`` for input longer or deeper than any display and
    ``ReadingError`` for braces that do not match.
    """
    if len(latex) > MAX_LENGTH:
        raise LimitError(
            f"the display has {len(latex)} characters; at most "
            f"{MAX_LENGTH} are read"
        )
    text = _WITH_ARGUMENT.sub(_spaces, latex)
    text = _BOLD_BRACKET.sub(_keep_bracket, text)
    text = re.sub(r"\\text\{\s*\}", _spaces, text)
    text = re.sub(r"\\(?:left|right)\s*\.", _spaces, text)
    text = re.sub(r"\\\\\s*\[[^\[\]]*(?:em|ex|pt|mm|cm)\]", _keep_newrow, text)
    text = _blank_underbraces(text)
    # A backslash pair is a row, never the start of "\," or "\ ".
    parts = re.split(r"(\\\\)", text)
    text = "".join(
        part if part == "\\\\" else _SPACES.sub(_spaces, part)
        for part in parts
    )
    _check_braces(text)
    text = _join_rows(_blank_ampersands(text))
    # A comma or full stop ends a display, or a row of cases.
    return re.sub(r"[.,;](?=\s*(?:$|\\\\|\\end))", " ", text)


def without_spacing(text):
    """Return a piece of LaTeX on one line, without spacing and fonts."""
    return " ".join(_SPACES.sub(" ", text.replace("&", " ")).split())


def _spaces(match):
    return re.sub(r"[^\n]", " ", match.group())


def _keep_bracket(match):
    return " " * len("\\textbf{") + match.group(1) + " "


def _keep_newrow(match):
    return "\\\\" + " " * (len(match.group()) - 2)


def _closing(text, opening):
    """Return the offset of the brace that closes the one at ``opening``."""
    depth = 0
    for brace in _BRACE.finditer(text, opening):
        if brace.group() == "{":
            depth += 1
        elif brace.group() == "}":
            depth -= 1
            if depth == 0:
                return brace.start()
    return None


def _blank_underbraces(text):
    """Keep what stands over (or under) a brace, drop the remark on it."""
    pattern = re.compile(r"\\(under|over)brace(?![A-Za-z])\s*")
    while match := pattern.search(text):
        mark = "_" if match.group(1) == "under" else "^"
        end = match.end()
        closing = _closing(text, end) if text[end : end + 1] == "{" else None
        if closing is not None:
            remark = re.compile(rf"\s*\{mark}\s*").match(text, closing + 1)
            if remark:
                stop = _closing(text, remark.end())
                is_group = text[remark.end() : remark.end() + 1] == "{"
                stop = stop if is_group and stop else remark.end()
                text = _blank(text, closing + 1, stop + 1)
        text = _blank(text, match.start(), match.end())
    return text


def _blank(text, start, stop):
    return text[:start] + re.sub(r"[^\n]", " ", text[start:stop]) + text[stop:]


def _check_braces(text):
    open_at = []
    for brace in _BRACE.finditer(text):
        if brace.group() == "{":
            open_at.append(brace.start())
            if len(open_at) > MAX_DEPTH:
                raise LimitError(
                    f"braces are nested more than {MAX_DEPTH} deep",
                    brace.start(),
                    brace.end(),
                )
        elif brace.group() == "}":
            if not open_at:
                raise ReadingError(
                    "this } closes nothing", brace.start(), brace.end()
                )
            open_at.pop()
    if open_at:
        start = open_at[-1]
        raise ReadingError("this { is never closed", start, start + 1)
    depth = 0
    for match in re.finditer(r"[(\[]|[)\]]", text):
        depth += 1 if match.group() in "([" else -1
        if depth > MAX_DEPTH:
            raise LimitError(
                f"brackets are nested more than {MAX_DEPTH} deep",
                match.start(),
                match.end(),
            )


def _join_rows(text):
    """A row that begins with a sign and has no = continues the one above."""
    rows = re.split(r"(\\\\)", text)
    depth = 0
    for number in range(0, len(rows) - 2, 2):
        depth += rows[number].count("\\begin{cases}")
        depth -= rows[number].count("\\end{cases}")
        following = rows[number + 2].lstrip()
        if not depth and following[:1] in ("+", "-"):
            # An = in a script, as in \sum_{t=1}, makes no relation.
            if "=" not in re.sub(r"\{[^{}]*\}", "", following):
                rows[number + 1] = "  "
    return "".join(rows)


def _blank_ampersands(text):
    """An & aligns columns, except in cases, where it starts a condition."""
    pieces, depth, position = [], 0, 0
    for match in re.finditer(r"\\(?:begin|end)\{cases\}|&", text):
        pieces.append(text[position : match.start()])
        token = match.group()
        if token == "&":
            pieces.append("&" if depth else " ")
        else:
            depth += 1 if token.startswith("\\begin") else -1
            pieces.append(token)
        position = match.end()
    return "".join(pieces) + text[position:]
