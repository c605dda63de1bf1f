"""The times that a reader sees, against the targets. To be run on an idle machine.

    python benchmarks/table.py                         all rows, into docs/performance.md
    python benchmarks/table.py --only numpy --print    the rows that say numpy, not written

Each row is a command as a user types it, imports included, in an empty folder with empty caches,
and again with those that the first left. Wall seconds, and those that processors worked for it.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import platform
import re
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from conformance import machine
from conformance._version import SPEC_VERSION

HERE = Path(__file__).resolve().parent.parent
PAGE = HERE / "docs" / "performance.md"


@dataclass(frozen=True)
class Row:
    """A command without `conformance`, and the wall seconds asked of it, cold and warm."""

    command: str
    cold: float | None
    warm: float | None


ROWS = (
    Row("run numpy torch jax", 60, 35),
    Row("run jax", None, 20),
    Row("run torch", 15, 15),
    Row("run numpy", 8, 8),
    Row("run my_kernels.py", 5, 5),
    Row("run torch --function softmax", 4, 4),
    Row("run numpy --function softmax --effort quick", 1.5, 1.5),
    Row("sweep torch --function sigmoid --dtype float32", 5, 5),
)


@dataclass(frozen=True)
class Taken:
    """Wall and processor seconds, and the exit status."""

    wall: float
    cpu: float
    status: int


def timed(command: str, folder: Path) -> Taken:
    """One command in a folder that has its caches too."""
    caches = {"XDG_CACHE_HOME": str(folder / "cache"), "PYTHONPATH": str(HERE)}
    caches["PYTHONDONTWRITEBYTECODE"] = ""  # an installed package has its bytecode
    typed = [sys.executable, "-m", "conformance", *command.split(), "--quiet"]
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        typed, check=False, cwd=folder, env={**os.environ, **caches},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wall = time.perf_counter() - started
    _wait_for_the_adopted()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Taken(wall, cpu, done.returncode)


def adopt() -> None:
    """Count what the command's own children leave behind, such as a fork server, too (Linux)."""
    if sys.platform.startswith("linux"):
        set_child_subreaper = 36
        ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)


def _wait_for_the_adopted() -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()


def measured(row: Row) -> tuple[Taken, Taken]:
    """The row twice: with empty caches, and with what the first run left in them."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "my_kernels.py").write_text(readme_kernels(), encoding="utf-8")
        return timed(row.command, Path(folder)), timed(row.command, Path(folder))


def readme_kernels() -> str:
    """The file `my_kernels.py` as the README shows it."""
    blocks = re.findall(r"```python\n(.*?)```", (HERE / "README.md").read_text("utf-8"), re.S)
    return str(next(block for block in blocks if "my_kernels.py" in block.partition("\n")[0]))


def line(row: Row, cold: Taken, warm: Taken) -> str:
    """The row of the page."""
    return (
        f"| `conformance {row.command}` | {_told(cold, row.cold)} | {_told(warm, row.warm)} "
        f"| {cold.status} |"
    )


def _told(taken: Taken, target: float | None) -> str:
    asked = "" if target is None else f" of {target:g}"
    return f"{taken.wall:.1f}{asked} ({taken.cpu:.0f})"


def page(lines: list[str]) -> str:
    """docs/performance.md."""
    return "\n".join(
        [
            "# What it costs",
            "",
            "Made by `python benchmarks/table.py` on an idle machine; do not edit. Wall seconds,",
            "what is asked for, and in brackets the seconds that processors worked; as typed,",
            "imports included, with empty caches and once more.",
            "",
            f"Spec {SPEC_VERSION}, {os.cpu_count()} cores of {processor()}, "
            f"{machine.size_text(machine.available())} of memory free, {platform.system()}, "
            f"Python {platform.python_version()}.",
            "",
            "| command | empty caches | again | exit |",
            "|---|---|---|---|",
            *lines,
            "",
        ]
    )


def processor() -> str:
    """The name of the processor, as the system gives it."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        text = ""
    found = re.search(r"model name\s*:\s*(.+)", text)
    return found[1] if found else platform.processor() or platform.machine()


def main() -> int:
    """Measure, write; 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", metavar="WORDS", help="rows that have these words")
    parser.add_argument("--print", action="store_true", help="write no page")
    asked = parser.parse_args()
    adopt()
    lines, missed = [], False
    for row in ROWS:
        if asked.only in row.command:
            cold, warm = measured(row)
            lines.append(line(row, cold, warm))
            print(lines[-1], flush=True)
            missed |= cold.wall > (row.cold or cold.wall) or warm.wall > (row.warm or warm.wall)
    if not asked.print and not asked.only:
        PAGE.write_text(page(lines), encoding="utf-8")
    return int(missed)


if __name__ == "__main__":
    raise SystemExit(main())
