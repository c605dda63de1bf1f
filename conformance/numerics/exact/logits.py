"""Logits as options make them, in balls: x/T, c·tanh(x/c), and their derivatives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conformance.numerics.exact.balls import ONE, ZERO, Ball, ball

#: The logits, and their first and second derivatives by x, of which None are 1 and 0.
Made = tuple[list[Ball], list[Ball] | None, list[Ball] | None]


def made(x: Sequence[Ball], options: Mapping[str, Any]) -> Made:
    """The logits of a row under the options of its function."""
    T, c = options.get("temperature"), options.get("softcap")
    if T is None and c is None:
        return list(x), None, None
    T = ONE if T is None else ball(T)
    if c is None:
        return [v / T if v.is_finite() else v for v in x], [ONE / T] * len(x), None
    each = [_capped(v, ball(c)) for v in x]
    y, slope, bend = ([parts[k] / T for parts in each] for k in range(3))
    return y, slope, bend


def _capped(x: Ball, c: Ball) -> tuple[Ball, Ball, Ball]:
    """c·tanh(x/c), sech²(x/c) and −(2/c)·tanh·sech²; −inf, of a masked class, stays −inf."""
    if not x.is_finite():
        return (c if x > 0 else x), ZERO, ZERO
    z = x / c
    slope = ONE / (z.cosh() * z.cosh())
    return c * z.tanh(), slope, -2 / c * z.tanh() * slope
