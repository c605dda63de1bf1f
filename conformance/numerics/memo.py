"""Values that several formulas of one problem share: computed once, and kept with the problem."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from conformance.numerics.problem import Problem

P = ParamSpec("P")
T = TypeVar("T")


def kept(compute: Callable[Concatenate[Problem, P], T]) -> Callable[Concatenate[Problem, P], T]:
    """The same function of a problem and hashable arguments, computed once for each of them."""

    @wraps(compute)
    def found(p: Problem, /, *args: P.args, **kwargs: P.kwargs) -> T:
        memo = p.__dict__.setdefault("_kept", {})
        key = (compute, *args, *kwargs.values())
        if key not in memo:
            memo[key] = compute(p, *args, **kwargs)
        value: T = memo[key]
        return value

    return found
