"""What is searched for the plainest call that gives a result, and for how long."""

from __future__ import annotations

from conformance.kernels.calling import Kernel
from conformance.objects.load import load

_REFUSES = """
calls = []

def softmax(x, axis=-1):
    calls.append(x.dtype.name)
    raise RuntimeError("no device")
"""
_ONE_FORMAT = """
import numpy as np

def softmax(x, axis=-1):
    if x.dtype != np.float32:
        raise RuntimeError("float32 only")
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)
"""


def kernel(path, text):
    path.write_text(f"BACKEND = 'numpy'\n{text}")
    found = load(path)
    return lambda: Kernel(found, "softmax", "eager", "cpu")


def test_what_every_call_raises_is_not_searched_for_in_other_formats(tmp_path):
    made = kernel(tmp_path / "theirs.py", _REFUSES)
    first = made()
    calls = first._function.__globals__["calls"]
    assert first.limits.plain("float32") is None
    assert len(calls) > 10
    calls.clear()
    assert first.limits.plain("float64") is None
    assert made().limits.plain("float16") is None
    assert calls == ["float64", "float16"]


def test_another_format_may_be_taken(tmp_path):
    limits = kernel(tmp_path / "theirs.py", _ONE_FORMAT)().limits
    assert limits.plain("float64") is None
    assert limits.plain("float32") is not None
    assert limits.plain("float16") is None
