"""Exact functions of numbers, element by element, and those that many are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from conformance.floats import Array
from conformance.numerics.exact.balls import (
    INFINITY,
    NAN,
    ONE,
    PRECISIONS,
    ZERO,
    Ball,
    ball,
    enough,
    exp_of_nonpositive,
    precision,
    split,
)

Evaluate = Callable[[Mapping[str, Array], Mapping[str, Any]], tuple[Array, Array]]
Formula = Callable[..., Ball]


def sigma(x: Ball) -> Ball:
    """σ(x) for any ball that is exact; 0 and 1 at ∓inf."""
    if not x.is_finite():
        return NAN if x.is_nan() else (ONE if x > 0 else ZERO)
    e = exp_of_nonpositive(-abs(x))
    return ONE / (ONE + e) if x >= 0 else e / (ONE + e)


def softplus(x: Ball) -> Ball:
    """log(1 + e^x) = max(x, 0) + log1p(e^−|x|)."""
    if not x.is_finite():
        return NAN if x.is_nan() else (INFINITY if x > 0 else ZERO)
    tail = exp_of_nonpositive(-abs(x)).log1p()
    return x + tail if x > 0 else tail


def elementwise(formula: Formula, names: tuple[str, ...]) -> Evaluate:
    """A formula of numbers as one of arrays; each element has its own precision."""

    def evaluate(args: Mapping[str, Array], options: Mapping[str, Any]) -> tuple[Array, Array]:
        columns = [args[name].ravel().astype(float).tolist() for name in names]
        return split([_at(formula, row) for row in zip(*columns, strict=True)], args["x"].shape)

    return evaluate


def _at(formula: Formula, row: tuple[float, ...]) -> Ball:
    numbers = [ball(v) for v in row]
    for bits in PRECISIONS:
        with precision(bits):
            found = formula(*numbers)
            if enough(found):
                break
    return found
