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
from conformance.numerics.bounds.rows import hessian, log_p, relative, top
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


def bound_vjp(p: Problem, b: Budget, level: str) -> Array:
    """−g p_i(log p_i + H): |g| times the bound of softmax's gradient along −log p, and of λ in it.

    The derivative of −Σ p log p by p, taken through softmax, is p_i(c_i − c̄) with c = −log p − 1:
    the bound of softmax's gradient with |c_i| ≤ 1 + |log p_i|, and p_i(λ_i + Σ p λ) for the errors
    of c. The path through log p gives −p_i + p_iΣp, which is 0 and errs by
    p_i(e_i + Σ p e + θ(p) + 4u). Their sum and its product with g cost 4u of the magnitudes
    p_i(|c_i| + Σ p|c|). strict admits only p_i(d̄ − d_i), without the 1 and the second path.
    """
    r, g, error = p.rows, np.abs(p.cotangent)[:, None], _log_error(p, b, "must")
    c = _size(p) + (r.p > 0 if b.stable else 0)
    inner = softmax.product(p, b, c) + r.p * (error + r.mean(error))
    if b.stable:
        e = relative(p, b)
        inner = inner + r.p * (e + r.mean(e) + b.theta(r.p) + 4 * b.u)
    bound = g * (inner + 4 * b.u * r.p * (c + r.mean(c))) + (1 + g) * b.a
    return bound + top(p, b, bound)


def bound_hvp(p: Problem, b: Budget, level: str) -> Array:
    """−g p_i[(v_i − v̄)(d_i − d̄) − cov(v, d) + v_i − v̄]: second derivative of softmax, + a Hessian.

    |g| times the sum of three: the bound of softmax's second derivative with |c_i| = 1 + |log p_i|
    in place of g; the bound of the Hessian product p_i(v_i − v̄); and
    2p_i[(|v_i| + va)λ_i + Σ p(|v| + va)λ] for λ_i, the error of log p_i: B_i of log_softmax, or
    e_i + eps|log p_i|.
    """
    r, g, v = p.rows, np.abs(p.cotangent)[:, None], np.abs(p.direction)
    reach, error = v + r.mean(v), _log_error(p, b, "must")
    inner = softmax.bent(p, b, _size(p) + (r.p > 0)) + hessian(p, b, np.ones_like(g))
    bound = g * (inner + 2 * r.p * (reach * error + r.mean(reach * error)))
    return bound + (1 + g) * b.a


def _without_mass(p: Problem) -> Array:
    """Rows with a class whose log p is −inf or beyond −Ω: p·log p as written is NaN there."""
    return np.asarray((~(p.rows.log_p >= -p.fmt.largest)).any(axis=-1) & p.rows.settled)


def _smooth(p: Problem, settled: Array, second: bool) -> Array:
    """Rows without masked classes, whose gradient has a law of its own.

    Of a second derivative those whose products (v − v̄)(d − d̄) stay far from Ω.
    """
    smooth = domain.smooth_rows(p, settled, second) & ~_without_mass(p)
    if second:
        v = np.maximum(np.abs(p.direction).max(axis=-1, initial=1), 1)
        smooth = smooth & (p.rows.gap.max(axis=-1, initial=0) * v <= p.fmt.largest / 8)
    return smooth


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
