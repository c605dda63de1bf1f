"""Losses: kinds of labels, reductions, the entropy bound, swaps."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from conformance.backends import Unsupported
from conformance.floats import Array, difference
from conformance.kernels.failures import CallFailed
from conformance.kernels.signatures import required
from conformance.model import Example
from conformance.numerics.bounds import reduction_bound
from conformance.numerics.reference import largest_total
from conformance.spec.batches import rows_of
from conformance.spec.claims import Claims, at_least, equal, holds
from conformance.spec.comparing import agree, both, together, unchanged
from conformance.spec.context import Examination
from conformance.spec.declare import LOSSES, array_options, law, with_options, without_options
from conformance.spec.which import (
    averaged,
    each,
    floating,
    hard,
    indexed,
    reduced,
    several_rows,
    summed,
    without,
)

INDEXED = ("cross_entropy", "cross_entropy_with_logits")
BINARY = ("binary_cross_entropy", "binary_cross_entropy_with_logits")
_UNWEIGHTED = (each, indexed, without("weight"))
_UNSMOOTHED = (each, without("label_smoothing"))
_DISTRIBUTED = (each, floating, without("weight", "pos_weight", "label_smoothing"))
_COUNTED = (averaged, without("weight", "ignore_index"))
reduction_law = partial(law, needs="reduction", reshapes=True)


def _one_hot(e: Example, labels: Array) -> Array:
    return np.asarray(labels[:, None] == np.arange(e.x.shape[-1])).astype(e.fmt.dtype)


def _without_ignored(e: Example, **args: Any) -> Example:
    return without_options(e, "ignore_index").but(**args)


@law("index-is-one-hot", *INDEXED, costs=1, reshapes=True, when=_UNWEIGHTED)
def index_is_one_hot(f: Examination, e: Example) -> Claims:
    """index labels and their one-hot rows give one loss

    Within 2B. 1·v and 0·v are exact for finite v and adding zeros is exact; 0·(−inf) counts as 0.
    [the definition: 0·log p counts nothing]
    Reveals 0·(−inf) = NaN, argmax of labels, another class order.
    """
    hot = _without_ignored(e, labels=_one_hot(e, e.labels))
    yield agree(f, e, hot, where=f.problem(e).kept & f.where(hot))


@law("linear-in-labels", *INDEXED, *BINARY, costs=3, reshapes=True, when=_UNSMOOTHED)
def linear_in_labels(f: Examination, e: Example) -> Claims:
    """ℓ((q₁ + q₂)/2) = (ℓ(q₁) + ℓ(q₂))/2

    Within the sum of the three bounds. A loss is linear in its label; the mean of two hard labels
    is exact. [the definition: ℓ is linear in q]
    Reveals soft labels rounded, thresholded or sent through argmax.
    """
    a, b, half = (_without_ignored(e, labels=labels) for labels in _hard_and_half(e))
    want, bound = (f.value(a) + f.value(b)) / 2, f.bound(half) + together(f, a, b) / 2
    where = both(f, a, b, half) & np.isfinite(want)
    yield equal(f.value(half), want, bound, where=where, at=half)


def _hard_and_half(e: Example) -> tuple[Array, Array, Array]:
    """Two hard labels of each row or element, and their mean."""
    if e.function.rowwise:
        n, place = e.x.shape[-1], np.arange(len(e.x)) % e.x.shape[-1]
        a, b = _one_hot(e, place), _one_hot(e, (place * 3 + 1) % n)
    else:
        a, b = np.zeros_like(e.x), np.ones_like(e.x)
    half = (a.astype(e.fmt.wide) + b.astype(e.fmt.wide)) / 2
    return a, b, half.astype(e.fmt.dtype)


@law("at-least-entropy", *INDEXED, *BINARY, when=_DISTRIBUTED, corollary=True)
def at_least_entropy(f: Examination, e: Example) -> Claims:
    """ℓ(x, q) ≥ H(q) = −Σ q log(q/Q), Q = Σq

    Within B. Gibbs' inequality for exact values; the computed loss adds its bound. For rounded
    losses it fails in a few cases of a thousand.
    [Cover & Thomas, Elements of Information Theory, 2.6.3]
    Reveals scaled logits, a wrong normaliser, clamped logarithms.
    """
    entropy, of = _entropy(f, e), e.function
    mass = f.problem(e).x.sum(axis=-1) <= 1 if of.probabilities and of.rowwise else True
    slack = f.bound(e) + 4 * float(np.finfo(f.fmt.wide).eps) * entropy
    yield at_least(f.value(e), entropy, slack, where=f.where(e) & mass)


def _entropy(f: Examination, e: Example) -> Array:
    """The entropy of each label."""
    q = f.problem(e).labels
    if e.function.rowwise:
        total = q.sum(axis=-1, keepdims=True)
        return np.asarray(np.where(q > 0, -q * np.log(q / total), 0).sum(axis=-1))
    negative = np.where(q < 1, -(1 - q) * np.log1p(-q), 0)
    return np.asarray(np.where(q > 0, -q * np.log(q), 0) + negative)


@law("swaps-with-its-label", BINARY[1], costs=1, when=(each, hard, without("pos_weight")))
def swaps_with_its_label(f: Examination, e: Example) -> Claims:
    """ℓ(x, 1) = ℓ(−x, 0)

    Within B + B′. σ(−x) = 1 − σ(x). The bits differ in PyTorch. [the definition: 1 − σ(x) = σ(−x)]
    Reveals swapped or one-sided labels, a sign.
    """
    y = f.problem(e).labels
    other = e.but(logits=-e.x, labels=(1 - y).astype(e.fmt.dtype))
    yield agree(f, e, other, where=(y == 0) | (y == 1))


@law("swaps-with-its-label", BINARY[0], costs=1, when=(each, hard))
def probs_swap_with_label(f: Examination, e: Example) -> Claims:
    """ℓ(p, 1) = ℓ(1 − p, 0), 1 − p exact

    Within B + B′. The definition is symmetric; only p whose complement is exact are used.
    [the definition: 1 − σ(x) = σ(−x)]
    Reveals swapped labels, an ε on one side.
    """
    y, (turned, exact) = f.problem(e).labels, difference(1.0, e.x, e.fmt)
    other = e.but(probs=turned, labels=(1 - y).astype(e.fmt.dtype))
    yield agree(f, e, other, where=exact & ((y == 0) | (y == 1)) & f.where(other))


def _infinite(e: Example) -> bool:
    return e.family == "an infinite loss"


def _telling(e: Example) -> bool:
    """Predictions without NaN, of several classes: the loss of a single one is 0."""
    return "nan" not in e.not_finite and (not e.function.rowwise or e.classes > 1)


@reduction_law("reduces-its-own-losses", *LOSSES, costs=1, when=(reduced, _telling),
               prefers=_infinite)  # fmt: skip
def reduces_its_own_losses(f: Examination, e: Example) -> Claims:
    """the reduction of the losses that reduction='none' gives; not finite if one of them is +∞

    Within θ(L) + 3u, + θ(w) if weighted, relative; in float16 the sum may overflow where it must.
    'sum' is Σ and 'mean' is Σ/N (class weights: Σ/Σw_y over kept rows). Against the exact reduction
    of the implementation's own losses, so that only the reduction is judged.
    [Higham, ASNA 2e, ch. 4]
    Reveals a wrong count, ignored rows counted, a mean of means, half-precision sums, infinite
    losses left out.
    """
    own = with_options(e, reduction="none")
    losses, denominator = f.value(own), f.problem(e).denominator
    want = losses.sum() / (1 if e.reduction == "sum" else denominator)
    where = np.isfinite(want) & f.where(e).all() & (np.abs(losses) < f.fmt.largest).all()
    yield equal(f.value(e), want, _reduction_bound(f, e, losses), where=where)
    if np.isposinf(losses).any() and not np.isnan(losses).any() and denominator > 0:
        # NaN is let through: a running mean takes inf − inf
        forced = np.isposinf(f.exact(own).wide[np.isposinf(losses)]).all()
        got = f.value(e)
        yield holds(~np.isfinite(got), got, where=forced, what="not finite, as a loss is")


def _reduction_bound(f: Examination, e: Example, losses: Array) -> Any:
    """What a reduction of these computed losses may err by."""
    p = f.problem(e)
    weighted = p.row_weight if e.function.rowwise and "weight" in e.function.options else None
    size = np.abs(losses).sum() / (1 if e.reduction == "sum" else p.denominator)
    bound = reduction_bound(losses, weighted, f.budget) * size
    bound = bound + f.budget.a * (1 + p.rate.size)
    if f.budget.final is not None:  # the losses were rounded to 16 bits each before this law adds
        final = f.budget.final
        return bound + 3 * final.u * size + final.eta * max(losses.size, 1)
    if f.fmt.is_half:  # a kernel may reduce in fp32 before it rounds: losses that are not these
        return bound + 2 * f.fmt.u * size + f.fmt.eta * max(losses.size, 1)
    return bound


@reduction_law("mean-of-one-loss", *LOSSES, costs=2, when=_COUNTED)
def mean_of_one_loss(f: Examination, e: Example) -> Claims:
    """N equal rows: the mean is the loss of one

    Within 2B + θℓ, and θℓ for N weights. N·ℓ/N = ℓ; θ is that of N equal numbers. [the definition]
    Reveals counts that stop at 2048 (float16) or 256 (bfloat16).
    """
    size = 4097 if e.x.ndim == 1 or max(e.x.shape[-1], e.classes) <= 64 else 33
    if f.kernel.compiles:  # as many as are compiled for anyway, unless a format may not count them
        size = 300 if f.fmt.is_half else len(e.x)
    view = e.view if size == len(e.x) else None
    many, one = rows_of(e, np.zeros(size, int), view), rows_of(e, [0])
    theta = f.budget.theta(np.ones((1, size), f.fmt.wide))[0, 0]
    spread = (1 + e.function.rowwise) * theta * np.abs(f.exact(one).wide)
    room = size * largest_total(f.problem(one), "value") <= f.fmt.largest / 2
    where, bound = f.where(one) & room, 2 * f.bound(one) + spread
    yield equal(f.value(many), f.value(one), bound, where=where, at=many)


@reduction_law("sums-over-parts", *LOSSES, costs=3, when=(summed, several_rows),
               prefers=lambda e: bool(array_options(e)))  # fmt: skip
def sums_over_parts(f: Examination, e: Example) -> Claims:
    """sum(A ++ B) = sum(A) + sum(B)

    Within the sum of the three bounds. An identity of exact values.
    [the definition: Σ of both parts]
    Reveals rows lost at block borders, a normalisation hidden in the sum.
    """
    middle = len(e.x) // 2
    a, b = rows_of(e, slice(0, middle)), rows_of(e, slice(middle, None))
    want = f.value(a) + f.value(b)
    where = both(f, e, a, b) & np.isfinite(want)
    yield equal(f.value(e), want, together(f, e, a, b), where=where)


#: A focal loss has no default that is agreed on: torchvision's is "none".
_MEAN = tuple(name for name in LOSSES if name != "sigmoid_focal_loss")


@reduction_law("default-reduction-is-mean", *_MEAN, costs=1, masked=True, when=averaged)
def default_reduction_is_mean(f: Examination, e: Example) -> Claims:
    """without reduction= the result is the mean, for F and for an F_vjp with a default

    Within 2B of the mean. The interface: reduction='mean', and F_vjp has the options of F.
    [the interface; PyTorch]
    Reveals another default.
    """
    if required(f.implementation.functions[f.function.name], "reduction"):
        raise Unsupported("reduction= has to be given")
    f.value(e)  # where the mean is refused, it is no default
    plain = without_options(e, "reduction")
    try:
        f.value(plain)
    except CallFailed as failed:
        if failed.kind != "shape":
            raise
        yield holds(False, what=f"the mean without reduction=: {failed.message}", at=plain)
        return
    yield unchanged(f, e, plain, what="no reduction given")
    if f.kernel.chooses("reduction"):
        yield unchanged(f, e, plain, "vjp", what="the gradient, no reduction given")
