"""The gradient of log_softmax divides by a sum of float16: inf from 65,520 like classes on, then
0·inf. The report is https://github.com/jax-ml/jax/issues/40409.
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float16",)
SEVERITY = "moderate"
CAUGHT_BY = ("log-softmax/gradient-of-long-sums",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    d = wide(x) - np.max(wide(x), axis=axis, keepdims=True)
    return (d - np.log(np.sum(np.exp(d), axis=axis, keepdims=True))).astype(x.dtype)


def log_softmax_vjp(x, cotangent, axis=-1):
    d, g = wide(x) - np.max(wide(x), axis=axis, keepdims=True), wide(cotangent)
    total = np.sum(np.exp(d), axis=axis, keepdims=True).astype(x.dtype).astype(g.dtype)
    through = np.sum(g, axis=axis, keepdims=True) * (total / total)
    return (g - np.exp(d) / total * through).astype(x.dtype)
