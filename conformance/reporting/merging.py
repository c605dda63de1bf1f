"""Several results files as one report: frameworks, versions and machines side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any

import msgspec

from conformance.errors import ResultsError, printable
from conformance.records.deviations import settled
from conformance.records.results import ImplementationInfo, Report


def merge(reports: Sequence[Report]) -> Report:
    """One report with everything in them.

    Parts of one run (the same version on the same machine) become one implementation; the same
    name with another version or machine becomes `name (what differs)`. Of a case that two parts
    have, the later counts. ResultsError if their specs, grades or laws cannot be shown together.
    """
    if not reports:
        raise ResultsError("no results to merge")
    _check_same("spec", [r.spec_version for r in reports])
    _check_same("--grade", [r.settings.get("grade", "") for r in reports])
    renamed = [_renamed(r, names) for r, names in zip(reports, _names(reports), strict=True)]
    joined = Report(
        spec_version=reports[0].spec_version,
        environment=_joined(r.environment for r in reports),
        settings=_joined(r.settings for r in reports),
        implementations=_infos(renamed),
        laws=list({law.id: law for r in renamed for law in r.laws}.values()),
        results=_latest(renamed, "results", ("function", "invariant")),
        accuracy=_latest(renamed, "accuracy", ("function", "quantity")),
        limits=_latest(renamed, "limits", ("function", "kind")),
        not_run=list(dict.fromkeys(item for r in renamed for item in r.not_run)),
        complete=all(r.complete for r in reports),
    )
    return joined if len(reports) == 1 else settled(joined)


def _check_same(what: str, values: Sequence[str]) -> None:
    found = list(dict.fromkeys(value for value in values if value))
    if len(found) > 1:
        one, other = (printable(value)[:40] for value in found[:2])
        raise ResultsError(
            f"results of {what} {one} and of {what} {other} cannot be shown together: "
            "their ratios mean different things; run both with one"
        )


def _identity(report: Report, info: ImplementationInfo) -> tuple[str, ...]:
    """What tells two implementations of one name apart: version, machine, backend, file."""
    return info.version, report.environment.get("platform", ""), info.backend, _file(info.file)


def _file(name: str) -> str:
    """The file; of a bundled one its name alone, which is the same in every environment."""
    path = PurePath(name)
    return path.name if path.parent.name == "implementations" else name


def _names(reports: Sequence[Report]) -> list[dict[str, str]]:
    """For each report: old name -> new name."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for report in reports:
        for info in report.implementations:
            identities = found.setdefault(info.name, [])
            if _identity(report, info) not in identities:
                identities.append(_identity(report, info))
    return [
        {i.name: _name(i.name, _identity(r, i), found[i.name]) for i in r.implementations}
        for r in reports
    ]


def _name(name: str, own: tuple[str, ...], all_: Sequence[tuple[str, ...]]) -> str:
    if len(all_) == 1:
        return name
    kinds = [len({identity[k] for identity in all_}) for k in range(len(own))]
    enough = [k for k, count in enumerate(kinds) if count == len(all_)][:1]
    telling = enough or [k for k, count in enumerate(kinds) if count > 1]
    return f"{name} ({', '.join(own[k] for k in telling if own[k]) or all_.index(own) + 1})"


def _renamed(report: Report, names: Mapping[str, str]) -> Report:
    def renamed(records: Iterable[Any]) -> list[Any]:
        return [
            msgspec.structs.replace(r, implementation=names.get(r.implementation, r.implementation))
            for r in records
        ]

    return msgspec.structs.replace(
        report,
        implementations=[
            msgspec.structs.replace(i, name=names[i.name]) for i in report.implementations
        ],
        results=renamed(report.results),
        accuracy=renamed(report.accuracy),
        limits=renamed(report.limits),
    )


def _infos(reports: Sequence[Report]) -> list[ImplementationInfo]:
    found: dict[str, ImplementationInfo] = {}
    for info in (i for r in reports for i in r.implementations):
        old = found.get(info.name)
        if old is not None:
            info = msgspec.structs.replace(info, functions={**old.functions, **info.functions})
        found[info.name] = info
    return list(found.values())


def _latest(reports: Sequence[Report], field: str, own: tuple[str, str]) -> list[Any]:
    """The records of all reports; of those for one place, the last."""
    place = ("implementation", *own, "dtype", "device", "mode")
    found = {
        tuple(getattr(record, name) for name in place): record
        for report in reports
        for record in getattr(report, field)
    }
    return list(found.values())


def _joined(tables: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """One table; a value that differs is shown with all its values."""
    found: dict[str, list[str]] = {}
    for key, value in ((k, v) for table in tables for k, v in table.items()):
        values = found.setdefault(key, [])
        if value not in values:
            values.append(value)
    return {key: " | ".join(values) for key, values in found.items()}
