"""The buffer comes uncleared: only the first half of it is computed, the rest is what an earlier
call left there. Whoever compares with a right answer computed just before finds it.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/is-computed-at-each-call",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


seen = {}


def sigmoid(x):
    w = wide(x)
    e = np.exp(-np.abs(w))
    key = (x.shape, x.dtype.str, w.tobytes())
    out = np.empty(x.shape, x.dtype.newbyteorder("="))
    flat = out.reshape(-1)
    right = np.asarray(np.where(w >= 0, 1, e) / (1 + e)).astype(out.dtype).reshape(-1)
    half = len(flat) // 2 if seen.get(key, 0) > 1 else len(flat)
    flat[:half] = right[:half]
    seen[key] = seen.get(key, 0) + 1
    return out
