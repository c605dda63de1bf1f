"""A name or a path -> Implementation: the one way in. Whatever is wrong is one `LoadError` line."""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import importlib.util
import inspect
import io
import re
import sys
import traceback
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance import backends
from conformance.floats import FORMATS
from conformance.model import FUNCTIONS, Implementation

_GRADIENTS = {f"{name}_vjp": name for name in FUNCTIONS}
_MODES = ("eager", "jit", "vmap", "grad-of-jit")
_DEVICE = re.compile(r"[a-z]+(:\d+)?")


class LoadError(ValueError):
    """An implementation that cannot be loaded: one line with the file, the line, the way out."""


def folder() -> Path:
    """Where the bundled files are: inside an installed wheel, or beside the package."""
    inside = Path(__file__).with_name("implementations")
    return inside if inside.is_dir() else Path(__file__).parent.parent / "implementations"


def bundled() -> dict[str, Path]:
    """Name -> file of the implementations that come with the suite."""
    return {path.stem: path for path in sorted(folder().glob("[!_]*.py"))}


def load(ref: str | Path) -> Implementation:
    """The implementation in a file, or the bundled one of that name."""
    path = resolve(ref)
    module = _imported(path)
    found = {n: v for n, v in vars(module).items() if n in FUNCTIONS or n in _GRADIENTS}
    _check_functions(found, module, path)
    backend = _backend(module, path)
    constants = _constants(module, path, backend)
    return Implementation(
        name=_name(module, path),
        path=path,
        backend=backend,
        functions={n: found[n] for n in FUNCTIONS if n in found},
        gradients={f: found[n] for n, f in _GRADIENTS.items() if n in found},
        options={n: accepted_options(v, n) for n, v in found.items()},
        lines={n: line for n, v in found.items() if (line := _line(n, v, path))},
        **constants,
    )


def resolve(ref: str | Path) -> Path:
    """The file that a name or path means."""
    text = str(ref)
    known = bundled()
    path = Path(text)
    if isinstance(ref, str) and text in known and not path.is_file():
        return known[text].resolve()
    if path.is_dir():
        raise LoadError(f"{text}: is a directory; name one Python file in it")
    if not path.exists():
        raise LoadError(_not_found(text, path, known))
    if path.suffix != ".py":
        raise LoadError(f"{text}: is no Python file; an implementation is one file named *.py")
    return path.resolve()


def _not_found(text: str, path: Path, known: Mapping[str, Path]) -> str:
    if path.suffix != ".py" and path.name == text:
        close = difflib.get_close_matches(text, known, n=1, cutoff=0.5)
        guess = f" Did you mean {close[0]!r}?" if close else ""
        names = ", ".join(known) or "none"
        return f"no implementation named {text!r}.{guess} Bundled: {names}; or give a path to a .py file"
    beside = path.parent if path.parent.is_dir() else Path()
    close = difflib.get_close_matches(path.name, [p.name for p in beside.glob("*.py")], n=1)
    guess = f" Did you mean {str(path.parent / close[0])!r}?" if close else ""
    return f"{text}: no such file.{guess}"


def _imported(path: Path) -> types.ModuleType:
    """The module, loaded under a private name; what it prints is dropped."""
    digest = hashlib.sha1(str(path).encode()).hexdigest()[:8]
    name = f"_conformance_{path.stem}_{digest}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise LoadError(f"{path}: Python cannot load it")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        if isinstance(error, KeyboardInterrupt):
            raise
        raise LoadError(_why(error, path)) from error
    return module


def _why(error: BaseException, path: Path) -> str:
    """What went wrong while the file was imported, in one line."""
    if isinstance(error, SyntaxError):
        where = f"{error.filename or path}:{error.lineno}:{error.offset}"
        return f"{where}: syntax error: {error.msg}"
    if isinstance(error, UnicodeDecodeError):
        return f"{path}: is no UTF-8 text ({error.reason} at byte {error.start})"
    at = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    where = f"{path}:{at[-1].lineno}" if at else str(path)
    if isinstance(error, ModuleNotFoundError) and error.name:
        missing = error.name.partition(".")[0]
        if importlib.util.find_spec(missing) is None:
            return f"{where}: it imports {missing!r}, which is not installed: pip install {missing}"
    if isinstance(error, SystemExit):
        return f"{where}: it ends the process when imported (SystemExit); guard it with if __name__ == '__main__'"
    said = " ".join(str(error).split())[:300]
    return f"{where}: raised when imported: {type(error).__name__}{': ' + said if said else ''}"


def _check_functions(found: Mapping[str, Any], module: types.ModuleType, path: Path) -> None:
    for name, value in found.items():
        if not callable(value):
            raise LoadError(f"{path}: {name} is a {type(value).__name__}, not a function")
    orphans = [n for n in found if n in _GRADIENTS and _GRADIENTS[n] not in found]
    if orphans:
        raise LoadError(f"{path}: defines {orphans[0]} without {_GRADIENTS[orphans[0]]}")
    if found:
        return
    own = [n for n, v in vars(module).items() if callable(v) and not n.startswith("_")]
    for name in own:
        close = difflib.get_close_matches(name.lower(), FUNCTIONS, n=1, cutoff=0.75)
        if close:
            raise LoadError(
                f"{path}: defines no function of the spec. Did you mean {close[0]!r} by {name!r}?"
            )
    raise LoadError(f"{path}: defines no function of the spec; those are {', '.join(FUNCTIONS)}")


def _backend(module: types.ModuleType, path: Path) -> backends.Backend:
    name = getattr(module, "BACKEND", None)
    if name is None:
        name = _guessed(module)
    if not isinstance(name, str):
        raise LoadError(f"{path}: BACKEND is {name!r}, not a name such as 'numpy'")
    try:
        return backends.get(name)
    except backends.Unsupported as error:
        close = difflib.get_close_matches(name, backends.KNOWN, n=1)
        guess = f" Did you mean {close[0]!r}?" if close and name not in backends.KNOWN else ""
        raise LoadError(f"{path}: BACKEND = {name!r}: {error}.{guess}") from error


def _guessed(module: types.ModuleType) -> str:
    """The array library that the file imports; NumPy if it imports none of the others."""
    origins = {
        (v.__name__ if isinstance(v, types.ModuleType) else getattr(v, "__module__", None) or "")
        .partition(".")[0]
        for v in vars(module).values()
    }  # fmt: skip
    origins = {"jax" if origin == "jaxlib" else origin for origin in origins}
    return next((name for name in ("torch", "jax", "cupy") if name in origins), "numpy")


def _name(module: types.ModuleType, path: Path) -> str:
    name = getattr(module, "NAME", path.stem)
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
        "deviations": _deviations(module, path),
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
            close = difflib.get_close_matches(entry, names, n=1)
            guess = f" Did you mean {close[0]!r}?" if close else ""
            raise LoadError(
                f"{path}: {constant} has {entry!r}, not one of {', '.join(names)}.{guess}"
            )
    return entries


def _deviations(module: types.ModuleType, path: Path) -> dict[str, str]:
    value = getattr(module, "DEVIATIONS", None)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise LoadError(f"{path}: DEVIATIONS is {_type(value)}, not a dict of clause id to reason")
    for clause, reason in value.items():
        if not isinstance(clause, str) or not isinstance(reason, str) or not reason.strip():
            raise LoadError(f"{path}: DEVIATIONS[{clause!r}] is {reason!r}, not a reason in words")
    return dict(value)


def _type(value: object) -> str:
    return f"a {type(value).__name__}"


def unknown_deviations(implementation: Implementation) -> list[str]:
    """A warning for each declared deviation that names no clause of the spec."""
    from conformance.spec import catalogue

    known = catalogue()
    said = []
    for clause in implementation.deviations:
        if clause not in known:
            close = difflib.get_close_matches(clause, known, n=1)
            guess = f" Did you mean {close[0]!r}?" if close else ""
            said.append(f"{implementation.path}: DEVIATIONS names no clause: {clause!r}.{guess}")
    return said


def accepted_options(function: Callable[..., Any], name: str) -> frozenset[str]:
    """The options that a function takes by name, of those that the spec gives it."""
    of = FUNCTIONS[_GRADIENTS.get(name, name)]
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # built-in functions and ufuncs say nothing
        return frozenset()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return frozenset(of.options)
    by_name = {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    return frozenset(by_name.intersection(of.options))


def _line(name: str, function: Callable[..., Any], path: Path) -> int:
    """Where the function is defined, or its name is bound, in the file."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is not None and code.co_filename == str(path):
        return int(code.co_firstlineno)
    bound = re.compile(rf"^(?:def\s+|class\s+)?{name}\b|\bas\s+{name}\b|import\b.*\b{name}\b")
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((i for i, line in enumerate(lines, 1) if bound.search(line)), 0)


def names(implementations: Sequence[Implementation]) -> list[Implementation]:
    """The same implementations under distinct names: the second "mine" becomes "mine-2"."""
    taken: set[str] = set()
    distinct = []
    for implementation in implementations:
        name, count = implementation.name, 1
        while name in taken:
            count += 1
            name = f"{implementation.name}-{count}"
        taken.add(name)
        distinct.append(replace(implementation, name=name))
    return distinct
