"""An exponential of its own: Cody-Waite reduction in two parts and a Taylor polynomial, good to 2
ulp; c_E = 8 u (4 ulp) covers it.
"""

import numpy as np

BACKEND = "numpy"


HIGH, LOW = 0.693145751953125, 1.4286068203094172321e-06


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def exp(d):
    """e^d for d <= 0: d = k log 2 + r with |r| <= log 2 / 2."""
    d = np.maximum(d, -1e4)
    k = np.rint(d * d.dtype.type(1.4426950408889634))
    r = (d - k * d.dtype.type(HIGH)) - k * d.dtype.type(LOW)
    y = np.ones_like(r)
    for i in range(18, 0, -1):
        y = 1 + r / i * y
    half = (k / 2).astype(np.int32)
    return np.ldexp(np.ldexp(y, half), k.astype(np.int32) - half)


def softmax(x, axis=-1):
    w = wide(x)
    e = exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
