"""The same gradients in the memory of a few times sqrt(T) steps.

The trace of a forward pass grows with T. Here it is thrown away, all but
the states in front of every segment of about sqrt(T) / 2 steps; on the way
back each segment is run forward once more. It costs a second forward pass.
(Chen, Xu, Zhang and Guestrin, 2016, arXiv:1604.06174.)
"""

from collections.abc import Callable
from math import ceil, sqrt
from typing import Annotated, Any

from bptt_core import arrays, fast
from bptt_core.arrays import Array, shaped


@shaped
def gradients(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    x: Annotated[Array, "T d B"],
    states: tuple[Array, ...],
    output_gradient: Callable[[Array, slice], Array],
) -> tuple[Any, ...]:
    """Return dL/dparams, dL/dh_0, and of an LSTM dL/dc_0.

    forward(x, *states) and backward(trace, dz) are the passes of a network,
    its parameters filled in; states: h_0, and the c_0 of an LSTM:

        forward = partial(fast.lstm_forward, params)
        backward = partial(fast.lstm_backward, params)
        gradients(forward, backward, x, (h0, c0), output_gradient)

    `output_gradient(z, steps)` must return dL/dz_t, (S, m, B), of the logits
    z, (S, m, B), of the S steps of the slice `steps`. It is called once for
    each segment, the last one first. For the summed cross-entropy it is

        lambda z, steps: losses.output_gradient(z, y[steps])

    Of the states, 2 sqrt(T) n B numbers are kept, and a segment needs about
    2 sqrt(T) n B more, of an LSTM 4 and 10.
    """
    if not states:
        raise ValueError("states must hold h_0; got none")
    known = {"B": x.shape[2]}
    for k, state in enumerate(states):
        arrays.checked(f"states[{k}]", state, "n B", known)
    length = ceil(sqrt(len(x)) / 2)
    segments = [slice(k, k + length) for k in range(0, len(x), length)]
    kept = [states]
    for steps in segments[:-1]:
        last = forward(x[steps], *kept[-1])[1 : 1 + len(states)]  # h, and c
        kept.append(tuple(array[-1].copy() for array in last))
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
