"""Examining specimens, each in a process of its own, several at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace

from conformance.errors import LoadError
from conformance.examine.selection import Settings
from conformance.power.matrix import Break, Verdict
from conformance.power.specimens import Specimen
from conformance.processes import forked
from conformance.processes.examiner import Closed, Examiner
from conformance.records.results import Findings, Result


@dataclass(frozen=True, slots=True)
class Trial:
    """One specimen under one seed. `kind` is "mutant" or "control"."""

    kind: str
    specimen: Specimen
    seed: int


@dataclass(slots=True)
class Bench:
    """Examines jobs; `close` ends all processes from any thread."""

    settings: Settings
    timeout: float = 60.0
    memory: int = 0
    versions: dict[str, str] = field(default_factory=dict)
    _open: set[Examiner] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closed: bool = False

    def close(self) -> None:
        """End all processes; jobs that wait are not begun."""
        self._closed = True
        with self._lock:
            for examiner in self._open:
                examiner.close()

    def verdict(self, job: Trial) -> Verdict:
        """What the laws say of a specimen. Closed if the bench was closed meanwhile."""
        started = time.monotonic()
        settings = replace(self.settings, seed=job.seed, brief=True)
        with Examiner(settings, timeout=self.timeout, memory=self.memory) as examiner:
            with self._lock:
                if self._closed:
                    raise Closed
                self._open.add(examiner)
            try:
                found, trouble = self._findings(examiner, job.specimen.file), ""
            except LoadError as error:
                found, trouble = [], str(error)
            finally:
                with self._lock:
                    self._open.discard(examiner)
        return Verdict(
            kind=job.kind, specimen=job.specimen, seed=job.seed, effort=settings.effort,
            grade=settings.grade, dtypes=list(settings.dtypes), subjects=len(found),
            trouble=trouble,
            breaks=[_break(r) for f in found for r in f.results if r.fails],
            seconds=round(time.monotonic() - started, 3),
        )  # fmt: skip

    def _findings(self, examiner: Examiner, file: str) -> list[Findings]:
        described = examiner.describe(file)
        self.versions.update(described.info.versions)
        return [examiner.examine(file, subject) for subject, _ in described.subjects]


def _break(result: Result) -> Break:
    return Break(
        law=result.invariant, level=result.level, function=result.function, dtype=result.dtype,
        mode=result.mode, outcome=result.outcome, first=result.first, ratio=result.ratio,
        message=result.message[:300],
    )  # fmt: skip


def jobs(
    mutants: Iterable[Specimen], controls: Iterable[Specimen], seeds: Sequence[int]
) -> list[Trial]:
    """Every specimen under every seed."""
    kinds = [("mutant", mutant) for mutant in mutants] + [("control", c) for c in controls]
    return [Trial(kind, specimen, seed) for seed in seeds for kind, specimen in kinds]


def measured(bench: Bench, todo: Sequence[Trial], workers: int) -> Iterator[Verdict]:
    """The verdicts as they come, from `workers` processes at a time."""
    with forked.kept(), ThreadPoolExecutor(max(workers, 1)) as pool:
        pending = [pool.submit(bench.verdict, job) for job in todo]
        try:
            for future in as_completed(pending):
                yield future.result()
        finally:
            for future in pending:
                future.cancel()
            bench.close()
