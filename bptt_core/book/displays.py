"""The labelled displays of this book's own pages."""

from pathlib import Path

from derivations.books import displays as books


def book_directory() -> Path:
    """Return the directory ``book`` near here, or beside the package.

    Raises ``FileNotFoundError`` when there is none.
    """
    here = Path.cwd()
    package = Path(__file__).resolve().parents[2]
    for place in (here, *here.parents, package):
        for found in (place, place / "book"):
            if found.name == "book" and (found / "notation.md").exists():
                return found
    raise FileNotFoundError("no directory named book near here")


def displays() -> dict[str, books.Display]:
    """Return label → ``Display`` for every labelled display of the book."""
    return books.displays(book_directory())
