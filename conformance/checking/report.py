"""The report of `conformance.check`: the records of a run, and questions people ask of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

from conformance.cli.commands.run import fails, status
from conformance.records.grouping import grouped
from conformance.records.results import Report as Record
from conformance.records.results import Result

#: The columns of a notebook's table.
_COLUMNS = ("implementation", "function", "dtype", "worst", "at", "pass", "fail", "error")


class NonConformanceError(AssertionError):
    """What `Report.raise_for_failures` raises: the laws that are broken, one a line."""


class Report(Record, kw_only=True, dict=True):
    """The report of `conformance.check`: the records of a run, and what people ask of them."""

    @property
    def conforms(self) -> bool:
        """True if the run is whole and no law of the level that fails it is broken."""
        return status(self, None, self._fail_on) == 0

    @property
    def failures(self) -> list[Result]:
        """The cases that fail the run: those of must laws, with `fail_on="should"` of both."""
        return [r for r in self.results if fails(r, self._fail_on)]

    @property
    def _fail_on(self) -> str:
        return str(self.__dict__.get("fail_on", "must"))

    def table(self) -> list[dict[str, Any]]:
        """A row for each implementation, function and dtype, as `pandas.DataFrame` takes them.

        `worst` is the largest error / bound, `at` the law that it breaks or comes near.
        """
        groups = grouped(((r.implementation, r.function, r.dtype), r) for r in self.results)
        return [self._row(*key, results) for key, results in groups.items()]

    def _row(self, name: str, function: str, dtype: str, results: list[Result]) -> dict[str, Any]:
        count = {o: sum(r.outcome == o for r in results) for o in ("pass", "fail", "error")}
        worst = max(results, key=lambda r: r.excess)
        return {
            "implementation": name,
            "function": function,
            "dtype": dtype,
            "conforms": not any(fails(r, self._fail_on) for r in results),
            "worst": worst.excess,
            "at": worst.invariant if worst.excess else "",
            **count,
        }

    def score(self) -> dict[str, Any]:
        """What `conformance run --score` prints, as a dictionary."""
        from conformance.reporting.score import score

        return score(self, status=status(self, None, self._fail_on), fail_on=self._fail_on)

    def to_html(self, path: str | Path) -> Path:
        """Write the page of `conformance run --html`; where it lies."""
        from conformance.reporting.html import document

        document.write(self, path)
        return Path(path)

    def to_json(self, path: str | Path) -> Path:
        """Write the results file of `conformance run --json`; where it lies."""
        from conformance.records.storage import write

        write(self, path)
        return Path(path)

    def raise_for_failures(self) -> None:
        """NonConformanceError if the run does not conform, with a line for each broken law."""
        if not self.conforms:
            raise NonConformanceError("\n".join([self._headline(), *self._broken()]))

    def _headline(self) -> str:
        names = ", ".join(i.name for i in self.implementations) or "nothing"
        if not self.complete:
            return f"{names}: the run was cut off after {len(self.results)} cases"
        if self.conforms:
            return f"{names}: conforms in {len(self.results)} cases"
        laws = len({(r.implementation, r.invariant) for r in self.failures})
        broken = f"breaks {laws} law{'s' * (laws != 1)} in {len(self.failures)} cases"
        if laws:
            return f"{names}: does not conform: {broken}"
        ours = next((r.message for r in self.results if r.ours), "")
        return f"{names}: {ours or 'nothing was examined'}"

    def _broken(self) -> Iterator[str]:
        """A line for each broken law, the worst first."""
        from conformance.reporting.signs import figure

        worst: dict[tuple[str, str], Result] = {}
        for r in sorted(self.failures, key=lambda r: -r.excess):
            worst.setdefault((r.implementation, r.invariant), r)
        for (name, law), r in worst.items():
            over = f"{figure(r.ratio)} x over its bound" if r.ratio is not None else r.message
            yield f"  {law}  {name} {r.dtype} {r.mode} {r.device}  {over}"

    def __repr__(self) -> str:
        lines = list(self._broken())
        more = [f"  and {len(lines) - 5} more: report.failures, report.table()"]
        return "\n".join([f"<Report {self._headline()}>", *lines[:5], *(more if lines[5:] else ())])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(c)}</th>" for c in ("", *_COLUMNS))
        body = "".join(f"<tr>{_cells(row)}</tr>" for row in self.table())
        table = f"<table><thead><tr>{head}</tr></thead>{body}</table>"
        return f"<p>{escape(self._headline())}</p>{table}"


def _cells(row: Mapping[str, Any]) -> str:
    """One row of `Report.table` as HTML."""
    from conformance.reporting.signs import figure

    sign = "✓" if row["conforms"] else "✗"
    shown = {**row, "worst": figure(row["worst"])}
    return "".join(f"<td>{escape(str(v))}</td>" for v in (sign, *(shown[c] for c in _COLUMNS)))
