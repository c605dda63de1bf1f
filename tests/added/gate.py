"""2σ(x), a gate that is 1 at 0."""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.model import Ends, Function, Quantity
from conformance.numerics import domain
from conformance.numerics.bounds.budget import Budget
from conformance.numerics.curves import Curve
from conformance.numerics.exact.balls import Ball
from conformance.numerics.exact.elementwise import elementwise, sigma
from conformance.numerics.problem import Problem


def _exact_vjp(x: Ball, g: Ball) -> Ball:
    return 2 * g * sigma(x) * sigma(-x)


def bound(p: Problem, b: Budget, level: str) -> Array:
    """B = 2s (eps·q + 4u + (c_d − 1)u|x|·q) + 2a: the error of σ's exponential, and a product."""
    z = p.logistic
    return 2 * z.s * (b.eps * z.q + 4 * b.u + (b.c_d - 1) * b.u * z.finite * z.q) + 2 * b.a


def bound_vjp(p: Problem, b: Budget, level: str) -> Array:
    """2g σ(x)σ(−x): twice the bound of the gradient of σ at the level must, and 2u of it more."""
    z, g = p.logistic, np.abs(p.cotangent)
    argument = (b.c_d - 1) * b.u * z.finite
    relative = z.s * z.q * (4 * b.eps + 20 * b.u + 4 * argument)
    absolute = 2 * z.s**2 * ((b.eps + argument) * z.q + 4 * b.u)
    return g * (relative + absolute) + 2 * (1 + g) * b.a


FUNCTION = Function(
    name="gate",
    arguments=("x",),
    kind="elementwise",
    rowwise=False,
    quantities={
        "value": Quantity(
            "2σ(x) = 2 / (1 + e^−x)",
            elementwise(lambda x: 2 * sigma(x), ("x",)),
            lambda p: 2 * p.logistic.s,
            bound,
        ),
        "vjp": Quantity(
            "2σ′(x)·g = 2g σ(x)σ(−x)",
            elementwise(_exact_vjp, ("x", "cotangent")),
            lambda p: 2 * p.cotangent * p.logistic.s * p.logistic.q,
            bound_vjp,
        ),
    },
    domain=domain.ELEMENTS,
    ends=Ends(
        values=(0.0, 2.0), slopes=(0.0, 0.0), says="2σ(±inf) = 2 and 0", slopes_say="2σ′(±inf) = 0"
    ),
    slope=("|2σ(x) − 2σ(y)| ≤ |x − y|/2", 0.5),
    curves={"value": ((Curve("sigma", 2),),), "vjp": ((Curve("slope", 2),),)},
    plainly=lambda x: 2 / (1 + np.exp(-x)),
)
