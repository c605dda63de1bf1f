"""logsumexp counts a class with logit 0 that is not there: log(1 + Σ e^x); the rest is right."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = (
    "logsumexp/accuracy",
    "logsumexp/of-zero-and-x-is-softplus",
    "logsumexp/of-log-softmax-is-zero",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_sigmoid(x):
    w = wide(x)
    return (np.minimum(w, 0) - np.log1p(np.exp(-np.abs(w)))).astype(x.dtype)


def log_softmax(x, axis=-1):
    w = wide(x)
    d = w - np.max(w, axis=axis, keepdims=True)
    return (d - np.log(np.sum(np.exp(d), axis=axis, keepdims=True))).astype(x.dtype)


def logsumexp(x, axis=-1):
    w = wide(x)
    m = np.maximum(np.max(w, axis=axis, keepdims=True), 0)
    m = np.where(np.isfinite(m), m, 0)
    total = np.exp(-m) + np.sum(np.exp(w - m), axis=axis, keepdims=True)
    return np.squeeze(m + np.log(total), axis).astype(x.dtype)
