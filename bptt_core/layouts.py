"""Parameters in the layouts of PyTorch and Keras, as plain arrays.

The rows of one gate are a block of n: an Elman network has one block, an
LSTM four. We stack them i, f, o, g; PyTorch and Keras stack them i, f, g, o
(Keras calls g "c"). A GRU has three, r, z, n here and in PyTorch. PyTorch
keeps our orientation, and two biases that are only ever added, but for the
n of a GRU; Keras keeps every matrix transposed.

Sources: the documentation of torch.nn.LSTM; keras/src/layers/rnn/lstm.py.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from bptt_core import arrays, gru, lstm, rnn
from bptt_core.arrays import Array, shaped

Params = rnn.Params | lstm.Params | gru.Params
InKeras = rnn.Params | lstm.Params


def to_torch(params: Params) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return two dicts for load_state_dict: of nn.RNN, LSTM or GRU, Linear.

    Our b becomes bias_ih_l0, and bias_hh_l0 is zero, but for the bm of a
    GRU. (Of a gradient: each of the two has that of b, again but for bm.)
    """
    U, W, b, *bm, V, c = _exchanged(params)
    also_b = np.zeros_like(b[:, 0])
    for part in bm:  # of a GRU
        also_b[-len(part) :] = part[:, 0]
    recurrent = {
        "weight_ih_l0": U,
        "weight_hh_l0": W,
        "bias_ih_l0": b[:, 0],
        "bias_hh_l0": also_b,
    }
    return recurrent, {"weight": V, "bias": c[:, 0]}


@shaped
def from_torch(
    recurrent: Mapping[str, Array], linear: Mapping[str, Array]
) -> Params:
    """Return our Params from the state dicts of the two modules.

    One layer, one direction, with biases; the shapes tell the network.
    Raises ValueError for a missing name or a wrong shape, TypeError for an
    argument that is not a mapping.
    """
    axes = {
        "bias_ih_l0": "rows",
        "bias_hh_l0": "rows",
        "weight_ih_l0": "rows d",
        "weight_hh_l0": "rows n",
    }
    b, also_b, U, W = _entries("recurrent", recurrent, axes)
    V, c = _entries("linear", linear, {"weight": "m n", "bias": "m"})
    rows, n = W.shape
    if rows != 3 * n:
        return _params(U, W, (b + also_b)[:, None], V, c[:, None])
    bm = also_b[-n:, None].copy()
    b = b + np.append(also_b[:-n], np.zeros(n))
    return _exchanged(gru.Params(U, W, b[:, None], bm, V, c[:, None]))


@shaped
def to_keras(params: InKeras) -> tuple[list[Array], list[Array]]:
    """Return two lists for set_weights: of SimpleRNN or LSTM, and of Dense.

    The first is kernel, recurrent_kernel, bias; the second kernel, bias.
    """
    U, W, b, V, c = _exchanged(params)
    return [U.T, W.T, b[:, 0]], [V.T, c[:, 0]]


@shaped
def from_keras(recurrent: Sequence[Array], dense: Sequence[Array]) -> Params:
    """Return our Params from what get_weights of the two layers gives.

    Raises ValueError for a wrong number of arrays or a wrong shape,
    TypeError for an argument that is not a sequence.
    """
    axes = {0: "d rows", 1: "n rows", 2: "rows"}
    U, W, b = _entries("recurrent", recurrent, axes)
    V, c = _entries("dense", dense, {0: "n m", 1: "m"})
    return _params(U.T, W.T, b[:, None], V.T, c[:, None])


def _entries(name, holder, axes):
    """Return the arrays that belong to the keys of `axes`, checked."""
    if isinstance(holder, Sequence) and len(holder) != len(axes):
        raise ValueError(
            f"{name} must hold {len(axes)} arrays; got {len(holder)}"
        )
    known, entries = {}, []
    for key, shape in axes.items():
        if isinstance(holder, Mapping) and key not in holder:
            raise ValueError(f"{name} must hold {key!r}; got {[*holder]}")
        entry = f"{name}[{key!r}]", holder[key]
        entries.append(arrays.checked(*entry, shape, known))
    return entries


def _params(U, W, b, V, c):
    """Return the Params of these arrays, whose blocks are in their order."""
    rows, n = W.shape
    kind = {1: rnn.Params, 4: lstm.Params}.get(rows / n)
    if kind is None:
        raise ValueError(
            "the recurrent weights must have n rows for n units, 4n for an "
            f"LSTM, 3n for a GRU of PyTorch; got {rows} rows for {n} units"
        )
    return _exchanged(kind(U, W, b, V, c))


@shaped
def _exchanged(params: Params) -> Params:
    """Return a copy, with the blocks of o and g exchanged in an LSTM."""
    order = [0, 1, 3, 2] if isinstance(params, lstm.Params) else [0]
    U, W, b = (
        np.concatenate([np.split(array, len(order))[k] for k in order])
        for array in params[:3]
    )
    return params._replace(U=U, W=W, b=b)
