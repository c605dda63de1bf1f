"""log1p(t) as t - t^2/2 up to t = 0.011, a little further than that is good enough in float32: in
rows whose maximum is near 0, and of larger results their own rounding hides it.
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = ("logsumexp/accuracy",)

LIMIT = 0.011


def logsumexp(x, axis=-1):
    w = np.asarray(x, np.float64)
    top = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(top), top, 0)
    t = np.exp(w - m).sum(axis=axis, keepdims=True) - np.isfinite(top)
    found = m + np.where(t < LIMIT, t - t * t / 2, np.log1p(t))
    return np.asarray(np.squeeze(found, axis)).astype(x.dtype)
