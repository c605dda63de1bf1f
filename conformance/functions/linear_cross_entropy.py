"""ℓ = −log softmax(h Wᵀ + b)[y]: the last layer of a classifier and its loss in one function.

Kernels fuse them so that the logits, rows by classes, never are in memory at once. Notation: z the
logits, M their sizes Σ|h||W| + |b|, p their softmax, A the effective targets, Q = ΣA, r what a
row's loss is multiplied with.
"""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.functions import cross_entropy_with_logits
from conformance.model import Domain, Function, Quantity
from conformance.numerics import domain
from conformance.numerics.bounds.budget import Budget
from conformance.numerics.bounds.projections import higher, in_any_order
from conformance.numerics.exact import projections as exact
from conformance.numerics.problem import Problem
from conformance.numerics.projections import Projection

MATRIX = "linear_weight"
_LOSS = cross_entropy_with_logits.FUNCTION


def _of(p: Problem) -> Projection:
    assert p.projection is not None
    return p.projection


def _slopes(p: Problem) -> Array:
    """r(p Q − A), (R, C)."""
    return _LOSS.quantities["vjp"].reference(p)


def _wide_vjp(p: Problem) -> Array:
    return np.where(p.ignored[:, None], 0, _slopes(p) @ _of(p).matrix)


def _wide_matrix(p: Problem) -> Array:
    return _slopes(p).T @ p.x


def _wide_bias(p: Problem) -> Array:
    return np.asarray(_slopes(p).sum(axis=0))


def bound(p: Problem, b: Budget, level: str) -> Array:
    """e^(4 max Δ) times the bound at z, whose d err by Δ_c = (θ + 2u)M_c + u|z_c| + (d + 1)a more.

    θ ≤ γ_(d + 1) is that of a sum in any order, in fp32 or in pairs for 16-bit formats, which also
    round each product, or none, and each logit. Left out are rows in which that may move a logit by
    more than 1/5.
    """
    return higher(_of(p), b)[:, 0] * _LOSS.quantities["value"].bound(p, b, level)


def _slope_error(p: Problem, b: Budget, level: str) -> tuple[Array, Array]:
    """What r(p Q − A) errs by, and r(p Q + A), what its terms amount to."""
    error = higher(_of(p), b) * _LOSS.quantities["vjp"].bound(p, b, level)
    sizes = np.abs(p.rate)[:, None] * (p.rows.p * p.Q + p.A)
    return error, np.where(p.ignored[:, None], 0, sizes)


def _allowance(p: Problem, b: Budget, sizes: Array) -> Array:
    """Slopes that are rounded before the cotangent meets them, and products below ω."""
    return b.a * (1 + np.abs(p.cotangent).max(initial=0)) * (1 + sizes)


def bound_vjp(p: Problem, b: Budget, level: str) -> Array:
    """Σ_c r(p Q − A)_c W_c: ΣB_c|W_c| + (θ + 8u)Σ r(p Q + A)_c|W_c| + (1 + |g|)(1 + Σ|W_c|)a.

    B_c the bound of the gradient by the logits. p Q W and A W may be formed apart, and the slopes
    be rounded, with their factor or without, before the product, whose sum has any order.
    """
    error, sizes = _slope_error(p, b, level)
    W = np.abs(_of(p).matrix)
    theta = in_any_order(p.classes, b) + 8 * b.u
    found = error @ W + theta * (sizes @ W) + _allowance(p, b, W.sum(axis=0))
    return np.where(p.ignored[:, None], 0, found)


def bound_matrix(p: Problem, b: Budget, level: str) -> Array:
    """Σᵢ rᵢ(p Q − A)ᵢ_c hᵢ: ΣB|h| + (θ + 8u)Σ r(p Q + A)|h| + (1 + |g|)(1 + Σ|h|)a; θ of the rows.

    Rows may be added up in any order, and in chunks.
    """
    error, sizes = _slope_error(p, b, level)
    h = np.where(p.ignored[:, None], 0, np.abs(p.x))
    theta = in_any_order(len(h), b) + 8 * b.u
    return error.T @ h + theta * (sizes.T @ h) + _allowance(p, b, h.sum(axis=0))


def bound_bias(p: Problem, b: Budget, level: str) -> Array:
    """Σᵢ rᵢ(p Q − A)ᵢ_c: ΣB + (θ + 8u)Σ r(p Q + A) + (1 + |g|)(1 + N)a, θ of the rows."""
    error, sizes = _slope_error(p, b, level)
    theta = in_any_order(len(sizes), b) + 8 * b.u
    allowed = _allowance(p, b, np.full(p.classes, len(sizes)))
    return np.asarray(error.sum(axis=0) + theta * sizes.sum(axis=0) + allowed)


def _settled(p: Problem) -> Array:
    return np.asarray(p.rows.settled & domain.labels_fine(p) & (p.classes > 0) | p.ignored)


def _attended(p: Problem) -> Array:
    return np.asarray(~p.ignored | np.isfinite(p.x).all(axis=-1))


def _smooth(p: Problem, settled: Array, second: bool) -> Array:
    """Where no factor leaves the format on the way, nor the sizes of a product's terms."""
    largest = np.abs(_of(p).matrix).sum(axis=0).max(initial=1)
    product = p.product(second) * np.maximum(largest, np.abs(p.x).max(axis=-1, initial=1))
    within = domain.of_factors(p, settled, second) & (product <= p.fmt.largest / 4)
    return np.asarray(settled & within & domain.spread(p) | settled & p.ignored)


FUNCTION = Function(
    name="linear_cross_entropy",
    arguments=("hidden", MATRIX, "labels"),
    options=("linear_bias", "reduction", "weight", "ignore_index", "label_smoothing"),
    kind="loss",
    rowwise=True,
    quantities={
        "value": Quantity(
            "ℓ = −log softmax(h Wᵀ + b)[y]",
            exact.losses(MATRIX),
            _LOSS.quantities["value"].reference,
            bound,
        ),
        "vjp": Quantity("∂ℓ/∂h = (p Q − A) W", exact.by_rows(MATRIX), _wide_vjp, bound_vjp),
        "vjp_linear_weight": Quantity(
            "∂/∂W Σℓ = (p Q − A)ᵀ h",
            exact.by_option(MATRIX, exact.of_matrix, lambda W: W.shape),
            _wide_matrix,
            bound_matrix,
        ),
        "vjp_linear_bias": Quantity(
            "∂/∂b Σℓ = Σᵢ (p Q − A)ᵢ",
            exact.by_option(MATRIX, exact.of_bias, lambda W: W.shape[:1]),
            _wide_bias,
            bound_bias,
        ),
    },
    domain=Domain(
        settled=_settled,
        smooth=_smooth,
        attended=_attended,
        contained=_LOSS.domain.contained,
        denominator=_LOSS.domain.denominator,
    ),
    range=(0.0, np.inf),
    lean=True,
    matrix=MATRIX,
    short="linear_ce",
    plainly=lambda x, y, axis: None,
)
