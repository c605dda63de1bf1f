"""Masked rows as rows: f(x, where=m) is f of the elements of each row where m holds.

A class that is left out and one at −∞ are the same class: e^−∞ = 0 exactly, and a maximum, a sum
and a mean are those of the others. So every formula, bound and ball serves masked rows through
their *effective arguments*, in which masked logits are −∞ and what belongs to masked outputs,
which are constants, or goes along masked inputs, is 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from conformance.floats import Array
from conformance.model import Example, Function


def mask_of(e: Example) -> Array | None:
    """Which logits (R, n) take part; None if nothing is masked."""
    given = e.options.get("where")
    return None if given is None else np.broadcast_to(np.asarray(given, bool), e.x.shape)


def effective(e: Example) -> Example:
    """The example without a mask whose value and derivatives are those of the masked one."""
    mask = mask_of(e)
    if mask is None:
        return e
    args: dict[str, Any] = {
        **e.args,
        e.function.first: np.where(mask, e.x, e.x.dtype.type(-np.inf)),
    }
    along = ("cotangent", "direction") if e.function.by_class else ("direction",)
    for name in along:
        if name in args:
            args[name] = np.where(mask, args[name], args[name].dtype.type(0))
    options = {k: v for k, v in e.options.items() if k != "where"}
    return e.but(options=options, **args)


def is_endless(function: Function) -> bool:
    """True if what stands where a class takes no part is −∞, not 0: of log p."""
    return function.by_class and function.range is not None and function.range[0] == -np.inf
