"""Identities between functions of one file: the same number by two ways.

They are asked where the other function is within its own bound: elsewhere the fault is its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from conformance.floats import Array, difference
from conformance.model import Claim, Example
from conformance.numerics.intermediates import xlogy_free
from conformance.spec.claims import equal
from conformance.spec.context import Examination
from conformance.spec.declare import law

_SUM = "B of both"
_SAME = (
    "Both sides are one exact number; each computed value is within its own bound. Where the other "
    "function is not, its own accuracy says so, and nothing is asked here."
)


def _wide(f: Examination, values: Array) -> Array:
    return np.asarray(values).astype(f.fmt.wide)


def _two(e: Example) -> bool:
    return bool(e.x.shape[-1] == 2)


def _difference(f: Examination, e: Example) -> tuple[Array, Array]:
    """a − b in the format, and where it is exact and finite."""
    return difference(e.x[:, 0], e.x[:, 1], e.fmt)


_TWO: dict[str, Any] = {
    "bound": _SUM,
    "why": _SAME + " Only pairs whose difference is exact are used.",
    "source": "the definition: e^a/(e^a + e^b) = 1/(1 + e^(b − a))",
    "reveals": "a sigmoid that flushes or clips too early, an inconsistent pair",
    "costs": 1,
    "when": _two,
}


@law(
    "two-classes-are-sigmoid", "softmax",
    says="softmax([a, b])₀ = σ(a − b)", needs=("sigmoid",), **_TWO,
)  # fmt: skip
@law(
    "two-classes-are-log-sigmoid", "log_softmax",
    says="log_softmax([a, b])₀ = log σ(a − b)", needs=("log_sigmoid",), **_TWO,
)  # fmt: skip
def two_classes_are_sigmoid(f: Examination, e: Example) -> Iterator[Claim]:
    """Two classes against one logit."""
    name = "sigmoid" if e.function.name == "softmax" else "log_sigmoid"
    d, exact = _difference(f, e)
    g = f.other(name)
    kept = np.where(exact, d, np.zeros_like(d))
    single = f.variant(e, "difference", lambda: f.small(e, name, x=kept))
    bound = f.bound(e)[:, 0] + g.bound(single)
    where = f.where(e)[:, 0] & exact & g.right(single)
    yield equal(f.value(e)[:, 0], _wide(f, g.value(single)), bound, where=where, at=e)


@law(
    "of-zero-and-x-is-softplus", "logsumexp",
    says="logsumexp([0, x]) = −log σ(−x)", bound=_SUM, why=_SAME,
    source="the definition: log(1 + e^x) = −log σ(−x)",
    reveals="a softplus threshold, an inconsistent pair",
    needs=("log_sigmoid",), costs=1, when=_two,
)  # fmt: skip
def of_zero_and_x_is_softplus(f: Examination, e: Example) -> Iterator[Claim]:
    """logsumexp of two against log_sigmoid: L = b + softplus(a − b)."""
    g = f.other("log_sigmoid")
    zeroed = np.stack([np.zeros_like(e.x[:, 0]), e.x[:, 0]], axis=-1)
    pair = f.variant(e, "zeroed", lambda: e.but(x=zeroed))
    single = f.variant(e, "negated first", lambda: f.small(e, "log_sigmoid", x=-e.x[:, 0]))
    want = -_wide(f, g.value(single))
    yield equal(f.value(pair), want, f.bound(pair) + g.bound(single),
                where=f.where(pair) & g.right(single) & np.isfinite(want), at=pair)  # fmt: skip


@law(
    "is-exp-of-log-sigmoid", "sigmoid",
    says="exp(log σ(x)) = σ(x)", bound="B + σ (e^B′ − 1)", why=_SAME,
    source="the definition",
    reveals="an inconsistent pair",
    needs=("log_sigmoid",), costs=1,
)  # fmt: skip
def is_exp_of_log_sigmoid(f: Examination, e: Example) -> Iterator[Claim]:
    """sigmoid against log_sigmoid."""
    g = f.other("log_sigmoid")
    same = f.variant(e, "for log_sigmoid", lambda: f.small(e, "log_sigmoid", x=e.x))
    with np.errstate(all="ignore"):
        want = np.exp(_wide(f, g.value(same)))
        moved = f.problem(e).logistic.s * np.expm1(np.minimum(g.bound(same), 40))
    where = f.where(e) & g.right(same)
    yield equal(f.value(e), want, f.bound(e) + moved + f.budget.a, where=where, at=e)


def _sibling(f: Examination, e: Example, name: str) -> Example:
    return f.variant(e, f"for {name}", lambda: f.small(e, name, e.view, x=e.x))


@law(
    "is-minus-log-sigmoid", "softplus",
    says="softplus(x) = −log σ(−x)", bound=_SUM, why=_SAME,
    source="the definition: σ(−x) = 1/(1 + e^x)",
    reveals="a threshold, an inconsistent pair",
    needs=("log_sigmoid",), costs=1, reshapes=True,
)  # fmt: skip
def is_minus_log_sigmoid(f: Examination, e: Example) -> Iterator[Claim]:
    """softplus against log_sigmoid."""
    g = f.other("log_sigmoid")
    other = f.variant(e, "negated", lambda: f.small(e, "log_sigmoid", x=-e.x))
    want, bound = -_wide(f, g.value(other)), f.bound(e) + g.bound(other)
    yield equal(f.value(e), want, bound, where=f.where(e) & g.right(other), at=e)


@law(
    "is-the-sum-of-p-log-p", "entropy_with_logits",
    says="H(x) = −Σ softmax(x) log_softmax(x)",
    bound="2B + Σ B_p |log p| + Σ p B_log + Σ B_p B_log",
    why=_SAME + " p and log p, each within its bound, give a sum within theirs.",
    source="the definition",
    reveals="another base, another normaliser, a maximum that is missing",
    needs=("softmax", "log_softmax"), costs=2, reshapes=True, when=lambda e: e.x.shape[-1] > 0,
)  # fmt: skip
def is_the_sum_of_p_log_p(f: Examination, e: Example) -> Iterator[Claim]:
    """The entropy against the file's own softmax and log_softmax."""
    s, g = f.other("softmax"), f.other("log_softmax")
    here, there = _sibling(f, e, "softmax"), _sibling(f, e, "log_softmax")
    p, logs = _wide(f, s.value(here)), _wide(f, g.value(there))
    want = -xlogy_free(p, logs).sum(axis=-1)
    near, far = s.bound(here), np.where(p > 0, g.bound(there), 0)
    size = np.where(p > 0, np.abs(logs), 0)
    moved = (near * size + p * far + near * far).sum(axis=-1)
    where = f.where(e) & s.right(here).all(axis=-1) & g.right(there).all(axis=-1)
    yield equal(f.value(e), want, 2 * f.bound(e) + moved, where=where & np.isfinite(want), at=e)


@law(
    "is-exp-of-log-softmax", "softmax",
    says="exp(log_softmax(x)) = softmax(x)", bound="B + p (e^B′ − 1)", why=_SAME,
    source="the definition",
    reveals="two different normalisers",
    needs=("log_softmax",), costs=1,
)  # fmt: skip
def is_exp_of_log_softmax(f: Examination, e: Example) -> Iterator[Claim]:
    """softmax against log_softmax."""
    g, same = f.other("log_softmax"), _sibling(f, e, "log_softmax")
    with np.errstate(all="ignore"):
        want = np.exp(_wide(f, g.value(same)))
        moved = xlogy_free(f.problem(e).rows.p, np.expm1(np.minimum(g.bound(same), 40)))
    where = f.where(e) & g.right(same)
    yield equal(f.value(e), want, f.bound(e) + moved + f.budget.a, where=where, at=e)


@law(
    "is-x-minus-logsumexp", "log_softmax",
    says="log_softmax(x) = x − logsumexp(x)", bound="B + B′",
    why=_SAME + " The subtraction is exact here.",
    source="the definition",
    reveals="two different normalisers",
    needs=("logsumexp",), costs=1,
)  # fmt: skip
def is_x_minus_logsumexp(f: Examination, e: Example) -> Iterator[Claim]:
    """log_softmax against logsumexp."""
    g, same = f.other("logsumexp"), _sibling(f, e, "logsumexp")
    with np.errstate(invalid="ignore"):
        want = f.problem(e).x - _wide(f, g.value(same))[:, None]
    bound = f.bound(e) + g.bound(same)[:, None]
    where = f.where(e) & np.isfinite(f.problem(e).x) & g.right(same)[:, None]
    yield equal(f.value(e), want, bound, where=where, at=e)


@law(
    "of-log-softmax-is-zero", "logsumexp",
    says="logsumexp(log_softmax(x)) = 0", bound="B + max B′ of log_softmax",
    why="Inner errors enter with weights p that sum to one; rows where an inner value is out of "
    "its own bound are left out.",
    source="the definition: Σp = 1",
    reveals="a wrong normaliser",
    needs=("log_softmax",), costs=2,
)  # fmt: skip
def of_log_softmax_is_zero(f: Examination, e: Example) -> Iterator[Claim]:
    """logsumexp of log probabilities."""
    g, same = f.other("log_softmax"), _sibling(f, e, "log_softmax")
    inner = np.asarray(g.value(same)).astype(e.fmt.dtype)
    outer = f.variant(e, "of log_softmax", lambda: e.but(x=inner))
    moved = xlogy_free(f.problem(e).rows.p, g.bound(same)).sum(axis=-1)
    got = f.value(outer)
    where = f.where(e) & f.where(outer) & g.right(same).all(axis=-1)
    yield equal(
        got, np.zeros(got.shape, f.fmt.wide), f.bound(outer) + 2 * moved, where=where, at=outer
    )


@law(
    "is-minus-the-loss", "token_log_prob",
    says="token_log_prob(x, y) = −cross_entropy_with_logits(x, y)", bound=_SUM, why=_SAME,
    source="the definition",
    reveals="a policy that is scored otherwise than it is trained",
    needs=("cross_entropy_with_logits",), costs=1, reshapes=True,
)  # fmt: skip
def is_minus_the_loss(f: Examination, e: Example) -> Iterator[Claim]:
    """The log-probability of a label is minus its loss."""
    name = "cross_entropy_with_logits"
    g, made = f.other(name), f.variant(e, "loss", lambda: _unreduced(f, e, name))
    want, bound = -_wide(f, g.value(made)), f.bound(e) + g.bound(made)
    yield equal(f.value(e), want, bound, where=f.where(e) & g.right(made), at=e)


def _unreduced(f: Examination, e: Example, name: str) -> Example:
    made = f.small(e, name, e.view, logits=e.x, labels=e.labels)
    return made.but(options={"reduction": "none"})


@law(
    "is-minus-log-softmax", "cross_entropy_with_logits",
    says="ℓ(x, y) = −log_softmax(x)_y", bound="B of the loss + B of log_softmax", why=_SAME,
    source="the definition; bitwise in NumPy, PyTorch and JAX",
    reveals="scaled logits, another normaliser, the wrong entry",
    needs=("log_softmax",), costs=1,
    when=lambda e: e.labels.ndim == 1 and e.reduction == "none"
    and e.options.get("weight") is None and not e.options.get("label_smoothing"),
)  # fmt: skip
def is_minus_log_softmax(f: Examination, e: Example) -> Iterator[Claim]:
    """The loss of an index is an entry of log_softmax."""
    if e.x.shape[-1] == 0:
        return
    g, same = f.other("log_softmax"), _sibling(f, e, "log_softmax")
    p = f.problem(e)
    at = np.where(p.kept, e.labels, 0)[:, None]
    want = -np.take_along_axis(_wide(f, g.value(same)), at, axis=-1)[:, 0]
    bound = f.bound(e) + np.take_along_axis(g.bound(same), at, axis=-1)[:, 0]
    where = f.where(e) & p.kept & np.take_along_axis(g.right(same), at, axis=-1)[:, 0]
    if f.subject.mode == "autocast":  # one of both may be float32, and go further
        where = where & f.representable(e, bound=bound)
    yield equal(f.value(e), want, bound, where=where, at=e)


@law(
    "agrees-with-probabilities", "cross_entropy_with_logits",
    says="ℓ(x, y) = cross_entropy(softmax(x), y) where p > 64a", bound="B + B′ + 2B″/p",
    why="log moves by B″/p when p moves by B″; small p are left out, and places where one of the "
    "two other functions is out of its own bound.",
    source="the definition",
    reveals="a softmax applied twice, or not at all",
    needs=("softmax", "cross_entropy"), costs=2,
    when=lambda e: e.labels.ndim == 1 and e.reduction == "none"
    and e.options.get("weight") is None and not e.options.get("label_smoothing")
    and e.options.get("ignore_index") is None,
)  # fmt: skip
def agrees_with_probabilities(f: Examination, e: Example) -> Iterator[Claim]:
    """Logits against probabilities."""
    if e.x.shape[-1] == 0:
        return
    s, c, same = f.other("softmax"), f.other("cross_entropy"), _sibling(f, e, "softmax")
    if "reduction" not in c.accepts:
        return
    probs = np.asarray(s.value(same)).astype(e.fmt.dtype)
    from_probs = f.variant(e, "from probabilities", lambda: _from_probs(f, e, probs))
    p = f.problem(e)
    at = np.where(p.kept, e.labels, 0)[:, None]
    mass = np.take_along_axis(p.rows.p, at, -1)[:, 0]
    inner = np.take_along_axis(s.bound(same), at, -1)[:, 0]
    where = f.where(e) & p.kept & c.right(from_probs) & (mass > 64 * f.budget.a)
    where &= np.take_along_axis(s.right(same), at, -1)[:, 0] & (inner < mass / 4)
    with np.errstate(all="ignore"):
        bound = f.bound(e) + c.bound(from_probs) + 2 * inner / mass
    yield equal(f.value(e), _wide(f, c.value(from_probs)), bound, where=where, at=e)


def _from_probs(f: Examination, e: Example, probs: Array) -> Example:
    made = f.small(e, "cross_entropy", e.view, probs=probs, labels=e.labels)
    return made.but(options={"reduction": "none"})


@law(
    "is-log-sigmoid", "binary_cross_entropy_with_logits",
    says="ℓ(x, 1) = −log σ(x), ℓ(x, 0) = −log σ(−x)", bound="B + B′", why=_SAME,
    source="the definition",
    reveals="swapped labels, a threshold in one of the two",
    needs=("log_sigmoid",), costs=1,
    when=lambda e: e.reduction == "none" and e.options.get("weight") is None
    and e.options.get("pos_weight") is None,
)  # fmt: skip
def is_log_sigmoid(f: Examination, e: Example) -> Iterator[Claim]:
    """The binary loss of a hard label is a log_sigmoid."""
    p = f.problem(e)
    hard = (p.labels == 0) | (p.labels == 1)
    turned = np.where(p.labels == 1, e.x, -e.x).astype(e.fmt.dtype)
    same = f.variant(e, "turned", lambda: f.small(e, "log_sigmoid", x=turned))
    g = f.other("log_sigmoid")
    want = -_wide(f, g.value(same))
    where = f.where(e) & hard & g.right(same)
    yield equal(f.value(e), want, f.bound(e) + g.bound(same), where=where, at=e)


@law(
    "is-two-class-cross-entropy", "binary_cross_entropy_with_logits",
    says="ℓ(x, y) = cross_entropy([x, 0], [y, 1 − y]), 1 − y exact", bound="B + B′", why=_SAME,
    source="the definition: two classes with logits x and 0",
    reveals="an inconsistent pair",
    needs=("cross_entropy_with_logits",), costs=1, reshapes=True,
    when=lambda e: e.reduction == "none" and e.options.get("weight") is None
    and e.options.get("pos_weight") is None and e.size > 0,
)  # fmt: skip
def is_two_class_cross_entropy(f: Examination, e: Example) -> Iterator[Claim]:
    """The binary loss is a cross-entropy of two classes."""
    g = f.other("cross_entropy_with_logits")
    if "reduction" not in g.accepts:
        return
    other, exact = difference(1.0, e.labels, e.fmt)
    logits = np.stack([e.x, np.zeros_like(e.x)], -1)
    labels = np.stack([e.labels, other], -1)
    pair = f.variant(e, "as two classes", lambda: f.small(
        e, "cross_entropy_with_logits", logits=logits, labels=labels,
    ).but(options={"reduction": "none"}))  # fmt: skip
    where = f.where(e) & exact & g.right(pair)
    yield equal(f.value(e), _wide(f, g.value(pair)), f.bound(e) + g.bound(pair), where=where, at=e)
