"""What public texts write: stacks, norms, kinks, layouts, other lags.

Each line of cases/constructs.toml is judged by the checker and by the witness,
which agree on what is right.
"""

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import witness

from derivations import check, define
from derivations.meaning.functions import NAMED

CASES = Path(__file__).parent / "cases"


def read(name):
    return tomllib.loads((CASES / f"{name}.toml").read_text(encoding="utf-8"))


GROUPS, PRINTED = read("constructs"), read("printed")
DISPLAYS = [
    (name, display["latex"], display["right"])
    for name, group in PRINTED.items()
    for display in group["displays"]
]
LINES = [
    (name, line, right)
    for name, group in GROUPS.items()
    for right in (True, False)
    for line in group["true" if right else "false"]
]
DEFINED = {}
LOSS = r"L = \sum_{t=1}^{T} l(h_t, y_t)"


def network(name):
    if name not in DEFINED:
        group = GROUPS.get(name) or PRINTED[name]
        DEFINED[name] = define(group["forward"], **group.get("options", {}))
    return DEFINED[name]


@pytest.mark.parametrize(("name", "line", "right"), LINES)
def test_a_line_is_judged_rightly(name, line, right):
    verdict = check(line, network(name), hints=False)
    assert bool(verdict) is right, verdict
    if not right and verdict.error is not None:
        assert verdict.error.kind == "shape"


@pytest.mark.parametrize(("name", "line", "right"), LINES)
def test_the_witness_says_the_same(name, line, right):
    group = GROUPS[name]
    seen, why = witness.verdict(
        line, group["forward"], **group.get("options", {})
    )
    assert seen is right, why


@pytest.mark.parametrize(("name", "latex", "right"), DISPLAYS)
def test_a_printed_display_is_read_and_judged_rightly(name, latex, right):
    verdict = check(latex, network(name), hints=False)
    assert bool(verdict) is right, verdict
    assert verdict.error is None or verdict.error.kind == "shape"
    group = PRINTED[name]
    seen, why = witness.verdict(
        latex, group["forward"], **group.get("options", {})
    )
    assert seen is right or (seen == "unread" and group.get("unread")), why


def test_a_slope_keeps_its_digits_where_it_is_small():
    """1 - tanh² is a difference of nearly equal numbers there."""
    large = np.array([1.0, 5.0, 20.0, -20.0, 300.0])
    with np.errstate(over="ignore"):
        exact = 1 / np.cosh(large) ** 2
    found = NAMED["tanh"].slope(large + 0j).real
    assert np.allclose(found, exact, rtol=1e-14, atol=0)


def test_the_printed_step_that_fails_is_the_one_that_is_wrong():
    (false,) = [
        display["latex"]
        for display in PRINTED["d2l"]["displays"]
        if not display["right"]
    ]
    verdict = check(false, network("d2l"), hints=False)
    assert [step.holds for step in verdict.steps] == [False, True] * 2


@pytest.mark.parametrize("name", GROUPS)
def test_every_group_has_lines_of_both_kinds(name):
    assert GROUPS[name]["true"]
    assert GROUPS[name]["false"]


# Readings that are said in the verdict, and a piece of what is said.
SAID = [
    ("concat-comma", "[ , ] as a stack"),
    ("stacked-gates", "a column of functions"),
    ("relu", "1 where it holds"),
]


@pytest.mark.parametrize(("name", "words"), SAID)
def test_a_reading_is_said(name, words):
    said = [
        check(line, network(name), hints=False)
        for line in GROUPS[name]["true"]
    ]
    shown = [v for v in said if any(words in r for r in v.readings)]
    assert shown
    assert any("read " in line for line in shown[0].lines())
    assert shown[0].record()["readings"] == shown[0].readings


def test_a_definition_says_how_it_was_read():
    assert "read [ , ] as a stack" in repr(network("concat-comma"))
    assert "blocks of the other side" in repr(network("stacked-gates"))
    assert "slope 0 at the kink" in repr(network("relu"))


def test_the_sizes_of_stacks_are_sums():
    shapes = {s: shape for s, _, shape in network("stacked-gates").table()}
    assert shapes["W"] == "4n×(n+d)"
    assert shapes["b"] == "4n×1"


REFUSED = [
    ([r"[i_t; 2] = W x_t", r"L = \sum_{t=1}^{T} l(i_t, y_t)"], {}, "symbols"),
    (
        [r"[i_t; f_t] = [\sigma; \sigma; \tanh](W x_t)", LOSS],
        {},
        "3 functions for 2 symbols",
    ),
    (
        [r"h_t = \tanh(\begin{bmatrix} W & U \\ V \end{bmatrix} h_{t-1})"],
        {},
        "different numbers of cells",
    ),
    ([r"h_t = \tanh(x_t U + h_{t-1} W)", LOSS], {}, 'say layout="rows"'),
    ([r"h_t = \tanh(U x_t + W h_{t-1})", LOSS], {"layout": "rows"}, "cannot"),
    ([r"h_t = \tanh(U x_t + W h_{t+1} + V h_{t-1})", LOSS], {}, "both"),
    ([r"h_t = \tanh(U x_t + W h_{t-9})", LOSS], {}, "at most 4 steps"),
    (
        [
            r"a_t = U x_t + W h_{t-1}",
            r"z_t = V h_t",
            r"L = \sum_t l(z_t, y_t)",
        ],
        {},
        "its own equation is missing",
    ),
    (
        [r"a_t = U x_t + W h_{t-1}", r"L = \sum_{t=1}^{T} l(h_t, a_t)"],
        {},
        "its own equation is missing",
    ),
    ([r"h_t = |U x_t + W h_{t-1}|", LOSS], {}, "of a scalar"),
    ([r"h_t = \tanh(W h_{t-1}) \|W\|^2", LOSS], {}, r"write \|W\|_F"),
]


@pytest.mark.parametrize(("forward", "options", "words"), REFUSED)
def test_what_is_not_clear_is_refused(forward, options, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        define(forward, **options)


def test_a_declared_target_may_be_read_one_step_back():
    rows = [r"a_t = U x_t + W s_{t-1}", r"h_t = \tanh(a_t) + s_t", LOSS]
    with pytest.raises(ValueError, match="its own equation is missing"):
        define(rows)
    declared = define(rows, shapes={"s_t": "column"})
    assert ("s_t", "input") in [row[:2] for row in declared.table()]


# -- kinks --------------------------------------------------------------

SILENT = [
    r"g_t = \operatorname{ReLU}(U x_t + W h_{t-1})",
    r"h_t = \operatorname{ReLU}(V g_t)",
    LOSS,
]


def test_networks_that_stand_at_a_kink_are_not_used():
    net = define(SILENT)
    verdict = check(
        r"\frac{\partial L}{\partial g_t} = V^\top \left( \mathbf 1[V g_t "
        r"\geq 0] \odot \frac{\partial L}{\partial h_t} \right)"
        r" + 0 g_t",
        net,
        hints=False,
    )
    # Without the kinks the next line would be true as well.
    assert not verdict or verdict.kinked > 0
    plain = check(
        r"\frac{\partial L}{\partial V} = \sum_{t=1}^{T} \left( \mathbf 1[V "
        r"g_t > 0] \odot \frac{\partial L}{\partial h_t} \right) g_t^\top",
        net,
        hints=False,
    )
    assert plain
    assert plain.kinked > 0
    assert "stand at a kink" in repr(plain)


def test_a_line_at_a_kink_everywhere_is_undecided():
    net = define([r"h_t = \tanh(U x_t + W h_{t-1})", LOSS])
    verdict = check(
        r"\frac{\partial \operatorname{ReLU}(h_t - h_t)}{\partial h_t} = 0",
        net,
        hints=False,
    )
    assert not verdict


@pytest.mark.parametrize("slope", [0.1, 0.0])
def test_a_pair_with_a_kink_is_accepted(slope):
    pair = (
        lambda x: np.where(x.real > 0, x, slope * x),
        lambda x: np.where(x.real > 0, 1.0, slope),
    )
    net = define([r"h_t = f(U x_t + W h_{t-1})", LOSS], functions={"f": pair})
    assert check(
        r"\frac{\partial h_t}{\partial h_{t-1}} = "
        r"\operatorname{diag}(f'(U x_t + W h_{t-1})) W",
        net,
    )
    wrong = (pair[0], lambda x: np.where(x.real > 0, 2.0, slope))
    with pytest.raises(ValueError, match="must be its derivative"):
        define([r"h_t = f(W h_{t-1})", LOSS], functions={"f": wrong})


def test_a_pair_that_loses_its_derivative_is_told_how_to_keep_it():
    with pytest.raises(ValueError, match="imaginary part"):
        define(
            [r"h_t = f(W h_{t-1})", LOSS], functions={"f": (np.abs, np.sign)}
        )


# -- layouts ------------------------------------------------------------


def test_a_layout_may_be_given_to_check():
    net = define([r"h_t = \tanh(U x_t + W h_{t-1} + b)", LOSS])
    rows = r"h_t = \tanh(x_t U + h_{t-1} W + b)"
    verdict = check(rows, net, layout="rows")
    assert verdict
    assert "transpose of the network's" in repr(verdict)
    assert not check(rows, net)
    gradient = r"\frac{\partial L}{\partial h_t} = \nabla_{h_t} L"
    assert check(gradient, net)
    assert not check(gradient, net, layout="numerator")
    with pytest.raises(ValueError, match="layout must be"):
        check(rows, net, layout="sideways")


def test_layouts_change_the_writing_and_not_the_network():
    columns = network("numerator")
    turned = replace(
        columns, language=replace(columns.language, layout="gradient")
    )
    line = (
        r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} "
        r"\frac{\partial L}{\partial a_t} h_{t-1}^\top"
    )
    assert check(line, turned)
    assert not check(line, columns)
