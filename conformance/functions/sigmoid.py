"""σ(x) = 1/(1 + e^−x)."""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.model import Ends, Function, Quantity
from conformance.numerics import domain
from conformance.numerics.bounds.budget import Budget
from conformance.numerics.curves import SIGMA, SLOPE
from conformance.numerics.exact.balls import Ball
from conformance.numerics.exact.elementwise import elementwise, sigma
from conformance.numerics.problem import Problem


def _exact_vjp(x: Ball, g: Ball) -> Ball:
    return g * sigma(x) * sigma(-x)


def _exact_hvp(x: Ball, g: Ball, v: Ball) -> Ball:
    s, q = sigma(x), sigma(-x)
    return g * v * s * q * (q - s)


def _wide_vjp(p: Problem) -> Array:
    return p.cotangent * p.logistic.s * p.logistic.q


def _wide_hvp(p: Problem) -> Array:
    z = p.logistic
    return p.cotangent * p.direction * z.s * z.q * (z.q - z.s)


def bound(p: Problem, b: Budget, level: str) -> Array:
    """B = s (eps·q + 3u + (c_d − 1)u|x|·q) + a.

    With e = e^−|x|, s is 1/(1 + e) or e/(1 + e). The error of e enters with weight q = 1 − s; the
    addition, the division and a last product round once each; a change of base costs
    (c_d − 1)u|x|. Nothing is subtracted, so must and should agree.
    """
    z = p.logistic
    return z.s * (b.eps * z.q + 3 * b.u + (b.c_d - 1) * b.u * z.finite * z.q) + b.a


def bound_vjp(p: Problem, b: Budget, level: str) -> Array:
    """g σ(x)σ(−x). should: |y| (2eps + 8u + 2(c_d − 1)u|x|).

    must adds |g| s² (eps·q + (c_d − 1)u|x|q + 4u) for the form s(1 − s): 1 − s inherits the
    absolute error of s, which at x ≫ 0 is not small relative to 1 − s. The allowance a enters once
    for g and once for s q.
    """
    z, g = p.logistic, np.abs(p.cotangent)
    argument = (b.c_d - 1) * b.u * z.finite
    relative = g * z.s * z.q * (2 * b.eps + 8 * b.u + 2 * argument) + (1 + g) * b.a
    if level == "should":
        return relative
    return relative + g * z.s**2 * ((b.eps + argument) * z.q + 4 * b.u)


def bound_hvp(p: Problem, b: Budget, level: str) -> Array:
    """g v s q (q − s): |g v|·(3 s (eps·q + (c_d − 1)u|x|q + 4u)) + 4(1 + |g|)(1 + |v|)a.

    This is the derivative of s(1 − s) evaluated at the computed s, whose absolute error
    s(eps·q + 3u) enters three times.
    """
    z, g, v = p.logistic, np.abs(p.cotangent), np.abs(p.direction)
    inner = (b.eps + (b.c_d - 1) * b.u * z.finite) * z.q + 4 * b.u
    return 3 * g * v * z.s * inner + 4 * (1 + g) * (1 + v) * b.a


FUNCTION = Function(
    name="sigmoid",
    arguments=("x",),
    kind="elementwise",
    rowwise=False,
    quantities={
        "value": Quantity(
            "σ(x) = 1 / (1 + e^−x)", elementwise(sigma, ("x",)), lambda p: p.logistic.s, bound
        ),
        "vjp": Quantity(
            "∂σ·g = g σ(x)σ(−x)",
            elementwise(_exact_vjp, ("x", "cotangent")),
            _wide_vjp,
            bound_vjp,
            relative=True,
        ),
        "hvp": Quantity(
            "σ″v·g = g v σ(x)σ(−x)(σ(−x) − σ(x))",
            elementwise(_exact_hvp, ("x", "cotangent", "direction")),
            _wide_hvp,
            bound_hvp,
        ),
    },
    domain=domain.ELEMENTS,
    range=(0.0, 1.0),
    ends=Ends(
        values=(0.0, 1.0),
        slopes=(0.0, 0.0),
        says="σ(+inf) = 1, σ(−inf) = 0, σ(±Ω) = 1 and 0",
        slopes_say="∂σ(±inf) = 0",
    ),
    slope=("|σ(x) − σ(y)| ≤ |x − y|/4", 0.25),
    curves={"value": ((SIGMA,),), "vjp": ((SLOPE,),)},
    operators={"sigmoid": "sigmoid(x)"},
    plainly=lambda x: 1 / (1 + np.exp(-x)),
)
