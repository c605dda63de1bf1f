"""What the library that an implementation replaces does at the same inputs.

A deviation that is taken over from there speaks of a law and a format. What it excuses are the
inputs at which the library deviates, too: an error elsewhere is the implementation's own.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from conformance.examine.tally import Seen, Tally, clear, keeps, raises
from conformance.kernels.loading import load
from conformance.model import Example
from conformance.records import deviations
from conformance.spec.context import Examination
from conformance.spec.law import Law


class Peer:
    """The bundled implementation that another one replaces, called at its counterexamples."""

    def __init__(self, f: Examination) -> None:
        self.name = f.implementation.like
        self._f = f

    @cached_property
    def _theirs(self) -> Examination:
        theirs, s = load(self.name), self._f.subject
        return Examination(theirs, replace(s, implementation=theirs.name), self._f.grade)

    def keeps(self, law: Law, e: Example) -> bool:
        """True if the library looks at an example, and keeps the law there."""
        return keeps(law, self._theirs, e)

    def failure(self, tally: Tally) -> Seen | None:
        """The smallest failure of a law, beyond doubt, where the library keeps it."""
        if not self._excuses(tally.law):
            return None
        enough = clear(tally.ratio)
        found = [s for s in (*tally.smallest, *tally.worst) if s.measured.ratio >= enough]
        found.sort(key=lambda seen: seen.example.size)
        return next((seen for seen in found if self.keeps(tally.law, seen.example)), None)

    def answers(self, tally: Tally) -> bool:
        """True if the library gives a result where the implementation raises."""
        if tally.error is None or not self._excuses(tally.law):
            return False
        return raises(tally.law, self._theirs, tally.error[0]) is None

    def _excuses(self, law: Law) -> bool:
        """True if the deviation of a law is one that was taken over."""
        of = self._f.implementation
        return deviations.key(of.deviations, law.id, self._f.subject.dtype) in of.inherited
