"""Masked rows as rows: f(x, where=m) is f of the elements of each row where m holds.

A class that is left out counts like one at −∞: e^−∞ = 0 exactly, and maximum, sum and mean are
those of the other classes. So every formula, bound and ball serves masked rows through their
*effective arguments*: masked logits are −∞, and cotangents of masked outputs, which are constants,
and directions along masked inputs are 0.
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
    """True if the result is −∞, not 0, at classes that take no part: for log p."""
    return function.by_class and function.range is not None and function.range[0] == -np.inf
