"""Each e^d is split into a fraction and a power of two, the fractions are aligned to the largest
power by ldexp and summed: scaling by powers of two is exact.
"""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    m = np.max(w, axis=-1, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    fraction, power = np.frexp(np.exp(w - m))
    fraction, power = 2 * fraction, power - 1  # the largest is 1 * 2^0
    top = np.max(power, axis=-1, keepdims=True)
    s = np.sum(np.ldexp(fraction, power - top), axis=-1)
    log2 = w.dtype.type(0.6931471805599453)
    return (m[..., 0] + (np.log(s) + top[..., 0].astype(w.dtype) * log2)).astype(x.dtype)
