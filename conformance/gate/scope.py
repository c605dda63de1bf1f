"""Which entries of a baseline a run did not examine, and which match nothing at all."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Set

from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.gate.baseline import Baseline, Case, case_of
from conformance.records.results import Report

_SUGGESTED = 20  # suggestions compare every entry with every case: enough for one screen


def leftovers(
    report: Report, baseline: Baseline, swept: Iterable[str]
) -> tuple[list[tuple[str, str]], tuple[str, ...]]:
    """Entries without a case in the run: (those that match nothing, and why), (not examined)."""
    skipped = {r.key for r in report.results if not r.examined}
    seen = {r.key for r in report.results if r.key not in skipped} | set(swept)
    missing = sorted((baseline.known.keys() | baseline.ratios.keys()) - seen)
    if not report.complete:
        return [], tuple(missing)
    run = _Run(report, baseline, seen)
    unmatched = [key for key in missing if key not in skipped and not run.may_exist(key)]
    words = [(key, run.why(key, i < _SUGGESTED)) for i, key in enumerate(unmatched)]
    return words, tuple(sorted(set(missing) - set(unmatched)))


class _Run:
    """The names that a run and its baseline know."""

    def __init__(self, report: Report, baseline: Baseline, seen: Set[str]) -> None:
        self.seen = sorted(seen)
        cases = [case for key in seen if (case := case_of(key))]
        self.subjects = {(c.implementation, c.function, c.dtype, c.place) for c in cases}
        self.examined = {c.law for c in cases}
        self.laws = self.examined | baseline.laws.keys() | {law.id for law in report.laws}
        names = {info.name for info in report.implementations} | baseline.made_with.keys()
        self.implementations = names | {c.implementation for c in cases}
        # Only a run writes ratios: the modes and devices named there have existed.
        recorded = [case for key in baseline.ratios if (case := case_of(key))]
        self.places = {c.place for c in (*cases, *recorded)}

    def may_exist(self, key: str) -> bool:
        """Whether the case is one that this run just did not look at."""
        case = case_of(key)
        return case is not None and not self._unknown(case) and not self._reached(case)

    def _reached(self, case: Case) -> bool:
        """Whether the run examined the subject and the law, so that the case would be there."""
        subject = (case.implementation, case.function, case.dtype, case.place)
        return subject in self.subjects and case.law in self.examined

    def _unknown(self, case: Case) -> str:
        """The first part of the key that nobody has heard of."""
        laws = {case.law} if case.law.startswith("exhaustive/") else self.laws
        known: tuple[tuple[str, str, Container[str]], ...] = (
            ("implementation", case.implementation, self.implementations),
            ("function", case.function, FUNCTIONS),
            ("law", case.law, laws),
            ("dtype", case.dtype, FORMATS),
            ("mode and device", case.place, self.places),
        )
        return next((f"no {kind} {name!r}" for kind, name, names in known if name not in names), "")

    def why(self, key: str, suggest: bool) -> str:
        """Why an entry matches nothing, with the nearest case there is."""
        case = case_of(key)
        words = (case and self._unknown(case)) or "the run has no such case"
        near = difflib.get_close_matches(key, self.seen, 1, 0.8) if suggest else []
        return f"{words}; did you mean {near[0]}?" if near else words


def summary(keys: Iterable[str]) -> Iterator[str]:
    """One line per implementation for the entries that were not examined."""
    names = Counter(case.implementation for key in keys if (case := case_of(key)))
    for name, count in sorted(names.items()):
        yield f"not examined this time: {count} of the baseline's cases of {name}"
