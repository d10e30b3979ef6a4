"""Derivatives of any function by the complex step: no formula is known here.

For an analytic f that is real on the real line,

    f(x + i s) = f(x) + i s f'(x) - s^2 f''(x) / 2 - ...

so the imaginary part over s is the derivative. Nothing nearly equal is
subtracted, and s may be so small that no further term counts (Squire and
Trapp, SIAM Review 40, 1998).
"""

import numpy as np

from bptt_core import arrays

STEP = 1e-100  # derivatives down to 1e-200 survive the product with it


def gradient(f, x):
    """Return df/dx, of the shape of x, for f from an array to a scalar.

    f is called once per entry of x with a complex array; it must be
    analytic: no absolute value, no conjugate, no real part, no comparison.
    Raises ValueError when x is not real and finite, when f(x) is not one
    number, and when f returns a real number, having lost the step; TypeError
    when f is no function.
    """
    derivative = jacobian(f, x)
    if derivative.shape != np.shape(x):
        shape = derivative.shape[: derivative.ndim - np.ndim(x)]
        raise ValueError(f"f must return one number; got shape {shape}")
    return derivative


def jacobian(f, x):
    """Return df/dx, of shape f(x).shape + x.shape, for f to an array.

    What is asked of f and x, and what raises, is as for `gradient`.
    """
    arrays.check_callable("f", f)
    (x,) = arrays.same_dtype(arrays.checked("x", x, "...", {}))
    if x.dtype.kind == "c":
        raise ValueError(f"x must be real; got dtype {x.dtype}")
    columns = []
    for k in range(x.size):
        stepped = x.astype(np.complex128)
        stepped.flat[k] += STEP * 1j
        value = np.asarray(f(stepped))
        if value.dtype.kind != "c":
            raise ValueError(
                "f must return complex numbers for complex x, or the step "
                f"is lost; got dtype {value.dtype}"
            )
        columns.append(value.imag / STEP)
    shape = columns[0].shape + x.shape
    return np.stack(columns, axis=-1).reshape(shape)


def relative_error(value, reference):
    """Return ||value - reference|| / ||reference||, with no absolute floor.

    Each norm is taken in units of its own largest entry, so that no square
    underflows or overflows. Two zeros agree (0.0); nothing else agrees with
    zero (inf). Raises ValueError when the shapes differ or an entry is not
    finite.
    """
    value = arrays.checked("value", value, "...", {})
    reference = arrays.checked("reference", reference, "...", {})
    if value.shape != reference.shape:
        raise ValueError(
            f"value must have the shape of reference {reference.shape}; "
            f"got {value.shape}"
        )
    distance, size = _norm(value - reference), _norm(reference)
    if size == 0:
        return 0.0 if distance == 0 else np.inf
    return float(distance / size)


def _norm(array):
    unit = np.abs(array).max()
    return unit * np.linalg.norm(array / unit) if unit > 0 else 0.0
