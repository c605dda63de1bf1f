"""The action for GitHub, its script run, and the options that docs/gate.md names."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import textwrap
from pathlib import Path

import pytest

from conformance.cli.main import parser

ROOT = Path(__file__).parents[2]
#: Stands for Python: notes its arguments, one a line, and exits as it is told.
STUB = '#!/bin/sh\nprintf "%s\\n" "$@" > called\nexit "$EXIT"\n'


def script() -> str:
    """The shell script of the action's step `Run`."""
    text = (ROOT / "action.yml").read_text("utf-8")
    return textwrap.dedent(text.partition("      run: |\n")[2].partition("\n\n")[0])


@pytest.fixture
def step(tmp_path: Path) -> Path:
    """A folder with a python that only takes notes."""
    if shutil.which("bash") is None:
        pytest.skip("no bash on this machine")
    (tmp_path / "python").write_text(STUB)
    (tmp_path / "python").chmod(0o755)
    return tmp_path


def run(step: Path, status: int = 0, **inputs: str) -> tuple[int, list[str]]:
    """(exit status, what Python was called with)."""
    given = {"IMPLEMENTATIONS": "", "BASELINE": "", "STRICT": "false", "FACTOR": "2"}
    environ = {
        "PATH": f"{step}:{os.environ['PATH']}",
        "GITHUB_OUTPUT": str(step / "output"),
        "EXIT": str(status),
        "ARGUMENTS": "",
        **given,
        **inputs,
    }
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script()]
    done = subprocess.run(command, env=environ, cwd=step, check=False)
    return done.returncode, (step / "called").read_text().splitlines()


FILES = ["--json", "conformance.json", "--html", "conformance.html"]


def test_it_runs_the_gate(step: Path) -> None:
    status, called = run(
        step, IMPLEMENTATIONS="mine.py torch", BASELINE="c.baseline", STRICT="true",
        ARGUMENTS="--dtype float16",
    )  # fmt: skip
    gate = ["--baseline", "c.baseline", "--worse-factor", "2", "--strict-baseline"]
    named = ["mine.py", "torch", "--dtype", "float16"]
    assert status == 0
    assert called == ["-m", "conformance", "run", *named, *gate, *FILES]


def test_without_a_baseline_it_asks_for_none(step: Path) -> None:
    called = run(step, IMPLEMENTATIONS="mine.py", STRICT="true")[1]
    assert called == ["-m", "conformance", "run", "mine.py", *FILES]


@pytest.mark.parametrize("status", [1, 4])
def test_the_status_is_the_runs(step: Path, status: int) -> None:
    assert run(step, status, IMPLEMENTATIONS="mine.py")[0] == status
    assert (step / "output").read_text() == f"status={status}\n"


def test_inputs_are_no_script(step: Path) -> None:
    hostile = "$(touch${IFS}hit) `touch${IFS}hit`;touch${IFS}hit"
    called = run(step, IMPLEMENTATIONS=hostile, BASELINE='"; touch hit; "')[1]
    assert not (step / "hit").exists()
    assert called[3:5] == hostile.split(" ")


def test_the_guide_names_options_that_there_are() -> None:
    text = (ROOT / "docs" / "gate.md").read_text("utf-8")
    commands = parser()[1]
    known = {s for c in commands.values() for a in c._actions for s in a.option_strings}
    foreign = {"--index-url", "--quiet"}  # of pip and git
    used = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))
    assert len(used) > 8
    assert used - foreign <= known
