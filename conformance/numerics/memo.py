"""Keeps what is computed of a problem on the problem, for values that several formulas share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, Self, TypeVar, overload


class _Holder(Protocol):
    """A problem, which holds the values."""

    kept_values: dict[tuple[Any, ...], Any]


H = TypeVar("H", bound=_Holder)
P = ParamSpec("P")
T = TypeVar("T")


class cached_property(Generic[T]):  # noqa: N801 - it stands for that of functools
    """As in functools, without the lock that it takes before Python 3.12, which costs as much."""

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self._compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, of: None, owner: type) -> Self: ...
    @overload
    def __get__(self, of: object, owner: type) -> T: ...
    def __get__(self, of: object, owner: type) -> Self | T:
        if of is None:
            return self
        found = vars(of)[self._name] = self._compute(of)
        return found


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
