"""Certified values at the nodes of a grid, from which the float64 reference of a sweep is made.

Each entry is the float64 nearest to the centre of a ball whose radius is below 2^-100 of it, so
that its relative error is at most 2^-53. `docs/sweep.md` has the proof of what is built on them.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from flint import arb

from conformance.floats import Array
from conformance.numerics.exact.balls import precision

#: Nodes of the logistic functions: i/64 for i = 0, ..., 8192.
STEPS = 64
REACH = 128
#: Nodes of the logarithm: i/128 for i = 64, ..., 128.
LOG_STEPS = 128
_BITS = 160


@cache
def logistic() -> tuple[Array, Array]:
    """σ(−c) and log(1 + e^−c) at the nodes c = i/64 in [0, 128]."""
    with precision(_BITS):
        tails = [(arb(-i) / STEPS).exp() for i in range(REACH * STEPS + 1)]
        shares = [float((e / (1 + e)).mid()) for e in tails]
        logs = [float(e.log1p().mid()) for e in tails]
    return np.array(shares), np.array(logs)


@cache
def logarithms() -> tuple[Array, float]:
    """−log c at the nodes c = i/128 (0 below ½, where there are none), and log 2."""
    half = LOG_STEPS // 2
    with precision(_BITS):
        logs = [float(-(arb(i) / LOG_STEPS).log().mid()) for i in range(half, LOG_STEPS + 1)]
        two = float(arb(2).log().mid())
    return np.array([0.0] * half + logs), two


@cache
def derivative_weights(order: int) -> tuple[int, ...]:
    """Coefficients of P_k, low powers first, where (d/dz)^k σ(−z) = q·P_k(q) with q = σ(−z).

    P_0 = 1, and q′ = −q(1 − q) gives P_{k+1} = −(1 − q)(P_k + q P_k′). They are integers.
    """
    if order == 0:
        return (1,)
    inner = [(1 + i) * c for i, c in enumerate(derivative_weights(order - 1))]
    shifted = [0, *inner]
    return tuple(s - c for c, s in zip([*inner, 0], shifted, strict=True))


@cache
def taylor_weights(order: int) -> tuple[float, ...]:
    """The coefficients of P_k / k!."""
    return tuple(c / math.factorial(order) for c in derivative_weights(order))
