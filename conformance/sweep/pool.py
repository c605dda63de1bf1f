"""Does shards in this process, in watched processes or on a cluster; yields them as they finish.

A shard that ends its process is repeated in a fresh one. It is given up if it does so several
times, or gives no sign of life for long.
"""

from __future__ import annotations

import contextlib
import os
import queue
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from conformance.backends import libraries
from conformance.errors import UsageError, one_line
from conformance.processes import spare
from conformance.processes.messages import Do, Done
from conformance.processes.process import Allowance, Lost, Process
from conformance.sweep.shards import run, run_all
from conformance.sweep.tasks import Task

#: How often a shard may kill its worker before it is given up.
DEATHS = 3
#: Seconds after which a shard that is not finished hangs.
SILENT = 300.0
_ANY_MEMORY = 2**30  # MiB: a sweep has no limit
#: Batches for each worker of a cluster, at least, and shards that travel together, at most.
_AHEAD, _BATCH = 3, 16


@dataclass(frozen=True, slots=True)
class Died:
    """A shard that was given up, and why."""

    why: str


#: A shard with its outcomes, or what became of it.
Finished = tuple[Task, bytes | Died]


class Runner(Protocol):
    """Runs tasks in any order."""

    def __call__(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        """Each task with its outcome, as they finish."""


def inline(tasks: Sequence[Task]) -> Iterator[Finished]:
    """In this process, one after the other."""
    for task in tasks:
        yield task, run(task)


@contextlib.contextmanager
def processes(workers: int, modules: tuple[str, ...]) -> Iterator[Runner]:
    """In watched processes of this machine, which begin to import modules at once."""
    crew = _Crew(modules)

    def runner(tasks: Sequence[Task]) -> Iterator[Finished]:
        asked = {threads.submit(crew.done, task): task for task in tasks}
        yield from ((asked[future], future.result()) for future in as_completed(asked))

    with spare.kept_ready(), ThreadPoolExecutor(workers) as threads:
        spare.prepare(workers, modules)
        try:
            yield runner
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
            crew.close()


class _Crew:
    """Processes that work on shards, one for each thread that asks."""

    def __init__(self, modules: tuple[str, ...]) -> None:
        self._modules = modules
        self._idle: queue.SimpleQueue[Process] = queue.SimpleQueue()
        self._all: list[Process] = []
        self._closed = False

    def done(self, task: Task) -> bytes | Died:
        """The outcomes of a shard."""
        for _ in range(DEATHS):
            process = self._taken()
            process.ask(Do(function=f"{__name__}:do", data=msgspec.msgpack.encode(task)))
            try:
                reply = process.answer(Allowance(SILENT, _ANY_MEMORY))
            except Lost as loss:
                process.close()
                if loss.slow or self._closed:
                    return Died(loss.words)
                continue
            self._idle.put(process)
            if isinstance(reply, Done):
                return reply.data
            raise RuntimeError(f"a shard of {task.job.words} failed: {reply}")
        return Died(f"the worker died {DEATHS} times")

    def _taken(self) -> Process:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            process = spare.taken(self._modules)
            self._all.append(process)
            if self._closed:
                process.close()
            return process

    def close(self) -> None:
        """End all processes."""
        self._closed = True
        for process in self._all:
            process.close()


def do(data: bytes) -> bytes:
    """In a worker: the outcomes of a shard, on one processor where a library is told how many."""
    for library in libraries().values():
        for name, value in library.one_thread.items():
            os.environ.setdefault(name, value)
    return run(msgspec.msgpack.decode(data, type=Task))


@contextlib.contextmanager
def cluster(address: str) -> Iterator[Runner]:
    """On the workers of a running dask.distributed scheduler."""
    try:
        from distributed import Client
    except ImportError:
        raise UsageError(
            "--scheduler needs dask.distributed: pip install 'logit-conformance[cluster]'"
        ) from None
    try:
        client = Client(  # type: ignore[no-untyped-call]
            address, timeout=10, set_as_default=False
        )
    except (OSError, ValueError, TypeError) as error:
        said = one_line(error) or type(error).__name__
        raise UsageError(f"no dask scheduler answers at {address}: {said}") from None
    with client:
        yield _on_cluster(client)


def _on_cluster(client: Any) -> Runner:
    def runner(tasks: Sequence[Task]) -> Iterator[Finished]:
        workers = client.scheduler_info()["workers"]
        if not workers:
            raise UsageError("the dask scheduler has no workers; start some with `dask worker`")
        threads = sum(int(w.get("nthreads", 1)) for w in workers.values())
        executor = client.get_executor(pure=False, retries=0)
        yield from spread(executor, tasks, threads)

    return runner


def spread(executor: Executor, tasks: Sequence[Task], workers: int) -> Iterator[Finished]:
    """Over any executor that replaces workers itself, in batches: each costs a few messages.

    The shards of a batch whose workers died are given out again one by one.
    """
    count = max(-(-len(tasks) // _BATCH), min(len(tasks), _AHEAD * workers))
    batches = (tuple(tasks[i::count]) for i in range(count))  # cheap and dear ones in each
    asked = {executor.submit(run_all, batch): batch for batch in batches}
    alone: list[Task] = []
    try:
        for future in as_completed(asked):
            batch, found = asked[future], _outcomes(future)
            if found is not None:
                yield from zip(batch, found, strict=True)
            elif len(batch) > 1:
                alone += batch
            else:
                yield batch[0], Died("its workers died again and again")
    finally:
        for future in asked:
            future.cancel()
    if alone:
        yield from spread(executor, alone, len(alone))


def _outcomes(future: Future[list[bytes]]) -> list[bytes] | None:
    """The results of a batch; None if it killed its workers."""
    try:
        return future.result()
    except Exception as error:
        if type(error).__name__ == "KilledWorker":
            return None
        raise
