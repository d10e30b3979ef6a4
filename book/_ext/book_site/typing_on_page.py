"""What a page's typing needs: its exercises, its equations, their edits.

`tools/in_page.py` lays out the checker in _build/in_page/site before the site
is built. Where that is missing nothing is added, and pages are as they were.
"""

import json
import re
import shutil
from pathlib import Path

from .mathematics import anchor
from .pages import ASSETS, fingerprint

QUESTION = {"book/intro": "BOOK"}
DERIVING = 'data-typing="derivation"'
EXERCISE = re.compile(r'<div class="exercise[^"]*" id="(ex-[\w-]+)"')
# What the build reads; a page loads none of it.
TOLD = ("coding.json", "edits.json", "manifest.json")
WORDS = {
    "BOOK": "recurrent network, tanh and softmax: BOOK",
    "BOOK_LINEAR": "the same without tanh: BOOK_LINEAR",
    "BOOK_SQUARED": "the same with the squared error: BOOK_SQUARED",
    "BOOK_STEP": "one step, without time: BOOK_STEP",
    "BOOK_LSTM": "LSTM: BOOK_LSTM",
}
# How a page says what became of an edit, and with which sign.
FATES = {
    "value": ["false", "does not hold: on random networks the sides differ"],
    "shape": ["false", "does not hold: the shapes do not fit"],
    "domain": [
        "refused",
        "is not the same equation: an index is left over, or it has no value "
        "at some of the times",
    ],
    "equal": ["holds", "holds: it is the same value, written differently"],
}


def layout(app):
    """The folder that holds the checker for the pages, or None."""
    folder = Path(app.srcdir, "_build", "in_page", "site")
    return folder if (folder / "edits.json").is_file() else None


def read(app, name):
    return json.loads((layout(app) / name).read_text(encoding="utf-8"))


def exercises_on(body):
    """Label → what is asked, for the exercises that `answer` judges."""
    from bptt_core.book import exercises

    asked = {
        label: exercises.TABLE[label]["asked"]
        for label in EXERCISE.findall(body)
        if label in exercises.TABLE
    }
    return {
        label: {"asked": [one] if isinstance(one, str) else one}
        for label, one in asked.items()
    }


def networks():
    """Every network that has a name, and the words for it."""
    from bptt_core.book import exercises

    others = [
        [name, f"of an exercise: {name.replace('_', ' ')}"]
        for name in exercises.NETWORKS
    ]
    return [*([name, words] for name, words in WORDS.items()), *others]


def typing_data(app, page, body):
    """What the page's script reads, or None if nobody types on it."""
    equations = {
        label: {"anchor": anchor(label), **row}
        for label, row in app.book_edits.items()
        if f'href="#{anchor(label)}"' in body and 'class="holds"' in body
    }
    coding = read(app, "coding.json")
    data = {
        "exercises": exercises_on(body),
        "coding": {
            label: coding["attempts"][label]
            for label in EXERCISE.findall(body)
            if label in coding["attempts"]
        },
        "notebook": coding["notebook"].get(page),
        "equations": equations,
        "question": QUESTION.get(page),
        "networks": networks() if DERIVING in body else None,
    }
    if not any(data.values()):
        return None
    manifest = read(app, "manifest.json")
    files = manifest["files"]
    return {
        **data,
        "digest": manifest["digest"],
        "fates": FATES,
        "files": files,
        "bytes": sum(file["sent"] for file in files.values()),
    }


def add_to_context(app, pagename, templatename, context, doctree):
    context["typing"] = None
    if not hasattr(app, "book_edits"):
        app.book_edits = read(app, "edits.json") if layout(app) else None
    if app.book_edits is None:
        return
    data = typing_data(app, pagename, context.get("body", ""))
    if data is None:
        return
    # Its address changes with the checker, so that a browser may keep it.
    home = f"_static/in_page/{data.pop('digest')}/"
    data["home"] = context["pathto"](home, 1)
    data["offline"] = context["pathto"]("offline.js", 1)
    script = (ASSETS / "typing.js").read_text(encoding="utf-8")
    context["typing_js"] = f"typing.js?v={fingerprint(script)}"
    # A closing tag in a text must not end the element that holds it.
    packed = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    context["typing"] = packed.replace("<", "\\u003c")


def write_files(app, exception):
    if exception is not None or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    if layout(app):
        shutil.copyfile(ASSETS / "typing.js", static / "typing.js")
        # It serves the pages below it, so it stands above them all.
        shutil.copyfile(ASSETS / "offline.js", Path(app.outdir, "offline.js"))
        digest = read(app, "manifest.json")["digest"]
        shutil.copytree(
            layout(app),
            static / "in_page" / digest,
            ignore=shutil.ignore_patterns(*TOLD),
        )


def configure(app, config):
    """Every page is written anew when what it embeds has changed."""
    config.book_typing_digest = (
        fingerprint(
            "".join(
                (layout(app) / name).read_text(encoding="utf-8")
                for name in TOLD
            )
        )
        if layout(app)
        else ""
    )


def setup(app):
    app.add_config_value("book_typing_digest", "", "html")
    app.connect("config-inited", configure)
    app.connect("html-page-context", add_to_context, priority=960)
    app.connect("build-finished", write_files, priority=950)
