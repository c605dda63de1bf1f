"""What is known of an example without a call: exact values, bounds, and where they are forced.

Everything is computed once per example and kept until the next example. Where a law applies is
decided here, by the definition alone, for every law and for the sweep.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from conformance.floats import Array, Format
from conformance.model import Example, Function, Grade, option_of
from conformance.numerics.bounds import Budget, Later, bound, budget
from conformance.numerics.intermediates import xlogy_free
from conformance.numerics.problem import Problem
from conformance.numerics.reference import averaged, finite_losses, largest_total, unweighted
from conformance.numerics.wanted import Exact, Repeated, at_places

T = TypeVar("T")
#: Rows that are shorter have no sum beyond float16.
_LONG = 2**15


class Known:
    """One function in one format at one grade: what its values have to be."""

    def __init__(self, function: Function, fmt: Format, grade: Grade = "standard") -> None:
        self.function = function
        self.fmt = fmt
        self.grade = grade
        self.budget: Budget = budget(fmt, grade)
        self._first_look = replace(self.budget, whole=False)
        self._memo: dict[tuple[Any, ...], Any] = {}
        self._held: list[Example] = []

    def begin(self) -> None:
        """Forget the previous example."""
        self._memo.clear()
        self._held.clear()

    def once(self, e: Example, what: tuple[Any, ...], compute: Callable[[], T]) -> T:
        """The value computed for an example, or the exception that it raised, once."""
        key = (id(e), *what)
        known: Any = self._memo.get(key)
        if known is None:
            self._held.append(e)  # an id is unique only while its object lives
            try:
                known = compute(), None
            except Exception as caught:  # raised again for every law that asks
                known = None, caught
            self._memo[key] = known
        found: T
        found, error = known
        if error is not None:
            raise error
        return found

    def held(self, e: Example, what: str) -> Any:
        """A value that was computed for an example already; None if it was not."""
        return self._memo.get((id(e), what), (None, None))[0]

    def problem(self, e: Example) -> Problem:
        """The example in wide arithmetic."""
        return self.once(e, ("problem",), lambda: Problem(e))

    def exact(self, e: Example, quantity: str = "value") -> Exact:
        """The exact value of a quantity."""
        return self.once(e, ("exact", quantity), lambda: self._exact(e, quantity))

    def _exact(self, e: Example, quantity: str) -> Exact:
        if e.repeats is None or option_of(quantity):
            return Exact(self.problem(e), quantity)
        few, places = e.repeats
        return Repeated(self.problem(e), quantity, self.exact(few, quantity), places)

    def bound(self, e: Example, quantity: str = "value", level: str = "must") -> Array:
        """The derived bound of a quantity at this grade: an array, once an error asks for it."""
        later: Any = Later(
            lambda: self._bound(e, quantity, level, self._first_look),
            lambda: self._bound(e, quantity, level, self.budget),
        )
        bound: Array = later
        return bound

    def _bound(self, e: Example, quantity: str, level: str, b: Budget) -> Array:
        return self.once(
            e, ("bound", quantity, level, b),
            lambda: self._repeated(e, lambda few: self._bound(few, quantity, level, b))
            if _recurs(e, quantity) else bound(self.problem(e), b, quantity, level),
        )  # fmt: skip

    def wherever(self, e: Example, of: Callable[[Example], Array]) -> Array:
        """What the definition says of each row or element; of those that recur, from the few."""
        return of(e) if e.repeats is None else self._repeated(e, of)

    def _repeated(self, e: Example, of: Callable[[Example], Array]) -> Array:
        """What is known of an example whose rows recur, from those alone."""
        assert e.repeats is not None
        few, places = e.repeats
        return at_places(np.asarray(of(few)), places)

    def forced(self, e: Example, quantity: str = "value") -> Array:
        """Where the definition and its limits force the value of a quantity.

        Of a subnormal probability they force two: that of the number, and that of 0, for which
        hardware may take it. Reductions and rows whose sums leave float16 are left to laws of
        their own, so that an overflow is one finding and not a finding of every law.
        """
        return self.once(e, ("forced", quantity), lambda: self._forced(e, quantity))

    def _forced(self, e: Example, quantity: str) -> Array:
        if _recurs(e, quantity):
            return self._repeated(e, lambda few: self.forced(few, quantity))
        forced = self.summed(e, quantity)
        if self.fmt.name != "float16":
            return forced
        return forced & (not self.crowded(e, quantity) and ~self.overlong(e, quantity))

    def summed(self, e: Example, quantity: str = "value") -> Array:
        """Where a value is forced, whether or not the parts of a reduction leave float16."""
        return self.once(e, ("summed", quantity), lambda: self._summed(e, quantity))

    def _summed(self, e: Example, quantity: str) -> Array:
        if _recurs(e, quantity):
            return self._repeated(e, lambda few: self.summed(few, quantity))
        return self._where(e, quantity)

    def crowded(self, e: Example, quantity: str = "value") -> bool:
        """True if a reduction adds up, or divides by, more than half of what float16 holds."""
        if self.fmt.name != "float16" or e.reduction == "none":
            return False
        if e.repeats is not None:
            return self.crowded(e.repeats[0], quantity)
        return self.once(
            e, ("crowded", quantity == "value"),
            lambda: largest_total(self.problem(e), quantity) > self.fmt.largest / 2,
        )  # fmt: skip

    def overlong(self, e: Example, quantity: str = "value") -> Array:
        """Where Σe^d of a row leaves float16, or would if it erred by its bound."""
        return self.once(e, ("overlong", quantity), lambda: self._overlong(e, quantity))

    def _overlong(self, e: Example, quantity: str) -> Array:
        half, of = self.fmt.name == "float16", e.function
        if not half or not of.rowwise or not of.from_logits or e.x.shape[-1] < _LONG:
            return np.zeros((), bool)
        r = self.problem(e).rows
        rows = (r.S * (1 + self.budget.theta(r.t)) >= self.fmt.largest)[:, 0]
        reduced = quantity == "value" and e.reduction != "none"
        if reduced or option_of(quantity):
            return np.asarray(rows.any())
        return rows[:, None] if quantity != "value" or of.by_class else rows

    def where(self, e: Example, quantity: str = "value") -> Array:
        """Where a single value is forced, so that two calls, or two laws, have to agree."""
        return self.once(e, ("where", quantity), lambda: self._unambiguous(e, quantity))

    def _unambiguous(self, e: Example, quantity: str) -> Array:
        forced, alone = self.forced(e, quantity), self.exact(e, quantity).unambiguous
        return forced if alone is True else forced & alone

    def where_without_mass(self, e: Example) -> Array:
        """Where a loss is forced by 0·log 0 = 0, which all other laws leave out."""
        silent = self.crowded(e) or self.overlong(e).any()
        return self.problem(e).without_mass & self._defined(e) & (not silent)

    def _defined(self, e: Example) -> Array:
        """Rows or elements whose value is forced."""
        p = self.problem(e)
        return np.asarray(p.settled & p.contained & self._totalled(e, p))

    def _where(self, e: Example, quantity: str) -> Array:
        p = self.problem(e)
        if option := option_of(quantity):
            weight = option.endswith("weight") and option != e.function.matrix
            return self._weighed(e, p, option) if weight else self._shared(e, p)
        if quantity == "value":
            settled = self._defined(e) & ~p.without_mass
        else:
            settled = p.settled & p.attended
        if e.function.domain.another_convention(e):
            settled = np.zeros_like(settled)
        if quantity == "value" and p.e.reduction != "none":
            return np.asarray(settled.all() and p.denominator != 0)
        if quantity != "value" and p.e.reduction == "mean":
            settled = settled & bool(settled.all() and p.denominator != 0)
        if quantity not in ("value", "vjp_labels"):
            settled = e.function.domain.smooth(p, settled, quantity == "hvp")
            settled = settled & ~(p.shaky if settled.ndim == 1 else p.shaky[..., None])
        wide = quantity != "value" or e.function.by_class
        if e.function.rowwise and wide and settled.ndim == 1:
            settled = settled[:, None]
        if p.mask is not None and e.function.by_class and quantity == "value":
            return np.asarray(settled & p.mask)  # a law of its own speaks of the others
        return settled

    def _shared(self, e: Example, p: Problem) -> Array:
        """True if every row's gradient is forced, and no sum over rows leaves the format."""
        largest = np.maximum(np.abs(p.x).max(axis=-1, initial=1), 1)
        total = np.where(p.ignored, 0, p.product(False) * largest).sum()
        return np.asarray(self.forced(e, "vjp").all() and total <= self.fmt.largest / 4)

    def _weighed(self, e: Example, p: Problem, option: str) -> Array:
        """Weights whose derivative is forced: not 0, for a guard against 0·log 0 is constant there.

        Every row that shares a weight is settled, an ignored one too, without a class at −inf,
        whose 0·log 0 has no slope; what a stable form adds up before it divides, and a mean's W²,
        stay in range.
        """
        rows, value = self.forced(e, "vjp"), self.forced(e)
        if e.function.rowwise:
            rows = rows & (p.log_p >= -self.fmt.largest)
            rows, value = np.asarray(rows.all()), np.asarray(value.all())
        rows = np.asarray(rows & value)
        sizes, given = self._unweighted(p), p.option(option)
        fine = np.asarray(np.ones((), self.fmt.wide) if given is None else given) != 0
        if e.function.rowwise and averaged(p):  # N/W² is a form of its slope
            square = p.denominator**2
            rows = rows & (self.fmt.omega <= square <= self.fmt.largest / 4)
        if e.function.rowwise or not fine.ndim:
            total = sizes.sum(axis=0) * max(1.0, float(np.abs(p.rate).max(initial=0)))
            return fine & bool(rows.all()) & np.asarray(total <= self.fmt.largest / 4)
        return fine & rows & (sizes * np.maximum(1, np.abs(p.rate)) <= self.fmt.largest / 4)

    def _unweighted(self, p: Problem) -> Array:
        """What sums of weights' derivatives are made of."""
        if not p.e.function.rowwise:
            return np.maximum(p.weight, 1) * (1 + p.pos_weight) * p.logistic.size
        sizes = unweighted(p)
        if not averaged(p):
            return sizes
        return sizes + xlogy_free(p.class_weight, sizes).sum(axis=-1, keepdims=True) * p.hot

    def _totalled(self, e: Example, p: Problem) -> bool:
        """False for a finite mean whose sum leaves the format: Σ/N is a stable algorithm.

        Not so in float16, whose sums of ordinary losses overflow (see `crowded`): there a single
        loss has to leave it, or nearly.
        """
        if p.e.reduction != "mean":
            return True
        if self.fmt.name == "float16":
            return not finite_losses(p).max(initial=0) > self.fmt.largest / 2
        total = self.exact(e).wide * p.denominator
        return bool(np.isinf(total) or not np.abs(total) > self.fmt.largest)

    def representable(self, e: Example, quantity: str = "value", bound: Any = None) -> Array:
        """Where |exact| + B (or another bound) stays below Ω: no rounding overflows there."""
        allowed = self.bound(e, quantity) if bound is None else bound
        return np.asarray(np.abs(self.exact(e, quantity).wide) + allowed < self.fmt.largest)

    def variant(self, e: Example, name: str, make: Callable[[], Example]) -> Example:
        """A transformed example, made once; where `make` stands is part of its key."""
        return self.once(e, ("variant", name, make.__code__), make)


def _recurs(e: Example, quantity: str) -> bool:
    """True if what is known of a few rows is known of all; an option's derivative sums over all."""
    return e.repeats is not None and not option_of(quantity)
