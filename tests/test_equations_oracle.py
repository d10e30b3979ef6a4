"""The oracle against two witnesses that share no code with it.

Forward equations verified against themselves would prove nothing, so the
networks of the book are run beside the numeric core, and their gradients
are compared with its backward passes and with central differences.
"""

import numpy as np
import pytest

from bptt_core import losses, lstm, rnn
from bptt_core.book import BOOK, BOOK_LINEAR, BOOK_LSTM
from derivations.judging import claims

BATCHES = range(4)


def _value(latex, notation, number, network, point=()):
    """Evaluate one side on one random network, as a 2-D array."""
    equations = claims.read(f"{latex} = {latex}", notation.language)
    sample = notation.network.sample(number)
    judge = claims.Judge(equations[0], sample, notation.language)
    data = judge.side(0, point).data
    data = np.broadcast_to(data, (5, *data.shape[1:]))
    return data[network, 0]


def _given(notation, number, network, names):
    """Return parameters of one random network by their LaTeX."""
    sample = notation.network.sample(number)
    symbols = {s.latex: s for s in notation.network.symbols}
    return (
        sample,
        symbols,
        [sample.plain.values[symbols[name]][network, 0] for name in names],
    )


def _over_time(sample, symbol, network, start=1):
    """Return the values of a symbol over time, (steps, rows, 1)."""
    rows = sample.plain.values[symbol][start : sample.length + 1]
    return np.stack([row[network, 0] for row in rows])


def _close(value, reference):
    error = np.linalg.norm(value - reference) / np.linalg.norm(reference)
    assert error < 1e-12


@pytest.mark.parametrize("number", BATCHES)
@pytest.mark.parametrize(
    ("notation", "activation"), [(BOOK, rnn.TANH), (BOOK_LINEAR, rnn.IDENTITY)]
)
def test_the_rnn_agrees_with_the_numeric_core(notation, activation, number):
    network = 3
    sample, symbols, given = _given(notation, number, network, "UWbVc")
    params = rnn.Params(*given)
    x = _over_time(sample, symbols["x_t"], network)
    y = _over_time(sample, symbols["y_t"], network)
    h0 = sample.plain.values[symbols["h_t"]][0][network, 0]
    trace = rnn.forward(params, x, h0, activation)
    _close(_over_time(sample, symbols["h_t"], network, 0), trace.h)
    _close(_over_time(sample, symbols["z_t"], network), trace.z)
    total = losses.cross_entropy(trace.z, y)
    _close(sample.plain.values[symbols["L"]][network, 0], np.array([[total]]))
    dz = losses.output_gradient(trace.z, y)
    gradients = rnn.backward(params, trace, dz)
    for name in params._fields:
        latex = rf"\frac{{\partial L}}{{\partial {name}}}"
        value = _value(latex, notation, number, network)
        _close(value, getattr(gradients.params, name))
    latex = r"\frac{\partial L}{\partial h_0}"
    _close(_value(latex, notation, number, network), gradients.h0)
    for row, t in enumerate(range(1, sample.length + 1)):
        for latex, array in (("x_t", gradients.x), ("a_t", gradients.delta)):
            value = _value(
                rf"\frac{{\partial L}}{{\partial {latex}}}",
                notation,
                number,
                network,
                (t,),
            )
            _close(value, array[row])


@pytest.mark.parametrize("number", BATCHES)
def test_the_lstm_agrees_with_the_numeric_core(number):
    network = 2
    names = [f"{p}_{g}" for p in "UWb" for g in "ifog"]
    sample, symbols, given = _given(
        BOOK_LSTM, number, network, [*names, "V", "c"]
    )
    stacked = [np.concatenate(given[k : k + 4]) for k in (0, 4, 8)]
    params = lstm.Params(*stacked, *given[12:])
    x = _over_time(sample, symbols["x_t"], network)
    y = _over_time(sample, symbols["y_t"], network)
    h0 = sample.plain.values[symbols["h_t"]][0][network, 0]
    c0 = sample.plain.values[symbols["c_t"]][0][network, 0]
    trace = lstm.forward(params, x, h0, c0)
    _close(_over_time(sample, symbols["h_t"], network, 0), trace.h)
    _close(_over_time(sample, symbols["c_t"], network, 0), trace.c)
    dz = losses.output_gradient(trace.z, y)
    gradients = lstm.backward(params, trace, dz)
    for p in "UWb":
        value = np.concatenate(
            [
                _value(
                    rf"\frac{{\partial L}}{{\partial {p}_{g}}}",
                    BOOK_LSTM,
                    number,
                    network,
                )
                for g in "ifog"
            ]
        )
        _close(value, getattr(gradients.params, p))
    for latex, array in (
        ("V", gradients.params.V),
        ("c", gradients.params.c),
        ("h_0", gradients.h0),
        ("c_0", gradients.c0),
    ):
        derivative = rf"\frac{{\partial L}}{{\partial {latex}}}"
        _close(_value(derivative, BOOK_LSTM, number, network), array)


def test_the_oracle_agrees_with_central_differences():
    number, network, step = 0, 1, 1e-6
    sample, symbols, given = _given(BOOK, number, network, "UWbVc")
    x = _over_time(sample, symbols["x_t"], network)
    y = _over_time(sample, symbols["y_t"], network)
    h0 = sample.plain.values[symbols["h_t"]][0][network, 0]

    def loss(W):
        trace = rnn.forward(rnn.Params(*given)._replace(W=W), x, h0)
        return losses.cross_entropy(trace.z, y)

    W = given[1]
    difference = np.zeros_like(W)
    for place in np.ndindex(*W.shape):
        nudge = np.zeros_like(W)
        nudge[place] = step
        difference[place] = (loss(W + nudge) - loss(W - nudge)) / (2 * step)
    value = _value(r"\frac{\partial L}{\partial W}", BOOK, number, network)
    assert np.linalg.norm(value - difference) < 1e-7 * np.linalg.norm(value)


def test_immediate_derivatives_hold_every_other_state():
    value = _value(r"\frac{\partial^{+} h_t}{\partial W}", BOOK, 0, 0, (3,))
    sample, symbols, _ = _given(BOOK, 0, 0, "W")
    h = _over_time(sample, symbols["h_t"], 0, 0)
    slope = 1 - h[3] ** 2
    by_hand = np.einsum("ap,aj,k->apjk", slope, np.eye(len(slope)), h[2][:, 0])
    _close(value, by_hand)


def test_random_networks_are_random_enough_and_the_same_every_time():
    for number in BATCHES:
        sample = BOOK.network.sample(number)
        sizes = [size for name, size in sample.sizes.items() if name != "1"]
        assert min(sizes) >= 2
        assert len(set(sizes)) == len(sizes)
        for symbol, role in BOOK.network.roles.items():
            if role == "state":
                assert np.all(sample.plain.values[symbol][0] != 0)
    lengths = [BOOK.network.sample(n).length for n in BATCHES]
    assert max(lengths) >= 5
    again = type(BOOK.network.sample(0))(BOOK.network, 0)
    for symbol, role in BOOK.network.roles.items():
        if role == "parameter":
            first = BOOK.network.sample(0).plain.values[symbol]
            assert np.array_equal(first, again.plain.values[symbol])
