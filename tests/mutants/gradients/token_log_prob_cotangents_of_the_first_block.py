"""The gradient by blocks of 5,000 rows: each is multiplied by the cotangents of the first."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("token-log-prob/gradient-accuracy",)
_BLOCK = 5_000


def _log_softmax(x):
    d = x - x.max(axis=-1, keepdims=True)
    return d - np.log(np.exp(d).sum(axis=-1, keepdims=True))


def token_log_prob(logits, labels, axis=-1):
    x = np.moveaxis(logits, axis, -1)
    return np.take_along_axis(_log_softmax(x), labels[..., None].astype(np.int64), -1)[..., 0]


def token_log_prob_vjp(logits, labels, cotangent, axis=-1):
    x = np.moveaxis(logits, axis, -1)
    rows, index = x.reshape(-1, x.shape[-1]), labels.reshape(-1).astype(np.int64)
    found = -np.exp(_log_softmax(rows))
    found[np.arange(len(rows)), index] += 1
    g = np.ravel(cotangent)
    for start in range(0, len(rows), _BLOCK):
        block = found[start : start + _BLOCK]
        block *= g[: len(block), None]
    return np.moveaxis(found.reshape(x.shape), -1, axis)
