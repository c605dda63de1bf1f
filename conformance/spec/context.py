"""What a check sees of an implementation: computed values, exact values and bounds of an example.

Everything is computed once per example and kept until the next one begins, so that all laws of a
subject look at the same calls.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar, cast

import numpy as np

from conformance.backends import Unsupported
from conformance.floats import FORMATS, Array
from conformance.functions import FUNCTIONS
from conformance.kernels.calling import Kernel
from conformance.kernels.failures import CallFailed
from conformance.kernels.limits import Refused
from conformance.kernels.observation import Observation
from conformance.kernels.within import within
from conformance.model import Claim, Example, Grade, Implementation, Subject, View
from conformance.numerics.bounds import Budget, Later, bound, budget
from conformance.numerics.intermediates import xlogy_free
from conformance.numerics.measure import Exact, Repeated
from conformance.numerics.measure import within as is_within
from conformance.numerics.problem import Problem
from conformance.numerics.reference import averaged, largest_total, unweighted
from conformance.spec.claims import equal

T = TypeVar("T")
#: Rows that are shorter have no sum beyond float16.
_LONG = 2**15


class Examination:
    """One subject under examination."""

    def __init__(
        self, implementation: Implementation, subject: Subject, grade: Grade = "standard"
    ) -> None:
        self.implementation = implementation
        self.subject = subject
        self.function = FUNCTIONS[subject.function]
        self.fmt = FORMATS[subject.dtype]
        self.grade = grade
        self.budget: Budget = budget(self.fmt, grade)
        self._first_look = replace(self.budget, sums=False)
        self.kernel = Kernel(implementation, subject.function, subject.mode, subject.device)
        self.accepts = implementation.options.get(subject.function, frozenset())
        self._neighbour = False  # another function's laws say what is wrong with it
        self._memo: dict[tuple[Any, ...], Any] = {}
        self._held: list[Example] = []
        self._others: dict[tuple[str, str, str], Examination] = {}

    def begin(self) -> None:
        """Forget the previous example."""
        self._memo.clear()
        self._held.clear()
        for other in self._others.values():
            other.begin()

    def once(self, e: Example, what: tuple[Any, ...], compute: Callable[[], T]) -> T:
        """The value computed for an example, or the exception that it raised, once."""
        key = (id(e), *what)
        if key not in self._memo:
            self._held.append(e)  # an id is unique only while its object lives
            try:
                self._memo[key] = (compute(), None)
            except Exception as caught:  # raised again for every law that asks
                self._memo[key] = (None, caught)
        found, error = self._memo[key]
        if error is not None:
            raise error
        return found

    def observed(self, e: Example) -> Observation:
        """The call of the function itself, with what it did to its arguments."""
        return self.once(e, ("observed",), lambda: self._observe(e))

    def _observe(self, e: Example) -> Observation:
        try:
            return self.kernel.observe(e)
        except CallFailed as failed:
            if failed.lost or not self._neighbour:
                raise
            raise Unsupported(f"{self.function.name} itself fails: {failed}") from failed

    def observed_vjp(self, e: Example) -> Observation:
        """The call of the gradient, with what it did to its arguments."""
        return self.once(
            e, ("observed_vjp",), lambda: self.kernel.observe_vjp(e, e.args["cotangent"])
        )

    def taken(self, e: Example, quantity: str = "value") -> bool:
        """False if the implementation refuses the class of inputs that an example is of."""
        try:
            self.computed(e, quantity)
        except Refused:
            return False
        return True

    def within(self, e: Example) -> Example:
        """The example as the implementation takes it: the same numbers within its limits."""
        return within(self.kernel.limits, e)

    def value(self, e: Example) -> Array:
        """The computed value: canonical, widened to the format of the laws' arithmetic."""
        return self.once(e, ("value",), lambda: self._widened(self.observed(e).result))

    def vjp(self, e: Example) -> Array:
        """The computed gradient for the first argument along args["cotangent"]."""
        return self.once(e, ("vjp",), lambda: self._widened(self.observed_vjp(e).result))

    def _widened(self, result: Array) -> Array:
        """Results in the format in which errors are measured, unless they are wider."""
        narrow = result.dtype.kind != "f" or result.itemsize < np.dtype(self.fmt.wide).itemsize
        return result.astype(self.fmt.wide) if narrow else result

    def vjp_labels(self, e: Example) -> Array:
        """The computed gradient for the labels."""
        g = e.args["cotangent"]
        return self.once(e, ("vjp_labels",), lambda: self._widened(self.kernel.vjp(e, g, wrt=1)))

    def vjp_weight(self, e: Example) -> Array:
        """The computed gradient for the option weight."""
        return self._vjp_option(e, "weight")

    def vjp_pos_weight(self, e: Example) -> Array:
        """The computed gradient for the option pos_weight."""
        return self._vjp_option(e, "pos_weight")

    def _vjp_option(self, e: Example, name: str) -> Array:
        g = e.args["cotangent"]
        return self.once(
            e, ("vjp", name), lambda: self._widened(self.kernel.vjp_option(e, g, name))
        )

    def jvp(self, e: Example) -> Array:
        """Forward mode along args["direction"]."""
        v = e.args["direction"]
        return self.once(e, ("jvp",), lambda: self._widened(self.kernel.jvp(e, v)))

    def hvp(self, e: Example) -> Array:
        """The derivative of the gradient along args["direction"]."""
        g, v = e.args["cotangent"], e.args["direction"]
        return self.once(e, ("hvp",), lambda: self._widened(self.kernel.hvp(e, g, v)))

    def hvp_by(self, e: Example, order: str) -> Array:
        """The same by another order of forward and reverse mode, one of the backend's `ORDERS`."""
        g, v = e.args["cotangent"], e.args["direction"]
        return self.once(e, ("hvp", order), lambda: self._widened(self.kernel.hvp(e, g, v, order)))

    def computed(self, e: Example, quantity: str) -> Array:
        """A quantity by name: `value`, `vjp`, `hvp`, `vjp_labels`, ..."""
        found: Array = getattr(self, quantity)(e)
        return found

    def problem(self, e: Example) -> Problem:
        """The example in wide arithmetic."""
        return self.once(e, ("problem",), lambda: Problem(e))

    def exact(self, e: Example, quantity: str = "value") -> Exact:
        """The exact value of a quantity."""
        return self.once(e, ("exact", quantity), lambda: self._exact(e, quantity))

    def _exact(self, e: Example, quantity: str) -> Exact:
        if e.repeats is None:
            return Exact(self.problem(e), quantity)
        few, places = e.repeats
        return Repeated(self.problem(e), quantity, self.exact(few, quantity), places)

    def bound(self, e: Example, quantity: str = "value", level: str = "must") -> Array:
        """The derived bound of a quantity at this grade: an array, once an error asks for it."""
        later: Any = Later(
            lambda: self._bound(e, quantity, level, self._first_look),
            lambda: self._bound(e, quantity, level, self.budget),
        )
        return cast(Array, later)

    def _bound(self, e: Example, quantity: str, level: str, b: Budget) -> Array:
        return self.once(
            e, ("bound", quantity, level, b),
            lambda: bound(self.problem(e), b, quantity, level) if e.repeats is None
            else self._repeated(e, lambda few: self._bound(few, quantity, level, b)),
        )  # fmt: skip

    def _repeated(self, e: Example, of: Callable[[Example], Array]) -> Array:
        """What is known of an example whose rows recur, from those alone."""
        assert e.repeats is not None
        few, places = e.repeats
        return of(few)[places]

    def forced(self, e: Example, quantity: str = "value") -> Array:
        """Where the definition and its limits force the value of a quantity.

        Of a subnormal probability they force two: that of the number, and that of 0, for which
        hardware may take it. Reductions and rows whose sums leave float16 are left to laws of
        their own, so that an overflow is one finding and not a finding of every law.
        """
        return self.once(e, ("forced", quantity), lambda: self._forced(e, quantity))

    def _forced(self, e: Example, quantity: str) -> Array:
        if e.repeats is not None:
            return self._repeated(e, lambda few: self.forced(few, quantity))
        fine = not self.crowded(e, quantity) and ~self.overlong(e, quantity)
        return self.summed(e, quantity) & fine

    def summed(self, e: Example, quantity: str = "value") -> Array:
        """Where a value is forced, whether or not the parts of a reduction leave float16."""
        return self.once(e, ("summed", quantity), lambda: self._where(e, quantity))

    def crowded(self, e: Example, quantity: str = "value") -> bool:
        """True if a reduction adds up, or divides by, more than half of what float16 holds."""
        if self.fmt.name != "float16" or e.reduction == "none":
            return False
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
        if reduced or quantity in ("vjp_weight", "vjp_pos_weight"):
            return np.asarray(rows.any())
        return rows[:, None] if quantity != "value" or of.by_class else rows

    def where(self, e: Example, quantity: str = "value") -> Array:
        """Where a single value is forced, so that two calls, or two laws, have to agree."""
        return self.once(
            e, ("where", quantity),
            lambda: self.forced(e, quantity) & self.exact(e, quantity).unambiguous,
        )  # fmt: skip

    def right(self, e: Example) -> Array:
        """Where the value is within its bound.

        Elsewhere its own accuracy speaks, and a law between two functions is silent.
        """
        return self.once(
            e, ("right",),
            lambda: self.where(e)
            & is_within(self.value(e), self.exact(e), self.bound(e), self.fmt),
        )  # fmt: skip

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
        if quantity in ("vjp_weight", "vjp_pos_weight"):
            return self._weighed(e, p, quantity.removeprefix("vjp_"))
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
        wide = quantity != "value" or e.function.by_class
        if e.function.rowwise and wide and settled.ndim == 1:
            settled = settled[:, None]
        if p.mask is not None and e.function.by_class and quantity == "value":
            return np.asarray(settled & p.mask)  # a law of its own speaks of the others
        return settled

    def _weighed(self, e: Example, p: Problem, option: str) -> Array:
        """Weights whose derivative is forced: not 0, for a guard against 0·log 0 is constant there.

        Every row that shares a weight is settled, without a class at −inf, whose 0·log 0 has no
        slope; what a stable form adds up before it divides, and a mean's W², stay in range.
        """
        rows, value = self.forced(e, "vjp"), self.forced(e)
        if e.function.rowwise:
            rows = rows & ((p.rows.log_p >= -self.fmt.largest) | p.ignored[:, None])
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

        Not so in float16, whose sums of ordinary losses overflow: see `crowded`.
        """
        if p.e.reduction != "mean" or self.fmt.name == "float16":
            return True
        total = self.exact(e).wide * p.denominator
        return bool(np.isinf(total) or not np.abs(total) > self.fmt.largest)

    def representable(self, e: Example, quantity: str = "value", bound: Any = None) -> Array:
        """Where |exact| + B (or another bound) stays below Ω: no rounding overflows there."""
        allowed = self.bound(e, quantity) if bound is None else bound
        return np.asarray(np.abs(self.exact(e, quantity).wide) + allowed < self.fmt.largest)

    def claim(self, e: Example, quantity: str = "value", level: str = "must", *,
              where: Any = True, what: str = "") -> Claim:  # fmt: skip
        """The claim that a quantity is exact within its bound, wherever it is settled."""
        return equal(
            self.computed(e, quantity),
            self.exact(e, quantity),
            self.bound(e, quantity, level),
            where=self.forced(e, quantity) & where,
            what=what,
        )

    def other(self, function: str = "", mode: str = "", device: str = "") -> Examination:
        """The same implementation's other function, mode or device."""
        s = self.subject
        key = (function or s.function, mode or s.mode, device or s.device)
        if key not in self._others:
            subject = replace(s, function=key[0], mode=key[1], device=key[2])
            other = Examination(self.implementation, subject, self.grade)
            other._neighbour = subject.function != s.function
            self._others[key] = other
        return self._others[key]

    def has(self, function: str) -> bool:
        """True if the implementation defines another function."""
        return function in self.implementation.functions

    def variant(self, e: Example, name: str, make: Callable[[], Example]) -> Example:
        """A transformed example, made once; where `make` stands is part of its key."""
        return self.once(e, ("variant", name, make.__code__), make)

    def beside(
        self, e: Example, function: str, view: View | None = None, /, **args: Array
    ) -> tuple[Examination, Example]:
        """The file's other function, and an example of these arguments for it; losses unreduced.

        Rows of rows are presented as this example is. Unsupported if it always reduces.
        """
        other, target = self.other(function), FUNCTIONS[function]
        if target.reduces and "reduction" not in other.accepts:
            raise Unsupported(f"{function} without reduction=")
        if view is None and e.function.rowwise and target.rowwise:
            view = e.view
        batch = next(iter(args.values())).shape[:1]
        options = {"reduction": "none"} if target.reduces else {}
        return other, Example(target, e.fmt, args, view or View(batch), options)
