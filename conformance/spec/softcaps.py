"""`softcap=`: f(c·tanh(x/c)). ±c where x is large, without a gradient there, and before a mask."""

from __future__ import annotations

from functools import partial

import numpy as np

from conformance.model import Example
from conformance.numerics.measure import within as is_within
from conformance.spec.claims import Claims, equal, note
from conformance.spec.comparing import agree
from conformance.spec.context import Examination
from conformance.spec.declare import law, those, with_options
from conformance.spec.mask_forms import padded, with_mask
from conformance.spec.temperatures import finite
from conformance.spec.which import each, indexed, without

CAPPED = those(lambda f: "softcap" in f.options and f.from_logits)
softcap_law = partial(
    law,
    needs="softcap",
    costs=1,
    reshapes=True,
    when=finite,
    source="the definition: f(x; c) = f(c·tanh(x/c)); Gemma 2, arXiv:2408.00118, 2",
)
_CAP = 2.0
_LARGE = (2.0**7, 2.0**10)


def _saturated(f: Examination, e: Example, size: float) -> tuple[Example, Example]:
    """Logits ±size under the cap 2, and logits ±2 without a cap."""
    sign = np.where(e.x >= 0, 1, -1)
    large, small = ((sign * s).astype(e.x.dtype) for s in (size, _CAP))
    capped = f.variant(e, f"{size}", lambda: with_options(e.with_first(large), softcap=_CAP))
    return capped, f.variant(e, "ends", lambda: e.with_first(small))


@softcap_law("large-logits-are-the-cap", *CAPPED)
def large_logits_are_the_cap(f: Examination, e: Example) -> Claims:
    """f(±x; c) = f(±c) for large x: 128, 1024 and Ω, under c = 2

    Within B + B′. tanh is ±1 to rounding beyond 19, and is computed as that by every library.
    Reveals (e^2z − 1)/(e^2z + 1): ∞/∞ beyond 88; no cap at all, a cap that is another number.
    """
    for size in (*_LARGE, e.fmt.largest):
        capped, ends = _saturated(f, e, size)
        yield agree(f, ends, capped, where=f.where(capped), what=f"logits of ±{size:.4g}")


@softcap_law("large-logits-have-no-gradient", *CAPPED, needs="softcap, vjp")
def large_logits_have_no_gradient(f: Examination, e: Example) -> Claims:
    """∂f(±x; c) = 0 for large x: 128, 1024 and Ω, under c = 2

    Within B. sech²(64) is 1e−55, below u of every number that it is a factor of.
    Reveals 0·∞ in a backward pass, a gradient that does not pass through the cap.
    """
    for size in (*_LARGE, e.fmt.largest):
        capped, _ = _saturated(f, e, size)
        bound = f.bound(capped, "vjp")
        where = f.where(capped, "vjp")
        yield equal(f.vjp(capped), 0, bound, where=where, what=f"logits of ±{size:.4g}", at=capped)


@softcap_law("infinite-logits-are-the-cap", *CAPPED, level="should", when=(finite, each))
def infinite_logits_are_the_cap(f: Examination, e: Example) -> Claims:
    """f(±∞; c) = f(±c)

    Within 2B. tanh(±∞) = ±1. [C23, F.10.2.6]
    Reveals ∞ − ∞ and ∞/∞ in a tanh made of exponentials.
    """
    capped, ends = _saturated(f, e, np.inf)
    yield equal(f.value(capped), f.value(ends), 2 * f.bound(ends), where=f.where(ends), at=capped)


@softcap_law("masked-after-the-cap", *CAPPED, needs="softcap, where",
             when=(finite, without("label_smoothing")))  # fmt: skip
def masked_after_the_cap(f: Examination, e: Example) -> Claims:
    """f(x, where=m; c) is f(x; c) of the elements where m holds

    Within B + B′. A masked class has no mass, under a cap either.
    Reveals a cap applied to −∞ or a sentinel: masked classes are back, at −c.
    """
    plain = f.variant(e, "capped", lambda: with_options(e, softcap=_CAP))
    kept = np.ones(e.x.shape, bool)
    masked = f.variant(e, "masked", lambda: padded(with_options(e, softcap=_CAP, where=kept), 3))
    own = np.s_[:, : e.x.shape[-1]] if e.function.by_class else ...
    bound = f.bound(plain) + f.bound(masked)[own]
    yield equal(f.value(masked)[own], f.value(plain), bound, where=f.where(plain), at=masked)


def _maskable(e: Example) -> bool:
    """True where a mask leaves one result: with labels that are classes, and are not smoothed."""
    plain = not e.function.labelled or (indexed(e) and without("label_smoothing")(e))
    return plain and min(e.x.shape) > 2


def _orders(f: Examination, e: Example) -> tuple[Example, dict[str, Example]]:
    """x under c = 4 and T = 4; and what each order makes of it, by one option alone.

    c·tanh(x/(Tc)) = (x/T; c), and c·tanh(x/c)/T = (x/T; c/T). By turns a z_loss is of what
    they make; three rows and more are under a mask, which keeps the labels.
    """
    if "z_loss" in f.accepts and e.size % 2 and not f.kernel.compiles and without("weight")(e):
        e = f.variant(e, "z", lambda: with_options(e, z_loss=0.125))
    if "where" in f.accepts and _maskable(e) and not f.kernel.compiles:
        kept = np.arange(e.x.size).reshape(e.x.shape) % 3 > 0
        if e.function.labelled:
            kept |= e.labels[:, None] == np.arange(e.classes)
        e = f.variant(e, "masked", lambda: with_mask(e, kept))
    quarter = (e.x / e.x.dtype.type(4)).astype(e.x.dtype)
    given = (quarter * quarter.dtype.type(4)).astype(e.x.dtype)
    both = f.variant(
        e, "both", lambda: with_options(e.with_first(given), softcap=4.0, temperature=4.0)
    )
    orders = {
        word: f.variant(e, word, lambda c=c: with_options(e.with_first(quarter), softcap=c))  # type: ignore[misc]
        for word, c in (("divides, then caps", 4.0), ("caps, then divides", 1.0))
    }
    return both, orders


def _nearest(f: Examination, e: Example) -> tuple[str, Example, Example]:
    """The order that an implementation uses: the one whose values are nearer to its own."""
    both, orders = _orders(f, e)
    word = min(orders, key=lambda word: _off(f, both, orders[word]))
    return word, both, orders[word]


def _off(
    f: Examination, both: Example, other: Example, quantity: str = "value", share: float = 1
) -> float:
    """How far a computed quantity is from a share of another example's, in all."""
    off = np.abs(f.computed(both, quantity) - share * f.exact(other, quantity).wide)
    return float(np.where(f.where(other, quantity), off, 0).sum())


def _of_the_value(f: Examination, e: Example) -> tuple[Example, Example]:
    """The order that the values tell; of two that they do not tell apart, that of the gradient."""
    _, both, nearest = _nearest(f, e)
    orders = _orders(f, e)[1].values()
    told = [other for other in orders if same_values(f, both, other)] or [nearest]
    return both, min(told, key=lambda other: _off(f, both, other, "vjp", 1 / 4))


def same_values(f: Examination, both: Example, other: Example) -> bool:
    """True if the values that are computed of one example are those of the other, within 2B."""
    near = is_within(f.value(both), f.exact(other), 2 * f.bound(other), f.fmt)
    return bool((near | ~f.where(other)).all())


@softcap_law("cap-and-temperature", *CAPPED, needs="softcap, temperature", prefers=_maskable)
def cap_and_temperature(f: Examination, e: Example) -> Claims:
    """f(x; c, T) = f(x/T; c) or f(x/T; c/T)

    Within 2B. The two orders of a quotient and a cap, under a mask too. Attention divides first,
    samplers cap first.
    Reveals an option that is lost beside the other, or a cap that is multiplied by T.
    """
    _, both, other = _nearest(f, e)
    yield equal(f.value(both), f.value(other), 2 * f.bound(other), where=f.where(other), at=both)


@softcap_law("gradient-of-cap-and-temperature", *CAPPED, needs="softcap, temperature, vjp", costs=3,
             prefers=_maskable)  # fmt: skip
def gradient_of_cap_and_temperature(f: Examination, e: Example) -> Claims:
    """∂f(x; c, T) is 1/T times ∂f(x/T; c) or ∂f(x/T; c/T), whichever of the two f is

    Within B/2 + 2a, T being 4. The chain rule: what underflows is divided by nothing. The order is
    that of the values, where they tell it.
    Reveals a backward pass that forgets one of the two, or has them in the other order.
    """
    both, other = _of_the_value(f, e)
    bound, where = f.bound(other, "vjp") / 2 + 2 * f.budget.a, f.where(other, "vjp")
    yield equal(f.vjp(both), f.vjp(other) / 4, bound, where=where, at=both)


@softcap_law("cap-or-temperature-first", *CAPPED, level="may", needs="softcap, temperature")
def cap_or_temperature_first(f: Examination, e: Example) -> Claims:
    """which of a cap and a temperature comes first

    Both are in use.
    Reveals the order.
    """
    yield note(_nearest(f, e)[0])
