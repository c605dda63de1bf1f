"""Compiled programs, kept from run to run in the user's cache directory.

A run of JAX's functions compiles hundreds of programs, each in 50 to 150 ms; read back, each takes
5 ms, and most are the same from run to run. A library keeps them if it is told where, unless the
user's own variables say otherwise (`backends.library.Programs`).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

import platformdirs

from conformance.backends import libraries
from conformance.backends.library import Library, Programs
from conformance.machine import MIB, instructions

#: Bytes at which everything that is kept is thrown away: what is old is never asked for again.
LARGEST = 512 * MIB
#: One file in so many is asked for its size before a run.
_SAMPLED = 49


def settings(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that have libraries keep their programs, unless the user's say otherwise."""
    found: dict[str, str] = {}
    for variables, kept in ((of.programs, place(of, environ)) for of in libraries().values()):
        if variables and kept and variables.folder not in environ:
            found |= {variables.folder: kept, **variables.further}
    return found


def place(library: Library, environ: Mapping[str, str]) -> str:
    """The folder that a library will use; empty if it keeps nothing, or nothing can be written."""
    variables: Programs | None = library.programs
    off = ("false", "0", "off", "no", "n")
    if variables is None or environ.get(variables.off, "").lower() in off:
        return ""
    return environ.get(variables.folder) or _prepared(folder(library))


def cold(environ: Mapping[str, str]) -> list[Library]:
    """The libraries whose programs will be kept and that have none yet."""
    kept = {of.name: place(of, environ) for of in libraries().values()}
    return [of for of in libraries().values() if kept[of.name] and _empty(Path(kept[of.name]))]


def folder(library: Library) -> Path:
    """Where they are kept, for this kind of processor: machines may share a home directory."""
    name = f"{library.name}-{sha256(instructions().encode()).hexdigest()[:8]}"
    return Path(platformdirs.user_cache_path("conformance", appauthor=False), name)


def _empty(place: Path) -> bool:
    """True for a folder that has nothing in it, or that is not there."""
    try:
        with os.scandir(place) as entries:
            return next(entries, None) is None
    except OSError:
        return True


def size(place: Path) -> int:
    """Bytes of the files in a folder; 0 if there is none."""
    try:
        return sum(entry.stat().st_size for entry in os.scandir(place))
    except OSError:  # not there, or a file that another run has just thrown away
        return 0


def _estimated(place: Path) -> int:
    """The same by a sample: to ask for the sizes of all takes as long as to start a process."""
    try:
        with os.scandir(place) as entries:
            every = [*entries]
        some = [entry.stat().st_size for entry in every[::_SAMPLED]]
    except OSError:
        return 0
    return sum(some) * len(every) // max(len(some), 1)


@cache
def _prepared(place: Path) -> str:
    """The folder, made and not too large; empty if it cannot be written."""
    if _estimated(place) > LARGEST:
        shutil.rmtree(place, ignore_errors=True)
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return ""
    return str(place) if os.access(place, os.W_OK | os.X_OK) else ""
