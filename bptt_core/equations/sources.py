"""The five source documents: their notations and their formulas.

Each formula stands as it is printed in its source, with the verdict that
it gets, and, where it fails, the smallest correction that holds.
"""

from dataclasses import dataclass

from .definition import define

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
        r"L_t = -\sum_k y_{t,k} \log \hat y_{t,k}",
        r"L = \sum_{j=0}^{T-1} L_j",
        r"\sum_k y_{t,k} = 1",
    ],
    layout="chain",
    order="descending",
    elementwise=True,
    name="Ravichandiran, LSTM (source 000)",
)

RAVICHANDIRAN_RNN = define(
    [
        r"h_t = \tanh(U x_t + W h_{t-1})",
        r"z_t = V h_t",
        r"\hat y_t = \mathrm{softmax}(z_t)",
        r"L_t = -\sum_k y_{t,k} \log \hat y_{t,k}",
        r"L = \sum_{j=0}^{T-1} L_j",
        r"\sum_k y_{t,k} = 1",
    ],
    layout="chain",
    order="descending",
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
        r"L_t = -\sum_k y_{t,k} \log \hat y_{t,k}",
        r"L = \sum_{j=0}^{T-1} L_j",
        r"\sum_k y_{t,k} = 1",
    ],
    layout="chain",
    order="descending",
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
    layout="chain",
    order="descending",
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
    layout="chain",
    order="descending",
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


def _rows(source, notation, rows):
    return [
        Formula(source, row[0], row[1], notation, *row[2:]) for row in rows
    ]


_OWN_STEP = (
    r"$∂L_j/∂\star_j$ is the derivative of the loss of step $j$ alone; every "
    "later loss depends on step $j$ too"
)
_TENSOR = (
    "the derivative of a column by a matrix is no matrix; only its "
    r"contraction with $∂L/∂\star_j$ is"
)


def _gate(gate, slope, function, copied=None, limits="j=0}^{T-1"):
    """The formulas of one gate's W in source 000, in its order.

    copied: the gate that the printed local derivative names instead;
    limits: those of the printed sum.
    """
    total = rf"\frac{{\partial L}}{{\partial W_{gate}}}"
    own = rf"\frac{{\partial L_j}}{{\partial {gate}_j}}"
    full = rf"\frac{{\partial L}}{{\partial {gate}_j}}"
    local = rf"\frac{{\partial {gate}_j}}{{\partial W_{gate}}}"
    printed = rf"\frac{{\partial {gate}_j}}{{\partial W_{copied or gate}}}"
    copy = rf"\frac{{\partial^{{+}} {gate}_j}}{{\partial W_{gate}}}"
    components = (
        rf"\frac{{\partial^{{+}} {gate}_{{j,a}}}}"
        rf"{{\partial W_{{{gate},bc}}}}="
        rf"\delta_{{ab}} {_component(slope, gate)} h_{{j-1,c}}"
    )
    wrong_letter = f"; and $W_{copied}$ is printed for $W_{gate}$"
    why_local = _TENSOR + (wrong_letter if copied else "")
    return [
        (
            f"W_{gate} chain",
            rf"{total}=\sum_{{{limits}}}{own}{local}",
            False,
            rf"{total}=\sum_{{j=0}}^{{T-1}}{full}{copy}",
            _OWN_STEP + "; and the local derivative must be immediate",
        ),
        (
            f"W_{gate} local, first",
            rf"{printed}={function}'({gate}_j)\otimes h_{{j-1}}",
            False,
            components,
            why_local + "; and the slope is taken of what is activated",
        ),
        (
            f"W_{gate} local",
            rf"{printed}={slope}\otimes h_{{j-1}}",
            False,
            components,
            why_local,
        ),
        *_final("W", gate, slope, "h_{j-1}"),
    ]


def _final(letter, gate, slope, reads):
    """The final formula of a weight: the own step's loss, not all of it."""
    total = rf"\frac{{\partial L}}{{\partial {letter}_{gate}}}"
    own = rf"\frac{{\partial L_j}}{{\partial {gate}_j}}"
    full = rf"\frac{{\partial L}}{{\partial {gate}_j}}"
    rest = rf"\cdot {slope}\otimes {reads}"
    return [
        (
            f"{letter}_{gate} final",
            rf"{total}=\sum_{{j=0}}^{{T-1}}{own}{rest}",
            False,
            rf"{total}=\sum_{{j=0}}^{{T-1}}{full}{rest}",
            _OWN_STEP,
        ),
    ]


def _recap(gate, function, at=""):
    """A gate's forward line, as it stands before its own derivation."""
    return (
        f"{gate}_t again{at}",
        rf"{gate}_t={function}(U_{gate}x_t+W_{gate}h_{{t-1}}+b_{gate})",
    )


def _component(slope, gate):
    return slope.replace(f"{gate}_j", f"{gate}_{{j,a}}")


_LSTM_ROWS = [
    (
        "A.4 i_t",
        r"i_t = \sigma(U_i x_t + W_f h_{t-1} + b_i)",
        False,
        r"i_t = \sigma(U_i x_t + W_i h_{t-1} + b_i)",
        "$W_f$ is printed for $W_i$",
    ),
    ("A.4 f_t", r"f_t = \sigma(U_f x_t + W_f h_{t-1} + b_f)"),
    ("A.4 o_t", r"o_t = \sigma(U_o x_t + W_o h_{t-1} + b_o)"),
    ("A.4 g_t", r"g_t = \tanh(U_g x_t + W_g h_{t-1} + b_g)"),
    ("A.4 c_t", r"c_t = f_t c_{t-1} + i_t g_t"),
    ("A.4 h_t", r"h_t = o_t \tanh(c_t)"),
    ("A.4 yhat", r"\hat y_t = \mathrm{softmax}(V h_t)"),
    (
        "A.4 L",
        r"L = \sum_{j=0}^{T} L_j",
        False,
        r"L = \sum_{j=0}^{T-1} L_j",
        "$T + 1$ steps are summed where the text has $T$",
    ),
    (
        "A.4 dh",
        r"\frac{\partial L}{\partial h_t} ="
        r" \frac{\partial L}{\partial z_t}\frac{\partial z_t}{\partial h_t}",
        False,
        r"\frac{\partial L}{\partial h_t} ="
        r" \frac{\partial L}{\partial z_t}\frac{\partial z_t}{\partial h_t}"
        r" + \frac{\partial L}{\partial h_{t+1}}"
        r"\frac{\partial^{+} h_{t+1}}{\partial h_t}"
        r" + \frac{\partial L}{\partial c_{t+1}}"
        r"\frac{\partial^{+} c_{t+1}}{\partial h_t}",
        "the four paths through the gates of the next step are missing",
    ),
    (
        "A.4 dh boxed",
        r"\frac{\partial L}{\partial h_t} = (\hat y_t - y_t) V",
        False,
        r"\frac{\partial L_t}{\partial h_t} = V^\top (\hat y_t - y_t)",
        "a row where a column is needed, and only the loss of step $t$",
    ),
    (
        "A.4 dc, chain",
        r"\frac{\partial L}{\partial c_t}=\frac{\partial L}{\partial h_t}"
        r"\frac{\partial h_t}{\partial c_t}",
        False,
        r"\frac{\partial L}{\partial c_t}=\frac{\partial L}{\partial h_t}"
        r"\frac{\partial h_t}{\partial c_t}"
        r"+\frac{\partial L}{\partial c_{t+1}}"
        r"\frac{\partial^{+} c_{t+1}}{\partial c_t}",
        "$c_t$ is read twice: by $h_t$ and by $c_{t+1}$",
    ),
    (
        "A.4 dc",
        r"\frac{\partial L}{\partial c_t} = \frac{\partial L}{\partial h_t}"
        r" (o_t \cdot 1 - \tanh^2(c_t))",
        False,
        r"\frac{\partial L}{\partial c_t} = \frac{\partial L}{\partial h_t}"
        r" o_t (1 - \tanh^2(c_t))"
        r" + f_{t+1} \frac{\partial L}{\partial c_{t+1}}",
        "brackets are missing, and so is the path through $c_{t+1}$",
    ),
    (
        "(1) chain",
        r"\frac{\partial L}{\partial o_t}=\frac{\partial L}{\partial h_t}"
        r"\frac{\partial h_t}{\partial o_t}",
    ),
    (
        "(1)",
        r"\frac{\partial L}{\partial o_t} ="
        r" \frac{\partial L}{\partial h_t} \tanh(c_t)",
    ),
    (
        "(2) chain",
        r"\frac{\partial L}{\partial i_t}=\frac{\partial L}{\partial c_t}"
        r"\frac{\partial c_t}{\partial i_t}",
    ),
    (
        "(2)",
        r"\frac{\partial L}{\partial i_t} ="
        r" \frac{\partial L}{\partial c_t} g_t",
    ),
    (
        "(3) chain",
        r"\frac{\partial L}{\partial f_t}=\frac{\partial L}{\partial c_t}"
        r"\frac{\partial c_t}{\partial f_t}",
    ),
    (
        "(3)",
        r"\frac{\partial L}{\partial f_t} ="
        r" \frac{\partial L}{\partial c_t} c_{t-1}",
    ),
    (
        "(4) chain",
        r"\frac{\partial L}{\partial g_t}=\frac{\partial L}{\partial c_t}"
        r"\frac{\partial c_t}{\partial g_t}",
    ),
    (
        "(4)",
        r"\frac{\partial L}{\partial g_t} ="
        r" \frac{\partial L}{\partial c_t} i_t",
    ),
    ("V", r"\frac{\partial L}{\partial V} ="
     r" \sum_{j=0}^{T-1} (\hat y_j - y_j) \otimes h_j"),
    (
        "V, limits as printed",
        r"\frac{\partial L}{\partial V} ="
        r" \sum_{j=1}^{T} (\hat y_j - y_j) \otimes h_j",
        False,
        r"\frac{\partial L}{\partial V} ="
        r" \sum_{j=0}^{T-1} (\hat y_j - y_j) \otimes h_j",
        "the steps are $0$ to $T - 1$ everywhere else",
    ),
    (
        "sigma prime",
        r"\frac{\partial^{+} i_{j,a}}{\partial b_{i,b}} ="
        r" \delta_{ab} \sigma'(i_{j,a})",
        False,
        r"\frac{\partial^{+} i_{j,a}}{\partial b_{i,b}} ="
        r" \delta_{ab} i_{j,a} (1 - i_{j,a})",
        "$i_j$ is activated already: $σ'(i_j)$ applies $σ$ twice",
    ),
    (
        "sigma prime, written out",
        r"\sigma'(i_j) = \sigma(i_j)(1 - \sigma(i_j)) = i_j (1 - i_j)",
        False,
        r"\sigma'(i_j) = \sigma(i_j)(1 - \sigma(i_j))",
        "$i_j$ is $σ$ of a pre-activation; $σ(i_j)$ is not $i_j$",
    ),
    _recap("i", r"\sigma"),
    *_gate("i", "i_j(1-i_j)", r"\sigma"),
    _recap("f", r"\sigma"),
    *_gate("f", "f_j(1-f_j)", r"\sigma"),
    _recap("o", r"\sigma"),
    *_gate("o", "o_j(1-o_j)", r"\sigma"),
    _recap("g", r"\tanh"),
    *_gate("g", "(1-g_j^2)", r"\tanh", "f", "j=1}^{T"),
    (
        "W_f for W_g",
        r"\frac{\partial^{+} g_{j,a}}{\partial W_{f,bc}} ="
        r" \delta_{ab} (1 - g_{j,a}^2) h_{j-1,c}",
        False,
        r"\frac{\partial^{+} g_{j,a}}{\partial W_{g,bc}} ="
        r" \delta_{ab} (1 - g_{j,a}^2) h_{j-1,c}",
        "$W_f$ is printed for $W_g$; $g$ reads no $W_f$ within a step",
    ),
    (
        "i_t, before U",
        r"i_t=\sigma(U_ix_t+W_fh_{t-1}+b_i)",
        False,
        r"i_t=\sigma(U_ix_t+W_ih_{t-1}+b_i)",
        "$W_f$ is printed for $W_i$ again",
    ),
    (
        "U_i chain",
        r"\frac{\partial L}{\partial U_i}=\sum_{j=1}^{T}"
        r"\frac{\partial L_j}{\partial i_j}"
        r"\frac{\partial i_j}{\partial U_i}",
        False,
        r"\frac{\partial L}{\partial U_i}=\sum_{j=0}^{T-1}"
        r"\frac{\partial L}{\partial i_j}"
        r"\frac{\partial^{+} i_j}{\partial U_i}",
        _OWN_STEP + "; the limits are those of another page",
    ),
    *_final("U", "i", "i_j(1-i_j)", "x_j"),
    *_final("U", "f", "f_j(1-f_j)", "x_j"),
    *_final("U", "o", "o_j(1-o_j)", "x_j"),
    (
        "U_g",
        r"\frac{\partial L}{\partial U_g} = \sum_{j=0}^{T-1}"
        r" \frac{\partial L_j}{\partial g_j} \cdot g_j (1 - g_j^2)"
        r" \otimes x_j",
        False,
        r"\frac{\partial L}{\partial U_g} = \sum_{j=0}^{T-1}"
        r" \frac{\partial L}{\partial g_j} \cdot (1 - g_j^2) \otimes x_j",
        "the factor $g_j$ does not belong there; " + _OWN_STEP,
    ),
]

_GRU_ROWS = [
    ("GRU (5)", r"z_t=\sigma(U_zx_t+W_zh_{t-1})"),
    ("GRU (6)", r"r_t=\sigma(U_rx_t+W_rh_{t-1})"),
    (
        "GRU (7)",
        r"c_t=\tanh(U_cx_t+W_c(h_{t-1})\cdot r_t)",
        False,
        r"c_t=\tanh(U_cx_t+W_c(r_th_{t-1}))",
        "this resets after the product; the gradient of $W_c$ below resets "
        "before it, and a cell is one or the other",
    ),
    ("GRU (8)", r"h_t=(1-z_t)\cdot c_t+z_t\cdot h_{t-1}"),
    (
        "GRU (9)",
        r"y_t=\mathrm{softmax}(Vh_t)",
        False,
        r"\hat y_t=\mathrm{softmax}(Vh_t)",
        "the hat is lost: $y_t$ is the target",
    ),
    (
        "GRU (10)",
        r"\frac{\partial L}{\partial c_t}=\frac{\partial L}{\partial h_t}"
        r"(1-z_t)(1-\tanh^2(c_t))",
        False,
        r"\frac{\partial L}{\partial c_t}=\frac{\partial L}{\partial h_t}"
        r"(1-z_t)",
        "the slope of tanh belongs to the weights, where it stands again; "
        "and $c_t$ is activated already",
    ),
    (
        "GRU (11)",
        r"\frac{\partial L}{\partial r_t}=\frac{\partial L}{\partial c_t}"
        r"W_c(h_{t-1})",
        False,
        r"\frac{\partial L}{\partial r_t}=\left(W_c^\top\left("
        r"\frac{\partial L}{\partial c_t}(1-c_t^2)\right)\right)h_{t-1}",
        r"the error must pass the slope and $W_c^\top$ before it meets"
        r" $h_{t-1}$",
    ),
    (
        "GRU (12)",
        r"\frac{\partial L}{\partial z_t}=\frac{\partial L}{\partial h_t}"
        r"(h_{t-1}-c_t)",
    ),
    *(
        row
        for gate, slope, reads in (
            ("z", "z_j(1-z_j)", "h_{j-1}"),
            ("r", "r_j(1-r_j)", "h_{j-1}"),
            ("c", "(1-c_j^2)", "(r_jh_{j-1})"),
        )
        for row in (
            *_final("W", gate, slope, reads),
            *_final("U", gate, slope, "x_j"),
        )
    ),
]

def _first_losses():
    """The examples before (11): the losses of steps 0, 1 and 2."""
    rows = []
    for j in range(3):
        head = (
            rf"\frac{{\partial L_{j}}}{{\partial\hat y_{j}}}"
            rf"\frac{{\partial\hat y_{j}}}{{\partial h_{j}}}"
        )
        through = ["", *(
            rf"\frac{{\partial h_{j}}}{{\partial h_{k}}}"
            for k in range(j - 1, -1, -1)
        )]
        sides = [
            "+".join(
                head + way + rf"\frac{{{d} h_{j - back}}}{{\partial W}}"
                for back, way in enumerate(through)
            )
            for d in (r"\partial", r"\partial^{+}")
        ]
        left = rf"\frac{{\partial L_{j}}}{{\partial W}}="
        row = (f"L_{j} by W", left + sides[0])
        why = "the last factors must be immediate"
        rows.append(row if j == 0 else (*row, False, left + sides[1], why))
    return rows


_RNN_ROWS = [
    ("(1)", r"\frac{\partial L_t}{\partial \hat y_t} = -\frac{y_t}{\hat y_t}"),
    ("(2)", r"\hat y_t=\mathrm{softmax}(Vh_t)"),
    (
        "L_t",
        r"L_t=-y_t\log(\hat y_t)",
        False,
        r"L_t=-\sum_k y_{t,k}\log\hat y_{t,k}",
        "read element by element this is a column; a loss is a scalar",
    ),
    ("L", r"L=\sum_{j=0}^{T-1}L_j"),
    ("h_t", r"h_t=\tanh(Ux_t+Wh_{t-1})"),
    ("z_t", r"z_t=Vh_t"),
    (
        "yhat by sigma",
        r"\hat y_t=\sigma(z_t)",
        False,
        r"\hat y_t=\mathrm{softmax}(z_t)",
        "$σ$ is printed for softmax",
    ),
    (
        "sum over steps",
        r"\frac{\partial L}{\partial V}=\sum_{j=0}^{T-1}"
        r"\frac{\partial L_j}{\partial V}",
    ),
    (
        "(3)",
        r"\frac{\partial L}{\partial V}=\sum_{j=0}^{T-1}"
        r"\frac{\partial L_j}{\partial\hat y_j}"
        r"\frac{\partial\hat y_j}{\partial z_j}"
        r"\frac{\partial z_j}{\partial V}",
    ),
    (
        "(4)",
        r"\frac{\partial L_j}{\partial z_j}="
        r"\frac{\partial L_j}{\partial\hat y_j}"
        r"\frac{\partial\hat y_j}{\partial z_j}",
    ),
    (
        "(5)",
        r"\frac{\partial L}{\partial V}=\sum_{j=0}^{T-1}"
        r"\frac{\partial L_j}{\partial z_j}\frac{\partial z_j}{\partial V}",
    ),
    (
        "(6)",
        r"\frac{\partial L}{\partial z_t}=\sum_{j=0}^{T-1}"
        r"\frac{\partial L_j}{\partial\hat y_j}"
        r"\frac{\partial\hat y_j}{\partial z_t}",
    ),
    (
        "(7)",
        r"\frac{\partial L}{\partial z_t}=\sum_{j=0}^{T-1}"
        r"-\frac{y_j}{\hat y_j}\frac{\partial\hat y_j}{\partial z_t}",
    ),
    (
        "(8)",
        r"\frac{\partial\hat y_j}{\partial z_t}=\begin{cases}"
        r"-\hat y_j\hat y_t, & j\ne t\\ \hat y_t(1-\hat y_t), & j=t"
        r"\end{cases}",
        False,
        r"\frac{\partial\hat y_{t,k}}{\partial z_{t,l}}=\begin{cases}"
        r"-\hat y_{t,k}\hat y_{t,l}, & k\ne l\\"
        r" \hat y_{t,k}(1-\hat y_{t,k}), & k=l\end{cases}",
        "$j$ and $t$ are steps here, but must be classes: between steps the "
        "derivative is zero",
    ),
    (
        "(8) in (7)",
        r"\frac{\partial L}{\partial z_t}="
        r"-\frac{y_t}{\hat y_t}\hat y_t(1-\hat y_t)"
        r"+\sum_{j\ne t}^{T-1}\frac{y_j}{\hat y_j}\hat y_j\hat y_t",
        False,
        r"\frac{\partial L}{\partial z_{t,l}}="
        r"-\frac{y_{t,l}}{\hat y_{t,l}}\hat y_{t,l}(1-\hat y_{t,l})"
        r"+\sum_{k\ne l}\frac{y_{t,k}}{\hat y_{t,k}}"
        r"\hat y_{t,k}\hat y_{t,l}",
        "the sum must run over classes, not over steps",
    ),
    (
        "after (8)",
        r"\frac{\partial L}{\partial z_t}="
        r"-y_t(1-\hat y_t)+\sum_{j\ne t}^{T-1}y_j\hat y_t"
        r"=-y_t+\hat y_ty_t+\hat y_t\sum_{j\ne t}^{T-1}y_j"
        r"=-y_t+\hat y_t\sum_{j=0}^{T-1}y_j",
        False,
        r"\frac{\partial L}{\partial z_{t,l}}="
        r"-y_{t,l}(1-\hat y_{t,l})+\sum_{k\ne l}y_{t,k}\hat y_{t,l}"
        r"=-y_{t,l}+\hat y_{t,l}y_{t,l}+\hat y_{t,l}\sum_{k\ne l}y_{t,k}"
        r"=-y_{t,l}+\hat y_{t,l}\sum_k y_{t,k}",
        "each line follows from the one above, and all sum over steps (the "
        "upper limit is printed $T$, where no step is)",
    ),
    (
        "sum of y",
        r"\sum_{j=0}^{T-1}y_j=1",
        False,
        r"\sum_k y_{t,k}=1",
        "targets sum to one over classes, not over steps",
    ),
    ("(9)", r"\frac{\partial L}{\partial z_t}=\hat y_t-y_t"),
    (
        "(10)",
        r"\frac{\partial L}{\partial V}=\sum_{j=0}^{T-1}"
        r"(\hat y_j-y_j)\frac{\partial z_j}{\partial V}",
    ),
    (
        "dz/dV",
        r"\frac{\partial z_t}{\partial V}=h_t",
        False,
        r"\frac{\partial z_{t,k}}{\partial V_{ab}}=\delta_{ka}h_{t,b}",
        "the derivative of a column by a matrix has three indices",
    ),
    (
        "final",
        r"\frac{\partial L}{\partial V}=\sum_{j=0}^{T-1}"
        r"(\hat y_j-y_j)\otimes h_j",
    ),
    (
        "first yhat",
        r"\hat y_0=\mathrm{softmax}(h_0V)",
        False,
        r"\hat y_0=\mathrm{softmax}(Vh_0)",
        "$V$ stands on the wrong side of a column",
    ),
    *_first_losses(),
    (
        "(11)",
        r"\frac{\partial L_j}{\partial W}=\sum_{k=0}^{j}"
        r"\frac{\partial L_j}{\partial\hat y_j}"
        r"\frac{\partial\hat y_j}{\partial h_j}"
        r"\frac{\partial h_j}{\partial h_k}\frac{\partial h_k}{\partial W}",
        False,
        r"\frac{\partial L_j}{\partial W}=\sum_{k=0}^{j}"
        r"\frac{\partial L_j}{\partial\hat y_j}"
        r"\frac{\partial\hat y_j}{\partial h_j}"
        r"\frac{\partial h_j}{\partial h_k}"
        r"\frac{\partial^{+} h_k}{\partial W}",
        "the last factor must be immediate; the total one counts every "
        "earlier step again",
    ),
    (
        "(12)",
        r"\frac{\partial h_j}{\partial h_k}=\prod_{m=k+1}^{j}"
        r"\frac{\partial h_m}{\partial h_{m-1}}",
    ),
    (
        "(15)",
        r"\frac{\partial L}{\partial W}=\sum_{j=0}^{T-1}\sum_{k=0}^{j}"
        r"\frac{\partial L_j}{\partial\hat y_j}"
        r"\frac{\partial\hat y_j}{\partial h_j}\left(\prod_{m=k+1}^{j}"
        r"\frac{\partial h_m}{\partial h_{m-1}}\right)"
        r"\frac{\partial h_k}{\partial W}",
        False,
        r"\frac{\partial L}{\partial W}=\sum_{j=0}^{T-1}\sum_{k=0}^{j}"
        r"\frac{\partial L_j}{\partial\hat y_j}"
        r"\frac{\partial\hat y_j}{\partial h_j}\left(\prod_{m=k+1}^{j}"
        r"\frac{\partial h_m}{\partial h_{m-1}}\right)"
        r"\frac{\partial^{+} h_k}{\partial W}",
        "the last factor must be immediate",
    ),
    (
        "dL/dy dy/dh",
        r"\frac{\partial L_j}{\partial\hat y_j}"
        r"\frac{\partial\hat y_j}{\partial h_j}=\hat y_j-y_j",
        False,
        r"\frac{\partial L_j}{\partial\hat y_j}"
        r"\frac{\partial\hat y_j}{\partial h_j}=V^\top(\hat y_j-y_j)",
        r"$V^\top$ is missing",
    ),
    (
        "Jacobian",
        r"\frac{\partial h_m}{\partial h_{m-1}}=W^\top"
        r"\operatorname{diag}(1-\tanh^2(Wh_{m-1}+Ux_m))",
        False,
        r"\frac{\partial h_m}{\partial h_{m-1}}="
        r"\operatorname{diag}(1-\tanh^2(Wh_{m-1}+Ux_m))W",
        "this is the transposed Jacobian",
    ),
    (
        "dh/dW",
        r"\frac{\partial h_k}{\partial W}=h_k-1",
        False,
        r"\frac{\partial^{+} h_{k,a}}{\partial W_{bc}}="
        r"\delta_{ab}(1-h_{k,a}^2)h_{k-1,c}",
        "the index $k - 1$ has slipped to the line, and a factor is missing",
    ),
    (
        "W boxed",
        r"\frac{\partial L}{\partial W}=\sum_{j=0}^{T-1}\sum_{k=0}^{j}"
        r"\left((\hat y_j-y_j)\prod_{m=k+1}^{j}W^\top"
        r"\operatorname{diag}(1-\tanh^2(Wh_{m-1}+Ux_m))\right)"
        r"\otimes h_{k-1}",
        False,
        r"\frac{\partial L}{\partial W}=\sum_{j=0}^{T-1}\sum_{k=0}^{j}"
        r"(1-h_k^2)\odot\left[\left(\overset{\rightarrow}{\prod}_{m=k+1}^{j}"
        r"W^\top\operatorname{diag}(1-\tanh^2(Wh_{m-1}+Ux_m))\right)"
        r"V^\top(\hat y_j-y_j)\right]\otimes h_{k-1}",
        r"$V^\top$ and the slope at step $k$ are missing, and the error "
        "vector stands at the wrong end of the product",
    ),
]

_U_BOXED = _RNN_ROWS[-1]
_RNN_ROWS += [
    (
        "dh/dU",
        r"\frac{\partial h_k}{\partial U}=x_k",
        False,
        r"\frac{\partial^{+} h_{k,a}}{\partial U_{bc}}="
        r"\delta_{ab}(1-h_{k,a}^2)x_{k,c}",
        "three indices, and the slope is missing",
    ),
    (
        "U boxed",
        *(
            part if not isinstance(part, str)
            else part.replace(r"\partial W}", r"\partial U}")
            .replace(r"\otimes h_{k-1}", r"\otimes x_k")
            for part in _U_BOXED[1:]
        ),
    ),
]

_CADEMY_ROWS = [
    (
        "h",
        r"h^{(t)}=g_1(Wh^{(t-1)} \oplus Ux^{(t)}+b_h)",
        False,
        r"h^{(t)}=g_1(Wh^{(t-1)} + Ux^{(t)}+b_h)",
        "⊕ stacks two columns; here they are added",
    ),
    ("yhat", r"\hat y^{(t)}=g_2(Vh^{(t)}+b_y)"),
    ("J^(t)", r"J^{(t)} = \mathcal{L} (\hat{y}^{(t)}, y^{(t)})"),
    ("J", r"J = \frac{1}{T} \sum_{t=1}^T J^{(t)}"),
    (
        "dJ/dW",
        r"\frac{\partial J}{ \partial W} = \frac{1}{T} \sum_{t=1}^T"
        r" \frac{\partial J^{(t)}}{\partial W}",
    ),
    (
        "dJ/dV",
        r"\frac{\partial J^{(t)}}{\partial V} ="
        r" \frac{\partial J^{(t)} }{\partial \hat{y}^{(t)}}"
        r" \frac{\partial \hat{y}^{(t)}}{\partial V}",
    ),
]
for _p in ("W", "U"):
    _head = (
        rf"\frac{{\partial J^{{(3)}}}}{{\partial {_p}}} = \sum_{{k=1}}^3"
        r" \frac{\partial J^{(3)} }{\partial \hat{y}^{(3)}}"
        r" \frac{\partial \hat{y}^{(3)}}{\partial h^{(3)}} "
    )
    _paths = {
        "": r"\frac{\partial h^{(3)}}{\partial h^{(k)}} ",
        ", product": (
            r"(\prod_{j=k+1}^3 \frac{\partial h^{(j)}}"
            r"{\partial h^{(j-1)}}) "
        ),
    }
    for _kind, _path in _paths.items():
        _CADEMY_ROWS.append(
            (
                f"dJ(3)/d{_p}{_kind}",
                _head + _path
                + rf"\frac{{\partial h^{{(k)}}}}{{\partial {_p}}}",
                False,
                _head + _path
                + rf"\frac{{\partial^{{+}} h^{{(k)}}}}{{\partial {_p}}}",
                "the last factor must be immediate; the total one counts "
                "every earlier step again",
            )
        )

_DH = r"\frac{\partial L}{\partial h_t} = "
_O = r"W^{\top}_{qh} \cdot \frac{\partial L}{\partial O_t}"
_O1 = r"W^{\top}_{qh} \cdot \frac{\partial L}{\partial O_{t+1}}"
_O2 = r"W^{\top}_{qh} \cdot \frac{\partial L}{\partial O_{t+2}}"
_UNROLLING_ROWS = [
    (
        "line 1",
        _DH + r"W^{\top}_{hh} \cdot \frac{\partial L}{\partial h_{t+1}} + "
        + _O,
    ),
    (
        "line 2",
        _DH + r"W^{\top}_{hh} \cdot(W^{\top}_{hh} \cdot"
        r" \frac{\partial L}{\partial h_{t+2}} + " + _O1 + ") + " + _O,
    ),
    (
        "line 3",
        _DH + r"( W^{\top}_{hh})^2\cdot \frac{\partial L}{\partial h_{t+2}}"
        r" + W^{\top}_{hh} \cdot " + _O1 + " + " + _O,
    ),
    (
        "line 4",
        _DH + r"W^{\top}_{hh} \cdot(W^{\top}_{hh} \cdot (W^{\top}_{hh} \cdot"
        r" \frac{\partial L}{\partial h_{t+3}} + " + _O2 + ") + " + _O1
        + ") + " + _O,
    ),
    (
        "line 5",
        _DH + r"(W^{\top}_{hh})^3\cdot \frac{\partial L}{\partial h_{t+3}} +"
        r"(W^{\top}_{hh})^2\cdot \frac{\partial L}{\partial h_{t+2}}"
        r" + W^{\top}_{hh} \cdot " + _O1 + " + " + _O,
        False,
        _DH + r"(W^{\top}_{hh})^3\cdot \frac{\partial L}{\partial h_{t+3}} +"
        r"(W^{\top}_{hh})^2\cdot " + _O2
        + r" + W^{\top}_{hh} \cdot " + _O1 + " + " + _O,
        r"the second term needs $W_{qh}^\top ∂L/∂O_{t+2}$, not $∂L/∂h_{t+2}$",
    ),
    (
        "closed form",
        _DH + r"(W^{\top}_{hh})^{T-t}\cdot \frac{\partial L}{\partial h_T} +"
        r" \sum_{i=t+1}^{T}\textbf{[}(W^{\top}_{hh})^{T-i}\cdot"
        r" W^{\top}_{qh} \cdot"
        r" \frac{\partial L}{\partial O_{T+t-i}}\textbf{]}",
    ),
    (
        "last step",
        r"\frac{\partial L}{\partial h_T}=(W^{\top}_{qh})^T\cdot"
        r" \frac{\partial L}{\partial O_T}",
        False,
        r"\frac{\partial L}{\partial h_T}=W^{\top}_{qh}\cdot"
        r" \frac{\partial L}{\partial O_T}",
        "one transpose too many, or a power of a matrix that is not square",
    ),
    (
        "final",
        _DH + r"\sum_{i=t}^{T}\textbf{[}(W^{\top}_{hh})^{T-i}\cdot"
        r" W^{\top}_{qh} \cdot"
        r" \frac{\partial L}{\partial O_{T+t-i}}\textbf{]}",
    ),
]

_NABLA_H = r"\nabla_{\boldsymbol{h}^{(t)}} L"
_NABLA_H1 = r"\left(\nabla_{\boldsymbol{h}^{(t+1)}} L\right)"
_NABLA_O = r"\nabla_{\boldsymbol{o}^{(t)}} L"
_SLOPE = (
    r"\operatorname{diag}\left(1-\left(\boldsymbol{h}^{(t)}\right)^{2}"
    r"\right)"
)
_SLOPE1 = (
    r"\operatorname{diag}\left(1-\left(\boldsymbol{h}^{(t+1)}\right)^{2}"
    r"\right)"
)
_GOODFELLOW_ROWS = [
    (
        "forward",
        r"\begin{aligned} \boldsymbol{a}^{(t)} &=\boldsymbol{b}+"
        r"\boldsymbol{W} \boldsymbol{h}^{(t-1)}+\boldsymbol{U}"
        r" \boldsymbol{x}^{(t)} \\ \boldsymbol{h}^{(t)} &=\tanh"
        r" \left(\boldsymbol{a}^{(t)}\right) \\ \boldsymbol{o}^{(t)}"
        r" &=\boldsymbol{c}+\boldsymbol{V} \boldsymbol{h}^{(t)} \\"
        r" \hat{\boldsymbol{y}}^{(t)} &=\operatorname{softmax}"
        r"\left(\boldsymbol{o}^{(t)}\right) \end{aligned}",
    ),
    ("dL/dL", r"\frac{\partial L}{\partial L^{(t)}}=1"),
    (
        "nabla o",
        r"\left(\nabla_{\boldsymbol{o}^{t)}} L\right)_{i}="
        r"\frac{\partial L}{\partial o_{i}^{(t)}}="
        r"\frac{\partial L}{\partial L^{(t)}}"
        r" \frac{\partial L^{(t)}}{\partial o_{i}^{(t)}}="
        r"\hat{y}_{i}^{(t)}-\mathbf{1}_{i, y^{(t)}}",
        False,
        r"\left(\nabla_{\boldsymbol{o}^{(t)}} L\right)_{i}="
        r"\frac{\partial L}{\partial o_{i}^{(t)}}="
        r"\frac{\partial L}{\partial L^{(t)}}"
        r" \frac{\partial L^{(t)}}{\partial o_{i}^{(t)}}="
        r"\hat{y}_{i}^{(t)}-\mathbf{1}_{i = y^{(t)}}",
        "a bracket is missing in $o^{(t)}$",
    ),
    (
        "last step",
        r"\nabla_{\boldsymbol{h}^{(\tau)}} L=\boldsymbol{V}^{\top}"
        r" \nabla_{\boldsymbol{o}^{(\tau)}} L",
    ),
    (
        "nabla h",
        r"\begin{aligned} " + _NABLA_H + r" &=\left(\frac{\partial"
        r" \boldsymbol{h}^{(t+1)}}{\partial \boldsymbol{h}^{(t)}}"
        r"\right)^{\top}" + _NABLA_H1 + r"+\left(\frac{\partial"
        r" \boldsymbol{o}^{(t)}}{\partial \boldsymbol{h}^{(t)}}"
        r"\right)^{\top}\left(" + _NABLA_O + r"\right) \\"
        r" &=\boldsymbol{W}^{\top}" + _NABLA_H1 + _SLOPE1
        + r"+\boldsymbol{V}^{\top}"
        r"\left(\nabla_{\boldsymbol{\alpha}^{(t)}} L\right) \end{aligned}",
        False,
        r"\begin{aligned} " + _NABLA_H + r" &=\left(\frac{\partial"
        r" \boldsymbol{h}^{(t+1)}}{\partial \boldsymbol{h}^{(t)}}"
        r"\right)^{\top}" + _NABLA_H1 + r"+\left(\frac{\partial"
        r" \boldsymbol{o}^{(t)}}{\partial \boldsymbol{h}^{(t)}}"
        r"\right)^{\top}\left(" + _NABLA_O + r"\right) \\"
        r" &=\boldsymbol{W}^{\top}" + _SLOPE1 + _NABLA_H1
        + r"+\boldsymbol{V}^{\top}"
        r"\left(\nabla_{\boldsymbol{o}^{(t)}} L\right) \end{aligned}",
        "diag stands on the wrong side of the gradient, and $α$ is printed "
        "for $o$",
    ),
    (
        "nabla h, α mended",
        _NABLA_H + r"=\boldsymbol{W}^{\top}" + _NABLA_H1 + _SLOPE1
        + r"+\boldsymbol{V}^{\top}"
        r"\left(\nabla_{\boldsymbol{o}^{(t)}} L\right)",
        False,
        _NABLA_H + r"=\boldsymbol{W}^{\top}" + _SLOPE1 + _NABLA_H1
        + r"+\boldsymbol{V}^{\top}"
        r"\left(\nabla_{\boldsymbol{o}^{(t)}} L\right)",
        "diag stands on the wrong side of the gradient",
    ),
    (
        "nabla c",
        r"\nabla_{c} L=\sum_{t}\left(\frac{\partial \boldsymbol{o}^{(t)}}"
        r"{\partial \boldsymbol{c}}\right)^{\top} " + _NABLA_O
        + r"=\sum_{t} " + _NABLA_O,
    ),
    (
        "nabla b",
        r"\nabla_{b} L=\sum_{t}\left(\frac{\partial \boldsymbol{h}^{(t)}}"
        r"{\partial \boldsymbol{b}^{(t)}}\right)^{\top} " + _NABLA_H
        + r"=\sum_{t} " + _SLOPE + " " + _NABLA_H,
    ),
    (
        "nabla V",
        r"\nabla_{\boldsymbol{V}} L=\sum_{t} \sum_{i}"
        r"\left(\frac{\partial L}{\partial o_{i}^{(t)}}\right)"
        r" \nabla_{\boldsymbol{V}} \boldsymbol{o}_{i}^{(t)}=\sum_{t}"
        r"\left(" + _NABLA_O + r"\right) \boldsymbol{h}^{(t)^{\top}}",
    ),
    (
        "nabla W",
        r"\begin{aligned} \nabla_{\boldsymbol{W}} L &=\sum_{t} \sum_{i}"
        r"\left(\frac{\partial L}{\partial h_{i}^{(t)}}\right)"
        r" \nabla_{\boldsymbol{W}^{(t)}} h_{i}^{(t)} \\ &=\sum_{t} "
        + _SLOPE + r"\left(" + _NABLA_H
        + r"\right) \boldsymbol{h}^{(t-1)^{\top}} \end{aligned}",
    ),
    (
        "nabla U",
        r"\begin{aligned} \nabla_{\boldsymbol{U}} L &=\sum_{t} \sum_{i}"
        r"\left(\frac{\partial L}{\partial h_{i}^{(t)}}\right)"
        r" \nabla_{\boldsymbol{U}^{(t)}} h_{i}^{(t)} \\ &=\sum_{t} "
        + _SLOPE + r"\left(" + _NABLA_H
        + r"\right) \boldsymbol{x}^{(t)^{\top}} \end{aligned}",
    ),
]

FORMULAS = [
    *_rows("000", RAVICHANDIRAN_LSTM, _LSTM_ROWS),
    *_rows("000", RAVICHANDIRAN_GRU, _GRU_ROWS),
    *_rows("001", RAVICHANDIRAN_RNN, _RNN_ROWS),
    *_rows("002", CADEMY, _CADEMY_ROWS),
    *_rows("003", UNROLLING, _UNROLLING_ROWS),
    *_rows("004", GOODFELLOW, _GOODFELLOW_ROWS),
]

_PARTIAL_H = r"\frac{\partial L}{\partial h_t}"
# Two slips of textbooks that stand behind the sources.
TEXTBOOKS = [
    Formula(
        "D2L",
        "9.7, by W_hh",
        r"\frac{\partial L}{\partial W_{hh}} = \sum_{t=1}^{T} "
        + _PARTIAL_H + r" \frac{\partial h_t}{\partial W_{hh}}",
        D2L,
        False,
        r"\frac{\partial L}{\partial W_{hh}} = \sum_{t=1}^{T} "
        + _PARTIAL_H + r" \frac{\partial^{+} h_t}{\partial W_{hh}}",
        "the last factor must be immediate, as in 002; the line after it is "
        "right",
    ),
    Formula(
        "D2L",
        "9.7, by W_hh, result",
        r"\frac{\partial L}{\partial W_{hh}} = \sum_{t=1}^{T} "
        + _PARTIAL_H + r" h_{t-1}^\top",
        D2L,
    ),
    Formula(
        "Pascanu",
        "(5)",
        r"\frac{\partial x_t}{\partial x_{t-1}} ="
        r" W^\top \operatorname{diag}(\sigma'(x_{t-1}))",
        PASCANU,
        False,
        r"\frac{\partial x_t}{\partial x_{t-1}} ="
        r" W \operatorname{diag}(\sigma'(x_{t-1}))",
        "this transposes $W$ alone: half of a transposition",
    ),
]
