"""The checker in the reader's browser.

answering    what a page asks of the checker
numpy/       the stand-in for NumPy; it is never imported from here
"""
