"""What the README says of its kernel is what a run says; CI types its two commands."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import conformance
from conformance.reporting.revealed import parts
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
    told = " ".join(excerpt.split())
    assert law.says in told
    assert law.level.upper() in told
    assert any(words in told for words in parts(law.reveals).values())


def test_without_its_guard_it_conforms(kernel: str, broken: dict[str, set[str]]) -> None:
    assert GUARD in kernel
    assert broken["plain"] == set()


def typed() -> list[str]:
    """The commands of the section that CI types, in its order."""
    section = README.read_text("utf-8").partition("## Two commands")[2].partition("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)\n```$", section, re.M | re.S)


def test_the_two_commands_are_lines_that_set_up_what_they_need() -> None:
    first, second = typed()
    for command in (first, second):
        assert command.startswith("python3.11 -m venv .venv && .venv/bin/pip install ")
        assert "\n" not in command
    assert first.endswith(" && .venv/bin/conformance run numpy torch jax")
    assert second.endswith(" && .venv/bin/pytest -n auto")
    pinned = [set(re.findall(r"torch==\S+|jax", c.partition("install ")[2].partition(" &&")[0]))
              for c in (first, second)]  # fmt: skip
    assert pinned[0] == pinned[1]  # or the second would install them again


def ci(folder: Path, *, first: str, second: str) -> subprocess.CompletedProcess[str]:
    """What .ci/run makes of the README with other commands in place of the two."""
    (folder / ".ci").mkdir()
    script = shutil.copy(README.parent / ".ci/run", folder / ".ci/run")
    text = README.read_text("utf-8")
    for old, new in zip(typed(), (first, second), strict=True):
        text = text.replace(f"```sh\n{old}\n```", f"```sh\n{new}\n```")
    (folder / "README.md").write_text(text, "utf-8")
    return subprocess.run(["bash", script], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [("true", "true", 0), ("exit 1", "true", 1), ("true", "exit 5", 5), ("exit 3", "exit 1", 1)],
)
def test_ci_fails_with_either_command(first: str, second: str, status: int, tmp_path: Path) -> None:
    done = ci(tmp_path, first=f"echo one && {first}", second=f"{second} && echo two")
    assert done.returncode == status
    assert f"+ echo one && {first}\none\n" in done.stdout


def test_the_summary_of_the_tests_comes_last(tmp_path: Path) -> None:
    done = ci(tmp_path, first="echo a new finding && exit 1", second="echo 3 passed in 1 s")
    lines = done.stdout.splitlines()
    assert lines[-1] == "3 passed in 1 s"
    assert any("exit status 1" in line for line in lines)
    assert done.returncode == 1
