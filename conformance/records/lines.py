"""A file that grows by whole lines, so that a process may be killed at any time.

Each line is a CRC-32, a space and text. A last line that was cut off is dropped when it is read.
"""

from __future__ import annotations

import contextlib
import os
import zlib
from pathlib import Path


class Lines:
    """An open file to append to, made if it is not there; `new`: it must not be. OSError."""

    def __init__(self, path: Path, *, new: bool = False) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
        self.file = os.open(path, flags | (os.O_EXCL if new else 0), 0o666)

    def append(self, text: bytes) -> None:
        """A line with a text that has no line break. OSError, and the file is as it was."""
        length = os.fstat(self.file).st_size
        left = memoryview(b"%08x %s\n" % (zlib.crc32(text), text))
        try:
            while left:
                left = left[os.write(self.file, left) :]
        except OSError:
            with contextlib.suppress(OSError):  # half a line at the end of a full disk
                self.cut(length)
            raise

    def cut(self, length: int) -> None:
        """Drop what follows the first bytes."""
        os.ftruncate(self.file, length)

    def locked(self) -> bool:
        """Hold the file; False if another process does. Where there are no such locks, True."""
        with contextlib.suppress(ImportError):
            import fcntl

            try:
                fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return False
        return True

    def close(self) -> None:
        """Write no more."""
        os.close(self.file)


def whole(data: bytes) -> tuple[list[bytes], int]:
    """The texts of the whole lines, and where the last one ends. ValueError if one is corrupt."""
    texts: list[bytes] = []
    end = 0
    for number, line in enumerate(data.splitlines(keepends=True), 1):
        head, _, text = line.partition(b" ")
        if text.endswith(b"\n") and head == b"%08x" % zlib.crc32(text[:-1]):
            texts.append(text[:-1])
            end += len(line)
        elif end + len(line) < len(data):
            raise ValueError(f"line {number} is corrupt")
    return texts, end
