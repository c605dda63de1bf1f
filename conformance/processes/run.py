"""A run: loads the files, shares their subjects among processes, collects verdicts in one order.

The report depends neither on the number of workers nor on their speed. Finished subjects are in the
journal. An interrupted run reports what it has, including subjects under way as far as they got,
and is marked incomplete.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from conformance.examine.selection import Settings
from conformance.kernels.loading import distinct
from conformance.model import Implementation
from conformance.processes import environment, forked, programs
from conformance.processes.crew import Crew, Task
from conformance.processes.examiner import Examiner, check_devices
from conformance.processes.messages import Loaded
from conformance.records import deviations
from conformance.records.journal import CUT_OFF, Journal
from conformance.records.results import NotRun, Report, Result
from conformance.spec import catalogue


@dataclass(frozen=True, slots=True)
class Plan:
    """What is examined and how. `memory` is in MiB above the start; 0 is a sensible default.

    `budget` is in seconds, 0 for as long as it takes: each subject gets its share of what is left.
    `here` are implementations of this process: if it is not None, all is examined in it.
    """

    implementations: tuple[str, ...]
    settings: Settings
    workers: int = 0
    timeout: float = 60.0
    memory: int = 0
    journal: bool = True
    budget: float = 0.0
    here: Mapping[str, Implementation] | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """What has happened: `done` of `total` subjects are finished, with a `share` of all laws."""

    kind: Literal["loaded", "begun", "note", "result", "subject", "stopping", "done"]
    done: int
    total: int
    words: str = ""
    result: Result | None = None
    share: float = 0.0


#: What is said of the first run of functions that a library compiles.
COLD = "{} compiles the programs of this run; they are kept, and the next one reads them back"

Progress = Callable[[Event], None]


def _silent(event: Event) -> None:
    """Tell nobody."""


def run(plan: Plan, progress: Progress = _silent) -> Report:
    """Examine implementations. LoadError, before anything is examined, if one cannot be loaded.

    UsageError if a device that was asked for by name is nowhere.
    Ctrl-C gives the report as far as it came: what is under way is stopped and judged on what it
    has seen. A second Ctrl-C leaves it.
    """
    with contextlib.ExitStack() as open_:
        if plan.here is None:
            open_.enter_context(forked.kept())
        examiners = list(_examiners(plan))
        for examiner in examiners:
            open_.callback(examiner.close)
        return _run(plan, examiners, progress)


def _examiners(plan: Plan) -> Iterator[Examiner]:
    if plan.here is not None:
        from conformance.processes.here import Here

        yield Here(plan.settings, plan.here)
        return
    for _ in range(max(plan.workers, 1)):
        yield Examiner(plan.settings, timeout=plan.timeout, memory=plan.memory)


def _run(plan: Plan, examiners: Sequence[Examiner], progress: Progress) -> Report:
    s = plan.settings
    several = len(s.functions) != 1 or len(s.dtypes) != 1
    files = _described(plan.implementations, examiners, progress, several)
    check_devices(plan.settings.devices, (d for _, d in files))
    report = head([d for _, d in files], environment.settings(plan.settings))
    tasks = [Task(ref, subject, len(laws)) for ref, d in files for subject, laws in d.subjects]
    journal = Journal(report, [t.subject for t in tasks]) if plan.journal else None
    if tasks:
        progress(Event("begun", 0, len(tasks), _examining(tasks)))
    work = _Work(report, tasks, journal, progress)
    crew = Crew(tasks, examiners, plan.budget)
    try:
        work.complete(crew)
    except KeyboardInterrupt:
        work.stop(crew)
        kept = f"; finished so far: {journal.path}" if journal and journal.path else ""
        words = f"interrupted: {_reached(tasks)}{kept}"
        report.not_run.append(NotRun(what="the rest of the run", why=words))
    finally:
        crew.close()
        if journal is not None:
            journal.close()
            if journal.note:
                report.not_run.append(NotRun(what="the journal", why=journal.note))
    _assemble(report, tasks)
    if report.complete:
        report.not_run += _unreached(tasks, plan.budget)
    report = deviations.settled(report)
    progress(Event("done", sum(t.findings is not None for t in tasks), len(tasks)))
    return report


def _examining(tasks: Sequence[Task]) -> str:
    """What is begun, in words: where programs are compiled nothing is finished for minutes."""
    functions, formats = ({getattr(t.subject, of) for t in tasks} for of in ("function", "dtype"))
    of = next(iter(functions)) if len(functions) == 1 else f"{len(functions)} functions"
    return f"examining {of} in {len(formats)} format{'s' * (len(formats) != 1)}"


@dataclass(slots=True)
class _Work:
    """The tasks of a run as they are finished: kept, and told."""

    report: Report
    tasks: Sequence[Task]
    journal: Journal | None
    progress: Progress
    done: int = 0

    def complete(self, crew: Crew) -> None:
        """Every task."""
        for task in crew.finished():
            self._take(task)
        self.report.complete = True
        if self.journal is not None:
            self.journal.finish()

    def stop(self, crew: Crew) -> None:
        """What is under way, as far as it came; at once after another Ctrl-C."""
        with contextlib.suppress(KeyboardInterrupt):
            words = "interrupted: judging what is under way; Ctrl-C again leaves it"
            self.progress(Event("stopping", self.done, len(self.tasks), words))
            for task in crew.stopped():
                self._take(task)

    def _take(self, task: Task) -> None:
        self.done += 1
        if self.journal is not None and task.findings is not None:
            self.journal.add(task.subject, task.findings)
        laws = [t.laws for t in self.tasks if t.findings is not None]
        share = sum(laws) / max(sum(t.laws for t in self.tasks), 1)
        _tell(self.progress, task, self.done, len(self.tasks), share)


def _cases(tasks: Sequence[Task]) -> str:
    """412 of 498 cases: those that were reached, of all that there are."""
    total = sum(t.laws for t in tasks)
    there = [r for t in tasks if t.findings is not None for r in t.findings.results]
    done = sum(r.outcome != "vacuous" for r in there)
    return f"{done:,} of {total:,} cases"


def _reached(tasks: Sequence[Task]) -> str:
    """The cases that were reached, with the size that was, if some lacked the time for more."""
    cut = [t.findings for t in tasks if t.findings is not None and t.findings.unreached]
    sizes = min((found.reached for found in cut), default=0)
    fewer = ", some on fewer examples" if cut else ""
    everywhere = f"; sizes up to {sizes:,}" if sizes else ""
    return f"{_cases(tasks)}{fewer}{everywhere}"


def _unreached(tasks: Sequence[Task], budget: float) -> Iterator[NotRun]:
    """What each file's subjects lacked the time for."""
    cut = [t for t in tasks if t.findings is not None and t.findings.unreached]
    for name in dict.fromkeys(t.subject.implementation for t in cut):
        every = [t for t in tasks if t.subject.implementation == name]
        why = (
            f"a budget of {budget:g} s: {_reached(every)} everywhere; "
            "--budget SECONDS gives more, --budget 0 all of them"
        )
        yield NotRun(what=f"{name}::all sizes", why=why)


def _tell(progress: Progress, task: Task, done: int, total: int, share: float) -> None:
    assert task.findings is not None
    s = task.subject
    words = f"{s.implementation} {s.function} {s.dtype}"
    for result in task.findings.results:
        progress(Event("result", done, total, words, result, share))
    progress(Event("subject", done, total, words, share=share))


def _described(
    refs: Sequence[str], examiners: Sequence[Examiner], progress: Progress, several: bool = True
) -> list[tuple[str, Loaded]]:
    """Every file, under distinct names, in the order given.

    Of fewer files than examiners the others begin to load one too, unless each has one subject.
    """
    refs, cold = list(dict.fromkeys(refs)), programs.cold(os.environ)
    shares = [(examiner, refs[k :: len(examiners)]) for k, examiner in enumerate(examiners)]
    for examiner, share in shares:
        examiner.prepare(share or (refs if several else []))
    catalogue()  # imported while processes start
    with ThreadPoolExecutor(len(examiners)) as pool:  # one thread for each: it drops old processes
        parts = list(pool.map(_load, *zip(*shares, strict=True)))
    found = {ref: loaded for part in parts for ref, loaded in part.items()}
    known = {ref: found[ref] for ref in refs}
    for examiner in examiners:
        examiner.share(known)
    used = {d.info.backend for d in known.values()}
    for library in (of for of in cold if of.name in used):
        progress(Event("note", 0, 0, COLD.format(library.title)))
    return list(_named(list(known.items()), progress))


def _load(examiner: Examiner, refs: Sequence[str]) -> dict[str, Loaded]:
    return {ref: examiner.describe(ref) for ref in refs}


def _named(files: Sequence[tuple[str, Loaded]], progress: Progress) -> Iterator[tuple[str, Loaded]]:
    names = distinct(described.info.name for _, described in files)
    for name, (ref, described) in zip(names, files, strict=True):
        progress(Event("loaded", 0, 0, f"{name} loaded"))
        yield ref, described.named(name)


def head(files: Sequence[Loaded], settings: dict[str, str]) -> Report:
    """The report before there are results."""
    laws = {law.id: law for d in files for law in d.laws}
    warned = [NotRun(what=d.info.name, why=words) for d in files for words in d.warnings]
    return environment.head(
        [d.info for d in files], settings, laws, [*(n for d in files for n in d.not_run), *warned]
    )


def _assemble(report: Report, tasks: Sequence[Task]) -> None:
    """The findings in the order of the subjects."""
    for task in tasks:
        if task.findings is None:
            report.not_run.append(NotRun(what=task.subject.id, why=CUT_OFF))
            continue
        report.results += task.findings.results
        report.accuracy += task.findings.accuracy
        report.limits += task.findings.limits
        name = task.subject.implementation
        report.not_run += [NotRun(what=name, why=note) for note in task.findings.notes]
