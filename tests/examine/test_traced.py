"""Whether an eager mode is the same code as a compiled one, which then is examined in full."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.examine import engine
from conformance.examine.selection import Settings
from conformance.kernels.loading import load
from conformance.model import Subject
from conformance.spec.context import Examination

HEAD = "import jax, jax.numpy as jnp\ndef softmax(x):\n"


@pytest.mark.parametrize(
    ("body", "traced"),
    [
        ("    pass\n", True),
        ("    if x.shape[-1] % 8: raise ValueError('blocks of 8')\n", True),
        ("    if x.max() > 1: x = x - 1\n", False),
    ],
)
def test_a_size_that_is_refused_does_not_make_a_function_one_of_values(
    body: str, traced: bool, tmp_path: Path
) -> None:
    pytest.importorskip("jax")
    path = tmp_path / "blocks.py"
    path.write_text(f"{HEAD}{body}    return jax.nn.softmax(x)\n")
    subject = Subject("blocks", "softmax", "float32", "cpu", "eager")
    f = Examination(load(path), subject, "standard")
    assert engine._traced(f, Settings(), "default") is traced
