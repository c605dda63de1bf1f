"""JUnit XML of a report: one test per case, so that CI services show verdicts in their own way."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from conformance.records import storage
from conformance.records.grouping import grouped
from conformance.records.results import Report, Result
from conformance.reporting.limits import LimitRow, table
from conformance.reporting.signs import figure

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SKIPPED = ("unsupported", "vacuous", "known", "deviation", "stale")


def write(report: Report, path: Path | str) -> None:
    """Write the file, whole or not at all."""
    storage.put(path, text(report).encode("utf-8"))


def text(report: Report) -> str:
    """One suite per implementation, one case per law, dtype, mode and device.

    What an implementation does not take are properties of its suite.
    """
    root = ET.Element("testsuites", name="conformance")
    own = grouped((r.implementation, r) for r in report.results)
    limits = table(report)
    for name, results in own.items():
        _suite(root, name, results, [x for x in limits if x.implementation == name])
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(
    root: ET.Element, name: str, results: Sequence[Result], limits: Sequence[LimitRow] = ()
) -> None:
    kinds = Counter(_kind(r) for r in results)
    suite = ET.SubElement(
        root, "testsuite", name=_legal(name), tests=str(len(results)),
        failures=str(kinds["failure"]), errors=str(kinds["error"]), skipped=str(kinds["skipped"]),
        time=f"{sum(r.seconds for r in results):.6f}",
    )  # fmt: skip
    if limits:
        properties = ET.SubElement(suite, "properties")
        for x in limits:
            said = f"{x.level}: {'; '.join(x.refuses)} ({', '.join(x.places)}): {x.reason}"
            limit = {"name": f"refuses {x.kind} of {', '.join(x.functions)}", "value": said}
            ET.SubElement(properties, "property", {k: _legal(v) for k, v in limit.items()})
    for r in results:
        case = ET.SubElement(
            suite, "testcase", classname=_legal(f"{name}.{r.function}.{r.invariant}"),
            name=f"{r.dtype}-{r.mode}-{r.device}", time=f"{r.seconds:.6f}",
        )  # fmt: skip
        kind = _kind(r)
        if kind:
            element = ET.SubElement(case, kind, message=_legal(_message(r)))
            if kind != "skipped":
                element.text = _legal(_details(r))


def _kind(r: Result) -> str:
    if r.fails:
        if r.level != "must":
            return "skipped"
        return "failure" if r.outcome == "fail" else "error"
    return "skipped" if r.outcome in _SKIPPED else ""


def _message(r: Result) -> str:
    ratio = f"error / bound = {figure(r.ratio)}" if r.ratio is not None else ""
    level = f"{r.level} law" if r.fails else ""
    return ": ".join(filter(None, (r.outcome, level, r.message or ratio)))


def _details(r: Result) -> str:
    c = r.counterexample
    if c is None:
        return r.worst
    inputs = [f"{k} = [{', '.join(a.values[:64])}]" for k, a in c.arguments.items()]
    lines = [c.call, *inputs, *c.contrasts, c.claim, c.got and f"got {c.got}"]
    lines += [c.expected and f"expected {c.expected}", c.exact and f"exact {c.exact}"]
    lines += [c.error and f"error {c.errors[0]}, allowed {c.errors[1]}"]
    lines += [f"smaller excesses exist, from {figure(c.least)} times the bound" if c.least else ""]
    lines += [f"conformance replay {c.id}"]
    return "\n".join(filter(None, lines))


def _legal(text: str) -> str:
    """Text without what XML cannot hold."""
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text)
