"""Derivatives of the losses of classes by their class weights: reference values and bounds."""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.numerics.bounds.budget import Budget
from conformance.numerics.intermediates import xlogy_free
from conformance.numerics.problem import Problem
from conformance.numerics.reference import averaged, class_counts, unweighted


def wide(p: Problem) -> Array:
    """Σ_i r_i a_ic ℓ_ic − r L n_c, a = A/w, ℓ = −log p; L n_c of the mean of indices only."""
    sums = xlogy_free(p.rate[:, None], unweighted(p)).sum(axis=0)
    if not averaged(p):
        return sums
    value = xlogy_free(p.class_weight, sums).sum()  # g N/W, and N/W has −N n_c/W² too
    return np.asarray(sums - value * class_counts(p) / p.denominator)


def bound(p: Problem, b: Budget, errors: Array | float) -> Array:
    """|r|ΣE + (θ(terms) + 3u + θ(w))Σ|terms| + |r| n_c(B_L + (5u + θ(w))L) + a….

    E, the errors (R, n) of a_ic ℓ_ic before the class weights; B_L that of the mean.
    """
    rate, losses = np.abs(p.rate)[:, None], unweighted(p)
    errors = errors * np.ones_like(losses)
    terms = rate * losses
    bound = (rate * errors).sum(axis=0)
    size = np.where(np.isfinite(p.log_p), -p.log_p, 0)
    bound = bound + b.a * ((1 + rate) * (1 + size)).sum(axis=0)
    weights = b.theta_of_rows(p.row_weight[None])[0, 0] if averaged(p) else 0.0
    if averaged(p):
        share, mean = np.abs(p.rate[0]) * class_counts(p), _mean(p)
        bound = bound + share * (_mean_error(p, b, errors) + (5 * b.u + weights) * mean) + b.a
        terms = terms + rate * mean * p.hot
    return bound + (b.theta(terms.T)[:, 0] + 3 * b.u + weights) * terms.sum(axis=0)


def _mean(p: Problem) -> Array:
    return np.asarray(xlogy_free(p.class_weight, unweighted(p).sum(axis=0)).sum() / p.denominator)


def _mean_error(p: Problem, b: Budget, errors: Array) -> Array:
    """B_L: ΣwE and the sums of N and W, over W."""
    losses = xlogy_free(p.class_weight, unweighted(p)).sum(axis=-1)
    inner = b.theta(xlogy_free(p.class_weight, unweighted(p)))[:, 0] * losses
    total = (xlogy_free(p.class_weight, errors).sum(axis=-1) + inner + b.a).sum() + (
        b.theta_of_rows(losses[None])[0, 0] + b.u
    ) * losses.sum()
    weights = b.theta_of_rows(p.row_weight[None])[0, 0]
    return np.asarray((total + (3 * b.u + weights) * losses.sum()) / p.denominator)
