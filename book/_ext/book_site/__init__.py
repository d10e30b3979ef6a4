"""What the book adds to Jupyter Book: one concern a module."""

from . import (
    address,
    exercises,
    folding,
    formulas,
    mathematics,
    numbering,
    pages,
    policy,
    reference,
    symbols,
    verdicts,
)

CONCERNS = (
    address,
    exercises,
    folding,
    formulas,
    mathematics,
    numbering,
    pages,
    policy,
    reference,
    symbols,
    verdicts,
)


def setup(app):
    for concern in CONCERNS:
        concern.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
