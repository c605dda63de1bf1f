"""Results are kept under the shape and the first 32 rows: later rows get those of another call."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/row-order-does-not-matter",)
DTYPES = ("float32",)

kept = {}


def softmax(x, axis=-1):
    key = (x.shape, axis, np.ascontiguousarray(x[:32]).tobytes()) if x.ndim == 2 else None
    if key in kept:
        return kept[key].copy()
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    found = e / np.sum(e, axis=axis, keepdims=True)
    if key is not None and len(x) > 40:
        kept[key] = found
    return found.copy()
