"""A hint names the slip; the witness says that its line is true."""

import re
import tomllib
from pathlib import Path

import pytest
import witness

from derivations import check, define
from derivations.judging import claims
from derivations.judging import hints as searching
from derivations.judging.edits import KIND_OF, SLIPS
from derivations.judging.paths import paths

HERE = Path(__file__).parent


def read(name):
    text = (HERE / "cases" / f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


NETWORKS = read("networks")
DEFINED = {name: define(**rows) for name, rows in NETWORKS.items()}
SLIPS_MADE = {
    (network, name): row
    for network, rows in read("slips").items()
    for name, row in rows.items()
}
UNNAMED = {key for key, row in SLIPS_MADE.items() if "named" in row}


def whole(hint, latex):
    """The line of a hint as an equation: a side of it, or all of it."""
    left, _, right = latex.partition(" = ")
    both = hint.line.endswith(f" = {right}")
    return hint.line if both else f"{left} = {hint.line}"


@pytest.mark.parametrize("key", SLIPS_MADE)
def test_a_slip_is_named_and_the_line_of_its_hint_is_true(key):
    network, row = key[0], SLIPS_MADE[key]
    verdict = check(row["line"], DEFINED[network])
    assert not verdict
    assert witness.judge(row["line"], **NETWORKS[network]) is False
    kinds = {hint.kind for hint in verdict.hints}
    assert (row["kind"] in kinds) is (key not in UNNAMED), verdict
    for hint in verdict.hints:
        line = whole(hint, row["line"])
        assert witness.judge(line, **NETWORKS[network]) is True, line


def test_nine_of_ten_slips_are_named():
    assert len(SLIPS_MADE) >= 25
    assert len(UNNAMED) <= 0.1 * len(SLIPS_MADE)


def test_what_programs_computed_is_named():
    lines = [row for row in read("lines")["museum"].values()]
    named = 0
    for row in lines:
        verdict = check(row["line"], define(**NETWORKS[row["notation"]]))
        assert not verdict
        named += any(
            word in str(verdict.hints)
            or any(word in str(hint) for hint in verdict.hints)
            for word in row["hint"]
        )
    assert named == len(lines)


@pytest.mark.parametrize("key", [k for k in SLIPS_MADE if k not in UNNAMED])
def test_the_changes_of_a_hint_make_its_line(key):
    latex = SLIPS_MADE[key]["line"]
    for hint in check(latex, DEFINED[key[0]]).hints:
        altered = latex
        for start, end, new in sorted(hint.changes, reverse=True):
            altered = altered[:start] + new + altered[end:]
        altered = " ".join(altered.split())
        assert altered == " ".join(whole(hint, latex).split())
        assert hint.place == hint.changes[0][:2]


def test_every_edit_has_a_kind_of_the_list():
    assert set(KIND_OF.values()) | {"path"} == set(SLIPS)
    ranked = [kind for row in searching._RANKS for kind in row]
    assert sorted(ranked) == sorted(SLIPS)
    source = "".join(
        Path(module).read_text(encoding="utf-8")
        for module in (
            searching.__file__,
            Path(searching.__file__).with_name("edits.py"),
            Path(searching.__file__).with_name("insertions.py"),
        )
    )
    made = re.findall(r"Edit\(\s*\"([^\"]+)\"", source)
    assert len(made) > 20
    assert set(made) <= set(KIND_OF)


# -- the search does not punish position --------------------------------

SHORT = (
    r"\frac{\partial L}{\partial h_t} = V^\top (\hat y_t - y_t)"
    r" + W_i^\top \delta_{i,t+1} + W_f^\top \delta_{f,t+1}"
    r" + W_o^\top \delta_{o,t+1} + W_g^\top \delta_{g,t+1}"
)
CELL, STATE = (
    rf"\frac{{\partial L}}{{\partial {name}_{{t+1}}}}" for name in "ch"
)
SPELLED = (
    r"\frac{\partial L}{\partial h_t} = V^\top (\hat y_t - y_t)"
    rf" + W_i^\top \left( {CELL} \odot g_{{t+1}} \odot i_{{t+1}}"
    r" \odot (1 - i_{t+1}) \right)"
    rf" + W_f^\top \left( {CELL} \odot c_t \odot f_{{t+1}}"
    r" \odot (1 - f_{t+1}) \right)"
    rf" + W_o^\top \left( {STATE} \odot \tanh(c_{{t+1}}) \odot o_{{t+1}}"
    r" \odot (1 - o_{t+1}) \right)"
    rf" + W_g^\top \left( {CELL} \odot i_{{t+1}}"
    r" \odot (1 - g_{t+1}^2) \right)"
)


@pytest.mark.parametrize("latex", [SHORT, SPELLED])
def test_a_slipped_time_is_found_in_every_term(latex):
    assert check(latex, DEFINED["BOOK_LSTM"])
    places = [found.span() for found in re.finditer(r"t\+1", latex)]
    assert len(places) >= 4
    for start, end in places:
        wrong = latex[:start] + "t" + latex[end:]
        verdict = check(wrong, DEFINED["BOOK_LSTM"])
        assert not verdict
        assert verdict.hints, wrong
        assert verdict.hints[0].kind == "time"
        assert verdict.hints[0].place[0] == start


def test_a_slope_left_out_is_found_in_every_term():
    slopes = list(re.finditer(r" \\odot \(1 - [^)]*\)", SPELLED))
    assert len(slopes) == 4
    for slope in slopes:
        wrong = SPELLED[: slope.start()] + SPELLED[slope.end() :]
        verdict = check(wrong, DEFINED["BOOK_LSTM"])
        assert "slope" in [hint.kind for hint in verdict.hints], wrong


@pytest.mark.parametrize("gates", ["ifog", "ifg", "fo"])
def test_the_same_slip_in_several_terms_is_one_hint(gates):
    wrong = SHORT
    for gate in gates:
        wrong = wrong.replace(rf"W_{gate}^\top", f"W_{gate}")
    (hint,) = check(wrong, DEFINED["BOOK_LSTM"]).hints[:1]
    assert hint.kind == "transpose"
    assert len(hint.changes) == len(gates)


def test_the_work_is_bounded(monkeypatch):
    seen = []
    plain = searching._Search.value

    def counted(self, text):
        seen.append(len(text))
        return plain(self, text)

    monkeypatch.setattr(searching._Search, "value", counted)
    hopeless = SPELLED.replace("g_{t+1}", "2 g_{t+1}").replace("c_t", "3 c_t")
    verdict = check(hopeless, DEFINED["BOOK_LSTM"])
    assert not verdict
    assert not verdict.hints
    assert seen
    judged = searching._Search(
        *(side for side, _ in searching._placed_sides(hopeless)[0]),
        DEFINED["BOOK_LSTM"],
    )
    judged.hints(0, 0)
    longest = max(seen)
    assert judged.characters <= searching.MAX_CHARACTERS + longest + 10


def test_hints_are_the_same_every_time():
    wrong = SHORT.replace(r"\delta_{g,t+1}", r"\delta_{g,t}")
    one, other = (check(wrong, DEFINED["BOOK_LSTM"]).hints for _ in range(2))
    assert one == other


# -- words of a hint ------------------------------------------------------


def test_a_missing_path_says_through_what():
    wrong = SHORT.replace(r" + W_f^\top \delta_{f,t+1}", "")
    (hint, *_) = check(wrong, DEFINED["BOOK_LSTM"]).hints
    assert "the missing path of h_t through a_{f,t+1}" in str(hint)
    assert hint.line.endswith(r"+ W_f^\top \delta_{f,t+1}")


def test_a_line_that_fails_at_the_last_step_only_says_so():
    last = [
        r"L = \sum_{t=T}^{T} L_t" if row.startswith("L =") else row
        for row in NETWORKS["BOOK"]["forward"]
    ]
    network = define(last, symbols=NETWORKS["BOOK"]["symbols"])
    wrong = r"\frac{\partial L}{\partial h_t} = W^\top \delta_{t+1}"
    (hint, *_) = check(wrong, network).hints
    assert hint.kind == "path"
    assert "fails at the last step only" in str(hint)


@pytest.mark.parametrize(
    ("network", "left"),
    [
        ("BOOK", r"\frac{\partial L}{\partial h_t}"),
        ("BOOK", r"\delta_t"),
        ("BOOK", r"\frac{\partial L}{\partial W}"),
        ("BOOK", r"\frac{\partial L}{\partial b}"),
        ("BOOK_LSTM", r"\frac{\partial L}{\partial h_t}"),
        ("BOOK_LSTM", r"\frac{\partial L}{\partial c_t}"),
        ("BOOK_LSTM", r"\delta_{f,t}"),
        ("BOOK_LSTM", r"\frac{\partial L}{\partial W_g}"),
        ("BOOK_LSTM", r"\frac{\partial h_t}{\partial h_{t-1}}"),
        ("GRU", r"\frac{\partial L}{\partial h_t}"),
        ("GRU", r"\frac{\partial L}{\partial r_t}"),
        ("GRU", r"\frac{\partial L}{\partial U_g}"),
    ],
)
def test_the_paths_of_a_derivative_add_up_to_it(network, left):
    notation = DEFINED[network]
    (equation,) = claims.read_pair(left, left, notation.language)
    ways = paths(equation.sides[0], notation)
    assert ways
    for way in ways:
        right = " ".join(f"{path.sign} {path.term}" for path in way)
        right = right.removeprefix("+ ")
        verdict = check(f"{left} = {right}", notation, hints=False)
        assert verdict, f"{left} = {right}: {verdict!r}"
        found = witness.judge(f"{left} = {right}", **NETWORKS[network])
        assert found in (True, "unread"), right


def test_brackets_are_named_where_an_outer_product_takes_its_column_first():
    line = r"\frac{\partial L}{\partial U_z} = \sum_{t=1}^{T} "
    column = r"\frac{\partial L}{\partial z_t} \odot z_t \odot (1 - z_t)"
    verdict = check(f"{line}{column} h_{{t-1}}^\\top", DEFINED["GRU"])
    assert verdict.error.kind == "shape"
    (hint,) = verdict.hints
    assert hint.kind == "brackets"
    assert rf"({column}) h_{{t-1}}^\top" in hint.line
    mended = f"{line}({column}) h_{{t-1}}^\\top"
    assert witness.judge(mended, **NETWORKS["GRU"]) is True
