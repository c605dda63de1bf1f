"""One broken law as a bug report for the library: versions, a script, the exact value.

Everything that came from a file is escaped, or stands in a block of code that it cannot close.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from conformance.floats import FORMATS, from_hex
from conformance.records.deviations import reason
from conformance.records.results import ImplementationInfo, LawRecord, Report, Result
from conformance.reporting.html.reproducer import script
from conformance.reporting.markdown import escaped
from conformance.reporting.signs import figure
from conformance.reporting.terminal.numbers import pair, short

_URL = re.compile(r"https://[^\s,;)]+[^\s,;).:]")


def finding(report: Report, result: Result) -> str:
    """The text in Markdown, to be filed as it is."""
    info = next(i for i in report.implementations if i.name == result.implementation)
    law = next((law for law in report.laws if law.id == result.invariant), None)
    parts = [
        _title(result, info),
        _versions(report, info),
        _code(result, info),
        "\n".join(_sizes(result)),
        _said(law),
        _upstream(result, info),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _title(r: Result, info: ImplementationInfo) -> str:
    c = r.counterexample
    call = c.call if c is not None else r.function
    got = f" gives {_number(c.got, r)}" if c is not None and c.got else ""
    beside, right = c.against if c is not None else ("", "")
    exact = f", {beside} is {_number(right, r)}" if right else ""
    name = escaped(f"{info.name} {info.version}".strip())
    return f"## {name}: {escaped(f'{call} in {r.dtype}{got}{exact}')}"


def _number(text: str, r: Result) -> str:
    exact, decimal = pair(text)
    return short(exact, r.dtype) if decimal else exact


def _versions(report: Report, info: ImplementationInfo) -> str:
    machine = (report.environment.get(k, "") for k in ("python", "platform", "processor"))
    own = (f"{name} {version}" for name, version in info.versions.items())
    return escaped(", ".join(filter(None, (*own, *machine))))


def _code(r: Result, info: ImplementationInfo) -> str:
    """The script, in a block that nothing in it can close."""
    text = script(r, info)
    if not text:
        return escaped(r.message) or "The input is too large to be shown; see the results file."
    fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", text)), default=0))
    return f"{fence}python\n{text}{fence}"


def _sizes(r: Result) -> Iterator[str]:
    """Got, exact, the error in ulp and as a multiple of the bound."""
    c = r.counterexample
    if c is None:
        return
    rows = [("got", c.got), ("expected", "" if c.expected == c.exact else c.expected)]
    rows += [("exact, certified by ball arithmetic", c.exact), ("error", _ulps(r))]
    rows += [("", c.errors[0]), ("allowed", c.errors[1])]
    rows += [("largest error / bound found", figure(r.ratio)), ("only", "; ".join(c.contrasts))]
    yield from (f"- {name or 'that is'}: {escaped(value)}" for name, value in rows if value)


def _ulps(r: Result) -> str:
    """The error in units in the last place of the exact value; empty if there are none."""
    assert r.counterexample is not None
    fmt = FORMATS.get(r.dtype)
    try:
        got, exact = (
            float(from_hex(pair(text)[0]))
            for text in (r.counterexample.got, r.counterexample.exact)
        )
    except (ValueError, OverflowError):
        return ""
    if (
        fmt is None
        or r.counterexample.expected
        or not exact
        or not math.isfinite(got)
        or not math.isfinite(exact)
    ):
        return ""
    unit = max(math.ldexp(1.0, math.frexp(exact)[1] - fmt.precision), fmt.eta)
    return f"{figure(abs(got - exact) / unit)} ulp"


def _said(law: LawRecord | None) -> str:
    if law is None:
        return ""
    lines = [f"The law, `{law.id}` ({law.level}): {escaped(law.says)}"]
    lines += [f"Its bound: {escaped(law.bound)}. {escaped(law.why)}"] if law.bound else []
    return "\n\n".join(lines)


def _upstream(r: Result, info: ImplementationInfo) -> str:
    why = reason(info.deviations, r.invariant, r.dtype)
    threads = ", ".join(f"<{url}>" for url in _URL.findall(why))
    if threads:
        return f"Upstream: {threads}"
    declared = f"Declared: {escaped(why)}. " if why else ""
    return f"{declared}Upstream: no thread is named in {escaped(info.file.rpartition('/')[2])}."
