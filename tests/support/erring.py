"""A right kernel that errs by all that accuracy allows: what each law has to put up with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from conformance.floats import Array
from conformance.model import Example
from conformance.spec.context import Examination

#: Of the bound: what is left is for the rounding of the moved number.
_SHARE = 0.97


@contextmanager
def erring(seed: int) -> Iterator[None]:
    """Results of right kernels are moved to an end of their bound, by chance to either.

    Not those that are exactly 0 or an end of the range: laws of their own speak of them.
    """
    rng, plainly = np.random.default_rng(seed), Examination.result

    def moved(f: Examination, e: Example, quantity: str) -> Array:
        got = plainly(f, e, quantity)
        if quantity not in f.function.quantities:
            return got
        ends = f.function.range if quantity == "value" and f.function.range else (-np.inf, np.inf)
        exact, limit = f.exact(e, quantity).wide, np.asarray(f.bound(e, quantity))
        away = np.clip(exact + rng.choice([-_SHARE, _SHARE], got.shape) * limit, *ends)
        away = away.astype(got.dtype)
        fine = f.where(e, quantity) & np.isfinite(exact) & np.isfinite(away) & (exact != 0)
        fine = fine & ~np.isin(exact, ends) & (np.abs(away - exact) <= 0.99 * limit)
        return np.asarray(np.where(fine, away, got).astype(got.dtype))

    Examination.result = moved  # type: ignore[method-assign]
    try:
        yield
    finally:
        Examination.result = plainly  # type: ignore[method-assign]
