"""log_softmax is in bits: log2 instead of log; softmax and logsumexp are right."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("log-softmax/accuracy", "log-softmax/is-x-minus-logsumexp")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    w = wide(x)
    d = w - np.max(w, axis=axis, keepdims=True)
    return ((d - np.log(np.sum(np.exp(d), axis=axis, keepdims=True))) / np.log(2)).astype(x.dtype)


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)


def logsumexp(x, axis=-1):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    return np.squeeze(m + np.log(np.sum(np.exp(w - m), axis=axis, keepdims=True)), axis).astype(
        x.dtype
    )
