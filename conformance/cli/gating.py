"""The options of the gate: the baseline that a run is compared with, or that it writes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.errors import UsageError

if TYPE_CHECKING:
    from conformance.gate.baseline import Baseline
    from conformance.gate.changes import Judged
    from conformance.records.results import Report


class Gate:
    """The baseline, read before the run so that a wrong one costs nothing. BaselineError."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values
        self.path: str = values["baseline"] or ""
        for name in ("update_baseline", "strict_baseline"):
            if values[name] and not self.path:
                raise UsageError(f"--{name.replace('_', '-')} needs --baseline FILE")
        self.baseline = self._read()

    def _read(self) -> Baseline | None:
        """The named baseline; None if it has yet to be made."""
        from conformance.gate import baseline

        if not self.path or (self.values["update_baseline"] and not Path(self.path).exists()):
            return None
        return baseline.read(self.path)

    def judged(self, report: Report) -> Judged | None:
        """The run held against the baseline, if there is one; or the baseline made from it."""
        from conformance.records.results import NotRun

        if self.values["update_baseline"] and not report.complete:
            why = "left as it was: a baseline is only made from a complete run"
            report.not_run.append(NotRun(what=self.path, why=why))
        else:
            self.update(report)
        return self.held(report)

    def update(self, report: Report) -> None:
        """Write the run to the baseline, if that is asked for."""
        from conformance.gate import baseline, judging

        if self.values["update_baseline"]:
            baseline.write(self.path, judging.update(report, self.baseline))
            self.baseline = baseline.read(self.path)

    def held(self, report: Report) -> Judged | None:
        """The run held against the baseline, if there is one."""
        from conformance.gate import judging

        if self.baseline is None:
            return None
        return judging.judge(
            report,
            self.baseline,
            factor=self.values["worse_factor"],
            strict=self.values["strict_baseline"],
            fail_on=self.values["fail_on"],
        )
