"""Ranges, normalisation and order: what holds of every value by itself."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from conformance.floats import Array
from conformance.model import Example
from conformance.numerics.intermediates import xlogy_free
from conformance.spec.claims import Claims, at_least, at_most, equal, same
from conformance.spec.context import Examination
from conformance.spec.declare import LOSSES, law, those
from conformance.spec.which import several, several_classes, up_to, with_minus_infinity

_EXACT = "none: e^d ≤ 1 ≤ S and rounding is monotone"
_MONOTONE = (
    "Rounding is monotone: fl(t/S) ≤ 1 because t ≤ S, log S ≥ 0 because S ≥ 1, fl(m + log S) ≥ m. "
    "No stable formula leaves the range, not by one ulp."
)
#: Laws that rounding keeps exactly.
range_law = partial(law, bound=_EXACT, why=_MONOTONE, source="IEEE 754-2019, 4.3", corollary=True)
_NONNEGATIVE = (
    "none: exact; B where logits are products, of which the label's may be taken apart; "
    "where pos_weight ≠ 1 rearranged forms cancel: 5u(|x| + l)·w|ρ − 1|y; "
    "probabilities above 1 are left out"
)


@range_law("within-unit-interval", *those(lambda f: f.range == (0, 1)), unscaled=True)
def within_unit_interval(f: Examination, e: Example) -> Claims:
    """0 ≤ result ≤ 1

    Reveals exp approximations above 1, reciprocals rounded up, extrapolated tables.
    """
    yield at_most(f.value(e), 1, where=f.where(e), what="≤ 1")
    yield at_least(f.value(e), 0, where=f.where(e), what="≥ 0")


@range_law("never-positive", *those(lambda f: f.range == (-np.inf, 0)), unscaled=True)
def never_positive(f: Examination, e: Example) -> Claims:
    """result ≤ 0

    Reveals a logsumexp below the maximum, a logarithm of a rounded-up probability.
    """
    yield at_most(f.value(e), 0, where=f.where(e), what="≤ 0")


@range_law("at-least-max", "logsumexp")
def at_least_max(f: Examination, e: Example) -> Claims:
    """logsumexp(x) ≥ max x

    Reveals a wrong shift, a negative log S, a maximum taken over something else.
    """
    m = f.problem(e).rows.m[:, 0]
    flushed = np.where(np.abs(m) < f.budget.omega, f.budget.a, 0)
    yield at_least(f.value(e), m, flushed, where=f.where(e), what="≥ max")


@law("at-most-max-plus-log-n", "logsumexp", corollary=True)
def at_most_max_plus_log_n(f: Examination, e: Example) -> Claims:
    """logsumexp(x) ≤ max x + log n

    Within B of logsumexp. Holds for exact values, as S ≤ n; the computed value adds its bound.
    [Boyd & Vandenberghe, Convex Optimization, 3.1.5]
    Reveals double counting, padding counted as logits.
    """
    limit = f.problem(e).rows.m[:, 0] + np.log(f.fmt.wide(e.x.shape[-1]))
    yield at_most(f.value(e), limit, f.bound(e), where=f.where(e), what="≤ max + log n")


@law("at-most-log-n", "entropy_with_logits", corollary=True)
def at_most_log_n(f: Examination, e: Example) -> Claims:
    """H ≤ log n

    Within B of the entropy. The uniform row has the largest entropy: Gibbs' inequality. The
    computed value adds its own bound. [Cover & Thomas, Elements of Information Theory, 2.6.4]
    Reveals p that does not sum to 1, masked classes or padding that count, another base.
    """
    classes = (f.problem(e).rows.t > 0).sum(axis=-1)
    limit = np.log(np.maximum(classes, 1).astype(f.fmt.wide))
    yield at_most(f.value(e), limit, f.bound(e), where=f.where(e), what="≤ log n")


@law(
    "never-negative",
    *(name for name in LOSSES if name != "kl_div"),
    *those(lambda f: f.range == (0, np.inf) and not f.labelled),
    says=lambda of: "loss ≥ 0" if of in LOSSES else "result ≥ 0",
    unscaled=True,
    bound=_NONNEGATIVE,
    corollary=True,
)
def never_negative(f: Examination, e: Example) -> Claims:
    """Losses, and other values that are sums of nonnegative terms, are not negative

    A sum of products of nonnegative rounded factors, or a difference fl(a) − fl(b) with a ≥ b. Only
    (1 − y)x + (1 + (ρ − 1)y)·softplus(−x) subtracts rounded products. [IEEE 754-2019, 4.3]
    Reveals cancellation, a sign error, a label smoothed into the negative.
    """
    where = f.where(e) & _probable(e, f.problem(e).x)
    yield at_least(f.value(e), 0, _cancelled(f, e), where=where, what="≥ 0")


def _probable(e: Example, x: Array) -> Any:
    """Where no probability is above 1."""
    if not e.function.probabilities:
        return True
    inside = x <= 1
    if e.reduction != "none":
        return bool(inside.all())
    return inside.all(axis=-1) if e.function.rowwise else inside


def _cancelled(f: Examination, e: Example) -> Any:
    """What rearranged forms of the binary loss lose where pos_weight is not 1.

    And B where logits are products: that of the label may be taken apart from the others.
    """
    if e.function.matrix:
        return f.bound(e)
    if e.function.rowwise or e.options.get("pos_weight") is None:
        return 0.0
    p, z = f.problem(e), f.problem(e).logistic
    lost = 5 * f.budget.u * (z.size + z.l) * p.weight * np.abs(p.pos_weight - 1) * p.share
    return lost if e.reduction == "none" else lost.sum()


@law("sums-to-one", "softmax", least=5, corollary=True, unscaled=True)
def sums_to_one(f: Examination, e: Example) -> Claims:
    """Σⱼ softmax(x)ⱼ = 1

    Within θ(t) + 3u + n·a, and unless strict eps(1 + log S) + c_d u(Σp|d| + log S) + uΣp|d|. The
    computed p_i = t_i(1 + δ_i)/Ŝ has the same computed t_i as Ŝ, so the errors of exp and of its
    argument cancel; the θ of the sum and two roundings remain. They do not cancel in e^(log p),
    which standard admits. The sum is taken exactly here. [Blanchard, Higham & Higham (2021), 4]
    Reveals unnormalised results, a stale maximum, half-precision accumulation, a missing tail.
    """
    yield equal(f.value(e).sum(axis=-1), 1, _of_the_sum(f, e)[:, 0], where=f.where(e)[:, 0])


def _of_the_sum(f: Examination, e: Example) -> Array:
    """How far the sum of a row's probabilities may be from 1, (R, 1)."""
    b, r, n = f.budget, f.problem(e).rows, e.x.shape[-1]
    bound = b.theta(r.t) + 3 * b.u + n * b.a
    if b.stable:
        bound = bound + b.eps * (1 + r.log_S) + b.c_d * b.u * (r.mean_gap + r.log_S)
        bound = bound + b.u * r.mean_gap
    if b.final is not None:
        bound = bound + b.final.u + n * b.final.eta / 2
    return bound


@law("exp-sums-to-one", "log_softmax", least=5, corollary=True)
def exp_sums_to_one(f: Examination, e: Example) -> Claims:
    """Σⱼ exp(log_softmax(x)ⱼ) = 1

    Within Σ p_i (e^B_i − 1) of log_softmax. An identity of exact values; each computed log p_i
    moves its term by p_i(e^B_i − 1). [the definition: Σp = 1]
    Reveals a wrong log of the normaliser.
    """
    # an underflowing p times an overflowing e^B is below anything that sums to one
    moved = xlogy_free(f.problem(e).rows.p, np.expm1(np.minimum(f.bound(e), 40)))
    bound = moved.sum(axis=-1) + 4 * e.x.shape[-1] * float(np.finfo(f.fmt.wide).eps)
    yield equal(np.exp(f.value(e)).sum(axis=-1), 1, bound, where=f.where(e)[:, 0])


@law("keeps-argmax", "softmax", "log_softmax", corollary=True, unscaled=True)
def keeps_argmax(f: Examination, e: Example) -> Claims:
    """x_i = max x ⟹ result_i = max result

    x ↦ fl(e^fl(x − m)/S) is monotone between a maximum, where t = 1 exactly, and any other entry,
    where t ≤ 1. [the definition: e^x is increasing; rounding is monotone]
    Reveals a wrong maximum, clipping, overflow, a lane with another exp.
    """
    got, top = f.value(e), (f.problem(e).rows.d == 0) & f.where(e)
    largest = np.broadcast_to(got.max(axis=-1, keepdims=True), got.shape)
    yield at_most(largest, got, where=top)


@law("ties-get-equal-results", "softmax", "log_softmax", when=up_to(4096), corollary=True)
def ties_get_equal_results(f: Examination, e: Example) -> Claims:
    """x_i = x_j ⟹ result_i = result_j

    Within 2B. The exact values are equal; each computed one is within its B. [the definition]
    Reveals ties at the maximum counted once or dropped, a lane with another exp.
    """
    got, bound, top = f.value(e), f.bound(e), f.problem(e).rows.d == 0
    first = np.argmax(top, axis=-1)[:, None]
    want, theirs = (np.take_along_axis(values, first, axis=-1) for values in (got, bound))
    tied = top & f.where(e) & (top.sum(axis=-1, keepdims=True) > 1)
    yield equal(got, np.broadcast_to(want, got.shape), bound + theirs, where=tied)


@law("keeps-order", "softmax", "log_softmax", when=(several_classes, up_to(4096)), corollary=True)
def keeps_order(f: Examination, e: Example) -> Claims:
    """x_i < x_j ⟹ result_i ≤ result_j

    Within B_i + B_j. True of exact values; rounded ones need not be monotone.
    [the definition: e^x is increasing]
    Reveals errors of an exp table, segments that do not join.
    """
    order = np.argsort(f.problem(e).x, axis=-1, kind="stable")
    got, bound = (np.take_along_axis(v, order, axis=-1) for v in (f.value(e), f.bound(e)))
    yield at_most(got[:, :-1], got[:, 1:], bound[:, :-1] + bound[:, 1:], where=f.where(e))


def _increasing(f: Examination, e: Example) -> Array:
    """The elements whose value is determined, in increasing order."""
    kept = np.flatnonzero(f.where(e))
    return kept[np.argsort(f.problem(e).x[kept], kind="stable")]


@law("monotone", *those(lambda f: f.ends and f.ends.values[0] < f.ends.values[1]), when=several)
def monotone(f: Examination, e: Example) -> Claims:
    """x < y ⟹ f(x) ≤ f(y)

    Within B(x) + B(y). True of exact values. Computed ones are not monotone for log_sigmoid in any
    library (0.4 % of neighbouring float32 pairs fall), nor for a float16 sigmoid computed op by op.
    [the definition: σ is increasing]
    Reveals branch seams, clipping jumps, table segments that do not join.
    """
    order = _increasing(f, e)
    got, bound = f.value(e)[order], f.bound(e)[order]
    yield at_most(got[:-1], got[1:], bound[:-1] + bound[1:])


@law("exactly-monotone", "sigmoid", level="should", formats=("float32",), when=several)
def exactly_monotone(f: Examination, e: Example) -> Claims:
    """x < y ⟹ σ(x) ≤ σ(y), exactly

    1 + e, 1/(1 + e) and e/(1 + e) are monotone in e after rounding; a monotone exp suffices. It
    holds for the float32 sigmoids of NumPy, SciPy, PyTorch and JAX over all 2^32 inputs.
    [the definition: σ is increasing]
    Reveals a non-monotone exp, branches that do not join.
    """
    got = f.value(e)[_increasing(f, e)]
    yield at_most(got[:-1], got[1:])


@law("masked-is-zero", "softmax", when=with_minus_infinity, uncapped=True)
def masked_is_zero(f: Examination, e: Example) -> Claims:
    """x_i = −inf, another logit finite ⟹ softmax(x)_i = 0

    e^−inf = +0 exactly (C23 Annex F) and 0/S = 0. [C23 F.10.3.1]
    Reveals masks as large finite numbers, NaN from −inf − −inf, an ε added to every entry.
    """
    yield same(f.value(e), 0, where=np.isneginf(f.problem(e).x) & f.where(e))


@law("masked-is-minus-infinity", "log_softmax", when=with_minus_infinity, uncapped=True)
def masked_is_minus_infinity(f: Examination, e: Example) -> Claims:
    """x_i = −inf, another logit finite ⟹ log_softmax(x)_i = −inf

    −inf − m − log S = −inf for finite m. [IEEE 754-2019, 6.1]
    Reveals masks as large finite numbers, NaN from −inf − −inf, a clamped logarithm.
    """
    yield same(f.value(e), -np.inf, where=np.isneginf(f.problem(e).x) & f.where(e))
