"""Memoising functions of a problem on the problem: values that several formulas share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from functools import cached_property as cached_property
else:

    class cached_property:  # noqa: N801
        """As that of functools, without the lock of Python 3.11: a problem has one thread."""

        def __init__(self, compute):
            self._compute = compute
            self.__doc__ = compute.__doc__

        def __set_name__(self, owner, name):
            self._name = name

        def __get__(self, instance, owner=None):
            if instance is None:
                return self
            found = instance.__dict__[self._name] = self._compute(instance)
            return found


class _Holder(Protocol):
    """A problem: what holds the values."""

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
