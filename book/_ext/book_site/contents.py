"""The contents on the first page: the chapters with their whole titles.

The sidebar has their short names, and the sections of the open chapter.
"""

from sphinx import addnodes


def shorten(app, doctree, docname):
    if docname != app.config.root_doc:
        return
    for contents in doctree.findall(addnodes.toctree):
        contents["maxdepth"] = 1
        contents["entries"] = [(None, page) for _, page in contents["entries"]]


def setup(app):
    app.connect("doctree-resolved", shorten)
