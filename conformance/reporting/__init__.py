"""Writers of reports: HTML, Markdown and GitHub here; none of them needs a live run.

>>> write_html(merge([read("torch.json"), read("jax.json")]), "report.html")
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from conformance.records.results import Report
from conformance.reporting.merging import merge

if TYPE_CHECKING:
    from conformance.gate.changes import Judged

__all__ = ["merge", "write_html", "write_markdown"]


def write_html(report: Report, path: Path | str) -> None:
    """Write the report as one HTML file that needs nothing else."""
    from conformance.reporting.html import document

    document.write(report, path)


def write_markdown(report: Report, path: Path | str, judgement: Judged | None = None) -> None:
    """Write the report as Markdown for a pull request, with what the gate says if it was asked."""
    from conformance.reporting import markdown

    markdown.write(report, path, judgement)
