"""Numbers that the prose of a chapter quotes from an executed cell."""

from myst_nb import glue


def note(name: str, value, digits: int | None = 2) -> None:
    """Store a number under a name, rounded, for ``{glue:text}`name```.

    name: unique in the notebook. value: a number, or an array of one.
    digits: decimals that are kept; ``None`` for a whole number.
    Nothing is displayed. Raises TypeError for what is no number.
    """
    glue(name, round(float(value), digits), display=False)
