"""The chapter on the chain rule: its example, its two drawings, its number."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from bptt_core import losses, rnn
from bptt_core.book import example
from bptt_figures import still as figures
from bptt_figures.still.chain import FIVE_NODE_EDGES, five_nodes, worked_pass
from tests.built_site import HTML

ALT = "A drawing made for a test, described at sufficient length."
NODES = {"h0": 11, "h1": 12, "h2": 13, "w": 14, "L": 15}
ARROWS = {edge: 20 + k for k, edge in enumerate(FIVE_NODE_EDGES)}
STEPS = 4
PASS = {
    "reads": list("abcd"),
    "says": list("efgh"),
    "h": np.arange(10.0).reshape(5, 2),
    "delta": -np.ones((STEPS, 2)) / 8,
    "loss": [1.0, 2.0, 3.0, 4.0],
}


def texts(html):
    """The texts of a drawing, in the order in which they were drawn."""
    drawing = html[html.index("<svg") : html.rindex("</svg>") + 6]
    found = ET.fromstring(drawing).iter("{http://www.w3.org/2000/svg}text")
    return ["".join(text.itertext()) for text in found]


@pytest.mark.parametrize("backward", [False, True])
def test_every_number_of_the_five_nodes_is_written_once(backward):
    fig, ax = figures.new_figure()
    assert five_nodes(ax, NODES, ARROWS, backward=backward) is ax
    html = figures.show(fig, ALT).html
    written = [one for one in texts(html) if one.isdigit()]
    expected = [*NODES.values(), *ARROWS.values()]
    assert sorted(written) == sorted(map(str, expected))
    heads = re.findall(r'(?:id|class)="(forward|backward) (\w+)-(\w+)"', html)
    ends = {(b, a) if kind == "backward" else (a, b) for kind, a, b in heads}
    if heads:
        assert ends == set(FIVE_NODE_EDGES)
        assert {kind for kind, *_ in heads} == {
            "backward" if backward else "forward"
        }


def test_a_worked_pass_writes_states_errors_and_losses():
    fig, ax = figures.new_figure("wide")
    assert worked_pass(ax, **PASS) is ax
    found = texts(figures.show(fig, ALT).html)
    for value in ("9.00", "4.00", "a", "h"):
        assert value in found
    assert found.count("−0.12") == 2 * STEPS  # -0.125, to two digits


def test_a_worked_pass_without_errors_is_the_forward_pass_alone():
    fig, ax = figures.new_figure("wide")
    worked_pass(ax, **PASS | {"delta": None})
    html = figures.show(fig, ALT).html
    assert "−0.12" not in texts(html)
    assert "9.00" in texts(html)
    assert "forward" in html
    assert "backward" not in html


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"h": np.ones((4, 2))}, "h: expected shape"),
        ({"reads": ["a"]}, "reads: expected one for each of 4 steps"),
        ({"loss": []}, "loss: expected one for each of 4 steps"),
    ],
)
def test_a_worked_pass_names_what_does_not_fit(change, words):
    _, ax = figures.new_figure("wide")
    with pytest.raises(ValueError, match=re.escape(words)):
        worked_pass(ax, **PASS | change)


def test_a_worked_pass_asks_for_a_wide_figure():
    _, ax = figures.new_figure("narrow")
    with pytest.raises(ValueError, match="delta: expected up to 4 steps"):
        worked_pass(ax, **PASS)


@pytest.mark.parametrize(
    ("nodes", "arrows", "words"),
    [
        ({"h0": 1}, ARROWS, "nodes: expected"),
        (NODES, {("h0", "h1"): 1}, "arrows: expected"),
        (None, ARROWS, "nodes: expected"),
    ],
)
def test_five_nodes_name_what_is_missing(nodes, arrows, words):
    _, ax = figures.new_figure()
    with pytest.raises(ValueError, match=words):
        five_nodes(ax, nodes, arrows)


def test_the_network_of_the_word_says_elll():
    x = example.letters_as_inputs(example.INPUTS)
    assert x.shape == (4, 4, 1)
    z = rnn.forward(example.PARAMS, x, example.H0).z
    best = losses.softmax(z)[:, :, 0].argmax(axis=1)
    assert "".join(example.LETTERS[k] for k in best) == "elll"
    assert example.INPUTS + example.TARGETS[-1] == example.WORD
    assert example.INPUTS[0] + example.TARGETS == example.WORD


@pytest.mark.parametrize("word", ["", "hallo", "Hello"])
def test_a_word_has_letters_of_the_example(word):
    with pytest.raises(ValueError, match="word: expected letters of 'helo'"):
        example.letters_as_inputs(word)


@pytest.mark.site
def test_the_chapter_is_number_zero():
    for number, page in enumerate(("00_chain_rule", "01_rnn_recap")):
        html = (HTML / "book" / f"{page}.html").read_text(encoding="utf-8")
        equations = re.findall(r'title="eq-[^"]+">\((\d+)\.(\d+)\)', html)
        assert equations[0] == (str(number), "1")
        assert {chapter for chapter, _ in equations} == {str(number)}
        assert f"Exercise {number}.1 " in html
