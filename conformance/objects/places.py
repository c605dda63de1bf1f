"""References to objects, as they are typed and as they are sent to processes: one line of text.

    my_kernels.py::Softmax as softmax(axis=1)       an object of a file
    package.module:kernels.softmax as softmax       of a module, by its import path
    torch.ops.mine.softmax as softmax(axis=dim)     a registered operator
    a.py::forward as softmax; a.py::backward as softmax_vjp       two that belong together
    solution.py given problem.py                    a solution that needs its problem's file

A process is sent this text and finds the object itself; functions are never sent.
"""

from __future__ import annotations

import importlib.machinery
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from conformance.backends import libraries
from conformance.errors import LoadError
from conformance.kernels import importing

_AS = " as "
_GIVEN = " given "
AND = "; "
_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
#: What a place may name beside Python files.
SUFFIXES = (".py", ".json", ".pkl")
#: A file that `conformance.check` writes for an object that has no name.
PICKLE = ".pkl"


@dataclass(frozen=True, slots=True)
class Place:
    """One object: `source` is a file or a module, `path` the object's dotted name in it.

    `said` is the text of `--as`, `given` the file of the problem that a solution solves.
    """

    source: str
    path: str = ""
    said: str = ""
    given: str = ""

    @property
    def is_module(self) -> bool:
        """True if the source is an import path."""
        file = self.source.endswith(SUFFIXES) or self.is_folder
        return not file and bool(_MODULE.fullmatch(self.source))

    @property
    def is_folder(self) -> bool:
        """True for a folder, of operators in BackendBench's form."""
        return not self.path and Path(self.source).is_dir()

    @property
    def text(self) -> str:
        """The place as it is typed."""
        if not self.path:
            return self.source
        if self.source and self.source == registered(self.path):
            return self.path
        return f"{self.source}{':' if self.is_module else '::'}{self.path}"

    def __str__(self) -> str:
        said = f"{_AS}{self.said}" if self.said else ""
        return f"{self.text}{said}{_GIVEN}{self.given}" if self.given else f"{self.text}{said}"


def is_object(ref: str) -> bool:
    """True for the text of a place that is more than a file or a bundled name."""
    if ref in importing.bundled() or (Path(ref).is_file() and not ref.endswith(".json")):
        return False
    return any(mark in ref for mark in ("::", _AS, _GIVEN, AND)) or bool(
        registered(ref) or _module(ref) or ref.endswith(".json") or Path(ref).is_dir()
    )


def _module(ref: str) -> bool:
    source, mark, path = ref.partition(":")
    return bool(mark and _MODULE.fullmatch(source) and _MODULE.fullmatch(path)) and len(source) > 1


def registered(text: str) -> str:
    """The library with whose operators a name is registered; empty if it is no such name."""
    all_ = libraries().values()
    return next((of.name for of in all_ if of.operators and text.startswith(of.operators)), "")


def places(ref: str) -> list[Place]:
    """The places in a text. LoadError for one that is half there."""
    return [_place(part.strip()) for part in ref.split(AND)]


def _place(text: str) -> Place:
    text, _, given = text.partition(_GIVEN)
    text, mark, said = text.partition(_AS)
    if mark and not said.strip():
        raise LoadError(f"{text}: has nothing after 'as'; name a function, such as softmax")
    source, path = _split(text.strip())
    return Place(source, path, said.strip(), given.strip())


def _split(text: str) -> tuple[str, str]:
    if owner := registered(text):
        return owner, text
    source, mark, path = text.partition("::")
    if not mark and _module(text):
        source, mark, path = text.partition(":")
    if mark and not source:
        raise LoadError(f"{text}: names no file before '::'; say FILE.py::NAME")
    if mark and not _MODULE.fullmatch(path):
        raise LoadError(f"{text}: names no object after {source!r}; say FILE.py::NAME")
    return source, path


def beside(ref: str) -> str:
    """The text of objects for somebody whose files lie beside him: without their folders."""
    each = [replace(p, source=_name(p.source), given=_name(p.given)) for p in places(ref)]
    return AND.join(map(str, each))


def _name(source: str) -> str:
    return Path(source).name if Path(source).is_absolute() else source


def resolve(ref: str | Path) -> Path:
    """The file that a reference means, whether it is a file, a bundled name or an object.

    LoadError if there is none. Nothing is imported.
    """
    if isinstance(ref, str) and is_object(ref):
        return file_of(places(ref)[0])
    return importing.resolve(ref)


def file_of(place: Place) -> Path:
    """The file of a place: that of the module, for an import path."""
    if place.is_module:
        return _file_of_module(place)
    path = Path(place.source)
    if place.source in importing.bundled() and not path.is_file():
        return importing.resolve(place.source)
    if path.is_dir() or (path.suffix in SUFFIXES[1:] and path.is_file()):
        return path.resolve()
    return importing.resolve(path)


def _file_of_module(place: Place) -> Path:
    parts = place.source.split(".")
    _look_here(parts[0])
    for count in range(1, len(parts) + 1):
        missing = ".".join(parts[:count])
        spec = spec_of(missing)
        if spec is None:
            way = f": pip install {missing}" if count == 1 else _as_attribute(place, count - 1)
            raise LoadError(f"{place.text}: no module {missing!r} can be found{way}")
    origin = spec.origin or "" if spec is not None else ""
    return Path(origin).resolve() if origin and Path(origin).is_file() else Path(place.source)


def _as_attribute(place: Place, found: int) -> str:
    """How to name what may be an attribute of a package, as of one that imports late."""
    parts = [*place.source.split("."), place.path]
    owner, rest = ".".join(parts[:found]), ".".join(parts[found:])
    return f"; if {parts[found]} is an attribute of {owner}, say {owner}:{rest}"


def _look_here(package: str) -> None:
    """Let a package or module of the current folder be found, as `python -m` lets it."""
    here = Path.cwd()
    there = (here / package).is_dir() or (here / f"{package}.py").is_file()
    if there and str(here) not in sys.path:
        sys.path.insert(0, str(here))


def spec_of(name: str) -> importlib.machinery.ModuleSpec | None:
    """Where a module is, found without importing the packages on the way; None if nowhere."""
    where: Sequence[str] | None = None
    spec = None
    parts = name.split(".")
    for count in range(1, len(parts) + 1):
        spec = _spec(".".join(parts[:count]), where)
        if spec is None:
            return None
        where = list(spec.submodule_search_locations or ())
    return spec


def _spec(name: str, where: Sequence[str] | None) -> importlib.machinery.ModuleSpec | None:
    finders = (getattr(finder, "find_spec", None) for finder in sys.meta_path)
    found = (find(name, where) for find in finders if find is not None)
    return next((spec for spec in found if spec is not None), None)
