"""ℓ = −log softmax(h Wᵀ + b)[y]: the last layer of a classifier and its loss in one function.

Kernels fuse them so that the logits, rows by classes, never are in memory at once. It is
cross_entropy_with_logits of z = h Wᵀ + b, under the same options. Notation: M the sizes Σ|h||W| +
|b| of z, φ what options make of z, p the softmax of φ(z), A the effective targets, Q = ΣA, r what a
row's loss is multiplied with; s = r φ′(p Q − A), the gradient by z, and with z_loss 2λL p more.
"""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.functions import cross_entropy_with_logits
from conformance.model import Domain, Function, Quantity
from conformance.numerics import domain
from conformance.numerics.bounds.budget import Budget
from conformance.numerics.bounds.logits import by_x
from conformance.numerics.bounds.projections import (
    along_sizes,
    direction_error,
    higher,
    in_any_order,
    slope_moved,
)
from conformance.numerics.exact import projections as exact
from conformance.numerics.problem import Problem
from conformance.numerics.projections import Projection
from conformance.numerics.reference import chained

MATRIX = "linear_weight"
_LOSS = cross_entropy_with_logits.FUNCTION


def _of(p: Problem) -> Projection:
    assert p.projection is not None
    return p.projection


def _slopes(p: Problem) -> Array:
    """s, (R, C)."""
    return chained(p, "vjp", _LOSS.quantities["vjp"].reference(p))


def _wide_vjp(p: Problem) -> Array:
    return np.where(p.ignored[:, None], 0, _slopes(p) @ _of(p).matrix)


def _wide_hvp(p: Problem) -> Array:
    bent = chained(p, "hvp", _LOSS.quantities["hvp"].reference(p), _LOSS)
    return np.where(p.ignored[:, None], 0, bent @ _of(p).matrix)


def bound(p: Problem, b: Budget, level: str) -> Array:
    """e^(4 max Δ) times the bound at z, whose d err by Δ_c = (θ + 2u)M_c + u|z_c| + (d + 1)a more.

    θ ≤ γ_(d + 1) is that of a sum in any order, in fp32 or in pairs for 16-bit formats, which also
    round each product, or none, and each logit. φ(z) errs by φ′e^(2Δ/c)Δ for it, c the cap. Left
    out are rows in which that may move a logit by more than 1/5.
    """
    return higher(p, b)[:, 0] * _LOSS.quantities["value"].bound(p, b, level)


def _slope_error(p: Problem, b: Budget, level: str) -> tuple[Array, Array]:
    """The error of s, and |r|φ′(p Q + A), the size of its terms."""
    slope = np.ones_like(p.rows.x) if p.logits is None else p.logits.slope
    sizes, moved = _LOSS.quantities["vjp"].sizes(p, slope) * slope, slope_moved(p, b)
    error = higher(p, b) * (1 + moved) * by_x(p, b, _LOSS.quantities, "vjp", level) + moved * sizes
    kept = ~p.ignored[:, None]
    return np.where(kept, error, 0), np.where(kept, sizes, 0)


def _allowance(p: Problem, b: Budget, sizes: Array) -> Array:
    """Allowance for slopes rounded before they meet the cotangent, and for products below ω."""
    return b.a * (1 + np.abs(p.cotangent).max(initial=0)) * (1 + sizes)


def bound_vjp(p: Problem, b: Budget, level: str) -> Array:
    """Σ_c s_c W_c: ΣB_c|W_c| + (θ + 8u)Σ|r|φ′(p Q + A)_c|W_c| + (1 + |g|)(1 + Σ|W_c|)a.

    B_c the bound of s_c at z, and (e^(2Δ/c) − 1)|r|φ′(p Q + A) for φ′ of a cap c at moved z. p Q W
    and A W may be formed apart, and the slopes be rounded, with their factor or without, before the
    product, whose sum has any order.
    """
    error, sizes = _slope_error(p, b, level)
    W = np.abs(_of(p).matrix)
    theta = in_any_order(p.classes, b) + 8 * b.u
    found = error @ W + theta * (sizes @ W) + _allowance(p, b, W.sum(axis=0))
    return np.where(p.ignored[:, None], 0, found)


def _bent_error(p: Problem, b: Budget, level: str) -> tuple[Array, Array]:
    """What G = s′(z)w errs by, and what its terms amount to: φ′S₂(φ′(|w| + δ)) + |φ″|(|w| + δ)S₁.

    S₁ = |g|(p Q + A) and S₂(v) = |g|Q p(|v| + Σp|v|), those of a gradient and a second derivative.
    """
    w, off = np.abs(p.along), direction_error(p, b)
    moved, turned = slope_moved(p, b), p.headed(w + off)
    flat, of = np.ones_like(w), _LOSS.quantities
    slope, bend = (flat, 0 * flat) if p.logits is None else (p.logits.slope, np.abs(p.logits.bend))
    first, second = of["vjp"].sizes(p, flat), of["hvp"].sizes
    sizes = slope * second(p, slope * (w + off)) + bend * (w + off) * first
    grown = (1 + moved) * off + moved * w
    error = (1 + moved) ** 2 * by_x(turned, b, of, "hvp", level)
    error = error + slope * ((1 + moved) * second(p, slope * grown) + moved * second(p, slope * w))
    if p.logits is not None and p.logits.cap:
        error = error + 2 / p.logits.cap * slope * grown * first
    kept, more = ~p.ignored[:, None], higher(p, b)
    return np.where(kept, more * error, 0), np.where(kept, more * (1 + moved) ** 2 * sizes, 0)


def bound_hvp(p: Problem, b: Budget, level: str) -> Array:
    """Σ_c G_c W_c, G = s′(z)w, w = v Wᵀ: ΣB|W| + (θ + 8u)ΣZ|W| + (1 + |g|)(1 + Σ|W|)a + C a.

    w errs by δ = (θ + 2u)Σ|v||W| + (d + 1)a. B = e^(4 max Δ)[μ²B₂ + φ′(μS₂(φ′κ) + (μ − 1)S₂(φ′|w|))
    + (2/c)φ′κS₁], B₂ the bound at z along |w| + δ, κ = μδ + (μ − 1)|w|, μ = e^(2Δ/c) of a cap c,
    else 1, and S₁, S₂ the sizes of the terms of a gradient and a second derivative; Z those of G.
    """
    error, sizes = _bent_error(p, b, level)
    W = np.abs(_of(p).matrix)
    theta = in_any_order(p.classes, b) + 8 * b.u
    found = error @ W + theta * (sizes @ W) + _allowance(p, b, W.sum(axis=0))
    return np.where(p.ignored[:, None], 0, found + p.classes * b.least)


def bound_matrix(p: Problem, b: Budget, level: str) -> Array:
    """Σᵢ sᵢ_c hᵢ: ΣB|h| + (θ + 8u)Σ|r|φ′(p Q + A)|h| + (1 + |g|)(1 + Σ|h|)a; θ of the rows.

    Rows may be added up in any order, and in chunks.
    """
    error, sizes = _slope_error(p, b, level)
    h = np.where(p.ignored[:, None], 0, np.abs(p.x))
    theta = in_any_order(len(h), b) + 8 * b.u
    return error.T @ h + theta * (sizes.T @ h) + _allowance(p, b, h.sum(axis=0))


def bound_bias(p: Problem, b: Budget, level: str) -> Array:
    """Σᵢ sᵢ_c: ΣB + (θ + 8u)Σ|r|φ′(p Q + A) + (1 + |g|)(1 + N)a, θ of the rows."""
    error, sizes = _slope_error(p, b, level)
    theta = in_any_order(len(sizes), b) + 8 * b.u
    allowed = _allowance(p, b, np.full(p.classes, len(sizes)))
    return np.asarray(error.sum(axis=0) + theta * sizes.sum(axis=0) + allowed)


def bound_labels(p: Problem, b: Budget, level: str) -> Array:
    """−r(1 − α)w_c log p_c: e^(4 max Δ) times the bound of log p_c at z, with 4u for products."""
    return higher(p, b) * _LOSS.quantities["vjp_labels"].bound(p, b, level)


def bound_weight(p: Problem, b: Budget, level: str) -> Array:
    """Σᵢ rᵢ a_ic ℓ_ic: e^(4 max Δ) times its bound at z, where log p_c errs by B_c; Δ of all rows.

    Σ|r|a(B_c + 6uℓ) + (θ + 3u)Σ|terms|, and of a mean of indices L's share, as for any logits.
    """
    return higher(p, b).max(initial=1) * _LOSS.quantities["vjp_weight"].bound(p, b, level)


def _settled(p: Problem) -> Array:
    return np.asarray(p.rows.settled & domain.labels_fine(p) & (p.classes > 0) | p.ignored)


def _attended(p: Problem) -> Array:
    return np.asarray(~p.ignored | np.isfinite(p.x).all(axis=-1))


def _smooth(p: Problem, settled: Array, second: bool) -> Array:
    """Where neither a factor nor the size of a product's terms leaves the format on the way."""
    largest = np.abs(_of(p).matrix).sum(axis=0).max(initial=1)
    product = p.product(second) * np.maximum(largest, np.abs(p.x).max(axis=-1, initial=1))
    if second:
        product = np.maximum(product, along_sizes(p).max(axis=-1, initial=0))
    fine = _LOSS.domain.smooth(p, settled, second) & (product <= p.fmt.largest / 4)
    return np.asarray(fine | settled & p.ignored)


FUNCTION = Function(
    name="linear_cross_entropy",
    arguments=("hidden", MATRIX, "labels"),
    options=("linear_bias", *(name for name in _LOSS.options if name not in ("axis", "where"))),
    kind="loss",
    rowwise=True,
    quantities={
        "value": Quantity(
            "ℓ = −log softmax(h Wᵀ + b)[y]",
            exact.of_rows(MATRIX, "value"),
            _LOSS.quantities["value"].reference,
            bound,
        ),
        "vjp": Quantity("∂ℓ/∂h = (p Q − A) W", exact.of_rows(MATRIX, "vjp"), _wide_vjp, bound_vjp),
        "hvp": Quantity(
            "H v = g Q Wᵀ(diag p − ppᵀ)W v", exact.of_rows(MATRIX, "hvp"), _wide_hvp, bound_hvp
        ),
        "vjp_linear_weight": Quantity(
            "∂/∂W Σℓ = (p Q − A)ᵀ h",
            exact.by_option(MATRIX, exact.of_matrix, lambda W: W.shape),
            lambda p: _slopes(p).T @ p.x,
            bound_matrix,
        ),
        "vjp_linear_bias": Quantity(
            "∂/∂b Σℓ = Σᵢ (p Q − A)ᵢ",
            exact.by_option(MATRIX, exact.of_bias, lambda W: W.shape[:1]),
            lambda p: np.asarray(_slopes(p).sum(axis=0)),
            bound_bias,
        ),
        "vjp_labels": Quantity(
            "∂ℓ/∂q_c = −(1 − α)w_c log p_c",
            exact.of_rows(MATRIX, "vjp_labels"),
            _LOSS.quantities["vjp_labels"].reference,
            bound_labels,
        ),
        "vjp_weight": Quantity(
            _LOSS.quantities["vjp_weight"].says,
            exact.by_class(MATRIX),
            _LOSS.quantities["vjp_weight"].reference,
            bound_weight,
        ),
    },
    domain=Domain(
        settled=_settled,
        smooth=_smooth,
        attended=_attended,
        contained=_LOSS.domain.contained,
        denominator=_LOSS.domain.denominator,
        another_convention=_LOSS.domain.another_convention,
    ),
    range=(0.0, np.inf),
    lean=True,
    matrix=MATRIX,
    short="linear_ce",
    plainly=lambda x, y, axis: None,
)
