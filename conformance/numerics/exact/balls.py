"""Balls: conversion from machine numbers and to double-doubles, and the rising precision."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from flint import arb, ctx

from conformance.floats import Array

Ball = Any
#: Bits of working precision, tried in turn. p_y − 1 and σ(−x) − σ(x) lose up to 1074 bits, and
#: what cancels exactly, such as the gradient along a constant cotangent, is never narrow relative
#: to itself but below `_NOTHING` at the last.
PRECISIONS = (128, 256, 512, 1024, 2048)
_ASKED = 105
#: Below e^-FLOOR nothing is distinguished from 0; the smallest float64 is e^-745.
FLOOR = 100_000.0
_NOTHING = arb(2) ** -1200
ZERO, ONE, INFINITY, NAN = arb(0), arb(1), arb("inf"), arb("nan")


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """The working precision of all balls inside."""
    before = ctx.prec
    ctx.prec = bits
    try:
        yield
    finally:
        ctx.prec = before


def balls(values: Array) -> list[Ball]:
    """Exact balls of machine numbers, in row-major order."""
    return [arb(v) for v in np.asarray(values).astype(np.float64).ravel().tolist()]


def ball(value: Any) -> Ball:
    """The exact ball of one machine number."""
    return arb(float(value))


def enough(x: Ball) -> bool:
    """True if a ball is narrow relative to itself, exact, no number, or below all floats."""
    if not x.is_finite() or x.is_exact():
        return True
    return bool(x.rel_accuracy_bits() >= _ASKED) or bool(abs(x) < _NOTHING)


def exp_of_nonpositive(d: Ball) -> Ball:
    """e^d for d <= 0; 0 below e^-FLOOR, for −inf too."""
    if float(d) < -FLOOR:
        return ZERO
    return d.exp()


def raised(evaluate: Callable[[], Sequence[Ball]]) -> list[Ball]:
    """The balls of a formula at the first precision that is enough for each of them."""
    found: list[Ball] = []
    for bits in PRECISIONS:
        with precision(bits):
            new = list(evaluate())
            pairs = zip(found or new, new, strict=True)
            found = [old if enough(old) else better for old, better in pairs]
            if all(enough(x) for x in found):
                break
    return found


def split(values: Sequence[Ball], shape: tuple[int, ...]) -> tuple[Array, Array]:
    """(hi, lo) of balls: hi the nearest float64 of the centre, lo that of what is left."""
    hi = np.empty(len(values))
    lo = np.zeros(len(values))
    with precision(256):
        for i, x in enumerate(values):
            high = float(x.mid()) if x.is_finite() else float(x)
            hi[i] = high
            if math.isfinite(high) and high:
                lo[i] = float((x - arb(high)).mid())
    return hi.reshape(shape), lo.reshape(shape)


def total(values: Sequence[Ball]) -> Ball:
    """The sum of balls."""
    result = ZERO
    for value in values:
        result = result + value
    return result


def log(x: Ball) -> Ball:
    """Log x for x >= 0; −inf at 0."""
    return -INFINITY if x == 0 else x.log()


def log1p(x: Ball) -> Ball:
    """log(1 + x) for x >= −1; −inf at −1."""
    return -INFINITY if x == -1 else x.log1p()


def over(weight: Ball, x: Ball) -> Ball:
    """weight/x for x >= 0, with 0/0 = 0 and the limit +inf of a positive weight at 0."""
    if weight == 0:
        return ZERO
    return INFINITY if x == 0 else weight / x


def times(weight: Ball, value: Ball) -> Ball:
    """weight·value with 0·(±inf) = 0."""
    return ZERO if weight == 0 else weight * value
