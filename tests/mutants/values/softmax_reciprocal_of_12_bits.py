"""1/S from a table of 12 bits, without the Newton step that was to follow."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy", "softmax/sums-to-one")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    fraction, exponent = np.frexp(1 / np.sum(e, axis=axis, keepdims=True))
    rough = np.ldexp(np.round(fraction * 4096) / 4096, exponent)
    return (e * rough).astype(x.dtype)
