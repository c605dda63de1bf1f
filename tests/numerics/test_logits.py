"""Logits that an option changes: exact values, the chain rule, bounds of every right form."""

from __future__ import annotations

import copy

import algorithms
import cases
import numpy as np
import oracle
import pytest
from arithmetic import SIGNS, Arithmetic
from oracle import agree

from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.model import Claim
from conformance.numerics.bounds import bound, budget
from conformance.numerics.logits import OPTIONS
from conformance.numerics.measure import measure
from conformance.numerics.problem import Problem
from conformance.numerics.wanted import Exact

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

SCALED = [name for name, f in FUNCTIONS.items() if "temperature" in f.options and f.from_logits]
QUANTITIES = ("value", "vjp", "hvp")
DTYPES = ("float64", "float32", "float16", "bfloat16")
#: What the worst form, and the worst cap, reaches of a bound in float32 and float64, at least; four
#: times as much would be noticed. In 16 bits ω and the caps themselves take most of a bound.
REACHED = {
    "softmax": {"value": (0.5, 0.3), "vjp": (0.4, 0.6), "hvp": (0.3, 0.4)},
    "log_softmax": {"value": (0.6, 0.3), "vjp": (0.5, 0.6), "hvp": (0.35, 0.6)},
    "cross_entropy_with_logits": {"value": (0.3, 0.25), "vjp": (0.5, 0.6), "hvp": (0.5, 0.6)},
}
SMALL = {"float64": 9.0, "float32": 9.0, "float16": 5.0, "bfloat16": 1.5}


def example(name, dtype, rng, rows=6, n=5, **options):
    """Rows of moderate logits, one loss each, with the given options."""
    function, fmt = FUNCTIONS[name], FORMATS[dtype]
    x = rng.normal(0, SMALL[dtype], (rows, n)) * options.get("temperature", 1.0)
    args = {function.first: x.astype(fmt.dtype)}
    if function.labelled:
        args["labels"] = rng.integers(0, n, rows)
        options["reduction"] = "none"
    return cases.completed(function, fmt, args, options, rng, 1)


@pytest.mark.parametrize(
    "options", [{"temperature": 0.75}, {"softcap": 5.0}, {"softcap": 2.0, "temperature": 10.0}]
)
@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize("name", SCALED)
def test_balls_are_those_of_the_bare_definition(name, quantity, options):
    rng = cases.rng_of(name, quantity)
    e = example(name, "float32", rng, rows=1, n=3, **options)
    found = cases.certified(name, quantity, e.args, e.options)
    if quantity == "value":
        agree(found, oracle.value(name, e.args, e.options))
    else:
        agree(found, oracle.derivative(name, quantity, e.args, e.options), 900)


def test_masked_classes_stay_masked_under_a_cap():
    x = np.array([[-np.inf, 0, 1]], np.float32)
    found, _ = cases.certified("softmax", "value", {"x": x}, {"softcap": 2.0})
    first = np.exp(2 * np.tanh(0.5))
    np.testing.assert_allclose(found[0], [0, 1 / (1 + first), first / (1 + first)], rtol=1e-15)


@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize("name", SCALED)
def test_a_power_of_two_is_another_example(name, quantity):
    e = example(name, "float32", cases.rng_of(name), temperature=4.0)
    plain = e.with_first(e.x / np.float32(4))
    plain = plain.but(options={k: v for k, v in e.options.items() if k not in OPTIONS})
    factor = {"value": 1, "vjp": 4, "hvp": 16}[quantity]
    got, want = (cases.certified(name, quantity, x.args, x.options) for x in (e, plain))
    np.testing.assert_array_equal(got[0] * factor, want[0])


def _with(p, y, slope_of):
    """A problem whose logits are computed already, with the direction of the logits."""
    made = copy.copy(p)
    made.x = y
    made.direction = slope_of(p.widened(p.e.args["direction"]))
    return made


def divided(ar, p, T, form):
    y = ar.div(p.x, T)
    return ar.div(form(ar, _with(p, y, lambda v: ar.div(v, T))), T)


def multiplied(ar, p, T, form):
    scale = ar.div(1.0, T)
    y = ar.mul(p.x, scale)
    return ar.mul(form(ar, _with(p, y, lambda v: ar.mul(v, scale))), scale)


def shifted_first(ar, p, T, form):
    y = ar.div(ar.sub(p.x, p.x.max(axis=-1, keepdims=True)), T)
    return ar.div(form(ar, _with(p, y, lambda v: ar.div(v, T))), T)


def capped(ar, p, c, form, tanh, gradient):
    """c·tanh(x/c), and the chain rule with the slope 1 − tanh²."""
    t = tanh(ar, ar.div(p.x, c))
    slope = ar.sub(1.0, ar.mul(t, t))
    made = _with(p, ar.mul(c, t), lambda v: ar.mul(v, slope))
    found = form(ar, made)
    if gradient is None:
        return found
    found = ar.mul(slope, found)
    if gradient is form:
        return found
    bend = ar.mul(-2 / c, ar.mul(t, slope))
    v = p.widened(p.e.args["direction"])
    return ar.add(found, ar.mul(ar.mul(bend, v), gradient(ar, made)))


def by_sigmoid(ar, z):
    return ar.sub(ar.mul(2.0, algorithms.sigma(ar, ar.mul(2.0, z))), 1.0)


def by_library(ar, z):
    return ar.fl(np.tanh(z), ar.b.eps)


def ways_of(quantity, name, grade, dtype, ways, T):
    """The right computations of a quantity, each of an arithmetic and a problem."""
    fmt = FORMATS[dtype]
    for form in algorithms.forms(name, quantity, grade, "must", fmt):
        for way in ways:
            if way not in (by_sigmoid, by_library):
                of = form if quantity != "value" else _undo(form, T)
                yield lambda ar, p, way=way, of=of: way(ar, p, T, of)
                continue
            gradient = {"value": None, "vjp": form}.get(
                quantity, algorithms.forms(name, "vjp", grade, "must", fmt)[0]
            )
            yield lambda ar, p, way=way, g=gradient, of=form: capped(ar, p, T, of, way, g)


def worst(name, quantity, dtype, grade, ways, T):
    rng, found = cases.rng_of(name, quantity, dtype, grade), 0.0
    option = "softcap" if by_library in ways else "temperature"
    for n in (2, 5, 33):
        e = example(name, dtype, rng, n=n, **{option: T})
        p, b = Problem(e), budget(e.fmt, grade)
        assert p.settled.any()
        exact, limit = Exact(p, quantity), bound(p, b, quantity)
        where = np.broadcast_to(p.settled if limit.ndim == 1 else p.settled[:, None], limit.shape)
        for way in ways_of(quantity, name, grade, dtype, ways, T):
            for signs in SIGNS:
                ar = Arithmetic(b, rng, signs)
                claim = Claim("equal", ar.stored(way(ar, p)), exact, limit, where)
                found = max(found, measure(claim, e.fmt).ratio)
    return found


def _undo(form, T):
    """A value is not divided by T: what the ways do last is taken back, which is exact."""
    return lambda ar, p: form(ar, p) * T


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize("name", SCALED)
def test_no_right_form_passes_its_bound(name, quantity, dtype):
    T = {"float64": 2.0, "bfloat16": 2.0}.get(dtype, 0.5)
    ratio = worst(name, quantity, dtype, "standard", (divided, multiplied, shifted_first), T)
    least = 0.03 if FORMATS[dtype].is_half else REACHED[name][quantity][0]
    assert least < ratio <= 1


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize("name", SCALED)
def test_no_right_cap_passes_its_bound(name, quantity, dtype):
    """By a library's tanh and by a logistic function, whose error is absolute."""
    ratio = worst(name, quantity, dtype, "standard", (by_library, by_sigmoid), 2.0)
    least = 0.02 if FORMATS[dtype].is_half else REACHED[name][quantity][1]
    assert least < ratio <= 1


@pytest.mark.parametrize(("dtype", "cap", "judged"), [
    ("float16", 40.0, QUANTITIES), ("float16", 50.0, ("value",)), ("float16", 100.0, ("value",)),
    ("float16", 120.0, ()), ("bfloat16", 5.0, QUANTITIES), ("bfloat16", 8.0, ("value",)),
    ("bfloat16", 15.0, ()), ("float32", 2.0**10, QUANTITIES),
])  # fmt: skip
def test_caps_are_judged_as_long_as_a_format_can_tell(dtype, cap, judged):
    """Near the cap and far below it, at the largest caps that are judged."""
    rng, worst = cases.rng_of(dtype, cap), 0.0
    e = example("softmax", dtype, rng, rows=60, softcap=cap)
    e = e.with_first(
        (e.x * rng.choice([0.2, 1, 2 * cap / SMALL[dtype]], (60, 1))).astype(e.x.dtype)
    )
    p = Problem(e)
    near = np.abs(p.rows.m[:, 0]) > 0.9 * cap
    assert near.any() and p.settled[near].all() == bool(judged) == p.settled[near].any()
    assert (p.settled & ~p.shaky)[near].all() == ("vjp" in judged)
    for quantity in judged:
        b = budget(e.fmt, "standard")
        exact, limit = Exact(p, quantity), bound(p, b, quantity)
        for way in ways_of(quantity, "softmax", "standard", dtype, (by_library, by_sigmoid), cap):
            for signs in SIGNS:
                ar = Arithmetic(b, rng, signs)
                claim = Claim("equal", ar.stored(way(ar, p)), exact, limit, p.settled[:, None])
                worst = max(worst, measure(claim, e.fmt).ratio)
    assert worst <= 1 and (worst > 0.02) == bool(judged)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize("name", SCALED)
def test_what_is_shifted_first_passes_strict(name, quantity, dtype):
    assert worst(name, quantity, dtype, "strict", (shifted_first,), 2.0) <= 1


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_multiply_add_keeps_the_bound_and_comes_near_it(dtype):
    """x·c − fl(max·c): the residue at the top is u|m|, which the plain bound does not admit."""
    rng = cases.rng_of(dtype)
    e = example("softmax", dtype, rng, rows=60, temperature=0.75)
    e = e.with_first(e.x + e.x.dtype.type({"float32": 300, "bfloat16": 8}[dtype]))
    p, b = Problem(e), budget(e.fmt, "standard")
    ar = Arithmetic(b, rng, "by number")
    c = ar.div(1.0, 0.75)
    d = ar.fl(p.x * c - ar.mul(p.x.max(axis=-1, keepdims=True), c))
    t = np.exp(d)
    got = t / t.sum(axis=-1, keepdims=True)
    exact = Exact(p, "value")
    ratio = measure(Claim("equal", got, exact, bound(p, b, "value"), p.settled[:, None]), e.fmt)
    assert 0.03 < ratio.ratio <= 1
    assert p.settled.all()


def test_rows_in_which_rounding_decides_are_not_judged():
    fmt = FORMATS["float32"]
    x = np.array([[1e9, 1e9 + 64], [1.0, 2.0], [-np.inf, 3.0], [np.inf, 0.0]], np.float32)
    e = cases.completed(FUNCTIONS["softmax"], fmt, {"x": x}, {"temperature": 0.75},
                        cases.rng_of("firm"), 1)  # fmt: skip
    assert Problem(e).settled.tolist() == [False, True, True, False]
    capped = Problem(e.but(options={"softcap": 30.0}))
    assert capped.settled.tolist() == [True, True, False, False]
    for T in (0.0, -2.0):
        assert not Problem(e.but(options={"temperature": T})).settled.any()
