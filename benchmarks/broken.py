"""What laws say of files: mutants that name them, right files, and spoilt ones.

Imported in a child process only, where `conformance` is the changed copy.
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from conformance.examine.engine import examine
from conformance.examine.selection import Settings, subjects
from conformance.functions import FUNCTIONS
from conformance.kernels.importing import resolve
from conformance.kernels.loading import load
from conformance.model import Implementation
from conformance.spec import catalogue


@cache
def _loaded(file: str) -> Implementation:
    return load(file if "/" in file else resolve(file))


def broken(file: str, law: str) -> bool:
    """True if a file breaks a law, in float32 or the first format that it declares."""
    implementation = _loaded(file)
    given = implementation.dtypes or ("float32",)
    formats = catalogue()[law].formats or given
    dtype = next((d for d in ("float32", *given) if d in given and d in formats), given[0])
    return _breaks(implementation, law, Settings(dtypes=(dtype,), brief=True))


def _breaks(implementation: Implementation, law: str, settings: Settings) -> bool:
    names = tuple(n for n in catalogue()[law].functions if n in implementation.functions)
    alone = replace(settings, only=(law,), functions=names)
    return any(
        result.fails
        for subject in (subjects(implementation, alone)[0] if names else ())
        for result in examine(implementation, subject, alone).results
        if result.invariant == law
    )


def spoilt_breaks(law: str) -> dict[str, bool]:
    """`group law` -> whether a spoilt file of the group breaks it, as test_laws.py spoils them."""
    tests = _test_laws()
    faint = [tests.FAINT, f"{tests.FAINT}, again"]
    relative = [tests.RELATIVE, f"{tests.RELATIVE}, again", tests.ONCE_MORE]
    groups = {
        "faint noise": faint,
        "relative noise": relative,
        "any": [h for h in tests.SPOILT if h not in faint],
    }
    settings = Settings(effort="quick", dtypes=("float32",), brief=True, draws=4)
    found = catalogue()[law]
    between = FUNCTIONS.keys() & {*found.needs}
    names = found.functions if between else tuple(FUNCTIONS)
    return {
        f"{group}: {law}": any(_breaks(_spoilt(how, names), law, settings) for how in ways)
        for group, ways in groups.items()
    }


def errs_too_much(law: str) -> bool:
    """True if a law is broken by results at the ends of their bounds."""
    sys.path.append(str(Path("tests/support").resolve()))
    import erring  # type: ignore[import-not-found]

    with erring.erring(7):
        settings = Settings(effort="quick", dtypes=("float32",), brief=True)
        return _breaks(_loaded("numpy"), law, settings)


@cache
def _spoilt(how: str, names: tuple[str, ...]) -> Implementation:
    with tempfile.TemporaryDirectory() as folder:
        found: Implementation = _test_laws().spoilt(Path(folder), how, names)
    return found


@cache
def _test_laws() -> Any:
    path = Path("tests/spec/test_laws.py").resolve()
    spec = importlib.util.spec_from_file_location("test_laws", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def checks(tree: Path) -> dict[str, list[str]]:
    """`file:name` of each function that a check lies in -> the laws with that check."""
    found: dict[str, list[str]] = {}
    for name, law in catalogue().items():
        code = getattr(law.check, "__code__", None)
        if code is not None:
            path = Path(code.co_filename).resolve().relative_to(tree)
            for part in law.check.__qualname__.split("."):
                found.setdefault(f"{path}:{part}", []).append(name)
    return found
