"""The functions of the spec, a module for each, with all that the suite knows of it but its laws.

A module here that has a record FUNCTION is a function of the spec; no other file lists them.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from conformance.model import Function

__all__ = ["FUNCTIONS", "derivation"]

_KINDS = ("elementwise", "rows", "reduce", "loss")


def _found() -> Iterator[Function]:
    for module in pkgutil.iter_modules(__path__):
        function = getattr(import_module(f"{__name__}.{module.name}"), "FUNCTION", None)
        if function is not None:
            yield function


def _order(f: Function) -> tuple[int, bool, int, str]:
    """Sort key: by kind, elementwise losses first, a shorter name before what is built on it."""
    return _KINDS.index(f.kind), f.rowwise, len(f.name), f.name


FUNCTIONS: dict[str, Function] = {f.name: f for f in sorted(_found(), key=_order)}


def derivation(function: str, quantity: str) -> str:
    """The derivation of a bound in words. KeyError if there is no such quantity."""
    return FUNCTIONS[function].quantities[quantity].derivation
