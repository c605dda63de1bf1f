"""What an examination costs, against the targets, and where the time goes.

    python benchmarks/run.py                       the runs and the profile, ten minutes
    python benchmarks/run.py --profile torch       where the time goes, for another implementation
    python benchmarks/run.py --only-profile        in this process, without the runs

The runs are the command as a user types it, imports included; JAX compiles all its programs in the
first of them and reads them back in the second. How many there are, law by law, programs.py says,
which has a limit. `cpu` is the time that processors worked for it, which other load on the machine
changes little; it is what the profile adds up.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import numpy as np
import programs

from conformance.examine import engine, profile, selection, tally, verdicts
from conformance.kernels import calling
from conformance.kernels.loading import load
from conformance.numerics import bounds, measure
from conformance.spec import known

#: Implementations, and the seconds that they may take on two cores.
TARGETS = ((("numpy",), 10.0), (("numpy", "torch", "jax"), 60.0))


def run(names: tuple[str, ...], workers: int, programs: str) -> tuple[float, float]:
    """Wall and processor seconds of `conformance run`, JAX's programs kept in a folder."""
    command = [sys.executable, "-m", "conformance", "run", *names, "--quiet", "-n", str(workers)]
    kept = {
        "JAX_COMPILATION_CACHE_DIR": programs,
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    }
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, env={**os.environ, **kept})
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class Layers:
    """Processor seconds by layer, each without the layers that it calls."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.calls: dict[str, int] = defaultdict(int)
        self._open = ["bookkeeping"]
        self._since = time.thread_time()

    def turn(self, layer: str | None) -> None:
        """Enter a layer, or leave the present one."""
        now = time.thread_time()
        self.seconds[self._open[-1]] += now - self._since
        self._since = now
        if layer is None:
            self._open.pop()
        else:
            self._open.append(layer)
            self.calls[layer] += 1

    def timed(self, layer: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, its time booked to a layer."""

        @wraps(function)
        def booked(*args: Any, **kwargs: Any) -> Any:
            self.turn(layer)
            try:
                return function(*args, **kwargs)
            finally:
                self.turn(None)

        return booked

    def each(self, layer: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same for what a generator takes from one item to the next."""

        @wraps(function)
        def booked(*args: Any, **kwargs: Any) -> Iterator[Any]:
            items = iter(function(*args, **kwargs))
            step = self.timed(layer, lambda: next(items, items))
            while (item := step()) is not items:
                yield item

        return booked


@contextlib.contextmanager
def booked(layers: Layers) -> Iterator[None]:
    """The layers of an examination, booked as long as this is open."""
    timed = layers.timed
    changes: list[tuple[Any, str, Callable[..., Any]]] = [
        (engine, "_examples", layers.each("generation", engine._examples)),
        (calling.Kernel, "_call", timed("the implementation", calling.Kernel._call)),
        (calling.Kernel, "_observed", timed("presenting and reading", calling.Kernel._observed)),
        (measure, "reference", timed("oracle", measure.reference)),
        (bounds, "reference", timed("oracle", bounds.reference)),
        (measure, "certified", timed("oracle, balls", measure.certified)),
        (known, "bound", timed("bounds", known.bound)),
        (tally, "measure", timed("measuring", tally.measure)),
        (verdicts, "graded", timed("other grades", verdicts.graded)),
        (verdicts, "smallest", timed("minimising", verdicts.smallest)),
        (profile.Profiler, "look", timed("error profiles", profile.Profiler.look)),
    ]
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in changes]
    for owner, name, changed in changes:
        setattr(owner, name, changed)
    try:
        yield
    finally:
        for owner, name, old in before:
            setattr(owner, name, old)


def profiled(name: str, effort: str) -> tuple[Layers, dict[str, float], int]:
    """The layers of an examination in this process, seconds by dtype, and verdicts."""
    implementation, settings = load(name), selection.Settings(effort=effort)
    by_dtype: dict[str, float] = defaultdict(float)
    verdicts_there = 0
    layers = Layers()
    with booked(layers), np.errstate(all="ignore"):
        for subject in selection.subjects(implementation, settings)[0]:
            started = time.thread_time()
            found = engine.examine(implementation, subject, settings)
            by_dtype[subject.dtype] += time.thread_time() - started
            verdicts_there += len(found.results)
    layers.turn(None)
    return layers, by_dtype, verdicts_there


def _told(name: str, effort: str) -> None:
    layers, by_dtype, count = profiled(name, effort)
    total = sum(layers.seconds.values())
    print(f"\n{name}, effort {effort}: {count} verdicts, {total:.1f} s of one core")
    for layer, seconds in sorted(layers.seconds.items(), key=lambda item: -item[1]):
        calls = layers.calls.get(layer, 0)
        each = f"{calls:>8,} x {1e6 * seconds / calls:8.0f} us" if calls else ""
        print(f"  {layer:<24}{seconds:7.2f} s {100 * seconds / total:5.1f} %  {each}")
    print("  by dtype: " + ", ".join(f"{k} {v:.1f} s" for k, v in by_dtype.items()))


def _runs(workers: int) -> bool:
    kept = True
    print(f"conformance run, {workers} workers on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as programs:
        for names, target in TARGETS:
            for again in ("", "again")[: 1 + ("jax" in names)]:
                wall, cpu = run(names, workers, programs)
                what = f"{' '.join(names)} {again}"
                print(
                    f"  {what:<24}{wall:6.1f} s (target {target:.0f} s), cpu {cpu:.1f} s",
                    flush=True,
                )
            kept &= wall <= target
    return kept


def main() -> int:
    """Print the table; 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--profile", default="numpy", metavar="IMPLEMENTATION")
    parser.add_argument("--effort", default="default", choices=selection.EFFORTS)
    parser.add_argument("--only-profile", action="store_true")
    asked = parser.parse_args()
    kept = asked.only_profile or (_runs(asked.workers) & programs.told("jax", (), programs.LIMIT))
    _told(asked.profile, asked.effort)
    return 0 if kept else 1


if __name__ == "__main__":
    raise SystemExit(main())
