"""The machine's cores and memory, within the limits of a container."""

from __future__ import annotations

import contextlib
import os
import platform
import re
from functools import cache
from pathlib import Path

MIB = 2**20
_GROUP = Path("/sys/fs/cgroup")
#: What an examining process takes with a framework loaded.
_PROCESS = 1024 * MIB


def cores() -> int:
    """The cores that this process may use; at least 1."""
    count = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    with contextlib.suppress(OSError, ValueError):  # "max 100000", or "150000 100000" for 1.5
        quota, period = (int(n) for n in (_GROUP / "cpu.max").read_text().split())
        count = min(count, -(-quota // period))
    return max(count, 1)


@cache
def instructions() -> str:
    """The kind of processor and what instructions it has, as far as the system tells."""
    with contextlib.suppress(OSError):
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        kept = re.findall(r"^(?:model name|flags|Features|CPU part)\s*:.*", text, re.MULTILINE)
        return "\n".join([platform.machine(), *dict.fromkeys(kept)])
    return f"{platform.machine()} {platform.processor()}"


def workers() -> int:
    """One process per core, as far as there is memory for them."""
    return max(1, min(cores(), available() // _PROCESS))


def processor() -> str:
    """The processor's name, as far as the system tells."""
    with contextlib.suppress(OSError):
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        if named := re.search(r"^(?:model name|Model|cpu model)\s*:\s*(.+)", text, re.MULTILINE):
            return named[1].strip()
    return platform.processor()


def resident(pid: int) -> int:
    """Bytes of memory that a process holds; 0 if it is gone."""
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def available() -> int:
    """Bytes of memory that are free for use, a container's limit counted."""
    import psutil

    found = [int(psutil.virtual_memory().available)]
    with contextlib.suppress(OSError, ValueError):  # "max" if the container has no limit
        limit, used = (int((_GROUP / f"memory.{n}").read_text()) for n in ("max", "current"))
        found.append(limit - used)
    return max(min(found), 256 * MIB)


def size_text(count: int) -> str:
    """Bytes as people write them."""
    mib = count / MIB
    return f"{mib / 1024:.1f} GiB" if mib >= 1024 else f"{mib:.0f} MiB"
