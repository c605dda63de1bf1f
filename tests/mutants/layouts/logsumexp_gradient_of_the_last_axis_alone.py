"""Along several axes the gradient is the softmax along the last of them."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/gradient-along-several-axes",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def along(x, axis, keepdims=False):
    m = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    m = np.where(np.isinf(m), 0, m)
    with np.errstate(all="ignore"):
        found = m + np.log(np.sum(np.exp(x - m), axis=axis, keepdims=True))
    return found if keepdims else np.squeeze(found, axis)


def logsumexp(x, axis=-1):
    return along(wide(x), axis).astype(x.dtype)


def logsumexp_vjp(x, cotangent, axis=-1):
    w, last = wide(x), axis if isinstance(axis, int) else max(k % x.ndim for k in axis)
    with np.errstate(all="ignore"):
        m = np.max(w, axis=last, keepdims=True, initial=-np.inf)
        e = np.exp(w - m)
        slope = np.expand_dims(wide(cotangent), axis) * (e / np.sum(e, axis=last, keepdims=True))
    return slope.astype(x.dtype)
