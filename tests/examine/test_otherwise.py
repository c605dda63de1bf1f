"""Wrong values that are those of the definition with an option built in, or a multiple of it."""

from __future__ import annotations

from pathlib import Path

import pytest

import conformance

HEAD = """
import numpy as np

def _soft(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))

def ours(x, axis=-1):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)

"""
SOFTMAX = "def softmax(x, axis=-1):\n    return "
FACTOR = "right but for the factor {}: if that is meant, write a function that undoes it"
BINARY = (
    "def binary_cross_entropy_with_logits(x, y):\n    return (_soft(x) - x * y).astype(x.dtype)"
)
FOCAL = """
def sigmoid_focal_loss(x, y, gamma=2.0):
    z = np.where(y == 1, -x, x)
    loss = np.exp(-_soft(-z)) ** gamma * _soft(z) * {weight}
    return loss.mean().astype(x.dtype)
"""
DECLARED = "right with {0}, which --as '{1}({0})' declares"
FILES = {
    SOFTMAX + "ours(x / x.dtype.type(0.07), axis)": DECLARED.format("temperature=0.07", "softmax"),
    SOFTMAX + "ours(x, axis) / 4": FACTOR.format("1/4"),
    FOCAL.format(weight="(0.25 * y + 0.75 * (1 - y))"): DECLARED.format(
        "alpha=0.25", "sigmoid_focal_loss"
    ),
    f"{BINARY}.sum()": (
        "right with reduction='sum', which "
        "--as \"binary_cross_entropy_with_logits(reduction='sum')\" declares"
    ),
    f"{BINARY}.sum() / 8": (
        "right with reduction='sum', which "
        "--as \"binary_cross_entropy_with_logits(reduction='sum')\" declares, "
        "and with the factor 1/8: if that is meant, write a function that undoes it"
    ),
    SOFTMAX + "np.where(x > 3, ours(x, axis) / 4, ours(x, axis))": "",
    SOFTMAX + "ours(x, axis) * x.dtype.type(0.6180339)": "",
    SOFTMAX + "ours(x, axis) + x.dtype.type(0.25)": "",
}


@pytest.mark.parametrize("function", FILES)
def test_what_all_values_agree_with_is_told(function: str, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(HEAD + function)
    report = conformance.check(
        tmp_path / "mine.py", dtype="float32", effort="quick", only="*/accuracy"
    )
    (result,) = report.results
    assert result.outcome == "fail" and result.counterexample is not None
    told = [words for words in result.counterexample.contrasts if not words.startswith("wrong ")]
    assert told == [FILES[function]] * bool(FILES[function])


def test_what_is_told_is_so(tmp_path: Path) -> None:
    """Declared as it says, the kernel conforms."""
    (tmp_path / "mine.py").write_text(HEAD + FOCAL.format(weight="(0.25 * y + 0.75 * (1 - y))"))
    ref, said = f"{tmp_path}/mine.py::sigmoid_focal_loss", "sigmoid_focal_loss(alpha=0.25)"
    assert conformance.check(ref, as_=said, dtype="float32", effort="quick").conforms
