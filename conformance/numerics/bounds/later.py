"""Bounds that are evaluated only where an error is large enough to need them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from conformance.floats import Array

#: What takes larger bounds to larger ones, of numbers that are not negative.
_INCREASING = (np.add, np.multiply)


class Later(NDArrayOperatorsMixin):
    """A lazy bound: `first` gives a smaller bound that is cheaper, `full` the bound itself.

    Most errors are 0 or far below the first and need nothing more. Sums, multiples and slices of
    lazy bounds are lazy, too; any other operation evaluates them in full.
    """

    def __init__(self, first: Callable[[], Array], full: Callable[[], Array]) -> None:
        self.first = first
        self.full = full

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.asarray(self.full(), dtype)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        divided = ufunc is np.true_divide and not isinstance(inputs[1], Later)
        if method == "__call__" and not keywords and (divided or ufunc in _INCREASING):
            return Later(lambda: ufunc(*map(first, inputs)), lambda: ufunc(*map(full, inputs)))
        return getattr(ufunc, method)(*map(full, inputs), **keywords)

    def __getitem__(self, key: Any) -> Later:
        return self._then(lambda bound: np.asarray(bound[key]))

    def sum(self, axis: int | None = None) -> Later:
        """The sum over an axis."""
        return self._then(lambda bound: np.asarray(bound.sum(axis=axis)))

    def _then(self, change: Callable[[Array], Array]) -> Later:
        return Later(lambda: change(self.first()), lambda: change(self.full()))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.full(), name)


def first(bound: Any) -> Any:
    """A bound, or a smaller one that is cheaper."""
    return bound.first() if isinstance(bound, Later) else bound


def full(bound: Any) -> Any:
    """The bound itself."""
    return bound.full() if isinstance(bound, Later) else bound
