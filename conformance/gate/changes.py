"""The verdict of the gate: the cases that differ from the baseline, and the exit status."""

from __future__ import annotations

from dataclasses import dataclass, field

from conformance.gate.growth import SpecChanges
from conformance.gate.scope import summary
from conformance.records.results import Level, Report, Result


@dataclass(frozen=True, slots=True)
class Change:
    """One case that differs from the baseline; `was` and `now` are error / bound."""

    key: str
    words: str
    level: Level = "must"
    was: float | None = None
    now: float | None = None
    result: Result | None = None

    def __str__(self) -> str:
        return f"{self.key}: {self.words}"


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A report with the baseline's outcomes (`known`, `stale`), and what it says about the run.

    `by_spec` are failures and growth of laws that were added or changed since the baseline.
    """

    report: Report
    new: tuple[Change, ...] = ()
    worse: tuple[Change, ...] = ()
    known: tuple[Change, ...] = ()
    fixed: tuple[Change, ...] = ()
    by_spec: tuple[Change, ...] = ()
    unmatched: tuple[Change, ...] = ()
    not_examined: tuple[str, ...] = ()
    spec: SpecChanges = field(default_factory=SpecChanges)
    notes: tuple[str, ...] = ()
    strict: bool = False
    fail_on: Level = "must"

    @property
    def failing(self) -> tuple[Change, ...]:
        """The new and worse cases of a level that fails the run."""
        levels = ("must",) if self.fail_on == "must" else ("must", "should")
        return tuple(c for c in (*self.new, *self.worse) if c.level in levels)

    @property
    def status(self) -> int:
        """The exit status that follows: 1 for new and worse; if strict, for any leftover too."""
        leftover = self.strict and (self.fixed or self.unmatched or self.by_spec)
        return int(bool(self.failing or leftover))

    def headline(self) -> str:
        """One line: what the gate says."""
        kinds = {**self._told, "known": self.known}
        parts = [f"{len(changes)} {name}" for name, changes in kinds.items() if changes]
        verdict = "fails" if self.status else "passes"
        return f"gate {verdict}: {', '.join(parts) or 'nothing differs from the baseline'}"

    @property
    def _told(self) -> dict[str, tuple[Change, ...]]:
        return {
            "new": self.new,
            "worse": self.worse,
            "fixed": self.fixed,
            "due to the spec": self.by_spec,
            "unmatched": self.unmatched,
        }

    def lines(self) -> list[str]:
        """All that the gate has to say, one line each; known failures are only counted."""
        changes = [f"{name}: {c}" for name, of in self._told.items() for c in of]
        notes = [*self.spec.lines(), *self.notes, *summary(self.not_examined)]
        return [self.headline(), *changes, *notes]
