"""The kill matrix: which law caught which mutant, how soon; who survived; what was flagged wrongly.

A mutant is caught if a *must* law is broken, or a law of another level that the mutant names.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import cached_property
from statistics import median

import msgspec

from conformance.power.specimens import Specimen
from conformance.records.results import Level, Number, Outcome
from conformance.spec import catalogue


class Break(msgspec.Struct, frozen=True, kw_only=True):
    """A law that one subject breaks; `first` is the number of the example that showed it."""

    law: str = msgspec.field(name="clause")
    level: Level
    function: str
    dtype: str
    mode: str
    outcome: Outcome
    first: int = 0
    ratio: Number | None = None
    message: str = ""

    @property
    def soon(self) -> tuple[float, int]:
        """Sorts breaks by the examples needed, then by the order of the catalogue."""
        return self.first or math.inf, _order().get(self.law, len(_order()))


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the laws say of one specimen under one seed.

    `dtypes`: those that were asked for; all if there are none. `trouble`: why it was not examined.
    """

    kind: str
    specimen: Specimen
    seed: int = 0
    effort: str = "default"
    grade: str = "standard"
    dtypes: list[str] = []
    subjects: int = 0
    trouble: str = ""
    breaks: list[Break] = []
    seconds: float = 0.0

    @property
    def examined(self) -> bool:
        """False if nothing is known of the specimen."""
        return bool(self.subjects) and not self.trouble

    @property
    def fate(self) -> str:
        """What became of a mutant that no law caught."""
        return "survives" if self.examined else "not examined"

    @property
    def catches(self) -> list[Break]:
        """The breaks that count: of must laws, and of laws that the mutant names."""
        named = self.specimen.caught_by
        return [b for b in self.breaks if b.level == "must" or b.law in named]

    @property
    def first(self) -> Break | None:
        """The catch that needed the fewest examples; of several, the first of the catalogue."""
        return min(self.catches, key=lambda b: b.soon, default=None)

    @property
    def missed(self) -> list[str]:
        """The laws that the mutant names and that did not break."""
        broken = {b.law for b in self.breaks}
        return [law for law in self.specimen.caught_by if law not in broken]


class Matrix:
    """Verdicts on mutants and controls, counted. One specimen may have verdicts of many seeds."""

    def __init__(self, verdicts: Iterable[Verdict]) -> None:
        ordered = sorted(verdicts, key=lambda v: (v.specimen.name, v.seed))
        self.mutants = [v for v in ordered if v.kind == "mutant"]
        self.controls = [v for v in ordered if v.kind == "control"]

    @property
    def survivors(self) -> list[Verdict]:
        """Mutants that no law caught, under some seed."""
        return [v for v in self.mutants if not v.catches and v.examined]

    @property
    def short(self) -> list[Verdict]:
        """Mutants that were caught, though not by all the laws that they name."""
        return [v for v in self.mutants if v.catches and v.missed]

    @property
    def alarms(self) -> list[tuple[Verdict, Break]]:
        """Must laws that right implementations are said to break."""
        return [(v, b) for v in self.controls for b in v.breaks if b.level == "must"]

    @property
    def clean(self) -> set[str]:
        """The names of the controls that were examined, and not flagged, under every seed."""
        flagged = {v.specimen.name for v, _ in self.alarms}
        flagged |= {v.specimen.name for v in self.controls if not v.examined}
        return {v.specimen.name for v in self.controls} - flagged

    @property
    def troubles(self) -> list[Verdict]:
        """Specimens that could not be examined."""
        return [v for v in (*self.mutants, *self.controls) if not v.examined]

    @property
    def holds(self) -> bool:
        """True if everything wrong was caught as named, and nothing right was flagged."""
        return not (self.survivors or self.short or self.alarms or self.troubles)

    @property
    def specimens(self) -> list[Specimen]:
        """The mutants, each once."""
        return list({v.specimen.name: v.specimen for v in self.mutants}.values())

    def caught(self, specimens: Iterable[Specimen]) -> int:
        """How many of them were caught under every seed."""
        lost = {v.specimen.name for v in self.mutants if not v.catches}
        return sum(s.name not in lost for s in specimens)

    def needed(self, specimens: Iterable[Specimen]) -> tuple[int, int]:
        """The median and the largest number of examples until the first catch; 0 if none."""
        names = {s.name for s in specimens}
        firsts = [v.first for v in self.mutants if v.specimen.name in names]
        numbers = [b.first for b in firsts if b is not None and b.first]
        return (int(median(numbers)), max(numbers)) if numbers else (0, 0)

    @cached_property
    def catchers(self) -> dict[str, set[str]]:
        """Law -> names of the mutants that it caught, of every level that gives verdicts."""
        found: dict[str, set[str]] = {law: set() for law in judged()}
        for verdict in self.mutants:
            for b in verdict.breaks:
                found.setdefault(b.law, set()).add(verdict.specimen.name)
        return found

    @cached_property
    def firsts(self) -> dict[str, set[str]]:
        """Law -> names of the mutants that it caught before all others."""
        found: dict[str, set[str]] = {}
        for v in self.mutants:
            if (b := v.first) is not None:
                found.setdefault(b.law, set()).add(v.specimen.name)
        return found

    @property
    def silent(self) -> list[str]:
        """Laws that caught nothing, in the order of the catalogue."""
        return [law for law in judged() if not self.catchers[law]]


def judged() -> Iterator[str]:
    """The laws that give a verdict: may laws only record."""
    return (name for name, law in catalogue().items() if law.level != "may")


_ORDER: dict[str, int] = {}


def _order() -> dict[str, int]:
    if not _ORDER:
        _ORDER.update({law: k for k, law in enumerate(catalogue())})
    return _ORDER
