"""Where the book lives in public. Nothing is invented.

    BOOK_REPOSITORY_URL   the repository's page
    BOOK_BASE_URL         where the built site is served
    BOOK_BINDER_URL       the Binder service; empty for no launch buttons
    BOOK_BRANCH           the branch that buttons point to (main)

The publish workflow sets them. Without them the repository is taken from the
git remote, where there is one; otherwise no launch or source button appears.
"""

import os
import re
import subprocess
from pathlib import Path
from urllib.parse import urlencode

PUBLIC_BINDER = "https://mybinder.org"
KNOWN_HOSTS = ("github.com", "gitlab.com", "bitbucket.org")
REMOTE = re.compile(
    r"(?:(?:https?|ssh|git)://)?(?:[^@/]+@)?(?P<host>[^/:]+)(?::\d+(?=/))?"
    r"[:/](?P<path>[^/]+/.+?)(?:\.git)?/?"
)


def web_address(remote):
    """The web page of a git remote, or "" where there is none.

    Names and passwords in the remote are dropped.
    """
    match = REMOTE.fullmatch(remote.strip())
    if match is None or match["host"] not in KNOWN_HOSTS:
        return ""
    return f"https://{match['host']}/{match['path']}"


def remote_of(folder):
    """The remote called origin, or ""."""
    command = ["git", "-C", str(folder), "remote", "get-url", "origin"]
    try:
        run = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    return run.stdout.strip() if run.returncode == 0 else ""


def find(folder, environment=os.environ):
    """Return the addresses as a dictionary; unknown ones are "".

    Raises ValueError for an address that is not one.
    """
    repository = environment.get("BOOK_REPOSITORY_URL", "").rstrip("/")
    base = environment.get("BOOK_BASE_URL", "")
    binder = environment.get("BOOK_BINDER_URL", PUBLIC_BINDER).rstrip("/")
    for name, value in (
        ("BOOK_REPOSITORY_URL", repository),
        ("BOOK_BASE_URL", base),
        ("BOOK_BINDER_URL", binder),
    ):
        if value and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", value):
            raise ValueError(f"{name} must be a web address, got {value!r}")
    repository = repository or web_address(remote_of(folder))
    return {
        "repository": repository,
        "base": base.rstrip("/") + "/" if base else "",
        "binder": binder if repository else "",
        "branch": environment.get("BOOK_BRANCH", "main"),
    }


def configure(app, config):
    """Hand the addresses to the theme before it reads its options."""
    found = find(app.srcdir)
    config.html_baseurl = found["base"]
    options = config.html_theme_options
    options["repository_url"] = found["repository"]
    options["repository_branch"] = found["branch"]
    options["use_repository_button"] = bool(found["repository"])
    options["use_issues_button"] = bool(found["repository"])
    options["launch_buttons"] = {
        **options.get("launch_buttons", {}),
        "binderhub_url": found["binder"],
    }


def add_links(app, pagename, templatename, context, doctree):
    """The page's own file, and the form for an error on this page.

    The form asks for an equation or a section: it gets the page's name, and
    book.js puts in the equation that the reader has gone to. A host without
    such forms keeps the theme's links.
    """
    options = app.config.html_theme_options
    repository = options.get("repository_url", "")
    if doctree is None or not repository.startswith("https://github.com/"):
        return
    file = Path(app.env.doc2path(pagename)).relative_to(app.srcdir)
    branch = options["repository_branch"]
    context["source_url"] = f"{repository}/blob/{branch}/{file.as_posix()}"
    asked = urlencode({"template": "erratum.yml", "label": file.stem})
    context["erratum_url"] = f"{repository}/issues/new?{asked}"


def setup(app):
    app.connect("config-inited", configure)
    app.connect("html-page-context", add_links)
