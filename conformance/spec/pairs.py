"""Identities between functions of one file: the same number computed in two ways.

They apply where the other function is within its own bound; elsewhere the fault is its own.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from conformance.floats import Array, difference
from conformance.model import Claim, Example
from conformance.numerics.intermediates import xlogy_free
from conformance.spec.claims import Claims, equal
from conformance.spec.comparing import both
from conformance.spec.context import Examination
from conformance.spec.declare import law
from conformance.spec.which import each, hard, indices, several_classes, two_classes, without

_SAME = (
    "Both sides are the same exact number, and each computed value is within its bound. Where the "
    "other function misses its bound, its own accuracy law reports that, and this law is silent."
)
_CE = "cross_entropy_with_logits"
_H = "entropy_with_logits"
_BCE = "binary_cross_entropy_with_logits"
#: Losses as they are defined, each of an index and of a label of 0 or 1.
_PLAIN = (each, indices, without("weight", "label_smoothing"))
_BINARY = (each, without("weight", "pos_weight", "label_smoothing"))
pair_law = partial(law, why=_SAME, source="the definition", costs=1)
two_law = partial(
    pair_law,
    why=_SAME + " Only pairs whose difference is exact are used.",
    source="the definition: e^a/(e^a + e^b) = 1/(1 + e^(b − a))",
    when=two_classes,
)
indexed_law = partial(pair_law, when=(*_PLAIN, without("ignore_index")))


@two_law("two-classes-are-sigmoid", "softmax", needs="sigmoid")
def two_classes_are_sigmoid(f: Examination, e: Example) -> Claims:
    """softmax([a, b])₀ = σ(a − b)

    Within B + B′.
    Reveals a sigmoid that flushes or clips too early, an inconsistent pair.
    """
    yield from _first_of_two(f, e, "sigmoid")


@two_law("two-classes-are-log-sigmoid", "log_softmax", needs="log_sigmoid")
def two_classes_are_log_sigmoid(f: Examination, e: Example) -> Claims:
    """log_softmax([a, b])₀ = log σ(a − b)

    Within B + B′.
    Reveals a sigmoid that flushes or clips too early, an inconsistent pair.
    """
    yield from _first_of_two(f, e, "log_sigmoid")


def _first_of_two(f: Examination, e: Example, name: str) -> Claims:
    """Compare two classes with one logit, where their difference is exact and finite."""
    d, exact = difference(e.x[:, 0], e.x[:, 1], e.fmt)
    g, single = f.beside(e, name, x=np.where(exact, d, np.zeros_like(d)))
    where = f.where(e)[:, 0] & exact & g.right(single)
    yield equal(f.value(e)[:, 0], g.value(single), f.bound(e)[:, 0] + g.bound(single), where=where)


@pair_law("of-zero-and-x-is-softplus", "logsumexp", needs="log_sigmoid", when=two_classes)
def of_zero_and_x_is_softplus(f: Examination, e: Example) -> Claims:
    """logsumexp([0, x]) = −log σ(−x)

    Within B + B′. [the definition: log(1 + e^x) = −log σ(−x)]
    Reveals a softplus threshold, an inconsistent pair.
    """
    zeroed = np.stack([np.zeros_like(e.x[:, 0]), e.x[:, 0]], axis=-1)
    pair, (g, single) = e.with_first(zeroed), f.beside(e, "log_sigmoid", x=-e.x[:, 0])
    bound, where = f.bound(pair) + g.bound(single), f.where(pair) & g.right(single)
    want = -g.value(single)
    yield equal(f.value(pair), want, bound, where=where & np.isfinite(want), at=pair)


@pair_law("is-exp-of-log-sigmoid", "sigmoid", needs="log_sigmoid")
def is_exp_of_log_sigmoid(f: Examination, e: Example) -> Claims:
    """exp(log σ(x)) = σ(x)

    Within B + σ (e^B′ − 1).
    Reveals an inconsistent pair.
    """
    yield _exponential(f, e, "log_sigmoid", f.problem(e).logistic.s)


@pair_law("is-exp-of-log-softmax", "softmax", needs="log_softmax")
def is_exp_of_log_softmax(f: Examination, e: Example) -> Claims:
    """exp(log_softmax(x)) = softmax(x)

    Within B + p (e^B′ − 1).
    Reveals two different normalisers.
    """
    yield _exponential(f, e, "log_softmax", f.problem(e).rows.p)


def _exponential(f: Examination, e: Example, name: str, exact: Array) -> Claim:
    """The claim that the value is e^ of another function's, by that one's bound."""
    g, other = f.beside(e, name, x=e.x)
    moved = xlogy_free(exact, np.expm1(np.minimum(g.bound(other), 40)))
    bound, where = f.bound(e) + moved + f.budget.a, f.where(e) & g.right(other)
    return equal(f.value(e), np.exp(g.value(other)), bound, where=where)


def _minus(
    f: Examination, e: Example, name: str, where: Array | bool = True, **args: Array
) -> Claim:
    """That the value is minus another function's of these arguments."""
    g, other = f.beside(e, name, **args)
    bound, where = f.bound(e) + g.bound(other), f.where(e) & g.right(other) & where
    return equal(f.value(e), -g.value(other), bound, where=where)


@pair_law("is-minus-log-sigmoid", "softplus", needs="log_sigmoid", reshapes=True)
def is_minus_log_sigmoid(f: Examination, e: Example) -> Claims:
    """softplus(x) = −log σ(−x)

    Within B + B′. [the definition: σ(−x) = 1/(1 + e^x)]
    Reveals a threshold, an inconsistent pair.
    """
    yield _minus(f, e, "log_sigmoid", x=-e.x)


@pair_law("is-the-sum-of-p-log-p", _H, needs="softmax, log_softmax", costs=2, reshapes=True)
def is_the_sum_of_p_log_p(f: Examination, e: Example) -> Claims:
    """H(x) = −Σ softmax(x) log_softmax(x)

    Within 2B + Σ B_p |log p| + Σ p B_log + Σ B_p B_log. p and log p, each within its bound,
    give a sum within theirs.
    Reveals another base, another normaliser, a maximum that is missing.
    """
    (s, here), (g, there) = f.beside(e, "softmax", x=e.x), f.beside(e, "log_softmax", x=e.x)
    p, logs = s.value(here), g.value(there)
    near, far = s.bound(here), np.where(p > 0, g.bound(there), 0)
    moved = (near * np.where(p > 0, np.abs(logs), 0) + p * far + near * far).sum(axis=-1)
    want = -xlogy_free(p, logs).sum(axis=-1)
    where = f.where(e) & s.right(here).all(axis=-1) & g.right(there).all(axis=-1)
    yield equal(f.value(e), want, 2 * f.bound(e) + moved, where=where & np.isfinite(want))


@pair_law("is-x-minus-logsumexp", "log_softmax", needs="logsumexp")
def is_x_minus_logsumexp(f: Examination, e: Example) -> Claims:
    """log_softmax(x) = x − logsumexp(x)

    Within B + B′.
    Reveals two different normalisers.
    """
    (g, other), x = f.beside(e, "logsumexp", x=e.x), f.problem(e).x
    want, theirs, right = (v[:, None] for v in (g.value(other), g.bound(other), g.right(other)))
    where = f.where(e) & np.isfinite(x) & right
    yield equal(f.value(e), x - want, f.bound(e) + theirs, where=where)


@pair_law("scales-in-parts", "softmax", needs="logsumexp", costs=5, reshapes=True,
          when=several_classes)  # fmt: skip
def scales_in_parts(f: Examination, e: Example) -> Claims:
    """softmax(x)_A = softmax(x_A)·e^(L_A − L), x_A with −∞ outside A, L and L_A their logsumexps

    Within B + s(e^D B_A + p_A(e^D − 1)), D = B_L + B_L_A and s = e^(L_A − L) as computed, where
    D < 1: an ulp of logits beyond 10^7 is more than the logsumexps differ by. A is all classes but
    the last, a sink beside logits; and the first half, a shard.
    [the definition: e^L sums; Xiao et al. (2024), attention sinks]
    Reveals a split without rescaling, a sink that is counted twice or not at all.
    """
    g, whole = f.beside(e, "logsumexp", x=e.x)
    for name, last in (("all but the last class", -1), ("the first half", e.classes // 2)):
        x = np.where(np.arange(e.classes) < last % e.classes, e.x, -np.inf)
        part = e.with_first(x.astype(e.fmt.dtype))
        _, split = f.beside(e, "logsumexp", x=part.x)
        off = np.minimum(g.bound(whole) + g.bound(split), 1)[:, None]
        share = np.exp(g.value(split) - g.value(whole))[:, None]
        moved = share * (np.exp(off) * f.bound(part) + f.value(part) * np.expm1(off))
        where = both(f, e, part) & (g.right(whole) & g.right(split))[:, None]
        where = where & (part.x > -np.inf) & (off < 1)
        bound = f.bound(e) + moved + f.budget.a
        yield equal(f.value(e), share * f.value(part), bound, where=where, what=name, at=part)


@pair_law("of-log-softmax-is-zero", "logsumexp", needs="log_softmax", costs=2)
def of_log_softmax_is_zero(f: Examination, e: Example) -> Claims:
    """logsumexp(log_softmax(x)) = 0

    Within B + max B′ of log_softmax. Inner errors enter with weights p that sum to one; rows with
    an inner value outside its bound are left out. [the definition: Σp = 1]
    Reveals a wrong normaliser.
    """
    g, other = f.beside(e, "log_softmax", x=e.x)
    outer = e.with_first(g.value(other).astype(e.fmt.dtype))
    moved = xlogy_free(f.problem(e).rows.p, g.bound(other)).sum(axis=-1)
    where = f.where(e) & f.where(outer) & g.right(other).all(axis=-1)
    yield equal(f.value(outer), 0, f.bound(outer) + 2 * moved, where=where, at=outer)


@pair_law("is-minus-the-loss", "token_log_prob", needs=_CE, reshapes=True)
def is_minus_the_loss(f: Examination, e: Example) -> Claims:
    """token_log_prob(x, y) = −cross_entropy_with_logits(x, y)

    Within B + B′.
    Reveals a policy scored by another formula than it is trained with.
    """
    yield _minus(f, e, _CE, logits=e.x, labels=e.labels)


@pair_law("is-minus-log-softmax", _CE, needs="log_softmax", when=_PLAIN)
def is_minus_log_softmax(f: Examination, e: Example) -> Claims:
    """ℓ(x, y) = −log_softmax(x)_y

    Within B + B′. [the definition; bitwise in NumPy, PyTorch and JAX]
    Reveals scaled logits, another normaliser, the wrong entry.
    """
    g, other = f.beside(e, "log_softmax", x=e.x)
    want, theirs, right = _at_labels(f, e, -g.value(other), g.bound(other), g.right(other))
    bound, where = f.bound(e) + theirs, f.where(e) & f.problem(e).kept & right
    if f.subject.mode == "autocast":  # one of both may be float32, and go further
        where = where & f.representable(e, bound=bound)
    yield equal(f.value(e), want, bound, where=where)


def _at_labels(f: Examination, e: Example, *values: Array) -> list[Array]:
    """The entry of each row at its label; at the first class for a row that is left out."""
    place = np.where(f.problem(e).kept, e.labels, 0)[:, None]
    return [np.take_along_axis(v, place, axis=-1)[:, 0] for v in values]


@indexed_law("agrees-with-probabilities", _CE, needs="softmax, cross_entropy", costs=2)
def agrees_with_probabilities(f: Examination, e: Example) -> Claims:
    """ℓ(x, y) = cross_entropy(softmax(x), y) where p > 64a

    Within B + B′ + 2B″/p. log moves by B″/p when p moves by B″; small p are left out, and so are
    places where one of the two other functions misses its bound. [the definition]
    Reveals a softmax applied twice, or not at all.
    """
    s, inner = f.beside(e, "softmax", x=e.x)
    probs = s.value(inner).astype(e.fmt.dtype)
    c, outer = f.beside(e, "cross_entropy", probs=probs, labels=e.labels)
    exact = f.problem(e).rows.p
    p, moved, right = _at_labels(f, e, exact, s.bound(inner), s.right(inner))
    where = f.where(e) & f.problem(e).kept & c.right(outer) & (p > 64 * f.budget.a)
    bound = f.bound(e) + c.bound(outer) + 2 * moved / p
    yield equal(f.value(e), c.value(outer), bound, where=where & right & (moved < p / 4))


@pair_law("is-log-sigmoid", _BCE, needs="log_sigmoid", when=(*_BINARY, hard))
def is_log_sigmoid(f: Examination, e: Example) -> Claims:
    """ℓ(x, 1) = −log σ(x), ℓ(x, 0) = −log σ(−x)

    Within B + B′.
    Reveals swapped labels, a threshold in one of the two.
    """
    y = f.problem(e).labels
    turned = np.where(y == 1, e.x, -e.x).astype(e.fmt.dtype)
    yield _minus(f, e, "log_sigmoid", (y == 0) | (y == 1), x=turned)


@pair_law("is-two-class-cross-entropy", _BCE, needs=_CE, reshapes=True, when=_BINARY)
def is_two_class_cross_entropy(f: Examination, e: Example) -> Claims:
    """ℓ(x, y) = cross_entropy([x, 0], [y, 1 − y]), 1 − y exact

    Within B + B′. [the definition: two classes with logits x and 0]
    Reveals an inconsistent pair.
    """
    other, exact = difference(1.0, e.labels, e.fmt)
    logits, labels = (np.stack(pair, -1) for pair in ((e.x, np.zeros_like(e.x)), (e.labels, other)))
    g, pair = f.beside(e, _CE, logits=logits, labels=labels)
    where, bound = f.where(e) & exact & g.right(pair), f.bound(e) + g.bound(pair)
    yield equal(f.value(e), g.value(pair), bound, where=where)
