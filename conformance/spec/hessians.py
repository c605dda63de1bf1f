"""Second derivatives: Hessian-vector products against closed forms, symmetry, curvature."""

from __future__ import annotations

from functools import partial

import numpy as np

from conformance.backends import Unsupported, orders
from conformance.floats import Array
from conformance.functions import FUNCTIONS, derivation
from conformance.kernels.failures import CallFailed
from conformance.model import Example
from conformance.spec.batches import rows_of
from conformance.spec.claims import Claims, at_least, equal
from conformance.spec.comparing import unchanged
from conformance.spec.context import Examination
from conformance.spec.declare import CLASSES, LOGITS, TWICE, law, with_classes
from conformance.spec.which import each, having, mild, recurring, up_to, without

#: A kernel that fuses a product with the loss has one order of derivatives, if any.
_FUSED = tuple(name for name in TWICE if FUNCTIONS[name].matrix)
_APART = tuple(name for name in TWICE if name not in _FUSED)
_ROWS = tuple(name for name in CLASSES if name in _APART)
#: More classes than the blocks that kernels go through, and logits that lie far above theirs.
_FURTHER, _NEAR = 4096, 50.0
#: Losses that are convex; a focal loss is not.
_CONVEX = tuple(name for name in LOGITS if name in TWICE and not FUNCTIONS[name].hard)


def _moderate(f: Examination, e: Example) -> Array:
    """|x| ≤ Ω/4: the differences of logits that a double backward forms are finite."""
    fine = f.problem(e).up_to(f.fmt.largest / 4)
    return np.asarray(fine.all(axis=-1, keepdims=True) if fine.ndim == 2 else fine)


def _form(function: str) -> str:
    return FUNCTIONS[function].quantities["hvp"].says


def _derived(function: str) -> str:
    return derivation(function, "hvp")


hessian_law = partial(law, needs="derived, direction", when=mild)
accuracy_law = partial(
    hessian_law, "hessian-accuracy", says=_form, why=_derived, costs=1, masked=True,
    prefers=having("softcap"),  # whose slope bends, too
)  # fmt: skip


@accuracy_law(*_FUSED, reshapes=True)
@accuracy_law(*_APART)
def hessian_accuracy(f: Examination, e: Example) -> Claims:
    """the derivative of the gradient is that of the formula

    Within the bound of the closed form. [the chain rule]
    Reveals NaN or inf: 0·inf in double backward; nearly right: finite differences, half-precision
    sums; far off: double backward through a detached or non-differentiable step, a
    once-differentiable custom gradient, the gradient returned again.
    """
    if e.function.matrix and not f.computed(e, "hvp").any():
        raise Unsupported("no second derivative: 0 throughout, the gradient is a constant")
    yield f.claim(e, "hvp", where=_moderate(f, e))


@hessian_law("hessian-of-large-batches", *_APART, formats=("float32",), why=_derived, says=_form,
             needs="derived, direction, many", vast=True, when=(mild, recurring))  # fmt: skip
def hessian_of_large_batches(f: Examination, e: Example) -> Claims:
    """the same for 300,000 rows or elements

    Within the bound of the closed form. [the chain rule]
    Reveals what is computed anew in a backward pass of large arrays, without a graph.
    """
    yield f.claim(e, "hvp", where=_moderate(f, e))


_PLAIN = (mild, each, up_to(16), without("weight", "label_smoothing", "where"))


@hessian_law("hessian-of-long-rows", *_ROWS, formats=("float32",), why=_derived, says=_form,
             needs="derived, direction, many", costs=1, large=True, when=_PLAIN)  # fmt: skip
def hessian_of_long_rows(f: Examination, e: Example) -> Claims:
    """the same beside 4,096 further classes, whose shares are 0

    Within 2B: sums have further terms, which are 0. [the chain rule]
    Reveals a backward pass of its own for long rows, which takes p or the normaliser as constant.
    """
    near = np.abs(e.x.astype(np.float64)).max(axis=-1) <= _NEAR
    for row in np.flatnonzero(near)[:1]:
        rows = slice(row, row + 1)
        many = with_classes(rows_of(e, rows), _FURTHER, -4 * _NEAR)
        got = f.computed(many, "hvp")[..., : e.x.shape[-1]]
        yield unchanged(f, e, got, "hvp", rows=rows, at=many)


order_law = partial(hessian_law, needs="derived, direction, orders", why=_derived)


@order_law("hessian-in-any-order", *_APART, costs=18, reshapes=True)
def hessian_in_any_order(f: Examination, e: Example) -> Claims:
    """forward over reverse = reverse over forward = reverse over reverse = D(Jᵀg)·v

    Within the bound of the closed form.
    [Schwarz's theorem; jax.hessian and torch.func.hessian are forward over reverse]
    Reveals a tangent rule, or a backward pass of a backward pass, that only one order of
    derivatives goes through: detached, or wrong there alone.
    """
    exact, bound = f.exact(e, "hvp"), f.bound(e, "hvp")
    where = f.forced(e, "hvp") & _moderate(f, e)
    for order, got in _in_orders(f, e).items():
        yield equal(got, exact, bound, where=where, what=order)


def _in_orders(f: Examination, e: Example) -> dict[str, Array]:
    """The second derivative in the orders that are not the library's usual one.

    Unsupported if there is none: composed transforms refuse what the usual order takes.
    """
    found: dict[str, Array] = {}
    why = ""
    for order in orders(f.kernel.backend):
        if found and f.kernel.compiles:  # each order is a program
            break
        try:
            found[order] = f.hvp_by(e, order)
        except (Unsupported, CallFailed) as error:
            if isinstance(error, CallFailed) and error.kind != "raised":
                raise
            why = str(error)
    if not found:
        raise Unsupported(f"no second derivative in another order: {why}")
    return found


@hessian_law("hessian-is-symmetric", "logsumexp", *_CONVEX, costs=2)
def hessian_is_symmetric(f: Examination, e: Example) -> Claims:
    """uᵀH v = vᵀH u

    Within Σ|u|B(v) + Σ|v|B(u). Schwarz: second derivatives commute. [Schwarz's theorem]
    Reveals one factor of a product rule missing.
    """
    other = e.but(direction=np.ascontiguousarray(e.args["direction"][..., ::-1]))
    one, bound, where = _product(f, e, f.problem(other).along)
    two, theirs, _ = _product(f, other, f.problem(e).along)
    yield equal(one, two, bound + theirs, where=where)


def _product(f: Examination, e: Example, u: Array) -> tuple[Array, Array, Array]:
    """uᵀH v of each row, or of all elements, its bound, and where it is defined."""
    axis = -1 if e.function.rowwise else None
    product, bound = u * f.computed(e, "hvp"), np.abs(u) * f.bound(e, "hvp")
    where = np.broadcast_to(f.where(e, "hvp") & _moderate(f, e), e.x.shape)
    return product.sum(axis), bound.sum(axis), np.asarray(where.all(axis))


@hessian_law("hessian-is-convex", "logsumexp", *_CONVEX, costs=1, uncapped=True)
def hessian_is_convex(f: Examination, e: Example) -> Claims:
    """vᵀH v ≥ 0 for g ≥ 0

    Within Σ|v|B. diag p − ppᵀ is positive semidefinite; so is σ(x)σ(−x).
    [Boyd & Vandenberghe, Convex Optimization, 3.1.5]
    Reveals a sign, a missing diagonal.
    """
    curvature, bound, where = _curvature(f, e)
    yield at_least(curvature, 0, bound, where=where & _positive(f, e))


def _curvature(f: Examination, e: Example) -> tuple[Array, Array, Array]:
    """vᵀH v of each row or element, its bound, and where it is defined."""
    if e.function.rowwise:
        return _product(f, e, f.problem(e).along)
    v = f.problem(e).along
    where = np.broadcast_to(f.where(e, "hvp") & _moderate(f, e), e.x.shape)
    return v * f.computed(e, "hvp"), np.abs(v) * f.bound(e, "hvp"), where


def _positive(f: Examination, e: Example) -> Array:
    """Where the factor of the curvature is not negative."""
    p = f.problem(e)
    rate = p.rate if e.function.labelled else p.cotangent
    return np.nan_to_num(np.asarray(rate, np.float64), nan=-1.0) >= 0


@hessian_law("hessian-rows-sum-to-zero", *CLASSES, costs=1, uncapped=True)
def hessian_rows_sum_to_zero(f: Examination, e: Example) -> Claims:
    """the derivative of the gradient along the constant direction is 0

    Within B. Shifts change nothing, to second order as to first.
    [the definition: a shift changes nothing, so H 1 = 0]
    Reveals a missing projection in double backward.
    """
    flat = e.but(direction=np.ones_like(e.args["direction"]))
    where = f.where(flat, "hvp") & _moderate(f, e)
    yield equal(f.computed(flat, "hvp"), 0, f.bound(flat, "hvp"), where=where, at=flat)
