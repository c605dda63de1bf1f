"""Logits that are products: z = h Wᵀ + b, of rows h (R, d) and one matrix W (C, d) for all."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log2
from typing import Any

import numpy as np

from conformance.floats import FORMATS, Array, Format
from conformance.model import Example

#: The option that is added to each row of logits.
BIAS = "linear_bias"
#: What rounding may move a logit by in rows that count: e^z means little where it is more.
MOST_MOVED = 1 / 5


@dataclass(frozen=True, slots=True)
class Projection:
    """y = h Wᵀ + b at wide h, (R, C), and the sizes Σ|h||W| + |b| of its terms; W and |W| wide.

    `firm` are the rows (R,) whose logits no usual product moves by more than `MOST_MOVED`.
    """

    y: Array
    sizes: Array
    matrix: Array
    firm: Array

    @property
    def length(self) -> int:
        """The terms of a logit, d + 1."""
        return self.matrix.shape[-1] + 1


def projection(h: Array, e: Example, fmt: Format) -> Projection | None:
    """The logits of an example whose function has a matrix; None of any other's."""
    if not e.function.matrix:
        return None
    W, given = e.options[e.function.matrix].astype(fmt.wide), e.options.get(BIAS)
    most = MOST_MOVED * min(1.0, e.options.get("temperature") or 1.0)  # of z/T
    b = np.zeros(len(W), fmt.wide) if given is None else np.asarray(given).astype(fmt.wide)
    with np.errstate(all="ignore"):
        sizes = np.abs(h) @ np.abs(W).T + np.abs(b)
        moved = sizes.max(axis=-1, initial=0) * largest_share(W.shape[-1] + 1, fmt)
        return Projection(h @ W.T + b, sizes, W, moved <= most)


def largest_share(terms: int, fmt: Format) -> float:
    """What a logit of so many terms may err by, relative to their sizes, whatever the order."""
    if fmt.is_half:
        return terms * FORMATS["float32"].u + (4 + ceil(log2(terms))) * fmt.u
    return (terms + 12) * fmt.u


def with_logits(e: Example, x: Array) -> Example:
    """The same example with these logits (R, C), products of unit vectors where it has a matrix."""
    of = e.function
    if not of.matrix:
        return e.with_first(x)
    unit = np.eye(len(x), dtype=x.dtype)
    rows: dict[str, Any] = {of.first: unit, "direction": unit}
    options = {k: v for k, v in e.options.items() if k not in (of.matrix, BIAS)}
    return e.but(options={**options, of.matrix: np.ascontiguousarray(x.T)}, **rows)
