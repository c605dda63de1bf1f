"""The call that is shown is the one that is made, as a person types it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from conformance.examine.call_text import call_text
from conformance.examine.engine import examine
from conformance.examine.selection import Settings, subjects
from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.model import Example, View
from conformance.objects.load import load
from conformance.records.results import ImplementationInfo, Result
from conformance.reporting.html.reproducer import script

TEXT = """
import enum
import numpy as np

class Reduction(enum.Enum):
    NONE = 0
    MEAN = 1

def made(x, axis):
    e = np.exp(x)
    return e / e.sum(axis=axis, keepdims=True)
"""
SOFTMAX = {
    "def softmax(x, axis):\n    return made(x, axis)": "softmax(x, axis=0)",
    "def softmax(x, dim=-1):\n    return made(x, dim)": "softmax(x, 0)",
    "def softmax(x, *, dim=-1):\n    return made(x, dim)": "softmax(x, dim=0)",
    "def softmax(*, inp, dim=-1):\n    return made(inp, dim)": "softmax(inp=x, dim=0)",
    "def softmax(x, axis=-1, dtype=None):\n    return made(x, axis)": "softmax(x, axis=0)",
}
OBJECTS = [
    ("x, dim", "softmax(axis=dim)", "ours(x, 0)"),
    ("x, dim", "softmax(axis=0)", "ours(x, 0)"),
    ("x, out", "softmax(out=1, axis=0)", "ours(x, out)"),
    ("x", "softmax((x,), result='p')", "ours((x,))['p']"),
    ("x, keep", "softmax(x, where=keep)", "ours(x, keep=(x == x) | (x != x))"),
]


def _file(folder: Path, text: str) -> str:
    path = folder / "mine.py"
    path.write_text(TEXT + text + "\n")
    return str(path)


def _rows(name: str = "softmax", axis: int = 0, **options: object) -> Example:
    x, labels = np.zeros((2, 3), np.float32), np.array([0, 2])
    args = {"logits": x, "labels": labels} if FUNCTIONS[name].labelled else {"x": x}
    args |= {"cotangent": np.ones_like(x)}
    return Example(FUNCTIONS[name], FORMATS["float32"], args, View((2,), axis), options)


@pytest.mark.parametrize("text", SOFTMAX)
def test_keywords_and_the_names_of_a_file_are_shown(text: str, tmp_path: Path) -> None:
    assert call_text(_rows(), load(_file(tmp_path, text))) == SOFTMAX[text]


@pytest.mark.parametrize(("taken", "said", "call"), OBJECTS)
def test_an_object_is_called_by_its_own_name(
    taken: str, said: str, call: str, tmp_path: Path
) -> None:
    path = _file(tmp_path, f"def ours({taken}):\n    return made(x, -1)")
    assert call_text(_rows(), load(f"{path}::ours as {said}")) == call


def test_values_are_shown_as_the_file_has_them(tmp_path: Path) -> None:
    loss = (
        "def cross_entropy(logits, target, class_weight=None, reduction=Reduction.MEAN):\n"
        "    x = logits - np.log(np.exp(logits).sum(-1, keepdims=True))\n"
        "    losses = -x[np.arange(len(x)), target]\n"
        "    return losses if reduction is Reduction.NONE else losses.mean()\n"
    )
    e = _rows("cross_entropy_with_logits", -1, reduction="none", weight=np.ones(3, np.float32))
    assert call_text(e, load(_file(tmp_path, loss))) == (
        "cross_entropy(logits, labels, weight, Reduction.NONE)"
    )


def test_a_gradient_of_the_file_is_what_was_called(tmp_path: Path) -> None:
    text = (
        "def softmax(x, axis=-1):\n    return made(x, axis)\n"
        "def softmax_vjp(x, g, axis=-1):\n    return g"
    )
    of = load(_file(tmp_path, text))
    assert call_text(_rows(), of, gradient=True) == "softmax_vjp(x, cotangent, axis=0)"
    assert call_text(_rows(), of) == "softmax(x, axis=0)"


def _failing(ref: str, law: str) -> tuple[Result, ImplementationInfo]:
    of, settings = load(ref), Settings(dtypes=("float32",), effort="quick", only=(f"*/{law}",))
    (subject,) = subjects(of, settings)[0]
    (result,) = examine(of, subject, settings).results
    return result, ImplementationInfo(name=of.name, file=str(of.path), backend="numpy")


def test_a_call_without_an_axis_is_shown_so(tmp_path: Path) -> None:
    text = "def softmax(x, axis=0):\n    return made(x - x.max(axis, keepdims=True), axis)"
    found, _ = _failing(_file(tmp_path, text), "default-axis-is-the-last")
    assert found.outcome == "fail" and found.counterexample is not None
    assert found.counterexample.call == "softmax(x)"
    assert "axis" not in found.counterexample.passed


def test_the_script_of_a_kernel_that_needs_its_axis_runs(tmp_path: Path) -> None:
    text = "def softmax(x, axis):\n    return made(x, axis)"
    found, info = _failing(_file(tmp_path, text), "accuracy")
    assert found.counterexample is not None
    assert re.fullmatch(r"softmax\(x, axis=-?\d\)", found.counterexample.call)
    (tmp_path / "again.py").write_text(script(found, info))
    done = subprocess.run(
        [sys.executable, "again.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and "nan" in done.stdout, done.stderr
