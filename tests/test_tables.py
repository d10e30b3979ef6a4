"""The tables that readers look things up in say what the code does.

The notation page's shapes and code names are evaluated on arrays whose sizes
all differ; the Rosetta table is compared with what the layouts convert and
what the sources print; a line of code on the cheat sheet computes what the
equation beside it has on its left side. In the tables of the chapters, passes
are computed again, gradients are judged, and shapes are compared.
"""

import re

import numpy as np
import pytest

from bptt_core import layouts, losses, lstm, rnn
from bptt_core.book import BOOK, BOOK_LSTM, check, sources
from bptt_core.book.displays import displays
from derivations.books import ledger, worked
from tests.test_numbers import PAGES as AS_WRITTEN
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


# -- in the chapters -----------------------------------------------------

PAGES = AS_WRITTEN
FIRST, RECAP = "00_chain_rule.ipynb", "01_rnn_recap.ipynb"
RECURSION, BPTT = "03_hidden_state_recursion.ipynb", "04_bptt.ipynb"
MATRIX = re.compile(
    r"(?P<name>[A-Za-z]) = (?P<factor>[^=$]*?)"
    r"(?P<matrix>\\begin\{bmatrix\}.*?\\end\{bmatrix\})",
    re.DOTALL,
)


def table_on(page, first, second):
    """The columns of a page's table with these heads, each a list."""
    (rows,) = (
        rows
        for rows in tables(PAGES[page])
        if list(rows[0])[:2] == [first, second]
    )
    return [
        list(column) for column in zip(*map(dict.values, rows), strict=True)
    ]


def matrices_above(page, head):
    """The matrices that a page prints last before a table, by their names."""
    above = PAGES[page].partition(f"| {head} |")[0]
    return {
        found["name"]: worked.value(found["matrix"], {})
        for found in MATRIX.finditer(above)
    }


def column(cell):
    """The numbers of a cell; where it says how, both sides are the same."""
    text = cell.strip("$").replace("−", "-")
    if "," in text and "(" not in text:
        text = f"({text})"
    sides = [np.ravel(worked.value(side, {})) for side in text.split("=")]
    assert all(np.array_equal(side, sides[0]) for side in sides), cell
    return sides[0]


def columns(cells):
    return [column(cell) for cell in cells]


def same(found, printed):
    np.testing.assert_allclose(found, printed, rtol=1e-12)


def test_the_errors_of_a_small_graph_are_their_sums():
    _, _, sums, errors = table_on(FIRST, "node", "arrows out of it")
    same(columns(sums), columns(errors))
    # What comes from above are the errors of the rows before.
    h_2, h_1, w, h_0 = (error[0] for error in columns(errors))
    same([1 + 2 * h_2, 3 * h_1 + 7 * h_2, 2 * h_1], [h_1, w, h_0])


def test_a_pass_in_exact_fractions():
    _, x, a, h, exponentials, shares = table_on(
        RECAP, "step $t$", "input $x_t$"
    )
    m = matrices_above(RECAP, "step $t$")
    state = np.array([0, 1 / 2])
    for row in zip(
        *map(columns, (x, a, h, exponentials, shares)), strict=True
    ):
        pre = m["U"][:, 0] * row[0] + 2 * m["W"] @ state + m["b"][:, 0]
        state = np.tanh(np.log(3) / 2 * pre)
        exp_z = 2 ** (2 * m["V"] @ state + m["c"][:, 0])
        for found, printed in zip(
            (pre, state, exp_z, exp_z / exp_z.sum()), row[1:], strict=True
        ):
            same(found, printed)


def test_errors_that_are_handed_back_by_hand():
    _, own, back, whole = table_on(
        RECURSION, "time $t$", r"own share $V^\top \partial L/\partial z_t$"
    )
    m = matrices_above(RECURSION, "time $t$")
    later = np.zeros(2)
    rows = zip(*map(columns, (own, back, whole)), strict=True)
    for error, row in zip((2, -1, 1), rows, strict=True):
        found = (m["V"][0] * error, m["W"].T @ later)
        later = sum(found)
        same([*found, later], row)


def test_a_whole_pass_by_hand():
    _, from_state, from_input, states, errors = table_on(
        BPTT, "step $t$", "from the state $W h_{t-1}$"
    )
    _, own, back, deltas = table_on(
        BPTT, "step $t$", r"own part $V^\top (z_t - y_t)$"
    )
    m = matrices_above(BPTT, "step $t$")
    inputs = {"h": [-1, -1], "e": [-1, 0], "l": [1, 0]}
    state, wrong = np.array([0, 1 / 2]), []
    forward = zip(
        *map(columns, (from_state, from_input, states, errors)), strict=True
    )
    for letter, following, row in zip("hel", "ell", forward, strict=True):
        parts = m["W"] @ state, inputs[letter]
        state = parts[0] + parts[1]
        same([*parts, state], row[:3])
        wrong.append(m["V"] @ state - [1, 0, 0, 0])
        wrong[-1]["helo".index(following)] -= 1
        same(wrong[-1], row[3])
    delta = np.zeros(2)
    backward = zip(*map(columns, (own, back, deltas)), strict=True)
    for error, row in zip(wrong[::-1], list(backward)[::-1], strict=True):
        parts = m["V"].T @ error, m["W"].T @ delta
        delta = sum(parts)
        same([*parts, delta], row)


def shape_of(latex):
    """The shape of a quantity of the networks, as the pages print it."""
    slope = re.match(r"\\partial L/\\partial (.+)$", latex)
    known = {
        symbol: shape
        for notation in (BOOK_LSTM, BOOK)
        for symbol, _, shape in notation.table()
    }
    known |= {"h_0": "n×1", r"\delta_t": "n×1", r"a_{\star,t}": "n×1"}
    known |= {f"{one}_\\star": known[one] for one in "UWb"}
    known[r"\delta_{\star,t}"] = "n×1"
    name = re.sub(r"([tk])[+-]1", r"\1", slope[1] if slope else latex)
    return known.get(name)


@pytest.mark.parametrize("page", [p for p in PAGES if p[:2].isdigit()])
def test_the_shapes_beside_symbols(page):
    for rows in tables(PAGES[page]):
        if list(rows[0])[:2] != ["symbol", "shape"]:
            continue
        compared = 0
        for row in rows:
            symbols = re.findall(r"\$([^$]*)\$", row["symbol"])
            shapes = [
                shape.replace(r" \times ", "×").replace("scalar", "1×1")
                for shape in row["shape"].replace("$", "").split(", ")
            ]
            # one shape for all of them, or one for each
            shapes *= len(symbols) if len(shapes) == 1 else 1
            for symbol, shape in zip(symbols, shapes, strict=True):
                true = shape_of(symbol.split(" = ")[0])
                if true is not None:
                    assert shape == true, (page, symbol)
                    compared += 1
        assert compared > 2, page


def test_the_gradients_beside_quantities():
    what, _, beside, gradients, shapes = table_on(BPTT, "quantity", "feeds")
    rows = zip(what, beside, gradients, shapes, strict=True)
    for name, neighbour, gradient, shape in rows:
        name, gradient = name.strip("$"), gradient.strip("$")
        claim = rf"\frac{{\partial L}}{{\partial {name}}} = {gradient}"
        assert check(claim, BOOK, hints=False), claim
        assert shape.strip("$").replace(r" \times ", "×") == shape_of(name)
        if neighbour not in ("", "1"):
            beside_it = neighbour.strip("$")
            assert gradient.endswith(f" {beside_it}^\\top") or (
                gradient.endswith(rf" {beside_it[:-6]}_{{t-1}}^\top")
            ), claim


def test_the_lines_of_the_pass_in_one_table():
    _, lines, shapes, labels = table_on(FIRST, "quantity", "line")
    assert len(lines) == 12
    for line, shape, label in zip(lines, shapes, labels, strict=True):
        assert check(line.strip("$"), BOOK, hints=False), line
        left = line.strip("$").split(" = ")[0]
        assert shape.strip("$").replace(r" \times ", "×") == shape_of(left)
        # the equation that it names has the same left side
        target = displays()[re.search(r"`(.*)`", label)[1]].latex
        told = re.sub(r"\\frac\{(.*?)\}\{(.*?)\}", r"\1/\2", target)
        assert told.split("=")[0].replace("&", "").strip() == left, label


def test_the_arrays_of_pytorch_and_ours():
    ours, theirs, _ = table_on(BPTT, "here", "PyTorch")
    torch, linear = layouts.to_torch(OURS)
    weights = {f"rnn.{name}": array for name, array in torch.items()}
    weights |= {f"linear.{name}": array for name, array in linear.items()}
    known, found = {**RNN, "h0": RNN["h"][0]}, set()
    for here, there in zip(ours, theirs, strict=True):
        if not here.startswith("`"):
            continue
        name, shape = re.match(r"`([^`]*)`(?: \$(.*)\$)?", here).groups()
        if shape:
            assert eval(name, {}, known).shape == size(shape), here
        names, shape = re.match(r"`([^`]*)`.*?(?:\$(.*)\$)?$", there).groups()
        for one in names.split(" + "):
            if one in weights:
                one_axis = shape.replace(",)", ")")
                assert weights[one].shape == size(one_axis), there
                found.add(one)
    assert found == set(weights)
