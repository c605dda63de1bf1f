"""Processes forked from a server that has imported the suite and a file's libraries.

Importing the suite takes half a second of processor time and PyTorch two, in every process. So
during a run a server (`forkserver.py`) imports them once, and processes are forked from it; there
is one more server for each set of libraries. Where forking is not possible, processes start
normally.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

from conformance.processes.forkserver import NUMBER
from conformance.processes.surroundings import at_once, search_path

#: Linux alone: elsewhere libraries use threads as soon as they are imported, or there is no fork.
AVAILABLE = sys.platform.startswith("linux") and hasattr(socket, "send_fds")
_BOOT = (
    "import sys; sys.path[:] = {path!r}; "
    "from conformance.processes.forkserver import serve; serve({socket})"
)


class Forked:
    """A forked process, with what `subprocess.Popen` has of one. `said` is where its numbers come.

    `streams` are its standard streams' other ends, none for a server.
    """

    def __init__(self, said: int, streams: Sequence[int] = ()) -> None:
        modes = zip(streams, ("wb", "rb", "rb"), strict=False)
        self._streams: list[IO[bytes]] = [os.fdopen(fd, mode) for fd, mode in modes]
        self._said = os.fdopen(said, "rb", buffering=0)
        self._lock = threading.Lock()
        self._numbers: list[int] = []

    stdin = property(lambda self: self._streams[0])
    stdout = property(lambda self: self._streams[1])
    stderr = property(lambda self: self._streams[2])

    def _hears(self, count: int, timeout: float | None) -> bool:
        """True once so many numbers have come: its id, then its status."""
        with self._lock:
            while len(self._numbers) < count and not self._said.closed:
                if not select.select([self._said], [], [], timeout)[0]:
                    return False
                data = self._said.read(NUMBER.size)
                if data:
                    self._numbers.append(*NUMBER.unpack(data))
                if not data or len(self._numbers) == 2:
                    self._said.close()
            return len(self._numbers) >= count

    def born(self, timeout: float) -> bool:
        """True once it runs; False if its server ended first, or takes too long."""
        return self._hears(1, timeout)

    @property
    def pid(self) -> int:
        """The process's id; 0 if it has not begun."""
        return self._numbers[0] if self._hears(1, 0) else 0

    def poll(self) -> int | None:
        """The status with which it ended, negative for a signal; None while it runs."""
        if self._hears(2, 0):
            return self._numbers[1]
        return -int(signal.SIGKILL) if self._said.closed else None

    def wait(self, timeout: float | None = None) -> int:
        """The same, waited for. subprocess.TimeoutExpired."""
        self._hears(2, timeout)
        if (status := self.poll()) is None:
            raise subprocess.TimeoutExpired("a forked process", timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal, if it runs."""
        if self.pid and self.poll() is None:
            with contextlib.suppress(OSError):
                os.kill(self.pid, number)

    def end(self) -> None:
        """End it and what it started, and listen no more; its streams are closed by their readers.

        The server has ended the group of one that ended itself.
        """
        if self.pid and self.poll() is None:
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                os.killpg(self.pid, signal.SIGKILL)
                self.wait(timeout=5)
        with self._lock:
            self._said.close()


class Server:
    """The server's other side. `process` is the server itself."""

    def __init__(self, process: subprocess.Popen[bytes] | Forked, ours: socket.socket) -> None:
        self._process = process
        self._socket = ours
        self._asked_for = False

    @classmethod
    def started(cls) -> Server:
        """A new one, which imports the suite at once."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = _BOOT.format(path=search_path(), socket=theirs.fileno())
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-P", "-c", command], pass_fds=[theirs.fileno()],
                env=at_once(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        return cls(process, ours)

    def worker(self, board: str) -> Forked:
        """An examining process. OSError if the server is gone."""
        (stdin, to), (out, stdout), (err, stderr) = (os.pipe() for _ in range(3))
        ours, theirs = (to, out, err), (stdin, stdout, stderr)
        with _closed(theirs):
            try:
                return Forked(self._asked({"board": board}, theirs), ours)
            except OSError:
                with _closed(ours):
                    raise

    def server(self, modules: Sequence[str]) -> Server:
        """Another server, which imports libraries too. OSError if this one is gone."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        null = os.open(os.devnull, os.O_RDWR)
        with theirs, _closed((null,)):
            said = self._asked({"modules": list(modules)}, (null, null, null), theirs.fileno())
        return Server(Forked(said), ours)

    def _asked(self, request: Mapping[str, Any], streams: Sequence[int], *more: int) -> int:
        """Ask for a process; where its numbers will come."""
        self._asked_for = True
        ours, theirs = os.pipe()
        given = [theirs, *streams, *more]
        with _closed((theirs,)):
            try:
                socket.send_fds(self._socket, [json.dumps(request).encode()], given)
            except OSError:
                os.close(ours)
                raise
        return ours

    def close(self) -> None:
        """End it and all that was forked from it."""
        with contextlib.suppress(OSError):  # a copy of it may be open in a child of this process
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        if not self._asked_for:  # it may still import
            self._process.send_signal(signal.SIGKILL)
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:  # on a busy machine
            self._process.send_signal(signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=5)
        if isinstance(self._process, Forked):
            self._process.end()


@contextlib.contextmanager
def _closed(descriptors: Sequence[int]) -> Iterator[None]:
    try:
        yield
    finally:
        for fd in descriptors:
            os.close(fd)


class _Kept:
    """The servers of a run: that with the suite alone under (), others by their libraries."""

    def __init__(self) -> None:
        self.users = 0
        self.lock = threading.Lock()
        self.servers: dict[tuple[str, ...], Server] = {}

    def of(self, modules: tuple[str, ...]) -> Server:
        """The server with these libraries, started if there is none."""
        if modules not in self.servers:
            self.servers[modules] = self.servers[()].server(modules)
        return self.servers[modules]

    def end(self) -> None:
        """End all, those with libraries first."""
        while self.servers:
            self.servers.popitem()[1].close()


_KEPT = _Kept()
atexit.register(_KEPT.end)


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """While this lasts, processes are forked from one that is started now, where that can be."""
    with _KEPT.lock:
        _KEPT.users += 1
        with contextlib.suppress(OSError):  # then processes start as any others
            if AVAILABLE and not _KEPT.servers:
                _KEPT.servers[()] = Server.started()
    try:
        yield
    finally:
        with _KEPT.lock:
            _KEPT.users -= 1
            if not _KEPT.users:
                _KEPT.end()


def worker(board: str, modules: tuple[str, ...] = ()) -> Forked | None:
    """A process with libraries imported, which will answer; None if none can be forked."""
    with _KEPT.lock, contextlib.suppress(OSError):
        if _KEPT.servers:
            return _KEPT.of(modules).worker(board)
    return None
