"""Exact cross-entropies of logits h Wᵀ + b, and their derivatives by h, W and b."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from conformance.floats import Array
from conformance.numerics.exact.balls import NAN, ZERO, Ball, balls, raised, split, times, total
from conformance.numerics.exact.elementwise import Evaluate
from conformance.numerics.exact.losses import Targets, by_rows, losses
from conformance.numerics.exact.reductions import Args, Options, filled, rates
from conformance.numerics.exact.rows import Row
from conformance.numerics.exact.weights import of_rows as by_weight


class Projected(Targets):
    """One row h: its label, and the logits h Wᵀ + b as balls."""

    def __init__(
        self, h: Array, label: Array, options: Options, matrix: list[list[Ball]], bias: list[Ball]
    ) -> None:
        self.matrix, self.bias = matrix, bias
        super().__init__(h, label, options, "logits", len(matrix))

    def _settled(self) -> bool:
        return bool(self.n and np.isfinite(self.x.astype(np.float64)).all())

    @property
    def h(self) -> list[Ball]:
        """The row itself."""
        return balls(self.x)

    @property
    def row(self) -> Row:
        """The logits, at the current precision."""
        h, every = self.h, zip(self.matrix, self.bias, strict=True)
        return Row([_dot(h, w) + b for w, b in every], self.options)

    def vjp(self) -> list[Ball]:
        """Σ_c (p_c ΣA − A_c) W_c; 0 of an ignored row."""
        if self.ignored or not self.defined:
            return [ZERO if self.ignored else NAN] * len(self.x)
        return [_dot(self.slopes(), column) for column in zip(*self.matrix, strict=True)]

    def hvp(self, v: list[Ball]) -> list[Ball]:
        """Σ_c (H w)_c W_c, w = v Wᵀ and H the Hessian by the logits; 0 of an ignored row."""
        if self.ignored or not self.defined:
            return [ZERO if self.ignored else NAN] * len(self.x)
        bent = super().hvp([_dot(v, w) for w in self.matrix])
        return [_dot(bent, column) for column in zip(*self.matrix, strict=True)]

    def slopes(self) -> list[Ball]:
        """p ΣA − A, by the logits."""
        return super().vjp()


def _dot(a: Sequence[Ball], b: Sequence[Ball]) -> Ball:
    return total([v * w for v, w in zip(a, b, strict=True)])


def _rows(args: Args, options: Options, matrix: str) -> list[Projected]:
    W = [balls(row) for row in options[matrix]]
    bias = filled(options.get("linear_bias", np.zeros(len(W))), len(W))
    every = zip(args["hidden"], args["labels"], strict=True)
    return [Projected(h, np.asarray(y), options, W, bias) for h, y in every]


def of_rows(matrix: str, quantity: str) -> Evaluate:
    """Losses of products with the option `matrix`, or derivatives by h or by floating labels."""

    def evaluate(args: Args, options: Options) -> tuple[Array, Array]:
        rows = _rows(args, options, matrix)
        if quantity == "value":
            return losses(rows, options)
        by_labels = (len(rows), len(options[matrix]))
        shape = by_labels if quantity == "vjp_labels" else args["hidden"].shape
        return split(by_rows(rows, args, options, quantity), shape)

    return evaluate


def by_class(matrix: str) -> Evaluate:
    """Their gradient by the class weights."""

    def evaluate(args: Args, options: Options) -> tuple[Array, Array]:
        return by_weight(_rows(args, options, matrix), len(options[matrix]), args, options)

    return evaluate


def by_option(matrix: str, formula: Callable[[list[list[Ball]], list[Projected]], list[Ball]],
              shape: Callable[[Array], tuple[int, ...]]) -> Evaluate:  # fmt: skip
    """Their gradient by what all rows share: a formula of r_i(p ΣA − A) of each row."""

    def evaluate(args: Args, options: Options) -> tuple[Array, Array]:
        rows = _rows(args, options, matrix)
        rate = rates(args, options, [row.mean_weight for row in rows])

        def found() -> Sequence[Ball]:
            each = [[times(v, rate(i)) for v in row.slopes()] for i, row in enumerate(rows)]
            return formula(each, rows)

        return split(raised(found), shape(options[matrix]))

    return evaluate


def of_matrix(each: list[list[Ball]], rows: list[Projected]) -> list[Ball]:
    """Σᵢ gᵢ_c hᵢ_k, for each class and place."""
    h = [row.h for row in rows]
    return [_dot(g, v) for g in zip(*each, strict=True) for v in zip(*h, strict=True)]


def of_bias(each: list[list[Ball]], rows: list[Projected]) -> list[Ball]:
    """Σᵢ gᵢ_c, for each class."""
    return [total(g) for g in zip(*each, strict=True)]
