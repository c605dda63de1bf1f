"""In the coarsest format, too, each quantity is larger than its bound somewhere.

Where the bound is as large as every value, 0 in its place would hold.
"""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.inputs import examples
from conformance.model import Example
from conformance.spec.known import Known

_FIRST = 80


def _told(e: Example, quantity: str) -> bool:
    """True if 0 in place of some value would be beyond the bound."""
    known = Known(e.function, e.fmt, "standard")
    exact, bound = known.exact(e, quantity).wide, known.bound(e, quantity)
    forced = np.broadcast_to(known.forced(e, quantity), np.shape(exact))
    return bool((forced & np.isfinite(exact) & (np.abs(exact) > bound)).any())


@pytest.mark.parametrize("name", FUNCTIONS)
@np.errstate(all="ignore")
def test_no_bound_in_bfloat16_is_as_large_as_every_value(name: str) -> None:
    function = FUNCTIONS[name]
    options = frozenset({"reduction", "weight", "pos_weight", "linear_bias"} & {*function.options})
    left = set(function.quantities)
    seen = examples(
        function, FORMATS["bfloat16"], effort="quick", seed=0, programs=None, options=options,
        layouts=("C",),
    )  # fmt: skip
    for e in islice((e for e in seen if 0 < e.size <= 400), _FIRST):
        own = {q for q in left if q.removeprefix("vjp_") in ("value", "vjp", "hvp", *e.args)}
        own |= {q for q in left if q.removeprefix("vjp_") in e.options}
        left -= {q for q in own if _told(e, q)}
        if not left:
            break
    assert not left
