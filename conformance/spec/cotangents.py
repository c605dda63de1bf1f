"""Derivatives along cotangents and directions: linear in them, and the same in forward mode."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np

from conformance.floats import Array
from conformance.kernels.failures import CallFailed
from conformance.model import Claim, Example
from conformance.numerics.intermediates import xlogy_free
from conformance.numerics.logits import OPTIONS
from conformance.spec.claims import Claims, equal, same
from conformance.spec.comparing import agree, both, together
from conformance.spec.context import Examination
from conformance.spec.declare import ALL, LOSSES, law, those, with_options
from conformance.spec.derivatives import of_rows
from conformance.spec.symmetries import shifted
from conformance.spec.which import averaged, mild

mean_law = partial(law, needs="vjp, reduction", when=averaged)


def _rescaled(e: Example) -> bool:
    """Logits that an option changes, which each rule of a derivative may forget."""
    return not {*OPTIONS}.isdisjoint(e.options)


@law("forward-agrees-with-reverse", *ALL, needs="derived, direction, forward", costs=1, masked=True,
     prefers=_rescaled)  # fmt: skip
def forward_agrees_with_reverse(f: Examination, e: Example) -> Claims:
    """⟨g, J v⟩ = ⟨Jᵀg, v⟩

    Within 2Σ|v|B + 4u Σ|v||Jᵀg| of the gradient. Both sides are the same number. Forward mode forms
    the products of the closed form in another order, which the magnitudes in B already cover.
    [Griewank & Walther, Evaluating Derivatives, 3.3]
    Reveals a custom jvp and a custom vjp that disagree.
    """
    with suppress(CallFailed):
        f.vjp(e)  # Unsupported: what leaves the library has no derivative of either mode
    yield _both_ways(f, e, f.computed(e, "jvp"), f.exact(e, "vjp").wide)


@law(
    "double-backward-to-the-cotangent", *ALL, needs="derived, direction, orders", costs=12,
    reshapes=True, masked=True, when=mild, prefers=_rescaled,
)  # fmt: skip
def double_backward_to_the_cotangent(f: Examination, e: Example) -> Claims:
    """the derivative of Jᵀg by g is Jᵀ: of w = ∂⟨Jᵀg, v⟩/∂g, ⟨g, w⟩ = ⟨Jᵀg, v⟩

    Within 2Σ|v|B + 4u Σ|v||Jᵀg| of the gradient. w = J v, for Jᵀg is linear in g; the transpose of
    a backward pass forms the products of forward mode. The cotangent of what is not summed depends
    on x: that of f in f² is 2f. Refusing aloud is allowed. [the chain rule: a gradient is linear in
    its cotangent]
    Reveals a backward pass that detaches its cotangent, or whose own backward pass forgets it.
    """
    yield _both_ways(f, e, f.derived(e, "hvp_cotangent"), f.vjp(e))


def _both_ways(f: Examination, e: Example, tangent: Array, gradient: Array) -> Claim:
    """⟨g, J v⟩ = ⟨Jᵀg, v⟩, of a computed J v."""
    got, along = _forward(f, e, tangent)
    want, limit, made = _reverse(f, e, along, gradient)
    return equal(got, want, limit, where=made)


def _forward(f: Examination, e: Example, tangent: Array) -> tuple[Array, Array]:
    """⟨g, J v⟩ of each row or element, and Σ|g|."""
    g = f.problem(e).cotangent
    got, along = xlogy_free(g, tangent), np.abs(g)
    return (got.sum(axis=-1), along.sum(axis=-1)) if tangent.ndim == 2 else (got, along)


def _reverse(
    f: Examination, e: Example, along: Array, gradient: Array
) -> tuple[Array, Array, Array]:
    """⟨Jᵀg, v⟩, what both modes may err by together, and where neither leaves the format."""
    p, g, axis = f.problem(e), f.problem(e).cotangent, _summed_axis(e)
    v, made = p.widened(p.e.args["direction"]), f.where(e, "vjp") & np.isfinite(gradient)
    made = np.broadcast_to(made, p.x.shape) & p.up_to(f.fmt.largest)
    want, size = (gradient * v).sum(axis), np.abs(v * gradient).sum(axis)
    made = np.asarray(made.all(axis))
    if e.function.labelled:  # the tangent is a number of the format, and so is the sum of a mean
        count = p.denominator if e.reduction == "mean" else 1
        made = made & ((g == 0) | (size * count <= np.abs(g) * (f.fmt.largest / 2)))
    if e.function.probabilities:  # the tangent of log p is v/p
        made = made & (np.abs(v) / p.x < f.fmt.largest / 2).all(axis)
    theta = float(f.budget.theta(np.ones((1, max(p.x.shape[-1], 1)), f.fmt.wide))[0, 0])
    limit = 2 * (np.abs(v) * f.bound(e, "vjp")).sum(axis)
    return want, limit + (4 * f.budget.u + theta) * size + f.budget.a * (1 + along), made


def _summed_axis(e: Example) -> Any:
    """The axes of a gradient that one cotangent has: of a row, of all, of an element none."""
    if e.reduction != "none":
        return None
    return -1 if e.function.rowwise else ()


@mean_law("mean-gradient-is-sum-over-count", *LOSSES, costs=1, reshapes=True)
def mean_gradient_is_sum_over_count(f: Examination, e: Example) -> Claims:
    """∂mean = ∂sum / N (class weights: / Σw)

    Within B + B′. The derivative of a quotient by a constant. [the chain rule]
    Reveals a missing 1/N, a count that includes ignored rows.
    """
    total, count = with_options(e, reduction="sum"), f.problem(e).denominator
    want, bound = f.vjp(total) / count, f.bound(e, "vjp") + f.bound(total, "vjp") / count
    yield equal(f.vjp(e), want, bound, where=f.where(e, "vjp") & np.isfinite(want))


@law("gradient-keeps-shift", *those(lambda f: f.shift == "keeps"), needs="vjp", costs=2,
     uncapped=True)  # fmt: skip
def gradient_keeps_shift(f: Examination, e: Example) -> Claims:
    """the gradient at x + c, shifted exactly, is that at x

    Within 2B. Only differences of logits enter; the shift is exact in the format.
    [the definition: a shift changes nothing]
    Reveals e^x or e^(x − lse) of raw logits in a backward pass.
    """
    base, moved, exact = shifted(f, e)
    yield agree(f, base, moved, "vjp", where=exact[:, None])


@law("gradient-is-even", "sigmoid", needs="vjp", costs=1)
def gradient_is_even(f: Examination, e: Example) -> Claims:
    """σ′(−x) = σ′(x)

    Within B(x) + B(−x). σ(x)σ(−x) is symmetric. A relative bound would not hold where s(1 − s) is
    used. [the definition: σ(x)σ(−x) is even]
    Reveals one clipped tail.
    """
    yield agree(f, e, e.with_first(-e.x), "vjp")


@law("zero-cotangent-gives-zero", *ALL, needs="vjp", costs=1)
def zero_cotangent_gives_zero(f: Examination, e: Example) -> Claims:
    """g = 0 ⟹ gradient = 0, never NaN

    Every term has the factor g; a stable form meets no 0·inf where the value is well-defined.
    [the chain rule: a gradient is linear in its cotangent]
    Reveals 0·inf and 0/0 in a backward pass.
    """
    none = along(e, np.zeros_like(e.args["cotangent"]))
    finite = of_rows(e, np.isfinite(f.value(e))) if e.function.labelled else True
    yield same(f.vjp(none), 0, where=both(f, e, none, quantity="vjp") & finite, at=none)


def along(e: Example, cotangent: Array) -> Example:
    """The example with another cotangent."""
    return e.with_argument("cotangent", cotangent)


@law("linear-in-the-cotangent", *ALL, needs="vjp", costs=3)
def linear_in_the_cotangent(f: Examination, e: Example) -> Claims:
    """Jᵀ(g₁ + g₂) = Jᵀg₁ + Jᵀg₂, g₁ + g₂ exact

    Within the sum of the three bounds. Jᵀ is a matrix. g₁ and g₂ are small integers, so that their
    sum is exact. [the chain rule: a gradient is linear in its cotangent]
    Reveals a nonlinear backward pass, clipped gradients, a saved cotangent reused.
    """
    one, two, total = _integers(e)
    want, bound = f.vjp(one) + f.vjp(two), together(f, one, two, total, quantity="vjp")
    where = both(f, total, one, two, quantity="vjp") & np.isfinite(want)
    yield equal(f.vjp(total), want, bound, where=where, at=total)


def _integers(e: Example) -> tuple[Example, Example, Example]:
    """Two cotangents of small integers, and their sum."""
    g = e.args["cotangent"]
    count = np.arange(g.size).reshape(g.shape)
    one = ((count * 5) % 7 - 3).astype(g.dtype)
    two = ((count * 3) % 5 - 2).astype(g.dtype)
    return along(e, one), along(e, two), along(e, one + two)


def _far_from_overflow(e: Example) -> bool:
    """A cotangent that may be multiplied by 16."""
    return bool((np.abs(e.args["cotangent"].astype(np.float64)) < e.fmt.largest / 64).all())


@law("commutes-with-powers-of-two", *ALL, needs="vjp", costs=1, when=_far_from_overflow)
def commutes_with_powers_of_two(f: Examination, e: Example) -> Claims:
    """Jᵀ(2^k g) = 2^k Jᵀg

    Within B + B′. Scaling by a power of two is exact; every stable step commutes with it unless it
    underflows, which the allowance a covers.
    [the chain rule; IEEE 754-2019: products with 2^k are exact above ω]
    Reveals gradients that are clipped, quantised, or mixed with an absolute constant.
    """
    g = np.asarray(e.args["cotangent"])
    larger, want = along(e, g * g.dtype.type(16)), 16 * f.vjp(e)
    bound = 16 * f.bound(e, "vjp") + f.bound(larger, "vjp")
    where = f.where(larger, "vjp") & (np.abs(want) < f.fmt.largest / 4)
    yield equal(f.vjp(larger), want, bound, where=where, at=larger)
