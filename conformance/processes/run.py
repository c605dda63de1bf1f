"""The run: files described, subjects shared among processes, verdicts in one order.

The report does not depend on the number of workers, nor on which of them was faster. What is
finished is in the journal; a run that is interrupted gives what it has, marked incomplete.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Literal

from conformance._version import SPEC_VERSION
from conformance.examine.selection import Settings
from conformance.model import Implementation, Subject
from conformance.processes import environment
from conformance.processes.examiner import Closed, Described, Examiner, check_devices
from conformance.records import deviations
from conformance.records.journal import CUT_OFF, Journal
from conformance.records.results import Findings, LawRecord, NotRun, Report, Result
from conformance.spec import catalogue

__all__ = ["Described", "Event", "Examiner", "Plan", "run"]


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
    """What has happened; `done` of `total` subjects are finished."""

    kind: Literal["loaded", "result", "subject", "done"]
    done: int
    total: int
    words: str = ""
    result: Result | None = None


Progress = Callable[[Event], None]


def _silent(event: Event) -> None:
    """Tell nobody."""


def run(plan: Plan, progress: Progress = _silent) -> Report:
    """Examine implementations. LoadError, before anything is examined, if one cannot be loaded.

    UsageError if a device that was asked for by name is nowhere.
    Ctrl-C ends the examining processes and gives the report as far as it came.
    """
    examiners = list(_examiners(plan))
    try:
        return _run(plan, examiners, progress)
    finally:
        for examiner in examiners:
            examiner.close()


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
    report = _head(plan, files)
    tasks = [_Task(ref, subject, len(laws)) for ref, d in files for subject, laws in d.subjects]
    journal = Journal(report, [t.subject for t in tasks]) if plan.journal else None
    try:
        for index, task in enumerate(_finished(tasks, examiners, plan.budget), 1):
            if journal is not None and task.findings is not None:
                journal.add(task.subject, task.findings)
            _tell(progress, task, index, len(tasks))
        report.complete = True
        if journal is not None:
            journal.finish()
    except KeyboardInterrupt:
        kept = f"; finished so far: {journal.path}" if journal and journal.path else ""
        words = f"interrupted: {_cases(tasks)}{kept}"
        report.not_run.append(NotRun(what="the rest of the run", why=words))
    finally:
        if journal is not None:
            journal.close()
            if journal.note:
                report.not_run.append(NotRun(what="the journal", why=journal.note))
    _assemble(report, tasks)
    report.not_run += _unreached(tasks, plan.budget)
    report = deviations.settled(report)
    progress(Event("done", sum(t.findings is not None for t in tasks), len(tasks)))
    return report


def _cases(tasks: Sequence[_Task]) -> str:
    """412 of 498 cases: those that were reached, of all that there are."""
    total = sum(t.laws for t in tasks)
    there = [r for t in tasks if t.findings is not None for r in t.findings.results]
    done = sum(r.outcome != "vacuous" for r in there)
    return f"{done:,} of {total:,} cases"


def _unreached(tasks: Sequence[_Task], budget: float) -> Iterator[NotRun]:
    """What each file's subjects lacked the time for."""
    cut = [t for t in tasks if t.findings is not None and t.findings.unreached]
    for name in dict.fromkeys(t.subject.implementation for t in cut):
        own = [t for t in cut if t.subject.implementation == name]
        every = [t for t in tasks if t.subject.implementation == name]
        sizes = min(t.findings.reached for t in own if t.findings is not None)
        why = (
            f"a budget of {budget:g} s: {_cases(every)}, some on fewer examples; sizes up to "
            f"{sizes:,} everywhere; --budget SECONDS gives more, --budget 0 all of them"
        )
        yield NotRun(what=f"{name}::all sizes", why=why)


@dataclass(slots=True)
class _Task:
    """A subject of a file with the number of its laws, and what was found."""

    ref: str
    subject: Subject
    laws: int = 0
    findings: Findings | None = None

    @property
    def effort(self) -> int:
        """How long it takes beside others: float64 is examined in long double."""
        return self.laws * (2 if self.subject.dtype == "float64" else 1)


def _tell(progress: Progress, task: _Task, done: int, total: int) -> None:
    assert task.findings is not None
    s = task.subject
    words = f"{s.implementation} {s.function} {s.dtype}"
    for result in task.findings.results:
        progress(Event("result", done, total, words, result))
    progress(Event("subject", done, total, words))


def _described(
    refs: Sequence[str], examiners: Sequence[Examiner], progress: Progress, several: bool = True
) -> list[tuple[str, Described]]:
    """Every file, under distinct names, in the order given.

    Of fewer files than examiners the others begin to load one too, unless each has one subject.
    """
    refs = list(dict.fromkeys(refs))
    shares = [(examiner, refs[k :: len(examiners)]) for k, examiner in enumerate(examiners)]
    for examiner, share in shares:
        examiner.prepare(share or (refs if several else []))
    with ThreadPoolExecutor(len(examiners)) as pool:
        found = {
            ref: pool.submit(examiner.describe, ref) for examiner, share in shares for ref in share
        }
    known = {ref: found[ref].result() for ref in refs}
    for examiner in examiners:
        examiner.share(known)
    return list(_named(list(known.items()), progress))


def _named(
    files: Sequence[tuple[str, Described]], progress: Progress
) -> Iterator[tuple[str, Described]]:
    taken: set[str] = set()
    for ref, described in files:
        old = name = described.info.name
        count = 1
        while name in taken:
            count += 1
            name = f"{old}-{count}"
        taken.add(name)
        progress(Event("loaded", 0, 0, f"{name} loaded"))
        yield ref, described if name == old else described.named(name)


def _head(plan: Plan, files: Sequence[tuple[str, Described]]) -> Report:
    """The report before there are results."""
    laws = {law.id: law for _, d in files for law in d.laws}
    return Report(
        spec_version=SPEC_VERSION,
        environment=environment.describe(d.info for _, d in files),
        settings=environment.settings(plan.settings),
        implementations=[d.info for _, d in files],
        laws=list(_in_order(laws)),
        not_run=[n for _, d in files for n in (*d.not_run, *_warned(d))],
    )


def _in_order(laws: dict[str, LawRecord]) -> Iterator[LawRecord]:
    return (laws[clause] for clause in catalogue() if clause in laws)


def _warned(described: Described) -> list[NotRun]:
    return [NotRun(what=described.info.name, why=words) for words in described.warnings]


def _assemble(report: Report, tasks: Sequence[_Task]) -> None:
    """The findings in the order of the subjects."""
    for task in tasks:
        if task.findings is None:
            report.not_run.append(NotRun(what=task.subject.id, why=CUT_OFF))
            continue
        report.results += task.findings.results
        report.behaviours += task.findings.behaviours
        report.accuracy += task.findings.accuracy
        report.limits += task.findings.limits


#: Seconds that a subject gets when the budget is spent.
_LEAST = 1.0
#: The part of what is left that a subject may take even if its share is smaller: most take less
#: than theirs, and what a run finds is not to depend on how busy the machine is.
_AHEAD = 1 / 15


@dataclass(slots=True)
class _Agenda:
    """The subjects that wait. Each examiner stays with the files that it has loaded.

    Those with the most laws come first: they take longest, and none is to be left for the end.
    """

    tasks: list[_Task]
    workers: int = 1
    until: float = 0.0
    working: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, examiner: Examiner) -> _Task | None:
        """The next subject for an examiner; None if there are none left."""
        with self.lock:
            if not self.tasks:
                return None
            task = min(
                self.tasks, key=lambda t: (not examiner.has(t.ref), self._crowd(t.ref), -t.effort)
            )
            self.tasks.remove(task)
            self.working[task.ref] = self.working.get(task.ref, 0) + 1
            return task

    def share(self, task: _Task) -> float:
        """The seconds of the budget that a subject may take, by its laws; 0 for any."""
        if not self.until:
            return 0.0
        left = max(self.until - time.monotonic(), 0.0)
        with self.lock:
            laws = task.laws + sum(t.laws for t in self.tasks)
        share = max(self.workers * task.laws / max(laws, 1), _AHEAD)
        return max(min(left * share, left), _LEAST)

    def _crowd(self, ref: str) -> int:
        return self.working.get(ref, 0)

    def left(self, task: _Task) -> None:
        """An examiner is done with a subject."""
        with self.lock:
            self.working[task.ref] -= 1


def _finished(
    tasks: Sequence[_Task], examiners: Sequence[Examiner], budget: float = 0.0
) -> Iterator[_Task]:
    """The tasks as they are finished. What an examiner raises is raised here."""
    until = time.monotonic() + budget if budget else 0.0
    agenda = _Agenda(list(tasks), len(examiners), until)
    done = queue.SimpleQueue[_Task | BaseException]()
    threads = [
        threading.Thread(target=_work, args=(examiner, agenda, done), daemon=True)
        for examiner in examiners[: len(tasks)]
    ]
    for thread in threads:
        thread.start()
    try:
        for _ in tasks:
            yield _raised(done.get())
    finally:
        agenda.tasks.clear()
        for examiner in examiners:
            examiner.close()
        for thread in threads:
            thread.join(timeout=5)


def _raised(found: _Task | BaseException) -> _Task:
    if isinstance(found, BaseException):
        raise found
    return found


def _work(
    examiner: Examiner, agenda: _Agenda, done: queue.SimpleQueue[_Task | BaseException]
) -> None:
    """Examine until nothing is left."""
    try:
        while (task := agenda.take(examiner)) is not None:
            try:
                examiner.settings = replace(examiner.settings, seconds=agenda.share(task))
                task.findings = examiner.examine(task.ref, task.subject)
            finally:
                agenda.left(task)
            done.put(task)
    except Closed:
        return
    except BaseException as error:
        done.put(error)
