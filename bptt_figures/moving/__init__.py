"""Interactive figures of the book; each call returns one.

They work on the page and in JupyterLab, and can be read without scripts.
"""

from bptt_figures.moving.explorable import Explorable, load

__all__ = [
    "clipping",
    "eigenvalues",
    "fork",
    "forward_pass",
    "gradient_check",
    "gradient_flow",
    "jacobian_spectrum",
    "lstm_cell",
    "outer_products",
    "own_and_back",
    "reading_back",
    "softmax_error",
    "truncation",
    "unrolled_sum",
    "while_learning",
]


def clipping() -> Explorable:
    """Return the figure of the cliff and of gradient clipping (chapter 7)."""
    return load("clipping")


def eigenvalues() -> Explorable:
    """Return the figure of the eigenvalue plane (chapter 7)."""
    return load("eigenvalues")


def fork() -> Explorable:
    """Return the figure of five nodes and their arrows (chapter 0)."""
    return load("fork")


def forward_pass() -> Explorable:
    """Return the figure of the forward pass, letter by letter (chapter 1)."""
    return load("forward_pass")


def gradient_check() -> Explorable:
    """Return the figure of the gradient check (chapter 4)."""
    return load("gradient_check")


def gradient_flow() -> Explorable:
    """Return the figure of ‖∂L/∂h_t‖ against t (chapter 7)."""
    return load("gradient_flow")


def jacobian_spectrum() -> Explorable:
    """Return the figure of the singular values of ∂h_T/∂h_t (chapter 7)."""
    return load("jacobian_spectrum")


def lstm_cell() -> Explorable:
    """Return the figure of the LSTM cell and its gradients (chapter 5)."""
    return load("lstm_cell")


def outer_products() -> Explorable:
    """Return the figure of a sum of outer products (chapter 6)."""
    return load("outer_products")


def own_and_back() -> Explorable:
    """Return the figure of own share and what is handed back (chapter 3)."""
    return load("own_and_back")


def reading_back() -> Explorable:
    """Return the figure of how far back predictions look (chapter 8)."""
    return load("reading_back")


def softmax_error() -> Explorable:
    """Return the figure of the errors of four logits (chapter 2)."""
    return load("softmax_error")


def truncation() -> Explorable:
    """Return the figure of truncated against full gradients (chapter 7)."""
    return load("truncation")


def unrolled_sum() -> Explorable:
    """Return the figure of ∂L/∂W as a sum over paths (chapter 4)."""
    return load("unrolled_sum")


def while_learning() -> Explorable:
    """Return the figure of ‖∂h_T/∂h_t‖ while a network learns (chapter 8)."""
    return load("while_learning")
