"""Compiled programs, kept from run to run in the user's cache directory.

A run of JAX's functions compiles thousands of programs, each in 50 to 150 ms; read back, each takes
5 ms, and most are the same from run to run. JAX keeps them if it is told where, and its own
variables say otherwise: JAX_COMPILATION_CACHE_DIR, and JAX_ENABLE_COMPILATION_CACHE=false.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

import platformdirs

from conformance.machine import MIB, instructions

#: Bytes at which everything that is kept is thrown away: what is old is never asked for again.
LARGEST = 512 * MIB
_PLACE, _LEAST = "JAX_COMPILATION_CACHE_DIR", "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"


def settings(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that have JAX keep its programs; none where the user's say something else."""
    if _PLACE in environ or not (kept := place(environ)):
        return {}
    return {_PLACE: kept, _LEAST: "0"}


def place(environ: Mapping[str, str]) -> str:
    """The folder that JAX will use; empty if it keeps nothing, or nothing can be written."""
    if environ.get("JAX_ENABLE_COMPILATION_CACHE", "").lower() in ("false", "0", "off", "no", "n"):
        return ""
    return environ[_PLACE] if _PLACE in environ else _prepared(folder())


def cold(environ: Mapping[str, str]) -> bool:
    """True if programs will be kept and none are yet."""
    kept = place(environ)
    return bool(kept) and size(Path(kept)) == 0


def folder() -> Path:
    """Where they are kept, for this kind of processor: machines may share a home directory."""
    kind = sha256(instructions().encode()).hexdigest()[:8]
    return Path(platformdirs.user_cache_path("conformance", appauthor=False), f"jax-{kind}")


def size(place: Path) -> int:
    """Bytes of the files in a folder; 0 if there is none."""
    try:
        return sum(entry.stat().st_size for entry in os.scandir(place))
    except OSError:  # not there, or a file that another run has just thrown away
        return 0


@cache
def _prepared(place: Path) -> str:
    """The folder, made and not too large; empty if it cannot be written."""
    if size(place) > LARGEST:
        shutil.rmtree(place, ignore_errors=True)
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return ""
    return str(place) if os.access(place, os.W_OK | os.X_OK) else ""
