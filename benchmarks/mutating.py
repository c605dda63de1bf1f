"""Small changes to Python files, drawn evenly over the files and the kinds of changes."""

from __future__ import annotations

import ast
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

_TURNED: dict[type, str] = {
    ast.Lt: ">=", ast.LtE: ">", ast.Gt: "<=", ast.GtE: "<", ast.Eq: "!=", ast.NotEq: "==",
}  # fmt: skip
_EXCHANGED = {"maximum": "minimum", "minimum": "maximum", "max": "min", "min": "max"}
#: Claims whose third argument is a bound.
_BOUNDED = ("equal", "at_most", "at_least")


@dataclass(frozen=True, slots=True)
class Change:
    """A piece of a file, by its place in the text, and what is put there."""

    path: str
    line: int
    last: int
    start: int
    end: int
    new: str
    kind: str

    def made(self, text: str) -> str:
        """The text of the file with the change."""
        raw = text.encode()
        return (raw[: self.start] + self.new.encode() + raw[self.end :]).decode()


def changes(path: str, text: str) -> Iterator[Change]:
    """All changes to a file: in bodies of functions, and to constants of the module."""
    starts = [0]
    for line in text.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def span(node: ast.expr) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return (starts[node.lineno - 1] + node.col_offset,
                starts[node.end_lineno - 1] + node.end_col_offset)  # fmt: skip

    for node in _nodes(ast.parse(text)):
        start, end = span(node)
        for new, kind in _instead(node, text.encode(), span):
            yield Change(path, node.lineno, node.end_lineno or 0, start, end, new, kind)


def _nodes(tree: ast.Module) -> Iterator[ast.expr]:
    for top in ast.walk(tree):
        if isinstance(top, ast.FunctionDef):
            for statement in top.body:
                yield from _expressions(statement)
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            yield statement.value


def _expressions(node: ast.AST) -> Iterator[ast.expr]:
    """Below a statement, without functions in it, errors, assertions and annotations."""
    if isinstance(node, ast.FunctionDef | ast.Raise | ast.Assert):
        return
    if isinstance(node, ast.expr):
        yield node
    for name, value in ast.iter_fields(node):
        if name not in ("annotation", "slice"):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _expressions(child)


def _instead(node: ast.expr, raw: bytes, span: object) -> Iterator[tuple[str, str]]:
    def said(part: ast.expr) -> str:
        start, end = span(part)  # type: ignore[operator]
        return f"({raw[start:end].decode()})"

    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        value = node.value
        yield (repr(4 * value) if value else "1"), "a constant"
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        if not isinstance(node.left, ast.Constant | ast.JoinedStr):
            yield said(node.left), "a term dropped"
        sign = "-" if isinstance(node.op, ast.Add) else "+"
        yield f"{said(node.left)} {sign} {said(node.right)}", "a sign"
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in _TURNED and len(node.ops) == 1:
        operator = _TURNED[type(node.ops[0])]
        yield f"{said(node.left)} {operator} {said(node.comparators[0])}", "a comparison"
    elif isinstance(node, ast.Attribute) and node.attr in _EXCHANGED:
        yield f"{said(node.value)[1:-1]}.{_EXCHANGED[node.attr]}", "maximum and minimum"
    elif isinstance(node, ast.Name) and node.id in _EXCHANGED:
        yield _EXCHANGED[node.id], "maximum and minimum"
    elif isinstance(node, ast.Call) and _named(node) == "where" and len(node.args) == 3:
        mask, one, other = map(said, node.args)
        yield f"{said(node.func)[1:-1]}({mask}, {other}, {one})", "a mask"
    else:
        yield from _of_laws(node, said)


def _of_laws(node: ast.expr, said: Callable[[ast.expr], str]) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Yield | ast.YieldFrom):
        yield "yield from ()", "a claim dropped"
    elif isinstance(node, ast.BoolOp):
        yield said(node.values[0]), "a condition dropped"
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr):
        yield said(node.left), "a condition dropped"
        yield said(node.right), "a condition dropped"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
        yield said(node.operand), "a condition reversed"
    elif isinstance(node, ast.Call) and _named(node) in _BOUNDED and len(node.args) > 2:
        got, want, bound, *_ = map(said, node.args)
        rest = "".join(f", {k.arg}={said(k.value)}" for k in node.keywords)
        yield f"{_named(node)}({got}, {want}, 4 * {bound}{rest})", "a bound times 4"


def _named(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def drawn(everything: Iterable[Change], count: int, seed: int) -> list[Change]:
    """Evenly over the modules, and in each over the kinds."""
    rng = random.Random(seed)
    each: dict[str, dict[str, list[Change]]] = defaultdict(lambda: defaultdict(list))
    for change in everything:
        each[change.path][change.kind].append(change)
    found: list[Change] = []
    while len(found) < count and any(map(any, each.values())):
        for path in rng.sample(sorted(each), len(each)):
            kinds = [kind for kind, left in each[path].items() if left]
            if kinds and len(found) < count:
                left = each[path][rng.choice(kinds)]
                found.append(left.pop(rng.randrange(len(left))))
    return found
