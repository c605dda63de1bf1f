"""log p_y of the labelled class: how policies and language models are scored.

It is minus the unweighted cross-entropy of a row and its class index, with the same bounds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from conformance.floats import Array
from conformance.functions import cross_entropy_with_logits as loss
from conformance.functions import plain
from conformance.model import Domain, Evaluate, Function, Quantity
from conformance.numerics import domain
from conformance.numerics.bounds.budget import Budget
from conformance.numerics.bounds.rows import log_p, sum_theta
from conformance.numerics.curves import LOG, LOG_REST, REST, SIGMA
from conformance.numerics.exact.losses import classes
from conformance.numerics.intermediates import xlogy_free
from conformance.numerics.problem import Problem


def _negated(evaluate: Evaluate) -> Evaluate:
    """Minus the quantity of the losses, one for each row."""

    def found(args: Mapping[str, Array], options: Mapping[str, Any]) -> tuple[Array, Array]:
        hi, lo = evaluate(args, {**options, "reduction": "none"})
        return -hi, -lo

    return found


_VALUE, _VJP, _HVP = (_negated(classes(q)) for q in ("value", "vjp", "hvp"))


def bound(p: Problem, b: Budget, level: str) -> Array:
    """B of log p at the label: c_d u|d_y| + u|y| + eps·log S + a + errS (must) or errT (should).

    must, unless strict, adds θ(t)|y| for −log Σ e^(x − x_y) by a logaddexp over the row. Picking
    the entry, or adding it to products with 0, rounds nothing.
    """
    found = xlogy_free(p.A, log_p(p, b, level)).sum(axis=-1)
    if level == "should" or not b.stable:
        return found
    size = np.abs(_wide(p))
    return np.asarray(found + sum_theta(p, b)[:, 0] * np.where(np.isfinite(size), size, 0))


def _wide(p: Problem) -> Array:
    return xlogy_free(p.A, p.rows.log_p).sum(axis=-1)


def bound_vjp(p: Problem, b: Budget, level: str) -> Array:
    """g(A − p), A one at the label: |g|[p(e_i + 4u) + 3u(A + p + |p − A|) + p θ(A)] + (1 + |g|)a.

    The bound of the gradient of cross-entropy, which is minus this one.
    """
    return loss.bound_vjp(p, b, level)


def bound_hvp(p: Problem, b: Budget, level: str) -> Array:
    """−g p_i(v_i − v̄): |g|p_i[(|v_i| + va)e_i + Σp w e + 8u(w_i + wa) + θ] + a…: cross-entropy."""
    return loss.bound_hvp(p, b, level)


def _settled(p: Problem) -> Array:
    return np.asarray(p.rows.settled & domain.labels_fine(p) & (p.x.shape[-1] > 0))


def _smooth(p: Problem, settled: Array, second: bool) -> Array:
    return domain.smooth_rows(p, domain.of_factors(p, settled, second), second)


FUNCTION = Function(
    name="token_log_prob",
    arguments=("logits", "labels"),
    options=("axis",),
    kind="reduce",
    short="token_lp",
    rowwise=True,
    quantities={
        "value": Quantity(
            "log p_y = x_y − log Σⱼ e^xⱼ, y the label", _VALUE, _wide, bound, relative=True
        ),
        "vjp": Quantity(
            "∂log p_y/∂x = A − p, A = 1 at y",
            _VJP,
            lambda p: -loss.FUNCTION.quantities["vjp"].reference(p),
            bound_vjp,
        ),
        "hvp": Quantity(
            "H v = −g (diag p − ppᵀ)v",
            _HVP,
            lambda p: -loss.FUNCTION.quantities["hvp"].reference(p),
            bound_hvp,
        ),
    },
    domain=Domain(settled=_settled, smooth=_smooth),
    range=(-np.inf, 0.0),
    shift="keeps",
    curves={
        "value": ((LOG,), (LOG_REST,)),
        "vjp": ((REST, -REST), (-SIGMA, SIGMA)),
    },
    lean=True,
    plainly=lambda x, y, axis: plain.picked(x - plain.logsumexp(x, axis), y, axis),
)
