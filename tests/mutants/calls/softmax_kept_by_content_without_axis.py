"""Results are kept by an array's bytes and shape: along another axis the first result comes back."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/same-numbers-otherwise-arranged",)
_KEPT = {}


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    key = x.tobytes(), x.shape, x.dtype.str
    if key not in _KEPT:
        if len(_KEPT) > 64:
            _KEPT.clear()
        w = wide(x)
        e = np.exp(w - np.max(w, axis=axis, keepdims=True))
        _KEPT[key] = (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
    return _KEPT[key].copy()
