"""The checker as it is installed: whole, typed, and right about a gradient."""

import re
from importlib import metadata, resources

import pytest

import derivations

ELMAN = [
    r"h_t = \tanh(U x_t + W h_{t-1} + b)",
    r"\hat y_t = \operatorname{softmax}(V h_t + c)",
    r"L = -\sum_{t=1}^{T} \sum_k y_{t,k} \log \hat y_{t,k}",
    r"\sum_k y_{t,k} = 1",
]
TRUE = r"\frac{\partial L}{\partial c} = \sum_{t=1}^{T} (\hat y_t - y_t)"


def test_the_version_is_that_of_the_distribution():
    assert metadata.version("derivations") == derivations.__version__


def test_the_distribution_needs_two_packages():
    needs = metadata.requires("derivations")
    names = sorted(re.match(r"[\w-]+", need)[0] for need in needs)
    assert names == ["lark", "numpy"]


@pytest.mark.parametrize("name", ["latex/grammar.lark", "py.typed"])
def test_what_is_no_module_is_shipped_too(name):
    assert resources.files("derivations").joinpath(name).is_file()


def test_a_gradient_holds_and_a_wrong_sign_does_not():
    network = derivations.define(ELMAN)
    assert derivations.check(TRUE, network)
    wrong = derivations.check(TRUE.replace("-", "+"), network)
    assert not wrong
    assert wrong.error is None
