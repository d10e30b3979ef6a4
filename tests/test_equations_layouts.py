"""Chapter 4's equations in three layouts: each holds in its own.

As the book has them, ∂L/∂W has the shape of W. In numerator layout the
derivative of a scalar is the transpose of that; with vectors as rows the
matrices stand on the right. A display of one layout is false or refused in
another where they differ.
"""

import itertools

import pytest

from bptt_core.book import BOOK
from bptt_core.book.displays import displays
from checker.tests import witness
from derivations import check, define

PAGE = "04_bptt"
DELTA = {r"\delta_t": r"\frac{\partial L}{\partial a_t}"}
TARGETS = [
    r"\hat y_t = \operatorname{softmax}(z_t)",
    r"L_t = -\sum_k y_{t,k} \log \hat y_{t,k}",
    r"L = \sum_{t=1}^{T} L_t",
    r"\sum_k y_{t,k} = 1",
]
COLUMNS = [
    r"a_t = U x_t + W h_{t-1} + b",
    r"h_t = \tanh(a_t)",
    r"z_t = V h_t + c",
    *TARGETS,
]
ROWS = [
    r"a_t = x_t U + h_{t-1} W + b",
    r"h_t = \tanh(a_t)",
    r"z_t = h_t V + c",
    *TARGETS,
]
FORWARD = {"gradient": COLUMNS, "numerator": COLUMNS, "rows": ROWS}
NOTATIONS = {
    layout: define(forward, symbols=DELTA, layout=layout)
    for layout, forward in FORWARD.items()
}
SHOWN = {
    label: shown.latex
    for label, shown in displays().items()
    if PAGE in shown.source
}
H, L_S = (
    r"\frac{\partial h_s}{\partial h_k}",
    r"\frac{\partial L_s}{\partial h_s}",
)
# label: (in numerator layout, with vectors as rows); None is as the book has.
REWRITTEN = {
    "eq-delta-def": (None, None),
    "eq-delta": (
        r"\delta_t = \frac{\partial L}{\partial h_t}"
        r" \operatorname{diag}(1 - h_t^2)",
        None,
    ),
    "eq-dh": (
        r"\frac{\partial L}{\partial h_t} = \frac{\partial L}{\partial z_t} V"
        r" + \delta_{t+1} W",
        r"\frac{\partial L}{\partial h_t} = \frac{\partial L}{\partial z_t}"
        r" V^\top + \delta_{t+1} W^\top",
    ),
    "eq-delta-recursion": (
        r"\delta_t = \left( (\hat y_t - y_t)^\top V + \delta_{t+1} W \right)"
        r" \operatorname{diag}(1 - h_t^2)",
        r"\delta_t = (1 - h_t^2) \odot \left( (\hat y_t - y_t) V^\top"
        r" + \delta_{t+1} W^\top \right)",
    ),
    "eq-W-copy-entry": (
        None,
        r"\frac{\partial L}{\partial W^{(t)}_{pq}}"
        r" = h_{t-1,p} \delta_{t,q}",
    ),
    "eq-W-copy": (
        r"\frac{\partial L}{\partial W^{(t)}} = h_{t-1} \delta_t",
        r"\frac{\partial L}{\partial W^{(t)}} = h_{t-1}^\top \delta_t",
    ),
    "eq-copies": (None, None),
    "eq-W": (
        r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} h_{t-1} \delta_t",
        r"\frac{\partial L}{\partial W}"
        r" = \sum_{t=1}^{T} h_{t-1}^\top \delta_t",
    ),
    "eq-U": (
        r"\frac{\partial L}{\partial U} = \sum_{t=1}^{T} x_t \delta_t",
        r"\frac{\partial L}{\partial U} = \sum_{t=1}^{T} x_t^\top \delta_t",
    ),
    "eq-b": (None, None),
    "eq-h0": (
        r"\frac{\partial L}{\partial h_0} = \delta_1 W",
        r"\frac{\partial L}{\partial h_0} = \delta_1 W^\top",
    ),
    "eq-x": (
        r"\frac{\partial L}{\partial x_t} = \delta_t U",
        r"\frac{\partial L}{\partial x_t} = \delta_t U^\top",
    ),
    "eq-W-double": (
        r"\frac{\partial L}{\partial W_{pq}} = \sum_{s=1}^{T} \sum_{k=1}^{s}"
        rf" {L_S} {H} \frac{{\partial^{{+}} h_k}}{{\partial W_{{pq}}}}"
        r" = \sum_{k=1}^{T} \left( \sum_{s=k}^{T}"
        rf" {L_S} {H} \right) \frac{{\partial^{{+}} h_k}}{{\partial W_{{pq}}}}"
        r" = \sum_{k=1}^{T} \frac{\partial L}{\partial h_k}"
        r" \frac{\partial^{+} h_k}{\partial W_{pq}}"
        r" = \sum_{k=1}^{T} \delta_{k,p} h_{k-1,q}",
        r"\frac{\partial L}{\partial W_{pq}} = \sum_{s=1}^{T} \sum_{k=1}^{s}"
        rf" {L_S} {H}"
        r" \left( \frac{\partial^{+} h_k}{\partial W_{pq}} \right)^\top"
        r" = \sum_{k=1}^{T} \left( \sum_{s=k}^{T}"
        rf" {L_S} {H} \right)"
        r" \left( \frac{\partial^{+} h_k}{\partial W_{pq}} \right)^\top"
        r" = \sum_{k=1}^{T} \frac{\partial L}{\partial h_k}"
        r" \left( \frac{\partial^{+} h_k}{\partial W_{pq}} \right)^\top"
        r" = \sum_{k=1}^{T} h_{k-1,p} \delta_{k,q}",
    ),
}


def written(label, layout):
    """The display in a layout."""
    place = {"numerator": 0, "rows": 1}.get(layout)
    text = None if place is None else REWRITTEN[label][place]
    return SHOWN[label] if text is None else text


# A gradient is a row in both, and a diagonal matrix may stand behind it.
TRUE_IN_BOTH = {("eq-delta", "numerator", "rows")}
CASES = list(itertools.product(REWRITTEN, FORWARD))


def test_every_equation_of_the_chapter_is_here():
    assert set(SHOWN) == set(REWRITTEN)


@pytest.mark.parametrize(("label", "layout"), CASES)
def test_an_equation_holds_in_its_layout(label, layout):
    verdict = check(written(label, layout), NOTATIONS[layout])
    assert verdict, verdict
    assert all(step.follows for step in verdict.steps)


@pytest.mark.parametrize(("label", "layout"), CASES)
def test_the_layout_may_be_given_to_check(label, layout):
    assert check(written(label, layout), BOOK, hints=False, layout=layout)


@pytest.mark.parametrize(("label", "layout"), CASES)
def test_the_witness_says_the_same(label, layout):
    seen, why = witness.verdict(
        written(label, layout), FORWARD[layout], layout=layout, symbols=DELTA
    )
    assert seen in (True, "unread"), why
    counted = label not in ("eq-delta-def", "eq-W-double")
    assert seen is True or not counted, why


@pytest.mark.parametrize(
    ("label", "layout", "other"),
    [
        (label, layout, other)
        for label in REWRITTEN
        for layout, other in itertools.permutations(FORWARD, 2)
        if written(label, layout) != written(label, other)
    ],
)
def test_it_holds_in_no_other_layout_where_they_differ(label, layout, other):
    verdict = check(written(label, layout), NOTATIONS[other], hints=False)
    assert bool(verdict) is ((label, layout, other) in TRUE_IN_BOTH), verdict
    if verdict.error is not None:
        assert verdict.error.kind == "shape"
