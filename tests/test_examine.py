"""Which programs a compiling backend is asked for: fewer of its eager mode beside another."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from conformance.examine import engine
from conformance.examine.selection import Settings, laws, subjects
from conformance.kernels.loading import load
from conformance.model import Example

pytest.importorskip("jax")

PLAIN = """
import jax

DTYPES = ("float32",)

def sigmoid(x):
    return jax.nn.sigmoid(x)
"""
BRANCHING = PLAIN.replace("return", "return x if x.size and bool(x.min() > 1e9) else")


def _asked(path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> str | None:
    """The last word on programs in an examination of the eager mode that ends after one example."""
    asked: list[str | None] = []
    made = engine.examples

    def one(*arguments: Any, **named: Any) -> Iterator[Example]:
        asked.append(named["programs"])
        return islice(made(*arguments, **named), 1)

    monkeypatch.setattr(engine, "examples", one)
    implementation = load(path)
    subject = next(s for s in subjects(implementation, settings)[0] if s.mode == "eager")
    engine.examine(implementation, subject, settings)
    return asked[-1]


@pytest.mark.parametrize(
    ("source", "settings", "programs"),
    [
        (PLAIN, Settings(brief=True), "beside"),
        (PLAIN, Settings(brief=True, modes=("eager",)), "default"),
        (PLAIN, Settings(brief=True, effort="thorough"), "thorough"),
        (BRANCHING, Settings(brief=True), "default"),
    ],
    ids=["beside jit", "alone", "thorough", "cannot be traced"],
)
def test_eager_beside_jit_has_few_programs(
    source: str, settings: Settings, programs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.py"
    path.write_text(source)
    assert _asked(path, settings, monkeypatch) == programs


@pytest.mark.parametrize(("modes", "left"), [((), True), (("eager",), False)])
def test_laws_of_new_shapes_are_left_to_jit(
    modes: tuple[str, ...], left: bool, tmp_path: Path
) -> None:
    path = tmp_path / "mine.py"
    path.write_text(PLAIN)
    implementation, settings = load(path), Settings(modes=modes)
    looked = {
        s.mode: {law.id for law in laws(implementation, s, settings) if law.reshapes}
        for s in subjects(implementation, settings)[0]
    }
    assert (not looked["eager"]) == left
    assert looked.get("jit", {"alone"})
