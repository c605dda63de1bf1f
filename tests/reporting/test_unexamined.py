"""Each function that nothing is said of is named, with the reason."""

from __future__ import annotations

from pathlib import Path

import conformance
from conformance.examine.selection import Settings, subjects
from conformance.objects.load import load
from conformance.reporting.html.document import html
from conformance.reporting.unexamined import unexamined, unjudged
from conformance.reporting.verdicts import verdicts

TEXT = """
import numpy as np

def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)

def logsumexp(x, axis=-1):
    raise NotImplementedError("not written yet")

def cross_entropy(logits, labels):
    return -np.log(softmax(logits)[np.arange(len(labels)), labels]).mean()

cross_entropy_with_logits = cross_entropy

def kl_div(p, q):
    return p * np.log(p / q)
"""


def test_a_function_that_answers_nothing_is_not_examined_and_why(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(TEXT)
    asked = {"function": ["softmax", "logsumexp"], "dtype": "float32", "effort": "quick"}
    report = conformance.check(tmp_path / "mine.py", **asked)
    said = {"logsumexp": "not written yet (mine.py:9)"}
    assert unjudged(report.results) == said
    assert unexamined(report)[said["logsumexp"]] == ["mine::logsumexp"]
    (verdict,) = verdicts(report)
    assert verdict.words.startswith("Conforms: ")
    assert verdict.words.endswith("; logsumexp is not examined.")
    assert "not written yet (mine.py:9)" in html(report)


def _reasons(ref: str) -> dict[str, str]:
    return {n.what.partition("::")[2]: n.why for n in subjects(load(ref), Settings())[1]}


def test_what_is_left_out_is_not_said_to_be_missing(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(TEXT)
    found = _reasons(str(path))
    assert found["cross_entropy"] == "takes logits, and the file has cross_entropy_with_logits too"
    assert found["kl_div"] == "takes two probabilities, and kl_div of the spec log-probabilities"
    assert found["sigmoid"] == "not defined in the file"
    assert _reasons(f"{path}::softmax") == {}


def test_a_run_in_which_nothing_is_judged_says_why(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(TEXT)
    asked = {"function": "logsumexp", "dtype": "float32", "effort": "quick"}
    (verdict,) = verdicts(conformance.check(tmp_path / "mine.py", **asked))
    assert verdict.words == "Not examined: not written yet (mine.py:9)."
