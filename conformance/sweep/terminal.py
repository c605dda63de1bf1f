"""A sweep on a terminal, in a pipe or a CI log: how far it is, and what it found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from conformance.records.results import Accuracy, Region, Report, Result
from conformance.reporting.console import console
from conformance.reporting.terminal.progress import Step, display
from conformance.sweep.engine import Advance, Watch
from conformance.sweep.report import histogram_words

if TYPE_CHECKING:
    from conformance.gate.changes import Judged

_REGIONS = 8


def progress(quiet: bool = False) -> AbstractContextManager[Watch]:
    """The display of a sweep."""
    return display(_step, quiet, counted=False)


def _step(event: Advance) -> Step:
    share = event.done / max(event.total, 1)
    rate = _rate(event)
    line = "  ".join(filter(None, (f"{share:6.1%} of {event.total:,} inputs", rate, event.worst)))
    words = " · ".join(filter(None, (rate, event.worst, event.words)))
    urgent = event.finished or event.words == "resumed"
    return Step(event.done, event.total, line, words, urgent)


def _rate(event: Advance) -> str:
    """Inputs a second, and the time that is left."""
    new = event.done - event.resumed
    if not new:
        return f"{event.resumed:,} from the journal" if event.resumed else ""
    rate = new / max(event.seconds, 1e-9)
    spent = f"{event.seconds:.1f} s" if event.seconds < 10 else f"{event.seconds:.0f} s"
    if event.finished:
        return f"{rate / 1e6:,.1f} million/s  in {spent}"
    left = (event.total - event.done) / rate
    return f"{rate / 1e6:,.1f} million/s  {spent}, {left:.0f} s left"


def show(report: Report, judged: Judged | None, written: Sequence[str]) -> None:
    """Print what a sweep found."""
    out = console()
    for line in _lines(report, judged, written):
        out.print(line, soft_wrap=True)


def _lines(report: Report, judged: Judged | None, written: Sequence[str]) -> Iterator[str]:
    for accuracy in report.accuracy:
        yield from _accuracy(accuracy)
    broken = [r for r in report.results if r.outcome not in ("pass", "unsupported")]
    for result in broken:
        yield from _broken(result)
    if report.not_run:
        yield "not examined"
        yield from (f"  {n.what}: {n.why}" for n in report.not_run)
        yield ""
    if judged is not None:
        yield from judged.lines()
    yield from written
    yield _verdict(report)


def _accuracy(a: Accuracy) -> Iterator[str]:
    yield f"{a.implementation} · {a.function} · {a.quantity} · {a.dtype} · {a.mode} · {a.device}"
    yield f"  inputs             {a.coverage}"
    yield f"  largest error      {_figure(a.ulp)} ulp at x = {_both(a.worst)}"
    where = a.note.partition("the largest ratio is at ")[2].partition(";")[0]
    limit = f"; nowhere above {_figure(a.ratio_limit)}" if a.ratio_limit is not None else ""
    yield f"  error / bound      {_figure(a.ratio)} at x = {_both(where)}{limit}"
    yield f"  correctly rounded  {_percent(a.correctly_rounded)} of {a.count:,} results"
    yield f"  errors in ulp      {_histogram(a)}"
    yield f"  order              {_order(a)}"
    yield from _regions(a.regions)
    yield ""


def _figure(value: float | str | None) -> str:
    return "inf" if value in ("inf", None) else f"{float(value):.4g}"


def _both(text: str) -> str:
    """Hexadecimal with decimal beside it."""
    if not text:
        return "none"
    decimal = ", ".join(f"{float.fromhex(part):.9g}" for part in text.split(", "))
    return f"{text} ({decimal})"


def _percent(share: float) -> str:
    """Never rounded up to 100 %."""
    percent = f"{share:.4%}"
    return ">99.9999%" if percent == "100.0000%" and share < 1 else percent


def _histogram(a: Accuracy) -> str:
    shown = zip(histogram_words(), a.histogram, strict=True)
    return "   ".join(f"{word}: {count:,}" for word, count in shown if count) or "none"


def _order(a: Accuracy) -> str:
    if a.descents is None:
        return "not checked: the inputs are not neighbours"
    if not a.descents:
        return "no two neighbours in the wrong order"
    return f"{a.descents:,} neighbours in the wrong order, the first at x = {_both(a.descent)}"


def _regions(regions: Sequence[Region]) -> Iterator[str]:
    for r in regions[:_REGIONS]:
        place = f" for x from {r.low} to {r.high}" if r.low else ""
        yield f"  breaks             {r.invariant}: {r.count:,} results{place}"
        yield (
            f"                     first at {_both(r.first)}, worst at {_both(r.worst)}, "
            f"{_figure(r.ratio)} of the bound"
        )
    if len(regions) > _REGIONS:
        yield f"                     and {len(regions) - _REGIONS} more regions: --json has all"


def _broken(r: Result) -> Iterator[str]:
    yield f"{r.outcome.upper():10} {r.level:6} {r.invariant}  {r.implementation} · {r.dtype}"
    yield f"           {r.message}"
    if r.counterexample is not None:
        yield f"           again: conformance replay {r.counterexample.id}"


def _verdict(report: Report) -> str:
    if not report.complete:
        return "interrupted: this covers the inputs that were reached"
    musts = [r for r in report.results if r.level == "must"]
    broken = sum(r.fails for r in musts)
    if not report.results:
        return "nothing was examined"
    if broken:
        return f"does not conform: {broken} of {len(musts)} must laws are broken"
    return f"conforms: {len(musts)} must laws hold on every input examined"
