"""What a change concerns: the tests that execute its lines, the laws that use its function.

One pass of the tests records, for each, the lines of some files that it executes; laws are followed
by the names that functions mention.
"""

from __future__ import annotations

import ast
import sys
import time
from collections import OrderedDict
from collections.abc import Generator, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest


class Recorder:
    """Records the lines of files below `root` that each test executes. `found`: test -> record."""

    def __init__(self, root: Path, files: list[str]) -> None:
        self.files = {str(root / file): file for file in files}
        self.found: dict[str, dict[str, Any]] = {}
        self._lines: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Run the test under a tracer, with nothing kept of the tests before it."""
        _forget()
        self._lines, since = set(), time.process_time()
        sys.settrace(self._called)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            seconds = round(time.process_time() - since, 2)
            self.found[item.nodeid] = {"seconds": seconds, "lines": sorted(self._lines)}

    def _called(self, frame: FrameType, event: str, arg: object) -> Any:
        if frame.f_code.co_filename in self.files:
            self._line(frame, event, arg)
            return self._line
        return None

    def _line(self, frame: FrameType, event: str, arg: object) -> Any:
        self._lines.add(f"{self.files[frame.f_code.co_filename]}:{frame.f_lineno}")
        return self._line


def _forget() -> None:
    """Empty the caches of the package, so that a test executes all that it depends on."""
    for name, module in list(sys.modules.items()):
        if name.startswith("conformance.numerics"):
            for value in list(vars(module).values()):
                if isinstance(value, OrderedDict):
                    value.clear()
                elif hasattr(value, "cache_clear"):
                    value.cache_clear()


class Names:
    """Who mentions whom among the functions of some files, each as `file:name`."""

    def __init__(self, root: Path, pattern: str) -> None:
        self._users: dict[str, set[str]] = {}
        self._spans: dict[str, list[tuple[int, int, str]]] = {}
        for path in sorted(root.glob(pattern)):
            file = str(path.relative_to(root))
            for name, node in _named(ast.parse(path.read_text(encoding="utf-8"))):
                span = (node.lineno, node.end_lineno or 0, f"{file}:{name}")
                self._spans.setdefault(file, []).append(span)
                for mentioned in _mentioned(node):
                    self._users.setdefault(mentioned, set()).add(span[2])

    def using(self, file: str, line: int) -> set[str]:
        """The functions around a line, and all that use them, directly or not."""
        todo = [name for first, last, name in self._spans[file] if first <= line <= last]
        found = set(todo)
        while todo:
            where, _, name = todo.pop().partition(":")
            users = self._users.get(name, set()) - found
            if name.startswith("_"):  # of its own file only
                users = {user for user in users if user.startswith(f"{where}:")}
            found |= users
            todo += users
        return found


def _named(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    """Functions, nested ones too, and names of the module: decorators of a family are such."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node


def _mentioned(node: ast.stmt) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Attribute):
            yield part.attr
