"""Exact functions of rows of logits, row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from conformance.floats import Array
from conformance.numerics.exact.balls import (
    INFINITY,
    NAN,
    ONE,
    Ball,
    balls,
    exp_of_nonpositive,
    raised,
    split,
    times,
    total,
)
from conformance.numerics.exact.elementwise import Evaluate
from conformance.numerics.exact.logits import made

RowFormula = Callable[..., Sequence[Ball]]


class Row:
    """One row of logits: t = e^(x − m), T = Σt without one maximum, at the current precision.

    Where options change the logits, it is the row of the changed ones; `slope` and `bend` are the
    first and second derivatives of that change, None without one. Balls are taken as they are.
    """

    def __init__(self, x: Array | list[Ball], options: Mapping[str, Any] | None = None) -> None:
        given = x if isinstance(x, list) else balls(x)
        self.n = len(given)
        self.top = int(np.argmax([float(v) for v in given]))
        self.logits, self.slope, self.bend = made(given, options or {})
        m = self.logits[self.top]
        self.m = m
        self.d = [v - m if v.is_finite() else v for v in self.logits]
        self.t = [exp_of_nonpositive(d) for d in self.d]
        self.t[self.top] = ONE
        self.T = total([t for i, t in enumerate(self.t) if i != self.top])
        self.S = ONE + self.T
        self.log_S = self.T.log1p()
        self.p = [t / self.S for t in self.t]

    @property
    def log_p(self) -> list[Ball]:
        """Log p, −inf at masked classes; −log1p(T) at the maximum, without cancellation."""
        return [-INFINITY if not d.is_finite() else d - self.log_S for d in self.d]

    def mean(self, values: Sequence[Ball]) -> Ball:
        """Σ p·values."""
        return total([times(p, v) for p, v in zip(self.p, values, strict=True)])

    def centred(self, values: Sequence[Ball]) -> list[Ball]:
        """Each value − Σ p·values."""
        mean = self.mean(values)
        return [v - mean for v in values]

    def hessian(self, v: Sequence[Ball], factor: Ball) -> list[Ball]:
        """factor·(diag p − p pᵀ) v."""
        return [factor * p * c for p, c in zip(self.p, self.centred(v), strict=True)]

    def gradient(self, found: Sequence[Ball]) -> list[Ball]:
        """A gradient by the logits as one by x."""
        if self.slope is None:
            return list(found)
        return [s * g for s, g in zip(self.slope, found, strict=True)]

    def along(self, v: Sequence[Ball]) -> list[Ball]:
        """A direction of x as one of the logits."""
        return self.gradient(v)

    def second(
        self, found: Sequence[Ball], v: Sequence[Ball], gradient: Sequence[Ball] | None
    ) -> list[Ball]:
        """A second derivative by the logits as one by x, along v, beside their gradient."""
        bent = self.gradient(found)
        if self.bend is None or gradient is None:
            return bent
        each = zip(bent, self.bend, v, gradient, strict=True)
        return [h + b * w * g for h, b, w, g in each]


def settled(x: Array) -> bool:
    """True if a row has a finite maximum and no NaN."""
    wide = x.astype(np.float64)
    return bool(len(wide) and not np.isnan(wide).any() and np.isfinite(wide.max()))


def by_rows(
    formula: RowFormula, further: int = 0, *, reduces: bool = False,
    limit: Callable[[Array], Ball] | None = None, gradient: RowFormula | None = None,
) -> Evaluate:  # fmt: skip
    """The evaluation of a formula of a row, with `further` of its cotangent and direction.

    `reduces`: the formula gives one number. `limit` gives the value of a row without NaN whose
    maximum is infinite; without it such rows are undefined. `gradient` is the first derivative,
    which the second derivative of changed logits needs.
    """

    def of(x: Array, options: Mapping[str, Any], extra: list[list[Ball]]) -> Sequence[Ball]:
        row = Row(x, options)
        if row.slope is None or not further:
            return formula(row, *extra)
        if further == 1:
            return row.gradient(formula(row, *extra))
        g, v = extra
        found = formula(row, g, row.along(v))
        return row.second(found, v, None if gradient is None else gradient(row, g))

    def evaluate(args: Mapping[str, Array], options: Mapping[str, Any]) -> tuple[Array, Array]:
        x = args["x"] if "x" in args else args["logits"]
        width = 1 if reduces else x.shape[1]
        found: list[Ball] = []
        extra = [args[k] for k in ("cotangent", "direction")[:further]]
        for i in range(len(x)):
            if not settled(x[i]):
                found += _unsettled(x[i], limit, width)
                continue
            found += raised(
                lambda i=i: of(x[i], options, [balls(np.atleast_1d(a[i])) for a in extra])  # type: ignore[misc]
            )
        return split(found, x.shape[:1] if reduces else x.shape)

    return evaluate


def _unsettled(x: Array, limit: Callable[[Array], Ball] | None, width: int) -> list[Ball]:
    wide = x.astype(np.float64)
    if limit is None or np.isnan(wide).any():
        return [NAN] * width
    return [limit(wide)]
