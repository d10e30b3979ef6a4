"""A stand-in for NumPy: what the checker uses of it, in plain Python.

A browser runs the checker without NumPy, which weighs more than everything
else that a page would have to load. The arrays of the checker hold a few
hundred numbers, so that plain Python is fast enough. Nothing here is an idea
of its own: each function means what NumPy's of the same name means, and
tests/test_in_page_numpy.py holds them to it, operation by operation.

    arrays       ``ndarray``: indexing and views, arithmetic, reductions
    functions    the functions of arrays
    linalg       the length of an array
    random       PCG64 and its normal and whole numbers, bit for bit
    ziggurat     the tables that the normal numbers are drawn by

What differs: there are four kinds of number, bool, int, float and complex.
What NumPy returns as a scalar is here an array without axes. ``real`` and
``imag`` are copies. There are no warnings. What the checker does not use
is missing, and asking for it is an error.
"""

import math

from . import linalg, random
from .arrays import broadcast_shapes, dtype, finfo, inf, nan, ndarray
from .functions import (
    abs,
    add,
    all,
    allclose,
    any,
    arange,
    arctan,
    argmax,
    argwhere,
    array,
    asarray,
    broadcast_to,
    ceil,
    concatenate,
    cos,
    cosh,
    diag,
    divide,
    dot,
    empty,
    empty_like,
    errstate,
    exp,
    eye,
    flatnonzero,
    floor,
    full,
    iinfo,
    integer,
    isfinite,
    isinf,
    isnan,
    isrealobj,
    linspace,
    log,
    log10,
    logical_and,
    logical_not,
    logical_or,
    matmul,
    max,
    maximum,
    min,
    minimum,
    moveaxis,
    multiply,
    nan_to_num,
    ndim,
    ndindex,
    negative,
    ones,
    ones_like,
    outer,
    positive,
    ravel,
    real,
    result_type,
    shape,
    sin,
    sinh,
    split,
    sqrt,
    square,
    stack,
    sum,
    swapaxes,
    take,
    tanh,
    tensordot,
    transpose,
    unravel_index,
    vdot,
    where,
    zeros,
    zeros_like,
)

newaxis, pi = None, math.pi
float64, complex128, intp = float, complex, int


class ma:
    """Arrays with a mask, which this library does not have."""

    class MaskedArray:
        pass


__all__ = [
    "abs",
    "add",
    "all",
    "allclose",
    "any",
    "arange",
    "arctan",
    "argmax",
    "argwhere",
    "array",
    "asarray",
    "broadcast_shapes",
    "broadcast_to",
    "ceil",
    "complex128",
    "concatenate",
    "cos",
    "cosh",
    "diag",
    "divide",
    "dot",
    "dtype",
    "empty",
    "empty_like",
    "errstate",
    "exp",
    "eye",
    "finfo",
    "flatnonzero",
    "float64",
    "floor",
    "full",
    "iinfo",
    "inf",
    "integer",
    "intp",
    "isfinite",
    "isinf",
    "isnan",
    "isrealobj",
    "linalg",
    "linspace",
    "log",
    "log10",
    "logical_and",
    "logical_not",
    "logical_or",
    "ma",
    "matmul",
    "max",
    "maximum",
    "min",
    "minimum",
    "moveaxis",
    "multiply",
    "nan",
    "nan_to_num",
    "ndarray",
    "ndim",
    "ndindex",
    "negative",
    "newaxis",
    "ones",
    "ones_like",
    "outer",
    "pi",
    "positive",
    "random",
    "ravel",
    "real",
    "result_type",
    "shape",
    "sin",
    "sinh",
    "split",
    "sqrt",
    "square",
    "stack",
    "sum",
    "swapaxes",
    "take",
    "tanh",
    "tensordot",
    "transpose",
    "unravel_index",
    "vdot",
    "where",
    "zeros",
    "zeros_like",
]
