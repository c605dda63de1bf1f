"""The folder of an examining process's files; the watching process removes it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

_OWN: list[Path] = []


def of(board: str) -> Path:
    """The folder of the process that a board belongs to; it need not be there."""
    return Path(tempfile.gettempdir(), f"{Path(board).stem}.files")


def keep_in(folder: Path) -> None:
    """Keep files in a folder that another process removes."""
    _OWN[:] = [folder]


def folder() -> Path | None:
    """The folder, made; None for the usual one, of a process that ends by itself."""
    for own in _OWN:
        own.mkdir(mode=0o700, exist_ok=True)
    return _OWN[0] if _OWN else None


def remove(board: str) -> None:
    """Remove what the process of a board has left."""
    shutil.rmtree(of(board), ignore_errors=True)
