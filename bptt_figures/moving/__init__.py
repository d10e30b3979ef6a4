"""Interactive figures of the book; each call returns one.

They work on the page and in JupyterLab, and can be read without scripts.
"""

from bptt_figures.moving.clipping import clipping
from bptt_figures.moving.eigenvalues import eigenvalues
from bptt_figures.moving.gradient_check import gradient_check
from bptt_figures.moving.gradient_flow import gradient_flow
from bptt_figures.moving.jacobian_spectrum import jacobian_spectrum
from bptt_figures.moving.lstm_cell import lstm_cell
from bptt_figures.moving.truncation import truncation
from bptt_figures.moving.unrolled_sum import unrolled_sum

__all__ = [
    "clipping",
    "eigenvalues",
    "gradient_check",
    "gradient_flow",
    "jacobian_spectrum",
    "lstm_cell",
    "truncation",
    "unrolled_sum",
]
