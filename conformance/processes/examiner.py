"""Examines files, each in a process of its own, so that none can affect another."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

from conformance.backends import devices
from conformance.errors import LoadError, UsageError
from conformance.examine.selection import FAR_MEMORY, Settings
from conformance.kernels.importing import first_libraries
from conformance.model import Subject
from conformance.objects.places import resolve
from conformance.processes import spare
from conformance.processes.messages import Again, Broken, Found, Load, Loaded, Refused, Reply
from conformance.processes.process import Allowance, Lost, Process
from conformance.processes.replaying import after_others, lost, own_fault, suspects
from conformance.processes.retries import Attempts, Known
from conformance.records.results import Findings, Result
from conformance.spec import catalogue

#: Idle processes that are kept: those of the frameworks are dear to start.
_KEPT = 4
#: Seconds that loading may take: importing a framework from a cold disk is slow.
LOADING = 60.0
#: Failures of a subject that are tried again in a process of their own if the first of them is not
#: seen there, and the seconds after which a file is too slow for it.
_TRIED_AGAIN, _SLOW = 8, 2.0


def check_devices(words: Iterable[str], files: Iterable[Loaded]) -> None:
    """UsageError if a device that was asked for by name is nowhere: what was looked for instead."""
    found = list(files)
    for word in words:
        if not any(d.uses(word) for d in found):
            why = "; ".join(dict.fromkeys(f"{d.info.name}: {d.refusal(word)}" for d in found))
            raise UsageError(f"no device {word!r} here. {why}")


class Closed(Exception):
    """The examiner was closed while it examined."""


class Examiner:
    """Loads and examines files, each in a process of its own. For one thread at a time.

    >>> with Examiner(Settings(dtypes=("float32",))) as examiner:
    ...     described = examiner.describe("my_kernels.py")
    ...     for subject, laws in described.subjects:
    ...         findings = examiner.examine("my_kernels.py", subject)
    """

    def __init__(self, settings: Settings, *, timeout: float = 60.0, memory: int = 0) -> None:
        self.settings = settings
        self._limits = Allowance(timeout, memory)
        self._processes: dict[str, Process] = {}  # the least recently used first
        self._described: dict[str, Loaded] = {}
        self._loading: set[str] = set()  # files whose processes have not answered yet
        self._known: dict[str, Known] = {}
        self._slow: set[str] = set()  # files that are not tried again in a process of their own
        self._closed = self._stopping = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all processes. May be called from any thread."""
        self._closed = True
        for process in list(self._processes.values()):
            process.close()
        self._processes.clear()

    def stop(self) -> None:
        """Let what is under way be judged on what it has seen. May be called from any thread."""
        self._stopping = True
        for process in list(self._processes.values()):
            process.board.stop()

    def interrupt(self) -> None:
        """After `stop`: do not wait for the calls that are under way."""
        for process in list(self._processes.values()):
            process.interrupt()

    def has(self, ref: str) -> bool:
        """True if a process holds the file."""
        return ref in self._processes

    def prepare(self, refs: Iterable[str]) -> None:
        """Begin to load files, as many as are kept, all at once."""
        for ref in list(dict.fromkeys(refs))[:_KEPT]:
            if ref not in self._processes:
                resolve(ref)
                self._begin(ref)

    def describe(self, ref: str) -> Loaded:
        """What is in a file. LoadError, in one line, if it cannot be loaded."""
        if ref not in self._described:
            resolve(ref)
            process = self._processes.get(ref) or self._begin(ref)
            self._described[ref] = self._loaded(ref, process)
        return self._described[ref]

    def share(self, described: dict[str, Loaded]) -> None:
        """Know what other examiners have found in files."""
        self._described.update(described)

    def examine(self, ref: str, subject: Subject) -> Findings:
        """The verdicts on a subject, whatever the file does to its process."""
        described = self.describe(ref)
        laws = next(ids for s, ids in described.subjects if _same(s, subject))
        apart = [] if devices.is_cpu(subject.device) else [i for i in laws if catalogue()[i].apart]
        known = self._known.setdefault(ref, Known())
        if not apart:
            attempts = Attempts(
                subject, laws, described.info.deviations, described.path, known=known
            )
            return self._told(ref, self._tried(ref, attempts))
        together = [law for law in laws if law not in apart]
        parts = []
        for part in filter(None, (together, *([law] for law in apart))):
            attempts = Attempts(
                subject, part, described.info.deviations, described.path, part != together, known
            )
            parts.append(self._tried(ref, attempts, tuple(part)))
            if part != together:
                self._drop(ref)
        return _joined(parts, laws)

    def _told(self, ref: str, findings: Findings) -> Findings:
        """The findings, with what a process of its own says: that earlier calls caused failures."""
        found = suspects(findings.results)[:_TRIED_AGAIN]
        if not found or self.settings.brief or ref in self._slow or self._stopping:
            return findings
        told: dict[str, Result] = {}
        since = time.monotonic()
        with self._another(ref), contextlib.suppress(LoadError, UsageError, Closed):
            for r in found:
                if self.again(ref, r).outcome != "pass":
                    break
                told[r.invariant] = after_others(r)
        if time.monotonic() - since > _SLOW:
            self._slow.add(ref)
        return replace(findings, results=[told.get(r.invariant, r) for r in findings.results])

    @contextlib.contextmanager
    def _another(self, ref: str) -> Iterator[None]:
        """While this lasts, a file is in another process than the one that holds it."""
        process = self._processes.pop(ref, None)
        try:
            yield
        finally:
            self._drop(ref)
            if process is not None:
                self._processes[ref] = process
                if self._closed:
                    process.close()

    def again(self, ref: str, result: Result) -> Result:
        """The law of a result on its counterexample. LoadError, UsageError."""
        described = self.describe(ref)
        process = self._ready(ref)
        settings = replace(self.settings, devices=(result.device,), modes=(result.mode,))
        process.ask(Again(result=result, settings=settings))
        try:
            reply = process.answer(self._limits)
        except Lost as loss:
            self._drop(ref)
            at = loss.location(described.path)
            words = f"{loss.words} ({at})" if at else loss.words
            return lost(result, described.info.name, words)
        if isinstance(reply, Refused):
            raise UsageError(reply.words)
        if isinstance(reply, Found):
            return reply.findings.results[0]
        assert isinstance(reply, Broken)
        again = own_fault if reply.own else lost
        return again(result, described.info.name, reply.words)

    def _tried(self, ref: str, attempts: Attempts, only: tuple[str, ...] = ()) -> Findings:
        """One attempt after another, until there are verdicts."""
        settings = replace(self.settings, only=only) if only else self.settings
        limits = self._limits.wider(FAR_MEMORY if attempts.needs("far") else 0)
        while True:
            try:
                process = self._ready(ref)
                process.ask(attempts.request(settings))
                reply = process.answer(limits)
            except (Lost, LoadError) as error:
                if not self._survived(ref, attempts, error):
                    return attempts.given_up()
                continue
            if isinstance(reply, Found):
                return attempts.finished(reply.findings)
            assert isinstance(reply, Broken)
            if not attempts.broken(process.board, reply):
                return attempts.given_up()

    def _survived(self, ref: str, attempts: Attempts, error: Lost | LoadError) -> bool:
        """True if the subject is to be tried again after a loss."""
        process = self._processes.pop(ref, None)
        if self._closed or self._stopping:
            raise Closed
        loss = error if isinstance(error, Lost) else Lost(str(error))
        if process is None:
            return attempts.lost(None, loss)
        process.close()
        return attempts.lost(process.board, loss)

    def _begin(self, ref: str) -> Process:
        """A new process that is loading the file."""
        if self._closed or self._stopping:
            raise Closed
        while len(self._processes) >= _KEPT:
            oldest = next(iter(self._processes))
            self._processes.pop(oldest).close()
        modules = first_libraries(resolve(ref))
        if not self.settings.only:
            modules = spare.transforming(modules)
        process = self._held(ref, spare.taken(modules))
        self._loading.add(ref)
        process.ask(Load(ref=ref, settings=self.settings))
        return process

    def _held(self, ref: str, process: Process) -> Process:
        """Keep a process as the last used one, unless the examiner was closed meanwhile."""
        self._processes[ref] = process
        if self._closed:
            process.close()
            raise Closed
        return process

    def _ready(self, ref: str) -> Process:
        """The process that holds the file; a new one if it was lost or put away."""
        process = self._processes.pop(ref, None)
        process = self._begin(ref) if process is None else self._held(ref, process)
        if ref in self._loading:
            self._loaded(ref, process)
        return process

    def _loaded(self, ref: str, process: Process) -> Loaded:
        reply: Reply
        self._loading.discard(ref)
        try:
            reply = process.answer(replace(self._limits, timeout=self._patience))
        except Lost as lost:
            self._drop(ref)
            if self._closed:
                raise Closed from None
            place = lost.location(str(resolve(ref))) or str(resolve(ref))
            raise LoadError(f"{place}: cannot be loaded: {lost.words}") from None
        if isinstance(reply, Loaded):
            return reply
        self._drop(ref)
        if isinstance(reply, Refused):
            raise LoadError(reply.words)
        assert isinstance(reply, Broken)
        raise LoadError(f"{Path(ref)}: cannot be loaded: {reply.words}")

    @property
    def _patience(self) -> float:
        return max(self._limits.timeout, LOADING)

    def _drop(self, ref: str) -> None:
        with contextlib.suppress(KeyError):
            self._processes.pop(ref).close()


def _same(a: Subject, b: Subject) -> bool:
    """The same subject, whatever the implementation is called."""
    return (a.function, a.dtype, a.device, a.mode) == (b.function, b.dtype, b.device, b.mode)


def _joined(parts: Sequence[Findings], laws: Sequence[str]) -> Findings:
    """One set of findings, in the order of the laws; the first part has the profile of accuracy."""
    place = {law: at for at, law in enumerate(laws)}
    return Findings(
        sorted((r for p in parts for r in p.results), key=lambda r: place[r.invariant]),
        parts[0].accuracy,
        parts[0].limits,
        notes=[note for p in parts for note in p.notes],
    )
