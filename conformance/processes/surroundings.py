"""The environment variables and search path of an examining process."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from conformance.machine import MIB

#: Set in a process that examines: a file that it imports must not examine in turn.
EXAMINING = "CONFORMANCE_EXAMINING"

#: One thread so that arithmetic does not depend on the number of cores, and N workers share them;
#: where a law asks for two, one that waits for the other leaves the processor to it;
#: no plugins of Hypothesis, which only draws: one of them imports Trio and pytest. glibc's malloc
#: keeps what large arrays leave, for the next ones: it would give back, and fault in, the same
#: pages hundreds of thousands of times.
_SETTINGS = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "passive",
    "HYPOTHESIS_NO_PLUGINS": "1",
    "MALLOC_MMAP_THRESHOLD_": str(32 * MIB),  # the most that glibc takes
    "MALLOC_TRIM_THRESHOLD_": str(256 * MIB),
    "MALLOC_TOP_PAD_": str(16 * MIB),
}


def environment() -> dict[str, str]:
    """The variables: the user's own come first."""
    return {**of_libraries(), **at_once()}


def at_once() -> dict[str, str]:
    """Those that have to be there before anything is imported, and are known before, too."""
    return {**_SETTINGS, **os.environ, EXAMINING: "1"}


def of_libraries() -> dict[str, str]:
    """Those that libraries read as they are imported, but for what the user has set."""
    from conformance.backends import libraries
    from conformance.processes import programs

    theirs = {k: v for of in libraries().values() for k, v in of.environment.items()}
    found = {**programs.settings(os.environ), **theirs}
    return {k: v for k, v in found.items() if k not in os.environ}


def search_path() -> list[str]:
    """Where modules are found, as here; the directory of the command itself by its name."""
    return [entry or str(Path.cwd()) for entry in sys.path]
