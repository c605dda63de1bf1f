"""Losses: kinds of labels, reductions, the entropy bound, swaps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from conformance.floats import Array, difference
from conformance.model import Claim, Example
from conformance.numerics.bounds import reduction_bound
from conformance.spec.claims import at_most, equal, holds
from conformance.spec.context import Examination
from conformance.spec.declare import LOSSES, law, with_options

INDEXED = ("cross_entropy", "cross_entropy_with_logits")
_BINARY = ("binary_cross_entropy", "binary_cross_entropy_with_logits")


def each(e: Example) -> bool:
    """True for losses that are not reduced."""
    return e.reduction == "none"


def indexed(e: Example) -> bool:
    """True for class indices of rows that have classes."""
    return e.labels.ndim == 1 and e.labels.dtype.kind in "iu" and e.x.shape[-1] > 0


def _one_hot(e: Example, labels: Array) -> Array:
    return np.asarray(labels[:, None] == np.arange(e.x.shape[-1])).astype(e.fmt.dtype)


def _without_ignored(e: Example, **args: Any) -> Example:
    options = {k: v for k, v in e.options.items() if k != "ignore_index"}
    return e.but(options=options, **args)


@law(
    "index-is-one-hot", *INDEXED,
    says="index labels and their one-hot rows give one loss", bound="2B",
    why="1·v and 0·v are exact for finite v and adding zeros is exact; 0·(−inf) counts 0.",
    source="the definition: 0·log p counts nothing",
    reveals="0·(−inf) = NaN, argmax of labels, another class order",
    costs=1, reshapes=True,
    when=lambda e: indexed(e) and each(e) and e.options.get("weight") is None,
)  # fmt: skip
def index_is_one_hot(f: Examination, e: Example) -> Iterator[Claim]:
    """One-hot labels against indices."""
    p = f.problem(e)
    hot = f.variant(e, "one-hot", lambda: _without_ignored(e, labels=_one_hot(e, e.labels)))
    where = f.where(e) & p.kept & f.where(hot)
    yield equal(f.value(hot), f.value(e), f.bound(e) + f.bound(hot), where=where, at=hot)


@law(
    "linear-in-labels", "cross_entropy", "cross_entropy_with_logits", *_BINARY,
    says="ℓ((q₁ + q₂)/2) = (ℓ(q₁) + ℓ(q₂))/2", bound="the sum of the three B",
    why="A loss is linear in its label; the mean of two hard labels is exact.",
    source="the definition: ℓ is linear in q",
    reveals="soft labels rounded, thresholded or sent through argmax",
    costs=3, reshapes=True,
    when=lambda e: each(e) and e.x.shape[-1] > 0 and not e.options.get("label_smoothing"),
)  # fmt: skip
def linear_in_labels(f: Examination, e: Example) -> Iterator[Claim]:
    """Half and half labels against the mean of hard ones."""
    if e.function.rowwise:
        n = e.x.shape[-1]
        place = np.arange(len(e.x)) % n
        ends = [_one_hot(e, place), _one_hot(e, (place * 3 + 1) % n)]
    else:
        ends = [np.zeros_like(e.x), np.ones_like(e.x)]
    half = ((ends[0].astype(f.fmt.wide) + ends[1].astype(f.fmt.wide)) / 2).astype(e.fmt.dtype)
    parts = [
        f.variant(e, f"labels {k}", lambda y=y: _without_ignored(e, labels=y))  # type: ignore[misc]
        for k, y in enumerate((*ends, half))
    ]
    a, b, mixed = (f.value(part).astype(f.fmt.wide) for part in parts)
    bound = f.bound(parts[2]) + (f.bound(parts[0]) + f.bound(parts[1])) / 2
    where = f.where(parts[0]) & f.where(parts[1]) & f.where(parts[2])
    with np.errstate(all="ignore"):
        want = (a + b) / 2
    yield equal(mixed, want, bound, where=where & np.isfinite(want), at=parts[2])


@law(
    "at-least-entropy", "cross_entropy", "cross_entropy_with_logits", *_BINARY,
    says="ℓ(x, q) ≥ H(q) = −Σ q log(q/Q), Q = Σq", bound="B",
    why="Gibbs' inequality for exact values; the computed loss adds its bound. Exactly it is "
    "false in a few cases of a thousand.",
    source="Cover & Thomas, Elements of Information Theory, 2.6.3",
    reveals="scaled logits, a wrong normaliser, clamped logarithms",
    when=lambda e: each(e) and e.labels.dtype.kind not in "iu" and e.options.get("weight") is None
    and e.options.get("pos_weight") is None and not e.options.get("label_smoothing"),
    corollary=True,
)  # fmt: skip
def at_least_entropy(f: Examination, e: Example) -> Iterator[Claim]:
    """The loss is at least the entropy of its label."""
    p = f.problem(e)
    if e.function.rowwise:
        q, total = p.labels, p.labels.sum(axis=-1, keepdims=True)
        mass = np.ones(len(q), bool) if not e.function.probabilities else (p.x.sum(-1) <= 1)
        with np.errstate(all="ignore"):
            terms = np.where(q > 0, -q * np.log(q / total), 0)
        entropy, where = terms.sum(axis=-1), f.where(e) & mass
    else:
        y = p.labels
        with np.errstate(all="ignore"):
            entropy = np.where(y > 0, -y * np.log(y), 0) + np.where(
                y < 1, -(1 - y) * np.log1p(-y), 0
            )
        where = f.where(e)
    slack = f.bound(e) + 4 * float(np.finfo(f.fmt.wide).eps) * entropy
    yield at_most(entropy, f.value(e).astype(f.fmt.wide), slack, where=where, at=e)


@law(
    "swaps-with-its-label", "binary_cross_entropy_with_logits",
    says="ℓ(x, 1) = ℓ(−x, 0)", bound="B + B′",
    why="σ(−x) = 1 − σ(x). Bitwise equality is false for PyTorch.",
    source="the definition: 1 − σ(x) = σ(−x)",
    reveals="swapped or one-sided labels, a sign",
    costs=1, when=lambda e: each(e) and e.options.get("pos_weight") is None,
)  # fmt: skip
def swaps_with_its_label(f: Examination, e: Example) -> Iterator[Claim]:
    """Negated logits with complementary labels."""
    p = f.problem(e)
    exact = ((p.labels == 0) | (p.labels == 1)) & f.where(e)
    flipped = (1 - p.labels).astype(e.fmt.dtype)
    other = f.variant(e, "swapped", lambda: e.but(logits=-e.x, labels=flipped))
    bound = f.bound(e) + f.bound(other)
    yield equal(f.value(other), f.value(e), bound, where=exact, at=other)


@law(
    "swaps-with-its-label", "binary_cross_entropy",
    says="ℓ(p, 1) = ℓ(1 − p, 0), 1 − p exact", bound="B + B′",
    why="The definition is symmetric; only p whose complement is exact are used.",
    source="the definition: 1 − σ(x) = σ(−x)",
    reveals="swapped labels, an ε on one side",
    costs=1, when=each,
)  # fmt: skip
def probs_swap_with_label(f: Examination, e: Example) -> Iterator[Claim]:
    """Complementary probabilities with complementary labels."""
    p = f.problem(e)
    flipped, (turned, exact) = (1 - p.labels).astype(e.fmt.dtype), difference(1.0, e.x, e.fmt)
    exact = exact & ((p.labels == 0) | (p.labels == 1))
    other = f.variant(e, "swapped", lambda: e.but(probs=turned, labels=flipped))
    bound = f.bound(e) + f.bound(other)
    where = exact & f.where(e) & f.where(other)
    yield equal(f.value(other), f.value(e), bound, where=where, at=other)


def own_losses(f: Examination, e: Example) -> Example:
    """The same example without a reduction."""
    return f.variant(e, "each", lambda: with_options(e, reduction="none"))


@law(
    "reduces-its-own-losses", *LOSSES,
    says="reduction='sum' is Σ and 'mean' is Σ/N (class weights: Σ/Σw_y over kept rows) of the "
    "losses that reduction='none' gives; it is not finite if one of them is +∞",
    bound="θ(L) + 3u, + θ(w) if weighted, relative; in float16 the sum may overflow where it must",
    why="Against the exact reduction of the implementation's own losses, so that only the "
    "reduction is judged.",
    source="Higham, ASNA 2e, ch. 4",
    reveals="a wrong count, ignored rows counted, a mean of means, half-precision sums, infinite "
    "losses left out",
    options=("reduction",), costs=1, reshapes=True,
    when=lambda e: e.reduction != "none", prefers=lambda e: e.family == "an infinite loss",
)  # fmt: skip
def reduces_its_own_losses(f: Examination, e: Example) -> Iterator[Claim]:
    """The reduction against the exact reduction of own losses."""
    each = own_losses(f, e)
    losses = f.value(each).astype(f.fmt.wide)
    p = f.problem(e)
    weighted = p.row_weight if e.function.rowwise and "weight" in e.function.options else None
    with np.errstate(all="ignore"):
        total = losses.sum()
        want = total if e.reduction == "sum" else total / p.denominator
        relative = reduction_bound(losses, weighted, f.budget)
        bound = relative * np.abs(want) + f.budget.a * (1 + f.problem(e).rate.size)
    if f.budget.final is not None:
        # Own losses were rounded to 16 bits each before this law adds them.
        bound = (
            bound + 3 * f.budget.final.u * np.abs(want) + f.budget.final.eta * max(losses.size, 1)
        )
    elif f.fmt.is_half:
        # A kernel may reduce in fp32 before it rounds: its losses are then not the rounded ones.
        bound = bound + 2 * f.fmt.u * np.abs(want) + f.fmt.eta * max(losses.size, 1)
    where = (
        np.isfinite(want) & bool(f.where(e).all()) & bool((np.abs(losses) < f.fmt.largest).all())
    )
    yield equal(f.value(e), np.asarray(want), bound, where=where, at=e)
    if np.isposinf(losses).any() and not np.isnan(losses).any() and p.denominator > 0:
        # NaN is let through: a running mean takes inf − inf
        forced = bool(np.isposinf(f.exact(each).wide[np.isposinf(losses)]).all())
        got = np.asarray(f.value(e)).astype(f.fmt.wide)
        yield holds(~np.isfinite(got), got, where=forced, what="not finite, as a loss is", at=e)


@law(
    "mean-of-one-loss", *LOSSES,
    says="N equal rows: the mean is the loss of one", bound="B of the mean + B of one",
    why="N·ℓ/N = ℓ.",
    source="the definition",
    reveals="counts that stop at 2048 (float16) or 256 (bfloat16)",
    options=("reduction",), costs=2, reshapes=True,
    when=lambda e: e.reduction == "mean" and e.size > 0
    and e.options.get("weight") is None and e.options.get("ignore_index") is None,
)  # fmt: skip
def mean_of_one_loss(f: Examination, e: Example) -> Iterator[Claim]:
    """Copies of the first row."""
    size = 4097 if not f.kernel.compiles else 300
    size = size if e.x.ndim == 1 or e.x.shape[-1] <= 64 else 33
    many = f.variant(e, "copies", lambda: _copies(e, size))
    one = f.variant(e, "one", lambda: _copies(e, 1))
    bound = f.bound(many) + f.bound(one)
    where = f.where(one) & f.where(many)  # their sum may leave the format
    yield equal(f.value(many), f.value(one), bound, where=where, at=many)


def _copies(e: Example, size: int) -> Example:
    from conformance.model import View

    args = {k: np.repeat(v[:1], size, axis=0) if np.ndim(v) else v for k, v in e.args.items()}
    options = {
        k: np.repeat(v[:1], size) if _per_element(e, k, v) else v for k, v in e.options.items()
    }
    return e.but(view=View((size,)), options=options, **args)


def _per_element(e: Example, name: str, value: object) -> bool:
    return not e.function.rowwise and isinstance(value, np.ndarray) and value.ndim > 0


@law(
    "sums-over-parts", *LOSSES,
    says="sum(A ++ B) = sum(A) + sum(B)", bound="the sum of the three B",
    why="Exact for exact values.",
    source="the definition: Σ of both parts",
    reveals="rows lost at block borders, a normalisation hidden in the sum",
    options=("reduction",), costs=3, reshapes=True,
    when=lambda e: e.reduction == "sum" and len(e.x) >= 2,
)  # fmt: skip
def sums_over_parts(f: Examination, e: Example) -> Iterator[Claim]:
    """Two halves of the batch."""
    middle = len(e.x) // 2
    parts = [
        f.variant(e, f"part {k}", lambda r=r: _taken(e, r))  # type: ignore[misc]
        for k, r in enumerate((slice(0, middle), slice(middle, None)))
    ]
    a, b = (f.value(part).astype(f.fmt.wide) for part in parts)
    bound = f.bound(e) + f.bound(parts[0]) + f.bound(parts[1])
    where = f.where(e) & f.where(parts[0]) & f.where(parts[1])
    with np.errstate(all="ignore"):
        want = a + b
    yield equal(f.value(e), want, bound, where=where & np.isfinite(want), at=e)


def _taken(e: Example, rows: slice) -> Example:
    from conformance.model import View

    args = {k: v[rows] if np.ndim(v) else v for k, v in e.args.items()}
    options = {k: v[rows] if _per_element(e, k, v) else v for k, v in e.options.items()}
    return e.but(view=View((len(args[e.function.first]),)), options=options, **args)


@law(
    "default-reduction-is-mean", *LOSSES,
    says="without reduction= the result is the mean, for F and for an F_vjp with a default",
    bound="2B of the mean",
    why="The interface: reduction='mean', and F_vjp has the options of F.",
    source="the interface; PyTorch", reveals="another default",
    options=("reduction",), costs=1, reshapes=True, when=lambda e: e.reduction == "mean",
)  # fmt: skip
def default_reduction_is_mean(f: Examination, e: Example) -> Iterator[Claim]:
    """The calls without a reduction."""
    rest = {k: v for k, v in e.options.items() if k != "reduction"}
    plain = f.variant(e, "no reduction", lambda: e.but(options=rest))
    yield equal(f.value(plain), f.value(e), 2 * f.bound(e), where=f.where(e),
                what="no reduction given", at=plain)  # fmt: skip
    if f.kernel.chooses("reduction"):
        yield equal(f.vjp(plain), f.vjp(e), 2 * f.bound(e, "vjp"), where=f.where(e, "vjp"),
                    what="the gradient, no reduction given", at=plain)  # fmt: skip
