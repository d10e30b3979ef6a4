"""The stand-in for NumPy does what NumPy does, operation by operation."""

import importlib.util
import operator
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as shapes

from tools.coding import CORE

HOME = Path(__file__).parents[1] / "in_page" / "numpy"
# NumPy's processor instructions and Python's library round a few times.
CLOSE = 8 * np.finfo(float).eps
KINDS = {"b": bool, "i": int, "f": float, "c": complex}

settings.register_profile(
    "stand-in",
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("stand-in")


def stand_in():
    """The stand-in under a name of its own, beside the real NumPy."""
    place = HOME / "__init__.py"
    spec = importlib.util.spec_from_file_location(
        "stand_in", place, submodule_search_locations=[str(HOME)]
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules["stand_in"] = module
    spec.loader.exec_module(module)
    return module


OURS = stand_in()

ORDINARY = st.floats(-50, 50)
HARD = st.floats(width=64)
WHOLE = st.integers(-40, 40)


def elements(kind, numbers=ORDINARY):
    if kind == "c":
        return st.builds(complex, numbers, numbers)
    return {"b": st.booleans(), "i": WHOLE, "f": numbers}[kind]


@st.composite
def arrays(draw, kinds="bifc", numbers=ORDINARY, shape=None, most=3):
    kind = draw(st.sampled_from(kinds))
    if shape is None:
        shape = draw(
            shapes.array_shapes(min_dims=0, max_dims=most, max_side=3)
        )
    size = int(np.prod(shape))
    values = draw(
        st.lists(elements(kind, numbers), min_size=size, max_size=size)
    )
    return np.array(values, KINDS[kind]).reshape(shape)


@st.composite
def pairs(draw, kinds="bifc", numbers=ORDINARY):
    """Two arrays, most of which broadcast."""
    found = draw(
        shapes.mutually_broadcastable_shapes(num_shapes=2, max_dims=3)
    )
    one, other = found.input_shapes
    if draw(st.integers(0, 9)) == 0:
        other = (*other, 4)
    return tuple(draw(arrays(kinds, numbers, shape)) for shape in (one, other))


def ours(array):
    """The stand-in's array of the same numbers."""
    kind = KINDS[array.dtype.kind]
    return OURS.array(array.reshape(-1).tolist(), kind).reshape(array.shape)


def both(operation, *given, errors=(TypeError, ValueError, IndexError)):
    """What NumPy and the stand-in make of it; an error is its class."""
    found = []
    for library, convert in ((np, np.copy), (OURS, ours)):
        arguments = [
            convert(a) if isinstance(a, np.ndarray) else a for a in given
        ]
        try:
            with np.errstate(all="ignore"):
                found.append(operation(library, *arguments))
        except errors as error:
            found.append(error)
    return found


def same(theirs, made, close=0.0):
    """Demand one kind, one shape, and numbers that differ by rounding."""
    if isinstance(theirs, Exception):
        assert isinstance(made, Exception), (theirs, made)
        return
    assert not isinstance(made, Exception), (theirs, made)
    theirs = np.asarray(theirs)
    assert isinstance(made, OURS.ndarray), made
    assert made.shape == theirs.shape
    assert made.dtype.kind == theirs.dtype.kind
    numbers = np.array(list(made.numbers), theirs.dtype).reshape(theirs.shape)
    if theirs.dtype.kind == "c":
        part = np.abs(theirs)
        for one, other in (
            (theirs.real, numbers.real),
            (theirs.imag, numbers.imag),
        ):
            _close(one, other, close, part)
    else:
        _close(theirs, numbers, close)


def _close(theirs, made, close, size=None):
    if theirs.dtype.kind in "bi":
        assert (theirs == made).all(), (theirs, made)
        return
    size = np.abs(theirs) if size is None else size
    with np.errstate(all="ignore"):
        near = np.abs(theirs - made) <= close * size
    lost = np.isnan(theirs) & np.isnan(made)
    assert (near | (theirs == made) | lost).all(), (theirs, made)


OPERATORS = {
    "+": lambda _, x, y: x + y,
    "-": lambda _, x, y: x - y,
    "*": lambda _, x, y: x * y,
    "/": lambda _, x, y: x / y,
    "==": lambda _, x, y: x == y,
    "!=": lambda _, x, y: x != y,
    "multiply": lambda np, x, y: np.multiply(x, y),
    "where": lambda np, x, y: np.where(x == 0, x, y),
    "logical_and": lambda np, x, y: np.logical_and(x, y),
    "logical_or": lambda np, x, y: np.logical_or(x, y),
    "add": lambda np, x, y: np.add(x, y),
    "outer": lambda np, x, y: np.outer(x, y),
}
ORDERED = {
    "<": lambda _, x, y: x < y,
    "<=": lambda _, x, y: x <= y,
    ">": lambda _, x, y: x > y,
    ">=": lambda _, x, y: x >= y,
    "maximum": lambda np, x, y: np.maximum(x, y),
    "minimum": lambda np, x, y: np.minimum(x, y),
}
BITS = {
    "&": lambda _, x, y: x & y,
    "|": lambda _, x, y: x | y,
    "^": lambda _, x, y: x ^ y,
}
IN_PLACE = {"+=": operator.iadd, "*=": operator.imul, "-=": operator.isub}


@pytest.mark.parametrize("name", OPERATORS)
@given(pair=pairs())
def test_operators(name, pair):
    assume(name != "/" or np.all(pair[1]))
    same(*both(OPERATORS[name], *pair), close=CLOSE)


@pytest.mark.parametrize("name", OPERATORS)
@given(pair=pairs("bif", HARD))
def test_operators_on_hard_numbers(name, pair):
    same(*both(OPERATORS[name], *pair))


@pytest.mark.parametrize("name", ORDERED)
@given(pair=pairs("bif", HARD))
def test_what_is_ordered(name, pair):
    same(*both(ORDERED[name], *pair))


@pytest.mark.parametrize("name", BITS)
@given(pair=pairs("bif"))
def test_bits(name, pair):
    same(*both(BITS[name], *pair))


@pytest.mark.parametrize("name", IN_PLACE)
@given(pair=pairs())
def test_in_place(name, pair):
    """What stands for a number of NumPy is not changed, but made anew."""

    def operation(_, x, y):
        return IN_PLACE[name](x[()], y)

    def changed(_, x, y):
        IN_PLACE[name](x[()], y)
        return x

    copies = [one.copy() for one in pair]
    same(*both(operation, *copies), close=CLOSE)
    copies = [one.copy() for one in pair]
    same(*both(changed, *copies), close=CLOSE)


BESIDE = {k: v for k, v in OPERATORS.items() if not k[0].isalpha()}


@pytest.mark.parametrize("name", BESIDE)
@given(
    array=arrays(),
    number=st.one_of(
        st.booleans(), st.integers(-3, 3), ORDINARY, elements("c")
    ),
    turned=st.booleans(),
)
def test_numbers_of_python_beside_arrays(name, array, number, turned):
    assume(name != "/" or (np.all(array) and number))
    given = (number, array) if turned else (array, number)
    same(*both(BESIDE[name], *given), close=CLOSE)


@given(
    array=arrays("ifc", st.floats(0.01, 50)),
    exponent=st.one_of(st.integers(-4, 4), st.floats(-3, 3)),
)
def test_powers(array, exponent):
    assume(np.all(array))
    # A power of a complex number is found through its logarithm.
    same(*both(lambda _, x: x**exponent, array), close=1e-12)


@given(
    array=arrays("f", HARD), exponent=st.sampled_from([-1, 0, 0.5, 1, 2, 3])
)
def test_powers_of_hard_numbers(array, exponent):
    same(*both(lambda _, x: x**exponent, array), close=CLOSE)


@pytest.mark.parametrize("zero", [0j, complex(0.0, -0.0)])
@pytest.mark.parametrize("exponent", [-2, -1, -0.5, 0, 0.5, 1, 2, 3])
def test_powers_of_complex_zero(zero, exponent):
    theirs, made = both(lambda _, x: x**exponent, np.array([zero]))
    same(np.isfinite(theirs), OURS.isfinite(made))
    if np.isfinite(theirs):
        same(theirs, made)


@st.composite
def products(draw):
    """Two stacks of matrices, or vectors, that nearly always fit."""
    rows, inner, columns = (draw(st.integers(1, 4)) for _ in range(3))
    other = draw(st.sampled_from([inner] * 9 + [inner + 1]))
    lead = draw(
        shapes.mutually_broadcastable_shapes(num_shapes=2, max_dims=2)
    ).input_shapes
    one = draw(st.sampled_from([(*lead[0], rows, inner)] * 4 + [(inner,)]))
    two = draw(st.sampled_from([(*lead[1], other, columns)] * 4 + [(other,)]))
    return draw(arrays(shape=one)), draw(arrays(shape=two))


@example(pair=(np.arange(3.0), np.arange(1.0, 4.0)))
@given(pair=products())
def test_matrix_products(pair):
    assume(any(one.ndim > 1 for one in pair))
    theirs, made = both(lambda np, x, y: np.matmul(x, y), *pair)
    if not isinstance(theirs, Exception):
        # Terms may cancel: what rounds is as large as they are.
        exact = np.asarray(theirs)
        size = np.abs(pair[0]).astype(float) @ np.abs(pair[1]).astype(float)
        assert made.shape == exact.shape
        assert made.dtype.kind == exact.dtype.kind
        numbers = np.array(list(made.numbers)).reshape(exact.shape)
        if exact.dtype.kind == "b":
            assert (numbers == exact).all()
        else:
            assert (np.abs(numbers - exact) <= CLOSE * size).all()
    else:
        same(theirs, made)


EXACT = st.integers(-20, 20).map(float)


@given(data=st.data())
def test_sums_of_products_over_axes(data):
    """Of whole numbers, which no order of adding rounds."""
    one, other = (data.draw(arrays("ifc", EXACT)) for _ in range(2))
    kinds = [complex if a.dtype.kind == "c" else float for a in (one, other)]
    one, other = (
        np.round(a).astype(kind)
        for a, kind in zip((one, other), kinds, strict=True)
    )
    axes = data.draw(
        st.one_of(
            st.integers(0, 2),
            st.tuples(st.integers(-2, 2), st.integers(-2, 2)),
            st.tuples(
                *[
                    st.lists(
                        st.integers(0, 2), min_size=k, max_size=k, unique=True
                    )
                    for k in (2, 2)
                ]
            ),
        )
    )
    same(*both(lambda np, x, y: np.tensordot(x, y, axes), one, other))
    same(*both(lambda np, x, y: np.vdot(x, y), one, other))
    if max(one.ndim, other.ndim) <= 2:
        same(*both(lambda np, x, y: np.dot(x, y), one, other))
    if one.ndim and max(one.ndim, other.ndim) <= 2:
        same(*both(lambda _, x, y: x.dot(y), one, other))


@given(array=arrays("ifc", st.floats(-1e150, 1e150)))
def test_the_length_of_an_array(array):
    """Where a square underflows, each keeps what it can of its digits."""
    parts = np.abs([np.real(array), np.imag(array)])
    assume(np.all((parts == 0) | (parts > 1e-150)))
    same(*both(lambda np, x: np.linalg.norm(x), array), close=1e-13)


@given(array=arrays("fc"), place=st.integers(-9, 9))
def test_numbers_by_their_place(array, place):
    def changed(_, x):
        x = x.T
        x.flat[place] += 1
        return x

    same(*both(changed, array.copy()))


@pytest.mark.parametrize("name", ["exp", "negative", "add", "divide"])
@given(array=arrays("f", st.floats(1, 9)))
def test_what_is_found_is_written_into_an_array(name, array):
    more = [1.0] if name in ("add", "divide") else []

    def found(np, x):
        made = getattr(np, name)(*more, x, out=x)
        assert made is x
        return x

    assume(array.ndim)
    same(*both(found, array.copy()), close=CLOSE)
    same(
        *both(lambda np, x: getattr(np, name)(*more, x, out=None), array),
        close=CLOSE,
    )


@given(one=arrays(), other=arrays())
def test_kinds_that_promote(one, other):
    for kind in (
        lambda np, x, y: np.result_type(x, y).kind,
        lambda np, x, y: np.result_type(x.dtype, np.float64).kind,
    ):
        theirs, made = both(kind, one, other)
        assert theirs == made
    wanted = np.dtype(np.float64), np.dtype(np.complex128), np.dtype(bool)
    made = OURS.dtype(float), OURS.dtype(OURS.complex128), OURS.dtype(bool)
    for theirs, mine in zip(wanted, made, strict=True):
        assert (theirs.kind, theirs.itemsize) == (mine.kind, mine.itemsize)
        assert {mine} == {OURS.dtype(mine)}
    assert OURS.dtype(float) != OURS.dtype(int)
    assert OURS.iinfo(OURS.intp).max == np.iinfo(np.intp).max
    for library in (np, OURS):
        assert isinstance(library.arange(3)[1], library.integer)
        assert not isinstance(library.arange(3), library.integer)
        assert not isinstance(library.ones(3)[1], library.integer)
        assert not isinstance(library.ones(3), library.ma.MaskedArray)


FUNCTIONS = (
    "exp",
    "log",
    "log10",
    "sin",
    "cos",
    "tanh",
    "cosh",
    "sinh",
    "sqrt",
    "arctan",
)
WHOLE_OF = ("floor", "ceil")
TESTS = ("isnan", "isinf", "isfinite", "logical_not")


@pytest.mark.parametrize(
    "name",
    [*FUNCTIONS, "abs", "square", "negative", "positive", *WHOLE_OF, *TESTS],
)
@given(array=arrays("if", HARD))
def test_functions(name, array):
    assume(name not in WHOLE_OF or array.dtype.kind == "f")
    assume(name not in ("sin", "cos") or np.all(np.abs(array) < 1e6))
    same(*both(lambda np, x: getattr(np, name)(x), array), close=CLOSE)


@pytest.mark.parametrize("name", [*FUNCTIONS, "abs", *TESTS])
@given(array=arrays("c", st.floats(-20, 20)))
def test_complex_functions(name, array):
    assume(name != "log" or np.all(array))
    near = np.abs(array - 1j), np.abs(array + 1j), np.abs(array - 1)
    assume(np.all(np.minimum.reduce(near) > 0.1))
    assume(name != "log10" or np.all(array))
    same(*both(lambda np, x: getattr(np, name)(x), array), close=1e-13)


@pytest.mark.parametrize(
    "name", ["exp", "log", "sin", "cos", "tanh", "cosh", "sinh", "sqrt"]
)
@given(array=arrays("f", st.floats(-750, 750)))
def test_a_nudge_is_carried_by_its_own_digits(name, array):
    """The imaginary part is 1e-30 times a slope, and right as itself."""
    assume(np.all(np.abs(array) > 1e-3))
    theirs, made = both(
        lambda np, x: getattr(np, name)(x + 1e-30j).imag, array
    )
    same(theirs, made, close=1e-12)


REDUCTIONS = ("sum", "any", "all", "max", "min")


@pytest.mark.parametrize("name", REDUCTIONS)
@given(data=st.data())
def test_reductions(name, data):
    ordered = name in ("max", "min")
    kinds = "bif" if ordered else "bifc"
    numbers = HARD if ordered else st.integers(-99, 99).map(float)
    array = data.draw(arrays(kinds, numbers))
    # NumPy takes axis 0 of an array that has none.
    assume(array.ndim)
    axes = [None, *range(-array.ndim - 1, array.ndim + 1)]
    axes += [(0, -1), (0, 1), (1, 2)]
    axis = data.draw(st.sampled_from(axes))
    keepdims = data.draw(st.booleans())
    same(
        *both(
            lambda np, x: getattr(np, name)(x, axis=axis, keepdims=keepdims),
            array,
        )
    )


@given(array=arrays("bif", HARD))
def test_the_place_of_the_largest(array):
    same(*both(lambda np, x: np.argmax(x), array))
    same(*both(lambda np, x: np.max(x, initial=0.0), array))
    same(*both(lambda np, x: np.flatnonzero(x), array))
    if array.ndim:
        same(*both(lambda np, x: np.argwhere(x), array))


@given(array=arrays("f", HARD))
def test_what_is_no_number_is_replaced(array):
    same(*both(lambda np, x: np.nan_to_num(x, nan=np.inf), array))


@given(data=st.data())
def test_indices_see_and_change_the_same_places(data):
    array = data.draw(arrays())
    place = data.draw(
        shapes.basic_indices(array.shape, allow_newaxis=True, max_dims=5)
    )
    same(*both(lambda _, x: x[place] + 0 * x[place], array))

    def changed(_, x):
        x[place] = x.dtype.type(1)
        return x

    copies = [array.copy()]
    same(*both(changed, *copies))


@given(data=st.data())
def test_views_write_through(data):
    array = data.draw(arrays(most=3))
    assume(array.ndim > 1)

    def changed(_, x):
        for number, row in enumerate(x):
            row[...] = x.dtype.type(number % 2)
        return x

    same(*both(changed, array.copy()))


@given(data=st.data())
def test_masks(data):
    array = data.draw(arrays())
    assume(array.ndim)
    mask = data.draw(arrays("b", shape=array.shape))
    row = data.draw(arrays("b", shape=array.shape[:1]))
    same(*both(lambda _, x, m: x[m], array, mask))
    same(*both(lambda _, x, m: x[m], array, row))

    def changed(_, x, m):
        x[m] = x.dtype.type(0)
        return x

    same(*both(changed, array.copy(), mask))
    same(*both(changed, array.copy(), row))


MOVES = {
    "transpose": lambda np, x, o, a, b: np.transpose(x, o),
    "method": lambda np, x, o, a, b: x.transpose(*o),
    "swapaxes": lambda np, x, o, a, b: np.swapaxes(x, a, b),
    "moveaxis": lambda np, x, o, a, b: np.moveaxis(x, a, b),
    "moveaxes": lambda np, x, o, a, b: np.moveaxis(x, (0, 1), (a, b)),
    "T": lambda np, x, o, a, b: x.T,
    "flat": lambda np, x, o, a, b: x.transpose(*o).reshape(-1),
    "take": lambda np, x, o, a, b: np.take(x, [b], axis=a),
    "reshape": lambda np, x, o, a, b: x.reshape(a, b),
    "ravel": lambda np, x, o, a, b: np.ravel(x.transpose(*o)),
    "stack": lambda np, x, o, a, b: np.stack([x, x + x], a),
    "split": lambda np, x, o, a, b: np.stack(np.split(x, b, a)),
    "diag": lambda np, x, o, a, b: np.diag(x),
    "add axes": lambda np, x, o, a, b: x[..., None] + x[None],
}


@pytest.mark.parametrize("name", MOVES)
@given(data=st.data())
def test_moves(name, data):
    array = data.draw(arrays())
    assume(array.ndim or name not in ("take", "split"))
    assume(name != "diag" or array.ndim in (1, 2))
    order = data.draw(st.permutations(range(array.ndim)))
    least = -1 if name == "reshape" else -3
    a, b = (data.draw(st.integers(least, 3)) for _ in range(2))
    assume(name != "split" or b > 0)
    same(*both(lambda np, x: MOVES[name](np, x, order, a, b), array))


@given(
    array=arrays(),
    shape=st.one_of(shapes.array_shapes(min_dims=0, max_dims=4, max_side=3)),
)
def test_broadcasting_to_a_shape(array, shape):
    same(*both(lambda np, x: np.broadcast_to(x, shape), array))
    theirs, made = both(
        lambda np, x: np.broadcast_shapes(x.shape, shape), array
    )
    if isinstance(theirs, Exception):
        assert isinstance(made, ValueError)
    else:
        assert made == theirs


@given(data=st.data(), axis=st.integers(-4, 3), pair=pairs())
def test_one_behind_the_other(data, axis, pair):
    same(*both(lambda np, x, y: np.concatenate([x, y], axis), *pair))
    array = data.draw(arrays())
    assume(array.ndim)
    same(*both(lambda np, x: np.concatenate([x, x + 1], axis), array))


@given(array=arrays(), kind=st.sampled_from([bool, int, float, complex]))
def test_conversions(array, kind):
    assume(array.dtype.kind != "c" or kind in (bool, complex))
    same(*both(lambda np, x: x.astype(kind), array))
    same(*both(lambda np, x: np.zeros_like(x), array))
    same(*both(lambda np, x: np.ones_like(x), array))
    same(*both(lambda np, x: x.real, array))
    same(*both(lambda np, x: x.imag, array))
    same(*both(lambda np, x: np.real(x), array))
    same(*both(lambda np, x: np.array(np.isrealobj(x)), array))
    same(*both(lambda np, x: np.array([x, x]), array))
    same(*both(lambda np, x: -x, array))
    same(*both(lambda np, x: ~x, array))


def test_what_is_made_of_sizes():
    for make in (
        lambda np: np.eye(3),
        lambda np: np.arange(4),
        lambda np: np.arange(0),
        lambda np: np.arange(2, 6),
        lambda np: np.arange(1, 5.0),
        lambda np: np.arange(3, 1),
        lambda np: np.zeros((2, 3), bool),
        lambda np: np.ones((2,), complex),
        lambda np: np.full((1, 1), 2.5),
        lambda np: np.linspace(-1.4, 1.6, 9),
        lambda np: np.array([[1, 2.5], [True, 3]]),
        lambda np: np.array([]),
        lambda np: np.array([[1, 2], [3]]),
        lambda np: np.array(False),
    ):
        same(*both(make))
    for library in (np, OURS):
        assert list(library.ndindex(2, 2)) == [(0, 0), (0, 1), (1, 0), (1, 1)]
        assert list(library.ndindex()) == [()]
        place = library.unravel_index(7, (2, 3, 2))
        assert tuple(map(int, place)) == (1, 0, 1)
        assert library.ndim([[1, 2]]) == 2
        assert library.shape([[1, 2]]) == (1, 2)
        assert library.finfo(float).eps == 2.0**-52
        assert library.finfo(float).tiny == 2.0**-1022
    near = both(lambda np: np.allclose(np.array([1.0]), np.array([1 + 1e-9])))
    far = both(lambda np: np.allclose(np.array([1.0]), np.array([1.1])))
    assert near == [True, True]
    assert far == [False, False]


def test_one_number_is_a_number_and_more_are_not():
    for library in (np, OURS):
        one, many = library.array(3), library.array([1.0, 2.0])
        assert float(one) == 3
        assert int(one) == 3
        assert bool(one)
        assert [5, 6, 7, 8][one] == 8
        assert f"{library.array(2.5):.2f}" == "2.50"
        assert len(many) == 2
        with pytest.raises(ValueError):  # noqa: PT011
            bool(many)
        with pytest.raises(TypeError):
            float(many)
        with pytest.raises(TypeError):
            hash(many)
        with pytest.raises(TypeError):
            len(one)
        with pytest.raises(IndexError):
            many[2]


class Own:
    """An array of another kind, as derivations.values.bounded has one."""

    __array_ufunc__ = None

    def __array_function__(self, function, types, args, kwargs):
        name = function.__name__
        return name if name == "swapaxes" else NotImplemented

    def __radd__(self, other):
        return "added"


def test_arrays_of_another_kind_have_their_own_way():
    for library in (np, OURS):
        assert library.swapaxes(Own(), 0, 1) == "swapaxes"
        assert library.ones((2,)) + Own() == "added"
        for refused in (
            lambda np: np.moveaxis(Own(), 0, 1),
            lambda np: np.abs(Own()),
            lambda np: np.multiply(np.ones((2,)), Own()),
            lambda np: np.ones((2,)) * Own(),
        ):
            with pytest.raises(TypeError):
                refused(library)


def test_what_python_would_mend_overflows_as_in_numpy():
    """Infinite products of complex numbers keep what is no number."""
    large = np.array([1e300 + 1j, complex(np.inf, 1)])
    small = np.array([complex(np.nan, np.inf), 2 + 0j])
    theirs, made = both(lambda _, x, y: x * y, large, small)
    same(theirs, made)


@pytest.mark.parametrize(
    "seed",
    [0, 23, [0], [19], [1, 2], [0, 0], [2**40, 7], [3, 2**33, 5, 8, 1, 9]],
)
def test_draws_are_the_same_bit_for_bit(seed):
    """So many that every strip of the ziggurat and its tail occur."""
    theirs, made = np.random.default_rng(seed), OURS.random.default_rng(seed)
    for high in (1, 2, 3, 7, 2**31 + 5):
        same(
            theirs.integers(0, high, (5, 3, 1)),
            made.integers(0, high, (5, 3, 1)),
        )
        same(theirs.standard_normal((4, 5)), made.standard_normal((4, 5)))
        sizes = theirs.integers(2, 5, size=3), made.integers(2, 5, size=3)
        same(*sizes)
        same(
            theirs.normal(size=(*sizes[0], 1)),
            made.normal(size=(*sizes[1], 1)),
        )
        same(
            theirs.integers(high, size=(2, 1)),
            made.integers(high, size=(2, 1)),
        )
        same(theirs.normal(1.5, 0.25, 4), made.normal(1.5, 0.25, 4))
    drawn = theirs.standard_normal((20_000,))
    assert drawn.tolist() == made.standard_normal((20_000,)).tolist()
    assert np.abs(drawn).max() > 3.6541528853610088


def test_every_name_that_a_page_uses_is_there():
    """By the checker, and by what the coding exercises need of the core."""
    modules = [
        path
        for path in (HOME.parents[1] / "checker" / "derivations").rglob("*.py")
        if path.parent.name != "books"
    ]
    modules += [HOME.parents[1] / "bptt_core" / f"{name}.py" for name in CORE]
    names = {
        name
        for path in modules
        for name in re.findall(
            r"\bnp((?:\.[a-zA-Z_0-9]+)+)", path.read_text(encoding="utf-8")
        )
    }
    assert len(names) > 40
    for name in names:
        found = OURS
        for part in name.split(".")[1:]:
            found = getattr(found, part)
