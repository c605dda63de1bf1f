"""Exact derivatives of losses by their weights: w of classes or elements, and ρ."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from conformance.floats import Array
from conformance.numerics.exact.balls import (
    ONE,
    ZERO,
    Ball,
    over,
    raised,
    split,
    times,
    total,
)
from conformance.numerics.exact.binary import Logit, elements
from conformance.numerics.exact.elementwise import Evaluate, softplus
from conformance.numerics.exact.losses import Targets, first_of, targets
from conformance.numerics.exact.reductions import Args, Options, rates


def _unweighted(row: Targets) -> list[Ball]:
    """−a_c log p_c of one row, a_c = A_c/w_c: what each class weight multiplies."""
    if row.ignored:
        return [ZERO] * row.n
    return [times(a, -v) for a, v in zip(row.mass, row.log_p, strict=True)]


def by_class(args: Args, options: Options) -> tuple[Array, Array]:
    """The derivative by each class weight of the loss of classes."""
    return of_rows(targets(args, options), args[first_of(args)].shape[-1], args, options)


def of_rows(rows: Sequence[Targets], n: int, args: Args, options: Options) -> tuple[Array, Array]:
    """The derivative by each of n class weights of the loss of these rows."""
    weights = [row.mean_weight for row in rows]
    weighted = args["labels"].dtype.kind in "iu" and options.get("reduction", "mean") == "mean"

    def evaluate() -> Sequence[Ball]:
        rate = rates(args, options, weights)
        each = [[times(v, rate(i)) for v in _unweighted(row)] for i, row in enumerate(rows)]
        sums = [total([row[c] for row in each]) for c in range(n)]
        if not weighted:
            return sums
        # g T_c/W is only the numerator's; W = Σ w_c n_c has −g N n_c/W²
        whole = total(weights)
        value = total([times(w, s) for w, s in zip(rows[0].w, sums, strict=True)])
        kept = [row.label for row in rows if not row.ignored]
        return [s - over(value, whole) * sum(int(y) == c for y in kept)
                for c, s in enumerate(sums)]  # fmt: skip

    return split(raised(evaluate), (n,))


def _weight(e: Logit) -> Ball:
    """∂ℓ/∂w = ρ y softplus(−x) + (1 − y) softplus(x)."""
    return e.rho * e.label.share * softplus(-e.x) + e.label.rest * softplus(e.x)


def _pos_weight(e: Logit) -> Ball:
    """∂ℓ/∂ρ = w y softplus(−x)."""
    return e.w * e.label.share * softplus(-e.x)


def by_element(option: str) -> Evaluate:
    """The derivative by a weight of the binary loss: one for all elements, or one for each."""
    formula = {"weight": _weight, "pos_weight": _pos_weight}[option]

    def evaluate(args: Args, options: Options) -> tuple[Array, Array]:
        shape = np.shape(options.get(option, 1.0))

        def found() -> Sequence[Ball]:
            each = elements(args, options)
            rate = rates(args, options, [ONE] * len(each))
            terms = [formula(e) * rate(i) for i, e in enumerate(each) if isinstance(e, Logit)]
            return terms if shape else [total(terms)]

        return split(raised(found), shape)

    return evaluate
