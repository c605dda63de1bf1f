"""logaddexp(x, y) = log(e^x + e^y): two logsumexps merged into one.

Notation: m = max(x, y), d = x − y, l = log(1 + e^−|d|), s = σ(d), q = σ(−d).
"""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.model import Domain, Function, Quantity
from conformance.numerics.bounds.budget import Budget
from conformance.numerics.exact.balls import NAN, Ball
from conformance.numerics.exact.elementwise import elementwise, sigma, softplus
from conformance.numerics.intermediates import Logistic
from conformance.numerics.memo import kept
from conformance.numerics.problem import Problem


def _exact(x: Ball, y: Ball) -> Ball:
    """The value of a finite pair; the limits have a law of their own."""
    if not (x.is_finite() and y.is_finite()):
        return NAN
    return x + softplus(y - x) if x > y else y + softplus(x - y)


def _exact_vjp(x: Ball, y: Ball, g: Ball) -> Ball:
    return g * sigma(x - y) if x.is_finite() and y.is_finite() else NAN


def _exact_hvp(x: Ball, y: Ball, g: Ball, v: Ball) -> Ball:
    finite = x.is_finite() and y.is_finite()
    return g * v * sigma(x - y) * sigma(y - x) if finite else NAN


@kept
def other(p: Problem) -> Array:
    """y, wide."""
    return p.widened(p.e.args["y"])


@kept
def gap(p: Problem) -> Logistic:
    """σ and relatives at d = x − y."""
    with np.errstate(invalid="ignore"):
        return Logistic(p.x - other(p))


def larger(p: Problem) -> Array:
    """m."""
    return np.maximum(p.x, other(p))


def _wide(p: Problem) -> Array:
    m = larger(p)
    return np.where(np.isfinite(m), m + np.where(np.isnan(gap(p).l), 0, gap(p).l), m)


def _wide_vjp(p: Problem) -> Array:
    return p.cotangent * gap(p).s


def _wide_hvp(p: Problem) -> Array:
    return p.cotangent * p.direction * gap(p).s * gap(p).q


def bound(p: Problem, b: Budget, level: str) -> Array:
    """m + l: u|L| + (2eps + 2u + c_d u|d|) l + a; must adds 2 min(e^−|d|, u).

    e^−|d| errs relatively by eps + c_d u|d|, and so does l, which log1p rounds by eps more. The
    term of must is the rounding of 1 + T in the form log(1 + e^−|d|) (Lemma 4), as for the
    logsumexp of the pair.
    """
    z = gap(p)
    size = np.abs(np.where(np.isfinite(_wide(p)), _wide(p), 0))
    found = b.u * size + (2 * b.eps + 2 * b.u + b.c_d * b.u * z.finite) * z.l + b.a
    if b.anchored:
        found = found + 2 * b.u * np.abs(larger(p))
    return found if level == "should" else found + 2 * np.minimum(z.e, b.u)


def bound_vjp(p: Problem, b: Budget, level: str) -> Array:
    """g σ(d): |g| s[(2eps + 2c_d u|d|)q + 4u] + a; must adds 4u|g| for the form 1 − σ(−d).

    The form e^(x − L) has the rounding of L, u|L|, in its exponent; only relaxed admits it.
    """
    z, g = gap(p), np.abs(p.cotangent)
    found = z.s * (z.q * (2 * b.eps + 2 * b.c_d * b.u * z.finite) + 4 * b.u)
    if b.anchored:
        found = found + 2 * b.u * z.s * np.abs(_wide(p))
    found = found if level == "should" else found + 4 * b.u
    return g * found + (1 + g) * b.a


def bound_hvp(p: Problem, b: Budget, level: str) -> Array:
    """g v s q: |g v|(s q(3eps + 8u + 3c_d u|d|) + 4u + c_d u·seam·max(s, q)) + a.

    seam = min(|d|, (p + 1) log 2): beyond it 1 + e^−|d| rounds to 1. As for softplus, the forms
    1 − σ(d), 1 − σ(−d) and e to the power of a rounded logarithm are admitted.
    """
    z, g, v = gap(p), np.abs(p.cotangent), np.abs(p.direction)
    product = z.s * z.q * (3 * b.eps + 8 * b.u + 3 * b.c_d * b.u * z.finite)
    near = np.minimum(z.finite, (1 - np.log2(b.u)) * np.log(2))
    absolute = 4 * b.u + b.c_d * b.u * near * np.maximum(z.s, z.q)
    return g * v * (product + absolute) + 4 * (1 + g) * (1 + v) * b.a


def _settled(p: Problem) -> Array:
    """Finite pairs; other pairs have a law of their own."""
    return np.asarray(np.isfinite(p.x) & np.isfinite(other(p)))


FUNCTION = Function(
    name="logaddexp",
    arguments=("x", "y"),
    kind="elementwise",
    rowwise=False,
    quantities={
        "value": Quantity(
            "logaddexp(x, y) = log(e^x + e^y)",
            elementwise(_exact, ("x", "y")),
            _wide,
            bound,
            relative=True,
        ),
        "vjp": Quantity(
            "∂L/∂x·g = g σ(x − y)",
            elementwise(_exact_vjp, ("x", "y", "cotangent")),
            _wide_vjp,
            bound_vjp,
        ),
        "hvp": Quantity(
            "∂²L/∂x²·g v = g v σ(x − y)σ(y − x)",
            elementwise(_exact_hvp, ("x", "y", "cotangent", "direction")),
            _wide_hvp,
            bound_hvp,
        ),
    },
    domain=Domain(settled=_settled, smooth=lambda p, settled, second: settled),
    lean=True,
    operators={"logaddexp": "logaddexp(x, y)"},
    plainly=lambda x, y=None: None if y is None else np.logaddexp(x, y),
)
