"""The verdict of one law on the text of a file."""

from __future__ import annotations

from pathlib import Path

from conformance.examine.engine import examine
from conformance.examine.selection import Settings, subjects
from conformance.kernels.loading import load


def outcome(text: str, law: str, folder: Path) -> str:
    """What one law says of a file with this text, in float64, at effort quick."""
    path = folder / "file.py"
    path.write_text(text, encoding="utf-8")
    settings = Settings(effort="quick", dtypes=("float64",), only=(law,))
    implementation = load(path)
    (subject,) = subjects(implementation, settings)[0]
    (result,) = examine(implementation, subject, settings).results
    return result.outcome
