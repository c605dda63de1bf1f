"""What an exhaustive sweep costs, beside the bare implementation on the same inputs and cores.

    python benchmarks/sweep.py                       torch, every float32, about five minutes
    python benchmarks/sweep.py --every 8 --dask      one shard in eight, and a dask cluster
    python benchmarks/sweep.py --implementation my_kernels.py --workers 4

Each figure is the wall time of warm workers: imports are not in it. `bare` makes the same inputs
and calls the same function in the same processes, and looks at nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context

from conformance.kernels.importing import resolve
from conformance.kernels.loading import load
from conformance.sweep import engine, plans, pool, shards, spaces
from conformance.sweep.blocks import Inputs
from conformance.sweep.sheets import SHARD
from conformance.sweep.targets import Quantity
from conformance.sweep.tasks import Job, Member, Task

CASES: tuple[tuple[str, Quantity], ...] = (
    ("sigmoid", "value"),
    ("log_sigmoid", "value"),
    ("sigmoid", "vjp"),
    ("log_sigmoid", "vjp"),
)
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
UNARY = ("sigmoid", "log_sigmoid", "binary_cross_entropy", "binary_cross_entropy_with_logits")


def bare(task: Task) -> bytes:
    """The function on every input of a shard, and nothing else."""
    member = task.job.members[0]
    caller = shards._caller(member, task.job.target, task.job.dtype, shards.CALLED)
    inputs = Inputs(spaces.binade(task.shard), shards.CALLED, shards.BLOCK)
    for k in range(SHARD // shards.CALLED):
        inputs.fill(k, caller.inputs)
        caller()
    return b""


def timed(executor: Executor, work: Callable[[Task], bytes], tasks: Sequence[Task]) -> float:
    """Seconds for all tasks, 12 under way per worker as in a sweep."""
    started = time.perf_counter()
    todo = list(reversed(tasks))
    under_way: set[Future[bytes]] = set()
    while todo or under_way:
        while todo and len(under_way) < 24:
            under_way.add(executor.submit(work, todo.pop()))
        done, under_way = wait(under_way, return_when="FIRST_COMPLETED")
        for future in done:
            future.result()
    return time.perf_counter() - started


@contextlib.contextmanager
def workers(count: int, warm: Sequence[Task]) -> Iterator[Executor]:
    """Processes that have imported everything and called the function."""
    os.environ.update(ONE_THREAD)
    with ProcessPoolExecutor(count, get_context("spawn")) as executor:
        for _ in range(2):
            wait([executor.submit(shards.run, t) for t in (*warm, *warm)])
        yield executor


@contextlib.contextmanager
def cluster(count: int, warm: Sequence[Task]) -> Iterator[Executor]:
    """A dask scheduler on loopback with one-threaded worker processes."""
    from distributed import Client, LocalCluster

    os.environ.update(ONE_THREAD)
    with (
        LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=count, threads_per_worker=1, dashboard_address=":0"
        ) as local,
        Client(local) as client,  # type: ignore[no-untyped-call]
    ):
        executor = client.get_executor(pure=False)
        for _ in range(2):
            wait([executor.submit(shards.run, t) for t in (*warm, *warm)])
        yield executor


def tasks_of(ref: str, function: str, quantity: Quantity, every: int) -> list[Task]:
    """The shards of one target."""
    made = load(ref)
    modes = made.backend.DEFAULT_MODES
    member = Member(str(resolve(ref)), "jit" if "jit" in modes else modes[0], "cpu")
    job = Job((member,), function, quantity)
    return [Task(job, shard) for shard in range(0, spaces.BINADES, every)]


def halves(ref: str) -> float:
    """Seconds for all 16-bit unary functions and derivatives, in this process, warm."""
    plan = plans.Plan((ref,), UNARY, ("float16", "bfloat16"), ("value", "vjp"))
    engine.swept(plan)
    started = time.perf_counter()
    engine.swept(plan)
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--implementation", default="torch")
    parser.add_argument("--every", type=int, default=1, help="one shard in N")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--dask", action="store_true")
    args = parser.parse_args()
    print(f"{args.implementation}, 1 in {args.every} shards of float32, {args.workers} workers")
    for function, quantity in CASES:
        tasks = tasks_of(args.implementation, function, quantity, args.every)
        with workers(args.workers, tasks[:1]) as executor:
            plain, full = (timed(executor, work, tasks) for work in (bare, shards.run))
        print(
            f"{function} {quantity}: sweep {full:.2f} s, bare {plain:.2f} s, {full / plain:.2f} x"
        )
        sys.stdout.flush()
    tasks = tasks_of(args.implementation, *CASES[0], args.every)
    with workers(1, tasks[:1]) as executor:
        one = timed(executor, shards.run, tasks)
    with workers(args.workers, tasks[:1]) as executor:
        many = timed(executor, shards.run, tasks)
    print(
        f"1 process {one:.2f} s, {args.workers} processes {many:.2f} s, {one / many:.2f} x as fast"
    )
    if args.dask:
        with cluster(args.workers, tasks[:1]) as executor:
            started = time.perf_counter()
            for _ in pool.spread(executor, tasks, args.workers):
                pass
            dask = time.perf_counter() - started
        print(f"dask {dask:.2f} s, {dask / many:.2f} x the process pool")
    print(f"16 bits, all unary functions and derivatives: {halves(args.implementation):.2f} s")


if __name__ == "__main__":
    main()
