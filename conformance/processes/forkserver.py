"""The server from which processes are forked: the suite and libraries imported, nothing called.

The server has a single thread, so that a fork is safe. If a library starts more when it is
imported, as a BLAS may, the server ends and processes start normally. The pipes of a process arrive
through the server's socket. The server waits for its children; it writes the id of each, and later
its exit status, to a pipe of its own.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
import struct
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

#: What is said of a process: its id, then its status.
NUMBER = struct.Struct("<i")
_REQUEST = 1 << 16  # bytes


def serve(descriptor: int, modules: Sequence[str] = ()) -> None:
    """Import, then fork for each request, until the other side of the socket is closed."""
    gc.disable()  # nearly all that is imported stays
    from conformance.processes import surroundings, worker
    from conformance.spec import catalogue

    os.environ.update(surroundings.of_libraries())
    worker.preload(modules)
    catalogue()
    gc.freeze()
    gc.enable()
    server = _Serving(socket.socket(fileno=descriptor))
    while _has_one_thread() and server.serves():
        pass
    server.end()


def _has_one_thread() -> bool:
    return sum(1 for _ in Path("/proc/self/task").iterdir()) == 1


class _Serving:
    """The server from within: its children by id, with the pipes where their numbers go."""

    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._children: dict[int, int] = {}
        self._woken, self._wake = os.pipe()
        for end in (self._woken, self._wake):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)

    def serves(self) -> bool:
        """Wait for what comes, a request or a child's end; False if nothing more will."""
        asked = self._requests.fileno()
        ready = select.select([asked, self._woken], [], [])[0]
        if self._woken in ready:
            os.read(self._woken, 4096)
            self._reap()
        if asked not in ready:
            return True
        data, given, *_ = socket.recv_fds(self._requests, _REQUEST, 5)
        if data:
            self._fork(json.loads(data), given)
        return bool(data)

    def _fork(self, request: Mapping[str, Any], given: Sequence[int]) -> None:
        if (pid := os.fork()) == 0:
            for fd in (self._requests.detach(), self._woken, self._wake, *self._children.values()):
                os.close(fd)
            _become(request, given)
        self._children[pid], *others = given
        self._say(pid, pid)
        for fd in others:
            os.close(fd)

    def _say(self, pid: int, number: int) -> None:
        with contextlib.suppress(OSError):  # nobody listens any more
            os.write(self._children[pid], NUMBER.pack(number))

    def _reap(self, wait: bool = False) -> None:
        """Pass on what children ended with, and end what they started."""
        how = os.WEXITED | os.WNOWAIT | (0 if wait else os.WNOHANG)
        for pid in list(self._children):
            if os.waitid(os.P_PID, pid, how) is not None:
                self._end_group(pid)  # its number is nobody else's before it is waited for
                status = os.waitpid(pid, 0)[1]
                self._say(pid, os.waitstatus_to_exitcode(status))
                os.close(self._children.pop(pid))

    @staticmethod
    def _end_group(pid: int) -> None:
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)

    def end(self) -> None:
        """End with all children."""
        for pid in self._children:
            self._end_group(pid)
        self._reap(wait=True)
        os._exit(0)


def _become(request: Mapping[str, Any], given: Sequence[int]) -> None:
    """In a child: what was asked for, a worker or a server; never returns."""
    from conformance.processes import worker

    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        for standard, fd in enumerate(given[1:4]):
            os.dup2(fd, standard)
        for fd in given[:4]:
            os.close(fd)
        if "board" in request:
            worker.main(request["board"])
        else:
            serve(given[4], request["modules"])
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(1)
