"""Bounds of sigmoid, log_sigmoid and the binary cross-entropies, and of their derivatives.

Each docstring is the derivation that `conformance spec` shows. u, eps, c_d, a: `budget.SOURCES`.
"""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.numerics.bounds.budget import Budget
from conformance.numerics.intermediates import xlogy_free
from conformance.numerics.problem import Problem


def sigmoid(p: Problem, b: Budget, level: str) -> Array:
    """B = s (eps·q + 3u + (c_d − 1)u|x|·q) + a.

    With e = e^−|x|, s = 1/(1 + e) or e/(1 + e). The error of e enters with weight q = 1 − s;
    addition, division and a last product are three roundings; a change of base costs
    (c_d − 1)u|x|. No subtraction, so must and should agree.
    """
    z = p.logistic
    return z.s * (b.eps * z.q + 3 * b.u + (b.c_d - 1) * b.u * z.finite * z.q) + b.a


def log_sigmoid(p: Problem, b: Budget, level: str) -> Array:
    """should: B = 2u|y| + (2eps + 2u + (c_d − 1)u|x|) l + a, with l = log(1 + e^−|x|).

    y = min(x, 0) − l: both terms have one sign, so nothing cancels. exp and log1p cost eps each.
    must is at least eps·|y| + (eps + (c_d − 1)u|x|) σ(−x) + a where −log Ω ≤ x < 0: log1p(e^−x)
    has no other term, so log1p errs by eps of the whole, and exp enters with weight σ(−x).
    """
    z = p.logistic
    size = np.where(np.isfinite(z.minus), z.minus, 0)
    argument = (b.c_d - 1) * b.u * z.finite
    parted = 2 * b.u * size + (2 * b.eps + 2 * b.u + argument) * z.l + b.a
    if level == "should" or not b.stable:
        return parted
    whole = b.eps * size + (b.eps + argument) * z.q + b.a
    admitted = (p.x < 0) & (z.finite <= np.log(b.fmt.largest))
    return np.where(admitted, np.maximum(parted, whole), parted)


def sigmoid_vjp(p: Problem, b: Budget, level: str) -> Array:
    """g σ(x)σ(−x). should: |y| (2eps + 8u + 2(c_d − 1)u|x|).

    must adds |g| s² (eps·q + (c_d − 1)u|x|q + 4u): the form s(1 − s) carries the absolute error of
    s into 1 − s, which is relative to nothing at x ≫ 0. a enters once for g and once for s q.
    """
    z, g = p.logistic, np.abs(p.cotangent)
    argument = (b.c_d - 1) * b.u * z.finite
    relative = g * z.s * z.q * (2 * b.eps + 8 * b.u + 2 * argument) + (1 + g) * b.a
    if level == "should":
        return relative
    return relative + g * z.s**2 * ((b.eps + argument) * z.q + 4 * b.u)


def log_sigmoid_vjp(p: Problem, b: Budget, level: str) -> Array:
    """g σ(−x). should: |g| q (2eps + 4u + c_d u|x|·s). must adds 4u|g|: the form 1 − σ(x).

    The error of e^−|x| enters with weight s, hence the s beside |x|. must adds also
    u|g| q·min(|x|, (p + 1) log 2) for x < 0: the form e^(x₋ − softplus), derivative of a logaddexp,
    whose rounded softplus errs by u|x| until it is |x| itself.
    """
    z, g = p.logistic, np.abs(p.cotangent)
    relative = g * z.q * (2 * b.eps + 4 * b.u + b.c_d * b.u * z.finite * z.s) + (1 + g) * b.a
    if level == "should":
        return relative
    seam = np.where(p.x < 0, _unsaturated(p, b), 0)
    return relative + b.u * g * (4 + z.q * seam)


def _unsaturated(p: Problem, b: Budget) -> Array:
    """min(|x|, (p + 1) log 2): beyond it e^−|x| < u/2 and the rounded x + l is x itself."""
    return np.minimum(p.logistic.finite, (1 - np.log2(b.u)) * np.log(2))


def sigmoid_hvp(p: Problem, b: Budget, level: str) -> Array:
    """g v s q (q − s): |g v|·(3 s (eps·q + (c_d − 1)u|x|q + 4u)) + 4(1 + |g|)(1 + |v|)a.

    The derivative of s(1 − s) taken from the computed s, whose absolute error s(eps·q + 3u) enters
    three times.
    """
    z, g, v = p.logistic, np.abs(p.cotangent), np.abs(p.direction)
    inner = (b.eps + (b.c_d - 1) * b.u * z.finite) * z.q + 4 * b.u
    return 3 * g * v * z.s * inner + 4 * (1 + g) * (1 + v) * b.a


def log_sigmoid_hvp(p: Problem, b: Budget, level: str) -> Array:
    """−g v s q: |g v| (s q (2eps + 8u + 2c_d u|x|) + eps·s q + 4u + c_d u·min(|x|, (p + 1) log 2)).

    1 − σ, 1 − σ(−x) and e^(x − softplus x) are all admitted: each costs u absolutely.
    """
    z, g, v = p.logistic, np.abs(p.cotangent), np.abs(p.direction)
    sq = z.s * z.q
    product = sq * (3 * b.eps + 8 * b.u + 2 * b.c_d * b.u * z.finite)
    absolute = 4 * b.u + b.c_d * b.u * _unsaturated(p, b) * np.maximum(z.s, z.q)
    return g * v * (product + absolute) + 4 * (1 + g) * (1 + v) * b.a


def _spread(p: Problem) -> Array:
    """w (1 + |ρ − 1| y): the size of the terms that the rearranged loss cancels."""
    return p.weight * (1 + np.abs(p.pos_weight - 1) * p.labels)


def _scale(p: Problem) -> Array:
    """(1 + w)(1 + ρ): how often the allowance a of a product is multiplied up."""
    return (1 + p.weight) * (1 + p.pos_weight)


def bce_logits(p: Problem, b: Budget, level: str) -> Array:
    """should: H = (2eps + (c_d − 1)u|x|) l (A₁ + A₀) + 5u ℓ + a, A₁ = wρy, A₀ = w(1 − y).

    must: H + 5u(|x| + l)·w(1 + |ρ − 1|y): covers max(x, 0) − x y + log1p and
    (1 − y)x − (1 + (ρ − 1)y) log σ(x), which cancel for y = 0, x < 0 and for small ρ. There
    (1 − y)x errs by 2u, the weight of log σ by u + 3u|ρ − 1|y, its value and the product by u each.
    """
    z = p.logistic
    loss = p.positive * z.minus + p.negative * z.plus
    weights = p.positive + p.negative
    bound = (2 * b.eps + (b.c_d - 1) * b.u * z.size) * z.l * weights + 5 * b.u * loss
    bound = bound + _scale(p) * (1 + z.size) * b.a
    return bound if level == "should" else bound + 5 * b.u * (z.size + z.l) * _spread(p)


def bce_logits_vjp(p: Problem, b: Budget, level: str) -> Array:
    """g (A₀ s − A₁ q). should: A₀ s and A₁ q to eps + 6u + c_d u·min(|x|, (p + 1) log 2) each.

    On the vanishing side of a term 2c_d u|x| instead. must adds w(1 + |ρ − 1|y)(eps·s q + 5u) and
    5u A₁: derivatives of the rearranged losses subtract numbers of that size.
    """
    z, rate = p.logistic, np.abs(p.rate)
    seam, far = _unsaturated(p, b), 2 * z.finite
    up = b.eps + 6 * b.u + b.c_d * b.u * np.where(p.x < 0, far, seam)
    down = b.eps + 6 * b.u + b.c_d * b.u * np.where(p.x < 0, seam, far)
    bound = p.negative * z.s * up + p.positive * z.q * down
    if level != "should":
        bound = bound + _spread(p) * (b.eps * z.s * z.q + 5 * b.u) + 5 * b.u * p.positive
    return rate * bound + (1 + rate) * _scale(p) * b.a


def bce_logits_hvp(p: Problem, b: Budget, level: str) -> Array:
    """g v (A₁ + A₀) s q, absolutely: |g v|·(W (s q (3eps + 8u + 2c_d u|x|) + 4u) + seams), W = A₁ + A₀.

    As for log_sigmoid: 1 − σ from either side, and softplus through logaddexp.
    """  # noqa: E501
    z, rate, v = p.logistic, np.abs(p.rate), np.abs(p.direction)
    weights = p.positive + p.negative + _spread(p)
    product = z.s * z.q * (3 * b.eps + 8 * b.u + 2 * b.c_d * b.u * z.finite)
    absolute = 4 * b.u + b.c_d * b.u * _unsaturated(p, b) * np.maximum(z.s, z.q)
    return rate * v * weights * (product + absolute) + 4 * (1 + rate) * (1 + v) * _scale(p) * b.a


def bce_logits_labels(p: Problem, b: Budget, level: str) -> Array:
    """g w (ρ softplus(−x) − softplus(x)): the bounds of both terms.

    w(1 + ρ)(2eps·l + 6u(|x| + l)).
    """
    z, rate = p.logistic, np.abs(p.rate)
    inner = (2 * b.eps + b.c_d * b.u * z.size) * z.l + 6 * b.u * (z.size + z.l)
    return (
        rate * p.weight * (1 + p.pos_weight) * inner + (1 + rate) * _scale(p) * (1 + z.size) * b.a
    )


def _logs(p: Problem) -> tuple[Array, Array]:
    return -np.log(p.x), -np.log1p(-p.x)


def bce_probs(p: Problem, b: Budget, level: str) -> Array:
    """should: (eps + 4u)ℓ + a(1 + |log p|). must adds u(1 − y): the rounding of 1 − p.

    p is an exact input. Two logarithms, two products and a sum; 1 − y is one rounding.
    """
    y = p.labels
    up, down = _logs(p)
    loss = xlogy_free(y, up) + xlogy_free(1 - y, down)
    sizes = np.where(np.isfinite(up), up, 0) + np.where(np.isfinite(down), down, 0)
    bound = (b.eps + 4 * b.u) * loss + (1 + sizes) * b.a
    return bound if level == "should" else bound + b.u * (1 - y)


def bce_probs_vjp(p: Problem, b: Budget, level: str) -> Array:
    """g ((1 − y)/(1 − p) − y/p): 6u of the sum of both magnitudes, + a of each factor."""
    y, rate = p.labels, np.abs(p.rate)
    up, down = xlogy_free(y, 1 / p.x), xlogy_free(1 - y, 1 / (1 - p.x))
    reach = np.where(p.x > 0, 1 / p.x, 0) + np.where(p.x < 1, 1 / (1 - p.x), 0)
    return rate * (6 * b.u * (up + down) + b.a * reach) + (1 + rate) * b.a


def bce_probs_labels(p: Problem, b: Budget, level: str) -> Array:
    """g (log(1 − p) − log p): (eps + 3u) of both magnitudes, + 2u for the rounding of 1 − p."""
    up, down = _logs(p)
    rate = np.abs(p.rate)
    return rate * ((b.eps + 3 * b.u) * (up + down) + 2 * b.u) + (1 + rate) * b.a
