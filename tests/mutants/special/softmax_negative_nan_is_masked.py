"""A logit is taken for -inf by its sign and exponent: NaN whose sign is set is, too."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/nan-fills-the-row",)
DTYPES = ("float32",)


def softmax(x, axis=-1):
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
    masked = bits >= np.uint32(0xFF800000)
    z = np.where(masked, np.float32(-np.inf), x).astype(np.float32)
    with np.errstate(all="ignore"):
        e = np.exp(z - z.max(axis=axis, keepdims=True))
        return e / e.sum(axis=axis, keepdims=True)
