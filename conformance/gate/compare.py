"""Two reports side by side: what is new, worse, fixed, better, gone and added.

>>> comparison = compare(a, b)
>>> comparison.count("new"), comparison.table("dtype")
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import msgspec

from conformance.errors import CompareError
from conformance.gate.growth import (
    DEFAULT_FACTOR,
    SpecChanges,
    checked_factor,
    digests,
    grew,
    spec_changes,
    times,
)
from conformance.records.results import SCHEMA_VERSION, Number, Report, Result

Kind = Literal["new", "worse", "fixed", "better", "added", "gone"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Axis = Literal["implementation", "dtype", "device", "mode"]
AXES: tuple[Axis, ...] = get_args(Axis)
COLUMNS = ("implementation", "version", "function", "invariant", "level", "dtype", "device", "mode")


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One case that is not the same in both reports; `was` and `now` are error / bound.

    `excuse` says why it does not count against the implementation: the law is new or has another
    bound ("spec"), B's baseline has it ("known"), the implementation's file says so ("declared").
    """

    kind: Kind
    implementation: str
    version: str
    function: str
    invariant: str
    level: str
    dtype: str
    device: str
    mode: str
    words: str
    was: Number | None = None
    now: Number | None = None
    excuse: Literal["", "spec", "known", "declared"] = ""

    @property
    def case(self) -> str:
        """The case as baselines and node IDs spell it."""
        place = f"{self.dtype}-{self.mode}-{self.device}"
        return f"{self.implementation}::{self.function}::{self.invariant}::{place}"


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What differs from report A to report B. `same` counts the cases that do not."""

    a: str
    b: str
    differences: list[Difference]
    same: int
    notes: list[str]

    def of(self, kind: str) -> list[Difference]:
        """The differences of one kind."""
        return [d for d in self.differences if d.kind == kind]

    def count(self, kind: str) -> int:
        """How many differences there are of one kind."""
        return len(self.of(kind))

    def table(self, column: str) -> dict[str, Counter[str]]:
        """Counts by kind for each value of one column of `COLUMNS`."""
        rows: dict[str, Counter[str]] = defaultdict(Counter)
        for difference in self.differences:
            rows[str(getattr(difference, column))][difference.kind] += 1
        return dict(sorted(rows.items()))

    def status(self, fail_on: Iterable[str]) -> int:
        """1 if there is a difference of such a kind without an excuse, else 0."""
        kinds = set(fail_on)
        return int(any(d.kind in kinds and not d.excuse for d in self.differences))


def compare(
    a: Report,
    b: Report,
    *,
    names: tuple[str, str] = ("A", "B"),
    factor: float = DEFAULT_FACTOR,
    across: Sequence[str] = (),
) -> Comparison:
    """What differs from A to B.

    `across` names axes that do not tell cases apart: across=["device"] holds a run on a CPU
    against one on a GPU, across=["implementation"] one library against another.
    """
    _comparable(a, b, names, across)
    pair = _Pair(a, b, checked_factor(factor), spec_changes(a.spec_version, digests(a.laws), b))
    old, new = _cases(a, across), _cases(b, across)
    both = old.keys() & new.keys()
    found = [d for key in both if (d := pair.changed(old[key], new[key]))]
    same = len(both) - len(found)
    found += [pair.gone(old[key]) for key in old.keys() - both]
    found += [pair.added(new[key]) for key in new.keys() - both]
    found.sort(key=lambda d: (KINDS.index(d.kind), bool(d.excuse), d.case))
    notes = list(_notes(a, b, names, pair.spec))
    return Comparison(a=names[0], b=names[1], differences=found, same=same, notes=notes)


def _comparable(a: Report, b: Report, names: tuple[str, str], across: Sequence[str]) -> None:
    for report, name in zip((a, b), names, strict=True):
        if report.schema_version != SCHEMA_VERSION:
            raise CompareError(
                f"{name}: results of schema {report.schema_version}, "
                f"but this version compares schema {SCHEMA_VERSION}"
            )
    unknown = [axis for axis in across if axis not in AXES]
    if unknown:
        raise CompareError(f"no axis {unknown[0]!r}: the axes are {', '.join(AXES)}")


def _cases(report: Report, across: Sequence[str]) -> dict[tuple[str, ...], Result]:
    """What was examined, by what tells cases apart; of several that are not, the worst."""
    axes = ["function", "invariant", *(axis for axis in AXES if axis not in across)]
    cases: dict[tuple[str, ...], Result] = {}
    for result in sorted(report.results, key=lambda r: (r.broken, r.excess, r.key)):
        if result.examined and not _open(result):
            cases[tuple(getattr(result, axis) for axis in axes)] = result
    return cases


def _open(result: Result) -> bool:
    """Whether it records a choice: a may law has no verdict that could be better or worse."""
    return result.level == "may" and result.outcome != "error"


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two reports, and how a case of one becomes a case of the other."""

    a: Report
    b: Report
    factor: float
    spec: SpecChanges

    def changed(self, old: Result, new: Result) -> Difference | None:
        """The difference of a case that both have; None if there is none."""
        broke, breaks = old.broken, new.broken
        if breaks and not broke:
            return self._difference("new", old, new, f"{_said(old, _PAST)}, {_said(new)}")
        if broke and not breaks:
            return self._difference("fixed", old, new, f"{_said(old, _PAST)}, {_said(new)}")
        if {old.outcome, new.outcome} == {"fail", "error"}:
            return self._difference("worse", old, new, f"{_said(old, _PAST)}, {_said(new)}")
        if grew(old.excess, new.excess, self.factor):
            return self._difference("worse", old, new, times(old.excess, new.excess))
        if grew(new.excess, old.excess, self.factor):
            return self._difference("better", old, new, times(old.excess, new.excess))
        return None

    def gone(self, old: Result) -> Difference:
        """A case that only A has."""
        return self._difference("gone", old, None, _said(old))

    def added(self, new: Result) -> Difference:
        """A case that only B has: new if it breaks its law."""
        kind: Kind = "new" if new.broken else "added"
        return self._difference(kind, None, new, _said(new))

    def _difference(
        self, kind: Kind, old: Result | None, new: Result | None, words: str
    ) -> Difference:
        one, other = old or new, new or old
        assert one is not None
        assert other is not None
        return Difference(
            kind=kind,
            **{axis: _arrow(getattr(one, axis), getattr(other, axis)) for axis in AXES},
            version=_arrow(
                _version(self.a if old else self.b, one.implementation),
                _version(self.b if new else self.a, other.implementation),
            ),
            function=other.function,
            invariant=other.invariant,
            level=_arrow(one.level, other.level),
            words=words,
            was=old.ratio if old else None,
            now=new.ratio if new else None,
            excuse=self._excuse(new),
        )

    def _excuse(self, new: Result | None) -> Literal["", "spec", "known", "declared"]:
        if new is None:
            return ""
        if self.spec.touches(new.invariant):
            return "spec"
        if new.outcome == "known":
            return "known"
        return "declared" if new.outcome == "deviation" else ""


def _arrow(was: str, now: str) -> str:
    return was if was == now else f"{was} -> {now}"


def _version(report: Report, implementation: str) -> str:
    """The version of an implementation's library."""
    for info in report.implementations:
        if info.name == implementation:
            return info.version
    return ""


_PRESENT = {"pass": "passes", "fail": "fails", "error": "raises", "stale": "passes"}
_PAST = {"pass": "passed", "fail": "failed", "error": "raised", "stale": "passed"}


def _said(result: Result, verbs: Mapping[str, str] = _PRESENT) -> str:
    """An outcome in words, with its ratio where one was measured."""
    words = verbs.get(result.outcome, result.outcome)
    if result.ratio is not None:
        return f"{words} with error / bound = {result.excess:.3g}"
    lines = result.message.strip().splitlines()
    return f"{words}: {lines[0]}" if lines else words


def _notes(a: Report, b: Report, names: tuple[str, str], spec: SpecChanges) -> Iterator[str]:
    for report, name, kinds in ((a, names[0], "new and added"), (b, names[1], "gone")):
        if not report.complete:
            yield f"{name} is incomplete, its run was cut off: {kinds} may be only that"
    yield from spec.lines()
    yield from _changes("", a.environment, b.environment)
    yield from _changes("--", a.settings, b.settings)
    for info in b.implementations:
        was = next((i.versions for i in a.implementations if i.name == info.name), {})
        yield from _changes(f"{info.name}: ", was, info.versions)


def _changes(prefix: str, was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for key in sorted(was.keys() & now.keys()):
        if was[key] != now[key]:
            yield f"{prefix}{key}: {was[key]} -> {now[key]}"
