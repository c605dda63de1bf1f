"""Accuracy: every computed value against the exact one; and finite results for finite inputs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from conformance.floats import Array
from conformance.functions import FUNCTIONS, derivation
from conformance.model import Claim, Example
from conformance.spec.claims import holds
from conformance.spec.context import Examination
from conformance.spec.declare import ALL, law, those

_SOURCE = "Blanchard, Higham & Higham, IMA J. Numer. Anal. 41 (2021) 2311; Higham, ASNA 2e, ch. 3-4"


def _formula(function: str) -> str:
    return FUNCTIONS[function].says


def _derived(function: str) -> str:
    return derivation(function, "value")


@law(
    "accuracy", *ALL,
    says=_formula,
    bound="the must bound of the function, relative to the largest intermediate of a stable one",
    why=_derived,
    source=_SOURCE,
    reveals="no max shift, clipping, ε in a logarithm or denominator, a wrong exp, log(1 + e) "
    "without log1p, half-precision sums, float32 inside float64, a skipped tail or block",
    least=5, vast=True, masked=True,
)  # fmt: skip
def accuracy(f: Examination, e: Example) -> Iterator[Claim]:
    """The value within its bound."""
    yield f.claim(e)


@law(
    "relative-accuracy", *those(lambda f: f.quantities["value"].relative),
    level="should",
    says=_formula,
    bound="the should bound: relative to the result itself",
    why=_derived,
    source=_SOURCE,
    reveals="log(1 + T) where log1p(T) is meant: the loss of a confident right answer rounds to 0",
    least=5, masked=True,
)  # fmt: skip
def relative_accuracy(f: Examination, e: Example) -> Iterator[Claim]:
    """The value within the stricter bound."""
    yield f.claim(e, level="should")


@law(
    "finite-stays-finite", *ALL,
    says="finite arguments give no NaN, and ±inf only where the exact value rounds to it",
    bound="inf is accepted where |exact| + B ≥ Ω(1 + u)",
    why="IEEE 754 rounds a number to inf only from Ω + ½ ulp on; a stable algorithm forms no "
    "inf − inf and no 0·inf from finite arguments. Rows of float16 whose Σe^d leaves the format "
    "are carries-long-sums' matter.",
    source="IEEE 754-2019, 4.3.1 and 7.4",
    reveals="inf − inf, 0·inf, e^x of raw logits, a half-precision sum or mean that overflows",
    least=5, corollary=True,
)  # fmt: skip
def finite_stays_finite(f: Examination, e: Example) -> Iterator[Claim]:
    """No NaN and no inf of its own making."""
    got = np.asarray(f.value(e)).astype(f.fmt.wide)
    exact, bound = f.exact(e).wide, f.bound(e)
    with np.errstate(invalid="ignore"):
        reaches = ~(np.abs(exact) + bound < f.fmt.largest * (1 + f.fmt.u))
    flushed = f.exact(e).alternative
    if flushed is not None:
        reaches = reaches | ~np.isfinite(flushed)
    fine = np.isfinite(got) | (np.isinf(got) & reaches)
    yield holds(fine, got, where=f.where(e) & _of_finite(f, e), what="a finite result", at=e)


def _of_finite(f: Examination, e: Example) -> Array:
    """The places of the value that finite arguments give: other laws speak of infinite ones."""
    x = f.problem(e).x
    finite = np.asarray(np.isfinite(x).all(axis=-1) if e.function.rowwise else np.isfinite(x))
    if e.function.by_class:
        return finite[:, None]
    return finite if e.reduction == "none" else np.asarray(finite.all())
