"""log σ(x) = −log(1 + e^−x)."""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.model import Ends, Function, Quantity
from conformance.numerics import domain
from conformance.numerics.bounds.budget import Budget
from conformance.numerics.bounds.elementwise import unsaturated
from conformance.numerics.curves import LOG, REST
from conformance.numerics.exact.balls import Ball
from conformance.numerics.exact.elementwise import elementwise, sigma, softplus
from conformance.numerics.problem import Problem


def _exact_vjp(x: Ball, g: Ball) -> Ball:
    return g * sigma(-x)


def _exact_hvp(x: Ball, g: Ball, v: Ball) -> Ball:
    return -g * v * sigma(x) * sigma(-x)


def _wide(p: Problem) -> Array:
    return -p.logistic.minus


def _wide_vjp(p: Problem) -> Array:
    return p.cotangent * p.logistic.q


def _wide_hvp(p: Problem) -> Array:
    return -p.cotangent * p.direction * p.logistic.s * p.logistic.q


def bound(p: Problem, b: Budget, level: str) -> Array:
    """should: B = 2u|y| + (2eps + 2u + (c_d − 1)u|x|) l + a, with l = log(1 + e^−|x|).

    y = min(x, 0) − l: both terms have the same sign, so nothing cancels. exp and log1p cost eps
    each. Where −log Ω ≤ x < 0, must is at least eps·|y| + (eps + (c_d − 1)u|x|) σ(−x) + a, for the
    form log1p(e^−x): log1p errs by eps of the whole result, and exp enters with weight σ(−x).
    """
    z = p.logistic
    size = np.where(np.isfinite(z.minus), z.minus, 0)
    argument = (b.c_d - 1) * b.u * z.finite
    parted = 2 * b.u * size + (2 * b.eps + 2 * b.u + argument) * z.l + b.a
    if level == "should" or not b.stable:
        return parted
    whole = b.eps * size + (b.eps + argument) * z.q + b.a
    admitted = (p.x < 0) & (z.finite <= np.log(b.fmt.largest))
    return np.where(admitted, np.maximum(parted, whole), parted)


def bound_vjp(p: Problem, b: Budget, level: str) -> Array:
    """g σ(−x). should: |g| q (2eps + 4u + c_d u|x|·s). must adds 4u|g| for the form 1 − σ(x).

    The error of e^−|x| enters with weight s, hence the factor s beside |x|. For x < 0 must also
    adds u|g| q·min(|x|, (p + 1) log 2), for the form e^(x₋ − softplus), the derivative of a
    logaddexp: the rounded softplus errs by u|x| until it equals |x| exactly.
    """
    z, g = p.logistic, np.abs(p.cotangent)
    relative = g * z.q * (2 * b.eps + 4 * b.u + b.c_d * b.u * z.finite * z.s) + (1 + g) * b.a
    if level == "should":
        return relative
    seam = np.where(p.x < 0, unsaturated(p, b), 0)
    return relative + b.u * g * (4 + z.q * seam)


def bound_hvp(p: Problem, b: Budget, level: str) -> Array:
    """−g v s q: |g v| (s q (2eps + 8u + 2c_d u|x|) + eps·s q + 4u + c_d u·min(|x|, (p + 1) log 2)).

    The forms 1 − σ(x), 1 − σ(−x) and e^(x − softplus(x)) are all admitted; each costs u absolutely.
    """
    z, g, v = p.logistic, np.abs(p.cotangent), np.abs(p.direction)
    sq = z.s * z.q
    product = sq * (3 * b.eps + 8 * b.u + 2 * b.c_d * b.u * z.finite)
    absolute = 4 * b.u + b.c_d * b.u * unsaturated(p, b) * np.maximum(z.s, z.q)
    return g * v * (product + absolute) + 4 * (1 + g) * (1 + v) * b.a


FUNCTION = Function(
    name="log_sigmoid",
    arguments=("x",),
    kind="elementwise",
    rowwise=False,
    quantities={
        "value": Quantity(
            "log σ(x) = −log(1 + e^−x)",
            elementwise(lambda x: -softplus(-x), ("x",)),
            _wide,
            bound,
            relative=True,
        ),
        "vjp": Quantity(
            "∂log σ·g = g σ(−x)",
            elementwise(_exact_vjp, ("x", "cotangent")),
            _wide_vjp,
            bound_vjp,
            relative=True,
        ),
        "hvp": Quantity(
            "(log σ)″v·g = −g v σ(x)σ(−x)",
            elementwise(_exact_hvp, ("x", "cotangent", "direction")),
            _wide_hvp,
            bound_hvp,
        ),
    },
    domain=domain.ELEMENTS,
    range=(-np.inf, 0.0),
    ends=Ends(
        values=(-np.inf, 0.0),
        slopes=(1.0, 0.0),
        says="log σ(+inf) = 0, log σ(−inf) = −inf",
        slopes_say="∂log σ(+inf) = 0, ∂log σ(−inf) = g",
    ),
    slope=("|log σ(x) − log σ(y)| ≤ |x − y|", 1.0),
    curvature=("log σ((a + b)/2) ≥ (log σ(a) + log σ(b))/2", -1),
    curves={"value": ((LOG,),), "vjp": ((REST,),)},
    elsewhere=("logsigmoid", "log_sigmoid"),
    operators={
        "log_sigmoid": "log_sigmoid(x)",
        "log_sigmoid_forward": "log_sigmoid(x, result=0)",
    },
    plainly=lambda x: -np.logaddexp(0, -x),
)
