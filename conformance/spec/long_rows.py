"""Rows of float16 whose Σe^d leaves the format: 65,520 equal logits are enough.

All other laws are silent there (`Examination.overlong`), so that an overflow is one finding.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from conformance.floats import FORMATS, Array
from conformance.model import Claim, Example
from conformance.spec.claims import equal
from conformance.spec.context import Examination
from conformance.spec.declare import CLASSES, law

_WHY = (
    "S ≤ n is an intermediate value and no result: log S ≤ 13 and p = t/S are numbers of the "
    "format. Sums are taken in float32, or scaled. Rounded to float16, S is inf from 65,520 on, "
    "which makes 0 and −inf of ordinary numbers; relaxed alone admits that. No other law speaks "
    "there."
)


def _long(e: Example) -> bool:
    return e.x.shape[-1] >= FORMATS["float16"].largest


@law(
    "carries-long-sums", *CLASSES,
    says="where Σe^d exceeds Ω of float16, the value is that of the definition",
    bound="the must bound of the function", why=_WHY,
    source="the definition; IEEE 754-2019, 7.4; google-research/last#43",
    reveals="Σe^d rounded to half precision: probabilities of 0, −inf, a loss of inf",
    formats=("float16",), when=_long, vast=True, reshapes=True,
)  # fmt: skip
def carries_long_sums(f: Examination, e: Example) -> Iterator[Claim]:
    """The value of rows whose sum is beyond the format."""
    yield equal(f.value(e), f.exact(e), f.bound(e), where=_where(f, e, "value"), at=e)


@law(
    "gradient-of-long-sums", *CLASSES,
    says="where Σe^d exceeds Ω of float16, the gradient is that of the definition",
    bound="the must bound of the closed form", why=_WHY,
    source="the chain rule; jax#40409",
    reveals="1/S of half precision: gradients of 0 for a whole vocabulary",
    needs=("vjp",), formats=("float16",), when=_long, vast=True, reshapes=True,
)  # fmt: skip
def gradient_of_long_sums(f: Examination, e: Example) -> Iterator[Claim]:
    """The gradient of rows whose sum is beyond the format."""
    bound = f.bound(e, "vjp")
    yield equal(f.vjp(e), f.exact(e, "vjp"), bound, where=_where(f, e, "vjp"), at=e)


def _where(f: Examination, e: Example, quantity: str) -> Array:
    silent = f.grade == "relaxed" or f.crowded(e, quantity)
    return np.asarray(f.summed(e, quantity) & f.overlong(e, quantity) & (not silent))
