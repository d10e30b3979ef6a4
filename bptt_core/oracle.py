"""Derivatives of any function by the complex step: no formula is known here.

For an analytic f that is real on the real line,

    f(x + i s) = f(x) + i s f'(x) - s^2 f''(x) / 2 - ...

so the imaginary part over s is the derivative. Nothing nearly equal is
subtracted, and s may be so small that no further term counts (Squire and
Trapp, SIAM Review 40, 1998).
"""

from collections.abc import Callable
from typing import Annotated, NamedTuple, TypeVar

import numpy as np

from bptt_core import arrays
from bptt_core.arrays import Array, shaped

Params = TypeVar("Params", bound=NamedTuple)

STEP = 1e-100  # derivatives down to 1e-200 survive the product with it


@shaped
def gradient(
    f: Callable[[Array], complex], x: Annotated[Array, "..."]
) -> Array:
    """Return df/dx, of the shape of x, for f from an array to a scalar.

    f is called once per entry of x with a complex array; it must be
    analytic: no absolute value, no conjugate, no real part, no comparison.
    Raises ValueError when x is not real and finite, when f(x) is not one
    number, and when f returns a real number, which has lost the step;
    TypeError when f is not a function.

    >>> from bptt_core import oracle
    >>> oracle.gradient(lambda x: (x**3).sum(), np.array([1.0, 2.0]))
    array([ 3., 12.])
    """
    derivative = jacobian(f, x)
    if derivative.shape != x.shape:
        shape = derivative.shape[: derivative.ndim - x.ndim]
        raise ValueError(f"f must return one number; got shape {shape}")
    return derivative


@shaped
def gradients(f: Callable[[Params], complex], params: Params) -> Params:
    """Return df/dparams, of the class of params, for f to a scalar.

    `params` is a NamedTuple of arrays, such as `rnn.Params`. What is asked
    of f and of each array, and what raises, is as for `gradient`.
    """
    return params._replace(
        **{
            name: gradient(
                lambda array, name=name: f(params._replace(**{name: array})),
                arrays.real(f"params.{name}", part),
            )
            for name, part in params._asdict().items()
        }
    )


@shaped
def jacobian(f: Callable[[Array], Array], x: Annotated[Array, "..."]) -> Array:
    """Return df/dx, of shape f(x).shape + x.shape, for f to an array.

    What is asked of f and x, and what raises, is as for `gradient`.
    """
    x = arrays.real("x", x)
    columns = []
    for k in range(x.size):
        stepped = x.astype(np.complex128)
        stepped.flat[k] += STEP * 1j
        value = np.asarray(f(stepped))
        if value.dtype.kind != "c" or value.dtype.itemsize < 16:
            raise ValueError(
                "f must return complex numbers of double precision for "
                f"complex x, or the step is lost; got dtype {value.dtype}"
            )
        columns.append(value.imag / STEP)
    shape = columns[0].shape + x.shape
    return np.stack(columns, axis=-1).reshape(shape)


@shaped
def relative_error(
    value: Annotated[Array, "..."], reference: Annotated[Array, "..."]
) -> float:
    """Return ||value - reference|| / ||reference||, with no absolute floor.

    No square underflows or overflows. Two zeros agree (0.0); nothing else
    agrees with zero (inf). Raises ValueError when the shapes differ or an
    entry is not finite.
    """
    if value.shape != reference.shape:
        raise ValueError(
            f"value must have the shape of reference {reference.shape}; "
            f"got {value.shape}"
        )
    distance, size = arrays.norm(value - reference), arrays.norm(reference)
    if size == 0:
        return 0.0 if distance == 0 else np.inf
    return distance / size
