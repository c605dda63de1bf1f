"""Parameters that stay at their defaults are told in the head of a report."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.objects.leaving import left
from conformance.objects.load import load
from conformance.processes.environment import info
from conformance.records.results import ImplementationInfo, Report
from conformance.reporting.terminal.summary import head

TEXT = """
import numpy as np

def made(x, axis):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)

{function}
"""
FILES = {
    "def softmax(x, axis=-1):\n    return made(x, axis)": {},
    "def softmax(x, axis=-1, dtype=None, _stack=3):\n    return made(x, axis)": {
        "softmax": ["dtype"]
    },
    "def softmax(x, dim=-1, attn_mask=None, scale=1.0, **kw):\n    return made(x, dim)": {
        "softmax": ["attn_mask", "scale"]
    },
    "def cross_entropy(logits, target, num_boxes=1, num_items=None):\n"
    "    return -np.log(made(logits, -1)[np.arange(len(logits)), target]).mean()": {
        "cross_entropy": ["num_boxes", "num_items"]
    },
    "softmax = np.vectorize(lambda x, extra=0: x)": {"softmax": ["extra"]},
}


@pytest.mark.parametrize("function", FILES)
def test_of_a_file(function: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(TEXT.format(function=function))
    assert left(load(path)) == FILES[function]


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("softmax", ["mask", "scale"]),
        ("softmax(axis=-1)", ["mask", "scale"]),
        ("softmax(scale=2.0)", ["mask"]),
        ("softmax(where=mask)", ["scale"]),
        ("softmax(x, axis)", ["mask", "scale"]),
    ],
)
def test_of_an_object(said: str, names: list[str], tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    function = "def ours(x, axis=-1, mask=None, scale=1.0):\n    return made(x, axis)"
    path.write_text(TEXT.format(function=function))
    assert info(load(f"{path}::ours as {said}")).left == {"ours": names}


def test_the_clause_of_the_head_is_short() -> None:
    one = {"softmax": ["dtype"], "log_softmax": ["dtype"], "logsumexp": ["a", "b"]}
    assert _clause(one) == "dtype (softmax and log_softmax); a and b (logsumexp)"
    many = {f"f{k}": [f"a{k}", "b", "c", "d", "e", "f"] for k in range(9)}
    assert _clause(many).endswith("a2, b, c and 3 more (f2); and of 6 more functions")
    assert _clause({}) == ""


def _clause(names: dict[str, list[str]]) -> str:
    found = ImplementationInfo(name="mine", file="mine.py", backend="numpy", left=names)
    said = [line for line in head(Report(implementations=[found])) if "defaults" in line]
    return said[0].partition(": ")[2] if said else ""
