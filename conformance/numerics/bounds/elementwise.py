"""Bounds of sigmoid, log_sigmoid and the binary cross-entropies, and of their derivatives.

Each docstring is the derivation that `conformance spec` shows. u, eps, c_d, a: `budget.SOURCES`.
"""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.numerics.bounds.budget import Budget
from conformance.numerics.problem import Problem


def unsaturated(p: Problem, b: Budget) -> Array:
    """min(|x|, (p + 1) log 2): beyond it e^−|x| < u/2 and the rounded x + l is x itself."""
    return np.minimum(p.logistic.finite, (1 - np.log2(b.u)) * np.log(2))
