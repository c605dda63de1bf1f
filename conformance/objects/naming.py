"""The reference by which another process finds a Python object: its module or file, and its name.

What has no name that another process could find (a lambda, a closure, a cell of a notebook) is
pickled: by value where `cloudpickle` is installed.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import pickle
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from conformance.errors import LoadError
from conformance.objects.places import PICKLE, spec_of


def name_of(target: object) -> str:
    """The object's name for people: its own, of an instance that of a variable, or its type's."""
    own = getattr(target, "__qualname__", None) or getattr(target, "__name__", None)
    named = own or next((path for _, path in _names(target)), type(target).__qualname__)
    return str(named).rpartition(".")[2] or "object"


def reference(target: object, folder: Path) -> str:
    """The text that finds the object again in another process; `folder` is for what is pickled.

    LoadError for an object that no other process can find.
    """
    for module, path in _names(target):
        source = _source(module)
        if source and (module.__name__ != "__main__" or _bound(source, path.partition(".")[0])):
            return f"{source}{'::' if source.endswith('.py') else ':'}{path}"
    return _pickled(target, folder)


def _names(target: object) -> Iterator[tuple[types.ModuleType, str]]:
    """The modules that have the object, and its dotted name in each."""
    owner = getattr(target, "__self__", None)
    if inspect.ismethod(target) and not inspect.isclass(owner):
        yield from ((module, f"{path}.{target.__name__}") for module, path in _names(owner))
        return
    module = sys.modules.get(getattr(target, "__module__", None) or "")
    path = getattr(target, "__qualname__", "")
    if module is not None and path and _at(module, path) is target:
        yield module, path
    homes = {module, sys.modules.get(type(target).__module__), sys.modules.get("__main__")}
    for home in homes - {None}:
        yield from ((home, n) for n, v in vars(home).items() if v is target)  # type: ignore[misc]
    if module is None:  # as of a ufunc
        yield from _imported(target)


def _imported(target: object) -> Iterator[tuple[types.ModuleType, str]]:
    """The imported modules that have the object by its own name, public ones first."""
    name = getattr(target, "__name__", "")
    there = [m for m in sys.modules.values() if getattr(m, "__dict__", {}).get(name) is target]
    yield from ((m, name) for m in sorted(there, key=lambda m: (m.__name__.count("_"), m.__name__)))


def _at(module: types.ModuleType, path: str) -> Any:
    here: Any = module
    for name in path.split("."):
        here = getattr(here, name, None)
    return here


def _source(module: types.ModuleType) -> str:
    """The module as another process finds it: its import path or its file; empty if it cannot."""
    file = getattr(module, "__file__", None)
    if module.__name__ != "__main__":
        spec = spec_of(module.__name__)
        if spec is not None and spec.origin == getattr(module.__spec__, "origin", file):
            return module.__name__
    there = file is not None and file.endswith(".py") and Path(file).is_file()
    return str(Path(file).resolve()) if file is not None and there else ""


def _bound(file: str, name: str) -> bool:
    """True if importing the file binds the name: outside of what it guards by its __name__."""
    try:
        tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return False
    open_ = [n for n in tree.body if not (isinstance(n, ast.If) and "__name__" in ast.dump(n.test))]
    for node in (inner for outer in open_ for inner in ast.walk(outer)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            return True
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == name:
            return True
        if isinstance(node, ast.alias) and (node.asname or node.name) == name:
            return True
    return False


def _pickled(target: object, folder: Path) -> str:
    name = name_of(target)
    path = folder / f"{name if name.isidentifier() else 'object'}{PICKLE}"
    path.write_bytes(_plain(target) or _by_value(target, name))
    return f"{path}::object"


def _plain(target: object) -> bytes:
    """The object by the import paths of what it is made of; nothing if there is another part."""
    try:
        data = pickle.dumps(target)
    except Exception:  # lambdas, what is defined within functions
        return b""
    return b"" if b"__main__" in data else data


def _by_value(target: object, name: str) -> bytes:
    if importlib.util.find_spec("cloudpickle") is None:
        raise LoadError(
            f"{name}: no other process can find it by a name. Write it to a file, install "
            "cloudpickle, or pass isolate=False to examine it in this process"
        )
    cloudpickle = importlib.import_module("cloudpickle")
    try:
        return bytes(cloudpickle.dumps(target))
    except Exception as error:
        raise LoadError(
            f"{name}: cannot be sent to another process ({type(error).__name__}: {error}). Write "
            "it to a file, or pass isolate=False to examine it in this process"
        ) from error
