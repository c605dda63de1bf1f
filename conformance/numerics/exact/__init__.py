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
from conformance.numerics.exact.elementwise import Evaluate

_CACHE: OrderedDict[tuple[Any, ...], tuple[Array, Array]] = OrderedDict()
_KEPT = 512


def certified(
    evaluate: Evaluate, args: Mapping[str, Array], options: Mapping[str, Any]
) -> tuple[Array, Array]:
    """The values of `evaluate` at canonical arguments as (hi, lo), cached; NaN where undefined.

    args hold the function's arguments, and "cotangent" and "direction" where they are needed.
    """
    key = (evaluate, _frozen(args), _frozen(options))
    found = _CACHE.get(key)
    if found is None:
        found = evaluate(args, options)
        _CACHE[key] = found
        if len(_CACHE) > _KEPT:
            _CACHE.popitem(last=False)
    else:
        _CACHE.move_to_end(key)
    return found


def _frozen(values: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(
        (k, v.dtype.str, v.shape, v.tobytes()) if isinstance(v, np.ndarray) else (k, repr(v))
        for k, v in sorted(values.items())
    )
