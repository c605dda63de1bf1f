"""What is right: the exact value of a quantity, in wide arithmetic and certified."""

from __future__ import annotations

from typing import Any

import numpy as np

from conformance.floats import Array
from conformance.model import option_of
from conformance.numerics.exact import certified
from conformance.numerics.memo import cached_property
from conformance.numerics.problem import Problem
from conformance.numerics.reference import reference

#: A sum of more numbers than this is of very many.
_MANY = 4096


class Exact:
    """The exact value of a quantity: `wide` for all of it, `at` certified for a few positions."""

    def __init__(self, problem: Problem, quantity: str) -> None:
        self.problem = problem
        self.quantity = quantity

    @cached_property
    def wide(self) -> Array:
        """The wide reference value."""
        return reference(self.problem, self.quantity)

    @cached_property
    def alternative(self) -> Array | None:
        """The value for flushed subnormal probabilities, where there are any."""
        flushed = self.problem.flushed
        return None if flushed is None else reference(flushed, self.quantity)

    @property
    def both(self) -> list[Array]:
        """The right values: one, or two where there are subnormal probabilities."""
        return [self.wide] if self.alternative is None else [self.wide, self.alternative]

    @property
    def unambiguous(self) -> Any:
        """Where this is the only right value, with subnormal probabilities flushed or not."""
        if self.alternative is None:
            return True
        same = self.wide == self.alternative
        return same | (np.isnan(self.wide) & np.isnan(self.alternative))

    @property
    def summed(self) -> bool:
        """True for one number made of very many, and for very long rows, or as many classes."""
        x, e = self.problem.x, self.problem.e
        if self.wide.ndim == 0:
            return x.size > _MANY
        return max(x[0].size, e.classes if e.function.rowwise else 1) > _MANY

    def at(self, positions: Array) -> tuple[Array, Array]:
        """Certified (hi, lo) at flat positions of the value."""
        e = self.problem.e
        evaluate = e.function.quantities[self.quantity].exact
        if self.wide.ndim == 0 or option_of(self.quantity):
            hi, lo = certified(evaluate, e.args, e.options)
            return hi.ravel()[positions], lo.ravel()[positions]
        wide = self.wide.ndim == 2
        n = self.wide.shape[-1] if wide else 1
        chosen, inverse = np.unique(positions // n, return_inverse=True)
        hi, lo = self._rows(chosen)
        if wide:
            return hi[inverse, positions % n], lo[inverse, positions % n]
        return hi[inverse], lo[inverse]

    def _rows(self, chosen: Array) -> tuple[Array, Array]:
        """Certified rows; the derivative of a reduced loss is its rate times that of each loss."""
        p, e = self.problem, self.problem.e
        evaluate = e.function.quantities[self.quantity].exact
        args = {k: v[chosen] if np.ndim(v) else v for k, v in e.args.items()}
        options = {k: self._taken(k, v, chosen) for k, v in e.options.items()}
        if p.e.reduction == "none":
            return certified(evaluate, args, options)
        args["cotangent"] = np.ones(len(chosen), e.fmt.dtype)
        hi, lo = certified(evaluate, args, {**options, "reduction": "none"})
        rate = p.rate[chosen].astype(np.longdouble)
        scaled = (hi + lo.astype(np.longdouble)) * (rate[:, None] if hi.ndim == 2 else rate)
        with np.errstate(all="ignore"):
            high = scaled.astype(np.float64)
            return high, np.where(np.isfinite(high), scaled - high, 0).astype(np.float64)

    def _taken(self, name: str, value: Any, chosen: Array) -> Any:
        each = not self.problem.e.function.rowwise and np.ndim(value) > 0
        return value[chosen] if each and isinstance(value, np.ndarray) else value


class Repeated(Exact):
    """The same of rows or elements that recur, from those alone."""

    def __init__(self, problem: Problem, quantity: str, few: Exact, places: Array) -> None:
        super().__init__(problem, quantity)
        self._few = few
        self._places = places

    @cached_property
    def wide(self) -> Array:
        """The wide reference value."""
        return at_places(self._few.wide, self._places)

    @cached_property
    def alternative(self) -> Array | None:
        """The value for flushed subnormal probabilities, where there are any."""
        other = self._few.alternative
        return None if other is None else at_places(other, self._places)


def at_places(found: Array, places: Array) -> Array:
    """What was found of a few rows or elements, wherever they recur; of a reduction as it is."""
    return found if found.ndim == 0 else found.take(places, axis=0)
