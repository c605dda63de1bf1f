"""How one result appears in pytest: passed, failed, skipped or xfailed, with its text."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from typing import Any

from conformance.cli.gating import Gate
from conformance.records.results import LawRecord, Report, Result

#: pytest's outcome and a text.
Told = tuple[str, str]


class Judge:
    """Says what a result is to pytest, by its level and by the baseline if there is one."""

    def __init__(self, values: Mapping[str, Any], base: Report) -> None:
        self._levels = ("must", "should") if values["fail_on"] == "should" else ("must",)
        self._base = base
        self._values = values
        self._laws = {law.id: law for law in base.laws}
        self._gate = Gate(values)
        self._failing: dict[str, str] = {}

    def look(self, results: Sequence[Result]) -> list[Result]:
        """The results of a subject with the outcomes that the baseline gives them."""
        judged = None
        if not self._values["update_baseline"]:
            judged = self._gate.held(with_results(self._base, results, False))
        if judged is None:
            return list(results)
        self._failing.update({c.key: c.words for c in judged.failing})
        return list(judged.report.results)

    def told(self, result: Result) -> Told:
        """What pytest is to show."""
        if result.holds and result.key not in self._failing:
            return "passed", ""
        if result.ours:
            return "failed", result.message
        if not result.examined:
            return "skipped", f"{result.outcome}: {result.message or 'nothing exercised the law'}"
        if result.outcome in ("deviation", "known"):
            return "xfailed", f"{result.outcome}: {result.message or 'no reason given'}"
        if self._fails(result):
            return "failed", self._text(result)
        return "xfailed", f"{self._why_not(result)}: {_short(result)}"

    def _fails(self, result: Result) -> bool:
        if self._values["update_baseline"]:
            return False
        if self._gate.baseline is not None:
            return result.key in self._failing
        return result.level in self._levels

    def _why_not(self, result: Result) -> str:
        if self._values["update_baseline"]:
            return "written to the baseline"
        return f"a {result.level} law" if result.level not in self._levels else "the spec changed"

    def _text(self, result: Result) -> str:
        told = self._failing.get(result.key, "")
        gate = f"the gate: {told}" if told else ""
        return "\n".join(filter(None, (*_block(result, self._laws), gate)))


def _short(result: Result) -> str:
    from conformance.reporting.signs import figure

    said = result.message.partition("\n")[0] if result.outcome == "error" else ""
    over = f"{figure(result.ratio)} x over" if result.ratio is not None else "does not hold"
    again = f" (conformance replay {result.counterexample.id})" if result.counterexample else ""
    return (said or over) + again


def _block(result: Result, laws: Mapping[str, LawRecord]) -> Sequence[str]:
    """The failure as `conformance run` shows it."""
    from conformance.errors import printable
    from conformance.reporting.terminal.causes import Entry
    from conformance.reporting.terminal.failures import block

    width = min(max(shutil.get_terminal_size((100, 24)).columns, 60), 100)
    return [printable(line) for line, _ in block(Entry(result, (result,)), laws, width)]


def with_results(base: Report, results: Sequence[Result], complete: bool) -> Report:
    """The same report about other results."""
    import msgspec

    return msgspec.structs.replace(base, results=list(results), complete=complete)
