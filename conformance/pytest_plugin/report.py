"""The report of a pytest session, gathered from its cases; the same with and without workers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.cli.gating import Gate
from conformance.cli.values import settings_of
from conformance.pytest_plugin.cases import with_results
from conformance.records import deviations
from conformance.records.results import Accuracy, LimitRecord, NotRun, Report, Result

if TYPE_CHECKING:
    import pytest

    from conformance.gate.changes import Judged
    from conformance.processes.messages import Loaded


def skeleton(described: Sequence[Loaded], values: Mapping[str, Any]) -> Report:
    """A report without results: what is examined, by which laws, with which settings."""
    from conformance.processes import environment
    from conformance.processes.run import head

    return head(described, environment.settings(settings_of(values)))


class Gathered:
    """The results that have arrived, and what was made of them."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values
        self.base: Report | None = None
        self._places: dict[tuple[str, ...], int] = {}
        self.partial = False
        self.lines: list[str] = []
        self._results: dict[str, Result] = {}
        self._accuracy: list[Accuracy] = []
        self._limits: list[LimitRecord] = []
        self._lost: list[NotRun] = []

    def begin(self, base: Report, described: Sequence[Loaded]) -> None:
        """What is to be gathered, in which order."""
        subjects = [subject for d in described for subject, _ in d.subjects]
        self.base = base
        self._places = {_place(subject): i for i, subject in enumerate(subjects)}

    @staticmethod
    def further(findings: Any) -> dict[str, Any]:
        """What an examination found beside verdicts, for a report to carry."""
        further: dict[str, Any] = msgspec.to_builtins(
            {name: getattr(findings, name) for name in ("accuracy", "limits")}
        )
        return further

    @staticmethod
    def packed(result: Result, further: Mapping[str, Any]) -> dict[str, Any]:
        """A result in plain values, as pytest-xdist can send it."""
        return {"result": msgspec.to_builtins(result), **further}

    def take(self, report: pytest.TestReport) -> None:
        """What a test report carries, if it is one of ours."""
        packed = getattr(report, "conformance", None)
        if packed is None:
            if report.failed and "conformance" in report.keywords:
                why = str(report.longrepr or "nothing was said").strip().splitlines()[-1]
                self._lost.append(NotRun(what=report.nodeid, why=why))
            return
        result = msgspec.convert(packed["result"], Result)
        self._results[result.key] = result
        self._accuracy += msgspec.convert(packed.get("accuracy", []), list[Accuracy])
        self._limits += msgspec.convert(packed.get("limits", []), list[LimitRecord])

    def report(self, whole: bool) -> Report:
        """The report, in the order of the implementations, functions and laws."""
        assert self.base is not None
        order = self._order(self.base)
        report = msgspec.structs.replace(
            self.base,
            results=sorted(self._results.values(), key=order),
            accuracy=sorted(self._accuracy, key=order),
            limits=sorted(self._limits, key=order),
            not_run=[*self.base.not_run, *sorted(self._lost, key=lambda n: n.what)],
            complete=whole and not self._lost,
        )
        return report if self.partial else deviations.settled(report)

    def _order(self, base: Report) -> Any:
        """By subject and law, as `conformance run` has them."""
        laws = {law.id: i for i, law in enumerate(base.laws)}
        return lambda entry: (self._places[_place(entry)], laws.get(_law(entry), -1))

    def finish(self, whole: bool) -> bool:
        """Judge, keep, write; whether the gate fails the run."""
        from conformance.errors import BaselineError
        from conformance.records import counterexamples
        from conformance.reporting import writing

        report = self.report(whole)
        if not report.results:
            return False
        lines = [*_verdicts(report), *deviations.lines(report)]
        try:
            judged = self._judged(report)
            shown = report if judged is None else judged.report
            lines += judged.lines() if judged else []
            lines += filter(None, [counterexamples.keep(shown)])
            lines += writing.write_all(shown, judged, self.values)
        except (BaselineError, OSError) as error:
            self.lines = [*lines, f"error: {error}"]
            return True
        self.lines = lines
        return judged is not None and bool(judged.status)

    def _judged(self, report: Report) -> Judged | None:
        gate = Gate(self.values)
        gate.update(report)
        seen = with_results(report, report.results, report.complete and not self.partial)
        judged = gate.held(seen)
        if judged is None:
            return None
        about = with_results(report, judged.report.results, report.complete)
        return dataclasses.replace(judged, report=about)


def _place(of: Any) -> tuple[str, ...]:
    """What tells one subject's entries from another's."""
    return of.implementation, of.function, of.dtype, of.device, of.mode


def _law(entry: Any) -> str:
    return str(getattr(entry, "invariant", ""))


def _verdicts(report: Report) -> Iterator[str]:
    """A sentence for each implementation."""
    from conformance.reporting.verdicts import verdicts

    for verdict in verdicts(report):
        yield f"{verdict.sign} {verdict.info.name}: {verdict.words}"
