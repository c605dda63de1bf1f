"""Reductions of exact losses, and the share of the cotangent that each loss gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from flint import ctx

from conformance.floats import Array
from conformance.numerics.exact.balls import NAN, ONE, Ball, balls, raised, split, total

Args = Mapping[str, Array]
Options = Mapping[str, Any]


def filled(value: Any, size: int) -> list[Ball]:
    """A weight as balls: one for each of `size` places, ones if there is none."""
    if value is None:
        return [ONE] * size
    return balls(np.broadcast_to(np.asarray(value).astype(np.float64), (size,)))


def _reduction(options: Options) -> str:
    return str(options.get("reduction", "mean"))


def _divided(value: Ball, divisor: Ball) -> Ball:
    return NAN if divisor == 0 else value / divisor


def reduced(
    losses: Callable[[], Sequence[Ball]], options: Options, weights: Callable[[], Sequence[Ball]]
) -> tuple[Array, Array]:
    """(hi, lo) of losses under their reduction; a mean divides by Σ weights, NaN if that is 0."""
    reduction = _reduction(options)
    if reduction == "none":
        found = raised(losses)
        return split(found, (len(found),))
    if reduction == "sum":
        return split(raised(lambda: [total(losses())]), ())
    return split(raised(lambda: [_divided(total(losses()), total(weights()))]), ())


def rates(args: Args, options: Options, weights: Sequence[Ball]) -> Callable[[int], Ball]:
    """The derivative of the reduced loss by loss i, times the cotangent."""
    g = balls(args["cotangent"])
    reduction = _reduction(options)
    if reduction == "none":
        return lambda i: g[i]
    if reduction == "sum":
        return lambda i: g[0]
    divisors: dict[int, Ball] = {}

    def rate(i: int) -> Ball:
        if ctx.prec not in divisors:
            divisors[ctx.prec] = total(weights)
        return _divided(g[0], divisors[ctx.prec])

    return rate
