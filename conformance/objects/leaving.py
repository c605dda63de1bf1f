"""Parameters of a function that no call gives, so that nothing but their defaults is examined."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.functions import FUNCTIONS
from conformance.kernels.parameters import EMPTY, parameters
from conformance.model import Implementation
from conformance.objects.adapter import Adapted


def left(implementation: Implementation) -> dict[str, list[str]]:
    """Of each function the public parameters that stay at their defaults, if there are any."""
    found = {n: _left(n, f) for n, f in implementation.functions.items()}
    public = {n: [p for p in names if not p.startswith("_")] for n, names in found.items()}
    return {implementation.called.get(n, n): names for n, names in public.items() if names}


def _left(name: str, function: Callable[..., Any]) -> list[str]:
    if isinstance(function, Adapted):
        return list(function.left)
    of = FUNCTIONS[name]
    others = (parameters(function) or ())[len(of.arguments) :]
    optional = (p.name for p in others if not p.star and p.default is not EMPTY)
    return [own for own in optional if own not in of.options]
