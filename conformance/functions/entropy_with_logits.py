"""H = −Σ p log p of p = softmax(x), with 0·log 0 = 0: how undecided a policy is.

Notation: m = max x, d = x − m, t = e^d, S = Σt = 1 + T, p = t/S. H = log S + Σ p|d|, both ≥ 0.
"""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.functions import plain, softmax
from conformance.model import Domain, Function, Quantity
from conformance.numerics import domain
from conformance.numerics.bounds.budget import Budget
from conformance.numerics.bounds.rows import hessian, log_p, relative, steps, top
from conformance.numerics.exact.balls import ZERO, Ball, times
from conformance.numerics.exact.rows import Row, by_rows
from conformance.numerics.memo import kept
from conformance.numerics.problem import Problem
from conformance.numerics.reference import centred


def _distances(row: Row) -> list[Ball]:
    """d, and 0 at masked classes, where p is 0."""
    return [d if d.is_finite() else ZERO for d in row.d]


def _exact(row: Row) -> list[Ball]:
    return [row.log_S - row.mean(_distances(row))]


def _exact_vjp(row: Row, g: list[Ball]) -> list[Ball]:
    return [-g[0] * times(p, c) for p, c in zip(row.p, row.centred(_distances(row)), strict=True)]


def _exact_hvp(row: Row, g: list[Ball], v: list[Ball]) -> list[Ball]:
    along, away = row.centred(v), row.centred(_distances(row))
    product = [a * d for a, d in zip(along, away, strict=True)]
    bent = row.centred(product)
    return [-g[0] * p * (c + a) for p, c, a in zip(row.p, bent, along, strict=True)]


def _wide(p: Problem) -> Array:
    return np.asarray(p.rows.log_S + p.rows.mean_gap)[:, 0]


def _wide_vjp(p: Problem) -> Array:
    r = p.rows
    return p.cotangent[:, None] * r.p * (r.gap - r.mean_gap)


def _wide_hvp(p: Problem) -> Array:
    r = p.rows
    along, away = centred(r.p, p.direction), r.mean_gap - r.gap
    return -p.cotangent[:, None] * r.p * (centred(r.p, along * away) + along)


@kept
def _size(p: Problem) -> Array:
    """|log p|, and 0 where p is 0."""
    return np.where(p.rows.p > 0, np.abs(p.rows.log_p), 0)


@kept
def _log_error(p: Problem, b: Budget, level: str) -> Array:
    """λ_i, the error of log p_i: B_i of log_softmax, or e_i + eps|log p_i| of log(p̂_i)."""
    found = np.where(p.rows.p > 0, log_p(p, b, level), 0)
    if level == "should" or not b.stable:
        return found
    return np.maximum(found, relative(p, b) * (p.rows.p > 0) + b.eps * _size(p))


def bound(p: Problem, b: Budget, level: str) -> Array:
    """Σ p_i[|log p_i|(e_i + 2u) + λ_i] + (θ(p|log p|) + u)H + Σ min(3p_i, a)(1 + |log p_i|) + a.

    In −Σ p log p each p_i errs by e_i relatively and its logarithm by λ_i absolutely: the bound of
    log_softmax or, in must unless strict, e_i + eps|log p_i| for log(p̂_i). All terms have one sign,
    so nothing cancels. The form log S + Σ p|d| costs no more: log S errs as every log p_i does,
    |d_i| ≤ |log p_i|, and θ of smaller terms is smaller. Below ω, t_i and p_i round to 0 or at most
    to twice their size, so p_i errs by at most a, and by at most 3p_i.
    """
    r, size = p.rows, _size(p)
    terms = r.p * size
    each = terms * (relative(p, b) + 2 * b.u) + r.p * _log_error(p, b, level)
    lost = (np.minimum(3 * r.p, b.a) * (1 + size)).sum(axis=-1)
    spread = (b.theta(terms)[:, 0] + b.u) * terms.sum(axis=-1)
    return np.asarray(each.sum(axis=-1) + spread + lost + b.a)


@kept
def _slopes(p: Problem) -> Array:
    """max(|log p|, |1 + log p|), the larger of the two cotangents in use; 0 where p is 0."""
    return np.where(p.rows.p > 0, np.maximum(_size(p), np.abs(1 - _size(p))), 0)


def bound_vjp(p: Problem, b: Budget, level: str) -> Array:
    """−g p_i(log p_i + H): softmax's Jacobian with a cotangent c, log p, 1 + log p or d, times −g.

    |g|p_i times the largest of three, l = log p, B the bound of log_softmax:
    through p and log p apart: e_i(|l_i + H| + 2) + Σp(|l| + 1)e + B_i + Σp B;
    log of p itself: e_i(|l_i + H| + 1) + Σp(|1 + l| + 1)e + eps(|l_i| + H);
    e^l l: e_i(|1 + l_i| + |1 − H|) + Σp|1 + l|e + B_i + Σp B, the two p_i being rounded apart.
    The second path of the first, −p_i + p_iΣp, is 0 and errs by 2e_i + Σp e. −p(l + H) and p(d̄ − d)
    are less than the first. For sums, those of a product with the Jacobian matrix too, the error
    of adding |c_i| and all p_j|c_j|, |c| = max(|l|, |1 + l|), and θ(p); (6u)(|c_i| + Σp|c|) + 4u
    for products. strict admits only p_i(d̄ − d_i), as the gradient of softmax along d, with B.
    """
    r, g, B = p.rows, np.abs(p.cotangent)[:, None], np.where(p.rows.p > 0, log_p(p, b, "must"), 0)
    c = _slopes(p) if b.stable else _size(p)
    if not b.stable:
        inner = softmax.product(p, b, c) + r.p * (B + r.mean(B) + 4 * b.u * (c + r.mean(c)))
        return g * inner + (1 + g) * b.a
    sums = b.theta_beside(c, r.p * c, np.ones_like(g)) + b.theta(r.p)
    each = _paths(p, b, B) + sums + 6 * b.u * (c + r.mean(c)) + 4 * b.u
    bound = g * (r.p * each + softmax.below(p, b, c)) + (1 + g) * b.a
    return bound + top(p, b, bound)


def _paths(p: Problem, b: Budget, B: Array) -> Array:
    """The largest error of p, log p and their means in a form of the gradient."""
    r, size, e = p.rows, _size(p), relative(p, b)
    H, past, logs = r.mean(size), np.where(r.p > 0, np.abs(1 - size), 0), B + r.mean(B)
    straight = np.abs(H - size)
    apart = e * (straight + 2) + r.mean(e * (size + 1)) + logs
    of_p = e * (straight + 1) + r.mean(e * (past + 1)) + b.eps * (size + H)
    of_logs = e * (past + np.abs(1 - H)) + r.mean(e * past) + logs
    return np.maximum(np.maximum(apart, of_p), of_logs)


def bound_hvp(p: Problem, b: Budget, level: str) -> Array:
    """−g p_i[(v_i − v̄)(d_i − d̄) − cov(v, d) + v_i − v̄]: second derivative of softmax, + a Hessian.

    |g| times the largest of three, l = log p, c = max(|l|, |1 + l|), N the bound of the Hessian
    product p_i(v_i − v̄), Λ = p_i[(|v_i| + va)λ_i + w_i Σp λ + Σp w λ + 2wa Σp λ] for the error λ
    of l, w_i and the bound M of softmax's second derivative as there:
    backward twice through p and log p: M along c + 3N + Λ of B, the bound of log_softmax;
    log of p itself: M along c + N + Λ of e + eps|l|;
    e^l l, with two p_i that are rounded apart: M along |1 + l| + 2N + Λ of B.
    In the first two M has e_i[(|v_i| + va)|l_i + H| + Σp|v (l + H)|] for its first term, θ of each
    mean with that mean, and |l_i + H| + Σp c for |g_i| + 2ga: c_i and its mean have one p_i.
    """
    r, g, v, w = p.rows, np.abs(p.cotangent)[:, None], np.abs(p.direction), steps(p, b)

    def moved(error: Array) -> Array:
        mean = r.mean(error)
        away = r.mean(w * error) + 2 * r.mean(w) * mean
        return np.asarray(r.p * ((v + r.mean(v)) * error + w * mean + away))

    size = _size(p)
    near, once = np.abs(r.mean(size) - size) * (r.p > 0), hessian(p, b, np.ones_like(g))
    bent = softmax.bent(p, b, _slopes(p), near)
    logs = moved(np.where(r.p > 0, log_p(p, b, "must"), 0))
    if not b.stable:
        return g * (bent + once + logs) + (1 + g) * b.a
    past = softmax.bent(p, b, np.abs(1 - size) * (r.p > 0))
    of_p = bent + once + moved((relative(p, b) + b.eps * size) * (r.p > 0))
    inner = np.maximum(np.maximum(bent + 3 * once, past + 2 * once) + logs, of_p)
    return g * inner + (1 + g) * b.a


def _without_mass(p: Problem) -> Array:
    """Rows with a class whose log p is −inf or beyond −Ω: p·log p as written is NaN there."""
    return np.asarray((~(p.rows.log_p >= -p.fmt.largest)).any(axis=-1) & p.rows.settled)


def _smooth(p: Problem, settled: Array, second: bool) -> Array:
    """Rows without masked classes, whose gradient has a law of its own.

    Those whose products g log p, or of a second derivative (v − v̄)(d − d̄), stay far from Ω.
    """
    smooth = domain.smooth_rows(p, settled, second) & ~_without_mass(p)
    by = np.maximum(np.abs(p.cotangent), 1)
    if second:
        by = by * np.maximum(np.abs(p.direction).max(axis=-1, initial=1), 1)
    return np.asarray(smooth & (p.rows.gap.max(axis=-1, initial=0) * by <= p.fmt.largest / 8))


FUNCTION = Function(
    name="entropy_with_logits",
    arguments=("logits",),
    options=("axis",),
    kind="reduce",
    short="entropy",
    rowwise=True,
    quantities={
        "value": Quantity(
            "H = −Σᵢ pᵢ log pᵢ, p = softmax(x)",
            by_rows(_exact, reduces=True),
            _wide,
            bound,
            relative=True,
        ),
        "vjp": Quantity("∂H/∂x = −p(log p + H)", by_rows(_exact_vjp, 1), _wide_vjp, bound_vjp),
        "hvp": Quantity(
            "H″v·g = −g p((v − v̄)(d − d̄) − cov(v, d) + v − v̄)",
            by_rows(_exact_hvp, 2),
            _wide_hvp,
            bound_hvp,
        ),
    },
    domain=Domain(settled=domain.settled_rows, smooth=_smooth, without_mass=_without_mass),
    range=(0.0, np.inf),
    shift="keeps",
    lean=True,
    plainly=lambda x, axis: plain.entropy(x, axis),
)
