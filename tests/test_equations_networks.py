"""A network is its forward equations: roles, sizes, mistakes, other cells."""

import doctest
import importlib

import numpy as np
import pytest

from bptt_core.book import BOOK, BOOK_LSTM, DEFINITIONS, book_directory, check
from derivations import Function, define
from derivations.books import ledger
from derivations.errors import DefinitionError, EquationError
from derivations.judging.edits import edits, sides_of
from derivations.judging.verdict import judge

SOFTMAX = [
    r"z_t = V h_t + c",
    r"\hat y_t = \operatorname{softmax}(z_t)",
    r"L_t = -\sum_k y_{t,k} \log \hat y_{t,k}",
    r"L = \sum_{t=1}^{T} L_t",
    r"\sum_k y_{t,k} = 1",
]
ELMAN = [r"a_t = U x_t + W h_{t-1} + b", r"h_t = \tanh(a_t)", *SOFTMAX]
GRU = [
    r"a_{z,t} = U_z x_t + W_z h_{t-1} + b_z",
    r"a_{r,t} = U_r x_t + W_r h_{t-1} + b_r",
    r"a_{c,t} = U_c x_t + W_c (r_t \odot h_{t-1}) + b_c",
    r"z_t = \sigma(a_{z,t})",
    r"r_t = \sigma(a_{r,t})",
    r"c_t = \tanh(a_{c,t})",
    r"h_t = (1 - z_t) \odot c_t + z_t \odot h_{t-1}",
    r"L = \sum_{t=1}^{T} l(h_t, y_t)",
]
PEEPHOLE = [
    r"a_{i,t} = U_i x_t + W_i h_{t-1} + p_i \odot c_{t-1} + b_i",
    r"a_{f,t} = U_f x_t + W_f h_{t-1} + p_f \odot c_{t-1} + b_f",
    r"a_{g,t} = U_g x_t + W_g h_{t-1} + b_g",
    r"i_t = \sigma(a_{i,t})",
    r"f_t = \sigma(a_{f,t})",
    r"g_t = \tanh(a_{g,t})",
    r"c_t = f_t \odot c_{t-1} + i_t \odot g_t",
    r"a_{o,t} = U_o x_t + W_o h_{t-1} + p_o \odot c_t + b_o",
    r"o_t = \sigma(a_{o,t})",
    r"h_t = o_t \odot \tanh(c_t)",
    r"L = \sum_{t=1}^{T} l(h_t, y_t)",
]


def _deltas(gates):
    return {
        rf"\delta_{{{g},t}}": rf"\frac{{\partial L}}{{\partial a_{{{g},t}}}}"
        for g in gates
    }


def _weights(gates, reset=()):
    """The gradients of the weights of each gate."""
    found = []
    for g in gates:
        state = r"(r_t \odot h_{t-1})" if g in reset else "h_{t-1}"
        head = r"\frac{\partial L}{\partial "
        found += [
            rf"{head} W_{g}}} = \sum_{{t=1}}^T \delta_{{{g},t}} {state}^\top",
            rf"{head} U_{g}}} = \sum_{{t=1}}^T \delta_{{{g},t}} x_t^\top",
            rf"{head} b_{g}}} = \sum_{{t=1}}^T \delta_{{{g},t}}",
        ]
    return found


# Each list pins its network: it holds every gradient that there is.
ELMAN_GRADIENTS = [
    r"\frac{\partial L}{\partial z_t} = \hat y_t - y_t",
    r"\frac{\partial L}{\partial h_t} = V^\top(\hat y_t - y_t)"
    r" + W^\top \frac{\partial L}{\partial a_{t+1}}",
    r"\frac{\partial L}{\partial a_t} = (1 - h_t^2) \odot"
    r" \frac{\partial L}{\partial h_t}",
    r"\frac{\partial L}{\partial W} = \sum_{t=1}^T"
    r" \frac{\partial L}{\partial a_t} h_{t-1}^\top",
    r"\frac{\partial L}{\partial U} = \sum_{t=1}^T"
    r" \frac{\partial L}{\partial a_t} x_t^\top",
    r"\frac{\partial L}{\partial b} = \sum_{t=1}^T"
    r" \frac{\partial L}{\partial a_t}",
    r"\frac{\partial L}{\partial V} = \sum_{t=1}^T"
    r" (\hat y_t - y_t) h_t^\top",
    r"\frac{\partial L}{\partial c} = \sum_{t=1}^T (\hat y_t - y_t)",
    r"\frac{\partial L}{\partial x_t} = U^\top"
    r" \frac{\partial L}{\partial a_t}",
    r"\frac{\partial L}{\partial h_0} = W^\top"
    r" \frac{\partial L}{\partial a_1}",
    r"\frac{\partial L}{\partial L_t} = 1",
]
GRU_GRADIENTS = [
    r"\delta_{c,t} = \frac{\partial L}{\partial h_t} \odot (1 - z_t)"
    r" \odot (1 - c_t^2)",
    r"\delta_{z,t} = \frac{\partial L}{\partial h_t}"
    r" \odot (h_{t-1} - c_t) \odot z_t \odot (1 - z_t)",
    r"\delta_{r,t} = (W_c^\top \delta_{c,t}) \odot h_{t-1}"
    r" \odot r_t \odot (1 - r_t)",
    r"\frac{\partial L}{\partial h_t} = \frac{\partial l(h_t, y_t)}"
    r"{\partial h_t} + \frac{\partial L}{\partial h_{t+1}} \odot z_{t+1}"
    r" + (W_c^\top \delta_{c,t+1}) \odot r_{t+1}"
    r" + W_z^\top \delta_{z,t+1} + W_r^\top \delta_{r,t+1}",
    r"\frac{\partial L}{\partial x_t} = U_c^\top \delta_{c,t}"
    r" + U_z^\top \delta_{z,t} + U_r^\top \delta_{r,t}",
    r"\frac{\partial L}{\partial h_0} = \frac{\partial L}{\partial h_1}"
    r" \odot z_1 + (W_c^\top \delta_{c,1}) \odot r_1"
    r" + W_z^\top \delta_{z,1} + W_r^\top \delta_{r,1}",
    *_weights("zrc", reset="c"),
]
PEEPHOLE_GRADIENTS = [
    r"\delta_{o,t} = \frac{\partial L}{\partial h_t} \odot \tanh(c_t)"
    r" \odot o_t \odot (1 - o_t)",
    r"\frac{\partial L}{\partial c_t} = \frac{\partial L}{\partial h_t}"
    r" \odot o_t \odot (1 - \tanh^2(c_t))"
    r" + f_{t+1} \odot \frac{\partial L}{\partial c_{t+1}}"
    r" + p_o \odot \delta_{o,t} + p_i \odot \delta_{i,t+1}"
    r" + p_f \odot \delta_{f,t+1}",
    r"\delta_{i,t} = \frac{\partial L}{\partial c_t} \odot g_t"
    r" \odot i_t \odot (1 - i_t)",
    r"\delta_{f,t} = \frac{\partial L}{\partial c_t} \odot c_{t-1}"
    r" \odot f_t \odot (1 - f_t)",
    r"\delta_{g,t} = \frac{\partial L}{\partial c_t} \odot i_t"
    r" \odot (1 - g_t^2)",
    r"\frac{\partial L}{\partial h_t} = \frac{\partial l(h_t, y_t)}"
    r"{\partial h_t} + W_i^\top \delta_{i,t+1} + W_f^\top \delta_{f,t+1}"
    r" + W_o^\top \delta_{o,t+1} + W_g^\top \delta_{g,t+1}",
    r"\frac{\partial L}{\partial p_i} = \sum_{t=1}^T"
    r" c_{t-1} \odot \delta_{i,t}",
    r"\frac{\partial L}{\partial p_f} = \sum_{t=1}^T"
    r" c_{t-1} \odot \delta_{f,t}",
    r"\frac{\partial L}{\partial p_o} = \sum_{t=1}^T c_t \odot \delta_{o,t}",
    *_weights("ifog"),
]
# The LSTM's are the book's own displays, and what its losses do.
LSTM_GRADIENTS = [
    *(
        entry.display.latex
        for label, entry in ledger.entries(
            book_directory(), DEFINITIONS
        ).items()
        if label.startswith("eq-lstm")
        and entry.record
        and entry.record["network"]["name"] == "BOOK_LSTM"
    ),
    r"\frac{\partial L}{\partial z_t} = \hat y_t - y_t",
    r"\frac{\partial \bar L}{\partial z_t} = \frac{1}{T} (\hat y_t - y_t)",
    r"\frac{\partial \bar L}{\partial z_{T+1}} = 0",
    r"\frac{\partial L}{\partial L_t} = 1",
]
NETWORKS = {
    "elman": (ELMAN, ELMAN_GRADIENTS, {}),
    "gru": (GRU, GRU_GRADIENTS, _deltas("zrc")),
    "peephole": (PEEPHOLE, PEEPHOLE_GRADIENTS, _deltas("ifog")),
    "lstm": (BOOK_LSTM.forward, LSTM_GRADIENTS, _deltas("ifog")),
}


def _roles(notation):
    return {latex: (role, shape) for latex, role, shape in notation.table()}


def test_roles_and_sizes_follow_from_use():
    assert _roles(define(ELMAN)) == {
        "a_t": ("computed", "n×1"),
        "h_t": ("state", "n×1"),
        "z_t": ("computed", "m×1"),
        r"\hat y_t": ("computed", "m×1"),
        "L_t": ("computed", "1×1"),
        "L": ("computed", "1×1"),
        "U": ("parameter", "n×d"),
        "x_t": ("input", "d×1"),
        "W": ("parameter", "n×n"),
        "b": ("parameter", "n×1"),
        "V": ("parameter", "m×n"),
        "c": ("parameter", "m×1"),
        "y_t": ("input", "m×1"),
    }


def test_the_place_of_the_time_index_separates_bias_and_cell():
    roles = _roles(BOOK_LSTM)
    assert roles["c"] == ("parameter", "m×1")
    assert roles["c_t"] == ("state", "n×1")


def test_a_subscript_that_is_a_symbol_is_a_class_label():
    notation = define(
        [*ELMAN[:4], r"L_t = -\log \hat y_{t, y_t}", r"L = \sum_{t=1}^T L_t"]
    )
    assert _roles(notation)["y_t"][0] == "label"
    assert check(
        r"\frac{\partial L}{\partial z_{t,j}}"
        r" = \hat y_{t,j} - \mathbf{1}_{j = y_t}",
        notation,
    )


@pytest.mark.parametrize(
    ("rows", "functions"),
    [
        ([r"h_t = \sigma(U x_t + W h_{t-1} + b)", *SOFTMAX], None),
        ([r"h_t = U x_t + W h_{t-1}", *SOFTMAX], None),
        ([r"h_t = \phi(U x_t + W h_{t-1})", *SOFTMAX], {r"\phi": "tanh"}),
        (
            [
                r"\begin{aligned} h_t &= W h_{t-1} + x_t \\"
                r" L &= \sum_t l(h_t, y_t) \end{aligned}"
            ],
            None,
        ),
    ],
)
def test_variants_are_defined(rows, functions):
    notation = define(rows, functions=functions)
    assert check(r"\frac{\partial L}{\partial h_{T+1}} = 0", notation)
    assert not check(r"\frac{\partial L}{\partial h_T} = 0", notation)


def test_many_to_one_and_mean_and_scalar_networks():
    last = define(
        [*ELMAN[:4], r"L = -\sum_k y_k \log \hat y_{T,k}", r"\sum_k y_k = 1"],
        shapes={"y": "column"},
    )
    assert check(r"\frac{\partial L}{\partial z_T} = \hat y_T - y", last)
    assert check(
        r"\frac{\partial L}{\partial V} = (\hat y_T - y) h_T^\top", last
    )
    scalars = define(
        [r"h_t = \tanh(w h_{t-1} + u x_t)", r"L = \sum_{t=1}^T h_t^2"],
        shapes={k: "scalar" for k in ("w", "u", "x_t")},
    )
    assert _roles(scalars)["h_t"] == ("state", "1×1")
    assert check(
        r"\frac{\partial h_t}{\partial h_{t-1}} = (1 - h_t^2) w", scalars
    )


# An unusual row of a forward pass, a gradient that holds with it, and one
# that does not.
ROWS = {
    "cases": (
        [
            r"h_t = \tanh(W h_{t-1} + x_t)",
            r"s_t = \begin{cases} h_t &"
            r" \text{if } t = 1 \\ 2 h_t & \text{otherwise} \end{cases}",
            r"L = \sum_{t=1}^T s_t^\top s_t",
        ],
        r"\frac{\partial L}{\partial s_t} = 2 s_t",
        r"\frac{\partial L}{\partial s_t} = 2 h_t",
    ),
    "an outer product": (
        [r"h_t = \tanh((h_{t-1} \otimes x_t) v)", r"L = \sum_t h_t^\top h_t"],
        r"\frac{\partial^{+} h_t}{\partial v}"
        r" = \operatorname{diag}(1 - h_t^2) h_{t-1} x_t^\top",
        r"\frac{\partial^{+} h_t}{\partial v}"
        r" = \operatorname{diag}(1 - h_t^2) x_t h_{t-1}^\top",
    ),
    "a power of a matrix": (
        [r"h_t = W^2 h_{t-1} + x_t", r"L = \sum_{t=1}^T h_t^\top h_t"],
        r"\frac{\partial^{+} h_t}{\partial h_{t-1}} = W W",
        r"\frac{\partial^{+} h_t}{\partial h_{t-1}} = W^\top W",
    ),
    "a quotient": (
        [
            r"h_t = \tanh(W h_{t-1} + x_t) / 2",
            r"L = \frac12 \sum_t h_t^\top h_t",
        ],
        r"\frac{\partial^{+} h_t}{\partial x_t}"
        r" = \frac12 \operatorname{diag}(1 - 4 h_t^2)",
        r"\frac{\partial^{+} h_t}{\partial x_t}"
        r" = \operatorname{diag}(1 - 4 h_t^2)",
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_unusual_rows_of_a_forward_pass_are_executed(name):
    rows, true, false = ROWS[name]
    notation = define(rows)
    assert check(true, notation)
    verdict = check(false, notation, hints=False)
    assert verdict.error is None or verdict.error.kind == "shape"
    assert not verdict


def test_the_table_says_which_row_forced_a_size():
    notation = define([r"h_t = W h_{t-1} + x_t", r"L = \sum_t l(h_t, y_t)"])
    reasons = {row[0]: row[3] for row in notation.explained()}
    assert reasons["x_t"].endswith("n by W h_{t-1} + x_t")
    assert reasons["y_t"].endswith("n by l(h_t, y_t)")
    assert reasons["x_t"] in repr(notation)
    assert reasons["l"] == "no row says what it computes"
    assert "<table" in notation._repr_html_()


DEFINITION_ERRORS = [
    ([], "no forward equations"),
    ([r"h_t = \tanh(U x_t"], "never closed"),
    ([r"h_t + 1 = 2"], "neither symbol"),
    ([r"h_t"], "the form symbol = expression"),
    ([r"h_t = x_t", r"h_t = 2 x_t"], "assigned twice"),
    ([r"h_t = \tanh(z_t)", r"z_t = V h_t"], "same step: h_t → z_t → h_t"),
    ([r"h_t = \tanh(U x_t + W s_{t-1})"], "s_t is used at a lag and never"),
    ([r"h_t = x_t h_{t-1}"], "column times column"),
    ([r"h_t = W h_{t-1}", r"z_t = V h_{t+1}"], "before its time"),
    ([r"h_t = W h_{t+2}"], "before its time"),
    ([r"h_t = W h_{t-9}"], "at most 4 steps back"),
    ([r"h_t = f(x_t)"], "a function or a factor"),
    (
        [r"h_t = f(U x_t + W h_{t-1})"],
        'is f a function or a factor? declare functions={"f": "tanh"}, or'
        ' shapes={"f": "scalar"}',
    ),
    ([r"h_t = \phi(U x_t + W h_{t-1})"], r'functions={"\phi": "tanh"}'),
    ([r"h_t = g_1(U x_t + W h_{t-1})"], 'functions={"g_1": "tanh"}'),
    ([r"h_t = \operatorname{act}(U x_t)"], 'functions={"act": "tanh"}'),
    ([r"h_t = \sum_k x_{t,j}"], "index j"),
    ([r"h_t = W h_{t-1}", r"L = \sum_{t=1}^T h_t"], "should be a scalar"),
    ([r"h_t = x_t", r"L = \sum_{t=2}^T l(h_t, y_t)"], "from 1 to T"),
    (
        [r"h_t = W h_{t-1}", r"L = -\sum_t \sum_k y_{t,k} \log h_{t,k}"],
        "is a softmax missing",
    ),
    ([r"h_t = \frac{\partial L}{\partial x_t}"], "no derivative"),
    ([r"s_t = L x_t", r"L = \sum_t l(s_t, y_t)"], "same step"),
    ([r"h_t = \operatorname{diag}(W) x_t"], "takes a column"),
]


@pytest.mark.parametrize(("rows", "words"), DEFINITION_ERRORS)
def test_a_wrong_definition_is_explained(rows, words):
    with pytest.raises(DefinitionError) as caught:
        define(rows)
    assert words in str(caught.value)


def test_a_small_letter_before_a_bracket_may_be_a_function_or_a_factor():
    rows = [r"h_t = f(U x_t + W h_{t-1})", *SOFTMAX]
    slope = r"\frac{\partial^{+} h_t}{\partial h_{t-1}} = "
    function = define(rows, functions={"f": "tanh"})
    assert check(slope + r"\operatorname{diag}(1 - h_t^2) W", function)
    factor = define(rows, shapes={"f": "scalar"})
    assert check(slope + "f W", factor)
    assert _roles(factor)["f"] == ("parameter", "1×1")


def test_expect_catches_a_misprinted_parameter():
    rows = [
        r"h_t = \tanh(W_{xh} x_t + W_{hx} h_{t-1})",
        r"L = \sum_t l(h_t, y_t)",
    ]
    names = ["W_{xh}", "W_{hh}", "x_t", "y_t"]
    with pytest.raises(DefinitionError, match=r"not expected: W_\{hx\}"):
        define(rows, expect=names)
    rows[0] = rows[0].replace("W_{hx}", "W_{hh}")
    define(rows, expect=names)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_gradients_of_a_cell_hold(name):
    rows, gradients, symbols = NETWORKS[name]
    notation = define(rows, symbols=symbols)
    for latex in gradients:
        verdict = check(latex, notation)
        assert verdict, repr(verdict)


def test_wrong_gradients_of_a_gru_are_refuted():
    notation = define(GRU, symbols=_deltas("zrc"))
    wrong = [
        GRU_GRADIENTS[0].replace("c_t^2", r"\tanh^2(c_t)"),
        GRU_GRADIENTS[2].replace(r"(W_c^\top \delta_{c,t})", r"\delta_{c,t}"),
        GRU_GRADIENTS[1].replace("(h_{t-1} - c_t)", "(c_t - h_{t-1})"),
        r"\frac{\partial L}{\partial W_c} = \sum_{t=1}^T"
        r" \delta_{c,t} h_{t-1}^\top",
    ]
    for latex in wrong:
        assert not check(latex, notation, hints=False)


def _altered_networks(rows, symbols):
    """Yield (altered rows, notation) of every edit that still defines."""
    notation = define(rows, symbols=symbols)
    for number, row in enumerate(rows):
        if row.startswith(r"\sum"):
            continue
        ((left, right),) = sides_of(row)
        for edit in edits(right, notation.language):
            altered = f"{left} = {edit.apply(right)}"
            if judge(altered, notation):
                continue  # the same value: nothing to notice
            changed = [*rows[:number], altered, *rows[number + 1 :]]
            try:
                yield altered, define(changed, symbols=symbols)
            except EquationError:
                continue


@pytest.mark.parametrize("name", NETWORKS)
def test_a_complete_set_of_gradients_pins_its_network(name):
    rows, gradients, symbols = NETWORKS[name]
    suspects, caught = list(gradients), 0
    for altered, notation in _altered_networks(rows, symbols):
        sample = [notation.network.sample(0)]
        for latex in suspects:
            if not judge(latex, notation, sample):
                # It will refute the next alteration of this row as well.
                suspects.remove(latex)
                suspects.insert(0, latex)
                caught += 1
                break
        else:
            pytest.fail(f"unnoticed: {altered}")
    assert caught > 25


def test_the_book_defines_its_networks_by_these_rows():
    rows = {row.target.latex for row in BOOK.network.rows}
    assert {"a_t", "h_t", "z_t", r"\hat y_t", "L_t", "L"} <= rows
    assert list(BOOK.forward[:2]) == ELMAN[:2]


LOSS = r"L = \sum_{t=1}^T l(h_t, y_t)"


def test_what_is_declared_wins():
    rows = [r"h_t = \alpha \odot h_{t-1} + w x_t", LOSS]
    with pytest.raises(DefinitionError):
        define(rows)
    declared = {r"\alpha": "column", "w": "n×k", "x_t": "k×1"}
    roles = _roles(define(rows, shapes=declared))
    assert roles[r"\alpha"] == ("parameter", "n×1")
    assert roles["w"] == ("parameter", "n×k")
    assert roles["x_t"] == ("input", "k×1")


def test_declared_sizes_make_two_columns_one_size():
    rows = [r"h_t = W h_{t-1} + V u_t + U x_t", LOSS]
    assert _roles(define(rows))["u_t"][1] != _roles(define(rows))["x_t"][1]
    same = {"x_t": "k×1", "u_t": "k×1"}
    assert _roles(define(rows, shapes=same))["U"] == ("parameter", "n×k")
    assert _roles(define(rows, shapes=same))["V"] == ("parameter", "n×k")


def test_declared_sizes_that_cannot_be_are_explained():
    rows = [r"h_t = W h_{t-1} + U x_t", LOSS]
    with pytest.raises(DefinitionError, match="sizes n and k were declared"):
        define(rows, shapes={"W": "n×k"})
    with pytest.raises(DefinitionError, match="or sizes as n×d, not n by d"):
        define(rows, shapes={"U": "n by d"})
    with pytest.raises(DefinitionError, match="no forward equation"):
        define(rows, shapes={"V": "matrix"})


def _softplus(x):
    return np.log(1 + np.exp(x))


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_a_function_of_ones_own_is_given_with_its_slope():
    rows = [r"a_t = W h_{t-1} + U x_t", r"h_t = \phi(a_t)", LOSS]
    softplus = Function(_softplus, _sigmoid)
    notation = define(rows, functions={r"\phi": softplus})
    slope = r"\frac{\partial L}{\partial a_t}"
    error = r"\frac{\partial L}{\partial h_t}"
    for right in (r"\phi'(a_t)", r"\sigma(a_t)", "(1 - \\exp(-h_t))"):
        assert check(rf"{slope} = {right} \odot {error}", notation), right
    for wrong in (r"\phi(a_t)", r"(1 - \sigma(a_t))", "(1 - h_t^2)"):
        assert not check(rf"{slope} = {wrong} \odot {error}", notation)


def test_a_wrong_function_is_refused():
    rows = [r"h_t = \phi(W h_{t-1} + U x_t)", LOSS]
    wrong = {r"\phi": Function(_softplus, _softplus)}
    with pytest.raises(ValueError, match=r"slope of \\phi must be its deriv"):
        define(rows, functions=wrong)
    with pytest.raises(ValueError, match="must be a Function or one of tanh"):
        define(rows, functions={r"\phi": "softplus"})
    with pytest.raises(TypeError, match="a value and a slope to call"):
        define(rows, functions={r"\phi": Function(_softplus)})
    with pytest.raises(TypeError, match='a name, as "tanh", or a function'):
        define(rows, functions={r"\phi": _softplus})


def test_a_symbol_has_one_meaning():
    with pytest.raises(DefinitionError, match="a meaning already"):
        define([r"h_t = W h_{t-1}", LOSS], symbols={"h_t": "W"})


@pytest.mark.parametrize("module", ["judging.check", "networks.define"])
def test_the_examples_in_docstrings_run(module):
    found = doctest.testmod(importlib.import_module(f"derivations.{module}"))
    assert found.attempted > 1
    assert found.failed == 0
