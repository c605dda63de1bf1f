"""The errors of logits that are products h Wᵀ + b, and of gradients that pass through them.

Notation: z the products, M_c = Σ_k|h_k W_ck| + |b_c| the sizes of their terms, d the length of h;
y = φ(z) the logits, z itself without an option that changes it.
"""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.numerics.bounds.budget import Budget
from conformance.numerics.memo import kept
from conformance.numerics.problem import Problem


def in_any_order(terms: int, b: Budget) -> float:
    """θ of a sum of so many terms of any size and sign, relative to Σ|terms|.

    Each addition errs by at most u of what it has met, in any order (γ_n); 16-bit formats are added
    up in fp32, or in pairs.
    """
    return float(b.theta(np.ones((1, max(terms, 1))))[0, 0])


@kept
def _moved(p: Problem, b: Budget) -> Array:
    """Δ_c = (θ + 2u)M_c + u|z_c| + (d + 1)a: what z errs by.

    d products and d additions in any order, θ ≤ γ_(d + 1); 16-bit formats round each product or
    none, and the product and the logit with its bias to the format.
    """
    of = p.projection
    assert of is not None
    if not b.whole:
        return np.zeros_like(of.y)
    error = (in_any_order(of.length, b) + 2 * b.u) * of.sizes + b.u * np.abs(of.y)
    return np.where(of.firm[:, None], error + of.length * b.least, 0)


def along_sizes(p: Problem) -> Array:
    """Σ_k|v_k W_ck|: the sizes of the terms of w = v Wᵀ, the direction of the logits."""
    assert p.projection is not None
    v = p.widened(p.e.args["direction"])
    return np.asarray(np.abs(v) @ np.abs(p.projection.matrix).T)


def direction_error(p: Problem, b: Budget) -> Array:
    """(θ + 2u)Σ|v||W| + (d + 1)a: what w errs by."""
    assert p.projection is not None
    return (in_any_order(p.projection.length, b) + 2 * b.u) * along_sizes(p) + (
        p.projection.length * b.least
    )


@kept
def slope_moved(p: Problem, b: Budget) -> Array:
    """e^(2Δ/c) − 1: what φ′ of moved products may differ by, relatively; |φ″/φ′| ≤ 2/c of a cap."""
    cap = 0.0 if p.logits is None else p.logits.cap
    return np.expm1(2 * _moved(p, b) / cap) if cap else np.zeros_like(_moved(p, b))


@kept
def product_error(p: Problem, b: Budget) -> Array:
    """φ′e^(2Δ/c)Δ, and 4c_d u times the largest of it for what d and log p have more.

    log p at logits that are moved by δ differs by |δ_c| + Σ p|δ|, to first order: what an
    argument's error costs anyway.
    """
    error = _moved(p, b)
    if p.logits is not None:
        error = p.logits.slope * (1 + slope_moved(p, b)) * error
    return np.asarray(error + 4 * b.c_d * b.u * error.max(axis=-1, keepdims=True, initial=0))


def higher(p: Problem, b: Budget) -> Array:
    """e^(4 max Δ), (R, 1): all that is of higher order where logits are moved by up to max Δ.

    p at moved logits is p e^(±2 max Δ), and e^x − 1 ≤ x e^x of its own error x ≤ 2 max Δ.
    """
    return np.exp(4 * product_error(p, b).max(axis=-1, keepdims=True, initial=0))
