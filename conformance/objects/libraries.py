"""Which array library an object computes with: by its type, else by the names in its code."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator
from typing import Any

_KNOWN = ("torch", "jax", "cupy")
_ROOTS = {"jaxlib": "jax", "triton": "torch"}
#: Functions that are followed from the first: helpers of helpers, no farther.
_DEPTH = 3


def library(target: Any) -> str:
    """torch, jax, cupy or numpy; empty if the object does not show it."""
    own = {_root(o) for o in (getattr(target, "__module__", ""), *_types(target))}
    known = next((name for name in _KNOWN if name in own), "")
    if known:
        return known
    used = set(_used(target, _DEPTH, set()))
    return next((name for name in (*_KNOWN, "numpy") if name in used), "")


def _types(target: Any) -> list[str]:
    return [kind.__module__ for kind in type(target).__mro__]


def _root(module: str | None) -> str:
    root = (module or "").partition(".")[0]
    return _ROOTS.get(root, root)


def _used(target: Any, depth: int, seen: set[int]) -> Iterator[str]:
    """The libraries whose modules, functions or types the object's code names."""
    for code, names in _code(target):
        if id(code) in seen:
            continue
        seen.add(id(code))
        for name in _all_names(code):
            if name not in names:
                continue
            found = names[name]
            yield _root(found.__name__ if isinstance(found, types.ModuleType) else
                        getattr(found, "__module__", None))  # fmt: skip
            if depth and inspect.isfunction(found):
                yield from _used(found, depth - 1, seen)


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
