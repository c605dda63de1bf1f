"""Calls with arrays given otherwise: rows spread over several axes, masks that are shared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from conformance.backends import Backend, Native
from conformance.kernels.call import Call
from conformance.kernels.calling import Kernel
from conformance.kernels.failures import CallFailed


@dataclass(frozen=True, slots=True)
class Spread:
    """How a row is spread over several axes.

    A row is an array of `sizes`; these axes follow that of the batch, if there is one, and all are
    then put in an `order`. `axes` is what the function is given for `axis`. `once` is one of all
    the axes, before the order, along which a mask has the length 1: it is the same everywhere.
    """

    sizes: tuple[int, ...]
    order: tuple[int, ...]
    axes: tuple[int, ...] | None
    once: int | None = None

    def kept(self, batch: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of a result in which each of the axes has the length 1."""
        whole = (*batch, *(1 for _ in self.sizes))
        return tuple(whole[k] for k in self.order)


@dataclass(frozen=True, slots=True)
class Shared:
    """A mask that is given with the length 1 along some axes, or without them."""

    axes: tuple[int, ...]
    dropped: bool = False


class _Around(Kernel):
    """A kernel that is called with arrays made in a way, and returns the results as they are."""

    def __init__(self, kernel: Kernel, way: Spread | Shared) -> None:
        super().__init__(kernel.implementation, kernel.function.name, kernel.mode, kernel.device)
        self._function = _around(self._function, way, self.backend)
        if self._gradient is not None:
            self._gradient = _around(self._gradient, way, self.backend)
        self._plain = Call(self._function, self._options, kernel._plain.how)
        self.limits = kernel.limits


_MADE: WeakKeyDictionary[Kernel, dict[Spread | Shared, Kernel]] = WeakKeyDictionary()


def along(kernel: Kernel, way: Spread | Shared) -> Kernel:
    """The kernel that is called so; one object for each way, for what is compiled."""
    made = _MADE.setdefault(kernel, {})
    if way not in made:
        made[way] = _Around(kernel, way)
    return made[way]


def _around(
    function: Callable[..., Any], way: Spread | Shared, backend: Backend
) -> Callable[..., Native]:
    if isinstance(way, Spread):
        return _spreading(function, way, backend)
    first = 0 if way.dropped else slice(0, 1)
    place = tuple(first if k in way.axes else slice(None) for k in range(max(way.axes) + 1))

    def called(*arrays: Native, where: Native, **keywords: Any) -> Native:
        return function(*arrays, where=where[place], **keywords)

    return called


def _spreading(
    function: Callable[..., Any], spread: Spread, backend: Backend
) -> Callable[..., Native]:
    back = tuple(int(k) for k in np.argsort(spread.order))

    def laid_out(rows: Native, once: int | None = None) -> Native:
        whole = rows.reshape(*rows.shape[:-1], *spread.sizes)
        if once is not None:
            whole = whole[(*(slice(None) for _ in range(once)), slice(0, 1))]
        return backend.transpose(whole, spread.order)

    def called(x: Native, *cotangent: Native, axis: int = -1, **keywords: Any) -> Native:
        if keywords.get("where") is not None:
            keywords["where"] = laid_out(keywords["where"], spread.once)
        if keywords.get("keepdims"):
            cotangent = tuple(g.reshape(spread.kept(x.shape[:-1])) for g in cotangent)
        result = function(laid_out(x), *cotangent, axis=spread.axes, **keywords)
        if cotangent:
            return backend.transpose(result, back).reshape(x.shape)
        return ending(result, x.shape[:-1]) if keywords.get("keepdims") else result

    def ending(result: Native, batch: tuple[int, ...]) -> Native:
        """A result whose axes are kept as if the last one alone were."""
        if (came := tuple(result.shape)) != (want := spread.kept(batch)):
            raise CallFailed("shape", "", f"returned shape {came}, not {want}")
        return result.reshape(*batch, 1)

    return called
