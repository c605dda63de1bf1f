"""Mutation testing of the suite itself: a bound, a formula or a law is changed, a test must fail.

    python benchmarks/mutation.py --room bounds --sample 40 --seed 1 --markdown survivors.md

One change at a time is made in a copy of the tree, drawn evenly over the modules and the kinds of
changes (`benchmarks/mutating.py`). What concerns it is tried until something notices:

* Of bounds, and of functions and their exact values: the tests that execute the changed lines, as
  one pass of them records, the quickest first, for at most `--seconds` of their recorded time.
* Of laws: the laws that the changed function belongs to, `--laws` of them; on the bundled NumPy
  file, which must keep them, on mutants that name them, which must break them as before, on a right
  kernel that errs by all that accuracy allows (`tests/spec/test_bounds_of_laws.py`), and on the
  spoilt files of `tests/spec/test_laws.py`.

What nothing notices is listed: a test or a mutant is missing, or the change changes nothing.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from concerned import Names, Recorder
from mutating import Change, changes, drawn

ROOT = Path(__file__).resolve().parents[1]
ROOMS = {
    "bounds": ("conformance/numerics/bounds/*.py",),
    "functions": ("conformance/functions/*.py", "conformance/numerics/exact/*.py"),
    "laws": ("conformance/spec/*.py",),
}
#: Tests of bounds, formulas and exact values.
BY_HAND = "tests/numerics/test_bounds_by_hand.py"
TESTS = (
    BY_HAND,
    *(f"tests/numerics/test_{name}.py" for name in (
        "sums", "z_loss", "what_bounds_tell", "logits", "reference", "bounds", "exact",
    )),
    "tests/functions/test_domains.py",
)  # fmt: skip
#: One format shows a formula; what 16 bits round, the adversary shows.
_CHOSEN = "not float64 and not bfloat16 and (not float16 or no_right_computation)"
_QUIETLY = ("-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-m", "not slow")
#: Seconds after which a change counts as noticed: it hangs.
_LIMIT = 1200

#: The status of pytest if a test is not there: the record is of other tests.
_NOT_FOUND = 4

#: What was seen of a file: whether it breaks a law, or how it failed.
Seen = dict[str, object]


class Child:
    """Runs work in forked processes, in which `conformance` is the package of a copy."""

    def __init__(self, tree: Path, files: Iterable[str]) -> None:
        self.tree = tree
        self.texts = {file: (tree / file).read_text(encoding="utf-8") for file in files}
        self.log, self.answer = tree / "mutation.log", tree / "mutation.json"

    def run(self, work: Callable[[], Any]) -> Any:
        """What the work returns, as JSON; None if it raises, dies or hangs."""
        self.answer.unlink(missing_ok=True)
        child = os.fork()
        if not child:
            self._work(work)
        since, done = time.monotonic(), 0
        while not done:
            time.sleep(0.05)
            done, _ = os.waitpid(child, os.WNOHANG)
            if not done and time.monotonic() - since > _LIMIT:
                os.kill(child, signal.SIGKILL)
        return json.loads(self.answer.read_text()) if self.answer.exists() else None

    def _work(self, work: Callable[[], Any]) -> None:
        try:
            os.setpgrp()
            os.chdir(self.tree)
            sys.path[:0] = [str(self.tree), str(self.tree / "benchmarks")]
            os.environ["PYTHONPATH"] = str(self.tree)
            sys.dont_write_bytecode = True
            with self.log.open("w") as file:
                os.dup2(file.fileno(), 1)
                os.dup2(file.fileno(), 2)
                found = json.dumps(work())
            self.answer.write_text(found)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(0)


# Bounds and functions: tests by the lines that they execute


class ByTests:
    """Notices changes by the tests that execute their lines."""

    def __init__(self, child: Child, files: list[str], seconds: float, record: str) -> None:
        self.child, self.seconds = child, seconds
        kept = Path(record) if record else child.tree / "record.json"
        if not kept.exists():
            found = child.run(lambda: _recorded(child.tree, files))
            kept.write_text(json.dumps(found))
        self.tests = json.loads(kept.read_text())

    def noticed(self, change: Change) -> str:
        """The first test that fails; empty if none does."""
        chosen = self._chosen(change) or [BY_HAND]  # constants are executed by no test
        found = self.child.run(lambda: _tested(chosen))
        if found == 0:
            return ""
        if found == _NOT_FOUND:
            raise SystemExit(self.child.log.read_text(errors="replace")[-500:])
        failed = [line for line in self.child.log.read_text(errors="replace").splitlines()
                  if line.startswith(("FAILED", "ERROR"))]  # fmt: skip
        return failed[0].partition(" - ")[0].rpartition("/")[2] if failed else f"status {found}"

    def _chosen(self, change: Change) -> list[str]:
        lines = {f"{change.path}:{line}" for line in range(change.line, change.last + 1)}
        some = [(t["seconds"], name) for name, t in self.tests.items() if lines & {*t["lines"]}]
        chosen: list[str] = []
        spent = 0.0
        for seconds, name in sorted(some):
            spent += seconds
            if spent > self.seconds and chosen:
                break
            chosen.append(name)
        return chosen


def _recorded(tree: Path, files: list[str]) -> dict[str, Any]:
    import pytest

    recorder = Recorder(tree, files)
    pytest.main([*_QUIETLY, "-k", _CHOSEN, *TESTS], plugins=[recorder])
    return recorder.found


def _tested(tests: Iterable[str]) -> int:
    import pytest

    return int(pytest.main([*_QUIETLY, "-x", *tests]))


# Laws: what they say of right, wrong and spoilt files


class ByLaws:
    """Notices changes of laws by what these say of files."""

    def __init__(self, child: Child, most: int, mutants: int) -> None:
        self.child, self.most, self.mutants = child, most, mutants
        self.names = Names(child.tree, ROOMS["laws"][0])
        self.checks: dict[str, list[str]] = child.run(lambda: _checks(child.tree))
        self.before: Seen = {}
        self.done: set[tuple[str, str]] = set()
        self.namers = _namers()

    def noticed(self, change: Change) -> str:
        """What says otherwise with the change; empty if nothing does."""
        laws = self._laws(change)
        for asked in (self._files(laws), [("erring", laws)], [("spoilt", laws)]):
            if what := self._differs(change, asked):
                return what
        return ""

    def _differs(self, change: Change, asked: list[tuple[str, list[str]]]) -> str:
        new = [
            (file, [law for law in laws if (file, law) not in self.done]) for file, laws in asked
        ]
        if any(laws for _, laws in new):
            path = self.child.tree / change.path
            changed = path.read_text(encoding="utf-8")
            path.write_text(self.child.texts[change.path], encoding="utf-8")
            before = self.child.run(lambda: _seen(new))
            if before is None:
                raise SystemExit(self.child.log.read_text(errors="replace")[-500:])
            self.before |= before
            self.done |= {(file, law) for file, laws in new for law in laws}
            path.write_text(changed, encoding="utf-8")
        found = self.child.run(lambda: _seen(asked, self.before))
        if found is None:
            lines = self.child.log.read_text(errors="replace").splitlines()
            return f"raises: {lines[-1][:60]}" if lines else "hangs"
        return next((k for k, v in found.items() if v != self.before.get(k)), "")

    def _laws(self, change: Change) -> list[str]:
        using = self.names.using(change.path, change.line)
        found = sorted({law for name in using for law in self.checks.get(name, ())})
        found = found or sorted(self.namers)  # used by what examines, so by all
        rng = random.Random(f"{change.path} {change.start}")
        named = [law for law in found if law in self.namers]
        rest = [law for law in found if law not in self.namers]
        some = rng.sample(named, min(self.most, len(named)))
        return some + rng.sample(rest, min(self.most - len(some), len(rest)))

    def _files(self, laws: list[str]) -> list[tuple[str, list[str]]]:
        asked: dict[str, list[str]] = {"numpy": laws}
        for law in laws:
            for file in self.namers.get(law, ())[: self.mutants]:
                asked.setdefault(file, []).append(law)
        return list(asked.items())


def _namers() -> dict[str, list[str]]:
    """Law -> the mutants that name it; the cheapest to load first."""
    found: dict[str, list[tuple[int, str]]] = {}
    for path in sorted(ROOT.glob("tests/mutants/*/*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.parse(text).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CAUGHT_BY":
                rank = ("jax" in text) * 2 + ("torch" in text)
                for law in ast.literal_eval(node.value):
                    found.setdefault(law, []).append((rank, str(path.relative_to(ROOT))))
    return {law: [file for _, file in sorted(files)] for law, files in found.items()}


def _checks(tree: Path) -> dict[str, list[str]]:
    from broken import checks

    return checks(tree)


def _seen(asked: Iterable[tuple[str, list[str]]], before: Seen | None = None) -> Seen:
    """`file law` -> whether it breaks it; no further than to the first difference."""
    found: Seen = {}
    for file, laws in asked:
        for law in laws:
            found |= _verdicts(file, law)
            if before is not None and any(found[k] != before.get(k) for k in found):
                return found
    return found


def _verdicts(file: str, law: str) -> Seen:
    from broken import broken, errs_too_much, spoilt_breaks

    try:
        if file == "spoilt":
            return {**spoilt_breaks(law)}
        return {f"{file} {law}": errs_too_much(law) if file == "erring" else broken(file, law)}
    except Exception as error:  # it cannot be loaded here, or the change raises
        return {f"{file} {law}": repr(error)[:60]}


# The command


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--room", choices=ROOMS, required=True)
    parser.add_argument("--sample", type=int, default=40, help="changes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pick", type=int, nargs="*", help="only these of the drawn, from 0")
    parser.add_argument("--only", default="", help="only files whose path has this in it")
    parser.add_argument("--seconds", type=float, default=12, help="of tests, for one change")
    parser.add_argument("--record", default="", help="file for the lines that tests execute")
    parser.add_argument("--laws", type=int, default=4, help="at most so many, for one change")
    parser.add_argument("--mutants", type=int, default=3, help="at most so many, for one law")
    parser.add_argument("--markdown", default="", help="a table of what was drawn, to be read")
    args = parser.parse_args()
    files = [str(path.relative_to(ROOT)) for pattern in ROOMS[args.room]
             for path in sorted(ROOT.glob(pattern))]  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        child = Child(_copied(Path(folder).resolve()), files)
        everything = [c for p in files if args.only in p for c in changes(p, child.texts[p])]
        sample = drawn(everything, args.sample, args.seed)
        print(f"{len(everything)} changes to {len(files)} files, {len(sample)} drawn", flush=True)
        chosen = [c for k, c in enumerate(sample) if not args.pick or k in args.pick]
        rows = list(_all(child, args, files, chosen))
    if args.markdown:
        Path(args.markdown).write_text("\n".join(rows) + "\n", encoding="utf-8")
    return 0


def _copied(folder: Path) -> Path:
    hidden = shutil.ignore_patterns(".*", "__pycache__", "docs")
    shutil.copytree(ROOT, folder / "tree", ignore=hidden, symlinks=True)
    return folder / "tree"


def _all(
    child: Child, args: argparse.Namespace, files: list[str], sample: Iterable[Change]
) -> Iterator[str]:
    for name in ("numpy", "ml_dtypes", "mpmath", "pytest", "msgspec"):
        __import__(name)
    if args.room == "laws":
        judge: ByLaws | ByTests = ByLaws(child, args.laws, args.mutants)
    else:
        judge = ByTests(child, files, args.seconds, args.record)
    for change in sample:
        file, old = child.tree / change.path, child.texts[change.path]
        file.write_text(change.made(old), encoding="utf-8")
        since, what = time.monotonic(), judge.noticed(change)
        file.write_text(old, encoding="utf-8")
        row = _row(change, old, what)
        print(f"{row} {time.monotonic() - since:.0f} s", flush=True)
        yield row


def _row(change: Change, old: str, what: str) -> str:
    was = old.encode()[change.start : change.end].decode()
    shown = f"`{' '.join(was.split())}` → `{' '.join(change.new.split())}`".replace("|", "\\|")
    module = change.path.removeprefix("conformance/")
    return (
        f"| `{module}:{change.line}` | {change.kind} | {shown} | "
        f"{f'`{what}`' if what else '**survives**'} |"
    )


if __name__ == "__main__":
    sys.exit(main())
