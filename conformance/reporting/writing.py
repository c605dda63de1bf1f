"""Writes the files of a run: those asked for, and those that a CI service expects."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from conformance.records.results import Report

if TYPE_CHECKING:
    from conformance.gate.changes import Judged


def write_all(report: Report, judged: Judged | None, values: Mapping[str, Any]) -> Iterator[str]:
    """Write each file, and what GitHub Actions shows; yields what was written, a line each."""
    yield from write_files(report, judged, values)
    if os.environ.get("GITHUB_ACTIONS"):
        from conformance.reporting import github

        github.announce(report, judged)


def write_files(report: Report, judged: Judged | None, values: Mapping[str, Any]) -> Iterator[str]:
    """Write each file that is named; yields what was written, a line each."""
    from conformance.records import storage

    if values.get("json"):
        storage.write(report, values["json"])
        yield f"results: {values['json']}"
    if values.get("html"):
        from conformance.reporting.html import document

        document.write(report, values["html"])
        yield f"report: {values['html']}"
    if values.get("markdown"):
        from conformance.reporting import markdown

        markdown.write(report, values["markdown"], judged)
        yield f"summary: {values['markdown']}"
    if values.get("comparison"):
        from conformance.reporting import libraries

        libraries.write(report, values["comparison"])
        yield f"comparison: {values['comparison']}"
    if values.get("junit"):
        from conformance.reporting import junit

        junit.write(report, values["junit"])
        yield f"JUnit: {values['junit']}"
