"""Special values: infinities, NaN, single classes, empty rows, saturated probabilities."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from conformance.floats import Array
from conformance.functions import FUNCTIONS
from conformance.model import Claim, Ends, Example
from conformance.spec.claims import equal, holds, same
from conformance.spec.context import Examination
from conformance.spec.declare import CLASSES, PROBS, SOFT, UNARY, law, those


def _wide(e: Example) -> Array:
    return np.asarray(e.x).astype(e.fmt.wide)


def ends(function: str) -> Ends:
    """The limits of a function of one number at ±inf."""
    found = FUNCTIONS[function].ends
    assert found is not None
    return found


@law(
    "limits", *those(lambda f: f.ends),
    says=lambda name: ends(name).says, bound="none: exact; the sign of zero is free",
    why="Limits of the definition: e^−inf = +0 and e^+inf = +inf are exact (C23 Annex F).",
    source="C23 F.10.3.1; IEEE 754-2019, 9.2",
    reveals="clipping, inf/inf, inf − inf",
    when=lambda e: bool((np.abs(_wide(e)) >= e.fmt.largest).any()),
)  # fmt: skip
def limits(f: Examination, e: Example) -> Iterator[Claim]:
    """The limits at infinity, and at ±Ω where they are reached."""
    x, got = f.problem(e).x, f.value(e).astype(f.fmt.wide)
    low, high = ends(e.function.name).values
    reached = bool(np.isfinite([low, high]).all())
    at = np.abs(x) >= f.fmt.largest if reached else np.isinf(x)
    yield same(got, np.where(x > 0, high, low), where=at, what="the limit", at=e)


@law(
    "nan-in-nan-out", *UNARY,
    says="f(NaN) = NaN", bound="none: exact",
    why="Every operation of every formula propagates NaN.",
    source="IEEE 754-2019, 6.2",
    reveals="comparisons that send NaN down a branch, fmin and fmax, clip",
    when=lambda e: bool(np.isnan(_wide(e)).any()),
)  # fmt: skip
def nan_in_nan_out(f: Examination, e: Example) -> Iterator[Claim]:
    """NaN stays NaN."""
    nan = np.isnan(f.problem(e).x)
    yield same(f.value(e).astype(f.fmt.wide), np.nan, where=nan, at=e)


@law(
    "nan-fills-the-row", *SOFT,
    says="a NaN logit makes its whole row NaN, also beside +inf", bound="none: exact",
    why="max and Σ propagate NaN; NumPy, SciPy, PyTorch and JAX agree. A plausible number in its "
    "place hides the fault upstream.",
    source="IEEE 754-2019, 6.2 and 9.6 (maximum)",
    reveals="a maximum that ignores NaN, a NaN hidden behind a mask",
    when=lambda e: bool(np.isnan(_wide(e)).any()),
)  # fmt: skip
def nan_fills_the_row(f: Examination, e: Example) -> Iterator[Claim]:
    """Rows with NaN are NaN."""
    nan = np.asarray(np.isnan(f.problem(e).x).any(axis=-1))
    got = f.value(e).astype(f.fmt.wide)
    yield same(got, np.nan, where=nan[:, None] if got.ndim == 2 else nan, at=e)


@law(
    "nan-at-any-place", *CLASSES,
    says="one NaN among finite logits, at the first, the last or another class, makes its row NaN, "
    "and no other row",
    bound="none: exact",
    why="Every class enters max and Σ. Rows do not meet.",
    source="IEEE 754-2019, 6.2 and 9.6 (maximum); tt-metal#56056, tensorflow#116992",
    reveals="a maximum or a mask that drops NaN in a tail, a lane or a block; NaN that spreads",
    costs=1, when=lambda e: e.x.size > 0 and e.reduction == "none",
    prefers=lambda e: e.x.shape[-1] > 8,
)  # fmt: skip
def nan_at_any_place(f: Examination, e: Example) -> Iterator[Claim]:
    """Every second row has one NaN."""
    rows, n = e.x.shape
    places = np.array([0, n - 1, n // 2, *(np.arange(rows) * 7 + 3)])[:rows] % n
    hit = np.arange(rows) % 2 == 0
    x = np.where(np.isfinite(_wide(e)), e.x, e.x.dtype.type(0))
    x[hit, places[: hit.sum()]] = np.nan
    made = f.variant(e, "one NaN", lambda: e.with_first(x))
    got, p = f.value(made).astype(f.fmt.wide), f.problem(made)
    if e.function.labelled:
        hit = hit & ~p.ignored & p.kept & (p.Q[:, 0] > 0)
    nan = np.isnan(got)
    yield holds(nan.reshape(rows, -1).all(axis=-1), what="NaN", where=hit, at=made)
    yield holds(~nan, what="a number", where=f.where(made), at=made)


@law(
    "nan-gives-nan-loss", "binary_cross_entropy_with_logits", "cross_entropy_with_logits",
    says="a NaN prediction makes its loss NaN", bound="none: exact",
    why="Every operation of every formula propagates NaN, where the label gives it weight.",
    source="IEEE 754-2019, 6.2",
    reveals="NaN swallowed by a clamp or a maximum: training goes on with garbage",
    when=lambda e: bool(np.isnan(_wide(e)).any()) and e.reduction == "none",
)  # fmt: skip
def nan_gives_nan_loss(f: Examination, e: Example) -> Iterator[Claim]:
    """NaN predictions give NaN losses, ignored rows apart."""
    p = f.problem(e)
    nan = np.isnan(p.x)
    if e.function.rowwise:
        nan = nan.any(axis=-1) & ~p.ignored & p.kept & (p.Q[:, 0] > 0)
    got = f.value(e).astype(f.fmt.wide)
    yield same(got, np.nan, where=nan, at=e)


@law(
    "one-class-is-certain", *CLASSES,
    says={
        "token_log_prob": "token_log_prob([c], 0) = 0",
        "entropy_with_logits": "entropy([c]) = 0",
        "softmax": "softmax([c]) = [1]",
        "log_softmax": "log_softmax([c]) = [0]",
        "logsumexp": "logsumexp([c]) = c",
        "cross_entropy_with_logits": "cross-entropy of one class = 0",
    },
    bound="none: exact; for softmax and the entropy 3u; a flushed subnormal c may be 0",
    why="e^0 = 1, log 1 = 0 and c + 0 = c are exact, and so is 1/1; but a vectorised softmax may "
    "multiply with an approximate reciprocal, which costs 2u and the product u: TensorFlow gives "
    "1 − u on CPUs.",
    source="C23 F.10.3.1, F.10.3.7",
    reveals="an ε in the denominator, a wrong axis, a special case for n = 1",
    when=lambda e: e.x.shape[-1] == 1 and e.x.size > 0,
)  # fmt: skip
def one_class_is_certain(f: Examination, e: Example) -> Iterator[Claim]:
    """One class has probability one."""
    p, got = f.problem(e), f.value(e).astype(f.fmt.wide)
    if e.function.name == "logsumexp":
        small = np.where(np.abs(p.x[:, 0]) < f.budget.omega, f.budget.a, 0)
        yield equal(got, p.x[:, 0], small, where=f.where(e), at=e)
        return
    want = 1 if e.function.range == (0, 1) else 0
    allowed = 3 * f.budget.u if e.function.name in ("softmax", "entropy_with_logits") else 0.0
    yield equal(got, np.full_like(got, want), allowed, where=f.where(e), at=e)


@law(
    "all-masked-is-minus-infinity", "logsumexp",
    says="logsumexp of a row all −inf = −inf", bound="none: exact",
    why="log Σ 0 = log 0 = −inf. max − max = −inf − −inf is NaN without a guard.",
    source="C23 F.10.3.7; SciPy, PyTorch, JAX",
    reveals="the unguarded max shift: NaN for a fully masked row",
    when=lambda e: e.x.shape[-1] > 0 and bool(np.isneginf(_wide(e)).all(axis=-1).any()),
)  # fmt: skip
def all_masked_is_minus_infinity(f: Examination, e: Example) -> Iterator[Claim]:
    """Rows all −inf give −inf."""
    rows = np.isneginf(f.problem(e).x).all(axis=-1)
    yield same(f.value(e).astype(f.fmt.wide), -np.inf, where=rows, at=e)


@law(
    "infinite-logit-is-infinite", "logsumexp",
    says="logsumexp of a row with +inf and no NaN = +inf", bound="none: exact",
    why="log Σ with an infinite term is +inf. inf − inf is NaN without a guard.",
    source="IEEE 754-2019, 6.1; SciPy, PyTorch, JAX",
    reveals="the unguarded max shift: NaN beside +inf",
    when=lambda e: bool(np.isposinf(_wide(e)).any()),
)  # fmt: skip
def infinite_logit_is_infinite(f: Examination, e: Example) -> Iterator[Claim]:
    """Rows with +inf give +inf."""
    x = f.problem(e).x
    rows = np.isposinf(x).any(axis=-1) & ~np.isnan(x).any(axis=-1)
    yield same(f.value(e).astype(f.fmt.wide), np.inf, where=rows, at=e)


@law(
    "certain-and-right-is-free", "binary_cross_entropy",
    says="ℓ(p=0, y=0) = ℓ(p=1, y=1) = 0", bound="none: exact",
    why="0·log 0 = 0 by the limit of y log p, and log 1 = 0.",
    source="the limit of y log y at 0; C23 F.10.3.7",
    reveals="0·(−inf) = NaN, an ε inside the logarithm",
    when=lambda e: e.reduction == "none",
)  # fmt: skip
def certain_and_right_is_free(f: Examination, e: Example) -> Iterator[Claim]:
    """No loss for a certain right answer."""
    p = f.problem(e)
    right = ((p.x == 0) & (p.labels == 0)) | ((p.x == 1) & (p.labels == 1))
    yield same(f.value(e), 0, where=right, at=e)


@law(
    "certain-and-wrong-is-infinite", *PROBS,
    level="should",
    says="p = 0 where the label has mass gives ℓ = +inf (binary: p = 1 likewise)",
    bound="none: exact",
    why="−log 0 = +inf. PyTorch's binary_cross_entropy clamps log at −100 and says so; Keras clips "
    "at 1e-7.",
    source="C23 F.10.3.7; PyTorch documentation of BCELoss",
    reveals="clamped logarithms: the gradient of a certain wrong answer vanishes",
    when=lambda e: e.reduction == "none",
)  # fmt: skip
def certain_and_wrong_is_infinite(f: Examination, e: Example) -> Iterator[Claim]:
    """Infinite loss for a certain wrong answer."""
    p = f.problem(e)
    wrong = ~p.contained & p.settled
    got = f.value(e).astype(f.fmt.wide)
    yield same(got, np.inf, where=wrong, at=e)


@law(
    "certain-and-wrong-is-not-free", *PROBS,
    says="p = 0 where the label has mass (binary: p = 1 likewise) gives ℓ > 0", bound="none: exact",
    why="ℓ = +inf; a clamped logarithm gives q·|log ε|. No convention gives nothing, less, or NaN.",
    source="the definition; PyTorch documentation of BCELoss",
    reveals="a guard against log 0 that drops the term: a certain wrong answer that costs nothing",
    when=lambda e: e.reduction == "none",
)  # fmt: skip
def certain_and_wrong_is_not_free(f: Examination, e: Example) -> Iterator[Claim]:
    """Some loss for a certain wrong answer."""
    p = f.problem(e)
    tiny = 2 * f.fmt.omega  # whose product with |log ε| is no subnormal number
    if e.function.rowwise:
        wrong = ((p.x == 0) & (tiny < p.A)).any(axis=-1) & (p.x <= 1).all(axis=-1)
    else:
        wrong = ((p.x == 0) & (p.labels > tiny)) | ((p.x == 1) & (1 - p.labels > tiny))
    got = f.value(e).astype(f.fmt.wide)
    yield holds(got > 0, got, where=wrong & p.settled, what="more than 0", at=e)


@law(
    "infinitely-wrong-is-infinite", "binary_cross_entropy_with_logits",
    level="should",
    says="ℓ(+inf, y=0) = ℓ(−inf, y=1) = +inf", bound="none: exact",
    why="softplus(+inf) = +inf. NumPy formulas and JAX agree; PyTorch gives NaN for (−inf, 1).",
    source="the limits of the definition; IEEE 754-2019, 9.2; C23, F.10.3",
    reveals="inf − inf in x − x·y",
    when=lambda e: e.reduction == "none" and bool(np.isinf(_wide(e)).any()),
)  # fmt: skip
def infinitely_wrong_is_infinite(f: Examination, e: Example) -> Iterator[Claim]:
    """Infinite loss for an infinitely wrong logit."""
    p = f.problem(e)
    wrong = (np.isposinf(p.x) & (p.negative > 0) & (p.positive == 0)) | (
        np.isneginf(p.x) & (p.positive > 0) & (p.negative == 0)
    )
    got = f.value(e).astype(f.fmt.wide)
    yield same(got, np.inf, where=wrong, at=e)


@law(
    "masked-label-is-infinite", "cross_entropy_with_logits",
    says="label on a logit −inf, another finite ⟹ ℓ = +inf", bound="none: exact",
    why="−log 0 = +inf; the label asks for what the mask excludes.",
    source="PyTorch, JAX",
    reveals="masks as large finite numbers, NaN from 0·inf",
    when=lambda e: e.reduction == "none" and bool(np.isneginf(_wide(e)).any()),
)  # fmt: skip
def masked_label_is_infinite(f: Examination, e: Example) -> Iterator[Claim]:
    """A masked label costs +inf."""
    p = f.problem(e)
    masked = (np.isneginf(p.x) & (p.A > 0)).any(axis=-1) & f.where(e)
    got = f.value(e).astype(f.fmt.wide)
    yield same(got, np.inf, where=masked, at=e)


@law(
    "masked-class-without-mass", "cross_entropy_with_logits", "cross_entropy",
    says="log p_c = −inf where the label has no mass changes nothing: 0·log 0 = 0",
    bound="B of the loss",
    why="The limit of q log p at q = 0. q·log p as written is 0·(−inf) = NaN.",
    source="PyTorch and optax#896 give NaN for one-hot labels",
    reveals="−Σ q log p without a guard",
    when=lambda e: e.reduction == "none", masked=True,
)  # fmt: skip
def masked_class_without_mass(f: Examination, e: Example) -> Iterator[Claim]:
    """Zero probability where the label is zero costs nothing."""
    p = f.problem(e)
    absent = p.x == (0 if e.function.probabilities else -np.inf)
    rows = (absent & (p.A == 0)).any(axis=-1) & ~(absent & (p.A > 0)).any(axis=-1)
    where = rows & (f.where(e) | f.where_without_mass(e))
    yield equal(f.value(e), f.exact(e), f.bound(e), where=where, at=e)


@law(
    "masked-class-counts-nothing", "entropy_with_logits",
    says="x_i = −inf, another logit finite: the class changes nothing, for 0·log 0 = 0",
    bound="B of the entropy",
    why="The limit of p log p at p = 0. p·log p as written is 0·(−inf) = NaN.",
    source="Cover & Thomas, 2.1; pytorch#18380",
    reveals="−Σ p log p without a guard: one masked action makes the entropy NaN",
    when=lambda e: bool((~np.isfinite(_wide(e))).any()) or e.fmt.is_half,
)  # fmt: skip
def masked_class_counts_nothing(f: Examination, e: Example) -> Iterator[Claim]:
    """Rows with classes of probability 0."""
    yield equal(f.value(e), f.exact(e), f.bound(e), where=f.where_without_mass(e), at=e)


@law(
    "no-mass-no-loss", "cross_entropy_with_logits", "cross_entropy",
    says="a label row of zeros gives ℓ = 0", bound="none: exact",
    why="An empty sum; 0·log p = 0 also for log p = −inf.",
    source="PyTorch, JAX",
    reveals="labels normalised by their sum, 0/0",
    when=lambda e: e.reduction == "none" and e.labels.ndim == 2,
)  # fmt: skip
def no_mass_no_loss(f: Examination, e: Example) -> Iterator[Claim]:
    """Labels without mass cost nothing."""
    p = f.problem(e)
    rows = (p.Q[:, 0] == 0) & f.where(e)
    yield same(f.value(e), 0, where=rows, at=e)


@law(
    "half-at-zero", "sigmoid",
    level="should",
    says="σ(±0) = σ(±η) = ½", bound="none: exact",
    why="e^0 = 1 exactly and 1/(1 + 1) = ½; NumPy, SciPy, PyTorch and JAX agree. e^(log σ) may be "
    "one ulp off.",
    source="C23 F.10.3.1",
    reveals="a table or polynomial that is not centred",
    when=lambda e: bool((np.abs(_wide(e)) <= e.fmt.eta).any()),
)  # fmt: skip
def half_at_zero(f: Examination, e: Example) -> Iterator[Claim]:
    """One half at zero."""
    at = np.abs(f.problem(e).x) <= f.fmt.eta
    yield same(f.value(e).astype(f.fmt.wide), np.full(e.x.shape, 0.5), where=at, at=e)
