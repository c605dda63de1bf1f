"""What the README says of its kernel is what a run says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import conformance
from conformance.spec import catalogue

README = Path(__file__).parent.parent / "README.md"
GUARD = " + 1e-6"


@pytest.fixture(scope="module")
def kernel() -> str:
    """The file that the README validates."""
    pytest.importorskip("torch")
    found = re.search(r"```python\n(# my_kernels\.py\n.*?)```", README.read_text("utf-8"), re.S)
    assert found is not None
    return found[1]


@pytest.fixture(scope="module")
def broken(kernel: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The must laws that it breaks in float32, and those that it breaks without its guard."""
    folder = tmp_path_factory.mktemp("readme")
    texts = {"guarded": kernel, "plain": kernel.replace(GUARD, "")}
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)
    files = [folder / f"{name}.py" for name in texts]
    report = conformance.check(*files, effort="quick", dtype="float32")
    failed = [r for r in report.results if r.outcome == "fail" and r.level == "must"]
    return {name: {r.invariant for r in failed if r.implementation == name} for name in texts}


def test_the_kernel_breaks_what_the_excerpt_says(broken: dict[str, set[str]]) -> None:
    excerpt = README.read_text("utf-8").partition("<!-- run -->")[2].partition("<!-- /run -->")[0]
    (name,) = re.findall(r"^✗ (\S+)", excerpt, re.M)
    law = catalogue()[name]
    assert name in broken["guarded"]
    for words in (law.says, law.reveals, law.level.upper()):
        assert words in " ".join(excerpt.split())


def test_without_its_guard_it_conforms(kernel: str, broken: dict[str, set[str]]) -> None:
    assert GUARD in kernel
    assert broken["plain"] == set()
