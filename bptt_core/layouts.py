"""Parameters in the layouts of PyTorch and Keras, as plain arrays.

This serves both networks: the rows of one gate are a block of n, and an
Elman network has one block, an LSTM four. We stack them
i, f, o, g; PyTorch and Keras stack them i, f, g, o (Keras calls g "c").
PyTorch keeps our orientation, and two biases that are only ever added;
Keras keeps every matrix transposed.

Sources: the documentation of torch.nn.LSTM; keras/src/layers/rnn/lstm.py.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from bptt_core import arrays, lstm, rnn
from bptt_core.arrays import Array

Params = rnn.Params | lstm.Params

THEIRS_FROM_OURS = {1: [0], 4: [0, 1, 3, 2]}  # and back: it is an exchange
CLASSES = {1: rnn.Params, 4: lstm.Params}


def to_torch(params: Params) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return two dicts for load_state_dict: of nn.RNN or nn.LSTM, nn.Linear.

    Our b becomes bias_ih_l0, and bias_hh_l0 is zero. (Of a gradient: each
    of the two biases has the gradient of b.)
    """
    U, W, b, V, c = _exchanged(params)
    recurrent = {
        "weight_ih_l0": U,
        "weight_hh_l0": W,
        "bias_ih_l0": b[:, 0],
        "bias_hh_l0": np.zeros_like(b[:, 0]),
    }
    return recurrent, {"weight": V, "bias": c[:, 0]}


def from_torch(
    recurrent: Mapping[str, Array], linear: Mapping[str, Array]
) -> Params:
    """Return our Params from the state dicts of the two modules.

    One layer, one direction, with biases; the shapes tell rnn.Params from
    lstm.Params. Raises ValueError for a missing name or a wrong shape,
    TypeError for an argument that is not a mapping.
    """
    for name, value in (("recurrent", recurrent), ("linear", linear)):
        if not isinstance(value, Mapping):
            raise TypeError(
                f"{name} must be a mapping of names to arrays; "
                f"got {type(value).__qualname__}"
            )
    biases = [
        _entry("recurrent", recurrent, name, "rows")
        for name in ("bias_ih_l0", "bias_hh_l0")
    ]
    return _exchanged_params(
        U=_entry("recurrent", recurrent, "weight_ih_l0", "rows d"),
        W=_entry("recurrent", recurrent, "weight_hh_l0", "rows n"),
        b=sum(biases)[:, None],
        V=_entry("linear", linear, "weight", "m n"),
        c=_entry("linear", linear, "bias", "m")[:, None],
    )


def to_keras(params: Params) -> tuple[list[Array], list[Array]]:
    """Return two lists for set_weights: of SimpleRNN or LSTM, and of Dense.

    The first is kernel, recurrent_kernel, bias; the second kernel, bias.
    """
    U, W, b, V, c = _exchanged(params)
    return [U.T, W.T, b[:, 0]], [V.T, c[:, 0]]


def from_keras(recurrent: Sequence[Array], dense: Sequence[Array]) -> Params:
    """Return our Params from what get_weights of the two layers gives.

    Raises ValueError for a wrong number of arrays or a wrong shape,
    TypeError for an argument that is not a list.
    """
    for name, value, length in (
        ("recurrent", recurrent, 3), ("dense", dense, 2)
    ):
        if not isinstance(value, list | tuple):
            raise TypeError(
                f"{name} must be a list of arrays; "
                f"got {type(value).__qualname__}"
            )
        if len(value) != length:
            raise ValueError(
                f"{name} must hold {length} arrays; got {len(value)}"
            )
    return _exchanged_params(
        U=_entry("recurrent", recurrent, 0, "d rows").T,
        W=_entry("recurrent", recurrent, 1, "n rows").T,
        b=_entry("recurrent", recurrent, 2, "rows")[:, None],
        V=_entry("dense", dense, 0, "n m").T,
        c=_entry("dense", dense, 1, "m")[:, None],
    )


def _entry(name, holder, key, axes):
    try:
        value = holder[key]
    except KeyError:
        raise ValueError(
            f"{name} must hold {key!r}; got {sorted(holder)}"
        ) from None
    return arrays.checked(f"{name}[{key!r}]", value, axes, {})


def _exchanged_params(U, W, b, V, c):
    """Return the Params of these arrays, whose blocks are in their order."""
    n = W.shape[1]
    kind = CLASSES.get(W.shape[0] // n)
    if kind is None or W.shape[0] % n:
        raise ValueError(
            "the recurrent weights must have n rows for n units, or 4n for "
            f"an LSTM; got {W.shape[0]} rows for {n} units"
        )
    return _exchanged(kind(U, W, b, V, c))


def _exchanged(params):
    """Return the Params with the blocks of o and g exchanged, checked."""
    if not isinstance(params, tuple(CLASSES.values())):
        arrays.check_instance("params", params, lstm.Params)
    params = arrays.as_annotated("params", params, type(params), {})
    blocks = 4 if isinstance(params, lstm.Params) else 1
    order = THEIRS_FROM_OURS[blocks]

    def exchange(array):
        return np.concatenate([np.split(array, blocks)[k] for k in order])

    return params._replace(
        U=exchange(params.U), W=exchange(params.W), b=exchange(params.b)
    )
