"""Bounds of softmax, log_softmax, logsumexp and the multi-class cross-entropies.

Each docstring is the derivation that `conformance spec` shows. Notation: m = max x, d = x − m,
t = e^d, S = Σt = 1 + T, p = t/S. u, eps, c_d, θ, a: `budget.SOURCES`.
"""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.numerics.bounds.blocks import over_blocks
from conformance.numerics.bounds.budget import Budget, second_order
from conformance.numerics.bounds.logits import made
from conformance.numerics.bounds.projections import product_error
from conformance.numerics.intermediates import xlogy_free
from conformance.numerics.memo import kept
from conformance.numerics.problem import Problem


@kept
def argument(p: Problem, b: Budget) -> Array:
    """The error of d_i: c_d u|d_i|, and that of the logits where they are made of others."""
    error = b.c_d * b.u * p.rows.gap
    if p.projection is not None:
        error = error + product_error(p, b)
    return error if p.logits is None else error + made(p.logits, p.rows, b)


@kept
def _mean_argument(p: Problem, b: Budget) -> Array:
    """Σ p_i times the error of d_i, shape (R, 1)."""
    if p.logits is None and p.projection is None:
        return np.asarray(b.c_d * b.u * p.rows.mean_gap)
    return xlogy_free(p.rows.p, argument(p, b)).sum(axis=-1, keepdims=True)


@kept
def sum_theta(p: Problem, b: Budget) -> Array:
    """θ(t), the relative error of the sum of a softmax."""
    least = b.theta_of_softmax(p.rows.T, p.rows.n)
    return np.maximum(b.theta(p.rows.t), least) if b.whole else least  # T may be lost beside 1


@kept
def sum_error(p: Problem, b: Budget) -> Array:
    """errS = [c_d u Σp|d| + eps T/S + θ(t) + 2 min(T/S, u)]: relative error of S, shape (R, 1).

    e^0 = 1 exactly in every library, so the error of exp carries the weight T/S (Lemma 3); 1 + T
    rounds (Lemma 4).
    """
    r = p.rows
    tail = r.T / r.S
    first = b.eps * tail + sum_theta(p, b) + 2 * np.minimum(tail, b.u)
    return second_order(_mean_argument(p, b) + first) if b.whole else first


@kept
def tail_error(p: Problem, b: Budget) -> Array:
    """errT = c_d u Σp|d| + (eps + θ(tail) + 2u) T/S + Σ min(tail, a): errS for log1p(T).

    Each term of T may underflow: it loses at most itself and at most a.
    """
    r = p.rows
    lost = np.minimum(r.tail, b.a).sum(axis=-1, keepdims=True)
    rounded = (b.eps + b.theta(r.tail) + 2 * b.u) * r.T / r.S
    return second_order(_mean_argument(p, b) + rounded) + lost


def _direct(p: Problem, b: Budget) -> Array:
    """Relative error of t/S: c_d u|d| + eps[d < 0] + errS + 3u."""
    of_row = sum_error(p, b) + 3 * b.u
    return argument(p, b) + np.where(p.rows.d < 0, of_row + b.eps, of_row)


def _by_log(p: Problem, b: Budget) -> Array:
    """Relative error of e^(log p): u|d| + c_d u(|d| + log S) + eps·log S + errS + eps + 2u."""
    r = p.rows
    of_row = (b.c_d * b.u + b.eps) * r.log_S + sum_error(p, b) + (b.eps + 2 * b.u)
    return b.u * r.gap + argument(p, b) + of_row


@kept
def _either(p: Problem, b: Budget) -> Array:
    """Relative error of p_i by t/S or by e^(log p)."""
    if not b.whole:
        return _by_log(p, b)
    return np.maximum(_direct(p, b), _by_log(p, b))


@kept
def relative(p: Problem, b: Budget) -> Array:
    """e_i, the relative error of p_i by t/S or, unless strict, by e^(log p)."""
    if not b.stable:
        return _direct(p, b)
    return _either(p, b) + anchor(p, b) if b.anchored else _either(p, b)


def anchor(p: Problem, b: Budget) -> Array | float:
    """For relaxed, which admits e^(x − lse), 2u|m|, and 8u for a cheap log S; else 0."""
    if not b.anchored:
        return 0.0
    return np.asarray(2 * b.u * np.abs(p.rows.m) + 8 * b.u)


@kept
def log_p(p: Problem, b: Budget, level: str) -> Array:
    """B = c_d u|d_i| + u|y_i| + eps·log S + a + errS; should: errT, of log1p(T), for errS.

    1 + T rounds to 1 when T < u: the top entry, −log(1 + T), then has an absolute error of u
    (must), and none with log1p(T) (should).
    """
    r = p.rows
    of_sum = tail_error(p, b) if level == "should" else sum_error(p, b)
    return argument(p, b) + b.u * r.size + (b.eps * r.log_S + b.a + anchor(p, b) + of_sum)


def top(p: Problem, b: Budget, per_entry: Array) -> Array | float:
    """Σ_j B_j at a maximum: the derivative by the shift, exactly 0, is a sum of rounded numbers.

    The sum is over the row, or over the block that a running or blockwise maximum has covered.
    """
    if not (b.stable and b.whole):
        return 0.0
    total = per_entry.sum(axis=-1, keepdims=True)
    return np.where(p.rows.d == 0, total, over_blocks(p, per_entry))


def underflow(p: Problem, b: Budget, sizes: Array) -> Array:
    """What n products whose sizes sum to `sizes` may lose below ω (Lemma 6)."""
    return np.minimum(b.least * p.classes, sizes)


def others(p: Problem) -> Array:
    """1 − p."""
    r = p.rows
    return np.where(r.top, r.T / r.S, np.maximum(1 - r.p, 0))


@kept
def through_log(p: Problem, b: Budget) -> Array:
    """Relative error of e^(computed log p): the backward pass of log_softmax, at any grade."""
    if not b.anchored:
        return _either(p, b)
    return np.maximum(_by_log(p, b) + anchor(p, b), _direct(p, b))


def spread_sizes(p: Problem, v: Array) -> Array:
    """p_i(|v_i| + va): the magnitudes of the terms of (diag p − ppᵀ)v."""
    soft = p.rows.p
    return np.asarray(soft * (v + (soft * v).sum(axis=-1, keepdims=True)))


@kept
def steps(p: Problem, b: Budget) -> Array:
    """|v_i|, or |v_i − v_k| of a maximum x_k: a derivative through x − max x is along that."""
    v, top = p.direction, p.rows.d == 0
    size = np.abs(v)
    if not b.stable:
        return size
    most = np.where(top, v, -np.inf).max(axis=-1, keepdims=True, initial=-np.inf)
    least = np.where(top, v, np.inf).min(axis=-1, keepdims=True, initial=np.inf)
    found = np.maximum(np.abs(v - least), np.abs(v - most))
    return np.maximum(size, np.where(np.isfinite(found), found, 0))


def hessian(p: Problem, b: Budget, factor: Array, off: Array | float = 0.0) -> Array:
    """|factor|·p_i(v_i − v̄): p_i[(|v_i| + va)(e_i + off) + Σp w e + 8u(w_i + wa) + spread] of it.

    The two p_i of p_i v_i − p_i v̄ may be rounded apart, as e^(log p) and t/S are. w: `steps`; off:
    the relative error of the factor. Unless strict, the product with the matrix diag p − ppᵀ is
    admitted, as for softmax.
    """
    r, size, w = p.rows, np.abs(p.direction), steps(p, b)
    va, total = ((c * size).sum(axis=-1, keepdims=True) for c in (r.p, np.ones_like(r.p)))
    e, weighted = through_log(p, b), r.p * w
    wa = weighted.sum(axis=-1, keepdims=True)
    spread = b.theta(weighted) * wa
    if b.stable:
        spread = np.maximum(spread, b.theta_beside(size, r.p * size, np.ones_like(va)))
    mean = xlogy_free(weighted, e).sum(axis=-1, keepdims=True) + spread + 8 * b.u * (w + wa)
    bound = factor * r.p * ((size + va) * (e + off) + mean)
    bound = bound + b.a * (1 + factor) * (1 + size + va + r.p * total)
    if b.stable:
        matrix = np.minimum(b.least * total, r.p * va) + 2 * underflow(p, b, r.p * va)
        bound = bound + (1 + factor) * matrix
    return bound + top(p, b, bound)
