"""A call that takes long is told from one that hangs, and a chance hang from a kernel's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from conformance.examine import call_notes
from conformance.examine.selection import Settings
from conformance.examine.watch import Board, Watch, attach
from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.model import Example, Subject, View
from conformance.processes.process import Lost
from conformance.processes.retries import Attempts, Known
from conformance.processes.run import Plan, run
from conformance.records.results import Findings, Report, Result
from conformance.reporting.verdicts import verdicts

SOFTMAX = """
from pathlib import Path
import numpy as np

HUNG = Path({hung!r})

def hang():
    with HUNG.open("a") as file:
        file.write("x")
    while True: pass

def softmax(x, axis=-1):
    if {when}: hang()
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)
"""
LAWS = ("softmax/accuracy", "softmax/keeps-dtype")


def _examined(folder: Path, when: str, *dtypes: str) -> tuple[Report, int]:
    """A run of a kernel that hangs in some calls, and how many did."""
    hung, path = folder / "hung", folder / "mine.py"
    path.write_text(SOFTMAX.format(hung=str(hung), when=when), encoding="utf-8")
    settings = Settings(effort="quick", dtypes=dtypes or ("float32",), only=LAWS)
    report = run(Plan((str(path),), settings, journal=False, timeout=1.5))
    assert report.complete
    return report, len(hung.read_text())


def test_what_takes_longer_for_very_many_numbers_is_a_limit(tmp_path: Path) -> None:
    report, hung = _examined(tmp_path, "x.size > 90_000")
    assert {r.outcome for r in report.results} == {"pass"}
    assert hung == 1
    (limit,) = report.limits
    assert limit.kind == "time"
    assert limit.takes[0].endswith("numbers at once within 1.5 s")
    assert "it took longer than 1.5 s in softmax/accuracy" in limit.said
    assert "--timeout" in limit.said
    assert "sign of life" not in str(report.not_run)


def test_what_takes_long_in_one_format_is_not_tried_in_another() -> None:
    board, known = Board(), Known()
    shared = attach(board.path)
    subject = Subject("mine", "nll_loss", "float32", "cpu", "eager")
    laws = ("nll-loss/accuracy", "nll-loss/reduces-large-batches")
    try:
        for law in range(2):
            watch = Watch(shared)
            watch.passes_over(7, _example(9000), ())
            watch.at(7, law)
            watch.calls(_example(9000 + law))
            assert Attempts(subject, laws, {}, "", known=known).lost(board, Lost("", silent=1.5))
        later = Attempts(replace(subject, dtype="float64"), laws, {}, "", known=known)
        request = later.request(Settings())
        assert request.below == 18_000
        assert [(i.example, i.law, i.large) for i in request.incidents] == [(0, laws[1], True)]
        (limit,) = later.finished(Findings()).limits
        assert (limit.dtype, limit.kind) == ("float64", "time")
    finally:
        board.close()


def test_what_hangs_once_is_looked_at_again_and_told(tmp_path: Path) -> None:
    report, hung = _examined(tmp_path, "x.shape[axis] == 5 and not HUNG.exists()")
    assert {r.outcome for r in report.results} == {"pass"}
    assert hung == 1
    (note,) = (n.why for n in report.not_run if "sign of life" in n.why)
    assert "softmax/" in note
    assert "looked at once more" in note


def test_what_hangs_on_few_numbers_breaks_the_law_by_hanging(tmp_path: Path) -> None:
    report, _ = _examined(tmp_path, "x.shape[axis] == 5", "float32", "float64")
    assert "error" in {r.outcome for r in report.results}
    assert not report.limits
    assert not [n for n in report.not_run if "looked at once more" in n.why]
    (told,) = verdicts(report)
    assert "by hanging" in told.words


def _judged(folder: Path, text: str, law: str, timeout: float) -> Result:
    """What one law says of a kernel in float32."""
    path = folder / "mine.py"
    path.write_text(text, encoding="utf-8")
    settings = Settings(effort="quick", dtypes=("float32",), only=(law,))
    (result,) = run(Plan((str(path),), settings, journal=False, timeout=timeout)).results
    return result


SLOW = """
import numpy as np

def nll_loss(log_probs, labels, axis=-1, reduction="mean"):
    while log_probs.size > 100_000: pass
    q = labels[..., None] == np.arange(log_probs.shape[axis])
    loss = -np.where(q, np.moveaxis(log_probs, axis, -1), 0).sum(-1)
    return np.asarray({"mean": np.mean, "sum": np.sum, "none": np.asarray}[reduction](loss))
"""


def test_a_far_larger_call_of_a_law_may_take_longer_than_is_waited_for(tmp_path: Path) -> None:
    """It is no failure, as if it took too much memory; what is said names the larger call."""
    result = _judged(tmp_path, SLOW, "nll-loss/high-labels-are-whole", timeout=2.0)
    assert result.outcome == "unsupported"
    assert "it took longer than 2 s" in result.message
    assert "[2, 65537]" in result.message
    assert "--timeout" in result.message


LABELS = """
import numpy as np

def cross_entropy_with_logits(logits, labels, reduction="mean"):
    if labels.dtype.kind != "f":
        raise NotImplementedError("distributions only")
    while logits.shape[-1] == 5: pass
    z = logits - logits.max(-1, keepdims=True)
    lp = z - np.log(np.exp(z).sum(-1, keepdims=True))
    loss = -np.where(labels == 0, 0 * lp, labels * lp).sum(-1)
    return np.asarray({"mean": np.mean, "sum": np.sum, "none": np.asarray}[reduction](loss))
"""


def test_what_is_shown_of_a_hang_is_a_call_that_the_kernel_takes(tmp_path: Path) -> None:
    result = _judged(tmp_path, LABELS, "cross-entropy-with-logits/accuracy", timeout=1.5)
    assert result.outcome == "error" and result.counterexample is not None
    assert result.counterexample.arguments["labels"].dtype == "float32"


def _example(rows: int = 3) -> Example:
    labels = np.arange(rows) % 2
    args = {"logits": np.ones((rows, 2), np.float32), "labels": labels}
    of = FUNCTIONS["cross_entropy_with_logits"]
    return Example(of, FORMATS["float32"], args, View((rows,)), {})


def test_the_note_is_of_the_call_under_way() -> None:
    """Of an example in a form that is taken, too; and it is gone once another call is made."""
    board = Board()
    try:
        watch, e = Watch(attach(board.path)), _example()
        inside = e.but(labels=np.eye(2, dtype=np.float32)[e.labels])
        watch.passes_over(0, e, ())
        watch.looks(inside)
        watch.at(0, 0)
        signs = board.signs
        watch.calls(inside)
        assert board.signs > signs
        noted = call_notes.example_of(board.call)
        assert noted is not None and noted.labels.dtype == np.float32
        watch.looks(e)
        watch.calls(e.only(slice(0, 1), View((1,))))
        assert board.call and board.called == 2
        watch.calls(e)
        assert not board.call and board.called == 6
    finally:
        board.close()
