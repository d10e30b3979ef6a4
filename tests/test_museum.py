"""The museum: right passes, bugs that show, lines that fail and hold."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from book import museum
from book.museum import texts
from bptt_core import oracle
from derivations import check

EXHIBITS = pytest.mark.parametrize(
    "exhibit", museum.EXHIBITS, ids=lambda one: one.key
)


def by_oracle(one, name, module=None):
    """Return dL/d`name` of a Case by the complex step."""
    if name in one.p:
        return oracle.gradient(
            lambda array: museum.loss(
                replace(one, p={**one.p, name: array}), module
            ),
            one.p[name],
        )
    if name == "x":
        return oracle.gradient(
            lambda array: museum.loss(replace(one, x=array), module), one.x
        )
    return oracle.gradient(
        lambda array: museum.loss(
            replace(one, given={**one.given, name: array}), module
        ),
        one.given[name],
    )


@pytest.mark.parametrize("room", museum.ROOMS)
@pytest.mark.parametrize("r", [0.05, 0.97])
def test_the_plain_passes_are_right(room, r):
    one = museum.random_case(room, 3, r)
    found = museum.gradients(one)
    assert set(one.p) <= set(found)
    for name, array in found.items():
        true = by_oracle(one, name)
        assert oracle.relative_error(array, true) < 1e-11, name


@pytest.mark.parametrize(
    "exhibit",
    [one for one in museum.EXHIBITS if one.right],
    ids=lambda one: one.key,
)
def test_a_right_program_of_its_own_is_right(exhibit):
    one = museum.case(exhibit, 3)
    right = museum.programs(exhibit)[1]
    found = museum.gradients(one, right)
    for name in one.p:
        true = by_oracle(one, name, right)
        assert oracle.relative_error(found[name], true) < 1e-11, name


@EXHIBITS
def test_a_bug_shows_at_its_last_call_and_not_before(exhibit):
    one = museum.case(exhibit, 5)
    bug, right = museum.programs(exhibit)
    for calls in range(1, exhibit.calls + 1):
        wrong = museum.gradients(one, bug, calls)
        true = museum.gradients(one, right)
        worst = max(
            oracle.relative_error(wrong[name], true[name]) for name in true
        )
        assert (worst > 1e-4) == (calls == exhibit.calls), calls


@EXHIBITS
def test_its_line_fails_and_what_it_should_compute_holds(exhibit):
    if not exhibit.line:
        assert exhibit.unsaid
        assert not exhibit.network
        assert not exhibit.holds
        return
    assert not exhibit.unsaid
    network = museum.network(exhibit.network)
    assert not check(exhibit.line, network, hints=False)
    assert check(exhibit.holds, network, hints=False)


def test_the_labels_are_complete():
    assert len(museum.EXHIBITS) >= 40
    assert {one.kind for one in museum.EXHIBITS} == set(museum.KINDS)
    assert {one.found for one in museum.EXHIBITS} == set(museum.WAYS)
    order = [list(museum.KINDS).index(one.kind) for one in museum.EXHIBITS]
    assert order == sorted(order)
    for one in museum.EXHIBITS:
        assert one.title
        assert one.story
        assert one.fix
        assert 2009 <= one.year <= 2026
        assert one.address.startswith("https://github.com/")
    titles = Counter(one.title for one in museum.EXHIBITS)
    assert set(titles.values()) == {1}


def test_a_change_is_made_exactly_once():
    with pytest.raises(ValueError, match="expected 'np' exactly once"):
        museum.changed(museum.passes, [["np", "numpy"]])
    with pytest.raises(ValueError, match="got it 0 times"):
        museum.changed(museum.passes, [["no such text", ""]])


def test_two_cases_of_one_seed_are_the_same():
    first, second = (museum.random_case("scan", 1) for _ in range(2))
    assert museum.loss(first) == museum.loss(second)
    assert museum.loss(first) != museum.loss(museum.random_case("scan", 2))
    np.testing.assert_array_equal(first.x, second.x)


@pytest.mark.parametrize("one", texts.TEXTS, ids=lambda one: one.key)
def test_a_text_is_judged_as_it_is_listed(one):
    holds = check(one.printed, texts.network(one.network), hints=False)
    assert bool(holds) == (not one.holds) == (not one.why)
    if one.holds:
        mended = texts.network(one.holds_in or one.network)
        assert check(one.holds, mended, hints=False)


@pytest.mark.parametrize(
    "one", [one for one in texts.TEXTS if one.room], ids=lambda one: one.key
)
def test_the_slip_of_a_text_costs_something(one):
    assert museum.measured(one, seeds=3).error > 1e-3


def test_the_survey_adds_up():
    survey = texts.SURVEY
    judged = survey["right"] + survey["wrong"] + survey["unclear"]
    assert judged == survey["displays"]
    assert max(survey["kinds"].values()) <= survey["entries"]
