"""Masked rows, `where=`: no mass and no gradient where masked, whatever stands there.

The accuracy laws look at masked rows too, through their effective arguments (docs/bounds.md, "A
masked class is one at −∞"). Here is what a mask may be taken for, each in a law of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from conformance.floats import Array
from conformance.inputs import masks
from conformance.model import Claim, Example
from conformance.numerics.effective import is_endless, mask_of
from conformance.spec.claims import Claims, at_most, equal, holds, same
from conformance.spec.context import Examination
from conformance.spec.declare import law, those

MASKED = those(lambda f: f.rowwise and "where" in f.options)
SOURCE = "the definition: f(x, where=m) is f of the elements of x where m holds; jax.nn.softmax"


def is_masked(e: Example) -> bool:
    """True for an example with a mask."""
    return e.options.get("where") is not None and e.size > 0


def each(e: Example) -> bool:
    """True for one whose rows each have a value."""
    return is_masked(e) and e.reduction == "none"


OF_MASKS: dict[str, Any] = {
    "options": ("where",), "when": is_masked, "masked": True, "source": SOURCE,
}  # fmt: skip


def masked_out(e: Example) -> Array:
    """The logits (R, n) that take no part."""
    mask = mask_of(e)
    assert mask is not None
    return ~mask


def _filled(e: Example, out: Array, fills: Sequence[float]) -> Example:
    """Each row's masked logits replaced by one number, by turns."""
    fill = np.array([fills[i % len(fills)] for i in range(len(e.x))]).astype(e.x.dtype)
    return e.with_first(np.where(out, fill[:, None], e.x))


def _massless(f: Examination, e: Example, what: str = "") -> Iterator[Claim]:
    """Softmax is 0 where masked, and so is e^ of log_softmax."""
    if not e.function.by_class:
        return
    out = masked_out(e) & f.problem(e).settled[:, None]
    if not is_endless(e.function):
        yield same(f.value(e), 0, where=out, what=what)
    else:
        gone = np.full(e.x.shape, np.log(f.fmt.wide(f.fmt.eta)) - 1)
        yield at_most(f.value(e), gone, where=out, what=what)


@law(
    "no-mass-where-masked",
    "softmax",
    "log_softmax",
    says={
        "softmax": "p = 0 exactly where masked",
        "log_softmax": "e^(log p) is 0 in the format where masked",
    },
    **OF_MASKS,
)
def no_mass_where_masked(f: Examination, e: Example) -> Claims:
    """Nothing where masked

    A class that takes no part has no share. A finite log p that is low enough is as good here; a
    should law asks for −∞.
    Reveals a mask that is inverted, lies along another axis, or only shapes the maximum.
    """
    yield from _massless(f, e)


@law("minus-infinity-where-masked", "log_softmax", level="should", **OF_MASKS)
def minus_infinity_where_masked(f: Examination, e: Example) -> Claims:
    """log p = −∞ where masked

    log 0. JAX and torch.masked agree; −1e9 and the smallest number are guards of some programs
    against 0·(−∞).
    Reveals a finite number in place of −∞.
    """
    out = masked_out(e) & f.problem(e).settled[:, None]
    yield same(f.value(e), -np.inf, where=out)


@law("no-gradient-where-masked", *MASKED, needs="vjp", **OF_MASKS)
def no_gradient_where_masked(f: Examination, e: Example) -> Claims:
    """∂f/∂x = 0 exactly where masked

    The result does not depend on masked logits.
    Reveals a gradient written for the row as a whole, a detached mask.
    """
    yield same(f.vjp(e), 0, where=masked_out(e) & f.where(e, "vjp"))


def unchanged(
    f: Examination, e: Example, other: Example, quantity: str = "value", what: str = ""
) -> Claim:
    """The same value or gradient of the example changed where it does not matter.

    Against its own, not the exact one: what is wrong without the change is another law's finding.
    """
    where = f.where(e, quantity) & f.where(other, quantity)
    return equal(
        f.computed(other, quantity), f.computed(e, quantity),
        f.bound(e, quantity) + f.bound(other, quantity), where=where, what=what, at=other,
    )  # fmt: skip


def _finite(f: Examination, e: Example) -> Example:
    return f.variant(e, "finite", lambda: _filled(e, masked_out(e), masks.finite(e.fmt)))


def _garbage(f: Examination, e: Example) -> Example:
    return f.variant(e, "garbage", lambda: _filled(e, masked_out(e), (np.nan, np.inf, -np.inf)))


_FINITE = "±Ω, 1e4 and 200 where masked"
_GARBAGE = "NaN, +∞ and −∞ where masked"
_ANYTHING = "Memory behind a mask may hold anything: padding is often never written."


@law("masked-numbers-do-not-matter", *MASKED, costs=1, **OF_MASKS)
def masked_numbers_do_not_matter(f: Examination, e: Example) -> Claims:
    """whatever finite numbers stand where masked, the result is that of the others

    Within 2B. They take no part; so no maximum may be theirs: e^(x − m) of all others would be 0.
    Reveals a maximum over all classes: the sum is 0 where a masked logit is larger; an e^x of a
    masked logit that overflows and meets 0.
    """
    other = _finite(f, e)
    yield unchanged(f, e, other, what=_FINITE)
    yield from _massless(f, other, _FINITE)


@law(
    "masked-garbage-does-not-matter",
    *MASKED,
    level="should",
    why=_ANYTHING + " NumPy's, JAX's and torch.masked's select; a product with 0 and a sum with "
    "−∞ are NaN.",
    costs=1,
    **OF_MASKS,
)
def masked_garbage_does_not_matter(f: Examination, e: Example) -> Claims:
    """NaN and ±∞ where masked leave the result as it is

    Within 2B.
    Reveals 0·NaN, NaN + (−∞): a mask that is multiplied or added, not selected by.
    """
    other = _garbage(f, e)
    yield unchanged(f, e, other, what=_GARBAGE)
    yield from _massless(f, other, _GARBAGE)


def _gradient(f: Examination, e: Example, other: Example, what: str) -> Iterator[Claim]:
    yield unchanged(f, e, other, "vjp", what)
    yield same(
        f.vjp(other), 0, where=masked_out(other) & f.where(other, "vjp"), what=what, at=other
    )


@law("gradient-ignores-masked-numbers", *MASKED, needs="vjp", costs=1, **OF_MASKS)
def gradient_ignores_masked_numbers(f: Examination, e: Example) -> Claims:
    """whatever finite numbers stand where masked, the gradient is that of the others

    Within 2B; 0 exactly where masked. They take no part in the value, so not in its derivative.
    Reveals e^(x − m) of masked logits that overflows in a backward pass: 0·∞.
    """
    yield from _gradient(f, e, _finite(f, e), _FINITE)


@law(
    "gradient-ignores-masked-garbage",
    *MASKED,
    level="should",
    why=_ANYTHING + " A select after the arithmetic hides NaN from the value, and 0·NaN comes "
    "back in the gradient.",
    needs="vjp",
    costs=1,
    **OF_MASKS,
)
def gradient_ignores_masked_garbage(f: Examination, e: Example) -> Claims:
    """NaN and ±∞ where masked leave the gradient as it is

    Within 2B; 0 exactly where masked.
    Reveals where(m, f(x), 0) without a second where inside: the double-where trick of JAX.
    """
    yield from _gradient(f, e, _garbage(f, e), _GARBAGE)


@law("low-logits-outweigh-a-mask", *MASKED, costs=1, **OF_MASKS)
def low_logits_outweigh_a_mask(f: Examination, e: Example) -> Claims:
    """logits that take part may be as low as −Ω: the masked ones still have no mass

    Within B. −∞ is below every number; −1e4, −5e4, −65504, −1e9 and −Ω are not: a row whose logits
    are as low gives its mass to the masked classes.
    Reveals a finite sentinel in place of −∞.
    """
    other = f.variant(e, "low", lambda: e.with_first(masks.lowered(e, ~masked_out(e))))
    yield f.claim(other)
    yield from _massless(f, other)


@law("kept-nan-fills-the-row", *MASKED, costs=1, **{**OF_MASKS, "when": each})
def kept_nan_fills_the_row(f: Examination, e: Example) -> Claims:
    """a NaN that takes part makes its row NaN, and no other

    max and Σ propagate NaN; a mask hides what is masked, and nothing else.
    Reveals NaN cleaned away everywhere so that masked ones do no harm.
    """
    out, rows = masked_out(e), np.arange(len(e.x))
    hit = rows % 2 == 0
    place = np.argmax(~out, axis=-1)
    x = np.array(e.x, copy=True)
    x[rows[hit], place[hit]] = np.nan
    made = f.variant(e, "NaN", lambda: e.with_first(x))
    got, p = f.value(made), f.problem(made)
    if e.function.labelled:
        hit = hit & ~p.ignored & p.kept & (p.Q[:, 0] > 0)
    nan = np.isnan(got)
    taken = nan | out if nan.ndim == 2 else nan
    yield holds(taken.reshape(len(rows), -1).all(axis=-1), what="NaN", where=hit, at=made)
    yield holds(~nan, what="a number", where=f.where(made), at=made)


@law("kept-minus-infinity-is-the-limit", "logsumexp", costs=1, **OF_MASKS)
def kept_minus_infinity_is_the_limit(f: Examination, e: Example) -> Claims:
    """where all logits that take part are −∞, logsumexp = −∞

    log Σ 0 = log 0 = −∞, as without a mask.
    Reveals a maximum over masked logits too; a sentinel: −1e9 in place of −∞.
    """
    kept = ~masked_out(e)
    other = f.variant(e, "−∞", lambda: _filled(e, kept, (-np.inf,)))
    yield same(f.value(other), -np.inf, where=kept.any(axis=-1), at=other)
