"""Runs a stored counterexample again, in a watched process, so that a crash is only a result."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from conformance.backends import Unsupported
from conformance.errors import UsageError, one_line, unknown
from conformance.examine.selection import Settings
from conformance.model import Implementation
from conformance.records.results import OURS, UNSTEADY, Result
from conformance.spec import catalogue


def replayed(implementation: Implementation, r: Result, settings: Settings) -> Result:
    """The law again on its counterexample. UsageError if that cannot be done here."""
    from conformance.examine import engine  # not for the process that watches

    why = implementation.backend.why_not(r.dtype, r.device, r.mode)
    if why:
        raise UsageError(f"cannot be replayed here: {why}")
    if r.invariant not in catalogue():
        raise UsageError(unknown("law", r.invariant, catalogue(), "The spec has changed."))
    if r.function not in implementation.functions:
        raise UsageError(f"{implementation.path.name} does not define {r.function}")
    assert r.counterexample is not None
    try:
        engine.stored(r.invariant, r.counterexample)
    except (KeyError, ValueError, IndexError, TypeError, OverflowError) as error:
        raise UsageError(
            f"the counterexample cannot be used: {one_line(error)}; run again"
        ) from None
    try:
        return engine.replay(implementation, r.invariant, r.counterexample, settings)
    except Unsupported as error:
        raise UsageError(f"cannot be replayed here: {error}") from None


#: What is said of a failure that a process without other calls does not show.
AFTER_OTHERS = "wrong after other calls, right in a process of its own"


def suspects(results: Iterable[Result]) -> list[Result]:
    """Broken must laws that look at one call alone: earlier calls may have caused them."""
    return [
        r for r in results
        if r.outcome == "fail" and r.level == "must" and r.counterexample
        and not catalogue()[r.invariant].costs
    ]  # fmt: skip


def after_others(r: Result) -> Result:
    """The record of a failure that its input alone does not show."""
    assert r.counterexample is not None
    if UNSTEADY in r.counterexample.contrasts:
        return r
    kept = msgspec.structs.replace(
        r.counterexample, contrasts=[AFTER_OTHERS, *r.counterexample.contrasts]
    )
    return msgspec.structs.replace(r, counterexample=kept)


def own_fault(r: Result, name: str, words: str) -> Result:
    """The record of a replay in which the suite itself failed: no verdict."""
    return msgspec.structs.replace(
        r, implementation=name, outcome="unsupported", ratio=None, message=f"{OURS}: {words}",
        counterexample=None,
    )  # fmt: skip


def lost(r: Result, name: str, words: str) -> Result:
    """The record of a replay that cost its process: how, in words."""
    assert r.counterexample is not None
    shown = msgspec.structs.replace(
        r.counterexample, got=words, exact="", error="", allowed="", least=None, index=[],
        claim="the call gives a result",
    )  # fmt: skip
    return msgspec.structs.replace(
        r, implementation=name, outcome="error", ratio=None, message=words, counterexample=shown,
        grade="", worst="", search=None,
    )  # fmt: skip
