"""What is finished is on disk: runs that are killed, disks that are full, places that are taken."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import reports

from conformance.cli import main as cli
from conformance.model import Subject
from conformance.records import journal, storage
from conformance.records.journal import CUT_OFF, KEPT, Journal
from conformance.records.results import Findings, Report

KERNELS = """\
import time

import numpy as np


def sigmoid(x):
    z = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + z), z / (1 + z)).astype(x.dtype)


def log_sigmoid(x):
    {}
    return (np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))).astype(x.dtype)
"""
RUN = (
    "run", "kernels.py", "--function", "sigmoid,log_sigmoid", "--dtype", "float32",
    "--only", "*/keeps-dtype", "-n", "1",
)  # fmt: skip


def subject(function: str) -> Subject:
    return Subject("numpy", function, "float32", "cpu", "eager")


def findings(function: str) -> Findings:
    return Findings([reports.result(function=function, dtype="float32")])


def head() -> Report:
    """A report before there are results."""
    return Report(spec_version="1.0", environment={"platform": "Linux"})


FUNCTIONS = ("sigmoid", "softmax", "logsumexp")
SUBJECTS = [subject(f) for f in FUNCTIONS]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """The journal of a run that finished, its subjects in another order than planned."""
    book = Journal(head(), SUBJECTS, tmp_path)
    for function in reversed(FUNCTIONS):
        book.add(subject(function), findings(function))
    book.finish()
    book.close()
    assert book.path is not None
    assert book.note == ""
    return book.path


def test_a_whole_journal_is_the_report(written: Path) -> None:
    report = journal.read(written)
    assert report.complete
    assert [r.function for r in report.results] == list(FUNCTIONS)
    assert report.not_run == []


def test_a_journal_cut_at_any_byte_is_read_as_far_as_it_goes(written: Path, tmp_path: Path) -> None:
    data = written.read_bytes()
    starts = [i + 1 for i, byte in enumerate(data) if byte == ord("\n")]
    cut = tmp_path / "cut.jsonl"
    for at in range(starts[0], len(data), 97):
        cut.write_bytes(data[:at])
        report = journal.read(cut)
        done = sum(start <= at for start in starts) - 1
        assert len(report.results) == min(done, 3)
        assert not report.complete
        assert [n.why for n in report.not_run] == [CUT_OFF] * (3 - min(done, 3))


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\n", b"{}\n", b"[]\n", b"\0\xff\n", b"[" * 100_000 + b"\n",
        b'{"line":"end"}\n', b'{"line":"run","report":{"schema_version":99},"subjects":[]}\n',
        b'{"line":"run","report":{},"subjects":[]}\n{"line":"subject"}\n',
        b'{"line":"run","report":{},"subjects":[]}\ngarbage\n',
    ],
)  # fmt: skip
def test_what_is_no_journal_is_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_bytes(data)
    with pytest.raises(ValueError) as caught:
        journal.read(tmp_path / "x.jsonl")
    assert "\n" not in str(caught.value)


def test_only_the_last_runs_are_kept(tmp_path: Path) -> None:
    for number in range(2 * KEPT):
        (tmp_path / f"20200101-0000{number:02}-1.jsonl").write_text("")
    Journal(head(), SUBJECTS, tmp_path).close()
    kept = sorted(p.name for p in tmp_path.glob("*.jsonl"))
    assert len(kept) == KEPT
    assert kept[0] == f"20200101-0000{KEPT + 1:02}-1.jsonl"


def test_two_runs_in_one_second_have_two_journals(tmp_path: Path) -> None:
    books = [Journal(head(), SUBJECTS, tmp_path) for _ in range(3)]
    for book, function in zip(books, FUNCTIONS, strict=True):
        book.add(subject(function), findings(function))
        book.close()
    assert len({book.path for book in books}) == 3
    for book, function in zip(books, FUNCTIONS, strict=True):
        assert book.path is not None
        assert [r.function for r in journal.read(book.path).results] == [function]


def test_a_full_disk_keeps_what_came_before(tmp_path: Path) -> None:
    book = Journal(head(), SUBJECTS, tmp_path)
    book.add(SUBJECTS[0], findings("sigmoid"))
    assert book.path is not None
    size = book.path.stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    was = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, hard))
        book.add(SUBJECTS[1], findings("softmax"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, was)
    book.add(SUBJECTS[2], findings("logsumexp"))
    book.close()
    assert "cannot be written (File too large), so only what came before" in book.note
    assert book.path.stat().st_size == size
    assert [r.function for r in journal.read(book.path).results] == ["sigmoid"]


def test_a_place_that_cannot_be_written_costs_a_note(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    book = Journal(head(), SUBJECTS, tmp_path / "taken" / "runs")
    book.add(SUBJECTS[0], findings("sigmoid"))
    book.finish()
    book.close()
    assert book.path is None
    assert book.note.startswith("note: no journal of this run: ")


# The command itself


def _kernels(folder: Path, before: str = "pass") -> None:
    (folder / "kernels.py").write_text(KERNELS.format(before), encoding="utf-8")


def _started(folder: Path, *arguments: str, **words) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "conformance", *RUN, *arguments],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **words,
    )  # fmt: skip


def _until(true: Callable[[], bool]) -> None:
    for _ in range(1200):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("nothing happens")


def _runs(folder: Path) -> list[Path]:
    return sorted((folder / ".conformance" / "runs").glob("*.jsonl"))


def _one_is_done(folder: Path) -> bool:
    return any(b'"line":"subject"' in path.read_bytes() for path in _runs(folder))


def _gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_killed_run_can_be_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _kernels(
        tmp_path, f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(99)"
    )
    text = (tmp_path / "kernels.py").read_text().replace("import time", "import os\nimport time")
    (tmp_path / "kernels.py").write_text(text, encoding="utf-8")
    process = _started(tmp_path)
    _until(lambda: _one_is_done(tmp_path) and (tmp_path / "pid").exists())
    process.kill()
    process.communicate(timeout=30)
    (path,) = _runs(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["report", str(path), "--html", "page.html", "--json", "whole.json"]) == 0
    assert cli.main(["report", str(path)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "incomplete" in said.lower() or "cut off" in said.lower()
    assert "cut off" in (tmp_path / "page.html").read_text(encoding="utf-8").lower()
    report = storage.read("whole.json")
    assert not report.complete
    assert [r.function for r in report.results] == ["sigmoid"]
    assert [n.what for n in report.not_run if n.why == CUT_OFF] == [
        "kernels::log_sigmoid::float32-eager-cpu"
    ]
    worker = int((tmp_path / "pid").read_text())
    _until(lambda: _gone(worker))


def test_a_killed_worker_costs_an_error(tmp_path: Path) -> None:
    """Killed from outside in the middle of a call: that law has an error, the rest its verdict."""
    once = f"once = {str(tmp_path / 'once')!r}"
    _kernels(tmp_path, "wait()")
    text = (tmp_path / "kernels.py").read_text().replace(
        "import time\n",
        f"import os\nimport time\n\n{once}\n\n\ndef wait():\n    if not os.path.exists(once):\n"
        "        open(once, 'w').write(str(os.getpid()))\n        time.sleep(99)\n",
    )  # fmt: skip
    (tmp_path / "kernels.py").write_text(text, encoding="utf-8")
    process = _started(tmp_path, "--json", "r.json")
    place = tmp_path / "once"
    _until(lambda: place.exists() and place.read_text() != "")
    os.kill(int(place.read_text()), signal.SIGKILL)
    process.communicate(timeout=60)
    assert process.returncode == 1
    report = storage.read(tmp_path / "r.json")
    assert report.complete
    assert {r.function: r.outcome for r in report.results} == {
        "sigmoid": "pass",
        "log_sigmoid": "error",
    }
    error = next(r for r in report.results if r.outcome == "error")
    assert "the process died: killed, by itself, from outside or for want of memory (SIGKILL)" in (
        error.message
    )


def test_a_full_disk_does_not_cost_the_verdict(tmp_path: Path) -> None:
    _kernels(tmp_path)

    limited = (
        "import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300)); "
        "os.execv(sys.executable, [sys.executable, '-m', 'conformance', *sys.argv[1:]])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", limited, *RUN, "--json", "r.json"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    said = " ".join(process.communicate(timeout=60)[0].split())
    assert process.returncode == 4
    assert "Traceback" not in said
    assert "Conforms" in said
    assert "no journal of this run" in said
    assert "r.json: cannot be written: File too large" in said
    assert not (tmp_path / "r.json").exists()
    assert not list(tmp_path.glob("*.part"))


def test_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    """/proc takes no files, not even of root."""
    _kernels(tmp_path)
    process = subprocess.run(
        [sys.executable, "-m", "conformance", "run", str(tmp_path / "kernels.py"), *RUN[2:]],
        cwd="/proc", capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert process.returncode == 0
    assert "Traceback" not in process.stderr
    said = " ".join(process.stdout.split())
    assert "Conforms" in said
    assert "no journal of this run" in said


def test_two_runs_in_one_directory(tmp_path: Path) -> None:
    _kernels(tmp_path)
    processes = [_started(tmp_path, "--json", "r.json") for _ in range(2)]
    for process in processes:
        process.communicate(timeout=120)
        assert process.returncode == 0
    saved = json.loads((tmp_path / "r.json").read_text())
    assert saved["complete"] is True
    assert len(saved["results"]) == 2
    assert len(_runs(tmp_path)) == 2
    assert all(journal.read(path).complete for path in _runs(tmp_path))
    assert (tmp_path / ".conformance" / ".gitignore").read_text() == "*\n"
