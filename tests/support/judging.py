"""What laws say of one file: the verdict of one of them, and those that do not hold."""

from __future__ import annotations

from pathlib import Path

from conformance.examine.engine import examine
from conformance.examine.selection import Settings, subjects
from conformance.objects.load import load
from conformance.records.results import Findings


def outcome(text: str, law: str, folder: Path) -> str:
    """What one law says of a file with this text, in float64, at effort quick."""
    path = folder / "file.py"
    path.write_text(text, encoding="utf-8")
    settings = Settings(effort="quick", dtypes=("float64",), only=(law,))
    implementation = load(path)
    (subject,) = subjects(implementation, settings)[0]
    (result,) = examine(implementation, subject, settings).results
    return result.outcome


def examined(path: Path, dtype: str = "float32", **settings: object) -> Findings:
    """The findings on the first function of a file."""
    mine = load(path)
    asked = Settings(dtypes=(dtype,), brief=True, **settings)  # type: ignore[arg-type]
    return examine(mine, subjects(mine, asked)[0][0], asked)


def broken(found: Findings) -> dict[str, str]:
    """Law -> level, of those that do not hold."""
    return {
        r.invariant.partition("/")[2]: r.level
        for r in found.results
        if r.outcome in ("fail", "error")
    }
