"""The examiners of a run: who takes which subject, for how long, and how all are stopped."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from conformance.model import Subject
from conformance.processes.examiner import Closed, Examiner
from conformance.records.results import Findings

#: Seconds that a subject gets when the budget is spent.
_LEAST = 1.0
#: The part of what is left that a subject may take even if its share is smaller: most take less
#: than theirs, and what a run finds is not to depend on how busy the machine is.
_AHEAD = 1 / 15
#: Seconds after which a call that is under way is interrupted, and after which it is left.
_INTERRUPTED, _LEFT = 1.0, 6.0


@dataclass(slots=True)
class Task:
    """A subject of a file with the number of its laws, and what was found."""

    ref: str
    subject: Subject
    laws: int = 0
    findings: Findings | None = None

    @property
    def effort(self) -> int:
        """How long it takes beside others: float64 is examined in long double."""
        return self.laws * (2 if self.subject.dtype == "float64" else 1)


@dataclass(slots=True)
class Agenda:
    """The subjects that wait. Each examiner stays with the files that it has loaded.

    It stays with a format, too, and goes through the modes of a function one after the other: what
    a library has compiled for one is there for the next. Of the others those with the most laws
    come first: they take longest, and none is to be left for the end.
    """

    tasks: list[Task]
    workers: int = 1
    until: float = 0.0
    working: dict[str, int] = field(default_factory=dict)
    last: dict[int, Task] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, examiner: Examiner) -> Task | None:
        """The next subject for an examiner; None if there are none left."""
        with self.lock:
            if not self.tasks:
                return None
            task = min(
                self.tasks,
                key=lambda t: (
                    not examiner.has(t.ref), self._crowd(t.ref), self._step(examiner, t), -t.effort
                ),
            )  # fmt: skip
            self.tasks.remove(task)
            self.last[id(examiner)] = task
            self.working[task.ref] = self.working.get(task.ref, 0) + 1
            return task

    def share(self, task: Task) -> float:
        """The seconds of the budget that a subject may take, by its laws; 0 for any."""
        if not self.until:
            return 0.0
        left = max(self.until - time.monotonic(), 0.0)
        with self.lock:
            laws = task.laws + sum(t.laws for t in self.tasks)
        share = max(self.workers * task.laws / max(laws, 1), _AHEAD)
        return max(min(left * share, left), _LEAST)

    def _step(self, examiner: Examiner, task: Task) -> tuple[bool, int, bool]:
        """How far a task is from an examiner's last one: the format, who has it, the function."""
        last = self.last.get(id(examiner), task)
        others = (t for of, t in self.last.items() if of != id(examiner))
        crowd = sum(_format(t) == _format(task) for t in others)
        same = _format(last) == _format(task)
        return not same, crowd, same and last.subject.function != task.subject.function

    def _crowd(self, ref: str) -> int:
        return self.working.get(ref, 0)

    def left(self, task: Task) -> None:
        """An examiner is done with a subject."""
        with self.lock:
            self.working[task.ref] -= 1

    def clear(self) -> None:
        """Give out no more."""
        with self.lock:
            self.tasks.clear()


def _format(task: Task) -> tuple[str, str]:
    return task.ref, task.subject.dtype


class Crew:
    """Examiners with a thread each, until all subjects are examined or all are stopped.

    `budget` is in seconds, 0 for as long as it takes.
    """

    def __init__(
        self, tasks: Sequence[Task], examiners: Sequence[Examiner], budget: float = 0.0
    ) -> None:
        until = time.monotonic() + budget if budget else 0.0
        self._count = len(tasks)
        self._examiners = examiners
        self._agenda = Agenda(list(tasks), len(examiners), until)
        self._done = queue.SimpleQueue[Task | BaseException]()
        self._threads = [
            threading.Thread(target=self._work, args=(examiner,), daemon=True)
            for examiner in examiners[: len(tasks)]
        ]

    def finished(self) -> Iterator[Task]:
        """Begin; the tasks as they are finished. What an examiner raises is raised here."""
        for thread in self._threads:
            thread.start()
        for _ in range(self._count):
            yield _raised(self._done.get())

    def stopped(self) -> Iterator[Task]:
        """What is under way, each subject as far as it came; what does not answer is left."""
        self._agenda.clear()
        for examiner in self._examiners:
            examiner.stop()
        begun, urged = time.monotonic(), False
        while (alive := any(t.is_alive() for t in self._threads)) or not self._done.empty():
            spent = time.monotonic() - begun
            if spent > _LEFT:
                return
            if alive and spent > _INTERRUPTED and not urged:
                urged = True
                for examiner in self._examiners:
                    examiner.interrupt()
            with contextlib.suppress(queue.Empty):
                yield _raised(self._done.get(timeout=0.05))

    def close(self) -> None:
        """End all processes and wait for the threads."""
        self._agenda.clear()
        for examiner in self._examiners:
            examiner.close()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=5)

    def _work(self, examiner: Examiner) -> None:
        """Examine until nothing is left."""
        agenda = self._agenda
        try:
            while (task := agenda.take(examiner)) is not None:
                try:
                    examiner.settings = replace(examiner.settings, seconds=agenda.share(task))
                    task.findings = examiner.examine(task.ref, task.subject)
                finally:
                    agenda.left(task)
                self._done.put(task)
        except Closed:
            return
        except BaseException as error:
            self._done.put(error)


def _raised(found: Task | BaseException) -> Task:
    if isinstance(found, BaseException):
        raise found
    return found
