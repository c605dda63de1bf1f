"""Results are remembered by shape and a checksum of the first and the last logit only."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("logsumexp/convex-at-midpoints",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


cache = {}


def logsumexp(x, axis=-1):
    ends = (x.flat[0], x.flat[-1]) if x.size else ()
    key = (x.shape, x.dtype.str, axis, tuple(float(v) for v in ends))
    if key not in cache:
        cache[key] = computed(x, axis)
    return cache[key].copy()


def computed(x, axis):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    s = np.sum(np.exp(w - m), axis=axis, keepdims=True)
    return np.squeeze(m + np.log(s), axis=axis).astype(x.dtype)
