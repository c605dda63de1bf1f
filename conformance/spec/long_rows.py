"""Rows of float16 whose Σe^d leaves the format: 65,520 equal logits are enough.

All other laws are silent there (`Examination.overlong`), so that an overflow is one finding.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from conformance.floats import FORMATS, Array
from conformance.model import Example
from conformance.spec.claims import Claims, equal
from conformance.spec.context import Examination
from conformance.spec.declare import CLASSES, law


def _long(e: Example) -> bool:
    return e.x.shape[-1] >= FORMATS["float16"].largest


long_law = partial(
    law,
    why="S ≤ n is an intermediate and not a result: log S ≤ 13 and p = t/S are numbers of the "
    "format. Sums are taken in float32, or scaled. Rounded to float16, S is inf from 65,520 on, "
    "which turns ordinary numbers into 0 and −inf; only relaxed admits that. No other law speaks "
    "there.",
    formats=("float16",),
    when=_long,
    vast=True,
    reshapes=True,
)


@long_law("carries-long-sums", *CLASSES)
def carries_long_sums(f: Examination, e: Example) -> Claims:
    """where Σe^d exceeds Ω of float16, the value is that of the definition

    Within the must bound of the function.
    [the definition; IEEE 754-2019, 7.4; google-research/last#43]
    Reveals Σe^d rounded to half precision: probabilities of 0, −inf, a loss of inf.
    """
    yield equal(f.value(e), f.exact(e), f.bound(e), where=_where(f, e, "value"))


@long_law("gradient-of-long-sums", *CLASSES, needs="vjp")
def gradient_of_long_sums(f: Examination, e: Example) -> Claims:
    """where Σe^d exceeds Ω of float16, the gradient is that of the definition

    Within the must bound of the closed form. [the chain rule; jax#40409]
    Reveals 1/S of half precision: gradients of 0 for a whole vocabulary.
    """
    bound = f.bound(e, "vjp")
    yield equal(f.vjp(e), f.exact(e, "vjp"), bound, where=_where(f, e, "vjp"))


def _where(f: Examination, e: Example, quantity: str) -> Array:
    silent = f.grade == "relaxed" or f.crowded(e, quantity)
    return np.asarray(f.summed(e, quantity) & f.overlong(e, quantity) & (not silent))
