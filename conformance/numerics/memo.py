"""Memoises functions of a problem on the problem, for values that several formulas share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar


class _Holder(Protocol):
    """A problem, which holds the values."""

    kept_values: dict[tuple[Any, ...], Any]


H = TypeVar("H", bound=_Holder)
P = ParamSpec("P")
T = TypeVar("T")


def kept(compute: Callable[Concatenate[H, P], T]) -> Callable[Concatenate[H, P], T]:
    """The function, memoised on its first argument, a problem, by its other, hashable arguments."""

    @wraps(compute)
    def found(p: H, /, *args: P.args, **kwargs: P.kwargs) -> T:
        key = (compute, *args, *kwargs.values())
        if key not in p.kept_values:
            p.kept_values[key] = compute(p, *args, **kwargs)
        value: T = p.kept_values[key]
        return value

    return found
