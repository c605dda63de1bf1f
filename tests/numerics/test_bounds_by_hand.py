"""Every term of every bound, worked out by hand where the others vanish or are simple.

All in units of u, in float32. Standard: eps = 8u, c_d = 5/2; strict: eps = 3u, c_d = 1; the
allowance a = ω is nothing beside u. Two equal logits have S = 2, T = 1, p = 1/2, d = 0, so that

    θ(t) = (1 of the smaller term + 1 of the tree) = 2
    errS = eps/2 + θ + 2 = 4 + 2 + 2 = 8         (strict 1.5 + 2 + 2 = 5.5)
    e^(log p): c_d log 2 + eps log 2 + errS + eps + 2 = 10.5 log 2 + 18   (strict 4 log 2 + 10.5)
"""

from __future__ import annotations

import numpy as np
import pytest

from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.model import Example, View
from conformance.numerics.bounds import bound, budget, logits, z_loss
from conformance.numerics.bounds.elementwise import unsaturated
from conformance.numerics.bounds.logits import slope_error
from conformance.numerics.bounds.projections import direction_error, in_any_order, product_error
from conformance.numerics.bounds.rows import hessian
from conformance.numerics.problem import Problem

F32 = FORMATS["float32"]
LOG2 = float(np.log(2))
LOG_P = 10.5 * LOG2 + 18
STRICT_LOG_P = (1 + 3) * LOG2 + 5.5 + 3 + 2
NONE = {"reduction": "none"}
ZERO, PAIR = {"x": [0.0]}, {"x": [[0.0, 0.0]]}


def in_units(function, quantity, args, options=None, level="must", grade="standard"):
    """The bound of the first entry in units of u."""
    given = {
        k: np.asarray(v) if k == "labels" and np.asarray(v).dtype.kind == "i"
        else np.asarray(v, np.float32)
        for k, v in args.items()
    }  # fmt: skip
    first = next(iter(given.values()))
    e = Example(FUNCTIONS[function], F32, given, View(first.shape[:1]), options or {})
    found = bound(Problem(e), budget(F32, grade), quantity, level)
    return float(np.asarray(found).ravel()[0]) / F32.u


def close(value):
    return pytest.approx(value, rel=1e-6, abs=0)  # ω is below 1e-12


def test_sigmoid():
    """s(eps q + 3u + (c_d − 1)u|x|q)."""
    assert in_units("sigmoid", "value", ZERO) == close(0.5 * (8 * 0.5 + 3))
    assert in_units("sigmoid", "value", {"x": [100.0]}) == close(3)
    e = np.exp(-8.0)
    wanted = e / (1 + e) * ((8 + 1.5 * 8) / (1 + e) + 3)
    assert in_units("sigmoid", "value", {"x": [-8.0]}) == close(wanted)
    assert in_units("sigmoid", "value", ZERO, grade="strict") == close(0.5 * (3 * 0.5 + 3))


def test_log_sigmoid():
    """2u|y| + (2 eps + 2u + (c_d − 1)u|x|)l; must eps|y| + (eps + (c_d − 1)u|x|)σ(−x) for x < 0."""
    assert in_units("log_sigmoid", "value", ZERO) == close((2 + 18) * LOG2)
    assert in_units("log_sigmoid", "value", {"x": [-1000.0]}) == close(2000)
    l, q = np.log1p(np.exp(-6.0)), 1 / (1 + np.exp(-6.0))
    assert in_units("log_sigmoid", "value", {"x": [6.0]}) == close((2 + 18 + 9) * l)
    parted, whole = 2 * (6 + l) + (18 + 9) * l, 8 * (6 + l) + (8 + 9) * q
    assert in_units("log_sigmoid", "value", {"x": [-6.0]}) == close(whole)
    assert in_units("log_sigmoid", "value", {"x": [-6.0]}, level="should") == close(parted)
    strict = 2 * (6 + l) + (2 * 3 + 2) * l
    assert in_units("log_sigmoid", "value", {"x": [-6.0]}, grade="strict") == close(strict)


def test_sigmoid_derivatives():
    ones = {"cotangent": [1.0], "direction": [1.0]}
    assert in_units("sigmoid", "vjp", {**ZERO, **ones}, level="should") == close(0.25 * 24)
    assert in_units("sigmoid", "vjp", {**ZERO, **ones}) == close(0.25 * 24 + 0.25 * (4 + 4))
    assert in_units("sigmoid", "vjp", {"x": [100.0], **ones}) == close(4)
    assert in_units("sigmoid", "vjp", {**ZERO, **ones, "cotangent": [-4.0]}) == close(4 * 8)
    assert in_units("sigmoid", "hvp", {**ZERO, **ones}) == close(3 * 0.5 * (4 + 4))
    q, s = 1 / (1 + np.exp(6.0)), 1 / (1 + np.exp(-6.0))
    far, both = {"x": [6.0], **ones}, (8 + 1.5 * 6) * q + 4  # eps·q + (c_d − 1)u|x|q + 4u
    wanted = s * q * (24 + 2 * 1.5 * 6)
    assert in_units("sigmoid", "vjp", far) == close(wanted + s * s * both)
    assert in_units("sigmoid", "hvp", far) == close(3 * s * both)
    assert in_units("log_sigmoid", "vjp", {**ZERO, **ones}, level="should") == close(0.5 * 20)
    assert in_units("log_sigmoid", "vjp", {**ZERO, **ones}) == close(0.5 * 20 + 4)
    assert in_units("log_sigmoid", "hvp", {**ZERO, **ones}) == close(0.25 * 32 + 4)


def test_softmax():
    """One class costs 3u by the quotient; two equal ones ½(errS + eps·0 + 3u), or by e^(log p)."""
    assert in_units("softmax", "value", {"x": [[5.0]]}, grade="strict") == close(3)
    assert in_units("softmax", "value", {"x": [[5.0]]}) == close(8 + 2)
    assert in_units("softmax", "value", PAIR, grade="strict") == close(0.5 * (5.5 + 3))
    assert in_units("softmax", "value", PAIR) == close(0.5 * LOG_P)
    far = in_units("softmax", "value", {"x": [[-10.0, 0.0]]}, grade="strict") / np.exp(-10.0)
    assert far == pytest.approx(10 + 3 + 3 + 2 + 2, rel=1e-4)  # c_d|d|, eps, 3u, θ, 2 min(T, u)


def test_log_softmax_and_logsumexp():
    """u|y| + eps log S + errS or errT; 2u|L| + eps log S + errS + θ|L|."""
    should = 0.5 * (8 + 2)  # one addend beside the largest
    assert in_units("log_softmax", "value", PAIR) == close(9 * LOG2 + 8)
    assert in_units("log_softmax", "value", PAIR, level="should") == close(9 * LOG2 + should)
    assert in_units("log_softmax", "value", {"x": [[-1000.0, 0.0]]}) == close(3500)
    assert in_units("logsumexp", "value", PAIR) == close(10 * LOG2 + 8 + 2 * LOG2)
    assert in_units("logsumexp", "value", PAIR, level="should") == close(10 * LOG2 + should)
    assert in_units("logsumexp", "value", {"x": [[1000.0]]}) == close(2000)


def test_derivatives_of_rows():
    ones = {"cotangent": [[1.0, 0.0]], "direction": [[1.0, 0.0]]}
    inner = 1.5 * (LOG_P + 4) + 0.5 * LOG_P + (1.5 + 2 * 1.5)  # the smaller addend, and a tree
    other = 0.5 * (LOG_P + 4) + 0.5 * LOG_P + 2 * 0.5
    top = 0.5 * (inner + other)
    assert in_units("softmax", "vjp", {**PAIR, **ones}) == close(0.5 * inner + top)
    plain = 0.5 * (5.5 + 3 + 1) + 3 + 0.5 * (5.5 + 3) + 1
    assert in_units("softmax", "vjp", {**PAIR, **ones}, grade="strict") == close(0.5 * plain)
    entry = 1 + 0.5 + 0.5 * (LOG_P + 4) + 0.5 + 1 + (1 + 2 * 1)
    second = 0 + 0.5 + 0.5 * (LOG_P + 4) + 0.5 + 2 * 0.5
    assert in_units("log_softmax", "vjp", {**PAIR, **ones}) == close(entry + entry + second)
    plain = 1 + 0.5 + 0.5 * (STRICT_LOG_P + 4) + 0.5 * 1
    assert in_units("log_softmax", "vjp", {**PAIR, **ones}, grade="strict") == close(plain)
    single = {**PAIR, "cotangent": [1.0], "direction": [[1.0, 0.0]]}
    assert in_units("logsumexp", "vjp", single) == close(3 * 0.5 * (LOG_P + 2))


def test_losses_from_probabilities():
    """(eps + 4u)ℓ + u(1 − y); (eps + 2u)Σ|q log p| of an index; 6u and 4u of gradients."""
    args = {"probs": [0.5], "labels": [1.0], "cotangent": [1.0]}
    assert in_units("binary_cross_entropy", "value", args, NONE) == close(12 * LOG2)
    other = {**args, "labels": [0.0]}
    assert in_units("binary_cross_entropy", "value", other, NONE) == close(12 * LOG2 + 1)
    assert in_units("binary_cross_entropy", "value", other, NONE, "should") == close(12 * LOG2)
    assert in_units("binary_cross_entropy", "vjp", args, NONE) == close(6 * 2)
    moved = {**args, "direction": [1.0]}
    assert in_units("binary_cross_entropy", "hvp", moved, NONE) == close(12 * 2 * 4)
    labels = 11 * 2 * LOG2 + 2
    assert in_units("binary_cross_entropy", "vjp_labels", args, NONE) == close(labels)
    args = {"probs": [[0.5, 0.5]], "labels": [0], "cotangent": [1.0]}
    assert in_units("cross_entropy", "value", args, NONE) == close(10 * LOG2)
    assert in_units("cross_entropy", "vjp", args, NONE) == close(4 * 2)
    moved = {**args, "direction": [[1.0, 1.0]]}
    assert in_units("cross_entropy", "hvp", moved, NONE) == close(6 * 4)
    assert in_units("cross_entropy", "vjp_labels", args, NONE) == close(11 * LOG2)


def test_binary_losses_from_logits():
    """2eps·l·W + 5uℓ and 5u(|x| + l) for rearranged forms; the gradient's two terms and seams."""
    args = {"logits": [0.0], "labels": [1.0], "cotangent": [1.0], "direction": [1.0]}
    name = "binary_cross_entropy_with_logits"
    assert in_units(name, "value", args, NONE, "should") == close(21 * LOG2)
    assert in_units(name, "value", args, NONE) == close(26 * LOG2)
    heavy = {**NONE, "pos_weight": np.float32(4)}
    assert in_units(name, "value", args, heavy, "should") == close(84 * LOG2)
    assert in_units(name, "value", args, heavy) == close(84 * LOG2 + 5 * LOG2 * (1 + 3))
    assert in_units(name, "vjp", args, NONE, "should") == close(0.5 * 14)
    assert in_units(name, "vjp", args, NONE) == close(0.5 * 14 + 8 * 0.25 + 5 + 5)
    weighted = {**NONE, "weight": np.float32(2)}
    assert in_units(name, "vjp", args, weighted) == close(2 * (7 + 2 + 10))
    assert in_units(name, "hvp", args, NONE) == close(2 * (0.25 * 32 + 4))
    assert in_units(name, "vjp_labels", args, NONE) == close(2 * (16 + 6) * LOG2)


def test_multi_class_losses_from_logits():
    """Σ A_c B_c + (θ(A|log p|) + θ(t) + 6u)ℓ, the first 0 of an index; gradients: p, A, both."""
    args = {"logits": [[0.0, 0.0]], "labels": [0], "cotangent": [1.0]}
    name, plain = "cross_entropy_with_logits", 9 * LOG2 + 8
    assert in_units(name, "value", args, NONE) == close(plain + (2 + 6) * LOG2)
    sharp = 9 * LOG2 + 5 + 6 * LOG2
    assert in_units(name, "value", args, NONE, "should") == close(sharp)
    weighted = {**NONE, "weight": np.float32([4, 1])}
    assert in_units(name, "value", args, weighted) == close(4 * (plain + 8 * LOG2))
    entry = 0.5 * (LOG_P + 4) + 3 * (1 + 0.5 + 0.5)
    other = 0.5 * (LOG_P + 4) + 3 * (0 + 0.5 + 0.5)
    assert in_units(name, "vjp", args, NONE) == close(entry + entry + other)
    ignored = {**NONE, "ignore_index": 0}
    assert in_units(name, "value", args, ignored) == 0
    assert in_units(name, "vjp", args, ignored) == 0
    labels = {**args, "labels": [[0.5, 0.5]]}  # two classes with mass: a sum of both
    every = 0.5 * (LOG_P + 4) + 3 * (0.5 + 0.5) + 2 * (0.25 + 0.5) + 2 * (0.25 + 0.5)
    assert in_units(name, "vjp", labels, NONE) == close(3 * every)  # and both at a maximum
    labels = {**args, "labels": [[1.0, 0.0]]}
    assert in_units(name, "vjp_labels", labels, NONE) == close(plain + 4 * LOG2)


def test_gradients_for_weights():
    """The bound of the unweighted loss and 3u; at label 1 and 5u; sums; W beside L once more."""
    args = {"logits": [0.0], "labels": [1.0], "cotangent": [1.0]}
    name, one = "binary_cross_entropy_with_logits", np.float32([4])
    assert in_units(name, "vjp_weight", args, {**NONE, "weight": one}) == close(29 * LOG2)
    found = in_units(name, "vjp_pos_weight", args, {**NONE, "pos_weight": one})
    assert found == close(31 * LOG2)
    pair = {k: v * 2 for k, v in args.items()}
    shared = {**NONE, "weight": np.float32(4)}
    assert in_units(name, "vjp_weight", pair, shared) == close(2 * 29 * LOG2 + 2 * 2 * LOG2)
    name, error = "cross_entropy_with_logits", 9 * LOG2 + 8 + (2 + 6) * LOG2
    args = {"logits": [[0.0, 0.0]] * 2, "labels": [0, 0], "cotangent": 1.0}
    total = {"reduction": "sum", "weight": np.float32([1, 1])}
    every = 2 * error + (2 + 3) * 2 * LOG2 + 3 * 2 * LOG2
    assert in_units(name, "vjp_weight", args, total) == close(every)
    mean = (2 * error + (2 + 1) * 2 * LOG2 + (3 + 2) * 2 * LOG2) / 2
    slope = error + mean + (5 + 2) * LOG2 + (2 + 3 + 2) * 2 * LOG2
    averaged = {**total, "reduction": "mean"}
    assert in_units(name, "vjp_weight", args, averaged) == close(slope)


def test_reduced_losses():
    """Σe_i + (θ(L) + u)ΣL; the mean adds 3u of itself, weights their θ; derivatives 3u."""
    args = {"probs": [0.5] * 4, "labels": [1.0] * 4, "cotangent": 1.0}
    total = 4 * 12 * LOG2 + (5 + 1) * 4 * LOG2
    found = in_units("binary_cross_entropy", "value", args, {"reduction": "sum"})
    assert found == close(total)
    found = in_units("binary_cross_entropy", "value", args, {"reduction": "mean"})
    assert found == close(total / 4 + 3 * LOG2)
    found = in_units("binary_cross_entropy", "vjp", args, {"reduction": "mean"})
    assert found == close((12 + 3 * 2) / 4)
    args = {"logits": [[0.0, 0.0]] * 4, "labels": [0] * 4, "cotangent": 1.0}
    each = 9 * LOG2 + 8 + 8 * LOG2
    found = in_units("cross_entropy_with_logits", "value", args, {"reduction": "mean"})
    assert found == close(each + 6 * LOG2 + (3 + 5) * LOG2)


def test_gradients_for_target_distributions():
    """(eps + 3u)|log y| + 3u|x| + 4u, the quotient (g y)/y nothing beside it."""
    args = {"log_probs": [-1.0], "labels": [0.5], "cotangent": [1.0]}
    wanted = 8 * LOG2 + 4 * (LOG2 + 1 + 1)
    assert in_units("kl_div", "vjp_labels", args, NONE) == close(wanted)


def test_smoothed_labels():
    """4u of the quantity and of y times its derivative by y: y = 3/4 of a label 1 smoothed by ½."""
    options, half = {**NONE, "label_smoothing": 0.5}, {"cotangent": [1.0], "direction": [1.0]}

    def added(function, quantity, **args):
        whole = in_units(function, quantity, {**args, "labels": [1.0], **half}, options)
        return whole - in_units(function, quantity, {**args, "labels": [0.75], **half}, NONE)

    name = "binary_cross_entropy"
    assert added(name, "value", probs=[0.5]) == close(4 * LOG2)
    assert added(name, "vjp", probs=[0.5]) == close(4 * (2 + 0.75 * 4))
    name = "binary_cross_entropy_with_logits"
    assert added(name, "value", logits=[0.0]) == close(4 * LOG2)
    assert added(name, "vjp", logits=[0.0]) == close(4 * (0.5 + 0.75))
    assert added(name, "hvp", logits=[0.0]) == close(2 * 4 * 0.25)


def test_a_z_loss_beside_the_loss():
    """λ = ½ of two equal logits: L = log 2, B_L = (2 + 8 + 2) log 2 + 8."""
    args = {"logits": np.zeros((1, 2), np.float32), "labels": np.array([0])}
    args |= {"cotangent": np.ones(1, np.float32), "direction": np.float32([[1, 0]])}
    options = {**NONE, "z_loss": 0.5}
    p = Problem(Example(FUNCTIONS["cross_entropy_with_logits"], F32, args, View((1,)), options))
    b, error, u = budget(F32, "standard"), 12 * LOG2 + 8, F32.u
    square = 0.5 * ((2 * LOG2 + error * u) * error + 4 * LOG2**2)
    assert z_loss.added(p, b, np.array([3.0])) / u == close(square + 3)
    slope = 2 * 0.5 * 0.5 * (LOG2 * (LOG_P + error + 8) + error)
    sums = 2 * (0.5 * 1 + np.array([1, 0]))  # p Q + A of an index
    assert z_loss.pulled(p, b, np.ones(1))[0] / u == close(slope + sums)
    own = z_loss.curved(p, b, np.ones((1, 1))) - hessian(p, b, np.full((1, 1), LOG2))
    both, mean = 9 * error * (1 + LOG2) * np.array([0.75, 0.25]), 0.5 * (3 * LOG_P + 12)
    assert own[0] / u == pytest.approx(both + 0.5 * (mean + mean), rel=2e-6)  # and B_L² u


def test_logits_made_of_others():
    """u(|y| + |m|) + 2u|d| + 2u of x/T; 2(c/T)(eps/2 + 7u) of a cap; strict: 2u|d|."""
    x = np.array([[8.0, -6.0, 2.0, -np.inf]], np.float32)

    def made(grade, **options):
        p = Problem(Example(FUNCTIONS["softmax"], F32, {"x": x}, View((1,)), options))
        return logits.made(p.logits, p.rows, budget(F32, grade))[0] / F32.u

    y, d = np.array([4, 3, 1]), np.array([0, 7, 3])
    assert made("standard", temperature=2.0)[:3] == close(y + 4 + 2 * d + 2)
    assert made("strict", temperature=2.0)[:3] == close(2 * d)
    assert made("strict", softcap=2.0)[0] == pytest.approx(2 * 2 * (3 / 2 + 6 + 1), rel=3e-6)


def test_logits_that_are_products():
    """(θ + 2u)Σ|h||W| + u|z|, θ of d + 1 terms of any sign."""
    args = {"hidden": np.float32([[1, -2, 4]]), "labels": np.array([0])}
    options = {**NONE, "linear_weight": np.float32([[1, 1, 1], [2, 0, 1]])}
    args["direction"] = np.float32([[0, 3, -1]])
    e = Example(FUNCTIONS["linear_cross_entropy"], F32, args, View((1,)), options)
    b, theta = budget(F32, "standard"), 3 + 2  # of four equal terms
    assert in_any_order(4, b) == theta * F32.u
    moved = (theta + 2) * np.array([7, 6]) + np.array([3, 6])
    assert product_error(Problem(e), b)[0] / F32.u == pytest.approx(moved, rel=2e-6)
    assert direction_error(Problem(e), b)[0] / F32.u == close((theta + 2) * np.array([4, 1]))


@pytest.mark.parametrize(
    ("dtype", "grade", "eps", "c_d", "a"),
    [
        ("float64", "strict", 3, 1, 2 * 5e-324),
        ("float32", "strict", 3, 1, 2 * 2.0**-149),
        ("float32", "standard", 8, 2.5, 2.0**-126),
        ("float32", "relaxed", 8, 6, 2.0**-125),
        ("float16", "standard", 2, 2.5, 2.0**-23),
        ("float16", "relaxed", 4, 6, 2.0**-13),
        ("bfloat16", "standard", 2, 2.5, 2.0**-126),
    ],
)
def test_the_constants_of_the_grades(dtype, grade, eps, c_d, a):
    b = budget(FORMATS[dtype], grade)
    assert (b.eps / b.u, b.c_d, b.a) == (eps, c_d, a)
    assert b.u == {"float64": 2.0**-53, "float32": 2.0**-24}.get(dtype, FORMATS[dtype].u)
    assert (b.stable, b.anchored) == (grade != "strict", grade == "relaxed")


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_strict_in_16_bits_is_float32_rounded_once(dtype):
    fmt, inner = FORMATS[dtype], budget(F32, "standard")
    b = budget(fmt, "strict")
    assert (b.u, b.eps, b.c_d, b.a) == (inner.u, inner.eps, inner.c_d, inner.a)
    exact, found = np.array([3.0, np.inf]), np.array([1e-4, 1e-4])
    wanted = found * (1 + fmt.u) + fmt.u * np.array([3.0, 0.0]) + fmt.eta / 2
    assert np.array_equal(b.finish(found, exact), wanted)
    assert inner.finish(found, exact) is found


def test_allowances_below_the_normal_numbers():
    """a once per value, and once for each factor that may be flushed before it is multiplied."""
    tiny = {"x": np.float64([-200.0])}
    assert in_units("sigmoid", "value", tiny) * F32.u == close(F32.omega)
    assert in_units("sigmoid", "value", tiny, grade="strict") * F32.u == close(2 * F32.eta)
    far = {"x": [[0.0, -200.0][::-1]]}
    assert in_units("softmax", "value", far) * F32.u == close(F32.omega)
    heavy = {"x": [-200.0], "cotangent": [1024.0]}
    assert in_units("sigmoid", "vjp", heavy) * F32.u == close(1025 * F32.omega)
    given = {"x": [[-200.0, 0.0]], "cotangent": [3.0]}
    assert in_units("logsumexp", "vjp", given) * F32.u == close(4 * F32.omega)
    certain = {"probs": [1.0], "labels": [1.0]}
    assert in_units("binary_cross_entropy", "value", certain, NONE) * F32.u == close(F32.omega)
    args, options = {"logits": [[0.0]], "labels": [0]}, {**NONE, "z_loss": 1.0}
    with_square = in_units("cross_entropy_with_logits", "value", args, options)
    plain = in_units("cross_entropy_with_logits", "value", args, NONE)
    assert (with_square - plain) * F32.u == close(F32.omega)


def test_where_a_sigmoid_is_still_curved():
    """Up to 25 log 2 in float32, whose u is 2⁻²⁴."""
    x = np.array([3.0, -100.0], np.float32)
    p = Problem(Example(FUNCTIONS["sigmoid"], F32, {"x": x}, View((2,)), {}))
    assert unsaturated(p, budget(F32, "standard")) == close([3, 25 * LOG2])


@pytest.mark.parametrize(("temperature", "units"), [(2.0, 0), (0.1, 1), (1 / 3, 1)])
def test_a_temperature_that_is_no_number_of_the_format_is_rounded(temperature, units):
    x = np.zeros((1, 2), np.float32)
    options = {"temperature": temperature}
    p = Problem(Example(FUNCTIONS["softmax"], F32, {"x": x}, View((1,)), options))
    exact = (3 + units) * F32.u / temperature
    assert slope_error(p.logits, budget(F32, "standard")) == close(np.full((1, 2), exact))


def test_ignored_rows_have_no_gradient_whatever_the_temperature():
    args = {"logits": np.zeros((2, 3), np.float32), "labels": np.array([-100, 1])}
    args |= {"cotangent": np.ones(2, np.float32)}
    options = {"temperature": 2.0, "ignore_index": -100, "reduction": "none"}
    e = Example(FUNCTIONS["cross_entropy_with_logits"], F32, args, View((2,)), options)
    found = bound(Problem(e), budget(F32, "standard"), "vjp", "must")
    alone = e.but(view=View((1,)), **{name: array[1:] for name, array in args.items()})
    assert (found[0] <= 2 * F32.omega).all()
    assert found[1] == close(bound(Problem(alone), budget(F32, "standard"), "vjp", "must")[0])
    assert (found[1] > 3 * F32.u / 2).all()


def test_a_cap_adds_what_its_own_second_derivative_errs_by(monkeypatch):
    args = {"x": np.array([[60.0, -50.0, 40.0]], np.float32)}
    args |= {k: np.array([[1.0, 2.0, -1.0]], np.float32) for k in ("cotangent", "direction")}
    p = Problem(Example(FUNCTIONS["softmax"], F32, args, View((1,)), {"softcap": 30.0}))
    b = budget(F32, "standard")
    v, of = np.abs(p.widened(args["direction"])), p.e.function.quantities["vjp"]
    own = logits._bent(p, b, "must", v, of)
    whole = logits.chained(p, b, "hvp", "must")
    monkeypatch.setattr(logits, "_bent", lambda *_: 0.0)
    assert (own > 0).all()
    assert whole == close(logits.chained(p, b, "hvp", "must") + own)
