"""Hypothesis profiles choose the effort, and how many examples are drawn, as they do elsewhere."""

from __future__ import annotations

from hypothesis import Phase, settings

from conformance.inputs.draws import DRAWN

_PREFIX = "conformance-"


def register() -> None:
    """The profiles conformance-quick, -default and -thorough."""
    for effort, count in DRAWN.items():
        settings.register_profile(_PREFIX + effort, max_examples=count, deadline=None)


def effort(profile: str) -> str | None:
    """The effort that a profile stands for, if it is one of those."""
    found = profile.removeprefix(_PREFIX)
    return found if found != profile and found in DRAWN else None


def asked() -> int | None:
    """How many draws the loaded profile asks for; None if it is Hypothesis's own."""
    loaded = settings.default
    if loaded is None:
        return None
    if Phase.generate not in loaded.phases:
        return 0
    usual = settings.get_profile("default").max_examples
    return None if loaded.max_examples == usual else loaded.max_examples
