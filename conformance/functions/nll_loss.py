"""ℓ = −w_y log p_y, from logarithms of probabilities: the last step of a cross-entropy.

The inputs are taken as they are: numbers ≤ 0, whose exponentials need not sum to 1.
"""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.functions import plain
from conformance.model import Domain, Function, Quantity
from conformance.numerics import domain
from conformance.numerics.bounds import class_weights
from conformance.numerics.bounds.budget import Budget
from conformance.numerics.exact.losses import classes
from conformance.numerics.exact.weights import by_class
from conformance.numerics.intermediates import xlogy_free
from conformance.numerics.problem import Problem


def _wide(p: Problem) -> Array:
    return np.where(p.ignored, 0, xlogy_free(p.A, -p.x).sum(axis=-1))


def _wide_vjp(p: Problem) -> Array:
    return np.where(p.ignored[:, None], 0, -p.rate[:, None] * p.A)


def _rounded(p: Problem, b: Budget) -> float:
    """u for the product with a weight; without one nothing is rounded."""
    return 0.0 if p.option("weight") is None else b.u


def bound(p: Problem, b: Budget, level: str) -> Array:
    """−w_y x_y: u|ℓ| for the product with a weight, + a; without a weight the entry is exact.

    Multiplying the other classes by 0 and adding them rounds nothing.
    """
    size = np.abs(_wide(p))
    rounded = _rounded(p, b) * np.where(np.isfinite(size), size, 0)
    return np.where(p.ignored, 0, rounded + (1 + p.Q[:, 0]) * b.a)


def bound_vjp(p: Problem, b: Budget, level: str) -> Array:
    """−g w_y at the label, 0 elsewhere: u for the product with a weight, + a. It is free of x."""
    rate = np.abs(p.rate)[:, None]
    found = rate * p.A * _rounded(p, b) + (1 + rate) * (1 + p.A) * b.a * (p.A > 0)
    return np.where(p.ignored[:, None], 0, found)


def bound_weight(p: Problem, b: Budget, level: str) -> Array:
    """−Σ_i r_i x_ic, and of the mean of indices less r L n_c: those of any loss, of an exact ℓ.

    (θ(terms) + 3u + θ(w))Σ|terms| + |r| n_c(B_L + (5u + θ(w))L) + a…, where B_L is the bound of the
    mean and n_c the number of rows of class c.
    """
    return class_weights.bound(p, b, 0.0)


def _settled(p: Problem) -> Array:
    """Rows of at least one number, all ≤ 0; not those with a label of weight 0 at −∞: 0·∞."""
    fine = (p.x <= 0).all(axis=-1) & domain.labels_fine(p) & (p.x.shape[-1] > 0)
    return np.asarray(fine & ~(np.isneginf(p.x) & p.hot & (p.A == 0)).any(axis=-1) | p.ignored)


def _attended(p: Problem) -> Array:
    return np.asarray(~p.ignored | (p.x <= 0).all(axis=-1))


def _smooth(p: Problem, settled: Array, second: bool) -> Array:
    return domain.of_factors(p, settled, second)


def _plainly(x: Array, y: Array, axis: int) -> Array | None:
    found = plain.picked(x, y, axis)
    return None if found is None else -found


FUNCTION = Function(
    name="nll_loss",
    arguments=("log_probs", "labels"),
    options=("axis", "reduction", "weight", "ignore_index"),
    kind="loss",
    rowwise=True,
    quantities={
        "value": Quantity("ℓ = −w_y·log p_y, from log p", classes("value"), _wide, bound),
        "vjp": Quantity("∂ℓ/∂log p = −w_y at y, 0 elsewhere", classes("vjp"), _wide_vjp, bound_vjp),
        "vjp_weight": Quantity(
            "∂ℓ/∂w_c = −Σᵢ a_ic log p_ic", by_class, class_weights.wide, bound_weight
        ),
    },
    domain=Domain(
        settled=_settled,
        smooth=_smooth,
        attended=_attended,
        denominator=lambda p: p.total(p.row_weight),
    ),
    range=(0.0, np.inf),
    lean=True,
    short="nll",
    operators={
        "nll_loss": "nll_loss(log_probs, labels, weight, 1, -100, axis=1, reduction='mean', "
        "ignore_index=-100)",
    },
    plainly=_plainly,
)
