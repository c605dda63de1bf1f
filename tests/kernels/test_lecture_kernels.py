"""Kernels as a lecture writes them: of matrices, of one kind of labels, without options."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.examine.engine import examine
from conformance.examine.selection import Settings, subjects
from conformance.kernels.loading import load

SOFTMAX = """
import numpy as np


def softmax(x):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)
"""
INDICES = """
import numpy as np


def cross_entropy_with_logits(logits, labels, reduction="mean"):
    d = logits - np.max(logits, axis=1, keepdims=True)
    L = np.log(np.sum(np.exp(d), axis=1))
    loss = L - d[np.arange(len(labels)), labels]
    return loss if reduction == "none" else getattr(np, reduction)(loss)
"""
ONE_HOT = """
import numpy as np


def cross_entropy(probs, labels):
    with np.errstate(all="ignore"):
        terms = np.where(labels == 0, 0, labels * np.log(probs))
    return np.asarray(-np.sum(terms) / len(probs), probs.dtype)
"""


def found(tmp_path: Path, text: str) -> dict[str, tuple[str, str]]:
    """(outcome, message) by law, of the only function, in float32 with the quick inputs."""
    file = tmp_path / "mine.py"
    file.write_text(text)
    implementation = load(str(file))
    settings = Settings(effort="quick", dtypes=("float32",), brief=True)
    return {
        result.invariant.partition("/")[2]: (result.outcome, result.message)
        for subject in subjects(implementation, settings)[0]
        for result in examine(implementation, subject, settings).results
        if result.level == "must"
    }


def broken(results: dict[str, tuple[str, str]]) -> set[str]:
    return {law for law, (outcome, _) in results.items() if outcome in ("fail", "error")}


def test_silence_about_arrays_of_three_axes_is_one_finding(tmp_path: Path) -> None:
    assert broken(found(tmp_path, SOFTMAX)) == {"batch-shape-does-not-matter"}


def test_what_takes_the_last_axis_or_refuses_is_right(tmp_path: Path) -> None:
    last = found(tmp_path, SOFTMAX.replace("axis=1", "axis=-1"))
    assert not broken(last)
    assert last["batch-shape-does-not-matter"][0] == "pass"
    guard = "    if x.ndim != 2:\n        raise ValueError('a matrix is needed')\n    e = np.exp"
    guarded = found(tmp_path, SOFTMAX.replace("    e = np.exp", guard))
    assert not broken(guarded)
    outcome, said = guarded["batch-shape-does-not-matter"]
    assert outcome == "unsupported"
    assert said.startswith("for matrices only: refuses arrays of 3 axes: ValueError: a matrix")


def test_distributions_that_cannot_be_indices_are_unsupported(tmp_path: Path) -> None:
    results = found(tmp_path, INDICES)
    assert not broken(results)
    assert results["accuracy"][0] == "pass"
    outcome, said = results["linear-in-labels"]
    assert outcome == "unsupported"
    assert said.startswith("refuses one-hot labels: IndexError")


def test_indices_that_cannot_be_multiplied_are_unsupported(tmp_path: Path) -> None:
    results = found(tmp_path, ONE_HOT)
    assert not broken(results)
    assert results["accuracy"][0] == "pass"


@pytest.mark.parametrize("slip", ["lables", "labels.to_indices()"])
def test_a_slip_of_the_pen_is_no_refusal(tmp_path: Path, slip: str) -> None:
    line = f"    if labels.dtype.kind == 'f':\n        {slip}\n    d = logits"
    results = found(tmp_path, INDICES.replace("    d = logits", line))
    assert results["accuracy"][0] == "error"


def test_a_kind_that_was_taken_is_not_refused_later(tmp_path: Path) -> None:
    one_hot = "labels if labels.dtype.kind == 'f' else np.eye(probs.shape[-1])[labels]"
    guard = "if labels.dtype.kind == 'f' and len(probs) in (2, 7):\n        raise ValueError('no')"
    both = f"    {guard}\n    labels = {one_hot}\n    with"
    outcome, said = found(tmp_path, ONE_HOT.replace("    with", both))["accuracy"]
    assert (outcome, said.partition(" (")[0]) == ("error", "ValueError: no")


def test_a_function_that_takes_no_labels_at_all_is_wrong(tmp_path: Path) -> None:
    line = "    raise ValueError('not yet')\n    d = logits"
    results = found(tmp_path, INDICES.replace("    d = logits", line))
    assert results["takes-its-formats"][0] == "error"


def test_a_label_that_is_no_class_is_refused_all_the_same(tmp_path: Path) -> None:
    assert found(tmp_path, INDICES)["label-too-large-is-refused"][0] == "pass"


def test_losses_that_are_only_given_as_a_mean_leave_laws_of_single_rows_aside(
    tmp_path: Path,
) -> None:
    results = found(tmp_path, ONE_HOT)
    outcome, said = results["row-alone"]
    assert (outcome, said) == (
        "unsupported",
        "it takes no option 'reduction': no loss of a single row is seen",
    )
    assert "vacuous" not in {outcome for outcome, _ in results.values()}
