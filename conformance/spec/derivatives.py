"""First derivatives: closed forms within their bounds, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import numpy as np

from conformance.backends import Unsupported
from conformance.floats import Array
from conformance.functions import FUNCTIONS, derivation
from conformance.kernels.failures import CallFailed
from conformance.model import Claim, Example
from conformance.numerics.intermediates import xlogy_free
from conformance.numerics.problem import Problem
from conformance.spec.claims import equal, holds, same
from conformance.spec.context import Examination
from conformance.spec.declare import ALL, CLASSES, LOSSES, law, those, with_options
from conformance.spec.special import ends
from conformance.spec.symmetries import shifted


def _form(function: str) -> str:
    return FUNCTIONS[function].quantities["vjp"].says


def _derived(function: str) -> str:
    return derivation(function, "vjp")


@law(
    "gradient-accuracy", *ALL,
    says=_form, bound="the must bound of the closed form", why=_derived,
    source="the chain rule",
    reveals="a diagonal Jacobian, a missing sum or 1/N, clipped gradients, finite differences, NaN "
    "at saturation, a factor at one size, a region of zeros",
    needs=("vjp",), least=5, vast=True, masked=True,
)  # fmt: skip
def gradient_accuracy(f: Examination, e: Example) -> Iterator[Claim]:
    """The gradient within its bound."""
    yield f.claim(e, "vjp")


@law(
    "gradient-relative-accuracy", *those(lambda f: f.quantities["vjp"].relative),
    level="should",
    says=_form, bound="the should bound: relative to the result itself", why=_derived,
    source="the chain rule",
    reveals="s(1 − s) and 1 − s: the gradient of a saturated unit rounds to 0 too early",
    needs=("vjp",), least=5,
)  # fmt: skip
def gradient_relative_accuracy(f: Examination, e: Example) -> Iterator[Claim]:
    """The gradient within the stricter bound."""
    yield f.claim(e, "vjp", "should")


@law(
    "gradient-finite", *ALL,
    says="finite arguments with a finite value have a gradient without NaN, and inf only where it "
    "rounds to it",
    bound="inf is accepted where |exact| + B ≥ Ω(1 + u)",
    why="Every derivative here is bounded by the cotangent, the weights and 1/p; a stable form "
    "meets no 0·inf. Holds also where float16 sums leave the format but the value is finite.",
    source="IEEE 754-2019, 7.4; jax#40409",
    reveals="NaN at saturation, 0·inf, inf/inf, 0/0 in a backward pass",
    needs=("vjp",), least=5, vast=True,
)  # fmt: skip
def gradient_finite(f: Examination, e: Example) -> Iterator[Claim]:
    """No NaN where the value is finite."""
    got = np.asarray(f.vjp(e)).astype(f.fmt.wide)
    exact, bound = f.exact(e, "vjp").wide, f.bound(e, "vjp")
    with np.errstate(invalid="ignore"):
        reaches = ~(np.abs(exact) + bound < f.fmt.largest * (1 + f.fmt.u))
    fine = np.isfinite(got) | (np.isinf(got) & reaches)
    yield holds(fine, got, where=_finite(f, e), what="a finite gradient", at=e)


def _finite(f: Examination, e: Example) -> Array:
    """Where x and the computed value are finite and the gradient is defined."""
    p = f.problem(e)
    value = np.isfinite(np.asarray(f.value(e)).astype(f.fmt.wide))
    if not e.function.from_logits:
        return f.where(e, "vjp") & (value.all() if value.ndim == 0 else _rows(e, value))
    finite = np.isfinite(p.x) & np.isfinite(f.exact(e, "vjp").wide)
    if not e.function.rowwise:
        return np.asarray(finite & p.settled & value)
    settled = p.settled & (p.rows.gap <= f.fmt.largest).all(axis=-1) & np.isfinite(p.x).all(axis=-1)
    row = value.all(axis=-1) if value.ndim == 2 else value
    return np.asarray(finite & (settled & row)[:, None])


def _rows(e: Example, value: Array) -> Array:
    return value[:, None] if e.function.rowwise else value


_SUMS = {"logsumexp": "Σᵢ ∂L/∂xᵢ = g", "cross_entropy_with_logits": "Σ_c ∂ℓ/∂x_c = 0"}


@law(
    "gradient-rows-sum", *(name for name in CLASSES if name != "entropy_with_logits"),
    says=lambda name: _SUMS.get(name, "Σᵢ (Jᵀg)ᵢ = 0"),
    bound="ΣB_i",
    why="Shift invariance differentiated: f(x + c) = f(x) (logsumexp: + c). Exact zero sums are "
    "false in floating point (25 % are).",
    source="the definition: a shift changes nothing",
    reveals="a projection term that is missing or overflowed, an unnormalised p",
    needs=("vjp",), least=5, corollary=True,
)  # fmt: skip
def gradient_rows_sum(f: Examination, e: Example) -> Iterator[Claim]:
    """Rows of gradients sum to zero, those of logsumexp to the cotangent."""
    if e.x.shape[-1] == 0:
        return
    made = f.where(e, "vjp") & f.representable(e, "vjp")  # what overflows has no sum
    where = np.broadcast_to(made, e.x.shape).all(axis=-1)
    total = f.vjp(e).astype(f.fmt.wide).sum(axis=-1)
    want = f.problem(e).cotangent if e.function.shift == "moves" else np.zeros_like(total)
    yield equal(total, want, f.bound(e, "vjp").sum(axis=-1), where=where, at=e)


@law(
    "masked-gradient-is-zero", "softmax", "logsumexp", "token_log_prob",
    "cross_entropy_with_logits",
    says="x_i = −inf without label mass, another logit finite ⟹ ∂/∂x_i = 0", bound="none: exact",
    why="p_i = 0 exactly, and every term of the gradient there has the factor p_i.",
    source="the chain rule: p = 0",
    reveals="0·(−inf) in a backward pass, masks as large finite numbers",
    needs=("vjp",), when=lambda e: bool(np.isneginf(e.x.astype(np.float64)).any()),
)  # fmt: skip
def masked_gradient_is_zero(f: Examination, e: Example) -> Iterator[Claim]:
    """Masked entries have no gradient."""
    p = f.problem(e)
    masked = np.isneginf(p.x) & f.where(e, "vjp") & f.where(e, "vjp")
    if e.function.labelled:
        masked = masked & (p.A == 0) & ~(np.isneginf(p.x) & (p.A > 0)).any(axis=-1, keepdims=True)
    yield same(f.vjp(e), 0, where=masked, at=e)


@law(
    "masked-gradient-of-entropy", "entropy_with_logits",
    level="should",
    says="x_i = −inf, another logit finite ⟹ ∂H/∂x_i = 0, and no NaN elsewhere in the row",
    bound="none: exact; elsewhere B of the row without the class",
    why="p_i = 0 exactly: H does not depend on x_i. The derivative of p log p as written is "
    "0·(−inf) = NaN there, and so is that of a guard that stands behind the logarithm.",
    source="the definition: 0·log 0 = 0; pytorch#18380",
    reveals="one masked action makes the whole gradient of a policy NaN",
    needs=("vjp",), when=lambda e: bool(np.isneginf(e.x.astype(np.float64)).any()),
)  # fmt: skip
def masked_gradient_of_entropy(f: Examination, e: Example) -> Iterator[Claim]:
    """Masked classes have no gradient, and spoil none."""
    p, got = f.problem(e), f.vjp(e).astype(f.fmt.wide)
    gone, settled = np.isneginf(p.x), (p.settled & np.isfinite(p.cotangent))[:, None]
    yield same(got, 0, where=gone & settled, what="0 at a masked class", at=e)
    tame = settled & (gone | (p.rows.gap <= f.fmt.largest)) & f.representable(e, "vjp")
    near = tame & gone.any(axis=-1, keepdims=True) & ~gone & ~f.overlong(e, "vjp")
    yield equal(got, f.exact(e, "vjp"), f.bound(e, "vjp"), where=near, at=e)


@law(
    "gradient-without-mass-is-zero", "cross_entropy",
    level="should",
    says="p_c = 0 without label mass, ℓ finite ⟹ ∂ℓ/∂p_c = 0", bound="none: exact",
    why="ℓ does not depend on p_c where q_c = 0. The derivative of q log p as written is 0/0 = NaN "
    "there, in PyTorch and JAX alike.",
    source="the definition",
    reveals="0/0 in a backward pass: one exact zero spoils the batch",
    needs=("vjp",), when=lambda e: bool((np.asarray(e.x) == 0).any()),
)  # fmt: skip
def gradient_without_mass_is_zero(f: Examination, e: Example) -> Iterator[Claim]:
    """Classes that the label does not name have no gradient."""
    p = f.problem(e)
    rows = (p.settled & p.contained)[:, None] & np.isfinite(p.rate)[:, None]
    where = (p.x == 0) & (p.A == 0) & rows
    yield same(f.vjp(e), 0, where=where, at=e)


@law(
    "saturated-gradient-is-zero", *those(lambda f: f.ends),
    level="should",
    says=lambda name: ends(name).slopes_say,
    bound="none: exact",
    why="Limits of the closed form; PyTorch and JAX agree.",
    source="the limits of the definition; IEEE 754-2019, 9.2; C23, F.10.3",
    reveals="inf·0 = NaN in a backward pass",
    needs=("vjp",), when=lambda e: bool(np.isinf(e.x.astype(np.float64)).any()),
)  # fmt: skip
def saturated_gradient_is_zero(f: Examination, e: Example) -> Iterator[Claim]:
    """The limits of the derivative at infinity."""
    p, got = f.problem(e), f.vjp(e).astype(f.fmt.wide)
    lower, upper = ends(e.function.name).slopes
    want = np.where(p.x > 0, upper, lower) * p.cotangent
    yield same(got, want, where=np.isinf(p.x) & np.isfinite(p.cotangent), at=e)


@law(
    "label-gradient-accuracy", *those(lambda f: "vjp_labels" in f.quantities),
    says=lambda name: FUNCTIONS[name].quantities["vjp_labels"].says,
    bound="the bound of the closed form; labels of exactly 0 (binary: or 1) are left out: a guard "
    "against 0·log 0 is constant there",
    why=lambda name: derivation(name, "vjp_labels"),
    source="the chain rule",
    reveals="gradients for soft labels (distillation) that are dropped, halved or of another sign",
    needs=("derived",), costs=1,
    when=lambda e: np.asarray(e.labels).dtype.kind not in "iu",
)  # fmt: skip
def label_gradient_accuracy(f: Examination, e: Example) -> Iterator[Claim]:
    """The gradient for soft labels, where the framework gives one."""
    p = f.problem(e)
    try:
        got = f.vjp_labels(e)
    except CallFailed as error:
        if error.kind == "raised":
            raise Unsupported(f"no gradient for labels: {error}") from error
        raise
    exact = f.exact(e, "vjp_labels")
    inside = np.isfinite(exact.wide) & np.isfinite(p.x) & (p.labels != 0)
    if not e.function.rowwise:
        inside = inside & (p.labels != 1)
    if not e.function.probabilities:
        inside = inside & (_label_slope(p) <= f.fmt.largest / 4)
    else:
        inside = inside & (p.x >= f.fmt.omega) & (p.x < 1)
    where = f.where(e, "vjp_labels") & inside
    yield equal(got, exact, f.bound(e, "vjp_labels"), where=where, at=e)


def _label_slope(p: Problem) -> Array:
    """The largest product on the way to g·w·log p, whichever of its factors meet first."""
    rate = np.maximum(np.abs(p.rate), 1)
    if not p.e.function.rowwise:
        return rate * np.maximum(p.weight, 1) * (1 + p.pos_weight) * np.abs(p.x)
    sizes = np.maximum(p.rows.gap, -p.rows.log_p)
    return rate[:, np.newaxis] * np.maximum(p.class_weight, 1) * sizes


@law(
    "forward-agrees-with-reverse", *ALL,
    says="⟨g, J v⟩ = ⟨Jᵀg, v⟩", bound="2Σ|v|B + 4u Σ|v||Jᵀg| of the gradient",
    why="Both sides are one number. Forward mode forms the products of the closed form in another "
    "order, which the magnitudes in B already cover.",
    source="Griewank & Walther, Evaluating Derivatives, 3.3",
    reveals="a custom jvp and a custom vjp that disagree",
    needs=("derived", "direction"), costs=1,
)  # fmt: skip
def forward_agrees_with_reverse(f: Examination, e: Example) -> Iterator[Claim]:
    """Forward mode against the exact gradient."""
    with suppress(CallFailed):
        f.vjp(e)  # Unsupported: what leaves the library has no derivative of either mode
    p = f.problem(e)
    gradient, bound, v, g = f.exact(e, "vjp").wide, f.bound(e, "vjp"), p.direction, p.cotangent
    made = np.broadcast_to(f.where(e, "vjp"), p.x.shape) & np.isfinite(p.x)
    want, limit, size = gradient * v, np.abs(v) * bound, np.abs(v * gradient)
    axis: int | tuple[int, ...] | None = ()
    if e.function.rowwise or p.e.reduction != "none":
        axis = -1 if p.e.reduction == "none" else None
        want, limit, size = want.sum(axis), limit.sum(axis), size.sum(axis)
        made = np.asarray(made.all(axis))
    tangent = f.jvp(e).astype(f.fmt.wide)
    got, along = xlogy_free(g, tangent), np.abs(g)
    if e.function.labelled:  # the tangent itself is a number of the format
        made = made & ((g == 0) | (np.abs(want) <= np.abs(g) * (f.fmt.largest / 2)))
    if tangent.ndim == 2:
        got, along = got.sum(axis=-1), along.sum(axis=-1)
    theta = float(f.budget.theta(np.ones((1, max(p.x.shape[-1], 1)), f.fmt.wide))[0, 0])
    if e.function.probabilities:  # the tangent of log p is v/p
        made = made & (np.abs(v) / p.x < f.fmt.largest / 2).all(axis)
    limit = 2 * limit + (4 * f.budget.u + theta) * size + f.budget.a * (1 + along)
    yield equal(got, want, limit, where=made, at=e)


@law(
    "mean-gradient-is-sum-over-count", *LOSSES,
    says="∂mean = ∂sum / N (class weights: / Σw)", bound="B of both",
    why="The derivative of a quotient by a constant.",
    source="the chain rule",
    reveals="a missing 1/N, a count that includes ignored rows",
    needs=("vjp",), options=("reduction",), costs=1, reshapes=True,
    when=lambda e: e.reduction == "mean" and e.size > 0,
)  # fmt: skip
def mean_gradient_is_sum_over_count(f: Examination, e: Example) -> Iterator[Claim]:
    """The gradient of the mean against that of the sum."""
    total = f.variant(e, "sum", lambda: with_options(e, reduction="sum"))
    count = f.problem(e).denominator
    with np.errstate(all="ignore"):
        want = f.vjp(total).astype(f.fmt.wide) / count
        bound = f.bound(e, "vjp") + f.bound(total, "vjp") / count
    where = f.where(e, "vjp") & np.isfinite(want)
    yield equal(f.vjp(e), want, bound, where=where, at=e)


@law(
    "gradient-keeps-shift", *those(lambda f: f.shift == "keeps"),
    says="the gradient at x + c, shifted exactly, is that at x", bound="2B",
    why="Only differences of logits enter; the shift is exact in the format.",
    source="the definition: a shift changes nothing",
    reveals="e^x or e^(x − lse) of raw logits in a backward pass",
    needs=("vjp",), costs=2, when=lambda e: e.x.shape[-1] > 0,
)  # fmt: skip
def gradient_keeps_shift(f: Examination, e: Example) -> Iterator[Claim]:
    """Exactly shifted logits have the same gradient."""
    base, moved, exact = shifted(f, e)
    bound = f.bound(base, "vjp") + f.bound(moved, "vjp")
    where = f.where(base, "vjp") & exact[:, None]
    yield equal(f.vjp(moved), f.vjp(base), bound, where=where, at=moved)


@law(
    "gradient-is-even", "sigmoid",
    says="σ′(−x) = σ′(x)", bound="B(x) + B(−x)",
    why="σ(x)σ(−x) is symmetric. The relative form is false where s(1 − s) is used.",
    source="the definition: σ(x)σ(−x) is even",
    reveals="one clipped tail",
    needs=("vjp",), costs=1,
)  # fmt: skip
def gradient_is_even(f: Examination, e: Example) -> Iterator[Claim]:
    """The derivative is even."""
    other = f.variant(e, "negated", lambda: e.but(x=-e.x))
    bound = f.bound(e, "vjp") + f.bound(other, "vjp")
    yield equal(f.vjp(other), f.vjp(e), bound, where=f.where(e, "vjp"), at=other)


@law(
    "zero-cotangent-gives-zero", *ALL,
    says="g = 0 ⟹ gradient = 0, never NaN", bound="none: exact",
    why="Every term has the factor g; a stable form meets no 0·inf at settled inputs.",
    source="the chain rule: a gradient is linear in its cotangent",
    reveals="0·inf and 0/0 in a backward pass",
    needs=("vjp",), costs=1,
)  # fmt: skip
def zero_cotangent_gives_zero(f: Examination, e: Example) -> Iterator[Claim]:
    """No cotangent, no gradient."""
    zero = np.zeros_like(e.args["cotangent"])
    none = f.variant(e, "no cotangent", lambda: e.but(cotangent=zero))
    where = f.where(e, "vjp") & f.where(none, "vjp")
    finite = np.isfinite(f.value(e).astype(f.fmt.wide))
    if e.function.labelled:
        where = where & (finite if finite.ndim == 0 else _rows(e, finite))
    yield same(f.vjp(none), 0, where=where, at=none)


@law(
    "linear-in-the-cotangent", *ALL,
    says="Jᵀ(g₁ + g₂) = Jᵀg₁ + Jᵀg₂, g₁ + g₂ exact", bound="the sum of the three B",
    why="Jᵀ is a matrix. g₁ and g₂ are small integers, so that their sum is exact.",
    source="the chain rule: a gradient is linear in its cotangent",
    reveals="a nonlinear backward pass, clipped gradients, a saved cotangent reused",
    needs=("vjp",), costs=3,
)  # fmt: skip
def linear_in_the_cotangent(f: Examination, e: Example) -> Iterator[Claim]:
    """Sums of cotangents give sums of gradients."""
    g = np.asarray(e.args["cotangent"])
    count = np.arange(g.size).reshape(g.shape)
    first = ((count * 5) % 7 - 3).astype(g.dtype)
    second = ((count * 3) % 5 - 2).astype(g.dtype)
    parts = [
        f.variant(e, f"cotangent {k}", lambda c=c: e.but(cotangent=c))  # type: ignore[misc]
        for k, c in enumerate((first, second, first + second))
    ]
    got = [f.vjp(part).astype(f.fmt.wide) for part in parts]
    bound = sum(f.bound(part, "vjp") for part in parts)
    where = f.where(parts[2], "vjp") & f.where(parts[0], "vjp") & f.where(parts[1], "vjp")
    with np.errstate(invalid="ignore"):
        want = got[0] + got[1]
    yield equal(got[2], want, bound, where=where & np.isfinite(want), at=parts[2])


@law(
    "commutes-with-powers-of-two", *ALL,
    says="Jᵀ(2^k g) = 2^k Jᵀg", bound="B of both",
    why="Scaling by a power of two is exact; every stable step commutes with it unless it "
    "underflows, which the allowance a covers.",
    source="the chain rule; IEEE 754-2019: products with 2^k are exact above ω",
    reveals="gradients that are clipped, quantised, or mixed with an absolute constant",
    needs=("vjp",), costs=1,
)  # fmt: skip
def commutes_with_powers_of_two(f: Examination, e: Example) -> Iterator[Claim]:
    """A cotangent 2^4 times as large gives 2^4 times the gradient."""
    g = np.asarray(e.args["cotangent"])
    if not (np.abs(g.astype(np.float64)) < f.fmt.largest / 64).all():
        return
    larger = f.variant(e, "times 16", lambda: e.but(cotangent=g * g.dtype.type(16)))
    want = 16 * f.vjp(e).astype(f.fmt.wide)
    bound = 16 * f.bound(e, "vjp") + f.bound(larger, "vjp")
    where = f.where(larger, "vjp") & (np.abs(want) < f.fmt.largest / 4)
    yield equal(f.vjp(larger), want, bound, where=where, at=larger)
