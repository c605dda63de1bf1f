"""Where the processor's time goes in an examination: by layer, by format, by law.

    python benchmarks/layers.py                              the bundled NumPy file
    python benchmarks/layers.py torch --function softmax     another file, one function

All in this process. What commands take as they are typed is in table.py, how many programs JAX
compiles in programs.py. On a busy machine the seconds grow, the shares hardly do.
"""

from __future__ import annotations

import argparse
import contextlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import numpy as np

from conformance.examine import engine, profile, selection, tally, verdicts
from conformance.kernels import calling
from conformance.kernels.loading import load
from conformance.numerics import bounds, wanted
from conformance.spec import known

#: Laws that are shown.
_LAWS = 25


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
        (wanted, "reference", timed("oracle", wanted.reference)),
        (bounds, "reference", timed("oracle", bounds.reference)),
        (wanted, "certified", timed("oracle, balls", wanted.certified)),
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


@contextlib.contextmanager
def by_law(found: dict[str, tuple[float, int]]) -> Iterator[None]:
    """Seconds and looks of each law, of whatever function, as long as this is open."""
    look = tally.Tally.look

    def looked(self: tally.Tally, *arguments: Any) -> None:
        began = time.thread_time()
        look(self, *arguments)
        name = self.law.id.partition("/")[2]
        seconds, looks = found.get(name, (0.0, 0))
        found[name] = seconds + time.thread_time() - began, looks + 1

    setattr(tally.Tally, "look", looked)  # noqa: B010 -- for as long as this is open
    try:
        yield
    finally:
        setattr(tally.Tally, "look", look)  # noqa: B010


def told(name: str, settings: selection.Settings) -> None:
    """Examine a file, and print where the time went."""
    implementation, layers = load(name), Layers()
    laws: dict[str, tuple[float, int]] = {}
    by_dtype: dict[str, float] = defaultdict(float)
    count = 0
    with booked(layers), by_law(laws), np.errstate(all="ignore"):
        for subject in selection.subjects(implementation, settings)[0]:
            began = time.thread_time()
            count += len(engine.examine(implementation, subject, settings).results)
            by_dtype[subject.dtype] += time.thread_time() - began
    layers.turn(None)
    total = sum(layers.seconds.values())
    print(f"{name}, effort {settings.effort}: {count} verdicts, {total:.1f} s of one core")
    for layer, seconds in sorted(layers.seconds.items(), key=lambda item: -item[1]):
        calls = layers.calls.get(layer, 0)
        each = f"{calls:>8,} x {1e6 * seconds / calls:8.0f} us" if calls else ""
        print(f"  {layer:<24}{seconds:7.2f} s {100 * seconds / total:5.1f} %  {each}")
    print("  by dtype: " + ", ".join(f"{k} {v:.1f} s" for k, v in by_dtype.items()))
    for law, (seconds, looks) in sorted(laws.items(), key=lambda item: -item[1][0])[:_LAWS]:
        each = f"{looks:>8,} x {1e6 * seconds / looks:8.0f} us"
        print(f"  {law:<40}{seconds:7.2f} s {100 * seconds / total:5.1f} %  {each}")


def main() -> None:
    """Print where the time goes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("implementation", nargs="?", default="numpy")
    parser.add_argument("--function", action="append", default=[])
    parser.add_argument("--dtype", action="append", default=[])
    parser.add_argument("--effort", default="default", choices=selection.EFFORTS)
    asked = parser.parse_args()
    functions, dtypes = tuple(asked.function), tuple(asked.dtype)
    told(asked.implementation, selection.Settings(asked.effort, functions=functions, dtypes=dtypes))


if __name__ == "__main__":
    main()
