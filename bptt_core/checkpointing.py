"""The same gradients in the memory of a few times sqrt(T) steps.

The trace of a forward pass grows with T. Here it is thrown away, all but
the states in front of every segment of about sqrt(T) / 2 steps; on the way
back each segment is run forward once more. It costs a second forward pass.
(Chen, Xu, Zhang and Guestrin, 2016, arXiv:1604.06174.)
"""

from collections.abc import Callable
from functools import partial
from math import ceil, sqrt
from typing import Annotated

from bptt_core import arrays, fast, lstm, rnn
from bptt_core.activations import Activation
from bptt_core.arrays import Array, shaped

OutputGradient = Callable[[Array, slice], Array]


@shaped
def rnn_gradients(
    params: rnn.Params,
    x: Annotated[Array, "T d B"],
    h0: Annotated[Array, "n B"],
    output_gradient: OutputGradient,
    activation: Activation = rnn.TANH,
) -> tuple[rnn.Params, Array]:
    """Return dL/dparams, rnn.Params, and dL/dh_0, (n, B).

    The arguments are those of `rnn.forward`, and a function:
    `output_gradient(z, steps)` must return dL/dz_t, (S, m, B), of the logits
    z, (S, m, B), of the S steps of the slice `steps`. It is called once for
    each segment, the last one first. For the summed cross-entropy it is

        lambda z, steps: losses.output_gradient(z, y[steps])

    Of the states, 2 sqrt(T) n B numbers are kept, and a segment needs about
    2 sqrt(T) n B more. Raises as `rnn.forward` and `rnn.backward` do.
    """
    forward = partial(fast.rnn_forward, params, activation=activation)
    backward = partial(fast.rnn_backward, params)
    return _gradients(forward, backward, x, (h0,), output_gradient)


@shaped
def lstm_gradients(
    params: lstm.Params,
    x: Annotated[Array, "T d B"],
    h0: Annotated[Array, "n B"],
    c0: Annotated[Array, "n B"],
    output_gradient: OutputGradient,
) -> tuple[lstm.Params, Array, Array]:
    """Return dL/dparams, lstm.Params, dL/dh_0 and dL/dc_0, (n, B).

    Arguments are as for `lstm.forward` and `rnn_gradients`. Of the states,
    4 sqrt(T) n B numbers are kept, and a segment needs about 10 sqrt(T) n B.
    """
    forward = partial(fast.lstm_forward, params)
    backward = partial(fast.lstm_backward, params)
    return _gradients(forward, backward, x, (h0, c0), output_gradient)


def _gradients(forward, backward, x, states, output_gradient):
    length = ceil(sqrt(len(x)) / 2)
    segments = [slice(k, k + length) for k in range(0, len(x), length)]
    kept = [states]
    for steps in segments[:-1]:
        last = forward(x[steps], *kept[-1])[1 : 1 + len(states)]  # h, and c
        kept.append([array[-1].copy() for array in last])
        del last  # the copies do not hold the whole trace

    total, after = None, ()
    for steps in reversed(segments):
        trace = forward(x[steps], *kept.pop())
        dz = output_gradient(trace.z, steps)
        known = dict(zip("SmB", trace.z.shape, strict=True))
        arrays.checked("output_gradient(z, steps)", dz, "S m B", known)
        gradients = backward(trace, dz, *after)
        after = gradients[1 : 1 + len(states)]
        if total is None:
            total = gradients.params
        else:
            fast.add(total, gradients.params)
        del trace, dz, gradients  # before the next segment is run
    return total, *after
