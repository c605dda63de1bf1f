"""The running verdict of one law on one subject: worst ratio, counts, failures, notes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from conformance.backends import Unsupported
from conformance.kernels.failures import CallFailed
from conformance.model import Claim, Example
from conformance.numerics.measure import Measured, measure
from conformance.records.results import CLEAR
from conformance.spec.law import Law

if TYPE_CHECKING:
    from conformance.spec.context import Examination

#: A law that failed, or could not be called, this often is settled: further calls add nothing.
ENOUGH = 12
_WORST = 3
#: Up to here a ratio is that to a smaller bound, which is cheaper: no smaller than the true one.
_SLIGHT = 1 / 16


def clear(worst: float) -> float:
    """The least excess worth showing: `CLEAR` bounds, or the geometric mean of 1 and the worst."""
    return min(CLEAR, worst**0.5)


@dataclass(slots=True)
class Seen:
    """One claim on one example, measured. `example` is what the law was given."""

    example: Example
    claim: Claim
    measured: Measured


@dataclass(slots=True)
class Climb:
    """What was gained by a law: steps made, and the largest ratio before and after."""

    steps: int
    before: float
    after: float


@dataclass(slots=True)
class Tally:
    """What one law has seen so far."""

    law: Law
    examples: int = 0
    failures: int = 0
    errors: int = 0
    seconds: float = 0.0
    worst: list[Seen] = field(default_factory=list)
    smallest: list[Seen] = field(default_factory=list)
    first: Seen | None = None
    error: tuple[Example, CallFailed] | None = None
    refused: str = ""
    refusals: int = 0
    notes: dict[str, int] = field(default_factory=dict)
    first_at: int = 0
    #: True if a search begins at the worst examples; else the worst alone has to be known.
    climbs: bool = False
    climb: Climb | None = None
    #: What a ratio that is kept is above; at most 1, for failures are kept by size.
    _least: float = -1.0

    @property
    def ratio(self) -> float:
        """The largest ratio so far; 0 if nothing was measured."""
        return self.worst[0].measured.ratio if self.worst else 0.0

    @property
    def shown(self) -> Seen:
        """The smallest failing example whose excess is clear. ValueError if nothing failed."""
        enough = clear(self.ratio)
        convincing = (seen for seen in self.smallest if seen.measured.ratio >= enough)
        return min(convincing, key=lambda seen: seen.example.size)

    @property
    def failing(self) -> list[Example]:
        """Examples at which the law is known to be broken."""
        return [seen.example for seen in (*self.smallest, *self.worst) if seen.measured.ratio > 1]

    @property
    def settled(self) -> bool:
        """True if more examples cannot change the outcome."""
        return self.failures >= ENOUGH or self.errors >= ENOUGH

    @property
    def broken(self) -> int:
        """At how many examples the law was broken, or could not be called."""
        return self.failures + self.errors

    def look(self, f: Examination, e: Example, index: int = 0) -> None:
        """Check one example, the one at `index` of the subject's examples."""
        started, broken = time.perf_counter(), self.broken
        try:
            self._look(f, e)
        except Unsupported as error:
            self.refused = self.refused or str(error)
            self.refusals += 1
        except CallFailed as error:
            self._err(e, error, self._left_open(f, e, error))
        if self.broken > broken:
            self.first_at = self.first_at or index + 1
        self.seconds += time.perf_counter() - started

    @staticmethod
    def _left_open(f: Examination, e: Example, error: CallFailed) -> bool:
        """True if what was refused has no value by definition, such as the mean of no rows."""
        if error.kind != "raised" or error.lost or error.slip or not e.size:
            return False
        at = error.at or e  # a further call of the law's
        known = at.function is f.function and at.fmt is f.fmt
        return not np.asarray(f.forced(at if known else e)).any()

    def _err(self, e: Example, error: CallFailed, left_open: bool = False) -> None:
        if left_open or self._excused(e, error):
            self.refused = self.refused or str(error)
            return
        self.errors += 1
        if self.error is None or (not self.error[1].lost and e.size < self.error[0].size):
            self.error = (e, error)

    def _excused(self, e: Example, error: CallFailed) -> bool:
        """True if a right implementation may lack the memory, say for labels as rows of eye(n)."""
        return error.for_want_of_memory and (self.law.hungry or e.vast)

    def charge(
        self, e: Example, error: CallFailed, settles: bool, index: int = 0, excused: bool = False
    ) -> None:
        """Count an example at which an earlier examination was lost; `settles`: look no further."""
        self.errors += ENOUGH if settles else 1
        if excused or self._excused(e, error):
            self.refused = self.refused or str(error)
            return
        self.first_at = self.first_at or index + 1
        if self.error is None or not self.error[1].lost:
            self.error = (e, error)

    def _look(self, f: Examination, e: Example) -> None:
        exercised = failed = False
        for claim in self.law.check(f, e):
            if claim.kind == "note":
                self.notes[claim.what] = self.notes.get(claim.what, 0) + 1
                exercised = True
                continue
            measured = measure(claim, f.fmt, self._least, _SLIGHT)
            if measured.count == 0:
                continue
            exercised = True
            if measured.ratio > 1:
                failed = True
            if measured.ratio > self._least:
                self._keep(Seen(e, claim, measured))
        self.examples += exercised
        self.failures += failed

    def _keep(self, seen: Seen) -> None:
        ratio = seen.measured.ratio
        if ratio > 1:
            self.first = self.first or seen
            self._keep_small(seen)
        if len(self.worst) < _WORST or ratio > self.worst[-1].measured.ratio:
            claim = replace(seen.claim, got=None, want=None, bound=None)
            light = Seen(seen.example, claim, seen.measured)
            self.worst = sorted([*self.worst, light], key=_by_ratio)[:_WORST]
            if len(self.worst) >= (number := _WORST if self.climbs else 1):
                self._least = min(self.worst[number - 1].measured.ratio, 1.0)

    def _keep_small(self, seen: Seen) -> None:
        """Keep a failure that no smaller one exceeds: what is clear is known at the end only."""
        size, ratio = seen.example.size, min(seen.measured.ratio, CLEAR)
        if any(s.example.size <= size and s.measured.ratio >= ratio for s in self.smallest):
            return
        self.smallest = [
            s for s in self.smallest
            if s.example.size < size or min(s.measured.ratio, CLEAR) > ratio
        ]  # fmt: skip
        self.smallest.append(seen)


def _by_ratio(seen: Seen) -> float:
    return -seen.measured.ratio


def breaks(law: Law, f: Examination, e: Example, *, anew: bool = True) -> Seen | None:
    """The worst broken claim of a law on one example; None if it holds or cannot be called.

    `anew` forgets what was computed before, of this example or another.
    """
    if anew:
        f.begin()
    worst: Seen | None = None
    try:
        if law.when is not None and not law.when(e):
            return None
        for claim in law.check(f, e):
            if claim.kind == "note":
                continue
            measured = measure(claim, f.fmt, 1.0)
            bad = measured.count and measured.ratio > 1
            if bad and (worst is None or measured.ratio > worst.measured.ratio):
                worst = Seen(e, claim, measured)
    except (Unsupported, CallFailed):
        return worst
    except (IndexError, ValueError, KeyError, np.exceptions.AxisError):
        return None  # a reduced example that the law itself cannot take
    return worst


def keeps(law: Law, f: Examination, e: Example) -> bool:
    """Whether a law looks at an example, and holds there."""
    f.begin()
    try:
        if law.when is not None and not law.when(e):
            return False
        measured = [measure(claim, f.fmt) for claim in law.check(f, e) if claim.kind != "note"]
    except (Unsupported, CallFailed, IndexError, ValueError, KeyError, np.exceptions.AxisError):
        return False
    return any(m.count for m in measured) and all(m.ratio <= 1 for m in measured)


def raises(law: Law, f: Examination, e: Example) -> CallFailed | None:
    """What the implementation raises where the law calls it; None if nothing."""
    f.begin()
    try:
        for _ in law.check(f, e):
            pass
    except CallFailed as error:
        return error
    except (Unsupported, IndexError, ValueError, KeyError, np.exceptions.AxisError):
        return None
    return None
