"""Second derivatives by two arguments: what a gradient depends on beside its own argument."""

from __future__ import annotations

from functools import partial

import numpy as np

from conformance.backends import Unsupported
from conformance.floats import Array
from conformance.model import Example
from conformance.numerics.bounds.projections import in_any_order
from conformance.numerics.intermediates import xlogy_free
from conformance.spec.claims import Claims, equal
from conformance.spec.context import Examination
from conformance.spec.declare import law, option, those
from conformance.spec.which import floating, mild

mixed_law = partial(
    law, needs="derived, direction, graphs, orders", costs=18, source="the chain rule",
    reveals="a backward pass that takes the other argument as a constant, though it has a "
    "gradient for it: labels that are learned, a matrix detached",
)  # fmt: skip
#: Not of two probabilities: PyTorch's has one ε in the gradient and another in its derivative.
_BY_LABELS = those(lambda f: "vjp_labels" in f.quantities and (f.rowwise or not f.probabilities))
_PROJECTED = those(lambda f: f.matrix)


@mixed_law("mixed-derivative-by-labels", *_BY_LABELS, when=(floating, mild))
def mixed_derivative_by_labels(f: Examination, e: Example) -> Claims:
    """of m = ∂⟨∂ℓ/∂x, v⟩/∂y, Σ y m = ⟨∂ℓ/∂x, v⟩ less that of labels of 0; of log y, m is it all

    Within 2Σ|v|B + (4u + θ)Σ|v||∂ℓ/∂x| of both gradients. ∂ℓ/∂x is affine in y, and e^t is its own
    derivative; m has the terms of the gradient. Refusing aloud is allowed, and so are labels
    without any gradient.
    """
    m = f.derived(e, "hvp_labels")
    if not m.any() and not f.derived(e, "vjp_labels").any():
        raise Unsupported("the gradient for labels is 0 throughout: they are taken as constants")
    axis, y = -1 if e.function.rowwise else (), f.problem(e).labels
    factor = np.ones_like(y) if option(e, "log_target") else y
    want, bound, made = _along(f, e)
    if not e.function.rowwise:  # a guard against 0·log 0 is constant at labels of 0 and 1
        made = made & (y != 0) & (y != 1)
    if _is_affine(e):
        less, further, _ = _along(f, e.but(labels=np.zeros_like(e.labels)))
        want, bound, made = want - less, bound + further, made & np.isfinite(less)
    got = xlogy_free(factor, m).sum(axis)
    bound = bound + f.budget.a * (1 + np.abs(factor).sum(axis))
    yield equal(got, want, bound, where=made)


def _is_affine(e: Example) -> bool:
    """True if a gradient has terms without the labels."""
    binary = not (e.function.rowwise or e.function.logarithms)
    return binary or bool(option(e, "label_smoothing") or option(e, "z_loss"))


def _along(f: Examination, e: Example) -> tuple[Array, Array, Array]:
    """⟨∂ℓ/∂x, v⟩ of each row or element as computed, its bound, and where it is forced."""
    axis, p, gradient = -1 if e.function.rowwise else (), f.problem(e), f.vjp(e)
    v = p.widened(p.e.args["direction"])
    theta = in_any_order(p.x.shape[-1], f.budget) if e.function.rowwise else 0.0
    size = np.abs(v) * (2 * f.bound(e, "vjp") + (4 * f.budget.u + theta) * np.abs(gradient))
    made = f.where(e, "vjp") & np.isfinite(gradient) & (np.abs(p.x) <= f.fmt.largest / 4)
    if e.function.probabilities:  # the derivative of q/p by q is 1/p, however small q is
        rate = np.maximum(np.abs(p.rate), 1)[:, None]
        made = made & (p.x >= f.fmt.omega) & (rate * np.abs(v) <= p.x * (f.fmt.largest / 4))
    return (v * gradient).sum(axis), size.sum(axis), np.asarray(made.all(axis))


@mixed_law("mixed-derivative-by-the-second", "logaddexp", when=mild)
def mixed_derivative_by_the_second(f: Examination, e: Example) -> Claims:
    """∂/∂y ∂L/∂x·g v = −∂²L/∂x²·g v

    Within 2B of the second derivative. ∂L/∂x = σ(x − y) depends on the difference alone.
    """
    want = -f.computed(e, "hvp")
    where = f.where(e, "hvp") & np.isfinite(want) & f.problem(e).up_to(f.fmt.largest / 4)
    yield equal(f.derived(e, "hvp_y"), want, 2 * f.bound(e, "hvp"), where=where)


@mixed_law("mixed-derivative-by-the-matrix", *_PROJECTED, when=mild, reshapes=True)
def mixed_derivative_by_the_matrix(f: Examination, e: Example) -> Claims:
    """of M = ∂⟨∂ℓ/∂h, v⟩/∂W, ⟨W, M⟩ = ⟨∂²ℓ/∂h² v, h⟩ + ⟨∂ℓ/∂h, v⟩

    Within Σ(|h|B₂ + |v|B)(2 + θ/8u), θ that of a sum over rows. W(1 + ε) and h(1 + ε) have the same
    logits; the direction's logits v Wᵀ grow with W alone.
    """
    name = e.function.matrix
    if not f.derived(e, f"vjp_{name}").any():
        raise Unsupported(f"no gradient for {name}")
    p, got = f.problem(e), f.derived(e, f"hvp_{name}")
    h, v = np.where(p.ignored[:, None], 0, p.x), p.widened(p.e.args["direction"])
    terms = h * f.computed(e, "hvp") + v * f.vjp(e)
    size = np.abs(h) * f.bound(e, "hvp") + np.abs(v) * f.bound(e, "vjp")
    bound = (2 + in_any_order(len(h), f.budget) / (8 * f.budget.u)) * size.sum()
    where = (f.where(e, "hvp") & f.where(e, "vjp") & np.isfinite(h)).all()
    W = p.widened(e.options[name])
    yield equal((W * got).sum(), terms.sum(), bound + f.budget.a * (1 + np.abs(W).sum()),
                where=where & np.isfinite(terms.sum()))  # fmt: skip
