"""The tables that readers look things up in say what the code does.

The notation page's shapes and code names are evaluated on arrays whose sizes
all differ; the Rosetta table is compared with what the layouts convert and
what the sources print; a line of code on the cheat sheet computes what the
equation beside it has on its left side.
"""

import re

import numpy as np
import pytest

from bptt_core import layouts, losses, lstm, rnn
from bptt_core.book import BOOK, BOOK_LSTM, sources
from bptt_core.book.displays import displays
from derivations.books import ledger
from tools.notebooks import BOOK as BOOK_FOLDER
from tools.notebooks import ROOT

NOTATION = (BOOK_FOLDER / "notation.md").read_text(encoding="utf-8")
SIZES = {"T": 6, "d": 2, "n": 3, "m": 5, "B": 4}


def tables(text):
    """Every table as a list of rows, each a dictionary by the heads."""
    for block in re.findall(r"(?:^\|.*\|[ \t]*$\n?)+", text, re.MULTILINE):
        head, _, *rows = (
            [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            for line in block.strip().split("\n")
        )
        yield [dict(zip(head, row, strict=True)) for row in rows]


def table_with(*heads):
    (found,) = (
        rows
        for rows in tables(NOTATION)
        if list(rows[0])[: len(heads)] == [*heads]
    )
    return found


def lookup(module, t=3):
    """What the code column of the notation page may name, all evaluated."""
    rng = np.random.default_rng(3)
    T, d, n, m, B = (SIZES[size] for size in "TdnmB")
    params = module.random_params(rng, d, n, m)
    x, labels = rng.normal(size=(T, d, B)), rng.integers(m, size=(T, B))
    starts = [rng.normal(size=(n, B)) for _ in range(1 + (module is lstm))]
    trace = module.forward(params, x, *starts)
    y = losses.one_hot(labels, m)
    dz = losses.output_gradient(trace.z, labels)
    back = module.backward(params, trace, dz)
    return {
        **SIZES,
        "t": t,
        "params": params,
        "x": x,
        "h": trace.h,
        "c": getattr(trace, "c", None),
        "a": params.U @ x[t - 1] + params.W @ trace.h[t - 1] + params.b,
        "z": trace.z,
        "yhat": losses.softmax(trace.z),
        "y": y,
        "labels": labels,
        "delta": back.delta,
        "gates": getattr(trace, "gates", None),
        "step_cross_entropy": losses.step_cross_entropy,
        "cross_entropy": losses.cross_entropy,
        "split_gates": getattr(lstm, "split_gates", None),
    }


RNN, LSTM = lookup(rnn), lookup(lstm)


def size(text):
    """A printed shape, such as n \\times 1, in numbers."""
    return tuple(
        eval(re.sub(r"(\d)\s*([a-z])", r"\1 * \2", part), {}, SIZES)
        for part in re.split(r"\\times|,", text.strip("$()` "))
    )


def of_one_sequence(shape):
    """The shape of a column or a matrix, as the text means it."""
    return (*shape[:-1], 1) if shape[-1:] == (SIZES["B"],) else shape


def bare(latex):
    return re.sub(r"\\class\{[\w-]+\}\{(.*)\}", r"\1", latex.strip("$"))


# -- the network ---------------------------------------------------------


def network_rows():
    for rows in tables(NOTATION):
        if list(rows[0])[:3] == ["symbol", "meaning", "shape"]:
            yield from rows


ROWS = {bare(row["symbol"]): row for row in network_rows()}
CODED = {
    symbol: row
    for symbol, row in ROWS.items()
    if re.fullmatch(r"`[^`]*`", row["in the code"])
}


@pytest.mark.parametrize("symbol", CODED)
def test_the_code_beside_a_symbol_has_its_shape(symbol):
    row = CODED[symbol]
    code = row["in the code"].strip("`")
    names = LSTM if symbol.startswith("{c_t") or symbol == "c_t" else RNN
    if "=" in code.split("(")[0]:  # i, f, o, g = split_gates(gates[t-1])
        targets, _, value = code.partition(" = ")
        found = dict(
            zip(targets.split(", "), eval(value, {}, LSTM), strict=True)
        )
        assert list(found) == ["i", "f", "o", "g"]
        shapes = {of_one_sequence(array.shape) for array in found.values()}
        assert shapes == {size(row["shape"])}
        return
    found = np.asarray(eval(code, {}, names))
    if row["shape"] == "scalar":
        assert found.size in (1, SIZES["B"])
    else:
        assert of_one_sequence(found.shape) == size(row["shape"])


def test_the_columns_of_the_table_are_complete():
    assert len(CODED) > 14
    assert {"U", "W", "V", "b", "c", "x_t", "h_t"} <= set(CODED)


@pytest.mark.parametrize("notation", [BOOK, BOOK_LSTM], ids=lambda n: n.name)
def test_the_shapes_are_those_of_the_network(notation):
    compared = 0
    for symbol, _, shape in notation.table():
        row = ROWS.get(symbol)
        if row is None or "times" not in row["shape"]:
            continue
        printed = row["shape"].strip("$").replace(r" \times ", "×")
        assert printed == shape, symbol
        compared += 1
    assert compared >= 5


def test_the_values_beside_a_symbol_are_those_of_its_meaning():
    """Not the shape alone: z for yhat would have the same."""
    t = RNN["t"]
    value = {
        symbol: np.asarray(eval(row["in the code"].strip("`"), {}, RNN))
        for symbol, row in CODED.items()
        if "=" not in row["in the code"].split("(")[0] and symbol != "c_t"
    }
    U, W, V, b, c = (value[name] for name in ("U", "W", "V", "b", "c"))
    h_before = RNN["h"][t - 1]
    np.testing.assert_allclose(
        value["a_t"], U @ value["x_t"] + W @ h_before + b, rtol=1e-12
    )
    np.testing.assert_allclose(value["h_t"], np.tanh(value["a_t"]), rtol=1e-12)
    np.testing.assert_allclose(value["z_t"], V @ value["h_t"] + c, rtol=1e-12)
    share = np.exp(value["z_t"]) / np.exp(value["z_t"]).sum(axis=0)
    np.testing.assert_allclose(value[r"\hat y_t"], share, rtol=1e-12)
    np.testing.assert_allclose(
        value["L_t"], -(value["y_t"] * np.log(share)).sum(axis=0), rtol=1e-12
    )
    np.testing.assert_allclose(
        value[r"\bar L"], value["L"] / SIZES["T"], rtol=1e-12
    )


# -- arrays over time ----------------------------------------------------


def test_the_shapes_of_arrays_over_time():
    rows = {row["array"]: row for row in table_with("array", "shape")}
    for array, row in rows.items():
        name = re.match(r"`(\w+)`", array)
        name = name[1] if name else "labels"
        plain, *of_lstm = re.findall(r"`(\([^`]*\))`", row["shape"])
        assert RNN[name].shape == size(plain), array
        if of_lstm:
            assert LSTM[name].shape == size(of_lstm[0]), array
        taken = re.search(r"`(\w+)\[t(-1)?\]`", row["row of time $t$"])
        assert taken[1] == name
        # A state has a row 0, for what is before the first step.
        states = SIZES["T"] + 1 == len(RNN[name])
        assert (taken[2] is None) == states
    assert LSTM["c"].shape == LSTM["h"].shape


# -- the same quantities elsewhere ---------------------------------------

ROSETTA = {row["quantity"]: row for row in table_with("quantity", "here")}
OURS = RNN["params"]


TORCH, KERAS = "PyTorch `nn.RNN`", "Keras `SimpleRNN`"


def test_the_shapes_of_pytorch_and_keras():
    torch, _ = layouts.to_torch(OURS)
    names = "kernel", "recurrent_kernel", "bias"
    keras = dict(zip(names, layouts.to_keras(OURS)[0], strict=True))
    for column, theirs, true in (
        (TORCH, torch, OURS.U),
        (KERAS, keras, OURS.U.T),
    ):
        cell = ROSETTA["input → hidden"][column]
        name, shape = re.fullmatch(r"`(\w+)`, (\$.*\$)", cell).groups()
        assert theirs[name].shape == size(shape)
        np.testing.assert_array_equal(theirs[name], true)
    row = ROSETTA["hidden → hidden"]
    np.testing.assert_array_equal(torch[row[TORCH].strip("`")], OURS.W)
    np.testing.assert_array_equal(keras[row[KERAS].strip("`")], OURS.W.T)
    names = re.findall(r"`(\w+)`", ROSETTA["biases"][TORCH])
    added = sum(torch[name] for name in names)
    np.testing.assert_array_equal(added, OURS.b[:, 0])


def test_the_order_of_the_gates():
    row = ROSETTA["order of the LSTM gates"]
    here = row["here"].strip("$").split(", ")
    n = SIZES["n"]
    blocks = np.repeat(np.arange(4.0), n)
    marked = LSTM["params"]._replace(b=blocks[:, None])
    for column, converted in (
        (TORCH, layouts.to_torch(marked)[0]["bias_ih_l0"]),
        (KERAS, layouts.to_keras(marked)[0][2]),
    ):
        order = [here[int(block)] for block in converted[::n]]
        printed = row[column].strip("$").replace("c", "g").split(", ")
        assert order == printed, column
    gates = lstm.split_gates(blocks[:, None])
    assert [int(gate[0, 0]) for gate in gates] == [0, 1, 2, 3]


COLUMNS = {
    "000, 001": "ravichandiran_rnn",
    "002": "cademy",
    "003, D2L": "d2l",
    "004": "goodfellow",
}


@pytest.mark.parametrize("column", COLUMNS)
def test_the_letters_of_a_source_are_those_that_it_prints(column):
    forward = " ; ".join(sources.notation(COLUMNS[column]).forward)
    forward = re.sub(r"\\boldsymbol\{(\w)\}", r"\1", forward)
    forward = re.sub(r"\\left|\\right", "", forward)
    for quantity in (
        "input → hidden",
        "hidden → hidden",
        "hidden → output",
        "pre-activation",
        "state",
        "logits",
    ):
        cell = ROSETTA[quantity][column]
        if cell != "–":
            letter = re.findall(r"\$([^$]*)\$", cell)[0]
            assert letter in forward, (quantity, letter)
    into, over = (
        ROSETTA[name][column].strip("$")
        for name in ("input → hidden", "hidden → hidden")
    )
    assert re.search(rf"{re.escape(into)} x", forward)
    assert re.search(rf"{re.escape(over)} h", forward)


def test_the_loss_and_the_times_of_a_source():
    for column, name in COLUMNS.items():
        last = next(
            row
            for row in sources.notation(name).forward
            if row.startswith(("L =", "J ="))
        )
        said = ROSETTA["loss"][column]
        if said in ("sum", "mean"):
            assert (said == "mean") == (r"\frac{1}{T}" in last), column
        bounds = re.search(r"_\{\w=(\d)\}\^\{?([\w\\-]+)", last)
        first, end = ROSETTA["time"][column].strip("$").split(" … ")
        assert (first, end) == (bounds[1], bounds[2].rstrip("}")), column


# -- code beside equations -----------------------------------------------

LINES = {
    (module, label): line
    for module in ("rnn", "lstm", "losses", "flow")
    for label, line in ledger.code_lines(
        (ROOT / "bptt_core" / f"{module}.py").read_text(encoding="utf-8")
    ).items()
}
GATE = re.compile(r"_\{?([ifog])(?:,t)?\}?$")


def computed(latex):
    """The name that the code gives to what stands on the left side."""
    left = re.sub(r"\\begin\{aligned\}|&", "", latex).split("=")[0].strip()
    slope = re.fullmatch(r"\\frac\{\\partial L\}\{\\partial (.+)\}", left)
    if slope is None:
        gate = GATE.search(left)
        if left.startswith(r"\delta_{"):
            return f"delta_{gate[1]}"
        if left.startswith("a_"):
            return "a"
        return left.lstrip("\\").split("_")[0]
    below = slope[1]
    if below in ("h_t", "c_t"):
        return f"d{below[0]}"
    if below in ("h_0", "c_0"):
        return below.replace("_", "")
    return re.split(r"_", below)[0]


@pytest.mark.parametrize(
    ("module", "label"), [key for key in LINES if key[0] in ("rnn", "lstm")]
)
def test_a_line_of_code_computes_what_its_label_says(module, label):
    target = re.match(r"(\w+)(?:\[[^]]*\])?\s*=", LINES[module, label])
    assert target[1] == computed(displays()[label].latex)


def test_the_heads_of_tables_are_read():
    assert len(list(tables(NOTATION))) >= 6
