"""Reference values in wide arithmetic: the filter before the certified values of `exact`.

The formulas are stable instances of the algorithms that the bounds are derived for, run at the
wide roundoff u_w, so their error is at most (u_w / u)·B: 2^-29 of what is allowed for 16 and 32
bits, 2^-11 for float64. A ratio near 1 is decided by balls, not here.
"""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.model import Function
from conformance.numerics.intermediates import xlogy_free
from conformance.numerics.memo import kept
from conformance.numerics.problem import Problem


@kept
def reference(p: Problem, quantity: str) -> Array:
    """The wide value of a quantity. KeyError if the function does not have it."""
    with np.errstate(all="ignore"):
        found = p.e.function.quantities[quantity].reference(p)
        if quantity == "value":
            return reduced(p, found)
        return found if p.projection is not None else chained(p, quantity, found)


def chained(p: Problem, quantity: str, found: Array, of: Function | None = None) -> Array:
    """A derivative by x from that of `of` by the logits that options make of x: the chain rule."""
    if p.logits is None or quantity not in ("vjp", "hvp"):
        return found
    found = xlogy_free(found, p.logits.slope)  # 0 in a row that is left out, whatever it holds
    if quantity == "vjp" or not p.logits.cap:
        return found
    gradient = (of or p.e.function).quantities["vjp"].reference(p)
    return found + xlogy_free(gradient, p.logits.bend * p.along)


def reduced(p: Problem, losses: Array) -> Array:
    """Losses (R,) under the example's reduction."""
    if p.e.reduction == "none":
        return losses
    total = p.total(losses)
    return np.asarray(total if p.e.reduction == "sum" else total / p.denominator)


def centred(p: Array, values: Array) -> Array:
    """values − Σ p·values."""
    return values - xlogy_free(p, values).sum(axis=-1, keepdims=True)


def label_weight(p: Problem) -> Array:
    """(1 − α)w, shape (n,): what a floating label is multiplied by."""
    return np.asarray(p.unsmoothed * p.class_weight)


def unweighted(p: Problem) -> Array:
    """−a_c log p_c, a = A/w, shape (R, n): what each class weight multiplies."""
    return xlogy_free(p.mass, -p.log_p)


def averaged(p: Problem) -> bool:
    """True if the mean divides by weights: of class indices, not of floating labels."""
    return p.e.reduction == "mean" and not p.soft


def class_counts(p: Problem) -> Array:
    """How many kept rows have each class."""
    return p.hot.sum(axis=0)


@np.errstate(all="ignore")
def finite_losses(p: Problem) -> Array:
    """|ℓ_i|, 0 in place of those that are infinite."""
    losses = np.abs(p.e.function.quantities["value"].reference(p))
    return np.where(np.isfinite(losses), losses, 0)


@np.errstate(all="ignore")
def largest_total(p: Problem, quantity: str) -> float:
    """The largest intermediate of a reduction: Σw or N, and for a value Σ|ℓ| too.

    With label smoothing also Σ w|log p| of all classes, before it is multiplied by α/C. Infinite
    terms are left out, and so is a sum that is itself the result.
    """
    mean = p.e.reduction == "mean"
    totals = [np.abs(p.denominator)] if mean else []
    if quantity == "value":
        totals += [p.total(finite_losses(p))] if mean else []
        shared = p.e.function.rowwise and p.option("label_smoothing")
        totals += [p.total(np.where(p.ignored, 0, p.class_sum))] if shared else []
    return float(max(totals, default=0.0))
