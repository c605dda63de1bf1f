"""The object that a place names: found in its module, made if it is a class."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import pickle
import types
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from conformance.backends import libraries
from conformance.errors import LoadError, did_you_mean
from conformance.kernels.failures import first_line, from_the_terminal
from conformance.kernels.importing import imported, quiet
from conformance.objects.places import PICKLE, Place, file_of, registered

#: The function of a file that gives the arguments of its classes, as KernelBench has it.
INITS = "get_init_inputs"


def module_of(place: Place) -> types.ModuleType:
    """The module of a place, imported: a file under a private name, a module under its own."""
    if place.source.endswith(PICKLE):
        return _unpickled(file_of(place))
    if not place.is_module:
        return imported(file_of(place))
    with _told(f"{place.text}: {place.source} cannot be imported:"):
        return importlib.import_module(place.source)


@contextlib.contextmanager
def _told(words: str) -> Iterator[None]:
    """Discard what is printed; turn an exception into a LoadError with these words."""
    try:
        with quiet():
            yield
    except BaseException as error:
        if from_the_terminal(error):
            raise
        raise LoadError(f"{words} {type(error).__name__}: {first_line(error)}") from error


def _unpickled(path: Path) -> types.ModuleType:
    """A module with the one object that the calling process pickled for this one."""
    module = types.ModuleType(path.stem)
    module.__file__ = str(path)
    with _told(f"{path.stem}: did not survive the way to a process:"):
        vars(module)["object"] = pickle.loads(path.read_bytes())
    return module


def found(module: types.ModuleType, place: Place) -> Any:
    """The object itself, an instance if it is a class. LoadError if there is none."""
    parts = place.path.split(".")
    here: Any = module
    if registered(place.path):
        here = importlib.import_module(parts.pop(0))
    for count, name in enumerate(parts):
        if inspect.isclass(here) and _needs_self(here, name):
            here = _instance(here, module, place, name)
        here = _attribute(here, name, ".".join(parts[:count]), place)
    return made(here, module, place) if inspect.isclass(here) else here


def _needs_self(owner: type, name: str) -> bool:
    of_instances = (types.FunctionType, property)
    return isinstance(inspect.getattr_static(owner, name, None), of_instances)


def _attribute(owner: Any, name: str, path: str, place: Place) -> Any:
    try:
        return getattr(owner, name)
    except AttributeError:
        pass
    except Exception as error:  # a lazy attribute that cannot be had
        raise LoadError(f"{place.text}: {type(error).__name__}: {first_line(error)}") from error
    there = [n for n in dir(owner) if not n.startswith("_")]
    guess = did_you_mean(name, there, 0.5)
    inside = f" in {path}" if path else ""
    raise LoadError(f"{place.source}: has no {name!r}{inside}.{guess}")


def made(kind: type, module: types.ModuleType, place: Place) -> Callable[..., Any]:
    """An instance of a class, or what applies an autograd Function."""
    applied = {library.applied for library in libraries().values()}
    if any(f"{c.__module__}.{c.__qualname__}" in applied for c in kind.__mro__):
        return kind.apply  # type: ignore[attr-defined]
    if not callable(getattr(kind, "__call__", None)) or not _calls(kind):  # noqa: B004
        raise LoadError(f"{place.text}: its instances cannot be called; name a method of it")
    return _instance(kind, module, place)


def _instance(kind: type, module: types.ModuleType, place: Place, method: str = "") -> Any:
    arguments = inits(module)
    needed = list(_needed(kind))
    if arguments is None and needed:
        of_arrays = f", or, if {kind.__name__} is a class of arrays, write a function of them that "
        of_arrays += f"calls it: def {method}(x): return x.{method}()"
        raise LoadError(
            f"{place.text}: making an instance needs {', '.join(needed)}: "
            f"{_instead(kind, needed, place)}{of_arrays if method else ''}"
        )
    with _told(f"{place.text}: cannot be made:"):
        return kind(*(arguments or ()))


def _instead(kind: type, needed: Sequence[str], place: Place) -> str:
    """What to do about a class that is not made without arguments."""
    made = f"F = {kind.__name__}({', '.join(f'{name}=...' for name in needed)})"
    if not place.is_module:
        return f"write `{made}` in the file and name ::F, or define {INITS}(), which returns a list"
    brought = f"from {place.source} import {place.path.partition('.')[0]}"
    return f"write `{brought}` and `{made}` in a file, and name file.py::F"


def _calls(kind: type) -> bool:
    return any("__call__" in vars(c) for c in kind.__mro__)


def inits(module: types.ModuleType) -> Sequence[Any] | None:
    """What the file's get_init_inputs() returns; None if it has none. LoadError."""
    give = getattr(module, INITS, None)
    if give is None:
        return None
    with _told(f"{module.__file__}: {INITS}() raised"):
        values = give()
    if not isinstance(values, list | tuple):
        kind = type(values).__name__
        raise LoadError(f"{module.__file__}: {INITS}() returned a {kind}, not a list")
    return values


def _needed(kind: type) -> Iterator[str]:
    """The arguments without defaults that an instance is made of."""
    try:
        parameters = inspect.signature(kind).parameters.values()
    except (TypeError, ValueError):
        return
    for p in parameters:
        if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            yield p.name


def sole(module: types.ModuleType, path: Path) -> str:
    """The only public callable that a file defines. LoadError if there are more, or none."""
    own = [
        n for n, v in vars(module).items()
        if callable(v) and not n.startswith("_") and not n.startswith("get_")
        and getattr(v, "__module__", None) == module.__name__
    ]  # fmt: skip
    if len(own) == 1:
        return own[0]
    several = f"several objects ({', '.join(own[:8])})" if own else "no object of its own"
    raise LoadError(
        f"{path}: has {several}; say which one: {path.name}::{own[0] if own else 'NAME'}"
    )
