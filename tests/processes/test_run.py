"""A run: one report however many workers there are, as far as it came when it is interrupted."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

import conformance
from conformance.cli import main as cli
from conformance.errors import LoadError, UsageError
from conformance.examine.selection import Settings
from conformance.processes.replaying import AFTER_OTHERS
from conformance.processes.run import Event, Plan, run
from conformance.records.journal import CUT_OFF
from conformance.records.results import Report

GOOD = """\
import numpy as np

NAME = "mine"


def sigmoid(x):
    z = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + z), z / (1 + z)).astype(x.dtype)


def log_sigmoid(x):
    return (np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))).astype(x.dtype)
"""
BAD = GOOD.replace("1 / (1 + z)", "1 / (1 + 2 * z)")
QUICK: dict[str, Any] = {"effort": "quick", "functions": ("sigmoid", "log_sigmoid")}
SETTINGS = Settings(**QUICK, dtypes=("float32", "float16"))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A right file and a wrong one of the same NAME."""
    folder = tmp_path_factory.mktemp("files")
    for name, text in {"good": GOOD, "bad": BAD}.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return [str(folder / "good.py"), str(folder / "bad.py")]


def plan(files: list[str], workers: int = 1, settings: Settings = SETTINGS) -> Plan:
    return Plan(tuple(files), settings, workers=workers, journal=False)


def plain(report: Report) -> Any:
    """The report without the seconds."""
    data = msgspec.to_builtins(report)
    for result in data["results"]:
        result["seconds"] = 0
    return data


@pytest.fixture(scope="module")
def serial(files: list[str]) -> Report:
    return run(plan(files, 0))


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_the_report_does_not_depend_on_the_workers(
    workers: int, files: list[str], serial: Report
) -> None:
    assert plain(run(plan(files, workers))) == plain(serial)


def test_everything_is_there_in_order(serial: Report) -> None:
    assert serial.complete
    subjects = list(dict.fromkeys(
        (r.implementation, r.function, r.dtype, r.device, r.mode) for r in serial.results
    ))  # fmt: skip
    assert subjects == [
        (name, function, dtype, "cpu", "eager")
        for name in ("mine", "mine-2")
        for dtype in ("float32", "float16")
        for function in ("sigmoid", "log_sigmoid")
    ]
    assert {r.invariant for r in serial.results} <= {law.id for law in serial.laws}


def test_equal_names_are_told_apart(files: list[str], serial: Report) -> None:
    assert [i.name for i in serial.implementations] == ["mine", "mine-2"]
    failed = {r.implementation for r in serial.results if r.outcome == "fail"}
    assert failed == {"mine-2"}
    backwards = run(plan(files[::-1], settings=Settings(**QUICK, dtypes=("float32",))))
    assert {r.implementation for r in backwards.results if r.outcome == "fail"} == {"mine"}


def test_the_same_file_twice_is_examined_once(files: list[str]) -> None:
    few = Settings(**QUICK, dtypes=("float32",), only=("*/keeps-dtype",))
    report = run(plan([files[0], files[0]], settings=few))
    assert [i.name for i in report.implementations] == ["mine"]
    assert len(report.results) == 2


def test_events_say_how_far_it_is(files: list[str]) -> None:
    events: list[Event] = []
    few = Settings(**QUICK, dtypes=("float32",), only=("*/keeps-dtype",))
    report = run(plan(files, 2, few), events.append)
    assert [e.words for e in events if e.kind == "loaded"] == ["mine loaded", "mine-2 loaded"]
    begun = next(e for e in events if e.kind == "begun")
    assert (begun.done, begun.total) == (0, 4)
    assert begun.words == "examining 2 functions in 1 format"
    assert [e.done for e in events if e.kind == "subject"] == [1, 2, 3, 4]
    assert {e.total for e in events if e.kind in ("subject", "result")} == {4}
    assert sum(e.kind == "result" for e in events) == len(report.results)
    assert (events[-1].kind, events[-1].done) == ("done", 4)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupted_run_gives_what_it_has(workers: int, files: list[str]) -> None:
    def press(event: Event) -> None:
        if event.kind == "subject" and event.done == 2:
            raise KeyboardInterrupt

    report = run(plan(files, workers), press)
    assert not report.complete
    seen = {(r.implementation, r.function, r.dtype) for r in report.results}
    assert len(seen) == 2 + workers  # those under way as far as they came
    assert any(r.message == "not reached before the run was interrupted" for r in report.results)
    cut = [n for n in report.not_run if n.why == CUT_OFF]
    assert len(cut) == 6 - workers
    assert any(n.what == "the rest of the run" for n in report.not_run)


def _children(pid: int) -> Iterator[int]:
    """The processes that were started by another, if they still run."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == pid and state != "Z":
            yield int(path.parent.name)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _gone(pids: list[int]) -> bool:
    for _ in range(200):
        if not any(_alive(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


#: A right sigmoid, and a log_sigmoid that stops working after some calls.
STUCK = GOOD.replace(
    "def log_sigmoid(x):\n",
    "CALLS = []\n\n\ndef log_sigmoid(x):\n    CALLS.append(x)\n    if len(CALLS) > 90: WAIT(90)\n",
)
WAITS = {
    "in Python": "import time\nWAIT = time.sleep\n",
    "in C": "import ctypes\nWAIT = ctypes.PyDLL(None).sleep\n",
}


@pytest.mark.parametrize("where", WAITS)
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "timeout"])
def test_ctrl_c(where: str, sent: signal.Signals, tmp_path: Path) -> None:
    """A real signal: exit status 2, what was seen is judged and written, nothing runs on."""
    (tmp_path / "stuck.py").write_text(WAITS[where] + STUCK, encoding="utf-8")
    command = [
        sys.executable, "-m", "conformance", "run", "stuck.py", "--function", "sigmoid,log_sigmoid",
        "--dtype", "float32", "--effort", "quick", "--json", "r.json", "--html", "r.html",
        "-n", "2", "--baseline", "b", "--update-baseline",
    ]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    journals = tmp_path / ".conformance" / "runs"
    for _ in range(1200):
        if any(b'"line":"subject"' in p.read_bytes() for p in journals.glob("*.jsonl")):
            break
        time.sleep(0.05)
    time.sleep(1)
    workers = list(_children(process.pid))
    assert workers
    process.send_signal(sent)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "Traceback" not in said
    saved = json.loads((tmp_path / "r.json").read_text())
    assert list(saved)[-1] == "complete"
    assert saved["complete"] is False
    under_way = [r for r in saved["results"] if r["function"] == "log_sigmoid"]
    assert sum(r["outcome"] == "pass" and r["examples"] > 0 for r in under_way) > 5
    assert any("before the run was interrupted" in r.get("message", "") for r in under_way)
    said = " ".join(said.split())
    told = r"interrupted: \d+ of \d+ cases, some on fewer examples; sizes up to [\d,]+; finished"
    assert re.search(told, said)
    assert "b: left as it was: a baseline is only made from a complete run" in said
    assert (tmp_path / "r.html").exists()
    assert not (tmp_path / "b").exists()
    assert _gone(workers)


def test_a_file_that_cannot_be_loaded_stops_the_run_before_it_begins(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.py").write_text("def sigmoid(x):\n    return x +\n", encoding="utf-8")
    events: list[Event] = []
    with pytest.raises(LoadError, match=r"broken.py:2:\d+: syntax error"):
        run(plan([*files, "broken.py"]), events.append)
    assert [e for e in events if e.kind != "loaded"] == []
    assert cli.main(["run", *files, "broken.py", "-q"]) == 4
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "broken.py:2" in err
    assert not (tmp_path / ".conformance").exists()


def test_check(files: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine for notebooks: options by name, a report, nothing printed."""
    monkeypatch.chdir(tmp_path)
    report = conformance.check(
        Path(files[1]), dtype="float32", function=["sigmoid"], effort="quick"
    )
    assert report.complete
    assert "sigmoid/accuracy" in {r.invariant for r in report.results if r.outcome == "fail"}
    with pytest.raises(UsageError, match=r"no option 'dtpye'\. Did you mean 'dtype'\?"):
        conformance.check(files[0], dtpye="float32")
    with pytest.raises(UsageError, match=r"no dtype 'float23'\. Did you mean 'float32'\?"):
        conformance.check(files[0], dtype="float23")
    with pytest.raises(LoadError, match="no such file"):
        conformance.check("nowhere.py")


def test_what_a_library_lacks_is_said(
    files: list[str],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    report = conformance.check(files[0], mode="all", dtype="float32", effort="quick",
                               only="sigmoid/keeps-dtype")  # fmt: skip
    assert len(report.results) == 1
    report = conformance.check(files[0], mode="eager,jit", dtype="float32", effort="quick",
                               only="sigmoid/keeps-dtype")  # fmt: skip
    assert ("mine::float32-jit-cpu", "NumPy has no mode 'jit', only eager") in {
        (n.what, n.why) for n in report.not_run
    }
    assert cli.main(["run", files[0], "--mode", "jit", "-q"]) == 5
    assert "no mode 'jit'" in capsys.readouterr().out


def test_limits_are_options(tmp_path: Path, capsys: pytest.CaptureFixture[str],
                            monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    text = GOOD.replace("    z = np.exp", "    while x.size == 33: pass\n    z = np.exp", 1)
    (tmp_path / "loops.py").write_text(text, encoding="utf-8")
    arguments = ["--function", "sigmoid", "--only", "sigmoid/accuracy", "--dtype", "float32"]
    assert cli.main(["run", "loops.py", *arguments, "--timeout", "1", "-q"]) == 1
    assert "no sign of life for 1 s" in " ".join(capsys.readouterr().out.split())


def test_the_examining_processes_end_with_the_run(files: list[str]) -> None:
    before = set(_children(os.getpid()))
    few = Settings(**QUICK, dtypes=("float32",), only=("*/keeps-dtype",))
    run(plan(files, 2, few))
    assert set(_children(os.getpid())) <= before


def test_a_slow_file_is_waited_for_while_more_load_than_are_kept(tmp_path):
    files = [tmp_path / f"f{k}.py" for k in range(14)]
    for at, file in enumerate(files):
        slow = "import time\ntime.sleep(2)\n" if at == 0 else ""
        file.write_text(slow + GOOD, encoding="utf-8")
    few = Settings(
        **QUICK | {"functions": ("sigmoid",)}, dtypes=("float32",), only=("sigmoid/limits",)
    )
    report = run(plan(list(map(str, files)), workers=2, settings=few))
    assert len(report.implementations) == len(files)


@pytest.mark.parametrize("first", [0, 30])
def test_a_failure_that_earlier_calls_cause_is_told_so(tmp_path, first):
    file = tmp_path / "wrong_after_some_calls.py"
    counted = f"    calls.append(x)\n    x = x + (len(calls) > {first}) * x.dtype.type(0.5)\n"
    head, body = GOOD.split("def sigmoid(x):\n")
    file.write_text(f"{head}calls = []\n\n\ndef sigmoid(x):\n{counted}{body}", encoding="utf-8")
    only = Settings(functions=("sigmoid",), dtypes=("float32",), only=("sigmoid/accuracy",))
    (result,) = run(plan([str(file)], workers=1, settings=only)).results
    assert result.outcome == "fail"
    assert (AFTER_OTHERS in result.counterexample.contrasts) == (first > 0)
