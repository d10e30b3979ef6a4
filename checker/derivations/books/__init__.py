"""Books of notebooks: their labelled displays, and the ledger of them.

A book is a folder of executed notebooks and pages of Markdown. Nothing here
knows which book it is.

    displays   the pages: labelled displays, and how one is verified
    ledger     every labelled display with its stored verdict
    score      lines with known answers, and how many are judged rightly
"""
