"""The examining process, which imports implementations and array libraries.

It loads one file and examines its subjects one after another, as requested through its standard
input; or it does the shards of a sweep. What the file prints goes to the watching process, which
keeps the end of it.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from conformance import backends
from conformance.errors import LoadError, UsageError, did_you_mean, one_line
from conformance.examine.engine import examine
from conformance.examine.selection import Settings, laws, subjects
from conformance.examine.watch import Shared, Watch, attach
from conformance.floats import FORMATS
from conformance.kernels import process_state
from conformance.kernels.calling import Kernel
from conformance.model import Implementation
from conformance.objects import scratch
from conformance.objects.like import alike
from conformance.objects.load import load
from conformance.processes import environment
from conformance.processes.messages import (
    DEVICE_LOST,
    Again,
    Broken,
    Do,
    Done,
    Examine,
    Found,
    Load,
    Loaded,
    Refused,
    Reply,
    Request,
    receive,
    send,
)
from conformance.processes.replaying import replayed
from conformance.records.results import Findings
from conformance.spec import catalogue


def main(board: str, modules: Sequence[str] = ()) -> None:
    """Answer requests until there are no more; `modules` are imported before the first."""
    requests, replies = _channels()
    _watchful()
    scratch.keep_in(scratch.of(board))
    shared = attach(board)
    waiting: queue.SimpleQueue[Request] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests, waiting), daemon=True).start()
    preload(modules)
    worker, own = _Worker(shared), os.getpid()
    while True:
        try:
            reply = worker.answer(waiting.get())
        except BaseException as error:  # the file's doing, or a mistake of the suite
            reply = _broken(error)
        if os.getpid() != own:  # the file forked and let its child run on
            os._exit(0)
        send(replies, reply)


def preload(modules: Iterable[str]) -> None:
    """Import libraries ahead. What fails will fail again where it is imported."""
    for name in modules:
        with contextlib.suppress(Exception):
            importlib.import_module(name)
            if name in backends.libraries():
                backends.get(name)


def _channels() -> tuple[BinaryIO, BinaryIO]:
    """The two pipes, out of the way of what the file reads and prints."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    for name in ("stdout", "stderr"):
        file = os.fdopen(os.dup(2), "w", buffering=1, encoding="utf-8", errors="replace")
        setattr(sys, name, file)
    return requests, replies


def _watchful() -> None:
    """Say where a crash happened, and on demand where the process hangs; end with the parent."""
    faulthandler.enable(os.dup(2), all_threads=False)
    if hasattr(signal, "SIGUSR1"):
        faulthandler.register(signal.SIGUSR1, os.dup(2), all_threads=True)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a shell's background
    _end_with_the_parent()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_stray)


def _stray() -> None:
    """A child that the file forks may do its work, but ends where it would examine in turn."""
    setattr(Kernel, "_observed", lambda *_: os._exit(0))  # noqa: B010 -- in the child alone


def _end_with_the_parent() -> None:
    """On Linux the kernel sees to it, even in native code that never returns."""
    if not sys.platform.startswith("linux"):
        return
    with contextlib.suppress(Exception):
        import ctypes

        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL, 0, 0, 0)


def _listen(requests: BinaryIO, waiting: queue.SimpleQueue[Request]) -> None:
    while True:
        try:
            waiting.put(receive(requests, Request))
        except (EOFError, OSError):
            os._exit(0)  # nobody waits for an answer any more


def _broken(error: BaseException) -> Broken:
    if isinstance(error, KeyboardInterrupt):
        return Broken(words="it interrupted its own process (SIGINT)", own=False)
    frames = traceback.extract_tb(error.__traceback__)
    at = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    said = one_line(error)
    words = f"{type(error).__name__}{': ' + said if said else ''}{at}"
    return Broken(words=words)


class _Worker:
    """The loaded file."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._implementation: Implementation | None = None
        self._dtype = ""

    def answer(self, request: Request) -> Reply:
        """Do what is asked."""
        if isinstance(request, Load):
            return self._load(request)
        if isinstance(request, Again):
            return self._again(request)
        if isinstance(request, Do):
            module, _, name = request.function.partition(":")
            return Done(data=getattr(importlib.import_module(module), name)(request.data))
        return Found(findings=self._examine(request))

    def _load(self, request: Load) -> Reply:
        try:
            self._implementation = alike(load(request.ref), request.settings.like)
            described = loaded(self._implementation, request.settings)
        except LoadError as error:
            return Refused(words=str(error))
        process_state.keep(process_state.snapshot())
        return described

    def _again(self, request: Again) -> Reply:
        assert self._implementation is not None
        try:
            found = replayed(self._implementation, request.result, request.settings)
        except UsageError as error:
            return Refused(words=str(error))
        return Found(findings=Findings(results=[found]))

    def _examine(self, request: Examine) -> Findings:
        assert self._implementation is not None
        limits = {"until": request.until, "below": request.below}
        given = {name: value for name, value in limits.items() if value is not None}
        self._forget(request.subject.dtype)
        Kernel.device_lost = None if request.apart else _device_lost
        watch = Watch(
            self._shared, request.incidents, request.as_seen, of=self._implementation, **given
        )
        Kernel.calling = watch.calls
        try:
            return examine(self._implementation, request.subject, request.settings, watch)
        finally:
            Kernel.calling = None
            process_state.restore(process_state.reference())

    def _forget(self, dtype: str) -> None:
        """Programs compiled for another dtype are not needed again."""
        assert self._implementation is not None
        forget = getattr(self._implementation.backend, "forget", None)
        if forget is not None and self._dtype not in ("", dtype):
            forget()
        self._dtype = dtype


def _device_lost(words: str) -> None:
    """End the process: every further call would fail, and be blamed for it."""
    os.write(2, f"\n{words}\n".encode("utf-8", "replace"))
    os._exit(DEVICE_LOST)


def loaded(implementation: Implementation, settings: Settings) -> Loaded:
    """What is in an implementation, as the watching process is told."""
    found, not_run = subjects(implementation, settings)
    each = [(s, [law.id for law in laws(implementation, s, settings)]) for s in found]
    spoken = {law for _, ids in each for law in ids}
    return Loaded(
        info=environment.info(implementation),
        subjects=each,
        not_run=not_run,
        laws=[law.record() for law in catalogue().values() if law.id in spoken],
        path=str(implementation.path),
        devices=list(implementation.backend.devices()),
        warnings=unknown_deviations(implementation),
    )


def unknown_deviations(implementation: Implementation) -> list[str]:
    """A warning for each declared deviation that names no law of the spec."""
    known = catalogue()
    said = []
    for entry in implementation.deviations:
        law, at, dtype = entry.partition("@")
        if at and dtype not in FORMATS:
            said.append(f"{implementation.path}: DEVIATIONS names no dtype: {entry!r}.")
        elif law not in known:
            guess = did_you_mean(law, known)
            said.append(f"{implementation.path}: DEVIATIONS names no law: {law!r}.{guess}")
    return said
