"""Every formula of the book has an answer to: what stands behind it?"""

import dataclasses
import re
import tomllib
from collections import Counter

import numpy as np
import pytest

from bptt_core import rnn
from bptt_core.book import BOOK, DEFINITIONS, NotVerified, example
from bptt_core.book.exercises import network
from derivations.books import displays, formulas, ledger, worked
from tests.built_site import HTML, content_pages, missing
from tools.notebooks import BOOK as BOOK_FOLDER
from tools.notebooks import read

ENTRIES = ledger.entries(BOOK_FOLDER, DEFINITIONS)
CENSUS = formulas.census(BOOK_FOLDER, network, ENTRIES)
# They may only rise. A setting (T = 3) is not counted.
FLOORS = {True: 0.961, False: 0.889}


def test_no_formula_is_without_an_answer():
    assert CENSUS.open == []


@pytest.mark.parametrize("displayed", FLOORS)
def test_the_share_that_is_executed_only_rises(displayed):
    assert CENSUS.share(displayed) >= FLOORS[displayed]


def test_the_ledger_prints_this_census():
    shown = [
        output["data"]["text/markdown"]
        for cell in read(BOOK_FOLDER / "ledger.ipynb").cells
        for output in cell.get("outputs", ())
        if "text/markdown" in output.get("data", {})
    ]
    assert CENSUS.table() in shown


def test_every_reason_is_in_words():
    for fate in CENSUS.fates:
        assert len(fate.why) > 3, fate
    assert {fate.kind for fate in CENSUS.fates} <= set(formulas.KINDS)


# -- a formula that is changed is not let through ------------------------


LISTED = tomllib.loads(
    (BOOK_FOLDER / "formulas.toml").read_text(encoding="utf-8")
)
FOUND = list(formulas.formulas(BOOK_FOLDER))
PAGES = {page.name: page.markdown for page in displays.pages(BOOK_FOLDER)}


@pytest.fixture(autouse=True, scope="module")
def _judged_once():
    """The same line on the same network is judged once in these tests."""
    judged, check = {}, formulas.check

    def cached(latex, notation, hints):
        key = latex, notation.forward, hints
        if key not in judged:
            judged[key] = check(latex, notation, hints=hints)
        return judged[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(formulas, "check", cached)
        yield


def counted(page, old, new):
    """The census of the book with one change in one page's text."""
    text = PAGES[page]
    assert old in text, old
    changed = formulas.formulas_in(text.replace(old, new, 1), page)
    found = [one for one in FOUND if one.page != page]
    return formulas.count([*found, *changed], LISTED, network, ENTRIES)


PLANTED = {
    "an inline equation loses its transpose": (
        "04_bptt.ipynb",
        r"$W^\top \delta_1 = \partial L/\partial h_0$",
        r"$W \delta_1 = \partial L/\partial h_0$",
    ),
    "a slope without its square": (
        "04_bptt.ipynb",
        "The slope $1 - h_{3,1}^2$",
        "The slope $1 - h_{3,1}$",
    ),
    "a product in the other order": (
        "notation.md",
        r"{s} W^\top \operatorname{diag}\left( 1 - h_k^2 \right)",
        r"{s} \operatorname{diag}\left( 1 - h_k^2 \right) W^\top",
    ),
    "the exponential with the other sign": (
        "05_lstm_gate_gradients.ipynb",
        r"$\sigma(a) = 1/(1 + e^{-a})$",
        r"$\sigma(a) = 1/(1 + e^{a})$",
    ),
    "a decimal": ("02_v_gradient.ipynb", r"0.7 - 1 = -0.3", r"0.7 - 1 = -0.2"),
    "a column of numbers": (
        "03_hidden_state_recursion.ipynb",
        r"= W^\top (-1, 1) = (1/2, 1)",
        r"= W^\top (-1, 1) = (1, 1/2)",
    ),
    "two entries of a matrix exchanged": (
        "04_bptt.ipynb",
        r"\begin{bmatrix} 0 & -38 \\ 0",
        r"\begin{bmatrix} -38 & 0 \\ 0",
    ),
    "the identity as its opposite": (
        "notation.md",
        r"\partial L / \partial h_{T+1} = 0",
        r"\partial L / \partial h_{T} = 0",
    ),
    "shapes that do not fit": (
        "04_bptt.ipynb",
        r"$(n \\times m)(m \\times 1) + (n".replace("\\\\", "\\"),
        r"$(m \\times n)(m \\times 1) + (n".replace("\\\\", "\\"),
    ),
    "an equation of the LSTM with another gate": (
        "05_lstm_gate_gradients.ipynb",
        r"\partial L/\partial c_t \odot c_{t-1}$",
        r"\partial L/\partial c_t \odot c_t$",
    ),
    "a display in a directive": (
        "notation.md",
        "## Derivatives\n",
        "## Derivatives\n\n```{math}\n:label: eq-new\nh_t = a_t\n```\n",
    ),
    "a display with a label of another kind": (
        "notation.md",
        "## Derivatives\n",
        "## Derivatives\n\n$$ h_t = a_t $$ (new-label)\n",
    ),
    "a display in an admonition": (
        "notation.md",
        "## Derivatives\n",
        "## Derivatives\n\n```{admonition} A\n$$ h_t = a_t $$\n```\n",
    ),
    "a display of two lines, the second one false": (
        "notation.md",
        "## Derivatives\n",
        "## Derivatives\n\n$$ h_t = h_t \\qquad z_t = V^\\top h_t $$\n",
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_formula_is_seen(name):
    try:
        census = counted(*PLANTED[name])
    except NotVerified as error:
        # What was listed is not there any more.
        assert "no page has what is listed" in str(error)  # noqa: PT017
    else:
        assert len(census.open) == 1, census.open


def test_a_network_that_a_cell_swaps_is_seen():
    entries = dict(ENTRIES)
    entry = entries["eq-h-jacobian"]
    other = {"name": "BOOK", "forward": [*BOOK.forward, "h_t = a_t"]}
    record = {**entry.record, "network": other}
    entries["eq-h-jacobian"] = ledger.Entry(
        entry.display, entry.page, record, entry.judged_in
    )
    census = formulas.count(FOUND, LISTED, network, entries)
    ((formula, why),) = census.open
    assert formula.label == "eq-h-jacobian"
    assert "not by BOOK" in why


def test_a_definition_of_another_network_is_seen():
    """The cell and the display may agree, and the list says what they are."""
    entries = dict(ENTRIES)
    entry = entries["eq-gru-h"]
    latex = r"h_t = z_t \odot h_{t-1} + (1 + z_t) \odot n_t"
    display = dataclasses.replace(entry.display, latex=latex)
    entries["eq-gru-h"] = dataclasses.replace(entry, display=display)
    census = formulas.count(FOUND, LISTED, network, entries)
    ((formula, why),) = census.open
    assert formula.label == "eq-gru-h"
    assert "is no line of a network of 10_cells" in why


def test_a_line_of_the_list_that_no_page_needs_is_refused():
    with pytest.raises(NotVerified, match="no page has what is listed"):
        counted(
            "03_hidden_state_recursion.ipynb",
            r"$(W^\top)^0 V^\top",
            r"$(W^\top)^1 V^\top",
        )


# -- the values that pages give are those of the running example ---------


def example_values():
    trace = rnn.forward(
        example.PARAMS, example.letters_as_inputs(example.INPUTS), example.H0
    )
    found = dict(zip("UWbVc", example.PARAMS, strict=True))
    found |= {"h_0": example.H0, "x_1": trace.x[0][:, 0, None]}
    return found


@pytest.mark.parametrize("page", ["00_chain_rule", "01_rnn_recap", "04_bptt"])
def test_the_matrices_of_the_example_are_those_of_the_code(page):
    true, seen = example_values(), set()
    for formula in formulas.formulas(BOOK_FOLDER):
        if not formula.page.startswith(page) or r"\lambda" in formula.latex:
            continue
        for name, side in re.findall(
            r"(?<![\w}])([UWVcb]|h_0|x_1) = (\\begin\{bmatrix\}.*?"
            r"\\end\{bmatrix\}|\([^()]*\))",
            formulas.plain(formula.latex),
        ):
            if r"\log" in formula.latex:
                continue
            np.testing.assert_array_equal(worked.value(side, {}), true[name])
            seen.add(name)
    assert {"W", "V", "h_0"} <= seen


# -- formulas of numbers -------------------------------------------------


@pytest.mark.parametrize(
    ("latex", "number"),
    [
        (r"3 \cdot (-5) + 13 \cdot (-3)", -54),
        (r"\frac12 \cdot 1 + \tfrac{1}{2} \cdot 9", 5),
        (r"\frac{61}{140} / \frac1{10}", 610 / 140),
        (r"2^{-1/100}", 2 ** (-1 / 100)),
        (r"(1 + 2)^2", 9),
        (r"-2^2", -4),
        (r"\tanh(0.5)^2", np.tanh(0.5) ** 2),
        (r"\tanh^2(0.5)", np.tanh(0.5) ** 2),
        (r"2 \log 4", 2 * np.log(4)),
        (r"e^{2}", np.exp(2)),
        (r"\sigma(0)", 0.5),
        (r"4{,}000 \cdot 20", 80000),
    ],
)
def test_numbers_are_worked_out(latex, number):
    assert worked.value(latex, {}) == pytest.approx(number, rel=1e-14)


def test_columns_and_matrices_are_multiplied():
    known = {"W": np.array([[1.0, 2.0], [3.0, 4.0]])}
    column = worked.value(r"W^\top (1, -1) + (0, \frac12)", known)
    np.testing.assert_array_equal(column, [[-2.0], [-1.5]])
    square = worked.value(
        r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}^2", {}
    )
    np.testing.assert_array_equal(square, known["W"] @ known["W"])


@pytest.mark.parametrize(
    "latex",
    [
        "",
        "x",
        r"\log 4^2",
        "(1, 2) + 1",
        "(1, 2)(3, 4)",
        "1 +",
        r"\frac1",
        "]",
    ],
)
def test_what_is_no_number_is_refused(latex):
    with pytest.raises(worked.NotWorked):
        worked.value(latex, {})


@pytest.mark.parametrize(
    ("exact", "printed", "true"),
    [
        (r"\log 4", "1.386", True),
        (r"\log 4", "1.387", False),
        (r"\log 4", "1.39", True),
        ("4^{60}", r"1.3 \cdot 10^{36}", True),
        ("4^{60}", r"1.4 \cdot 10^{36}", False),
        ("4^{60}", r"1.3 \cdot 10^{37}", False),
        ("4^{-60}", r"7.5 \cdot 10^{-37}", True),
        ("4^{-60}", r"7.6 \cdot 10^{-37}", False),
    ],
)
def test_a_decimal_counts_to_its_last_digit(exact, printed, true):
    value = worked.value(exact, {})
    assert worked.agree(printed, value, worked.value(printed, {})) == true


# -- nothing is passed over ----------------------------------------------


def test_code_is_no_formula():
    text = (
        "a `$x$` b $y$\n\n```\n$$ z $$\n```\n\n~~~{code}\n$u$\n~~~\n{math}`v`"
    )
    found = [one.latex for one in formulas.formulas_in(text, "p")]
    assert sorted(found) == ["v", "y"]


TEX = '<annotation encoding="application/x-tex">'


@pytest.mark.site
def test_the_site_shows_the_formulas_that_were_counted():
    """KaTeX keeps the LaTeX of each formula, so they can be compared."""
    if not content_pages():
        missing(f"no built site in {HTML}: run `make site`")
    for name, counted in Counter(one.page for one in FOUND).items():
        built = HTML / "book" / f"{name.rpartition('.')[0]}.html"
        shown = built.read_text(encoding="utf-8").count(TEX)
        assert shown >= counted, name


@pytest.mark.site
def test_what_has_a_number_on_the_site_is_in_the_ledger():
    if not content_pages():
        missing(f"no built site in {HTML}: run `make site`")
    shown = set()
    for name in content_pages():
        text = (HTML / name).read_text(encoding="utf-8")
        shown |= set(re.findall(r'id="(equation-[\w-]+)"', text))
    assert shown == {f"equation-{label.lower()}" for label in ENTRIES}
