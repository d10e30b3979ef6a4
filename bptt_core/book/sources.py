"""The five source documents: their notations and their formulas.

Each formula stands in sources.toml as it is printed in its source, and,
where it fails, with the smallest correction that holds.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from derivations.networks.define import define

_CROSS_ENTROPY = [
    r"L_t = -\sum_k y_{t,k} \log \hat y_{t,k}",
    r"L = \sum_{j=0}^{T-1} L_j",
    r"\sum_k y_{t,k} = 1",
]
_CHAIN = {"layout": "chain", "order": "descending"}

RAVICHANDIRAN_LSTM = define(
    [
        r"i_t = \sigma(U_i x_t + W_i h_{t-1} + b_i)",
        r"f_t = \sigma(U_f x_t + W_f h_{t-1} + b_f)",
        r"o_t = \sigma(U_o x_t + W_o h_{t-1} + b_o)",
        r"g_t = \tanh(U_g x_t + W_g h_{t-1} + b_g)",
        r"c_t = f_t c_{t-1} + i_t g_t",
        r"h_t = o_t \tanh(c_t)",
        r"z_t = V h_t",
        r"\hat y_t = \mathrm{softmax}(z_t)",
        *_CROSS_ENTROPY,
    ],
    **_CHAIN,
    elementwise=True,
    name="Ravichandiran, LSTM (source 000)",
)

RAVICHANDIRAN_RNN = define(
    [
        r"h_t = \tanh(U x_t + W h_{t-1})",
        r"z_t = V h_t",
        r"\hat y_t = \mathrm{softmax}(z_t)",
        *_CROSS_ENTROPY,
    ],
    **_CHAIN,
    elementwise=True,
    name="Ravichandiran, RNN (source 001)",
)

RAVICHANDIRAN_GRU = define(
    [
        r"z_t = \sigma(U_z x_t + W_z h_{t-1})",
        r"r_t = \sigma(U_r x_t + W_r h_{t-1})",
        r"c_t = \tanh(U_c x_t + W_c (r_t h_{t-1}))",
        r"h_t = (1 - z_t) c_t + z_t h_{t-1}",
        r"\hat y_t = \mathrm{softmax}(V h_t)",
        *_CROSS_ENTROPY,
    ],
    **_CHAIN,
    elementwise=True,
    name="Ravichandiran, GRU (source 000)",
)

CADEMY = define(
    [
        r"h^{(t)} = g_1(W h^{(t-1)} + U x^{(t)} + b_h)",
        r"\hat y^{(t)} = g_2(V h^{(t)} + b_y)",
        r"J^{(t)} = \mathcal{L}(\hat{y}^{(t)}, y^{(t)})",
        r"J = \frac{1}{T} \sum_{t=1}^T J^{(t)}",
    ],
    functions={"g_1": "tanh", "g_2": "softmax"},
    **_CHAIN,
    name="1cademy (source 002)",
)

UNROLLING = define(
    [
        r"h_t = W_{hx} x_t + W_{hh} h_{t-1}",
        r"O_t = W_{qh} h_t",
        r"L = \frac{1}{T} \sum_{t=1}^{T} l(O_t, y_t)",
    ],
    name="the unrolling of the linear recursion (source 003)",
)

GOODFELLOW = define(
    [
        r"\boldsymbol{a}^{(t)} = \boldsymbol{b} + \boldsymbol{W}"
        r" \boldsymbol{h}^{(t-1)} + \boldsymbol{U} \boldsymbol{x}^{(t)}",
        r"\boldsymbol{h}^{(t)} = \tanh\left(\boldsymbol{a}^{(t)}\right)",
        r"\boldsymbol{o}^{(t)} = \boldsymbol{c} + \boldsymbol{V}"
        r" \boldsymbol{h}^{(t)}",
        r"\hat{\boldsymbol{y}}^{(t)} ="
        r" \operatorname{softmax}\left(\boldsymbol{o}^{(t)}\right)",
        r"L^{(t)} = -\log \hat{y}^{(t)}_{y^{(t)}}",
        r"L = \sum_{t=1}^{\tau} L^{(t)}",
    ],
    name="Goodfellow et al., chapter 10 (source 004)",
)

D2L = define(
    [
        r"h_t = W_{hx} x_t + W_{hh} h_{t-1}",
        r"o_t = W_{qh} h_t",
        r"L = \frac{1}{T} \sum_{t=1}^{T} l(o_t, y_t)",
    ],
    **_CHAIN,
    name="Dive into Deep Learning, 9.7",
)

PASCANU = define(
    [
        r"x_t = W \sigma(x_{t-1}) + W_{in} u_t + b",
        r"L = \sum_{t=1}^{T} l(x_t, y_t)",
    ],
    name="Pascanu, Mikolov and Bengio",
)

PYTORCH_RNN = define(
    [
        r"h_t = \tanh(W_{ih} x_t + b_{ih} + W_{hh} h_{t-1} + b_{hh})",
        r"L = \sum_{t=1}^{T} l(h_t, y_t)",
    ],
    name="torch.nn.RNN",
)

PYTORCH_LSTM = define(
    [
        r"i_t = \sigma(W_{ii} x_t + b_{ii} + W_{hi} h_{t-1} + b_{hi})",
        r"f_t = \sigma(W_{if} x_t + b_{if} + W_{hf} h_{t-1} + b_{hf})",
        r"g_t = \tanh(W_{ig} x_t + b_{ig} + W_{hg} h_{t-1} + b_{hg})",
        r"o_t = \sigma(W_{io} x_t + b_{io} + W_{ho} h_{t-1} + b_{ho})",
        r"c_t = f_t \odot c_{t-1} + i_t \odot g_t",
        r"h_t = o_t \odot \tanh(c_t)",
        r"L = \sum_{t=1}^{T} l(h_t, y_t)",
    ],
    name="torch.nn.LSTM",
)


@dataclass(frozen=True)
class Formula:
    """A formula as printed.

    number: its place in the source, and in the list of errata where it
    has one; holds: the verdict as printed; corrected: LaTeX that holds,
    for a formula that does not; why: what is wrong, in one sentence.
    """

    source: str
    number: str
    latex: str
    notation: object
    holds: bool = True
    corrected: str = ""
    why: str = ""


_PRINTED = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)


def _formulas(source, name, notation):
    return [
        Formula(
            source,
            number,
            row["printed"],
            notation,
            "holds" not in row,
            row.get("holds", ""),
            row.get("why", ""),
        )
        for number, row in _PRINTED[name].items()
    ]


FORMULAS = [
    *_formulas("000", "ravichandiran_lstm", RAVICHANDIRAN_LSTM),
    *_formulas("000", "ravichandiran_gru", RAVICHANDIRAN_GRU),
    *_formulas("001", "ravichandiran_rnn", RAVICHANDIRAN_RNN),
    *_formulas("002", "cademy", CADEMY),
    *_formulas("003", "unrolling", UNROLLING),
    *_formulas("004", "goodfellow", GOODFELLOW),
]
# Slips of textbooks that stand behind the sources.
TEXTBOOKS = [
    *_formulas("D2L", "d2l", D2L),
    *_formulas("Pascanu", "pascanu", PASCANU),
]
