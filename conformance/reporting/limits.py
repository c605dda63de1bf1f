"""What an implementation takes, in words: "takes float32 and float64, matrices, the last axis".

And as a table: a row for each class of inputs that it refuses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from conformance.floats import FORMATS
from conformance.kernels.limit_words import formats_words
from conformance.records.grouping import grouped
from conformance.records.results import LimitRecord, Report, Result
from conformance.reporting.signs import listed

#: What is not said beside C-contiguous arrays.
_IMPLIED = ("negative strides", "arrays with stride 0", "Fortran order", "strided")
#: Phrases in one sentence; the report has all of them.
_MOST = 7
_NUMBER = re.compile(r"\d[\d,]*")


def takes(limits: Sequence[LimitRecord], results: Iterable[Result]) -> str:
    """The sentence; empty if nothing was refused."""
    if not limits:
        return ""
    places = {(r.function, r.dtype) for r in results}
    said = [*_formats(limits, places), *_phrases(limits, places)]
    lacks = [phrase.removeprefix("no ") for phrase in said if phrase.startswith("no ")]
    lacks = [phrase for phrase in lacks if not _implied(phrase, said, lacks)]
    takes = [phrase for phrase in said if not phrase.startswith("no ")]
    more = len(takes) + len(lacks) - _MOST
    lacks = lacks[: max(_MOST - len(takes), 1)]
    without = f"no {', '.join(lacks)}" if lacks else ""
    if more > 0 and lacks:
        without += f" and {more} more limits"
    elif len(lacks) > 1:
        without = f"no {', '.join(lacks[:-1])} or {lacks[-1]}"
    return "takes " + "; ".join(filter(None, (", ".join(takes), without))) if said else ""


def _implied(phrase: str, said: Sequence[str], lacks: Sequence[str]) -> bool:
    """True of what is not taken if another phrase says so too."""
    if phrase.startswith("gradient for "):
        return phrase.removeprefix("gradient for ") in lacks
    if phrase.startswith("reduction="):
        return any(other.startswith("reduction=") for other in said)
    return "C-contiguous arrays" in said and phrase.startswith(_IMPLIED)


def _formats(limits: Sequence[LimitRecord], places: set[tuple[str, str]]) -> Iterator[str]:
    refused = grouped((x.function, x.dtype) for x in limits if x.kind == "formats")
    functions = {function for function, _ in places}
    taken = grouped(
        (formats_words({d for f, d in places if f == function}.difference(without)), function)
        for function, without in refused.items()
    )
    for words, of in taken.items():
        if words:
            yield words + _of(of, functions)


def _phrases(limits: Sequence[LimitRecord], places: set[tuple[str, str]]) -> Iterator[str]:
    """Each phrase once, with the functions that it is true of if it is not of all of them.

    And with the formats, where another number is true of others: up to 1,024 classes (float32).
    """
    functions = {function for function, _ in places}
    found = grouped((phrase, limit) for limit in limits for phrase in limit.takes)
    numbers = grouped(
        ((_NUMBER.sub("#", phrase), function), phrase)
        for phrase, of in found.items()
        for function in {limit.function for limit in of}
    )
    for phrase, of in found.items():
        some = list(dict.fromkeys(limit.function for limit in of))
        several = any(len(numbers[_NUMBER.sub("#", phrase), name]) > 1 for name in some)
        formats = [name for name in FORMATS if several and name in {x.dtype for x in of}]
        yield phrase + _of(some, functions, formats)


def _of(some: Sequence[str], functions: set[str], formats: Sequence[str] = ()) -> str:
    said = [] if set(some) >= functions else [listed(some, 3)]
    said += [", ".join(formats)] if formats else []
    return f" ({'; '.join(said)})" if said else ""


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A kind of limits of an implementation: what is refused where, and whether it matters.

    `level` is that of the law that speaks of it, "declared" if LIMITS has it, else "none". `reason`
    is the file's own, or what is raised. `first` is the first call that was refused.
    """

    implementation: str
    kind: str
    level: str
    functions: tuple[str, ...]
    places: tuple[str, ...]
    refuses: tuple[str, ...]
    reason: str
    first: str
    law: str


def table(report: Report) -> list[LimitRow]:
    """The limits of a report, those of several functions and places that are alike in one row."""
    levels = {r.invariant: r.level for r in report.results if r.outcome != "pass"}
    alike = grouped(
        ((x.implementation, x.kind, frozenset(x.refuses), x.reason, _level(x, levels)), x)
        for x in report.limits
    )
    return [
        LimitRow(
            implementation=of[0].implementation,
            kind=of[0].kind,
            level=_level(of[0], levels),
            functions=tuple(dict.fromkeys(x.function for x in of)),
            places=tuple(dict.fromkeys(_place(x) for x in of)),
            refuses=tuple(of[0].refuses),
            reason=of[0].reason or of[0].said,
            first=of[0].first,
            law=of[0].law,
        )
        for of in alike.values()
    ]


def plain(report: Report) -> list[dict[str, Any]]:
    """The same as plain data, for JSON."""
    found: list[dict[str, Any]] = msgspec.to_builtins(table(report))
    return found


def _level(x: LimitRecord, levels: Mapping[str, str]) -> str:
    if x.reason:
        return "declared"
    return levels.get(x.law, "may") if x.law else "none"


def _place(x: LimitRecord) -> str:
    """float16, float32 jit, bfloat16 cuda: what is usual left out."""
    return " ".join(p for p in (x.dtype, x.mode, x.device) if p not in ("eager", "cpu"))
