"""Reference values in wide arithmetic: the filter before the certified values of `exact`.

The formulas are stable instances of the algorithms that the bounds are derived for, run at the
wide roundoff u_w, so their error is at most (u_w / u)·B: 2^-29 of what is allowed for 16 and 32
bits, 2^-11 for float64. A ratio near 1 is decided by balls, not here.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from conformance.floats import Array
from conformance.numerics.intermediates import xlogy_free
from conformance.numerics.memo import kept
from conformance.numerics.problem import Problem

Formula = Callable[[Problem], Array]


@kept
def reference(p: Problem, quantity: str) -> Array:
    """The wide value of a quantity, a key of `FORMULAS`. KeyError if there is none."""
    with np.errstate(all="ignore"):
        if quantity == "value" and p.e.function.kind == "loss":
            return reduced(p, FORMULAS["value"][p.e.function.name](p))
        return FORMULAS[quantity][p.e.function.name](p)


def reduced(p: Problem, losses: Array) -> Array:
    """Losses (R,) under the example's reduction."""
    if p.e.reduction == "none":
        return losses
    total = losses.sum()
    return np.asarray(total if p.e.reduction == "sum" else total / p.denominator)


def centred(p: Array, values: Array) -> Array:
    """values − Σ p·values."""
    return values - xlogy_free(p, values).sum(axis=-1, keepdims=True)


def _log_sigmoid(p: Problem) -> Array:
    return -p.logistic.minus


def _bce_logits(p: Problem) -> Array:
    z = p.logistic
    return xlogy_free(p.positive, z.minus) + xlogy_free(p.negative, z.plus)


def _bce_probs(p: Problem) -> Array:
    y = p.labels
    return xlogy_free(y, -np.log(p.x)) + xlogy_free(1 - y, -np.log1p(-p.x))


def _ce_logits(p: Problem) -> Array:
    losses = xlogy_free(p.A, -p.rows.log_p).sum(axis=-1)
    return np.where(p.ignored, 0, losses)


def _ce_probs(p: Problem) -> Array:
    return xlogy_free(p.A, -np.log(p.x)).sum(axis=-1)


def _sigmoid_vjp(p: Problem) -> Array:
    return p.cotangent * p.logistic.s * p.logistic.q


def _log_sigmoid_vjp(p: Problem) -> Array:
    return p.cotangent * p.logistic.q


def _softmax_vjp(p: Problem) -> Array:
    return p.rows.p * centred(p.rows.p, p.cotangent)


def _log_softmax_vjp(p: Problem) -> Array:
    return p.cotangent - p.rows.p * p.cotangent.sum(axis=-1, keepdims=True)


def _logsumexp_vjp(p: Problem) -> Array:
    return p.cotangent[:, None] * p.rows.p


def _bce_logits_vjp(p: Problem) -> Array:
    return p.rate * (p.negative * p.logistic.s - p.positive * p.logistic.q)


def _bce_probs_vjp(p: Problem) -> Array:
    return p.rate * (xlogy_free(1 - p.labels, 1 / (1 - p.x)) - xlogy_free(p.labels, 1 / p.x))


def _ce_logits_vjp(p: Problem) -> Array:
    gradient = p.rate[:, None] * _p_minus_q(p)
    return np.where(p.ignored[:, None], 0, gradient)


def _p_minus_q(p: Problem) -> Array:
    """p ΣA − A, for a one-hot A without the cancellation of p_y − 1 at the label."""
    rows = p.rows
    plain = rows.p * p.Q - p.A
    if p.soft or p.option("label_smoothing", 0.0):
        return plain
    # At the label: −A·(Σ of the other probabilities), each relatively accurate.
    others = np.where(p.A > 0, 0, rows.p).sum(axis=-1, keepdims=True)
    return np.where(p.A > 0, -p.A * others, plain)


def _ce_probs_vjp(p: Problem) -> Array:
    return p.rate[:, None] * -xlogy_free(p.A, 1 / p.x)


def _sigmoid_hvp(p: Problem) -> Array:
    z = p.logistic
    return p.cotangent * p.direction * z.s * z.q * (z.q - z.s)


def _log_sigmoid_hvp(p: Problem) -> Array:
    return -p.cotangent * p.direction * p.logistic.s * p.logistic.q


def _softmax_hvp(p: Problem) -> Array:
    soft, g, v = p.rows.p, centred(p.rows.p, p.cotangent), centred(p.rows.p, p.direction)
    return soft * (g * v - xlogy_free(soft, g * v).sum(axis=-1, keepdims=True))


def _log_softmax_hvp(p: Problem) -> Array:
    total = p.cotangent.sum(axis=-1, keepdims=True)
    return -total * p.rows.p * centred(p.rows.p, p.direction)


def _logsumexp_hvp(p: Problem) -> Array:
    return p.cotangent[:, None] * p.rows.p * centred(p.rows.p, p.direction)


def _bce_logits_hvp(p: Problem) -> Array:
    z = p.logistic
    return p.rate * p.direction * (p.positive + p.negative) * z.s * z.q


def _ce_logits_hvp(p: Problem) -> Array:
    product = p.rate[:, None] * p.Q * p.rows.p * centred(p.rows.p, p.direction)
    return np.where(p.ignored[:, None], 0, product)


def _bce_logits_labels(p: Problem) -> Array:
    return p.rate * p.weight * (p.pos_weight * p.logistic.minus - p.logistic.plus)


def _bce_probs_labels(p: Problem) -> Array:
    return p.rate * (np.log1p(-p.x) - np.log(p.x))


def label_weight(p: Problem) -> Array:
    """(1 − α)w, shape (n,): what a floating label is multiplied by."""
    return (1 - p.wide(p.option("label_smoothing", 0.0))) * p.class_weight


def _ce_logits_labels(p: Problem) -> Array:
    return p.rate[:, None] * xlogy_free(label_weight(p), -p.rows.log_p)


def _ce_probs_labels(p: Problem) -> Array:
    return p.rate[:, None] * -np.log(p.x)


def unweighted(p: Problem) -> Array:
    """−a_c log p_c, a = A/w, shape (R, n): what each class weight multiplies."""
    return xlogy_free(p.mass, -p.rows.log_p)


def averaged(p: Problem) -> bool:
    """True if the mean divides by weights: of class indices, not of floating labels."""
    return p.e.reduction == "mean" and not p.soft


def class_counts(p: Problem) -> Array:
    """How many kept rows have each class."""
    return p.hot.sum(axis=0)


def _ce_logits_weight(p: Problem) -> Array:
    sums = xlogy_free(p.rate[:, None], unweighted(p)).sum(axis=0)
    if not averaged(p):
        return sums
    value = xlogy_free(p.class_weight, sums).sum()  # g N/W, and N/W has −N n_c/W² too
    return np.asarray(sums - value * class_counts(p) / p.denominator)


@np.errstate(all="ignore")
def largest_total(p: Problem, quantity: str) -> float:
    """The largest number that a reduction forms on its way: Σw or N, and for a value Σ|ℓ| too.

    With label smoothing also Σ w|log p| of all classes, before it is multiplied by α/C. What is
    infinite is left out, and so is the sum that is itself the result.
    """
    mean = p.e.reduction == "mean"
    totals = [np.abs(p.denominator)] if mean else []
    if quantity == "value":
        losses = np.abs(FORMULAS["value"][p.e.function.name](p))
        totals += [np.where(np.isfinite(losses), losses, 0).sum()] if mean else []
        totals += [p.class_sum[~p.ignored].sum()] if p.option("label_smoothing") else []
    return float(max(totals, default=0.0))


def _shared(p: Problem, option: str, terms: Array) -> Array:
    return terms if np.ndim(p.option(option)) else np.asarray(terms.sum())


def _bce_logits_weight(p: Problem) -> Array:
    z, positive = p.logistic, p.pos_weight * p.labels
    losses = xlogy_free(positive, z.minus) + xlogy_free(1 - p.labels, z.plus)
    return _shared(p, "weight", p.rate * losses)


def _bce_logits_pos_weight(p: Problem) -> Array:
    return _shared(p, "pos_weight", p.rate * xlogy_free(p.weight * p.labels, p.logistic.minus))


FORMULAS: dict[str, dict[str, Formula]] = {
    "value": {
        "sigmoid": lambda p: p.logistic.s,
        "log_sigmoid": _log_sigmoid,
        "softmax": lambda p: p.rows.p,
        "log_softmax": lambda p: p.rows.log_p,
        "logsumexp": lambda p: p.rows.lse,
        "binary_cross_entropy": _bce_probs,
        "binary_cross_entropy_with_logits": _bce_logits,
        "cross_entropy": _ce_probs,
        "cross_entropy_with_logits": _ce_logits,
    },
    "vjp": {
        "sigmoid": _sigmoid_vjp,
        "log_sigmoid": _log_sigmoid_vjp,
        "softmax": _softmax_vjp,
        "log_softmax": _log_softmax_vjp,
        "logsumexp": _logsumexp_vjp,
        "binary_cross_entropy": _bce_probs_vjp,
        "binary_cross_entropy_with_logits": _bce_logits_vjp,
        "cross_entropy": _ce_probs_vjp,
        "cross_entropy_with_logits": _ce_logits_vjp,
    },
    "hvp": {
        "sigmoid": _sigmoid_hvp,
        "log_sigmoid": _log_sigmoid_hvp,
        "softmax": _softmax_hvp,
        "log_softmax": _log_softmax_hvp,
        "logsumexp": _logsumexp_hvp,
        "binary_cross_entropy_with_logits": _bce_logits_hvp,
        "cross_entropy_with_logits": _ce_logits_hvp,
    },
    "vjp_labels": {
        "binary_cross_entropy": _bce_probs_labels,
        "binary_cross_entropy_with_logits": _bce_logits_labels,
        "cross_entropy": _ce_probs_labels,
        "cross_entropy_with_logits": _ce_logits_labels,
    },
    "vjp_weight": {
        "binary_cross_entropy_with_logits": _bce_logits_weight,
        "cross_entropy_with_logits": _ce_logits_weight,
    },
    "vjp_pos_weight": {
        "binary_cross_entropy_with_logits": _bce_logits_pos_weight,
    },
}
