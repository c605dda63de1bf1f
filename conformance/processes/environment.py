"""Where a run took place: what a reader of its results needs to compare them with others."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version

from conformance import machine
from conformance._version import SPEC_VERSION, __version__
from conformance.backends import Backend
from conformance.examine.selection import Settings
from conformance.model import Implementation
from conformance.objects.leaving import left
from conformance.records.results import ImplementationInfo, LawRecord, NotRun, Report
from conformance.spec import catalogue

#: CI services, by the variable that tells of them.
_SERVICES = {
    "GITHUB_ACTIONS": "GitHub Actions",
    "GITLAB_CI": "GitLab",
    "BUILDKITE": "Buildkite",
    "CIRCLECI": "CircleCI",
    "TF_BUILD": "Azure Pipelines",
}


def versions(backend: Backend) -> dict[str, str]:
    """What a backend says of itself; what it raises instead is said too."""
    try:
        return {str(k): str(v) for k, v in backend.versions().items()}
    except Exception as error:  # a driver that is broken must not cost the run
        return {backend.NAME: f"unknown ({type(error).__name__})"}


def info(implementation: Implementation) -> ImplementationInfo:
    """What a report says of a loaded file."""
    return ImplementationInfo(
        name=implementation.name,
        file=implementation.ref or str(implementation.path),
        backend=implementation.backend.NAME,
        versions=versions(implementation.backend) | _packages(implementation),
        functions=dict(implementation.lines),
        deviations=dict(implementation.deviations),
        limits=dict(implementation.limits),
        form=implementation.form,
        left=left(implementation),
        like=implementation.like,
        inherited=sorted(implementation.inherited),
        library=implementation.packages[0] if implementation.packages else "",
    )


def _packages(implementation: Implementation) -> dict[str, str]:
    """The versions of the distributions that the file names."""
    return {name: _version(name) or "not installed" for name in implementation.packages}


def describe(infos: Iterable[ImplementationInfo]) -> dict[str, str]:
    """The machine, Python, the suite, and the versions and numerical settings of each backend."""
    found = {
        "platform": f"{platform.system()} {platform.machine()}".strip(),
        "release": platform.release(),
        "processor": machine.processor(),
        "cores": str(os.cpu_count() or "unknown"),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "conformance": __version__,
        "spec": SPEC_VERSION,
        "numpy": _version("numpy"),
        "ml_dtypes": _version("ml_dtypes"),
        "python-flint": _version("python-flint"),
        "hypothesis": _version("hypothesis"),
    }
    for info in infos:
        for name, value in info.versions.items():
            if found.setdefault(name, value) != value:
                found[f"{name} ({info.name})"] = value
    if ci := service(os.environ):
        found["ci"] = ci
    return {name: value for name, value in found.items() if value}


def head(
    infos: Sequence[ImplementationInfo], settings: dict[str, str], laws: Mapping[str, LawRecord],
    not_run: Sequence[NotRun] = (),
) -> Report:  # fmt: skip
    """A report without results: where, of what, by which laws, in the order of the catalogue."""
    return Report(
        spec_version=SPEC_VERSION,
        environment=describe(infos),
        settings=settings,
        implementations=list(infos),
        laws=[laws[law] for law in catalogue() if law in laws],
        not_run=list(not_run),
    )


def settings(of: Settings) -> dict[str, str]:
    """The settings of a run in words; what was left to the defaults is absent."""
    found = {"effort": of.effort, "grade": of.grade, "seed": str(of.seed)}
    chosen = {
        "only": of.only,
        "function": of.functions,
        "dtype": of.dtypes,
        "device": of.devices,
        "mode": of.modes,
        "like": (of.like,) if of.like else (),
    }
    searched = {"search": f"{of.search:g}"} if of.search else {}
    return found | searched | {k: ",".join(values) for k, values in chosen.items() if values}


def service(environ: Mapping[str, str]) -> str:
    """The CI service that the run is in; empty if it is in none."""
    known = next((title for name, title in _SERVICES.items() if environ.get(name)), "")
    in_some = environ.get("CI", "").lower() not in ("", "0", "false")
    return known or ("yes" if in_some else "")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
