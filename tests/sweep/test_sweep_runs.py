"""Sweeps as they are run: journals, workers that die, clusters, Ctrl-C, the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from conformance.cli.main import main
from conformance.errors import UsageError
from conformance.records import storage
from conformance.records.results import Report
from conformance.sweep import pool
from conformance.sweep.engine import Advance, swept
from conformance.sweep.plans import Plan
from conformance.sweep.report import sweep
from conformance.sweep.tasks import Task

SLOW = """
import time
import numpy as np

def sigmoid(x):
    time.sleep({pause})
    with np.errstate(over="ignore"):
        e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e)).astype(x.dtype)
"""

DEADLY = """
import os
import numpy as np

def sigmoid(x):
    if (x == 1).any():
        os._exit(7)
    with np.errstate(over="ignore"):
        e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e)).astype(x.dtype)
"""


@pytest.fixture
def slow(tmp_path: Path) -> str:
    """A right implementation that takes its time."""
    path = tmp_path / "slow.py"
    path.write_text(SLOW.format(pause=0.01))
    return str(path)


def plan(path: str, journal: Path | str = "", workers: int = 0, scheduler: str = "") -> Plan:
    """A small sweep of 128 shards."""
    return Plan(
        (path,), ("sigmoid",), ("float64",), samples=4096, journal=str(journal), workers=workers,
        scheduler=scheduler,
    )  # fmt: skip


def text(report: Report) -> bytes:
    """All that a report says of the implementation."""
    return msgspec.json.encode([report.accuracy, report.results, report.not_run])


def command(*arguments: str) -> list[str]:
    """The command line in a process of its own."""
    return [sys.executable, "-m", "conformance", "sweep", *arguments]


def started(arguments: list[str], journal: Path, lines: int) -> subprocess.Popen[str]:
    """A sweep that has finished some shards."""
    process = subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    for _ in range(600):
        if journal.exists() and len(journal.read_bytes().splitlines()) > lines:
            return process
        assert process.poll() is None, process.stderr.read()  # type: ignore[union-attr]
        time.sleep(0.05)
    raise AssertionError("the sweep does not come on")


def shards(journal: Path) -> list[int]:
    """The shards that a journal has, in the order of its lines."""
    lines = journal.read_bytes().splitlines()[1:]
    return [json.loads(line.partition(b" ")[2])["shard"] for line in lines]


@pytest.mark.parametrize("workers", ["0", "2"])
def test_killed_and_started_again(workers: str, slow: str, tmp_path: Path) -> None:
    """kill -9 in the middle: nothing is done twice, and the result is the same to the bit."""
    journal, out = tmp_path / "journal", tmp_path / "out.json"
    arguments = command(
        slow, "--dtype", "float64", "--sample", "4096", "--workers", workers, "--quiet",
        "--journal", str(journal), "--json", str(out),
    )  # fmt: skip
    process = started(arguments, journal, 5)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    before = shards(journal)
    assert 5 <= len(before) < 128
    events: list[Advance] = []
    report = sweep(plan(slow, journal), events.append)
    assert events[0].resumed == len(before) * 32
    assert sorted(shards(journal)) == list(range(128))
    assert shards(journal)[: len(before)] == before
    assert text(report) == text(sweep(plan(slow)))


def test_workers_do_not_outlive_a_killed_sweep(slow: str, tmp_path: Path) -> None:
    """Their process group is empty soon after."""
    journal = tmp_path / "journal"
    arguments = [slow, "--dtype", "float64", "--sample", "4096", "--workers", "2"]
    process = started(command(*arguments, "--journal", str(journal)), journal, 2)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    for _ in range(200):
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            break
        time.sleep(0.05)
    else:
        os.killpg(process.pid, signal.SIGKILL)
        raise AssertionError("workers are left")


@pytest.mark.parametrize("workers", ["0", "2"])
def test_interrupted(workers: str, slow: str, tmp_path: Path) -> None:
    """Ctrl-C: exit status 2, a valid journal, and a partial report that says what is missing."""
    journal, out = tmp_path / "journal", tmp_path / "out.json"
    arguments = command(
        slow, "--dtype", "float64", "--sample", "4096", "--workers", workers,
        "--journal", str(journal), "--json", str(out),
    )  # fmt: skip
    process = started(arguments, journal, 5)
    os.killpg(process.pid, signal.SIGINT)
    said, warned = process.communicate(timeout=60)
    assert process.returncode == 2, warned
    assert "Traceback" not in warned
    assert "interrupted" in said
    assert "the same command resumes it" in said
    report = storage.read(out)
    assert not report.complete
    assert report.accuracy[0].count < 4000
    assert not report.accuracy[0].exhaustive
    assert "% of 4,096 of 2^64" in report.not_run[0].what
    assert "bit patterns 0x" in report.not_run[0].why
    assert text(sweep(plan(slow, journal))) == text(sweep(plan(slow)))


def test_a_shard_that_kills_its_workers(tmp_path: Path) -> None:
    """It is repeated and given up with its inputs; all others are done."""
    path = tmp_path / "deadly.py"
    path.write_text(DEADLY)
    found = swept(plan(str(path), tmp_path / "journal", workers=2))
    assert list(found.died.values()) == [f"the worker died {pool.DEATHS} times"]
    assert len(found.shards) == 127
    report = sweep(plan(str(path), workers=2))
    (error,) = (r for r in report.results if r.outcome == "error")
    assert error.message == (
        f"the worker died {pool.DEATHS} times at float64 bit patterns "
        "0x3e00000000000000 to 0x3fffffffffffffff"
    )


def test_a_worker_that_dies_once_is_replaced(tmp_path: Path) -> None:
    """The shard is repeated, and the result is that of a quiet sweep."""
    flag = tmp_path / "died"
    path = tmp_path / "once.py"
    once = DEADLY.replace(
        "if (x == 1).any():", f"if (x == 1).any() and not os.path.exists({str(flag)!r}):"
    )
    path.write_text(once.replace("os._exit(7)", f"open({str(flag)!r}, 'w').close(); os._exit(7)"))
    report = sweep(plan(str(path), workers=2))
    assert flag.exists()
    assert report.complete
    assert not any(r.outcome == "error" for r in report.results)
    assert text(report) == text(sweep(plan(str(path))))


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """A real scheduler with two worker processes, on loopback."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None,
        host="127.0.0.1",
    ) as cluster:  # fmt: skip
        yield cluster.scheduler_address


def test_on_a_cluster(scheduler: str, slow: str, tmp_path: Path) -> None:
    """The same result as in this process, to the bit; the journal resumes anywhere."""
    journal = tmp_path / "journal"
    report = sweep(plan(slow, journal, scheduler=scheduler))
    assert report.complete
    assert sorted(shards(journal)) == list(range(128))
    assert text(report) == text(sweep(plan(slow)))
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:50]))
    assert text(sweep(plan(slow, journal, scheduler=scheduler))) == text(report)


def test_no_cluster_there(
    slow: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One clear line: nobody answers, or the package is missing."""
    assert main(["sweep", slow, "--scheduler", "nonsense://"]) == 4
    assert "no dask scheduler answers at nonsense://" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main(["sweep", slow, "--scheduler", "tcp://127.0.0.1:1"]) == 4
    assert "pip install 'logit-conformance[cluster]'" in capsys.readouterr().err


def refused(path: str, journal: Path) -> str:
    """What is said of a journal that is not taken."""
    with pytest.raises(UsageError) as found:
        sweep(plan(path, journal))
    said = str(found.value)
    assert str(journal) in said
    assert "\n" not in said
    return said


@pytest.fixture
def quick(tmp_path: Path) -> str:
    """The same without its pause."""
    path = tmp_path / "quick.py"
    path.write_text(SLOW.format(pause=0))
    return str(path)


def test_a_cut_off_line_is_dropped(quick: str, tmp_path: Path) -> None:
    """As kill -9 leaves it; the shard is done again."""
    journal = tmp_path / "journal"
    report = sweep(plan(quick, journal))
    whole = journal.read_bytes()
    for cut in (1, 7, 200):
        journal.write_bytes(whole[:-cut])
        assert text(sweep(plan(quick, journal))) == text(report)
        assert sorted(shards(journal)) == list(range(128))


def test_a_corrupt_journal_is_refused(quick: str, tmp_path: Path) -> None:
    """By the number of the line."""
    journal = tmp_path / "journal"
    sweep(plan(quick, journal))
    whole = journal.read_bytes()
    journal.write_bytes(whole.replace(b'"shard":17}', b'"shard":18}', 1))
    assert "line " in (said := refused(quick, journal))
    assert "is corrupt" in said
    lines = whole.splitlines(keepends=True)
    journal.write_bytes(b"".join([b"x" + lines[0], *lines[1:]]))
    assert "line 1 is corrupt" in refused(quick, journal)


def test_a_foreign_journal_is_refused(quick: str, slow: str, tmp_path: Path) -> None:
    """Other contents of the file, other targets, no journal at all; each by name."""
    journal = tmp_path / "journal"
    sweep(plan(quick, journal))
    kept = journal.read_bytes()
    source = Path(quick).read_text()
    Path(quick).write_text(source + "\n# a comment\n")
    assert "the contents of quick have changed" in refused(quick, journal)
    Path(quick).write_text(source)
    assert "files" in refused(slow, journal)
    with pytest.raises(UsageError, match="targets"):
        sweep(replace(plan(quick, journal), quantities=("vjp",)))
    assert journal.read_bytes() == kept
    journal.write_bytes(kept.replace(b'"spec":"', b'"spec":"9', 1))
    assert "corrupt" in refused(quick, journal)
    journal.write_text("my shopping list\n")
    assert "is not a sweep journal" in refused(quick, journal)
    assert journal.read_text() == "my shopping list\n"
    assert "cannot be opened" in refused(quick, tmp_path / "no" / "folder")


def test_one_sweep_at_a_time(slow: str, tmp_path: Path) -> None:
    """Two sweeps cannot write one journal."""
    Path(slow).write_text(SLOW.format(pause=0.2))  # still under way when the second one begins
    journal = tmp_path / "journal"
    arguments = [slow, "--dtype", "float64", "--sample", "4096", "--workers", "0"]
    process = started(command(*arguments, "--journal", str(journal)), journal, 1)
    try:
        assert "another sweep is writing it" in refused(slow, journal)
    finally:
        process.kill()
        process.communicate()


def test_the_command(quick: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What it prints and writes; exit status 0."""
    out, page = tmp_path / "out.json", tmp_path / "out.html"
    arguments = [quick, "--dtype", "float16,bfloat16", "--json", str(out), "--html", str(page)]
    assert main(["sweep", *arguments]) == 0
    said, told = capsys.readouterr()
    assert "all 65,536 float16 values" in said
    assert "all 65,536 bfloat16 values" in said
    assert "largest error" in said
    assert "correctly rounded" in said
    assert "conforms:" in said
    assert "100.0% of 131,072 inputs" in told
    assert "million/s" in told
    assert len(storage.read(out).accuracy) == 2
    assert "quick" in page.read_text()


def test_what_is_wrong_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit status 1, the region, and how to see it again."""
    monkeypatch.chdir(tmp_path)
    bad = tmp_path / "bad.py"
    bad.write_text(
        SLOW.format(pause=0).replace("def sigmoid", "def _right")
        + "\ndef sigmoid(x):\n    wrong = (x > 2) & (x < 3)\n"
        "    return np.where(wrong, x / 4, _right(x)).astype(x.dtype)\n"
    )
    assert main(["sweep", str(bad), "--dtype", "float16", "--quiet"]) == 1
    said = capsys.readouterr().out
    assert "sigmoid/accuracy: 511 results for x from 0x1p+1 to 0x1.ffcp+1" in said
    assert "in the wrong order" in said
    assert "does not conform: 1 of 4 must laws are broken" in said
    for part in said.split("conformance replay ")[1:]:
        assert main(["replay", part.split()[0]]) == 1
        assert "FAILED" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--function", "sigmiod"], "Did you mean 'sigmoid'?"),
        (["--function", "cross_entropy"], "is not a function of one variable"),
        (["--quantity", "gradient"], "--quantity: no quantity 'gradient'"),
        (["--dtype", "float8"], "no dtype 'float8'"),
        (["--sample", "0"], "--sample: 0 is not between"),
        (["--workers", "many"], "--workers: 'many'"),
        (["--update-baseline"], "needs --baseline FILE"),
    ],
)  # fmt: skip
def test_mistakes(
    arguments: list[str], said: str, quick: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line on standard error, exit status 4."""
    assert main(["sweep", quick, *arguments]) == 4
    warned = capsys.readouterr().err
    assert said in warned
    assert warned.count("\n") == 1


def test_nothing_to_sweep(quick: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 5, and why."""
    assert main(["sweep", quick, "--function", "softmax", "--dtype", "float16", "-q"]) == 5
    assert "the file does not define it" in capsys.readouterr().out


def test_the_baseline_of_a_sweep(
    quick: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Made from a sweep, kept by the same, broken by a worse one."""
    baseline = tmp_path / "it.baseline"
    arguments = ["sweep", quick, "--dtype", "float16", "-q", "--baseline", str(baseline)]
    assert main([*arguments, "--update-baseline"]) == 0
    assert "exhaustive/value" in baseline.read_text()
    assert main(arguments) == 0
    source = Path(quick).read_text()
    Path(quick).write_text(source.replace("1 / (1 + e)", "1 / (1 + e) * x.dtype.type(1.002)"))
    capsys.readouterr()
    assert main(arguments) == 1


class KilledWorker(Exception):
    """As distributed's, by name."""


class Deadly(Executor):
    """An executor that loses its workers at one shard."""

    def submit(self, function: Any, /, *given: Any, **named: Any) -> Future[Any]:
        """Done at once."""
        future: Future[Any] = Future()
        (batch,) = given
        if any(task.shard == 127 for task in batch):
            future.set_exception(KilledWorker())
        else:
            future.set_result(function(batch))
        return future


def test_a_batch_that_dies_is_given_out_again_one_by_one(quick: str) -> None:
    """Only the shard that kills is given up."""
    job = swept(plan(quick)).jobs[0]
    tasks = [Task(job, shard) for shard in range(128)]
    found = dict(pool.spread(Deadly(), tasks, 1))
    assert set(found) == set(tasks)
    assert [task.shard for task, outcome in found.items() if isinstance(outcome, pool.Died)] == [
        127
    ]
