"""The book's networks, and how it writes about them; its definitions.

A notation is data: forward equations as its source prints them, and a few
words on layout. The rows of ``BOOK`` and ``BOOK_LSTM`` are the displays of
the recap and LSTM chapters, character for character.
"""

from derivations.networks.define import define

_SOFTMAX_LOSS = [
    r"z_t = V h_t + c",
    r"\hat y_t = \operatorname{softmax}(z_t)",
    r"L_t = -\sum_k y_{t,k} \log \hat y_{t,k}",
    r"L = \sum_{t=1}^{T} L_t",
    r"\bar L = \frac{1}{T} \sum_{t=1}^{T} L_t",
    r"\sum_k y_{t,k} = 1",
]
_DELTA = {r"\delta_t": r"\frac{\partial L}{\partial a_t}"}

BOOK = define(
    [r"a_t = U x_t + W h_{t-1} + b", r"h_t = \tanh(a_t)", *_SOFTMAX_LOSS],
    symbols=_DELTA,
    name="BOOK",
)

BOOK_LINEAR = define(
    [r"a_t = U x_t + W h_{t-1} + b", r"h_t = a_t", *_SOFTMAX_LOSS],
    symbols=_DELTA,
    name="BOOK_LINEAR",
)

BOOK_SQUARED = define(
    [
        r"a_t = U x_t + W h_{t-1} + b",
        r"h_t = \tanh(a_t)",
        r"z_t = V h_t + c",
        r"L_t = \frac{1}{2} \sum_k (z_{t,k} - y_{t,k})^2",
        r"L = \sum_{t=1}^{T} L_t",
    ],
    symbols=_DELTA,
    name="BOOK_SQUARED",
)

BOOK_STEP = define(
    [
        r"z = V h + c",
        r"\hat y = \operatorname{softmax}(z)",
        r"L = -\sum_k y_k \log \hat y_k",
        r"\sum_k y_k = 1",
    ],
    name="BOOK_STEP",
)

BOOK_LSTM = define(
    [
        r"a_{i,t} = U_i x_t + W_i h_{t-1} + b_i",
        r"a_{f,t} = U_f x_t + W_f h_{t-1} + b_f",
        r"a_{o,t} = U_o x_t + W_o h_{t-1} + b_o",
        r"a_{g,t} = U_g x_t + W_g h_{t-1} + b_g",
        r"i_t = \sigma(a_{i,t})",
        r"f_t = \sigma(a_{f,t})",
        r"o_t = \sigma(a_{o,t})",
        r"g_t = \tanh(a_{g,t})",
        r"c_t = f_t \odot c_{t-1} + i_t \odot g_t",
        r"h_t = o_t \odot \tanh(c_t)",
        *_SOFTMAX_LOSS,
    ],
    symbols={
        rf"\delta_{{{gate},t}}": (
            rf"\frac{{\partial L}}{{\partial a_{{{gate},t}}}}"
        )
        for gate in "ifog"
    },
    name="BOOK_LSTM",
)

# Labelled displays that no cell can verify, and why. Forward equations of a
# network that judges on the same page are definitions without a line here.
DEFINITIONS = {
    "eq-target": "a demand on the targets: every random target is drawn so",
    "eq-delta-def": "it gives a derivative a letter",
}
