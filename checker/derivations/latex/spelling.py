r"""The many spellings of one thing, brought to the one that the grammar reads.

No symbol has a meaning here: what a sign is called in Unicode, how a word is
set, how a display is fenced, and where a second equation or a remark on the
indices begins, is known without a notation. A remark becomes
``\text{for } 1 \leq t \leq T`` behind its equation. The spellings that only
a notation can tell apart are in ``meaning/readings.py``.
"""

import itertools
import re
import unicodedata
from dataclasses import dataclass

from derivations.errors import ReadingError
from derivations.latex.source import Patch, Source

_GREEK = (
    "α alpha β beta γ gamma δ delta ε epsilon ϵ epsilon ζ zeta η eta θ theta "
    "ϑ vartheta ι iota κ kappa λ lambda μ mu ν nu ξ xi π pi ρ rho σ sigma "
    "τ tau υ upsilon φ phi ϕ phi χ chi ψ psi ω omega Γ Gamma Δ Delta Θ Theta "
    "Λ Lambda Ξ Xi Π Pi Σ Sigma Φ Phi Ψ Psi Ω Omega ∂ partial ∑ sum ∏ prod "
    "⊙ odot ∘ circ ⊗ otimes ⋅ cdot · cdot × times ≤ leq ≥ geq ≠ neq ⊤ top "
    "∇ nabla √ sqrt … dots ⋯ cdots ∀ forall ∈ in ℓ ell ∞ infty ⟨ langle "
    "≡ equiv ⩽ leq ⩾ geq ∆ Delta ∙ cdot • bullet "
    "⟩ rangle ⊕ oplus ≈ approx ⊺ intercal"
).split()


def _pairs(words):
    return zip(words[::2], words[1::2], strict=True)


_SIGNS = {
    **{sign: f"\\{name} " for sign, name in _pairs(_GREEK)},
    **dict.fromkeys("−–‐‑", "-"),
    **dict.fromkeys("’′‘", "'"),
    **dict.fromkeys("\u00a0\u2009\u202f\u2002\u2003\u200b\ufeff", " "),
    "∗": "*",
    "⁄": "/",
    "∕": "/",
    "≔": "=",
    "ℒ": "L",
    "ℝ": "\\mathbb R",
    "½": "\\frac{1}{2}",
    "𝟙": "\\mathbf 1",
}
_MARKS = {
    "\u0302": "hat",
    "\u0303": "tilde",
    "\u0304": "bar",
    "\u0305": "bar",
    "\u0307": "dot",
    "\u20d7": "vec",
}
_RAISED = dict(_pairs("⁰0¹1²2³3⁴4⁵5⁶6⁷7⁸8⁹9⁺+⁻-⁽(⁾)ᵗtᵏkⁿnⁱiʲjˢsᵐm"))
_RAISED["ᵀ"] = "\\top "
_LOWERED = dict(
    _pairs("₀0₁1₂2₃3₄4₅5₆6₇7₈8₉9₊+₋-ₜtₖkᵢiⱼjₙnₘmₛsₐaₑeₒoₓxₕhₚpₗlᵣrᵤuᵥv")
)

# A backslash that Python has taken for the start of a control character.
_ESCAPES = {
    "\t": "t anh op heta imes au ext ilde frac o",
    "\f": "f rac orall",
    "\b": "b egin eta ar oldsymbol oxed ullet ig igl igg m",
    "\v": "v ec arphi arepsilon artheta dots",
    "\a": "a lpha pprox st",
    "\r": "r ight ho m angle ightarrow",
    "\n": "n abla eq otag onumber ot",
}

# Names of signs that are typed without their backslash.
_BARE = (
    "alpha beta gamma delta epsilon theta lambda sigma tau phi psi omega "
    "partial nabla cdot odot"
)
_WORDS = {
    **{word: f"\\{word}" for word in "tanh exp log sin cos sinh cosh".split()},
    **{word: f"\\{word}" for word in "sqrt sum prod max min".split()},
    "ln": "\\log",
    **dict.fromkeys(("sigmoid", "Sigmoid", "sigm"), "\\text{sigmoid}"),
    **dict.fromkeys(("softmax", "Softmax", "SoftMax"), "\\text{softmax}"),
    **dict.fromkeys(("diag", "Diag"), "\\text{diag}"),
    "sech": "\\text{sech}",
    **{name: f"\\{name} " for name in _BARE.split()},
    "Tanh": "\\tanh",
    "relu": "\\text{relu}",
    "ReLU": "\\text{ReLU}",
}
# Commands of packages, and words in a font of their own.
_COMMANDS = "diag Diag softmax Softmax SoftMax sigmoid Sigmoid sech relu ReLU"
_FONTS = r"mathrm|text|textrm|operatorname\*?|mathsf|mathit|mathtt"
_FENCES = (
    r"equation|align|aligned|alignat|alignedat|flalign|gather|gathered|split|"
    r"multline|eqnarray|displaymath|math|subequations|dmath"
)
_T = r"(?:\{\s*T\s*\}|T(?![A-Za-z]))"
_T_FONTS = r"mathsf|mathrm|mathbf|mathit|mathtt|text|textsf|textrm|rm|sf|bf|it"

_SILENT: list[tuple[str, str]] = [
    # "\\[2pt]" is a row; "\[" opens a display.
    (r"(?<!\\)\\[\[\]()](?!\s*\d*\s*(?:em|ex|pt|mm|cm)\])", "  "),
    (r"(?<!\\)\$+", " "),
    (r"(?<!\\)\\[:;!>]", "  "),
    (r"\\vec(?![A-Za-z])", " "),  # a font, as \mathbf
    (r"\\(?:triangleq|doteq|coloneq|eqqcolon)(?![A-Za-z])", "="),
    (
        r"\\(?:overset|stackrel|underset)\s*(?:[^{}\s]|\{(?:[^{}]|\{[^{}]*\})*\})"
        r"\s*(?:\{\s*:?=\s*\}|=)",
        "=",
    ),
    (
        r"^\s*\\(?:Rightarrow|implies|therefore|Longrightarrow)(?![A-Za-z])",
        " ",
    ),
    (
        rf"\\(?:begin|end)\s*\{{(?:{_FENCES})\*?\}}"
        r"(?:\{[\d\s]*\}|\[[tbc]\])?",
        " ",
    ),
    (r"\\(?:text|mbox)\s*\{\s*(?:[.,;]|\([\d.]+[a-z]?\))\s*\}", " "),
    (r"\\eqno\s*\([^()]*\)|\\(?:qed|square|blacksquare|Box)\b", " "),
    (r"\\(?:mbox|textup|textnormal)(?=\s*\{)", r"\\text"),
    (r"\\(?:mathop|mathbin|mathrel)(?![A-Za-z])", " "),
    (r"(?<![\w\\])\.\*", r"\\odot "),
    (r"\\tag\*?\s*\{[^{}]*\}|\\(?:label|ref)\s*\{[^{}]*\}", " "),
    (r"\\hspace\*?\s*\{[^{}]*\}|\\(?:hfill|noindent)(?![A-Za-z])", " "),
    (r"(?<!\\)%[^\n]*", " "),
    (r"&(lt|gt|amp);", r"\\\1 "),
    (r"\\amp(?![A-Za-z])", "&"),
    (r"\^\s*\{\s*('+)\s*\}", r"\1"),
    (r"\^\s*(?:\{\s*\\prime\s*\}|\\prime(?![A-Za-z]))", "'"),
    (r"\\mathrm\s+d(?!iag)|\{\s*\\rm\s+d\s*\}", r"\\mathrm{d}"),
    # \\text{for t < T} in one piece
    (
        r"\\(?:text|mbox)\s*\{(\s*for(?:\s+all)?)\s+([^{}]*[<>=][^{}]*)\}",
        r"\\text{\1 } \2",
    ),
    (r"\\(?:dots[bcmio]|ldots|hdots)(?![A-Za-z])|\.\.\.", r"\\dots "),
]
_SHOWN: list[tuple[str, str]] = [
    (r"\\rm\s*\{", r"\\mathrm{"),
    (r"\{\s*\\rm\s+([A-Za-z]+)\s*\}", r"\\mathrm{\1}"),
    (r"\\rm(?![A-Za-z])", " "),
    (rf"(\^\s*\{{?[^{{}}^_]*?)\\(?:{_T_FONTS})\s*{_T}", r"\1\\top "),
    (r"\^\s*\{\s*\{\s*T\s*\}\s*\}", r"^T"),
    (rf"(\^\s*\{{?[^{{}}^_]*?)\{{\s*\\(?:{_T_FONTS})\s+T\s*\}}", r"\1\\top "),
    (rf"\\({_COMMANDS.replace(' ', '|')})(?![A-Za-z])", r"\\text{\1}"),
    (r"\\(?:bf|it|sf|tt|cal|boldmath)(?![A-Za-z])", " "),
    # the number of an equation
    (r"\\q?quad\s*\(\d+(?:\.\d+)*[a-z]?\)\s*(?=$|\\\\)", " "),
    # Time between angles, or in square brackets, above or below.
    (
        r"(\^|_)\s*\{\s*(?:\\left\s*)?(?:<|\\lt(?![A-Za-z])|\\langle)\s*"
        r"((?:(?!\\rangle|\\gt|\\right)[^<>{}])*?)\s*"
        r"(?:\\right\s*)?(?:>|\\gt(?![A-Za-z])|\\rangle)",
        r"\1{(\2)",
    ),
    (r"(\^)\s*(?:<|\\langle)\s*([^<>{}\\]*?)\s*(?:>|\\rangle)", r"\1{(\2)}"),
    (r"\^\s*\{\s*\[\s*([^][{}]*\bt\b[^][{}]*)\]", r"^{(\1)"),
    (r"_\s*\{\s*\(\s*([^(){}]*\bt\b[^(){}]*)\)\s*\}", r"_{\1}"),
]


def spelled(typed: str) -> Source:
    """Return what was typed in the spelling that the grammar reads.

    Raises ``ReadingError`` with a place in ``typed`` for what a missing r
    before the quotes has destroyed.
    """
    _check_escapes(typed)
    source = Source.of(typed)
    source = source.patched(_signs(source.text))
    _check_ones(source)
    for pattern, new in _SILENT:
        source = _sub(source, pattern, new, shown=False)
    source = source.patched(_boxes(source.text), shown=False)
    source = source.patched(_arrays(source.text), shown=False)
    for pattern, new in _SHOWN:
        source = _sub(source, pattern, new, shown=True)
    source = source.patched(_overs(source.text))
    source = source.patched(_primed(source.text))
    source = source.patched(_words(source.text))
    source = source.patched(_leading(source.text))
    return source.patched(_rows(source.text))


# What is said of 1^T, and of a bold 1 in a product.
ONES = (
    "is this a column of ones? A product with it is written as a sum over "
    "the index, such as \\sum_k h_{t,k}"
)
_ONES = re.compile(
    r"\\(?:mathbf|boldsymbol|bm|mathbb|mathds|vec|pmb)(?![A-Za-z])\s*"
    r"(?:1|\{\s*1\s*\})"
)
_BESIDE = (
    r"(?:\s|\\[,;:! ]|\\q?quad|\\(?:left|right|[bB]igg?[lr]?)(?![A-Za-z])|&)*"
)
# What may stand before a one that is added or multiplied entry by entry, and
# what after it. After an indicator a bracket stands.
_ADDED = re.compile(rf"(?:^|[-+=({{\[&,]|\\odot|\\circ|\\\\){_BESIDE}$")
_ENDED = re.compile(
    rf"{_BESIDE}(?:$|[-+=)\]}}&,.;\[({{]|\\odot|\\circ|\\\\|\\\{{)"
)
_CALLED = re.compile(rf"{_BESIDE}(?:[\[(_]|\\\{{)")


def _check_ones(source):
    """Refuse a bold 1 that is a column of ones and not the number.

    Where it is added or multiplied entry by entry, the two are the same.
    """
    text = source.text
    for match in _ONES.finditer(text):
        before = _ADDED.search(text, 0, match.start())
        after = _ENDED.match(text, match.end())
        called = _CALLED.match(text, match.end())
        if not (called or (before and after)):
            raise source.pointing(ReadingError(ONES, *match.span()))


def _sub(source, pattern, new, shown):
    patches = [
        (*match.span(), match.expand(new))
        for match in re.finditer(pattern, source.text)
    ]
    return source.patched(patches, shown)


def _check_escapes(typed):
    for match in re.finditer(r"([\t\f\v\a\r\n\x08])([A-Za-z]+)", typed):
        letter, *ends = _ESCAPES[match[1]].split()
        name = next((e for e in ends if match[2].startswith(e)), None)
        exact = match[1] in "\f\v\a\b" or match[2] == name
        if name is None or (not exact and len(name) < 2):
            continue
        if match[1] == "\n" and match[2] != name:
            continue
        raise ReadingError(
            f"\\{letter}{name} has lost its backslash: Python reads "
            f"\\{letter} as a control character; write r before the quotes, "
            f'r"…\\{letter}{name}…"',
            match.start(),
            match.end(),
        )


def _signs(text: str) -> list[Patch]:
    """Return the LaTeX of every sign that is not ASCII."""
    patches: list[Patch] = []
    at = 0
    while at < len(text):
        end = at + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        letter = text[at:end]
        if letter.isascii():
            at = end
            continue
        for table, mark in ((_RAISED, "^"), (_LOWERED, "_")):
            stop = at
            while stop < len(text) and text[stop] in table:
                stop += 1
            if stop > at:
                inside = "".join(table[sign] for sign in text[at:stop])
                patches.append((at, stop, f"{mark}{{{inside.strip()}}}"))
                end = stop
        if letter[0] in "⊤⊺" and not re.search(r"[\^{]\s*$", text[:at]):
            patches.append((at, end, "^\\top "))
        elif letter[0] not in _RAISED and letter[0] not in _LOWERED:
            new = _latex_of(letter)
            if new is not None:
                patches.append((at, end, new))
        at = end
    return patches


def _latex_of(letter):
    """Return the LaTeX of a sign with the accents on it, or None."""
    if letter in _SIGNS:
        return _SIGNS[letter]
    base, *marks = unicodedata.normalize("NFD", letter)
    if any(mark not in _MARKS for mark in marks):
        return None
    new = _SIGNS.get(base, base if base.isascii() else None)
    if new is None or not marks:
        compatible = unicodedata.normalize("NFKC", letter)
        if compatible.isascii():
            return compatible
        return None if compatible == letter else _latex_of(compatible)
    for mark in marks:
        new = f"\\{_MARKS[mark]} {new.strip()} "
    return new


def _boxes(text: str) -> list[Patch]:
    """Blank \\boxed{…}, \\fbox{…} and \\fcolorbox around a display."""
    patches: list[Patch] = []
    for match in re.finditer(r"\\(?:boxed|fbox)\s*\{", text):
        end = _closing(text, match.end() - 1)
        if end is not None:
            patches += [(*match.span(), " "), (end, end + 1, " ")]
    return patches


def _overs(text: str) -> list[Patch]:
    """Return the patches that make a fraction of {a \\over b}."""
    for match in re.finditer(r"\\over(?![A-Za-z])", text):
        opened = [m.start() for m in re.finditer("{", text[: match.start()])]
        for start in reversed(opened):
            end = _closing(text, start)
            if end is not None and end > match.end():
                return [(start, start + 1, "\\frac{"), (*match.span(), "}{")]
    return []


def _primed(text: str) -> list[Patch]:
    """Give an index such as t' below a symbol a letter of its own."""
    scripts = r"_\s*\{[^{}]*\}"
    found = [
        (script.start() + match.start(), match[0])
        for script in re.finditer(scripts, text)
        for match in re.finditer(r"(?<![A-Za-z\\])[a-z]'+", script[0])
    ]
    free = [
        x for x in "srqpuvwnm" if not re.search(rf"(?<![A-Za-z\\]){x}", text)
    ]
    primed = dict.fromkeys(name for _, name in found)
    names = dict(zip(primed, free, strict=False))
    return [
        (at, at + len(name), names[name])
        for at, name in found
        if name in names
    ]


def _arrays(text: str) -> list[Patch]:
    """Blank an array whose rows are equations; a matrix is left alone."""
    patches: list[Patch] = []
    opened = (
        r"(\\left\s*(?:\\\{|\.)\s*|\\\{\s*)?\\begin\s*\{(array|cases|matrix)\}"
        r"\s*(?:(?<=array\})\{[^{}]*\})?"
    )
    for match in re.finditer(opened, text):
        end = re.compile(rf"\\end\s*\{{{match[2]}\}}").search(
            text, match.end()
        )
        if end is None:
            continue
        rows = re.split(r"\\\\", text[match.end() : end.start()])
        rows = [re.sub(r"\{[^{}]*\}", "", row) for row in rows if row.strip()]
        before = text[: match.start()].rstrip()
        if before and not before.endswith("\\\\"):
            continue
        if all("=" in row for row in rows) and rows:
            close = re.compile(r"\s*\\right\s*\.").match(text, end.end())
            stop = close.end() if close else end.end()
            patches += [(*match.span(), " "), (end.start(), stop, " ")]
    return patches


def _closing(text, start):
    """Return where the { at ``start`` is closed, or None."""
    depth = 0
    for match in re.compile(r"\\.|[{}]", re.DOTALL).finditer(text, start):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth == 0:
            return match.start()
    return None


def _words(text: str) -> list[Patch]:
    """Give words without a backslash, such as tanh( or diag(, their sign."""
    names = "|".join(sorted(_WORDS, key=len, reverse=True))
    fonts = rf"\\(?:{_FONTS})\s*\{{[^{{}}]*\}}"
    patches: list[Patch] = []
    for match in re.finditer(
        rf"{fonts}|(?<![A-Za-z\\])({names})(?![A-Za-z])", text
    ):
        word, spelled_as = match[1], ""
        if word is None:
            inside = match[0][match[0].index("{") + 1 : -1].strip()
            # A word in a font is read as it is, but for another case.
            if inside in _WORDS and inside != _bare(_WORDS[inside]):
                patches.append((*match.span(), _WORDS[inside]))
            continue
        before = text[: match.start()].rstrip()
        if before.endswith(("_", "_{", "^{")) and word not in ("sum", "prod"):
            continue  # a name, as h_{max}
        spelled_as = _WORDS[word]
        if not spelled_as.endswith("}") and text[match.end() :][:1] == " ":
            patches.append((*match.span(), spelled_as))
            continue
        patches.append((*match.span(), spelled_as))
    return patches


def _bare(command):
    return command.removeprefix("\\text{").removesuffix("}").lstrip("\\")


# -- several equations, and remarks on their indices ------------------------

_TOKEN = re.compile(
    r"\\\\|\\begin\s*\{\w+\*?\}|\\end\s*\{\w+\*?\}|\\[{}]|[{}()\[\]]"
    r"|\\[,;:!> ]"  # a small space is no comma
    r"|(?P<space>(?:\\q?quad(?![A-Za-z])|\\hspace\s*\{[^{}]*\})+)"
    r"|(?P<word>\\(?:text|mathrm|textrm|mbox|hbox)\s*\{(?:\s*(?:for|where|with"
    r"|and|if|when|all|each|every|any|at|steps?|times?)\b)+\s*[,:]?\s*\}"
    r"|\\(?:forall|Rightarrow|Longrightarrow|implies|iff|Leftrightarrow"
    r"|therefore)(?![A-Za-z])"
    r"|(?<![A-Za-z\\])(?:for(?: all| each| every| any)?|where|and)"
    r"(?![A-Za-z]))"
    r"|(?P<relation>=|<|>|:=|\\(?:leq?|geq?|neq?|lt|gt|in|equiv|leqslant"
    r"|geqslant|coloneqq)(?![A-Za-z]))"
    r"|(?P<comma>[,;])|\\[A-Za-z]+"
)


@dataclass
class _Piece:
    """A piece of a row between commas, wide spaces and words."""

    start: int
    end: int
    mark: str = ""  # how it is parted from what stands before
    relations: int = 0
    first: int = -1  # where its first relation stands


def _rows(text: str) -> list[Patch]:
    return [patch for row in _pieces(text) for patch in _of_row(text, row)]


_BEFORE = re.compile(
    r"\s*(?:\\forall(?![A-Za-z])|\\text\s*\{\s*[Ff]or[a-z ]*\}|[Ff]or\s)"
    r"([^:]*):"
)
_SET = re.compile(
    r"\\in\s*\\mathbb\s*\{?\s*[A-Z]\s*\}?\s*(?:\^\s*(?:\{[^{}]*\}|\w))?\s*$"
)


def _leading(text: str) -> list[Patch]:
    """Put \\forall t: in front of an equation behind it."""
    patches: list[Patch] = []
    for row in _pieces(text):
        found = _BEFORE.match(text, row[0].start, row[-1].end)
        if found is None:
            continue
        conditions = _conditions(found[1])
        if conditions is None:
            continue
        end = row[-1].end
        patches.append((found.start(), found.end(), " "))
        if conditions:
            patches.append((end, end, f" \\text{{for }} {conditions}"))
    return patches


def _pieces(text: str) -> list[list[_Piece]]:
    """Return the pieces of each row, by what stands in no bracket."""
    depth, rows, piece = 0, [], _Piece(0, 0)
    rows.append([piece])
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in ("{", "(", "[", "\\{") or token.startswith("\\begin"):
            depth += 1
        elif token in ("}", ")", "]", "\\}") or token.startswith("\\end"):
            depth -= 1
        elif depth:
            continue
        elif token == "\\\\":
            piece.end, piece = match.start(), _Piece(match.end(), 0)
            rows.append([piece])
        elif match["comma"] or match["space"] or match["word"]:
            piece.end = match.start()
            mark = match["comma"] or match["word"] or " "
            piece = _Piece(match.end(), 0, mark)
            rows[-1].append(piece)
        elif match["relation"]:
            piece.relations += 1
            piece.first = match.start() if piece.first < 0 else piece.first
    piece.end = len(text)
    return rows


def _of_row(text: str, row: list[_Piece]) -> list[Patch]:
    """Part the equations of a row, and rewrite the remarks behind them."""
    patches: list[Patch] = []
    remark: list[_Piece] = []
    begun = last = None  # places in the text
    word, related = "", False
    for piece in row:
        inside = text[piece.start : piece.end].strip()
        found = _SET.search(text, piece.start, piece.end)
        if found and "=" in text[piece.start : found.start()]:
            patches.append((*found.span(), " "))
            related, last, word = True, piece.end, ""
            continue
        word = word + piece.mark if len(piece.mark) > 1 else word
        if not inside:
            continue
        about = re.search(r"for|if|when|forall|all|each|every", word)
        if related and not about and _equates(text, piece):
            if not _goes_on(text, piece):
                patches += _remark(text, begun, remark)
                patches.append((last, piece.start, " \\\\ "))
                remark = []
            patches += _trailing(text, piece)
        elif (
            last is not None
            and not _goes_on(text, piece)
            and (
                remark or word or _is_index(text, piece) or _bracketed(inside)
            )
        ):
            if not remark:
                begun = last
            remark.append(piece)
        else:
            patches += _trailing(text, piece)
        related = related or piece.relations > 0
        last, word = piece.end, ""
    return patches + _remark(text, begun, remark)


def _goes_on(text, piece):
    """Does a piece begin with a relation or a sign, as what goes on does?"""
    inside = text[piece.start : piece.end].strip(" &\n")
    return bool(re.match(r"[-+*/=<>:.]|\\(?:odot|cdot|times|neq?)\b", inside))


def _remark(text: str, begun: int | None, remark: list[_Piece]) -> list[Patch]:
    """Return the patch of a remark in pieces; none if it is not read."""
    if not remark:
        return []
    marks = [", " if p.mark in (",", ";") else " " for p in remark]
    texts = [text[p.start : p.end].strip() for p in remark]
    words = "".join(itertools.chain(*zip(marks, texts, strict=True)))
    conditions = _conditions(words)
    if conditions is None:
        return []
    new = f" \\text{{for }} {conditions}" if conditions else " "
    whole = text[remark[0].start : remark[-1].end]
    if conditions and whole.strip() == conditions:  # its places stay
        start = remark[0].start + len(whole) - len(whole.lstrip())
        return [(begun, start, " \\text{for } ")]
    return [(begun, remark[-1].end, new)]


def _equates(text, piece):
    """Does a piece begin as an equation of its own does, h_t = …?"""
    if not piece.relations or text[piece.first] not in "=:":
        return False
    return not _is_index(text, piece)


_INDEX = r"(?:[a-z]|\\(?:tau|ell|kappa))(?:'{0,2})"
_REMARK = re.compile(
    rf"\s*{_INDEX}(?:\s*,\s*{_INDEX})*\s*(?:<|>|\\(?:leq?|geq?|neq?|lt|gt|in"
    r"|leqslant|geqslant)(?![A-Za-z]))"
    rf"|\s*t\s*=|\s*[\dT]\s*(?:<|\\leq?|\\lt|\\leqslant)(?![A-Za-z])"
    r"|[^=]*\\in\s*\\mathbb|\s*[a-z]\s*=\s*(?:\d+|[a-z])\s*$"
)


def _is_index(text, piece):
    """Is a piece about an index, as t < T, t = 1 or W \\in \\mathbb R?"""
    inside = text[piece.start : piece.end]
    return bool(_REMARK.match(inside))


def _related(text):
    """Does a text hold a relation that stands in no braces?"""
    while (shorter := re.sub(r"\{[^{}]*\}", "", text)) != text:
        text = shorter
    return bool(_RELATION.search(text))


_RELATION = re.compile(
    r"(?<!\\)[=<>]|\\(?:leq?|geq?|neq?|lt|gt|in)(?![A-Za-z])"
)
_IN_BRACKETS = re.compile(
    r"(?:\\left\s*)?\(([^()\[\]]*?)(?:\\right\s*)?\)\s*[.,;]?\s*"
)
# 1(k = l) is one or zero, and no remark.
_INDICATOR = re.compile(
    r"(?:(?<![A-Za-z\d_^{])[1I]|[1I]\s*\}|\\(?:chi|delta))\s*$"
)


def _bracketed(inside):
    """Is a piece a relation in round brackets, as (t < T)?"""
    found = _IN_BRACKETS.fullmatch(inside)
    return bool(found) and _related(found[1])


def _trailing(text, piece):
    """Return the patch of (t < T) at the end of a piece, if it is there."""
    inside = text[piece.start : piece.end]
    starts = [m.start() for m in re.finditer(r"(?:\\left\s*)?\(", inside)]
    found = _IN_BRACKETS.fullmatch(inside, starts[-1]) if starts else None
    if found is None or not _related(found[1]):
        return []
    if _INDICATOR.search(inside, 0, found.start()):
        return []
    conditions = _conditions(found[1])
    if conditions is None or not inside[: found.start()].strip():
        return []
    start = piece.start + found.start()
    new = f" \\text{{for }} {conditions}" if conditions else " "
    return [(start, piece.end, new)]


_END = r"[^,;:{}<>=]+?"
_SPAN = re.compile(
    rf"(?P<index>{_INDEX})\s*(?:=|\\in(?![A-Za-z]))\s*(?:\\?[{{\[]\s*)?"
    rf"(?P<first>{_END})\s*(?:,{_END})*,?\s*"
    rf"(?:\\c?dots\s*,?|\.\.|:|(?<=,)(?=[^,]*\]$))\s*(?P<last>{_END})"
    rf"(?:,\s*{_END})*?\s*(?:\\?[}}\]])?"
)


def _conditions(words: str) -> str | None:
    """Return a remark as conditions, "" if it says none; None: not read."""
    words = re.sub(
        r"\\(?:text|mathrm|mbox|textrm)\s*\{[^{}]*\}|\\(?:left|right|quad"
        r"|qquad|forall)(?![A-Za-z])|\\[,;:! ]"
        r"|\b(?:for|all|each|every|where|with|and|any)\b",
        " ",
        words,
    )
    words = " ".join(words.split()).strip(" ,;.")
    while _bracketed(words):
        words = words.strip()[1:-1].strip()
    if not words or re.fullmatch(rf"{_INDEX}(?:\s*,\s*{_INDEX})*", words):
        return ""
    groups: list[str] = []
    depth = 0
    for part in re.split(r"(,)", words):
        new = depth == 0 and _related(part)
        depth += len(re.findall(r"[{\[(]", part))
        depth -= len(re.findall(r"[}\])]", part))
        if new or not groups:
            groups.append(part)
        else:
            groups[-1] += part
    found = [_condition(group.strip(" ,;")) for group in groups]
    if None in found:
        return None
    return ", ".join(filter(None, found))


def _condition(words: str) -> str | None:
    """Return one remark as a condition, "" if it says none; None: not read."""
    if re.search(r"\\in\s*\\mathbb", words):
        return ""
    span = _SPAN.fullmatch(words)
    if span:
        first, last = span["first"].strip(), span["last"].strip()
        second = re.match(r"[^,]*,\s*(\d+)\s*,", words)
        if second and first.isdigit() and int(second[1]) != int(first) + 1:
            return None
        if re.fullmatch(r"\d+", last) or (
            not re.match(r"\d", first) and re.search(r"[A-Z]", first)
        ):
            first, last = last, first
        return f"{first} \\leq {span['index']} \\leq {last}"
    if re.search(r"\\c?dots|\\in(?![A-Za-z])", words):
        return None
    return words if _related(words) else None
