"""Files from elsewhere: whatever is in one, the command says so in one line and exits with 4."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import random
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import msgspec
import pytest
import reports
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from conformance.cli import main as cli
from conformance.errors import BaselineError
from conformance.gate import baseline as baseline_file
from conformance.records import storage
from conformance.records.results import Report

DEEP = b"[" * 100_000
HUGE = b"9" * 5_000

#: What is in the file; none of it is a results file, a baseline or a journal.
HOSTILE: dict[str, bytes] = {
    "empty": b"",
    "cut off": b'{"schema_version": 1, "resul',
    "not text": b"\xff\xfe\x00\x01" * 50,
    "NUL": b"\0" * 100,
    "nested deeply": DEEP,
    "nested deeply inside": b'{"schema_version": 1, "results": ' + DEEP,
    "a huge number": b'{"schema_version": ' + HUGE + b"}",
    "another version": b'{"schema_version": 99, "complete": true}',
    "wrong types": b'{"schema_version": 1, "results": {"a": 1}, "complete": true}',
    "NaN": b'{"schema_version": NaN}',
    "a list": b"[1, 2, 3]",
    "a pickle": b"\x80\x04\x95\x20\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94.",
    "HTML": b"<script>alert(1)</script>",
    "escapes": b"\x1b[2J\x1b]0;title\x07",
    "lines of errors": b'{"schema_version": 1, "results": [{"implementation": "a\\nb"}]}',
    "TOML of another kind": b"[known]\n'../../etc/passwd' = 1\n",
    "a duplicate key": b"[known]\n[known]\n",
    "a large date": b"when = 9999-99-99\n",
    "Python": b"__import__('os').system('true')\n",
}

COMMANDS: dict[str, tuple[str, ...]] = {
    "report": ("report", "FILE", "--html", "page.html"),
    "report of two": ("report", "good.json", "FILE", "--json", "joined.json"),
    "compare": ("compare", "good.json", "FILE"),
    "compare, first": ("compare", "FILE", "good.json"),
    "replay": ("replay", "7f3a1c", "--from", "FILE"),
    "replay, list": ("replay", "--from", "FILE"),
    "baseline": ("run", "numpy", "--baseline", "FILE"),
    "sweep journal": (
        "sweep", "numpy", "--function", "sigmoid", "--dtype", "float16", "--journal", "FILE",
    ),
}  # fmt: skip


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory with a good results file."""
    monkeypatch.chdir(tmp_path)
    storage.write(reports.small(reports.result()), "good.json")
    return tmp_path


def _refused(command: str, capsys: pytest.CaptureFixture[str], name: str = "FILE") -> str:
    arguments = [name if a == "FILE" else a for a in COMMANDS[command]]
    assert cli.main(arguments) == 4
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("\n")
    assert err[:-1].isprintable()
    assert len(err) < 800
    return err


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_in_it_does_not_matter(
    command: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for kind, data in HOSTILE.items():
        if command == "sweep journal" and kind == "empty":
            continue  # a new journal
        (here / "FILE").write_bytes(data)
        said = _refused(command, capsys)
        assert "FILE" in said, kind
    assert sorted(p.name for p in here.iterdir()) == ["FILE", "good.json"]


@pytest.mark.parametrize("command", [c for c in COMMANDS if c != "sweep journal"])
@pytest.mark.parametrize("name", ["gone", ".", "/dev/null", "a\nb", "../" * 40 + "gone", "x" * 400])
def test_names_that_name_no_file(
    command: str, name: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _refused(command, capsys, name)


@pytest.mark.parametrize("name", [".", "/dev/null", "gone/journal", "x" * 400])
def test_journals_of_sweeps_that_are_no_files(
    name: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _refused("sweep journal", capsys, name)


def test_a_results_file_never_names_the_code_that_is_run(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`replay --from` of a file that points at a Python file: it is not run."""
    (here / "evil.py").write_text("open('ran', 'w')\n", encoding="utf-8")
    broken = reports.result("fail", counterexample=reports.counterexample())
    report = reports.small(msgspec.structs.replace(broken, implementation="evil"))
    info = msgspec.structs.replace(
        report.implementations[0], name="evil", file=str(here / "evil.py"), backend="evil"
    )
    report.implementations = [info]
    storage.write(report, "FILE")
    (identity,) = {r.counterexample.id for r in report.results if r.counterexample}
    assert cli.main(["replay", identity, "--from", "FILE"]) == 4
    assert "name the file to run" in capsys.readouterr().err
    assert not (here / "ran").exists()


def test_markup_of_a_results_file_is_text_on_the_page(here: Path) -> None:
    """Strings of a results file stand on the page as they are, and steer nothing."""
    evil = "<script>alert(1)</script>{{ 7*7 }}"
    report = reports.small(reports.result("fail", message=evil, implementation=evil))
    report.not_run = [*report.not_run, *[msgspec.convert({"what": evil, "why": evil}, _NotRun)]]
    storage.write(report, "FILE")
    assert cli.main(["report", "FILE", "--html", "page.html", "--markdown", "page.md"]) == 0
    page = (here / "page.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "49" not in page.partition("alert(1)")[2][:200]
    assert "<script>" not in (here / "page.md").read_text(encoding="utf-8")


_NotRun = next(f.type for f in msgspec.structs.fields(Report) if f.name == "not_run").__args__[0]


# A fuzz of the readers; benchmarks/fuzz_readers.py is the long one


@pytest.fixture(scope="module")
def fuzz() -> ModuleType:
    """The long fuzz as a module."""
    path = Path(__file__).parents[2] / "benchmarks" / "fuzz_readers.py"
    spec = importlib.util.spec_from_file_location("fuzz_readers", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)
FIELDS = [field.name for field in msgspec.structs.fields(Report)]


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(FIELDS), _JSON) | _JSON)
@example({"schema_version": 1, "results": [], "complete": True})
def test_any_json_is_a_report_or_refused(here: Path, value: object) -> None:
    if isinstance(value, dict):
        value = {"schema_version": 1, **value}
    (here / "FILE").write_text(json.dumps(value), encoding="utf-8")
    assert cli.main(["report", "FILE", "--json", "again.json"]) in (0, 4)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda t: t.encode("utf-8", "replace")))
def test_any_bytes_are_a_baseline_or_refused(here: Path, data: bytes) -> None:
    (here / "FILE").write_bytes(data)
    with contextlib.suppress(BaselineError):
        baseline_file.read("FILE")


#: What a damaged file may come to: it is read, or refused by name.
OUTCOMES = ("accepted", "BaselineError", "CompareError", "LoadError", "ResultsError", "UsageError")
DAMAGED = ["results", "baseline", "report", "journal", "journal, checksums mended", "replay"]


@pytest.mark.parametrize("reader", DAMAGED)
def test_damaged_files(
    reader: str, fuzz: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: Callable[[Path], None]
    read, make, damage = fuzz.READERS[reader]
    valid, rng, path = make(), random.Random(reader), tmp_path / "input"
    for _ in range(150):
        path.write_bytes(damage(rng, valid))
        assert fuzz.outcome(read, path) in OUTCOMES


def test_a_journal_with_mended_checksums(fuzz: ModuleType, tmp_path: Path) -> None:
    read, make, damage = fuzz.READERS["sweep journal, checksums mended"]
    valid, rng, path = make(), random.Random(0), tmp_path / "input"
    for _ in range(25):
        path.write_bytes(damage(rng, valid))
        assert fuzz.outcome(read, path) in OUTCOMES
