"""A fault of the suite itself says nothing of the file, and is told as what it is."""

from __future__ import annotations

from pathlib import Path

from conformance.cli import main as cli
from conformance.cli.commands.run import status
from conformance.examine.selection import Settings
from conformance.model import Subject
from conformance.processes.messages import Broken
from conformance.processes.replaying import own_fault
from conformance.processes.retries import Attempts
from conformance.records import storage
from conformance.records.results import OURS, Findings, Report, Result
from conformance.reporting.verdicts import sentence

LAWS = ("softmax/accuracy", "softmax/keeps-dtype")


class Place:
    """A board on which a law looks at an example."""

    place = 7, 0
    size = 12
    call = b""


def _result(law: str, outcome: str, message: str = "") -> Result:
    return Result(
        implementation="mine", function="softmax", invariant=law, level="must", dtype="float32",
        device="cpu", mode="eager", outcome=outcome, message=message, examples=9, ratio=0.5,
    )  # fmt: skip


def _found() -> Findings:
    attempts = Attempts(Subject("mine", "softmax", "float32", "cpu", "eager"), LAWS, {}, "mine.py")
    assert attempts.broken(Place(), Broken(words="IndexError: of ours (bounds.py:9)"))  # type: ignore[arg-type]
    (incident,) = attempts.request(Settings()).incidents
    words = f"{incident.words}, at softmax(x) of shape [3, 4]"
    return attempts.finished(
        Findings(results=[_result(LAWS[0], "error", words), _result(LAWS[1], "pass")])
    )


def _report(found: Findings) -> Report:
    return Report(results=list(found.results), complete=True)


def test_the_law_is_not_judged() -> None:
    first, second = _found().results
    assert (first.outcome, second.outcome) == ("unsupported", "pass")
    assert first.ours
    assert not second.ours


def test_the_run_ends_as_an_internal_error_unless_laws_are_broken() -> None:
    found = _found()
    assert status(_report(found), None) == 3
    assert status(_report(Findings(results=found.results[:1])), None) == 3  # nothing else is there
    broken = Findings(results=[*found.results, _result("softmax/sums-to-one", "fail")])
    assert status(_report(broken), None) == 1


def test_the_verdict_says_so() -> None:
    words = sentence(_found().results)
    assert words.startswith("Conforms: 1 must law holds")
    assert "1 law not judged: conformance itself failed, please report it" in words
    assert "(IndexError: of ours (bounds.py:9))" in words
    assert "please report it" in sentence(_found().results[:1])


def test_a_broken_law_stays_broken_if_the_suite_fails_while_it_is_shown() -> None:
    attempts = Attempts(Subject("mine", "softmax", "float32", "cpu", "eager"), LAWS, {}, "mine.py")
    words = f"[while it was minimised: {OURS}: IndexError]"
    (kept,) = attempts.finished(Findings(results=[_result(LAWS[0], "fail", words)])).results
    assert kept.outcome == "fail"
    assert not kept.ours


def test_a_replay_in_which_the_suite_fails_is_no_verdict(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    Path("half.py").write_text(
        "import numpy as np\ndef sigmoid(x):\n    return np.full_like(x, 0.5)\n"
    )
    options = ["--dtype", "float32", "--only", "sigmoid/accuracy", "--json", "r.json", "-q"]
    assert cli.main(["run", "half.py", *options]) == 1
    (failed,) = [r for r in storage.read("r.json").results if r.outcome == "fail"]
    assert failed.counterexample is not None

    def mistaken(*_: object) -> Result:
        return own_fault(failed, "half", "IndexError: of ours (bounds.py:9)")

    monkeypatch.setattr("conformance.processes.examiner.Examiner.again", mistaken)
    capsys.readouterr()
    assert cli.main(["replay", failed.counterexample.id]) == 3
    assert f"NOT JUDGED: {OURS}: IndexError: of ours" in capsys.readouterr().out
