"""What the signature of a function of a file says: the options it takes, and their defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from conformance.kernels.parameters import EMPTY, Parameter, parameters
from conformance.model import Function

#: The default of an option that has none, or of which nothing is said.
REQUIRED = EMPTY
#: Options that only a parameter of that name stands for: what **keywords are read for is not known,
#: and those of most files are older.
_NAMED = frozenset({"where", "temperature", "softcap", "z_loss", "keepdims"})
_NAMED_OF_ELEMENTS = frozenset({"label_smoothing"})


def accepted_options(function: Callable[..., Any], of: Function) -> frozenset[str]:
    """The options that a function takes by name, of those that the spec gives it."""
    known = [*_parameters(function).values()]
    taken = {p.name for p in known[len(of.arguments) if of.matrix else 0 :] if p.by_name}
    if any(p.star == "**" for p in known):
        taken.update(set(of.options) - _NAMED - (set() if of.rowwise else _NAMED_OF_ELEMENTS))
    return frozenset(taken.intersection(of.options))


def default(function: Callable[..., Any], option: str) -> Any:
    """The default of an option, or REQUIRED."""
    known = _parameters(function).get(option)
    return REQUIRED if known is None else known.default


def required(function: Callable[..., Any], option: str) -> bool:
    """True if a parameter of that name has no default."""
    known = _parameters(function).get(option)
    return known is not None and known.default is REQUIRED


def forced(function: Callable[..., Any], keywords: Mapping[str, Any]) -> bool:
    """True if an option is None whose default is not: an operation on it may refuse it."""
    none = (name for name, value in keywords.items() if value is None)
    return any(required(function, n) or default(function, n) not in (None, REQUIRED) for n in none)


def _parameters(function: Callable[..., Any]) -> Mapping[str, Parameter]:
    return {p.name: p for p in parameters(function) or ()}
