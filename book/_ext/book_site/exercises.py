"""Exercises are done in the notebook: their section says where it opens.

The address names the heading after a #, with its spaces as hyphens, which is
how JupyterLab asks for it; `labextension/` makes it go there. A build that
knows no address adds nothing.
"""

import re
from html import escape
from urllib.parse import quote

from docutils import nodes

LAUNCH = (
    '<p class="launch-here"><a href="{url}">Do these exercises in '
    "JupyterLab</a></p>"
)


def section_of_exercises(doctree):
    """The first section that holds an exercise, or None."""
    for node in doctree.findall(nodes.Element):
        if "exercise" in node.get("classes", ()):
            while node is not None and not isinstance(node, nodes.section):
                node = node.parent
            if node is not None and isinstance(node.parent, nodes.section):
                return node
    return None


def launch_address(context):
    """The address that the page's launch button opens, or ""."""
    for group in context.get("header_buttons", ()):
        for button in group.get("buttons", ()):
            if button.get("text") == "Binder":
                return button["url"]
    return ""


def add_launch(app, pagename, templatename, context, doctree):
    address = launch_address(context)
    section = section_of_exercises(doctree) if doctree and address else None
    if section is None:
        return
    heading = section.next_node(nodes.title).astext().replace(" ", "-")
    url = address + quote("#" + heading)
    start = re.escape(f'<section id="{section["ids"][0]}">')
    context["body"] = re.sub(
        rf"({start}.*?</h\d>)",
        lambda found: found[1] + LAUNCH.format(url=escape(url)),
        context["body"],
        count=1,
        flags=re.S,
    )


def setup(app):
    app.connect("html-page-context", add_launch, priority=950)
