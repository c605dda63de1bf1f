"""`conformance run --watch`: run again when a file, or one that it imports, changes."""

from __future__ import annotations

import ast
import importlib.machinery
import sys
import sysconfig
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from conformance.errors import LoadError, UserError
from conformance.objects.places import is_object, places, resolve, spec_of
from conformance.processes import spare

_POLL = 0.1  # seconds between two looks at the files
_SETTLED = 0.05  # an editor may write a file in two steps
_MOST = 500  # files that are followed
#: Folders of libraries: their modules are imported ahead, and not watched.
_INSTALLED = frozenset({"site-packages", "dist-packages"})
_STDLIB = Path(sysconfig.get_path("stdlib")).resolve()


def watch(refs: Callable[[], Sequence[str]], once: Callable[[], int]) -> int:
    """Run, wait for a change, run again, until Ctrl-C; the status of the last run.

    `refs` gives what is examined, `once` examines it. What cannot be loaded is said, and waited on.
    """
    status, libraries = 0, list[str]()
    with spare.kept_ready():
        while True:
            files, found = _followed(refs)
            libraries = found or libraries  # of a file that cannot be read: those of before
            before = _stamps(files)
            try:
                status = once()
            except UserError as error:
                status = 4
                print(f"conformance run: {error}", file=sys.stderr)
            spare.prepare(1, spare.transforming(libraries))
            try:
                _wait(files, before)
            except KeyboardInterrupt:
                return status
            print(f"\n{time.strftime('%H:%M:%S')}  changed, again", file=sys.stderr)


def _followed(refs: Callable[[], Sequence[str]]) -> tuple[list[Path], list[str]]:
    """The files of a run with the files that they import, and the libraries that these import."""
    try:
        named = [Path(p) for ref in refs() for p in _files(ref)]
    except LoadError:
        named = []
    seen: dict[Path, None] = {}
    libraries: dict[str, None] = {}
    waiting = list(named)
    while waiting and len(seen) < _MOST:
        path = waiting.pop().resolve()
        if path in seen or path.suffix not in (".py", ".json"):
            continue
        seen[path] = None
        for name in _imports(path):
            origin = _origin(name, path.parent)
            if origin is None:
                continue
            if not _INSTALLED.isdisjoint(origin.parts):
                libraries.setdefault(name.partition(".")[0])
            elif not origin.is_relative_to(_STDLIB):
                waiting.append(origin)
    return list(seen), list(libraries)


def _files(ref: str) -> Iterator[Path]:
    each = places(ref) if is_object(ref) else []
    for place in each:
        if place.given:
            yield Path(place.given)
    for path in [resolve(str(p)) for p in each] or [resolve(ref)]:
        yield from sorted(path.glob("**/*.py")) if path.is_dir() else [path]


def _imports(path: Path) -> Iterator[str]:
    """The modules that a file imports, by name; none if it is not Python."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def _origin(name: str, beside: Path) -> Path | None:
    """The file of a module; None if it is built in or not found."""
    try:
        spec = spec_of(name) or importlib.machinery.PathFinder.find_spec(name, [str(beside)])
    except (ImportError, ValueError):
        return None
    file = spec.origin if spec is not None else None
    return Path(file).resolve() if file and Path(file).is_file() else None


def _stamps(files: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    found = {}
    for path in files:
        try:
            known = path.stat()
        except OSError:
            continue
        found[path] = (known.st_mtime_ns, known.st_size)
    return found


def _wait(files: Sequence[Path], before: dict[Path, tuple[int, int]]) -> None:
    """Wait until a file has changed and is no longer being written."""
    while _stamps(files) == before:
        time.sleep(_POLL)
    now = _stamps(files)
    time.sleep(_SETTLED)
    while _stamps(files) != now:
        now = _stamps(files)
        time.sleep(_SETTLED)
