"""Shards over any `concurrent.futures.Executor`: here, in processes of this machine, on a cluster.

A worker that dies takes its pool with it: the pool is made anew, and the shards that were under way
are repeated alone, so that the one that kills is told from those beside it. So are those under way
when nothing has come back for long.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Protocol

from conformance.backends import libraries
from conformance.errors import UsageError, one_line
from conformance.sweep.shards import run, run_all
from conformance.sweep.tasks import Task

#: How often a shard may kill its worker before it is given up.
DEATHS = 3
#: Seconds after which a shard that is not finished hangs.
SILENT = 300.0
_AHEAD = 3  # tasks under way per worker
_BATCH = 16  # shards that travel together

#: One thread for each worker, whatever library it imports; and no GPU memory taken in advance.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    **{k: v for of in libraries().values() for k, v in (of.environment | of.one_thread).items()},
}


@dataclass(frozen=True, slots=True)
class Died:
    """A shard killed its worker `DEATHS` times."""

    why: str


#: A shard with its outcomes, or what became of it.
Finished = tuple[Task, bytes | Died]


class Runner(Protocol):
    """Runs tasks in any order."""

    def __call__(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        """Each task with its outcome, as they finish."""


#: On Linux processes are forked from one that has imported what they need.
_METHOD = "forkserver" if sys.platform.startswith("linux") else "spawn"
_PRELOADED = "conformance.sweep.shards"


def prepare(names: Iterable[str]) -> None:
    """Begin to import the suite and libraries for the processes to come."""
    if _METHOD != "forkserver":
        return
    from multiprocessing import forkserver

    with _environment():
        multiprocessing.set_forkserver_preload([_PRELOADED, *names])
        forkserver.ensure_running()


def inline(tasks: Sequence[Task]) -> Iterator[Finished]:
    """In this process, one after the other."""
    for task in tasks:
        yield task, run(task)


def processes(workers: int) -> Runner:
    """In processes of this machine."""

    def runner(tasks: Sequence[Task]) -> Iterator[Finished]:
        todo = list(reversed(tasks))
        while todo:
            suspects: list[Task] = []
            with _pool(min(workers, len(todo))) as pool:
                yield from _until_broken(pool, workers, todo, suspects)
            for task in suspects:
                yield task, _alone(task)

    return runner


def _until_broken(
    pool: ProcessPoolExecutor, workers: int, todo: list[Task], suspects: list[Task]
) -> Iterator[Finished]:
    """Work through `todo`; if a worker dies, what was under way becomes suspect."""
    under_way: dict[Future[bytes], Task] = {}
    try:
        while todo or under_way:
            while todo and len(under_way) < _AHEAD * workers:
                task = todo[-1]
                under_way[pool.submit(run, task)] = task
                todo.pop()
            done, _ = wait(under_way, timeout=SILENT, return_when=FIRST_COMPLETED)
            if not done:
                suspects.extend(under_way.values())
                return _kill(pool)
            for future in done:
                outcome = future.result()
                yield under_way.pop(future), outcome
    except BrokenProcessPool:
        suspects.extend(under_way.values())


def _alone(task: Task) -> bytes | Died:
    for _ in range(DEATHS):
        with _pool(1) as pool, contextlib.suppress(BrokenProcessPool):
            try:
                return pool.submit(run, task).result(timeout=SILENT)
            except TimeoutError:
                _kill(pool)
                return Died(f"it gave no sign of life for {SILENT:g} s")
    return Died(f"the worker died {DEATHS} times")


@contextlib.contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Fresh processes with one thread each; killed, not waited for, if anything is raised."""
    context = multiprocessing.get_context(_METHOD)
    with _environment():
        given = ({name: os.environ[name] for name in ENVIRONMENT},)
        pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=given)
        try:
            yield pool
        except BaseException:
            _kill(pool)
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@contextlib.contextmanager
def _environment() -> Iterator[None]:
    """Processes inherit the environment when they are started, which the pool does on demand."""
    before = {name: os.environ.get(name) for name in ENVIRONMENT}
    os.environ.update({k: v for k, v in ENVIRONMENT.items() if before[k] is None})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)


def _kill(pool: ProcessPoolExecutor) -> None:
    for process in list((pool._processes or {}).values()):
        process.kill()


def _begin(environment: Mapping[str, str]) -> None:
    """In a worker: the terminal's Ctrl-C is the parent's business; nothing outlives the parent."""
    os.environ.update(environment)  # of another time, where a server had been started before
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:

        def follow() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=follow, daemon=True).start()


def cluster(address: str) -> tuple[Runner, Callable[[], None]]:
    """On the workers of a running dask.distributed scheduler; and how to let go of it."""
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
    return _on_cluster(client), client.close


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
    batches = max(-(-len(tasks) // _BATCH), min(len(tasks), _AHEAD * workers))
    todo = [tuple(tasks[i::batches]) for i in range(batches)]  # cheap and dear ones in each
    under_way: dict[Future[list[bytes]], tuple[Task, ...]] = {}
    try:
        while todo or under_way:
            while todo and len(under_way) < _AHEAD * workers:
                batch = todo.pop()
                under_way[executor.submit(run_all, batch)] = batch
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                batch = under_way.pop(future)
                found = _outcomes(future)
                if found is not None:
                    yield from zip(batch, found, strict=True)
                elif len(batch) > 1:
                    todo.extend((task,) for task in batch)
                else:
                    yield batch[0], Died("its workers died again and again")
    finally:
        for future in under_way:
            future.cancel()


def _outcomes(future: Future[list[bytes]]) -> list[bytes] | None:
    """What a batch gave, or None if it killed its workers."""
    try:
        return future.result()
    except Exception as error:
        if type(error).__name__ == "KilledWorker":
            return None
        raise
