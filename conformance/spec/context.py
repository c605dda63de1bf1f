"""What a law sees of an implementation: its computed values, and what is known of an example.

Everything is computed once per example and kept until the next example, so that all laws of a
subject look at the same calls.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from conformance.backends import Unsupported
from conformance.floats import FORMATS, Array, same_bits
from conformance.functions import FUNCTIONS
from conformance.kernels.calling import Kernel
from conformance.kernels.failures import CallFailed
from conformance.kernels.limit import Refused
from conformance.kernels.observation import Observation
from conformance.kernels.reductions import with_own_reduction
from conformance.kernels.within import within
from conformance.model import Claim, Example, Grade, Implementation, Subject, View
from conformance.numerics.measure import within as is_within
from conformance.spec.claims import equal
from conformance.spec.known import Known

#: How many examples are called again for races.
_RACES = 3


class Examination(Known):
    """One subject under examination."""

    def __init__(
        self, implementation: Implementation, subject: Subject, grade: Grade = "standard"
    ) -> None:
        super().__init__(FUNCTIONS[subject.function], FORMATS[subject.dtype], grade)
        self.implementation = with_own_reduction(implementation, subject)
        self.subject = subject
        #: True if its function was found to give the loss of each row, without being told to.
        self.gives_rows = self.implementation is not implementation
        self.kernel = Kernel(self.implementation, subject.function, subject.mode, subject.device)
        self.accepts = implementation.options.get(subject.function, frozenset())
        self._neighbour = False  # another function's laws say what is wrong with it
        self._others: dict[tuple[str, str, str], Examination] = {}
        self._raced: Counter[str] = Counter()
        self._timed: Example | None = None

    def begin(self, e: Example | None = None) -> None:
        """Forget the previous example; if told which is next, time the calls of no other."""
        super().begin()
        self._timed = e
        for other in self._others.values():
            other.begin(e)

    def observed(self, e: Example) -> Observation:
        """The call of the function itself, with what it did to its arguments."""
        return self.once(e, ("observed",), lambda: self._observe(e))

    def _observe(self, e: Example) -> Observation:
        try:
            return self.kernel.observe(e, timed=self._times(e))
        except CallFailed as failed:
            if failed.lost or not self._neighbour:
                raise
            raise Unsupported(f"{self.function.name} itself fails: {failed}") from failed

    def observed_vjp(self, e: Example) -> Observation:
        """The call of the gradient, with what it did to its arguments."""
        return self.once(
            e, ("observed_vjp",),
            lambda: self.kernel.observe_vjp(e, e.args["cotangent"], timed=self._times(e)),
        )  # fmt: skip

    def _times(self, e: Example) -> bool:
        return self._timed is None or e is self._timed

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
        return self.computed(e, "value")

    def vjp(self, e: Example) -> Array:
        """The computed gradient for the first argument along args["cotangent"]."""
        return self.computed(e, "vjp")

    def again(self, e: Example, quantity: str = "value") -> Iterator[Array]:
        """Other results of the same call: of a few whose work several threads share, if they race.

        A library that compiles for itself shares its work in its own threads: it is not asked.
        """
        seen = self.observed(e) if quantity == "value" else self.observed_vjp(e)
        if not seen.chances or self._raced[quantity] == _RACES:
            return
        self._raced[quantity] += 1
        g = e.args["cotangent"]
        for _ in range(seen.chances):
            got = self.kernel.value(e) if quantity == "value" else self.kernel.vjp(e, g)
            if not same_bits(got, seen.result):
                yield self._widened(got)

    def _widened(self, result: Array) -> Array:
        """Results in the format in which errors are measured, unless they are wider."""
        narrow = result.dtype.kind != "f" or result.itemsize < np.dtype(self.fmt.wide).itemsize
        return result.astype(self.fmt.wide) if narrow else result

    def hvp_by(self, e: Example, order: str) -> Array:
        """The second derivative by another order of forward and reverse mode, one of `ORDERS`."""
        g, v = e.args["cotangent"], e.args["direction"]
        return self.once(e, ("hvp", order), lambda: self._widened(self.kernel.hvp(e, g, v, order)))

    def computed(self, e: Example, quantity: str) -> Array:
        """A quantity by name: `value`, `vjp`, `jvp`, `hvp`, `vjp_labels`, `hvp_labels`, ..."""
        return self.once(e, (quantity,), lambda: self._widened(self.result(e, quantity)))

    def derived(self, e: Example, quantity: str) -> Array:
        """A derivative that not every framework gives. Unsupported if this one refuses to."""
        try:
            return self.computed(e, quantity)
        except CallFailed as error:
            if error.kind == "raised":
                by = quantity.partition("_")[2]
                raise Unsupported(f"no gradient for {by}: {error}") from error
            raise

    def result(self, e: Example, quantity: str) -> Array:
        """A quantity as it was returned, in the format that it has."""
        if quantity == "value":
            return self.observed(e).result
        if quantity == "vjp":
            return self.observed_vjp(e).result
        return self.kernel.compute(quantity, e)

    def right(self, e: Example) -> Array:
        """Where the value is within its bound.

        Elsewhere its own accuracy speaks, and a law between two functions is silent.
        """
        return self.once(
            e, ("right",),
            lambda: self.where(e)
            & is_within(self.value(e), self.exact(e), self.bound(e), self.fmt),
        )  # fmt: skip

    def claim(self, e: Example, quantity: str = "value", level: str = "must", *,
              where: Any = True, what: str = "", got: Array | None = None,
              at: Example | None = None) -> Claim:  # fmt: skip
        """The claim that a quantity is exact within its bound, wherever it is settled.

        `at` is the example if it is another than the law was given: the one to be shown.
        """
        return equal(
            self.computed(e, quantity) if got is None else got,
            self.exact(e, quantity),
            self.bound(e, quantity, level),
            where=self.forced(e, quantity) & where,
            what=what,
            at=at,
        )

    @property
    def is_for_eager(self) -> bool:
        """False if the file's MODES say that it is for other modes alone."""
        declared = self.implementation.modes
        return declared is None or "eager" in declared

    def other(self, function: str = "", mode: str = "", device: str = "") -> Examination:
        """The same implementation's other function, mode or device.

        Unsupported for a plain call of what is declared to be for other modes alone.
        """
        if mode == "eager" and not self.is_for_eager:
            raise Unsupported("its MODES are others than eager")
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
