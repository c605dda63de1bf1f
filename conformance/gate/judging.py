"""The gate: a run against a baseline. New and worse cases fail it; others are only reported.

>>> judged = judge(report, read("conformance.baseline"))
>>> judged.status, judged.lines()
"""

from __future__ import annotations

import decimal
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from conformance.errors import BaselineError
from conformance.gate.baseline import Baseline, KnownFailure
from conformance.gate.changes import Change, Judged
from conformance.gate.growth import (
    DEFAULT_FACTOR,
    FLOOR,
    SpecChanges,
    checked_factor,
    digests,
    grew,
    spec_changes,
    times,
)
from conformance.gate.scope import leftovers
from conformance.records.results import Accuracy, Level, Report, Result, expected


def judge(
    report: Report,
    baseline: Baseline,
    *,
    factor: float = DEFAULT_FACTOR,
    strict: bool = False,
    fail_on: Level = "must",
) -> Judged:
    """Hold a run against a baseline. BaselineError if the two cannot be compared."""
    _comparable(report, baseline)
    spec = spec_changes(baseline.spec, baseline.laws, report)
    gate = _Gate(baseline, checked_factor(factor), spec)
    kinds: dict[str, list[Change]] = defaultdict(list)
    results = [gate.judged(result, kinds) for result in report.results]
    for key, ratio in _swept(report.accuracy):
        gate.ratchet(Change(key, "", now=ratio), "", kinds)
    gate.limited(report, kinds)
    matches, elsewhere = leftovers(report, baseline, [key for key, _ in _swept(report.accuracy)])
    kinds["unmatched"] = [Change(key, words) for key, words in matches]
    return Judged(
        report=msgspec.structs.replace(report, results=results),
        **{kind: tuple(sorted(of, key=lambda c: c.key)) for kind, of in kinds.items()},
        not_examined=elsewhere,
        spec=spec,
        notes=tuple(_notes(report, baseline)),
        strict=strict,
        fail_on=fail_on,
    )


def _comparable(report: Report, baseline: Baseline) -> None:
    grade = report.settings.get("grade", "")
    if grade and baseline.grade and grade != baseline.grade:
        raise BaselineError(
            f"the baseline was made with --grade {baseline.grade:.20}, this run with "
            f"--grade {grade:.20}: their ratios cannot be compared"
        )


@dataclass(frozen=True, slots=True)
class _Gate:
    baseline: Baseline
    factor: float
    spec: SpecChanges

    def judged(self, result: Result, kinds: dict[str, list[Change]]) -> Result:
        """The result with the outcome that the baseline gives it; what is told goes to `kinds`."""
        entry = self.baseline.known.get(result.key)
        if result.broken and result.outcome != "deviation":
            return self._broken(result, entry, kinds)
        if entry and result.outcome == "deviation":
            kinds["fixed"].append(_change(result, "is now a declared deviation"))
        elif entry and result.holds:
            kinds["fixed"].append(_change(result, f"was {_was(entry)}, holds now"))
            return expected(result, "known")
        elif result.holds and result.level != "may":
            self.ratchet(_change(result, ""), result.invariant, kinds)
        return result

    def _broken(
        self, result: Result, entry: KnownFailure | None, kinds: dict[str, list[Change]]
    ) -> Result:
        if entry is None:
            was = self.baseline.ratios.get(result.key)
            before = "" if was is None else f"passed with error / bound = {was:.3g}, "
            change = _change(result, before + _failure(result), was)
            kinds[self._kind(result.invariant, "new")].append(change)
            return result
        words = self._worse(result, entry)
        if words:
            change = _change(result, words, entry.ratio)
            kinds[self._kind(result.invariant, "worse")].append(change)
            return result
        reason = entry.reason or "no reason given"
        kinds["known"].append(_change(result, f"{_failure(result)}; {reason}", entry.ratio))
        return expected(result, "known", "" if result.outcome == "known" else entry.reason)

    def _worse(self, result: Result, entry: KnownFailure) -> str:
        """How a known failure is worse than its entry says; empty if it is not."""
        if (result.measured or result.outcome) not in ("known", entry.outcome):
            return f"was {_was(entry)}, {_failure(result)}"
        if entry.ratio is not None and grew(entry.ratio, result.excess, self.factor):
            return times(entry.ratio, result.excess)
        return ""

    def ratchet(self, change: Change, law: str, kinds: dict[str, list[Change]]) -> None:
        """Tell of a case that passes and whose ratio grew by more than the factor."""
        was = self.baseline.ratios.get(change.key)
        if was is None or change.now is None or not grew(was, change.now, self.factor):
            return
        words = f"{times(was, change.now)}, though it still passes"
        told = Change(change.key, words, change.level, was, change.now, change.result)
        kinds[self._kind(law, "worse")].append(told)

    def limited(self, report: Report, kinds: dict[str, list[Change]]) -> None:
        """Tell of what was taken and is refused now, and the other way round."""
        if not any(law.endswith(f"/{_FIRST}") for law in self.baseline.laws):
            return  # made before limits were looked for
        now, was = _refused(report), self.baseline.limits
        for key in dict.fromkeys((*now, *was)):
            here, before = (set(filter(None, of.get(key, "").split("; "))) for of in (now, was))
            more, less = sorted(here - before), sorted(before - here)
            if more:
                kinds["new"].append(
                    Change(key, f"took, and refuses now: {'; '.join(more)}", "must")
                )
            elif less and _examined(report, key):
                kinds["fixed"].append(Change(key, f"refused, and takes now: {'; '.join(less)}"))

    def _kind(self, law: str, kind: str) -> str:
        return "by_spec" if self.spec.touches(law) else kind


#: A law that there is since limits are looked for.
_FIRST = "takes-its-formats"


def _refused(report: Report) -> dict[str, str]:
    """Implementation, function, kind of limit and place -> what is refused."""
    return {
        f"{x.implementation}::{x.function}::limits/{x.kind}::{x.dtype}-{x.mode}-{x.device}":
            "; ".join(x.refuses)
        for x in report.limits
    }  # fmt: skip


def _examined(report: Report, key: str) -> bool:
    name, function, _, place = key.split("::")
    return any(
        (r.implementation, r.function, f"{r.dtype}-{r.mode}-{r.device}") == (name, function, place)
        for r in report.results
    )


def _change(result: Result, words: str, was: float | None = None) -> Change:
    now = None if result.ratio is None else result.excess
    return Change(result.key, words, result.level, was, now, result)


def _failure(result: Result) -> str:
    """What is wrong, in a few words."""
    if result.outcome == "error" or result.ratio is None:
        said = result.message.strip().splitlines()
        return f"{'raises' if result.outcome == 'error' else 'fails'}: {said[0] if said else '?'}"
    return f"fails with error / bound = {result.excess:.3g}"


def _was(entry: KnownFailure) -> str:
    return entry.outcome + ("" if entry.ratio is None else f", error / bound = {entry.ratio:.3g}")


def _swept(accuracy: Iterable[Accuracy]) -> Iterator[tuple[str, float]]:
    """Largest ratios over all inputs, by keys of their own; sampled ones vary and are left out."""
    for a in accuracy:
        if a.exhaustive:
            place = f"{a.dtype}-{a.mode}-{a.device}"
            key = f"{a.implementation}::{a.function}::exhaustive/{a.quantity}::{place}"
            yield key, float(a.ratio)


def _notes(report: Report, baseline: Baseline) -> Iterator[str]:
    if not report.complete:
        yield "this run is incomplete: what it did not reach is not judged"
    now = _platform(report)
    if baseline.platform and now and now != baseline.platform:
        yield f"other platform: {baseline.platform} -> {now}"
    for info in report.implementations:
        was = baseline.made_with.get(info.name, {})
        for name, version in sorted(info.versions.items()):
            if was.get(name, version) != version:
                yield f"other version for {info.name}: {name} {was[name]} -> {version}"


def _platform(report: Report) -> str:
    return report.environment.get("platform", "")


def update(report: Report, old: Baseline | None = None) -> Baseline:
    """The baseline that this run makes. What it did not examine is kept, and so is each reason."""
    if not report.complete:
        raise BaselineError("a baseline is only made from a complete run")
    old = old or Baseline()
    _comparable(report, old)
    swept = dict(_swept(report.accuracy))
    kept = set(leftovers(report, old, swept)[1])
    known = {key: entry for key, entry in old.known.items() if key in kept}
    ratios = {key: ratio for key, ratio in old.ratios.items() if key in kept}
    for result in report.results:
        if result.broken and result.outcome != "deviation":
            known[result.key] = _entry(result, old.known.get(result.key))
        elif result.holds and result.ratio is not None and result.level != "may":
            ratios[result.key] = recorded(result.excess)
    ratios.update((key, recorded(ratio)) for key, ratio in swept.items())
    versions = {info.name: dict(info.versions) for info in report.implementations}
    same = old.laws if old.spec == report.spec_version else {}
    return Baseline(
        spec=report.spec_version,
        grade=report.settings.get("grade", "") or old.grade,
        platform=_platform(report) or old.platform,
        made_with={**old.made_with, **versions},
        laws={**same, **digests(report.laws)},
        known=known,
        ratios=ratios,
        limits={
            **{key: said for key, said in old.limits.items() if not _examined(report, key)},
            **_refused(report),
        },
    )


def _entry(result: Result, old: KnownFailure | None) -> KnownFailure:
    told = result.outcome != "known" or result.measured  # an older file does not tell
    kind = result.found if told or old is None else old.outcome
    return KnownFailure(
        outcome="error" if kind == "error" else "fail",
        ratio=None if result.ratio is None else recorded(result.excess),
        reason=old.reason if old else "",
    )


def recorded(ratio: float) -> float:
    """A ratio as a baseline holds it: two digits, rounded up; never below the floor."""
    up = decimal.Context(prec=2, rounding=decimal.ROUND_CEILING)
    return max(FLOOR, float(up.create_decimal_from_float(ratio)))
