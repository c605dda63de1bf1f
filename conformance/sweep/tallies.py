"""Counts and extremes over inputs: a commutative monoid, so that shards may come in any order."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TypeVar

import msgspec
import numpy as np

from conformance.examine.profile import EDGES

T = TypeVar("T")

#: Where the edges between histogram bins and the bounds are drawn: errors nearer to them than
#: this, in ulp, are decided by balls.
DELTA = 2.0**-21


class Place(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One result: the input's bits (of both logits), the entry of the result, and what it was."""

    at: tuple[int, ...]
    entry: int = 0
    got: str = ""


class Breaks(msgspec.Struct, kw_only=True):
    """A law that inputs break: how many, the first and the worst of them."""

    count: int = 0
    first: Place | None = None
    worst: Place | None = None
    ratio: float = 0.0

    def add(self, other: Breaks) -> None:
        """Take in another's breaks."""
        self.count += other.count
        self.first = _first(self.first, other.first)
        if other.worst is not None and _beats(other.ratio, other.worst, self.ratio, self.worst):
            self.ratio, self.worst = other.ratio, other.worst


class BinadeTotals(msgspec.Struct, kw_only=True):
    """The same of the inputs of one sign and exponent, in short."""

    judged: int = 0
    correct: int = 0
    ulp: float = 0.0
    bound_ulp: float = 0.0
    broken: dict[str, Breaks] = msgspec.field(default_factory=dict)

    def add(self, other: BinadeTotals) -> None:
        """Take in another."""
        self.judged += other.judged
        self.correct += other.correct
        self.ulp = max(self.ulp, other.ulp)
        self.bound_ulp = max(self.bound_ulp, other.bound_ulp)
        for law, broken in other.broken.items():
            self.broken.setdefault(law, Breaks()).add(broken)


class Totals(msgspec.Struct, kw_only=True):
    """Counts and extremes over a set of inputs.

    `inputs` were given, `judged` results have a value that the spec forces. `ulp` and `ratio` are
    attained at `ulp_at` and `ratio_at`; no ratio exceeds `ratio_limit`. `histogram` counts by
    `examine.profile.EDGES`. `undecided` were nearer to an edge than `DELTA` and too many for balls:
    they count below it. `descents` are neighbours in the wrong order; `ends` has the first
    and last result of each float32 shard, by which shards are compared with their neighbours.
    """

    inputs: int = 0
    judged: int = 0
    correct: int = 0
    undecided: int = 0
    ulp: float = 0.0
    ulp_at: Place | None = None
    ratio: float = 0.0
    ratio_at: Place | None = None
    ratio_limit: float = 0.0
    histogram: list[int] = msgspec.field(default_factory=lambda: [0] * (len(EDGES) + 1))
    descents: int = 0
    descent_at: Place | None = None
    broken: dict[str, Breaks] = msgspec.field(default_factory=dict)
    binades: dict[str, BinadeTotals] = msgspec.field(default_factory=dict)
    ends: dict[str, tuple[str, str]] = msgspec.field(default_factory=dict)

    def add(self, other: Totals) -> None:
        """Take in another tally: associative and commutative."""
        for name in ("inputs", "judged", "correct", "undecided", "descents"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.histogram = [a + b for a, b in zip(self.histogram, other.histogram, strict=True)]
        if other.ulp_at is not None:
            self.saw_ulp(other.ulp, other.ulp_at)
        if other.ratio_at is not None:
            self.saw_ratio(other.ratio, other.ratio_at)
        self.ratio_limit = max(self.ratio_limit, other.ratio_limit)
        self.descent_at = _first(self.descent_at, other.descent_at)
        for law, broken in other.broken.items():
            self.breaks(law).add(broken)
        for key, binade in other.binades.items():
            self.binades.setdefault(key, BinadeTotals()).add(binade)
        self.ends.update(other.ends)

    def saw_ulp(self, ulp: float, at: Place) -> None:
        """An error in ulp, kept if it is the largest."""
        if _beats(ulp, at, self.ulp, self.ulp_at):
            self.ulp, self.ulp_at = ulp, at

    def saw_ratio(self, ratio: float, at: Place) -> None:
        """A ratio to the must bound, kept if it is the largest."""
        if _beats(ratio, at, self.ratio, self.ratio_at):
            self.ratio, self.ratio_at = ratio, at
        self.ratio_limit = max(self.ratio_limit, ratio)

    def breaks(self, law: str) -> Breaks:
        """The record of a broken law."""
        return self.broken.setdefault(law, Breaks())

    def count(self, above: Iterable[int], total: int) -> None:
        """Results by error: `above[i]` of them exceed edge i."""
        cuts = [total, *above, 0]
        for i in range(len(self.histogram)):
            self.histogram[i] += cuts[i] - cuts[i + 1]
        self.judged += total
        self.correct += total - cuts[1]


def _beats(value: float, at: Place, old: float, old_at: Place | None) -> bool:
    """True if larger, or equal and earlier: a total order, so that merging commutes."""
    if old_at is None:
        return True
    if value != old:
        return bool(value > old)
    return at < old_at


def _first(a: Place | None, b: Place | None) -> Place | None:
    if a is None or b is None:
        return a or b
    return min(a, b)


def merged(tallies: Iterable[Totals]) -> Totals:
    """The tally of all."""
    total = Totals()
    for tally in tallies:
        total.add(tally)
    return total


def slots(ulps: np.ndarray) -> np.ndarray:
    """How many errors exceed each edge."""
    ordered = np.sort(ulps)
    return len(ordered) - np.searchsorted(ordered, EDGES, side="right")


def encoded(value: object) -> bytes:
    """JSON that says the same everywhere: floats in their shortest form, keys in order."""
    return json.dumps(msgspec.to_builtins(value), sort_keys=True, separators=(",", ":")).encode()


def decoded(data: bytes, kind: type[T]) -> T:
    """The inverse of `encoded`. ValueError."""
    return msgspec.convert(json.loads(data), kind)
