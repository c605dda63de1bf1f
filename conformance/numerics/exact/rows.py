"""Exact softmax, log_softmax, logsumexp and their derivatives, row by row."""

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

RowFormula = Callable[..., Sequence[Ball]]


class Row:
    """One row of logits: t = e^(x − m), T = Σt without one maximum, at the current precision."""

    def __init__(self, x: Array) -> None:
        self.x = x.astype(np.float64)
        self.n = len(x)
        self.top = int(np.argmax(self.x))
        self.logits = balls(x)
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


def settled(x: Array) -> bool:
    """True if a row has a finite maximum and no NaN."""
    wide = x.astype(np.float64)
    return bool(len(wide) and not np.isnan(wide).any() and np.isfinite(wide.max()))


def _softmax(row: Row) -> list[Ball]:
    return row.p


def _log_softmax(row: Row) -> list[Ball]:
    return row.log_p


def _logsumexp(row: Row) -> list[Ball]:
    return [row.m + row.log_S]


def _softmax_vjp(row: Row, g: list[Ball]) -> list[Ball]:
    return [p * c for p, c in zip(row.p, row.centred(g), strict=True)]


def _log_softmax_vjp(row: Row, g: list[Ball]) -> list[Ball]:
    whole = total(g)
    return [a - p * whole for a, p in zip(g, row.p, strict=True)]


def _logsumexp_vjp(row: Row, g: list[Ball]) -> list[Ball]:
    return [g[0] * p for p in row.p]


def _softmax_hvp(row: Row, g: list[Ball], v: list[Ball]) -> list[Ball]:
    product = [a * b for a, b in zip(row.centred(g), row.centred(v), strict=True)]
    return [p * c for p, c in zip(row.p, row.centred(product), strict=True)]


def _log_softmax_hvp(row: Row, g: list[Ball], v: list[Ball]) -> list[Ball]:
    return row.hessian(v, -total(g))


def _logsumexp_hvp(row: Row, g: list[Ball], v: list[Ball]) -> list[Ball]:
    return row.hessian(v, g[0])


def _unsettled(function: str, quantity: str, x: Array, width: int) -> list[Ball]:
    """At infinite maxima logsumexp has limits; the rest is undefined."""
    wide = x.astype(np.float64)
    if (function, quantity) == ("logsumexp", "value") and not np.isnan(wide).any():
        return [INFINITY if len(wide) and wide.max() > 0 else -INFINITY]
    return [NAN] * width


def _by_rows(function: str, quantity: str, formula: RowFormula, reduces: bool) -> Evaluate:
    def evaluate(args: Mapping[str, Array], options: Mapping[str, Any]) -> tuple[Array, Array]:
        x = args["x"]
        width = 1 if reduces else x.shape[1]
        found: list[Ball] = []
        extra = [args[k] for k in ("cotangent", "direction")[: _further(quantity)]]
        for i in range(len(x)):
            if not settled(x[i]):
                found += _unsettled(function, quantity, x[i], width)
                continue
            found += raised(
                lambda i=i: formula(Row(x[i]), *[balls(np.atleast_1d(a[i])) for a in extra])  # type: ignore[misc]
            )
        return split(found, x.shape[:1] if reduces else x.shape)

    return evaluate


def _further(quantity: str) -> int:
    return {"value": 0, "vjp": 1, "hvp": 2}[quantity]


_FORMULAS: dict[tuple[str, str], RowFormula] = {
    ("softmax", "value"): _softmax,
    ("softmax", "vjp"): _softmax_vjp,
    ("softmax", "hvp"): _softmax_hvp,
    ("log_softmax", "value"): _log_softmax,
    ("log_softmax", "vjp"): _log_softmax_vjp,
    ("log_softmax", "hvp"): _log_softmax_hvp,
    ("logsumexp", "value"): _logsumexp,
    ("logsumexp", "vjp"): _logsumexp_vjp,
    ("logsumexp", "hvp"): _logsumexp_hvp,
}
ROWS: dict[tuple[str, str], Evaluate] = {
    key: _by_rows(*key, formula, key == ("logsumexp", "value"))
    for key, formula in _FORMULAS.items()
}
