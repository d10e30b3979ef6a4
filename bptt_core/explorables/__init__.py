"""Interactive figures of the book; each call returns one.

They work on the page and in JupyterLab, and can be read without scripts.
"""

from bptt_core.explorables.clipping import clipping
from bptt_core.explorables.eigenvalues import eigenvalues
from bptt_core.explorables.gradient_check import gradient_check
from bptt_core.explorables.gradient_flow import gradient_flow
from bptt_core.explorables.jacobian_spectrum import jacobian_spectrum
from bptt_core.explorables.lstm_cell import lstm_cell
from bptt_core.explorables.truncation import truncation
from bptt_core.explorables.unrolled_sum import unrolled_sum

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
