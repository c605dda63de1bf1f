"""One examining process: how it is started, asked, watched for life and memory, and ended.

If it is lost, `Lost` says how: by which signal, at which line of the file.
"""

from __future__ import annotations

import contextlib
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from conformance.examine.watch import Board
from conformance.machine import MIB, available, resident, size_text
from conformance.objects import scratch
from conformance.processes import forked
from conformance.processes.messages import DEVICE_LOST, Reply, Request, receive, send
from conformance.processes.surroundings import environment, search_path
from conformance.records.results import SILENT

_POLL = 0.05  # seconds between two looks at a process
_TAIL = 64 * 1024  # bytes kept of what it prints
_DEFAULT_MEMORY = 4096  # MiB
_BOOT = (
    "import sys; sys.path[:] = {path!r}; "
    "from conformance.processes.worker import main; main({board!r}, {modules!r})"
)

#: A process that is to end with the *thread* that started it is started by one that stays.
_STARTER = ThreadPoolExecutor(1, thread_name_prefix="conformance-start")


@dataclass(frozen=True, slots=True)
class Allowance:
    """Seconds without a sign of life, and MiB above the start (0: the default)."""

    timeout: float = 60.0
    memory: int = 0

    def wider(self, extra: int) -> Allowance:
        """The same with bytes more: what the suite itself takes is not the file's."""
        return Allowance(self.timeout, -(-(self.bytes + extra) // MIB)) if extra else self

    @property
    def bytes(self) -> int:
        """The memory in bytes; by default 4 GiB, or three quarters of what is free if less."""
        if self.memory:
            return self.memory * MIB
        return min(_DEFAULT_MEMORY * MIB, available() * 3 // 4)


class Lost(Exception):
    """The process is gone: why in words. `slow`: that took long. `hungry`: for its memory.

    `silent` are the seconds after which it was ended since it gave no sign of life, else 0.
    """

    def __init__(
        self, words: str, text: str = "", slow: bool = False, hungry: bool = False,
        silent: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__(words)
        self.hungry = hungry
        self.silent = silent
        self.words = words
        self.text = text
        self.slow = slow

    def location(self, path: str) -> str:
        """Where in a file it was, as "my.py:12"; empty if that is not known."""
        return _location(self.text, path)


class Process:
    """An examining process. It imports `modules` before it is asked anything, if it can."""

    def __init__(self, modules: tuple[str, ...] = ()) -> None:
        self.board = Board()
        self._modules = modules
        self._asked: Request | None = None
        self._begin(forked.worker(self.board.path, modules) or self._alone())

    def _alone(self) -> subprocess.Popen[bytes]:
        """A process that imports everything itself."""
        command = _BOOT.format(path=search_path(), board=self.board.path, modules=self._modules)
        start: Callable[..., Any] = subprocess.Popen
        started: subprocess.Popen[bytes] = _STARTER.submit(
            start, [sys.executable, "-P", "-c", command],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=environment(), **_apart(),
        ).result()  # fmt: skip
        return started

    def _begin(self, process: subprocess.Popen[bytes] | forked.Forked) -> None:
        """Listen to a process, and have it do what was asked of another."""
        self._popen = process
        self._requests: Any = self._popen.stdin
        self._replies: queue.SimpleQueue[Reply | None] = queue.SimpleQueue()
        self._printed = bytearray()
        streams = process.stdout, self._replies
        reader = threading.Thread(target=self._read, args=streams, daemon=True)
        self._printer = threading.Thread(target=self._keep, args=(self._popen.stderr,), daemon=True)
        reader.start()
        self._printer.start()

    def _read(self, stream: BinaryIO, replies: queue.SimpleQueue[Reply | None]) -> None:
        while True:
            try:
                replies.put(receive(stream, Reply))
            except (EOFError, OSError, ValueError):  # ValueError: a frame that is none
                replies.put(None)
                stream.close()
                return

    def _keep(self, stream: Any) -> None:
        with stream, contextlib.suppress(OSError, ValueError):
            while data := stream.read1(_TAIL):
                self._printed += data
                del self._printed[:-_TAIL]

    @property
    def lives(self) -> bool:
        """True if it has not ended."""
        return self._popen.poll() is None

    def ask(self, request: Request) -> None:
        """Send a request. What goes wrong shows when the answer is waited for."""
        self._asked = request
        self.board.begin()
        with contextlib.suppress(OSError):
            send(self._requests, request)

    def answer(self, limits: Allowance) -> Reply:
        """The answer to the last request. `Lost` if the process is gone or has to go."""
        self._wait_for_the_fork(limits)
        start, limit = self._resident(), limits.bytes
        signs, since = self.board.signs, time.monotonic()
        while True:
            with contextlib.suppress(queue.Empty):
                reply = self._replies.get(timeout=_POLL)
                if reply is None:
                    raise self._died()
                return reply
            if self._popen.poll() is not None:  # a child that it forked may hold the pipe open
                return self._last_words()
            now = time.monotonic()
            if self.board.signs != signs:
                signs, since = self.board.signs, now
            elif now - since > limits.timeout:
                seconds = limits.timeout
                raise self._ended(f"{SILENT} for {seconds:g} s", silent=seconds)
            here = self.board.signs
            taken = self._resident() - start
            if taken > limit and self.board.hold(here):  # else it is at something else already
                raise self._ended(
                    f"it took {size_text(taken)} of memory, over the limit of {size_text(limit)}",
                    hungry=True,
                )

    def interrupt(self) -> None:
        """Break off the call under way, of an examination that has been told to stop."""
        if self.board.looking and hasattr(os, "killpg"):
            with contextlib.suppress(OSError):
                self._popen.send_signal(signal.SIGINT)

    def _wait_for_the_fork(self, limits: Allowance) -> None:
        """Ask another process if this one was to be forked and was not."""
        if isinstance(self._popen, subprocess.Popen) or self._popen.born(limits.timeout):
            return
        with contextlib.suppress(OSError):
            self._requests.close()
        self._popen.end()
        self._begin(self._alone())
        if self._asked is not None:
            self.ask(self._asked)

    def _last_words(self) -> Reply:
        """What it answered before it ended, if it did."""
        with contextlib.suppress(queue.Empty):
            reply = self._replies.get(timeout=1)
            if reply is not None:
                return reply
        raise self._died()

    def _resident(self) -> int:
        return resident(self._popen.pid)

    def _died(self) -> Lost:
        try:
            status = self._popen.wait(timeout=5)
        except subprocess.TimeoutExpired:  # it closed its pipe and lives on
            return self._ended("it closed the pipe through which it answers")
        self.close()
        self._printer.join(timeout=1)
        text = self.printed
        if status == DEVICE_LOST:
            return Lost(f"the device was lost: {_last_line(text)}", text)
        return Lost(f"the process died: {death(status)}{_complaint(status, text)}", text)

    def _ended(self, words: str, hungry: bool = False, silent: float = 0.0) -> Lost:
        """End the process, which first says where it is; what it does meanwhile counts no more."""
        if not hungry:
            self.board.hold()
        if hasattr(signal, "SIGUSR1"):
            self._popen.send_signal(signal.SIGUSR1)
            time.sleep(0.2)
        self.close()
        self._printer.join(timeout=1)
        return Lost(words, self.printed, slow=True, hungry=hungry, silent=silent)

    @property
    def printed(self) -> str:
        """The end of what the process printed."""
        return bytes(self._printed).decode("utf-8", "replace")

    def close(self) -> None:
        """End the process and whatever it started."""
        with contextlib.suppress(OSError):
            self._requests.close()  # one that has not been forked yet ends when it is
        if isinstance(self._popen, forked.Forked):
            self._popen.end()
        else:
            _end(self._popen)
        self.board.close()
        scratch.remove(self.board.path)


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=5)


def _apart() -> dict[str, Any]:
    """A group of its own: Ctrl-C is for the watcher, and the whole group can be ended."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


_SIGNALS = {
    "SIGSEGV": "segmentation fault",
    "SIGABRT": "abort",
    "SIGFPE": "arithmetic trap",
    "SIGBUS": "bus error",
    "SIGILL": "illegal instruction",
    "SIGKILL": "killed, by itself, from outside or for want of memory",
    "SIGTERM": "terminated",
    "SIGPIPE": "broken pipe",
}


def death(status: int) -> str:
    """A process's exit status in words."""
    if status >= 0:
        return f"it ended itself with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"
    return f"{_SIGNALS.get(name, 'signal')} ({name})"


def _complaint(status: int, text: str) -> str:
    """What a library said before it gave up: the line before Python's own."""
    if status != -getattr(signal, "SIGABRT", 0):
        return ""
    shown = _last_line(text.partition("Fatal Python error")[0])
    return f": {shown}" if shown else ""


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines()]
    said = next((line for line in reversed(lines) if line), "")
    return "".join(c for c in said if c.isprintable())[:160]


_FRAME = re.compile(r'File "([^"]+)", line (\d+) in ')


def _location(text: str, path: str) -> str:
    """The innermost line of a file in the last traces that faulthandler printed."""
    at = max(text.rfind("Fatal Python error"), text.find("Current thread"))
    lines = [(name, line) for name, line in _FRAME.findall(text[max(at, 0) :]) if name == path]
    return f"{Path(path).name}:{lines[0][1]}" if lines else ""
