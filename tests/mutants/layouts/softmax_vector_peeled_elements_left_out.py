"""A vector that begins 4, 8 or 12 bytes after a multiple of 16: the elements before the first
aligned load are left out of the sum. Matrices are copied to aligned memory first.
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/start-does-not-matter",)


def softmax(x, axis=-1):
    peeled = 0
    if x.ndim == 1 and x.flags.c_contiguous:
        peeled = -x.ctypes.data % 16 // 4
    w = np.asarray(x, x.dtype.newbyteorder("="))
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    s = np.sum(e, axis=axis, keepdims=True)
    if 0 < peeled < x.size:
        s = np.sum(e[peeled:], keepdims=True)
    return e / s
