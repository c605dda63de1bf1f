"""Progress while a run works: a bar on a terminal, a line now and then in pipes and CI logs."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from conformance.reporting.console import console
from conformance.reporting.signs import plural

if TYPE_CHECKING:
    from conformance.processes.run import Event
    from conformance.records.results import Result

Watch = Callable[["Event"], None]

#: What a line tells apart: the first fails a run, the others do not.
_TOLD = ("must broken", "should missed", "declared")
_EVERY = 5.0  # seconds between two lines of a log


@contextlib.contextmanager
def progress(quiet: bool = False) -> Iterator[Watch]:
    """A function that takes the events of a run and shows how far it is, on standard error."""
    if quiet:
        yield lambda event: None
    elif sys.stderr is not None and sys.stderr.isatty():
        with _bar() as watch:
            yield watch
    else:
        yield _Log()


class _Counts:
    """What has come so far."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.cases = 0
        self.told_apart = dict.fromkeys(_TOLD, 0)

    def see(self, event: Event) -> None:
        if event.result is not None:
            self.cases += 1
            kind = _kind(event.result)
            if kind in self.told_apart:
                self.told_apart[kind] += 1

    def left(self, event: Event, now: float) -> str:
        """About how long the rest takes, if it goes on as it went."""
        if not event.total or not 0 < event.done < event.total or now - self.started < _EVERY:
            return ""
        rest = (now - self.started) * (event.total - event.done) / event.done
        return f", about {rest:.0f} s left" if rest < 100 else f", about {rest / 60:.0f} min left"

    def words(self) -> str:
        if not self.cases:
            return ""
        told = (f"{n:,} {kind}" for kind, n in self.told_apart.items() if n)
        return ", ".join((plural(self.cases, "verdict"), *told))


def _kind(result: Result) -> str:
    """What a result is counted as; empty for what holds or is left open."""
    if result.outcome == "deviation":
        return "declared"
    if result.outcome not in ("fail", "error"):
        return ""
    return {"must": "must broken", "should": "should missed"}.get(result.level, "")


class _Log(_Counts):
    """Plain lines: at the start, every few seconds, at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.told = self.started

    def __call__(self, event: Event) -> None:
        self.see(event)
        now = time.monotonic()
        if event.kind == "note":
            print(event.words, file=sys.stderr, flush=True)
        elif event.kind == "done" or now - self.told > _EVERY:
            self.told = now
            place = f"{event.done}/{event.total}" if event.total else f"{event.done}"
            spent = f"{now - self.started:.0f} s{self.left(event, now)}"
            print(
                f"{place}  {spent}  {self.words() or event.words}".rstrip(),
                file=sys.stderr,
                flush=True,
            )


@contextlib.contextmanager
def _bar() -> Iterator[Watch]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns: tuple[Any, ...] = (
        BarColumn(20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    counts = _Counts()
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        task = bar.add_task("loading", total=None)

        def watch(event: Event) -> None:
            counts.see(event)
            if event.kind == "note":
                bar.console.print(event.words)
                return
            left = counts.left(event, time.monotonic()).removeprefix(", ")
            words = " · ".join(filter(None, (left, counts.words(), event.words)))
            bar.update(task, total=event.total or None, completed=event.done, description=words)

        yield watch
