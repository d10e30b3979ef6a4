"""A stand-in for NumPy: what the checker uses of it, in plain Python.

A browser runs the checker without NumPy, which weighs more than everything
else that a page would have to load. The arrays of the checker hold a few
hundred numbers, so that plain Python is fast enough. Nothing here is an idea
of its own: each function means what NumPy's of the same name means, and
tests/test_in_page_numpy.py holds them to it, operation by operation.

    arrays       ``ndarray``: indexing and views, arithmetic, reductions
    functions    the functions of arrays
    random       PCG64 and its normal and whole numbers, bit for bit
    ziggurat     the tables that the normal numbers are drawn by

What differs: there are four kinds of number, bool, int, float and complex.
What NumPy returns as a scalar is here an array without axes. ``real`` and
``imag`` are copies. There are no warnings. What the checker does not use
is missing, and asking for it is an error.
"""

from . import random
from .arrays import broadcast_shapes, finfo, inf, nan, ndarray
from .functions import (
    abs,
    all,
    allclose,
    any,
    arange,
    arctan,
    argmax,
    array,
    asarray,
    broadcast_to,
    ceil,
    cos,
    empty,
    errstate,
    exp,
    eye,
    flatnonzero,
    floor,
    full,
    isfinite,
    isinf,
    isnan,
    linspace,
    log,
    log10,
    logical_and,
    logical_not,
    matmul,
    max,
    maximum,
    minimum,
    moveaxis,
    multiply,
    nan_to_num,
    ndim,
    ndindex,
    ones,
    ones_like,
    shape,
    sin,
    sqrt,
    sum,
    swapaxes,
    take,
    tanh,
    transpose,
    unravel_index,
    where,
    zeros,
    zeros_like,
)

__all__ = [
    "abs",
    "all",
    "allclose",
    "any",
    "arange",
    "arctan",
    "argmax",
    "array",
    "asarray",
    "broadcast_shapes",
    "broadcast_to",
    "ceil",
    "cos",
    "empty",
    "errstate",
    "exp",
    "eye",
    "finfo",
    "flatnonzero",
    "floor",
    "full",
    "inf",
    "isfinite",
    "isinf",
    "isnan",
    "linspace",
    "log",
    "log10",
    "logical_and",
    "logical_not",
    "matmul",
    "max",
    "maximum",
    "minimum",
    "moveaxis",
    "multiply",
    "nan",
    "nan_to_num",
    "ndarray",
    "ndim",
    "ndindex",
    "ones",
    "ones_like",
    "random",
    "shape",
    "sin",
    "sqrt",
    "sum",
    "swapaxes",
    "take",
    "tanh",
    "transpose",
    "unravel_index",
    "where",
    "zeros",
    "zeros_like",
]
