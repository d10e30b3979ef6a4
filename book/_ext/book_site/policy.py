"""A content-security policy in every page: what the page may load and run.

Nothing comes from another site. A script in the page runs only if its hash
stands in the page's policy; handlers in attributes, and code in strings, do
not run at all. WebAssembly and workers of this site may, for the checker in
the page. Styles in attributes are KaTeX's and the figures'.
"""

import base64
import hashlib
import re
from pathlib import Path

SCRIPT = re.compile(
    r"<script\b(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE
)
TAG = '<meta http-equiv="Content-Security-Policy" content="{}">'
OLD = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>\n?')
HEAD = re.compile(r"<head>\s*(?:<meta charset=[^>]*>)?")
RULES = {
    "default-src": "'self'",
    "script-src": "'self' 'wasm-unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
    "worker-src": "'self'",
    "frame-src": "'none'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
}


def fingerprint(script):
    """A script as a policy names it."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def policy(page):
    """The policy of a page of HTML: the rules, and its own scripts."""
    own = dict.fromkeys(map(fingerprint, SCRIPT.findall(page)))
    rules = {**RULES, "script-src": " ".join([RULES["script-src"], *own])}
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def guarded(page):
    """The page with its policy, as early in its head as can be."""
    page = OLD.sub("", page)
    tag = TAG.format(policy(page))
    if not HEAD.search(page):  # a redirect is a tag and nothing else
        return f"{tag}\n{page}"
    return HEAD.sub(lambda start: f"{start[0]}\n{tag}", page, count=1)


def guard(app, exception):
    if exception is not None or app.builder.format != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        path.write_text(guarded(page), encoding="utf-8")


def setup(app):
    # After whatever else writes a page.
    app.connect("build-finished", guard, priority=900)
