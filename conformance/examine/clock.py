"""The time that a subject may take: small sizes first, and every law on its minimum of examples.

Stopping the run ends the time that is left.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from conformance.examine.tally import Tally
from conformance.examine.watch import Watch
from conformance.model import Example

#: How much longer than its share a subject may take for laws that have not seen their least.
_GRACE = 2.0
#: Elements that cost no more than the call itself.
_SMALL = 256


@dataclass(slots=True)
class Clock:
    """`seconds` for one subject, 0 for any number; none are left once `watch` is stopped."""

    seconds: float = 0.0
    watch: Watch = field(default_factory=Watch)
    started: float = field(default_factory=time.monotonic)
    #: The largest number of classes, or of elements, of an example that was looked at.
    reached: int = 0
    #: Examples that were left out for want of time.
    left_out: int = 0
    #: Seconds for each element of the largest example so far: what a call costs whatever its size,
    #: compiling it above all, counts least there.
    _rate: float = 0.0
    _largest: int = 0

    @property
    def spent(self) -> float:
        """Seconds since the examination began."""
        return time.monotonic() - self.started

    @property
    def over(self) -> bool:
        """True if the time is spent."""
        return 0 < self.seconds < self.spent or self.watch.stopped

    @property
    def hurried(self) -> bool:
        """True if so much is spent that laws with further calls get the examples of a quick run."""
        return 0 < self.seconds / 2 < self.spent

    @property
    def closed(self) -> bool:
        """True if nothing more is looked at, whatever a law still lacks."""
        return 0 < self.seconds * _GRACE < self.spent or self.watch.stopped

    def affords(self, e: Example) -> bool:
        """False for an example that would take longer than is left, as long as smaller ones did."""
        if not self.seconds or (self.left_out == 0 and self._rate == 0):
            return True
        fine = self._rate * max(e.size, _SMALL) <= self.seconds - self.spent
        self.left_out += not fine
        return fine

    def looked(self, e: Example, since: float) -> None:
        """Take note of an example that all laws have looked at."""
        size = max(e.size, _SMALL)
        if size >= self._largest:
            self._largest, self._rate = size, (time.monotonic() - since) / size
        self.reached = max(self.reached, e.x.shape[-1] if e.x.ndim else 0)

    def waits_for(self, tally: Tally) -> bool:
        """True if a law is asked although the time is spent: it has not seen its least."""
        return not self.closed and tally.examples < max(tally.law.least, 1)
