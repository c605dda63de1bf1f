"""Bounds of the derivatives of losses by their weights: of classes, of elements, and pos_weight.

A loss is linear in its weight, so its derivative is an unweighted loss, summed over whatever the
weight is shared by. Each docstring is the derivation that `conformance spec` shows.
"""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.numerics.bounds.budget import Budget
from conformance.numerics.bounds.rows import class_errors
from conformance.numerics.intermediates import xlogy_free
from conformance.numerics.problem import Problem
from conformance.numerics.reference import averaged, class_counts, unweighted


def ce_logits_weight(p: Problem, b: Budget, level: str) -> Array:
    """Σ_i r_i a_ic ℓ_ic − r L n_c, a = A/w, ℓ = −log p; L n_c of the mean of indices only.

    |r|Σ a(B + 6uℓ) + (θ(terms) + 3u + θ(w))Σ|terms| + |r| n_c(B_L + (5u + θ(w))L) + a…, B the bound
    of log p, B_L of the mean, n_c the rows of class c. W = Σw_y enters once with the numerator, and
    beside L once more by W², as automatic differentiation of N/W has it.
    """
    rate, losses = np.abs(p.rate)[:, None], unweighted(p)
    terms = rate * losses
    bound = (rate * class_errors(p, b, level)).sum(axis=0)
    size = np.where(np.isfinite(p.rows.log_p), -p.rows.log_p, 0)
    bound = bound + b.a * ((1 + rate) * (1 + size)).sum(axis=0)
    weights = b.theta(p.row_weight[None])[0, 0] if averaged(p) else 0.0
    if averaged(p):
        share, mean = np.abs(p.rate[0]) * class_counts(p), _mean(p)
        bound = bound + share * (_mean_error(p, b, level) + (5 * b.u + weights) * mean) + b.a
        terms = terms + rate * mean * p.hot
    return bound + (b.theta(terms.T)[:, 0] + 3 * b.u + weights) * terms.sum(axis=0)


def _mean(p: Problem) -> Array:
    return np.asarray(xlogy_free(p.class_weight, unweighted(p).sum(axis=0)).sum() / p.denominator)


def _mean_error(p: Problem, b: Budget, level: str) -> Array:
    """B_L: Σ w a(B + 6uℓ) and the sums of N and W, over W."""
    losses = xlogy_free(p.class_weight, unweighted(p)).sum(axis=-1)
    errors = xlogy_free(p.class_weight, class_errors(p, b, level)).sum(axis=-1)
    inner = b.theta(xlogy_free(p.class_weight, unweighted(p)))[:, 0] * losses
    total = (errors + inner + b.a).sum() + (b.theta(losses[None])[0, 0] + b.u) * losses.sum()
    weights = b.theta(p.row_weight[None])[0, 0]
    return np.asarray((total + (3 * b.u + weights) * losses.sum()) / p.denominator)


def _shared(p: Problem, b: Budget, option: str, errors: Array, terms: Array) -> Array:
    """Errors of each element, or of their sum where one weight is for all."""
    if np.ndim(p.option(option)):
        return errors
    return np.asarray(errors.sum() + b.theta(terms[None])[0, 0] * terms.sum())


def bce_logits_weight(p: Problem, b: Budget, level: str) -> Array:
    """r ℓ, ℓ the loss of weight 1: |r|(B of ℓ + 3uℓ) + a…; of one weight for all Σ, + θΣ|r|ℓ."""
    from conformance.numerics.bounds.elementwise import bce_logits

    plain, rate = without(p, "weight"), np.abs(p.rate)
    losses = xlogy_free(plain.positive, p.logistic.minus) + plain.negative * p.logistic.plus
    allowance = (1 + rate) * (1 + p.pos_weight) * (1 + p.logistic.size) * b.a
    errors = rate * (bce_logits(plain, b, level) + 3 * b.u * losses) + allowance
    return _shared(p, b, "weight", errors, rate * losses)


def bce_logits_pos_weight(p: Problem, b: Budget, level: str) -> Array:
    """r w y softplus(−x): |r| w y (B of the loss at label 1 + 5u softplus(−x)) + a…; Σ as for w."""
    from conformance.numerics.bounds.elementwise import bce_logits

    certain = p.e.but(labels=np.ones_like(p.e.labels))
    plain = without(without(Problem(certain), "weight"), "pos_weight")
    rate, factor = np.abs(p.rate), np.abs(p.rate) * p.weight * p.labels
    terms = factor * p.logistic.minus
    allowance = (1 + rate) * (1 + p.weight) * (1 + p.logistic.size) * b.a
    errors = factor * bce_logits(plain, b, level) + 5 * b.u * terms + allowance
    return _shared(p, b, "pos_weight", errors, terms)


def without(p: Problem, option: str) -> Problem:
    """The same problem without an option."""
    return Problem(p.e.but(options={k: v for k, v in p.e.options.items() if k != option}))
