"""The pytest plugin: items, selection, workers, the gate, and its silence when it is not asked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

NAIVE = """
import numpy as np

DTYPES = ("float16",)
DEVIATIONS = {"sigmoid/limits": "no sooner than at infinity"}


@np.errstate(all="ignore")
def sigmoid(x):
    return 1 / (1 + np.exp(-x)) * np.float16(0.99)
"""

RIGHT = NAIVE.replace(
    "1 / (1 + np.exp(-x)) * np.float16(0.99)",
    "(1 / (1 + np.exp(-x.astype(np.float32)))).astype(x.dtype)",
)

CASE = "kernels.py::sigmoid::accuracy::float16-eager-cpu"


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project with a test of its own and a naive implementation."""
    monkeypatch.setenv("COLUMNS", "120")
    pytester.makepyfile(kernels=NAIVE, test_own="def test_own(): pass")
    return pytester


def run(project: pytest.Pytester, *arguments: str, of: str = "kernels.py") -> pytest.RunResult:
    options = ("--conformance", of, "--conformance-effort", "quick")
    return project.runpytest_subprocess(*options, *arguments)


def verdicts(path: Path) -> list[tuple[Any, ...]]:
    """What a results file says, without what depends on the time there was: the minimising."""
    report = json.loads(path.read_text())
    assert report["complete"] is True
    fields = ("function", "invariant", "dtype", "outcome", "ratio", "examples")
    return [tuple(r.get(name) for name in fields) for r in report["results"]]


def test_a_file_is_examined_and_its_failures_are_shown(project: pytest.Pytester) -> None:
    found = run(project, "-rfx")
    assert found.ret == 1
    counts = found.parseoutcomes()
    assert counts["failed"] >= 1
    assert counts["passed"] > 20
    assert counts["xfailed"] >= 1
    found.stdout.fnmatch_lines(
        [
            "*sigmoid/accuracy*MUST",
            "*got*=*",
            "*again*: conformance replay *",
            "*kernels: Does not conform*",
            f"FAILED {CASE}*",
            "XFAIL *limits*deviation: no sooner than at infinity",
        ]
    )
    assert "Traceback" not in found.stdout.str()


def test_the_file_is_not_imported_and_no_other_test_runs(project: pytest.Pytester) -> None:
    project.makepyfile(kernels="import os\nprint(os.getpid(), file=open('pid', 'w'))\n" + NAIVE)
    project.makepyfile(conftest="import os\nprint(os.getpid(), file=open('own', 'w'))\n")
    found = run(project, "-k", "within-unit-interval", "-v")
    assert found.parseoutcomes() == {"passed": 1, "deselected": found.parseoutcomes()["deselected"]}
    assert "test_own" not in found.stdout.str()
    assert (project.path / "pid").read_text() != (project.path / "own").read_text()


def test_a_node_id_can_be_pasted(project: pytest.Pytester) -> None:
    for part, count in ((CASE, 1), (CASE.rpartition("::")[0], 1)):
        found = run(project, part)
        found.assert_outcomes(failed=count)
    found = run(project, "kernels.py::sigmoid::acuracy")
    assert found.ret == 4
    found.stderr.fnmatch_lines(["ERROR: not found: kernels.py::sigmoid::acuracy"])


def test_the_node_id_of_a_bundled_file_can_be_pasted(project: pytest.Pytester) -> None:
    part = "numpy_reference.py::sigmoid::within-unit-interval::bfloat16-eager-cpu"
    run(project, part, of="numpy").assert_outcomes(passed=1)


def test_last_failed_runs_what_failed(project: pytest.Pytester) -> None:
    first = run(project).parseoutcomes()
    again = run(project, "--lf").parseoutcomes()
    assert again["failed"] == first["failed"]
    assert "passed" not in again


def test_other_arguments_are_collected_too(project: pytest.Pytester) -> None:
    found = run(project, "test_own.py", "-k", "within-unit-interval or test_own")
    assert found.parseoutcomes()["passed"] == 2


def test_options_in_the_configuration_keep_the_tests(project: pytest.Pytester) -> None:
    project.makeini("[pytest]\naddopts = --conformance=kernels.py --conformance-effort=quick")
    found = project.runpytest_subprocess("-k", "within-unit-interval or test_own")
    assert found.parseoutcomes()["passed"] == 2


def test_workers_find_the_same(project: pytest.Pytester) -> None:
    run(project, "--conformance-json", "one.json", "-p", "no:xdist")
    found = run(project, "--conformance-json", "two.json", "-n", "2", "test_own.py")
    assert found.parseoutcomes()["failed"] >= 1
    one, two = verdicts(project.path / "one.json"), verdicts(project.path / "two.json")
    assert len(one) > 20
    assert one == two


def test_the_command_finds_the_same(project: pytest.Pytester) -> None:
    run(project, "--conformance-json", "one.json")
    command = ("-m", "conformance", "run", "kernels.py", "--effort", "quick", "--json", "two.json")
    done = project.run(sys.executable, *command)
    assert done.ret == 1
    assert verdicts(project.path / "one.json") == verdicts(project.path / "two.json")
    one, two = (json.loads((project.path / f"{n}.json").read_text()) for n in ("one", "two"))
    for part in ("implementations", "laws", "settings", "environment", "not_run"):
        assert one[part] == two[part]


def test_a_file_that_kills_its_process_is_an_error(project: pytest.Pytester) -> None:
    project.makepyfile(kernels="import os\ndef sigmoid(x): os.abort()")
    found = run(project, "kernels.py::sigmoid::accuracy::float32-eager-cpu")
    found.assert_outcomes(failed=1)
    found.stdout.fnmatch_lines(["*raised*process died*SIGABRT*"])


def test_a_subject_stays_in_one_worker(project: pytest.Pytester) -> None:
    project.makepyfile(kernels=NAIVE.replace('("float16",)', '("float16", "float32")'))
    found = run(project, "-n", "2", "-v").stdout.str()
    workers: dict[str, set[str]] = {}
    for line in found.splitlines():
        words = line.split()
        if len(words) >= 5 and words[0].startswith("[gw") and "kernels.py::" in line:
            workers.setdefault(line.split("::")[-1].split()[0], set()).add(words[0])
    assert set(workers) == {"float16-eager-cpu", "float32-eager-cpu"}
    assert all(len(names) == 1 for names in workers.values())


@pytest.mark.parametrize(
    ("of", "options", "words"),
    [
        ("nothing.py", [], "nothing.py: no such file*"),
        ("broken.py", [], "*broken.py:1:*syntax error*"),
        ("missing.py", ["-n", "1"], "*missing.py:1: it imports 'not_there'*pip install not_there"),
        ("kernels.py", ["--conformance-dtype", "float33"], "*no dtype 'float33'*'float32'?"),
        ("kernels.py", ["--conformance-only", "sigmoid/acuracy"], "*Did you mean*"),
        ("kernels.py", ["--conformance-baseline", "none.txt"], "none.txt: no such baseline*"),
    ],
)
def test_a_mistake_is_one_line(
    project: pytest.Pytester, of: str, options: list[str], words: str
) -> None:
    project.makepyfile(broken="def f(:", missing="import not_there")
    found = run(project, *options, of=of)
    assert found.ret == 4
    found.stderr.fnmatch_lines([f"ERROR: conformance: {words}"])
    assert "Traceback" not in found.stderr.str() + found.stdout.str()


def test_hypothesis_options_choose_effort_and_seed(project: pytest.Pytester) -> None:
    found = project.runpytest_subprocess(
        "--conformance", "kernels.py", "--conformance-json", "r.json", "-k", "within-unit-interval",
        "--hypothesis-profile", "conformance-quick", "--hypothesis-seed", "7",
    )  # fmt: skip
    assert found.ret == 0
    settings = json.loads((project.path / "r.json").read_text())["settings"]
    assert (settings["effort"], settings["seed"]) == ("quick", "7")


def test_the_gate_fails_on_what_is_new_and_tells_what_is_fixed(project: pytest.Pytester) -> None:
    gate = ("--conformance-baseline", "base.txt")
    made = run(project, *gate, "--conformance-update-baseline")
    assert made.ret == 0
    assert "failed" not in made.parseoutcomes()
    known = run(project, *gate)
    assert known.ret == 0
    assert known.parseoutcomes()["xfailed"] >= 2

    project.makepyfile(kernels=NAIVE.replace("1 / (1 +", "1.2 / (1 +"))
    worse = run(project, *gate)
    assert worse.ret == 1
    worse.stdout.fnmatch_lines(["*the gate: *", "*gate fails: *new*"])

    project.makepyfile(kernels=RIGHT)
    fixed = run(project, *gate)
    assert fixed.ret == 0
    assert fixed.parseoutcomes()["xpassed"] >= 1
    assert run(project, *gate, "--conformance-strict-baseline").ret == 1


def test_a_right_file_passes_and_its_files_are_written(project: pytest.Pytester) -> None:
    project.makepyfile(kernels=RIGHT)
    found = run(project, "--conformance-html", "r.html", "--conformance-markdown", "r.md", "-q")
    assert found.ret == 0
    found.stdout.fnmatch_lines(["*kernels: Conforms*", "report: r.html", "summary: r.md"])
    assert "kernels" in (project.path / "r.md").read_text()


def test_runxfail_turns_deviations_into_failures(project: pytest.Pytester) -> None:
    found = run(project, "--runxfail", "kernels.py::sigmoid::limits")
    found.assert_outcomes(failed=1)


def test_the_plugin_can_be_left_out(project: pytest.Pytester) -> None:
    found = project.runpytest_subprocess("-p", "no:conformance.plugin")
    found.assert_outcomes(passed=1)


def test_without_the_option_nothing_heavy_is_imported(project: pytest.Pytester) -> None:
    code = "import sys, pytest, conformance.plugin; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    heavy = {"numpy", "hypothesis", "msgspec", "flint", "rich", "conformance.model", "xdist"}
    assert "conformance.cli.options" in loaded
    assert not heavy & loaded
