"""Which array library an object computes with: by its type, else by the names in its code."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterable, Iterator
from typing import Any

from conformance.backends import Backend, get, libraries, library_of
from conformance.functions import FUNCTIONS

#: Functions that are followed from the first: helpers of helpers, no farther.
_DEPTH = 3


def library(target: Any) -> str:
    """The name of one of `backends.libraries()`; empty if the object does not show it."""
    return _foreign((module_name(target), *_types(target))) or library_of(named_in_code(target))


def made_by(target: Any) -> str:
    """The library whose object it is, or that made a callable of its own of it; empty if none."""
    names = getattr(target, "__globals__", {})
    return _foreign((module_name(target), *_types(target), str(names.get("__name__", ""))))


def backend_of(target: Any) -> Backend:
    """The backend of that library; the host's own if the object shows none."""
    return get(library(target) or next(iter(libraries())))


def _foreign(modules: Iterable[str]) -> str:
    """The library of some modules; empty if it is the host's own, or none."""
    name = library_of(modules)
    return "" if not name or libraries()[name].on_host else name


def module_name(found: Any) -> str:
    """The module that an object is, or comes from; empty if it does not say."""
    is_module = isinstance(found, types.ModuleType)
    return (found.__name__ if is_module else getattr(found, "__module__", None)) or ""


def own_function(target: Any, function: str) -> str:
    """A library's own version of the function that the object's code calls; empty if it calls none.

    It is read from the names in the code: a hint for people, not a verdict.
    """
    known = FUNCTIONS.get(function)  # no function of a gradient
    same = (known and known.elsewhere) or (function,)
    seen: set[int] = set()
    for code, names in _all_code(target, _DEPTH, seen):
        called = set(_all_names(code))
        modules = [v.__name__ for n in called if isinstance(v := names.get(n), types.ModuleType)]
        for name in called.intersection(same):
            if found := _foreign([module_name(names.get(name))]) or _foreign(modules):
                return f"{found}'s own {name}"
    return ""


def _all_code(
    target: Any, depth: int, seen: set[int]
) -> Iterator[tuple[types.CodeType, dict[str, Any]]]:
    """The object's code, and that of the functions that it names."""
    for code, names in _code(target):
        if id(code) in seen:
            continue
        seen.add(id(code))
        yield code, names
        for found in (names[n] for n in _all_names(code) if depth and n in names):
            if inspect.isfunction(found) and not _foreign([module_name(found)]):
                yield from _all_code(found, depth - 1, seen)


def _types(target: Any) -> list[str]:
    return [kind.__module__ for kind in type(target).__mro__]


def named_in_code(target: Any) -> Iterator[str]:
    """The modules that the object's code names, and those of its functions and types."""
    for code, names in _all_code(target, _DEPTH, set()):
        yield from (module_name(names[n]) for n in _all_names(code) if n in names)


def _all_names(code: types.CodeType) -> Iterator[str]:
    yield from (*code.co_names, *code.co_freevars)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _all_names(constant)


def _code(target: Any) -> Iterator[tuple[types.CodeType, dict[str, Any]]]:
    """The code that runs, with the names that it sees."""
    asked = [inspect.unwrap(target)] if callable(target) else []
    if not inspect.isroutine(target):
        asked += [getattr(type(target), n, None) for n in ("forward", "__call__")]
    for found in asked:
        function = getattr(found, "__func__", found)
        code = getattr(function, "__code__", None)
        if code is not None:
            cells = zip(
                code.co_freevars, getattr(function, "__closure__", None) or (), strict=False
            )
            yield code, {**function.__globals__, **dict(_contents(cells))}


def _contents(cells: Any) -> Iterator[tuple[str, Any]]:
    for name, cell in cells:
        try:
            yield name, cell.cell_contents
        except ValueError:  # not filled yet
            continue
