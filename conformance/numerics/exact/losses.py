"""Exact cross-entropies of classes, with every option, and their derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from conformance.floats import Array
from conformance.numerics.exact.balls import (
    NAN,
    ONE,
    ZERO,
    Ball,
    ball,
    balls,
    log,
    over,
    raised,
    split,
    times,
    total,
)
from conformance.numerics.exact.elementwise import Evaluate
from conformance.numerics.exact.reductions import Args, Options, filled, rates, reduced
from conformance.numerics.exact.rows import Row, settled


class Targets:
    """One row: its input, its label, and its effective targets A with ℓ = −Σ A_c log p_c."""

    def __init__(self, x: Array, label: Array, options: Options, first: str,
                 n: int | None = None) -> None:  # fmt: skip
        self.x = x
        self.n = len(x) if n is None else n
        self.label = label
        self.options = options
        self.logits = first == "logits"
        self.first = first
        self.indexed = np.issubdtype(label.dtype, np.integer)
        self.ignored = bool(self.indexed and label == options.get("ignore_index"))
        self.defined = self._labelled() and self._settled()

    def _labelled(self) -> bool:
        if self.indexed:
            return 0 <= int(self.label) < self.n
        wide = self.label.astype(np.float64)
        return bool((np.isfinite(wide) & (wide >= 0)).all())

    def _settled(self) -> bool:
        if self.logits:
            return settled(self.x)
        wide = self.x.astype(np.float64)
        if self.first == "log_probs":
            return bool(len(wide) and (wide <= 0).all())
        return bool(len(wide) and (np.isfinite(wide) & (wide >= 0)).all())

    @property
    def log_p(self) -> list[Ball]:
        """The logarithms of the probabilities."""
        if self.logits:
            return self.row.log_p
        given = balls(self.x)
        return given if self.first == "log_probs" else [log(p) for p in given]

    @cached_property
    def w(self) -> list[Ball]:
        """The class weights."""
        return filled(self.options.get("weight"), self.n)

    @property
    def row(self) -> Row:
        """The logits, at the current precision."""
        return Row(self.x, self.options)

    @property
    def z(self) -> Ball:
        """λL², L = log Σe^x: what z_loss adds."""
        if not self.options.get("z_loss"):
            return ZERO
        row = self.row
        return ball(self.options["z_loss"]) * (row.m + row.log_S) ** 2

    def _pull(self, row: Row) -> Ball:
        """2λL: how much of p it adds to the gradient."""
        if not self.options.get("z_loss"):
            return ZERO
        return 2 * ball(self.options["z_loss"]) * (row.m + row.log_S)

    @property
    def kept(self) -> Ball:
        """1 − α."""
        return ONE - ball(self.options.get("label_smoothing", 0.0))

    @property
    def mass(self) -> list[Ball]:
        """(1 − α)q + α/C: the effective targets before the class weights."""
        share = ball(self.options.get("label_smoothing", 0.0)) / self.n
        if not self.indexed:
            return [self.kept * q + share for q in balls(self.label)]
        spread = [share] * self.n
        spread[int(self.label)] += self.kept
        return spread

    @property
    def A(self) -> list[Ball]:
        """The effective targets."""
        return [w * q for w, q in zip(self.w, self.mass, strict=True)]

    @property
    def mean_weight(self) -> Ball:
        """The row's weight in the mean: w_y of an index, 1 of a floating label."""
        if self.ignored or not self._labelled():
            return ZERO
        return self.w[int(self.label)] if self.indexed else ONE

    def value(self) -> list[Ball]:
        """ℓ."""
        if self.ignored or not self.defined:
            return [ZERO if self.ignored else NAN]
        return [total([times(a, -v) for a, v in zip(self.A, self.log_p, strict=True)]) + self.z]

    def vjp(self) -> list[Ball]:
        """P ΣA − A from logits, −A/p from p, −A from log p; 0 of an ignored row."""
        if self.ignored or not self.defined:
            return [ZERO if self.ignored else NAN] * self.n
        if self.first == "log_probs":
            return [-a for a in self.A]
        if not self.logits:
            return [-over(a, p) for a, p in zip(self.A, balls(self.x), strict=True)]
        row = self.row
        return row.gradient(self._by_logits(row))

    def _by_logits(self, row: Row) -> list[Ball]:
        A = self.A
        mass = total(A) + self._pull(row)
        return [p * mass - a for p, a in zip(row.p, A, strict=True)]

    def hvp(self, v: list[Ball]) -> list[Ball]:
        """ΣA (diag p − p pᵀ) v from logits, A v/p² from probabilities."""
        if self.ignored or not self.defined:
            return [ZERO if self.ignored else NAN] * self.n
        if not self.logits:
            every = zip(self.A, balls(self.x), v, strict=True)
            return [times(over(a, p * p), w) for a, p, w in every]
        row = self.row
        gradient = None if row.bend is None else self._by_logits(row)
        along = row.along(v)
        found = row.hessian(along, total(self.A) + self._pull(row))
        if self.options.get("z_loss"):
            mean = 2 * ball(self.options["z_loss"]) * row.mean(along)
            found = [h + mean * p for h, p in zip(found, row.p, strict=True)]
        return row.second(found, v, gradient)

    def vjp_labels(self) -> list[Ball]:
        """∂ℓ/∂q_c = −(1 − α) w_c log p_c, for floating labels."""
        if not self.defined:
            return [NAN] * self.n
        return [times(self.kept * w, -v) for w, v in zip(self.w, self.log_p, strict=True)]


def targets(args: Args, options: Options) -> list[Targets]:
    """The rows of a loss."""
    first = first_of(args)
    rows = zip(args[first], args["labels"], strict=True)
    return [Targets(x, np.asarray(label), options, first) for x, label in rows]


def losses(rows: Sequence[Targets], options: Options) -> tuple[Array, Array]:
    """The losses of rows under their reduction."""
    weights = [row.mean_weight for row in rows]
    return reduced(lambda: [v for row in rows for v in row.value()], options, lambda: weights)


def first_of(args: Args) -> str:
    """The name of the first argument of a loss of classes."""
    return next(name for name in ("logits", "probs", "log_probs") if name in args)


def classes(quantity: str) -> Evaluate:
    """The evaluation of one quantity of any multi-class loss."""

    def evaluate(args: Args, options: Options) -> tuple[Array, Array]:
        rows = targets(args, options)
        if quantity == "value":
            return losses(rows, options)
        return split(by_rows(rows, args, options, quantity), args[first_of(args)].shape)

    return evaluate


def by_rows(rows: Sequence[Targets], args: Args, options: Options, quantity: str) -> list[Ball]:
    """A derivative of each row's loss, times the cotangent's share of it."""
    rate = rates(args, options, [row.mean_weight for row in rows])
    further = [[balls(v)] for v in args["direction"]] if quantity == "hvp" else [[]] * len(rows)
    found: list[Ball] = []
    for i, row in enumerate(rows):
        found += raised(
            lambda i=i, row=row: [  # type: ignore[misc]
                times(v, rate(i)) for v in getattr(row, quantity)(*further[i])
            ]
        )
    return found
