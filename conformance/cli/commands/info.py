"""`conformance info`: versions and devices, what is installed, what is missing, how to add it."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterator
from importlib import metadata, util
from pathlib import Path
from typing import Any

from conformance._version import SPEC_VERSION, __version__
from conformance.machine import size_text
from conformance.processes import programs

DESCRIPTION = "Versions, devices, bundled files; what is missing and how to add it."
EXAMPLES = """\
examples:
  conformance info
  conformance info --json                for a bug report or a program
"""

#: What adds to the suite itself: module -> (what for, what to install).
EXTRAS = {
    "distributed": ("sweeps on a cluster", "dask[distributed]"),
    "scipy": ("comparisons with SciPy in the tests", "scipy"),
}
_CORE = ("numpy", "ml_dtypes", "python-flint", "hypothesis", "pytest", "pytest-xdist", "msgspec",
         "rich", "jinja2", "platformdirs")  # fmt: skip


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace) -> int:
    """Print it."""
    found = gathered()
    if args.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return 0
    from conformance.reporting.console import console, put

    put(console(), _lines(found))
    return 0


def gathered() -> dict[str, Any]:
    """Everything that is printed, as plain data."""
    from conformance.backends import libraries
    from conformance.kernels.importing import bundled, missing

    return {
        "conformance": __version__,
        "spec": SPEC_VERSION,
        "python": f"{platform.python_version()} ({sys.executable})",
        "platform": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "core": {name: _version(name) for name in _CORE},
        "backends": {name: _backend(name) for name in libraries()},
        "extras": {
            name: {"for": what, "install": package, "installed": bool(util.find_spec(name))}
            for name, (what, package) in EXTRAS.items()
        },
        "implementations": list(bundled()),
        "without their library": {n: gone for n, p in bundled().items() if (gone := missing(p))},
        "programs": _programs(),
    }


def _programs() -> dict[str, Any]:
    """Where compiled programs are cached, and how large the cache is."""
    from conformance.backends import libraries

    places = {of.title: programs.place(of, os.environ) for of in libraries().values()}
    return {title: {"folder": place, "bytes": programs.size(Path(place))}
            for title, place in places.items() if place}  # fmt: skip


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _backend(name: str) -> dict[str, Any]:
    """What an array library offers here, or why it does not."""
    from conformance import backends

    try:
        backend = backends.get(name)
        return {
            "versions": dict(backend.versions()),
            "devices": list(backend.devices()),
            "modes": list(backend.MODES),
        }
    except backends.Unsupported as error:
        return {"missing": str(error)}
    except Exception as error:  # a library that is there and broken must not hide the others
        return {"missing": f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"}


def _lines(found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield f"conformance {found['conformance']}, spec {found['spec']}", "bold"
    yield f"  Python {found['python']}", ""
    yield f"  {found['platform']}", ""
    yield f"  {', '.join(f'{k} {v}' for k, v in found['core'].items())}", "dim"
    yield "array libraries", "bold"
    for name, about in found["backends"].items():
        yield from _library(name, about)
    absent = {k: v for k, v in found["extras"].items() if not v["installed"]}
    if absent:
        yield "optional, not installed", "bold"
    for name, about in absent.items():
        yield f"  – {name}: {about['for']}: pip install '{about['install']}'", ""
    yield "bundled implementations", "bold"
    yield from _bundled(found["implementations"], found["without their library"])
    for title, kept in found["programs"].items():
        yield f"programs that {title} compiled, kept for the next run", "bold"
        yield f"  {kept['folder']} ({size_text(kept['bytes'])}; may be deleted)", ""


def _bundled(names: list[str], lacking: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    """The files whose libraries are here, and those that wait for one."""
    yield f"  {', '.join(n for n in names if n not in lacking) or 'none'}", ""
    if lacking:
        yield f"  – without their library: {', '.join(lacking)}", "yellow"
        yield "      pip install 'logit-conformance[NAME]', with a name of these", ""


def _library(name: str, about: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "missing" in about:
        yield f"  – {name}: {about['missing']}", "yellow"
        return
    versions = ", ".join(f"{k} {v}" for k, v in about["versions"].items())
    yield f"  ✓ {name}: {versions}", "green"
    yield f"      devices {', '.join(about['devices']) or 'none'}", ""
    yield f"      modes {', '.join(about['modes'])}", ""
