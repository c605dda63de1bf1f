"""What another format left behind, told from what is wrong by itself."""

from __future__ import annotations

from pathlib import Path

import judging
import pytest

LAW = "log-softmax/other-formats-leave-nothing"
FILE = """
import numpy as np

DTYPES = ("float64", "float32")
kept = {{}}


def log_softmax(x, axis=-1):
    shifted = x - x.max(axis=axis, keepdims=True)
    total = np.exp(shifted).sum(axis=axis, keepdims=True)
    n = {key}
    noise = kept.setdefault(n, np.asarray(np.log(n), x.dtype)).astype(x.dtype) - np.log(n)
    return np.maximum(shifted - np.log(total) + noise, {least}).astype(x.dtype)
"""


@pytest.mark.parametrize(
    ("key", "least", "outcome"),
    [("x.shape[axis]", "-np.inf", "fail"), ("1.0", "-np.inf", "pass"), ("1.0", "-9.0", "pass")],
    ids=["a table without the dtype", "right", "wrong by itself"],
)
def test_a_law_of_state_speaks_of_state(key: str, least: str, outcome: str, tmp_path: Path) -> None:
    assert judging.outcome(FILE.format(key=key, least=least), LAW, tmp_path) == outcome
