"""No formula reaches a reader without an answer to: what stands behind it?

The census of the book's formulas is taken before the pages are read, and the
numbered equations that Sphinx found are compared with the ledger. A book
without a list of its formulas is not asked.
"""

from pathlib import Path

from sphinx.errors import ExtensionError

LIST = "book/formulas.toml"


def ledger(book):
    from bptt_core.book import DEFINITIONS
    from derivations.books.ledger import entries

    return entries(book, DEFINITIONS)


def take_census(app):
    book = Path(app.srcdir, LIST).parent
    if not Path(app.srcdir, LIST).is_file():
        return
    from bptt_core.book.exercises import network
    from derivations.books.formulas import census

    unanswered = census(book, network, ledger(book)).open
    if unanswered:
        lines = (f"{formula}: {why}" for formula, why in unanswered)
        raise ExtensionError(
            f"Nothing stands behind these formulas, and {LIST} does not say "
            "why:\n" + "\n".join(lines)
        )


def compare_labels(app, env):
    """What has a number on the site has a row in the ledger."""
    if not Path(app.srcdir, LIST).is_file():
        return
    numbered = set(env.get_domain("math").equations)
    book = Path(app.srcdir, LIST).parent
    known = {
        label
        for label, entry in ledger(book).items()
        if f"{book.name}/{Path(entry.page.name).stem}" in env.found_docs
    }
    if numbered != known:
        raise ExtensionError(
            f"Numbered, and not in the ledger: {sorted(numbered - known)}; "
            f"in the ledger, and not numbered: {sorted(known - numbered)}"
        )


def setup(app):
    app.connect("builder-inited", take_census)
    app.connect("env-check-consistency", compare_labels)
