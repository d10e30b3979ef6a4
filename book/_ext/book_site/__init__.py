"""What the book adds to Jupyter Book: one concern a module."""

from . import (
    address,
    exercises,
    folding,
    mathematics,
    numbering,
    pages,
    reference,
    symbols,
    typing_on_page,
    verdicts,
)

CONCERNS = (
    address,
    exercises,
    folding,
    mathematics,
    numbering,
    pages,
    reference,
    symbols,
    typing_on_page,
    verdicts,
)


def setup(app):
    for concern in CONCERNS:
        concern.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
