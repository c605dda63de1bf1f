"""The report as one HTML file: the template filled in, the style sheet and the script put in."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from conformance.records.results import Report
from conformance.records.storage import put
from conformance.reporting.html.page import page

FOLDER = Path(__file__).with_name("template")


@cache
def _environment() -> Environment:
    """Every text is escaped; an unknown name in a template is an error."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["part"] = _part
    return environment


def _part(name: str) -> Markup:
    """One of our own files, as it is but for its indentation."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    return Markup(re.sub(r"\n\s*", "\n", text).strip())


def html(report: Report) -> str:
    """The page's text."""
    template = _environment().get_template("report.html.j2")
    return template.render(page=page(report))


def write(report: Report, path: Path | str) -> None:
    """Write the page, whole or not at all."""
    put(path, html(report).encode("utf-8", "replace"))
