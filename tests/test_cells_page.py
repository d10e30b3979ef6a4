"""The GRU that chapter 10 prints, against PyTorch's, where there is one."""

import json
from pathlib import Path

import numpy as np
import pytest

from bptt_core import oracle
from bptt_core.activations import logistic
from bptt_core.arrays import TIME_BATCH

BOOK = Path(__file__).parents[1] / "book"


@pytest.fixture(scope="module")
def gru():
    """What the cells of the page define: Params, forward, backward."""
    page = json.loads((BOOK / "10_cells.ipynb").read_text(encoding="utf-8"))
    printed = [
        "".join(cell["source"])
        for cell in page["cells"]
        if cell["cell_type"] == "code"
        and any(
            "".join(cell["source"]).startswith(start)
            for start in ("class Params", "def backward")
        )
    ]
    assert len(printed) == 2
    names = {"np": np, "logistic": logistic, "TIME_BATCH": TIME_BATCH}
    exec("from typing import NamedTuple\n" + "\n\n".join(printed), names)
    return names


def test_the_printed_gru_is_that_of_pytorch(gru):
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    d, n, B, T = 3, 4, 2, 7
    theirs = torch.nn.GRU(d, n).double()
    x = torch.randn(T, B, d, dtype=torch.double, requires_grad=True)
    h0 = torch.randn(1, B, n, dtype=torch.double, requires_grad=True)
    weight = torch.randn(T, B, n, dtype=torch.double)
    states, _ = theirs(x, h0)
    (weight * states).sum().backward()

    def ours(tensor):  # (T, B, n) -> (T, n, B)
        return tensor.detach().numpy().swapaxes(-1, -2)

    b = theirs.bias_ih_l0.detach().numpy()[:, None]
    bh = theirs.bias_hh_l0.detach().numpy()[:, None]
    # The two biases of a gate are one; the candidate has both.
    both = np.concatenate([bh[: 2 * n], 0 * bh[2 * n :]])
    params = gru["Params"](
        U=theirs.weight_ih_l0.detach().numpy(),
        W=theirs.weight_hh_l0.detach().numpy(),
        b=b + both,
        bm=bh[2 * n :],
    )
    trace = gru["forward"](params, ours(x), ours(h0)[0])
    assert oracle.relative_error(trace[1][1:], ours(states)) < 1e-12
    grads, dh0, dx = gru["backward"](params, trace, ours(weight))
    for mine, true in (
        (grads.U, theirs.weight_ih_l0.grad.numpy()),
        (grads.W, theirs.weight_hh_l0.grad.numpy()),
        (grads.b[:, 0], theirs.bias_ih_l0.grad.numpy()),
        (grads.bm[:, 0], theirs.bias_hh_l0.grad.numpy()[2 * n :]),
        (dh0, ours(h0.grad)[0]),
        (dx, ours(x.grad)),
    ):
        assert oracle.relative_error(mine, true) < 1e-12
