"""The running example: a network of two units spells the word "hello".

It reads h, e, l, l and is to name the letter that comes next: e, l, l, o.
After the first l another l is right, after the second one an o, so the input
alone does not decide; the state has to. The weights are chosen by hand and
round. With them the network is right three times and says l where o comes.
"""

import numpy as np

from bptt_core.losses import one_hot
from bptt_core.rnn import Params

WORD = "hello"
LETTERS = "helo"  # classes 1 to 4

PARAMS = Params(
    U=np.array([[-1.0, -1.0, 1.0, 0.0], [-1.0, 0.0, 0.0, 0.0]]),
    W=np.array([[1.0, 0.0], [-2.0, 1.0]]),
    b=np.array([[0.0], [0.0]]),
    V=np.array([[0.0, 0.0], [-1.0, -1.0], [0.0, 1.0], [1.0, -1.0]]),
    c=np.array([[-1.0], [0.0], [0.0], [0.0]]),
)
H0 = np.array([[0.0], [0.5]])  # (n, B), not zero, so that W h_0 is seen
INPUTS = "hell"
TARGETS = "ello"


def letters_as_inputs(word):
    """Return a word over LETTERS as one-hot columns, (len(word), 4, 1).

    Raises ValueError for a letter that is not among LETTERS.
    """
    if not word or set(word) - set(LETTERS):
        raise ValueError(
            f"word: expected letters of {LETTERS!r}; got {word!r}"
        )
    labels = np.array([[LETTERS.index(letter)] for letter in word])
    return one_hot(labels, len(LETTERS))
