"""softplus(x) = log(1 + e^x), which is −log σ(−x)."""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.functions import log_sigmoid
from conformance.model import Ends, Function, Quantity
from conformance.numerics import domain
from conformance.numerics.bounds.budget import Budget
from conformance.numerics.curves import LOG_REST, SIGMA
from conformance.numerics.exact.balls import Ball
from conformance.numerics.exact.elementwise import elementwise, sigma, softplus
from conformance.numerics.memo import kept
from conformance.numerics.problem import Problem


def _exact_vjp(x: Ball, g: Ball) -> Ball:
    return g * sigma(x)


def _exact_hvp(x: Ball, g: Ball, v: Ball) -> Ball:
    return g * v * sigma(x) * sigma(-x)


def _wide_vjp(p: Problem) -> Array:
    return p.cotangent * p.logistic.s


def _wide_hvp(p: Problem) -> Array:
    return p.cotangent * p.direction * p.logistic.s * p.logistic.q


@kept
def _mirrored(p: Problem) -> Problem:
    """The problem at −x, which is exact."""
    return Problem(p.e.with_first(-p.e.x))


def bound(p: Problem, b: Budget, level: str) -> Array:
    """should: B = 2u|y| + (2eps + 2u + (c_d − 1)u|x|) l + a, with l = log(1 + e^−|x|).

    y = max(x, 0) + l, both ≥ 0: this is −log σ(−x), with its derivation. Where 0 < x ≤ log Ω, must
    is at least eps·|y| + (eps + (c_d − 1)u|x|) σ(x) + a, for the form log1p(e^x).
    """
    return log_sigmoid.bound(_mirrored(p), b, level)


def bound_vjp(p: Problem, b: Budget, level: str) -> Array:
    """g σ(x). should: |g| s (2eps + 4u + c_d u|x|·q). must adds 4u|g| for the form 1 − σ(−x).

    For x > 0 must also adds u|g| s·min(|x|, (p + 1) log 2), for the form e^(x − softplus(x)), the
    derivative of a logaddexp. The derivation is that of log σ at −x.
    """
    return log_sigmoid.bound_vjp(_mirrored(p), b, level)


def bound_hvp(p: Problem, b: Budget, level: str) -> Array:
    """g v s q: |g v| (s q (3eps + 8u + 2c_d u|x|) + 4u + c_d u·min(|x|, (p + 1) log 2)·max(s, q)).

    As for log σ at −x, the forms 1 − σ(x), 1 − σ(−x) and e^(x − softplus(x)) cost u absolutely.
    """
    return log_sigmoid.bound_hvp(_mirrored(p), b, level)


FUNCTION = Function(
    name="softplus",
    arguments=("x",),
    kind="elementwise",
    rowwise=False,
    quantities={
        "value": Quantity(
            "softplus(x) = log(1 + e^x)",
            elementwise(softplus, ("x",)),
            lambda p: p.logistic.plus,
            bound,
            relative=True,
        ),
        "vjp": Quantity(
            "∂softplus·g = g σ(x)",
            elementwise(_exact_vjp, ("x", "cotangent")),
            _wide_vjp,
            bound_vjp,
            relative=True,
        ),
        "hvp": Quantity(
            "softplus″v·g = g v σ(x)σ(−x)",
            elementwise(_exact_hvp, ("x", "cotangent", "direction")),
            _wide_hvp,
            bound_hvp,
        ),
    },
    domain=domain.ELEMENTS,
    range=(0.0, np.inf),
    ends=Ends(
        values=(0.0, np.inf),
        slopes=(0.0, 1.0),
        says="softplus(−inf) = 0, softplus(+inf) = +inf",
        slopes_say="∂softplus(−inf) = 0, ∂softplus(+inf) = g",
    ),
    slope=("|softplus(x) − softplus(y)| ≤ |x − y|", 1.0),
    curvature=("softplus((a + b)/2) ≤ (softplus(a) + softplus(b))/2", 1),
    curves={"value": ((-LOG_REST,),), "vjp": ((SIGMA,),)},
    operators={"softplus": "softplus(x)"},
    lean=True,
    plainly=lambda x: np.logaddexp(0, x),
)
