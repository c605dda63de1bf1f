"""What an earlier call left behind, told from what is wrong by itself."""

from __future__ import annotations

from pathlib import Path

import judging
import pytest

LAW = "softmax/same-numbers-otherwise-arranged"
FILE = """
import numpy as np

kept = {{}}


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    result = e / (e.sum(axis=axis, keepdims=True) + x.dtype.type({epsilon}))
    return {result}
"""
KEPT = "kept.setdefault(x.tobytes(), result.ravel()).reshape(x.shape)"


@pytest.mark.parametrize(
    ("epsilon", "result", "outcome"),
    [(0, KEPT, "fail"), (1e-6, KEPT, "fail"), (0, "result", "pass"), (1e-6, "result", "pass")],
)
def test_a_law_of_state_speaks_of_state(
    epsilon: float, result: str, outcome: str, tmp_path: Path
) -> None:
    assert judging.outcome(FILE.format(epsilon=epsilon, result=result), LAW, tmp_path) == outcome


NEAR = "softmax/near-options-are-told-apart"
TEMPERED = """
import numpy as np

kept = {{}}


def softmax(x, axis=-1, temperature=1.0):
    if not temperature > 0:
        raise ValueError("temperature is not positive")
    T = x.dtype.type({temperature})
    d = (x - x.max(axis=axis, keepdims=True)) / T
    return np.exp(d) / np.exp(d).sum(axis=axis, keepdims=True)
"""
BY_NAME = 'kept.setdefault(f"{temperature:.3g}", temperature)'


@pytest.mark.parametrize(("temperature", "outcome"), [(BY_NAME, "fail"), ("temperature", "pass")])
def test_what_is_kept_under_the_name_of_an_option_is_found(
    temperature: str, outcome: str, tmp_path: Path
) -> None:
    file = TEMPERED.format(temperature=temperature)
    assert judging.outcome(file, NEAR, tmp_path) == outcome
