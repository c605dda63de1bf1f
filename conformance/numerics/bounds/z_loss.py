"""What λL² adds to the bounds of cross-entropy, L = log Σe^x: `z_loss` = λ.

All are 0 without that option.
"""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.numerics.bounds.budget import Budget, second_order
from conformance.numerics.bounds.rows import (
    argument,
    hessian,
    spread_sizes,
    sum_error,
    sum_theta,
    through_log,
)
from conformance.numerics.intermediates import xlogy_free
from conformance.numerics.memo import kept
from conformance.numerics.problem import Problem


@kept
def _lse_error(p: Problem, b: Budget) -> Array:
    """B_L = 2u|L| + eps·log S + a + errS + θ(t)max(|m|, |L|) + the error of max y, shape (R,)."""
    r = p.rows
    size = np.abs(np.where(np.isfinite(r.lse), r.lse, 0))
    bound = 2 * b.u * size + (b.eps * r.log_S + sum_error(p, b))[:, 0] + b.a
    if b.stable:
        reach = np.maximum(size, np.abs(np.where(np.isfinite(r.m), r.m, 0))[:, 0])
        bound = bound + sum_theta(p, b)[:, 0] * reach
    if p.logits is not None or p.projection is not None:
        bound = bound + np.where(r.top, argument(p, b), 0).sum(axis=-1)
    return np.asarray(bound)


def _sizes(p: Problem) -> tuple[float, Array]:
    """λ and |L|."""
    lse = np.where(np.isfinite(p.rows.lse), p.rows.lse, 0)
    return float(p.option("z_loss") or 0.0), np.abs(lse)


def added(p: Problem, b: Budget, loss: Array) -> Array:
    """λ(2|L| + B_L)B_L + 4uλL² + uℓ + a: the square, λ, their product and the sum of both."""
    if not p.option("z_loss"):
        return np.zeros(len(p.x))
    size, L = _sizes(p)
    error = _lse_error(p, b)
    return np.asarray(size * ((2 * L + error) * error + 4 * b.u * L**2) + b.u * loss + b.a)


def pulled(p: Problem, b: Budget, rate: Array) -> Array:
    """|g|[2λp_i(|L|(e_i + B_L + 8u) + B_L) + 2u(pQ + A)] + (1 + |g|)a: 2λLp beside p Q − A.

    p may be e^(y − L), as in the derivative of a logsumexp, where L is rounded: B_L more.
    """
    if not p.option("z_loss"):
        return np.zeros(1)
    size, L = _sizes(p)
    off = _lse_error(p, b)[:, None]
    each = L[:, None] * (through_log(p, b) + second_order(off) + 8 * b.u) + off
    bound = 2 * size * p.rows.p * each + 2 * b.u * (p.rows.p * p.Q + p.A)
    return np.asarray(rate * bound + (1 + rate) * (1 + 2 * size * L[:, None]) * b.a)


def curved(p: Problem, b: Budget, rate: Array) -> Array:
    """2λL of the Hessian's bound; 2λ p_i v̄ to 3e_i + 12u and 2θ(p|v|)va; 9B_L of the terms of both.

    Each of three factors p, one of them in a mean, may be e^(y − L): B_L for it and for 2p v̄.
    """
    if not p.option("z_loss"):
        return np.zeros(1)
    size, L = _sizes(p)
    soft, v, factor = p.rows.p, np.abs(p.direction), 2 * size * rate
    bound = hessian(p, b, factor * L[:, None])
    off = 9 * second_order(_lse_error(p, b)[:, None]) * (1 + L[:, None])
    bound = bound + factor * off * spread_sizes(p, v)
    e, weighted = 3 * through_log(p, b) + 12 * b.u, soft * v
    va = weighted.sum(axis=-1, keepdims=True)
    mean = xlogy_free(weighted, e).sum(axis=-1, keepdims=True) + 2 * b.theta(weighted) * va
    bound = bound + factor * soft * (va * e + mean)
    reach = (1 + factor) * (1 + v.sum(axis=-1, keepdims=True))
    return np.asarray(bound + reach * b.a)
