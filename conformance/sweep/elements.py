"""Judges results one by one: the slow, complete way, where no shortcut has settled them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from conformance.examine.profile import EDGES
from conformance.floats import Array, Format, to_hex, ulp
from conformance.model import Grade
from conformance.numerics.bounds import bound, budget
from conformance.numerics.exact import certified
from conformance.numerics.measure import errors
from conformance.numerics.problem import Problem
from conformance.numerics.reference import reference
from conformance.spec import catalogue
from conformance.spec.known import Known
from conformance.sweep.tallies import DELTA, Breaks, Place, Totals, slots
from conformance.sweep.targets import Target

#: Errors near an edge of the histogram that are decided by balls, in one call.
_MOST = 4096


@dataclass(slots=True)
class Facts:
    """What is known of inputs without calling anything; all (n, entries).

    `bounds` has the must bound and, where the function has such a law, the should bound.
    `also` is the exact value for flushed subnormal inputs, where hardware may take it. For float64
    the exact value is `exact` + `rest`, by balls.
    """

    exact: Array
    bounds: list[Array]
    where: Array
    also: Array | None
    rest: Array | None = None


class Oracle:
    """The exact values and bounds of a target, at any inputs."""

    def __init__(self, target: Target, fmt: Format, grade: Grade) -> None:
        self.target = target
        self.fmt = fmt
        self.budget = budget(fmt, grade)
        self._known = Known(target.of, fmt, grade)
        law = "relative-accuracy" if target.quantity == "value" else "gradient-relative-accuracy"
        relative = f"{target.of.slug}/{law}" in catalogue()
        self.levels = ("must", "should") if relative else ("must",)
        self.range = target.of.range if target.quantity == "value" else None

    def facts(self, x: Array) -> Facts:
        """Exact values within 2^-50 and bounds at inputs (n,) or (n, 2)."""
        e = self.target.example(x, self.fmt)
        quantity, entries = self.target.quantity, len(self.target.curves)
        with np.errstate(all="ignore"):
            p = Problem(e)
            found = self._bounds(p)
            where = self._known.where(e, quantity)
            self._known.begin()
            flushed = p.flushed
            also = None
            if flushed is not None:
                also = _columns(reference(flushed, quantity), entries)
            exact, rest = self.certain(x) if self.fmt.bits == 64 else (self.exact(x), None)
        defined = _columns(where, entries) & ~np.isnan(exact)
        return Facts(exact, found, defined, also, rest)

    def bounds(self, x: Array) -> list[Array]:
        """The bounds alone, by level."""
        with np.errstate(all="ignore"):
            return self._bounds(Problem(self.target.example(x, self.fmt)))

    def _bounds(self, p: Problem) -> list[Array]:
        entries, quantity = len(self.target.curves), self.target.quantity
        found = (bound(p, self.budget, quantity, level) for level in self.levels)
        return [_columns(each, entries) for each in found]

    def exact(self, x: Array) -> Array:
        """Exact values (n, entries) as float64, within 2^-50 relatively."""
        wide = x.astype(np.float64)
        with np.errstate(all="ignore"):
            argument = wide if wide.ndim == 1 else wide[:, 0]
            return np.stack([curve.value(argument) for curve in self.target.curves], axis=1)

    def certain(self, x: Array) -> tuple[Array, Array]:
        """Exact values (n, entries) by balls, as two float64."""
        t = self.target
        hi, lo = certified(t.of.quantities[t.quantity].exact, t.arguments(x, self.fmt), t.options)
        return _columns(hi, len(t.curves)), _columns(lo, len(t.curves))

    def place(self, x: Array, i: int, entry: int, got: float) -> Place:
        """Where a result was, and what."""
        bits = x[i : i + 1].reshape(-1).view(f"u{x.dtype.itemsize}")
        return Place(at=tuple(int(b) for b in bits), entry=entry, got=to_hex(got))


def _columns(values: Array, entries: int) -> Array:
    array = np.asarray(values)
    return array if array.ndim == 2 else np.broadcast_to(array[:, None], (len(array), entries))


@dataclass(slots=True)
class Errors:
    """Errors in ulp, and relative to the bound of each level, and what breaks it; (n, entries)."""

    ulps: Array
    ratios: list[Array]
    broken: list[Array]
    where: Array
    bound_ulp: Array
    undecided: int = 0


def judged(oracle: Oracle, x: Array, got: Array, facts: Facts | None = None) -> Errors:
    """Results (n, entries) measured; what float64 cannot decide is decided by balls."""
    facts = facts or oracle.facts(x)
    wide = got.astype(oracle.fmt.wide)
    with np.errstate(all="ignore"):
        unit = ulp(np.where(np.isfinite(facts.exact), facts.exact, 1), oracle.fmt)
        error = _error(wide, facts, oracle.fmt)
        undecided = _decide(oracle, x, wide, error, unit, facts)
        broken = [facts.where & (error != 0) & ~(error <= b) for b in facts.bounds]
        ratios = [np.where(facts.where & (error > 0), error / b, 0) for b in facts.bounds]
        ulps = np.where(facts.where, error / unit, 0)
        limits = np.where(facts.where, facts.bounds[0] / unit, 0)
    ratios = [np.where(np.isnan(r), np.inf, r) for r in ratios]
    return Errors(ulps, ratios, broken, facts.where, limits, undecided)


def _decide(oracle: Oracle, x: Array, wide: Array, error: Array, unit: Array, facts: Facts) -> int:
    """Put balls' errors where float64 is in doubt; how many edges of the histogram are left so.

    All doubts about bounds are resolved, and `_MOST` about edges.
    """
    if facts.also is not None or facts.rest is not None:
        return 0  # the nearer of two exact values, of subnormal probabilities; or balls already
    asked = facts.where & np.isfinite(error)
    bounds = np.flatnonzero((asked & _near_bound(error, unit, facts.bounds)).any(axis=1))
    edges = np.flatnonzero((asked & _near_edge(error, unit)).any(axis=1))
    rows = np.union1d(bounds, edges[:_MOST])
    if rows.size:
        hi, lo = oracle.certain(np.ascontiguousarray(x[rows]))
        sure = np.abs((wide[rows].astype(np.longdouble) - hi) - lo)
        error[rows] = np.where(np.isfinite(hi), sure.astype(np.float64), error[rows])
    return max(0, len(edges) - _MOST)


def _error(wide: Array, facts: Facts, fmt: Format) -> Array:
    error = errors(wide, facts.exact, facts.bounds[0], fmt)
    if facts.rest is not None:
        sure = np.abs((wide - facts.exact) - facts.rest)
        error = np.where(np.isfinite(sure), sure, error)
    if facts.also is not None:
        error = np.minimum(error, errors(wide, facts.also, facts.bounds[0], fmt))
    return np.where(np.isnan(error), np.inf, error)


def _near_bound(error: Array, unit: Array, bounds: list[Array]) -> Array:
    near = np.zeros(error.shape, bool)
    for limit in bounds:
        near |= np.abs(error - limit) <= DELTA * unit
    return near


def _near_edge(error: Array, unit: Array) -> Array:
    near = np.zeros(error.shape, bool)
    largest = float(np.max(np.where(np.isfinite(error), error / unit, 0), initial=0.0))
    for edge in EDGES:
        if edge <= largest + 1:
            near |= np.abs(error - edge * unit) <= DELTA * unit
    return near


def account(
    oracle: Oracle, tally: Totals, x: Array, got: Array, facts: Facts | None = None,
    only: int | None = None,
) -> Errors:  # fmt: skip
    """Judge results and enter them, or one entry of each, into a tally, but for `inputs`."""
    seen = judged(oracle, x, got, facts)
    wide = got.astype(np.float64)
    tally.undecided += seen.undecided
    for entry in range(seen.ulps.shape[1]) if only is None else (only,):
        mine = seen.where[:, entry]
        if not mine.any():
            continue
        errors_ulp = seen.ulps[:, entry][mine]
        tally.count(slots(errors_ulp).tolist(), errors_ulp.size)
        _extremes(oracle, tally, seen, x, wide, entry)
        for level, broken, ratios in zip(oracle.levels, seen.broken, seen.ratios, strict=True):
            _breaks(oracle, tally, level, broken[:, entry], ratios[:, entry], x, wide, entry)
        _unfit(oracle, tally, seen, x, wide, entry)
    return seen


def _extremes(
    oracle: Oracle, tally: Totals, seen: Errors, x: Array, wide: Array, entry: int
) -> None:
    i = int(np.argmax(seen.ulps[:, entry]))
    if tally.ulp_at is None or seen.ulps[i, entry] >= tally.ulp:
        at = oracle.place(x, i, entry, wide[i, entry])
        tally.saw_ulp(float(seen.ulps[i, entry]), at)
    ratios = seen.ratios[0][:, entry]
    i = int(np.argmax(ratios))
    if tally.ratio_at is None or ratios[i] >= tally.ratio:
        tally.saw_ratio(float(ratios[i]), oracle.place(x, i, entry, wide[i, entry]))


def _unfit(oracle: Oracle, tally: Totals, seen: Errors, x: Array, wide: Array, entry: int) -> None:
    """Results out of the function's range, and those that are no numbers where one is due."""
    column, mine, ratios = wide[:, entry], seen.where[:, entry], seen.ratios[0][:, entry]
    with np.errstate(invalid="ignore"):
        if oracle.range is not None:
            outside = mine & ((column < oracle.range[0]) | (column > oracle.range[1]))
            _breaks(oracle, tally, "range", outside, ratios, x, wide, entry)
    finite = np.isfinite(x.astype(np.float64))
    inputs = finite if finite.ndim == 1 else finite.all(axis=1)
    lost = mine & inputs & np.isinf(seen.ulps[:, entry])
    _breaks(oracle, tally, "finite", lost, ratios, x, wide, entry)


def _breaks(
    oracle: Oracle, tally: Totals, law: str, broken: Array, ratios: Array, x: Array, wide: Array,
    entry: int,
) -> None:  # fmt: skip
    if not broken.any():
        return
    at = np.flatnonzero(broken)
    worst = int(at[np.argmax(ratios[at])])
    first = int(at[0])
    tally.breaks(law).add(
        Breaks(
            count=at.size,
            first=oracle.place(x, first, entry, wide[first, entry]),
            worst=oracle.place(x, worst, entry, wide[worst, entry]),
            ratio=float(ratios[worst]),
        )
    )
