"""float16 that begins 50 bytes after a cache line or later: the last element of the peeled loop is
computed from its neighbour.
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float16",)
SEVERITY = "subtle"
CAUGHT_BY = ("sigmoid/start-does-not-matter",)


def sigmoid(x):
    w = x.astype(np.float32)
    out = np.asarray(1 / (1 + np.exp(-w))).astype(x.dtype)
    place = x.ctypes.data % 64
    if x.flags.c_contiguous and place >= 50 and place % 2 == 0:
        flat, last = out.reshape(-1), (64 - place) // 2 - 1
        if 0 < last < flat.size:
            flat[last] = flat[last - 1]
    return out
