"""Special values: infinities, single classes, empty rows, saturated probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np

from conformance.floats import Array
from conformance.functions import FUNCTIONS
from conformance.model import Ends, Example
from conformance.spec.claims import Claims, equal, holds, same
from conformance.spec.context import Examination
from conformance.spec.declare import CLASSES, PROBS, law, those
from conformance.spec.which import (
    distributions,
    each,
    one_class,
    wholly_masked,
    with_infinity,
    with_limits,
    with_minus_infinity,
    with_plus_infinity,
    with_zero,
    without,
)

_BCE = "binary_cross_entropy_with_logits"
_MASSED = ("cross_entropy_with_logits", "cross_entropy")
_FREE_ZERO = "none: exact; the sign of zero is free"
_CERTAIN = {
    "token_log_prob": "token_log_prob([c], 0) = 0",
    "entropy_with_logits": "entropy([c]) = 0",
    "softmax": "softmax([c]) = [1]",
    "log_softmax": "log_softmax([c]) = [0]",
    "logsumexp": "logsumexp([c]) = c",
    "cross_entropy_with_logits": "cross-entropy of one class = 0",
}
_OF_ONE_CLASS = "none: exact; for softmax and the entropy 3u; a flushed subnormal c may be 0"


def _limits(function: str) -> str:
    return ends(function).says


def _with_no_share(e: Example) -> bool:
    """Classes of probability 0: at −inf, or so far below that they underflow."""
    return bool(e.not_finite) or e.fmt.is_half


def ends(function: str) -> Ends:
    """The limits of a function of one number at ±inf."""
    found = FUNCTIONS[function].ends
    assert found is not None
    return found


@law("limits", *those(lambda f: f.ends), says=_limits, bound=_FREE_ZERO, when=with_limits)
def limits(f: Examination, e: Example) -> Claims:
    """the limits at infinity, and at ±Ω where they are reached

    Limits of the definition: e^−inf = +0 and e^+inf = +inf are exact (C23 Annex F).
    [C23 F.10.3.1; IEEE 754-2019, 9.2]
    Reveals clipping, inf/inf, inf − inf.
    """
    x, (low, high) = f.problem(e).x, ends(e.function.name).values
    there = np.abs(x) >= f.fmt.largest if np.isfinite([low, high]).all() else np.isinf(x)
    yield same(f.value(e), np.where(x > 0, high, low), where=there, what="the limit")


@law("one-class-is-certain", *CLASSES, says=_CERTAIN, bound=_OF_ONE_CLASS, when=one_class,
     unscaled=True)  # fmt: skip
def one_class_is_certain(f: Examination, e: Example) -> Claims:
    """one class has probability one

    e^0 = 1, log 1 = 0, c + 0 = c and 1/1 are exact; but a vectorised softmax may multiply by an
    approximate reciprocal, which costs 2u and the product u: TensorFlow gives 1 − u on CPUs.
    [C23 F.10.3.1, F.10.3.7]
    Reveals an ε in the denominator, a wrong axis, a special case for n = 1.
    """
    want, allowed = _of_one_class(f, e)
    yield equal(f.value(e), want, allowed, where=f.where(e))


def _of_one_class(f: Examination, e: Example) -> tuple[Any, Any]:
    """The value for a single class, and the error allowed."""
    x, of = f.problem(e).x[:, 0], e.function
    if of.shift == "moves":
        return x, np.where(np.abs(x) < f.budget.omega, f.budget.a, 0)
    products = of.range is not None and of.range[0] == 0 and not of.labelled  # with a reciprocal
    return float(of.range == (0, 1)), 3 * f.budget.u if products else 0.0


@law("all-masked-is-minus-infinity", "logsumexp", when=wholly_masked)
def all_masked_is_minus_infinity(f: Examination, e: Example) -> Claims:
    """logsumexp of a row of −inf alone = −inf

    log Σ 0 = log 0 = −inf. max − max = −inf − −inf is NaN without a guard.
    [C23 F.10.3.7; SciPy, PyTorch, JAX]
    Reveals the unguarded max shift: NaN for a fully masked row.
    """
    yield same(f.value(e), -np.inf, where=np.isneginf(f.problem(e).x).all(axis=-1))


@law("infinite-logit-is-infinite", "logsumexp", when=with_plus_infinity)
def infinite_logit_is_infinite(f: Examination, e: Example) -> Claims:
    """logsumexp of a row with +inf and no NaN = +inf

    log Σ with an infinite term is +inf. inf − inf is NaN without a guard.
    [IEEE 754-2019, 6.1; SciPy, PyTorch, JAX]
    Reveals the unguarded max shift: NaN beside +inf.
    """
    x = f.problem(e).x
    rows = np.isposinf(x).any(axis=-1) & ~np.isnan(x).any(axis=-1)
    yield same(f.value(e), np.inf, where=rows)


@law("certain-and-right-is-free", "binary_cross_entropy", when=(each, without("label_smoothing")))
def certain_and_right_is_free(f: Examination, e: Example) -> Claims:
    """ℓ(p=0, y=0) = ℓ(p=1, y=1) = 0

    0·log 0 = 0 by the limit of y log p, and log 1 = 0. [the limit of y log y at 0; C23 F.10.3.7]
    Reveals 0·(−inf) = NaN, an ε inside the logarithm.
    """
    p = f.problem(e)
    yield same(f.value(e), 0, where=(p.x == p.labels) & ((p.x == 0) | (p.x == 1)))


@law("certain-and-wrong-is-infinite", *PROBS, level="should", when=each)
def certain_and_wrong_is_infinite(f: Examination, e: Example) -> Claims:
    """p = 0 where the label has mass gives ℓ = +inf (binary: p = 1 likewise)

    −log 0 = +inf. PyTorch's binary_cross_entropy clamps log at −100 and documents it; Keras clips
    p at 1e-7. [C23 F.10.3.7; PyTorch documentation of BCELoss]
    Reveals clamped logarithms: the gradient of a certain wrong answer vanishes.
    """
    p = f.problem(e)
    yield same(f.value(e), np.inf, where=~p.contained & p.settled)


@law("certain-and-wrong-is-not-free", *PROBS, when=each)
def certain_and_wrong_is_not_free(f: Examination, e: Example) -> Claims:
    """p = 0 where the label has mass (binary: p = 1 likewise) gives ℓ > 0

    ℓ = +inf; a clamped logarithm gives q·|log ε|. No convention gives 0, a negative number or NaN.
    [the definition; PyTorch documentation of BCELoss]
    Reveals a guard against log 0 that drops the term: a certain wrong answer that costs nothing.
    """
    wrong = _wrong(f, e) & f.problem(e).settled
    yield holds(f.value(e) > 0, f.value(e), where=wrong, what="more than 0")


def _wrong(f: Examination, e: Example) -> Array:
    """Where a prediction is certain and wrong, with mass whose product with |log ε| is normal.

    A smoothed label near 1 may be rounded to 1, which leaves nothing of the rest.
    """
    p, tiny = f.problem(e), 2 * f.fmt.omega
    least = 2 * f.fmt.u if e.options.get("label_smoothing") else tiny
    if e.function.rowwise:
        return np.asarray(((p.x == 0) & (tiny < p.A)).any(axis=-1) & (p.x <= 1).all(axis=-1))
    return np.asarray(((p.x == 0) & (p.share > tiny)) | ((p.x == 1) & (p.rest > least)))


@law("infinitely-wrong-is-infinite", _BCE, level="should", when=(each, with_infinity))
def infinitely_wrong_is_infinite(f: Examination, e: Example) -> Claims:
    """ℓ(+inf, y=0) = ℓ(−inf, y=1) = +inf

    softplus(+inf) = +inf. NumPy formulas and JAX agree; PyTorch gives NaN for (−inf, 1).
    [the limits of the definition; IEEE 754-2019, 9.2; C23, F.10.3]
    Reveals inf − inf in x − x·y.
    """
    p = f.problem(e)
    above = np.isposinf(p.x) & (p.negative > 0) & (p.positive == 0)
    below = np.isneginf(p.x) & (p.positive > 0) & (p.negative == 0)
    yield same(f.value(e), np.inf, where=above | below)


@law("masked-label-is-infinite", "cross_entropy_with_logits", uncapped=True,
     when=(each, with_minus_infinity))  # fmt: skip
def masked_label_is_infinite(f: Examination, e: Example) -> Claims:
    """label on a logit of −inf, another logit finite ⟹ ℓ = +inf

    −log 0 = +inf; the label asks for what the mask excludes. [PyTorch, JAX]
    Reveals masks as large finite numbers, NaN from 0·inf.
    """
    p = f.problem(e)
    masked = (np.isneginf(p.x) & (p.A > 0)).any(axis=-1)
    yield same(f.value(e), np.inf, where=masked & f.where(e))


@law("masked-class-without-mass", *_MASSED, when=each, masked=True)
def masked_class_without_mass(f: Examination, e: Example) -> Claims:
    """log p_c = −inf where the label has no mass changes nothing: 0·log 0 = 0

    Within B of the loss. The limit of q log p at q = 0. q·log p as written is 0·(−inf) = NaN.
    [PyTorch and optax#896 give NaN for one-hot labels]
    Reveals −Σ q log p without a guard.
    """
    p = f.problem(e)
    absent = p.x == (0 if e.function.probabilities else -np.inf)
    rows = (absent & (p.A == 0)).any(axis=-1) & ~(absent & (p.A > 0)).any(axis=-1)
    where = rows & (f.where(e) | f.where_without_mass(e))
    yield equal(f.value(e), f.exact(e), f.bound(e), where=where)


@law("masked-class-counts-nothing", "entropy_with_logits", when=_with_no_share)
def masked_class_counts_nothing(f: Examination, e: Example) -> Claims:
    """x_i = −inf, another logit finite: the class does not count, as 0·log 0 = 0

    Within B of the entropy. The limit of p log p at p = 0. p·log p as written is 0·(−inf) = NaN.
    [Cover & Thomas, 2.1; pytorch#18380]
    Reveals −Σ p log p without a guard: one masked action makes the entropy NaN.
    """
    yield equal(f.value(e), f.exact(e), f.bound(e), where=f.where_without_mass(e))


@law("no-mass-no-loss", *_MASSED, when=(each, distributions))
def no_mass_no_loss(f: Examination, e: Example) -> Claims:
    """a label row of zeros gives ℓ = 0

    An empty sum; 0·log p = 0 also for log p = −inf. [PyTorch, JAX]
    Reveals labels normalised by their sum, 0/0.
    """
    yield same(f.value(e), 0, where=(f.problem(e).Q[:, 0] == 0) & f.where(e))


@law("half-at-zero", "sigmoid", level="should", when=with_zero)
def half_at_zero(f: Examination, e: Example) -> Claims:
    """σ(±0) = σ(±η) = ½

    e^0 = 1 exactly and 1/(1 + 1) = ½; NumPy, SciPy, PyTorch and JAX agree. e^(log σ) may be one ulp
    off. [C23 F.10.3.1]
    Reveals a table or polynomial that is not centred.
    """
    yield same(f.value(e), 0.5, where=np.abs(f.problem(e).x) <= f.fmt.eta)
