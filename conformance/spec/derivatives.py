"""First derivatives: closed forms within their bounds, finite, and 0 where they have to be."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import numpy as np

from conformance.backends import Unsupported
from conformance.floats import Array
from conformance.functions import FUNCTIONS, derivation
from conformance.model import Example, View, option_of
from conformance.numerics.problem import Problem
from conformance.spec.claims import Claims, equal, holds, same
from conformance.spec.context import Examination
from conformance.spec.declare import ALL, CLASSES, law, those
from conformance.spec.special import ends
from conformance.spec.values import INFINITE, stays_finite
from conformance.spec.which import floating, with_infinity, with_minus_infinity, with_zero

gradient_law = partial(law, needs="vjp", source="the chain rule")
_H = "entropy_with_logits"
_RELATIVE = those(lambda f: f.quantities["vjp"].relative)
_SHIFTED = tuple(name for name in CLASSES if name != _H)
_MASKED = ("softmax", "logsumexp", "token_log_prob", "cross_entropy_with_logits")
_ENDED = those(lambda f: f.ends)
_BY_LABELS = those(lambda f: "vjp_labels" in f.quantities)
_BESIDE = "none: exact; elsewhere B of the row without the class"
_OF_LABELS = (
    "the bound of the closed form; labels of exactly 0 (binary: or 1) are left out: a guard "
    "against 0·log 0 is constant there"
)
_SUMS = {"logsumexp": "Σᵢ ∂L/∂xᵢ = g", "cross_entropy_with_logits": "Σ_c ∂ℓ/∂x_c = 0"}


def _form(function: str) -> str:
    return FUNCTIONS[function].quantities["vjp"].says


def _derived(function: str) -> str:
    return derivation(function, "vjp")


def _row_sums(function: str) -> str:
    return _SUMS.get(function, "Σᵢ (Jᵀg)ᵢ = 0")


def _slopes(function: str) -> str:
    return ends(function).slopes_say


def _by_labels(function: str) -> str:
    return FUNCTIONS[function].quantities["vjp_labels"].says


def _of_labels(function: str) -> str:
    return derivation(function, "vjp_labels")


accuracy_law = partial(gradient_law, says=_form, why=_derived, least=5)
should_law = partial(gradient_law, level="should")


def _amiss(function: str) -> str:
    """What accuracy of a gradient is known to reveal, by how far off one is."""
    rows = "a diagonal Jacobian, a missing sum, another axis, "
    return (
        "NaN or inf: 0·inf or inf/inf in a backward pass, memory never written; "
        "nearly right: finite differences, a wrong factor, an ε or a clip, half-precision sums; "
        f"far off: {rows if FUNCTIONS[function].rowwise else ''}a missing factor or 1/N, a clipped "
        "gradient, a wrong branch, a skipped block, a race"
    )


@accuracy_law("gradient-accuracy", *ALL, reveals=_amiss, vast=True, masked=True)
def gradient_accuracy(f: Examination, e: Example) -> Claims:
    """the gradient is that of the formula

    Within the must bound of the closed form.
    """
    yield f.claim(e, "vjp")
    for got in f.again(e, "vjp"):
        yield f.claim(e, "vjp", got=got, what="called again: threads share the work")


@accuracy_law("gradient-relative-accuracy", *_RELATIVE, level="should")
def gradient_relative_accuracy(f: Examination, e: Example) -> Claims:
    """the gradient is that of the formula, relative to itself

    Within the should bound: relative to the result itself.
    Reveals cancellation in a small gradient: 1 − s of a saturated unit, p − 1 of a confident right
    answer.
    """
    yield f.claim(e, "vjp", "should")


@gradient_law("gradient-finite", *ALL, bound=INFINITE, least=5, vast=True)
def gradient_finite(f: Examination, e: Example) -> Claims:
    """a finite value of finite arguments has a gradient without NaN; inf only if it rounds to it

    Every derivative here is bounded by the cotangent, the weights and 1/p; a stable form meets no
    0·inf. Holds also where float16 sums leave the format but the value is finite.
    [IEEE 754-2019, 7.4; jax#40409]
    Reveals NaN at saturation, 0·inf, inf/inf, 0/0 in a backward pass.
    """
    yield stays_finite(f, e, "vjp", lambda: _finite(f, e), "a finite gradient")


def _finite(f: Examination, e: Example) -> Array:
    """Where x and the computed value are finite and the gradient is defined."""
    finite = np.asarray(np.isfinite(f.value(e)))
    value = of_rows(e, np.asarray(finite.all(axis=-1)) if finite.ndim == 2 else finite)
    if not e.function.from_logits:
        return f.where(e, "vjp") & value
    return np.asarray(f.wherever(e, lambda each: _finite_by_x(f, each)) & value)


def _finite_by_x(f: Examination, e: Example) -> Array:
    """Where x and the exact gradient are finite and the gradient is defined."""
    p = f.problem(e)
    finite = np.isfinite(p.x) & np.isfinite(f.exact(e, "vjp").wide)
    if not e.function.rowwise:
        return finite & e.function.domain.smooth(p, p.settled, False)
    smooth = e.function.domain.smooth(p, p.settled & np.isfinite(p.x).all(axis=-1), False)
    return np.asarray(finite & (smooth[:, None] if smooth.ndim == 1 else smooth))


def of_rows(e: Example, value: Array) -> Array:
    """What is known of each loss, or of their sum, beside a gradient."""
    return value[:, None] if e.function.rowwise and value.ndim else value


@gradient_law("gradient-rows-sum", *_SHIFTED, says=_row_sums, least=5, corollary=True,
              uncapped=True)  # fmt: skip
def gradient_rows_sum(f: Examination, e: Example) -> Claims:
    """rows of gradients sum to zero, those of logsumexp to the cotangent

    Within ΣB_i. Shift invariance differentiated: f(x + c) = f(x) (logsumexp: + c). In floating
    point only 25 % of the sums are exactly zero. [the definition: a shift changes nothing]
    Reveals a projection term that is missing or overflowed, an unnormalised p.
    """
    where = np.broadcast_to(_staying(f, e, f.where(e, "vjp")), e.x.shape).all(axis=-1)
    want = f.problem(e).cotangent if e.function.shift == "moves" else 0
    yield equal(f.vjp(e).sum(axis=-1), want, f.bound(e, "vjp").sum(axis=-1), where=where)


def _staying(f: Examination, e: Example, where: Array) -> Array:
    """Where, of some places, the gradient is a number or should be one: what overflows has no sum.

    Bounds are needed only if it is no number at one of them.
    """
    made = np.isfinite(f.vjp(e))
    overflows = np.any(where & ~made)
    return where & (made | f.representable(e, "vjp")) if overflows else where


@gradient_law("masked-gradient-is-zero", *_MASKED, when=with_minus_infinity, uncapped=True)
def masked_gradient_is_zero(f: Examination, e: Example) -> Claims:
    """x_i = −inf without label mass, another logit finite ⟹ ∂/∂x_i = 0

    p_i = 0 exactly, and every term of the gradient there has the factor p_i.
    [the chain rule: p = 0]
    Reveals 0·(−inf) in a backward pass, masks as large finite numbers.
    """
    p, masked = f.problem(e), np.isneginf(f.problem(e).x)
    where = masked & f.where(e, "vjp")
    if e.function.labelled:
        where = where & (p.A == 0) & ~(masked & (p.A > 0)).any(axis=-1, keepdims=True)
    yield same(f.vjp(e), 0, where=where)


@should_law("masked-gradient-of-entropy", _H, bound=_BESIDE, when=with_minus_infinity)
def masked_gradient_of_entropy(f: Examination, e: Example) -> Claims:
    """x_i = −inf, another logit finite ⟹ ∂H/∂x_i = 0, and no NaN elsewhere in the row

    p_i = 0 exactly: H does not depend on x_i. The derivative of p log p as written is 0·(−inf) =
    NaN there, and so is that of a guard that stands behind the logarithm.
    [the definition: 0·log 0 = 0; pytorch#18380]
    Reveals one masked action makes the whole gradient of a policy NaN.
    """
    p, got = f.problem(e), f.vjp(e)
    gone, settled = np.isneginf(p.x), (p.settled & np.isfinite(p.cotangent))[:, None]
    by = np.maximum(np.abs(p.cotangent), 1)[:, None]  # g log p is a usual factor
    within = (p.rows.gap.max(axis=-1, keepdims=True, initial=0) * by <= f.fmt.largest / 8) & settled
    yield same(got, 0, where=gone & within, what="0 at a masked class")
    tame = settled & (gone | (p.rows.gap * by <= f.fmt.largest / 8))
    near = tame & gone.any(axis=-1, keepdims=True) & ~gone & ~f.overlong(e, "vjp")
    yield equal(got, f.exact(e, "vjp"), f.bound(e, "vjp"), where=_staying(f, e, near))


@should_law("gradient-without-mass-is-zero", "cross_entropy", when=with_zero)
def gradient_without_mass_is_zero(f: Examination, e: Example) -> Claims:
    """p_c = 0 without label mass, ℓ finite ⟹ ∂ℓ/∂p_c = 0

    ℓ does not depend on p_c where q_c = 0. The derivative of q log p as written is 0/0 = NaN there,
    in PyTorch and JAX alike. [the definition]
    Reveals 0/0 in a backward pass: one exact zero spoils the batch.
    """
    p = f.problem(e)
    rows = (p.settled & p.contained & np.isfinite(p.rate))[:, None]
    yield same(f.vjp(e), 0, where=(p.x == 0) & (p.A == 0) & rows)


@should_law("saturated-gradient-is-zero", *_ENDED, says=_slopes, when=with_infinity)
def saturated_gradient_is_zero(f: Examination, e: Example) -> Claims:
    """the limits of the derivative at infinity

    Limits of the closed form; PyTorch and JAX agree.
    [the limits of the definition; IEEE 754-2019, 9.2; C23, F.10.3]
    Reveals inf·0 = NaN in a backward pass.
    """
    p, (lower, upper) = f.problem(e), ends(e.function.name).slopes
    want = np.where(p.x > 0, upper, lower) * p.cotangent
    yield same(f.vjp(e), want, where=np.isinf(p.x) & np.isfinite(p.cotangent))


label_law = partial(law, says=_by_labels, bound=_OF_LABELS, why=_of_labels, needs="derived")


@label_law("label-gradient-accuracy", *_BY_LABELS, costs=1, masked=True, when=floating)
def label_gradient_accuracy(f: Examination, e: Example) -> Claims:
    """the gradient for soft labels is that of the formula, where the framework gives one

    Gradients of zeros alone are left to a should law, if the call without options has no other.
    [the chain rule]
    Reveals gradients for soft labels (distillation) that are halved, of another sign, or lost
    beside an option.
    """
    got, bound = f.derived(e, "vjp_labels"), f.bound(e, "vjp_labels")
    if taken_as_constant(f, e, "vjp_labels"):
        raise Unsupported("the gradient for labels is 0 throughout: they are taken as constants")
    where = f.where(e, "vjp_labels") & _inside(f, e)
    yield equal(got, f.exact(e, "vjp_labels"), bound, where=where)


@law(
    "labels-have-a-gradient", *_BY_LABELS, level="should", needs="derived", costs=1, masked=True,
    when=floating,
)  # fmt: skip
def labels_have_a_gradient(f: Examination, e: Example) -> Claims:
    """where the exact gradient for soft labels is not 0, the framework's is not all zeros

    A loss may take its labels as constants, as distillation does; but whoever trains them then gets
    no gradient. [the definition: ℓ depends on its labels]
    Reveals labels that are detached, None from a backward pass written by hand.
    """
    got, exact = f.derived(e, "vjp_labels"), f.exact(e, "vjp_labels").wide
    large = f.where(e, "vjp_labels") & _inside(f, e)
    large = large & (np.abs(exact) > 2 * f.bound(e, "vjp_labels"))
    yield holds(np.asarray((got != 0).any()), where=large.any(), what="not all 0")


def taken_as_constant(f: Examination, e: Example, quantity: str) -> bool:
    """True if a gradient is 0 throughout, and so it is in the plain call of the same arrays."""
    if (f.derived(e, quantity) != 0).any():
        return False
    kept = ("reduction", e.function.matrix, option_of(quantity))
    options = {k: v for k, v in e.options.items() if k in kept}
    plain = f.variant(
        e, f"plain, {quantity}", lambda: e.but(options=options, view=View((len(e.x),)))
    )
    with suppress(Unsupported):
        return not (f.derived(plain, quantity) != 0).any()
    return True


def _inside(f: Examination, e: Example) -> Array:
    """Where a stable form has the gradient: no 0·log 0, no product on its way beyond Ω/4."""
    p = f.problem(e)
    inside = np.isfinite(f.exact(e, "vjp_labels").wide) & (p.labels != 0)
    if not e.function.rowwise:
        inside = inside & (p.labels != 1)
    if e.function.matrix:
        return inside
    inside = inside & np.isfinite(p.x)
    if e.function.from_logits:
        return np.asarray(inside & (_label_slope(p) <= f.fmt.largest / 4))
    if e.function.probabilities:
        return np.asarray(inside & (p.x >= f.fmt.omega) & (p.x < 1))
    # the inverse of y, of which log y is the slope, stays in the format; so does g(log y − x)
    inside = inside & np.isfinite(p.labels) & (np.abs(p.labels) >= 4 / f.fmt.largest)
    logarithms = p.labels if p.option("log_target", False) else np.log(p.labels)
    factors = np.maximum(np.abs(p.rate), 1) * (np.abs(logarithms) + np.abs(p.x) + 1)
    return np.asarray(inside & (factors <= f.fmt.largest / 4))


def _label_slope(p: Problem) -> Array:
    """The largest product on the way to g·w·log p, whichever of its factors meet first."""
    rate = np.maximum(np.abs(p.rate), 1)
    if not p.e.function.rowwise:
        return rate * np.maximum(p.weight, 1) * (1 + p.pos_weight) * np.abs(p.x)
    sizes = np.maximum(p.rows.gap, -p.rows.log_p)
    return rate[:, np.newaxis] * np.maximum(p.class_weight, 1) * sizes
