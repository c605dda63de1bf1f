"""A sweep from beginning to end: its shards, who does them, and what they found."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from conformance._version import SPEC_VERSION, __version__
from conformance.errors import UsageError
from conformance.examine.selection import Settings
from conformance.kernels.importing import bundled, first_libraries
from conformance.kernels.loading import distinct
from conformance.model import Implementation
from conformance.objects.load import load
from conformance.objects.places import resolve
from conformance.processes import spare
from conformance.processes.examiner import Examiner
from conformance.records.results import NotRun
from conformance.sweep import pool, shards, tallies
from conformance.sweep.journal import Key, ShardJournal
from conformance.sweep.plans import Plan, jobs_of, reference
from conformance.sweep.tasks import Job, Outcome, Task


@dataclass(frozen=True, slots=True)
class Advance:
    """How far a sweep is: inputs seen and in all, the largest error so far."""

    done: int
    total: int
    seconds: float
    words: str
    worst: str
    resumed: int = 0
    finished: bool = False


Watch = Callable[[Advance], None]


@dataclass(slots=True)
class Swept:
    """All that a sweep found: by job, what each member's shards gave."""

    plan: Plan
    implementations: dict[str, Implementation]
    jobs: list[Job]
    shards: dict[Key, list[Outcome]] = field(default_factory=dict)
    died: dict[Key, str] = field(default_factory=dict)
    not_run: list[NotRun] = field(default_factory=list)
    interrupted: bool = False


def swept(plan: Plan, watch: Watch = lambda event: None) -> Swept:
    """Sweep; Ctrl-C ends it with what there is."""
    shards.forget()
    libraries = {name for ref in plan.implementations for name in first_libraries(resolve(ref))}
    runner = pool.inline
    with contextlib.ExitStack() as open_:
        if plan.scheduler:
            runner = open_.enter_context(pool.cluster(plan.scheduler))
        elif plan.workers:
            runner = open_.enter_context(pool.processes(plan.workers, _imported(plan, libraries)))
        _check_loads(plan.implementations, libraries)
        return _swept(plan, runner, watch)


def _imported(plan: Plan, libraries: Iterable[str]) -> tuple[str, ...]:
    """The modules that processes import in advance."""
    derived = spare.deriving(libraries) if "vjp" in plan.quantities else libraries
    return (pool.__name__, *derived)


def _swept(plan: Plan, runner: pool.Runner, watch: Watch) -> Swept:
    loaded = [load(ref) for ref in plan.implementations]
    names = distinct(i.name for i in loaded)
    loaded = [replace(i, name=name) for name, i in zip(names, loaded, strict=True)]
    found = Swept(plan, {reference(i): i for i in loaded}, [])
    found.jobs = list(jobs_of(plan, loaded, found.not_run))
    if not found.jobs:
        return found
    journal = ShardJournal(plan.journal, _identity(plan, loaded, found.jobs))
    try:
        _check_shards(plan, found, journal)
        _work(found, runner, journal, watch)
    except KeyboardInterrupt:
        found.interrupted = True
    finally:
        journal.close()
    found.shards = {k: tallies.decoded(v, list[Outcome]) for k, v in journal.done.items()}
    return found


def _check_loads(refs: Sequence[str], libraries: Iterable[str]) -> None:
    """LoadError for a file that crashes or hangs when it is loaded: a watched process tries it.

    Libraries are imported here meanwhile. Files that come with the suite are known to load.
    """
    unknown = [ref for ref in refs if ref not in bundled()]
    with Examiner(Settings(only=("none",))) as examiner:
        examiner.prepare(unknown)
        for name in libraries:
            with contextlib.suppress(Exception):  # the file will say what is wrong
                importlib.import_module(name)
        for ref in unknown:
            examiner.describe(ref)


def _check_shards(plan: Plan, found: Swept, journal: ShardJournal) -> None:
    """UsageError if a journal has a shard that this sweep does not have."""
    sizes = {job.number: (job.space.shards, len(job.members)) for job in found.jobs}
    for (job, shard), outcomes in journal.done.items():
        shards, members = sizes.get(job, (0, 0))
        if not 0 <= shard < shards or len(tallies.decoded(outcomes, list[Outcome])) != members:
            raise UsageError(
                f"journal {plan.journal}: job {job}, shard {shard} is not of this sweep; "
                "delete it or name another file"
            )


def _identity(
    plan: Plan, loaded: Sequence[Implementation], jobs: Sequence[Job]
) -> dict[str, object]:
    """What a journal belongs to; its shards may not be used for anything else."""
    versions: dict[str, str] = {}
    for made in loaded:
        versions.update(made.backend.versions())
    return {
        "spec": SPEC_VERSION,
        "conformance": __version__,
        "files": {i.name: _identified(i) for i in loaded},
        "versions": {k: v for k, v in versions.items() if "threads" not in k},
        "grade": plan.grade,
        "samples": plan.samples if "float64" in plan.dtypes else 0,
        "targets": [[job.words, *(f"{m.mode} on {m.device}" for m in job.members)] for job in jobs],
    }


def _identified(made: Implementation) -> str:
    """A file by its contents; an object also by its reference."""
    digest = hashlib.sha256(made.path.read_bytes() if made.path.is_file() else b"").hexdigest()
    return f"{digest} {made.ref}".strip()


def _work(found: Swept, runner: pool.Runner, journal: ShardJournal, watch: Watch) -> None:
    progress = _Progress(found.jobs, journal.done, watch)
    todo = [
        Task(job, shard)
        for job in found.jobs
        for shard in range(job.space.shards)
        if (job.number, shard) not in journal.done
    ]
    for task, outcome in runner(todo):
        key = task.job.number, task.shard
        if isinstance(outcome, pool.Died):
            found.died[key] = outcome.why
        else:
            journal.add(key, outcome)
        progress.one(key, None if isinstance(outcome, pool.Died) else outcome)
    progress.end()


class _Progress:
    """Counts inputs and tracks the worst error, for the display."""

    def __init__(self, jobs: Sequence[Job], done: dict[Key, bytes], watch: Watch) -> None:
        self._jobs = jobs
        self._watch = watch
        self._started = time.monotonic()
        self._each = [job.space.total // job.space.shards for job in jobs]
        self._total = sum(job.space.total for job in jobs)
        self._worst = (-1.0, "")
        self._seen = 0
        for key, outcomes in done.items():
            self._note(key, outcomes)
        self._resumed = self._seen
        self._tell("resumed" if done else "")

    def one(self, key: Key, outcomes: bytes | None) -> None:
        """A shard is finished."""
        self._note(key, outcomes)
        self._tell(self._jobs[key[0]].words)

    def end(self) -> None:
        """All are."""
        self._tell("", True)

    def _note(self, key: Key, outcomes: bytes | None) -> None:
        self._seen += self._each[key[0]]
        if outcomes is None:
            return
        for outcome in tallies.decoded(outcomes, list[Outcome]):
            t = outcome.tally
            if t.ratio_at is not None and t.ratio > self._worst[0]:
                at = ", ".join(f"0x{bits:x}" for bits in t.ratio_at.at)
                said = f"worst so far {t.ratio:.3g} of the bound at bits {at}"
                self._worst = (t.ratio, said)

    def _tell(self, words: str, finished: bool = False) -> None:
        seconds = time.monotonic() - self._started
        self._watch(
            Advance(
                self._seen, self._total, seconds, words, self._worst[1], self._resumed, finished
            )
        )
