"""The spec: every law, one declaration each, by family."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from conformance.model import Invariant
from conformance.spec.declare import declared

FAMILIES = (
    "values",
    "ranges",
    "symmetries",
    "pairs",
    "special",
    "losses",
    "labels",
    "options",
    "derivatives",
    "weights",
    "hessians",
    "contract",
    "invariance",
    "modes",
    "refusals",
    "far",
    "behaviour",
)


@cache
def catalogue() -> dict[str, Invariant]:
    """Every clause by id, in the order of the families."""
    for family in FAMILIES:
        import_module(f"conformance.spec.{family}")
    return dict(declared())
