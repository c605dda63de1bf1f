"""Progress while a run works: a bar on a terminal, a line now and then in pipes and CI logs."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from conformance.reporting.console import console

if TYPE_CHECKING:
    from conformance.processes.run import Event

Watch = Callable[["Event"], None]

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
        self.cases = self.broken = 0

    def see(self, event: Event) -> None:
        if event.result is not None:
            self.cases += 1
            self.broken += event.result.outcome in ("fail", "error")

    def words(self) -> str:
        if not self.cases:
            return ""
        told = f"{self.cases:,} verdicts"
        return told + (f", {self.broken:,} broken" if self.broken else "")


class _Log(_Counts):
    """Plain lines: at the start, every few seconds, at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.told = self.started

    def __call__(self, event: Event) -> None:
        self.see(event)
        now = time.monotonic()
        if event.kind == "done" or now - self.told > _EVERY:
            self.told = now
            place = f"{event.done}/{event.total}" if event.total else f"{event.done}"
            spent = f"{now - self.started:.0f} s"
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
            words = " · ".join(filter(None, (counts.words(), event.words)))
            bar.update(task, total=event.total or None, completed=event.done, description=words)

        yield watch
