"""Second derivatives: Hessian-vector products against closed forms, symmetry, curvature."""

from __future__ import annotations

import numpy as np

from conformance.backends import Unsupported, orders
from conformance.floats import Array
from conformance.functions import FUNCTIONS, derivation
from conformance.kernels.failures import CallFailed
from conformance.model import Example
from conformance.spec.claims import Claims, at_most, equal
from conformance.spec.context import Examination
from conformance.spec.declare import CLASSES, LOGITS, TWICE, law


def _mild(e: Example) -> bool:
    g, v = e.args["cotangent"], e.args["direction"]
    return bool(np.isfinite(g.astype(np.float64)).all() and np.isfinite(v.astype(np.float64)).all())


def _moderate(f: Examination, e: Example) -> Array:
    """|x| ≤ Ω/4: the differences of logits that a double backward forms are finite."""
    fine = np.abs(f.problem(e).x) <= f.fmt.largest / 4
    return np.asarray(fine.all(axis=-1, keepdims=True) if fine.ndim == 2 else fine)


@law(
    "hessian-accuracy",
    *TWICE,
    says=lambda name: FUNCTIONS[name].quantities["hvp"].says,
    why=lambda n: derivation(n, "hvp"),
    needs="derived, direction",
    costs=1,
    when=_mild,
    masked=True,
)
def hessian_accuracy(f: Examination, e: Example) -> Claims:
    """The derivative of the gradient within its bound

    Within the bound of the closed form. [the chain rule]
    Reveals double backward through a detached or non-differentiable step, a once-differentiable
    custom gradient, the gradient returned again.
    """
    yield f.claim(e, "hvp", where=_moderate(f, e))


@law(
    "hessian-in-any-order",
    *TWICE,
    why=lambda n: derivation(n, "hvp"),
    needs="derived, direction, orders",
    costs=2,
    reshapes=True,
    when=_mild,
)
def hessian_in_any_order(f: Examination, e: Example) -> Claims:
    """forward over reverse = reverse over forward = reverse over reverse = D(Jᵀg)·v

    Within the bound of the closed form. [Schwarz's theorem; jax.hessian and torch.func.hessian are
    forward over reverse]
    Reveals a tangent rule, or a backward pass of a backward pass, that only one order of
    derivatives goes through: detached, or wrong there alone.
    """
    found, why = {}, ""
    for order in orders(f.kernel.backend):
        try:
            found[order] = f.hvp_by(e, order)
        except Unsupported as error:
            why = str(error)
        except CallFailed as error:  # composed transforms refuse what the usual order takes
            if error.kind != "raised":
                raise
            why = str(error)
    if not found:
        raise Unsupported(f"no second derivative in another order: {why}")
    where = f.forced(e, "hvp") & _moderate(f, e)
    for order, got in found.items():
        exact, bound = f.exact(e, "hvp"), f.bound(e, "hvp")
        yield equal(got, exact, bound, where=where, what=order)


@law("hessian-is-symmetric", "logsumexp", *LOGITS, needs="derived, direction", costs=2, when=_mild)
def hessian_is_symmetric(f: Examination, e: Example) -> Claims:
    """uᵀH v = vᵀH u

    Within Σ|u|B(v) + Σ|v|B(u). Schwarz: second derivatives commute. [Schwarz's theorem]
    Reveals one factor of a product rule missing.
    """
    v = e.args["direction"]
    turned = f.variant(e, "turned", lambda: e.but(direction=np.ascontiguousarray(v[..., ::-1])))
    u, w = f.problem(turned).direction, f.problem(e).direction
    one = u * f.hvp(e)
    two = w * f.hvp(turned)
    bound = np.abs(u) * f.bound(e, "hvp") + np.abs(w) * f.bound(turned, "hvp")
    where = np.broadcast_to(f.where(e, "hvp") & _moderate(f, e), e.x.shape)
    axis = -1 if e.function.rowwise else None
    yield equal(one.sum(axis), two.sum(axis), bound.sum(axis), where=where.all(axis))


@law("hessian-is-convex", "logsumexp", *LOGITS, needs="derived, direction", costs=1, when=_mild)
def hessian_is_convex(f: Examination, e: Example) -> Claims:
    """vᵀH v ≥ 0 for g ≥ 0

    Within Σ|v|B. diag p − ppᵀ is positive semidefinite; so is σ(x)σ(−x). [Boyd & Vandenberghe,
    Convex Optimization, 3.1.5]
    Reveals a sign, a missing diagonal.
    """
    p = f.problem(e)
    product = p.direction * f.hvp(e)
    bound = np.abs(p.direction) * f.bound(e, "hvp")
    where = np.broadcast_to(f.where(e, "hvp") & _moderate(f, e), e.x.shape)
    positive = _rate(p.rate if e.function.labelled else p.cotangent) >= 0
    if e.function.rowwise:
        curvature, limit, made = product.sum(-1), bound.sum(-1), where.all(-1) & positive
    else:
        curvature, limit, made = product, bound, where & positive
    yield at_most(-curvature, 0, limit, where=made)


def _rate(values: Array) -> Array:
    return np.nan_to_num(np.asarray(values, np.float64), nan=-1.0)


@law("hessian-rows-sum-to-zero", *CLASSES, needs="derived, direction", costs=1, when=_mild)
def hessian_rows_sum_to_zero(f: Examination, e: Example) -> Claims:
    """the derivative of the gradient along the constant direction is 0

    Within B. Shifts change nothing, to second order as to first. [the definition: a shift changes
    nothing, so H 1 = 0]
    Reveals a missing projection in double backward.
    """
    ones = np.ones_like(e.args["direction"])
    flat = f.variant(e, "constant direction", lambda: e.but(direction=ones))
    got = f.hvp(flat)
    where = f.where(flat, "hvp") & _moderate(f, e)
    yield equal(got, np.zeros(got.shape), f.bound(flat, "hvp"), where=where, at=flat)
