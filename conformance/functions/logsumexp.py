"""L = log Σⱼ e^xⱼ.

Notation: m = max x, d = x − m, t = e^d, S = Σt = 1 + T, p = t/S.
"""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.functions import plain
from conformance.model import Function, Quantity
from conformance.numerics import domain
from conformance.numerics.bounds.budget import Budget
from conformance.numerics.bounds.rows import (
    anchor,
    hessian,
    sum_error,
    sum_theta,
    tail_error,
    through_log,
    top,
)
from conformance.numerics.curves import LOG_REST, REST, SIGMA
from conformance.numerics.exact.balls import INFINITY, Ball
from conformance.numerics.exact.rows import Row, by_rows
from conformance.numerics.problem import Problem
from conformance.numerics.reference import centred


def _exact(row: Row) -> list[Ball]:
    return [row.m + row.log_S]


def _exact_vjp(row: Row, g: list[Ball]) -> list[Ball]:
    return [g[0] * p for p in row.p]


def _exact_hvp(row: Row, g: list[Ball], v: list[Ball]) -> list[Ball]:
    return row.hessian(v, g[0])


def _wide_vjp(p: Problem) -> Array:
    return p.cotangent[:, None] * p.rows.p


def _wide_hvp(p: Problem) -> Array:
    return p.cotangent[:, None] * p.rows.p * centred(p.rows.p, p.direction)


def bound(p: Problem, b: Budget, level: str) -> Array:
    """B = 2u|L| + eps·log S + a + errS (must) or errT (should), L = m + log S.

    Near L = 0 with m ≠ 0 only an absolute accuracy, u(|m| + log S), can be had. must, unless
    strict, adds θ(t)·max(|m|, |L|): a logaddexp that reduces the row in any order rounds its
    partial results L_k as a sum does, each by at most u|L_k| and by less than its increment.
    """
    r = p.rows
    size = np.where(np.isfinite(r.lse), np.abs(r.lse), 0)
    error = tail_error(p, b) if level == "should" else sum_error(p, b)
    rest = b.eps * r.log_S + error + anchor(p, b)
    bound = 2 * b.u * size + rest[:, 0] + b.a
    if level == "should" or not b.stable:
        return bound
    reach = np.maximum(size, np.abs(np.where(np.isfinite(r.m), r.m, 0))[:, 0])
    return bound + sum_theta(p, b)[:, 0] * reach


def bound_vjp(p: Problem, b: Budget, level: str) -> Array:
    """g p: |g|(p_i(e_i + u) + a) + a.

    The form e^(x − lse) costs u|m| more; only relaxed admits it.
    """
    g = np.abs(p.cotangent)[:, None]
    bound = g * p.rows.p * (through_log(p, b) + 2 * b.u) + b.a * (1 + g)
    return bound + top(p, b, bound)


def bound_hvp(p: Problem, b: Budget, level: str) -> Array:
    """g p_i(v_i − v̄): |g|p_i[(|v_i| + va)e_i + Σp w e + 8u(w_i + wa) + θ] + a…

    θ is the error of summing |v_i| and all p_j|v_j|, or the w. w_i is |v_i| or, if larger,
    |v_i − v_k| of a maximum x_k, for derivatives through x − max x. The p_i of v_i and v̄ may be
    rounded apart, as e^(log p) and t/S are.
    """
    return hessian(p, b, np.abs(p.cotangent)[:, None])


def _limit(x: Array) -> Ball:
    """The value of a row without a finite maximum: +inf if the row has one, else −inf."""
    return INFINITY if len(x) and x.max() > 0 else -INFINITY


FUNCTION = Function(
    name="logsumexp",
    arguments=("x",),
    options=("axis", "where", "keepdims"),
    kind="reduce",
    rowwise=True,
    quantities={
        "value": Quantity(
            "L = log Σⱼ e^xⱼ",
            by_rows(_exact, reduces=True, limit=_limit),
            lambda p: p.rows.lse,
            bound,
            relative=True,
        ),
        "vjp": Quantity("∂L/∂x = p", by_rows(_exact_vjp, 1), _wide_vjp, bound_vjp),
        "hvp": Quantity("H v = g (diag p − ppᵀ)v", by_rows(_exact_hvp, 2), _wide_hvp, bound_hvp),
    },
    domain=domain.ROWS,
    slope=("|L(x) − L(y)| ≤ max|x − y|", 1.0),
    curvature=("L((a + b)/2) ≤ (L(a) + L(b))/2", 1),
    shift="moves",
    curves={"value": ((-LOG_REST,),), "vjp": ((SIGMA, REST),)},
    operators={"logsumexp": "logsumexp(x, [axis])"},
    plainly=lambda x, axis: plain.logsumexp(x, axis).squeeze(axis),
)
