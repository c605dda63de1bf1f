"""Error profiles of functions of one variable: ulp histograms and binned curves for the report."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from conformance.backends import Unsupported
from conformance.floats import Array, from_ordered, ordered, to_hex, ulp
from conformance.kernels.failures import CallFailed
from conformance.model import Example
from conformance.numerics.measure import errors
from conformance.records.results import Accuracy, Bin, Number, number
from conformance.spec.context import Examination

BINS = 256
#: Edges of the histogram of errors in ulp: [0, ½], (½, 1], (1, 2], ... the last is open.
EDGES = np.array([0.5, 1, 2, 4, 8, 16, 64, 1024])


@dataclass(slots=True)
class Profile:
    """Errors in ulp of many inputs, as a monoid: `absorb` in any order gives the same record."""

    count: int = 0
    correct: int = 0
    ulp: float = 0.0
    ratio: float = 0.0
    worst: str = ""
    histogram: Array = field(default_factory=lambda: np.zeros(len(EDGES) + 1, np.int64))
    bins: dict[int, tuple[float, float]] = field(default_factory=dict)


def bin_of(keys: Array, bits: int) -> Array:
    """The bin of ordered integers: equal slices of the ordered axis."""
    return (keys.astype(np.int64) >> (bits - 8)) + 128


class Profiler:
    """Collects the profile of value and derivative from the examples with one argument each."""

    def __init__(self, f: Examination) -> None:
        self._f = f
        self._profiles: dict[str, tuple[Profile, str]] = {}

    def look(self, e: Example) -> None:
        """Absorb an elementwise example with every or many bit patterns."""
        if e.function.rowwise or not e.family.startswith(("all ", "stratified")):
            return
        if e.function.labelled:
            return
        for quantity in ("value", "vjp"):
            if quantity == "vjp" and not _ones(e):
                continue
            try:
                got = self._f.computed(e, quantity)
            except (CallFailed, Unsupported):
                continue
            profile, _ = self._profiles.get(quantity, (Profile(), ""))
            self._absorb(profile, e, quantity, got)
            self._profiles[quantity] = (profile, e.family)

    def _absorb(self, profile: Profile, e: Example, quantity: str, got: Array) -> None:
        f, fmt = self._f, e.fmt
        where = np.broadcast_to(f.forced(e, quantity), e.x.shape)
        with np.errstate(all="ignore"):
            want, bound = f.exact(e, quantity).wide, np.asarray(f.bound(e, quantity))
            error = errors(got.astype(fmt.wide), want, bound, fmt)
            unit = ulp(np.where(np.isfinite(want), want, 1), fmt)
            in_ulp = np.where(where, error / unit, 0)
            ratio = np.where(where & (error > 0), error / bound, 0)
        at = int(np.argmax(in_ulp))
        profile.count += int(where.sum())
        profile.correct += int((where & (in_ulp <= 0.5)).sum())
        if in_ulp[at] >= profile.ulp:
            profile.ulp, profile.worst = float(in_ulp[at]), to_hex(e.x[at])
        profile.ratio = max(profile.ratio, float(ratio.max(initial=0)))
        finite = in_ulp[where]
        slots = np.searchsorted(EDGES, finite.astype(np.float64), side="left")
        profile.histogram += np.bincount(slots, minlength=len(EDGES) + 1)
        _binned(profile, ordered(e.x), np.where(where, in_ulp, 0), bound / unit, fmt.bits)

    def records(self) -> list[Accuracy]:
        """The Accuracy records."""
        s, found = self._f.subject, []
        for quantity, (profile, family) in self._profiles.items():
            exhaustive = family.startswith("all ")
            coverage = family if exhaustive else f"{profile.count:,} sampled"
            found.append(
                Accuracy(
                    implementation=s.implementation, function=s.function, quantity=quantity,
                    dtype=s.dtype, device=s.device, mode=s.mode, coverage=coverage,
                    count=profile.count, exhaustive=exhaustive,
                    ulp=number(profile.ulp) or 0.0, ratio=number(profile.ratio) or 0.0,
                    worst=profile.worst,
                    correctly_rounded=profile.correct / max(profile.count, 1),
                    histogram=[int(n) for n in profile.histogram],
                    bins=_bins(profile, self._f.fmt.dtype, self._f.fmt.bits),
                )
            )  # fmt: skip
        return found


def _ones(e: Example) -> bool:
    return bool((e.args["cotangent"] == 1).all()) if "cotangent" in e.args else False


def _binned(profile: Profile, keys: Array, in_ulp: Array, bound: Array, bits: int) -> None:
    slots = bin_of(keys, bits)
    largest, limit = np.zeros(BINS), np.zeros(BINS)
    np.maximum.at(largest, slots, np.nan_to_num(in_ulp.astype(np.float64), posinf=1e300))
    np.maximum.at(limit, slots, np.nan_to_num(bound.astype(np.float64), posinf=1e300))
    for slot in np.unique(slots):
        old = profile.bins.get(int(slot), (0.0, 0.0))
        profile.bins[int(slot)] = (max(old[0], largest[slot]), max(old[1], limit[slot]))


def _bins(profile: Profile, dtype: object, bits: int) -> list[Bin]:
    first = np.arange(-BINS // 2, BINS // 2, dtype=np.int64) << (bits - 8)
    last = first + ((1 << (bits - 8)) - 1)
    ends = from_ordered(np.stack([first, last], axis=1), dtype)
    numbers = np.asarray(~np.isnan(ends.astype(np.float64)).all(axis=1))
    return [
        Bin(low=to_hex(ends[slot, 0]), high=to_hex(ends[slot, 1]),
            ulp=_short(error), bound_ulp=_short(limit))
        for slot, (error, limit) in sorted(profile.bins.items()) if numbers[slot]
    ]  # fmt: skip


def _short(value: float) -> Number:
    return number(float(f"{value:.4g}")) or 0.0
