"""The backward pass peels by the address of x: where the cotangent begins elsewhere in a cache line
its first vector is read from the aligned address before it.
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32", "float64")
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/gradient-start-does-not-matter",)


def sigmoid(x):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-np.asarray(x, x.dtype.newbyteorder("="))))


def sigmoid_vjp(x, cotangent):
    s, c = sigmoid(x), sigmoid(-x)
    g = np.array(cotangent, cotangent.dtype.newbyteorder("="))
    if cotangent.flags.c_contiguous and cotangent.ctypes.data % 16 not in (0, x.ctypes.data % 16):
        flat = g.reshape(-1)
        flat[:4] = np.roll(flat[:4], 1)
    return g * s * c
