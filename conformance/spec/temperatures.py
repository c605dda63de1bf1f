"""`temperature=`: f(x/T). Neutral at 1, exact at powers of two, one-hot as T falls."""

from __future__ import annotations

from functools import partial

import numpy as np

from conformance.floats import Array
from conformance.kernels.failures import CallFailed
from conformance.model import Example
from conformance.spec.claims import Claims, equal, note
from conformance.spec.comparing import agree, both
from conformance.spec.context import Examination
from conformance.spec.declare import law, those, with_options

TEMPERED = those(lambda f: "temperature" in f.options and f.from_logits)
temperature_law = partial(
    law,
    needs="temperature",
    costs=1,
    reshapes=True,
    source="the definition: f(x; T) = f(x/T); Hinton et al., arXiv:1503.02531, 2",
)
#: A power of two, by which most logits are multiplied without a rounding.
_FOUR = 4.0
_SMALL = 2.0**-8


def finite(e: Example) -> bool:
    """True for logits that are numbers."""
    return not e.not_finite


@temperature_law("temperature-one-is-neutral", *TEMPERED)
def temperature_one_is_neutral(f: Examination, e: Example) -> Claims:
    """temperature 1 changes nothing

    Within B + B′. x/1 = x.
    Reveals a path of its own with another maximum or sum; a logarithm or a square of T.
    """
    other = f.variant(e, "one", lambda: with_options(e, temperature=1.0))
    yield agree(f, e, other, where=f.where(other))


def _four_times(f: Examination, e: Example) -> tuple[Example, Array]:
    """The example with 4x and T = 4, and the rows whose logits that moves exactly."""
    with np.errstate(over="ignore"):
        x = (e.x * e.x.dtype.type(_FOUR)).astype(e.x.dtype)
        exact = np.isfinite(x) & (x / x.dtype.type(_FOUR) == e.x)
    other = f.variant(e, "four", lambda: with_options(e.with_first(x), temperature=_FOUR))
    return other, exact.all(axis=-1)


def _places(e: Example, rows: Array, wide: bool) -> Array:
    """Rows as a mask of a value or a gradient; all or nothing for a reduction."""
    if e.reduction != "none":
        return np.asarray(rows.all())
    return rows[:, None] if wide else rows


@temperature_law("temperature-divides-the-logits", *TEMPERED, when=finite)
def temperature_divides_the_logits(f: Examination, e: Example) -> Claims:
    """f(4x; T = 4) = f(x)

    Within B + B′. 4 is exact: 4x/4 = x.
    Reveals a temperature that multiplies, or reaches the maximum, the sum or the label alone.
    """
    other, rows = _four_times(f, e)
    where = f.where(other) & _places(e, rows, e.function.by_class)
    yield agree(f, e, other, where=where)


@temperature_law("temperature-divides-the-gradient", *TEMPERED, needs="temperature, vjp",
                 when=finite)  # fmt: skip
def temperature_divides_the_gradient(f: Examination, e: Example) -> Claims:
    """4·∂f(4x; T = 4) = ∂f(x)

    Within B + 4B′. The chain rule: 1/T once, by x.
    Reveals a gradient without 1/T, with T or with 1/T².
    """
    other, rows = _four_times(f, e)
    bound = f.bound(e, "vjp") + _FOUR * f.bound(other, "vjp")
    got = _FOUR * f.vjp(other).astype(f.fmt.wide)
    where = both(f, e, other, quantity="vjp") & _places(e, rows, True)
    yield equal(got, f.vjp(e), bound, where=where, at=other)


def ranked(e: Example) -> tuple[Array, Array]:
    """Rows with 2 at one class and −2 to −6 elsewhere, and those classes."""
    rows, n = e.x.shape
    places = (np.arange(rows) * 7 + 3) % n
    hot = np.arange(n) == places[:, None]
    low = -2.0 - (np.arange(n) + np.arange(rows)[:, None]) % 5
    return np.where(hot, 2.0, low).astype(e.x.dtype), hot


def _tempered(f: Examination, e: Example, T: float, scale: float = 1) -> tuple[Example, Array]:
    """Such rows, times a scale, at a temperature."""
    x, hot = ranked(e)
    far = (x * x.dtype.type(scale)).astype(x.dtype)
    return f.variant(e, f"{T}", lambda: with_options(e.with_first(far), temperature=T)), hot


@temperature_law("low-temperature-is-the-largest", "softmax")
def low_temperature_is_the_largest(f: Examination, e: Example) -> Claims:
    """as T falls, softmax(x; T) is 1 at the largest logit and 0 elsewhere

    Within 16u at the largest, a elsewhere. At T = 2⁻⁸ the others lie 1,024 below it, and e^−1024 is
    0 in every format.
    Reveals e^(x/T) without a shift: ∞/∞; a temperature that is kept above some number.
    """
    other, hot = _tempered(f, e, _SMALL)
    bound = np.where(hot, 16 * f.fmt.u, f.budget.a)
    yield equal(f.value(other), hot.astype(f.fmt.wide), bound, at=other)


def _told(got: Array, hot: Array) -> str:
    wide = got.astype(np.float64)
    if np.isnan(wide).all():
        return "gives NaN"
    if wide.shape == hot.shape and (wide == hot).all():
        return "is 1 at the largest logit, the limit"
    return "gives numbers" if np.isfinite(wide).all() else "gives NaN or infinities in places"


def _noted(f: Examination, other: Example, hot: Array) -> Claims:
    try:
        yield note(_told(f.value(other), hot))
    except CallFailed as error:
        yield note(f"raises {error.exception}" if error.exception else str(error))


@temperature_law("temperature-zero", *TEMPERED, level="may")
def temperature_zero(f: Examination, e: Example) -> Claims:
    """temperature 0

    x/0 is no number. Samplers take 0 for the largest logit; others raise.
    Reveals an exception, the limit (the largest logit has all), NaN.
    """
    yield from _noted(f, *_tempered(f, e, 0.0))


@temperature_law("temperature-below-zero", *TEMPERED, level="may")
def temperature_below_zero(f: Examination, e: Example) -> Claims:
    """a negative temperature

    x/T turns the order round; most samplers raise.
    Reveals an exception, the order of the logits turned round.
    """
    yield from _noted(f, *_tempered(f, e, -2.0))


@temperature_law("quotient-beyond-the-format", "softmax", level="may")
def quotient_beyond_the_format(f: Examination, e: Example) -> Claims:
    """logits whose x/T lies beyond Ω

    (x − max x)/T is finite or −∞, and its e^ is 0; x/T − max(x/T) is ∞ − ∞.
    Reveals the limit, NaN.
    """
    yield from _noted(f, *_tempered(f, e, _SMALL, e.fmt.largest / 16))
