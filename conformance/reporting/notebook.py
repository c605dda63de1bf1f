"""A report as notebooks show it: the headline and a row for each function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from conformance.reporting.signs import figure

_COLUMNS = ("implementation", "function", "dtype", "worst", "at", "pass", "fail", "error")


def table(headline: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """An HTML table; `rows` as `Report.table` gives them."""
    head = "".join(f"<th>{escape(c)}</th>" for c in ("", *_COLUMNS))
    body = "".join(f"<tr>{_row(row)}</tr>" for row in rows)
    return f"<p>{escape(headline)}</p><table><thead><tr>{head}</tr></thead>{body}</table>"


def _row(row: Mapping[str, Any]) -> str:
    sign = "✓" if row["conforms"] else "✗"
    shown = {**row, "worst": figure(row["worst"])}
    return "".join(f"<td>{escape(str(v))}</td>" for v in (sign, *(shown[c] for c in _COLUMNS)))
