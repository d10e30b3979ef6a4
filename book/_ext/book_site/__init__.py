"""What the book adds to Jupyter Book: one concern a module."""

from . import (
    address,
    contents,
    exercises,
    folding,
    formulas,
    mathematics,
    numbering,
    pages,
    policy,
    reference,
    search,
    symbols,
    tables,
    typing_on_page,
    verdicts,
)

CONCERNS = (
    address,
    contents,
    exercises,
    folding,
    formulas,
    mathematics,
    numbering,
    pages,
    policy,
    reference,
    search,
    symbols,
    tables,
    typing_on_page,
    verdicts,
)


def setup(app):
    for concern in CONCERNS:
        concern.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
