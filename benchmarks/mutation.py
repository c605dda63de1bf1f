"""Mutation testing of the suite itself: a bound, a formula or a law is changed, a test must fail.

    python benchmarks/mutation.py --sample 60 --seed 0 --markdown survivors.md

One change at a time is made in a copy of the tree, drawn evenly over the modules and the kinds of
changes: a constant times 4, a term dropped, a sign or a comparison turned, maximum and minimum
exchanged, the two sides of a `where` exchanged. Then the tests that concern the room run until one
fails. What no test notices is listed: a test is missing, or the change changes nothing.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: The files that are changed, and the tests that concern them, the quickest first.
ROOMS = {
    "conformance/numerics/bounds/*.py": (
        "tests/numerics/test_bounds_by_hand.py", "tests/numerics/test_bounds.py",
    ),
    "conformance/functions/*.py": (
        "tests/numerics/test_bounds_by_hand.py", "tests/functions",
        "tests/numerics/test_reference.py",
        "tests/numerics/test_bounds.py", "tests/numerics/test_exact.py",
    ),
    "conformance/spec/*.py": (
        "tests/spec/test_laws.py", "tests/spec/test_spec.py", "tests/examine/test_examine.py",
        "tests/spec/test_large_batches.py", "tests/spec/test_long_rows.py",
    ),
}  # fmt: skip
#: Seconds after which a change counts as noticed: the tests hang.
_LIMIT = 900
_TURNED: dict[type, str] = {
    ast.Lt: ">=", ast.LtE: ">", ast.Gt: "<=", ast.GtE: "<", ast.Eq: "!=", ast.NotEq: "==",
}  # fmt: skip
_EXCHANGED = {"maximum": "minimum", "minimum": "maximum", "max": "min", "min": "max"}


@dataclass(frozen=True, slots=True)
class Change:
    """A piece of a file, by its place in the text, and what is put there."""

    path: str
    line: int
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
            yield Change(path, node.lineno, start, end, new, kind)


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


def _named(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


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


def noticed(tree: Path, tests: Iterable[str]) -> tuple[bool, str]:
    """Whether a test fails in a copy of the tree, and which; pytest is forked, not started."""
    log = tree / "mutation.log"
    child = os.fork()
    if not child:
        try:
            _tested(tree, tests, log)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)
    since, status = time.monotonic(), None
    while status is None:
        done, found = os.waitpid(child, os.WNOHANG)
        status = os.waitstatus_to_exitcode(found) if done else None
        if not done and time.monotonic() - since > _LIMIT:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.1)
    failed = [line for line in log.read_text(errors="replace").splitlines()
              if line.startswith(("FAILED", "ERROR"))]  # fmt: skip
    return status != 0, (failed[0].partition(" - ")[0] if failed else f"status {status}")


def _tested(tree: Path, tests: Iterable[str], log: Path) -> None:
    """In the child: pytest in the copy, whose package comes before the installed one."""
    os.chdir(tree)
    os.setpgrp()
    sys.path.insert(0, str(tree))
    os.environ["PYTHONPATH"] = str(tree)
    sys.dont_write_bytecode = True
    with log.open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        import pytest

        options = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:randomly", "-m", "not slow"]
        status = int(pytest.main([*options, *tests]))
        sys.stdout.flush()
        os._exit(status)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sample", type=int, default=60, help="changes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=9, help="so many of the test files of a room")
    parser.add_argument("--only", default="", help="only files whose path has this in it")
    parser.add_argument("--markdown", default="", help="a table of what was drawn, to be read")
    args = parser.parse_args()
    tests = {
        str(p.relative_to(ROOT)): found[: args.first]
        for pattern, found in ROOMS.items()
        for p in sorted(ROOT.glob(pattern))
        if args.only in str(p.relative_to(ROOT))
    }
    everything = [c for p in tests for c in changes(p, (ROOT / p).read_text())]
    sample = drawn(everything, args.sample, args.seed)
    print(f"{len(everything)} changes to {len(tests)} files, {len(sample)} drawn", flush=True)
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        rows = list(_all(_copied(Path(folder)), sample, tests))
    if args.markdown:
        Path(args.markdown).write_text("\n".join(rows) + "\n")
    return 0


def _copied(folder: Path) -> Path:
    hidden = shutil.ignore_patterns(".*", "__pycache__", "docs/*.html")
    shutil.copytree(ROOT, folder / "tree", ignore=hidden, symlinks=True)
    return folder / "tree"


def _all(tree: Path, sample: Iterable[Change], tests: dict[str, tuple[str, ...]]) -> Iterator[str]:
    for name in ("numpy", "ml_dtypes", "mpmath", "pytest", "msgspec"):
        with contextlib.suppress(ImportError):
            __import__(name)
    for some in dict.fromkeys(tests[change.path] for change in sample):
        fails, what = noticed(tree, some)
        if fails:
            raise SystemExit(f"without any change: {what}")
    for change in sample:
        file, old = tree / change.path, (ROOT / change.path).read_text()
        file.write_text(change.made(old))
        fails, what = noticed(tree, tests[change.path])
        file.write_text(old)
        was = old.encode()[change.start : change.end].decode()
        module = change.path.removeprefix("conformance/")
        shown = f"`{' '.join(was.split())}` → `{' '.join(change.new.split())}`".replace("|", "\\|")
        found = f"`{what}`" if fails else "**survives**"
        row = f"| `{module}:{change.line}` | {change.kind} | {shown} | {found} |"
        print(row, flush=True)
        yield row


if __name__ == "__main__":
    sys.exit(main())
