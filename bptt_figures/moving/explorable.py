"""Load an explorable: its template, its module, and its snapshot.

`NAME.html` is the template: what the figure adds to the common style, and
one element whose parts that move carry `data-p`. `NAME.mjs` moves them.
`NAME.snapshot.html` is that element as its module first shows it; readers
without scripts see it, and `make explorables` takes it. The three together
are a piece of HTML that needs nothing else.
"""

import re
from pathlib import Path

HERE = Path(__file__).parent


class Explorable:
    """An interactive figure, displayed by a notebook as HTML.

    `summary` is shown where HTML is not.
    """

    def __init__(self, summary: str, html: str) -> None:
        self.summary = summary
        self.html = html

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> dict[str, str]:
        return {
            "text/html": self.html,
            "text/plain": f"Interactive figure: {self.summary}",
        }


def load(name: str, folder: Path = HERE) -> Explorable:
    """Return the explorable of this name.

    `folder` holds its three files and those that all share, `frame.css` and
    `frame.mjs`. Raises FileNotFoundError where a file is not there.
    """
    style, _ = template(name, folder)
    element = _read(folder / f"{name}.snapshot.html")
    element = re.sub(r">\s*\n\s*<", "><", element.strip())
    element = re.sub(r"\s*\n\s*", " ", element)
    [summary] = re.findall('aria-label="Interactive figure: (.*?)"', element)
    script = f'<script type="module">\n{_script(name, folder)}</script>'
    return Explorable(summary, f"{style}{element}\n{script}")


def template(name: str, folder: Path = HERE) -> tuple[str, str]:
    """Return the style of an explorable and the rest of its template."""
    parts = _read(folder / f"{name}.html").rpartition("</style>\n")
    own = parts[0].removeprefix("<style>\n")
    # two figures may stand in one document, each with its own style
    tag = "bptt-" + name.replace("_", "-")
    style = _read(folder / "frame.css") + own.replace(".bx ", f"{tag}.bx ")
    style = re.sub(r"\s*([{};,])\s*|(?<=:)\s+", r"\1", style)
    return f"<style>{style}</style>", parts[2]


def _script(name: str, folder: Path) -> str:
    """Return a module after those functions of frame.mjs that it imports."""
    imports, module = _read(folder / f"{name}.mjs").split(
        'from "./frame.mjs";\n'
    )
    wanted = set(re.findall(r"\w+", imports))
    blocks = [
        block
        for block in _read(folder / "frame.mjs").split("\n\n")
        if wanted.intersection(re.findall(r"^export const (\w+)", block, re.M))
    ]
    text = "\n".join([*blocks, module])
    text = re.sub(r"^\s*(//.*)?\n?", "", text, flags=re.M)
    return re.sub(r"^export ", "", text, flags=re.M)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
