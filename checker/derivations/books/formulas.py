r"""Every formula of a book, and what stands behind it.

A census asks of each display and each inline formula: is it executed, a
definition, a part of a formula that is, or listed with a reason? A list, in
TOML, says what cannot be seen from the formula: which network a page is of,
which formulas are of another one, which are printed to be seen wrong, and
why some are not executed at all.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path

from derivations.judging.check import check
from derivations.networks.define import define
from derivations.networks.notation import Notation

from . import worked
from .displays import NotVerified, pages
from .ledger import FORWARD, Entry

KINDS = {
    "executed": "executed: judged, refuted or worked out as the text says",
    "definition": "a definition, or a forward equation",
    "part": "a part of a formula that is executed",
    "setting": "a value, a case or a size that the text chooses",
    "name": "the name of a quantity, or of several",
    "shape": "a shape; products and sums of shapes fit",
    "number": "a number by itself",
    "reason": "not executed: listed with a reason",
}
WORKED = "executed", "worked out"
_FENCE = re.compile(
    r"[ \t>]*(?P<fence>`{3,}|~{3,}|:{3,})(?:\{(?P<name>[\w-]+)\})?(?P<rest>.*)"
)
_NOT_PROSE = {"code", "code-block", "code-cell", "literalinclude"}
_CODE = re.compile(
    r"(?<!`)(`+)(?!`)(?:(?!\1|\n[ \t]*\n).)+?\1(?!`)", re.DOTALL
)
_ROLE = re.compile(r"\{math\}(`+)(?P<latex>.+?)\1", re.DOTALL)
_DISPLAY = re.compile(
    r"(?<!\\)\$\$(?P<latex>(?:(?!\$\$).)+?)\$\$"
    r"(?:[ \t]*\((?P<label>[^\s()]+)\))?",
    re.DOTALL,
)
_INLINE = re.compile(
    r"(?<![\\$])\$(?![\s$])(?P<latex>(?:\\.|[^$\\])+?)(?<!\s)\$(?!\$)",
    re.DOTALL,
)
_OPTION = re.compile(r"^:[\w-]+:.*$", re.MULTILINE)
_LABEL = re.compile(r"^:label:[ \t]*(\S+)", re.MULTILINE)
_WRAPPED = re.compile(
    r"\\class\{[\w-]+\}\s*\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}"
)
_SPACES = re.compile(r"\\[,;:! ]|\\q?quad\b|[\s~]|\\displaystyle\b")
_JOINTS = re.compile(
    r"\\q?quad\b(?:\s*\\text\{[^{}]*\})?|(?<!\\);|(?<!\\),(?=[^{}()]*=)"
)
_RELATION = re.compile(r"=|\\equiv\b")
_LETTER = r"(?:[A-Za-z]|\\[a-z]+)"
_SIGN = re.compile(
    r"\\(?:hat|bar|tilde)\s*(?:\\?[A-Za-z]+|\{[^{}]*\})"
    r"|\\operatorname\{\w+\}|\\[A-Za-z]+|\\.|\w|\S"
)
_SCRIPTS = r"(?:\s?[_^](?:\{(?:[^{}]|\{[^{}]*\})*\}|\\?[A-Za-z]+|\d)|')*"
_THING = (
    rf"(?:\\(?:hat|bar|tilde|mathbf|mathcal|mathrm)\s?(?:\{{[^{{}}]*\}}"
    rf"|{_LETTER})|\{{{_LETTER}(?:_\w|_\{{[^{{}}]*\}})?\}}|{_LETTER})"
    rf"{_SCRIPTS}"
)
_SLOPE = (
    rf"\\partial(?:\^\{{\+\}}|\^\+)? ?{_THING} ?/ ?"
    rf"\\partial ?(?:\\,)?(?:{_THING}|\\cdot)"
)
_ONE_NAME = (
    rf"(?:{_SLOPE}|\({_SLOPE}\)\^\\top|\\nabla_\S+(?: [A-Z])?|{_THING}|\\dots"
    r"|…|\d(?= ?(?:…|, ?\\dots)))"
)
_GIVEN = re.compile(  # what a text may give a value: h_0, not h_T
    rf"{_LETTER}(?:_(?:\d|\{{\d+\}}))?"
)
_NAME = re.compile(  # of one thing, or of several
    rf"{_ONE_NAME}(?:(?:,|\\ |\s|\\,)+{_ONE_NAME})*|\(\w(?:, ?\w)*\)"
)
_SIZE = r"(?:\d*[nmdTB]{1,2}|\d)"
_FACTOR = re.compile(rf"({_SIZE})((?: ?\\times ?{_SIZE})+)")
_SHAPE = re.compile(
    rf"\({_SIZE}(?:, ?{_SIZE})*,?\)"
    r"|(?:[nmdTB\d()+= ]|\\times|\\odot|, )*\\times(?:[nmdTB\d()+= ]"
    r"|\\times|\\odot)*"
)
_SETTING = re.compile(  # a case, a range or a size: no statement
    rf"{_LETTER} = (?:{_LETTER}|\d[\d.{{}},]*|10\^\{{?-?\d+\}}?)"
    rf"(?: ?[-+] ?(?:{_LETTER}|\d+))*"
    rf"(?:, ?(?:\d|\\dots|{_LETTER}))*"
)


@dataclass(frozen=True)
class Formula:
    """A formula: where it stands, its LaTeX, its label if it has one."""

    page: str
    latex: str
    displayed: bool
    label: str = ""

    @property
    def states(self) -> bool:
        """Whether it has a relation, and so says something."""
        return bool(_RELATION.search(_without_scripts(self.latex)))

    def __str__(self) -> str:
        return f"{self.page}: {plain(self.latex)}"


@dataclass(frozen=True)
class Fate:
    """What stands behind a formula: one of ``KINDS``, and why in words."""

    formula: Formula
    kind: str
    why: str


@dataclass
class Census:
    """The fates of every formula, and those that have none, with why."""

    fates: list[Fate] = field(default_factory=list)
    open: list[tuple[Formula, str]] = field(default_factory=list)

    def counts(self, displayed: bool, stating: bool = False) -> Counter:
        """Return kind → how many displays, or inline formulas, have it.

        stating: count the equations alone, and no mere setting.
        """
        return Counter(
            fate.kind
            for fate in self.fates
            if fate.formula.displayed == displayed
            and (
                not stating or (fate.formula.states and fate.kind != "setting")
            )
        )

    def share(self, displayed: bool) -> float:
        """Return the share that is executed or a definition.

        Of the displays; or of the inline formulas that state an equation. A
        value, a case or a size that the text chooses is not counted.
        """
        found = self.counts(displayed, stating=not displayed)
        told = found["executed"] + found["definition"]
        return told / (found.total() - found["setting"])

    def table(self) -> str:
        """Return Markdown: how many formulas of which kind there are."""
        columns = (
            self.counts(True),
            self.counts(False, True),
            self.counts(False),
        )
        lines = [
            "| | displays | inline equations | all inline formulas |",
            "|:--|--:|--:|--:|",
        ]
        for kind, words in KINDS.items():
            counts = " | ".join(str(column[kind]) for column in columns)
            lines.append(f"| {words} | {counts} |")
        totals = " | ".join(str(column.total()) for column in columns)
        lines.append(f"| together | {totals} |")
        shares = f"{self.share(True):.0%} | {self.share(False):.0%}"
        lines.append(f"| share executed or a definition | {shares} | |")
        return "\n".join(lines)


def plain(latex: str) -> str:
    """Return LaTeX on one line, without classes of colour."""
    return " ".join(_WRAPPED.sub(r"\1", latex).split())


def formulas(directory: Path | str) -> Iterator[Formula]:
    """Yield every formula of every page of a book, in its order."""
    for page in pages(directory):
        yield from formulas_in(page.markdown, page.name)


def formulas_in(markdown: str, page: str) -> Iterator[Formula]:
    """Yield every formula of a text of Markdown, displays before inline."""

    def blank(match):
        return " " * len(match[0])

    text, directives = _prose(markdown)
    for lines in directives:
        label = _LABEL.search(lines)
        latex = _OPTION.sub("", lines).strip()
        yield Formula(page, latex, True, label[1] if label else "")
    for match in _ROLE.finditer(text):
        yield Formula(page, match["latex"].strip(), False)
    text = _CODE.sub(blank, _ROLE.sub(blank, text))
    for match in _DISPLAY.finditer(text):
        latex = re.sub(r"^[ \t]*>", "", match["latex"], flags=re.M)
        yield Formula(page, latex.strip(), True, match["label"] or "")
    for match in _INLINE.finditer(_DISPLAY.sub(blank, text)):
        yield Formula(page, match["latex"].strip(), False)


def _prose(markdown):
    """Text without code and edges of directives; what stands in {math}s."""
    kept, maths, open_fences = [], [], []
    for line in markdown.split("\n"):
        found = _FENCE.fullmatch(line)
        fence, kind = open_fences[-1] if open_fences else ("", "")
        opaque = kind in ("math", "code")
        if found is None or (opaque and not _closes(found, fence)):
            if kind == "math":
                maths[-1].append(line)
            kept.append("" if opaque else line)
            continue
        kept.append("")
        if _closes(found, fence):
            open_fences.pop()
        elif found["name"] == "math":
            open_fences.append((found["fence"], "math"))
            maths.append([])
        else:
            code = found["name"] is None or found["name"] in _NOT_PROSE
            open_fences.append((found["fence"], "code" if code else "prose"))
    return "\n".join(kept), ["\n".join(lines) for lines in maths]


def _closes(found, fence):
    bare = found["name"] is None and not found["rest"].strip()
    return bool(fence) and bare and found["fence"].startswith(fence)


def census(
    directory: Path | str,
    notation: Callable[[str], Notation],
    entries: Mapping[str, Entry],
) -> Census:
    """Ask of every formula of a book what stands behind it.

    directory: the book, with its list in ``formulas.toml``; notation: the
    network of a name; entries: the ledger of the book.

    Raises ``NotVerified`` for a line of the list that no formula needs, and
    for a numbered display that another network judged than its page, or the
    list, says.
    """
    listed = Path(directory, "formulas.toml").read_text(encoding="utf-8")
    return count(formulas(directory), tomllib.loads(listed), notation, entries)


def count(
    found: Iterable[Formula],
    listed: Mapping,
    notation: Callable[[str], Notation],
    entries: Mapping[str, Entry],
) -> Census:
    """Ask of these formulas what stands behind them, as ``census`` does.

    listed: what ``formulas.toml`` holds.
    """
    return _Count(listed, notation, entries).of(list(found))


class _Count:
    def __init__(self, table, notation, entries):
        own = table.get("networks", {})
        self.pages = table["pages"]
        self.network = cache(
            lambda name: define(**own[name]) if name in own else notation(name)
        )
        self.letters = table.get("letters", {})
        self.entries, self.judge = entries, {}
        for name, labels in table.get("judged", {}).items():
            self.judge |= dict.fromkeys(labels, name)
        self.lists = {}
        for row in table["formulas"]:
            for latex in row["latex"]:
                key = row["page"], plain(latex)
                if key in self.lists:
                    raise NotVerified(f"{key} is listed twice")
                self.lists[key] = row
        self.definitions = {
            page: {
                plain(row)
                for name in names
                for row in self.network(name).forward
            }
            for page, names in self.pages.items()
        }
        self.values, self.used = {}, set()

    def of(self, found):
        census, waiting = Census(), []
        for formula in found:
            try:
                fate = self.fate(formula)
            except NotVerified as error:
                census.open.append((formula, str(error)))
                continue
            if fate is None:
                waiting.append(formula)
            else:
                census.fates.append(Fate(formula, *fate))
        parts = _Parts(self.whole(census.fates))
        for formula in waiting:
            whole = parts.whole_of(formula.latex)
            if whole:
                census.fates.append(Fate(formula, "part", f"of {whole}"))
            else:
                census.open.append((formula, "no part of a formula"))
        unused = (set(self.lists) - self.used) | set(self.judge)
        if unused:
            raise NotVerified(
                f"no page has what is listed: {sorted(map(str, unused))}"
            )
        return census

    def whole(self, fates):
        """The formulas that others may be a part of."""
        for fate in fates:
            if fate.kind in ("executed", "definition"):
                yield fate.formula.latex
        for rows in self.definitions.values():
            yield from rows

    def fate(self, formula):
        """Return (kind, why), or None for what may be a part of another."""
        stem = formula.page.rpartition(".")[0]
        if formula.label:
            return self.numbered(formula.label, stem)
        for page in (stem, "*"):
            row = self.lists.get((page, plain(formula.latex)))
            if row is not None:
                self.used.add((page, plain(formula.latex)))
                return self.listed(formula, row)
        text = plain(formula.latex)
        if text in self.definitions.get(stem, ()):
            return "definition", "a forward equation"
        if _SETTING.fullmatch(text):
            self.works(stem, text, again=True)
            return "setting", "a case, a range or a size"
        if _SHAPE.fullmatch(text):
            if not _fits(text):
                raise NotVerified("these shapes do not fit")
            return "shape", "of an array"
        if not formula.states:
            return _without_relation(text)
        return self.judged(formula, stem)

    def numbered(self, label, stem):
        entry = self.entries.get(label)
        if entry is None:
            raise NotVerified(f"{label} is not in the ledger")
        if entry.record is None:
            text = plain(entry.display.latex)
            if entry.reason == FORWARD and text not in self.definitions.get(
                stem, ()
            ):
                raise NotVerified(f"{label} is no line of a network of {stem}")
            return "definition", entry.reason
        name = self.judge.pop(label, next(iter(self.pages.get(stem, ())), ""))
        if not name:
            raise NotVerified(f"formulas.toml names no network of {stem}")
        judge = entry.record["network"]
        if judge["forward"] != list(self.network(name).forward):
            raise NotVerified(f"{label} was judged by {judge}, not by {name}")
        return "executed", f"by {name}"

    def listed(self, formula, row):
        kind, latex = row["as"], formula.latex
        if kind == "setting":
            self.works(row["page"], latex, again=True)
        if kind in KINDS:
            return kind, row["why"]
        for old, new in row.get("replace", {}).items():
            latex = latex.replace(old, new)
        if "left" in row:
            latex = f"{row['left']} = {latex}"
        if kind == "worked":
            for line in _rows(latex):
                if self.works(row["page"], line) != WORKED:
                    raise NotVerified(f"listed as worked, but: {line}")
            return WORKED
        network = self.network(row["network"])
        for text in self.spelled(latex, row.get("letters")):
            verdict = check(text, network, hints=False)
            unread = verdict.error is not None and (
                verdict.error.kind not in ("shape", "index")
            )
            if bool(verdict) != (kind == "true") or unread:
                raise NotVerified(f"listed as {kind}: {verdict!r}")
        return "executed", f"{kind}, by {row['network']}"

    def judged(self, formula, stem):
        names = self.pages.get(stem, ())
        if not names:
            raise NotVerified(f"formulas.toml names no network of {stem}")
        verdict = None
        for text in self.spelled(formula.latex):
            verdict = check(text, self.network(names[0]), hints=False)
            if not verdict:
                break
        if verdict:
            return "executed", f"by {names[0]}"
        why = self.works(stem, formula.latex)
        if why is None:
            raise NotVerified(repr(verdict))
        return why

    def spelled(self, latex, letters=None):
        r"""The equations of a line, for every letter that ⋆ stands for."""
        for piece in _JOINTS.split(latex):
            if not piece.strip():
                continue
            for sign, default in self.letters.items():
                if sign in piece:
                    for letter in letters or default:
                        yield piece.replace(sign, letter)
                    break
            else:
                yield piece.strip().rstrip(".")

    def works(self, stem, latex, again=False):
        """A formula of numbers, worked out; None if it is not made of them.

        A name that stands alone on the left of a number gets it as its
        value; again: also where the page gave it another one before.
        """
        known = dict(self.values.get(stem, {}))
        kinds = set()
        for piece in self.spelled(plain(latex)):
            first, *sides = (part.strip() for part in piece.split("="))
            found = [(side, _value(side, known)) for side in sides]
            if not sides or any(value is None for _, value in found):
                return None
            literal = all(_value(side, {}) is not None for side in sides)
            start, last = _value(first, known), found[-1][1]
            single = len(sides) == 1
            if (again or _GIVEN.fullmatch(first)) and literal and single:
                if start is not None and not again:
                    _demand(sides[0], start, last)
                kinds.add("setting")
            elif start is not None:
                found.insert(0, (first, start))
            elif not _NAME.fullmatch(first) or len(sides) < 2:
                return None
            for side, value in found[1:]:
                _demand(side, found[0][1], value)
                kinds.add("executed")
            known[first] = found[0][1] if len(found) > 1 else last
        self.values[stem] = known
        if "executed" in kinds:
            return WORKED
        return "setting", "a value"


def _rows(latex):
    """The rows of aligned equations; those of a matrix stay together."""
    inside = re.sub(r"\\(?:begin|end)\{aligned\}", "", latex)
    inside = re.sub(r"&\s*=", "=", inside)
    pieces = re.split(r"(\\begin\{bmatrix\}.*?\\end\{bmatrix\})", inside)
    pieces[::2] = [piece.replace(r"\\", "\n") for piece in pieces[::2]]
    return [row.strip() for row in "".join(pieces).split("\n") if row.strip()]


def _value(side, known):
    try:
        return worked.value(side, known)
    except worked.NotWorked:
        return None


def _demand(side, expected, found):
    if not worked.agree(side, expected, found):
        raise NotVerified(f"{side} should be {expected.tolist()}")


def _without_relation(text):
    """Return the fate of a number or a name; None for any other."""
    if _NAME.fullmatch(text):
        return "name", "of a quantity"
    if _value(f"({text})", {}) is None:
        return None
    return "number", "it has nothing to be compared with"


def _fits(text):
    """Whether shapes that are multiplied or added do so by the rules."""
    sums = []
    for side in text.split("="):
        for term in re.split(r"\+|\\odot", side):
            factors = [
                [found[1], *re.findall(_SIZE, found[2])]
                for found in _FACTOR.finditer(term)
            ]
            for left, right in pairwise(factors):
                if left[-1] != right[0]:
                    return False
            if factors:
                sums.append((factors[0][0], factors[-1][-1]))
    return len(set(sums)) <= 1 or all(
        "(" not in text and sign not in text for sign in "=+"
    )


def _without_scripts(latex):
    """LaTeX without what stands in braces below or above a sign."""
    text, before = latex, None
    while text != before:
        before = text
        text = re.sub(r"([_^]\s*)\{[^{}]*\}", r"\1", text)
        text = re.sub(r"(\\(?:sum|prod)_)\s*\{[^{}]*\}", r"\1", text)
    return text


_SLOPES = re.compile(
    r"\\frac\{(\\partial(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}"
    r"\{(\\partial(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}"
)


def _as_line(match):
    return f"{match[1]}/{match[2]}"


class _Parts:
    """Formulas, to be asked whether another is a part of one of them."""

    def __init__(self, wholes):
        self.wholes = {}
        for latex in wholes:
            self.wholes.setdefault(tuple(_signs(latex)), plain(latex))

    def whole_of(self, latex):
        """Return a formula that holds this one with all its scripts, or ""."""
        asked = _signs(latex)
        size = len(asked)
        for signs, whole in self.wholes.items():
            for start in range(len(signs) - size + 1):
                if list(signs[start : start + size]) == asked and (
                    _ends_a_piece(signs, start, start + size)
                ):
                    return whole
        return ""


def _signs(latex):
    text = _SLOPES.sub(_as_line, _SPACES.sub(" ", plain(latex)))
    text = re.sub(r"\\(?:left|right|[bB]igg?[lr]?)(?![A-Za-z])", "", text)
    return _SIGN.findall(text)


def _ends_a_piece(signs, start, end):
    """No script is cut off, and no bracket is opened or closed by half."""
    if signs[end : end + 1] and signs[end] in ("^", "_", "'"):
        return False
    if start and signs[start - 1] in ("^", "_"):
        return False
    depth = 0
    for sign in signs[start:end]:
        depth += (sign in "{([") - (sign in "})]")
        if depth < 0:
            return False
    return depth == 0
