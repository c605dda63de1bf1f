"""Every row has one more logit, a sink at 0, which takes mass and is not returned."""

import numpy as np

SEVERITY = "blatant"
CAUGHT_BY = ("softmax/accuracy", "softmax/scales-in-parts")


def _wide(x):
    return x.astype(np.promote_types(x.dtype, np.float32))


def _shifted(x, axis, least=-np.inf):
    m = np.maximum(x.max(axis=axis, keepdims=True), least)
    m = np.where(np.isfinite(m), m, 0)
    return m, np.exp(x - m)


def softmax(x, axis=-1):
    m, t = _shifted(_wide(x), axis, 0)
    return (t / (np.exp(-m) + t.sum(axis=axis, keepdims=True))).astype(x.dtype)


def logsumexp(x, axis=-1):
    m, t = _shifted(_wide(x), axis)
    found = m + np.log(t.sum(axis=axis, keepdims=True))
    return np.squeeze(found, axis).astype(x.dtype)
