"""The layout table of chapter 4, against PyTorch when it is installed."""

import numpy as np
import pytest

from bptt_core import losses, oracle, rnn

torch = pytest.importorskip("torch")

D, N, M, T, B = 2, 3, 4, 6, 5


@pytest.fixture
def case():
    rng = np.random.default_rng(0)
    params = rnn.random_params(rng, D, N, M)
    x, h0 = rng.normal(size=(T, D, B)), rng.normal(size=(N, B))
    labels = rng.integers(M, size=(T, B))
    return params, x, h0, labels


def leaf(array):
    return torch.tensor(np.ascontiguousarray(array), requires_grad=True)


def torch_network(params):
    """nn.RNN and nn.Linear holding our parameters; b split over two."""
    net = torch.nn.RNN(D, N, dtype=torch.float64)
    out = torch.nn.Linear(N, M, dtype=torch.float64)
    held = {
        net.weight_ih_l0: params.U,
        net.weight_hh_l0: params.W,
        net.bias_ih_l0: 0.25 * params.b[:, 0],
        net.bias_hh_l0: 0.75 * params.b[:, 0],
        out.weight: params.V,
        out.bias: params.c[:, 0],
    }
    with torch.no_grad():
        for tensor, value in held.items():
            tensor.copy_(torch.tensor(value))
    return net, out


@pytest.mark.parametrize("over_time", ["sum", "mean"])
def test_every_row_of_the_layout_table(case, over_time):
    params, x, h0, labels = case
    net, out = torch_network(params)
    torch_x, torch_h0 = leaf(x.transpose(0, 2, 1)), leaf(h0.T[None])
    output, h_n = net(torch_x, torch_h0)
    logits = out(output).reshape(T * B, M)
    criterion = torch.nn.CrossEntropyLoss(reduction=over_time)
    loss = criterion(logits, torch.tensor(labels.reshape(-1)))
    loss.backward()

    trace = rnn.forward(params, x, h0)
    ours = losses.cross_entropy(trace.z, labels, over_time)
    grads = rnn.backward(
        params, trace, losses.output_gradient(trace.z, labels, over_time)
    )
    # "mean" divides by T B there and by T here.
    share = 1 if over_time == "sum" else 1 / B
    same = {
        "loss": (loss.item(), share * ours),
        "output": (output.detach().numpy(), trace.h[1:].transpose(0, 2, 1)),
        "h_n": (h_n.detach().numpy(), trace.h[-1].T[None]),
        "U": (net.weight_ih_l0.grad.numpy(), share * grads.params.U),
        "W": (net.weight_hh_l0.grad.numpy(), share * grads.params.W),
        "b, first": (net.bias_ih_l0.grad, share * grads.params.b[:, 0]),
        "b, second": (net.bias_hh_l0.grad, share * grads.params.b[:, 0]),
        "V": (out.weight.grad.numpy(), share * grads.params.V),
        "c": (out.bias.grad.numpy(), share * grads.params.c[:, 0]),
        "x": (torch_x.grad.numpy(), share * grads.x.transpose(0, 2, 1)),
        "h0": (torch_h0.grad.numpy(), share * grads.h0.T[None]),
    }
    for name, (theirs, value) in same.items():
        error = oracle.relative_error(np.asarray(value), np.asarray(theirs))
        assert error < 1e-12, name
