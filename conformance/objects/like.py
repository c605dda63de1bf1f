"""An implementation that replaces a bundled one, and may deviate where that one declares to."""

from __future__ import annotations

from dataclasses import replace

from conformance.errors import LoadError, did_you_mean
from conformance.kernels import importing, loading
from conformance.model import Implementation


def alike(implementation: Implementation, named: str = "") -> Implementation:
    """The implementation with the deviations of the one that it, or `named`, says it is like.

    What it declares itself comes first. LoadError for a name that is not bundled.
    """
    name = implementation.like or named
    if not name or implementation.path == importing.bundled().get(name):
        return implementation
    if name not in importing.bundled():
        guess = did_you_mean(name, importing.bundled())
        raise LoadError(f"{implementation.path}: LIKE is {name!r}, which is not bundled.{guess}")
    theirs = loading.load(name).deviations
    own = implementation.deviations
    inherited = {k: f"as {name} does: {why}" for k, why in theirs.items() if k not in own}
    return replace(
        implementation, like=name, deviations={**inherited, **own}, inherited=frozenset(inherited)
    )
