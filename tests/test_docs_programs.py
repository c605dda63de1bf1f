"""The reward and the filter of docs/using-it-elsewhere.md: they run, and tell right from wrong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import check_objects as objects

import conformance

PAGE = Path(__file__).parent.parent / "docs" / "using-it-elsewhere.md"


def program(name: str) -> Any:
    """A function that the page defines in a block of its own."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    (block,) = [b for b in blocks if f"def {name}(" in b]
    scope: dict[str, Any] = {"conformance": conformance}
    exec(block, scope)
    return scope[name]


def test_the_reward() -> None:
    reward = program("reward")
    assert reward(objects.my_softmax, 3) == 1.0
    assert 0 < reward(objects.zeros, 3) < 0.5
    assert reward(objects.raising, 3) == 0


def test_the_filter() -> None:
    right = program("right")
    candidates = [objects.zeros, objects.my_softmax]
    assert right(candidates) == [objects.my_softmax]
