"""Markdown for a pull request, and what GitHub Actions is told."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports import counterexample, info, realistic, result, small

from conformance.gate.judging import judge, update
from conformance.records.results import Report
from conformance.reporting import github
from conformance.reporting.markdown import LARGEST, escaped, markdown, write


def broken() -> Report:
    places = [{"dtype": d} for d in ("float16", "float32")]
    return small(
        *(result("fail", 5.25, counterexample=counterexample(), **p) for p in places),
        result("pass", 0.4, dtype="float64"),
    )


def fine() -> Report:
    return small(*(result("pass", 0.4, dtype=d) for d in ("float16", "float32", "float64")))


def test_a_conforming_run_says_so_first() -> None:
    lines = markdown(fine()).splitlines()
    assert lines[0] == "### ✓ numpy conforms"
    assert "- ✓ **numpy** 2.4.6: Conforms: 1 must law holds in 3 cases" in lines[2]


def test_a_broken_law_is_one_row_with_its_places() -> None:
    text = markdown(broken())
    assert text.startswith("### ✗ numpy does not conform")
    assert text.count("softmax/sums-to-one**") == 1
    assert "numpy · float16, float32 · eager · cpu" in text
    assert "error / bound 5.25; `conformance replay 7f3a1c`" in text


def test_the_gate_names_what_is_new_in_one_line() -> None:
    judged = judge(broken(), update(fine()))
    text = markdown(broken(), judged)
    assert text.startswith("### ✗ gate fails: 2 new")
    (row,) = [line for line in text.splitlines() if "softmax/sums-to-one" in line and "|" in line]
    assert "passed with error / bound = 0.41, fails with error / bound = 5.25" in row


def test_the_gate_passes_what_is_known() -> None:
    judged = judge(broken(), update(broken()))
    text = markdown(broken(), judged)
    assert text.startswith("### ✓ gate passes: 2 known")
    assert "<details><summary>Known: 2 cases</summary>" in text


def test_an_incomplete_run_does_not_look_good() -> None:
    text = markdown(small(result(), complete=False))
    assert text.startswith("### ✗")
    assert "Incomplete" in text


def test_it_stays_below_the_limit() -> None:
    report = realistic()
    many = small(
        *(
            result("error", None, function=f, invariant=f"{f}/a", message="x" * 300 + "y" * i)
            for f in ("softmax", "sigmoid")
            for i in range(400)
        )
    )
    assert len(markdown(many)) < LARGEST
    cut = markdown(many, largest=2000)
    assert len(cut) < 2000
    assert cut.endswith("have all of it._\n")
    assert len(markdown(report)) < LARGEST


@given(st.text(alphabet="<>&|`*_[]#@\n\\a :/", max_size=12))
def test_names_and_messages_are_inert(name: str) -> None:
    text = markdown(small(result("error", None, implementation=name, message=name)))
    for line in text.splitlines():
        assert "<a" not in line
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) in (3, 4)
    assert "\n" not in escaped(name)


def test_it_is_written(tmp_path: Path) -> None:
    write(fine(), tmp_path / "a.md")
    assert (tmp_path / "a.md").read_text(encoding="utf-8") == markdown(fine())


# GitHub


def announced(report: Report, **environ: str) -> list[str]:
    out = io.StringIO()
    github.announce(report, None, out, environ)
    return out.getvalue().splitlines()


LINE = info("numpy").functions["softmax"]


def test_an_annotation_is_at_the_users_own_line() -> None:
    (line,) = announced(broken(), GITHUB_ACTIONS="true")
    assert line.startswith(
        f"::error file=implementations/numpy_functions.py,line={LINE},title=softmax/sums-to-one::"
    )
    assert "softmax breaks it in float16, float32: error / bound = 5.25" in line
    assert line.endswith("%0Aconformance replay 7f3a1c")


@pytest.mark.parametrize(
    ("file", "workspace", "place"),
    [
        ("/w/repo/k.py", "/w/repo", f"file=k.py,line={LINE},"),
        ("/lib/k.py", "/w/repo", ""),
        ("/lib/k.py", "", ""),
        ("", "/w/repo", ""),
    ],
)
def test_files_outside_the_repository_have_no_line(file: str, workspace: str, place: str) -> None:
    report = small(result("fail", 3.0), implementations=[info("numpy", file=file)])
    (line,) = announced(report, GITHUB_ACTIONS="1", GITHUB_WORKSPACE=workspace)
    assert line.startswith(f"::error {place}title=softmax/sums-to-one::")


def test_what_a_failure_depends_on_is_told_in_a_pull_request() -> None:
    words = "wrong along axis 0, right along the last axis"
    c = counterexample(contrasts=[words])
    report = small(result("fail", 3.0, counterexample=c))
    (line,) = announced(report, GITHUB_ACTIONS="true")
    assert words in line
    assert words in markdown(report)


def test_a_function_has_one_annotation_for_all_its_laws() -> None:
    laws = small(*(result("fail", 3.0, invariant=f"softmax/{i}") for i in range(4)))
    (line,) = announced(laws, GITHUB_ACTIONS="true")
    assert "softmax breaks it and 3 more laws in float32: error / bound = 3.00" in line


def test_there_are_at_most_ten_annotations() -> None:
    many = small(*(result("fail", 3.0, implementation=f"k{i}") for i in range(31)))
    lines = announced(many, GITHUB_ACTIONS="true")
    assert len(lines) == 10
    assert lines[-1] == "::error::and 22 more failures"


def test_only_what_fails_the_run_is_annotated() -> None:
    known = judge(broken(), update(broken()))
    assert list(github.commands(broken(), known)) == []
    should = small(result("fail", 3.0, level="should"))
    assert announced(should, GITHUB_ACTIONS="true") == []


@given(st.text(max_size=8), st.text(max_size=8))
def test_nothing_ends_a_command_or_begins_another(name: str, message: str) -> None:
    report = small(
        result("error", None, invariant=name, message=f"{message}\r::error::x\n::stop::y"),
        implementations=[info("numpy", file=f"a,line=1::{name}")],
    )
    (line,) = io.StringIO("\n".join(github.commands(report, None))).read().split("\n")
    assert line.count("::error") == 1 or "::error::x" in line.partition("::")[2]
    assert "\r" not in line


def test_the_summary_is_appended_and_bounded(tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    path.write_text("before\n")
    assert announced(fine(), GITHUB_STEP_SUMMARY=str(path)) == []
    assert path.read_text(encoding="utf-8") == "before\n" + markdown(fine())
    path.write_bytes(b"x" * github.SUMMARY)
    announced(fine(), GITHUB_STEP_SUMMARY=str(path))
    assert path.stat().st_size == github.SUMMARY


def test_a_summary_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    (line,) = announced(fine(), GITHUB_STEP_SUMMARY=str(tmp_path / "no" / "summary.md"))
    assert line == "::warning::no summary: No such file or directory"


def test_the_table_has_the_number_of_must_laws_and_counts_missed_should_laws() -> None:
    should = {"level": "should", "invariant": "softmax/relative"}
    text = markdown(small(result(ratio=0.5), result("fail", 6.7e13, **should)))
    assert "| softmax | ✓ 0.50 △1 |" in text
