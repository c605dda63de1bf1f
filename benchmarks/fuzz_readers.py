"""Feed damaged and hostile files to every reader: only the named errors may come out.

    python benchmarks/fuzz_readers.py --count 100000 --seed 0

Valid files are cut, spliced, flipped, nested deeply and given wrong types, huge numbers, HTML,
control characters and paths. What a reader accepts goes on to the gate, to `compare`, to the
pages of `report`, to `replay` or to the sweep. An audit hook watches meanwhile: nothing is
compiled, executed, imported, spawned, connected to or written, and no file is opened but the given
one and the suite's own.
"""

from __future__ import annotations

import argparse
import collections
import functools
import io
import json
import random
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

import conformance
from conformance.cli import main as cli
from conformance.cli.commands import replay
from conformance.cli.commands import report as report_command
from conformance.errors import UserError
from conformance.examine.selection import Settings
from conformance.gate import baseline as baseline_file
from conformance.gate import compare, judging
from conformance.kernels import importing, loading
from conformance.model import Subject
from conformance.objects.load import load
from conformance.processes import replaying
from conformance.records import journal, storage
from conformance.records.results import (
    Accuracy,
    ArrayText,
    Bin,
    Counterexample,
    Findings,
    ImplementationInfo,
    LawRecord,
    NotRun,
    Report,
    Result,
)
from conformance.reporting import comparison as views
from conformance.reporting import junit
from conformance.reporting.html.document import html
from conformance.reporting.markdown import markdown
from conformance.reporting.merging import merge
from conformance.reporting.terminal import summary
from conformance.sweep import engine, shards
from conformance.sweep import report as swept
from conformance.sweep.plans import Plan

NAMED = (UserError,)
Damage = Callable[[random.Random, bytes], bytes]

_SUBJECT: dict[str, Any] = {
    "implementation": "numpy",
    "function": "softmax",
    "dtype": "float32",
    "device": "cpu",
    "mode": "eager",
}
REPORT = Report(
    spec_version="1.0",
    environment={"platform": "Linux x86_64"},
    settings={"grade": "standard"},
    implementations=[
        ImplementationInfo(
            name="numpy",
            file="numpy.py",
            backend="numpy",
            versions={"numpy": "2.4.6"},
            functions={"softmax": 3},
            deviations={"softmax/range": "why"},
        )
    ],
    laws=[
        LawRecord(id="softmax/accuracy", level="must", functions=["softmax"], says="p", bound="3 u")
    ],
    results=[
        Result(
            **_SUBJECT,
            invariant="softmax/accuracy",
            level="must",
            outcome="fail",
            ratio="inf",
            message="breaks",
            counterexample=Counterexample(
                id="7f3a1c",
                call="softmax(x)",
                arguments={"x": ArrayText(dtype="float32", shape=[1], values=["0x1p+0"])},
                options={"axis": -1},
                view={"layout": "C"},
                index=[0],
            ),
        ),
        Result(**_SUBJECT, invariant="softmax/range", level="must", outcome="pass", ratio=0.4),
        Result(
            **_SUBJECT, invariant="softmax/empty", level="may", outcome="pass", message="raises"
        ),
    ],
    accuracy=[
        Accuracy(
            **_SUBJECT,
            quantity="value",
            coverage="all 65,536",
            count=65536,
            exhaustive=True,
            ulp=1.5,
            ratio=0.3,
            worst="0x1p+0",
            correctly_rounded=0.9,
            histogram=[1, 2],
            bins=[Bin(low="0x0p+0", high="0x1p+0", ulp=1.0, bound_ulp=4.0)],
        )
    ],
    not_run=[NotRun(what="jax", why="not installed")],
    complete=True,
)
BASELINE = judging.update(REPORT)

#: What is put in the place of a value, or between two bytes.
VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 2**63, 2**64, -(2**70), 10**400, 1e308, 0.1, "", "inf", "nan", "-inf",
    "0x1p+99999999999", "1e999", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>",
    "../../../../etc/passwd", "/dev/zero", "C:\\x", "file:///etc/passwd", "\0", "\x1b[2J", "\r\n",
    "[red]x[/red]", "{{ 7*7 }}", "{0.__class__}", "%s%n", "__import__('os').system('false')", "::",
    "a" * 5000, [], {}, [[]], {"": {}}, [None] * 50, {"__class__": "os"}, "\N{SNOWMAN}", "\u202e",
)  # fmt: skip
BYTES: tuple[bytes, ...] = (
    b"[" * 50_000, b"{" * 50_000, b'{"a":' * 20_000, b"9" * 5000, b"0x" + b"f" * 5000, b"1e999",
    b"-", b"NaN", b"Infinity", b"nan", b"inf", b"\0", b"\xff", b"\xed\xa0\x80", b'"\\ud800"',
    b"\xef\xbb\xbf", b"\n[known]\n", b"\n[[known]]\n", b'"""', b"'''", b"#", b"\\", b'"', b"=",
    b"}", b"1979-05-27T07:32:00Z", b"a.b.c.d = 1\n", b"[end]\n",
)  # fmt: skip


def mutate(rng: random.Random, seed: bytes) -> bytes:
    """A damaged copy of a valid file."""
    data = seed
    for _ in range(rng.choice((1, 1, 2, 4))):
        data = rng.choice(_MUTATIONS)(rng, data)
    return data


def _cut(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _flip(rng: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randrange(1, 4)):
        if changed:
            changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _splice(rng: random.Random, data: bytes) -> bytes:
    start, end, to = (rng.randrange(len(data) + 1) for _ in range(3))
    return data[:to] + data[min(start, end) : max(start, end)] + data[to:]


def _drop(rng: random.Random, data: bytes) -> bytes:
    start = rng.randrange(len(data) + 1)
    return data[:start] + data[start + rng.randrange(40) :]


def _insert(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice(BYTES) + data[at:]


def _replace_text(rng: random.Random, data: bytes) -> bytes:
    """Another value between two quotes or signs of equality, for TOML as well as JSON."""
    marks = [i for i, byte in enumerate(data) if byte in b'"=:']
    if len(marks) < 2:
        return data
    at = rng.randrange(len(marks) - 1)
    value = json.dumps(rng.choice(VALUES))
    value = rng.choice((value, value.strip('"')))
    return data[: marks[at] + 1] + value.encode() + data[marks[at + 1] :]


def _replace_node(rng: random.Random, data: bytes) -> bytes:
    """Another value somewhere in a JSON document, whatever its type was."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return _replace_text(rng, data)
    if not isinstance(document, dict | list):
        return _replace_text(rng, data)
    places: list[tuple[Any, Any]] = []
    stack = [document]
    while stack:
        node = stack.pop()
        items = node.items() if isinstance(node, dict) else enumerate(node)
        for key, child in items:
            places.append((node, key))
            if isinstance(child, dict | list):
                stack.append(child)
    if places:
        node, key = places[rng.randrange(len(places))]
        node[key] = rng.choice(VALUES)
        if isinstance(node, dict) and rng.random() < 0.2:
            node[str(rng.choice(VALUES))] = node.pop(key)
    return json.dumps(document).encode()


_MUTATIONS = (_cut, _flip, _splice, _drop, _insert, _replace_text, _replace_node, _replace_node)


def read_results(path: Path) -> None:
    """A results file, and everything that is made of one."""
    report = storage.read(path)
    for found in (compare.compare(REPORT, report), compare.compare(report, REPORT)):
        views.to_markdown(found)
        views.to_json(found)
    judging.judge(report, BASELINE).lines()
    baseline_file.text(judging.update(report, BASELINE))


def read_report(path: Path) -> None:
    """A results file or a journal, and the pages of `conformance report`."""
    report = merge([report_command._read(str(path)), REPORT])
    html(report)
    markdown(report)
    junit.text(report)
    summary.show(report, Console(file=io.StringIO(), width=80), everything=True)
    msgspec.json.encode(report)


def read_baseline(path: Path) -> None:
    """A baseline, and the gate with it."""
    made = baseline_file.read(path)
    judging.judge(REPORT, made, strict=True).lines()
    assert baseline_file.parse(baseline_file.text(made).encode()) == made
    baseline_file.text(judging.update(REPORT, made))


def read_counterexamples(path: Path) -> None:
    """`conformance replay --from`: each counterexample is called again, on the bundled file."""
    arguments = argparse.Namespace(source=str(path), id="7f3a1c", implementation=None)
    cases = replay._trusted(replay._cases(arguments.id, arguments.source), arguments)
    for name, kept in cases:
        result = replaying.replayed(load(name), kept.result, Settings())
        list(replay._lines(kept, result, 80))


def read_sweep(path: Path) -> None:
    """`conformance sweep --journal`: what is finished is taken over, what lacks is swept."""
    swept.sweep(replace(SWEEP, journal=str(path)))


def _journal() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        book = journal.Journal(msgspec.structs.replace(REPORT, results=[]), [_PLACE], Path(folder))
        book.add(_PLACE, Findings(list(REPORT.results)))
        book.finish()
        book.close()
        assert book.path is not None
        return book.path.read_bytes()


def _sweep_journal() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal"
        swept.sweep(replace(SWEEP, journal=str(path)))
        return path.read_bytes()


def _checked(rng: random.Random, data: bytes) -> bytes:
    """A journal whose damaged lines have the right checksums: damage by intent."""
    lines = []
    for line in data.split(b"\n"):
        text = line.partition(b" ")[2]
        text = mutate(rng, text).replace(b"\n", b" ") if rng.random() < 0.5 else text
        lines.append(b"%08x %s" % (zlib.crc32(text), text) if text else line)
    return b"\n".join(lines)


_PLACE = Subject("numpy", "softmax", "float32", "cpu", "eager")
SWEEP = Plan(("numpy",), ("sigmoid",), ("float16",))

SLOW = 50  # times: a damaged journal of a sweep is swept again where shards are missing

#: Each reader, with how a valid file of its kind is made, and how it is damaged.
READERS: dict[str, tuple[Callable[[Path], None], Callable[[], bytes], Damage]] = {
    "results": (read_results, lambda: msgspec.json.encode(REPORT), mutate),
    "baseline": (read_baseline, lambda: baseline_file.text(BASELINE).encode(), mutate),
    "report": (read_report, lambda: msgspec.json.encode(REPORT), mutate),
    "journal": (read_report, _journal, mutate),
    "journal, checksums mended": (read_report, _journal, _checked),
    "replay": (read_counterexamples, lambda: msgspec.json.encode(REPORT), mutate),
    "sweep journal": (read_sweep, _sweep_journal, mutate),
    "sweep journal, checksums mended": (read_sweep, _sweep_journal, _checked),
}


def outcome(reader: Callable[[Path], None], path: Path) -> str:
    """ "accepted" or the name of the error that refused it; AssertionError for an unclear one."""
    try:
        reader(path)
    except NAMED as error:
        said = cli.bearable(str(error))  # what the command prints
        assert said.strip(), "refused without a word"
        assert said.isprintable(), f"unclear: {said!r}"
        return type(error).__name__
    return "accepted"


class Watch:
    """An audit hook that, while on, allows nothing but to open the given file for reading."""

    FORBIDDEN = ("exec", "compile", "import", "os.system", "os.exec", "os.posix_spawn", "os.remove")
    OWN = (str(Path(conformance.__file__).parent), str(importing.folder()), "/proc/cpuinfo")
    TEXTS = frozenset(path.read_bytes() for path in importing.bundled().values())
    PREFIXES = ("subprocess.", "socket.", "ctypes.", "shutil.", "marshal.", "pickle.")

    def __init__(self) -> None:
        self.path: str | None = None
        self.seen: list[str] = []
        sys.addaudithook(self.hook)

    def hook(self, event: str, args: tuple[Any, ...]) -> None:
        """Note what should not happen."""
        if self.path is None:
            return
        if event == "open":
            own = str(args[0]).startswith(self.OWN)
            if not (own or str(args[0]) == self.path) or "w" in str(args[1] or "r"):
                self.seen.append(f"open {args[0]!r} {args[1]}")
        elif event == "compile" and args[0] in self.TEXTS:
            return  # parsed, not run: a report shows the bundled functions
        elif event in self.FORBIDDEN or event.startswith(self.PREFIXES):
            self.seen.append(f"{event} {args!r:.200}")


def run(
    count: int, seed: int, chosen: Sequence[str] = tuple(READERS)
) -> collections.Counter[tuple[str, str]]:
    """Outcomes of `count` inputs for each reader. Raises what a reader should not have raised."""
    counts: collections.Counter[tuple[str, str]] = collections.Counter()
    loading.load = engine.load = shards.load = functools.cache(loading.load)  # the file runs once
    watch = Watch()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "input"
        for name in chosen:
            reader, make, damage = READERS[name]
            valid = make()
            path.write_bytes(valid)
            assert outcome(reader, path) == "accepted"  # also warms every import
            path.write_bytes(b"")
            outcome(reader, path)
            rng = random.Random(f"{name} {seed}")
            for number in range(count // (SLOW if name.startswith("sweep") else 1)):
                path.write_bytes(damage(rng, valid))
                counts[name, _watched(watch, reader, path, f"{name}-{seed}-{number}")] += 1
    return counts


def _watched(watch: Watch, reader: Callable[[Path], None], path: Path, name: str) -> str:
    """The outcome of one input; one that is not refused by name, or does more, is kept."""
    data, watch.path = path.read_bytes(), str(path)
    try:
        found = outcome(reader, path)
        assert not watch.seen, watch.seen
        return found
    except BaseException:
        watch.path = None
        kept = Path(tempfile.gettempdir()) / f"fuzz-{name.replace(' ', '-')}"
        kept.write_bytes(data)
        print(f"the input is kept as {kept}", file=sys.stderr)
        raise
    finally:
        watch.path = None


def main() -> None:
    """Run and print the table of docs/threat-model.md."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100_000, help="inputs for each reader")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--reader", choices=READERS, action="append", help="only this one")
    args = parser.parse_args()
    start = time.perf_counter()
    counts = run(args.count, args.seed, args.reader or tuple(READERS))
    seconds = time.perf_counter() - start
    print("| reader | outcome | inputs |\n|---|---|---|")
    for (name, what), number in sorted(counts.items()):
        print(f"| {name} | {what} | {number:,} |")
    print(f"\n{sum(counts.values()):,} inputs in {seconds:.0f} s, seed {args.seed}")


if __name__ == "__main__":
    main()
