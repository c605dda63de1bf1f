"""Progress while something works: a bar on a terminal, a line now and then in pipes and CI logs."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from conformance.reporting.console import console
from conformance.reporting.signs import plural

if TYPE_CHECKING:
    from conformance.processes.run import Event
    from conformance.records.results import Result

#: What a line tells apart: the first fails a run, the others do not.
_TOLD = ("must broken", "should missed", "declared")
_EVERY = 5.0  # seconds between two lines of a log
_SILENT = 20.0  # seconds without news after which a log says what is under way

_Happened = TypeVar("_Happened")


@dataclass(frozen=True, slots=True)
class Step:
    """How far something is: `line` stands in a log, at once if it is `urgent`, `words` by a bar.

    A `note` is printed at once, and nothing else. `waiting` are the words without an estimate of
    the time left, for when nothing has come since.
    """

    done: int = 0
    total: int = 0
    line: str = ""
    words: str = ""
    urgent: bool = False
    note: str = ""
    waiting: str = ""


@contextlib.contextmanager
def display(
    step: Callable[[_Happened], Step], quiet: bool = False, counted: bool = True
) -> Iterator[Callable[[_Happened], None]]:
    """A function that takes events and shows, on standard error, the step that each is.

    A bar has its count and the time beside it if it is `counted`, else a percentage.
    """
    if quiet:
        yield lambda event: None
    elif sys.stderr is not None and sys.stderr.isatty():
        with _bar(counted) as show:
            yield lambda event: show(step(event))
    else:
        with _Log() as log:
            yield lambda event: log.show(step(event))


class _Log:
    """Plain lines: what is urgent, one every few seconds, and one where nothing has come."""

    def __init__(self) -> None:
        self._began = self._told = time.monotonic()
        self._last = Step()
        self._over = threading.Event()
        self._waiting = threading.Thread(target=self._wait, daemon=True)

    def __enter__(self) -> _Log:
        self._waiting.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._over.set()
        self._waiting.join()

    def _wait(self) -> None:
        while not self._over.wait(_SILENT / 20):
            now, last = time.monotonic(), self._last
            if now - self._told > _SILENT:
                self._told = now
                place = f"{last.done}/{last.total}  " if last.total else ""
                words = last.waiting or last.words or "loading"
                print(f"{place}{now - self._began:.0f} s  {words}", file=sys.stderr, flush=True)

    def show(self, step: Step) -> None:
        now = time.monotonic()
        self._last = step if not step.note else self._last
        if step.note:
            print(step.note, file=sys.stderr, flush=True)
        elif step.urgent or now - self._told > _EVERY:
            self._told = now
            print(step.line, file=sys.stderr, flush=True)


@contextlib.contextmanager
def _bar(counted: bool) -> Iterator[Callable[[Step], None]]:
    from rich import progress as rich

    columns: tuple[Any, ...] = (rich.MofNCompleteColumn(), rich.TimeElapsedColumn())
    columns = columns if counted else (rich.TaskProgressColumn(),)
    columns = (rich.BarColumn(20), *columns, rich.TextColumn("{task.description}"))
    with rich.Progress(*columns, console=console(stderr=True), transient=True) as bar:
        task = bar.add_task("loading", total=None)

        def show(step: Step) -> None:
            if step.note:
                bar.console.print(step.note)
            else:
                total = step.total or None
                bar.update(task, total=total, completed=step.done, description=step.words)

        yield show


def progress(quiet: bool = False) -> AbstractContextManager[Callable[[Event], None]]:
    """The display of a run."""
    return display(_Counts().step, quiet)


class _Counts:
    """What has come so far."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._loading = 0.0
        self._cases = 0
        self._told_apart = dict.fromkeys(_TOLD, 0)

    def step(self, event: Event) -> Step:
        if event.kind == "note":
            return Step(note=event.words)
        if event.result is not None:
            self._cases += 1
            kind = _kind(event.result)
            if kind in self._told_apart:
                self._told_apart[kind] += 1
        spent = time.monotonic() - self._started
        if event.kind == "loaded":
            self._loading = spent
        left, words = self._left(event, spent), self._words()
        place = f"{event.done}/{event.total}" if event.total else f"{event.done}"
        line = f"{place}  {', '.join(filter(None, (f'{spent:.0f} s', left)))}"
        waiting = " · ".join(filter(None, (words, event.words)))
        beside = " · ".join(filter(None, (left, waiting)))
        line = f"{line}  {words or event.words}".rstrip()
        urgent = event.kind == "done"
        return Step(event.done, event.total, line, beside, urgent, waiting=waiting)

    def _left(self, event: Event, spent: float) -> str:
        """About how long the rest takes, if each law goes on to take as long as one has so far."""
        if not event.total or not 0 < event.done < event.total or spent < _EVERY:
            return ""
        share = event.share or event.done / event.total
        rest = (spent - self._loading) * (1 - share) / share
        return f"about {rest:.0f} s left" if rest < 100 else f"about {rest / 60:.0f} min left"

    def _words(self) -> str:
        if not self._cases:
            return ""
        told = (f"{n:,} {kind}" for kind, n in self._told_apart.items() if n)
        return ", ".join((plural(self._cases, "verdict"), *told))


def _kind(result: Result) -> str:
    """What a result is counted as; empty for what holds or is left open."""
    if result.outcome == "deviation":
        return "declared"
    if not result.fails:
        return ""
    return {"must": "must broken", "should": "should missed"}.get(result.level, "")
