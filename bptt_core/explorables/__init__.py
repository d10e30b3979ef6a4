"""Interactive figures of the book: each call returns one that displays itself.

They work on the page and in JupyterLab, and can be read without scripts.
"""

from bptt_core.explorables.gradient_flow import gradient_flow
from bptt_core.explorables.unrolled_sum import unrolled_sum

__all__ = ["gradient_flow", "unrolled_sum"]
