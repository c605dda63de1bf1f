"""From a name or path to an Implementation. Whatever is wrong is one line of `LoadError`."""

from __future__ import annotations

import inspect
import itertools
import re
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance import backends
from conformance.errors import LoadError, did_you_mean
from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.kernels.failures import type_of
from conformance.kernels.importing import imported, resolve
from conformance.kernels.other_names import call_of, condition, guessed, names_of
from conformance.kernels.plain_calls import shape
from conformance.kernels.signatures import accepted_options
from conformance.model import Implementation
from conformance.records.limit_kinds import KINDS

_GRADIENTS = {f"{name}_vjp": name for name in FUNCTIONS}
_MODES = ("eager", "jit", "vmap", "grad-of-jit", "autocast")
_DEVICE = re.compile(r"[a-z]+(:\d+)?")


def load(ref: str | Path) -> Implementation:
    """The implementation in a file, or the bundled one of that name."""
    path = resolve(ref)
    return of_module(imported(path), path)


def of_module(
    module: types.ModuleType, path: Path, meant: Mapping[str, str] | None = None,
    made: Mapping[str, Any] | None = None, library: str = "",
) -> Implementation:  # fmt: skip
    """The implementation in a file that has been imported.

    `meant` are names of the file that mean another function of the spec, or none: "". `made` are
    instances of its classes, by name. `library` is the backend's name, where it is not guessed.
    """
    there = [n for n in vars(module) if n in FUNCTIONS or n in _GRADIENTS]
    own = {spec: n for n in there if (spec := (meant or {}).get(n, n))}
    has = {**vars(module), **(made or {})}
    found = {spec: has[n] for spec, n in own.items()}
    _check_functions(found, module, path)
    implementation = of_functions(
        {n: found[n] for n in FUNCTIONS if n in found},
        {f: found[n] for n, f in _GRADIENTS.items() if n in found},
        module, path, path.stem, library,
    )  # fmt: skip
    return replace(
        implementation,
        options={n: accepted_options(v, FUNCTIONS[_GRADIENTS.get(n, n)]) for n, v in found.items()},
        lines={n: line for n, v in found.items() if (line := _line(own[n], v, path))},
        built_in=_shapes(module, path, {n: own[n] for n in found if n in FUNCTIONS}),
        called={n: name for n, name in own.items() if n != name},
    )


def of_functions(
    functions: Mapping[str, Any], gradients: Mapping[str, Any], module: types.ModuleType,
    path: Path, name: str, library: str = "",
) -> Implementation:  # fmt: skip
    """Functions and gradients, with what the constants of their module say of them.

    `library` is the backend's name, where the module does not say it.
    """
    backend = _backend(module, path, library)
    return Implementation(
        name=_name(module, path, name),
        path=path,
        backend=backend,
        functions=functions,
        gradients=gradients,
        options={},
        **_constants(module, path, backend),
    )


def _check_functions(found: Mapping[str, Any], module: types.ModuleType, path: Path) -> None:
    for name, value in found.items():
        if not callable(value):
            raise LoadError(f"{path}: {name} is {type_of(value)}, not a function")
    orphans = [n for n in found if n in _GRADIENTS and _GRADIENTS[n] not in found]
    if orphans:
        raise LoadError(f"{path}: defines {orphans[0]} without {_GRADIENTS[orphans[0]]}")
    if found:
        return
    known = f"{path}: defines no function of the spec by its name"
    if likely := next(_likely(module), None):
        place, call = likely
        word = call.partition("(")[0]
        raise LoadError(
            f"{known}. If {place} is {condition(word)}: {path.name}::{place} --as '{call}'"
        )
    raise LoadError(
        f"{known}: {', '.join(FUNCTIONS)}. Of an object with another name say what it is: "
        f"{path.name}::NAME --as FUNCTION"
    )


def _likely(module: types.ModuleType) -> Iterator[tuple[str, str]]:
    """What the file defines that has the name of a function of the spec, or nearly; and `--as`."""
    own = {n: v for n, v in vars(module).items() if callable(v) and not n.startswith("_")}
    for name, value in own.items():
        taken = names_of(value)
        if function := guessed(name, taken):
            yield name, call_of(function, taken)
    for name, kind in own.items():
        for inner in vars(kind) if inspect.isclass(kind) else ():
            if inner in FUNCTIONS:
                yield f"{name}.{inner}", inner


def _backend(module: types.ModuleType, path: Path, library: str) -> backends.Backend:
    name = getattr(module, "BACKEND", None)
    if name is None:
        name = library or _guessed(module)
    if not isinstance(name, str):
        raise LoadError(f"{path}: BACKEND is {name!r}, not a name such as 'numpy'")
    known = backends.libraries()
    try:
        return backends.get(name)
    except backends.Unsupported as error:
        guess = "" if name in known else did_you_mean(name, known)
        raise LoadError(f"{path}: BACKEND = {name!r}: {error}.{guess}") from error


def _guessed(module: types.ModuleType) -> str:
    """The array library that the file imports; the host's own if it imports no other."""
    return backends.library_of(
        v.__name__ if isinstance(v, types.ModuleType) else getattr(v, "__module__", None)
        for v in vars(module).values()
    ) or next(iter(backends.libraries()))


def _name(module: types.ModuleType, path: Path, default: str) -> str:
    name = getattr(module, "NAME", default)
    if not isinstance(name, str) or not name.strip() or "::" in name or not name.isprintable():
        raise LoadError(f"{path}: NAME is {name!r}, not a printable name without '::'")
    return name.strip()


def _constants(module: types.ModuleType, path: Path, backend: backends.Backend) -> dict[str, Any]:
    modes = tuple(dict.fromkeys((*backend.MODES, *_MODES)))
    devices = _strings(module, path, "DEVICES")
    for device in devices or ():
        if not _DEVICE.fullmatch(device):
            raise LoadError(f"{path}: DEVICES has {device!r}; devices are 'cpu', 'cuda', 'cuda:1'")
    return {
        "dtypes": _known(_strings(module, path, "DTYPES"), path, "DTYPES", FORMATS),
        "devices": devices,
        "modes": _known(_strings(module, path, "MODES"), path, "MODES", modes),
        "deviations": _reasons(module, path, "DEVIATIONS", "law id", None),
        "limits": _reasons(module, path, "LIMITS", "kind", KINDS),
        "like": _like(module, path),
        "packages": _strings(module, path, "PACKAGES") or (),
    }


def _strings(module: types.ModuleType, path: Path, constant: str) -> tuple[str, ...] | None:
    value = getattr(module, constant, None)
    if value is None:
        return None
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise LoadError(f"{path}: {constant} is {value!r}, not a tuple of names")
    entries = tuple(value)
    if not entries or not all(isinstance(entry, str) for entry in entries):
        raise LoadError(f"{path}: {constant} is {value!r}, not a tuple of names")
    return entries


def _known(
    entries: tuple[str, ...] | None, path: Path, constant: str, known: Iterable[str]
) -> tuple[str, ...] | None:
    names = tuple(known)
    for entry in entries or ():
        if entry not in names:
            guess = did_you_mean(entry, names)
            raise LoadError(
                f"{path}: {constant} has {entry!r}, not one of {', '.join(names)}.{guess}"
            )
    return entries


def _reasons(
    module: types.ModuleType, path: Path, constant: str, what: str, known: Iterable[str] | None
) -> dict[str, str]:
    """Declared deviations or limits: `what` they are of -> why."""
    value = getattr(module, constant, None)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        kind = f"a {type(value).__name__}"
        raise LoadError(f"{path}: {constant} is {kind}, not a dict of {what} to reason")
    if known is not None:
        _known(tuple(map(str, value)), path, constant, known)
    for key, reason in value.items():
        if not isinstance(key, str) or not isinstance(reason, str) or not reason.strip():
            raise LoadError(f"{path}: {constant}[{key!r}] is {reason!r}, not a reason in words")
    return dict(value)


def _like(module: types.ModuleType, path: Path) -> str:
    """The bundled implementation that the file says it replaces."""
    value = getattr(module, "LIKE", "")
    if not isinstance(value, str):
        raise LoadError(f"{path}: LIKE is {value!r}, not a name such as 'torch'")
    return value


def _shapes(
    module: types.ModuleType, path: Path, own: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """Shapes that are taken: one for all functions, or function -> shape.

    `own` gives the file's name of each function.
    """
    value = getattr(module, "SHAPES", None)
    if value is None:
        return {}
    said = value if isinstance(value, Mapping) else dict.fromkeys(own.values(), value)
    for name, one in said.items():
        if name not in own.values():
            guess = did_you_mean(str(name), own.values())
            raise LoadError(f"{path}: SHAPES has {name!r}, no function of the file.{guess}")
        try:
            shape(one)
        except ValueError as error:
            raise LoadError(f"{path}: SHAPES has {one!r}, not {error}") from None
    return {n: {"shape": shape(said[name])} for n, name in own.items() if name in said}


def _line(name: str, function: Callable[..., Any], path: Path) -> int:
    """The line where the function is defined, or its name bound, in the file."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is not None and code.co_filename == str(path):
        return int(code.co_firstlineno)
    bound = re.compile(rf"^(?:def\s+|class\s+)?{name}\b|\bas\s+{name}\b|import\b.*\b{name}\b")
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((i for i, line in enumerate(lines, 1) if bound.search(line)), 0)


def distinct(names: Iterable[str]) -> Iterator[str]:
    """The names, each once: the second "mine" is "mine-2"."""
    taken: set[str] = set()
    for name in names:
        numbered = (f"{name}-{count}" for count in itertools.count(2))
        free = next(n for n in itertools.chain([name], numbered) if n not in taken)
        taken.add(free)
        yield free
