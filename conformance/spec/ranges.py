"""Ranges, normalisation and order: what holds of every value by itself."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from conformance.floats import Array
from conformance.model import Claim, Example
from conformance.numerics.intermediates import xlogy_free
from conformance.spec.claims import at_most, equal, same
from conformance.spec.context import Examination
from conformance.spec.declare import LOSSES, law, those

_EXACT = "none: e^d ≤ 1 ≤ S and rounding is monotone"
_MONOTONE = (
    "Rounding is monotone: fl(t/S) ≤ 1 because t ≤ S, log S ≥ 0 because S ≥ 1, fl(m + log S) ≥ m. "
    "No stable formula leaves the range, not by one ulp."
)


def _finite(f: Examination, e: Example) -> Array:
    return f.where(e)


@law(
    "within-unit-interval", *those(lambda f: f.range == (0, 1)),
    says="0 ≤ result ≤ 1", bound=_EXACT, why=_MONOTONE, source="IEEE 754-2019, 4.3",
    reveals="exp approximations above 1, reciprocals rounded up, extrapolated tables",
    corollary=True,
)  # fmt: skip
def within_unit_interval(f: Examination, e: Example) -> Iterator[Claim]:
    """Probabilities are in [0, 1]."""
    got = f.value(e)
    yield at_most(got, np.ones_like(got), where=f.where(e), what="≤ 1", at=e)
    yield at_most(-got, np.zeros_like(got), where=f.where(e), what="≥ 0", at=e)


@law(
    "never-positive", *those(lambda f: f.range == (-np.inf, 0)),
    says="result ≤ 0", bound=_EXACT, why=_MONOTONE, source="IEEE 754-2019, 4.3",
    reveals="a logsumexp below the maximum, a logarithm of a rounded-up probability",
    corollary=True,
)  # fmt: skip
def never_positive(f: Examination, e: Example) -> Iterator[Claim]:
    """Logarithms of probabilities are not positive."""
    got = f.value(e)
    yield at_most(got, np.zeros_like(got), where=f.where(e), what="≤ 0", at=e)


@law(
    "at-least-max", "logsumexp",
    says="logsumexp(x) ≥ max x", bound=_EXACT, why=_MONOTONE, source="IEEE 754-2019, 4.3",
    reveals="a wrong shift, a negative log S, a maximum taken over something else",
    corollary=True,
)  # fmt: skip
def at_least_max(f: Examination, e: Example) -> Iterator[Claim]:
    """logsumexp is at least the maximum; subnormal maxima may be flushed."""
    m = f.problem(e).rows.m[:, 0]
    flushed = np.where(np.abs(m) < f.budget.omega, f.budget.a, 0)
    yield at_most(m, f.value(e).astype(f.fmt.wide), flushed, where=f.where(e), what="≥ max", at=e)


@law(
    "at-most-max-plus-log-n", "logsumexp",
    says="logsumexp(x) ≤ max x + log n", bound="B of logsumexp",
    why="Exact for exact values: S ≤ n. The computed value adds its own bound.",
    source="Boyd & Vandenberghe, Convex Optimization, 3.1.5",
    reveals="double counting, padding counted as logits",
    corollary=True,
)  # fmt: skip
def at_most_max_plus_log_n(f: Examination, e: Example) -> Iterator[Claim]:
    """logsumexp is at most max + log n."""
    if e.x.shape[-1] == 0:
        return
    m = f.problem(e).rows.m[:, 0]
    limit = m + np.log(f.fmt.wide(e.x.shape[-1]))
    yield at_most(f.value(e), limit, f.bound(e), where=f.where(e), what="≤ max + log n", at=e)


@law(
    "at-most-log-n", "entropy_with_logits",
    says="H ≤ log n", bound="B of the entropy",
    why="The uniform row has the largest entropy: Gibbs' inequality. The computed value adds its "
    "own bound.",
    source="Cover & Thomas, Elements of Information Theory, 2.6.4",
    reveals="p that does not sum to 1, masked classes or padding that count, another base",
    corollary=True,
)  # fmt: skip
def at_most_log_n(f: Examination, e: Example) -> Iterator[Claim]:
    """The entropy is at most that of a uniform row of the classes that are not masked."""
    if e.x.shape[-1] == 0:
        return
    classes = (f.problem(e).rows.t > 0).sum(axis=-1)
    limit = np.log(np.maximum(classes, 1).astype(f.fmt.wide))
    yield at_most(f.value(e), limit, f.bound(e), where=f.where(e), what="≤ log n", at=e)


@law(
    "never-negative", *LOSSES, *those(lambda f: f.range == (0, np.inf) and not f.labelled),
    says=lambda name: "loss ≥ 0" if name in LOSSES else "result ≥ 0",
    bound="none: exact; where pos_weight ≠ 1 rearranged forms cancel: 5u(|x| + l)·w|ρ − 1|y; "
    "probabilities above 1 are left out",
    why="A sum of products of nonnegative rounded factors, or a difference fl(a) − fl(b) "
    "with a ≥ b. Only (1 − y)x + (1 + (ρ − 1)y)·softplus(−x) subtracts rounded products.",
    source="IEEE 754-2019, 4.3",
    reveals="cancellation, a sign error, a label smoothed into the negative",
    corollary=True,
)  # fmt: skip
def never_negative(f: Examination, e: Example) -> Iterator[Claim]:
    """Losses, and other values that are sums of nonnegative terms, are not negative."""
    p, got = f.problem(e), f.value(e)
    where, bound = f.where(e), np.zeros((), f.fmt.wide)
    if e.function.probabilities:
        where = where & (bool((p.x <= 1).all()) if got.ndim == 0 else _each(e, p.x <= 1))
    elif not e.function.rowwise and e.options.get("pos_weight") is not None:
        z = p.logistic
        spread = p.weight * np.abs(p.pos_weight - 1) * p.labels
        bound = 5 * f.budget.u * (z.size + z.l) * spread
        bound = bound.sum() if got.ndim == 0 else bound
    yield at_most(
        -got.astype(f.fmt.wide), np.zeros(got.shape), bound, where=where, what="≥ 0", at=e
    )


def _each(e: Example, inside: Array) -> Array:
    return np.asarray(inside.all(axis=-1)) if e.function.rowwise else inside


@law(
    "sums-to-one", "softmax",
    says="Σⱼ softmax(x)ⱼ = 1",
    bound="θ(t) + 3u + n·a, and unless strict eps(1 + log S) + c_d u(Σp|d| + log S) + uΣp|d|",
    why="p_i = t_i(1 + δ_i)/Ŝ with the same computed t_i inside Ŝ, so the errors of exp and of "
    "its argument cancel; the sum's θ and two roundings remain. Forms e^(log p) do not cancel "
    "them; standard admits those. Summed exactly here.",
    source="Blanchard, Higham & Higham (2021), 4",
    reveals="unnormalised results, a stale maximum, half-precision accumulation, a missing tail",
    least=5, corollary=True,
)  # fmt: skip
def sums_to_one(f: Examination, e: Example) -> Iterator[Claim]:
    """Rows sum to one."""
    if e.x.shape[-1] == 0:
        return
    p, b = f.problem(e), f.budget
    r = p.rows
    total = f.value(e).astype(f.fmt.wide).sum(axis=-1)
    bound = b.theta(r.t) + 3 * b.u + e.x.shape[-1] * b.a
    if b.stable:
        bound = bound + b.eps * (1 + r.log_S) + b.c_d * b.u * (r.mean_gap + r.log_S)
        bound = bound + b.u * r.mean_gap
    if b.final is not None:
        bound = bound + b.final.u + e.x.shape[-1] * b.final.eta / 2
    yield equal(total, np.ones_like(total), bound[:, 0], where=f.where(e)[:, 0], at=e)


@law(
    "exp-sums-to-one", "log_softmax",
    says="Σⱼ exp(log_softmax(x)ⱼ) = 1", bound="Σ p_i (e^B_i − 1) of log_softmax",
    why="Exact for exact values; each computed log p_i moves its term by p_i(e^B_i − 1).",
    source="the definition: Σp = 1",
    reveals="a wrong log of the normaliser",
    least=5, corollary=True,
)  # fmt: skip
def exp_sums_to_one(f: Examination, e: Example) -> Iterator[Claim]:
    """Exponentials of log probabilities sum to one."""
    if e.x.shape[-1] == 0:
        return
    r = f.problem(e).rows
    with np.errstate(all="ignore"):
        total = np.exp(f.value(e).astype(f.fmt.wide)).sum(axis=-1)
        # an underflowing p times an overflowing e^B is below anything that sums to one
        moved = xlogy_free(r.p, np.expm1(np.minimum(f.bound(e), 40)))
    bound = moved.sum(axis=-1) + 4 * e.x.shape[-1] * float(np.finfo(f.fmt.wide).eps)
    yield equal(total, np.ones_like(total), bound, where=f.where(e)[:, 0], at=e)


@law(
    "keeps-argmax", "softmax", "log_softmax",
    says="x_i = max x ⟹ result_i = max result", bound="none: exact",
    why="x ↦ fl(e^fl(x − m)/S) is monotone between a maximum, where t = 1 exactly, and any other "
    "entry, where t ≤ 1.",
    source="the definition: e^x is increasing; rounding is monotone",
    reveals="a wrong maximum, clipping, overflow, a lane with another exp",
    corollary=True,
)  # fmt: skip
def keeps_argmax(f: Examination, e: Example) -> Iterator[Claim]:
    """The result at a maximum is the largest."""
    if e.x.shape[-1] == 0:
        return
    got = f.value(e).astype(f.fmt.wide)
    largest = got.max(axis=-1, keepdims=True)
    top = (f.problem(e).rows.d == 0) & f.where(e)
    yield at_most(np.broadcast_to(largest, got.shape), got, where=top, at=e)


@law(
    "ties-get-equal-results", "softmax", "log_softmax",
    says="x_i = x_j ⟹ result_i = result_j", bound="2B",
    why="The exact values are equal; each computed one is within its B.",
    source="the definition",
    reveals="ties at the maximum counted once or dropped, a lane with another exp",
    when=lambda e: 0 < e.x.shape[-1] <= 4096, corollary=True,
)  # fmt: skip
def ties_get_equal_results(f: Examination, e: Example) -> Iterator[Claim]:
    """Entries tied with the maximum have results equal to the first of them, within both bounds."""
    r, got, bound = f.problem(e).rows, f.value(e).astype(f.fmt.wide), f.bound(e)
    first = np.argmax(r.d == 0, axis=-1)[:, None]
    want = np.take_along_axis(got, first, axis=-1)
    both = bound + np.take_along_axis(bound, first, axis=-1)
    tied = (r.d == 0) & f.where(e) & ((r.d == 0).sum(axis=-1, keepdims=True) > 1)
    yield equal(got, np.broadcast_to(want, got.shape), both, where=tied, at=e)


@law(
    "keeps-order", "softmax", "log_softmax",
    says="x_i < x_j ⟹ result_i ≤ result_j", bound="B_i + B_j",
    why="True of exact values; strict or exact monotonicity is false of rounded ones.",
    source="the definition: e^x is increasing",
    reveals="errors of an exp table, segments that do not join",
    when=lambda e: 2 <= e.x.shape[-1] <= 4096, corollary=True,
)  # fmt: skip
def keeps_order(f: Examination, e: Example) -> Iterator[Claim]:
    """Sorted by x, results do not decrease by more than two bounds."""
    order = np.argsort(f.problem(e).x, axis=-1, kind="stable")
    got = np.take_along_axis(f.value(e).astype(f.fmt.wide), order, axis=-1)
    bound = np.take_along_axis(f.bound(e), order, axis=-1)
    with np.errstate(invalid="ignore"):
        yield at_most(got[:, :-1], got[:, 1:], bound[:, :-1] + bound[:, 1:], where=f.where(e), at=e)


@law(
    "monotone", *those(lambda f: f.ends and f.ends.values[0] < f.ends.values[1]),
    says="x < y ⟹ f(x) ≤ f(y)", bound="B(x) + B(y)",
    why="True of exact values. The exact form is false for log_sigmoid in every library (0.4 % of "
    "neighbouring float32 pairs), and for sigmoid op by op in float16.",
    source="the definition: σ is increasing",
    reveals="branch seams, clipping jumps, table segments that do not join",
    when=lambda e: e.size >= 2,
)  # fmt: skip
def monotone(f: Examination, e: Example) -> Iterator[Claim]:
    """Sorted by x, results do not decrease by more than two bounds."""
    keep = np.flatnonzero(f.where(e))
    order = keep[np.argsort(f.problem(e).x[keep], kind="stable")]
    got, bound = f.value(e).astype(f.fmt.wide)[order], f.bound(e)[order]
    with np.errstate(invalid="ignore"):
        yield at_most(got[:-1], got[1:], bound[:-1] + bound[1:], at=e)


@law(
    "exactly-monotone", "sigmoid",
    level="should",
    says="x < y ⟹ σ(x) ≤ σ(y), exactly", bound="none: exact",
    why="1 + e, 1/(1 + e) and e/(1 + e) are monotone in e after rounding; a monotone exp suffices. "
    "Held by the float32 sigmoids of NumPy, SciPy, PyTorch and JAX over all 2^32 inputs.",
    source="the definition: σ is increasing",
    reveals="a non-monotone exp, branches that do not join",
    formats=("float32",), when=lambda e: e.size >= 2,
)  # fmt: skip
def exactly_monotone(f: Examination, e: Example) -> Iterator[Claim]:
    """Sorted by x, results do not decrease."""
    keep = np.flatnonzero(f.where(e))
    order = keep[np.argsort(f.problem(e).x[keep], kind="stable")]
    got = f.value(e)[order]
    with np.errstate(invalid="ignore"):
        yield at_most(got[:-1], got[1:], at=e)


@law(
    "masked-is-zero", "softmax",
    says="x_i = −inf, another logit finite ⟹ softmax(x)_i = 0", bound="none: exact",
    why="e^−inf = +0 exactly (C23 Annex F) and 0/S = 0.",
    source="C23 F.10.3.1",
    reveals="masks as large finite numbers, NaN from −inf − −inf, an ε added to every entry",
    when=lambda e: bool(np.isneginf(e.x.astype(np.float64)).any()),
)  # fmt: skip
def masked_is_zero(f: Examination, e: Example) -> Iterator[Claim]:
    """Masked entries are exactly zero."""
    masked = np.isneginf(f.problem(e).x) & f.where(e)
    yield same(f.value(e), 0, where=masked, at=e)


@law(
    "masked-is-minus-infinity", "log_softmax",
    says="x_i = −inf, another logit finite ⟹ log_softmax(x)_i = −inf", bound="none: exact",
    why="−inf − m − log S = −inf for finite m.",
    source="IEEE 754-2019, 6.1",
    reveals="masks as large finite numbers, NaN from −inf − −inf, a clamped logarithm",
    when=lambda e: bool(np.isneginf(e.x.astype(np.float64)).any()),
)  # fmt: skip
def masked_is_minus_infinity(f: Examination, e: Example) -> Iterator[Claim]:
    """Masked entries are exactly −inf."""
    masked = np.isneginf(f.problem(e).x) & f.where(e)
    got = f.value(e).astype(f.fmt.wide)
    yield same(got, -np.inf, where=masked, at=e)
