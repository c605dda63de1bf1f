"""Logits that an option changes before a function of rows is applied to them: y = φ(x).

`temperature` divides them by T; `softcap` keeps them within ±c, as c·tanh(x/c). φ acts on each
logit alone, so f(φ(x)) has the gradient φ′·∇f(y), and along v the second derivative
φ′·∇²f(y)(φ′v) + φ″v·∇f(y): every formula and bound of f serves, and the errors of φ are added
(docs/bounds.md, "Logits that are scaled or capped").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from conformance.floats import Array, Format

#: The options that change logits; neither is there where it is None.
OPTIONS = ("temperature", "softcap")


@dataclass(frozen=True, slots=True)
class Logits:
    """y = φ(x), φ′ and φ″ at wide x (R, n), and the rows (R,) in which y means something.

    `shaky` are those of the `firm` ones in which a derivative does not.
    `temperature` and `cap` are T and c, 1 and 0 where there is none.
    """

    y: Array
    slope: Array
    bend: Array
    firm: Array
    shaky: Array
    temperature: float
    cap: float


def logits(
    x: Array, options: Mapping[str, Any], fmt: Format, given: Array | None = None
) -> Logits | None:
    """The logits under the options of an example; None where no option changes them.

    Nothing is forced for T ≤ 0, nor where rounding y may move it by more than 1/5, of a value under
    a cap by more than 0.45, nor under a cap where a logit is infinite: masked classes, which are −∞
    in x, are of what is `given` there.
    """
    temperature, cap = (options.get(name) for name in OPTIONS)
    if temperature is None and cap is None:
        return None
    T = fmt.wide(1.0 if temperature is None else temperature)
    c = fmt.wide(0.0 if cap is None else cap)
    with np.errstate(all="ignore"):
        y, slope, bend = _capped(x, c) if cap is not None else _plain(x)
        y, slope, bend = y / T, slope / T, bend / T
        m = np.abs(y.max(axis=-1, initial=-np.inf))
        units = 8 if fmt.is_half else 11  # (eps/2 + 7u)/u: what a tanh made of σ moves y by
        moved = fmt.u * (m + units * c / T)
        firm = (moved <= (0.45 if c else 1 / 5)) & (T > 0)
    if cap is not None:
        firm = firm & np.isfinite(x if given is None else given).all(axis=-1)
    return Logits(y, slope, bend, firm, firm & (moved > 1 / 5), float(T), float(c))


def _plain(x: Array) -> tuple[Array, Array, Array]:
    return x, np.ones_like(x), np.zeros_like(x)


def _capped(x: Array, c: Any) -> tuple[Array, Array, Array]:
    """c·tanh(x/c), sech²(x/c), −(2/c)·tanh·sech²; sech² without the cancellation of 1 − tanh²."""
    z = x / c
    slope = 1 / np.cosh(z) ** 2
    return np.where(np.isneginf(x), x, c * np.tanh(z)), slope, -2 / c * np.tanh(z) * slope
