"""Natural claims about gradients through time, true and false, by the seed.

A claim starts as a formula of a network's backward pass, as a small tree.
Rewritings that keep its value make a true claim: terms and factors in another
order, a transpose distributed, a sum split at an end or shifted, a gradient
replaced by its own formula, a diagonal matrix for ⊙. One edit more makes a
false one: a step shifted, a term dropped, a sign turned, a transpose lost,
a letter changed, a bound moved, a total derivative for an immediate one.

    python checker/tests/claims.py 10000 15

lets the checker and the witness judge so many, by that seed; it prints each
claim on which they differ, and fails if there is one.
"""

import random
import re
import sys
from collections import Counter
from dataclasses import dataclass, replace

import witness

from derivations import check, define

# -- trees --------------------------------------------------------------


@dataclass(frozen=True)
class Leaf:
    """A quantity; each ``{}`` of its LaTeX is a step (letter, offset)."""

    latex: str
    steps: tuple = ()


@dataclass(frozen=True)
class Sum:
    """Terms with signs."""

    terms: tuple


@dataclass(frozen=True)
class Joined:
    """Factors joined by "" (matrix product), "\\odot" or "\\otimes"."""

    joint: str
    factors: tuple


@dataclass(frozen=True)
class Transposed:
    body: object


@dataclass(frozen=True)
class Diagonal:
    body: object


@dataclass(frozen=True)
class Steps:
    """A sum over a step; each bound is (letter, offset)."""

    letter: str
    low: tuple
    high: tuple
    body: object


# h_{t,q}^\top may be a component of h_t^\top: it is a question.
COMPONENT = re.compile(r",[pq]\}$")


def step_text(step):
    letter, offset = step
    if not letter:
        return str(offset)
    return letter + (f"{offset:+d}" if offset else "")


def show(node, within=""):
    """The LaTeX of a tree; ``within`` is what it is a factor of."""
    if isinstance(node, Leaf):
        return node.latex.format(*map(step_text, node.steps))
    if isinstance(node, Sum):
        parts = []
        for sign, term in node.terms:
            parts.append(sign if parts or sign == "-" else "")
            parts.append(show(term, "sum"))
        text = " ".join(part for part in parts if part)
        return bracketed(text) if within else text
    if isinstance(node, Joined):
        joint = f" {node.joint} " if node.joint else " "
        own = node.joint or "product"
        text = joint.join(show(factor, own) for factor in node.factors)
        loose = {"product": ("", "sum", "body", "\\odot", "\\otimes")}
        alone = within in loose.get(own, ("", "sum"))
        return text if alone else bracketed(text)
    if isinstance(node, Transposed):
        inner = show(node.body)
        if (
            isinstance(node.body, Leaf)
            and "frac" not in inner
            and ("^" not in inner and " " not in inner)
            and not COMPONENT.search(inner)
        ):
            return f"{inner}^\\top"
        return f"{bracketed(inner)}^\\top"
    if isinstance(node, Diagonal):
        return rf"\operatorname{{diag}}{bracketed(show(node.body))}"
    low, high = step_text(node.low), step_text(node.high)
    text = rf"\sum_{{{node.letter}={low}}}^{{{high}}} "
    text += show(node.body, "body")
    return bracketed(text) if within not in ("", "sum") else text


def bracketed(text):
    return rf"\left( {text} \right)"


def children(node):
    if isinstance(node, Sum):
        return [term for _, term in node.terms]
    if isinstance(node, Joined):
        return list(node.factors)
    return [] if isinstance(node, Leaf) else [node.body]


def early(node):
    """Whether a tree names a step before the initial state."""
    steps = getattr(node, "steps", ())
    found = any(not letter and offset < 0 for letter, offset in steps)
    return found or any(map(early, children(node)))


def with_children(node, new):
    if isinstance(node, Sum):
        signs = [sign for sign, _ in node.terms]
        return Sum(tuple(zip(signs, new, strict=True)))
    if isinstance(node, Joined):
        return Joined(node.joint, tuple(new))
    return node if isinstance(node, Leaf) else replace(node, body=new[0])


def places(node, path=()):
    """Every (path, part) of a tree."""
    yield path, node
    for k, child in enumerate(children(node)):
        yield from places(child, (*path, k))


def put(node, path, part):
    """The tree with another part at a path."""
    if not path:
        return part
    new = children(node)
    new[path[0]] = put(new[path[0]], path[1:], part)
    return with_children(node, new)


def at_step(node, letter, step):
    """The tree with a step for a letter: t ↦ T, or t ↦ t + 1."""
    if isinstance(node, Leaf):
        return Leaf(
            node.latex,
            tuple(
                (step[0], step[1] + offset)
                if name == letter
                else (name, offset)
                for name, offset in node.steps
            ),
        )
    if isinstance(node, Steps):
        bounds = [
            (step[0], step[1] + offset) if name == letter else (name, offset)
            for name, offset in (node.low, node.high)
        ]
        node = replace(node, low=bounds[0], high=bounds[1])
        if node.letter == letter:
            return node
    return with_children(
        node, [at_step(child, letter, step) for child in children(node)]
    )


# -- networks and their backward passes ---------------------------------

_T = ("t", 0)


def q(name, offset=0):
    """h_t, or h_{t-1}: a quantity at a step."""
    base, _, subscript = name.partition("_")
    inner = f"{subscript},{{}}" if subscript else "{}"
    return Leaf(f"{base}_{{{{{inner}}}}}", (("t", offset),))


def d(name, offset=0):
    """∂L/∂h_t, or by a parameter if the offset is None."""
    if offset is None:
        return Leaf(rf"\frac{{{{\partial L}}}}{{{{\partial {name}}}}}")
    inner = q(name, offset)
    return Leaf(
        rf"\frac{{{{\partial L}}}}{{{{\partial {inner.latex}}}}}", inner.steps
    )


def own_step(name):
    """∂⁺h_t/∂h_{t-1}: what the step itself gives."""
    top, bottom = q(name), q(name, -1)
    return Leaf(
        rf"\frac{{{{\partial^{{{{+}}}} {top.latex}}}}}"
        rf"{{{{\partial {bottom.latex}}}}}",
        top.steps + bottom.steps,
    )


def p(name):
    return Leaf(name)


def mul(*factors):
    return Joined("", factors)


def had(*factors):
    return Joined("\\odot", factors)


def plus(*terms):
    return Sum(tuple(("+", term) for term in terms))


def minus(one, other):
    return Sum((("+", one), ("-", other)))


def tr(body):
    return Transposed(body)


def total(body):
    return Steps("t", ("", 1), ("T", 0), body)


def tanh_slope(name, offset=0):
    inner = q(name, offset)
    return Sum((("+", p("1")), ("-", Leaf(inner.latex + "^2", inner.steps))))


def one_minus(name, offset=0):
    return minus(p("1"), q(name, offset))


def sigma_slope(name):
    return (q(name), one_minus(name))


def jacobian(above, below, plus_sign="", times=(_T, ("t", -1))):
    """∂h_t/∂h_{t-1}, or ∂⁺ with ``plus_sign``; below may hold no step."""
    up = q(above).latex
    down = q(below).latex if len(times) == 2 else below
    sign = "^{{+}}" if plus_sign else ""
    return Leaf(
        rf"\frac{{{{\partial{sign} {up}}}}}{{{{\partial {down}}}}}", times
    )


def elman_sums():
    """Total and immediate derivatives by an entry of W, and double sums."""
    entry = "W_{{pq}}"
    whole = jacobian("h", entry, times=(_T,))
    before = at_step(whole, "t", ("t", -1))
    now = jacobian("h", entry, "+", times=(_T,))
    own = at_step(now, "t", ("k", 0))
    from_k = jacobian("h", "h", times=(_T, ("k", 0)))
    lag = Leaf(
        r"\frac{{\partial L_{{{}}}}}{{\partial a_{{{}}}}}", (("k", 0), _T)
    )
    error = minus(Leaf(r"\hat y_{{{},p}}", (_T,)), Leaf("y_{{{},p}}", (_T,)))
    return [
        (whole, plus(now, mul(jacobian("h", "h"), before))),
        (whole, Steps("k", ("", 1), _T, mul(from_k, own))),
        (
            d("W", None),
            Steps(
                "k",
                ("", 1),
                ("T", 0),
                Steps("t", ("", 1), ("k", 0), mul(lag, tr(q("h", -1)))),
            ),
        ),
        (d("V_{{pq}}", None), total(mul(error, Leaf("h_{{{},q}}", (_T,))))),
    ]


SOFTMAX = [
    r"z_t = V h_t + k",
    r"\hat y_t = \operatorname{softmax}(z_t)",
    r"L_t = -\sum_j y_{t,j} \log \hat y_{t,j}",
    r"L = \sum_{t=1}^{T} L_t",
    r"\sum_j y_{t,j} = 1",
]
OUTER_LOSS = [r"L_t = l(h_t, y_t)", r"L = \sum_{t=1}^{T} L_t"]
OWN_LOSS = Leaf(r"\frac{{\partial L_{{{}}}}}{{\partial h_{{{}}}}}", (_T, _T))


def softmax_parts():
    error = minus(q(r"\hat y"), q("y"))
    return mul(tr(p("V")), d("z")), [
        (d("z"), error),
        (d("V", None), total(mul(d("z"), tr(q("h"))))),
        (d("k", None), total(d("z"))),
        (
            Leaf(r"\frac{{\partial L_{{{}}}}}{{\partial h_{{{}}}}}", (_T, _T)),
            mul(tr(p("V")), error),
        ),
    ]


def gate_parts(gates, read=None):
    """What every gate with a = U x + W h + b of its own has."""
    found = []
    for gate in gates:
        a = f"a_{gate}"
        seen = (read or {}).get(gate) or q("h", -1)
        found += [
            (d(f"W_{gate}", None), total(mul(d(a), tr(seen)))),
            (d(f"U_{gate}", None), total(mul(d(a), tr(q("x"))))),
            (d(f"b_{gate}", None), total(d(a))),
        ]
    return found


def gate_rows(gate, function, read=r"h_{t-1}"):
    return [
        rf"a_{{{gate},t}} = U_{gate} x_t + W_{gate} {read} + b_{gate}",
        rf"{gate}_t = {function}(a_{{{gate},t}})",
    ]


def through(gates, offset=1):
    return [mul(tr(p(f"W_{g}")), d(f"a_{g}", offset)) for g in gates]


def inputs(gates):
    return plus(*(mul(tr(p(f"U_{g}")), d(f"a_{g}")) for g in gates))


def _networks():
    loss_way, softmax = softmax_parts()
    dh, dc = d("h"), d("c")
    cell_slope = minus(p("1"), Leaf(r"\tanh^2(c_{{{}}})", (_T,)))
    gates = {
        "i": had(d("i"), *sigma_slope("i")),
        "f": had(d("f"), *sigma_slope("f")),
        "o": had(d("o"), *sigma_slope("o")),
        "g": had(d("g"), tanh_slope("g")),
        "u": had(d("u"), *sigma_slope("u")),
        "r": had(d("r"), *sigma_slope("r")),
        "n": had(d("n"), tanh_slope("n")),
    }

    def of_gates(names):
        return [(d(f"a_{g}"), gates[g]) for g in names]

    cell = [
        (d("i"), had(dc, q("g"))),
        (d("f"), had(dc, q("c", -1))),
        (d("g"), had(dc, q("i"))),
    ]
    carry = had(q("f", 1), d("c", 1))
    reset = mul(tr(p("W_n")), d("a_n"))
    kept = had(q("r"), q("h", -1))
    return {
        "elman": (
            [r"a_t = U x_t + W h_{t-1} + b", r"h_t = \tanh(a_t)", *SOFTMAX],
            [
                *softmax,
                (dh, plus(loss_way, mul(tr(p("W")), d("a", 1)))),
                (d("a"), had(tanh_slope("h"), dh)),
                (d("W", None), total(mul(d("a"), tr(q("h", -1))))),
                (d("U", None), total(mul(d("a"), tr(q("x"))))),
                (d("b", None), total(d("a"))),
                (d("x"), mul(tr(p("U")), d("a"))),
                (
                    Leaf(r"\frac{{\partial L}}{{\partial W^{{({})}}}}", (_T,)),
                    mul(d("a"), tr(q("h", -1))),
                ),
                (
                    Leaf(
                        r"\frac{{\partial h_{{{}}}}}{{\partial h_{{{}}}}}",
                        (_T, ("t", -1)),
                    ),
                    mul(Diagonal(tanh_slope("h")), p("W")),
                ),
                (own_step("h"), mul(Diagonal(tanh_slope("h")), p("W"))),
                *elman_sums(),
            ],
        ),
        "lstm": (
            [
                *gate_rows("i", r"\sigma"),
                *gate_rows("f", r"\sigma"),
                *gate_rows("o", r"\sigma"),
                *gate_rows("g", r"\tanh"),
                r"c_t = f_t \odot c_{t-1} + i_t \odot g_t",
                r"h_t = o_t \odot \tanh(c_t)",
                *SOFTMAX,
            ],
            [
                *softmax,
                *cell,
                *of_gates("ifog"),
                *gate_parts("ifog"),
                (dh, plus(loss_way, *through("ifog"))),
                (dc, plus(had(dh, q("o"), cell_slope), carry)),
                (d("o"), had(dh, Leaf(r"\tanh(c_{{{}}})", (_T,)))),
                (d("x"), inputs("ifog")),
                (own_step("c"), Diagonal(q("f"))),
                (
                    jacobian("c", "c"),
                    plus(
                        Diagonal(q("f")),
                        mul(
                            jacobian("c", "h"),
                            at_step(
                                jacobian("h", "c", times=(_T, _T)),
                                "t",
                                ("t", -1),
                            ),
                        ),
                    ),
                ),
                (
                    jacobian("c", "h", "+"),
                    plus(
                        mul(Diagonal(q("c", -1)), jacobian("f", "h")),
                        mul(Diagonal(q("g")), jacobian("i", "h")),
                        mul(Diagonal(q("i")), jacobian("g", "h")),
                    ),
                ),
            ],
        ),
        "gru": (
            [
                *gate_rows("u", r"\sigma"),
                *gate_rows("r", r"\sigma"),
                *gate_rows("n", r"\tanh", r"(r_t \odot h_{t-1})"),
                r"h_t = (1 - u_t) \odot n_t + u_t \odot h_{t-1}",
                *OUTER_LOSS,
            ],
            [
                *of_gates("urn"),
                *gate_parts("urn", {"n": kept}),
                (d("n"), had(dh, one_minus("u"))),
                (d("u"), had(dh, minus(q("h", -1), q("n")))),
                (d("r"), had(reset, q("h", -1))),
                (
                    dh,
                    plus(
                        OWN_LOSS,
                        had(q("u", 1), d("h", 1)),
                        *through("ur"),
                        had(q("r", 1), mul(tr(p("W_n")), d("a_n", 1))),
                    ),
                ),
                (d("x"), inputs("urn")),
            ],
        ),
        "two layers": (
            [
                r"p_t = A x_t + B g_{t-1}",
                r"g_t = \tanh(p_t)",
                r"q_t = C g_t + D h_{t-1}",
                r"h_t = \tanh(q_t)",
                *OUTER_LOSS,
            ],
            [
                (dh, plus(OWN_LOSS, mul(tr(p("D")), d("q", 1)))),
                (d("q"), had(tanh_slope("h"), dh)),
                (
                    d("g"),
                    plus(mul(tr(p("C")), d("q")), mul(tr(p("B")), d("p", 1))),
                ),
                (d("p"), had(tanh_slope("g"), d("g"))),
                (d("A", None), total(mul(d("p"), tr(q("x"))))),
                (d("B", None), total(mul(d("p"), tr(q("g", -1))))),
                (d("C", None), total(mul(d("q"), tr(q("g"))))),
                (d("D", None), total(mul(d("q"), tr(q("h", -1))))),
                (d("x"), mul(tr(p("A")), d("p"))),
            ],
        ),
        "no output gate": (
            [
                *gate_rows("i", r"\sigma"),
                *gate_rows("f", r"\sigma"),
                *gate_rows("g", r"\tanh"),
                r"c_t = f_t \odot c_{t-1} + i_t \odot g_t",
                r"h_t = \tanh(c_t)",
                *OUTER_LOSS,
            ],
            [
                *cell,
                *of_gates("ifg"),
                *gate_parts("ifg"),
                (dh, plus(OWN_LOSS, *through("ifg"))),
                (dc, plus(had(tanh_slope("h"), dh), carry)),
                (d("x"), inputs("ifg")),
            ],
        ),
    }


NETWORKS = _networks()


# -- rewritings that keep the value -------------------------------------


def rewritten(node, formulas, rng):
    """The tree after one rewriting, or None if the chosen place has none."""
    path, part = rng.choice(list(places(node)))
    new = rng.choice(REWRITINGS)(part, formulas, rng)
    return None if new is None or new == part else put(node, path, new)


def reorder(part, formulas, rng):
    if isinstance(part, Sum):
        terms = list(part.terms)
        rng.shuffle(terms)
        return Sum(tuple(terms))
    if isinstance(part, Joined) and part.joint == "\\odot":
        factors = list(part.factors)
        rng.shuffle(factors)
        return Joined(part.joint, tuple(factors))
    return None


def transpose_all(part, formulas, rng):
    """A B is (B^⊤ A^⊤)^⊤, and the other way round."""
    if isinstance(part, Joined) and part.joint == "":
        turned = tuple(
            f.body if isinstance(f, Transposed) else Transposed(f)
            for f in reversed(part.factors)
        )
        return Transposed(Joined("", turned))
    return None


def distribute(part, formulas, rng):
    """A (x + y) is A x + A y."""
    if not isinstance(part, Joined) or len(part.factors) < 2:
        return None
    last = part.factors[-1]
    if not isinstance(last, Sum) or any(t == p("1") for _, t in last.terms):
        return None
    return Sum(
        tuple(
            (sign, Joined(part.joint, (*part.factors[:-1], term)))
            for sign, term in last.terms
        )
    )


def split(part, formulas, rng):
    """A sum without its first or its last step, which stands beside it."""
    if not isinstance(part, Steps) or part.high[0] != "T":
        return None
    (letter, offset), body = part.high, part.body
    if rng.random() < 0.5:
        shorter = replace(part, high=(letter, offset - 1))
        return plus(shorter, at_step(body, part.letter, part.high))
    shorter = replace(part, low=("", part.low[1] + 1))
    return plus(at_step(body, part.letter, part.low), shorter)


def step_letters(node):
    """Every letter that stands for a step somewhere in a tree."""
    found = {letter for letter, _ in getattr(node, "steps", ())}
    if isinstance(node, Steps):
        found |= {node.letter, node.low[0], node.high[0]}
    return found.union(*map(step_letters, children(node)))


def shift(part, formulas, rng):
    """Counted from 0, or with another letter."""
    if not isinstance(part, Steps):
        return None
    if rng.random() < 0.5:
        if "s" in step_letters(part):
            return None
        return Steps(
            "s", part.low, part.high, at_step(part.body, part.letter, ("s", 0))
        )
    by = rng.choice((-1, 1))
    return (
        Steps(
            part.letter,
            (part.low[0], part.low[1] - by),
            (part.high[0], part.high[1] - by),
            at_step(part.body, part.letter, (part.letter, by)),
        )
        if by == 1
        else None
    )


def unroll(part, formulas, rng):
    """A gradient at a step for its own formula."""
    if not isinstance(part, Leaf) or len(part.steps) != 1:
        return None
    for left, right in formulas:
        if left.latex == part.latex:
            # Beyond T a step has a loss of its own, which L does not see.
            text, late = show(right), part.steps[0][1] > 0
            if late and ("L_" in text or r"\hat y" in text):
                return None
            return at_step(right, "t", part.steps[0])
    return None


def diagonal(part, formulas, rng):
    """x ⊙ y is diag(x) y."""
    if isinstance(part, Joined) and part.joint == "\\odot":
        first, rest = part.factors[0], part.factors[1:]
        other = rest[0] if len(rest) == 1 else Joined("\\odot", rest)
        return Joined("", (Diagonal(first), other))
    return None


def as_outer(part, formulas, rng):
    """x y^⊤ is x ⊗ y."""
    if (
        isinstance(part, Joined)
        and part.joint == ""
        and (
            len(part.factors) == 2
            and isinstance(part.factors[1], Transposed)
            and isinstance(part.factors[1].body, (Leaf, Joined))
            and not isinstance(part.factors[0], (Transposed, Diagonal))
        )
    ):
        return Joined("\\otimes", (part.factors[0], part.factors[1].body))
    return None


def detour(part, formulas, rng):
    """x is x + x - x."""
    if isinstance(part, Leaf) and "frac" in part.latex:
        return Sum((("+", part), ("+", part), ("-", part)))
    return None


REWRITINGS = [
    reorder,
    transpose_all,
    distribute,
    split,
    shift,
    unroll,
    unroll,
    diagonal,
    as_outer,
    detour,
]


# -- edits that change it -----------------------------------------------


def edited(node, rng):
    """The tree after one edit, or None if the chosen place has none."""
    path, part = rng.choice(list(places(node)))
    new = rng.choice(EDITS)(part, rng)
    return None if new is None or new == part else put(node, path, new)


def move_step(part, rng):
    if isinstance(part, Leaf) and part.steps:
        by = rng.choice((-1, 1))
        k = rng.randrange(len(part.steps))
        steps = list(part.steps)
        steps[k] = steps[k][0], steps[k][1] + by
        return Leaf(part.latex, tuple(steps))
    return None


def drop(part, rng):
    if isinstance(part, Sum) and len(part.terms) > 1:
        k = rng.randrange(len(part.terms))
        return Sum(part.terms[:k] + part.terms[k + 1 :])
    if isinstance(part, Joined) and len(part.factors) > 1:
        k = rng.randrange(len(part.factors))
        rest = part.factors[:k] + part.factors[k + 1 :]
        return rest[0] if len(rest) == 1 else Joined(part.joint, rest)
    return None


def turn_sign(part, rng):
    if isinstance(part, Sum):
        k = rng.randrange(len(part.terms))
        terms = list(part.terms)
        terms[k] = "-" if terms[k][0] == "+" else "+", terms[k][1]
        return Sum(tuple(terms))
    return None


def lose_transpose(part, rng):
    if isinstance(part, Transposed):
        return part.body
    if isinstance(part, Leaf) and not part.steps and part.latex != "1":
        return Transposed(part)
    return None


def change_letter(part, rng):
    if not isinstance(part, Leaf):
        return None
    for group in ("ifogurn", "UW", "ABCD", "hxg"):
        present = [c for c in group if _stands(part.latex, c)]
        if present:
            old, new = rng.choice(present), rng.choice(group)
            return Leaf(_swapped(part.latex, old, new), part.steps)
    return None


def _stands(latex, letter):
    return _swapped(latex, letter, "§") != latex


def _swapped(latex, old, new):
    """Another letter where it is a name by itself, not in a command."""
    return re.sub(rf"(?<![A-Za-z\\]){old}(?![A-Za-z])", new, latex)


def move_bound(part, rng):
    if not isinstance(part, Steps):
        return None
    if rng.random() < 0.5:
        return replace(part, low=(part.low[0], part.low[1] + 1))
    return replace(part, high=(part.high[0], part.high[1] - 1))


def swap_factors(part, rng):
    if isinstance(part, Joined) and part.joint != "\\odot":
        return Joined(part.joint, tuple(reversed(part.factors)))
    return None


def other_joint(part, rng):
    if isinstance(part, Joined):
        return Joined("\\odot" if part.joint == "" else "", part.factors)
    return None


def immediate(part, rng):
    if isinstance(part, Leaf) and "partial" in part.latex:
        if "^{{+}}" in part.latex:
            return Leaf(part.latex.replace("^{{+}}", ""), part.steps)
        return Leaf(
            part.latex.replace(r"\partial", r"\partial^{{+}}", 1), part.steps
        )
    return None


def lose_square(part, rng):
    if isinstance(part, Leaf) and "^2" in part.latex:
        return Leaf(part.latex.replace("^2", ""), part.steps)
    return None


EDITS = [
    move_step,
    move_step,
    drop,
    drop,
    turn_sign,
    lose_transpose,
    change_letter,
    change_letter,
    move_bound,
    swap_factors,
    other_joint,
    immediate,
    lose_square,
]


# -- claims and their judges --------------------------------------------


@dataclass(frozen=True)
class Claim:
    """``true`` says how it was made: without an edit, or with one."""

    network: str
    latex: str
    true: bool


def make(rng):
    """One claim."""
    name = rng.choice(list(NETWORKS))
    formulas = NETWORKS[name][1]
    left, right = rng.choice(formulas)
    if left.steps and rng.random() < 0.15:
        step = rng.choice([("T", 0), ("", 1), ("", 2), ("s", 0)])
        left, right = (at_step(side, "t", step) for side in (left, right))
    for _ in range(rng.randint(0, 5)):
        changed = rewritten(right, formulas, rng)
        if changed is None or early(changed):
            continue
        if len(show(changed)) < 700:
            right = changed
    true = rng.random() < 0.5
    changed = None
    while not true and changed is None:
        changed = edited(right, rng)
    return Claim(name, f"{show(left)} = {show(changed or right)}", true)


def claims(seed, count):
    """Different claims, always the same for a seed."""
    rng, found = random.Random(seed), {}
    while len(found) < count:
        claim = make(rng)
        found.setdefault((claim.network, claim.latex), claim)
    return list(found.values())


DEFINED = {name: define(rows) for name, (rows, _) in NETWORKS.items()}


def by_checker(claim):
    """True, False or "refused"; a shape that does not fit is False."""
    found = check(claim.latex, DEFINED[claim.network], hints=False)
    if found.error is not None and found.error.kind != "shape":
        return "refused"
    return bool(found)


def by_witness(claim):
    """The witness's verdict and its reason."""
    return witness.verdict(claim.latex, NETWORKS[claim.network][0])


def differ(claim, checker, seen):
    """Whether two answers cannot both be right.

    A refusal answers nothing, unless the claim was made true.
    """
    if "refused" in (checker, seen) or seen == "unread":
        return claim.true and (checker is not True or seen is False)
    return checker is not seen or (claim.true and not seen)


def compare(sample, tell=lambda text: None):
    """Judge all; return the counts and the differences, each also told."""
    counts, differences = Counter(), []
    for claim in sample:
        checker = by_checker(claim)
        seen, why = by_witness(claim)
        made = "true" if claim.true else "edited"
        counts[made, str(checker), str(seen)] += 1
        if differ(claim, checker, seen):
            differences.append(
                f"{claim.network} ({made}): {claim.latex}\n"
                f"  checker: {checker}\n  witness: {seen} ({why})"
            )
            tell(differences[-1])
    return counts, differences


def main(count=10_000, seed=15):
    """Judge so many claims; return 1 if there is a difference."""
    counts, differences = compare(
        claims(seed, count), lambda text: print(text, flush=True)
    )
    for (made, checker, seen), number in sorted(counts.items()):
        print(f"{number:6d}  {made:6s}  checker {checker:7s}  witness {seen}")
    print(f"{len(differences)} differences in {count} claims")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
