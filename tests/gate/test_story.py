"""The gate from day to day: a baseline, a bug, its repair, a declared deviation, the report."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conformance.cli import main as cli
from conformance.gate import baseline as baseline_file
from conformance.records import storage
from conformance.records.results import Report

KERNELS = """
import numpy as np

DTYPES = ("float32",)
DEVIATIONS = {declared}

@np.errstate(all="ignore")
def softmax(x, axis=-1):
    wide = x.astype(np.float64)
    top = {top}
    e = np.exp(wide - top)
    return (e / e.sum(axis=axis, keepdims=True)).astype(x.dtype)
"""
SHIFTED = "x.max(axis=axis, keepdims=True, initial=-np.inf).astype(np.float64)"
REASON = "no shift: the logits of our models are bounded, see the design note"


@dataclass(frozen=True)
class Step:
    """What one run of the gate gave."""

    status: int
    output: str
    markdown: str
    report: Report

    @property
    def broken(self) -> set[str]:
        """The must laws that fail in it."""
        return {r.invariant for r in self.report.results if r.outcome == "fail"}


def gate(name: str, *options: str, top: str = SHIFTED, declared: Any = ()) -> Step:
    """Run the gate on a state of the file."""
    text = KERNELS.format(top=top, declared=dict.fromkeys(sorted(declared), REASON))
    Path("kernels.py").write_text(text)
    asked = ("run", "kernels.py", "--effort=quick", "--only=softmax/*", "--quiet")
    files = (f"--json={name}.json", f"--markdown={name}.md", f"--html={name}.html")
    with contextlib.redirect_stdout(io.StringIO()) as output:
        status = cli.main([*asked, *files, "--baseline=gate.baseline", *options])
    report = storage.read(Path(f"{name}.json"))
    return Step(status, output.getvalue(), Path(f"{name}.md").read_text(), report)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Step]]:
    """All of it in order, as in CI, in a folder that is then the current one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("story"))
        patch.setenv("CI", "true")
        patch.setenv("COLUMNS", "120")
        patch.delenv("GITHUB_ACTIONS", raising=False)
        made = gate("made", "--update-baseline")
        bug = gate("bug", top="0.0")
        fixed = gate("fixed", "--strict-baseline")
        declared = gate("declared", top="0.0", declared=bug.broken)
        unmet = gate("unmet", declared=bug.broken)
        over = gate("over", "--effort=thorough", declared=bug.broken)
        yield {"made": made, "bug": bug, "fixed": fixed, "declared": declared, "unmet": unmet,
               "over": over}  # fmt: skip


def test_a_good_implementation_gets_a_baseline(story: dict[str, Step]) -> None:
    made = story["made"]
    assert made.status == 0
    assert made.broken == set()
    kept = baseline_file.read(Path("gate.baseline"))
    assert not kept.known
    assert kept.ratios.keys() <= {r.key for r in made.report.results}


def test_a_bug_fails_the_gate_which_names_it(story: dict[str, Step]) -> None:
    bug = story["bug"]
    assert bug.status == 1
    assert "softmax/accuracy" in bug.broken
    assert "gate fails: " in bug.output
    assert "conformance replay " in bug.output
    said = " ".join(bug.output.split())
    assert "new: kernels::softmax::softmax/accuracy::float32-eager-cpu: passed" in said


def test_the_markdown_says_so_in_one_line(story: dict[str, Step]) -> None:
    head = story["bug"].markdown.splitlines()[0]
    new = sum(r.outcome == "fail" for r in story["bug"].report.results)
    assert head.startswith(f"### ✗ gate fails: {new} new")
    assert "**softmax/accuracy** (must)" in story["bug"].markdown


def test_a_repair_is_green_also_when_strict(story: dict[str, Step]) -> None:
    fixed = story["fixed"]
    assert fixed.status == 0
    assert fixed.markdown.startswith("### ✓ gate passes: nothing differs from the baseline")


def test_the_same_code_gives_the_same_verdicts(story: dict[str, Step]) -> None:
    def verdicts(step: Step) -> list[tuple[Any, ...]]:
        return [(r.key, r.outcome, r.ratio, r.examples) for r in step.report.results]

    assert verdicts(story["fixed"]) == verdicts(story["made"])


def test_a_declared_deviation_is_green_and_visible(story: dict[str, Step]) -> None:
    declared = story["declared"]
    assert declared.status == 0
    assert declared.broken == set()
    assert {"deviation"} <= {r.outcome for r in declared.report.results}
    assert REASON in " ".join(declared.output.split())
    assert "declared deviation" in declared.markdown


def test_a_deviation_that_is_over_is_stale(story: dict[str, Step]) -> None:
    over = story["over"]
    assert over.status == 0
    stale = {r.invariant for r in over.report.results if r.outcome == "stale"}
    assert stale == story["bug"].broken
    assert "↻ kernels: stale, shows nowhere in this run: softmax/" in over.output


def test_compare_tells_the_bug_without_a_baseline(story: dict[str, Step]) -> None:
    command = ["compare", "made.json", "bug.json", "--fail-on", "new,worse"]
    with contextlib.redirect_stdout(io.StringIO()) as output:
        assert cli.main(command) == 1
    assert "softmax/accuracy" in output.getvalue()
    with contextlib.redirect_stdout(io.StringIO()):
        assert cli.main(["compare", "made.json", "fixed.json", "--fail-on", "new,worse"]) == 0


def test_a_quick_run_does_not_call_a_deviation_stale(story: dict[str, Step]) -> None:
    unmet, count = story["unmet"], len(story["bug"].broken)
    assert unmet.status == 0
    assert "stale" not in {r.outcome for r in unmet.report.results}
    assert f"kernels: {count} declared deviations not met at this effort" in unmet.output


@pytest.mark.browser
@pytest.mark.parametrize(("step", "sign", "words"), [
    ("bug", "✗", "Does not conform: breaks "),
    ("declared", "≈", "declared deviation"),
    ("over", "↻", "stale entr"),
])  # fmt: skip
def test_the_report_opens(
    story: dict[str, Step], browser: Any, step: str, sign: str, words: str
) -> None:
    browser.get("about:blank")
    browser.get(Path(f"{step}.html").absolute().as_uri())
    assert browser.get_log("browser") == []
    verdict = browser.find_element("css selector", ".verdict").text
    assert verdict.startswith(sign)
    assert words in verdict
    browser.find_element("css selector", ".matrix td a").click()
    laws = browser.find_elements("css selector", "#softmax details.law > summary")
    laws[0].click()
    assert laws[0].find_element("xpath", "..").find_element("tag name", "dl").is_displayed()
