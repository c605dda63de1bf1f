"""Processes started in advance, with libraries imported, so that no file has to wait for them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator

from conformance import backends
from conformance.processes import forked
from conformance.processes.process import Process

_READY: list[Process] = []


@contextlib.contextmanager
def kept_ready() -> Iterator[None]:
    """While this lasts, `prepare` may start processes; those that nobody took end with it."""
    with forked.kept():
        try:
            yield
        finally:
            while _READY:
                _READY.pop().close()


def prepare(count: int, modules: tuple[str, ...]) -> None:
    """Have so many processes ready, which import the modules while they wait."""
    while len(_READY) < count:
        _READY.append(Process(modules))


def deriving(modules: Iterable[str]) -> tuple[str, ...]:
    """Libraries, and what they would import in each process at a first gradient."""
    names = tuple(modules)
    return names + tuple(late for name in names for late in backends.about(name).later)


def transforming(modules: Iterable[str]) -> tuple[str, ...]:
    """The same, and what they would import at a first derivative of another kind."""
    names = tuple(modules)
    further = (late for name in names for late in backends.about(name).transforming)
    return (*deriving(names), *further)


def taken(modules: tuple[str, ...] = ()) -> Process:
    """A process that is ready, or a new one, which is forked with modules imported if it can be."""
    while _READY:
        process = _READY.pop(0)
        if process.lives:
            return process
        process.close()
    return Process(modules)
