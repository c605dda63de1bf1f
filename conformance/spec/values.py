"""Accuracy: every computed value against the exact one; and finite results for finite inputs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from conformance.floats import Array
from conformance.functions import FUNCTIONS, derivation
from conformance.model import Claim, Example
from conformance.spec.claims import Claims, holds
from conformance.spec.context import Examination
from conformance.spec.declare import ALL, law, those

_SOURCE = "Blanchard, Higham & Higham, IMA J. Numer. Anal. 41 (2021) 2311; Higham, ASNA 2e, ch. 3-4"
INFINITE = "inf is accepted where |exact| + B ≥ Ω(1 + u)"


def _derived(function: str) -> str:
    return derivation(function, "value")


value_law = partial(
    law, says=lambda of: FUNCTIONS[of].says, why=_derived, source=_SOURCE, least=5, masked=True
)


def _amiss(function: str) -> str:
    """What accuracy is known to reveal, by how far off a result is."""
    rows = "another axis, a sum that stands still in half precision, "
    return (
        "NaN or inf: no max shift, e^x of raw logits, inf − inf, memory never written; "
        "nearly right: a wrong exp, ε in a logarithm or denominator, half-precision sums, float32 "
        "inside float64; far off: clipping, a wrong branch, log(1 + e) without log1p, "
        f"{rows if FUNCTIONS[function].rowwise else ''}a skipped tail or block, a race"
    )


@value_law("accuracy", *ALL, reveals=_amiss, vast=True)
def accuracy(f: Examination, e: Example) -> Claims:
    """the value is that of the formula

    Within the must bound of the function, relative to the largest intermediate of a stable one.
    """
    yield f.claim(e)
    for got in f.again(e):
        yield f.claim(e, got=got, what="called again: threads share the work")


@value_law("relative-accuracy", *those(lambda f: f.quantities["value"].relative), level="should")
def relative_accuracy(f: Examination, e: Example) -> Claims:
    """the value is that of the formula, relative to itself

    Within the should bound: relative to the result itself.
    Reveals cancellation in a small result: log(1 + T) where log1p(T) is meant, or a difference of
    nearly equal terms.
    """
    yield f.claim(e, level="should")


@law("finite-stays-finite", *ALL, least=5, corollary=True, bound=INFINITE)
def finite_stays_finite(f: Examination, e: Example) -> Claims:
    """finite arguments give no NaN, and ±inf only where the exact value rounds to it

    IEEE 754 rounds a number to inf only from Ω + ½ ulp on; a stable algorithm forms no inf − inf
    and no 0·inf from finite arguments. float16 rows whose Σe^d leaves the format are left to
    carries-long-sums. [IEEE 754-2019, 4.3.1 and 7.4]
    Reveals inf − inf, 0·inf, e^x of raw logits, a half-precision sum or mean that overflows.
    """
    yield stays_finite(f, e, "value", lambda: f.where(e) & _of_finite(f, e), "a finite result")


def stays_finite(
    f: Examination, e: Example, quantity: str, where: Callable[[], Array], what: str
) -> Claim:
    """That a quantity is finite; `where` is asked for only if some of it is not."""
    got = f.computed(e, quantity)
    if np.isfinite(got).all() and np.any(f.forced(e, quantity)):
        return holds(True)
    return holds(finite(f, e, quantity), got, where=where(), what=what)


def finite(f: Examination, e: Example, quantity: str = "value") -> Array:
    """Where a computed quantity is finite, or inf as the exact value, moved by its bound, is."""
    got = f.computed(e, quantity)
    infinite = np.isinf(got)
    return np.isfinite(got) | (infinite & _reaches(f, e, quantity) if infinite.any() else infinite)


def _reaches(f: Examination, e: Example, quantity: str) -> Array:
    """Where the exact value plus its bound rounds to inf."""
    exact = f.exact(e, quantity)
    reaches = ~np.isfinite(exact.wide)
    if not reaches[np.isinf(f.computed(e, quantity))].all():  # else no bound is needed
        reaches = ~(np.abs(exact.wide) + f.bound(e, quantity) < f.fmt.largest * (1 + f.fmt.u))
    if exact.alternative is not None:
        reaches = reaches | ~np.isfinite(exact.alternative)
    return np.asarray(reaches)


def _of_finite(f: Examination, e: Example) -> Array:
    """The places of the value that finite arguments give: other laws speak of infinite ones."""
    x = f.problem(e).x
    finite = np.asarray(np.isfinite(x).all(axis=-1) if e.function.rowwise else np.isfinite(x))
    if e.function.by_class:
        return finite[:, None]
    return finite if e.reduction == "none" else np.asarray(finite.all())
