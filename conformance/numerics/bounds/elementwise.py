"""Bounds of sigmoid, log_sigmoid and the binary cross-entropies, and of their derivatives.

Each docstring is the derivation that `conformance spec` shows. u, eps, c_d, a: `budget.SOURCES`.
"""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.numerics.bounds.budget import Budget
from conformance.numerics.problem import Problem


def of_smoothing(p: Problem, b: Budget, own: Array, by_label: Array) -> Array | float:
    """What a smoothed label adds: 4u of a quantity and of y times its derivative by y, in size.

    (1 − s)y + s/2 errs by 4u where s is rounded too: by 2u of 1 − s, u of the product and of the
    sum. So does y + s(½ − y), whose terms are at most the sum. 1 − y may be made of either or of y.
    """
    if not p.option("label_smoothing"):
        return 0.0
    return np.asarray(4 * b.u * (own + p.share * by_label))


def unsaturated(p: Problem, b: Budget) -> Array:
    """min(|x|, (p + 1) log 2): beyond it e^−|x| < u/2 and the rounded x + l is x itself."""
    return np.minimum(p.logistic.finite, (1 - np.log2(b.u)) * np.log(2))
