"""What an implementation takes, in words: "takes float32 and float64, matrices, the last axis"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from conformance.kernels.limit_words import formats_words
from conformance.records.results import LimitRecord, Result
from conformance.reporting.signs import listed

#: Phrases in one sentence; the report has all of them.
_MOST = 7


def takes(limits: Sequence[LimitRecord], results: Iterable[Result]) -> str:
    """The sentence; empty if nothing was refused."""
    if not limits:
        return ""
    places = {(r.function, r.dtype) for r in results}
    said = [*_formats(limits, places), *_phrases(limits, places)]
    lacks = [phrase.removeprefix("no ") for phrase in said if phrase.startswith("no ")]
    takes = [phrase for phrase in said if not phrase.startswith("no ")]
    more = len(takes) + len(lacks) - _MOST
    lacks = lacks[: max(_MOST - len(takes), 1)]
    without = f"no {', '.join(lacks)}" if lacks else ""
    without += f" and {more} more limits" if more > 0 and lacks else ""
    return "takes " + "; ".join(filter(None, (", ".join(takes), without))) if said else ""


def _formats(limits: Sequence[LimitRecord], places: set[tuple[str, str]]) -> Iterator[str]:
    refused: dict[str, set[str]] = {}
    for limit in limits:
        if limit.kind == "formats":
            refused.setdefault(limit.function, set()).add(limit.dtype)
    functions = {function for function, _ in places}
    taken: dict[str, list[str]] = {}
    for function, without in refused.items():
        rest = {dtype for f, dtype in places if f == function} - without
        taken.setdefault(formats_words(rest), []).append(function)
    for words, of in taken.items():
        if words:
            yield words + _of(of, functions)


def _phrases(limits: Sequence[LimitRecord], places: set[tuple[str, str]]) -> Iterator[str]:
    """Each phrase once, with the functions that it is true of if it is not of all of them."""
    functions = {function for function, _ in places}
    found: dict[str, list[str]] = {}
    for limit in limits:
        for phrase in limit.takes:
            found.setdefault(phrase, []).append(limit.function)
    for phrase, of in found.items():
        yield phrase + _of(list(dict.fromkeys(of)), functions)


def _of(some: Sequence[str], functions: set[str]) -> str:
    return "" if set(some) >= functions else f" ({listed(some, 3)})"
