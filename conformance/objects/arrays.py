"""Whose arrays an implementation takes, where what it imports leaves it open: small calls tell.

A package may use a library that its user never names; a file of NumPy's functions may import
another for its `main` alone.
"""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import replace as changed
from itertools import islice
from typing import Any

from conformance.backends import Backend, Unsupported, about, get, libraries, library_of
from conformance.backends.others import FOR_HOST, OF_ARRAYS, WITHOUT_BACKEND
from conformance.errors import LoadError
from conformance.kernels.calling import Kernel
from conformance.kernels.failures import CallFailed
from conformance.kernels.importing import bundled
from conformance.model import Implementation
from conformance.objects.adapter import Adapted
from conformance.objects.libraries import made_by, module_name, named_in_code
from conformance.objects.small_calls import unnoticed

#: Functions of a file that are called, and calls of each.
_FUNCTIONS, _CALLS = 4, 6
#: The library of the host's own arrays.
_HOST = next(iter(libraries()))
_RETURNED = re.compile(r"returned an? (\w+)[.\w]*, not")


@dataclass(frozen=True, slots=True)
class Taken:
    """The backend whose arrays are taken, and what the head of a report says of the choice."""

    backend: Backend
    words: str = ""


def taken(found: Implementation, module: types.ModuleType, where: str) -> Taken:
    """The backend of a library whose arrays give results; the guessed one if none's do.

    LoadError if they are those of a library that has no backend.
    """
    guess = found.backend
    if getattr(module, "BACKEND", None) is not None or not _open(found, module):
        return Taken(guess)
    came: dict[str, CallFailed] = {}
    for backend in _candidates(found, came):
        failed = _failed(found, backend)
        if failed is None:
            return Taken(backend, _words(backend, guess, tried=guess.NAME in came))
        came[backend.NAME] = failed
    if name := _without_backend(found, module, came):
        raise LoadError(
            f"{where}: it takes arrays of {name}, for which there is no backend: write a file "
            f"whose functions take {_host()}'s arrays and call it{_example(name)}"
        )
    return Taken(guess, _unsettled(guess))


def _open(found: Implementation, module: types.ModuleType) -> bool:
    """True if the modules that are named are of packages that are no library, or not in its code.

    Where its code names one nothing is called: what a first call changes has to be seen by the
    laws.
    """
    targets = [*map(_own, found.functions.values())]
    if any(map(made_by, targets)):
        return False
    if _of_host_alone(found):
        return True
    seen = _roots(module, targets)
    seen = seen - {module.__name__.partition(".")[0]} or seen  # its own package tells no more
    return bool(seen) and not any(library_of([root]) for root in seen)


def _of_host_alone(found: Implementation) -> bool:
    """True if the code of its functions names the host's library, and what is guessed nowhere."""
    named = {library_of([n]) for f in found.functions.values() for n in named_in_code(_own(f))}
    return found.backend.NAME != _HOST and named - {""} == {_HOST}


def _own(function: Any) -> Any:
    while isinstance(function, Adapted):
        function = function.target
    return function


def _roots(module: types.ModuleType, targets: list[Any]) -> set[str]:
    """The packages that a file or an object names, but the standard library and the file itself."""
    named = {module_name(v) for v in (*vars(module).values(), *targets, *map(type, targets))}
    roots = {name.partition(".")[0] for name in named if not _is_file(name)}
    return roots - sys.stdlib_module_names - FOR_HOST - {"", "conformance"}


def _is_file(module: str) -> bool:
    return module.startswith("_conformance_")


def _candidates(found: Implementation, came: Mapping[str, CallFailed]) -> Iterator[Backend]:
    """What its code names alone, the guess, then what was returned, then what is loaded."""
    if _of_host_alone(found):
        yield get(_HOST)
    yield found.backend
    last = came.get(found.backend.NAME)
    returned = library_of(_returned(last)) if last is not None else ""
    for name in dict.fromkeys((returned, *libraries())):
        if name and name in sys.modules and name not in came:
            with suppress(Unsupported):
                yield get(name)


def _failed(found: Implementation, backend: Backend) -> CallFailed | None:
    """What came of the first small call with a library's arrays; None if one gives its arrays."""
    first: CallFailed | None = None
    asked = changed(found, backend=backend)
    for name in islice(found.functions, _FUNCTIONS):
        kernel = Kernel(asked, name, "eager", backend.devices()[0])
        kernel.limits.looking = True  # for what is taken of its library's arrays
        for e in islice(kernel.limits.plain_examples((found.dtypes or ("float32",))[0]), _CALLS):
            try:
                with unnoticed():
                    kernel.value(e)
            except CallFailed as failed:
                if failed.kind != "raised" and not _returned(failed):
                    return None
                first = first or failed
                continue
            except Unsupported:
                pass
            return None
    return first


def _returned(failed: CallFailed) -> list[str]:
    """The array library whose array a call returned, if it returned one of another."""
    roots = _RETURNED.findall(failed.message) if failed.kind == "type" else []
    return [root for root in roots if root in WITHOUT_BACKEND or library_of([root])]


def _words(backend: Backend, guess: Backend, tried: bool) -> str:
    """Why another library was taken than that which the imports show."""
    if backend.NAME == guess.NAME:
        return ""
    title = about(guess).title
    why = f"small calls with {title}'s did not give {about(guess).array}"
    why = why if tried else f"no function names {title}"
    called = f"called with {about(backend).title}'s arrays: {why}"
    return f"{called}; BACKEND = {backend.NAME!r} in a file says so"


def _unsettled(guess: Backend) -> str:
    return (
        f"called with {about(guess).title}'s arrays, by what is imported, though no small call "
        "gave a result: if it takes another library's, say BACKEND = ... in the file"
    )


def _without_backend(
    found: Implementation, module: types.ModuleType, came: Mapping[str, CallFailed]
) -> str:
    """A library without a backend that the functions are of, return, or want the arrays of."""
    targets = [*map(_own, found.functions.values())]
    direct = _roots(types.ModuleType(""), targets)
    returned = {name for failed in came.values() for name in _returned(failed)}
    wants = any(OF_ARRAYS.search(failed.message) for failed in came.values())
    seen = direct | returned | (_roots(module, targets) if wants else set())
    return next((name for name in WITHOUT_BACKEND if name in seen), "")


def _host() -> str:
    return about(_HOST).title


def _example(name: str) -> str:
    file = f"{name}_native.py"
    there = any(path.name == file for path in bundled().values())
    return f", as implementations/{file} does" if there else ""
