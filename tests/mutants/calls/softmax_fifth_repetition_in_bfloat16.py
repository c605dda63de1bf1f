"""From the fifth call in a row with one argument on a cache of halved precision answers."""

import ml_dtypes
import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/ten-calls-agree",)

_last, _times = b"", 0


def wide(x):
    return x.astype(np.result_type(x.dtype, np.float32))


def softmax(x, axis=-1):
    global _last, _times
    key = x.tobytes()
    _times = _times + 1 if key == _last else 1
    _last = key
    w = wide(x)
    e = np.exp(w - w.max(axis, keepdims=True))
    y = e / e.sum(axis, keepdims=True)
    if _times >= 5:
        y = y.astype(ml_dtypes.bfloat16).astype(w.dtype)
    return y.astype(x.dtype)
