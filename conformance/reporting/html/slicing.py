"""The part of a Python file that one function needs: it, its helpers, its imports."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator


def needed(source: str, names: Iterable[str]) -> str:
    """The statements of a file that define these names and what they use, in order.

    Empty if the file does not define the first of them, or is not Python.
    """
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError):
        return ""
    where = {name: index for index, node in enumerate(body) for name in _defines(node)}
    todo = [where[name] for name in names if name in where]
    chosen: set[int] = set()
    while todo:
        index = todo.pop()
        if index not in chosen:
            chosen.add(index)
            todo += [where[name] for name in _uses(body[index]) if name in where]
    lines = source.splitlines()
    return "\n".join(_joined(_text(body[index], lines) for index in sorted(chosen)))


def _joined(parts: Iterable[tuple[str, bool]]) -> Iterator[str]:
    """The statements, with empty lines around definitions."""
    apart = False
    for position, (text, defines) in enumerate(parts):
        if position and (apart or defines):
            yield "\n" if defines else ""
        yield text
        apart = defines


def _defines(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        for alias in node.names:
            yield (alias.asname or alias.name).partition(".")[0]
    else:
        for child in ast.walk(node):
            if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
                yield child.id


def _uses(node: ast.stmt) -> set[str]:
    return {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}


def _text(node: ast.stmt, lines: list[str]) -> tuple[str, bool]:
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(d.lineno for d in decorators)])
    defines = isinstance(node, ast.FunctionDef | ast.ClassDef)
    return "\n".join(lines[first - 1 : node.end_lineno]), defines
