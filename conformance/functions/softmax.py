"""pᵢ = e^xᵢ / Σⱼ e^xⱼ.

Notation: m = max x, d = x − m, t = e^d, S = Σt = 1 + T, p = t/S.
"""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.functions import plain
from conformance.model import Function, Quantity
from conformance.numerics import domain
from conformance.numerics.bounds.budget import Budget
from conformance.numerics.bounds.rows import relative, steps, through_log, top, underflow
from conformance.numerics.curves import REST, SIGMA, SLOPE
from conformance.numerics.exact.balls import Ball
from conformance.numerics.exact.rows import Row, by_rows
from conformance.numerics.intermediates import xlogy_free
from conformance.numerics.problem import Problem
from conformance.numerics.reference import centred


def _exact(row: Row) -> list[Ball]:
    return row.p


def _exact_vjp(row: Row, g: list[Ball]) -> list[Ball]:
    return [p * c for p, c in zip(row.p, row.centred(g), strict=True)]


def _exact_hvp(row: Row, g: list[Ball], v: list[Ball]) -> list[Ball]:
    product = [a * b for a, b in zip(row.centred(g), row.centred(v), strict=True)]
    return [p * c for p, c in zip(row.p, row.centred(product), strict=True)]


def _wide_vjp(p: Problem) -> Array:
    return p.rows.p * centred(p.rows.p, p.cotangent)


def _wide_hvp(p: Problem) -> Array:
    soft, g, v = p.rows.p, centred(p.rows.p, p.cotangent), centred(p.rows.p, p.direction)
    return soft * (g * v - xlogy_free(soft, g * v).sum(axis=-1, keepdims=True))


def bound(p: Problem, b: Budget, level: str) -> Array:
    """B = p_i e_i + a, e_i = c_d u|d_i| + eps[d_i < 0] + errS + 3u, or the error of e^(log p).

    errS = c_d u Σp|d| + eps T/S + θ(t) + 2 min(T/S, u) is the relative error of S. The form
    e^(d − log S) costs u|d| + c_d u(|d| + log S) + eps·log S + errS + eps + 2u. standard admits
    both forms, strict only the quotient t/S.
    """
    return p.rows.p * relative(p, b) + b.a


def bound_vjp(p: Problem, b: Budget, level: str) -> Array:
    """p_i(g_i − ḡ), ḡ = Σp g: p_i[(|g_i| + ga)(e_i + 4u) + Σp|g|e + θ_i] + a…, ga = Σp|g|.

    θ_i is the error of summing |g_i| and all p_j|g_j|. The bound covers three forms: p_i(g_i − ḡ);
    p_i g_i − p_i ḡ, where the two p_i may round differently; and Σ_j p_i(δ_ij − p_j)g_j, a sum of n
    rounded terms. strict admits only the first:
    p_i[|g_i − ḡ|(e_i + 2u) + 2u(|g_i| + ga) + Σp|g|e + (θ(p|g|) + u)ga] + a…
    An implementation that differentiates through the maximum of the row, or through the maxima of
    its blocks as an online softmax does, adds Σ_j B_j over the row or block at each maximum: the
    derivative by the shift, exactly 0, is computed as a sum of rounded numbers.
    """
    bound = product(p, b, p.cotangent)
    return bound + top(p, b, bound)


def product(p: Problem, b: Budget, g: Array) -> Array:
    """The bound of p_i(g_i − ḡ) for any g, without the gradient through the maximum."""
    size = np.abs(g)
    weighted = p.rows.p * size
    ga = weighted.sum(axis=-1, keepdims=True)
    e = relative(p, b)
    if b.stable:
        inner = _apart(b, e, size, weighted, ga)
    else:
        inner = _centred(p, b, g, size, weighted, ga)
    inner = inner + xlogy_free(weighted, e).sum(axis=-1, keepdims=True)
    return np.asarray(p.rows.p * inner + _below(p, b, size, weighted, ga))


def below(p: Problem, b: Budget, size: Array) -> Array:
    """What the forms of p_i(g_i − ḡ), |g| = size, may lose below ω."""
    weighted = p.rows.p * size
    return _below(p, b, size, weighted, weighted.sum(axis=-1, keepdims=True))


def _below(p: Problem, b: Budget, size: Array, weighted: Array, ga: Array) -> Array:
    """The same with p|g| and its sum."""
    bound = b.a * (1 + ga)
    if not b.whole:
        return bound
    bound = bound + b.a * size
    if not b.stable:
        return bound
    total, mass = size.sum(axis=-1, keepdims=True), p.rows.p * ga
    small = np.minimum(weighted, b.least).sum(axis=-1, keepdims=True)
    bound = bound + p.rows.p * (b.a * total + small)
    return bound + np.minimum(b.least * total, mass) + underflow(p, b, mass)


def _centred(p: Problem, b: Budget, g: Array, size: Array, weighted: Array, ga: Array) -> Array:
    """The error of g_i − ḡ and of its product with p_i, without the errors of p in ḡ."""
    centre = g - xlogy_free(p.rows.p, g).sum(axis=-1, keepdims=True)
    inner = np.abs(centre) * (relative(p, b) + 2 * b.u) + 2 * b.u * (size + ga)
    return np.asarray(inner + (b.theta(weighted) + b.u) * ga)


def _apart(b: Budget, e: Array, size: Array, weighted: Array, ga: Array) -> Array:
    """The same for p_i g_i − p_i ḡ, and for the product with a row of the Jacobian matrix."""
    spread = b.theta_beside(size, weighted, np.ones_like(ga))
    return np.asarray((size + ga) * (e + 4 * b.u) + spread)


def _sizes(p: Problem, v: Array) -> Array:
    """p_i(|g_i| + ga)."""
    g = np.abs(p.cotangent)
    return np.asarray(p.rows.p * (g + (p.rows.p * g).sum(axis=-1, keepdims=True)))


def _bent_sizes(p: Problem, v: Array) -> Array:
    """p_i[(|v_i| + va)(|g_i| + ga) + Σp(|v| + va)(|g| + ga)]."""
    soft, g = p.rows.p, np.abs(p.cotangent)
    ga, va = ((soft * size).sum(axis=-1, keepdims=True) for size in (g, v))
    terms = soft * (v + va) * (g + ga)
    return np.asarray(terms + soft * terms.sum(axis=-1, keepdims=True))


def bound_hvp(p: Problem, b: Budget, level: str) -> Array:
    """p_i[(v_i − v̄)(g_i − ḡ) − cov(v, g)]: the sum of v_i g_i, v_i ḡ, v̄ g_i, Σp v g and 2v̄ḡ.

    p_i e_i W_i, W_i = (|v_i| + va)(|g_i| + ga) + Σp|v g| + va ga, for p_i, of which the terms may
    have two that are rounded apart. w_i δ(ḡ) + |g_i|δ(v̄) + δ(Σp v g) + 2wa δ(ḡ) + 2ga δ(v̄) for
    the means, δ(v̄) = Σp w e. (θ(p|g|) + θ(p w) + θ(p W′) + 10u)(W′_i + Σp W′), W′_i = (w_i +
    wa)(|g_i| + ga), for sums, those of a product with a Jacobian matrix too, and for products.
    w_i is |v_i| or, if larger, |v_i − v_k| of a maximum x_k: derivatives through x − max x.
    """
    return bent(p, b, np.abs(p.cotangent))


def bent(p: Problem, b: Budget, g: Array, near: Array | None = None) -> Array:
    """The bound of the second derivative along any g ≥ 0.

    `near`: |g_i − ḡ|, where no right form has g_i and ḡ with two p_i rounded apart, or a matrix.
    """
    r, v, w, apart = p.rows, np.abs(p.direction), steps(p, b), near is None
    ga, va, wa = ((r.p * t).sum(axis=-1, keepdims=True) for t in (g, v, w))
    near = g + ga if near is None else near
    sizes = (w + wa) * (g + ga)
    weighted, product = r.p * sizes, r.p * (w * g + wa * ga)
    e, total = np.maximum(relative(p, b), through_log(p, b)), weighted.sum(axis=-1, keepdims=True)
    of_g, of_v, of_both = (
        xlogy_free(r.p * t, e).sum(axis=-1, keepdims=True) for t in (g, w, w * g)
    )
    thetas = tuple(b.theta(t) for t in (r.p * g, r.p * w, weighted if apart else product))
    inner = e * ((v + va) * near + (r.p * v * near).sum(axis=-1, keepdims=True))
    if apart:
        inner = inner + sum(thetas) * (sizes + total)
    else:
        of_g, of_v = of_g + thetas[0] * ga, of_v + thetas[1] * wa
        of_both = of_both + thetas[2] * product.sum(axis=-1, keepdims=True)
    inner = inner + (w + 2 * wa) * of_g + (near + ga) * of_v + of_both
    bound = r.p * (inner + 10 * b.u * (sizes + total))
    reach = (1 + g) * (1 + v) + sizes + r.p * (g.sum(-1, keepdims=True) + v.sum(-1, keepdims=True))
    bound = bound + b.a * reach * (1 + ga) * (1 + va)
    if b.stable:  # the derivative of the Jacobian matrix, entry by entry, below ω
        G, n = g.sum(-1, keepdims=True), p.x.shape[-1]
        lost = (v.sum(-1, keepdims=True) + n) * (g + ga + r.p * G) + 2 * G + n
        bound = bound + np.minimum(b.least * lost, weighted + r.p * total)
    return bound + top(p, b, bound)


FUNCTION = Function(
    name="softmax",
    arguments=("x",),
    options=("axis", "where", "temperature", "softcap"),
    kind="rows",
    rowwise=True,
    quantities={
        "value": Quantity("pᵢ = e^xᵢ / Σⱼ e^xⱼ", by_rows(_exact), lambda p: p.rows.p, bound),
        "vjp": Quantity(
            "Jᵀg = p(g − p·g)", by_rows(_exact_vjp, 1), _wide_vjp, bound_vjp, sizes=_sizes
        ),
        "hvp": Quantity(
            "D(Jᵀg)·v = p((v − v̄)(g − ḡ) − cov(v, g))",
            by_rows(_exact_hvp, 2, gradient=_exact_vjp),
            _wide_hvp,
            bound_hvp,
            sizes=_bent_sizes,
        ),
    },
    domain=domain.ROWS,
    range=(0.0, 1.0),
    slope=("max|p(x) − p(y)| ≤ ½ max|x − y|", 0.5),
    shift="keeps",
    curves={"value": ((SIGMA, REST),), "vjp": ((SLOPE, -SLOPE),)},
    operators={"softmax": "softmax(x, axis)", "_softmax": "softmax(x, axis, False)"},
    plainly=lambda x, axis: np.exp(x - plain.logsumexp(x, axis)),
)
