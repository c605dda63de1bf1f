"""What was not examined, with its reason: what was not run, and functions that nothing judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from conformance.records.grouping import grouped
from conformance.records.results import UNCOMPARED, NotRun, Report, Result


def unexamined(report: Report) -> dict[str, list[str]]:
    """Each reason with what it keeps from being examined."""
    silent = (
        NotRun(what=f"{name}::{function}", why=why)
        for name, own in grouped((r.implementation, r) for r in report.results).items()
        for function, why in unjudged(own).items()
    )
    return grouped((item.why, item.what) for item in [*silent, *report.not_run])


def unjudged(results: Iterable[Result]) -> dict[str, str]:
    """The functions of which no must law was judged, and why: what is said most often."""
    functions = grouped((r.function, r) for r in results if r.level == "must")
    return {
        function: _why(cases)
        for function, cases in functions.items()
        if not any(r.examined for r in cases)
    }


def _why(cases: Iterable[Result]) -> str:
    """What is said of the cases: that no value was compared, else what laws were refused for."""
    said = Counter(r.message for r in cases if r.message)
    uncompared = (words for words in said if words.startswith(UNCOMPARED))
    likeliest = (words for words, _ in said.most_common(1))
    return next(uncompared, "") or next(likeliest, "no must law was exercised")
