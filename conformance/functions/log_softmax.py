"""log pᵢ = xᵢ − log Σⱼ e^xⱼ.

Notation: m = max x, d = x − m, t = e^d, S = Σt = 1 + T, p = t/S.
"""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.functions import plain
from conformance.model import Domain, Function, Quantity
from conformance.numerics import domain
from conformance.numerics.bounds.budget import Budget
from conformance.numerics.bounds.rows import (
    hessian,
    log_p,
    others,
    spread_sizes,
    through_log,
    top,
    underflow,
)
from conformance.numerics.curves import LOG, LOG_REST, REST
from conformance.numerics.exact.balls import Ball, total
from conformance.numerics.exact.rows import Row, by_rows
from conformance.numerics.problem import Problem
from conformance.numerics.reference import centred


def _exact(row: Row) -> list[Ball]:
    return row.log_p


def _exact_vjp(row: Row, g: list[Ball]) -> list[Ball]:
    whole = total(g)
    return [a - p * whole for a, p in zip(g, row.p, strict=True)]


def _exact_hvp(row: Row, g: list[Ball], v: list[Ball]) -> list[Ball]:
    return row.hessian(v, -total(g))


def _wide_vjp(p: Problem) -> Array:
    return p.cotangent - p.rows.p * p.cotangent.sum(axis=-1, keepdims=True)


def _wide_hvp(p: Problem) -> Array:
    total = p.cotangent.sum(axis=-1, keepdims=True)
    return -total * p.rows.p * centred(p.rows.p, p.direction)


def bound_vjp(p: Problem, b: Budget, level: str) -> Array:
    """g_i − p_i G, G = Σg: u(|g_i| + |y_i|) + p_i|G|(e_i + 4u) + θ_i + u(|g_i| + p_iΣ|g|) + a(1 + Σ|g|).

    θ_i is the error of summing (1 − p_i)|g_i| and all p_i|g_j|, as the product with the Jacobian
    matrix, Σ_j (δ_ij − p_i)g_j, does. strict admits only g_i − p_i G, with p_iΣ|g|(θ(|g|) + u) in
    place of the last two terms.
    """  # noqa: E501
    r, g, size = p.rows, p.cotangent, np.abs(p.cotangent)
    G, total = (t.sum(axis=-1, keepdims=True) for t in (g, size))
    lost, mass = r.p * G, r.p * total
    bound = b.u * (size + np.abs(g - lost) + mass) + np.abs(lost) * (through_log(p, b) + 4 * b.u)
    bound = bound + b.a * (1 + total)
    if b.stable:
        own = others(p) * size if b.whole else size  # only the whole bound has a term for it
        bound = bound + b.u * size + underflow(p, b, mass) + b.theta_beside(own, size, r.p)
    else:
        bound = bound + mass * b.theta(size)
    return bound + top(p, b, bound)


def _sizes(p: Problem, v: Array) -> Array:
    """|g_i| + p_iΣ|g|."""
    g = np.abs(p.cotangent)
    return np.asarray(g + p.rows.p * g.sum(axis=-1, keepdims=True))


def _bent_sizes(p: Problem, v: Array) -> Array:
    """Σ|g|·p_i(|v_i| + va)."""
    return np.abs(p.cotangent).sum(axis=-1, keepdims=True) * spread_sizes(p, v)


def bound_hvp(p: Problem, b: Budget, level: str) -> Array:
    """−G p_i(v_i − v̄), G = Σg: Σ|g|p_i[(|v_i| + va)(e_i + θ(|g|)) + Σp w e + 8u(w_i + wa) + θ] + a…

    θ, w: as for logsumexp.
    """
    size = np.abs(p.cotangent)
    return hessian(p, b, size.sum(axis=-1, keepdims=True), b.theta(size))


def _smooth(p: Problem, settled: Array, second: bool) -> Array:
    """Everywhere but at x = −inf with a cotangent other than 0."""
    spread = domain.smooth_rows(p, settled, second) & ~domain.cotangent_masked(p)
    return np.asarray(spread[:, None] & (np.isfinite(p.x) | (p.cotangent == 0)))


FUNCTION = Function(
    name="log_softmax",
    arguments=("x",),
    options=("axis", "where", "temperature", "softcap"),
    kind="rows",
    rowwise=True,
    quantities={
        "value": Quantity(
            "log pᵢ = xᵢ − log Σⱼ e^xⱼ",
            by_rows(_exact),
            lambda p: p.rows.log_p,
            log_p,
            relative=True,
        ),
        "vjp": Quantity(
            "Jᵀg = g − p Σg", by_rows(_exact_vjp, 1), _wide_vjp, bound_vjp, sizes=_sizes
        ),
        "hvp": Quantity(
            "D(Jᵀg)·v = −Σg·p(v − v̄)",
            by_rows(_exact_hvp, 2, gradient=_exact_vjp),
            _wide_hvp,
            bound_hvp,
            sizes=_bent_sizes,
        ),
    },
    domain=Domain(settled=domain.settled_rows, smooth=_smooth),
    range=(-np.inf, 0.0),
    shift="keeps",
    curves={"value": ((LOG, LOG_REST),), "vjp": ((REST, -REST),)},
    operators={
        "log_softmax": "log_softmax(x, axis)",
        "_log_softmax": "log_softmax(x, axis, False)",
    },
    plainly=lambda x, axis: x - plain.logsumexp(x, axis),
)
