"""Parameters to and from PyTorch's and Keras's layouts, and PyTorch's word
for the gradients of all passes."""

from itertools import product

import numpy as np
import pytest

from bptt_core import gru, layouts, losses, lstm, oracle, rnn
from tests import gradient_checks as checks

both = pytest.mark.parametrize("module", [rnn, lstm], ids=["rnn", "lstm"])


def case_of(module):
    rng = np.random.default_rng(1)
    return checks.random_case(module, rng, T=6, B=5, d=2, n=3, m=4)


@pytest.mark.parametrize(
    ("module", "framework"),
    [*product([rnn, lstm], ["torch", "keras"]), (gru, "torch")],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_there_and_back(module, framework):
    params = case_of(module).params
    there = getattr(layouts, f"to_{framework}")(params)
    back = getattr(layouts, f"from_{framework}")(*there)
    assert type(back) is module.Params
    for found, expected in zip(back, params, strict=True):
        assert (found == expected).all()
    for part in there:
        for array in part.values() if framework == "torch" else part:
            assert not any(np.shares_memory(array, p) for p in params[:3])


@pytest.mark.parametrize(
    "module",
    [*checks.PASSES["rnn"], *checks.PASSES["lstm"], gru],
    ids=["rnn", "rnn fast", "lstm", "lstm fast", "gru"],
)
def test_pytorch_computes_the_same_outputs_and_gradients(module):
    torch = pytest.importorskip("torch")
    case = case_of(module)
    rows = len(case.params.W) // 3
    kind = {1: torch.nn.RNN, 3: torch.nn.GRU, 4: torch.nn.LSTM}[rows]
    net = kind(2, 3, dtype=torch.float64)
    out = torch.nn.Linear(3, 4, dtype=torch.float64)
    converted = layouts.to_torch(case.params)
    for part, arrays in zip((net, out), converted, strict=True):
        part.load_state_dict(
            {name: torch.tensor(array) for name, array in arrays.items()}
        )

    def leaf(array):  # batch before features
        array = np.ascontiguousarray(array.swapaxes(-1, -2))
        return torch.tensor(array, requires_grad=True)

    x, states = leaf(case.x), [leaf(state[None]) for state in case.states]
    h, _ = net(x, tuple(states) if len(states) > 1 else states[0])
    z = out(h)
    L = torch.nn.functional.cross_entropy(
        z.reshape(-1, 4), torch.tensor(case.y).reshape(-1), reduction="sum"
    )
    L.backward()

    trace, gradients = checks.forward(case), checks.backward(case)
    z = z.detach().numpy().swapaxes(1, 2)
    assert oracle.relative_error(trace.z, z) < 1e-14
    converted = layouts.to_torch(gradients.params)
    first, second = (converted[0][f"bias_{k}h_l0"] for k in "ih")
    alike = slice(None) if module is not gru else slice(-3)  # all but n
    second[alike] = first[alike]  # each of the two has that of b
    for part, found in zip((net, out), converted, strict=True):
        for name, value in part.named_parameters():
            error = oracle.relative_error(found[name], value.grad.numpy())
            assert error < 1e-13, name
    ours = [gradients.x, *gradients[1 : 1 + len(states)]]
    for found, tensor in zip(ours, [x, *states], strict=True):
        reference = tensor.grad.numpy().swapaxes(-1, -2)
        reference = reference.reshape(found.shape)
        assert oracle.relative_error(found, reference) < 1e-13


@both
def test_two_biases_of_pytorch_are_added(module):
    params = case_of(module).params
    recurrent, linear = layouts.to_torch(params)
    recurrent["bias_hh_l0"] = 2 * recurrent["bias_ih_l0"]
    back = layouts.from_torch(recurrent, linear)
    np.testing.assert_allclose(back.b, 3 * params.b, rtol=1e-15)


def test_the_candidate_of_a_gru_keeps_its_two_biases():
    params = case_of(gru).params
    recurrent, linear = layouts.to_torch(params)
    recurrent["bias_hh_l0"][:6] = 2 * params.b[:6, 0]
    back = layouts.from_torch(recurrent, linear)
    np.testing.assert_allclose(back.b[:6], 3 * params.b[:6], rtol=1e-15)
    np.testing.assert_array_equal(back.b[6:], params.b[6:])
    np.testing.assert_array_equal(back.bm, params.bm)


def keras_outputs(case):
    """Run Keras's cell as keras/src/layers/rnn states it, in rows.

    z = x kernel + h recurrent_kernel + bias, cut into z0, z1, z2, z3:
    i, f, the new c, and o.
    """
    (kernel, recurrent_kernel, bias), (dense, dense_bias) = layouts.to_keras(
        case.params
    )
    h, *c = (state.T for state in case.states)
    outputs = []
    for x in case.x:
        z = x.T @ kernel + h @ recurrent_kernel + bias
        if c:
            z0, z1, z2, z3 = np.split(z, 4, axis=1)
            i, f, o = (1 / (1 + np.exp(-z)) for z in (z0, z1, z3))
            c = [f * c[0] + i * np.tanh(z2)]
            h = o * np.tanh(c[0])
        else:
            h = np.tanh(z)
        outputs.append((h @ dense + dense_bias).T)
    return np.array(outputs)


@both
def test_the_cell_of_keras_computes_the_same_outputs(module):
    case = case_of(module)
    expected = keras_outputs(case)
    found = checks.forward(case).z
    assert oracle.relative_error(found, expected) < 1e-14
    wrong = losses.softmax(expected[::-1])
    assert oracle.relative_error(losses.softmax(found), wrong) > 0.01


def torch_arrays(rows=12):
    return (
        {
            "weight_ih_l0": np.ones((rows, 2)),
            "weight_hh_l0": np.ones((rows, 3)),
            "bias_ih_l0": np.ones(rows),
            "bias_hh_l0": np.ones(rows),
        },
        {"weight": np.ones((4, 3)), "bias": np.ones(4)},
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: layouts.from_torch({}, {}), r"recurrent must hold 'bias_ih"),
        (
            lambda: layouts.from_torch(*torch_arrays(6)),
            r"the recurrent weights must have n rows for n units, 4n for an "
            r"LSTM, 3n for a GRU of PyTorch; got 6 rows for 3 units",
        ),
        (lambda: layouts.from_torch(*torch_arrays(10)), r"got 10 rows for 3"),
        (
            lambda: layouts.from_torch(torch_arrays()[0], {"weight": 1}),
            r"linear\['weight'\] must have shape \(m, n\)",
        ),
        (
            lambda: layouts.from_torch(
                torch_arrays()[0] | {"bias_hh_l0": np.ones(1)}, {}
            ),
            r"recurrent\['bias_hh_l0'\] must have shape \(rows\), here \(12\)",
        ),
        (lambda: layouts.from_keras([], []), r"recurrent must hold 3 arrays"),
        (
            lambda: layouts.from_keras(
                [np.ones((2, 3)), np.ones((3, 3)), np.ones(4)],
                [np.ones((3, 4)), np.ones(4)],
            ),
            r"recurrent\[2\] must have shape \(rows\), here \(3\)",
        ),
    ],
)
def test_wrong_arrays(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_wrong_class():
    with pytest.raises(TypeError, match=r"params must be a .*got builtins"):
        layouts.to_torch((1, 2))


def test_keras_gets_no_gru():
    with pytest.raises(TypeError, match=r"params must be .*Params; got .*gru"):
        layouts.to_keras(case_of(gru).params)
