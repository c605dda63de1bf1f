"""When growth of a ratio is reported, and what differs between two versions of the spec.

Shared by the gate (a run against a baseline) and by the comparison of two reports.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from conformance.errors import UsageError
from conformance.records.results import LawRecord, Report

#: A correctly rounded elementary function errs by up to u, and the standard bounds allow it 8 u
#: (4 ulp): a ratio up to 1/8 is what a perfect implementation may show, so growth below it is the
#: luck of the last bit and no regression.
FLOOR = 1 / 8

#: Doubling: the least growth that a different order of the same sums does not explain.
DEFAULT_FACTOR = 2.0


def checked_factor(factor: float) -> float:
    """The factor, if growth by it can be told from no growth. UsageError."""
    if not (math.isfinite(factor) and factor >= 1):
        raise UsageError(f"the factor for worse must be a number of at least 1, not {factor:g}")
    return factor


def grew(was: float, now: float, factor: float) -> bool:
    """Whether an error / bound ratio grew by more than the factor, the floor taken into account."""
    return now > factor * max(was, FLOOR)


def times(was: float, now: float) -> str:
    """Two ratios and their quotient, for people."""
    growth = now / was if was and math.isfinite(was) and math.isfinite(now) else math.inf
    more = f" ({growth:.2g} times)" if math.isfinite(growth) else ""
    return f"{was:.3g} -> {now:.3g} of the bound{more}"


def digest(law: LawRecord) -> str:
    """A short fingerprint of what decides a law's verdict: its level and its bound."""
    text = f"{law.level}\0{law.bound}"
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:6]


def digests(laws: Iterable[LawRecord]) -> dict[str, str]:
    """Fingerprints by id."""
    return {law.id: digest(law) for law in laws}


@dataclass(frozen=True, slots=True)
class SpecChanges:
    """What differs between two versions of the spec; empty where the version is the same."""

    old: str = ""
    new: str = ""
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    def touches(self, law: str) -> bool:
        """Whether a different verdict of this law may be due to the spec."""
        return law in self.added or law in self.changed

    def lines(self) -> list[str]:
        """What changed, for people: nothing when the version is the same."""
        if self.old == self.new:
            return []
        kinds = (
            ("new law", self.added),
            ("other bound or level", self.changed),
            ("law not in this run", self.gone),
        )
        parts = [f"{name}: {', '.join(ids)}" for name, ids in kinds if ids]
        head = f"spec {self.old or '(unnamed)'} -> {self.new or '(unnamed)'}"
        return [head + (": the same laws" if not parts else ""), *parts]


def spec_changes(old: str, laws: Mapping[str, str], new: Report) -> SpecChanges:
    """The laws added, changed and gone between an older spec, as fingerprints, and a report's."""
    if old == new.spec_version:
        return SpecChanges(old, old)
    now = digests(new.laws)
    return SpecChanges(
        old,
        new.spec_version,
        added=tuple(sorted(now.keys() - laws.keys())),
        changed=tuple(sorted(i for i in now.keys() & laws.keys() if now[i] != laws[i])),
        gone=tuple(sorted(laws.keys() - now.keys())),
    )
