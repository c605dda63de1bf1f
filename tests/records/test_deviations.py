"""Declared deviations: shown where they show, stale where they no longer do."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import reports

import conformance
from conformance.gate.judging import judge, update
from conformance.pytest_plugin.report import Gathered
from conformance.records import deviations
from conformance.records.results import Report, Result, expected
from conformance.reporting.merging import merge

LAW = "softmax/sums-to-one"


def declared(*results: Result, **fields: Any) -> Report:
    infos = [
        reports.info(name, deviations={LAW: "a fast sum"})
        for name in dict.fromkeys(r.implementation for r in results)
    ]
    thorough = {"effort": "thorough"}
    given = {"implementations": infos, "settings": thorough, **fields}
    return reports.small(*results, **given)


def outcomes(report: Report) -> list[str]:
    return [r.outcome for r in deviations.settled(report).results]


def test_a_deviation_that_shows_nowhere_is_stale_with_its_reason() -> None:
    report = deviations.settled(declared(reports.result(), reports.result(dtype="float16")))
    assert [r.outcome for r in report.results] == ["stale", "stale"]
    assert report.results[0].message == "declared: a fast sum"
    assert deviations.lines(report) == [f"↻ numpy: stale, shows nowhere in this run: {LAW}"]


@pytest.mark.parametrize(
    ("measured", "outcome"),
    [("fail", "deviation"), ("error", "deviation"), ("pass", "stale"), ("vacuous", "vacuous")],
)
def test_what_was_measured_stands_beside_what_was_expected(measured: str, outcome: str) -> None:
    found = expected(reports.result(measured, 9.0, message="said"), "deviation", "why")
    assert (found.outcome, found.measured, found.found) == (outcome, measured, measured)
    assert found.message == "why [said]"


@pytest.mark.parametrize(
    ("outcome", "found"),
    [("deviation", "fail"), ("known", "fail"), ("stale", "pass"), ("error", "error")],
)
def test_an_older_file_tells_what_was_measured_as_far_as_it_can(outcome: str, found: str) -> None:
    assert reports.result(outcome).found == found


def test_a_deviation_that_shows_in_one_dtype_is_not_stale_in_the_others() -> None:
    shows = reports.result("deviation", 9.0, dtype="float16")
    assert outcomes(declared(reports.result(), shows)) == ["pass", "deviation"]


def test_each_implementation_is_judged_by_itself() -> None:
    shows = reports.result("deviation", 9.0, implementation="torch")
    assert outcomes(declared(reports.result(), shows)) == ["stale", "deviation"]


@pytest.mark.parametrize("outcome", ["vacuous", "error"])
def test_what_is_not_decided_everywhere_is_not_stale(outcome: str) -> None:
    other = reports.result(outcome, None, dtype="float16")
    assert outcomes(declared(reports.result(), other)) == ["pass", outcome]


def test_what_an_implementation_does_not_have_decides_nothing() -> None:
    lacks = reports.result("unsupported", None, dtype="float16")
    assert outcomes(declared(reports.result(), lacks)) == ["stale", "unsupported"]
    assert outcomes(declared(lacks)) == ["unsupported"]


@pytest.mark.parametrize("name", ["function", "dtype", "device", "mode"])
def test_a_run_of_a_part_claims_nothing(name: str) -> None:
    part = {"effort": "thorough", name: "x"}
    assert outcomes(declared(reports.result(), settings=part)) == ["pass"]


def test_a_run_that_was_cut_off_claims_nothing() -> None:
    assert outcomes(declared(reports.result(), complete=False)) == ["pass"]


@pytest.mark.parametrize("effort", ["quick", "default"])
def test_a_run_that_is_not_thorough_counts_what_it_has_not_met(effort: str) -> None:
    report = deviations.settled(declared(reports.result(), settings={"effort": effort}))
    assert [r.outcome for r in report.results] == ["pass"]
    assert deviations.lines(report) == ["numpy: 1 declared deviation not met at this effort"]
    shows = declared(reports.result("deviation", 9.0), settings={"effort": effort})
    assert not deviations.lines(deviations.settled(shows))


def test_laws_that_are_not_declared_and_may_laws_stay() -> None:
    other = reports.result(invariant="softmax/range")
    assert outcomes(declared(other, reports.result(level="may"))) == ["pass", "pass"]


def test_parts_of_a_run_are_judged_together() -> None:
    cpu = deviations.settled(declared(reports.result()))
    cuda = declared(reports.result("deviation", 9.0, device="cuda"))
    assert [r.outcome for r in cpu.results] == ["stale"]
    assert [r.outcome for r in merge([cpu, cuda]).results] == ["pass", "deviation"]


def test_a_stale_deviation_does_not_fail_the_gate_and_is_no_entry() -> None:
    report = deviations.settled(declared(reports.result()))
    made = update(report)
    assert not made.known
    assert made.ratios
    assert judge(report, made, strict=True).status == 0


@pytest.mark.parametrize(("partial", "outcome"), [(False, "stale"), (True, "pass")])
def test_pytest_judges_a_whole_session_only(partial: bool, outcome: str) -> None:
    held = reports.result()
    gathered = Gathered({})
    gathered.begin(declared(held), [SimpleNamespace(subjects=[(held, ())])])  # type: ignore[list-item]
    gathered.take(SimpleNamespace(conformance=Gathered.packed(held, {})))  # type: ignore[arg-type]
    gathered.partial = partial
    assert [r.outcome for r in gathered.report(whole=True).results] == [outcome]


DECLARING = """
import numpy as np
DTYPES = ("float32", "float16")
DEVIATIONS = {"sigmoid/accuracy": "naive in half precision", "sigmoid/keeps-dtype": "long ago"}

@np.errstate(all="ignore")
def sigmoid(x):
    wide = x.astype(np.float64)
    if x.dtype == np.float16:
        return (np.exp(wide) / (1 + np.exp(wide))).astype(x.dtype)
    return (1 / (1 + np.exp(-wide))).astype(x.dtype)
"""


def test_a_real_file(tmp_path: Path) -> None:
    path = tmp_path / "declaring.py"
    path.write_text(DECLARING)
    laws = ["sigmoid/accuracy", "sigmoid/keeps-dtype"]
    quick = conformance.check(path, effort="quick", only=laws)
    assert {r.outcome for r in quick.results} == {"pass", "deviation"}
    assert deviations.lines(quick) == ["declaring: 1 declared deviation not met at this effort"]
    report = conformance.check(path, effort="thorough", only=laws)
    found = {(r.invariant, r.dtype): r.outcome for r in report.results}
    assert found == {
        ("sigmoid/accuracy", "float32"): "pass",
        ("sigmoid/accuracy", "float16"): "deviation",
        ("sigmoid/keeps-dtype", "float32"): "stale",
        ("sigmoid/keeps-dtype", "float16"): "stale",
    }
    assert deviations.stale(report) == {"declaring": ["sigmoid/keeps-dtype"]}


def test_a_deviation_of_one_dtype_excuses_no_other() -> None:
    entries = {f"{LAW}@float16": "a fast sum"}
    assert deviations.reason(entries, LAW, "float16") == "a fast sum"
    assert not deviations.reason(entries, LAW, "float32")
    assert deviations.reason({LAW: "everywhere", **entries}, LAW, "float16") == "a fast sum"
    assert deviations.reason({LAW: "everywhere", **entries}, LAW, "float32") == "everywhere"


def test_a_deviation_of_one_dtype_is_stale_where_that_dtype_holds() -> None:
    half = reports.result(dtype="float16")
    info = reports.info("numpy", deviations={f"{LAW}@float16": "a fast sum"})
    made = declared(reports.result(), half, implementations=[info])
    report = deviations.settled(made)
    assert [r.outcome for r in report.results] == ["pass", "stale"]
    assert deviations.stale(report) == {"numpy": [f"{LAW}@float16"]}
