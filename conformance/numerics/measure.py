"""Measures a claim: the largest error / bound and its place; near 1 it is decided by balls.

Rules (all from IEEE 754 and the definitions): NaN against a number is infinitely wrong; ±inf is
right where the exact value, moved by its bound, rounds to it, and nowhere else; an exact ±inf
accepts only itself; the sign of zero is never tested.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from conformance.floats import FORMATS, HAS_EXTENDED, Array, Format
from conformance.model import Claim
from conformance.numerics.bounds.later import Later, first, full
from conformance.numerics.wanted import Exact

#: Above this ratio the wide reference is not trusted: its own error is at most 2^-11 of a bound.
CLOSE = 0.98
#: Certified values are pairs of float64: of a subnormal one, up to half of η is not told.
_UNTOLD = np.longdouble(FORMATS["float64"].eta) / 2
#: Beyond this ratio a sum of very many numbers is not decided by balls, which cost seconds.
_FAR = 1 / CLOSE
_CHUNK = 16
_MOST = 4096


@dataclass(slots=True)  # as Claim is
class Measured:
    """The worst place of a claim. `got`, `want`, `bound` are Python numbers or text."""

    ratio: float
    count: int
    index: tuple[int, ...] = ()
    got: Any = 0.0
    want: Any = 0.0
    bound: float = 0.0
    error: float = 0.0


_HELD = Measured(0.0, 1)


def measure(claim: Claim, fmt: Format, least: float = -1.0, slight: float = -1.0) -> Measured:
    """The largest ratio of a claim over the places where it is made.

    A claim whose ratio is at most `least` goes no further: its ratio is only told to be no larger.
    If `slight` is above it, a ratio up to that is the one to a smaller, cheaper bound.
    """
    if claim.got is True and claim.where is True and claim.kind == "holds":
        return _HELD
    if claim.where is not True and not np.count_nonzero(claim.where):
        return Measured(0.0, 0)  # its bound is not asked for
    if claim.kind in ("holds", "same"):
        return _exactly(claim)
    got = np.asarray(claim.got)
    if got.dtype.kind != "f" or got.dtype.itemsize < np.dtype(fmt.wide).itemsize:
        got = got.astype(fmt.wide)
    if (held := _held(claim, got)) is not None:
        return held
    with np.errstate(all="ignore"):
        how = _equal if claim.kind == "equal" else _one_sided
        if isinstance(claim.bound, Later) and max(least, slight) >= 0:
            bound = first(claim.bound)
            if least >= slight:
                held = _no_larger(claim, got, bound, fmt, least)
            else:
                found = how(claim, got, bound, fmt, decided=False)
                held = found if found.ratio <= slight else None
            if held is not None:
                return held
        return how(claim, got, full(claim.bound), fmt)


def _held(claim: Claim, got: Array) -> Measured | None:
    """The measure of a claim in which nothing differs, made without its bound; else None."""
    if isinstance(claim.want, Exact):
        return None
    holds = {"equal": np.equal, "at_most": np.less_equal, "at_least": np.greater_equal}
    return _nowhere(claim, np.asarray(~holds[claim.kind](got, claim.want)), 0.0)


def _no_larger(claim: Claim, got: Array, bound: Any, fmt: Format, least: float) -> Measured | None:
    """The measure of a claim of which no ratio is above `least`; else None."""
    bound = _allowed(bound, fmt)
    error = _comparable(_error(claim, got, bound, fmt)[1], bound)
    no_larger = (error <= least * bound) & (error < np.inf)  # nothing follows from two infinities
    return _nowhere(claim, np.asarray(~no_larger), least)


def _nowhere(claim: Claim, beyond: Array, ratio: float) -> Measured | None:
    """The measure of a claim if it exceeds a ratio nowhere."""
    count = beyond.size
    if claim.where is not True:
        beyond = np.asarray(beyond & claim.where)
        count = _number(claim.where, beyond.size)
    return None if beyond.any() else Measured(ratio, count)


def _number(where: Any, size: int) -> int:
    """At how many places, of so many that `where` is spread over, it is True."""
    where = np.asarray(where)
    return int(np.count_nonzero(where)) * (size // max(where.size, 1))


def _exactly(claim: Claim) -> Measured:
    """`holds` and `same`: the ratio is 0 or infinite."""
    got, want = np.asarray(claim.got), np.asarray(claim.want)
    wrong = np.asarray(~got) if claim.kind == "holds" else ~_same(got, want)
    count = wrong.size
    if claim.where is not True:
        wrong = np.asarray(wrong & claim.where)
        count = _number(claim.where, wrong.size)
    if not wrong.any():
        return Measured(0.0, count)
    index = _index(int(np.argmax(wrong)), wrong.shape)
    if claim.kind == "holds":
        here = "" if claim.want is True else _at(want, index), ""
    else:
        here = _at(got, index), _at(want, index)
    return Measured(np.inf, count, index, here[0], here[1], 0.0, np.inf)


def _same(a: Array, b: Array) -> Array:
    equal = a == b
    if a.dtype.kind in "biu":
        return np.asarray(equal)
    return np.asarray(equal | ((a != a) & (b != b)))


def _index(flat: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    if len(shape) == 2:
        return divmod(flat, shape[1])
    if len(shape) > 2:  # results as the implementation returned them
        return tuple(int(i) for i in np.unravel_index(flat, shape))
    return (flat,) if shape else ()


def _allowed(bound: Any, fmt: Format) -> Array:
    """The bound, infinite where it left the range of double, if it was computed in double.

    Bounds of float64 are computed in long double elsewhere, whose range they do not leave.
    """
    bound = np.asarray(bound)
    if fmt.bits == 64 and not HAS_EXTENDED:
        return np.where(np.isnan(bound), np.inf, bound)
    return bound


def _one_sided(
    claim: Claim, got: Array, bound: Any, fmt: Format, *, decided: bool = True
) -> Measured:
    bound = _allowed(bound, fmt)
    want, excess = _error(claim, got, bound, fmt)
    ratio = np.where(excess <= 0, 0, excess / bound)
    return _worst(claim, ratio, got, want, bound, excess)


def _equal(claim: Claim, got: Array, bound: Any, fmt: Format, *, decided: bool = True) -> Measured:
    exact = claim.want if isinstance(claim.want, Exact) else None
    bound = _allowed(bound, fmt)
    want, error = _error(claim, got, bound, fmt)
    ratio = _quotient(error, bound)
    if decided and exact is not None and exact.alternative is None:
        ratio, want, error = _decided(claim, exact, got, bound, ratio, want, error, fmt)
    return _worst(claim, ratio, got, want, bound, error)


def _error(claim: Claim, got: Array, bound: Array, fmt: Format) -> tuple[Array, Array]:
    """What is wanted, and by how much it is missed; of two right values the nearer."""
    wanted = claim.want.both if isinstance(claim.want, Exact) else [np.asarray(claim.want)]
    want = wanted[0]
    if claim.kind != "equal":
        beyond = got - want if claim.kind == "at_most" else want - got
        return want, np.where(got == want, 0, beyond)  # NaN stays NaN: infinitely wrong
    return want, reduce(np.minimum, (errors(got, each, bound, fmt) for each in wanted))


def ratios(claim: Claim, fmt: Format) -> Array:
    """Error / bound of an accuracy claim wherever it is made, by the wide reference; else 0."""
    got, exact = np.asarray(claim.got).astype(fmt.wide), claim.want
    bound = np.asarray(full(claim.bound))
    with np.errstate(all="ignore"):
        error = reduce(np.minimum, (errors(got, want, bound, fmt) for want in exact.both))
        ratio = np.where(np.broadcast_to(claim.where, got.shape), _quotient(error, bound), 0)
    return np.where(np.isnan(ratio), np.inf, ratio)


def within(got: Array, exact: Exact, bound: Array, fmt: Format) -> Array:
    """Where an accuracy claim holds by the wide reference, without the balls.

    False where a finite number was rounded to ±inf, since nothing follows from that.
    """
    with np.errstate(all="ignore"):
        wide = np.asarray(got).astype(fmt.wide)
        held = ((wide == want) | (np.abs(wide - want) <= bound) for want in exact.both)
        return reduce(np.logical_or, held)


def errors(got: Array, want: Array, bound: Array, fmt: Format) -> Array:
    """|got − want| by the rules of this module."""
    difference = np.asarray(got - want)
    error = np.abs(difference, out=difference)
    if np.isfinite(error.sum()):
        return error
    special = ~np.isfinite(error)
    if special.any():
        error[special] = _special(fmt, *(_chosen(a, special) for a in (got, want, bound)))
    return error


def _chosen(values: Array, where: Array) -> Array:
    """The values at some places of the shape that they are spread over."""
    return (values if values.shape == where.shape else np.broadcast_to(values, where.shape))[where]


def _special(fmt: Format, got: Array, want: Array, bound: Array) -> Array:
    """0 or infinity, where a number or the difference of two is not finite."""
    same = _same(got, want)
    if same.all():
        return np.zeros(same.shape)
    overflows = np.isinf(got) & (np.sign(got) == np.sign(want)) & np.isfinite(want)
    overflows &= np.abs(want) + bound >= fmt.largest * (1 + fmt.u)
    return np.where(same | overflows, 0, np.inf)


def _quotient(error: Array, bound: Array) -> Array:
    """error / bound, 0 if there is no error."""
    error = _comparable(error, bound)
    ratio = np.asarray(error / bound)
    return np.where(error == 0, 0, ratio) if np.isnan(ratio.sum()) else ratio


def _comparable(error: Array, bound: Array) -> Array:
    """The error in double where the bound is: that is precise enough for a ratio."""
    narrow = error.dtype == np.longdouble and bound.dtype == np.float64
    return error.astype(np.float64) if narrow else error


def _decided(
    claim: Claim, exact: Exact, got: Array, bound: Array, ratio: Array, want: Array,
    error: Array, fmt: Format,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """The ratios with the close and the failing ones taken from balls, worst first.

    Stops at the first certified failure: one is enough, and the wide ratios say how large.
    """
    limit = CLOSE if HAS_EXTENDED or fmt.bits < 64 else 0.0
    if ratio.max(initial=0) <= limit:
        return ratio, want, error
    made = np.broadcast_to(claim.where, ratio.shape)
    ratio = np.where(made, ratio, 0)
    close = np.flatnonzero(ratio > limit)
    if not close.size or (exact.summed and ratio.max() > _FAR):
        return ratio, want, error
    flat = ratio.ravel()
    order = close[np.argsort(-flat[close], kind="stable")][:_MOST]
    ratio, want, error = (np.array(a, copy=True, order="C") for a in (ratio, want, error))
    wide_bound = np.broadcast_to(bound, ratio.shape)
    for taken in (order[:1], *(order[k : k + _CHUNK] for k in range(1, len(order), _CHUNK))):
        hi, lo = exact.at(taken)
        certain = (got.ravel()[taken] - hi.astype(got.dtype)) - lo.astype(got.dtype)
        sure = hi.astype(got.dtype) + lo.astype(got.dtype)
        limits = wide_bound.ravel()[taken]
        found = np.where(
            np.isfinite(certain), np.abs(certain), errors(got.ravel()[taken], sure, limits, fmt)
        )
        if fmt.bits == 64:
            found = np.maximum(found - _UNTOLD, 0)
        undefined = np.isnan(hi)
        found = np.where(undefined, 0, found)
        ratio.ravel()[taken] = _quotient(found, limits)
        want.ravel()[taken] = sure
        error.ravel()[taken] = found
        if (ratio.ravel()[taken] > 1).any():
            break
    return ratio, want, error


def _worst(
    claim: Claim, ratio: Array, got: Array, want: Array, bound: Array, error: Array
) -> Measured:
    count = ratio.size
    if claim.where is not True:
        size = np.broadcast(ratio, claim.where).size
        count = _number(claim.where, size)
        if ratio.size < size or count < size:
            ratio = np.where(claim.where, ratio, -1)
    if not count:
        return Measured(0.0, 0)
    flat = int(ratio.argmax())  # the first NaN, if there is one
    index = _index(flat, ratio.shape)
    worst = float(ratio[index])
    here = [_at(a, index) for a in (got, want, bound, error)]
    return Measured(worst if worst == worst else np.inf, count, index, here[0], here[1],
                    float(here[2]), float(here[3]))  # fmt: skip


def _at(values: Array, index: tuple[int, ...]) -> Any:
    """The value at an index of a shape that it is spread over."""
    own = index[len(index) - values.ndim :]
    return values[tuple(i if n > 1 else 0 for i, n in zip(own, values.shape, strict=True))]
