"""Masked rows, `where=`: no mass and no gradient where masked, whatever stands there.

The accuracy laws look at masked rows too, through their effective arguments (docs/bounds.md, "A
masked class is one at −∞"). Here is what a mask may be taken for, each in a law of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from conformance.floats import Array
from conformance.inputs import masks
from conformance.model import Claim, Example
from conformance.numerics.effective import is_endless, mask_of
from conformance.spec.claims import Claims, at_most, same
from conformance.spec.comparing import agree
from conformance.spec.context import Examination
from conformance.spec.declare import law, those
from conformance.spec.nans import nan_in_its_rows

MASKED = those(lambda f: f.rowwise and "where" in f.options)


def is_masked(e: Example) -> bool:
    """True for an example with a mask."""
    return e.options.get("where") is not None and e.size > 0


def each(e: Example) -> bool:
    """True for one whose rows each have a value."""
    return is_masked(e) and e.reduction == "none"


mask_law = partial(
    law,
    needs="where",
    when=is_masked,
    masked=True,
    source="the definition: f(x, where=m) is f of the elements of x where m holds; jax.nn.softmax",
)
gradient_law = partial(mask_law, needs="vjp, where")
_MASSLESS = {
    "softmax": "p = 0 exactly where masked",
    "log_softmax": "e^(log p) is 0 in the format where masked",
}
_FINITE = "±Ω, 1e4 and 200 where masked"
_GARBAGE = "NaN, +∞ and −∞ where masked"
_ANYTHING = "Memory behind a mask may hold anything: padding is often never written."


def masked_out(e: Example) -> Array:
    """The logits (R, n) that take no part."""
    mask = mask_of(e)
    assert mask is not None
    return ~mask


def _filled(e: Example, out: Array, fills: Sequence[float]) -> Example:
    """Each row with its masked logits replaced by one of the numbers, in turn."""
    fill = np.array([fills[i % len(fills)] for i in range(len(e.x))]).astype(e.x.dtype)
    return e.with_first(np.where(out, fill[:, None], e.x))


def _massless(f: Examination, e: Example, what: str = "") -> Claims:
    """Softmax is 0 where masked, and so is e^ of log_softmax."""
    if not e.function.by_class:
        return
    out = masked_out(e) & f.problem(e).settled[:, None]
    if not is_endless(e.function):
        yield same(f.value(e), 0, where=out, what=what, at=e)
    else:
        gone = np.full(e.x.shape, np.log(f.fmt.wide(f.fmt.eta)) - 1)
        yield at_most(f.value(e), gone, where=out, what=what, at=e)


@mask_law("no-mass-where-masked", "softmax", "log_softmax", says=_MASSLESS, vast=True)
def no_mass_where_masked(f: Examination, e: Example) -> Claims:
    """nothing where masked

    A class that takes no part has no share. A finite log p that is low enough is accepted here; a
    should law asks for −∞.
    Reveals a mask that is inverted, lies along another axis, or only shapes the maximum.
    """
    yield from _massless(f, e)


@mask_law("minus-infinity-where-masked", "log_softmax", level="should", vast=True)
def minus_infinity_where_masked(f: Examination, e: Example) -> Claims:
    """log p = −∞ where masked

    log 0 = −∞. JAX and torch.masked agree; some programs use −1e9 or the smallest number as a guard
    against 0·(−∞).
    Reveals a finite number in place of −∞.
    """
    yield same(f.value(e), -np.inf, where=masked_out(e) & f.problem(e).settled[:, None])


@gradient_law("no-gradient-where-masked", *MASKED)
def no_gradient_where_masked(f: Examination, e: Example) -> Claims:
    """∂f/∂x = 0 exactly where masked

    The result does not depend on masked logits.
    Reveals a gradient written for the row as a whole, a detached mask.
    """
    yield same(f.vjp(e), 0, where=masked_out(e) & f.where(e, "vjp"))


def undisturbed(
    f: Examination, e: Example, other: Example, quantity: str = "value", what: str = ""
) -> Claim:
    """The same value or gradient of the example changed where it does not matter.

    Against its own, not the exact one: what is wrong without the change is another law's finding.
    """
    return agree(f, e, other, quantity, where=f.where(other, quantity), what=what)


def _finite(f: Examination, e: Example) -> Example:
    return f.variant(e, "finite", lambda: _filled(e, masked_out(e), masks.finite(e.fmt)))


def _garbage(f: Examination, e: Example) -> Example:
    return f.variant(e, "garbage", lambda: _filled(e, masked_out(e), (np.nan, np.inf, -np.inf)))


@mask_law("masked-numbers-do-not-matter", *MASKED, costs=1)
def masked_numbers_do_not_matter(f: Examination, e: Example) -> Claims:
    """finite numbers where masked, however large, do not change the result

    Within 2B. They take no part, so none of them may be the maximum: e^(x − m) of all others would
    be 0.
    Reveals a maximum over all classes: the sum is 0 where a masked logit is larger; an e^x of a
    masked logit that overflows and meets 0.
    """
    yield undisturbed(f, e, _finite(f, e), what=_FINITE)
    yield from _massless(f, _finite(f, e), _FINITE)


@mask_law("masked-garbage-does-not-matter", *MASKED, level="should", also=_ANYTHING, costs=1)
def masked_garbage_does_not_matter(f: Examination, e: Example) -> Claims:
    """NaN and ±∞ where masked do not change the result

    Within 2B. NumPy, JAX and torch.masked select the elements that take part; a product with 0 and
    a sum with −∞ are NaN.
    Reveals 0·NaN, NaN + (−∞): a mask that is multiplied or added, not selected by.
    """
    yield undisturbed(f, e, _garbage(f, e), what=_GARBAGE)
    yield from _massless(f, _garbage(f, e), _GARBAGE)


def _gradient(f: Examination, e: Example, other: Example, what: str) -> Claims:
    """The gradient undisturbed, and 0 where masked."""
    yield undisturbed(f, e, other, "vjp", what)
    where = masked_out(other) & f.where(other, "vjp")
    yield same(f.vjp(other), 0, where=where, what=what, at=other)


@gradient_law("gradient-ignores-masked-numbers", *MASKED, costs=1)
def gradient_ignores_masked_numbers(f: Examination, e: Example) -> Claims:
    """finite numbers where masked, however large, do not change the gradient

    Within 2B; 0 exactly where masked. They take no part in the value, so not in its derivative.
    Reveals e^(x − m) of masked logits that overflows in a backward pass: 0·∞.
    """
    yield from _gradient(f, e, _finite(f, e), _FINITE)


@gradient_law("gradient-ignores-masked-garbage", *MASKED, level="should", also=_ANYTHING, costs=1)
def gradient_ignores_masked_garbage(f: Examination, e: Example) -> Claims:
    """NaN and ±∞ where masked do not change the gradient

    Within 2B; 0 exactly where masked. A select after the arithmetic hides NaN from the value, and
    0·NaN comes back in the gradient.
    Reveals where(m, f(x), 0) without a second where inside: the double-where trick of JAX.
    """
    yield from _gradient(f, e, _garbage(f, e), _GARBAGE)


@mask_law("low-logits-outweigh-a-mask", *MASKED, costs=1)
def low_logits_outweigh_a_mask(f: Examination, e: Example) -> Claims:
    """logits that take part may be as low as −Ω: the masked ones still have no mass

    Within B. −∞ is below every number; −1e4, −5e4, −65504, −1e9 and −Ω are not: a row with logits
    that low gives its mass to the masked classes.
    Reveals a finite sentinel in place of −∞.
    """
    other = e.with_first(masks.lowered(e, ~masked_out(e)))
    yield f.claim(other, at=other)
    yield from _massless(f, other)


@mask_law("kept-nan-fills-the-row", *MASKED, costs=1, when=each)
def kept_nan_fills_the_row(f: Examination, e: Example) -> Claims:
    """a NaN that takes part makes its row NaN, and no other

    max and Σ propagate NaN; a mask hides what is masked, and nothing else.
    Reveals NaN cleaned away everywhere so that masked ones do no harm.
    """
    out, hit = masked_out(e), np.arange(len(e.x)) % 2 == 0
    x, first = np.array(e.x, copy=True), np.argmax(~out, axis=-1)
    x[hit, first[hit]] = np.nan
    yield from nan_in_its_rows(f, e.with_first(x), hit, out)


@mask_law("kept-minus-infinity-is-the-limit", "logsumexp", costs=1)
def kept_minus_infinity_is_the_limit(f: Examination, e: Example) -> Claims:
    """where all logits that take part are −∞, logsumexp = −∞

    log Σ 0 = log 0 = −∞, as without a mask.
    Reveals a maximum over masked logits too; a sentinel: −1e9 in place of −∞.
    """
    kept = ~masked_out(e)
    other = _filled(e, kept, (-np.inf,))
    yield same(f.value(other), -np.inf, where=kept.any(axis=-1), at=other)
