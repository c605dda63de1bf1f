"""Certified exact values by ball arithmetic (Arb), with the precision raised until it is enough.

`certified` gives (hi, lo): two float64 whose sum is the exact value to 2^-100 relatively. The
formulas are the definitions of the spec, evaluated on balls that contain the exact value; a ball
that is wider than asked for is evaluated again with twice the bits.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import numpy as np

from conformance.floats import Array
from conformance.numerics.exact.elementwise import ELEMENTWISE
from conformance.numerics.exact.losses import LOSSES
from conformance.numerics.exact.rows import ROWS
from conformance.numerics.exact.weights import WEIGHTS

__all__ = ["certified", "forget"]

_CACHE: OrderedDict[tuple[Any, ...], tuple[Array, Array]] = OrderedDict()
_KEPT = 512


def certified(
    function: str, quantity: str, args: Mapping[str, Array], options: Mapping[str, Any]
) -> tuple[Array, Array]:
    """The exact value of a quantity of canonical arguments as (hi, lo); NaN where undefined.

    `quantity` is value, vjp, hvp, vjp_labels, vjp_weight or vjp_pos_weight; args hold the
    function's arguments, and "cotangent" and "direction" where the quantity needs them. KeyError if
    there is none such.
    """
    key = (function, quantity, _frozen(args), _frozen(options))
    found = _CACHE.get(key)
    if found is None:
        found = _evaluated(function, quantity, args, options)
        _CACHE[key] = found
        if len(_CACHE) > _KEPT:
            _CACHE.popitem(last=False)
    else:
        _CACHE.move_to_end(key)
    return found


def forget() -> None:
    """Empty the cache."""
    _CACHE.clear()


def _frozen(values: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(
        (k, v.dtype.str, v.shape, v.tobytes()) if isinstance(v, np.ndarray) else (k, repr(v))
        for k, v in sorted(values.items())
    )


def _evaluated(
    function: str, quantity: str, args: Mapping[str, Array], options: Mapping[str, Any]
) -> tuple[Array, Array]:
    for table in (ELEMENTWISE, ROWS, LOSSES, WEIGHTS):
        if (function, quantity) in table:
            return table[function, quantity](args, options)
    raise KeyError(f"no exact value for {quantity} of {function}")
